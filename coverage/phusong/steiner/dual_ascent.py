"""A proven lower bound by dual ascent, its certificate, and what it rules out.

Wong (1984): every terminal without a saturated way from the root has a set of nodes (those with a saturated
way to it) that any solution must enter; its entering arcs are made dearer together until one is saturated.
The set with the fewest entering arcs goes first (Duin 1993). Each set keeps its lists of entering arcs and
of nodes, so no round searches anew; sets overlap, so the nodes of the one at work are marked. A good tree
guides the ascent: in an optimal dual of that tree every raised set is entered by it once, so sets that it
enters more often wait (Pajor, Uchoa and Werneck 2018).
"""

from typing import NamedTuple

import numpy as np

from phusong.jit import leaf, njit
from phusong.steiner.graph import FAR, Net, longer
from phusong.steiner.heap import drop_top, push, sink
from phusong.steiner.paths import arc_distances


class Ascent(NamedTuple):
    """A bound, the arc costs that are left (2m), and the potentials that prove it.

    Terminal `terminal[k]` gives node `node[k]` the potential `value[k]` (0 where it is not listed, the root
    among them). On no arc do the terminals' potentials rise by more than its cost, all told; so the paths of
    any tree pay for the potentials of the terminals at themselves, which add up to the bound.
    """

    bound: int
    left: np.ndarray
    node: np.ndarray
    terminal: np.ndarray
    value: np.ndarray


def both_ways(net: Net) -> np.ndarray:
    """The arc costs (2m) of a network whose edges cost the same either way."""
    return np.repeat(net.cost, 2)


def ascend(
    net: Net,
    arc_cost: np.ndarray,
    terminals: np.ndarray,
    root: int,
    guide: np.ndarray | None = None,
    deferred: int = 3,
) -> Ascent:
    """The bound of the cheapest arborescence from `root` to the `terminals`; arcs that cost FAR are closed.

    `guide` (2m) says which arcs a good tree uses, away from the root; a set that the tree enters more than
    once waits as if it had `deferred` times as many arcs.

    Raises ValueError when a terminal cannot be reached.
    """
    terminals = np.setdiff1d(terminals, [root]).astype(np.int32)
    left = arc_cost.copy()
    guide = np.zeros(len(left), np.bool_) if guide is None else guide
    bound, node, of, value = _ascend(net, left, terminals, root, guide, deferred)
    if bound < 0:
        raise ValueError("a terminal cannot be reached from the root")
    return Ascent(bound, left, node, terminals[of], value)


def too_dear(net: Net, ascent: Ascent, terminals: np.ndarray, root: int, saved: int) -> np.ndarray:
    """Which edges (m) no tree uses that costs less than the bound + `saved`.

    A tree that uses an arc also pays what is left of a way from the root to it and from it to a terminal
    (Duin 1993; Polzin and Vahdati Daneshmand 2001).
    """
    from_root = arc_distances(net, ascent.left, np.array([root], dtype=np.int32), False)
    others = np.setdiff1d(terminals, [root]).astype(np.int32)
    to_terminal = arc_distances(net, ascent.left, others, True)
    there = from_root[net.tail] + ascent.left + to_terminal[net.tail.reshape(-1, 2)[:, ::-1].ravel()]
    return np.asarray(there.reshape(-1, 2).min(axis=1) >= saved)


class _Sets(NamedTuple):
    """By terminal: is its set still growing, how much it was raised, its entering arcs
    `pool[start:start + length]` with room for `room`, the last node that joined it (its place in the list of
    joins). By node: the number of its terminal, and the mark of the set at work."""

    active: np.ndarray
    raised: np.ndarray
    start: np.ndarray
    length: np.ndarray
    room: np.ndarray
    last: np.ndarray
    number: np.ndarray
    mark: np.ndarray


