"""Inputs of ITU's Connectivity Planning Platform: read, run, mapped; studies without communes and roads."""

import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import SHARED
from drawn_itu import draw_itu

from phusong.checks import check_region
from phusong.cli import main
from phusong.domain import Region
from phusong.readers import read_region, read_study

EXAMPLES = SHARED / "itu-examples"


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    return draw_itu(tmp_path / "two-islands")


def command(*words: object) -> tuple[int, str, str]:
    """Exit code, what it printed, what it complained of."""
    out, complaint = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(complaint), pytest.raises(SystemExit) as caught:
        main(["--lang", "en", *map(str, words)])
    return int(caught.value.code or 0), out.getvalue(), complaint.getvalue()


def phusong(*words: object) -> str:
    code, out, complaint = command(*words)
    assert code == 0, complaint
    return " ".join(out.split()) if "--json" not in words else out


def read(folder: Path) -> Region:
    phusong("init", folder, "--profile", "itu")
    region, _findings = check_region(read_region(read_study(folder / "study.toml")))
    return region


def test_their_columns_and_words_are_ours(drawn: Path) -> None:
    region = read(drawn)
    sites = region.sites.set_index("site_id")
    assert sites["name"].tolist() == ["POI1", "POI2", "POI3", "POI4", "POI5"]
    assert sites["kind"].tolist() == ["school", "other", "hospital", "office_district", "school"]
    assert sites["fibre_reported"].fillna("–").tolist() == ["–", "no", "no", "yes", "–"]
    assert sites.loc["p-1", "users"] == 300 and sites.loc["p-2", "demand_mbps"] == 12
    assert region.cells["radio"].tolist() == ["LTE"] and region.cells["operator"].tolist() == ["OPERATOR_A"]
    assert region.nodes["node_id"].tolist() == ["n-1"] and region.nodes["operator"].tolist() == ["CST"]


def test_what_cannot_be_used_is_said(drawn: Path) -> None:
    phusong("init", drawn, "--profile", "itu")
    region, findings = check_region(read_region(read_study(drawn / "study.toml")))
    said = " | ".join(finding.line for finding in findings)
    assert "'pigeon'" in said and "transmission_medium is 'microwave': not used" in said
    assert len(region.set_aside) == 1
    assert "commune" not in said


def test_reported_coverage_says_who_has_a_signal(drawn: Path) -> None:
    sites = read(drawn).sites.set_index("site_id")["mobile_reported"]
    assert sites.to_dict() == {"p-1": "no", "p-2": "no", "p-3": "yes", "p-4": "no", "p-5": "no"}


def test_a_study_without_communes_is_one_area_around_its_sites(drawn: Path) -> None:
    region = read(drawn)
    (area,) = region.communes.to_dict("records")
    assert area["commune_code"] == "00000" and area["name"] == "Two islands"
    assert area["geometry"].geom_type == "MultiPolygon" and region.sites.within(area["geometry"]).all()
    assert set(region.sites["commune_code"]) == {"00000"}
    lon, lat = region.sites.to_crs(4326).geometry.x, region.sites.to_crs(4326).geometry.y
    assert lon.between(6, 8).all() and lat.between(0, 2).all()


