"""What the verbs share: their arguments, progress on stderr, and how a study is opened."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from phusong.checks import check_region
from phusong.cli.screen import is_utf8
from phusong.cli.verb import is_quiet, wants_progress
from phusong.domain import Finding, Region
from phusong.engine import Engine, open_engine
from phusong.errors import InputError, QualityError
from phusong.language import _
from phusong.readers import read_region, read_study
from phusong.study import Study

Command = Callable[..., Any]

study_argument = click.argument("study", type=click.Path(path_type=Path))
run_argument = click.argument("run", type=click.Path(path_type=Path))
engine_option = click.option(
    "--engine",
    "engine_address",
    default="here",
    show_default=True,
    help="Where work runs: here, threads:N, cores:N or tcp://host:port.",
)
strict_option = click.option(
    "--strict", is_flag=True, help="Stop with exit code 3 when the inputs have any finding."
)
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Run folder [default: runs/ID beside the study].",
)
replace_option = click.option("--replace", is_flag=True, help="Replace another run in the folder.")
budget_option = click.option(
    "--budget", help="Money that there is, such as '5 tỷ' or '500000 USD'; replaces the study's."
)


@contextmanager
def engine_with_progress(address: str) -> Iterator[Engine]:
    """The engine at `address`, its steps shown on stderr with the time left: on a terminal a bar, else a line
    when a step begins, with --progress also at each tenth of it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console, wanted = Console(stderr=True), wants_progress()
    lines = wanted is not False and not console.is_terminal
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=wanted is False or not console.is_terminal,
    )
    steps: dict[str, Any] = {}
    tenths: dict[str, int] = {}

    def show(step: str, done: int, total: int) -> None:
        if step not in steps:
            steps[step], tenths[step] = bars.add_task(step, total=total), 0
            if lines:
                click.echo(f"{step} …", err=True)
        bars.update(steps[step], completed=done, total=total)
        if lines and wanted and total and 10 * done // total > tenths[step]:
            tenths[step] = 10 * done // total
            click.echo(f"{step} {done}/{total}", err=True)

    with bars, open_engine(address, show) as engine:
        yield engine


def open_study(
    path: Path,
    engine: Engine,
    strict: bool = False,
    changed: Callable[[Study], Study] = lambda study: study,
    until: str | None = None,
) -> tuple[Study, Region, list[Finding]]:
    """The study as `changed` by the command line, its region without unusable rows, and the findings.
    `strict` refuses any finding; reports dated after the day `until` do not count."""
    study = changed(read_study(path / "study.toml" if path.is_dir() else path))
    region, findings = check_region(read_region(study, engine, until))
    if strict and findings:
        raise QualityError(
            _("{count} findings in the inputs, the first: {line}").format(
                count=len(findings), line=findings[0].line
            ),
            where=str(path),
            do=_("See them all with 'phusong check {study}'.").format(study=path),
        )
    _need_rows(path, region)
    return study, region, findings


def _need_rows(path: Path, region: Region) -> None:
    """Where every commune or every site was set aside, zeros would be no answer."""
    for name in ("communes", "sites"):
        if region.set_aside.empty or len(getattr(region, name)):
            continue
        gone = region.set_aside[region.set_aside["table"] == name]
        if len(gone):
            first = gone.iloc[0]
            raise InputError(
                _("none of the rows of {name} can be used; of this one: {why}").format(
                    name=name, why=first["reason"]
                ),
                where=f"{first['file']}:{first['row']}",
                do=_("See what to mend with 'phusong check {study}'.").format(study=path),
            )


def say_warning(line: str) -> None:
    """What to know of a result, on stderr."""
    click.echo(line, err=True)


def say_findings(findings: list[Finding], most: int = 5, rest: str = "findings.csv") -> None:
    """A few findings on stderr, and how many more `rest` has."""
    for finding in findings[:most]:
        click.echo(f"  {_level(finding)}: {finding.line}", err=True)
    if len(findings) > most:
        click.echo(
            "  " + _("… and {count} more: {file}").format(count=len(findings) - most, file=rest), err=True
        )


def _level(finding: Finding) -> str:
    return _("set aside") if finding.level == "error" else _("look at")


def say_json(data: Any) -> None:
    """One JSON object on stdout; letters that it cannot take are escaped."""
    click.echo(json.dumps(data, ensure_ascii=not is_utf8(sys.stdout), indent=1))


def say_next(verb: str, *arguments: object, err: bool = False) -> None:
    """The verb that is usually called after this one, as it is to be typed."""
    words = [verb, *map(str, arguments)]
    typed = " ".join(f'"{word}"' if " " in word else word for word in words)
    if not is_quiet():
        click.echo(_("Next: {what}").format(what=f"phusong {typed}"), err=err)


def say_table(title: str, columns: list[tuple[str, str]], rows: list[list[str]]) -> None:
    """A table on stdout; columns are (header, "left" or "right")."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for header, justify in columns:
        table.add_column(header, justify="right" if justify == "right" else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    # A pipe has no width: give it one at which no cell is cut.
    console = Console(markup=False, highlight=False)
    (console if console.is_terminal else Console(markup=False, highlight=False, width=140)).print(table)
