"""Technologies that can close a site's gap, one module each; `propose_options` asks them all.

A technology is a module with `NAME`, `CLOSES` (one of `domain.CLOSES`) and `propose(need) -> DataFrame`: a
row a site that it could serve, with `site_id`, `feasible`, `reason`, and, where feasible, the money columns
(`costs.money`), `down_mbps`, `up_mbps`, `latency_ms`. Other installed packages add theirs by an entry point
in the group "phusong.options".
"""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.costs import Horizon, Price, Prices
from phusong.domain import GAP, OPTIONS, UNKNOWN, Region, conform, empty
from phusong.errors import PhuSongError
from phusong.language import _
from phusong.laying import reach_of
from phusong.network import Guide
from phusong.roads import RoadGraph, build_road_graph
from phusong.study import Choices, Study, Targets
from phusong.surface import look_along
from phusong.units import fold
from phusong.video import misses_target

ENTRY_POINTS = "phusong.options"
#: What closes the gap of a site without a connection; a site gets one of them.
CONNECTIONS = ("fibre", "connection")


@dataclass(frozen=True, eq=False)
class Need:
    """What a technology is asked: the sites, and what it may use.

    `sites` has a row a site, by site_id: `kind`, `demand_mbps`, `lacks_connection`, `lacks_wifi`, and
    `connection_known` (is it known whether the site has a connection?). `prices` is its own sheet. `build` is
    how line along roads is built (`study.Choices`).
    """

    sites: pd.DataFrame
    prices: Mapping[str, Price]
    targets: Targets
    horizon: Horizon
    fibre_only: tuple[str, ...]
    graph: RoadGraph
    build: str = "buried"


def technologies() -> dict[str, Any]:
    """The modules of all technologies by name: ours and those of installed packages."""
    ours = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    theirs = [point.load() for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda p: p.name)]
    return {module.NAME: module for module in (*ours, *theirs)}


def propose_options(
    study: Study, region: Region, gaps: gpd.GeoDataFrame, prices: Prices
) -> tuple[RoadGraph, pd.DataFrame]:
    """OPTIONS: for each site with a gap each technology of the study, feasible or why not.

    With it comes the graph that the lines of fibre were drawn on. Costs are those of the site alone.
    """
    graph = road_graph(region, study.plan, prices)
    sites = sites_in_need(gaps, region.sites, study.targets, study.plan.plan_unknown)
    horizon = Horizon(study.plan.years, study.plan.discount_rate)
    known = technologies()
    tables = []
    for name in study.plan.technologies:
        if name not in known:
            raise PhuSongError(
                _("unknown technology {name}").format(name=repr(name)),
                where=f"{study.file}: [plan] technologies",
                do=_("Known: {known}.").format(known=", ".join(sorted(known))),
            )
        need = Need(sites, prices.get(name, {}), study.targets, horizon, study.plan.fibre_only, graph)
        need = replace(need, build=study.plan.build)
        table = known[name].propose(need)
        tables.append(table.assign(technology=name, closes=known[name].CLOSES, chosen=False))
    if not tables:
        return graph, empty(OPTIONS)
    options = pd.concat(tables, ignore_index=True).reindex(columns=list(OPTIONS.columns))
    options = options.astype({"down_mbps": "float64", "up_mbps": "float64", "latency_ms": "float64"})
    connects = options["feasible"].astype(bool) & options["down_mbps"].notna()
    options["meets_video"] = connects & ~misses_target(options, study.targets)
    return graph, conform(options, OPTIONS)


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
    """The lines or nodes that new line may start from: not said otherwise, and of no excluded operator."""
    out = sources
    if "tap_allowed" in out:
        out = out[out["tap_allowed"] != "no"]
    excluded = {fold(name) for name in exclude_operators}
    return out[~out["operator"].map(fold).isin(excluded)] if excluded and len(out) else out


def sites_in_need(
    gaps: pd.DataFrame, sites: pd.DataFrame, targets: Targets, plan_unknown: bool
) -> pd.DataFrame:
    """The sites with a gap in fibre or Wi-Fi, as `Need` has them; unknown counts as a gap if asked for.

    Demand is what the list says, else `demand_mbps_per_user` for each user and at least `demand_min_mbps`.
    """
    wanted = (GAP, UNKNOWN) if plan_unknown else (GAP,)
    about = sites.set_index("site_id").reindex(columns=["users", "demand_mbps"]).reindex(gaps["site_id"])
    users = about["users"].astype("float64").fillna(0).to_numpy()
    computed = np.maximum(targets.demand_min_mbps, users * targets.demand_mbps_per_user)
    said = about["demand_mbps"].astype("float64").to_numpy()
    out = pd.DataFrame(
        {
            "site_id": gaps["site_id"].astype(str).to_numpy(),
            "kind": gaps["kind"].to_numpy(),
            "demand_mbps": np.where(np.isnan(said), computed, said),
            "lacks_connection": gaps["fibre"].isin(wanted).to_numpy(),
            "lacks_wifi": gaps["wifi"].isin(wanted).to_numpy(),
            "connection_known": ((gaps["fibre"] != UNKNOWN) | plan_unknown).to_numpy(),
        }
    )
    in_need = out["lacks_connection"] | out["lacks_wifi"]
    return out[in_need].sort_values("site_id", ignore_index=True)