def test_it_runs_and_maps_in_dollars_and_says_what_was_not_given(drawn: Path, tmp_path: Path) -> None:
    phusong("init", drawn, "--profile", "itu")
    said = phusong("run", drawn, "--out", tmp_path / "run")
    assert "0/5" not in said and "1/5 sites have fibre" in said
    assert "No roads were given" in said and "No communes were given" in said
    assert "USD" in said and "₫" not in said
    options = pd.read_parquet(tmp_path / "run" / "tables" / "options.parquet")
    chosen = options[options["chosen"]].set_index("site_id")["technology"].to_dict()
    # A straight line of 80 m costs less than a satellite terminal, one of 16 km more.
    assert chosen == {"p-1": "fibre", "p-2": "satellite", "p-3": "satellite", "p-5": "fibre"}
    page = (tmp_path / "run" / "map.html").read_text(encoding="utf-8")
    data = json.loads(page.split('id="phusong-data">')[1].split("</script>")[0])
    assert data["one_area"] and data["abroad"] and len(data["nodes"]) == 1
    assert not any("₫" in text for pair in data["phrases"] for text in pair)
    assert "USD" in phusong("explain", tmp_path / "run", "p-1")
    # Drawn again from the folder alone, after a study in đồng, it is the same.
    from phusong.units import Currency, show_money_in

    show_money_in(Currency())
    phusong("map", tmp_path / "run", "--out", tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_a_budget_in_dollars(drawn: Path, tmp_path: Path) -> None:
    phusong("init", drawn, "--profile", "itu")
    all_of_it = json.loads(phusong("run", drawn, "--out", tmp_path / "all", "--json", "--quiet"))["plan"]
    some = json.loads(
        phusong("run", drawn, "--out", tmp_path / "some", "--budget", "7,000 USD", "--json", "--quiet")
    )["plan"]
    assert some["budget_vnd"] == 7_000 * 23942
    assert 0 < some["capex_vnd"] <= some["budget_vnd"] < all_of_it["capex_vnd"]


def test_prices_of_the_example_count_as_assumed_until_replaced(drawn: Path, tmp_path: Path) -> None:
    phusong("init", drawn, "--profile", "itu")
    share = json.loads(phusong("run", drawn, "--out", tmp_path / "r", "--json", "--quiet"))["plan"]
    assert share["assumed_share"] == 1


def test_init_says_what_it_looks_for(tmp_path: Path) -> None:
    code, _out, complaint = command("init", tmp_path / "none", "--profile", "itu")
    assert code == 1 and "pointofinterest" in complaint
    assert not (tmp_path / "none").exists()


def test_a_profile_nobody_knows_is_refused(drawn: Path) -> None:
    phusong("init", drawn, "--profile", "itu")
    text = (drawn / "study.toml").read_text(encoding="utf-8")
    (drawn / "study.toml").write_text(text.replace('profile = "itu"', 'profile = "uti"'), encoding="utf-8")
    code, _out, complaint = command("check", drawn)
    assert code == 1 and "profile" in complaint


def run_example(name: str, tmp_path: Path) -> tuple[dict[str, Any], Path]:
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder, copy_function=shutil.copyfile)
    folder.chmod(0o755)
    phusong("init", folder, "--profile", "itu")
    done = json.loads(phusong("run", folder, "--out", tmp_path / "run", "--json", "--quiet"))
    return done, tmp_path / "run"


@pytest.mark.reference
def test_the_whole_example_of_itus_platform_runs_and_maps(shared: Path, tmp_path: Path) -> None:
    done, run = run_example("sao-tome", tmp_path)
    assert done["sites"] == 408 and done["plan"]["sites_connected"] == 408
    tables = {name: len(pd.read_parquet(run / "tables" / f"{name}.parquet")) for name in ("cells", "nodes")}
    assert tables == {"cells": 81, "nodes": 40}
    assert (run / "set_aside.csv").read_text(encoding="utf-8-sig").count("\n") <= 1
    assert done["gaps"]["mobile"]["unknown"] == 0
    assert {"straight_lines", "one_area"} <= set(done["plan"]["rules"])
    assert (run / "map.html").stat().st_size > 100_000


@pytest.mark.reference
@pytest.mark.parametrize(("name", "nodes"), [("ibiza", 0), ("ibiza-2024", 30)])
def test_itus_ibiza_runs_and_maps(name: str, nodes: int, shared: Path, tmp_path: Path) -> None:
    done, run = run_example(name, tmp_path)
    assert done["sites"] == 100 and done["plan"]["sites_connected"] == 100
    assert len(pd.read_parquet(run / "tables" / "nodes.parquet")) == nodes
    assert len(pd.read_parquet(run / "tables" / "cells.parquet")) == 100


def test_gigas_list_of_schools_is_sites(tmp_path: Path) -> None:
    """Names and words of the school master; a level that is not said is any school."""
    from phusong.readers.layers import read_layer
    from phusong.study import Source

    path = tmp_path / "school_master.csv"
    path.write_text(
        "school_id_giga,school_name,latitude,longitude,education_level,connectivity_type,num_students,"
        "electricity_availability,download_speed_contracted\n"
        "g-1,Escola A,0.3,6.7,Primary,fiber,120,Yes,20\n"
        "g-2,Escola B,0.2,6.6,,Unknown,,No,\n"
        "g-3,Escola C,0.1,6.5,Pre-Primary,wired,40,,\n",
        encoding="utf-8",
    )
    sites, findings = read_layer("sites", Source(path=path.name, profile="giga"), path)
    assert sites["site_id"].tolist() == ["g-1", "g-2", "g-3"] and sites.geometry[0].wkt == "POINT (6.7 0.3)"
    assert sites["kind"].tolist() == ["school_primary", "school", "school_preschool"]
    assert sites["fibre_reported"].fillna("–").tolist() == ["yes", "–", "–"]
    assert sites["power"].fillna("–").tolist() == ["mains", "none", "–"]
    assert sites["pupils"].tolist()[0] == 120 and sites["down_mbps"].tolist()[0] == 20
    assert ["'wired'" in f.what for f in findings] == [True]
    bare = tmp_path / "bare.csv"
    bare.write_text("school_id_giga,school_name,latitude,longitude\ng-9,Escola,0.3,6.7\n", encoding="utf-8")
    assert read_layer("sites", Source(path=bare.name, profile="giga"), bare)[0]["kind"].tolist() == ["school"]
