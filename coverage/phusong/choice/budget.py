"""The most value within a budget, with a ceiling that no plan within it can pass."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from phusong.choice.arcs import make_arcs, raise_duals
from phusong.choice.cheapest import is_exact
from phusong.choice.draft import Draft, as_plan
from phusong.choice.fill import filled
from phusong.choice.ground import Ground, make_ground
from phusong.choice.plan import Choice
from phusong.choice.priced import at_price
from phusong.choice.problem import Problem, some_ways
from phusong.choice.proof import proof_of
from phusong.choice.sweep import Sweep, ask_around, start_sweep, thriftier
from phusong.choice.verify import verify_choice

#: Prices to ask at for one budget: each about halves what is not known around it.
_QUESTIONS = 16
#: So many of the swept drafts below the budget are filled up.
_FILLED = 4


def best_within(problem: Problem, budget: float, *, exact: bool | None = None) -> Choice:
    """The most valuable plan found that costs no more than the `budget`.

    Sites that go first are all served before any other, where the budget allows; where it does not, the plan
    serves of these what it can and nobody else. The answer has passed `verify_choice`; BrokenPlanError is a
    bug.
    """
    exact = is_exact(problem, exact)
    ground = make_ground(problem)
    ground, must, all_first = _who_goes_first(ground, budget, exact)
    sweep = start_sweep(ground, must, exact)
    ask_around(sweep, around(budget), _QUESTIONS)
    for draft in sweep.within(budget)[-_FILLED:]:
        sweep.keep(improved(ground, draft, budget, exact))
    answer = answer_for(sweep, sweep.within(budget)[-1], budget, all_first)
    verify_choice(problem, answer)
    return answer


def around(budget: float) -> Callable[[float, float], float]:
    """Only the two drafts matter between which the budget lies."""
    return lambda low, high: float(low <= budget < high)


def improved(ground: Ground, draft: Draft, budget: float, exact: bool) -> Draft:
    """The draft filled up, the same for less, filled up again, until that brings nothing."""
    while True:
        more = filled(ground, draft, budget)
        more = thriftier(ground, more, exact)
        if more.value <= draft.value and more.cost >= draft.cost:
            return draft
        if more.value <= draft.value:
            return more
        draft = more


def _who_goes_first(ground: Ground, budget: float, exact: bool) -> tuple[Ground, np.ndarray, bool]:
    """The ground, who must be served, and whether all that go first can be; if not, the ground of these."""
    problem = ground.problem
    first = problem.is_first & ground.can_be_served
    if not first.any():
        return ground, first, True
    theirs = first[ground.ways.site]
    if at_price(ground, 0.0, first, theirs, exact).draft.cost <= budget:
        return ground, first, True
    ways = some_ways(problem.ways, np.flatnonzero(first[problem.ways.site]))
    return _only(ground, replace(problem, ways=ways)), np.zeros_like(first), False


def _only(ground: Ground, problem: Problem) -> Ground:
    """The ground of a problem with fewer ways, its rows those of the whole problem."""
    part = make_ground(problem)
    rows = np.flatnonzero(ground.problem.is_first[ground.problem.ways.site])
    return replace(part, problem=ground.problem, row=rows[part.row])


def answer_for(sweep: Sweep, draft: Draft, budget: float, all_first: bool) -> Choice:
    """The draft as an answer, with the ceiling that the sweep knows."""
    ground = sweep.ground
    ceiling, by = sweep.ceiling(budget)
    plan = as_plan(ground, draft)
    most = float(ground.best.sum())
    proof, certified = None, most
    if by is not None:
        arcs = make_arcs(ground, sweep.must)
        proof = proof_of(arcs, raise_duals(arcs, by.price, by.draft))
        certified = min(most, (budget - proof.least) / proof.price)
        if certified >= most:
            proof = None
    ceiling = _whole(ground, min(ceiling, certified))
    return Choice(plan, budget, max(ceiling, plan.value), max(certified, plan.value), proof, all_first)


def _whole(ground: Ground, ceiling: float) -> float:
    """The ceiling as a sum of values: where all are whole, it is whole."""
    values = ground.ways.value
    if (values == np.rint(values)).all():
        return float(math.floor(ceiling * (1 + 1e-9) + 1e-9))
    return ceiling
