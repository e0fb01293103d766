"""The feed: what each unit of a run reports, has and gets, in one long table, a row a unit, indicator, date.

A unit is its code and the list (vintage) that the code belongs to; figures of two lists are never added up.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

import pandas as pd
import pandera.pandas as pa

from phusong.admin.gazetteer import full_name
from phusong.domain import LEVELS, OK, ONE_AREA, SERVICES, STATUSES, UNKNOWN, conform
from phusong.domain.tables import DATE, number, table, text
from phusong.domain.words import BASES
from phusong.handover import Indicator
from phusong.indicators import own_vintage, percent
from phusong.language import _, _m
from phusong.runs import Run
from phusong.wording import SERVICE_NAMES, STATUS_NAMES

#: Level of the rows that stand for all units of the study.
STUDY = "study"

_CODE = r"^(\d{2}|\d{3}|\d{5})$"
FEED = table(
    "feed",
    "level+vintage+unit_code+unit_name+indicator+units_level+date",
    {
        "level": text("level of the unit; study = all of the study", nullable=False, among=(*LEVELS, STUDY)),
        "vintage": text("year and month of the unit list that the code belongs to; empty when nobody says"),
        "unit_code": text(
            "official code of the unit (2, 3 or 5 digits); empty for the study, and where no list says it",
            checks=[pa.Check.str_matches(_CODE)],
        ),
        "unit_name": text("its name; the title of the study", nullable=False),
        "indicator": text("code of the indicator", nullable=False),
        "indicator_vi": text("its name in Vietnamese", nullable=False),
        "indicator_en": text("its name in English", nullable=False),
        "unit_of_measure": text("what the value is counted in; 1 = a bare count", nullable=False),
        "date": text("date that the figure speaks of: year, month or day", checks=[DATE]),
        "value": number("the figure; of a yes or no 1 or 0; empty = not known", "1", 0),
        "of": number("of how many; empty when it is no part of a whole, or that is not known", "1", 0),
        "percent": number("value in per cent of `of`", "%", 0),
        "units_level": text("of a figure of the whole study: level of the units counted", among=LEVELS),
        "units": number("units that should report", "1", 0, dtype="Int64"),
        "reported": number("units that have reported", "1", 0, dtype="Int64"),
        "basis": text("what the least sure part of the figure rests on; empty = not known", among=BASES),
        "run_id": text("run that the figure comes from", nullable=False),
    },
    "a row a unit, indicator and date",
)

_PLAN = {
    "sites_connected": (_m("Sites that the plan connects"), "1"),
    "sites_wifi": (_m("Sites to which the plan gives Wi-Fi"), "1"),
    "capex_vnd": (_m("Plan: cost to build"), "VND"),
    "capex_low_vnd": (_m("Plan: cost to build at low prices"), "VND"),
    "capex_high_vnd": (_m("Plan: cost to build at high prices"), "VND"),
    "opex_vnd_per_year": (_m("Plan: cost to run a year"), "VND/year"),
    "present_cost_vnd": (_m("Plan: cost over the study's years, discounted"), "VND"),
}
_CONFERENCE = {
    "ready": (_m("Can join a conference today"), "1"),
    "ready_with_plan": (_m("Can join a conference with the plan built"), "1"),
    "equipment_capex_vnd": (_m("Equipment for conferences: cost to build"), "VND"),
    "equipment_opex_vnd_per_year": (_m("Equipment for conferences: cost to run a year"), "VND/year"),
}

Row = dict[str, Any]
#: By commune, service and status ("" = any): what it rests on, and its newest date.
_Evidence = Mapping[tuple[str, str, str], tuple[str | None, str | None]]


def feed_of(run: Run) -> pd.DataFrame:
    """FEED of the run: its indicators, coverage by service, plan and, where it has that table, who can join
    conferences; by the study's communes and as a whole, and by the communes of the other date."""
    run_id, title = run.manifest["run_id"], run.manifest["title"]
    own = own_vintage(run.manifest.get("vintage") or "", run.tables["communes"]) or None
    study = {"level": STUDY, "vintage": own, "unit_name": title}
    evidence = _evidence(run)
    rows = [
        {**row, "percent": percent(row.get("value"), row.get("of")), "run_id": run_id}
        for row in (
            *_reported(run, study),
            *_communes(run, own, *evidence),
            *_whole_study(run, study, *evidence),
            *_other_units(run, *evidence),
            *_conference(run, study),
        )
    ]
    known = [{key: None if pd.isna(cell) else cell for key, cell in row.items()} for row in rows]
    return conform(pd.DataFrame(known, columns=list(FEED.columns)), FEED)


def _names(say: Any) -> Row:
    return {f"indicator_{language}": say(language) for language in ("vi", "en")}


