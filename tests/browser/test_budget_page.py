"""The budget slider, filters and colours: what the page counts is what the run's tables say."""

import random
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from drawn_itu import draw_itu
from drawn_run import HOSTILE, drawn_run, hostile_run

from phusong.bought import bought, lit_from
from phusong.bundled import bundled
from phusong.cli import main
from phusong.maps import draw_map
from phusong.runs import Run, read_run
from phusong.units import Currency, group_digits, money_in, say_vnd

from .conftest import Opened, OpenPage

#: The bundled study with years and partners: Viettel is asked for a part, the rest goes to VNPT.
WITH_YEARS = """
budget_by_year = { 2026 = "200 triệu", 2027 = "8 tỷ", 2028 = "200 triệu" }
[partners.Viettel]
at_least = 0.001
price_factor = 0.9
[partners.VNPT]
at_least = 0.3
"""


def run_command(*words: object) -> None:
    with pytest.raises(SystemExit) as caught, redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        main(["--lang", "en", *map(str, words)])
    assert not caught.value.code


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A real run with a budget of 8.4 tỷ over three years, and partners."""
    folder = tmp_path_factory.mktemp("planned")
    for file in bundled("nam-giang").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    study = folder / "study.toml"
    study.write_text(study.read_text(encoding="utf-8") + WITH_YEARS, encoding="utf-8")
    run_command("run", study, "--out", folder / "run", "--json")
    return read_run(folder / "run")


@pytest.fixture(scope="module")
def without_budget(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("open") / "run"
    run_command("run", bundled("nam-giang") / "study.toml", "--out", folder, "--json")
    return read_run(folder)


@pytest.fixture(scope="module")
def dollars(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = draw_itu(tmp_path_factory.mktemp("itu") / "two-islands")
    run_command("init", folder, "--profile", "itu")
    run_command("run", folder, "--out", folder / "run", "--json")
    return read_run(folder / "run")


def map_of(run: Run, tmp_path: Path, language: str = "vi") -> Path:
    return draw_map(run, tmp_path / "map.html", language=language)


def budget_of(run: Run) -> Any:
    return run.manifest["summary"]["plan"]["budget_vnd"]


def lit_rows(run: Run, money: int) -> pd.DataFrame:
    """The investments that `money` builds, by the run's tables."""
    rows = run.tables["investments"]
    return rows[lit_from(rows, budget_of(run)) <= money]


def counted(run: Run, rows: pd.DataFrame) -> dict[str, Any]:
    found = asdict(bought(rows, run.tables["gaps"], run.tables["commune_status"]))
    return {**found, "gaps": list(found["gaps"].values())}


def tile(opened: Opened, key: str) -> str:
    return opened.text(f"#bought [data-tile={key}]")


def check_figures(opened: Opened, run: Run, rows: pd.DataFrame, language: str = "vi") -> None:
    """The counters, as reckoned and as shown, are those of `rows`."""
    n = counted(run, rows)
    assert opened.run("phusong.bought()") == n
    with money_in(run.currency):
        shown = {
            "sites_connected": group_digits(n["sites_connected"], language),
            "people_served": group_digits(n["people"], language),
            "capex": " ".join(say_vnd(n["capex_vnd"], language).split()),
            "opex": " ".join(say_vnd(n["opex_vnd_per_year"], language).split()),
            "gaps_left": group_digits(n["gaps"][opened.run("phusong.state.service")], language),
        }
    if not opened.run("phusong.data.one_area"):
        shown["centres_with_fibre"] = f"{n['centres_now']} → {n['centres']}"
    for key, figure in shown.items():
        strong = opened.page.inner_text(f"#bought [data-tile={key}] strong")
        assert " ".join(strong.split()) == figure, key
    count = opened.text("#lit-count")
    assert re.match(rf"{len(rows)}(/| of ){len(run.tables['investments'])} ", count), count


def money_of(opened: Opened) -> int:
    return int(opened.run("phusong.state.budget.money"))


