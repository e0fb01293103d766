"""Corrections that come back in the workbook of `phusong check`, and putting them into a file's rows.

Only cells that differ from what the workbook was written from count. The workbook keeps that out of sight:
each row's number, fingerprint and cells. A file that changed since is no harm: a row is found again by its
fingerprint, or by its key while the cell still says what it said then; what is not found is told and not
applied. The files themselves are never written.
"""

import datetime
import hashlib
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from phusong.domain import Finding
from phusong.errors import InputError
from phusong.geo import WGS84
from phusong.language import _
from phusong.limits import check_archive, check_marks
from phusong.readers.broken import is_there
from phusong.readers.distinct import of_each
from phusong.readers.hidden import CORRECTIONS_KIND, MODELS, SUGGESTED
from phusong.readers.tables import ROW, cells_spanned
from phusong.readers.values import number, yes_no

#: The hidden sheet that says what a workbook of ours is; a kind of workbook and its format.
META = "_phusong"
FORMAT = 1
#: Columns of a point layer that has no columns for its position.
LON, LAT = "lon (WGS 84)", "lat (WGS 84)"
#: A cell of Excel holds no more (32,767); a longer text is shown cut and cannot be corrected there.
LONGEST = 32_000
#: A workbook that unpacks to more than this is not opened.
_MOST_CELLS = 20_000_000
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


def read_corrections(path: Path) -> Corrections:
    """The changed cells of a workbook that `phusong check` wrote.

    Raises InputError when it is no such workbook. What is odd in it (a row without number, a column taken
    out, a formula without value, a row to drop without a reason) becomes a finding, the rest is read.
    """
    book, values = open_workbook(path)
    meta = read_meta(book, path, CORRECTIONS_KIND)
    read_me = book[meta["read_me"]] if meta["read_me"] in book.sheetnames else book.worksheets[0]
    by = cell_text(read_me[meta["by_cell"]].value) or cell_text(book.properties.lastModifiedBy)
    date = cell_text(read_me[meta["date_cell"]].value) or cell_text(book.properties.modified)
    before = {(o[0], o[1], o[2]): (o[3], o[4], o[5]) for o in meta.get("earlier", [])}
    items: list[Correction] = []
    findings: list[Finding] = []
    for sheet in meta["sheets"]:
        if sheet["name"] not in book.sheetnames or sheet["hidden"] not in book.sheetnames:
            findings.append(
                Finding(
                    "warning",
                    path.name,
                    None,
                    _("the sheet {sheet} is missing; its corrections are not read").format(
                        sheet=repr(sheet["name"])
                    ),
                    _("Take a copy of the workbook in which it is still there."),
                )
            )
            continue
        found = _Sheet(book[sheet["name"]], values[sheet["name"]], book[sheet["hidden"]], sheet, path)
        for item in found.corrections(findings):
            said = before.get((item.table, str(item.row), item.column))
            who = said[1:] if said and said[0] == item.after else (by, date)
            items.append(replace(item, by=who[0], date=who[1]))
    return Corrections(tuple(items), tuple(findings))


def open_workbook(path: Path) -> tuple[Any, Any]:
    """A workbook with its formulas, and the same with their values. Raises InputError when it is none."""
    from openpyxl import load_workbook

    if not is_there(path):
        raise InputError(
            _("there is no such workbook"), where=str(path), do=_("Name the .xlsx that was filled in.")
        )
    try:
        with zipfile.ZipFile(path) as packed:
            check_archive(path, packed)
            check_marks(path, packed)
            spanned = cells_spanned(packed)
        if spanned > _MOST_CELLS:
            raise ValueError(_("its sheets span {count} cells").format(count=spanned))
        return load_workbook(path), load_workbook(path, data_only=True)
    except InputError:
        raise
    except Exception as error:  # zipfile and openpyxl raise many kinds for a broken workbook
        raise InputError(
            _("cannot be read as an Excel workbook ({reason})").format(reason=error),
            where=str(path),
            do=_("Open it in Excel and save it again as .xlsx."),
        ) from None


def read_meta(book: Any, path: Path, kind: str) -> dict[str, Any]:
    """What the hidden sheet says of the workbook. Raises InputError when it is not one of ours of `kind`."""
    try:
        chunks = [str(row[0].value or "") for row in book[META].iter_rows(max_col=1)]
        meta: dict[str, Any] = json.loads("".join(chunks))
        if meta["kind"] == kind and meta["format"] == FORMAT:
            MODELS[kind].model_validate(meta)
            return meta
    except (KeyError, ValueError, TypeError):
        pass
    raise _not_ours(path, kind)


def _not_ours(path: Path, kind: str) -> InputError:
    made_by = {CORRECTIONS_KIND: "phusong check STUDY"}.get(kind, "phusong survey STUDY")
    return InputError(
        _("is no workbook that '{command}' wrote").format(command=made_by),
        where=str(path),
        do=_("Fill in the workbook itself, with all its sheets, and save it as .xlsx."),
    )


