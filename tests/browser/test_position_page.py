"""The map says where a site's position is only assumed, and how far off it may be."""

from pathlib import Path
from typing import Any

import pytest
from drawn_units import units_run

from phusong.maps import draw_map

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (390, 844)])
def test_a_card_says_how_far_off_an_assumed_position_may_be(
    open_page: Any, tmp_path: Path, width: int, height: int
) -> None:
    gaps = units_run().tables["gaps"]
    off = [13_610.0 if site == "B2" else None for site in gaps["site_id"]]
    page = draw_map(units_run(gaps=gaps.assign(position_radius_m=off)), tmp_path / "map.html")
    opened = open_page(page, at="#diem=B2", width=width, height=height)
    assert "Vị trí giả định, có thể lệch 13,6 km" in opened.text("#card .facts")
    assert "giả định, có thể" not in open_page(page, at="#diem=A1", width=width, height=height).text("#card")


def test_a_run_from_before_knows_all_its_positions(open_page: Any, tmp_path: Path) -> None:
    gaps = units_run().tables["gaps"].drop(columns="position_radius_m", errors="ignore")
    page = draw_map(units_run(gaps=gaps), tmp_path / "map.html")
    assert "có thể lệch" not in open_page(page, at="#diem=B2").text("#card")
