"""Terrain: elevation and canopy from rasters, on a metric grid; heights along straight paths.

A study names one or several rasters in any coordinate system. A worker reads the window that it needs from
their paths onto a lattice of square cells in the study's metric system. The lattice is anchored at the
system's origin, so that every window shows the same cells with the same heights.
"""

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.fill import fillnodata
from rasterio.transform import Affine
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from phusong.errors import InputError
from phusong.jit import njit
from phusong.language import _

# The heights that are filled are an array, which has no place on Earth to warn about.
warnings.filterwarnings("ignore", category=rasterio.errors.NotGeoreferencedWarning, module="rasterio.fill")

Bounds = tuple[float, float, float, float]
#: Heights outside these are voids whatever the file says: the Dead Sea and Everest, with room.
_LOWEST_M, _HIGHEST_M = -500.0, 9000.0
#: Cells between the places where the transformation of coordinates is worked out.
_BLOCK = 16
#: Voids up to this many cells wide are filled from their rim.
_FILL_CELLS = 50


@dataclass(frozen=True)
class Grid:
    """Heights on square cells: `ground[row, column]` in m a.s.l. (float32, NaN where nothing is known).

    `x_m`, `y_m` is the centre of cell (0, 0), rows go south. `canopy` is the height of trees and houses above
    the ground, of the same shape, or None. `filled` marks cells whose height was interpolated over a void.
    """

    ground: np.ndarray
    x_m: float
    y_m: float
    cell_m: float
    canopy: np.ndarray | None = None
    filled: np.ndarray | None = None

    def rows_columns(self, x_m: np.ndarray, y_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fractional rows and columns of points; whole numbers are cell centres."""
        return (self.y_m - np.asarray(y_m)) / self.cell_m, (np.asarray(x_m) - self.x_m) / self.cell_m

    def xy(self, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates in m of (fractional) rows and columns."""
        return self.x_m + np.asarray(columns) * self.cell_m, self.y_m - np.asarray(rows) * self.cell_m

    def heights(self, x_m: np.ndarray, y_m: np.ndarray) -> np.ndarray:
        """Ground in m a.s.l. at points, bilinear; NaN outside and in voids."""
        rows, columns = self.rows_columns(x_m, y_m)
        return sample(self.ground, np.atleast_1d(rows), np.atleast_1d(columns))

    @property
    def transform(self) -> Affine:
        """The affine transform of the raster, for writing it."""
        half = self.cell_m / 2
        return Affine(self.cell_m, 0, self.x_m - half, 0, -self.cell_m, self.y_m + half)


@dataclass(frozen=True)
class Terrain:
    """Where elevation and canopy come from: paths, the metric system (anything PROJ reads) and the cell."""

    elevation: tuple[str, ...]
    crs: str
    cell_m: float = 30.0
    canopy: tuple[str, ...] = ()


@njit()
def bilinear(grid: np.ndarray, row: float, column: float) -> float:
    """The value at a fractional row and column, which must lie between the outer cell centres."""
    i = min(int(row), grid.shape[0] - 2)
    j = min(int(column), grid.shape[1] - 2)
    down, right = row - i, column - j
    above = grid[i, j] + right * (grid[i, j + 1] - grid[i, j])
    below = grid[i + 1, j] + right * (grid[i + 1, j + 1] - grid[i + 1, j])
    return above + down * (below - above)


@njit()
def sample(grid: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Bilinear values (float64) at fractional rows and columns; NaN outside the outer cell centres."""
    out = np.full(len(rows), np.nan)
    for k in range(len(rows)):
        inside = 0 <= rows[k] <= grid.shape[0] - 1 and 0 <= columns[k] <= grid.shape[1] - 1
        if inside:
            out[k] = bilinear(grid, rows[k], columns[k])
    return out


def spacing_m(path: Path | str, crs: Any) -> float:
    """Width of a raster's pixels in m, in the metric system `crs`. Raises InputError as `read_grid` does."""
    with _open(path) as raster:
        bounds = transform_bounds(raster.crs, crs.to_wkt(), *raster.bounds)
        area = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
        return float(math.sqrt(area / (raster.width * raster.height)))


@contextmanager
def _open(path: Path | str) -> Iterator[Any]:
    """An elevation raster that says where it lies. Raises InputError."""
    try:
        with rasterio.open(path) as raster:
            if raster.crs is None:
                raise InputError(
                    _("the raster does not say its coordinate system"),
                    where=str(path),
                    do=_("Assign one: gdal_edit.py -a_srs EPSG:4326 file.tif"),
                )
            yield raster
    except rasterio.errors.RasterioError as error:
        raise InputError(
            _("cannot be read as a raster: {error}").format(error=error),
            where=str(path),
            do=_("Check the path, or open it in QGIS."),
        ) from error


def window(bounds: Bounds, cell_m: float) -> tuple[Affine, tuple[int, int]]:
    """The transform and shape of the lattice's cells that cover `bounds` (west, south, east, north)."""
    west, south = np.floor(bounds[0] / cell_m), np.floor(bounds[1] / cell_m)
    east, north = np.ceil(bounds[2] / cell_m), np.ceil(bounds[3] / cell_m)
    shape = (max(int(north - south), 2), max(int(east - west), 2))
    return Affine(cell_m, 0, west * cell_m, 0, -cell_m, north * cell_m), shape


@njit()
def _known_mean(grid: np.ndarray, row: float, column: float) -> float:
    """Bilinear mean of the known ones of four neighbours, when they weigh half or more; else NaN."""
    i, j = min(int(row), grid.shape[0] - 2), min(int(column), grid.shape[1] - 2)
    total, weight = 0.0, 0.0
    for a in range(2):
        for b in range(2):
            w = (1 - abs(row - i - a)) * (1 - abs(column - j - b))
            if not math.isnan(grid[i + a, j + b]):
                total += w * grid[i + a, j + b]
                weight += w
    return total / weight if weight >= 0.5 else math.nan


@njit()
def _resample(
    source: np.ndarray, rows: np.ndarray, columns: np.ndarray, top: int, left: int, shape: tuple[int, int]
) -> np.ndarray:
    """Bilinear heights (float32) of lattice cells; NaN outside `source` and beside its NaN.

    `rows`, `columns` are places in `source` of every `_BLOCK`th cell corner of the lattice, and the window
    begins `top` and `left` cells after their first; between them they are interpolated (within 1 cm).
    """
    out = np.full(shape, np.nan, np.float32)
    for i in range(shape[0]):
        down = (top + i + 0.5) / _BLOCK
        a = int(down)
        down -= a
        for j in range(shape[1]):
            right = (left + j + 0.5) / _BLOCK
            b = int(right)
            right -= b
            w00, w01 = (1 - down) * (1 - right), (1 - down) * right
            w10, w11 = down * (1 - right), down * right
            r = w00 * rows[a, b] + w01 * rows[a, b + 1] + w10 * rows[a + 1, b] + w11 * rows[a + 1, b + 1]
            c = w00 * columns[a, b] + w01 * columns[a, b + 1]
            c += w10 * columns[a + 1, b] + w11 * columns[a + 1, b + 1]
            if 0 <= r <= source.shape[0] - 1 and 0 <= c <= source.shape[1] - 1:
                out[i, j] = bilinear(source, r, c)
                if math.isnan(out[i, j]):
                    out[i, j] = _known_mean(source, r, c)
    return out


def _nodes(
    raster: Any, crs: str, transform: Affine, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """(rows, columns, top, left): pixel places of the lattice's nodes about a window (see `_resample`)."""
    cell = transform.a
    top, left = round(-transform.f / cell), round(transform.c / cell)
    first = top // _BLOCK, left // _BLOCK
    last = (top + shape[0]) // _BLOCK + 2, (left + shape[1]) // _BLOCK + 2
    y = -np.arange(first[0], last[0]) * float(_BLOCK * cell)
    x = np.arange(first[1], last[1]) * float(_BLOCK * cell)
    east, north = Transformer.from_crs(crs, raster.crs, always_xy=True).transform(*np.meshgrid(x, y))
    back = ~raster.transform
    columns, rows = back.a * east + back.b * north + back.c, back.d * east + back.e * north + back.f
    return rows - 0.5, columns - 0.5, top - first[0] * _BLOCK, left - first[1] * _BLOCK


def _read_source(raster: Any, rows: np.ndarray, columns: np.ndarray, cell_m: float) -> tuple[np.ndarray, ...]:
    """(heights, rows, columns): the part of a raster about some pixel places, and the places within it.

    A raster finer than half a cell is averaged over whole pixels counted from its corner.
    """
    across = np.hypot(np.diff(columns, axis=1), np.diff(rows, axis=1)).mean() / _BLOCK
    factor = max(int(across + 1e-6), 1)
    low = [max(int(v.min()) // factor * factor - factor, 0) for v in (rows, columns)]
    high = [int(v.max()) + 3 + factor for v in (rows, columns)]
    high = [min(b, size) for b, size in zip(high, raster.shape, strict=True)]
    high = [a + (b - a) // factor * factor for a, b in zip(low, high, strict=True)]
    if high[0] - low[0] < 2 * factor or high[1] - low[1] < 2 * factor:
        return np.full((2, 2), np.nan, np.float32), rows * 0 - 1, columns * 0 - 1
    part = Window.from_slices((low[0], high[0]), (low[1], high[1]))
    size = ((high[0] - low[0]) // factor, (high[1] - low[1]) // factor)
    heights = raster.read(1, window=part, out_shape=size, masked=True, resampling=Resampling.average)
    known = np.ma.filled(heights.astype(np.float32), np.nan)
    return known, (rows + 0.5 - low[0]) / factor - 0.5, (columns + 0.5 - low[1]) / factor - 0.5


def _read_one(path: str, crs: str, transform: Affine, shape: tuple[int, int], low: float) -> np.ndarray:
    """One raster's first band on the lattice, NaN where it has nothing believable."""
    with _open(path) as raster:
        rows, columns, top, left = _nodes(raster, crs, transform, shape)
        heights, rows, columns = _read_source(raster, rows, columns, transform.a)
    heights[(heights < low) | (heights > _HIGHEST_M)] = np.nan
    return np.asarray(_resample(heights, rows, columns, top, left, shape))


def _read_layers(
    paths: Sequence[str], crs: str, transform: Affine, shape: tuple[int, int], low: float
) -> np.ndarray:
    """Several rasters on the lattice; where they overlap, the first that knows a height gives it."""
    out = np.full(shape, np.nan, dtype=np.float32)
    for path in paths:
        layer = _read_one(path, crs, transform, shape, low)
        out = np.where(np.isnan(out), layer, out)
    return out


def fill_voids(heights: np.ndarray, widest_cells: int = _FILL_CELLS) -> tuple[np.ndarray, np.ndarray]:
    """(heights, filled): voids filled from their rim where it is near enough; NaN stays elsewhere.

    What lies outside a raster's edge is no void: a cell is filled only when known cells stand on both sides
    of it in its row or in its column.
    """
    void = np.isnan(heights)
    if not void.any() or void.all():
        return heights, np.zeros_like(void)
    known = ~void
    across = np.logical_or.accumulate(known, 1) & np.logical_or.accumulate(known[:, ::-1], 1)[:, ::-1]
    down = np.logical_or.accumulate(known, 0) & np.logical_or.accumulate(known[::-1], 0)[::-1]
    inner = void & (across | down)
    if not inner.any():
        return heights, inner
    guess = fillnodata(np.where(void, 0, heights), mask=known, max_search_distance=widest_cells)
    ones = np.where(void, -1.0, 1.0).astype(np.float32)
    reached = fillnodata(ones, mask=known, max_search_distance=widest_cells)
    inner &= reached > 0
    return np.where(inner, guess, heights), inner


def read_grid(terrain: Terrain, bounds: Bounds) -> Grid:
    """The terrain within `bounds` (m in its metric system), voids filled where their rim is near.

    Raises InputError when a raster cannot be read. A window that no raster reaches is all NaN.
    """
    transform, shape = window(bounds, terrain.cell_m)
    raw = _read_layers(terrain.elevation, terrain.crs, transform, shape, _LOWEST_M)
    ground, filled = fill_voids(raw)
    canopy = None
    if terrain.canopy:
        canopy = _read_layers(terrain.canopy, terrain.crs, transform, shape, 0.0)
        canopy = np.nan_to_num(canopy, nan=0.0)
    half = terrain.cell_m / 2
    return Grid(
        np.ascontiguousarray(ground, dtype=np.float32),
        transform.c + half,
        transform.f - half,
        terrain.cell_m,
        canopy,
        filled,
    )


def slope_grid(grid: Grid) -> Grid:
    """The slope of the ground in degrees on the same cells: the steepest way down, from central differences.

    A plane that rises 1 m in each 1 m to the east has a slope of 45°.
    """
    south, east = np.gradient(grid.ground.astype(float), grid.cell_m)
    slope = np.degrees(np.arctan(np.hypot(south, east))).astype(np.float32)
    return Grid(slope, grid.x_m, grid.y_m, grid.cell_m)


def flat_grid(bounds: Bounds, cell_m: float = 30.0) -> Grid:
    """Level ground at 0 m, for studies that give no elevation; results must say that they rest on it."""
    transform, shape = window(bounds, cell_m)
    return Grid(np.zeros(shape, np.float32), transform.c + cell_m / 2, transform.f - cell_m / 2, cell_m)


@dataclass(frozen=True)
class Profile:
    """Heights along a straight path: `d_km` from its start, `ground_m` a.s.l., `canopy_m` above it."""

    d_km: np.ndarray
    ground_m: np.ndarray
    canopy_m: np.ndarray
    x_m: np.ndarray
    y_m: np.ndarray


def read_profile(
    grid: Grid, start: tuple[float, float], end: tuple[float, float], step_m: float | None = None
) -> Profile:
    """The profile between two points in m: samples at most `step_m` (the cell) apart, at least three.

    Raises InputError when the path leaves the grid or crosses a void that could not be filled.
    """
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    count = max(int(np.ceil(length / (step_m or grid.cell_m) - 1e-9)), 2)
    part = np.linspace(0, 1, count + 1)
    x, y = start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])
    rows, columns = grid.rows_columns(x, y)
    ground = sample(grid.ground, rows, columns)
    if np.isnan(ground).any():
        k = int(np.argmax(np.isnan(ground)))
        raise InputError(
            _("the elevation has no height at {x:.0f}, {y:.0f} ({km:.1f} km along the path)").format(
                x=x[k], y=y[k], km=part[k] * length / 1000
            ),
            do=_("Give a raster that covers the whole path."),
        )
    canopy = np.zeros(len(ground)) if grid.canopy is None else sample(grid.canopy, rows, columns)
    return Profile(part * length / 1000, ground, canopy, x, y)
