"""When reports came in, which units have reported, and which reports want a look.

A report belongs to the week of its own date, whenever it comes in: one that comes after the deadline is a
late report of that week (and of the week's next version), never one of the next. A unit has reported when one
of its sites has; a report that is dated later than the day it came in does not count as the unit's.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pandas as pd

from phusong.domain import SERVICES
from phusong.weekly.calendar import Week

#: What can be said of a report, in the order in which it is told.
KINDS = (
    "contradicting",
    "corrected",
    "late",
    "after_summary",
    "late_last_week",
    "future",
    "old",
    "no_day",
    "withdrawn",
)
#: What a unit has done: reported by the deadline, later, not at all; nothing yet before the deadline; nothing
#: is asked in a week that is skipped.
STATES = ("on_time", "late", "missing", "due", "not_due")
#: What the moment at which a report came in rests on: the list says it, or it was first seen then.
STATED, FIRST_SEEN = "stated", "first_seen"
UNIT_COLUMNS = [
    *("unit_code", "name", "district", "state", "sites", "sites_reported"),
    *("came", "came_basis", "last_report_date"),
]
REPORT_ROW = [
    *("kind", "unit_code", "site_id", "service", "report_date", "reported_by"),
    *("came", "came_basis", "answers", "counts"),
]


@dataclass(frozen=True)
class Report:
    """One answer as it came in; `answers` are those that it gives, by service."""

    report_id: str
    site_id: str
    date: str
    by: str
    answers: Mapping[str, str]
    came: datetime
    came_basis: str
    #: Was it there when the history began, with no word of when it came in?
    before_history: bool

    @cached_property
    def is_future(self) -> bool:
        """Is it dated later than the day on which it came in?"""
        return len(self.date) == 10 and self.date > self.came.date().isoformat()

    def is_of(self, week: Week) -> bool:
        """Is it dated within the week?"""
        return len(self.date) == 10 and week.first_day <= self.date <= week.name


def as_they_came(table: pd.DataFrame) -> list[Report]:
    """The reports of a history (`History.reports`), in the order in which they came in.

    A report whose note alone was changed came in when it was first seen.
    """
    rows = table.sort_values(["number", "report_id"]).to_dict("records")
    first: dict[tuple, tuple[str, int]] = {}
    out = []
    for row in rows:
        answers = {s: str(row[f"{s}_reported"]) for s in SERVICES if pd.notna(row[f"{s}_reported"])}
        said = (row["site_id"], row["report_date"], row["reported_by"], *sorted(answers.items()))
        seen, number = first.setdefault(said, (row["first_seen"], row["number"]))
        stated = row["received_at"] if pd.notna(row["received_at"]) else None
        out.append(
            Report(
                row["report_id"],
                row["site_id"],
                row["report_date"] or "",
                row["reported_by"] or "",
                answers,
                datetime.fromisoformat(stated or seen),
                STATED if stated else FIRST_SEEN,
                not stated and number == 1,
            )
        )
    return sorted(out, key=lambda r: (r.came, r.report_id))


def of_each_week(reports: list[Report], weeks: list[Week]) -> dict[str, list[Report]]:
    """The reports of each week by its name."""
    ordered = sorted((report for report in reports if len(report.date) == 10), key=lambda report: report.date)
    days = [report.date for report in ordered]
    return {w.name: ordered[bisect_left(days, w.first_day) : bisect_right(days, w.name)] for w in weeks}


def units_reporting(
    reports: list[Report],
    week: Week,
    units: pd.DataFrame,
    unit_of: Mapping[str, str],
    listed: frozenset[str],
    as_of: datetime,
) -> pd.DataFrame:
    """UNIT_COLUMNS by unit: what each of `units` (`unit_code`, `name`, `district`) had done by `as_of`.
    `unit_of` is the unit of each site that ever was, `listed` are those that still are."""
    sites: dict[str, set[str]] = defaultdict(set)
    of_unit: dict[str, list[Report]] = defaultdict(list)
    for site in listed & set(unit_of):
        sites[unit_of[site]].add(site)
    for report in reports:
        if report.came <= as_of and not report.is_future:
            of_unit[unit_of.get(report.site_id, "")].append(report)
    rows = []
    for unit in units.to_dict("records"):
        code = unit["unit_code"]
        own = [report for report in of_unit[code] if report.is_of(week)]
        first = min(own, key=lambda report: (report.came, report.report_id), default=None)
        dated = [report.date for report in of_unit[code] if report.date <= week.name]
        rows.append(
            {
                **unit,
                "state": _state(first, week, as_of),
                "sites": len(sites[code]),
                "sites_reported": len({report.site_id for report in own} & sites[code]),
                "came": first and first.came.isoformat(),
                "came_basis": first and first.came_basis,
                "last_report_date": max(dated, default=None),
            }
        )
    out = pd.DataFrame(rows, columns=UNIT_COLUMNS).astype("object")
    return out.where(out.notna(), None)


def _state(first: Report | None, week: Week, as_of: datetime) -> str:
    if week.skipped:
        return "not_due"
    if first is not None:
        return "on_time" if first.came <= week.deadline else "late"
    return "missing" if as_of > week.deadline else "due"


def reports_to_look_at(
    reports: list[Report],
    present: frozenset[str],
    before: frozenset[str],
    week: Week,
    last: Week,
    unit_of: Mapping[str, str],
    as_of: datetime,
) -> pd.DataFrame:
    """REPORT_ROW by kind (KINDS), date and site. `present` are the ids of the reports that the week's
    snapshot has, `before` of those that the snapshot before it had; `last` is the week before."""
    there = [report for report in reports if report.came <= as_of]
    rows = [
        _row(kind, report)
        for report in there
        if report.report_id in present
        for kind in _kinds(report, week, last)
    ]
    rows += _differing([r for r in there if r.report_id in present and r.is_of(week)])
    rows += _gone(there, present, before, week)
    out = pd.DataFrame(rows, columns=REPORT_ROW)
    out["unit_code"] = out["site_id"].map(lambda site: unit_of.get(site, ""))
    order = out.assign(_kind=out["kind"].map(KINDS.index), _service=out["service"].map(_place))
    order = order.sort_values(
        ["_kind", "report_date", "site_id", "_service", "came", "reported_by", "answers"]
    )
    return order[REPORT_ROW].reset_index(drop=True).astype("object")


def _place(service: str) -> int:
    return SERVICES.index(service) if service in SERVICES else -1


def _kinds(report: Report, week: Week, last: Week) -> Iterator[str]:
    came_this_week = last.deadline < report.came <= week.deadline and not report.before_history
    if report.is_future:
        if came_this_week or report.is_of(week):
            yield "future"
        return
    if report.is_of(week) and report.came > week.deadline and not week.skipped:
        yield "late" if report.came <= week.summary else "after_summary"
    if not came_this_week:
        return
    if len(report.date) != 10:
        yield "no_day"
    elif report.is_of(last) and not last.skipped:
        yield "late_last_week"
    elif report.date < last.first_day:
        yield "old"


def _row(kind: str, report: Report) -> dict[str, Any]:
    return {
        "kind": kind,
        "site_id": report.site_id,
        "service": "",
        "report_date": report.date,
        "reported_by": report.by,
        "came": report.came.isoformat(),
        "came_basis": report.came_basis,
        "answers": "; ".join(f"{service}={answer}" for service, answer in report.answers.items()),
        "counts": "",
    }


def _differing(reports: list[Report]) -> Iterator[dict[str, Any]]:
    """Contradictions and corrections: reports of one week that answer differently for a site and service.

    Of answers of one date the one that came in last corrects the others where the list says when they came
    in; else, and between dates, they contradict each other. The later date counts.
    """
    by_question = defaultdict(list)
    for report in reports:
        for service in report.answers:
            by_question[report.site_id, service].append(report)
    for (site, service), asked in sorted(by_question.items()):
        if len({report.answers[service] for report in asked}) < 2:
            continue
        days = sorted({report.date for report in asked})
        counting = {day: _that_counts([r for r in asked if r.date == day], service) for day in days}
        known = [day for day in days if counting[day]]
        counts = counting[known[-1]] if known else ""
        corrected = [d for d in known if len({r.answers[service] for r in asked if r.date == d}) > 1]
        for day in corrected:
            same_day = [r for r in asked if r.date == day]
            yield _question("corrected", site, service, same_day, counting[day])
        if len({*counting.values()}) > 1 or not all(counting.values()):
            yield _question("contradicting", site, service, asked, counts)


def _that_counts(same_day: list[Report], service: str) -> str:
    """The answer of one date that counts: what all say, or what came in last; "" where that is not known."""
    if all(report.came_basis == STATED for report in same_day):
        last = max(report.came for report in same_day)
        same_day = [report for report in same_day if report.came == last]
    answers = {report.answers[service] for report in same_day}
    return answers.pop() if len(answers) == 1 else ""


def _question(kind: str, site: str, service: str, asked: list[Report], counts: str) -> dict[str, Any]:
    ordered = sorted(asked, key=lambda r: (r.date, r.came, r.by, r.answers[service]))
    return {
        "kind": kind,
        "site_id": site,
        "service": service,
        "report_date": ordered[-1].date,
        "reported_by": "; ".join(dict.fromkeys(report.by for report in ordered if report.by)),
        "came": ordered[-1].came.isoformat(),
        "came_basis": ordered[-1].came_basis,
        "answers": "; ".join(f"{r.date}={r.answers[service]}" for r in ordered),
        "counts": counts,
    }


def _gone(
    reports: list[Report], present: frozenset[str], before: frozenset[str], week: Week
) -> Iterator[dict[str, Any]]:
    """Reports that the list had and has no longer: corrected where it now says something else of the same
    site and day, else withdrawn."""
    now = defaultdict(list)
    for report in reports:
        if report.report_id in present:
            now[report.site_id, report.date].append(report)
    for report in reports:
        if report.report_id in present or not (report.report_id in before or report.is_of(week)):
            continue
        instead = now[report.site_id, report.date]
        if any(other.answers == report.answers for other in instead):
            continue
        row = _row("corrected" if instead else "withdrawn", report)
        yield {**row, "counts": "; ".join(_row("", other)["answers"] for other in instead)}
