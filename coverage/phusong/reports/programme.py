"""Who builds what in which year; conferences, indicators, units of the other date."""

from collections.abc import Mapping
from typing import Any

from phusong.crosswalk import NEW, OLD
from phusong.domain import LEVELS, OK, SERVICES
from phusong.language import _, _m, current_language
from phusong.maps.saying import ids_in
from phusong.moments import say_date
from phusong.pictures.bars import draw_years
from phusong.reports.facts import Facts
from phusong.reports.parts import (
    Column,
    Part,
    Picture,
    Section,
    Text,
    count_column,
    missing,
    money_column,
    table,
)
from phusong.reports.works import operator
from phusong.units import decimal, group_digits
from phusong.wording import BASIS_NAMES, LEVEL_NAMES, PART_NAMES, SERVICE_NAMES, STATUS_NAMES, say

#: Can a unit join a conference?
READY_NAMES = {"ok": _m("yes"), "gap": _m("no"), "unknown": _m("unknown")}


def years(facts: Facts) -> Section | None:
    """Years and partners; None where there is neither year nor partner to tell."""
    rows = facts.plan.get("phases") or []
    if not any(row["year"] for row in rows) and len({row["partner"] for row in rows}) < 2:
        return None
    asked = money_column(_("At the partner's prices"), total=True)
    columns = [
        Column(_("Year")),
        Column(_("Partner")),
        count_column(_("Investments"), total=True),
        count_column(_("Sites"), total=True),
        money_column(_("To build"), total=True),
        asked if any(row["price_vnd"] != row["capex_vnd"] for row in rows) else asked.in_annex(),
    ]
    body = [
        [
            str(row["year"]) or _("no year stated"),
            operator(row["partner"]),
            row["investments"],
            row["sites"],
            row["capex_vnd"],
            row["price_vnd"],
        ]
        for row in rows
    ]
    parts: list[Part] = [
        table("years", _("What each partner builds in each year"), columns, body, total=_("Sum"))
    ]
    if any(row["year"] for row in rows):
        title = _("Cost to build by year and partner")
        parts.append(Picture("years", title, draw_years(rows, operator), title))
        if gap := facts.plan.get("phases_gap"):
            said = _("The order of the years is within {gap} of the best that the budgets allow.")
            parts.append(Text("text", said.format(gap=f"{decimal(100 * gap, 2)} %")))
    return Section("years", _("Years and partners"), tuple(parts))


def conference(facts: Facts) -> Section | None:
    """Who can join conferences of three levels; None where the run has no such table."""
    rows = facts.run.tables.get("conference")
    if rows is None or rows.empty:
        return None
    parts: list[Part] = []
    for level in LEVELS:
        here = rows[rows["level"] == level]
        if len(here):
            counts = {s: group_digits(int((here["ready"] == s).sum())) for s in STATUS_NAMES}
            with_plan = group_digits(int((here["ready_with_plan"] == OK).sum()))
            said = _(
                "{level}: {ok} of {all} can join today, {gap} cannot, {unknown} not known; with the plan {n}."
            )
            parts.append(
                Text(
                    "item",
                    said.format(
                        level=say(LEVEL_NAMES, level), all=group_digits(len(here)), n=with_plan, **counts
                    ),
                )
            )
    columns = [
        Column(_("Level")),
        Column(_("Unit")),
        Column(_("Code")).in_annex(),
        Column(_("Today")),
        Column(_("Missing")),
        Column(_("Not known")),
        Column(_("With the plan")),
        Column(_("From the year")),
        money_column(_("Equipment"), total=True),
        *(
            money_column(title, total=True).in_annex()
            for title in (
                _("Equipment, low prices"),
                _("Equipment, high prices"),
                _("Equipment, a year"),
                _("Its share of the connection"),
            )
        ),
        Column(_("Date of the evidence")).in_annex(),
    ]
    order = rows.assign(_level=rows["level"].map(LEVELS.index)).sort_values(["_level", "unit_code"])
    body = [
        [
            say(LEVEL_NAMES, row["level"]),
            row["unit_name"],
            row["unit_code"],
            say(READY_NAMES, row["ready"]),
            _needs(row["missing"]),
            _needs(row["not_known"]),
            say(READY_NAMES, row["ready_with_plan"]),
            None if missing(row["from_year"]) else str(row["from_year"]),
            row["equipment_capex_vnd"],
            row["equipment_capex_low_vnd"],
            row["equipment_capex_high_vnd"],
            row["equipment_opex_vnd_per_year"],
            row["connection_capex_vnd"],
            _day(row["date"]),
        ]
        for row in order.to_dict("records")
    ]
    title = _("Conference readiness by unit")
    parts.append(table("conference", title, columns, body, total=_("Sum")))
    parts.append(Text("note", _("Equipment of conference rooms is not part of the plan's cost to build.")))
    return Section("conference", _("Conferences of three levels"), tuple(parts))


def _needs(said: Any) -> str:
    return ", ".join(say(PART_NAMES, need) for need in ids_in(said))


def _day(date: Any) -> str | None:
    return None if missing(date) else say_date(str(date), current_language())


