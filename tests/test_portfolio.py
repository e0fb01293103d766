"""The plan on drawn worlds: who gets what, who pays for the trunk, what the budget holds."""

from dataclasses import fields, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn_plan import gaps_of, lines, region, round_prices, shuffled, sites, study
from hypothesis import given
from hypothesis import strategies as st

from phusong.domain import INVESTMENTS, OPTIONS, SEGMENTS, Region
from phusong.investments import check_sums
from phusong.options import propose_options
from phusong.packages import people_of_sites
from phusong.phases import Phases
from phusong.portfolio import CONNECTIONS, Plan, choose_plan, why
from phusong.steiner import BrokenPlanError
from phusong.wording import REASONS, RULES

#: Fibre on the first kilometre of a road; A at 4 km, B at 6 km, C at 6 km down a side road from 4 km.
#:
#:    F====------------A-----------B
#:    0   1            4           6 km
#:                     |
#:                     C  (2 km)
ROADS = [[(0, 0), (6000, 0)], [(4000, 0), (4000, -2000)]]
AT = {"A": (4000.0, 0.0), "B": (6000.0, 0.0), "C": (4000.0, -2000.0)}
FIBRE = [[(0, 0), (1000, 0)]]
KM = 100_000
#: The last 5 m of the fibre count as its end.
TRUNK = 2995 * 100
TERMINAL = 1000


def world(
    at: dict[str, tuple[float, float]] = AT,
    kind: dict[str, str] | None = None,
    commune: dict[str, str] | None = None,
) -> Region:
    return region(lines(ROADS), lines(FIBRE, "F"), sites(at, kind, commune))


def plan_of(
    where: Region, gaps: gpd.GeoDataFrame | None = None, prices: dict | None = None, **plan: object
) -> Plan:
    gaps, prices = gaps_of(where.sites) if gaps is None else gaps, prices or round_prices()
    asked = study(**{"technologies": ("fibre",), **plan})
    proposal = propose_options(asked, where, gaps, prices)
    found = choose_plan(asked, where, gaps, proposal, prices)
    for table, schema in (
        (found.investments, INVESTMENTS),
        (found.segments, SEGMENTS),
        (found.options, OPTIONS),
    ):
        schema.validate(table)
    return found


def by_id(found: Plan) -> pd.DataFrame:
    return found.investments.set_index("investment_id")


def chosen(found: Plan) -> dict[str, str]:
    rows = found.options[found.options["chosen"] & found.options["closes"].isin(CONNECTIONS)]
    return dict(zip(rows["site_id"], rows["technology"], strict=True))


def test_the_trunk_is_paid_once_by_who_comes_first() -> None:
    found = plan_of(world())
    rows = by_id(found)
    # A alone is the best for its cost; then B and C each pay 2 km of their own. Ties: the lower id.
    assert rows["rank"].to_dict() == {"fibre-10000": 1, "fibre-10001": 2, "fibre-10002": 3}
    assert rows.loc["fibre-10000", "capex_vnd"] == TRUNK + TERMINAL
    assert rows.loc["fibre-10001", "capex_vnd"] == 2 * KM + TERMINAL
    assert rows["depends_on"].fillna("").tolist() == ["", "fibre-10000", "fibre-10000"]
    assert found.total()["capex_vnd"] == TRUNK + 4 * KM + 3 * TERMINAL
    # What the three would cost one by one is more: the trunk three times.
    assert found.options["capex_vnd"].sum() == 3 * TRUNK + 4 * KM + 3 * TERMINAL


def test_segments_are_the_drawing_cut_at_junctions_and_sites() -> None:
    found = plan_of(world())
    segments = found.segments.set_index("investment_id")
    assert segments["length_m"].round().to_dict() == {
        "fibre-10000": 2995,
        "fibre-10001": 2000,
        "fibre-10002": 2000,
    }
    assert segments["sites_downstream"].to_dict() == {
        "fibre-10000": 3,
        "fibre-10001": 1,
        "fibre-10002": 1,
    }
    trunk = segments.loc["fibre-10000", "geometry"]
    # Drawn away from existing fibre.
    assert (trunk.coords[0], trunk.coords[-1]) == ((1005, 0), (4000, 0))


