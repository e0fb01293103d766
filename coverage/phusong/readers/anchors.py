"""Places that a name can mean in a commune: its villages and points, its centre, its UBND office."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from phusong.domain import CENTRE_KIND
from phusong.geo import has_shape
from phusong.language import _
from phusong.readers.site_names import where
from phusong.readers.study import figures
from phusong.units import fold

_CENTRE = re.compile(r"^(trung tâm|center|centre)\b[ ]*(xã|thị trấn|phường)?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Anchor:
    """Where a name puts a site: a point in metres, how far off the site may be, and why, in words."""

    point: shapely.Point
    radius_m: float
    why: str


@dataclass(frozen=True)
class PlacedCommune:
    """A commune and what its sites can be placed by: outline and points in metres."""

    code: str
    name: str
    full: str
    shape: shapely.Geometry
    centre: Anchor
    office: Anchor
    #: Names of villages, and of points of any kind, to where they are.
    villages: Mapping[str, list[shapely.Point]]
    points: Mapping[str, list[shapely.Point]]


def named_points(layer: gpd.GeoDataFrame | None, crs: object) -> gpd.GeoDataFrame | None:
    """The rows of a layer that have a name and a shape, as points in `crs`; None where there is none."""
    if layer is None or layer.empty or "name" not in layer:
        return None
    said = layer["name"].fillna("").astype("str").str.strip().ne("")
    named = layer[said & has_shape(layer.geometry)].to_crs(crs)
    return named.set_geometry(named.geometry.representative_point())


def communes_with_names(
    communes: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame | None,
    places: gpd.GeoDataFrame | None,
) -> dict[str, PlacedCommune]:
    """The communes by code; all layers are in one system of metres. Sites that lie in their commune name its
    villages too."""
    whole = communes[has_shape(communes.geometry)]
    whole = whole.drop_duplicates("commune_code").sort_values("commune_code", ignore_index=True)
    whole = whole.set_geometry(shapely.make_valid(whole.geometry.to_numpy()))
    named = [_by_commune(layer, whole) for layer in (settlements, places)]
    placed = _placed_sites(sites, whole)
    return {
        code: _commune(row, named[0].get(code, {}), named[1].get(code, {}), placed.get(code))
        for code, row in zip(whole["commune_code"], whole.itertuples(), strict=True)
    }


def _by_commune(
    layer: gpd.GeoDataFrame | None, communes: gpd.GeoDataFrame
) -> dict[str, dict[str, list[shapely.Point]]]:
    """Commune → name → the points of that name in it."""
    out: dict[str, dict[str, list[shapely.Point]]] = {}
    if layer is None:
        return out
    inside = gpd.sjoin(
        layer[["name", "geometry"]], communes[["commune_code", "geometry"]], predicate="intersects"
    )
    rows = zip(inside["commune_code"], inside["name"].astype("str").str.strip(), inside.geometry, strict=True)
    for code, name, point in sorted(rows, key=lambda row: (row[0], row[1], row[2].wkb)):
        out.setdefault(code, {}).setdefault(name, []).append(point)
    return out


def _placed_sites(sites: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Commune → its sites that lie in it, by identifier."""
    placed = sites[has_shape(sites.geometry)]
    own = communes.set_index("commune_code").geometry.reindex(placed["commune_code"]).to_numpy()
    right = placed[shapely.covers(own, placed.geometry.to_numpy())].sort_values("site_id")
    return {str(code): group for code, group in right.groupby("commune_code")}


def _commune(
    row: Any,
    villages: dict[str, list[shapely.Point]],
    points: dict[str, list[shapely.Point]],
    placed: gpd.GeoDataFrame | None,
) -> PlacedCommune:
    middle = _centre_settlement({**points, **villages}, row.name)
    office = None
    if placed is not None:
        for name, point in zip(placed["name"].fillna(""), placed.geometry, strict=True):
            if village := where(name, keep_all=False):
                villages.setdefault(village, []).append(point)
        offices = placed.geometry[placed["kind"] == CENTRE_KIND]
        office = offices.iloc[0] if len(offices) else None
    centre = _centre_of(row.geometry, middle, office)
    at_middle = centre
    if middle is not None:
        why = _("at {name}, its centre").format(name=middle[0])
        at_middle = Anchor(middle[1], figures("positions.toml")["centre_m"], why)
    full = f"{row.unit_type} {row.name}" if isinstance(row.unit_type, str) else row.name
    return PlacedCommune(
        row.commune_code, row.name, full.strip(), row.geometry, centre, at_middle, villages, points
    )


def _centre_settlement(
    named: Mapping[str, list[shapely.Point]], commune: str
) -> tuple[str, shapely.Point] | None:
    """The settlement that is called the commune's centre, or bears its name; None when that is not one."""
    for test in (lambda n: _CENTRE.match(n), lambda n: fold(n) == fold(commune)):
        points = [(name, point) for name, all_ in sorted(named.items()) for point in all_ if test(name)]
        if len(points) == 1:
            return points[0]
    return None


def _centre_of(
    shape: shapely.Geometry, middle: tuple[str, shapely.Point] | None, office: shapely.Point | None
) -> Anchor:
    """Where a site of the commune is drawn of which nothing more is known: it may be anywhere in it."""
    if office is not None:
        point, why = office, _("at the place of its UBND office")
    elif middle is not None:
        point, why = middle[1], _("at {name}, its centre").format(name=middle[0])
    else:
        point, why = shapely.point_on_surface(shape), _("in its middle")
    corners = shapely.get_coordinates(shape)
    reach = float(np.hypot(corners[:, 0] - point.x, corners[:, 1] - point.y).max())
    return Anchor(point, reach, why)
