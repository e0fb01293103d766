"""The microwave links of a run in a real browser: layer, hint, card and profile."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from drawn_links import write_study
from drawn_run import HOSTILE, drawn_run

from phusong.cli import main
from phusong.maps import draw_map
from phusong.maps.payload import payload
from phusong.runs import Run, read_run
from phusong.units import decimal


def run_of(study: Path) -> Run:
    with pytest.raises(SystemExit) as ended:
        main(["run", str(study), "--out", str(study.parent / "run"), "--quiet"])
    assert ended.value.code == 0
    return read_run(study.parent / "run")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_of(write_study(tmp_path_factory.mktemp("links") / "study"))


@pytest.fixture
def page_file(run: Run) -> Path:
    return run.folder / "map.html"


def middle(opened: Any, place: int) -> tuple[float, float]:
    """Where the middle of a link is drawn, in pixels of the window."""
    x, y = opened.run(
        "i => { const l = phusong.data.links[i], p = q => phusong.world.latLngToContainerPoint(q);"
        " const a = p(l.from), b = p(l.to); return [(a.x + b.x) / 2, (a.y + b.y) / 2]; }",
        place,
    )
    box = opened.page.locator("#map_study").bounding_box()
    return box["x"] + x, box["y"] + y


def open_link(opened: Any, place: int) -> None:
    opened.run("i => phusong.choose({kind: 'link', place: i}, false)", place)


def facts_of(opened: Any) -> dict[str, str]:
    names, figures = (opened.page.locator(f"#card .facts {tag}").all_inner_texts() for tag in ("dt", "dd"))
    return dict(zip(names, figures, strict=True))


def test_the_page_carries_whole_numbers(run: Run) -> None:
    links = payload(run, "vi")["links"]
    assert len(links) == len(run.tables["links"]) >= 3
    assert not re.search(r"\d\.\d", re.sub(r'"[^"]*"', "", json.dumps(links)))


def test_the_layer_comes_and_goes(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    assert "Tuyến vi ba" in opened.text("#legend")
    before = opened.inked()
    opened.page.uncheck("#layer-links")
    assert opened.inked() < before
    x, y = middle(opened, 0)
    opened.page.mouse.move(x, y)
    assert "Tuyến vi ba" not in opened.text("#hint")
    opened.page.check("#layer-links")
    assert opened.inked() == before


def test_without_links_there_is_no_layer(open_page: Any, tmp_path: Path) -> None:
    opened = open_page(draw_map(drawn_run(), tmp_path / "map.html"))
    assert opened.page.locator("#layer-links").count() == 0
    opened.run("() => phusong.choose({kind: 'site', place: 3}, false)")
    assert "Tuyến vi ba" not in opened.text("#card")


def test_pointing_at_a_link_names_it_and_a_click_opens_its_card(
    open_page: Any, page_file: Path, run: Run
) -> None:
    opened = open_page(page_file)
    link = run.tables["links"].iloc[0]
    x, y = middle(opened, 0)
    opened.page.mouse.move(x, y)
    km, ghz = decimal(link["length_m"] / 1000, 2, "vi"), f"{link['f_ghz']:g}".replace(".", ",")
    assert opened.text("#hint").endswith(f"· {km} km · {ghz} GHz")
    assert "Cột bên cáp quang hiện có (VNPT) – Trạm chuyển tiếp mới" in opened.text("#hint")
    opened.page.mouse.click(x, y)
    assert opened.text("#card h2") == "Tuyến vi ba: Cột bên cáp quang hiện có (VNPT) – Trạm chuyển tiếp mới"
    assert opened.page.locator("#card .profile svg[role=img]").is_visible()
    opened.page.keyboard.press("Escape")
    assert opened.page.locator("#card").is_hidden()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_card_says_what_the_table_says(open_page: Any, page_file: Path, run: Run, language: str) -> None:
    opened = open_page(page_file)
    opened.page.click(f".languages [lang={language}]")
    word = {"vi": 1, "en": 0}[language]
    for place, link in enumerate(run.tables["links"].to_dict("records")):
        open_link(opened, place)
        said = facts_of(opened)

        def number(value: float, digits: int) -> str:
            return decimal(value, digits, language).replace("-", "−")

        margin = ("Margin over {} dBm", "Dự trữ so với {} dBm")[word]
        assert said[margin.format(number(link["threshold_dbm"], 0))] == f"{number(link['margin_db'], 1)} dB"
        assert said[("Received level", "Mức thu")[word]] == f"{number(link['received_dbm'], 1)} dBm"
        assert said[("Availability", "Độ khả dụng")[word]] == f"{number(link['availability_percent'], 4)} %"
        assert said[("Rate", "Tốc độ")[word]] == f"{link['rate_mbps']:g} Mb/s"
        for k, part in (("4/3", ""), (number(link["k_min"], 2), "_k_min")):
            rule = said[("Clearance at k = {}", "Khoảng hở tại k = {}")[word].format(k)]
            assert rule.startswith(number(link[f"clearance{part}_f1"], 2) + " F1")
            assert number(link[f"clearance{part}_at_m"] / 1000, 2) + " km" in rule
            assert rule.endswith(number(link[f"asked{part}_f1"], 1) + " F1")
        rows = opened.page.locator("#card .link-ends tbody tr").all_inner_texts()
        figures = [row.split("\t")[1:] for row in rows]
        assert figures == [
            [number(link[f"{end}_ground_m"], 1) for end in "ab"],
            [f"{link[f'{end}_height_m']:g}" for end in "ab"],
            [number(link[f"{end}_azimuth_deg"], 2) + "°" for end in "ab"],
            [number(link[f"{end}_tilt_deg"], 2) + "°" for end in "ab"],
        ]


def test_the_profile_is_told_in_words_and_drawn_where_it_is(
    open_page: Any, page_file: Path, run: Run
) -> None:
    opened = open_page(page_file)
    for place, link in enumerate(run.tables["links"].to_dict("records")):
        open_link(opened, place)
        told = opened.page.locator("#card .profile svg[role=img]").get_attribute("aria-label")
        ground = [int(metres) for metres in link["profile_ground_m"].split(" ")]
        least = decimal(link["clearance_f1"], 2, "vi")
        for figure in (least, decimal(link["clearance_at_m"] / 1000, 2, "vi")):
            assert figure in told
        assert f"từ {min(ground)} đến {max(ground)} m" in told and "{" not in told
        assert opened.page.text_content("#card .profile-tightest").startswith(f"{least} F1")
        paths = opened.page.locator("#card .profile-skyline").evaluate_all(
            "ps => ps.map(p => p.getAttribute('d').slice(1).split('L').map(s => s.split(' ').map(Number)))"
        )
        whole = paths[0]
        assert len(whole) == len(ground)
        # Along the path and upwards the picture is to scale: from the axis' own words to the ground's place.
        ticks = opened.page.locator("#card .profile-tick").evaluate_all(
            "ts => ts.map(t => [t.textContent, Number(t.getAttribute('x')), Number(t.getAttribute('y'))])"
        )
        heights = [(float(t.replace(".", "")), y - 4) for t, x, y in ticks if x == 41 and y < 215]
        (low, y_low), (high, y_high) = heights[0], heights[-1]
        for i in (0, len(ground) - 1):
            height = low + (whole[i][1] - y_low) * (high - low) / (y_high - y_low)
            assert height == pytest.approx(link[f"{'ab'[bool(i)]}_ground_m"], abs=2.5)
        # The tightest point stands on what is drawn there, trees where they are.
        spot = opened.page.locator("#card .profile-spot").first
        x, y = (float(spot.get_attribute(name)) for name in ("cx", "cy"))
        before = max(i for i, (px, _y) in enumerate(whole) if px <= x + 0.1)
        here = [py for px, py in whole[max(before - 1, 0) : before + 3]]
        trees = max(int(m) for m in link["profile_canopy_m"].split(" ")) * abs(y_high - y_low) / (high - low)
        assert min(here) - trees - 3 <= y <= max(here) + 3


def test_site_and_investment_lead_to_their_links(open_page: Any, page_file: Path, run: Run) -> None:
    opened = open_page(page_file)
    links, gaps = run.tables["links"], run.tables["gaps"]
    place = list(gaps["site_id"]).index("S3")
    opened.run("i => phusong.choose({kind: 'site', place: i}, false)", place)
    buttons = opened.page.locator("#card .row-button:has(.link-mark)")
    assert buttons.count() == sum("S3" in ids.split(";") for ids in links["site_ids"]) == 2
    buttons.last.click()
    assert "UBND xã B" in opened.text("#card h2")
    opened.page.locator("#card .under .link").click()
    paid = links["investment_id"].value_counts()
    shown = opened.run("phusong.data.investments[phusong.state.chosen.place].id")
    assert buttons.count() == paid[shown]
    opened.page.click("#card .row-button:has(.link-mark) >> nth=0")
    served = links.iloc[opened.run("phusong.state.chosen.place")]["site_ids"].split(";")
    assert opened.page.locator("#card .row-button .sign").count() == len(served)


def test_the_card_changes_its_language(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    open_link(opened, 0)
    vietnamese = opened.text("#card")
    opened.page.click(".languages [lang=en]")
    english = opened.text("#card")
    assert english.startswith("← Back to the overview Microwave link: Pole at existing fibre (VNPT)")
    for word in ("Tuyến", "Mặt", "khoảng", "anten ", "Dự trữ"):
        assert word in vietnamese or word.lower() in vietnamese.lower()
        assert word not in english
    opened.page.click(".languages [lang=vi]")
    assert opened.text("#card") == vietnamese


def test_without_elevation_the_card_says_so(open_page: Any, tmp_path: Path) -> None:
    study = write_study(tmp_path / "flat")
    text = study.read_text(encoding="utf-8")
    text = re.sub(r'(elevation|canopy) = ".*"\n', "", text)
    study.write_text(text, encoding="utf-8")
    run = run_of(study)
    assert set(run.tables["links"]["terrain"]) == {"flat"}
    opened = open_page(run.folder / "map.html")
    open_link(opened, 0)
    assert opened.page.locator("#card .profile").count() == 0
    assert "không có dữ liệu độ cao" in opened.text("#card .flat")
    assert "F1" not in opened.text("#card") and "NaN" not in opened.text("#card")


def test_hostile_names_of_ends_show_and_run_nothing(open_page: Any, run: Run, tmp_path: Path) -> None:
    links = run.tables["links"].copy()
    for i, column in enumerate(("a_operator", "b_operator", "b_name")):
        links[column] = pd.Series([HOSTILE[(i + j) % len(HOSTILE)] for j in range(len(links))], dtype="str")
    links["a_id"] = pd.Series([HOSTILE[j % len(HOSTILE)] for j in range(len(links))], dtype="str")
    gaps = run.tables["gaps"]
    gaps = gaps.assign(name=[HOSTILE[j % len(HOSTILE)] for j in range(len(gaps))])
    hostile = replace(run, tables={**run.tables, "links": links, "gaps": gaps})
    opened = open_page(draw_map(hostile, tmp_path / "map.html"))
    opened.run("() => { window.alert = text => { throw new Error('ran: ' + text); }; }")
    for place in range(len(links)):
        opened.page.mouse.move(*middle(opened, place))
        open_link(opened, place)
        assert " ".join(HOSTILE[place % len(HOSTILE)].split()) in opened.text("#card")
    assert opened.page.locator("#panel img, #panel script, .map img, .map script").count() == 0
    opened.page.wait_for_timeout(200)


def test_the_chart_fits_a_phone(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file, width=390, height=844, is_mobile=True, has_touch=True)
    open_link(opened, 1)
    opened.page.tap("#sheet")
    chart = opened.page.locator("#card .profile svg[role=img]").bounding_box()
    assert chart["x"] >= 0 and chart["x"] + chart["width"] <= 390 and chart["width"] > 330
    assert opened.run("document.documentElement.scrollWidth") <= 390
    small = opened.run(
        "() => [...document.querySelectorAll('#card .profile text')]"
        ".map(t => t.getBoundingClientRect().height).filter(h => h < 10).length"
    )
    assert small == 0
    texts = opened.run(
        "() => [...document.querySelectorAll('#card .profile text')].map(t => {"
        " const b = t.getBoundingClientRect(); return [t.textContent, b.left, b.right]; })"
    )
    assert not [text for text, left, right in texts if left < 0 or right > 390]
