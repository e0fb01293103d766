"""The first sheet of the workbook to mend: what to do, who did it, what the other sheets hold."""

from collections.abc import Mapping, Sequence
from typing import Any

from phusong.domain import Finding
from phusong.language import _
from phusong.study import Study
from phusong.workbooks.corrections_sheet import FileRows
from phusong.workbooks.paper import lock, on_a4


def write_read_me(
    page: Any,
    formats: Mapping[str, Any],
    study: Study,
    files: Sequence[FileRows],
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
