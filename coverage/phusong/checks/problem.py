"""What a check finds."""

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd

from phusong.domain import Finding


@dataclass(frozen=True)
class Problem:
    """Something wrong with a row (`index`) of a table, or with the whole table (`index` None).

    `set_aside` takes the row out; `replacement` puts other values in; neither leaves it as it is.
    """

    table: str
    index: Any
    what: str
    do: str
    set_aside: bool = False
    replacement: dict[str, Any] = field(default_factory=dict)
    file: str = ""
    #: Which cell is meant, and what may be meant by it (`Finding.column`, `Finding.suggest`).
    column: str | None = None
    suggest: tuple[tuple[str, str], ...] = ()


def findings_of(problems: list[Problem], frame: gpd.GeoDataFrame) -> list[Finding]:
    """The problems of a table, each with its file and row."""
    where = {
        index: (str(file), int(row))
        for index, file, row in zip(frame.index, frame["source"], frame["row"], strict=True)
    }
    return [_finding(p, *(_files(p, frame) if p.index is None else where[p.index])) for p in problems]


def _files(problem: Problem, frame: gpd.GeoDataFrame) -> tuple[str, None]:
    if problem.file or not len(frame):
        return problem.file or problem.table, None
    return ", ".join(sorted(set(frame["source"]))), None


def _finding(problem: Problem, file: str, row: int | None) -> Finding:
    level = "error" if problem.set_aside else "warning"
    suggest = () if row is None else problem.suggest
    return Finding(level, file, row, problem.what, problem.do, problem.column, suggest, problem.table)
