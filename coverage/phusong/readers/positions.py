"""From what a list says of positions to points: degrees or metres, in whatever way and order they come.

What is put right is said (a finding); a position that cannot be understood is none, and a finding.
"""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from phusong.domain import Finding
from phusong.errors import InputError
from phusong.geo import WGS84
from phusong.language import _
from phusong.limits import check_vertices, without_deep_wkt
from phusong.readers import values, zones
from phusong.readers.header import recognise_columns
from phusong.readers.position_rows import PositionRows, any_position, read_rows, texts_in
from phusong.readers.position_words import say_forms, say_lost, say_reading, say_rows
from phusong.readers.zones import Ground, said_system
from phusong.study import Source
from phusong.units import fold


class NeedsGroundError(InputError):
    """A file gives metres without a system: the study's communes must say which it is."""


def wants_ground(source: Source) -> bool:
    """Can the study's communes say more of this file's positions than the study does? So of a UTM zone that
    the study names: rows of the other zone may be among them."""
    try:
        return source.crs is not None and bool(zones.siblings(source.crs))
    except CRSError:
        return False


def placed(
    raw: pd.DataFrame, name: str, source: Source, path: Path, ground: Ground | None = None
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """A text table with points from its coordinates, or shapes from its WKT, in a system of its own.

    Sites may come without any: their points are empty. Raises NeedsGroundError for metres without a system.
    """
    columns = recognise_columns(raw.columns, name, source, path, places=True)
    if "position" in columns and "position" not in source.columns and not any_position(raw, columns):
        columns = {ours: theirs for ours, theirs in columns.items() if ours != "position"}
    has_numbers = ("lon" in columns and "lat" in columns) or "position" in columns
    if not has_numbers and "wkt" in columns:
        texts = without_deep_wkt(raw[columns["wkt"]].to_numpy(object))
        shapes = shapely.from_wkt(texts, on_invalid="ignore")
        check_vertices(path, int(shapely.get_num_coordinates(shapes).sum()))
        return gpd.GeoDataFrame(raw, geometry=shapes, crs=said_system(source, path) or WGS84), []
    if not has_numbers and name == "sites":
        return gpd.GeoDataFrame(raw, geometry=[None] * len(raw), crs=WGS84), []
    if not has_numbers:
        raise InputError(
            _("no columns for longitude and latitude"),
            where=str(path),
            do=_(
                "Name them lon and lat (Kinh độ, Vĩ độ), or map them in the study: [inputs.{name}.columns]."
            ).format(name=name),
        )
    said = said_system(source, path)
    rows = read_rows(raw, columns, said)
    if said is not None and not _says_east(columns.get("lon", "")):
        # The study confirms the system, and X is north in VN-2000: nothing is odd.
        rows.form[rows.form == "crossed"] = ""
    findings = [*say_lost(rows, raw, columns, path), *say_forms(rows, raw, columns, path)]
    points, crs, found = _in_their_systems(rows, raw, columns, source, path, ground)
    return gpd.GeoDataFrame(raw, geometry=points, crs=crs), findings + found


def _says_east(header: str) -> bool:
    return any(word in fold(header) for word in ("lon", "lng", "east", "kinhdo", "hoanhdo", "dong"))


# Which system.


def _in_their_systems(
    rows: PositionRows,
    raw: pd.DataFrame,
    columns: dict[str, str],
    source: Source,
    path: Path,
    ground: Ground | None,
) -> tuple[np.ndarray, Any, list[Finding]]:
    """Points, the system that they are in, and what is said of it."""
    said = said_system(source, path)
    there = np.isfinite(rows.x)
    metres = rows.metres & there
    if not metres.any():
        crs = said if said is not None and said.is_geographic else WGS84
        return _points(rows.x, rows.y), crs, []
    at = np.flatnonzero(metres)
    east, north = rows.x[at], rows.y[at]
    if said is not None and said.is_projected and (ground is None or not zones.siblings(said)):
        if metres.sum() == there.sum():
            return _points(rows.x, rows.y), said, []
        parts = [(said, at)]
        findings: list[Finding] = []
    elif ground is None:
        raise needs_ground(path)
    else:
        own = named_communes(raw, columns, at, ground)
        if said is not None and said.is_projected:
            parts, findings = _with_the_other_zone(said, at, east, north, own, ground, raw, path)
        else:
            reading = zones.recognise(east, north, own, ground, str(path))
            findings = list(say_reading(reading, at, raw, path))
            parts = [
                (CRS.from_epsg(system.epsg), at[reading.which == i]) for i, system in enumerate(reading.used)
            ]
    if len(parts) == 1 and metres.sum() == there.sum():
        return _points(rows.x, rows.y), parts[0][0], findings
    x, y = rows.x.copy(), rows.y.copy()
    for crs, here in parts:
        moved = gpd.GeoSeries(shapely.points(rows.x[here], rows.y[here]), crs=crs).to_crs(WGS84)
        x[here], y[here] = moved.x, moved.y
    return _points(x, y), WGS84, findings


def _points(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    shapes = shapely.points(x, y)
    shapes[~(np.isfinite(x) & np.isfinite(y))] = None
    return shapes


def needs_ground(path: Path, hint: str = "") -> NeedsGroundError:
    """The error for metres of no known system. `hint`: which is laid down for the provinces of the file."""
    do = _(
        'Say it in the study, such as crs = "EPSG:5899" (VN-2000 107°45\'), or give the communes: '
        "the system that puts the points into them is found."
    )
    if hint:
        do = _("Say it in the study.") + hint
    what = _("gives metres and does not say in which coordinate system")
    return NeedsGroundError(what, where=str(path), do=do)


def named_communes(raw: pd.DataFrame, columns: dict[str, str], at: np.ndarray, ground: Ground) -> np.ndarray:
    """The communes (numbers in `ground`, −1 for none) that the rows `at` name by code or name."""
    codes, names = (texts_in(raw.iloc[at], columns.get(key)) for key in ("commune_code", "commune_name"))
    return ground.named([_code(text) for text in codes], names)


def _code(text: str) -> str:
    try:
        return values.commune_code(text) if text else ""
    except ValueError:
        return ""


def _with_the_other_zone(
    said: CRS,
    at: np.ndarray,
    east: np.ndarray,
    north: np.ndarray,
    own: np.ndarray,
    ground: Ground,
    raw: pd.DataFrame,
    path: Path,
) -> tuple[list[tuple[CRS, np.ndarray]], list[Finding]]:
    """The study's own system, but for rows that it puts off the study and the other UTM zone right."""
    own_system, other = zones.siblings(said)
    anywhere = np.full(len(at), -1)
    far = ground.outside_m(*zones.to_degrees(own_system, east, north), anywhere) > zones.FAR_M
    moved = far & ground.inside(*zones.to_degrees(other, east, north), own)
    findings = list(say_rows(other, own_system, at[moved], raw, path))
    parts = [(said, at[~moved]), (CRS.from_epsg(other.epsg), at[moved])]
    return [part for part in parts if len(part[1])], findings
