"""Read KML and KMZ, also broken ones, without losing a byte of their texts.

GDAL is not used: it needs valid namespaces, reads one folder, and decodes texts its own way. Names,
folders, ExtendedData and the tables that other programs put into descriptions become columns.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import InputSource

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from defusedxml import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from phusong.errors import InputError
from phusong.geo import WGS84
from phusong.language import _
from phusong.limits import check_archive
from phusong.readers.encodings import text_of
from phusong.study import Source

_SHAPES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack"})
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})


def read_kml(path: Path, source: Source) -> tuple[gpd.GeoDataFrame, str]:
    """A row a placemark (WGS 84), and as what its bytes were read.

    Columns: name, folder (those within it: "Xã/Trường"), description, and one for each key of
    ExtendedData or of a table in the description; empty ones are left out. `source.layer` takes one
    folder only. Raises InputError for what is no KML, or holds no placemark.
    """
    rows: list[dict[str, Any]] = []
    read_as = "utf-8"
    folders: set[str] = set()
    for raw in _documents(path):
        text, as_what = text_of(raw, source.encoding, str(path))
        read_as = as_what if as_what != "utf-8" else read_as
        found = _placemarks(text, path)
        rows += found.rows
        folders |= found.folders
    if source.layer is not None:
        rows = [row for row in rows if source.layer in row["folder"].split("/")]
    if not rows:
        raise InputError(
            _("has no placemark"),
            where=str(path),
            do=_("Its folders: {names}.").format(names=", ".join(sorted(folders)) or "–"),
        )
    frame = pd.DataFrame(rows).drop(columns="geometry")
    filled = [name for name in frame if (frame[name].notna() & (frame[name] != "")).any()]
    texts = frame[filled].astype("str").where(frame[filled].notna(), None)
    return gpd.GeoDataFrame(texts, geometry=[row["geometry"] for row in rows], crs=WGS84), read_as


def _documents(path: Path) -> Iterator[bytes]:
    """The KML files of an archive (those beside doc.kml too), or the file itself."""
    if path.suffix.lower() == ".kml":
        yield path.read_bytes()
        return
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if info.filename.lower().endswith(".kml")]
            if not names:
                raise InputError(
                    _("has no .kml inside"), where=str(path), do=_("Export it again as KMZ or KML.")
                )
            check_archive(path, archive)
            for name in sorted(names, key=lambda n: (n.lower() != "doc.kml", n)):
                raw = archive.read(name)
                yield raw
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise InputError(
            _("cannot be unpacked ({reason})").format(reason=error),
            where=str(path),
            do=_("Export it again as KMZ or KML."),
        ) from None


def _placemarks(text: str, path: Path) -> "_Placemarks":
    try:
        return _parsed(text)
    except SAXParseException:
        pass
    except DefusedXmlException:
        raise _with_entities(path) from None
    try:
        return _parsed(_mended(text))
    except SAXParseException as error:
        raise InputError(
            _("is broken KML ({reason}, line {line})").format(
                reason=error.getMessage(), line=error.getLineNumber()
            ),
            where=str(path),
            do=_("Open it in Google Earth or QGIS and save it again."),
        ) from None
    except DefusedXmlException:
        raise _with_entities(path) from None


def _with_entities(path: Path) -> InputError:
    return InputError(
        _("declares entities, which may hide other files"),
        where=str(path),
        do=_("Open it in Google Earth or QGIS and save it again."),
    )


def _parsed(text: str) -> "_Placemarks":
    """Namespaces are not looked at, so that a prefix that nobody declared does no harm; nor is the encoding
    that the file names, as it is text already."""
    handler = _Placemarks()
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(handler)
    declared = re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1)
    source = InputSource()
    source.setByteStream(io.BytesIO(declared.encode("utf-8", "replace")))
    source.setEncoding("utf-8")
    parser.parse(source)
    return handler


def _mended(text: str) -> str:
    """Lone &, entities of HTML, and control codes, outside of CDATA."""
    pieces = re.split(r"(<!\[CDATA\[.*?\]\]>)", text, flags=re.DOTALL)
    pieces[::2] = [re.sub(r"&(#?\w+;)?", _entity, piece) for piece in pieces[::2]]
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", "".join(pieces))


def _entity(match: re.Match[str]) -> str:
    said = match[1] or ""
    if said.startswith("#") or said[:-1] in _XML_ENTITIES:
        return match[0]
    return html5.get(said, "&amp;" + said)


@dataclass
class _Placemarks(ContentHandler):
    """Gathers placemarks while the file is read: rows of text with a shape."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    _within: list[str] = field(default_factory=list)
    _names: list[str] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _row: dict[str, Any] | None = None
    _key: str = ""
    _open: list[list[Any]] = field(default_factory=list)
    _rings: list[list[np.ndarray]] = field(default_factory=list)

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802 (the name that SAX calls)
        tag = name.rpartition(":")[2]
        self._within.append(tag)
        self._text = []
        if tag in ("Folder", "Document"):
            self._names.append("")
        elif tag == "Placemark":
            folder = "/".join(name for name in self._names if name)
            self._row = {"name": "", "folder": folder, "description": "", "geometry": None}
        elif tag in ("Data", "SimpleData"):
            self._key = attrs.get("name", "")
        elif self._row is not None and tag in ("MultiGeometry", "MultiTrack"):
            self._open.append([])
        elif tag in ("Polygon", "Track"):
            self._rings.append([])

    def characters(self, content: str) -> None:
        self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 (the name that SAX calls)
        tag = name.rpartition(":")[2]
        text = "".join(self._text)
        self._within.pop()
        parent = self._within[-1] if self._within else ""
        self._text = []
        if tag in ("Folder", "Document"):
            self._names.pop()
        elif tag == "Placemark" and self._row is not None:
            self.rows.append(self._row)
            self._row = None
        elif tag == "name" and parent in ("Folder", "Document"):
            self._names[-1] = text.strip().replace("/", "∕")
            self.folders.add(self._names[-1])
        elif self._row is not None:
            self._end_within_placemark(tag, parent, text)

    def _end_within_placemark(self, tag: str, parent: str, text: str) -> None:
        row = self._row
        assert row is not None
        if parent == "Placemark" and tag == "name":
            row["name"] = text
        elif parent == "Placemark" and tag == "description":
            self._describe(text)
        elif tag == "SimpleData" or (tag == "value" and parent == "Data"):
            _put(row, self._key, text)
        elif tag == "coord" and parent == "Track" and self._rings:
            self._rings[-1].append(_places(",".join(text.split())))
        elif tag == "coordinates":
            self._place(parent, _places(text))
        elif tag in ("Polygon", "Track"):
            parts = self._rings.pop()
            self._add(_polygon(parts) if tag == "Polygon" else _line(parts))
        elif tag in ("MultiGeometry", "MultiTrack") and self._open:
            self._add(_together(self._open.pop()))

    def _describe(self, text: str) -> None:
        assert self._row is not None
        pairs, plain = read_description(text)
        for key, value in pairs:
            _put(self._row, key, value)
        self._row["description"] = plain

    def _place(self, shape: str, places: np.ndarray) -> None:
        if shape == "LinearRing" and self._rings:
            self._rings[-1].append(places)
        elif shape == "Point":
            self._add(shapely.Point(places[0]) if len(places) else None)
        elif shape in ("LineString", "LinearRing"):
            self._add(_line([places]))

    def _add(self, shape: Any) -> None:
        if self._open:
            self._open[-1].append(shape)
        elif self._row is not None:
            self._row["geometry"] = shape


