"""Footprints: P.1812 median loss on a raster about a transmitter, several frequencies in one pass.

Geometry (horizons, Bullington edge, smooth surface) is worked out once a cell, on the radial that the cell
belongs to; each further frequency only repeats the closed formulas (`phusong.radio.bulk`). The Earth is
flattened once: q = h − 500·d²/ae, so that its rays are straight. Slopes are in m/km, which are mrad.
"""

import math
from typing import NamedTuple

import numpy as np

from phusong.jit import FAST, max32, njit
from phusong.radio.radials import (
    PHASES,
    TAIL,
    assign_cells,
    radial_count,
    reciprocals,
    sample_radial,
)
from phusong.radio.single import Array, F
from phusong.terrain import bilinear

#: Rows of what `geometry_kernel` gives for each cell (see `phusong.radio.bulk.median_losses`).
DISTANCE, NU, H1, H2, RISE, SLOPE_T, SLOPE_R, DEPARTURE = range(8)
_NONE = F(-1e30)
# 1/k, where a division would cost more than a look-up.
_PART = 1 / np.maximum(np.arange(TAIL + 1), 1)


class Path(NamedTuple):
    """The way to one cell: length in km, heights, the radial's last sample used, slopes of ray and chord."""

    total: float
    samples: int
    tail: int
    near: int
    hts: float
    hrs: float
    base: float
    ray: float
    chord: float


class Seen(NamedTuple):
    """What stands along a path, as met so far from both ends (names as in `_walk_tail`)."""

    rise_g: float
    rise_h: float
    above_t: float
    back_g: float
    back_h: float
    above_r: float
    above: float
    nu: float
    v1: float
    v2: float


@njit(fastmath=FAST)
def _steepest(q: Array, height: float, inverse: Array) -> float:
    """Greatest slope from the receiver back to the samples `q`; `inverse` is 1/distance."""
    best, base = _NONE, F(height)
    for i in range(q.size):
        best = max32(best, (q[i] - base) * inverse[i])
    return float(best)


@njit(fastmath=FAST)
def _worst_nu(q: Array, d: Array, height: float, slope: float, roots: Array, roots_back: Array) -> float:
    """Greatest (q − ray)/√(d1·d2) along a ray that starts at `height` and rises by `slope`."""
    best, base, rise = _NONE, F(height), F(slope)
    for i in range(q.size):
        best = max32(best, (q[i] - base - rise * d[i]) * (roots[i] * roots_back[i]))
    return float(best)


@njit(fastmath=FAST)
def _above_chord(
    h: Array, d: Array, height_t: float, slope: float, height_r: float, inverse: Array
) -> tuple[float, float]:
    """(hobs, slope from the receiver): greatest height over the chord and steepest sample, flat Earth."""
    above, back, base, rise, end = _NONE, _NONE, F(height_t), F(slope), F(height_r)
    for i in range(h.size):
        above = max32(above, h[i] - base - rise * d[i])
        back = max32(back, (h[i] - end) * inverse[i])
    return float(above), float(back)


@njit(fastmath=FAST)
def _run_along(
    h: Array,
    q: Array,
    qh: Array,
    rises: Array,
    areas: Array,
    roots: Array,
    count: int,
    step: float,
    htg: float,
    bend: float,
) -> None:
    """Fill the running values of a radial: ground `h`, and its surface, which `q` holds and is flattened.

    `rises` rows: steepest slope to the surface, to the ground (flattened), to the ground (flat Earth).
    `areas` rows: the integrals v1 and v2 of P.1812-7 eq. 83–84. `qh` becomes the flattened ground.
    """
    rise_g, rise_h, above = -1e30, -1e30, -1e30
    v1, v2, hts = 0.0, 0.0, h[0] + htg
    qh[0] = h[0]
    for i in range(1, count):
        d = i * step
        fall, near = bend * d * d, roots[i] * roots[i]
        q[i] -= fall
        qh[i] = h[i] - fall
        rise_g, rise_h = max(rise_g, (q[i] - hts) * near), max(rise_h, (h[i] - fall - hts) * near)
        above = max(above, (h[i] - hts) * near)
        v1 += step * (h[i] + h[i - 1])
        v2 += step * (h[i] * (3 * d - step) + h[i - 1] * (3 * d - 2 * step))
        rises[0, i], rises[1, i], rises[2, i] = rise_g, rise_h, above
        areas[0, i], areas[1, i] = v1, v2


@njit(fastmath=FAST, inline=True)
def _way_to(rows: float, columns: float, step: float, hts: float, hrs: float, bend: float) -> Path:
    """The path to a cell `rows` and `columns` away."""
    total = max(math.sqrt(rows * rows + columns * columns) * step, 1e-3)
    count = max(math.ceil(total / step - 1e-6), 2)
    tail = min(TAIL, count - 1)
    base = hrs - bend * total * total
    ray, chord = (base - hts) / total, (hrs - hts) / total
    return Path(total, count, tail, count - tail - 1, hts, hrs, base, ray, chord)


