"""The map names whose open data it shows, as text, and nobody whose data it does not show."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from drawn_run import HOSTILE, drawn_run

from phusong.maps import draw_map


def credited_run() -> Any:
    run = drawn_run()
    origin = {"title": "OSM", "licence": "ODbL 1.0", "date": "2025-10-02"}
    manifest = {
        **run.manifest,
        "inputs": {"roads": [{"file": "osm_roads.geojson"}], "sites": [{"file": "list.csv"}]},
        "sources": {
            "osm": {
                **origin,
                "attribution": "© OpenStreetMap contributors",
                "files": {"osm_roads.geojson": ""},
            },
            "bad": {**origin, "attribution": HOSTILE[0], "files": {"list.csv": ""}},
            "speeds": {**origin, "attribution": "Ookla", "files": {"ookla_speeds.geojson": ""}},
        },
    }
    return replace(run, manifest=manifest)


def test_strip_and_foot_name_the_data_in_use(open_page: Any, tmp_path: Path) -> None:
    path = draw_map(credited_run(), tmp_path / "map.html")
    opened = open_page(path)
    for place in ("#strip", "#foot"):
        assert "© OpenStreetMap contributors" in opened.text(place) and HOSTILE[0] in opened.text(place)
        assert "Ookla" not in opened.text(place)
    assert "Dữ liệu mở" in opened.text("#foot") and "OSM · ODbL 1.0 · 2025-10-02" in opened.text("#foot")
    phone = open_page(path, width=390, height=844)
    assert "© OpenStreetMap contributors" in phone.text("#foot")


def test_a_run_without_open_data_has_no_such_line(open_page: Any, tmp_path: Path) -> None:
    opened = open_page(draw_map(drawn_run(), tmp_path / "map.html"))
    assert "Dữ liệu mở" not in opened.text("#foot")
