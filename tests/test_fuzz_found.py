"""What fuzzing found: files that once ended in a traceback, each as small as it can be said."""

import csv
import io
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fuzz.reading import in_time, read, write
from fuzz.seeds import (
    COMMUNES,
    DXF,
    FIBRE,
    KML,
    LONG_STUDY,
    NO_COMMUNES,
    OFDS,
    SITES,
    TABLES,
    Seed,
    as_json,
    collection,
    feature,
    seeds,
)

from phusong.checks import check_region
from phusong.domain import INPUT_TABLES
from phusong.readers import read_region, read_study
from phusong.readers.decoding import put_right
from phusong.readers.header import _is_number as is_number
from phusong.readers.kml import read_description
from phusong.readers.layers import read_layer
from phusong.study import Source


def seed_of(file: str) -> Seed:
    return next(seed for seed in seeds()[0] if seed.file == file)


def study_with(before: str, after: str) -> Seed:
    assert before in LONG_STUDY
    return Seed("study", "study.toml", LONG_STUDY.replace(before, after, 1).encode())


def refused(seed: Seed, folder: Path) -> str:
    said = read(seed, folder)
    assert said != "read"
    return said


LONG = "a" * 5000


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('title = "Fuzzed"', 'title = "Fuzzed"\nbase = "a\\u0000b"', "is no study"),
        ('title = "Fuzzed"', f'title = "Fuzzed"\nbase = "{LONG}"', "cannot be opened"),
        ('"EPSG:4326"', '"foo"', "crs 'foo' is no coordinate system"),
        ("years = 10", f"years = {'9' * 5000}", "is not a TOML file"),
        ('"4 tỷ"', f'"{"9" * 400}"', "not a sum of money"),
        ('"4 tỷ"', '"1e30"', "plan.budget_vnd cannot be used"),
        ("weights = { school = 2.0 }", 'weights = "a"', "plan.weights cannot be used"),
        ("weights = { school = 2.0 }", "weights = { school = nan }", "plan.weights.school cannot be used"),
        ("lte_good_dbm = -95.0", "lte_good_dbm = nan", "mobile.lte_good_dbm cannot be used"),
        ("cell_mb = 1.5", "cell_mb = inf", "limits.cell_mb cannot be used"),
        ("elevation.tif", "**x*", "there is no such raster"),
        ("elevation.tif", LONG, "there is no such raster"),
        ('path = "roads.geojson"', f'path = "{LONG}.geojson"', "there is no such file"),
    ],
)
def test_a_study_says_what_no_study_can(tmp_path, before, after, says):
    assert says in refused(study_with(before, after), tmp_path)


def test_a_base_whose_sections_are_none_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "base.toml").write_text("inputs = 1\n")
    said = refused(study_with("title", 'base = "elsewhere/base.toml"\ntitle'), tmp_path)
    assert "inputs is no section" in said and "base.toml" in said


def test_a_cell_limit_beyond_what_can_be_counted_is_none(tmp_path):
    assert read(study_with("cell_mb = 1.5", "cell_mb = 1e300"), tmp_path) == "read"