@njit(fastmath=FAST, inline=True)
def _read_tail(
    ground: Array,
    canopy: Array,
    row_t: float,
    column_t: float,
    rows: float,
    columns: float,
    way: Path,
    tails: Array,
) -> bool:
    """Read the true path's last samples into `tails` (ground, ground with canopy); False over a void."""
    down, right = rows / way.samples, columns / way.samples
    r, c = row_t + down * (way.samples - way.tail), column_t + right * (way.samples - way.tail)
    total = 0.0
    for k in range(way.tail):
        tails[0, k] = bilinear(ground, r + down * k, c + right * k)
        tails[1, k] = tails[0, k]
        total += tails[0, k]
    if canopy.size:
        for k in range(way.tail):
            tails[1, k] += bilinear(canopy, r + down * k, c + right * k)
    return not math.isnan(total)


@njit(fastmath=FAST, inline=True)
def _walk_tail(
    rises: Array,
    areas: Array,
    h: Array,
    tails: Array,
    way: Path,
    step: float,
    bend: float,
    hr: float,
) -> Seen:
    """Carry the radial's running values on over the true path's samples to the receiver on ground `hr`."""
    near, delta, steps = way.near, way.total / way.samples, way.samples / way.total
    rise_g, rise_h, above_t = rises[0, near], rises[1, near], rises[2, near]
    back_g, back_h, above_r, above, nu = -1e30, -1e30, -1e30, -1e30, -1e30
    v1, v2 = areas[0, near], areas[1, near]
    d0, h0 = near * step, float(h[near])
    for k in range(way.tail):
        rest = (way.tail - k) * delta
        d1 = way.total - rest
        h1, fall = tails[0, k], bend * d1 * d1
        g1, flat = tails[1, k] - fall, tails[0, k] - fall
        out, back = 1 / d1, _PART[way.tail - k] * steps
        rise_g, rise_h = max(rise_g, (g1 - way.hts) * out), max(rise_h, (flat - way.hts) * out)
        back_g, back_h = max(back_g, (g1 - way.base) * back), max(back_h, (flat - way.base) * back)
        nu = max(nu, (g1 - way.hts - way.ray * d1) * math.sqrt(out * back))
        above_t, above_r = max(above_t, (h1 - way.hts) * out), max(above_r, (h1 - way.hrs) * back)
        above = max(above, h1 - way.hts - way.chord * d1)
        v1 += (d1 - d0) * (h1 + h0)
        v2 += (d1 - d0) * (h1 * (2 * d1 + d0) + h0 * (d1 + 2 * d0))
        d0, h0 = d1, h1
    v1 += delta * (hr + h0)
    v2 += delta * (hr * (2 * way.total + d0) + h0 * (way.total + 2 * d0))
    return Seen(rise_g, rise_h, above_t, back_g, back_h, above_r, above, nu, v1, v2)


@njit(fastmath=FAST, inline=True)
def _blocked_nu(way: Path, rise: float, back: float, bend: float) -> float:
    """ν·√λ of the Bullington point, where the tangents from both ends meet (P.1812-7 eq. 18–20)."""
    # From the transmitter's flattened frame to slopes over the chord's own (eq. 14 and 18).
    # What blocks the ray stands on it or above, so both tangents do: tabulated distances must not undo that.
    up, down = rise + bend * way.total, max(back, -way.ray) - bend * way.total
    db = (way.hrs - way.hts + down * way.total) / max(up + down, 1e-9)
    db = min(max(db, 1e-6), way.total - 1e-6)
    rest = way.total - db
    over = way.hts + up * db - (way.hts * rest + way.hrs * db) / way.total
    return over * math.sqrt(0.002 * way.total / (db * rest))


@njit(fastmath=FAST, inline=True)
def _effective_heights(
    way: Path, seen: Seen, above: float, above_r: float, htg: float, hrg: float
) -> tuple[float, float]:
    """Antenna heights over the smooth surface, let down below obstructions (P.1812-7 eq. 83–90)."""
    total = way.total
    hst = (2 * seen.v1 * total - seen.v2) / (total * total)
    hsr = (seen.v2 - seen.v1 * total) / (total * total)
    if above > 0:
        up, down = seen.above_t - way.chord, above_r + way.chord
        hst -= above * up / (up + down)
        hsr -= above * down / (up + down)
    return way.hts - min(hst, way.hts - htg), way.hrs - min(hsr, way.hrs - hrg)


