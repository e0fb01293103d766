"""What a study's communes come to in the units of the other date."""

import numpy as np
import pandas as pd

from phusong.admin.gazetteer import gazetteer_of, units_in
from phusong.admin.links import link_units
from phusong.admin.mend import date_rows
from phusong.crosswalk import NEW, OLD, other_side, side_of
from phusong.domain import GAP, OK, SERVICES, STATUSES, UNIT_STATUS, UNKNOWN, conform, empty

_STATUS_COUNTS = [f"{service}_{status}" for service in SERVICES for status in STATUSES]
_ORDER = {"reported": 0, "computed": 1, "assumed": 2}


def roll_up_units(
    status: pd.DataFrame,
    crosswalk: pd.DataFrame,
    communes: pd.DataFrame,
    vintage: str = "",
    other: str = "",
    plan: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """UNIT_STATUS: the study's COMMUNE_STATUS by the units of the other side of its crosswalk. Empty when the
    study has none, or it is not clear which side its communes (COMMUNES) are on. `vintage` is the study's,
    `other` that of the other side; where they and the crosswalk do not say, it is "old" or "new". `plan` is
    the COMMUNE_PLAN, shared out as the sites are.

    A unit's centre has what all centres of its communes have, where one of them at least lies wholly in it
    and nothing of it is beyond the study; else its centre is not known, because it may be any of them. Sites
    and residents of a commune in several units are shared out, and so need not be whole.
    """
    side = side_of(crosswalk, communes, vintage)
    if side is None:
        return empty(UNIT_STATUS)
    own = vintage or max(set(communes["vintage"].dropna()), default="")
    old, new = (own or OLD, other or NEW) if side == OLD else (other or OLD, own or NEW)
    known = crosswalk[crosswalk["old_code"].notna()]
    bare = gazetteer_of([])
    dated, _said = date_rows(known, bare, old, new)
    units = gazetteer_of([_counted(units_in(dated, s), communes if s == side else None) for s in (OLD, NEW)])
    vintages = {s: str(dated[f"{s}_vintage"].iloc[0]) for s in (OLD, NEW)}
    there = vintages[other_side(side)]
    links = link_units(dated, units, vintages[side], there).table
    mine = links[links["from_code"].isin(communes["commune_code"])]
    beyond = links[
        ~links["from_code"].isin(communes["commune_code"]) & links["to_code"].isin(mine["to_code"])
    ]
    names = units.of(vintages[side])["name"]
    rows = status.set_index("commune_code")
    planned = pd.DataFrame() if plan is None else plan.set_index("commune_code")
    listed = units.of(there)
    out = [
        {
            "unit_code": code,
            "vintage": there,
            **{name: listed.loc[code, name] for name in ("name", "unit_type", "province")},
            **_parts(group),
            "outside": ";".join(sorted(beyond.loc[beyond["to_code"] == code, "from_code"].map(names)))
            or None,
            **_shared_out(group, rows, ["population", "sites", *_STATUS_COUNTS]),
            **({} if plan is None else _shared_out(group, planned, list(planned.columns))),
            **_centres(group, rows, whole_study=code not in set(beyond["to_code"])),
        }
        for code, group in mine.groupby("to_code", sort=True)
    ]
    return conform(pd.DataFrame(out), UNIT_STATUS) if out else empty(UNIT_STATUS)


def _counted(units: pd.DataFrame, communes: pd.DataFrame | None) -> pd.DataFrame:
    """The units with the residents that the study's communes have."""
    if communes is None:
        return units
    residents = communes.set_index("commune_code")["population"].astype("float64")
    return units.assign(population=units["code"].map(residents))


def _parts(group: pd.DataFrame) -> dict[str, object]:
    return {
        "parts": ";".join(group["from_code"]),
        "shares": ";".join(f"{share:.4g}" for share in group["share"]),
        "share_basis": max(group["share_basis"], key=lambda basis: _ORDER[basis]),
    }


def _shared_out(group: pd.DataFrame, rows: pd.DataFrame, columns: list[str]) -> dict[str, float]:
    share = group["share"].to_numpy()
    own = rows.reindex(group["from_code"])
    values = {name: own[name].to_numpy(dtype="float64", na_value=np.nan) for name in columns}
    return {name: round(float((value * share).sum()), 6) for name, value in values.items()}


def _centres(group: pd.DataFrame, rows: pd.DataFrame, whole_study: bool) -> dict[str, str]:
    here = group[group["share"] > 0]
    sure = whole_study and bool((here["share"] == 1).any())
    out = {}
    for service in SERVICES:
        said = set(rows[service].reindex(here["from_code"]))
        out[service] = said.pop() if sure and len(said) == 1 and said <= {OK, GAP} else UNKNOWN
    return out
