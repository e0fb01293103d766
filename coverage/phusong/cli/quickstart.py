"""phusong quickstart"""

import shutil
from pathlib import Path

import click

from phusong.beside import stage_for
from phusong.bundled import bundled
from phusong.cli.common import engine_with_progress, say_json, say_next
from phusong.cli.job import do_run
from phusong.cli.run import say_done
from phusong.cli.verb import verb
from phusong.errors import PhuSongError
from phusong.language import _


@verb(
    "quickstart",
    help="Try it: copy the bundled (schematic) study of Nam Giang into DIR, run it, say what to open.",
    epilog="\b\nExample:\n  phusong quickstart my-first-plan",
)
@click.argument(
    "folder", metavar="[DIR]", default="phusong-quickstart", type=click.Path(path_type=Path, file_okay=False)
)
def command(folder: Path, as_json: bool) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / "study.toml").exists():
        raise PhuSongError(
            _("is there already and is not empty"), where=str(folder), do=_("Name another folder.")
        )
    if not (folder / "study.toml").exists():
        with stage_for(folder) as stage:
            shutil.copytree(bundled("nam-giang"), stage, dirs_exist_ok=True)
            if folder.exists():
                folder.rmdir()
            stage.replace(folder)
    with engine_with_progress("here") as engine:
        done = do_run(
            folder / "study.toml",
            engine,
            out=None,
            strict=False,
            replace=False,
            command="quickstart",
        )
    study = folder / "study.toml"
    if as_json:
        say_json({**done.run.manifest["summary"], "study": str(study), "files": done.files})
        return
    say_done(done)
    click.echo(_("Change {study} as you like: prices, budget, files of your own.").format(study=study))
    say_next("run", study)
