"""phusong units: tables turned from the communes of one date into those of another, on the command line."""

import json
from decimal import Decimal

import pandas as pd
import pytest
from conftest import REPOSITORY

from phusong.cli import main

CROSSWALK = """\
Mã cũ,old_vintage,Tên cũ,Huyện cũ,Tỉnh cũ,Mã mới,new_vintage,Tên mới,Tỉnh mới,Ghi chú
20698,2021-07,Xã La Êê,Nam Giang,Quảng Nam,20698,2025-07,Xã La Êê,Đà Nẵng,Nhập toàn bộ
20699,2021-07,Xã Chơ Chun,Nam Giang,Quảng Nam,20698,2025-07,Xã La Êê,Đà Nẵng,Nhập toàn bộ
20701,2021-07,Xã Zuôih,Nam Giang,Quảng Nam,20707,2025-07,Xã Nam Giang,Đà Nẵng,Nhập toàn bộ
20707,2021-07,Xã Chà Vàl,Nam Giang,Quảng Nam,20707,2025-07,Xã Nam Giang,Đà Nẵng,Nhập toàn bộ
20999,2021-07,Xã Chia Đôi,Nam Giang,Quảng Nam,20707,2025-07,Xã Nam Giang,Đà Nẵng,Nhập một phần
20999,2021-07,Xã Chia Đôi,Nam Giang,Quảng Nam,20998,2025-07,Xã Mới,Đà Nẵng,Nhập một phần
"""


@pytest.fixture
def convert(tmp_path, capsys):
    """Runs `units convert` on a table of `rows` (CSV text); gives back exit code, stdout and stderr."""
    (tmp_path / "crosswalk.csv").write_text(CROSSWALK, encoding="utf-8")

    def run(rows, *arguments, name="table.csv"):
        (tmp_path / name).write_text(rows, encoding="utf-8-sig")
        with pytest.raises(SystemExit) as stop:
            main(
                [
                    *("--lang", "en", "units", "convert", str(tmp_path / name)),
                    *("--crosswalk", str(tmp_path / "crosswalk.csv"), *arguments),
                ]
            )
        out = capsys.readouterr()
        return stop.value.code, out.out, out.err

    return run


def rows_of(text):
    import io

    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def test_a_table_by_code(convert):
    code, out, err = convert(
        "Mã xã,Dân số,Ghi chú\n20699,7,a\n20707,3,b\n20999,5,c\n30000,9,d\n", "--sum", "Dân số"
    )
    assert code == 0
    done = rows_of(out)
    columns = ["Mã xã", "Dân số", "Ghi chú", "from_code", "from_vintage", "to_code", "to_vintage", "to_name"]
    assert done[columns].to_numpy().tolist() == [
        ["20699", "7", "a", "20699", "2021-07", "20698", "2025-07", "Xã La Êê"],
        ["20707", "3", "b", "20707", "2021-07", "20707", "2025-07", "Xã Nam Giang"],
        ["20999", "3", "c", "20999", "2021-07", "20707", "2025-07", "Xã Nam Giang"],
        ["20999", "2", "c", "20999", "2021-07", "20998", "2025-07", "Xã Mới"],
        ["30000", "9", "d", "30000", "2021-07", "", "2025-07", ""],
    ]
    assert list(done["share"]) == ["1.0", "1.0", "0.5", "0.5", ""]
    assert list(done["share_basis"]) == ["reported", "reported", "assumed", "assumed", ""]
    assert "table.csv:5: 30000 has no unit of the other date: it is not in the list of 2021-07" in err
    assert "3 of 4 units of 2021-07 are converted to 2025-07; 1 of them are split, 1 by an estimate" in err


