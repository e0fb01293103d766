"""Positions as they really come: each way of writing them, each coordinate system, mixed and swapped."""

import csv
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import SITES, feature, line, square, write_geojson
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from phusong.checks import check_region
from phusong.errors import InputError
from phusong.readers import read_region, read_study, zones
from phusong.readers.coordinates import read_cell
from phusong.readers.layers import read_layer
from phusong.study import Source

EARTH = Geod(ellps="WGS84")
#: Where S1 of the drawn study lies.
LON, LAT = 107.55, 15.05
HEAD = "Mã đơn vị,Tên đơn vị,Loại,Mã xã"
WGS84 = 4326


def checked(path):
    return check_region(read_region(read_study(path)))


def lines_of(findings) -> str:
    return "\n".join(f.line for f in findings)


def off_m(sites, site_id: str, lon: float, lat: float) -> float:
    point = sites.to_crs(WGS84).set_index("site_id").geometry[site_id]
    return EARTH.inv(lon, lat, point.x, point.y)[2]


def read_list(tmp_path: Path, header: str, *rows: list[str], **source):
    """The sites of a list with `header` beside identifier, name, kind and commune."""
    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*HEAD.split(","), *header.split("|")])
        for number, cells in enumerate(rows, start=1):
            writer.writerow([f"P{number}", f"Điểm {number}", "UBND", "00001", *cells])
    return read_layer("sites", Source(path="list.csv", **source), path)


# One cell or two.

ONE = [
    ("15.05", "107.55"),
    ("15,05", "107,55"),
    ("15°03'00\"N", "107°33'00\"E"),
    ("15°03'00\"", "107°33'00\""),
    ("15° 3' B", "107° 33' Đ"),
    ("15°3,0'", "107°33,0'"),
    ("15 03 00", "107 33 00"),
    ("15:03:00", "107:33:00"),
    ("15-03-00", "107-33-00"),
    ("15.03.00", "107.33.00"),
    ("15d03m00s", "107d33m00s"),
    ("15 độ 3 phút 0 giây", "107 độ 33 phút 0 giây"),
    ("N15°03’00”", "E107°33’00”"),
    ("15.05N", "107.55E"),
    ("15,05 B", "107,55 Đ"),
    ("vĩ độ 15°03' Bắc", "kinh độ 107°33' Đông"),
    ("15050000", "107550000"),
    ("1505000", "10755000"),
]


@pytest.mark.parametrize(("lat", "lon"), ONE)
def test_a_latitude_and_a_longitude_however_they_are_written(tmp_path, lat, lon):
    sites, _findings = read_list(tmp_path, "Vĩ độ|Kinh độ", [lat, lon])
    assert off_m(sites, "P1", LON, LAT) < 0.01


@pytest.mark.parametrize(("lat", "lon"), ONE[2:])
def test_what_was_converted_is_said_with_an_example(tmp_path, lat, lon):
    _sites, findings = read_list(tmp_path, "Vĩ độ|Kinh độ", [lat, lon])
    # A letter beside plain degrees leaves nothing to say.
    if "°" in lat or lat.isdigit():
        assert "read as 107.550000, 15.050000" in lines_of(findings)


BOTH = [
    "15.05, 107.55",
    "15.05,107.55",
    "(15.05, 107.55)",
    "15.05; 107.55",
    "15,05; 107,55",
    "15,05, 107,55",
    "15.05 107.55",
    "107.55, 15.05",
    "15°03'00\"N 107°33'00\"E",
    "N15.05 E107.55",
    "107°33'E, 15°03'N",
    "lat: 15.05, lon: 107.55",
    "POINT (107.55 15.05)",
    "https://www.google.com/maps/@15.05,107.55,17z",
    "https://www.google.com/maps/place/UBND/@15.9,107.9,17z/data=!3m1!4b1!4m6!8m2!3d15.05!4d107.55",
    "https://www.google.com/maps/place/15%C2%B003'00.0%22N+107%C2%B033'00.0%22E/@15.9,107.9,17z",
    "https://maps.google.com/?q=15.05,107.55",
    "https://www.google.com/maps/search/?api=1&query=15.05%2C107.55",
    "https://www.google.com/maps/dir//15.05,107.55/@15.9,107.9,15z",
    "https://www.openstreetmap.org/#map=17/15.05/107.55",
    "https://www.openstreetmap.org/?mlat=15.05&mlon=107.55#map=12/15.9/107.9",
    "geo:15.05,107.55?z=17",
]


