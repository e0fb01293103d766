"""The official's map of a run: one HTML file that opens anywhere, without internet."""

from collections.abc import Callable
from pathlib import Path

from phusong.beside import whole_file
from phusong.language import LANGUAGES, _
from phusong.maps.page import offline_page
from phusong.maps.payload import SPARE, Extras, payload
from phusong.maps.texts import INTERFACE
from phusong.runs import Run
from phusong.units import decimal, money_in

__all__ = ["Extras", "draw_map"]

#: A page larger than this is slow to send and to open: what can be spared is left out.
MOST_BYTES = 10_000_000


def draw_map(
    run: Run,
    path: Path,
    *,
    language: str = "vi",
    extras: Extras | None = None,
    warn: Callable[[str], None] | None = None,
) -> Path:
    """Write the map of `run`, with `extras` if any, to `path` and give the path back.

    The page holds both languages and opens in `language`. The same run gives the same bytes. A page above
    `MOST_BYTES` is drawn without what can be spared, one thing after another; it says so itself, and `warn`
    is told. Raises RunError for extras that do not belong to the run; the file is then as it was.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language!r}")
    with money_in(run.currency):
        page, left_out = _page_that_fits(run, language, extras)
    if left_out and warn:
        what = "; ".join(_(INTERFACE[f"left_out_{name}"]) for name in left_out)
        warn(_("Left out of the map to keep it small: {what}.").format(what=what))
    if len(page) > MOST_BYTES and warn:
        size = decimal(len(page) / 1e6, 1)
        warn(_("The map has {size} MB: it is slow to send and to open.").format(size=size))
    with whole_file(path) as part:
        part.write_bytes(page)
    return path


def _page_that_fits(run: Run, language: str, extras: Extras | None) -> tuple[bytes, list[str]]:
    """The page, and what it was drawn without (keys of `SPARE`)."""

    def page_without(left_out: list[str]) -> bytes:
        return offline_page(payload(run, language, extras, left_out)).encode("utf-8")

    if len(page := page_without([])) <= MOST_BYTES:
        return page, []
    spare = list(SPARE)
    # The least first: a nation's page is too large all the same.
    least = page_without(spare)
    if len(least) <= MOST_BYTES:
        for count in range(1, len(spare)):
            if len(page := page_without(spare[:count])) <= MOST_BYTES:
                return page, spare[:count]
    return least, spare