def test_a_table_by_name(convert):
    code, out, err = convert(
        "Xã,Tỉnh\nlaêê,Quảng Nam\nZuôich,Quảng Nam\nChà Val,Tỉnh Quảng Nam\nHội An,Quảng Nam\nLa Êê,Cà Mau\n",
        *("--name", "Xã", "--province", "Tỉnh"),
    )
    done = rows_of(out)
    assert code == 0 and list(done["to_code"]) == ["20698", "20707", "20707", "", ""]
    assert list(done["how"].str.split().str[0]) == ["folded", "variant", "folded", "none", "none"]
    assert "'Hội An' is not clear, and is not guessed" in err
    # The province of all rows, and the district.
    said = ("--name", "Xã", "--province", "Quảng Nam", "--district", "huyện Nam Giang")
    assert list(rows_of(convert("Xã,n\nChơChun,1\n", *said)[1])["to_code"]) == ["20698"]
    assert convert("Xã,n\nChơChun,1\n", "--name", "Xã")[0] == 1


def test_back_to_the_old_communes(convert):
    said = ("--from", "2025-07", "--to", "2021-07", "--sum", "n")
    done = rows_of(convert("code,n\n20698,5\n20998,2\n", *said)[1])
    assert list(zip(done["from_code"], done["to_code"], done["n"], done["share_basis"], strict=True)) == [
        ("20698", "20698", "3", "assumed"),
        ("20698", "20699", "2", "assumed"),
        ("20998", "20999", "2", "reported"),
    ]
    assert set(done["from_vintage"]) == {"2025-07"} and set(done["to_vintage"]) == {"2021-07"}


def test_one_row_a_unit_with_the_sums(convert):
    done = rows_of(convert("code,n\n20698,5\n20699,4\n20707,1\n20999,3\nxyz,8\n", "--sum", "n", "--merge")[1])
    assert dict(zip(done["to_code"], done["n"], strict=True)) == {
        "": "8",
        "20698": "9",
        "20707": "3",
        "20998": "1",
    }
    assert dict(zip(done["to_code"], done["rows"], strict=True))["20707"] == "2"


def test_a_name_that_the_code_means_only_now_is_told(convert):
    err = convert("code,name\n20707,Nam Giang\n20699,Chơ Chun\n")[2]
    assert "Nam Giang is what 20707 means in the list of 2025-07; in that of 2021-07 it is Xã Chà Vàl" in err
    assert "20699" not in err


def test_cells_that_are_odd_stay_and_are_told(convert):
    code, out, err = convert("code,n,=x\n20999,nhiều,=1+1\n20999,-3,-3\n", "--sum", "n")
    done = rows_of(out)
    assert code == 0 and list(done["n"]) == ["nhiều", "nhiều", "-2", "-1"]
    assert list(done["=x"]) == ["'=1+1", "'=1+1", "-3", "-3"]
    assert "'nhiều' in column 'n' is no number and is not shared out" in err


def test_thousands_are_thousands_where_the_column_shows_it(convert):
    rows = "code;n;km2\n20699;1.250;1,5\n20999;850;12.345\n20698;1.000.001;2\n"
    code, out, err = convert(rows, "--sum", "n", "--sum", "km2", "--merge")
    done = rows_of(out).set_index("to_code")
    assert code == 0 and done.loc["20698", "n"] == "1001251" and done.loc["20998", "n"] == "425"
    assert "'1.250' in column 'n' is read as 1250" in err and "'km2'" not in err
    assert sum(map(Decimal, done["km2"])) == Decimal("15.845")
    huge = "9" * 25
    assert huge in convert(f"code,n\n20699,{huge}\n", "--sum", "n")[1]


def test_own_columns_of_the_same_name_are_kept(convert):
    done = rows_of(convert("code,note,share\n20699,mine,x\n")[1])
    assert done["note (table)"].tolist() == ["mine"] and done["share (table)"].tolist() == ["x"]


