"""What each technology says of each site: feasible or why not, and what it costs alone."""

from types import ModuleType

import pandas as pd
import pytest
from drawn_plan import CRS, gaps_of, lines, price, region, round_prices, sites, study

from phusong.costs import Prices
from phusong.domain import CLOSES, OPTIONS, Region
from phusong.errors import PhuSongError
from phusong.options import Offer, propose_options, technologies

#: Fibre on the first kilometre of a road of 6 km; X lies on a road of its own, 2 km farther on.
ROADS = [[(0, 0), (6000, 0)], [(8000, 0), (9000, 0)]]
FIBRE = [[(0, 0), (1000, 0)]]
AT = {"S": (4000.0, 0.0), "T": (6000.0, 0.0), "X": (9000.0, 0.0)}


def world(at: dict[str, tuple[float, float]] = AT, **kind: str) -> Region:
    return region(lines(ROADS), lines(FIBRE, "F"), sites(at, kind))


def ask(
    where: Region, gaps: pd.DataFrame | None = None, prices: Prices | None = None, **plan: object
) -> pd.DataFrame:
    gaps = gaps_of(where.sites) if gaps is None else gaps
    found = propose_options(study(**plan), where, gaps, prices or round_prices()).options
    return OPTIONS.validate(found).set_index(["technology", "site_id"])


def test_fibre_is_priced_along_the_road_from_the_end_of_the_line() -> None:
    alone = ask(world()).loc[("fibre", "S")]
    # The last 5 m of fibre count as the end of the line: 2,995 m at 100 ₫, and the terminal.
    assert alone["new_line_m"] == 2995
    assert alone["capex_vnd"] == 2995 * 100 + 1000
    assert (alone["capex_low_vnd"], alone["capex_high_vnd"]) == (2995 * 50 + 1000, 2995 * 150 + 1000)
    assert (alone["feasible"], alone["reason"], alone["closes"]) == (True, "", "fibre")


def test_each_site_pays_for_the_whole_way_when_it_is_alone() -> None:
    found = ask(world())
    assert found.loc[("fibre", "T"), "capex_vnd"] - found.loc[("fibre", "S"), "capex_vnd"] == 2000 * 100


def test_a_site_on_a_road_of_its_own_gets_an_off_road_line_and_says_so() -> None:
    found = ask(world()).loc[("fibre", "X")]
    assert (found["feasible"], found["reason"], found["offroad_m"]) == (True, "no_road", 2000)
    assert found["capex_vnd"] == (4995 + 1000) * 100 + 2000 * 200 + 1000


def test_a_line_off_road_that_the_study_finds_too_long_is_refused_with_its_reason() -> None:
    found = ask(world(), offroad_max_m=1900).loc[("fibre", "X")]
    assert (found["feasible"], found["reason"]) == (False, "unreachable")
    assert found[["capex_vnd", "present_cost_vnd", "new_line_m"]].isna().all()


def test_without_fibre_or_roads_the_reason_says_so() -> None:
    no_fibre = region(lines(ROADS), lines([], "F"), sites(AT))
    assert set(ask(no_fibre).loc["fibre", "reason"]) == {"no_fibre_known"}
    assert not ask(no_fibre).loc["fibre", "feasible"].any()
    no_roads = region(lines([]), lines(FIBRE, "F"), sites(AT))
    found = ask(no_roads).loc[("fibre", "S")]
    assert (found["reason"], found["feasible"], found["offroad_m"]) == ("no_roads_known", True, 3000)


def test_satellite_gives_a_connection_but_not_fibre() -> None:
    found = ask(world()).loc[("satellite", "S")]
    assert (found["closes"], found["capex_vnd"], found["up_mbps"]) == ("connection", 200_000, 10)


def test_satellite_is_refused_where_only_fibre_will_do() -> None:
    found = ask(world(T="office_commune"), fibre_only=("office_commune",)).loc["satellite"]
    assert found["reason"].to_dict() == {"S": "", "T": "fibre_only", "X": ""}
    assert found["feasible"].to_dict() == {"S": True, "T": False, "X": True}


def test_demand_decides_whether_satellite_is_fast_enough() -> None:
    where = world()
    # 2 Mb/s each: 50 users fill the 100 Mb/s of the terminal, 51 do not fit. Fibre grows with demand.
    where.sites["users"] = where.sites["site_id"].map({"S": 50, "T": 51, "X": 3}).astype("Int64")
    found = ask(where)
    assert found.loc["satellite", "reason"].to_dict() == {"S": "", "T": "too_slow", "X": ""}
    assert found.loc[("fibre", "T"), "down_mbps"] == 102


def test_satellite_capacity_is_paid_each_year_for_the_demand() -> None:
    prices = round_prices()
    prices["satellite"]["capacity_per_mbps_year"] = price(7, "VND/Mbps/year")
    # No report of users: the least demand, 20 Mb/s.
    assert ask(world(), prices=prices).loc[("satellite", "S"), "opex_vnd_per_year"] == 7 * 20


