"""The report as PDF, by typst. Data go there as JSON, pictures as files: no markup is made of them."""

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from phusong.errors import RunError
from phusong.language import _, speaking
from phusong.reports.figures import Report
from phusong.reports.parts import Part, Picture, Table
from phusong.reports.said import caption_of, item_of, more_said, roman

#: Letters of a word that stay together.
_WORD = 18
_MAIN = Path(__file__).with_name("report.typ")


def write_pdf(report: Report) -> bytes:
    """The PDF. Raises RunError when typst is not installed."""
    try:
        import typst
    except ImportError:
        raise RunError(
            _("the PDF is made by typst, which is not installed"),
            do=_("Install it with 'pip install typst', or ask for --to word,excel."),
        ) from None
    with tempfile.TemporaryDirectory(prefix="phusong-report-") as name:
        folder = Path(name)
        shutil.copyfile(_MAIN, folder / _MAIN.name)
        (folder / "data.json").write_text(json.dumps(_data(report, folder)), encoding="utf-8")
        asked = {"data": "data.json"}
        pdf: bytes = typst.compile(folder / _MAIN.name, root=folder, sys_inputs=asked, format="pdf")
    return pdf


def _data(report: Report, folder: Path) -> dict[str, Any]:
    """All that the page says; pictures are written to `folder`."""
    with speaking(report.language):
        return {
            "language": report.language,
            "office": report.office,
            "subject": report.fields["subject"],
            "created": list(report.created.timetuple()[:6]),
            "sections": [
                {
                    "title": f"{roman(place)}. {section.title.upper()}",
                    "parts": [
                        _part(part, folder)
                        for part in section.parts
                        if not isinstance(part, Table) or part.shown
                    ],
                }
                for place, section in enumerate(report.sections, start=1)
            ],
        }


def _part(part: Part, folder: Path) -> dict[str, Any]:
    if isinstance(part, Picture):
        file = f"{part.name}.png"
        (folder / file).write_bytes(part.png)
        return {"kind": "picture", "file": file, "caption": breakable(caption_of(part)), "seen": part.seen}
    if isinstance(part, Table):
        rows = [*part.shown, *([part.shown_totals] if part.shown_totals else [])]
        return {
            "kind": "table",
            "caption": breakable(caption_of(part)),
            "headers": [column.title for column in part.headers],
            "widths": part.widths,
            "right": [column.right for column in part.headers],
            "rows": [[breakable(cell) for cell in row] for row in rows],
            "total": bool(part.shown_totals),
            "more": more_said(part),
        }
    return {"kind": part.kind, "text": breakable(item_of(part))}


def breakable(text: str) -> str:
    """The text with places where a very long word may go on in the next line: typst breaks none by itself.

    >>> breakable("Trạm " + "x" * 30) == "Trạm " + "x" * 18 + "\u200b" + "x" * 12
    True
    """
    return re.sub(rf"(\S{{{_WORD}}})(?=\S)", "\\1\u200b", text)
