"""phusong survey"""

from pathlib import Path

import click

from phusong.asking import of_communes, what_to_ask
from phusong.cli.common import (
    engine_option,
    engine_with_progress,
    open_study,
    say_json,
    say_next,
    say_table,
    study_argument,
)
from phusong.cli.verb import did_you_mean, verb
from phusong.domain import Finding, Region
from phusong.engine import Engine
from phusong.errors import QualityError, StudyError
from phusong.gaps import find_gaps
from phusong.language import LANGUAGES, _, speaking
from phusong.names import same_name
from phusong.readers import read_study
from phusong.readers.answers import with_answers
from phusong.readers.forms import of_no_site, read_forms
from phusong.runs import Run, read_run
from phusong.signals import signals_at_sites
from phusong.study import Study
from phusong.workbooks import write_forms
from phusong.workbooks.reports import add_reports

REPORTS = "reports.csv"
FORMS = "survey"


@verb(
    "survey",
    help="Write an Excel form for each commune of STUDY: what is not known there, in the order in which "
    "it matters.\n\n"
    "Filled forms come back with --read: their answers, with date and author, go into reports.csv, or the "
    "table that the study names as reports under [inputs]; in every verb they override older reports.",
    epilog="\b\nExamples:\n  phusong survey study.toml --run maps/eight-billion\n"
    "  phusong survey study.toml --read survey",
)
@study_argument
@click.option(
    "--run",
    "run_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="A run of the study: its statuses, and its order of whom to ask first (plan --draws).",
)
@click.option("--commune", "communes", multiple=True, help="A commune by code or name; several times.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the forms [default: survey/ beside the study].",
)
@click.option(
    "--language", type=click.Choice(LANGUAGES), help="Language of the forms [default: the study's]."
)
@click.option(
    "--read",
    "filled",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A filled form, or a folder of them; several times for several.",
)
@click.option("--strict", is_flag=True, help="With --read: take nothing when anything in the forms is wrong.")
@engine_option
def command(
    study: Path,
    run_folder: Path | None,
    communes: tuple[str, ...],
    out: Path | None,
    language: str | None,
    filled: tuple[Path, ...],
    strict: bool,
    as_json: bool,
    engine_address: str,
) -> None:
    with engine_with_progress(engine_address) as engine:
        opened, region, _findings = open_study(study, engine, changed=_without_answers_yet)
        if filled:
            named = read_study(opened.folder / opened.file).inputs.reports
            _read(opened, region, filled, named.path if named else None, strict, as_json)
            return
        run = read_run(run_folder) if run_folder else None
        _write(opened, region, engine, run, communes, out, language or opened.language, as_json)


def _write(
    study: Study,
    region: Region,
    engine: Engine,
    run: Run | None,
    communes: tuple[str, ...],
    out: Path | None,
    language: str,
    as_json: bool,
) -> None:
    if run is None:
        gaps = find_gaps(study, region, engine, signals_at_sites(study, region, engine).table)
    else:
        gaps = run.tables["gaps"]
    communes = tuple(_code_of(commune, study, region) for commune in communes)
    survey = None if run is None else run.tables.get("survey")
    asked = of_communes(what_to_ask(study, gaps, survey), communes)
    with speaking(language):
        order = _say_order(survey is not None)
    table = region.communes if run is None else run.tables["communes"]
    files = write_forms(out or study.folder / FORMS, study, asked, table, order, language)
    if as_json:
        say_json({"sites": len(asked), "order": order, "files": [str(file) for file in files]})
        return
    if not files:
        click.echo(_("Nothing is unknown there: no form was written."))
        return
    click.echo(
        _("{sites} sites to ask in {communes} communes; {order}").format(
            sites=len(asked), communes=asked["commune_code"].nunique(), order=_say_order(survey is not None)
        )
    )
    if survey is None:
        click.echo(_("A run of 'phusong plan --draws' knows better whose answer matters: --run RUN."))
    for file in files:
        click.echo(str(file))
    click.echo(_("Send them to the communes; when they come back:"))
    say_next("survey", study.folder / study.file, "--read", files[0].parent)


def _say_order(by_draws: bool) -> str:
    if by_draws:
        return _("the sites whose answer changes the plan's cost most come first (by its draws)")
    return _("sites where fibre is asked for first come first, then those that most people use")


def _code_of(said: str, study: Study, region: Region) -> str:
    """The code of the commune that `said` names, by its code or name. Raises StudyError, with the nearest."""
    names = dict(zip(region.communes["commune_code"], region.communes["name"], strict=True))
    found = [code for code, name in names.items() if said == code or same_name(said, name)]
    if len(found) == 1:
        return str(found[0])
    all_known = ", ".join(f"{code} {name}" for code, name in sorted(names.items())[:30])
    near = did_you_mean(said, [*names, *map(str, names.values())], most=3)
    raise StudyError(
        _("the study has several communes {name}").format(name=said)
        if found
        else _("the study has no commune {code}").format(code=said),
        where=study.file,
        do=near or _("Its communes: {codes}.").format(codes=", ".join(found) or all_known),
    )


def _without_answers_yet(study: Study) -> Study:
    """The study without the table of reports that it names, as long as no form has been read into it."""
    named = study.inputs.reports
    if named is None or study.path(named.path).exists():
        return study
    return study.model_copy(update={"inputs": study.inputs.model_copy(update={"reports": None})})


def _read(
    study: Study, region: Region, filled: tuple[Path, ...], named: str | None, strict: bool, as_json: bool
) -> None:
    """Put the answers of the forms into the table that the study names, and say what is wrong in them."""
    answers, findings, forms = read_forms(filled)
    known = set(region.sites["site_id"])
    findings += of_no_site(answers, known)
    answers = answers[answers["site_id"].isin(known)]
    if strict and findings:
        raise QualityError(
            _("{count} findings in the forms, the first: {line}").format(
                count=len(findings), line=findings[0].line
            ),
            where=", ".join(str(path) for path in filled),
            do=_("See them all without --strict."),
        )
    path = study.path(named or REPORTS)
    added = add_reports(path, answers)
    _sites, unclear = with_answers(region.sites, answers.assign(row=range(1, len(answers) + 1)), "")
    findings += unclear
    if as_json:
        said = {"forms": forms, "answers": len(answers), "added": added, "file": str(path)}
        say_json({**said, "findings": [vars(finding) for finding in findings]})
        return
    click.echo(
        _("{forms} filled forms, {answers} sites answered, {added} new rows in {file}").format(
            forms=forms, answers=len(answers), added=added, file=path
        )
    )
    _say_findings(findings)
    if named is None:
        click.echo(
            _('Name it in the study so that it counts, under [inputs]: reports = "{file}"').format(
                file=REPORTS
            )
        )


def _say_findings(findings: list[Finding]) -> None:
    if findings:
        say_table(
            _("{count} places in the forms to look at").format(count=len(findings)),
            [(_("File"), "left"), (_("What"), "left"), (_("What to do"), "left")],
            [[f.file, f.what, f.do] for f in findings],
        )
