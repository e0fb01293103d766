"""phusong export"""

from pathlib import Path

import click

from phusong.cli.common import run_argument
from phusong.exports import export, formats
from phusong.language import _, current_language
from phusong.runs import read_run


def _list(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        for name, module in sorted(formats().items()):
            click.echo(f"{name}: {_(module.MEANING)}")
        ctx.exit()


@click.command(
    "export",
    help="Write RUN (a run folder) in a partner's format.",
    epilog="\b\nExample:\n  phusong export maps/nam-giang --to geojson --out for-partner",
)
@run_argument
@click.option("--to", "name", default="geojson", show_default=True, help="Format; see --list.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder [default: export/ in the run]."
)
@click.option(
    "--list",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_list,
    help="List the formats and stop.",
)
def command(run: Path, name: str, out: Path | None) -> None:
    for path in export(read_run(run), name, out or run / "export", current_language()):
        click.echo(str(path))
