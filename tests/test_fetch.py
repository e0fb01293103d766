"""Open data for a drawn district, from a server on this machine to a study that checks and runs."""

import csv
import gzip
import json
import os
import struct
import subprocess
import sys
import time
import tomllib
import zlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from conftest import REPOSITORY, feature, square, write_geojson
from drawn_open_data import (
    COMMUNES,
    Served,
    census_csv,
    drawn_world,
    gadm,
    instead,
    overpass_answers,
    serving,
    sources_of,
    status,
    unit_list,
)

from phusong.census import people_by_commune, read_people
from phusong.cli import main
from phusong.errors import FetchError
from phusong.fetch import sources
from phusong.fetch.area import area_of_box, area_of_units, parse_box
from phusong.fetch.osm import question, read_answer, read_extract
from phusong.fetch.units import read_census, read_outlines, read_units, with_census, with_codes
from phusong.geo import metric_crs
from phusong.readers import read_study
from phusong.readers.names import name_rules
from phusong.runs import read_run

KEY = "hush-hush-0815"
EVERYTHING = ",".join(
    [
        "boundaries",
        "sites",
        "settlements",
        "roads",
        "rivers",
        "power_lines",
        "masts",
        "elevation",
        "landcover",
        "population",
        "cells",
        "speeds",
        "units",
    ]
)


@pytest.fixture
def world():
    with serving() as world:
        yield drawn_world(world)


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("PHUSONG_OPENCELLID_KEY", KEY)