@pytest.mark.parametrize("text", BOTH)
@pytest.mark.parametrize("header", ["Toạ độ", "Vĩ độ|Kinh độ"])
def test_both_numbers_in_one_cell_or_in_a_link(tmp_path, text, header):
    sites, _findings = read_list(tmp_path, header, [text, ""][: header.count("|") + 1])
    assert off_m(sites, "P1", LON, LAT) < 0.01


def test_a_link_that_says_only_where_the_map_looks_is_told_apart(tmp_path):
    _sites, findings = read_list(
        tmp_path, "Google Maps", ["https://www.google.com/maps/@15.05,107.55,17z"], ["geo:15.06,107.55"]
    )
    assert [f.row for f in findings if "only where the map looks" in f.what] == [2]
    assert "taken from a link" in lines_of(findings)


@pytest.mark.parametrize(
    "header",
    ["Kinh độ|Vĩ độ", "Kinh độ (E)|Vĩ độ (N)", "KINH ĐỘ|VĨ ĐỘ", "kinh_do|vi_do", "X|Y", "lon|lat", "Lng|Lat"],
)
def test_headers_of_degrees(tmp_path, header):
    sites, findings = read_list(tmp_path, header, ["107.55", "15.05"])
    assert off_m(sites, "P1", LON, LAT) < 0.01 and not findings


@pytest.mark.parametrize(
    "header", ["Tọa độ X|Tọa độ Y", "Toạ độ X (m)|Toạ độ Y (m)", "X(m)|Y(m)", "X|Y", "X VN-2000|Y VN-2000"]
)
def test_headers_of_metres_whichever_of_them_is_north(tmp_path, header):
    east, north = Transformer.from_crs(WGS84, 5899, always_xy=True).transform(LON, LAT)
    for cells in ((east, north), (north, east)):
        sites, findings = read_list(tmp_path, header, [f"{c:.3f}" for c in cells], crs="EPSG:5899")
        assert off_m(sites, "P1", LON, LAT) < 0.01
        assert not findings


def test_a_northing_under_the_easting_is_said(tmp_path):
    east, north = Transformer.from_crs(WGS84, 5899, always_xy=True).transform(LON, LAT)
    for header in ("Easting|Northing", "Kinh độ|Vĩ độ"):
        sites, findings = read_list(tmp_path, header, [f"{north:.3f}", f"{east:.3f}"], crs="EPSG:5899")
        assert off_m(sites, "P1", LON, LAT) < 0.01 and "the northing stands where" in lines_of(findings)


@pytest.mark.parametrize(("east", "north"), [("{:,.0f}", "{:,.0f}"), ("{:.0f} m", "{:.0f} m")])
def test_metres_with_grouped_thousands(tmp_path, east, north):
    x, y = Transformer.from_crs(WGS84, 5899, always_xy=True).transform(LON, LAT)
    cells = [east.format(x), north.format(y)]
    for said in (cells, [c.replace(",", ".") for c in cells], [c.replace(",", " ") for c in cells]):
        sites, _findings = read_list(tmp_path, "X|Y", said, crs="EPSG:5899")
        assert off_m(sites, "P1", LON, LAT) < 1


@given(
    lon=st.floats(102, 109.9),
    lat=st.floats(8, 23.9),
    form=st.sampled_from(["{}°{}'{:.4f}\"", "{} {} {:.4f}", "{}d{}m{:.4f}s"]),
)
def test_degrees_minutes_and_seconds_there_and_back(lon, lat, form):
    for value in (lon, lat):
        whole, rest = divmod(round(value * 3600e4), 3600e4)
        minutes, seconds = divmod(rest, 60e4)
        said = form.format(int(whole), int(minutes), seconds / 1e4)
        for text in (said, said.replace(".", ",")):
            (mark,) = read_cell(text)
            assert abs(mark.value - value) < 1e-7


