"""What there is to build, the terms on which, and the answer: who builds what in which year."""

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

#: The year and the partner of what is not built.
NOT_BUILT = -1
MONTHS = 12


class BrokenScheduleError(RuntimeError):
    """A schedule that is not what it says: a bug, never the user's."""


def _no_pairs() -> np.ndarray:
    return np.empty((0, 2), int)


@dataclass(frozen=True, eq=False)
class Works:
    """Items of a plan (trunk segments, packages of sites), n of them, and the partners who may build them.

    `parent` (n) is the item that must be there first (−1: it begins at what exists); `after` (k, 2) are
    further pairs (item, item that it needs). `cost` (n, partners) is the CAPEX of an item with a partner, ∞
    where the partner may not build it. `value` (n) is what an item brings for each year in service, `months`
    (n, whole) how long it takes. An item has the partner of its parent unless `own_partner` (n): then it
    begins a branch that may be another's.

    Raises ValueError where these do not fit together.
    """

    parent: np.ndarray
    value: np.ndarray
    months: np.ndarray
    cost: np.ndarray
    after: np.ndarray = field(default_factory=_no_pairs)
    own_partner: np.ndarray | None = None

    def __post_init__(self) -> None:
        n = len(self.parent)
        lengths = {len(a) for a in (self.value, self.months, self.cost)}
        if lengths != {n} or self.cost.ndim != 2:
            raise ValueError("the columns of the works differ in length")
        if (self.parent >= n).any() or (self.parent < -1).any() or (self.after >= n).any():
            raise ValueError("a parent or prerequisite is no item")
        if (self.cost < 0).any() or (self.value < 0).any():
            raise ValueError("costs and values are at least 0")
        if not np.issubdtype(np.asarray(self.months).dtype, np.integer) or (self.months < 0).any():
            raise ValueError("months are whole numbers from 0")
        _ = self.order

    @property
    def n(self) -> int:
        """How many items there are."""
        return len(self.parent)

    @property
    def partners(self) -> int:
        """How many partners there are."""
        return int(self.cost.shape[1])

    @cached_property
    def needs(self) -> list[list[int]]:
        """For each item the items that it needs, its parent first."""
        out: list[list[int]] = [[p] if p >= 0 else [] for p in self.parent.tolist()]
        for item, needed in self.after.tolist():
            if needed not in out[item]:
                out[item].append(needed)
        return out

    @cached_property
    def order(self) -> np.ndarray:
        """The items, each after all that it needs; ValueError when items wait for each other."""
        users: list[list[int]] = [[] for _ in range(self.n)]
        waits = np.zeros(self.n, int)
        for item, needed in enumerate(self.needs):
            waits[item] = len(needed)
            for one in needed:
                users[one].append(item)
        ready, out = deque(np.flatnonzero(waits == 0).tolist()), []
        while ready:
            item = ready.popleft()
            out.append(item)
            for user in users[item]:
                waits[user] -= 1
                if waits[user] == 0:
                    ready.append(user)
        if len(out) < self.n:
            raise ValueError("some items wait for each other in a ring")
        return np.array(out, int)

    @cached_property
    def branch(self) -> np.ndarray:
        """For each item the first item of its branch: all of a branch have one partner."""
        return self._first(np.zeros(self.n, bool) if self.own_partner is None else self.own_partner)

    @cached_property
    def tree(self) -> np.ndarray:
        """For each item the root that it hangs on, across branches."""
        return self._first(np.zeros(self.n, bool))

    def _first(self, begins: np.ndarray) -> np.ndarray:
        first = np.arange(self.n)
        for item in self.order.tolist():
            if self.parent[item] >= 0 and not begins[item]:
                first[item] = first[self.parent[item]]
        return first

    @cached_property
    def years_more(self) -> np.ndarray:
        """Years beyond the first that an item takes: 13 months are one more."""
        return np.maximum(-(-np.asarray(self.months) // MONTHS) - 1, 0)


@dataclass(frozen=True)
class Quota:
    """A partner's part of what is built: at least, or at most, a `share` (0–1) of its `cost` or `value`.

    `items` (n, bool) names what is counted; None: everything.
    """

    partner: int
    share: float
    at_least: bool = True
    of: str = "cost"
    items: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Terms:
    """Budgets of the years, in the unit of cost: `budget` (years) of all, `partner_budget` (years, partners).

    What is not spent in a year is lost unless `carry_over`. `in_service` (years) says for how many years an
    item serves that is finished in each year: by default to the end of the last year, its own counted.
    """

    years: int
    budget: np.ndarray | None = None
    partner_budget: np.ndarray | None = None
    carry_over: bool = False
    in_service: np.ndarray | None = None
    quotas: tuple[Quota, ...] = ()

    @property
    def service(self) -> np.ndarray:
        """Years in service of what is finished in each year."""
        return (
            np.arange(self.years, 0, -1.0) if self.in_service is None else np.asarray(self.in_service, float)
        )


@dataclass(frozen=True, eq=False)
class Schedule:
    """For each item the `year` in which its works begin and are paid (−1: not built), its `partner`, and the
    year in which it is `finished`; `spent` (years, partners).

    `worth` is the sum of value × years in service; no schedule is worth more than `bound`. `certified` is the
    bound that `prices` prove, as anyone can add up again.
    """

    year: np.ndarray
    partner: np.ndarray
    finished: np.ndarray
    spent: np.ndarray
    worth: float
    bound: float
    certified: float
    prices: np.ndarray

    @property
    def gap(self) -> float:
        """The part of the bound that the schedule may fall short of the best: 0 when none is better."""
        return max(0.0, 1 - self.worth / self.bound) if self.bound > 0 else 0.0
