"""A new fibre line along roads from the nearest point of existing fibre, off-road where no road leads."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phusong import revenue
from phusong.costs import (
    LEVELS,
    MONEY,
    PRESENT,
    Horizon,
    Price,
    Prices,
    annuity,
    known,
    money,
    price,
    renewals,
    whole_vnd,
)
from phusong.laying import Laying, builds, lay_at_all_levels, rent_vnd_per_year
from phusong.makeup import Makeup, bare
from phusong.masts import solar
from phusong.needs import Need, Offer, said_of
from phusong.roads import LEASED, OFFROAD, ROAD, RoadGraph
from phusong.steiner import CostGraph, cheapest_paths, rooted

NAME = "fibre"
CLOSES = "fibre"


def propose(need: Need) -> Offer:
    """The line that each site would need if it were alone.

    Faster subscriptions than the smallest, which the sheet has, are on sale; so fibre is never too slow.
    """
    sites, prices = need.lacking, need.prices(NAME)
    network = need.graph.network
    nodes = need.graph.nodes_of(sites["site_id"].tolist())
    line = line_costs(need.graph, prices, need.horizon, need.build)
    at_sites = terminals_vnd(sites, need.sheets)
    paths = cheapest_paths(cost_graph(need.graph, line.present_vnd), nodes)
    found = np.array([path is not None for path in paths], dtype=bool)
    ways = [np.empty(0, int) if path is None else path for path in paths]
    capex = {
        level: np.array([cost[way].sum() for way in ways]) + at_sites[level].to_numpy()
        for level, cost in line.capex_vnd.items()
    }
    lines = [laid(need.graph, way) for way in ways]
    rent = np.array([line.rent_vnd_per_year[way].sum() for way in ways], dtype=float)
    figures = fibre_money(prices, need.horizon, capex, rent)
    offroad = [network.length_m[way][network.kind[way] == OFFROAD].sum() for way in lines]
    new = [network.length_m[way][network.kind[way] != LEASED].sum() for way in lines]
    down = np.maximum(price(prices, NAME, "down_mbps").value, sites["demand_mbps"])
    figures |= said_of(need, NAME, len(sites)) | {
        "new_line_m": np.array(new, dtype=float),
        "offroad_m": np.array(offroad, dtype=float),
        "households_passed": passed(need, lines),
        "down_mbps": down.to_numpy(),
        "up_mbps": down.to_numpy(),
        "latency_ms": np.full(len(sites), price(prices, NAME, "latency_ms").value),
    }
    figures["months_to_build"] += figures["new_line_m"] / 1000 * known(prices, "months_per_km")
    out = pd.DataFrame(figures)
    out.loc[~found] = np.nan
    reason = _reasons(need.graph, nodes, found)
    return Offer(out.assign(site_id=sites["site_id"].to_numpy(), feasible=found, reason=reason))


def passed(need: Need, ways: list[np.ndarray]) -> np.ndarray:
    """Households that each way (edges) passes and no existing fibre does; NaN without prices for them."""
    prices = need.prices(revenue.SHEET)
    if not prices:
        return np.full(len(ways), np.nan)
    within = revenue.figure(prices, "passed_m")
    people = revenue.not_yet_passed(need.land.people, need.land.region.fibre, within)
    return revenue.households_along(need.graph.network.shape, ways, people, within)


def _reasons(graph: RoadGraph, nodes: np.ndarray, found: np.ndarray) -> np.ndarray:
    if not graph.has_fibre:
        return np.full(len(nodes), "no_fibre_known")
    away = "no_road" if graph.has_roads else "no_roads_known"
    return np.where(~found, "unreachable", np.where(graph.by_road[nodes], "", away))


def fibre_money(
    prices: Mapping[str, Price],
    horizon: Horizon,
    capex: Mapping[str, np.ndarray],
    rent_vnd_per_year: np.ndarray,
) -> dict[str, np.ndarray]:
    """The money columns of fibre that costs `capex` (at each of `LEVELS`) to build, in whole đồng."""
    opex = capex["value"] * price(prices, NAME, "opex_share").value + rent_vnd_per_year
    return money(capex, opex, horizon, price(prices, NAME, "life_years").value)


def laying(
    graph: RoadGraph, prices: Mapping[str, Price], build: str
) -> tuple[Makeup, np.ndarray, dict[str, Laying]]:
    """What the edges are made of, how they are built, and what that costs at each of `LEVELS`."""
    makeup = graph.makeup or bare(graph.network.kind == ROAD, graph.network.kind == LEASED)
    how = builds(makeup, build)
    return makeup, how, lay_at_all_levels(graph.network.length_m, makeup, how, prices)


@dataclass(frozen=True, eq=False)
class LineCosts:
    """What each edge costs and, after the edges, to tap fibre at each root, in whole đồng: CAPEX at each of
    `LEVELS`; at the central one, of it for taps and splices, rent a year, and CAPEX, renewals and OPEX of the
    study's years."""

    capex_vnd: Mapping[str, np.ndarray]
    taps_vnd: np.ndarray
    rent_vnd_per_year: np.ndarray
    present_vnd: np.ndarray