def test_workbooks_in_and_out_hold_the_same(convert, tmp_path):
    out = tmp_path / "done.xlsx"
    rows = "code,n,text\n20999,5,=1+1\n20699,2,x\n"
    frame = rows_of(rows)
    frame.to_excel(tmp_path / "given.xlsx", index=False)
    with pytest.raises(SystemExit):
        main(
            [
                *("units", "convert", str(tmp_path / "given.xlsx"), "--sum", "n", "--out", str(out)),
                *("--crosswalk", str(tmp_path / "crosswalk.csv")),
            ]
        )
    plain = rows_of(convert(rows, "--sum", "n")[1])
    book = pd.read_excel(out, dtype=str, keep_default_na=False)
    assert list(book["to_code"]) == list(plain["to_code"]) and list(book["n"]) == list(plain["n"])
    # It is there now, and stays unless told otherwise.
    code, _out, err = convert(rows, "--out", str(out))
    assert code == 1 and "is there already" in err
    assert convert(rows, "--out", str(out), "--replace")[0] == 0


def test_strict_stops_before_anything_is_written(convert, tmp_path):
    out = tmp_path / "done.csv"
    code, _out, err = convert("code,n\n30000,1\n", "--strict", "--out", str(out))
    assert code == 3 and "30000" in err and not out.exists()


def test_a_column_that_is_not_there(convert):
    code, _out, err = convert("code,n\n20699,1\n", "--sum", "people")
    assert code == 1 and "has no column 'people'" in err and "Its columns: code, n." in err
    code, _out, err = convert("số,n\n20699,1\n")
    assert code == 1 and "Name it with --code" in err


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["--lang", "en", "units", *arguments])
    out = capsys.readouterr()
    return stop.value.code, out.out, out.err


BUNDLED = str(REPOSITORY / "data" / "nam-giang" / "crosswalk.csv")


def test_find_says_each_list_and_how(capsys):
    code, out, _err = run(capsys, "find", "Chà Val", "--crosswalk", BUNDLED, "--json")
    [found] = json.loads(out)["units"]
    assert code == 0 and (found["code"], found["vintage"], found["how"]) == ("20707", "2021-07", "folded")
    assert found["certain"] is True
    found = json.loads(
        run(capsys, "find", "La Êê", "--crosswalk", BUNDLED, "--vintage", "2025-07", "--json")[1]
    )["units"]
    assert (found[0]["code"], found[0]["province"], found[0]["certain"]) == ("20698", "Đà Nẵng", True)
    assert "Zuôih" in run(capsys, "find", "Zuôich", "--crosswalk", BUNDLED)[1]
    assert run(capsys, "find", "Hội An", "--crosswalk", BUNDLED)[1] == "Nothing like it is in the lists.\n"
    code, _out, err = run(capsys, "find", "La Êê")
    assert code == 1 and "Give one with --gazetteer or --crosswalk" in err


def test_show_keeps_both_meanings_of_a_code_apart(capsys):
    code, out, _err = run(capsys, "show", "20707", "--crosswalk", BUNDLED)
    assert code == 0
    assert out.splitlines() == [
        "2021-07  20707  Xã Chà Vàl (Nam Giang, Quảng Nam)",
        "  in 2025-07: 20707 Xã Nam Giang, 100.0 % of its residents (reported)",
        "2025-07  20707  Xã Nam Giang (Đà Nẵng)",
        "  in 2021-07: 20701 Xã Zuôih, 50.0 % of its residents (assumed)",
        "  in 2021-07: 20707 Xã Chà Vàl, 50.0 % of its residents (assumed)",
    ]
    assert run(capsys, "show", "99999", "--crosswalk", BUNDLED)[0] == 1


def test_a_list_says_its_date_in_its_name_or_before_it(capsys, tmp_path):
    (tmp_path / "units.csv").write_text("code,name,province\n20698,Xã La Êê,Quảng Nam\n", encoding="utf-8")
    code, _out, err = run(capsys, "find", "La Êê", "--gazetteer", str(tmp_path / "units.csv"))
    assert code == 1 and "does not say the date of the list" in err and "2021-07=units.csv" in err
    said = f"2021-07={tmp_path / 'units.csv'}"
    found = json.loads(run(capsys, "find", "la ee", "--gazetteer", said, "--json")[1])["units"]
    assert found[0]["vintage"] == "2021-07"