class Desk:
    """A folder to work in, and the command line there."""

    def __init__(self, world, folder, capsys):
        self.world, self.folder, self.capsys = world, folder, capsys
        self.study, self.cache = folder / "study", folder / "cache"
        self.census = folder / "census.csv"
        self.census.write_text(census_csv(), encoding="utf-8")

    def fetch(self, *arguments: str, area: str = "Nam Giang", code: int = 0) -> tuple[str, str]:
        places = [part for source in sources_of(self.world) for part in ("--source", source)]
        said = ["fetch", area, "--out", str(self.study), "--cache", str(self.cache), *places, *arguments]
        return self.run(*said, code=code)

    def run(self, *arguments: str, code: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        captured = self.capsys.readouterr()
        assert end.value.code == code, captured.out + captured.err
        return captured.out, captured.err

    @property
    def said(self) -> dict:
        return tomllib.loads((self.study / "study.toml").read_text(encoding="utf-8"))


@pytest.fixture
def desk(world, tmp_path, capsys) -> Desk:
    return Desk(world, tmp_path, capsys)


def test_a_district_becomes_a_study_that_checks_and_runs(desk):
    out, err = desk.fetch("--census", str(desk.census), "--what", EVERYTHING)
    assert "osm_sites.geojson: 6 public sites" in out and "© OpenStreetMap contributors · ODbL 1.0" in out
    assert "lines above 35,000 V are left out" in err and "met by one phone only" in err
    inputs = desk.said["inputs"]
    assert {n: (desk.study / f).exists() for n, f in inputs.items()} == dict.fromkeys(
        [
            "communes",
            "sites",
            "settlements",
            "roads",
            "rivers",
            "power_lines",
            "elevation",
            "population",
            "cells",
        ],
        True,
    )
    assert desk.said["title"] == "Huyện Nam Giang, Tỉnh Quảng Nam"

    out, _err = desk.run("check", str(desk.study), "--strict")
    assert "0 findings" in out or "nothing" in out.lower()
    desk.run("run", str(desk.study), "--out", str(desk.folder / "run"), "--quiet")
    run = read_run(desk.folder / "run")
    found = dict(zip(run.tables["communes"]["commune_code"], run.tables["communes"]["name"], strict=True))
    assert found == {code: full.removeprefix("Xã ") for _n, code, full, _p in COMMUNES}
    centres = run.tables["sites"][run.tables["sites"]["kind"] == "office_commune"]
    assert sorted(centres["commune_code"]) == sorted(code for _n, code, _f, _p in COMMUNES)
    assert set(run.tables["gaps"]["fibre"]) == {"unknown"}  # open data report nothing
    assert run.manifest["sources"]["osm"]["attribution"] == "© OpenStreetMap contributors"
    assert run.manifest["sources"]["osm"]["date"] == "2025-10-02"
    page = (desk.folder / "run" / "map.html").read_text(encoding="utf-8")
    assert "OpenStreetMap contributors" in page and "WorldPop" in page and "Airbus" in page
    assert "Ookla" not in page  # fetched, but the map shows nothing of it


def test_population_adds_up_to_the_census_to_the_person(desk):
    desk.fetch("--census", str(desk.census))
    frame = gpd.read_file(desk.study / "communes.geojson")
    scaled = read_people(desk.study / "population.tif")
    found = people_by_commune(scaled, frame.to_crs(metric_crs(frame))).to_dict()
    assert found == {code: people for _n, code, _f, people in COMMUNES}
    with rasterio.open(desk.study / "population.tif") as raster:
        assert raster.tags()["LICENCE"] == "CC BY 4.0" and "WorldPop" in raster.tags()["ATTRIBUTION"]


def test_without_a_census_it_says_that_nothing_was_scaled(desk):
    _out, err = desk.fetch("--what", "boundaries,population")
    assert "population.tif: is as published, not scaled" in err


def test_the_key_is_in_no_file_and_no_line(desk):
    out, err = desk.fetch("--what", "boundaries,cells")
    assert desk.world.of("/ocid/downloads/452.csv.gz")[0].query["token"] == [KEY]
    kept = b"".join(p.read_bytes() for p in desk.folder.rglob("*") if p.is_file())
    assert KEY.encode() not in kept and KEY not in out + err
    desk.world.files["/ocid/downloads/452.csv.gz"].faults = [
        instead(
            json.dumps({"status": "error", "message": f"INVALID_TOKEN {KEY}"}).encode(), "application/json"
        )
    ] * 2
    _out, err = desk.fetch("--what", "boundaries,cells", "--refresh", code=1)
    assert "INVALID_TOKEN" in err and KEY not in err


def test_cells_are_those_of_the_area_with_their_operator(desk):
    desk.fetch("--what", "boundaries,cells")
    with (desk.study / "opencellid_cells.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(r["cell_id"], r["operator"], r["radio"]) for r in rows] == [
        ("452-2-3001-77002", "Vinaphone", "UMTS"),
        ("452-4-3001-77001", "Viettel", "LTE"),
        ("452-99-3001-77003", "chưa rõ", "LTE"),
    ]


def test_offline_gives_the_same_files_from_the_cache_alone(desk):
    desk.fetch("--census", str(desk.census), "--what", EVERYTHING)
    before = {
        p.name: p.read_bytes() for p in desk.study.iterdir() if p.suffix in (".geojson", ".tif", ".csv")
    }
    desk.world.asked.clear()
    desk.study = desk.folder / "again"
    desk.fetch("--census", str(desk.census), "--what", EVERYTHING, "--offline")
    after = {p.name: p.read_bytes() for p in desk.study.iterdir() if p.suffix in (".geojson", ".tif", ".csv")}
    assert after == before and desk.world.asked == []


def test_offline_without_a_cache_is_one_clear_line(desk):
    _out, err = desk.fetch("--offline", code=1)
    assert "is not in the cache" in err and "Traceback" not in err
    assert desk.world.asked == [] and not (desk.study / "study.toml").exists()


@pytest.mark.parametrize(
    ("path", "faults", "line"),
    [
        ("/vnm_ppp_2020.tif", [status(500)] * 9, "the server has a fault (500)"),
        ("/gadm41_VNM_3.json.zip", [instead(b"PK\x03\x04 half a zip")] * 2, "is not what it should be"),
        ("/dvhcvn.json", [instead(b'{"data": [')] * 2, "no JSON, or half of one"),
        (
            "/ocid/downloads/452.csv.gz",
            [instead(gzip.compress(b"x" * 9999)[:-9])] * 2,
            "is not what it should be",
        ),
        ("/tiles.parquet", [instead(b"PAR1 nonsense")] * 2, "is not what it should be"),
        ("/dem/N15_E107.tif", [instead(b"II*\x00 no tif")] * 2, "is not what it should be"),
    ],
    ids=["population", "zip", "json", "gzip", "parquet", "tif"],
)
def test_a_source_that_fails_leaves_the_folder_as_it_was(desk, monkeypatch, path, faults, line):
    monkeypatch.setattr("phusong.fetch.getter._FIRST_WAIT_S", 0.01)
    desk.world.files[path].faults = list(faults)
    _out, err = desk.fetch("--what", EVERYTHING, code=1)
    assert line in err and "Traceback" not in err
    assert not desk.study.exists()


def test_an_overpass_server_out_of_time_is_not_believed(desk, monkeypatch):
    monkeypatch.setattr("phusong.fetch.getter._FIRST_WAIT_S", 0.01)
    late = {**overpass_answers()["highway"], "remark": 'runtime error: Query timed out in "query" at line 1'}
    desk.world.answers["highway"] = late
    _out, err = desk.fetch("--what", "roads", area="107.4,15.5,107.6,15.7", code=1)
    assert "the server gave up: runtime error: Query timed out" in err
    assert len(desk.world.asked) == 2


def test_an_overpass_server_that_is_busy_is_asked_again(desk, monkeypatch):
    monkeypatch.setattr("phusong.fetch.getter._FIRST_WAIT_S", 0.01)
    desk.world.files["/overpass"] = Served(b"", faults=[status(429, Retry_After="0"), status(504)])
    out, err = desk.fetch("--what", "roads", area="107.4,15.5,107.6,15.7")
    assert "3 pieces of road" in out and "busy (429)" in err and "fault (504)" in err


def test_a_study_that_is_there_is_completed_and_stays_its_authors(desk):
    desk.study.mkdir()
    text = '# mine\ntitle = "Của tôi"\n\n[inputs]  # my own\nsites = "list.csv"\n\n[plan]\nyears = 7 # mine\n'
    (desk.study / "study.toml").write_text(text, encoding="utf-8")
    out, _err = desk.fetch("--what", "boundaries,sites,roads")
    now = (desk.study / "study.toml").read_text(encoding="utf-8")
    assert "the study names its own sites; osm_sites.geojson lies beside it" in out
    for line in text.splitlines():
        assert line in now
    assert desk.said["inputs"] == {
        "sites": "list.csv",
        "communes": "communes.geojson",
        "roads": "osm_roads.geojson",
    }
    assert desk.said["plan"] == {"years": 7} and desk.said["title"] == "Của tôi"
    desk.fetch("--what", "rivers")
    assert set(desk.said["sources"]) == {"boundaries", "osm"}
    assert set(desk.said["sources"]["osm"]["files"]) == {
        "osm_sites.geojson",
        "osm_roads.geojson",
        "osm_rivers.geojson",
    }
    before = (desk.study / "study.toml").read_bytes()
    desk.fetch("--what", "rivers")
    assert (desk.study / "study.toml").read_bytes() == before


@pytest.mark.parametrize(
    "text", ['inputs = { sites = "a.csv" }\n', 'inputs.sites = "a.csv"\n', "note = '''\n[inputs]\n'''\n"]
)
def test_a_study_that_cannot_be_added_to_is_left_alone(desk, text):
    desk.study.mkdir()
    (desk.study / "study.toml").write_text(text, encoding="utf-8")
    _out, err = desk.fetch("--what", "roads", code=1)
    assert 'Add them yourself under [inputs]: roads = "osm_roads.geojson"' in err
    assert (desk.study / "study.toml").read_text(encoding="utf-8") == text


def test_a_file_of_the_user_is_never_written_over(desk):
    desk.study.mkdir()
    mine = desk.study / "osm_roads.geojson"
    mine.write_text("mine")
    _out, err = desk.fetch("--what", "roads", code=1)
    assert "osm_roads.geojson: is there already" in err and mine.read_text() == "mine"
    desk.fetch("--what", "roads", "--replace")
    assert mine.read_text() != "mine"
    mine.write_text(mine.read_text() + " ")
    _out, err = desk.fetch("--what", "roads", code=1)
    assert "has been changed" in err


def test_a_fetched_file_that_nobody_touched_is_brought_up_to_date(desk):
    desk.fetch("--what", "boundaries,roads")
    desk.world.answers["highway"]["elements"].pop()
    out, _err = desk.fetch("--what", "boundaries,roads", "--refresh")
    assert "2 pieces of road" in out and len(gpd.read_file(desk.study / "osm_roads.geojson")) == 2


def test_the_study_keeps_its_own_address_for_the_next_fetch(desk):
    desk.fetch("--what", "roads", area="107.4,15.5,107.6,15.7")
    desk.world.asked.clear()
    out, _err = desk.run(
        "fetch",
        "107.4,15.5,107.6,15.7",
        "--out",
        str(desk.study),
        "--cache",
        str(desk.cache),
        "--what",
        "roads",
        "--refresh",
    )
    assert "3 pieces of road" in out and desk.world.asked[0].path == "/overpass"


def test_a_box_takes_the_communes_that_have_their_middle_in_it(desk):
    desk.fetch("--what", "boundaries,sites", area="107.38,15.48,107.52,15.62")
    assert list(gpd.read_file(desk.study / "communes.geojson")["commune_code"]) == ["20704"]
    assert len(gpd.read_file(desk.study / "osm_sites.geojson")) == 2
    _out, err = desk.fetch("--what", "boundaries", area="100,10,101,11", code=1)
    assert "no commune has its middle in the area" in err


def test_a_box_without_outlines_needs_none(desk):
    desk.fetch("--what", "sites,roads,elevation", area="107.4,15.5,107.6,15.7")
    assert {a.path for a in desk.world.asked} == {"/overpass", "/dem/N15_E107.tif"}
    study = read_study(desk.study / "study.toml")
    assert study.inputs.communes is None and study.sources["osm"].licence == "ODbL 1.0"


def test_own_outlines_and_lists_stand_in_for_fetched_ones(desk):
    outlines = write_geojson(
        desk.folder / "mine.geojson",
        [
            feature(
                square(107.4, 15.5, 0.2),
                code="20704",
                name="Xã La Dêê",
                district="Huyện Nam Giang",
                province="Tỉnh Quảng Nam",
                population_2019=1440,
            )
        ],
    )
    desk.fetch("--what", "boundaries,population", "--boundaries", str(outlines), area="20704")
    assert {a.path for a in desk.world.asked} == {"/vnm_ppp_2020.tif"}
    frame = gpd.read_file(desk.study / "communes.geojson")
    assert list(frame["population"]) == [1440]
    said = desk.said["sources"]["boundaries"]
    assert said["title"] == "mine.geojson" and said["licence"] == "as its owner says"
    assert "GADM" not in str(said) and "url" not in said and "fetched" not in said


def test_a_folder_that_cannot_be_written_is_one_line(desk):
    blocked = desk.folder / "file"
    blocked.write_text("no folder")
    desk.study = blocked / "study"
    _out, err = desk.fetch("--what", "roads", area="107.4,15.5,107.6,15.7", code=1)
    assert "cannot be written" in err and "Traceback" not in err


def test_a_tile_over_the_sea_is_lacking_and_no_tile_at_all_is_an_error(desk):
    desk.fetch("--what", "elevation", area="107.4,15.5,108.2,15.7")
    assert {a.path for a in desk.world.asked} == {"/dem/N15_E107.tif", "/dem/N15_E108.tif"}
    _out, err = desk.fetch("--what", "elevation", area="109.4,12.5,109.6,12.7", code=1)
    assert "there is no tile of heights" in err


def test_heights_are_those_of_the_tile(desk):
    desk.fetch("--what", "elevation", area="107.4021,15.5,107.6,15.7013")
    with (
        rasterio.open(desk.study / "elevation.tif") as cut,
        rasterio.MemoryFile(desk.world.files["/dem/N15_E107.tif"].content) as memory,
        memory.open() as whole,
    ):
        assert cut.bounds.left == pytest.approx(107.3) and cut.bounds.top == pytest.approx(15.81)
        at = [(107.454, 15.553), (107.599, 15.701)]
        assert list(cut.sample(at)) == list(whole.sample(at))


def test_trees_are_fifteen_metres_and_water_none(desk):
    desk.fetch("--what", "boundaries,landcover")
    with rasterio.open(desk.study / "canopy.tif") as canopy:
        at = [value[0] for value in canopy.sample([(107.45, 15.55), (107.55, 15.55)])]
    assert at == [15, 0]
    assert "canopy" not in desk.said["inputs"]
    assert "would count twice" in (desk.study / "study.toml").read_text(encoding="utf-8")


def test_the_list_of_sources_shows_licences_and_asks_nobody(desk):
    out, _err = desk.run("fetch", "--list", "--json")
    said = json.loads(out)
    assert set(said) == set(sources()) and all(row["licence"] and row["url"] for row in said.values())
    out, _err = desk.run("fetch", "--list")
    assert "ODbL 1.0" in out and "CC BY-NC-SA 4.0" in out


def test_mistakes_of_the_command_line_are_one_line(desk):
    assert "Name an AREA" in desk.run("fetch", code=2)[1]
    assert "there is no source 'road'" in desk.fetch("--what", "road", code=1)[1]
    assert "Did you mean" in desk.fetch("--what", "boundaries", area="Nam Giangg", code=1)[1]
    assert "is no box" in desk.fetch("--what", "roads", area="107.6,15.5,107.4,15.7", code=1)[1]


def test_json_says_what_came(desk):
    out, _err = desk.fetch("--what", "boundaries,roads", "--json")
    said = json.loads(out)
    assert [f["input"] for f in said["files"]] == ["communes", "roads"]
    assert said["files"][1]["licence"] == "ODbL 1.0" and said["bounds"][0] == pytest.approx(107.4)


def test_killed_in_the_middle_a_second_run_ends_well(desk):
    """Killed while the raster arrives: no half study, and the next run makes it."""
    from drawn_open_data import slow

    desk.world.files["/vnm_ppp_2020.tif"].faults = [slow(200, 0.2)]
    places = [part for source in sources_of(desk.world) for part in ("--source", source)]
    command = [sys.executable, "cli.py", "fetch", "Nam Giang", "--out", str(desk.study)]
    command += ["--cache", str(desk.cache), "--what", "boundaries,roads,population", *places]
    environment = {**os.environ, "PYTHONPATH": "coverage"}
    running = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=subprocess.DEVNULL)
    while not list(desk.cache.rglob("*vnm*.part")) and running.poll() is None:
        time.sleep(0.01)
    running.kill()
    assert running.wait() == -9
    assert not (desk.study / "study.toml").exists() and not list(desk.study.glob("*.geojson"))
    desk.world.files["/vnm_ppp_2020.tif"].faults = []
    desk.fetch("--what", "boundaries,roads,population")
    assert desk.said["inputs"]["population"] == "population.tif" and (desk.study / "population.tif").exists()
    assert not list(desk.study.glob(".fetch-*"))


