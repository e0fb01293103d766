"""A graph made small once for many questions that all ask about the same nodes.

Only those reductions are used that are safe whatever is built: ends and straight-through nodes that nobody
asks about, and edges with a detour that is no longer.
"""

from dataclasses import dataclass

import numpy as np

from phusong.steiner.certificate import _lift, _ranges
from phusong.steiner.degrees import Removed
from phusong.steiner.dominated import detoured
from phusong.steiner.graph import CostGraph, Simple, simple_graph
from phusong.steiner.planning import _FEW_VISITS, _LARGE, _VISITS, _on_the_graph
from phusong.steiner.reductions import Problem, degrees_reduced, originals, whole_problem, without


@dataclass(frozen=True, eq=False)
class Shrunk:
    """A small graph that stands for the `whole` one. Its node 0 is all the roots.

    `node` (by node of the whole graph) says which node it became (−1: no path joins it to a root, or nobody
    asked about it).
    """

    whole: CostGraph
    small: CostGraph
    node: np.ndarray
    _simple: Simple
    _problem: Problem
    _logs: tuple[Removed, ...]

    def original_edges(self, edges: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """The edges of the whole graph, rising, for `edges` of the small one that join `wanted` nodes (of the
        whole graph) to a root."""
        chosen = np.zeros(self._problem.net.m, bool)
        chosen[edges] = True
        simple_edges = originals(self._problem, chosen)
        return _on_the_graph(self.whole, np.asarray(wanted, dtype=int), self._simple.edge[simple_edges])

    def lifted(
        self, node: np.ndarray, of: np.ndarray, value: np.ndarray, finer: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Potentials on small nodes (entry k: `node`, of which terminal, whole-number `value`) for all nodes.

        Returned are group, first, of, value as a `Certificate` has them. `value` is in units of
        1 / (`scale` · `finer`), and over no edge of the small graph do they rise by more than `finer` times
        its `whole_costs`.
        """
        order = np.lexsort((of, node))
        at = self._problem.node[node[order]]
        of, value = of[order].astype(np.int32), value[order].astype(np.int64)
        n = self._simple.net.n
        start, count = _ranges(at, n)
        for log in reversed(self._logs):
            log = log._replace(cost_a=log.cost_a * finer, cost_b=log.cost_b * finer)
            of, value = _lift(log, start, count, of, value, np.arange(n))
        first = np.concatenate([[0], np.cumsum(count)])
        taken = np.repeat(start - first[:-1], count) + np.arange(first[-1])
        return self._simple.label, first, of[taken], value[taken]

    @property
    def scale(self) -> float:
        """How many whole units of `whole_costs` make one of the graph's."""
        return self._simple.scale

    @property
    def whole_costs(self) -> np.ndarray:
        """What the small graph's edges cost in whole numbers, each edge rounded down."""
        return self._problem.net.cost


def shrink(graph: CostGraph, asked: np.ndarray) -> Shrunk:
    """The small graph for questions about the nodes `asked`, which all stay in it."""
    simple = simple_graph(graph)
    visits = _VISITS if simple.net.m <= _LARGE else _FEW_VISITS
    wanted = np.zeros(simple.net.n, bool)
    label = simple.label[np.asarray(asked, dtype=int)]
    wanted[label[label >= 0]] = True
    problem, log = degrees_reduced(whole_problem(simple.net, wanted, 0), False)
    logs = [log]
    if problem.net.m:
        problem, log = degrees_reduced(without(problem, detoured(problem.net, visits)), False)
        logs.append(log)
    number = np.full(simple.net.n + 1, -1)
    number[problem.node] = np.arange(problem.net.n)
    small = CostGraph(
        problem.net.n,
        problem.net.tail[::2].astype(int),
        problem.net.tail[1::2].astype(int),
        _true_costs(graph, simple, problem),
        np.array([problem.root]),
    )
    return Shrunk(graph, small, number[simple.label], simple, problem, tuple(logs))


def _true_costs(graph: CostGraph, simple: Simple, problem: Problem) -> np.ndarray:
    """What the small edges cost in the money of the whole graph, nothing rounded."""
    history = problem.history
    cost = np.concatenate([graph.cost[simple.edge].astype(float), np.zeros(len(history.one))])
    for k, (one, two) in enumerate(zip(history.one.tolist(), history.two.tolist(), strict=True)):
        cost[history.n_edges + k] = cost[one] + cost[two]
    return cost[problem.name]
