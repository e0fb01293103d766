"""The official's map in headless Chromium: how large the page is, and how soon it shows and answers."""

import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser.conftest import ARGUMENTS
from drawn_crowd import communes_run, crowded_run

from benchmarks.ground import SHARED
from benchmarks.page import Check, at_most, checks_table
from benchmarks.timing import Scale, say, time_command
from phusong.maps import draw_map
from phusong.runs import Run

_REPOSITORY = Path(__file__).parents[2]
_COMMUNES = SHARED / "vietnam" / "communes_2025.parquet"
_PLAN = ("options", "investments", "segments")
_TEXT = """## The map

Pages in headless Chromium {version} without network, 1400 × 900, a new context for each of {repeats}
openings; seconds from asking for the file. *Shown*: communes, sites and names are painted. *Usable*: a click
on a commune or site in the middle has opened its card. Redraw: all painted anew after a change of service.

| page | MB | shown s, least | median | usable s, least | median | redraw ms, median |
|---|---|---|---|---|---|---|
{rows}

The sites are drawn in {communes} square communes, with reports and computed signals; *with plan*, also with
four options of each gap and their investments. The communes of 2025 carry drawn statuses.{absent}

{checks}"""
_SHOWN = "window.phusong && phusong.ready ? performance.getEntriesByName('phusong-shown')[0].startTime : 0"
_USABLE = """() => {
    const size = phusong.world.getSize(), at = [size.x / 2, size.y / 2];
    phusong.world.fire('click', {
        containerPoint: L.point(at), latlng: phusong.world.containerPointToLatLng(at) });
    document.getElementById('card').getBoundingClientRect();
    const opened = performance.now(), t = performance.now();
    phusong.serve(1);
    return [opened, performance.now() - t]; }"""


def sections(scale: Scale) -> list[str]:
    """One part, or that there is no browser."""
    program = next(
        (p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None
    )
    if program is None:
        return ["## The map\n\nNo Chromium is here: absent."]
    with _browser(program) as browser:
        return [map_section(browser, scale)]


def map_section(browser: Any, scale: Scale) -> str:
    """The part, measured in a browser that runs already."""
    rows: list[str] = []
    checks: list[Check] = []
    with tempfile.TemporaryDirectory(prefix="phusong-bench-") as name:
        for title, path, megabytes, shown_s, usable_s in _pages(Path(name), scale):
            say(f"  {title}")
            opened = [_open(browser, path) for _ in range(scale.repeats)]
            shown, usable, redraw = zip(*opened, strict=True)
            size = path.stat().st_size / 1e6
            figures = [min(shown), statistics.median(shown), min(usable), statistics.median(usable)]
            rows.append(
                f"| {title} | {size:.2f} | "
                + " | ".join(f"{f / 1000:.2f}" for f in figures)
                + f" | {statistics.median(redraw):.0f} |"
            )
            checks.append(at_most(f"{title}: MB", size, megabytes, "{:.2f}"))
            if shown_s:
                checks.append(at_most(f"{title}: shown, median s", figures[1] / 1000, shown_s, "{:.2f}"))
            if usable_s:
                checks.append(at_most(f"{title}: usable, median s", figures[3] / 1000, usable_s, "{:.2f}"))
    return _TEXT.format(
        version=browser.version,
        repeats=scale.repeats,
        rows="\n".join(rows),
        communes=scale.map_communes,
        absent="" if _COMMUNES.exists() else " (Their file is absent here: left out.)",
        checks=checks_table(checks),
    )


def _pages(folder: Path, scale: Scale) -> Iterator[tuple[str, Path, float, float, float]]:
    """Title, file, and targets: MB, seconds to show, seconds until usable (0: none)."""
    bundled = _bundled_page(folder)
    yield "Nam Giang", bundled, 1, 1, 0
    crowd = crowded_run(scale.map_sites, scale.map_communes)
    known = Run(crowd.folder, crowd.manifest, {n: t for n, t in crowd.tables.items() if n not in _PLAN})
    yield f"{scale.map_sites:,} sites", draw_map(known, folder / "sites.html"), 6, 0, 2
    yield f"{scale.map_sites:,} sites, with plan", draw_map(crowd, folder / "plan.html"), 10, 0, 0
    if _COMMUNES.exists():
        yield "3,321 communes", draw_map(communes_run(_COMMUNES), folder / "communes.html"), 10, 0, 3


def _bundled_page(folder: Path) -> Path:
    """The map that `phusong run` makes of the bundled study."""
    study = str(_REPOSITORY / "data" / "nam-giang" / "study.toml")
    command = [sys.executable, str(_REPOSITORY / "cli.py"), "run", study, "--quiet", "--out"]
    time_command([*command, str(folder / "run")], folder)
    return folder / "run" / "map.html"


@contextmanager
def _browser(program: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


def _open(browser: Any, path: Path) -> tuple[float, float, float]:
    """Milliseconds until shown, until usable, and of a redraw."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_offline(True)
    page = context.new_page()
    page.goto(path.as_uri(), wait_until="commit")
    while not (shown := page.evaluate(_SHOWN)):
        page.wait_for_timeout(5)
    usable, redraw = page.evaluate(_USABLE)
    context.close()
    return shown, usable, redraw
