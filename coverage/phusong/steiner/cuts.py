"""Cuts for the linear programme: those of a dual ascent, and those that a fractional solution breaks.

A cut is the arcs into a set of nodes that holds a terminal and not the root: at least one is in any solution.
"""

import numpy as np

from phusong.jit import leaf, njit
from phusong.steiner.dual_ascent import Ascent
from phusong.steiner.graph import Net, longer

#: Capacities and flows are whole numbers of this fraction of an arc.
UNIT = 1_000_000_000
#: A cut is broken when its arcs add up to less than 1 − this.
_SLACK = UNIT // 10_000
#: Each arc seems to have this much more capacity, so that of two least cuts the one with fewer arcs is found.
_CREEP = UNIT // 1_000_000
#: How many arcs leave a node, about.
_ARCS_A_NODE = 3


def ascent_cuts(net: Net, ascent: Ascent, longest: int, room: int) -> tuple[np.ndarray, np.ndarray]:
    """The cuts that the ascent raised, as `arcs[first[i]:first[i + 1]]`: those of at most `longest` arcs, and
    of all no more than `room` arcs."""
    # A terminal's sets are nested: its nodes with at least some value, for each of its values.
    order = np.lexsort((ascent.node, -ascent.value, ascent.terminal))
    return _nested(net, ascent.node[order], ascent.terminal[order], ascent.value[order], longest, room)


@njit()
def _nested(
    net: Net, node: np.ndarray, terminal: np.ndarray, value: np.ndarray, longest: int, room: int
) -> tuple[np.ndarray, np.ndarray]:
    first = np.zeros(len(node) + 1, np.int64)
    arcs = np.empty(1024, np.int32)
    entering = np.empty(1024, np.int32)
    inside = np.full(len(net.start) - 1, -1, np.int32)
    cuts, used, open_count = 0, 0, 0
    for k in range(len(node)):
        if k == 0 or terminal[k] != terminal[k - 1]:
            open_count = 0
        x = node[k]
        inside[x] = terminal[k]
        for j in range(net.start[x], net.start[x + 1]):
            entering = longer(entering, open_count + 1)
            entering[open_count] = net.out[j] ^ 1
            open_count += 1
        if k + 1 < len(node) and terminal[k + 1] == terminal[k] and value[k + 1] == value[k]:
            continue
        kept = 0
        for i in range(open_count):
            if inside[net.tail[entering[i]]] != terminal[k]:
                entering[kept] = entering[i]
                kept += 1
        open_count = kept
        if open_count <= longest and used + open_count <= room:
            arcs = longer(arcs, used + open_count)
            arcs[used : used + open_count] = entering[:open_count]
            used += open_count
            cuts += 1
            first[cuts] = used
    return first[: cuts + 1].copy(), arcs[:used].copy()


