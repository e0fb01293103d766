"""Metric geometry: the study's coordinate system, exact distances, lines cut at points."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Geod

WGS84 = CRS.from_epsg(4326)
_EARTH = Geod(ellps="WGS84")


def has_shape(geometry: gpd.GeoSeries) -> pd.Series:
    """Which rows have a shape: one that is neither missing nor empty."""
    shapes = geometry.to_numpy()
    return pd.Series(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)), index=geometry.index)


def metric_crs(frame: gpd.GeoDataFrame) -> CRS:
    """A transverse Mercator in metres whose central meridian (to 0.25°) is that of `frame`.

    True to scale on that meridian: within 100 km of it lengths err by at most 0.012 % (Snyder,
    Map Projections, 1987, eq. 8-11: k ≈ 1 + x²/2R²). EPSG zones are fixed and may lie 2.5° away.
    """
    west, _south, east, _north = frame.to_crs(WGS84).total_bounds
    meridian = round((west + east) / 2 * 4) / 4
    return CRS.from_proj4(
        f"+proj=tmerc +lat_0=0 +lon_0={meridian} +k=1 +x_0=500000 +y_0=0 +datum=WGS84 +units=m"
    )


def geodesic_m(lon1: np.ndarray, lat1: np.ndarray, lon2: np.ndarray, lat2: np.ndarray) -> np.ndarray:
    """Geodesic distances in metres on WGS 84 between arrays of degrees (Karney 2013, through PROJ)."""
    return np.asarray(_EARTH.inv(lon1, lat1, lon2, lat2)[2])


def nearest(points: gpd.GeoSeries, targets: gpd.GeoSeries) -> tuple[np.ndarray, np.ndarray]:
    """For each point the position of the nearest of `targets` and its distance in metres.

    Both series share one metric CRS. The nearest is sought there; its distance is then measured along
    the geodesic. Ties go to the first target. No targets: positions −1, distances infinite.
    """
    if targets.empty:
        return np.full(len(points), -1), np.full(len(points), np.inf)
    shapes = targets.to_numpy()
    tree = shapely.STRtree(shapes)
    pairs = tree.query_nearest(points.to_numpy(), all_matches=True)
    # all_matches gives every tie; the lowest position wins, whatever the tree's inner order.
    position = np.full(len(points), len(shapes))
    np.minimum.at(position, pairs[0], pairs[1])
    feet = shapely.line_interpolate_point(
        shapely.shortest_line(points.to_numpy(), shapes[position]), 1, normalized=True
    )
    # A zero-length shortest line has no end to interpolate; the point itself is the foot.
    feet = np.where(shapely.is_empty(feet) | shapely.is_missing(feet), points.to_numpy(), feet)
    here = points.to_crs(WGS84)
    there = gpd.GeoSeries(feet, crs=points.crs).to_crs(WGS84)
    return position, geodesic_m(here.x, here.y, there.x, there.y)


def simplify_for_display(frame: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """`frame` (metric CRS) with outlines simplified together, so that neighbours still touch."""
    out = frame.copy()
    if len(out) and out.geom_type.str.contains("Polygon").all():
        out.geometry = shapely.coverage_simplify(out.geometry.to_numpy(), tolerance_m)
    else:
        out.geometry = out.geometry.simplify(tolerance_m)
    return out
