"""Some items scheduled anew, the others as they are, by a whole-number programme (HiGHS)."""

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy.sparse import coo_matrix

from phusong.highs import open_highs
from phusong.phasing.rows import money_rows, quota_weights, spent, worth_by_year
from phusong.phasing.timing import earliest_years
from phusong.phasing.works import Terms, Works

#: Sums of money may differ in the last digits.
_DIGITS = 1e-9


@dataclass(frozen=True, eq=False)
class Found:
    """Years and partners of all items, their worth, and a bound of what these free items can give."""

    year: np.ndarray
    partner: np.ndarray
    worth: float
    bound: float


class Parts:
    """Programmes for any free part of the works on their terms."""

    def __init__(self, works: Works, terms: Terms, lags: np.ndarray) -> None:
        self.works, self.terms, self.lags = works, terms, lags
        self.money = money_rows(terms)
        self.by_year = worth_by_year(works, terms)
        self.earliest = earliest_years(works, lags)
        self.latest = terms.years - 1 - works.years_more
        self.quotas = [quota_weights(works, quota) for quota in terms.quotas]
        self.tied = works.branch[lags[:, 0]] == works.branch[lags[:, 1]]

    def worth(self, year: np.ndarray) -> float:
        """Value × years in service of what is built."""
        built = np.flatnonzero(year >= 0)
        return float(self.by_year[built, year[built]].sum())

    def fits(self, year: np.ndarray, partner: np.ndarray) -> bool:
        """Does the schedule keep to the budgets and quotas (but for the last digits)?"""
        used = spent(self.works, self.terms.years, year, partner)
        for row in self.money:
            whom = slice(None) if row.partner < 0 else row.partner
            if used[row.first : row.last + 1, whom].sum() > row.budget * (1 + _DIGITS):
                return False
        built = np.flatnonzero(year >= 0)
        return all(
            weights[built, partner[built]].sum() <= _DIGITS * np.abs(weights).sum() for weights in self.quotas
        )

    def improve(
        self, free: np.ndarray, year: np.ndarray, partner: np.ndarray, nodes: int, seconds: float | None
    ) -> Found:
        """The best schedule that a search of so many `nodes` finds when the `free` items (n, bool) may
        change; never worth less."""
        programme = _Programme(self, free, year, partner)
        return programme.solve(nodes, seconds)


