"""phusong map"""

from pathlib import Path

import click

from phusong.cli.common import run_argument, say_warning
from phusong.language import _
from phusong.maps import draw_map
from phusong.runs import read_run


@click.command(
    "map",
    help="Draw the map of RUN (a run folder) again: one HTML file that needs no internet.",
    epilog="\b\nExample:\n  phusong map maps/nam-giang --out nam-giang.html",
)
@run_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The HTML file [default: map.html in the run].",
)
def command(run: Path, out: Path | None) -> None:
    opened = read_run(run)
    path = draw_map(opened, out or run / "map.html", language=opened.manifest["language"], warn=say_warning)
    click.echo(_("Open in a browser: {path}").format(path=path))
