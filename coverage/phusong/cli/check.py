"""phusong check"""

from pathlib import Path

import click

from phusong.cli.common import (
    engine_option,
    engine_with_progress,
    json_option,
    open_study,
    quiet_option,
    say_json,
    say_table,
    study_argument,
)
from phusong.errors import QualityError
from phusong.language import _
from phusong.runs import write_findings


@click.command(
    "check",
    help="Say what is wrong with the inputs of STUDY: file, row, what, what to do.\n\n"
    "Rows that cannot be used go to set_aside.csv with the reason; nothing is lost.",
    epilog="\b\nExample:\n  phusong check data/nam-giang/study.toml",
)
@study_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for findings.csv and set_aside.csv [default: checks/ beside the study].",
)
@click.option("--strict", is_flag=True, help="End with exit code 3 when there is any finding.")
@json_option
@engine_option
@quiet_option
def command(
    study: Path, out: Path | None, strict: bool, as_json: bool, engine_address: str, quiet: bool
) -> None:
    with engine_with_progress(engine_address, quiet) as engine:
        opened, region, findings = open_study(study, engine)
    out = out or opened.folder / "checks"
    out.mkdir(parents=True, exist_ok=True)
    files = write_findings(out, findings, region.set_aside)
    if as_json:
        say_json(
            {
                "findings": [vars(f) for f in findings],
                "set_aside": len(region.set_aside),
                "files": [str(f) for f in files],
            }
        )
    else:
        _say(findings, len(region.set_aside), files)
    if strict and findings:
        raise QualityError(
            _("{count} findings").format(count=len(findings)),
            where=str(study),
            do=_("Mend them, or run without --strict."),
        )


def _say(findings: list, aside: int, files: tuple[Path, Path]) -> None:
    if not findings:
        click.echo(_("Nothing wrong was found."))
        return
    columns = [(_("File"), "left"), (_("Row"), "right"), (_("What"), "left"), (_("What to do"), "left")]
    say_table(
        _("{count} findings, {aside} rows set aside").format(count=len(findings), aside=aside),
        columns,
        [[f.file, "" if f.row is None else str(f.row), f.what, f.do] for f in findings],
    )
    for file in files:
        click.echo(str(file))
