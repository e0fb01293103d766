"""Footprints of one transmitter on the cells about it: loss, second opinion, line of sight.

Gateways over the kernels: they take a `Grid` and give rasters on the same cells. A footprint is a window of
the grid; `row` and `column` say where it lies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from phusong.errors import InputError
from phusong.language import _
from phusong.radio import bulk, edges, exact, radials, sight, sweep
from phusong.radio.p1812 import DELTA_N, SURFACE_N, effective_radius_km
from phusong.terrain import Grid, sample

#: First and past-the-last row, first and past-the-last column.
Window = tuple[int, int, int, int]
_NO_CANOPY = np.zeros((0, 0), np.float32)


class Mast(NamedTuple):
    """An antenna: place in m (the grid's system) and height of the antenna above the ground in m."""

    x_m: float
    y_m: float
    height_m: float


@dataclass(frozen=True)
class Footprint:
    """Rasters about a mast on the grid's cells, from (row, column) of the grid on; NaN beyond the reach.

    `loss_db[frequency, i, j]` float32; `departure_mrad[i, j]` the angle above the horizontal at which the
    signal leaves towards the cell (for antenna patterns), or None where the model has none.
    """

    loss_db: np.ndarray
    departure_mrad: np.ndarray | None
    row: int
    column: int


def place(grid: Grid, mast: Mast) -> tuple[float, float]:
    """The mast's fractional row and column. Raises InputError outside the elevation and below ground."""
    rows, columns = grid.rows_columns(np.array([mast.x_m]), np.array([mast.y_m]))
    if np.isnan(sample(grid.ground, rows, columns)[0]):
        raise InputError(
            _("the elevation has no height at the mast {x:.0f}, {y:.0f}").format(x=mast.x_m, y=mast.y_m),
            do=_("Give a raster that covers it, or correct the mast's coordinates."),
        )
    if not 1 <= mast.height_m <= 3000:
        raise InputError(
            _("an antenna {h} m above the ground").format(h=mast.height_m),
            do=_("Give its height above the ground, 1 to 3,000 m."),
        )
    return float(rows[0]), float(columns[0])


def _reach(
    grid: Grid, row: float, column: float, reach_m: float, within: Window | None = None
) -> tuple[float, Window]:
    """(reach in cells, window of the grid): the rows and columns that a circle touches, `within` a window."""
    cells = reach_m / grid.cell_m
    if not 1 <= cells <= 16000:
        raise InputError(_("a reach of {m} m with cells of {c} m").format(m=reach_m, c=grid.cell_m))
    rows, columns = grid.ground.shape
    first_row, last_row, first_column, last_column = within or (0, rows, 0, columns)
    low = (max(int(row - cells), first_row), max(int(column - cells), first_column))
    high = (min(int(row + cells) + 2, last_row), min(int(column + cells) + 2, last_column))
    return cells, (low[0], max(high[0], low[0]), low[1], max(high[1], low[1]))


def _surface(grid: Grid) -> np.ndarray:
    return grid.ground if grid.canopy is None else grid.ground + grid.canopy


def footprint_losses(
    grid: Grid,
    mast: Mast,
    frequencies_ghz: Sequence[float],
    reach_m: float,
    *,
    receiver_m: float = 1.5,
    vertical: bool = True,
    delta_n: float = DELTA_N,
    n0: float = SURFACE_N,
    within: Window | None = None,
) -> Footprint:
    """Median loss in dB by ITU-R P.1812 (50 % of time and places, over land) within `reach_m` of a mast.

    One pass serves all frequencies. `within` keeps the receivers to a window of the grid. Raises InputError
    when the mast is outside the elevation or below ground.
    """
    row, column = place(grid, mast)
    cells, window = _reach(grid, row, column, reach_m, within)
    ae = float(effective_radius_km(delta_n))
    canopy = _NO_CANOPY if grid.canopy is None else grid.canopy
    where, paths = sweep.geometry_kernel(
        grid.ground,
        canopy,
        row,
        column,
        grid.cell_m / 1000,
        cells,
        float(mast.height_m),
        float(receiver_m),
        ae,
        *window,
    )
    shape = (window[1] - window[0], window[3] - window[2])
    loss = np.full((len(frequencies_ghz), *shape), np.nan, np.float32)
    departure = np.full(shape, np.nan, np.float32)
    level, lengths = np.empty(where.size, np.float32), paths[sweep.DISTANCE]
    for z, f in enumerate(frequencies_ghz):
        bulk.median_losses(
            paths[0],
            paths[1],
            paths[2],
            paths[3],
            paths[4],
            paths[5],
            paths[6],
            level,
            float(f),
            ae,
            vertical,
            float(n0),
        )
        radials.spread(where, level, lengths, loss[z])
    radials.slopes_to_mrad(paths[sweep.DEPARTURE])
    radials.spread(where, paths[sweep.DEPARTURE], lengths, departure)
    return Footprint(loss, departure, window[0], window[2])


def footprint_edges(
    grid: Grid,
    mast: Mast,
    frequencies_ghz: Sequence[float],
    reach_m: float,
    *,
    receiver_m: float = 1.5,
    delta_n: float = DELTA_N,
    within: Window | None = None,
) -> Footprint:
    """Loss in dB by cascaded knife edges (P.526 Deygout), the second opinion beside P.1812.

    Knife edges jump where the principal edge changes: a cell's value is rougher than P.1812's.
    """
    row, column = place(grid, mast)
    cells, window = _reach(grid, row, column, reach_m, within)
    where, paths = edges.edges_kernel(
        grid.ground,
        _surface(grid),
        row,
        column,
        grid.cell_m / 1000,
        cells,
        float(mast.height_m),
        float(receiver_m),
        float(effective_radius_km(delta_n)),
        *window,
    )
    shape = (window[1] - window[0], window[3] - window[2])
    loss = np.full((len(frequencies_ghz), *shape), np.nan, np.float32)
    level = np.empty(where.size, np.float32)
    for z, f in enumerate(frequencies_ghz):
        edges.deygout_losses(paths[0], paths[1], paths[2], paths[3], paths[4], level, float(f))
        radials.spread(where, level, paths[edges.LENGTH], loss[z])
    return Footprint(loss, None, window[0], window[2])


def footprint_sight(
    grid: Grid, mast: Mast, reach_m: float, *, receiver_m: float = 1.5, k_factor: float = 4 / 3
) -> tuple[np.ndarray, int, int]:
    """(missing height in m, row, column): how much higher a receiver must stand to see the mast; ≤ 0 sees."""
    row, column = place(grid, mast)
    cells, window = _reach(grid, row, column, reach_m)
    missing = sight.sight_kernel(
        grid.ground,
        _surface(grid),
        row,
        column,
        grid.cell_m / 1000,
        cells,
        float(mast.height_m),
        float(receiver_m),
        float(k_factor),
        *window,
    )
    return missing, window[0], window[2]


class SiteLosses(NamedTuple):
    """Loss in dB along exact paths, `[frequency, site]`: P.1812 and Deygout; NaN where there is no path."""

    p1812_db: np.ndarray
    deygout_db: np.ndarray


def site_losses(
    grid: Grid,
    mast: Mast,
    x_m: np.ndarray,
    y_m: np.ndarray,
    frequencies_ghz: Sequence[float],
    *,
    receiver_m: float | np.ndarray = 1.5,
    vertical: bool = True,
    latitude: float = 16.0,
    delta_n: float = DELTA_N,
    n0: float = SURFACE_N,
) -> SiteLosses:
    """Loss from a mast to sites, each along its own path by the whole model (not from a raster).

    Sites outside the elevation, or behind a void that could not be filled, give NaN.
    """
    row, column = place(grid, mast)
    rows, columns = grid.rows_columns(np.asarray(x_m, float), np.asarray(y_m, float))
    heights = np.ascontiguousarray(np.broadcast_to(np.asarray(receiver_m, float), rows.shape))
    canopy = _NO_CANOPY if grid.canopy is None else grid.canopy
    out = exact.exact_kernel(
        grid.ground,
        canopy,
        row,
        column,
        np.ascontiguousarray(rows),
        np.ascontiguousarray(columns),
        grid.cell_m / 1000,
        float(mast.height_m),
        heights,
        np.array(frequencies_ghz, float),
        vertical,
        float(latitude),
        float(delta_n),
        float(n0),
    )
    return SiteLosses(out[:, :, exact.LB_P1812], out[:, :, exact.LB_DEYGOUT])
