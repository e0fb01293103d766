"""An online background: only where it was asked for, from exactly where it was asked for."""

import html
import re

import pytest
from drawn_run import drawn_run

from phusong.cli import main
from phusong.errors import PhuSongError
from phusong.maps import Extras, draw_map
from phusong.maps.payload import payload
from phusong.maps.tiles import OPENSTREETMAP, tiles_from


def policy(page: str) -> dict[str, str]:
    said = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert said
    return dict(rule.split(" ", 1) for rule in html.unescape(said[1]).split("; "))


def test_no_map_has_tiles_unless_asked(tmp_path):
    assert payload(drawn_run(), "vi")["tiles"] is None
    page = draw_map(drawn_run(), tmp_path / "map.html").read_text(encoding="utf-8")
    assert policy(page)["img-src"] == "data:" and "openstreetmap" not in page.lower()


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        (OPENSTREETMAP, "https://tile.openstreetmap.org"),
        ("http://localhost:8080/t/{z}/{y}/{x}.png", "http://localhost:8080"),
        ("https://tiles.example.vn/{z}/{x}/{y}.jpg?key=1;script-src", "https://tiles.example.vn"),
    ],
)
def test_the_policy_names_exactly_the_origin(tmp_path, url, origin):
    extras = Extras(tiles=tiles_from(url))
    page = draw_map(drawn_run(), tmp_path / "map.html", extras=extras).read_text(encoding="utf-8")
    plain = draw_map(drawn_run(), tmp_path / "plain.html").read_text(encoding="utf-8")
    assert policy(page) == policy(plain) | {"img-src": f"data: {origin}"}


@pytest.mark.parametrize(
    "url",
    [
        "ftp://tiles.example.vn/{z}/{x}/{y}.png",
        "file:///tiles/{z}/{x}/{y}.png",
        "javascript:alert(1)//{z}{x}{y}",
        "//tiles.example.vn/{z}/{x}/{y}.png",
        "maps/nam-giang",
        "https:///{z}/{x}/{y}.png",
        "https://who:secret@tiles.example.vn/{z}/{x}/{y}.png",
        "https://tiles.example.vn;script-src/{z}/{x}/{y}.png",
        "https://{s}.example.vn/{z}/{x}/{y}.png",
        "https://tiles.example.vn:port/{z}/{x}/{y}.png",
        "https://[half/{z}/{x}/{y}.png",
        "https://tiles.example.vn/{z}/{x}.png",
        "https://tiles.example.vn/{z}/{x}/{x}/{y}.png",
        "https://tiles.example.vn/{z}/{x}/{y}{r}.png",
        "https://tiles.example.vn/{z}/{x}/{y}.png\n'unsafe-inline'",
    ],
)
def test_what_is_no_address_of_tiles_is_refused(url):
    with pytest.raises(PhuSongError, match=r"https://tiles\.example\.vn"):
        tiles_from(url)


def test_the_credit_is_the_one_given_or_the_host():
    assert tiles_from("https://tiles.example.vn/{z}/{x}/{y}.png").credit == "tiles.example.vn"
    assert tiles_from("https://tiles.example.vn/{z}/{x}/{y}.png", "Sở").credit == "Sở"
    assert tiles_from(OPENSTREETMAP).credit == "© OpenStreetMap contributors"
    assert tiles_from(OPENSTREETMAP, "Sở").credit == "© OpenStreetMap contributors, Sở"
    assert tiles_from(OPENSTREETMAP).link == "https://www.openstreetmap.org/copyright"
    assert tiles_from(OPENSTREETMAP).asks_for_address


def phusong(*arguments: object) -> int:
    with pytest.raises(SystemExit) as done:
        main([str(a) for a in arguments])
    return int(done.value.code or 0)


def test_the_command_takes_tiles_with_and_without_an_address(drawn_study, tmp_path, capsys):
    assert phusong("run", drawn_study(), "--out", tmp_path / "run", "--quiet") == 0
    assert "openstreetmap" not in (tmp_path / "run" / "map.html").read_text(encoding="utf-8").lower()
    for arguments, origin in (
        (("--tiles",), "https://tile.openstreetmap.org"),
        (("--tiles", "http://localhost:9/{z}/{x}/{y}.png"), "http://localhost:9"),
    ):
        assert phusong("map", tmp_path / "run", "--out", tmp_path / "m.html", *arguments) == 0
        assert policy((tmp_path / "m.html").read_text(encoding="utf-8"))["img-src"] == f"data: {origin}"
    capsys.readouterr()
    assert phusong("map", "--tiles", tmp_path / "run", tmp_path / "run") == 1
    assert "no address of tiles" in capsys.readouterr().err
    assert phusong("map", tmp_path / "run", "--tiles-credit", "Sở") == 2


def test_the_help_warns_of_foreign_boundaries(capsys):
    for language, said in (("en", "may not be Viet Nam's"), ("vi", "có thể không đúng với Việt Nam")):
        phusong("--lang", language, "map", "--help")
        assert said in " ".join(capsys.readouterr().out.split())
