"""The computed signal and the operators' colours, as people see them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_cover import covered_run, drawn_cover
from drawn_run import HOSTILE, frame, hostile_run
from shapely import LineString, Point
from test_map_signal import class_at

from phusong.maps import Extras, draw_map
from phusong.runs import Run

from .conftest import INSIDE

OPERATORS = ("MobiFone", "VNPT", "Viettel")

#: Draws the picture of the signal into a canvas and gives, for each place (lon, lat), the red, green, blue,
#: alpha of the pixel that the page shows at that place of the map.
COLOURS_AT = """places => {
  const image = document.querySelector('img.signal-image'), box = image.getBoundingClientRect();
  const view = phusong.world.getContainer().getBoundingClientRect();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  return places.map(p => {
    const at = phusong.world.latLngToContainerPoint([p[1], p[0]]);
    const x = Math.floor((view.left + at.x - box.left) / box.width * canvas.width);
    const y = Math.floor((view.top + at.y - box.top) / box.height * canvas.height);
    return Array.from(context.getImageData(x, y, 1, 1).data);
  });
}"""


def with_operators(run: Run) -> Run:
    """Fibre of two operators and of one unknown, masts of three at one place."""
    lines = [
        ("VNPT", [(107.5, 15.05), (107.58, 15.05)]),
        ("Viettel", [(107.52, 15.0), (107.52, 15.2)]),
        ("chưa rõ", [(107.62, 15.0), (107.62, 15.2)]),
    ]
    fibre = [
        {"fibre_id": f"F{i}", "operator": operator, "geometry": LineString(points)}
        for i, (operator, points) in enumerate(lines)
    ]
    cells = [
        {"cell_id": f"K{i}", "operator": operator, "radio": "LTE", "geometry": Point(107.54, 15.07)}
        for i, operator in enumerate(OPERATORS)
    ]
    return Run(
        run.folder,
        run.manifest,
        run.tables | {"fibre": frame("fibre", fibre), "cells": frame("cells", cells)},
    )


@pytest.fixture(scope="module")
def cover(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_cover(tmp_path_factory.mktemp("signal") / "cover")


@pytest.fixture(scope="module")
def page_file(cover: Path) -> Path:
    run = with_operators(covered_run())
    return draw_map(run, cover.parent / "map.html", extras=Extras(cover=cover))


def shown(opened: Any) -> int:
    return opened.page.locator("img.signal-image").count()


def test_the_mobile_service_brings_the_footprint_and_takes_it_away(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    assert shown(opened) == 0 and not opened.page.locator("#layer-signal").is_checked()
    assert opened.page.locator("#radio-0").is_hidden()  # its keys show with it only
    opened.page.check("#service-mobile")
    assert shown(opened) == 1 and opened.page.locator("#layer-signal").is_checked()
    opened.page.check("#service-wifi")
    assert shown(opened) == 0 and not opened.page.locator("#layer-signal").is_checked()
    opened.page.check("#layer-signal")
    opened.page.check("#service-mobile")
    opened.page.check("#service-fibre")
    assert shown(opened) == 1  # the reader's own choice stays
    opened.page.uncheck("#layer-signal")
    opened.page.check("#service-mobile")
    opened.page.uncheck("#layer-signal")
    assert shown(opened) == 0


def test_the_page_shows_the_class_of_the_raster_at_each_place(
    open_page: Any, page_file: Path, cover: Path
) -> None:
    """Through the page's own projection, at two zooms: what is seen at a place is what was computed there."""
    opened = open_page(page_file)
    opened.page.check("#service-mobile")
    opened.wait("document.querySelector('img.signal-image').complete")
    random = np.random.default_rng(1)
    lon, lat = random.uniform(107.5, 107.7, 400), random.uniform(15.0, 15.2, 400)
    own = class_at(cover / "lte.tif", "LTE", lon, lat)
    near = [
        class_at(cover / "lte.tif", "LTE", lon + dx * 0.0035, lat + dy * 0.0035)
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
    ]
    inner = np.all(np.array(near) == own, axis=0)  # not beside another class
    colours = opened.run("phusong.data.signal.classes.map(c => c.colour)")
    for zoom in (10.5, 13):
        opened.run("zoom => phusong.world.setView([15.1, 107.6], zoom, {animate: false})", zoom)
        pixels = opened.run(COLOURS_AT, np.stack([lon, lat], axis=1).tolist())
        found = [0 if a == 0 else 1 + colours.index(f"#{r:02x}{g:02x}{b:02x}") for r, g, b, a in pixels]
        assert (np.array(found)[inner] == own[inner]).all()
        assert set(own[inner]) == {0, 1, 2, 3}
        # Elsewhere it may be the class of the next cell, and of no other.
        assert (np.array(near) == np.array(found)).any(axis=0).all()
    style = "getComputedStyle(document.querySelector('img.signal-image')).imageRendering"
    assert opened.run(style) == "pixelated"


