"""What other installed packages add, by entry points: technologies, export formats, sources of open data."""

from contextlib import suppress
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType

#: The entry point groups.
OPTIONS, EXPORTS, SOURCES = "phusong.options", "phusong.exports", "phusong.sources"


def modules_of(group: str) -> list[ModuleType]:
    """The modules that installed packages have in an entry point group, in the order of their names."""
    return [point.load() for point in sorted(entry_points(group=group), key=lambda point: point.name)]


@cache
def words_of_others(language: str) -> dict[str, str]:
    """Code → word in `language`, from the WORDS (language → code → word) of others' technologies. A package
    that cannot be loaded has none: that is said where it is asked for its options."""
    out: dict[str, str] = {}
    with suppress(Exception):
        for module in modules_of(OPTIONS):
            out |= getattr(module, "WORDS", {}).get(language, {})
    return out
