"""How far the targets are reached and at what pace, and how much of a plan is there already."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from phusong.domain import OK, SERVICES
from phusong.handover import Goal

_WEEK_DAYS = 7


def towards_targets(
    targets: Mapping[str, Goal], series: Sequence[tuple[date, Mapping[str, int], int]]
) -> list[dict[str, Any]]:
    """For each target, in the order of SERVICES: how many sites have the service, how many must, and the
    pace.

    `series` is (day, sites with each service, sites) by snapshot, in order. Both paces are straight lines, in
    sites a week: `pace` from the first snapshot to the last, `needed` from the last to the target's day.
    `expected` is what a straight line from the first snapshot to the target has at the last one. A site whose
    status is not known does not have the service. None: cannot be told, for want of time between snapshots.
    """
    first_day, first, _sites = series[0]
    day, now, sites = series[-1]
    out = []
    for service in (s for s in SERVICES if s in targets):
        goal = targets[service]
        wanted = math.ceil(sites * goal.percent / 100 - 1e-9)
        lacking = max(wanted - now[service], 0)
        elapsed, left = _weeks(first_day, day), _weeks(day, goal.by)
        pace = (now[service] - first[service]) / elapsed if elapsed > 0 else None
        reached = (
            day + timedelta(days=math.ceil(lacking / pace * _WEEK_DAYS))
            if pace and pace > 0 and lacking / pace < 52 * 100
            else None
        )
        whole = elapsed + left
        expected = (
            first[service] + (wanted - first[service]) * elapsed / whole
            if whole > 0 and left >= 0
            else wanted
        )
        out.append(
            {
                "service": service,
                "percent": goal.percent,
                "by": goal.by.isoformat(),
                "sites": sites,
                "wanted": wanted,
                "now": now[service],
                "lacking": lacking,
                "since": first_day.isoformat(),
                "expected": round(expected, 1),
                "pace_per_week": None if pace is None else round(pace, 2),
                "needed_per_week": round(lacking / left, 2) if left > 0 else None,
                "reached_at_this_pace": day.isoformat() if not lacking else reached and reached.isoformat(),
                "verdict": _verdict(lacking, left, now[service], expected, pace),
            }
        )
    return out


def _weeks(start: date, end: date) -> float:
    return (end - start).days / _WEEK_DAYS


def _verdict(lacking: int, left: float, now: int, expected: float, pace: float | None) -> str:
    if not lacking:
        return "reached"
    if left <= 0:
        return "missed"
    if pace is None:
        return "not_known"
    return "on_pace" if now >= expected - 1e-9 else "behind"


def towards_plan(investments: pd.DataFrame, sites: pd.DataFrame) -> list[dict[str, Any]]:
    """What the funded INVESTMENTS of a run give, by the year in which they are finished (None: the plan has
    no years) and what they close; and how many of their sites have it in `sites` (`site_id` and a status a
    service).

    A "connection" other than fibre closes no status: whether it is there cannot be told. `gone`: sites that
    are no longer listed.
    """
    status = sites.set_index("site_id")
    asked: dict[tuple[int, str], set[str]] = {}
    for row in investments[investments["funded"]].to_dict("records"):
        year = 0 if pd.isna(row.get("finished_year")) else int(row["finished_year"])
        asked.setdefault((year, row["closes"]), set()).update(row["site_ids"].split(";"))
    out = []
    for (year, closes), ids in sorted(asked.items()):
        listed = ids & set(status.index)
        can_tell = closes in SERVICES
        there = int((status.loc[sorted(listed), closes] == OK).sum()) if can_tell else None
        out.append(
            {
                "finished_year": year or None,
                "closes": closes,
                "sites": len(ids),
                "have_it": there,
                "have_not": None if there is None else len(listed) - there,
                "gone": len(ids - listed),
            }
        )
    return out
