"""Sites without coordinates: placed by name, marked as assumed, and never a false certainty afterwards."""

import csv
import random
import unicodedata
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from conftest import HEADER, SITES, feature, line, write_geojson
from hypothesis import given
from hypothesis import strategies as st

from phusong.checks import check_region
from phusong.gaps import fibre_status, find_gaps, mobile_status
from phusong.readers import read_region, read_study
from phusong.readers.site_names import where as _where


def checked(path):
    return check_region(read_region(read_study(path)))


def lines_of(findings) -> str:
    return "\n".join(f.line for f in findings)


def point(lon: float, lat: float) -> dict:
    return {"type": "Point", "coordinates": [lon, lat]}


@pytest.fixture
def lost_study(drawn_study) -> Callable:
    """The drawn study with more `rows` that have no coordinates (identifier, name, kind, commune code)."""

    def write(*rows: str, settlements: dict | None = None, places: dict | None = None, sites=SITES):
        path = drawn_study((*sites, *(f"{row},,,,,," for row in rows)))
        text = path.read_text()
        for key, named in (("settlements", settlements), ("places", places)):
            if named is not None:
                features = [feature(point(*at), name=name) for name, at in named.items()]
                write_geojson(path.with_name(f"{key}.geojson"), features)
                text += f'{key} = "{key}.geojson"\n'
        path.write_text(text)
        return path

    return write


def site_of(region, site_id: str):
    return region.sites.to_crs(4326).set_index("site_id").loc[site_id]


def away_m(region, site_id: str, lon: float, lat: float) -> float:
    there = gpd.GeoSeries.from_xy([lon], [lat], crs=4326).to_crs(region.sites.crs)[0]
    return region.sites.set_index("site_id").geometry[site_id].distance(there)


def test_a_village_hall_is_placed_in_its_village(lost_study):
    villages = {"Pa Lan": (107.52, 15.02), "Pa Lăng": (107.58, 15.08), "Pa Ooi": (107.66, 15.02)}
    region, findings = checked(lost_study("S9,Nhà văn hóa thôn Pa Lan,NVH,00001", settlements=villages))
    assert away_m(region, "S9", 107.52, 15.02) < 0.1
    site = site_of(region, "S9")
    assert site["position_basis"] == "assumed" and site["position_radius_m"] == 1500
    assert "sites.csv:6: has no position; drawn in xã A at Pa Lan, good to 1.5 km" in lines_of(findings)


@pytest.mark.parametrize(
    "name",
    ["Nhà văn hóa thôn Pa Lan", "NVH thôn PaLan", "nha van hoa thon pa lan", "Trường Mầm non Pa Lan"],
)
def test_the_village_is_found_however_the_hall_is_written(lost_study, name):
    region, _findings = checked(
        lost_study(f"S9,{name},khác,00001", settlements={"Thôn Pa Lan": (107.52, 15.02)})
    )
    assert away_m(region, "S9", 107.52, 15.02) < 0.1


def test_a_village_of_the_name_in_another_commune_is_not_meant(lost_study):
    region, _findings = checked(
        lost_study("S9,Nhà văn hóa thôn Pa Ooi,NVH,00001", settlements={"Pa Ooi": (107.66, 15.02)})
    )
    assert site_of(region, "S9").geometry.x < 107.6 and site_of(region, "S9")["position_radius_m"] > 5000


def test_two_villages_of_one_name_make_the_position_less_sure(lost_study):
    path = lost_study("S9,Nhà văn hóa thôn Pa Lan,NVH,00001", settlements={})
    features = [feature(point(107.52, lat), name="Pa Lan") for lat in (15.02, 15.04)]
    write_geojson(path.with_name("settlements.geojson"), features)
    region, _findings = checked(path)
    assert away_m(region, "S9", 107.52, 15.03) < 0.5
    assert 2600 < site_of(region, "S9")["position_radius_m"] < 2620


def test_another_site_of_the_list_names_a_village(lost_study):
    known = "S8,Nhà văn hóa thôn Pa Lan,NVH,00001,107.52,15.02,,,,"
    region, _findings = checked(lost_study("S9,Điểm trường thôn Pa Lan,Trường,00001", sites=(*SITES, known)))
    assert away_m(region, "S9", 107.52, 15.02) < 0.1


def test_a_named_point_of_a_map_is_surer_than_a_village(lost_study):
    places = {"Trạm y tế xã B": (107.63, 15.03), "Pa Ooi": (107.66, 15.02)}
    region, _findings = checked(lost_study("S9,Trạm Y tế xã B,Y tế,00002", places=places))
    assert away_m(region, "S9", 107.63, 15.03) < 0.1
    assert site_of(region, "S9")["position_radius_m"] == 300


