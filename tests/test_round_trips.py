"""Tables written to PostGIS, GeoPackage, GeoParquet and OFDS come back equal: every input table that fits.

`source` and `row` say where a row was read, so they are those of the copy; all else is equal: values, types
as declared, shapes to 1e-7°, in the order of the key. What OFDS has no word for is in `NOT_IN_OFDS`, and is
checked to be just that.
"""

import string
import tempfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from drawn_run import drawn_run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phusong.domain import INPUT_TABLES, KINDS, MOBILE_CLASSES, RADIOS, conform
from phusong.exports import export
from phusong.geo import WGS84
from phusong.publish import publish
from phusong.readers.layers import read_layer
from phusong.readers.ofds import NOT_IN_OFDS
from phusong.runs import Run, write_tables
from phusong.study import Source

TABLES_OF_SHAPES = [name for name, table in INPUT_TABLES.items() if "geometry" in table.columns]

#: Names as people write them, in one form and without blanks at the ends, as every reader leaves them.
LETTERS = string.ascii_letters + string.digits + "ăâđêôơưáàảãạế ợ'\"\\;,<>&%{}[]=-+@#$|/()?*:.中é"
texts = st.text(LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
longitudes = st.floats(102, 110, allow_nan=False)
latitudes = st.floats(8, 23, allow_nan=False)
points = st.builds(shapely.Point, longitudes, latitudes)
lines = st.lists(st.tuples(longitudes, latitudes), min_size=2, max_size=5, unique=True).map(
    shapely.LineString
)
boxes = st.builds(
    lambda x, y, size: shapely.box(x, y, x + size, y + size), longitudes, latitudes, st.floats(0.01, 1)
)
pairs = st.tuples(boxes, boxes).filter(lambda two: two[0].disjoint(two[1])).map(shapely.MultiPolygon)
SHAPES = {"Point": points, "LineString": lines, "Polygon or MultiPolygon": boxes | pairs}
#: Columns whose words are chosen, beside those with a list in their declaration.
WORDS = {
    "kind": st.sampled_from(KINDS),
    "radio": st.sampled_from(RADIOS),
    "mobile_reported": st.sampled_from(MOBILE_CLASSES),
    "unit_type": st.sampled_from(["xã", "phường", "thị trấn"]),
    "commune_code": st.integers(0, 99999).map("{:05d}".format),
}


def cell(name: str, column) -> st.SearchStrategy:
    """Values that the column's declaration allows."""
    checks = {check.name: check.statistics for check in column.checks}
    kind = str(column.dtype)
    if kind in ("float64", "Int64", "int64"):
        low = checks.get("greater_than_or_equal_to", {}).get("min_value", -1e6)
        high = checks.get("less_than_or_equal_to", {}).get("max_value", 1e9)
        values = st.floats(low, high, width=64) if kind == "float64" else st.integers(int(low), int(high))
    elif name in WORDS:
        values = WORDS[name]
    elif "isin" in checks:
        values = st.sampled_from(list(checks["isin"]["allowed_values"]))
    elif name.endswith("date"):
        values = st.dates().filter(lambda d: d.year >= 1000).map(str)
    else:
        values = texts
    return values if not column.nullable else st.none() | values


@st.composite
def drawn(draw, name: str) -> gpd.GeoDataFrame:
    """A table of a few rows as its declaration allows, as `conform` leaves it."""
    table = INPUT_TABLES[name]
    key = (table.metadata or {})["key"]
    columns = {n: c for n, c in table.columns.items() if n not in ("geometry", "source", "row", key)}
    keys = sorted(draw(st.sets(WORDS.get(key, texts), min_size=1, max_size=4)))
    shape = SHAPES[table.columns["geometry"].description]
    rows = [
        {key: one, **{n: draw(cell(n, c)) for n, c in columns.items()}, "geometry": draw(shape)}
        for one in keys
    ]
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=WGS84).assign(source="drawn", row=1)
    return gpd.GeoDataFrame(conform(frame, table), geometry="geometry", crs=WGS84)


