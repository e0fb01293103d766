"""The plan: what is built in which order, what the budget leaves out, what nothing closes, by commune."""

from typing import Any

import pandas as pd
from pydantic import ValidationError

from phusong.investments import why
from phusong.joins import road_joins, say_join
from phusong.language import _
from phusong.pictures.overview import draw_works
from phusong.portfolio import unplanned
from phusong.reports.facts import Facts
from phusong.reports.parts import (
    MOST_ROWS,
    Column,
    Part,
    Picture,
    Section,
    Table,
    Text,
    count_column,
    length_column,
    missing,
    money_column,
    table,
)
from phusong.study import Choices
from phusong.units import group_digits, say_distance, say_vnd
from phusong.wording import REASONS, RULES, SERVICE_NAMES, TECHNOLOGY_NAMES, say

#: Names of sites in a cell of a document.
_SITES = 4


def works(facts: Facts) -> Section:
    parts: list[Part] = [Text("text", bought_said(facts))]
    if facts.investments.empty:
        parts.append(Text("text", _("Nothing needs to be built.")))
    else:
        parts += [Text("item", line) for line in _rules(facts)]
        parts.append(_investments(facts, facts.funded, "investments", _("Investments in the order to build")))
        parts += [Text("item", line) for line in _joins(facts, facts.funded)]
        parts.append(
            Picture(
                "map_works",
                _("What is built"),
                draw_works(facts.run),
                _("Map of the sites that the plan connects by technology, existing fibre and new line."),
            )
        )
        parts += _left_out(facts)
        if not facts.one_area:
            parts.append(_by_commune(facts))
    parts += _unplanned(facts)
    return Section("plan", _("Proposed plan"), tuple(parts))


def bought_said(facts: Facts) -> str:
    """What the plan builds and costs, in one sentence."""
    plan = facts.plan
    said = _("{sites} sites connected for {capex} (range {low} – {high}) and {opex} a year").format(
        sites=group_digits(plan.get("sites_connected", 0)),
        capex=say_vnd(plan.get("capex_vnd")),
        low=say_vnd(plan.get("capex_low_vnd")),
        high=say_vnd(plan.get("capex_high_vnd")),
        opex=say_vnd(plan.get("opex_vnd_per_year")),
    )
    said += "; " + _("{n} of {all} investments").format(
        n=group_digits(len(facts.funded)), all=group_digits(len(facts.investments))
    )
    line = facts.funded["new_line_m"].sum()
    if line:
        said += "; " + _("{length} of new line").format(length=say_distance(float(line)))
    return said + "."


def _rules(facts: Facts) -> list[str]:
    lines = []
    budget = facts.plan.get("budget_vnd")
    if budget is not None:
        pays = {
            "capex": _("the budget pays for what is built"),
            "lifetime": _("the budget pays for building, renewing and running for {years} years").format(
                years=facts.choices.get("years")
            ),
        }[facts.choices.get("budget_covers", "capex")]
        lines.append(_("Budget: {budget}; {pays}.").format(budget=say_vnd(budget), pays=pays))
    return lines + [_sentence(say(RULES, rule)) for rule in facts.plan.get("rules", [])]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def _investments(facts: Facts, rows: pd.DataFrame, name: str, title: str) -> Part:
    columns = [
        Column(_("Rank"), form="0"),
        Column(_("Technology")),
        Column(_("Commune")),
        Column(_("Sites that it serves"), lambda ids: facts.sites(ids, _SITES)),
        money_column(_("To build"), total=True),
        money_column(_("A year"), total=True),
        Column(_("Year")),
        Column(_("Partner")),
        *(
            column.in_annex()
            for column in (
                Column(_("Investment")),
                Column(_("Names of its sites")),
                count_column(_("Sites"), total=True),
                count_column(_("People who rely on them")),
                money_column(_("To build, low prices"), total=True),
                money_column(_("To build, high prices"), total=True),
                money_column(_("Cost over the study's years"), total=True),
                money_column(_("Cost up to and with this")),
                length_column(_("New line"), total=True),
                length_column(_("of it off-road"), total=True),
                money_column(_("Expected revenue a year"), total=True),
                Column(_("Network that it uses")),
                Column(_("After")),
                Column(_("Why here")),
            )
        ),
    ]
    body = [
        [
            row["rank"],
            say(TECHNOLOGY_NAMES, row["technology"]),
            facts.communes(row["commune_codes"]),
            row["site_ids"],
            row["capex_vnd"],
            row["opex_vnd_per_year"],
            None if missing(row["year"]) else str(row["year"]),
            operator(row["partner"]),
            row["investment_id"],
            facts.sites(row["site_ids"]),
            row["sites"],
            row["people"],
            row["capex_low_vnd"],
            row["capex_high_vnd"],
            row["present_cost_vnd"],
            row["cumulative_capex_vnd"],
            row["new_line_m"],
            row["offroad_m"],
            row["revenue_vnd_per_year"],
            operator(row["operator"]),
            row["depends_on"],
            why(row),
        ]
        for row in rows.to_dict("records")
    ]
    return table(name, title, columns, body, total=_("Sum"))


