"""phusong plan"""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from phusong.cli.common import (
    engine_option,
    engine_with_progress,
    json_option,
    quiet_option,
    say_json,
    say_table,
    strict_option,
    study_argument,
)
from phusong.cli.job import Designed, Done, do_run
from phusong.cli.run import say_done
from phusong.frontier import frontier_of
from phusong.language import _, speaking
from phusong.portfolio import question_of
from phusong.units import decimal, group_digits, say_vnd

FRONTIER = "frontier"
_COVERS = {"capex": "capex_vnd", "lifetime": "present_cost_vnd"}
#: Rows of the frontier on the screen, of those where something changes; the file has them all.
_ROWS = 15


@click.command(
    "plan",
    help="Plan STUDY under a budget, and say what more or less money would bring: frontier, years, partners.",
    epilog="\b\nExamples:\n"
    "  phusong plan data/nam-giang/study.toml --budget '8 tỷ' --out maps/eight-billion\n"
    "  phusong plan study.toml --budget '20 tỷ' --covers lifetime --objective people",
)
@study_argument
@click.option("--budget", help="Money that there is, such as '5 tỷ'; replaces the study's.")
@click.option("--covers", type=click.Choice(list(_COVERS)), help="What it pays for; replaces the study's.")
@click.option(
    "--objective",
    type=click.Choice(["need", "sites", "people"]),
    help="What it is to buy most of; replaces the study's.",
)
@click.option("--points", default=40, show_default=True, help="Budgets of the frontier.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Run folder [default: runs/ID beside the study].",
)
@click.option("--replace", is_flag=True, help="Replace another run in the folder.")
@json_option
@strict_option
@engine_option
@quiet_option
def command(
    study: Path,
    budget: str | None,
    covers: str | None,
    objective: str | None,
    points: int,
    out: Path | None,
    replace: bool,
    as_json: bool,
    strict: bool,
    engine_address: str,
    quiet: bool,
) -> None:
    asked = {"budget_covers": covers, "objective": objective}
    changes = {name: value for name, value in asked.items() if value is not None}
    with engine_with_progress(engine_address, quiet) as engine:

        def also(found: Designed, stage: Path, manifest: dict[str, Any]) -> None:
            engine.progress(_("Frontier"), 0, 1)
            manifest["summary"]["frontier"] = _write_frontier(found, stage, points)
            engine.progress(_("Frontier"), 1, 1)

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
    click.echo(_("Look at: {paths}").format(paths=picture))


def _write_frontier(found: Designed, stage: Path, points: int) -> list[dict[str, Any]]:
    """frontier.csv, .png and .svg in the run folder; the rows for the manifest."""
    from phusong.pictures.frontier import draw_frontier

    study = found.study
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
