"""How firm the plan is: how often draws of prices, statuses and signals build it too; whom to ask first."""

import pandas as pd

from phusong.language import _, _m
from phusong.maps.saying import ids_in
from phusong.reports.facts import Facts, names_of
from phusong.reports.parts import Column, Part, Section, money_column, table
from phusong.reports.programme import percent
from phusong.units import group_digits
from phusong.wording import SERVICE_NAMES, TECHNOLOGY_NAMES, say

#: Why a status is in doubt.
DOUBT_NAMES = {"unknown": _m("unknown"), "assumed": _m("assumed"), "old": _m("old")}


def firmness(facts: Facts) -> Section | None:
    """How firm each investment is and whom to ask first; None where the plan was not drawn anew."""
    rows, ask = (facts.run.tables.get(name, pd.DataFrame()) for name in ("sensitivity", "survey"))
    parts: list[Part] = []
    if len(rows):
        draws = int(rows["draws"].iloc[0])
        columns = [
            Column(_("Rank"), form="0"),
            Column(_("Technology")),
            Column(_("Sites that it serves"), lambda ids: facts.sites(ids, 3)),
            Column(_("Built in"), percent, form="0.0"),
            Column(_("Among the first in"), percent, form="0.0"),
            money_column(_("10 % of the draws cost less")),
            money_column(_("90 % of the draws cost less")),
            Column(_("Investment")).in_annex(),
        ]
        body = [
            [
                row["rank"],
                say(TECHNOLOGY_NAMES, row["technology"]),
                row["site_ids"],
                row["built_percent"],
                row["top_percent"],
                row["capex_10_vnd"],
                row["capex_90_vnd"],
                row["investment_id"],
            ]
            for row in rows.sort_values("rank").to_dict("records")
        ]
        said = _("How firm the plan is: {draws} draws of prices, statuses and signals")
        parts.append(table("sensitivity", said.format(draws=group_digits(draws)), columns, body))
    if len(ask):
        parts.append(_ask_first(facts, ask))
    return Section("firmness", _("How firm the plan is"), tuple(parts)) if parts else None


def _ask_first(facts: Facts, ask: pd.DataFrame) -> Part:
    where = facts.table("gaps").set_index("site_id")["commune_code"]
    columns = [
        Column(_("Rank"), form="0"),
        Column(_("Site")),
        Column(_("Commune")),
        Column(_("In doubt")),
        Column(_("Why")),
        money_column(_("Its answer changes the cost by")),
        Column(_("Code")).in_annex(),
    ]
    body = [
        [
            row["rank"],
            facts.site(row["site_id"]),
            facts.commune(where.get(row["site_id"])),
            ", ".join(say(SERVICE_NAMES, service) for service in ids_in(row["services"])),
            names_of(sorted({say(DOUBT_NAMES, doubt) for doubt in ids_in(row["doubts"])})),
            row["change_vnd"],
            row["site_id"],
        ]
        for row in ask.sort_values("rank").to_dict("records")
    ]
    # Those whose answer changes nothing, or was never tried, need not be asked first.
    most = min(int((ask["change_vnd"].fillna(0) > 0).sum()), 15)
    return table("survey", _("Ask these first"), columns, body, most=most)
