"""Footprints of a study's cells on a raster: the level of the best server of each operator and radio.

Two steps through the engine, each task a file, so that a run goes on from where it stopped: the footprint of
each mast, once for all its cells; then tiles of the study area, where the footprints meet and the best server
of each operator and radio technology is found. Cells of the raster lie on the lattice of `terrain`.

Levels are kept in steps of 1 dB: value − 200 dBm, 0 where nothing is known. Beside the central level (P.1812)
stand the low one (90 % of places, by the model that loses more) and the high one (10 %, by the one that loses
less); the second model, cascaded knife edges, is run on cells 90 m wide.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from rasterio.features import rasterize

from phusong.domain import Finding, Region
from phusong.engine import Engine
from phusong.errors import InputError
from phusong.jit import njit
from phusong.language import _
from phusong.mobile import cells_with_defaults, gain_db, usable
from phusong.radio.footprints import Footprint, Mast, footprint_edges, footprint_losses
from phusong.radio.p1812 import location_spread_db
from phusong.signals import TEN_PERCENT, cell_findings
from phusong.study import Mobile, Study
from phusong.terrain import Grid, Terrain, flat_grid, read_grid, spacing_m
from phusong.tiles import (
    CENTRAL,
    HIGH,
    LOW,
    OFFSET_DBM,
    Area,
    Group,
    TileTask,
    draw_tile,
    read_arrays,
    write_arrays,
)

#: Cells a side of a tile.
TILE = 1024
#: Masts in one square of this side are drawn together.
SQUARE_M = 10_000
#: The second model runs on cells at least so wide.
SECOND_CELL_M = 90


@dataclass(frozen=True)
class MastTask:
    """A mast with its cells, and where its footprint goes; `inside` is a file made by `_mark_communes`."""

    mast: Mast
    cells: pd.DataFrame
    terrain: Terrain | None
    settings: Mobile
    offsets: dict[str, float]
    area: Area
    inside: Path
    file: Path


@dataclass(frozen=True)
class Footprints:
    """The finished tiles of a study: `tiles` maps (row, column) within the area to a file with `levels`
    [group, 3, i, j] and `server` [group, i, j] (position in `cell_ids`, −1: none)."""

    area: Area
    groups: tuple[Group, ...]
    cell_ids: tuple[str, ...]
    tiles: dict[tuple[int, int], Path]
    findings: list[Finding]


def study_area(communes: gpd.GeoDataFrame, cell_m: float) -> Area:
    """The cells of the lattice that cover the communes."""
    west, south, east, north = communes.total_bounds
    column, row = int(np.floor(west / cell_m)), int(np.floor(-north / cell_m))
    shape = (int(np.ceil(-south / cell_m)) - row, int(np.ceil(east / cell_m)) - column)
    return Area(row, column, shape, cell_m)


def draw_footprints(
    study: Study,
    region: Region,
    folder: Path,
    engine: Engine | None = None,
    offsets: dict[str, float] | None = None,
) -> Footprints:
    """The footprints of all usable cells of the region within `footprint_reach_m`, as tiles in `folder`.

    `offsets`: calibration in dB by radio technology. Files there from an earlier run of the same question are
    taken as they are. Cells without ground under them, or outside the model, become findings.
    """
    engine, settings = engine or Engine(), _with_cell(study.mobile, region)
    cells = cells_with_defaults(region.cells, settings)
    good = cells[usable(cells)]
    groups = _groups(good)
    area = study_area(region.communes, settings.cell_m)
    inside = _mark_communes(region.communes, area, folder)
    masts = _mast_tasks(good, region, settings, offsets or {}, area, inside, folder)
    lost = set().union(*engine.map(_draw_masts, _by_square(masts), _("Footprints")))
    drawn = [task for task in masts if not lost.issuperset(task.cells["cell_id"])]
    engine.check_made(task.file for task in drawn)
    tasks = _tile_tasks(area, groups, drawn, folder)
    engine.map(draw_tile, list(tasks.values()), _("Tiles"))
    engine.check_made(task.file for task in tasks.values())
    tiles = {place: task.file for place, task in tasks.items()}
    return Footprints(area, groups, tuple(cells["cell_id"]), tiles, cell_findings(region, cells, lost))


def _with_cell(settings: Mobile, region: Region) -> Mobile:
    """The settings with the cell that footprints are drawn on as `cell_m`.

    Cells finer than the elevation know no more than it does: without `footprint_cell_m` they are as wide.
    """
    cell_m = settings.footprint_cell_m or settings.cell_m
    if region.elevation and not settings.footprint_cell_m:
        spacing = min(spacing_m(raster.path, region.sites.crs) for raster in region.elevation)
        cell_m *= max(round(spacing / cell_m), 1)
    return settings.model_copy(update={"cell_m": cell_m})


def _mark_communes(communes: gpd.GeoDataFrame, area: Area, folder: Path) -> Path:
    """A file with the cells of the area that communes touch [i, j] (bool): no other is worked out."""
    name = hashlib.sha256(repr((area, [shape.wkb for shape in communes.geometry])).encode()).hexdigest()[:16]
    path = folder / f"inside-{name}.npy"
    if not path.exists():
        marks = rasterize(
            communes.geometry, area.shape, transform=area.transform, all_touched=True, dtype="uint8"
        )
        write_arrays(path, [marks.astype(bool)])
    return path


def _mast_tasks(
    cells: pd.DataFrame,
    region: Region,
    settings: Mobile,
    offsets: dict[str, float],
    area: Area,
    inside: Path,
    folder: Path,
) -> list[MastTask]:
    elevation = tuple(str(raster.path) for raster in region.elevation)
    canopy = tuple(str(raster.path) for raster in region.canopy)
    terrain = Terrain(elevation, region.sites.crs.to_wkt(), settings.cell_m, canopy) if elevation else None
    stamp = _stamp(elevation + canopy)
    out = []
    for place, here in cells.reset_index(names="position").groupby(["x_m", "y_m", "height_m"]):
        question = [
            stamp,
            repr(area),
            inside.name,
            here.to_json(),
            settings.model_dump_json(),
            json.dumps(offsets, sort_keys=True),
        ]
        name = hashlib.sha256("\n".join(question).encode()).hexdigest()[:16]
        mast = Mast(*(float(part) for part in place))
        out.append(
            MastTask(mast, here, terrain, settings, offsets, area, inside, folder / f"mast-{name}.npy")
        )
    return out


def _by_square(masts: list[MastTask]) -> list[tuple[MastTask, ...]]:
    """Near-by masts together, so that the ground about them is read once."""
    squares: dict[tuple[int, int], list[MastTask]] = {}
    for task in masts:
        square = int(task.mast.x_m // SQUARE_M), int(task.mast.y_m // SQUARE_M)
        squares.setdefault(square, []).append(task)
    return [tuple(squares[square]) for square in sorted(squares)]


def _groups(cells: pd.DataFrame) -> tuple[Group, ...]:
    """The operators and radio technologies of cells, in order."""
    return tuple(sorted(set(zip(cells["operator"], cells["radio"], strict=True))))


def _stamp(paths: Sequence[str]) -> str:
    """What tells whether the rasters are still the same files."""
    return " ".join(f"{path}:{Path(path).stat().st_size}:{Path(path).stat().st_mtime_ns}" for path in paths)


def _draw_masts(tasks: tuple[MastTask, ...]) -> set[str]:
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
    names = np.array(["\t".join(group) for group in _groups(task.cells)])
    corner = _lattice_corner(grid, row, column)
    write_arrays(task.file, [levels, server, task.cells["position"].to_numpy(), names, corner])
    return set()


def _lattice_corner(grid: Grid, row: int, column: int) -> np.ndarray:
    """The lattice row and column of a cell of the grid."""
    x, y = grid.xy(np.array([row]), np.array([column]))
    return np.array([np.floor(-y[0] / grid.cell_m), np.floor(x[0] / grid.cell_m)], dtype=np.int64)


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
    groups, shape = _groups(task.cells), fine.loss_db.shape[1:]
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


def _tile_tasks(
    area: Area, groups: tuple[Group, ...], drawn: list[MastTask], folder: Path
) -> dict[tuple[int, int], TileTask]:
    """A task for each tile of the area, with the footprints that touch it."""
    reach = {task.file: _touches(task, area.cell_m) for task in drawn}
    out = {}
    for row in range(0, area.shape[0], TILE):
        for column in range(0, area.shape[1], TILE):
            shape = (min(TILE, area.shape[0] - row), min(TILE, area.shape[1] - column))
            tile = Area(area.row + row, area.column + column, shape, area.cell_m)
            here = tuple(sorted(file for file, box in reach.items() if _overlap(tile, box)))
            name = hashlib.sha256(repr((tile, groups, [file.name for file in here])).encode()).hexdigest()[
                :16
            ]
            out[row, column] = TileTask(tile, groups, here, folder / f"tile-{name}.npy")
    return out


def _touches(task: MastTask, cell_m: float) -> tuple[float, float, float, float]:
    """First and last lattice row and column that a mast can reach."""
    row, column = -task.mast.y_m / cell_m, task.mast.x_m / cell_m
    reach = task.settings.footprint_reach_m / cell_m + 2
    return row - reach, row + reach, column - reach, column + reach


def _overlap(tile: Area, box: tuple[float, float, float, float]) -> bool:
    rows = tile.row <= box[1] and tile.row + tile.shape[0] >= box[0]
    return rows and tile.column <= box[3] and tile.column + tile.shape[1] >= box[2]


def best_levels(footprints: Footprints, radio: str, step: int) -> np.ndarray:
    """The central level of the best operator of a radio technology, as bytes, on every `step`-th cell."""
    groups = [g for g, group in enumerate(footprints.groups) if group[1] == radio]
    out = np.zeros([-(-size // step) for size in footprints.area.shape], np.uint8)
    for (row, column), file in footprints.tiles.items():
        (levels,) = read_arrays(file, 1)
        thin = levels[groups, CENTRAL, -row % step :: step, -column % step :: step].max(axis=0)
        top, left = -(-row // step), -(-column // step)
        out[top : top + thin.shape[0], left : left + thin.shape[1]] = thin
    return out
