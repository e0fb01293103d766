"""What to build for whom: drawings, brute force, ITU's example, and what the answers say of themselves."""

from dataclasses import replace

import choice_ibiza
import numpy as np
import pytest
from benchmarks.choice_cases import FIBRE, road_case
from benchmarks.choice_peers import greedy_by_cost, itu_cheapest, itu_programme
from choice_oracle import all_plans, small_problems
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.choice import (
    NONE,
    Feeds,
    Problem,
    Proof,
    Ways,
    all_ways,
    best_within,
    cheapest,
    frontier,
    network_ways,
    own_ways,
    proven_least,
    verify_choice,
    verify_plan,
)
from phusong.steiner import BrokenPlanError, CostGraph


def line(*costs: float) -> CostGraph:
    """Nodes in a row, fibre at node 0; what each piece costs."""
    n = len(costs)
    return CostGraph(n + 1, np.arange(n), np.arange(1, n + 1), np.array(costs, float), np.array([0]))


def row(site: int, cost: float, node: int = NONE, facility: int = NONE, value: float = 1) -> tuple:
    return site, cost, value, node, facility, 0


def ways_of(*rows: tuple) -> Ways:
    site, cost, value, node, facility, technology = (np.array(column) for column in zip(*rows, strict=True))
    return Ways(site, cost.astype(float), value.astype(float), node, facility, technology)


def feeds_of(*rows: tuple[int, float, int, int]) -> Feeds:
    facility, cost, node, on = (np.array(column) for column in zip(*rows, strict=True))
    return Feeds(facility, cost.astype(float), node, on)


def test_a_trunk_is_paid_once_and_then_others_can_afford_it() -> None:
    # fibre ──10── ·──1── A      Alone each costs 11 or, by satellite, 7: together 12 by fibre.
    #              └──1── B
    graph = CostGraph(4, np.array([0, 1, 1]), np.array([1, 2, 3]), np.array([10.0, 1, 1]), np.array([0]))
    problem = Problem(graph, 2, ways_of(row(0, 0, 2), row(1, 0, 3), row(0, 7), row(1, 7)))
    assert cheapest(problem).plan.cost == 12
    assert best_within(problem, 12).plan.n_served == 2
    assert best_within(problem, 11).plan.n_served == 1


def test_a_mast_is_paid_once_whoever_it_serves() -> None:
    # A mast of 5 serves three sites at 1 each; alone each would take a satellite of 4.
    ways = ways_of(*(row(i, 1, facility=0) for i in range(3)), *(row(i, 4) for i in range(3)))
    problem = Problem(line(1), 3, ways, np.array([5.0]), feeds_of((0, 0.0, NONE, NONE)))
    answer = cheapest(problem)
    assert answer.plan.cost == 8
    assert answer.gap == 0
    assert best_within(problem, 7).plan.n_served == 2


def test_a_repeater_needs_the_mast_that_it_hangs_on_and_that_needs_a_line() -> None:
    # fibre ──6── node 1: mast 0 (2) ~~1~~ repeater 1 (3) ~~1~~ the site
    feeds = feeds_of((0, 0.0, 1, NONE), (1, 1.0, NONE, 0))
    problem = Problem(line(6), 1, ways_of(row(0, 1, facility=1)), np.array([2.0, 3.0]), feeds)
    answer = cheapest(problem)
    assert answer.plan.cost == 6 + 2 + 1 + 3 + 1
    assert answer.plan.edges.tolist() == [0]
    assert answer.certified == answer.bound == 13


def test_a_site_that_nothing_reaches_is_named() -> None:
    graph = CostGraph(3, np.array([0]), np.array([1]), np.array([1.0]), np.array([0]))
    answer = cheapest(Problem(graph, 2, ways_of(row(0, 0, 1), row(1, 0, 2))))
    assert answer.unreached.tolist() == [1]
    assert answer.plan.n_served == 1


