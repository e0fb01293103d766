"""What is wrong with the inputs: `check_region` runs every check and sets bad rows aside.

A check is a function of the region that returns Problems; add one to a module here and to CHECKS.
Checks run in order, each on what the ones before it left.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from phusong.checks.places import (
    communes_without_sites,
    far_lines,
    far_points,
    sites_outside_elevation,
    sites_outside_their_commune,
    unknown_communes,
)
from phusong.checks.problem import Problem
from phusong.checks.reports import contradicting_reports, same_place_twice
from phusong.checks.roads import roads_in_parts
from phusong.checks.rows import broken_rows, broken_shapes, same_id_twice
from phusong.domain import INPUT_TABLES, Finding, Region
from phusong.language import current_language, speaking

__all__ = ["CHECKS", "check_region", "check_region_in"]

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
    region, found = _apply(region, [p for f in region.notes for p in _as_problems(region, f)])
    for check in CHECKS:
        problems = list(check(region))
        if problems and language != current_language():
            with speaking(language):
                said += [p.finding(getattr(region, p.table)) for p in check(region)]
        region, found = _apply(region, problems)
        findings += found
        said += found if language == current_language() else []
    return region, _in_order(findings), _in_order(said)


def _in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda f: (f.file, f.row or 0, f.what))


def _as_problems(region: Region, finding: Finding) -> Iterable[Problem]:
    if finding.level != "error":
        return
    for name in INPUT_TABLES if finding.table is None else (finding.table,):
        frame = getattr(region, name)
        here = (frame["source"] == finding.file) & (frame["row"] == finding.row)
        for index in frame.index[here]:
            yield Problem(name, index, finding.what, finding.do, set_aside=True)


def _apply(region: Region, problems: list[Problem]) -> tuple[Region, list[Finding]]:
    """The region after what the problems ask for: rows set aside, values replaced."""
    findings: list[Finding] = []
    aside: list[dict[str, Any]] = []
    frames: dict[str, gpd.GeoDataFrame] = {}
    gone: dict[str, set[int]] = {}
    for problem in problems:
        frame = frames.get(problem.table, getattr(region, problem.table))
        findings.append(problem.finding(frame))
        if problem.index is None:
            continue
        if problem.set_aside and problem.index not in gone.setdefault(problem.table, set()):
            gone[problem.table].add(problem.index)
            aside.append(_aside_row(frame.loc[problem.index], problem))
        if problem.replacement:
            if problem.table not in frames:
                frame = frames[problem.table] = frame.copy()
            for column, value in problem.replacement.items():
                frame.loc[[problem.index], column] = value
    for name, indices in gone.items():
        frame = frames.get(name, getattr(region, name))
        frames[name] = frame.drop(index=sorted(indices))
    kept = [part for part in (region.set_aside, pd.DataFrame(aside)) if len(part)]
    set_aside = pd.concat(kept, ignore_index=True) if kept else region.set_aside
    return replace(region, **frames, set_aside=set_aside), findings


def _aside_row(row: pd.Series, problem: Problem) -> dict[str, Any]:
    values = {k: str(v) for k, v in row.items() if k not in ("source", "row", "geometry") and pd.notna(v)}
    shape = row.get("geometry")
    return {
        "file": row["source"],
        "row": row["row"],
        "table": problem.table,
        "reason": problem.what,
        "do": problem.do,
        "values": json.dumps(values, ensure_ascii=False, sort_keys=True),
        "geometry_wkt": shape.wkt if shape is not None and len(shape.wkt) < 1000 else "",
    }
