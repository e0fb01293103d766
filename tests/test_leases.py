"""Rent: fibre of another operator, EVN's poles, ducts. Lease or build falls out of the years of the study."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from drawn_plan import CRS, gaps_of, lines, price, region, round_prices, shuffled, sites, study
from hypothesis import given
from hypothesis import strategies as st

from phusong.costs import Prices
from phusong.domain import FIBRE, INVESTMENTS, OPTIONS, SEGMENTS, Region
from phusong.options import for_lease, may_be_tapped, propose_options
from phusong.portfolio import Plan, choose_plan
from phusong.readers.layers import read_layer
from phusong.study import Source

#: Own fibre in the west, S 10 km east of it by road, and 100 m beside the road another operator's cable:
#:
#:   |═══════════ F1, for lease: 10 ₫ a metre and year ═══════════
#:   F0                                                          |  100 m
#:   |─────────── road: 100 ₫ a metre ──────────────────────────-S
ROAD = [(0, 0), (10_000, 0)]
OWN, OTHER = [(0, -1000), (0, 1000)], [(0, 100), (10_000, 100)]
TERMINAL = 1000
#: The last 5 m before own fibre count as its end.
RENT = 9995 * 10


def world(at: dict[str, tuple[float, float]] | None = None, lease: str | None = "yes") -> Region:
    fibre = lines([OWN, OTHER], "F")
    fibre["lease"] = pd.Series([None, lease], dtype="str")
    fibre["tap_allowed"] = pd.Series([None, "no"], dtype="str")
    return region(lines([ROAD]), fibre, sites(at or {"S": (10_000, 0)}))


def rents(**more: object) -> Prices:
    drawn = {"lease": price(10, "VND/m/year"), "life_years": price(50, "years"), "tap": price(700)}
    return round_prices(**(drawn | more))


def plan_of(where: Region, prices: Prices | None = None, **plan: object) -> Plan:
    asked = study(**{"technologies": ("fibre",), **plan})
    gaps, prices = gaps_of(where.sites), prices or rents()
    found = choose_plan(asked, where, gaps, propose_options(asked, where, gaps, prices), prices)
    for table, schema in ((found.investments, INVESTMENTS), (found.segments, SEGMENTS)):
        schema.validate(table)
    OPTIONS.validate(found.options)
    return found


def test_a_short_study_leases() -> None:
    found = plan_of(world(), years=9)
    assert found.segments["kind"].tolist() == ["leased", "offroad"]
    leased, drop = found.segments.to_dict("records")
    # One splice where the cables meet, another where line leaves the leased one.
    assert (leased["capex_vnd"], leased["taps_vnd"], leased["rent_vnd_per_year"]) == (700, 700, RENT)
    assert (drop["capex_vnd"], drop["taps_vnd"], drop["rent_vnd_per_year"]) == (100 * 200 + 700, 700, 0)
    row = found.investments.iloc[0]
    assert row["capex_vnd"] == 20_000 + 2 * 700 + TERMINAL
    assert (row["opex_vnd_per_year"], row["rent_vnd_per_year"]) == (RENT, RENT)
    assert (row["leased_m"], row["new_line_m"]) == (9995, 100)
    assert row["present_cost_vnd"] == row["capex_vnd"] + 9 * RENT
    assert found.proof is not None and found.proof.bound_vnd == row["present_cost_vnd"]


def test_a_long_study_builds() -> None:
    found = plan_of(world(), years=10)
    assert found.segments["kind"].tolist() == ["road"]
    row = found.investments.iloc[0]
    assert (row["capex_vnd"], row["rent_vnd_per_year"]) == (9995 * 100 + 700 + TERMINAL, 0)


def test_the_rate_of_discount_counts() -> None:
    # 10 years' rent at 5 % is worth 7.72 of it today.
    assert plan_of(world(), years=10, discount_rate=0.05).segments["kind"].tolist() == ["leased", "offroad"]
    assert plan_of(world(), years=30, discount_rate=0.05).segments["kind"].tolist() == ["road"]


def test_a_rent_of_its_own_goes_before_the_sheet() -> None:
    where = world()
    where.fibre["lease_vnd_per_m_year"] = [float("nan"), 12.5]
    assert plan_of(where, years=2).total()["opex_vnd_per_year"] == round(9995 * 12.5)
    assert plan_of(where, years=9).segments["kind"].tolist() == ["road"]


@pytest.mark.parametrize("lease", [None, "no"])
def test_a_line_that_is_not_for_lease_is_not_leased(lease: str | None) -> None:
    assert plan_of(world(lease=lease), years=1).segments["kind"].tolist() == ["road"]


def test_fibre_for_lease_is_no_place_to_begin_at_and_an_excluded_operators_is_not_leased() -> None:
    fibre = world().fibre.assign(tap_allowed=pd.Series([None, None], dtype="str"))
    assert may_be_tapped(fibre, ())["fibre_id"].tolist() == ["F0"]
    assert for_lease(fibre, ())["fibre_id"].tolist() == ["F1"]
    assert for_lease(fibre, ("op1",)).empty
    assert plan_of(world(), years=1, exclude_operators=("op1",)).segments["kind"].tolist() == ["road"]


#: A third of the way, M and N hang off the same leased cable.
THREE = {"M": (4000.0, 0.0), "N": (4000.0, 300.0), "S": (10_000.0, 0.0)}


def test_sites_share_the_rent_of_the_cable_that_they_share() -> None:
    found = plan_of(world(THREE), years=2)
    assert found.total()["opex_vnd_per_year"] == RENT
    shares = found.options.set_index("site_id")["share_rent_vnd_per_year"]
    assert shares.sum() == RENT
    # The first 4 km are of three, the rest is of S alone.
    assert shares["S"] == pytest.approx(39_950 / 3 + 60_000, abs=1) and abs(shares["M"] - shares["N"]) <= 1
    assert found.options["share_vnd"].sum() == found.total()["capex_vnd"]


def test_segments_lead_through_splices_to_each_site() -> None:
    found = plan_of(world(THREE), years=2)
    table = found.segments.set_index("segment_id")
    assert (table.geometry.length > 0).all() and table["length_m"].sum() == pytest.approx(10_395)
    for name, row in table.iterrows():
        before = row["upstream_id"]
        start = shapely.Point(row["geometry"].coords[0])
        if isinstance(before, str) and before:
            assert start.equals(shapely.Point(table.loc[before, "geometry"].coords[-1])), name
        else:
            assert start.distance(shapely.LineString(OWN)) < 6
        assert row["tap_id"] == "F0"
    assert sorted(";".join(table["end_site_ids"].dropna()).split(";")) == ["M", "N", "S"]


def test_a_site_on_the_leased_cable_needs_a_splice_and_no_line() -> None:
    found = plan_of(world({"S": (10_000.0, 100.0)}), years=2)
    assert found.segments["kind"].tolist() == ["leased"]
    row = found.investments.iloc[0]
    assert (row["capex_vnd"], row["taps_vnd"], row["new_line_m"]) == (2 * 700 + TERMINAL, 1400, 0)


def test_leased_fibre_can_be_left_for_a_road_and_joined_from_one() -> None:
    # The cable for lease lies from km 2 to km 6, in the road itself; before and behind it line is built.
    fibre = lines([OWN, [(2000, 0), (6000, 0)]], "F").assign(lease=pd.Series([None, "yes"], dtype="str"))
    where = region(lines([ROAD]), fibre, sites({"S": (10_000, 0)}))
    found = plan_of(where, years=1)
    assert found.segments["kind"].tolist() == ["road", "leased", "road"]
    assert found.segments["length_m"].round().tolist() == [1995, 4000, 4000]
    assert found.total()["capex_vnd"] == 5995 * 100 + 3 * 700 + TERMINAL


@given(seed=st.integers(0, 1000), years=st.sampled_from([2, 10]))
def test_the_order_of_the_rows_changes_nothing(seed: int, years: int) -> None:
    one, other = (plan_of(where, years=years) for where in (world(THREE), shuffled(world(THREE), seed)))
    pd.testing.assert_frame_equal(one.investments, other.investments)
    assert one.segments.geometry.geom_equals(other.segments.geometry).all()


def along_road(name: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {f"{name}_id": pd.Series(["X"], dtype="str")}, geometry=[shapely.LineString(ROAD)], crs=CRS
    )


def test_evns_poles_have_a_rent_by_the_pole() -> None:
    # 9,995 m at a pole every 50 m and 400 ₫ a pole and year: 8 ₫ a metre.
    where = replace(world(lease=None), power_lines=along_road("power_line"))
    prices = rents(evn_pole_rent=price(400, "VND/pole/year"), evn_poles_factor=price(0.5, "1"))
    found = plan_of(where, prices, years=1)
    assert found.segments["build"].tolist() == ["evn_poles"]
    assert found.total()["opex_vnd_per_year"] == 9995 * 8
    # Saved is 50 ₫ a metre: as many years' rent as that are worth it.
    assert plan_of(where, prices, years=6).segments["rent_vnd_per_year"].sum() == 9995 * 8


def test_ducts_have_a_rent_by_the_metre_and_length_factor() -> None:
    where = replace(world(lease=None), ducts=along_road("duct"))
    prices = rents(duct_rent=price(3, "VND/m/year"), length_factor=price(1.2, "1"))
    assert plan_of(where, prices, years=1).total()["opex_vnd_per_year"] == round(9995 * 1.2 * 3)


def test_rent_makes_another_technology_win() -> None:
    # Leasing costs 22,400 ₫ and 99,950 ₫ a year more each year; a satellite terminal 200,000 ₫ once.
    technologies = ("fibre", "satellite")
    short, longer = (plan_of(world(), technologies=technologies, years=years) for years in (1, 2))
    assert [p.investments["technology"].tolist() for p in (short, longer)] == [["fibre"], ["satellite"]]


def test_the_lists_words_for_lease_are_read(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"Mã tuyến": ["T1", "T2"], "Nhà mạng": ["A", "B"], "Cho thuê": ["Có", "Không"]},
        geometry=[shapely.LineString([(107.5, 15.5), (107.6, 15.5)])] * 2,
        crs="EPSG:4326",
    ).assign(**{"Giá thuê (đồng/m/năm)": ["12500", None]})
    frame.to_file(tmp_path / "f.geojson", driver="GeoJSON")
    read, notes = read_layer("fibre", Source(path="f.geojson"), tmp_path / "f.geojson")
    assert read["lease"].tolist() == ["yes", "no"]
    assert read["lease_vnd_per_m_year"].tolist()[0] == 12_500
    assert set(FIBRE.columns) >= {"lease", "lease_vnd_per_m_year"} and not len(notes)
