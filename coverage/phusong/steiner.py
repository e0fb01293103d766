"""The cheapest tree that joins sites to existing fibre, every metre of trunk paid once.

The minimum Steiner tree problem on a graph given as arrays. The start is Mehlhorn's (1988) tree and a
tree grown by shortest paths (Takahashi and Matsuyama 1980), each at most twice the optimum; the better
one is improved by taking junctions in and out while that pays. Costs are whole đồng, so sums are exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

#: Node visits that the improvement may spend: keeps the answer the same on fast and slow machines.
WORK = 3_000_000
#: Sites that a round tries to bring back onto the tree.
_RETRIES = 20


@dataclass(frozen=True, eq=False)
class CostGraph:
    """A graph as arrays: edges (u, v, cost ≥ 0), parallel and free ones allowed, and the nodes where the tree
    may start, which count as one point."""

    n_nodes: int
    u: np.ndarray
    v: np.ndarray
    cost: np.ndarray
    roots: np.ndarray


@dataclass(frozen=True, eq=False)
class Tree:
    """The edges of a tree (their numbers, rising), what they cost, and the terminals left out."""

    edges: np.ndarray
    cost: float
    unreached: np.ndarray


class BrokenPlanError(RuntimeError):
    """A network that is not what it says: a bug, never the user's."""


@dataclass(frozen=True, eq=False)
class _Simple:
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


def cheapest_tree(graph: CostGraph, terminals: np.ndarray, work: int = WORK) -> Tree:
    """A cheap tree that joins the `terminals` to any of the roots. Deterministic.

    Terminals that no path joins to a root are left out and named. `work` is how many node visits may be spent
    on making Mehlhorn's tree cheaper.
    """
    terminals = np.unique(np.asarray(terminals, dtype=int))
    simple = _contract(graph, graph.roots)
    label = simple.label[terminals]
    reached = _joined_to_root(simple)[label] & (len(graph.roots) > 0)
    wanted = np.unique(np.append(label[reached], 0))
    found = np.empty(0, int)
    if len(wanted) > 1:
        found = _improve(simple, wanted, _first_tree(simple, wanted, work), work)
    free = np.flatnonzero(graph.cost == 0)
    edges = _clean(graph, terminals[reached], np.union1d(simple.edge[found], free))
    return Tree(edges, float(graph.cost[edges].sum()), terminals[~reached])


def verify_tree(graph: CostGraph, terminals: np.ndarray, tree: Tree) -> None:
    """Raise BrokenPlanError unless `tree` is what it says, by the original edges alone.

    Each edge is there once; none closes a ring (nor joins existing fibre to itself); all hang together with
    the roots; each terminal is on it or could not be reached; the costs add up.
    """
    above = list(range(graph.n_nodes + 1))

    def top(node: int) -> int:
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    for root in graph.roots:
        above[top(int(root))] = graph.n_nodes
    if len(set(tree.edges.tolist())) != len(tree.edges):
        raise BrokenPlanError("an edge is in the tree twice")
    for edge in tree.edges:
        a, b = top(int(graph.u[edge])), top(int(graph.v[edge]))
        if a == b:
            raise BrokenPlanError(f"edge {edge} closes a ring")
        above[max(a, b)] = min(a, b)
    hub = top(graph.n_nodes)
    loose = [int(edge) for edge in tree.edges if top(int(graph.u[edge])) != hub]
    if loose:
        raise BrokenPlanError(f"edges {loose[:5]} do not lead to existing fibre")
    left_out = set(tree.unreached.tolist())
    missed = [int(t) for t in terminals if int(t) not in left_out and top(int(t)) != hub]
    if missed:
        raise BrokenPlanError(f"terminals {missed[:5]} are not on the tree")
    if float(np.sum(graph.cost[tree.edges])) != tree.cost:
        raise BrokenPlanError("the costs of the edges do not add up to the tree's")
    _verify_unreached(graph, tree)


def _verify_unreached(graph: CostGraph, tree: Tree) -> None:
    ends = (np.ones(len(graph.u)), (graph.u, graph.v))
    part = connected_components(csr_matrix(ends, shape=(graph.n_nodes, graph.n_nodes)), directed=False)[1]
    wrong = tree.unreached[np.isin(part[tree.unreached], part[graph.roots])]
    if len(wrong):
        raise BrokenPlanError(f"terminals {wrong[:5].tolist()} were left out though a path reaches them")


def _contract(graph: CostGraph, roots: np.ndarray) -> _Simple:
    """The simple graph: roots and free edges become points; of parallel edges the cheapest (first) stays."""
    n_nodes, u, v, cost = graph.n_nodes, graph.u, graph.v, graph.cost
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
    return _Simple(n, a, b, weight, edge, label, matrix)


def _joined_to_root(graph: _Simple) -> np.ndarray:
    part = connected_components(graph.matrix, directed=False)[1]
    return np.asarray(part == part[0])


def _first_tree(graph: _Simple, wanted: np.ndarray, work: int) -> np.ndarray:
    by_regions = _mehlhorn(graph, wanted)
    if len(wanted) * graph.n > work:
        return by_regions
    grown = _grow(graph, wanted)
    return min(by_regions, grown, key=lambda edges: float(graph.cost[edges].sum()))


def _mehlhorn(graph: _Simple, wanted: np.ndarray) -> np.ndarray:
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


def _grow(graph: _Simple, wanted: np.ndarray) -> np.ndarray:
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


def _improve(graph: _Simple, wanted: np.ndarray, edges: np.ndarray, work: int) -> np.ndarray:
    """Take junctions in and out of what the tree must join while that makes it cheaper."""
    best, cost = edges, float(graph.cost[edges].sum())
    tries = work // graph.n
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