class _Programme:
    """One column for each free item, partner and year: has it begun by then?"""

    def __init__(self, parts: Parts, free: np.ndarray, year: np.ndarray, partner: np.ndarray) -> None:
        self.parts, self.free, self.year, self.partner = parts, free, year, partner
        works, years = parts.works, parts.terms.years
        self.first = parts.earliest.copy()
        self.may = np.isfinite(works.cost) & free[:, None]
        self.due = np.full(works.n, years)
        self._meet_the_fixed()
        self.may &= (self.first <= parts.latest)[:, None]
        self._number_columns()
        self.rows: list[tuple[np.ndarray, np.ndarray, float]] = []
        self._order_rows()
        self._limit_rows()

    def _meet_the_fixed(self) -> None:
        """What items that stay as they are ask of the free ones."""
        parts = self.parts
        for (item, needed, more), tied in zip(parts.lags.tolist(), parts.tied.tolist(), strict=True):
            if self.free[item] and not self.free[needed]:
                if self.year[needed] < 0:
                    self.may[item] = False
                    continue
                self.first[item] = max(self.first[item], self.year[needed] + more)
                if tied:
                    self.may[item] &= np.arange(parts.works.partners) == self.partner[needed]
            elif self.free[needed] and not self.free[item] and self.year[item] >= 0:
                self.due[needed] = min(self.due[needed], self.year[item] - more)
                if tied:
                    self.may[needed] &= np.arange(parts.works.partners) == self.partner[item]

    def _number_columns(self) -> None:
        """Column numbers (n, partners, years); a year after the last stands for the last, −1: never."""
        works, years = self.parts.works, self.parts.terms.years
        t = np.arange(years)
        own = (
            self.may[:, :, None] & (t >= self.first[:, None, None]) & (t <= self.parts.latest[:, None, None])
        )
        self.column = np.full((works.n, works.partners, years), -1)
        self.column[own] = np.arange(own.sum())
        self.size = int(own.sum())
        item, whom, when = np.nonzero(own)
        self.item, self.whom, self.when = item, whom, when
        for late in range(1, years):
            gone = (self.column[:, :, late] < 0) & (late > self.parts.latest)[:, None]
            self.column[:, :, late][gone] = self.column[:, :, late - 1][gone]

    def _order_rows(self) -> None:
        """Once begun stays begun; one partner; what is needed first."""
        before = self.when > self.first[self.item]
        now = np.flatnonzero(before)
        self._pairs(self.column[self.item[now], self.whom[now], self.when[now] - 1], now)
        works, last = self.parts.works, self.parts.terms.years - 1
        heads = np.flatnonzero((works.branch == np.arange(works.n)) & (self.may.sum(axis=1) > 1))
        for head in heads.tolist():
            some = self.column[head, :, last]
            self._row(some[some >= 0], 1.0, 1.0)
        for (item, needed, more), tied in zip(
            self.parts.lags.tolist(), self.parts.tied.tolist(), strict=True
        ):
            if self.free[item] and self.free[needed]:
                self._wait(item, needed, more, tied)

    def _wait(self, item: int, needed: int, more: int, tied: bool) -> None:
        for t in range(self.first[item], self.parts.latest[item] + 1):
            mine = self.column[item, :, t]
            theirs = self.column[needed, :, t - more] if t >= more else np.full(len(mine), -1)
            for group in range(len(mine)) if tied else [slice(None)]:
                a, b = np.atleast_1d(mine[group]), np.atleast_1d(theirs[group])
                a, b = a[a >= 0], b[b >= 0]
                if len(a):
                    self._row(np.append(a, b), np.append(np.ones(len(a)), -np.ones(len(b))), 0.0)

    def _pairs(self, earlier: np.ndarray, later: np.ndarray) -> None:
        for a, b in zip(earlier.tolist(), later.tolist(), strict=True):
            self._row(np.array([a, b]), np.array([1.0, -1.0]), 0.0)

    def _row(self, columns: np.ndarray, values: np.ndarray | float, most: float) -> None:
        self.rows.append((columns, np.broadcast_to(values, len(columns)), most))

    def _limit_rows(self) -> None:
        """Budgets and quotas, less what the fixed items use."""
        works, terms = self.parts.works, self.parts.terms
        fixed = np.where(self.free, -1, self.year)
        used = spent(works, terms.years, fixed, self.partner)
        cost = works.cost[self.item, self.whom]
        for row in self.parts.money:
            whom = slice(None) if row.partner < 0 else row.partner
            left = row.budget - used[row.first : row.last + 1, whom].sum()
            theirs = np.ones(self.size, bool) if row.partner < 0 else self.whom == row.partner
            begun = self._increments(theirs, row.first, row.last)
            self._sum_row(begun * cost, left)
        built = np.flatnonzero(fixed >= 0)
        last = self.when == self.parts.latest[self.item]
        for weights in self.parts.quotas:
            there = weights[built, self.partner[built]].sum()
            self._sum_row(np.where(last, weights[self.item, self.whom], 0.0), -there)

    def _increments(self, theirs: np.ndarray, first: int, last: int) -> np.ndarray:
        """Coefficients of the columns in what begins in the years from `first` to `last`."""
        end = np.minimum(self.parts.latest[self.item], last)
        return (theirs & (self.when == end) & (first <= self.parts.latest[self.item])).astype(float) - (
            theirs & (self.when == first - 1) & (first <= self.parts.latest[self.item])
        )

    def _sum_row(self, values: np.ndarray, most: float) -> None:
        some = np.flatnonzero(values)
        self.rows.append((some, values[some], most))

    def _objective(self) -> np.ndarray:
        by_year = self.parts.by_year
        now = by_year[self.item, self.when]
        last = self.when == self.parts.latest[self.item]
        after = by_year[self.item, np.minimum(self.when + 1, by_year.shape[1] - 1)]
        return np.where(last, now, now - np.where(last, 0.0, after))

    def _start(self) -> np.ndarray:
        begun = self.year[self.item]
        return ((begun >= 0) & (begun <= self.when) & (self.partner[self.item] == self.whom)).astype(float)

    def solve(self, nodes: int, seconds: float | None) -> Found:
        """Search from the schedule at hand."""
        parts = self.parts
        before = parts.worth(self.year)
        if self.size == 0:
            return Found(self.year, self.partner, before, before)
        highs = self._highs(nodes, seconds)
        highs.run()
        fixed = parts.worth(np.where(self.free, -1, self.year))
        bound = fixed - highs.getInfo().mip_dual_bound
        value = np.array(highs.getSolution().col_value)
        year, partner = self._decoded(value > 0.5) if len(value) else (self.year, self.partner)
        after = parts.worth(year)
        # Sums in the solver are true to 1e-9 or so: what only seems to fit is not taken.
        if after <= before or not parts.fits(year, partner):
            return Found(self.year, self.partner, before, max(bound, before))
        return Found(year, partner, after, max(bound, after))

    def _highs(self, nodes: int, seconds: float | None) -> Any:
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.size, len(self.rows)
        lp.col_cost_ = -self._objective()
        lp.col_lower_ = (self.when >= self.due[self.item]).astype(float)
        lp.col_upper_ = np.ones(self.size)
        lp.row_lower_ = np.full(lp.num_row_, -highspy.kHighsInf)
        lp.row_upper_ = np.array([most for *_r, most in self.rows])
        lengths = [len(columns) for columns, _v, _m in self.rows]
        at = np.repeat(np.arange(len(self.rows)), lengths)
        columns = np.array([c for columns, _v, _m in self.rows for c in columns], int)
        values = np.array([v for _c, values, _m in self.rows for v in values], float)
        matrix = coo_matrix((values, (at, columns)), shape=(lp.num_row_, self.size)).tocsr()
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
        lp.a_matrix_.value_ = matrix.data
        lp.integrality_ = [highspy.HighsVarType.kInteger] * self.size
        options = {"mip_rel_gap": 1e-7, "mip_max_nodes": nodes}
        options |= {"mip_feasibility_tolerance": 1e-9, "primal_feasibility_tolerance": 1e-9}
        highs = open_highs(**options)
        if seconds is not None:
            highs.setOptionValue("time_limit", seconds)
        highs.passModel(lp)
        start = highspy.HighsSolution()
        start.col_value = self._start().tolist()
        highs.setSolution(start)
        return highs

    def _decoded(self, begun: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        year, partner = self.year.copy(), self.partner.copy()
        year[self.free], partner[self.free] = -1, -1
        for c in np.flatnonzero(begun)[::-1].tolist():
            year[self.item[c]], partner[self.item[c]] = self.when[c], self.whom[c]
        return year, partner
