"""Footprints of a study's cells on a raster: the level of the best server of each operator and radio.

Two steps through the engine, each task a file, so that a run goes on from where it stopped: the footprint of
each mast, once for all its cells; then tiles of the study area, where the footprints meet and the best server
of each operator and radio technology is found. Cells of the raster lie on the lattice of `terrain`.

Levels are kept in steps of 1 dB: value − 200 dBm, 0 where nothing is known; each with a low and a high one
beside it (`mastprints`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from rasterio.features import rasterize

from phusong.domain import Finding, Region
from phusong.engine import Engine
from phusong.language import _
from phusong.mastprints import MastTask, draw_masts, groups_of
from phusong.mobile import cells_with_defaults, usable
from phusong.radio.footprints import Mast
from phusong.signals import cell_findings
from phusong.study import Mobile, Study
from phusong.terrain import Terrain, spacing_m
from phusong.tiles import (
    CENTRAL,
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
    groups = groups_of(good)
    area = study_area(region.communes, settings.cell_m)
    inside = _mark_communes(region.communes, area, folder)
    masts = _mast_tasks(good, region, settings, offsets or {}, area, inside, folder)
    lost = set().union(*engine.map(draw_masts, _by_square(masts), _("Footprints")))
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


def _stamp(paths: Sequence[str]) -> str:
    """What tells whether the rasters are still the same files."""
    return " ".join(f"{path}:{Path(path).stat().st_size}:{Path(path).stat().st_mtime_ns}" for path in paths)


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
