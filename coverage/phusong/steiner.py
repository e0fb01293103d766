"""The cheapest tree that joins sites to existing fibre, every metre of trunk paid once.

The minimum Steiner tree problem on a graph given as arrays. The start is Mehlhorn's (1988) tree and a
tree grown by shortest paths (Takahashi and Matsuyama 1980), each at most twice the optimum; the better
one is improved by taking junctions in and out while that pays. Costs are whole đồng, so sums are exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

#: Node visits that the improvement may spend: keeps the answer the same on fast and slow machines.
_WORK = 3_000_000


@dataclass(frozen=True, eq=False)
class Tree:
    """The edges of a tree (their numbers, rising), what they cost, and the terminals left out."""

    edges: np.ndarray
    cost: float
    unreached: np.ndarray


class BrokenPlanError(RuntimeError):
    """A network that is not what it says: a bug, never the user's."""


@dataclass(frozen=True, eq=False)
class _Graph:
    """A simple graph: roots and what free edges join are one node, node 0 is the root."""

    n: int
    u: np.ndarray
    v: np.ndarray
    cost: np.ndarray
    edge: np.ndarray
    label: np.ndarray
    matrix: csr_matrix

    def edge_between(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The positions of the edges between nodes `a` and `b`."""
        return np.searchsorted(self.u * self.n + self.v, np.minimum(a, b) * self.n + np.maximum(a, b))


def cheapest_tree(
    n_nodes: int, u: np.ndarray, v: np.ndarray, cost: np.ndarray, roots: np.ndarray, terminals: np.ndarray
) -> Tree:
    """A cheap tree that joins the `terminals` to any of the `roots` (which count as one point).

    Edges are (u, v, cost ≥ 0); parallel edges and edges of no cost are allowed. Terminals that no path
    joins to a root are left out and named. Deterministic.
    """
    terminals = np.unique(np.asarray(terminals, dtype=int))
    graph = _contract(n_nodes, u, v, cost, roots)
    label = graph.label[terminals]
    reached = _joined_to_root(graph)[label] & (len(roots) > 0)
    wanted = np.unique(np.append(label[reached], 0))
    found = _improve(graph, wanted, _first_tree(graph, wanted)) if len(wanted) > 1 else np.empty(0, int)
    free = np.flatnonzero(cost == 0)
    edges = _clean(n_nodes, u, v, cost, roots, terminals[reached], np.union1d(graph.edge[found], free))
    return Tree(edges, float(cost[edges].sum()), terminals[~reached])


def verify_tree(
    n_nodes: int,
    u: np.ndarray,
    v: np.ndarray,
    cost: np.ndarray,
    roots: np.ndarray,
    terminals: np.ndarray,
    tree: Tree,
) -> None:
    """Raise BrokenPlanError unless `tree` is what it says, by the original edges alone.

    Each edge is there once; none closes a ring (nor joins existing fibre to itself); all hang together with
    the roots; each terminal is on it or could not be reached; the costs add up.
    """
    above = list(range(n_nodes + 1))

    def top(node: int) -> int:
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    for root in roots:
        above[top(int(root))] = n_nodes
    if len(set(tree.edges.tolist())) != len(tree.edges):
        raise BrokenPlanError("an edge is in the tree twice")
    for edge in tree.edges:
        a, b = top(int(u[edge])), top(int(v[edge]))
        if a == b:
            raise BrokenPlanError(f"edge {edge} closes a ring")
        above[max(a, b)] = min(a, b)
    hub = top(n_nodes)
    loose = [int(edge) for edge in tree.edges if top(int(u[edge])) != hub]
    if loose:
        raise BrokenPlanError(f"edges {loose[:5]} do not lead to existing fibre")
    left_out = set(tree.unreached.tolist())
    missed = [int(t) for t in terminals if int(t) not in left_out and top(int(t)) != hub]
    if missed:
        raise BrokenPlanError(f"terminals {missed[:5]} are not on the tree")
    if float(np.sum(cost[tree.edges])) != tree.cost:
        raise BrokenPlanError("the costs of the edges do not add up to the tree's")
    _verify_unreached(n_nodes, u, v, roots, tree)


def _verify_unreached(n_nodes: int, u: np.ndarray, v: np.ndarray, roots: np.ndarray, tree: Tree) -> None:
    part = connected_components(
        csr_matrix((np.ones(len(u)), (u, v)), shape=(n_nodes, n_nodes)), directed=False
    )[1]
    wrong = tree.unreached[np.isin(part[tree.unreached], part[roots])]
    if len(wrong):
        raise BrokenPlanError(f"terminals {wrong[:5].tolist()} were left out though a path reaches them")


def _contract(n_nodes: int, u: np.ndarray, v: np.ndarray, cost: np.ndarray, roots: np.ndarray) -> _Graph:
    """The simple graph: roots and free edges become points; of parallel edges the cheapest (first) stays."""
    free = cost == 0
    hub_u = np.concatenate([u[free], roots]).astype(int)
    hub_v = np.concatenate([v[free], np.full(len(roots), n_nodes)]).astype(int)
    joined = csr_matrix((np.ones(len(hub_u)), (hub_u, hub_v)), shape=(n_nodes + 1, n_nodes + 1))
    group = connected_components(joined, directed=False)[1]
    # The root's group is numbered 0, the others in the order of their first node.
    _name, first = np.unique(np.append(group[-1], group[:-1]), return_index=True)
    number = np.empty(len(first), int)
    number[np.argsort(first)] = np.arange(len(first))
    label = number[group[:-1]]
    a, b = np.minimum(label[u], label[v]), np.maximum(label[u], label[v])
    order = np.lexsort((np.arange(len(a)), cost, b, a))
    order = order[a[order] != b[order]]
    new = np.ones(len(order), bool)
    new[1:] = (a[order][1:] != a[order][:-1]) | (b[order][1:] != b[order][:-1])
    edge = order[new]
    n = int(number.max()) + 1
    a, b, weight = a[edge].astype(np.int64), b[edge].astype(np.int64), cost[edge].astype(float)
    matrix = csr_matrix((np.tile(weight, 2), (np.append(a, b), np.append(b, a))), shape=(n, n))
    return _Graph(n, a, b, weight, edge, label, matrix)


def _joined_to_root(graph: _Graph) -> np.ndarray:
    part = connected_components(graph.matrix, directed=False)[1]
    return np.asarray(part == part[0])


def _first_tree(graph: _Graph, wanted: np.ndarray) -> np.ndarray:
    by_regions = _mehlhorn(graph, wanted)
    if len(wanted) * graph.n > _WORK:
        return by_regions
    grown = _grow(graph, wanted)
    return min(by_regions, grown, key=lambda edges: float(graph.cost[edges].sum()))


def _mehlhorn(graph: _Graph, wanted: np.ndarray) -> np.ndarray:
    """Mehlhorn's tree: join the regions nearest to each wanted node by a minimum spanning tree."""
    distance, before, source = dijkstra(graph.matrix, indices=wanted, min_only=True, return_predecessors=True)
    a, b = source[graph.u], source[graph.v]
    bridge = np.flatnonzero((a != b) & (a >= 0) & (b >= 0))
    length = distance[graph.u[bridge]] + graph.cost[bridge] + distance[graph.v[bridge]]
    bridge = bridge[np.lexsort((bridge, length))]
    chosen = bridge[_forest(graph.n, source[graph.u[bridge]], source[graph.v[bridge]])]
    paths = _walk_back(before, np.append(graph.u[chosen], graph.v[chosen]))
    return _prune(graph, np.union1d(chosen, graph.edge_between(paths, before[paths])), wanted)


def _walk_back(before: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The nodes on the paths from `start` back to where they began, without their beginnings."""
    passed: set[int] = set()
    for node in start.tolist():
        while before[node] >= 0 and node not in passed:
            passed.add(node)
            node = int(before[node])
    return np.array(sorted(passed), dtype=int)


def _grow(graph: _Graph, wanted: np.ndarray) -> np.ndarray:
    """From the root, join the nearest wanted node that is still missing, again and again."""
    on_tree, missing = np.array([0]), wanted[wanted != 0]
    edges = np.empty(0, int)
    while len(missing):
        distance, before, _source = dijkstra(
            graph.matrix, indices=on_tree, min_only=True, return_predecessors=True
        )
        nearest = missing[np.argmin(distance[missing])]
        path = _walk_back(before, np.array([nearest]))
        edges = np.union1d(edges, graph.edge_between(path, before[path]))
        on_tree = np.union1d(on_tree, path)
        missing = missing[~np.isin(missing, on_tree)]
    return _prune(graph, edges, wanted)


def _improve(graph: _Graph, wanted: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Take junctions in and out of what the tree must join while that makes it cheaper."""
    best, cost = edges, float(graph.cost[edges].sum())
    tries = max(_WORK // max(graph.n, 1), 1)
    tried: set[bytes] = set()
    better = True
    while better and tries > 0:
        better = False
        for also in _variants(graph, wanted, best):
            if also.tobytes() in tried or tries <= 0:
                continue
            tried.add(also.tobytes())
            tries -= 1
            other = _prune(graph, _mehlhorn(graph, also), wanted)
            if graph.cost[other].sum() < cost:
                best, cost, better = other, float(graph.cost[other].sum()), True
                break
    return best


def _variants(graph: _Graph, wanted: np.ndarray, edges: np.ndarray) -> Iterator[np.ndarray]:
    """What to join instead of `wanted`: with the tree's junctions; without one of them; with one more."""
    degree = np.bincount(np.append(graph.u[edges], graph.v[edges]), minlength=graph.n)
    junctions = np.setdiff1d(np.flatnonzero(degree >= 3), wanted)
    base = np.union1d(wanted, junctions)
    yield base
    for junction in junctions:
        yield np.setdiff1d(base, [junction])
    distance = dijkstra(graph.matrix, indices=np.flatnonzero(degree > 0), min_only=True)
    crossings = np.flatnonzero((np.diff(graph.matrix.indptr) >= 3) & np.isfinite(distance))
    for node in crossings[np.lexsort((crossings, distance[crossings]))]:
        if node not in base:
            yield np.union1d(base, [node])


def _prune(graph: _Graph, edges: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The cheapest tree on these edges, without ends that nobody wants."""
    edges = edges[np.lexsort((edges, graph.cost[edges]))]
    edges = edges[_forest(graph.n, graph.u[edges], graph.v[edges])]
    return np.sort(edges[_needed(graph.n, graph.u[edges], graph.v[edges], wanted)])


def _clean(
    n_nodes: int,
    u: np.ndarray,
    v: np.ndarray,
    cost: np.ndarray,
    roots: np.ndarray,
    wanted: np.ndarray,
    edges: np.ndarray,
) -> np.ndarray:
    """The same on the original edges, where the roots are one point beside the nodes."""
    at = np.arange(n_nodes)
    at[roots] = n_nodes
    a, b = at[u], at[v]
    edges = edges[np.lexsort((edges, cost[edges]))]
    edges = edges[_forest(n_nodes + 1, a[edges], b[edges])]
    return np.sort(edges[_needed(n_nodes + 1, a[edges], b[edges], np.append(at[wanted], n_nodes))])


def _forest(n: int, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Which edges, taken in this order, join two parts (Kruskal)."""
    above = np.arange(n).tolist()

    def top(node: int) -> int:
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    keep = np.zeros(len(u), bool)
    for i, (a, b) in enumerate(zip(u.tolist(), v.tolist(), strict=True)):
        a, b = top(a), top(b)
        if a != b:
            above[b] = a
            keep[i] = True
    return keep


def _needed(n: int, u: np.ndarray, v: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Which edges of a forest remain when ends that are not `wanted` are taken off, again and again."""
    keep = np.ones(len(u), bool)
    stays = np.zeros(n, bool)
    stays[wanted] = True
    while True:
        degree = np.bincount(np.append(u[keep], v[keep]), minlength=n)
        end = (degree == 1) & ~stays
        loose = keep & (end[u] | end[v])
        if not loose.any():
            return keep
        keep &= ~loose