@given(st.floats(-180, 180), st.floats(-90, 90), st.sampled_from([", ", ",", "; ", " "]))
def test_two_decimal_numbers_in_one_cell_there_and_back(lon, lat, between):
    marks = read_cell(f"{lat:.6f}{between}{lon:.6f}")
    assert [round(mark.value, 6) for mark in marks] == [round(lat, 6), round(lon, 6)]


# Rows that are odd.


def test_one_swapped_row_is_put_right_and_said(drawn_study):
    region, findings = checked(drawn_study((*SITES, "S9,Trạm Y tế B,Y tế,00002,15.05,107.65,,,,")))
    assert off_m(region.sites, "S9", 107.65, 15.05) < 0.01 and region.set_aside.empty
    assert "sites.csv:6: longitude and latitude were swapped and put right" in lines_of(findings)


def test_a_whole_column_swapped_is_said_once(drawn_study):
    rows = [row.split(",") for row in SITES]
    swapped = tuple(",".join([*r[:4], r[5], r[4], *r[6:]]) for r in rows)
    region, findings = checked(drawn_study(swapped))
    assert off_m(region.sites, "S1", LON, LAT) < 0.01
    (said,) = [f for f in findings if "swapped" in f.what]
    assert said.row is None and said.what.startswith("4 positions")


def test_a_position_that_says_nothing_is_a_finding_and_the_row_is_kept(drawn_study):
    region, findings = checked(drawn_study((*SITES, "S9,Trạm Y tế B,Y tế,00002,gần chợ,15.05,,,,")))
    assert "sites.csv:6: the position 'gần chợ, 15.05' is not understood" in lines_of(findings)
    assert region.sites.set_index("site_id").loc["S9", "position_basis"] == "assumed"
    _region, findings = checked(drawn_study((*SITES, "S9,Trạm Y tế B,Y tế,00002,0,0,,,,")))
    assert "sites.csv:6: the position '0, 0' is not understood" in lines_of(findings)


def test_a_short_link_says_what_to_do(tmp_path):
    sites, findings = read_list(
        tmp_path, "Link Google Maps", ["https://maps.app.goo.gl/Ab1"], ["geo:15.05,107.55"]
    )
    assert sites.geometry.isna().tolist() == [True, False]
    assert "Open the short link" in lines_of(findings)


def test_a_column_of_addresses_is_no_column_of_positions(drawn_study):
    path = drawn_study(("S1,UBND xã A,UBND,00001,Thôn 1",), header="Mã đơn vị,Tên đơn vị,Loại,Mã xã,Location")
    region, findings = checked(path)
    assert len(region.sites) == 1 and "not understood" not in lines_of(findings)


def test_plain_numbers_are_read_as_before_and_nothing_is_said(tmp_path):
    sites, findings = read_list(tmp_path, "lon|lat", ["-1.43", "38.9"], ["6.61", "0.34"], ["", ""])
    assert not findings and sites.geometry.isna().tolist() == [False, False, True]
    assert off_m(sites, "P1", -1.43, 38.9) < 0.01


# Systems.


def grid_of_communes(lon: float, lat: float, count: int = 3, size: float = 0.02) -> list[dict]:
    return [
        feature(
            square(lon + i * size, lat + j * size, size), code=f"{i * count + j + 1:05d}", name=f"Xã {i} {j}"
        )
        for i in range(count)
        for j in range(count)
    ]


def in_communes(communes: list[dict], each: int, seed: int = 1) -> list[tuple[str, float, float]]:
    draw = np.random.default_rng(seed)
    out = []
    for commune in communes:
        west, south, east, north = shapely.bounds(shapely.geometry.shape(commune["geometry"]))
        for _ in range(each):
            out.append((commune["properties"]["code"], draw.uniform(west, east), draw.uniform(south, north)))
    return out


