"""What changed from one date to another: one definition for the map's time slider and the weekly figures."""

from collections.abc import Sequence

import pandas as pd

from phusong.domain import GAP, OK, SERVICES

#: A table of statuses has a row a date, site and service.
COLUMNS = ["date", "site_id", "service", "status"]
GAINED, LOST, CORRECTED, NEW, GONE = "gained", "lost", "corrected", "new", "gone"
#: gap → ok, ok → gap, any other change; a site that was not listed before, or is no longer.
CHANGES = (GAINED, LOST, CORRECTED, NEW, GONE)


def by_date(table: pd.DataFrame, service: str, dates: Sequence[str]) -> pd.DataFrame:
    """The status of one service by site (rows, in order) and date (columns); empty where a site was not
    listed. `table` has COLUMNS, one row a date, site and service."""
    here = table[table["service"] == service]
    wide = here.pivot(index="site_id", columns="date", values="status").reindex(columns=list(dates))
    return wide.astype("object").sort_index()


def statuses_at(date: str, sites: pd.DataFrame) -> pd.DataFrame:
    """The statuses (COLUMNS) of `sites` (`site_id` and a status a service) as those of a date."""
    parts = [
        pd.DataFrame({"date": date, "site_id": sites["site_id"], "service": s, "status": sites[s]})
        for s in SERVICES
    ]
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def change_of(before: pd.Series, after: pd.Series) -> pd.Series:
    """The change (CHANGES) of each site from one status to another, both by site; "" where there is none. An
    empty status means that the site was not listed.

    >>> change_of(pd.Series(["gap", "ok", "unknown", None]), pd.Series(["ok", None, "gap", None])).tolist()
    ['gained', 'gone', 'corrected', '']
    """
    out = pd.Series("", index=before.index, dtype="object")
    was, there = before.notna(), after.notna()
    out[was & there & (before != after)] = CORRECTED
    out[(before == GAP) & (after == OK)] = GAINED
    out[(before == OK) & (after == GAP)] = LOST
    out[~was & there] = NEW
    out[was & ~there] = GONE
    return out


def changed_sites(table: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    """The changes between two dates of `table` (COLUMNS): `site_id`, `service`, `change`, `before`, `after`,
    in the order of the ids and of SERVICES. A site that is new or gone has a row a service."""
    parts = []
    for place, service in enumerate(SERVICES):
        wide = by_date(table, service, [before, after])
        change = change_of(wide[before], wide[after])
        found = pd.DataFrame(
            {
                "service": service,
                "change": change,
                "before": wide[before],
                "after": wide[after],
                "place": place,
            }
        )
        parts.append(found[change != ""].rename_axis("site_id").reset_index())
    out = pd.concat(parts).sort_values(["site_id", "place"], ignore_index=True)
    return out[["site_id", "service", "change", "before", "after"]]
