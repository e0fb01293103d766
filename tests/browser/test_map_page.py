"""The map in a real browser without network: what people see and do."""

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from drawn_run import HOSTILE, drawn_run, hostile_run, many_sites

from phusong.maps import draw_map


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_map(drawn_run(), tmp_path_factory.mktemp("map") / "map.html")


def meet(a: dict[str, float], b: dict[str, float]) -> bool:
    return (
        a["x"] < b["x"] + b["w"]
        and b["x"] < a["x"] + a["w"]
        and a["y"] < b["y"] + b["h"]
        and b["y"] < a["y"] + a["h"]
    )


def click_site(opened: Any, site_id: str) -> None:
    """Click where the site is drawn."""
    spot = opened.run(
        "id => { const m = phusong.marks.find(m => m.site.id === id); return [m.x, m.y]; }", site_id
    )
    box = opened.page.locator("#map_study").bounding_box()
    opened.page.mouse.click(box["x"] + spot[0], box["y"] + spot[1])


def test_opens_in_vietnamese_with_the_headline(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    assert opened.requests == [page_file.as_uri()]
    assert opened.page.title() == "Thử 2021"
    assert opened.run("document.documentElement.lang") == "vi"
    assert opened.text("#headline") == "1/3 trung tâm xã đã có cáp quang ✕ Chưa có: Êê B ? Chưa rõ: Đắc C"
    assert opened.fills() == ["ok", "gap", "unknown"]
    assert opened.inked() > 1000
    for said in ("08/2021", "01/02/2026 08:30", "0123456789ab", "Sơ đồ (schematic)"):
        assert said in opened.text("#strip")
    assert "Báo cáo 2021" in opened.text("#foot")
    assert re.search(r"\d+ k?m", opened.text(".leaflet-control-scale"))
    assert opened.text(".compass") == "B"
    assert opened.page.locator(".leaflet-control-attribution").count() == 0


def test_communes_show_at_once(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    paint = "performance.getEntriesByName('first-contentful-paint')"
    opened.wait(f"{paint}.length > 0")
    assert opened.run(f"{paint}[0].startTime") < 3000  # 0.4 s on an idle machine


def test_switch_to_english_and_back(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    vietnamese = opened.text("body")
    opened.page.click(".languages [lang=en]")
    assert opened.run("document.documentElement.lang") == "en"
    assert opened.text("#headline").startswith("1/3 commune centres have fibre ✕ Without: Êê B")
    assert "5.60 billion ₫" in opened.text("#overview") and "5,60 tỷ" not in opened.text("#overview")
    assert "Hoàng Sa Islands" in opened.run("document.getElementById('inset').textContent")
    left = set(re.findall(r"\w+", opened.text("#overview") + opened.text("#legend"))) & {
        "Thiếu",
        "điểm",
        "người",
    }
    assert not left
    opened.page.click(".languages [lang=vi]")
    assert opened.text("body") == vietnamese


def test_english_page_opens_in_english(open_page: Any, tmp_path: Path) -> None:
    opened = open_page(draw_map(drawn_run(), tmp_path / "map.html", language="en"))
    assert "commune centres have fibre" in opened.text("#headline")


def test_inset_shows_hoang_sa_and_truong_sa(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    inset = opened.run("document.getElementById('inset').textContent")
    assert "Quần đảo Hoàng Sa" in inset and "Quần đảo Trường Sa" in inset
    frame = opened.page.locator("#inset").bounding_box()
    for text in opened.page.locator("#inset text").all():
        box = text.bounding_box()
        assert frame["x"] <= box["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"]


def test_service_recolours_communes_sites_and_headline(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    before = opened.inked()
    opened.page.check("#service-mobile")
    assert opened.text("#headline").startswith("2/3 trung tâm xã có sóng 4G hoặc 5G dùng được")
    assert opened.fills() == ["ok", "gap", "ok"]
    assert opened.page.locator("#layer-masts").is_checked()
    assert opened.inked() != before
    assert opened.text("label[for=service-mobile]") == "Di động 4G/5G Đã có: 3 Thiếu: 2 Chưa rõ: 1"


def test_layers_come_and_go(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    for name, canvas in {
        "communes": "ground",
        "fibre": "lines",
        "segments": "lines",
        "roads": "lines",
        "rivers": "lines",
        "settlements": "lines",
    }.items():
        before = opened.inked(canvas)
        opened.page.uncheck(f"#layer-{name}")
        assert opened.inked(canvas) < before
        opened.page.check(f"#layer-{name}")
        assert opened.inked(canvas) == before
    for name in ("sites", "investments"):
        before = opened.inked()
        opened.page.uncheck(f"#layer-{name}")
        assert opened.inked() < before
    before = opened.inked()
    opened.page.check("#layer-masts")
    assert opened.inked() > before


def test_names_do_not_overlap(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    for step in range(6):
        labels = opened.run("phusong.labels")
        ranks = [
            {"x": r["x"] - r["r"], "y": r["y"] - r["r"], "w": 2 * r["r"], "h": 2 * r["r"]}
            for r in opened.run("phusong.ranks.map(r => ({x: r.x, y: r.y, r: r.r}))")
        ]
        furniture = opened.run("phusong.obstacles()")
        assert not [pair for pair in combinations(labels + ranks, 2) if meet(*pair)]
        assert not [(a["text"], b) for a in labels for b in furniture if meet(a, b)]
        if step == 0:
            assert "Êê B" in [label["text"] for label in labels]  # communes without come first
        opened.run(
            "step => phusong.world.setZoom(phusong.world.getZoom() + (step < 4 ? 1 : -3), {animate: false})",
            step,
        )


def test_a_click_on_a_site_opens_its_card(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    click_site(opened, "B1")
    card = opened.text("#card")
    assert "UBND xã Êê B" in card
    assert "Cáp quang thiếu theo báo cáo: không có Căn cứ: báo cáo · 08/2021" in card
    assert "3,10 tỷ ₫" in card
    assert "Vệ tinh 19,0 triệu ₫ không khả thi: nghiên cứu yêu cầu cáp quang cho loại điểm này" in card
    assert "Gói đầu tư số 1" in card and "vượt ngân sách" in card
    assert opened.page.locator("#overview").is_hidden()
    opened.page.keyboard.press("Escape")
    assert opened.page.locator("#card").is_hidden() and opened.page.locator("#overview").is_visible()
    click_site(opened, "B2")
    assert "tuyến cáp quang gần nhất cách 7,1 km, ngoài tầm đấu nối Căn cứ: tính toán" in opened.text("#card")


def test_sites_at_one_place_are_each_within_reach(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    click_site(opened, "A2")
    assert "Trạm Y tế A" in opened.text("#card h2")
    click_site(opened, "A1")
    assert "UBND xã A" in opened.text("#card h2")


def test_a_click_on_a_commune_opens_its_card(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    spot = opened.run(
        "(() => { const p = phusong.world.latLngToContainerPoint([15.08, 107.62]); return [p.x, p.y]; })()"
    )
    box = opened.page.locator("#map_study").bounding_box()
    before = opened.inked("lines")
    opened.page.mouse.move(box["x"] + spot[0], box["y"] + spot[1])
    assert opened.text("#hint") == "Êê B"
    opened.page.mouse.click(box["x"] + spot[0], box["y"] + spot[1])
    card = opened.text("#card")
    assert card.startswith("← Về trang tổng quan Xã Êê B Huyện D · 00002")
    assert "Nhà văn hóa thôn B" in card and "Dân số 1.000" in card
    assert opened.inked("lines") > before  # its border is bolder


def test_an_investment_is_shown_on_the_map(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    rows = opened.page.locator("#overview .investment")
    assert rows.count() == 2
    assert " ".join(rows.nth(0).inner_text().split()) == "1 Cáp quang: Êê B 2 điểm · 2.000 người 5,60 tỷ ₫"
    assert "vượt ngân sách" in rows.nth(1).inner_text() and "sau số 1" in rows.nth(1).inner_text()
    zoom = opened.run("phusong.world.getZoom()")
    rows.nth(0).click()
    opened.wait("zoom => phusong.world.getZoom() > zoom", zoom)
    assert opened.run("phusong.segmentLook('road', 0).width > phusong.segmentLook('road', 1).width")
    assert "chưa rõ nhà mạng" in opened.text("#card") and "từ 1,40 tỷ ₫ đến 7,00 tỷ ₫" in opened.text("#card")
    opened.page.click(".back")
    assert opened.run("document.activeElement.dataset.rank") == "1"
    assert opened.run("phusong.segmentLook('road', 0).width < 5")


def test_hostile_texts_show_and_run_nothing(open_page: Any, tmp_path: Path) -> None:
    opened = open_page(draw_map(hostile_run(), tmp_path / "map.html"))
    opened.run("() => { window.alert = text => { throw new Error('ran: ' + text); }; }")
    assert opened.page.title() == HOSTILE[3]
    assert HOSTILE[3] in opened.text("h1") and HOSTILE[0] in opened.text("#strip")
    names = {" ".join(name.split()) for name in HOSTILE}
    for place in range(6):
        opened.run("place => phusong.choose({kind: 'site', place: place}, true)", place)
        assert opened.text("#card h2") in names
    for kind in ("commune", "investment"):
        for place in range(2):
            opened.run("at => phusong.choose({kind: at[0], place: at[1]}, true)", [kind, place])
            opened.page.click(".languages [lang=en]")
    box = opened.page.locator("#map_study").bounding_box()
    for step in range(12):
        opened.page.mouse.move(box["x"] + 40 * step + 150, box["y"] + 30 * step + 150)
    opened.page.check("#service-mobile") if opened.page.locator("#overview").is_visible() else None
    assert opened.page.locator("#panel img, #panel script, .map img, .map script").count() == 0
    opened.page.wait_for_timeout(200)


def test_the_keyboard_reaches_everything(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    reached = set()
    for _ in range(60):
        opened.page.keyboard.press("Tab")
        reached.add(
            opened.run(
                "(() => { const a = document.activeElement; return a.id || a.className || a.tagName; })()"
            )
        )
    assert {"skip", "service-fibre", "investment", "link", "legend-head", "layer-masts", "tool"} <= reached
    unnamed = opened.run(
        "() => [...document.querySelectorAll('button, a, input')].filter(e => !e.textContent.trim()"
        " && !e.getAttribute('aria-label') && !(e.labels && e.labels.length)).map(e => e.outerHTML)"
    )
    assert unnamed == []


def test_print_is_an_a4_sheet_with_everything_on_it(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    opened.page.click("#overview .investment >> nth=0")
    zoom = opened.run("phusong.world.getZoom()")
    opened.page.emulate_media(media="print")
    opened.wait("document.body.classList.contains('print')")
    sheet = opened.page.locator("body").bounding_box()
    assert sheet["width"] == pytest.approx(186 / 25.4 * 96, abs=1)
    for part in (
        "#head",
        "#headline",
        "#legend",
        "#inset",
        "#strip",
        ".compass",
        ".leaflet-control-scale",
        "#foot",
    ):
        box = opened.page.locator(part).bounding_box()
        assert box["width"] > 0 and box["x"] + box["width"] <= sheet["width"] + 1
    assert opened.page.locator(".tools").is_hidden() and opened.page.locator("#card").is_hidden()
    # Chromium prints a canvas that is no group of its own as a white sheet over the map.
    assert float(opened.run("getComputedStyle(document.querySelector('canvas.overlay-marks')).opacity")) < 1
    stage = opened.page.locator(".stage").bounding_box()
    view = opened.page.locator("#map_study").bounding_box()
    for lon, lat in ((107.5, 15.0), (107.7, 15.2)):
        x, y = opened.run(
            "at => { const p = phusong.world.latLngToContainerPoint(at); return [p.x, p.y]; }", [lat, lon]
        )
        assert 0 <= view["x"] + x - stage["x"] <= stage["width"]
        assert 0 <= view["y"] + y - stage["y"] <= stage["height"]
    opened.page.emulate_media(media="screen")
    opened.wait("!document.body.classList.contains('print')")
    assert opened.run("phusong.world.getZoom()") == pytest.approx(zoom)
    assert opened.page.locator("#card").is_visible()
    assert opened.page.pdf(prefer_css_page_size=True)[:4] == b"%PDF"


def test_works_on_a_phone(open_page: Any, page_file: Path) -> None:
    opened = open_page(
        page_file, width=390, height=844, is_mobile=True, has_touch=True, device_scale_factor=2
    )
    assert opened.run("document.documentElement.scrollWidth") <= 390
    panel, stage = (opened.page.locator(name).bounding_box() for name in ("#panel", ".stage"))
    assert stage["height"] > 350 and panel["y"] >= stage["y"] + stage["height"] - 20
    assert opened.page.locator(".legend-body").is_hidden()
    opened.page.tap(".legend-head")
    assert opened.page.locator("#layer-fibre").is_visible()
    opened.page.tap(".legend-head")
    opened.page.tap("#sheet")
    assert opened.page.locator("#panel").bounding_box()["height"] > 700
    opened.page.tap("#sheet")
    opened.page.tap("#headline .link >> nth=0")
    assert "Xã Êê B" in opened.text("#card")
    small = opened.run(
        "() => [...document.querySelectorAll('.tool, .legend-head, .investment, .service')]"
        ".filter(e => e.offsetHeight && e.offsetHeight < 38).map(e => e.className)"
    )
    assert set(small) <= {"service head"}


def test_ten_thousand_sites_stay_quick(open_page: Any, tmp_path: Path) -> None:
    opened = open_page(draw_map(drawn_run(gaps=many_sites(10_000)), tmp_path / "map.html"))
    assert opened.run("phusong.marks.length") == 10_000
    took = opened.run(
        "(() => { const t = performance.now(); phusong.redraw(); return performance.now() - t; })()"
    )
    assert took < 1000
    click_site(opened, "S004321")
    assert opened.text("#card h2").startswith("Điểm ")
