"""Read tables of text: CSV, XLSX and DBF."""

import csv
import datetime
import io
import itertools
import re
import sys
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from phusong.domain import Finding
from phusong.errors import InputError
from phusong.language import _
from phusong.limits import (
    check_archive,
    check_cells,
    check_columns,
    check_marks,
    check_rows,
    check_size,
    check_spread,
    limits,
)
from phusong.readers.decoding import put_right
from phusong.readers.distinct import told_apart
from phusong.readers.encodings import cell_of, text_of
from phusong.readers.header import BLANK, column_names, find_header, is_numbering, known_headers
from phusong.study import Source
from phusong.units import fold

ROW = "__row__"
#: Up to how many bytes and cells a workbook's merged cells are looked at (that takes memory).
_MERGES_UP_TO, _MERGED_CELLS = 20_000_000, 500_000
_EVERY = 1_000
#: What the csv module can be told at most.
_LONGEST_CELL = 2**31 - 1
_EXCEL_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})


def read_text_table(
    path: Path, source: Source, findings: list[Finding] | None = None, known: Iterable[str] = ()
) -> pd.DataFrame:
    """A CSV, XLSX or DBF as text, one column `ROW` beside its own: the row as a spreadsheet counts.

    Texts say what they mean (`decoding.put_right`, by `known` names too); what was converted, and a header
    that is not the first row, is appended to `findings`.
    """
    suffix, read_as = path.suffix.lower(), "utf-8"
    told: list[Finding] = []
    check_size(path)
    if suffix == ".xlsx":
        rows = _rows_of_xlsx(path, source.layer, told)
    elif suffix == ".dbf":
        rows, read_as = _rows_of_dbf(path)
    else:
        rows, read_as = _rows_of_csv(path, source)
    check_rows(path, len(rows))
    check_columns(path, max(map(len, rows), default=0))
    filled = [len(row) for row in rows if any(row)]
    check_spread(path, len(filled) * max(filled, default=0), sum(filled))
    check_cells(path, max((len(cell) for row in rows for cell in row), default=0))
    frame = _frame(rows, path, source, told)
    if suffix == ".xlsx":
        frame = _days(frame, source)
    frame, converted = put_right(frame, source, path, keep=(ROW,), read_as=read_as, known=known)
    if findings is not None:
        findings += told + converted
    return frame


def _rows_of_csv(path: Path, source: Source) -> tuple[list[list[str]], str]:
    raw = path.read_bytes()
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(
            _("is not a {kind} file inside").format(kind=path.suffix.lower()),
            where=str(path),
            do=_("Open it in Excel and save it as .xlsx, or give it that ending."),
        )
    check_rows(path, raw.count(b"\n"))
    text, read_as = text_of(raw, source.encoding, str(path))
    text = text.replace("\x00", "")
    # A shape as text is longer than a cell that the csv module expects.
    csv.field_size_limit(round(min(limits().cell_mb * 1_000_000, _LONGEST_CELL)))
    said = re.match(r"\s*\"?sep=(.)\"?\s*$", text[: text.find("\n") + 1])
    try:
        rows = list(
            csv.reader(io.StringIO(text, newline=""), delimiter=said[1] if said else _delimiter(text))
        )
    except csv.Error as error:
        if "limit" in str(error):
            check_cells(path, sys.maxsize)
        raise InputError(
            _("cannot be read as a table of text ({reason})").format(reason=error),
            where=str(path),
            do=_("Open it in Excel and save it as .xlsx or 'CSV UTF-8'."),
        ) from None
    if said:
        rows[0] = []
    return rows, read_as


def _delimiter(text: str) -> str:
    """The sign that cuts most rows into the same number of cells, quotes respected."""
    head = text[:100_000]
    if len(head) < len(text):
        head = head[: head.rfind("\n") + 1]

    def evenness(sign: str) -> tuple[float, int]:
        try:
            rows = list(itertools.islice(csv.reader(io.StringIO(head, newline=""), delimiter=sign), 200))
        except csv.Error:
            return (0.0, 0)
        widths = Counter(len(row) for row in rows if any(row))
        wide = [(count, width) for width, count in widths.items() if width > 1]
        if not wide:
            return (0.0, 0)
        count, width = max(wide)
        return (round(count / widths.total(), 1), width)

    return max(",;\t|", key=evenness)


def _rows_of_dbf(path: Path) -> tuple[list[list[str]], str]:
    """The rows of a dBase table below its field names; its texts byte for byte, as of a shapefile."""
    import pyogrio

    try:
        frame = pyogrio.read_dataframe(path, encoding="ISO-8859-1", read_geometry=False)
    except Exception as error:  # GDAL raises many kinds for a broken file
        raise InputError(
            _("cannot be read as a dBase table ({reason})").format(reason=" ".join(str(error).split())[:200]),
            where=str(path),
            do=_("Open it in Excel or QGIS and save it as .xlsx."),
        ) from None
    cells = [[_dbf_text(value) for value in row] for row in frame.itertuples(index=False)]
    rows = [[_dbf_text(name) for name in frame.columns], *cells]
    return rows, "utf-8"


def _dbf_text(value: object) -> str:
    if isinstance(value, str):
        return cell_of(value.encode("latin-1", "replace"))
    return "" if pd.isna(value) else _cell_text(value)


