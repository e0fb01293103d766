"""phusong run"""

from pathlib import Path
from typing import Any

import click

from phusong.attendance import headline, say_equipment
from phusong.cli.common import (
    budget_option,
    engine_option,
    engine_with_progress,
    out_option,
    replace_option,
    say_findings,
    say_json,
    say_table,
    strict_option,
    study_argument,
)
from phusong.cli.gaps import say_gaps
from phusong.cli.job import Done, do_run
from phusong.cli.verb import verb
from phusong.joins import road_joins, say_join
from phusong.language import _
from phusong.portfolio import why
from phusong.units import group_digits, say_usd, say_vnd
from phusong.wording import RULES, TECHNOLOGY_NAMES, say, say_ceiling, say_proof, say_what_is_proven

#: Investments that the screen shows; the files have all.
MOST_ROWS = 100


@verb(
    "run",
    help="The main job on STUDY: check, gaps, design, prices, ranking, map and GeoJSON in a run folder.",
    epilog="\b\nExamples:\n"
    "  phusong run data/nam-giang/study.toml\n"
    "  phusong run study.toml --budget '5 tỷ' --out maps/five-billion",
)
@study_argument
@out_option
@budget_option
@replace_option
@strict_option
@engine_option
def command(
    study: Path,
    out: Path | None,
    budget: str | None,
    replace: bool,
    as_json: bool,
    strict: bool,
    engine_address: str,
) -> None:
    with engine_with_progress(engine_address) as engine:
        done = do_run(
            study,
            engine,
            out=out,
            strict=strict,
            replace=replace,
            budget=budget,
            command=f"run {study}",
        )
    if as_json:
        say_json({**done.run.manifest["summary"], "files": done.files})
    else:
        say_done(done)


def say_done(done: Done) -> None:
    """The figures of a run, the investments in order, and what to open next."""
    tables, plan = done.run.tables, done.run.manifest["summary"]["plan"]
    say_findings(done.findings)
    say_gaps(tables["gaps"], tables["commune_status"])
    names = dict(zip(tables["commune_status"]["commune_code"], tables["commune_status"]["name"], strict=True))
    counted = set(tables["gaps"].loc[tables["gaps"]["people"].notna(), "site_id"])
    rows = [
        [
            str(i.rank),
            say(TECHNOLOGY_NAMES, i.technology),
            ", ".join(names.get(code, code) for code in i.commune_codes.split(";")),
            str(i.sites),
            group_digits(i.people) if counted.intersection(i.site_ids.split(";")) else "–",
            say_vnd(i.capex_vnd),
            say_vnd(i.opex_vnd_per_year),
            _("yes") if i.funded else _("no"),
            why(i._asdict()),
        ]
        for i in tables["investments"].drop(columns="geometry").head(MOST_ROWS).itertuples(index=False)
    ]
    headers = [_("Rank"), _("Technology"), _("Where"), _("Sites"), _("People"), _("To build"), _("A year")]
    sides = ["right", "left", "left", "right", "right", "right", "right", "left", "left"]
    say_table(
        _("Investments in the order to build"),
        list(zip([*headers, _("Funded"), _("Why here")], sides, strict=True)),
        rows,
    )
    if (more := len(tables["investments"]) - MOST_ROWS) > 0:
        click.echo(_("… and {count} more: {file}").format(count=more, file=done.files["investments_geojson"]))
    click.echo(
        _("{sites} sites connected for {capex} (range {low} – {high}) and {opex} a year").format(
            sites=plan["sites_connected"],
            capex=say_vnd(plan["capex_vnd"]),
            low=say_vnd(plan["capex_low_vnd"]),
            high=say_vnd(plan["capex_high_vnd"]),
            opex=say_vnd(plan["opex_vnd_per_year"]),
        )
    )
    for join in road_joins(tables["segments"]):
        said = _("Two parts of the road network are joined off-road: {crossing}")
        click.echo(said.format(crossing=say_join(join)))
    if proof := say_proof(plan["proof"]):
        click.echo(_("Connections: {proof}").format(proof=proof))
        click.echo(say_what_is_proven(plan["proof"]))
    if ceiling := say_ceiling(plan["ceiling"]):
        click.echo(ceiling)
    _say_phases(plan)
    if done.run.manifest["currency"]["code"] == "VND":
        click.echo(
            _("In dollars: {usd} to build, at {rate} ₫ a dollar ({date})").format(
                usd=say_usd(plan["capex_usd"]),
                rate=group_digits(plan["vnd_per_usd"]),
                date=plan["vnd_per_usd_date"],
            )
        )
    click.echo(
        _(
            "Expected revenue {revenue} a year; {gap} of the cost over the study's years is left to a subsidy"
        ).format(revenue=say_vnd(plan["revenue_vnd_per_year"]), gap=say_vnd(plan["viability_gap_vnd"]))
    )
    say_conference(done)
    for rule in [r for r in plan["rules"] if r in ("straight_lines", "one_area", "by_area")]:
        click.echo(say(RULES, rule)[:1].upper() + say(RULES, rule)[1:] + ".")
    click.echo(_("Open in a browser: {path}").format(path=done.files["map"]))
    click.echo(_("For partners: {path}").format(path=done.run.folder / "export"))
    click.echo(_("For QGIS: {path}").format(path=done.files["geopackage"]))


def say_conference(done: Done) -> None:
    """Who can join a conference of three levels, today and with the plan, and what the rooms cost."""
    table = done.run.tables["conference"]
    if table.empty:
        return
    for said, column in (
        (_("Video conference of three levels: {headline}"), "ready"),
        (_("Once the plan is built and the rooms are equipped: {headline}"), "ready_with_plan"),
    ):
        click.echo(said.format(headline=headline(table["level"], table[column])))
    sentences = say_equipment(done.run.manifest["summary"]["conference"]["equipment"])
    if sentences:
        click.echo(" ".join([_("Room equipment is not in the plan's money."), *sentences]))


def _say_phases(plan: dict[str, Any]) -> None:
    """What each partner builds in each year; nothing where there is neither year nor partner to tell."""
    rows = plan["phases"]
    if not any(row["year"] for row in rows) and len({row["partner"] for row in rows}) < 2:
        return
    columns = [(_("Year"), "left"), (_("Partner"), "left"), (_("Investments"), "right")]
    columns += [(_("Sites"), "right"), (_("To build"), "right")]
    say_table(
        _("Years and partners"),
        columns,
        [
            [
                str(row["year"]) or "–",
                row["partner"],
                str(row["investments"]),
                str(row["sites"]),
                say_vnd(row["capex_vnd"]),
            ]
            for row in rows
        ],
    )
