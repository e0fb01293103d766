"""A sheet of the workbook to mend: the rows of an input file that are shown, and what was found in them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from phusong.domain import INPUT_TABLES, Finding
from phusong.language import _
from phusong.readers.corrections import LAT, LON
from phusong.readers.hidden import META
from phusong.readers.values import words_of
from phusong.workbooks.paper import choose_from, lock, on_a4

#: Comments on a sheet; Excel is slow with many.
MOST_COMMENTS = 1_000
_HEADER = 2  # the line of the header, from 0
_FIXED = ("row", "what", "do", "suggest", "accept")
_AFTER = ("drop", "reason")
_WIDTHS = {"row": 7, "what": 40, "do": 34, "suggest": 24, "accept": 9, "drop": 9, "reason": 26}


@dataclass(frozen=True)
class FileRows:
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


def write_file(
    book: Any, page: Any, formats: Mapping[str, Any], file: FileRows, codes: str, language: str
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


def _write_head(
    page: Any, formats: Mapping[str, Any], file: FileRows, header: Sequence[str], last: int
) -> None:
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


def width_of(texts: pd.Series, header: str) -> float:
    """How wide a column is drawn, in letters."""
    longest = max([len(header) * 0.8, *(len(text) for text in texts)])
    return float(min(max(longest + 2, 9), 40))


def _write_row(
    page: Any,
    formats: Mapping[str, Any],
    file: FileRows,
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


def _write_original(hidden: Any, file: FileRows, at: int, was: Sequence[str]) -> None:
    """The row as it was read: number, fingerprint, suggestions, cells."""
    row = file.numbers[at]
    suggested = json.dumps(file.suggested.get(row, {}), ensure_ascii=False)
    for column, text in enumerate([str(row), file.prints[at], suggested, *was]):
        hidden.write_string(at, column, text)
