"""phusong link: drawn terrains with known answers, the picture, and what the command line says."""

import json
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.transform import from_origin

from phusong.errors import PhuSongError
from phusong.hops import End, crs_about, find_hop, parse_end
from phusong.pictures import facts
from phusong.pictures.profile import draw_profile
from phusong.radio.links import Climate, find_clearance
from phusong.terrain import Terrain

#: A drawn world a third of a degree wide, 1″ cells, from 107.4° E 15.1° N, about that of conftest.
WEST, NORTH, CELL = 107.4, 15.1, 1 / 3600
RIDGE_LON = 107.55


def draw(path: Path, ground_m: float, ridge_m: float = 0.0, void: bool = False) -> Path:
    """A plateau, on it a ridge from north to south along RIDGE_LON, five cells wide, or a void there."""
    heights = np.full((360, 1260), ground_m, np.float32)
    column = round((RIDGE_LON - WEST) / CELL)
    heights[:, column - 2 : column + 3] += ridge_m
    if void:
        heights[:, column - 150 : column + 150] = -9999
    with rasterio.open(
        path, "w", driver="GTiff", height=heights.shape[0], width=heights.shape[1], count=1,
        dtype="float32", crs="EPSG:4326", transform=from_origin(WEST, NORTH, CELL, CELL), nodata=-9999,
    ) as raster:  # fmt: skip
        raster.write(heights, 1)
    return path


def hop_over(raster: Path, a: End, b: End, f_ghz: float | None = None):
    return find_hop(a, b, Terrain((str(raster),), crs_about((a, b)).to_wkt()), Climate(), "assumed", f_ghz)


@pytest.fixture
def plateau(tmp_path: Path) -> Path:
    return draw(tmp_path / "plateau.tif", 500)


@pytest.fixture
def ridge(tmp_path: Path) -> Path:
    return draw(tmp_path / "ridge.tif", 100, 80)


A, B = End("A", 107.45, 15.05, 30.0), End("B", 107.65, 15.05, 30.0)


def test_low_masts_on_a_plateau_are_hidden_by_the_bulge(plateau):
    hop = hop_over(plateau, End("A", 107.41, 15.05, 2.0), End("B", 107.689, 15.05, 2.0), 7.5)
    assert hop.link.length_km == pytest.approx(30, abs=0.1)
    assert not hop.link.line_of_sight
    (obstacle,) = hop.obstacles
    sight = find_clearance(hop.link.profile, 2, 2, 7.5, 4 / 3, 0.0)
    assert sight.obstructions[0].into_m + 2 == pytest.approx(13.2, abs=0.05)
    assert obstacle.lon == pytest.approx(107.55, abs=0.001)
    assert obstacle.height_m == pytest.approx(500)


def test_the_obstacle_is_where_the_ridge_was_drawn(ridge):
    hop = hop_over(ridge, A, B)
    (obstacle,) = hop.obstacles
    assert obstacle.lon == pytest.approx(RIDGE_LON, abs=0.0008)
    assert obstacle.lat == pytest.approx(15.05, abs=0.0005)
    assert obstacle.height_m == pytest.approx(180, abs=0.5)
    # 30 m masts leave 50 m of an 80 m ridge above the ray, with the bulge and the whole Fresnel zone.
    d1, d2 = obstacle.d_km, hop.link.length_km - obstacle.d_km
    bulge = 500 * d1 * d2 / (4 / 3 * 6371)
    radius = 17.3 * math.sqrt(d1 * d2 / (hop.link.f_ghz * (d1 + d2)))
    assert obstacle.into_median_m == pytest.approx(50 + bulge + radius, abs=0.5)


def test_a_sees_b_as_well_as_b_sees_a(ridge):
    a, b = replace(A, height_m=95.0), replace(B, height_m=60.0)
    forth, back = hop_over(ridge, a, b), hop_over(ridge, b, a)
    assert forth.link.line_of_sight == back.link.line_of_sight
    assert forth.link.received_dbm == pytest.approx(back.link.received_dbm, abs=1e-3)
    assert forth.link.availability_percent == pytest.approx(back.link.availability_percent, abs=1e-6)
    assert forth.obstacles[0].lon == pytest.approx(back.obstacles[0].lon, abs=0.0006)
    assert facts.antenna_heights(forth)[:2] == pytest.approx(facts.antenna_heights(back)[1::-1], abs=0.2)
    assert forth.bearings_deg == pytest.approx(back.bearings_deg[::-1])


def test_the_least_mast_clears_and_a_metre_less_does_not(ridge):
    at_a, at_b, both = facts.antenna_heights(hop_over(ridge, A, B, 15))
    for a_m, b_m, da, db in ((at_a, 30, 1, 0), (30, at_b, 0, 1), (both, both, 1, 1)):
        assert hop_over(ridge, replace(A, height_m=a_m), replace(B, height_m=b_m), 15).link.clear
        lower = replace(A, height_m=a_m - da), replace(B, height_m=b_m - db)
        assert not hop_over(ridge, *lower, 15).link.clear


