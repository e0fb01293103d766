"""Tiles of a raster of levels: where they lie, what is kept of them, and the strongest footprint on each."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rasterio.transform import Affine

from phusong.beside import whole_file
from phusong.jit import njit

#: dBm of value 0; the levels kept reach from −199 to 55 dBm.
OFFSET_DBM = -200
#: The places of the levels in an array.
CENTRAL, LOW, HIGH = range(3)
#: Operator and radio technology.
Group = tuple[str, str]


@dataclass(frozen=True)
class Area:
    """The raster: its first row and column on the lattice (counted from the metric origin), and shape."""

    row: int
    column: int
    shape: tuple[int, int]
    cell_m: float

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north in metres."""
        west, north = self.column * self.cell_m, -self.row * self.cell_m
        return west, north - self.shape[0] * self.cell_m, west + self.shape[1] * self.cell_m, north

    @property
    def transform(self) -> Affine:
        """The affine transform of the raster."""
        return Affine(self.cell_m, 0, self.column * self.cell_m, 0, -self.cell_m, -self.row * self.cell_m)


@dataclass(frozen=True)
class TileTask:
    """A tile, the footprints that touch it, and where it goes."""

    area: Area
    groups: tuple[Group, ...]
    footprints: tuple[Path, ...]
    file: Path


def write_arrays(path: Path, arrays: list[np.ndarray]) -> None:
    """Arrays one after the other in a file, which is there whole or not at all."""
    with whole_file(path) as part, part.open("wb") as file:
        for array in arrays:
            np.save(file, array, allow_pickle=False)


def read_arrays(path: Path, count: int) -> list[np.ndarray]:
    """The first `count` arrays of a file."""
    with path.open("rb") as file:
        return [np.load(file, allow_pickle=False) for _ in range(count)]


def draw_tile(task: TileTask) -> None:
    """Write a tile: of each operator and radio the strongest footprint, the lower cell on a tie."""
    if task.file.exists():
        return
    tile = task.area
    levels = np.zeros((len(task.groups), 3, *tile.shape), np.uint8)
    server = np.full((len(task.groups), *tile.shape), -1, np.int32)
    for file in task.footprints:
        _lay_over(task, levels, server, read_arrays(file, 5))
    write_arrays(task.file, [levels, server])


def _lay_over(task: TileTask, levels: np.ndarray, server: np.ndarray, mast: list[np.ndarray]) -> None:
    """Lay a mast's footprint over a tile where it is stronger."""
    all_levels, servers, cells, groups, corner = mast
    row, column = (int(v) for v in corner)
    height, width = servers.shape[1:]
    top, left = max(row, task.area.row), max(column, task.area.column)
    bottom = min(row + height, task.area.row + task.area.shape[0])
    right = min(column + width, task.area.column + task.area.shape[1])
    if top >= bottom or left >= right:
        return
    here = np.s_[
        top - task.area.row : bottom - task.area.row, left - task.area.column : right - task.area.column
    ]
    there = np.s_[top - row : bottom - row, left - column : right - column]
    names = [tuple(name.split("\t")) for name in groups.tolist()]
    for k, name in enumerate(names):
        g = task.groups.index(name)
        keep_better(levels[g][:, *here], server[g][here], all_levels[k][:, *there], servers[k][there], cells)


@njit()
def keep_better(
    levels: np.ndarray, server: np.ndarray, other: np.ndarray, whose: np.ndarray, cells: np.ndarray
) -> None:
    """Lay the levels `other` [3, r, c] over `levels` where they are stronger, or as strong from a lower cell.

    `whose` [r, c] is the place in `cells` of the cell that serves.
    """
    for r in range(whose.shape[0]):
        for c in range(whose.shape[1]):
            own, there = other[CENTRAL, r, c], levels[CENTRAL, r, c]
            cell = cells[whose[r, c]]
            if own > there or (own == there and own > 0 and cell < server[r, c]):
                for k in range(3):
                    levels[k, r, c] = other[k, r, c]
                server[r, c] = cell
