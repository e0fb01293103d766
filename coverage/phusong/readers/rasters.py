"""Look at rasters (elevation, canopy, population) before anything uses them; their cells are read later,
by window, from the path."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.features import geometry_mask
from rasterio.transform import Affine
from rasterio.warp import transform_bounds
from rasterio.windows import Window, intersect

from phusong.domain import Finding, Raster
from phusong.errors import InputError
from phusong.geo import WGS84
from phusong.language import _
from phusong.limits import check_raster
from phusong.readers.broken import is_there, not_there, plainly
from phusong.readers.foreign import refuse_ending
from phusong.study import Study

# By the head of the file, never by trying: a VRT of another name would open any file or address.
_HEADS = {
    ".tif": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    ".tiff": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    ".asc": (b"ncols", b"NCOLS"),
}
_DRIVERS = {".tif": "GTiff", ".tiff": "GTiff", ".hgt": "SRTMHGT", ".asc": "AAIGrid"}
RASTER_SUFFIXES = frozenset(_DRIVERS)
#: Cells a side of the thumbnail that voids are counted on.
_THUMBNAIL = 500


def find_rasters(study: Study, names: tuple[str, ...]) -> list[Path]:
    """The files that the study names, patterns filled in, each once, by name."""
    found: set[Path] = set()
    for name in names:
        if "://" in name or name.startswith("/vsi"):
            raise InputError(
                _("is an address, not a file"), where=name, do=_("Download it and name the file.")
            )
        path = study.path(name)
        here = _matching(path) if "*" in path.name else [path]
        if not here or not all(map(is_there, here)):
            raise not_there(_("there is no such raster"), path)
        found.update(here)
    return sorted(found)


def _matching(pattern: Path) -> list[Path]:
    try:
        return sorted(pattern.parent.glob(pattern.name))
    except (OSError, ValueError):  # no pattern, or no folder that can be looked into
        return []


def look_at_raster(path: Path) -> Raster:
    """Where a raster lies and what its cells are. Raises InputError when it is none or says no place."""
    suffix = path.suffix.lower()
    if suffix not in _DRIVERS:
        raise refuse_ending(path, _DRIVERS)
    with plainly(path):
        _look_at_head(path)
        with rasterio.open(path, driver=_DRIVERS[suffix]) as raster:
            if raster.crs is None:
                raise InputError(
                    _("does not say its coordinate system"),
                    where=str(path),
                    do=_("Assign one: gdal_edit.py -a_srs EPSG:4326 file.tif"),
                )
            if raster.transform.is_degenerate:
                raise InputError(
                    _("does not say where its cells lie"),
                    where=str(path),
                    do=_("Open it in QGIS, mend or re-export it."),
                )
            check_raster(path, raster.shape, np.dtype(raster.dtypes[0]).itemsize)
            bounds = transform_bounds(raster.crs, WGS84, *raster.bounds)
            return Raster(path, bounds, raster.crs.to_string(), raster.shape)


def _look_at_head(path: Path) -> None:
    wanted = _HEADS.get(path.suffix.lower())
    with path.open("rb") as file:
        head = file.read(16)
    if wanted and not head.startswith(wanted):
        raise InputError(
            _("is not a {kind} file inside").format(kind=path.suffix.lower()),
            where=str(path),
            do=_("Export it again, or give it the right ending."),
        )


def find_voids(raster: Raster, area: gpd.GeoSeries) -> list[Finding]:
    """A finding for cells within `area` (polygons) that hold nothing, counted on a thumbnail."""
    with plainly(raster.path), rasterio.open(raster.path) as cells:
        shapes = area.to_crs(cells.crs)
        whole, wanted = Window(0, 0, cells.width, cells.height), cells.window(*shapes.total_bounds)
        if not intersect(whole, wanted):
            return []
        window = wanted.intersection(whole)
        shape = (min(round(window.height) or 1, _THUMBNAIL), min(round(window.width) or 1, _THUMBNAIL))
        seen = cells.read(1, window=window, out_shape=shape, masked=True, resampling=Resampling.nearest)
        scale = Affine.scale(window.width / shape[1], window.height / shape[0])
        inside = geometry_mask(shapes, shape, cells.window_transform(window) @ scale, invert=True)
    void = float(np.ma.getmaskarray(seen)[inside].mean()) if inside.any() else 0.0
    if void == 0:
        return []
    share = round(100 * void, 2)
    return [
        Finding(
            "warning",
            raster.path.name,
            None,
            _("about {share} % of its cells in the communes hold no value").format(share=share),
            _("Small voids are filled from their rim; what lies in large ones is not computed."),
        )
    ]
