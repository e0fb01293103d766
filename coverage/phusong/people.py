"""Where people live, as points with residents and households: from a population raster, else settlements."""

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from phusong.census import commune_of, read_people, with_people
from phusong.domain import Region

_COLUMNS = ["x_m", "y_m", "commune_code", "people", "households", "basis"]
_TYPES = dict.fromkeys(("x_m", "y_m", "people", "households"), "float64")


def where_people_live(region: Region, per_household: float) -> pd.DataFrame:
    """Points in the region's metric system: `x_m`, `y_m`, `commune_code`, `people`, `households`, `basis`.

    A raster's cells are scaled so that each commune has its residents. Without one a commune's residents are
    shared evenly by its settlements; without settlements by the places of its sites. A commune whose
    residents nobody knows has only what the raster says. Households: the commune's own, else people divided
    by `per_household`. In the order of the communes and of the points' coordinates.
    """
    communes = region.communes
    if communes.empty:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in _COLUMNS}).astype(_TYPES)
    points = _in_communes(_raster_points(region), communes).assign(basis="computed")
    for places in (region.settlements, region.sites):
        missing = communes[~communes["commune_code"].isin(points["commune_code"])]
        points = pd.concat([points, _in_communes(_even(places), missing).assign(basis="assumed")])
    points = points.merge(_figures(communes), on="commune_code").astype({"weight": "float64"})
    total = points.groupby("commune_code")["weight"].transform("sum")
    residents = points["population"].fillna(total.where(points["basis"] == "computed"))
    points["people"] = (residents * points["weight"] / total).fillna(0.0)
    ratio = (points["commune_households"] / points["population"]).replace(np.inf, np.nan)
    points["households"] = points["people"] * ratio.fillna(1 / per_household)
    out = points[points["people"] > 0].sort_values(["commune_code", "x_m", "y_m"], ignore_index=True)
    return out[_COLUMNS].astype(_TYPES)


def _figures(communes: pd.DataFrame) -> pd.DataFrame:
    households = communes["households"] if "households" in communes else pd.Series(pd.NA, communes.index)
    return pd.DataFrame(
        {
            "commune_code": communes["commune_code"],
            "population": communes["population"].astype("Float64").astype("float64"),
            "commune_households": households.astype("Float64").astype("float64"),
        }
    )


def _raster_points(region: Region) -> gpd.GeoDataFrame:
    """A point at each cell with people, its `weight` the figure there."""
    tables = [with_people(read_people(r.path)).to_crs(region.communes.crs) for r in region.population]
    if not tables:
        return gpd.GeoDataFrame({"weight": pd.Series(dtype=float)}, geometry=[], crs=region.communes.crs)
    return pd.concat(tables, ignore_index=True)


def _even(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Distinct places of equal weight."""
    shapes = places.geometry.drop_duplicates() if len(places) else places.geometry
    return gpd.GeoDataFrame({"weight": np.ones(len(shapes))}, geometry=list(shapes), crs=places.crs)


def _in_communes(points: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> pd.DataFrame:
    """`x_m`, `y_m`, `weight`, `commune_code` of the points that lie in a commune."""
    if points.empty or communes.empty:
        return pd.DataFrame(columns=["x_m", "y_m", "weight", "commune_code"])
    codes = commune_of(points.geometry, communes)
    inside = points.loc[codes.index]
    return pd.DataFrame(
        {
            "x_m": inside.geometry.x,
            "y_m": inside.geometry.y,
            "weight": inside["weight"],
            "commune_code": codes,
        }
    )


def households_near(people: pd.DataFrame, x_m: np.ndarray, y_m: np.ndarray, radius_m: float) -> np.ndarray:
    """Households within `radius_m` of each point."""
    if people.empty or not len(x_m):
        return np.zeros(len(x_m))
    near = cKDTree(people[["x_m", "y_m"]].to_numpy()).query_ball_point(np.column_stack([x_m, y_m]), radius_m)
    households = people["households"].to_numpy()
    return np.array([households[sorted(points)].sum() for points in near])
