"""A tree seen from its root: who is above whom, key nodes and key paths, where two nodes meet.

A node of the tree is *key* when it is wanted or has not exactly two tree edges; a *key path* joins two key
nodes and has none inside.
"""

from typing import NamedTuple

import numpy as np

from phusong.jit import leaf, njit
from phusong.steiner.graph import Net


class Rooted(NamedTuple):
    """A rooted tree. `order` lists its nodes, each after the one above it and with its whole branch behind
    it;
    all else is by node: `via` the arc from above (−1), `rank` the position in `order` (−1: not on the tree),
    `size` of the branch, `head` the top of its heavy chain, `degree` in the tree."""

    order: np.ndarray
    via: np.ndarray
    rank: np.ndarray
    size: np.ndarray
    head: np.ndarray
    degree: np.ndarray


class KeyPaths(NamedTuple):
    """By node: is it key, the key node above it, what the path there costs, its key children as a linked
    list."""

    key: np.ndarray
    above: np.ndarray
    cost: np.ndarray
    first_child: np.ndarray
    next_child: np.ndarray


@njit()
def rooted_tree(net: Net, chosen: np.ndarray, root: int) -> Rooted:
    """The tree of the `chosen` edges (m) seen from `root`."""
    n = len(net.start) - 1
    via = np.full(n, -1, np.int32)
    rank = np.full(n, -1, np.int32)
    degree = np.zeros(n, np.int32)
    order = np.empty(n, np.int32)
    stack = np.empty(n, np.int32)
    stack[0] = root
    waiting = 1
    count = 0
    while waiting > 0:
        waiting -= 1
        x = stack[waiting]
        order[count] = x
        rank[x] = count
        count += 1
        for j in range(net.start[x], net.start[x + 1]):
            if chosen[net.out[j] >> 1]:
                degree[x] += 1
                if via[x] != net.out[j] ^ 1:
                    via[net.to[j]] = net.out[j]
                    stack[waiting] = net.to[j]
                    waiting += 1
    order = order[:count].copy()
    size, head = _heavy_chains(net, order, via)
    return Rooted(order, via, rank, size, head, degree)


def arcs_of(net: Net, chosen: np.ndarray, root: int) -> np.ndarray:
    """Which arcs (2m) the tree of the `chosen` edges uses, away from `root`."""
    via = rooted_tree(net, chosen, root).via
    out = np.zeros(2 * net.m, bool)
    out[via[via >= 0]] = True
    return out


@njit()
def _heavy_chains(net: Net, order: np.ndarray, via: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Branch sizes, and the top of the chain of largest branches through each node (Sleator and Tarjan
    1983)."""
    size = np.zeros(len(via), np.int32)
    heavy = np.full(len(via), -1, np.int32)
    head = np.full(len(via), -1, np.int32)
    for i in range(len(order) - 1, -1, -1):
        x = order[i]
        size[x] += 1
        if i > 0:
            up = net.tail[via[x]]
            size[up] += size[x]
            if heavy[up] < 0 or size[x] > size[heavy[up]]:
                heavy[up] = x
    for i in range(len(order)):
        x = order[i]
        head[x] = x
        if i > 0 and heavy[net.tail[via[x]]] == x:
            head[x] = head[net.tail[via[x]]]
    return size, head


@leaf()
def meeting(net: Net, tree: Rooted, a: int, b: int) -> int:
    """The lowest node that has both `a` and `b` in its branch."""
    while tree.head[a] != tree.head[b]:
        if tree.rank[tree.head[a]] > tree.rank[tree.head[b]]:
            a = net.tail[tree.via[tree.head[a]]]
        else:
            b = net.tail[tree.via[tree.head[b]]]
    return a if tree.rank[a] < tree.rank[b] else b


@njit()
def key_paths(net: Net, tree: Rooted, wanted: np.ndarray) -> KeyPaths:
    """The key nodes of a tree (`wanted` ones, forks and the root) and the key paths between them."""
    n = len(wanted)
    key = np.zeros(n, np.bool_)
    above = np.full(n, -1, np.int32)
    cost = np.zeros(n, np.int64)
    first_child = np.full(n, -1, np.int32)
    next_child = np.full(n, -1, np.int32)
    key[tree.order[0]] = True
    for x in tree.order[1:]:
        key[x] = wanted[x] or tree.degree[x] != 2
        # Above a node that is not key, `above` and `cost` are those of the path so far.
        up = net.tail[tree.via[x]]
        above[x] = up if key[up] else above[up]
        cost[x] = net.cost[tree.via[x] >> 1] + (0 if key[up] else cost[up])
        if key[x]:
            next_child[x] = first_child[above[x]]
            first_child[above[x]] = x
    return KeyPaths(key, above, cost, first_child, next_child)
