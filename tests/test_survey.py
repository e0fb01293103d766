"""The survey: forms go out to the communes, filled ones come back, and the statuses of sites change."""

import json
from itertools import permutations
from pathlib import Path

import pandas as pd
import pytest
from conftest import SITES
from drawn_run import HOSTILE
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from phusong.asking import what_to_ask
from phusong.checks import check_region
from phusong.cli import main
from phusong.domain import SERVICES
from phusong.errors import InputError, RunError
from phusong.gaps import find_gaps
from phusong.readers import read_region, read_study
from phusong.readers.answers import with_answers
from phusong.readers.forms import read_form
from phusong.runs import read_run
from phusong.workbooks.reports import add_reports

NAMED = '\nreports = "reports.csv"\n'
YELLOW = "FFFFE5"


def phusong(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    return int(end.value.code or 0)


def checked(path: Path):
    study = read_study(path)
    return study, *check_region(read_region(study))


def gaps_of(path: Path) -> pd.DataFrame:
    study, region, _findings = checked(path)
    return find_gaps(study, region).set_index("site_id")


class Form:
    """A form as an officer with Excel sees it: cells by site and header."""

    def __init__(self, path: Path):
        self.path, self.book = path, load_workbook(path)
        self.page = self.book.worksheets[0]
        line = next(r for r in range(1, 30) if self.page.cell(r, 2).value in ("Site id", "Mã điểm"))
        self.headers = {c.value: c.column for c in self.page[line]}
        self.lines = {
            row[1].value: row[1].row for row in self.page.iter_rows(min_row=line + 1) if row[1].value
        }

    @property
    def sites(self) -> list[str]:
        return list(self.lines)

    def cell(self, site: str, header: str):
        return self.page.cell(self.lines[site], self.headers[header])

    def write(self, site: str, header: str, text: object) -> "Form":
        self.cell(site, header).value = text
        return self

    def by(self, name: object, date: object) -> "Form":
        for row in self.page.iter_rows(max_col=1, max_row=12):
            text = str(row[0].value)
            if text.startswith(("Who answers", "Người trả lời")):
                self.page.cell(row[0].row, 4).value = name
            if text.startswith(("Date", "Ngày")):
                self.page.cell(row[0].row, 4).value = date
        return self

    def save(self, to: Path | None = None) -> Path:
        self.book.save(to or self.path)
        return to or self.path


@pytest.fixture
def sent(drawn_study):
    """The drawn study, its table of reports named in it, and its forms."""
    path = drawn_study()
    path.write_text(path.read_text() + NAMED)

    def form_of(code: str) -> Form:
        assert phusong("survey", path, "-q") == 0
        return Form(path.parent / "survey" / f"{code}.xlsx")

    return path, form_of


def read_back(path: Path, *files: Path, options: tuple[str, ...] = ()) -> int:
    return phusong("survey", path, "-q", *(a for f in files for a in ("--read", f)), *options)


def test_a_form_asks_what_is_unknown_and_shows_what_is_known(sent):
    _path, form_of = sent
    form = form_of("00001-a")
    assert form.sites == ["S2"]  # of S1 all is reported
    colours = {h: str(form.cell("S2", h).fill.fgColor.rgb)[2:] for h in form.headers if str(h).endswith("?")}
    assert colours == {
        "Fibre?": YELLOW,
        "Wi-Fi?": YELLOW,
        "Mobile 4G/5G?": YELLOW,  # only assumed, near a cell
        "Video conference?": YELLOW,
    }
    other = form_of("00002-b")
    assert other.sites == ["S3", "S4"]  # the commune office first: only fibre will do for it
    assert (
        other.cell("S3", "Fibre?").value == "gap (2021-06)" and other.cell("S3", "Fibre?").protection.locked
    )
    assert not other.cell("S3", "Video conference?").protection.locked
    # Beyond reach of fibre is computed: it may be answered, but is not asked.
    assert "So far computed" in other.cell("S4", "Fibre?").comment.text
    lists = {str(v.sqref).split(":")[0]: v.formula1 for v in other.page.data_validations.dataValidation}
    assert lists[other.cell("S3", "Fibre?").coordinate] == '"yes,no,not known"'
    assert lists[other.cell("S3", "Mobile 4G/5G?").coordinate] == '"good,fair,weak,none,not known"'
    page = other.page
    assert page.page_setup.paperSize == 9 or str(page.page_setup.paperSize) == "9"
    assert page.page_setup.orientation == "landscape" and page.print_title_rows


def test_written_filled_and_read_the_statuses_change(sent, capsys):
    path, form_of = sent
    before = gaps_before(path)
    form = form_of("00002-b").by("Bling Thị B, UBND xã B", "30/6/2025")
    form.write("S4", "Fibre?", "no").write("S4", "Wi-Fi?", "Có").write("S4", "Mobile 4G/5G?", "weak")
    form.write("S3", "Video conference?", "not known").write("S4", "Note", "=chỉ có 3G")
    form.cell("S4", "Note").data_type = "s"  # as typed into a cell of text
    assert read_back(path, form.save().parent) == 0
    out = capsys.readouterr().out
    assert "1 filled forms, 2 sites answered, 2 new rows" in out
    table = pd.read_csv(path.parent / "reports.csv", dtype=str, encoding="utf-8-sig")
    one = table.set_index("site_id").loc["S4"]
    assert (one["report_date"], one["reported_by"]) == ("2025-06-30", "Bling Thị B, UBND xã B")
    assert one["note"] == "'=chỉ có 3G" and one["form"].startswith("00002-b.xlsx!B")
    gaps = gaps_of(path)
    assert gaps.loc["S4", list(SERVICES)].tolist() == ["gap", "ok", "gap", "unknown"]
    assert gaps.loc["S4", ["fibre_basis", "fibre_date", "wifi_date"]].tolist() == [
        "reported",
        "2025-06-30",
        "2025-06-30",
    ]
    # What nobody answered is as it was.
    assert gaps.drop("S4").equals(before.drop("S4"))
    assert before.loc["S4", "wifi"] == "unknown"
    assert phusong("gaps", path, "-q", "--json") == 0
    assert json.loads(capsys.readouterr().out)["gaps"]["wifi"] == {"ok": 2, "gap": 1, "unknown": 1}


def gaps_before(path: Path) -> pd.DataFrame:
    text = path.read_text()
    path.write_text(text.replace(NAMED, ""))
    try:
        return gaps_of(path)
    finally:
        path.write_text(text)


def test_reading_the_same_form_twice_adds_nothing(sent, capsys):
    path, form_of = sent
    file = form_of("00002-b").by("B", "30/6/2025").write("S4", "Fibre?", "no").save()
    assert read_back(path, file) == 0 and read_back(path, file) == 0
    assert "0 new rows" in capsys.readouterr().out.splitlines()[-1]
    assert len(pd.read_csv(path.parent / "reports.csv")) == 1


def test_what_is_filled_in_wrongly_is_told_with_its_cell_and_the_rest_taken(sent, capsys):
    path, form_of = sent
    form = form_of("00002-b").by("B", "30/6/2025")
    form.write("S4", "Fibre?", "maybe").write("S4", "Wi-Fi?", "yes").write("S3", "Video conference?", "no")
    form.write("S3", "Date, if another", "31/12/2099")
    where = {name: form.cell(*name).coordinate for name in (("S4", "Fibre?"), ("S3", "Date, if another"))}
    file = form.save()
    assert read_back(path, file, options=("--json",)) == 0
    out = capsys.readouterr().out
    said = json.loads(out[out.index("{\n") :])
    told = [f"{f['file']}: {f['what']}" for f in said["findings"]]
    assert told == [
        f"00002-b.xlsx: Survey!{where['S3', 'Date, if another']}: '31/12/2099' is no date up to today; "
        "the line of S3 is not read",
        f"00002-b.xlsx: Survey!{where['S4', 'Fibre?']}: 'maybe' is no answer; the cell is not read",
    ]
    assert said["answers"] == 1 and gaps_of(path).loc["S4", "wifi"] == "ok"


@pytest.mark.parametrize(
    ("by", "date", "what"),
    [
        (None, "30/6/2025", "nobody says who answered"),
        ("B", None, "there is no date"),
        ("B", "hôm qua", "'hôm qua' is no date"),
    ],
)
def test_answers_need_a_name_and_a_date(sent, capsys, by, date, what):
    path, form_of = sent
    file = form_of("00002-b").by(by, date).write("S4", "Fibre?", "no").save()
    assert read_back(path, file) == 0
    out = capsys.readouterr().out
    assert "0 sites answered" in out and what in " ".join(out.replace("│", " ").split())


def test_strict_takes_nothing_from_forms_with_a_fault(sent, capsys):
    path, form_of = sent
    form = form_of("00002-b").by("B", "30/6/2025").write("S4", "Fibre?", "maybe").write("S4", "Wi-Fi?", "no")
    assert read_back(path, form.save(), options=("--strict",)) == 3
    assert "'maybe' is no answer" in capsys.readouterr().err
    assert not (path.parent / "reports.csv").exists()


def test_a_date_and_name_of_its_own_line_count_before_those_of_the_form(sent):
    path, form_of = sent
    form = form_of("00002-b").by("B", "30/6/2025").write("S4", "Fibre?", "no")
    form.write("S4", "Date, if another", "2025-07-02").write("S4", "Who answered, if another", "C")
    assert read_back(path, form.save()) == 0
    table = pd.read_csv(path.parent / "reports.csv", dtype=str, encoding="utf-8-sig")
    assert table.loc[0, ["report_date", "reported_by"]].tolist() == ["2025-07-02", "C"]


def test_a_known_cell_that_is_written_over_is_an_answer_too(sent):
    path, form_of = sent
    file = form_of("00002-b").by("B", "30/6/2025").write("S3", "Fibre?", "yes").save()
    assert read_back(path, file) == 0
    assert gaps_of(path).loc["S3", ["fibre", "fibre_date"]].tolist() == ["ok", "2025-06-30"]


def test_a_site_that_the_study_does_not_have_is_told(sent, capsys):
    path, form_of = sent
    form = form_of("00002-b").by("B", "30/6/2025").write("S4", "Fibre?", "no")
    form.cell("S4", "Site id").value = "S99"
    assert read_back(path, form.save()) == 0
    assert "no list of the study has a site S99" in " ".join(
        capsys.readouterr().out.replace("│", " ").split()
    )


def test_a_form_that_was_filled_in_is_never_written_over(sent, capsys):
    path, form_of = sent
    file = form_of("00002-b").by("B", "30/6/2025").save()
    filled = file.read_bytes()
    assert phusong("survey", path, "-q", "--commune", "00002") == 0
    assert file.read_bytes() == filled
    assert "00002-b-2.xlsx" in capsys.readouterr().out


def test_an_unknown_commune_and_a_missing_form_are_one_line(drawn_study, tmp_path, capsys):
    path = drawn_study()
    assert phusong("survey", path, "-q", "--commune", "20698") == 1
    assert "the study has no commune 20698. Its communes: 00001 A, 00002 B." in capsys.readouterr().err
    assert phusong("survey", path, "-q", "--read", tmp_path / "study" / "nowhere.xlsx") == 1
    (tmp_path / "empty").mkdir()
    assert phusong("survey", path, "-q", "--read", tmp_path / "empty") == 1
    assert "there is no form" in capsys.readouterr().err


def test_a_table_that_is_not_ours_is_not_written_over(tmp_path):
    file = tmp_path / "reports.csv"
    file.write_text("Mã điểm,Ngày\nS1,2025\n")
    with pytest.raises(RunError, match="is not the table"):
        add_reports(file, pd.DataFrame(columns=["site_id", "source", "cell"]))
    assert file.read_text() == "Mã điểm,Ngày\nS1,2025\n"


def test_a_form_in_vietnamese_for_a_study_in_english(drawn_study):
    path = drawn_study()
    assert phusong("survey", path, "-q", "--language", "vi", "--commune", "00002") == 0
    form = Form(path.parent / "survey" / "00002-b.xlsx").by("Bê", "1/7/2025")
    assert "Phiếu khảo sát các điểm công cộng: xã B (00002)" in str(form.page["A1"].value)
    form.write("S4", "Cáp quang?", "Không").write("S4", "Wi-Fi?", "Chưa rõ").write(
        "S4", "Di động 4G/5G?", "yếu"
    )
    (answer,) = read_form(form.save()).answers.to_dict("records")
    assert (answer["fibre_reported"], answer["wifi_reported"], answer["mobile_reported"]) == (
        "no",
        None,
        "weak",
    )


def test_hostile_names_stay_text(drawn_study):
    hostile = [h.replace('"', "'").replace("\u2028", "") for h in (*HOSTILE, "=1+1", "@x")]
    sites = [f'H{i},"{name}",UBND,00002,107.6{i},15.05,,,,' for i, name in enumerate(hostile)]
    path = drawn_study((*SITES, *sites))
    assert phusong("survey", path, "-q") == 0
    for file in (path.parent / "survey").iterdir():
        book = load_workbook(file)
        assert not [c for page in book for row in page.iter_rows() for c in row if c.data_type == "f"]
        form = read_form(file)
        assert not form.is_filled and form.findings == () and form.answers.empty


# The table of reports.


def sites(**said: object) -> pd.DataFrame:
    row = {"site_id": "S", "report_date": None, **{f"{s}_reported": None for s in SERVICES}, **said}
    return pd.DataFrame([row]).astype("object")


def reports(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Rows of date, who, and what they say of fibre."""
    return pd.DataFrame(
        [
            {
                "site_id": "S",
                "report_date": date or None,
                "reported_by": who,
                **{f"{s}_reported": None for s in SERVICES},
                "fibre_reported": fibre,
                "source": "reports.csv",
                "row": at,
            }
            for at, (date, who, fibre) in enumerate(rows, start=2)
        ]
    )


@pytest.mark.parametrize(
    ("listed", "rows", "value", "date", "told"),
    [
        ((None, None), [("2025-06", "A", "no")], "no", "2025-06", 0),
        (("yes", "2021"), [("2025-06", "A", "no")], "no", "2025-06", 0),
        (("yes", "2025-07"), [("2025-06", "A", "no")], "yes", "2025-07", 0),
        (("yes", None), [("2020", "A", "no")], "yes", "2021", 0),  # as old as the study
        (("yes", "2025-06"), [("2025-06", "A", "no")], None, None, 1),
        (("yes", "2021"), [("2025", "A", "no"), ("2025", "B", "yes")], "yes", "2021", 1),
        (("yes", "2021"), [("2025", "A", "no"), ("2025", "B", "no")], "no", "2025", 0),
        ((None, None), [("2024", "A", "yes"), ("2025", "B", "no")], "no", "2025", 0),
        ((None, None), [("", "A", "yes")], "yes", None, 0),
    ],
)
def test_the_latest_report_counts_and_contradictions_do_not(listed, rows, value, date, told):
    frame = sites(fibre_reported=listed[0], report_date=listed[1])
    for order in permutations(rows):
        out, findings = with_answers(frame, reports(*order), "2021")
        found = out.loc[0, ["fibre_reported", "fibre_report_date"]]
        assert tuple(None if pd.isna(v) else v for v in found) == (
            value,
            date,
        )
        assert len(findings) == told and all("contradict each other" in f.what for f in findings)
        assert frame.loc[0, "fibre_reported"] == listed[0]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", "2021", "2025-06", "2025-06-30"]),
        st.sampled_from("AB"),
        st.sampled_from(["yes", "no"]),
    ),
    min_size=1,
    max_size=6,
)


@given(ROWS, st.data())
def test_the_order_of_reports_decides_nothing(rows, data):
    frame = sites(fibre_reported="yes", report_date="2023")
    one, _told = with_answers(frame, reports(*rows), "")
    two, _told = with_answers(frame, reports(*data.draw(st.permutations(rows))), "")
    assert one.equals(two)


def test_contradictions_and_lost_answers_are_findings_of_the_table(drawn_study):
    path = drawn_study()
    path.write_text(path.read_text() + NAMED)
    (path.parent / "reports.csv").write_text(
        "site_id,report_date,reported_by,wifi\nS4,2025,A,yes\nS4,2025,B,no\nS99,2025,A,yes\nS2,2025,A,perhaps\n"
    )
    _study, region, findings = checked(path)
    told = {f.row: f for f in findings if f.file == "reports.csv"}
    assert "contradict each other: yes (A), no (B)" in told[2].what and told[2].column == "wifi_reported"
    assert "no site S99" in told[4].what.replace("a site", "no site") and told[4].level == "error"
    assert "'perhaps' in column 'wifi' is not understood" in told[5].what
    assert region.set_aside["row"].tolist() == [4] and len(region.reports) == 3
    assert region.sites.set_index("site_id")["wifi_reported"].isna()["S4"]


def test_one_service_answered_leaves_the_date_of_the_others(drawn_study):
    path = drawn_study()
    path.write_text(path.read_text() + NAMED)
    (path.parent / "reports.csv").write_text("site_id,report_date,wifi\nS1,2025-06-30,no\n")
    gaps = gaps_of(path)
    assert gaps.loc["S1", ["wifi", "wifi_date"]].tolist() == ["gap", "2025-06-30"]
    assert gaps.loc["S1", ["fibre", "fibre_date"]].tolist() == ["ok", "2021-06"]


def test_who_is_asked_first(drawn_study):
    study, region, _findings = checked(
        drawn_study((*SITES[:3], "S4,UBND xã B2,UBND,00002,107.602,15.05,,,,"))
    )
    gaps = find_gaps(study, region)
    # S4 is a commune office whose fibre is not known; of the others only Wi-Fi or video is asked.
    assert what_to_ask(study, gaps)["site_id"].tolist()[0] == "S4"
    survey = pd.DataFrame({"site_id": ["S2"], "rank": [1]})
    asked = what_to_ask(study, gaps, survey)
    assert asked["site_id"].tolist()[:2] == ["S2", "S4"] and asked["rank"].tolist() == [1, 2, 3]
    shuffled = gaps.sample(frac=1, random_state=1)
    assert what_to_ask(study, shuffled, survey).equals(asked)


def test_a_run_gives_the_statuses_and_its_draws_the_order(drawn_study, tmp_path, capsys):
    path, run = drawn_study(), tmp_path / "run"
    assert phusong("plan", path, "-q", "--draws", 4, "--points", 2, "--out", run, "--json") == 0
    capsys.readouterr()
    assert phusong("survey", path, "-q", "--run", run, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert "changes the plan's cost most" in said["order"]
    ranks = read_run(run).tables["survey"].set_index("site_id")["rank"]
    for file in said["files"]:
        sites = [ranks.get(site, 99) for site in Form(Path(file)).sites]
        assert sites == sorted(sites) and min(sites) < 99


def test_a_report_that_is_old_is_asked_again(drawn_study):
    path = drawn_study(("S1,UBND xã A,UBND,00001,107.55,15.05,Có,Có,Có,tốt,2015",), header=OLD_HEADER)
    study, region, _findings = checked(path)
    asked = what_to_ask(study, find_gaps(study, region)).set_index("site_id")
    assert asked.loc["S1", "ask_fibre"] == "old"


OLD_HEADER = "Mã đơn vị,Tên đơn vị,Loại,Mã xã,Kinh độ,Vĩ độ,Cáp quang,Wifi,Họp trực tuyến,Sóng di động,Ngày"


def test_a_form_of_another_kind_is_refused(drawn_study, tmp_path):
    path = drawn_study()
    assert phusong("check", path, "-q", "--workbook", tmp_path / "x.xlsx") == 0
    with pytest.raises(InputError, match="no workbook that 'phusong survey STUDY' wrote"):
        read_form(tmp_path / "x.xlsx")


@pytest.mark.reference
def test_the_real_nam_giang_asked_and_answered(nam_giang, tmp_path, capsys):
    assert phusong("survey", nam_giang, "-q", "--out", tmp_path / "forms", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert len(said["files"]) == 12
    before = gaps_of(nam_giang)
    answered = set()
    for file in map(Path, said["files"]):
        form = Form(file).by("Cán bộ xã", "1/7/2025")
        for site in form.sites:
            if before.loc[site, "wifi"] == "unknown":
                form.write(site, "Wi-Fi?", "Không")
                answered.add(site)
        form.save()
    assert answered
    assert phusong("survey", nam_giang, "-q", "--read", tmp_path / "forms", "--json") == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
    text = nam_giang.read_text(encoding="utf-8")
    nam_giang.write_text(text.replace("[inputs]", '[inputs]\nreports = "reports.csv"'), encoding="utf-8")
    after = gaps_of(nam_giang)
    assert set(after.index[after["wifi"] == "gap"]) == answered | set(before.index[before["wifi"] == "gap"])
    assert not (after["wifi"] == "unknown").any()
    columns = [c for c in after.columns if not c.startswith(("wifi", "geometry"))]
    assert after[columns].equals(before[columns])


def test_a_table_that_says_when_answers_came_in_goes_on_saying_it(tmp_path):
    path = tmp_path / "reports.csv"
    answers = pd.DataFrame(
        {
            "site_id": ["S1"],
            "report_date": "2026-11-26",
            "fibre_reported": "yes",
            "source": "a.xlsx",
            "cell": "B7",
        }
    )
    assert add_reports(path, answers) == 1
    there = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    there.assign(received_at="2026-11-26 09:00:00").to_csv(path, index=False, encoding="utf-8-sig")
    both = pd.concat([answers, answers.assign(site_id="S2")], ignore_index=True)
    assert add_reports(path, both) == 1  # the first keeps its moment
    read = pd.read_csv(path, dtype=str, encoding="utf-8-sig").set_index("site_id")["received_at"]
    assert read["S1"] == "2026-11-26 09:00:00" and len(read["S2"]) == 19
