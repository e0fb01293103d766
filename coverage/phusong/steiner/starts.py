"""First trees: grown by shortest paths, and the cheapest tree on given nodes."""

import numpy as np

from phusong.jit import njit
from phusong.steiner.graph import FAR, Net
from phusong.steiner.heap import drop_top, push


@njit()
def grow(net: Net, wanted: np.ndarray, root: int) -> np.ndarray:
    """The nodes of a tree grown from `root`: join the nearest wanted node, again and again.

    Takahashi and Matsuyama (1980); one heap for all rounds, in which the nodes of a new path start anew
    at distance 0.
    """
    n = len(net.start) - 1
    distance = np.full(n, FAR, np.int64)
    via = np.full(n, -1, np.int32)
    inside = np.zeros(n, np.bool_)
    heap = np.empty(n, np.int32)
    place = np.full(n, -1, np.int32)
    missing = 0
    for x in range(n):
        if wanted[x] and x != root:
            missing += 1
    distance[root] = 0
    inside[root] = True
    size = push(heap, place, distance, 0, root)
    while size > 0 and missing > 0:
        x = heap[0]
        size = drop_top(heap, place, distance, size)
        if wanted[x] and not inside[x]:
            while not inside[x]:
                inside[x] = True
                if wanted[x]:
                    missing -= 1
                distance[x] = 0
                size = push(heap, place, distance, size, x)
                x = net.tail[via[x]]
            continue
        for j in range(net.start[x], net.start[x + 1]):
            y = net.to[j]
            there = distance[x] + net.cost[net.out[j] >> 1]
            if there < distance[y]:
                distance[y] = there
                via[y] = net.out[j]
                size = push(heap, place, distance, size, y)
    return inside


@njit()
def tree_on(net: Net, inside: np.ndarray, wanted: np.ndarray, root: int) -> np.ndarray:
    """The cheapest tree on the nodes `inside` (Prim 1957) without ends that nobody wants: which edges (m)."""
    n = len(net.start) - 1
    price = np.full(n, FAR, np.int64)
    via = np.full(n, -1, np.int32)
    done = np.zeros(n, np.bool_)
    heap = np.empty(n, np.int32)
    place = np.full(n, -1, np.int32)
    order = np.empty(n, np.int32)
    count = 0
    price[root] = 0
    size = push(heap, place, price, 0, root)
    while size > 0:
        x = heap[0]
        size = drop_top(heap, place, price, size)
        done[x] = True
        order[count] = x
        count += 1
        for j in range(net.start[x], net.start[x + 1]):
            y = net.to[j]
            there = net.cost[net.out[j] >> 1]
            if inside[y] and not done[y] and there < price[y]:
                price[y] = there
                via[y] = net.out[j]
                size = push(heap, place, price, size, y)
    return _without_loose_ends(net, order[:count], via, wanted)


@njit()
def _without_loose_ends(net: Net, order: np.ndarray, via: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The edges of a tree that lead to something wanted; `order` has each node after the one above it."""
    chosen = np.zeros(len(net.cost), np.bool_)
    below = np.zeros(len(via), np.bool_)
    for i in range(len(order) - 1, 0, -1):
        x = order[i]
        if wanted[x] or below[x]:
            chosen[via[x] >> 1] = True
            below[net.tail[via[x]]] = True
    return chosen
