"""Files from strangers: each is refused in one clear line, or does nothing, quickly and in little memory."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import shapely
from drawn_hostile import SITE, hostile_studies
from openpyxl import Workbook

from phusong.checks import check_region
from phusong.drivers import ALLOWED
from phusong.errors import InputError
from phusong.limits import is_deep_wkb, without_deep_wkt
from phusong.readers import read_region, read_study
from phusong.readers.tables import read_text_table
from phusong.readers.vectors import read_vectors
from phusong.study import Source

SECRET = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"site_id": "S1", "name": "SECRET", "kind": "UBND"},
            "geometry": {"type": "Point", "coordinates": [107.5, 15.7]},
        }
    ],
}


def vectors(path: Path) -> str:
    """What is read of a file, as text; or the one line that refuses it."""
    try:
        return read_vectors(path, Source(path=path.name)).to_csv()
    except InputError as error:
        said = str(error)
        assert "\n" not in said and path.name in said
        return said


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that nobody named in a study."""
    path = tmp_path / "elsewhere" / "secret.geojson"
    path.parent.mkdir()
    path.write_text(json.dumps(SECRET))
    return path


def test_gdal_has_no_driver_that_is_not_needed():
    """In a process of its own, as a user's: the test run has other packages beside."""
    code = """
import phusong, pyogrio, rasterio
with rasterio.Env() as env:
    print(*sorted({*pyogrio.list_drivers(), *env.drivers()}), sep="|")
"""
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(said.stdout.strip().split("|")) <= ALLOWED and said.stderr == ""


PIPELINE = '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {secret}"}}'
REFERRING = {
    "pipeline.geojson": PIPELINE,
    "pipeline.json": PIPELINE,
    "vrt.geojson": '<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>",
    "vrt.gml": '<?xml version="1.0"?><OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}'
    "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
    "vrt.shp": '<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>",
    "wfs.gml": '<?xml version="1.0"?><OGRWFSDataSource><URL>http://127.0.0.1:9/{secret}</URL></OGRWFSDataSource>',
    "entity.gml": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}">]>'
    '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml">'
    "<gml:featureMember><P><name>&a;</name><gml:Point><gml:coordinates>107,15</gml:coordinates></gml:Point></P>"
    "</gml:featureMember></wfs:FeatureCollection>",
    "entity.gpx": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}">]>'
    '<gpx version="1.1"><wpt lat="15" lon="107"><name>&a;</name></wpt></gpx>',
    "entity.kml": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}">]>'
    "<kml><Placemark><name>&a;</name><Point><coordinates>107,15</coordinates></Point></Placemark></kml>",
    "link.kml": '<?xml version="1.0"?>'
    "<kml><NetworkLink><Link><href>{secret}</href></Link></NetworkLink></kml>",
}


@pytest.mark.parametrize("name", REFERRING)
def test_a_file_that_refers_to_another_reads_nothing_of_it(name, secret, tmp_path):
    path = tmp_path / name
    path.write_text(REFERRING[name].format(secret=secret))
    assert "SECRET" not in vectors(path)


CHECK = """
import contextlib, io, json, resource, sys
from pathlib import Path
from phusong.cli import main
import phusong.checks, phusong.readers, phusong.workbooks, openpyxl, pyarrow.parquet

def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

def memory_mb(which):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(which)) / 1024

idle, said = memory_mb("VmRSS"), {}
for name, path in json.loads(sys.argv[1]).items():
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins again
    began, err = cpu(), io.StringIO()
    with contextlib.redirect_stderr(err), contextlib.redirect_stdout(io.StringIO()):
        try:
            main(["--lang", "en", "check", path, "--quiet"])
        except SystemExit as stop:
            code = stop.code
        except BaseException as error:
            code = repr(error)
    took, above = cpu() - began, memory_mb("VmHWM") - idle
    said[name] = [code, err.getvalue().strip(), round(took, 2), round(above)]
print(json.dumps(said))
"""
#: Seconds of the processor (what else the machine does changes little), MB above the idle interpreter.
MOST_S, MOST_MB = 5, 500


def test_each_hostile_file_is_refused_in_one_line_and_takes_little(tmp_path):
    """In one process: none may end it."""
    studies = {name: str(path) for name, path in hostile_studies(tmp_path).items()}
    ran = subprocess.run(
        [sys.executable, "-c", CHECK, json.dumps(studies)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    said = json.loads(ran.stdout)
    assert set(said) == set(studies)
    for name, (code, err, seconds, above) in said.items():
        assert code == 1, (name, code, err[-500:])
        line = err.splitlines()[-1]
        assert line.startswith("phusong: ") and line.count(". ") >= 1 and "Traceback" not in err, (name, line)
        assert seconds < MOST_S and above < MOST_MB, (name, seconds, above)
    assert not list(tmp_path.parent.rglob("out.kml"))


def test_a_study_raises_a_limit_that_is_too_low_for_it(drawn_study):
    path = drawn_study(toml="[limits]\nrows = 2\n")
    with pytest.raises(InputError, match=r"has more than 2 rows.*\[limits\] rows"):
        read_region(read_study(path))
    text = path.read_text(encoding="utf-8").replace("rows = 2", "rows = 1000")
    path.write_text(text, encoding="utf-8")
    assert len(read_region(read_study(path)).sites) == 4


def test_a_cell_that_somebody_touched_far_below_does_no_harm(tmp_path):
    book = Workbook()
    for row in SITE.strip().split("\n"):
        book.active.append(row.split(","))
    book.active["C900000"] = " "
    book.save(tmp_path / "s.xlsx")
    table = read_text_table(tmp_path / "s.xlsx", Source(path="s.xlsx"))
    assert table["site_id"].tolist() == ["S1"]


def test_a_shape_within_another_is_no_attack(tmp_path):
    line = "LINESTRING (107 15, 107.1 15.1)"
    nested = f"GEOMETRYCOLLECTION (GEOMETRYCOLLECTION ({line}), {line})"
    assert shapely.from_wkt(without_deep_wkt(np.array([nested, None], dtype=object)))[0].length > 0
    assert not is_deep_wkb(shapely.to_wkb(shapely.from_wkt(nested)))


BAD_ROWS = {
    "no position": "S{i},UBND xã {i},UBND,,,",
    "no numbers": "S{i},UBND xã {i},UBND,abc,25x,",
    "far away": "S{i},UBND xã {i},UBND,117.5,25.7,",
    "one and the same": "S0,UBND xã A,UBND,107.55,15.05,",
    "no word that is known": "S{i},Nhà {i},Nhà {i},107.55,15.05,co{i}",
}
COUNT = 5_000


@pytest.mark.parametrize("bad", BAD_ROWS)
def test_thousands_of_bad_rows_are_told_in_seconds(drawn_study, bad):
    rows = tuple(BAD_ROWS[bad].format(i=i) for i in range(COUNT))
    study = read_study(drawn_study(rows, header="site_id,name,kind,lon,lat,fibre"))
    began = time.process_time()
    region, findings = check_region(read_region(study))
    # 0.1 ms a row on a quiet machine; it was 3 ms, and more the more rows there were.
    assert time.process_time() - began < MOST_S
    assert len(findings) >= COUNT - 1 and len(region.sites) + len(region.set_aside) == COUNT
