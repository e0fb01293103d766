"""phusong map"""

from pathlib import Path

import click
import pandas as pd

from phusong.cli.common import run_argument, say_json, say_next, say_warning
from phusong.cli.verb import verb
from phusong.errors import RunError
from phusong.history import History, open_history
from phusong.history.sqlite import SqliteHistory
from phusong.language import _
from phusong.maps import Extras, draw_map
from phusong.maps.tiles import OPENSTREETMAP, tiles_from
from phusong.moments import vietnamese_day
from phusong.readers import read_study
from phusong.runs import Run, read_run, record_file

FOLDER = click.Path(path_type=Path)


@verb(
    "map",
    help="Draw the map of RUN (a run folder) again: one HTML file that needs no internet.",
    epilog="\b\nExamples:\n"
    "  phusong map maps/nam-giang --cover maps/nam-giang-cover\n"
    "  phusong map maps/week-32 --since maps/week-30 --since maps/week-31 --out nam-giang.html\n"
    "  phusong map maps/week-32 --history study.toml",
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
    "--history",
    "kept",
    metavar="STUDY",
    type=FOLDER,
    help="Show the snapshots of 'phusong weekly' on the time slider: the study, or its history.sqlite.",
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
    kept: Path | None,
    tiles: str | None,
    tiles_credit: str,
    as_json: bool,
) -> None:
    if tiles_credit and tiles is None:
        raise click.UsageError(_("--tiles-credit names who made the tiles: say --tiles, too."))
    if kept is not None and earlier:
        raise click.UsageError(_("--history and --since both fill the time slider: say one of them."))
    opened = read_run(run)
    extras = Extras(
        cover,
        None if tiles is None else tiles_from(tiles, tiles_credit),
        [read_run(folder) for folder in earlier],
        None if kept is None else _statuses(kept, opened),
    )
    path = draw_map(
        opened,
        out or run / "map.html",
        language=opened.manifest["language"],
        extras=extras,
        warn=say_warning,
    )
    record_file(run, path)
    if as_json:
        say_json({"run_id": opened.manifest["run_id"], "files": {"map": str(path)}})
        return
    click.echo(_("Open in a browser: {path}").format(path=path))
    say_next("report", run)


def _statuses(kept: Path, run: Run) -> pd.DataFrame:
    """The statuses of each date of a history up to the day on which `run` was made. Raises RunError where
    there is no snapshot yet."""
    history = _history_of(kept)
    latest = history.latest()
    if not latest:
        raise RunError(
            _("there is no snapshot in the history"),
            where=history.where,
            do=_("Take one with 'phusong weekly STUDY'."),
        )
    day = vietnamese_day(run.manifest["created"])
    if later := [snapshot.date for snapshot in latest if snapshot.date > day]:
        say_warning(
            _("{count} snapshots are later than the run and are not on its map; make the run again.").format(
                count=len(later)
            )
        )
    return history.statuses(snapshot.number for snapshot in latest if snapshot.date <= day)


def _history_of(kept: Path) -> History:
    if kept.is_dir() or kept.suffix.lower() == ".toml":
        study = read_study(kept / "study.toml" if kept.is_dir() else kept)
        return open_history(study.weekly.history, study.folder)
    return SqliteHistory(kept)
