"""Old and new units: how the list reads, which of its rows are the study's, and what the other side is."""

import json

import geopandas as gpd
import pandas as pd
import pytest
from conftest import feature, square

from phusong.checks import check_region
from phusong.crosswalk import NEW, OLD, other_units, side_of, touching
from phusong.domain import CROSSWALK, empty
from phusong.errors import InputError
from phusong.readers import read_region, read_study
from phusong.readers.layers import read_layer
from phusong.study import Source

HEADER = "Mã xã cũ,Tên xã cũ,Huyện cũ,Mã xã mới,Tên xã mới,Tỉnh mới,Ghi chú"
#: A and B (of the drawn study) become AB, B in part; the rest of B and all of C, beyond the study, become C.
ROWS = (
    "1,Xã A,Huyện D,2,Phường AB,Tỉnh T,Nhập toàn bộ",
    "00002,Xã B,Huyện D,00002,Phường AB,Tỉnh T,Nhập một phần",
    "00002,Xã B,Huyện D,00003,Xã C,Tỉnh T,Nhập một phần",
    "00003,Xã C,Huyện E,00003,Xã C,Tỉnh T,Nhập toàn bộ",
    "00009,Xã K,Huyện E,00009,Xã K,Tỉnh T,Giữ nguyên",
)


@pytest.fixture
def study_with(drawn_study):
    """The drawn study with a crosswalk of `rows`."""

    def write(rows=ROWS, header=HEADER, toml="", **more):
        path = drawn_study(toml='[inputs.crosswalk]\npath = "crosswalk.csv"', **more)
        path.write_text(toml + path.read_text(encoding="utf-8"), encoding="utf-8")
        (path.parent / "crosswalk.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8-sig")
        return path

    return write


def region_of(path):
    return read_region(read_study(path))


def test_a_list_without_coordinates_reads_with_types_split_off_and_zeros_put_back(study_with):
    table = region_of(study_with()).crosswalk
    assert not isinstance(table, gpd.GeoDataFrame)
    assert list(table.columns) == list(CROSSWALK.columns)
    first = table.iloc[0]
    assert (first["old_code"], first["old_name"], first["old_unit_type"]) == ("00001", "A", "xã")
    assert (first["new_code"], first["new_name"], first["new_unit_type"]) == ("00002", "AB", "phường")
    assert (first["source"], first["row"], first["old_district"]) == ("crosswalk.csv", 2, "Huyện D")
    assert pd.isna(first["share"]) and first["note"] == "Nhập toàn bộ"


def test_the_same_list_as_xlsx_and_geojson_is_the_same_table(study_with, tmp_path):
    csv = tmp_path / "study" / "crosswalk.csv"
    study_with()
    frame = pd.read_csv(csv, dtype=str)
    frame.to_excel(tmp_path / "list.xlsx", index=False)
    features = [feature(square(107.5, 15.0), **row) for row in frame.to_dict("records")]
    said = json.dumps({"type": "FeatureCollection", "features": features})
    (tmp_path / "list.geojson").write_text(said, encoding="utf-8")
    wanted, _found = read_layer("crosswalk", Source(path=csv.name), csv)
    for name in ("list.xlsx", "list.geojson"):
        table, findings = read_layer("crosswalk", Source(path=name), tmp_path / name)
        assert not findings
        pd.testing.assert_frame_equal(
            table.drop(columns=["source", "row"]), wanted.drop(columns=["source", "row"])
        )


def test_only_rows_of_the_study_stay_and_those_that_share_a_unit_with_it(study_with):
    table = region_of(study_with()).crosswalk
    assert list(zip(table["old_code"], table["new_code"], strict=True)) == [
        ("00001", "00002"),
        ("00002", "00002"),
        ("00002", "00003"),
        ("00003", "00003"),
    ]


def test_a_study_without_one_has_an_empty_table(drawn_study):
    table = region_of(drawn_study()).crosswalk
    assert table.empty and list(table.columns) == list(CROSSWALK.columns)


def test_the_side_is_told_by_names_and_codes_or_by_the_vintage(study_with):
    region = region_of(study_with())
    assert side_of(region.crosswalk, region.communes) == OLD
    new = region.communes.assign(commune_code=["00002", "00003"], name=["AB", "C"])
    assert side_of(region.crosswalk, new) == NEW
    dated = region.crosswalk.assign(new_vintage="2025-07")
    # By names alone this would be the new side.
    assert side_of(dated, new, "2021-07") == OLD
    assert side_of(dated, region.communes, "2025-07") == NEW
    assert side_of(empty(CROSSWALK), region.communes, "2021-07") is None