# ---- Areas and units.


def outlines_of(tmp_path) -> gpd.GeoDataFrame:
    path = tmp_path / "gadm.zip"
    path.write_bytes(gadm())
    return read_outlines(path)


def units_of(tmp_path) -> pd.DataFrame:
    path = tmp_path / "units.json"
    path.write_bytes(unit_list())
    return read_units(path)


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("Nam Giang", 4),
        ("huyện Nam Giang", 4),
        ("nam giang, quang nam", 4),
        ("Quảng Nam", 4),
        ("tỉnh Quảng Nam", 4),
        ("La Êê", 1),
        ("xã Chơ Chun", 1),
        ("20698", 1),
        ("510", 4),
        ("49", 4),
        ("48", 1),
    ],
)
def test_units_are_found_by_name_and_code(tmp_path, said, count):
    outlines, units = outlines_of(tmp_path), units_of(tmp_path)
    outlines, _findings = with_codes(outlines, units, name_rules())
    area = area_of_units(said, outlines, units)
    assert len(area.communes) == count and area.bounds == tuple(area.communes.total_bounds)


def test_a_name_that_several_bear_is_not_guessed(tmp_path):
    outlines = outlines_of(tmp_path)
    twin = outlines.iloc[[0]].assign(district="HòaVang", province="ĐàNẵng")
    both = pd.concat([outlines, twin], ignore_index=True)
    with pytest.raises(FetchError, match=r"may be LaDêê, HòaVang, ĐàNẵng; LaDêê, NamGiang, QuảngNam"):
        area_of_units("La Dêê", both)
    assert len(area_of_units("La Dêê, Hòa Vang", both).communes) == 1


