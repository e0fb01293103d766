"""The bill of quantities as a workbook: what the plan builds, at which prices, by commune, year and partner,
and a sheet for each microwave hop. Sums are numbers: nothing in it is a formula."""

from pathlib import Path
from typing import Any

from phusong.bill import Bill, Item, bills_of, prices_of
from phusong.costs import Price, assumed
from phusong.language import _
from phusong.openfibre.words import known, text_of
from phusong.runs import Run
from phusong.wording import TECHNOLOGY_NAMES, say
from phusong.workbooks.book import (
    MONEY_SHOWN,
    STYLES,
    Book,
    basis,
    estimate,
    funded_parts,
    money_heads,
    names_of,
    totals,
)
from phusong.workbooks.boqtables import write_communes, write_prices, write_years
from phusong.workbooks.linkpages import write_links
from phusong.workbooks.paper import new_book, on_a4


def write_boq(run: Run, path: Path, language: str) -> Path:
    """Write the workbook; an older one is replaced whole. Raises RunError when it cannot be written."""
    bills = bills_of(run, language)
    with new_book(path) as (book, formats):
        styles = formats | {name: book.add_format(style) for name, style in STYLES.items()}
        made = Book(book, styles, run, language, prices_of(run))
        write_summary(made, bills)
        write_bills(made, bills)
        write_communes(made)
        write_years(made)
        write_prices(made, bills)
        write_links(made)
    return path


