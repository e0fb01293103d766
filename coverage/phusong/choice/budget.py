"""The most value within a budget, with a ceiling that no plan within it can pass."""

import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from phusong.choice.arcs import Raised, raise_duals
from phusong.choice.cheapest import is_exact
from phusong.choice.draft import Draft, as_plan
from phusong.choice.fill import filled
from phusong.choice.ground import Ground, make_ground
from phusong.choice.plan import Choice
from phusong.choice.priced import at_price
from phusong.choice.problem import Problem, some_ways
from phusong.choice.programme import Effort, better_arcs, best_on
from phusong.choice.proof import proof_of
from phusong.choice.sweep import Sweep, ask_around, start_sweep
from phusong.choice.verify import verify_choice

#: Prices to ask at for one budget: each about halves what is not known around it.
_QUESTIONS = 16
#: So many of the swept drafts below the budget are filled up; so many prices are tried for the proof.
_FILLED, _TRIED = 4, 5
#: The integer programme is left alone when the ceiling is as near as this, and above so many arcs.
_ENOUGH, _MOST_ARCS = 1e-3, 30_000


def best_within(
    problem: Problem, budget: float, *, exact: bool | None = None, time_limit_s: float | None = None
) -> Choice:
    """The most valuable plan found that costs no more than the `budget`.

    Sites that go first are all served before any other, where the budget allows; where it does not, the plan
    serves of these what it can and nobody else. Deterministic, unless `time_limit_s` cuts the search short.
    The answer has passed `verify_choice`; BrokenPlanError is a bug.
    """
    end = float("inf") if time_limit_s is None else time.monotonic() + time_limit_s
    exact = is_exact(problem, exact)
    ground, must, all_first = who_goes_first(make_ground(problem), budget, exact)
    sweep = start_sweep(ground, must, exact)
    ask_around(sweep, around(budget), _QUESTIONS, end)
    for draft in sweep.within(budget)[-_FILLED:] + sweep.within(budget)[:1]:
        sweep.keep(filled(ground, draft, budget))
    answer, _draft = answer_for(sweep, sweep.within(budget)[-1], budget, all_first, Effort(end=end))
    verify_choice(problem, answer)
    return answer


def around(budget: float) -> Callable[[float, float], float]:
    """Only the two drafts matter between which the budget lies."""
    return lambda low, high: float(low <= budget < high)


def who_goes_first(ground: Ground, budget: float, exact: bool) -> tuple[Ground, np.ndarray, bool]:
    """The ground, who must be served, and whether all that go first can be; if not, the ground of these."""
    first = ground.problem.is_first & ground.can_be_served
    if not first.any():
        return ground, first, True
    theirs = first[ground.ways.site]
    if at_price(ground, 0.0, first, theirs, exact).draft.cost <= budget:
        return ground, first, True
    return _only(ground, first), np.zeros_like(first), False


def _only(ground: Ground, sites: np.ndarray) -> Ground:
    """The ground with the ways of some sites (a mask) alone."""
    kept = np.flatnonzero(sites[ground.ways.site])
    best = np.where(sites, ground.best, 0.0)
    return replace(ground, ways=some_ways(ground.ways, kept), row=ground.row[kept], best=best)


def answer_for(
    sweep: Sweep, draft: Draft, budget: float, all_first: bool, effort: Effort
) -> tuple[Choice, Draft]:
    """The draft as an answer, or a better one that the integer programme finds, and the draft of that."""
    ground, most = sweep.ground, float(sweep.ground.best.sum())
    if draft.value >= most or not sweep.asked:
        ceiling = max(most, draft.value)
        return Choice(as_plan(ground, draft), budget, ceiling, ceiling, None, all_first), draft
    raised = _tightest(sweep, budget)
    certified = whole(ground, min(most, (budget - raised.least) / raised.price))
    ceiling = max(whole(ground, min(sweep.ceiling(budget), certified)), draft.value)
    if ceiling > draft.value * (1 + _ENOUGH):
        draft, ceiling = by_programme(sweep, raised, draft, budget, ceiling, effort)
    certified = max(certified, ceiling)
    proof = proof_of(sweep.arcs, raised) if certified < most else None
    return Choice(as_plan(ground, draft), budget, ceiling, certified, proof, all_first), draft


def _tightest(sweep: Sweep, budget: float) -> Raised:
    """The dual ascent with the lowest ceiling, of those at the prices that promise most."""
    asked = sorted(sweep.asked, key=lambda one: (budget - one.least) / one.price)[:_TRIED]
    every = [raise_duals(sweep.arcs, one.price, one.draft) for one in asked]
    return min(every, key=lambda raised: (budget - raised.least) / raised.price)


def by_programme(
    sweep: Sweep,
    raised: Raised,
    draft: Draft,
    budget: float,
    ceiling: float,
    effort: Effort,
) -> tuple[Draft, float]:
    """A better draft if the integer programme finds one, and the ceiling that it leaves."""
    wanted = draft.value + step(sweep.ground, draft.value)
    used = better_arcs(sweep.arcs, raised, budget, wanted)
    if used.sum() > _MOST_ARCS:
        return draft, ceiling
    found = best_on(sweep.arcs, raised, used, budget, wanted, effort)
    if found.draft is not None and found.draft.cost <= budget and found.draft.value > draft.value:
        draft = found.draft
        return draft, min(ceiling, draft.value) if found.proven else ceiling
    if found.proven and found.draft is None:
        return draft, draft.value if _is_whole(sweep.ground) else min(ceiling, wanted)
    return draft, ceiling


def whole(ground: Ground, ceiling: float) -> float:
    """The ceiling as a sum of values: where all are whole, it is whole."""
    return float(math.floor(ceiling * (1 + 1e-9) + 1e-9)) if _is_whole(ground) else ceiling


def step(ground: Ground, value: float) -> float:
    """How much more than `value` counts as more."""
    return 1.0 if _is_whole(ground) else 1e-6 * max(value, 1e-6)


def _is_whole(ground: Ground) -> bool:
    return bool((ground.ways.value == np.rint(ground.ways.value)).all())
