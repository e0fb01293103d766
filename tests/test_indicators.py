"""Indicators by unit and date: how rows are understood, what is told of others, and what it comes to."""

import json
import unicodedata
from itertools import permutations
from pathlib import Path

import pandas as pd
import pytest
from drawn_province import write_province
from hypothesis import given
from hypothesis import strategies as st

from phusong.checks import check_region
from phusong.cli import main
from phusong.domain import INDICATOR_FIGURES, INDICATORS, UNIT_COLUMNS, conform
from phusong.errors import StudyError
from phusong.handover import Indicator
from phusong.indicators import indicator_figures, newest_figures, percent, say_covered, say_figure, say_names
from phusong.readers import read_region, read_study
from phusong.readers.study import read_study as read

COMMUNES = [
    ("20695", "Thị trấn Thạnh Mỹ", "Huyện Nam Giang"),
    ("20698", "Xã La Êê", "Huyện Nam Giang"),
    ("20699", "Xã Chơ Chun", "Huyện Nam Giang"),
    ("20443", "Xã Bhalêê", "Huyện Tây Giang"),
    ("20455", "Xã Lăng", "Huyện Tây Giang"),
]
HEADER = "Chỉ tiêu,Mã đơn vị,Tên đơn vị,Ngày,Kết quả,Tổng số"
#: An official list with the codes of districts and province, one district more than the study has.
LIST = """\
province_code,province,district_code,district,code,name,type
49,Tỉnh T,510,Huyện Nam Giang,20695,Thị trấn Thạnh Mỹ,Thị trấn
49,Tỉnh T,510,Huyện Nam Giang,20698,Xã La Êê,Xã
49,Tỉnh T,510,Huyện Nam Giang,20699,Xã Chơ Chun,Xã
49,Tỉnh T,504,Huyện Tây Giang,20443,Xã Bhalêê,Xã
49,Tỉnh T,504,Huyện Tây Giang,20455,Xã Lăng,Xã
49,Tỉnh T,505,Huyện Đông Giang,20467,Thị trấn P Rao,Thị trấn
51,Tỉnh Khác,524,Huyện Nam Giang Khác,21001,Xã La,Xã
"""


@pytest.fixture
def opened(tmp_path):
    """Study, checked region and the findings on indicators of the drawn province with these rows."""

    def open_(*rows: str, header: str = HEADER, toml: str = "", listed: bool = False, **said):
        files = {"gazetteer": LIST} if listed else {}
        study = write_province(
            tmp_path, COMMUNES, indicators="\n".join([header, *rows]) + "\n", toml=toml, **files, **said
        )
        if listed:
            text = study.read_text(encoding="utf-8").replace("gazetteer.csv", "units-2021-07.csv")
            study.write_text(text, encoding="utf-8")
            (tmp_path / "gazetteer.csv").rename(tmp_path / "units-2021-07.csv")
        read_study_ = read_study(study)
        region, findings = check_region(read_region(read_study_))
        return read_study_, region, [f for f in findings if f.file == "indicators.csv"]

    return open_


def figures_of(study, region, on=""):
    return indicator_figures(region.indicators, region.units, study.indicators, study.vintage, on)


def aside(region) -> list[int]:
    if region.set_aside.empty:
        return []
    return sorted(region.set_aside.loc[region.set_aside["file"] == "indicators.csv", "row"])


# ---- How a row is understood.


def test_codes_names_dates_and_counts_are_read_as_people_write_them(opened):
    _study, region, findings = opened(
        "Khảo sát xã chuyển đổi số,20698,,1/6/2021,Có,",
        "SURVEY DONE,,Xã Chơ Chun,2021-06,chưa,",
        "app installs,20695,,2021,13.185,263.700",
        "steering_committee,510,Huyện Nam Giang,30/6/2021,đã lập,",
    )
    assert not findings
    rows = region.indicators.set_index("row")
    assert rows.loc[2, ["indicator", "unit_name", "date", "value"]].tolist() == [
        "survey_done",
        "La Êê",
        "2021-06-01",
        1,
    ]
    assert rows.loc[3, ["unit_code", "level", "value"]].tolist() == ["20699", "commune", 0]
    assert rows.loc[4, ["value", "of"]].tolist() == [13185, 263700]
    assert rows.loc[5, ["level", "unit_name", "vintage"]].tolist() == ["district", "Nam Giang", "2021-07"]


