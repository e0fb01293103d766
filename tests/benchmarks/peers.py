"""The reference tools: Debian's splat-hd, itmlogic, scipy. They run the same terrain on one thread.

SPLAT! reads SRTM-like tiles of 1° by 1 arc-second: ours is laid at the equator, where an arc-second is 30.9 m
both ways, about the mast in the middle of the tile.
"""

import importlib.util
import math
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import map_coordinates

from benchmarks.timing import Timing, time_command, time_warm
from phusong.radio.footprints import Mast
from phusong.terrain import Grid, sample

#: Metres of a degree on SPLAT!'s Earth; pixels of a tile's side.
_DEGREE_M, _PIXELS = 111_195.0, 3601
_TILE = "N00E107.hgt"
#: Longitudes count westwards: 107.5° E.
_SITE = "{name}\n{latitude}\n252.5\n{height} m\n"
_MODEL = "15.000\n0.005\n301.000\n{mhz}\n1\n1\n0.50\n0.50\n"
_RECEIVER_M = 1.5


@dataclass(frozen=True)
class SplatRun:
    """An area run: its points; the whole run, one of 50 m reach, and one that only loads the tile."""

    points: int
    whole: Timing
    short: Timing
    loading: Timing

    def rate(self, without: Timing | None = None) -> float:
        """Points a second, net of another run's time."""
        return self.points / max(self.whole.best_s - (without.best_s if without else 0), 1e-9)


def splat_is_here() -> bool:
    """Whether splat-hd and its converter can be run."""
    return bool(shutil.which("splat-hd") and shutil.which("srtm2sdf-hd"))


def tile_heights(grid: Grid, mast: Mast, reach_m: float) -> np.ndarray:
    """The terrain about a mast as a 1° tile, north to south, big-endian; 0 where it is out of reach."""
    pixel_m, middle = _DEGREE_M / (_PIXELS - 1), (_PIXELS - 1) // 2
    half = min(int((reach_m + 500) / pixel_m), middle)
    away = np.arange(-half, half + 1) * pixel_m
    rows, columns = grid.rows_columns(*np.meshgrid(mast.x_m + away, mast.y_m - away))
    heights = sample(grid.ground, np.ravel(rows), np.ravel(columns)).reshape(rows.shape)
    tile = np.zeros((_PIXELS, _PIXELS), ">i2")
    near = slice(middle - half, middle + half + 1)
    tile[near, near] = np.nan_to_num(heights).round()
    return tile


def run_splat(
    grid: Grid, mast: Mast, reach_m: float, folder: Path, repeats: int, sight: bool = False
) -> SplatRun:
    """ITM path loss (or line of sight) about a mast by splat-hd, with what it takes to load and to draw."""
    _write_splat_files(grid, mast, reach_m, folder)
    how = ["-c"] if sight else ["-olditm", "-L"]
    area = ["splat-hd", "-t", "tx.qth", *how, str(_RECEIVER_M), "-metric", "-N", "-nf", "-ngs", "-o", "a.ppm"]
    link = ["splat-hd", "-t", "tx.qth", "-r", "rx.qth", "-metric", "-N", "-nf"]
    whole = time_command([*area, "-R", f"{reach_m / 1000:g}"], folder, repeats)
    short = time_command([*area, "-R", "0.05"], folder, repeats)
    loading = time_command(link, folder, repeats)
    return SplatRun(_splat_points(area, reach_m, folder, sight), whole, short, loading)


def _write_splat_files(grid: Grid, mast: Mast, reach_m: float, folder: Path) -> None:
    tile_heights(grid, mast, reach_m).tofile(folder / _TILE)
    subprocess.run(["srtm2sdf-hd", "-d", "/dev/null", _TILE], cwd=folder, check=True, capture_output=True)
    for name, latitude in (("tx", 0.5), ("rx", 0.501)):
        site = _SITE.format(name=name, latitude=latitude, height=mast.height_m)
        (folder / f"{name}.qth").write_text(site)
        (folder / f"{name}.lrp").write_text(_MODEL.format(mhz="1800.000"))