def test_an_office_stands_in_the_centre_settlement_and_others_somewhere_in_the_commune(lost_study):
    villages = {"Trung tâm B": (107.63, 15.03)}
    region, findings = checked(
        lost_study(
            "S8,UBND xã B,UBND,00002", "S9,Trạm Y tế B,Y tế,00002", settlements=villages, sites=SITES[:2]
        )
    )
    assert away_m(region, "S8", 107.63, 15.03) < 0.1
    assert site_of(region, "S8")["position_radius_m"] == 2500
    corner = away_m(region, "S9", 107.7, 15.1)
    assert site_of(region, "S9")["position_radius_m"] >= corner
    assert "at Trung tâm B, its centre" in lines_of(findings)


def test_where_nothing_is_known_the_radius_reaches_all_of_the_commune(lost_study):
    region, _findings = checked(lost_study("S9,Trạm Y tế,Y tế,00002", sites=SITES[:2]))
    corners = [away_m(region, "S9", lon, lat) for lon in (107.6, 107.7) for lat in (15.0, 15.1)]
    assert max(corners) <= site_of(region, "S9")["position_radius_m"] <= max(corners) + 150


def test_sites_of_one_commune_do_not_hide_each_other_and_stay_inside(lost_study):
    rows = [f"N{i:02d},Điểm trường số {i},Trường,00002" for i in range(20)]
    region, _findings = checked(lost_study(*rows, sites=SITES[:2]))
    assert region.set_aside.empty
    lost = region.sites[region.sites["position_basis"] == "assumed"]
    apart = [a.distance(b) for i, a in enumerate(lost.geometry) for b in lost.geometry[i + 1 :]]
    assert len(lost) == 20 and min(apart) > 30 and max(apart) < 0.1 * lost["position_radius_m"].min()


def test_the_order_of_rows_decides_nothing(lost_study):
    rows = [f"N{i:02d},Điểm trường số {i},Trường,00002" for i in range(6)]
    one, _findings = checked(lost_study(*rows))
    two, _findings = checked(lost_study(*reversed(rows)))
    a, b = (r.sites.set_index("site_id").sort_index() for r in (one, two))
    assert a.geometry.to_wkb().tolist() == b.geometry.to_wkb().tolist()
    assert a["position_radius_m"].equals(b["position_radius_m"])


def test_a_list_without_any_coordinates(drawn_study):
    header = "Mã đơn vị,Tên đơn vị,Loại,Xã"
    rows = ("S1,UBND xã A,UBND,Xã A", "S2,Trường Tiểu học B,Trường học,xã B", "S3,Trạm,Y tế,Xã C")
    region, findings = checked(drawn_study(rows, header=header))
    assert region.sites.set_index("site_id")["commune_code"].to_dict() == {"S1": "00001", "S2": "00002"}
    assert region.set_aside["row"].tolist() == [4]
    assert "sites.csv:4: has no position, and its commune is not clear" in lines_of(findings)


def test_a_code_and_a_name_that_differ_are_said(drawn_study):
    header = "Mã đơn vị,Tên đơn vị,Loại,Mã xã,Xã"
    _region, findings = checked(drawn_study(("S1,UBND xã A,UBND,00001,Xã B",), header=header))
    assert "its row also names xã B: check which" in lines_of(findings)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("Nhà văn hóa thôn Pa Lan", "Pa Lan"),
        ("UBND xã La Êê", "xã La Êê"),
        ("TrườngTiểuhọcTàBhing", "TàBhing"),
        ("Truong Tieu hoc Ta Bhing", "Ta Bhing"),
        ("Tr?m Y t? La Êê", "La Êê"),
        ("Trường PTDTBT Tiểu học Chà Vàl", "Chà Vàl"),
        ("Nhà Gươl thôn Công Dồn, xã Zuôih", "Công Dồn"),
        ("Chợ Thạnh Mỹ", "Chợ Thạnh Mỹ"),
        ("", ""),
    ],
)
def test_what_a_name_says_beside_its_kind(name, where):
    assert _where(name) == where


# What an assumed position means for the statuses.


def statuses_of(distance: float, off: float, reach: float = 2000) -> str:
    sites = pd.DataFrame({"fibre_reported": pd.Series([None], dtype="str")})
    return fibre_status(sites, pd.Series([distance]), reach, pd.Series([off])).iloc[0]["status"]


@given(st.floats(0, 40_000), st.floats(0, 20_000), st.floats(-1, 1))
def test_no_gap_is_certain_that_another_place_within_the_radius_would_lift(distance, off, part):
    elsewhere = abs(distance + part * off)
    if statuses_of(distance, off) == "gap":
        assert statuses_of(elsewhere, 0.0) == "gap" or elsewhere == pytest.approx(2000, abs=1e-6)
    if off == 0:
        assert statuses_of(distance, np.nan) == statuses_of(distance, 0.0)


