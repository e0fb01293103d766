"""ITU-R P.1812 and its diffraction against the published cases of Study Group 3."""

import json
import math
from typing import Any

import numpy as np
import pytest
from radio_reference import vectors

from phusong.errors import InputError
from phusong.radio import diffraction, p1812, tropo


def _case(case: dict[str, Any], time_percent: float | None = None) -> tuple[float, p1812.Losses]:
    i = case["inputs"]
    phi = p1812.latitude_along(
        i["lam_t (deg)"], i["phi_t (deg)"], i["lam_r (deg)"], i["phi_r (deg)"], i["d (km)"] / 2
    )
    return p1812.path_loss(
        np.array(case["d"]),
        np.array(case["h"]),
        i["htg (m)"],
        i["hrg (m)"],
        i["f (GHz)"],
        clutter_m=np.array(case["R"]),
        zone=np.array(case["zone"]),
        time_percent=time_percent or i["p (%)"],
        locations_percent=i["pL (%)"],
        sigma_l_db=i["sigmaL (dB)"],
        vertical=i["pol"] == 2,
        latitude=phi,
        delta_n=i["DN"],
        n0=i["N0"],
        coast_km=(i["dct (km)"], i["dcr (km)"]),
    )


def _values(case: dict[str, Any], name: str) -> list[float]:
    return [v for key, v in case["intermediate"].items() if key.split(" ")[0].lower() == name]


@pytest.fixture(scope="module")
def cases() -> list[dict[str, Any]]:
    return json.loads(vectors("p1812_cases.json").read_text())  # type: ignore[no-any-return]


@pytest.mark.reference
def test_every_published_case_within_a_thousandth_of_a_db(cases: list[dict[str, Any]]) -> None:
    for case in cases:
        lb, _losses = _case(case)
        assert lb == pytest.approx(_values(case, "lb")[0], abs=1e-3), case["case"]


@pytest.mark.reference
@pytest.mark.parametrize("name", p1812.Losses._fields)
def test_every_published_intermediate_loss(cases: list[dict[str, Any]], name: str) -> None:
    checked = 0
    for case in cases:
        for value in _values(case, name):
            assert getattr(_case(case)[1], name) == pytest.approx(value, abs=1e-3), case["case"]
            checked += 1
    assert checked


@pytest.mark.reference
def test_every_published_intermediate_of_the_geometry(cases: list[dict[str, Any]]) -> None:
    for case in cases:
        i = case["inputs"]
        way = p1812.path_geometry(
            np.array(case["d"]), np.array(case["h"]), i["htg (m)"], i["hrg (m)"], i["DN"], i["f (GHz)"]
        )
        names = {"theta_t": "th_t", "theta_r": "th_r", "theta": "th"} | {
            n: n for n in ("ae", "dlt", "dlr", "hstd", "hsrd", "hte", "hre", "hm")
        }
        for ours, theirs in names.items():
            value = _values(case, theirs)[-1]
            assert getattr(way, ours) == pytest.approx(value, abs=1e-5), (case["case"], ours)


@pytest.mark.reference
def test_delta_bullington_parts(cases: list[dict[str, Any]]) -> None:
    for case in cases:
        i, h = case["inputs"], np.array(case["h"])
        g = h + np.array(case["R"])
        g[0], g[-1] = h[0], h[-1]
        way = p1812.path_geometry(np.array(case["d"]), h, i["htg (m)"], i["hrg (m)"], i["DN"], i["f (GHz)"])
        omega = p1812.zone_lengths(np.array(case["d"]), np.array(case["zone"]))[2]
        parts = diffraction.delta_bullington_parts(
            np.array(case["d"]),
            g,
            h[0] + i["htg (m)"],
            h[-1] + i["hrg (m)"],
            way.hstd,
            way.hsrd,
            3 * 6371.0,
            i["f (GHz)"],
            i["pol"] == 2,
            omega,
        )
        for value, name in zip(parts, ("lbulla", "lbulls", "ldsph"), strict=True):
            assert value == pytest.approx(_values(case, name)[0], abs=1e-3), (case["case"], name)


def _flat(km: float, points: int = 201) -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(0, km, points), np.zeros(points)


