"""The card of a commune says whether it can join a conference of three levels, what is missing, its price."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from drawn_run import HOSTILE, drawn_run

from phusong.costs import MONEY
from phusong.domain import CONFERENCE, conform
from phusong.maps import Extras, draw_map
from phusong.maps.payload import payload

PARTS = ["down", "up", "latency", "loss", "equipment"]
PHONE = {"width": 390, "height": 844}


def row(code: str, ready: str, planned: str, parts: str, **said: Any) -> dict[str, Any]:
    """`parts` are the first letters of the statuses of PARTS."""
    statuses = [{"o": "ok", "g": "gap", "u": "unknown"}[letter] for letter in parts]
    price = 0 if statuses[-1] == "ok" else 300_000_000
    return {
        "level": "commune",
        "unit_code": code,
        "unit_name": code,
        "ready": ready,
        "ready_with_plan": planned,
        **dict(zip(PARTS, statuses, strict=True)),
        **{f"equipment_{name}": price for name in MONEY},
        **said,
    }


def conference(**said: Any) -> pd.DataFrame:
    """A can join, B lacks speed and the plan gives it, C is reported as unable, nobody says why."""
    rows = [
        row("00001", "ok", "ok", "ooouo", date="2021-08"),
        row("00002", "gap", "ok", "guuug", missing="down;equipment", not_known="up;latency", from_year=2027),
        row("00003", "gap", "gap", "uuuuu", not_known="down;up;latency;equipment", site_id="C1"),
    ]
    rows[1] |= said
    frame = pd.DataFrame(rows).astype({"from_year": "Int64"})
    return conform(frame, CONFERENCE)


def facts_of(opened: Any) -> dict[str, str]:
    block = opened.page.locator("#card section.block", has_text="Họp trực tuyến ba cấp")
    names, figures = (block.locator(f".facts {tag}").all_inner_texts() for tag in ("dt", "dd"))
    return dict(zip(names, (" ".join(figure.split()) for figure in figures), strict=True))


def card(opened: Any) -> str:
    block = opened.page.locator("#card section.block", has_text="Họp trực tuyến ba cấp")
    return " ".join(block.inner_text().split())


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return draw_map(drawn_run(conference=conference()), tmp_path / "map.html")


@pytest.mark.parametrize("size", [{}, PHONE], ids=["desk", "phone"])
def test_the_card_says_what_is_missing_and_its_price(
    open_page: Any, page: Path, size: dict[str, int]
) -> None:
    opened = open_page(page, at="#xa=00002", **size)
    assert "chưa họp được" in card(opened)
    assert facts_of(opened) == {
        "Còn thiếu": "tốc độ tải xuống, thiết bị phòng họp",
        "Chưa rõ": "tốc độ tải lên, độ trễ",
        "Thiết bị phòng họp": "300,0 triệu ₫ (ngoài kinh phí kế hoạch)",
        "Khi có kế hoạch và thiết bị": "họp được (xong năm 2027)",
    }
    block = opened.page.locator("#card section.block", has_text="Họp trực tuyến ba cấp").bounding_box()
    assert block["x"] >= 0 and block["x"] + block["width"] <= size.get("width", 1400)


def test_who_can_join_is_asked_for_nothing(open_page: Any, page: Path) -> None:
    opened = open_page(page, at="#xa=00001")
    assert facts_of(opened) == {} and card(opened) == "Họp trực tuyến ba cấp ✓ họp được · 08/2021"


def test_who_is_unable_nobody_says_why(open_page: Any, page: Path) -> None:
    facts = facts_of(open_page(page, at="#xa=00003"))
    assert facts["Còn thiếu"] == "không nêu cụ thể" and facts["Chưa rõ"] == "tất cả"
    assert facts["Thiết bị phòng họp"] == "300,0 triệu ₫ (nếu còn thiếu; ngoài kinh phí kế hoạch)"
    assert facts["Khi có kế hoạch và thiết bị"] == "chưa họp được"


def test_the_card_speaks_english_too(open_page: Any, page: Path) -> None:
    opened = open_page(page, at="#xa=00002")
    opened.run("phusong.speak('en')")
    said = opened.text("#card")
    assert "Video conference of three levels ✕ cannot join" in said
    assert "With plan and equipment can join (finished in 2027)" in said


def test_hostile_text_stays_text(open_page: Any, tmp_path: Path) -> None:
    run = drawn_run(conference=conference(missing=HOSTILE[0], not_known=HOSTILE[3]))
    opened = open_page(draw_map(run, tmp_path / "map.html"), at="#xa=00002")
    assert facts_of(opened)["Còn thiếu"] == HOSTILE[0] and facts_of(opened)["Chưa rõ"] == HOSTILE[3]


def test_a_date_of_the_past_and_a_run_without_the_table_say_nothing(open_page: Any, tmp_path: Path) -> None:
    earlier = drawn_run(manifest={"report_date": "2021-07"})
    extras = Extras(earlier=[earlier])
    run = drawn_run(conference=conference())
    opened = open_page(draw_map(run, tmp_path / "map.html", extras=extras), at="#xa=00002")
    assert "Họp trực tuyến ba cấp" in opened.text("#card")
    opened.run("phusong.setDate(0)")
    assert "Họp trực tuyến ba cấp" not in opened.text("#card")
    assert payload(drawn_run(), "vi")["conference"] == [None, None, None]