def settled(opened: Opened) -> None:
    """Until the map has followed."""
    opened.run("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def shown_ranks(opened: Opened) -> dict[int, bool]:
    """Rank → lit, from the list."""
    rows = opened.run(
        "() => [...document.querySelectorAll('#investments .investment')]"
        ".map(b => [Number(b.dataset.rank), !b.classList.contains('pale') && !b.querySelector('.hollow')])"
    )
    return dict(rows)


def test_it_starts_at_the_studys_budget_with_the_runs_own_figures(
    open_page: OpenPage, planned: Run, tmp_path: Path
) -> None:
    opened = open_page(map_of(planned, tmp_path))
    plan = planned.manifest["summary"]["plan"]
    assert money_of(opened) == plan["budget_vnd"] == 8_400_000_000
    found = opened.run("phusong.bought()")
    for name in ("capex_vnd", "capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year", "sites_connected"):
        assert found[name] == plan[name]
    check_figures(opened, planned, planned.tables["investments"][planned.tables["investments"]["funded"]])
    assert opened.text("#money-said") == "8,40 tỷ ₫"
    assert opened.page.get_attribute("#money-study", "aria-pressed") == "true"
    # Lit are those that the run funds, and only those.
    funded = dict(
        zip(planned.tables["investments"]["rank"], planned.tables["investments"]["funded"], strict=True)
    )
    assert shown_ranks(opened) == funded


def test_the_figures_are_the_tables_at_every_stop(open_page: OpenPage, planned: Run, tmp_path: Path) -> None:
    opened = open_page(map_of(planned, tmp_path))
    opened.page.focus("#money")
    opened.page.keyboard.press("Home")
    assert money_of(opened) == 0
    check_figures(opened, planned, lit_rows(planned, 0))
    seen = [0]
    for _ in range(len(planned.tables["investments"]) + 1):
        opened.page.keyboard.press("ArrowRight")
        check_figures(opened, planned, lit_rows(planned, money_of(opened)))
        rows = planned.tables["investments"]
        paid = rows[rows["cumulative_capex_vnd"] <= money_of(opened)]
        assert {rank for rank, lit in shown_ranks(opened).items() if lit} == set(paid["rank"])
        seen.append(money_of(opened))
    # A stop for each package and one for the budget; the end is all.
    assert seen == sorted({*lit_from(planned.tables["investments"], 8_400_000_000), 0, 8_400_000_000})
    for service in ("wifi", "mobile", "video"):
        opened.page.check(f"#service-{service}")
        check_figures(opened, planned, planned.tables["investments"])
        says = "không gói nào bù được" in tile(opened, "gaps_left")
        assert says == (service == "mobile"), "only mobile has gaps that nothing in the plan closes"


def test_keys(open_page: OpenPage, planned: Run, tmp_path: Path) -> None:
    opened = open_page(map_of(planned, tmp_path, "en"))
    press = opened.page.keyboard.press
    opened.page.focus("#money")
    press("End")
    whole = money_of(opened)
    assert whole == planned.tables["investments"]["capex_vnd"].sum()
    press("ArrowRight")
    assert money_of(opened) == whole
    press("ArrowLeft")
    assert len(lit_rows(planned, money_of(opened))) == len(planned.tables["investments"]) - 1
    press("PageDown")
    assert whole * 0.85 < money_of(opened) < whole * 0.95
    press("PageUp")
    press("PageUp")
    assert money_of(opened) == whole
    press("Home")
    said = opened.page.get_attribute("#money", "aria-valuetext")
    assert said.replace("\u00a0", " ") == "0 ₫: 0 of 12 investments, 0 sites connected"
    press("ArrowUp")
    said = opened.page.get_attribute("#money", "aria-valuetext").replace("\u00a0", " ")
    assert said == "2.9 million ₫: 1 of 12 investments, 1 sites connected"
    press("ArrowDown")
    assert money_of(opened) == 0
    assert opened.run("document.activeElement.id") == "money"


def test_the_mouse_sets_round_sums(open_page: OpenPage, planned: Run, tmp_path: Path) -> None:
    opened = open_page(map_of(planned, tmp_path))
    opened.page.locator("#money").scroll_into_view_if_needed()
    box = opened.page.locator("#money").bounding_box()
    whole = int(planned.tables["investments"]["capex_vnd"].sum())
    spot = lambda money: box["x"] + 8 + (box["width"] - 16) * money / whole  # noqa: E731
    y = box["y"] + box["height"] / 2
    opened.page.mouse.move(spot(8_400_000_000), y)
    opened.page.mouse.down()
    opened.page.mouse.move(spot(6_000_000_000), y, steps=5)
    opened.page.mouse.move(spot(5_000_000_000), y, steps=5)
    opened.page.mouse.up()
    assert opened.text("#money-said") == "5,00 tỷ ₫"
    check_figures(opened, planned, lit_rows(planned, 5_000_000_000))
    assert "Tiếp theo: số 9, từ 6," in opened.text("#lit-count")
    assert "có thể được nhiều hơn" in opened.text("#plan-order")
    opened.page.mouse.click(box["x"] + box["width"] - 1, y)
    assert money_of(opened) == whole
    check_figures(opened, planned, planned.tables["investments"])
    for button, money in (("none", 0), ("study", 8_400_000_000), ("all", whole)):
        opened.page.click(f"#money-{button}")
        assert money_of(opened) == money
        assert opened.page.get_attribute(f"#money-{button}", "aria-pressed") == "true"
        assert float(opened.page.input_value("#money")) == money


def test_the_map_follows(open_page: OpenPage, planned: Run, tmp_path: Path) -> None:
    opened = open_page(map_of(planned, tmp_path))
    thin = "() => phusong.data.segments.filter(s => phusong.segmentLook(s[1], s[0]).alpha < 1).length"
    before = opened.run(thin)
    opened.page.click("#money-none")
    settled(opened)
    lines = opened.run("phusong.data.segments.length")
    assert opened.run(thin) == lines > before
    assert "ngoài số tiền hoặc bộ lọc" in opened.text("#legend")
    looks = "() => phusong.ranks.map(r => phusong.investmentLook(r.investment).lit)"
    assert set(opened.run(looks)) == {False}
    opened.page.click("#money-all")
    settled(opened)
    assert opened.run(thin) == 0 and set(opened.run(looks)) == {True}
    assert "ngoài số tiền hoặc bộ lọc" not in opened.text("#legend")


def test_filters_join_with_the_money(open_page: OpenPage, planned: Run, tmp_path: Path) -> None:
    opened = open_page(map_of(planned, tmp_path, "en"))
    rows = planned.tables["investments"]
    years = opened.page.locator("#choose-year option").all_inner_texts()
    assert years == ["All", "2026", "2027", "no year stated"]
    assert opened.page.locator("#choose-partner option").all_inner_texts() == [
        "All",
        "VNPT",
        "Viettel",
        "not known",
    ]
    opened.page.select_option("#choose-year", label="2027")
    check_figures(opened, planned, rows[rows["year"] == 2027], "en")
    assert "Only year: 2027." in opened.text("#lit-count")
    opened.page.select_option("#choose-partner", label="Viettel")
    both = rows[(rows["year"] == 2027) & (rows["partner"] == "Viettel")]
    assert 0 < len(both) < len(rows[rows["year"] == 2027])
    check_figures(opened, planned, both, "en")
    assert {rank for rank, lit in shown_ranks(opened).items() if lit} == set(both["rank"])
    opened.page.click("#money-none")
    check_figures(opened, planned, rows.iloc[:0], "en")
    opened.page.click("#money-all")
    opened.page.select_option("#choose-year", label="no year stated")
    opened.page.select_option("#choose-partner", label="not known")
    check_figures(opened, planned, rows[rows["year"].isna()], "en")
    opened.page.click("#budget-reset")
    assert opened.page.locator("#budget-reset").is_hidden()
    assert opened.page.input_value("#choose-year") == "All" and money_of(opened) == 8_400_000_000
    check_figures(opened, planned, rows[rows["funded"]], "en")


@pytest.mark.parametrize("by", ["Year", "Partner"])
def test_colours_come_with_letters(open_page: OpenPage, planned: Run, tmp_path: Path, by: str) -> None:
    opened = open_page(map_of(planned, tmp_path, "en"))
    rows = planned.tables["investments"].sort_values("rank")
    named = sorted({str(v) for v in rows[by.lower()].dropna()})
    opened.page.select_option("#choose-colour_by", label=by)
    settled(opened)
    letters = {name: chr(65 + i) for i, name in enumerate(named)}
    expected = [
        f"{rank}{letters.get(str(name), '–')}"
        for rank, name in zip(rows["rank"], rows[by.lower()], strict=True)
    ]
    assert opened.page.locator("#investments .rank").all_inner_texts() == expected
    colours = opened.run("phusong.colourGroups().map(g => [g.name, g.look.sign, g.look.colour])")
    assert [sign for _, sign, _ in colours] == [*letters.values(), "–"]
    assert len({colour for *_, colour in colours}) == len(named) + 1
    for name, *_ in colours:
        assert name in opened.text("#legend")
    # Each line is drawn in the colour of its package: as many dots of it as the line is long, less its gaps.
    for colour in set(opened.run("phusong.data.segments.map(s => phusong.investmentLook(s[0]).colour)")):
        assert opened.coloured("lines", colour) > 20
    opened.page.select_option("#choose-colour_by", label="Rank")
    assert opened.page.locator("#investments .rank").all_inner_texts() == [str(r) for r in rows["rank"]]


def test_signs_in_discs_can_be_read(open_page: OpenPage, planned: Run, tmp_path: Path) -> None:
    opened = open_page(map_of(planned, tmp_path))

    def light(rgb: str) -> float:
        parts = [int(n) / 255 for n in re.findall(r"\d+", rgb)[:3]]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for option in range(3):
        opened.page.select_option("#choose-colour_by", index=option)
        pairs = opened.run(
            "() => [...document.querySelectorAll('#investments .rank')].map(e => getComputedStyle(e))"
            ".map(s => [s.color, s.backgroundColor])"
        )
        for ink, ground in pairs:
            dark, bright = sorted((light(ink), light(ground)))
            assert (bright + 0.05) / (dark + 0.05) >= 4.5


def test_money_is_said_as_everywhere_else(open_page: OpenPage, tmp_path: Path) -> None:
    opened = open_page(map_of(drawn_run(), tmp_path))
    chance = random.Random(5)
    amounts = [
        0,
        1,
        999,
        999_499,
        999_500,
        999_999,
        1_000_000,
        1_250_000,
        1_350_000,
        999_949_999,
        999_950_000,
    ]
    amounts += [999_999_999, 1_125_000_000, 1_375_000_000, 1_005_000_000, 1_234_567_890_123, 2_675_000_000]
    amounts += [round(10 ** chance.uniform(0, 14)) for _ in range(400)]
    # Halves, which Python sends to the even neighbour.
    amounts += [125_000_000 * chance.randrange(1, 4000) for _ in range(100)]
    amounts += [50_000 * chance.randrange(1, 40_000) for _ in range(100)]
    amounts += [-a for a in amounts[1:40]]
    said = """([amounts, language, currency]) => {
        phusong.state.language = language; phusong.data.currency = currency;
        return amounts.map(phusong.money); }"""
    for currency in (Currency(), Currency("USD", 23942.0), Currency("USD", 2.0), Currency("KES", 0.125)):
        for language in ("vi", "en"):
            with money_in(currency):
                expected = [say_vnd(amount, language).replace(" ", "\u00a0") for amount in amounts]
            assert opened.run(said, [amounts, language, vars(currency)]) == expected


def test_it_stays_through_cards_languages_and_print(
    open_page: OpenPage, planned: Run, tmp_path: Path
) -> None:
    opened = open_page(map_of(planned, tmp_path))
    rows = planned.tables["investments"]
    opened.page.focus("#money")
    opened.page.keyboard.press("ArrowLeft")
    opened.page.select_option("#choose-partner", label="Viettel")
    opened.page.select_option("#choose-colour_by", index=2)
    money = money_of(opened)
    lit = lit_rows(planned, money)
    lit = lit[lit["partner"] == "Viettel"]
    opened.page.click("#investments .investment >> nth=8")
    assert opened.page.locator(".budget").is_hidden()
    opened.page.click(".back")
    check_figures(opened, planned, lit)
    opened.page.click(".languages [lang=en]")
    check_figures(opened, planned, lit, "en")
    assert opened.page.locator("#choose-partner").input_value() == "Viettel"
    assert "million" in opened.page.get_attribute("#money", "aria-valuetext") or "billion" in (
        opened.page.get_attribute("#money", "aria-valuetext") or ""
    )
    opened.page.emulate_media(media="print")
    opened.wait("document.body.classList.contains('print')")
    assert opened.page.locator("#money").is_hidden()
    assert opened.page.locator(".chip:visible, .budget select:visible").count() == 0
    # The legend with its groups stays on the sheet's map.
    bottom = [opened.page.locator(name).bounding_box() for name in (".base", ".stage")]
    assert bottom[0]["y"] + bottom[0]["height"] <= bottom[1]["y"] + bottom[1]["height"]
    with money_in(planned.currency):
        assert " ".join(say_vnd(money, "en").split()) in opened.text(".money-label")
    assert "Only partner: Viettel." in opened.text("#lit-count")
    check_figures(opened, planned, lit, "en")
    opened.page.emulate_media(media="screen")
    opened.wait("!document.body.classList.contains('print')")
    assert money_of(opened) == money and len(rows) == len(shown_ranks(opened))
    check_figures(opened, planned, lit, "en")


def test_without_a_budget_it_starts_at_all(open_page: OpenPage, without_budget: Run, tmp_path: Path) -> None:
    opened = open_page(map_of(without_budget, tmp_path))
    plan = without_budget.manifest["summary"]["plan"]
    assert plan["budget_vnd"] is None and money_of(opened) == plan["capex_vnd"]
    check_figures(opened, without_budget, without_budget.tables["investments"])
    assert opened.page.locator("#money-study").count() == 0
    assert "Nghiên cứu không đặt ngân sách" in opened.text(".budget")
    assert (
        opened.page.locator("#choose-year").count() == 0
        and opened.page.locator("#choose-partner").count() == 1
    )
    opened.page.click("#money-none")
    check_figures(opened, without_budget, lit_rows(without_budget, 0))


def test_in_dollars(open_page: OpenPage, dollars: Run, tmp_path: Path) -> None:
    opened = open_page(map_of(dollars, tmp_path, "en"))
    rows = dollars.tables["investments"]
    check_figures(opened, dollars, rows, "en")
    assert "USD" in opened.text("#money-said") and "₫" not in opened.text(".budget")
    assert opened.page.locator("[data-tile=centres_with_fibre]").count() == 0
    opened.page.focus("#money")
    opened.page.keyboard.press("Home")
    for _ in rows.index:
        opened.page.keyboard.press("ArrowRight")
        check_figures(opened, dollars, lit_rows(dollars, money_of(opened)), "en")
    # The hand sets round sums of dollars.
    opened.page.keyboard.press("PageDown")
    in_usd = money_of(opened) / dollars.currency.vnd
    assert in_usd == pytest.approx(round(in_usd / 10) * 10, abs=1e-3)


def test_what_the_run_leaves_out_is_dark_at_its_budget_though_it_would_fit(
    open_page: OpenPage, tmp_path: Path
) -> None:
    # 5.6 of 6 tỷ are spent, the next costs 0.024: the run did not fund it.
    run = drawn_run()
    opened = open_page(map_of(run, tmp_path))
    check_figures(opened, run, run.tables["investments"].iloc[:1])
    assert shown_ranks(opened) == {1: True, 2: False}
    opened.page.focus("#money")
    opened.page.keyboard.press("ArrowRight")
    check_figures(opened, run, run.tables["investments"])


def test_of_a_budget_for_the_years_the_money_is_that_of_the_years(
    open_page: OpenPage, tmp_path: Path
) -> None:
    about = drawn_run().manifest
    spent = {**about["summary"]["plan"], "budget_vnd": 8_000_000_000}
    run = drawn_run(manifest={"summary": {"plan": spent}, "plan": {"budget_covers": "lifetime"}})
    opened = open_page(map_of(run, tmp_path, "en"))
    # Over the years N1 costs 7.84 tỷ, and to build 5.6.
    assert shown_ranks(opened) == {1: True, 2: False}
    assert "5.60 billion ₫" in tile(opened, "capex")
    assert "study's years" in opened.text(".money-label")
    opened.page.focus("#money")
    opened.page.keyboard.press("ArrowLeft")
    assert money_of(opened) == 7_840_000_000 and shown_ranks(opened)[1]


def test_nobody_is_never_said_for_not_known(open_page: OpenPage, tmp_path: Path) -> None:
    gaps = drawn_run().tables["gaps"]
    gaps.loc[gaps["site_id"].isin(["B1", "B2"]), "people"] = None
    opened = open_page(map_of(drawn_run(gaps=gaps), tmp_path, "en"))
    assert tile(opened, "people_served") == "People who rely on them Unknown"
    gaps.loc[gaps["site_id"] == "B1", "people"] = 940.0
    opened = open_page(map_of(drawn_run(gaps=gaps), tmp_path, "en"))
    assert tile(opened, "people_served") == "People who rely on them 940 estimate; of 1 sites not known"
    opened.page.click("#money-none")
    assert tile(opened, "people_served").startswith("People who rely on them 0")


def test_a_plan_with_nothing_to_build(open_page: OpenPage, tmp_path: Path) -> None:
    tables = drawn_run().tables
    nothing = {name: tables[name].iloc[:0] for name in ("investments", "segments")}
    opened = open_page(map_of(drawn_run(**nothing), tmp_path, "en"))
    assert opened.page.locator("#money").count() == 0
    assert tile(opened, "sites_connected").endswith(" 0") and "2 of 2 today" in tile(opened, "gaps_left")
    assert "Nothing needs to be built" in opened.text("#investments")


def test_names_for_those_who_do_not_see_and_room_for_fingers(
    open_page: OpenPage, planned: Run, tmp_path: Path
) -> None:
    phone = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
    opened = open_page(map_of(planned, tmp_path, "en"), **phone)
    assert opened.run("document.documentElement.scrollWidth") <= 390
    small = opened.run(
        "() => [...document.querySelectorAll('.budget input, .budget select, .budget button')]"
        ".filter(e => e.offsetHeight && (e.offsetHeight < 44 || e.offsetWidth < 44)).map(e => e.id)"
    )
    assert small == []
    for role, name in (("slider", "With a budget of"), ("combobox", "Year"), ("combobox", "Partner")):
        assert opened.page.get_by_role(role, name=name).count() == 1
    # All of it can be used in the sheet, and the map shows what it does.
    opened.page.locator("#money").scroll_into_view_if_needed()
    box = opened.page.locator("#money").bounding_box()
    opened.page.touchscreen.tap(box["x"] + 8, box["y"] + 22)
    assert money_of(opened) == 0
    settled(opened)
    assert opened.run("phusong.ranks.every(r => !phusong.investmentLook(r.investment).lit)")
    opened.page.tap("#money-study")
    check_figures(opened, planned, lit_rows(planned, 8_400_000_000), "en")


def test_hostile_partners_run_nothing(open_page: OpenPage, tmp_path: Path) -> None:
    opened = open_page(map_of(hostile_run(), tmp_path, "en"))
    opened.run("() => { window.alert = text => { throw new Error('ran: ' + text); }; }")
    options = opened.page.locator("#choose-partner option").all_inner_texts()
    assert set(options) & {" ".join(name.split()) for name in HOSTILE}
    for option in range(1, len(options)):
        opened.page.select_option("#choose-partner", index=option)
        opened.page.select_option("#choose-colour_by", index=1)
    assert opened.page.locator("#panel img, #panel script, .map img, .map script").count() == 0
    settled(opened)