def test_a_raster_that_is_cut_off_is_refused(tmp_path):
    raster = seed_of("e.tif")
    cut = raster._replace(raw=raster.raw[: len(raster.raw) * 2 // 3])
    assert "e.tif: cannot be read" in refused(cut, tmp_path)


def _raster(**said) -> bytes:
    import numpy as np
    import rasterio

    with rasterio.MemoryFile() as memory:
        with memory.open(driver="GTiff", width=2, height=2, count=1, dtype="float32", **said) as out:
            out.write(np.zeros((1, 2, 2), "float32"))
        return bytes(memory.read())


def test_a_raster_in_a_plan_of_no_place_on_earth_is_refused(tmp_path):
    from rasterio.transform import from_origin

    raw = _raster(crs='LOCAL_CS["unnamed",UNIT["metre",1]]', transform=from_origin(0, 2, 1, 1))
    assert "e.tif: " in refused(Seed("elevation", "e.tif", raw), tmp_path)


def test_a_raster_whose_cells_lie_nowhere_is_refused(tmp_path):
    from affine import Affine

    raw = _raster(crs="EPSG:4326", transform=Affine(0, 0, 107.5, 0, 0, 15.1))
    assert "does not say where its cells lie" in refused(Seed("elevation", "e.tif", raw), tmp_path)


def test_a_gml_without_shapes_has_no_geometry(tmp_path):
    import re

    gml = seed_of("s.gml")
    raw = re.sub(rb"<ogr:geometryProperty>.*?</ogr:geometryProperty>", b"", gml.raw, flags=re.DOTALL)
    assert raw != gml.raw
    assert "has no geometry" in refused(gml._replace(raw=raw), tmp_path)


def test_two_columns_of_one_name_in_a_mapinfo_file_are_told_apart(tmp_path):
    tab = seed_of("s.tab")
    raw = tab.raw.replace(b"kind Char", b"name Char")
    assert raw != tab.raw
    assert "no column for kind" in refused(tab._replace(raw=raw), tmp_path)


def _without(raw: bytes, part: str, put: bytes | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            if info.filename != part:
                new.writestr(info.filename, old.read(info))
            elif put is not None:
                new.writestr(info.filename, put)
    return out.getvalue()


def test_a_workbook_without_sheets_is_refused(tmp_path):
    book = seed_of("r.xlsx")
    with zipfile.ZipFile(io.BytesIO(book.raw)) as parts:
        listed = parts.read("xl/workbook.xml")
    start, end = listed.index(b"<sheets>"), listed.index(b"</sheets>")
    raw = _without(book.raw, "xl/workbook.xml", listed[:start] + b"<sheets>" + listed[end:])
    assert "has no sheet" in refused(book._replace(raw=raw), tmp_path)


def test_a_finding_on_a_cell_of_several_lines_is_one_line(tmp_path):
    raw = 'site_id,date,by,fibre\n"S9\nS8",2021-06-01,An,yes\n'
    path = write(Seed("reports", "r.csv", raw.encode()), tmp_path)
    _region, findings = check_region(read_region(read_study(path)))
    said = [f.line for f in findings if f.file == "r.csv"]
    assert said and "S9 S8" in said[0] and "\n" not in said[0]


def test_one_report_given_twice_without_the_hour_is_told(tmp_path):
    raw = b"site_id,date,by,fibre\nS1,2021-06-01,An,yes\nS1,2021-06-01,An,yes\n"
    assert read(Seed("reports", "r.csv", raw), tmp_path) == "read"


def test_a_column_that_is_called_as_our_row_numbers_is_one_like_others(tmp_path):
    point = {"type": "Point", "coordinates": [107.55, 15.05]}
    said = {"name": "A", "kind": "UBND", "__row__": "x"}
    points = collection(feature(point) | {"properties": said})
    for seed in (
        Seed("sites", "s.csv", SITES.replace("Wifi", "__row__").encode()),
        Seed("sites", "s.geojson", as_json(points)),
        Seed("sites", "s.kml", KML.replace("site_id", "__row__").encode()),
    ):
        assert read(seed, tmp_path / seed.file) == "read"


@pytest.mark.parametrize(
    "key", [" geometry", "geometry ", "geometry\u00a0", " __row__", "__row__ ", "__row__\u00a0"]
)
def test_a_column_becomes_no_name_of_ours_when_it_is_put_right(tmp_path, key):
    said = {"name": "A", "kind": "UBND", key: "x"}
    shapes = {"type": "Point", "coordinates": [107.55, 15.05]}, None
    raw = as_json(collection(*(feature(shape) | {"properties": said} for shape in shapes)))
    assert read(Seed("sites", "s.geojson", raw), tmp_path / "json") == "read"
    kml = KML.replace("site_id", key).encode()
    assert read(Seed("sites", "s.kml", kml), tmp_path / "kml") == "read"
    assert read(Seed("sites", "s.csv", SITES.replace("Wifi", key).encode()), tmp_path / "csv") == "read"


def test_columns_that_are_told_apart_by_a_number_stay_apart(tmp_path):
    header = "Mã đơn vị,Tên đơn vị,Loại,Mã xã,Kinh độ,Vĩ độ,a#9,a,a,Wifi"
    raw = header + SITES[SITES.index("\n") :]
    assert read(Seed("sites", "s.csv", raw.encode()), tmp_path / "csv") == "read"
    said = {"name": "A", "kind": "UBND", "geometry": "x", "geometry#3": "y", "geometry#4": "z"}
    point = feature({"type": "Point", "coordinates": [107.55, 15.05]}) | {"properties": said}
    assert read(Seed("sites", "s.geojson", as_json(collection(point))), tmp_path / "json") == "read"


def test_shapes_of_another_name_beside_a_column_geometry_are_read(tmp_path):
    about = {"name": ["UBND xã A"], "kind": ["UBND"], "geometry": ["x"]}
    points = gpd.GeoSeries.from_xy([107.55], [15.05], crs="EPSG:4326")
    gpd.GeoDataFrame(about | {"geom": points}, geometry="geom").to_parquet(tmp_path / "s.parquet")
    raw = (tmp_path / "s.parquet").read_bytes()
    assert read(Seed("sites", "s.parquet", raw), tmp_path / "study") == "read"


@pytest.mark.parametrize("encoding", ["UTF-9", "UTF-16", "x", "hex", "euc-jp", "utf-7", ""])
def test_a_kml_that_names_a_wrong_encoding_is_read_as_what_it_is(tmp_path, encoding):
    named = KML.replace("UTF-8", encoding)
    assert read(Seed("sites", "s.kml", named.encode()), tmp_path / "one") == "read"
    twice = read(Seed("sites", "s.kml", (KML[: KML.index("?>") + 2] + named).encode()), tmp_path / "two")
    assert twice == "read" or "s.kml: is broken KML" in twice


@pytest.mark.parametrize(
    "name", ["hex", "rot13", "idna", "undefined", "utf-7", "zip", "a\0b", "unicode_escape", "x"]
)
def test_any_name_of_a_code_page_beside_a_shapefile_is_taken(tmp_path, name):
    study = write(seed_of("s.shp"), tmp_path)
    (tmp_path / "s.cpg").write_bytes(name.encode())
    assert len(read_region(read_study(study)).sites) == 2


def test_halves_of_letters_are_read_as_a_question_mark(tmp_path):
    raw = json.dumps(OFDS).replace("VNPT", "\\ud800").replace("Viettel", "\\udfff")
    assert read(Seed("fibre", "f.json", raw.encode()), tmp_path / "ofds") == "read"
    drawing = DXF.replace("\\U+1EA1", "\\U+D800").replace(" ", "\n").encode()
    assert read(seed_of("f.dxf")._replace(raw=drawing), tmp_path / "dxf") == "read"


def test_a_table_of_indicators_with_no_row_is_read(tmp_path):
    assert read(Seed("indicators", "i.csv", b"indicator,level,code,date,value\n"), tmp_path) == "read"


def outline(*ring: tuple[float, float]) -> dict:
    return {"type": "Polygon", "coordinates": [[list(place) for place in ring]]}


def communes(*shapes) -> Seed:
    rows = [feature(shape, code=f"0000{n}", name=f"Xã {n}") for n, shape in enumerate(shapes, start=1)]
    return Seed("communes", "c.geojson", as_json(collection(*rows)))


def test_communes_without_any_shape_are_refused(tmp_path):
    for number, seed in enumerate((communes(None, None), communes({"type": "Polygon", "coordinates": []}))):
        said = refused(seed, tmp_path / str(number))
        assert said.startswith("c.geojson: no row has a position or shape")


def test_a_commune_whose_outline_cannot_be_mended_is_set_aside(tmp_path):
    here = outline((107.5, 15), (107.6, 15), (107.6, 15.1), (107.5, 15))
    beyond = outline((107, 91), (108, 91), (108, 95), (107, 91))
    assert read(communes(here, beyond), tmp_path) == "read"


def test_a_list_in_a_cell_is_its_parts(tmp_path):
    point = {"type": "Point", "coordinates": [107.55, 15.05]}
    path = tmp_path / "s.geojson"
    path.write_bytes(as_json(collection(feature(point, name=["UBND", "xã A"], kind="UBND", site_id=[1, 2]))))
    sites, _findings = read_layer("sites", Source(path=path.name), path, "EPSG:4326")
    assert sites[["name", "site_id"]].values.tolist() == [["UBND, xã A", "1, 2"]]


def test_a_shape_with_a_number_without_end_has_no_position(tmp_path):
    path = tmp_path / "s.kml"
    path.write_text(KML.replace("107.5,15 107.6,15", "107.5,inf 107.6,15"), encoding="utf-8")
    sites, _findings = read_layer("sites", Source(path=path.name), path, "EPSG:4326")
    assert sites.geometry.isna().tolist() == [False, True]
    assert read(Seed("sites", "s.kml", path.read_bytes()), tmp_path / "study") == "read"


@pytest.mark.parametrize("mark", ["<![CDAT[", "<![foo[x]]>", "<![ ["])
def test_a_description_with_a_mark_that_html_does_not_know_keeps_its_table(tmp_path, mark):
    table = "<table><tr><td>Loại</td><td>UBND</td></tr></table>"
    assert read_description(table + mark)[0] == [("Loại", "UBND")]
    assert read(
        Seed("sites", "s.kml", KML.replace("<![CDATA[<table>", f"<![CDATA[{mark}<table>").encode()), tmp_path
    )


def test_a_kmz_whose_packed_bytes_are_spoilt_is_refused(tmp_path):
    kmz = seed_of("s.kmz")
    with zipfile.ZipFile(io.BytesIO(kmz.raw)) as archive:
        start = archive.infolist()[0].header_offset + 30 + len("doc.kml")
    raw = kmz.raw[:start] + b"\xff" * 8 + kmz.raw[start + 8 :]
    assert "s.kmz: cannot be unpacked" in refused(kmz._replace(raw=raw), tmp_path)


@pytest.mark.parametrize("letter", ["Ê", "é", "e\u0301", "ù", "a\u0302\u0301"])
def test_a_word_of_twenty_thousand_letters_takes_no_time(letter):
    frame = pd.DataFrame({"name": [letter * 20_000, "Xã A"]}, dtype="str")
    with in_time(1):
        out, _told = put_right(frame, Source(path="a.csv"), Path("a.csv"))
    assert len(out) == 2


def test_a_number_of_five_thousand_digits_below_the_header_is_no_numbering(tmp_path):
    raw = SITES.replace("S1,UBND xã A", f"{'1' * 5000},2").encode()
    assert read(Seed("sites", "s.csv", raw), tmp_path) == "read"


def test_a_header_of_a_million_digits_is_looked_at_once():
    with in_time(1):
        assert not is_number("1" * 1_000_000 + "x") and is_number("-1.250,5") and not is_number("-.,")


@pytest.mark.parametrize("part", ["<a ", "<a b='", "</a ", "<!--", "<!", "<?", "&#", "&a", "<", "<td"])
@pytest.mark.parametrize("end", ["", ">"])
def test_a_description_of_tags_without_end_takes_no_time(part, end):
    table = "<table><tr><td>Loại</td><td>UBND</td></tr></table>"
    with in_time(2):
        assert read_description(table + part * 20_000 + end)[0] == [("Loại", "UBND")]


def test_a_study_of_one_area_in_no_system_is_refused(tmp_path):
    said = NO_COMMUNES.replace("EPSG:32648", "*")
    assert "crs '*' is no coordinate system in metres" in refused(
        Seed("study", "study.toml", said.encode()), tmp_path
    )


def test_a_list_of_units_of_which_some_have_no_date_is_read(tmp_path):
    raw = b"code,name,unit_type,parent_code,vintage\n00001,A,x,510,2020-01\n00002,B,x,510,\n"
    assert read(Seed("gazetteer", "tgazetteer.csv", raw), tmp_path) == "read"


@pytest.mark.parametrize(
    ("of", "before", "after"),
    [
        ("corrections", "accept_header", "x"),
        ("corrections", '"sheets": [', '"sheets": [1, '),
        ("corrections", '"B10"', '"B0"'),
        ("corrections", '"earlier": []', '"earlier": [[1]]'),
        ("form", '"known": {', '"known": {"S9": [], '),
        ("form", '"header_row": ', '"header_row": -'),
    ],
)
def test_a_workbook_of_ours_whose_hidden_sheet_was_changed_is_refused(tmp_path, of, before, after):
    from openpyxl import load_workbook

    seed = next(seed for seed in seeds()[0] if seed.of == of)
    book = load_workbook(io.BytesIO(seed.raw))
    cells = [row[0] for row in book["_phusong"].iter_rows(max_col=1)]
    said = "".join(str(cell.value) for cell in cells)
    assert before in said
    for cell in cells:
        cell.value = None
    cells[0].value = said.replace(before, after, 1)
    out = io.BytesIO()
    book.save(out)
    assert "is no workbook that" in refused(seed._replace(raw=out.getvalue()), tmp_path)


def test_covered_ground_with_a_corner_at_no_place_is_read(tmp_path):
    corners = "[[[Infinity, 15], [107.6, 15], [107.6, 15.1], [Infinity, 15]]]"
    shape = f'{{"type": "Polygon", "coordinates": {corners}}}'
    feature = f'{{"type": "Feature", "properties": {{}}, "geometry": {shape}}}'
    raw = f'{{"type": "FeatureCollection", "features": [{feature}]}}'.encode()
    assert read(Seed("mobile_coverage", "m.geojson", raw), tmp_path) == "read"


def with_column(name: str, column: str, value: str) -> Seed:
    """A file of the input `name` whose rows all say `value` in that column."""
    if shapes := {"communes": COMMUNES, "mobile_coverage": COMMUNES, "fibre": FIBRE}.get(name):
        drawn = json.loads(as_json(shapes))
        for one in drawn["features"]:
            one["properties"][column] = json.loads(value)
        return Seed(name, f"t{name}.geojson", as_json(drawn))
    rows = list(csv.reader(io.StringIO(SITES if name == "sites" else TABLES[name])))
    out = io.StringIO()
    csv.writer(out).writerows([[*row, value if at else column] for at, row in enumerate(rows)])
    return Seed(name, f"t{name}.csv", out.getvalue().encode())


@pytest.mark.parametrize("value", ["1e308", "-1e18", "9" * 30, "1e11"])
@pytest.mark.parametrize("name", INPUT_TABLES)
def test_a_figure_of_any_size_is_read_or_told(tmp_path, name, value):
    for column, declared in INPUT_TABLES[name].columns.items():
        if str(declared.dtype) in ("float64", "Int64"):
            assert read(with_column(name, column, value), tmp_path / column) == "read"


def test_more_people_than_there_are_count_as_not_said(tmp_path):
    study = read_study(write(with_column("communes", "population", "1e11"), tmp_path))
    region, findings = check_region(read_region(study))
    assert region.communes["population"].isna().all()
    assert "'100000000000' in column 'population' is not understood" in " ".join(f.what for f in findings)


def test_a_site_that_needs_all_there_is_is_set_aside(phusong, tmp_path):
    study = write(with_column("sites", "demand_mbps", "1e14"), tmp_path)
    code, _out, err = phusong("run", study, "-q", "--out", tmp_path / "out")
    assert (code, err.count("\n")) == (1, 1), err
    assert (
        "none of the rows of sites can be used; of this one:" in err
        and "demand_mbps cannot be 1000000" in err
    )


@pytest.mark.parametrize("verb", ["gaps", "run"])
def test_a_study_of_which_no_commune_can_be_used_is_refused_in_a_line(phusong, tmp_path, verb):
    study = write(with_column("communes", "poor_percent", "300"), tmp_path)
    code, _out, err = phusong(verb, study, "-q")
    says = "geojson:1: none of the rows of communes can be used; of this one: poor_percent cannot be 300.0"
    assert (code, err.count("\n")) == (1, 1) and says in err, err
    assert "phusong check" in err and phusong("check", study)[0] == 0


EMPTY = [{"type": "MultiLineString", "coordinates": []}, {"type": "Polygon", "coordinates": []}, None]


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("empty", EMPTY, ids=["line", "area", "none"])
@pytest.mark.parametrize(
    ("name", "verb"),
    [("fibre", "gaps"), ("communes", "gaps"), ("mobile_coverage", "check"), ("communes", "info")],
)
def test_a_row_with_an_empty_shape_is_set_aside_without_a_word_of_python(
    phusong, tmp_path, name, verb, empty
):
    drawn = json.loads(with_column(name, "note", '"x"').raw)
    drawn["features"].append(drawn["features"][0] | {"id": "E", "geometry": empty})
    study = write(Seed(name, f"t{name}.geojson", as_json(drawn)), tmp_path)
    code, _out, err = phusong(verb, tmp_path / f"t{name}.geojson" if verb == "info" else study, "-q")
    assert code == 0 and "Warning" not in err, err
    if name == "fibre":
        _region, findings = check_region(read_region(read_study(study)))
        assert any(
            (f.row, f.what) == (len(drawn["features"]), "no usable position or shape") for f in findings
        )


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("name", ["rivers", "roads", "settlements"])
def test_a_row_of_a_table_with_an_empty_shape_is_set_aside(phusong, tmp_path, name):
    empty = {"rivers": "MULTILINESTRING EMPTY", "roads": "LINESTRING EMPTY", "settlements": "POINT EMPTY"}[
        name
    ]
    wkt = f"name,wkt\nA,{empty}\nB,\n".encode()
    study = write(Seed(name, f"t{name}.csv", wkt), tmp_path)
    code, out, err = phusong("check", study)
    assert code == 0 and out.count("no usable position or shape") == 2, (out, err)


@pytest.mark.parametrize("kind", ["text", "list", "dictionary"])
def test_a_geoparquet_whose_texts_are_not_utf8_is_refused(tmp_path, kind):
    table = pq.read_table(io.BytesIO(seed_of("s.parquet").raw))
    assert table.num_rows == 2
    raw = pa.py_buffer(b"Xa AX\xe3 A")  # the latter is "Xã A" in Windows-1252
    texts = pa.StringArray.from_buffers(2, pa.py_buffer(np.array([0, 4, 8], dtype="int32")), raw)
    if kind == "list":
        texts = pa.ListArray.from_arrays([0, 1, 2], texts)
    if kind == "dictionary":
        texts = pa.DictionaryArray.from_arrays([0, 1], texts)
    file = io.BytesIO()
    pq.write_table(table.append_column("note", texts), file)
    said = refused(Seed("sites", "s.parquet", file.getvalue()), tmp_path)
    row = "" if kind == "list" else ":2"
    assert f"s.parquet{row}: column note has text that is not UTF-8. Write it again" in said
