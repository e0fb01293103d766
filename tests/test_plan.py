"""The verb `plan`: what a budget buys, years and partners, on drawn worlds and on the bundled study."""

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from drawn_plan import gaps_of, lines, region, round_prices, sites, study
from test_portfolio import KM, TERMINAL, TRUNK, plan_of, world

from phusong.cli import phusong
from phusong.costs import MONEY
from phusong.domain import ALTERNATIVES, FACILITIES, OPTIONS, UNKNOWN_OPERATOR, Region, conform
from phusong.errors import PhuSongError
from phusong.frontier import frontier_of
from phusong.options import Proposal, propose_options
from phusong.portfolio import Plan, choose_plan, question_of, wish_of
from phusong.runs import read_run
from phusong.study import Partner, Study

STUDY = Path(__file__).parent.parent / "data" / "nam-giang" / "study.toml"


def chosen_of(where: Region, asked: Study) -> Plan:
    gaps, prices = gaps_of(where.sites), round_prices()
    return choose_plan(asked, where, gaps, propose_options(asked, where, gaps, prices), prices)


def frontier_of_world(**plan: object) -> pd.DataFrame:
    where, prices = world(), round_prices()
    gaps, asked = gaps_of(where.sites), study(**{"technologies": ("fibre",), **plan})
    proposal = propose_options(asked, where, gaps, prices)
    offers, wish, covers = question_of(asked, where, gaps, proposal, prices)
    return frontier_of(offers, wish, covers, gaps, 40)


def test_the_frontier_rises_to_the_whole_plan() -> None:
    table = frontier_of_world()
    assert (table["sites"].diff().dropna() >= 0).all()
    assert (table["value"] <= table["ceiling"] + 1e-9).all()
    assert (table["cost_vnd"] <= table["budget_vnd"] + 1).all()
    assert table["sites"].iloc[-1] == 3
    assert table["cost_vnd"].iloc[-1] == TRUNK + 4 * KM + 3 * TERMINAL
    assert pd.isna(table["next_site_vnd"].iloc[-1])
    # With A served, one site more is a side road of 2 km and a terminal.
    one = table[table["sites"] == 1]
    assert (one["next_site_vnd"] == 2 * KM + TERMINAL).all() and len(one)


@pytest.mark.parametrize("points", [1, 2, 7])
def test_a_frontier_of_few_points_ends_with_what_all_sites_cost(points: int) -> None:
    where, prices = world(), round_prices()
    gaps, asked = gaps_of(where.sites), study(technologies=("fibre",))
    proposal = propose_options(asked, where, gaps, prices)
    table = frontier_of(*question_of(asked, where, gaps, proposal, prices), gaps, points)
    assert len(table) == points and table["sites"].iloc[-1] == 3


def test_more_budget_never_serves_fewer() -> None:
    served = [
        plan_of(world(), budget_vnd=int(budget)).sites_connected()
        for budget in np.linspace(0, TRUNK + 4 * KM + 3 * TERMINAL, 12)
    ]
    assert served == sorted(served)
    assert served[0] == 0 and served[-1] == 3


def test_a_budget_for_all_years_pays_for_running_costs_too() -> None:
    prices = round_prices()
    dear = dict.fromkeys(("value", "low", "high"), 0.1)
    prices["fibre"] = {**prices["fibre"], "opex_share": replace(prices["fibre"]["opex_share"], **dear)}
    whole = plan_of(world(), prices=prices).total()
    assert whole["present_cost_vnd"] > whole["capex_vnd"]
    by_capex = plan_of(world(), prices=prices, budget_vnd=whole["capex_vnd"])
    by_life = plan_of(world(), prices=prices, budget_vnd=whole["capex_vnd"], budget_covers="lifetime")
    assert by_life.sites_connected() < by_capex.sites_connected() == 3
    assert by_life.total()["present_cost_vnd"] <= whole["capex_vnd"]


def test_who_goes_first_is_served_before_what_would_be_cheaper() -> None:
    where = world(kind={"B": "office_commune"})
    enough = TRUNK + 2 * KM + TERMINAL
    # Enough for A and its terminal and a bit, or for B: without a rule A alone costs least, B and A fit too.
    found = plan_of(where, budget_vnd=enough, first=("office_commune",))
    assert "B" in ";".join(found.investments.loc[found.investments["funded"], "site_ids"])
    too_little = plan_of(where, budget_vnd=TRUNK + TERMINAL, first=("office_commune",))
    assert too_little.sites_connected() == 0
    assert too_little.ceiling is not None and not too_little.ceiling.all_first_served