def _reported(run: Run, study: Row) -> Iterator[Row]:
    """What units reported, each date, and what it came to at each date."""
    said = run.manifest.get("indicators", {})
    definitions = {code: Indicator.model_validate(one) for code, one in said.items()}
    for row in run.tables["indicators"].to_dict("records"):
        definition = definitions[row["indicator"]]
        yield {
            **{key: row[key] for key in ("level", "vintage", "unit_code", "indicator", "date", "value")},
            **_names(definition.name),
            "unit_name": row["unit_name"] if isinstance(row["unit_name"], str) else row["unit_code"],
            "unit_of_measure": "1",
            "of": 1 if definition.kind == "done" else row["of"],
            "basis": "reported",
        }
    figures = run.tables.get("indicator_figures")
    for row in [] if figures is None else figures.to_dict("records"):
        yield {
            **study,
            **{key: row[key] for key in ("vintage", "indicator", "date", "value", "of", "units", "reported")},
            **_names(definitions[row["indicator"]].name),
            "unit_of_measure": "1",
            "units_level": row["level"],
            "basis": "reported",
        }


def _communes(run: Run, own: str | None, sites: _Evidence, centres: _Evidence) -> Iterator[Row]:
    tables, basis = run.tables, _plan_basis(run)
    plan = tables["commune_plan"].set_index("commune_code") if len(tables["commune_plan"]) else None
    for row in tables["commune_status"].to_dict("records"):
        code = row["commune_code"]
        if code == ONE_AREA:
            continue
        unit = {"level": "commune", "vintage": own, "unit_code": code}
        unit["unit_name"] = full_name(row["unit_type"], row["name"])
        yield from _coverage(unit, row, [code], sites, centres)
        if plan is not None:
            yield from _planned(unit, plan.loc[code].to_dict(), basis, run)


def _other_units(run: Run, sites: _Evidence, centres: _Evidence) -> Iterator[Row]:
    """The same by the units of the other date, shared out as the run has it."""
    basis, units = _plan_basis(run), run.tables.get("unit_status")
    for row in [] if units is None else units.to_dict("records"):
        unit = {"level": "commune", "vintage": row["vintage"], "unit_code": row["unit_code"]}
        unit["unit_name"] = full_name(row["unit_type"], row["name"])
        parts = row["parts"].split(";")
        for out in _coverage(unit, row, parts, sites, centres):
            yield {**out, "basis": _least_sure([out["basis"], row["share_basis"]]) if out["basis"] else None}
        for out in _planned(unit, row, basis, run):
            yield {**out, "basis": _least_sure([out["basis"], row["share_basis"]])}


def _whole_study(run: Run, study: Row, sites: _Evidence, centres: _Evidence) -> Iterator[Row]:
    status, plan = run.tables["commune_status"], run.tables["commune_plan"]
    codes = list(status["commune_code"])
    counts = [f"{service}_{one}" for service in SERVICES for one in STATUSES]
    totals = {name: int(status[name].sum()) for name in ("sites", *counts)}
    for row in _coverage(study, totals, codes, sites, centres):
        if not row["indicator"].startswith("centre_"):
            yield row
    if codes != [ONE_AREA]:
        for service, one in product(SERVICES, STATUSES):
            basis, date = _together(centres, codes, service, one)
            yield {
                **study,
                "indicator": f"centres_{service}_{one}",
                **_names(lambda to, s=service, o=one: _centres_name(s, o, to)),
                "unit_of_measure": "1",
                "date": date,
                "value": int((status[service] == one).sum()),
                "of": len(codes),
                "units_level": "commune",
                "basis": basis,
            }
    if len(plan):
        yield from _planned(study, plan.drop(columns="commune_code").sum().to_dict(), _plan_basis(run), run)


def _coverage(
    unit: Row, row: Mapping[str, Any], parts: list[str], sites: _Evidence, centres: _Evidence
) -> Iterator[Row]:
    """Sites by service and status, and whether the unit's centre has the service."""
    for service in SERVICES:
        for one in STATUSES:
            basis, date = _together(sites, parts, service, one)
            yield {
                **unit,
                "indicator": f"sites_{service}_{one}",
                **_names(lambda to, s=service, o=one: _sites_name(s, o, to)),
                "unit_of_measure": "1",
                "date": date,
                "value": row[f"{service}_{one}"],
                "of": row["sites"],
                "basis": basis,
            }
        status = row.get(service, UNKNOWN)
        basis, date = _together(centres, parts, service, status)
        yield {
            **unit,
            "indicator": f"centre_{service}",
            **_names(lambda to, s=service: _centre_name(s, to)),
            "unit_of_measure": "1",
            "date": None if status == UNKNOWN else date,
            "value": _yes_no(status),
            "of": 1,
            "basis": None if status == UNKNOWN else basis,
        }