def write_summary(made: Book, bills: list[Bill]) -> None:
    """What the workbook is, what the plan comes to, and what its sheets hold."""
    language, run = made.language, made.run
    page = made.sheet(_("Summary", language))
    page.set_column(0, 0, 44)
    page.set_column(1, 5, 19)
    page.write_string(0, 0, _("Bill of quantities", language), made.styles["title"])
    row = 1
    about = (
        (_("Study", language), run.manifest.get("title")),
        (_("Run", language), run.manifest.get("run_id")),
        (_("Made on", language), text_of(run.manifest.get("created"))[:10]),
        (_("Data of", language), run.manifest.get("report_date")),
        (_("Source", language), run.manifest.get("source")),
        (_("Note", language), run.manifest.get("note")),
    )
    for name, value in about:
        if known(value):
            page.write_string(row, 0, name, made.styles["text"])
            page.merge_range(row, 1, row, 5, "", made.styles["note"])
            page.write_string(row, 1, str(value), made.styles["note"])
            page.set_row(row, 15 * (1 + len(str(value)) // 95))
            row += 1
    row += 1
    for note in (estimate(language), *_notes(bills, made)):
        page.merge_range(row, 0, row, 5, "", made.styles["text"])
        page.write_string(row, 0, note, made.styles["text"])
        page.set_row(row, 15 * (1 + len(note) // 125))
        row += 1
    row += 1
    heads = (_("Plan", language), _("Investments", language), *money_heads(language))
    for column, text in enumerate(heads):
        page.write_string(row, column, text, made.styles["header"])
    page.set_row(row, 32)
    for name, rows in funded_parts(run, language):
        row += 1
        made.cell(page, row, 0, name, "sum")
        made.cell(page, row, 1, len(rows), "sum_whole")
        for column, total in enumerate(totals(rows), 2):
            made.cell(page, row, column, total, "sum_whole")
    on_a4(page)


def _notes(bills: list[Bill], made: Book) -> list[str]:
    """How the items came about, and how much of the plan rests on assumed prices."""
    language = made.language
    items = [item for bill in bills for item in bill.build]
    whole = sum(item.amount_vnd for item in items)
    out = [
        _(
            "Amount = quantity × unit price × factor. Amounts are those of the plan, rounded piece by piece "
            "to whole đồng; they add up to its cost to the đồng. Low and high are the same at the low and "
            "high prices; for line they are those of the whole line, shared out over its rows.",
            language,
        ),
        _(
            "Not in it: VAT, management, design and reserve for the unforeseen, unless the prices hold them.",
            language,
        ),
    ]
    rests = sum(item.amount_vnd for item in items if _is_assumed(item, made))
    if whole:
        out.append(
            _("Part of the cost that rests on assumed prices: {percent} %.", language).format(
                percent=round(100 * rests / whole)
            )
        )
    if any(item.price is None for item in items):
        out.append(
            _("Some items stand as a whole: their parts cannot be counted again from this run.", language)
        )
    return out


def _is_assumed(item: Item, made: Book) -> bool:
    figure = made.figure(item.price)
    return figure is None or assumed([figure])


def write_bills(made: Book, bills: list[Bill]) -> None:
    """Item by item, an investment after the other, and the sums."""
    language = made.language
    page = made.sheet(_("Bill of quantities", language))
    headers = [
        (_("Row no.", language), 7),
        (_("Item", language), 46),
        (_("Quantity", language), 15),
        (_("Unit", language), 7),
        (_("Unit price, ₫", language), 13),
        (_("Low unit price, ₫", language), 13),
        (_("High unit price, ₫", language), 13),
        (_("Factor", language), 8),
        (_("Amount, ₫", language), 17),
        (_("Low, ₫", language), 17),
        (_("High, ₫", language), 17),
        (_("Price (see the sheet of prices)", language), 17),
        (_("Factor made of", language), 34),
    ]
    row = made.top(page, _("Bill of quantities", language), estimate(language), headers)
    for number, bill in enumerate(bills, start=1):
        row = _one_bill(made, page, row, number, bill, len(headers))
    for name, rows in funded_parts(made.run, language):
        capex, low, high, opex = totals(rows)
        for text, money in (
            (_("{part}: to build", language), (capex, low, high)),
            (_("{part}: a year", language), (opex, None, None)),
        ):
            _sum_row(made, page, row, text.format(part=name), money, len(headers))
            row += 1


def _one_bill(made: Book, page: Any, row: int, number: int, bill: Bill, columns: int) -> int:
    language, about = made.language, bill.investment
    page.merge_range(row, 1, row, columns - 1, "", made.styles["head"])
    made.cell(page, row, 0, str(number), "head")
    text = _headline(about, made)
    made.cell(page, row, 1, text, "head")
    page.set_row(row, 15 * (1 + len(text) // 190))
    row += 1
    capex = tuple(int(about[name]) for name in MONEY_SHOWN[:3])
    parts: tuple[tuple[str, list[Item], tuple[int | None, ...]], ...] = (
        (_("To build", language), bill.build, capex),
        (_("A year", language), bill.year, (int(about["opex_vnd_per_year"]), None, None)),
    )
    count = 0
    for name, items, money in parts:
        for item in items:
            count += 1
            _item_row(made, page, row, f"{number}.{count}", item)
            row += 1
        _sum_row(made, page, row, name, money, columns)
        row += 1
    return row


def _headline(about: dict[str, Any], made: Book) -> str:
    """Technology, sites, communes; when and by whom."""
    language = made.language
    names = names_of(made.run, "gaps", "site_id")
    communes = names_of(made.run, "communes", "commune_code") | names_of(
        made.run, "commune_status", "commune_code"
    )
    sites = [names.get(site, site) for site in text_of(about["site_ids"]).split(";")]
    where = [communes.get(code, code) for code in text_of(about["commune_codes"]).split(";")]
    said = [
        f"{say(TECHNOLOGY_NAMES, about['technology'], language)}: {', '.join(sites)} ({', '.join(where)})",
        _("within the budget", language) if about["funded"] else _("beyond the budget", language),
    ]
    if known(about["year"]):
        said.append(_("begins in {year}", language).format(year=int(about["year"])))
    if partner := text_of(about["partner"]):
        said.append(_("partner: {partner}", language).format(partner=partner))
    if needs := text_of(about["depends_on"]):
        said.append(_("needs {others} first", language).format(others=needs.replace(";", ", ")))
    return f"{about['investment_id']} – {'; '.join(said)}"


def _item_row(made: Book, page: Any, row: int, number: str, item: Item) -> None:
    figure = made.figure(item.price)
    made.cell(page, row, 0, number)
    made.cell(page, row, 1, item.what)
    made.cell(page, row, 2, item.quantity, "whole" if item.unit == "₫" else "")
    unit = item.unit or (_("pcs", made.language) if item.quantity is not None else "")
    made.cell(page, row, 3, unit)
    share = figure is not None and figure.unit.startswith("1")
    for column, level in ((4, "value"), (5, "low"), (6, "high")):
        made.cell(page, row, column, figure.at(level) if figure else None, "percent" if share else "")
    made.cell(page, row, 7, item.factor, "thousandth")
    for column, amount in ((8, item.amount_vnd), (9, item.low_vnd), (10, item.high_vnd)):
        made.cell(page, row, column, amount, "whole")
    made.cell(page, row, 11, _price_note(made, item, figure))
    made.cell(page, row, 12, item.remark)
    lines = max(1 + len(item.what) // 50, 1 + len(item.remark) // 32)
    page.set_row(row, 15 * lines)


def _price_note(made: Book, item: Item, figure: Price | None) -> str:
    if item.price is None or figure is None:
        return ""
    text = _("New line, a metre", made.language) if item.price == ("fibre", "new_line") else item.what
    number = made.number_of(item.price, text)
    return f"[{number}] {basis(figure, made.language)}"


def _sum_row(made: Book, page: Any, row: int, text: str, money: tuple[int | None, ...], columns: int) -> None:
    for column in range(columns):
        made.cell(page, row, column, None, "sum")
    made.cell(page, row, 1, text, "sum")
    for column, amount in enumerate(money, 8):
        made.cell(page, row, column, amount, "sum_whole")
