"""Read one layer of a study, whatever its format, into the columns of its table.

Nothing is judged here: a cell that cannot be understood becomes empty and a finding; rows that
cannot be used are set aside later, by the checks.
"""

import datetime
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pandera.pandas as pa
import shapely

from phusong.domain import INPUT_TABLES, UNKNOWN_OPERATOR, Finding, empty, guess_kind, split_unit_name
from phusong.errors import InputError
from phusong.geo import WGS84
from phusong.language import _
from phusong.readers import values
from phusong.readers.profiles import read_through
from phusong.readers.systems import read_system
from phusong.readers.tables import ROW, read_text_table, recognise_columns
from phusong.readers.vectors import VECTOR_SUFFIXES, finished, read_vectors
from phusong.study import Source

#: Columns without which a layer means nothing.
_NEEDED = {
    "communes": ("commune_code", "name"),
    "sites": ("name", "kind"),
    "cells": ("radio",),
    "measurements": ("radio", "level_dbm"),
    "crosswalk": ("old_code", "new_code", "old_name", "new_name"),
}
TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx"})


def read_layer(
    name: str, source: Source, path: Path, crs: Any = WGS84
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """The layer `name` (a key of INPUT_TABLES) as its table's columns in `crs`, and what was odd.

    A table without shapes, such as the crosswalk, comes as a plain frame.

    Raises InputError when the file as a whole cannot be read as this layer.
    """
    table = INPUT_TABLES[name]
    raw, source, told = _opened(name, source, path)
    raw, source, unusable = read_through(raw, name, source, path)
    columns = recognise_columns(raw.columns, name, source, path)
    frame, findings = _understand(raw, columns, table, path)
    findings += told + unusable
    _need_columns(frame, name, columns, path, list(raw.columns.drop(ROW)))
    frame["source"], frame["row"] = path.name, raw[ROW].to_numpy()
    if "geometry" not in table.columns:
        return _completed(name, frame), findings
    frame["geometry"] = raw.geometry.to_numpy()
    out = gpd.GeoDataFrame(frame, geometry="geometry", crs=raw.crs).to_crs(crs)
    if "LineString" in (table.columns["geometry"].description or ""):
        out = _in_parts(out)
    return _identified(_completed(name, out), table), findings


def open_shapes(name: str, source: Source, path: Path) -> gpd.GeoDataFrame:
    """The rows of a layer that has no table of its own, as they are; InputError as `read_layer`."""
    return _opened(name, source, path)[0]


def _opened(name: str, source: Source, path: Path) -> tuple[gpd.GeoDataFrame, Source, list[Finding]]:
    """The rows as their file or system has them, how to go on, and what its reader took for granted."""
    other = read_system(name, source, path)
    if other is None:
        return _open(name, source, path), source, []
    raw, source, told = other
    needs_shapes = name not in INPUT_TABLES or "geometry" in INPUT_TABLES[name].columns
    if needs_shapes and not isinstance(raw, gpd.GeoDataFrame):
        return _placed(raw, name, source, path), source, told
    return (finished(raw, path, source) if needs_shapes else raw), source, told


def _open(name: str, source: Source, path: Path) -> gpd.GeoDataFrame:
    """The file's own columns, with geometry and `ROW`."""
    if "://" in source.path or source.path.startswith("/vsi"):
        raise InputError(
            _("is an address, not a file"), where=source.path, do=_("Download it and name the file.")
        )
    if not path.exists():
        raise InputError(
            _("there is no such file (input {name})").format(name=name),
            where=str(path),
            do=_("Mend the path in the study, which is seen from the study's folder."),
        )
    suffix = path.suffix.lower()
    if suffix in VECTOR_SUFFIXES:
        return read_vectors(path, source)
    if suffix in TABLE_SUFFIXES and name in INPUT_TABLES and "geometry" not in INPUT_TABLES[name].columns:
        return read_text_table(path, source)
    if suffix in TABLE_SUFFIXES:
        return _placed(read_text_table(path, source), name, source, path)
    raise InputError(
        _("no reader for {suffix} files").format(suffix=suffix or _("such")),
        where=str(path),
        do=_("Give one of: {known}.").format(known=" ".join(sorted(VECTOR_SUFFIXES | TABLE_SUFFIXES))),
    )


def _placed(raw: pd.DataFrame, name: str, source: Source, path: Path) -> gpd.GeoDataFrame:
    """A text table with points from its lon and lat, or shapes from its WKT."""
    columns = recognise_columns(raw.columns, name, source, path, places=True)
    if "lon" in columns and "lat" in columns:
        lon, lat = (raw[columns[axis]].map(_number_or_nan).to_numpy(float) for axis in ("lon", "lat"))
        shapes = shapely.points(lon, lat)
        shapes[~(np.isfinite(lon) & np.isfinite(lat))] = None
    elif "wkt" in columns:
        shapes = shapely.from_wkt(raw[columns["wkt"]].to_numpy(object), on_invalid="ignore")
    else:
        raise InputError(
            _("no columns for longitude and latitude"),
            where=str(path),
            do=_(
                "Name them lon and lat (Kinh độ, Vĩ độ), or map them in the study: [inputs.{name}.columns]."
            ).format(name=name),
        )
    return gpd.GeoDataFrame(raw, geometry=shapes, crs=source.crs or WGS84)


def _number_or_nan(text: str) -> float:
    try:
        return values.number(text)
    except ValueError:
        return float("nan")


def _understand(
    raw: pd.DataFrame, columns: dict[str, str], table: pa.DataFrameSchema, path: Path
) -> tuple[pd.DataFrame, list[Finding]]:
    """The table's columns from the file's cells; a cell that says nothing clear becomes a finding."""
    findings: list[Finding] = []
    out = {}
    for ours, declared in table.columns.items():
        if ours in ("source", "row", "geometry"):
            continue
        is_number = str(declared.dtype) in ("float64", "Int64")
        parse = values.PARSERS.get(ours, values.number if is_number else None)
        texts = raw[columns[ours]] if ours in columns else pd.Series([None] * len(raw))
        cells = [_as_text(cell) for cell in texts]
        parsed = [
            _parsed(text, parse, columns.get(ours, ours), path, row, findings)
            for text, row in zip(cells, raw[ROW], strict=True)
        ]
        if is_number:
            out[ours] = pd.Series(parsed, dtype="float64")
            if str(declared.dtype) == "Int64":
                out[ours] = out[ours].round().astype("Int64")
        else:
            out[ours] = pd.Series(parsed, dtype="str")
    return pd.DataFrame(out), findings


def _as_text(cell: Any) -> str:
    if cell is None or (not isinstance(cell, str) and pd.isna(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.date):
        return cell.isoformat()[:10]
    return str(cell).strip()


def _parsed(
    text: str, parse: Callable[[str], Any] | None, header: str, path: Path, row: int, findings: list[Finding]
) -> Any:
    if text == "":
        return None
    if parse is None:
        return text
    try:
        return parse(text)
    except ValueError:
        findings.append(
            Finding(
                "warning",
                path.name,
                int(row),
                _("{text} in column {column} is not understood and counts as empty").format(
                    text=repr(text), column=repr(header)
                ),
                _("Write it as in the data dictionary, or leave it empty."),
            )
        )
        return None


def _need_columns(
    frame: pd.DataFrame, name: str, columns: dict[str, str], path: Path, theirs: list[str]
) -> None:
    """A column without which the layer means nothing must be there."""
    for ours in _NEEDED.get(name, ()):
        if ours not in columns:
            raise InputError(
                _("no column for {ours}").format(ours=ours),
                where=str(path),
                do=_(
                    'Map it in the study: [inputs.{name}.columns] {ours} = "...". The file has: {theirs}.'
                ).format(name=name, ours=ours, theirs=", ".join(map(str, theirs))),
            )


def _in_parts(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One row a line; lines of a multi-line keep the row they came from."""
    parts = frame.explode(index_parts=False)
    # Rows without a shape have no parts, but are not lost: the checks set them aside.
    if (without := frame.geometry.isna()).any():
        parts = pd.concat([parts, frame[without]]).sort_index(kind="stable")
    return parts.reset_index(drop=True)


def _completed(name: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Columns that follow from others: the type in a commune's name, the kind in a site's."""
    if name == "communes":
        split = frame["name"].fillna("").map(split_unit_name)
        said = frame["unit_type"].str.lower()
        frame["unit_type"] = split.str[0].where(split.str[0] != "", said).astype("str")
        frame["name"] = split.str[1].astype("str")
    if name == "crosswalk":
        for side in ("old", "new"):
            split = frame[f"{side}_name"].map(split_unit_name, na_action="ignore").astype("object")
            said = frame[f"{side}_unit_type"].str.lower()
            frame[f"{side}_unit_type"] = split.str[0].where(split.str[0].fillna("") != "", said).astype("str")
            frame[f"{side}_name"] = split.str[1].astype("str")
    if name == "sites":
        pairs = zip(frame["kind"].fillna(""), frame["name"].fillna(""), strict=True)
        frame["kind"] = pd.Series(
            [guess_kind(*pair) or "other" for pair in pairs], dtype="str", index=frame.index
        )
    if "operator" in frame:
        frame["operator"] = frame["operator"].fillna(UNKNOWN_OPERATOR)
    return frame


def _identified(frame: gpd.GeoDataFrame, table: pa.DataFrameSchema) -> gpd.GeoDataFrame:
    """Rows with no identifier get one from their shape, so that it does not hang on the row order."""
    key = (table.metadata or {})["key"]
    missing = frame[key].isna()
    if key != "commune_code" and missing.any():
        prints = [
            hashlib.sha1(shapely.to_wkb(shapely.normalize(g)) if g else b"").hexdigest()[:10]
            for g in frame.geometry[missing]
        ]
        frame.loc[missing, key] = pd.Series(
            [f"{table.name}-{p}" for p in prints], index=frame.index[missing], dtype="str"
        )
    if "LineString" in (table.columns["geometry"].description or ""):
        frame[key] = _told_apart(frame, key)
    return frame


def _told_apart(frame: gpd.GeoDataFrame, key: str) -> pd.Series:
    """Identifiers that several lines share get a number, in the order of their shapes."""
    shapes = pd.Series(shapely.to_wkb(frame.geometry.to_numpy(), hex=True), index=frame.index).fillna("")
    order = shapes.sort_values(kind="stable").index
    number = frame.loc[order].groupby(key).cumcount().reindex(frame.index)
    shared = frame[key].duplicated(keep=False)
    return frame[key].where(~shared, frame[key] + "-" + (number + 1).astype("str")).astype("str")


def no_rows(name: str, crs: Any) -> gpd.GeoDataFrame:
    """The layer of a study that has none."""
    return empty(INPUT_TABLES[name], crs)