def test_a_segment_ends_at_each_site_and_leads_away_from_the_fibre() -> None:
    # Fibre at the right end: the line runs from right to left, past B to A; one package pays for both.
    at = {"A": (1000.0, 0.0), "B": (3000.0, 0.0)}
    roads, fibre = lines([[(0, 0), (2000, 0), (6000, 0)]]), lines([[(6000, -50), (6000, 50)]], "F")
    found = plan_of(region(roads, fibre, sites(at, None, dict.fromkeys(at, "20001"))))
    rows = found.segments[found.segments["kind"] == "road"]
    assert rows["sites_downstream"].tolist() == [2, 1]
    for shape in rows.geometry:
        assert shape.is_simple
        assert [x for x, _y in shape.coords] == sorted((x for x, _y in shape.coords), reverse=True)


def test_a_package_waits_for_who_pays_its_trunk_even_if_it_is_worth_more() -> None:
    # C is a commune office that counts ten times: it pays trunk and side road, and A then its terminal.
    found = plan_of(world(kind={"C": "office_commune"}), weights={"office_commune": 10.0})
    rows = by_id(found)
    assert rows["rank"].to_dict() == {"fibre-10002": 1, "fibre-10000": 2, "fibre-10001": 3}
    assert rows.loc["fibre-10002", "capex_vnd"] == TRUNK + 2 * KM + TERMINAL
    assert rows.loc["fibre-10000", "capex_vnd"] == TERMINAL
    assert rows.loc["fibre-10000", "depends_on"] == "fibre-10002"
    assert rows.loc["fibre-10002", "value"] == 10


def test_sites_of_one_commune_are_one_package() -> None:
    found = plan_of(world(commune={"A": "20001", "B": "20001", "C": "20002"}))
    rows = by_id(found)
    assert rows.loc["fibre-20001", "site_ids"] == "A;B"
    assert rows.loc["fibre-20001", "capex_vnd"] == TRUNK + 2 * KM + 2 * TERMINAL
    assert rows.loc["fibre-20001", "capex_vnd_per_site"] == (TRUNK + 2 * KM + 2 * TERMINAL) / 2
    assert rows.loc["fibre-20002", "capex_vnd"] == 2 * KM + TERMINAL


def test_a_line_dearer_than_satellite_is_not_built() -> None:
    # B and C are 200,000 away from A: with the terminal just dearer than satellite (200,000). A pays 299,500.
    found = plan_of(world(), technologies=("fibre", "satellite"))
    assert chosen(found) == dict.fromkeys(AT, "satellite")
    assert set(found.options.loc[~found.options["chosen"], "reason"]) == {"dearer"}
    assert found.segments.empty
    assert found.total()["capex_vnd"] == 600_000


def test_where_only_fibre_will_do_its_neighbour_gets_it_too() -> None:
    # The line to B must be built and passes A: A's terminal costs 1,000, satellite 200,000.
    found = plan_of(
        world(kind={"B": "office_commune"}),
        technologies=("fibre", "satellite"),
        fibre_only=("office_commune",),
    )
    assert chosen(found) == {"A": "fibre", "B": "fibre", "C": "satellite"}


def test_each_site_gets_one_connection() -> None:
    found = plan_of(world(kind={"B": "office_commune"}), technologies=("satellite", "fibre"), fibre_only=())
    assert len(chosen(found)) == found.sites_connected() == 3


def test_wifi_comes_after_the_connection_that_it_waits_for() -> None:
    where = world()
    gaps = gaps_of(where.sites, fibre={"B": "ok"}, wifi={"A": "gap", "B": "gap", "C": "gap"})
    rows = by_id(plan_of(where, gaps, technologies=("fibre", "wifi")))
    assert {i: d for i, d in rows["depends_on"].fillna("").items() if i.startswith("wifi")} == {
        "wifi-10000-after-fibre": "fibre-10000",
        "wifi-10001": "",
        "wifi-10002-after-fibre": "fibre-10002",
    }
    assert rows.loc["wifi-10000-after-fibre", "rank"] > rows.loc["fibre-10000", "rank"]
    # B has its connection: 2,000 đồng of access points are the best buy of all.
    assert rows.loc["wifi-10001", "rank"] == 1


