"""Line of sight from a transmitter to every cell about it, over a curved Earth.

The steepest sample along each radial is a running value, so a cell costs a few operations. Cells that are
nearly grazed are looked at again along their own true path.
"""

import math

import numpy as np

from phusong.jit import FAST, njit
from phusong.radio.radials import TAIL, assign_cells, radial_count, sample_radial
from phusong.radio.single import Array
from phusong.terrain import bilinear

#: A cell is looked at again when its line of sight clears or misses by less than this, in m for each m of
#: step: the lateral distance to its radial on steep ground.
_DOUBT = 0.15


@njit(fastmath=FAST)
def missing_height(
    surface: Array,
    row_t: float,
    column_t: float,
    row: float,
    column: float,
    step: float,
    hts: float,
    hrs: float,
    bend: float,
) -> float:
    """Metres by which a receiver at `hrs` m a.s.l. is short of sight along the exact path; ≤ 0 when it sees.

    `step` in km; `bend` = 500/(effective Earth radius in km). NaN where the path crosses a void.
    """
    rows, columns = row - row_t, column - column_t
    total = max(math.sqrt(rows * rows + columns * columns) * step, 1e-3)
    count = max(math.ceil(total / step - 1e-6), 2)
    steepest = -1e30
    for i in range(1, count):
        part = i / count
        d = total * part
        z = bilinear(surface, row_t + rows * part, column_t + columns * part) - bend * d * d
        if math.isnan(z):
            return math.nan
        steepest = max(steepest, (z - hts) / d)
    return steepest * total - (hrs - bend * total * total - hts)


@njit(fastmath=FAST)
def _sight_of_radial(
    surface: Array,
    row_t: float,
    column_t: float,
    step: float,
    hts: float,
    hrg: float,
    bend: float,
    row0: int,
    column0: int,
    cells: Array,
    rises: Array,
    sound: int,
    ground: Array,
    out: Array,
) -> None:
    """Fill `out` with the missing height of the `cells` of one radial whose running slopes are `rises`."""
    for k in range(cells.size):
        i, j = row0 + (cells[k] >> 16), column0 + (cells[k] & 65535)
        out[k] = math.nan
        hr = float(ground[i, j])
        if math.isnan(hr):
            continue
        rows, columns = i - row_t, j - column_t
        total = max(math.sqrt(rows * rows + columns * columns) * step, 1e-3)
        count = max(math.ceil(total / step - 1e-6), 2)
        tail = min(TAIL, count - 1)
        if count - tail - 1 >= sound:
            continue
        steepest = rises[count - tail - 1]
        for n in range(count - tail, count):
            part = n / count
            z = bilinear(surface, row_t + rows * part, column_t + columns * part)
            steepest = max(steepest, (z - bend * (total * part) ** 2 - hts) / (total * part))
        out[k] = steepest * total - (hr + hrg - bend * total * total - hts)
        if not abs(out[k]) > _DOUBT * 1000 * step:
            out[k] = missing_height(surface, row_t, column_t, i, j, step, hts, hr + hrg, bend)


@njit()
def sight_kernel(
    ground: Array,
    surface: Array,
    row: float,
    column: float,
    step: float,
    reach: float,
    htg: float,
    hrg: float,
    k_factor: float,
    wanted: Array,
    row0: int,
    column0: int,
) -> Array:
    """Missing height in m (float32) of a receiver `hrg` m above ground in each cell; ≤ 0 where it sees.

    `surface` is the ground with canopy (or the ground itself), `step` the cell in km, `reach` in cells. NaN
    beyond `reach`, over voids and outside the grid.
    """
    bend = 500 / (k_factor * 6371.0)
    count = math.ceil(reach) + 2
    radials = radial_count(count)
    start, cells = assign_cells(wanted, row0, column0, row, column, reach, radials)
    out = np.full(wanted.shape, np.nan, np.float32)
    z, rises = np.zeros(count, np.float32), np.empty(count)
    found = np.empty(cells.size, np.float32)
    hts = bilinear(ground, row, column) + htg
    for a in range(radials):
        sound = sample_radial(surface, row, column, 2 * math.pi * a / radials, count, z)
        rises[0] = -1e30
        for i in range(1, sound):
            d = i * step
            rises[i] = max(rises[i - 1], (z[i] - bend * d * d - hts) / d)
        one, end = start[a], start[a + 1]
        _sight_of_radial(
            surface,
            row,
            column,
            step,
            hts,
            hrg,
            bend,
            row0,
            column0,
            cells[one:end],
            rises,
            sound,
            ground,
            found[one:end],
        )
    for k in range(cells.size):
        out[cells[k] >> 16, cells[k] & 65535] = found[k]
    return out
