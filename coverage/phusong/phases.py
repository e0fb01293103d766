"""Who builds which investment in which year, within the budgets of the years (`phusong.phasing`).

An investment goes to the operator whose network or mast it uses; one that uses nobody's, and hangs on nothing
that does, goes to the partner with the lowest prices (`price_factor`). Where the study names no prices nobody
knows who that is: it stays with "chưa rõ" unless a partner's quota, lots or budget ask for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.domain import UNKNOWN_OPERATOR, Region
from phusong.errors import PhuSongError
from phusong.language import _
from phusong.phasing import NOT_BUILT, Quota, Schedule, Terms, Works, schedule_works
from phusong.study import Partner, Study
from phusong.units import fold

#: Months to build where no price sheet says them.
_MONTHS = 6
COLUMNS = ["year", "partner", "investments", "sites", "capex_vnd", "price_vnd"]


@dataclass(frozen=True, eq=False)
class Phases:
    """`of` has `year`, `finished_year`, `partner` for each investment_id (year empty: not within these years,
    or the study has none); `table` a row a year and partner with COLUMNS: CAPEX by the price sheets, and at
    what the partner asks, which is what a year spends. `gap`: the part of the most value × years in service
    by which this order may fall short of the best."""

    of: pd.DataFrame
    table: pd.DataFrame
    gap: float


def plan_phases(
    study: Study, region: Region, investments: pd.DataFrame, months: Mapping[str, float]
) -> Phases:
    """Years and partners for the funded investments. `months` to build by investment_id.

    Raises PhuSongError for a partner whose name is nearly, but not quite, that of an operator in the inputs.
    """
    funded = investments[investments["funded"]].reset_index(drop=True)
    partners = _partners(study, region, funded)
    years = sorted(int(year) for year in study.plan.budget_by_year)
    works = _works(study, funded, partners, months)
    schedule = schedule_works(works, _terms(study, funded, partners, years))
    partner = _named(study, funded, partners, schedule)
    of = pd.DataFrame({"partner": partner}, index=funded["investment_id"])
    named = np.array([*years, 0] if years else [0, 0])
    for name, place in (("year", schedule.year), ("finished_year", schedule.finished)):
        known = (place != NOT_BUILT) & bool(years)
        of[name] = pd.array(np.where(known, named[place], 0), dtype="Int64")
        of.loc[~known, name] = pd.NA
    return Phases(of, _table(study, funded, of), schedule.gap if years else 0.0)


def with_phases(investments: gpd.GeoDataFrame, phases: Phases) -> gpd.GeoDataFrame:
    """INVESTMENTS with the year, the year in which it is finished, and the partner."""
    at = phases.of.reindex(investments["investment_id"])
    out = investments.copy()
    for name in ("year", "finished_year"):
        out[name] = at[name].to_numpy(dtype="float64", na_value=np.nan)
        out[name] = out[name].astype("Int64")
    out["partner"] = pd.array(at["partner"].tolist(), dtype="str")
    return out


def _partners(study: Study, region: Region, funded: pd.DataFrame) -> list[str]:
    """The partners, by name: those of the study, or else all whose network an investment uses."""
    used = {name for names in funded["operator"].dropna() for name in str(names).split(";")}
    known = used | {
        str(name)
        for frame in (region.fibre, region.nodes, region.cells)
        if len(frame)
        for name in frame["operator"].dropna()
    }
    by_fold = {fold(one): one for one in known}
    for name in study.partners:
        # Who has no network here may still build satellite or Wi-Fi; a name that is nearly known is a slip.
        near = get_close_matches(fold(name), by_fold, n=1, cutoff=0.75)
        if near and fold(name) not in by_fold:
            raise PhuSongError(
                _("no network in the inputs is of {name}").format(name=repr(name)),
                where=f"{study.file}: [partners.{name}]",
                do=_("Did you mean {near}?").format(near=by_fold[near[0]]),
            )
    named = list(study.partners) or sorted(used - {UNKNOWN_OPERATOR})
    return [*named, UNKNOWN_OPERATOR]


def _allowed(row: Any, partners: list[str], study: Study) -> np.ndarray:
    """Which partners may build an investment: whose network it uses; else any. Lots come first."""
    lots = [name for name, said in study.partners.items() if row.commune_codes in said.communes]
    if lots:
        return np.array([name in lots for name in partners])
    used = {fold(name) for name in str(row.operator).split(";")} if isinstance(row.operator, str) else set()
    own = np.array([fold(name) in used and name != UNKNOWN_OPERATOR for name in partners])
    if own.any():
        return own
    asked = np.array([_factor(study, name) for name in partners])
    named = np.array([name in study.partners for name in partners])
    if _asked(study) or not named.any() or asked[named].min() == asked[named].max():
        return np.ones(len(partners), bool)
    # The first by name of those with the lowest prices.
    lowest = min(np.flatnonzero(named), key=lambda i: (asked[i], partners[i]))
    return np.arange(len(partners)) == lowest


def _asked(study: Study) -> bool:
    """Does the study ask for a part of the plan, or a budget, for any partner?"""
    return any(
        said.at_least is not None or said.at_most is not None or said.communes or said.budget_by_year
        for said in study.partners.values()
    )


def _works(study: Study, funded: pd.DataFrame, partners: list[str], months: Mapping[str, float]) -> Works:
    place = {name: i for i, name in enumerate(funded["investment_id"])}
    needs = [
        sorted(place[name] for name in str(said).split(";") if name in place) if isinstance(said, str) else []
        for said in funded["depends_on"]
    ]
    allowed = np.array([_allowed(row, partners, study) for row in funded.itertuples()])
    factor = np.array([_factor(study, name) for name in partners])
    cost = np.where(allowed.reshape(len(funded), len(partners)), factor, np.inf)
    return Works(
        parent=np.array([found[0] if found else -1 for found in needs], dtype=int),
        value=funded["value"].to_numpy(dtype=float),
        months=np.array(
            [int(np.ceil(_known(months.get(name), _MONTHS))) for name in funded["investment_id"]], dtype=int
        ),
        cost=cost * np.maximum(funded["capex_vnd"].to_numpy(dtype=float), 0.0)[:, None],
        after=np.array(
            [(i, other) for i, found in enumerate(needs) for other in found[1:]], dtype=int
        ).reshape(-1, 2),
        # Wi-Fi needs its connection, but another may build it; line and what hangs on it is one partner's.
        own_partner=(funded["closes"] == "wifi").to_numpy(dtype=bool),
    )


def _factor(study: Study, name: str) -> float:
    """What a partner asks against the price sheets."""
    return study.partners.get(name, Partner()).price_factor


def _known(value: float | None, otherwise: float) -> float:
    return otherwise if value is None or np.isnan(value) else float(value)


def _terms(study: Study, funded: pd.DataFrame, partners: list[str], years: list[int]) -> Terms:
    quotas = tuple(
        Quota(partners.index(name), share, at_least)
        for name, said in study.partners.items()
        for share, at_least in ((said.at_least, True), (said.at_most, False))
        if share is not None
    )
    if not years:
        return Terms(1, quotas=quotas)
    whole = float(funded["capex_vnd"].sum())
    each = np.array([[_budget_of(study, name, year, whole) for name in partners] for year in years])
    total = np.array([float(study.plan.budget_by_year[str(year)]) for year in years])
    own = any(said.budget_by_year for said in study.partners.values())
    return Terms(len(years), total, each if own else None, study.plan.carry_over, quotas=quotas)


def _budget_of(study: Study, name: str, year: int, whole: float) -> float:
    """What a partner may spend in a year: all that is to be spent when the study does not say."""
    said = study.partners.get(name, Partner())
    return float(said.budget_by_year.get(str(year), 0)) if said.budget_by_year else whole


def _named(study: Study, funded: pd.DataFrame, partners: list[str], schedule: Schedule) -> list[str]:
    """The partner of each investment; "chưa rõ" for a branch that anyone may build and nobody asks for."""
    free = [_allowed(row, partners, study).all() for row in funded.itertuples()]
    tied = {
        name
        for row, anyone in zip(funded.itertuples(), free, strict=True)
        if not anyone
        for name in (row.investment_id, *_needs(row))
    }
    return [
        UNKNOWN_OPERATOR
        if who == NOT_BUILT
        or (not _asked(study) and anyone and not tied.intersection((row.investment_id, *_needs(row))))
        else partners[who]
        for row, anyone, who in zip(funded.itertuples(), free, schedule.partner.tolist(), strict=True)
    ]


def _needs(row: Any) -> list[str]:
    return row.depends_on.split(";") if isinstance(row.depends_on, str) else []


def _table(study: Study, funded: pd.DataFrame, of: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS: what each partner builds in each year; the rows add up to the plan."""
    rows = funded.set_index("investment_id")[["sites", "closes", "capex_vnd"]].join(of)
    connects = rows["sites"].where(rows["closes"] != "wifi", 0)
    rows = rows.assign(sites=connects, investments=1, year=rows["year"].astype("object").fillna(""))
    factor = rows["partner"].map(lambda name: _factor(study, name)).astype("float64")
    rows["price_vnd"] = (rows["capex_vnd"] * factor).round().astype("int64")
    summed = ["investments", "sites", "capex_vnd", "price_vnd"]
    sums = rows.groupby(["year", "partner"], sort=False)[summed].sum()
    out = sums.reset_index()
    out["_late"] = out["year"] == ""
    out["_year"] = pd.to_numeric(out["year"], errors="coerce")
    return out.sort_values(["_late", "_year", "partner"], ignore_index=True)[COLUMNS]


def months_of(investments: pd.DataFrame, options: pd.DataFrame, facilities: pd.DataFrame) -> dict[str, float]:
    """Months to build each investment: the longest of its sites' options and of what it pays for."""
    own = options[options["chosen"]].set_index(["technology", "site_id"])["months_to_build"]
    shared = facilities.set_index("facility_id")["months_to_build"]
    out = {}
    for row in investments.itertuples():
        months = [own.get((row.technology, site)) for site in row.site_ids.split(";")]
        if isinstance(row.facility_ids, str):
            months += [shared.get(name) for name in row.facility_ids.split(";")]
        known = [float(m) for m in months if m is not None and not np.isnan(m)]
        out[row.investment_id] = max(known, default=float("nan"))
    return out
