"""The command line, as a planner meets it: one plain line for what can be mended, files that open."""

import json
import re
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from conftest import SITES

from phusong.runs import read_run


def one_line(err: str) -> str:
    (line,) = [line for line in err.splitlines() if line.startswith("phusong:")]
    assert "Traceback" not in err
    return line


def test_run_prints_one_json_object(phusong, drawn_study, tmp_path):
    code, out, _err = phusong("run", drawn_study(), "--out", tmp_path / "run", "--json")
    said = json.loads(out)
    assert code == 0
    assert {"run_id", "sites", "gaps", "communes_without_fibre", "plan", "files"} <= set(said)
    assert said["sites"] == 4 and said["communes_without_fibre"] == ["00002"]
    assert {s: set(c) for s, c in said["gaps"].items()} == {
        s: {"ok", "gap", "unknown"} for s in ("fibre", "wifi", "mobile", "video")
    }
    assert {"capex_vnd", "opex_vnd_per_year", "sites_connected", "investments"} <= set(said["plan"])
    for path in said["files"].values():
        assert pd.io.common.file_exists(path), path


def test_the_run_folder_says_the_same_everywhere(phusong, drawn_study, tmp_path):
    _code, out, _err = phusong("run", drawn_study(), "--out", tmp_path / "run", "--json")
    said, run = json.loads(out), read_run(tmp_path / "run")
    assert run.manifest["summary"]["plan"] == said["plan"]
    funded = run.tables["investments"][run.tables["investments"]["funded"]]
    assert funded["capex_vnd"].sum() == said["plan"]["capex_vnd"]
    assert len(run.tables["gaps"]) == said["sites"]
    for layer, key in (("gaps", "site_id"), ("investments", "investment_id")):
        package = gpd.read_file(tmp_path / "run" / "phusong.gpkg", layer=layer)
        assert set(package[key]) == set(run.tables[layer][key])
    assert set(run.manifest["inputs"]) == {"communes", "sites", "fibre", "roads", "cells"}


@pytest.mark.parametrize("without", ["fibre", "roads", "cells", "fibre roads cells"])
def test_a_study_without_a_layer_still_runs(phusong, drawn_study, tmp_path, without):
    path = drawn_study()
    kept = [line for line in path.read_text().splitlines() if line.split(" ")[0] not in without.split()]
    path.write_text("\n".join(kept))
    code, out, err = phusong("run", path, "--out", tmp_path / "run", "--json")
    assert code == 0, err
    assert json.loads(out)["sites"] == 4


def test_a_list_with_no_rows_and_a_plan_with_no_technology_still_run(phusong, drawn_study, tmp_path):
    code, out, _err = phusong("run", drawn_study(()), "--out", tmp_path / "empty", "--json")
    assert code == 0 and json.loads(out)["sites"] == 0
    none = drawn_study(toml="[plan]\ntechnologies = []")
    code, out, _err = phusong("run", none, "--out", tmp_path / "none", "--json")
    assert code == 0 and json.loads(out)["plan"]["investments"] == 0


def test_rows_in_another_order_give_the_same_tables(phusong, drawn_study, tmp_path):
    tables = []
    for name, rows in (("a", SITES), ("b", SITES[::-1])):
        phusong("run", drawn_study(rows), "--out", tmp_path / name)
        tables.append(read_run(tmp_path / name).tables)
    for name in ("gaps", "commune_status", "options", "investments", "segments"):
        assert tables[0][name].equals(tables[1][name]), name


