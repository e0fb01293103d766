"""Gaps: a report wins, what cannot be told stays unknown, and distances are true."""

import numpy as np
import pytest
from conftest import SITES, feature, line
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from phusong.gaps import communes_without_fibre, count_statuses, find_gaps, headline, roll_up
from phusong.wording import say_evidence


@pytest.fixture
def gaps_of(opened):
    def of(path):
        study, region, _findings = opened(path)
        gaps = find_gaps(study, region)
        return gaps.set_index("site_id", drop=False), roll_up(gaps, region.communes)

    return of


def test_the_drawn_world(drawn_study, gaps_of):
    gaps, communes = gaps_of(drawn_study())
    assert gaps["fibre"].tolist() == ["ok", "unknown", "gap", "gap"]
    assert gaps["fibre_basis"].fillna("").tolist() == ["reported", "", "reported", "computed"]
    assert gaps["wifi"].tolist() == ["ok", "unknown", "gap", "unknown"]
    assert gaps["mobile"].tolist() == ["ok", "ok", "gap", "unknown"]
    assert gaps["mobile_basis"].fillna("").tolist() == ["reported", "assumed", "reported", ""]
    assert gaps["video"].tolist() == ["ok", "unknown", "unknown", "unknown"]
    assert communes_without_fibre(communes) == ["00002"]
    assert headline(communes) == "1/2 commune centres have fibre; without: B"
    assert count_statuses(gaps)["fibre"] == {"ok": 1, "gap": 2, "unknown": 1}


def test_fibre_that_passes_by_is_not_service(drawn_study, gaps_of):
    """S2 is about 110 m from a line and has no report: unknown, with the distance."""
    gaps, _communes = gaps_of(drawn_study())
    row = gaps.loc["S2"]
    assert row["fibre"] == "unknown" and 100 < row["fibre_distance_m"] < 125
    assert "fibre passes 110 m away" in say_evidence(row, "fibre")


def test_every_status_has_evidence_and_every_known_one_a_date(drawn_study, gaps_of):
    gaps, _communes = gaps_of(drawn_study())
    for service in ("fibre", "wifi", "mobile", "video"):
        known = gaps[service] != "unknown"
        assert gaps[f"{service}_evidence"].notna().all()
        assert (gaps.loc[known, f"{service}_date"] == "2021-06").all()
        assert gaps.loc[~known, f"{service}_basis"].isna().all()
        assert all("{" not in say_evidence(row, service) for _i, row in gaps.iterrows())


def test_without_any_fibre_layer_nothing_is_computed(drawn_study, gaps_of):
    path = drawn_study()
    path.write_text(path.read_text().replace('fibre = "fibre.geojson"', ""))
    gaps, _communes = gaps_of(path)
    assert gaps["fibre"].tolist() == ["ok", "unknown", "gap", "unknown"]
    assert gaps["fibre_distance_m"].isna().all()


def test_the_reach_of_the_study_decides(drawn_study, gaps_of):
    gaps, _communes = gaps_of(drawn_study(toml="[targets]\nfibre_reach_m = 50"))
    assert gaps.loc["S2", "fibre"] == "gap" and gaps.loc["S2", "fibre_basis"] == "computed"


def test_a_commune_stands_by_its_own_office_only(drawn_study, gaps_of):
    """A district office in the commune has fibre; the commune's own office has none."""
    district = "S0,UBND huyện X,UBND,00002,107.651,15.05,Có,,,"
    _gaps, communes = gaps_of(drawn_study((district, *SITES)))
    assert communes_without_fibre(communes) == ["00002"]


def test_a_commune_without_an_office_is_unknown(drawn_study, gaps_of):
    _gaps, communes = gaps_of(drawn_study((SITES[0], SITES[1], SITES[3])))
    assert communes.set_index("commune_code").loc["00002", "fibre"] == "unknown"
    assert headline(communes) == "1/2 commune centres have fibre; unknown: 1"


