"""Received levels: pilots, patterns, ranges."""

import numpy as np
import pytest

from phusong.errors import InputError
from phusong.radio import levels


def test_rsrp_is_one_subcarrier() -> None:
    assert levels.pilot_offset_db("LTE", 20) == pytest.approx(-10 * np.log10(1200))
    assert levels.pilot_offset_db("NR", 100) == pytest.approx(-10 * np.log10(3276))
    with pytest.raises(InputError, match="unknown radio"):
        levels.pilot_offset_db("WiMAX")
    with pytest.raises(InputError, match="no channel"):
        levels.pilot_offset_db("LTE", 7)


def test_sector_is_strongest_in_its_beam_and_tilted_down() -> None:
    azimuth = np.array([0.0, 30.0, 60.0, 180.0])
    gain = levels.sector_gain_db(azimuth, np.zeros(4), 0.0)
    assert list(gain) == sorted(gain, reverse=True)
    assert levels.sector_gain_db(np.array([32.5]), np.zeros(1), 0.0)[0] == pytest.approx(-3)
    down = levels.sector_gain_db(np.zeros(2), np.array([0.0, -1000 * np.radians(6)]), 0.0, 6.0)
    assert down[1] == pytest.approx(0) and down[0] < -4


def test_range_holds_both_models_and_the_places() -> None:
    got = levels.level_range(30.0, np.array([100.0, 140.0]), np.array([99.0, 155.0]), 4.0)
    assert (got.low_dbm < got.central_dbm).all() and (got.central_dbm < got.high_dbm).all()
    assert got.central_dbm == pytest.approx([-70, -110])
    assert got.low_dbm[1] == pytest.approx(30 - 155 - 1.2816 * 4)
    unknown = levels.level_range(30.0, np.array([np.nan]), np.array([np.nan]), 4.0)
    assert np.isnan(unknown.central_dbm[0])
