"""The report: the form of Decree 30, one source of figures for Word, PDF and Excel, no code from the data."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from conftest import REPOSITORY
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from drawn_run import HOSTILE, drawn_run, hostile_run, many_sites
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from test_repository import messages

from phusong.bundled import bundled
from phusong.cli import main
from phusong.errors import RunError, StudyError
from phusong.gaps import headline
from phusong.language import catalogue, speaking
from phusong.pictures import country
from phusong.readers.study import read_sheet, read_study
from phusong.reports import FORMATS, write_report
from phusong.reports.figures import Report, gather
from phusong.reports.office import office_of
from phusong.reports.parts import Picture, Table, Text, clean, share_width
from phusong.reports.word import write_word
from phusong.runs import read_run, run_id_of
from phusong.units import say_vnd

OFFICE = {
    "upper_body": "UBND thành phố Đà Nẵng",
    "body": "Sở Khoa học và Công nghệ",
    "number": "12/BC-SKHCN",
    "place": "Đà Nẵng",
    "date": "2026-02-05",
    "signer_title": "Giám đốc",
    "signer_name": "Lê Thị Ợ",
    "recipients": ["UBND thành phố", "Lưu: VT"],
}


@pytest.fixture(scope="module")
def bundled_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled study of Nam Giang under a budget by year with partners, run once."""
    folder = tmp_path_factory.mktemp("report")
    study = folder / "study.toml"
    study.write_text(
        f'base = "{bundled("nam-giang/study.toml").as_posix()}"\n'
        '[plan]\nbudget_by_year = { 2026 = "4 tỷ", 2027 = "4 tỷ", 2028 = "1 tỷ" }\n'
        "[partners.VNPT]\nat_most = 0.7\n[report]\n"
        + "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in OFFICE.items()),
        encoding="utf-8",
    )
    with pytest.raises(SystemExit) as done:
        main(["run", str(study), "--out", str(folder / "run"), "--quiet"])
    assert not done.value.code
    return folder / "run"


@pytest.fixture(scope="module")
def report(bundled_run: Path) -> Report:
    return gather(read_run(bundled_run), "vi")


@pytest.fixture(scope="module")
def written(bundled_run: Path) -> dict[str, Path]:
    """Its report in the run, as the command writes it."""
    with pytest.raises(SystemExit) as done:
        main(["report", str(bundled_run)])
    assert not done.value.code
    return {name: bundled_run / "report" / file for name, file in FORMATS.items()}


def document_of(report: Report, template: Path | None = None) -> Any:
    return Document(io.BytesIO(write_word(report, template)))


def words_of(document: Any) -> str:
    """All text of a Word document in order."""
    paragraphs = document.element.body.iter(qn("w:p"))
    said = "\n".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in paragraphs)
    return said.replace("\u00a0", " ")


def tables_of(report: Report) -> Iterator[Table]:
    for section in report.sections:
        yield from (part for part in section.parts if isinstance(part, Table))


def pdf_words(path: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


# ---- The form of Decree 30


def test_the_page_is_that_of_decree_30(written: dict[str, Path]) -> None:
    document = Document(str(written["word"]))
    for section in document.sections:
        assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
        assert 20 <= round(section.top_margin.mm) <= 25 and 20 <= round(section.bottom_margin.mm) <= 25
        assert 30 <= round(section.left_margin.mm) <= 35 and 15 <= round(section.right_margin.mm) <= 20
        assert section.different_first_page_header_footer
    header = document.sections[0].header.paragraphs[0]
    assert header.alignment == 1 and "PAGE" in header._p.xml  # centred
    assert not document.sections[0].first_page_header.paragraphs[0].text


def test_every_style_in_use_is_times_new_roman_of_a_size_that_the_decree_allows(
    written: dict[str, Path],
) -> None:
    document = Document(str(written["word"]))
    used = {p.style.name for p in document.paragraphs}
    used |= {p.style.name for t in document.tables for row in t.rows for c in row.cells for p in c.paragraphs}
    for name in used:
        style = document.styles[name]
        fonts = style.element.rPr.rFonts
        assert {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "cs", "eastAsia")} == {
            "Times New Roman"
        }
        assert fonts.get(qn("w:asciiTheme")) is None
        assert (13 <= style.font.size.pt <= 14) or name in ("Table Text", "Caption", "Report Note")


