"""The package of a partner: valid for the tools that take it, whole or not there, its changes exact."""

import csv
import hashlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import frictionless
import geopandas as gpd
import jsonschema
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from conftest import REPOSITORY, SITES
from drawn_links import write_study
from drawn_partners import OTHER, OWN, entangled_run, every_byte
from drawn_run import HOSTILE
from test_exports import check_rfc7946

from phusong.cli import main, phusong
from phusong.domain import INPUT_TABLES, RESULT_TABLES, empty
from phusong.errors import RunError
from phusong.exports import formats
from phusong.exports.geojson import FILES, NETWORK_FILES
from phusong.geo import WGS84
from phusong.layers import DECLARED, titled_fields
from phusong.partners import Package, package_name, write_package
from phusong.partners.changes import changes_between
from phusong.partners.earlier import read_package
from phusong.partners.tables import key_of, read_table
from phusong.readers.sharing import bundled_profile
from phusong.runs import Run, read_run, safe_cell
from phusong.sharing import find_partner, shared_run

FORMULAS = ('=HYPERLINK("http://x")', "+1", "-x", "@y", "../../etc/passwd", "<img src=x onerror=alert(1)>")


def package_of(run: Run, place: Path, partner: str = OWN, **more) -> Package:
    return write_package(run, find_partner(run, partner), place, "vi", **more)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return package_of(entangled_run(), tmp_path_factory.mktemp("partners"))


@pytest.fixture(scope="module")
def shown() -> Run:
    run = entangled_run()
    return shared_run(run, find_partner(run, OWN))


def valid(package: Package) -> list:
    report = frictionless.validate(str(package.folder / "datapackage.json"))
    return [] if report.valid else report.flatten(["name", "rowNumber", "fieldName", "message"])


def test_frictionless_finds_nothing_wrong_and_would(package: Package, tmp_path: Path) -> None:
    assert valid(package) == []
    with zipfile.ZipFile(package.zip) as archive:
        archive.extractall(tmp_path)
    (folder,) = tmp_path.iterdir()
    copy = replace(package, folder=folder)
    assert valid(copy) == []
    table = folder / "tables" / "gaps.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",gap,", ",gone,", 1), encoding="utf-8")
    assert {"hash", "constraint"} & {
        word for problem in valid(copy) for word in str(problem[-1]).replace('"', " ").split()
    }


def test_every_file_is_listed_with_its_hash(package: Package) -> None:
    said = json.loads((package.folder / "datapackage.json").read_text(encoding="utf-8"))
    listed = {r["path"]: r for r in said["resources"]}
    there = {p.relative_to(package.folder).as_posix(): p for p in package.folder.rglob("*") if p.is_file()}
    assert set(listed) == set(there) - {"datapackage.json"}
    for name, resource in listed.items():
        content = there[name].read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
    assert said["partner"] == OWN and said["run_id"] == "0123456789ab" and said["sharing"]["decimals"] == 5
    assert said["licenses"] == [{"name": "CC-BY-4.0", "title": "CC BY 4.0"}]
    field = next(f for f in listed["tables/investments.csv"]["schema"]["fields"] if f["name"] == "capex_vnd")
    assert field["titles"] == {"vi": "Chi phí đầu tư", "en": "Cost to build"} and field["unit"] == "VND"
    assert "command" not in said and "price" not in json.dumps(said["sources"])


def rows_of(path: Path, table: str) -> list[dict]:
    """A table as JSON rows: numbers are numbers, empty is null."""
    frame = read_table(path.read_bytes(), table)
    return json.loads(frame.to_json(orient="records"))


def test_every_table_and_geojson_keeps_its_schema_and_the_schema_bites(package: Package) -> None:
    schemas = {
        p.name: json.loads(p.read_text(encoding="utf-8")) for p in (package.folder / "schemas").iterdir()
    }
    tables = sorted((package.folder / "tables").glob("*.csv"))
    for path in tables:
        schema = schemas.pop(f"{path.stem}.schema.json")
        jsonschema.Draft202012Validator.check_schema(schema)
        check = jsonschema.Draft202012Validator(schema)
        rows = rows_of(path, path.stem)
        assert list(check.iter_errors(rows)) == [], path
        if rows:
            assert not check.is_valid([{**rows[0], "more": 1}])
            assert not check.is_valid([{**rows[0], key_of(path.stem)[0]: None}])
    geojson = sorted((package.folder / "geojson").glob("*.geojson"))
    for path in geojson:
        schema = schemas.pop(f"{path.name}.schema.json")
        jsonschema.Draft202012Validator.check_schema(schema)
        check, text = jsonschema.Draft202012Validator(schema), path.read_text(encoding="utf-8")
        data = check_rfc7946(text)
        assert list(check.iter_errors(data)) == [], path
        if data["features"]:
            assert not check.is_valid({**data, "crs": {}})
            data["features"][0]["id"] = 7
            assert not check.is_valid(data)
    assert schemas == {} and len(tables) == 15 and len(geojson) == 9