def test_commune_centres_go_first() -> None:
    # Two houses at 1 each, a centre at 5.
    ways = ways_of(row(0, 1), row(1, 1), row(2, 5))
    problem = Problem(line(1), 3, ways, first=np.array([False, False, True]))
    assert best_within(problem, 5.5).plan.served.tolist() == [False, False, True]
    assert best_within(problem, 6).plan.n_served == 2
    short = best_within(problem, 4)
    assert not short.all_first_served
    assert short.plan.n_served == 0
    assert short.ceiling == 0


def test_a_site_may_be_held_to_fibre() -> None:
    problem = Problem(line(9), 1, all_ways(*_fibre_or_satellite()))
    assert cheapest(problem).plan.cost == 2
    held = problem.without_ways(problem.ways.technology != FIBRE)
    assert cheapest(held).plan.cost == 10


def _fibre_or_satellite() -> tuple[Ways, Ways]:
    one = np.ones(1)
    return network_ways(np.array([1]), one, one, FIBRE), own_ways(2 * one, one, 3)


def test_a_better_connection_is_bought_when_there_is_money() -> None:
    ways = ways_of(row(0, 1, value=2), row(0, 4, value=5))
    problem = Problem(line(1), 1, ways)
    assert [best_within(problem, b).plan.value for b in (0.0, 1.0, 4.0)] == [0, 2, 5]


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


