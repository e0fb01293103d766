"""The land: communes that tile one outline, drawn or from a file, in provinces and districts; its rivers."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS
from scipy.spatial import Voronoi, cKDTree

from phusong.geo import WGS84, has_shape, metric_crs
from phusong.synth.graphs import split_evenly
from phusong.synth.names import commune_names, place_names

#: Where the drawn land lies; its figures are made up, whatever is there.
DRAWN_CRS = CRS.from_proj4("+proj=tmerc +lat_0=16 +lon_0=106.5 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m")
#: How many times longer than wide, and how many small cells a commune is made of for a natural outline.
_SLENDER, _CELLS = 3.0, 24


@dataclass(frozen=True, eq=False)
class Land:
    """Communes, a row each, ordered by code: `frame` (COMMUNES columns without population; metres), where
    the centre of each is (n, 2), and the group in which each is written."""

    frame: gpd.GeoDataFrame
    centre: np.ndarray
    group: np.ndarray

    @property
    def n_groups(self) -> int:
        """Number of groups, each of near communes."""
        return int(self.group.max()) + 1

    @property
    def area_km2(self) -> np.ndarray:
        """Area of each commune."""
        return self.frame.geometry.area.to_numpy() / 1e6


def draw_land(stats: dict[str, float], scale: float, rng: np.random.Generator) -> Land:
    """`scale` times the nation: communes, provinces and area in proportion, at least one of each."""
    n = max(1, round(stats["communes"] * scale))
    n_provinces = min(n, max(1, round(stats["provinces"] * scale)))
    towns = min(n - 1, round(n * stats["urban_share"]))
    seeds, urban = _seeds(n, towns, n_provinces, rng)
    shapes = _tiles(seeds, n, rng)
    factor = np.sqrt(stats["area_km2"] * scale * 1e6 / shapely.area(shapes).sum())
    seeds, shapes = seeds[:n] * factor, shapely.transform(shapes, lambda xy: xy * factor)
    province = split_evenly(seeds, n_provinces)
    district = np.zeros(n, dtype=int)
    for one in range(n_provinces):
        rows = np.flatnonzero(province == one)
        parts = max(1, round(len(rows) / stats["communes_per_district"]))
        district[rows] = split_evenly(seeds[rows], parts) + 10_000 * one
    order = np.lexsort((np.arange(n), district))
    frame = _named(shapes, urban, province, district, order, rng)
    return Land(frame, seeds[order], province[order])


def _named(
    shapes: np.ndarray,
    urban: np.ndarray,
    province: np.ndarray,
    district: np.ndarray,
    order: np.ndarray,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    provinces = place_names(int(province.max()) + 1, rng)
    names = commune_names(province[order], rng)
    districts, of = np.unique(district[order], return_inverse=True)
    district_names = place_names(len(districts), rng)
    return gpd.GeoDataFrame(
        {
            # Official codes leave gaps, too.
            "commune_code": [f"{1 + 3 * i:05d}" for i in range(len(order))],
            "name": names,
            "unit_type": np.where(urban[order], "phường", "xã"),
            "district": [district_names[i] for i in of],
            "province": [provinces[i] for i in province[order]],
            "vintage": "2025-07",
            "geometry": shapes[order],
        },
        crs=DRAWN_CRS,
    )


def _seeds(n: int, towns: int, n_provinces: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points about which cells are drawn: the first `n` are communes, the others sea; which are urban.

    The unit is the mean distance of rural points. Rural ones are jittered, urban ones crowd about some of
    them. Land is what lies nearest the middle of a long shape with bays.
    """
    rural = n - towns
    height = int(np.ceil(np.sqrt(rural * _SLENDER) * 1.4)) + 6
    width = int(np.ceil(np.sqrt(rural / _SLENDER) * 1.4)) + 6
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).reshape(-1, 2).astype(float)
    grid += rng.uniform(-0.42, 0.42, grid.shape) - np.array([width, height]) / 2
    x, y = grid[:, 0] * np.sqrt(_SLENDER), grid[:, 1] / np.sqrt(_SLENDER)
    bays = (
        1
        + 0.12 * np.sin(3 * np.arctan2(y, x) + rng.uniform(0, 6))
        + 0.05 * np.sin(7 * np.arctan2(y, x) + rng.uniform(0, 6))
    )
    ordered = grid[np.argsort((np.abs(x) ** 3 + np.abs(y) ** 3) ** (1 / 3) / bays, kind="stable")]
    land, sea = ordered[:rural], ordered[rural:]
    about = rng.choice(rural, size=min(n_provinces, rural), replace=False)
    crowd = land[about[np.arange(towns) % len(about)]] + rng.normal(0, 0.45, (towns, 2))
    return np.concatenate([land, crowd, sea]), np.arange(n) >= rural


