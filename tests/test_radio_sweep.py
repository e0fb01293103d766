"""Footprints against exact paths, on drawn terrain and on Đà Nẵng's."""

import numpy as np
import pytest
from radio_reference import VECTORS

from phusong.errors import InputError
from phusong.jit import njit
from phusong.radio import exact, p1812, sight, single
from phusong.radio.footprints import (
    Footprint,
    Mast,
    footprint_edges,
    footprint_losses,
    footprint_sight,
    site_losses,
)
from phusong.radio.radials import assign_cells
from phusong.terrain import Grid, Terrain, bilinear, flat_grid, read_grid

FREQUENCIES = (0.9, 1.8, 2.6)


def _mountains(size: int = 700, seed: int = 7) -> Grid:
    """Ridged terrain in 30 m cells, steeper than 25° on average."""
    rng = np.random.default_rng(seed)
    z = np.zeros((size, size))
    f = np.hypot(np.fft.rfftfreq(size)[None, :], np.fft.fftfreq(size)[:, None]) + 1e-9
    for wave_m, height_m in ((12000, 520), (5000, 300), (2200, 160), (1000, 75), (450, 26)):
        noise = rng.standard_normal(f.shape) + 1j * rng.standard_normal(f.shape)
        window = np.exp(-0.5 * (np.log(f * wave_m / 30) / 0.55) ** 2) / np.sqrt(f)
        band = np.fft.irfft2(noise * window, s=z.shape)
        z += height_m * (1 - np.abs(band / band.std()))
    return Grid((z - z.min() + 60).astype(np.float32), 0.0, 0.0, 30.0)


@pytest.fixture(scope="module")
def mountains() -> Grid:
    return _mountains()


@pytest.fixture(scope="module")
def mast(mountains: Grid) -> Mast:
    middle = mountains.ground[320:380, 320:380]
    i, j = np.unravel_index(int(middle.argmax()), middle.shape)
    x, y = mountains.xy(np.array([320 + i + 0.3]), np.array([320 + j - 0.2]))
    return Mast(float(x[0]), float(y[0]), 40.0)


def _errors(grid: Grid, mast: Mast, raster: Footprint, count: int = 1500) -> np.ndarray:
    """Raster minus exact loss at some cells, by frequency."""
    rng = np.random.default_rng(1)
    known = np.argwhere(np.isfinite(raster.loss_db[0]))
    cells = known[rng.choice(len(known), min(count, len(known)), replace=False)]
    x, y = grid.xy(raster.row + cells[:, 0], raster.column + cells[:, 1])
    truth = site_losses(grid, mast, x, y, FREQUENCIES).p1812_db
    return np.asarray(raster.loss_db[:, cells[:, 0], cells[:, 1]] - truth)


def test_raster_is_near_exact_paths_in_mountains(mountains: Grid, mast: Mast) -> None:
    raster = footprint_losses(mountains, mast, FREQUENCIES, 9000)
    errors = np.abs(_errors(mountains, mast, raster))
    assert (np.median(errors, axis=1) <= 0.1).all()
    assert (np.percentile(errors, 95, axis=1) <= 2.0).all()


@pytest.mark.reference
def test_raster_is_near_exact_paths_at_da_nang() -> None:
    path = VECTORS.parent / "terrain-da-nang" / "dem_30m.tif"
    if not path.exists():
        pytest.skip(f"no terrain at {path}")
    grid = read_grid(Terrain((str(path),), "EPSG:32649"), (187000, 1757000, 211000, 1782000))
    tall = np.nan_to_num(grid.ground, nan=-1)[300:500, 300:500]
    i, j = np.unravel_index(int(tall.argmax()), tall.shape)
    x, y = grid.xy(np.array([300.0 + i]), np.array([300.0 + j]))
    mast = Mast(float(x[0]), float(y[0]), 40.0)
    raster = footprint_losses(grid, mast, FREQUENCIES, 10000)
    errors = np.abs(_errors(grid, mast, raster))
    assert (np.median(errors, axis=1) <= 0.1).all()
    assert (np.percentile(errors, 95, axis=1) <= 2.0).all()


