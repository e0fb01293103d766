"""The figures that were reported come out of studies made from them: on screen, in tables, feed and map.

Quảng Bình 2019: 157 of 159 commune centres. Nam Giang 2021: 10 of 12. Quảng Nam: steering committees in 14
of 18 districts, plans in all, surveys in 12, then 15 of 15 pilot communes, 17 of 20 report forms, 13,185
installs of the province's app = 5 % of smartphones.
"""

import csv
import json
import re
from pathlib import Path

import pytest
from conftest import REPOSITORY
from drawn_province import write_province

from phusong.cli import main
from phusong.readers.gazetteer import read_units
from phusong.runs import read_run

#: The 18 districts of Quảng Nam in 2021, with their official codes.
DISTRICTS = {
    "502": "Thành phố Tam Kỳ",
    "503": "Thành phố Hội An",
    "504": "Huyện Tây Giang",
    "505": "Huyện Đông Giang",
    "506": "Huyện Đại Lộc",
    "507": "Thị xã Điện Bàn",
    "508": "Huyện Duy Xuyên",
    "509": "Huyện Quế Sơn",
    "510": "Huyện Nam Giang",
    "511": "Huyện Phước Sơn",
    "512": "Huyện Hiệp Đức",
    "513": "Huyện Thăng Bình",
    "514": "Huyện Tiên Phước",
    "515": "Huyện Bắc Trà My",
    "516": "Huyện Nam Trà My",
    "517": "Huyện Núi Thành",
    "518": "Huyện Phú Ninh",
    "519": "Huyện Nông Sơn",
}
#: Who had no steering committee is not reported; these four stand for them, two of them silent.
NO_COMMITTEE, SILENT = ("504", "516"), ("511", "519")
COMMUNES = [
    (f"20{n:03d}", f"Xã {n % 2 + 1} {district.split(' ', 1)[1]}", district)
    for n, district in enumerate(sorted([*DISTRICTS.values()] * 2), start=100)
]
PILOTS = [code for code, _name, _district in COMMUNES[:15]]
TOML = f"""
[indicators.survey_done]
units = {json.dumps(PILOTS)}
"""


def reports() -> str:
    """What Quảng Nam's units reported, as the department's list would have it."""
    rows = ["Chỉ tiêu,Mã đơn vị,Tên đơn vị,Ngày,Kết quả,Tổng số"]
    for code, name in DISTRICTS.items():
        if code not in SILENT:
            rows.append(
                f"steering_committee,{code},{name},30/6/2021,{'chưa' if code in NO_COMMITTEE else 'có'},"
            )
        rows.append(f"Kế hoạch chuyển đổi số,{code},{name},30/6/2021,đã ban hành,")
    rows += [f"survey_done,{code},,15/6/2021,có," for code in PILOTS[:12]]
    rows += [f"survey_done,{code},,15/6/2021,chưa," for code in PILOTS[12:14]]
    rows += [f"survey_done,{code},,31/7/2021,có," for code in PILOTS[12:]]
    rows += ["Biểu mẫu báo cáo đã hoàn thành,49,Quảng Nam,30/6/2021,17,20"]
    rows += ['app_installs,49,tỉnh Quảng Nam,30/6/2021,"13.185","263.700"']
    return "\n".join(rows) + "\n"


def say(capsys, *arguments: str) -> tuple[str, str]:
    """What the program says on screen; it must end well."""
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    out = capsys.readouterr()
    assert stop.value.code == 0, out.err
    # Tables break lines within cells.
    return " ".join(out.out.replace("│", " ").split()), out.err


def feed_rows(folder: Path) -> list[dict]:
    return json.loads((folder / "feed.json").read_text(encoding="utf-8"))["rows"]


def one(rows: list[dict], **said) -> dict:
    [row] = [row for row in rows if all(row[key] == value for key, value in said.items())]
    return row


