"""Read tables of text (CSV, XLSX) and recognise whose column is whose."""

import csv
import datetime
import io
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pandas as pd

from phusong.bundled import bundled
from phusong.errors import InputError
from phusong.language import _
from phusong.study import Source
from phusong.units import fold

ROW = "__row__"


def read_text_table(path: Path, source: Source) -> pd.DataFrame:
    """A CSV or XLSX as text, NFC, one column `ROW` beside its own: the row as a spreadsheet counts."""
    if path.suffix.lower() == ".xlsx":
        return _frame(_rows_of_xlsx(path, source.layer), path)
    return _frame(_rows_of_csv(path), path)


def _rows_of_csv(path: Path) -> list[list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            _("is not UTF-8 text"),
            where=str(path),
            do=_("Save it from Excel as 'CSV UTF-8', or give the .xlsx."),
        ) from None
    head = text[: text.find("\n")]
    delimiter = max(",;\t", key=head.count)
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def _rows_of_xlsx(path: Path, sheet: str | None) -> list[list[str]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises many kinds for a broken workbook
        raise InputError(
            _("cannot be read as an Excel workbook ({reason})").format(reason=error),
            where=str(path),
            do=_("Open it in Excel and save it again as .xlsx."),
        ) from None
    if sheet is not None and sheet not in book.sheetnames:
        raise InputError(
            _("has no sheet {sheet}").format(sheet=repr(sheet)),
            where=str(path),
            do=_("Its sheets: {names}.").format(names=", ".join(book.sheetnames)),
        )
    page = book[sheet] if sheet is not None else book.worksheets[0]
    return [[_cell_text(value) for value in row] for row in page.iter_rows(values_only=True)]


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _frame(rows: list[list[str]], path: Path) -> pd.DataFrame:
    """Rows of text as a frame; the header is the first row with two filled cells."""
    header = next((i for i, row in enumerate(rows) if sum(bool(c.strip()) for c in row) >= 2), None)
    if header is None:
        raise InputError(
            _("has no header row"), where=str(path), do=_("Put the column names in the first row.")
        )
    names = [unicodedata.normalize("NFC", name.strip()) for name in rows[header]]
    data = []
    for number, row in enumerate(rows[header + 1 :], start=header + 2):
        cells = [unicodedata.normalize("NFC", cell.strip()) for cell in row]
        if any(cells):
            data.append([*(cells + [""] * len(names))[: len(names)], number])
    unique = [name if name and names.index(name) == i else f"{name}#{i + 1}" for i, name in enumerate(names)]
    return pd.DataFrame(data, columns=[*unique, ROW]).astype(dict.fromkeys(unique, "str"))


@cache
def _headers() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(bundled("headers.toml").read_text(encoding="utf-8"))


def recognise_columns(
    names: Iterable[str], table: str, source: Source, path: Path, *, places: bool = False
) -> dict[str, str]:
    """Our column → the file's column, by the study's mapping first, then by the known headers.

    `places` looks for lon, lat and wkt too. Raises InputError when the mapping names a column that
    is not there.
    """
    names = list(names)
    known = _headers()[table] | (_headers()["any"] if places else {})
    for ours, theirs in source.columns.items():
        if theirs not in names:
            raise InputError(
                _("has no column {name}, which the study maps to {ours}").format(
                    name=repr(theirs), ours=ours
                ),
                where=str(path),
                do=_("Its columns: {names}.").format(names=", ".join(names)),
            )
        if ours not in known and ours not in _headers()["any"]:
            raise InputError(
                _("the study maps {ours}, which is no column of {table}").format(ours=ours, table=table),
                where=str(path),
                do=_("Columns: {names}.").format(names=", ".join(known)),
            )
    folded = {fold(name): name for name in reversed(names)}
    found = {
        ours: next(folded[fold(word)] for word in words if fold(word) in folded)
        for ours, words in known.items()
        if any(fold(word) in folded for word in words)
    }
    return {**found, **source.columns}