def test_boxes_are_boxes():
    assert parse_box("107,15,108,16") == (107, 15, 108, 16) and parse_box("a,b,c,d") is None
    assert area_of_box((107, 15, 108, 16), None).shape.area == 1


def test_outlines_take_codes_by_name_and_leave_out_what_is_not_sure(tmp_path):
    outlines, units = outlines_of(tmp_path), units_of(tmp_path)
    outlines.loc[2, "name"] = "Zơ Nông"
    coded, findings = with_codes(outlines, units, name_rules())
    assert list(coded["commune_code"])[:2] == ["20704", "20705"] and coded["commune_code"].isna()[2]
    assert coded["name"][0] == "Xã La Dêê"
    assert [f.what for f in findings] == ["no code for Zơ Nông, NamGiang, QuảngNam in the list of units"]


def test_census_figures_come_by_code_by_id_and_by_name(tmp_path):
    outlines, _f = with_codes(outlines_of(tmp_path), units_of(tmp_path), name_rules())
    for name, text in {
        "code": "Mã xã,Dân số\n20704,1.440\n",
        "gid": "ward_id,total\nVNM.47.8.1_1,1440\n",
        "name": "ward,district,city,total\nLaDêê,NamGiang,QuảngNam,1440\n",
    }.items():
        path = tmp_path / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        found = with_census(outlines, read_census(path))
        assert found["population"][0] == 1440 and found["population"].isna()[1:].all()
    (tmp_path / "bad.csv").write_text("code,population\n20704,many\n")
    with pytest.raises(FetchError, match=r"bad\.csv:2: 'many' is no number"):
        read_census(tmp_path / "bad.csv")


