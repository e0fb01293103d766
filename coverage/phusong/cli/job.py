"""The main job, from a study file to a run folder: what `run` and `quickstart` do."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phusong.cli.common import open_study
from phusong.costs import Prices, vnd_per
from phusong.domain import INPUT_TABLES, Finding
from phusong.engine import Engine
from phusong.exports import export
from phusong.gaps import communes_without_fibre, count, count_statuses, find_gaps, roll_up
from phusong.language import _
from phusong.maps import draw_map
from phusong.options import propose_options
from phusong.portfolio import Plan, choose_plan
from phusong.readers import read_prices
from phusong.runs import (
    GEOPACKAGE,
    MANIFEST,
    Run,
    describe_inputs,
    make_manifest,
    new_run_folder,
    to_wgs84,
    write_findings,
    write_manifest,
    write_tables,
)
from phusong.signals import signals_at_sites
from phusong.study import Study
from phusong.units import Currency, parse_number, parse_vnd, show_money_in
from phusong.video import video_with_plan

MAP = "map.html"
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
            "investments_geojson": f"{EXPORT}/investments.geojson",
            "communes_geojson": f"{EXPORT}/communes.geojson",
            "geopackage": GEOPACKAGE,
            "findings": "findings.csv",
            "set_aside": "set_aside.csv",
            "manifest": MANIFEST,
        }
        return {what: str(self.run.folder / name) for what, name in names.items()}


def do_run(
    path: Path,
    engine: Engine,
    *,
    out: Path | None,
    strict: bool,
    replace: bool,
    budget: str | None,
    command: str,
) -> Done:
    """Read, check, find the gaps, design and choose, and write it all into a run folder."""
    study, region, findings = open_study(path, engine, strict)
    prices = read_prices(study)
    study = with_budget(study, budget, prices)
    inputs = describe_inputs(study, region)
    signals = signals_at_sites(study, region, engine)
    findings += signals.findings
    gaps = find_gaps(study, region, engine, signals.table)
    communes = roll_up(gaps, region.communes)
    engine.progress(_("Design"), 0, 1)
    graph, options = propose_options(study, region, gaps, prices)
    plan = choose_plan(study, region, gaps, options, prices, graph)
    engine.progress(_("Design"), 1, 1)

    manifest = make_manifest(study, inputs, prices, region.sites.crs, command, engine.address)
    show_money_in(Currency(**manifest["currency"]))
    manifest["calibration"] = signals.calibration.to_dict("records")
    manifest["summary"] = summarise(manifest["run_id"], gaps, communes, plan)
    tables = to_wgs84(
        {name: getattr(region, name) for name in INPUT_TABLES}
        | {"gaps": gaps, "signals": signals.table, "commune_status": communes, "options": plan.options}
        | {"investments": plan.investments, "segments": plan.segments}
    )
    folder = out or study.folder / "runs" / manifest["run_id"]
    engine.progress(_("Writing"), 0, 1)
    with new_run_folder(folder, manifest["run_id"], replace) as stage:
        run = Run(stage, manifest, tables)
        write_tables(stage, tables)
        write_findings(stage, findings, region.set_aside)
        export(run, "geojson", stage / EXPORT, study.language)
        draw_map(run, stage / MAP, language=study.language)
        write_manifest(stage, manifest)
    engine.progress(_("Writing"), 1, 1)
    return Done(Run(folder, manifest, tables), findings, len(region.set_aside))


def with_budget(study: Study, budget: str | None, prices: Prices) -> Study:
    """The study with the `budget` of the command line, or its own, in đồng."""
    said, plan = (budget or "").strip(), study.plan
    dollars = plan.budget_usd if budget is None else None
    if match := re.fullmatch(r"(.*?)\s*(USD|US\$|\$)", said, flags=re.IGNORECASE):
        said, dollars = "", parse_number(match[1])
    if dollars is not None:
        budget_vnd: int | None = round(dollars * vnd_per("USD", prices))
    else:
        budget_vnd = plan.budget_vnd if budget is None else parse_vnd(said)
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
