"""The best plan within a budget by integer programming, solved by HiGHS.

The directed cut formulation of Steiner trees (Wong 1984) with the budget as one more row. It has only the
arcs that a better plan than the known one could use; when it is infeasible, there is none.
"""

import time
from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csr_matrix, vstack

from phusong.choice.arcs import Arcs, Raised
from phusong.choice.draft import Draft, make_draft
from phusong.choice.problem import NONE
from phusong.highs import open_highs
from phusong.steiner.cuts import UNIT, ascent_cuts, broken_cuts

_LONGEST_CUT, _CUT_ROOM = 300, 600_000
_NESTED, _MOST_CUTS, _ROUNDS = 3, 1500, 60


@dataclass(frozen=True)
class Effort:
    """How much work may be spent: it ends in the same place on every machine, unless `end` (time.monotonic)
    comes first. `iterations` are those of the simplex × (rows + columns); `nodes` of the search tree. None is
    spent when the ceiling is as near as `enough`."""

    iterations: int = 60_000_000
    nodes: int = 60
    enough: float = 2e-3
    end: float = float("inf")

    @property
    def seconds(self) -> float:
        """How long there still is."""
        return self.end - time.monotonic()


@dataclass(frozen=True, eq=False)
class Better:
    """The best draft found (None: none), and whether it is proven that no other is worth more."""

    draft: Draft | None
    proven: bool


def better_arcs(arcs: Arcs, raised: Raised, budget: float, value: float) -> np.ndarray:
    """Which arcs (2m) a plan within the budget could use that is worth at least `value`.

    Such a plan has cost − price · value ≤ budget − price · `value`.
    """
    room = budget - raised.price * value - raised.least
    slack = 1e-9 * max(abs(budget), 1.0)
    return np.asarray(arcs.is_open & (raised.lost(arcs) <= room + slack))


def best_on(
    arcs: Arcs, raised: Raised, used: np.ndarray, budget: float, value: float, effort: Effort
) -> Better:
    """The most valuable draft on the arcs `used` (2m) that is worth at least `value`, if there is one."""
    if len(np.setdiff1d(arcs.leaves, arcs.net.tail[np.flatnonzero(used) ^ 1])):
        return Better(None, True)
    programme = _Programme(arcs, raised, used, budget, value, effort)
    for _round in range(_ROUNDS):
        if not programme.solve():
            return Better(None, programme.is_infeasible)
        if not programme.cut_off(programme.share()):
            break
    while True:
        done = programme.solve_whole()
        if programme.is_infeasible:
            return Better(None, True)
        share = programme.share()
        if share is None:
            return Better(None, False)
        if not programme.cut_off(np.rint(share)):
            return Better(programme.draft(np.rint(share)), done)
        if not done:
            return Better(None, False)


