"""What is built for whom: all that is lacking for the least cost, or the most within a budget.

Everything is chosen together: sites, technologies, trunks and masts that several sites share. Without a
budget, and where it lasts for it, the plan is the one that closes all gaps for the least cost over the
study's years. Where it does not, the plan closes the most that the budget can buy; what comes after the
budget is what then closes the rest for the least cost.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from phusong.choice import Cheapest, Choice, Plan, Problem, best_within, cheapest
from phusong.costs import CAPEX, PRESENT
from phusong.options import fibre
from phusong.ways import NOTHING, Offers, Question, Served, Wish, ask, overloaded


@dataclass(frozen=True)
class Proof:
    """What it costs over the study's years to close all gaps of some sites, in đồng of today, and below what
    no choice of network and of technology for each of them can come at these prices.

    `certified_vnd` is the part of the bound whose certificate was added up again by itself; the rest was
    proven by search. Of several `areas` the proof is the sum of those of each by itself.
    """

    sites: int
    years: int
    present_cost_vnd: int
    bound_vnd: int
    certified_vnd: int
    areas: int = 1


@dataclass(frozen=True)
class Ceiling:
    """What the plan within the budget is worth, and above what no plan within it can come."""

    value: float
    ceiling: float
    certified: float
    all_first_served: bool


@dataclass(frozen=True, eq=False)
class Decision:
    """What the budget pays for (`funded`), and what would come next (`later`); how near the plan without
    budget is to the cheapest (None: nothing to choose), and the one within the budget to the best (None: the
    budget pays for all)."""

    funded: Served
    later: Served
    proof: Proof | None
    ceiling: Ceiling | None


def decide(offers: Offers, wish: Wish, budget_vnd: int | None, covers: str = CAPEX) -> Decision:
    """Who gets what. `covers` says what the budget pays for: CAPEX, or all costs of the study's years."""
    whole = ask(offers, wish, PRESENT, whole=True)
    if not len(whole.rows):
        return Decision(NOTHING, NOTHING, None, None)
    least, answer = _least(offers, whole)
    proof = _proof(least, answer, offers)
    if budget_vnd is None or cost_of(offers, least, covers) <= budget_vnd:
        return Decision(least, NOTHING, proof, None)
    question = ask(offers, wish, covers, whole=False)
    funded, best = _most(offers, question, budget_vnd)
    rest = ask(offers, wish, PRESENT, whole=True, built=funded)
    later = _least(offers, rest, funded)[0] if len(rest.rows) else NOTHING
    ceiling = Ceiling(best.plan.value, best.ceiling, best.certified, best.all_first_served)
    return Decision(funded, later, proof, ceiling)


def _least(offers: Offers, question: Question, built: Served = NOTHING) -> tuple[Served, Cheapest]:
    """All sites for the least cost; the bound is that of the first answer, before any capacity counts."""
    first: list[Cheapest] = []

    def solve(problem: Problem) -> Plan:
        first.append(cheapest(problem))
        return first[-1].plan

    served, plan = _within_capacity(offers, question, solve, built)
    return served, replace(first[0], plan=plan)


def _most(offers: Offers, question: Question, budget_vnd: float) -> tuple[Served, Choice]:
    """The most within a budget; the ceiling is that of the first answer, before any capacity counts."""
    first: list[Choice] = []

    def solve(problem: Problem) -> Plan:
        first.append(best_within(problem, float(budget_vnd)))
        return first[-1].plan

    served, plan = _within_capacity(offers, question, solve)
    return served, replace(first[0], plan=plan)


def _within_capacity(
    offers: Offers, question: Question, solve: Callable[[Problem], Plan], built: Served = NOTHING
) -> tuple[Served, Plan]:
    """Solve; where a facility carries too much, beside what is built, take the largest away from it and solve
    again."""
    while True:
        plan = solve(question.problem)
        drop = overloaded(offers, question, plan, built)
        if not drop.any():
            return question.answer(plan), plan
        question = replace(
            question,
            problem=question.problem.without_ways(drop),
            rows=question.rows[~drop].reset_index(drop=True),
        )


def _proof(served: Served, answer: Cheapest, offers: Offers) -> Proof:
    """A bound is rounded down, so that it stays one."""
    cost, bound, certified = (
        int(np.floor(value + 1e-6)) for value in (answer.plan.cost, answer.bound, answer.certified)
    )
    sites = {*served.connection, *served.wifi}
    return Proof(len(sites), offers.lines.horizon.years, cost, bound, min(certified, bound))


def cost_of(offers: Offers, served: Served, measure: str) -> float:
    """What all that is built costs: line, terminals, facilities, equipment of the sites."""
    rows = offers.rows.set_index(["site_id", "technology", "facility_id"])[measure]
    by_line = [site for site, (technology, _f) in served.connection.items() if technology == fibre.NAME]
    others = [
        (site, technology, facility)
        for site, (technology, facility) in served.connection.items()
        if technology != fibre.NAME
    ]
    return float(
        offers.lines.costs(measure)[served.edges].sum()
        + offers.lines.terminal_money(by_line)[measure].sum()
        + rows.loc[others].sum()
        + offers.wifi.loc[sorted(served.wifi), measure].sum()
        + offers.facilities.loc[sorted(served.facilities), measure].sum()
    )
