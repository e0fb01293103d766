"""The week's figures by unit: the whole study, districts, communes, and the units of the other date."""

from collections.abc import Iterator, Mapping

import pandas as pd

from phusong.admin import roll_up_units
from phusong.domain import ONE_AREA, SERVICES, STATUSES
from phusong.domain.words import OK
from phusong.gaps import roll_up

COLUMNS = [
    *("level", "unit_code", "vintage", "name", "district", "sites"),
    *(f"{service}_{status}" for service in SERVICES for status in STATUSES),
    *(f"{service}_change" for service in SERVICES),
    "state",
]


def by_units(
    sites: pd.DataFrame,
    before: pd.DataFrame | None,
    communes: pd.DataFrame,
    crosswalk: pd.DataFrame,
    vintage: str,
    states: Mapping[str, str],
) -> pd.DataFrame:
    """COLUMNS, a row a unit (`level` all, district, commune, or unit for one of the other date): sites
    counted by status, how many more have a service than in the snapshot `before` (None: there is none), and
    what the unit has done (`states`, by unit code).

    Districts, where the communes name any, are those of the time before July 2025. Of a unit of the other
    date the sites of a commune that is split are shared out and need not be whole.
    """
    district = communes.set_index("commune_code")["district"].astype("object")
    names = communes.set_index("commune_code")["name"]
    now = sites.assign(district=sites["commune_code"].map(district))
    then = None if before is None else before.assign(district=before["commune_code"].map(district))
    rows: list[dict] = []
    for level, key in (("all", None), ("district", "district"), ("commune", "commune_code")):
        old = None if then is None else _counted(then, key)
        new = _counted(now, key)
        codes = sorted({*new, *(old or {}), *(names.index if level == "commune" else ())})
        if level == "commune" and list(names.index) == [ONE_AREA]:
            continue
        for code in codes:
            rows.append(
                {
                    "level": level,
                    "unit_code": code,
                    "name": names.get(code, code) if level == "commune" else code,
                    "district": {"district": code, "commune": district.get(code)}.get(level),
                    **_figures(new.get(code, {}), None if old is None else old.get(code, {})),
                    "state": states.get(code) if level != "all" else None,
                }
            )
    rows += _other_units(now, then, communes, crosswalk, vintage)
    out = pd.DataFrame(rows, columns=COLUMNS, dtype="object")
    return out.where(out.notna(), None)


def _counted(sites: pd.DataFrame, key: str | None) -> dict[str, dict[str, int]]:
    """Sites by status and unit."""
    groups: Iterator = iter([("", sites)]) if key is None else iter(sites.dropna(subset=[key]).groupby(key))
    return {str(code): {"sites": len(group), **_statuses(group)} for code, group in groups}


def _statuses(group: pd.DataFrame) -> dict[str, int]:
    return {f"{s}_{status}": int((group[s] == status).sum()) for s in SERVICES for status in STATUSES}


def _figures(now: Mapping[str, float], before: Mapping[str, float] | None) -> dict[str, float | None]:
    names = ["sites", *(f"{s}_{status}" for s in SERVICES for status in STATUSES)]
    figures: dict[str, float | None] = {name: _whole(now.get(name, 0)) for name in names}
    for service in SERVICES:
        have = f"{service}_{OK}"
        more = None if before is None else _whole(now.get(have, 0) - before.get(have, 0))
        figures[f"{service}_change"] = more
    return figures


def _whole(number: float) -> float:
    """The number as a whole one, where it is."""
    return int(number) if float(number).is_integer() else round(float(number), 6)


def _other_units(
    now: pd.DataFrame,
    then: pd.DataFrame | None,
    communes: pd.DataFrame,
    crosswalk: pd.DataFrame,
    vintage: str,
) -> Iterator[dict]:
    """Rows of the units of the other date, where a crosswalk leads to them."""
    if crosswalk.empty:
        return
    found = roll_up_units(roll_up(now, communes), crosswalk, communes, vintage)
    old = None if then is None else roll_up_units(roll_up(then, communes), crosswalk, communes, vintage)
    before = None if old is None else {row["unit_code"]: row for row in old.to_dict("records")}
    for unit in found.to_dict("records"):
        code = unit["unit_code"]
        yield {
            "level": "unit",
            "unit_code": code,
            "vintage": unit["vintage"],
            "name": unit["name"],
            "district": None,
            **_figures(unit, None if before is None else before.get(code, {})),
            "state": None,
        }
