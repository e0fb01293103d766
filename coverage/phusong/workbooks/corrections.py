"""The workbook of `phusong check`: every input file with its bad cells coloured, to mend and give back."""

from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phusong.domain import INPUT_TABLES, Finding, Region
from phusong.geo import WGS84
from phusong.language import _, speaking
from phusong.readers.corrected import corrections_of
from phusong.readers.corrections import (
    ALREADY,
    APPLIED,
    DROPPED,
    Correction,
    cells_of,
    fingerprints,
    mend,
)
from phusong.readers.hidden import CORRECTIONS_KIND, FORMAT
from phusong.readers.rows import columns_of, raw_rows
from phusong.readers.tables import ROW
from phusong.readers.values import number
from phusong.study import Source, Study
from phusong.workbooks.corrections_readme import write_read_me
from phusong.workbooks.corrections_sheet import FileRows, width_of, write_file
from phusong.workbooks.paper import hide_meta, lock, new_book, sheet_name

#: Rows of a file that a sheet holds beside those with a finding, which are all there up to `MOST_BAD`.
MOST_ROWS, MOST_BAD = 3_000, 10_000


def write_corrections(path: Path, study: Study, region: Region, findings: Sequence[Finding]) -> Path:
    """Write the workbook to `path`, in the study's language; a file there that somebody filled in stays, and
    the workbook goes beside it under another name. Gives back where it was written.

    Raises RunError when the file cannot be written.
    """
    path = _free_name(path)
    with speaking(study.language):
        given = corrections_of(study)
        files = [
            _look_at(name, source, study, region, findings, given.of(name))
            for name in INPUT_TABLES
            if (source := getattr(study.inputs, name)) is not None
        ]
        with new_book(path) as (book, formats):
            _write(book, formats, study, region, files, findings)
    return path


def _free_name(path: Path) -> Path:
    """The path, or one beside it when a workbook is there in which something was filled in or is not ours."""
    from phusong.errors import InputError
    from phusong.readers.returned import read_corrections

    tried, count = path, 1
    while tried.exists():
        try:
            said = read_corrections(tried)
            if not said.items and not said.findings:
                return tried
        except InputError:
            pass
        count += 1
        tried = path.with_name(f"{path.stem}-{count}{path.suffix}")
    return tried


def _look_at(
    name: str,
    source: Source,
    study: Study,
    region: Region,
    findings: Sequence[Finding],
    given: Sequence[Correction],
) -> FileRows:
    path = study.path(source.path)
    # As the region was read: the names of its communes tell garbled texts from right ones.
    known = () if name == "communes" else tuple(sorted(set(region.communes["name"])))
    raw, source = raw_rows(name, source, path, known)
    mended, log = mend(raw, given)
    numbers = raw[ROW].astype(int).tolist()
    by_row: dict[int, list[Finding]] = {}
    for one in findings:
        if one.file == path.name and one.table in (name, None) and one.row is not None:
            by_row.setdefault(one.row, []).append(one)
    found = {row: by_row[row] for row in numbers if row in by_row}
    dropped = {int(one.row): one.after for one in log[log["state"] == DROPPED].itertuples()}
    order = _in_order(numbers, found, {*_changed(raw, mended, log), *dropped})
    original = cells_of(raw, order)
    head = cells_of(mended, range(min(len(mended), 500)))
    file = FileRows(
        name,
        path,
        len(numbers),
        [numbers[at] for at in order],
        fingerprints(raw.iloc[order], original),
        original,
        cells_of(mended, order),
        columns_of(raw, name, source, path),
        [width_of(head[column], str(column)) for column in head],
        found,
        {},
        dropped,
    )
    return FileRows(**{**vars(file), "suggested": _suggestions(file, region)})


