"""The repair loop: check writes a workbook, somebody mends cells in it, every verb honours that."""

import json
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from conftest import HEADER, SITES, feature
from drawn_run import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from phusong.checks import check_region
from phusong.cli import main
from phusong.errors import InputError, RunError
from phusong.language import speaking
from phusong.readers import read_region, read_study
from phusong.readers.corrections import Correction, cells_of, fingerprints, mend
from phusong.readers.hidden import META
from phusong.readers.returned import read_corrections
from phusong.readers.tables import ROW
from phusong.runs import read_run
from phusong.workbooks import write_corrections

#: A site whose axes are swapped, one without commune and with a word that is none, one of an unknown kind.
BROKEN = (
    "S5,Trạm Y tế B,Y tế,00002,15.05,107.65,,,,",
    "S6,Trường THCS B,Trường học,,107.651,15.051,Khôg,,,",
    "S7,Quán B,Bêh viện,00002,107.652,15.05,,,,",
)
ROW_OF = {"S5": 6, "S6": 7, "S7": 8}


def phusong(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    return int(end.value.code or 0)


def checked(path: Path, corrections: Path | None = None):
    study = read_study(path)
    if corrections:
        study = study.model_copy(update={"corrections": str(corrections)})
    return study, *check_region(read_region(study))


def workbook_of(path: Path, to: Path | None = None) -> Path:
    return write_corrections(to or path.parent / "mend.xlsx", *checked(path))


class Filled:
    """A workbook as somebody with Excel sees it: cells by row of the file and header."""

    def __init__(self, path: Path, sheet: str = "sites.csv"):
        self.path, self.book = path, load_workbook(path)
        self.page = self.book[sheet]
        self.headers = {c.value: c.column for c in self.page[3]}
        self.lines = {int(r[0].value): r[0].row for r in self.page.iter_rows(min_row=4) if r[0].value}

    def cell(self, row: int, header: str):
        return self.page.cell(self.lines[row], self.headers[header])

    def write(self, row: int, header: str, text: object) -> "Filled":
        self.cell(row, header).value = text
        return self

    def by(self, name: str, date: str) -> "Filled":
        page = self.book.worksheets[0]
        for line in page.iter_rows(max_col=1):
            if line[0].value in ("Your name", "Họ tên"):
                page.cell(line[0].row, 2).value = name
            if str(line[0].value).startswith(("Date (", "Ngày (")):
                page.cell(line[0].row, 2).value = date
        return self

    def save(self, to: Path | None = None) -> Path:
        self.book.save(to or self.path)
        return to or self.path


def colour(cell) -> str:
    return str(cell.fill.fgColor.rgb)[2:]


RED, YELLOW, GREEN, GREY = "FFC7CE", "FFEB9C", "C6EFCE", "EDEDED"


def test_each_finding_colours_its_cell_and_says_what_may_be_meant(drawn_study):
    far = "S8,Trạm Y tế B2,Y tế,00002,17.65,15.05,,,,"
    copy = "S1,Bản sao,UBND,00001,107.56,15.05,,,,"
    book = Filled(workbook_of(drawn_study((*SITES, *BROKEN, copy, far))))
    placed = [book.cell(10, axis) for axis in ("Kinh độ", "Vĩ độ")]
    assert [colour(cell) for cell in placed] == [RED, RED] and "nearest commune" in placed[0].comment.text
    assert "set aside: lies" in book.cell(10, "What was found").value
    # Swapped axes, whether they were put right or not, can be put right in the list.
    assert book.cell(6, "Suggestion").value == "Kinh độ: 107.65\nVĩ độ: 15.05"
    assert "swapped" in book.cell(6, "What was found").value + book.cell(6, "What to do").value
    assert colour(book.cell(7, "Mã xã")) == YELLOW and colour(book.cell(7, "Cáp quang")) == YELLOW
    assert set(book.cell(7, "Suggestion").value.split("\n")) == {"Mã xã: 00002", "Cáp quang: no"}
    assert "Suggestion: 00002" in book.cell(7, "Mã xã").comment.text
    assert colour(book.cell(8, "Loại")) == YELLOW
    assert book.cell(8, "Suggestion").value == "Loại: Hospital"
    # An id that is used twice can be mended, one that is right cannot be touched.
    twice = [row for row in (2, 9) if colour(book.cell(row, "Mã đơn vị")) == RED]
    assert len(twice) == 1 and not book.cell(twice[0], "Mã đơn vị").protection.locked
    assert colour(book.cell(3, "Mã đơn vị")) == GREY and book.cell(3, "Mã đơn vị").protection.locked
    assert book.page.protection.sheet and book.page.freeze_panes == "B4"


def test_bad_rows_come_first_those_set_aside_before_those_to_look_at(drawn_study):
    book = Filled(workbook_of(drawn_study((*SITES, *BROKEN))))
    assert list(book.lines)[:4] == [6, 7, 8, 2]


def test_words_that_are_fixed_have_a_list_to_choose_from(drawn_study):
    book = Filled(workbook_of(drawn_study((*SITES, *BROKEN))))
    lists = {str(v.sqref).split(":")[0]: v.formula1 for v in book.page.data_validations.dataValidation}

    def of(header: str) -> str:
        return lists[book.page.cell(4, book.headers[header]).coordinate]

    assert of("Cáp quang") == '"yes,no"' and of("Sóng di động") == '"good,fair,weak,none"'
    assert "Commune health station" in of("Loại")
    codes = of("Mã xã").removeprefix("'Communes'!").replace("$", "")
    assert [row[0].value for row in book.book["Communes"][codes]] == ["00001", "00002"]


def test_every_word_that_can_be_chosen_is_understood():
    from phusong.domain import INPUT_TABLES, KINDS, guess_kind
    from phusong.readers.values import CHOICES, PARSERS

    assert [guess_kind(vi, "") for vi, _en in CHOICES["kind"]] == list(KINDS)
    assert [guess_kind(en, "") for _vi, en in CHOICES["kind"]] == list(KINDS)
    known = {name for table in INPUT_TABLES.values() for name in table.columns}
    for column, words in CHOICES.items():
        assert column in known
        for vi, en in words if column != "kind" else ():
            assert PARSERS[column](vi) == PARSERS[column](en)


def test_mended_cells_count_in_every_verb_and_the_list_stays_as_it_is(drawn_study, capsys, tmp_path):
    path = drawn_study((*SITES, *BROKEN))
    before = (path.parent / "sites.csv").read_bytes()
    book = Filled(workbook_of(path)).by("Bling Thị A", "30/6/2025")
    book.write(6, "Kinh độ", "107.65").write(6, "Vĩ độ", "15.05").write(6, "Wifi", "yes")
    book.write(7, "Mã xã", "00002").write(7, "Cáp quang", "Không").write(8, "Loại", "Trạm y tế")
    mended = book.save()
    assert phusong("check", path, "-q", "--corrections", mended, "--strict", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["findings"] == [] and said["corrections"] == {"applied": 6}
    log = pd.read_csv(path.parent / "checks" / "corrections.csv", dtype=str, encoding="utf-8-sig")
    assert set(log["by"]) == {"Bling Thị A"} and set(log["date"]) == {"30/6/2025"}
    one = log[(log["row"] == "7") & (log["column"] == "Cáp quang")].iloc[0]
    assert (one["before"], one["after"], one["state"], one["file"]) == (
        "Khôg",
        "Không",
        "applied",
        "sites.csv",
    )
    assert one["cell"].startswith("sites.csv!")
    assert (path.parent / "sites.csv").read_bytes() == before

    # Named in the study, all verbs see the mended sites.
    path.write_text(path.read_text().replace("\n[inputs]", '\ncorrections = "mend.xlsx"\n[inputs]'))
    assert phusong("gaps", path, "-q", "--json") == 0
    assert json.loads(capsys.readouterr().out)["sites"] == 7
    assert phusong("run", path, "-q", "--out", tmp_path / "run", "--json") == 0
    run = read_run(tmp_path / "run")
    gaps = run.tables["gaps"].set_index("site_id")
    assert (gaps.loc["S5", "wifi"], gaps.loc["S6", "fibre"]) == ("ok", "gap")
    assert gaps.loc["S7", "kind"] == "health_station"
    assert run.manifest["corrections"]["applied"] == 6
    assert {r["row"] for r in run.manifest["corrections"]["rows"]} == {6, 7, 8}
    assert run.manifest["inputs"]["corrections"][0]["file"] == "mend.xlsx"
    assert (tmp_path / "run" / "corrections.csv").exists()
    assert "corrections.csv" in run.manifest["files"]


def test_a_suggestion_can_be_taken_as_it_is(drawn_study):
    path = drawn_study((*SITES, *BROKEN))
    book = Filled(workbook_of(path))
    for row in ROW_OF.values():
        book.write(row, "Take the suggestion?", "yes")
    # Where somebody wrote something else, that counts.
    book.write(7, "Cáp quang", "yes")
    _study, region, findings = checked(path, book.save())
    sites = region.sites.set_index("site_id")
    told = [f for f in findings if "is reported with fibre" not in f.what]
    assert told == [] and len(sites) == 7
    assert sites.loc["S6", "fibre_reported"] == "yes" and sites.loc["S7", "kind"] == "hospital"


def test_a_row_taken_out_needs_a_reason_and_is_kept_aside(drawn_study):
    path = drawn_study((*SITES, *BROKEN[1:]))
    book = Filled(workbook_of(path))
    book.write(6, "Take the row out?", "yes").write(6, "Why it is taken out", "đã đóng cửa")
    book.write(7, "Take the row out?", "yes")
    mended = book.save()
    _study, region, findings = checked(path, mended)
    assert set(region.sites["site_id"]) == {"S1", "S2", "S3", "S4", "S7"}
    (aside,) = region.set_aside.to_dict("records")
    assert aside["row"] == 6 and "đã đóng cửa" in aside["reason"]
    assert json.loads(aside["values"])["site_id"] == "S6"
    assert any("no reason is written" in f.what and f.row == book.lines[7] for f in findings)


def test_a_point_of_a_vector_file_can_be_moved(drawn_study):
    points = [feature({"type": "Point", "coordinates": [107.66, 15.08]}, name="Thôn 1")]
    path = drawn_study(files={"settlements.geojson": points})
    path.write_text(path.read_text() + 'settlements = "settlements.geojson"\n')
    book = Filled(workbook_of(path), "settlements.geojson").write(1, "lon (WGS 84)", "107.62")
    book.write(1, "name", "Thôn Pa Lan")
    _study, region, _findings = checked(path, book.save())
    (place,) = region.settlements.to_crs(4326).itertuples()
    assert place.name == "Thôn Pa Lan"
    assert (place.geometry.x, place.geometry.y) == pytest.approx((107.62, 15.08), abs=1e-6)


def test_a_file_that_holds_two_layers_is_two_sheets_each_with_its_own_findings(drawn_study):
    """Row 1 of the sites is at fault, row 1 of the settlements is not."""
    import geopandas as gpd
    from shapely import Point

    path, file = drawn_study(), "all.gpkg"
    sites = {"id": ["P1", "P2"], "name": ["Điểm A", "Điểm B"], "kind": ["Bêh viện", "UBND"]}
    places = gpd.GeoSeries([Point(107.55, 15.05), Point(107.65, 15.05)], crs=4326)
    gpd.GeoDataFrame(sites, geometry=places).to_file(path.parent / file, layer="sites")
    gpd.GeoDataFrame({"name": ["Thôn 1", "Thôn 2"]}, geometry=places).to_file(
        path.parent / file, layer="thon"
    )
    text = path.read_text().replace('sites = "sites.csv"', f'sites = {{path = "{file}", layer = "sites"}}')
    path.write_text(text + f'settlements = {{path = "{file}", layer = "thon"}}\n')
    workbook = workbook_of(path)
    names = [name for name in load_workbook(workbook).sheetnames if name.startswith(file)]
    assert names == [file, f"{file} 2"]
    found = [Filled(workbook, name).cell(1, "What was found").value for name in names]
    assert "the kind 'Bêh viện' is not known" in found[0] and not found[1]


@pytest.fixture
def mended(drawn_study):
    """A study with S6's fibre mended to yes in its workbook, and how to change its list afterwards."""
    path = drawn_study((*SITES, *BROKEN[1:]))
    book = Filled(workbook_of(path)).write(6, "Cáp quang", "yes").save()

    def change(*sites: str):
        lines = "\n".join([HEADER, *sites]) + "\n"
        (path.parent / "sites.csv").write_text(lines, encoding="utf-8-sig")
        return checked(path, book)

    return change


def fibre_of(region, site: str):
    return region.sites.set_index("site_id")["fibre_reported"].get(site)


def test_a_list_in_another_order_takes_the_corrections_all_the_same(mended):
    _study, region, findings = mended(BROKEN[2], *reversed(SITES), BROKEN[1])
    assert fibre_of(region, "S6") == "yes" and region.corrections["state"].tolist() == ["applied"]
    assert region.corrections["row"].tolist() == [7]
    assert not any("not applied" in f.what for f in findings)


def test_a_row_that_changed_elsewhere_is_found_by_its_key(mended):
    _study, region, _findings = mended(
        *SITES, BROKEN[1].replace("Trường THCS B", "Trường THCS Bê"), BROKEN[2]
    )
    assert fibre_of(region, "S6") == "yes"


def test_a_cell_that_changed_meanwhile_is_left_and_told(mended):
    _study, region, findings = mended(*SITES, BROKEN[1].replace("Khôg", "Không"), BROKEN[2])
    assert fibre_of(region, "S6") == "no" and region.corrections["state"].tolist() == ["not_applied"]
    (told,) = [f for f in findings if "not applied" in f.what]
    assert told.file == "mend.xlsx" and "the cell now says 'Không'" in told.what


def test_a_cell_that_was_mended_in_the_list_too_is_no_fault(mended):
    _study, region, findings = mended(*SITES, BROKEN[1].replace("Khôg", "yes"), BROKEN[2])
    assert fibre_of(region, "S6") == "yes" and region.corrections["state"].tolist() == ["already"]
    assert not any("not applied" in f.what for f in findings)


def test_a_row_that_is_gone_or_there_twice_is_told(mended):
    _study, region, findings = mended(*SITES, BROKEN[2])
    assert region.corrections["state"].tolist() == ["not_applied"]
    assert any("the row is no longer in the file" in f.what for f in findings)
    other = BROKEN[1].replace("THCS", "THPT"), BROKEN[1].replace("THCS", "TH")
    _study, region, findings = mended(*SITES, *other)
    assert any("several rows of the file now have its key" in f.what for f in findings)


def test_a_column_or_input_that_is_gone_is_told(drawn_study):
    path = drawn_study()
    book = Filled(workbook_of(path), "cells.csv").write(2, "operator", "VNPT").save()
    path.write_text(path.read_text().replace('cells = "cells.csv"', ""))
    _study, region, findings = checked(path, book)
    assert region.corrections["why"].tolist() == ["the study has no such input any more"]
    assert any("not applied" in f.what for f in findings)


def test_what_is_odd_in_a_workbook_is_told_and_the_rest_read(drawn_study):
    path = drawn_study((*SITES, *BROKEN[1:]))
    book = Filled(workbook_of(path))
    book.write(6, "Cáp quang", "yes").write(7, "Wifi", "=1+1").write(7, "Take the row out?", "vâng ạ")
    book.page.cell(20, 6).value = "a new row"
    book.page.cell(3, book.headers["Sóng di động"]).value = "gone"
    said = read_corrections(book.save())
    assert [(i.row, i.column, i.after) for i in said.items] == [(6, "Cáp quang", "yes")]
    told = "\n".join(f.line for f in said.findings)
    assert "has a formula without a value" in told and "is neither yes nor no" in told
    assert "mend.xlsx:20: sites.csv: '' is no row of the file" in told
    assert "the column 'Sóng di động' is missing" in told


def test_a_workbook_that_is_none_is_refused_in_one_line(drawn_study, tmp_path, capsys):
    path = drawn_study((*SITES, *BROKEN))
    (tmp_path / "x.xlsx").write_text("no zip")
    assert phusong("check", path, "-q", "--corrections", tmp_path / "x.xlsx") == 1
    assert "cannot be read as an Excel workbook" in capsys.readouterr().err
    book = Filled(workbook_of(path))
    del book.book[META]
    book.save(tmp_path / "y.xlsx")
    with pytest.raises(InputError, match="no workbook that 'phusong check STUDY' wrote"):
        read_corrections(tmp_path / "y.xlsx")
    with pytest.raises(InputError, match="no such workbook"):
        read_corrections(tmp_path / "z.xlsx")


def test_a_workbook_that_was_filled_in_is_never_written_over(drawn_study, capsys):
    path = drawn_study((*SITES, *BROKEN))
    file = path.parent / "checks" / "corrections.xlsx"
    assert phusong("check", path, "-q") == 0 and phusong("check", path, "-q") == 0
    assert [p.name for p in file.parent.glob("*.xlsx")] == ["corrections.xlsx"]
    Filled(file).by("A", "1/7/2025").write(7, "Cáp quang", "Không").save()
    filled = file.read_bytes()
    assert phusong("check", path, "-q", "--corrections", file) == 0
    assert file.read_bytes() == filled
    # The new one carries what was corrected, and by whom; what is mended in it adds to that.
    second = file.with_name("corrections-2.xlsx")
    book = Filled(second).by("B", "2/7/2025")
    assert book.cell(7, "Cáp quang").value == "Không" and colour(book.cell(7, "Cáp quang")) == GREEN
    assert "the file says: Khôg" in book.cell(7, "Cáp quang").comment.text
    book.write(7, "Mã xã", "00002").save()
    by = {item.column: (item.after, item.by, item.date) for item in read_corrections(second).items}
    assert by == {"Cáp quang": ("Không", "A", "1/7/2025"), "Mã xã": ("00002", "B", "2/7/2025")}


def test_nothing_wrong_needs_no_workbook_unless_it_is_asked_for(drawn_study, tmp_path):
    path = drawn_study()
    assert phusong("check", path, "-q") == 0
    assert not (path.parent / "checks" / "corrections.xlsx").exists()
    assert phusong("check", path, "-q", "--workbook", tmp_path / "all.xlsx") == 0
    assert load_workbook(tmp_path / "all.xlsx").sheetnames[:2] == ["Read me", "communes.geojson"]


def test_a_workbook_speaks_the_study_s_language(drawn_study):
    path = drawn_study((*SITES, *BROKEN))
    path.write_text(path.read_text().replace('language = "en"', 'language = "vi"'))
    assert phusong("check", path, "-q") == 0
    book_file = path.parent / "checks" / "corrections.xlsx"
    book = load_workbook(book_file)
    assert book.sheetnames[0] == "Hướng dẫn"
    page = book["sites.csv"]
    assert (
        page["B3"].value == "Vấn đề thấy được"
        and "không biết loại" in Filled(book_file).cell(8, "Vấn đề thấy được").value
    )
    with speaking("vi"):
        assert read_corrections(path.parent / "checks" / "corrections.xlsx").items == ()


@pytest.mark.parametrize("rows", [SITES, (*SITES, *BROKEN)])
def test_a_workbook_in_the_study_s_language_is_the_same_whatever_the_screen_speaks(drawn_study, rows):
    path = drawn_study((*rows, "S8,UBND xã B,UBND,00002,107.65,15.0501,,,,"))
    path.write_text(path.read_text().replace('language = "en"', 'language = "vi"'))
    made = {}
    for screen in ("vi", "en"):
        assert phusong("--lang", screen, "check", path, "-q", "--out", path.parent / screen) == 0
        made[screen] = (path.parent / screen / "corrections.xlsx").read_bytes()
        said = (path.parent / screen / "findings.csv").read_text(encoding="utf-8-sig")
        assert ("a second UBND office" in said) == (screen == "en")
    assert made["vi"] == made["en"]


def test_a_corrected_row_is_shown_however_long_the_file(drawn_study, monkeypatch):
    path = drawn_study(SITES)
    mended = Filled(workbook_of(path)).write(5, "Cáp quang", "Không").save()
    monkeypatch.setattr("phusong.workbooks.corrections.MOST_ROWS", 1)
    again = Filled(write_corrections(path.parent / "again.xlsx", *checked(path, mended)))
    assert set(again.lines) == {5, 2}
    assert again.cell(5, "Cáp quang").value == "Không"
    assert "the file says" in again.cell(5, "Cáp quang").comment.text


def test_a_long_file_is_cut_with_a_line_that_says_so(drawn_study, monkeypatch):
    monkeypatch.setattr("phusong.workbooks.corrections.MOST_ROWS", 2)
    book = Filled(workbook_of(drawn_study((*SITES, *BROKEN))))
    assert set(book.lines) == {*ROW_OF.values(), 2, 3}
    assert "2 more rows of the file are not shown here" in book.page["A2"].value
    assert read_corrections(book.path).items == ()


def test_the_same_inputs_give_the_same_workbook(drawn_study, tmp_path):
    path = drawn_study((*SITES, *BROKEN))
    one, two = (workbook_of(path, tmp_path / name).read_bytes() for name in ("1.xlsx", "2.xlsx"))
    assert one == two


def test_a_workbook_that_cannot_be_written_is_said(drawn_study, monkeypatch):
    def refuse(*_arguments):
        raise PermissionError("in use")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(RunError, match="Close it in Excel"):
        workbook_of(drawn_study((*SITES, *BROKEN)))


#: Text as a list may have it: formulas, links, escapes, line ends, texts too long for a cell.
TEXTS = st.one_of(
    st.sampled_from(
        [
            *HOSTILE,
            "=1+1",
            "+84",
            "-1",
            "@x",
            '=HYPERLINK("http://x")',
            "http://x",
            "{=1}",
            "_x000D_",
            "a" * 40_000,
            *("1/2", "00001", "1e5", "TRUE", "  x  ", "a\r\nb", "'", "a\tb"),
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12),
)


@settings(max_examples=12)
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_a_workbook_that_nobody_touched_corrects_nothing_whatever_the_text(tmp_path_factory, texts):
    import csv

    folder = tmp_path_factory.mktemp("hostile")
    with (folder / "=sites[1].csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "name", "kind", "lon", "lat", "=note"])
        for at, text in enumerate(texts):
            out.writerow([f"S{at}", text, "UBND", 107.5 + at / 100, 15, text])
    study = folder / "study.toml"
    study.write_text('title = "=1+1"\nlanguage = "en"\n[inputs]\nsites = "=sites[1].csv"\n', encoding="utf-8")
    file = workbook_of(study)
    book = load_workbook(file)
    assert not [c for page in book for row in page.iter_rows() for c in row if c.data_type == "f"]
    said = read_corrections(file)
    assert said.items == () and said.findings == ()


@given(st.data())
def test_corrections_find_their_rows_in_any_order(data):
    rows = data.draw(st.lists(st.tuples(*[st.text("ab", max_size=2)] * 2), min_size=1, max_size=6))
    raw = pd.DataFrame([(f"K{i}", *r) for i, r in enumerate(rows)], columns=["k", "a", "b"]).astype("object")
    raw[ROW] = range(2, len(raw) + 2)
    prints = fingerprints(raw, cells_of(raw))
    items = [
        Correction("t", "f", int(raw[ROW][i]), prints[i], (("k", f"K{i}"),), "a", raw["a"][i], "new")
        for i in data.draw(st.lists(st.integers(0, len(raw) - 1), unique=True))
    ]
    order = data.draw(st.permutations(range(len(raw))))
    moved = raw.drop(columns=ROW).iloc[list(order)].reset_index(drop=True)
    moved[ROW] = range(2, len(raw) + 2)
    before = moved.copy()
    out, log = mend(moved, items)
    assert set(log["state"]) <= {"applied"} and moved.equals(before)
    changed = {item.key[0][1] for item in items}
    assert set(out.loc[out["a"] == "new", "k"]) == changed
    assert out["b"].equals(moved["b"])


def test_a_study_without_corrections_is_the_same_question_as_before(drawn_study, tmp_path):
    from phusong.readers import read_prices
    from phusong.runs import describe_inputs, run_id_of

    path = drawn_study((*SITES, *BROKEN))

    def question(corrections: Path | None) -> str:
        study, region, _findings = checked(path, corrections)
        return run_id_of(study, describe_inputs(study, region), read_prices(study))

    book = Filled(workbook_of(path)).write(7, "Cáp quang", "yes")
    one, two = book.save(tmp_path / "1.xlsx"), book.write(7, "Cáp quang", "no").save(tmp_path / "2.xlsx")
    shutil.copy(one, tmp_path / "3.xlsx")
    ids = [question(file) for file in (None, one, two, tmp_path / "3.xlsx")]
    assert len(set(ids)) == 3 and ids[1] == ids[3]


def test_a_scenario_finds_the_corrections_of_its_base(drawn_study, tmp_path):
    path = drawn_study((*SITES, *BROKEN))
    Filled(workbook_of(path)).write(7, "Cáp quang", "yes").save()
    path.write_text(path.read_text().replace("\n[inputs]", '\ncorrections = "mend.xlsx"\n[inputs]'))
    (tmp_path / "other").mkdir()
    scenario = tmp_path / "other" / "scenario.toml"
    scenario.write_text('base = "../study/study.toml"\ntitle = "Other"\n')
    _study, region, _findings = checked(scenario)
    assert fibre_of(region, "S6") == "yes"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_workbook_saved_by_libreoffice_reads_the_same(drawn_study, tmp_path):
    path = drawn_study(
        (*SITES, *BROKEN, *(f"H{i},{t},UBND,00002,107.65,15.05,,,," for i, t in enumerate("=+-@")))
    )
    book = Filled(workbook_of(path)).write(7, "Cáp quang", "yes").save()
    home = f"-env:UserInstallation=file://{tmp_path / 'office'}"
    command = ["soffice", home, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"]
    subprocess.run([*command, str(tmp_path / "out"), str(book)], check=True, capture_output=True, timeout=300)
    said = read_corrections(tmp_path / "out" / book.name)
    assert [(i.row, i.column, i.before, i.after) for i in said.items] == [(7, "Cáp quang", "Khôg", "yes")]
    assert said.findings == ()


@pytest.mark.reference
def test_the_real_nam_giang_mended(nam_giang, tmp_path):
    """Broken on purpose in five cells, mended by the workbook: the gaps are those of the list as it was."""
    text = nam_giang.read_text(encoding="utf-8")
    source = next(line.split('"')[1] for line in text.splitlines() if line.startswith("sites ="))
    rows = Path(source).read_text(encoding="utf-8-sig").splitlines()
    head, right = rows[0].split(","), rows[1].split(",")
    broken = dict(zip(head, right, strict=True))
    broken |= {"Mã xã": "20696", "Cáp quang": "Cos", "Loại": "U ban", "Tên đơn vị": "Thạnh Mỹ"}
    broken |= {"Kinh độ": broken["Vĩ độ"], "Vĩ độ": broken["Kinh độ"]}
    lines = [rows[0], ",".join(broken[name] for name in head), *rows[2:]]
    (tmp_path / "list.csv").write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    nam_giang.write_text(text.replace(source, str(tmp_path / "list.csv")), encoding="utf-8")
    whole = checked_of(nam_giang, text)
    book = Filled(workbook_of(nam_giang, tmp_path / "mend.xlsx"), "list.csv")
    assert next(iter(book.lines)) == 2 and len(book.lines) == len(rows) - 1
    for name, value in zip(head, right, strict=True):
        if book.cell(2, name).value != value:
            book.write(2, name, value)
    _study, region, findings = checked(nam_giang, book.save())
    assert not [f for f in findings if f.file == "list.csv"]
    columns = ["site_id", "name", "kind", "commune_code", "fibre_reported", "wifi_reported"]
    assert region.sites[columns].equals(whole.sites[columns])
    assert region.sites.geometry.geom_equals(whole.sites.geometry).all()


def checked_of(path: Path, text: str):
    """The region of the study file's `text`."""
    other = path.with_name("whole.toml")
    other.write_text(text, encoding="utf-8")
    return checked(other)[1]