def _rows_of_xlsx(path: Path, sheet: str | None, told: list[Finding]) -> list[list[str]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = check_archive(path, archive)
            cells = check_marks(path, archive)
            whole = unpacked <= _MERGES_UP_TO and max(cells, cells_spanned(archive)) <= _MERGED_CELLS
        with warnings.catch_warnings():  # parts that openpyxl does not know, such as drop-downs, hold no data
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=not whole, data_only=True)
            page = _page(book, sheet, path)
            rows = _filled_rows(page.iter_rows(values_only=True), path)
    except InputError:
        raise
    except Exception as error:  # openpyxl raises many kinds for a broken workbook
        raise InputError(
            _("cannot be read as an Excel workbook ({reason})").format(reason=error),
            where=str(path),
            do=_("Open it in Excel and save it again as .xlsx."),
        ) from None
    wrong = sum(cell in _EXCEL_ERRORS for row in rows for cell in row)
    if wrong:
        told.append(
            Finding(
                "warning",
                path.name,
                None,
                _("cells with an error of Excel (such as #N/A) count as empty ({count})").format(count=wrong),
                _("Mend their formulas, or write the values."),
            )
        )
        rows = [["" if cell in _EXCEL_ERRORS else cell for cell in row] for row in rows]
    for merged in getattr(page, "merged_cells", ()):  # a page read only does not know its own
        _fill(rows, merged.min_row - 1, merged.max_row, merged.min_col - 1, merged.max_col)
    return rows


def _page(book: Any, sheet: str | None, path: Path) -> Any:
    """The sheet of that name, or the first; pictures of a workbook that fill a sheet are none."""
    pages = {page.title: page for page in book.worksheets}
    if not pages or (sheet is not None and sheet not in pages):
        raise InputError(
            _("has no sheet {sheet}").format(sheet=repr(sheet or "")),
            where=str(path),
            do=_("Its sheets: {names}.").format(names=", ".join(pages) or "–"),
        )
    page = pages[sheet] if sheet is not None else book.worksheets[0]
    if book.read_only:
        page.reset_dimensions()  # some programs write them wrong
    return page


def _fill(rows: list[list[str]], top: int, bottom: int, left: int, right: int) -> None:
    """Merged cells all say what the first one says, down a column; a wide one is a title or a heading."""
    if top < len(rows) and left < len(rows[top]):
        text = rows[top][left]
        for row in rows[top:bottom]:
            for column in range(left, min(right, len(row))):
                row[column] = text


def _filled_rows(page: Iterable[tuple[object, ...]], path: Path) -> list[list[str]]:
    """The rows as text, each up to its last cell that is filled, and none below the last that has one: a cell
    that somebody touched far away makes a sheet wide and long."""
    rows: list[list[str]] = []
    spanned = filled = 0
    for number, row in enumerate(page, start=1):
        if number % _EVERY == 0:
            check_rows(path, number)
        last = next((i for i in range(len(row), 0, -1) if row[i - 1] is not None), 0) if row else 0
        if last:
            check_columns(path, last)
            spanned, filled = spanned + last, filled + len(row) - row.count(None)
            check_spread(path, spanned, filled)
        rows.append([_cell_text(value) for value in row[:last]])
    while rows and not rows[-1]:
        rows.pop()
    width = max(map(len, rows), default=0)
    check_spread(path, width * sum(map(bool, rows)), filled)
    return [row + [""] * (width - len(row)) if row else row for row in rows]


_RANGE = re.compile(rb'(?:ref|r)="([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?"')


def cells_spanned(archive: zipfile.ZipFile) -> int:
    """The cells that merged ranges and the farthest cell of a workbook's sheets span: as many may be made."""
    most = 0
    for info in archive.infolist():
        if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
            merged, right, bottom = 0, 1, 1
            for left, top, to, down in _RANGE.findall(archive.read(info)):
                wide, high = _column(to or left) - _column(left) + 1, int(down or top) - int(top) + 1
                merged += wide * high if to else 0
                right, bottom = max(right, _column(to or left)), max(bottom, int(down or top))
            most = max(most, merged, right * bottom)
    return most


def _column(letters: bytes) -> int:
    """
    >>> _column(b"A"), _column(b"XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        is_day = value.time() == datetime.time()
        return value.date().isoformat() if is_day else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, float):
        # Excel keeps 15 digits; what is beyond is noise of the binary fraction.
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    return str(value)


def _frame(rows: list[list[str]], path: Path, source: Source, told: list[Finding]) -> pd.DataFrame:
    """Rows of text as a frame, below the header that `find_header` finds."""
    first, last = find_header(rows, path, source)
    names = column_names(rows[first : last + 1])
    start = last + 1
    if start < len(rows) and is_numbering(rows[start]):
        start += 1
    filled = next(i for i, row in enumerate(rows) if any(cell.strip() for cell in row))
    if (first, last) != (filled, filled):
        told.append(
            Finding(
                "warning",
                path.name,
                first + 1,
                _(
                    "the header is taken to be here, with the columns {names}; what is above is not data"
                ).format(names=", ".join(name for name in names if name)),
                _("If that is wrong, take out the rows above the header."),
            )
        )
    data = []
    for number, row in enumerate(rows[start:], start=start + 1):
        cells = [cell.strip(BLANK) for cell in row]
        if any(cells):
            data.append([*(cells + [""] * len(names))[: len(names)], number])
    unique = told_apart(names, taken=("", ROW))
    return pd.DataFrame(data, columns=[*unique, ROW]).astype(dict.fromkeys(unique, "str"))


def _days(frame: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The frame with the clock of Excel's dates only where a column is one of moments."""
    moments = {fold(word) for word in known_headers()["reports"]["received_at"]}
    own = {source.columns.get("received_at")} | {name for name in frame if fold(str(name)) in moments}
    days = [name for name in frame if name not in own and name != ROW]
    clock = r"^(\d{4}-\d\d-\d\d) \d\d:\d\d:\d\d$"
    return frame.assign(**{name: frame[name].str.replace(clock, r"\1", regex=True) for name in days})