def test_the_first_page_and_the_end_say_who_writes(written: dict[str, Path]) -> None:
    for said in (words_of(Document(str(written["word"]))), pdf_words(written["pdf"])):
        for text in (
            "UBND THÀNH PHỐ ĐÀ NẴNG",
            "SỞ KHOA HỌC VÀ CÔNG NGHỆ",
            "Số: 12/BC-SKHCN",
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            "Đà Nẵng, ngày 05 tháng 02 năm 2026",
            "BÁO CÁO",
            "- UBND thành phố;",
            "- Lưu: VT.",
            "GIÁM ĐỐC",
            "Lê Thị Ợ",
        ):
            assert text in said
        assert "{{" not in said and "«" not in said
        order = ["SỞKHOAHỌC", "BÁOCÁOVề", "TÓMTẮT", "Nơinhận:"]
        places = [re.sub(r"\s+", "", said).index(text) for text in order]
        assert places == sorted(places)


def test_the_motto_is_bold_the_date_italic_and_both_have_a_rule(written: dict[str, Path]) -> None:
    left, right = Document(str(written["word"])).tables[0].rows[0].cells
    looks = {p.text: p.runs[0] for p in right.paragraphs if p.text}
    assert looks["Độc lập - Tự do - Hạnh phúc"].bold
    assert looks["Đà Nẵng, ngày 05 tháng 02 năm 2026"].italic
    for cell in (left, right):
        assert len(cell._tc.xpath(".//w:pBdr/w:bottom")) == 1
    assert not next(p for p in left.paragraphs if p.text == "UBND THÀNH PHỐ ĐÀ NẴNG").runs[0].bold


def test_what_the_study_does_not_say_is_open_and_shown_so(drawn_report: Report) -> None:
    said = words_of(document_of(drawn_report))
    for text in ("«CƠ QUAN BAN HÀNH»", "…/BC-…", "«địa danh», ngày … tháng … năm 2026", "«CHỨC VỤ NGƯỜI KÝ»"):
        assert text in said


@pytest.mark.parametrize(
    ("date", "said"), [("2026-01-09", "ngày 09 tháng 01 năm"), ("2026-03-10", "ngày 10 tháng 3 năm")]
)
def test_dates_are_written_as_the_decree_asks(date: str, said: str) -> None:
    with speaking("vi"):
        assert said in office_of({"report": {"date": date}})["place_and_date"]


#: The order in which the schema of Word wants some properties (ECMA-376, wml.xsd); Word refuses others.
ORDERS = {
    "pPr": "pStyle keepNext keepLines widowControl numPr pBdr shd tabs spacing ind jc outlineLvl rPr",
    "tblPr": "tblStyle tblW jc tblInd tblBorders shd tblLayout tblCellMar tblLook",
    "tcPr": "tcW gridSpan vMerge tcBorders shd noWrap tcMar vAlign",
    "sectPr": "headerReference footerReference type pgSz pgMar pgNumType cols titlePg docGrid",
}


def test_word_gets_properties_in_the_order_that_it_wants(written: dict[str, Path]) -> None:
    body = Document(str(written["word"])).element.body
    for name, said in ORDERS.items():
        order = said.split()
        for found in body.iter(qn(f"w:{name}")):
            places = [order.index(child.tag.split("}")[1]) for child in found]
            assert places == sorted(places)
    assert all(cell[-1].tag == qn("w:p") for cell in body.iter(qn("w:tc")))
    assert [child.tag for child in body][-2:] == [qn("w:p"), qn("w:sectPr")]


