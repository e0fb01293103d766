"""Years and partners: drawn works, brute force on tiny cases, what more money must do."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from phusong.phasing import (
    NOT_BUILT,
    BrokenScheduleError,
    Quota,
    Schedule,
    Terms,
    Works,
    certified_bound,
    line_pieces,
    schedule_works,
    verify_schedule,
)

NO = np.inf


def works(
    parent: list[int],
    cost: list[list[float]] | list[float],
    value: list[float],
    months: list[int] | int = 1,
    after: list[tuple[int, int]] | None = None,
    own: list[bool] | None = None,
) -> Works:
    n = len(parent)
    return Works(
        np.array(parent, int),
        np.array(value, float),
        np.full(n, months) if isinstance(months, int) else np.array(months, int),
        np.array(cost, float).reshape(n, -1) if n else np.empty((0, 2)),
        np.array(after or [], int).reshape(-1, 2),
        None if own is None else np.array(own),
    )


def test_what_is_worth_most_for_its_money_comes_first() -> None:
    # Two sites of 10 each; the year's money does for one.
    plan = schedule_works(works([-1, -1], [10, 10], [1, 5]), Terms(2, budget=np.array([10.0, 10.0])))
    assert plan.year.tolist() == [1, 0]
    assert plan.worth == 5 * 2 + 1 * 1 == plan.bound


def test_a_trunk_is_built_for_the_sites_behind_it_and_not_for_nothing() -> None:
    #      ┌─ 1: worth 4
    # 0 ───┤              3: a trunk that leads nowhere
    #      └─ 2: worth 4
    it = works([-1, 0, 0, -1], [6, 2, 2, 1], [0, 4, 4, 0])
    plan = schedule_works(it, Terms(1, budget=np.array([20.0])))
    assert plan.year.tolist() == [0, 0, 0, NOT_BUILT]
    assert plan.spent.tolist() == [[10.0]]
    short = schedule_works(it, Terms(2, budget=np.array([7.0, 3.0])))
    assert short.year[:3].tolist() in ([0, 1, NOT_BUILT], [0, NOT_BUILT, 1])


def test_eight_months_and_eight_months_take_two_years() -> None:
    chain = works([-1, 0, 1], [1, 1, 1], [1, 1, 1], months=[8, 8, 4])
    plan = schedule_works(chain, Terms(3))
    assert plan.year.tolist() == [0, 1, 1]
    assert schedule_works(chain, Terms(1)).year.tolist() == [0, NOT_BUILT, NOT_BUILT]


def test_works_of_fifteen_months_are_paid_in_their_first_year_and_serve_from_their_second() -> None:
    # Fifteen months leave nine of the second year: there is room for 9 more, not for 10.
    it = works([-1, 0, 0], [5, 1, 1], [1, 1, 1], months=[15, 9, 10])
    plan = schedule_works(it, Terms(3))
    assert plan.year.tolist() == [0, 1, 2]
    assert plan.finished.tolist() == [1, 1, 2]
    assert plan.spent.ravel().tolist() == [5, 1, 1]
    assert plan.worth == 2 + 2 + 1


def test_long_works_wait_for_a_january() -> None:
    plan = schedule_works(works([-1, 0], [1, 1], [1, 1], months=[1, 14]), Terms(3))
    assert plan.year.tolist() == [0, 1] and plan.finished.tolist() == [0, 2]


def test_a_branch_has_one_partner_and_goes_to_the_operator_that_it_taps() -> None:
    cost = [[5, NO], [5, NO], [5, 4], [5, 4]]  # the second branch taps an operator that nobody knows
    plan = schedule_works(works([-1, 0, -1, 2], cost, [1, 1, 1, 1]), Terms(1))
    assert plan.partner.tolist() == [0, 0, 1, 1]
    # The partner with the cheap first piece may not build the second.
    split = works([-1, 0], [[1, 9], [NO, 1]], [1, 1])
    assert schedule_works(split, Terms(1)).partner.tolist() == [1, 1]


def test_an_item_that_begins_a_branch_may_be_anothers() -> None:
    it = works([-1, 0], [[1, NO], [NO, 1]], [1, 1], own=[False, True])
    assert schedule_works(it, Terms(1)).partner.tolist() == [0, 1]
    tied = replace(it, own_partner=None)
    assert schedule_works(tied, Terms(1)).partner.tolist() == [0, NOT_BUILT]


def test_an_item_can_need_one_of_another_tree() -> None:
    # The repeater hop (1) is worth much but needs the mast (0), which is dear.
    it = works([-1, -1, -1], [8, 2, 2], [0, 9, 1], after=[(1, 0)])
    plan = schedule_works(it, Terms(2, budget=np.array([10.0, 2.0])))
    assert plan.year.tolist() == [0, 0, 1]
    assert schedule_works(it, Terms(2, budget=np.array([9.0, 1.0]))).year.tolist() == [
        NOT_BUILT,
        NOT_BUILT,
        0,
    ]


def test_money_left_over_is_lost_or_carried_over() -> None:
    it = works([-1], [15], [1])
    money = np.array([10.0, 10.0])
    assert schedule_works(it, Terms(2, budget=money)).year.tolist() == [NOT_BUILT]
    assert schedule_works(it, Terms(2, budget=money, carry_over=True)).year.tolist() == [1]


def test_each_partner_has_its_own_purse() -> None:
    it = works([-1, -1], [[5, 6], [5, 6]], [1, 1])
    plan = schedule_works(it, Terms(1, partner_budget=np.array([[5.0, 6.0]])))
    assert sorted(plan.partner.tolist()) == [0, 1]
    assert plan.spent.tolist() == [[5.0, 6.0]]
    both = Terms(1, budget=np.array([10.0]), partner_budget=np.array([[5.0, 6.0]]))
    assert sorted(schedule_works(it, both).partner.tolist()) == [NOT_BUILT, 0]


def test_a_quota_gives_a_partner_its_part() -> None:
    it = works([-1] * 4, [[1, 2]] * 4, [1, 1, 1, 1])
    assert schedule_works(it, Terms(1)).partner.tolist() != [1, 1, 1, 1]
    half = Terms(1, quotas=(Quota(1, 0.5, of="value"),))
    assert (schedule_works(it, half).partner == 1).sum() >= 2
    none = Terms(1, quotas=(Quota(0, 0.0, at_least=False),))
    assert schedule_works(it, none).partner.tolist() == [1, 1, 1, 1]
    lot = Terms(1, quotas=(Quota(1, 1.0, items=np.array([True, False, False, False])),))
    assert schedule_works(it, lot).partner[0] == 1


def test_years_in_service_can_go_on_after_the_last_budget() -> None:
    it = works([-1, -1], [10, 10], [2, 3], months=[1, 13])
    money = np.array([10.0, 0.0])
    assert schedule_works(it, Terms(2, budget=money)).year.tolist() == [0, NOT_BUILT]
    lasting = Terms(2, budget=money, in_service=np.array([10.0, 9.0]))
    assert schedule_works(it, lasting).year.tolist() == [NOT_BUILT, 0]


def test_nothing_to_build() -> None:
    empty = schedule_works(works([], [], []), Terms(3, budget=np.ones(3)))
    assert empty.worth == empty.bound == 0 and empty.spent.shape == (3, 2)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"parent": np.array([1, 0])}, "ring"),
        ({"after": np.array([[0, 1]]), "parent": np.array([-1, 0])}, "ring"),
        ({"parent": np.array([-1, 2])}, "no item"),
        ({"value": np.array([1.0])}, "length"),
        ({"months": np.array([0.5, 1.0])}, "whole"),
        ({"cost": np.array([[1.0], [-1.0]])}, "at least 0"),
    ],
)
def test_works_that_cannot_be(change: dict[str, np.ndarray], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(works([-1, -1], [1, 1], [1, 1]), **change)  # type: ignore[arg-type]


def test_line_pieces_end_at_forks_and_sites() -> None:
    # 0 (fibre) ─1─ 1 ─1─ 2 ┬─1─ 3 (site) ─1─ 4 (site)
    #                       └─1─ 5 ─1─ 6 (site)            7: not on the tree
    above = np.array([-1, 0, 1, 2, 3, 2, 5, -2])
    one = np.array([0, 1, 1, 1, 1, 1, 1, 9.0])
    value = np.array([0, 0, 0, 1, 1, 0, 1, 1.0])
    ends, parent, cost, length = line_pieces(above, one, 100 * one, value)
    assert ends.tolist() == [2, 3, 4, 6]
    assert parent.tolist() == [-1, 0, 1, 0]
    assert cost.tolist() == [2, 1, 1, 2] and length.tolist() == [200, 100, 100, 200]


# Brute force.


def outcomes(it: Works, terms: Terms) -> float:
    """The best worth by trying every year and partner of every item."""
    choices = [NOT_BUILT, *product(range(terms.years), range(it.partners))]
    best = 0.0
    for each in product(choices, repeat=it.n):
        year = np.array([NOT_BUILT if c == NOT_BUILT else c[0] for c in each])
        partner = np.array([NOT_BUILT if c == NOT_BUILT else c[1] for c in each])
        best = max(best, worth_if_allowed(it, terms, year, partner))
    return best


def worth_if_allowed(it: Works, terms: Terms, year: np.ndarray, partner: np.ndarray) -> float:
    """Worth of a schedule by the rules as they are written; 0 where they are broken."""
    done = [0] * it.n  # month, counted from the first January, in which an item is finished
    worth = 0.0
    money = np.zeros((terms.years, it.partners))
    for i in it.order.tolist():
        if year[i] == NOT_BUILT:
            continue
        needs = it.needs[i]
        if any(year[j] == NOT_BUILT for j in needs) or not np.isfinite(it.cost[i, partner[i]]):
            return 0.0
        up = it.parent[i]
        free = it.own_partner is not None and it.own_partner[i]
        if up >= 0 and not free and partner[up] != partner[i]:
            return 0.0
        ready = max((done[j] for j in needs), default=0)
        begin = max(12 * year[i], ready)
        done[i] = begin + int(it.months[i])
        late = begin > 12 * year[i] if it.months[i] > 12 else done[i] > 12 * year[i] + 12
        if late or done[i] > 12 * terms.years:
            return 0.0
        worth += it.value[i] * terms.service[(done[i] - 1) // 12]
        money[year[i], partner[i]] += it.cost[i, partner[i]]
    if terms.partner_budget is not None and (money > terms.partner_budget).any():
        return 0.0
    totals = money.sum(axis=1)
    if terms.budget is not None:
        budget = np.asarray(terms.budget)
        if terms.carry_over:
            budget, totals = np.cumsum(budget), np.cumsum(totals)
        if (totals > budget).any():
            return 0.0
    for quota in terms.quotas:
        built = np.flatnonzero(year >= 0)
        amount = it.cost[built, partner[built]] if quota.of == "cost" else it.value[built]
        over = amount[partner[built] == quota.partner].sum() - quota.share * amount.sum()
        if over * (-1 if quota.at_least else 1) > 1e-9:
            return 0.0
    return worth


@st.composite
def tiny(draw: st.DrawFn) -> tuple[Works, Terms]:
    """Up to four items, two partners, two years."""
    n = draw(st.integers(1, 4))
    whole = st.integers(0, 6)
    parent = [draw(st.integers(-1, i - 1)) for i in range(n)]
    after = [(i, draw(st.integers(0, i - 1))) for i in range(1, n) if draw(st.integers(0, 3)) == 0]
    cost = [[draw(st.sampled_from([1, 2, 3, 5, NO])) for _p in range(2)] for _i in range(n)]
    months = [draw(st.sampled_from([1, 3, 6, 7, 12, 14])) for _i in range(n)]
    it = works(
        parent, cost, [draw(whole) for _ in range(n)], months, after, [draw(st.booleans()) for _ in range(n)]
    )
    total = np.array([draw(whole) for _ in range(2)], float) if draw(st.booleans()) else None
    each = (
        np.array([[draw(whole) for _ in range(2)] for _ in range(2)], float) if draw(st.booleans()) else None
    )
    quotas = (
        (Quota(draw(st.integers(0, 1)), draw(st.sampled_from([0.25, 0.5])), draw(st.booleans()), "value"),)
        if draw(st.integers(0, 2)) == 0
        else ()
    )
    carry = draw(st.booleans()) if each is None else False
    return it, Terms(2, total, each, carry, None, quotas)


@given(tiny())
@settings(max_examples=80, deadline=None)
def test_tiny_works_are_scheduled_best_and_no_bound_is_below(case: tuple[Works, Terms]) -> None:
    it, terms = case
    best = outcomes(it, terms)
    plan = schedule_works(it, terms)
    assert plan.worth == pytest.approx(best)
    assert plan.bound == pytest.approx(best, rel=1e-6)
    assert plan.certified >= best - 1e-9
    assert certified_bound(it, terms, plan.prices) >= best - 1e-6


def test_nothing_can_be_built_and_the_prices_prove_less_than_much() -> None:
    """The bound is 0, the certificate is not: rounding of the certificate is no broken proof."""
    it = Works(
        parent=np.array([-1, 0, -1]),
        value=np.array([0.0, 1.0, 4.0]),
        months=np.array([1, 1, 1]),
        cost=np.array([[2.0, 1.0], [1.0, 5.0], [1.0, 5.0]]),
        after=np.array([[2, 0]]),
        own_partner=np.array([False, False, False]),
    )
    quota = Quota(0, 0.5, False, "value")
    terms = Terms(2, None, np.array([[1.0, 2.0], [0.0, 3.0]]), False, None, (quota,))
    plan = schedule_works(it, terms)
    assert plan.worth == plan.bound == 0.0 == outcomes(it, terms)


@given(tiny(), st.data())
@settings(max_examples=60, deadline=None)
def test_more_money_in_a_year_never_gives_less(case: tuple[Works, Terms], data: st.DataObject) -> None:
    it, terms = case
    assume(terms.budget is not None or terms.partner_budget is not None)
    more = data.draw(st.integers(1, 4))
    year = data.draw(st.integers(0, 1))
    total = None if terms.budget is None else terms.budget + more * (np.arange(2) == year)
    each = (
        None
        if terms.partner_budget is None
        else terms.partner_budget + more * (np.arange(2) == year)[:, None]
    )
    richer = replace(terms, budget=total, partner_budget=each)
    assert schedule_works(it, richer).worth >= schedule_works(it, terms).worth - 1e-9


@given(tiny(), st.floats(0.001, 1e9))
@settings(max_examples=40, deadline=None)
def test_any_unit_of_money_gives_the_same(case: tuple[Works, Terms], unit: float) -> None:
    it, terms = case
    unit = 2.0 ** round(np.log2(unit))
    other = replace(it, cost=it.cost * unit)
    total = None if terms.budget is None else terms.budget * unit
    each = None if terms.partner_budget is None else terms.partner_budget * unit
    scaled = schedule_works(other, replace(terms, budget=total, partner_budget=each))
    plain = schedule_works(it, terms)
    assert scaled.year.tolist() == plain.year.tolist() and scaled.worth == plain.worth


# Works that are too many for proof.


def many(seed: int, n: int = 120) -> tuple[Works, Terms]:
    random = np.random.default_rng(seed)
    parent = np.array([int(random.integers(max(-1, i - 12), i)) if i % 8 else -1 for i in range(n)])
    capex = random.integers(5, 60, n).astype(float)
    value = random.integers(0, 6, n).astype(float)
    it = Works(parent, value, random.integers(1, 9, n), capex[:, None] * np.ones(3))
    it = replace(it, cost=capex[:, None] * random.uniform(0.85, 1.3, (n, 3))[it.branch])
    return it, Terms(4, partner_budget=np.full((4, 3), capex.sum() * 0.8 / 12))


@pytest.fixture(scope="module")
def planned() -> tuple[Works, Terms, Schedule]:
    it, terms = many(0)
    return it, terms, schedule_works(it, terms, rounds=12)


def test_the_answer_is_near_its_bound(planned: tuple[Works, Terms, Schedule]) -> None:
    _works, _terms, plan = planned
    assert 0 <= plan.gap < 0.05


def test_a_search_that_is_cut_short_still_gives_a_schedule_and_a_bound() -> None:
    it, terms = many(1)
    plan = schedule_works(it, terms, time_limit_s=0.01)
    verify_schedule(it, terms, plan)
    assert 0 <= plan.worth <= plan.bound


def test_the_answer_is_the_same_again(planned: tuple[Works, Terms, Schedule]) -> None:
    it, terms, plan = planned
    again = schedule_works(it, terms, rounds=12)
    assert again.year.tobytes() == plan.year.tobytes() and again.partner.tobytes() == plan.partner.tobytes()


def test_a_longer_search_and_more_money_begin_from_what_is_known(
    planned: tuple[Works, Terms, Schedule],
) -> None:
    it, terms, plan = planned
    assert schedule_works(it, terms, start=plan, rounds=0).worth >= plan.worth
    assert terms.partner_budget is not None
    richer = replace(terms, partner_budget=terms.partner_budget * 1.05)
    assert schedule_works(it, richer, start=plan, rounds=0).worth >= plan.worth


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda p: replace(p, year=np.where(p.year == 1, 0, p.year)), "finished|fit|budget|begins|add up"),
        (lambda p: replace(p, partner=np.where(p.year >= 0, 0, -1)), "add up"),
        (lambda p: replace(p, worth=p.worth + 1), "worth"),
        (lambda p: replace(p, bound=p.worth - 1), "order"),
        (lambda p: replace(p, prices=p.prices * 0.5), "prices"),
        (lambda p: replace(p, prices=-p.prices), "below 0"),
        (lambda p: replace(p, spent=p.spent * 1.01), "add up"),
    ],
)
def test_the_verifier_sees_what_is_spoilt(planned, spoil, says) -> None:  # type: ignore[no-untyped-def]
    it, terms, plan = planned
    verify_schedule(it, terms, plan)
    with pytest.raises(BrokenScheduleError, match=says):
        verify_schedule(it, terms, spoil(plan))


def test_the_verifier_sees_what_is_built_on_nothing() -> None:
    it = works([-1, 0], [[3, 4], [1, 2]], [0, 1], own=[False, True])
    plan = schedule_works(it, Terms(1))
    alone = replace(plan, year=np.array([-1, 0]), partner=np.array([-1, 0]), finished=np.array([-1, 0]))
    with pytest.raises(BrokenScheduleError, match="without what it needs"):
        verify_schedule(it, Terms(1), alone)
    shared = replace(plan, partner=np.array([0, 1]))
    with pytest.raises(BrokenScheduleError, match="two partners"):
        verify_schedule(replace(it, own_partner=None), Terms(1), shared)
    with pytest.raises(BrokenScheduleError, match="budget"):
        verify_schedule(it, Terms(1, budget=np.array([3.5])), plan)
    quota = Terms(1, quotas=(Quota(0, 0.5, at_least=False),))
    with pytest.raises(BrokenScheduleError, match="quota"):
        verify_schedule(it, quota, plan)
