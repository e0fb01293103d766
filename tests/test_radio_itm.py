"""The Irregular Terrain Model against NTIA's published point-to-point cases."""

import json

import numpy as np
import pytest
from radio_reference import vectors

from phusong.errors import InputError
from phusong.radio import itm, itm_terrain


@pytest.mark.reference
def test_every_published_case_to_the_printed_digit() -> None:
    for case in json.loads(vectors("itm_p2p.json").read_text()):
        pfl = case["pfl"]
        got = itm.itm_loss(
            np.array(pfl[2:]), pfl[1], case["h_tx__meter"], case["h_rx__meter"], case["f__mhz"],
            climate=int(case["climate"]), n_0=case["N_0"], vertical=case["pol"] == 1, epsilon=case["epsilon"],
            sigma=case["sigma"], mdvar=int(case["mdvar"]), time=case["time"], location=case["location"],
            situation=case["situation"],
        )
        assert abs(got.loss_db - case["A__db"]) <= 0.005001


# NTIA's p2p.csv, second case (480 MHz over 7.8 km, single-precision profile of 79 heights every 99.7 m): the
# loss is 157.1 dB. Its heights are not repeated here; these drawn profiles check how the parts behave.
def _flat(points: int = 334) -> np.ndarray:
    return np.zeros(points)


def _ridge(height: float, points: int = 334) -> np.ndarray:
    h = np.zeros(points)
    h[points // 2] = height
    return h


def test_free_space_part() -> None:
    got = itm.itm_loss(_flat(), 30.0, 40, 1.5, 1800)
    assert got.free_space_db == pytest.approx(32.45 + 20 * np.log10(1800 * 9.99), abs=1e-9)


def test_modes_follow_the_distance() -> None:
    modes = [itm.itm_loss(_flat(), step, 40, 3, 600).mode for step in (30.0, 150.0, 900.0)]
    assert modes == ["line of sight", "diffraction", "troposcatter"]


def test_a_ridge_costs_more_the_higher_it_is() -> None:
    losses = [itm.itm_loss(_ridge(h), 30.0, 40, 1.5, 1800).loss_db for h in (0, 100, 200, 400)]
    assert losses == sorted(losses)
    assert losses[-1] > losses[0] + 30


def test_a_hears_b_as_well_as_b_hears_a() -> None:
    h = 300 + np.cumsum(np.random.default_rng(5).normal(0, 9, 400))
    there = itm.itm_loss(h, 40.0, 30, 2, 900).loss_db
    assert itm.itm_loss(h[::-1].copy(), 40.0, 2, 30, 900).loss_db == pytest.approx(there, abs=0.7)


@pytest.mark.parametrize("climate", range(1, 8))
@pytest.mark.parametrize("mdvar", [0, 1, 2, 3, 11, 12, 13, 21, 33])
def test_loss_grows_with_the_situation_asked_for(climate: int, mdvar: int) -> None:
    losses = [
        itm.itm_loss(_ridge(150), 60.0, 30, 2, 900, climate=climate, mdvar=mdvar, situation=s).loss_db
        for s in (10, 50, 90)
    ]
    assert losses == sorted(losses)


def test_warnings_are_handed_on() -> None:
    steep = itm.itm_loss(_ridge(2000), 30.0, 40, 1.5, 1800)
    assert itm.Warnings.RX_HORIZON_STEEP in steep.warnings
    assert itm.Warnings.TX_HORIZON_STEEP in steep.warnings
    assert itm.Warnings.PATH_UNDER_1_KM in itm.itm_loss(_flat(20), 30.0, 40, 1.5, 1800).warnings
    assert itm.Warnings.FREQUENCY in itm.itm_loss(_flat(), 30.0, 40, 1.5, 15000).warnings
    assert itm.Warnings.RX_HEIGHT in itm.itm_loss(_flat(), 30.0, 40, 0.7, 1800).warnings
    rare = itm.itm_loss(_flat(), 30.0, 40, 2, 1800, situation=99.99)
    assert itm.Warnings.EXTREME_VARIABILITY in rare.warnings
    assert itm.Warnings.REFRACTIVITY in itm.itm_loss(_flat() + 3500, 30.0, 40, 2, 1800, n_0=301).warnings


def test_fit_line_meets_a_straight_profile() -> None:
    ends = itm_terrain.fit_line(np.linspace(10, 110, 101), 30.0, 300.0, 2700.0)
    assert ends == pytest.approx((10, 110))


@pytest.mark.parametrize(
    "change",
    [{"f_mhz": 10.0}, {"climate": 9}, {"n_0": 100.0}, {"mdvar": 14}, {"time": 0.0}, {"rx_height_m": 0.1}],
)
def test_what_the_model_refuses_is_said(change: dict[str, float]) -> None:
    values: dict[str, float] = {"tx_height_m": 30, "rx_height_m": 2, "f_mhz": 900} | change
    with pytest.raises(InputError):
        itm.itm_loss(_flat(), 30.0, **values)  # type: ignore[arg-type]


def test_ground_that_the_model_cannot_use() -> None:
    with pytest.raises(InputError, match="impedance"):
        itm.itm_loss(_flat(), 30.0, 30, 2, 900, epsilon=1.0, sigma=0.1, vertical=False)
