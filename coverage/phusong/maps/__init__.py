"""The official's map of a run: one HTML file that opens anywhere, without internet."""

from pathlib import Path

from phusong.language import LANGUAGES
from phusong.maps.page import offline_page
from phusong.maps.payload import payload
from phusong.runs import Run
from phusong.units import money_in

__all__ = ["draw_map"]


def draw_map(run: Run, path: Path, *, language: str = "vi") -> Path:
    """Write the map of `run` to `path` and give the path back.

    The page holds both languages and opens in `language`. The same run gives the same bytes.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language!r}")
    with money_in(run.currency):
        page = offline_page(payload(run, language))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8", newline="\n")
    return path
