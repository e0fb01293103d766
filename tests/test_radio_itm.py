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
            np.array(pfl[2:]),
            pfl[1],
            case["h_tx__meter"],
            case["h_rx__meter"],
            case["f__mhz"],
            climate=int(case["climate"]),
            n_0=case["N_0"],
            vertical=case["pol"] == 1,
            epsilon=case["epsilon"],
            sigma=case["sigma"],
            mdvar=int(case["mdvar"]),
            time=case["time"],
            location=case["location"],
            situation=case["situation"],
        )
        assert abs(got.loss_db - case["A__db"]) <= 0.005001


# NTIA, validation data of the Irregular Terrain Model (p2p.csv, second case): heights in m every 99.708992 m.
NTIA_HEIGHTS = [
    553.893799,
    558.49646,
    564.378662,
    574.949402,
    576.390259,
    572.752747,
    582.208862,
    602.604126,
    620.722229,
    633.561218,
    642.06665,
    648.356445,
    655.098999,
    664.578857,
    677.095337,
    690.670349,
    704.094543,
    711.944885,
    717.323669,
    725.351929,
    736.008179,
    748.458984,
    762.377991,
    778.612854,
    787.058167,
    800.990845,
    828.248352,
    856.922485,
    867.414124,
    879.92157,
    894.167236,
    902.476318,
    915.806763,
    925.381653,
    935.710571,
    943.702942,
    946.280212,
    941.713074,
    924.066895,
    901.908752,
    878.227295,
    850.446289,
    828.275757,
    803.478088,
    780.635742,
    763.683105,
    743.865845,
    728.593933,
    715.05719,
    703.9198,
    699.985718,
    696.543762,
    694.988953,
    692.769958,
    687.856018,
    693.264648,
    703.161743,
    711.967712,
    717.73877,
    725.059326,
    736.723511,
    747.63739,
    759.708435,
    775.190979,
    787.675537,
    798.303894,
    811.481201,
    822.997437,
    828.436523,
    832.083069,
    834.164124,
    835.622864,
    834.677063,
    827.46106,
    812.620117,
    798.787903,
    791.270691,
    789.40509,
    795.033569,
]


def test_published_case_typed_in() -> None:
    got = itm.itm_loss(
        np.array(NTIA_HEIGHTS),
        99.708992,
        3.0,
        1.5,
        480.0,
        climate=5,
        n_0=301,
        vertical=True,
        epsilon=15,
        sigma=0.008,
        mdvar=12,
        time=22,
        location=22,
        situation=22,
    )
    assert got.loss_db == pytest.approx(157.1, abs=0.005)
    assert got.mode == "line of sight"
    assert got.warnings == itm.Warnings.RX_HORIZON_NEAR


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
