"""What sites need, where people live, and what lines and cells are expected to earn."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from conftest import HEADER, SITES
from drawn_land import X0, Y0, land
from drawn_plan import CRS, gaps_of, round_prices, study
from rasterio.transform import from_origin

from phusong.costs import Horizon
from phusong.demand import find_demand
from phusong.domain import Raster
from phusong.options import propose_options, wifi
from phusong.people import where_people_live
from phusong.readers.study import figures
from phusong.revenue import households_along, not_yet_passed, viability_gap, with_revenue
from phusong.study import Demand

ASKED = study()
SETTINGS = Demand(**figures("demand.toml"))
NOBODY = pd.DataFrame({"x_m": [], "y_m": [], "people": [], "households": []})


def demand_of(**columns: object) -> pd.Series:
    sites = land({"S": (0, 0)}).sites.assign(**columns)
    return find_demand(sites, NOBODY, ASKED.targets, SETTINGS).iloc[0]


def test_two_megabits_a_user_and_twenty_at_least() -> None:
    assert demand_of(users=3)["demand_mbps"] == 20
    assert demand_of(users=50)["demand_mbps"] == 100
    assert (demand_of(users=50)["users_basis"], demand_of()["users_basis"]) == ("reported", "assumed")


def test_pupils_and_beds_stand_for_users_that_nobody_counted() -> None:
    assert demand_of(pupils=400)["users"] == 40
    assert demand_of(pupils=20)["users"] == 10
    assert demand_of(kind="hospital", beds=200)["users"] == 100
    assert demand_of(pupils=400, users=5)["users"] == 5


def test_conferences_at_three_levels_come_on_top() -> None:
    commune, district, province = (
        demand_of(kind=f"office_{level}") for level in ("commune", "district", "province")
    )
    assert [row["video_rooms"] for row in (commune, district, province)] == [1, 2, 3]
    assert commune["demand_mbps"] == 15 * 2 + 4
    assert demand_of()["video_rooms"] == 0


def test_households_near_by_are_those_within_the_radius() -> None:
    people = pd.DataFrame({"x_m": [X0, X0 + 900, X0 + 1100], "y_m": Y0, "people": 10.0, "households": 3.0})
    found = find_demand(land({"S": (0, 0)}).sites, people, ASKED.targets, SETTINGS).iloc[0]
    assert (found["households_near"], found["households_mbps"]) == (6, 6)


def test_people_live_in_the_raster_scaled_to_the_census(tmp_path: Path) -> None:
    heads = np.zeros((4, 4), np.float32)
    heads[1, 1], heads[2, 3] = 30, 10
    profile = {"driver": "GTiff", "width": 4, "height": 4, "count": 1, "dtype": "float32", "crs": CRS}
    path = tmp_path / "people.tif"
    with rasterio.open(path, "w", **profile, transform=from_origin(X0, Y0 + 4000, 1000, 1000)) as raster:
        raster.write(heads, 1)
    where = replace(land({"S": (0, 0)}), population=(Raster(path, (0, 0, 0, 0), CRS, (4, 4)),))
    found = where_people_live(where, 4.0)
    assert found["people"].tolist() == [750, 250] and found["households"].tolist() == [187.5, 62.5]
    assert found[["x_m", "y_m"]].to_numpy().tolist() == [[X0 + 1500, Y0 + 2500], [X0 + 3500, Y0 + 1500]]
    assert set(found["basis"]) == {"computed"}


def test_without_a_raster_they_live_in_settlements_else_at_the_sites() -> None:
    at_sites = where_people_live(land({"S": (0, 0), "T": (500, 0)}), 4.0)
    assert at_sites["people"].tolist() == [500, 500] and set(at_sites["basis"]) == {"assumed"}
    villages = gpd.GeoDataFrame(geometry=[shapely.Point(X0 + 2000, Y0)], crs=CRS)
    found = where_people_live(replace(land({"S": (0, 0)}), settlements=villages), 4.0)
    assert found[["x_m", "people"]].to_numpy().tolist() == [[X0 + 2000, 1000.0]]
    assert where_people_live(land({"S": (0, 0)}, population=None), 4.0).empty


def test_households_are_passed_once_and_not_where_fibre_is() -> None:
    shapes = shapely.from_wkt(["LINESTRING (0 0, 1000 0)", "LINESTRING (1000 0, 2000 0)"])
    people = pd.DataFrame(
        {"x_m": [500.0, 1000, 1900, 0], "y_m": [50.0, 10, 400, -20], "households": [5.0, 7, 9, 11]}
    )
    ways = [np.array([0, 1]), np.array([1]), np.array([], dtype=int)]
    assert households_along(shapes, ways, people, 100).tolist() == [23, 7, 0]
    fibre = gpd.GeoDataFrame(geometry=[shapely.LineString([(-500, 0), (0, 0)])])
    assert not_yet_passed(people, fibre, 100)["households"].tolist() == [5, 7, 9]


def test_the_gap_is_what_revenue_leaves() -> None:
    assert viability_gap(np.array([1000.0]), np.array([0.0]), Horizon(10, 0.05)).tolist() == [1000]
    assert viability_gap(np.array([1000.0]), np.array([1000.0]), Horizon(10, 0.05)).tolist() == [0]


def test_a_line_earns_from_sites_and_households_and_wifi_nothing() -> None:
    where = land({"S": (3000, 0), "T": (3000, 4000)})
    asked = study(technologies=("fibre", "satellite", "wifi"))
    gaps = gaps_of(where.sites, fibre={"T": "ok"}, wifi={"S": "gap"})
    found = propose_options(asked, where, gaps, round_prices()).options.set_index("technology")
    # 500 people at each site; 139 households at S (3.6 persons each), 40 % pay 165,000 a month.
    assert found.loc["fibre", "households_passed"] == pytest.approx(500 / 3.6, abs=0.1)
    fee = 12 * 500_000
    assert found.loc["satellite", "revenue_vnd_per_year"] == fee
    assert found.loc["fibre", "revenue_vnd_per_year"] == pytest.approx(
        fee + found.loc["fibre", "households_passed"] * 0.4 * 12 * 165_000
    )
    assert found.loc["wifi", "revenue_vnd_per_year"] == 0
    assert found.loc["wifi", "viability_gap_vnd"] == found.loc["wifi", "present_cost_vnd"]


def test_households_count_for_the_first_line_that_passes_them() -> None:
    from phusong.portfolio import choose_plan

    where = land({"S": (3000, 0), "T": (6000, 0)})
    where = replace(where, sites=where.sites.assign(commune_code=["10000", "10001"]))
    asked, prices = study(technologies=("fibre",)), round_prices()
    gaps = gaps_of(where.sites)
    proposal = propose_options(asked, where, gaps, prices)
    plan = choose_plan(asked, where, gaps, proposal, prices)
    people = pd.DataFrame({"x_m": [X0 + 1500.0, X0 + 5000], "y_m": Y0, "households": [40.0, 7]})
    out = with_revenue(
        plan.investments, plan.segments, plan.options, people, where.fibre, prices["revenue"], Horizon(1, 0)
    )
    assert out.sort_values("rank")["households_passed"].tolist() == [40, 7]
    first = out.sort_values("rank").iloc[0]
    assert first["revenue_vnd_per_year"] == 12 * 500_000 + 40 * 0.4 * 12 * 165_000
    assert (out["viability_gap_vnd"] >= 0).all()


def test_access_points_follow_building_users_and_yard() -> None:
    from phusong.readers import read_prices
    from phusong.study import Study

    prices = read_prices(Study.model_construct(prices={}))["wifi"]
    kinds = pd.DataFrame({"kind": ["village_hall", "office_commune", "hospital"], "users": [10, 15, 60]})
    assert wifi.points_inside(prices, kinds).tolist() == [1, 2, 8]
    assert wifi.points_outside(prices, kinds).tolist() == [1, 1, 1]
    crowded = kinds.assign(users=[100, 15, 60])
    assert wifi.points_inside(prices, crowded).tolist() == [4, 2, 8]
    # P.1238 office at 5.5 GHz: 63.2 + … the reach shrinks as less may be lost.
    weaker = dict(prices) | {"loss_most_db": replace(prices["loss_most_db"], value=80)}
    assert wifi.reach_inside_m(weaker) < wifi.reach_inside_m(prices) <= 30
    assert wifi.reach_inside_m(prices) < wifi.reach_outside_m(prices)


def test_lists_say_electricity_pupils_and_beds(drawn_study, opened) -> None:  # type: ignore[no-untyped-def]
    header = f"{HEADER},Nguồn điện,Số học sinh,Giường bệnh"
    more = ("Điện lưới,,", "mặt trời,,12", "chưa có,,", "hỏi lại,250,")
    rows = tuple(f"{row},{own}" for row, own in zip(SITES, more, strict=True))
    _study, where, findings = opened(drawn_study(rows, header))
    sites = where.sites.set_index("site_id")
    assert sites["power"].fillna("").to_dict() == {"S1": "mains", "S2": "solar", "S3": "none", "S4": ""}
    assert (sites.loc["S4", "pupils"], sites.loc["S2", "beds"]) == (250, 12)
    assert any("hỏi lại" in finding.what for finding in findings)
