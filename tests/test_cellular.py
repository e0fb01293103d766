"""Terminals on existing cells, new carriers and new cell sites on drawn land."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn_land import X0, cells, elevation, land, level, ridge
from drawn_plan import CRS, gaps_of, round_prices, study
from hypothesis import given
from hypothesis import strategies as st

from phusong.domain import Region
from phusong.options import Proposal, chains_of_facilities, propose_options
from phusong.sectors import cell_mbps, down_rate, residents_of_masts, up_rate
from phusong.signals import signals_at_sites
from phusong.siting import cover_greedily, people_without_signal
from phusong.wording import REASONS

PRICES = round_prices()["cellular"]


def ask(where: Region, *technologies: str, signals: bool = True, prices: dict | None = None) -> Proposal:
    asked = study(technologies=technologies, years=10)
    found = signals_at_sites(asked, where).table if signals else None
    return propose_options(asked, where, gaps_of(where.sites), prices or round_prices(), found)


def with_empty_measurements(where: Region) -> Region:
    from dataclasses import replace

    from phusong.domain import INPUT_TABLES, empty

    return replace(where, measurements=empty(INPUT_TABLES["measurements"], CRS))


def drawn(path: Path, at: dict, masts: gpd.GeoDataFrame, height=level, **more: object) -> Region:  # type: ignore[no-untyped-def]
    masts = masts.assign(source="drawn", row=1)
    return with_empty_measurements(land(at, elevation(path / "e.tif", height), masts, **more))


def test_rates_are_those_of_3gpp() -> None:
    # RSRP −100 dBm: SINR = −100 + 10 − (−174 + 41.8 + 9) − 3 = 30.2 dB, above what 4.4 bit/s/Hz ask for.
    assert down_rate(PRICES, "LTE", np.array([-100.0]))[0] == pytest.approx(44)
    # RSRP −120 dBm: SINR 10.2 dB: 0.6 · log2(1 + 10^1.024) · 10 MHz.
    assert down_rate(PRICES, "LTE", np.array([-120.0]))[0] == pytest.approx(
        6 * np.log2(1 + 10 ** (0.1 * (-110 + 174 - 10 * np.log10(15e3) - 12))), rel=1e-9
    )
    assert down_rate(PRICES, "LTE", np.array([-140.0]))[0] == 0
    # 150 dB of loss up: 23 + 10 − 150 + 15 = −102 dBm over −174 + 70 + 5 + 3 dBm.
    sinr = -102 + 174 - 70 - 5 - 3
    up = up_rate(PRICES, "LTE", np.array([-119.8]), np.array([30.2]), np.array([58.0]))[0]
    assert up == pytest.approx(0.0 if sinr < 0 else 4 * np.log2(1 + 10 ** (sinr / 10)))


@given(st.lists(st.floats(-130, -60), min_size=2, max_size=2))
def test_a_stronger_signal_is_never_slower(pair: list[float]) -> None:
    weak, strong = np.array([min(pair)]), np.array([max(pair)])
    assert down_rate(PRICES, "LTE", weak)[0] <= down_rate(PRICES, "LTE", strong)[0]
    reference, eirp = np.array([30.2]), np.array([58.0])
    assert up_rate(PRICES, "NR", weak, reference, eirp) <= up_rate(PRICES, "NR", strong, reference, eirp)


def test_residents_go_to_the_nearest_mast_of_each_operator() -> None:
    masts = pd.DataFrame({"x_m": [0.0, 4000, 0], "y_m": 0.0, "operator": ["V", "V", "M"]})
    people = pd.DataFrame({"x_m": [100.0, 3900, 90_000], "y_m": 0.0, "people": [100.0, 60, 7]})
    assert residents_of_masts(masts, people, 10_000).tolist() == [50, 30, 80]


def test_a_near_cell_with_room_serves_for_the_price_of_a_terminal(tmp_path: Path) -> None:
    where = drawn(tmp_path, {"S": (2000, 300)}, cells([("A", "LTE", 1000, 0)]), population=500)
    found = ask(where, "cellular")
    site = found.options.iloc[0]
    assert site["feasible"] and site["depends_on"] == "sector-A"
    assert (site["capex_vnd"], site["facility_capex_vnd"]) == (120 * 23_942, 0)
    # 500 residents at 0.03 Mb/s leave 30 of the cell's 45; the site gets that part of its rate.
    assert found.facilities.set_index("facility_id").loc["sector-A", "capacity_mbps"] == 45 - 15
    assert site["down_mbps"] == pytest.approx(44 * 30 / 45, abs=0.1)


def test_a_full_cell_needs_one_more_carrier(tmp_path: Path) -> None:
    where = drawn(tmp_path, {"S": (2000, 300)}, cells([("A", "LTE", 1000, 0)]), population=1400)
    found = ask(where, "cellular")
    site = found.options.iloc[0]
    assert site["feasible"] and site["depends_on"] == "carrier-A"
    assert site["facility_capex_vnd"] == 12_000 * 23_942
    assert site["months_to_build"] == 5
    # The own carrier is no alternative: it has 45 − 42 Mb/s left.
    assert found.alternatives["facility_id"].tolist() == ["carrier-A"]


def test_a_mast_whose_backhaul_is_full_serves_nobody(tmp_path: Path) -> None:
    masts = cells([("A", "LTE", 1000, 0)], backhaul_room_mbps=5.0)
    site = ask(drawn(tmp_path, {"S": (2000, 300)}, masts), "cellular").options.iloc[0]
    assert (site["feasible"], site["reason"]) == (False, "too_slow")


def test_3g_and_ground_that_is_not_known_carry_nothing(tmp_path: Path) -> None:
    site = ask(drawn(tmp_path, {"S": (2000, 300)}, cells([("A", "UMTS", 1000, 0)])), "cellular").options.iloc[
        0
    ]
    assert (site["feasible"], site["reason"]) == (False, "no_signal")
    flat = with_empty_measurements(
        land({"S": (2000, 300)}, None, cells([("A", "LTE", 1000, 0)]).assign(source="drawn", row=1))
    )
    assert ask(flat, "cellular").options.iloc[0]["reason"] == "signal_not_computed"
    assert ask(flat, "cellular", signals=False).options.iloc[0]["reason"] == "signal_not_computed"


def test_people_behind_the_ridge_have_no_signal(tmp_path: Path) -> None:
    at = {"S": (2000, 0), "T": (9000, 0)}
    where = drawn(tmp_path, at, cells([("A", "LTE", 0, 0)]), ridge)
    proposal = ask(where, "cellular")
    lacking = people_without_signal(proposal.land, study().mobile, 15_000)
    # The commune's people are taken to live at its two sites.
    assert lacking[["x_m", "people"]].to_numpy().tolist() == [[X0 + 9000, 500.0]]


def test_a_new_cell_site_serves_the_sites_it_covers_together(tmp_path: Path) -> None:
    at = {"S": (8500, 400), "T": (9000, 0), "U": (9300, -500)}
    where = drawn(tmp_path, at, cells([("A", "LTE", 0, 0)]), ridge)
    found = ask(where, "cell_site", "microwave")
    options = found.options.set_index(["technology", "site_id"]).loc["cell_site"]
    assert options["feasible"].all() and options["depends_on"].nunique() == 1
    site = found.facilities.set_index("facility_id").loc[options["depends_on"].iloc[0]]
    assert (site["kind"], site["site_ids"], site["people"]) == (
        "cell_site",
        "S;T;U",
        pytest.approx(1000, abs=1),
    )
    # It hangs on something that hangs on fibre or on the mast in the west.
    last = found.facilities.set_index("facility_id").loc[
        chains_of_facilities(found.facilities)[site.name][-1]
    ]
    assert last["kind"] in ("fibre_end", "mast")
    own = found.alternatives[found.alternatives["technology"] == "cell_site"]["capex_vnd"]
    assert (own == 120 * 23_942).all()
    assert (options["capex_vnd"] - options["facility_capex_vnd"] == 120 * 23_942).all()
    # The people of the villages are what makes it earn more than the sites' fees.
    assert (options["revenue_vnd_per_year"] > 12 * 500_000 + 1000 * 0.5 * 12 * 50_000 - 1e6).all()


def test_without_elevation_no_place_is_found() -> None:
    site = ask(land({"S": (2000, 0)}), "cell_site", signals=False).options.iloc[0]
    assert (site["feasible"], site["reason"]) == (False, "no_elevation")
    assert {"no_elevation", "no_place", "no_signal", "signal_not_computed"} <= set(REASONS)


@given(st.integers(0, 1000), st.integers(1, 8), st.integers(1, 12), st.integers(1, 6))
def test_the_cover_reaches_every_site_that_any_place_reaches(
    seed: int, places: int, points: int, n: int
) -> None:
    rng = np.random.default_rng(seed)
    sees, serves = rng.random((places, points)) < 0.4, rng.random((places, n)) < 0.3
    cost = np.where(rng.random(places) < 0.2, np.inf, 1 + rng.random(places))
    order = cover_greedily(sees, serves, rng.integers(0, 50, points), cost)
    reachable = serves[np.isfinite(cost)].any(axis=0)
    assert (serves[order].any(axis=0) == reachable).all() and np.isfinite(cost[order]).all()
    assert len(order) <= n and len(set(order)) == len(order)


def test_a_cell_carries_what_its_bandwidth_does() -> None:
    assert cell_mbps(PRICES, "LTE") == 15


def test_a_mast_without_4g_is_cheaper_than_a_new_one(tmp_path: Path) -> None:
    at = {"S": (8500, 400), "T": (9000, 0)}
    masts = cells([("A", "LTE", 0, 0), ("B", "UMTS", 8800, 200)])
    found = ask(drawn(tmp_path, at, masts, ridge), "cell_site")
    facilities = found.facilities.set_index("facility_id")
    site = facilities.loc[found.options["depends_on"].unique()].iloc[0]
    assert (site["operator"], site["height_m"]) == ("Viettel", 40)
    # Base station, radios, licence; neither tower nor panels.
    assert site["capex_vnd"] == (25_000 + 3000 + 40 * 50) * 23_942
    alone = ask(drawn(tmp_path, at, cells([("A", "LTE", 0, 0)]), ridge), "cell_site")
    new = alone.facilities.set_index("facility_id").loc[alone.options["depends_on"].iloc[0]]
    assert new["capex_vnd"] > site["capex_vnd"] + 42_000 * 23_942