def test_no_year_spends_more_than_it_has_and_the_trunk_comes_first() -> None:
    budgets = {"2026": TRUNK + TERMINAL, "2027": 2 * KM + TERMINAL, "2028": 2 * KM + TERMINAL}
    found = plan_of(world(), budget_by_year=budgets)
    rows = found.investments.set_index("investment_id")
    assert rows["year"].to_dict() == {"fibre-10000": 2026, "fibre-10001": 2027, "fibre-10002": 2028} or (
        rows["year"].to_dict() == {"fibre-10000": 2026, "fibre-10001": 2028, "fibre-10002": 2027}
    )
    spent = rows.groupby("year")["capex_vnd"].sum()
    assert all(spent[int(year)] <= money for year, money in budgets.items())
    assert found.phases is not None
    assert found.phases.table["capex_vnd"].sum() == found.total()["capex_vnd"]


def test_money_that_a_year_leaves_is_lost_unless_it_is_carried_over() -> None:
    budgets = {"2026": TRUNK, "2027": TRUNK}
    lost = plan_of(world(), budget_by_year=budgets, carry_over=False).investments
    kept = plan_of(world(), budget_by_year=budgets, carry_over=True).investments
    assert lost["year"].isna().all()
    assert (kept["year"].dropna() == 2027).all() and kept["year"].notna().any()


def two_operators() -> Region:
    """Fibre of Viettel in the west and of VNPT in the east, two sites by each; a fifth far from both."""
    at = {"A": (2000.0, 0.0), "B": (3000.0, 0.0), "C": (9000.0, 0.0), "D": (10_000.0, 0.0)}
    fibre = lines([[(0, 0), (1000, 0)], [(11_000, 0), (12_000, 0)]], "F")
    fibre["operator"] = ["Viettel", "VNPT"]
    return region(lines([[(0, 0), (12_000, 0)]]), fibre, sites(at))


def test_who_is_tapped_builds_and_the_partners_add_up_to_the_plan() -> None:
    found = chosen_of(two_operators(), study(technologies=("fibre",)))
    rows = found.investments.set_index("site_ids")
    assert rows["partner"].to_dict() == {"A": "Viettel", "B": "Viettel", "C": "VNPT", "D": "VNPT"}
    assert found.phases is not None
    table = found.phases.table.groupby("partner")["capex_vnd"].sum()
    assert table.sum() == found.total()["capex_vnd"]


def test_a_lot_goes_to_its_partner_whatever_it_taps() -> None:
    asked = study(technologies=("fibre",))
    where = two_operators()
    lot = where.sites.set_index("site_id")["commune_code"]["C"]
    asked = asked.model_copy(update={"partners": {"Viettel": Partner(communes=(lot,)), "VNPT": Partner()}})
    rows = chosen_of(where, asked).investments.set_index("site_ids")
    assert rows.loc["C", "partner"] == "Viettel" or pd.isna(rows.loc["C", "year"])


def test_what_uses_nobodys_network_is_for_whoever_is_cheapest() -> None:
    found = plan_of(world(), technologies=("satellite",))
    assert set(found.investments["partner"]) == {UNKNOWN_OPERATOR}


def test_a_partner_whose_name_is_nearly_that_of_an_operator_is_an_error() -> None:
    asked = study(technologies=("fibre",)).model_copy(update={"partners": {"Vietel": Partner()}})
    with pytest.raises(PhuSongError, match="Vietel"):
        chosen_of(two_operators(), asked)


