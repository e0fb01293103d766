"""The problem at a price for value: least cost − price · value, by the mix of `steiner` .

A site that is left out pays the price times its best value; a way that is worth less than the best pays for
the difference. What is left is the cheapest mix of a tree with other ways, which has a proven bound.
"""

from dataclasses import dataclass

import numpy as np

from phusong.choice.draft import Draft, make_draft
from phusong.choice.ground import Ground
from phusong.choice.problem import NONE
from phusong.steiner import CostGraph, Hops, cheapest_mix
from phusong.steiner.tree import FIRST_HOP


@dataclass(frozen=True, eq=False)
class Priced:
    """The best draft found at a `price`, and a bound: no plan has cost − price · value below `least`."""

    price: float
    draft: Draft
    least: float


def way_costs(ground: Ground, price: float) -> np.ndarray:
    """What each way costs with what it forgoes of its site's best value (ways of the ground)."""
    return ground.ways.cost + price * (ground.best[ground.ways.site] - ground.ways.value)


def leaving_out(ground: Ground, price: float, must: np.ndarray) -> np.ndarray:
    """What it costs to leave each site out: ∞ for those that `must` be served, 0 where none could be."""
    return np.where(must & ground.can_be_served, np.inf, price * ground.best)


def at_price(
    ground: Ground,
    price: float,
    must: np.ndarray,
    allowed: np.ndarray | None = None,
    exact: bool = True,
    lines: np.ndarray | None = None,
) -> Priced:
    """The least cost − `price` · value when the sites that `must` be are served.

    `allowed` (a mask of the ground's ways) and `lines` (edges of the small network) rule out all else; the
    bound is then one of what is left.
    """
    lines = np.arange(len(ground.small.cost)) if lines is None else lines
    cost, alone, out = way_costs(ground, price), _alone(ground), leaving_out(ground, price, must)
    if allowed is not None:
        cost = np.where(allowed, cost, np.inf)
    instead, own = _cheapest_alone(ground, cost, out, alone)
    hop, hop_way = _useful_hops(ground, cost, instead, alone)
    asked = np.unique(hop.site)
    graph, dummies = _with_copies(ground, lines, len(asked))
    on_asked = Hops(hop.start, np.searchsorted(asked, hop.site), hop.cost)
    # The proof of a plan is the choice's own (`proof`).
    mix = cheapest_mix(graph, dummies, instead[asked], on_asked, exact=exact, certificate=False)
    by_hop = mix.way >= FIRST_HOP
    way = own.copy()
    way[asked[by_hop]] = hop_way[mix.way[by_hop] - FIRST_HOP]
    draft = _drafted(ground, way, mix.tree.edges, lines)
    rest = np.ones(len(instead), bool)
    rest[asked] = False
    base = float(instead[rest].sum()) - price * float(ground.best.sum())
    return Priced(price, draft, mix.bound + base)


def _alone(ground: Ground) -> np.ndarray:
    return (ground.ways.node < 0) & (ground.ways.facility < 0)


def _cheapest_alone(
    ground: Ground, cost: np.ndarray, out: np.ndarray, alone: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each site the cheapest that needs nothing: what it costs, and the way (NONE: it is left out)."""
    instead, own = out.copy(), np.full(len(out), NONE)
    rows = np.flatnonzero(alone)
    for row in rows[np.lexsort((rows, -ground.ways.value[rows], cost[rows]))][::-1].tolist():
        site = ground.ways.site[row]
        if cost[row] <= out[site] and np.isfinite(cost[row]):
            instead[site], own[site] = cost[row], row
    return instead, own


def _useful_hops(
    ground: Ground, cost: np.ndarray, instead: np.ndarray, alone: np.ndarray
) -> tuple[Hops, np.ndarray]:
    """The ways that need the network or a facility and cost less than what needs nothing, as hops of the mix
    (a facility: from each of its copies), and which ways they are."""
    ways, copies, n = ground.ways, ground.copies, ground.small.n_nodes
    useful = ~alone & (cost < instead[ways.site])
    on_network = np.flatnonzero(useful & (ways.node >= 0))
    on_facility = np.flatnonzero(useful & (ways.facility >= 0))
    order = np.argsort(copies.facility, kind="stable")
    first = np.searchsorted(copies.facility[order], np.arange(ground.problem.n_facilities + 1))
    facility = ways.facility[on_facility]
    count = first[facility + 1] - first[facility]
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    copy = order[np.repeat(first[facility], count) + place]
    way = np.concatenate([on_network, np.repeat(on_facility, count)])
    return Hops(np.concatenate([ways.node[on_network], n + copy]), ways.site[way], cost[way]), way


def _with_copies(ground: Ground, lines: np.ndarray, n_asked: int) -> tuple[CostGraph, np.ndarray]:
    """The small network with the facilities' copies, and a node of its own for each site that is asked."""
    small, copies = ground.small, ground.copies
    n, c = small.n_nodes, len(copies.facility)
    above = np.where(copies.above >= 0, n + copies.above, copies.start)
    u = np.concatenate([small.u[lines], above])
    v = np.concatenate([small.v[lines], n + np.arange(c)])
    cost = np.concatenate([small.cost[lines], copies.cost])
    graph = CostGraph(n + c + n_asked, u, v, cost, small.roots)
    return graph, n + c + np.arange(n_asked)


def _drafted(ground: Ground, way: np.ndarray, edges: np.ndarray, lines: np.ndarray) -> Draft:
    """The draft of a mix; a facility that is open by two chains keeps the first, which is the shorter."""
    m = len(lines)
    feed = np.full(ground.problem.n_facilities, NONE)
    for copy in np.sort(edges[edges >= m] - m)[::-1].tolist():
        feed[ground.copies.facility[copy]] = ground.copies.feed[copy]
    return make_draft(ground, way, feed, lines[edges[edges < m]])
