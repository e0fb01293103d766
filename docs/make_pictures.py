"""The pictures of docs/: the map of the bundled study as people see it, on a desk and on a phone.

make run && .venv/bin/python docs/make_pictures.py
"""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "maps" / "nam-giang" / "map.html"
DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
#: File, screen, and what is done before the picture is taken.
PICTURES = (
    ("map-nam-giang.png", DESK, "null"),
    ("map-nam-giang-en.png", DESK, "phusong.serve(2); phusong.speak('en')"),
    ("map-commune.png", DESK, "phusong.choose({kind: 'commune', place: phusong.communeOf('20698')}, true)"),
    ("map-phone-vi.png", PHONE, "null"),
    ("map-phone-en.png", PHONE, "phusong.speak('en'); phusong.choose({kind: 'investment', place: 8}, true)"),
)


def main() -> None:
    program = next(p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p)
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for name, screen, script in PICTURES:
            take(browser, name, screen, script)
        browser.close()


def take(browser: Browser, name: str, screen: dict[str, object], script: str) -> None:
    context = browser.new_context(**screen, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_offline(True)
    page = context.new_page()
    page.goto(PAGE.as_uri())
    while not page.evaluate("Boolean(window.phusong && phusong.ready)"):
        page.wait_for_timeout(20)
    page.evaluate(f"() => {{ {script}; document.activeElement.blur(); }}")
    page.wait_for_timeout(300)
    page.screenshot(path=HERE / name)
    context.close()


if __name__ == "__main__":
    main()
