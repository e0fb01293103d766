"""Corrections that come back in the workbook of `phusong check`, and putting them into a file's rows.

Only cells that differ from what the workbook was written from count. The workbook keeps that out of sight:
each row's number, fingerprint and cells. A file that changed since is no harm: a row is found again by its
fingerprint, or by its key while the cell still says what it said then; what is not found is told and not
applied. The files themselves are never written.
"""

import datetime
import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from phusong.domain import Finding
from phusong.geo import WGS84
from phusong.language import _
from phusong.readers.distinct import of_each
from phusong.readers.tables import ROW
from phusong.readers.values import number

#: Columns of a point layer that has no columns for its position.
LON, LAT = "lon (WGS 84)", "lat (WGS 84)"
#: A cell of Excel holds no more (32,767); a longer text is shown cut and cannot be corrected there.
LONGEST = 32_000
#: What became of each correction.
APPLIED, ALREADY, DROPPED, NOT_APPLIED = "applied", "already", "dropped", "not_applied"
LOG_COLUMNS = ["table", "file", "row", "column", "before", "after", "by", "date", "cell", "state", "why"]


@dataclass(frozen=True)
class Correction:
    """One changed cell, or a row to take out (`drop`, its reason in `after`), and who gave it where."""

    table: str
    file: str
    row: int
    fingerprint: str
    #: Column and text of the row's key when the workbook was written; empty where it has none.
    key: tuple[tuple[str, str], ...]
    column: str
    before: str
    after: str
    by: str = ""
    date: str = ""
    cell: str = ""
    drop: bool = False


@dataclass(frozen=True)
class Corrections:
    """All corrections of a workbook, and what in it could not be read."""

    items: tuple[Correction, ...] = ()
    findings: tuple[Finding, ...] = ()

    def of(self, table: str) -> tuple[Correction, ...]:
        """Those of one input."""
        return tuple(item for item in self.items if item.table == table)


def cell_text(value: Any) -> str:
    """The text of a cell, the same from CSV, Excel and vector files: NFC, no blank ends, one kind of newline.

    >>> cell_text(107.0), cell_text(None), cell_text(" a "), cell_text(float("nan"))
    ('107', '', 'a', '')
    """
    if value is None or (not isinstance(value, str) and pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.date):
        return value.isoformat()[:10]
    text = unicodedata.normalize("NFC", str(value)).replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()[:LONGEST]


def cells_of(raw: pd.DataFrame, at: Sequence[int] | None = None) -> pd.DataFrame:
    """The rows of a file (those at the positions `at`) as text: its own columns, of a point layer also `LON`
    and `LAT`; index as `raw`."""
    of_points = isinstance(raw, gpd.GeoDataFrame) and _are_points(raw)
    raw = raw if at is None else raw.iloc[list(at)]
    own = [name for name in raw.columns if name not in (ROW, "geometry")]
    out: dict[str, Iterable[str]] = {str(name): of_each(raw[name], cell_text) for name in own}
    if of_points:
        places = raw.geometry.to_crs(WGS84)
        for name, axis in ((LON, "x"), (LAT, "y")):
            # Seven decimals of a degree are a centimetre.
            out[name] = [
                "" if place is None or place.is_empty else f"{getattr(place, axis):.7f}" for place in places
            ]
    return pd.DataFrame(out, index=raw.index, dtype="object")


def _are_points(raw: gpd.GeoDataFrame) -> bool:
    kinds = shapely.get_type_id(raw.geometry.to_numpy())
    known = kinds[kinds >= 0]
    return raw.crs is not None and len(known) > 0 and bool((known == shapely.GeometryType.POINT).all())


def fingerprints(raw: pd.DataFrame, cells: pd.DataFrame) -> list[str]:
    """Sixteen hex digits a row that stand for all its cells and its shape, not for its place in the file."""
    names = sorted(cells.columns)
    shapes = (
        [b"" if g is None else shapely.to_wkb(g) for g in raw.geometry]
        if isinstance(raw, gpd.GeoDataFrame)
        else [b""] * len(raw)
    )
    out = []
    for values, shape in zip(cells[names].to_numpy(dtype=object), shapes, strict=True):
        said = json.dumps(list(zip(names, values, strict=True)), ensure_ascii=False)
        out.append(hashlib.sha256(said.encode() + shape).hexdigest()[:16])
    return out


