"""phusong init"""

from pathlib import Path

import click

from phusong.bundled import bundled
from phusong.errors import PhuSongError
from phusong.language import _, current_language


@click.command(
    "init",
    help="Write a commented study.toml into the folder DIR (made if need be).",
    epilog="\b\nExample:\n  phusong init my-study",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def command(folder: Path) -> None:
    path = folder / "study.toml"
    if path.exists():
        raise PhuSongError(
            _("is there already"), where=str(path), do=_("Name another folder; nothing was changed.")
        )
    folder.mkdir(parents=True, exist_ok=True)
    template = "study_template.vi.toml" if current_language() == "vi" else "study_template.toml"
    path.write_text(bundled(template).read_text(encoding="utf-8"), encoding="utf-8")
    click.echo(str(path))
    click.echo(_("Put your files beside it, name them in it, then: phusong check {path}").format(path=path))
