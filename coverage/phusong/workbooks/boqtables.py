"""The tables of a bill of quantities: by commune, by year and partner, and the prices that it rests on."""

from typing import Any

import pandas as pd

from phusong.bill import Bill
from phusong.language import _
from phusong.openfibre.words import known, text_of
from phusong.workbooks.book import MONEY_SHOWN, Book, basis, estimate, money_heads, names_of, totals


def write_communes(made: Book) -> None:
    """What the plan does in each commune: the money of an investment by the fair shares of its sites."""
    language = made.language
    page = made.sheet(_("By commune", language))
    heads = [(text, 19) for text in money_heads(language)]
    counts = [(_("Sites connected", language), 11), (_("Sites with Wi-Fi", language), 11)]
    beyond = _("Beyond the budget: {what}", language)
    headers = [
        (_("Code", language), 9),
        (_("Commune", language), 24),
        *counts,
        *heads,
        *((beyond.format(what=text), 19) for text in (counts[0][0], heads[0][0], heads[3][0])),
    ]
    note = _("What several sites share is split by their fair shares.", language)
    row = made.top(page, _("By commune", language), f"{note} {estimate(language)}", headers)
    names = names_of(made.run, "commune_status", "commune_code") | names_of(
        made.run, "communes", "commune_code"
    )
    table = made.run.tables["commune_plan"].sort_values("commune_code")
    columns = ["sites_connected", "sites_wifi", *MONEY_SHOWN]
    columns += ["later_sites_connected", "later_capex_vnd", "later_opex_vnd_per_year"]
    for line in table.to_dict("records"):
        made.cell(page, row, 0, line["commune_code"])
        made.cell(page, row, 1, names.get(line["commune_code"], ""))
        for column, name in enumerate(columns, 2):
            made.cell(page, row, column, line[name], "whole")
        row += 1
    made.cell(page, row, 0, None, "sum")
    made.cell(page, row, 1, _("All", language), "sum")
    for column, name in enumerate(columns, 2):
        made.cell(page, row, column, int(table[name].sum()), "sum_whole")
    whole = int(made.run.tables["investments"]["capex_vnd"].sum())
    if int(table["capex_vnd"].sum() + table["later_capex_vnd"].sum()) != whole:
        text = _(
            "The communes do not add up to the investments: a part of the plan is not in this run.", language
        )
        page.write_string(row + 1, 0, text, made.styles["plain_note"])


def write_years(made: Book) -> None:
    """What each partner builds in each year, within and beyond the budget."""
    language = made.language
    page = made.sheet(_("By year and partner", language))
    headers = [
        (_("Year", language), 20),
        (_("Partner", language), 24),
        (_("Investments", language), 12),
        (_("Sites connected", language), 12),
        *((text, 19) for text in money_heads(language)),
        (_("At the partner's prices, ₫", language), 19),
    ]
    row = made.top(page, _("By year and partner", language), estimate(language), headers)
    rows = made.run.tables["investments"]
    plan = made.run.manifest.get("summary", {}).get("plan", {})
    asked = {(str(said["year"]), said["partner"]): said for said in plan.get("phases", [])}
    table = pd.DataFrame(rows.drop(columns="geometry")).assign(
        when=[_year(line, language) for line in rows.to_dict("records")],
        who=rows["partner"].map(text_of),
        order=rows["year"].astype("float64").fillna(9999) + 1e5 * (~rows["funded"].astype(bool)),
        connected=rows["sites"].where(rows["closes"] != "wifi", 0),
    )
    for (_order, when, who), some in table.groupby(["order", "when", "who"], sort=True):
        year = some["year"].iloc[0]
        said = asked.get(("" if pd.isna(year) else str(int(year)), who))
        # What a partner asks is known of all that it builds in a year, or not at all.
        price = said["price_vnd"] if said and said["capex_vnd"] == int(some["capex_vnd"].sum()) else None
        values = [when, who, len(some), int(some["connected"].sum()), *totals(some), price]
        for column, value in enumerate(values):
            made.cell(page, row, column, value)
        row += 1
    values = [_("All", language), "", len(table), int(table["connected"].sum()), *totals(table), None]
    for column, value in enumerate(values):
        made.cell(page, row, column, value, "sum" if column < 2 or column == 8 else "sum_whole")


def _year(line: dict[str, Any], language: str) -> str:
    if known(line["year"]):
        return str(int(line["year"]))
    return _("no year", language) if line["funded"] else _("beyond the budget", language)


def write_prices(made: Book, bills: list[Bill]) -> None:
    """The prices that the items rest on, with source and date, and the factors of line."""
    language = made.language
    page = made.sheet(_("Prices", language))
    headers = [
        (_("Row no.", language), 7),
        (_("Price of", language), 40),
        (_("Name in the price sheets", language), 28),
        (_("Value", language), 14),
        (_("Low", language), 14),
        (_("High", language), 14),
        (_("Unit", language), 16),
        (_("Basis", language), 16),
        (_("Date", language), 10),
        (_("Source", language), 70),
    ]
    row = made.top(page, _("Prices", language), estimate(language), headers)
    if any(item.price == ("fibre", "new_line") for bill in bills for item in bill.build):
        for name in _line_factors(made):
            made.number_of(("fibre", name), _("Factor on new line", language))
    for key, number in made.numbers.items():
        figure = made.prices[key[0]][key[1]]
        made.cell(page, row, 0, f"[{number}]")
        made.cell(page, row, 1, made.texts[key])
        made.cell(page, row, 2, ".".join(key))
        style = "" if figure.unit.startswith("VND") else "thousandth"
        for column, level in ((3, "value"), (4, "low"), (5, "high")):
            made.cell(page, row, column, figure.at(level), style)
        for column, text in (
            (6, figure.unit),
            (7, basis(figure, language)),
            (8, figure.date),
            (9, figure.source),
        ):
            made.cell(page, row, column, text)
        page.set_row(row, 15 * max(1 + len(figure.source) // 78, 1 + len(made.texts[key]) // 40))
        row += 1


def _line_factors(made: Book) -> list[str]:
    """The factors of the price sheet that the plan's line can have, by name."""
    segments = made.run.tables["segments"]
    used = {f"class_{text_of(road)}" for road in segments["road_class"]}
    used |= {f"{build}_factor" for build in segments["build"]} | {"length_factor", "landslide_factor"}
    figures = made.prices.get("fibre", {})
    return sorted(name for name in figures if name in used or name.startswith("slope_"))
