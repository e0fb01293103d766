"""phusong report"""

from pathlib import Path

import click

from phusong.beside import whole_file
from phusong.cli.common import run_argument, say_json
from phusong.cli.verb import verb, wants_json
from phusong.errors import RunError
from phusong.language import LANGUAGES, _
from phusong.runs import read_run, record_file

_NAMES = ("word", "pdf", "excel")


def _formats(_ctx: click.Context, _parameter: click.Parameter, said: str) -> tuple[str, ...]:
    names = [name.strip().lower() for name in said.split(",") if name.strip()]
    for name in names:
        if name not in _NAMES:
            raise click.BadParameter(
                _("{name} is none of {known}").format(name=repr(name), known=", ".join(_NAMES))
            )
    return tuple(name for name in _NAMES if name in names)


def _write_template(ctx: click.Context, _parameter: click.Parameter, path: Path | None) -> None:
    """Write our template and the list of its fields, and stop."""
    if path is None:
        return
    from phusong.reports import make_template
    from phusong.reports.figures import FIELDS, OFFICE_FIELDS, SECTIONS

    if path.exists():
        raise RunError(_("is there already"), where=str(path), do=_("Name another file."))
    with whole_file(path) as part:
        part.write_bytes(make_template())
    fields = {**OFFICE_FIELDS, **FIELDS, "content": _("all sections")}
    if wants_json():
        said = {name: _(meaning) for name, meaning in fields.items()}
        say_json(
            {"template": str(path), "fields": said, "sections": [f"section_{name}" for name in SECTIONS]}
        )
        ctx.exit()
    click.echo(_("Change it and give it back with --template: {path}").format(path=path))
    for name, meaning in fields.items():
        click.echo(f"  {{{{ {name} }}}}: {_(meaning)}")
    for name in SECTIONS:
        click.echo(f"  {{{{ section_{name} }}}}")
    ctx.exit()


@verb(
    "report",
    help="Write the report of RUN (a run folder): Word by Decree 30/2020/NĐ-CP, PDF, and an Excel annex.",
    epilog="\b\nExamples:\n"
    "  phusong report maps/nam-giang\n"
    "  phusong report maps/nam-giang --to word --template so-khcn.docx --out for-the-board",
)
@run_argument
@click.option(
    "--to",
    "formats",
    default=",".join(_NAMES),
    show_default=True,
    callback=_formats,
    help="What to write: word, pdf, excel, or several with commas between.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder [default: report/ in the run].",
)
@click.option(
    "--report-lang", type=click.Choice(LANGUAGES), help="Language of the report [default: the study's]."
)
@click.option(
    "--template",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The office's own Word template, with fields such as {{ content }}.",
)
@click.option(
    "--write-template",
    type=click.Path(path_type=Path, dir_okay=False),
    is_eager=True,
    expose_value=False,
    callback=_write_template,
    metavar="FILE",
    help="Write our Word template to FILE to be changed, list its fields, and stop.",
)
@click.option("--replace", is_flag=True, help="Replace a report that is there.")
def command(
    run: Path,
    formats: tuple[str, ...],
    out: Path | None,
    report_lang: str | None,
    template: Path | None,
    replace: bool,
    as_json: bool,
) -> None:
    from phusong.reports import write_report

    opened = read_run(run)
    paths = write_report(
        opened,
        out or run / "report",
        formats=formats,
        language=report_lang,
        template=template,
        replace=replace,
    )
    for path in paths.values():
        record_file(run, path)
    if as_json:
        say_json({"run_id": opened.manifest["run_id"], "files": {n: str(p) for n, p in paths.items()}})
        return
    for path in paths.values():
        click.echo(_("Open: {path}").format(path=path))