def _tiles(seeds: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """The areas of the first `n` seeds: together without gap or overlap, for neighbours share their points.

    Small cells (Voronoi) are drawn about each seed; a seed's area is that of the cells nearest to it.
    """
    tree = cKDTree(seeds)
    reach = tree.query(seeds, k=2)[0][:, 1]
    small = seeds[:, None, :] + rng.normal(0, 0.5, (len(seeds), _CELLS, 2)) * reach[:, None, None]
    points = np.concatenate([seeds, small.reshape(-1, 2)])
    owner = tree.query(points)[1]
    diagram = Voronoi(points)
    areas: list[list[Any]] = [[] for _seed in range(n)]
    for point, region in enumerate(diagram.point_region):
        if owner[point] < n:
            areas[owner[point]].append(shapely.Polygon(diagram.vertices[diagram.regions[region]]))
    return np.array([shapely.coverage_union_all(cells) for cells in areas], dtype=object)


def land_of(communes: gpd.GeoDataFrame, per_group: float) -> Land:
    """The land of COMMUNES from a file; groups are their provinces or, where none is said, near ones of
    about `per_group`. The centre is a point well within."""
    frame = communes[has_shape(communes.geometry)]
    frame = frame.sort_values("commune_code", kind="stable").reset_index(drop=True)
    frame = frame.to_crs(metric_crs(frame))
    frame["geometry"] = shapely.make_valid(frame.geometry.to_numpy())
    centre = shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()))
    if frame["province"].fillna("").ne("").all():
        group = np.unique(frame["province"].to_numpy(str), return_inverse=True)[1]
    else:
        group = split_evenly(centre, max(1, round(len(frame) / per_group)))
    texts = frame[["commune_code", "name", "unit_type", "district", "province", "vintage"]]
    kept = texts.astype(object).fillna("").join(frame[["population", "geometry"]])
    return Land(gpd.GeoDataFrame(kept, crs=frame.crs), centre, group)


def draw_rivers(land: Land, group: int, per_1000_km2: float, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Rivers of one group: winding from west to east, kept to its communes."""
    inside = land.frame[land.group == group]
    area = shapely.union_all(inside.geometry.to_numpy())
    west, south, east, north = area.bounds
    lines = []
    for _river in range(max(1, round(area.area / 1e9 * per_1000_km2))):
        t = np.linspace(0, 1, 200)
        start, end = rng.uniform(south, north, 2)
        bend = sum(rng.normal(0, 0.02) * np.sin(k * np.pi * t + rng.uniform(0, 6)) for k in (3, 7, 17))
        line = shapely.LineString(
            np.column_stack([west + (east - west) * t, start + (end - start) * t + bend * (north - south)])
        )
        parts = shapely.get_parts(shapely.intersection(line, area))
        parts = parts[(shapely.get_type_id(parts) == 1) & ~shapely.is_empty(parts)]
        if len(parts):
            lines.append(max(parts, key=lambda part: part.length))
    return gpd.GeoDataFrame(
        {
            "river_id": [f"S{group + 1:02d}-{i + 1:03d}" for i in range(len(lines))],
            "name": [f"Sông {name}" for name in place_names(len(lines), rng)],
            "geometry": np.array(lines, dtype=object),
        },
        crs=land.frame.crs,
    )


def outline_degrees(land: Land) -> tuple[float, float, float, float]:
    """West, south, east and north of the land in degrees."""
    west, south, east, north = land.frame.to_crs(WGS84).total_bounds
    return float(west), float(south), float(east), float(north)