def write_projected(folder: Path, points, epsg_of, *, codes: bool = True, toml: str = "") -> Path:
    """A study whose list gives metres: `epsg_of` says the system of each point."""
    rows = []
    for number, (code, lon, lat) in enumerate(points):
        east, north = Transformer.from_crs(WGS84, epsg_of(number, lon), always_xy=True).transform(lon, lat)
        rows.append(f"P{number:03d},Điểm {number},khác,{code if codes else ''},{east:.3f},{north:.3f}")
    (folder / "list.csv").write_text(
        "\n".join(["Mã đơn vị,Tên đơn vị,Loại,Mã xã,X,Y", *rows]) + "\n", encoding="utf-8"
    )
    study = folder / "study.toml"
    study.write_text(
        f'title = "T"\n[inputs]\ncommunes = "communes.geojson"\nsites = {{path = "list.csv"{toml}}}\n',
        encoding="utf-8",
    )
    return study


def farthest_m(sites, points) -> float:
    return max(off_m(sites, f"P{i:03d}", lon, lat) for i, (_c, lon, lat) in enumerate(points))


def ground_of(communes: list[dict]) -> zones.Ground:
    frame = gpd.GeoDataFrame.from_features(communes, crs=WGS84).rename(columns={"code": "commune_code"})
    return zones.Ground(frame.assign(province="Quảng Nam"))


def middle_of(zone: zones.System) -> float:
    degrees, minutes = zone.label.split()[1].rstrip("'").split("°")
    return int(degrees) + int(minutes) / 60


ZONES = [z for z in zones.systems() if not z.utm]


@given(st.sampled_from(ZONES), st.floats(-0.7, 0.7), st.floats(9, 22), st.integers(0, 99), st.booleans())
def test_any_zone_is_recognised_by_the_communes_that_its_points_name(zone, off, lat, seed, codes):
    """In communes about 1 km wide: the zone of 105°00' and UTM 48 lie 300 to 700 m apart, so that where the
    points name no commune, that pair may be too near to be told apart: then it is refused by name."""
    communes = grid_of_communes(middle_of(zone) + off, lat, count=4, size=0.01)
    code, lon, lat = zip(*in_communes(communes, 4, seed), strict=True)
    ground = ground_of(communes)
    own = ground.named(code if codes else [""] * len(code), [""] * len(code))
    east, north = Transformer.from_crs(WGS84, zone.epsg, always_xy=True).transform(lon, lat)
    try:
        reading = zones.recognise(np.array(east), np.array(north), own, ground, "list.csv")
    except InputError as error:
        assert not codes and zone.epsg == 5897 and "EPSG:5897" in str(error) and "EPSG:3405" in str(error)
        return
    assert reading.used == (zone,) and reading.right == reading.of == (64,)


@pytest.mark.parametrize("codes", [True, False])
def test_a_list_in_metres_is_read_in_its_zone_and_that_is_said(tmp_path, codes):
    communes = grid_of_communes(107.5, 15.5)
    write_geojson(tmp_path / "communes.geojson", communes)
    points = in_communes(communes, 8)
    region = read_region(read_study(write_projected(tmp_path, points, lambda *_: 5899, codes=codes)))
    assert farthest_m(region.sites, points) < 0.1
    (said,) = region.notes
    assert said.what.startswith("read as VN-2000 107°45' (EPSG:5899): 72 of 72 points lie in their communes")
    assert said.do == 'Say crs = "EPSG:5899" in the study to confirm, or the right one.'


def test_a_system_that_the_study_confirms_is_not_said(tmp_path):
    communes = grid_of_communes(107.5, 15.5)
    write_geojson(tmp_path / "communes.geojson", communes)
    points = in_communes(communes, 2)
    study = write_projected(tmp_path, points, lambda *_: 5899, toml=', crs = "EPSG:5899"')
    region = read_region(read_study(study))
    assert farthest_m(region.sites, points) < 0.1 and not region.notes


def test_systems_that_fit_as_well_are_an_error_that_names_them(tmp_path):
    """The two data of UTM lie 225 m apart: communes 11 km wide cannot tell."""
    communes = grid_of_communes(107.2, 15.5, size=0.1)
    write_geojson(tmp_path / "communes.geojson", communes)
    points = [(c, lon, lat) for c, lon, lat in in_communes(communes, 1)]
    points = [(c, round(lon, 1) + 0.05, round(lat, 1) + 0.05) for c, lon, lat in points]
    with pytest.raises(InputError) as caught:
        read_region(read_study(write_projected(tmp_path, points, lambda *_: 32648, codes=False)))
    text = str(caught.value)
    assert "EPSG:3405" in text and "EPSG:32648" in text and "\n" not in text


