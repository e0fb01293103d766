"""Footprints by cascaded knife edges (Deygout, P.526-15 §4.5.1), the second opinion beside P.1812.

On each radial the principal edge of every cell is sought, then the worst edge either side of it. Edges do not
depend on the frequency, so one pass serves all.
"""

import math

import numpy as np

from phusong.jit import FAST, max32, njit, sqrt32
from phusong.radio.diffraction import LIGHT
from phusong.radio.radials import (
    PHASES,
    TAIL,
    assign_cells,
    radial_count,
    reciprocals,
    sample_radial,
)
from phusong.radio.single import DB_20, Array, F, Single, exp2, log2
from phusong.terrain import bilinear

#: Rows of what `edges_kernel` gives for each cell: length (km), ν·√λ of the three edges, rise (m).
LENGTH, PRINCIPAL, EDGE_T, EDGE_R, LIFT = range(5)
_NONE = F(-1e30)


@njit(fastmath=FAST)
def _over_line(
    q: Array,
    d: Array,
    start: float,
    height: float,
    slope: float,
    roots: Array,
    roots_back: Array,
    out: Array,
) -> float:
    """Greatest (q − line)/√(d1·d2); the line starts at `start` km, `height` m. `out` keeps all."""
    best, base, rise, begin = _NONE, F(height), F(slope), F(start)
    for i in range(q.size):
        out[i] = (q[i] - base - rise * (d[i] - begin)) * (roots[i] * roots_back[i])
        best = max32(best, out[i])
    return float(best)


@njit(fastmath=FAST, inline=True)
def _nu(z: float, d1: float, d2: float, line: float) -> float:
    return (z - line) / math.sqrt(d1 * d2)


@njit(fastmath=FAST)
def _edges_of_radial(
    ground: Array,
    surface: Array,
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
    q: Array,
    d: Array,
    roots: Array,
    inverse_roots: Array,
    memo: Array,
    scratch: Array,
    tails: Array,
    out: Array,
) -> None:
    """The three edges of the paths to the `cells` of one radial into the columns of `out`.

    `memo[p]` remembers the worst edge between the transmitter and a principal edge at sample p.
    """
    hts = float(bilinear(ground, row_t, column_t)) + htg
    for k in range(cells.size):
        i, j = row0 + (cells[k] >> 16), column0 + (cells[k] & 65535)
        out[LENGTH, k] = -1
        rows, columns = i - row_t, j - column_t
        total = max(math.sqrt(rows * rows + columns * columns) * step, 1e-3)
        count = max(math.ceil(total / step - 1e-6), 2)
        tail = min(TAIL, count - 1)
        near = count - tail - 1
        hrs = float(ground[i, j]) + hrg
        if near >= sound or math.isnan(hrs):
            continue
        base = hrs - bend * total * total
        ray, delta = (base - hts) / total, total / count
        whole = int(total / step)
        phase = int((total / step - whole) * PHASES + 0.5)
        first = inverse_roots.shape[1] - whole
        end = near + 1
        # The principal edge: among the radial's samples, then among those of the true path.
        worst, p, dp, zp = -1e30, 0, 0.0, 0.0
        if near > 0:
            back = inverse_roots[phase, first : first + near]
            worst = _over_line(q[1:end], d[1:end], 0.0, hts, ray, roots[1:end], back, scratch)
            top = F(worst)
            for n in range(near):
                if scratch[n] >= top:
                    p = n + 1
                    break
            dp, zp = p * step, float(q[p])
        clear = True
        for n in range(tail):
            part = (count - tail + n) / count
            d1 = total * part
            z = bilinear(surface, row_t + rows * part, column_t + columns * part) - bend * d1 * d1
            tails[n] = z
            clear &= not math.isnan(z)
            nu = _nu(z, d1, total - d1, hts + ray * d1)
            if nu > worst:
                worst, p, dp, zp = nu, near + 1 + n, d1, z
        if not clear:
            continue
        # Towards the transmitter.
        side_t, slope = -1e30, (zp - hts) / dp
        if p <= near:
            if math.isnan(memo[p]):
                memo[p] = -1e30
                if p > 1:
                    back = inverse_roots[0, inverse_roots.shape[1] - p : inverse_roots.shape[1] - 1]
                    memo[p] = _over_line(q[1:p], d[1:p], 0.0, hts, slope, roots[1:p], back, scratch)
            side_t = memo[p]
        else:
            if near > 0:
                cells_p = int(dp / step)
                turn = int((dp / step - cells_p) * PHASES + 0.5)
                begin = inverse_roots.shape[1] - cells_p
                back = inverse_roots[turn, begin : begin + near]
                side_t = _over_line(q[1:end], d[1:end], 0.0, hts, slope, roots[1:end], back, scratch)
            for n in range(p - near - 1):
                d1 = total - (tail - n) * delta
                side_t = max(side_t, _nu(tails[n], d1, dp - d1, hts + slope * d1))
        # Towards the receiver.
        side_r, slope = -1e30, (base - zp) / (total - dp)
        if p < near:
            back = inverse_roots[phase, first + p : first + near]
            side_r = _over_line(
                q[p + 1 : end], d[p + 1 : end], dp, zp, slope, roots[1 : end - p], back, scratch
            )
        for n in range(max(p - near, 0), tail):
            d1 = total - (tail - n) * delta
            if d1 > dp:
                side_r = max(side_r, _nu(tails[n], d1 - dp, total - d1, zp + slope * (d1 - dp)))
        out[LENGTH, k], out[LIFT, k] = total, hrs - hts
        out[PRINCIPAL, k] = worst * math.sqrt(0.002 * total)
        out[EDGE_T, k] = max(side_t, -1e6) * math.sqrt(0.002 * dp)
        out[EDGE_R, k] = max(side_r, -1e6) * math.sqrt(0.002 * (total - dp))


