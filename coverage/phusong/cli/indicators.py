"""phusong indicators"""

import json
from collections.abc import Mapping
from typing import Any

import click
import pandas as pd

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
from phusong.errors import PhuSongError, StudyError
from phusong.handover import Indicator
from phusong.indicators import (
    indicator_figures,
    newest_figures,
    own_vintage,
    percent,
    say_amount,
    say_covered,
    say_figure,
    say_names,
)
from phusong.language import _, current_language
from phusong.moments import say_date
from phusong.readers.values import date


@verb(
    "indicators",
    help="Count what the units of STUDY report by date ([inputs] indicators): steering committees, surveys, "
    "report forms, installs, and who has not reported.",
    epilog="\b\nExamples:\n  phusong indicators my-study/study.toml\n"
    "  phusong indicators my-study/study.toml --on 2021-06-30 --json",
)
@study_argument
@click.option("--on", metavar="DATE", help="As at that date, such as 2021-06-30 [default: the newest].")
@strict_option
@engine_option
def command(study: Any, on: str | None, as_json: bool, strict: bool, engine_address: str) -> None:
    day = "" if on is None else _day(on)
    with engine_with_progress(engine_address) as engine:
        opened, region, findings = open_study(study, engine, strict)
    if opened.inputs.indicators is None:
        raise StudyError(
            _("gives no indicators"),
            where=opened.file,
            do=_('Name the file with the figures of the units: [inputs] indicators = "indicators.csv".'),
        )
    own = own_vintage(opened.vintage, region.communes)
    series = indicator_figures(region.indicators, region.units, opened.indicators, own, day)
    say_findings([finding for finding in findings if finding.table == "indicators"])
    if as_json:
        say_json({"on": day or None, "figures": _plain(series, opened.indicators)})
    elif series.empty:
        click.echo(_("Nothing was reported until then.") if day else _("Nothing was reported."))
    else:
        say_indicators(series, opened.indicators)
        say_next("run", study)


def _day(text: str) -> str:
    try:
        return date(text.strip())
    except ValueError:
        raise PhuSongError(
            _("{text} is no date").format(text=repr(text)), do=_("Write it as 2021-06-30 or 30/6/2021.")
        ) from None


def say_indicators(series: pd.DataFrame, definitions: Mapping[str, Indicator]) -> None:
    """The newest figure of each indicator, how many units it covers, and which are missing."""
    columns = [(_("Indicator"), "left"), (_("Figure"), "right"), (_("Date"), "left"), (_("Before"), "left")]
    columns += [(_("Reported"), "left"), (_("Missing"), "left")]
    several = series["vintage"].nunique(dropna=False) > 1
    language = current_language()
    rows = []
    for row, before in newest_figures(series, definitions):
        definition = definitions[row["indicator"]]
        name = definition.name(language)
        if several:
            name += f" ({row['vintage'] or '–'})"
        said = [
            _figure(row, definition),
            say_date(row["date"], language),
            "" if before is None else f"{_figure(before, definition)}, {say_date(before['date'], language)}",
            say_covered(row),
            _missing(row),
        ]
        rows.append([name, *(text or "–" for text in said)])
    say_table(_("Indicators reported by units"), columns, rows)


def _figure(row: Mapping[str, Any], definition: Indicator) -> str:
    """A percentage with what was counted beside it."""
    said, counted = say_figure(row, definition), say_amount(row)
    return said if said == counted else f"{said} ({counted})"


def _missing(row: Mapping[str, Any]) -> str:
    """Who reported not having it, and who has not reported, a line each."""
    lists = (
        (_("Reported as not done:"), say_names(row["not_done_names"])),
        (_("Not reported:"), say_names(row["not_reported_names"], row["units"] - row["reported"])),
    )
    return "\n".join(f"{what} {names}" for what, names in lists if names)


def _plain(series: pd.DataFrame, definitions: Mapping[str, Indicator]) -> list[dict[str, Any]]:
    """The series as objects, each with its indicator's names; lists of units as lists."""
    out = []
    for row in json.loads(series.to_json(orient="records", double_precision=15)):
        definition = definitions[row["indicator"]]
        lists = [name for name in row if name.startswith("not_")]
        out.append(
            {
                **row,
                **{name: _whole(row[name]) for name in ("value", "of")},
                **{name: (row[name] or "").split(";") if row[name] else [] for name in lists},
                "percent": None if row["of"] is None else percent(row["value"], row["of"]),
                "name_vi": definition.name_vi,
                "name_en": definition.name("en"),
            }
        )
    return out


def _whole(number: float | None) -> float | int | None:
    return int(number) if number is not None and number == int(number) else number