def test_metres_that_no_system_puts_into_the_communes_are_an_error(tmp_path):
    communes = grid_of_communes(107.5, 15.5)
    write_geojson(tmp_path / "communes.geojson", communes)
    points = [(code, lon, lat + 3) for code, lon, lat in in_communes(communes, 2)]
    with pytest.raises(InputError, match="no known system puts its points into the communes"):
        read_region(read_study(write_projected(tmp_path, points, lambda *_: 5899)))


def test_without_communes_the_study_must_say_the_system(tmp_path):
    study = write_projected(tmp_path, [("", 107.5, 15.5)], lambda *_: 5899)
    study.write_text(study.read_text().replace('communes = "communes.geojson"\n', ""))
    with pytest.raises(InputError, match="does not say in which coordinate system"):
        read_region(read_study(study))


def test_utm_48_and_49_mixed_in_one_column(tmp_path):
    communes = grid_of_communes(107.985, 15.5, count=6, size=0.005)
    write_geojson(tmp_path / "communes.geojson", communes)
    points = in_communes(communes, 2)

    def zone_of(_number: int, lon: float) -> int:
        return 32648 if lon < 108 else 32649

    study = write_projected(tmp_path, points, zone_of, toml=', crs = "EPSG:32648"')
    region, findings = checked(study)
    assert farthest_m(region.sites, points) < 0.1 and region.set_aside.empty
    assert "is read as WGS 84 UTM 49N (EPSG:32649)" in lines_of(findings)
    # Unsaid, it is found too, for these communes are small enough to tell the data apart.
    region = read_region(read_study(write_projected(tmp_path, points, zone_of)))
    assert farthest_m(region.sites, points) < 0.1
    assert "WGS 84 UTM 48N (EPSG:32648)" in lines_of(region.notes)


def test_two_meridians_after_a_merger_in_one_list(tmp_path):
    """Quảng Nam (107°45') and Kon Tum (107°30'), say: the rows of each are in their own zone."""
    communes = grid_of_communes(107.5, 15.5)
    write_geojson(tmp_path / "communes.geojson", communes)
    points = in_communes(communes, 4)
    region, findings = checked(
        write_projected(tmp_path, points, lambda number, _lon: 9216 if number < 12 else 5899)
    )
    assert farthest_m(region.sites, points) < 0.1
    assert sum("is read as VN-2000 107°30'" in f.what for f in findings) == 12


def test_a_row_or_two_that_name_a_wrong_commune_stay_where_they_are(tmp_path):
    communes = grid_of_communes(107.2, 15.5, count=4, size=0.125)
    write_geojson(tmp_path / "communes.geojson", communes)
    points = in_communes(communes, 3)
    wrong = [
        (f"{(int(c) + 7) % 16 + 1:05d}" if i < 2 else c, lon, lat) for i, (c, lon, lat) in enumerate(points)
    ]
    region, findings = checked(write_projected(tmp_path, wrong, lambda *_: 5899))
    assert farthest_m(region.sites, points) < 0.1
    assert sum("outside its commune" in f.what for f in findings) == 2


def test_degrees_among_metres(tmp_path):
    communes = grid_of_communes(107.5, 15.5)
    write_geojson(tmp_path / "communes.geojson", communes)
    points = in_communes(communes, 2)
    study = write_projected(tmp_path, points, lambda *_: 5899)
    path = tmp_path / "list.csv"
    rows = path.read_text(encoding="utf-8").splitlines()
    code, lon, lat = points[4]
    rows[5] = f"P004,Điểm 4,khác,{code},{lon:.7f},{lat:.7f}"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert farthest_m(read_region(read_study(study)).sites, points) < 0.1


