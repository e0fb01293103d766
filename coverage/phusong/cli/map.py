"""phusong map"""

from pathlib import Path

import click

from phusong.cli.common import run_argument, say_warning
from phusong.language import _
from phusong.maps import Extras, draw_map
from phusong.maps.tiles import OPENSTREETMAP, tiles_from
from phusong.runs import read_run, record_file

FOLDER = click.Path(path_type=Path)


@click.command(
    "map",
    help="Draw the map of RUN (a run folder) again: one HTML file that needs no internet.",
    epilog="\b\nExamples:\n"
    "  phusong map maps/nam-giang --cover maps/nam-giang-cover\n"
    "  phusong map maps/week-32 --since maps/week-30 --since maps/week-31 --out nam-giang.html",
)
@run_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The HTML file [default: map.html in the run].",
)
@click.option(
    "--cover",
    metavar="FOLDER",
    type=FOLDER,
    help="Show the signal footprints in FOLDER, written by 'phusong cover' from the same study.",
)
@click.option(
    "--since",
    "earlier",
    metavar="RUN",
    type=FOLDER,
    multiple=True,
    help="Show the statuses of an earlier run on a time slider; may be said several times.",
)
@click.option(
    "--tiles",
    metavar="[URL]",
    is_flag=False,
    flag_value=OPENSTREETMAP,
    help="Put an online background of tiles (URL with {z}, {x}, {y}; without URL OpenStreetMap's) under the "
    "map; its boundaries and names are not the map's, and may not be Viet Nam's. Never without this option.",
)
@click.option("--tiles-credit", metavar="TEXT", default="", help="Who is to be named for the tiles.")
def command(
    run: Path,
    out: Path | None,
    cover: Path | None,
    earlier: tuple[Path, ...],
    tiles: str | None,
    tiles_credit: str,
) -> None:
    if tiles_credit and tiles is None:
        raise click.UsageError(_("--tiles-credit names who made the tiles: say --tiles, too."))
    extras = Extras(
        cover,
        None if tiles is None else tiles_from(tiles, tiles_credit),
        [read_run(folder) for folder in earlier],
    )
    opened = read_run(run)
    path = draw_map(
        opened,
        out or run / "map.html",
        language=opened.manifest["language"],
        extras=extras,
        warn=say_warning,
    )
    record_file(run, path)
    click.echo(_("Open in a browser: {path}").format(path=path))