def _changed(raw: pd.DataFrame, mended: pd.DataFrame, log: pd.DataFrame) -> set[int]:
    """The numbers of the rows that corrections changed."""
    at = np.flatnonzero(raw[ROW].isin(log.loc[log["state"] == APPLIED, "row"])).tolist()
    differ = (cells_of(raw, at) != cells_of(mended, at)).any(axis=1)
    return set(raw[ROW].iloc[at][differ.to_numpy()].astype(int))


def _in_order(numbers: Sequence[int], found: Mapping[int, list[Finding]], mended: Set[int]) -> list[int]:
    """Positions of the rows to show: set aside, to look at, corrected, the first of the rest."""
    rank = np.full(len(numbers), 3)
    for at, row in enumerate(numbers):
        if row in found:
            rank[at] = 0 if any(one.level == "error" for one in found[row]) else 1
        elif row in mended:
            rank[at] = 2
    most = min(int((rank < 3).sum()), MOST_BAD) + MOST_ROWS
    return np.lexsort((np.array(numbers), rank))[:most].tolist()


def _suggestions(file: FileRows, region: Region) -> dict[int, dict[str, str]]:
    """Row → the file's column → the value that may be meant; what the cell says already is no suggestion."""
    out: dict[int, dict[str, str]] = {}
    places = {number_: at for at, number_ in enumerate(file.numbers)}
    west, south, east, north = region.communes.to_crs(WGS84).total_bounds
    cells = file.mended.to_dict("list")
    for row, found in file.found.items():
        if row not in places:
            continue
        now = {column: texts[places[row]] for column, texts in cells.items()}
        said: dict[str, str] = {}
        for finding in found:
            for column, text in finding.suggest:
                for theirs in file.column_named(column)[:1]:
                    if now[theirs] != text:
                        said.setdefault(theirs, text)
        lon, lat = (file.columns.get(axis, "") for axis in ("lon", "lat"))
        if lon in now and lat in now:
            x, y = _degrees(now[lon]), _degrees(now[lat])
            inside = west <= x <= east and south <= y <= north
            if not inside and west <= y <= east and south <= x <= north:
                # The axes are swapped: the position is right, and so is the commune that it is said to be in.
                said = {**said, lon: now[lat], lat: now[lon]}
        if said:
            out[row] = said
    return out


def _degrees(text: str) -> float:
    try:
        return number(text)
    except ValueError:
        return float("nan")


def _write(
    book: Any,
    formats: Mapping[str, Any],
    study: Study,
    region: Region,
    files: Sequence[FileRows],
    findings: Sequence[Finding],
) -> None:
    used: set[str] = set()
    read_me = book.add_worksheet(sheet_name(_("Read me"), used))
    lists = sheet_name(_("Communes"), used)
    pages = [(file, book.add_worksheet(sheet_name(file.path.name, used))) for file in files]
    communes = region.communes.sort_values("commune_code")
    list_page = book.add_worksheet(lists)
    for at, text in enumerate((_("Code"), _("Name"))):
        list_page.write_string(0, at, text, formats["header"])
    for at, one in enumerate(communes.itertuples(), start=1):
        list_page.write_string(at, 0, str(one.commune_code), formats["locked"])
        list_page.write_string(at, 1, str(one.name), formats["locked"])
    list_page.set_column(0, 1, 22)
    lock(list_page)
    codes = f"='{lists}'!$A$2:$A${len(communes) + 1}" if len(communes) else ""
    sheets = [write_file(book, page, formats, file, codes, study.language) for file, page in pages]
    cells = write_read_me(read_me, formats, study, files, sheets, findings)
    hide_meta(
        book,
        {
            "kind": CORRECTIONS_KIND,
            "format": FORMAT,
            "read_me": read_me.get_name(),
            **cells,
            "sheets": sheets,
            "earlier": [
                [one.table, str(one.row), one.column, one.after, one.by, one.date]
                for one in region.corrections.itertuples()
                if one.state in (APPLIED, ALREADY, DROPPED)
            ],
        },
    )