def test_raster_over_flat_ground_and_beyond_the_horizon() -> None:
    grid = flat_grid((0, 0, 52000, 3000), 50.0)
    mast = Mast(1000.0, 1500.0, 30.0)
    raster = footprint_losses(grid, mast, FREQUENCIES, 50000)
    errors = np.abs(_errors(grid, mast, raster, 1500))
    assert errors.max() < 0.1


def test_raster_with_canopy(mountains: Grid, mast: Mast) -> None:
    trees = np.where(np.random.default_rng(3).random(mountains.ground.shape) < 0.6, 18, 0).astype(np.float32)
    wooded = Grid(mountains.ground, mountains.x_m, mountains.y_m, mountains.cell_m, trees)
    bare = footprint_losses(mountains, mast, [1.8], 4000)
    raster = footprint_losses(wooded, mast, FREQUENCIES, 4000)
    errors = np.abs(_errors(wooded, mast, raster))
    assert np.median(errors) <= 0.2
    assert np.nanmean(raster.loss_db[1] - bare.loss_db[0]) > 3


def test_ducting_may_be_left_out_at_half_the_time(mountains: Grid, mast: Mast) -> None:
    # It counts on a few short paths that drop steeply from a peak, and there by tenths of a dB.
    rng, differences = np.random.default_rng(5), []
    row, column = (float(v[0]) for v in mountains.rows_columns(np.array([mast.x_m]), np.array([mast.y_m])))
    for place in rng.uniform(60, 640, (150, 2)):
        d, h, _g = exact.read_path(
            mountains.ground, np.zeros((0, 0), np.float32), row, column, place[0], place[1], 0.03
        )
        parts = p1812.path_loss(d, h, 40, 1.5, 1.8)[1]
        differences.append(parts.lbd - parts.lbam)
    assert np.mean(np.abs(differences) > 0.02) <= 0.02
    assert max(differences) < 1


def test_sight_equals_exact_profiles(mountains: Grid, mast: Mast) -> None:
    missing, row0, column0 = footprint_sight(mountains, mast, 9000)
    row, column = (float(v[0]) for v in mountains.rows_columns(np.array([mast.x_m]), np.array([mast.y_m])))
    hts, bend = bilinear(mountains.ground, row, column) + mast.height_m, 500 / (4 / 3 * 6371)
    known = np.argwhere(np.isfinite(missing))
    cells = known[np.random.default_rng(2).choice(len(known), 8000, replace=False)]
    same = 0
    for i, j in cells:
        hrs = float(mountains.ground[row0 + i, column0 + j]) + 1.5
        short = sight.missing_height(
            mountains.ground, row, column, float(row0 + i), float(column0 + j), 0.03, hts, hrs, bend
        )
        same += (short <= 0) == (missing[i, j] <= 0)
    assert same / len(cells) >= 0.998
    assert 0.02 < (missing[np.isfinite(missing)] <= 0).mean() < 0.9


def test_the_bulge_hides_low_masts_on_a_plateau() -> None:
    grid = flat_grid((0, 0, 31000, 600), 100.0)
    plateau = Grid(grid.ground + 500, grid.x_m, grid.y_m, grid.cell_m)
    missing, _row, column0 = footprint_sight(plateau, Mast(450.0, 250.0, 2.0), 30000, receiver_m=2.0)
    # Two 2 m masts 30 km apart: the bulge of 13.2 m stands 11.2 m over the ray in the middle.
    assert missing[3, 304 - column0] > 20
    assert missing[3, 50 - column0] <= 0


def test_deygout_is_exact_along_the_radials(mountains: Grid) -> None:
    x, y = mountains.xy(np.array([350.0]), np.array([350.0]))
    mast = Mast(float(x[0]), float(y[0]), 40.0)
    raster = footprint_edges(mountains, mast, FREQUENCIES, 6000)
    rows = np.arange(160, 345)
    x, y = mountains.xy(rows, np.full(len(rows), 350))
    truth = site_losses(mountains, mast, x, y, FREQUENCIES).deygout_db
    got = raster.loss_db[:, rows - raster.row, 350 - raster.column]
    assert np.abs(got - truth).max() < 0.02


