"""Search and addresses of the map in a real browser: what is typed, what is found, what opens."""

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drawn_run import HOSTILE, drawn_run, hostile_run, many_sites
from drawn_units import PAIRS, crosswalk, later_run, units_run

from phusong.maps import draw_map
from phusong.units import fold

#: Spellings met, decomposed text, glued text, marks between words.
SPELLINGS = [
    "La Êê",
    "Laêê",
    "La Ê Ê",
    "LA ÊÊ",
    "Zuôih",
    "Zuôich",
    "Đắc Pre",
    "Đắk Pre",
    "ChơChun",
    "Tà Pơơ",
    "Ta-Bhing",
]
SPELLINGS += [unicodedata.normalize("NFD", name) for name in SPELLINGS]
SPELLINGS += [
    "A'Vương",
    "A\u2019Vương",
    "hòa hoà",
    "Straße ΣΑΣ",
    "Km 59+950",
    "  ",
    "",
    "Xã \u00a0La\tÊê",
    *HOSTILE,
]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_map(units_run(), tmp_path_factory.mktemp("map") / "map.html")


def search(opened: Any, words: str) -> list[str]:
    """What the list shows for `words`, each hit as one line."""
    opened.page.fill("#search-text", words)
    return hits(opened)


def hits(opened: Any) -> list[str]:
    return [
        " ".join(text.split()) for text in opened.page.locator("#search-list [role=option]").all_inner_texts()
    ]


def indexed(opened: Any) -> None:
    """The names are read in slices after the page has opened."""
    opened.page.focus("#search-text")
    opened.wait(
        "phusong.find('').all === 0 && !document.getElementById('search-said').textContent.includes('…')"
    )


