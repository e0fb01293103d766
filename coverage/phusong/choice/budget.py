"""The most value within a budget, with a ceiling that no plan within it can pass."""

import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from phusong.choice.arcs import Raised
from phusong.choice.cheapest import is_exact
from phusong.choice.draft import Draft, as_plan
from phusong.choice.fill import filled
from phusong.choice.ground import Ground, make_ground
from phusong.choice.plan import Choice
from phusong.choice.priced import at_price
from phusong.choice.problem import Problem, some_ways
from phusong.choice.programme import Effort, best_on, better_arcs
from phusong.choice.proof import proof_of
from phusong.choice.sweep import Sweep, ask_around, start_sweep
from phusong.choice.verify import verify_choice

#: Prices to ask at for one budget: each about halves what is not known around it.
_QUESTIONS = 16
#: So many of the swept drafts below the budget are filled up.
_FILLED = 4
#: The integer programme is left alone above so many arcs; by how much better a plan it is asked for, in turn.
_MOST_ARCS, _NEAR = 3500, (0.02, 0.01, 5e-3, 2e-3, 1e-3)


def best_within(
    problem: Problem, budget: float, *, exact: bool | None = None, time_limit_s: float | None = None
) -> Choice:
    """The most valuable plan found that costs no more than the `budget`.

    Sites that go first are all served before any other, where the budget allows; where it does not, the plan
    serves of these what it can and nobody else. `exact` asks for the best at each price with a proof (by
    default up to 200 sites). Deterministic, unless `time_limit_s` cuts the search short.
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
    raised = sweep.tightest(budget)
    certified = whole(ground, min(most, (budget - raised.least) / raised.price))
    ceiling = max(whole(ground, min(sweep.ceiling(budget), certified)), draft.value)
    draft, ceiling = by_programme(sweep, raised, draft, budget, ceiling, effort)
    certified = max(certified, ceiling)
    proof = proof_of(sweep.arcs, raised) if certified < most else None
    return Choice(as_plan(ground, draft), budget, ceiling, certified, proof, all_first), draft


def by_programme(
    sweep: Sweep,
    raised: Raised,
    draft: Draft,
    budget: float,
    ceiling: float,
    effort: Effort,
) -> tuple[Draft, float]:
    """A better draft if the integer programme finds one, and the ceiling that it leaves.

    It is asked for a draft that is better by much, then by less, for then it has less to look through; where
    that is already too much, it is not asked for more.
    """
    for near in (n for n in _NEAR if n >= effort.enough):
        while ceiling > draft.value * (1 + near):
            wanted = min(_next(sweep.ground, draft.value * (1 + near)), ceiling)
            used = better_arcs(sweep.arcs, raised, budget, wanted)
            if used.sum() > _MOST_ARCS:
                return draft, ceiling
            found = best_on(sweep.arcs, raised, used, budget, wanted, effort)
            if found.draft is None and found.proven:
                ceiling = _below(sweep.ground, wanted)
                break
            if found.draft is None or found.draft.cost > budget or found.draft.value <= draft.value:
                return draft, ceiling
            draft = found.draft
            ceiling = draft.value if found.proven else max(ceiling, draft.value)
    return draft, ceiling


def whole(ground: Ground, ceiling: float) -> float:
    """The ceiling as a sum of values: where all are whole, it is whole."""
    return float(math.floor(ceiling * (1 + 1e-9) + 1e-9)) if _is_whole(ground) else ceiling


def _next(ground: Ground, value: float) -> float:
    """The least sum of values that is more than `value`."""
    return math.floor(value * (1 + 1e-9) + 1e-9) + 1.0 if _is_whole(ground) else value


def _below(ground: Ground, value: float) -> float:
    """The largest sum of values that is less than `value`."""
    return value - 1.0 if _is_whole(ground) else value


def _is_whole(ground: Ground) -> bool:
    return bool((ground.ways.value == np.rint(ground.ways.value)).all())
