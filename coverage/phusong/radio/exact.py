"""P.1812 loss on exact paths: from a transmitter to sites, each along its own profile.

This is the whole model, in float64; footprints (`phusong.radio.sweep`) approach it.
"""

import numpy as np

from phusong.jit import njit
from phusong.radio.diffraction import deygout_loss
from phusong.radio.p1812 import INLAND, effective_radius_km, loss_kernel
from phusong.radio.single import Array
from phusong.radio.tropo import free_space_loss
from phusong.terrain import bilinear

#: Columns of what `exact_kernel` gives for each receiver.
LB_P1812, LB_DEYGOUT = 0, 1


@njit()
def read_path(
    ground: Array,
    canopy: Array,
    row_t: float,
    column_t: float,
    row: float,
    column: float,
    cell_km: float,
) -> tuple[Array, Array, Array]:
    """(d, h, g): distances in km, ground and ground with canopy in m a.s.l., samples at most a cell apart."""
    total = max(np.hypot(row - row_t, column - column_t) * cell_km, 1e-3)
    count = max(int(np.ceil(total / cell_km - 1e-6)), 2)
    d, h, g = np.empty(count + 1), np.empty(count + 1), np.empty(count + 1)
    for i in range(count + 1):
        part = i / count
        r, c = row_t + (row - row_t) * part, column_t + (column - column_t) * part
        d[i], h[i] = total * part, bilinear(ground, r, c)
        g[i] = h[i]
        if canopy.size and 0 < i < count:
            g[i] += bilinear(canopy, r, c)
    return d, h, g


@njit()
def exact_kernel(
    ground: Array,
    canopy: Array,
    row_t: float,
    column_t: float,
    rows: Array,
    columns: Array,
    cell_km: float,
    htg: float,
    hrg: Array,
    frequencies: Array,
    vertical: bool,
    phi: float,
    delta_n: float,
    n0: float,
) -> Array:
    """Loss in dB, (frequency, receiver, [P.1812, Deygout]): median in time and place, over land.

    NaN where a path leaves the grid or crosses a void.
    """
    out = np.full((frequencies.size, rows.size, 2), np.nan)
    for k in range(rows.size):
        if not _is_inside(ground, rows[k], columns[k]):
            continue
        d, h, g = read_path(ground, canopy, row_t, column_t, rows[k], columns[k], cell_km)
        if np.isnan(h.sum()):
            continue
        for z in range(frequencies.size):
            out[z, k] = _both_losses(d, h, g, htg, hrg[k], frequencies[z], vertical, phi, delta_n, n0)
    return out


@njit()
def pair_kernel(
    ground: Array,
    canopy: Array,
    rows_t: Array,
    columns_t: Array,
    htg: Array,
    rows: Array,
    columns: Array,
    hrg: float,
    frequencies: Array,
    cell_km: float,
    vertical: bool,
    phi: float,
    delta_n: float,
    n0: float,
) -> Array:
    """Loss in dB, (pair, [P.1812, Deygout]), from transmitter k to receiver k at frequency k; or NaN."""
    out = np.full((rows.size, 2), np.nan)
    for k in range(rows.size):
        if not _is_inside(ground, rows[k], columns[k]):
            continue
        d, h, g = read_path(ground, canopy, rows_t[k], columns_t[k], rows[k], columns[k], cell_km)
        if not np.isnan(h.sum()):
            out[k] = _both_losses(d, h, g, htg[k], hrg, frequencies[k], vertical, phi, delta_n, n0)
    return out


@njit()
def _is_inside(ground: Array, row: float, column: float) -> bool:
    return 0 <= row <= ground.shape[0] - 1 and 0 <= column <= ground.shape[1] - 1


@njit()
def _both_losses(
    d: Array,
    h: Array,
    g: Array,
    htg: float,
    hrg: float,
    f: float,
    vertical: bool,
    phi: float,
    delta_n: float,
    n0: float,
) -> tuple[float, float]:
    """Loss along one profile by P.1812 and by Deygout's edges."""
    zone = np.full(d.size, INLAND)
    losses = loss_kernel(d, h, g, zone, htg, hrg, f, 50.0, vertical, phi, delta_n, n0, 500.0, 500.0, False)
    slant = np.hypot(d[-1], (h[0] + htg - h[-1] - hrg) / 1000)
    edges = deygout_loss(d, g, h[0] + htg, h[-1] + hrg, 1 / effective_radius_km(delta_n), f)
    return max(losses.lbc, losses.lb0p), free_space_loss(slant, f) + edges
