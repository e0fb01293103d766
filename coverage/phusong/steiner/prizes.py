"""Sites that may do without the tree: prizes, and other ways to connect them (microwave hops, satellite).

Each site is a leaf that must be joined: free of cost from its own node, at the price of its prize straight
from the root, at the price of a hop from a hub. With a large number M on each leaf's edges any cheapest
tree uses as many of them as there are leaves, so no way leads through a leaf; every reduction, move and
bound for plain Steiner trees then holds. M times the leaves is taken off again. The certificate knows no
M: it is about the graph as given, and proves more the dearer the sites' other ways are.
"""

from dataclasses import replace

import numpy as np

from phusong.steiner.certificate import Certificate
from phusong.steiner.graph import CostGraph
from phusong.steiner.planning import EXACT_TERMINALS, _planned
from phusong.steiner.tree import BY_PRIZE, BY_TREE, FIRST_HOP, UNREACHED, Hops, Mix, Tree
from phusong.steiner.verify import certified_mix_bound


def cheapest_mix(
    graph: CostGraph,
    terminals: np.ndarray,
    prizes: np.ndarray,
    hops: Hops | None = None,
    *,
    time_limit_s: float | None = None,
    exact: bool | None = None,
    certificate: bool = True,
) -> Mix:
    """For each of the `terminals` the tree, its prize or a hop, so that all together costs least.

    `prizes` says what is spent on a terminal that the tree leaves out (∞: it must be on it, or hop). A fixed
    cost such as a tower is an edge of the graph to a node that only hops start from. One that can be
    connected in no way is UNREACHED. Without its `certificate` an answer comes sooner.
    """
    terminals, prizes = np.asarray(terminals, dtype=int), np.asarray(prizes, dtype=float)
    if (prizes < 0).any():
        return _without_gains(graph, terminals, prizes, hops, time_limit_s, exact, certificate)
    none = np.empty(0, int)
    hops = hops or Hops(none, none, np.empty(0))
    if not len(graph.roots):
        return _without_roots(prizes)
    large = _large(graph, prizes, hops)
    wide, kinds = _with_leaves(graph, terminals, prizes, hops, large)
    leaves = graph.n_nodes + np.arange(len(terminals))
    few = len(terminals) <= EXACT_TERMINALS if exact is None else exact
    found = _planned(wide, leaves, large * len(leaves), time_limit_s, few, certificate=certificate)
    mix = _decoded(graph, terminals, prizes, hops, found, kinds, large)
    return _certified(graph, terminals, prizes, hops, mix, found.certificate) if certificate else mix


def _large(graph: CostGraph, prizes: np.ndarray, hops: Hops) -> float:
    """More than any mix costs."""
    finite = np.isfinite(prizes)
    some = float(prizes[finite].sum())
    return float(np.ceil(some + (0 if finite.all() else graph.cost.sum() + hops.cost.sum()))) + 1


def _with_leaves(
    graph: CostGraph, terminals: np.ndarray, prizes: np.ndarray, hops: Hops, large: float
) -> tuple[CostGraph, np.ndarray]:
    """The graph with a leaf for each site; and for each edge what it is (−1: of the graph; as `Mix.way`)."""
    leaf = graph.n_nodes + np.arange(len(terminals))
    may = np.flatnonzero(np.isfinite(prizes))
    u = np.concatenate([graph.u, terminals, np.full(len(may), graph.roots[0]), hops.start]).astype(int)
    v = np.concatenate([graph.v, leaf, leaf[may], leaf[hops.site]]).astype(int)
    more = np.concatenate([np.zeros(len(leaf)), prizes[may], hops.cost])
    cost = np.concatenate([graph.cost, more + large])
    kinds = np.concatenate(
        [
            np.full(len(graph.u), -1),
            np.full(len(leaf), BY_TREE),
            np.full(len(may), BY_PRIZE),
            FIRST_HOP + np.arange(len(hops.start)),
        ]
    )
    return CostGraph(graph.n_nodes + len(leaf), u, v, cost, graph.roots), kinds


def _decoded(
    graph: CostGraph,
    terminals: np.ndarray,
    prizes: np.ndarray,
    hops: Hops,
    found: Tree,
    kinds: np.ndarray,
    large: float,
) -> Mix:
    """The mix of a tree with leaves."""
    edges = found.edges[kinds[found.edges] < 0]
    way = np.full(len(terminals), UNREACHED)
    place = np.full(len(kinds), -1)
    place[kinds == BY_TREE] = np.arange(len(terminals))
    place[kinds == BY_PRIZE] = np.flatnonzero(np.isfinite(prizes))
    place[kinds >= FIRST_HOP] = hops.site
    used = found.edges[kinds[found.edges] >= 0]
    way[place[used]] = kinds[used]
    cost = float(graph.cost[edges].sum())
    other = float(prizes[way == BY_PRIZE].sum() + hops.cost[way[way >= FIRST_HOP] - FIRST_HOP].sum())
    leaves = large * int((way != UNREACHED).sum())
    bound = cost + other if found.bound >= found.cost else min(found.bound - leaves, cost + other)
    unreached = np.unique(terminals[way == UNREACHED])
    return Mix(Tree(edges, cost, unreached, max(bound - other, 0.0)), way, cost + other, bound)


def _certified(
    graph: CostGraph,
    terminals: np.ndarray,
    prizes: np.ndarray,
    hops: Hops,
    mix: Mix,
    wide: Certificate | None,
) -> Mix:
    """The mix with its certificate: the potentials of the graph with leaves, at the nodes that are not."""
    proof = wide and replace(
        wide, terminals=wide.terminals - graph.n_nodes, group=wide.group[: graph.n_nodes]
    )
    certified = min(certified_mix_bound(graph, terminals, prizes, hops, proof), mix.cost)
    return replace(mix, certificate=proof, certified=certified, bound=max(mix.bound, certified))


def _without_gains(
    graph: CostGraph,
    terminals: np.ndarray,
    prizes: np.ndarray,
    hops: Hops | None,
    time_limit_s: float | None,
    exact: bool | None,
    certificate: bool,
) -> Mix:
    """The mix when some prizes are below 0: those are taken, whatever the tree does."""
    rest = np.flatnonzero(prizes >= 0)
    some = np.empty(0, int)
    if hops is not None:
        some = np.flatnonzero(np.isin(hops.site, rest))
        hops = Hops(hops.start[some], np.searchsorted(rest, hops.site[some]), hops.cost[some])
    mix = cheapest_mix(
        graph,
        terminals[rest],
        prizes[rest],
        hops,
        time_limit_s=time_limit_s,
        exact=exact,
        certificate=certificate,
    )
    gained = float(prizes[prizes < 0].sum())
    way = np.full(len(prizes), BY_PRIZE)
    way[rest] = mix.way
    by_hop = way >= FIRST_HOP
    way[by_hop] = FIRST_HOP + some[way[by_hop] - FIRST_HOP]
    proof = mix.certificate and replace(mix.certificate, terminals=rest[mix.certificate.terminals])
    certified = mix.certified + gained
    return Mix(mix.tree, way, mix.cost + gained, mix.bound + gained, certified, proof)


def _without_roots(prizes: np.ndarray) -> Mix:
    """All that can be had where there is nothing to start from: the prizes."""
    finite = np.isfinite(prizes)
    cost = float(prizes[finite].sum())
    none = np.empty(0, int)
    return Mix(Tree(none, 0.0, none), np.where(finite, BY_PRIZE, UNREACHED), cost, cost, cost)