def test_gdal_reads_every_shape_back(package: Package, shown: Run) -> None:
    names = {**FILES, **NETWORK_FILES}
    for path in (package.folder / "geojson").glob("*.geojson"):
        table, key = names[path.name]
        assert_same_shapes(gpd.read_file(path), shown.tables[table], key, "id")
    gpkg = package.folder / "geopackage" / "phusong.gpkg"
    layers = [name for name, kind in pyogrio.list_layers(gpkg) if kind is not None]
    for table in layers:
        key = key_of(table)[0]
        assert_same_shapes(gpd.read_file(gpkg, layer=table), shown.tables[table], key, key)
    assert set(layers) == {
        *(
            "commune_status",
            "fibre",
            "segments",
            "links",
            "cells",
            "nodes",
            "facilities",
            "gaps",
            "investments",
        ),
    }
    kmz = package.folder / "kmz" / "phusong.kmz"
    read = pd.concat([gpd.read_file(kmz, layer=name) for name, _kind in pyogrio.list_layers(kmz)])
    here = [shown.tables[table] for table in layers if table != "commune_status"]
    assert len(read) == sum(map(len, here))
    theirs = np.sort(shapely.to_wkb(shapely.force_2d(shapely.set_precision(read.geometry.to_numpy(), 1e-6))))
    ours = [shapely.set_precision(one, 1e-6) for table in here for one in table.geometry.to_numpy()]
    ours = [one.geoms[0] if hasattr(one, "geoms") and len(one.geoms) == 1 else one for one in ours]
    single = [
        one.geoms[0] if hasattr(one, "geoms") and len(one.geoms) == 1 else one
        for one in shapely.from_wkb(theirs)
    ]
    assert sorted(shapely.to_wkt(single)) == sorted(shapely.to_wkt(ours))


def assert_same_shapes(read: gpd.GeoDataFrame, wrote: gpd.GeoDataFrame, key: str, named: str) -> None:
    assert sorted(read[named].astype("str")) == sorted(wrote[key])
    if wrote.empty:
        return
    one = read.assign(key=read[named].astype("str")).set_index("key").sort_index().geometry
    other = wrote.set_index(key).sort_index().geometry
    assert (
        one.geom_equals_exact(other, tolerance=1.1e-6).all()
        or one.normalize().geom_equals_exact(other.normalize(), tolerance=1.1e-6).all()
    )


def test_qgis_finds_a_style_for_each_layer(package: Package, shown: Run) -> None:
    from xml.etree import ElementTree as ET

    gpkg = package.folder / "geopackage" / "phusong.gpkg"
    styles = pyogrio.read_dataframe(gpkg, layer="layer_styles")
    layers = {name for name, kind in pyogrio.list_layers(gpkg) if kind is not None}
    assert set(styles["f_table_name"]) == layers and styles["useAsDefault"].all()
    assert (styles["f_geometry_column"] == "geom").all()
    for row in styles.itertuples():
        root = ET.fromstring(row.styleQML)
        assert root.tag == "qgis"
        renderer = root.find("renderer-v2")
        assert renderer is not None
        symbols = {s.get("name") for s in renderer.iter("symbol")}
        used = {c.get("symbol") for c in renderer.iter("category")} or {"0"}
        assert symbols == used
        if renderer.get("attr"):
            values = set(shown.tables[row.f_table_name][renderer.get("attr")])
            assert values <= {c.get("value") for c in renderer.iter("category")}
        aliases = {a.get("field"): a.get("name") for a in root.iter("alias")}
        assert set(aliases) == set(shown.tables[row.f_table_name].columns) - {"geometry"}
    assert {"Điểm công cộng", "Tuyến mới"} <= set(styles["styleName"])


