"""Technologies that can close a site's gap, one module each; `propose_options` asks them all.

A technology is a module with `NAME`, `CLOSES` (one of `domain.CLOSES`) and `propose(need) -> Offer`: a row a
site that it could serve, with `site_id`, `feasible`, `reason`, and, where feasible, the money columns
(`costs.money`), `down_mbps`, `up_mbps`, `latency_ms` and what else it knows of the columns of OPTIONS. What
several sites can share (a relay, a cell site) it lists as FACILITIES, and as ALTERNATIVES what each site
would pay beside them; in its option a site pays for the whole facility. Other installed packages add theirs
by an entry point in the group "phusong.options".
"""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong import revenue
from phusong.costs import Horizon, Prices, whole_vnd
from phusong.demand import find_demand
from phusong.domain import ALTERNATIVES, FACILITIES, GAP, OK, OPTIONS, UNKNOWN, Region, conform, empty
from phusong.errors import PhuSongError
from phusong.installed import OPTIONS as INSTALLED
from phusong.installed import modules_of
from phusong.land import Land
from phusong.language import _
from phusong.laying import reach_of
from phusong.needs import Need as Need
from phusong.needs import Offer as Offer
from phusong.network import Guide
from phusong.people import where_people_live
from phusong.roads import RoadGraph, build_road_graph
from phusong.signals import shifted
from phusong.study import Choices, Study, Targets
from phusong.surface import look_along
from phusong.units import fold
from phusong.video import misses_target

#: What closes the gap of a site without a connection; a site gets one of them.
CONNECTIONS = ("fibre", "connection")


@dataclass(frozen=True, eq=False)
class Proposal:
    """All offers together: OPTIONS, FACILITIES and ALTERNATIVES, the graph that lines of fibre were drawn on,
    and the land and the DEMAND that they rest on."""

    graph: RoadGraph
    options: pd.DataFrame
    facilities: gpd.GeoDataFrame
    alternatives: pd.DataFrame
    demand: pd.DataFrame
    land: Land


@dataclass(frozen=True, eq=False)
class Groundwork:
    """What proposals rest on whatever things cost, whoever lacks them and however far signals reach: DEMAND,
    the graph that lines are drawn on, and the land with its people. Made once it serves many proposals."""

    demand: pd.DataFrame
    graph: RoadGraph
    land: Land


def lay_groundwork(study: Study, region: Region, prices: Prices) -> Groundwork:
    """The groundwork of a region. Of the prices only how near things must be to count enters (`reach_of`)."""
    people = where_people_live(region, study.demand.people_per_household)
    return Groundwork(
        find_demand(region.sites, people, study.targets, study.demand),
        road_graph(region, study.plan, prices),
        Land(region, people, study.mobile.cell_m),
    )


def technologies() -> dict[str, Any]:
    """The modules of all technologies by name: ours and those of installed packages."""
    ours = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return {module.NAME: module for module in (*ours, *modules_of(INSTALLED))}


def propose_options(
    study: Study,
    region: Region,
    gaps: gpd.GeoDataFrame,
    prices: Prices,
    signals: pd.DataFrame | None = None,
    *,
    groundwork: Groundwork | None = None,
    shift_db: Mapping[str, float] | None = None,
) -> Proposal:
    """OPTIONS: for each site with a gap each technology of the study, feasible or why not.

    Costs are those of the site alone. `signals` are SIGNALS, for what hangs on mobile cells; `shift_db` is
    added to all computed levels of a radio technology. `groundwork` is that of an earlier proposal for the
    same study and region, which differed in prices, gaps or `shift_db` alone.

    Raises PhuSongError for a technology that nothing installed knows.
    """
    known_by_name = technologies()
    for name in study.plan.technologies:
        if name not in known_by_name:
            near = get_close_matches(name, known_by_name, n=1)
            raise PhuSongError(
                _("unknown technology {name}").format(name=repr(name)),
                where=f"{study.file}: [plan] technologies",
                do=_("Did you mean {near}?").format(near=near[0])
                if near
                else _("Known: {known}.").format(known=", ".join(sorted(known_by_name))),
            )
    ground = groundwork or lay_groundwork(study, region, prices)
    need = _need(study, region, gaps, prices, signals, ground, shift_db or {})
    offers = {name: known_by_name[name].propose(need) for name in study.plan.technologies}
    tables = [
        offer.options.assign(technology=name, closes=known_by_name[name].CLOSES, chosen=False)
        for name, offer in offers.items()
    ]
    options = pd.concat(tables, ignore_index=True) if tables else empty(OPTIONS)
    options = _options(with_revenue(options, need), study.targets)
    facilities, alternatives = (_stack(t, offers, region.sites.crs) for t in (FACILITIES, ALTERNATIVES))
    alternatives = _possible(alternatives, options)
    return Proposal(need.graph, options, facilities, alternatives, ground.demand, need.land)


