"""The footprint of one mast with all its cells: levels in steps of 1 dB about it, in a file.

Beside the central level (P.1812) stand the low one (90 % of places, by the model that loses more) and the
high one (10 %, by the one that loses less); the second model, cascaded knife edges, is run on 90 m cells.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phusong.errors import InputError
from phusong.jit import njit
from phusong.mobile import gain_db
from phusong.radio.footprints import Footprint, Mast, footprint_edges, footprint_losses
from phusong.radio.p1812 import location_spread_db
from phusong.signals import TEN_PERCENT
from phusong.study import Mobile
from phusong.terrain import Grid, Terrain, flat_grid, read_grid
from phusong.tiles import CENTRAL, HIGH, LOW, OFFSET_DBM, Area, Group, write_arrays

#: The second model runs on cells at least so wide.
SECOND_CELL_M = 90


@dataclass(frozen=True)
class MastTask:
    """A mast with its cells, and where its footprint goes; `inside` is a file made by `footprints`."""

    mast: Mast
    cells: pd.DataFrame
    terrain: Terrain | None
    settings: Mobile
    offsets: dict[str, float]
    area: Area
    inside: Path
    file: Path


def groups_of(cells: pd.DataFrame) -> tuple[Group, ...]:
    """The operators and radio technologies of cells, in order."""
    return tuple(sorted(set(zip(cells["operator"], cells["radio"], strict=True))))


def draw_masts(tasks: tuple[MastTask, ...]) -> set[str]:
    """Write the footprints of near-by masts; the ids of the cells that stand where no height is known."""
    missing = [task for task in tasks if not task.file.exists()]
    if not missing:
        return set()
    grid = _ground(missing)
    return set().union(*(_draw_mast(task, grid) for task in missing))


def _ground(tasks: list[MastTask]) -> Grid:
    """The ground that the footprints of some masts need."""
    settings, terrain = tasks[0].settings, tasks[0].terrain
    edge = settings.footprint_reach_m + 4 * SECOND_CELL_M
    x, y = ([task.mast[axis] for task in tasks] for axis in (0, 1))
    bounds = (min(x) - edge, min(y) - edge, max(x) + edge, max(y) + edge)
    return flat_grid(bounds, settings.cell_m) if terrain is None else read_grid(terrain, bounds)


def _draw_mast(task: MastTask, grid: Grid) -> set[str]:
    try:
        levels, server, row, column = _mast_levels(task, grid)
    except InputError:
        return set(task.cells["cell_id"])
    names = np.array(["\t".join(group) for group in groups_of(task.cells)])
    corner = _lattice_corner(grid, row, column)
    write_arrays(task.file, [levels, server, task.cells["position"].to_numpy(), names, corner])
    return set()


def _mast_levels(task: MastTask, grid: Grid) -> tuple[np.ndarray, np.ndarray, int, int]:
    """(levels, server, row, column): the best of the mast's own cells for each operator and radio.

    `levels` [group, 3, i, j] bytes; `server` [group, i, j] the cell's place among the task's cells.
    """
    settings, frequencies = task.settings, sorted(set(task.cells["f_ghz"]))
    how: Any = {"receiver_m": settings.receiver_height_m, "delta_n": settings.delta_n}
    reach, n0 = settings.footprint_reach_m, settings.surface_refractivity
    wanted = _inside(task, grid)
    fine = footprint_losses(grid, task.mast, frequencies, reach, n0=n0, wanted=wanted, **how)
    step = max(round(SECOND_CELL_M / grid.cell_m), 1)
    wide, marks = _thin(grid, step), _thin_marks(wanted, step)
    second = footprint_edges(wide, task.mast, frequencies, reach, wanted=marks, **how)
    i, j = _places_in(second, fine, marks.shape, step)
    groups, shape = groups_of(task.cells), fine.loss_db.shape[1:]
    levels = np.zeros((len(groups), 3, *shape), np.uint8)
    server = np.zeros((len(groups), *shape), np.uint8)
    for k, cell in enumerate(task.cells.itertuples()):
        g, z = groups.index((cell.operator, cell.radio)), frequencies.index(cell.f_ghz)
        reference = cell.reference_dbm + task.offsets.get(cell.radio, 0.0) - OFFSET_DBM
        spread = TEN_PERCENT * location_spread_db(cell.f_ghz, settings.cell_m)
        gain = _gain(cell, grid, task.mast, fine, settings)
        losses = fine.loss_db[z], second.loss_db[z]
        keep_stronger(levels[g], server[g], *losses, i, j, gain, float(reference), float(spread), k)
    return levels, server, fine.row, fine.column


@njit()
def keep_stronger(
    levels: np.ndarray,
    server: np.ndarray,
    loss: np.ndarray,
    second: np.ndarray,
    i: np.ndarray,
    j: np.ndarray,
    gain: np.ndarray,
    reference: float,
    spread: float,
    cell: int,
) -> None:
    """Put a cell's levels, in bytes, where they beat those there; `reference` is the byte before any loss.

    `loss` [r, c] by P.1812; `second` by knife edges on coarser cells, whose rows and columns are `i` [r] and
    `j` [c]; `gain` [r, c] dB or empty.
    """
    for r in range(loss.shape[0]):
        for c in range(loss.shape[1]):
            own = loss[r, c]
            if math.isnan(own):
                continue
            base = reference + (gain[r, c] if gain.size else 0.0)
            central = min(max(int(base - own + 0.5), 1), 255)
            if central > levels[CENTRAL, r, c]:
                other = second[i[r], j[c]]
                if math.isnan(other):
                    other = own
                levels[CENTRAL, r, c] = central
                levels[LOW, r, c] = min(max(int(base - max(own, other) - spread + 0.5), 1), 255)
                levels[HIGH, r, c] = min(max(int(base - min(own, other) + spread + 0.5), 1), 255)
                server[r, c] = cell


def _gain(cell: Any, grid: Grid, mast: Mast, footprint: Footprint, settings: Mobile) -> np.ndarray:
    """Antenna gain in dB towards each cell of a footprint; empty for an antenna the same all round."""
    if math.isnan(cell.azimuth_deg) and math.isnan(cell.tilt_deg):
        return np.zeros((0, 0))
    rows = footprint.row + np.arange(footprint.loss_db.shape[1])
    columns = footprint.column + np.arange(footprint.loss_db.shape[2])
    x, y = grid.xy(rows, columns)
    bearing = np.degrees(np.arctan2((x - mast.x_m)[None, :], (y - mast.y_m)[:, None]))
    assert footprint.departure_mrad is not None
    rise = np.nan_to_num(np.degrees(footprint.departure_mrad / 1000))
    return gain_db(cell.azimuth_deg, cell.tilt_deg, bearing, rise, settings)


def _inside(task: MastTask, grid: Grid) -> np.ndarray:
    """Which cells of a grid lie in the study's communes."""
    marks = np.load(task.inside, mmap_mode="r", allow_pickle=False)
    row, column = (int(v) for v in _lattice_corner(grid, 0, 0) - (task.area.row, task.area.column))
    height, width = grid.ground.shape
    out = np.zeros((height, width), np.bool_)
    known = marks[max(row, 0) : max(row + height, 0), max(column, 0) : max(column + width, 0)]
    top, left = max(-row, 0), max(-column, 0)
    if known.size:
        out[top : top + known.shape[0], left : left + known.shape[1]] = known
    return out