def test_readme_and_dictionary_speak_both_languages(package: Package) -> None:
    text = (package.folder / "README.txt").read_bytes().decode("utf-8-sig")
    vi, en = text.split("-" * 78)
    assert "gói dữ liệu cho Viettel" in vi and "package for Viettel" in en
    for path in package.folder.iterdir():
        name = f"{path.name}/" if path.is_dir() else path.name
        assert name == "README.txt" or (f"  {name} " in vi and f"  {name} " in en), name
    rows = list(csv.DictReader((package.folder / "dictionary.csv").open(encoding="utf-8-sig")))
    assert all(row["vi"] and row["en"] for row in rows)
    columns = {(row["table"], row["column"]) for row in rows}
    for path in (package.folder / "tables").glob("*.csv"):
        header = path.read_text(encoding="utf-8-sig").splitlines()[0].split(",")
        assert {(path.stem, name) for name in header if name not in ("lon", "lat")} <= columns


def test_the_zip_is_the_folder_and_the_same_run_gives_the_same_bytes(
    package: Package, tmp_path: Path
) -> None:
    with zipfile.ZipFile(package.zip) as archive:
        names = archive.namelist()
        assert names == sorted(names) and not any(n.startswith("/") or ".." in n or "\\" in n for n in names)
        for name in names:
            assert archive.read(name) == (package.folder.parent / name).read_bytes()
    again = package_of(entangled_run(), tmp_path)
    different = [
        file.name
        for file in package.folder.rglob("*")
        if file.is_file()
        and file.read_bytes() != (again.folder / file.relative_to(package.folder)).read_bytes()
    ]
    # Workbooks carry the time at which they are written.
    assert [name for name in different if not name.endswith((".xlsx", "datapackage.json"))] == []


def test_every_format_that_is_part_of_a_package_is_in_it(
    package: Package, monkeypatch, tmp_path: Path
) -> None:
    from types import SimpleNamespace

    inside = {p.name for p in package.folder.iterdir() if p.is_dir()} - {"tables", "schemas"}
    assert inside == {name for name, m in formats().items() if getattr(m, "IN_PACKAGE", True)}

    def write(run: Run, folder: Path, language: str) -> list[Path]:
        (folder / "rows.txt").write_text(f"{language} {len(run.tables['cells'])}")
        return [folder / "rows.txt"]

    class Point:
        def __init__(self, name: str, inside: bool) -> None:
            self.name = name
            self.module = SimpleNamespace(NAME=name, MEANING=name, write=write, IN_PACKAGE=inside)

        def load(self) -> SimpleNamespace:
            return self.module

    more = [Point("theirs", True), Point("never", False)]
    monkeypatch.setattr(
        "phusong.installed.entry_points", lambda group: more if group == "phusong.exports" else []
    )
    found = package_of(entangled_run(), tmp_path)
    assert (found.folder / "theirs" / "rows.txt").read_text() == "vi 1" and not (
        found.folder / "never"
    ).exists()
    said = CliRunner().invoke(phusong, ["export", "x", "--list"]).output
    assert {"geojson", "geopackage", "kmz", "ofds", "theirs", "never"} <= {
        line.split(":")[0] for line in said.splitlines()
    }


def test_hostile_names_are_harmless(tmp_path: Path) -> None:
    bad, run = "../=Đối tác/x", entangled_run()
    names = [*FORMULAS][: len(run.tables["gaps"])]
    tables = {
        **run.tables,
        "gaps": run.tables["gaps"].assign(name=names),
        "communes": run.tables["communes"].assign(name=HOSTILE[:3], district=FORMULAS[0]),
        "commune_status": run.tables["commune_status"].assign(name=HOSTILE[:3]),
        "fibre": run.tables["fibre"].assign(note=HOSTILE[3]),
    }
    profiles = {"default": bundled_profile(), bad: bundled_profile()}
    said = {
        "title": HOSTILE[3],
        "note": HOSTILE[0],
        "source": FORMULAS[0],
        "run_id": "../../x",
        "sharing": profiles,
    }
    package = package_of(Run(run.folder, run.manifest | said, tables), tmp_path, bad)
    assert package.folder == tmp_path / "doi-tac-x-2026-02-01-x" and valid(package) == []
    assert set(tmp_path.iterdir()) == {package.folder, package.zip}
    for path in package.folder.rglob("*.csv"):
        for row in csv.reader(path.open(encoding="utf-8-sig", newline="")):
            for cell in row:
                assert cell[:1] not in ("=", "+", "@", "\t") and (cell[:1] != "-" or is_number(cell)), cell
    kml = dict(every_byte(package.folder / "kmz" / "phusong.kmz"))["phusong.kmz/doc.kml"].decode()
    assert "<img" not in kml and "<script" not in kml and "&lt;" not in kml
    assert "‹img src=x onerror=alert(1)›" in kml
    sites = json.loads((package.folder / "geojson" / "sites.geojson").read_text(encoding="utf-8"))
    assert {f["properties"]["name"] for f in sites["features"]} == set(names)


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_names_of_folders_are_safe_for_any_partner() -> None:
    about = {"run_id": "0123456789ab", "created": "2026-02-01T01:30:00+00:00"}
    for name in ("Viễn thông / Đà Nẵng", "../..", "CON:", "中文", "a" * 300, "VNPT\\x"):
        made = package_name(Run(Path(), about, {}), name)
        assert (
            made == made.lower()
            and len(made) < 70
            and set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        )
        assert not made.startswith("-")


