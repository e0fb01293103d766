"""The plan by commune adds up to the plan, whatever the investments share."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from phusong.bycommune import plan_by_commune, split_whole
from phusong.costs import MONEY


@given(
    st.integers(0, 10**13),
    st.lists(st.floats(0, 1e12, allow_nan=False, allow_infinity=False), min_size=1, max_size=40),
)
def test_what_is_split_adds_up_and_nobody_is_off_by_more_than_one(total, weights):
    parts = split_whole(total, np.array(weights))
    assert sum(parts) == total and min(parts) >= 0
    whole = sum(weights)
    if whole > 0:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - total * (weight / whole)) <= 1 + total * 1e-12


def drawn(funded=(True, True, False)):
    """A line to A1 and B1, Wi-Fi at A1, and a satellite terminal at C1; D has nothing."""
    gaps = pd.DataFrame(
        {"site_id": ["A1", "B1", "C1", "D1"], "commune_code": ["00001", "00002", "00003", "00004"]}
    )
    options = pd.DataFrame(
        [
            ("A1", "fibre", True, 100),
            ("B1", "fibre", True, 300),
            ("A1", "wifi", True, 50),
            ("C1", "satellite", True, 7),
            ("D1", "satellite", False, None),
        ],
        columns=["site_id", "technology", "chosen", "share_vnd"],
    )
    investments = pd.DataFrame(
        [
            ("fibre", "fibre", "A1;B1", 400, 41),
            ("wifi", "wifi", "A1", 50, 3),
            ("satellite", "connection", "C1", 7, 1),
        ],
        columns=["technology", "closes", "site_ids", "capex_vnd", "opex_vnd_per_year"],
    )
    money = {name: investments["capex_vnd"] for name in MONEY if name not in investments}
    investments = investments.assign(rank=[1, 2, 3], funded=list(funded), **money)
    return plan_by_commune(investments, options, gaps, gaps), investments


def test_an_investment_of_several_communes_is_split_by_the_shares_of_its_sites():
    plan, _investments = drawn()
    rows = plan.set_index("commune_code")
    assert rows["capex_vnd"].to_dict() == {"00001": 150, "00002": 300, "00003": 0, "00004": 0}
    # 41 a year as 1 : 3 is 10.25 and 30.75: the larger remainder gets what is left over.
    assert rows["opex_vnd_per_year"].to_dict() == {"00001": 13, "00002": 31, "00003": 0, "00004": 0}
    assert rows["sites_connected"].tolist() == [1, 1, 0, 0] and rows["sites_wifi"].tolist() == [1, 0, 0, 0]


def test_what_the_budget_does_not_reach_is_counted_apart():
    plan, investments = drawn()
    assert plan["later_capex_vnd"].tolist() == [0, 0, 7, 0] and plan["later_sites_connected"].sum() == 1
    for name in MONEY:
        assert plan[name].sum() == investments.loc[investments["funded"], name].sum()
        assert plan[f"later_{name}"].sum() == investments.loc[~investments["funded"], name].sum()
    nothing, _same = drawn(funded=(False, False, False))
    assert nothing["capex_vnd"].sum() == 0 and nothing["later_capex_vnd"].sum() == 457
