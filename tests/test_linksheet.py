"""LINKS: the radio hops of a plan on drawn land, as `phusong link` sees them too."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn_land import cells, elevation, land, level, ridge
from drawn_links import write_study
from drawn_plan import CRS, gaps_of, round_prices, study
from hypothesis import given
from hypothesis import strategies as st

from phusong.cli import main
from phusong.domain import LINKS, Raster, Region
from phusong.gaps import find_gaps
from phusong.linksheet import MOST_POINTS, profile_text
from phusong.options import propose_options
from phusong.portfolio import Plan, choose_plan
from phusong.radio.links import fresnel_m, raised_m, ray_m, tilt_deg
from phusong.readers import read_prices
from phusong.terrain import Grid, read_profile

#: Two schools behind a ridge, 10 km from where fibre ends; a third in front of it.
AT = {"S": (10_000.0, 0.0), "T": (10_400.0, 300.0), "U": (3000.0, 200.0)}


def plan_of(where: Region, technologies: tuple[str, ...] = ("microwave",), **plan: object) -> Plan:
    gaps, prices = gaps_of(where.sites), round_prices()
    asked = study(**{"technologies": technologies, "years": 10, "discount_rate": 0.05, **plan})
    found = choose_plan(asked, where, gaps, propose_options(asked, where, gaps, prices), prices)
    LINKS.validate(found.links)
    assert found.links["link_id"].is_unique
    return found


@pytest.fixture
def over_a_ridge(tmp_path: Path) -> Plan:
    return plan_of(land(AT, elevation(tmp_path / "e.tif", ridge)))


def numbers(text: str) -> np.ndarray:
    return np.array([int(part) for part in text.split(" ")])


def test_two_hops_lead_over_the_ridge_and_are_paid_once(over_a_ridge: Plan) -> None:
    links = over_a_ridge.links.set_index("b_id")
    relays = links[links["b_kind"] == "relay"]
    assert len(relays) == 1 and relays["site_ids"].tolist() == ["S;T"]
    relay = relays.iloc[0]
    assert relay["a_kind"] == "fibre_end" and relay["a_operator"] == "op0"
    assert links.loc[["S", "T"], "a_id"].tolist() == [relays.index[0]] * 2
    assert links.loc["S", "b_name"] == "S" and links.loc["S", "site_ids"] == "S"
    # One antenna height at the relay, whichever way it looks.
    assert set(links.loc[["S", "T"], "a_height_m"]) == {relay["b_height_m"]}
    assert links.loc["U", "a_kind"] == "fibre_end"
    paid = over_a_ridge.investments.set_index("investment_id")
    for link in over_a_ridge.links.to_dict("records"):
        investment = paid.loc[link["investment_id"]]
        mine = link["b_id"] in str(investment["facility_ids"]).split(";") + investment["site_ids"].split(";")
        assert mine and link["funded"] == investment["funded"]


def test_what_the_option_says_of_its_way_is_what_the_links_say(over_a_ridge: Plan) -> None:
    links = over_a_ridge.links
    for option in over_a_ridge.options.to_dict("records"):
        way = links[[option["site_id"] in ids.split(";") for ids in links["site_ids"]]]
        reached = 100 * (way["availability_percent"] / 100).prod()
        assert reached == pytest.approx(option["availability_percent"], abs=0.001)


def test_each_link_keeps_both_rules_and_ends_where_it_should(over_a_ridge: Plan) -> None:
    for link in over_a_ridge.links.to_dict("records"):
        assert link["terrain"] == "elevation" and link["margin_db"] > 0
        assert link["clearance_f1"] >= link["asked_f1"] - 0.002
        assert link["clearance_k_min_f1"] >= link["asked_k_min_f1"] - 0.002
        assert link["received_dbm"] - link["threshold_dbm"] == pytest.approx(link["margin_db"], abs=0.011)
        ground = numbers(link["profile_ground_m"])
        assert (len(ground) - 1) * link["profile_step_m"] == pytest.approx(link["length_m"], abs=0.2)
        assert ground[[0, -1]] == pytest.approx([link["a_ground_m"], link["b_ground_m"]], abs=0.6)
        assert len(ground) <= MOST_POINTS
        assert link["geometry"].length == pytest.approx(link["length_m"], abs=0.1)


def test_the_profile_shows_the_clearance_that_the_row_states(over_a_ridge: Plan) -> None:
    for link in over_a_ridge.links.to_dict("records"):
        ground = numbers(link["profile_ground_m"]).astype(float)
        d = np.linspace(0, link["length_m"] / 1000, len(ground))
        raised = raised_m(d, ground, 4 / 3)
        ray = ray_m(d, raised[0] + link["a_height_m"], raised[-1] + link["b_height_m"])
        parts = (ray - raised)[1:-1] / fresnel_m(d, link["f_ghz"])[1:-1]
        radius = fresnel_m(np.array([0, link["clearance_at_m"] / 1000, d[-1]]), link["f_ghz"])[1]
        # Heights are whole metres: half of one at the point, and at either end.
        assert parts.min() == pytest.approx(link["clearance_f1"], abs=1.2 / radius)


def test_azimuths_and_tilts_face_each_other(over_a_ridge: Plan) -> None:
    for link in over_a_ridge.links.to_dict("records"):
        turned = (link["a_azimuth_deg"] - link["b_azimuth_deg"]) % 360
        # The meridians of the two ends meet: 10 km at 15° N turn by less than 0.03°.
        assert turned == pytest.approx(180, abs=0.03)
        bend = np.degrees(link["length_m"] / 1000 / (4 / 3 * 6371))
        assert link["a_tilt_deg"] + link["b_tilt_deg"] == pytest.approx(-bend, abs=0.002)
        rise = link["b_ground_m"] + link["b_height_m"] - link["a_ground_m"] - link["a_height_m"]
        slope = np.degrees(np.arctan2(rise, link["length_m"]))
        assert link["a_tilt_deg"] == pytest.approx(slope - bend / 2, abs=0.002)
    # Fibre ends at the origin and the relay stands on the ridge, 5 km to the east and higher.
    up = over_a_ridge.links.set_index("b_kind").loc["relay"]
    assert 60 < up["a_azimuth_deg"] < 120 and up["a_tilt_deg"] > 2


@given(km=st.floats(0.1, 100), a=st.floats(0, 3000), b=st.floats(0, 3000))
def test_tilts_of_both_ends_add_up_to_the_bend_of_the_earth(km: float, a: float, b: float) -> None:
    assert tilt_deg(km, a, b) + tilt_deg(km, b, a) == pytest.approx(-np.degrees(km / (4 / 3 * 6371)))


def test_the_figures_are_those_of_phusong_link(
    opened: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_study(tmp_path / "study")
    links = links_of(path, opened)
    assert set(links["b_kind"]) >= {"relay", "site"}
    assert any(numbers(text).max() == 8 for text in links["profile_canopy_m"])
    as_phusong_link_says(links, path, tmp_path, capsys)


def links_of(path: Path, opened: Callable[..., Any]) -> gpd.GeoDataFrame:
    """LINKS of a study file, planned with whatever it asks for."""
    asked, where, _findings = opened(path)
    prices, gaps = read_prices(asked), find_gaps(asked, where)
    return choose_plan(asked, where, gaps, propose_options(asked, where, gaps, prices), prices).links


def as_phusong_link_says(
    links: gpd.GeoDataFrame, path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each link is asked of the command line again, in its own band."""
    assert len(links)
    lines = links.to_crs("EPSG:4326").geometry
    for link, line in zip(links.to_dict("records"), lines, strict=True):
        ends = zip("ab", line.coords, strict=True)
        said = [f"{x:.9f},{y:.9f},{link[f'{end}_height_m']}" for end, (x, y) in ends]
        arguments = ["link", *said, "--study", str(path), "--band", str(link["f_ghz"])]
        with pytest.raises(SystemExit):
            main([*arguments, "--out", str(out / "link.png"), "--json"])
        told = json.loads(capsys.readouterr().out)
        assert link["length_m"] == pytest.approx(1000 * told["length_km"], abs=0.11)
        for end in "ab":
            assert link[f"{end}_azimuth_deg"] == pytest.approx(told[end]["bearing_deg"], abs=0.006)
            assert link[f"{end}_ground_m"] == pytest.approx(told[end]["ground_m"], abs=0.06)
        for name in ("received_dbm", "margin_db"):
            assert link[name] == pytest.approx(told[name], abs=0.011)
        assert link["availability_percent"] == pytest.approx(told["availability_percent"], abs=2e-6)
        assert link["r001_mm_h"] == told["assumed"]["climate"]["r001_mm_h"]
        assert link["rain_basis"] == told["assumed"]["rain_basis"]
        for name in ("power_dbm", "gain_dbi", "threshold_dbm"):
            assert link[name] == told["assumed"]["radio"][name]
        for part, rule in zip(("", "_k_min"), told["clearances"], strict=True):
            assert link[f"asked{part}_f1"] == rule["asked_f1"]
            assert link[f"clearance{part}_f1"] == pytest.approx(rule["least_f1"], abs=2e-3)
            assert link[f"clearance{part}_at_m"] == pytest.approx(1000 * rule["at_km"], abs=0.2)
        assert told["clear"]