def test_units_of_the_other_side_know_their_parts_and_what_lies_beyond(study_with):
    region = region_of(study_with())
    both, c = other_units(region.crosswalk, OLD, region.communes["commune_code"])
    assert (both.code, both.name, both.unit_type, both.province) == ("00002", "AB", "phường", "Tỉnh T")
    assert both.parts == (("00001", True), ("00002", False)) and both.outside == ()
    assert c.parts == (("00002", False),) and c.outside == ("C",)


def test_seen_from_the_new_side_it_is_the_same_pairs(study_with):
    rows = region_of(study_with()).crosswalk
    there = other_units(rows, OLD, ["00001", "00002", "00003"])
    back = other_units(rows, NEW, ["00002", "00003"])
    pairs = {(part, unit.code, whole) for unit in there for part, whole in unit.parts}
    assert pairs == {(unit.code, part, whole) for unit in back for part, whole in unit.parts}
    assert all(not unit.outside for unit in (*there, *back))


def test_touching_does_not_hang_on_the_order_of_rows(study_with):
    region_of(study_with())
    rows = read_layer("crosswalk", Source(path="c"), study_with().parent / "crosswalk.csv")[0]
    turned = touching(rows.iloc[::-1], OLD, ["00001", "00002"])
    straight = touching(rows, OLD, ["00001", "00002"])
    assert set(turned["row"]) == set(straight["row"]) == {2, 3, 4, 5}


def test_a_commune_that_it_does_not_name_is_said_with_its_row(study_with):
    notes = region_of(study_with(rows=ROWS[:1])).notes
    assert [n.line for n in notes] == [
        "communes.geojson:2: the crosswalk does not name B (00002). "
        "Add its row; until then the map finds it under its own name only."
    ]


def test_a_list_that_speaks_of_neither_side_is_said_and_unused(study_with):
    region = region_of(study_with(rows=ROWS[4:]))
    assert region.crosswalk.empty
    assert "not clear whether the study's communes are its old or its new units" in region.notes[0].what
    # The same code and name on both sides: only the vintage can tell.
    same = ("00001,Xã A,,00001,Xã A,,", "00002,Xã B,,00002,Xã B,,")
    assert region_of(study_with(rows=same)).crosswalk.empty
    dated = tuple(f"{row},2025-07" for row in same)
    told = region_of(study_with(rows=dated, header=f"{HEADER},new_vintage", toml='vintage = "2021-07"\n'))
    assert len(told.crosswalk) == 2 and not told.notes


def test_a_column_that_must_be_there_is_asked_for(study_with):
    with pytest.raises(InputError, match="no column for new_code"):
        region_of(study_with(header=HEADER.replace("Mã xã mới", "Mã gì đó")))


def test_impossible_rows_and_pairs_said_twice_are_set_aside(study_with):
    rows = [f"{row}," for row in ROWS[:3]] + [f"{ROWS[1]},", f"{ROWS[3]},2.5"]
    region, findings = check_region(region_of(study_with(rows=rows, header=f"{HEADER},Tỷ lệ dân số")))
    said = [(f.row, f.what) for f in findings if f.file == "crosswalk.csv"]
    assert said == [
        (5, "old_code + new_code 00002 + 00002 is used more than once"),
        (6, "share cannot be 2.5"),
    ]
    aside = region.set_aside
    assert list(aside["table"]) == ["crosswalk"] * 2 and list(aside["geometry_wkt"]) == ["", ""]
    assert len(region.crosswalk) == 3


def test_the_bundled_study_has_the_twelve_communes_and_the_six_that_they_became():
    from conftest import REPOSITORY

    region = region_of(REPOSITORY / "data" / "nam-giang" / "study.toml")
    units = other_units(region.crosswalk, OLD, region.communes["commune_code"])
    made = {(u.code, u.name): [code for code, _whole in u.parts] for u in units}
    # Resolution 1659/NQ-UBTVQH15 and Decision 19/2025/QĐ-TTg.
    assert made == {
        ("20695", "Thạnh Mỹ"): ["20695"],
        ("20698", "La Êê"): ["20698", "20699"],
        ("20704", "La Dêê"): ["20704", "20705"],
        ("20707", "Nam Giang"): ["20701", "20707"],
        ("20710", "Bến Giằng"): ["20702", "20710", "20713"],
        ("20716", "Đắc Pring"): ["20716", "20719"],
    }
    assert {u.vintage for u in units} == {"2025-07"} and not [u for u in units if u.outside]