def test_wifi_without_a_connection_is_left_with_its_reason() -> None:
    where = world()
    gaps = gaps_of(where.sites, fibre={"B": "unknown", "C": "ok"}, wifi={"A": "gap", "B": "gap"})
    found = plan_of(where, gaps, technologies=("wifi",))
    assert found.investments.empty
    assert found.unplanned.to_dict("records") == [
        {"site_id": "A", "closes": "fibre", "reason": "no_technology"},
        {"site_id": "A", "closes": "wifi", "reason": "needs_connection"},
        {"site_id": "B", "closes": "fibre", "reason": "status_unknown"},
        {"site_id": "B", "closes": "wifi", "reason": "connection_unknown"},
    ]
    assert set(found.unplanned["reason"]) <= set(REASONS)


def test_a_site_that_nothing_reaches_is_named_not_dropped() -> None:
    where = region(lines(ROADS), lines([], "F"), sites(AT))
    found = plan_of(where)
    assert found.unplanned["reason"].tolist() == ["no_fibre_known"] * 3
    assert found.summary()["sites_connected"] == 0
    assert not found.options["chosen"].any()


def test_the_budget_takes_what_brings_most_and_goes_on_with_what_still_fits() -> None:
    # 301,000 hold A; B and C (201,000 each) no longer fit, but A's Wi-Fi (2,000) does.
    where = world()
    gaps = gaps_of(where.sites, wifi={"A": "gap", "B": "gap"})
    found = plan_of(where, gaps, technologies=("fibre", "wifi"), budget_vnd=303_000)
    rows = by_id(found)
    assert set(rows.index[rows["funded"]]) == {"fibre-10000", "wifi-10000-after-fibre"}
    assert found.total()["capex_vnd"] == TRUNK + TERMINAL + 2000
    assert rows["funded"].tolist() == sorted(rows["funded"], reverse=True)
    assert found.summary()["all"]["capex_vnd"] == TRUNK + 4 * KM + 3 * TERMINAL + 4000


def test_the_budget_counts_what_is_built_by_then() -> None:
    # Alone B costs 500,500; once A is built only 201,000, so 501,500 hold both.
    found = plan_of(world(), budget_vnd=TRUNK + TERMINAL + 2 * KM + TERMINAL)
    assert by_id(found)["funded"].to_dict() == {
        "fibre-10000": True,
        "fibre-10001": True,
        "fibre-10002": False,
    }


def test_what_waits_for_something_unfunded_is_not_funded() -> None:
    # 2,000 would pay for Wi-Fi, but nothing connects the sites; B would fit if A had paid the trunk.
    where = world()
    gaps = gaps_of(where.sites, wifi={"A": "gap"})
    found = plan_of(where, gaps, technologies=("fibre", "wifi"), budget_vnd=250_000)
    assert not found.investments["funded"].any()
    assert found.total() == dict.fromkeys(found.total(), 0)
    assert found.investments["cumulative_capex_vnd"].is_monotonic_increasing


def test_nothing_to_do_makes_an_empty_plan() -> None:
    where = world()
    found = plan_of(where, gaps_of(where.sites, fibre=dict.fromkeys(AT, "ok")))
    assert found.investments.empty and found.segments.empty and found.unplanned.empty
    assert found.summary()["capex_vnd"] == 0
    assert found.assumed_share == 0


def test_the_operator_is_whose_line_is_tapped() -> None:
    where = world()
    two = lines([FIBRE[0], [(4000, -2500), (4000, -2005)]], "F")
    rows = by_id(plan_of(replace(where, fibre=two)))
    assert rows["operator"].to_dict() == {
        "fibre-10000": "op0",
        "fibre-10001": "op0",
        "fibre-10002": "op1",
    } or (rows.loc["fibre-10002", "operator"] == "op1")


def test_low_and_high_prices_bracket_the_plan() -> None:
    found = plan_of(world())
    total = found.total()
    assert total["capex_low_vnd"] == TRUNK // 2 + 2 * KM + 3 * TERMINAL
    assert total["capex_high_vnd"] == TRUNK * 3 // 2 + 6 * KM + 3 * TERMINAL


def test_the_share_of_assumed_prices_is_that_of_the_unit_prices() -> None:
    prices = round_prices()
    assert plan_of(world(), prices=prices).assumed_share == 1
    prices["fibre"]["new_line"] = replace(prices["fibre"]["new_line"], basis="province")
    capex = TRUNK + 4 * KM + 3 * TERMINAL
    assert plan_of(world(), prices=prices).assumed_share == pytest.approx(3 * TERMINAL / capex)


