"""Parts of the road network that only off-road line joins: where it does, and that every output says so."""

import re
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner
from drawn_plan import gaps_of, lines, region, round_prices, sites, study
from test_portfolio import plan_of

from phusong.cli import phusong
from phusong.domain import Region
from phusong.explain import explain_site, path_of
from phusong.joins import RoadJoin, road_joins, say_join
from phusong.maps.payload import payload
from phusong.options import propose_options
from phusong.parts import road_parts
from phusong.portfolio import choose_plan
from phusong.runs import Run, read_run

#: Fibre in the west on a road that leads east; north of it two parts of their own. The first comes nearest at
#: km 6 (800 m), the second is 700 m from the first's far end. A metre of road 100 ₫, off-road 200 ₫.
MAIN = [(0, 0), (10_000, 0)]
FIRST = [(3000, 1500), (6000, 800), (8000, 2000)]
SECOND = [(8000, 2700), (8000, 4000)]
AT = {"A": (3000.0, 1500.0), "B": (8000.0, 4000.0), "M": (9000.0, 0.0)}


def world(*roads: list[tuple[float, float]]) -> Region:
    return region(lines([MAIN, *roads]), lines([[(0, -50), (0, 50)]], "F"), sites(AT))


def joins_of(where: Region) -> list[RoadJoin]:
    return road_joins(plan_of(where, offroad_max_m=5000).segments)


def test_parts_are_joined_where_the_gap_is_cheapest_and_it_is_said() -> None:
    one, two = joins_of(world(FIRST, SECOND))
    assert (one.start, one.end, one.length_m, one.capex_vnd) == ((6000, 0), (6000, 800), 800, 160_000)
    assert (two.start, two.end, two.length_m, two.capex_vnd) == ((8000, 2000), (8000, 2700), 700, 140_000)


def test_roads_that_are_joined_need_no_join() -> None:
    link = [(6000, 0), (6000, 800)]
    assert [join.start for join in joins_of(world(FIRST, SECOND, link))] == [(8000, 2000)]
    assert joins_of(world(FIRST, SECOND, link, [(8000, 2000), (8000, 2700)])) == []


def test_a_site_away_from_all_roads_is_no_part_of_them() -> None:
    assert joins_of(world()) == []
    assert plan_of(world(), offroad_max_m=5000).investments["offroad_m"].sum() > 1000


def test_roads_that_no_fibre_reaches_are_joined_to_it() -> None:
    # The fibre ends 900 m before the only road: farther than a side line.
    where = region(lines([[(900, 0), (5000, 0)]]), lines([[(0, -50), (0, 50)]], "F"), sites({"A": (5000, 0)}))
    (join,) = joins_of(where)
    assert (join.start, join.end, join.length_m) == ((0, 0), (900, 0), 900)
    near = region(lines([[(400, 0), (5000, 0)]]), lines([[(0, -50), (0, 50)]], "F"), sites({"A": (5000, 0)}))
    assert joins_of(near) == []


def test_a_join_that_two_investments_pay_is_one() -> None:
    # C stands in the middle of the gap, in a commune of its own whose code comes last.
    at = AT | {"A": (7000.0, 1400.0), "C": (6000.0, 400.0)}
    codes = {"A": "10001", "B": "10001", "M": "10003", "C": "10009"}
    roads, fibre = lines([MAIN, FIRST]), lines([[(0, -50), (0, 50)]], "F")
    where = region(roads, fibre, sites({k: v for k, v in at.items() if k != "B"}, None, codes))
    asked, gaps, prices = (
        study(technologies=("fibre",), offroad_max_m=5000),
        gaps_of(where.sites),
        round_prices(),
    )
    graph, options = propose_options(asked, where, gaps, prices)
    (join,) = road_joins(choose_plan(asked, where, gaps, options, prices, graph).segments)
    assert (join.start, join.end, join.length_m) == ((6000, 0), (6000, 800), 800)
    assert len(join.segment_ids) == 2


def test_the_words_name_length_places_and_cost() -> None:
    join = RoadJoin("fibre-1", ("fibre-1.001",), 2812.0, 2_996_504_273, (107.35781, 15.63311), (107.35, 15.6))
    assert (
        say_join(join, "en") == "2.8 km from 107.35781, 15.63311 to 107.35000, 15.60000, for 3.00 billion ₫"
    )
    assert say_join(join, "vi") == "2,8 km từ 107.35781, 15.63311 đến 107.35000, 15.60000, chi phí 3,00 tỷ ₫"


@pytest.fixture(scope="module")
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, str]:
    """A run of Nam Giang on real roads, and what it printed."""
    from conftest import REPOSITORY, SHARED

    if not SHARED.exists():
        pytest.skip(f"the real files are not here ({SHARED})")
    folder: Path = tmp_path_factory.mktemp("real") / "run"
    asked = ["run", str(REPOSITORY / "tests" / "nam-giang.toml"), "--out", str(folder), "-q"]
    done = CliRunner().invoke(phusong, ["--lang", "en", *asked], catch_exceptions=False)
    return read_run(folder), done.output


@pytest.mark.reference
def test_la_ee_and_cho_chun_are_joined_off_road_and_every_output_says_so(real: tuple[Run, str]) -> None:
    run, printed = real
    first, second = road_joins(run.tables["segments"])
    assert (first.investment_id, second.investment_id) == ("fibre-20698", "fibre-20699")  # La Êê, Chơ Chun
    assert 7_000 < first.length_m < 9_000 and 2_000 < second.length_m < 4_000
    data = payload(run, "vi")
    cards = {row["id"]: row["joins"] for row in data["investments"]}
    for join, site in ((first, "NG-006"), (second, "NG-009")):
        assert f"joined off-road: {say_join(join, 'en')}" in re.sub(r"\s+", " ", printed)
        assert any(say_join(join, "vi") in said for said in explain_site(run, site, "vi"))
        (shown,) = cards[join.investment_id]
        assert data["phrases"][shown] == tuple(say_join(join, to) for to in ("vi", "en"))
    # Chơ Chun's line goes over both, La Êê's over the first alone.
    crossed = [{first.segment_ids[0], second.segment_ids[0]}, {first.segment_ids[0]}]
    for site, over in zip(("NG-009", "NG-006"), crossed, strict=True):
        way = set(path_of(run.tables["segments"], site)["segment_id"])
        assert way & crossed[0] == over


@pytest.mark.reference
def test_the_joins_begin_and_end_on_different_parts_of_the_real_roads(real: tuple[Run, str]) -> None:
    run, _printed = real
    roads = run.tables["roads"].to_crs("EPSG:32648")
    parts = road_parts(roads)
    segments = run.tables["segments"].to_crs("EPSG:32648")
    for join in road_joins(segments):
        at = [parts.distance(shapely.Point(xy)).idxmin() for xy in (join.start, join.end)]
        assert at[0] != at[1]
        assert all(parts.distance(shapely.Point(xy)).min() < 1 for xy in (join.start, join.end))
