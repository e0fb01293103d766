"""Statuses at earlier dates, for the page's time slider.

`history` is a function of one table, a row a (date, site, service): whoever keeps such a table, from run
folders or week by week, gets the same payload from it.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from phusong.domain import SERVICES, STATUSES
from phusong.errors import RunError
from phusong.history import CHANGES, by_date, change_of, statuses_at
from phusong.language import _
from phusong.maps.saying import status_counts
from phusong.moments import vietnamese_day
from phusong.runs import Run

#: In the payload: the site was not listed at that date.
ABSENT = len(STATUSES)
_CODES = {status: place for place, status in enumerate(STATUSES)}


def history(table: pd.DataFrame, site_ids: Sequence[str]) -> dict[str, Any]:
    """The payload of `table` (COLUMNS; a site's row a service and date) for a page that shows `site_ids`.

    `dates` is in order; the last is the page's own. By date and service: `counts` of all sites listed then
    [ok, gap, unknown], and `changes` since the date before [gained (gap → ok), lost (ok → gap), corrected
    (any other change)]; `added` and `gone`: sites listed and no longer listed since the date before;
    `elsewhere`: sites listed then that the page does not show. `steps`: for each date but the last, by
    service, the places in `site_ids` and statuses of the sites whose status differs from that at the next
    date, one after another (place, status, …); status 3: not listed then.
    """
    dates = sorted(set(table["date"]))
    by_service = {service: by_date(table, service, dates) for service in SERVICES}
    listed = _listed(table, dates)
    place = {site_id: i for i, site_id in enumerate(site_ids)}
    own = listed.index.map(place.__contains__).to_numpy(dtype=bool)
    return {
        "dates": dates,
        "counts": [[status_counts(by_service[s][date]) for s in SERVICES] for date in dates],
        "changes": [
            [_changes(by_service[s], before, date) for s in SERVICES] for before, date in pairwise(dates)
        ],
        "added": [int((listed[date] & ~listed[before]).sum()) for before, date in pairwise(dates)],
        "gone": [int((listed[before] & ~listed[date]).sum()) for before, date in pairwise(dates)],
        "elsewhere": [int((listed[date] & ~own).sum()) for date in dates],
        "steps": [
            [_step(by_service[s], date, after, place) for s in SERVICES] for date, after in pairwise(dates)
        ],
    }


def _changes(wide: pd.DataFrame, before: str, date: str) -> list[int]:
    """How many sites listed at both dates gained, lost, were corrected."""
    change = change_of(wide[before], wide[date])
    return [int((change == kind).sum()) for kind in CHANGES[:3]]


def _listed(table: pd.DataFrame, dates: Sequence[str]) -> pd.DataFrame:
    """Was a site (rows) listed at a date (columns)?"""
    there = table[["date", "site_id"]].drop_duplicates().assign(there=True)
    wide = there.pivot(index="site_id", columns="date", values="there").reindex(columns=list(dates))
    return wide.notna().sort_index()


def _step(wide: pd.DataFrame, date: str, after: str, place: dict[str, int]) -> list[int]:
    then, next_ = (wide[name].map(_CODES).fillna(ABSENT).astype(int) for name in (date, after))
    differ = then[then != next_]
    rows = sorted((place[site], int(code)) for site, code in differ.items() if site in place)
    return [number for row in rows for number in row]


def statuses_of(runs: Iterable[Run]) -> pd.DataFrame:
    """The table for `history` (COLUMNS) out of run folders."""
    tables = [statuses_at(date_of(run), pd.DataFrame(run.tables["gaps"])) for run in runs]
    return pd.concat(tables, ignore_index=True)


def with_history(run: Run, earlier: pd.DataFrame) -> pd.DataFrame:
    """The table for `history` of `earlier` statuses (COLUMNS) and those of `run`, which speak of the day (in
    Viet Nam) on which it was made; what is of that day or later is left out.

    Raises RunError where the earlier ones share no site with the run.
    """
    day = vietnamese_day(run.manifest["created"])
    own = statuses_of([run]).assign(date=day)
    if len(earlier) and not set(earlier["site_id"]) & set(own["site_id"]):
        raise RunError(
            _("the history shares no site with the run"),
            where=str(run.folder),
            do=_("Name the history of the same study."),
        )
    return pd.concat([earlier[earlier["date"] < day], own], ignore_index=True)


def date_of(run: Run) -> str:
    """The date that a run speaks of: its report's, else the day (in Viet Nam) on which it was made."""
    said = str(run.manifest.get("report_date") or "")
    return said or vietnamese_day(run.manifest["created"])


def check_earlier(run: Run, earlier: Sequence[Run]) -> None:
    """Raise RunError unless each of `earlier` lies before `run`, at a date of its own, and shares sites."""
    sites = set(run.tables["gaps"]["site_id"])
    seen = {date_of(run): run}
    for other in earlier:
        date = date_of(other)
        # "2021" is neither before nor after "2021-08".
        if like := next((there for there in seen if there.startswith(date) or date.startswith(there)), None):
            raise RunError(
                _("is of {date}, and {other} is of {like}: which came first cannot be told").format(
                    date=date, other=seen[like].folder, like=like
                ),
                where=str(other.folder),
                do=_("Set report_date in the studies, to the month or day."),
            )
        if date > date_of(run):
            raise RunError(
                _("is of {date}, later than the run itself ({own})").format(date=date, own=date_of(run)),
                where=str(other.folder),
                do=_("Draw the map of the latest run, with the others in --since."),
            )
        if not sites.intersection(other.tables["gaps"]["site_id"]):
            raise RunError(
                _("shares no site with the run"),
                where=str(other.folder),
                do=_("Name earlier runs of the same study."),
            )
        seen[date] = other