def test_fibre_of_a_site_that_may_be_near_or_far(lost_study):
    fibre = {"fibre.geojson": [feature(line((107.5, 15.03), (107.64, 15.03)), fibre_id="F1")]}
    path = lost_study(
        "S8,Nhà văn hóa thôn Pa Ooi,NVH,00002",
        "S9,Trạm,Y tế,00002",
        settlements={"Pa Ooi": (107.69, 15.09)},
        sites=SITES[:2],
    )
    write_geojson(path.with_name("fibre.geojson"), fibre["fibre.geojson"])
    study = read_study(path)
    region, _findings = check_region(read_region(study))
    gaps = find_gaps(study, region).set_index("site_id")
    # 8 km from the line, 1.5 km at most off; and somewhere in the commune.
    assert gaps.loc["S8", ["fibre", "fibre_evidence"]].tolist() == ["gap", "beyond_reach"]
    assert gaps.loc["S9", ["fibre", "fibre_evidence"]].tolist() == ["unknown", "position_unsure"]
    assert gaps["position_radius_m"].notna().to_dict() == {"S1": False, "S2": False, "S8": True, "S9": True}


def test_a_report_wins_wherever_the_site_is(drawn_study):
    header = HEADER.replace("Kinh độ,Vĩ độ,", "")
    path = drawn_study(("S1,UBND xã A,UBND,00001,Không,Có,,tốt",), header=header)
    study = read_study(path)
    region, _findings = check_region(read_region(study))
    gaps = find_gaps(study, region).iloc[0]
    assert (gaps["fibre"], gaps["wifi"], gaps["mobile"]) == ("gap", "ok", "ok")


def test_a_computed_signal_says_nothing_of_a_site_that_may_be_elsewhere():
    sites = pd.DataFrame({"mobile_reported": pd.Series([None] * 3, dtype="str")})
    signal = pd.DataFrame({"signal_class": [None, None, "good"], "basis": [None, None, "computed"]})
    distance, off = pd.Series([1000.0, 1000.0, 1000.0]), pd.Series([500.0, 2500.0, np.nan])
    unsure = pd.Series([True, False, False])
    found = mobile_status(sites, signal, distance, 3000, off, unsure)
    assert found["evidence"].tolist() == ["position_unsure", "position_unsure", "signal_computed"]
    assert found["status"].tolist() == ["unknown", "unknown", "ok"]
    near = mobile_status(sites, signal, distance, 3000, pd.Series([500.0] * 3))
    assert near["evidence"].tolist() == ["cell_near", "cell_near", "signal_computed"]


# The real list.


def _flat(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.translate(str.maketrans("đĐ", "dD")))
    return "".join(c for c in plain if not unicodedata.combining(c))


#: Names glued, and accents broken in the ways that spreadsheets and old programs break them.
BROKEN = (
    lambda text: text.replace(" ", ""),
    _flat,
    lambda text: _flat(text).replace(" ", ""),
    lambda text: "".join(c if c.isascii() else "?" for c in text),
    lambda text: unicodedata.normalize("NFD", text),
)


@pytest.mark.reference
@pytest.mark.parametrize("dropped", [(), ("Mã xã",), ("Mã xã", "Xã")])
@pytest.mark.parametrize("seed", [2021, 1, 2])
def test_the_real_list_without_coordinates_comes_back_into_its_communes(nam_giang, shared, dropped, seed):
    """A tenth of the rows has its names glued or its accents broken: at least 95 % right, none wrong."""
    listed = shared / "nam-giang-2021" / "diem_cong_cong.csv"
    with listed.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    truth = {row["Mã đơn vị"]: row["Mã xã"] for row in rows}
    real = [(row["Mã đơn vị"], float(row["Kinh độ"]), float(row["Vĩ độ"])) for row in rows]
    # With no other word of the commune than in the site's name, the district's own sites name none.
    telling = len(rows) if "Xã" not in dropped else sum("huyện" not in row["Tên đơn vị"] for row in rows)
    draw = random.Random(seed)
    for row in draw.sample(rows, len(rows) // 10 + 1):
        way = draw.choice(BROKEN)
        row |= {name: way(row[name]) for name in ("Tên đơn vị", "Xã")}
    columns = [c for c in rows[0] if c not in ("Kinh độ", "Vĩ độ", *dropped)]
    with nam_giang.with_name("list.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    text = nam_giang.read_text(encoding="utf-8").replace(listed.as_posix(), "list.csv")
    nam_giang.write_text(text, encoding="utf-8")
    region, findings = checked(nam_giang)
    found = dict(zip(region.sites["site_id"], region.sites["commune_code"], strict=True))
    assert [site for site, code in found.items() if code != truth[site]] == []
    assert len(found) >= 0.95 * telling and len(found) + len(region.set_aside) == len(truth)
    communes = region.communes.set_index("commune_code").geometry
    assert all(communes[s.commune_code].covers(s.geometry) for s in region.sites.itertuples())
    assert (region.sites["position_basis"] == "assumed").all()
    assert sum("has no position" in f.what for f in findings) == len(truth)
    for site, lon, lat in real:
        if site in found:
            assert away_m(region, site, lon, lat) <= site_of(region, site)["position_radius_m"]