def test_people_are_not_counted_twice() -> None:
    people = pd.DataFrame(
        {
            "commune_code": ["1", "1", "1", "1", "2"],
            "kind": ["school_primary", "school", "health_station", "office_commune", "post_office"],
            "people": [400, 300, 650, np.nan, 50],
        }
    )
    # In commune 1 the two schools reach 700, more than any other family; in 2 there is one.
    assert people_of_sites(people) == 700 + 50


@given(st.lists(st.integers(0, 50_000), min_size=2, max_size=6))
def test_people_are_the_same_in_any_order_of_sites(tenths: list[int]) -> None:
    sites = pd.DataFrame({"commune_code": "1", "kind": "school", "people": [n / 10 for n in tenths]})
    assert people_of_sites(sites) == people_of_sites(sites[::-1]) == round(sum(tenths) / 10)


def test_rules_have_words() -> None:
    for found in (
        plan_of(world()),
        plan_of(world(), budget_vnd=0, plan_unknown=True, fibre_only=("school",)),
    ):
        assert set(found.rules) <= set(RULES)


def test_why_says_cost_order_and_what_must_come_first() -> None:
    found = plan_of(world(), budget_vnd=400_000)
    first, second = found.investments.to_dict("records")[:2]
    assert "300,500 ₫" in why(first, "en")
    assert "beyond the budget" not in why(first, "en")
    assert "needs fibre-10000 first" in why(second, "en")
    assert "beyond the budget" in why(second, "en")
    assert why(first, "vi")


def test_sums_that_do_not_agree_are_never_shown() -> None:
    found = plan_of(world())
    wrong = found.segments.copy()
    wrong.loc[0, "capex_vnd"] += 1
    with pytest.raises(BrokenPlanError, match="fibre-10000"):
        check_sums(found.investments, wrong, dict.fromkeys(AT, TERMINAL))


coordinate = st.integers(0, 20).map(lambda c: c * 100.0)
point = st.tuples(coordinate, coordinate)
random_worlds = st.fixed_dictionaries(
    {
        "roads": st.lists(st.lists(point, min_size=2, max_size=3, unique=True), min_size=1, max_size=4),
        "fibre": st.lists(st.lists(point, min_size=2, max_size=2, unique=True), max_size=2),
        "at": st.lists(point, min_size=1, max_size=6),
        "communes": st.lists(st.sampled_from(["20001", "20002", "20003"]), min_size=6, max_size=6),
        "wifi": st.lists(st.sampled_from(["ok", "gap", "unknown"]), min_size=6, max_size=6),
        "service": st.lists(st.sampled_from(["ok", "gap", "gap", "unknown"]), min_size=6, max_size=6),
    }
)


def random_world(drawn: dict) -> tuple[Region, gpd.GeoDataFrame]:
    at = {f"S{i}": p for i, p in enumerate(drawn["at"])}
    commune = dict(zip(at, drawn["communes"], strict=False))
    where = region(lines(drawn["roads"]), lines(drawn["fibre"], "F"), sites(at, None, commune))
    fibre, wifi = (dict(zip(at, drawn[key], strict=False)) for key in ("service", "wifi"))
    return where, gaps_of(where.sites, fibre, wifi)


EVERYTHING = ("fibre", "satellite", "wifi")


@given(drawn=random_worlds, budget=st.none() | st.integers(0, 600_000), unknown=st.booleans())
def test_what_every_plan_keeps(drawn: dict, budget: int | None, unknown: bool) -> None:
    where, gaps = random_world(drawn)
    found = plan_of(where, gaps, technologies=EVERYTHING, budget_vnd=budget, plan_unknown=unknown)
    rows = by_id(found)
    assert found.total()["capex_vnd"] <= (budget if budget is not None else np.inf)
    assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
    # Nothing comes before what it needs, and nothing is funded whose need is not.
    for _name, row in rows.iterrows():
        for other in filter(None, str(row["depends_on"] if pd.notna(row["depends_on"]) else "").split(";")):
            assert rows.loc[other, "rank"] < row["rank"]
            assert rows.loc[other, "funded"] or not row["funded"]
    # The plan builds what its options say, each site once.
    sites_of = [
        (row["technology"], site) for _n, row in rows.iterrows() for site in row["site_ids"].split(";")
    ]
    options = found.options[found.options["chosen"]]
    assert sorted(sites_of) == sorted(zip(options["technology"], options["site_id"], strict=True))
    # Lengths and costs of the segments are those of the investments.
    assert found.segments["length_m"].sum() == pytest.approx(rows["new_line_m"].sum())
    assert (
        found.segments["capex_vnd"].sum() + TERMINAL * rows.loc[rows["technology"] == "fibre", "sites"].sum()
        == rows.loc[rows["technology"] == "fibre", "capex_vnd"].sum()
    )
    # Every gap is planned or listed.
    wanted = ("gap", "unknown") if unknown else ("gap",)
    for service, closing in (("fibre", CONNECTIONS), ("wifi", ("wifi",))):
        lacking = set(gaps.loc[gaps[service].isin(wanted), "site_id"])
        planned = set(options.loc[options["closes"].isin(closing), "site_id"])
        listed = found.unplanned[found.unplanned["closes"] == service]
        assert lacking == planned | set(listed.loc[listed["reason"] != "status_unknown", "site_id"])
        assert not planned & set(listed["site_id"])