# ---- OpenStreetMap.


def test_the_question_names_box_and_tags():
    asked = question("power_lines", (107.4, 15.5, 107.6, 15.7), 180)
    assert "[bbox:15.500000,107.400000,15.700000,107.600000]" in asked
    assert 'way["power"~"^(line|minor_line)$"];' in asked and asked.endswith("out tags geom qt;")


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def zigzag(number: int) -> bytes:
    return varint(number * 2 if number >= 0 else -number * 2 - 1)


def said(number: int, content: bytes | int) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def blob(kind: str, content: bytes) -> bytes:
    body = said(2, len(content)) + said(3, zlib.compress(content))
    head = said(1, kind.encode()) + said(3, len(body))
    return struct.pack(">I", len(head)) + head + body


def pbf(nodes, ways) -> bytes:
    """An extract: nodes (id, lon, lat, tags) and ways (id, node ids, tags), as its page has it."""
    words = [""]

    def word(text: str) -> int:
        if text not in words:
            words.append(text)
        return words.index(text)

    def tags_of(tags) -> bytes:
        keys = b"".join(varint(word(k)) for k in tags)
        values = b"".join(varint(word(v)) for v in tags.values())
        return said(2, keys) + said(3, values) if tags else b""

    groups = b""
    for mark, lon, lat, tags in nodes:
        node = varint(1 << 3) + zigzag(mark) + tags_of(tags)
        node += varint(8 << 3) + zigzag(round(lat * 1e7)) + varint(9 << 3) + zigzag(round(lon * 1e7))
        groups += said(1, node)
    group_ways = b""
    for mark, refs, tags in ways:
        steps = [refs[0], *np.diff(refs).tolist()]
        body = said(1, mark) + tags_of(tags) + said(8, b"".join(map(zigzag, steps)))
        group_ways += said(3, body)
    table = said(1, b"".join(said(1, w.encode()) for w in words))
    block = table + said(2, groups) + said(2, group_ways)
    header = said(4, b"OsmSchema-V0.6")
    return blob("OSMHeader", header) + blob("OSMData", block)


