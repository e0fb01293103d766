"""Many point-to-point links at once: Fresnel clearance of every pair of places within a distance."""

import math

import numpy as np
from scipy.spatial import cKDTree

from phusong.jit import FAST, max32, njit
from phusong.radio.diffraction import EARTH_RADIUS_KM
from phusong.radio.radials import heights_along
from phusong.radio.single import I32, Array, F
from phusong.terrain import Grid, bilinear

#: Longest path in samples that the checker holds: 200 km at 30 m.
_LONGEST = 6700


def pairs_within(x_m: np.ndarray, y_m: np.ndarray, longest_m: float, shortest_m: float = 0.0) -> np.ndarray:
    """All pairs (i < j) of places at most `longest_m` and at least `shortest_m` apart, (n, 2), in order."""
    places = np.column_stack([x_m, y_m])
    pairs = cKDTree(places).query_pairs(longest_m, output_type="ndarray")
    apart = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T)
    pairs = pairs[apart >= shortest_m]
    return np.asarray(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))], dtype=np.int64)


@njit(fastmath=FAST)
def _worst_intrusion(h: Array, start: float, slope: float, step: float, total: float, bend: float) -> float:
    """Greatest (terrain − ray)/√(d1·d2) over inner samples; `slope` is the ray's rise a sample.

    Its square with its sign is sought, which saves a root a sample.
    """
    worst, base, rise = F(-1e30), F(start), F(slope)
    dx, d, curve = F(step), F(total), F(bend)
    for i in range(h.size):
        t = F(I32(i)) + F(1)
        x = t * dx
        both = x * (d - x)
        over = h[i] - base - rise * t + curve * both
        worst = max32(worst, over * abs(over) / both)
    return math.copysign(math.sqrt(abs(worst)), worst)


@njit()
def clearance_kernel(
    surface: Array,
    rows: Array,
    columns: Array,
    heights: Array,
    pairs: Array,
    step: float,
    bends: Array,
    f: float,
) -> Array:
    """Least clearance of each pair in radii of the first Fresnel zone; NaN over voids and outside the grid.

    `rows`, `columns` of places in the grid `surface` (float32), `heights` of their antennas in m a.s.l.;
    `step` the cell in km, `bends[k]` = 500/(effective Earth radius in km) of pair k, `f` in GHz.
    """
    flat, width = surface.ravel(), surface.shape[1]
    out = np.full(pairs.shape[0], np.nan)
    h = np.empty(_LONGEST, np.float32)
    last_row, last_column = surface.shape[0] - 1.01, surface.shape[1] - 1.01
    for k in range(pairs.shape[0]):
        a, b = pairs[k, 0], pairs[k, 1]
        down, right = rows[b] - rows[a], columns[b] - columns[a]
        total = math.sqrt(down * down + right * right) * step
        count = max(math.ceil(total / step - 1e-6), 2)
        inside = min(rows[a], rows[b], columns[a], columns[b]) >= 0
        inside &= max(rows[a], rows[b]) <= last_row and max(columns[a], columns[b]) <= last_column
        if not inside or count > _LONGEST:
            continue
        inner = h[: count - 1]
        known = heights_along(
            flat,
            width,
            rows[a] + down / count,
            columns[a] + right / count,
            down / count,
            right / count,
            inner,
        )
        if math.isnan(known):
            continue
        rise = (heights[b] - heights[a]) / count
        worst = _worst_intrusion(inner, heights[a], rise, total / count, total, bends[k])
        # F1 = 17.3·√(d1·d2/(f·d)) (P.530 eq. 2); the intrusion already stands over √(d1·d2).
        out[k] = -worst * math.sqrt(f * total) / 17.3
    return out