def line_costs(graph: RoadGraph, prices: Mapping[str, Price], horizon: Horizon, build: str) -> LineCosts:
    """The costs of line and taps; `build` is how line is built that nothing else carries (`laying`). Raises
    PhuSongError when a price is missing."""
    makeup, how, laid = laying(graph, prices, build)
    free = graph.from_node[graph.network.fibre_of[graph.network.roots]]
    taps = {level: np.where(free, 0.0, price(prices, NAME, "tap").at(level)) for level in LEVELS}
    capex = {level: np.concatenate([laid[level].cost_vnd, whole_vnd(taps[level])]) for level in LEVELS}
    line_taps = np.concatenate([laid["value"].taps_vnd, whole_vnd(taps["value"])])
    rent = rent_vnd_per_year(graph.network.length_m, makeup, how, prices)
    rent = np.concatenate([rent, np.zeros(len(graph.network.roots))])
    present = capex["value"] * present_per_capex(prices, horizon) + rent * annuity(horizon)
    return LineCosts(capex, line_taps, rent, whole_vnd(present))


def laid(graph: RoadGraph, edges: np.ndarray) -> np.ndarray:
    """Those of the cost graph's edges that are line, no taps."""
    return edges[edges < len(graph.network.u)]


def terminals_vnd(sites: pd.DataFrame, sheets: Prices) -> pd.DataFrame:
    """Whole đồng, at each of `LEVELS`, for the terminal of each site, by site_id; with panels and batteries
    where the site (`power`) has no electricity, which are kept up and renewed as the line is."""
    prices = sheets.get(NAME, {})
    out = pd.DataFrame(
        index=pd.Index(sites["site_id"], name="site_id"), columns=list(LEVELS), dtype="float64"
    )
    without = (sites["power"] == "none").to_numpy() if "power" in sites else np.zeros(len(sites), bool)
    panels = dict.fromkeys(LEVELS, np.zeros(len(sites)))
    if without.any():
        load_w = np.where(without, price(prices, NAME, "power_w").value, 0.0)
        panels = dict(solar(sheets["power"], load_w).capex)
    for level in LEVELS:
        out[level] = whole_vnd(price(prices, NAME, "site").at(level) + panels[level])
    return out


def cost_graph(graph: RoadGraph, line_vnd: np.ndarray) -> CostGraph:
    """The road graph with what each edge costs, as the tree wants it: its root is one more node, from which
    an edge leads to each place where fibre can be tapped (`line_costs_vnd` has their costs last)."""
    network = graph.network
    hub, taps = network.n_nodes, network.roots
    u, v = np.concatenate([network.u, taps]), np.concatenate([network.v, np.full(len(taps), hub)])
    return CostGraph(hub + 1, u, v, line_vnd, np.array([hub][: len(taps)], dtype=int))


