"""The data table of the map and its CSV in a real browser."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from drawn_run import HOSTILE, drawn_run, hostile_run, many_sites
from drawn_units import units_run

from phusong.maps import draw_map
from phusong.runs import Run

WORDS = {
    "vi": {"ok": "Đã có", "gap": "Thiếu", "unknown": "Chưa rõ"},
    "en": {"ok": "Available", "gap": "Gap", "unknown": "Unknown"},
}


@pytest.fixture(scope="module")
def run() -> Run:
    made = units_run()
    gaps = made.tables["gaps"]
    distances = [0.0, 12.6, None, 7104.4, 9000.0, 150.0]
    return units_run(
        gaps=gaps.assign(people=[930.2, 930.2, 0.0, 2413.0, None, 12345.6], fibre_distance_m=distances)
    )


@pytest.fixture(scope="module")
def page_file(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_map(run, tmp_path_factory.mktemp("map") / "map.html")


def open_table(opened: Any, tab: str) -> None:
    opened.page.click("#table-open")
    opened.page.click(f"#table-tab-{tab}")


def shown(opened: Any) -> list[list[str]]:
    """The cells of the table, signs by the name that a screen reader says."""
    return opened.run(
        "() => [...document.querySelectorAll('#table tbody tr')].map(row => [...row.cells].map(cell => {"
        " const sign = cell.querySelector('[role=img]');"
        " return sign ? sign.getAttribute('aria-label') : cell.innerText.trim(); }))"
    )


def names(opened: Any) -> list[str]:
    return [text.strip() for text in opened.page.locator("#table tbody th").all_inner_texts()]


def download(opened: Any) -> tuple[str, bytes]:
    with opened.page.expect_download() as got:
        opened.page.click("#table-csv")
    return got.value.suggested_filename, Path(got.value.path()).read_bytes()


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def whole(numbers: pd.Series) -> list[str]:
    return ["" if pd.isna(number) else str(round(float(number))) for number in numbers]


def test_it_opens_over_the_lower_half_and_closes(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    button = opened.page.get_by_role("button", name="Bảng số liệu")
    assert button.get_attribute("aria-expanded") == "false" and opened.page.locator("#table").is_hidden()
    button.click()
    table, stage = (opened.page.locator(name).bounding_box() for name in ("#table", ".stage"))
    assert stage["height"] * 0.4 < table["height"] < stage["height"] * 0.65
    assert table["y"] + table["height"] == pytest.approx(stage["y"] + stage["height"], abs=1)
    assert (
        button.get_attribute("aria-expanded") == "true" and opened.run("document.activeElement.id") == "table"
    )
    assert [row[:5] for row in shown(opened)] == [
        ["La Êê", "00001", "xã", "Nam Giang", "1.000"],
        ["Chà Vàl", "00002", "xã", "Nam Giang", "1.000"],
        ["Zuôih", "00003", "xã", "Nam Giang", "1.000"],
    ]
    opened.page.keyboard.press("Escape")
    assert (
        opened.page.locator("#table").is_hidden() and opened.run("document.activeElement.id") == "table-open"
    )


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_csv_of_sites_is_the_run(open_page: Any, page_file: Path, run: Run, language: str) -> None:
    opened = open_page(page_file)
    opened.page.click(f".languages [lang={language}]")
    open_table(opened, "sites")
    name, content = download(opened)
    assert name == "phusong-sites-0123456789ab.csv"
    assert content.startswith(b"\xef\xbb\xbf") and content.count(b"\r\n") == content.count(b"\n") == 7
    rows, gaps, said = rows_of(content), run.tables["gaps"], WORDS[language]
    heads = {
        "vi": (
            "Tên",
            "Mã",
            "Cáp quang",
            "Họp trực tuyến",
            "Số người phục vụ (ước tính)",
            "Khoảng cách tới cáp quang (m)",
        ),
        "en": (
            "Name",
            "Code",
            "Fibre",
            "Video conference",
            "People who rely on it (estimate)",
            "Distance to fibre (m)",
        ),
    }[language]
    for head, wanted in zip(
        heads,
        (
            list(gaps["name"]),
            list(gaps["site_id"]),
            [said[s] for s in gaps["fibre"]],
            [said[s] for s in gaps["video"]],
            whole(gaps["people"]),
            whole(gaps["fibre_distance_m"]),
        ),
        strict=True,
    ):
        assert [row[head] for row in rows] == wanted, head


def test_the_csv_of_communes_is_the_run(open_page: Any, page_file: Path, run: Run) -> None:
    opened = open_page(page_file)
    opened.page.check("#service-mobile")
    open_table(opened, "communes")
    rows, status = rows_of(download(opened)[1]), run.tables["commune_status"]
    assert [row["Mã"] for row in rows] == list(status["commune_code"])
    assert [row["Dân số"] for row in rows] == whole(status["population"])
    assert [row["Điểm"] for row in rows] == whole(status["sites"])
    for word, column in (("đã có", "ok"), ("thiếu", "gap"), ("chưa rõ", "unknown")):
        assert [row[f"Số điểm, Di động 4G/5G {word}"] for row in rows] == whole(status[f"mobile_{column}"])


def test_the_csv_of_investments_is_the_run(open_page: Any, page_file: Path, run: Run) -> None:
    opened = open_page(page_file)
    open_table(opened, "investments")
    assert shown(opened)[0][:4] == ["1", "Cáp quang: Chà Vàl", "N1", "Cáp quang"]
    assert "5,60\u00a0tỷ\u00a0₫" in shown(opened)[0]
    rows, table = rows_of(download(opened)[1]), run.tables["investments"].sort_values("rank")
    columns = {
        "Thứ tự": "rank",
        "Mã": "investment_id",
        "Vốn đầu tư (VND)": "capex_vnd",
        "Vốn đầu tư, mức thấp (VND)": "capex_low_vnd",
        "Vốn đầu tư, mức cao (VND)": "capex_high_vnd",
        "Chi phí vận hành mỗi năm (VND)": "opex_vnd_per_year",
        "Số người phục vụ (ước tính)": "people",
        "Tuyến mới (m)": "new_line_m",
    }
    for head, column in columns.items():
        numbers = pd.api.types.is_numeric_dtype(table[column])
        assert [row[head] for row in rows] == (whole(table[column]) if numbers else list(table[column])), head
    assert [row["Trong ngân sách"] for row in rows] == ["có", "không"]


def test_money_of_a_page_in_dollars_is_there_in_both(open_page: Any, tmp_path: Path) -> None:
    made = drawn_run(manifest={"currency": {"code": "USD", "vnd": 25_000.0}})
    opened = open_page(draw_map(made, tmp_path / "map.html", language="en"))
    open_table(opened, "investments")
    assert "224,000\u00a0USD" in shown(opened)[0]
    first = rows_of(download(opened)[1])[0]
    assert (first["Cost to build (VND)"], first["Cost to build (USD)"]) == ("5600000000", "224000")


def test_headers_sort_both_ways_and_say_so(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    open_table(opened, "sites")
    head = opened.page.locator("#table th", has=opened.page.locator("#table-sort-people"))
    assert head.get_attribute("aria-sort") == "none"
    opened.page.focus("#table-sort-people")
    opened.page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert opened.run("document.activeElement.id") == "table-sort-people"
    order = [row[1] for row in shown(opened)]
    assert order == ["A3", "A1", "A2", "B1", "C1", "B2"]  # what is not known comes last
    opened.page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert [row[1] for row in shown(opened)] == ["C1", "B1", "A1", "A2", "A3", "B2"]
    assert [row["Mã"] for row in rows_of(download(opened)[1])] == ["C1", "B1", "A1", "A2", "A3", "B2"]
    opened.page.click("#table-sort-status-fibre")
    assert [row[5] for row in shown(opened)] == ["Thiếu"] * 2 + ["Chưa rõ"] * 3 + ["Đã có"]


def test_names_sort_as_vietnamese_does(open_page: Any, tmp_path: Path) -> None:
    wanted = ["An", "Ân", "Dân", "Đắc", "Êê", "Zuôih"]
    gaps = drawn_run().tables["gaps"].assign(name=["Zuôih", "Đắc", "Êê", "Dân", "Ân", "An"])
    opened = open_page(draw_map(drawn_run(gaps=gaps), tmp_path / "map.html"))
    open_table(opened, "sites")
    opened.page.click("#table-sort-name")
    assert names(opened) == wanted


def test_filters_by_status_of_the_service_and_by_kind(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    open_table(opened, "sites")
    opened.page.select_option("#table-status", label="Cáp quang: thiếu")
    assert names(opened) == ["UBND xã Êê B", "Nhà văn hóa thôn B"]
    opened.page.select_option("#table-kind", label="Nhà văn hóa thôn")
    assert names(opened) == ["Nhà văn hóa thôn B"] and opened.text("#table-count") == "1–1 trong 1"
    assert [row["Mã"] for row in rows_of(download(opened)[1])] == ["B2"]
    opened.page.select_option("#table-kind", index=0)
    # Another service: the same filter asks for its gaps.
    opened.page.check("#service-wifi")
    assert names(opened) == ["UBND xã A", "UBND xã Êê B"]
    opened.page.click("#table-tab-investments")
    opened.page.select_option("#table-status", label="Ngân sách: vượt ngân sách")
    assert [row[0] for row in shown(opened)] == ["2"]
    opened.page.select_option("#table-kind", label="Cáp quang")
    assert names(opened) == [] and opened.text(".no-rows") == "Không có dòng nào phù hợp bộ lọc."


def test_only_what_the_map_shows_follows_the_map(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    open_table(opened, "sites")
    opened.page.check("#table-in-view")
    # The north lies above the table, the south behind it.
    assert [row[1] for row in shown(opened)] == ["C1"]
    opened.run("() => phusong.world.setView([15.02, 107.66], 15, {animate: false})")
    opened.run("() => phusong.world.panBy([0, phusong.tableHeight() / 2], {animate: false})")
    opened.wait("document.querySelectorAll('#table tbody tr').length === 1")
    assert [row[1] for row in shown(opened)] == ["B2"]
    opened.page.click("#table-tab-communes")
    assert "Chà Vàl" in names(opened) and "Zuôih" not in names(opened)


def test_a_row_opens_its_card_by_mouse_and_by_keyboard(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    open_table(opened, "sites")
    opened.page.click("#table tbody tr >> nth=4 >> td >> nth=1")
    assert opened.text("#card h2") == "Nhà văn hóa thôn B" and opened.run("location.hash") == "#diem=B2"
    assert opened.page.locator("#table tr[aria-current=true]").inner_text().startswith("Nhà văn hóa thôn B")
    # The site stands on the part of the map that can be seen.
    opened.wait("!phusong.world._animatingZoom && phusong.marks.some(m => m.site.id === 'B2')")
    opened.page.wait_for_timeout(400)
    spot = opened.run("(() => { const m = phusong.marks.find(m => m.site.id === 'B2'); return m.y; })()")
    assert 0 < spot < opened.page.locator("#table").bounding_box()["y"]
    opened.page.keyboard.press("Escape")
    assert opened.page.locator("#card").is_hidden() and opened.page.locator("#table").is_visible()
    opened.page.focus("#table-row-0")
    opened.page.keyboard.press("Enter")
    assert opened.text("#card h2") == "UBND xã A"
    opened.page.keyboard.press("Escape")
    assert opened.run("document.activeElement.id") == "table-row-0"
    opened.page.click("#table-tab-investments")
    opened.page.click("#table tbody .link >> nth=1")
    assert opened.run("location.hash") == "#goi=N2"


def test_ten_thousand_rows_come_in_pages_and_the_csv_has_all(open_page: Any, tmp_path: Path) -> None:
    opened = open_page(draw_map(drawn_run(gaps=many_sites(10_000)), tmp_path / "map.html"))
    open_table(opened, "sites")
    assert len(shown(opened)) == 100 and opened.text("#table-count") == "1–100 trong 10.000"
    assert opened.page.locator("#table-previous").is_disabled()
    opened.page.click("#table-next")
    assert opened.text("#table-count") == "101–200 trong 10.000" and names(opened)[0] == "Điểm 100"
    opened.page.click("#table-sort-name")
    opened.page.click("#table-sort-name")
    assert names(opened)[:2] == ["Điểm 9999", "Điểm 9998"]
    opened.page.select_option("#table-status", "1")
    rows = rows_of(download(opened)[1])
    assert [row["Mã"] for row in rows] == [f"S{i:06}" for i in range(9999, -1, -1) if i % 3 == 1]


def test_what_a_spreadsheet_would_run_gets_a_quote(open_page: Any, tmp_path: Path) -> None:
    bad = ['=HYPERLINK("http://x")', "+1", "-2+3", "@SUM(A1)", "\tx", 'a "b", c;\nd']
    made = drawn_run()
    gaps = made.tables["gaps"].assign(name=bad)
    opened = open_page(draw_map(drawn_run(gaps=gaps), tmp_path / "map.html"))
    open_table(opened, "sites")
    content = download(opened)[1]
    assert [row["Tên"] for row in rows_of(content)] == [f"'{name}" for name in bad[:5]] + [bad[5]]
    assert (
        opened.run(
            "values => phusong.csvOf({columns: [{head: () => 'x', value: i => values[i]}]}, [0, 1, 2, 3])",
            ["\rx", -5, None, " a"],
        )
        == '\ufeffx\r\n"\'\rx"\r\n-5\r\n\r\n" a"\r\n'
    )


def test_hostile_texts_run_nothing_in_table_and_csv(open_page: Any, tmp_path: Path) -> None:
    run = hostile_run()
    run = replace(run, manifest={**run.manifest, "run_id": "../../a b<c>"})
    opened = open_page(draw_map(run, tmp_path / "map.html"))
    opened.run("() => { window.alert = text => { throw new Error('ran: ' + text); }; }")
    opened.page.click("#table-open")
    for tab, column in (("communes", "commune_status"), ("sites", "gaps")):
        opened.page.click(f"#table-tab-{tab}")
        name, content = download(opened)
        assert name == f"phusong-{tab}-_a_b_c_.csv"
        wanted = list(run.tables[column]["name"])
        assert [row["Tên"] for row in rows_of(content)] == wanted and set(wanted) <= set(HOSTILE)
    opened.page.click("#table-tab-investments")
    download(opened)
    assert opened.page.locator("#table img, #table script").count() == 0


def test_no_row_of_a_study_without_communes_speaks_of_them(open_page: Any, tmp_path: Path) -> None:
    made = drawn_run()
    one = made.tables["commune_status"].iloc[:1].assign(commune_code="00000")
    gaps = made.tables["gaps"].assign(commune_code="00000")
    communes = made.tables["communes"].iloc[:1].assign(commune_code="00000")
    opened = open_page(
        draw_map(drawn_run(commune_status=one, gaps=gaps, communes=communes), tmp_path / "map.html"),
        at="#xa=00000",
    )
    assert opened.text("#notice").startswith("Không có “00000”")
    opened.page.click("#table-open")
    assert opened.page.locator("#table-tab-communes").count() == 0 and len(shown(opened)) == 6
    assert "Mã xã" not in opened.text("#table thead")


def test_language_and_printing(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    open_table(opened, "sites")
    opened.page.click(".languages [lang=en]")
    assert opened.text("#table-csv") == "Download CSV" and "Distance to fibre (m)" in opened.text(
        "#table thead"
    )
    opened.page.emulate_media(media="print")
    opened.wait("document.body.classList.contains('print')")
    assert opened.page.locator("#table").is_hidden() and opened.page.locator("#search").is_hidden()
    assert opened.run("phusong.world.getBounds().contains(phusong.wholeArea())")
    opened.page.emulate_media(media="screen")
    opened.wait("!document.body.classList.contains('print')")
    assert opened.page.locator("#table").is_visible()


def test_everything_has_a_name_and_the_tab_key_reaches_it(open_page: Any, page_file: Path) -> None:
    opened = open_page(page_file)
    opened.page.click("#table-open")
    reached = set()
    for _ in range(30):
        opened.page.keyboard.press("Tab")
        reached.add(opened.run("document.activeElement.id"))
    assert {
        "table-tab-sites",
        "table-csv",
        "table-close",
        "table-status",
        "table-in-view",
        "table-sort-name",
        "table-row-0",
    } <= reached
    unnamed = opened.run(
        "() => [...document.querySelectorAll('#table button, #table select, #table input, #search input')]"
        ".filter(e => !e.textContent.trim()"
        " && !e.getAttribute('aria-label') && !(e.labels && e.labels.length)).map(e => e.outerHTML)"
    )
    assert unnamed == []


def test_it_is_a_whole_sheet_on_a_phone(open_page: Any, page_file: Path) -> None:
    opened = open_page(
        page_file, width=390, height=844, is_mobile=True, has_touch=True, device_scale_factor=2
    )
    opened.page.tap("#table-open")
    box = opened.page.locator("#table").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    small = opened.run(
        "() => [...document.querySelectorAll("
        "'#table .table-head button, #table select, #table .in-view, #table tbody tr')]"
        ".filter(e => e.offsetHeight < 40).map(e => e.id || e.className)"
    )
    assert small == []
    assert opened.run("document.documentElement.scrollWidth") <= 390
    opened.page.tap("#table-tab-sites")
    opened.page.tap("#table tbody .link >> nth=3")
    assert opened.page.locator("#table").is_hidden() and opened.text("#card h2") == "UBND xã Êê B"
    assert not opened.run("document.getElementById('panel').inert")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_headers_break_between_words_only(open_page: Any, page_file: Path, language: str) -> None:
    opened = open_page(page_file)
    opened.page.click(f".languages [lang={language}]")
    opened.page.click("#table-open")
    for tab in ("communes", "sites", "investments"):
        opened.page.click(f"#table-tab-{tab}")
        # A word that is one line high has one rectangle.
        broken = opened.run(
            "() => [...document.querySelectorAll('#table thead button')].flatMap(button => {"
            " const text = button.firstChild, range = document.createRange();"
            " return [...text.data.matchAll(/[^\\s-]+/g)].filter(word => {"
            " range.setStart(text, word.index); range.setEnd(text, word.index + word[0].length);"
            " return range.getClientRects().length > 1; }).map(word => word[0]); })"
        )
        assert broken == []
