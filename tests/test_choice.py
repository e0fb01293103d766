"""What to build for whom: drawings, brute force, and what the answers say of themselves."""

from dataclasses import replace

import numpy as np
import pytest
from choice_oracle import all_plans, small_problems
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.choice import (
    Choice,
    Feeds,
    Problem,
    all_ways,
    best_within,
    cheapest,
    network_ways,
    own_ways,
    verify_choice,
    verify_plan,
)
from phusong.steiner import BrokenPlanError, CostGraph


def served_first(problem: Problem, way: tuple[int, ...]) -> int:
    return sum(w >= 0 for w, first in zip(way, problem.is_first, strict=True) if first)


@given(small_problems())
@settings(max_examples=300, deadline=None)
def test_cheapest_is_the_optimum(problem: Problem) -> None:
    plans = all_plans(problem)
    most = max(sum(w >= 0 for w in way) for _c, _v, way in plans)
    answer = cheapest(problem)
    assert answer.plan.n_served == most
    best = min(cost for cost, _v, way in plans if sum(w >= 0 for w in way) == most)
    assert answer.plan.cost == pytest.approx(best)
    assert answer.certified <= answer.bound <= best + 1e-6
    assert answer.gap == pytest.approx(0, abs=1e-9)


@given(small_problems(), st.integers(0, 60))
@settings(max_examples=300, deadline=None)
def test_best_within_is_the_optimum_and_below_its_ceiling(problem: Problem, budget: int) -> None:
    plans = all_plans(problem)
    answer = best_within(problem, float(budget))
    affordable = [plan for plan in plans if plan[0] <= budget]
    can = {i for _c, _v, way in plans for i, w in enumerate(way) if w >= 0}
    firsts = len(can & set(np.flatnonzero(problem.is_first).tolist()))
    all_first = any(served_first(problem, way) == firsts for _c, _v, way in affordable)
    assert answer.all_first_served == all_first
    if all_first:
        best = max(v for _c, v, way in affordable if served_first(problem, way) == firsts)
    else:
        alone = [p for p in affordable if sum(w >= 0 for w in p[2]) == served_first(problem, p[2])]
        best = max(v for _c, v, _way in alone)
    assert answer.plan.value == pytest.approx(best)
    assert best <= answer.ceiling + 1e-6 <= answer.certified + 2e-6
