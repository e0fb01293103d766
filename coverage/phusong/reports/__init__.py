"""The report of a run, from the run alone: Word in the form of Decree 30/2020/NĐ-CP, PDF, an Excel annex."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from phusong.errors import RunError
from phusong.language import LANGUAGES, _
from phusong.reports.annex import write_annex
from phusong.reports.figures import gather
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
    for path in paths.values():
        if path.exists() and not replace:
            raise RunError(
                _("is there already"), where=str(path), do=_("Name another with --out, or say --replace.")
            )
    report = gather(run, language)
    folder.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".report-", dir=folder))
    try:
        if "word" in paths:
            (stage / FORMATS["word"]).write_bytes(write_word(report, template or own_template(run)))
        if "pdf" in paths:
            (stage / FORMATS["pdf"]).write_bytes(write_pdf(report))
        if "excel" in paths:
            write_annex(report, stage / FORMATS["excel"])
        for path in paths.values():
            (stage / path.name).replace(path)
    except PermissionError as error:
        raise RunError(
            _("cannot be written"),
            where=str(error.filename2 or error.filename or folder),
            do=_("Close it in other programs, or name another folder with --out."),
        ) from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if not any(folder.iterdir()):
            folder.rmdir()
    return paths


def own_template(run: Run) -> Path | None:
    """The department's template that the study named, as the run keeps it."""
    path = run.folder / REPORT_TEMPLATE
    return path if path.is_file() else None