# ---- One source of figures


def test_tables_of_word_repeat_their_header_and_rows_are_not_cut(written: dict[str, Path]) -> None:
    shown = [
        t for t in Document(str(written["word"])).tables if t._tbl.tblPr.find(qn("w:tblBorders")) is not None
    ]
    assert len(shown) > 8
    for one in shown:
        heads = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in one.rows]
        assert heads[0] and not any(heads[1:])
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in one.rows)
        widths = [column.width.mm for column in one.columns]
        assert sum(widths) == pytest.approx(165, abs=1)


def test_word_and_pdf_show_each_cell_of_each_table(report: Report, written: dict[str, Path]) -> None:
    word = words_of(Document(str(written["word"])))
    pdf = re.sub(r"\s+", "", pdf_words(written["pdf"]))
    for part in tables_of(report):
        for row in part.shown:
            for cell in row:
                assert cell.replace("\u00a0", " ") in word
                # The order of pieces in a PDF is not that of reading; each is there all the same.
                assert all(re.sub(r"\s+", "", word) in pdf for word in cell.split())
    for section in report.sections:
        for text in (part.text for part in section.parts if isinstance(part, Text)):
            assert text.replace("\u00a0", " ") in word


def test_figures_are_those_of_the_run_and_of_its_map(
    bundled_run: Path, report: Report, written: dict[str, Path]
) -> None:
    run = read_run(bundled_run)
    said = words_of(Document(str(written["word"])))
    plan, status = run.manifest["summary"]["plan"], run.tables["commune_status"]
    assert headline(status, "vi") + "." in said
    assert headline(status, "vi") in (bundled_run / "map.html").read_text(encoding="utf-8")
    for key in ("capex_vnd", "capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year", "present_cost_vnd"):
        assert f"{plan[key]:,}".replace(",", ".") + " ₫" in said
    assert say_vnd(plan["budget_vnd"], "vi") in said
    investments = run.tables["investments"]
    tables = {part.name: part for part in tables_of(report)}
    ids = [row[-14] for row in tables["investments"].rows]
    assert ids == investments[investments["funded"]].sort_values("rank")["investment_id"].tolist()
    assert len(tables["later"].rows) == (~investments["funded"]).sum() > 0
    assert len(tables["sites"].rows) == len(run.tables["gaps"])
    assert tables["years"].totals[4] == plan["capex_vnd"]
    assert tables["commune_plan"].totals[4] == plan["capex_vnd"]
    assert tables["technologies"].totals[3] == plan["capex_vnd"]


def test_the_pdf_has_the_vietnamese_letters_and_its_pages_are_numbered_from_the_second(
    written: dict[str, Path],
) -> None:
    pages = [page.extract_text() for page in PdfReader(written["pdf"]).pages]
    for name in ("Chơ Chun", "La Êê", "Tà Bhing", "Đắc Pring", "Thạnh Mỹ"):
        assert any(name in page for page in pages), name
    assert not pages[0].lstrip().startswith("1\n")
    assert [page.split("\n")[0].strip() for page in pages[1:]] == [str(n) for n in range(2, len(pages) + 1)]


