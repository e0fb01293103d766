"""What our workbooks share: safe cells, formats, names of sheets, the hidden sheet that says what each is."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from phusong.beside import whole_file
from phusong.language import _
from phusong.readers.hidden import META
from phusong.units import fold

#: Text goes into cells as text, whatever it looks like: no formula and no link is made from data.
_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
#: Characters that a piece of the hidden sheet holds in one cell.
_CHUNK = 30_000
A4 = 9
BORDER = "#B7B7B7"
STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "big": {"bold": True, "font_size": 12},
    "text": {"text_wrap": True, "valign": "top"},
    "note": {"italic": True, "font_color": "#444444", "text_wrap": True, "valign": "top"},
    "plain_note": {"italic": True, "font_color": "#444444"},
    "count": {"num_format": "#,##0", "border": 1, "border_color": BORDER, "bg_color": "#EDEDED"},
    "header": {
        "bold": True,
        "bg_color": "#1F4E79",
        "font_color": "#FFFFFF",
        "border": 1,
        "border_color": BORDER,
        "text_wrap": True,
        "valign": "vcenter",
    },
    "locked": {
        "bg_color": "#EDEDED",
        "border": 1,
        "border_color": BORDER,
        "text_wrap": True,
        "valign": "top",
        "num_format": "@",
    },
    "free": {"locked": False, "num_format": "@", "border": 1, "border_color": BORDER, "valign": "top"},
    "bad": {
        "locked": False,
        "num_format": "@",
        "border": 1,
        "border_color": "#9C0006",
        "bg_color": "#FFC7CE",
        "font_color": "#9C0006",
        "valign": "top",
    },
    "look": {
        "locked": False,
        "num_format": "@",
        "border": 1,
        "border_color": "#7F6000",
        "bg_color": "#FFEB9C",
        "font_color": "#5F4800",
        "valign": "top",
    },
    "mended": {
        "locked": False,
        "num_format": "@",
        "border": 1,
        "border_color": "#006100",
        "bg_color": "#C6EFCE",
        "font_color": "#006100",
        "valign": "top",
    },
    "fill": {
        "locked": False,
        "num_format": "@",
        "border": 2,
        "border_color": "#1F4E79",
        "bg_color": "#FFFFE5",
        "text_wrap": True,
        "valign": "top",
    },
}


@contextmanager
def new_book(path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A workbook to write and its formats by name; it is at `path` when the block ends well.

    Raises RunError when the file cannot be written, as when Excel has it open.
    """
    import xlsxwriter

    with whole_file(path) as part:
        # Into memory first: on a full disk the writer's own clean-up would speak out of turn.
        memory = BytesIO()
        book = xlsxwriter.Workbook(memory, _AS_TEXT)
        # The same content gives the same bytes: no time of writing.
        book.set_properties({"created": datetime(2000, 1, 1), "author": "Phủ Sóng"})
        yield book, {name: book.add_format(style) for name, style in STYLES.items()}
        book.close()
        part.write_bytes(memory.getvalue())


def sheet_name(text: str, used: set[str]) -> str:
    """A name that Excel takes for a sheet (31 characters, none of []:*?/\\), not yet `used`.

    >>> sheet_name("a/b?.csv", set()), sheet_name("'", set()), sheet_name("A", {"a"})
    ('a b .csv', 'Sheet', 'A 2')
    """
    bare = " ".join(re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", text).split()).strip("' ") or "Sheet"
    if bare.casefold() in ("history", META):
        bare += " 1"
    name, count = bare[:31].strip("' "), 1
    while name.casefold() in used:
        count += 1
        name = f"{bare[: 30 - len(str(count))].strip(chr(39) + ' ')} {count}"
    used.add(name.casefold())
    return name


def file_stem(*texts: str) -> str:
    """A name for a file that every system takes: small letters and digits with hyphens.

    >>> file_stem("20698", "La Êê"), file_stem("../x", "")
    ('20698-la-ee', 'x')
    """
    words = [fold(word) for text in texts for word in re.split(r"[\W_]+", text)]
    return "-".join(w for w in words if w)[:80] or "x"


def hide_meta(book: Any, meta: dict[str, Any]) -> None:
    """Put what the workbook is into its hidden sheet."""
    page = book.add_worksheet(META)
    text = json.dumps(meta, ensure_ascii=False, sort_keys=True)
    for at, start in enumerate(range(0, len(text), _CHUNK)):
        page.write_string(at, 0, text[start : start + _CHUNK])
    page.very_hidden()


def on_a4(page: Any, header_row: int | None = None, *, landscape: bool = True) -> None:
    """Set a sheet up for A4, as wide as the page, its header on each page, pages numbered."""
    page.set_paper(A4)
    if landscape:
        page.set_landscape()
    page.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)
    page.fit_to_pages(1, 0)
    page.set_footer("&C&P / &N")
    if header_row is not None:
        page.repeat_rows(header_row)


def lock(page: Any) -> None:
    """Only the cells that are meant for it can be changed; no password: it guards against slips only."""
    page.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})


def choose_from(page: Any, rows: tuple[int, int], column: int, words: Any, *, stop: bool = True) -> None:
    """A drop-down over some rows of a column: of words, or of a range ("=Sheet!$A$1:$A$9")."""
    page.data_validation(
        rows[0],
        column,
        rows[1],
        column,
        {
            "validate": "list",
            "source": words,
            "error_type": "stop" if stop else "warning",
            "error_title": _("Choose from the list"),
            "error_message": _("Please choose one of the words of the list, or leave the cell empty."),
        },
    )
