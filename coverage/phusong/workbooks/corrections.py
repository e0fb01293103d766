"""The workbook of `phusong check`: every input file with its bad cells coloured, to mend and give back."""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
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
    FORMAT,
    LAT,
    LON,
    META,
    Correction,
    cells_of,
    fingerprints,
    mend,
)
from phusong.readers.hidden import CORRECTIONS_KIND
from phusong.readers.layers import columns_of, raw_rows
from phusong.readers.tables import ROW
from phusong.readers.values import number, words_of
from phusong.study import Source, Study
from phusong.workbooks.paper import choose_from, hide_meta, lock, new_book, on_a4, sheet_name

#: Rows of a file that a sheet holds beside those with a finding, which are all there up to `MOST_BAD`.
MOST_ROWS, MOST_BAD = 3_000, 10_000
#: Comments on a sheet; Excel is slow with many.
MOST_COMMENTS = 1_000
_HEADER = 2  # the line of the header, from 0
_FIXED = ("row", "what", "do", "suggest", "accept")
_AFTER = ("drop", "reason")
_WIDTHS = {"row": 7, "what": 40, "do": 34, "suggest": 24, "accept": 9, "drop": 9, "reason": 26}


@dataclass(frozen=True)
class _File:
    """An input file of so many rows: those that are shown, in order, by their number in the file, with their
    cells as they are and as corrected; and what was found in which row and column."""

    table: str
    path: Path
    rows: int
    numbers: list[int]
    prints: list[str]
    original: pd.DataFrame
    mended: pd.DataFrame
    columns: Mapping[str, str]
    widths: list[float]
    found: Mapping[int, list[Finding]]
    suggested: Mapping[int, dict[str, str]]
    dropped: Mapping[int, str] = field(default_factory=dict)

    def column_named(self, said: str | None) -> list[str]:
        """The file's columns that a finding means."""
        out: list[str] = []
        said = said or ""
        for part in [said] if said in self.original else said.split("; "):
            places = ("lon", "lat", "wkt") if part == "geometry" else (part,)
            theirs = [self.columns.get(place, place) for place in places]
            theirs += [LON, LAT] if part == "geometry" else []
            out += [name for name in theirs if name in self.original and name not in out]
        return out

    @property
    def key(self) -> list[str]:
        """The file's columns that identify a row; none where the file lacks one of them."""
        ours = (INPUT_TABLES[self.table].metadata or {})["key"].split("+")
        return [self.columns[name] for name in ours] if all(n in self.columns for n in ours) else []


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
    from phusong.readers.corrections import read_corrections

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
) -> _File:
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
    file = _File(
        name,
        path,
        len(numbers),
        [numbers[at] for at in order],
        fingerprints(raw.iloc[order], original),
        original,
        cells_of(mended, order),
        columns_of(raw, name, source, path),
        [_width(head[column], str(column)) for column in head],
        found,
        {},
        dropped,
    )
    return _File(**{**vars(file), "suggested": _suggestions(file, region)})


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


def _suggestions(file: _File, region: Region) -> dict[int, dict[str, str]]:
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
    files: Sequence[_File],
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
    sheets = [_write_file(book, page, formats, file, codes, study.language) for file, page in pages]
    cells = _write_read_me(read_me, formats, study, files, sheets, findings)
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


