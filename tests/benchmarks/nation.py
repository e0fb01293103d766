"""A hundred sites of three technologies through `phusong.footprints`, as dense as 3,000 are in Viet Nam.

Run as a program it is the process whose time and memory are read: `python -m benchmarks.nation STUDY …`.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

from benchmarks.ground import fractal_heights
from benchmarks.page import at_most, checks_table
from benchmarks.timing import Scale, say

#: km² of land for each of 3,000 sites: Viet Nam has 331,000 km².
_KM2_A_SITE = 110.0
_THREADS = 2
_REACH_KM = 15.0
_WEST, _SOUTH, _DEGREE_KM = 107.6, 14.6, 111.0
_HEAD = "cell_id,operator,radio,frequency_mhz,lon,lat,antenna_height_m,eirp_dbm\n"
_RADIOS = (("2G", 900), ("4G", 1800), ("3G", 2100))
_STUDY = """title = "Nation"
language = "en"
report_date = "2021-06"
[inputs]
communes = "communes.geojson"
sites = "sites.csv"
cells = "cells.csv"
elevation = "elevation.tif"
[mobile]
cell_m = 30
footprint_reach_m = {reach_m:.0f}
"""

_TEXT = """## {masts} sites through the whole machinery, and 3,000

{masts} masts × 3 technologies × {reach_km:g} km at 30 m, as far apart as 3,000 are in Viet Nam, on 2
threads: the terrain of each mast read from a GeoTIFF in degrees and warped, P.1812, Deygout on cells of 90
m, levels with their range, files; then the tiles of best servers. 3,000 by proportion, since each mast is a
task of its own.

Footprints {footprints_s:.1f} s, tiles {tiles_s:.1f} s, processor time of both {cpu_s:.1f} s. Greatest
memory of the process {memory_mb:,.0f} MB ({half_way_mb:,.0f} MB when half of the footprints were drawn). Its
pieces, kept until the result is whole, take {files_mb:,.0f} MB on disk: {files_gb:.0f} GB for 3,000.

{checks}"""


@dataclass(frozen=True)
class Nation:
    """What many sites took: seconds, greatest memory half-way and at the end, size of the pieces."""

    masts: int
    footprints_s: float
    tiles_s: float
    cpu_s: float
    half_way_mb: float
    memory_mb: float
    files_mb: float


def nation_section(scale: Scale) -> str:
    """A hundred sites through `phusong.footprints`, taken up to 3,000."""
    say(f"  {scale.masts} sites")
    reach_km = scale.reach_m / 1000
    with tempfile.TemporaryDirectory(prefix="phusong-bench-") as name:
        one, many = Path(name) / "one", Path(name) / "many"
        one.mkdir()
        many.mkdir()
        warm_up = write_nation(one, 1, 1.0)
        done = measure_nation(warm_up, write_nation(many, scale.masts, reach_km))
    minutes = (done.footprints_s + done.tiles_s) / done.masts * 3000 / 60
    say(f"    3,000 sites: {minutes:.1f} minutes")
    checks = [
        at_most("3,000 sites × 3 technologies, 2 cores", minutes, 15, "{:.1f} min"),
        at_most("the same, goal", minutes, 6, "{:.1f} min"),
    ]
    files_gb = done.files_mb / done.masts * 3
    return _TEXT.format(**asdict(done), files_gb=files_gb, reach_km=reach_km, checks=checks_table(checks))


def write_nation(folder: Path, masts: int, reach_km: float = _REACH_KM) -> Path:
    """A study of one square commune with masts at random, in drawn mountains (a GeoTIFF in degrees)."""
    side_km = max((masts * _KM2_A_SITE) ** 0.5, 2 * reach_km + 2)
    side = side_km / _DEGREE_KM
    ring = [[_WEST + side * i, _SOUTH + side * j] for i, j in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]
    shape = {"type": "Polygon", "coordinates": [ring]}
    commune = {"type": "Feature", "geometry": shape, "properties": {"code": "00001", "name": "Xã A"}}
    collection = {"type": "FeatureCollection", "features": [commune]}
    (folder / "communes.geojson").write_text(json.dumps(collection), encoding="utf-8")
    site = f"S1,UBND xã A,UBND,00001,{_WEST + side / 2},{_SOUTH + side / 2}"
    head = "Mã đơn vị,Tên đơn vị,Loại,Mã xã,Kinh độ,Vĩ độ"
    (folder / "sites.csv").write_text(f"{head}\n{site}\n", encoding="utf-8-sig")
    (folder / "cells.csv").write_text(_HEAD + _cells(masts, side, reach_km / _DEGREE_KM), encoding="utf-8")
    _write_elevation(folder / "elevation.tif", side, reach_km / _DEGREE_KM)
    study = folder / "study.toml"
    study.write_text(_STUDY.format(reach_m=reach_km * 1000), encoding="utf-8")
    return study


def _cells(masts: int, side: float, rim: float) -> str:
    """Three cells a mast; each mast's circle lies within the commune."""
    places = np.random.default_rng(5).uniform(1.05 * rim, side - 1.05 * rim, (masts, 2))
    return "".join(
        f"M{i}-{mhz},Viettel,{radio},{mhz},{_WEST + x:.5f},{_SOUTH + y:.5f},30,58\n"
        for i, (x, y) in enumerate(places)
        for radio, mhz in _RADIOS
    )


