"""A bound of every schedule, and good schedules of each tree: column generation (Dantzig and Wolfe 1960).

The trees meet only in the budgets, the quotas and what items need of other trees. A small linear programme
mixes known schedules of the trees within these rows; its prices make each tree propose a better one. With
any prices, what the trees bring by themselves and the budgets at these prices bound every schedule.
"""

import time
from dataclasses import dataclass

import highspy
import numpy as np

from phusong.highs import open_highs
from phusong.phasing.rows import (
    money_rows,
    quota_weights,
    rewards,
    worth_by_year,
)
from phusong.phasing.trees import best_of_trees
from phusong.phasing.works import Terms, Works

_ROUNDS = 300
#: The search for prices ends when no bound can be lower by more than this part.
_CLOSE = 1e-5
#: How far new prices keep to those of the best bound (Wentges 1997).
_STAY = 0.6
#: Columns that the whole-number mix may choose from, and the nodes of its search.
_MOST_COLUMNS, _MIX_NODES = 6000, 300


@dataclass(frozen=True, eq=False)
class Mixed:
    """The bound of any schedule, the prices that prove it, and years and partners of a good schedule that
    keeps to all but the waits across trees."""

    bound: float
    prices: np.ndarray
    year: np.ndarray
    partner: np.ndarray


def limits(works: Works, terms: Terms) -> np.ndarray:
    """What each row may be at most: the budgets, then 0 for quotas and waits."""
    budgets = [row.budget for row in money_rows(terms)]
    return np.array(budgets + [0.0] * (len(terms.quotas) + len(works.after) * terms.years))