def mend(raw: pd.DataFrame, items: Sequence[Correction]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows with the corrections put in, and the log: a row a correction with its `state` and `why`.

    Rows to be dropped stay (state "dropped", `row` as in the file now): the caller sets them aside.
    """
    if not items:
        return raw, pd.DataFrame(columns=LOG_COLUMNS)
    raw = raw.copy()
    cells = cells_of(raw)
    prints, as_read = fingerprints(raw, cells), cells.copy()
    log = []
    for item in items:
        position, why = _find(raw, as_read, prints, item)
        state = NOT_APPLIED
        if position is not None:
            raw, state, why = _put(raw, cells, position, item)
        row = item.row if position is None else int(raw[ROW].iloc[position])
        log.append({**{n: getattr(item, n, "") for n in LOG_COLUMNS}, "row": row, "state": state, "why": why})
    return raw, pd.DataFrame(log, columns=LOG_COLUMNS)


def _find(
    raw: pd.DataFrame, cells: pd.DataFrame, prints: list[str], item: Correction
) -> tuple[int | None, str]:
    """Where the row of a correction is now, or why it cannot be told."""
    same = [i for i, one in enumerate(prints) if one == item.fingerprint]
    there = [i for i in same if int(raw[ROW].iloc[i]) == item.row]
    if there:
        return there[0], ""
    if len(same) == 1:
        return same[0], ""
    if len(same) > 1:
        return None, _("several rows of the file are now like it")
    if item.key and all(column in cells for column, _text in item.key):
        alike = pd.Series(True, index=cells.index)
        for column, text in item.key:
            alike &= cells[column] == text
        found = [i for i, is_it in enumerate(alike) if is_it]
        if len(found) == 1:
            return found[0], ""
        if len(found) > 1:
            return None, _("several rows of the file now have its key")
    return None, _("the row is no longer in the file")


def _put(
    raw: pd.DataFrame, cells: pd.DataFrame, position: int, item: Correction
) -> tuple[pd.DataFrame, str, str]:
    if item.drop:
        return raw, DROPPED, item.after
    if item.column not in cells:
        return (
            raw,
            NOT_APPLIED,
            _("the file has no column {column} any more").format(column=repr(item.column)),
        )
    now = cells[item.column].iloc[position]
    if now == item.after:
        return raw, ALREADY, ""
    if now != item.before:
        return raw, NOT_APPLIED, _("the cell now says {text}").format(text=repr(now))
    if item.column in raw:
        column = raw.columns.get_loc(item.column)
        if raw.dtypes.iloc[column] != "str":
            raw[item.column] = raw[item.column].astype("object")
        raw.iloc[position, column] = item.after
    else:
        try:
            raw = _moved(raw, position, item.column, number(item.after))
        except ValueError:
            return raw, NOT_APPLIED, _("{text} is no coordinate in degrees").format(text=repr(item.after))
    cells.iloc[position, cells.columns.get_loc(item.column)] = item.after
    return raw, APPLIED, ""


def _moved(raw: gpd.GeoDataFrame, position: int, axis: str, degrees: float) -> gpd.GeoDataFrame:
    """The rows with the point at `position` moved to `degrees` of longitude or latitude."""
    here = raw.geometry.iloc[[position]].to_crs(WGS84).iloc[0]
    if here is None or not abs(degrees) <= (180 if axis == LON else 90):
        raise ValueError(degrees)
    x, y = (degrees, here.y) if axis == LON else (here.x, degrees)
    there = gpd.GeoSeries([shapely.Point(x, y)], crs=WGS84).to_crs(raw.crs).iloc[0]
    shapes = raw.geometry.to_numpy().copy()
    shapes[position] = there
    return raw.set_geometry(gpd.GeoSeries(shapes, index=raw.index, crs=raw.crs))


def not_applied(log: pd.DataFrame, file: str) -> Iterator[Finding]:
    """A finding for each correction that could not be put in."""
    for one in log[log["state"] == NOT_APPLIED].itertuples():
        yield Finding(
            "warning",
            file,
            None,
            _("{cell}: the correction of {what} to {text} is not applied: {why}").format(
                cell=one.cell,
                what=f"{one.file}:{one.row} {one.column}".rstrip(),
                text=repr(one.after),
                why=one.why,
            ),
            _("Look at the list as it is now, and correct it in a new workbook of 'phusong check'."),
        )