def _possible(alternatives: pd.DataFrame, options: pd.DataFrame) -> pd.DataFrame:
    """Those whose (site, technology) the study accepts."""
    key = ["site_id", "technology"]
    feasible = pd.MultiIndex.from_frame(options.loc[options["feasible"], key])
    return alternatives[pd.MultiIndex.from_frame(alternatives[key]).isin(feasible)].reset_index(drop=True)


def chains_of_facilities(facilities: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """For each facility itself and all that it hangs on, in this order: what must be built for it."""
    on = dict(zip(facilities["facility_id"], facilities["depends_on"], strict=True))
    out = {}
    for facility in on:
        chain, now = [], facility
        while isinstance(now, str) and now:
            chain.append(now)
            now = on[now]
        out[facility] = tuple(chain)
    return out


def _need(
    study: Study,
    region: Region,
    gaps: gpd.GeoDataFrame,
    prices: Prices,
    signals: pd.DataFrame | None,
    ground: Groundwork,
    shift_db: Mapping[str, float],
) -> Need:
    """What all technologies are asked."""
    served = gaps[gaps["fibre"] == OK].geometry
    return Need(
        sites=sites_in_need(gaps, region.sites, ground.demand, study.plan.plan_unknown),
        sheets=prices,
        targets=study.targets,
        horizon=Horizon(study.plan.years, study.plan.discount_rate),
        fibre_only=study.plan.fibre_only,
        graph=ground.graph,
        land=ground.land,
        build=study.plan.build,
        mobile=study.mobile,
        with_fibre=pd.DataFrame({"x_m": served.x, "y_m": served.y}),
        signals=pd.DataFrame() if signals is None else shifted(signals, shift_db, study.mobile),
        exclude_operators=study.plan.exclude_operators,
        shift_db=shift_db,
    )


def _options(options: pd.DataFrame, targets: Targets) -> pd.DataFrame:
    """OPTIONS from the rows of all technologies; what a site may share it pays alone."""
    options = options.reindex(columns=list(OPTIONS.columns))
    figures = ("down_mbps", "up_mbps", "latency_ms")
    options = options.astype(dict.fromkeys(figures, "float64"))
    for name in ("capex_vnd", "opex_vnd_per_year", "present_cost_vnd"):
        shared = options[f"facility_{name}"].astype("Float64").fillna(0)
        options[f"facility_{name}"] = shared.where(options[name].notna())
    connects = options["feasible"].astype(bool) & options["down_mbps"].notna()
    options["meets_video"] = connects & ~misses_target(options, targets)
    return conform(options, OPTIONS)


def _stack(table: Any, offers: Mapping[str, Offer], crs: Any) -> pd.DataFrame:
    """The FACILITIES or ALTERNATIVES of all offers; of a facility that two propose, the first's."""
    found = {technology: getattr(offer, table.name) for technology, offer in offers.items()}
    tables = [rows.assign(technology=t) for t, rows in found.items() if rows is not None and len(rows)]
    if not tables:
        return empty(table, crs)
    # A hub that two technologies use is known by the one that says whom it serves.
    rows = pd.concat(tables, ignore_index=True)
    if "site_ids" in table.columns:
        rows = rows.sort_values("site_ids", kind="stable")
    rows = rows.drop_duplicates(table.metadata["key"].split("+"))
    if "geometry" in table.columns:
        rows = gpd.GeoDataFrame(rows, geometry="geometry", crs=crs)
    return conform(rows, table)


def with_revenue(options: pd.DataFrame, need: Need) -> pd.DataFrame:
    """Options with what the site, `households_passed` and `people_covered`, as far as a technology says them,
    are expected to pay, and the viability gap. Public Wi-Fi earns nothing."""
    prices = need.prices(revenue.SHEET)
    if not prices or options.empty or "present_cost_vnd" not in options:
        return options
    passed, covered = (
        options[name].astype("float64").fillna(0).to_numpy() if name in options else np.zeros(len(options))
        for name in ("households_passed", "people_covered")
    )
    earns = revenue.of_sites(prices, (options["closes"] != "wifi").to_numpy())
    earns += revenue.of_households(prices, passed) + revenue.of_people(prices, covered)
    priced = options["present_cost_vnd"].notna()
    present = options["present_cost_vnd"].astype("float64").to_numpy()
    gap = revenue.viability_gap(present, earns, need.horizon)
    return options.assign(
        revenue_vnd_per_year=pd.Series(whole_vnd(earns), options.index).where(priced),
        viability_gap_vnd=pd.Series(gap, options.index).where(priced),
    )


def road_graph(region: Region, plan: Choices, prices: Prices) -> RoadGraph:
    """Where new fibre can run and what it meets there, by the region's layers and the study's choices."""
    _know_operators(region, plan.exclude_operators)
    reach = reach_of(prices.get("fibre", {}))
    guides = (
        Guide(region.ducts.geometry.to_numpy(), reach.duct_m),
        Guide(region.power_lines.geometry.to_numpy(), reach.poles_m),
    )
    graph = build_road_graph(
        region.roads,
        may_be_tapped(region.fibre, plan.exclude_operators),
        region.sites,
        nodes=may_be_tapped(region.nodes, plan.exclude_operators),
        guides=guides,
        leases=for_lease(region.fibre, plan.exclude_operators),
        offroad_max_m=plan.offroad_max_m,
    )
    return replace(graph, makeup=look_along(graph.network, region, reach))


def _know_operators(region: Region, names: tuple[str, ...]) -> None:
    """An excluded operator that has no line is a slip of the pen."""
    known = {whose for frame in (region.fibre, region.nodes) if len(frame) for whose in frame["operator"]}
    for name in names:
        if known and fold(name) not in {fold(whose) for whose in known}:
            raise PhuSongError(
                _("no fibre line is of {name}").format(name=repr(name)),
                where="[plan] exclude_operators",
                do=_("Known: {known}.").format(known=", ".join(sorted(known))),
            )


def may_be_tapped(sources: gpd.GeoDataFrame, exclude_operators: tuple[str, ...]) -> gpd.GeoDataFrame:
    """The lines or nodes that new line may start from: not said otherwise, not for lease, and of no excluded
    operator."""
    out = sources
    if "tap_allowed" in out:
        out = out[out["tap_allowed"] != "no"]
    if "lease" in out:
        out = out[out["lease"] != "yes"]
    return _without(out, exclude_operators)


def for_lease(fibre: gpd.GeoDataFrame, exclude_operators: tuple[str, ...]) -> gpd.GeoDataFrame:
    """The lines whose fibre can be leased, of no excluded operator."""
    some = fibre["lease"] == "yes" if "lease" in fibre else np.zeros(len(fibre), bool)
    return _without(fibre[some], exclude_operators)


def _without(sources: gpd.GeoDataFrame, operators: tuple[str, ...]) -> gpd.GeoDataFrame:
    excluded = {fold(name) for name in operators}
    return sources[~sources["operator"].map(fold).isin(excluded)] if excluded and len(sources) else sources


def sites_in_need(
    gaps: pd.DataFrame, sites: pd.DataFrame, demand: pd.DataFrame, plan_unknown: bool
) -> pd.DataFrame:
    """The sites with a gap in fibre or Wi-Fi, as `Need` has them; unknown counts as a gap if asked for."""
    wanted = (GAP, UNKNOWN) if plan_unknown else (GAP,)
    about = sites.set_index("site_id").reindex(gaps["site_id"])
    needs = demand.set_index("site_id").reindex(gaps["site_id"])
    power = about["power"] if "power" in about else pd.Series(None, index=about.index, dtype="str")
    out = pd.DataFrame(
        {
            "site_id": gaps["site_id"].astype(str).to_numpy(),
            "kind": gaps["kind"].to_numpy(),
            "x_m": about.geometry.x.to_numpy(),
            "y_m": about.geometry.y.to_numpy(),
            "power": power.fillna(UNKNOWN).to_numpy(),
            "users": needs["users"].to_numpy(),
            "demand_mbps": needs["demand_mbps"].to_numpy(),
            "lacks_connection": gaps["fibre"].isin(wanted).to_numpy(),
            "lacks_wifi": gaps["wifi"].isin(wanted).to_numpy(),
            "connection_known": ((gaps["fibre"] != UNKNOWN) | plan_unknown).to_numpy(),
        }
    )
    in_need = out["lacks_connection"] | out["lacks_wifi"]
    return out[in_need].sort_values("site_id", ignore_index=True)
