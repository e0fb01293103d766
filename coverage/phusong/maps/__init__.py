"""The official's map of a run: one HTML file that opens anywhere, without internet."""

from pathlib import Path

from phusong.language import LANGUAGES
from phusong.maps.page import offline_page
from phusong.maps.payload import Extras, payload
from phusong.runs import Run
from phusong.units import money_in

__all__ = ["Extras", "draw_map"]


def draw_map(run: Run, path: Path, *, language: str = "vi", extras: Extras | None = None) -> Path:
    """Write the map of `run`, with `extras` if any, to `path` and give the path back.

    The page holds both languages and opens in `language`. The same run gives the same bytes. Raises RunError
    for extras that do not belong to the run; the file is then as it was.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language!r}")
    with money_in(run.currency):
        page = offline_page(payload(run, language, extras))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(page, encoding="utf-8", newline="\n")
    return part.replace(path)
