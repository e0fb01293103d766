"""The report as Word: the office's own template or ours, fields filled in, contents put in their places.

Fields go through docxtpl with escaping, in Jinja's sandbox. The contents are put in afterwards, as text: what
looks like template code in the data never meets the template engine.
"""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from phusong.errors import RunError
from phusong.language import _, speaking
from phusong.reports.figures import SECTIONS, Report
from phusong.reports.parts import Column, Part, Picture, Section, Table, Text
from phusong.reports.said import caption_of, item_of, more_said, roman
from phusong.reports.template import TEXT_MM, add_styles, make_template

#: Stand around the name of a place in the text of the template; no letters that anyone writes.
_OPEN, _CLOSE = "\ue000", "\ue001"
_STYLE_OF = {"text": "Body Text", "item": "List Bullet", "heading": "Heading 2", "note": "Report Note"}


def write_word(report: Report, template: Path | None = None) -> bytes:
    """The .docx. Raises RunError for a template that is none, names a field that is not there, or has no
    place for the contents."""
    with speaking(report.language):
        filled = _fill_in(report, template)
        document = filled.docx
        add_styles(document)
        if template is None:
            # For the spelling checker.
            for said in document.styles.element.xpath("w:docDefaults//w:lang"):
                said.set(qn("w:val"), {"vi": "vi-VN", "en": "en-US"}[report.language])
        _put_in(document, report, str(template or ""))
    about = document.core_properties
    about.created = about.modified = report.created.replace(tzinfo=None)
    about.revision = 1
    out = BytesIO()
    filled.docx.save(out)
    return same_bytes(out.getvalue())


def fields_of(report: Report) -> dict[str, Any]:
    """All that a template may name."""
    places = ["content", *(f"section_{section.key}" for section in report.sections)]
    return {**report.office, **report.fields, **{name: f"{_OPEN}{name}{_CLOSE}" for name in places}}


def _fill_in(report: Report, template: Path | None) -> Any:
    where = str(template or "")
    source: Any = BytesIO(make_template() if template is None else template.read_bytes())
    known = fields_of(report)
    # A section that this run has not leaves its place empty.
    known |= {f"section_{key}": "" for key in SECTIONS if f"section_{key}" not in known}
    try:
        filled = DocxTemplate(source)
        filled.render(known, SandboxedEnvironment(undefined=StrictUndefined), autoescape=True)
    except TemplateError as error:
        raise RunError(
            _("its fields cannot be filled in: {reason}").format(reason=error),
            where=where,
            do=_("Fields: {known}.").format(known=", ".join(known)),
        ) from None
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise RunError(
            _("is no Word file (.docx): {reason}").format(reason=error),
            where=where,
            do=_("Write one with --write-template and change that."),
        ) from None
    return filled


def _put_in(document: Any, report: Report, where: str) -> None:
    """The contents in the places that the template names."""
    sections = {f"section_{section.key}": (section,) for section in report.sections}
    contents = {"content": report.sections, **sections}
    found = False
    for paragraph in list(document.element.body.iter(qn("w:p"))):
        text = "".join(t.text or "" for t in paragraph.iter(qn("w:t")))
        if not (text.startswith(_OPEN) and text.endswith(_CLOSE)):
            continue
        found = True
        for place, section in enumerate(contents[text[1:-1]], start=1):
            for block in _section(document, section, place, len(contents[text[1:-1]]) > 1):
                paragraph.addprevious(block)
        paragraph.getparent().remove(paragraph)
    if not found:
        raise RunError(
            _("has no place for the report"),
            where=where,
            do=_("Put {field} into a paragraph of its own.").format(field="{{ content }}"),
        )


def _section(document: Any, section: Section, place: int, several: bool) -> Iterator[Any]:
    title = f"{roman(place)}. {section.title.upper()}" if several else section.title
    yield _paragraph(document, title, "Heading 1")
    for part in section.parts:
        yield from _part(document, part)


def _part(document: Any, part: Part) -> Iterator[Any]:
    if isinstance(part, Text):
        yield _paragraph(document, item_of(part), _STYLE_OF[part.kind])
    elif isinstance(part, Picture):
        yield _picture(document, part)
        after = document.add_paragraph(caption_of(part), style="Caption")
        after.paragraph_format.keep_with_next = False
        yield after._p
    elif part.shown:
        yield _paragraph(document, caption_of(part), "Caption")
        yield _table(document, part)
        yield _paragraph(document, more_said(part), "Report Note") if part.more else _gap(document)


def _paragraph(document: Any, text: str, style: str) -> Any:
    return document.add_paragraph(text, style=style)._p


def _gap(document: Any) -> Any:
    return document.add_paragraph("", style="Table Text")._p


def _picture(document: Any, part: Picture) -> Any:
    paragraph = document.add_paragraph(style="Table Text")
    paragraph.alignment = ALIGN.CENTER
    paragraph.paragraph_format.keep_with_next = True
    shape = paragraph.add_run().add_picture(BytesIO(part.png), width=Mm(TEXT_MM))
    shape._inline.docPr.set("descr", part.seen)
    shape._inline.docPr.set("name", part.name)
    return paragraph._p


def _table(document: Any, part: Table) -> Any:
    """A table whose header row stands on each page, and whose rows are not cut."""
    columns = part.headers
    rows = [*part.shown, *([part.shown_totals] if part.shown_totals else [])]
    grid = document.add_table(rows=0, cols=len(columns))
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    _borders(grid)
    widths = [Mm(TEXT_MM * share) for share in part.widths]
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    style = document.styles["Table Text"].style_id
    _row(grid, [column.title for column in columns], columns, widths, style, head=True)
    for place, row in enumerate(rows):
        _row(grid, row, columns, widths, style, bold=bool(part.shown_totals) and place == len(rows) - 1)
    return grid._tbl


def _row(
    grid: Any,
    texts: Any,
    columns: tuple[Column, ...],
    widths: list[Any],
    style: str,
    *,
    head: bool = False,
    bold: bool = False,
) -> None:
    row = grid.add_row()
    said = row._tr.get_or_add_trPr()
    said.append(OxmlElement("w:cantSplit"))
    if head:
        said.append(OxmlElement("w:tblHeader"))
    for cell, text, column, width in zip(row.cells, texts, columns, widths, strict=True):
        cell.width = width
        paragraph = cell.paragraphs[0]
        paragraph._p.style = style
        paragraph.alignment = ALIGN.CENTER if head else ALIGN.RIGHT if column.right else ALIGN.LEFT
        paragraph.add_run(text).bold = head or bold or None
        if head:
            _shade(cell)


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "E7E7E7")):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _borders(grid: Any) -> None:
    """Thin lines, and cells as narrow as they may be: no style of the template is needed."""
    about = grid._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "666666")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        room = OxmlElement(f"w:{side}")
        room.set(qn("w:w"), "60")
        room.set(qn("w:type"), "dxa")
        margins.append(room)
    layout = about.find(qn("w:tblLayout"))
    layout.addprevious(borders)
    layout.addnext(margins)


def same_bytes(docx: bytes) -> bytes:
    """The file with its parts in order and no time of writing: the same report gives the same bytes."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(docx)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        # The list of types comes first, as readers expect.
        for name in sorted(source.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            entry = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return out.getvalue()
