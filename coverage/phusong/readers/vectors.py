"""Read vector files (GeoJSON, GeoPackage, KML, shapefile, GeoParquet, …) through pyogrio."""

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyogrio
import shapely

from phusong.domain import Finding
from phusong.errors import InputError
from phusong.language import _
from phusong.limits import (
    check_columns,
    check_rows,
    check_size,
    check_unpacked,
    check_vertices,
    is_deep_wkb,
)
from phusong.readers.broken import unreadable
from phusong.readers.decoding import put_right
from phusong.readers.distinct import told_apart
from phusong.readers.encodings import cell_of, shown_as_cp1252, text_of
from phusong.readers.kml import read_kml
from phusong.readers.tables import ROW
from phusong.readers.zones import said_system
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
_KML = frozenset({".kml", ".kmz"})
_BYTEWISE = frozenset({".shp", ".tab", ".mif"})
_TEXTS = frozenset({".geojson", ".json", ".gml", ".gpx"})


def read_vectors(
    path: Path, source: Source, findings: list[Finding] | None = None, known: Iterable[str] = ()
) -> gpd.GeoDataFrame:
    """The features of a file with their coordinate system, as far as it or the study says one, and `ROW`:
    the feature's number from 1.

    Texts say what they mean (`decoding.put_right`, by `known` names too); what was converted is appended
    to `findings`. A geometry that cannot be built becomes None (the checks set its row aside). Raises
    InputError for a file that is not what its name says or has no such layer.
    """
    look_at_head(path)
    frame, read_as = _read(path, source)
    frame = _named_apart(frame, taken=(ROW,))
    hidden = _say_hidden(frame, path)
    check_rows(path, len(frame))
    check_columns(path, len(frame.columns))
    _need_shapes(frame, path)
    check_vertices(path, int(shapely.get_num_coordinates(frame.geometry.to_numpy()).sum()))
    frame, told = finished(frame, path, source, read_as, known)
    if findings is not None:
        findings += hidden + told
    return frame


def finished(
    frame: gpd.GeoDataFrame, path: Path, source: Source, read_as: str = "utf-8", known: Iterable[str] = ()
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """What a driver or another system gave: with its coordinate system, texts that say what they mean, and
    `ROW` if it has none yet; and what of its texts was converted."""
    _need_shapes(frame, path)
    if frame.geometry.name != "geometry":
        frame = _named_apart(frame)
    if source.crs:
        frame = frame.set_crs(said_system(source, path), allow_override=True)
    frame.geometry = shapely.force_2d(frame.geometry.to_numpy())
    is_kml = path.suffix.lower() in _KML
    frame, told = put_right(
        frame,
        source,
        path,
        keep=("geometry", ROW),
        apart=("folder",) if is_kml else (),
        read_as=read_as,
        known=known,
        entities=is_kml,
    )
    if ROW not in frame:
        frame[ROW] = range(1, len(frame) + 1)
    return frame, told


def _named_apart(frame: pd.DataFrame, taken: tuple[str, ...] = ()) -> pd.DataFrame:
    """The shapes are called `geometry` and nothing else is; no two columns have one name (a MapInfo file may
    have them), and none has one of `taken`."""
    names = [str(name) for name in frame.columns]
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        frame.columns = pd.Index(told_apart(names, taken))
        return frame
    at, crs = names.index(frame.active_geometry_name), frame.crs
    apart = told_apart(names[:at] + names[at + 1 :], (*taken, "geometry"))
    apart.insert(at, "geometry")
    if apart == names:
        return frame
    renamed = pd.DataFrame(frame)
    renamed.columns = pd.Index(apart)
    return gpd.GeoDataFrame(renamed, geometry="geometry", crs=crs)


def _need_shapes(frame: pd.DataFrame, path: Path) -> None:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        raise InputError(_("has no geometry"), where=str(path), do=_("Give a file with shapes in it."))


def look_at_head(path: Path) -> None:
    """InputError for a file that is too large, or not inside what its ending says; for a drawing that no
    reader comes to the end of."""
    check_size(path)
    with path.open("rb") as file:
        head = file.read(64)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):  # text in UTF-16
        head = head[2:].replace(b"\x00", b"")
    head = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    wanted = _HEADS[path.suffix.lower()]
    if not head.startswith(tuple(start.lower().lstrip() for start in wanted)):
        raise InputError(
            _("is not a {kind} file inside").format(kind=path.suffix.lower()),
            where=str(path),
            do=_("Export it again, or give it the right ending."),
        )
    if path.suffix.lower() == ".dxf":
        _look_at_lines(path)


