"""KMZ for Google Earth and surveyors' phones: a folder a commune, few enough placemarks a file.

Programs take a placemark's text for HTML: no text here holds a tag.
"""

import zipfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import shapely

from phusong.beside import whole_file
from phusong.language import _, _m
from phusong.layers import LAYERS, Layer, titled_fields
from phusong.runs import Run
from phusong.wording import say_cell

NAME = "kmz"
MEANING = _m("KMZ for Google Earth: sites, lines and masts, a folder a commune")
IN_PACKAGE = True
#: Placemarks a file: Google Earth on a phone stands no more.
MOST = 9_000
_NAMESPACE = "http://www.opengis.net/kml/2.2"
_ICON = "http://maps.google.com/mapfiles/kml/shapes/{}.png"
#: Nothing before this date can be said in a zip; the same for all, so that the same run gives the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)
_SKIPPED = ("commune_status",)
#: Where a row was read says nothing on a map.
_NOT_TOLD = ("source", "row")

Placemark = tuple[str, Layer, dict[str, Any]]


def write(run: Run, folder: Path, language: str = "vi") -> list[Path]:
    """phusong.kmz, or phusong_1.kmz, phusong_2.kmz … where there are more than MOST placemarks."""
    marks = sorted(_placemarks(run), key=lambda mark: mark[0])
    parts = list(_parts(marks))
    names = ["phusong.kmz"] if len(parts) < 2 else [f"phusong_{i}.kmz" for i in range(1, len(parts) + 1)]
    paths = []
    for name, part in zip(names, parts or [[]], strict=True):
        path = folder / name
        with whole_file(path) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(
                zipfile.ZipInfo("doc.kml", _DATE), _document(run, part, language), zipfile.ZIP_DEFLATED
            )
        paths.append(path)
    return paths


def _placemarks(run: Run) -> Iterator[Placemark]:
    """(commune code, layer, row); the code is "" for what lies in no commune of its own."""
    communes = dict(
        zip(
            run.tables["investments"]["investment_id"],
            run.tables["investments"]["commune_codes"],
            strict=True,
        )
    )
    for layer in LAYERS:
        if layer.table in _SKIPPED:
            continue
        for row in run.tables[layer.table].to_dict("records"):
            of = (
                row.get("commune_code")
                or row.get("commune_codes")
                or communes.get(row.get("investment_id"), "")
            )
            yield str(of).split(";")[0], layer, row


def _parts(marks: list[Placemark]) -> Iterator[list[Placemark]]:
    """Files of at most MOST placemarks; a commune is cut only where it alone has more."""
    part: list[Placemark] = []
    for _code, group in groupby(marks, key=lambda mark: mark[0]):
        here = list(group)
        if part and len(part) + len(here) > MOST:
            yield part
            part = []
        part += here
        while len(part) > MOST:
            yield part[:MOST]
            part = part[MOST:]
    if part:
        yield part


def _document(run: Run, marks: list[Placemark], language: str) -> bytes:
    names = dict(
        zip(run.tables["commune_status"]["commune_code"], run.tables["commune_status"]["name"], strict=True)
    )
    root = ET.Element("kml", xmlns=_NAMESPACE)
    document = ET.SubElement(root, "Document")
    _text(document, "name", run.manifest["title"])
    for layer in LAYERS:
        for code, _words, colour in layer.classes or (("", "", layer.colour),):
            document.append(_style(layer, code, colour))
    for code, group in groupby(marks, key=lambda mark: mark[0]):
        folder = ET.SubElement(document, "Folder", id=f"commune-{code}" if code else "network")
        _text(folder, "name", names.get(code, code) if code else _("Existing network and masts", language))
        for _code, layer, row in group:
            folder.append(_placemark(layer, row, language))
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _style(layer: Layer, code: str, colour: str) -> ET.Element:
    """A colour in KML is aabbggrr."""
    said = f"ff{colour[5:7]}{colour[3:5]}{colour[1:3]}"
    style = ET.Element("Style", id=_style_id(layer, code))
    if layer.shape == "marker":
        icon = ET.SubElement(style, "IconStyle")
        ET.SubElement(icon, "color").text = said
        ET.SubElement(icon, "scale").text = "0.9"
        shape = {"investments": "square", "facilities": "triangle", "cells": "target"}.get(
            layer.table, "placemark_circle"
        )
        ET.SubElement(ET.SubElement(icon, "Icon"), "href").text = _ICON.format(shape)
    else:
        line = ET.SubElement(style, "LineStyle")
        ET.SubElement(line, "color").text = said
        ET.SubElement(line, "width").text = "3"
    return style


def _style_id(layer: Layer, code: str) -> str:
    return f"{layer.table}-{code}" if code else layer.table


def _placemark(layer: Layer, row: dict[str, Any], language: str) -> ET.Element:
    mark = ET.Element("Placemark")
    label = row.get(layer.label)
    own = label if isinstance(label, str) and label else row[layer.key]
    _text(mark, "name", own)
    _text(mark, "Snippet", _(layer.title, language))
    by = str(row[layer.by]) if layer.classes else ""
    ET.SubElement(mark, "styleUrl").text = f"#{_style_id(layer, by)}"
    data = ET.SubElement(mark, "ExtendedData")
    for name, title in titled_fields(layer.table, language).items():
        value = row.get(name)
        if name in _NOT_TOLD or value is None or pd.isna(value) or value == "":
            continue
        one = ET.SubElement(data, "Data", name=name)
        _text(one, "displayName", title)
        _text(one, "value", say_cell(name, row, language))
    mark.append(_shape(row["geometry"]))
    return mark


def _shape(shape: Any) -> ET.Element:
    if hasattr(shape, "geoms"):
        many = ET.Element("MultiGeometry")
        many.extend([_shape(part) for part in shape.geoms])
        return many
    made = ET.Element(shape.geom_type)
    if shape.geom_type == "LineString":
        ET.SubElement(made, "tessellate").text = "1"
    points = shapely.get_coordinates(shape).round(7).tolist()
    ET.SubElement(made, "coordinates").text = " ".join(f"{x:.10g},{y:.10g}" for x, y in points)
    return made


def _text(parent: ET.Element, tag: str, value: Any) -> None:
    ET.SubElement(parent, tag).text = safe(str(value))


#: What a reader of KML might take for a tag or for one of its own words.
_SAFE = str.maketrans({"<": "‹", ">": "›", **{chr(i): " " for i in range(32)}})


def safe(text: str) -> str:
    """A text without tags, characters that XML has not, and words that KML replaces ($[…]).

    >>> safe("<img src=x onerror=alert(1)> $[name]")
    '‹img src=x onerror=alert(1)› $ [name]'
    """
    kept = "".join(
        c for c in text.translate(_SAFE) if c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff"
    )
    return kept.replace("$[", "$ [")
