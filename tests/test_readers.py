"""Readers: whatever the format, the same table; whatever is odd, a finding with file and row."""

import json

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from conftest import feature, line
from openpyxl import Workbook

from phusong.domain import INPUT_TABLES
from phusong.errors import InputError
from phusong.readers import read_region, read_study
from phusong.readers.layers import read_layer
from phusong.readers.vectors import read_vectors
from phusong.study import Source


def region_of(path):
    return read_region(read_study(path))


def refused(path) -> str:
    with pytest.raises(InputError) as caught:
        region_of(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_vietnamese_headers_need_no_mapping(drawn_study):
    sites = region_of(drawn_study()).sites.set_index("site_id")
    assert list(sites["kind"]) == ["office_commune", "health_station", "office_commune", "school_primary"]
    assert sites.loc["S3", "fibre_reported"] == "no" and sites.loc["S3", "mobile_reported"] == "weak"
    assert sites.loc["S1", "row"] == 2 and sites.loc["S1", "source"] == "sites.csv"


def test_a_blank_field_is_never_a_report(drawn_study):
    sites = region_of(drawn_study()).sites.set_index("site_id")
    said = sites.loc[["S2", "S4"], ["fibre_reported", "wifi_reported", "video_reported", "mobile_reported"]]
    assert said.isna().all(axis=None)


def test_english_headers_and_a_mapping(drawn_study):
    english = drawn_study(
        ("S1,Office A,commune office,00001,107.55,15.05,yes",),
        header="site_id,name,kind,commune_code,lon,lat,fibre",
    )
    assert region_of(english).sites["fibre_reported"].tolist() == ["yes"]
    mapped = drawn_study(
        ("S1,Office A,commune office,00001,107.55,15.05,no",),
        header="site_id,name,kind,commune_code,lon,lat,FO",
    )
    mapped.write_text(
        mapped.read_text().replace(
            'sites = "sites.csv"', 'sites = {path = "sites.csv", columns = {fibre_reported = "FO"}}'
        )
    )
    assert region_of(mapped).sites["fibre_reported"].tolist() == ["no"]


def test_the_same_list_as_csv_xlsx_semicolons_and_geopackage_is_the_same_table(drawn_study, tmp_path):
    path = drawn_study()
    csv = region_of(path).sites
    rows = [r.split(",") for r in path.with_name("sites.csv").read_text(encoding="utf-8-sig").splitlines()]
    book = Workbook()
    for row in rows:
        book.active.append(
            [float(c) if c.replace(".", "").isdigit() and "." in c else c or None for c in row]
        )
    book.save(path.with_name("sites.xlsx"))
    path.with_name("semi.csv").write_text(
        "\n".join(";".join(r).replace(".", ",") for r in rows), encoding="utf-8"
    )
    frame = pd.DataFrame(rows[1:], columns=rows[0]).replace("", None)
    points = gpd.points_from_xy(frame["Kinh độ"].astype(float), frame["Vĩ độ"].astype(float))
    gpd.GeoDataFrame(frame, geometry=points, crs=4326).to_file(path.with_name("sites.gpkg"))
    for name in ("sites.xlsx", "semi.csv", "sites.gpkg"):
        other, findings = read_layer("sites", Source(path=name), path.with_name(name), csv.crs)
        assert not findings
        same = [c for c in INPUT_TABLES["sites"].columns if c not in ("source", "row", "geometry")]
        pd.testing.assert_frame_equal(pd.DataFrame(other[same]), pd.DataFrame(csv[same]))
        assert other.geometry.distance(csv.geometry).max() < 0.001


def test_excel_codes_get_their_leading_zeros_back(drawn_study):
    path = drawn_study(("S1,UBND xã A,UBND,1,107.55,15.05,,,,",))
    assert region_of(path).sites["commune_code"].tolist() == ["00001"]


def test_text_that_is_not_understood_is_a_finding_with_its_row(drawn_study):
    region = region_of(drawn_study(("S1,UBND xã A,UBND,00001,107.55,15.05,có lẽ,,,",)))
    assert region.sites["fibre_reported"].isna().all()
    (finding,) = region.notes
    assert (finding.file, finding.row) == ("sites.csv", 2) and "'có lẽ'" in finding.what


def test_decomposed_text_becomes_composed(drawn_study):
    import unicodedata

    path = drawn_study(
        (unicodedata.normalize("NFD", "S1,UBND xã Đắc Tôi,UBND,00001,107.55,15.05,Có,,,"),),
        header=unicodedata.normalize(
            "NFD", "Mã đơn vị,Tên đơn vị,Loại,Mã xã,Kinh độ,Vĩ độ,Cáp quang,Wifi,Họp trực tuyến,Sóng di động"
        ),
    )
    assert region_of(path).sites["name"].tolist() == [unicodedata.normalize("NFC", "UBND xã Đắc Tôi")]


def test_multi_lines_become_lines_and_lines_without_id_get_one_from_their_shape(drawn_study):
    two = {
        "type": "MultiLineString",
        "coordinates": [[[107.5, 15.05], [107.6, 15.05]], [[107.5, 15.06], [107.6, 15.06]]],
    }
    lone = feature(line((107.55, 15.0), (107.55, 15.1)))
    a = region_of(drawn_study(files={"roads.geojson": [feature(two), lone]})).roads
    b = region_of(drawn_study(files={"roads.geojson": [lone, feature(two)]})).roads
    assert len(a) == 3 and a["road_id"].is_unique
    assert set(zip(a["road_id"], a.geometry.to_wkt(), strict=True)) == set(
        zip(b["road_id"], b.geometry.to_wkt(), strict=True)
    )


def test_files_that_cannot_be_read_are_refused_in_one_line(drawn_study):
    path = drawn_study()
    folder = path.parent
    (folder / "roads.geojson").unlink()
    assert "roads.geojson: there is no such file" in refused(path)
    (folder / "roads.geojson").write_text("<OGRVRTDataSource></OGRVRTDataSource>")
    assert "is not a .geojson file inside" in refused(path)
    (folder / "roads.geojson").write_text('{"type": "FeatureCollection", "features": [{"type"')
    assert "cannot be read" in refused(path)


def test_a_wrong_column_is_refused_in_one_line(drawn_study):
    path = drawn_study()
    path.with_name("cells.csv").write_text("id,operator,radio\nC1,Viettel,4G\n")
    assert "no columns for longitude and latitude" in refused(path)
    assert "no column for kind" in refused(drawn_study(("S1,A,107.5,15.0",), header="id,name,lon,lat"))
    path = drawn_study()
    path.write_text(
        path.read_text().replace(
            'sites = "sites.csv"', 'sites = {path = "sites.csv", columns = {name = "Tên khác"}}'
        )
    )
    assert "has no column 'Tên khác'" in refused(path)


def test_addresses_are_refused(drawn_study):
    path = drawn_study()
    path.write_text(path.read_text().replace('"sites.csv"', '"https://example.org/sites.csv"'))
    assert "is an address" in refused(path)


def test_a_crs_of_the_study_is_used_and_one_in_degrees_refused(drawn_study):
    assert region_of(drawn_study(toml='crs = "EPSG:5899"')).sites.crs.to_epsg() == 5899
    from phusong.errors import StudyError

    with pytest.raises(StudyError, match="no coordinate system in metres"):
        region_of(drawn_study(toml='crs = "EPSG:4326"'))


@pytest.mark.reference
def test_the_real_list_reads_without_a_mapping(shared):
    folder = shared / "nam-giang-2021"
    sites, findings = read_layer("sites", Source(path="diem_cong_cong.csv"), folder / "diem_cong_cong.csv")
    assert len(sites) == 52 and not findings
    assert sites["fibre_reported"].value_counts().to_dict() == {"yes": 21, "no": 4}
    assert (sites["kind"] == "office_commune").sum() == 12 and (sites["kind"] != "other").all()


def test_a_line_without_a_shape_is_set_aside_not_lost(drawn_study, opened):
    """Found: such rows of line layers vanished when lines were taken apart."""
    fibre = [feature(line((107.52, 15.05), (107.6, 15.05)), fibre_id="F1"), feature(None, fibre_id="F2")]
    _study, region, findings = opened(drawn_study(files={"fibre.geojson": fibre}))
    assert region.fibre["fibre_id"].tolist() == ["F1"]
    assert [f.row for f in findings if f.file == "fibre.geojson"] == [2]
    assert region.set_aside["file"].tolist() == ["fibre.geojson"]


def test_a_geopackage_of_several_layers_is_not_guessed(tmp_path):
    """Found: the first layer was taken, with no more than a warning of the library."""
    path = tmp_path / "all.gpkg"
    shapes = gpd.GeoDataFrame(
        {"id": ["R1"]}, geometry=gpd.GeoSeries.from_wkt(["LINESTRING (107 15, 108 15)"]), crs=4326
    )
    for layer in ("duong", "song"):
        shapes.to_file(path, layer=layer)
    with pytest.raises(InputError, match=r"has several layers.*duong, song"):
        read_layer("roads", Source(path=path.name), path)
    with pytest.raises(InputError, match=r"has no layer 'roads'.*duong, song"):
        read_layer("roads", Source(path=path.name, layer="roads"), path)
    assert len(read_layer("roads", Source(path=path.name, layer="song"), path)[0]) == 1


def points(path, *features) -> tuple[gpd.GeoDataFrame, list[str]]:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    told: list = []
    return read_vectors(path, Source(path=path.name), told), [finding.line for finding in told]


POINT = {"type": "Point", "coordinates": [107.55, 15.05]}


def test_a_property_called_geometry_is_kept_and_told(tmp_path):
    said = feature(POINT, name="A") | {"properties": {"name": "A", "geometry": "in the yard", "fid": "x"}}
    frame, told = points(tmp_path / "s.geojson", said, feature(POINT, name="B"))
    assert frame["geometry#2"].tolist()[0] == "in the yard" and frame["fid"].tolist()[0] == "x"
    assert frame.geometry.notna().all() and len(told) == 1 and "kept as geometry#2" in told[0]


def test_a_field_of_a_shapefile_called_geometry_is_kept(tmp_path):
    frame = gpd.GeoDataFrame({"geometrx": ["trạm"]}, geometry=gpd.points_from_xy([107.5], [15]), crs=4326)
    frame.to_file(tmp_path / "s.shp")
    table = tmp_path / "s.dbf"
    table.write_bytes(table.read_bytes().replace(b"geometrx", b"geometry"))
    (tmp_path / "s.cpg").unlink()
    assert read_vectors(tmp_path / "s.shp", Source(path="s.shp"))["geometry#1"].tolist() == ["trạm"]


def test_the_numbers_of_features_are_their_id_unless_they_say_one(tmp_path):
    numbered = [{**feature(POINT, name="A"), "id": 7}, {**feature(POINT, name="B"), "id": 9}]
    frame, told = points(tmp_path / "s.geojson", *numbered)
    assert frame["id"].tolist() == [7, 9] and told == []
    own = [{**feature(POINT, name="A", id="S1"), "id": 7}]
    assert points(tmp_path / "s.geojson", *own)[0]["id"].tolist() == ["S1"]
    assert "id" not in points(tmp_path / "s.geojson", feature(POINT, name="A"))[0]


def test_a_key_of_a_geopackage_with_a_name_of_its_own_is_a_column(tmp_path):
    frame = gpd.GeoDataFrame(
        {"name": ["A", "B"]}, geometry=gpd.points_from_xy([107.5, 107.6], [15, 15]), crs=4326
    )
    pyogrio.write_dataframe(frame, tmp_path / "s.gpkg", FID="site_id")
    assert read_vectors(tmp_path / "s.gpkg", Source(path="s.gpkg"))["site_id"].tolist() == [1, 2]
    pyogrio.write_dataframe(frame, tmp_path / "plain.gpkg")
    assert "fid" not in read_vectors(tmp_path / "plain.gpkg", Source(path="plain.gpkg"))