def test_a_hears_b_as_well_as_b_hears_a(mountains: Grid) -> None:
    a, b = Mast(3000.0, -3000.0, 25.0), Mast(9000.0, -8000.0, 25.0)
    there = site_losses(mountains, a, np.array([b.x_m]), np.array([b.y_m]), [1.8], receiver_m=25.0)
    back = site_losses(mountains, b, np.array([a.x_m]), np.array([a.y_m]), [1.8], receiver_m=25.0)
    assert there.p1812_db == pytest.approx(back.p1812_db, abs=1e-6)
    assert there.deygout_db == pytest.approx(back.deygout_db, abs=1e-6)


def test_voids_and_the_outside_are_unknown(mountains: Grid, mast: Mast) -> None:
    holed = mountains.ground.copy()
    row, column = (int(v[0]) for v in mountains.rows_columns(np.array([mast.x_m]), np.array([mast.y_m])))
    holed[row - 60 : row - 55, column - 5 : column + 5] = np.nan
    grid = Grid(holed, mountains.x_m, mountains.y_m, mountains.cell_m)
    raster = footprint_losses(grid, mast, [1.8], 4000)
    behind = raster.loss_db[0, : row - 60 - raster.row, column - raster.column]
    assert np.isnan(behind).all()
    assert np.isfinite(raster.loss_db[0, row + 30 - raster.row, column - raster.column])
    x, y = grid.xy(np.array([row - 100, 5000]), np.array([column, 5000]))
    assert np.isnan(site_losses(grid, mast, x, y, [1.8]).p1812_db).all()


def test_a_mast_out_of_place_is_said(mountains: Grid) -> None:
    with pytest.raises(InputError, match="no height"):
        footprint_losses(mountains, Mast(-5000.0, 0.0, 30), [1.8], 3000)
    with pytest.raises(InputError, match="above the ground"):
        footprint_losses(mountains, Mast(9000.0, -9000.0, -3), [1.8], 3000)
    with pytest.raises(InputError, match="reach"):
        footprint_losses(mountains, Mast(9000.0, -9000.0, 30), [1.8], 3)


def test_each_cell_belongs_to_one_radial() -> None:
    start, cells = assign_cells(np.ones((41, 41), np.bool_), 0, 0, 20.3, 19.8, 18.0, 240)
    rows, columns = cells >> 16, cells & 65535
    inside = np.hypot(*np.mgrid[0:41, 0:41] - np.array([20.3, 19.8])[:, None, None]) <= 18
    assert len(set(zip(rows, columns, strict=True))) == len(cells) == inside.sum()
    radial = np.repeat(np.arange(240), np.diff(start))
    azimuth = np.arctan2(columns - 19.8, 20.3 - rows) / (2 * np.pi) * 240 % 240
    assert (np.abs((azimuth - radial + 120) % 240 - 120) <= 0.501).all()


@njit()
def _four(x: np.ndarray, out: np.ndarray) -> None:
    for i in range(x.size):
        out[0, i], out[1, i] = single.log2(x[i]), single.exp2(x[i])
        out[2, i], out[3, i] = single.atan(x[i]), single.cubic_root(x[i] / np.float32(90))


def test_single_precision_functions() -> None:
    x = np.linspace(0.001, 90, 20001, dtype=np.float32)
    out = np.empty((4, x.size), np.float32)
    _four(x, out)
    wide = x.astype(float)
    assert np.abs(out[0] - np.log2(wide)).max() < 1e-6
    assert np.abs(out[1] / np.exp2(wide) - 1).max() < 1e-6
    assert np.abs(out[2] - np.arctan(wide)).max() < 2e-6
    assert np.abs(out[3] - 2 * np.cos(np.pi / 3 + np.arccos(wide / 90) / 3)).max() < 3e-6


def test_same_footprint_twice(mountains: Grid, mast: Mast) -> None:
    one, two = (footprint_losses(mountains, mast, FREQUENCIES, 3000) for _ in range(2))
    assert one.loss_db.tobytes() == two.loss_db.tobytes()
    assert one.departure_mrad is not None
    near = one.departure_mrad[np.isfinite(one.departure_mrad)]
    assert -1500 < near.min() < near.max() < 1500
