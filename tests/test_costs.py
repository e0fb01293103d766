"""Present value, checked against sums written out by hand."""

import numpy as np
import pytest
from drawn_plan import price
from hypothesis import given
from hypothesis import strategies as st

from phusong.costs import Horizon, annuity, assumed, money, present_cost_vnd, renewals
from phusong.costs import price as find_price
from phusong.errors import PhuSongError


def test_present_cost_is_the_sum_of_what_is_paid_each_year() -> None:
    # 1,000 now, again after 5 years, and 100 at the end of each of 10 years, at 5 %.
    by_hand = 1000 + 1000 / 1.05**5 + sum(100 / 1.05**year for year in range(1, 11))
    assert present_cost_vnd(1000.0, 100.0, Horizon(10, 0.05), 5) == pytest.approx(by_hand)


def test_without_interest_a_year_costs_what_it_says() -> None:
    assert present_cost_vnd(1000.0, 100.0, Horizon(10, 0.0), 10) == 2000


@pytest.mark.parametrize(
    ("years", "life", "bought"), [(10, 5, 2), (11, 5, 3), (10, 10, 1), (1, 10, 1), (7, 3.5, 2)]
)
def test_equipment_is_bought_again_when_its_life_ends_within_the_years(
    years: int, life: float, bought: int
) -> None:
    assert renewals(Horizon(years, 0.0), life) == bought


def test_a_life_of_no_years_is_refused_with_what_to_do() -> None:
    with pytest.raises(PhuSongError, match="Set life_years above 0"):
        renewals(Horizon(10, 0.05), 0)


def test_a_missing_price_says_where_to_put_it() -> None:
    with pytest.raises(PhuSongError, match=r"no price 'new_line' for fibre. Add it .* \[prices.fibre\]"):
        find_price({}, "fibre", "new_line")


@given(
    capex=st.floats(0, 1e12),
    opex=st.floats(0, 1e11),
    years=st.integers(1, 50),
    rate=st.floats(0, 1),
    life=st.floats(1, 60),
    factor=st.floats(0.1, 10),
)
def test_present_cost_scales_and_is_never_below_capex(
    capex: float, opex: float, years: int, rate: float, life: float, factor: float
) -> None:
    horizon = Horizon(years, rate)
    cost = present_cost_vnd(capex, opex, horizon, life)
    assert cost >= capex
    assert present_cost_vnd(capex * factor, opex * factor, horizon, life) == pytest.approx(cost * factor)
    assert annuity(Horizon(years + 1, rate)) > annuity(horizon)


def test_money_is_in_whole_dong_and_low_stays_below_high() -> None:
    columns = money(
        {"value": np.array([10.6]), "low": np.array([5.2]), "high": np.array([20.9])},
        np.array([0.4]),
        Horizon(10, 0.05),
        10,
    )
    assert columns["capex_vnd"] == 11
    assert columns["capex_low_vnd"] == 5
    assert columns["capex_high_vnd"] == 21
    assert columns["opex_vnd_per_year"] == 0
    assert columns["present_cost_vnd"] == round(11 + 0.4 * 7.7217)


def test_one_assumed_price_makes_a_sum_assumed() -> None:
    own = price(5)
    province = type(own)(5, 5, 5, "VND", "province", "2026", "province")
    assert assumed([own, province])
    assert not assumed([province])
