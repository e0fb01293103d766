"""The main job, from a study file to a run folder: what `run` and `quickstart` do."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from phusong.admin import roll_up_units
from phusong.areas import areas_of, plan_areas
from phusong.attendance import people_sheet
from phusong.attendance import summary as conference_summary
from phusong.bycommune import plan_by_commune
from phusong.cli.common import open_study, say_warning
from phusong.conference import find_conference, terms_of
from phusong.costs import Prices, vnd_per
from phusong.domain import INPUT_TABLES, Finding, Region
from phusong.engine import Engine
from phusong.errors import StudyError
from phusong.exports import export
from phusong.gaps import communes_without_fibre, count, count_statuses, find_gaps, roll_up
from phusong.indicators import indicator_figures, own_vintage
from phusong.language import _
from phusong.maps import draw_map
from phusong.options import Proposal, propose_options
from phusong.portfolio import Plan, choose_plan
from phusong.readers import read_prices
from phusong.readers.prices import EXCHANGE
from phusong.resume import Left
from phusong.runs import (
    GEOPACKAGE,
    MANIFEST,
    Run,
    corrections_record,
    describe_inputs,
    keep_template,
    make_manifest,
    new_run_folder,
    run_id_of,
    safe_cell,
    to_wgs84,
    write_corrections_log,
    write_findings,
    write_manifest,
    write_tables,
)
from phusong.signals import Signals, signals_at_sites
from phusong.study import Study
from phusong.units import Currency, enough, parse_number, parse_vnd, show_money_in
from phusong.video import video_with_plan

MAP = "map.html"
CONFERENCE = "conference.csv"
EXPORT = "export"


@dataclass(frozen=True)
class Done:
    """What the job leaves: the run, and what was found wrong with the inputs."""

    run: Run
    findings: list[Finding]
    set_aside: int

    @property
    def files(self) -> dict[str, str]:
        """What to open, by what it is."""
        names = {
            "map": MAP,
            "sites_geojson": f"{EXPORT}/sites.geojson",
            "new_lines_geojson": f"{EXPORT}/new_lines.geojson",
            "links_geojson": f"{EXPORT}/links.geojson",
            "investments_geojson": f"{EXPORT}/investments.geojson",
            "communes_geojson": f"{EXPORT}/communes.geojson",
            "geopackage": GEOPACKAGE,
            "findings": "findings.csv",
            "set_aside": "set_aside.csv",
            "conference": CONFERENCE,
            "manifest": MANIFEST,
        }
        return {what: str(self.run.folder / name) for what, name in names.items()}


@dataclass(frozen=True)
class Designed:
    """All that a run works out from a study, before anything is written."""

    study: Study
    region: Region
    inputs: dict[str, list[dict[str, Any]]]
    prices: Prices
    signals: Signals
    gaps: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame
    plan: Plan
    facilities: gpd.GeoDataFrame
    alternatives: pd.DataFrame
    demand: pd.DataFrame
    #: All that the plan was chosen from; None for a study that was designed by area.
    proposal: Proposal | None
    left: Left
    findings: list[Finding]


def design(
    path: Path,
    engine: Engine,
    strict: bool,
    budget: str | None,
    changes: Mapping[str, Any],
    out: Path | None = None,
    at_once: bool = False,
) -> Designed:
    """Read, check, find the gaps, design and choose. `budget` and `changes` replace values of [plan]. Areas
    that are done are kept beside `out`. Raises StudyError for a study `at_once` that is designed by area."""
    study, region, findings = open_study(path, engine, strict)
    if changes:
        plan = type(study.plan).model_validate({**study.plan.model_dump(), **changes})
        study = study.model_copy(update={"plan": plan})
    prices = read_prices(study)
    study = with_budget(study, budget, prices)
    inputs = describe_inputs(study, region)
    signals = signals_at_sites(study, region, engine)
    gaps = find_gaps(study, region, engine, signals.table)
    communes = roll_up(gaps, region.communes)
    question = run_id_of(study, inputs, prices)
    left = Left((out.parent if out else study.folder / "runs") / f".areas-{question}")
    areas = areas_of(region.communes, gaps, study.plan.sites_at_once)
    all_findings = findings + signals.findings
    known = (study, region, inputs, prices, signals, gaps, communes)
    if len(areas) > 1 and at_once:
        raise StudyError(
            _("its {count} sites are designed by area, and only a plan made at once can do this").format(
                count=len(gaps)
            ),
            where=str(study.file),
            do=_("Take a part of it, or a larger [plan] sites_at_once and a machine with more memory."),
        )
    if len(areas) > 1:
        joined = plan_areas(study, region, gaps, prices, signals.table, areas, engine, left.kept, left.keep)
        offers = joined.facilities, joined.alternatives, joined.demand
        return Designed(*known, joined.plan, *offers, None, left, all_findings)
    engine.progress(_("Design"), 0, 1)
    proposal = propose_options(study, region, gaps, prices, signals.table)
    chosen = choose_plan(study, region, gaps, proposal, prices)
    engine.progress(_("Design"), 1, 1)
    offers = proposal.facilities, proposal.alternatives, proposal.demand
    return Designed(*known, chosen, *offers, proposal, left, all_findings)


def do_run(
    path: Path,
    engine: Engine,
    *,
    out: Path | None,
    strict: bool,
    replace: bool,
    budget: str | None = None,
    command: str,
    changes: Mapping[str, Any] | None = None,
    also: Callable[[Designed, Path, dict[str, Any]], None] | None = None,
) -> Done:
    """Design and write it all into a run folder. `also` writes more there, from the design and manifest, of a
    plan that is made at once."""
    found = design(path, engine, strict, budget, changes or {}, out, at_once=also is not None)
    study, region, plan = found.study, found.region, found.plan
    manifest = make_manifest(study, found.inputs, found.prices, region.sites.crs, command, engine.address)
    show_money_in(Currency(**manifest["currency"]))
    if len(region.corrections):
        manifest["corrections"] = corrections_record(region.corrections)
    manifest["calibration"] = found.signals.calibration.to_dict("records")
    manifest["summary"] = summarise(manifest["run_id"], found.gaps, found.communes, plan)
    manifest["summary"]["plan"] |= in_dollars(plan, found.prices)
    by_commune = plan_by_commune(plan.investments, plan.options, found.gaps, found.communes)
    tables = to_wgs84(
        {name: getattr(region, name) for name in INPUT_TABLES}
        | {"gaps": found.gaps, "signals": found.signals.table, "commune_status": found.communes}
        | {"commune_plan": by_commune}
        | {name: getattr(found, name) for name in ("facilities", "alternatives", "demand")}
        | {name: getattr(plan, name) for name in ("options", "investments", "segments", "links")}
    )
    tables["conference"] = find_conference(tables, terms_of(study, found.prices))
    manifest["summary"]["conference"] = conference_summary(tables["conference"])
    units = roll_up_units(found.communes, region.crosswalk, region.communes, study.vintage, plan=by_commune)
    if len(units):
        tables["unit_status"] = units
    if len(region.indicators):
        own = own_vintage(study.vintage, region.communes)
        tables["indicator_figures"] = indicator_figures(
            region.indicators, region.units, study.indicators, own
        )
        manifest["indicators"] = {
            code: definition.model_dump(mode="json")
            for code, definition in study.indicators.items()
            if code in set(region.indicators["indicator"])
        }
    folder = out or study.folder / "runs" / manifest["run_id"]
    engine.progress(_("Writing"), 0, 1)
    with new_run_folder(folder, manifest["run_id"], replace, say_warning) as stage:
        run = Run(stage, manifest, tables)
        write_tables(stage, tables)
        write_findings(stage, found.findings, region.set_aside)
        if len(units):
            units.map(safe_cell).to_csv(stage / "unit_status.csv", index=False, encoding="utf-8-sig")
        _write_conference(stage, tables, study.language)
        if len(region.indicators):
            figures = tables["indicator_figures"].convert_dtypes().map(safe_cell)
            figures.to_csv(stage / "indicator_figures.csv", index=False, encoding="utf-8-sig")
        keep_template(stage, study)
        write_corrections_log(stage, region.corrections)
        if also is not None:
            also(found, stage, manifest)
        export(run, "geojson", stage / EXPORT, study.language)
        draw_map(run, stage / MAP, language=study.language, warn=say_warning)
        write_manifest(stage, manifest)
    found.left.take_away()
    engine.progress(_("Writing"), 1, 1)
    return Done(Run(folder, manifest, tables), found.findings, len(region.set_aside))


def _write_conference(stage: Path, tables: Mapping[str, Any], language: str) -> None:
    """conference.csv, for people: in the study's language."""
    sites = tables["sites"]
    names = dict(zip(sites["site_id"], sites["name"], strict=True))
    sheet = people_sheet(tables["conference"], names, language)
    sheet.rename(columns=safe_cell).map(safe_cell).to_csv(
        stage / CONFERENCE, index=False, encoding="utf-8-sig"
    )


