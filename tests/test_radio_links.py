"""Point-to-point links: clearance, masts, outage, bands, many pairs at once."""

import numpy as np
import pytest

from phusong.errors import InputError
from phusong.radio import links, pairs
from phusong.radio.footprints import Mast
from phusong.terrain import Grid, Profile, flat_grid, read_profile


def _profile(heights: np.ndarray, km: float, canopy: float = 0.0) -> Profile:
    d = np.linspace(0, km, len(heights))
    return Profile(d, heights.astype(float), np.full(len(heights), canopy), 1000 * d, 0 * d)


def _ridge(height: float, km: float = 20, points: int = 401) -> Profile:
    h = np.full(points, 100.0)
    h[points // 2] = 100 + height
    return _profile(h, km)


def test_low_masts_on_a_plateau_are_blocked_by_the_bulge() -> None:
    profile = _profile(np.full(301, 500.0), 30)
    found = links.find_clearance(profile, 2, 2, 7.5, 4 / 3, 0.0)
    assert not found.clear
    assert found.obstructions[0].d_km == pytest.approx(15, abs=0.2)
    # The bulge is 13.2 m; 2 m masts leave 11.2 m of it in the way.
    assert found.obstructions[0].into_m == pytest.approx(13.24 - 2, abs=0.01)


def test_masts_that_just_clear_do_clear() -> None:
    profile = _ridge(60)
    need = links.mast_heights(profile, 10, 10, 7.5)
    for start, end in ((need.at_start_m, 10), (10, need.at_end_m), (need.both_m, need.both_m)):
        for k, part in links.asked_clearance(20):
            assert links.find_clearance(profile, start + 0.01, end + 0.01, 7.5, k, part).clear
        lower = [
            links.find_clearance(profile, max(start - 0.5, 0), max(end - 0.5, 0), 7.5, k, part).clear
            for k, part in links.asked_clearance(20)
        ]
        assert not all(lower)


def test_a_link_is_the_same_from_both_ends() -> None:
    h = 200 + np.cumsum(np.random.default_rng(4).normal(0, 4, 300))
    forth, back = _profile(h, 12), _profile(h[::-1].copy(), 12)
    a = links.assess_link(forth, 40, 15, links.EQUIPMENT[3])
    b = links.assess_link(back, 15, 40, links.EQUIPMENT[3])
    assert a.received_dbm == pytest.approx(b.received_dbm, abs=1e-9)
    assert a.availability_percent == pytest.approx(b.availability_percent, abs=1e-9)
    assert a.clearances[1].least_f1 == pytest.approx(b.clearances[1].least_f1)
    assert a.masts.at_start_m == pytest.approx(b.masts.at_end_m)


def test_budget_adds_up() -> None:
    profile = _profile(np.full(201, 100.0), 10)
    radio = links.EQUIPMENT[3]
    link = links.assess_link(profile, 40, 40, radio)
    assert link.line_of_sight and link.clear
    assert link.diffraction_db == pytest.approx(0, abs=0.01)
    assert link.free_space_db == pytest.approx(92.4478 + 20 * np.log10(180), abs=1e-4)
    got = radio.power_dbm + 2 * radio.gain_dbi - link.free_space_db - link.gas_db - link.diffraction_db
    assert link.received_dbm == pytest.approx(got)
    assert link.margin_db == pytest.approx(got - radio.threshold_dbm)
    total = link.availability_percent + link.rain_outage_percent + link.multipath_outage_percent
    assert total == pytest.approx(100)


def test_a_high_ridge_breaks_the_link() -> None:
    link = links.assess_link(_ridge(600), 20, 20, links.EQUIPMENT[3])
    assert not link.line_of_sight
    assert link.diffraction_db > 30
    assert link.availability_percent < 99
    assert link.clearances[0].obstructions[0].x_m == pytest.approx(10000)


def test_longer_hops_take_lower_bands() -> None:
    bands = [
        links.choose_band(_profile(np.full(201, 0.0), km), 80, 80, 99.99).f_ghz for km in (1, 5, 12, 25, 45)
    ]
    assert bands == sorted(bands, reverse=True)
    assert bands[0] >= 38
    assert bands[-1] <= 8


def test_wetter_places_have_more_outage() -> None:
    profile = _profile(np.full(201, 0.0), 12)
    climates = (links.Climate(r001_mm_h=rate) for rate in (30, 90))
    dry, wet = (links.assess_link(profile, 60, 60, links.EQUIPMENT[2], climate) for climate in climates)
    assert dry.rain_outage_percent < wet.rain_outage_percent


def test_canopy_stands_in_the_way_but_not_at_the_ends() -> None:
    bare, wooded = _profile(np.full(101, 100.0), 5), _profile(np.full(101, 100.0), 5, canopy=20)
    assert links.find_clearance(bare, 25, 25, 7.5, 4 / 3, 1.0).clear
    assert not links.find_clearance(wooded, 25, 25, 7.5, 4 / 3, 1.0).clear
    assert links.surface(wooded)[0] == 100


def test_a_link_on_a_grid() -> None:
    grid = flat_grid((0, 0, 12000, 3000))
    link = links.find_link(grid, Mast(500, 1500, 40), Mast(10500, 1500, 40), f_ghz=7.5)
    assert link.length_km == pytest.approx(10)
    assert link.f_ghz == 7.5
    assert links.find_link(grid, Mast(500, 1500, 40), Mast(10500, 1500, 40)).availability_percent >= 99.99
    with pytest.raises(InputError, match="same place"):
        links.find_link(grid, Mast(500, 1500, 40), Mast(500, 1500, 40))
    with pytest.raises(InputError, match="no height"):
        links.find_link(grid, Mast(500, 1500, 40), Mast(50500, 1500, 40))


def test_bulk_clearance_equals_single_links() -> None:
    rng = np.random.default_rng(6)
    ground = 300 + 80 * np.cumsum(rng.normal(0, 0.1, (400, 400)), 1)
    grid = Grid(ground.astype(np.float32), 0.0, 0.0, 30.0)
    x, y = rng.uniform(100, 11800, 25), -rng.uniform(100, 11800, 25)
    found = pairs.pairs_within(x, y, 9000, 500)
    assert (found[:, 0] < found[:, 1]).all()
    got = pairs.pair_clearances(grid, x, y, np.full(25, 30.0), found, 7.5)
    for (a, b), value in list(zip(found, got, strict=True))[:60]:
        profile = read_profile(grid, (x[a], y[a]), (x[b], y[b]))
        one = links.find_clearance(profile, 30, 30, 7.5, 4 / 3, 0.6)
        assert value == pytest.approx(one.least_f1, abs=0.003)


def test_bulk_clearance_does_not_guess_over_voids() -> None:
    grid = flat_grid((0, 0, 9000, 3000))
    grid.ground[:, 100] = np.nan
    x, y = np.array([500.0, 8000.0, 2500.0, 500000.0]), np.full(4, 1500.0)
    got = pairs.pair_clearances(grid, x, y, np.full(4, 20.0), np.array([[0, 1], [0, 2], [0, 3]]), 7.5)
    assert np.isnan(got[[0, 2]]).all()
    assert got[1] > 1
