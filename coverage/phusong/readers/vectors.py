"""Read vector files (GeoJSON, GeoPackage, KML, shapefile, GeoParquet, …) through pyogrio."""

import unicodedata
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely

from phusong.errors import InputError
from phusong.language import _
from phusong.readers.tables import ROW
from phusong.study import Source

# What the head of a file must look like: a file renamed to pass as another is refused, so that no
# driver is tricked into following references (a VRT named .geojson opens any file or address).
_HEADS: dict[str, tuple[bytes, ...]] = {
    ".geojson": (b"{",),
    ".json": (b"{",),
    ".gpkg": (b"SQLite format 3",),
    ".shp": (b"\x00\x00\x27\x0a",),
    ".fgb": (b"fgb\x03",),
    ".kml": (b"<?xml", b"<kml"),
    ".kmz": (b"PK\x03\x04",),
    ".gml": (b"<?xml", b"<gml", b"<wfs"),
    ".gpx": (b"<?xml", b"<gpx"),
    ".parquet": (b"PAR1",),
    ".geoparquet": (b"PAR1",),
    ".dxf": (b"0", b"  0", b"999"),
    ".tab": (b"!table",),
    ".mif": (b"version",),
}
VECTOR_SUFFIXES = frozenset(_HEADS)


def read_vectors(path: Path, source: Source) -> gpd.GeoDataFrame:
    """The features of a file with their coordinate system, and `ROW`: the feature's number from 1.

    A geometry that cannot be built becomes None (the checks set its row aside). Raises InputError for
    a file that is not what its name says, has no such layer or no coordinate system.
    """
    look_at_head(path)
    return finished(_read(path, source), path, source)


def finished(frame: gpd.GeoDataFrame, path: Path, source: Source) -> gpd.GeoDataFrame:
    """What a driver read, with its coordinate system, texts in one form, and `ROW` if it has none yet."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry.name not in frame:
        raise InputError(_("has no geometry"), where=str(path), do=_("Give a file with shapes in it."))
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    if source.crs:
        frame = frame.set_crs(source.crs, allow_override=True)
    if frame.crs is None:
        raise InputError(
            _("does not say its coordinate system"),
            where=str(path),
            do=_('Say it in the study, such as crs = "EPSG:4326" or "EPSG:5899" (VN-2000 107°45\').'),
        )
    frame.geometry = shapely.force_2d(frame.geometry.to_numpy())
    for name in frame.columns.drop("geometry"):
        if frame[name].dtype in ("object", "str"):
            frame[name] = frame[name].map(
                lambda v: unicodedata.normalize("NFC", v.strip()) if isinstance(v, str) else v
            )
    if ROW not in frame:
        frame[ROW] = range(1, len(frame) + 1)
    return frame


def look_at_head(path: Path) -> None:
    """InputError for a file that is not inside what its ending says."""
    with path.open("rb") as file:
        head = file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    wanted = _HEADS[path.suffix.lower()]
    if not head.startswith(tuple(start.lower().lstrip() for start in wanted)):
        raise InputError(
            _("is not a {kind} file inside").format(kind=path.suffix.lower()),
            where=str(path),
            do=_("Export it again, or give it the right ending."),
        )


def _choose_layer(path: Path, source: Source) -> None:
    """InputError where a GeoPackage has several layers and the study names none, or one that is not there."""
    try:
        names = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    except Exception:  # what is wrong with the file is said when it is read
        return
    if source.layer in names or (source.layer is None and len(names) < 2):
        return
    raise InputError(
        _("has several layers")
        if source.layer is None
        else _("has no layer {layer}").format(layer=repr(source.layer)),
        where=str(path),
        do=_('Name one in the study, layer = "…": {names}.').format(names=", ".join(names)),
    )


def _read(path: Path, source: Source) -> gpd.GeoDataFrame:
    if path.suffix.lower() == ".gpkg":
        _choose_layer(path, source)
    try:
        if path.suffix.lower() in (".parquet", ".geoparquet"):
            return gpd.read_parquet(path)
        return gpd.read_file(path, engine="pyogrio", layer=source.layer, on_invalid="ignore")
    except Exception as error:  # GDAL and GEOS raise many kinds for a broken file
        raise InputError(
            _("cannot be read ({reason})").format(reason=" ".join(str(error).split())[:200]),
            where=str(path),
            do=_("Open it in QGIS, mend or re-export it."),
        ) from None
