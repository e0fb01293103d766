"""Edges that some cheapest tree does without: another way is no longer, or has shorter steps between
terminals."""

import numpy as np

from phusong.jit import njit
from phusong.steiner.graph import Net, top_of
from phusong.steiner.heap import drop_top, push
from phusong.steiner.paths import regions

#: Above every cost, and so is twice as much.
_MORE_THAN_ANY = 2**61


def detoured(net: Net, visits: int) -> np.ndarray:
    """Which edges (m) have another way between their ends that is no longer, found within `visits` nodes.

    Of a node with more arcs than that (the roots are one node with very many) only the cheapest are followed,
    and the one to the end that is looked for. The dearest edges are looked at first, and what is dropped is
    no way for the next.
    """
    node = np.repeat(np.arange(len(net.start) - 1), np.diff(net.start))
    arcs = np.lexsort((net.cost[net.out >> 1], node))
    return _detoured(net, arcs, np.argsort(-net.cost, kind="stable"), visits)


@njit()
def _detoured(net: Net, arcs: np.ndarray, order: np.ndarray, visits: int) -> np.ndarray:
    """`arcs`: the places of each node's arcs, the cheapest first."""
    n = len(net.start) - 1
    dropped = np.zeros(len(net.cost), np.bool_)
    distance = np.full(n, -1, np.int64)
    heap = np.empty(n, np.int32)
    place = np.full(n, -1, np.int32)
    touched = np.empty(n, np.int32)
    for e in order:
        source, target, limit = net.tail[2 * e], net.tail[2 * e + 1], net.cost[e]
        if net.start[source + 1] - net.start[source] > net.start[target + 1] - net.start[target]:
            source, target = target, source
        # Another way leaves here and comes in there; most edges are cheaper than these two steps alone.
        least = _first_step(net, arcs, dropped, e, source) + _first_step(net, arcs, dropped, e, target)
        if least > limit and _edge_between(net, dropped, e, source, target) > limit:
            continue
        distance[source] = 0
        touched[0] = source
        count = 1
        size = push(heap, place, distance, 0, source)
        visited = 0
        while size > 0 and visited < visits and distance[target] < 0:
            x = heap[0]
            size = drop_top(heap, place, distance, size)
            visited += 1
            stop = min(net.start[x + 1], net.start[x] + visits)
            if stop < net.start[x + 1]:
                last = _edge_between(net, dropped, e, x, target)
                if last <= limit - distance[x]:
                    distance[target] = distance[x] + last
                    touched[count] = target
                    count += 1
                    break
            for k in range(net.start[x], stop):
                j = arcs[k]
                f, y = net.out[j] >> 1, net.to[j]
                there = distance[x] + net.cost[f]
                if there > limit:
                    break
                if f == e or dropped[f]:
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


@njit()
def _first_step(net: Net, arcs: np.ndarray, dropped: np.ndarray, e: int, node: int) -> int:
    """The cost of the cheapest edge at a node beside `e`."""
    for k in range(net.start[node], net.start[node + 1]):
        f = net.out[arcs[k]] >> 1
        if f != e and not dropped[f]:
            return net.cost[f]
    return _MORE_THAN_ANY


@njit()
def _edge_between(net: Net, dropped: np.ndarray, e: int, one: int, other: int) -> int:
    """The cost of the cheapest edge beside `e` between two nodes."""
    if net.start[one + 1] - net.start[one] > net.start[other + 1] - net.start[other]:
        one, other = other, one
    least = _MORE_THAN_ANY
    for j in range(net.start[one], net.start[one + 1]):
        f = net.out[j] >> 1
        if f != e and net.to[j] == other and not dropped[f]:
            least = min(least, net.cost[f])
    return least


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
