"""What a source gives back, and the pieces that several share: rasters by tile and by window, GeoJSON."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from rasterio.merge import merge
from rasterio.transform import Affine

from phusong.beside import whole_file
from phusong.domain import Finding
from phusong.errors import FetchError
from phusong.fetch.area import Bounds
from phusong.language import _

#: Part of a cell by which an edge may miss its line through rounding.
_NEAR = 1e-6


@dataclass(frozen=True)
class Fetched:
    """A file that a source wrote: its path, the input of a study that it is (None: none), whose data, and
    what was odd. `about` says what the file holds."""

    path: Path
    place: str
    about: str
    key: str | None = None
    findings: tuple[Finding, ...] = ()
    #: Why it is no input, where it might have been.
    why_not: str = ""
    #: Days, versions: what the data themselves say of their date.
    data_date: str = ""


def write_points(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Features as GeoJSON (RFC 7946, six decimals), by `id`; how many. `geometry` is shapely's."""
    features = []
    for row in sorted(rows, key=lambda row: str(row["id"])):
        said = {name: value for name, value in row.items() if name not in ("geometry", "id")}
        shape = shapely.transform(row["geometry"], lambda xy: np.round(xy, 6))
        features.append(
            {
                "type": "Feature",
                "id": row["id"],
                "properties": said,
                "geometry": json.loads(shapely.to_geojson(shape)),
            }
        )
    with whole_file(path) as part:
        text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
        part.write_text(text.replace('{"type": "Feature",', '\n{"type": "Feature",') + "\n", "utf-8")
    return len(features)


def tiles_of(bounds: Bounds, step: int) -> list[dict[str, Any]]:
    """The tiles of `step` degrees that hold the bounds, as fields of an address; lower left corners.

    >>> [(t["ns"], t["lat"], t["ew"], t["lon"]) for t in tiles_of((107.2, 15.4, 108.1, 15.9), 1)]
    [('N', 15, 'E', 107), ('N', 15, 'E', 108)]
    """
    west, south, east, north = (x / step for x in bounds)
    rows = range(math.floor(south), max(math.ceil(north), math.floor(south) + 1))
    columns = range(math.floor(west), max(math.ceil(east), math.floor(west) + 1))
    return [
        {
            "ns": "N" if row >= 0 else "S",
            "lat": abs(row * step),
            "ew": "E" if column >= 0 else "W",
            "lon": abs(column * step),
        }
        for row in rows
        for column in columns
    ]


def check_tif(path: Path, sure: bool) -> None:
    """ValueError unless it is a GeoTIFF that says where it lies; each cell is read where its length was not
    known beforehand."""
    with path.open("rb") as stream:
        if stream.read(4) not in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
            raise ValueError(_("no GeoTIFF"))
    try:
        with rasterio.open(path, driver="GTiff") as raster:
            if raster.crs is None:
                raise ValueError(_("does not say its coordinate system"))
            windows = [window for _index, window in raster.block_windows(1)]
            # The last block of a file that is cut is missing.
            for window in windows[-1:] if sure else windows:
                raster.read(1, window=window)
    except rasterio.errors.RasterioError as error:
        raise ValueError(" ".join(str(error).split())[:120]) from None


def write_window(tiles: list[Path], bounds: Bounds, path: Path, **tags: str) -> None:
    """The part of some tiles (one system, one kind of cell) within bounds in degrees as one GeoTIFF."""
    sources = [rasterio.open(tile, driver="GTiff") for tile in tiles]
    try:
        first = sources[0]
        inside = _overlap(bounds, [tuple(s.bounds) for s in sources])
        if inside is None:
            raise FetchError(
                _("the tiles do not reach the area"), where=str(path), do=_("Check the area's coordinates.")
            )
        inside = _on_grid(inside, first.transform)
        cells, transform = merge(sources, bounds=inside, nodata=first.nodata, indexes=[1])
        profile = {
            "driver": "GTiff",
            "height": cells.shape[1],
            "width": cells.shape[2],
            "count": 1,
            "dtype": cells.dtype,
            "crs": first.crs,
            "transform": transform,
            "nodata": first.nodata,
            "compress": "deflate",
            "tiled": True,
            "blockxsize": 256,
            "blockysize": 256,
        }
    finally:
        for source in sources:
            source.close()
    with whole_file(path) as part, rasterio.open(part, "w", **profile) as out:
        out.write(cells)
        out.update_tags(**tags)


def _on_grid(bounds: Bounds, grid: Affine) -> Bounds:
    """The bounds moved out to edges of cells, so that no cell moves."""
    (west, north), (east, south) = (
        ~grid @ corner for corner in ((bounds[0], bounds[3]), (bounds[2], bounds[1]))
    )
    left, top = grid @ (math.floor(west + _NEAR), math.floor(north + _NEAR))
    right, bottom = grid @ (math.ceil(east - _NEAR), math.ceil(south - _NEAR))
    return left, bottom, right, top


def _overlap(bounds: Bounds, tiles: list[Bounds]) -> Bounds | None:
    """The bounds cut to those of the tiles together; None where they lie apart."""
    west, south = max(bounds[0], min(t[0] for t in tiles)), max(bounds[1], min(t[1] for t in tiles))
    east, north = min(bounds[2], max(t[2] for t in tiles)), min(bounds[3], max(t[3] for t in tiles))
    return (west, south, east, north) if west < east and south < north else None
