"""Heights of the made-up land: ranges in the west, a plain in the east, written by bands of rows."""

from pathlib import Path

import numpy as np
import rasterio
from pyproj import CRS
from rasterio.transform import from_origin
from rasterio.windows import Window

from phusong.engine import Progress
from phusong.geo import WGS84
from phusong.language import _

#: Metres a degree of latitude, near enough for the size of a cell; rows in a band.
_DEGREE_M = 111_320
_ROWS = 256
#: Wave lengths of the hills (m) and their height as a part of the range's.
_WAVES = ((60_000, 0.5), (23_000, 0.3), (9_000, 0.15), (3_500, 0.07), (1_200, 0.03))
_HIGHEST_M = 1_600


def write_elevation(
    path: Path,
    bounds: tuple[float, float, float, float],
    cell_m: float,
    rng: np.random.Generator,
    progress: Progress,
) -> None:
    """Write heights in whole metres over `bounds` (west, south, east, north in degrees) as a GeoTIFF."""
    west, south, east, north = bounds
    size = cell_m / _DEGREE_M
    width, height = int(np.ceil((east - west) / size)), int(np.ceil((north - south) / size))
    waves = [(k, part, *rng.uniform(0, 2 * np.pi, 4)) for k, part in _WAVES]
    bands = range(0, height, _ROWS)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=width,
        height=height,
        count=1,
        dtype="int16",
        crs=CRS(WGS84).to_wkt(),
        transform=from_origin(west, north, size, size),
        tiled=True,
        blockxsize=256,
        blockysize=256,
        compress="deflate",
        predictor=2,
        bigtiff="if_safer",
    ) as raster:
        x = (np.arange(width) + 0.5) / width
        for done, top in enumerate(bands):
            rows = min(_ROWS, height - top)
            heights = _heights(x, (np.arange(top, top + rows) + 0.5), width, cell_m, waves)
            raster.write(heights, 1, window=Window(0, top, width, rows))
            progress(_("Writing heights"), done + 1, len(bands))


def _heights(
    x: np.ndarray, row: np.ndarray, width: int, cell_m: float, waves: list[tuple[float, ...]]
) -> np.ndarray:
    """Heights of some rows; `x` runs from 0 in the west to 1 in the east."""
    across, down = x * width * cell_m, row * cell_m
    hills = np.full((len(row), len(x)), 0.5)
    for wave, part, a, b, c, d in waves:
        k = 2 * np.pi / wave
        hills += part / 2 * np.sin((k * across + a)[None, :] + np.sin(k * down / 2 + b)[:, None])
        hills += part / 2 * np.sin((k * down + c)[:, None] + np.sin(k * across / 2 + d)[None, :])
    return np.round(np.maximum(0, hills) * _HIGHEST_M * (1 - x) ** 1.5 + 2).astype("int16")