def test_a_clear_link_says_so_and_has_no_obstacle(plateau):
    hop = hop_over(plateau, replace(A, height_m=60.0), replace(B, height_m=60.0))
    assert facts.verdict_code(hop) == "clear" and not hop.obstacles
    wet, dry = hop.availability_range
    assert wet == pytest.approx(hop.link.availability_percent) and wet <= dry < 100


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("15.05,107.45", "Write the longitude first: 107.45,15.05."),
        ("107,05;15,95", "decimal points"),
        ("107.45", "LON,LAT"),
        ("200,15.9", "nowhere on Earth"),
    ],
)
def test_numbers_that_are_no_place(text, says):
    with pytest.raises(PhuSongError, match=says):
        parse_end(text)


def svg_texts(path: Path) -> list[str]:
    """All texts of an SVG, which must be well-formed and hold no script."""
    root = ET.parse(path).getroot()
    assert not [e for e in root.iter() if e.tag.endswith("script")]
    return [" ".join("".join(e.itertext()).split()) for e in root.iter() if e.tag.endswith("}text")]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_picture_says_what_was_found(ridge, tmp_path, language):
    hop = hop_over(ridge, A, B)
    draw_profile(hop, tmp_path / "p.png", tmp_path / "p.svg", language)
    texts = svg_texts(tmp_path / "p.svg")
    said = [facts.title(hop, language), facts.verdict(hop, language), *facts.notes(hop, language)]
    for block in (facts.end_facts, facts.geometry_facts, facts.budget_facts, facts.outage_facts):
        said += [" ".join(part.split()) for fact in block(hop, language) for part in fact]
    headers, rows = facts.obstacle_table(hop, language)
    said += [*headers, *(cell for row in rows for cell in row)]
    point = "," if language == "vi" else "."
    k_min = f"{hop.link.clearances[1].k:.2f}"
    said += [f"0.6 F1, k = {k}".replace(".", point) for k in ("4/3", k_min)]
    assert not [text for text in said if text not in texts]


def test_a_hostile_name_is_only_text(plateau, tmp_path):
    name = '<script>alert("x")</script> & $\\frac{1}{2}$ \x07\n--> Ê'
    hop = hop_over(plateau, replace(A, name=name), B)
    draw_profile(hop, tmp_path / "p.png", tmp_path / "p.svg", "en")
    assert any(text.startswith('A <script>alert("x")</script> & $') for text in svg_texts(tmp_path / "p.svg"))


def test_the_same_link_gives_the_same_bytes(ridge, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        draw_profile(hop_over(ridge, A, B), tmp_path / folder / "p.png", tmp_path / folder / "p.svg", "vi")
    for name in ("p.png", "p.svg"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


KEYS = {
    "verdict", "line_of_sight", "clear", "a", "b", "length_km", "f_ghz", "clearances", "obstacles",
    "free_space_db", "gas_db", "diffraction_db", "received_dbm", "margin_db", "rain_outage_percent",
    "multipath_outage_percent", "availability_percent", "availability_range_percent", "least_antenna_m",
    "assumed", "notes", "files",
}  # fmt: skip


def test_link_prints_one_json_object_and_draws(phusong, ridge, tmp_path):
    code, out, _err = phusong(
        "link", "107.45,15.05,40", "107.65,15.05", "--elevation", ridge, "--height-b", 35, "--band", 7.5,
        "--rain", 80, "--out", tmp_path / "new" / "l.png", "--json",
    )  # fmt: skip
    said = json.loads(out)
    assert code == 0 and set(said) == KEYS
    assert said["a"]["height_m"] == 40 and said["b"]["height_m"] == 35 and said["f_ghz"] == 7.5
    assert said["verdict"] == "blocked" and [c["clear"] for c in said["clearances"]] == [False, False]
    assert said["assumed"]["climate"]["r001_mm_h"] == 80 and said["assumed"]["rain_basis"] == "given"
    assert [Path(f).suffix for f in said["files"]] == [".png", ".svg"]
    assert all(Path(f).stat().st_size > 10_000 for f in said["files"])


@pytest.mark.parametrize(("language", "words"), [("en", "Least antenna"), ("vi", "Anten tối thiểu")])
def test_link_prints_a_table_in_both_languages(phusong, ridge, tmp_path, language, words):
    ends = ("107.45,15.05", "107.65,15.05", "--elevation", ridge, "--out", tmp_path / "l.png")
    code, out, _err = phusong("--lang", language, "link", *ends)
    assert code == 0 and words in out and "GHz" in out and "l.svg" in out


def with_elevation(study: Path, raster: Path) -> Path:
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace("[inputs]", f"[inputs]\nelevation = '{raster}'"), encoding="utf-8")
    return study


def test_a_study_knows_its_places(phusong, drawn_study, tmp_path):
    sites = (
        "S1,UBND xã Ê Đê,UBND,00001,107.51,15.05,Có,,,",
        "S2,Trường,Trường học,00001,107.55,15.05,,,,",
        "S3,Trường,Trường học,00002,107.65,15.05,,,,",
    )
    study = with_elevation(drawn_study(sites=sites), draw(tmp_path / "dem.tif", 100))
    options = ("--study", study, "--out", tmp_path / "l.png")
    code, out, _err = phusong("link", "ubnd xa ede", "S3", *options, "--json")
    said = json.loads(out)
    assert code == 0 and said["a"]["name"] == "UBND xã Ê Đê" and said["b"]["lon"] == pytest.approx(107.65)
    for wrong, says in (("Trường", "S2, S3"), ("UBND xã Ede 2", "S1 (UBND xã Ê Đê)")):
        code, _out, err = phusong("link", wrong, "S1", *options)
        assert code == 1 and says in one_line(err)
    code, out, _err = phusong("link", "C1", "S3", *options, "--height-b", 12, "--json")
    said = json.loads(out)
    assert (said["a"]["height_m"], said["b"]["height_m"]) == (30, 12)


def one_line(err: str) -> str:
    (line,) = [line for line in err.splitlines() if line.startswith("phusong:")]
    assert "Traceback" not in err
    return line


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["107.45,15.05"], 2, "give both ends"),
        (["107.45,15.05", "107.65,15.05", "--no-dem"], 1, "--elevation dem.tif"),
        (["NG-001", "107.65,15.05"], 1, "--study study.toml"),
        (["107.45,15.05", "108.25,15.05"], 1, "108.25,15.05 lies outside the elevation (107.400–107.750° E"),
        (["15.05,107.45", "107.65,15.05"], 1, "longitude first"),
        (["107.45,15.05", "107.45,15.05"], 1, "same place"),
        (["107.45,15.05,30", "107.65,15.05", "--height-a", "20"], 2, "leave the option out"),
        (["107.45,15.05", "107.65,15.05", "--elevation", "nowhere.tif"], 1, "no such raster"),
        (["107.45,15.05", "107.65,15.05", "--out", "l.pdf"], 2, "FILE.png"),
        (["--all", "10"], 2, "--study"),
    ],
)
def test_what_is_wrong_is_one_plain_line(phusong, plateau, tmp_path, monkeypatch, arguments, code, says):
    monkeypatch.chdir(tmp_path)
    if "--no-dem" in arguments:
        arguments = arguments[:2]
    elif "--elevation" not in arguments and "--all" not in arguments:
        arguments = [*arguments, "--elevation", plateau.name]
    got, _out, err = phusong("link", *arguments)
    assert got == code and says in one_line(err)
    assert not (tmp_path / "maps").exists()