@given(small_problems(), st.lists(st.integers(0, 60), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_more_budget_never_brings_less(problem: Problem, budgets: list[int]) -> None:
    found = frontier(problem, budgets=np.array(budgets, float))
    plans = all_plans(problem)
    for budget, choice, before in zip(found.budgets, found.choices, [None, *found.choices[:-1]], strict=True):
        assert choice.plan.cost <= budget
        if before is not None and before.all_first_served == choice.all_first_served:
            assert choice.plan.value >= before.plan.value
        if not problem.is_first.any():
            best = max(value for cost, value, _way in plans if cost <= budget)
            assert choice.plan.value <= best <= choice.ceiling + 1e-6


@pytest.fixture(scope="module")
def province() -> Problem:
    return road_case(60, 3, "people", 1500)


def test_a_plan_that_is_not_what_it_says_is_never_shown(province: Problem) -> None:
    plan = cheapest(province).plan
    site = int(np.flatnonzero(province.ways.node[plan.way] >= 0)[0])
    other = (site + 1) % province.n_sites
    stolen, closed = plan.way.copy(), np.full_like(plan.feed, NONE)
    stolen[other] = plan.way[site]
    for broken in (
        replace(plan, cost=plan.cost * 0.99),
        replace(plan, value=plan.value + 1),
        replace(plan, edges=plan.edges[1:]),
        replace(plan, edges=np.append(plan.edges, plan.edges[:1])),
        replace(plan, way=stolen),
        replace(plan, feed=closed),
    ):
        with pytest.raises(BrokenPlanError):
            verify_plan(province, broken)
    assert (plan.feed >= 0).any()


def test_a_proof_that_proves_too_much_is_refused(province: Problem) -> None:
    answer = best_within(province, 0.4 * cheapest(province).plan.cost)
    assert answer.proof is not None
    assert proven_least(province, answer.proof) == pytest.approx(answer.proof.least)
    greedy = replace(answer.proof, own=answer.proof.own * 1.01)
    with pytest.raises(BrokenPlanError):
        proven_least(province, greedy)
    with pytest.raises(BrokenPlanError):
        verify_choice(province, replace(answer, ceiling=answer.plan.value - 1))
    with pytest.raises(BrokenPlanError):
        verify_choice(province, replace(answer, budget=answer.plan.cost / 2))
    higher = replace(answer.proof, value=answer.proof.value * 1.5)
    with pytest.raises(BrokenPlanError):
        proven_least(province, higher)


def test_the_order_of_the_rows_changes_nothing(province: Problem) -> None:
    budget = 5000.0
    answer = best_within(province, budget)
    order = np.random.default_rng(1).permutation(len(province.ways.site))
    shuffled = replace(
        province, ways=Ways(*(getattr(province.ways, n)[order] for n in Ways.__dataclass_fields__))
    )
    again = best_within(shuffled, budget)
    assert again.plan.value == answer.plan.value
    assert np.array_equal(again.plan.edges, answer.plan.edges)
    assert np.array_equal(order[again.plan.way], answer.plan.way) or again.plan.cost == answer.plan.cost


def test_the_proof_is_one_of_the_whole_network_not_of_the_small_one(province: Problem) -> None:
    proof = best_within(province, 5000.0).proof
    assert isinstance(proof, Proof)
    assert len(proof.group) == province.graph.n_nodes


@pytest.mark.parametrize("seed", [1, 5])
def test_never_fewer_sites_than_greedy_or_itus_programme(seed: int) -> None:
    problem = road_case(60, seed, "sites", 1500)
    whole = cheapest(problem).plan.cost
    for part in (0.2, 0.4, 0.6):
        answer = best_within(problem, part * whole)
        assert answer.plan.n_served >= greedy_by_cost(problem, part * whole)
        assert answer.plan.n_served >= itu_programme(problem, part * whole)
        assert answer.gap <= 0.01


def test_a_frontier_of_a_province(province: Problem) -> None:
    found = frontier(province, points=12)
    assert (np.diff(found.values) >= 0).all()
    assert found.values[-1] == _most(province)
    assert max(choice.gap for choice in found.choices) < 0.03
    assert np.isfinite(found.next_site[0])


def _most(problem: Problem) -> float:
    best = np.zeros(problem.n_sites)
    np.maximum.at(best, problem.ways.site, problem.ways.value)
    return float(best.sum())


@pytest.mark.parametrize(
    "broken",
    [
        {"ways": ways_of(row(2, 1))},
        {"ways": ways_of(row(0, -1))},
        {"ways": ways_of(row(0, 1, node=7))},
        {"ways": ways_of(row(0, 1, node=1, facility=0)), "opening_cost": np.ones(1)},
        {"first": np.array([True])},
    ],
)
def test_arrays_that_do_not_fit_are_refused(broken: dict) -> None:
    with pytest.raises(ValueError):
        Problem(**{"graph": line(1), "n_sites": 2, "ways": ways_of(row(0, 1)), **broken})


@pytest.mark.reference
class TestIbiza:
    """ITU's example, its own prices; its ranking plans cost 1,787,547 and 2,737,138 USD."""

    @pytest.fixture(autouse=True)
    def _files(self) -> None:
        if not choice_ibiza.FOLDER.is_dir():
            pytest.skip(f"{choice_ibiza.FOLDER} is not there")

    def test_all_technologies(self) -> None:
        answer = cheapest(choice_ibiza.ibiza(satellite=True))
        assert answer.plan.cost == pytest.approx(940_585, abs=1)
        assert answer.gap < 1e-9

    def test_without_satellite(self) -> None:
        problem = choice_ibiza.ibiza(satellite=False)
        answer = cheapest(problem)
        assert answer.plan.cost == pytest.approx(2_012_830, abs=1)
        assert answer.gap < 1e-9
        by = np.bincount(problem.ways.technology[answer.plan.way], minlength=4)
        assert by.tolist() == [42, 50, 8, 0]
        line_km = problem.graph.cost[answer.plan.edges].sum() / choice_ibiza.KM
        assert line_km == pytest.approx(42.99, abs=0.005)

    def test_budgets(self) -> None:
        problem = choice_ibiza.ibiza(satellite=False)
        million, half = (best_within(problem, budget) for budget in (1e6, 5e5))
        assert (million.plan.n_served, half.plan.n_served) == (60, 36)
        assert million.gap == half.gap == 0

    def test_itus_own_programme_is_restated_well(self) -> None:
        # Its published figure for this example without satellite.
        assert itu_cheapest(choice_ibiza.ibiza(satellite=False)) == pytest.approx(2_032_790, abs=1)
