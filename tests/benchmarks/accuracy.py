"""The rasters against the whole model along each cell's own path."""

from collections.abc import Sequence

import numpy as np

from benchmarks.ground import FREQUENCIES_GHZ, Ground
from benchmarks.page import Check, at_least, at_most, checks_table
from benchmarks.timing import Scale, say, time_warm
from phusong.radio.exact import read_path
from phusong.radio.footprints import Mast, footprint_losses, footprint_sight, site_losses
from phusong.terrain import Grid

_RECEIVER_M, _K = 1.5, 4 / 3
_NO_CANOPY = np.zeros((0, 0), np.float32)
_TEXT = """## Rasters against exact paths

Difference of the P.1812 raster from P.1812 along the cell's own path (float64, every intermediate), dB, at
random cells and three frequencies; share of cells where the line-of-sight raster says the same as the
cell's own profile; and how many points a second the exact paths take on the same thread.

| where | cells | median | 95 % | 99 % | most | same sight | exact points/s |
|---|---|---|---|---|---|---|---|
{rows}

{checks}"""


def accuracy_section(grounds: Sequence[Ground], scale: Scale) -> str:
    """Errors of the rasters about a mast on a summit and one in a valley of each terrain."""
    rows: list[str] = []
    checks: list[Check] = []
    for ground in grounds:
        for where, mast in (("on a summit", ground.summit), ("in a valley", ground.valley)):
            row, found = _accuracy(f"{ground.name}, mast {where}", ground, mast, scale.exact_cells)
            rows.append(row)
            checks += found
    return _TEXT.format(rows="\n".join(rows), checks=checks_table(checks))


def _accuracy(name: str, ground: Ground, mast: Mast, cells: int) -> tuple[str, list[Check]]:
    say(f"  accuracy: {name}")
    errors, seconds = level_errors(ground, mast, cells)
    same = 100 * sight_agreement(ground, mast, cells)
    median, high, higher = (float(v) for v in np.percentile(errors, [50, 95, 99]))
    figures = f"{median:.3f} | {high:.2f} | {higher:.2f} | {errors.max():.1f} | {same:.2f} %"
    row = f"| {name} | {errors.shape[1]:,} | {figures} | {errors.size / seconds:,.0f} |"
    return row, [
        at_most(f"{name}: median", median, 0.1, "{:.3f} dB"),
        at_most(f"{name}: 95 %", high, 2.0, "{:.2f} dB"),
        at_least(f"{name}: line of sight", same, 99.8, "{:.2f} %"),
    ]


def level_errors(ground: Ground, mast: Mast, count: int) -> tuple[np.ndarray, float]:
    """(|raster − exact| [frequency, cell] in dB, seconds that the exact paths took)."""
    raster = footprint_losses(ground.grid, mast, FREQUENCIES_GHZ, ground.reach_m, receiver_m=_RECEIVER_M)
    cells = _random_cells(np.isfinite(raster.loss_db[0]), count)
    x, y = ground.grid.xy(raster.row + cells[:, 0], raster.column + cells[:, 1])

    def exact() -> np.ndarray:
        return site_losses(ground.grid, mast, x, y, FREQUENCIES_GHZ, receiver_m=_RECEIVER_M).p1812_db

    errors = np.abs(raster.loss_db[:, cells[:, 0], cells[:, 1]] - exact())
    return errors, time_warm(exact, 1).best_s


def sight_agreement(ground: Ground, mast: Mast, count: int) -> float:
    """Share of cells where the raster and the cell's own profile say the same of line of sight."""
    grid = ground.grid
    missing, row0, column0 = footprint_sight(grid, mast, ground.reach_m, receiver_m=_RECEIVER_M, k_factor=_K)
    cells = _random_cells(np.isfinite(missing), count)
    same = [sees(grid, mast, float(row0 + i), float(column0 + j)) == (missing[i, j] <= 0) for i, j in cells]
    return float(np.mean(same))


def sees(grid: Grid, mast: Mast, row: float, column: float) -> bool:
    """Whether a receiver sees the mast over each sample of its own profile."""
    (row_t,), (column_t,) = grid.rows_columns(np.array([mast.x_m]), np.array([mast.y_m]))
    d, h, _g = read_path(grid.ground, _NO_CANOPY, row_t, column_t, row, column, grid.cell_m / 1000)
    start, end = h[0] + mast.height_m, h[-1] + _RECEIVER_M
    ray = start + (end - start) * d / d[-1] - 500 * d * (d[-1] - d) / (_K * 6371)
    return bool((h[1:-1] <= ray[1:-1]).all())


def _random_cells(known: np.ndarray, count: int) -> np.ndarray:
    places = np.argwhere(known)
    return places[np.random.default_rng(1).choice(len(places), min(count, len(places)), replace=False)]
