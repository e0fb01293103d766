"""From a graph of costs to a tree with its bound, and back to the edges that it came with."""

import time

import numpy as np

from phusong.jit import njit
from phusong.steiner.certificate import certify
from phusong.steiner.dual_ascent import Ascent, ascend, both_ways
from phusong.steiner.graph import CostGraph, Simple, simple_graph, top_of
from phusong.steiner.reductions import Problem, whole_problem, within, without_detours
from phusong.steiner.rooting import arcs_of
from phusong.steiner.search import Effort, Found, search
from phusong.steiner.tree import Tree
from phusong.steiner.verify import certified_bound

#: Above this many terminals the search is content with a proven gap of _ENOUGH, and is not exact by default.
EXACT_TERMINALS = 200
_ENOUGH = 5e-4
#: A graph with more edges than this (after the free and parallel ones) is looked at less closely.
_LARGE = 1_000_000
#: Work for the linear programme (see `exact`), and when it was asked for with many terminals.
_WORK, _MUCH_WORK = 1_200_000_000, 12_000_000_000
#: How many nodes the search for a detour may visit, on common and on large graphs.
_VISITS, _FEW_VISITS = 60, 8


def cheapest_tree(
    graph: CostGraph,
    terminals: np.ndarray,
    *,
    time_limit_s: float | None = None,
    exact: bool | None = None,
    quick: bool = False,
    certificate: bool = True,
) -> Tree:
    """A cheap tree that joins the `terminals` to any of the roots, and a proven bound of the cheapest.

    Terminals that no path joins to a root are left out and named. `exact` asks for the proof that nothing is
    cheaper (by default up to 200 terminals; it gives up after a fixed amount of work). `quick` makes two
    improved trees and one bound, no more. Deterministic, unless `time_limit_s` cuts the search short.

    A square of four roads, fibre at node 0 (`steiner_tree` gives the same for networkx graphs):

    >>> square = CostGraph(4, np.array([0, 1, 2, 3]), np.array([1, 2, 3, 0]), np.ones(4), np.array([0]))
    >>> tree = cheapest_tree(square, np.array([1, 2]))
    >>> tree.edges.tolist(), tree.cost, tree.gap
    ([0, 1], 2.0, 0.0)
    """
    return _planned(graph, terminals, 0.0, time_limit_s, exact, quick, certificate)


def _planned(
    graph: CostGraph,
    terminals: np.ndarray,
    base: float,
    time_limit_s: float | None,
    exact: bool | None,
    quick: bool = False,
    certificate: bool = False,
) -> Tree:
    """`cheapest_tree`, where `base` is a part of every tree's cost that does not count in the gap."""
    end = float("inf") if time_limit_s is None else time.monotonic() + time_limit_s
    terminals = np.unique(np.asarray(terminals, dtype=int))
    simple = simple_graph(graph)
    label = simple.label[terminals]
    reached = (label >= 0) & (len(graph.roots) > 0)
    wanted = np.zeros(simple.net.n, bool)
    wanted[label[reached]] = True
    wanted[0] = True
    if wanted.sum() == 1:
        edges = _on_the_graph(graph, terminals[reached], np.empty(0, int))
        return Tree(edges, 0.0, terminals[~reached])
    visits = _VISITS if simple.net.m <= _LARGE else _FEW_VISITS
    problem, logs = without_detours(whole_problem(simple.net, wanted, 0), visits)
    found = search(problem, _effort(wanted, exact, quick, end, simple, base), visits)
    edges = _on_the_graph(graph, terminals[reached], simple.edge[found.edges])
    cost = float(graph.cost[edges].sum())
    tree = Tree(edges, cost, terminals[~reached], _bound(found, simple, cost))
    if not certificate:
        return tree
    proof = certify(simple, problem, logs, terminals[reached], found.ascent or _guided(problem, found.edges))
    certified = min(certified_bound(graph, terminals[reached], proof), cost)
    return Tree(edges, cost, tree.unreached, max(tree.bound, certified), certified, proof)


def _guided(problem: Problem, edges: np.ndarray) -> Ascent:
    """A dual ascent that the tree of `edges` guides."""
    guide = arcs_of(problem.net, within(problem, edges), problem.root)
    return ascend(problem.net, both_ways(problem.net), problem.terminals, problem.root, guide)


def _effort(
    wanted: np.ndarray, exact: bool | None, quick: bool, end: float, simple: Simple, base: float
) -> Effort:
    few = wanted.sum() <= EXACT_TERMINALS + 1
    exact = bool(few) if exact is None else exact
    large = simple.net.m > _LARGE
    return Effort(
        enough=0.0 if exact else _ENOUGH,
        base=int(base * simple.scale),
        grown=0 if large else 16,
        kicked=8 if large else 16,
        rounds=0 if quick else 1 if large else 4 if few else 2,
        roots=0 if large else 2 if few else 1,
        exact_terminals=int(wanted.sum()) if exact and not quick else 0,
        work=_WORK if few else _MUCH_WORK,
        end=end,
    )


def _bound(found: Found, simple: Simple, cost: float) -> float:
    """The bound in the money of the graph. Costs that were rounded down leave it a little lower."""
    if found.is_proven and simple.exact:
        return cost
    return min(found.bound / simple.scale, cost)


def _on_the_graph(graph: CostGraph, wanted: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The original edges of the tree: the `chosen` ones and the free ones that hold it together."""
    edges = np.concatenate([chosen, np.flatnonzero(graph.cost == 0)]).astype(int)
    hub = graph.n_nodes
    at = np.arange(hub + 1, dtype=np.int32)
    at[graph.roots] = hub
    keep = np.zeros(hub + 1, bool)
    keep[at[wanted]] = True
    keep[hub] = True
    return np.sort(edges[_spanning(at[graph.u[edges]], at[graph.v[edges]], keep)])


@njit()
def _spanning(u: np.ndarray, v: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Which edges, taken in order, join two parts and, in the end, lead to a node to `keep` on each side."""
    above = np.arange(len(keep)).astype(np.int32)
    degree = np.zeros(len(keep), np.int32)
    taken = np.zeros(len(u), np.bool_)
    for e in range(len(u)):
        a, b = top_of(above, u[e]), top_of(above, v[e])
        if a != b:
            above[a] = b
            taken[e] = True
            degree[u[e]] += 1
            degree[v[e]] += 1
    again = True
    while again:
        again = False
        for e in range(len(u)):
            if taken[e] and (
                (degree[u[e]] == 1 and not keep[u[e]]) or (degree[v[e]] == 1 and not keep[v[e]])
            ):
                taken[e] = False
                degree[u[e]] -= 1
                degree[v[e]] -= 1
                again = True
    return taken