def pair_clearances(
    grid: Grid,
    x_m: np.ndarray,
    y_m: np.ndarray,
    antenna_m: np.ndarray,
    pairs: np.ndarray,
    f_ghz: float,
    k_factor: float | np.ndarray = 4 / 3,
) -> np.ndarray:
    """Least clearance of each pair (n, 2) in Fresnel radii: ≥ 0 line of sight, ≥ 0.6 no diffraction loss.

    `antenna_m` above the ground at each place; `k_factor` one for all or one a pair. NaN where the elevation
    does not know the path. Canopy counts as obstruction.
    """
    rows, columns = (np.ascontiguousarray(v, dtype=np.float64) for v in grid.rows_columns(x_m, y_m))
    surface = grid.ground if grid.canopy is None else (grid.ground + grid.canopy).astype(np.float32)
    heights = grid.heights(x_m, y_m) + antenna_m
    bends = np.ascontiguousarray(np.broadcast_to(500 / (6371.0 * np.asarray(k_factor, float)), len(pairs)))
    return np.asarray(
        clearance_kernel(
            surface,
            rows,
            columns,
            np.ascontiguousarray(heights),
            np.asarray(pairs, np.int64),
            grid.cell_m / 1000,
            bends,
            float(f_ghz),
        )
    )


@njit()
def height_kernel(
    surface: Array,
    rows: Array,
    columns: Array,
    heights: Array,
    ground: Array,
    pairs: Array,
    step: float,
    bends: Array,
    radii: Array,
    f_ghz: Array,
    tallest: float,
) -> Array:
    """Least antenna above ground at the second place of each pair; infinite when more than `tallest`.

    `heights` m a.s.l. of the antennas at the first places, `ground` m a.s.l. of all; `bends` and `radii`
    [rule] are 500/(effective Earth radius in km) and Fresnel radii asked for, one pair of each a pair (n, 2).
    NaN over voids and outside the grid.
    """
    out = np.full(pairs.shape[0], np.nan)
    last_row, last_column = surface.shape[0] - 1.01, surface.shape[1] - 1.01
    for k in range(pairs.shape[0]):
        a, b = pairs[k, 0], pairs[k, 1]
        down, right = rows[b] - rows[a], columns[b] - columns[a]
        total = max(math.sqrt(down * down + right * right) * step, 1e-6)
        count = max(math.ceil(total / step - 1e-6), 2)
        inside = min(rows[a], rows[b], columns[a], columns[b]) >= 0
        inside &= max(rows[a], rows[b]) <= last_row and max(columns[a], columns[b]) <= last_column
        if not inside or math.isnan(heights[a]) or math.isnan(ground[b]):
            continue
        need = 0.0
        for i in range(1, count):
            part = i / count
            z = bilinear(surface, rows[a] + down * part, columns[a] + right * part)
            if math.isnan(z):
                need = math.nan
                break
            both = total * total * part * (1 - part)
            zone = 17.3 * math.sqrt(both / (f_ghz[k] * total))
            over = max(bends[k, 0] * both + radii[k, 0] * zone, bends[k, 1] * both + radii[k, 1] * zone)
            lack = z + over - heights[a] * (1 - part) - ground[b] * part
            need = max(need, lack / part)
            if need > tallest:
                need = math.inf
                break
        out[k] = need
    return out


def needed_heights(
    grid: Grid,
    x_m: np.ndarray,
    y_m: np.ndarray,
    antenna_m: np.ndarray,
    pairs: np.ndarray,
    f_ghz: np.ndarray,
    rules: tuple[np.ndarray, np.ndarray],
    tallest_m: float,
) -> np.ndarray:
    """Least antenna above ground in m at the second place of each pair (n, 2) that keeps both rules.

    The antenna at the first place stands `antenna_m` above ground; `rules` are k and Fresnel radii asked for,
    each (n, 2) (`links.asked_clearance`). Infinite above `tallest_m`, NaN where the elevation does not know
    the path. Along the samples of `terrain.read_profile`, so that it agrees with `links.mast_heights`.
    """
    rows, columns = (np.ascontiguousarray(v, dtype=np.float64) for v in grid.rows_columns(x_m, y_m))
    surface = grid.ground if grid.canopy is None else (grid.ground + grid.canopy).astype(np.float32)
    ground = grid.heights(x_m, y_m)
    k, radii = (np.ascontiguousarray(v, dtype=np.float64).reshape(-1, 2) for v in rules)
    return np.asarray(
        height_kernel(
            surface,
            rows,
            columns,
            ground + antenna_m,
            ground,
            np.asarray(pairs, np.int64).reshape(-1, 2),
            grid.cell_m / 1000,
            500 / (EARTH_RADIUS_KM * k),
            radii,
            np.ascontiguousarray(f_ghz, dtype=np.float64),
            float(tallest_m),
        )
    )
