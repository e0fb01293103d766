"""The cheapest way to serve all sites, trunks and facilities paid once, with a proof of how cheap it is."""

import numpy as np

from phusong.choice.arcs import make_arcs, raise_duals
from phusong.choice.draft import as_plan
from phusong.choice.ground import make_ground
from phusong.choice.plan import Cheapest
from phusong.choice.priced import at_price
from phusong.choice.problem import Problem
from phusong.choice.proof import proof_of
from phusong.choice.verify import verify_cheapest


def cheapest(problem: Problem, *, exact: bool | None = None) -> Cheapest:
    """The least cost for all sites that can be served at all, whatever their values.

    `exact` asks for the proof that nothing is cheaper (by default up to 200 sites). The answer has passed
    `verify_cheapest`; BrokenPlanError is a bug.
    """
    ground = make_ground(problem)
    every = np.ones(problem.n_sites, bool)
    found = at_price(ground, 0.0, every, exact=is_exact(problem, exact))
    arcs = make_arcs(ground, every)
    proof = proof_of(arcs, raise_duals(arcs, 0.0, found.draft))
    plan = as_plan(ground, found.draft)
    certified = min(proof.least, plan.cost)
    bound = found.least if ground.copies.whole else certified
    answer = Cheapest(
        plan,
        np.flatnonzero(~ground.can_be_served),
        max(min(bound, plan.cost), certified),
        certified,
        proof,
    )
    verify_cheapest(problem, answer)
    return answer


def is_exact(problem: Problem, exact: bool | None) -> bool:
    """Is the proof by search asked for, or by default affordable?"""
    return problem.n_sites <= 200 if exact is None else exact
