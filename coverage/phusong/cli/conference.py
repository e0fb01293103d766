"""phusong conference"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pandas as pd

from phusong.admin import roll_up_units
from phusong.attendance import (
    count_ready,
    headline,
    in_order,
    planned_on,
    say_equipment,
    say_rows,
    summary,
)
from phusong.cli.common import (
    engine_option,
    engine_with_progress,
    say_findings,
    say_json,
    say_next,
    say_table,
)
from phusong.cli.job import design
from phusong.cli.verb import verb
from phusong.conference import (
    SHEET,
    Terms,
    conference_by_units,
    find_conference,
    sites_known_by,
    terms_of,
)
from phusong.costs import Horizon, Price
from phusong.domain import OK, UNKNOWN
from phusong.errors import PhuSongError
from phusong.language import _
from phusong.moments import VIETNAM_TIME, say_date
from phusong.readers.values import date as parse_date
from phusong.runs import MANIFEST, read_run
from phusong.study import Targets
from phusong.units import say_vnd, show_money_in

#: What a day is looked at by: reports up to it, or the plan up to it.
REPORTED, PLANNED = "reported", "planned"


@dataclass(frozen=True)
class _Asked:
    """The tables of a study or run, the terms of its conferences, and the day that is asked about."""

    tables: Mapping[str, Any]
    terms: Terms
    day: str
    basis: str


@verb(
    "conference",
    help="Say which units of STUDY (a study, or the folder of a run) can join a conference of three levels, "
    "what is missing and its price.",
    epilog="\b\nExamples:\n"
    "  phusong conference data/nam-giang/study.toml\n"
    "  phusong conference maps/five-billion --on 2028-12-31",
)
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--on",
    "day",
    metavar="DATE",
    help="Who can join on that day: in the past by what was reported until then, else by the plan's years.",
)
@click.option("--units", metavar="DATE", help="By the communes of another date too, such as 2025-07.")
@engine_option
def command(study: Path, day: str | None, units: str | None, as_json: bool, engine_address: str) -> None:
    today = datetime.now(VIETNAM_TIME).date()
    asked = _asked(study, _day(day) if day else "", today, engine_address)
    own = _conference(asked)
    others = None if units is None else _by_units(units, own, asked, str(study))
    if as_json:
        told = [("conference", own)] + ([] if others is None else [("units", others)])
        say_json(
            {"on": asked.day or today.isoformat(), "basis": asked.basis}
            | {key: value for name, table in told for key, value in _json(name, table, asked).items()}
        )
        return
    _say(own, asked)
    if others is not None:
        _say(others, asked, _("By the communes of {date}").format(date=_said(units or "")))
    say_next("report" if (study / MANIFEST).exists() else "run", study)


def _day(said: str) -> str:
    """The date of the command line (year, month or day) in ISO; PhuSongError when it is none."""
    try:
        day = parse_date(said.strip())
        last_day(day)
    except ValueError:
        raise PhuSongError(
            _("{text} is no date").format(text=repr(said)),
            where="--on",
            do=_("Write it as 2028-12-31, 2028-12 or 2028."),
        ) from None
    return day


def last_day(day: str) -> date:
    """The last day of a date that may be a year or a month. Raises ValueError when there is no such date.

    >>> last_day("2028-02").isoformat(), last_day("2028").isoformat()
    ('2028-02-29', '2028-12-31')
    """
    if len(day) == 10:
        return date.fromisoformat(day)
    year, month = (int(part) for part in (day + "-12").split("-")[:2])
    first = date(year + month // 12, month % 12 + 1, 1) if 1 <= month <= 12 else date(year, month, 1)
    return first - timedelta(days=1)


def _asked(path: Path, day: str, today: date, engine_address: str) -> _Asked:
    """What there is to answer from: a run as it lies in its folder, or a study, designed now."""
    basis = PLANNED if day and last_day(day) > today else REPORTED
    # Today all that is known counts, also what bears no date.
    asked_day = "" if day and basis == REPORTED and last_day(day) == today else day
    if (path / MANIFEST).exists():
        run = read_run(path)
        show_money_in(run.currency)
        return _Asked(run.tables, _terms_of_run(run.manifest), asked_day, basis)
    with engine_with_progress(engine_address) as engine:
        found = design(path, engine, False, None, {})
    # Nothing of it is written: there is no run to go on with.
    found.left.take_away()
    say_findings(found.findings)
    region, plan = found.region, found.plan
    names = ("communes", "sites", "reports", "crosswalk")
    tables = {name: getattr(region, name) for name in names} | {
        "commune_status": found.communes,
        "options": plan.options,
        "investments": plan.investments,
    }
    return _Asked(tables, terms_of(found.study, found.prices), asked_day, basis)


def _terms_of_run(manifest: Mapping[str, Any]) -> Terms:
    """The terms that the run was made by."""
    return Terms(
        Targets(**{name: said["value"] for name, said in manifest["targets"].items()}),
        {name: Price(**said) for name, said in manifest["prices"][SHEET].items()},
        Horizon(manifest["plan"]["years"], manifest["plan"]["discount_rate"]),
        manifest["vintage"],
        manifest["report_date"],
    )


def _conference(asked: _Asked) -> pd.DataFrame:
    tables = dict(asked.tables)
    if asked.day and asked.basis == REPORTED:
        sites = sites_known_by(tables["sites"], tables["reports"], asked.day, asked.terms.report_date)
        tables["sites"] = sites
    return find_conference(tables, asked.terms)


def _by_units(units: str, own: pd.DataFrame, asked: _Asked, where: str) -> pd.DataFrame:
    """CONFERENCE by the communes of the date `units`. Raises PhuSongError when the crosswalk has no such."""
    tables = asked.tables
    rolled = roll_up_units(
        tables["commune_status"], tables["crosswalk"], tables["communes"], asked.terms.vintage, units
    )
    there = sorted(set(rolled["vintage"]))
    if units not in there:
        raise PhuSongError(
            _("nothing leads from the study's communes to the units of {date}").format(date=units),
            where=where,
            do=_("Name a table of old and new units that has their dates: [inputs] crosswalk = ...")
            if not there
            else _("Dates there are: {known}.").format(known=", ".join(there)),
        )
    return conference_by_units(own, rolled, asked.terms)


def _statuses(table: pd.DataFrame, asked: _Asked) -> pd.Series:
    """The statuses of the day that is asked about."""
    return planned_on(table, asked.day) if asked.basis == PLANNED else table["ready"]


def _json(name: str, table: pd.DataFrame, asked: _Asked) -> dict[str, Any]:
    statuses = _statuses(table, asked)
    rows = in_order(table.assign(on_day=statuses))
    levels = {level: {"on_day": counts} for level, counts in count_ready(table["level"], statuses).items()}
    said = summary(table)
    for level, counts in levels.items():
        counts |= said["levels"][level]
    records = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return {
        name: {
            "headline": headline(table["level"], statuses),
            "levels": levels,
            "equipment": said["equipment"],
            "rows": records,
        }
    }


def _said(day: str) -> str:
    from phusong.language import current_language

    return say_date(day, current_language())


def _say(table: pd.DataFrame, asked: _Asked, by: str = "") -> None:
    """The headline, how far what is not known could move it, a row a unit, and the prices."""
    statuses = _statuses(table, asked)
    planned = asked.basis == PLANNED
    if by:
        click.echo("\n" + by)
    click.echo(_heading(asked).format(headline=headline(table["level"], statuses)))
    for level, counts in count_ready(table["level"], statuses).items():
        if counts["at_most"] > counts["at_least"] and level == "commune":
            click.echo(
                _("Surely {least}, and {most} at most if all that is not known is there.").format(
                    least=counts["at_least"], most=counts["at_most"]
                )
            )
    past = bool(asked.day) and not planned
    then = (_("Then"), statuses) if planned else (_("With plan and equipment"), table["ready_with_plan"])
    columns, rows = say_rows(table, None if past else then)
    title = (
        _("Who could join, and what was missing") if past else _("Who can join, and what is missing today")
    )
    say_table(title, columns, rows)
    if planned:
        _say_planned(table, statuses)
    elif not past:
        after = headline(table["level"], table["ready_with_plan"])
        click.echo(_("Once the plan is built and the rooms are equipped: {headline}").format(headline=after))
    sentences = say_equipment(summary(table)["equipment"])
    if sentences:
        click.echo(" ".join([_("Room equipment is not in the plan's money."), *sentences]))


def _heading(asked: _Asked) -> str:
    if asked.basis == PLANNED:
        return _("Planned for {date}: {headline}").replace("{date}", _said(asked.day))
    if asked.day:
        return _("By what was reported until {date}: {headline}").replace("{date}", _said(asked.day))
    return _("Video conference of three levels: {headline}")


def _say_planned(table: pd.DataFrame, statuses: pd.Series) -> None:
    """What the figures of a day to come rest on."""
    bought = (statuses == OK) & (table["equipment"] != OK)
    if bought.any():
        click.echo(
            _(
                "That takes {rooms} rooms to be equipped by then which are not known to be today ({capex}); "
                "without them: {headline}"
            ).format(
                rooms=int(bought.sum()),
                capex=say_vnd(table.loc[bought, "equipment_capex_vnd"].sum()),
                headline=headline(table["level"], statuses.mask(bought, UNKNOWN)),
            )
        )
    undated = table["from_year"].isna() & (table["ready_with_plan"] == OK) & (statuses != OK)
    if undated.any():
        click.echo(
            _(
                "{count} units wait for what the plan's years do not hold: when they can is not known "
                "([plan] budget_by_year)."
            ).format(count=int(undated.sum()))
        )
