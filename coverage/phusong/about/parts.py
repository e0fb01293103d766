"""What the rows of a sheet or layer are, and which input of a study they fit: by their shapes, columns and
the name of the file."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from phusong.domain import INPUT_TABLES, Finding
from phusong.errors import InputError
from phusong.geo import has_shape
from phusong.language import _
from phusong.readers.header import recognise_columns
from phusong.readers.layers import NEEDED, read_layer
from phusong.readers.positions import NeedsGroundError
from phusong.readers.tables import ROW
from phusong.study import Source
from phusong.units import fold

#: Words of file names that tell what is in them.
HINTS = {
    "communes": ("commune", "communes", "xa", "ranh", "ranhgioi", "boundary", "boundaries", "hanhchinh"),
    "sites": (
        "site",
        "sites",
        "diem",
        "truong",
        "ubnd",
        "yte",
        "poi",
        "pointofinterest",
        "school",
        "schools",
    ),
    "fibre": ("fibre", "fiber", "cap", "capquang", "cable"),
    "roads": ("road", "roads", "duong", "giaothong", "ql"),
    "rivers": ("river", "rivers", "song", "suoi"),
    "cells": ("cell", "cells", "bts", "tram", "cellsite", "cellsites"),
    "settlements": ("settlement", "settlements", "thon", "village", "villages"),
    "landslides": ("landslide", "landslides", "satlo"),
    "ducts": ("duct", "ducts", "congbe"),
    "power_lines": ("power", "evn", "dien"),
    "measurements": ("measurements", "dokiem", "drive"),
    "nodes": ("node", "nodes", "transmissionnode"),
}
RASTER_HINTS = {
    "population": ("pop", "ppp", "population", "danso", "worldpop"),
    "canopy": ("canopy", "tree", "trees", "rung"),
    "slope": ("slope", "dodoc"),
}


@dataclass(frozen=True)
class Part:
    """A sheet, layer or whole file: its name, what it holds, and what a study would read it as.

    `columns` are pairs of a column and ours that it would be read as ("" for none); `read_as` is an input of
    a study, "" where none fits; `instead` are others that fit as well; `lacks` are columns that it must have.
    """

    name: str = ""
    rows: int | None = None
    read_as: str = ""
    instead: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    lacks: tuple[str, ...] = ()
    system: str = ""
    bounds: tuple[float, ...] | None = None
    positions: int | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class About:
    """A file or folder: its kind (study, run, cover, map, workbook, table, layer, raster, folder), format,
    what else is to be known of it by name, its parts, and what to do next."""

    path: Path
    kind: str
    format: str
    facts: dict[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    do: tuple[str, ...] = ()


def part_of(raw: pd.DataFrame, path: Path, source: Source, told: list[Finding], name: str) -> Part:
    """What rows as they lie in a file hold, and what a study would read them as."""
    theirs = [str(column) for column in raw.columns if column not in (ROW, "geometry")]
    shapes = isinstance(raw, gpd.GeoDataFrame)
    kinds = _kinds_of(raw) if isinstance(raw, gpd.GeoDataFrame) else set()
    best, instead = _best(theirs, kinds if shapes else None, path, source, name)
    part = Part(name, len(raw), system=_system(raw), findings=tuple(told))
    if not best:
        nearest, lacks = _nearest(theirs, kinds if shapes else None, path, source)
        ours = recognise_columns(theirs, nearest, source, path) if nearest else {}
        return replace(part, columns=_said(theirs, ours), lacks=lacks)
    ours = recognise_columns(theirs, best, source, path, places="geometry" in INPUT_TABLES[best].columns)
    lacks = tuple(column for column in NEEDED.get(best, ()) if column not in ours)
    part = replace(part, read_as=best, instead=instead, columns=_said(theirs, ours), lacks=lacks)
    return part if lacks else _read_as(best, part, path, source)


def _read_as(best: str, part: Part, path: Path, source: Source) -> Part:
    """The part with what a study would find in it."""
    try:
        frame, findings = read_layer(best, source, path)
    except NeedsGroundError as error:
        return replace(part, system=_("in metres; {reason}").format(reason=error.what))
    except InputError as error:
        finding = Finding("error", path.name, None, error.what, error.do)
        return replace(part, findings=(*part.findings, finding))
    part = replace(part, findings=tuple(findings))
    if not isinstance(frame, gpd.GeoDataFrame):
        return part
    placed = has_shape(frame.geometry)
    bounds = tuple(round(float(b), 6) for b in frame[placed].total_bounds) if placed.any() else None
    return replace(part, bounds=bounds, positions=int(placed.sum()))


def _system(raw: pd.DataFrame) -> str:
    if not isinstance(raw, gpd.GeoDataFrame):
        return ""
    if raw.crs is None:
        return _("none is said")
    return f"{raw.crs.name} ({raw.crs.to_string()})" if len(raw.crs.to_string()) < 40 else str(raw.crs.name)


def _said(theirs: list[str], ours: dict[str, str]) -> tuple[tuple[str, str], ...]:
    meaning: dict[str, list[str]] = {}
    for own, column in ours.items():
        meaning.setdefault(column, []).append(own)
    return tuple((column, ", ".join(meaning.get(column, []))) for column in theirs)


def _kinds_of(raw: gpd.GeoDataFrame) -> set[str]:
    """The kinds of shape: Point, LineString, Polygon."""
    kinds = {str(kind).removeprefix("Multi") for kind in raw.geometry.geom_type.dropna().unique()}
    if "GeometryCollection" in kinds:
        inside = shapely.get_parts(raw.geometry.dropna().to_numpy())
        kinds = {geometry.geom_type.removeprefix("Multi") for geometry in inside}
    return kinds


def _fitting(kinds: set[str] | None) -> Iterable[str]:
    """The inputs that may hold such shapes; for a table (None) those of points or without any."""
    for name, table in INPUT_TABLES.items():
        wanted = table.columns["geometry"].description or "" if "geometry" in table.columns else ""
        if (kinds is None and wanted in ("", "Point")) or (kinds and any(kind in wanted for kind in kinds)):
            yield name


def _best(
    theirs: list[str], kinds: set[str] | None, path: Path, source: Source, layer: str
) -> tuple[str, tuple[str, ...]]:
    """The input that the columns, shapes and name fit best, and those that fit as well; ("", ()) for none."""
    hint = hinted(Path(layer), HINTS) or hinted(path, HINTS)
    points: dict[str, tuple[int, bool, int]] = {}
    for name in _fitting(kinds):
        found = recognise_columns(theirs, name, source, path)
        needed = NEEDED.get(name, ())
        own = len(set(found.values()))
        if all(column in found for column in needed) and (own or hint == name):
            points[name] = (len(needed) and own, hint == name, own)
    if hint in points or (hint in _fitting(kinds) and recognise_columns(theirs, hint, source, path)):
        return hint, ()
    if not points:
        return "", ()
    best = max(points, key=lambda name: (points[name], -list(INPUT_TABLES).index(name)))
    return best, tuple(name for name in points if name != best and points[name] == points[best])


def _nearest(
    theirs: list[str], kinds: set[str] | None, path: Path, source: Source
) -> tuple[str, tuple[str, ...]]:
    """The input whose columns are nearest, and which of those that it needs are not there."""
    lacking = {}
    for name in _fitting(kinds):
        found = recognise_columns(theirs, name, source, path)
        if found:
            lacking[name] = (tuple(c for c in NEEDED.get(name, ()) if c not in found), -len(found))
    if not lacking:
        return "", ()
    nearest = min(lacking, key=lambda name: (len(lacking[name][0]), lacking[name][1]))
    return nearest, lacking[nearest][0]


def hinted(path: Path, hints: dict[str, tuple[str, ...]]) -> str:
    words = [fold(word) for word in re.split(r"[\W_\d]+", path.stem) if word]
    words += [a + b for a, b in pairwise(words)]
    return next((name for name, known in hints.items() if any(word in known for word in words)), "")


def name_it(path: Path, parts: Iterable[Part]) -> tuple[str, ...]:
    """The lines that name the file in a study."""
    lines = []
    for part in parts:
        if part.read_as:
            value = json.dumps(path.name, ensure_ascii=False)
            if part.name:
                value = f"{{ path = {value}, layer = {json.dumps(part.name, ensure_ascii=False)} }}"
            lines.append(_("In the study, under [inputs]: {line}").format(line=f"{part.read_as} = {value}"))
        for column in part.lacks if part.read_as else ():
            line = f'[inputs.{part.read_as}.columns] {column} = "…"'
            lines.append(_("Say which column it is: {line}").format(line=line))
    return tuple(lines) or (
        _('Nothing of a study fits. Name its columns there: [inputs.sites.columns] name = "...".'),
    )