def test_the_annex_has_no_formula_and_adds_up(report: Report, written: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(written["excel"])
    names: dict[str, Any] = {sheet["A1"].value: sheet for sheet in book}
    for sheet in book:
        assert not [c.coordinate for row in sheet for c in row if c.data_type == "f"]
    sums = 0
    for part in tables_of(report):
        sheet = next(sheet for title, sheet in names.items() if title.endswith(part.title))
        body = [[c.value for c in row] for row in sheet.iter_rows(min_row=4)]
        assert len(body) == len(part.rows) + bool(part.totals)
        for place, column in enumerate(part.columns):
            if part.totals and column.total:
                values = [row[place] for row in body[:-1] if row[place] is not None]
                assert all(isinstance(value, int | float) for value in values)
                assert sum(values) == pytest.approx(body[-1][place])
                sums += 1
    assert sums > 20


def test_a_large_run_keeps_the_documents_short_and_the_annex_whole(tmp_path: Path) -> None:
    rows = pd.concat([drawn_run().tables["commune_status"].iloc[[1]]] * 100, ignore_index=True)
    rows["commune_code"] = [f"{i:05}" for i in range(1, 101)]
    rows["name"] = [f"Xã {i}" for i in range(1, 101)]
    run = drawn_run(gaps=many_sites(600), commune_status=rows)
    paths = write_report(run, tmp_path, formats=("word", "excel"))
    said = words_of(Document(str(paths["word"])))
    assert "30 dòng đầu trong 100 dòng; phụ lục có đầy đủ." in said
    assert "Xã 14, Xã 15 và 85" in said and "Xã 16," not in said
    assert len(said) < 20_000
    book = openpyxl.load_workbook(paths["excel"], read_only=True)
    assert max(sheet.max_row for sheet in book) > 600


# ---- Both languages


def test_the_english_report_has_no_vietnamese(tmp_path: Path) -> None:
    plain = drawn_run().tables["commune_status"].assign(name=["A", "B", "C"])
    sites = drawn_run().tables["gaps"]
    sites = sites.assign(name=sites["site_id"])
    run = drawn_run(
        manifest={"title": "Test", "note": "Schematic", "source": "Report", "language": "en"},
        commune_status=plain,
        gaps=sites,
    )
    paths = write_report(run, tmp_path)
    foreign = re.compile("[ăâđêôơưĂÂĐÊÔƠƯạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ]")
    texts = [words_of(Document(str(paths["word"]))), pdf_words(paths["pdf"])]
    texts += [
        "\n".join(str(c.value) for sheet in openpyxl.load_workbook(paths["excel"]) for r in sheet for c in r)
    ]
    for text in texts:
        ours = text.replace("Phủ Sóng", "")
        assert not [line for line in ours.splitlines() if foreign.search(line)]
    assert all("SOCIALIST REPUBLIC OF VIET NAM" in text for text in texts[:2])


def test_the_vietnamese_report_has_no_english(report: Report) -> None:
    vietnamese = catalogue("vi")
    whole = {m for m in messages() if " " in m and "{" not in m and vietnamese.gettext(m) != m}
    shown = [part.text for s in report.sections for part in s.parts if isinstance(part, Text)]
    shown += [part.title for s in report.sections for part in s.parts if isinstance(part, Table | Picture)]
    for part in tables_of(report):
        shown += [column.title for column in part.columns]
        shown += [cell for row in part.shown for cell in row]
    shown += [str(value) for value in {**report.office, **report.fields}.values()]
    assert len(whole) > 500
    assert not [text for text in shown if text in whole]
    with_fields = " ".join(shown).lower()
    for word in ("of", "and", "with", "sites", "unknown", "year", "not"):
        assert not re.search(rf"\b{word}\b(?!\.)", with_fields), word


def test_each_source_of_a_target_is_said_in_vietnamese() -> None:
    for entry in read_sheet(bundled("targets.toml")).values():
        assert catalogue("vi").gettext(entry.source) != entry.source


# ---- Hostile names and templates


NASTY = (
    "{{ 7*7 }}",
    "{% for x in y %}",
    "{#p c #}",
    "{%p if a %}",
    "{_{ a }_}",
    "a & <b> ]]>",
    "#eval(1)",
    "$x$ *b*",
)


def test_code_in_the_data_stays_text(tmp_path: Path) -> None:
    run = hostile_run()
    names = [f"{NASTY[i % len(NASTY)]} {i}" for i in range(len(run.tables["gaps"]))]
    names[3] = "Dài" * 40  # a word that no line holds
    communes = [f"{NASTY[-1 - i]}" for i in range(3)]
    run = drawn_run(
        manifest={
            "title": NASTY[0] + "\x00\x0b\ufffe",
            "note": NASTY[1] + HOSTILE[3],
            "source": NASTY[5],
            "report": {"body": NASTY[2], "signer_name": NASTY[0], "recipients": [NASTY[1], NASTY[5]]},
        },
        **{
            **run.tables,
            "gaps": run.tables["gaps"].assign(name=names),
            "commune_status": run.tables["commune_status"].assign(name=communes),
        },
    )
    paths = write_report(run, tmp_path)
    word = words_of(Document(str(paths["word"])))
    for text in (NASTY[0], NASTY[1], NASTY[5], *communes):
        assert text in word
    assert "49" not in gather(run, "vi").fields["title"]
    pdf = pdf_words(paths["pdf"])
    assert "Dài" * 40 in re.sub(r"\s|\u200b", "", pdf)
    assert "{{ 7*7 }}" in pdf and "#eval(1)" in pdf and "$x$ *b*" in pdf
    cells = [c for sheet in openpyxl.load_workbook(paths["excel"]) for row in sheet for c in row]
    assert not [c for c in cells if c.data_type == "f" or c.hyperlink]
    assert set(names) <= {c.value for c in cells}


@pytest.fixture(scope="module")
def drawn_report() -> Report:
    """The drawn run's report in Vietnamese."""
    return gather(drawn_run(), "vi")


def template(tmp_path: Path, *paragraphs: str) -> Path:
    """A Word file of an office, from Word itself as it were: none of our styles."""
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(str(tmp_path / "office.docx"))
    return tmp_path / "office.docx"


def test_the_office_uses_its_own_template(tmp_path: Path, drawn_report: Report) -> None:
    own = template(
        tmp_path, "Phòng CNTT: {{ subject }}", "{{ capex }} · {{ headline }}", "{{ section_money }}", "Hết"
    )
    said = words_of(document_of(drawn_report, own))
    assert "Phòng CNTT: Về hiện trạng" in said and "5,60 tỷ ₫ · 1/3 trung tâm xã" in said
    assert "5.600.000.000 ₫" in said and said.rstrip().endswith("Hết")
    assert "CỘNG HÒA" not in said and "Hiện trạng tại trung tâm các xã" not in said


def test_our_template_can_be_changed_and_given_back(
    tmp_path: Path, drawn_report: Report, capsys: pytest.CaptureFixture
) -> None:
    path = tmp_path / "mau.docx"
    with pytest.raises(SystemExit) as done:
        main(["report", "--write-template", str(path)])
    assert not done.value.code
    said = capsys.readouterr().out
    assert "{{ content }}" in said and "{{ section_plan }}" in said and "{{ signer_name }}" in said
    document = Document(str(path))
    document.styles["Body Text"].font.name = "Arial"
    document.save(str(path))
    changed = document_of(drawn_report, path)
    assert changed.styles["Body Text"].font.name == "Arial"
    assert words_of(changed) == words_of(document_of(drawn_report))
    with pytest.raises(SystemExit) as again:
        main(["report", "--write-template", str(path)])
    assert again.value.code == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ no_such_field }} {{ content }}", "no_such_field"),
        ("{{ subject", "cannot be filled in"),
        ("{{ ''.__class__.__mro__ }} {{ content }}", "__class__"),
        ("no field at all", "no place for the report"),
    ],
)
def test_a_template_that_cannot_be_used_is_said_in_one_line(
    tmp_path: Path, drawn_report: Report, text: str, why: str
) -> None:
    with pytest.raises(RunError, match=why) as caught:
        write_word(replace(drawn_report, language="en"), template(tmp_path, text))
    assert "\n" not in str(caught.value) and "office.docx" in str(caught.value)