def test_no_links_where_no_radio_is_built(tmp_path: Path) -> None:
    by_cable = plan_of(land(AT, elevation(tmp_path / "e.tif", ridge)), ("fibre",)).links
    assert by_cable.empty and list(by_cable.columns) == list(LINKS.columns) and by_cable.crs == CRS


def test_without_elevation_there_is_no_profile_and_the_row_says_so() -> None:
    links = plan_of(land({"S": (10_000, 0)})).links
    assert links["terrain"].tolist() == ["flat"]
    nothing = [name for name in links if name.startswith("profile_") or "tilt" in name or "ground" in name]
    assert links[[*nothing, "clearance_f1", "clearance_at_m", "clearance_k_min_f1"]].isna().all(axis=None)
    link = links.iloc[0]
    assert link["b_height_m"] == 30 and link["margin_db"] > 20
    assert link["availability_percent"] == pytest.approx(99.99, abs=0.02)


def test_ends_beside_each_other_are_joined_by_cable(tmp_path: Path) -> None:
    masts = cells([("K", "LTE", 0, 0)])
    found = plan_of(land({"S": (60, 0)}, elevation(tmp_path / "e.tif", level), masts, fibre=()))
    assert found.options["chosen"].all() and found.links.empty


def test_a_link_from_a_mast_names_its_operator_and_shares_its_height(tmp_path: Path) -> None:
    masts = cells([("K", "LTE", 1000, 100)])
    link = plan_of(
        land({"S": (4000, 500)}, elevation(tmp_path / "e.tif", level), masts, fibre=())
    ).links.iloc[0]
    assert (link["a_kind"], link["a_operator"], link["a_height_m"]) == ("mast", "Viettel", 40)