def texts_of_the_map(run: Path) -> dict:
    """What the page holds for its panel, its phrases put in (Vietnamese)."""
    page = (run / "map.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="phusong-data">(.*?)</script>', page, re.DOTALL)[1])
    vi = [pair[0] for pair in data["phrases"]]
    shown = [
        {k: vi[v] if isinstance(v, int) and v >= 0 else v for k, v in row.items()}
        for row in data["indicators"]
    ]
    return {row["name"]: row for row in shown} | {"headline": data["headline"]}


@pytest.fixture(scope="module")
def quang_nam(tmp_path_factory) -> Path:
    """The study of Quảng Nam: 18 districts, two drawn communes in each."""
    folder = tmp_path_factory.mktemp("quang-nam")
    study = write_province(
        folder, COMMUNES, title="Quảng Nam 2021", province="Tỉnh Quảng Nam", indicators=reports(), toml=TOML
    )
    with pytest.raises(SystemExit) as stop:
        main(["run", str(study), "--out", str(folder / "run"), "--quiet"])
    assert stop.value.code == 0
    return study


def test_quang_nam_on_screen(quang_nam, capsys):
    said, told = say(capsys, "--lang", "vi", "indicators", str(quang_nam))
    assert "Ban chỉ đạo chuyển đổi số" not in told and "indicators.csv" not in told
    for figure in ("14/18", "18/18", "15/15", "12/15", "17/20", "5 %", "(13.185/263.700)"):
        assert figure in said, figure
    assert "16/18 đơn vị cấp huyện" in said
    assert "Tây Giang, Nam Trà My" in said and "Phước Sơn, Nông Sơn" in said
    assert "14/18" in say(capsys, "--lang", "en", "indicators", str(quang_nam))[0]


def test_quang_nam_by_date(quang_nam, capsys):
    said, _told = say(capsys, "indicators", str(quang_nam), "--on", "2021-06")
    assert "12/15" in said and "15/15" not in said and "14 of 15 communes" in said
    said, _told = say(capsys, "indicators", str(quang_nam), "--json")
    rows = json.loads(said)["figures"]
    surveys = [(row["date"], row["value"], row["of"]) for row in rows if row["indicator"] == "survey_done"]
    assert surveys == [("2021-06-15", 12, 15), ("2021-07-31", 15, 15)]
    installs = one(rows, indicator="app_installs")
    assert (installs["value"], installs["of"], installs["percent"]) == (13185, 263700, 5.0)
    committees = one(rows, indicator="steering_committee")
    assert committees["not_done"] == list(NO_COMMITTEE) and committees["not_reported"] == list(SILENT)


def test_quang_nam_in_the_runs_tables(quang_nam):
    figures = read_run(quang_nam.parent / "run").tables["indicator_figures"]
    got = [
        tuple(row)
        for row in figures[["indicator", "date", "value", "of", "units", "reported"]].itertuples(index=False)
    ]
    assert got == [
        ("app_installs", "2021-06-30", 13185, 263700, 1, 1),
        ("plan_made", "2021-06-30", 18, 18, 18, 18),
        ("report_forms", "2021-06-30", 17, 20, 1, 1),
        ("steering_committee", "2021-06-30", 14, 18, 18, 16),
        ("survey_done", "2021-06-15", 12, 15, 15, 14),
        ("survey_done", "2021-07-31", 15, 15, 15, 15),
    ]


def test_quang_nam_in_the_feed(quang_nam, capsys, tmp_path):
    say(capsys, "export", str(quang_nam.parent / "run"), "--to", "feed", "--out", str(tmp_path))
    rows = feed_rows(tmp_path)
    whole = [row for row in rows if row["level"] == "study"]
    for indicator, date, value, of, percent in (
        ("steering_committee", "2021-06-30", 14, 18, 100 * 14 / 18),
        ("plan_made", "2021-06-30", 18, 18, 100),
        ("survey_done", "2021-06-15", 12, 15, 80),
        ("survey_done", "2021-07-31", 15, 15, 100),
        ("report_forms", "2021-06-30", 17, 20, 85),
        ("app_installs", "2021-06-30", 13185, 263700, 5),
    ):
        row = one(whole, indicator=indicator, date=date)
        assert (row["value"], row["of"], row["percent"]) == (value, of, percent)
    mine = one(rows, indicator="steering_committee", unit_code="510")
    assert (mine["unit_name"], mine["level"], mine["vintage"], mine["value"], mine["basis"]) == (
        "Nam Giang",
        "district",
        "2021-07",
        1,
        "reported",
    )
    assert not [
        row for row in rows if row["unit_code"] in SILENT and row["indicator"] == "steering_committee"
    ]


def test_quang_nam_on_the_map(quang_nam):
    said = texts_of_the_map(quang_nam.parent / "run")
    committees = said["Ban chỉ đạo chuyển đổi số"]
    assert committees["figure"] == "14/18" and committees["not_done"] == "Tây Giang, Nam Trà My"
    assert committees["not_reported"] == "Phước Sơn, Nông Sơn"
    surveys = said["Khảo sát xã chuyển đổi số"]
    assert surveys["figure"] == "15/15" and surveys["before"] == "12/15 (15/06/2021)"
    installs = said["Điện thoại thông minh đã cài ứng dụng của tỉnh"]
    assert installs["figure"] == "5\u00a0%" and installs["counted"] == "13.185/263.700"
    assert said["Kế hoạch chuyển đổi số"]["figure"] == "18/18"
    assert said["Biểu mẫu báo cáo đã hoàn thành"]["figure"] == "17/20"


#: The two communes of Quảng Bình without, in 2019, with their official codes.
TAN_TRACH, THUONG_TRACH = ("19192", "Xã Tân Trạch"), ("19147", "Xã Thượng Trạch")


def check_quang_binh(study: Path, capsys) -> None:
    run = study.parent / "run"
    said, _told = say(capsys, "gaps", str(study), "--quiet")
    assert "157/159 commune centres have fibre; without: Thượng Trạch, Tân Trạch" in said
    say(capsys, "run", str(study), "--out", str(run), "--quiet")
    status = read_run(run).tables["commune_status"].set_index("commune_code")["fibre"]
    assert status.value_counts().to_dict() == {"ok": 157, "gap": 2}
    assert set(status.index[status == "gap"]) == {TAN_TRACH[0], THUONG_TRACH[0]}
    say(capsys, "export", str(run), "--to", "feed", "--out", str(run / "feed"))
    rows = feed_rows(run / "feed")
    whole = one(rows, level="study", indicator="centres_fibre_ok")
    assert (whole["value"], whole["of"], whole["units_level"]) == (157, 159, "commune")
    without = {row["unit_name"] for row in rows if row["indicator"] == "centre_fibre" and row["value"] == 0}
    assert without == {TAN_TRACH[1], THUONG_TRACH[1]}
    assert "157/159" in texts_of_the_map(run)["headline"]
    with (run / "feed" / "feed.csv").open(encoding="utf-8", newline="") as file:
        assert [row["value"] for row in csv.DictReader(file) if row["indicator"] == "centres_fibre_ok"] == [
            "157"
        ]


def test_quang_binh_2019_drawn(tmp_path, capsys):
    others = [(f"18{n:03d}", f"Xã Số {n}", f"Huyện {n % 8}") for n in range(157)]
    two = [(*one, "Huyện Bố Trạch") for one in (TAN_TRACH, THUONG_TRACH)]
    check_quang_binh(
        write_province(tmp_path, [*others, *two], [code for code, _name, _in in two], vintage="2019-10"),
        capsys,
    )


@pytest.mark.reference
def test_quang_binh_2019_by_the_official_list(shared, tmp_path, capsys):
    gazetteer, _crosswalk, _found = read_units([str(shared / "vietnam/gso_units_2019-10.csv")], [], "", "")
    units = gazetteer.units[gazetteer.units["province"] == "Tỉnh Quảng Bình"]
    communes = [(u.code, gazetteer.named[u.code, u.vintage], u.district) for u in units.itertuples()]
    two = [u.code for u in units.itertuples() if u.name in ("Tân Trạch", "Thượng Trạch")]
    assert len(communes) == 159 and set(two) == {TAN_TRACH[0], THUONG_TRACH[0]}
    check_quang_binh(
        write_province(tmp_path, communes, two, province="Tỉnh Quảng Bình", vintage="2019-10"), capsys
    )


def test_nam_giang_2021_from_the_bundled_study(nam_giang_run, tmp_path, capsys):
    study, run = REPOSITORY / "data" / "nam-giang" / "study.toml", nam_giang_run
    said, _told = say(capsys, "gaps", str(study), "--quiet")
    assert "10/12 commune centres have fibre; without: La Êê, Chơ Chun" in said
    say(capsys, "export", str(run), "--to", "feed", "--out", str(tmp_path / "feed"))
    rows = feed_rows(tmp_path / "feed")
    whole = one(rows, level="study", indicator="centres_fibre_ok")
    assert (whole["value"], whole["of"]) == (10, 12)
    centres = [row for row in rows if row["indicator"] == "centre_fibre" and row["vintage"] == "2021-07"]
    assert {row["unit_name"] for row in centres if row["value"] == 0} == {"Xã La Êê", "Xã Chơ Chun"}
    # By the communes of 2025 La Êê has taken in Chơ Chun: no centre of it has fibre.
    assert one(rows, indicator="centre_fibre", vintage="2025-07", unit_code="20698")["value"] == 0
    assert "10/12" in texts_of_the_map(run)["headline"]
    assert "indicator_figures" not in read_run(run).tables
