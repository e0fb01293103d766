"""The money: what it costs to build and to run, with ranges, what that rests on, how near to the least."""

from typing import Any

import pandas as pd
from babel.numbers import format_currency

from phusong.language import _, current_language
from phusong.moments import say_date
from phusong.pictures.bars import draw_cumulative
from phusong.pictures.frontier import frontier_png
from phusong.reports.facts import Facts
from phusong.reports.parts import (
    Column,
    Part,
    Picture,
    Section,
    Text,
    count_column,
    money_column,
    table,
)
from phusong.units import current_currency, decimal, group_digits, say_usd, say_vnd
from phusong.wording import (
    TECHNOLOGY_NAMES,
    say,
    say_ceiling,
    say_proof,
    say_what_is_proven,
)


def money(facts: Facts) -> Section:
    parts: list[Part] = [_totals(facts), _by_technology(facts)]
    parts += [Text("text", line) for line in _sentences(facts)]
    parts.append(Text("heading", _("How near to the best")))
    parts += [Text("text", line) for line in _proof(facts)]
    parts += _picture(facts)
    parts += [_prices(facts)]
    return Section("money", _("Money"), tuple(parts))


def exact(amount: Any) -> str:
    """A sum to the last đồng (or whole unit of the currency shown), as the language writes it.

    >>> from phusong.language import speaking
    >>> with speaking("vi"):
    ...     exact(1_250_000_000)
    '1.250.000.000 ₫'
    """
    shown = current_currency()
    whole = round(float(amount) / shown.vnd)
    return format_currency(
        whole,
        shown.code,
        "#,##0 ¤" if shown.code == "VND" else "#,##0 ¤¤",
        locale=current_language(),
        currency_digits=False,
    )


def _totals(facts: Facts) -> Part:
    plan, whole = facts.plan, facts.plan.get("all", {})
    years = facts.choices.get("years", "–")
    named = {
        "capex_vnd": _("To build (CAPEX)"),
        "capex_low_vnd": _("To build, low prices"),
        "capex_high_vnd": _("To build, high prices"),
        "opex_vnd_per_year": _("To run, a year (OPEX)"),
        "present_cost_vnd": _("To build, renew and run for {years} years, discounted").format(years=years),
    }
    funded = _("All that is planned") if plan.get("budget_vnd") is None else _("Within the budget")
    columns = [Column(_("Money")), Column(funded, exact, form="#,##0", unit="₫")]
    if plan.get("budget_vnd") is not None:
        columns.append(Column(_("All that is planned"), exact, form="#,##0", unit="₫"))
    rows = [[title, plan.get(key), whole.get(key)][: len(columns)] for key, title in named.items()]
    return table("totals", _("Totals"), columns, rows)


def _by_technology(facts: Facts) -> Part:
    columns = [
        Column(_("Technology")),
        count_column(_("Investments"), total=True),
        count_column(_("Sites"), total=True),
        money_column(_("To build"), total=True),
        money_column(_("To build, low prices"), total=True),
        money_column(_("To build, high prices"), total=True),
        money_column(_("A year"), total=True),
    ]
    rows = []
    for technology, here in facts.funded.groupby("technology", sort=True):
        sums = {name: int(here[name].sum()) for name in _SUMMED}
        rows.append([say(TECHNOLOGY_NAMES, str(technology)), len(here), *sums.values()])
    title = _("Money by technology, without what is beyond the budget")
    return table("technologies", title, columns, rows, total=_("Sum"))


_SUMMED = ("sites", "capex_vnd", "capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year")


def _sentences(facts: Facts) -> list[str]:
    plan, lines = facts.plan, []
    if plan.get("assumed_share") is not None:
        said = _("{share} of the cost rests on assumed prices")
        share = f"{decimal(100 * plan['assumed_share'], 0)} %"
        lines.append(
            said.format(share=share)
            + "; "
            + _("the range beside it is that of the low and high prices of the sheets.")
        )
    if "capex_usd" in plan and facts.run.currency.code == "VND":
        said = _("In dollars: {usd} to build, at {rate} ₫ a dollar ({date})")
        rate = group_digits(plan["vnd_per_usd"])
        usd = say_usd(plan["capex_usd"])
        lines.append(
            said.format(usd=usd, rate=rate, date=say_date(plan["vnd_per_usd_date"], current_language())) + "."
        )
    if "revenue_vnd_per_year" in plan:
        said = _(
            "Expected revenue {revenue} a year; {gap} of the cost over the study's years is left to a subsidy"
        )
        revenue, gap = plan["revenue_vnd_per_year"], plan["viability_gap_vnd"]
        lines.append(said.format(revenue=say_vnd(revenue), gap=say_vnd(gap)) + ".")
    return lines


def _proof(facts: Facts) -> list[str]:
    proof = facts.plan.get("proof")
    lines = []
    if said := say_proof(proof):
        lines += [_("Connections: {proof}").format(proof=said) + ".", say_what_is_proven(proof)]
    if said := say_ceiling(facts.plan.get("ceiling")):
        lines.append(said)
    return lines or [_("There was nothing to choose: no bound was worked out.")]


def _picture(facts: Facts) -> list[Part]:
    frontier = pd.DataFrame(facts.manifest.get("summary", {}).get("frontier") or [])
    if len(frontier):
        title = _("What a budget buys")
        png = frontier_png(frontier, facts.plan.get("budget_vnd"))
        seen = _("Sites and people served by budget, and the cost of one site more.")
        return [Picture("frontier", title, png, seen)]
    if facts.investments.empty:
        return []
    title = _("Cost to build in the order of the plan")
    png = draw_cumulative(facts.investments, facts.plan.get("budget_vnd"))
    seen = _("Sum of the cost to build, investment after investment, and what lies within the budget.")
    return [Picture("cumulative", title, png, seen)]


def _prices(facts: Facts) -> Part:
    """All prices of the sheets that the plan may have used; for the annex."""
    columns = [
        Column(title) for title in (_("Sheet"), _("Price"), _("Unit"), _("Basis"), _("Date"), _("Source"))
    ]
    figures = [Column(title, form="#,##0.###") for title in (_("Value"), _("Low"), _("High"))]
    rows = [
        [
            sheet,
            name,
            said.get("unit"),
            say_basis(said.get("basis")),
            said.get("date"),
            said.get("source"),
            said.get("value"),
            said.get("low"),
            said.get("high"),
        ]
        for sheet, entries in sorted(facts.manifest.get("prices", {}).items())
        for name, said in sorted(entries.items())
    ]
    return table("prices", _("Prices"), [*columns, *figures], rows, most=0)


def say_basis(code: Any) -> str:
    """What a price rests on."""
    return _("of the province") if code == "province" else _("assumed")
