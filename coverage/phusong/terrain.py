"""Terrain: elevation and canopy from rasters, on a metric grid; heights along straight paths.

A study names one or several rasters in any coordinate system. A worker reads the window that it needs from
their paths onto a lattice of square cells in the study's metric system. The lattice is anchored at the
system's origin, so that every window shows the same cells with the same heights.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.fill import fillnodata
from rasterio.transform import Affine
from rasterio.warp import reproject

from phusong.errors import InputError
from phusong.jit import njit
from phusong.language import _

Bounds = tuple[float, float, float, float]
#: Heights outside these are voids whatever the file says: the Dead Sea and Everest, with room.
_LOWEST_M, _HIGHEST_M = -500.0, 9000.0
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


def window(bounds: Bounds, cell_m: float) -> tuple[Affine, tuple[int, int]]:
    """The transform and shape of the lattice's cells that cover `bounds` (west, south, east, north)."""
    west, south = np.floor(bounds[0] / cell_m), np.floor(bounds[1] / cell_m)
    east, north = np.ceil(bounds[2] / cell_m), np.ceil(bounds[3] / cell_m)
    shape = (max(int(north - south), 2), max(int(east - west), 2))
    return Affine(cell_m, 0, west * cell_m, 0, -cell_m, north * cell_m), shape


def _read_one(path: str, crs: str, transform: Affine, shape: tuple[int, int], how: Resampling) -> np.ndarray:
    """One raster's first band on the lattice, NaN where it has nothing."""
    out = np.full(shape, np.nan, dtype=np.float32)
    try:
        with rasterio.open(path) as raster:
            if raster.crs is None:
                raise InputError(
                    _("the raster does not say its coordinate system"), where=path,
                    do=_("Assign one: gdal_edit.py -a_srs EPSG:4326 file.tif"),
                )
            reproject(
                rasterio.band(raster, 1), out, src_nodata=raster.nodata, dst_transform=transform, dst_crs=crs,
                dst_nodata=np.nan, resampling=how, tolerance=0.0,
            )
    except rasterio.errors.RasterioError as error:
        raise InputError(
            _("cannot be read as a raster: {error}").format(error=error), where=path,
            do=_("Check the path, or open it in QGIS."),
        ) from error
    return out


def _read_layers(
    paths: Sequence[str], crs: str, transform: Affine, shape: tuple[int, int], how: Resampling, low: float
) -> np.ndarray:
    """Several rasters on the lattice; where they overlap, the first that knows a height gives it."""
    out = np.full(shape, np.nan, dtype=np.float32)
    for path in paths:
        layer = _read_one(path, crs, transform, shape, how)
        layer[(layer < low) | (layer > _HIGHEST_M)] = np.nan
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
    raw = _read_layers(terrain.elevation, terrain.crs, transform, shape, Resampling.bilinear, _LOWEST_M)
    ground, filled = fill_voids(raw)
    canopy = None
    if terrain.canopy:
        canopy = _read_layers(terrain.canopy, terrain.crs, transform, shape, Resampling.nearest, 0.0)
        canopy = np.nan_to_num(canopy, nan=0.0)
    half = terrain.cell_m / 2
    return Grid(
        np.ascontiguousarray(ground, dtype=np.float32), transform.c + half, transform.f - half,
        terrain.cell_m, canopy, filled,
    )


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
