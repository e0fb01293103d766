"""All figures, tables and sentences of a report, worked out once: Word, PDF and Excel show these."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from phusong.domain import GAP, UNKNOWN
from phusong.language import _, _m, speaking
from phusong.reports import basis, firmness, money, programme, situation, works
from phusong.reports.facts import Facts
from phusong.reports.office import office_of
from phusong.reports.parts import Part, Section, Text, clean, numbered
from phusong.runs import Run
from phusong.units import decimal, group_digits, money_in, say_usd, say_vnd
from phusong.wording import SERVICE_NAMES, say

#: What a template may name, and what it stands for: of the office, figures of the run, sections.
OFFICE_FIELDS = {
    "upper_body": _m("the body above the issuing one"),
    "body": _m("the issuing body"),
    "number": _m("number and symbol"),
    "country": _m("name of the country"),
    "motto": _m("its motto"),
    "place_and_date": _m("place and date"),
    "kind": _m("kind of the document"),
    "signer_title": _m("title of who signs"),
    "signer_name": _m("name of who signs"),
    "recipients_title": _m("word before the recipients"),
    "recipients": _m("the recipients, to be gone through with {%p for one in recipients %}"),
}
FIELDS = {
    "title": _m("title of the study"),
    "subject": _m("what the report is about"),
    "headline": _m("the study in one sentence"),
    "note": _m("what the study says of its inputs"),
    "source": _m("who supplied the inputs"),
    "report_date": _m("date of the reports"),
    "made": _m("run, date and version that the figures are of"),
    "sites": _m("public sites in the lists"),
    "sites_connected": _m("sites that the plan connects"),
    "investments": _m("investments within the budget"),
    "budget": _m("the budget; empty without one"),
    "capex": _m("cost to build"),
    "capex_low": _m("the same at low prices"),
    "capex_high": _m("the same at high prices"),
    "capex_usd": _m("the same in US dollars"),
    "opex": _m("cost to run a year"),
    "present_cost": _m("cost over the study's years"),
    "assumed_share": _m("part of the cost that rests on assumed prices"),
}
SECTIONS = (
    "summary",
    "situation",
    "plan",
    "money",
    "years",
    "conference",
    "indicators",
    "units",
    "firmness",
    "method",
    "sources",
)


@dataclass(frozen=True)
class Report:
    """A report in one language. `office` is its first page and its end (`office.office_of`), `fields` single
    figures by the names of `FIELDS`, all as text."""

    language: str
    office: dict[str, Any]
    fields: dict[str, str]
    sections: tuple[Section, ...]
    created: datetime


def gather(run: Run, language: str) -> Report:
    """All that the report of `run` says, in `language`."""
    facts = Facts(run)
    with speaking(language), money_in(run.currency):
        found = [
            _summary(facts),
            situation.situation(facts),
            works.works(facts),
            money.money(facts),
            programme.years(facts),
            programme.conference(facts),
            programme.indicators(facts),
            programme.units(facts),
            firmness.firmness(facts),
            basis.method(facts),
            basis.sources(facts),
        ]
        sections = numbered(section for section in found if section is not None)
        return Report(language, office_of(run.manifest), _fields(facts), sections, _created(run))


def _created(run: Run) -> datetime:
    made = run.manifest.get("created")
    return datetime.fromisoformat(made) if made else datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def _subject(facts: Facts) -> str:
    title = clean(facts.manifest.get("title"))
    return _("On broadband and Wi-Fi: the situation and what to build first – {title}").format(title=title)


def _fields(facts: Facts) -> dict[str, str]:
    plan, manifest = facts.plan, facts.manifest
    share = plan.get("assumed_share")
    money = {
        "budget": "budget_vnd",
        "capex": "capex_vnd",
        "capex_low": "capex_low_vnd",
        "capex_high": "capex_high_vnd",
        "opex": "opex_vnd_per_year",
        "present_cost": "present_cost_vnd",
    }
    return {
        "title": clean(manifest.get("title")),
        "subject": _subject(facts),
        "headline": situation.headline_of(facts),
        "note": clean(manifest.get("note")),
        "source": clean(manifest.get("source")),
        "report_date": basis.reported_on(manifest),
        "made": basis.made_said(facts),
        "sites": group_digits(len(facts.table("gaps"))),
        "sites_connected": group_digits(plan.get("sites_connected", 0)),
        "investments": group_digits(len(facts.funded)),
        "capex_usd": say_usd(plan["capex_usd"]) if "capex_usd" in plan else "",
        "assumed_share": "" if share is None else f"{decimal(100 * share, 0)} %",
        **{name: say_vnd(plan[key]) if plan.get(key) is not None else "" for name, key in money.items()},
    }


def _summary(facts: Facts) -> Section:
    gaps = facts.table("gaps")
    parts: list[Part] = []
    if date := basis.reported_on(facts.manifest):
        said = _("The figures are those of the reports of {date} and of the plan worked out from them.")
        parts.append(Text("text", said.format(date=date)))
    parts.append(Text("item", situation.headline_of(facts) + "."))
    said = _("{sites} public sites. Gaps: {gaps}. Not known: {unknown}.")
    counts = {name: _by_service(gaps, status) for name, status in (("gaps", GAP), ("unknown", UNKNOWN))}
    parts.append(Text("item", said.format(sites=group_digits(len(gaps)), **counts)))
    parts.append(Text("item", _("Plan: {plan}").format(plan=works.bought_said(facts))))
    share = facts.plan.get("assumed_share")
    if share:
        said = _("{share} of the cost rests on assumed prices")
        parts.append(Text("item", said.format(share=f"{decimal(100 * share, 0)} %") + "."))
    if note := clean(facts.manifest.get("note")):
        parts.append(Text("note", note))
    return Section("summary", _("Summary"), tuple(parts))


def _by_service(gaps: pd.DataFrame, status: str) -> str:
    return ", ".join(
        f"{say(SERVICE_NAMES, service)} {group_digits(int((gaps[service] == status).sum()))}"
        for service in SERVICE_NAMES
    )