@pytest.mark.parametrize(("name", "value"), [("up_mbps", 3.9), ("latency_ms", 151), ("down_mbps", 3)])
def test_a_terminal_too_weak_for_video_conferences_is_refused(name: str, value: float) -> None:
    prices = round_prices()
    prices["satellite"][name] = price(value)
    reasons = set(ask(world(), prices=prices).loc["satellite", "reason"])
    assert reasons == {"too_slow" if name == "down_mbps" else "misses_video_target"}


def test_wifi_is_priced_by_kind_and_says_what_it_waits_for() -> None:
    where = world(T="office_commune")
    gaps = gaps_of(where.sites, fibre={"S": "gap", "T": "ok", "X": "unknown"}, wifi=dict.fromkeys(AT, "gap"))
    found = ask(where, gaps).loc["wifi"]
    assert found["reason"].to_dict() == {"S": "needs_connection", "T": "", "X": "connection_unknown"}
    assert found["feasible"].to_dict() == {"S": True, "T": True, "X": False}
    assert found.loc["S", "capex_vnd"] == 4 * 500
    assert found.loc["T", "capex_vnd"] == 2 * 500


def test_sites_of_unknown_status_are_planned_only_if_asked_for() -> None:
    where = world()
    gaps = gaps_of(where.sites, fibre={"S": "gap", "T": "unknown", "X": "ok"}, wifi={"X": "unknown"})
    assert set(ask(where, gaps).reset_index()["site_id"]) == {"S"}
    planned = ask(where, gaps, plan_unknown=True)
    assert set(planned.loc["fibre"].index) == {"S", "T"}
    assert set(planned.loc["wifi"].index) == {"X"}


def test_a_study_asks_only_the_technologies_that_it_names() -> None:
    assert set(ask(world(), technologies=("satellite",)).reset_index()["technology"]) == {"satellite"}
    with pytest.raises(
        PhuSongError, match=r"unknown technology 'pigeon'.*Known: .*fibre, .*satellite, .*wifi"
    ):
        ask(world(), technologies=("fibre", "pigeon"))


def test_no_gaps_no_options() -> None:
    where = world()
    assert ask(where, gaps_of(where.sites, fibre=dict.fromkeys(AT, "ok"))).empty
    assert ask(where, technologies=()).empty


def test_a_missing_price_says_which() -> None:
    prices = round_prices()
    del prices["fibre"]["new_line"]
    with pytest.raises(PhuSongError, match=r"new_line.*\[prices.fibre\]"):
        ask(world(), prices=prices)


@pytest.mark.parametrize("name", sorted(technologies()))
def test_every_technology_keeps_the_contract(name: str) -> None:
    module = technologies()[name]
    assert name == module.NAME
    assert module.CLOSES in CLOSES
    assert module.__doc__
    where = world()
    gaps = gaps_of(where.sites, wifi=dict.fromkeys(AT, "gap"))
    found = ask(where, gaps, technologies=(name,))
    assert len(found) == 3
    feasible = found[found["feasible"]]
    assert (feasible["capex_low_vnd"] <= feasible["capex_vnd"]).all()
    assert (feasible["capex_vnd"] <= feasible["capex_high_vnd"]).all()
    assert (feasible["present_cost_vnd"] >= feasible["capex_vnd"]).all()
    nobody = gaps_of(where.sites, fibre=dict.fromkeys(AT, "ok"))
    assert ask(where, nobody, technologies=(name,)).empty


def test_another_package_can_bring_a_technology(monkeypatch: pytest.MonkeyPatch) -> None:
    pigeon = ModuleType("pigeon", "Pigeons.")
    pigeon.NAME, pigeon.CLOSES = "pigeon", "connection"
    pigeon.propose = lambda need: Offer(need.sites[["site_id"]].assign(feasible=False, reason="too_slow"))

    class Point:
        name = "pigeon"

        def load(self) -> ModuleType:
            return pigeon

    monkeypatch.setattr("phusong.installed.entry_points", lambda group: [Point()])
    found = ask(world(), technologies=("pigeon",))
    assert found["reason"].tolist() == ["too_slow"] * 3


def test_the_order_of_the_rows_changes_nothing() -> None:
    where = world()
    mixed = region(where.roads.iloc[::-1], where.fibre.iloc[::-1], where.sites.sample(frac=1, random_state=4))
    one, other = ask(where), ask(mixed, gaps_of(where.sites).iloc[::-1])
    pd.testing.assert_frame_equal(one, other)
    assert where.roads.crs == CRS


def test_a_geostationary_terminal_misses_the_video_target_by_its_delay() -> None:
    found = ask(world(), technologies=("satellite_geo",))
    assert set(found["reason"]) == {"misses_video_target"} and not found["feasible"].any()
    assert (found["latency_ms"] > 500).all() and found["capex_vnd"].notna().all()


def test_what_is_refused_keeps_its_cost_so_that_it_can_be_compared() -> None:
    found = ask(world(T="office_commune"), fibre_only=("office_commune",))
    assert found.loc[("satellite", "T"), "capex_vnd"] == found.loc[("satellite", "S"), "capex_vnd"]
