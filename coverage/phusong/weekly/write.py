"""The folder of a week: tables for people, one JSON object for programs. Nothing is written over.

The tables speak the study's language and open in Excel; codes and ids stay as they are. A week whose figures
are no longer those of its folder gets a new one beside it (2026-11-27, 2026-11-27-2, …).
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from phusong.beside import stage_for
from phusong.domain import SERVICES, STATUSES
from phusong.language import _, speaking
from phusong.runs import safe_cell
from phusong.study import Study
from phusong.weekly import WeekFigures
from phusong.weekly.words import (
    BASIS_WORDS,
    CHANGE_WORDS,
    LEVEL_WORDS,
    REPORT_WORDS,
    STATE_WORDS,
    say_answers,
    say_came,
)
from phusong.wording import BASIS_NAMES, KIND_NAMES, SERVICE_NAMES, STATUS_NAMES, say

FORMAT = 1
JSON, PICTURE = "weekly.json", "series.png"


def write_week(
    found: WeekFigures, study: Study, folder: Path, replace: bool, draw: Callable[[Path], object]
) -> tuple[Path, bool]:
    """Write the week into `folder`; where it is, and whether anything was written. `draw` makes the picture.

    What is there already stays: the same figures are not written again, others go into a new version beside
    it, or with `replace` into the place of the last one.
    """
    with stage_for(folder / found.week.name) as stage:
        with speaking(study.language):
            for name, frame in _tables(found).items():
                frame.map(_cell).to_csv(stage / name, index=False, encoding="utf-8-sig")
            draw(stage / PICTURE)
        text = json.dumps(week_as_json(found, study), ensure_ascii=False, indent=1, allow_nan=False)
        (stage / JSON).write_text(text + "\n", encoding="utf-8")
        last, free = _versions(folder, found.week.name)
        if last is not None and _same(stage, last):
            return last, False
        place = last if replace and last is not None else free
        _put(stage, place)
    return place, True


def _cell(value: Any) -> str:
    """A cell as text: whole numbers stay whole beside empty ones, text is safe to open."""
    return "" if pd.isna(value) else str(safe_cell(value))


def _versions(folder: Path, name: str) -> tuple[Path | None, Path]:
    """The last version of a week that is there, and the next one."""
    last, number = None, 1
    while True:
        place = folder / (name if number == 1 else f"{name}-{number}")
        aside = _aside(place)
        if aside.exists() and not place.exists():  # stopped while it was replaced
            aside.replace(place)
        if not place.exists():
            return last, place
        last, number = place, number + 1


def _aside(place: Path) -> Path:
    return place.with_name(f".{place.name}.old")


def _same(stage: Path, place: Path) -> bool:
    """Do both say the same? A picture may differ by its fonts."""
    names = {path.name for path in stage.iterdir()} - {PICTURE}
    if not all((place / name).is_file() for name in names):
        return False
    return all((place / name).read_bytes() == (stage / name).read_bytes() for name in names)


def _put(stage: Path, place: Path) -> None:
    aside = _aside(place)
    shutil.rmtree(aside, ignore_errors=True)
    if place.exists():
        place.replace(aside)
    stage.replace(place)
    shutil.rmtree(aside, ignore_errors=True)


def week_as_json(found: WeekFigures, study: Study) -> dict[str, Any]:
    """The week in one object; its keys stay the same from version to version of the program."""
    week, counts = found.week, found.changes.groupby(["service", "change"]).size()
    whole = found.summary.iloc[0]
    return {
        "format": FORMAT,
        "study": study.title,
        "week": {
            "date": week.name,
            "from": week.start.isoformat(),
            "deadline": week.deadline.isoformat(),
            "summary": week.summary.isoformat(),
            "skipped": week.skipped,
        },
        "snapshot": _about(found.snapshot),
        "before": None if found.before is None else _about(found.before),
        "counts": {s: {status: int(whole[f"{s}_{status}"]) for status in STATUSES} for s in SERVICES},
        "changes": {
            "by_service": {
                s: {kind: int(counts.get((s, kind), 0)) for kind in list(CHANGE_WORDS)[:3]} for s in SERVICES
            },
            **{kind: int((found.changes["change"] == kind).sum()) for kind in ("new", "gone")},
            "rows": found.changes.to_dict("records"),
        },
        "units": {
            "expected": len(found.units),
            **{state: int((found.units["state"] == state).sum()) for state in STATE_WORDS},
            "rows": _records(found.units),
        },
        "reports": {
            "by_kind": {kind: int((found.reports["kind"] == kind).sum()) for kind in REPORT_WORDS},
            "without_received_at": found.first_seen,
            "rows": _records(found.reports),
        },
        "targets": found.targets,
        "plan": found.plan,
        "summary": _records(found.summary),
        "series": _records(found.series),
    }


def _about(snapshot: Any) -> dict[str, Any]:
    names = ("date", "version", "recorded", "sites", "reports", "made_from")
    return {name: getattr(snapshot, name) for name in names}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    whole = frame.astype("object")
    return [
        {str(name): None if pd.isna(cell) else cell for name, cell in row.items()}
        for row in whole.to_dict("records")
    ]


def _tables(found: WeekFigures) -> dict[str, pd.DataFrame]:
    """The tables by file, in the current language."""
    behind = found.units[found.units["state"].isin(("late", "missing", "due"))]
    return {
        "summary.csv": _summary(found.summary),
        "changes.csv": _changes(found),
        "missing.csv": _units(behind),
        "reports.csv": _reports(found.reports),
        "series.csv": _series(found.series),
    }


def _summary(summary: pd.DataFrame) -> pd.DataFrame:
    out = {
        _("Level"): [say(LEVEL_WORDS, level) for level in summary["level"]],
        _("Code"): summary["unit_code"],
        _("Name"): summary["name"].where(summary["level"] != "all", _("All")),
        _("District"): summary["district"],
        _("Unit list of"): summary["vintage"],
        _("Sites"): summary["sites"],
    }
    for service in SERVICES:
        title = say(SERVICE_NAMES, service)
        for status in STATUSES:
            out[f"{title}: {say(STATUS_NAMES, status)}"] = summary[f"{service}_{status}"]
        out[_("{service}: more than last week").format(service=title)] = summary[f"{service}_change"]
    out[_("Report of the week")] = [state and say(STATE_WORDS, state) for state in summary["state"]]
    return pd.DataFrame(out)


def _changes(found: WeekFigures) -> pd.DataFrame:
    changes = found.changes
    names = found.summary[found.summary["level"] == "commune"].set_index("unit_code")["name"]
    return pd.DataFrame(
        {
            _("Site id"): changes["site_id"],
            _("Site"): changes["name"],
            _("Kind"): [say(KIND_NAMES, kind) for kind in changes["kind"]],
            _("Commune code"): changes["commune_code"],
            _("Commune"): changes["commune_code"].map(names),
            _("Service"): [service and say(SERVICE_NAMES, service) for service in changes["service"]],
            _("Change"): [say(CHANGE_WORDS, change) for change in changes["change"]],
            _("Before"): [status and say(STATUS_NAMES, status) for status in changes["before"]],
            _("After"): [status and say(STATUS_NAMES, status) for status in changes["after"]],
            _("Basis"): [basis and say(BASIS_NAMES, basis) for basis in changes["basis"]],
            _("Date of the evidence"): changes["date"],
        }
    )


def _units(units: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Code"): units["unit_code"],
            _("Name"): units["name"],
            _("District"): units["district"],
            _("Report of the week"): [say(STATE_WORDS, state) for state in units["state"]],
            _("Came in"): [say_came(came) for came in units["came"]],
            _("Moment known by"): [basis and say(BASIS_WORDS, basis) for basis in units["came_basis"]],
            _("Sites"): units["sites"],
            _("Sites reported"): units["sites_reported"],
            _("Last report dated"): units["last_report_date"],
        }
    )


def _reports(reports: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("What"): [say(REPORT_WORDS, kind) for kind in reports["kind"]],
            _("Unit code"): reports["unit_code"],
            _("Site id"): reports["site_id"],
            _("Service"): [service and say(SERVICE_NAMES, service) for service in reports["service"]],
            _("Dated"): reports["report_date"],
            _("Reported by"): reports["reported_by"],
            _("Came in"): [say_came(came) for came in reports["came"]],
            _("Moment known by"): [basis and say(BASIS_WORDS, basis) for basis in reports["came_basis"]],
            _("Answers"): [
                say_answers(said, service)
                for said, service in zip(reports["answers"], reports["service"], strict=True)
            ],
            _("What counts"): [say_answers(said) for said in reports["counts"]],
        }
    )


def _series(series: pd.DataFrame) -> pd.DataFrame:
    out = {_("Week"): series["week"], _("Snapshot of"): series["snapshot"], _("Sites"): series["sites"]}
    for service in SERVICES:
        for status in STATUSES:
            title = f"{say(SERVICE_NAMES, service)}: {say(STATUS_NAMES, status)}"
            out[title] = series[f"{service}_{status}"]
    out[_("Units that report")] = series["units"]
    for state in ("on_time", "late", "missing"):
        out[_("Units: {state}").format(state=say(STATE_WORDS, state))] = series[state]
    return pd.DataFrame(out)
