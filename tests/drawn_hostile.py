"""Studies of files that mean harm: each small on disk, and too much, too deep or too long when opened."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import rasterio
import shapely
from openpyxl import Workbook
from rasterio.transform import from_origin

HEADER = "site_id,name,kind,lon,lat\n"
SITE = HEADER + "S1,UBND xã A,UBND,107.5,15.7\n"
PLACEMARK = "<Placemark><name>A</name><Point><coordinates>107,15</coordinates></Point></Placemark>"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _feature(geometry: str = '{"type": "Point", "coordinates": [107, 15]}', more: str = "") -> str:
    about = '"name": "A", "kind": "UBND"'
    return (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {'
        f'{about}{more}}}, "geometry": {geometry}}}]}}'
    )


def _workbook(path: Path, far: str = "") -> None:
    book = Workbook()
    for row in SITE.strip().split("\n"):
        book.active.append(row.split(","))
    if far:
        book.active[far] = "x"
    book.save(path)


def _workbook_with(path: Path, rows: str, after: str = "") -> None:
    """A workbook whose sheet is `rows` of XML."""
    plain = path.with_name("plain.xlsx")
    _workbook(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            sheet = f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData>{after}</worksheet>'
            new.writestr(info.filename, sheet if info.filename.endswith("sheet1.xml") else old.read(info))


def _kmz(path: Path, name: str, text: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)


def _kmz_in_kmz(path: Path) -> None:
    inner = path.with_name("inner.kmz")
    _kmz(inner, "doc.kml", f"<kml><Document>{PLACEMARK}</Document></kml>")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "inner.kmz")


def _parquet(path: Path, shape: bytes, rows: int, name: str = "A", once: bool = True) -> None:
    one = gpd.GeoDataFrame({"name": ["A"], "kind": ["UBND"]}, geometry=[shapely.Point(107, 15)], crs=4326)
    one.to_parquet(path)
    schema = pq.read_schema(path)
    chunk = pa.table(
        {"name": [name] * rows, "kind": ["UBND"] * rows, "geometry": [shape] * rows}, schema=schema
    )
    pq.write_table(chunk, path, compression="zstd", use_dictionary=once)


def _parquet_of_lists(path: Path) -> None:
    """A GeoParquet in which one long text is an item of a list in each row."""
    one = gpd.GeoDataFrame({"name": ["A"], "kind": ["UBND"]}, geometry=[shapely.Point(107, 15)], crs=4326)
    one.to_parquet(path)
    told = pq.read_schema(path).metadata
    shape = shapely.to_wkb(shapely.Point(107, 15))
    rows = {"name": [["A" * 1_000_000]] * 1000, "kind": ["UBND"] * 1000, "geometry": [shape] * 1000}
    pq.write_table(pa.table(rows).replace_schema_metadata(told), path, compression="zstd")


def _raster(path: Path, side: int, tile: int) -> None:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=side,
        height=side,
        count=1,
        dtype="float32",
        crs="EPSG:4326",
        transform=from_origin(107, 16, 1e-6, 1e-6),
        tiled=True,
        blockxsize=tile,
        blockysize=tile,
        sparse_ok=True,
        BIGTIFF="YES",
    ):
        pass  # no block is ever written


def _deep_wkb(depth: int) -> bytes:
    return bytes([1, 7, 0, 0, 0, 1, 0, 0, 0]) * depth + shapely.to_wkb(shapely.Point(107, 15))


def _ring(count: int) -> str:
    points = ",".join(f"[107.{i % 1000000:06d},15.{i * 7 % 1000000:06d}]" for i in range(count))
    return json.dumps({"type": "Polygon", "coordinates": "@"}).replace('"@"', f"[[{points}]]")


#: Name → the file of sites and what writes it.
SITES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "shape in shape, as text": (
        "s.csv",
        lambda p: p.write_text(
            f'site_id,name,kind,wkt\nS1,A,UBND,"{"GEOMETRYCOLLECTION(" * 100_000}POINT(1 1){")" * 100_000}"\n'
        ),
    ),
    "shape in shape, as WKB": ("s.parquet", lambda p: _parquet(p, _deep_wkb(500_000), 1)),
    "shape in shape, as GeoJSON": (
        "s.geojson",
        lambda p: p.write_text(
            _feature(
                '{"type": "GeometryCollection", "geometries": [' * 50_000
                + '{"type": "Point", "coordinates": [107, 15]}'
                + "]}" * 50_000
            )
        ),
    ),
    "list in list": (
        "s.geojson",
        lambda p: p.write_text(_feature(more=f', "x": {"[" * 200_000}{"]" * 200_000}')),
    ),
    "list in list, OFDS": (
        "s.json",
        lambda p: p.write_text(f'{{"networks": {"[" * 200_000}{"]" * 200_000}}}'),
    ),
    "a shape of a million corners": ("s.geojson", lambda p: p.write_text(_feature(_ring(1_500_000)))),
    "a cell far away": ("s.xlsx", lambda p: _workbook(p, "XFD1048576")),
    "a workbook that unpacks": (
        "s.xlsx",
        lambda p: _workbook_with(
            p, '<row><c t="inlineStr"><is><t>AAAAAAAAAAAA</t></is></c></row>' * 1_000_000
        ),
    ),
    "rows of nothing": ("s.xlsx", lambda p: _workbook_with(p, "<row/>" * 3_000_000)),
    "cells of nothing": ("s.xlsx", lambda p: _workbook_with(p, f"<row>{'<c/>' * 100}</row>" * 45_000)),
    "the same number for ever": (
        "s.xlsx",
        lambda p: _workbook_with(p, f"<row>{'<c><v>0</v></c>' * 20}</row>" * 60_000),
    ),
    "cells far away in each row": (
        "s.xlsx",
        lambda p: _workbook_with(
            p, "".join(f'<row r="{i}"><c r="BXX{i}"><v>1</v></c></row>' for i in range(1, 150_000))
        ),
    ),
    "cells merged to the end of the sheet": (
        "s.xlsx",
        lambda p: _workbook_with(
            p,
            '<row r="1"><c r="A1" t="inlineStr"><is><t>A</t></is></c></row>',
            '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>',
        ),
    ),
    "entities in a workbook": (
        "s.xlsx",
        lambda p: _kmz(
            p,
            "[Content_Types].xml",
            '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>',
        ),
    ),
    "an archive that unpacks": (
        "s.kmz",
        lambda p: _kmz(p, "doc.kml", f"<kml><Document>{PLACEMARK * 1_000_000}</Document></kml>"),
    ),
    "an archive that leads out": (
        "s.kmz",
        lambda p: _kmz(p, "../../out.kml", f"<kml><Document>{PLACEMARK}</Document></kml>"),
    ),
    "an archive in an archive": ("s.kmz", _kmz_in_kmz),
    "entities in KML": (
        "s.kml",
        lambda p: p.write_text(
            '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
            '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><kml><Placemark><name>&c;</name></Placemark></kml>'
        ),
    ),
    "the same row for ever": ("s.parquet", lambda p: _parquet(p, _deep_wkb(0), 6_000_000)),
    "the same long name": ("s.parquet", lambda p: _parquet(p, _deep_wkb(0), 20_000, "A" * 50_000)),
    "the same long name in lists": ("s.parquet", _parquet_of_lists),
    "long names that are packed": (
        "s.parquet",
        lambda p: _parquet(p, _deep_wkb(0), 20_000, "A" * 50_000, False),
    ),
    "more rows than a province has": ("s.csv", lambda p: p.write_text(HEADER + "S,A,UBND,1,1\n" * 5_100_000)),
    "a million columns": ("s.csv", lambda p: p.write_text(f"{'c,' * 1_000_000}c\n{'x,' * 1_000_000}x\n")),
    "a long header over short rows": (
        "s.csv",
        lambda p: p.write_text(f"{','.join(f'c{i}' for i in range(1900))}\n{'x' * 9}\n" + "x\n" * 2_000_000),
    ),
    "a quote that is never closed": ("s.csv", lambda p: p.write_text(f'{SITE}S2,"{"A" * 30_000_000}')),
    "nothing but zeros": ("s.csv", lambda p: p.write_bytes(b"\x00" * 10_000_000)),
    "numbers beyond numbers": (
        "s.csv",
        lambda p: p.write_text(
            f"{HEADER}S1,A,UBND,1e308,-1e308\nS2,B,UBND,nan,inf\nS3,C,UBND,{'9' * 100_000},15\n"
        ),
    ),
}
#: Name → side and tile of a raster of elevation that holds nothing.
RASTERS = {"a raster as large as the Earth": (400_000, 16_384), "a raster of nothing": (60_000, 4_096)}


def hostile_studies(folder: Path) -> dict[str, Path]:
    """Name → the study file of each."""
    studies = {}
    for number, name in enumerate([*SITES, *RASTERS, "a study of brackets"]):
        here = folder / f"h{number}"
        here.mkdir(parents=True)
        file, write = SITES.get(name, ("s.csv", lambda p: p.write_text(SITE, encoding="utf-8")))
        write(here / file)
        more = ""
        if name in RASTERS:
            _raster(here / "e.tif", *RASTERS[name])
            more = 'elevation = "e.tif"\n'
        if name == "a study of brackets":
            more = f"x = {'[' * 50_000}{']' * 50_000}\n"
        studies[name] = here / "study.toml"
        studies[name].write_text(f'title = "x"\n[inputs]\nsites = "{file}"\n{more}', encoding="utf-8")
    return studies
