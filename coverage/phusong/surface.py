"""What cable meets along each edge of the road graph: the composition that prices are laid over.

Everything is measured along the edge at points at most `STEP_M` apart, so the answer does not hang on where
an edge happens to be cut. Everything is planar, in metres.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from phusong.domain import ROAD_CLASSES, Raster, Region
from phusong.linework import keys
from phusong.makeup import SLOPE_BINS_DEG, UNKNOWN_CLASS, Makeup, class_of, no_landslides
from phusong.roads import LEASED, ROAD, Network
from phusong.terrain import Grid, Terrain, read_grid, slope_grid

#: Distance between the points at which an edge is looked at: a cell of the usual elevation models.
STEP_M = 30.0
#: A road is that of an edge when the edge's middle lies this near it (snapping moves edges by centimetres).
_SAME_ROAD_M = 1.0


@dataclass(frozen=True)
class Reach:
    """How near something must be to count, in m: landslides, existing ducts, power lines."""

    landslide_m: float
    duct_m: float
    poles_m: float


def look_along(network: Network, region: Region, reach: Reach) -> Makeup:
    """The composition of every edge of `network` by the layers and rasters of `region`."""
    edge, x, y = sample_points(network.shape, STEP_M)
    count = np.bincount(edge, minlength=len(network.u))
    slope = slope_of(region, x, y)
    landslides = region.landslides.geometry.to_numpy()
    leased = network.kind == LEASED
    rivers = np.zeros(len(network.u), int)
    rivers[~leased] = river_crossings(network.shape[~leased], region.rivers.geometry.to_numpy())
    return Makeup(
        road_class=road_classes(network, region.roads),
        slope_deg=_mean(slope, edge, len(network.u)),
        slope_share=_shares(slope, edge, count),
        rivers=rivers,
        landslides=_which_near(network.shape, landslides, reach.landslide_m),
        landslide_share=_share_near(x, y, edge, count, landslides, reach.landslide_m),
        by_duct=_share_near(x, y, edge, count, region.ducts.geometry.to_numpy(), reach.duct_m) > 0.5,
        by_poles=_share_near(x, y, edge, count, region.power_lines.geometry.to_numpy(), reach.poles_m) > 0.5,
        leased=leased,
        lease_vnd_per_m_year=_own_rent(network.shape, leased, region.fibre),
    )


def _own_rent(shapes: np.ndarray, leased: np.ndarray, fibre: gpd.GeoDataFrame) -> np.ndarray:
    """The rent that FIBRE says for each leased edge, that of the line it lies on; NaN where it says none."""
    out = np.full(len(shapes), np.nan)
    if not leased.any() or "lease_vnd_per_m_year" not in fibre:
        return out
    lines = fibre[fibre["lease"] == "yes"].sort_values("fibre_id")
    middle = shapely.line_interpolate_point(shapes[leased], 0.5, normalized=True)
    edge, line = shapely.STRtree(lines.geometry.to_numpy()).query_nearest(middle, all_matches=True)
    first = np.full(len(middle), len(lines))
    np.minimum.at(first, edge, line)
    out[leased] = lines["lease_vnd_per_m_year"].to_numpy(dtype=float)[first]
    return out


def sample_points(shapes: np.ndarray, step_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(shape, x, y): the middles of equal pieces, at most `step_m` long, of each line.

    >>> sample_points(shapely.from_wkt(["LINESTRING (0 0, 50 0)"]), 30)[1].tolist()
    [12.5, 37.5]
    """
    length = shapely.length(shapes)
    pieces = np.maximum(np.ceil(length / step_m - 1e-9), 1).astype(int)
    shape = np.repeat(np.arange(len(shapes)), pieces)
    nth = np.arange(len(shape)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    at = shapely.line_interpolate_point(shapes[shape], (nth + 0.5) / pieces[shape] * length[shape])
    x, y = shapely.get_coordinates(at).reshape(-1, 2).T
    return shape, x, y


def slope_of(region: Region, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slope of the ground in degrees at points: from the slope raster, else from elevation; NaN unknown."""
    if not len(x) or not (region.slope or region.elevation):
        return np.full(len(x), np.nan)
    bounds = (x.min() - 90, y.min() - 90, x.max() + 90, y.max() + 90)
    crs = region.roads.crs or region.sites.crs
    if region.slope:
        found = read_grid(Terrain(_paths(region.slope), crs.to_wkt()), bounds)
    else:
        found = slope_grid(read_grid(Terrain(_paths(region.elevation), crs.to_wkt()), bounds))
    return _at(found, x, y)


def _paths(rasters: tuple[Raster, ...]) -> tuple[str, ...]:
    return tuple(str(raster.path) for raster in rasters)


def _at(grid: Grid, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.asarray(grid.heights(x, y), dtype=float)


def _mean(values: np.ndarray, edge: np.ndarray, n: int) -> np.ndarray:
    """The mean of the known values of each edge; NaN without any."""
    known = ~np.isnan(values)
    total = np.bincount(edge[known], values[known], minlength=n)
    count = np.bincount(edge[known], minlength=n)
    return np.divide(total, count, out=np.full(n, np.nan), where=count > 0)


def _shares(slope: np.ndarray, edge: np.ndarray, count: np.ndarray) -> np.ndarray:
    """How much of each edge lies in each slope class; what is not known counts as the first."""
    classes = np.searchsorted(SLOPE_BINS_DEG, np.nan_to_num(slope, nan=0.0), side="left")
    width = len(SLOPE_BINS_DEG) + 1
    table = np.bincount(edge * width + classes, minlength=len(count) * width).reshape(-1, width)
    return np.asarray(table / np.maximum(count, 1)[:, np.newaxis])


def road_classes(network: Network, roads: gpd.GeoDataFrame) -> np.ndarray:
    """The class of the road that each edge runs along; where roads lie on each other, the higher class."""
    out = np.where(network.kind == ROAD, UNKNOWN_CLASS, -1)
    on = np.flatnonzero(network.kind == ROAD)
    if not len(on) or not len(roads) or "road_class" not in roads:
        return out
    said = {word: ROAD_CLASSES.index(class_of(word)) for word in set(roads["road_class"].dropna())}
    codes = roads["road_class"].map(said).fillna(UNKNOWN_CLASS).to_numpy(dtype=int)
    middle = shapely.line_interpolate_point(network.shape[on], 0.5, normalized=True)
    tree = shapely.STRtree(roads.geometry.to_numpy())
    edge, road = tree.query(middle, predicate="dwithin", distance=_SAME_ROAD_M)
    found = np.full(len(on), UNKNOWN_CLASS)
    np.minimum.at(found, edge, codes[road])
    out[on] = found
    return out


def river_crossings(shapes: np.ndarray, rivers: np.ndarray) -> np.ndarray:
    """How often each line crosses or touches a river. Where lines meet on a river the crossing counts for the
    first of them; where several rivers meet it counts once."""
    out = np.zeros(len(shapes), int)
    if not len(shapes) or not len(rivers):
        return out
    line, river = shapely.STRtree(rivers).query(shapes, predicate="intersects")
    met, of = shapely.get_parts(shapely.intersection(shapes[line], rivers[river]), return_index=True)
    found = np.unique(np.column_stack([line[of], keys(_first(met))]), axis=0)
    ends = [keys(shapely.get_coordinates(shapely.get_point(shapes[found[:, 0]], end))) for end in (0, -1)]
    at_end = (found[:, 1:] == ends[0]).all(axis=1) | (found[:, 1:] == ends[1]).all(axis=1)
    shared = found[at_end]
    _place, first = np.unique(shared[:, 1:], axis=0, return_index=True)
    np.add.at(out, np.concatenate([found[~at_end, 0], shared[first, 0]]), 1)
    return out


def _first(shapes: np.ndarray) -> np.ndarray:
    """The first point (n, 2) of each point or line."""
    points, of = shapely.get_coordinates(shapes, return_index=True)
    return np.asarray(points[np.searchsorted(of, np.arange(len(shapes)))])


def _which_near(shapes: np.ndarray, points: np.ndarray, reach_m: float) -> np.ndarray:
    """Which of the points each line comes within `reach_m` of, as tuples."""
    out = no_landslides(len(shapes))
    if len(points) and len(shapes):
        line, point = shapely.STRtree(points).query(shapes, predicate="dwithin", distance=reach_m)
        for i, position in zip(line.tolist(), point.tolist(), strict=True):
            out[i] += (position,)
    return out


def _share_near(
    x: np.ndarray, y: np.ndarray, edge: np.ndarray, count: np.ndarray, shapes: np.ndarray, reach_m: float
) -> np.ndarray:
    """How much of each edge lies within `reach_m` of any of the shapes."""
    if not len(shapes) or not len(x):
        return np.zeros(len(count))
    near = shapely.STRtree(shapes).query(shapely.points(x, y), predicate="dwithin", distance=reach_m)[0]
    hit = np.zeros(len(x), bool)
    hit[near] = True
    return np.bincount(edge[hit], minlength=len(count)) / np.maximum(count, 1)
