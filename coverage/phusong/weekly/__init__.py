"""The weekly cycle: what is recorded when, and the figures of a week from the history alone.

`record_week` adds to the history, `look_back` reads it; both work on any store. What a week's figures are
made of is one file each: calendar, units, received, progress, summary.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from phusong.domain import SERVICES, STATUSES, Region
from phusong.errors import StudyError
from phusong.history import SITE_COLUMNS, History, Recorded, Snapshot, changed_sites, statuses_at
from phusong.language import _
from phusong.study import Study
from phusong.weekly.calendar import Week, week_before, week_of, weeks_between
from phusong.weekly.progress import towards_plan, towards_targets
from phusong.weekly.received import STATES, as_they_came, of_each_week, reports_to_look_at, units_reporting
from phusong.weekly.summary import by_units
from phusong.weekly.units import reporting_units

__all__ = ["WeekFigures", "look_back", "record_week", "week_asked", "week_of"]

SERIES = [
    *("week", "snapshot", "sites"),
    *(f"{service}_{status}" for service in SERVICES for status in STATUSES),
    *("units", *STATES[:3]),
]
CHANGED = ["site_id", "name", "kind", "commune_code", "service", "change", "before", "after", "basis", "date"]


@dataclass(frozen=True)
class WeekFigures:
    """All that is told of a week. `before` is the snapshot of the week before or an older one, None at first;
    tables have the columns of CHANGED, received.UNIT_COLUMNS and REPORT_ROW, summary.COLUMNS, SERIES."""

    week: Week
    snapshot: Recorded
    before: Recorded | None
    changes: pd.DataFrame
    units: pd.DataFrame
    reports: pd.DataFrame
    targets: list[dict[str, Any]]
    plan: list[dict[str, Any]] | None
    summary: pd.DataFrame
    series: pd.DataFrame
    #: Reports of the week that do not say when they came in.
    first_seen: int


def week_asked(day: date | None, now: datetime, study: Study) -> Week:
    """The week that `day` is in, or today's. Raises StudyError for one to come."""
    week, current = (week_of(one, study.weekly) for one in (day or now.date(), now.date()))
    if week.day > current.day:
        raise StudyError(
            _("the week of {day} is still to come").format(day=week.name), do=_("Name an earlier --date.")
        )
    return week


def day_of_snapshot(week: Week, now: datetime) -> str:
    """The day that a snapshot taken now for `week` speaks of: today, at the latest the deadline's day."""
    return min(week.day, now.date()).isoformat()


def record_week(
    history: History,
    study: Study,
    region: Region,
    gaps: pd.DataFrame,
    made_from: Mapping[str, Any],
    week: Week,
    now: datetime,
) -> tuple[Recorded, bool]:
    """Take the snapshot of `week`; what is it, and is it new? It is taken in the week itself, and for the
    week before while that has none or new reports of it come in; older weeks are as the history has them.

    Raises StudyError where there is none of an older week.
    """
    there = _snapshot_of(week, history.latest(week.name))
    current = week_of(now.date(), study.weekly)
    if week.day < current.day:
        if there is None and week.day < current.day - timedelta(days=7):
            raise StudyError(
                _("the history has no snapshot of the week of {day}").format(day=week.name),
                where=history.where,
                do=_("It has: {dates}.").format(
                    dates=", ".join(r.date for r in history.latest()[-12:]) or "–"
                ),
            )
        older = week.day < current.day - timedelta(days=7)
        if there is not None and (older or not _has_new_reports(history, there, region.reports, week)):
            return there, False
    sites = pd.DataFrame(gaps[SITE_COLUMNS])
    snapshot = Snapshot(day_of_snapshot(week, now), made_from, sites, pd.DataFrame(region.reports))
    return history.record(snapshot, now.isoformat())


def _snapshot_of(week: Week, latest: list[Recorded]) -> Recorded | None:
    """The last snapshot of the days that end with the week's."""
    since = (week.day - timedelta(days=7)).isoformat()
    return next((r for r in reversed(latest) if since < r.date <= week.name), None)


def _has_new_reports(history: History, there: Recorded, reports: pd.DataFrame, week: Week) -> bool:
    """Are there reports dated up to the week's day that its snapshot does not have?"""
    dated = reports[reports["report_date"].fillna("") <= week.name]
    _sites, said = Snapshot("", {}, pd.DataFrame(), dated).rows()
    return not set(said) <= history.reports_of(there.number)


