"""The bill of quantities: items that add up to the plan, and the workbook that a partner opens."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from drawn_links import write_study
from drawn_plan import gaps_of, price, round_prices
from drawn_plan_run import random_world, run_of, thinned
from drawn_run import drawn_run, hostile_run
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ofds_network import faults

from phusong.bill import Bill, bills_of
from phusong.cli import phusong
from phusong.costs import MONEY
from phusong.exports import export
from phusong.openfibre import network
from phusong.runs import Run, read_run

#: A line with factors, crossings and taps, so that an item has something to be wrong about.
PRICED = {
    "tap": price(700, "VND", 300, 900),
    "bridge_crossing": price(5000, "VND", 1000, 9000),
    "length_factor": price(1.1, "1", 1.0, 1.2),
    "class_unknown": price(1.3, "1", 1.0, 1.5),
    "opex_share": price(0.05, "1/year"),
    "site": price(1000, "VND", 800, 1500),
}


def sheets() -> Any:
    """The prices of `drawn_plan`, dearer by these; access points draw power."""
    made = dict(round_prices(**PRICED))
    return made | {"wifi": {**made["wifi"], "power_w": price(12, "W")}}


def check_sums(run: Run) -> list[Bill]:
    """Each bill adds up to its investment at all prices, and none of its items is below nothing."""
    bills = bills_of(run, "en")
    assert [bill.investment["investment_id"] for bill in bills] == run.tables["investments"].sort_values(
        "rank"
    )["investment_id"].tolist()
    for bill in bills:
        about = bill.investment
        for name, said in (
            ("amount_vnd", "capex_vnd"), ("low_vnd", "capex_low_vnd"), ("high_vnd", "capex_high_vnd")
        ):  # fmt: skip
            assert sum(getattr(item, name) or 0 for item in bill.build) == about[said], about
        assert sum(item.amount_vnd for item in bill.year) == about["opex_vnd_per_year"]
        assert all(item.amount_vnd >= 0 for item in (*bill.build, *bill.year))
    return bills


@settings(max_examples=10)
@given(st.integers(0, 10_000))
def test_bills_add_up_to_drawn_plans_also_with_parts_taken_out(seed: int) -> None:
    where = random_world(seed)
    wifi = dict.fromkeys(where.sites["site_id"], "gap")
    run = run_of(
        where,
        gaps_of(where.sites, wifi=wifi),
        sheets(),
        technologies=("fibre", "satellite", "wifi"),
    )
    bills = check_sums(run)
    assert (
        sum(bill.investment["capex_vnd"] for bill in bills)
        == run.manifest["summary"]["plan"]["all"]["capex_vnd"]
    )
    # With all of its tables every item has its quantity and price.
    assert not [item for bill in bills for item in (*bill.build, *bill.year) if item.price is None]
    check_sums(thinned(run, seed))


def test_amount_is_quantity_times_price_times_factor() -> None:
    run = run_of(random_world(3), prices=sheets(), technologies=("fibre",))
    seen = set()
    for bill in bills_of(run, "en"):
        for item in (*bill.build, *bill.year):
            assert item.price is not None and item.quantity is not None
            figure = sheets()[item.price[0]][item.price[1]]
            made = item.quantity * figure.value * (item.factor or 1.0)
            assert item.amount_vnd == pytest.approx(made, abs=2 + 1e-6 * made), item
            seen.add(item.price[1])
    assert {"new_line", "tap", "site", "opex_share"} <= seen


def test_line_is_listed_by_build_class_and_slope_with_what_its_factor_is_made_of() -> None:
    run = run_of(random_world(3), prices=sheets(), technologies=("fibre",))
    steep = run.tables["segments"].copy()
    steep["mean_slope_deg"] = [12.0 if kind == "road" else 45.0 for kind in steep["kind"]]
    bills = check_sums(replace(run, tables=run.tables | {"segments": steep}))
    items = [item for bill in bills for item in bill.build if item.price == ("fibre", "new_line")]
    by_road = [item for item in items if "buried along a road" in item.what]
    assert by_road and all("mean slope 10–20°" in item.what for item in by_road)
    assert all(item.remark == "slack and bends 1.100 × class of road 1.300" for item in by_road)
    away = [item for item in items if "away from any road" in item.what]
    assert away and all("mean slope above 40°" in item.what for item in away)
    assert sum(item.quantity or 0 for item in items) == pytest.approx(steep["length_m"].sum())


@pytest.fixture(scope="module")
def over_a_ridge(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("ridge")
    study = write_study(folder / "study")
    text = study.read_text(encoding="utf-8")
    more = '["microwave", "wifi"]\nbudget_by_year = { 2026 = "2 tỷ", 2027 = "2 tỷ" }'
    study.write_text(text.replace('["microwave"]', more), encoding="utf-8")
    said = CliRunner().invoke(phusong, ["run", str(study), "--out", str(folder / "run"), "-q"])
    assert said.exit_code == 0, said.output
    return read_run(folder / "run")


def test_masts_relays_and_access_points_are_counted(over_a_ridge: Run) -> None:
    bills = check_sums(over_a_ridge)
    assert not [item for bill in bills for item in (*bill.build, *bill.year) if item.price is None]
    count: dict[str, float] = {}
    for item in (item for bill in bills for item in bill.build):
        count[item.what] = count.get(item.what, 0) + (item.quantity or 0)
    assert count["Microwave link, both ends"] == len(over_a_ridge.tables["links"])
    assert count["Tower, by the metre of height"] == 15
    assert count["Wi-Fi access point, indoors"] >= 2
    assert {"Solar panels", "Batteries", "Survey of a new place", "Tap of existing cable"} <= set(count)


def opened(run: Run, folder: Path, language: str) -> Any:
    (path,) = export(run, "boq", folder, language)
    return openpyxl.load_workbook(path)


def cells(book: Any) -> Iterator[Any]:
    for page in book.worksheets:
        for row in page.iter_rows():
            yield from (cell for cell in row if cell.value is not None)


@pytest.mark.parametrize(
    ("language", "title", "whole"),
    [("vi", "Bảng khối lượng và dự toán", "Tất cả: đầu tư"), ("en", "Bill of quantities", "All: to build")],
)
def test_the_workbook_adds_up_in_both_languages(
    over_a_ridge: Run, tmp_path: Path, language: str, title: str, whole: str
) -> None:
    book = opened(over_a_ridge, tmp_path, language)
    assert not [cell for cell in cells(book) if cell.data_type == "f" or cell.hyperlink]
    page = book[title]
    plan = over_a_ridge.manifest["summary"]["plan"]["all"]
    rows = list(page.iter_rows(min_row=5, values_only=True))
    sums = next(row for row in rows if row[1] == whole)
    assert sums[8:11] == (plan["capex_vnd"], plan["capex_low_vnd"], plan["capex_high_vnd"])
    numbers = [row for row in rows if isinstance(row[0], str) and "." in row[0]]
    both = sum(row[8] for row in numbers)
    assert both == plan["capex_vnd"] + plan["opex_vnd_per_year"]
    assert page.freeze_panes == "C5" and page.print_title_rows == "$4:$4"
    assert page.page_setup.orientation == "landscape" and str(page.page_setup.paperSize) == "9"
    assert page.cell(5, 9).number_format == "General" and page.cell(6, 9).number_format == "#,##0"


def test_what_is_an_estimate_is_said(over_a_ridge: Run, tmp_path: Path) -> None:
    book = opened(over_a_ridge, tmp_path, "en")
    for name in ("Bill of quantities", "By commune", "By year and partner", "Prices"):
        assert "An estimate for planning, not an offer" in book[name]["A2"].value
    prices = {row[2]: row for row in book["Prices"].iter_rows(min_row=5, values_only=True)}
    said = prices["microwave.link"]
    assert said[3:6] == (71_826_000, 47_884_000, 287_304_000) and said[7] == "assumed" and "ITU" in said[9]
    marks = [row[11] for row in book["Bill of quantities"].iter_rows(min_row=5, values_only=True) if row[11]]
    assert marks and all(mark.endswith("] assumed") for mark in marks)


def test_communes_and_years_add_up(over_a_ridge: Run, tmp_path: Path) -> None:
    book, plan = opened(over_a_ridge, tmp_path, "en"), over_a_ridge.manifest["summary"]["plan"]["all"]
    communes = list(book["By commune"].iter_rows(min_row=5, values_only=True))
    assert communes[-1][1] == "All"
    assert communes[-1][4] + communes[-1][9] == plan["capex_vnd"] == sum(r[4] + r[9] for r in communes[:-1])
    years = list(book["By year and partner"].iter_rows(min_row=5, values_only=True))
    assert years[-1][4] == plan["capex_vnd"] == sum(row[4] for row in years[:-1])
    assert {row[0] for row in years[:-1]} <= {"2026", "2027", "no year", "beyond the budget"}


def test_each_hop_has_its_sheet_with_the_figures_of_the_run(over_a_ridge: Run, tmp_path: Path) -> None:
    book, links = opened(over_a_ridge, tmp_path, "en"), over_a_ridge.tables["links"].sort_values("link_id")
    listed = list(book["Microwave hops"].iter_rows(min_row=5, values_only=True))
    assert len(listed) == len(links) > 1
    for row, link in zip(listed, links.to_dict("records"), strict=True):
        page = book[row[0]]
        said = {cells[0]: cells[1] for cells in page.iter_rows(max_col=4, values_only=True) if cells[0]}
        assert said["Fade margin"] == pytest.approx(link["margin_db"])
        assert said["Azimuth from true north"] == pytest.approx(link["a_azimuth_deg"])
        assert said["Works so much of a year (rain and multipath)"] == pytest.approx(
            link["availability_percent"]
        )
        assert said["Path"] == row[13] == "clear by both rules"
        assert len(page._charts) == 1
        figures = [cell.value for cell in page["N"][3:] if cell.value is not None]
        assert len(figures) == len(link["profile_ground_m"].split())
        assert figures[0] == pytest.approx(link["a_ground_m"], abs=0.6)


def test_a_hop_without_elevation_says_so(over_a_ridge: Run, tmp_path: Path) -> None:
    flat = over_a_ridge.tables["links"].assign(
        clearance_f1=None, clearance_k_min_f1=None, profile_ground_m=None, profile_canopy_m=None
    )
    book = opened(replace(over_a_ridge, tables=over_a_ridge.tables | {"links": flat}), tmp_path, "en")
    assert "No profile: the study has no elevation here." in [cell.value for cell in cells(book)]


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    run = hostile_run()
    names = run.tables["gaps"].assign(name=['=HYPERLINK("http://x")', "+1", "-1", "@a", "=1+1", "=A1"])
    about = run.manifest | {"title": "=1+1", "note": "@SUM(A1)", "source": "+a"}
    book = opened(replace(run, manifest=about, tables=run.tables | {"gaps": names}), tmp_path, "vi")
    assert not [cell for cell in cells(book) if cell.data_type == "f" or cell.hyperlink]
    assert "=1+1" in [cell.value for cell in cells(book)]


def test_a_run_without_prices_or_plan_is_written_too(tmp_path: Path) -> None:
    for name, run in (("bare", drawn_run()), ("empty", nothing_of(drawn_run()))):
        check_sums(run)
        assert opened(run, tmp_path / name, "vi").sheetnames[0] == "Tóm tắt"


def nothing_of(run: Run) -> Run:
    return replace(run, tables={name: table.iloc[:0] for name, table in run.tables.items()})


@pytest.mark.parametrize("seed", range(6))
def test_runs_with_parts_taken_out_are_written(over_a_ridge: Run, tmp_path: Path, seed: int) -> None:
    run = thinned(over_a_ridge, seed)
    check_sums(run)
    for name in ("boq", "ofds"):
        assert export(run, name, tmp_path, "vi")


def test_the_order_of_rows_changes_nothing(over_a_ridge: Run, tmp_path: Path) -> None:
    turned = {n: t.iloc[::-1].reset_index(drop=True) for n, t in over_a_ridge.tables.items()}
    (first,) = export(over_a_ridge, "boq", tmp_path / "a", "vi")
    (second,) = export(replace(over_a_ridge, tables=turned), "boq", tmp_path / "b", "vi")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.reference
def test_the_bill_and_the_network_of_nam_giang_are_whole(nam_giang: Path, tmp_path: Path) -> None:
    said = CliRunner().invoke(phusong, ["run", str(nam_giang), "--out", str(tmp_path / "run"), "-q"])
    assert said.exit_code == 0, said.output
    run = read_run(tmp_path / "run")
    bills = check_sums(run)
    total = pd.Series({name: run.tables["investments"][name].sum() for name in MONEY})
    assert sum(item.amount_vnd for bill in bills for item in bill.build) == total["capex_vnd"]
    assert not [item for bill in bills for item in bill.build if item.price is None]
    assert faults({"networks": [network(run, "vi")]}) == []
