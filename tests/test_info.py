"""`phusong info`: what a file is, what it would be read as, where to name it; hostile files are refused."""

import json
import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from conftest import HEADER, REPOSITORY, SITES

BUNDLED = REPOSITORY / "data" / "nam-giang"


@pytest.fixture
def info(phusong):
    """What `phusong info` says of a file, as JSON."""

    def ask(path: Path) -> dict:
        code, out, err = phusong("info", path, "--json")
        assert code == 0, err
        return json.loads(out)

    return ask


@pytest.mark.parametrize(
    ("file", "kind", "read_as"),
    [
        ("sites.csv", "table", "sites"),
        ("cells.csv", "table", "cells"),
        ("crosswalk.csv", "table", "crosswalk"),
        ("communes.geojson", "layer", "communes"),
        ("fibre.geojson", "layer", "fibre"),
        ("roads.geojson", "layer", "roads"),
        ("rivers.geojson", "layer", "rivers"),
        ("settlements.geojson", "layer", "settlements"),
        ("elevation.tif", "raster", "elevation"),
    ],
)
def test_each_bundled_file_would_be_read_as_what_it_is(info, file, kind, read_as):
    said = info(BUNDLED / file)
    (part,) = said["parts"]
    assert (said["kind"], part["read_as"]) == (kind, read_as)
    assert f'{read_as} = "{file}"' in said["do"][0]
    if part["bounds"]:
        west, south, east, north = part["bounds"]
        assert 107 < west < east < 108.2 and 15.2 < south < north < 16


@pytest.mark.parametrize("name", ["sites", "communes", "fibre", "roads", "cells"])
def test_what_a_file_is_does_not_hang_on_its_name_where_columns_tell(info, drawn_study, name, tmp_path):
    folder = drawn_study().parent
    (file,) = [p for p in folder.iterdir() if p.stem == name]
    shutil.copy(file, tmp_path / f"a{file.suffix}")
    part = info(tmp_path / f"a{file.suffix}")["parts"][0]
    assert name in (part["read_as"], *part["instead"])


def test_columns_rows_and_encoding_of_a_table(info, tmp_path):
    (tmp_path / "diem.csv").write_bytes(("\n".join([HEADER, *SITES])).encode("utf-16"))
    said = info(tmp_path / "diem.csv")
    (part,) = said["parts"]
    assert said["facts"]["encoding"] == "UTF-16" and part["rows"] == 4 and part["positions"] == 4
    assert part["columns"]["Kinh độ"] == "lon" and part["columns"]["Tên đơn vị"] == "name"


def test_each_sheet_and_layer_is_a_part(info, drawn_study, tmp_path):
    book = tmp_path / "book.xlsx"
    with pd.ExcelWriter(book, engine="xlsxwriter") as writer:
        rows = [row.split(",") for row in SITES]
        pd.DataFrame(rows, columns=HEADER.split(",")).to_excel(writer, sheet_name="Điểm", index=False)
        pd.DataFrame({"x y": ["a"], "z": ["b"]}).to_excel(writer, sheet_name="Khác", index=False)
    said = info(book)
    assert [(p["name"], p["read_as"]) for p in said["parts"]] == [("Điểm", "sites"), ("Khác", "")]
    assert '{ path = "book.xlsx", layer = "Điểm" }' in said["do"][0]
    folder = drawn_study().parent
    for layer in ("communes", "roads"):
        gpd.read_file(folder / f"{layer}.geojson").to_file(tmp_path / "all.gpkg", layer=layer)
    parts = info(tmp_path / "all.gpkg")["parts"]
    assert {(p["name"], p["read_as"]) for p in parts} == {("communes", "communes"), ("roads", "roads")}


def test_what_it_tells_can_be_put_into_a_study(info, phusong, drawn_study):
    study = drawn_study()
    line = info(study.parent / "sites.csv")["do"][0].rpartition("inputs]: ")[2]
    study.write_text(study.read_text().replace('sites = "sites.csv"', line))
    assert phusong("check", study)[0] == 0


def test_a_table_that_lacks_a_column_says_how_to_name_it(info, tmp_path):
    (tmp_path / "diem-cong-cong.csv").write_text("Tên đơn vị,Kinh độ,Vĩ độ\nA,107.5,15.1\n", encoding="utf-8")
    said = info(tmp_path / "diem-cong-cong.csv")
    assert (said["parts"][0]["read_as"], said["parts"][0]["lacks"]) == ("sites", ["kind"])
    assert any("[inputs.sites.columns] kind = " in line for line in said["do"])


def test_what_phusong_itself_wrote(info, phusong, nam_giang_run, tmp_path, drawn_study):
    run = info(nam_giang_run)
    assert run["kind"] == "run" and run["facts"]["sites"] == 58
    assert run["facts"]["run_id"] == info(nam_giang_run / "map.html")["facts"]["run_id"]
    assert info(nam_giang_run / "manifest.json")["kind"] == "run"
    study = info(BUNDLED / "study.toml")
    assert study["kind"] == "study" and study["facts"]["missing"] == []
    assert info(BUNDLED)["kind"] == "study"
    study_file = drawn_study((*SITES, "S9,Trạm B,Y tế,00002,17.65,15.05,,,,"))
    assert phusong("check", study_file, "--out", tmp_path / "checks")[0] == 0
    assert info(tmp_path / "checks" / "corrections.xlsx")["kind"] == "corrections"
    assert phusong("survey", study_file, "--out", tmp_path / "forms")[0] == 0
    assert info(next((tmp_path / "forms").glob("*.xlsx")))["kind"] == "survey"


def test_a_study_says_which_of_its_files_are_not_there(info, drawn_study):
    study = drawn_study()
    (study.parent / "roads.geojson").unlink()
    assert info(study)["facts"]["missing"] == ["roads.geojson"]


def test_what_means_harm_or_is_none_is_refused(phusong, tmp_path):
    vrt = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
    cases = {
        "roads.geojson": vrt.encode(),
        "dem.tif": b"<VRTDataset/>",
        "page.html": b"<html><script>alert(1)</script></html>",
        "book.xlsx": b"not a zip",
        "empty.csv": b"",
        "letter.docx": b"PK\x03\x04",
        "study.toml": b"title = ",
    }
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        code, out, err = phusong("info", tmp_path / name)
        assert code == 1 and out == "" and err.startswith("phusong:") and "Traceback" not in err, name
    code, _out, err = phusong("info", tmp_path / "none.csv")
    assert code == 1 and "there is no such file" in err


def test_people_read_it_in_vietnamese(phusong):
    out = phusong("--lang", "vi", "info", BUNDLED / "sites.csv")[1]
    assert "Sẽ được đọc là" in out and "mỗi dòng" in out and "Trong tệp nghiên cứu, dưới [inputs]" in out