def _headers(columns: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Our headers by name, and those of the file's columns that must be told from ours."""
    ours = {
        "row": _("Row in the file"),
        "what": _("What was found"),
        "do": _("What to do"),
        "suggest": _("Suggestion"),
        "accept": _("Take the suggestion?"),
        "drop": _("Take the row out?"),
        "reason": _("Why it is taken out"),
    }
    taken = set(ours.values())
    return ours, {name: f"{name} *" for name in columns if name in taken}


def _write_file(
    book: Any, page: Any, formats: Mapping[str, Any], file: _File, codes: str, language: str
) -> dict[str, Any]:
    """A sheet with the rows of a file, and the hidden one that it is compared with; what META says of it."""
    names = [str(name) for name in file.original.columns]
    ours, renamed = _headers(names)
    header = [*(ours[n] for n in _FIXED), *(renamed.get(n, n) for n in names), *(ours[n] for n in _AFTER)]
    hidden = book.add_worksheet(f"{META}_{len(book.worksheets())}")
    hidden.very_hidden()
    last = _HEADER + max(len(file.numbers), 1)
    _write_head(page, formats, file, header, last)
    comments, yes = 0, words_of("fibre_reported", language)[0]
    as_read, as_mended = (cells.to_numpy(dtype=object).tolist() for cells in (file.original, file.mended))
    for at, (was, now) in enumerate(zip(as_read, as_mended, strict=True)):
        line = _HEADER + 1 + at
        comments = _write_row(page, formats, file, at, line, names, was, now, comments, yes)
        _write_original(hidden, file, at, was)
    first = len(_FIXED)
    rows = (_HEADER + 1, last)
    choose_from(page, rows, _FIXED.index("accept"), [yes])
    choose_from(page, rows, first + len(names), [yes])
    for column, theirs in file.columns.items():
        if theirs in names and (words := words_of(column, language)):
            choose_from(page, rows, first + names.index(theirs), words, stop=False)
        elif theirs in names and column == "commune_code" and file.table != "communes" and codes:
            choose_from(page, rows, first + names.index(theirs), codes, stop=False)
    lock(page)
    return {
        "name": page.get_name(),
        "hidden": hidden.get_name(),
        "table": file.table,
        "file": file.path.name,
        "columns": names,
        "headers": renamed,
        "key": file.key,
        "header_row": _HEADER + 1,
        **{f"{name}_header": text for name, text in ours.items()},
    }


def _write_head(page: Any, formats: Mapping[str, Any], file: _File, header: Sequence[str], last: int) -> None:
    aside = sum(any(f.level == "error" for f in found) for found in file.found.values())
    title = _("{file}: {rows} rows, {found} with findings, {aside} of them set aside").format(
        file=file.path.name, rows=file.rows, found=len(file.found), aside=aside
    )
    page.write_string(0, 0, title, formats["big"])
    note = _("Mend the coloured cells. White cells may be changed too; grey ones are locked.")
    if left_out := file.rows - len(file.numbers):
        note += " " + _(
            "{count} more rows of the file are not shown here: mend those in the file itself."
        ).format(count=left_out)
    page.write_string(1, 0, note, formats["plain_note"])
    for column, text in enumerate(header):
        page.write_string(_HEADER, column, text, formats["header"])
    page.set_row(_HEADER, 46)
    widths = [_WIDTHS[n] for n in _FIXED] + file.widths
    for column, width in enumerate(widths + [_WIDTHS[n] for n in _AFTER]):
        page.set_column(column, column, width)
    page.freeze_panes(_HEADER + 1, 1)
    page.autofilter(_HEADER, 0, last, len(header) - 1)
    on_a4(page, _HEADER)


def _width(texts: pd.Series, header: str) -> float:
    longest = max([len(header) * 0.8, *(len(text) for text in texts)])
    return float(min(max(longest + 2, 9), 40))


def _write_row(
    page: Any,
    formats: Mapping[str, Any],
    file: _File,
    at: int,
    line: int,
    names: Sequence[str],
    was: Sequence[str],
    now: Sequence[str],
    comments: int,
    yes: str,
) -> int:
    row, key = file.numbers[at], file.key
    found, suggested = file.found.get(row, []), file.suggested.get(row, {})
    dropped = file.dropped.get(row)
    what = [f"{_('set aside') if f.level == 'error' else _('look at')}: {f.what}" for f in found]
    if dropped:
        what.append(_("taken out by a correction: {reason}").format(reason=dropped))
    fixed = {
        "row": str(row),
        "what": "\n".join(what),
        "do": "\n".join(dict.fromkeys(f.do for f in found)),
        "suggest": "\n".join(f"{column}: {text}" for column, text in suggested.items()),
    }
    if what:
        heights = [
            sum(-(-len(part) // _WIDTHS[n]) for part in fixed[n].split("\n"))
            for n in ("what", "do", "suggest")
        ]
        page.set_row(line, 15 * max(heights))
    for column, name in enumerate(_FIXED[:-1]):
        page.write_string(line, column, fixed[name][:32_000], formats["locked"])
    accept = formats["free" if suggested else "locked"]
    page.write_blank(line, _FIXED.index("accept"), None, accept)
    # An error before a warning, the first before the next.
    by_weight = sorted(found, key=lambda f: f.level != "error")
    bad = {name: f for f in reversed(by_weight) for name in file.column_named(f.column)}
    for column, (name, old, text) in enumerate(zip(names, was, now, strict=True), start=len(_FIXED)):
        style = "free"
        if name in bad:
            style = "bad" if bad[name].level == "error" else "look"
        elif old != text:
            style = "mended"
        elif name in key or len(text) >= 32_000:
            style = "locked"
        page.write_string(line, column, text, formats[style])
        if (name in bad or style == "mended") and comments < MOST_COMMENTS:
            page.write_comment(line, column, _comment(bad.get(name), old, text, suggested.get(name)))
            comments += 1
    end = len(_FIXED) + len(names)
    page.write_string(line, end, yes if dropped else "", formats["free"])
    page.write_string(line, end + 1, dropped or "", formats["free"])
    return comments


def _comment(finding: Finding | None, was: str, now: str, suggested: str | None) -> str:
    lines = [finding.what, finding.do] if finding else []
    if suggested:
        lines.append(_("Suggestion: {text}").format(text=suggested))
    if was != now:
        lines.append(_("Corrected; the file says: {text}").format(text=was or "–"))
    return "\n".join(lines)[:2_000]


def _write_original(hidden: Any, file: _File, at: int, was: Sequence[str]) -> None:
    """The row as it was read: number, fingerprint, suggestions, cells."""
    row = file.numbers[at]
    suggested = json.dumps(file.suggested.get(row, {}), ensure_ascii=False)
    for column, text in enumerate([str(row), file.prints[at], suggested, *was]):
        hidden.write_string(at, column, text)


def _write_read_me(
    page: Any,
    formats: Mapping[str, Any],
    study: Study,
    files: Sequence[_File],
    sheets: Sequence[Mapping[str, Any]],
    findings: Sequence[Finding],
) -> dict[str, str]:
    """The first sheet: what to do, who did it, what the sheets hold; the cells for name and date."""
    page.hide_gridlines(2)
    for column, width in enumerate((34, 16, 16, 16, 70)):
        page.set_column(column, column, width)
    page.write_string(0, 0, _("{title}: inputs to mend").format(title=study.title), formats["title"])
    steps = (
        _("1. Write your name and the date below: each correction is kept with them."),
        _(
            "2. On each sheet, rows with findings come first; red cells are why a row is set aside, "
            "yellow ones are to be looked at."
        ),
        _(
            "3. Mend the cells, or choose “yes” under “Take the suggestion?”. "
            "What you do not know, leave as it is."
        ),
        _("4. A row that should not be there: choose “yes” under “Take the row out?” and write why."),
        _("5. Save the workbook and give it back: phusong check {study} --corrections FILE").format(
            study=study.file
        ),
        _("Only cells that you change count. The input files themselves stay as they are."),
    )
    for line, text in enumerate(steps, start=2):
        page.merge_range(line, 0, line, 4, "", formats["text"])
        page.write_string(line, 0, text, formats["text"])
    line = len(steps) + 3
    cells = {}
    for name, text in (("by_cell", _("Your name")), ("date_cell", _("Date (day/month/year)"))):
        page.write_string(line, 0, text, formats["locked"])
        page.merge_range(line, 1, line, 3, "", formats["fill"])
        cells[name] = f"B{line + 1}"
        line += 1
    line += 1
    for style, text in (
        ("bad", _("why the row is set aside")),
        ("look", _("to be looked at")),
        ("mended", _("corrected before")),
        ("free", _("may be changed")),
        ("locked", _("locked")),
    ):
        page.write_string(line, 0, text, formats[style])
        line += 1
    line += 1
    names = (_("Sheet"), _("Rows"), _("With findings"), _("Set aside"), _("File"))
    for column, text in enumerate(names):
        page.write_string(line, column, text, formats["header"])
    for file, sheet in zip(files, sheets, strict=True):
        line += 1
        aside = sum(any(f.level == "error" for f in found) for found in file.found.values())
        page.write_url(
            line, 0, f"internal:'{sheet['name'].replace(chr(39), chr(39) * 2)}'!A1", string=sheet["name"]
        )
        for column, count in enumerate((file.rows, len(file.found), aside), start=1):
            page.write_number(line, column, count, formats["count"])
        page.write_string(line, 4, str(file.path.name), formats["locked"])
    shown = {file.path.name for file in files}
    whole = [f for f in findings if f.row is None or f.file not in shown]
    if whole:
        line += 2
        page.write_string(line, 0, _("Findings that no single row can mend"), formats["big"])
        for finding in whole:
            line += 1
            page.write_string(line, 0, finding.file, formats["locked"])
            page.merge_range(line, 1, line, 4, "", formats["locked"])
            text = f"{finding.what}. {finding.do}"
            page.write_string(line, 1, text[:32_000], formats["locked"])
            page.set_row(line, 15 * (1 + len(text) // 110))
    lock(page)
    on_a4(page)
    return cells
