"""JSON Schemas (2020-12) and Table Schemas of the tables, from their declarations."""

from typing import Any

import pandera.pandas as pa

from phusong.domain import SERVICES
from phusong.layers import DECLARED, titled_fields
from phusong.wording import SERVICE_NAMES, say

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = {"float64": "number", "int64": "integer", "Int64": "integer", "bool": "boolean"}
#: A shape as GeoJSON names it, and how deep its coordinates lie.
_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "Polygon": 2, "MultiPolygon": 3}
_LANGUAGES = ("vi", "en")
Schema = dict[str, Any]


def type_of(column: pa.Column) -> str:
    """A column's type in JSON's words."""
    return _TYPES.get(str(column.dtype), "string")


def bounds_of(column: pa.Column) -> Schema:
    """What the declaration allows, in the words of JSON Schema and (but for minLength) Table Schema."""
    found: Schema = {}
    for check in column.checks:
        said = check.statistics or {}
        if check.name == "isin":
            found["enum"] = list(said["allowed_values"])
        elif check.name == "greater_than_or_equal_to":
            found["minimum"] = said["min_value"]
        elif check.name == "less_than_or_equal_to":
            found["maximum"] = said["max_value"]
        elif check.name == "str_matches":
            pattern = said["pattern"]
            found["pattern"] = getattr(pattern, "pattern", pattern)
    if not column.nullable and type_of(column) == "string" and "enum" not in found:
        found["minLength"] = 1
    return found


def fields_of(table: str) -> dict[str, pa.Column]:
    """The columns of a table but its shapes."""
    return {name: column for name, column in DECLARED[table].columns.items() if name != "geometry"}


def row_schema(table: str) -> Schema:
    """JSON Schema of one row as an object."""
    titles = titled_fields(table, "vi")
    properties = {name: _property(column, titles[name]) for name, column in fields_of(table).items()}
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _property(column: pa.Column, title: str) -> Schema:
    kind, bounds = type_of(column), bounds_of(column)
    if column.nullable and "enum" in bounds:
        bounds["enum"] = [*bounds["enum"], None]
    unit = (column.metadata or {}).get("unit", "")
    said = {"title": title, "description": column.description or ""}
    return {
        "type": [kind, "null"] if column.nullable else kind,
        **said,
        **bounds,
        **({"x-unit": unit} if unit else {}),
    }


def table_schema(table: str, places: bool) -> Schema:
    """JSON Schema of a table: an array of rows, with `lon` and `lat` where these are columns of its CSV."""
    row = row_schema(table)
    if places:
        for name, most in (("lon", 180), ("lat", 90)):
            row["properties"][name] = {"type": "number", "minimum": -most, "maximum": most, "x-unit": "°"}
    return {
        "$schema": DRAFT,
        "$id": f"urn:phusong:table:{table}",
        "title": table,
        "description": DECLARED[table].description,
        "type": "array",
        "items": row,
    }


def geojson_schema(table: str, key: str) -> Schema:
    """JSON Schema of a table as GeoJSON (RFC 7946) whose features have `key` as their id."""
    row = row_schema(table)
    if table == "gaps":
        for service in SERVICES:
            said = {"type": "string", "title": say(SERVICE_NAMES, service, "vi"), "minLength": 1}
            row["properties"][f"{service}_evidence_text"] = said
    # The feature's id stands for it.
    row["required"] = [name for name in row["required"] if name != key]
    shapes = (DECLARED[table].columns["geometry"].description or "").split(" or ")
    feature = {
        "type": "object",
        "required": ["type", "id", "geometry", "properties", "bbox"],
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": "string", "minLength": 1},
            "bbox": {"$ref": "#/$defs/bbox"},
            "geometry": {"oneOf": [_shape(name) for name in shapes]},
            "properties": row,
        },
    }
    return {
        "$schema": DRAFT,
        "$id": f"urn:phusong:geojson:{table}",
        "title": table,
        "description": DECLARED[table].description,
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": {"type": "array", "items": feature},
            "crs": False,
        },
        "$defs": {
            "position": {
                "type": "array",
                "prefixItems": [
                    {"type": "number", "minimum": -180, "maximum": 180},
                    {"type": "number", "minimum": -90, "maximum": 90},
                ],
                "minItems": 2,
                "items": {"type": "number"},
            },
            "bbox": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
        },
    }


def _shape(name: str) -> Schema:
    coordinates: Schema = {"$ref": "#/$defs/position"}
    for _level in range(_DEPTH[name]):
        coordinates = {"type": "array", "items": coordinates, "minItems": 1}
    return {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {"type": {"const": name}, "coordinates": coordinates},
    }


def field_descriptors(table: str, places: bool) -> list[Schema]:
    """The fields of a table's CSV as Table Schema has them, with titles in both languages."""
    out = []
    titles = {language: titled_fields(table, language) for language in _LANGUAGES}
    for name, column in fields_of(table).items():
        constraints = bounds_of(column) | ({} if column.nullable else {"required": True})
        unit = (column.metadata or {}).get("unit", "")
        both = {language: titles[language][name] for language in _LANGUAGES}
        field = {
            "name": name,
            "type": type_of(column),
            "title": both["vi"],
            "titles": both,
            "description": column.description or "",
        }
        out.append(
            field | ({"unit": unit} if unit else {}) | ({"constraints": constraints} if constraints else {})
        )
    if places:
        for name, vi, en, most in (("lon", "Kinh độ", "Longitude", 180), ("lat", "Vĩ độ", "Latitude", 90)):
            said = {"title": vi, "titles": {"vi": vi, "en": en}, "description": f"{en}, WGS 84", "unit": "°"}
            limits = {"minimum": -most, "maximum": most, "required": True}
            out.append({"name": name, "type": "number", **said, "constraints": limits})
    return out
