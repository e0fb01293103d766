"""Population rasters scaled to the census: commune totals equal it exactly, as the program adds them up."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import from_origin
from shapely import Polygon, box

from phusong.census import (
    PeopleRaster,
    people_by_commune,
    read_people,
    scale_population,
    write_people,
)
from phusong.errors import InputError
from phusong.geo import metric_crs


def communes(*rows) -> gpd.GeoDataFrame:
    """Rows of (code, residents or None, shape)."""
    frame = gpd.GeoDataFrame(
        {"commune_code": [r[0] for r in rows], "name": [f"Xã {r[0]}" for r in rows]},
        geometry=[r[2] for r in rows],
        crs="EPSG:4326",
    )
    return frame.assign(population=pd.array([r[1] for r in rows], dtype="Int64"))


def raster(people, west=107.0, north=16.0, cell=0.01) -> PeopleRaster:
    return PeopleRaster(np.asarray(people, float), from_origin(west, north, cell, cell), "EPSG:4326")


def totals(scaled: PeopleRaster, frame: gpd.GeoDataFrame) -> dict[str, float]:
    return people_by_commune(scaled, frame.to_crs(metric_crs(frame))).to_dict()


def test_too_many_people_become_those_of_the_census():
    """Tân Trạch: 8,783 people in the raster, 407 in the census of 2019."""
    heads = np.random.default_rng(1).gamma(0.4, 5.0, (40, 60))
    heads *= 8783 / heads.sum()
    frame = communes(
        ("19147", 407, box(107.0, 15.6, 107.3, 16.0)), ("19150", 1203, box(107.3, 15.6, 107.6, 16.0))
    )
    scaled, findings = scale_population(raster(heads), frame)
    assert totals(scaled, frame) == {"19147": 407, "19150": 1203} and findings == []
    inside = scaled.people[1:-1, 1:29][heads[1:-1, 1:29] > 1]
    before = heads[1:-1, 1:29][heads[1:-1, 1:29] > 1]
    ratio = inside / before
    assert np.allclose(ratio, ratio[0], atol=1 / 1024)


@given(
    st.lists(st.integers(0, 2_000_000), min_size=4, max_size=4),
    st.integers(0, 2**32 - 1),
    st.floats(0.0, 0.9),
    st.floats(1e-6, 1e4),
)
def test_totals_are_exact_whatever_the_raster(residents, seed, voids, size):
    """Also with voids and empty cells, also added up in another order."""
    rng = np.random.default_rng(seed)
    heads = rng.gamma(0.3, size, (24, 26))
    heads[rng.random(heads.shape) < voids] = 0
    heads[rng.random(heads.shape) < voids / 2] = np.nan
    shapes = [
        Polygon([(107.02, 15.99), (107.13, 15.98), (107.1, 15.9), (107.01, 15.88)]),
        Polygon([(107.13, 15.98), (107.24, 15.99), (107.25, 15.87), (107.1, 15.9)]),
        box(107.01, 15.77, 107.1, 15.88),
        box(107.1, 15.77, 107.25, 15.87),
    ]
    frame = communes(*((f"{i:05d}", n, s) for i, (n, s) in enumerate(zip(residents, shapes, strict=True), 1)))
    scaled, _findings = scale_population(raster(heads), frame)
    wanted = {f"{i:05d}": n for i, n in enumerate(residents, 1) if n}
    assert totals(scaled, frame) == wanted
    assert (np.nan_to_num(scaled.people) >= 0).all()
    assert np.nansum(scaled.people.ravel()[::-1]) == sum(residents)


def test_rows_of_the_communes_may_come_in_any_order():
    heads = np.random.default_rng(5).random((20, 20))
    rows = [(f"0000{i}", 100 * i, box(107 + 0.04 * i, 15.8, 107.04 + 0.04 * i, 16.0)) for i in range(1, 4)]
    one, _f = scale_population(raster(heads), communes(*rows))
    other, _f = scale_population(raster(heads), communes(*reversed(rows)))
    assert np.array_equal(one.people, other.people, equal_nan=True)


def test_a_commune_narrower_than_a_cell_gets_finer_cells():
    frame = communes(
        ("00001", 300, box(107.0, 15.9, 107.101, 16.0)), ("00002", 50, box(107.101, 15.9, 107.104, 16.0))
    )
    scaled, findings = scale_population(raster(np.ones((10, 20))), frame)
    assert totals(scaled, frame) == {"00001": 300, "00002": 50} and findings == []
    assert scaled.transform.a < 0.01


def test_what_cannot_be_done_is_said():
    heads = np.ones((10, 20))
    heads[:, 10:] = 0
    frame = communes(
        ("00001", None, box(107.0, 15.9, 107.1, 16.0)),
        ("00002", 70, box(107.1, 15.9, 107.2, 16.0)),
        ("00003", 5, box(107.2, 15.95, 107.2000001, 15.9500001)),
    )
    scaled, findings = scale_population(raster(heads), frame, "population.tif")
    assert totals(scaled, frame) == {"00001": 100, "00002": 70}
    said = [(f.file, f.what) for f in findings]
    assert said[0] == ("population.tif", "no census figure for Xã 00001: its cells keep those of the raster")
    assert said[1][1] == "the raster has nobody in Xã 00002: its 70 residents are spread evenly"
    assert said[2][1].startswith("Xã 00003 is too narrow for the cells: its 5 residents")


def test_a_raster_of_elsewhere_is_refused():
    with pytest.raises(InputError, match="does not reach the communes"):
        scale_population(raster(np.ones((5, 5))), communes(("00001", 9, box(100, 10, 101, 11))))


def test_the_file_holds_the_figures_exactly(tmp_path):
    frame = communes(("00001", 407, box(107.0, 15.9, 107.13, 16.0)))
    scaled, _findings = scale_population(raster(np.random.default_rng(2).random((10, 20))), frame)
    write_people(scaled, tmp_path / "p.tif", LICENCE="CC BY 4.0")
    back = read_people(tmp_path / "p.tif")
    assert np.array_equal(back.people, scaled.people, equal_nan=True)
    assert totals(back, frame) == {"00001": 407}


@pytest.mark.reference
def test_nam_giang_adds_up_to_its_census(shared):
    """The real raster of 1 km and the twelve communes of 2021."""
    folder = shared / "nam-giang-2021"
    said = gpd.read_file(folder / "communes_2021.geojson")
    frame = said.assign(commune_code=said["code"], population=said["population_2019"].astype("Int64"))
    published = read_people(folder / "population_2020_1km.tif")
    before = totals(published, frame)
    scaled, _findings = scale_population(published, frame)
    census = dict(zip(frame["commune_code"], frame["population"].astype(int), strict=True))
    assert totals(scaled, frame) == census
    assert any(abs(before[code] - census[code]) > 100 for code in census)


@pytest.mark.reference
def test_quang_nam_adds_up_to_its_census(shared):
    """241 communes, of which those outside the raster's part of the province are left out."""
    said = gpd.read_file(shared / "quang-nam" / "communes_2021.geojson")
    published = read_people(shared / "nam-giang-2021" / "population_2020_1km.tif")
    frame = said.assign(commune_code=said["code"], population=said["pop2019"].astype("Int64"))
    rows, columns = published.people.shape
    to = published.transform
    reach = box(to.c, to.f + rows * to.e, to.c + columns * to.a, to.f)
    frame = frame[frame.within(reach)].reset_index(drop=True)
    scaled, _findings = scale_population(published, frame)
    assert totals(scaled, frame) == dict(
        zip(frame["commune_code"], frame["population"].astype(int), strict=True)
    )
    assert len(frame) >= 5