def test_what_the_budget_leaves_out_is_there_and_not_funded(tmp_path: Path) -> None:
    where = land(AT, elevation(tmp_path / "e.tif", ridge))
    whole = plan_of(where)
    near = whole.investments["capex_vnd"].sum() // 3
    found = plan_of(where, budget_vnd=int(near))
    funded = found.links.groupby("b_id")["funded"].all()
    assert funded["U"] and not funded["S"] and set(found.links["link_id"]) == set(whole.links["link_id"])


def test_the_order_of_the_rows_changes_nothing(tmp_path: Path, over_a_ridge: Plan) -> None:
    where = land(AT, Raster(tmp_path / "e.tif", (0, 0, 0, 0), CRS, (540, 800)))
    mixed = replace(where, sites=where.sites.iloc[::-1])
    pd.testing.assert_frame_equal(pd.DataFrame(over_a_ridge.links), pd.DataFrame(plan_of(mixed).links))


def test_the_backhaul_of_a_new_cell_site_is_a_link(tmp_path: Path) -> None:
    found = plan_of(land({"S": (10_000, 0)}, elevation(tmp_path / "e.tif", ridge)), ("cell_site",))
    links = found.links.set_index("b_kind")
    assert links.loc["cell_site", "site_ids"] == "S"
    # The last way to the site is the cell's own signal, no microwave.
    assert "site" not in links.index


@given(samples=st.integers(3, 1500), seed=st.integers(0, 10_000), trees=st.booleans())
def test_a_short_profile_hides_no_peak(samples: int, seed: int, trees: bool) -> None:
    rng = np.random.default_rng(seed)
    grid = Grid(
        (rng.random((3, samples + 2)) * 500).astype(np.float32), 0.0, 60.0, 30.0,
        (rng.random((3, samples + 2)) * 20).astype(np.float32) if trees else None,
    )  # fmt: skip
    profile = read_profile(grid, (0.0, 30.0), (30.0 * samples, 30.0))
    said = profile_text(profile, canopy=trees)
    ground = numbers(said["profile_ground_m"])
    assert len(ground) == min(samples + 1, MOST_POINTS)
    assert said["profile_step_m"] * (len(ground) - 1) == pytest.approx(30 * samples, rel=1e-4)
    assert ground[0] == round(float(profile.ground_m[0]))
    assert ground[-1] == round(float(profile.ground_m[-1]))
    top = ground if not trees else ground + numbers(said["profile_canopy_m"])
    inner = profile.ground_m + profile.canopy_m
    assert top[1:-1].max() == pytest.approx(inner[1:-1].max(), abs=1.1) or len(ground) == MOST_POINTS
    # Each sample is no higher than what is shown at the step nearest to it.
    nearest = np.rint(np.arange(samples + 1) * (len(ground) - 1) / samples).astype(int)
    shown = np.isin(nearest, [0, len(ground) - 1], invert=True)
    assert (inner[shown] <= top[nearest[shown]] + 1.1).all()


@pytest.mark.reference
def test_the_real_offices_without_fibre_get_links_that_phusong_link_confirms(
    nam_giang: Path, opened: Callable, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = nam_giang.read_text(encoding="utf-8")
    nam_giang.write_text(text + '\n[plan]\ntechnologies = ["microwave"]\nfibre_only = []\n', encoding="utf-8")
    links = links_of(nam_giang, opened)
    assert {"NG-006", "NG-009"} <= set(links["b_id"])
    assert (links["clearance_f1"] >= links["asked_f1"] - 0.002).all()
    as_phusong_link_says(links, nam_giang, tmp_path, capsys)