def look_back(
    history: History,
    study: Study,
    region: Region,
    week: Week,
    now: datetime,
    investments: pd.DataFrame | None = None,
) -> WeekFigures:
    """The figures of `week` as the history has them. `investments` are those of a run, whose plan is
    followed.

    Raises StudyError where the history has no snapshot of the week, or the study's units are none.
    """
    latest = history.latest(week.name)
    snapshot = _snapshot_of(week, latest)
    if snapshot is None:
        raise StudyError(
            _("the history has no snapshot of the week of {day}").format(day=week.name), where=history.where
        )
    before = next((r for r in reversed(latest) if r.date <= _week_earlier(week)), None)
    sites_of = {r.number: history.sites_of(r.number) for r in latest}
    sites = sites_of[snapshot.number]
    then = None if before is None else sites_of[before.number]
    # A site that is gone was some unit's when it was reported.
    ever = pd.concat(sites_of.values()).drop_duplicates("site_id", keep="last")
    units, unit_of = reporting_units(study.weekly, region.communes, ever, study.file)
    reports = as_they_came(history.reports())
    listed = frozenset(sites["site_id"])

    weeks = weeks_between(date.fromisoformat(latest[0].date), week, study.weekly)
    by_week = of_each_week(reports, weeks)
    mine = units_reporting(reports, week, units, unit_of, listed, now)
    states = {
        one.name: units_reporting(by_week[one.name], one, units, unit_of, listed, now)["state"]
        for one in weeks
    }
    targets = {str(service): goal for service, goal in study.weekly.targets.items()}
    previous = max((r for r in history.snapshots() if r.number < snapshot.number), key=_number, default=None)
    return WeekFigures(
        week=week,
        snapshot=snapshot,
        before=before,
        changes=_changes(sites, then),
        units=mine,
        reports=reports_to_look_at(
            [report for report in reports if report.site_id in listed],
            history.reports_of(snapshot.number),
            frozenset() if previous is None else history.reports_of(previous.number),
            week,
            week_before(week, study.weekly),
            unit_of,
            now,
        ),
        targets=towards_targets(targets, [_standing(r.date, sites_of[r.number]) for r in latest]),
        plan=None if investments is None else towards_plan(investments, sites),
        summary=by_units(
            sites,
            then,
            region.communes,
            region.crosswalk,
            study.vintage,
            dict(zip(mine["unit_code"], mine["state"], strict=True)),
        ),
        series=_series(weeks, latest, sites_of, states),
        first_seen=sum(r.is_of(week) and r.came_basis != "stated" for r in reports),
    )


def _number(snapshot: Recorded) -> int:
    return snapshot.number


def _week_earlier(week: Week) -> str:
    return (week.day - timedelta(days=7)).isoformat()


def _standing(day: str, sites: pd.DataFrame) -> tuple[date, dict[str, int], int]:
    have = {service: int((sites[service] == "ok").sum()) for service in SERVICES}
    return date.fromisoformat(day), have, len(sites)


def _changes(sites: pd.DataFrame, then: pd.DataFrame | None) -> pd.DataFrame:
    """CHANGED since `then`, by site and service; a site that is new or gone has one row."""
    if then is None:
        return pd.DataFrame(columns=CHANGED)
    both = pd.concat([statuses_at("before", then), statuses_at("after", sites)])
    found = changed_sites(both, "before", "after")
    comes_or_goes = found["change"].isin(("new", "gone"))
    found = found[~comes_or_goes | ~found.duplicated(["site_id", "change"])].astype("object")
    found.loc[comes_or_goes, ["service", "before", "after"]] = None
    about = pd.concat([sites, then]).drop_duplicates("site_id").set_index("site_id")
    rows = []
    for row in found.to_dict("records"):
        site = about.loc[row["site_id"]]
        service = row["service"]
        why = {"basis": site[f"{service}_basis"], "date": site[f"{service}_date"]} if service else {}
        rows.append({**row, **site[["name", "kind", "commune_code"]].to_dict(), **why})
    out = pd.DataFrame(rows, columns=CHANGED, dtype="object")
    return out.where(out.notna(), None)


def _series(
    weeks: Iterable[Week],
    latest: list[Recorded],
    sites_of: Mapping[int, pd.DataFrame],
    states: Mapping[str, pd.Series],
) -> pd.DataFrame:
    """SERIES, a row a week; figures of a week without snapshot are empty, and
    so are units where no report was due."""
    rows: list[dict[str, Any]] = []
    for one in weeks:
        snapshot = _snapshot_of(one, latest)
        row: dict[str, Any] = {"week": one.name}
        if snapshot is not None:
            sites = sites_of[snapshot.number]
            row |= {"snapshot": snapshot.date, "sites": len(sites)}
            row |= {f"{s}_{status}": int((sites[s] == status).sum()) for s in SERVICES for status in STATUSES}
        if not one.skipped:
            done = states[one.name]
            row |= {"units": len(done), **{state: int((done == state).sum()) for state in STATES[:3]}}
        rows.append({name: row.get(name) for name in SERIES})
    return pd.DataFrame(rows, columns=SERIES, dtype="object")
