"""Carries out moves on a tree: take key paths off, put new ways in, and take nothing back that breaks it.

Moves were found one by one on the same tree; when one has been carried out another may no longer fit. So
each is checked on the tree as it is: the parts that it leaves are explored side by side, a few nodes each in
turn, until all but the largest are known; the work is that of the smaller parts, not of the tree.
"""

from typing import NamedTuple

import numpy as np

from phusong.jit import leaf, njit
from phusong.steiner.graph import Net, top_of

#: A move leaves at most this many parts.
_PARTS = 64


class Forest(NamedTuple):
    """The tree at work: which edges (m) and nodes it has, how many edges at each node, which nodes must
    stay."""

    chosen: np.ndarray
    inside: np.ndarray
    degree: np.ndarray
    wanted: np.ndarray


class Parts(NamedTuple):
    """What a move leaves. By node: the number of the move that `seen` it last, its part then, the node after
    it in the part's queue. By part: the queue's `head` and `last` node, the part that it was found to be
    (`same`).
    """

    seen: np.ndarray
    part: np.ndarray
    following: np.ndarray
    head: np.ndarray
    last: np.ndarray
    same: np.ndarray


def carry_out(
    net: Net,
    wanted: np.ndarray,
    chosen: np.ndarray,
    order: np.ndarray,
    removed: np.ndarray,
    first: np.ndarray,
    arcs: np.ndarray,
) -> np.ndarray:
    """The nodes of the tree after the moves in `order` that still pay and keep it whole.

    Move i takes the edges of the first `removed[i]` of `arcs[first[i]:first[i + 1]]` away; the other arcs
    are new ways.
    """
    tail = net.tail.reshape(-1, 2)[chosen]
    degree = np.bincount(tail.ravel(), minlength=len(wanted)).astype(np.int32)
    forest = Forest(chosen.copy(), (degree > 0) | wanted, degree, wanted)
    _carry_out(net, forest, order, removed, first, arcs)
    return forest.inside


