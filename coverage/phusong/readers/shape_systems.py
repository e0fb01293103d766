"""The coordinate system of the shapes of a vector file, and shapes whose axes are swapped."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.domain import Finding
from phusong.errors import InputError
from phusong.language import _
from phusong.readers import zones
from phusong.readers.header import recognise_columns
from phusong.readers.position_rows import between
from phusong.readers.position_words import say_reading
from phusong.readers.positions import named_communes, needs_ground
from phusong.readers.zones import EASTINGS_M, NORTHINGS_M, Ground
from phusong.study import Source

#: Vertices of a vector file that are tried.
_TRIED = 2_000


def with_system(
    frame: gpd.GeoDataFrame, source: Source, path: Path, ground: Ground | None = None
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Shapes with their coordinate system: the file's or the study's; for metres without one, that which puts
    them into the communes. Latitude before longitude, or northing before easting, is put right and said.

    Raises NeedsGroundError for metres without a system, InputError for degrees without one.
    """
    corners = shapely.get_coordinates(frame.geometry.to_numpy())
    corners = corners[np.isfinite(corners).all(axis=1)]
    beyond = bool(len(corners)) and bool((np.abs(corners) > 360).any())
    geographic = frame.crs is not None and frame.crs.is_geographic
    if geographic and not beyond:
        return _turned(frame, corners, path)
    if frame.crs is not None and not (geographic and beyond):
        return frame, []
    if not beyond:
        raise InputError(
            _("does not say its coordinate system"),
            where=str(path),
            do=_(
                'Say it in the study, such as crs = "EPSG:4326" (WGS 84), "EPSG:4756" (VN-2000 in degrees) '
                'or "EPSG:5899" (VN-2000 107°45\').'
            ),
        )
    if ground is None:
        raise needs_ground(path, _hint_of(frame, source, path))
    return _found_system(frame, corners, path, ground)


def _turned(
    frame: gpd.GeoDataFrame, corners: np.ndarray, path: Path
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Degrees of which every second number is no latitude: they are swapped."""
    if not len(corners) or not ((np.abs(corners[:, 1]) > 90) & (np.abs(corners[:, 0]) <= 90)).all():
        return frame, []
    what = _("longitude and latitude were swapped in all shapes and put right")
    do = _("Export the file again with longitude first.")
    return frame.set_geometry(_swapped(frame), crs=frame.crs), [Finding("warning", path.name, None, what, do)]


def _swapped(frame: gpd.GeoDataFrame) -> np.ndarray:
    return shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])


def _found_system(
    frame: gpd.GeoDataFrame, corners: np.ndarray, path: Path, ground: Ground
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    crossed = bool((between(corners[:, 0], NORTHINGS_M) & between(corners[:, 1], EASTINGS_M)).all())
    if crossed:
        corners = corners[:, ::-1]
    if frame.geom_type.dropna().eq("Point").all() and len(corners) == len(frame):
        own = _named_by_shapes(frame, ground)
        tried = corners
    else:
        # A fixed choice whatever the order of the shapes.
        corners = corners[np.lexsort(corners.T)]
        tried = corners[:: max(1, len(corners) // _TRIED)]
        own = np.full(len(tried), -1)
    reading = zones.recognise(tried[:, 0], tried[:, 1], own, ground, str(path))
    if len(reading.used) > 1:
        raise InputError(
            _("holds shapes in several systems: {systems}").format(
                systems=", ".join(system.named for system in reading.used)
            ),
            where=str(path),
            do=_("Put each into a file of its own."),
        )
    findings = list(say_reading(reading, np.arange(len(tried)), frame, path))
    if crossed:
        what = _("northing and easting were swapped in all shapes and put right")
        findings.append(
            Finding("warning", path.name, None, what, _("Export the file again with easting first."))
        )
    shapes = _swapped(frame) if crossed else frame.geometry.to_numpy()
    plain = pd.DataFrame(frame).drop(columns="geometry")
    return gpd.GeoDataFrame(plain, geometry=shapes, crs=reading.used[0].epsg), findings


def _named_by_shapes(frame: gpd.GeoDataFrame, ground: Ground) -> np.ndarray:
    """The communes that the rows of a point layer name, whatever the layer is."""
    columns = recognise_columns(frame.columns.drop("geometry"), "sites", Source(path=""), Path())
    return named_communes(frame, columns, np.arange(len(frame)), ground)


def _hint_of(frame: pd.DataFrame, source: Source, path: Path) -> str:
    columns = recognise_columns(frame.columns.drop("geometry"), "communes", Source(path=source.path), path)
    if "province" not in columns:
        return ""
    provinces = frame[columns["province"]].dropna().astype("str").unique()
    return zones.laid_down(range(len(zones.systems())), provinces)
