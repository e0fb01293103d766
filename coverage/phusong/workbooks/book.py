"""What the sheets of a bill of quantities share: cells and styles, sums of money, words."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from phusong.costs import Price, Prices
from phusong.language import _
from phusong.openfibre.words import known
from phusong.runs import Run
from phusong.wording import BASIS_NAMES, say
from phusong.workbooks.paper import BORDER, on_a4, sheet_name

_CELL = {"border": 1, "border_color": BORDER, "valign": "top"}
#: Whole đồng are grouped by thousands as the reader's own spreadsheet does it.
STYLES: dict[str, dict[str, Any]] = {
    "cell": {**_CELL, "text_wrap": True, "align": "left", "indent": 1},
    "whole": {**_CELL, "num_format": "#,##0"},
    "tenth": {**_CELL, "num_format": "#,##0.0"},
    "thousandth": {**_CELL, "num_format": "#,##0.000"},
    "percent": {**_CELL, "num_format": "0.0%"},
    "sum": {**_CELL, "bold": True, "bg_color": "#EDEDED", "text_wrap": True},
    "sum_whole": {**_CELL, "bold": True, "bg_color": "#EDEDED", "num_format": "#,##0"},
    "head": {**_CELL, "bold": True, "bg_color": "#D9E6F2", "text_wrap": True},
}


@dataclass(eq=False)
class Book:
    """A workbook that is being written: its run, styles by name, names of sheets so far, prices by number."""

    book: Any
    styles: dict[str, Any]
    run: Run
    language: str
    prices: Prices
    used: set[str] = field(default_factory=set)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)

    @cached_property
    def site_names(self) -> dict[str, str]:
        """Names of the run's sites by id."""
        return names_of(self.run, "gaps", "site_id")

    @cached_property
    def commune_names(self) -> dict[str, str]:
        """Names of the run's communes by code."""
        return names_of(self.run, "communes", "commune_code")

    def sheet(self, title: str) -> Any:
        """A new sheet with the title as its name."""
        return self.book.add_worksheet(sheet_name(title, self.used))

    def cell(self, page: Any, row: int, column: int, value: Any, style: str = "") -> None:
        """A value in its style: text stays text, numbers are grouped, what is not known stays empty."""
        if not known(value):
            page.write_blank(row, column, None, self.styles[style or "cell"])
        elif isinstance(value, str):
            page.write_string(row, column, value, self.styles[style or "cell"])
        else:
            number = float(value)
            plain = "whole" if number == round(number) else "tenth"
            page.write_number(row, column, number, self.styles[style or plain])

    def top(self, page: Any, title: str, note: str, headers: list[tuple[str, int]]) -> int:
        """Title, note and header of a sheet; the row below. The header stays in sight and on each page."""
        page.write_string(0, 0, title, self.styles["title"])
        page.write_string(1, 0, note, self.styles["plain_note"])
        for column, (text, width) in enumerate(headers):
            page.set_column(column, column, width)
            page.write_string(3, column, text, self.styles["header"])
        page.set_row(3, 62 if len(headers) > 13 else 46)
        page.freeze_panes(4, 2)
        on_a4(page, 3)
        return 4

    def number_of(self, price: tuple[str, str], text: str) -> int:
        """The number of a price in the list of prices; `text` says what it is the price of."""
        self.texts.setdefault(price, text)
        return self.numbers.setdefault(price, len(self.numbers) + 1)

    def figure(self, price: tuple[str, str] | None) -> Price | None:
        """The price of an item, if it has one."""
        return self.prices.get(price[0], {}).get(price[1]) if price else None


def estimate(language: str) -> str:
    """What no sheet may leave out."""
    return _(
        "An estimate for planning, not an offer. All money is in đồng (VND). Prices marked as assumed stand "
        "until the province or a partner puts its own in their place.",
        language,
    )


def basis(figure: Price, language: str) -> str:
    """Is a price assumed, or did the province give it?"""
    if figure.basis == "assumed":
        return say(BASIS_NAMES, "assumed", language)
    return _("given by the province", language)


def money_heads(language: str) -> tuple[str, ...]:
    return (
        _("To build, ₫", language),
        _("Low, ₫", language),
        _("High, ₫", language),
        _("A year, ₫", language),
    )


MONEY_SHOWN = ("capex_vnd", "capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year")


def totals(rows: pd.DataFrame) -> list[int]:
    return [int(rows[name].sum()) for name in MONEY_SHOWN]


def funded_parts(run: Run, language: str) -> list[tuple[str, pd.DataFrame]]:
    """Investments within the budget, beyond it, and all."""
    rows = run.tables["investments"]
    funded = rows["funded"].astype(bool)
    return [
        (_("Within the budget", language), rows[funded]),
        (_("Beyond the budget", language), rows[~funded]),
        (_("All", language), rows),
    ]


def names_of(run: Run, table: str, key: str) -> dict[str, str]:
    rows = run.tables[table]
    return dict(zip(rows[key], rows["name"], strict=True)) if len(rows) else {}
