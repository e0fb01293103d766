"""What is wrong with the inputs: `check_region` runs every check and sets bad rows aside.

A check is a function of the region that returns Problems; add one to a module here and to CHECKS.
Checks run in order, each on what the ones before it left.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import compress
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.checks.places import (
    communes_without_sites,
    far_lines,
    far_points,
    sites_outside_elevation,
    sites_outside_their_commune,
    unknown_communes,
)
from phusong.checks.problem import Problem, findings_of
from phusong.checks.reports import contradicting_reports, same_place_twice
from phusong.checks.roads import roads_in_parts
from phusong.checks.rows import broken_rows, broken_shapes, same_id_twice
from phusong.domain import INPUT_TABLES, Finding, Region
from phusong.language import current_language, speaking

__all__ = ["CHECKS", "check_region", "check_region_in"]

#: A longer shape is not kept with a row that is set aside.
_LONGEST_WKT = 1000
CHECKS: tuple[Callable[[Region], Iterable[Problem]], ...] = (
    broken_shapes,
    broken_rows,
    same_id_twice,
    far_points,
    far_lines,
    unknown_communes,
    sites_outside_their_commune,
    sites_outside_elevation,
    same_place_twice,
    communes_without_sites,
    contradicting_reports,
    roads_in_parts,
)


def check_region(region: Region) -> tuple[Region, list[Finding]]:
    """The region without the rows that cannot be used (in its `set_aside`), and all findings in order
    of file and row. Nothing is changed but what a finding says is changed."""
    return check_region_in(region, current_language(), region.notes)[:2]


def check_region_in(
    region: Region, language: str, notes: Iterable[Finding]
) -> tuple[Region, list[Finding], list[Finding]]:
    """As `check_region`, and the findings said in `language` too; `notes` are the region's in that language.

    Only checks that find something are asked again.
    """
    findings, said = list(region.notes), list(notes)
    # An error that a reader found in a row sets that row aside.
    region, found = _apply(region, list(_of_readers(region)))
    for check in CHECKS:
        problems = list(check(region))
        if problems and language != current_language():
            with speaking(language):
                said += _findings(region, list(check(region)))
        region, found = _apply(region, problems)
        findings += found
        said += found if language == current_language() else []
    return region, _in_order(findings), _in_order(said)


def _findings(region: Region, problems: list[Problem]) -> list[Finding]:
    tables = dict.fromkeys(problem.table for problem in problems)
    return [
        finding
        for name in tables
        for finding in findings_of([p for p in problems if p.table == name], getattr(region, name))
    ]


def _in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda f: (f.file, f.row or 0, f.what))


def _of_readers(region: Region) -> Iterable[Problem]:
    """The errors that the readers found, each for the rows of its table (or of any) that it stands for."""
    errors = [finding for finding in region.notes if finding.level == "error"]
    rows: dict[str, dict[tuple[str, int], list[Any]]] = {}
    for name in INPUT_TABLES if errors else ():
        frame = getattr(region, name)
        rows[name] = {}
        for index, file, row in zip(frame.index, frame["source"], frame["row"], strict=True):
            rows[name].setdefault((file, row), []).append(index)
    for finding in errors:
        for name in INPUT_TABLES if finding.table is None else (finding.table,):
            for index in rows[name].get((finding.file, finding.row or 0), ()):
                yield Problem(name, index, finding.what, finding.do, set_aside=True)


def _apply(region: Region, problems: list[Problem]) -> tuple[Region, list[Finding]]:
    """The region after what the problems ask for: values replaced, then rows set aside."""
    frames: dict[str, gpd.GeoDataFrame] = {}
    findings: list[Finding] = []
    aside = [region.set_aside]
    for name in dict.fromkeys(problem.table for problem in problems):
        here = [problem for problem in problems if problem.table == name]
        frame = getattr(region, name)
        findings += findings_of(here, frame)
        frame = _with_replacements(frame, here)
        gone: dict[Any, Problem] = {}
        for problem in here:
            if problem.set_aside and problem.index is not None:
                gone.setdefault(problem.index, problem)
        if gone:
            aside.append(_aside_rows(frame.loc[list(gone)], list(gone.values())))
            frame = frame.drop(index=list(gone))
        frames[name] = frame
    kept = [part for part in aside if len(part)]
    set_aside = pd.concat(kept, ignore_index=True) if kept else region.set_aside
    return replace(region, **frames, set_aside=set_aside), findings


def _with_replacements(frame: gpd.GeoDataFrame, problems: list[Problem]) -> gpd.GeoDataFrame:
    new: dict[str, dict[Any, Any]] = {}
    for problem in problems:
        for column, value in problem.replacement.items():
            new.setdefault(column, {})[problem.index] = value
    columns = {}
    for column, values in new.items():
        columns[column] = frame[column].array.copy()
        cells = np.empty(len(values), dtype=object)
        cells[:] = list(values.values())
        columns[column][frame.index.get_indexer(list(values))] = cells
    return frame.assign(**columns) if columns else frame


def _aside_rows(rows: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame:
    """The rows as `Region.set_aside` keeps them, each with what its problem says."""
    names = [name for name in rows if name not in ("source", "row", "geometry")]
    values: list[dict[str, str]] = [{} for _row in problems]
    for name in names:
        filled = rows[name].notna().to_numpy()
        for said, value in zip(compress(values, filled), rows[name].array[filled], strict=True):
            said[str(name)] = str(value)
    shapes = shapely.to_wkt(rows["geometry"].to_numpy(), rounding_precision=-1) if "geometry" in rows else ()
    texts = [text if text is not None and len(text) < _LONGEST_WKT else "" for text in shapes]
    return pd.DataFrame(
        {
            "file": rows["source"].to_numpy(),
            "row": rows["row"].to_numpy(),
            "table": [problem.table for problem in problems],
            "reason": [problem.what for problem in problems],
            "do": [problem.do for problem in problems],
            "values": [json.dumps(said, ensure_ascii=False, sort_keys=True) for said in values],
            "geometry_wkt": texts or "",
        }
    )
