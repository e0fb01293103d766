"""The report of a run, from the run alone: Word in the form of Decree 30/2020/NĐ-CP, PDF, an Excel annex."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from phusong.beside import held, stage_for
from phusong.errors import RunError
from phusong.language import LANGUAGES, _
from phusong.reports.annex import write_annex
from phusong.reports.figures import Report, gather
from phusong.reports.pdf import write_pdf
from phusong.reports.template import make_template
from phusong.reports.word import write_word
from phusong.runs import REPORT_TEMPLATE, Run

__all__ = ["FORMATS", "make_template", "write_report"]

#: What can be written, and the name of its file.
FORMATS = {"word": "report.docx", "pdf": "report.pdf", "excel": "annex.xlsx"}


def write_report(
    run: Run,
    folder: Path,
    *,
    formats: Sequence[str] = tuple(FORMATS),
    language: str | None = None,
    template: Path | None = None,
    replace: bool = False,
) -> dict[str, Path]:
    """Write the report of `run` into `folder`, whole or not at all; the path by format.

    `language` and `template` stand for the run's own. The same run gives the same bytes. Raises RunError for
    a file that is there already (unless `replace`), a template that cannot be used, a missing program.
    """
    language = language or run.manifest.get("language", "vi")
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language!r}")
    paths = {name: folder / FORMATS[name] for name in FORMATS if name in formats}
    if not replace and all(path.exists() for path in paths.values()):
        _refuse(next(iter(paths.values())))
    report = gather(run, language)
    try:
        # Two that write here at once wait for each other; that takes too little time to say.
        with held(folder / "report", lambda line: None), stage_for(next(iter(paths.values()))) as stage:
            _write(report, paths, stage, template or own_template(run))
            _refuse_others(paths, stage, replace)
            for path in paths.values():
                (stage / path.name).replace(path)
    finally:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return paths


def _write(report: Report, paths: Mapping[str, Path], stage: Path, template: Path | None) -> None:
    if "word" in paths:
        (stage / FORMATS["word"]).write_bytes(write_word(report, template))
    if "pdf" in paths:
        (stage / FORMATS["pdf"]).write_bytes(write_pdf(report))
    if "excel" in paths:
        write_annex(report, stage / FORMATS["excel"])


def _refuse_others(paths: Mapping[str, Path], stage: Path, replace: bool) -> None:
    """A report that was stopped half-way left some of the same files: those are no reason to refuse."""
    for path in paths.values():
        if path.exists() and not replace and path.read_bytes() != (stage / path.name).read_bytes():
            _refuse(path)


def _refuse(path: Path) -> None:
    raise RunError(_("is there already"), where=str(path), do=_("Name another with --out, or say --replace."))


def own_template(run: Run) -> Path | None:
    """The department's template that the study named, as the run keeps it."""
    path = run.folder / REPORT_TEMPLATE
    return path if path.is_file() else None
