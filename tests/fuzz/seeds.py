"""Small right files of every format that is read, each as bytes with the input that it is of."""

import io
import json
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import rasterio
from openpyxl import Workbook
from rasterio.transform import from_origin

STUDY = """title = "Fuzzed"
language = "en"
report_date = "2021-06"
vintage = "2021-01"
[inputs]
communes = "communes.geojson"
fibre = "fibre.geojson"
{more}sites = "sites.csv"
"""
#: What a study file may say, for those that are spoilt.
LONG_STUDY = (
    STUDY.format(more="")
    + """elevation = ["elevation.tif"]
[inputs.roads]
path = "roads.geojson"
crs = "EPSG:4326"
encoding = "utf-8"
columns = { road_id = "fibre_id" }
[targets]
fibre_reach_m = 2000
[mobile]
lte_good_dbm = -95.0
[plan]
budget_vnd = "4 tỷ"
budget_by_year = { 2026 = "1 tỷ" }
first = ["office_commune"]
weights = { school = 2.0 }
need = { poor = 1.0 }
years = 10
[limits]
rows = 1000
cell_mb = 1.5
[prices.fibre]
new_line = 200_000
[partners.Viettel]
communes = ["00001"]
at_most = 0.5
[indicators.steering_committee]
of = 18
[sharing.default]
decimals = 3
[sharing.VNPT]
communes = ["00001"]
hide_columns = ["gaps.people"]
[report]
[weekly]
[sources.osm]
title = "OpenStreetMap"
[sources.osm.files]
"roads.geojson" = "00"
"""
)
#: A study that lays few keys over another, and one that has no communes.
BASED = 'base = "base.toml"\ntitle = "Cheaper"\n[plan]\nyears = 5\n[inputs]\nroads = "roads.geojson"\n'
NO_COMMUNES = 'title = "Fuzzed"\ncrs = "EPSG:32648"\n[inputs]\nsites = "sites.csv"\nnodes = "nodes.csv"\n'
SITES = (
    "Mã đơn vị,Tên đơn vị,Loại,Mã xã,Kinh độ,Vĩ độ,Cáp quang,Wifi,Họp trực tuyến,Sóng di động\n"
    "S1,UBND xã A,UBND,00001,107.55,15.05,Có,Có,Có,tốt\n"
    'S2,Trạm Y tế A,Y tế,00001,"107°33\'07""","15,051",,,,\n'
    "S3,UBND xã B,UBND,00002,107.65,15.05,Không,Không,,yếu\n"
)
TABLES = {
    "cells": "cell_id,operator,radio,frequency_mhz,lon,lat,antenna_height_m,eirp_dbm,azimuth_deg\n"
    "C1,Viettel,4G,1800,107.551,15.051,30,58,\nC2,VNPT,3G,2100,107.651,15.05,30,58 dBm,120\n",
    "measurements": "lon,lat,operator,radio,level_dbm,date\n107.55,15.05,Viettel,4G,-99.5,2021-05-01\n",
    "reports": "site_id,Ngày báo cáo,by,fibre,wifi,mobile,received_at\n"
    "S1,03/06/2021,An,Có,Không,yếu,2021-06-04 09:59\nS2,2021-06,Bình,?,,,\n",
    "crosswalk": "old_code,old_name,new_code,new_name,date,share\n00001,Xã A,00002,Xã B,2025-07-01,1\n",
    "indicators": "indicator,level,code,name,date,value,of\nsteering_committee,xã,00001,A,2021,1,2\n"
    "steering_committee,xã,,Xã B,2021-06,có,\nsteering_committee,xã,00001,A,2021,0,2\n"
    "plan_made,huyện,510,,2021,13.185,\nsteering_committee,tỉnh,,,2021,x,18\n",
    "nodes": 'node_id,name,operator,position\nN1,Trạm 1,VNPT,"15.05, 107.55"\n',
    "settlements": "name,lon,lat\nThôn 1,107.55,15.05\n",
    "places": 'name,Google Maps\nThôn 2,"https://maps.google.com/?q=15.05,107.56"\n',
    "landslides": "name,X (m),Y (m)\nSạt lở,478000,1665000\n",
    "roads": 'road_id,wkt\nR1,"LINESTRING (107.52 15.05, 107.6 15.05)"\n',
    "gazetteer": "code,name,unit_type,parent_code,vintage\n00001,Xã A,xã,510,2021-01\n",
    "rivers": 'name,wkt\nSông,"MULTILINESTRING ((107.5 15, 107.6 15.1))"\n',
}
KML = (
    '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>'
    "<name>Xã A</name><Placemark><name>UBND xã A</name><description><![CDATA[<table><tr><td>Loại</td>"
    "<td>UBND</td></tr></table>]]></description><ExtendedData><Data name='site_id'><value>S1</value></Data>"
    "</ExtendedData><Point><coordinates>107.55,15.05,0</coordinates></Point></Placemark><Placemark><name>S&#233;"
    "</name><MultiGeometry><Point><coordinates>107.56,15.05</coordinates></Point><Polygon><outerBoundaryIs>"
    "<LinearRing><coordinates>107.5,15 107.6,15 107.6,15.1 107.5,15</coordinates></LinearRing>"
    "</outerBoundaryIs></Polygon></MultiGeometry></Placemark></Folder></Document></kml>"
)
DXF = (
    "0 SECTION 2 HEADER 9 $ACADVER 1 AC1021 9 $DWGCODEPAGE 3 ANSI_1258 0 ENDSEC 0 SECTION 2 BLOCKS"
    " 0 BLOCK 5 B1 8 0 2 TU 70 0 10 0 20 0 0 LINE 5 B2 8 0 10 0 20 0 11 5 21 5 0 ENDBLK 5 B3 8 0 0 ENDSEC"
    " 0 SECTION 2 ENTITIES 0 LWPOLYLINE 5 A1 8 CAP 90 2 70 0 10 480000 20 1720000 10 481000 20 1720000"
    " 0 ARC 5 A3 8 CAP 10 480000 20 1720000 40 100 50 0 51 90"
    " 0 TEXT 5 T1 8 CHU 10 480500 20 1720003 40 2.5 1 24FO\\U+1EA1"
    " 0 INSERT 5 I1 8 TU 66 1 2 TU 10 480000 20 1720000"
    " 0 ATTRIB 5 I2 8 TU 10 480000 20 1720000 40 2 1 TU-1 2 TEN"
    " 0 SEQEND 5 I3 8 TU 0 ENDSEC 0 EOF"
)


