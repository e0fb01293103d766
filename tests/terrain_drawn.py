"""Elevation models drawn for the tests."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

NODATA = -32768


def write_elevation(
    path: Path,
    height: Callable[[np.ndarray, np.ndarray], np.ndarray],
    west: float = 107.45,
    north: float = 15.15,
    size: float = 0.3,
    cells: int = 600,
) -> Path:
    """A GeoTIFF in degrees with `height(lon, lat)` in m; NaN becomes a void."""
    step = size / cells
    lon = west + (np.arange(cells) + 0.5) * step
    lat = north - (np.arange(cells) + 0.5) * step
    values = height(*np.meshgrid(lon, lat))
    profile = {"driver": "GTiff", "width": cells, "height": cells, "count": 1, "dtype": "int16"}
    where = {"crs": "EPSG:4326", "transform": from_origin(west, north, step, step), "nodata": NODATA}
    with rasterio.open(path, "w", **profile, **where) as raster:
        raster.write(np.where(np.isnan(values), NODATA, np.nan_to_num(values)).astype(np.int16), 1)
    return path


def flat(lon: np.ndarray, _lat: np.ndarray) -> np.ndarray:
    return np.full_like(lon, 100.0)


def ridge(lon: np.ndarray, _lat: np.ndarray) -> np.ndarray:
    """Level ground at 100 m with a ridge of 600 m from north to south along 107.6° E."""
    return 100 + 500 * np.exp(-(((lon - 107.6) / 0.01) ** 2))
