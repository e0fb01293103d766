"""What newcomers get wrong: each gets a line that says what is wrong and what to do, and no traceback.

A case is what somebody did with the drawn study (conftest) and what must be told of it, on stderr or among
the findings. What a reader understands by itself must be read right.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from conftest import HEADER, SITES

#: Writes what the newcomer has into the folder of the drawn study; the command that they type.
Done = Callable[[Path], list[str]]


def put(path: Path, text: str | bytes) -> None:
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))


def say(folder: Path, old: str, new: str) -> list[str]:
    """The study with `new` in place of `old`, and the command that checks it."""
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    assert old in text
    put(study, text.replace(old, new))
    return ["check", str(study)]


def sites_are(folder: Path, *rows: str, header: str = HEADER) -> list[str]:
    put(folder / "sites.csv", "\ufeff" + "\n".join([header, *rows]) + "\n")
    return ["check", str(folder / "study.toml")]


def named(folder: Path, name: str, content: str | bytes = b"\xd0\xcf\x11\xe0 old") -> list[str]:
    """The study names another file as its sites."""
    put(folder / name, content)
    return say(folder, '"sites.csv"', f'"{name}"')


def raster(path: Path, west: float, north: float, crs: str | None = "EPSG:4326") -> None:
    heights = np.full((1, 40, 40), 300, dtype="int16")
    place = rasterio.transform.from_origin(west, north, 0.01, 0.01)
    with rasterio.open(
        path, "w", driver="GTiff", width=40, height=40, count=1, dtype="int16", crs=crs, transform=place
    ) as file:
        file.write(heights)


def with_elevation(folder: Path, *where: object) -> list[str]:
    if where:
        raster(folder / "dem.tif", *where)
    return say(folder, "[inputs]", '[inputs]\nelevation = "dem.tif"')


def shapefile_without(folder: Path, *endings: str) -> list[str]:
    import geopandas as gpd

    sites = pd.read_csv(folder / "sites.csv", dtype=str)
    points = gpd.points_from_xy(sites["Kinh độ"].astype(float), sites["Vĩ độ"].astype(float))
    frame = gpd.GeoDataFrame(
        {"site_id": sites["Mã đơn vị"], "name": "A", "kind": "UBND"}, geometry=points, crs=4326
    )
    frame.to_file(folder / "points.shp")
    for ending in endings:
        (folder / f"points{ending}").unlink()
    return say(folder, '"sites.csv"', '"points.shp"')


def cells(rows: tuple[str, ...], *columns: int, change: Callable[[str], str]) -> list[str]:
    """The rows with some of their cells changed."""
    out = []
    for row in rows:
        cells_ = row.split(",")
        for column in columns:
            cells_[column] = change(cells_[column])
        out.append(",".join(cells_))
    return out


def swapped(folder: Path) -> list[str]:
    rows = [row.split(",") for row in SITES]
    return sites_are(folder, *(",".join([*r[:4], r[5], r[4], *r[6:]]) for r in rows))


def metres(folder: Path) -> list[str]:
    from pyproj import Transformer

    to = Transformer.from_crs(4326, 5899, always_xy=True)
    rows = [row.split(",") for row in SITES]
    for row in rows:
        row[4:6] = [f"{v:.1f}" for v in to.transform(float(row[4]), float(row[5]))]
    return sites_are(folder, *map(",".join, rows))


def decimal_commas(folder: Path) -> list[str]:
    rows = [row.replace(".", "#").replace(",", ";").replace("#", ",") for row in SITES]
    return sites_are(folder, *rows, header=HEADER.replace(",", ";"))


def excel_days(folder: Path) -> list[str]:
    return sites_are(folder, *(f"{row},44377" for row in SITES), header=HEADER + ",Ngày báo cáo")


def without_places(folder: Path) -> list[str]:
    return sites_are(folder, "S1,Trường số 1,Trường học", header="Mã đơn vị,Tên đơn vị,Loại")


def a_run(folder: Path) -> Path:
    """The folder of a run, as far as a verb looks that wants a study."""
    (folder / "runs" / "0123").mkdir(parents=True)
    put(folder / "runs" / "0123" / "manifest.json", "{}")
    return folder / "runs" / "0123"


def workbook_as_study(folder: Path) -> list[str]:
    pd.DataFrame({"name": ["A"]}).to_excel(folder / "sites.xlsx", index=False, engine="xlsxwriter")
    return ["run", str(folder / "sites.xlsx")]


def zipped(folder: Path) -> list[str]:
    shutil.make_archive(str(folder / "points"), "zip", folder, "sites.csv")
    return say(folder, '"sites.csv"', '"points.zip"')


def run_with(folder: Path, old: str, new: str) -> list[str]:
    """As `say`, and the command that runs it."""
    return ["run", *say(folder, old, new)[1:]]


def called(folder: Path, *words: str) -> list[str]:
    return [word.replace("STUDY", str(folder / "study.toml")) for word in words]


#: What was done, and what is to be read then.
MISTAKES: dict[str, tuple[Done, str]] = {
    "a workbook is given as study": (workbook_as_study, "phusong init"),
    "a list is given as study": (lambda f: ["check", str(f / "sites.csv")], "sites.csv: is no study"),
    "a run is given as study": (lambda f: ["run", str(a_run(f))], "is the folder of a run"),
    "a study is given as run": (lambda f: called(f, "map", "STUDY"), "phusong run"),
    "a list is given as run": (lambda f: ["report", str(f / "sites.csv")], "is no run folder"),
    "the verb is left out": (lambda f: called(f, "STUDY"), "phusong run"),
    "the study is left out": (lambda f: ["run"], "STUDY is missing"),
    "a mistyped verb": (lambda f: called(f, "chek", "STUDY"), "Did you mean check?"),
    "a mistyped sub-verb": (lambda f: ["units", "fnd", "x"], "Did you mean find?"),
    "a mistyped option": (lambda f: called(f, "run", "STUDY", "--budgt", "5"), "Did you mean --budget?"),
    "a mistyped key": (lambda f: say(f, "cells =", "celss ="), "Did you mean cells?"),
    "a mistyped format": (lambda f: called(f, "report", "STUDY", "--to", "wrd"), "word"),
    "an input in the wrong place": (
        lambda f: say(f, 'language = "en"', 'language = "en"\nelevation = "dem.tif"'),
        "[inputs]",
    ),
    "a path of Windows": (
        lambda f: say(f, '"sites.csv"', r'"C:\Users\lan\sites.csv"'),
        "with / in place of \\",
    ),
    "quotes of Word": (lambda f: say(f, '"sites.csv"', "“sites.csv”"), "plain quotes"),
    "no quotes": (lambda f: say(f, '"sites.csv"', "sites.csv"), "between quotes"),
    "a file that is not there": (lambda f: say(f, "sites.csv", "site.csv"), "sites.csv?"),
    "a budget without its unit": (lambda f: called(f, "run", "STUDY", "--budget", "5"), "'5 tỷ'"),
    "a budget without its unit, in the study": (
        lambda f: say(f, "[inputs]", "[plan]\nbudget_vnd = 500\n[inputs]"),
        "'500 triệu'",
    ),
    "a budget that is no sum": (lambda f: called(f, "run", "STUDY", "--budget", "năm tỷ"), "'1,25 tỷ'"),
    "an unknown technology": (
        lambda f: run_with(f, "[inputs]", '[plan]\ntechnologies = ["fiber"]\n[inputs]'),
        "Did you mean fibre?",
    ),
    "a price below nothing": (
        lambda f: run_with(f, "[inputs]", "[prices.fibre]\nnew_line = -5\n[inputs]"),
        "new_line",
    ),
    "longitude and latitude swapped": (swapped, "swapped"),
    "metres of VN-2000 as degrees": (metres, "VN-2000"),
    "names of communes where codes belong": (
        lambda f: sites_are(f, *cells(SITES, 3, change=lambda c: {"00001": "Xã A"}.get(c, "Xã B"))),
        "Xã A",
    ),
    "neither coordinates nor communes": (
        without_places,
        "Write its coordinates or the code of its commune",
    ),
    "an empty list": (lambda f: named(f, "sites.csv", b""), "empty"),
    "an old Excel file": (lambda f: named(f, "sites.xls"), "save it as .xlsx"),
    "an old Excel file renamed": (lambda f: named(f, "new.xlsx"), "save it again as .xlsx"),
    "an Excel file called .csv": (lambda f: named(f, "new.csv", b"PK\x03\x04" + bytes(range(256))), ".xlsx"),
    "a Word file": (lambda f: named(f, "sites.docx", b"PK\x03\x04"), "Copy its table into Excel"),
    "a zip": (zipped, "Unpack it"),
    "the mark of an open workbook": (lambda f: named(f, "~$sites.xlsx", b"lan"), "name the workbook itself"),
    "a shapefile without its table": (lambda f: shapefile_without(f, ".dbf"), ".dbf"),
    "a shapefile without its index": (lambda f: shapefile_without(f, ".shx"), ".shx"),
    "a part of a shapefile": (
        lambda f: shapefile_without(f) and say(f, '"points.shp"', '"points.shx"'),
        "name the .shp",
    ),
    "a folder where a file belongs": (lambda f: say(f, '"sites.csv"', '"."'), "folder"),
    "no elevation file": (with_elevation, "dem.tif: there is no such raster"),
    "elevation of another place": (lambda f: with_elevation(f, 105.0, 21.0), "Give a raster that covers it"),
    "elevation without a system": (lambda f: with_elevation(f, 107.4, 15.3, None), "gdal_edit.py"),
    "an output folder that is a file": (
        lambda f: called(f, "run", "STUDY", "--out", str(f / "sites.csv")),
        "sites.csv",
    ),
    "a day that is none": (lambda f: called(f, "indicators", "STUDY", "--on", "32/1/2021"), "2021-06-30"),
    "a language that is none": (lambda f: called(f, "check", "STUDY", "--lang", "fr"), "vi"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_a_line_that_says_what_to_do(phusong, drawn_study, mistake):
    do, expected = MISTAKES[mistake]
    code, out, err = phusong(*do(drawn_study().parent))
    assert "Traceback" not in err
    if code:
        (line,) = [line for line in err.splitlines() if line.startswith("phusong:")]
        assert expected in line, line
    else:  # read all the same: then a finding says it
        table = " ".join(out.replace("│", " ").split())
        assert expected in table, table


def counted(phusong, command: list[str]) -> tuple[dict, str]:
    """What `gaps` counts of a study that `command` would check, and what is said beside it."""
    code, out, err = phusong("gaps", *command[1:], "--json")
    assert code == 0, err
    return json.loads(out), err


@pytest.mark.parametrize("wrote", [decimal_commas, excel_days, metres, swapped])
def test_what_readers_understand_gives_the_same_gaps(phusong, drawn_study, wrote):
    study = drawn_study()
    plain = counted(phusong, ["check", str(study)])[0]
    assert counted(phusong, wrote(study.parent))[0]["gaps"] == plain["gaps"]


def test_the_days_of_excel_become_days(drawn_study, opened):
    study = drawn_study()
    excel_days(study.parent)
    assert set(opened(study)[1].sites["report_date"]) == {"2021-06-30"}


def test_a_header_below_titles_is_found(phusong, drawn_study):
    study = drawn_study()
    titles = ["SỞ KHOA HỌC VÀ CÔNG NGHỆ,,,", "Danh sách điểm,,,"]
    code, out, _err = phusong(*sites_are(study.parent, HEADER, *SITES, header="\n".join(titles)))
    assert code == 0 and "the header is taken to be here" in " ".join(out.replace("│", " ").split())


def test_blanks_and_accents_in_paths_are_no_trouble(phusong, drawn_study, tmp_path):
    moved = tmp_path / "Quảng Nam 2021 (bản cuối)"
    drawn_study().parent.rename(moved)
    code, out, _err = phusong("check", moved / "study.toml")
    assert code == 0 and f'Next: phusong run "{moved / "study.toml"}"' in out