def indicators(facts: Facts) -> Section | None:
    """The indicators that units report; None where the run has no such table."""
    rows = facts.run.tables.get("indicator_figures")
    if rows is None or rows.empty:
        return None
    # A figure at each date of a report: the newest stands in the document.
    by_unit_list = ["indicator", "level", "vintage"]
    newest = rows.sort_values([*by_unit_list, "date"]).drop_duplicates(by_unit_list, keep="last")
    columns = [
        Column(_("Indicator")),
        Column(_("Level")),
        Column(_("Figure"), _number, form="#,##0.##"),
        Column(_("of"), _number, form="#,##0.##"),
        Column(_("Percent"), percent, form="0.0"),
        Column(_("Reported")),
        Column(_("Date")),
        Column(_("Units that have not reported")).in_annex(),
        Column(_("Unit list of")).in_annex(),
    ]
    body = [
        [
            indicator_name(row["indicator"], facts.manifest),
            say(LEVEL_NAMES, row["level"]),
            row["value"],
            row["of"],
            100 * row["value"] / row["of"] if not missing(row["of"]) and row["of"] else None,
            f"{group_digits(row['reported'])}/{group_digits(row['units'])}",
            _day(row["date"]),
            _not_reported(facts, row),
            _day(row["vintage"]),
        ]
        for row in newest.to_dict("records")
    ]
    title = _("Indicators of digital transformation, as units reported them")
    parts = [table("indicators", title, columns, body)]
    if len(newest) < len(rows):
        title = _("Indicators over time")
        series = [
            [
                indicator_name(row["indicator"], facts.manifest),
                say(LEVEL_NAMES, row["level"]),
                row["value"],
                row["of"],
                row["date"],
            ]
            for row in rows.sort_values(["indicator", "level", "date"]).to_dict("records")
        ]
        parts.append(table("indicator_series", title, [*columns[:4], Column(_("Date"))], series, most=0))
    return Section("indicators", _("Indicators"), tuple(parts))


def _not_reported(facts: Facts, row: Mapping[str, Any]) -> str:
    """Names of the units that have not reported; of one without a name the code."""
    codes, names = ids_in(row["not_reported"]), ids_in(row.get("not_reported_names"))
    if len(names) == len(codes):
        return ", ".join(names)
    return ", ".join(facts.commune(code) for code in codes)


def indicator_name(code: str, manifest: Mapping[str, Any]) -> str:
    """The name of an indicator in the present language as the run's manifest has it, else its code."""
    said = (manifest.get("indicators") or {}).get(code) or {}
    name = said.get(f"name_{current_language()}") or said.get("name") if isinstance(said, dict) else None
    return str(name or code.replace("_", " "))


def _number(value: Any) -> str:
    return group_digits(value) if float(value).is_integer() else decimal(value, 1)


def percent(value: Any) -> str:
    return f"{decimal(value, 1)} %"


def units(facts: Facts) -> Section | None:
    """The situation and the plan by the units of the other date; None without a crosswalk."""
    rows = facts.run.tables.get("unit_status")
    if rows is None or rows.empty:
        return None
    columns = [
        Column(_("Unit")),
        Column(_("Code")),
        Column(_("Made of")),
        Column(_("Sites"), _number, form="#,##0.##", total=True),
        Column(_("Fibre at its centre")),
        money_column(_("To build"), total=True),
        *(Column(say(SERVICE_NAMES, service)).in_annex() for service in SERVICES[1:]),
        Column(_("Shares")).in_annex(),
        Column(_("What the shares rest on")).in_annex(),
        Column(_("Units beyond the study that are in it")).in_annex(),
        Column(_("Population"), _number, form="#,##0", total=True).in_annex(),
        Column(_("Sites connected"), _number, form="#,##0.##", total=True).in_annex(),
        money_column(_("A year"), total=True).in_annex(),
        money_column(_("Beyond the budget"), total=True).in_annex(),
    ]
    body = [
        [
            row["name"],
            row["unit_code"],
            _made_of(facts, row),
            row["sites"],
            say(STATUS_NAMES, row["fibre"]),
            row["capex_vnd"],
            *(say(STATUS_NAMES, row[service]) for service in SERVICES[1:]),
            row["shares"],
            say(BASIS_NAMES, row["share_basis"]),
            row["outside"],
            row["population"],
            row["sites_connected"],
            row["opex_vnd_per_year"],
            row["later_capex_vnd"],
        ]
        for row in rows.sort_values("unit_code").to_dict("records")
    ]
    vintage = str(rows["vintage"].iloc[0])
    known = {
        OLD: _("By the communes before the reorganisation"),
        NEW: _("By the communes after the reorganisation"),
    }
    date = say_date(vintage, current_language())
    title = known.get(vintage) or _("By the communes of {date}").format(date=date)
    note = _("Where only a part of a commune is in a unit, its sites and money are shared out by that part.")
    return Section(
        "units",
        _("Units of the other date"),
        (table("units", title, columns, body, total=_("Sum")), Text("note", note)),
    )


def _made_of(facts: Facts, row: Mapping[str, Any]) -> str:
    pairs = zip(ids_in(row["parts"]), ids_in(row["shares"]), strict=True)
    return ", ".join(
        facts.commune(code) + ("" if float(share) == 1 else f" ({decimal(100 * float(share), 0)} %)")
        for code, share in pairs
    )
