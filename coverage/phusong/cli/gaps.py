"""phusong gaps"""

from pathlib import Path

import click
import geopandas as gpd

from phusong.cli.common import (
    engine_option,
    engine_with_progress,
    json_option,
    open_study,
    quiet_option,
    say_findings,
    say_json,
    say_table,
    strict_option,
    study_argument,
)
from phusong.domain import SERVICES, STATUSES
from phusong.gaps import communes_without_fibre, count_statuses, find_gaps, headline, roll_up
from phusong.language import _
from phusong.signals import signals_at_sites
from phusong.wording import SERVICE_NAMES, STATUS_NAMES, say


@click.command(
    "gaps",
    help="Find the sites of STUDY that lack fibre, Wi-Fi, mobile signal or video conference.",
    epilog="\b\nExample:\n  phusong gaps data/nam-giang/study.toml",
)
@study_argument
@json_option
@strict_option
@engine_option
@quiet_option
def command(study: Path, as_json: bool, strict: bool, engine_address: str, quiet: bool) -> None:
    with engine_with_progress(engine_address, quiet) as engine:
        opened, region, findings = open_study(study, engine, strict)
        signals = signals_at_sites(opened, region, engine)
        gaps = find_gaps(opened, region, engine, signals.table)
    communes = roll_up(gaps, region.communes)
    say_findings(findings + signals.findings)
    if as_json:
        say_json(
            {
                "sites": len(gaps),
                "gaps": count_statuses(gaps),
                "communes_without_fibre": communes_without_fibre(communes),
            }
        )
    else:
        say_gaps(gaps, communes)


def say_gaps(gaps: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> None:
    """The headline, and the sites counted by service and status."""
    counts = count_statuses(gaps)
    click.echo(headline(communes))
    say_table(
        _("{count} sites").format(count=len(gaps)),
        [(_("Service"), "left"), *((say(STATUS_NAMES, status), "right") for status in STATUSES)],
        [[say(SERVICE_NAMES, s), *(str(counts[s][status]) for status in STATUSES)] for s in SERVICES],
    )
