"""Read one layer of a study, whatever its format, into the columns of its table.

Nothing is judged here: a cell that cannot be understood becomes empty and a finding; rows that
cannot be used are set aside later, by the checks.
"""

import datetime
import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pandera.pandas as pa
import shapely

from phusong.domain import INPUT_TABLES, UNKNOWN_OPERATOR, Finding, empty, guess_kind, split_unit_name
from phusong.errors import InputError
from phusong.geo import WGS84, has_shape
from phusong.language import _
from phusong.readers import values
from phusong.readers.broken import plainly
from phusong.readers.corrections import Correction, mend
from phusong.readers.distinct import of_each
from phusong.readers.header import recognise_columns
from phusong.readers.profiles import read_through
from phusong.readers.rows import on_earth, open_rows, open_shapes
from phusong.readers.tables import ROW
from phusong.readers.zones import Ground
from phusong.study import Source

#: Columns without which a layer means nothing.
NEEDED = {
    "communes": ("commune_code", "name"),
    "sites": ("name", "kind"),
    "cells": ("radio",),
    "measurements": ("radio", "level_dbm"),
    "crosswalk": ("old_code", "new_code", "old_name", "new_name"),
    "reports": ("site_id", "report_date"),
    "indicators": ("indicator", "date", "value"),
}
#: What reads a number of a column of this type.
_NUMBERS = {"float64": values.number, "Int64": values.whole}