def _put(row: dict[str, Any], key: str, value: str) -> None:
    """A value under its key; beside one of another source with the same key, under a numbered one."""
    key, number = key.strip() or "value", 1
    name = key
    while row.get(name, value) not in ("", value) or name in ("geometry", "folder", "description"):
        number += 1
        name = f"{key}#{number}"
    row[name] = value


def _places(text: str) -> np.ndarray:
    """Longitudes and latitudes of a list, however its commas are spaced; none if it is garbled."""
    parts = re.sub(r"\s*,\s*", ",", text.strip()).split()
    try:
        places = [tuple(float(n) for n in part.split(",")[:2]) for part in parts]
    except ValueError:
        return np.empty((0, 2))
    if any(len(place) != 2 for place in places):
        return np.empty((0, 2))
    return np.array(places, dtype=float).reshape(-1, 2)


def _line(parts: list[np.ndarray]) -> Any:
    places = np.concatenate(parts) if parts else np.empty((0, 2))
    return shapely.LineString(places) if len(places) >= 2 else None


def _polygon(rings: list[np.ndarray]) -> Any:
    rings = [ring for ring in rings if len(ring) >= 3]
    return shapely.Polygon(rings[0], rings[1:]) if rings else None


def _together(shapes: list[Any]) -> Any:
    """Several shapes of one kind as one; of several kinds as a collection."""
    shapes = [shape for shape in shapes if shape is not None]
    kinds = {shape.geom_type for shape in shapes}
    if len(shapes) == 1:
        return shapes[0]
    for kind, many in (
        ("Point", shapely.MultiPoint),
        ("LineString", shapely.MultiLineString),
        ("Polygon", shapely.MultiPolygon),
    ):
        if kinds == {kind}:
            return many(shapes)
    return shapely.GeometryCollection(shapes) if shapes else None


_NO_TAG = re.compile(r"<(?![a-zA-Z/!?][^<>]*>)")


def read_description(text: str) -> tuple[list[tuple[str, str]], str]:
    """The rows of two cells of an HTML table as key and value; and the text that stands in no table.

    >>> read_description("<table><tr><td>Ten_xa</td><td>A V&#432;&#417;ng</td></tr></table>")
    ([('Ten_xa', 'A Vương')], '')
    """
    if "<" not in text and "&" not in text:
        return [], text.strip()
    parser = _Tables()
    try:
        parser.feed(_whole_tags(text))
        parser.close()
    except AssertionError:  # how Python's parser refuses a marked section that it does not know
        return read_description(text.replace("<![", "&lt;![")) if "<![" in text else ([], text.strip())
    return parser.pairs, " ".join("".join(parser.plain).split())


def _whole_tags(text: str) -> str:
    """The text without comments, and with each < that begins no whole tag as text: Python's parser looks for
    the end of such a one through all that follows, again and again."""
    before, *after = text.split("<!--")
    rest = [end or comment for comment, _sign, end in (part.partition("-->") for part in after)]
    return _NO_TAG.sub("&lt;", "".join([before, *rest]))


class _Tables(HTMLParser):
    """Rows of cells of tables, also of tables within cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pairs: list[tuple[str, str]] = []
        self.plain: list[str] = []
        self._rows: list[list[list[str]]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in ("style", "script", "head"):
            self._silent += 1
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th") and self._rows:
            self._rows[-1].append([])
        elif tag in ("br", "p", "div") and not self._rows:
            self.plain.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script", "head"):
            self._silent = max(self._silent - 1, 0)
        elif tag == "tr" and self._rows:
            row = ["".join(cell).strip(" \t\r\n") for cell in self._rows.pop()]
            if len(row) == 2 and row[0]:
                self.pairs.append((row[0], row[1]))

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._rows and self._rows[-1]:
            self._rows[-1][-1].append(data)
        elif not self._rows:
            self.plain.append(data)