def _planned(unit: Row, row: Mapping[str, Any], basis: str, run: Run) -> Iterator[Row]:
    """Sites and money of the plan, within the budget and beyond it."""
    for (name, (said, measure)), when in product(_PLAN.items(), ("", "later_")):
        if pd.isna(row[f"{when}{name}"]):
            continue
        yield {
            **unit,
            "indicator": f"plan_{when}{name}",
            **_names(lambda to, said=said, when=when: _plan_name(said, when, to)),
            "unit_of_measure": measure,
            "date": run.manifest.get("report_date") or None,
            "value": row[f"{when}{name}"],
            "basis": "computed" if name.startswith("sites") else basis,
        }


def _conference(run: Run, study: Row) -> Iterator[Row]:
    """Who can join a conference, today and with the plan, and what equipment that takes."""
    table = run.tables.get("conference")
    rows = [] if table is None else table.to_dict("records")
    money = _plan_basis(run)
    for row, (name, (said, measure)) in product(rows, _CONFERENCE.items()):
        ready = name.startswith("ready")
        value = _yes_no(row[name]) if ready else row[name]
        yield {
            **{key: row[key] for key in ("level", "vintage", "unit_name")},
            "unit_code": row["unit_code"] if re.match(_CODE, row["unit_code"]) else None,
            "indicator": f"conference_{name}",
            **_names(lambda to, said=said: _(said, to)),
            "unit_of_measure": measure,
            "date": row["date"],
            "value": value,
            **({"of": 1} if ready else {}),
            "basis": None if value is None else ("reported" if name == "ready" else money),
        }
    for level, name in product(sorted({row["level"] for row in rows}), ("ready", "ready_with_plan")):
        here = [row for row in rows if row["level"] == level]
        yield {
            **study,
            "vintage": here[0]["vintage"],
            "indicator": f"conference_{name}",
            **_names(lambda to, name=name: _(_CONFERENCE[name][0], to)),
            "unit_of_measure": "1",
            "date": max((row["date"] for row in here if isinstance(row["date"], str)), default=None),
            "value": sum(row[name] == OK for row in here),
            "of": len(here),
            "units_level": level,
            "basis": "reported" if name == "ready" else "computed",
        }


def _yes_no(status: str) -> int | None:
    return None if status == UNKNOWN else int(status == OK)


def _sites_name(service: str, status: str, language: str) -> str:
    said = _("Public sites, {service}: {status}", language)
    return said.format(service=_(SERVICE_NAMES[service], language), status=_(STATUS_NAMES[status], language))


def _centres_name(service: str, status: str, language: str) -> str:
    said = _("Commune centres, {service}: {status}", language)
    return said.format(service=_(SERVICE_NAMES[service], language), status=_(STATUS_NAMES[status], language))


def _centre_name(service: str, language: str) -> str:
    return _("Commune centre has: {service}", language).format(service=_(SERVICE_NAMES[service], language))


def _plan_name(said: str, when: str, language: str) -> str:
    within = _("beyond the budget", language) if when else _("within the budget", language)
    return f"{_(said, language)}, {within}"


def _plan_basis(run: Run) -> str:
    """Money rests on assumed prices until all are the province's own."""
    share = run.manifest.get("summary", {}).get("plan", {}).get("assumed_share")
    return "computed" if share == 0 else "assumed"


def _evidence(run: Run) -> tuple[_Evidence, _Evidence]:
    """By commune and service, of all sites and of the commune's centre."""
    gaps, status = run.tables["gaps"], run.tables["commune_status"]
    centre = set(status["centre_site_id"].dropna())
    return _rests_on(gaps), _rests_on(gaps[gaps["site_id"].isin(centre)])


def _rests_on(gaps: pd.DataFrame) -> _Evidence:
    out: dict[tuple[str, str, str], tuple[str | None, str | None]] = {}
    for service in SERVICES:
        columns = ("commune_code", service, f"{service}_basis", f"{service}_date")
        for code, status, basis, date in zip(*(gaps[name] for name in columns), strict=True):
            known, _date = out.get((code, service, status), (None, None))
            out[code, service, status] = _least_sure((known, basis)), None
            _basis, newest = out.get((code, service, ""), (None, None))
            dates = [day for day in (newest, date) if isinstance(day, str)]
            out[code, service, ""] = None, max(dates, default=None)
    return out


def _together(
    evidence: _Evidence, codes: list[str], service: str, status: str
) -> tuple[str | None, str | None]:
    """What the figure of a status rests on in these communes, and the newest date of the service there."""
    found = [evidence.get((code, service, status), (None, None)) for code in codes]
    dates = [evidence.get((code, service, ""), (None, None))[1] for code in codes]
    return _least_sure(basis for basis, _date in found), max(filter(None, dates), default=None)


def _least_sure(bases: Iterable[object]) -> str | None:
    known = [basis for basis in bases if isinstance(basis, str)]
    return max(known, key=BASES.index, default=None)
