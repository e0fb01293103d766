"""What more money brings: the best plan for each of a row of budgets, and what the next site costs."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from phusong.choice.budget import answer_for, around, who_goes_first
from phusong.choice.cheapest import is_exact
from phusong.choice.draft import Draft
from phusong.choice.fill import Fill, filled
from phusong.choice.ground import Ground, make_ground
from phusong.choice.plan import Choice, Plan
from phusong.choice.priced import at_price
from phusong.choice.problem import Problem
from phusong.choice.programme import Effort
from phusong.choice.sweep import ask_around, start_sweep
from phusong.choice.verify import verify_choice

#: Prices to ask at for each budget of the frontier, at least so many; how many more where the ceiling is as
#: far above the best draft as the last says.
_QUESTIONS, _LEAST_QUESTIONS, _MORE, _TOO_LITTLE = 0.4, 12, 1, 0.015
#: What the integer programme may spend on one budget of many.
_EFFORT = Effort(iterations=15_000_000, nodes=20, enough=5e-3)


@dataclass(frozen=True, eq=False)
class Frontier:
    """A choice for each of the rising `budgets`; none is worth less than the one before.

    `nested` says of each whether it serves all, and builds all, that the one before does. `next_site` is what
    one more site would cost, given the plan (∞: no other can be served).
    """

    budgets: np.ndarray
    choices: tuple[Choice, ...]
    nested: np.ndarray
    next_site: np.ndarray

    @property
    def values(self) -> np.ndarray:
        """What each choice is worth."""
        return np.array([choice.plan.value for choice in self.choices])


def frontier(
    problem: Problem, points: int = 40, budgets: np.ndarray | None = None, *, exact: bool | None = None
) -> Frontier:
    """The frontier for `budgets`, by default `points` equal steps up to what all sites at their best cost.

    A plan begins from that of the budget before where nothing else brings more. Every choice has passed
    `verify_choice`. Sites that go first do so where a budget allows.
    """
    exact = is_exact(problem, exact)
    ground = make_ground(problem)
    if budgets is None:
        best = ground.ways.value >= ground.best[ground.ways.site]
        most = at_price(ground, 0.0, np.ones(problem.n_sites, bool), best, False).draft.cost
        budgets = most * (1 + np.arange(points)) / points
    budgets = np.sort(np.asarray(budgets, dtype=float))
    choices: list[Choice] = []
    next_site: list[float] = []
    for part, must, all_first, some in _parts(ground, budgets, exact):
        drafts, answers = _along(part, must, all_first, some, exact)
        choices += answers
        next_site += [Fill(part, draft).next_site() for draft in drafts]
    plans = [choice.plan for choice in choices]
    nested = [True, *(_holds(b, a) for a, b in pairwise(plans))][: len(plans)]
    for choice in choices:
        verify_choice(problem, choice)
    return Frontier(budgets, tuple(choices), np.array(nested, bool), np.array(next_site))


def _parts(
    ground: Ground, budgets: np.ndarray, exact: bool
) -> list[tuple[Ground, np.ndarray, bool, np.ndarray]]:
    """The budgets that do not serve all the sites that go first, and those that do, each with its ground."""
    asked = [who_goes_first(ground, budget, exact) for budget in budgets[[0, -1]]] if len(budgets) else []
    if not asked or asked[0][2] == asked[-1][2]:
        return [(*one, budgets) for one in asked[:1]]
    low, high = asked
    least = start_sweep(*high[:2], exact).drafts[0].cost
    return [(*low, budgets[budgets < least]), (*high, budgets[budgets >= least])]


def _along(
    ground: Ground, must: np.ndarray, all_first: bool, budgets: np.ndarray, exact: bool
) -> tuple[list[Draft], list[Choice]]:
    """The drafts and answers for rising budgets on one ground."""
    sweep = start_sweep(ground, must, exact)
    questions = max(int(_QUESTIONS * len(budgets)), _LEAST_QUESTIONS)
    ask_around(sweep, lambda low, high: float(((budgets >= low) & (budgets < high)).sum()), questions)
    before, drafts, answers = sweep.drafts[0], [], []
    for budget in budgets.tolist():
        if sweep.ceiling(budget) > sweep.within(budget)[-1].value * (1 + _TOO_LITTLE):
            ask_around(sweep, around(budget), _MORE)
        more, other = filled(ground, before, budget), filled(ground, sweep.within(budget)[-1], budget)
        answer, before = answer_for(
            sweep, other if other.value > more.value else more, budget, all_first, _EFFORT
        )
        sweep.keep(before)
        drafts.append(before)
        answers.append(answer)
    return drafts, answers


def _holds(plan: Plan, before: Plan) -> bool:
    """Does a plan serve and build all that the one before does?"""
    fed = before.feed >= 0
    return bool(
        (plan.way >= 0)[before.way >= 0].all()
        and (plan.feed >= 0)[fed].all()
        and np.isin(before.edges, plan.edges).all()
    )
