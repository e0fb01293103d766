"""A study with more sites than can be designed at once: areas of whole communes, designed one by one, joined.

Signals and gaps are those of the whole study; only the plan is made by area. An area's new line may begin at
any fibre and follow any road up to `area_margin_m` beyond its communes, and its sites hang on masts that
stand in it. What two areas could share is paid by each: the joined plan may be dearer than one made at once.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.costs import Prices
from phusong.decide import Proof
from phusong.domain import (
    ALTERNATIVES,
    DEMAND,
    FACILITIES,
    INVESTMENTS,
    LINKS,
    OK,
    OPTIONS,
    SEGMENTS,
    Region,
    conform,
)
from phusong.engine import Engine
from phusong.language import _
from phusong.options import Proposal, propose_options
from phusong.phases import months_of, plan_phases, with_phases
from phusong.portfolio import Plan, assumed_share, budget_of, choose_plan, rules, unplanned
from phusong.study import Study

#: What an area leaves, by name; all are tables of the domain.
TABLES = {
    table.name: table for table in (FACILITIES, ALTERNATIVES, DEMAND, OPTIONS, INVESTMENTS, SEGMENTS, LINKS)
}
#: The reason of an option that would hang on a mast of another area.
BEYOND_AREA = "beyond_area"
#: Areas that are cut and sent out together: it bounds the memory.
_AT_ONCE = 8


@dataclass(frozen=True)
class Area:
    """Communes that are designed together; `name` is the lowest of their codes."""

    commune_codes: tuple[str, ...]

    @property
    def name(self) -> str:
        return min(self.commune_codes)


@dataclass(frozen=True, eq=False)
class AreaPlan:
    """What was designed in an area: its tables by name (TABLES), and the proof of its network."""

    tables: dict[str, pd.DataFrame]
    proof: Proof | None


@dataclass(frozen=True, eq=False)
class Joined:
    """The plan of all areas, and the offers that it was chosen from."""

    plan: Plan
    facilities: gpd.GeoDataFrame
    alternatives: pd.DataFrame
    demand: pd.DataFrame


@dataclass(frozen=True, eq=False)
class _Task:
    """What the design of an area is made from; the inputs are cut to what it can meet."""

    area: Area
    study: Study
    region: Region
    gaps: gpd.GeoDataFrame
    prices: Prices
    signals: pd.DataFrame


def areas_of(communes: gpd.GeoDataFrame, gaps: pd.DataFrame, at_most: int) -> list[Area]:
    """The areas of a study, by name: one where it has at most so many sites, else each province, halved
    across its longer side until no part has more (a single commune may)."""
    count = gaps["commune_code"].value_counts()
    known = communes[communes["commune_code"].isin(count.index)].sort_values("commune_code")
    sites = known["commune_code"].map(count).to_numpy()
    codes = known["commune_code"].to_numpy(dtype=str)
    middle = shapely.get_coordinates(known.geometry.representative_point().to_numpy())
    whole = [np.arange(len(known))]
    if sites.sum() > at_most and "province" in known:
        provinces = known["province"].fillna("").to_numpy()
        whole = [np.flatnonzero(provinces == name) for name in sorted(set(provinces))]
    out = []
    while whole:
        part = whole.pop()
        if not len(part):
            continue
        if sites[part].sum() <= at_most or len(part) == 1:
            out.append(Area(tuple(codes[part])))
            continue
        across = int(np.ptp(middle[part], axis=0).argmax())
        part = part[np.lexsort((part, middle[part, across]))]
        half = int(np.searchsorted(np.cumsum(sites[part]), sites[part].sum() / 2)) + 1
        half = min(half, len(part) - 1)
        whole += [part[:half], part[half:]]
    return sorted(out, key=lambda area: area.name)


def plan_areas(
    study: Study,
    region: Region,
    gaps: gpd.GeoDataFrame,
    prices: Prices,
    signals: pd.DataFrame,
    areas: list[Area],
    engine: Engine,
    kept: Callable[[Area], AreaPlan | None] = lambda area: None,
    keep: Callable[[Area, AreaPlan], None] = lambda area, plan: None,
) -> Joined:
    """The plan of a study by area. `kept` gives what an earlier run has left of an area, `keep` is told of
    each that is done, in turn."""
    done = {area: plan for area in areas if (plan := kept(area)) is not None}
    left = [area for area in areas if area not in done]
    step = _("Design")
    # A few at a time: what an area is made from is cut when its turn comes.
    for start in range(0, len(left), _AT_ONCE):
        some = left[start : start + _AT_ONCE]
        tasks = [_cut(area, study, region, gaps, prices, signals) for area in some]
        plans = _counted(engine, step, len(done), len(areas)).map(plan_area, tasks)
        for area, plan in zip(some, plans, strict=True):
            keep(area, plan)
            done[area] = plan
    return _join(study, region, gaps, prices, [done[area] for area in areas])


def _counted(engine: Engine, step: str, before: int, of: int) -> Engine:
    """The engine, which says of its tasks that they come after so many others of the step."""
    return replace(engine, progress=lambda _step, done, _total: engine.progress(step, before + done, of))


def _cut(
    area: Area,
    study: Study,
    region: Region,
    gaps: gpd.GeoDataFrame,
    prices: Prices,
    signals: pd.DataFrame,
) -> _Task:
    """The inputs of an area: its communes and those that reach within the margin of them, and what lies
    there. The sites of the others are there as far as they have fibre."""
    own = region.communes["commune_code"].isin(area.commune_codes)
    rim = shapely.union_all(region.communes.geometry[own].to_numpy()).buffer(study.plan.area_margin_m)
    communes = region.communes[region.communes.intersects(rim)]
    zone = shapely.union_all([rim, *communes.geometry])
    frames = {
        name: _within(frame, zone)
        for name, frame in vars(region).items()
        if isinstance(frame, gpd.GeoDataFrame) and name != "communes"
    }
    here = replace(region, communes=communes.reset_index(drop=True), **frames)
    inner = gaps["commune_code"].isin(area.commune_codes)
    outer = gaps["site_id"].isin(here.sites["site_id"]) & (gaps["fibre"] == OK) & ~inner
    near = gaps[inner | outer].copy()
    # Beyond the area nothing is lacking: it is designed with its own.
    near.loc[outer[near.index], "wifi"] = OK
    sites = region.sites[region.sites["site_id"].isin({*here.sites["site_id"], *near["site_id"]})]
    here = replace(here, sites=sites.reset_index(drop=True))
    plan = study.plan.model_copy(update={"budget_vnd": None, "budget_usd": None, "budget_by_year": {}})
    return _Task(
        area,
        study.model_copy(update={"plan": plan}),
        here,
        near.reset_index(drop=True),
        prices,
        signals[signals["site_id"].isin(near["site_id"])].reset_index(drop=True),
    )


def _within(frame: gpd.GeoDataFrame, zone: Any) -> gpd.GeoDataFrame:
    """The rows that lie in a zone or reach into it, in their order."""
    rows = np.sort(frame.sindex.query(zone, predicate="intersects"))
    return frame.iloc[rows].reset_index(drop=True)


def plan_area(task: _Task) -> AreaPlan:
    """Options and plan of one area, without budget and years: these are shared out over all areas."""
    study, region, gaps, prices = task.study, task.region, task.gaps, task.prices
    proposal = _own(propose_options(study, region, gaps, prices, task.signals), region, task.area)
    plan = choose_plan(study, region, gaps, proposal, prices)
    inner = gaps.loc[gaps["commune_code"].isin(task.area.commune_codes), "site_id"]
    tables = {
        "facilities": proposal.facilities,
        "alternatives": proposal.alternatives,
        "demand": proposal.demand[proposal.demand["site_id"].isin(inner)],
        **{name: getattr(plan, name) for name in ("options", "investments", "segments", "links")},
    }
    return AreaPlan({name: frame.reset_index(drop=True) for name, frame in tables.items()}, plan.proof)


def _own(proposal: Proposal, region: Region, area: Area) -> Proposal:
    """The proposal without masts that stand in another area, what hangs on them, and the options that then
    have nothing to hang on."""
    facilities, alternatives, options = proposal.facilities, proposal.alternatives, proposal.options
    elsewhere = _elsewhere(facilities, region.communes, area)
    while True:
        hung = set(facilities.loc[facilities["depends_on"].isin(elsewhere), "facility_id"])
        if hung <= elsewhere:
            break
        elsewhere |= hung
    left = alternatives[~alternatives["facility_id"].isin(elsewhere)]
    key = ["site_id", "technology"]
    pairs = pd.MultiIndex.from_frame(options[key])
    lost = pairs.isin(pd.MultiIndex.from_frame(alternatives[key])) & ~pairs.isin(
        pd.MultiIndex.from_frame(left[key])
    )
    options = options.copy()
    options.loc[lost, "feasible"] = False
    options.loc[lost, "meets_video"] = False
    options.loc[lost, "reason"] = BEYOND_AREA
    return replace(
        proposal,
        options=conform(options, OPTIONS),
        facilities=facilities[~facilities["facility_id"].isin(elsewhere)].reset_index(drop=True),
        alternatives=left.reset_index(drop=True),
    )


def _elsewhere(facilities: gpd.GeoDataFrame, communes: gpd.GeoDataFrame, area: Area) -> set[str]:
    """Those whose commune, or the nearest one, is of another area; on a border the lower code counts."""
    places = facilities[["facility_id", "geometry"]]
    near = gpd.sjoin_nearest(places, communes[["commune_code", "geometry"]])
    first = near.sort_values("commune_code").drop_duplicates("facility_id")
    return set(first.loc[~first["commune_code"].isin(area.commune_codes), "facility_id"])


def _join(
    study: Study, region: Region, gaps: gpd.GeoDataFrame, prices: Prices, plans: list[AreaPlan]
) -> Joined:
    """One plan of the plans of all areas: one order of rank, one budget, one list of years and partners."""
    tables = {name: pd.concat([plan.tables[name] for plan in plans], ignore_index=True) for name in TABLES}
    tables["segments"] = _named_apart([plan.tables["segments"] for plan in plans])
    investments = _ranked([plan.tables["investments"] for plan in plans])
    investments["funded"] = _paid(investments, study)
    # By investment, and of each from fibre outwards.
    drawn = tables["segments"].sort_values("investment_id", kind="stable")["segment_id"]
    tables = {name: conform(frame, TABLES[name]) for name, frame in tables.items()}
    tables["segments"] = tables["segments"].set_index("segment_id", drop=False).loc[drawn]
    tables["segments"] = tables["segments"].reset_index(drop=True)
    investments = conform(investments, INVESTMENTS).sort_values("rank", ignore_index=True)
    funded = dict(zip(investments["investment_id"], investments["funded"], strict=True))
    links = tables["links"].assign(funded=tables["links"]["investment_id"].map(funded).astype(bool))
    months = months_of(investments, tables["options"], tables["facilities"])
    phases = plan_phases(study, region, investments, months)
    proofs = [plan.proof for plan in plans if plan.proof is not None]
    plan = Plan(
        investments=with_phases(investments, phases),
        segments=tables["segments"],
        links=links,
        options=tables["options"],
        unplanned=unplanned(gaps, tables["options"], study.plan),
        budget_vnd=budget_of(study.plan),
        assumed_share=assumed_share(investments, tables["segments"], prices),
        rules=(*rules(study.plan, bool(len(region.roads))), "by_area"),
        proof=_proof(proofs),
        phases=phases,
    )
    return Joined(plan, tables["facilities"], tables["alternatives"], tables["demand"])


def _named_apart(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """SEGMENTS of all areas. New line that two of them build in one place keeps apart: the later says so."""
    given: dict[str, int] = {}
    out = []
    for table in tables:
        names = {}
        for name in table["segment_id"]:
            given[name] = given.get(name, 0) + 1
            names[name] = name if given[name] == 1 else f"{name}-{given[name]}"
        upstream = table["upstream_id"].map(names).where(table["upstream_id"].notna(), None)
        out.append(table.assign(segment_id=table["segment_id"].map(names), upstream_id=upstream))
    return pd.concat(out, ignore_index=True)


def _ranked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """INVESTMENTS of all areas in one order: always the next one of the area whose next brings most for its
    cost; ties go to the lower investment_id."""
    rows = pd.concat(tables, ignore_index=True)
    ratio, names = rows["value_per_billion_vnd"].to_numpy(), rows["investment_id"].tolist()
    starts = np.cumsum([0, *(len(table) for table in tables)])
    heap = [(-ratio[start], names[start], start, stop) for start, stop in pairwise(starts) if start < stop]
    heapq.heapify(heap)
    order = []
    while heap:
        _worth, _name, at, stop = heapq.heappop(heap)
        order.append(at)
        if at + 1 < stop:
            heapq.heappush(heap, (-ratio[at + 1], names[at + 1], at + 1, stop))
    out = rows.iloc[order].reset_index(drop=True)
    out["rank"] = np.arange(1, len(out) + 1)
    out["cumulative_capex_vnd"] = out["capex_vnd"].cumsum()
    return out


def _paid(investments: pd.DataFrame, study: Study) -> list[bool]:
    """What the budget pays for: in the order of rank each that it still holds, with all that it needs."""
    left: float = np.inf if (budget := budget_of(study.plan)) is None else budget
    measure = "present_cost_vnd" if study.plan.budget_covers == "lifetime" else "capex_vnd"
    paid: set[str] = set()
    out = []
    for row in investments.itertuples():
        needs = (
            set(row.depends_on.split(";")) if isinstance(row.depends_on, str) and row.depends_on else set()
        )
        cost = getattr(row, measure)
        out.append(bool(needs <= {*paid, ""} and cost <= left))
        if out[-1]:
            paid.add(row.investment_id)
            left -= cost
    return out


def _proof(proofs: list[Proof]) -> Proof | None:
    """The proofs of all areas added up: each is of its area alone."""
    if not proofs:
        return None
    sums: dict[str, Any] = {
        name: sum(getattr(proof, name) for proof in proofs)
        for name in ("sites", "present_cost_vnd", "bound_vnd", "certified_vnd")
    }
    return Proof(years=proofs[0].years, areas=len(proofs), **sums)