def test_the_shift_of_datum_is_not_forgotten(tmp_path):
    sites, _findings = read_list(tmp_path, "lon|lat", ["107.55", "15.05"], crs="EPSG:4756")
    assert 220 < off_m(sites, "P1", LON, LAT) < 230
    east, north = Transformer.from_crs(4756, 5899, always_xy=True).transform(LON, LAT)
    same, _findings = read_list(tmp_path, "X|Y", [f"{east:.4f}", f"{north:.4f}"], crs="EPSG:5899")
    assert same.to_crs(WGS84).geometry[0].distance(sites.geometry[0]) < 1e-7


@pytest.mark.parametrize("crossed", [False, True])
def test_a_drawing_in_metres_without_a_prj_is_put_into_the_communes(drawn_study, crossed):
    path = drawn_study()
    roads = gpd.read_file(path.with_name("roads.geojson")).to_crs(5899)
    if crossed:
        roads.geometry = shapely.transform(roads.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    roads.to_file(path.with_name("roads.shp"))
    path.with_name("roads.prj").unlink()
    path.write_text(path.read_text().replace("roads.geojson", "roads.shp"))
    region, findings = checked(path)
    wanted = gpd.read_file(path.with_name("roads.geojson")).to_crs(region.roads.crs)
    assert region.roads.geometry[0].hausdorff_distance(wanted.geometry[0]) < 0.1
    assert "roads.shp: read as VN-2000 107°45' (EPSG:5899)" in lines_of(findings)
    assert ("northing and easting were swapped" in lines_of(findings)) == crossed


def test_a_drawing_in_degrees_without_a_prj_is_refused(drawn_study):
    path = drawn_study()
    gpd.read_file(path.with_name("roads.geojson")).to_file(path.with_name("roads.shp"))
    path.with_name("roads.prj").unlink()
    path.write_text(path.read_text().replace("roads.geojson", "roads.shp"))
    with pytest.raises(InputError, match="does not say its coordinate system"):
        read_region(read_study(path))


def test_communes_in_metres_without_a_prj_ask_for_the_system_of_their_province(drawn_study):
    path = drawn_study()
    communes = gpd.read_file(path.with_name("communes.geojson")).to_crs(5899)
    communes.assign(province="Tỉnh Quảng Nam").to_file(path.with_name("communes.shp"), encoding="utf-8")
    path.with_name("communes.prj").unlink()
    path.write_text(path.read_text().replace("communes.geojson", "communes.shp"))
    with pytest.raises(InputError, match=r"For Quảng Nam VN-2000 107°45' \(EPSG:5899\) is laid down"):
        read_region(read_study(path))


def test_shapes_with_latitude_first_are_put_right(drawn_study):
    turned = [feature(line((15.05, 107.52), (15.05, 107.6)), fibre_id="F1")]
    region, findings = checked(drawn_study(files={"fibre.geojson": turned}))
    assert len(region.fibre) == 1 and "swapped in all shapes" in lines_of(findings)


@pytest.mark.reference
def test_the_real_list_in_its_zone_without_a_prj(nam_giang, shared):
    """Nam Giang in VN-2000 107°45', X north and Y east as such lists have it: positions within 2 m."""
    with (shared / "nam-giang-2021" / "diem_cong_cong.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    project = Transformer.from_crs(WGS84, 5899, always_xy=True)
    truth = {row["Mã đơn vị"]: (float(row.pop("Kinh độ")), float(row.pop("Vĩ độ"))) for row in rows}
    for row in rows:
        east, north = project.transform(*truth[row["Mã đơn vị"]])
        row |= {"Tọa độ X": f"{north:.2f}", "Tọa độ Y": f"{east:.2f}"}
    for dropped in ((), ("Mã xã",), ("Mã xã", "Xã")):
        path = nam_giang.with_name("list.csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [c for c in rows[0] if c not in dropped], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        text = nam_giang.read_text(encoding="utf-8")
        text = text.replace((shared / "nam-giang-2021" / "diem_cong_cong.csv").as_posix(), "list.csv")
        nam_giang.write_text(text, encoding="utf-8")
        region = read_region(read_study(nam_giang))
        assert max(off_m(region.sites, site, *at) for site, at in truth.items()) < 2
        assert "read as VN-2000 107°45' (EPSG:5899): 52 of 52 points" in lines_of(region.notes)
