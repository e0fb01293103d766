"""The map's ground for the page: communes, what they make up, lines, masts and nodes, as whole numbers.

Coordinates are whole hundred-thousandths of a degree, lines as steps from point to point.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.domain import SERVICES, STATUSES
from phusong.geo import WGS84, metric_crs, simplify_for_display
from phusong.maps.saying import count_phrase, text_of
from phusong.maps.texts import Phrases

#: Whole numbers in the page are degrees times this: five decimals, about a metre.
SCALE = 100_000


def commune_rows(
    status: gpd.GeoDataFrame, communes: gpd.GeoDataFrame, sites: Mapping[str, int], phrases: Phrases
) -> list[dict[str, Any]]:
    """A row a commune: names, status of its centre by service, sites counted, outline, place of its name."""
    if status.empty:
        return []
    shown = for_display(status)
    districts = dict(zip(communes["commune_code"], communes["district"], strict=True))
    return [
        {
            "code": row["commune_code"],
            "name": row["name"],
            "type": text_of(row["unit_type"]),
            "district": text_of(districts.get(row["commune_code"])),
            "people": count_phrase(row["population"], phrases),
            "centre": sites.get(row["centre_site_id"], -1),
            "status": [STATUSES.index(row[service]) for service in SERVICES],
            "counts": [[int(row[f"{service}_{s}"]) for s in STATUSES] for service in SERVICES],
            "label": point_of(spot),
            "shape": _rings(shape),
        }
        for row, shape, spot in zip(
            status.to_dict("records"), shown.geometry, _widest_spots(status), strict=True
        )
    ]


def line_rows(frame: gpd.GeoDataFrame, column: str) -> list[list[Any]]:
    """A row a distinct text of `column` (operator, name): the text and its lines."""
    if frame.empty:
        return []
    shown = for_display(frame)
    of: dict[str, list[list[int]]] = {}
    for name, line in zip(shown[column], shown.geometry.to_numpy(), strict=True):
        of.setdefault(text_of(name), []).extend(steps_of(part.coords) for part in _parts(line))
    return [[name, of[name]] for name in sorted(of)]


def point_rows(frame: gpd.GeoDataFrame) -> list[list[Any]]:
    """A row a point: name, place."""
    return [
        [text_of(name), *point_of(point)] for name, point in zip(frame["name"], frame.geometry, strict=True)
    ]


def mast_rows(cells: gpd.GeoDataFrame) -> list[list[Any]]:
    """A row a mast: operator, radio technologies, place. Cells of one operator at one place are one mast."""
    masts: dict[tuple[str, int, int], set[str]] = {}
    for operator, radio, point in zip(cells["operator"], cells["radio"], cells.geometry, strict=True):
        masts.setdefault((operator, *point_of(point)), set()).add(radio)
    return [
        [operator, ", ".join(sorted(radios)), lon, lat]
        for (operator, lon, lat), radios in sorted(masts.items())
    ]


def node_rows(nodes: gpd.GeoDataFrame) -> list[list[Any]]:
    """A row a node that new line can start from: operator, name, place."""
    return sorted(
        [text_of(operator), text_of(name), *point_of(point)]
        for operator, name, point in zip(nodes["operator"], nodes["name"], nodes.geometry, strict=True)
    )


def abroad(places: gpd.GeoDataFrame) -> bool:
    """Does the study lie outside the frame of Viet Nam and its islands (101°–118° E, 6°–24° N)?"""
    if places.empty:
        return False
    west, south, east, north = places.total_bounds
    return bool(west > 118 or east < 101 or south > 24 or north < 6)


def outline_rows(status: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """What the communes make up: districts and provinces where there are several, and the whole."""
    if status.empty:
        return []
    units = communes.drop_duplicates("commune_code").set_index("commune_code")
    shown = for_display(status)
    levels = {
        "district": status["commune_code"].map(_province_district(units)),
        "province": status["commune_code"].map(units["province"]),
        "whole": pd.Series("", index=status.index),
    }
    return [
        {"level": level, "name": str(name).split("/")[-1], "label": point_of(spot), "shape": _rings(shape)}
        for level, names in levels.items()
        if level == "whole" or names.nunique() > 1
        for name, shape, spot in _joined(shown, names)
    ]


def _province_district(units: pd.DataFrame) -> pd.Series:
    """Texts such as Quảng Nam/Nam Giang: provinces share names of districts; NA without a district."""
    both = units["province"].astype("object").fillna("") + "/" + units["district"].astype("object")
    return both.where(units["district"].notna())


def _joined(shown: gpd.GeoDataFrame, names: pd.Series) -> Iterable[tuple[str, Any, Any]]:
    """For each of `names` the union of its shapes without slivers, and a spot inside it."""
    for name, rows in shown.groupby(names):
        parts = [
            shapely.Polygon(part.exterior)
            for part in _parts(shapely.union_all(rows.geometry.to_numpy()))
            if part.geom_type == "Polygon"
        ]
        if parts:
            yield (
                str(name),
                shapely.MultiPolygon(parts),
                max(parts, key=lambda p: p.area).representative_point(),
            )


def for_display(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """`frame` without detail finer than a five-thousandth of its own width: a pixel of a large screen."""
    metric = frame.to_crs(metric_crs(frame))
    west, south, east, north = metric.total_bounds
    return simplify_for_display(metric, max(east - west, north - south) / 5000).to_crs(WGS84)


def _widest_spots(status: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Where each commune has most room for its name: the centre of the largest circle inside it."""
    metric = status.to_crs(metric_crs(status)).geometry
    circles = shapely.maximum_inscribed_circle(metric.to_numpy(), tolerance=50)
    return gpd.GeoSeries(shapely.get_point(circles, 0), crs=metric.crs).to_crs(WGS84)


def _rings(shape: Any) -> list[list[list[int]]]:
    return [[steps_of(ring.coords) for ring in (p.exterior, *p.interiors)] for p in _parts(shape)]


def _parts(shape: Any) -> Iterable[Any]:
    return shape.geoms if hasattr(shape, "geoms") else (shape,)


def point_of(point: Any) -> list[int]:
    """A point as whole numbers, longitude first."""
    return [round(point.x * SCALE), round(point.y * SCALE)]


def steps_of(coords: Any) -> list[int]:
    """A line as its first point and the steps from there, without points that fall together.

    >>> steps_of([(107.5, 15.5), (107.50001, 15.5), (107.50001, 15.49)])
    [10750000, 1550000, 1, 0, 0, -1000]
    """
    whole = np.rint(np.asarray(coords)[:, :2] * SCALE).astype("int64")
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), "int64"))
    moved = np.any(steps != 0, axis=1)
    moved[0] = True
    return [int(step) for step in steps[moved].ravel()]
