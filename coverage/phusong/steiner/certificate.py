"""The certificate of a bound: potentials that anyone can add up again on the graph as it was given.

The dual ascent runs on a reduced graph. Potentials are lifted back: an end takes those of its neighbour, a
node passed straight through lies between its neighbours. An edge dropped for a detour needs nothing: what
rises along it rises along the detour.
"""

from dataclasses import dataclass

import numpy as np

from phusong.jit import leaf, njit
from phusong.steiner.degrees import END, MOVED_WISH, Removed
from phusong.steiner.dual_ascent import Ascent
from phusong.steiner.graph import Simple, longer
from phusong.steiner.reductions import Problem


@dataclass(frozen=True, eq=False)
class Certificate:
    """A lower bound and why it holds.

    Node x has for terminal `terminals[of[k]]` the potential `value[k] / scale`, k from
    `first[group[x]]` to `first[group[x] + 1]`, and 0 for the others (group −1: for all). At the roots all
    are 0. Over no edge do the terminals' potentials rise by more than its cost, added up; so the way of
    any tree to its terminals costs at least what their potentials at themselves add up to.
    """

    terminals: np.ndarray
    group: np.ndarray
    first: np.ndarray
    of: np.ndarray
    value: np.ndarray
    scale: float


def certify(
    simple: Simple, problem: Problem, logs: list[Removed], terminals: np.ndarray, ascent: Ascent
) -> Certificate:
    """The certificate of an `ascent` on `problem`, that of the simple graph after the reductions that `logs`
    can undo; `terminals` are the original ones reached."""
    order = np.lexsort((ascent.terminal, ascent.node))
    node = problem.node[ascent.node[order]]
    of, value = problem.node[ascent.terminal[order]], ascent.value[order]
    start, count = _ranges(node, simple.net.n)
    wish = np.arange(simple.net.n)
    for log in reversed(logs):
        of, value = _lift(log, start, count, of, value, wish)
    first = np.concatenate([[0], np.cumsum(count)])
    taken = np.repeat(start - first[:-1], count) + np.arange(first[-1])
    own = np.full(simple.net.n, -1)
    label = simple.label[terminals]
    own[wish[label][::-1]] = np.arange(len(terminals))[::-1]
    return Certificate(terminals, simple.label, first, own[of[taken]], value[taken], simple.scale)


def _ranges(node: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the entries of each node begin in the sorted `node`, and how many they are."""
    count = np.bincount(node, minlength=n)
    return np.cumsum(count) - count, count


@njit()
def _lift(
    log: Removed, start: np.ndarray, count: np.ndarray, of: np.ndarray, value: np.ndarray, wish: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Potentials for the nodes removed, the last first. An end shares its neighbour's entries.

    A wanted end has what its neighbour has, and its own edge's cost more for the terminal that it is:
    `wish[x]` is the number under which x is one.
    """
    used = len(of)
    for k in range(len(log.node) - 1, -1, -1):
        x, a, b = log.node[k], log.a[k], log.b[k]
        if b == END:
            start[x], count[x] = start[a], count[a]
            continue
        more = count[a] + (count[b] if b >= 0 else 1)
        of, value = longer(of, used + more), longer(value, used + more)
        start[x] = used
        if b < 0:
            wish[x] = wish[a] if b == MOVED_WISH else x
            used = _beyond(start, count, of, value, used, a, wish[x], log.cost_a[k])
            count[x] = used - start[x]
            continue
        used = _between(start, count, of, value, used, a, b, log.cost_a[k], log.cost_b[k])
        count[x] = used - start[x]
    return of[:used], value[:used]


@leaf()
def _beyond(
    start: np.ndarray,
    count: np.ndarray,
    of: np.ndarray,
    value: np.ndarray,
    used: int,
    a: int,
    own: int,
    cost: int,
) -> int:
    """Append the potentials of a wanted end at `a`: those there, and `cost` more for terminal `own`."""
    missing = True
    for k in range(start[a], start[a] + count[a]):
        if missing and of[k] > own:
            of[used], value[used] = own, cost
            used += 1
            missing = False
        of[used], value[used] = of[k], value[k]
        if of[k] == own:
            value[used] += cost
            missing = False
        used += 1
    if missing:
        of[used], value[used] = own, cost
        used += 1
    return used


@leaf()
def _between(
    start: np.ndarray,
    count: np.ndarray,
    of: np.ndarray,
    value: np.ndarray,
    used: int,
    a: int,
    b: int,
    room_a: int,
    room_b: int,
) -> int:
    """Append the potentials of a node between `a` and `b`: each rise from one to the other is taken by the
    edge at the higher end as long as that has room, the rest by the other edge; the new end of the
    entries."""
    i, j = start[a], start[b]
    while i < start[a] + count[a] or j < start[b] + count[b]:
        t = np.iinfo(np.int32).max
        if i < start[a] + count[a]:
            t = of[i]
        if j < start[b] + count[b]:
            t = min(t, of[j])
        at_a, at_b = 0, 0
        if i < start[a] + count[a] and of[i] == t:
            at_a = value[i]
            i += 1
        if j < start[b] + count[b] and of[j] == t:
            at_b = value[j]
            j += 1
        if at_a > at_b:
            step = min(at_a - at_b, room_a)
            room_a -= step
            here = at_a - step
        else:
            step = min(at_b - at_a, room_b)
            room_b -= step
            here = at_b - step
        if here > 0:
            of[used], value[used] = t, here
            used += 1
    return used