def _lattice_corner(grid: Grid, row: int, column: int) -> np.ndarray:
    """The lattice row and column of a cell of the grid."""
    x, y = grid.xy(np.array([row]), np.array([column]))
    return np.array([np.floor(-y[0] / grid.cell_m), np.floor(x[0] / grid.cell_m)], dtype=np.int64)


def _thin(grid: Grid, step: int) -> Grid:
    """Every `step`-th cell of a grid."""
    canopy = None if grid.canopy is None else np.ascontiguousarray(grid.canopy[::step, ::step])
    ground = np.ascontiguousarray(grid.ground[::step, ::step])
    return Grid(ground, grid.x_m, grid.y_m, grid.cell_m * step, canopy)


def _thin_marks(wanted: np.ndarray, step: int) -> np.ndarray:
    """For every `step`-th cell: is it the nearest one to a wanted cell?"""
    rows, columns = (np.maximum(np.arange(0, size, step) - step // 2, 0) for size in wanted.shape)
    return np.asarray(np.logical_or.reduceat(np.logical_or.reduceat(wanted, rows, axis=0), columns, axis=1))


def _places_in(
    wide: Footprint, fine: Footprint, shape: tuple[int, ...], step: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each row and column of a fine footprint those of a thin one, whose grid has `shape`."""
    rows = fine.row + np.arange(fine.loss_db.shape[1])
    columns = fine.column + np.arange(fine.loss_db.shape[2])
    i, j = (
        np.minimum((places + step // 2) // step, count - 1)
        for places, count in zip((rows, columns), shape, strict=True)
    )
    return i - wide.row, j - wide.column
