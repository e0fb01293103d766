"""The map page: what it carries, that it is the same each time, and that it loads nothing."""

import base64
import hashlib
import json
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import folium
import pytest
from drawn_run import HOSTILE, drawn_run, hostile_run, many_sites

from phusong import wording
from phusong.domain import INPUT_TABLES, RESULT_TABLES, SERVICES, empty
from phusong.geo import WGS84
from phusong.language import _, catalogue
from phusong.maps import draw_map
from phusong.maps.page import MissingAssetError, render_offline
from phusong.maps.payload import payload
from phusong.maps.texts import INTERFACE


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return draw_map(drawn_run(), tmp_path_factory.mktemp("map") / "map.html").read_text(encoding="utf-8")


class Parts(HTMLParser):
    """The tags of a page and the texts of its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": [], "title": []}
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in self.texts:
            self._open = tag
            self.texts[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open][-1] += data

    @property
    def data(self) -> Any:
        kinds = [attrs.get("type") for tag, attrs in self.tags if tag == "script"]
        return json.loads(self.texts["script"][kinds.index("application/json")])


def line(steps: list[int]) -> list[tuple[float, float]]:
    """The points of a line written as steps, as the page reads it."""
    lon = lat = 0
    points = []
    for i in range(0, len(steps), 2):
        lon, lat = lon + steps[i], lat + steps[i + 1]
        points.append((lon / 1e5, lat / 1e5))
    return points


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    folium.Map()  # other maps of the process change nothing
    first = draw_map(drawn_run(), tmp_path / "a.html").read_bytes()
    folium.Map().get_root().render()
    assert draw_map(drawn_run(), tmp_path / "deep" / "b.html").read_bytes() == first
    assert "leaflet.js" not in [name for name, _url in folium.Map().default_js]


def test_the_page_loads_nothing_and_allows_nothing(page: str) -> None:
    parts = Parts(page)
    for _tag, attrs in parts.tags:
        for name in ("src", "srcset", "href", "data", "action"):
            assert (attrs.get(name) or "#").startswith("#")
    styles = "".join(parts.texts["style"])
    assert all(url.startswith(("data:", "#")) for url in re.findall(r"url\(\"?([^)\"]*)", styles))
    assert "@import" not in styles
    assert "sourceMappingURL" not in page
    assert "Leaflet 1.9" in page and "Vladimir Agafonkin" in page  # its licence notice stays


def test_the_policy_names_each_script_and_style_by_its_hash(page: str) -> None:
    parts = Parts(page)
    policy = next(a["content"] for t, a in parts.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    said = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert said["default-src"] == said["connect-src"] == "'none'"
    assert said["img-src"] == "data:"
    for tag in ("script", "style"):
        kinds = [attrs.get("type") for name, attrs in parts.tags if name == tag]
        ours = [text for text, kind in zip(parts.texts[tag], kinds, strict=True) if kind is None]
        hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in ours]
        assert said[f"{tag}-src"].split() == [f"'sha256-{value}'" for value in hashes]
        assert "unsafe" not in said[f"{tag}-src"]
    assert not [
        name for _tag, attrs in parts.tags for name in attrs if name.startswith("on") or name == "style"
    ]


def test_a_link_without_a_file_at_hand_raises() -> None:
    data = payload(drawn_run(), "vi")
    with pytest.raises(MissingAssetError, match=r"jquery|leaflet"):
        render_offline(folium.Map(tiles=None), data)


def test_hostile_texts_stay_data(tmp_path: Path) -> None:
    page = draw_map(hostile_run(), tmp_path / "map.html").read_text(encoding="utf-8")
    parts = Parts(page)
    plain = Parts(draw_map(drawn_run(), tmp_path / "plain.html").read_text(encoding="utf-8"))
    assert [tag for tag, _attrs in parts.tags] == [tag for tag, _attrs in plain.tags]
    data = next(text for text in parts.texts["script"] if "unknown_operator" in text)
    assert not set("<>&\u2028\u2029") & set(data)
    assert parts.data["run"]["title"] == HOSTILE[3]
    assert all(word in " ".join(HOSTILE) for word in parts.data["sites"]["name"]["words"])
    assert HOSTILE[3] in parts.texts["title"][0]


def test_payload_carries_the_tables() -> None:
    data = payload(drawn_run(), "vi")
    say = data["phrases"]
    assert [s["counts"] for s in data["services"]] == [[1, 2, 3], [0, 2, 4], [3, 2, 1], [0, 1, 5]]
    assert [c["name"] for c in data["communes"]] == ["A", "Êê B", "Đắc C"]
    assert [c["status"][0] for c in data["communes"]] == [0, 1, 2]
    assert (data["sites"]["lon"]["from"], data["sites"]["lat"]["from"]) == (10752000, 1502000)
    assert line(data["fibre"][0][1][0]) == [(107.5, 15.05), (107.58, 15.05)]
    corner = line(data["communes"][0]["shape"][0][0])
    assert corner[0] == corner[-1] and (107.5, 15.0) in corner
    assert data["masts"] == [["Viettel", "LTE, UMTS", 10754000, 1507000]]
    first = data["investments"][0]
    assert (first["rank"], first["sites"], first["funded"]) == (1, [3, 4], True)
    assert say[first["capex"]] == ("5,60\u00a0tỷ\u00a0₫", "5.60\u00a0billion\u00a0₫")
    assert data["investments"][1]["after"] == [0]
    assert say[data["plan"]["budget_vnd"]][0] == "6,00\u00a0tỷ\u00a0₫"
    reasons = [kind[3] for kind in data["options"]["kinds"] if kind[3] >= 0]
    wifi = [say[place] for place in reasons if "Wi-Fi" in say[place][0]]
    assert wifi == [("Wi-Fi cần có đường truyền trước: cáp quang", "Wi-Fi needs a connection first: fibre")]
    beyond = [say[report[1]][1] for report in data["reports"][0] if "beyond" in say[report[1]][1]]
    assert beyond == ["no report; the nearest fibre is {fibre_distance} away, beyond reach"]
    assert say[data["run"]["report_date"]] == ("08/2021", "August 2021")
    assert say[data["run"]["created"]][0] == "01/02/2026 08:30"


def test_figures_a_run_does_not_state_are_left_out() -> None:
    data = payload(drawn_run(manifest={"summary": {}}), "vi")
    assert data["plan"]["capex_vnd"] == -1


def test_a_run_with_communes_and_sites_alone_is_drawn(tmp_path: Path) -> None:
    bare = {
        name: empty(table, WGS84)
        for name, table in {**INPUT_TABLES, **RESULT_TABLES}.items()
        if name not in ("communes", "gaps", "commune_status")
    }
    run = drawn_run(manifest={"note": "", "source": "", "report_date": "", "summary": {}}, **bare)
    assert draw_map(run, tmp_path / "map.html").stat().st_size > 100_000


def test_a_language_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="fr"):
        draw_map(drawn_run(), tmp_path / "map.html", language="fr")


def test_ten_thousand_sites_fit(tmp_path: Path) -> None:
    path = draw_map(drawn_run(gaps=many_sites(10_000)), tmp_path / "map.html")
    assert path.stat().st_size < 2_000_000


def test_a_page_that_would_be_too_large_leaves_out_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    whole = draw_map(drawn_run(), tmp_path / "whole.html", warn=said.append)
    assert said == [] and Parts(whole.read_text(encoding="utf-8")).data["left_out"] == {}
    monkeypatch.setattr("phusong.maps.MOST_BYTES", whole.stat().st_size - 1)
    page = Parts(draw_map(drawn_run(), tmp_path / "map.html", warn=said.append).read_text(encoding="utf-8"))
    assert list(page.data["left_out"]) == ["other_options"]
    assert page.data["options"]["kind"]["count"] == 3  # the chosen ones
    assert len(said) == 1 and "not chosen" in said[0]
    monkeypatch.setattr("phusong.maps.MOST_BYTES", 1000)
    draw_map(drawn_run(), tmp_path / "map.html", warn=said.append)
    assert "rivers" in said[1] and "0.4 MB" in said[2]


def words() -> list[str]:
    """Every message of the map and of the words for codes."""
    tables = [t for n, t in vars(wording).items() if n[0].isalpha() and n.isupper() and isinstance(t, dict)]
    return sorted({m for table in (*tables, INTERFACE) for m in table.values() if m})


@pytest.mark.parametrize("message", words())
def test_each_message_has_its_vietnamese(message: str) -> None:
    said = catalogue("vi")._catalog.get(message)  # type: ignore[attr-defined]
    assert said and unicodedata.is_normalized("NFC", said)
    assert sorted(re.findall(r"\{\w+\}", said)) == sorted(re.findall(r"\{\w+\}", message))
    assert _(message, "en") == message


def test_each_service_has_its_headline() -> None:
    assert {f"centres_{service}" for service in SERVICES} <= set(INTERFACE)


def test_each_text_that_the_page_asks_for_is_there() -> None:
    here = Path(draw_map.__code__.co_filename).parent
    scripts = "".join(path.read_text(encoding="utf-8") for path in (*here.glob("*.js"), here / "page.html"))
    asked = set(re.findall(r'(?:ps\.text\(|data-say(?:-label)?=)"(\w+)"', scripts))
    assert asked - {name for name in asked if name.endswith("_")} <= set(INTERFACE)
    unused = {key for key in INTERFACE if not re.search(rf'["\']{key}["\']', scripts)}
    assert not {
        key for key in unused if not re.match(r"(centres|served|status|layer|family|column|left_out)_", key)
    }
