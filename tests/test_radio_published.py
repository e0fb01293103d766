"""Rain, gas, multipath, clutter, vegetation, closed forms and Wi-Fi against published values."""

import csv
import json
import math
from collections.abc import Iterator

import pytest
from radio_reference import vectors

from phusong.errors import InputError
from phusong.radio import closed, clutter, gas, rain, wifi

TYPES = {1: "water", 2: "open", 3: "suburban", 4: "urban", 5: "trees", 6: "dense urban"}


def _numbers(name: str) -> Iterator[list[float]]:
    """The rows of a reference table that hold only numbers (its heads stand on two lines)."""
    with vectors(name).open(encoding="utf-8-sig") as lines:
        for row in csv.reader(lines):
            try:
                yield [float(value) for value in row]
            except ValueError:
                continue


def _rows(name: str) -> Iterator[dict[str, float]]:
    with vectors(name).open(encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            yield {key: float(value) for key, value in row.items()}


@pytest.mark.reference
def test_rain_table_of_the_itu() -> None:
    table = _numbers("p676_p837_p838/ITURP838-3_rain_specific_attenuation.csv")
    for el, f, rate, tilt, k, alpha, gamma in table:
        assert rain.rain_coefficients(f, el, tilt) == pytest.approx((k, alpha), rel=2e-7)
        assert rain.rain_db_km(f, rate, el, tilt) == pytest.approx(gamma, rel=1e-8)


@pytest.mark.reference
@pytest.mark.parametrize(("edition", "printed"), [("12", 5e-10), ("13", 1e-12)])
def test_gas_tables_of_the_itu(edition: str, printed: float) -> None:
    for f, pressure, t, rho, dry, water, both in _numbers(f"p676_p837_p838/ITURP676-{edition}_gamma.csv"):
        got = gas.gas_db_km(f, pressure, t, rho)
        # Some small values of edition 12 are printed to three digits.
        assert got[0] == pytest.approx(dry, abs=printed, rel=1e-4 if edition == "12" else 1e-11)
        assert got[1] == pytest.approx(water, abs=printed, rel=1e-4 if edition == "12" else 1e-11)
        assert sum(got) == pytest.approx(both, abs=2 * printed, rel=1e-4 if edition == "12" else 1e-11)


@pytest.mark.reference
def test_rain_attenuation_against_a_second_reading() -> None:
    for row in json.loads(vectors("p530_rain_cross.json").read_text())["rows"]:
        tilt = 90 if row["pol"] == "V" else 0
        got = rain.rain_loss(row["f_GHz"], row["d_km"], row["R001"], row["p"], tilt)
        assert got == pytest.approx(row["Ap_CRC_eeveetza"], abs=1e-9)


@pytest.mark.reference
def test_height_gain_table_of_ntia() -> None:
    for row in _rows("p2108/HeightGainTerminalCorrectionModelTestData.csv"):
        kind = TYPES[int(row["clutter_type"])]
        given = (row["f__ghz"], row["h__meter"], kind, row["R__meter"], row["w_s__meter"])
        if row["rtn"]:
            with pytest.raises(InputError):
                clutter.height_gain_loss(*given)
        else:
            assert clutter.height_gain_loss(*given) == pytest.approx(row["A_h__db"], abs=0.0501)


@pytest.mark.reference
def test_terrestrial_table_of_ntia() -> None:
    for row in _rows("p2108/TerrestrialStatisticalModelTestData.csv"):
        given = (row["f__ghz"], row["d__km"], row["p"])
        if row["rtn"]:
            with pytest.raises(InputError):
                clutter.terrestrial_clutter_loss(*given)
        else:
            assert clutter.terrestrial_clutter_loss(*given) == pytest.approx(row["L_ctt__db"], abs=0.0501)


@pytest.mark.reference
def test_slant_table_of_ntia() -> None:
    for row in _rows("p2108/AeronauticalStatisticalModelTestData.csv"):
        given = (row["f__ghz"], row["theta_deg"], row["p"])
        if row["rtn"]:
            with pytest.raises(InputError):
                clutter.slant_clutter_loss(*given)
        else:
            assert clutter.slant_clutter_loss(*given) == pytest.approx(row["L_ces__db"], abs=0.0501)


def test_rain_values_typed_in() -> None:
    # ITU-R CG-3M3J-13-ValEx, P.838-3 at 14.25 GHz, elevation 31.07699124°: k, α and γ at 26.48052 mm/h.
    assert rain.rain_coefficients(14.25, 31.07699124, 0) == pytest.approx((0.03975488, 1.12418043), abs=5e-9)
    assert rain.rain_db_km(14.25, 26.48052, 31.07699124, 0) == pytest.approx(1.58130839, abs=5e-9)


def test_gas_values_typed_in() -> None:
    # ITU-R CG-3M3J-13-ValEx rev. 8.3, P.676-13 at 1013.25 hPa, 288.15 K, 7.5 g/m³: 12 GHz, 60 GHz.
    assert gas.gas_db_km(12.0) == pytest.approx((0.00869826406877357, 0.00953538822024593), abs=1e-12)
    assert gas.gas_db_km(60.0)[0] == pytest.approx(14.6234748, abs=5e-8)


def test_clutter_values_typed_in() -> None:
    # NTIA p2108-test-data (2024): height gain in a city centre, statistical at 3.5 GHz, towards the sky.
    assert clutter.height_gain_loss(1.5, 2, "dense urban", 20, 27) == pytest.approx(27.1, abs=0.05)
    assert clutter.height_gain_loss(1.5, 2, "open", 6, 27) == pytest.approx(10.9, abs=0.05)
    assert clutter.terrestrial_clutter_loss(3.5, 1, 0.1) == pytest.approx(16.8, abs=0.05)
    assert clutter.slant_clutter_loss(10, 10.5, 45) == pytest.approx(12.4, abs=0.05)


def test_clutter_that_is_not_known_is_said() -> None:
    with pytest.raises(InputError, match="dense urban"):
        clutter.height_gain_loss(1.5, 2, "jungle")


def test_rain_outage_is_the_inverse_of_rain_loss() -> None:
    for percent in (0.002, 0.01, 0.3):
        margin = rain.rain_loss(18, 8, 88.8, percent)
        assert rain.rain_outage(18, 8, 88.8, margin) == pytest.approx(percent, rel=1e-6)
    assert rain.rain_outage(6, 1, 88.8, 60) == 0.001
    assert rain.rain_outage(80, 10, 88.8, 3) == 1.0


def test_multipath_is_one_curve_and_falls() -> None:
    p0 = rain.multipath_occurrence(7.5, 30, 400, 500)
    outages = [rain.multipath_outage(p0, fade) for fade in range(1, 50)]
    assert outages == sorted(outages, reverse=True)
    join = 25 + 1.2 * math.log10(p0)
    assert rain.multipath_outage(p0, join - 1e-6) == pytest.approx(rain.multipath_outage(p0, join), rel=1e-4)
    assert rain.worst_month_to_year(1.0, 30) < 1.0


def test_wetter_longer_and_higher_cost_more() -> None:
    assert rain.rain_loss(18, 8, 60) < rain.rain_loss(18, 8, 90) < rain.rain_loss(23, 8, 90)
    assert rain.rain_loss(18, 5, 90) < rain.rain_loss(18, 8, 90)
    assert rain.k_min(20) < rain.k_min(50) < 4 / 3


def test_woodland_levels_off() -> None:
    deep = clutter.woodland_loss(1800, 1e5)
    assert deep == pytest.approx(0.18 * 1800**0.752)
    assert clutter.woodland_loss(1800, 10) == pytest.approx(10 * clutter.woodland_db_m(1800), rel=0.06)
    assert clutter.foliage_loss(2400, 0) == 0


def test_gas_over_a_path() -> None:
    assert gas.path_gas_loss(7.5, 20) == pytest.approx(0.27, abs=0.05)
    assert gas.path_gas_loss(60, 1) > 13


def test_free_space_and_rural_macro() -> None:
    assert closed.free_space(2.4, 1) == pytest.approx(100.05, abs=0.01)
    near, _sigma = closed.rural_sight_loss(0.7, 100)
    assert near == pytest.approx(closed.free_space(0.7, math.hypot(100, 33.5) / 1000), abs=1.0)
    blocked = [closed.rural_blocked_loss(0.7, d)[0] for d in (200, 1000, 5000, 20000)]
    assert blocked == sorted(blocked)
    turn = 2 * math.pi * 35 * 1.5 * 0.7e9 / 3e8
    before, after = closed.rural_sight_loss(0.7, turn - 0.01)[0], closed.rural_sight_loss(0.7, turn + 0.01)[0]
    assert before == pytest.approx(after, abs=0.001)
    assert closed.rural_sight_probability(5) == 1
    with pytest.raises(InputError, match="RMa"):
        closed.rural_sight_loss(0.7, 50000)


def test_wifi_indoors_and_outdoors() -> None:
    # P.1238-11 table 2 office NLoS at 2.4 GHz and 10 m: 24.6 + 29.53 + 23.8·lg 2.4.
    assert wifi.indoor_loss(2.4, 10) == pytest.approx(24.6 + 29.53 + 23.8 * math.log10(2.4))
    assert wifi.indoor_loss(5.5, 10, floors=1) == pytest.approx(wifi.indoor_loss(5.5, 10) + 16)
    assert wifi.indoor_loss(2.4, 10, percent=90) > wifi.indoor_loss(2.4, 10)
    assert wifi.outdoor_loss(2.4, 300, sight=False) > wifi.outdoor_loss(2.4, 300)
    assert wifi.OUTDOOR["street", True].covers(2.4, 100)
    assert not wifi.OUTDOOR["street", True].covers(2.4, 5000)
    with pytest.raises(InputError, match="corridor"):
        wifi.indoor_loss(2.4, 10, "barn")
    with pytest.raises(InputError, match="street"):
        wifi.outdoor_loss(2.4, 10, "barn")
    with pytest.raises(InputError, match="office"):
        wifi.floor_loss(1, 2.4, "barn")