def read_layer(
    name: str,
    source: Source,
    path: Path,
    crs: Any = WGS84,
    ground: Ground | None = None,
    known: Iterable[str] = (),
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """The layer `name` (a key of INPUT_TABLES) as its table's columns in `crs`, and what was odd.

    A table without shapes, such as the crosswalk, comes as a plain frame. `ground`: the study's communes,
    which say in what system metres are where nothing else does. `known` names tell a garbled text from a
    right one.

    Raises InputError when the file as a whole cannot be read as this layer.
    """
    return read_corrected_layer(name, source, path, crs, (), ground, known)[:2]


def read_corrected_layer(
    name: str,
    source: Source,
    path: Path,
    crs: Any,
    corrections: Sequence[Correction],
    ground: Ground | None = None,
    known: Iterable[str] = (),
) -> tuple[gpd.GeoDataFrame, list[Finding], pd.DataFrame]:
    """As `read_layer`, with the user's corrections put into the file's cells, and the log of them."""
    table = INPUT_TABLES[name]
    logs = []

    def mended(rows: pd.DataFrame) -> pd.DataFrame:
        rows, log = mend(rows, corrections)
        logs.append(log)
        return rows

    raw, source, told = open_rows(name, source, path, ground, known, mended)
    raw, source, unusable = read_through(raw, name, source, path)
    columns = recognise_columns(raw.columns, name, source, path)
    frame, findings = _understand(raw, columns, table, path)
    findings = [*told, *findings, *unusable]
    _need_columns(frame, name, columns, path, [c for c in raw.columns if c not in (ROW, "geometry")])
    frame["source"], frame["row"] = path.name, raw[ROW].to_numpy()
    findings += _unknown_kinds(frame, columns.get("kind", "kind")) if name == "sites" else []
    if "geometry" not in table.columns:
        return _completed(name, frame), findings, logs[0]
    frame["geometry"] = raw.geometry.to_numpy()
    with plainly(path):
        out = gpd.GeoDataFrame(frame, geometry="geometry", crs=raw.crs).to_crs(crs)
        out.geometry = on_earth(out.geometry.to_numpy())
    if "LineString" in (table.columns["geometry"].description or ""):
        out = _in_parts(out)
    return _identified(_completed(name, out), table), findings, logs[0]


def read_names(name: str, source: Source, path: Path, told: list[Finding] | None = None) -> gpd.GeoDataFrame:
    """Names and shapes (WGS 84) of a layer that has no table of its own; else as `open_shapes`."""
    raw = open_shapes(name, source, path, told)
    columns = recognise_columns(raw.columns, name, source, path)
    if "name" not in columns:
        raise InputError(
            _("no column for {ours}").format(ours="name"),
            where=str(path),
            do=_(
                'Map it in the study: [inputs.{name}.columns] {ours} = "...". The file has: {theirs}.'
            ).format(name=name, ours="name", theirs=", ".join(map(str, raw.columns.drop([ROW, "geometry"])))),
        )
    return gpd.GeoDataFrame({"name": raw[columns["name"]]}, geometry=raw.geometry, crs=raw.crs).to_crs(WGS84)


def _understand(
    raw: pd.DataFrame, columns: dict[str, str], table: pa.DataFrameSchema, path: Path
) -> tuple[pd.DataFrame, list[Finding]]:
    """The table's columns from the file's cells; a cell that says nothing clear becomes a finding."""
    findings: list[Finding] = []
    out = {}
    for ours, declared in table.columns.items():
        if ours in ("source", "row", "geometry"):
            continue
        parse_number = _NUMBERS.get(str(declared.dtype))
        parse = values.PARSERS.get(ours, parse_number)
        parsed = (
            _parsed(raw, columns[ours], parse, ours, path, findings) if ours in columns else [None] * len(raw)
        )
        if parse_number:
            out[ours] = pd.Series(parsed, dtype="float64").astype(str(declared.dtype))
        else:
            out[ours] = pd.Series(parsed, dtype="str")
    return pd.DataFrame(out), findings


def _as_text(cell: Any) -> str:
    if isinstance(cell, (list, tuple, np.ndarray)):
        return ", ".join(map(_as_text, cell))
    if cell is None or (not isinstance(cell, str) and pd.isna(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.date):
        return cell.isoformat()[:10]
    return str(cell).strip()


def _parsed(
    raw: pd.DataFrame,
    header: str,
    parse: Callable[[str], Any] | None,
    ours: str,
    path: Path,
    findings: list[Finding],
) -> np.ndarray:
    """What the cells of a column say; None for those that are empty or say nothing clear."""
    unclear: set[str] = set()

    def said(cell: Any) -> Any:
        text = _as_text(cell)
        if text == "" or parse is None:
            return text or None
        try:
            return parse(text)
        except ValueError:
            unclear.add(text)
            return None

    values_ = of_each(raw[header], said)
    if unclear:
        texts = of_each(raw[header], _as_text)
        findings += [
            _not_understood(texts[at], header, ours, path, int(raw[ROW].iloc[at]))
            for at in np.flatnonzero(np.isin(texts, list(unclear)))
        ]
    return values_


def _not_understood(text: str, header: str, ours: str, path: Path, row: int) -> Finding:
    return Finding(
        "warning",
        path.name,
        row,
        _("{text} in column {column} is not understood and counts as empty").format(
            text=repr(text), column=repr(header)
        ),
        _("Write it as in the data dictionary, or leave it empty."),
        header,
        tuple((header, word) for word in values.nearest_word(ours, text)),
    )


def _need_columns(
    frame: pd.DataFrame, name: str, columns: dict[str, str], path: Path, theirs: list[str]
) -> None:
    """A column without which the layer means nothing must be there."""
    for ours in NEEDED.get(name, ()):
        if ours not in columns and path.suffix.lower() == ".shp" and not theirs:
            raise InputError(
                _("has no table: the file {name} is not beside it").format(
                    name=path.with_suffix(".dbf").name
                ),
                where=str(path),
                do=_("Copy all files of the shapefile (.shp, .shx, .dbf, .prj) into the folder."),
            )
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
    drawn = has_shape(frame.geometry)
    parts = frame[drawn].explode(index_parts=False)
    # Rows without a shape have no parts, but are not lost: the checks set them aside.
    if not drawn.all():
        parts = pd.concat([parts, frame[~drawn]]).sort_index(kind="stable")
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
        frame["kind"] = pd.Series([kind or "other" for kind in _kinds(frame)], dtype="str", index=frame.index)
    if "operator" in frame:
        frame["operator"] = frame["operator"].fillna(UNKNOWN_OPERATOR)
    return frame


def _unknown_kinds(frame: pd.DataFrame, header: str) -> list[Finding]:
    """A finding for each site whose kind is written but not known, with the word that is nearest."""
    found = []
    known = np.array([kind != "" for kind in _kinds(frame)], dtype=bool)
    odd = frame[frame["kind"].notna() & ~known]
    for said, file, row in zip(odd["kind"], odd["source"], odd["row"], strict=True):
        found.append(
            Finding(
                "warning",
                str(file),
                int(row),
                _("the kind {text} is not known; the site counts as other").format(text=repr(said)),
                _("Write a kind of the list, such as UBND, trạm y tế, trường tiểu học."),
                header,
                tuple((header, word) for word in values.nearest_word("kind", said)),
            )
        )
    return found


def _kinds(frame: pd.DataFrame) -> list[str]:
    """The kind of each site by the words of its list and its name; "" where they say none."""
    pairs = zip(frame["kind"].fillna(""), frame["name"].fillna(""), strict=True)
    return [guess_kind(*pair) for pair in pairs]


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
