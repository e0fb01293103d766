"""Footprints and coverage: rasters that agree with exact paths, sums that add up, work that goes on."""

import json

import numpy as np
import pandas as pd
import pytest
import rasterio
from terrain_drawn import ridge, write_elevation

from phusong import mastprints
from phusong.cli import main
from phusong.cogs import level_colours, write_cogs
from phusong.cover import ANY, coverage_by_commune
from phusong.domain import MOBILE_CLASSES
from phusong.engine import open_engine
from phusong.footprints import draw_footprints
from phusong.signals import signals_at_sites
from phusong.tiles import CENTRAL, HIGH, LOW, OFFSET_DBM, read_arrays

CELLS = (
    "cell_id,operator,radio,frequency_mhz,lon,lat,antenna_height_m,eirp_dbm,azimuth_deg\n"
    "C1,Viettel,4G,1800,107.551,15.051,30,58,\n"
    "C2,VNPT,4G,900,107.66,15.06,30,58,90\n"
    "C3,Viettel,3G,2100,107.551,15.051,30,58,\n"
)


@pytest.fixture
def covered(drawn_study, opened):
    """The drawn study with a ridge and three cells, opened, on cells of 90 m."""
    path = drawn_study()
    write_elevation(path.with_name("dem.tif"), ridge)
    path.with_name("cells.csv").write_text(CELLS, encoding="utf-8")
    path.write_text(path.read_text() + 'elevation = "dem.tif"\n[mobile]\ncell_m = 90\n', encoding="utf-8")
    study, region, _findings = opened(path)
    return path, study, region


def tile_of(footprints):
    (file,) = footprints.tiles.values()
    levels, server = read_arrays(file, 2)
    return levels.astype(float) + OFFSET_DBM, server


def test_the_raster_agrees_with_the_exact_path_to_each_site(covered, tmp_path):
    _path, study, region = covered
    footprints = draw_footprints(study, region, tmp_path)
    levels, server = tile_of(footprints)
    table = signals_at_sites(study, region).table.set_index(["site_id", "operator", "radio"])
    inverse = ~footprints.area.transform
    compared = 0
    for site in region.sites.itertuples():
        column, row = (int(v) for v in inverse @ (site.geometry.x, site.geometry.y))
        for g, (operator, radio) in enumerate(footprints.groups):
            exact = table.loc[(site.site_id, operator, radio)]
            if exact["distance_m"] > 2000:
                assert levels[g, CENTRAL, row, column] == pytest.approx(exact["level_dbm"], abs=6)
                assert footprints.cell_ids[server[g, row, column]] == exact["cell_id"]
                compared += 1
    assert compared >= 6


def test_only_the_communes_are_worked_out_and_nothing_else_changes(covered, tmp_path, monkeypatch):
    _path, study, region = covered
    (tmp_path / "all").mkdir()
    levels, _server = tile_of(draw_footprints(study, region, tmp_path))
    monkeypatch.setattr(mastprints, "_inside", lambda _task, grid: np.ones(grid.ground.shape, np.bool_))
    everywhere = draw_footprints(study, region, tmp_path / "all")
    inside = rasterio.features.rasterize(
        region.communes.geometry, everywhere.area.shape, transform=everywhere.area.transform
    ).astype(bool)
    assert np.array_equal(levels[..., inside], tile_of(everywhere)[0][..., inside])


@pytest.mark.parametrize(("asked", "cell_m"), [("cell_m = 30", 60), ("footprint_cell_m = 30", 30)])
def test_cells_are_no_finer_than_the_elevation_unless_asked(covered, opened, tmp_path, asked, cell_m):
    path, _study, _region = covered
    path.write_text(path.read_text().replace("cell_m = 90", asked), encoding="utf-8")
    study, region, _findings = opened(path)
    assert draw_footprints(study, region, tmp_path).area.cell_m == cell_m


def test_low_is_below_and_high_above(covered, tmp_path):
    _path, study, region = covered
    levels, server = tile_of(draw_footprints(study, region, tmp_path))
    known = server >= 0
    assert known.any()
    assert (levels[:, LOW][known] <= levels[:, CENTRAL][known]).all()
    assert (levels[:, HIGH][known] >= levels[:, CENTRAL][known]).all()


def test_areas_and_people_add_up_to_the_communes(covered, tmp_path):
    _path, study, region = covered
    coverage = coverage_by_commune(draw_footprints(study, region, tmp_path), region, study.mobile)
    sums = coverage.groupby(["commune_code", "radio", "operator"])[["area_km2", "people", "people_low"]].sum()
    area = region.communes.set_index("commune_code").area / 1e6
    for (code, _radio, _operator), row in sums.iterrows():
        assert row["area_km2"] == pytest.approx(area[code], rel=0.01)
        assert row["people"] == pytest.approx({"00001": 3000, "00002": 1000}[code], abs=1)
        assert row["people_low"] == pytest.approx(row["people"], abs=1)