@pytest.mark.parametrize("name", ["Xã Chơ Chun", unicodedata.normalize("NFD", "Xã Chơ Chun")])
def test_a_name_as_it_is_written_is_taken_without_a_word(opened, name):
    _study, region, findings = opened(f"survey_done,,{name},2021-06,1,")
    assert region.indicators["unit_code"].tolist() == ["20699"] and not findings


@pytest.mark.parametrize("name", ["cho chun", "xa Cho Chun", "ChơChun", "Chơ Chung"])
def test_a_name_written_otherwise_is_taken_and_that_is_said(opened, name):
    _study, region, findings = opened(f"survey_done,,{name},2021-06,1,")
    assert region.indicators["unit_code"].tolist() == ["20699"]
    if name != "ChơChun":
        assert "is taken for Xã Chơ Chun (20699)" in findings[0].line and findings[0].level == "warning"


def test_a_name_may_stand_where_the_code_should(opened):
    _study, region, _findings = opened("survey_done,La Êê,,2021-06,1,")
    assert region.indicators["unit_code"].tolist() == ["20698"]


def test_zeros_that_a_spreadsheet_drops_come_back_where_the_level_is_said(opened, tmp_path):
    communes = [("00123", "Xã A", "Huyện D"), ("00124", "Xã B", "Huyện D")]
    text = "indicator,level,code,date,value\nsurvey_done,xã,123,2021,1\nsurvey_done,,0124,2021,1\n"
    study = write_province(tmp_path / "zeros", communes, indicators=text)
    region, _findings = check_region(read_region(read_study(study)))
    assert region.indicators["unit_code"].tolist() == ["00123", "00124"]


def test_the_codes_of_districts_come_from_a_list(opened):
    _study, region, findings = opened(
        "steering_committee,510,,2021-06,1,", "steering_committee,,huyện Tây Giang,2021-06,1,", listed=True
    )
    assert not findings
    assert region.indicators["unit_code"].tolist() == ["510", "504"]
    mine = region.units[region.units["in_study"] & (region.units["level"] == "district")]
    assert mine["unit_code"].tolist() == ["504", "510"]


def test_a_list_of_another_date_says_nothing_of_the_studys_codes_and_that_is_told(tmp_path):
    text = f"{HEADER}\nsteering_committee,510,,2021-06,1,\n"
    path = write_province(tmp_path, COMMUNES, indicators=text, gazetteer=LIST, vintage="2019-10")
    (tmp_path / "gazetteer.csv").rename(tmp_path / "units-2021-07.csv")
    path.write_text(
        path.read_text(encoding="utf-8").replace("gazetteer.csv", "units-2021-07.csv"), encoding="utf-8"
    )
    region, findings = check_region(read_region(read_study(path)))
    said = [f.line for f in findings if f.table == "indicators"]
    assert any("is the list of 2021-07, and the study's codes are of 2019-10" in line for line in said)
    assert region.indicators.empty


@pytest.mark.reference
def test_the_districts_of_quang_nam_by_name_in_the_official_list(shared, tmp_path):
    official = shared / "vietnam/gso_units_2021-07.csv"
    rows = pd.read_csv(official, dtype=str)
    rows = rows[rows["province"] == "Tỉnh Quảng Nam"]
    communes = list(rows[["code", "name", "district"]].itertuples(index=False, name=None))
    names = ["Tây Giang", "huyện Nam Giang", "TP Tam Kỳ", "Thị xã Điện Bàn", "bac tra my", "Huyện Nam Trà My"]
    text = "\n".join([HEADER, *(f"steering_committee,,{name},2021-06,1," for name in names)])
    path = write_province(
        tmp_path, communes, province="Tỉnh Quảng Nam", indicators=text, toml=f'gazetteer = "{official}"'
    )
    study = read_study(path)
    region, findings = check_region(read_region(study))
    assert region.indicators["unit_code"].tolist() == ["504", "510", "502", "507", "515", "516"]
    assert [f.row for f in findings if f.table == "indicators"] == [6]
    row = figures_of(study, region).iloc[0]
    assert (row["value"], row["of"], len(row["not_reported"].split(";"))) == (6, 18, 12)