def test_two_runs_of_one_question_have_the_same_bytes(phusong, drawn_study, tmp_path):
    for name in ("a", "b"):
        phusong("run", drawn_study(), "--out", tmp_path / name)
    files = [p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file()]
    assert len(files) > 15
    for file in files:
        if file.name not in ("manifest.json", "map.html"):  # they carry the time of the run
            assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def test_the_budget_of_the_command_holds(phusong, drawn_study, tmp_path):
    _code, out, _err = phusong("run", drawn_study(), "--out", tmp_path / "all", "--json")
    everything = json.loads(out)["plan"]["capex_vnd"]
    _code, out, _err = phusong(
        "run", drawn_study(), "--out", tmp_path / "half", "--budget", str(everything // 2), "--json"
    )
    assert json.loads(out)["plan"]["capex_vnd"] <= everything // 2
    code, _out, err = phusong("run", drawn_study(), "--budget", "lots")
    assert code == 1 and "not a sum of money" in one_line(err)


def test_another_run_is_not_overwritten(phusong, drawn_study, tmp_path):
    phusong("run", drawn_study(), "--out", tmp_path / "run")
    changed = drawn_study(SITES[:3])
    code, _out, err = phusong("run", changed, "--out", tmp_path / "run")
    assert code == 1 and "--replace" in one_line(err)
    assert phusong("run", changed, "--out", tmp_path / "run", "--replace")[0] == 0


def test_check_writes_what_was_set_aside_and_strict_shuts_the_gate(phusong, drawn_study, tmp_path):
    path = drawn_study((*SITES, "S9,Trạm B,Y tế,00002,17.65,15.05,,,,"))
    code, out, _err = phusong("check", path, "--out", tmp_path / "checks")
    assert code == 0 and "sites.csv" in out
    aside = pd.read_csv(tmp_path / "checks" / "set_aside.csv", dtype=str)
    assert aside[["file", "row"]].to_numpy().tolist() == [["sites.csv", "6"]]
    assert phusong("check", path, "--out", tmp_path / "checks", "--strict")[0] == 3
    code, _out, err = phusong("run", path, "--strict")
    assert code == 3 and "sites.csv:6" in one_line(err)


def test_json_is_all_that_stands_on_stdout(tmp_path):
    """Seen from outside the process: libraries print past Python's own stdout."""
    study = Path(__file__).parents[1] / "data" / "nam-giang" / "study.toml"
    command = [sys.executable, str(study.parents[2] / "cli.py"), "run", str(study)]
    command += ["--out", str(tmp_path / "run"), "--json", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["sites"] == 58


@pytest.mark.parametrize("engine", ["here", "cores:2"])
def test_what_a_library_says_in_passing_is_one_line(drawn_study, engine):
    """Of a ring that is not closed, which GDAL leaves out; seen from outside, as pytest keeps warnings."""
    study = drawn_study()
    file = study.parent / "communes.geojson"
    drawn = json.loads(file.read_text(encoding="utf-8"))
    drawn["features"][0]["geometry"]["coordinates"][0].pop()
    file.write_text(json.dumps(drawn), encoding="utf-8")
    command = [sys.executable, str(Path(__file__).parents[1] / "cli.py"), "--lang", "en", "gaps", str(study)]
    done = subprocess.run([*command, "--engine", engine], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "Warning" not in done.stderr and ".py" not in done.stderr, done.stderr
    assert done.stderr.count("A library says: Non closed ring detected.") == 1


def test_plain_lines_for_what_newcomers_do(phusong, drawn_study, tmp_path):
    assert "no such study file" in one_line(phusong("run", tmp_path / "none.toml")[2])
    code, _out, err = phusong("rn", drawn_study())
    assert code == 2 and "Did you mean run?" in err
    assert "is no run folder" in one_line(phusong("map", tmp_path)[2])
    phusong("run", drawn_study(), "--out", tmp_path / "run")
    assert re.search(
        r"Formats: .*\bgeojson\b", one_line(phusong("export", tmp_path / "run", "--to", "shp")[2])
    )
    code, _out, err = phusong("run", drawn_study(toml="[plan]\nbudjet_vnd = 1"))
    assert code == 1 and "budget_vnd" in one_line(err)


def test_init_writes_a_study_that_reads_and_never_overwrites(phusong, tmp_path):
    code, out, _err = phusong("init", tmp_path / "new")
    assert code == 0 and str(tmp_path / "new" / "study.toml") in out
    from phusong.readers import read_study

    assert read_study(tmp_path / "new" / "study.toml").inputs.sites.path
    code, _out, err = phusong("init", tmp_path / "new")
    assert code == 1 and "nothing was changed" in one_line(err)


def test_quickstart_runs_and_says_what_to_open(phusong, tmp_path):
    code, out, _err = phusong("quickstart", tmp_path / "first")
    assert code == 0
    assert "10/12 commune centres have fibre; without: La Êê, Chơ Chun" in out
    assert "map.html" in out
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    assert "not empty" in one_line(phusong("quickstart", tmp_path / "mine")[2])


def test_map_and_export_start_from_the_run_folder(phusong, drawn_study, tmp_path):
    phusong("run", drawn_study(), "--out", tmp_path / "run")
    drawn_study()  # the inputs may change afterwards
    assert phusong("map", tmp_path / "run", "--out", tmp_path / "again.html")[0] == 0
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "run" / "map.html").read_bytes()
    code, out, _err = phusong("export", tmp_path / "run", "--out", tmp_path / "partner")
    assert code == 0 and len(out.splitlines()) == 5
    listed = phusong("export", "--list")[1].splitlines()
    assert [line.split(":")[0] for line in listed] == ["boq", "feed", "geojson", "geopackage", "kmz", "ofds"]


def test_messages_come_in_vietnamese(phusong, tmp_path):
    _code, _out, err = phusong("--lang", "vi", "run", tmp_path / "none.toml")
    assert "không có tệp" in one_line(err)


@pytest.mark.reference
def test_nam_giang_from_files_to_plan(phusong, nam_giang, tmp_path):
    code, out, _err = phusong("run", nam_giang, "--out", tmp_path / "run", "--json")
    said = json.loads(out)
    assert code == 0 and said["sites"] == 52
    assert said["communes_without_fibre"] == ["20698", "20699"]
    run = read_run(tmp_path / "run")
    chosen = run.tables["options"][run.tables["options"]["chosen"]]
    assert {"NG-006", "NG-009"} <= set(chosen.loc[chosen["technology"] == "fibre", "site_id"])
    for service in said["gaps"]:
        assert run.tables["gaps"][f"{service}_evidence"].notna().all()


@pytest.mark.reference
def test_nam_giang_is_the_same_on_two_cores_and_in_another_order(phusong, nam_giang, shared, tmp_path):
    rows = (shared / "nam-giang-2021" / "diem_cong_cong.csv").read_text(encoding="utf-8-sig").splitlines()
    (tmp_path / "turned.csv").write_text("\n".join([rows[0], *rows[:0:-1]]), encoding="utf-8")
    turned = tmp_path / "turned.toml"
    turned.write_text(
        f'base = "nam-giang.toml"\n[inputs]\nsites = "{(tmp_path / "turned.csv").as_posix()}"\n',
        encoding="utf-8",
    )
    phusong("run", nam_giang, "--out", tmp_path / "a")
    phusong("run", turned, "--out", tmp_path / "b", "--engine", "cores:2")
    for name in ("gaps", "commune_status", "options", "investments", "segments"):
        a, b = ((tmp_path / run / "tables" / f"{name}.parquet").read_bytes() for run in "ab")
        assert a == b, name
