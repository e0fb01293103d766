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
    ae = effective_radius_km(delta_n)
    last_row, last_column = ground.shape[0] - 1, ground.shape[1] - 1
    for k in range(rows.size):
        if not (0 <= rows[k] <= last_row and 0 <= columns[k] <= last_column):
            continue
        d, h, g = read_path(ground, canopy, row_t, column_t, rows[k], columns[k], cell_km)
        if np.isnan(h.sum()):
            continue
        zone = np.full(d.size, INLAND)
        for z in range(frequencies.size):
            f = frequencies[z]
            losses = loss_kernel(
                d, h, g, zone, htg, hrg[k], f, 50.0, vertical, phi, delta_n, n0, 500.0, 500.0, False
            )
            out[z, k, LB_P1812] = max(losses.lbc, losses.lb0p)
            slant = np.hypot(d[-1], (h[0] + htg - h[-1] - hrg[k]) / 1000)
            edges = deygout_loss(d, g, h[0] + htg, h[-1] + hrg[k], 1 / ae, f)
            out[z, k, LB_DEYGOUT] = free_space_loss(slant, f) + edges
    return out
