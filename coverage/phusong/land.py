"""The land about a study's sites, read once for all technologies: heights, hilltops near roads, people."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.ndimage import maximum_filter
from scipy.spatial import cKDTree

from phusong.domain import Region
from phusong.geo import WGS84
from phusong.terrain import Grid, Terrain, read_grid

Made = TypeVar("Made")
#: A hilltop is the highest cell within this distance.
HILLTOP_M = 600.0
#: Hilltops that are looked at, at most; the ones that stand out most over the land about them.
MOST_HILLTOPS = 600
#: Over what distance a hilltop stands out.
_ABOUT_M = 3000.0
#: Cells of the grid at most: beyond, cells are made wider (30 m cells hold about 180 × 180 km).
_MOST_CELLS = 36e6


@dataclass(frozen=True, eq=False)
class Land:
    """A region's heights (`grid`, None without elevation), `hilltops` and `people`; made when asked for."""

    region: Region
    people: pd.DataFrame
    cell_m: float = 30.0
    _kept: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def grid(self) -> Grid | None:
        """Ground and canopy over the communes and everything that may be an end of a link."""
        region = self.region
        if not region.elevation:
            return None
        west, south, east, north = self.bounds
        cell = max(self.cell_m, np.sqrt((east - west) * (north - south) / _MOST_CELLS))
        paths = [tuple(str(raster.path) for raster in layer) for layer in (region.elevation, region.canopy)]
        terrain = Terrain(paths[0], region.sites.crs.to_wkt(), float(cell), paths[1])
        return read_grid(terrain, (west, south, east, north))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of communes, sites and cells, with a rim, in m."""
        frames = [self.region.communes, self.region.sites, self.region.cells]
        boxes = np.array([frame.total_bounds for frame in frames if len(frame)])
        low, high = boxes[:, :2].min(axis=0) - 3 * self.cell_m, boxes[:, 2:].max(axis=0) + 3 * self.cell_m
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @property
    def middle(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of the bounds."""
        west, south, east, north = self.bounds
        to_degrees = Transformer.from_crs(self.region.sites.crs, WGS84, always_xy=True)
        lon, lat = to_degrees.transform((west + east) / 2, (south + north) / 2)
        return float(lon), float(lat)

    @cached_property
    def hilltops(self) -> pd.DataFrame:
        """`place_id` (of its coordinates), `x_m`, `y_m`, `to_road_m`: the tops that stand out most, by id."""
        if self.grid is None:
            return pd.DataFrame(columns=["place_id", "x_m", "y_m", "to_road_m"])
        x, y, out = _hilltops(self.grid)
        order = np.lexsort((y, x, -out))
        kept = order[thinned(x[order], y[order], HILLTOP_M)][:MOST_HILLTOPS]
        return self.named("top", x[kept], y[kept])

    def named(self, prefix: str, x_m: np.ndarray, y_m: np.ndarray) -> pd.DataFrame:
        """Places with an id made of their coordinates, and how far each lies from a road (inf: no roads)."""
        lon, lat = Transformer.from_crs(self.region.sites.crs, WGS84, always_xy=True).transform(x_m, y_m)
        ids = [f"{prefix}-{a:.4f}-{b:.4f}" for a, b in zip(lon, lat, strict=True)]
        out = pd.DataFrame({"place_id": ids, "x_m": x_m, "y_m": y_m})
        out["to_road_m"] = distance_to(self.region.roads, x_m, y_m)
        return out.drop_duplicates("place_id").sort_values("place_id", ignore_index=True)

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What `make` gives, made once for all who ask for it by `name`: nothing that hangs on prices."""
        if name not in self._kept:
            self._kept[name] = make()
        found: Made = self._kept[name]
        return found


def _hilltops(grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(x, y, how far it stands out in m) of cells that are the highest within `HILLTOP_M`.

    How far: above the mean of the heights at 16 places on a circle of `_ABOUT_M`, those known.
    """
    ground = np.where(np.isnan(grid.ground), -np.inf, grid.ground)
    size = 2 * max(round(HILLTOP_M / grid.cell_m), 1) + 1
    rows, columns = np.nonzero(
        (maximum_filter(ground, size=size, mode="nearest") == ground) & (ground > -np.inf)
    )
    x, y = grid.xy(rows, columns)
    turn = 2 * np.pi * np.arange(16) / 16
    ring = [grid.heights(x + _ABOUT_M * np.cos(a), y + _ABOUT_M * np.sin(a)) for a in turn]
    known = ~np.isnan(ring)
    mean = np.where(known, ring, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    out = np.where(known.any(axis=0), grid.ground[rows, columns] - mean, 0.0)
    stands = out > 0
    return x[stands], y[stands], out[stands].round(1)


def thinned(x_m: np.ndarray, y_m: np.ndarray, apart_m: float) -> np.ndarray:
    """Which of some points to keep, going through them in order, so that no two are nearer than `apart_m`."""
    if not len(x_m):
        return np.zeros(0, dtype=bool)
    places = np.column_stack([x_m, y_m])
    near = cKDTree(places).query_ball_point(places, apart_m * (1 - 1e-9))
    kept, free = np.zeros(len(places), dtype=bool), np.ones(len(places), dtype=bool)
    for i, others in enumerate(near):
        if free[i]:
            kept[i] = True
            free[others] = False
    return kept


def pairs_between(a: np.ndarray, b: np.ndarray, longest_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Positions (i, j) of all points of `a` (n, 2) and `b` (m, 2) at most `longest_m` apart, in order."""
    if not len(a) or not len(b):
        return np.empty(0, dtype=int), np.empty(0, dtype=int)
    near = cKDTree(b).query_ball_point(a, longest_m, return_sorted=True)
    count = np.array([len(others) for others in near])
    j = np.concatenate([np.asarray(others, dtype=int) for others in near])
    return np.repeat(np.arange(len(a)), count), j


def distance_to(lines: gpd.GeoDataFrame, x_m: np.ndarray, y_m: np.ndarray) -> np.ndarray:
    """Metres from points to the nearest of `lines`; infinite without any."""
    if lines.empty or not len(x_m):
        return np.full(len(x_m), np.inf)
    tree = shapely.STRtree(lines.geometry.to_numpy())
    found, away = tree.query_nearest(shapely.points(x_m, y_m), return_distance=True, all_matches=False)
    out = np.full(len(x_m), np.inf)
    out[found[0]] = away
    return out.round(1)