def _write_elevation(path: Path, side: float, rim: float) -> None:
    """Drawn mountains in pixels of an arc-second; the drawing repeats itself every 46 km."""
    pixel, drawn = 1 / 3600, fractal_heights(1536)
    size = int((side + 2.4 * rim) / pixel)
    times = -(-size // len(drawn))
    heights = np.tile(drawn.round().astype(np.int16), (times, times))[:size, :size]
    corner = from_origin(_WEST - 1.2 * rim, _SOUTH + side + 1.2 * rim, pixel, pixel)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=size,
        height=size,
        count=1,
        dtype="int16",
        crs="EPSG:4326",
        transform=corner,
        tiled=True,
        compress="deflate",
    ) as raster:
        raster.write(heights, 1)


def measure_nation(warm_up: Path, study: Path) -> Nation:
    """Draw a study's footprints in a process of its own, after a small one that loads the kernels."""
    command = [sys.executable, "-m", "benchmarks.nation", str(warm_up), str(study)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "PHUSONG_LANG": "en"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Nation(**json.loads(done.stdout.splitlines()[-1]))


def _draw(study_file: Path) -> Nation:
    from phusong.checks import check_region
    from phusong.engine import open_engine
    from phusong.footprints import draw_footprints
    from phusong.readers import read_region, read_study

    study = read_study(study_file)
    region, _findings = check_region(read_region(study))
    pieces = study_file.parent / "pieces"
    pieces.mkdir()
    seen: list[tuple[str, float, float, float]] = []

    def note(step: str, done: int, total: int) -> None:
        seen.append((step, done / max(total, 1), time.perf_counter(), _peak_mb()))

    before = time.process_time()
    with open_engine(f"threads:{_THREADS}", note) as engine:
        draw_footprints(study, region, pieces, engine)
    cpu_s = time.process_time() - before
    footprints, tiles = dict.fromkeys(step for step, *_rest in seen)
    half_way = next(mb for step, part, _s, mb in seen if step == footprints and part >= 0.5)
    files_mb = sum(file.stat().st_size for file in pieces.iterdir()) / 1e6
    masts = len(region.cells) // len(_RADIOS)
    return Nation(masts, _took(seen, footprints), _took(seen, tiles), cpu_s, half_way, _peak_mb(), files_mb)


def _took(seen: list[tuple[str, float, float, float]], step: str) -> float:
    """Seconds between the first and the last word of a step."""
    seconds = [s for name, _part, s, _mb in seen if name == step]
    return seconds[-1] - seconds[0]


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    for given in sys.argv[1:]:
        print(json.dumps(asdict(_draw(Path(given)))))
