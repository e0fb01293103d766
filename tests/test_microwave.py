"""Chains of microwave hops on drawn land: what sees what, over which hill, and what it costs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawn_land import X0, Y0, cells, elevation, land, level, ridge
from drawn_plan import gaps_of, round_prices, study
from hypothesis import given
from hypothesis import strategies as st

from phusong.domain import Region
from phusong.options import Proposal, chains_of_facilities, propose_options
from phusong.radio.links import asked_clearance, mast_heights
from phusong.radio.pairs import needed_heights
from phusong.terrain import Grid, read_profile
from phusong.wording import REASONS

MONEY = ("capex_vnd", "capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year", "present_cost_vnd")


def ask(where: Region, prices: dict | None = None, fibre: dict | None = None, **plan: object) -> Proposal:
    gaps = gaps_of(where.sites, fibre)
    asked = study(**{"technologies": ("microwave",), "years": 10, "discount_rate": 0.05, **plan})
    return propose_options(asked, where, gaps, prices or round_prices())


def only(proposal: Proposal) -> pd.Series:
    assert len(proposal.options) == 1
    return proposal.options.iloc[0]


@given(
    seed=st.integers(0, 10_000),
    start_m=st.floats(2, 60),
    f_ghz=st.sampled_from([7.5, 18.0, 38.0]),
    reach=st.integers(5, 90),
)
def test_the_mast_of_each_pair_is_that_of_one_link(
    seed: int, start_m: float, f_ghz: float, reach: int
) -> None:
    rng = np.random.default_rng(seed)
    ground = (rng.random((100, 100)) * 120).astype(np.float32)
    grid = Grid(ground, 0.0, 2970.0, 30.0)
    a, b = rng.random(2) * 500 + 100, rng.random(2) * reach * 25 + 300
    profile = read_profile(grid, tuple(a), tuple(b))
    rules = asked_clearance(float(profile.d_km[-1]))
    need = needed_heights(
        grid,
        np.array([a[0], b[0]]),
        np.array([a[1], b[1]]),
        np.array([start_m, 0.0]),
        np.array([[0, 1]]),
        np.array([f_ghz]),
        (np.array([[rules[0][0], rules[1][0]]]), np.array([[rules[0][1], rules[1][1]]])),
        1e9,
    )
    assert need[0] == pytest.approx(mast_heights(profile, start_m, 0.0, f_ghz).at_end_m, abs=0.02)


def test_a_site_in_sight_of_fibre_gets_one_hop(tmp_path: Path) -> None:
    found = ask(land({"S": (4000, 500)}, elevation(tmp_path / "e.tif", level)))
    site = only(found)
    assert site["feasible"] and site["reason"] == ""
    assert site["depends_on"].startswith("fibre-") and site["latency_ms"] == 21
    assert 99.9 < site["availability_percent"] <= 100
    # A pole beside the fibre and its tap (free here) are the facility; 2,500 USD at 23,942 ₫.
    assert site["facility_capex_vnd"] == 2500 * 23_942
    # Radios 3,000 and licence 40 × 50 USD, and a pole at the site.
    assert site["capex_vnd"] - site["facility_capex_vnd"] == (3000 + 40 * 50 + 2500) * 23_942


def test_a_ridge_between_is_crossed_by_a_relay_on_its_top(tmp_path: Path) -> None:
    found = ask(land({"S": (10_000, 0)}, elevation(tmp_path / "e.tif", ridge)))
    site, facilities = only(found), found.facilities.set_index("facility_id")
    relay = facilities.loc[site["depends_on"]]
    assert site["feasible"] and relay["kind"] == "relay"
    assert abs(relay.geometry.x - X0 - 5000) < 100 and abs(relay.geometry.y - Y0) < 600
    assert facilities.loc[relay["depends_on"], "kind"] == "fibre_end"
    assert site["latency_ms"] == 22 and site["months_to_build"] == 6
    # Nobody laid mains on the hill: panels, a survey, a mast and a track are in its price.
    assert relay["capex_vnd"] > (8700 + 15 * 1000 + 3000) * 23_942


def test_one_hop_does_not_cross_it(tmp_path: Path) -> None:
    prices = round_prices()
    prices["microwave"] = prices["microwave"] | {"hops": _with(prices, "microwave", "hops", 1)}
    site = only(ask(land({"S": (10_000, 0)}, elevation(tmp_path / "e.tif", ridge)), prices))
    assert (site["feasible"], site["reason"]) == (False, "no_sight")


def _with(prices: dict, sheet: str, name: str, value: float) -> object:
    from dataclasses import replace

    return replace(prices[sheet][name], value=value, low=value, high=value)


def test_hilltops_far_from_roads_carry_no_relay(tmp_path: Path) -> None:
    where = land(
        {"S": (10_000, 0)}, elevation(tmp_path / "e.tif", ridge), roads=[[(-1000, -7000), (0, -7000)]]
    )
    assert only(ask(where))["reason"] == "no_sight"


def test_without_elevation_only_the_length_counts_and_it_says_so() -> None:
    found = ask(land({"S": (10_000, 0), "T": (60_000, 0)})).options.set_index("site_id")
    assert (found.loc["S", "feasible"], found.loc["S", "reason"]) == (True, "length_only")
    assert (found.loc["T", "feasible"], found.loc["T", "reason"]) == (False, "beyond_hop")
    assert {"length_only", "beyond_hop", "no_sight", "no_feed"} <= set(REASONS)


def test_without_elevation_the_antenna_stands_on_the_mast_that_is_paid_for() -> None:
    found = ask(land({"S": (10_000, 0)}))
    assert set(found.alternatives["height_m"]) == {30.0}


def test_without_fibre_or_masts_there_is_nothing_to_begin_at() -> None:
    assert only(ask(land({"S": (1000, 0)}, fibre=())))["reason"] == "no_feed"


def test_a_mast_with_4g_has_room_one_with_3g_has_none(tmp_path: Path) -> None:
    heights = elevation(tmp_path / "e.tif", level)
    with_4g = ask(land({"S": (3000, 0)}, heights, cells([("A", "LTE", 2000, 0)]), fibre=()))
    assert only(with_4g)["depends_on"].startswith("mast-") and only(with_4g)["facility_capex_vnd"] == 0
    with_3g = ask(land({"S": (3000, 0)}, heights, cells([("A", "UMTS", 2000, 0)]), fibre=()))
    assert only(with_3g)["reason"] == "no_feed"
    said = cells([("A", "UMTS", 2000, 0)], backhaul_room_mbps=50.0)
    assert only(ask(land({"S": (3000, 0)}, heights, said, fibre=())))["feasible"]
    full = cells([("A", "LTE", 2000, 0)], backhaul_room_mbps=10.0)
    assert only(ask(land({"S": (3000, 0)}, heights, full, fibre=())))["reason"] == "no_sight"


def test_what_a_site_pays_alone_is_its_own_and_the_whole_chain(tmp_path: Path) -> None:
    at = {"S": (10_000, 0), "T": (10_400, 300), "U": (3000, 200)}
    found = ask(land(at, elevation(tmp_path / "e.tif", ridge)))
    facilities = found.facilities.set_index("facility_id")
    chains = chains_of_facilities(found.facilities)
    own = found.alternatives.set_index(["site_id", "facility_id"])
    for option in found.options.itertuples():
        shared = facilities.loc[list(chains[option.depends_on])]
        for name in MONEY:
            whole = own.loc[(option.site_id, option.depends_on), name] + shared[name].sum()
            assert getattr(option, name) == whole
        assert option.facility_present_cost_vnd == shared["present_cost_vnd"].sum()
    # Both sites behind the ridge can hang on one relay.
    assert found.options.set_index("site_id").loc[["S", "T"], "depends_on"].nunique() == 1


def test_a_site_without_electricity_pays_for_panels(tmp_path: Path) -> None:
    where = land({"S": (4000, 500), "T": (4000, 600)}, elevation(tmp_path / "e.tif", level))
    where.sites["power"] = pd.Series(["none", "mains"], index=where.sites.index, dtype="str")
    found = ask(where, technologies=("fibre", "microwave", "satellite")).options
    found = found.set_index(["technology", "site_id"])["capex_vnd"]
    for technology in ("microwave", "satellite"):
        assert found[technology, "S"] > found[technology, "T"] + 10_000_000
    # 20 W over 3.5 h × 0.75 and three days of battery at 0.8.
    panels = 20 * 24 / (3.5 * 0.75) * 1 + 20 * 24 * 3 / 0.8 * 0.25
    # T stands 100 m farther from the road.
    own = found["fibre", "S"] - found["fibre", "T"] + 100 * 200
    assert own == pytest.approx(panels * 23_942, abs=2)


def test_the_order_of_the_rows_changes_nothing(tmp_path: Path) -> None:
    from dataclasses import replace

    at = {"S": (10_000, 0), "T": (10_400, 300), "U": (3000, 200)}
    masts = cells([("A", "LTE", 1000, 1000), ("B", "UMTS", 8000, 500), ("C", "LTE", 1000, 1000)])
    where = land(at, elevation(tmp_path / "e.tif", ridge), masts)
    mixed = replace(where, sites=where.sites.iloc[::-1], cells=where.cells.iloc[::-1])
    one, other = ask(where), ask(mixed)
    for name in ("options", "facilities", "alternatives", "demand"):
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(one, name)), pd.DataFrame(getattr(other, name)))


def test_an_end_of_fibre_is_of_the_operator_whose_line_it_is(tmp_path: Path) -> None:
    lines = (((-1000, 0), (0, 0)), ((3000, 3000), (6000, 3000)))
    where = land({"S": (2000, 0), "T": (5000, 2000)}, elevation(tmp_path / "e.tif", level), fibre=lines)
    found = ask(where)
    whose = found.facilities.set_index("facility_id")["operator"]
    assert whose[found.options.set_index("site_id")["depends_on"]].tolist() == ["op0", "op1"]


@pytest.mark.reference
def test_the_real_offices_without_fibre_are_asked_of_every_technology(nam_giang: Path, opened) -> None:  # type: ignore[no-untyped-def]
    from phusong.gaps import find_gaps
    from phusong.readers import read_prices
    from phusong.signals import signals_at_sites

    asked, where, _findings = opened(nam_giang)
    signals = signals_at_sites(asked, where).table
    prices = read_prices(asked)
    found = propose_options(asked, where, find_gaps(asked, where, None, signals), prices, signals)
    options = found.options.set_index(["site_id", "technology"])
    assert all(len(options.loc[site]) == 7 for site in ("NG-006", "NG-009"))
    # Both can be reached over a hilltop, and neither by fibre without leaving the road.
    for site in ("NG-006", "NG-009"):
        microwave = options.loc[(site, "microwave")]
        assert microwave["reason"] == "fibre_only" and microwave["availability_percent"] > 99.5
        chain = chains_of_facilities(found.facilities)[microwave["depends_on"]]
        kinds = found.facilities.set_index("facility_id").loc[list(chain), "kind"].tolist()
        assert kinds[0] == "relay" and kinds[-1] in ("fibre_end", "mast")
        assert microwave["present_cost_vnd"] < options.loc[(site, "fibre"), "present_cost_vnd"]
