"""What a sum of money buys of a plan: added up by hand, and never against what the run itself says."""

import pandas as pd
import pytest
from drawn_run import drawn_run
from hypothesis import given
from hypothesis import strategies as st
from test_portfolio import plan_of, world

from phusong.bought import bought, lit_from


def of_drawn(*ids: str, **people: float | None) -> dict[str, object]:
    """What the drawn run's investments `ids` bring; `people` of some sites are others."""
    tables = drawn_run().tables
    gaps, investments = tables["gaps"], tables["investments"]
    gaps["people"] = gaps["site_id"].map(lambda site: people.get(site, 1000.0)).astype("float64")
    return vars(bought(investments[investments["investment_id"].isin(ids)], gaps, tables["commune_status"]))


def test_added_up_by_hand() -> None:
    nothing = {"investments": 0, "sites_connected": 0, "sites_wifi": 0, "people": 0, "capex_vnd": 0}
    assert of_drawn().items() >= {**nothing, "centres_now": 1, "centres": 1}.items()
    assert of_drawn()["gaps"] == {"fibre": 2, "wifi": 2, "mobile": 2, "video": 1}
    line = of_drawn("N1")
    # B1 is the office of its commune; its hall serves the same thousand people.
    assert line["people"] == 1000 and line["sites_connected"] == 2 and line["centres"] == 2
    assert line["gaps"] == {"fibre": 0, "wifi": 2, "mobile": 2, "video": 1}
    both = of_drawn("N1", "N2")
    assert (both["sites_connected"], both["sites_wifi"], both["gaps"]) == (2, 1, line["gaps"] | {"wifi": 1})
    assert both["capex_vnd"] == 5_624_000_000 and both["opex_vnd_per_year"] == 281_200_000


def test_of_a_family_in_a_commune_the_sum_of_others_the_most() -> None:
    assert of_drawn("N1", B1=700, B2=300)["people"] == 700


def test_who_is_not_known_is_not_nobody() -> None:
    assert of_drawn("N1", B1=None, B2=None).items() >= {"people": None, "sites_without_people": 2}.items()
    assert of_drawn("N1", B2=None).items() >= {"people": 1000, "sites_without_people": 1}.items()
    assert of_drawn(B1=None)["people"] == 0


def test_a_connection_that_is_no_fibre_leaves_the_fibre_gap() -> None:
    tables = drawn_run().tables
    dish = tables["investments"].assign(closes="connection", technology="satellite").iloc[:1]
    found = bought(dish, tables["gaps"], tables["commune_status"])
    assert found.sites_connected == 2 and found.gaps["fibre"] == 2 and found.centres == 1


PLANS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), min_size=1, max_size=8)


@given(PLANS, st.integers(0, 60))
def test_it_never_contradicts_the_run(said: list[tuple[int, int, bool]], budget: int) -> None:
    # Also where the funded ones are not the first, do not fit, or leave room for another.
    plan = pd.DataFrame(said, columns=["capex_vnd", "present_cost_vnd", "funded"])
    plan["rank"] = range(1, len(plan) + 1)
    money = lit_from(plan, budget)
    assert ((money <= budget) == plan["funded"]).all()
    for funded in (True, False):
        assert money[plan["funded"] == funded].is_monotonic_increasing
    assert money.sample(frac=1, random_state=budget).sort_index().equals(money)


@given(PLANS)
def test_without_a_budget_it_is_the_running_sum(said: list[tuple[int, int, bool]]) -> None:
    plan = pd.DataFrame(said, columns=["capex_vnd", "present_cost_vnd", "funded"]).assign(funded=True)
    plan["rank"] = range(1, len(plan) + 1)
    assert list(lit_from(plan)) == list(plan["capex_vnd"].cumsum())
    assert list(lit_from(plan, covers="present_cost_vnd")) == list(plan["present_cost_vnd"].cumsum())
    mixed = plan.sample(frac=1, random_state=1)
    assert lit_from(mixed).sort_index().equals(lit_from(plan))


def test_nothing_to_build_costs_nothing() -> None:
    empty = drawn_run().tables["investments"].iloc[:0]
    assert lit_from(empty, 5).empty and lit_from(empty).empty


@pytest.mark.parametrize("budget", [0, 205_000, 250_000, 10_000_000])
def test_at_the_plans_own_budget_it_is_the_plan(budget: int) -> None:
    plan = plan_of(world(), budget_vnd=budget)
    where = world().sites
    gaps = pd.DataFrame({"site_id": where["site_id"], "kind": where["kind"], "people": 100.0})
    gaps = gaps.assign(commune_code=where["commune_code"], fibre="gap", wifi="ok", mobile="ok", video="ok")
    communes = pd.DataFrame({"centre_site_id": gaps["site_id"], "fibre": "gap"})
    built = plan.investments[lit_from(plan.investments, budget) <= budget]
    found, said = bought(built, gaps, communes), plan.summary()
    for name in ("capex_vnd", "opex_vnd_per_year", "sites_connected", "investments"):
        assert getattr(found, name) == said[name]
    assert (
        found.gaps["fibre"] == len(gaps) - said["sites_connected"]
        and found.centres == said["sites_connected"]
    )