def test_a_void_on_the_path_is_one_plain_line(phusong, tmp_path):
    void = draw(tmp_path / "void.tif", 100, void=True)
    code, _out, err = phusong("link", "107.45,15.05", "107.65,15.05", "--elevation", void)
    assert code == 1 and "no height" in one_line(err)


def test_all_pairs_agree_with_single_links(phusong, drawn_study, tmp_path):
    ridge = draw(tmp_path / "dem.tif", 100, 60)
    sites = [
        f"S{i},Điểm {i},Trường học,0000{i // 3 + 1},{107.51 + 0.035 * i:.3f},15.05,,,," for i in range(5)
    ]
    study = drawn_study(sites=("S9,=1+1,UBND,00001,107.52,15.06,,,,", *sites))
    csv, lines = tmp_path / "all.csv", tmp_path / "all.geojson"
    for out in (csv, lines):
        options = ("--study", study, "--elevation", ridge, "--out", out, "--json")
        code, said, _err = phusong("link", "--all", 15, *options)
        assert code == 0
    table = pd.read_csv(csv)
    assert json.loads(said)["pairs"] == len(table) == len(gpd.read_file(lines)) > 10
    assert (table["length_m"] <= 15_000).all() and "'=1+1" in {*table["a_name"], *table["b_name"]}
    assert set(table["clear"]) == {"yes", "no"}
    for row in table.itertuples():
        a, b = End("a", row.a_lon, row.a_lat, row.a_height_m), End("b", row.b_lon, row.b_lat, row.b_height_m)
        one = hop_over(ridge, a, b, row.f_ghz).link
        assert row.clearance_f1 == pytest.approx(one.clearances[0].least_f1, abs=0.15, rel=0.02)
        assert row.clear == ("yes" if one.clear else "no"), row


@pytest.mark.reference
def test_links_on_real_terrain(shared, phusong, tmp_path):
    dem = shared / "terrain-da-nang" / "dem_30m.tif"
    for ends, verdict in (
        (("108.20,16.04,40", "108.255,15.95,35"), "clear"),
        (("108.15,16.05,40", "108.25,15.95,40"), "blocked"),
    ):
        code, out, _err = phusong("link", *ends, "--elevation", dem, "--out", tmp_path / "l.png", "--json")
        said = json.loads(out)
        assert code == 0 and said["verdict"] == verdict
        assert bool(said["obstacles"]) == (verdict == "blocked")
    assert said["obstacles"][0]["height_m"] == pytest.approx(226, abs=5)