def test_a_folder_of_lists_is_read_by_its_dates(capsys, tmp_path):
    for date in ("2019-10", "2021-07"):
        text = f"code,name,province\n20698,Xã La Êê {date[:4]},Quảng Nam\n"
        (tmp_path / f"units_{date}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "readme.txt").write_text("no list", encoding="utf-8")
    found = json.loads(run(capsys, "show", "20698", "--gazetteer", str(tmp_path), "--json")[1])["units"]
    assert [(unit["vintage"], unit["name"]) for unit in found] == [
        ("2019-10", "Xã La Êê 2019"),
        ("2021-07", "Xã La Êê 2021"),
    ]
    (tmp_path / "empty").mkdir()
    code, _out, err = run(capsys, "find", "La Êê", "--gazetteer", str(tmp_path / "empty"))
    assert code == 1 and "has no list of units" in err


def test_what_is_no_table_is_said_in_one_line(capsys, tmp_path):
    for name, said in (
        ("none.csv", "there is no such file"),
        ("map.geojson", "no reader for .geojson files"),
    ):
        if name != "none.csv":
            (tmp_path / name).write_text("{}", encoding="utf-8")
        code, _out, err = run(capsys, "convert", str(tmp_path / name), "--crosswalk", BUNDLED)
        assert code == 1 and said in err and err.count("\n") == 1
    (tmp_path / "t.csv").write_text("code,n\n20698,1\n", encoding="utf-8")
    code, _out, err = run(
        capsys, "convert", str(tmp_path / "t.csv"), "--from", "1999-01", "--crosswalk", BUNDLED
    )
    assert code == 1 and "nothing leads from the units of 1999-01 to those of 2025-07" in err


def test_gaps_by_the_communes_of_the_other_date(capsys):
    study = str(REPOSITORY / "data" / "nam-giang" / "study.toml")

    def gaps(*arguments):
        with pytest.raises(SystemExit) as stop:
            main(["--lang", "en", "gaps", study, "--quiet", *arguments])
        return stop.value.code, capsys.readouterr()

    code, said = gaps("--units", "2025-07", "--json")
    units = {unit["unit_code"]: unit for unit in json.loads(said.out)["units"]}
    assert code == 0 and len(units) == 6 and sum(unit["sites"] for unit in units.values()) == 58
    assert (units["20698"]["parts"], units["20698"]["fibre"]) == ("20698;20699", "gap")
    assert units["20707"]["fibre"] == "ok" and units["20707"]["name"] == "Nam Giang"
    code, said = gaps("--units", "2025-03")
    assert code == 1 and "Dates there are: 2025-07" in said.err


@pytest.mark.reference
def test_the_real_list_of_sites_becomes_that_of_2025(capsys, shared, tmp_path):
    folder = shared / "vietnam"
    lists = [f"--gazetteer={folder / f'gso_units_{v}.csv'}" for v in ("2021-07", "2025-03")]
    sites, out = shared / "nam-giang-2021" / "diem_cong_cong.csv", tmp_path / "sites.csv"
    said = ("convert", str(sites), f"--crosswalk={folder / 'crosswalk_2025.csv'}", *lists, f"--out={out}")
    code, _out, err = run(capsys, *said)
    assert code == 0 and "12 of 12 units of 2021-07 are converted to 2025-07; 0 of them are split" in err
    before, after = (pd.read_csv(path, dtype=str, encoding="utf-8-sig") for path in (sites, out))
    assert len(after) == len(before) == 52
    assert set(after["to_name"]) == {
        f"Xã {n}" for n in ("Thạnh Mỹ", "La Êê", "La Dêê", "Nam Giang", "Bến Giằng", "Đắc Pring")
    }
    assert set(after.loc[after["from_code"] == "20699", "to_code"]) == {"20698"}