@njit()
def broken_cuts(
    net: Net, share: np.ndarray, terminals: np.ndarray, root: int, nested: int, most: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """Cuts that the solution `share` (2m, in UNITs) breaks, as `arcs[first[i]:first[i + 1]]`; and about how
    many arcs were looked at.

    For each terminal a maximum flow from the root (Ford and Fulkerson 1956) gives the cut nearest to the
    terminal and the one nearest to the root; their arcs are then opened, up to `nested` times (Koch and
    Martin 1998).
    """
    n = len(net.start) - 1
    first = np.zeros(most + 2, np.int64)
    arcs = np.empty(4096, np.int32)
    spare = np.empty(len(share), np.int64)
    opened = np.empty(len(share), np.int64)
    queue = np.empty(n, np.int32)
    via = np.empty(n, np.int32)
    seen = np.full(n, -1, np.int64)
    stamp, cuts, looked_at = 0, 0, 0
    for t in terminals:
        looked_at += len(share)
        for a in range(len(share)):
            spare[a] = share[a] + _CREEP
            opened[a] = spare[a]
        flow, round_ = 0, 0
        while flow < UNIT - _SLACK and round_ < nested and cuts < most:
            stamp += 1
            found, count = _search(net, spare, queue, via, seen, stamp, t, root)
            looked_at += _ARCS_A_NODE * count
            if found:
                flow += _push_flow(net, spare, via, root, t)
                continue
            # Both cuts are taken before the arcs of either are opened, else the second would be no cut.
            begin = first[cuts]
            arcs, end = _boundary(net, queue, count, seen, stamp, arcs, begin, 1)
            if _share_of(share, arcs, first[cuts], end) < UNIT - _SLACK:
                cuts += 1
                first[cuts] = end
            stamp += 1
            count = _flood(net, spare, queue, seen, stamp, root)
            arcs, end = _boundary(net, queue, count, seen, stamp, arcs, first[cuts], 0)
            if _share_of(share, arcs, first[cuts], end) < UNIT - _SLACK:
                cuts += 1
                first[cuts] = end
            for i in range(begin, first[cuts]):
                spare[arcs[i]] += UNIT - opened[arcs[i]]
                opened[arcs[i]] = UNIT
            round_ += 1
            if begin == first[cuts]:
                break
    return first[: cuts + 1].copy(), arcs[: first[cuts]].copy(), looked_at


@leaf()
def _search(
    net: Net,
    spare: np.ndarray,
    queue: np.ndarray,
    via: np.ndarray,
    seen: np.ndarray,
    stamp: int,
    t: int,
    root: int,
) -> tuple[bool, int]:
    """Look backwards from `t` for the root along arcs with spare capacity: was it found, how many nodes were
    seen (in `queue`); `via` is the arc from each towards `t`."""
    queue[0] = t
    seen[t] = stamp
    count, done = 1, 0
    while done < count:
        x = queue[done]
        done += 1
        for j in range(net.start[x], net.start[x + 1]):
            y, arc = net.to[j], net.out[j] ^ 1
            if seen[y] != stamp and spare[arc] > 0:
                seen[y] = stamp
                via[y] = arc
                if y == root:
                    return True, count
                queue[count] = y
                count += 1
    return False, count


@leaf()
def _flood(net: Net, spare: np.ndarray, queue: np.ndarray, seen: np.ndarray, stamp: int, root: int) -> int:
    """How many nodes (in `queue`) are reached from the root along arcs with spare capacity."""
    queue[0] = root
    seen[root] = stamp
    count, done = 1, 0
    while done < count:
        x = queue[done]
        done += 1
        for j in range(net.start[x], net.start[x + 1]):
            y = net.to[j]
            if seen[y] != stamp and spare[net.out[j]] > 0:
                seen[y] = stamp
                queue[count] = y
                count += 1
    return count


@leaf()
def _push_flow(net: Net, spare: np.ndarray, via: np.ndarray, root: int, t: int) -> int:
    """Send as much as fits along the way found; how much."""
    much = 2 * UNIT
    x = root
    while x != t:
        much = min(much, spare[via[x]])
        x = net.tail[via[x] ^ 1]
    x = root
    while x != t:
        spare[via[x]] -= much
        spare[via[x] ^ 1] += much
        x = net.tail[via[x] ^ 1]
    return much


@njit()
def _boundary(
    net: Net,
    queue: np.ndarray,
    count: int,
    seen: np.ndarray,
    stamp: int,
    arcs: np.ndarray,
    at: int,
    turn: int,
) -> tuple[np.ndarray, int]:
    """Append the arcs out of the `count` nodes in the queue (into them with `turn` 1)."""
    for i in range(count):
        x = queue[i]
        arcs = longer(arcs, at + net.start[x + 1] - net.start[x])
        for j in range(net.start[x], net.start[x + 1]):
            if seen[net.to[j]] != stamp:
                arcs[at] = net.out[j] ^ turn
                at += 1
    return arcs, at


@leaf()
def _share_of(share: np.ndarray, arcs: np.ndarray, begin: int, end: int) -> int:
    total = 0
    for i in range(begin, end):
        total += share[arcs[i]]
    return total