def test_a_package_is_never_replaced_silently(tmp_path: Path) -> None:
    first = package_of(entangled_run(), tmp_path)
    with pytest.raises(RunError, match="--replace"):
        package_of(entangled_run(), tmp_path)
    (first.folder / "mine.txt").write_text("x")
    again = package_of(entangled_run(), tmp_path, replace=True)
    assert again.folder == first.folder and not (again.folder / "mine.txt").exists()
    (first.folder / "datapackage.json").write_text('{"partner": "x"}')
    with pytest.raises(RunError, match="no package of Viettel"):
        package_of(entangled_run(), tmp_path, replace=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == [first.folder.name, first.zip.name]


def test_changes_since_another_partners_package_would_tell_of_it(package: Package, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="another partner"):
        package_of(entangled_run(), tmp_path, OTHER, since=package.zip)
    assert not any(tmp_path.iterdir())


def test_what_breaks_midway_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    def broken(*_arguments: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("phusong.partners._zip", broken)
    with pytest.raises(OSError, match="no space"):
        package_of(entangled_run(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def study_of(drawn_study, price: int) -> Path:
    sites = (
        *SITES,
        "S5,Trạm Y tế B,Y tế,00002,107.655,15.051,Không,Không,,",
        "S6,Trường A,Trường học,00001,107.57,15.06,Không,Không,,",
    )
    return drawn_study(sites, toml=f"[plan]\nplan_unknown = true\n[prices.wifi]\naccess_point = {price}\n")


@pytest.fixture
def two_runs(drawn_study, tmp_path: Path) -> tuple[Run, Run]:
    """Two runs that differ in one price."""
    runs = []
    for name, price in (("one", 500_000), ("other", 60_000_000)):
        arguments = ["run", str(study_of(drawn_study, price)), "--out", str(tmp_path / name), "-q"]
        assert CliRunner().invoke(phusong, arguments, catch_exceptions=False).exit_code == 0
        runs.append(read_run(tmp_path / name))
    return runs[0], runs[1]


def fewest_moves(before: list[str], after: list[str]) -> int:
    """By trying all: how few names must be taken out so that what is left has one order."""
    both = [name for name in before if name in after]
    theirs = [name for name in after if name in before]
    for size in range(len(both) + 1):
        for out in itertools.combinations(both, size):
            if [n for n in both if n not in out] == [n for n in theirs if n not in out]:
                return size
    raise AssertionError


def test_changes_name_exactly_the_investments_that_moved_or_have_other_figures(
    two_runs: tuple[Run, Run], tmp_path: Path
) -> None:
    place = tmp_path / "partners"
    first = package_of(two_runs[0], place, "VNPT")
    second = package_of(two_runs[1], place, "VNPT")
    assert first.since is None and first.changes == 0 and second.since == first.folder
    rows = pd.read_csv(second.folder / "CHANGES.csv", encoding="utf-8-sig", dtype=str)
    assert len(rows) == second.changes
    rows = rows[rows["table"] == "investments"]
    one, other = (
        run.tables["investments"].drop(columns="geometry").set_index("investment_id") for run in two_runs
    )
    assert set(one.index) == set(other.index)  # every identifier stayed
    figures = set()
    for name in one.index:
        for field in set(one.columns) - {"rank", "cumulative_capex_vnd"}:
            old, new = one.loc[name, field], other.loc[name, field]
            if not (pd.isna(old) and pd.isna(new)) and old != new:
                figures.add((name, field))
    told = rows[rows["change"] == "figures"]
    assert set(zip(told["id"], told["field"], strict=True)) == figures and figures
    moved = rows[rows["change"] == "moved"]
    orders = [list(table.sort_values("rank").index) for table in (one, other)]
    assert len(moved) == fewest_moves(*orders) > 0
    left = [[name for name in order if name not in set(moved["id"])] for order in orders]
    assert left[0] == left[1]
    for row in moved.itertuples():
        assert (int(row.before), int(row.after)) == (one.loc[row.id, "rank"], other.loc[row.id, "rank"])
    assert set(rows["change"]) == {"figures", "moved"}
    # The folder, its zip and a look back say the same.
    for since in (first.folder, first.zip):
        again = package_of(two_runs[1], tmp_path / since.suffix.lstrip("."), "VNPT", since=since)
        assert (again.folder / "CHANGES.csv").read_bytes() == (second.folder / "CHANGES.csv").read_bytes()
    segments = [set(run.tables["segments"]["segment_id"]) for run in two_runs]
    assert segments[0] == segments[1] != set()


def test_identifiers_of_masts_and_hops_stay_when_a_price_changes(tmp_path: Path) -> None:
    found = []
    for name, price in (("one", 1), ("other", 2)):
        study = write_study(tmp_path / name)
        more = f"\n[prices.microwave]\nlink = {price * 100_000_000}\n"
        study.write_text(study.read_text(encoding="utf-8") + more, encoding="utf-8")
        arguments = ["run", str(study), "--out", str(tmp_path / f"{name}-run"), "-q"]
        assert CliRunner().invoke(phusong, arguments, catch_exceptions=False).exit_code == 0
        tables = read_run(tmp_path / f"{name}-run").tables
        found.append(
            [tables[t][key].tolist() for t, key in (("links", "link_id"), ("facilities", "facility_id"))]
        )
        found[-1].append(tables["investments"]["investment_id"].tolist())
        capex = tables["investments"]["capex_vnd"].sum()
        found[-1].append(capex)
    assert found[0][:3] == found[1][:3] and all(found[0][:3])
    assert found[0][3] != found[1][3]


def test_new_and_gone_rows_and_tables() -> None:
    table = pd.DataFrame({"investment_id": ["a", "b", "c"], "rank": [1, 2, 3], "capex_vnd": [1, 2, 3]})
    other = pd.DataFrame({"investment_id": ["c", "a", "d"], "rank": [1, 2, 3], "capex_vnd": [3, 5, 1]})
    found = changes_between({"investments": table, "fibre": table}, {"investments": other, "cells": table})
    assert found.drop(columns=["before", "after"]).to_numpy().tolist() == [
        ["investments", "moved", "a", "rank"],
        ["investments", "figures", "a", "capex_vnd"],
        ["investments", "gone", "b", ""],
        ["investments", "new", "d", ""],
        ["cells", "new", "*", ""],
        ["fibre", "gone", "*", ""],
    ]


def test_tables_of_a_package_are_those_of_the_run(package: Package, shown: Run) -> None:
    read = read_package(package.zip).tables
    for name, table in read.items():
        wrote = shown.tables[name]
        assert len(table) == len(wrote)
        for column in set(table.columns) - {"lon", "lat"}:
            kind = str({**INPUT_TABLES, **RESULT_TABLES}[name].columns[column].dtype)
            ours = wrote[column].map(safe_cell).replace("", None) if kind.startswith("str") else wrote[column]
            same = (table[column].reset_index(drop=True) == ours.reset_index(drop=True)) | (
                table[column].isna().to_numpy() & ours.isna().to_numpy()
            )
            assert same.fillna(False).all() if len(same) else True, (name, column)
        if "lon" in table and len(table):
            assert np.allclose(table["lon"], wrote.geometry.x, atol=0) and np.allclose(
                table["lat"], wrote.geometry.y, atol=0
            )


def test_what_is_no_package_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK")
    for path in (tmp_path, tmp_path / "x.zip", tmp_path / "gone"):
        with pytest.raises(RunError, match="no package"):
            read_package(path)


@pytest.fixture
def run_folder(drawn_study, tmp_path: Path) -> Path:
    arguments = ["run", str(drawn_study()), "--out", str(tmp_path / "maps" / "run"), "-q"]
    assert CliRunner().invoke(phusong, arguments, catch_exceptions=False).exit_code == 0
    return tmp_path / "maps" / "run"


def test_the_command_writes_and_says_where(run_folder: Path, tmp_path: Path, capsys) -> None:
    done = CliRunner().invoke(phusong, ["export", str(run_folder), "--partner", "vnpt", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert Path(said["folder"]).parent == run_folder.parent / "partners" and Path(said["zip"]).exists()
    assert said["changes"] == 0 and said["since"] is None
    (tmp_path / "once.toml").write_text("[sharing.VNPT]\ntables = ['gaps']\ndecimals = 2\n", encoding="utf-8")
    command = ["export", str(run_folder), "--partner", "VNPT", "--sharing", str(tmp_path / "once.toml")]
    done = CliRunner().invoke(phusong, [*command, "--out", str(tmp_path / "once")])
    assert done.exit_code == 0, done.output
    (folder,) = [p for p in (tmp_path / "once").iterdir() if p.is_dir()]
    assert [p.name for p in (folder / "tables").iterdir()] == ["gaps.csv"]
    done = CliRunner().invoke(
        phusong, ["export", str(run_folder), "--to", "kmz", "--out", str(tmp_path / "k")]
    )
    assert done.exit_code == 0 and (tmp_path / "k" / "phusong.kmz").exists()
    for wrong, what in ((["--partner", "Mobifon"], "Known: VNPT, Viettel"), (["--replace"], "--partner")):
        with pytest.raises(SystemExit) as stopped:
            main(["export", str(run_folder), *wrong])
        said = capsys.readouterr().err
        assert stopped.value.code == 1 and what in said and len(said.splitlines()) == 1


def test_killed_midway_it_leaves_no_half_package(run_folder: Path, tmp_path: Path) -> None:
    """SIGKILL while the stage is being filled: only the hidden stage is there, and the next try works."""
    place = tmp_path / "place"
    command = [sys.executable, "cli.py", "export", str(run_folder), "--partner", "VNPT", "--out", str(place)]
    working = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, env={**os.environ})
    until = time.monotonic() + 60
    while (
        not (place.exists() and any(place.iterdir())) and time.monotonic() < until and working.poll() is None
    ):
        time.sleep(0.01)
    time.sleep(0.2)
    if working.poll() is None:
        working.send_signal(signal.SIGKILL)
    working.wait()
    for path in [p for p in place.iterdir() if not p.name.startswith(".")]:
        assert read_package(path).descriptor["partner"] == "VNPT"
    done = subprocess.run(
        [*command, "--replace"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (folder,) = [p for p in place.iterdir() if p.is_dir() and not p.name.startswith(".")]
    assert frictionless.validate(str(folder / "datapackage.json")).valid


def test_many_placemarks_go_into_several_files_by_commune(monkeypatch, tmp_path: Path) -> None:
    from phusong.exports import kmz

    monkeypatch.setattr(kmz, "MOST", 4)
    run = entangled_run()
    paths = kmz.write(run, tmp_path, "vi")
    assert [p.name for p in paths] == [f"phusong_{i}.kmz" for i in range(1, len(paths) + 1)] and len(
        paths
    ) > 3
    counts = [sum(len(gpd.read_file(p, layer=name)) for name, _k in pyogrio.list_layers(p)) for p in paths]
    assert max(counts) <= 4
    shapes = [
        t for n, t in run.tables.items() if n in {layer.table for layer in kmz.LAYERS} - {"commune_status"}
    ]
    assert sum(counts) == sum(map(len, shapes))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_two_columns_of_a_table_have_one_title(language: str) -> None:
    for table in DECLARED:
        titles = titled_fields(table, language)
        assert len(set(titles.values())) == len(titles) and all(titles.values())


def test_a_run_with_nothing_in_it_is_a_valid_package_too(tmp_path: Path) -> None:
    run, declared = entangled_run(), {**INPUT_TABLES, **RESULT_TABLES}
    tables = {name: empty(declared[name], WGS84) for name in run.tables if name != "cells"}
    package = package_of(replace(run, tables={**run.tables, **tables}), tmp_path)
    assert valid(package) == []
    assert len((package.folder / "tables" / "cells.csv").read_text(encoding="utf-8").splitlines()) == 2
