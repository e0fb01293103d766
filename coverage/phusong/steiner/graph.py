"""The graph as the kernels want it: simple, whole costs, neighbours side by side in memory.

An edge e is two arcs: 2e from its first end and 2e + 1 from its second; `arc ^ 1` is the way back.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from phusong.jit import leaf, njit

#: Farther than any distance; three of them still fit an int64.
FAR = 2**60
#: After scaling each cost stays below the first (a float holds it exactly), the sum of all below the second.
_LARGEST, _LARGEST_SUM = 2**52, 2**59


@dataclass(frozen=True, eq=False)
class CostGraph:
    """A graph as arrays: edges (u, v, cost ≥ 0), parallel and free ones allowed, and the nodes where the tree
    may start, which count as one point."""

    n_nodes: int
    u: np.ndarray
    v: np.ndarray
    cost: np.ndarray
    roots: np.ndarray


class Net(NamedTuple):
    """A simple graph of n nodes and m edges for the kernels.

    The arcs out of node x are `out[start[x]:start[x + 1]]` and lead to `to[...]`; `tail[arc]` is where an arc
    begins (so `tail[arc ^ 1]` is where it ends). Shapes: start n + 1, to, out and tail 2m (int32), cost m
    (int64).
    """

    start: np.ndarray
    to: np.ndarray
    out: np.ndarray
    tail: np.ndarray
    cost: np.ndarray

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.start) - 1

    @property
    def m(self) -> int:
        """Number of edges."""
        return len(self.cost)


@dataclass(frozen=True, eq=False)
class Simple:
    """A CostGraph made simple: node 0 is all the roots, what free edges join is one node.

    `label` says for each original node which node it became (−1: no path joins it to a root), `edge` which
    original edge each edge is. Costs are whole: original × `scale`, rounded down (`exact`: nothing was lost).
    """

    net: Net
    label: np.ndarray
    edge: np.ndarray
    scale: float
    exact: bool


def simple_graph(graph: CostGraph) -> Simple:
    """Contract roots and free edges; of parallel edges keep the cheapest; leave out what no root reaches.

    The edges come out sorted by their ends, so the order of the rows changes nothing.
    """
    scale = whole_scale(graph.cost)
    cost = whole_costs(graph.cost, scale)
    exact = bool(np.all(np.abs(graph.cost * scale - cost) <= 1e-6))
    u, v = graph.u.astype(np.int32), graph.v.astype(np.int32)
    roots = np.asarray(graph.roots, dtype=np.int32)
    label = _groups(graph.n_nodes, u, v, graph.cost == 0, roots)
    edge = _sorted_simple(label, u, v, cost)
    net = net_of(int(label.max(initial=0)) + 1, _tails(label[u[edge]], label[v[edge]]), cost[edge])
    seen = _reached(net)
    if seen.all():
        return Simple(net, label, edge, scale, exact)
    kept = seen[net.tail[::2]]
    number = np.where(seen, np.cumsum(seen) - 1, -1).astype(np.int32)
    tail = number[net.tail.reshape(-1, 2)[kept].ravel()]
    net = net_of(int(seen.sum()), tail, net.cost[kept])
    return Simple(net, np.where(label >= 0, number[label], -1), edge[kept], scale, exact)


def whole_scale(cost: np.ndarray) -> float:
    """By what to multiply costs so that they are whole, or as fine as 52 bits allow.

    >>> whole_scale(np.array([1.0, 2.0])), whole_scale(np.array([0.25, 1.5]))
    (1.0, 100.0)
    """
    total, largest = float(np.sum(cost)), float(np.max(cost, initial=0))
    finest = min(_LARGEST_SUM / max(total, 1e-300), _LARGEST / max(largest, 1e-300))
    for scale in (1.0, 10.0, 100.0, 1000.0, 1e4, 1e6):
        scaled = cost * scale
        if scale <= finest and np.all(np.abs(scaled - np.rint(scaled)) <= 1e-6):
            return scale
    return float(2.0 ** np.floor(np.log2(min(finest, 2.0**20))))


def whole_costs(cost: np.ndarray, scale: float) -> np.ndarray:
    """Costs × `scale`, rounded down to whole numbers (int64)."""
    return np.floor(np.asarray(cost, dtype=float) * scale + 1e-6).astype(np.int64)


def _tails(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.column_stack([u, v]).ravel().astype(np.int32)


def net_of(n: int, tail: np.ndarray, cost: np.ndarray) -> Net:
    """The Net of n nodes whose edge e joins tail[2e] and tail[2e + 1] (2m, int32) at cost[e] (m, whole)."""
    start, to, out = _adjacency(n, tail)
    return Net(start, to, out, tail, cost)


@njit()
def _adjacency(n: int, tail: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    start = np.zeros(n + 1, np.int32)
    for x in tail:
        start[x + 1] += 1
    for x in range(n):
        start[x + 1] += start[x]
    free = start[:n].copy()
    to = np.empty(len(tail), np.int32)
    out = np.empty(len(tail), np.int32)
    for arc in range(len(tail)):
        place = free[tail[arc]]
        free[tail[arc]] += 1
        out[place] = arc
        to[place] = tail[arc ^ 1]
    return start, to, out


@njit()
def longer(array: np.ndarray, size: int) -> np.ndarray:
    """`array` itself, or when it is shorter than `size` a copy with room for twice that."""
    if size <= len(array):
        return array
    out = np.empty(2 * size, array.dtype)
    for i in range(len(array)):
        out[i] = array[i]
    return out


@leaf()
def top_of(above: np.ndarray, x: int) -> int:
    """The head of x's group in a union–find forest (path halving, Tarjan 1975)."""
    while above[x] != x:
        above[x] = above[above[x]]
        x = above[x]
    return x