class _Programme:
    """A column for each arc used; rows for nodes, the budget, the value, and cuts."""

    def __init__(
        self, arcs: Arcs, raised: Raised, used: np.ndarray, budget: float, value: float, effort: Effort
    ) -> None:
        self.arcs, self.effort, self.work = arcs, effort, effort.iterations
        self.columns = np.flatnonzero(used)
        self.column_of = np.full(len(used), NONE)
        self.column_of[self.columns] = np.arange(len(self.columns))
        edge = self.columns >> 1
        cost = np.concatenate([arcs.ground.small.cost, arcs.own_costs()])[edge]
        self.forgone = arcs.forgone()[edge]
        self.highs = open_highs(random_seed=0)
        rows, lower, upper = self._rows(raised)
        scale = 1.0 / max(budget, 1e-9)
        most = float(arcs.ground.best.sum()) - value
        worth = 1.0 / max(most, 1.0)
        rows = vstack([rows, csr_matrix(cost * scale), csr_matrix(self.forgone * worth)]).tocsr()
        infinity = highspy.kHighsInf
        lower = np.concatenate([lower, [-infinity, -infinity]])
        upper = np.concatenate([upper, [1.0 + 1e-12, (most + 1e-9 * max(most, 1.0)) * worth]])
        self.size = sum(rows.shape)
        self.highs.passModel(_model(self.forgone, rows, lower, upper))

    def _rows(self, raised: Raised) -> tuple[csr_matrix, np.ndarray, np.ndarray]:
        """One arc into each site; into others at most one, and one if any leads out; the ascent's cuts."""
        net, k = self.arcs.net, len(self.columns)
        head, tail = net.tail[self.columns ^ 1], net.tail[self.columns]
        leaf = np.zeros(net.n, bool)
        leaf[self.arcs.leaves] = True
        into = csr_matrix((np.ones(k), (head, np.arange(k))), shape=(net.n, k))
        inner = np.setdiff1d(np.unique(head[~leaf[head]]), [self.arcs.root])
        onward = self._onward(head, tail)
        first, cut_arcs = ascent_cuts(net, raised.ascent, _LONGEST_CUT, _CUT_ROOM)
        cuts = self._cut_rows(first, cut_arcs)
        parts = [into[self.arcs.leaves], into[inner], onward, cuts]
        low = [np.ones(len(self.arcs.leaves)), np.zeros(len(inner)), np.zeros(onward.shape[0])]
        lower = np.concatenate([*low, np.ones(cuts.shape[0])])
        upper = np.full(len(lower), highspy.kHighsInf)
        upper[: len(self.arcs.leaves) + len(inner)] = 1
        return vstack(parts).tocsr(), lower, upper

    def _onward(self, head: np.ndarray, tail: np.ndarray) -> csr_matrix:
        """Rows that an arc out of a node has one into it, other than its own way back."""
        k, rows = len(self.columns), np.flatnonzero(tail != self.arcs.root)
        into = csr_matrix((np.ones(k), (head, np.arange(k))), shape=(self.arcs.net.n, k))
        back = self.column_of[self.columns[rows] ^ 1]
        some = np.flatnonzero(back >= 0)
        minus = csr_matrix(
            (
                np.ones(len(rows) + len(some)),
                (np.append(np.arange(len(rows)), some), np.append(rows, back[some])),
            ),
            shape=(len(rows), k),
        )
        return into[tail[rows]] - minus

    def _cut_rows(self, first: np.ndarray, arcs: np.ndarray) -> csr_matrix:
        """Rows of the cuts `arcs[first[i]:first[i + 1]]` over the columns that there are."""
        row = np.repeat(np.arange(len(first) - 1), np.diff(first))
        column = self.column_of[arcs]
        kept = column >= 0
        shape = (len(first) - 1, len(self.columns))
        return csr_matrix((np.ones(kept.sum()), (row[kept], column[kept])), shape=shape)

    def solve(self) -> bool:
        """Solve the relaxed programme; False when it has no solution or the effort is spent."""
        limit = max(int(self.work // self.size), 1)
        self.highs.setOptionValue("simplex_iteration_limit", limit)
        self._run()
        self.work -= int(self.highs.getInfo().simplex_iteration_count) * self.size
        return bool(self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal) and self.work > 0

    def solve_whole(self) -> bool:
        """Solve it in whole arcs; was it solved to the end?"""
        k = len(self.columns)
        kinds = np.full(k, highspy.HighsVarType.kInteger)
        self.highs.changeColsIntegrality(k, np.arange(k, dtype=np.int32), kinds)
        self.highs.setOptionValue("mip_max_nodes", self.effort.nodes)
        self.highs.setOptionValue("mip_rel_gap", 0.0)
        self._run()
        return bool(self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    def _run(self) -> None:
        if np.isfinite(self.effort.end):
            self.highs.setOptionValue("time_limit", self.highs.getRunTime() + max(self.effort.seconds, 0.01))
        self.highs.run()

    @property
    def is_infeasible(self) -> bool:
        """Is there no such plan?"""
        return bool(self.highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible)

    def share(self) -> np.ndarray | None:
        """How much of each column the solution uses (None: there is none)."""
        solution = self.highs.getSolution()
        if not solution.value_valid:
            return None
        return np.clip(np.array(solution.col_value), 0, 1)

    def cut_off(self, share: np.ndarray | None) -> bool:
        """Add the cuts that a solution breaks; are there any?"""
        if share is None:
            return False
        whole = np.zeros(2 * self.arcs.net.m, np.int64)
        whole[self.columns] = np.rint(share * UNIT).astype(np.int64)
        leaves = self.arcs.leaves.astype(np.int32)
        first, arcs, _looked_at = broken_cuts(
            self.arcs.net, whole, leaves, self.arcs.root, _NESTED, _MOST_CUTS
        )
        rows = self._cut_rows(first, arcs)
        if not rows.shape[0]:
            return False
        k = rows.shape[0]
        ones, free = np.ones(k), np.full(k, highspy.kHighsInf)
        self.highs.addRows(
            k, ones, free, rows.nnz, rows.indptr[:-1].astype(np.int32), rows.indices, rows.data
        )
        self.size += k
        return True

    def draft(self, share: np.ndarray) -> Draft:
        """The draft of a whole solution."""
        ground, arcs = self.arcs.ground, self.arcs
        edge = self.columns[share > 0.5] >> 1
        way = np.full(ground.problem.n_sites, NONE)
        feed = np.full(ground.problem.n_facilities, NONE)
        at = edge - arcs.n_lines
        feeds = arcs.feed[at[(at >= 0) & (at < len(arcs.feed))]]
        feed[ground.problem.feeds.facility[feeds]] = feeds
        at = at - len(arcs.feed)
        ways = arcs.way[at[(at >= 0) & (at < len(arcs.way))]]
        way[ground.ways.site[ways]] = ways
        return make_draft(ground, way, feed, np.unique(edge[edge < arcs.n_lines]))


def _model(objective: np.ndarray, rows: csr_matrix, lower: np.ndarray, upper: np.ndarray) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = rows.shape
    lp.col_cost_ = objective
    lp.col_lower_, lp.col_upper_ = np.zeros(lp.num_col_), np.ones(lp.num_col_)
    lp.row_lower_, lp.row_upper_ = lower, upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = rows.indptr, rows.indices
    lp.a_matrix_.value_ = rows.data
    return lp