def test_a_run_has_its_results_by_the_other_date_too(study_with, drawn_study, tmp_path):
    from phusong.cli import main
    from phusong.domain import UNIT_STATUS
    from phusong.runs import read_run

    dated = tuple(f"{row},2021-07,2025-07" for row in ROWS)
    path = study_with(rows=dated, header=f"{HEADER},old_vintage,new_vintage", toml='vintage = "2021-07"\n')
    with pytest.raises(SystemExit) as stop:
        main(["run", str(path), "--out", str(tmp_path / "run"), "--quiet"])
    assert stop.value.code == 0
    tables = read_run(tmp_path / "run").tables
    units = tables["unit_status"]
    assert list(units.columns) == list(UNIT_STATUS.columns)
    sheet = pd.read_csv(tmp_path / "run" / "unit_status.csv", dtype=str, encoding="utf-8-sig")
    assert list(sheet["unit_code"]) == list(units["unit_code"])
    told = units[["unit_code", "vintage", "name", "parts", "shares", "share_basis", "sites"]]
    assert told.to_numpy().tolist() == [
        ["00002", "2025-07", "AB", "00001;00002", "1;0.5", "assumed", 3.0],
        ["00003", "2025-07", "C", "00002", "0.5", "assumed", 1.0],
    ]
    # A's centre has fibre and B's has not: which of them is AB's is not known.
    assert list(units["fibre"]) == ["unknown", "unknown"] and units["outside"].tolist()[1] == "C"
    assert units["fibre_gap"].sum() == (tables["gaps"]["fibre"] == "gap").sum()
    # The plan is shared out too, and nothing of its money is lost: half of what is done in B is C's.
    plan, investments = tables["commune_plan"].set_index("commune_code"), tables["investments"]
    for name in ("capex_vnd", "opex_vnd_per_year", "present_cost_vnd"):
        assert plan[name].sum() == investments.loc[investments["funded"], name].sum() > 0
        assert units[name].tolist() == pytest.approx(
            [plan.loc["00001", name] + plan.loc["00002", name] / 2, plan.loc["00002", name] / 2]
        )
    connections = investments["closes"].isin(["fibre", "connection"])
    assert (
        units["sites_connected"].sum() == investments.loc[connections & investments["funded"], "sites"].sum()
    )
    # A study without a crosswalk has no such table.
    with pytest.raises(SystemExit):
        main(["run", str(drawn_study()), "--out", str(tmp_path / "plain"), "--quiet"])
    assert "unit_status" not in read_run(tmp_path / "plain").tables


@pytest.mark.reference
def test_the_real_list_reads_as_it_is(shared):
    path = shared / "vietnam" / "crosswalk_2025.csv"
    table, findings = read_layer("crosswalk", Source(path=path.name), path)
    assert len(table) == 10_571 and not findings
    assert table["new_code"].nunique() == 3321
    assert table["new_unit_type"].isin(("xã", "phường", "đặc khu")).mean() > 0.999
    # Islands that were districts without communes have no old code.
    assert table.loc[table["old_code"].isna(), "new_name"].str.contains("Lý Sơn").any()
    # What the bundled study has typed in is what the real list says.
    from conftest import REPOSITORY

    bundled = REPOSITORY / "data" / "nam-giang" / "crosswalk.csv"
    typed = read_layer("crosswalk", Source(path=bundled.name), bundled)[0]
    columns = ["old_code", "old_name", "old_unit_type", "new_code", "new_name", "new_unit_type"]
    real = table[table["old_district"] == "Huyện Nam Giang"]
    pairs = [frame[columns].sort_values("old_code", ignore_index=True) for frame in (typed, real)]
    pd.testing.assert_frame_equal(*pairs)


@pytest.mark.reference
def test_the_real_study_takes_its_twelve_rows_from_either_side(nam_giang, shared):
    region = region_of(nam_giang)
    assert len(region.crosswalk) == 12 and side_of(region.crosswalk, region.communes) == OLD
    whole = read_layer("crosswalk", Source(path="c"), shared / "vietnam" / "crosswalk_2025.csv")[0]
    later = pd.DataFrame(
        {
            "commune_code": ["20707", "20710"],
            "name": ["Nam Giang", "Bến Giằng"],
            "vintage": pd.Series([None, None], dtype="str"),
        }
    )
    assert side_of(whole, later) == NEW
    units = other_units(touching(whole, NEW, later["commune_code"]), NEW, later["commune_code"])
    assert [u.code for u in units] == ["20701", "20702", "20707", "20710", "20713"]