def test_the_command_writes_the_frontier_and_says_it(tmp_path: Path) -> None:
    out = tmp_path / "plan"
    asked = ["plan", str(STUDY), "--budget", "8 tỷ", "--points", "12", "--out", str(out), "-q", "--json"]
    done = CliRunner().invoke(phusong, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    table = pd.read_csv(out / "frontier.csv")
    assert [row["sites"] for row in said["frontier"]] == table["sites"].tolist()
    assert said["plan"]["capex_vnd"] <= 8_000_000_000
    # What is planned for this budget is on the frontier: no fewer sites than any smaller budget buys.
    below = table[table["budget_vnd"] <= 8_000_000_000]
    assert said["plan"]["sites_connected"] >= below["sites"].max()
    assert (out / "frontier.png").stat().st_size > 10_000 and (out / "frontier.svg").exists()


def test_a_site_of_the_poor_counts_more_by_what_the_study_says() -> None:
    where = world(kind={"B": "office_commune"})
    communes = pd.DataFrame({"commune_code": ["10000", "10001", "10002"]})
    communes = communes.assign(poor_percent=[0.0, None, 60.0], border=["no", "yes", None])
    need, weights = {"poor": 1.0, "border": 0.5, "zone_iii": 2.0}, {"office_commune": 3.0}
    asked = study(technologies=("fibre",), need=need, weights=weights)
    found = wish_of(gaps_of(where.sites), asked.plan, communes)
    assert found.connection == {"A": 1.0, "B": 3 * 1.5, "C": 1.6}


def test_draws_say_how_firm_the_plan_is_and_go_on_where_they_stopped(tmp_path: Path) -> None:
    asked = [
        "plan",
        str(STUDY),
        "--points",
        "4",
        "--out",
        str(tmp_path / "plan"),
        "-q",
        "--json",
        "--replace",
    ]
    done = CliRunner().invoke(phusong, [*asked, "--draws", "2"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)["sensitivity"]
    run = read_run(tmp_path / "plan")
    assert set(run.tables["sensitivity"]["investment_id"]) == set(run.tables["investments"]["investment_id"])
    assert len(said["survey"]) == len(pd.read_csv(tmp_path / "plan" / "survey.csv")) > 0
    before = {p.name: p.stat().st_mtime_ns for p in Path(said["folder"]).glob("draw-*.json")}
    again = CliRunner().invoke(phusong, [*asked, "--draws", "3"], catch_exceptions=False)
    assert again.exit_code == 0, again.output
    after = {p.name: p.stat().st_mtime_ns for p in Path(said["folder"]).glob("draw-*.json")}
    assert len(before) == 2 and len(after) == 3
    assert all(after[name] == stamp for name, stamp in before.items())


def test_what_uses_nobodys_network_goes_to_the_lowest_prices_and_a_year_spends_them() -> None:
    where = world()
    partners = {"VNPT": Partner(price_factor=1.2), "Viettel": Partner(price_factor=0.9)}
    asked = study(technologies=("satellite",), budget_by_year={"2026": 400_000, "2027": 400_000})
    found = chosen_of(where, asked.model_copy(update={"partners": partners}))
    assert set(found.investments["partner"]) == {"Viettel"}
    assert found.phases is not None
    table = found.phases.table
    assert (table["price_vnd"] == (table["capex_vnd"] * 0.9).round()).all()
    spent = table[table["year"] != ""].groupby("year")["price_vnd"].sum()
    assert spent.sum() == 3 * 180_000 and (spent <= 400_000).all()


def with_a_mast(proposal: Proposal, capacity_mbps: float) -> Proposal:
    """The options of satellite, and beside them a mast for 10,000 that each site can use for 50,000."""
    money = dict.fromkeys(MONEY, 50000) | {"opex_vnd_per_year": 0}
    mast = dict.fromkeys(MONEY, 10000) | {"opex_vnd_per_year": 0}
    whole = dict.fromkeys(MONEY, 60000) | {"opex_vnd_per_year": 0}
    hung = proposal.options.assign(technology="microwave", depends_on="M", **whole)
    facilities = gpd.GeoDataFrame(
        [
            {
                "facility_id": "M",
                "technology": "microwave",
                "kind": "mast",
                "capacity_mbps": capacity_mbps,
                **mast,
            }
        ],
        geometry=[shapely.Point(0, 0)],
        crs=proposal.facilities.crs,
    )
    sites = proposal.options["site_id"].tolist()
    rows = [
        {"site_id": s, "technology": "microwave", "facility_id": "M", "demand_mbps": 20.0, **money}
        for s in sites
    ]
    return replace(
        proposal,
        options=conform(pd.concat([proposal.options, hung], ignore_index=True), OPTIONS),
        facilities=conform(facilities, FACILITIES),
        alternatives=conform(pd.DataFrame(rows), ALTERNATIVES),
    )


@pytest.mark.parametrize("budget_vnd", [None, 60_000, 110_000, 200_000])
def test_no_mast_carries_more_than_it_can_whenever_its_sites_are_built(budget_vnd: int | None) -> None:
    where, prices = world(), round_prices()
    gaps, asked = gaps_of(where.sites), study(technologies=("satellite",), budget_vnd=budget_vnd)
    proposal = with_a_mast(propose_options(asked, where, gaps, prices), 45)
    found = choose_plan(asked, where, gaps, proposal, prices)
    built = found.options[found.options["chosen"]]
    assert built["technology"].value_counts().to_dict() == {"microwave": 2, "satellite": 1}
    # The mast is paid once, by who comes first.
    assert found.total(funded=False)["capex_vnd"] == 10_000 + 2 * 50_000 + 200_000
    assert found.total()["capex_vnd"] <= (budget_vnd or 310_000)
