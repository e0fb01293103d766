"""Draws of prices, statuses and signals: what stays firm, what flips, whom to ask first."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from conftest import REPOSITORY
from drawn_land import cells, elevation, land, ridge
from drawn_plan import CRS, gaps_of, lines, price, region, round_prices, shuffled, sites, study
from drawn_run import drawn_run
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.costs import Price, Prices
from phusong.domain import INPUT_TABLES, SENSITIVITY, SURVEY, Region, empty
from phusong.engine import open_engine
from phusong.errors import RunError
from phusong.options import lay_groundwork, propose_options
from phusong.portfolio import Plan, choose_plan
from phusong.runs import FORMAT, read_run, write_manifest, write_tables
from phusong.sensitivity import run_draws, sensitivity_of
from phusong.signals import shifted, signals_at_sites
from phusong.siting import people_without_signal
from phusong.study import Sensitivity
from phusong.supposed import draw_prices, draw_shift, find_doubts, suppose, with_answers

#: Fibre on the first kilometre of a road to A at 4 km; the tests put others beyond and beside it.
ROADS = [[(0, 0), (6000, 0)], [(4000, 0), (4000, -2000)]]
FIBRE = [[(0, 0), (1000, 0)]]
A = (4000.0, 0.0)
#: A's own line (the last 5 m of the fibre count as its end) and terminal.
LINE_OF_A = 2995 * 100 + 1000
TECHNOLOGIES = ("fibre", "satellite", "wifi")
EVERYTHING = ("fibre", "microwave", "cellular", "cell_site", "satellite", "satellite_geo", "wifi")


def world(at: Mapping[str, tuple[float, float]]) -> Region:
    return region(lines(ROADS), lines(FIBRE, "F"), sites(at))


def told(frame: gpd.GeoDataFrame, **unknown: str) -> gpd.GeoDataFrame:
    """Fibre gaps and working Wi-Fi, reported in 2026, but for those statuses (fibre, wifi) that are unknown
    at the sites named, separated by blanks."""
    status = {service: dict.fromkeys(names.split(), "unknown") for service, names in unknown.items()}
    gaps = gaps_of(frame, status.get("fibre"), status.get("wifi"))
    for service in ("fibre", "wifi"):
        known = gaps[service] != "unknown"
        gaps[f"{service}_basis"] = pd.Series("reported", index=gaps.index, dtype="str").where(known)
        gaps[f"{service}_date"] = pd.Series("2026", index=gaps.index, dtype="str").where(known)
    return gaps


def fixed(prices: Prices) -> Prices:
    """The same without any range."""
    return {
        sheet: {name: replace(p, low=p.value, high=p.value) for name, p in figures.items()}
        for sheet, figures in prices.items()
    }


def with_satellite(terminal: Price) -> Prices:
    """Prices without a range, but for that of the satellite terminal."""
    prices = fixed(round_prices())
    return {**prices, "satellite": {**prices["satellite"], "terminal": terminal}}


def base(where: Region, gaps: gpd.GeoDataFrame, prices: Prices, **plan: object) -> Plan:
    asked = study(**{"technologies": TECHNOLOGIES, **plan})
    return choose_plan(asked, where, gaps, propose_options(asked, where, gaps, prices), prices)


def drawn(  # type: ignore[no-untyped-def]
    folder: Path,
    where: Region,
    gaps: gpd.GeoDataFrame,
    prices: Prices,
    count: int,
    *,
    seed=1,
    engine=None,
    **plan,
):
    asked = study(**{"technologies": TECHNOLOGIES, **plan})
    return run_draws(asked, where, gaps, prices, None, count, folder, engine, seed)


def in_the_mountains(folder: Path, at: Mapping[str, tuple[float, float]]) -> Region:
    """A ridge between a 4G mast in the west and what lies in the east."""
    masts = cells([("M", "LTE", 0, 0)]).assign(source="drawn", row=1)
    where = land(at, elevation(folder / "e.tif", ridge), masts)
    return replace(where, measurements=empty(INPUT_TABLES["measurements"], CRS))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize(
    "budget",
    [{}, {"budget_vnd": 400_000}, {"budget_by_year": {"2026": 200_000, "2027": 300_000}}],
    ids=["no budget", "budget", "budgets of years"],
)
def test_without_ranges_and_doubts_each_draw_is_the_plan(tmp_path: Path, budget: dict) -> None:
    where = world({"A": A, "B": (6000.0, 0.0), "C": (4000.0, -2000.0)})
    gaps, prices = told(where.sites), fixed(round_prices())
    plan = base(where, gaps, prices, **budget)
    firm, survey = sensitivity_of(drawn(tmp_path, where, gaps, prices, 2, **budget), plan)
    SENSITIVITY.validate(firm)
    assert survey.empty and list(survey.columns) == list(SURVEY.columns)
    told_of = plan.investments.set_index("investment_id")
    assert firm["investment_id"].tolist() == told_of.index.tolist()
    funded = told_of["funded"].to_numpy()
    assert funded.any()
    assert (firm["built_percent"] == np.where(funded, 100, 0)).all()
    assert (firm["top_percent"] == firm["built_percent"]).all()
    first_half = np.arange(len(firm)) < -(-funded.sum() // 2)
    assert (firm["top_half_percent"] == np.where(funded & first_half, 100, 0)).all()
    for percent in (10, 50, 90):
        for name in ("capex", "present_cost"):
            band = firm.loc[funded, f"{name}_{percent}_vnd"].to_numpy()
            assert (band == told_of.loc[funded, f"{name}_vnd"]).all()
            assert firm.loc[~funded, f"{name}_{percent}_vnd"].isna().all()


def test_a_price_in_doubt_flips_the_technology_where_it_should(tmp_path: Path) -> None:
    where, terminal = world({"A": A}), price(250_000, low=200_000, high=400_000)
    gaps, prices, count = told(where.sites), with_satellite(terminal), 30
    draws = drawn(tmp_path, where, gaps, prices, count)
    dear = []
    for draw in draws.found:
        cost = suppose(prices, draws.doubts, None, 1, draw["number"]).prices["satellite"]["terminal"].value
        dear.append(cost > LINE_OF_A)
        one = draw["investments"][0]
        assert one["technology"] == ("fibre" if dear[-1] else "satellite")
        assert one["capex_vnd"] == (LINE_OF_A if dear[-1] else round(cost))
    # The part of the triangle above what fibre costs.
    share = 1 - (400_000 - LINE_OF_A) ** 2 / ((400_000 - 200_000) * (400_000 - 250_000))
    firm, _survey = sensitivity_of(draws, base(where, gaps, prices))
    assert firm["technology"].tolist() == ["satellite"]
    assert firm.loc[0, "built_percent"] == pytest.approx(100 * (1 - np.mean(dear)), abs=0.1)
    assert firm.loc[0, "built_percent"] == pytest.approx(100 * share, abs=3 * 50 / np.sqrt(count))
    # The costs are of the draws that build it: none above fibre's.
    band = firm.loc[0, ["capex_10_vnd", "capex_50_vnd", "capex_90_vnd"]].to_list()
    assert 200_000 <= band[0] < band[1] < band[2] <= LINE_OF_A


def test_it_goes_on_where_it_stopped_with_the_same_bytes(tmp_path: Path) -> None:
    where = world({"A": A, "B": (5000.0, 0.0)})
    gaps, prices = told(where.sites, fibre="B", wifi="A B"), round_prices()
    whole = drawn(tmp_path / "whole", where, gaps, prices, 4)
    drawn(tmp_path / "again", where, gaps, prices, 3)
    (tmp_path / "again" / "draw-00001.json").unlink()
    (tmp_path / "again" / "draw-00002.json").write_text('{"number": 2, "shift')
    before = (tmp_path / "again" / "draw-00000.json").stat().st_mtime_ns
    again = drawn(tmp_path / "again", where, gaps, prices, 4)
    assert bytes_of(tmp_path / "again") == bytes_of(tmp_path / "whole")
    assert (tmp_path / "again" / "draw-00000.json").stat().st_mtime_ns == before
    assert again.found == whole.found and len(whole.found) == 4


def test_neither_the_order_of_rows_nor_the_workers_change_anything(tmp_path: Path) -> None:
    where = world({"A": A, "B": (5000.0, 0.0), "C": (4000.0, -500.0)})
    gaps, prices = told(where.sites, fibre="B C", wifi="A"), round_prices()
    drawn(tmp_path / "plain", where, gaps, prices, 5)
    mixed = gaps.sample(frac=1, random_state=3)
    backwards = {sheet: dict(reversed(figures.items())) for sheet, figures in reversed(prices.items())}
    drawn(tmp_path / "mixed", shuffled(where, 2), mixed, backwards, 5)
    with open_engine("cores:2") as engine:
        drawn(tmp_path / "cores", where, gaps, prices, 5, engine=engine)
    assert bytes_of(tmp_path / "plain") == bytes_of(tmp_path / "mixed") == bytes_of(tmp_path / "cores")


def test_draws_of_another_question_are_not_mixed_in(tmp_path: Path) -> None:
    where, prices = world({"A": A}), round_prices()
    gaps = told(where.sites)
    drawn(tmp_path, where, gaps, prices, 1)
    with pytest.raises(RunError, match="another question or seed"):
        drawn(tmp_path, where, gaps, prices, 1, seed=2)
    with pytest.raises(RunError, match="another question or seed"):
        drawn(tmp_path, where, gaps, prices, 1, budget_vnd=5)
    with pytest.raises(RunError, match="another question or seed"):
        drawn(tmp_path, where, told(where.sites, fibre="A"), prices, 1)
    with pytest.raises(RunError, match="another question or seed"):
        drawn(tmp_path, world({"A": (4001.0, 0.0)}), gaps, prices, 1)


def test_the_site_with_the_longest_line_is_asked_first(tmp_path: Path) -> None:
    where = world({"A": A, "B": (6000.0, 0.0), "C": (4000.0, -500.0), "D": (3500.0, 0.0)})
    gaps, prices = told(where.sites, fibre="B C D"), fixed(round_prices())
    plan = base(where, gaps, prices, technologies=("fibre",))
    _firm, survey = sensitivity_of(drawn(tmp_path, where, gaps, prices, 5, technologies=("fibre",)), plan)
    SURVEY.validate(survey)
    # Beyond A's trunk: 2 km and a terminal, 500 m and a terminal, a terminal.
    assert survey["site_id"].tolist() == ["B", "C", "D"]
    assert survey["change_vnd"].tolist() == [201_000, 51_000, 1000]
    assert survey["compared"].tolist() == [2, 2, 1] or survey["compared"].sum() == 5
    assert (survey["services"] == "fibre").all() and (survey["doubts"] == "unknown").all()
    assert (survey["others_changed"] == 0).all()


def test_an_answer_can_change_what_its_neighbour_gets(tmp_path: Path) -> None:
    # Alone A takes a satellite terminal (250,000); with B the trunk is worth it (300,500 + 101,000).
    where, prices = world({"A": A, "B": (5000.0, 0.0)}), with_satellite(price(250_000))
    gaps = told(where.sites, fibre="B")
    _firm, survey = sensitivity_of(drawn(tmp_path, where, gaps, prices, 2), base(where, gaps, prices))
    row = survey.iloc[0]
    assert (row["site_id"], row["change_vnd"], row["others_changed"]) == ("B", 151_500, 1)


def test_a_site_that_was_never_compared_comes_last_and_says_so(tmp_path: Path) -> None:
    where, prices = world({"A": A, "B": (6000.0, 0.0)}), fixed(round_prices())
    gaps = told(where.sites, fibre="A B")
    _firm, survey = sensitivity_of(drawn(tmp_path, where, gaps, prices, 1), base(where, gaps, prices))
    assert survey["compared"].tolist() == [1, 0]
    assert survey["change_vnd"].isna().tolist() == [False, True]


def test_what_is_in_doubt() -> None:
    where = world(dict.fromkeys(("A", "B", "C", "D", "E"), A))
    gaps = told(where.sites, fibre="A", wifi="B")
    gaps.loc[2, ["wifi_basis"]] = "assumed"
    gaps.loc[3, ["fibre_date"]] = "2022-06"
    gaps.loc[4, ["wifi_date"]] = "2022-06"
    rule = Sensitivity(
        unknown_has_fibre=0.4, unknown_has_wifi=0.6, assumed_holds=0.7, old_holds=0.9, old_after_years=3
    )
    found = find_doubts(gaps, rule, "2026")
    assert found[["site_id", "service", "doubt"]].to_numpy().tolist() == [
        ["A", "fibre", "unknown"],
        ["B", "wifi", "unknown"],
        ["C", "wifi", "assumed"],
        ["D", "fibre", "old"],
        ["E", "wifi", "old"],
    ]
    # Wi-Fi works as reported, fibre is a gap: an old gap that holds means that there is none.
    assert found["has_share"].tolist() == pytest.approx([0.4, 0.6, 0.7, 0.1, 0.9])
    # Without a day of the study, as old as against the latest evidence; four years are not old then.
    assert len(find_doubts(gaps, rule.model_copy(update={"old_after_years": 5}), "")) == 3
    answered = with_answers(gaps, found, np.array([True, False, False, True, True]))
    assert answered["fibre"].tolist() == ["ok", "gap", "gap", "ok", "gap"]
    assert answered["wifi"].tolist() == ["ok", "gap", "gap", "ok", "ok"]
    assert gaps.loc[0, "fibre"] == "unknown"


def test_answers_come_as_often_as_they_are_likely() -> None:
    where = world({"A": A})
    doubts = find_doubts(told(where.sites, fibre="A", wifi="A"), study().sensitivity, "2026")
    doubts["has_share"] = [0.2, 0.9]
    has = np.array([suppose({}, doubts, None, 7, number).has for number in range(2000)])
    assert has.mean(axis=0) == pytest.approx([0.2, 0.9], abs=0.04)


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1e9), min_size=3, max_size=3), st.integers(0, 10_000))
def test_a_price_is_drawn_once_within_its_range(bounds: list[float], number: int) -> None:
    low, value, high = sorted(bounds)
    prices = {"x": {"a": price(value, low=low, high=high), "b_reach_m": price(5, low=1, high=9)}}
    prices["x"]["c"] = price(7)
    one, same = (draw_prices(prices, np.random.default_rng([1, number, 0]))["x"] for _ in range(2))
    assert one == same
    assert low <= one["a"].value <= high and one["a"].low == one["a"].value == one["a"].high
    assert one["b_reach_m"] == prices["x"]["b_reach_m"] and one["c"] == prices["x"]["c"]


def test_a_new_price_does_not_change_what_is_drawn_of_the_statuses() -> None:
    doubts = find_doubts(told(world({"A": A}).sites, fibre="A"), study().sensitivity, "2026")
    more = {**round_prices(), "zzz": {"new": price(5, low=1, high=9)}}
    pairs = [[suppose(p, doubts, None, 1, n).has[0] for n in range(20)] for p in (round_prices(), more)]
    assert pairs[0] == pairs[1] and len(set(pairs[0])) == 2


def test_signals_shift_within_their_range_and_measured_ones_say_nothing() -> None:
    signals = pd.DataFrame(
        {
            "radio": ["LTE", "LTE", "LTE", "UMTS", "GSM"],
            "level_dbm": [-100.0, -110, -90, -100, np.nan],
            "low_dbm": [-110.0, -116, -104, -100, np.nan],
            "high_dbm": [-96.0, -104, -84, -100, np.nan],
            "terrain": ["elevation"] * 4 + ["flat"],
        }
    )
    shifts = [draw_shift(signals, np.random.default_rng([1, n])) for n in range(300)]
    lte = np.array([shift["LTE"] for shift in shifts])
    # The medians: 10 dB less to 6 dB more.
    assert lte.min() >= -10 and lte.max() <= 6 and lte.min() < -8 and lte.max() > 4
    assert all(shift["UMTS"] == 0 and "GSM" not in shift for shift in shifts)
    assert draw_shift(None, np.random.default_rng(1)) == {}


@pytest.mark.parametrize("shift_db", [0.0, -8.0])
def test_what_is_kept_between_draws_changes_nothing(tmp_path: Path, shift_db: float) -> None:
    at = {"S": (2000, 300), "T": (8500, 400), "U": (9000, 0)}
    where = in_the_mountains(tmp_path, at)
    asked, gaps = study(technologies=EVERYTHING, years=10), told(where.sites, wifi="S", fibre="U")
    signals = signals_at_sites(asked, where).table
    kept = lay_groundwork(asked, where, round_prices())
    propose_options(asked, where, gaps, round_prices(), signals, groundwork=kept)
    # Another draw: other prices, other gaps, another shift.
    supposed = suppose(round_prices(), find_doubts(gaps, asked.sensitivity, "2026"), signals, 3, 5)
    gaps = told(where.sites, fibre="T")
    more = {"shift_db": {"LTE": shift_db}}
    warm = propose_options(asked, where, gaps, supposed.prices, signals, groundwork=kept, **more)
    fresh = propose_options(asked, where, gaps, supposed.prices, signals, **more)
    for table in ("options", "facilities", "alternatives", "demand"):
        pd.testing.assert_frame_equal(getattr(warm, table), getattr(fresh, table))
    assert len(fresh.facilities) and fresh.options["feasible"].any()


def test_weaker_signals_serve_fewer_sites_and_leave_more_people_without(tmp_path: Path) -> None:
    where = in_the_mountains(tmp_path, {"S": (2000, 300), "T": (3500, 0)})
    asked, gaps = study(technologies=("cellular",), years=10), told(where.sites)
    signals = signals_at_sites(asked, where).table
    served, left = [], []
    for shift in (20.0, 0.0, -20.0, -60.0):
        proposal = propose_options(
            asked, where, gaps, round_prices(), signals, shift_db={"LTE": shift, "NR": 99.0}
        )
        served.append(int(proposal.options["feasible"].sum()))
        without = people_without_signal(proposal.land, asked.mobile, 15_000, {"LTE": shift})
        left.append(without["people"].sum())
    assert served == sorted(served, reverse=True) and served[0] == 2 and served[-1] == 0
    assert left == sorted(left) and left[0] == 0 and left[-1] == pytest.approx(1000)


def test_measured_levels_are_not_shifted() -> None:
    levels = {"level_dbm": -100.0, "low_dbm": -110.0, "high_dbm": -95.0, "measured_dbm": -97.0}
    signals = pd.DataFrame([{"site_id": "A", "radio": "LTE"} | levels])
    out = shifted(signals, {"LTE": -10.0, "NR": 5.0}, study().mobile).iloc[0]
    assert out[["level_dbm", "low_dbm", "high_dbm"]].tolist() == [-110, -120, -105]
    assert (out["signal_class"], out["measured_dbm"]) == ("weak", -97)


def test_a_run_reads_the_tables_that_it_was_asked_for(tmp_path: Path) -> None:
    run = drawn_run()
    asked = {"sensitivity": empty(SENSITIVITY), "survey": empty(SURVEY)}
    for name, more in (("with", asked), ("without", {})):
        (tmp_path / name).mkdir()
        write_tables(tmp_path / name, {**run.tables, **more})
        write_manifest(tmp_path / name, {"format": FORMAT})
    assert {"sensitivity", "survey"} <= set(read_run(tmp_path / "with").tables)
    # What an earlier run left in the folder does not count.
    for name in asked:
        (tmp_path / "without" / "tables" / f"{name}.parquet").write_text("left over")
    assert not set(asked) & set(read_run(tmp_path / "without").tables)


def test_the_bundled_study_is_drawn_with_all_its_technologies(tmp_path: Path) -> None:
    from phusong.cli.job import design
    from phusong.engine import Engine

    found = design(REPOSITORY / "data" / "nam-giang" / "study.toml", Engine(), False, None, {})
    draws = run_draws(found.study, found.region, found.gaps, found.prices, found.signals.table, 2, tmp_path)
    firm, survey = sensitivity_of(draws, found.plan)
    assert len(firm) == len(found.plan.investments)
    unknown = (found.gaps["fibre"] == "unknown") | (found.gaps["wifi"] == "unknown")
    assert set(survey["site_id"]) == set(found.gaps.loc[unknown, "site_id"])
    assert survey["compared"].sum() == 2
    assert all(draw["shift_db"] for draw in draws.found)
    # Both communes without fibre get it in each draw: nothing else does for a commune office.
    fibre = firm[firm["technology"] == "fibre"]
    assert len(fibre) == 2 and (fibre["built_percent"] == 100).all()
