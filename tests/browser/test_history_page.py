"""The time slider: what the page says at a date is what the run of that date says."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from drawn_run import drawn_run

from phusong.domain import SERVICES, STATUSES
from phusong.gaps import count, roll_up
from phusong.maps import Extras, draw_map
from phusong.runs import Run


def at_date(date: str, without: tuple[str, ...] = (), **statuses: tuple[str, ...]) -> Run:
    """The drawn run at another date: `statuses` by site (fibre, Wi-Fi, mobile, video), some sites missing."""
    run = drawn_run()
    gaps = run.tables["gaps"].copy()
    for site, said in statuses.items():
        for service, status in zip(SERVICES, said, strict=True):
            gaps.loc[gaps["site_id"] == site, service] = status
    gaps = gpd.GeoDataFrame(gaps[~gaps["site_id"].isin(without)].reset_index(drop=True))
    return drawn_run(manifest={"report_date": date}, gaps=gaps)


FIRST = at_date("2021-07-20", ("B2", "C1"), A1=("gap", "gap", "gap", "unknown"))
SECOND = at_date(
    "2021-07-27",
    A1=("gap", "ok", "ok", "unknown"),
    A2=("ok", "unknown", "ok", "unknown"),
    B1=("unknown", "gap", "ok", "gap"),
)
LAST = drawn_run(manifest={"report_date": "2021-08-03"})
RUNS = (FIRST, SECOND, LAST)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "map.html"
    return draw_map(LAST, path, extras=Extras(earlier=[SECOND, FIRST]))


def press(opened: Any, key: str) -> None:
    opened.page.focus("#date")
    opened.page.keyboard.press(key)


def test_a_map_without_history_has_no_slider(open_page: Any, tmp_path: Path) -> None:
    opened = open_page(draw_map(LAST, tmp_path / "map.html"))
    assert opened.page.locator("#history").is_hidden() and opened.page.locator("#date").count() == 0


def test_every_date_shows_the_figures_of_its_own_run(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    for key, run in (("", LAST), ("Home", FIRST), ("ArrowRight", SECOND), ("End", LAST)):
        if key:
            press(opened, key)
        gaps, communes = run.tables["gaps"], run.tables["communes"]
        for i, service in enumerate(SERVICES):
            opened.page.check(f"#service-{service}")
            counted = count(gaps[service])
            assert opened.text(f"label[for=service-{service}]").endswith(
                " ".join(
                    f"{word}: {counted[s]}"
                    for word, s in zip(("Đã có", "Thiếu", "Chưa rõ"), STATUSES, strict=True)
                )
            )
            rolled = roll_up(gaps, communes)
            served = int((rolled[service] == "ok").sum())
            assert opened.text("#headline").startswith(f"{served}/3 ")
            shown = opened.run("phusong.data.communes.map(c => phusong.STATUSES[phusong.communeStatus(c)])")
            assert shown == list(rolled[service])
            assert opened.fills() == list(rolled[service])
            marks = opened.run(
                "() => Object.fromEntries(phusong.marks.map(m => [m.site.id, phusong.STATUSES[m.status]]))"
            )
            assert marks == dict(zip(gaps["site_id"], gaps[service], strict=True)), (key, i)
        assert f"{len(gaps)} điểm" in opened.text(".service.head")


def test_what_changed_since_the_date_before_is_said(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    said = opened.text("#date-changes")
    assert said == "So với 27/07/2021: thêm 1 điểm có · 2 điểm chỉnh lại (từ hoặc thành chưa rõ)."
    opened.page.check("#service-wifi")
    assert opened.text("#date-changes") == "So với 27/07/2021: 1 điểm mất."
    press(opened, "ArrowLeft")
    assert opened.text("#date-said") == "27/07/2021"
    assert opened.text("#date-changes").startswith(
        "So với 20/07/2021: thêm 1 điểm có · 2 điểm mới vào danh sách. Phương án là của 03/08/2021."
    )
    assert opened.page.locator("#date").get_attribute("aria-valuetext") == "27/07/2021"
    assert "Số liệu 27/07/2021" in opened.text("#strip") and "27/07/2021" in opened.text("#foot")
    press(opened, "Home")
    assert opened.text("#date-changes").startswith("Thời điểm đầu tiên có số liệu.")
    opened.page.click(".languages [lang=en]")
    assert opened.text("#date-said") == "20 July 2021"
    assert "The first date that there is." in opened.text("#date-changes")
    press(opened, "End")
    opened.page.check("#service-video")
    assert opened.text("#date-changes") == "Since 27 July 2021: nothing changed."


def test_sites_that_a_later_list_lacks_are_counted_and_told(open_page: Any, tmp_path: Path) -> None:
    last = at_date("2021-08-03", ("A3",))
    opened = open_page(draw_map(last, tmp_path / "map.html", extras=Extras(earlier=[SECOND])))
    press(opened, "Home")
    assert "1 điểm của thời điểm đó không có trên bản đồ này" in opened.text("#date-changes")
    assert "6 điểm" in opened.text(".service.head") and opened.run("phusong.marks.length") == 5


def test_a_card_of_an_earlier_date_tells_no_later_evidence(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    opened.run("() => phusong.choose({kind: 'site', place: 0}, false)")
    assert "Căn cứ: báo cáo" in opened.text("#card")
    press(opened, "Home")
    assert opened.page.locator("#card").is_visible() and opened.page.locator("#date").is_visible()
    assert "Cáp quang thiếu" in opened.text("#card") and "Căn cứ: báo cáo" not in opened.text("#card")
    assert "Hiện trạng tại 20/07/2021. Căn cứ của từng hiện trạng chỉ lưu cho 03/08/2021." in opened.text(
        "#card"
    )
    opened.run("() => phusong.choose({kind: 'commune', place: 1}, false)")
    assert "Điểm công cộng (1)" in opened.text("#card")  # B2 was not listed yet
    press(opened, "End")
    assert "Điểm công cộng (2)" in opened.text("#card") and "Căn cứ: báo cáo" in opened.text("#card")


def test_it_plays_to_the_end_and_can_be_stopped(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    label = "document.getElementById('play').getAttribute('aria-label')"
    assert opened.run(label) == "Chạy"
    opened.page.click("#play")
    assert opened.text("#date-said") == "20/07/2021" and opened.run(label) == "Dừng"
    opened.page.click("#play")
    assert opened.run(label) == "Chạy"
    opened.page.wait_for_timeout(1500)
    assert opened.text("#date-said") == "20/07/2021"
    opened.page.click("#play")
    opened.wait("document.getElementById('date-said').textContent === '03/08/2021'")
    opened.wait(f"{label} === 'Chạy'")


def test_nothing_plays_where_motion_is_not_wanted(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file, reduced_motion="reduce")
    assert opened.page.locator("#play").count() == 0
    press(opened, "Home")
    assert opened.text("#date-said") == "20/07/2021"


def test_the_date_prints_as_text(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    press(opened, "Home")
    opened.page.emulate_media(media="print")
    opened.wait("document.body.classList.contains('print')")
    assert opened.page.locator("#date-said").is_visible()
    assert opened.page.locator("#date").is_hidden() and opened.page.locator("#play").is_hidden()
    assert opened.text("#headline").startswith("0/3 ")
    opened.page.emulate_media(media="screen")


def test_on_a_phone_the_slider_is_wide_enough_for_a_finger(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file, width=390, height=844, is_mobile=True, has_touch=True)
    for name in ("#date", "#play"):
        assert opened.page.locator(name).bounding_box()["height"] >= 44
    opened.page.tap("#date", position={"x": 4, "y": 22})
    assert opened.text("#date-said") == "20/07/2021"
    assert opened.run("document.documentElement.scrollWidth") <= 390


def test_the_slider_is_named(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    assert opened.run("document.getElementById('date').labels[0].textContent") == "Hiện trạng"
    assert opened.page.get_by_role("slider", name="Hiện trạng").count() == 1
    assert opened.page.get_by_role("button", name="Chạy").count() == 1
