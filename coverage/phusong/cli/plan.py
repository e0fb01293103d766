"""phusong plan"""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from phusong.cli.common import (
    budget_option,
    engine_option,
    engine_with_progress,
    out_option,
    replace_option,
    say_json,
    say_table,
    strict_option,
    study_argument,
)
from phusong.cli.job import Designed, Done, do_run
from phusong.cli.run import say_done
from phusong.cli.verb import verb
from phusong.draws import run_draws
from phusong.engine import Engine
from phusong.frontier import frontier_of
from phusong.language import _, speaking
from phusong.portfolio import question_of
from phusong.runs import TABLES
from phusong.sensitivity import sensitivity_of
from phusong.units import decimal, group_digits, say_vnd
from phusong.wording import SERVICE_NAMES, say

FRONTIER = "frontier"
#: Rows of the frontier on the screen, of those where something changes; the file has them all.
_ROWS = 15


@verb(
    "plan",
    help="Plan STUDY under a budget, and say what more or less money would bring: frontier, years, partners.",
    epilog="\b\nExamples:\n"
    "  phusong plan data/nam-giang/study.toml --budget '8 tỷ' --out maps/eight-billion\n"
    "  phusong plan study.toml --budget '20 tỷ' --covers lifetime --objective people",
)
@study_argument
@budget_option
@click.option(
    "--covers", type=click.Choice(["capex", "lifetime"]), help="What it pays for; replaces the study's."
)
@click.option(
    "--objective",
    type=click.Choice(["need", "sites", "people"]),
    help="What it is to buy most of; replaces the study's.",
)
@click.option(
    "--draws",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Plan anew for so many draws of prices, doubtful statuses and signals: how firm each investment is.",
)
@click.option(
    "--points",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    help="Budgets of the frontier.",
)
@out_option
@replace_option
@strict_option
@engine_option
def command(
    study: Path,
    budget: str | None,
    covers: str | None,
    objective: str | None,
    draws: int,
    points: int,
    out: Path | None,
    replace: bool,
    as_json: bool,
    strict: bool,
    engine_address: str,
) -> None:
    asked = {"budget_covers": covers, "objective": objective}
    changes = {name: value for name, value in asked.items() if value is not None}
    with engine_with_progress(engine_address) as engine:

        def also(found: Designed, stage: Path, manifest: dict[str, Any]) -> None:
            engine.progress(_("Frontier"), 0, 1)
            manifest["summary"]["frontier"] = _write_frontier(found, stage, points)
            engine.progress(_("Frontier"), 1, 1)
            if draws:
                # Of this question alone: another budget or price has draws of its own.
                beside = out or found.study.folder / "runs" / manifest["run_id"]
                drawn = beside.parent / f".draws-{manifest['run_id']}"
                firm = _write_sensitivity(found, stage, engine, draws, drawn)
                manifest["summary"]["sensitivity"] = {"draws": draws, "folder": str(drawn), **firm}

        done = do_run(
            study,
            engine,
            out=out,
            strict=strict,
            replace=replace,
            budget=budget,
            command=f"plan {study}",
            changes=changes,
            also=also,
        )
    picture = done.run.folder / f"{FRONTIER}.png"
    if as_json:
        say_json({**done.run.manifest["summary"], "files": {**done.files, "frontier": str(picture)}})
        return
    say_done(done)
    _say_frontier(done)
    _say_sensitivity(done)
    click.echo(_("Look at: {paths}").format(paths=picture))


def _write_frontier(found: Designed, stage: Path, points: int) -> list[dict[str, Any]]:
    """frontier.csv, .png and .svg in the run folder; the rows for the manifest."""
    from phusong.pictures.frontier import draw_frontier

    study = found.study
    assert found.proposal is not None
    offers, wish, covers = question_of(study, found.region, found.gaps, found.proposal, found.prices)
    table = frontier_of(offers, wish, covers, found.gaps, points)
    table.to_csv(stage / f"{FRONTIER}.csv", index=False, encoding="utf-8-sig")
    with speaking(study.language):
        pays = {
            "capex": _("the budget pays for what is built"),
            "lifetime": _("the budget pays for building, renewing and running for {years} years").format(
                years=study.plan.years
            ),
        }[study.plan.budget_covers]
        title = _("{title}: what a budget buys").format(title=study.title)
        note = _("Chosen jointly at the study's prices; {pays}. {note}").format(pays=pays, note=study.note)
        if len(table):
            draw_frontier(table, stage / f"{FRONTIER}.png", title, note, found.plan.budget_vnd)
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
    return rows


def _write_sensitivity(
    found: Designed, stage: Path, engine: Engine, count: int, folder: Path
) -> dict[str, list[dict[str, Any]]]:
    """sensitivity.csv and survey.csv, and the same as tables of the run; the rows for the manifest. Draws
    that lie in `folder` from an earlier run of the same question are taken as they are."""
    asked = (found.study, found.region, found.gaps, found.prices, found.signals.table)
    drawn = run_draws(*asked, count, folder, engine)
    rows = {}
    for name, table in zip(("sensitivity", "survey"), sensitivity_of(drawn, found.plan), strict=True):
        table.to_csv(stage / f"{name}.csv", index=False, encoding="utf-8-sig")
        table.to_parquet(stage / TABLES / f"{name}.parquet", index=False)
        rows[name] = json.loads(table.to_json(orient="records"))
    return rows


def _say_sensitivity(done: Done) -> None:
    """How firm each investment is, and whom to ask first."""
    found = done.run.manifest["summary"].get("sensitivity")
    if not found:
        return
    percent = {name: f"{name}_percent" for name in ("built", "top")}
    names = [_("Investment"), _("Built in"), _("Among the first in"), _("To build: 10 % – 90 % of draws")]
    say_table(
        _("How firm the plan is: {draws} draws of prices, statuses and signals").format(draws=found["draws"]),
        list(zip(names, ("left", "right", "right", "right"), strict=True)),
        [
            [
                row["investment_id"],
                f"{decimal(row[percent['built']], 0)} %",
                f"{decimal(row[percent['top']], 0)} %",
                f"{say_vnd(row['capex_10_vnd'])} – {say_vnd(row['capex_90_vnd'])}",
            ]
            for row in found["sensitivity"]
        ],
    )
    first = [row for row in found["survey"] if row["change_vnd"]][:_ROWS]
    columns = [(_("Site"), "left"), (_("In doubt"), "left"), (_("Its answer changes the cost by"), "right")]
    say_table(
        _("Ask these first"),
        columns,
        [
            [
                row["site_id"],
                ", ".join(say(SERVICE_NAMES, service) for service in row["services"].split(";")),
                say_vnd(row["change_vnd"]),
            ]
            for row in first
        ],
    )


def _say_frontier(done: Done) -> None:
    rows = done.run.manifest["summary"]["frontier"]
    steps = [row for before, row in pairwise([None, *rows]) if not before or before["value"] < row["value"]]
    shown = steps[:: -(-len(steps) // _ROWS)] if steps else []
    names = [_("Budget"), _("Cost"), _("Sites"), _("People"), _("Worth"), _("At most"), _("One site more")]
    say_table(
        _("What a budget buys"),
        [(name, "right") for name in names],
        [
            [
                say_vnd(row["budget_vnd"]),
                say_vnd(row["cost_vnd"]),
                str(row["sites"]),
                group_digits(row["people"]),
                decimal(row["value"], 1),
                decimal(row["ceiling"], 1),
                say_vnd(row["next_site_vnd"]),
            ]
            for row in shown
        ],
    )
