"""The indicators on the map's panel in a real browser: on screen, in English, on a phone, on paper."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from drawn_run import HOSTILE, drawn_run

from phusong.domain import INDICATOR_FIGURES, conform
from phusong.maps import draw_map
from phusong.runs import Run

COMMITTEE = {
    "name_vi": "Ban chỉ đạo",
    "name_en": "Steering committee",
    "kind": "done",
    "levels": ["district"],
    "source": "drawn",
}
INSTALLS = COMMITTEE | {
    "name_vi": "Lượt cài ứng dụng",
    "name_en": "App installs",
    "kind": "amount",
    "shown": "percent",
    "levels": ["province"],
}


def indicator_run(names: tuple[str, ...] = ("Tây Giang", "Nông Sơn"), **said: Any) -> Run:
    """The drawn run with 12, then 14 of 18 districts, two of them not having it, and installs of an app."""
    district = {"indicator": "committee", "level": "district", "units": 18}
    rows = [
        {**district, "date": "2021-05", "value": 12, "of": 18, "reported": 12},
        {
            **district,
            "date": "2021-06-30",
            "value": 14,
            "of": 18,
            "reported": 16,
            "not_done_names": ";".join(names),
        },
        {
            "indicator": "app",
            "level": "province",
            "date": "2021-06",
            "value": 13185,
            "of": 263700,
            "units": 1,
            "reported": 1,
        },
    ]
    run = drawn_run(manifest={"indicators": {"committee": {**COMMITTEE, **said}, "app": INSTALLS}})
    figures = conform(pd.DataFrame(rows), INDICATOR_FIGURES)
    return replace(run, tables={**run.tables, "indicator_figures": figures})


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_map(indicator_run(), tmp_path_factory.mktemp("map") / "map.html")


def test_each_figure_says_its_date_its_units_and_who_is_missing(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    assert opened.text("#indicators") == (
        "Chỉ tiêu do các đơn vị báo cáo2 "
        "Ban chỉ đạo 14/18 30/06/2021 · 16/18 đơn vị cấp huyện đã báo cáo Trước đó: 12/18 (05/2021) "
        "Báo cáo chưa làm: Tây Giang, Nông Sơn Chưa báo cáo: 2, chưa rõ đơn vị nào "
        "Lượt cài ứng dụng 5 % 13.185/263.700 · 06/2021 · 1/1 đơn vị cấp tỉnh đã báo cáo"
    )
    opened.page.click("button[lang=en]")
    assert "Steering committee 14/18 30 June 2021 · reported by 16 of 18 districts" in opened.text(
        "#indicators"
    )
    widths = opened.run("[...document.querySelectorAll('.bar-done')].map(bar => bar.getAttribute('width'))")
    assert [round(float(width), 1) for width in widths] == [77.8, 5.0]


def test_a_bar_can_be_told_from_its_ground_in_grey(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    colours = opened.run(
        "['.bar-done', '.bar-rest'].map("
        "one => getComputedStyle(document.querySelector(one)).fill.match(/\\d+/g))"
    )
    dark, light = (sum(w * int(c) for w, c in zip((0.3, 0.59, 0.11), rgb, strict=True)) for rgb in colours)
    assert light - dark > 120


def test_it_is_on_paper_and_fits_a_phone(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file, width=390, height=844)
    opened.page.click("#sheet")
    assert opened.run("document.querySelector('#indicators').scrollWidth <= 390")
    opened.page.emulate_media(media="print")
    opened.run("window.dispatchEvent(new Event('beforeprint'))")
    assert opened.page.locator("#indicators").is_visible()


def test_a_run_without_indicators_shows_nothing_of_them(open_page: Any, tmp_path: Path) -> None:
    opened = open_page(draw_map(drawn_run(), tmp_path / "map.html"))
    assert opened.page.locator("#indicators").count() == 0
    assert "Chỉ tiêu" not in opened.text("#overview")


def test_hostile_names_stay_text(open_page: Any, tmp_path: Path) -> None:
    run = indicator_run(HOSTILE, name_vi=HOSTILE[0], name_en=HOSTILE[3])
    opened = open_page(draw_map(run, tmp_path / "map.html"))
    said = opened.page.inner_text("#indicators")
    assert HOSTILE[0] in said and HOSTILE[1] in said
    assert opened.page.locator("#indicators img, #indicators script").count() == 0
