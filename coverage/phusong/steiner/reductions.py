"""A smaller problem with the same answer, and the way back to the edges that it came from."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from phusong.jit import njit
from phusong.steiner.degrees import Removed, by_degree
from phusong.steiner.dominated import bypassed, detoured
from phusong.steiner.graph import Net, net_of

#: Another round of reductions is made after one that left at most this part of the edges.
_WORTH_A_ROUND = 0.95


class History(NamedTuple):
    """Names below `n_edges` are edges of the first graph; name n_edges + i stands for `one[i]` and `two[i]`.
    `fixed` are the names of the edges that every solution has."""

    n_edges: int
    one: np.ndarray
    two: np.ndarray
    fixed: np.ndarray


@dataclass(frozen=True, eq=False)
class Problem:
    """A Steiner tree problem on the way to becoming smaller.

    `wanted` nodes must be joined, the `root` is one of them; `paid` is the cost of the edges fixed so far;
    `name` says what each edge stands for in `history`, `node` which node of the first graph each node is.
    """

    net: Net
    wanted: np.ndarray
    root: int
    paid: int
    name: np.ndarray
    node: np.ndarray
    history: History

    @property
    def terminals(self) -> np.ndarray:
        """The wanted nodes."""
        return np.flatnonzero(self.wanted).astype(np.int32)

    @property
    def is_solved(self) -> bool:
        """Is there nothing left to join?"""
        return int(self.wanted.sum()) <= 1


def whole_problem(net: Net, wanted: np.ndarray, root: int) -> Problem:
    """The problem as it is given: `wanted` (n, bool) nodes to be joined to the node `root`."""
    wanted = wanted.copy()
    wanted[root] = True
    none = np.empty(0, np.int32)
    names = np.arange(net.m, dtype=np.int32)
    nodes = np.arange(net.n, dtype=np.int32)
    return Problem(net, wanted, root, 0, names, nodes, History(net.m, none, none, none))


def without(problem: Problem, dropped: np.ndarray) -> Problem:
    """The problem without the `dropped` edges (m)."""
    net, kept = problem.net, ~dropped
    tail = net.tail.reshape(-1, 2)[kept].ravel()
    return _renumbered(problem, tail, net.cost[kept], problem.name[kept])


def _renumbered(problem: Problem, tail: np.ndarray, cost: np.ndarray, name: np.ndarray) -> Problem:
    """The problem with these edges (ends by its own node numbers), without nodes that lost all theirs."""
    used = problem.wanted.copy()
    used[tail] = True
    number = (np.cumsum(used) - 1).astype(np.int32)
    return replace(
        problem,
        net=net_of(int(used.sum()), number[tail], cost),
        wanted=problem.wanted[used],
        root=int(number[problem.root]),
        name=name,
        node=problem.node[used],
    )


def degrees_reduced(problem: Problem, fix: bool) -> tuple[Problem, Removed]:
    """Ends and straight-through nodes gone; with `fix`, also wanted ends. And the log, by first node
    numbers."""
    net, history = problem.net, problem.history
    wanted = problem.wanted.copy()
    next_name = history.n_edges + len(history.one)
    kept, graph, log, paid = by_degree(
        net.n, net.tail, net.cost, problem.name, wanted, problem.root, fix, next_name
    )
    history = History(
        history.n_edges,
        np.concatenate([history.one, log.one]),
        np.concatenate([history.two, log.two]),
        np.concatenate([history.fixed, log.fixed]),
    )
    smaller = replace(problem, wanted=wanted, paid=problem.paid + paid, history=history)
    ends = graph.end.reshape(-1, 2)[kept].ravel()
    by_first = log._replace(
        node=problem.node[log.node],
        a=problem.node[log.a],
        b=np.where(log.b >= 0, problem.node[np.maximum(log.b, 0)], log.b),
    )
    return _renumbered(smaller, ends, graph.cost[kept], graph.name[kept]), by_first


def without_detours(problem: Problem, visits: int) -> tuple[Problem, list[Removed]]:
    """Fewer nodes by degree, and without edges that another way is no longer than: reductions that a bound's
    potentials can be lifted over. With the logs for that."""
    problem, log = degrees_reduced(problem, True)
    logs = [log]
    if problem.net.m:
        problem, log = degrees_reduced(without(problem, detoured(problem.net, visits)), True)
        logs.append(log)
    return problem, logs


def reduced(problem: Problem, visits: int, rounds: int = 3) -> Problem:
    """All safe reductions of a problem whose wanted nodes must be joined, as long as they pay."""
    return reduced_on(without_detours(problem, visits)[0], visits, rounds)


def reduced_on(problem: Problem, visits: int, rounds: int = 3) -> Problem:
    """`reduced`, for a problem that is without detours."""
    for round_ in range(rounds):
        before = problem.net.m
        problem = without_bypassed(problem)
        if round_ + 1 == rounds or problem.net.m > _WORTH_A_ROUND * before:
            break
        problem, _logs = without_detours(problem, visits)
    return problem


def without_bypassed(problem: Problem) -> Problem:
    """The problem without edges that are dearer than the longest step of a way by the wanted nodes."""
    if not problem.net.m:
        return problem
    return degrees_reduced(without(problem, bypassed(problem.net, problem.wanted)), True)[0]


def originals(problem: Problem, chosen: np.ndarray) -> np.ndarray:
    """The edges of the first graph that the `chosen` edges (m), with all that is fixed, stand for; sorted."""
    names = np.concatenate([problem.name[chosen], problem.history.fixed])
    return np.sort(_expanded(problem.history, names, problem.history.n_edges))


def within(problem: Problem, edges: np.ndarray) -> np.ndarray:
    """Which edges (m) of the problem stand for nothing but `edges` of the first graph."""
    history = problem.history
    held = np.zeros(history.n_edges + len(history.one), bool)
    held[edges] = True
    _fill_merged(held, history.n_edges, history.one, history.two)
    return held[problem.name]


@njit()
def _fill_merged(held: np.ndarray, n_edges: int, one: np.ndarray, two: np.ndarray) -> None:
    for k in range(len(one)):
        held[n_edges + k] = held[one[k]] and held[two[k]]


def _expanded(history: History, names: np.ndarray, below: int) -> np.ndarray:
    """The names with those from `below` on replaced by what they stand for, again and again."""
    out = [np.empty(0, np.int32)]
    while len(names):
        small = names < below
        out.append(names[small])
        merged = names[~small] - history.n_edges
        names = np.concatenate([history.one[merged], history.two[merged]])
    return np.concatenate(out)
