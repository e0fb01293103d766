"""What axe-core (npm, in the tests only) says of the page: no barrier that it calls serious or critical."""

from pathlib import Path
from typing import Any

import pytest
from drawn_run import drawn_run

from phusong.maps import draw_map

from .conftest import OpenPage

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
#: What is opened before axe looks, by name.
STATES = {
    "overview": "null",
    "site": "phusong.choose({kind: 'site', place: 3})",
    "commune": "phusong.choose({kind: 'commune', place: 1})",
    "investment": "phusong.choose({kind: 'investment', place: 0})",
    "english": "phusong.speak('en')",
    "mobile": "phusong.serve(2)",
    "everything open": "document.querySelectorAll('details').forEach(d => { d.open = true; })",
}


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (sh tests/install_browser.sh)")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_map(drawn_run(), tmp_path_factory.mktemp("map") / "map.html")


def barriers(opened: Any, axe: str) -> list[str]:
    """Serious and critical violations, with where they are."""
    opened.run(axe)
    found = opened.run("() => axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    assert opened.run("() => axe.run(document).then(r => r.passes.length)") > 10
    return [
        f"{v['id']} ({v['impact']}): {v['help']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_no_serious_barrier(open_page: OpenPage, page_file: Path, axe: str, state: str, size: str) -> None:
    phone = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}
    opened = open_page(page_file, **(phone if size == "phone" else {}))
    opened.run(f"() => {{ {STATES[state]}; }}")
    assert barriers(opened, axe) == []