def test_names_fold_as_in_python(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    assert opened.run("names => names.map(phusong.fold)", SPELLINGS) == [fold(name) for name in SPELLINGS]
    ranges = ((0x20, 0x250), (0x2B0, 0x370), (0x1E00, 0x1F00), (0x2000, 0x2070), (0x2190, 0x2400))
    letters = [chr(code) for low, high in ranges for code in range(low, high)]
    theirs = opened.run("letters => letters.map(phusong.fold)", letters)
    assert [(a, b) for a, b in zip(letters, theirs, strict=True) if fold(a) != b] == []


@pytest.mark.parametrize(
    "words",
    ["la ee", "laee", "La Êê", "Laêê", "La Ê Ê", "LA-EE", "xa la ee", unicodedata.normalize("NFD", "La Êê")],
)
def test_every_spelling_finds_la_ee_first(open_page: Any, page_file: Path, words: str) -> None:
    opened = open_page(page_file)
    indexed(opened)
    assert search(opened, words)[0] == "✓ Xã La Êê Xã · 00001 · danh mục 07/2021"


def test_nam_giang_is_the_old_district_and_the_new_commune(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    indexed(opened)
    assert search(opened, "nam giang") == [
        "Nam Giang Cấp huyện · 3 xã · Quảng Nam",
        "Xã Nam Giang đơn vị mới, từ 07/2025 · 00002 · Đà Nẵng",
    ]
    opened.page.click(".languages [lang=en]")
    opened.page.focus("#search-text")
    assert hits(opened)[1] == "Xã Nam Giang unit since 07/2025 · 00002 · Đà Nẵng".replace(
        "07/2025", "July 2025"
    )


def test_a_code_that_survived_shows_both_units_with_their_dates(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    indexed(opened)
    assert search(opened, "00002") == [
        "✕ Xã Chà Vàl Xã · 00002 · danh mục 07/2021",
        "Xã Nam Giang đơn vị mới, từ 07/2025 · 00002 · Đà Nẵng",
    ]


def test_the_nearer_the_name_the_higher(open_page: Any, tmp_path: Path) -> None:
    names = ["Trường Hội An", "An", "Xuân Hoàn", "An Sơn", "Thôn Đoàn An", "Bình"]
    run = drawn_run()
    opened = open_page(draw_map(drawn_run(gaps=run.tables["gaps"].assign(name=names)), tmp_path / "map.html"))
    indexed(opened)
    found = opened.run("phusong.find('án').best.map(hit => [phusong.sites[hit.place].name, hit.rank])")
    # Exact, then at the beginning, then at the beginning of a word (the shorter first), then inside one.
    assert found == [["An", 0], ["An Sơn", 1], ["Thôn Đoàn An", 2], ["Trường Hội An", 2], ["Xuân Hoàn", 3]]


def test_sites_are_found_by_name_and_id_and_settlements_too(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    indexed(opened)
    assert search(opened, "b2") == ["✕ Nhà văn hóa thôn B Nhà văn hóa thôn · Chà Vàl"]
    assert search(opened, "thon 1") == ["Thôn 1 Khu dân cư · Chà Vàl"]
    zoom = opened.run("phusong.world.getZoom()")
    opened.page.keyboard.press("Enter")
    assert opened.text("#card h2") == "Thôn 1" and "Chà Vàl" in opened.text("#card")
    opened.wait("zoom => phusong.world.getZoom() > zoom", zoom)
    assert opened.run("location.hash") == ""
    assert search(opened, "tram y te") == ["? Trạm Y tế A Trạm y tế · La Êê"]


def test_the_keyboard_alone_searches_and_opens(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    page, box = opened.page, opened.page.locator("#search-text")
    page.keyboard.press("/")
    assert opened.run("document.activeElement.id") == "search-text" and box.input_value() == ""
    page.keyboard.type("ubnd")
    opened.wait("document.querySelectorAll('#search-list [role=option]').length === 3")
    assert box.get_attribute("aria-expanded") == "true" and box.get_attribute("aria-activedescendant") is None
    assert opened.text("#search-said") == "Tìm thấy 3 kết quả"
    for press, at in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", 2), ("ArrowDown", 0)):
        page.keyboard.press(press)
        assert box.get_attribute("aria-activedescendant") == f"search-hit-{at}"
        assert page.locator("#search-list [aria-selected=true]").get_attribute("id") == f"search-hit-{at}"
        assert opened.run("document.activeElement.id") == "search-text"
    page.keyboard.press("Enter")
    assert opened.text("#card h2") == "UBND xã A" and opened.run("location.hash") == "#diem=A1"
    assert box.get_attribute("aria-expanded") == "false" and page.locator("#search-hits").is_hidden()
    # A slash in the box is a letter; Escape closes the list, then empties the box, then closes the card.
    page.keyboard.press("/")
    page.keyboard.type("a/")
    assert box.input_value() == "a/" and page.locator("#search-hits").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#search-hits").is_hidden() and box.input_value() == "a/"
    page.keyboard.press("Escape")
    assert box.input_value() == "" and page.locator("#card").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#card").is_hidden() and opened.run("location.hash") == ""


def test_it_is_a_combobox_with_names(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    box = opened.page.get_by_role("combobox", name="Tìm xã, huyện, điểm công cộng và khu dân cư")
    assert (
        box.get_attribute("aria-controls") == "search-list"
        and box.get_attribute("aria-autocomplete") == "list"
    )
    box.fill("ubnd")
    opened.wait("document.querySelectorAll('#search-list [role=option]').length === 3")
    assert opened.page.get_by_role("listbox").get_by_role("option").count() == 3
    outside = opened.run("document.querySelectorAll('#search-list > :not([role=option])').length")
    assert outside == 0


def test_what_is_not_there_is_said(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    indexed(opened)
    assert search(opened, "Không Có Đâu") == []
    assert opened.text("#search-said").startswith("Không có gì mang tên “Không Có Đâu”. Hãy thử")
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("#card").is_hidden()
    search(opened, " -- ")
    assert opened.page.locator("#search-hits").is_hidden()


def test_a_click_on_a_hit_opens_it(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    indexed(opened)
    search(opened, "zuoih")
    opened.page.click("#search-list [role=option]")
    assert opened.text("#card h2") == "Xã Zuôih" and opened.run("location.hash") == "#xa=00003"
    assert "Nay thuộc Xã Nam Giang 00002 · đơn vị mới, từ 07/2025 · một phần" in opened.text("#card")
    assert "Xã Sông Bung 00004" in opened.text("#card")


def test_a_district_lists_its_communes_and_zooms_to_them(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    indexed(opened)
    search(opened, "nam giang")
    opened.page.keyboard.press("Enter")
    assert opened.run("phusong.state.chosen") == {"kind": "units", "place": [0, 1, 2], "district": 0}
    card = opened.text("#card")
    assert (
        "Nam Giang Cấp huyện · Quảng Nam" in card
        and "Xã (3) ✓ La Êê 00001 ✕ Chà Vàl 00002 ? Zuôih 00003" in card
    )


def test_a_unit_of_2025_lists_its_parts_and_zooms_to_them(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    indexed(opened)
    search(opened, "song bung")
    opened.page.keyboard.press("Enter")
    assert opened.run("phusong.state.chosen") == {"kind": "units", "place": [2], "unit": 2}
    assert opened.run("location.hash") == "#xa=00004@2025-07"
    opened.wait("phusong.world.getBounds().contains(phusong.data.communes[2].bounds)")
    assert "Các xã trên bản đồ này hợp thành (1) ? Zuôih 00003 · một phần" in opened.text("#card")
    search(opened, "la ee")
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("Enter")
    assert "Còn gồm đơn vị không có trên bản đồ này: Chơ Chun" in opened.text("#card")
    opened.page.click("#card .row-button")
    assert opened.run("location.hash") == "#xa=00001"


def test_a_page_of_2025_finds_the_communes_of_2021_and_their_district(open_page: Any, tmp_path: Path) -> None:
    opened = open_page(draw_map(later_run(), tmp_path / "map.html"))
    indexed(opened)
    assert search(opened, "zuoih") == ["Xã Zuôih đơn vị cũ, danh mục 07/2021 · 00003 · Quảng Nam"]
    opened.page.keyboard.press("Enter")
    assert opened.run("location.hash") == "#xa=00003@2021-07"
    assert (
        "Nay thuộc các xã trên bản đồ này (2) ✕ Nam Giang 00002 · một phần ? Sông Bung 00004 · một phần"
        in opened.text("#card")
    )
    assert search(opened, "nam giang") == [
        "✕ Xã Nam Giang Xã · 00002 · danh mục 07/2025",
        "Nam Giang Cấp huyện · 3 xã · Quảng Nam",
    ]
    opened.page.keyboard.press("Enter")
    assert "Hình thành từ các đơn vị cũ Xã Chà Vàl 00002 · đơn vị cũ, danh mục 07/2021" in opened.text(
        "#card"
    )


def test_without_dates_it_says_new_unit(open_page: Any, tmp_path: Path) -> None:
    undated = (
        crosswalk()
        .assign(old_vintage=None, new_vintage=None)
        .astype({"new_vintage": "str", "old_vintage": "str"})
    )
    opened = open_page(draw_map(units_run(crosswalk=undated), tmp_path / "map.html"), at="#xa=00002@new")
    assert opened.text("#card .under") == "đơn vị mới · 00002 · Đà Nẵng"


def test_ten_thousand_sites_are_found(open_page: Any, tmp_path: Path) -> None:
    opened = open_page(draw_map(units_run(gaps=many_sites(10_000)), tmp_path / "map.html"))
    opened.page.focus("#search-text")
    opened.page.keyboard.type("diem")
    opened.wait("document.getElementById('search-said').textContent.includes('9.988')")
    assert (
        len(hits(opened)) == 12 and opened.text("#search-said") == "… và 9.988 kết quả nữa: hãy gõ thêm tên"
    )
    assert hits(opened)[0].startswith("✓ Điểm 0")
    assert search(opened, "s004321") == ["✕ Điểm 4321 Trường học · Chà Vàl"]
    opened.page.keyboard.press("Enter")
    assert opened.text("#card h2") == "Điểm 4321"


def test_hostile_names_are_found_and_run_nothing(open_page: Any, tmp_path: Path) -> None:
    run, pairs = hostile_run(), [(p[0], HOSTILE[i], p[2], HOSTILE[i + 1]) for i, p in enumerate(PAIRS)]
    said = crosswalk(pairs).assign(old_district=HOSTILE[0], new_province=HOSTILE[3])
    manifest = {**run.manifest, "vintage": "2021-07"}
    run = replace(run, manifest=manifest, tables={**run.tables, "crosswalk": said})
    opened = open_page(draw_map(run, tmp_path / "map.html"))
    opened.run("() => { window.alert = text => { throw new Error('ran: ' + text); }; }")
    indexed(opened)
    named = {name for name in run.tables["gaps"]["name"] if fold(name)}
    assert len(named) > 4
    for words in ("img src", "alert", "script", *sorted(named)):
        assert search(opened, words), words
        opened.page.keyboard.press("Enter")
        assert opened.page.locator("#card").is_visible()
    search(opened, "<b>nowhere</b>")
    assert "“<b>nowhere</b>”" in opened.text("#search-said")
    opened.run("() => { location.hash = '#diem=' + encodeURIComponent('<img src=x onerror=alert(1)>'); }")
    opened.wait("document.getElementById('notice').textContent.includes('<img')")
    assert opened.page.locator("#panel img, #panel script, #panel b b").count() == 0


def test_it_works_on_a_phone(open_page: Any, page_file: Path) -> None:
    opened = open_page(
        page_file, width=390, height=844, is_mobile=True, has_touch=True, device_scale_factor=2
    )
    assert opened.page.locator("#search-text").bounding_box()["height"] >= 40
    opened.page.tap("#search-text")
    opened.page.keyboard.type("nam giang")
    opened.wait("document.querySelectorAll('#search-list [role=option]').length === 2")
    # The sheet comes up, so that there is room for the list above the keyboard.
    assert "up" in opened.page.get_attribute("#panel", "class")
    for hit in opened.page.locator("#search-list [role=option]").all():
        box = hit.bounding_box()
        assert box["height"] >= 44 and box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["y"] < 400
    opened.page.tap("#search-list [role=option] >> nth=1")
    assert "up" not in opened.page.get_attribute("#panel", "class").split()
    assert opened.text("#card h2") == "Xã Nam Giang"
    assert opened.run("document.documentElement.scrollWidth") <= 390


# ---- Addresses


@pytest.mark.parametrize(
    ("at", "title"),
    [
        ("#xa=00003", "Xã Zuôih"),
        ("#xa=00002", "Xã Chà Vàl"),
        ("#xa=00002@2021-07", "Xã Chà Vàl"),
        ("#xa=00002@2025-07", "Xã Nam Giang"),
        ("#xa=00004", "Xã Sông Bung"),
        ("#diem=B2", "Nhà văn hóa thôn B"),
        ("#goi=N1", "Gói đầu tư số 1. Cáp quang: Chà Vàl"),
    ],
)
def test_an_address_opens_its_card_and_zooms(open_page: Any, page_file: Path, at: str, title: str) -> None:
    centre = "[phusong.world.getCenter().lat, phusong.world.getCenter().lng]"
    whole = open_page(page_file).run(centre)
    opened = open_page(page_file, at=at)
    assert opened.text("#card h2") == title
    assert opened.run(centre) != pytest.approx(whole, abs=0.005)
    first = opened.run("phusong.state.chosen")
    # What the page writes behind the # opens the same again.
    opened.page.reload()
    opened.wait("Boolean(window.phusong && phusong.ready)")
    assert opened.run("phusong.state.chosen") == first


@pytest.mark.parametrize(
    "at", ["#xa=99999", "#xa=00002@1999-01", "#diem=", "#goi=N9", "#abc=1", "#diem=%E0%A4%A"]
)
def test_an_address_that_names_nothing_says_so_and_shows_everything(
    open_page: Any, page_file: Path, at: str
) -> None:
    opened = open_page(page_file, at=at)
    assert opened.text("#notice").startswith("Không có “") and opened.page.locator("#card").is_hidden()
    assert opened.run("phusong.world.getBounds().contains(phusong.wholeArea())")
    opened.page.click("#headline .link >> nth=0")
    assert opened.text("#notice") == "" and opened.run("location.hash") == "#xa=00002"


def test_a_changed_address_back_and_forward_are_followed(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    for at in ("#xa=00001", "#goi=N2"):
        opened.run("at => { location.hash = at; }", at)
        opened.wait("phusong.state.chosen !== null")
    opened.wait("phusong.state.chosen.kind === 'investment'")
    opened.page.go_back()
    opened.wait("phusong.state.chosen && phusong.state.chosen.kind === 'commune'")
    assert opened.text("#card h2") == "Xã La Êê"
    opened.page.go_back()
    opened.wait("phusong.state.chosen === null")
    assert opened.page.locator("#overview").is_visible()
    opened.page.go_forward()
    opened.wait("phusong.state.chosen !== null")
    assert opened.text("#card h2") == "Xã La Êê"
    # The link past the map is an anchor of the page, no address of a card.
    opened.run("() => { location.hash = '#overview'; }")
    opened.page.wait_for_timeout(100)
    assert opened.text("#notice") == "" and opened.text("#card h2") == "Xã La Êê"


def test_cards_write_their_address_and_the_overview_none(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    steps = opened.run("history.length")
    opened.page.click("#overview .investment >> nth=1")
    assert opened.run("location.hash") == "#goi=N2"
    opened.page.click("#card .row-button >> nth=0")
    assert opened.run("location.hash") == "#diem=B1"
    opened.page.click(".back")
    assert opened.run("location.href") == page_file.as_uri()
    assert opened.run("history.length") == steps


def test_ids_with_signs_survive_the_address(open_page: Any, tmp_path: Path) -> None:
    run = drawn_run()
    odd = ["a/b", "c d", "đ#1", "e@f", "g%20", "h&i=j"]
    gaps = run.tables["gaps"].assign(site_id=odd)
    path = draw_map(drawn_run(gaps=gaps), tmp_path / "map.html")
    opened = open_page(path)
    for place, site_id in enumerate(odd):
        opened.run("place => phusong.choose({kind: 'site', place: place})", place)
        at = opened.run("location.hash")
        assert open_page(path, at=at).run("phusong.data.sites.id[phusong.state.chosen.place]") == site_id
