"""phusong check"""

from pathlib import Path

import click

from phusong.checks import check_region_in
from phusong.cli.common import (
    engine_option,
    engine_with_progress,
    say_json,
    say_next,
    say_table,
    study_argument,
)
from phusong.cli.verb import verb
from phusong.domain import Finding, Region
from phusong.engine import Engine
from phusong.errors import QualityError
from phusong.language import _, current_language, speaking
from phusong.readers import read_region, read_study
from phusong.readers.corrections import NOT_APPLIED
from phusong.runs import write_corrections_log, write_findings
from phusong.study import Study
from phusong.workbooks import write_corrections

WORKBOOK = "corrections.xlsx"


#: Findings on the screen; findings.csv has them all.
_MOST_SHOWN = 200


@verb(
    "check",
    help="Say what is wrong with the inputs of STUDY: file, row, what, what to do.\n\n"
    "Rows that cannot be used go to set_aside.csv with the reason; nothing is lost. What was found is also "
    "written as an Excel workbook to mend: give it back with --corrections, or name it in the study, "
    'corrections = "checks/corrections.xlsx", for every verb.',
    epilog="\b\nExamples:\n  phusong check data/nam-giang/study.toml\n"
    "  phusong check study.toml --corrections checks/corrections.xlsx",
)
@study_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for findings.csv and set_aside.csv [default: checks/ beside the study].",
)
@click.option(
    "--workbook",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Workbook to mend [default: corrections.xlsx beside findings.csv, where anything was found].",
)
@click.option(
    "--corrections",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A mended workbook; replaces the study's.",
)
@click.option("--strict", is_flag=True, help="End with exit code 3 when there is any finding.")
@engine_option
def command(
    study: Path,
    out: Path | None,
    workbook: Path | None,
    corrections: Path | None,
    strict: bool,
    as_json: bool,
    engine_address: str,
) -> None:
    with engine_with_progress(engine_address) as engine:
        opened = _with(corrections, read_study(study / "study.toml" if study.is_dir() else study))
        read = read_region(opened, engine)
        # The workbook goes to those who made the lists: it speaks the study's language.
        notes = _notes_in(opened.language, opened, read, engine)
        region, findings, to_mend = check_region_in(read, opened.language, notes)
        out = out or opened.folder / "checks"
        out.mkdir(parents=True, exist_ok=True)
        files = [*write_findings(out, findings, region.set_aside)]
        if log := write_corrections_log(out, region.corrections):
            files.append(log)
        if findings or workbook:
            files.append(write_corrections(workbook or out / WORKBOOK, opened, region, to_mend))
    if as_json:
        say_json(
            {
                "findings": [vars(f) for f in findings],
                "set_aside": len(region.set_aside),
                "corrections": region.corrections["state"].value_counts().to_dict(),
                "files": [str(f) for f in files],
            }
        )
    else:
        _say_corrections(region)
        _say(findings, len(region.set_aside), files, study)
    if strict and findings:
        raise QualityError(
            _("{count} findings").format(count=len(findings)),
            where=str(study),
            do=_("Mend them, or run without --strict."),
        )


def _with(corrections: Path | None, study: Study) -> Study:
    """The study with a mended workbook in place of its own, where one is named."""
    if corrections is None:
        return study
    return study.model_copy(update={"corrections": str(corrections.resolve())})


def _notes_in(language: str, study: Study, read: Region, engine: Engine) -> tuple[Finding, ...]:
    """What was odd in the files, in `language`; files where nothing was are not read again."""
    if not read.notes or language == current_language():
        return read.notes
    with speaking(language):
        return read_region(study, engine).notes


def _say_corrections(region: Region) -> None:
    state = region.corrections["state"]
    if len(state):
        refused = int((state == NOT_APPLIED).sum())
        click.echo(
            _("{count} corrections hold, {refused} are not applied: corrections.csv").format(
                count=len(state) - refused, refused=refused
            )
        )


def _worst(findings: list[Finding]) -> list[Finding]:
    """As many as a screen can take, those that set a row aside before others, in the order of the files."""
    order = sorted(range(len(findings)), key=lambda at: (findings[at].level != "error", at))
    return [findings[at] for at in sorted(order[:_MOST_SHOWN])]


def _say(findings: list, aside: int, files: list[Path], study: Path) -> None:
    if not findings:
        click.echo(_("Nothing wrong was found."))
        for file in files[2:]:
            click.echo(str(file))
        say_next("run", study)
        return
    columns = [(_("File"), "left"), (_("Row"), "right"), (_("What"), "left"), (_("What to do"), "left")]
    say_table(
        _("{count} findings, {aside} rows set aside").format(count=len(findings), aside=aside),
        columns,
        [[f.file, "" if f.row is None else str(f.row), f.what, f.do] for f in _worst(findings)],
    )
    if len(findings) > _MOST_SHOWN:
        click.echo(_("… and {count} more: {file}").format(count=len(findings) - _MOST_SHOWN, file=files[0]))
    for file in files:
        click.echo(str(file))
    click.echo(_("Mend the cells of {file} and give it back:").format(file=files[-1]))
    say_next("check", study, "--corrections", files[-1])