def present_per_capex(prices: Mapping[str, Price], horizon: Horizon) -> float:
    """What a đồng of CAPEX costs over the study's years: renewals, and OPEX as a share of CAPEX (no rent)."""
    life, share = price(prices, NAME, "life_years").value, price(prices, NAME, "opex_share").value
    return renewals(horizon, life) + share * annuity(horizon)


@dataclass(frozen=True, eq=False)
class Lines:
    """What a network of new fibre can be made of: the graph, what its edges and the sites' terminals cost
    (`terminals_vnd`), and the prices that this rests on."""

    graph: RoadGraph
    line: LineCosts
    terminals: pd.DataFrame
    prices: Mapping[str, Price]
    horizon: Horizon
    build: str

    def costs(self, measure: str) -> np.ndarray:
        """What each edge costs by `costs.CAPEX` or `costs.PRESENT`."""
        return self.line.present_vnd if measure == PRESENT else self.line.capex_vnd["value"]

    def terminal_money(self, sites: list[str]) -> pd.DataFrame:
        """The columns of `costs.MONEY` for the terminals of some sites, a row a site."""
        if not sites:
            return pd.DataFrame(columns=list(MONEY), dtype="float64")
        capex = {level: self.terminals.loc[sites, level].to_numpy() for level in LEVELS}
        money = fibre_money(self.prices, self.horizon, capex, np.zeros(len(sites)))
        return pd.DataFrame(money, index=pd.Index(sites, name="site_id"))


def find_lines(graph: RoadGraph, sites: pd.DataFrame, sheets: Prices, horizon: Horizon, build: str) -> Lines:
    """The costs of all line that could be built, and of a terminal at each site; without a price sheet
    nothing costs anything."""
    prices = sheets.get(NAME, {})
    if prices:
        line, terminals = line_costs(graph, prices, horizon, build), terminals_vnd(sites, sheets)
        return Lines(graph, line, terminals, prices, horizon, build)
    nothing = np.zeros(len(graph.network.u) + len(graph.network.roots))
    free = LineCosts(dict.fromkeys(LEVELS, nothing), nothing, nothing, nothing)
    return Lines(graph, free, pd.DataFrame(columns=list(LEVELS)), prices, horizon, build)


@dataclass(frozen=True, eq=False)
class FibreNetwork(Lines):
    """A network of new fibre: its edges, rising; for each site on it the node, the path (edges to existing
    fibre, the tap among them) and the existing line that is tapped."""

    edges: np.ndarray
    node: Mapping[str, int]
    path: Mapping[str, frozenset[int]]
    taps: Mapping[str, str]

    @property
    def cost_graph(self) -> CostGraph:
        """The graph with what each edge costs over the study's years."""
        return cost_graph(self.graph, self.line.present_vnd)


def network_of(lines: Lines, edges: np.ndarray, sites: list[str]) -> FibreNetwork:
    """The network of `edges`, a tree that hangs on existing fibre, with these sites on it."""
    node = dict(zip(sites, lines.graph.nodes_of(sites).tolist(), strict=True))
    costs = cost_graph(lines.graph, lines.line.present_vnd)
    parent, _order = rooted(costs, edges)
    ways = {site: _way(costs, parent, at) for site, at in node.items()}
    path = {site: way for site, (way, _root) in ways.items()}
    taps = {
        site: lines.graph.fibre_ids[lines.graph.network.fibre_of[root]] for site, (_w, root) in ways.items()
    }
    return FibreNetwork(**vars(lines), edges=edges, node=node, path=path, taps=taps)


def _way(costs: CostGraph, parent: np.ndarray, node: int) -> tuple[frozenset[int], int]:
    """The edges from a node of a tree to its root, and where on the way fibre is tapped."""
    edges, tapped = set(), node
    while parent[node] >= 0:
        edge = int(parent[node])
        edges.add(edge)
        tapped, node = node, int(costs.u[edge] + costs.v[edge] - node)
    return frozenset(edges), tapped
