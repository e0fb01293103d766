"""Shortest paths: from the nearest of many nodes (Voronoi regions), and along arcs of unequal cost."""

import numpy as np

from phusong.jit import leaf, njit
from phusong.steiner.graph import FAR, Net
from phusong.steiner.heap import drop_top, push


@njit()
def regions(net: Net, sources: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each node its distance to the nearest of `sources`, that source (−1: none reaches it) and the
    arc by which the path arrives (−1: at a source). Dijkstra (1959) from all the sources at once."""
    n = len(net.start) - 1
    distance = np.full(n, FAR, np.int64)
    base = np.full(n, -1, np.int32)
    via = np.full(n, -1, np.int32)
    for s in sources:
        distance[s], base[s] = 0, s
    _spread(net, sources, distance, base, via)
    return distance, base, via


@njit()
def regions_moved(
    net: Net, sources: np.ndarray, distance: np.ndarray, base: np.ndarray, via: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`regions` of other `sources`, from what they were: only what belongs to a source that is new or gone
    is worked out again. (Of bases equally near it may be another.)"""
    n = len(base)
    distance, base, via = distance.copy(), base.copy(), via.copy()
    is_source = np.zeros(n, np.bool_)
    is_source[sources] = True
    for x in range(n):
        if base[x] >= 0 and not is_source[base[x]]:
            distance[x], base[x], via[x] = FAR, -1, -1
    begin = np.empty(n, np.int32)
    count = 0
    for x in range(n):
        if is_source[x] and base[x] != x:
            distance[x], base[x], via[x] = 0, x, -1
            begin[count] = x
            count += 1
        elif base[x] >= 0 and _is_beside_lost(net, base, x):
            begin[count] = x
            count += 1
    _spread(net, begin[:count], distance, base, via)
    return distance, base, via


@leaf()
def _is_beside_lost(net: Net, base: np.ndarray, x: int) -> bool:
    lost = False
    for j in range(net.start[x], net.start[x + 1]):
        lost = lost or base[net.to[j]] < 0
    return lost


@leaf()
def _relax(
    net: Net,
    x: int,
    distance: np.ndarray,
    base: np.ndarray,
    via: np.ndarray,
    heap: np.ndarray,
    place: np.ndarray,
    size: int,
) -> int:
    """Offer the way through `x` to its neighbours; the size of the heap then."""
    for j in range(net.start[x], net.start[x + 1]):
        y = net.to[j]
        there = distance[x] + net.cost[net.out[j] >> 1]
        if there < distance[y]:
            distance[y] = there
            base[y] = base[x]
            via[y] = net.out[j]
            size = push(heap, place, distance, size, y)
    return size


@njit()
def _spread(net: Net, begin: np.ndarray, distance: np.ndarray, base: np.ndarray, via: np.ndarray) -> None:
    """Dijkstra's search on from the nodes `begin`, whose distances are known."""
    n = len(distance)
    heap = np.empty(n, np.int32)
    place = np.full(n, -1, np.int32)
    size = 0
    # They need not pass through the heap: one that is found to be nearer to another source enters it then.
    for x in begin:
        size = _relax(net, x, distance, base, via, heap, place, size)
    while size > 0:
        x = heap[0]
        size = drop_top(heap, place, distance, size)
        size = _relax(net, x, distance, base, via, heap, place, size)


@njit()
def arc_distances(net: Net, arc_cost: np.ndarray, sources: np.ndarray, backwards: bool) -> np.ndarray:
    """For each node the cheapest way from `sources` along arcs, or `backwards` from the node to them.

    `arc_cost` (2m) is the cost of each arc.
    """
    n = len(net.start) - 1
    distance = np.full(n, FAR, np.int64)
    heap = np.empty(n, np.int32)
    place = np.full(n, -1, np.int32)
    turn = 1 if backwards else 0
    size = 0
    for s in sources:
        distance[s] = 0
        size = push(heap, place, distance, size, s)
    while size > 0:
        x = heap[0]
        size = drop_top(heap, place, distance, size)
        for j in range(net.start[x], net.start[x + 1]):
            y = net.to[j]
            there = distance[x] + arc_cost[net.out[j] ^ turn]
            if there < distance[y]:
                distance[y] = there
                size = push(heap, place, distance, size, y)
    return distance
