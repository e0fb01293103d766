"""The online background in a browser: with a server that counts, with none, and without internet."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from drawn_run import drawn_run

from phusong.maps import Extras, draw_map
from phusong.maps.signal import png
from phusong.maps.tiles import OPENSTREETMAP, tiles_from

from .conftest import INSIDE


class Server:
    """A tile server on this machine that keeps what it was asked for."""

    def __init__(self) -> None:
        asked = self.asked = []  # type: list[str]
        picture = png(np.full((256, 256), 2, np.uint8))

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "image/png")
                self.end_headers()
                self.wfile.write(picture)

            def log_message(self, *_said: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.stop()


def drawn(folder: Path, url: str, credit: str = "") -> Path:
    extras = Extras(tiles=tiles_from(url, credit))
    return draw_map(drawn_run(), folder / "map.html", extras=extras)


def opacity(opened: Any) -> float:
    """How opaque the fill of a commune is."""
    return opened.dot("ground", *INSIDE["A"])[3] / 255


def test_no_map_asks_for_tiles_unless_asked(open_page: Any, server: Server, tmp_path: Path) -> None:
    opened = open_page(draw_map(drawn_run(), tmp_path / "map.html"), tiles=server.origin)
    opened.page.wait_for_timeout(300)
    assert server.asked == [] and opened.page.locator("#layer-tiles").count() == 0
    assert opened.page.locator("#credit").is_hidden()


def test_tiles_lie_under_the_map_and_name_who_made_them(
    open_page: Any, server: Server, tmp_path: Path
) -> None:
    path = drawn(tmp_path, f"{server.origin}/t/{{z}}/{{x}}/{{y}}.png", "Sở <b>KH&CN</b>")
    opened = open_page(path, tiles=server.origin)
    opened.wait("document.querySelectorAll('img.leaflet-tile-loaded').length > 0")
    assert server.asked and all(re.fullmatch(r"/t/\d+/\d+/\d+\.png", url) for url in server.asked)
    assert opened.text("#credit").startswith("Nền trực tuyến: Sở <b>KH&CN</b> (ranh giới")
    assert "có thể không đúng với Việt Nam" in opened.text("#credit")
    assert 0.3 <= opacity(opened) < 1
    opened.page.emulate_media(media="print")
    opened.wait("document.body.classList.contains('print')")
    assert opened.page.locator("#credit").is_visible()
    opened.page.emulate_media(media="screen")
    opened.wait("!document.body.classList.contains('print')")
    opened.page.uncheck("#layer-tiles")
    assert opened.page.locator("img.leaflet-tile").count() == 0
    assert opened.page.locator("#credit").is_hidden() and opacity(opened) == 1


def test_names_keep_clear_of_the_credit(open_page: Any, server: Server, tmp_path: Path) -> None:
    for size in ({}, {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}):
        path = drawn(tmp_path, f"{server.origin}/{{z}}/{{x}}/{{y}}.png", "Sở Khoa học và Công nghệ")
        opened = open_page(path, tiles=server.origin, **size)
        opened.wait("!document.getElementById('credit').hidden")
        boxes = {
            name: opened.page.locator(name).bounding_box()
            for name in ("#credit", "#inset", ".leaflet-control-scale", ".stage")
        }
        credit, stage = boxes.pop("#credit"), boxes.pop("#inset")
        for other in (stage, boxes[".leaflet-control-scale"]):
            apart = (
                credit["x"] + credit["width"] <= other["x"]
                or other["x"] + other["width"] <= credit["x"]
                or credit["y"] + credit["height"] <= other["y"]
                or other["y"] + other["height"] <= credit["y"]
            )
            assert apart, (credit, other)
        for label in opened.run("phusong.labels"):
            assert not (
                label["x"] < credit["x"] + credit["width"]
                and credit["x"] < label["x"] + label["w"]
                and label["y"] < credit["y"] + credit["height"]
                and credit["y"] < label["y"] + label["h"]
            )


def test_without_internet_the_page_is_as_ever(open_page: Any, server: Server, tmp_path: Path) -> None:
    url = f"{server.origin}/{{z}}/{{x}}/{{y}}.png"
    (tmp_path / "plain").mkdir()
    plain = open_page(draw_map(drawn_run(), tmp_path / "plain" / "map.html"))
    opened = open_page(drawn(tmp_path, url))
    opened.page.wait_for_timeout(300)
    assert server.asked == [] and opened.page.locator("#credit").is_hidden()
    assert opacity(opened) == 1
    for page in (plain, opened):
        page.page.click(".legend-head")  # the one thing that differs is the box in the legend
    assert opened.page.locator(".map").screenshot() == plain.page.locator(".map").screenshot()


def test_a_server_that_does_not_answer_leaves_the_map_as_it_is(open_page: Any, tmp_path: Path) -> None:
    gone = Server()
    gone.stop()
    path = drawn(tmp_path, f"{gone.origin}/{{z}}/{{x}}/{{y}}.png")
    opened = open_page(path, tiles=gone.origin)
    opened.page.wait_for_timeout(500)
    assert any(url.startswith(gone.origin) for url in opened.requests)  # it was tried
    assert opened.page.locator("#credit").is_hidden() and opacity(opened) == 1
    assert opened.text("#headline").startswith("1/3 trung tâm xã")
    opened.page.check("#service-mobile")
    assert opened.fills() == ["ok", "gap", "ok"]


def test_openstreetmap_is_not_asked_from_a_file_and_the_page_says_why(open_page: Any, tmp_path: Path) -> None:
    """Its server refuses pages that do not say where they are, and a file cannot."""
    opened = open_page(drawn(tmp_path, OPENSTREETMAP), tiles="https://tile.openstreetmap.org")
    opened.page.wait_for_timeout(300)
    assert [url for url in opened.requests if "tile.openstreetmap" in url] == []
    assert "không trả lời trang mở từ tệp" in opened.text("#legend")
    opened.page.click(".languages [lang=en]")
    assert "only pages opened from a web address" in opened.text("#legend")
