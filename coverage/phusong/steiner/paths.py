"""Shortest paths: from the nearest of many nodes (Voronoi regions), and along arcs of unequal cost."""

import numpy as np

from phusong.jit import njit
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
    heap = np.empty(n, np.int32)
    place = np.full(n, -1, np.int32)
    size = 0
    for s in sources:
        distance[s] = 0
        base[s] = s
        size = push(heap, place, distance, size, s)
    while size > 0:
        x = heap[0]
        size = drop_top(heap, place, distance, size)
        for j in range(net.start[x], net.start[x + 1]):
            y = net.to[j]
            there = distance[x] + net.cost[net.out[j] >> 1]
            if there < distance[y]:
                distance[y] = there
                base[y] = base[x]
                via[y] = net.out[j]
                size = push(heap, place, distance, size, y)
    return distance, base, via


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