@given(drawn=random_worlds, seed=st.integers(0, 99), budget=st.none() | st.integers(0, 600_000))
def test_the_order_of_the_rows_changes_nothing(drawn: dict, seed: int, budget: int | None) -> None:
    where, gaps = random_world(drawn)
    one = plan_of(where, gaps, technologies=EVERYTHING, budget_vnd=budget)
    mixed = shuffled(where, seed)
    other = plan_of(mixed, gaps.sample(frac=1, random_state=seed), technologies=EVERYTHING, budget_vnd=budget)
    for name in (field.name for field in fields(Plan)):
        left, right = getattr(one, name), getattr(other, name)
        if isinstance(left, pd.DataFrame):
            pd.testing.assert_frame_equal(pd.DataFrame(left), pd.DataFrame(right))
        elif isinstance(left, Phases):
            pd.testing.assert_frame_equal(left.of, right.of)
            pd.testing.assert_frame_equal(left.table, right.table)
        else:
            assert left == right


@pytest.mark.reference
def test_la_ee_and_cho_chun_get_fibre(shared) -> None:  # type: ignore[no-untyped-def]
    folder = shared / "nam-giang-2021"
    at = pd.read_csv(folder / "diem_cong_cong.csv", dtype=str)
    where = gpd.GeoSeries.from_xy(at["Kinh độ"].astype(float), at["Vĩ độ"].astype(float), crs=4326).to_crs(
        32648
    )
    positions = {s: (p.x, p.y) for s, p in zip(at["Mã đơn vị"], where, strict=True)}
    offices = at["Tên đơn vị"].str.startswith(("UBND xã", "UBND thị trấn"))
    kind = dict.fromkeys(at.loc[offices, "Mã đơn vị"], "office_commune")
    roads = gpd.read_file(folder / "roads.geojson").to_crs(32648)
    fibre = gpd.read_file(folder / "fibre_routes.geojson").to_crs(32648)
    fibre = fibre.rename(columns={"route_id": "fibre_id"})
    all_sites = sites(positions, kind, dict(zip(at["Mã đơn vị"], at["Mã xã"], strict=True)))
    reported = (
        at.set_index("Mã đơn vị")["Cáp quang"].map({"Có": "ok", "Không": "gap"}).fillna("unknown").to_dict()
    )
    found = plan_of(
        region(roads, fibre, all_sites),
        gaps_of(all_sites, reported),
        technologies=EVERYTHING,
        fibre_only=("office_commune",),
    )
    alone = found.options.set_index(["technology", "site_id"]).loc["fibre"]
    assert chosen(found)["NG-006"] == chosen(found)["NG-009"] == "fibre"
    # Each lies on roads of its own: the way there leaves the road, and says so.
    assert alone.loc[["NG-006", "NG-009"], "reason"].tolist() == ["no_road", "no_road"]
    assert (alone.loc[["NG-006", "NG-009"], "offroad_m"] > 3000).all()
    # Joint, the two cost less than one by one, by the trunk that they share.
    both = found.investments.loc[found.investments["technology"] == "fibre", "capex_vnd"].sum()
    assert both < 0.7 * alone.loc[["NG-006", "NG-009"], "capex_vnd"].sum()
    length_km = found.segments["length_m"].sum() / 1000
    assert 15 < length_km < 25