@njit()
def _ascend(
    net: Net, left: np.ndarray, terminals: np.ndarray, root: int, guide: np.ndarray, deferred: int
) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """Raise the sets until all have a saturated way from the root; `left` (2m) becomes what is left of costs.

    The bound, and the joins: node, set, and how much the set was raised from then on.
    """
    n, k = len(net.start) - 1, len(terminals)
    sets = _Sets(
        np.ones(k, np.bool_),
        np.zeros(k, np.int64),
        np.zeros(k, np.int64),
        np.zeros(k, np.int64),
        np.zeros(k, np.int64),
        np.full(k, -1, np.int64),
        np.full(n, -1, np.int32),
        np.full(n, -1, np.int64),
    )
    pool = np.empty(max(1024, 2 * len(left)), np.int32)
    node = np.empty(max(1024, 2 * n), np.int32)
    owner = np.empty(len(node), np.int32)
    before = np.empty(len(node), np.int64)
    since = np.empty(len(node), np.int64)
    heap = np.empty(k, np.int32)
    place = np.full(k, -1, np.int32)
    key = np.zeros(k, np.int64)
    joins = 0
    used = 0
    size = 0
    for i in range(k):
        sets.number[terminals[i]] = i
    for i in range(k):
        t = terminals[i]
        node[joins], owner[joins], before[joins], since[joins] = t, i, -1, 0
        sets.last[i] = joins
        joins += 1
        pool, used = _enter(net, left, sets, pool, used, i, t)
        key[i] = sets.length[i]
        size = push(heap, place, key, size, i)
    bound = 0
    at_work, turn = -1, 0
    while size > 0:
        i = heap[0]
        if i != at_work:
            at_work, turn = i, turn + 1
            _mark_set(sets, node, before, i, turn)
        first_new = joins
        met = False
        at = 0
        kept = 0
        while at < sets.length[i]:
            arc = pool[sets.start[i] + at]
            at += 1
            x = net.tail[arc]
            if sets.mark[x] == turn:
                continue
            if left[arc] > 0:
                pool[sets.start[i] + kept] = arc
                kept += 1
                continue
            if x == root or (sets.number[x] >= 0 and sets.active[sets.number[x]]):
                met = True
                break
            if joins == len(node):
                node, owner = longer(node, joins + 1), longer(owner, joins + 1)
                before, since = longer(before, joins + 1), longer(since, joins + 1)
            node[joins], owner[joins], before[joins], since[joins] = x, i, sets.last[i], sets.raised[i]
            sets.last[i] = joins
            sets.mark[x] = turn
            joins += 1
            pool, used = _enter(net, left, sets, pool, used, i, x)
        if met:
            sets.active[i] = False
            sets.length[i] = 0
            joins = first_new
            size = drop_top(heap, place, key, size)
            continue
        least = FAR
        sets.length[i] = kept
        kept = 0
        crossed = 0
        for at in range(sets.length[i]):
            arc = pool[sets.start[i] + at]
            if sets.mark[net.tail[arc]] == turn:
                continue
            pool[sets.start[i] + kept] = arc
            kept += 1
            least = min(least, left[arc])
            crossed += guide[arc]
        sets.length[i] = kept
        if kept == 0:
            return -1, node[:0], owner[:0], since[:0]
        rank = deferred * kept if crossed > 1 else kept
        if rank > key[i] and size > 1 and rank > _second(heap, key, size):
            key[i] = rank
            sink(heap, place, key, 0, size)
            continue
        for at in range(kept):
            left[pool[sets.start[i] + at]] -= least
        sets.raised[i] += least
        bound += least
        key[i] = rank
        sink(heap, place, key, 0, size)
    return bound, node[:joins].copy(), owner[:joins].copy(), _values(sets, owner, since, joins)


@njit()
def _enter(
    net: Net, left: np.ndarray, sets: _Sets, pool: np.ndarray, used: int, i: int, x: int
) -> tuple[np.ndarray, int]:
    """Append the open arcs into node `x` to the list of set `i`; the pool and how much of it is used."""
    more = net.start[x + 1] - net.start[x]
    if sets.length[i] + more > sets.room[i]:
        room = 2 * (sets.length[i] + more)
        if used + room > len(pool):
            pool, used = _compact(sets, pool, room)
        pool[used : used + sets.length[i]] = pool[sets.start[i] : sets.start[i] + sets.length[i]]
        sets.start[i] = used
        sets.room[i] = room
        used += room
    sets.length[i] = _append(net, left, pool, sets.start[i], sets.length[i], x)
    return pool, used


@leaf()
def _append(net: Net, left: np.ndarray, pool: np.ndarray, start: int, count: int, x: int) -> int:
    for j in range(net.start[x], net.start[x + 1]):
        arc = net.out[j] ^ 1
        if left[arc] < FAR:
            pool[start + count] = arc
            count += 1
    return count


@njit()
def _compact(sets: _Sets, pool: np.ndarray, more: int) -> tuple[np.ndarray, int]:
    """The lists of the active sets moved together into a pool with `more` room than they need."""
    needed = more
    for i in range(len(sets.active)):
        if sets.active[i]:
            needed += sets.room[i]
    fresh = np.empty(max(len(pool), 2 * needed), pool.dtype)
    used = 0
    for i in range(len(sets.active)):
        if sets.active[i]:
            for k in range(sets.length[i]):
                fresh[used + k] = pool[sets.start[i] + k]
            sets.start[i] = used
            used += sets.room[i]
    return fresh, used


@leaf()
def _mark_set(sets: _Sets, node: np.ndarray, before: np.ndarray, i: int, turn: int) -> None:
    """Mark the nodes of set `i`."""
    join = sets.last[i]
    while join >= 0:
        sets.mark[node[join]] = turn
        join = before[join]


@leaf()
def _second(heap: np.ndarray, key: np.ndarray, size: int) -> int:
    """The second least key: a set is raised while it has no more than that."""
    least = FAR
    for at in range(1, min(5, size)):
        least = min(least, key[heap[at]])
    return least


@njit()
def _values(sets: _Sets, owner: np.ndarray, since: np.ndarray, joins: int) -> np.ndarray:
    out = np.empty(joins, np.int64)
    for k in range(joins):
        out[k] = sets.raised[owner[k]] - since[k]
    return out
