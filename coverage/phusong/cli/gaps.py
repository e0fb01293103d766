"""phusong gaps"""

import json
from pathlib import Path
from typing import Any

import click
import geopandas as gpd
import pandas as pd

from phusong.admin import roll_up_units
from phusong.cli.common import (
    engine_option,
    engine_with_progress,
    open_study,
    say_findings,
    say_json,
    say_next,
    say_table,
    strict_option,
    study_argument,
)
from phusong.cli.verb import verb
from phusong.domain import SERVICES, STATUSES, Region
from phusong.errors import StudyError
from phusong.gaps import communes_without_fibre, count_statuses, find_gaps, headline, roll_up
from phusong.language import _
from phusong.signals import signals_at_sites
from phusong.study import Study
from phusong.wording import BASIS_NAMES, SERVICE_NAMES, STATUS_NAMES, say


@verb(
    "gaps",
    help="Find the sites of STUDY that lack fibre, Wi-Fi, mobile signal or video conference.",
    epilog="\b\nExample:\n  phusong gaps data/nam-giang/study.toml",
)
@study_argument
@strict_option
@engine_option
@click.option("--units", metavar="DATE", help="By the communes of another date too, such as 2025-07.")
def command(study: Path, as_json: bool, strict: bool, engine_address: str, units: str | None) -> None:
    with engine_with_progress(engine_address) as engine:
        opened, region, findings = open_study(study, engine, strict)
        signals = signals_at_sites(opened, region, engine)
        gaps = find_gaps(opened, region, engine, signals.table)
    communes = roll_up(gaps, region.communes)
    others = None if units is None else _by_units(units, opened, region, communes)
    say_findings(findings + signals.findings, rest=f"phusong check {study}")
    if as_json:
        say_json(
            {
                "sites": len(gaps),
                "gaps": count_statuses(gaps),
                "communes_without_fibre": communes_without_fibre(communes),
                **({} if others is None else {"units": json.loads(others.to_json(orient="records"))}),
            }
        )
    else:
        say_gaps(gaps, communes)
        if others is not None:
            say_units(others)
        say_next("run", study)


def _by_units(date: str, study: Study, region: Region, communes: gpd.GeoDataFrame) -> pd.DataFrame:
    """UNIT_STATUS of the study by the units of `date`. Raises StudyError when its crosswalk has no such."""
    rolled = roll_up_units(communes, region.crosswalk, region.communes, study.vintage, date)
    there = sorted(set(rolled["vintage"]))
    if date not in there:
        raise StudyError(
            _("nothing leads from the study's communes to the units of {date}").format(date=date),
            where=study.file,
            do=_("Name a table of old and new units that has their dates: [inputs] crosswalk = ...")
            if not there
            else _("Dates there are: {known}.").format(known=", ".join(there)),
        )
    return rolled


def say_units(units: pd.DataFrame) -> None:
    """The status of each unit of the other date, and what it is made of."""
    columns = [(_("Code"), "left"), (_("Name"), "left"), (_("Made of"), "left"), (_("Sites"), "right")]
    columns += [(say(SERVICE_NAMES, service), "left") for service in SERVICES]
    rows = [
        [
            unit["unit_code"],
            unit["name"],
            _made_of(unit),
            f"{unit['sites']:g}",
            *(say(STATUS_NAMES, unit[service]) for service in SERVICES),
        ]
        for unit in units.to_dict("records")
    ]
    say_table(_("By the communes of {date}").format(date=units["vintage"].iloc[0]), columns, rows)


def _made_of(unit: dict[str, Any]) -> str:
    """Its communes, with their share where only a part is in it and whether that is an estimate."""
    pairs = zip(unit["parts"].split(";"), unit["shares"].split(";"), strict=True)
    said = ", ".join(
        code if share == "1" else f"{code} ({100 * float(share):.0f} %)" for code, share in pairs
    )
    if unit["share_basis"] != "reported":
        said += f" [{say(BASIS_NAMES, unit['share_basis'])}]"
    return said + (f" + {unit['outside'].replace(';', ', ')}" if isinstance(unit["outside"], str) else "")


def say_gaps(gaps: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> None:
    """The headline, and the sites counted by service and status."""
    counts = count_statuses(gaps)
    click.echo(headline(communes))
    say_table(
        _("{count} sites").format(count=len(gaps)),
        [(_("Service"), "left"), *((say(STATUS_NAMES, status), "right") for status in STATUSES)],
        [[say(SERVICE_NAMES, s), *(str(counts[s][status]) for status in STATUSES)] for s in SERVICES],
    )