def test_each_radio_has_its_picture_and_its_levels(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    opened.page.check("#service-mobile")
    first = opened.page.locator("img.signal-image").get_attribute("src")
    legend = opened.text("#legend")
    assert "sóng tốt ≥ −95 dBm sóng khá ≥ −105 dBm sóng yếu ≥ −115 dBm" in legend
    assert "Tính theo ITU-R P.1812, không phải đo: ngoài trời" in legend
    assert opened.page.locator("#radio-0").is_checked()
    opened.page.check("#radio-1")
    assert shown(opened) == 1
    assert opened.page.locator("img.signal-image").get_attribute("src") != first
    assert "sóng tốt ≥ −85 dBm" in opened.text("#legend")
    opened.page.click(".languages [lang=en]")
    assert opened.page.locator("#radio-1").is_checked()
    assert "good signal ≥ −85 dBm" in opened.text("#legend")
    assert "not measured" in opened.text("#legend") and "best of all operators" in opened.text("#legend")


def test_the_footprint_lies_between_fill_and_lines_and_is_not_drowned(
    open_page: Any, page_file: Path
) -> None:
    opened = open_page(page_file)

    def opacity() -> float:
        return opened.dot("ground", *INSIDE["A"])[3] / 255

    level = "name => Number(getComputedStyle(phusong.world.getPane(name)).zIndex)"
    assert opacity() == 1
    opened.page.check("#service-mobile")
    assert opacity() <= 0.4
    assert opened.run(level, "ground") < opened.run(level, "signal") < opened.run(level, "lines")
    assert opened.run(level, "lines") < opened.run(level, "marks")
    opened.page.uncheck("#layer-signal")
    assert opacity() == 1


def test_the_footprint_prints_with_the_radio_it_shows(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    opened.page.check("#service-mobile")
    opened.page.emulate_media(media="print")
    opened.wait("document.body.classList.contains('print')")
    assert opened.page.locator("img.signal-image").is_visible()
    assert opened.page.locator("label[for=radio-0]").is_visible()
    assert opened.page.locator("label[for=radio-1]").is_hidden()
    stage, image = (opened.page.locator(name).bounding_box() for name in (".stage", "img.signal-image"))
    assert image["x"] < stage["x"] + stage["width"] and image["width"] > 100
    legend = opened.page.locator("#legend").bounding_box()
    assert legend["y"] + legend["height"] <= stage["y"] + stage["height"] + 1  # nothing of it is cut off
    assert "Sóng theo tính toán 4G: Tính theo ITU-R P.1812, không phải đo" in opened.text("#strip")
    opened.page.emulate_media(media="screen")


def test_a_map_without_a_cover_has_no_such_layer(open_page: Any, tmp_path: Path) -> None:
    opened = open_page(draw_map(covered_run(), tmp_path / "map.html"))
    opened.page.check("#service-mobile")
    assert shown(opened) == 0 and opened.page.locator("#layer-signal").count() == 0


def test_operators_have_colours_and_a_second_cue(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    looks = opened.run(
        "names => names.map(name => phusong.operatorLook(name))", [*OPERATORS, "chưa rõ", "nobody"]
    )
    assert [look["colour"] for look in looks[:3]] == ["#0072b2", "#e69f00", "#009e73"]  # Okabe and Ito
    assert looks[3] == looks[4] and looks[3]["colour"] not in {look["colour"] for look in looks[:3]}
    assert [look["letters"] for look in looks] == ["M", "VN", "Vi", "?", "?"]
    assert len({tuple(look["dash"]) for look in looks[:4]}) == 4
    for look in (looks[1], looks[2], looks[3]):
        assert opened.coloured("lines", look["colour"]) > 100


def test_one_operator_can_be_hidden(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    names = [" ".join(t.split()) for t in opened.page.locator(".operators li").all_inner_texts()]
    assert names[:3] == ["VNPT", "Viettel", "chưa rõ nhà mạng"]
    colours = opened.run("phusong.data.fibre.map(row => phusong.operatorColour(row[0]))")

    def lines() -> int:
        return sum(opened.coloured("lines", colour) > 50 for colour in colours)

    assert lines() == 3
    opened.page.uncheck("#operator-fibre-0")
    assert lines() == 2
    opened.page.check("#service-mobile")
    assert lines() == 2  # and it stays hidden
    marks = "phusong.mastMarks.map(m => m.mast[0])"
    assert opened.run(marks) == list(OPERATORS)
    opened.page.uncheck("#operator-masts-2")
    assert opened.run(marks) == ["MobiFone", "VNPT"]
    assert lines() == 2
    opened.page.click(".languages [lang=en]")
    assert not opened.page.locator("#operator-masts-2").is_checked()
    opened.page.check("#operator-masts-2")
    opened.page.check("#operator-fibre-0")
    assert opened.run(marks) == list(OPERATORS) and lines() == 3


def test_masts_at_one_place_stand_apart_and_say_whose_they_are(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    opened.page.check("#service-mobile")
    marks = opened.run("phusong.mastMarks.map(m => [m.x, m.y])")
    assert all(abs(a[0] - b[0]) >= 16 for i, a in enumerate(marks) for b in marks[i + 1 :])
    box = opened.page.locator("#map_study").bounding_box()
    for (x, y), name in zip(marks, OPERATORS, strict=True):
        opened.page.mouse.move(box["x"] + x, box["y"] + y)
        assert opened.text("#hint") == f"{name} · LTE"


def test_hostile_operators_are_only_text(open_page: Any, cover: Path, tmp_path: Path) -> None:
    hostile = hostile_run()
    run = Run(hostile.folder, covered_run().manifest | {"title": HOSTILE[0]}, hostile.tables)
    opened = open_page(draw_map(run, tmp_path / "map.html", extras=Extras(cover=cover)))
    opened.page.check("#service-mobile")
    assert opened.page.locator(".operators li").count() >= 2
    shown = " ".join(opened.page.locator(".operators").all_inner_texts())
    assert any(" ".join(name.split()) in " ".join(shown.split()) for name in HOSTILE)
    assert opened.page.locator("#legend img, #legend script").count() == 0


def test_the_keyboard_chooses_the_radio_on_a_phone_too(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file, width=390, height=844, is_mobile=True, has_touch=True)
    opened.page.tap("label[for=service-mobile]")
    assert shown(opened) == 1
    opened.page.tap(".legend-head")
    opened.page.focus("#radio-0")
    opened.page.keyboard.press("ArrowRight")
    assert opened.page.locator("#radio-1").is_checked()
    assert opened.run("document.documentElement.scrollWidth") <= 390
