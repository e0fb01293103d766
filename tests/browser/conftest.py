"""A browser without network for the tests of pages; skipped where there is no Chromium."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Fills of communes: their ground, or the marks of the pattern on it.
FILLS = {
    "ok": {(211, 233, 223)},
    "gap": {(251, 220, 194), (238, 154, 90)},
    "unknown": {(235, 237, 239), (163, 171, 179)},
}
#: A place inside each commune of the drawn run, away from its names and sites.
INSIDE = {"A": (107.53, 15.08), "B": (107.62, 15.08), "C": (107.65, 15.17)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((path for path in map(shutil.which, names) if path), None)
    if program is None:
        pytest.skip(f"no Chromium here (none of {', '.join(names)} is on the path)")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page opened from a file, with everything that went wrong or went out."""

    page: Any
    tiles: str = ""
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def run(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    def wait(self, script: str, argument: Any = None) -> None:
        """Until `script` holds. Playwright's own wait uses eval, which the page forbids."""
        for _ in range(200):
            if self.run(script, argument):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never held: {script}")

    def text(self, selector: str) -> str:
        return " ".join(self.page.inner_text(selector).split())

    def dot(self, canvas: str, lon: float, lat: float) -> tuple[int, ...]:
        """Red, green, blue and opacity of the map's canvas (ground, lines or marks) at a place."""
        script = """([name, lon, lat]) => {
            const canvas = document.querySelector('canvas.overlay-' + name);
            const map = canvas.getBoundingClientRect();
            const view = phusong.world.getContainer().getBoundingClientRect();
            const at = phusong.world.latLngToContainerPoint([lat, lon]), dots = canvas.width / map.width;
            const x = (at.x + view.left - map.left) * dots, y = (at.y + view.top - map.top) * dots;
            return [...canvas.getContext('2d').getImageData(Math.round(x), Math.round(y), 1, 1).data]; }"""
        return tuple(self.run(script, [canvas, lon, lat]))

    def fills(self) -> list[str]:
        """The statuses that the communes A, B and C of the drawn run are filled by."""
        return [self._fill(*place) for place in INSIDE.values()]

    def _fill(self, lon: float, lat: float) -> str:
        """The status whose tint is nearest to the dot: a pattern has dots between its two tints."""
        red, green, blue, opacity = self.dot("ground", lon, lat)
        assert opacity > 0
        seen = (red, green, blue)

        def far(status: str) -> int:
            return min(sum(abs(a - b) for a, b in zip(seen, tint, strict=True)) for tint in FILLS[status])

        return min(FILLS, key=far)

    def coloured(self, canvas: str, colour: str) -> int:
        """How many dots of the canvas are opaque and of `colour` (#rrggbb), but for a rounding."""
        script = """([name, colour]) => {
            const c = document.querySelector('canvas.overlay-' + name);
            const want = [1, 3, 5].map(k => parseInt(colour.substr(k, 2), 16));
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            let n = 0;
            for (let i = 0; i < d.length; i += 4)
                if (d[i + 3] > 200 && want.every((v, k) => Math.abs(d[i + k] - v) < 6)) n++;
            return n; }"""
        return int(self.run(script, [canvas, colour]))

    def inked(self, canvas: str = "marks") -> int:
        """How many dots of the canvas are drawn on."""
        script = """name => {
            const c = document.querySelector('canvas.overlay-' + name);
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n; }"""
        return int(self.run(script, canvas))


OpenPage = Callable[..., Opened]


@pytest.fixture
def open_page(chromium: Any) -> Iterator[OpenPage]:
    """Opens a file (`at` a "#…" of its address) in a browser that has no network. Nothing may be asked for
    and nothing may go wrong.

    With `tiles` (an origin) the browser is online, and that origin alone may be asked; that a picture of its
    does not come, which Chromium itself notes in the console, is then no fault of the page.
    """
    contexts: list[Any] = []
    pages: list[Opened] = []

    def open_file(
        path: Path,
        *,
        at: str = "",
        width: int = 1400,
        height: int = 900,
        tiles: str = "",
        **context: Any,
    ) -> Opened:
        made = chromium.new_context(viewport={"width": width, "height": height}, **context)
        contexts.append(made)
        made.set_offline(not tiles)
        url = path.as_uri()

        def allowed(asked: str) -> bool:
            return asked == url or bool(tiles and asked.startswith(f"{tiles}/"))

        def fault(said: Any) -> bool:
            lost = said.text.startswith("Failed to load resource") and allowed(said.location["url"])
            return said.type == "error" and not lost

        made.route("**/*", lambda route: route.continue_() if allowed(route.request.url) else route.abort())
        opened = Opened(made.new_page(), tiles=tiles)
        pages.append(opened)
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("pageerror", lambda error: opened.faults.append(str(error)))
        opened.page.on(
            "console",
            lambda said: opened.faults.append(said.text) if fault(said) else None,
        )
        opened.page.on("dialog", lambda box: (opened.faults.append(f"dialog: {box.message}"), box.dismiss()))
        opened.page.goto(url + at)
        opened.wait("Boolean(window.phusong && phusong.ready)")
        return opened

    yield open_file
    for opened in pages:
        asked = [url for url in opened.requests if url != opened.page.url.split("#")[0]]
        assert [url for url in asked if not (opened.tiles and url.startswith(f"{opened.tiles}/"))] == []
        assert opened.faults == []
    for made in contexts:
        made.close()