def extract() -> bytes:
    nodes = [
        (1, 107.45, 15.55, {"amenity": "school", "name": "Trường tiểu học La Dêê", "isced:level": "1"}),
        (2, 107.46, 15.56, {"place": "hamlet", "name": "Đắc Ốc"}),
        (3, 107.5, 15.6, {}),
        (4, 107.41, 15.51, {}),
        (5, 107.42, 15.51, {}),
        (6, 107.42, 15.52, {}),
        (7, 120.0, 20.0, {"amenity": "school", "name": "far"}),
    ]
    ways = [
        (50, [1, 2, 3], {"highway": "track", "name": "Đường xã"}),
        (51, [1, 3], {"power": "minor_line", "voltage": "22000"}),
        (52, [4, 5, 6, 4], {"amenity": "townhall", "building": "yes", "name": "UBND xã La Dêê"}),
    ]
    return pbf(nodes, ways)


def test_an_extract_gives_the_rows_of_a_server(tmp_path):
    path = tmp_path / "area.osm.pbf"
    path.write_bytes(extract())
    box = (107.4, 15.5, 107.6, 15.7)
    sites = {row["id"]: row for row in read_extract(path, "sites", box)}
    assert set(sites) == {"n1", "w52"}
    assert sites["n1"]["tags"]["isced:level"] == "1"
    assert sites["w52"]["geometry"].equals_exact(shapely.Point(107.415, 15.515), 1e-9)
    assert [row["id"] for row in read_extract(path, "roads", box)] == ["w50"]
    assert [row["tags"]["voltage"] for row in read_extract(path, "power_lines", box)] == ["22000"]
    assert [row["tags"]["name"] for row in read_extract(path, "settlements", box)] == ["Đắc Ốc"]
    (tmp_path / "no.osm.pbf").write_bytes(b"nonsense")
    with pytest.raises(FetchError, match="cannot be read as an extract"):
        read_extract(tmp_path / "no.osm.pbf", "roads", box)


def test_an_extract_is_fetched_where_the_address_is_one(desk):
    desk.world.files["/vietnam.osm.pbf"] = Served(extract())
    out, _err = desk.fetch(
        "--what",
        "sites,roads,power_lines",
        "--source",
        f"osm={desk.world.address}/vietnam.osm.pbf",
        area="107.4,15.5,107.6,15.7",
    )
    assert "2 public sites" in out and "1 pieces of road" in out
    assert len(desk.world.of("/vietnam.osm.pbf")) == 1


def test_names_of_sites_say_their_kind_before_their_tags():
    rows = read_answer({"elements": overpass_answers()["amenity"]["elements"]}, "sites")
    from phusong.fetch.sources.sites import _site

    kinds = {row["id"]: _site(row)["kind"] for row in rows}
    assert (
        kinds["n10"] == "office_commune"
        and kinds["w30"] == "village_hall"
        and kinds["n31"] == "school_primary"
    )