def test_the_only_province_of_a_study_may_go_by_its_code_alone_and_that_is_said(opened):
    _study, region, findings = opened("report_forms,49,,2021-06,17,20")
    assert region.indicators["unit_name"].tolist() == ["T"]
    assert "49 is taken for T, the only one of its level" in findings[0].line


# ---- What is told, and set aside.


@pytest.mark.parametrize(
    ("row", "said", "column"),
    [
        ("survey_don,20698,,2021-06,1,", "Did you mean survey_done?", "indicator"),
        ("lông gà,20698,,2021-06,1,", "Known: steering_committee", "indicator"),
        (",20698,,2021-06,1,", "names no indicator", "indicator"),
        ("survey_done,,,2021-06,1,", "names no unit", "unit_code"),
        ("survey_done,20697,,2021-06,1,", "no unit of the study has the code 20697", "unit_code"),
        ("survey_done,,Xã Zuôih,2021-06,1,", "no unit of the study is called Xã Zuôih", "unit_name"),
        ("survey_done,20698,Chơ Chun,2021-06,1,", "20698 is La Êê, not Chơ Chun", "unit_code"),
        ("survey_done,510,Nam Giang,2021-06,1,", "not reported by a district", "unit_code"),
        ("survey_done,206981,,2021-06,1,", "206981 is no code of a unit", "unit_code"),
        ("steering_committee,510,,2021-06,1,", "not known which unit has the code 510", "unit_code"),
        ("app_installs,20698,,2021-06,-1,", "value cannot be -1", "value"),
        ("survey_done,20698,,2021-06,-1,", "-1 is neither yes (1) nor no (0)", "value"),
        ("survey_done,20698,,2021-06,7,", "7 is neither yes (1) nor no (0)", "value"),
        ("app_installs,20698,,2021-06,300,200", "300 is more than the total 200", "value; of"),
        ("survey_done,20698,,2021-13,1,", "date is empty", "date"),
        ("survey_done,20698,,31/2/2021,1,", "date is empty", "date"),
        ("survey_done,20698,,2021-06,nhiều,", "value is empty", "value"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_and_set_aside(opened, row, said, column):
    _study, region, findings = opened("survey_done,20695,,2021-06,1,", row)
    errors = [f for f in findings if f.row == 3 and f.level == "error"]
    assert len(errors) == 1 and said in errors[0].line and errors[0].column == column
    assert aside(region) == [3] and region.indicators["row"].tolist() == [2]
    kept = json.loads(region.set_aside["values"].iloc[0])
    assert not row.split(",")[1].isdigit() or row.split(",")[1] in kept["unit_code"]


def test_two_values_of_a_unit_on_a_day_count_neither_and_the_report_before_stands(opened):
    rows = (
        "survey_done,20698,,2021-05,1,",
        "survey_done,20698,,2021-06,1,",
        "survey_done,,La Êê,2021-06,0,",
        "survey_done,20699,,2021-06,1,",
    )
    study, region, findings = opened(*rows)
    assert aside(region) == [3, 4] and all("two values of La Êê" in f.line for f in findings)
    newest = newest_figures(figures_of(study, region), study.indicators)[0][0]
    assert (newest["value"], newest["reported"]) == (2, 2)


def test_the_same_value_twice_is_one(opened):
    _study, region, findings = opened("survey_done,20698,,2021-06,1,", "survey_done,,La Êê,2021-06,1,")
    assert len(region.indicators) == 1 and len(aside(region)) == 1 and len(findings) == 1


def test_a_unit_that_is_not_asked_does_not_count(opened):
    toml = '[indicators.survey_done]\nunits = ["20698", "20699"]'
    study, region, findings = opened(
        "survey_done,20698,,2021-06,1,", "survey_done,20695,,2021-06,1,", toml=toml
    )
    assert "Thạnh Mỹ is none of the units that are asked" in findings[0].line and aside(region) == [3]
    row = figures_of(study, region).iloc[0]
    assert (row["value"], row["of"], row["not_reported"]) == (1, 2, "20699")


def test_a_district_of_the_list_that_is_not_the_studys_is_not_asked(opened):
    _study, region, findings = opened("steering_committee,505,,2021-06,1,", listed=True)
    assert "Đông Giang is none of the units that are asked" in findings[0].line and aside(region) == [2]


def test_more_reports_than_are_asked_are_told(opened):
    toml = "[indicators.survey_done]\nof = 1"
    study, region, findings = opened(
        "survey_done,20698,,2021-06,1,", "survey_done,20699,,2021-06,1,", toml=toml
    )
    assert "2 units report" in findings[0].line and not aside(region)
    assert figures_of(study, region)["of"].tolist() == [2]


def test_units_of_a_list_that_nobody_gives_are_counted_as_they_report_and_that_is_told(opened):
    header = f"{HEADER},vintage"
    study, region, findings = opened("survey_done,20707,,2025-08,1,,2025-07", header=header)
    assert "not known which communes are asked" in findings[0].line and findings[0].level == "warning"
    row = figures_of(study, region).iloc[0].to_dict()
    assert pd.isna(row["of"]) and say_figure(row, study.indicators["survey_done"], "vi") == "1"


def test_a_percentage_without_a_total_is_told(opened):
    study, region, findings = opened("app_installs,20698,,2021-06,300,")
    assert "rows without a total" in findings[0].line
    row = figures_of(study, region).iloc[0].to_dict()
    assert say_figure(row, study.indicators["app_installs"], "vi") == "300"


def test_findings_and_figures_do_not_hang_on_the_order_of_rows(opened):
    rows = [
        "survey_done,20698,,2021-06-01,1,",
        "survey_done,20698,,2021-07-01,0,",
        "survey_done,,cho chun,2021-06-01,1,",
        "survey_done,20695,,2021-06-15,1,",
    ]
    seen = []
    for order in list(permutations(rows))[::7]:
        study, region, _findings = opened(*order)
        seen.append(figures_of(study, region))
    for other in seen[1:]:
        pd.testing.assert_frame_equal(seen[0], other)


# ---- Units of two dates.

CROSSWALK = """\
old_code,old_vintage,old_name,old_district,old_province,new_code,new_vintage,new_name,new_province
20695,2021-07,Thị trấn Thạnh Mỹ,Nam Giang,T,20695,2025-07,Xã Thạnh Mỹ,Đà Nẵng
20698,2021-07,Xã La Êê,Nam Giang,T,20698,2025-07,Xã La Êê,Đà Nẵng
20699,2021-07,Xã Chơ Chun,Nam Giang,T,20698,2025-07,Xã La Êê,Đà Nẵng
20443,2021-07,Xã Bhalêê,Tây Giang,T,20455,2025-07,Xã Tây Giang,Đà Nẵng
20455,2021-07,Xã Lăng,Tây Giang,T,20455,2025-07,Xã Tây Giang,Đà Nẵng
"""


def test_units_of_two_dates_have_figures_of_their_own(tmp_path):
    text = (
        "indicator,code,vintage,date,value\nsurvey_done,20698,,2021-06,1\nsurvey_done,20455,,2021-06,1\n"
        "survey_done,20455,2025-07,2025-08,1\nsurvey_done,20699,2025-07,2025-08,1\n"
    )
    path = write_province(tmp_path, COMMUNES, indicators=text, crosswalk=CROSSWALK)
    study = read_study(path)
    region, findings = check_region(read_region(study))
    # 20699 was Chơ Chun and is no unit of 2025 any more.
    assert [f.row for f in findings if f.level == "error"] == [5]
    figures = figures_of(study, region)
    assert figures[["vintage", "value", "of", "not_reported_names"]].to_numpy().tolist() == [
        ["2021-07", 2, 5, "Bhalêê;Thạnh Mỹ;Chơ Chun"],
        ["2025-07", 1, 3, "Thạnh Mỹ;La Êê"],
    ]
    assert dict(zip(region.indicators["vintage"], region.indicators["unit_name"], strict=True)) == {
        "2021-07": "Lăng",
        "2025-07": "Tây Giang",
    }


def test_a_code_beside_the_name_of_its_other_date_names_that_date(tmp_path):
    text = "indicator,code,name,date,value\nsurvey_done,20455,Tây Giang,2025-08,1\n"
    path = write_province(tmp_path, COMMUNES, indicators=text, crosswalk=CROSSWALK)
    _region, findings = check_region(read_region(read_study(path)))
    [said] = [f for f in findings if f.table == "indicators"]
    assert "20455 is Lăng, not Tây Giang" in said.line and "2025-07" in said.do


# ---- What it comes to.


def drawn(rows, **definition):
    """Figures of rows (unit, date, value[, of]) of one indicator among the communes 00001 to 00004."""
    said = {"name_vi": "Thử", "levels": ["commune"], "source": "drawn"} | definition
    codes = ["00001", "00002", "00003", "00004"]
    units = pd.DataFrame(
        [("commune", code, "2021-07", f"Xã {code}", f"Xã {code}", True) for code in codes],
        columns=list(UNIT_COLUMNS),
    )
    frame = pd.DataFrame(
        [
            {"unit_code": unit, "date": date, "value": float(value), "of": of[0] if of else None}
            for unit, date, value, *of in rows
        ]
    ).assign(indicator="x", level="commune", vintage="2021-07", source="drawn")
    frame["unit_name"], frame["row"] = "Xã " + frame["unit_code"], range(2, len(frame) + 2)
    return conform(frame, INDICATORS), units, {"x": Indicator.model_validate(said)}


def test_the_newest_report_of_each_unit_counts_and_the_series_keeps_all_dates():
    rows = [
        ("00001", "2021-05", 1),
        ("00002", "2021-06", 0),
        ("00002", "2021-07-01", 1),
        ("00001", "2021-08", 0),
    ]
    reports, units, definitions = drawn(rows)
    figures = indicator_figures(reports, units, definitions, "2021-07")
    columns = ["date", "value", "of", "reported", "not_done", "not_reported"]
    assert figures[columns].fillna("").to_numpy().tolist() == [
        ["2021-05", 1, 4, 1, "", "00002;00003;00004"],
        ["2021-06", 1, 4, 2, "00002", "00003;00004"],
        ["2021-07-01", 2, 4, 2, "", "00003;00004"],
        ["2021-08", 1, 4, 2, "00001", "00003;00004"],
    ]
    on = indicator_figures(reports, units, definitions, "2021-07", "2021-07")
    pd.testing.assert_frame_equal(on, figures.iloc[:3])
    [(last, before)] = newest_figures(figures, definitions)
    assert (last["date"], before["date"]) == ("2021-08", "2021-07-01")
    assert say_covered(last, "en") == "2 of 4 communes"


def test_amounts_are_summed_and_their_total_only_where_all_say_it():
    rows = [("00001", "2021-05", 10, 200.0), ("00002", "2021-06", 20, 400.0), ("00003", "2021-07", 5)]
    figures = indicator_figures(*drawn(rows, kind="amount", shown="percent"), "2021-07")
    assert figures[["value", "of"]].fillna(-1).to_numpy().tolist() == [[10, 200], [30, 600], [35, -1]]
    definition = drawn(rows, kind="amount", shown="percent")[2]["x"]
    assert [say_figure(row, definition, "vi") for row in figures.to_dict("records")] == ["5 %", "5 %", "35"]
    assert say_figure({"value": 1.0, "of": 3.0}, definition, "vi") == "33,3 %"
    assert percent(5, 0) is None and percent(None, 3) is None


def test_of_units_that_nobody_names_the_count_is_said():
    reports, units, definitions = drawn([("00001", "2021-05", 1)], of=15)
    row = indicator_figures(reports, units, definitions, "2021-07").iloc[0]
    assert (row["value"], row["of"], row["units"], row["reported"]) == (1, 15, 15, 1)
    assert say_names(row["not_reported_names"], 14, "en") == "14, not known which"
    unknown = indicator_figures(reports, units.iloc[:0], drawn([("00001", "2021-05", 1)])[2]).iloc[0]
    assert pd.isna(unknown["of"]) and unknown["units"] == 1


def test_many_names_are_cut_and_counted():
    names = [f"Xã {n}" for n in range(30)]
    assert say_names(";".join(names), 0, "en").endswith("Xã 7 and 22 others")
    assert say_names(";".join(names[:9]), 0, "en").endswith("Xã 8")


reports = st.lists(
    st.tuples(
        st.sampled_from(["00001", "00002", "00003", "00004"]),
        st.sampled_from(["2021", "2021-05", "2021-05-31", "2021-06", "2022-01-01"]),
        st.integers(0, 1),
    ),
    min_size=1,
    unique_by=lambda row: row[:2],
)


@given(reports, st.randoms())
def test_a_figure_adds_up_whatever_the_order(rows, chance):
    figures = indicator_figures(*drawn(rows), "2021-07")
    shuffled = [*rows]
    chance.shuffle(shuffled)
    pd.testing.assert_frame_equal(figures, indicator_figures(*drawn(shuffled), "2021-07"))
    for row in figures.to_dict("records"):
        lists = {name: len((row[name] or "").split(";")) if isinstance(row[name], str) else 0 for name in row}
        assert row["value"] + lists["not_done"] == row["reported"]
        assert row["reported"] + lists["not_reported"] == row["units"] == row["of"] == 4
    INDICATOR_FIGURES.validate(figures)


# ---- Definitions.


def test_every_definition_of_the_sheet_has_both_names_a_meaning_source_and_date(opened):
    study, _region, _findings = opened("survey_done,20698,,2021-06,1,")
    assert len(study.indicators) >= 5
    for code, said in study.indicators.items():
        assert said.name_vi and said.name_en and said.meaning and said.source and said.date, code


def test_a_study_changes_an_indicator_and_adds_its_own(opened):
    toml = (
        '[indicators.survey_done]\nname_vi = "Khảo sát"\n'
        '[indicators.hotline]\nname_vi = "Đường dây nóng"\nlevels = ["commune"]'
    )
    study, region, findings = opened(
        "đường dây nóng,20698,,2021-06,1,", "khao sat,20698,,2021-06,1,", toml=toml
    )
    assert region.indicators["indicator"].tolist() == ["hotline", "survey_done"] and not findings
    assert study.indicators["hotline"].name("en") == "Đường dây nóng"
    assert study.indicators["survey_done"].kind == "done"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[indicators.survey_done]\nlevel = "commune"', "Did you mean levels?"),
        ('[indicators.hotline]\nlevels = ["commune"]', "indicators.hotline.name_vi"),
        ('[indicators.survey_done]\nunits = ["2069"]', "indicators.survey_done.units"),
        ("[indicators.app_installs]\nof = 3", "`of` goes with one level"),
        ("[indicators]\nsurvey_done = 5", "indicators.survey_done is no section"),
    ],
)
def test_a_definition_that_cannot_be_is_refused_in_one_line(tmp_path, toml, said):
    with pytest.raises(StudyError) as error:
        read(write_province(tmp_path, COMMUNES, toml=toml))
    assert said in str(error.value) and "\n" not in str(error.value)


# ---- The verb.


def test_the_verb_says_what_is_missing_and_refuses_nonsense(tmp_path, capsys):
    study = write_province(tmp_path, COMMUNES, indicators=f"{HEADER}\nsurvey_done,20698,,2021-06,1,\n")

    def phusong(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(["indicators", str(study), *arguments])
        return (int(stop.value.code or 0), *capsys.readouterr())

    code, out, _err = phusong()
    assert code == 0 and "1/5" in out and "Thạnh Mỹ" in out
    code, out, _err = phusong("--on", "2020")
    assert code == 0 and "Nothing was reported until then." in out
    code, _out, err = phusong("--on", "31/2/2021")
    assert code == 1 and "is no date" in err
    Path(study.parent / "indicators.csv").write_text("Chỉ tiêu,Ngày\nsurvey_done,2021\n", encoding="utf-8")
    code, _out, err = phusong()
    assert code == 1 and "no column for value" in err