def _variants(graph: _Simple, wanted: np.ndarray, edges: np.ndarray) -> Iterator[np.ndarray]:
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


def _prune(graph: _Simple, edges: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The cheapest tree on these edges, without ends that nobody wants."""
    edges = edges[np.lexsort((edges, graph.cost[edges]))]
    edges = edges[_forest(graph.n, graph.u[edges], graph.v[edges])]
    return np.sort(edges[_needed(graph.n, graph.u[edges], graph.v[edges], wanted)])


def _clean(graph: CostGraph, wanted: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The same on the original edges, where the roots are one point beside the nodes."""
    hub = graph.n_nodes
    at = np.arange(hub)
    at[graph.roots] = hub
    a, b = at[graph.u], at[graph.v]
    edges = edges[np.lexsort((edges, graph.cost[edges]))]
    edges = edges[_forest(hub + 1, a[edges], b[edges])]
    return np.sort(edges[_needed(hub + 1, a[edges], b[edges], np.append(at[wanted], hub))])


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


def cheapest_paths(graph: CostGraph, terminals: np.ndarray) -> list[np.ndarray | None]:
    """For each of the `terminals` the edges of its cheapest path to a root (but free ones), or None."""
    if not len(graph.roots):
        return [None] * len(terminals)
    simple = _contract(graph, graph.roots)
    distance, before = dijkstra(simple.matrix, indices=0, return_predecessors=True)
    out: list[np.ndarray | None] = []
    for node in simple.label[terminals]:
        path = _walk_back(before, np.array([node]))
        reached = np.isfinite(distance[node])
        out.append(simple.edge[simple.edge_between(path, before[path])] if reached else None)
    return out


def tree_or_alternatives(
    graph: CostGraph, terminals: np.ndarray, prizes: np.ndarray
) -> tuple[Tree, np.ndarray]:
    """A tree for those `terminals` whose joint line costs no more than doing without it, and which they are.

    `prizes` says for each terminal what is spent if the tree leaves it out (∞: it must be on it). Branches of
    the tree for all that are dearer than their prizes are cut (strong pruning), the tree for the rest is made
    anew, and terminals left out come back one by one where their own way to the tree is worth it.
    """

    def attempt(which: np.ndarray) -> tuple[float, np.ndarray, Tree]:
        kept = _worth(
            graph, cheapest_tree(graph, terminals[which], 0), terminals, np.where(which, prizes, -np.inf)
        )
        tree = cheapest_tree(graph, terminals[kept], 0)
        return tree.cost + float(prizes[~kept & np.isfinite(prizes)].sum()), kept, tree

    best = attempt(np.ones(len(terminals), bool))
    better = True
    while better:
        better = False
        for which in (best[1], *islice(_one_more(graph, best[2], best[1], terminals, prizes), _RETRIES)):
            other = attempt(which)
            if other[0] < best[0]:
                best, better = other, True
                break
    tree = cheapest_tree(graph, terminals[best[1]])
    kept = _worth(graph, tree, terminals, np.where(best[1], prizes, -np.inf))
    return (tree if (kept == best[1]).all() else cheapest_tree(graph, terminals[kept])), kept


def _one_more(
    graph: CostGraph, tree: Tree, kept: np.ndarray, terminals: np.ndarray, prizes: np.ndarray
) -> Iterator[np.ndarray]:
    """`kept` with one terminal more whose own way to the tree costs less than its prize, the best first."""
    on_tree = np.append(graph.u[tree.edges], graph.v[tree.edges])
    simple = _contract(graph, np.union1d(graph.roots, on_tree).astype(int))
    finite = np.where(np.isfinite(prizes), prizes, 0.0)
    gain = finite - dijkstra(simple.matrix, indices=0)[simple.label[terminals]]
    promising = np.flatnonzero(~kept & (gain > 0))
    for one in promising[np.lexsort((terminals[promising], -gain[promising]))]:
        which = kept.copy()
        which[one] = True
        yield which


def _worth(graph: CostGraph, tree: Tree, terminals: np.ndarray, prizes: np.ndarray) -> np.ndarray:
    """Which terminals stay when every branch of `tree` that costs more than its prizes is cut."""
    parent, order = rooted(graph, tree.edges)
    worth, stays = np.zeros(graph.n_nodes), np.zeros(graph.n_nodes, bool)
    np.add.at(worth, terminals, np.maximum(prizes, 0))
    stays[graph.roots] = True
    up = np.full(graph.n_nodes, -1)
    up[order] = graph.u[parent[order]] + graph.v[parent[order]] - order
    for node in order[::-1]:
        gain = worth[node] - graph.cost[parent[node]]
        stays[node] = gain >= 0
        worth[up[node]] += max(gain, 0.0)
    for node in order:
        stays[node] &= stays[up[node]]
    return np.asarray(stays[terminals] & (prizes >= 0))


def rooted(graph: CostGraph, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The edge that leads each node of a tree to its root (−1: roots and nodes not on it), and the nodes
    that have one, each after those nearer to the root."""
    beside: dict[int, list[tuple[int, int]]] = {}
    for edge, a, b in zip(edges.tolist(), graph.u[edges].tolist(), graph.v[edges].tolist(), strict=True):
        beside.setdefault(a, []).append((b, edge))
        beside.setdefault(b, []).append((a, edge))
    parent = np.full(graph.n_nodes, -1)
    seen = set(graph.roots.tolist())
    order: list[int] = []
    queue = [root for root in graph.roots.tolist() if root in beside]
    for node in queue:
        for other, edge in sorted(beside[node]):
            if other not in seen:
                seen.add(other)
                parent[other] = edge
                order.append(other)
                queue.append(other)
    return parent, np.array(order, dtype=int)