class _Mix:
    """The linear programme: a column for each known schedule of a tree, a row for each limit and tree."""

    def __init__(self, works: Works, terms: Terms) -> None:
        self.works, self.terms = works, terms
        self.money = money_rows(terms)
        self.limit = limits(works, terms)
        self.roots = np.flatnonzero(works.parent < 0)
        self.place = np.searchsorted(self.roots, works.tree)
        self.members = np.split(
            np.argsort(self.place, kind="stable"), np.cumsum(np.bincount(self.place))[:-1]
        )
        self.by_year = worth_by_year(works, terms)
        self.quotas = [quota_weights(works, quota) for quota in terms.quotas]
        self.columns: list[tuple[int, np.ndarray, np.ndarray]] = []
        self.known: set[tuple[int, bytes]] = set()
        self.highs = open_highs()
        upper = np.concatenate([self.limit, np.ones(len(self.roots))])
        none = np.full(len(upper), -highspy.kHighsInf)
        empty = np.empty(0, np.int32)
        self.highs.addRows(len(upper), none, upper, 0, empty, empty, np.empty(0))

    def add(self, year: np.ndarray, partner: np.ndarray) -> int:
        """Make the schedule of each tree a column unless it is known; how many are new."""
        entries = self._entries(year, partner)
        new = 0
        for tree, members in enumerate(self.members):
            what = year[members], partner[members]
            key = (tree, what[0].tobytes() + what[1].tobytes())
            if key in self.known or (what[0] < 0).all():
                continue
            self.known.add(key)
            self.columns.append((tree, *what))
            rows = np.flatnonzero(entries[tree, 1:]).astype(np.int32)
            values = np.append(entries[tree, 1:][rows], 1.0)
            rows = np.append(rows, np.int32(len(self.limit) + tree))
            self.highs.addCol(-entries[tree, 0], 0.0, highspy.kHighsInf, len(rows), rows, values)
            new += 1
        return new

    def _entries(self, year: np.ndarray, partner: np.ndarray) -> np.ndarray:
        """Worth and use of each row by tree (trees, 1 + rows)."""
        works, years = self.works, self.terms.years
        built = np.flatnonzero(year >= 0)
        out = np.zeros((len(self.roots), 1 + len(self.limit)))
        at, y, p = self.place[built], year[built], partner[built]
        np.add.at(out[:, 0], at, self.by_year[built, y])
        money = np.zeros((len(self.roots), years, works.partners))
        np.add.at(money, (at, y, p), works.cost[built, p])
        for r, row in enumerate(self.money, 1):
            part = money[:, row.first : row.last + 1]
            out[:, r] = part.sum(axis=(1, 2)) if row.partner < 0 else part[:, :, row.partner].sum(axis=1)
        for r, weights in enumerate(self.quotas, 1 + len(self.money)):
            np.add.at(out[:, r], at, weights[built, p])
        first = 1 + len(self.money) + len(self.quotas)
        for k, (item, needed) in enumerate(works.after.tolist()):
            here = slice(first + k * years, first + (k + 1) * years)
            if year[item] >= 0:
                out[self.place[item], here] += np.arange(years) >= year[item]
            if year[needed] >= 0:
                done = year[needed] + works.years_more[needed]
                out[self.place[needed], here] -= np.arange(years) >= done
        return out

    def solve(self) -> tuple[float, np.ndarray]:
        """Worth of the best mix and the prices of the limits."""
        self.highs.run()
        dual = -np.array(self.highs.getSolution().row_dual)[: len(self.limit)]
        return -self.highs.getInfo().objective_function_value, np.maximum(dual, 0)

    def whole(self, time_limit_s: float | None) -> tuple[np.ndarray, np.ndarray]:
        """Year and partner of each item in the best mix of whole columns that a limited search finds."""
        year, partner = np.full(self.works.n, -1), np.full(self.works.n, -1)
        if not self.columns:
            return year, partner
        reduced = np.array(self.highs.getSolution().col_dual)
        spare = np.argsort(reduced, kind="stable")[_MOST_COLUMNS:].astype(np.int32)
        if len(spare):
            self.highs.changeColsBounds(len(spare), spare, np.zeros(len(spare)), np.zeros(len(spare)))
        for c in range(len(self.columns)):
            self.highs.changeColIntegrality(c, highspy.HighsVarType.kInteger)
        self.highs.setOptionValue("mip_max_nodes", _MIX_NODES)
        if time_limit_s is not None:
            self.highs.setOptionValue("time_limit", self.highs.getRunTime() + time_limit_s)
        self.highs.run()
        chosen = np.array(self.highs.getSolution().col_value)
        if len(chosen):
            for c in np.flatnonzero(chosen > 0.5).tolist():
                tree, years, partners = self.columns[c]
                year[self.members[tree]], partner[self.members[tree]] = years, partners
        return year, partner


def mix_schedules(works: Works, terms: Terms, end: float | None = None) -> Mixed:
    """The bound of any schedule and a good mix of schedules of the trees; `end` by `time.monotonic`."""
    mix = _Mix(works, terms)
    prices = _first_prices(works, terms, mix)
    best, best_prices = np.inf, prices
    stay = 0.0
    for _round in range(_ROUNDS):
        at = stay * best_prices + (1 - stay) * prices
        reward = rewards(works, terms, mix.money, at)
        year, partner, brings = best_of_trees(works, reward)
        bound = float(brings.sum() + at @ mix.limit)
        if bound < best:
            best, best_prices = bound, at
        new = mix.add(year, partner)
        if new == 0 and stay == 0.0:
            break
        worth, prices = mix.solve()
        if best - worth <= _CLOSE * best or (end is not None and time.monotonic() > end):
            break
        stay = _STAY if new else 0.0
    return Mixed(best, best_prices, *mix.whole(None if end is None else max(end - time.monotonic(), 0.1)))


def _first_prices(works: Works, terms: Terms, mix: _Mix) -> np.ndarray:
    """Money at what all works together bring for theirs; nothing for the other rows."""
    cheapest = np.where(np.isfinite(works.cost), works.cost, np.inf).min(axis=1)
    cost = cheapest[np.isfinite(cheapest)].sum()
    prices = np.zeros(len(mix.limit))
    if len(mix.money) and cost > 0:
        prices[: len(mix.money)] = works.value.sum() * terms.service.mean() / cost
    return prices
