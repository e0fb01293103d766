"""Signals at sites: terrain decides, measurements come first, nothing is mixed, a fault is a finding."""

import numpy as np
import pandas as pd
import pytest
from conftest import SITES
from terrain_drawn import flat, ridge, write_elevation

from phusong.engine import open_engine
from phusong.gaps import find_gaps
from phusong.signals import calibrate, signals_at_sites
from phusong.wording import say_evidence


@pytest.fixture
def study_with(drawn_study):
    """The drawn study with an elevation model, cells and measurements."""

    def write(height=None, cells=None, measurements=None, mobile=""):
        path = drawn_study(sites=(*SITES[:2], SITES[2].replace("yếu", ""), SITES[3]))
        lines = path.read_text(encoding="utf-8")
        if height is not None:
            write_elevation(path.with_name("dem.tif"), height)
            lines += 'elevation = "dem.tif"\n'
        if measurements is not None:
            path.with_name("measured.csv").write_text(measurements, encoding="utf-8")
            lines += 'measurements = "measured.csv"\n'
        if cells is not None:
            path.with_name("cells.csv").write_text(CELL_HEADER + cells, encoding="utf-8")
        path.write_text(lines + mobile, encoding="utf-8")
        return path

    return write


CELL_HEADER = "cell_id,operator,radio,frequency_mhz,lon,lat,antenna_height_m,eirp_dbm,azimuth_deg,tilt_deg\n"
WEST_MAST = "C1,Viettel,4G,1800,107.551,15.051,30,58,,\n"
MEASURED_HEADER = "id,operator,radio,rsrp,lon,lat,date\n"


@pytest.fixture
def signals_of(opened):
    def of(path):
        study, region, _findings = opened(path)
        signals = signals_at_sites(study, region)
        gaps = find_gaps(study, region, signals=signals.table)
        return signals, gaps.set_index("site_id", drop=False)

    return of


def level(signals, site, operator="Viettel", radio="LTE", column="level_dbm"):
    row = signals.table.query("site_id == @site and operator == @operator and radio == @radio")
    return row[column].iloc[0]


def test_a_ridge_takes_the_signal_from_the_site_behind_it(study_with, signals_of):
    open_ground, gaps = signals_of(study_with(flat, WEST_MAST))
    assert gaps.loc["S3", "mobile"] == "ok" and gaps.loc["S3", "mobile_basis"] == "computed"
    behind, gaps = signals_of(study_with(ridge, WEST_MAST))
    assert gaps.loc["S3", "mobile"] == "gap" and gaps.loc["S3", "mobile_basis"] == "computed"
    assert level(behind, "S3") < level(open_ground, "S3") - 25
    assert level(behind, "S2") == pytest.approx(level(open_ground, "S2"), abs=1)
    assert "computed from terrain: Viettel 4G −" in say_evidence(gaps.loc["S3"], "mobile")


def test_every_level_has_a_range_about_it(study_with, signals_of):
    signals, _gaps = signals_of(study_with(ridge, WEST_MAST))
    table = signals.table.dropna(subset="level_dbm")
    assert (table["low_dbm"] < table["level_dbm"]).all() and (table["level_dbm"] < table["high_dbm"]).all()
    assert level(signals, "S3", column="high_dbm") - level(signals, "S3", column="low_dbm") > 5


def test_without_elevation_levels_rest_on_flat_ground_and_decide_nothing(study_with, signals_of):
    signals, gaps = signals_of(study_with(None, WEST_MAST))
    assert set(signals.table["terrain"]) == {"flat"}
    assert gaps.loc["S3", "mobile"] == "unknown" and gaps["mobile_level_dbm"].isna().all()


def test_a_measurement_comes_before_report_and_computation_in_its_own_column(study_with, signals_of):
    measured = (
        MEASURED_HEADER
        + "M1,Viettel,4G,-90,107.6501,15.05,2021-05-04\nM2,Viettel,4G,-92,107.6502,15.05,2021-05-06\n"
    )
    signals, gaps = signals_of(study_with(ridge, WEST_MAST, measured))
    assert (
        level(signals, "S3", column="measured_dbm") == -91
        and level(signals, "S3", column="measured_count") == 2
    )
    assert level(signals, "S3") < -105  # what is computed stays what it was
    row = gaps.loc["S3"]
    assert (row["mobile"], row["mobile_basis"]) == ("ok", "measured")
    assert "measured: Viettel 4G −91 dBm" in say_evidence(row, "mobile")
    weak = measured.replace("-90", "-118").replace("-92", "-118")
    _signals, gaps = signals_of(study_with(flat, WEST_MAST, weak))
    assert gaps.loc["S3", "mobile"] == "gap" and gaps.loc["S3", "mobile_basis"] == "measured"


