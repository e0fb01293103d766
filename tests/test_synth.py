"""The made-up nation: same seed, same bytes; statistics near its sheet; land without gaps; joined roads."""

import filecmp
import json
import unicodedata
from dataclasses import replace

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from conftest import feature, square, write_geojson

from phusong import signals
from phusong.bundled import bundled
from phusong.radio.footprints import pair_losses
from phusong.readers import read_region, read_study
from phusong.readers.study import read_sheet
from phusong.runs import read_run
from phusong.synth import write_synthetic

STATS = {name: entry.value for name, entry in read_sheet(bundled("synth.toml")).items()}


@pytest.fixture(scope="module")
def hundredth(tmp_path_factory):
    """A hundredth of the nation, 33 communes, and what was told of it."""
    folder = tmp_path_factory.mktemp("synth") / "study"
    return folder, write_synthetic(folder, scale=0.01, seed=5, elevation_m=500)


@pytest.fixture(scope="module")
def region(hundredth):
    """Its layers as the program reads them."""
    return read_region(read_study(hundredth[0] / "study.toml"))


def test_a_seed_gives_the_same_bytes_and_another_seed_other_ones(hundredth, tmp_path):
    folder, _told = hundredth
    write_synthetic(tmp_path / "again", scale=0.01, seed=5, elevation_m=500)
    write_synthetic(tmp_path / "other", scale=0.01, seed=6, elevation_m=500)
    names = sorted(path.name for path in folder.iterdir())
    assert filecmp.cmpfiles(folder, tmp_path / "again", names, shallow=False)[0] == names
    same = filecmp.cmpfiles(folder, tmp_path / "other", names, shallow=False)[0]
    assert same == []


def test_large_studies_are_geoparquet_and_the_same_bytes_too(monkeypatch, tmp_path):
    monkeypatch.setattr("phusong.synth.write.FEW_COMMUNES", 5)
    for name in ("one", "two"):
        write_synthetic(tmp_path / name, scale=0.003, seed=2)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert "roads.parquet" in names and "elevation.tif" not in names
    assert filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", names, shallow=False)[0] == names
    read = read_region(read_study(tmp_path / "one" / "study.toml"))
    assert len(read.communes) == 10 and len(gpd.read_parquet(tmp_path / "one" / "roads.parquet")) == len(
        read.roads
    )


def test_the_statistics_are_near_the_sheet(hundredth, region):
    _folder, told = hundredth
    n = len(region.communes)
    assert n == told.communes == 33 and told.area_km2 == pytest.approx(STATS["area_km2"] / 100, rel=0.02)
    assert told.residents == region.communes["population"].sum()
    assert told.residents == pytest.approx(STATS["population"] * 33 / 3321, rel=0.01)
    kinds = region.sites["kind"].value_counts()
    assert kinds["office_commune"] == n and kinds["office_province"] == told.provinces == 1
    for kind in ("health_station", "school_primary", "school_preschool", "school_lower_secondary"):
        assert kinds[kind] / n == pytest.approx(STATS[f"sites_{kind}"], rel=0.35), kind
    halls = kinds["village_hall"] / len(region.settlements)
    assert halls == pytest.approx(STATS["halls_per_village"], abs=0.06)
    by_class = region.roads.geometry.length.groupby(region.roads["road_class"]).sum() / 1000 / told.area_km2
    for name in ("provincial", "district", "commune", "track"):
        assert by_class[name] == pytest.approx(STATS[f"roads_{name}"], rel=0.25), name
    masts = region.cells["cell_id"].str.rsplit("-", n=2).str[0].nunique()
    expected = (
        STATS["masts_per_km2"] * told.area_km2 + STATS["masts_per_1000_residents"] * told.residents / 1000
    )
    assert masts == pytest.approx(expected, rel=0.15)
    centres = region.sites[region.sites["kind"] == "office_commune"]["fibre_reported"].value_counts()
    assert told.centres_with_fibre == round(33 * STATS["centres_with_fibre"]) and centres["no"] <= 2


def test_communes_tile_the_land_and_hold_their_sites(region):
    shapes = region.communes.geometry
    assert shapes.is_valid.all()
    land = shapes.union_all()
    assert land.geom_type == "Polygon" and not land.interiors
    assert shapes.area.sum() == pytest.approx(land.area, rel=1e-9)
    own = shapes.set_axis(region.communes["commune_code"])[region.sites["commune_code"]]
    inside = shapely.dwithin(own.to_numpy(), region.sites.geometry.to_numpy(), 1)
    assert inside.all()


def test_roads_join_all_centres_and_bend(hundredth):
    roads = gpd.read_file(hundredth[0] / "roads.geojson")
    graph = nx.Graph()
    for line in roads.geometry:
        nx.add_path(graph, line.coords)
    assert nx.number_connected_components(graph) == 1
    sites = pd.read_csv(hundredth[0] / "sites.csv", dtype=str)
    offices = sites[sites["Tên đơn vị"].str.match("UBND (xã|phường)")]
    assert all(
        (float(x), float(y)) in graph for x, y in zip(offices["Kinh độ"], offices["Vĩ độ"], strict=True)
    )
    metric = roads.to_crs(roads.estimate_utm_crs()).geometry
    steps = shapely.length(metric.to_numpy()) / (shapely.get_num_points(metric.to_numpy()) - 1)
    assert 120 < np.median(steps) < 220
    long = metric[metric.length > 3000]
    straight = np.array([shapely.Point(g.coords[0]).distance(shapely.Point(g.coords[-1])) for g in long])
    assert (long.length.to_numpy() > straight * 1.0005).mean() > 0.95


