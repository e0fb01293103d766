"""Radials about a transmitter: which cells lie along which radial, and the terrain along each.

A footprint is worked out radial by radial. Each cell of the raster belongs to the nearest radial. Its path is
made of the radial's samples and, over the last `TAIL` samples before the receiver, of the true path: there a
few metres to the side move the level most.
"""

import math

import numpy as np

from phusong.jit import FAST, njit
from phusong.radio.single import I32, Array, F, Single, atan

#: Radials for each cell of the outermost circle; samples of the true path before the receiver.
DENSITY, TAIL = 1.5, 6
#: Phases between two samples for which reciprocal distances are tabulated (`reciprocals`).
PHASES = 8


@njit()
def radial_count(reach: int) -> int:
    """How many radials serve a circle of `reach` cells."""
    return max(8, 8 * math.ceil(DENSITY * 2 * math.pi * reach / 8))


@njit(fastmath=FAST, inline=True)
def _turn(north: Single, east: Single) -> Single:
    """Azimuth as a fraction of the full turn, clockwise from north, 0–1."""
    flat, tall = abs(east), abs(north)
    low, high = (flat, tall) if flat < tall else (tall, flat)
    angle = atan(low / (high + F(1e-9))) * F(0.15915494)
    angle = angle if flat < tall else F(0.25) - angle
    angle = angle if north >= F(0) else F(0.5) - angle
    return angle if east >= F(0) else F(1) - angle


@njit(fastmath=FAST)
def assign_cells(
    wanted: Array,
    row0: int,
    column0: int,
    row_t: float,
    column_t: float,
    reach: float,
    radials: int,
) -> tuple[Array, Array]:
    """(start, cells): the `wanted` cells within `reach` cells of the transmitter by nearest radial.

    `wanted[r, c]` (bool) is a window of the grid from (row0, column0) on. The cells of radial a are
    `cells[start[a]:start[a + 1]]`, each r·65536 + c counted from there, in the order of rows and columns.
    """
    height, width = wanted.shape
    which = np.empty((height, width), np.int32)
    start = np.zeros(radials + 1, np.int64)
    for i in range(height):
        north = F(row_t - (row0 + i))
        for j in range(width):
            east = F(column0 + j - column_t)
            far = north * north + east * east > F(reach * reach) or not wanted[i, j]
            bin_ = np.int32(_turn(north, east) * F(radials) + F(0.5))
            which[i, j] = np.int32(-1) if far else (np.int32(0) if bin_ >= radials else bin_)
    for i in range(height):
        for j in range(width):
            if which[i, j] >= 0:
                start[which[i, j] + 1] += 1
    for a in range(radials):
        start[a + 1] += start[a]
    cells = np.empty(start[radials], np.int32)
    place = start[:-1].copy()
    for i in range(height):
        for j in range(width):
            a = which[i, j]
            if a >= 0:
                cells[place[a]] = i * 65536 + j
                place[a] += 1
    return start, cells


@njit(fastmath=FAST)
def heights_along(
    flat: Array, width: int, row: float, column: float, down: float, right: float, out: Array
) -> float:
    """Fill `out` with bilinear heights along a path, `down` and `right` cells a sample; returns their sum.

    `flat` is the grid as one row, `width` cells wide; all samples must lie within it. NaN spoils the sum.
    """
    total, stride = F(0), np.int64(width)
    r0, c0, dr, dc = F(row), F(column), F(down), F(right)
    for i in range(out.size):
        t = F(I32(i))
        r, c = r0 + dr * t, c0 + dc * t
        ri, ci = I32(r), I32(c)
        fr, fc = r - F(ri), c - F(ci)
        here = np.int64(ri) * stride + np.int64(ci)
        above = flat[np.uint64(here)]
        below = flat[np.uint64(here + stride)]
        above += fc * (flat[np.uint64(here + 1)] - above)
        below += fc * (flat[np.uint64(here + stride + 1)] - below)
        out[i] = above + fr * (below - above)
        total += out[i]
    return float(total)


@njit()
def _steps_inside(start: float, move: float, size: int) -> float:
    """How many steps of `move` stay between 0 and the last whole place of an axis of `size` cells."""
    end = size - 1.01
    if not 0 <= start <= end:
        return -1.0
    if move == 0:
        return 1e9
    return (end - start) / move if move > 0 else -start / move


@njit()
def sample_radial(grid: Array, row_t: float, column_t: float, azimuth: float, count: int, out: Array) -> int:
    """Fill `out[0:n]` with the grid along a radial, a cell apart; n < `count` at its end or a void."""
    down, right = -math.cos(azimuth), math.sin(azimuth)
    room = min(_steps_inside(row_t, down, grid.shape[0]), _steps_inside(column_t, right, grid.shape[1]))
    known = min(count, int(room) + 1) if room >= 0 else 0
    total = heights_along(grid.ravel(), grid.shape[1], row_t, column_t, down, right, out[:known])
    if math.isnan(total):
        for i in range(known):
            if math.isnan(out[i]):
                return i
    return known


@njit()
def reciprocals(count: int, step: float) -> tuple[Array, Array]:
    """(1/x, 1/√x) tables of distances in km back from a receiver.

    Row φ, column count − k stands for x = (k + φ/PHASES)·step: a receiver stands between two samples of its
    radial, and the nearest of PHASES phases stands for where.
    """
    inverse = np.zeros((PHASES + 1, count + 1), np.float32)
    roots = np.zeros((PHASES + 1, count + 1), np.float32)
    for phase in range(PHASES + 1):
        for k in range(count + 1):
            x = max(k + phase / PHASES, 1e-3) * step
            inverse[phase, count - k] = 1 / x
            roots[phase, count - k] = 1 / math.sqrt(x)
    return inverse, roots


@njit(fastmath=FAST)
def spread(cells: Array, values: Array, lengths: Array, out: Array) -> None:
    """Put the `values` of `cells` (see `assign_cells`) on a raster; NaN where a path has no length."""
    for k in range(cells.size):
        known = lengths[k] >= F(0)
        out[cells[k] >> 16, cells[k] & 65535] = values[k] if known else F(np.nan)


@njit(fastmath=FAST)
def slopes_to_mrad(values: Array) -> None:
    """Turn slopes in m/km into angles in mrad, in place."""
    for k in range(values.size):
        values[k] = F(1000) * atan(values[k] * F(0.001))