def test_video_needs_the_target_where_speeds_are_reported(drawn_study, gaps_of):
    header = "Mã đơn vị,Tên đơn vị,Loại,Mã xã,Kinh độ,Vĩ độ,Họp trực tuyến,download,upload,latency"
    rows = (
        "S1,UBND xã A,UBND,00001,107.55,15.05,Có,20,10,40",
        "S2,Trạm A,Y tế,00001,107.55,15.06,Có,20,2,40",
        "S3,UBND xã B,UBND,00002,107.65,15.05,,20,10,600",
        "S4,Trạm B,Y tế,00002,107.65,15.06,,20,10,40",
    )
    gaps, _communes = gaps_of(drawn_study(rows, header=header))
    assert gaps["video"].tolist() == ["ok", "gap", "gap", "unknown"]


def test_people_are_shared_within_a_family_and_users_win(drawn_study, gaps_of):
    more = ("S5,Trường THCS B,Trường học,00002,107.66,15.05,,,,",)
    gaps, _communes = gaps_of(drawn_study((*SITES, *more)))
    assert gaps["people"].tolist() == [3000, 3000, 1000, 500, 500]
    assert set(gaps["people_basis"]) == {"assumed"}


def test_row_order_changes_nothing(drawn_study, gaps_of):
    one, _ = gaps_of(drawn_study())
    other, _ = gaps_of(drawn_study(SITES[::-1]))
    assert one.equals(other)


@given(st.floats(102, 110), st.floats(8, 23), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_distances_are_geodesic_whatever_the_latitude(lon, lat, d_lon, d_lat):
    """To a far point target: what PROJ's geodesic says, within the study's projection's choice of foot."""
    import geopandas as gpd
    from shapely import Point

    from phusong.geo import metric_crs, nearest

    sites = gpd.GeoDataFrame(geometry=[Point(lon, lat)], crs=4326)
    crs = metric_crs(sites)
    target = gpd.GeoSeries([Point(lon + d_lon, lat + d_lat)], crs=4326).to_crs(crs)
    position, distance = nearest(sites.geometry.to_crs(crs), target)
    expected = Geod(ellps="WGS84").inv(lon, lat, lon + d_lon, lat + d_lat)[2]
    assert position[0] == 0 and abs(distance[0] - expected) < 0.01


def test_ties_go_to_the_first_line(drawn_study, gaps_of):
    same = line((107.52, 15.05), (107.6, 15.05))
    gaps, _ = gaps_of(
        drawn_study(files={"fibre.geojson": [feature(same, fibre_id="F2"), feature(same, fibre_id="F1")]})
    )
    assert set(gaps["nearest_fibre_id"]) == {"F1"}


@pytest.mark.reference
def test_nam_giang_as_reported_in_2021(nam_giang, gaps_of):
    gaps, communes = gaps_of(nam_giang)
    assert communes_without_fibre(communes) == ["20698", "20699"]
    assert headline(communes, "en") == "10/12 commune centres have fibre; without: La Êê, Chơ Chun"
    assert len(gaps) == 52 and gaps["fibre_evidence"].notna().all()
    blank = gaps[~gaps["fibre_evidence"].str.startswith("reported")]
    assert len(blank) == 27 and not (blank["fibre"] == "ok").any()
    assert np.isfinite(gaps["fibre_distance_m"]).all()


def test_video_with_the_plan_counts_the_connections_that_are_built(drawn_study, opened):
    from phusong.options import propose_options
    from phusong.portfolio import choose_plan
    from phusong.readers import read_prices
    from phusong.video import video_with_plan

    def after(**choices):
        study, region, _findings = opened(drawn_study())
        study = study.model_copy(update={"plan": study.plan.model_copy(update=choices)})
        gaps, prices = find_gaps(study, region), read_prices(study)
        proposal = propose_options(study, region, gaps, prices)
        plan = choose_plan(study, region, gaps, proposal, prices)
        return video_with_plan(gaps, plan.built()).tolist()

    assert after() == ["ok", "unknown", "ok", "ok"]
    assert after(budget_vnd=0) == ["ok", "unknown", "unknown", "unknown"]