@njit()
def edges_kernel(
    ground: Array,
    surface: Array,
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
    """(cells, paths) as `phusong.radio.sweep.geometry_kernel`, with the rows LENGTH … LIFT.

    `surface` is the ground with canopy, or the ground itself.
    """
    bend, count = 500 / ae, math.ceil(reach) + 2
    radials = radial_count(count)
    start, cells = assign_cells(wanted, row0, column0, row, column, reach, radials)
    _inverse, inverse_roots = reciprocals(count, step)
    d, roots = np.zeros(count, np.float32), np.zeros(count, np.float32)
    for i in range(1, count):
        d[i], roots[i] = i * step, 1 / math.sqrt(i * step)
    q, scratch = np.zeros(count, np.float32), np.zeros(count, np.float32)
    memo, tails = np.empty(count), np.zeros(TAIL)
    paths = np.empty((5, cells.size), np.float32)
    for a in range(radials):
        one, end = start[a], start[a + 1]
        sound = sample_radial(surface, row, column, 2 * math.pi * a / radials, count, q)
        for i in range(sound):
            q[i] -= bend * (i * step) ** 2
        memo[:] = np.nan
        _edges_of_radial(
            ground,
            surface,
            row,
            column,
            step,
            htg,
            hrg,
            bend,
            row0,
            column0,
            cells[one:end],
            sound,
            q,
            d,
            roots,
            inverse_roots,
            memo,
            scratch,
            tails,
            paths[:, one:end],
        )
    return cells, paths


@njit(fastmath=FAST, inline=True)
def _knife(nu: Single) -> Single:
    """J(ν) in dB (P.526-15 eq. 31)."""
    a = nu - F(0.1)
    loss = F(6.9) + DB_20 * log2(sqrt32(a * a + F(1)) + a + F(1e-30))
    return loss if nu > F(-0.78) else F(0)


@njit(fastmath=FAST)
def deygout_losses(
    d: Array, principal: Array, edge_t: Array, edge_r: Array, lift: Array, out: Array, f: float
) -> None:
    """Fill `out` with free space and Deygout's loss in dB of many paths at `f` GHz (float32 arrays)."""
    per_root, free0 = F(math.sqrt(f / LIGHT)), F(92.4 + 20 * math.log10(f))
    for j in range(d.size):
        tilt = lift[j] * F(0.001) / d[j]
        free = free0 + DB_20 * log2(d[j]) + F(0.5) * DB_20 * log2(F(1) + tilt * tilt)
        main = _knife(principal[j] * per_root)
        share = F(1) - exp2(main * F(-0.24044917))
        sides = _knife(edge_t[j] * per_root) + _knife(edge_r[j] * per_root)
        out[j] = free + main + share * (sides + F(10) + F(0.04) * d[j])