def test_the_best_of_all_is_never_less_than_one_of_them(covered, tmp_path):
    _path, study, region = covered
    coverage = coverage_by_commune(draw_footprints(study, region, tmp_path), region, study.mobile)
    usable = coverage[coverage["signal_class"] != "none"]
    area = usable.groupby(["commune_code", "radio", "operator"])["area_km2"].sum().unstack()
    assert (area[ANY] >= area.drop(columns=ANY).max(axis=1) - 1e-9).all()
    behind = area.loc[("00002", "LTE")]
    assert behind["VNPT"] > behind["Viettel"]  # the ridge is between Viettel's mast and B


def test_a_second_run_takes_the_finished_pieces(covered, tmp_path, monkeypatch):
    _path, study, region = covered
    first = draw_footprints(study, region, tmp_path)

    def never(*_arguments, **_more):
        raise AssertionError("drawn again")

    monkeypatch.setattr(mastprints, "footprint_losses", never)
    assert draw_footprints(study, region, tmp_path).tiles == first.tiles
    with pytest.raises(AssertionError, match="drawn again"):
        draw_footprints(study, region, tmp_path, offsets={"LTE": 3.0})


def test_the_engine_changes_nothing(covered, tmp_path):
    _path, study, region = covered
    tiles = []
    for address in ("here", "threads:2", "cores:2"):
        folder = tmp_path / address.replace(":", "")
        folder.mkdir()
        with open_engine(address) as engine:
            tiles.append(tile_of(draw_footprints(study, region, folder, engine)))
    for levels, server in tiles[1:]:
        assert np.array_equal(levels, tiles[0][0]) and np.array_equal(server, tiles[0][1])


def test_the_rasters_are_cogs_with_colours_and_scale(covered, tmp_path):
    _path, study, region = covered
    (tmp_path / "pieces").mkdir()
    footprints = draw_footprints(study, region, tmp_path / "pieces")
    written = write_cogs(footprints, region.sites.crs.to_wkt(), tmp_path, study.mobile)
    names = {p.name for p in written}
    assert {"lte.tif", "lte-viettel.tif", "lte-vnpt.tif", "lte-server.tif", "lte-operators.tif"} <= names
    with rasterio.open(tmp_path / "lte.tif") as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.offsets == (OFFSET_DBM,) and raster.nodata == 0
        assert raster.colormap(1)[200 - 80] == level_colours("LTE", study.mobile)[200 - 80]
        best = raster.read(1)
    with rasterio.open(tmp_path / "lte-viettel.tif") as raster:
        assert (best >= raster.read(1)).all()
    with rasterio.open(tmp_path / "lte-operators.tif") as raster:
        assert set(np.unique(raster.read(1))) <= {0, 1, 2}


def test_the_command_writes_tables_pictures_and_manifest(covered, tmp_path, capsys):
    path, _study, region = covered
    with pytest.raises(SystemExit) as done:
        main(["cover", str(path), "--out", str(tmp_path / "cover"), "--json", "--quiet"])
    assert not done.value.code
    said = json.loads(capsys.readouterr().out)
    folder = tmp_path / "cover"
    assert [p for p in tmp_path.iterdir() if p.name.startswith(".")] == []  # pieces are tidied away
    names = {p.name for p in folder.iterdir()}
    assert {"coverage.csv", "cells.csv", "manifest.json", "lte.png", "umts.png", "lte.tif"} <= names
    table = pd.read_csv(folder / "coverage.csv", dtype={"commune_code": str})
    assert set(table["commune_code"]) == set(region.communes["commune_code"])
    assert set(table["signal_class"]) == set(MOBILE_CLASSES)
    lte = [row for row in said["coverage"] if row["radio"] == "LTE"]
    assert [row["signal_class"] for row in lte] == ["good", "fair", "weak"]
    assert lte[0]["people"] <= lte[1]["people"] <= lte[2]["people"] <= 4000
    for row in lte:
        assert row["people_low"] <= row["people"] <= row["people_high"]


def test_a_study_without_cells_is_refused_in_one_line(drawn_study, capsys):
    path = drawn_study()
    path.write_text(path.read_text().replace('cells = "cells.csv"', ""))
    with pytest.raises(SystemExit) as done:
        main(["cover", str(path)])
    assert done.value.code == 1
    assert "the study has no cell sites" in capsys.readouterr().err
