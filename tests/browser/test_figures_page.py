"""What the page says in figures is what the program says: packed columns, money, distances, evidence."""

import random
from pathlib import Path
from typing import Any

import pytest
from drawn_run import drawn_run

from phusong.domain import SERVICES
from phusong.language import LANGUAGES
from phusong.maps import draw_map
from phusong.maps.packing import pack_numbers, pack_texts
from phusong.units import Currency, decimal, money_in, say_distance, say_vnd
from phusong.wording import say_evidence

from .conftest import OpenPage


@pytest.fixture
def page(open_page: OpenPage, tmp_path: Path) -> Any:
    return open_page(draw_map(drawn_run(), tmp_path / "map.html"))


@pytest.mark.parametrize(
    "numbers",
    [
        [],
        [7],
        [-1, -1, -1],
        [0, 255],
        [0, 256, -5],
        [10_755_000, 10_999_999],
        [-1, 2_147_483_647],
        [-2_147_483_648, 2_147_483_647],
        [-1, 1_234_567_890_123_456],
    ],
)
def test_numbers_come_back(page: Any, numbers: list[int]) -> None:
    assert page.run("packed => [...phusong.numbers(packed)]", pack_numbers(numbers)) == numbers


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [""],
        ["Trạm Y tế xã La Êê", "", "Trạm Y tế xã Chơ Chun", " a  b ", "Trạm"],
        [f"NG-{n:05}" for n in range(300)],
        [f"Điểm trường thôn {n} xã {n % 7}" for n in range(300)],
        ["𠀀1", "𠀀2", "e\u0301a", "e\u0301b", "\\", '"', "\n", "\u2028"],
    ],
)
def test_texts_come_back(page: Any, texts: list[str]) -> None:
    assert page.run("packed => phusong.texts(packed)", pack_texts(texts)) == texts


def test_the_shorter_way_is_taken() -> None:
    assert "front" in pack_texts([f"NG-{n:05}" for n in range(300)])
    assert "words" in pack_texts([f"Điểm trường thôn {n % 9} xã {n % 7}" for n in range(300)])


def amounts() -> list[int]:
    draw = random.Random(1)
    edges = [0, 1, 999_999, 1_000_000, 1_125_000_000, 640_250_000, 640_350_000, 999_950_000, 999_999_999]
    return edges + [round(10 ** draw.uniform(0, 13)) for _ in range(400)]


@pytest.mark.parametrize("currency", [Currency(), Currency("USD", 23_942.0)])
def test_money_is_said_as_the_program_says_it(page: Any, currency: Currency) -> None:
    script = """([amounts, currency, language]) => {
        phusong.data.currency = currency; phusong.state.language = language;
        return amounts.map(phusong.money); }"""
    for language in LANGUAGES:
        said = page.run(script, [amounts(), {"code": currency.code, "vnd": currency.vnd}, language])
        with money_in(currency):
            assert said == [say_vnd(a, language).replace(" ", "\u00a0") for a in amounts()]


def test_numbers_are_rounded_as_the_program_rounds_them(page: Any) -> None:
    numbers = [0.5, 1.5, 2.5, 0.05, 0.25, 4.35, 8.345, 1.005, 1234.5, 999.95, 0.0, 12.0, 7.25]
    for language in LANGUAGES:
        for digits in (0, 1, 2):
            script = (
                "([n, d, to]) => { phusong.state.language = to; return n.map(x => phusong.decimal(x, d)); }"
            )
            assert page.run(script, [numbers, digits, language]) == [
                decimal(n, digits, language) for n in numbers
            ]


def test_each_evidence_and_distance_is_that_of_the_tables(open_page: OpenPage, tmp_path: Path) -> None:
    gaps = drawn_run().tables["gaps"]
    gaps["fibre_distance_m"] = [12.5, 999.6, 1049.9, 7150.0, None, 23_456.0]
    gaps["cell_distance_m"] = [None, 350.4, 1000.0, 2449.0, 2450.1, 88_888.0]
    gaps["mobile_evidence"] = [
        "signal_computed",
        "signal_measured",
        "cell_far",
        "signal_computed",
        "cell_near",
        "signal_computed",
    ]
    gaps["mobile_operator"] = ["Viettel", "VNPT", None, "MobiFone", None, "Viettel"]
    gaps["mobile_radio"] = ["LTE", "NR", None, "LTE", None, "LTE"]
    gaps["mobile_level_dbm"] = [-101.4, -80.0, None, -95.5, None, -110.2]
    gaps["mobile_low_dbm"] = [-112.2, None, None, -104.5, None, None]
    gaps["mobile_high_dbm"] = [-99.1, None, None, -90.5, None, -100.0]
    gaps["mobile_measured_dbm"] = [None, -84.5, None, None, None, None]
    opened = open_page(draw_map(drawn_run(gaps=gaps), tmp_path / "map.html"))
    script = """([service, place, to]) => {
        phusong.state.language = to; return phusong.evidence(service, place); }"""
    for language in LANGUAGES:
        for place, row in enumerate(gaps.to_dict("records")):
            for i, service in enumerate(SERVICES):
                assert opened.run(script, [i, place, language]) == say_evidence(row, service, language)
            said = opened.run("i => phusong.distance(phusong.data.sites.fibre_distance[i])", place)
            assert said == say_distance(row["fibre_distance_m"], language)