def operator(name: Any) -> str | None:
    """Whose, for people: an operator by its name, one that nobody knows in words."""
    from phusong.domain import UNKNOWN_OPERATOR

    if missing(name):
        return None
    return str(name).replace(UNKNOWN_OPERATOR, _("not known"))


def _joins(facts: Facts, investments: pd.DataFrame) -> list[str]:
    """Where line of these investments crosses from one part of the roads to another."""
    said = _("Two parts of the road network are joined off-road: {crossing}")
    paid = set(investments["investment_id"])
    joins = [join for join in road_joins(facts.table("segments")) if join.investment_id in paid]
    lines = [said.format(crossing=say_join(join)) + "." for join in joins[:MOST_ROWS]]
    if len(joins) > MOST_ROWS:
        lines.append(_("and {n} more").format(n=len(joins) - MOST_ROWS) + ".")
    return lines


def _left_out(facts: Facts) -> list[Part]:
    heading = Text("heading", _("What the budget leaves out"))
    if facts.plan.get("budget_vnd") is None:
        return [heading, Text("text", _("The study sets no budget: everything is planned."))]
    if facts.later.empty:
        return [heading, Text("text", _("The budget holds all that is planned."))]
    said = _("{n} investments, {cost} to build, are beyond the budget; they come later, in this order.")
    cost = int(facts.later["capex_vnd"].sum())
    return [
        heading,
        Text("text", said.format(n=group_digits(len(facts.later)), cost=say_vnd(cost))),
        _investments(facts, facts.later, "later", _("Investments beyond the budget")),
        *(Text("item", line) for line in _joins(facts, facts.later)),
    ]


def _by_commune(facts: Facts) -> Part:
    rows = facts.table("commune_plan")
    if len(rows) > MOST_ROWS:
        rows = rows.sort_values(["capex_vnd", "commune_code"], ascending=[False, True])
    beyond = money_column(_("Beyond the budget"), total=True)
    columns = [
        Column(_("Commune")),
        Column(_("Code")).in_annex(),
        count_column(_("Sites connected"), total=True),
        count_column(_("Sites with Wi-Fi"), total=True),
        money_column(_("To build"), total=True),
        money_column(_("A year"), total=True),
        beyond if len(facts.later) else beyond.in_annex(),
        *(
            money_column(title, total=True).in_annex()
            for title in (
                _("To build, low prices"),
                _("To build, high prices"),
                _("Cost over the study's years"),
            )
        ),
    ]
    body = [
        [
            facts.commune(row["commune_code"]),
            row["commune_code"],
            row["sites_connected"],
            row["sites_wifi"],
            row["capex_vnd"],
            row["opex_vnd_per_year"],
            row["later_capex_vnd"],
            row["capex_low_vnd"],
            row["capex_high_vnd"],
            row["present_cost_vnd"],
        ]
        for row in rows.to_dict("records")
    ]
    title = _("The plan by commune; shared line is split by fair shares")
    return table("commune_plan", title, columns, body, total=_("Sum"))


def _unplanned(facts: Facts) -> list[Part]:
    """Gaps that nothing closes, and what is to be surveyed first, by reason."""
    try:
        choices = Choices.model_validate(dict(facts.choices))
    except ValidationError:
        return []
    left = unplanned(facts.table("gaps"), facts.table("options"), choices)
    if left.empty:
        return []
    counts = left.groupby(["closes", "reason"]).size().reset_index(name="sites")
    columns = [Column(_("Service")), Column(_("Why")), count_column(_("Sites"), total=True)]
    by_reason: Table = table(
        "unplanned",
        _("Gaps that the plan does not close, and sites to survey first"),
        columns,
        [
            [say(SERVICE_NAMES, row.closes), _reason(row.reason), row.sites]
            for row in counts.sort_values(["closes", "sites"], ascending=[True, False]).itertuples()
        ],
        total=_("Sum"),
    )
    kinds = facts.table("gaps").set_index("site_id")["commune_code"]
    listed: Table = table(
        "unplanned_sites",
        _("The same by site"),
        [Column(title) for title in (_("Site"), _("Name"), _("Commune"), _("Service"), _("Why"))],
        [
            [
                row.site_id,
                facts.site(row.site_id),
                facts.commune(kinds[row.site_id]),
                say(SERVICE_NAMES, row.closes),
                _reason(row.reason),
            ]
            for row in left.itertuples()
        ],
        most=0,
    )
    return [Text("heading", _("What stays open")), by_reason, listed]


def _reason(code: Any) -> str:
    return say(REASONS, str(code)).replace("{depends_on}", "–") if not missing(code) else "–"
