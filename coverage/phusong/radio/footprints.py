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

_NO_CANOPY = np.zeros((0, 0), np.float32)
#: Antennas that can be computed, in m above the ground.
_ANTENNA_M = (1, 3000)


class Mast(NamedTuple):
    """An antenna: place in m (the grid's system) and height of the antenna above the ground in m."""

    x_m: float
    y_m: float
    height_m: float


class Receivers(NamedTuple):
    """The cells to work out: `wanted[i, j]` (bool) is a window of the grid from (`row`, `column`) on."""

    wanted: np.ndarray
    row: int
    column: int


class Setting(NamedTuple):
    """What every kernel is told of a mast: its fractional row and column, the cell in km, the reach in cells,
    and the heights of antenna and receiver above ground in m."""

    row: float
    column: float
    step_km: float
    reach: float
    height_m: float
    receiver_m: float


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
    if not _ANTENNA_M[0] <= mast.height_m <= _ANTENNA_M[1]:
        raise InputError(
            _("an antenna {h} m above the ground").format(h=mast.height_m),
            do=_("Give its height above the ground, 1 to 3,000 m."),
        )
    return float(rows[0]), float(columns[0])


def _reach(
    grid: Grid, row: float, column: float, reach_m: float, wanted: np.ndarray | None = None
) -> tuple[float, Receivers]:
    """(reach in cells, receivers): the window of the grid that a circle touches, where cells are wanted."""
    cells = reach_m / grid.cell_m
    if not 1 <= cells <= 16000:
        raise InputError(_("a reach of {m} m with cells of {c} m").format(m=reach_m, c=grid.cell_m))
    top, left = max(int(row - cells), 0), max(int(column - cells), 0)
    here = np.s_[top : int(row + cells) + 2, left : int(column + cells) + 2]
    if wanted is None:
        return cells, Receivers(np.ones(grid.ground[here].shape, np.bool_), top, left)
    rows, columns = (_span(axis) for axis in np.nonzero(wanted[here]))
    marks = np.ascontiguousarray(wanted[here][rows, columns])
    return cells, Receivers(marks, top + rows.start, left + columns.start)


def _set_up(
    grid: Grid, mast: Mast, reach_m: float, receiver_m: float, wanted: np.ndarray | None = None
) -> tuple[Setting, Receivers]:
    """What the kernels are told of a mast and of the cells about it. Raises InputError as `place` does."""
    row, column = place(grid, mast)
    reach, receivers = _reach(grid, row, column, reach_m, wanted)
    heights = float(mast.height_m), float(receiver_m)
    return Setting(row, column, grid.cell_m / 1000, reach, *heights), receivers


def _span(places: np.ndarray) -> slice:
    """From the first place to the last one."""
    return slice(int(places.min()), int(places.max()) + 1) if places.size else slice(0, 0)


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
    wanted: np.ndarray | None = None,
) -> Footprint:
    """Median loss in dB by ITU-R P.1812 (50 % of time and places, over land) within `reach_m` of a mast.

    One pass serves all frequencies. `wanted[i, j]` (bool, the grid's shape) says for which cells; all without
    it. Raises InputError when the mast is outside the elevation or below ground.
    """
    setting, receivers = _set_up(grid, mast, reach_m, receiver_m, wanted)
    ae = float(effective_radius_km(delta_n))
    canopy = _NO_CANOPY if grid.canopy is None else grid.canopy
    where, paths = sweep.geometry_kernel(grid.ground, canopy, *setting, ae, *receivers)
    shape = receivers.wanted.shape
    loss = np.full((len(frequencies_ghz), *shape), np.nan, np.float32)
    departure = np.full(shape, np.nan, np.float32)
    level, lengths = np.empty(where.size, np.float32), paths[sweep.DISTANCE]
    for z, f in enumerate(frequencies_ghz):
        d, nu, h1, h2, rise, slope_t, slope_r = paths[:7]
        bulk.median_losses(d, nu, h1, h2, rise, slope_t, slope_r, level, float(f), ae, vertical, float(n0))
        radials.spread(where, level, lengths, loss[z])
    radials.slopes_to_mrad(paths[sweep.DEPARTURE])
    radials.spread(where, paths[sweep.DEPARTURE], lengths, departure)
    return Footprint(loss, departure, receivers.row, receivers.column)


