"""Edges between the regions of a tree's nodes: each is a way to join two parts of the tree anew.

They are kept in heaps, one for each node of the tree, which are melded from the ends of the branches up to
the root: skew heaps (Sleator and Tarjan 1986).
"""

from typing import NamedTuple

import numpy as np

from phusong.jit import leaf, njit
from phusong.steiner.graph import Net
from phusong.steiner.rooting import Rooted, meeting


class Ground(NamedTuple):
    """The regions of a tree's nodes: by node its distance, base and arc of arrival (as `paths.regions`), and
    the nodes of each region as a linked list."""

    distance: np.ndarray
    base: np.ndarray
    via: np.ndarray
    first: np.ndarray
    next: np.ndarray


class Borders(NamedTuple):
    """Border edges k with what it costs to join their two bases. Each is in two heaps: as item 2k in that of
    the base at its first end, as 2k + 1 at its second. `top[x]` is the least item at x; `first_here[x]`
    begins the list of border edges whose bases meet at x."""

    edge: np.ndarray
    cost: np.ndarray
    left: np.ndarray
    right: np.ndarray
    top: np.ndarray
    first_here: np.ndarray
    next_here: np.ndarray


@njit()
def ground_of(distance: np.ndarray, base: np.ndarray, via: np.ndarray) -> Ground:
    """Regions with the list of the nodes of each."""
    first = np.full(len(base), -1, np.int32)
    following = np.full(len(base), -1, np.int32)
    for x in range(len(base) - 1, -1, -1):
        if base[x] >= 0:
            following[x] = first[base[x]]
            first[base[x]] = x
    return Ground(distance, base, via, first, following)


@njit()
def borders_of(net: Net, tree: Rooted, ground: Ground) -> Borders:
    """All border edges, each in the heaps of its two bases and in the list of the node where these meet."""
    n = len(ground.base)
    edge = _border_edges(net, tree, ground)
    cost = np.empty(len(edge), np.int64)
    left = np.full(2 * len(edge), -1, np.int32)
    right = np.full(2 * len(edge), -1, np.int32)
    top = np.full(n, -1, np.int32)
    first_here = np.full(n, -1, np.int32)
    next_here = np.full(len(edge), -1, np.int32)
    for k in range(len(edge)):
        a, b = net.tail[2 * edge[k]], net.tail[2 * edge[k] + 1]
        cost[k] = ground.distance[a] + net.cost[edge[k]] + ground.distance[b]
        a, b = ground.base[a], ground.base[b]
        top[a] = meld(cost, left, right, top[a], 2 * k)
        top[b] = meld(cost, left, right, top[b], 2 * k + 1)
        x = meeting(net, tree, a, b)
        next_here[k] = first_here[x]
        first_here[x] = k
    return Borders(edge, cost, left, right, top, first_here, next_here)


@njit()
def _border_edges(net: Net, tree: Rooted, ground: Ground) -> np.ndarray:
    out = np.empty(len(net.cost), np.int32)
    count = 0
    for e in range(len(net.cost)):
        x, y = net.tail[2 * e], net.tail[2 * e + 1]
        a, b = ground.base[x], ground.base[y]
        in_tree = tree.via[x] == 2 * e + 1 or tree.via[y] == 2 * e
        if a >= 0 and b >= 0 and a != b and not in_tree:
            out[count] = e
            count += 1
    return out[:count].copy()


@leaf()
def meld(cost: np.ndarray, left: np.ndarray, right: np.ndarray, a: int, b: int) -> int:
    """One heap of two; the item on top (−1: none)."""
    if a < 0:
        return b
    if b < 0:
        return a
    if cost[b >> 1] < cost[a >> 1]:
        a, b = b, a
    top = a
    while True:
        deeper = right[a]
        right[a] = left[a]
        if deeper < 0:
            left[a] = b
            return top
        if cost[b >> 1] < cost[deeper >> 1]:
            deeper, b = b, deeper
        left[a] = deeper
        a = deeper