@njit(fastmath=FAST)
def _fill_radial(
    ground: Array,
    canopy: Array,
    row_t: float,
    column_t: float,
    step: float,
    htg: float,
    hrg: float,
    bend: float,
    row0: int,
    column0: int,
    cells: Array,
    sound: int,
    h: Array,
    q: Array,
    qh: Array,
    rises: Array,
    areas: Array,
    d: Array,
    roots: Array,
    inverse: Array,
    inverse_roots: Array,
    tails: Array,
    out: Array,
) -> None:
    """The geometry of the paths to the `cells` of one radial into the columns of `out`."""
    for k in range(cells.size):
        i, j = row0 + (cells[k] >> 16), column0 + (cells[k] & 65535)
        out[DISTANCE, k] = -1
        hr = float(ground[i, j])
        if sound == 0 or math.isnan(hr):
            continue
        rows, columns = i - row_t, j - column_t
        way = _way_to(rows, columns, step, h[0] + htg, hr + hrg, bend)
        near = way.near
        if near >= sound or not _read_tail(ground, canopy, row_t, column_t, rows, columns, way, tails):
            continue
        seen = _walk_tail(rises, areas, h, tails, way, step, bend, hr)
        # Columns of the tables of reciprocal distances for the samples 1…near as seen from the receiver.
        whole = int(way.total / step)
        phase, first = int((way.total / step - whole) * PHASES + 0.5), inverse.shape[1] - whole
        end, last = near + 1, first + near
        slope_t, slope_r, back = way.ray, -way.ray, seen.back_g
        if seen.rise_g < way.ray:
            nu = seen.nu
            if near > 0:
                far = _worst_nu(
                    q[1:end], d[1:end], way.hts, way.ray, roots[1:end], inverse_roots[phase, first:last]
                )
                nu = max(nu, far)
            nu *= math.sqrt(0.002 * way.total)
        else:
            if near > 0:
                back = max(back, _steepest(q[1:end], way.base, inverse[phase, first:last]))
            nu = _blocked_nu(way, seen.rise_g, back, bend)
        if seen.rise_h >= way.ray:
            if canopy.size:
                back = seen.back_h
                if near > 0:
                    back = max(back, _steepest(qh[1:end], way.base, inverse[phase, first:last]))
            slope_t, slope_r = seen.rise_h, back
        above, above_r = seen.above, seen.above_r
        if seen.above_t > way.chord and near > 0:
            more, steep = _above_chord(
                h[1:end], d[1:end], way.hts, way.chord, way.hrs, inverse[phase, first:last]
            )
            above, above_r = max(above, more), max(above_r, steep)
        h1, h2 = _effective_heights(way, seen, above, above_r, htg, hrg)
        out[DISTANCE, k], out[NU, k], out[H1, k], out[H2, k] = way.total, nu, h1, h2
        # The flattened frame is the transmitter's: the receiver's horizontal dips by 1000·d/ae in it.
        slope_r -= 2 * bend * way.total
        out[RISE, k], out[SLOPE_T, k], out[SLOPE_R, k] = way.hrs - way.hts, slope_t, slope_r
        out[DEPARTURE, k] = max(seen.rise_g, way.ray)


@njit()
def _read_surface(
    ground: Array, canopy: Array, row: float, column: float, azimuth: float, h: Array, q: Array
) -> int:
    """Read a radial: ground into `h`, surface into `q`; samples before the grid ends or a void begins."""
    sound = sample_radial(ground, row, column, azimuth, h.size, h)
    for i in range(sound):
        q[i] = 0
    if canopy.size:
        sample_radial(canopy, row, column, azimuth, sound, q)
        q[0] = 0
    for i in range(sound):
        q[i] += h[i]
    return sound


@njit()
def geometry_kernel(
    ground: Array,
    canopy: Array,
    row: float,
    column: float,
    step: float,
    reach: float,
    htg: float,
    hrg: float,
    ae: float,
    wanted: Array,
    row0: int,
    column0: int,
) -> tuple[Array, Array]:
    """(cells, paths): the cells within `reach` cells of a transmitter and the geometry of the path to each.

    `cells[k]` is r·65536 + c counted from (row0, column0); `paths[:, k]` holds DISTANCE … DEPARTURE
    (float32), with DISTANCE −1 where the path crosses a void or leaves the grid.
    """
    count = math.ceil(reach) + 2
    radials = radial_count(count)
    start, cells = assign_cells(wanted, row0, column0, row, column, reach, radials)
    inverse, inverse_roots = reciprocals(count, step)
    d, roots = np.zeros(count, np.float32), np.zeros(count, np.float32)
    for i in range(1, count):
        d[i], roots[i] = i * step, 1 / math.sqrt(i * step)
    h, q, qh = np.zeros(count, np.float32), np.zeros(count, np.float32), np.zeros(count, np.float32)
    rises, areas, tails = np.empty((3, count)), np.zeros((2, count)), np.zeros((2, TAIL))
    for k in range(3):
        rises[k, 0] = -1e30
    paths = np.empty((8, cells.size), np.float32)
    for a in range(radials):
        if start[a + 1] == start[a]:
            continue
        sound = _read_surface(ground, canopy, row, column, 2 * math.pi * a / radials, h, q)
        _run_along(h, q, qh, rises, areas, roots, sound, step, htg, 500 / ae)
        _fill_radial(
            ground,
            canopy,
            row,
            column,
            step,
            htg,
            hrg,
            500 / ae,
            row0,
            column0,
            cells[start[a] : start[a + 1]],
            sound,
            h,
            q,
            qh,
            rises,
            areas,
            d,
            roots,
            inverse,
            inverse_roots,
            tails,
            paths[:, start[a] : start[a + 1]],
        )
    return cells, paths