def test_a_file_that_is_no_word_file_is_said(tmp_path: Path, drawn_report: Report) -> None:
    for name, content in (("a.docx", b"no zip"), ("b.docx", _zip({"x": "y"}))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RunError, match="no Word file"):
            write_word(replace(drawn_report, language="en"), tmp_path / name)


def _zip(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, text in files.items():
            target.writestr(name, text)
    return out.getvalue()


def test_the_run_keeps_the_template_that_its_study_names(drawn_study: Any, tmp_path: Path) -> None:
    study = drawn_study(toml='[report]\nbody = "Sở A"\ntemplate = "own.docx"')
    with pytest.raises(SystemExit) as missing:
        main(["run", str(study), "--out", str(tmp_path / "run"), "-q"])
    assert missing.value.code == 1
    template(tmp_path, "{{ body }}", "{{ content }}", "Mẫu riêng").rename(study.parent / "own.docx")
    with pytest.raises(SystemExit):
        main(["run", str(study), "--out", str(tmp_path / "run"), "-q"])
    (study.parent / "own.docx").unlink()
    # A scenario elsewhere still means the same file.
    (tmp_path / "what-if.toml").write_text('base = "study/study.toml"', encoding="utf-8")
    scenario = read_study(tmp_path / "what-if.toml")
    assert scenario.path(scenario.report.template) == study.parent / "own.docx"
    paths = write_report(read_run(tmp_path / "run"), tmp_path / "out", formats=("word",))
    assert "Mẫu riêng" in words_of(Document(str(paths["word"])))


# ---- The command


def call(capsys: pytest.CaptureFixture, *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as done:
        main([str(a) for a in arguments])
    said = capsys.readouterr()
    return int(done.value.code or 0), said.out, said.err


def test_the_command_writes_records_and_does_not_overwrite(
    bundled_run: Path, written: dict[str, Path], capsys: pytest.CaptureFixture
) -> None:
    before = {name: path.read_bytes() for name, path in written.items()}
    code, _out, err = call(capsys, "report", bundled_run, "--to", "word")
    assert code == 1 and "--replace" in err
    code, out, _err = call(capsys, "report", bundled_run, "--json", "--replace")
    assert code == 0 and json.loads(out)["files"] == {name: str(path) for name, path in written.items()}
    # The same run gives the same bytes.
    assert {name: path.read_bytes() for name, path in written.items()} == before
    recorded = read_run(bundled_run).manifest["files"]
    for name, path in written.items():
        assert recorded[f"report/{path.name}"]["bytes"] == len(before[name])
    assert not list((bundled_run / "report").glob(".*"))
    assert call(capsys, "report", bundled_run, "--to", "word,powerpoint")[0] == 2


def test_what_cannot_be_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "typst":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RunError, match="pip install typst"):
        write_report(drawn_run(), tmp_path / "out", formats=("word", "pdf"))
    assert not (tmp_path / "out").exists()


def test_who_writes_is_no_part_of_the_question(drawn_study: Any, bundled_run: Path) -> None:
    studies = [read_study(drawn_study(toml=said)) for said in ("", '[report]\nbody = "Sở B"')]
    assert len({run_id_of(study, {}, {}) for study in studies}) == 1
    assert read_run(bundled_run).manifest["report"]["body"] == OFFICE["body"]
    with pytest.raises(StudyError, match=r"report\.date"):
        read_study(drawn_study(toml='[report]\ndate = "2026-02-31"'))
    with pytest.raises(StudyError, match="Did you mean signer_name"):
        read_study(drawn_study(toml='[report]\nsigner_nam = "x"'))


# ---- Sections that only some runs have


def test_conferences_and_indicators_are_told_where_the_run_has_them(drawn_report: Report) -> None:
    conference = pd.DataFrame(
        [
            {
                "level": level,
                "unit_code": code,
                "vintage": "2021-07",
                "unit_name": name,
                "site_id": None,
                "ready": ready,
                "missing": missing,
                "not_known": "latency",
                "date": "2021-08",
                "ready_with_plan": "ok",
                "from_year": pd.NA,
                "equipment_capex_vnd": 300_000_000,
                "equipment_capex_low_vnd": 200_000_000,
                "equipment_capex_high_vnd": 400_000_000,
                "equipment_opex_vnd_per_year": 1,
                "connection_capex_vnd": pd.NA,
            }
            for level, code, name, ready, missing in (
                ("commune", "00001", "A", "ok", None),
                ("commune", "00002", "Êê B", "gap", "down;equipment"),
                ("district", "001", "Huyện D", "unknown", None),
            )
        ]
    )
    indicators = pd.DataFrame(
        [
            {
                "indicator": "steering_committee",
                "level": "district",
                "vintage": "2021-07",
                "date": date,
                "value": value,
                "of": 18.0,
                "units": 18,
                "reported": 17,
                "not_reported": "001",
                "not_reported_names": "Huyện D",
            }
            for date, value in (("2021-09", 14.0), ("2021-08", 11.0))
        ]
    )
    named = {"steering_committee": {"name_vi": "Ban chỉ đạo", "name_en": "Steering committee"}}
    run = drawn_run(manifest={"indicators": named}, conference=conference, indicator_figures=indicators)
    report = gather(run, "vi")
    said = words_of(document_of(report))
    assert "Xã: hiện nay 1/2 đơn vị họp được, 1 chưa, 0 chưa rõ; khi có phương án: 2." in said
    assert "tải xuống, thiết bị" in said and "900,0 triệu ₫" in said
    assert "Ban chỉ đạo" in said and "17/18" in said and "77,8 %" in said and "61,1 %" not in said
    series = next(part for part in tables_of(report) if part.name == "indicator_series")
    assert [row[2] for row in series.rows] == [11.0, 14.0]
    assert "HỌP TRỰC TUYẾN BA CẤP" in said
    assert "conference" not in {section.key for section in drawn_report.sections}


def test_the_inset_is_that_of_the_map() -> None:
    source = (REPOSITORY / "coverage" / "phusong" / "maps" / "furniture.js").read_text(encoding="utf-8")
    for name in ("COAST", "ISLANDS", "HOANG_SA", "TRUONG_SA"):
        points = json.loads(re.search(rf"const {name} = (\[\[.*?\]\]);", source, re.DOTALL)[1])
        assert [tuple(point) for point in points] == list(getattr(country, name))


def test_pictures_are_pngs_that_say_what_they_show(report: Report) -> None:
    pictures = [part for s in report.sections for part in s.parts if isinstance(part, Picture)]
    assert [p.number for p in pictures] == list(range(1, len(pictures) + 1))
    assert {p.name for p in pictures} >= {"statuses", "map_situation", "map_works", "cumulative", "years"}
    for picture in pictures:
        assert picture.png.startswith(b"\x89PNG") and picture.seen and len(picture.png) > 5_000


def test_a_run_without_sites_or_plan_still_has_a_report(drawn_study: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["run", str(drawn_study(())), "--out", str(tmp_path / "run"), "-q"])
    paths = write_report(read_run(tmp_path / "run"), tmp_path / "out")
    assert "Nothing needs to be built." in words_of(Document(str(paths["word"])))


@given(st.lists(st.lists(st.text(max_size=60), min_size=1, max_size=4), min_size=1, max_size=12))
def test_columns_share_the_width_and_none_is_lost(columns: list[list[str]]) -> None:
    shares = share_width(columns)
    assert sum(shares) == pytest.approx(1) and min(shares) > 0
    assert share_width(list(reversed(columns))) == pytest.approx(list(reversed(shares)))


@given(st.text(st.characters(), max_size=40))
def test_any_text_can_stand_in_a_document(text: str) -> None:
    said = clean(text)
    assert clean(said) == said and len(said) == len(text)
    OxmlElement("w:t").text = said
    said.encode("utf-8")