def test_names_are_vietnamese_and_codes_are_five_digits(hundredth):
    folder, _told = hundredth
    text = (folder / "sites.csv").read_text(encoding="utf-8-sig")
    assert unicodedata.is_normalized("NFC", text)
    communes = gpd.read_file(folder / "communes.geojson")
    assert communes["commune_code"].str.fullmatch(r"\d{5}").all() and communes["commune_code"].is_unique
    assert communes["name"].is_unique and (communes["vintage"] == "2025-07").all()
    assert communes["district"].nunique() == 2 and communes["province"].nunique() == 1
    with rasterio.open(folder / "elevation.tif") as raster:
        heights = raster.read(1)
    assert (
        heights.min() >= 0 and 300 < heights.max() < 4000 and heights[:, :5].mean() > heights[:, -5:].mean()
    )


def test_check_finds_no_error_and_run_goes_through(phusong, tmp_path):
    code, out, _err = phusong("synth", tmp_path / "s", "--scale", "0.001", "--elevation-m", "0", "--json")
    told = json.loads(out)
    assert code == 0 and told["communes"] == 3
    code, out, _err = phusong("check", tmp_path / "s", "--json")
    assert code == 0 and json.loads(out)["set_aside"] == 0
    code, _out, err = phusong("run", tmp_path / "s" / "study.toml", "--out", tmp_path / "run", "--quiet")
    assert code == 0, err
    assert len(read_run(tmp_path / "run").tables["gaps"]) == told["sites"]


def test_far_masts_that_cannot_serve_best_cost_no_time_and_change_nothing(monkeypatch, tmp_path):
    write_synthetic(tmp_path / "s", scale=0.001, seed=4, elevation_m=200)
    study = read_study(tmp_path / "s" / "study.toml")
    near = read_region(study)
    near = replace(near, sites=near.sites.iloc[::8])
    walked = []

    def counted(grid, masts, *rest, **named):
        walked.append(len(masts.x_m))
        return pair_losses(grid, masts, *rest, **named)

    monkeypatch.setattr(signals, "pair_losses", counted)
    pruned, paths = signals.signals_at_sites(study, near).table, sum(walked)
    walked.clear()
    monkeypatch.setattr(signals, "SLACK_DB", 1e9)
    pd.testing.assert_frame_equal(pruned, signals.signals_at_sites(study, near).table)
    assert paths < sum(walked) / 2


def test_outlines_codes_and_names_of_a_file(phusong, tmp_path):
    drawn = [
        feature(square(107.5, 15.0), code="20701", name="Xã A", population=3000, province="Quảng Nam"),
        feature(square(107.6, 15.0), code="20702", name="Phường Êê", province="Quảng Nam"),
        feature(square(112.0, 16.0), code="20703", name="Xã Đảo", province="Đà Nẵng"),
    ]
    file = write_geojson(tmp_path / "c.geojson", drawn)
    code, out, err = phusong("synth", tmp_path / "s", "--communes", file, "--seed", "3")
    assert code == 0, err
    assert "3 communes" in out
    read = read_region(read_study(tmp_path / "s" / "study.toml"))
    assert sorted(read.communes["commune_code"]) == ["20701", "20702", "20703"]
    assert read.communes.set_index("commune_code")["population"]["20701"] == 3000
    assert "UBND phường Êê" in set(read.sites["name"])
    # No road leads 450 km over the sea.
    assert read.roads.geometry.length.max() < 50_000


def test_no_road_or_river_of_an_archipelago_lies_in_the_sea(tmp_path):
    # One commune: islands of 5 km, 55 km apart, of which the commune's bounds are mostly sea.
    squares = [square(107.0, 15.0, 0.05), square(107.5, 15.4, 0.05)]
    islands = {"type": "MultiPolygon", "coordinates": [one["coordinates"] for one in squares]}
    drawn = [feature(islands, code="20701", name="Xã Đảo", population=30_000, province="Quảng Nam")]
    sides = set()
    for seed in range(5):
        folder = tmp_path / str(seed)
        write_synthetic(
            folder, communes=write_geojson(tmp_path / "c.geojson", drawn), seed=seed, elevation_m=0
        )
        read = read_region(read_study(folder / "study.toml"))
        assert read.rivers is None or not read.rivers.geometry.is_empty.any()
        bounds = read.roads.to_crs(4326).geometry.bounds
        assert (bounds["maxx"] - bounds["minx"]).max() < 0.2
        sides |= set(np.sign(bounds["minx"] - 107.25))
    # An island of several villages has roads of its own.
    assert sides == {-1, 1}


@pytest.mark.reference
def test_the_real_communes_of_quang_nam(shared, tmp_path):
    written = write_synthetic(
        tmp_path / "s", communes=shared / "quang-nam" / "communes_2025.geojson", elevation_m=0
    )
    assert written.communes == 78 and written.area_km2 == pytest.approx(10_600, rel=0.03)


def test_nothing_is_overwritten_and_what_is_wrong_is_said(phusong, tmp_path):
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "mine.txt").write_text("mine")
    code, _out, err = phusong("synth", tmp_path / "s")
    assert code == 1 and "not empty" in err and (tmp_path / "s" / "mine.txt").read_text() == "mine"
    for wrong in ("2", "0", "1/0", "some"):
        code, _out, err = phusong("synth", tmp_path / "t", "--scale", wrong)
        assert code == 2 and "1/100" in err
    file = write_geojson(tmp_path / "c.geojson", [feature(square(107, 15), code="20701", name="Xã A")])
    assert phusong("synth", tmp_path / "t", "--scale", "1", "--communes", file)[0] == 2
    sites = write_geojson(tmp_path / "p.geojson", [feature(None, code="20701", name="Xã A")])
    code, _out, err = phusong("synth", tmp_path / "t", "--communes", sites)
    assert code == 1 and "Traceback" not in err
    assert not (tmp_path / "t").exists() and not (tmp_path / "t.part").exists()