@dataclass(frozen=True)
class _Sheet:
    """A sheet that was mended: as it is (`page`), its values, what it was written from, and META of it."""

    page: Any
    values: Any
    hidden: Any
    said: Mapping[str, Any]
    path: Path

    def corrections(self, findings: list[Finding]) -> Iterator[Correction]:
        places, said = self._places(findings), self.said
        names = said["columns"]
        first = said["header_row"] + 1
        origin = self._origin()
        seen: set[int] = set()
        for at in range(first, self.page.max_row + 1):
            given = {name: self._text(at, place, findings) for name, place in places.items()}
            if not any(given.values()):
                continue
            number_text = given.get(said["row_header"]) or ""
            if not number_text.isdigit() or int(number_text) not in origin or int(number_text) in seen:
                self._tell(
                    findings,
                    at,
                    _("{text} is no row of the file, or stands here twice; this line is not read").format(
                        text=repr(number_text)
                    ),
                    _("Put new rows into the list itself; a copied line is not needed."),
                )
                continue
            row = int(number_text)
            seen.add(row)
            fingerprint, suggested, texts = origin[row]
            was = dict(zip(names, texts + [""] * len(names), strict=False))
            key = tuple((column, was[column]) for column in said["key"] if was.get(column))
            made = Correction(
                said["table"],
                said["file"],
                row,
                fingerprint,
                key if len(key) == len(said["key"]) else (),
                column="",
                before="",
                after="",
            )
            yield from self._of_line(at, given, was, suggested, made, findings, places)

    def _of_line(
        self,
        at: int,
        given: Mapping[str, str | None],
        was: Mapping[str, str],
        suggested: Mapping[str, str],
        made: Correction,
        findings: list[Finding],
        places: Mapping[str, int],
    ) -> Iterator[Correction]:
        said = self.said
        if self._is_yes(at, given.get(said["drop_header"]), findings):
            if reason := given.get(said["reason_header"]):
                where = self._cell(at, places[said["drop_header"]])
                yield replace(made, after=reason, cell=where, drop=True)
            else:
                self._tell(
                    findings,
                    at,
                    _("the row is to be taken out, but no reason is written; it stays"),
                    _("Write the reason beside the mark."),
                )
        accepts = self._is_yes(at, given.get(said["accept_header"]), findings)
        for column, old in was.items():
            new = given.get(said["headers"].get(column, column))
            if new is None:
                continue
            if new == old and accepts and column in suggested:
                new = suggested[column]
            if new != old:
                place = places[said["headers"].get(column, column)]
                yield replace(made, column=column, before=old, after=new, cell=self._cell(at, place))

    def _origin(self) -> dict[int, tuple[str, dict[str, str], list[str]]]:
        """Row → its fingerprint, what may be meant in which column, and all that was in it."""
        try:
            return {
                int(row[0]): (
                    str(row[1]),
                    SUGGESTED.validate_json(row[2] or "{}"),
                    list(map(cell_text, row[3:])),
                )
                for row in self.hidden.iter_rows(values_only=True)
                if row[0] is not None
            }
        except (IndexError, TypeError, ValueError):
            raise _not_ours(self.path, CORRECTIONS_KIND) from None

    def _places(self, findings: list[Finding]) -> dict[str, int]:
        """Header → column of the sheet; a finding for each that is not there any more."""
        header = self.page[self.said["header_row"]]
        there = {cell_text(cell.value): cell.column for cell in reversed(header) if cell.value is not None}
        said = self.said
        wanted = [said["headers"].get(column, column) for column in said["columns"]]
        ours = [said[f"{name}_header"] for name in ("row", "accept", "drop", "reason")]
        for name in (*ours, *wanted):
            if name not in there:
                self._tell(
                    findings,
                    said["header_row"],
                    _("the column {column} is missing; its cells are not read").format(column=repr(name)),
                    _("Leave the header line of the workbook as it is."),
                )
        return {name: there[name] for name in (*ours, *wanted) if name in there}

    def _text(self, at: int, place: int, findings: list[Finding]) -> str | None:
        """The text of a cell, None where it cannot be told."""
        cell = self.page.cell(at, place)
        value = self.values.cell(at, place).value if cell.data_type == "f" else cell.value
        if (cell.data_type == "f" and value is None) or (isinstance(value, str) and _is_error(value)):
            self._tell(
                findings,
                at,
                _("cell {cell} has a formula without a value; it is not read").format(
                    cell=self._cell(at, place)
                ),
                _("Write the value itself."),
            )
            return None
        return cell_text(value)

    def _is_yes(self, at: int, text: str | None, findings: list[Finding]) -> bool:
        if not text:
            return False
        try:
            return yes_no(text) == "yes"
        except ValueError:
            self._tell(
                findings,
                at,
                _("{text} is neither yes nor no").format(text=repr(text)),
                _("Choose from the list."),
            )
            return False

    def _cell(self, at: int, place: int) -> str:
        from openpyxl.utils import get_column_letter

        return f"{self.said['name']}!{get_column_letter(place)}{at}"

    def _tell(self, findings: list[Finding], at: int, what: str, do: str) -> None:
        findings.append(Finding("warning", self.path.name, at, f"{self.said['name']}: {what}", do))


def _is_error(text: str) -> bool:
    return re.fullmatch(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)", text) is not None
