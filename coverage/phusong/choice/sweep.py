"""The prices at which to ask: they find every plan that is best at some price, and the ceiling of any budget.

A plan with cost c ≤ B and value v has c − price · v ≥ L(price), so v ≤ (B − L(price)) / price.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from phusong.choice.arcs import Arcs, Raised, make_arcs, raise_duals
from phusong.choice.draft import Draft, nothing
from phusong.choice.ground import Ground
from phusong.choice.priced import Priced, at_price

#: Two plans this near, as a part of their cost, are one.
_SAME = 1e-9
#: So few edges make a first draft, when more than these may be of use.
_FEW = 2500


@dataclass(frozen=True, eq=False)
class Asked:
    """At a `price`: no plan has cost − price · value below `least`, nor, which can be shown to anyone, below
    what the dual ascent `raised`."""

    price: float
    least: float
    raised: Raised


@dataclass(eq=False)
class Sweep:
    """What was asked of a ground so far. `drafts` are in order of cost, each worth more than those before."""

    arcs: Arcs
    must: np.ndarray
    exact: bool
    asked: list[Asked] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)

    @property
    def ground(self) -> Ground:
        """What is asked."""
        return self.arcs.ground

    def keep(self, draft: Draft) -> None:
        """Add a draft that serves all that must be, unless another is no dearer and worth no less; take out
        those that it beats."""
        if (draft.way[self.must] < 0).any():
            return
        if any(d.cost <= draft.cost and d.value >= draft.value for d in self.drafts):
            return
        rest = [d for d in self.drafts if d.cost < draft.cost or d.value > draft.value]
        self.drafts = sorted([*rest, draft], key=lambda d: d.cost)

    def ask(self, price: float) -> None:
        """Find the best draft at a price and keep it with its bound.

        What a dual ascent shows to be of no use for anything better than the drafts at hand is left out; when
        that is little, first a draft is looked for among what the ascent likes best.
        """
        raised = raise_duals(self.arcs, price, self._best_at(price))
        lost = raised.lost(self.arcs).reshape(-1, 2).min(axis=1)
        if len(lost) > _FEW and self._room(price, raised) >= np.partition(lost, _FEW)[_FEW]:
            self.keep(self._best_on(price, lost <= np.partition(lost, _FEW)[_FEW], False).draft)
        least = self._room(price, raised) + raised.least
        found = self._best_on(price, lost <= self._room(price, raised), self.exact)
        # A bound that holds for some chains of feeds alone is none.
        proven = min(found.least, least) if self.ground.copies.whole else raised.least
        self.asked.append(Asked(price, max(proven, raised.least), raised))
        self.keep(found.draft)

    def _best_at(self, price: float) -> Draft:
        """The best draft at hand at a price."""
        return min(self.drafts, key=lambda d: d.cost - price * d.value)

    def _room(self, price: float, raised: Raised) -> float:
        """By how much the best draft at hand at a price is above the bound of the ascent."""
        best = self._best_at(price)
        return best.cost - price * best.value - raised.least + _SAME * abs(best.cost)

    def _best_on(self, price: float, useful: np.ndarray, exact: bool) -> Priced:
        """The best at a price on the `useful` lines and ways alone (a mask of the edges of the arcs)."""
        lines = np.flatnonzero(useful[: self.arcs.n_lines])
        at = self.arcs.n_lines + len(self.arcs.feed)
        ways = useful[at : at + len(self.arcs.way)]
        return at_price(self.ground, price, self.must, ways, exact, lines)

    def ceiling(self, budget: float) -> float:
        """No plan within the budget is worth more than this (∞: nothing was asked)."""
        return min(((budget - one.least) / one.price for one in self.asked), default=float("inf"))

    def tightest(self, budget: float) -> Raised:
        """The dual ascent with the lowest ceiling for a budget."""
        return min((one.raised for one in self.asked), key=lambda it: (budget - it.least) / it.price)

    def within(self, budget: float) -> list[Draft]:
        """The drafts that cost no more than the budget, the most valuable last."""
        return [draft for draft in self.drafts if draft.cost <= budget]


def start_sweep(ground: Ground, must: np.ndarray, exact: bool = True) -> Sweep:
    """A sweep that knows its two ends: no more than what `must` be served, and all at their best."""
    must = must & ground.can_be_served
    sweep = Sweep(make_arcs(ground, must), must, exact)
    least = nothing(ground)
    if sweep.must.any():
        of_these = sweep.must[ground.ways.site]
        least = at_price(ground, 0.0, sweep.must, of_these, exact).draft
    sweep.keep(least)
    at_best = ground.ways.value >= ground.best[ground.ways.site]
    sweep.keep(at_price(ground, 0.0, np.ones_like(must), at_best, exact).draft)
    return sweep


def ask_around(
    sweep: Sweep, wanted: Callable[[float, float], float], most: int, end: float = float("inf")
) -> None:
    """Ask at up to `most` prices, each the slope between two neighbouring drafts (Aneja and Nair 1979).

    `wanted(low, high)` says how much it matters to know more between two costs (0: not at all).
    """
    closed: set[tuple[float, float]] = set()
    for _question in range(most):
        pair = _next_pair(sweep, wanted, closed)
        if pair is None or time.monotonic() > end:
            return
        low, high = pair
        closed.add((low.cost, high.cost))
        sweep.ask((high.cost - low.cost) / (high.value - low.value))


def _next_pair(
    sweep: Sweep, wanted: Callable[[float, float], float], closed: set[tuple[float, float]]
) -> tuple[Draft, Draft] | None:
    """The neighbours on the hull between which most is to be learnt."""
    hull = _hull(sweep.drafts)
    pairs = [
        (wanted(low.cost, high.cost), -number, low, high)
        for number, (low, high) in enumerate(pairwise(hull))
        if (low.cost, high.cost) not in closed and high.cost > low.cost * (1 + _SAME)
    ]
    best = max(pairs, key=lambda p: p[:2], default=None)
    return None if best is None or best[0] <= 0 else (best[2], best[3])


def _hull(drafts: list[Draft]) -> list[Draft]:
    """The drafts that are best at some price: each next one brings less value for its cost."""
    out: list[Draft] = []
    for draft in drafts:
        while len(out) > 1 and _steeper(out[-2], out[-1], draft):
            out.pop()
        out.append(draft)
    return out


def _steeper(a: Draft, b: Draft, c: Draft) -> bool:
    """Does c, seen from a, bring at least as much for its cost as b?"""
    return (c.value - a.value) * (b.cost - a.cost) >= (b.value - a.value) * (c.cost - a.cost)
