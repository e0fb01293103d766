"""Read the corrections that came back in the workbook of `phusong check`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from phusong.domain import Finding
from phusong.language import _
from phusong.readers.corrections import Correction, Corrections, cell_text
from phusong.readers.hidden import CORRECTIONS_KIND, SUGGESTED, not_ours, open_workbook, read_meta
from phusong.readers.values import yes_no


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
            raise not_ours(self.path, CORRECTIONS_KIND) from None

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
