"""Reductions by degree, with a log to undo them: ends that nobody wants, and nodes passed straight through.

Of two parallel edges that come about the cheaper stays. Safe for every form of the problem, as long as
every node that may have to be on the tree is wanted.
"""

from typing import NamedTuple

import numpy as np

from phusong.jit import leaf, njit

#: In `Removed.b`: an end that nobody wants; a wanted end, whose wish moved on to `a` or met one there.
END, MOVED_WISH, MET_WISH = -1, -2, -3


class Linked(NamedTuple):
    """A graph that changes. Half 2e + s of edge e is at node `end[2e + s]`; the halves at a node are a doubly
    linked list from `first[x]`. `name` is the edge's number in the log, `alive` whether it is still there."""

    end: np.ndarray
    after: np.ndarray
    before: np.ndarray
    first: np.ndarray
    degree: np.ndarray
    cost: np.ndarray
    name: np.ndarray
    alive: np.ndarray


class Removed(NamedTuple):
    """What was removed, in order. By node: the node, its neighbours `a` and `b` (END, MOVED_WISH or MET_WISH:
    it had no second one) and what the edges to them cost. By merged edge: the names of the two edges that
    it stands for. And the names of the edges that every solution has."""

    node: np.ndarray
    a: np.ndarray
    b: np.ndarray
    cost_a: np.ndarray
    cost_b: np.ndarray
    one: np.ndarray
    two: np.ndarray
    fixed: np.ndarray


@njit()
def by_degree(
    n: int,
    end: np.ndarray,
    cost: np.ndarray,
    name: np.ndarray,
    wanted: np.ndarray,
    root: int,
    fix: bool,
    next_name: int,
) -> tuple[np.ndarray, Linked, Removed, int]:
    """Take off what degrees allow: the edges left, the graph as it is then, the log, and what the fixed
    edges cost.

    `wanted` changes in place: with `fix`, a wanted node (not the root) with one edge hands its wish on to
    its neighbour and the edge is fixed. Merged edges are named from `next_name` on.
    """
    graph = _linked(n, end, cost, name)
    log = _log(n)
    queue = np.empty(n, np.int32)
    queued = np.zeros(n, np.bool_)
    begin, waiting = 0, 0
    for x in range(n):
        if graph.degree[x] <= 2:
            waiting = _enqueue(queue, queued, begin, waiting, x)
    removed, merged, fixed, paid = 0, 0, 0, 0
    while waiting > 0:
        x = queue[begin]
        begin = (begin + 1) % n
        waiting -= 1
        queued[x] = False
        degree = graph.degree[x]
        if degree == 0 or degree > 2 or (wanted[x] and not (fix and degree == 1 and x != root)):
            continue
        half = graph.first[x]
        a = graph.end[half ^ 1]
        b = a
        if degree == 1:
            log.b[removed] = END
            if wanted[x]:
                log.b[removed] = MET_WISH if wanted[a] else MOVED_WISH
                log.cost_a[removed] = graph.cost[half >> 1]
                log.fixed[fixed] = graph.name[half >> 1]
                fixed += 1
                paid += graph.cost[half >> 1]
                wanted[x], wanted[a] = False, True
            log.node[removed], log.a[removed] = x, a
            _remove(graph, half >> 1)
        else:
            b = graph.end[graph.after[half] ^ 1]
            _note(graph, log, removed, x)
            merged += _merge(graph, log, merged, x, next_name + merged)
        removed += 1
        for y in (a, b):
            if graph.degree[y] <= 2:
                waiting = _enqueue(queue, queued, begin, waiting, y)
    return np.flatnonzero(graph.alive), graph, _cut_log(log, removed, merged, fixed), paid


@njit()
def _log(n: int) -> Removed:
    return Removed(
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
    )


@njit()
def _cut_log(log: Removed, removed: int, merged: int, fixed: int) -> Removed:
    return Removed(
        log.node[:removed].copy(),
        log.a[:removed].copy(),
        log.b[:removed].copy(),
        log.cost_a[:removed].copy(),
        log.cost_b[:removed].copy(),
        log.one[:merged].copy(),
        log.two[:merged].copy(),
        log.fixed[:fixed].copy(),
    )


@leaf()
def _enqueue(queue: np.ndarray, queued: np.ndarray, begin: int, waiting: int, x: int) -> int:
    if queued[x]:
        return waiting
    queued[x] = True
    queue[(begin + waiting) % len(queue)] = x
    return waiting + 1


@njit()
def _linked(n: int, end: np.ndarray, cost: np.ndarray, name: np.ndarray) -> Linked:
    graph = Linked(
        end.copy(),
        np.empty(len(end), np.int32),
        np.empty(len(end), np.int32),
        np.full(n, -1, np.int32),
        np.zeros(n, np.int32),
        cost.copy(),
        name.copy(),
        np.ones(len(cost), np.bool_),
    )
    for half in range(len(end) - 1, -1, -1):
        _hang(graph, half, end[half])
    return graph


@leaf()
def _hang(graph: Linked, half: int, x: int) -> None:
    """Put the half edge at node x."""
    graph.end[half] = x
    graph.before[half] = -1
    graph.after[half] = graph.first[x]
    if graph.first[x] >= 0:
        graph.before[graph.first[x]] = half
    graph.first[x] = half
    graph.degree[x] += 1


@leaf()
def _unhang(graph: Linked, half: int) -> None:
    x = graph.end[half]
    if graph.before[half] >= 0:
        graph.after[graph.before[half]] = graph.after[half]
    else:
        graph.first[x] = graph.after[half]
    if graph.after[half] >= 0:
        graph.before[graph.after[half]] = graph.before[half]
    graph.degree[x] -= 1


@leaf()
def _remove(graph: Linked, e: int) -> None:
    graph.alive[e] = False
    _unhang(graph, 2 * e)
    _unhang(graph, 2 * e + 1)


@leaf()
def _note(graph: Linked, log: Removed, at: int, x: int) -> None:
    """Log that node `x`, passed straight through, goes."""
    one = graph.first[x]
    two = graph.after[one]
    log.node[at], log.a[at], log.b[at] = x, graph.end[one ^ 1], graph.end[two ^ 1]
    log.cost_a[at], log.cost_b[at] = graph.cost[one >> 1], graph.cost[two >> 1]


@leaf()
def _merge(graph: Linked, log: Removed, merged: int, x: int, name: int) -> int:
    """Make one edge of the two at `x`, unless a parallel one is as cheap; how many were made."""
    one = graph.first[x]
    two = graph.after[one]
    a, b = graph.end[one ^ 1], graph.end[two ^ 1]
    cost = graph.cost[one >> 1] + graph.cost[two >> 1]
    parallel = _edge_between(graph, a, b)
    _remove(graph, two >> 1)
    if parallel >= 0 and graph.cost[parallel] <= cost:
        _remove(graph, one >> 1)
        return 0
    if parallel >= 0:
        _remove(graph, parallel)
    log.one[merged], log.two[merged] = graph.name[one >> 1], graph.name[two >> 1]
    graph.name[one >> 1], graph.cost[one >> 1] = name, cost
    _unhang(graph, one)
    _hang(graph, one, b)
    return 1


@leaf()
def _edge_between(graph: Linked, a: int, b: int) -> int:
    """The edge that joins two nodes (−1: none)."""
    if graph.degree[a] > graph.degree[b]:
        a, b = b, a
    half = graph.first[a]
    while half >= 0:
        if graph.end[half ^ 1] == b:
            return half >> 1
        half = graph.after[half]
    return -1