@njit()
def _groups(n: int, u: np.ndarray, v: np.ndarray, free: np.ndarray, roots: np.ndarray) -> np.ndarray:
    """The number of the group of each node: 0 holds the roots, the others in the order of their first
    node."""
    above = np.arange(n + 1).astype(np.int32)
    for root in roots:
        above[top_of(above, root)] = top_of(above, n)
    for e in range(len(u)):
        if free[e]:
            a, b = top_of(above, u[e]), top_of(above, v[e])
            above[min(a, b)] = max(a, b)
    number = np.full(n + 1, -1, np.int32)
    number[top_of(above, n)] = 0
    label = np.empty(n, np.int32)
    count = 1
    for x in range(n):
        head = top_of(above, x)
        if number[head] < 0:
            number[head] = count
            count += 1
        label[x] = number[head]
    return label


@njit()
def _sorted_simple(label: np.ndarray, u: np.ndarray, v: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """The edges that stay, in the order of their lower and then their higher end: two counting sorts."""
    order = _by_end(label, u, v, _by_end(label, u, v, np.arange(len(u)).astype(np.int32), True), False)
    kept = np.empty(len(order), np.int32)
    count = 0
    for e in order:
        a, b = min(label[u[e]], label[v[e]]), max(label[u[e]], label[v[e]])
        if a == b:
            continue
        if count > 0:
            last = kept[count - 1]
            if a == min(label[u[last]], label[v[last]]) and b == max(label[u[last]], label[v[last]]):
                if cost[e] < cost[last]:
                    kept[count - 1] = e
                continue
        kept[count] = e
        count += 1
    return kept[:count].copy()


@njit()
def _by_end(label: np.ndarray, u: np.ndarray, v: np.ndarray, order: np.ndarray, higher: bool) -> np.ndarray:
    """`order` sorted, stably, by the higher (else the lower) end of each edge."""
    first = np.zeros(len(label) + 2, np.int32)
    key = np.empty(len(u), np.int32)
    for e in range(len(u)):
        a, b = label[u[e]], label[v[e]]
        key[e] = max(a, b) if higher else min(a, b)
        first[key[e] + 1] += 1
    for i in range(len(first) - 1):
        first[i + 1] += first[i]
    out = np.empty(len(u), np.int32)
    for e in order:
        out[first[key[e]]] = e
        first[key[e]] += 1
    return out


@njit()
def _reached(net: Net) -> np.ndarray:
    """Which nodes a path joins to node 0."""
    seen = np.zeros(len(net.start) - 1, np.bool_)
    seen[0] = True
    queue = np.empty(len(seen), np.int32)
    queue[0] = 0
    count = 1
    done = 0
    while done < count:
        x = queue[done]
        done += 1
        for j in range(net.start[x], net.start[x + 1]):
            y = net.to[j]
            if not seen[y]:
                seen[y] = True
                queue[count] = y
                count += 1
    return seen