def test_measurements_shift_computed_levels_once_there_are_enough(study_with, signals_of):
    plain, _gaps = signals_of(study_with(flat, WEST_MAST))
    places = [(107.56 + 0.006 * k, 15.03) for k in range(12)]
    sites = "".join(f"M{k},Viettel,4G,-100,{x},{y},2021\n" for k, (x, y) in enumerate(places))
    path = study_with(flat, WEST_MAST, MEASURED_HEADER + sites)
    first, _gaps = signals_of(path)
    few, _gaps = signals_of(study_with(flat, WEST_MAST, MEASURED_HEADER + sites[: sites.index("M5")]))
    (row,) = first.calibration.to_dict("records")
    assert row["radio"] == "LTE" and row["count"] == 12 and row["applied"] and row["error_db"] > 0
    assert level(first, "S3") == pytest.approx(level(plain, "S3") + row["offset_db"], abs=0.11)
    assert not few.calibration["applied"].any() and level(few, "S3") == level(plain, "S3")


def test_calibration_finds_a_shift_that_was_put_in():
    rng = np.random.default_rng(3)
    keys = [f"M{k}" for k in range(200)]
    common = {"measurement_id": keys, "operator": "V", "radio": "LTE"}
    computed = rng.uniform(-120, -70, 200)
    measured = pd.DataFrame({**common, "level_dbm": computed - 6 + rng.normal(0, 4, 200)})
    servers = pd.DataFrame({**common, "level_dbm": computed}).rename(columns={"measurement_id": "point_id"})

    class Settings:
        calibrate_from = 10

    (row,) = calibrate(measured, servers, Settings()).to_dict("records")
    assert row["offset_db"] == pytest.approx(-6, abs=3 * row["error_db"]) and row[
        "spread_db"
    ] == pytest.approx(4, abs=1)


def test_a_sector_looks_where_it_is_turned(study_with, signals_of):
    east, _gaps = signals_of(study_with(flat, "C1,Viettel,4G,1800,107.6,15.05,30,58,90,\n"))
    west, _gaps = signals_of(study_with(flat, "C1,Viettel,4G,1800,107.6,15.05,30,58,270,\n"))
    assert level(east, "S3") - level(west, "S3") == pytest.approx(30, abs=0.2)
    assert level(west, "S1") - level(east, "S1") == pytest.approx(30, abs=0.2)


def test_cells_that_cannot_be_computed_are_findings_and_the_rest_goes_on(study_with, signals_of):
    cells = WEST_MAST + (
        "C2,Viettel,4G,1800,107.8,15.05,30,58,,\n"
        "C3,Viettel,4G,1800,107.552,15.052,0.5,58,,\n"
        "C4,Viettel,5G,28000,107.552,15.052,30,58,,\n"
    )
    signals, gaps = signals_of(study_with(flat, cells))
    said = {f.row: f.what for f in signals.findings}
    assert set(said) == {3, 4, 5} and "where the elevation has no height" in said[3]
    assert "28000" in said[5] and "0.5 m" in said[4]
    assert gaps.loc["S3", "mobile_level_dbm"] < 0


def test_a_void_in_the_elevation_leaves_its_sites_unknown(study_with, signals_of):
    def void(lon, lat):
        return np.where((lon > 107.63) & (lon < 107.68), np.nan, 100.0)

    _signals, gaps = signals_of(study_with(void, WEST_MAST))
    assert gaps.loc["S3", "mobile"] == "unknown" and gaps.loc["S2", "mobile"] == "ok"


def test_order_and_engine_change_nothing(study_with, opened):
    cells = WEST_MAST + "C0,VNPT,4G,900,107.66,15.06,30,58,,\nC5,Viettel,3G,2100,107.551,15.051,30,58,,\n"
    one = study_with(ridge, cells)
    tables = []
    for address in ("here", "threads:2", "cores:2"):
        study, region, _f = opened(one)
        with open_engine(address) as engine:
            tables.append(signals_at_sites(study, region, engine).table)
    turned = study_with(ridge, "".join(f"{line}\n" for line in cells.splitlines()[::-1]))
    study, region, _f = opened(turned)
    tables.append(signals_at_sites(study, region).table)
    for other in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], other)