class Seed(NamedTuple):
    """A file of an input of a study ("study": the study itself), and what else the study says of it."""

    of: str
    file: str
    raw: bytes
    more: str = ""


def feature(geometry: Any, **said: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": said, "geometry": geometry}


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def _square(west: float) -> dict[str, Any]:
    ring = [[west, 15], [west + 0.1, 15], [west + 0.1, 15.1], [west, 15.1], [west, 15]]
    return {"type": "Polygon", "coordinates": [ring]}


LINE = {"type": "LineString", "coordinates": [[107.52, 15.05], [107.6, 15.05]]}
COMMUNES = collection(
    feature(_square(107.5), code="00001", name="Xã A", population=3000),
    feature(_square(107.6), code="00002", name="Xã B", population=1000),
)
FIBRE = collection(feature(LINE, fibre_id="F1", operator="VNPT"))
POINTS = collection(
    feature({"type": "Point", "coordinates": [107.55, 15.05]}, site_id="S1", name="UBND xã A", kind="UBND"),
    feature(
        {"type": "MultiPoint", "coordinates": [[107.6, 15.05]]}, site_id="S2", name="Trạm y tế", kind="Y tế"
    ),
)
OFDS = {
    "networks": [
        {
            "id": "n",
            "nodes": [
                {
                    "id": "N1",
                    "name": "A",
                    "type": ["pop"],
                    "location": {"type": "Point", "coordinates": [107.5, 15]},
                }
            ],
            "spans": [
                {
                    "id": "F1~0",
                    "status": "operational",
                    "darkFibre": True,
                    "transmissionMedium": ["fibre"],
                    "route": LINE,
                    "networkProviders": [{"id": "p", "name": "VNPT"}],
                    "transmissionMediumOwner": {"name": "Viettel"},
                },
                {
                    "id": "F1~9000",
                    "route": {"type": "LineString", "coordinates": [[107.6, 15.05], [107.7, 15.05]]},
                },
            ],
        }
    ]
}


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _xlsx(text: str) -> bytes:
    import csv

    book, out = Workbook(), io.BytesIO()
    for row in csv.reader(io.StringIO(text)):
        book.active.append(row)
    book.active.merge_cells("A3:A4")
    book.save(out)
    return out.getvalue()


def _kmz() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", KML)
    return out.getvalue()


def _vectors(folder: Path) -> dict[str, bytes]:
    """The points in the formats that GDAL and pyarrow write; parts beside the file too."""
    (folder / "p.geojson").write_bytes(as_json(POINTS))
    points = gpd.read_file(folder / "p.geojson").explode(index_parts=False)
    out = {}
    for name, driver in {
        "s.gpkg": "GPKG",
        "s.shp": "ESRI Shapefile",
        "s.fgb": "FlatGeobuf",
        "s.gml": "GML",
        "s.mif": "MapInfo File",
        "s.tab": "MapInfo File",
    }.items():
        points.to_file(folder / name, driver=driver)
    points[["name", "geometry"]].to_file(folder / "s.gpx", driver="GPX")
    points.to_parquet(folder / "s.parquet")
    for path in sorted(folder.glob("s.*")):
        out[path.name] = path.read_bytes()
    return out


def raster() -> bytes:
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            width=24,
            height=14,
            count=1,
            dtype="float32",
            crs="EPSG:4326",
            nodata=-9999,
            transform=from_origin(107.48, 15.12, 0.01, 0.01),
            compress="deflate",
        ) as out:
            out.write(np.arange(24 * 14, dtype="float32").reshape(1, 14, 24))
        return bytes(memory.read())


