"""Read survey forms that were filled in, and keep their answers in the table of reports."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from phusong.domain import SERVICES, Finding
from phusong.errors import InputError
from phusong.language import _
from phusong.readers.corrections import cell_text
from phusong.readers.hidden import FORM_KIND, open_workbook, read_meta
from phusong.readers.values import date as parse_date
from phusong.readers.values import mobile_class, yes_no
from phusong.units import fold

#: What stands for "asked, but not known", by language.
NOT_KNOWN = {"vi": "Chưa rõ", "en": "not known"}
_NOT_KNOWN = {fold(word) for word in (*NOT_KNOWN.values(), "không rõ", "không biết", "unknown", "?")}
ANSWER_COLUMNS = ["site_id", "report_date", "reported_by", *(f"{s}_reported" for s in SERVICES), "note"]


@dataclass(frozen=True)
class Form:
    """A form: its answers (`ANSWER_COLUMNS` and `cell`, where the line begins), what is wrong in it, and
    whether anything was written into it at all."""

    commune_code: str
    answers: pd.DataFrame
    findings: tuple[Finding, ...]
    is_filled: bool


def find_forms(paths: Sequence[Path]) -> list[Path]:
    """The workbooks that are named, and those in named folders. Raises InputError when there is none."""
    out: list[Path] = []
    for path in paths:
        if path.is_dir():
            # Excel keeps ~$name.xlsx beside a workbook that is open.
            out += sorted(p for p in path.rglob("*.xlsx") if not p.name.startswith(("~$", ".")))
        else:
            out.append(path)
    if not out:
        raise InputError(
            _("there is no form"),
            where=", ".join(str(path) for path in paths),
            do=_("Name the filled .xlsx files, or a folder with them."),
        )
    return out


def read_form(path: Path) -> Form:
    """The answers of a form that `phusong survey` wrote; what cannot be used is a finding with its cell.

    Raises InputError when it is no such form.
    """
    book, values = open_workbook(path)
    meta = read_meta(book, path, FORM_KIND)
    if meta["sheet"] not in book.sheetnames:
        raise InputError(
            _("the sheet {sheet} is missing").format(sheet=repr(meta["sheet"])),
            where=str(path),
            do=_("Fill in the form as it was sent."),
        )
    return _Page(book[meta["sheet"]], values[meta["sheet"]], meta, path).read()


@dataclass(frozen=True)
class _Page:
    page: Any
    values: Any
    meta: dict[str, Any]
    path: Path

    def read(self) -> Form:
        findings: list[Finding] = []
        header = self.meta["header_row"]
        there = {cell_text(c.value): c.column for c in reversed(self.page[header]) if c.value is not None}
        places = {f: there[text] for f, text in self.meta["headers"].items() if text in there}
        for field in self.meta["headers"].keys() - places.keys() - {"rank", "name", "kind"}:
            findings.append(
                self._finding(
                    f"A{header}",
                    _("the column {column} is missing; it is not read").format(
                        column=repr(self.meta["headers"][field])
                    ),
                    _("Fill in the form as it was sent."),
                )
            )
        by = cell_text(self.values[self.meta["by_cell"]].value)
        day = cell_text(self.values[self.meta["date_cell"]].value)
        rows, filled = [], bool(by or day)
        for line in range(header + 1, self.page.max_row + 1) if "site_id" in places else ():
            said = {field: self._text(line, place, findings) for field, place in places.items()}
            site = said["site_id"]
            # A grey cell says what is known already: it is no answer, unless somebody wrote over it.
            known = self.meta["known"].get(site, {})
            given = [f for f in (*SERVICES, "note") if said.get(f) and said[f] != known.get(f)]
            if not given:
                continue
            filled = True
            if not site:
                cell = self._cell(line, places["site_id"])
                findings.append(
                    self._finding(cell, _("answers without the id of a site"), _("Write the site's id."))
                )
                continue
            row = self._answer(line, said, given, places, (by, day), findings)
            if row is not None:
                rows.append(row)
        answers = pd.DataFrame(rows, columns=[*ANSWER_COLUMNS, "cell"])
        findings.sort(key=lambda f: (f.row or 0, f.what))
        return Form(self.meta["commune_code"], answers, tuple(findings), filled)

    def _answer(
        self,
        line: int,
        said: dict[str, str],
        given: list[str],
        places: dict[str, int],
        of_all: tuple[str, str],
        findings: list[Finding],
    ) -> dict[str, Any] | None:
        """A line's answers; None, and a finding, where it does not say who and when."""
        by, by_cell = (said.get("reported_by") or of_all[0]), self.meta["by_cell"]
        if not by:
            findings.append(
                self._finding(
                    by_cell,
                    _("nobody says who answered; the line of {site} is not read").format(
                        site=said["site_id"]
                    ),
                    _("Write a name."),
                )
            )
            return None
        own_day = said.get("report_date")
        cell = self._cell(line, places["report_date"]) if own_day else self.meta["date_cell"]
        day = self._day(own_day or of_all[1], cell, said["site_id"], findings)
        if day is None:
            return None
        row: dict[str, Any] = {"site_id": said["site_id"], "report_date": day, "reported_by": by}
        for service in SERVICES:
            where = self._cell(line, places[service]) if service in places else ""
            row[f"{service}_reported"] = (
                self._meant(service, said[service], where, findings) if service in given else None
            )
        row["note"] = said.get("note") or None
        return {**row, "cell": self._cell(line, places["site_id"])}

    def _day(self, text: str, cell: str, site: str, findings: list[Finding]) -> str | None:
        try:
            day = parse_date(text)
            year, month, of_month = (*map(int, day.split("-")), 1, 1)[:3]
            if not datetime.date(2000, 1, 1) <= datetime.date(year, month, of_month) <= datetime.date.today():
                raise ValueError(text)
        except ValueError:
            what = (
                _("{text} is no date up to today; the line of {site} is not read").format(
                    text=repr(text), site=site
                )
                if text
                else _("there is no date; the line of {site} is not read").format(site=site)
            )
            findings.append(self._finding(cell, what, _("Write day/month/year, such as 30/6/2025.")))
            return None
        return day

    def _meant(self, service: str, text: str, cell: str, findings: list[Finding]) -> str | None:
        if fold(text) in _NOT_KNOWN or text == "?":
            return None
        try:
            return mobile_class(text) if service == "mobile" else yes_no(text)
        except ValueError:
            findings.append(
                self._finding(
                    cell,
                    _("{text} is no answer; the cell is not read").format(text=repr(text)),
                    _("Choose from the list."),
                )
            )
            return None

    def _text(self, line: int, place: int, findings: list[Finding]) -> str:
        cell, value = self.page.cell(line, place), self.values.cell(line, place).value
        if cell.data_type == "f" and value is None:
            findings.append(
                self._finding(
                    self._cell(line, place),
                    _("a formula without a value; the cell is not read"),
                    _("Write the value itself."),
                )
            )
        return cell_text(value)

    def _cell(self, line: int, place: int) -> str:
        from openpyxl.utils import get_column_letter

        return f"{get_column_letter(place)}{line}"

    def _finding(self, cell: str, what: str, do: str) -> Finding:
        row = int(re.sub(r"\D", "", cell))
        return Finding("warning", self.path.name, row, f"{self.meta['sheet']}!{cell}: {what}", do)


def read_forms(paths: Sequence[Path]) -> tuple[pd.DataFrame, list[Finding], int]:
    """The answers of all forms, what is wrong in them, and how many forms had something in them."""
    forms = [read_form(path) for path in find_forms(paths)]
    named = zip(find_forms(paths), forms, strict=True)
    tables = [form.answers.assign(source=path.name) for path, form in named if len(form.answers)]
    empty = pd.DataFrame(columns=[*ANSWER_COLUMNS, "cell", "source"])
    answers = pd.concat(tables, ignore_index=True) if tables else empty
    return answers, [f for form in forms for f in form.findings], sum(form.is_filled for form in forms)


def of_no_site(answers: pd.DataFrame, site_ids: set[str]) -> list[Finding]:
    """A finding for each answer whose site the study does not have."""
    lost = answers[~answers["site_id"].isin(site_ids)]
    return [
        Finding(
            "warning",
            one.source,
            int(re.sub(r"\D", "", one.cell)),
            _("{cell}: no list of the study has a site {site}").format(cell=one.cell, site=one.site_id),
            _("Write the id as the list has it."),
        )
        for one in lost.itertuples()
    ]
