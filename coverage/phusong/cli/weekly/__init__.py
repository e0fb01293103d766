"""phusong weekly"""

from datetime import datetime
from pathlib import Path

import click
import pandas as pd

from phusong import __version__
from phusong.cli.common import (
    engine_option,
    engine_with_progress,
    open_study,
    say_findings,
    say_json,
    study_argument,
)
from phusong.cli.verb import verb
from phusong.cli.weekly.screen import say_files, say_week_figures
from phusong.errors import RunError
from phusong.gaps import find_gaps
from phusong.history import open_history
from phusong.language import _
from phusong.moments import now as this_moment
from phusong.pictures.series import draw_series
from phusong.readers import read_study
from phusong.runs import describe_inputs, read_run
from phusong.signals import signals_at_sites
from phusong.study import Study
from phusong.weekly import WeekFigures, day_of_snapshot, look_back, record_week, week_asked
from phusong.weekly.words import STATE_WORDS, say_day
from phusong.weekly.write import week_as_json, write_week
from phusong.wording import say


@verb(
    "weekly",
    help="The week of STUDY: take a snapshot into its history, say what changed since last week, who has not "
    "reported in time, and how far the targets are. Tables and a picture go into weekly/DATE.\n\n"
    "A report belongs to the week of its own date. One that comes after the deadline is kept and marked "
    "late; run it again for that week and a new version is written beside the first.",
    epilog="\b\nExamples:\n  phusong weekly study.toml\n"
    "  phusong weekly study.toml --date 2026-11-27 --run runs/0123456789ab",
)
@study_argument
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="A day of the week meant, such as 2026-11-27 [default: today in Viet Nam].",
)
@click.option(
    "--run",
    "run_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="A run of the study: how much of its funded plan is there already.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the weeks [default: weekly/ beside the study].",
)
@click.option(
    "--replace", is_flag=True, help="Replace the week's last version in place of a new one beside it."
)
@engine_option
def command(
    study: Path,
    day: datetime | None,
    run_folder: Path | None,
    out: Path | None,
    replace: bool,
    as_json: bool,
    engine_address: str,
) -> None:
    now = this_moment()
    asked = read_study(study / "study.toml" if study.is_dir() else study)
    week = week_asked(None if day is None else day.date(), now, asked)
    history = open_history(asked.weekly.history, asked.folder)
    with engine_with_progress(engine_address) as engine:
        opened, region, findings = open_study(study, engine, until=day_of_snapshot(week, now))
        signals = signals_at_sites(opened, region, engine)
        gaps = find_gaps(opened, region, engine, signals.table)
    made_from = {"inputs": describe_inputs(opened, region), "phusong": __version__}
    _snapshot, is_new = record_week(history, opened, region, gaps, made_from, week, now)
    plan = None if run_folder is None else _investments(run_folder, gaps)
    found = look_back(history, opened, region, week, now, plan)
    target = out or opened.folder / "weekly"
    with history.writing():  # two who write a week at once wait for each other
        folder, written = write_week(found, opened, target, replace, lambda path: _draw(found, opened, path))
    if as_json:
        say_json({**week_as_json(found, opened), "folder": str(folder)})
        return
    say_findings(findings + signals.findings, rest=f"phusong check {study}")
    say_week_figures(found, opened)
    say_files(found, folder, written, is_new, history)


def _investments(folder: Path, gaps: pd.DataFrame) -> pd.DataFrame:
    run = read_run(folder)
    if not set(run.tables["gaps"]["site_id"]) & set(gaps["site_id"]):
        raise RunError(
            _("shares no site with the study"), where=str(folder), do=_("Name a run of the same study.")
        )
    return run.tables["investments"]


def _draw(found: WeekFigures, study: Study, path: Path) -> Path:
    """The picture of the weeks, in the current language."""
    targets = {str(service): goal.percent for service, goal in study.weekly.targets.items()}
    title = _("{title}: week of {day}").format(title=study.title, day=say_day(found.week.day))
    note = _("A site whose status is not known counts as not having the service.")
    if study.note:
        note += "\n" + study.note
    words = {state: say(STATE_WORDS, state) for state in STATE_WORDS}
    return draw_series(found.series, targets, path, title, note, words)
