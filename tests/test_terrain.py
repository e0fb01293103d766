"""Terrain: the lattice, tiles, voids, profiles."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.warp
from rasterio.transform import from_origin

from phusong.errors import InputError
from phusong.terrain import Grid, Terrain, fill_voids, flat_grid, read_grid, read_profile, sample

UTM = "EPSG:32648"


def _write(path: Path, heights: np.ndarray, west: float, north: float, cell: float, crs: str = UTM) -> str:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=heights.shape[0],
        width=heights.shape[1],
        count=1,
        dtype="float32",
        crs=crs,
        transform=from_origin(west, north, cell, cell),
        nodata=-32768,
    ) as raster:
        raster.write(heights.astype("float32"), 1)
    return str(path)


def _plane(rows: int, columns: int, cell: float = 30) -> np.ndarray:
    """Heights that rise by 1 m a cell to the east and 2 m a cell to the south."""
    return 100.0 + np.arange(columns)[None, :] + 2.0 * np.arange(rows)[:, None]


def test_a_raster_on_the_lattice_is_read_as_it_is(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.tif", _plane(40, 50), 300000, 2400000, 30)
    grid = read_grid(Terrain((path,), UTM), (300300, 2399100, 300900, 2399700))
    assert grid.ground.shape == (20, 20)
    assert grid.ground[0, 0] == pytest.approx(100 + 10 + 2 * 10)
    assert (grid.x_m, grid.y_m) == (300315, 2399685)


def test_windows_show_the_same_heights(tmp_path: Path) -> None:
    degrees = 400 * np.random.default_rng(2).random((200, 200))
    path = _write(tmp_path / "a.tif", degrees, 105.0, 22.0, 1 / 3600, "EPSG:4326")
    terrain = Terrain((path,), UTM)
    with rasterio.open(path) as raster:
        west, south, east, north = rasterio.warp.transform_bounds(raster.crs, UTM, *raster.bounds)
    middle = ((west + east) / 2, (south + north) / 2)
    wide = read_grid(terrain, (middle[0] - 2000, middle[1] - 2000, middle[0] + 2000, middle[1] + 2000))
    small = read_grid(terrain, (middle[0] - 300, middle[1] - 300, middle[0] + 300, middle[1] + 300))
    x, y = small.xy(*np.mgrid[2:15, 2:15].reshape(2, -1))
    assert np.array_equal(small.heights(x, y), wide.heights(x, y))


def test_tiles_join_and_the_first_wins(tmp_path: Path) -> None:
    left = _write(tmp_path / "l.tif", np.full((40, 40), 10.0), 300000, 2400000, 30)
    right = _write(tmp_path / "r.tif", np.full((40, 60), 20.0), 300600, 2400000, 30)
    grid = read_grid(Terrain((left, right), UTM), (300000, 2399400, 301800, 2400000))
    assert set(np.unique(grid.ground)) == {10.0, 20.0}
    assert grid.ground[5, 35] == 10
    assert not np.isnan(grid.ground).any()


def test_voids_are_filled_and_marked_but_not_the_outside(tmp_path: Path) -> None:
    heights = _plane(40, 40)
    heights[10:14, 10:14] = -32768
    heights[20, 20] = -9999
    path = _write(tmp_path / "a.tif", heights, 300000, 2400000, 30)
    grid = read_grid(Terrain((path,), UTM), (299400, 2398800, 301200, 2400000))
    assert grid.filled is not None
    assert grid.filled[10:14, 30:34].all() and grid.filled[20, 40]
    assert grid.filled.sum() == 17
    assert grid.ground[12, 32] == pytest.approx(_plane(40, 40)[12, 12], abs=3)
    assert np.isnan(grid.ground[:, :20]).all()


def test_a_wide_void_stays_unknown() -> None:
    heights = np.full((300, 300), 50.0, np.float32)
    heights[20:280, 20:280] = np.nan
    filled, marked = fill_voids(heights)
    assert np.isnan(filled[150, 150]) and not marked[150, 150]
    assert marked[25, 150] and filled[25, 150] == 50


def test_bilinear_is_exact_on_a_plane_and_nan_outside() -> None:
    grid = Grid(_plane(20, 20).astype(np.float32), 0, 0, 30)
    rows, columns = np.array([0.0, 3.25, 19.0, 19.5]), np.array([0.0, 7.5, 19.0, 3.0])
    got = sample(grid.ground, rows, columns)
    assert got[:3] == pytest.approx(100 + columns[:3] + 2 * rows[:3])
    assert np.isnan(got[3])


def test_profile_has_ends_places_and_canopy() -> None:
    canopy = np.full((40, 40), 12.0, np.float32)
    grid = Grid(_plane(40, 40).astype(np.float32), 0, 0, 30, canopy)
    profile = read_profile(grid, (30, -30), (930, -30))
    assert len(profile.d_km) == 31
    assert profile.d_km[-1] == pytest.approx(0.9)
    assert profile.ground_m == pytest.approx(102 + np.arange(1, 32))
    assert profile.canopy_m == pytest.approx(12)
    with pytest.raises(InputError, match="no height"):
        read_profile(grid, (30, -30), (9300, -30))


def test_flat_ground_when_no_elevation_is_given() -> None:
    grid = flat_grid((0, 0, 3000, 3000))
    assert grid.ground.shape == (100, 100) and not grid.ground.any()


def test_what_is_no_raster_is_said(tmp_path: Path) -> None:
    bad = tmp_path / "a.tif"
    bad.write_text("not a raster")
    with pytest.raises(InputError, match=r"a\.tif"):
        read_grid(Terrain((str(bad),), UTM), (0, 0, 300, 300))
