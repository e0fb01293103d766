"""Our Word template, made by code: the form of Decree 30/2020/NĐ-CP, with fields that docxtpl fills in."""

from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor

from phusong.language import _

FONT = "Times New Roman"
#: Width between the margins (A4: 210 − 30 − 15 mm).
TEXT_MM = 165
_LEFT_MM = 74
#: Styles of the contents: points, bold, italic, alignment, space before, after, first line in.
_STYLES: dict[str, tuple[float, bool, bool, Any, float, float, float]] = {
    "Normal": (13, False, False, ALIGN.LEFT, 0, 0, 0),
    "Heading 1": (13, True, False, ALIGN.LEFT, 12, 6, 10),
    "Heading 2": (13, True, False, ALIGN.LEFT, 8, 4, 10),
    "Body Text": (13, False, False, ALIGN.JUSTIFY, 3, 3, 10),
    "List Bullet": (13, False, False, ALIGN.JUSTIFY, 2, 2, 10),
    "Report Note": (12, False, True, ALIGN.JUSTIFY, 3, 6, 10),
    "Caption": (12, True, False, ALIGN.CENTER, 8, 4, 0),
    "Table Text": (11, False, False, ALIGN.LEFT, 1, 1, 0),
}


def make_template() -> bytes:
    """The template as a .docx."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True
    add_styles(document)
    _page_number(section.header.paragraphs[0])
    _heading(document)
    _title(document)
    _explain(document)
    document.add_paragraph("{{ content }}", style="Body Text")
    _ending(document)
    said = document.core_properties
    said.author, said.title, said.comments, said.language = "{{ body }}", "{{ subject }}", "{{ made }}", ""
    said.last_modified_by = ""
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def add_styles(document: Any) -> None:
    """The styles of the contents that the document has not: a department's own stay as they are. A document
    in which nothing stands yet, ours, takes them all."""
    ours = not document.element.body.xpath("w:p|w:tbl")
    there = {style.name for style in document.styles}
    for name, look in _STYLES.items():
        if name in there and not ours:
            continue
        if name not in there:
            document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        _form(document.styles[name], *look)


def _form(
    style: Any, size: float, bold: bool, italic: bool, side: Any, before: float, after: float, first: float
) -> None:
    font = style.font
    font.name, font.size, font.bold, font.italic = FONT, Pt(size), bold, italic
    font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)
    if style.name == "List Bullet":
        # The dash is ours, as offices write it; no list of the program's own.
        for numbers in style.element.xpath("w:pPr/w:numPr"):
            numbers.getparent().remove(numbers)
    form = style.paragraph_format
    form.alignment = side
    form.space_before, form.space_after = Pt(before), Pt(after)
    form.left_indent, form.first_line_indent = Mm(0), Mm(first)
    form.line_spacing_rule = WD_LINE_SPACING.SINGLE
    if style.name.startswith(("Heading", "Caption")):
        form.keep_with_next = True


def _page_number(paragraph: Any) -> None:
    """Centred at the top; the first page has a header of its own, which is empty."""
    paragraph.alignment = ALIGN.CENTER
    for kind in ("begin", "separate", "end"):
        sign = OxmlElement("w:fldChar")
        sign.set(qn("w:fldCharType"), kind)
        paragraph.add_run()._r.append(sign)
        if kind == "begin":
            code = OxmlElement("w:instrText")
            code.text = "PAGE"
            paragraph.add_run()._r.append(code)
        elif kind == "separate":
            # What stands there until the program counts.
            paragraph.add_run("2")


def _cells(document: Any, left_mm: float, right_mm: float) -> tuple[Any, Any]:
    """Two cells side by side without lines."""
    grid = document.add_table(rows=1, cols=2)
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    for cell, width in zip(grid.rows[0].cells, (left_mm, right_mm), strict=True):
        cell.width = Mm(width)
    for column, width in zip(grid.columns, (left_mm, right_mm), strict=True):
        column.width = Mm(width)
    return grid.rows[0].cells


def _say(
    cell: Any,
    text: str,
    size: float,
    side: Any = ALIGN.CENTER,
    *,
    bold: bool = False,
    italic: bool = False,
    before: float = 0,
) -> Any:
    """A paragraph of a cell or document; the first empty one of a cell is used."""
    empty = [p for p in cell.paragraphs if not p.text and not p.runs] if hasattr(cell, "width") else []
    paragraph = empty[0] if empty and len(cell.paragraphs) == 1 else cell.add_paragraph()
    paragraph.alignment = side
    paragraph.paragraph_format.space_before = Pt(before)
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic
    return paragraph


def _rule(cell: Any, length: Length, width_mm: float) -> None:
    """A line of some length below what stands above it, centred."""
    paragraph = cell.add_paragraph()
    form = paragraph.paragraph_format
    form.left_indent = form.right_indent = Mm((width_mm - length.mm) / 2)
    form.line_spacing = Pt(2)
    form.space_after = Pt(4)
    borders = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    # The schema wants the borders before spacing, indents and alignment.
    paragraph._p.get_or_add_pPr().insert(0, borders)
    run = paragraph.add_run("")
    run.font.size = Pt(2)


def _heading(document: Any) -> None:
    """Issuing body, number; country, motto, place and date."""
    right_mm = TEXT_MM + 10 - _LEFT_MM
    left, right = _cells(document, _LEFT_MM, right_mm)
    _say(left, "{{ upper_body }}", 12)
    _say(left, "{{ body }}", 12, bold=True)
    _rule(left, Mm(24), _LEFT_MM - 4)
    _say(left, "{{ number }}", 13, before=4)
    _say(right, "{{ country }}", 12, bold=True)
    _say(right, "{{ motto }}", 13, bold=True)
    _rule(right, Mm(59), right_mm - 4)
    _say(right, "{{ place_and_date }}", 13, italic=True, before=4)


def _title(document: Any) -> None:
    _say(document, "{{ kind }}", 14, bold=True, before=14)
    _say(document, "{{ subject }}", 13, bold=True, before=2)
    _rule(document, Mm(45), TEXT_MM)


def _explain(document: Any) -> None:
    """What may be changed, in a comment that is not printed."""
    said = _(
        "Change all you like; fields stand between braces, 'phusong report --write-template' lists them. "
        "'content' is all sections; 'section_summary' and its like are single ones."
    )
    document.add_paragraph("{#p " + said + " #}")


def _ending(document: Any) -> None:
    """Recipients on the left, who signs on the right."""
    document.add_paragraph("", style="Body Text")
    left, right = _cells(document, TEXT_MM / 2, TEXT_MM / 2)
    row = left._tc.getparent()
    whole = row.get_or_add_trPr()
    whole.append(OxmlElement("w:cantSplit"))
    _say(left, "{{ recipients_title }}", 12, ALIGN.LEFT, bold=True, italic=True)
    _say(left, "{%p for one in recipients %}", 11, ALIGN.LEFT)
    _say(left, "{{ one }}", 11, ALIGN.LEFT)
    _say(left, "{%p endfor %}", 11, ALIGN.LEFT)
    _say(right, "{{ signer_title }}", 13, bold=True)
    for _line in range(4):
        _say(right, " ", 13)
    _say(right, "{{ signer_name }}", 13, bold=True)
    # Word wants a paragraph after the last table.
    document.add_paragraph().paragraph_format.line_spacing = Pt(1)
