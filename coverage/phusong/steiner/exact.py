"""The optimum by linear programming with cuts, solved by HiGHS.

The directed cut formulation (Wong 1984; Koch and Martin 1998) with flow balance at the nodes that need not
be joined. It starts from the cuts of a dual ascent; arcs that no better solution uses are fixed by their
reduced costs. An infeasible programme is then the proof that nothing is better than the tree at hand.
"""

import time
from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csr_matrix, vstack

from phusong.highs import open_highs
from phusong.steiner.cuts import UNIT, ascent_cuts, broken_cuts
from phusong.steiner.dual_ascent import ascend, both_ways
from phusong.steiner.graph import FAR
from phusong.steiner.local_search import improve
from phusong.steiner.paths import arc_distances
from phusong.steiner.reductions import Problem
from phusong.steiner.starts import grow, tree_on

#: More seconds than anyone waits: HiGHS wants a finite number.
_FOREVER = 1e9
_LONGEST_CUT, _CUT_ROOM = 400, 1_500_000
_NESTED, _MOST_CUTS = 5, 3000
#: It is given up when at the pace of so many rounds this part of what is missing would not be reached.
_PACE_ROUNDS, _HOPE = 4, 0.25
#: Nodes of the branching at least, and work for each more.
_NODES, _NODE_WORK = 50, 1000


@dataclass(frozen=True, eq=False)
class Exact:
    """The best tree found (edges of the problem, m; None: none better than was known), and a bound of every
    tree's cost that is at most that of the best known."""

    chosen: np.ndarray | None
    cost: int
    bound: int