def _rough(km: float = 20, points: int = 301, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    steps = np.random.default_rng(seed).normal(0, 12, points)
    return np.linspace(0, km, points), 400 + np.cumsum(steps)


def test_knife_edge_of_p526() -> None:
    # ITU-R P.526-15 figure 9: J(0) = 6.03 dB, J(1) = 13.9 dB, nothing below −0.78.
    assert diffraction.knife_edge_loss(0.0) == pytest.approx(6.03, abs=0.005)
    assert diffraction.knife_edge_loss(1.0) == pytest.approx(13.9, abs=0.05)
    assert diffraction.knife_edge_loss(-0.8) == 0.0


def test_published_parameters_typed_in() -> None:
    # ITU-R SG3 validation of P.1812, case b2iseac_rural_land_100km (p = 1 %): β0, troposcatter, free space.
    assert tropo.anomalous_time(53.39987472, 100.0, 100.0) == pytest.approx(1.034879512, abs=1e-8)
    assert p1812.effective_radius_km(45.0) == pytest.approx(8930.776786, abs=1e-5)
    scatter = tropo.troposcatter_loss(100.0, 0.0008468369261, 0.0953, 1.0, 326.079979)
    assert scatter == pytest.approx(136.6238102, abs=1e-6)
    # The case b2iseac: mixed path, 17.5 km of land, 12.5 km of it inland; spherical Earth at 3·6371 km.
    assert tropo.anomalous_time(53.68658428, 17.5, 12.5) == pytest.approx(4.26330636, abs=1e-7)
    sphere = diffraction.spherical_earth_loss(
        235.1, 734.4522796, 154.8142878, 19113.0, 0.0953, False, 0.9096129307
    )
    assert sphere == pytest.approx(13.921474, abs=1e-5)


@pytest.mark.parametrize(("percent", "loss"), [(1, 87.0385433), (10, 87.30268122), (50, 87.48987104)])
def test_published_case_typed_in(percent: float, loss: float) -> None:
    # ITU-R SG3 validation of P.1812, case b2iseac_rural_land_1km: the whole profile has six points.
    got, _parts = p1812.path_loss(
        np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        np.array([754.4, 754.4, 729.9, 685.3, 634.3, 610.3]),
        60,
        7,
        0.0953,
        clutter_m=np.full(6, 10.0),
        time_percent=percent,
        vertical=False,
        latitude=53.18551669,
        delta_n=45.0,
        n0=326.079979,
    )
    assert got == pytest.approx(loss, abs=1e-6)


def test_combination_typed_in() -> None:
    # ITU-R SG3 case rburg_rural_with_clutter, p = 1 %.
    got = p1812.combine(
        96.2,
        54.47037953,
        0.0,
        1.0,
        1.442216533,
        1.0,
        111.9057367,
        107.6245009,
        108.0252419,
        72.68395376,
        68.81429931,
        178.3081611,
        168.2293702,
    )
    assert got.lbd == pytest.approx(176.4388002, abs=1e-6)
    assert got.lbc == pytest.approx(168.1803966, abs=1e-6)


@pytest.mark.parametrize("f", [0.0953, 0.9, 1.8, 3.5, 6.0])
def test_a_hears_b_as_well_as_b_hears_a(f: float) -> None:
    d, h = _rough()
    there, _ = p1812.path_loss(d, h, 40, 1.5, f)
    back, _ = p1812.path_loss(d[-1] - d[::-1], h[::-1].copy(), 1.5, 40, f)
    assert there == pytest.approx(back, abs=1e-9)


def test_loss_grows_with_time_and_locations_and_clutter() -> None:
    d, h = _rough()
    by_time = [p1812.path_loss(d, h, 40, 1.5, 1.8, time_percent=p)[0] for p in (1, 5, 20, 50)]
    assert by_time == sorted(by_time)
    by_place = [
        p1812.path_loss(d, h, 40, 1.5, 1.8, locations_percent=p, sigma_l_db=5.5)[0] for p in (10, 50, 90, 95)
    ]
    assert by_place == sorted(by_place)
    assert by_place[2] - by_place[1] == pytest.approx(1.2816 * 5.5, abs=0.01)
    wooded, _ = p1812.path_loss(d, h, 40, 1.5, 1.8, clutter_m=np.full(len(d), 15.0))
    assert wooded >= by_time[-1]


def test_a_path_over_sea_loses_less_for_rare_times() -> None:
    d, h = _flat(120)
    land, _ = p1812.path_loss(d, h, 40, 10, 0.6, time_percent=1)
    sea, _ = p1812.path_loss(d, h, 40, 10, 0.6, time_percent=1, zone=np.full(len(d), p1812.SEA))
    assert sea < land - 1


def test_short_and_high_is_free_space() -> None:
    d, h = _flat(2)
    loss, parts = p1812.path_loss(d, h, 100, 100, 3.5)
    assert loss == pytest.approx(parts.lbfs, abs=0.05)
    assert parts.lbfs == pytest.approx(92.4 + 20 * math.log10(3.5 * 2), abs=1e-9)


def test_deygout_of_one_edge_is_its_knife_edge() -> None:
    d = np.linspace(0, 10, 101)
    h = np.zeros(101)
    h[50] = 100.0
    loss = diffraction.deygout_loss(d, h, 20, 20, 0.0, 1.8)
    nu = 80 * math.sqrt(0.002 * 10 / (diffraction.LIGHT / 1.8 * 25))
    main = diffraction.knife_edge_loss(nu)
    assert loss > main
    # The feet of the hill lie below both sub-paths: only the correction C = 10 + 0.04 D is added.
    assert loss == pytest.approx(main + (1 - math.exp(-main / 6)) * 10.4, abs=1e-9)


@pytest.mark.parametrize(
    "change", [{"f_ghz": 60.0}, {"time_percent": 60.0}, {"hrg_m": 0.2}, {"locations_percent": 0.5}]
)
def test_outside_the_recommendation_is_said(change: dict[str, float]) -> None:
    d, h = _flat(5)
    values: dict[str, Any] = {"htg_m": 30, "hrg_m": 1.5, "f_ghz": 1.8} | change
    with pytest.raises(InputError, match="range of"):
        p1812.path_loss(d, h, **values)


def test_a_profile_must_be_one() -> None:
    with pytest.raises(InputError, match="three points"):
        p1812.path_loss(np.array([0.0, 1.0]), np.zeros(2), 30, 1.5, 1.8)
    with pytest.raises(InputError, match="ascend"):
        p1812.path_loss(np.array([0.0, 2.0, 1.0]), np.zeros(3), 30, 1.5, 1.8)