#: Parts that a file is read with.
BESIDE = {".shp": (".dbf", ".shx", ".prj", ".cpg"), ".tab": (".dat", ".map", ".id"), ".mif": (".mid",)}


@cache
def seeds() -> tuple[tuple[Seed, ...], dict[str, bytes]]:
    """All of them, and the files that some are read with."""
    with tempfile.TemporaryDirectory() as folder:
        made = _vectors(Path(folder))
        corrections, form = _workbooks(Path(folder))
    out = [Seed("study", "study.toml", said.encode()) for said in (LONG_STUDY, BASED, NO_COMMUNES)]
    out += [Seed("sites", name, made[name]) for name in made if f".{name.split('.')[1]}" in _SUFFIXES]
    out += [
        Seed("sites", "s.csv", SITES.encode()),
        Seed("sites", "s.csv", SITES.replace("ã", "·").encode("utf-16")),
        Seed(
            "sites",
            "s.csv",
            "Tªn,Lo¹i,x,y\nHuyÖn §«ng Giang,UBND,107.5,15\nX· TrµMy,UBND,107.6,15\n".encode("cp1252"),
        ),
        Seed("sites", "s.xlsx", _xlsx(SITES)),
        Seed("sites", "s.geojson", as_json(POINTS)),
        Seed("sites", "s.kml", KML.encode()),
        Seed("sites", "s.kmz", _kmz()),
        Seed(
            "sites",
            "s.csv",
            b"lat,lon,poi_id,poi_type,is_connected,total_mbps\n15.05,107.55,P1,school,TRUE,10\n",
            'profile = "itu"',
        ),
        Seed("communes", "c.geojson", as_json(COMMUNES)),
        Seed("mobile_coverage", "m.geojson", as_json(COMMUNES)),
        Seed("fibre", "f.geojson", as_json(FIBRE)),
        Seed("fibre", "f.json", as_json(OFDS)),
        Seed("nodes", "n.json", as_json(OFDS)),
        Seed("fibre", "f.dxf", DXF.replace(" ", "\n").encode(), 'layer = "CAP*"\ncrs = "EPSG:5899"'),
        Seed("nodes", "n.dxf", DXF.replace(" ", "\n").encode()),
        Seed("elevation", "e.tif", raster()),
        Seed("population", "p.tif", raster()),
        Seed("corrections", "k.xlsx", corrections),
        Seed("form", "form.xlsx", form),
    ]
    out += [Seed(of, f"t{of}.csv", text.encode()) for of, text in TABLES.items()]
    out.append(Seed("reports", "r.xlsx", _xlsx(TABLES["reports"])))
    return tuple(out), made


_SUFFIXES = (".gpkg", ".shp", ".dbf", ".fgb", ".gml", ".mif", ".tab", ".gpx", ".parquet")


def _workbooks(folder: Path) -> tuple[bytes, bytes]:
    """What `phusong check` and `phusong survey` write for a study of the lists above, filled in."""
    from phusong.asking import what_to_ask
    from phusong.checks import check_region
    from phusong.gaps import find_gaps
    from phusong.readers import read_region, read_study
    from phusong.workbooks import write_corrections, write_forms

    (folder / "communes.geojson").write_bytes(as_json(COMMUNES))
    (folder / "fibre.geojson").write_bytes(as_json(FIBRE))
    (folder / "sites.csv").write_text(SITES, encoding="utf-8")
    (folder / "study.toml").write_text(STUDY.format(more=""), encoding="utf-8")
    study = read_study(folder / "study.toml")
    region, findings = check_region(read_region(study))
    mend = write_corrections(folder / "mend.xlsx", study, region, findings)
    asked = what_to_ask(study, find_gaps(study, region), None)
    form = write_forms(folder / "forms", study, asked, region.communes, "", "vi")[0]
    _fill(mend, "sites.csv", {"G5": "Trạm Y tế xã A", "L5": "Có", "M5": "không", "P6": "yes", "Q6": "trùng"})
    _fill(mend, "Read me", {"B10": "An", "B11": "30/6/2021"})
    _fill(form, "Phiếu khảo sát", {"D7": "An", "D8": "30/6/2021", "E11": "Có", "F11": "Không", "G11": "Tốt"})
    _fill(form, "Phiếu khảo sát", {"H11": "Chưa rõ", "I11": "4/6/2021", "J11": "Bình", "K11": "mất điện"})
    return mend.read_bytes(), form.read_bytes()


def _fill(path: Path, sheet: str, cells: dict[str, str]) -> None:
    from openpyxl import load_workbook

    book = load_workbook(path)
    for cell, text in cells.items():
        assert not book[sheet][cell].protection.locked, (sheet, cell)
        book[sheet][cell] = text
    book.save(path)
