"""The bundled study: made again it is the same, and it says what was reported of Nam Giang in 2021."""

import csv
import importlib.util
import json
import sys
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio

from phusong.checks import check_region
from phusong.domain import KINDS
from phusong.readers import read_region, read_study
from phusong.readers.study import read_sheet

DATA = Path(__file__).parents[1] / "data"
STUDY = DATA / "nam-giang"
CODES = ["20695", "20698", "20699", "20701", "20702", "20704"]
CODES += ["20705", "20707", "20710", "20713", "20716", "20719"]
WITHOUT_FIBRE = ["20698", "20699"]
LAYERS = ("communes", "fibre", "roads", "rivers", "settlements")
#: UTM zone 48N: off by less than 0.1 % this near to its edge.
METRIC = 32648


@pytest.fixture(scope="module")
def maker() -> Iterator[ModuleType]:
    """`data/make_nam_giang.py` as a module."""
    sys.path.insert(0, str(DATA))
    spec = importlib.util.spec_from_file_location("make_nam_giang", DATA / "make_nam_giang.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(DATA))


def layer(name: str) -> gpd.GeoDataFrame:
    """A layer of the bundled study, in metres."""
    return gpd.read_file(STUDY / f"{name}.geojson").to_crs(METRIC)


def study_files() -> list[Path]:
    """The files of the study; a command may have left a folder beside them."""
    return [path for path in STUDY.iterdir() if path.is_file()]


@pytest.fixture(scope="module")
def sites() -> gpd.GeoDataFrame:
    """The list of public sites, in metres."""
    rows = pd.read_csv(STUDY / "sites.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
    at = gpd.points_from_xy(rows["Kinh độ"].astype(float), rows["Vĩ độ"].astype(float), crs=4326)
    return gpd.GeoDataFrame(rows, geometry=at).to_crs(METRIC)


@pytest.fixture(scope="module")
def centres(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """UBND of the twelve communes, by code."""
    found = sites[sites["Tên đơn vị"].str.match("UBND (xã|thị trấn)")]
    return found.set_index("Mã xã").sort_index()


def test_made_again_it_is_the_same(maker: ModuleType, tmp_path: Path) -> None:
    maker.make(tmp_path)
    made = {path.name for path in tmp_path.iterdir()}
    assert made | {"study.toml"} == {path.name for path in study_files()}
    for name in made - {"elevation.tif"}:
        assert (tmp_path / name).read_bytes() == (STUDY / name).read_bytes(), f"make {name} again"
    # How a TIFF is packed depends on the library; what it holds does not.
    with rasterio.open(tmp_path / "elevation.tif") as new, rasterio.open(STUDY / "elevation.tif") as old:
        assert (new.transform, new.crs, new.tags()) == (old.transform, old.crs, old.tags())
        np.testing.assert_array_equal(new.read(1), old.read(1))


def test_the_study_files_read() -> None:
    study = read_study(STUDY / "study.toml")
    assert (study.title, study.vintage) == ("Nam Giang 2021", "2021-07")
    assert "schematic" in study.note
    named = [source.path for _, source in study.inputs if hasattr(source, "path")]
    named += study.inputs.elevation
    assert len(named) == 9
    assert all(study.path(name).exists() for name in named)


def test_the_checks_find_only_the_missing_road_to_cho_chun() -> None:
    region, findings = check_region(read_region(read_study(STUDY / "study.toml")))
    (found,) = findings
    assert "6.3 km of road in Chơ Chun" in found.what
    assert len(region.communes) == 12


@pytest.mark.parametrize("name", ["study_template.toml", "study_template.vi.toml"])
def test_the_templates_read_and_explain_every_key(name: str, tmp_path: Path) -> None:
    text = (DATA / name).read_text(encoding="utf-8")
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    study = read_study(tmp_path / "study.toml")
    (tmp_path / "scenario.toml").write_text(scenario_in(text), encoding="utf-8")
    assert read_study(tmp_path / "scenario.toml").plan != study.plan
    keys = {*type(study).model_fields, *type(study.inputs).model_fields}
    keys |= {*type(study.targets).model_fields, *type(study.plan).model_fields}
    keys |= {*type(study.weekly).model_fields}
    missing = [key for key in sorted(keys - {"folder", "file"}) if key not in text]
    assert not missing


@pytest.mark.parametrize("name", ["study_template.toml", "study_template.vi.toml"])
def test_every_optional_key_of_a_template_may_be_uncommented(name: str, tmp_path: Path) -> None:
    text = (DATA / name).read_text(encoding="utf-8").split("# base = ")[0]
    shown = [line.removeprefix("#") if is_example(line) else line for line in text.splitlines()]
    (tmp_path / "study.toml").write_text("\n".join(shown), encoding="utf-8")
    study = read_study(tmp_path / "study.toml")
    assert study.prices
    assert study.plan.budget_vnd
    assert study.plan.weights
    assert study.weekly.targets["fibre"].percent == 100


def is_example(line: str) -> bool:
    """In a template `#key = value` and `#[table]` are examples, `# text` is a remark."""
    return line.startswith("#") and line[1:2] not in ("", " ", "#")


def scenario_in(template: str) -> str:
    """The scenario that a template ends with."""
    lines = template[template.index("# base = ") :].splitlines()
    return "\n".join(line.removeprefix("# ").removeprefix("#") for line in lines)


def test_twelve_communes_with_their_codes_and_people() -> None:
    communes = layer("communes").sort_values("commune_code")
    assert list(communes["commune_code"]) == CODES
    assert communes["population"].sum() == 26_123  # census of 2019
    assert communes["name"].is_unique
    assert set(communes["vintage"]) == {"2021-07"}


def test_communes_are_valid_and_meet_without_overlap() -> None:
    shapes = layer("communes").geometry
    assert shapes.is_valid.all()
    assert (shapes.geom_type == "Polygon").all()
    whole = shapes.union_all()
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert shapes.area.sum() == pytest.approx(whole.area, rel=1e-9)


@pytest.mark.parametrize("name", LAYERS)
def test_layers_are_rfc_7946(name: str) -> None:
    content = json.loads((STUDY / f"{name}.geojson").read_text(encoding="utf-8"))
    assert "crs" not in content
    shapes = gpd.read_file(STUDY / f"{name}.geojson").geometry
    assert shapes.is_valid.all()
    assert not shapes.is_empty.any()
    assert shapes.total_bounds[0] > 107
    if name == "communes":
        assert all(shape.exterior.is_ccw for shape in shapes)


def test_every_site_is_inside_its_commune(sites: gpd.GeoDataFrame) -> None:
    communes = layer("communes").set_index("commune_code").geometry
    outside = ~sites.within(communes[sites["Mã xã"]].set_axis(sites.index))
    assert not outside.any(), sites.loc[outside, "Tên đơn vị"]
    assert sites["Mã đơn vị"].is_unique
    assert 50 <= len(sites) <= 60


def test_the_list_says_what_was_reported(sites: gpd.GeoDataFrame, centres: gpd.GeoDataFrame) -> None:
    assert list(centres.index) == CODES
    without = centres.index.isin(WITHOUT_FIBRE)
    assert set(centres.loc[without, "Cáp quang"]) == {"Không"}
    assert set(centres.loc[~without, "Cáp quang"]) == {"Có"}
    assert set(centres.loc[without, "Sóng di động"]) == {"yếu"}
    video = set(sites.loc[sites["Họp trực tuyến"] == "Có", "Tên đơn vị"])
    assert video == {"UBND xã Tà Bhing", "UBND xã Chà Vàl", "UBND xã La Dêê", "UBND huyện Nam Giang"}
    silent = sites[~sites["Mã đơn vị"].isin(centres["Mã đơn vị"])]
    assert not silent[["Cáp quang", "Wifi", "Sóng di động"]].to_numpy().astype(bool).any()


def test_fibre_reaches_ten_centres_and_stays_away_from_two(centres: gpd.GeoDataFrame) -> None:
    away_m = centres.distance(layer("fibre").union_all())
    without = centres.index.isin(WITHOUT_FIBRE)
    assert (away_m[~without] <= 200).all()
    assert (away_m[without] > 2000).all()


def test_la_ee_is_on_the_road_network_and_cho_chun_is_not(centres: gpd.GeoDataFrame) -> None:
    """So the study shows a route along roads and one with a piece off them."""
    roads = gpd.GeoSeries([layer("roads").union_all()], crs=METRIC).explode().union_all()
    parts = gpd.GeoSeries([roads.buffer(1)], crs=METRIC).explode(ignore_index=True)
    part_of = {code: int(parts.distance(place).argmin()) for code, place in centres.geometry.items()}
    assert len(parts) == 2
    assert part_of["20698"] == part_of["20695"] != part_of["20699"]
    assert 2000 < parts.iloc[0].distance(parts.iloc[1]) < 6000


def test_only_3g_reaches_the_two_without_fibre(centres: gpd.GeoDataFrame) -> None:
    cells = pd.read_csv(STUDY / "cells.csv")
    at = gpd.GeoSeries(gpd.points_from_xy(cells["lon"], cells["lat"], crs=4326)).to_crs(METRIC)
    for code in WITHOUT_FIBRE:
        near = cells[at.distance(centres.geometry[code]) < 7000]
        assert set(near["radio"]) == {"UMTS"}
    assert set(cells["operator"]) == {"Viettel", "VNPT", "MobiFone"}
    assert cells["cell_id"].is_unique


def test_heights_cover_the_communes_with_valleys_along_roads() -> None:
    roads = gpd.read_file(STUDY / "roads.geojson")
    with rasterio.open(STUDY / "elevation.tif") as file:
        heights = file.read(1)
        west, south, east, north = gpd.read_file(STUDY / "communes.geojson").total_bounds
        assert file.bounds.left < west - 0.04
        assert file.bounds.right > east + 0.04
        assert file.bounds.bottom < south - 0.04
        assert file.bounds.top > north + 0.04
        along = [z[0] for z in file.sample([xy for line in roads.geometry for xy in line.coords])]
        assert "ynthetic" in file.tags()["TIFFTAG_IMAGEDESCRIPTION"]
    assert 0 < heights.min() < heights.max() < 1700
    assert np.mean(along) < heights.mean() - 100


def test_texts_are_nfc_and_files_are_small() -> None:
    for path in [*study_files(), *DATA.glob("*.toml"), *DATA.glob("prices/*.toml"), DATA / "README.md"]:
        assert path.stat().st_size < 1_000_000
        if path.suffix != ".tif":
            text = path.read_text(encoding="utf-8")
            assert unicodedata.is_normalized("NFC", text), path
    assert (STUDY / "sites.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_every_row_says_what_it_rests_on(sites: gpd.GeoDataFrame, maker: ModuleType) -> None:
    assert (
        sites["Căn cứ vị trí"]
        .str.contains("|".join([*sys.modules["nam_giang_facts"].SOURCES, "schematic"]))
        .all()
    )
    assert sites.loc[sites["Ngày báo cáo"] != "", "Căn cứ số liệu"].str.contains("báo cáo 2021").all()
    assert all(layer(name)["basis"].str.len().gt(3).all() for name in LAYERS)
    with (STUDY / "cells.csv").open(encoding="utf-8") as file:
        assert all("assumed" in row["note"] for row in csv.DictReader(file))


def test_every_figure_of_a_sheet_has_value_unit_source_and_date() -> None:
    for path in [DATA / "targets.toml", *sorted(DATA.glob("prices/*.toml"))]:
        for name, entry in read_sheet(path).items():
            where = f"{path.name}: {name}"
            assert entry.unit, where
            assert entry.date, where
            low = entry.value if entry.low is None else entry.low
            high = entry.value if entry.high is None else entry.high
            assert low <= entry.value <= high, where


def test_there_is_a_building_of_every_kind_for_its_access_points() -> None:
    sheet = tomllib.loads((DATA / "prices" / "wifi.toml").read_text(encoding="utf-8"))
    names = [f"{what}_{kind}" for what in ("area", "floors", "yard") for kind in KINDS]
    assert set(names) <= set(sheet)
    assert all("assumption" in sheet[name]["source"] for name in names)
