"""QGIS styles (QML) of the layers of a run, as XML that any version from 3.16 reads."""

from xml.etree import ElementTree as ET

from phusong.language import _
from phusong.layers import Layer, titled_fields

_VERSION = "3.22.0"
_HEADER = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_SIMPLE = {"marker": "SimpleMarker", "line": "SimpleLine", "fill": "SimpleFill"}


def style_of(layer: Layer, language: str) -> str:
    """The QML of a layer: colours with their words, titles of fields."""
    root = ET.Element("qgis", version=_VERSION, styleCategories="Symbology|Fields", labelsEnabled="0")
    root.append(_renderer(layer, language))
    aliases = ET.SubElement(root, "aliases")
    for i, (name, title) in enumerate(titled_fields(layer.table, language).items()):
        ET.SubElement(aliases, "alias", field=name, index=str(i + 1), name=title)
    ET.SubElement(root, "previewExpression").text = f'"{layer.label}"'
    ET.SubElement(root, "layerGeometryType").text = {"marker": "0", "line": "1", "fill": "2"}[layer.shape]
    ET.indent(root)
    return _HEADER + ET.tostring(root, encoding="unicode")


def _renderer(layer: Layer, language: str) -> ET.Element:
    """Every feature alike, or by the classes of the layer, all else grey."""
    about = {"forceraster": "0", "symbollevels": "0", "enableorderby": "0"}
    if not layer.classes:
        single = ET.Element("renderer-v2", {"type": "singleSymbol", **about})
        ET.SubElement(single, "symbols").append(_symbol(layer, "0", layer.colour))
        return single
    renderer = ET.Element("renderer-v2", {"type": "categorizedSymbol", "attr": layer.by, **about})
    categories = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for i, (code, words, colour) in enumerate(layer.classes):
        said = {
            "symbol": str(i),
            "value": code,
            "label": _(words, language),
            "render": "true",
            "type": "string",
        }
        ET.SubElement(categories, "category", said)
        symbols.append(_symbol(layer, str(i), colour))
    return renderer


def _symbol(layer: Layer, name: str, colour: str) -> ET.Element:
    see_through = "0.45" if layer.shape == "fill" else "1"
    symbol = ET.Element(
        "symbol", type=layer.shape, name=name, alpha=see_through, force_rhr="0", clip_to_extent="1"
    )
    drawn = ET.SubElement(
        symbol, "layer", {"class": _SIMPLE[layer.shape], "enabled": "1", "pass": "0", "locked": "0"}
    )
    options = ET.SubElement(drawn, "Option", type="Map")
    for key, value in _looks(layer, colour).items():
        ET.SubElement(options, "Option", name=key, value=value, type="QString")
    # QGIS before 3.24 reads these.
    for key, value in _looks(layer, colour).items():
        ET.SubElement(drawn, "prop", k=key, v=value)
    return symbol


def _looks(layer: Layer, colour: str) -> dict[str, str]:
    rgb = ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"
    if layer.shape == "line":
        dashed = layer.table == "links"
        width = "0.5" if layer.table in ("fibre", "ducts") else "0.9"
        return {
            "line_color": rgb,
            "line_width": width,
            "line_width_unit": "MM",
            "line_style": "dash" if dashed else "solid",
            "capstyle": "round",
            "joinstyle": "round",
        }
    edge = {"outline_style": "solid", "outline_width_unit": "MM"}
    if layer.shape == "fill":
        return {
            "color": rgb,
            "style": "solid",
            "outline_color": "90,90,90,255",
            "outline_width": "0.3",
            **edge,
        }
    mark = {"investments": "diamond", "facilities": "triangle", "cells": "cross2", "nodes": "square"}
    size = "2.2" if layer.table == "cells" else "3"
    return {
        "color": rgb,
        "name": mark.get(layer.table, "circle"),
        "size": size,
        "size_unit": "MM",
        "outline_color": "255,255,255,255" if layer.table != "cells" else rgb,
        "outline_width": "0.3",
        **edge,
    }