def _splat_points(area: list[str], reach_m: float, folder: Path, sight: bool) -> int:
    """How many cells it works out: the lines of its list, or those of the circle for line of sight."""
    if sight:
        return round(math.pi * (reach_m * (_PIXELS - 1) / _DEGREE_M) ** 2)
    time_command([*area, "-R", f"{reach_m / 1000:g}", "-ano", "list.txt"], folder)
    with (folder / "list.txt").open("rb") as lines:
        return sum(1 for _ in lines) - 2


def itmlogic_is_here() -> bool:
    """Whether itmlogic can be imported."""
    return importlib.util.find_spec("itmlogic") is not None


def itmlogic_rate(grid: Grid, mast: Mast, reach_m: float, paths: int, repeats: int) -> float:
    """Point-to-point ITM losses a second; the profiles are read beforehand and not counted."""
    from itmlogic.preparatory_subroutines.qlrpfl import qlrpfl
    from itmlogic.statistics.avar import avar

    profiles = _profiles(grid, mast, reach_m, paths)

    def work() -> None:
        for heights, step_m in profiles:
            avar(0, 0, 0, qlrpfl(_itm_question(heights, step_m, mast.height_m)))

    return len(profiles) / time_warm(work, repeats).best_s


def _itm_question(heights: list[float], step_m: float, height_m: float, mhz: float = 1800.0) -> dict:
    """What itmlogic wants to know: average ground, equatorial climate, vertical polarisation."""
    wave = mhz / 47.7
    ground = complex(15, 376.62 * 0.005 / wave)
    curve = 157e-9 * (1 - 0.04665 * math.exp(301 / 179.3))
    return {
        "fmhz": mhz,
        "wn": wave,
        "hg": [height_m, _RECEIVER_M],
        "ens": 301.0,
        "gme": curve,
        "zgnd": np.sqrt(ground - 1) / ground,
        "klim": 1,
        "klimx": 0,
        "mdp": -1,
        "mdvarx": 11,
        "lvar": 5,
        "kwx": 0,
        "pfl": [len(heights) - 1, step_m, *heights],
    }


def _profiles(grid: Grid, mast: Mast, reach_m: float, paths: int) -> list[tuple[list[float], float]]:
    """Profiles to places spread evenly over the circle, a cell or less between samples."""
    rng, out = np.random.default_rng(3), []
    for far, turn in zip(reach_m * np.sqrt(rng.random(paths)), rng.random(paths) * 2 * np.pi, strict=True):
        count = max(math.ceil(far / grid.cell_m), 4)
        part = np.linspace(0, far, count + 1)
        rows, columns = grid.rows_columns(mast.x_m + part * np.sin(turn), mast.y_m + part * np.cos(turn))
        heights = sample(grid.ground, rows, columns)
        if not np.isnan(heights).any():
            out.append((heights.tolist(), far / count))
    return out


def scipy_clearances(
    grid: Grid, x_m: np.ndarray, y_m: np.ndarray, antenna_m: float, pairs: np.ndarray, f_ghz: float
) -> np.ndarray:
    """Least clearance of each pair in Fresnel radii at k = 4/3, pair by pair, by map_coordinates."""
    rows, columns = grid.rows_columns(x_m, y_m)
    tops = grid.heights(x_m, y_m) + antenna_m
    out = np.empty(len(pairs))
    for k, (a, b) in enumerate(pairs):
        km = math.hypot(x_m[a] - x_m[b], y_m[a] - y_m[b]) / 1000
        count = max(math.ceil(km * 1000 / grid.cell_m - 1e-6), 2)
        part = np.arange(1, count) / count
        places = rows[a] + (rows[b] - rows[a]) * part, columns[a] + (columns[b] - columns[a]) * part
        ground = map_coordinates(grid.ground, places, order=1, output=np.float64)
        product = part * (1 - part) * km * km
        ray = tops[a] + (tops[b] - tops[a]) * part - 500 * product / (4 / 3 * 6371)
        out[k] = ((ray - ground) / (17.3 * np.sqrt(product / (f_ghz * km)))).min()
    return out
