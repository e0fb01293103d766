"""A new fibre line along roads from the nearest point of existing fibre, off-road where no road leads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phusong import revenue
from phusong.costs import LEVELS, Horizon, Price, Prices, annuity, known, money, price, renewals, whole_vnd
from phusong.laying import Laying, builds, lay_at_all_levels
from phusong.makeup import Makeup, bare
from phusong.masts import solar
from phusong.needs import Need, Offer, said_of
from phusong.roads import OFFROAD, ROAD, RoadGraph
from phusong.steiner import CostGraph, cheapest_paths, rooted, tree_or_alternatives, verify_tree

NAME = "fibre"
CLOSES = "fibre"


def propose(need: Need) -> Offer:
    """The line that each site would need if it were alone.

    Faster subscriptions than the smallest, which the sheet has, are on sale; so fibre is never too slow.
    """
    sites, prices = need.lacking, need.prices(NAME)
    network = need.graph.network
    nodes = need.graph.nodes_of(sites["site_id"].tolist())
    line = line_costs_vnd(need.graph, prices, need.build)
    at_sites = terminals_vnd(sites, need.sheets)
    paths = cheapest_paths(cost_graph(need.graph, line["value"]), nodes)
    found = np.array([path is not None for path in paths], dtype=bool)
    ways = [np.empty(0, int) if path is None else path for path in paths]
    capex = {
        level: np.array([cost[way].sum() for way in ways]) + at_sites[level].to_numpy()
        for level, cost in line.items()
    }
    lines = [laid(need.graph, way) for way in ways]
    figures = fibre_money(prices, need.horizon, capex)
    offroad = [network.length_m[line][network.kind[line] == OFFROAD].sum() for line in lines]
    down = np.maximum(price(prices, NAME, "down_mbps").value, sites["demand_mbps"])
    figures |= said_of(need, NAME, len(sites)) | {
        "new_line_m": np.array([network.length_m[line].sum() for line in lines], dtype=float),
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
    prices: Mapping[str, Price], horizon: Horizon, capex: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The money columns of fibre that costs `capex` (at each of `LEVELS`) to build, in whole đồng."""
    opex = capex["value"] * price(prices, NAME, "opex_share").value
    return money(capex, opex, horizon, price(prices, NAME, "life_years").value)


def laying(
    graph: RoadGraph, prices: Mapping[str, Price], build: str
) -> tuple[Makeup, np.ndarray, dict[str, Laying]]:
    """What the edges are made of, how they are built, and what that costs at each of `LEVELS`."""
    makeup = graph.makeup or bare(graph.network.kind == ROAD)
    how = builds(makeup, build)
    return makeup, how, lay_at_all_levels(graph.network.length_m, makeup, how, prices)


def line_costs_vnd(graph: RoadGraph, prices: Mapping[str, Price], build: str) -> dict[str, np.ndarray]:
    """Whole đồng, at each of `LEVELS`, to lay each edge and, after the edges, to tap fibre at each root."""
    _makeup, _how, laid = laying(graph, prices, build)
    free = graph.from_node[graph.network.fibre_of[graph.network.roots]]
    taps = {level: np.where(free, 0.0, price(prices, NAME, "tap").at(level)) for level in LEVELS}
    return {level: np.concatenate([laid[level].cost_vnd, whole_vnd(taps[level])]) for level in LEVELS}


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
    """What a đồng of CAPEX costs over the study's years: renewals, and OPEX as a share of CAPEX."""
    life, share = price(prices, NAME, "life_years").value, price(prices, NAME, "opex_share").value
    return renewals(horizon, life) + share * annuity(horizon)


@dataclass(frozen=True, eq=False)
class FibreNetwork:
    """The joint network of new fibre: its edges, rising; for each site on it the node, the path (edges to
    existing fibre, the tap among them) and the existing line that is tapped; and the prices that it was made
    with."""

    graph: RoadGraph
    edges: np.ndarray
    node: Mapping[str, int]
    path: Mapping[str, frozenset[int]]
    taps: Mapping[str, str]
    line_vnd: Mapping[str, np.ndarray]
    terminals: pd.DataFrame
    prices: Mapping[str, Price]
    horizon: Horizon
    build: str = "buried"

    def terminal_vnd(self, sites: Iterable[str], level: str = "value") -> int:
        """Whole đồng for the terminals of some of its sites."""
        return int(self.terminals.loc[list(sites), level].sum())

    @property
    def sites(self) -> frozenset[str]:
        """The sites that get fibre."""
        return frozenset(self.node)

    @property
    def present_per_capex(self) -> float:
        """What a đồng of CAPEX costs over the study's years."""
        return present_per_capex(self.prices, self.horizon) if self.node else 1.0

    @property
    def cost_graph(self) -> CostGraph:
        """The graph with the central cost of each edge."""
        return cost_graph(self.graph, self.line_vnd["value"])


def design_network(
    graph: RoadGraph,
    prices: Mapping[str, Price],
    horizon: Horizon,
    sites: list[str],
    present_cost_instead_vnd: np.ndarray,
    build: str = "buried",
    terminals: pd.DataFrame | None = None,
) -> FibreNetwork:
    """The cheapest network for those of `sites` that, jointly, no other connection serves for less.

    `terminals` as `terminals_vnd` gives them; left out, all sites have electricity. The other's present cost
    is turned into the CAPEX of line that is as dear, less fibre's own terminal.
    """
    if terminals is None:
        terminals = terminals_vnd(pd.DataFrame({"site_id": sites}), {NAME: prices})
    if not sites:
        none = dict.fromkeys(LEVELS, np.zeros(len(graph.network.u) + len(graph.network.roots)))
        return FibreNetwork(graph, np.empty(0, int), {}, {}, {}, none, terminals, prices, horizon)
    line = line_costs_vnd(graph, prices, build)
    costs, nodes = cost_graph(graph, line["value"]), graph.nodes_of(sites)
    prizes = present_cost_instead_vnd / present_per_capex(prices, horizon)
    prizes = prizes - terminals.loc[sites, "value"].to_numpy()
    tree, kept = tree_or_alternatives(costs, nodes, prizes)
    verify_tree(costs, nodes[kept], tree)
    parent, _order = rooted(costs, tree.edges)
    node = {site: int(at) for site, at, on in zip(sites, nodes, kept, strict=True) if on}
    ways = {site: _way(costs, parent, at) for site, at in node.items()}
    path = {site: way for site, (way, _root) in ways.items()}
    taps = {site: graph.fibre_ids[graph.network.fibre_of[root]] for site, (_way, root) in ways.items()}
    return FibreNetwork(graph, tree.edges, node, path, taps, line, terminals, prices, horizon, build)


def _way(costs: CostGraph, parent: np.ndarray, node: int) -> tuple[frozenset[int], int]:
    """The edges from a node of a tree to its root, and where on the way fibre is tapped."""
    edges, tapped = set(), node
    while parent[node] >= 0:
        edge = int(parent[node])
        edges.add(edge)
        tapped, node = node, int(costs.u[edge] + costs.v[edge] - node)
    return frozenset(edges), tapped