def _look_at_lines(path: Path) -> None:
    """InputError for a drawing with a CR last, or before a byte of zero: GDAL may read that for ever."""
    raw = path.read_bytes()
    found = re.search(rb"\r(?=\0|\Z)", raw)
    if found:
        line = len(re.findall(rb"\r\n?|\n", raw[: found.start()])) + 1
        raise InputError(
            _("this line ends in CR without LF"),
            where=f"{path}:{line}",
            do=_("Save it again from the drawing program as DXF 2000 or later, as text."),
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


def _read(path: Path, source: Source) -> tuple[gpd.GeoDataFrame, str]:
    """The file's features, and as what its texts were read."""
    suffix = path.suffix.lower()
    if suffix in _KML:
        return read_kml(path, source)
    if suffix in _BYTEWISE:
        return _read_bytewise(path, source)
    if suffix == ".gpkg":
        _choose_layer(path, source)
    try:
        if suffix in (".parquet", ".geoparquet"):
            _check_parquet(path)
            return gpd.read_parquet(path), "utf-8"
        file, read_as = _in_utf8(path, source) if suffix in _TEXTS else (path, "utf-8")
        frame = gpd.read_file(file, engine="pyogrio", layer=source.layer, on_invalid="ignore")
        return _with_hidden_columns(frame, file, source, suffix), read_as
    except InputError:
        raise
    except Exception as error:  # GDAL and GEOS raise many kinds for a broken file
        raise unreadable(path, error) from None


#: A number of a feature outside of its properties, where programs write it: beside its type, or last.
_NUMBERED = re.compile(
    rb'"Feature"\s*,\s*"id"\s*:\s*-?\d|"id"\s*:\s*-?\d+\s*(?:,\s*"type"\s*:\s*"Feature"|\}\s*[,\]])'
)
#: Keys of a GeoPackage that only count its rows.
_COUNTS = frozenset({"", "fid", "ogc_fid", "objectid"})


def _with_hidden_columns(
    frame: gpd.GeoDataFrame, file: Path | io.BytesIO, source: Source, suffix: str, encoding: str | None = None
) -> gpd.GeoDataFrame:
    """The features with what geopandas leaves out: a column that is called as the shapes are, the key of a
    GeoPackage's rows, the numbers that a GeoJSON gives its features outside of their properties."""
    key = ""
    raw = file.getvalue() if isinstance(file, io.BytesIO) else file
    if suffix in (".geojson", ".json"):
        text = raw if isinstance(raw, bytes) else raw.read_bytes()
        if _NUMBERED.search(text) and "id" not in frame:
            key = "id"
        elif text.count(b'"geometry"') <= text.count(b'"Feature"'):
            return frame  # to look again takes as long as to read
    said = pyogrio.read_info(raw, layer=source.layer)
    fields = list(said["fields"])
    if str(said["fid_column"]).lower() not in _COUNTS:
        key = str(said["fid_column"])
    if "geometry" in fields:
        hidden = pyogrio.read_dataframe(
            raw, layer=source.layer, columns=["geometry"], read_geometry=False, encoding=encoding
        )
        name = told_apart([*frame, f"geometry#{fields.index('geometry') + 1}"])[-1]
        frame.insert(len(frame.columns) - 1, name, hidden["geometry"])
    if key and key not in frame:
        numbers = pyogrio.read_dataframe(
            raw, layer=source.layer, columns=[], read_geometry=False, fid_as_index=True
        )
        frame.insert(0, key, numbers.index.to_numpy())
    return frame


def _say_hidden(frame: gpd.GeoDataFrame, path: Path) -> list[Finding]:
    return [
        Finding(
            "warning",
            path.name,
            None,
            _("the column geometry is kept as {name}: its name is that of the shapes").format(name=name),
            _("Give it another name in the file if it is needed."),
        )
        for name in frame
        if str(name).startswith("geometry#")
    ]


def _check_parquet(path: Path) -> None:
    """InputError where a GeoParquet unpacks to too much: a value that all rows have takes no room in it.
    Texts and shapes, in lists too, are looked at as they are packed, each once."""
    with pq.ParquetFile(path) as file:
        about = file.metadata
        check_rows(path, about.num_rows)
        check_columns(path, about.num_columns)
        parts = [file.schema.column(i) for i in range(about.num_columns)]
    said = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
    check_unpacked(path, said, path.stat().st_size)
    packed = [
        part.path
        for part in parts
        if part.physical_type == "BYTE_ARRAY" and part.logical_type.type != "DECIMAL"
    ]
    size = rows = 0
    with pq.ParquetFile(path, read_dictionary=packed) as file:
        for batch in file.iter_batches(batch_size=100_000):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                for part in _innermost(column):
                    _check_texts(part, name, path, rows if part is column else None)
                    size += _unpacked_bytes(part, path)
            rows += len(batch)
            check_unpacked(path, size, path.stat().st_size)


def _check_texts(column: pa.Array, name: str, path: Path, before: int | None) -> None:
    """InputError where bytes of a text are no UTF-8, which pyarrow reads all the same.

    `before`: how many rows lie before the column's first; None where its values are parts of rows.
    """
    try:
        column.validate(full=True)
    except pa.ArrowInvalid as error:
        if "UTF8" not in str(error):
            raise
        row = None if before is None else _first_wrong(column, before)
        raise InputError(
            _("column {column} has text that is not UTF-8").format(column=name),
            where=str(path) if row is None else f"{path}:{row}",
            do=_("Write it again with its texts in UTF-8."),
        ) from None


def _first_wrong(column: pa.Array, before: int) -> int | None:
    """The row of the first text that is no UTF-8; None where no row has it, only what rows are packed by."""
    for number, raw in enumerate(column.cast(pa.binary()).to_pylist(), start=before + 1):
        if raw is not None and raw != raw.decode("utf-8", "replace").encode():
            return number
    return None


def _innermost(column: pa.Array) -> Iterator[pa.Array]:
    """The columns that one of lists or of several fields is made of."""
    if pa.types.is_struct(column.type):
        for part in column.flatten():
            yield from _innermost(part)
    elif pa.types.is_nested(column.type):
        yield from _innermost(column.flatten())
    else:
        yield column


def _unpacked_bytes(column: pa.Array, path: Path) -> int:
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    values = column.dictionary
    if not pa.types.is_string(values.type) and _any_deep(values):
        raise InputError(
            _("holds shapes within shapes, too deep to be built"),
            where=str(path),
            do=_("Open it in QGIS, mend or re-export it."),
        )
    lengths = pc.fill_null(pc.binary_length(values), 0).to_numpy().astype(np.int64)
    used = np.bincount(column.indices.drop_null().to_numpy(), minlength=len(lengths))
    return int((lengths * used).sum())


def _any_deep(values: pa.Array) -> bool:
    """Is a shape too deep? All bytes at once first: hardly any has one shape within another."""
    whole = values.buffers()[-1]
    return bool(whole and is_deep_wkb(whole) and any(is_deep_wkb(v.as_py() or b"") for v in values))


def _in_utf8(path: Path, source: Source) -> tuple[Path | io.BytesIO, str]:
    """A file of text as it is, or its bytes made UTF-8 if they are not."""
    raw = path.read_bytes()
    text, read_as = text_of(raw, source.encoding, str(path))
    return (path, read_as) if read_as == "utf-8" else (io.BytesIO(text.encode("utf-8")), read_as)


def _read_bytewise(path: Path, source: Source) -> tuple[gpd.GeoDataFrame, str]:
    """A shapefile or MapInfo file with its texts byte for byte: GDAL takes one byte for a letter.

    (Its own decoding of TCVN3 and cp1258 swallows the last letter of each text.) A code page that the
    file names is believed where it is none of those that legacy Vietnamese texts claim to be.
    """
    said = _code_page(path) if path.suffix.lower() == ".shp" else None
    decoded = said is not None or _is_recoded(path)
    encoding = said if decoded else "ISO-8859-1"
    try:
        frame = gpd.read_file(
            path, engine="pyogrio", layer=source.layer, encoding=encoding, on_invalid="ignore"
        )
        frame = _with_hidden_columns(frame, path, source, path.suffix.lower(), encoding)
    except Exception as error:  # GDAL and GEOS raise many kinds for a broken file
        raise unreadable(path, error) from None
    if decoded:
        return frame, "utf-8"
    read_as, frame = "utf-8", _named_apart(frame)
    for name in frame.columns.drop("geometry", errors="ignore"):
        if frame[name].dtype in ("object", "str"):
            texts = [cell_of(v.encode("latin-1")) if isinstance(v, str) else v for v in frame[name]]
            if any(_one_byte(before, text) for before, text in zip(frame[name], texts, strict=True)):
                read_as = "cp1252"
            frame[name] = texts
    return frame.rename(columns=lambda name: cell_of(name.encode("latin-1", "replace"))), read_as


def _is_recoded(path: Path) -> bool:
    """Does GDAL make letters of a MapInfo file's bytes, as it does of Windows Latin 1, losing none?"""
    if path.suffix.lower() == ".shp":
        return False
    return b"windowslatin1" in path.read_bytes()[:1000].lower()


def _one_byte(latin1: Any, text: Any) -> bool:
    """Is a text beyond ASCII no UTF-8?"""
    if not isinstance(latin1, str) or latin1.isascii():
        return False
    return text == shown_as_cp1252(latin1.encode("latin-1"))


def _code_page(path: Path) -> str | None:
    """The code page that a .cpg beside the file names, if it is to be believed and Python knows it."""
    beside = [path.with_suffix(end) for end in (".cpg", ".CPG")]
    said = next((p.read_bytes()[:40].decode("ascii", "ignore").strip() for p in beside if p.exists()), "")
    for name in (said, f"cp{said}", f"iso-{said}" if said.startswith("8859") else said):
        try:
            codec = codecs.lookup(name).name
        except (LookupError, ValueError):  # ValueError: a NUL in it
            continue
        return None if codec in ("utf-8", "iso8859-1", "cp1252", "cp1258", "ascii") else codec
    return None
