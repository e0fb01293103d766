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


OpenPage = Callable[..., Opened]


@pytest.fixture
def open_page(chromium: Any) -> Iterator[OpenPage]:
    """Opens a file (`at` a "#…" of its address) in a browser that has no network. Nothing may be asked for
    and nothing may go wrong."""
    contexts: list[Any] = []
    pages: list[Opened] = []

    def open_file(
        path: Path, *, at: str = "", width: int = 1400, height: int = 900, **context: Any
    ) -> Opened:
        made = chromium.new_context(viewport={"width": width, "height": height}, **context)
        contexts.append(made)
        made.set_offline(True)
        made.route("**/*", lambda route: route.continue_() if route.request.url == url else route.abort())
        url = path.as_uri()
        opened = Opened(made.new_page())
        pages.append(opened)
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("pageerror", lambda error: opened.faults.append(str(error)))
        opened.page.on(
            "console",
            lambda said: opened.faults.append(said.text) if said.type == "error" else None,
        )
        opened.page.on("dialog", lambda box: (opened.faults.append(f"dialog: {box.message}"), box.dismiss()))
        opened.page.goto(url + at)
        opened.wait("Boolean(window.phusong && phusong.ready)")
        return opened

    yield open_file
    for opened in pages:
        assert [url for url in opened.requests if url != opened.page.url.split("#")[0]] == []
        assert opened.faults == []
    for made in contexts:
        made.close()
