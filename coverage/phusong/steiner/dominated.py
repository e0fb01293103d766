"""Edges that some cheapest tree does without: another way is no longer, or has shorter steps between
terminals."""

import numpy as np

from phusong.jit import njit
from phusong.steiner.graph import Net, top_of
from phusong.steiner.heap import drop_top, push
from phusong.steiner.paths import regions


def detoured(net: Net, visits: int) -> np.ndarray:
    """Which edges (m) have another way between their ends that is no longer, found within `visits` nodes.

    The dearest are looked at first, and what is dropped is no way for the next.
    """
    return _detoured(net, np.argsort(-net.cost, kind="stable"), visits)


@njit()
def _detoured(net: Net, order: np.ndarray, visits: int) -> np.ndarray:
    n = len(net.start) - 1
    dropped = np.zeros(len(net.cost), np.bool_)
    distance = np.full(n, -1, np.int64)
    heap = np.empty(n, np.int32)
    place = np.full(n, -1, np.int32)
    touched = np.empty(n, np.int32)
    for e in order:
        source, target, limit = net.tail[2 * e], net.tail[2 * e + 1], net.cost[e]
        distance[source] = 0
        touched[0] = source
        count = 1
        size = push(heap, place, distance, 0, source)
        visited = 0
        while size > 0 and visited < visits and distance[target] < 0:
            x = heap[0]
            size = drop_top(heap, place, distance, size)
            visited += 1
            for j in range(net.start[x], net.start[x + 1]):
                f, y = net.out[j] >> 1, net.to[j]
                there = distance[x] + net.cost[f]
                if f == e or dropped[f] or there > limit:
                    continue
                if distance[y] < 0:
                    touched[count] = y
                    count += 1
                elif distance[y] <= there:
                    continue
                distance[y] = there
                size = push(heap, place, distance, size, y)
        dropped[e] = distance[target] >= 0
        for k in range(count):
            distance[touched[k]] = -1
            place[touched[k]] = -1
    return dropped


def bypassed(net: Net, wanted: np.ndarray) -> np.ndarray:
    """Which edges (m) are dearer than the longest step of a way between their ends from terminal to terminal.

    The bottleneck test of Duin and Volgenant (1989) on the minimum spanning tree of the terminals'
    distances (Mehlhorn 1988). Safe when all wanted nodes must be on the tree.
    """
    distance, base, _via = regions(net, np.flatnonzero(wanted).astype(np.int32))
    a, b = net.tail[::2], net.tail[1::2]
    step = distance[a] + net.cost + distance[b]
    border = np.flatnonzero((base[a] != base[b]) & (base[a] >= 0) & (base[b] >= 0))
    border = border[np.argsort(step[border], kind="stable")]
    above, longest, size = _merge_tree(len(base), base[a[border]], base[b[border]], step[border])
    return _bypassed(net, distance, base, above, longest, size)


@njit()
def _merge_tree(
    n: int, a: np.ndarray, b: np.ndarray, step: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kruskal's merges as a tree, smaller groups below larger: who is above, by what step, group sizes."""
    above = np.arange(n).astype(np.int32)
    longest = np.zeros(n, np.int64)
    size = np.ones(n, np.int32)
    flat = np.arange(n).astype(np.int32)
    for k in range(len(step)):
        x, y = top_of(flat, a[k]), top_of(flat, b[k])
        if x == y:
            continue
        if size[x] > size[y]:
            x, y = y, x
        flat[x] = y
        above[x] = y
        longest[x] = step[k]
        size[y] += size[x]
    return above, longest, size


@njit()
def _bypassed(
    net: Net, distance: np.ndarray, base: np.ndarray, above: np.ndarray, longest: np.ndarray, size: np.ndarray
) -> np.ndarray:
    out = np.zeros(len(net.cost), np.bool_)
    for e in range(len(net.cost)):
        a, b, cost = net.tail[2 * e], net.tail[2 * e + 1], net.cost[e]
        if base[a] < 0 or base[b] < 0 or cost <= max(distance[a], distance[b]):
            continue
        x, y = base[a], base[b]
        steps = 0
        while x != y and steps < cost:
            if (size[x] < size[y] or (size[x] == size[y] and above[y] == y)) and above[x] != x:
                steps = max(steps, longest[x])
                x = above[x]
            elif above[y] != y:
                steps = max(steps, longest[y])
                y = above[y]
            else:
                steps = cost
        out[e] = steps < cost
    return out