class _Programme:
    """The linear programme of a problem: a column for each arc (2m), rows for nodes and cuts."""

    def __init__(self, problem: Problem, work: int, end: float) -> None:
        net = problem.net
        self.problem = problem
        self.cost, self.sure = _less_what_is_sure(problem)
        self.open = net.tail.reshape(-1, 2)[:, ::-1].ravel() != problem.root
        self.matrix, self.lower, self.upper = _rows(problem)
        self.highs = open_highs(solver="simplex")
        self.work, self.end = work, end
        self.scale = 1e3 / max(float(np.median(self.cost)), 1.0)
        self.highs.passModel(self._model())

    def _model(self) -> highspy.HighsLp:
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = self.matrix.shape
        lp.col_cost_ = self.cost * self.scale
        lp.col_lower_, lp.col_upper_ = np.zeros(lp.num_col_), self.open.astype(float)
        lp.row_lower_, lp.row_upper_ = self.lower, self.upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = self.matrix.indptr, self.matrix.indices
        lp.a_matrix_.value_ = self.matrix.data
        return lp

    def solve(self) -> bool:
        """Solve it; False when it was stopped before the end, by the clock or because the work was too
        much."""
        seconds = min(max(self.end - time.monotonic(), 0.01), _FOREVER)
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + seconds)
        self.highs.setOptionValue("simplex_iteration_limit", max(int(self.work // sum(self.matrix.shape)), 1))
        self.highs.run()
        self.work -= self.highs.getInfo().simplex_iteration_count * sum(self.matrix.shape)
        return self.highs.getModelStatus() in (
            highspy.HighsModelStatus.kOptimal,
            highspy.HighsModelStatus.kInfeasible,
        )

    @property
    def is_infeasible(self) -> bool:
        """Is there no solution (among those not ruled out)?"""
        return bool(self.highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible)

    def share(self) -> np.ndarray:
        """How much of each arc the solution uses."""
        return np.clip(np.array(self.highs.getSolution().col_value), 0, 1)

    def safe_bound(self) -> tuple[float, np.ndarray]:
        """A bound from the row duals alone (Neumaier and Shcherbina 2004), less what is sure, and the reduced
        costs under it."""
        dual = np.array(self.highs.getSolution().row_dual) / self.scale
        dual = np.where(np.isfinite(self.upper), dual, np.maximum(dual, 0))
        left = self.cost - self.matrix.T @ dual
        bound = float(dual @ self.lower) + float(np.minimum(left[self.open], 0).sum())
        return bound - 1e-12 * float(np.abs(dual).sum()), left

    def close(self, arcs: np.ndarray) -> None:
        """Rule the `arcs` out."""
        self.open[arcs] = False
        none = np.zeros(len(arcs))
        self.highs.changeColsBounds(len(arcs), arcs.astype(np.int32), none, none)

    def add_cuts(self, first: np.ndarray, arcs: np.ndarray) -> None:
        """Demand at least one arc of each cut."""
        k = len(first) - 1
        ones, free = np.ones(k), np.full(k, highspy.kHighsInf)
        self.highs.addRows(
            k, ones, free, len(arcs), first[:-1].astype(np.int32), arcs.astype(np.int32), np.ones(len(arcs))
        )
        self.matrix = vstack([self.matrix, _cut_rows(first, arcs, len(self.cost))]).tocsr()
        self.lower, self.upper = np.append(self.lower, ones), np.append(self.upper, free)

    def integral(self) -> tuple[bool, float]:
        """Solve it in whole arcs: did it end, and a bound."""
        arcs = np.flatnonzero(self.open).astype(np.int32)
        for arc in arcs:
            self.highs.changeColIntegrality(int(arc), highspy.HighsVarType.kInteger)
        self.highs.setOptionValue("mip_rel_gap", 1e-9)
        nodes = _NODES + self.work // (_NODE_WORK * sum(self.matrix.shape))
        self.highs.setOptionValue("mip_max_nodes", int(nodes))
        done = self.solve()
        bound = self.highs.getInfo().mip_dual_bound / self.scale
        return done, bound * (1 - 1e-9)

    def relax(self) -> None:
        """Back to fractions."""
        for arc in range(len(self.cost)):
            self.highs.changeColIntegrality(arc, highspy.HighsVarType.kContinuous)


def solve_exactly(problem: Problem, cost: int, work: int, end: float = float("inf")) -> Exact:
    """Look for a tree cheaper than `cost` (without `problem.paid`) and for the proof that there is none.

    `work` is in simplex iterations × (rows + columns) and arcs looked at: it is used up in the same place on
    every machine. After `end` (time.monotonic) it stops as well.
    """
    programme = _Programme(problem, work, end)
    terminals = np.setdiff1d(problem.terminals, [problem.root]).astype(np.int32)
    order = np.random.default_rng(0)
    best: np.ndarray | None = None
    bound = 0
    paces: list[tuple[int, int]] = []
    while True:
        if programme.work <= 0 or not programme.solve():
            return Exact(best, cost, min(bound, cost))
        if programme.is_infeasible:
            return Exact(best, cost, cost)
        share = programme.share()
        safe, left = programme.safe_bound()
        bound = max(bound, programme.sure + int(np.ceil(safe - 1e-6)))
        best, cost = _better(problem, share, best, cost)
        if bound >= cost:
            return Exact(best, cost, cost)
        paces.append((bound, programme.work))
        if _is_hopeless(paces, cost):
            return Exact(best, cost, bound)
        ruled_out = _ruled_out(programme, left, cost - programme.sure - 1 + 1e-6 - safe)
        if len(ruled_out):
            programme.close(ruled_out)
        whole = np.rint(share * UNIT).astype(np.int64)
        first, arcs, looked_at = broken_cuts(
            problem.net, whole, order.permutation(terminals), problem.root, _NESTED, _MOST_CUTS
        )
        programme.work -= looked_at
        if len(first) > 1:
            programme.add_cuts(first, arcs)
            continue
        return _branch(programme, terminals, best, cost, bound)


def _is_hopeless(paces: list[tuple[int, int]], cost: int) -> bool:
    """Would the work left be too little to lift the bound to `cost` at the pace of the last rounds? `paces`
    are the bound and the work left after each round."""
    if len(paces) <= _PACE_ROUNDS:
        return False
    (before, more), (bound, left) = paces[-1 - _PACE_ROUNDS], paces[-1]
    return (bound - before) * left < (cost - bound) * (more - left) * _HOPE


def _ruled_out(programme: _Programme, left: np.ndarray, room: float) -> np.ndarray:
    """The open arcs that no tree uses which costs at most the bound + `room`.

    It would also pay the reduced costs `left` of a way from the root to the arc and from it to a terminal.
    """
    problem = programme.problem
    net = problem.net
    # Whole numbers for the shortest paths, a thousandth of a unit fine, rounded down; closed arcs far away.
    fine = np.floor(np.clip(left, 0, 1e12) * 1000).astype(np.int64)
    fine[~programme.open] = FAR // 4
    others = np.setdiff1d(problem.terminals, [problem.root]).astype(np.int32)
    there = arc_distances(net, fine, np.array([problem.root], np.int32), False)[net.tail] + fine
    there += arc_distances(net, fine, others, True)[net.tail.reshape(-1, 2)[:, ::-1].ravel()]
    return np.flatnonzero((there / 1000 > room) & programme.open)


def _branch(
    programme: _Programme, terminals: np.ndarray, best: np.ndarray | None, cost: int, bound: int
) -> Exact:
    """No cut is broken: let HiGHS branch, and add the cuts that its whole solutions break."""
    problem = programme.problem
    while True:
        done, whole_bound = programme.integral()
        if programme.is_infeasible:
            return Exact(best, cost, cost)
        if np.isfinite(whole_bound):
            bound = max(bound, programme.sure + int(np.ceil(whole_bound - 1e-6)))
        if not done:
            return Exact(best, cost, min(bound, cost))
        share = np.rint(programme.share())
        best, cost = _better(problem, share, best, cost)
        whole = (share * UNIT).astype(np.int64)
        first, arcs, looked_at = broken_cuts(problem.net, whole, terminals, problem.root, _NESTED, _MOST_CUTS)
        programme.work -= looked_at
        if len(first) == 1 or bound >= cost or programme.work <= 0:
            return Exact(best, cost, min(bound, cost))
        programme.relax()
        programme.add_cuts(first, arcs)


def _better(
    problem: Problem, share: np.ndarray, best: np.ndarray | None, cost: int
) -> tuple[np.ndarray | None, int]:
    """The tree that the solution guides to, when it is cheaper than `cost`, else `best`."""
    guided = _guided_tree(problem, share)
    guided_cost = int(problem.net.cost[guided].sum())
    return (guided, guided_cost) if guided_cost < cost else (best, cost)


def _less_what_is_sure(problem: Problem) -> tuple[np.ndarray, int]:
    """Arc costs less the cheapest way into each terminal, of which any solution has one, and those
    together."""
    cost = both_ways(problem.net)
    head = problem.net.tail.reshape(-1, 2)[:, ::-1].ravel()
    cheapest = np.full(problem.net.n, np.iinfo(np.int64).max)
    np.minimum.at(cheapest, head, cost)
    cheapest[~problem.wanted] = 0
    cheapest[problem.root] = 0
    return (cost - cheapest[head]).astype(float), int(cheapest.sum())


def _rows(problem: Problem) -> tuple[csr_matrix, np.ndarray, np.ndarray]:
    """Rows and their bounds: one arc into each terminal, no more into another node than out of it, and the
    cuts of a dual ascent."""
    net = problem.net
    head, arcs = net.tail.reshape(-1, 2)[:, ::-1].ravel(), np.arange(2 * net.m)
    into = csr_matrix((np.ones(2 * net.m), (head, arcs)), shape=(net.n, 2 * net.m))
    out = csr_matrix((np.ones(2 * net.m), (net.tail, arcs)), shape=(net.n, 2 * net.m))
    terminals = np.setdiff1d(problem.terminals, [problem.root])
    others = np.flatnonzero(~problem.wanted)
    ascent = ascend(net, both_ways(net), problem.terminals, problem.root)
    cuts = _cut_rows(*ascent_cuts(net, ascent, _LONGEST_CUT, _CUT_ROOM), 2 * net.m)
    rows = vstack([into[terminals], (out - into)[others], cuts]).tocsr()
    lower = np.concatenate([np.ones(len(terminals)), np.zeros(len(others)), np.ones(cuts.shape[0])])
    upper = np.full(len(lower), highspy.kHighsInf)
    upper[: len(terminals)] = 1
    return rows, lower, upper


def _cut_rows(first: np.ndarray, arcs: np.ndarray, n_arcs: int) -> csr_matrix:
    return csr_matrix((np.ones(len(arcs)), arcs, first), shape=(len(first) - 1, n_arcs))


def _guided_tree(problem: Problem, share: np.ndarray) -> np.ndarray:
    """A tree that keeps to the edges which the solution uses, then improved."""
    net = problem.net
    used = np.minimum(share.reshape(-1, 2).sum(axis=1), 1)
    leaning = net._replace(cost=(net.cost * (1 - 0.99 * used)).astype(np.int64) + 1)
    inside = grow(leaning, problem.wanted, problem.root)
    return improve(net, problem.wanted, problem.root, tree_on(net, inside, problem.wanted, problem.root))