def run_of(name: str, frame: pd.DataFrame) -> Run:
    """A run of that one table."""
    return replace(drawn_run(), tables={name: frame})


def single(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Shapes of several parts of which there is one, as that one."""
    return shapes.map(lambda s: s.geoms[0] if hasattr(s, "geoms") and len(s.geoms) == 1 else s)


def assert_same(
    name: str, wrote: gpd.GeoDataFrame, path: str, folder: Path, without: tuple[str, ...] = (), **source
):
    read, findings = read_layer(name, Source(path=path, **source), folder / path)
    assert not [f for f in findings if f.level == "error"]
    table = INPUT_TABLES[name]
    read = read.sort_values(str((table.metadata or {})["key"]), ignore_index=True)
    assert read.crs == wrote.crs
    for column in table.columns:
        if column in ("source", "row"):
            continue
        if column == "geometry":
            # A layer of a GeoPackage holds one type of shape: beside shapes of several parts, all are.
            there = single(read.geometry) if path.endswith(".gpkg") else read.geometry
            assert shapely.equals_exact(there.to_numpy(), wrote.geometry.to_numpy(), tolerance=1e-7).all()
        elif column in without:
            assert read[column].isna().all()
        else:
            pd.testing.assert_series_equal(read[column], wrote[column], check_exact=True)


check = settings(
    max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.mark.parametrize("name", TABLES_OF_SHAPES)
def test_postgis(name, postgis):
    @check
    @given(drawn(name))
    def same(frame):
        publish(run_of(name, frame), "vong")
        assert_same(name, frame, f"postgis:vong.{name}", Path("/"))

    same()


@pytest.mark.parametrize("name", TABLES_OF_SHAPES)
def test_geopackage_and_geoparquet(name):
    @check
    @given(drawn(name))
    def same(frame):
        with tempfile.TemporaryDirectory() as folder:
            write_tables(Path(folder), {name: frame})
            assert_same(name, frame, "phusong.gpkg", Path(folder), layer=name)
            assert_same(name, frame, f"tables/{name}.parquet", Path(folder))

    same()


def read_back_ofds(name: str, frame: gpd.GeoDataFrame, **more) -> None:
    with tempfile.TemporaryDirectory() as folder:
        export(drawn_run(**{name: frame}, **more), "ofds", Path(folder), "vi")
        part = {"fibre": "spans", "nodes": "nodes"}[name]
        for file in ("ofds.json", f"ofds_{part}.geojson"):
            read, findings = read_layer(name, Source(path=file), Path(folder) / file)
            aside = {f.row for f in findings if f.level == "error"}
            kept = read[~read["row"].isin(aside)]
            kept.drop(columns=["source"]).assign(source="x").to_file(Path(folder) / "kept.gpkg", layer=name)
            assert_same(name, frame, "kept.gpkg", Path(folder), without=NOT_IN_OFDS[name], layer=name)


@pytest.mark.parametrize("name", ["fibre", "nodes"])
def test_ofds(name):
    """The plan's spans come back too, as proposed: set aside, not existing fibre."""

    @check
    @given(drawn(name))
    def same(frame):
        read_back_ofds(name, frame)

    same()


def test_the_crosswalk_comes_back_from_postgis_and_parquet(postgis, tmp_path):
    """A table without shapes."""
    rows = [("20698", "20698", 1.0), (None, "20699", None), ("20699", "20698", 0.25)]
    frame = pd.DataFrame(rows, columns=["old_code", "new_code", "share"]).assign(
        new_name="La Êê", source="x", row=1
    )
    frame = conform(frame, INPUT_TABLES["crosswalk"])
    publish(run_of("crosswalk", frame), "vong")
    read, _ = read_layer("crosswalk", Source(path="postgis:vong.crosswalk"), Path("/postgis:vong.crosswalk"))
    read = read.sort_values(["old_code", "new_code"], ignore_index=True)
    drop = ["source", "row"]
    pd.testing.assert_frame_equal(read.drop(columns=drop), frame.drop(columns=drop))
