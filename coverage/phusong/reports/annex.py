"""The annex as Excel: every table of the report with all its rows and columns, figures as numbers in đồng."""

import re
from pathlib import Path
from textwrap import shorten
from typing import Any

from phusong.language import _, speaking
from phusong.reports.figures import Report
from phusong.reports.parts import Column, Table, Text, clean
from phusong.reports.said import caption_of
from phusong.units import decimal
from phusong.workbooks.paper import BORDER, new_book, on_a4, sheet_name

#: Characters that a cell of Excel can hold, and rows of a sheet below the header.
_LONGEST, _MOST_ROWS = 32_767, 1_048_570
#: Letters of the name of a sheet, and of a line of an A4 page across that can still be read.
_SHEET_NAME, _PAGE = 29, 230
_HEADER_ROW = 2


def write_annex(report: Report, path: Path) -> None:
    """The .xlsx at `path`. A sheet a table, its sums as numbers; the first says what is where."""
    tables = [part for section in report.sections for part in section.parts if isinstance(part, Table)]
    with speaking(report.language), new_book(path) as (book, formats):
        used: set[str] = set()
        first = book.add_worksheet(sheet_name(_("Contents"), used))
        pages = [(sheet_name(_short(part.title), used), part) for part in tables]
        _contents(first, formats, report, pages)
        numbers: dict[tuple[str, bool], Any] = {}
        for name, part in pages:
            page = book.add_worksheet(name)
            _sheet(book, page, formats, numbers, part)


def _contents(page: Any, formats: dict[str, Any], report: Report, pages: list[tuple[str, Table]]) -> None:
    """What the report is about, its figures in sentences, and which sheet holds which table."""
    page.set_column(0, 0, 34)
    page.set_column(1, 1, 96)
    page.write_string(0, 0, clean(report.fields["subject"]), formats["title"])
    row = 2
    for part in report.sections[0].parts:
        if isinstance(part, Text):
            page.merge_range(row, 0, row, 1, "", formats["text"])
            page.write_string(row, 0, part.text, formats["text"])
            page.set_row(row, 15 * (1 + len(part.text) // 120))
            row += 1
    row += 1
    page.write_string(row, 0, _("Sheet"), formats["header"])
    page.write_string(row, 1, _("What it holds"), formats["header"])
    for name, part in pages:
        row += 1
        page.write_string(row, 0, name, formats["text"])
        page.write_string(row, 1, caption_of(part) if part.number else part.title, formats["text"])
    page.write_string(row + 2, 0, report.fields["made"], formats["plain_note"])
    on_a4(page)


def _sheet(
    book: Any, page: Any, formats: dict[str, Any], numbers: dict[tuple[str, bool], Any], part: Table
) -> None:
    """A table; `numbers` are the formats that its sheets share."""
    page.write_string(0, 0, caption_of(part) if part.number else part.title, formats["title"])
    rows = [*part.rows[:_MOST_ROWS], *([part.totals] if part.totals else [])]
    page.set_row(_HEADER_ROW, 33)
    widths = [_width(column, [row[at] for row in rows[:200]]) for at, column in enumerate(part.columns)]
    for at, (column, width) in enumerate(zip(part.columns, widths, strict=True)):
        page.write_string(_HEADER_ROW, at, _header(column), formats["header"])
        page.set_column(at, at, width)
    for place, row in enumerate(rows, start=_HEADER_ROW + 1):
        bold = bool(part.totals) and place == _HEADER_ROW + len(rows)
        for at, (column, value) in enumerate(zip(part.columns, row, strict=True)):
            key = (column.form, bold)
            if key not in numbers:
                numbers[key] = book.add_format(_look(*key))
            _cell(page, place, at, column, value, numbers[key])
    page.freeze_panes(_HEADER_ROW + 1, 1)
    if part.rows:
        last = _HEADER_ROW + min(len(part.rows), _MOST_ROWS)
        page.autofilter(_HEADER_ROW, 0, last, len(part.columns) - 1)
    on_a4(page, _HEADER_ROW)
    if sum(widths) > _PAGE:
        # Several pages side by side, each with the first column.
        page.fit_to_pages(0, 0)
        page.repeat_columns(0)


def _short(title: str) -> str:
    """Whole words of a title, as many as the name of a sheet holds.

    >>> _short("The plan by commune; shared line is split"), _short("Investments in the order to build it")
    ('The plan by commune', 'Investments in the order to')
    """
    return shorten(re.split("[;:]", title)[0], _SHEET_NAME, placeholder="")


def _header(column: Column) -> str:
    return f"{column.title} ({column.unit})" if column.unit else column.title


def _look(form: str, bold: bool) -> dict[str, Any]:
    return {
        "num_format": form or "@",
        "bold": bold,
        "valign": "top",
        "text_wrap": not form,
        "border": 1,
        "border_color": BORDER,
    }


def _cell(page: Any, row: int, at: int, column: Column, value: Any, look: Any) -> None:
    if value is None or value == "":
        page.write_blank(row, at, None, look)
    elif column.form and not isinstance(value, str):
        page.write_number(row, at, float(value), look)
    else:
        page.write_string(row, at, clean(value)[:_LONGEST], look)


def _width(column: Column, values: list[Any]) -> float:
    """Characters that a column has room for: as many as its longest value, within bounds."""
    longest = max((len(_as_shown(value)) for value in values), default=0)
    return float(min(max(longest + 2, len(_header(column)) * 0.6, 9), 60))


def _as_shown(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else decimal(float(value), 0)