def footprint_edges(
    grid: Grid,
    mast: Mast,
    frequencies_ghz: Sequence[float],
    reach_m: float,
    *,
    receiver_m: float = 1.5,
    delta_n: float = DELTA_N,
    wanted: np.ndarray | None = None,
) -> Footprint:
    """Loss in dB by cascaded knife edges (P.526 Deygout), the second opinion beside P.1812.

    Knife edges jump where the principal edge changes: a cell's value is rougher than P.1812's.
    """
    setting, receivers = _set_up(grid, mast, reach_m, receiver_m, wanted)
    where, paths = edges.edges_kernel(
        grid.ground, _surface(grid), *setting, float(effective_radius_km(delta_n)), *receivers
    )
    shape = receivers.wanted.shape
    loss = np.full((len(frequencies_ghz), *shape), np.nan, np.float32)
    level = np.empty(where.size, np.float32)
    for z, f in enumerate(frequencies_ghz):
        d, principal, edge_t, edge_r, lift = paths
        edges.deygout_losses(d, principal, edge_t, edge_r, lift, level, float(f))
        radials.spread(where, level, paths[edges.LENGTH], loss[z])
    return Footprint(loss, None, receivers.row, receivers.column)


def footprint_sight(
    grid: Grid, mast: Mast, reach_m: float, *, receiver_m: float = 1.5, k_factor: float = 4 / 3
) -> tuple[np.ndarray, int, int]:
    """(missing height in m, row, column): how much higher a receiver must stand to see the mast; ≤ 0 sees."""
    setting, receivers = _set_up(grid, mast, reach_m, receiver_m)
    missing = sight.sight_kernel(grid.ground, _surface(grid), *setting, float(k_factor), *receivers)
    return missing, receivers.row, receivers.column


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


class Masts(NamedTuple):
    """Antennas as arrays: place in m, height above the ground in m, frequency in GHz."""

    x_m: np.ndarray
    y_m: np.ndarray
    height_m: np.ndarray
    f_ghz: np.ndarray


def pair_losses(
    grid: Grid,
    masts: Masts,
    x_m: np.ndarray,
    y_m: np.ndarray,
    *,
    receiver_m: float = 1.5,
    latitude: float = 16.0,
    delta_n: float = DELTA_N,
    n0: float = SURFACE_N,
) -> np.ndarray:
    """[P.1812 or Deygout, pair] loss in dB from each mast to the site in the same place of `x_m`, `y_m`, as
    `site_losses` has them; NaN where there is no path."""
    rows_t, columns_t = grid.rows_columns(masts.x_m, masts.y_m)
    rows, columns = grid.rows_columns(x_m, y_m)
    out = exact.pair_kernel(
        grid.ground,
        _NO_CANOPY if grid.canopy is None else grid.canopy,
        rows_t,
        columns_t,
        np.ascontiguousarray(masts.height_m),
        rows,
        columns,
        float(receiver_m),
        np.ascontiguousarray(masts.f_ghz),
        grid.cell_m / 1000,
        True,
        float(latitude),
        float(delta_n),
        float(n0),
    )
    return out[:, [exact.LB_P1812, exact.LB_DEYGOUT]].T


def has_height(grid: Grid, x_m: np.ndarray, y_m: np.ndarray, height_m: np.ndarray) -> np.ndarray:
    """Which masts `place` would accept."""
    known = ~np.isnan(sample(grid.ground, *grid.rows_columns(x_m, y_m)))
    return known & (height_m >= _ANTENNA_M[0]) & (height_m <= _ANTENNA_M[1])