@njit()
def _carry_out(
    net: Net, forest: Forest, order: np.ndarray, removed: np.ndarray, first: np.ndarray, arcs: np.ndarray
) -> None:
    n = len(forest.inside)
    parts = Parts(
        np.full(n, -1, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(_PARTS, np.int32),
        np.empty(_PARTS, np.int32),
        np.empty(_PARTS, np.int32),
    )
    added = np.empty(len(arcs), np.int32)
    for i in order:
        old = arcs[first[i] : first[i] + removed[i]]
        new = arcs[first[i] + removed[i] : first[i + 1]]
        saved = _cut(net, forest, old)
        if saved < 0:
            continue
        n_parts = _seed(net, forest, parts, old, i)
        left = _explore(net, forest, parts, n_parts, i)
        count = 0
        if left > 0:
            count = _join(net, forest, parts, new, added, n_parts, left, i, saved)
        if count == 0:
            _put_back(net, forest, old)


@leaf()
def _cut(net: Net, forest: Forest, old: np.ndarray) -> int:
    """Take the edges of the arcs `old` off; what they cost, or −1 (and nothing done) when one is not
    there."""
    for arc in old:
        if not forest.chosen[arc >> 1]:
            return -1
    saved = 0
    for arc in old:
        forest.chosen[arc >> 1] = False
        saved += net.cost[arc >> 1]
        for x in (net.tail[arc], net.tail[arc ^ 1]):
            forest.degree[x] -= 1
            if forest.degree[x] == 0 and not forest.wanted[x]:
                forest.inside[x] = False
    return saved


@leaf()
def _put_back(net: Net, forest: Forest, old: np.ndarray) -> None:
    for arc in old:
        forest.chosen[arc >> 1] = True
        for x in (net.tail[arc], net.tail[arc ^ 1]):
            forest.degree[x] += 1
            forest.inside[x] = True


@leaf()
def _seed(net: Net, forest: Forest, parts: Parts, old: np.ndarray, move: int) -> int:
    """Begin a part at each end of the edges taken off that is still inside; how many (at most _PARTS)."""
    count = 0
    for arc in old:
        for x in (net.tail[arc], net.tail[arc ^ 1]):
            if forest.inside[x] and parts.seen[x] != move and count < _PARTS:
                parts.seen[x] = move
                parts.part[x] = count
                parts.following[x] = -1
                parts.head[count] = x
                parts.last[count] = x
                parts.same[count] = count
                count += 1
    return count


@leaf()
def _explore(net: Net, forest: Forest, parts: Parts, n_parts: int, move: int) -> int:
    """Explore the parts in turn until all but one are known whole; how many there are (0: too many).

    Two that meet are one.
    """
    if n_parts >= _PARTS:
        return 0
    waiting = n_parts
    left = n_parts
    steps = 4
    while waiting > 1:
        for p in range(n_parts):
            if parts.same[p] != p or parts.head[p] < 0 or waiting <= 1:
                continue
            met = _walk(net, forest, parts, p, move, steps)
            left -= met
            waiting -= met
            if parts.head[p] < 0:
                waiting -= 1
        steps *= 2
    return left


@leaf()
def _walk(net: Net, forest: Forest, parts: Parts, p: int, move: int, steps: int) -> int:
    """Explore up to so many nodes of part `p`; how many other parts it was found to be one with that were
    not finished (a finished one it cannot meet)."""
    start, to, out, chosen = net.start, net.to, net.out, forest.chosen
    seen, part, following, same = parts.seen, parts.part, parts.following, parts.same
    head, last = parts.head, parts.last
    met = 0
    while head[p] >= 0 and steps > 0:
        steps -= 1
        x = head[p]
        for j in range(start[x], start[x + 1]):
            y = to[j]
            if not chosen[out[j] >> 1]:
                continue
            if seen[y] != move:
                seen[y] = move
                part[y] = p
                following[y] = -1
                following[last[p]] = y
                last[p] = y
            else:
                q = top_of(same, part[y])
                if q != p:
                    same[q] = p
                    met += 1
                    following[last[p]] = head[q]
                    last[p] = last[q]
        head[p] = following[x]
    return met


@leaf()
def _part_of(parts: Parts, x: int, move: int, rest: int) -> int:
    """The part of node `x`; what nobody saw is in the part that was not explored to its end, `rest`."""
    return top_of(parts.same, parts.part[x] if parts.seen[x] == move else rest)


@leaf()
def _unfinished(parts: Parts, n_parts: int) -> int:
    """The part that was not explored to its end (if all were, any: then every node has been seen)."""
    for p in range(n_parts):
        if parts.same[p] == p and parts.head[p] >= 0:
            return p
    return 0


@leaf()
def _join(
    net: Net,
    forest: Forest,
    parts: Parts,
    new: np.ndarray,
    added: np.ndarray,
    n_parts: int,
    left: int,
    move: int,
    saved: int,
) -> int:
    """Put those stretches of the ways `new` in that join two parts. How many edges came in: 0, and nothing
    done, when the `left` parts do not all become one or it does not cost less than `saved`."""
    rest = _unfinished(parts, n_parts)
    count = 0
    begun = 0
    spent = 0
    at = -1
    for k in range(len(new)):
        arc = new[k]
        x, y = net.tail[arc], net.tail[arc ^ 1]
        if k == 0 or net.tail[new[k - 1] ^ 1] != x:
            count, at = begun, -1
        if forest.inside[x]:
            count, at = begun, x
        added[count] = arc
        count += 1
        if at >= 0 and forest.inside[y]:
            p, q = _part_of(parts, at, move, rest), _part_of(parts, y, move, rest)
            if p != q:
                parts.same[q] = p
                left -= 1
                spent += _put_in(net, forest, parts, added, begun, count, move, p)
                begun = count
            count, at = begun, y
    if left == 1 and 0 < spent < saved:
        return begun
    _take_out(net, forest, added, begun)
    return 0


@leaf()
def _put_in(
    net: Net, forest: Forest, parts: Parts, added: np.ndarray, begin: int, end: int, move: int, p: int
) -> int:
    """Make the arcs `added[begin:end]` edges of the tree; what they cost. Their nodes become part `p`."""
    spent = 0
    for k in range(begin, end):
        arc = added[k]
        forest.chosen[arc >> 1] = True
        spent += net.cost[arc >> 1]
        for x in (net.tail[arc], net.tail[arc ^ 1]):
            forest.degree[x] += 1
            if not forest.inside[x]:
                forest.inside[x] = True
                parts.seen[x] = move
                parts.part[x] = p
    return spent


@leaf()
def _take_out(net: Net, forest: Forest, added: np.ndarray, count: int) -> None:
    for k in range(count):
        arc = added[k]
        forest.chosen[arc >> 1] = False
        for x in (net.tail[arc], net.tail[arc ^ 1]):
            forest.degree[x] -= 1
            if forest.degree[x] == 0 and not forest.wanted[x]:
                forest.inside[x] = False
