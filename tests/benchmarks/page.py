"""The parts of BENCHMARKS.md, from the modules of this folder, and figures against their targets."""

import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from benchmarks.timing import Scale, say


def section_modules() -> list[str]:
    """The names of the modules here that have `sections`."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return [n for n in names if n != "__main__" and hasattr(import_module(f"benchmarks.{n}"), "sections")]


def measure(scale: Scale, only: str | None = None) -> list[str]:
    """The parts of every module, or of one."""
    parts = []
    for name in section_modules():
        if only in (None, name):
            say(f"{name}:")
            parts += import_module(f"benchmarks.{name}").sections(scale)
    return parts


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
