"""The parts of BENCHMARKS.md, from the modules of this folder, and figures against their targets."""

import pkgutil
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from benchmarks.machine import describe_moment
from benchmarks.timing import Scale, say

#: A part of the page: the module's name, and its text up to the next one.
_PART = re.compile(r"^<!-- (\w+) -->$(.*?)(?=^<!-- \w+ -->$|\Z)", flags=re.MULTILINE | re.DOTALL)


def section_modules() -> list[str]:
    """The names of the modules here that have `sections`."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return [n for n in names if n != "__main__" and hasattr(import_module(f"benchmarks.{n}"), "sections")]


def measure(scale: Scale, names: Sequence[str]) -> dict[str, str]:
    """The parts of these modules, each with the moment of its measuring."""
    parts = {}
    for name in names:
        say(f"{name}:")
        moment = describe_moment()
        parts[name] = "\n\n".join([moment, *import_module(f"benchmarks.{name}").sections(scale)])
    return parts


def page_of(head: str, parts: Mapping[str, str], before: str = "") -> str:
    """The page: its head, and every module's part; a part that is not in `parts` stays as it was `before`."""
    old = dict(_PART.findall(before))
    known = {name: parts.get(name, old.get(name, "").strip()) for name in section_modules()}
    shown = [f"<!-- {name} -->\n\n{text}" for name, text in known.items() if text]
    return "\n\n".join([head, *shown]) + "\n"


@dataclass(frozen=True)
class Check:
    """A figure against its target: what, figure as text, target as text, and whether it is met."""

    what: str
    figure: str
    target: str
    met: bool

    @property
    def row(self) -> str:
        """A row of a Markdown table."""
        return f"| {self.what} | {self.figure} | {self.target} | {'met' if self.met else '**missed**'} |"


def at_least(what: str, value: float, target: float, text: str) -> Check:
    """A figure that should be large; `text` formats figure and target."""
    return Check(what, text.format(value), f"≥ {text.format(target)}", value >= target)


def at_most(what: str, value: float, target: float, text: str) -> Check:
    """A figure that should be small."""
    return Check(what, text.format(value), f"≤ {text.format(target)}", value <= target)


def checks_table(checks: Sequence[Check]) -> str:
    """Figures against targets as Markdown."""
    return "\n".join(
        ["| figure | measured | target | |", "|---|---|---|---|", *(check.row for check in checks)]
    )