def in_dollars(plan: Plan, prices: Prices) -> dict[str, Any]:
    """The funded CAPEX in whole USD, with the rate and its date, and the gap that a subsidy must close."""
    rate = prices[EXCHANGE]["vnd_per_usd"]
    funded = plan.investments[plan.investments["funded"]]
    return {
        "capex_usd": round(plan.total()["capex_vnd"] / rate.value),
        "vnd_per_usd": rate.value,
        "vnd_per_usd_date": rate.date,
        "revenue_vnd_per_year": int(funded["revenue_vnd_per_year"].sum()),
        "viability_gap_vnd": int(funded["viability_gap_vnd"].sum()),
    }


def with_budget(study: Study, budget: str | None, prices: Prices) -> Study:
    """The study with the `budget` of the command line, or its own, in đồng."""
    said, plan = (budget or "").strip(), study.plan
    dollars = plan.budget_usd if budget is None else None
    if match := re.fullmatch(r"(.*?)\s*(USD|US\$|\$)", said, flags=re.IGNORECASE):
        said, dollars = "", parse_number(match[1])
    if dollars is not None:
        budget_vnd: int | None = round(dollars * vnd_per("USD", prices))
    else:
        budget_vnd = plan.budget_vnd if budget is None else enough(parse_vnd(said))
    changed = plan.model_copy(update={"budget_vnd": budget_vnd})
    return study.model_copy(update={"plan": changed})


def summarise(run_id: str, gaps: Any, communes: Any, plan: Plan) -> dict[str, Any]:
    """The run in one object: what `run --json` prints and the map and report repeat."""
    return {
        "run_id": run_id,
        "sites": len(gaps),
        "gaps": count_statuses(gaps),
        "communes_without_fibre": communes_without_fibre(communes),
        "plan": plan.summary() | {"video": count(video_with_plan(gaps, plan.built()))},
    }
