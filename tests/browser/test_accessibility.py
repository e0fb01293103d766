"""What axe-core (npm, in the tests only) says of the page: no barrier that it calls serious or critical."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from drawn_cover import covered_run, drawn_cover
from drawn_links import write_study
from drawn_run import drawn_run

from phusong.cli import main
from phusong.maps import Extras, draw_map

from .conftest import OpenPage

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
#: What is opened before axe looks, by name; `search` types into the box.
STATES = {
    "overview": "null",
    "site": "phusong.choose({kind: 'site', place: 3})",
    "commune": "phusong.choose({kind: 'commune', place: 1})",
    "investment": "phusong.choose({kind: 'investment', place: 0})",
    "english": "phusong.speak('en')",
    "mobile": "phusong.serve(2)",
    "earlier": "phusong.setDate(0)",
    "half the money": "document.getElementById('money-none').click()",
    "table": "document.getElementById('table-open').click()",
    "everything open": "document.querySelectorAll('details').forEach(d => { d.open = true; })",
    "legend": "{ const h = document.querySelector('#legend.closed .legend-head'); if (h) h.click(); }",
}
PHONE = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (sh tests/install_browser.sh)")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with all that a map can have: footprint, earlier dates, plan, table."""
    folder = tmp_path_factory.mktemp("map")
    earlier = drawn_run(manifest={"report_date": "2021-07"})
    extras = Extras(cover=drawn_cover(folder / "cover"), earlier=[earlier])
    return draw_map(covered_run(), folder / "map.html", extras=extras)


@pytest.fixture(scope="module")
def links_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with microwave links."""
    study = write_study(tmp_path_factory.mktemp("links") / "study")
    with pytest.raises(SystemExit) as ended, redirect_stdout(StringIO()):
        main(["run", str(study), "--out", str(study.parent / "run"), "--quiet"])
    assert not ended.value.code
    return study.parent / "run" / "map.html"


def barriers(opened: Any, axe: str) -> list[str]:
    """Serious and critical violations, with where they are."""
    opened.run(axe)
    found = opened.run("() => axe.run(document)")
    assert len(found["passes"]) > 10
    return [
        f"{v['id']} ({v['impact']}): {v['help']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_no_serious_barrier(open_page: OpenPage, page_file: Path, axe: str, state: str, size: str) -> None:
    opened = open_page(page_file, **(PHONE if size == "phone" else {}))
    opened.run(f"() => {{ {STATES[state]}; }}")
    assert barriers(opened, axe) == []


@pytest.mark.parametrize("typed", ["ee", "khong co o dau"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_no_serious_barrier_in_the_search(
    open_page: OpenPage, page_file: Path, axe: str, typed: str, size: str
) -> None:
    opened = open_page(page_file, **(PHONE if size == "phone" else {}))
    opened.page.fill("#search-text", typed)
    opened.wait("!document.getElementById('search-hits').hidden")
    assert barriers(opened, axe) == []


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_no_serious_barrier_at_a_link(open_page: OpenPage, links_file: Path, axe: str, size: str) -> None:
    opened = open_page(links_file, **(PHONE if size == "phone" else {}))
    opened.run("phusong.choose({kind: 'link', place: 0}, true)")
    assert barriers(opened, axe) == []
