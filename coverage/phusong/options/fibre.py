"""A new fibre line along roads from the nearest point of existing fibre, off-road where no road leads."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phusong.costs import LEVELS, Horizon, Price, annuity, known, money, price, renewals, whole_vnd
from phusong.laying import Laying, builds, lay_at_all_levels, rent_vnd_per_year
from phusong.makeup import Makeup, bare
from phusong.options import Need, Offer, said_of
from phusong.roads import LEASED, OFFROAD, ROAD, RoadGraph
from phusong.steiner import BY_TREE, CostGraph, Mix, cheapest_mix, cheapest_paths, rooted, verify_mix

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
    paths = cheapest_paths(cost_graph(need.graph, line.present_vnd), nodes)
    found = np.array([path is not None for path in paths], dtype=bool)
    ways = [np.empty(0, int) if path is None else path for path in paths]
    capex = {
        level: np.array([cost[way].sum() for way in ways]) + terminal_cost_vnd(prices, level)
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
        "down_mbps": down.to_numpy(),
        "up_mbps": down.to_numpy(),
        "latency_ms": np.full(len(sites), price(prices, NAME, "latency_ms").value),
    }
    figures["months_to_build"] += figures["new_line_m"] / 1000 * known(prices, "months_per_km")
    out = pd.DataFrame(figures)
    out.loc[~found] = np.nan
    reason = _reasons(need.graph, nodes, found)
    return Offer(out.assign(site_id=sites["site_id"].to_numpy(), feasible=found, reason=reason))


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
    """The costs of line and taps."""
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


def terminal_cost_vnd(prices: Mapping[str, Price], level: str) -> float:
    """Whole đồng for the terminal and its installation at one site."""
    return float(whole_vnd(np.array(price(prices, NAME, "site").at(level))))


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


@dataclass(frozen=True)
class Proof:
    """What the connections of some sites, chosen together, cost over the study's years in đồng of today, and
    below what no choice of network and of technology for each of them can come at these prices.

    `certified_vnd` is the part of the bound whose certificate was added up again by itself; the rest was
    proven by search.
    """

    sites: int
    years: int
    present_cost_vnd: int
    bound_vnd: int
    certified_vnd: int


@dataclass(frozen=True, eq=False)
class FibreNetwork:
    """The joint network of new fibre: its edges, rising; for each site on it the node, the path (edges to
    existing fibre, the tap among them) and the existing line that is tapped; the prices that it was made
    with; and how near it is to the cheapest (None: there was nothing to choose)."""

    graph: RoadGraph
    edges: np.ndarray
    node: Mapping[str, int]
    path: Mapping[str, frozenset[int]]
    taps: Mapping[str, str]
    line: LineCosts
    terminal_vnd: Mapping[str, float]
    prices: Mapping[str, Price]
    horizon: Horizon
    build: str = "buried"
    proof: Proof | None = None

    @property
    def sites(self) -> frozenset[str]:
        """The sites that get fibre."""
        return frozenset(self.node)

    @property
    def terminal_present_vnd(self) -> float:
        """What one site's terminal costs over the study's years."""
        return _terminal_present_vnd(self.prices, self.horizon) if self.node else 0.0

    @property
    def cost_graph(self) -> CostGraph:
        """The graph with what each edge costs over the study's years."""
        return cost_graph(self.graph, self.line.present_vnd)


def _terminal_present_vnd(prices: Mapping[str, Price], horizon: Horizon) -> float:
    capex = terminal_cost_vnd(prices, "value")
    return float(whole_vnd(np.array(capex * present_per_capex(prices, horizon))))


def design_network(
    graph: RoadGraph,
    prices: Mapping[str, Price],
    horizon: Horizon,
    sites: list[str],
    present_cost_instead_vnd: np.ndarray,
    build: str = "buried",
) -> FibreNetwork:
    """The cheapest network, over the study's years, for those of `sites` that, jointly, no other connection
    serves for less. What the design claims passes an independent check; BrokenPlanError is a bug.
    """
    if not sites:
        nothing = np.zeros(len(graph.network.u) + len(graph.network.roots))
        free = LineCosts(dict.fromkeys(LEVELS, nothing), nothing, nothing, nothing)
        terminal = dict.fromkeys(LEVELS, 0.0)
        return FibreNetwork(graph, np.empty(0, int), {}, {}, {}, free, terminal, prices, horizon)
    line = line_costs(graph, prices, horizon, build)
    terminal = {level: terminal_cost_vnd(prices, level) for level in LEVELS}
    costs, nodes = cost_graph(graph, line.present_vnd), graph.nodes_of(sites)
    own = _terminal_present_vnd(prices, horizon)
    prizes = present_cost_instead_vnd - own
    mix = cheapest_mix(costs, nodes, prizes)
    verify_mix(costs, nodes, prizes, None, mix)
    parent, _order = rooted(costs, mix.tree.edges)
    node = {site: int(at) for site, at, way in zip(sites, nodes, mix.way, strict=True) if way == BY_TREE}
    ways = {site: _way(costs, parent, at) for site, at in node.items()}
    path = {site: way for site, (way, _root) in ways.items()}
    taps = {site: graph.fibre_ids[graph.network.fibre_of[root]] for site, (_way, root) in ways.items()}
    proof = _proof(mix, own * len(sites), horizon)
    return FibreNetwork(
        graph, mix.tree.edges, node, path, taps, line, terminal, prices, horizon, build, proof
    )


def _proof(mix: Mix, terminals_vnd: float, horizon: Horizon) -> Proof:
    """The proof of a mix whose prizes were counted without a terminal for each site. A bound is rounded
    down, so that it stays one."""
    cost, bound, certified = (
        int(np.floor(value + terminals_vnd + 1e-6)) for value in (mix.cost, mix.bound, mix.certified)
    )
    return Proof(len(mix.way), horizon.years, cost, bound, min(certified, bound))


def _way(costs: CostGraph, parent: np.ndarray, node: int) -> tuple[frozenset[int], int]:
    """The edges from a node of a tree to its root, and where on the way fibre is tapped."""
    edges, tapped = set(), node
    while parent[node] >= 0:
        edge = int(parent[node])
        edges.add(edge)
        tapped, node = node, int(costs.u[edge] + costs.v[edge] - node)
    return frozenset(edges), tapped
