"""Lists written in another tool's way: its columns, its words, the rows that count (data/profiles/)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from phusong.bundled import bundled
from phusong.domain import Finding
from phusong.language import _
from phusong.readers.tables import ROW
from phusong.study import Source
from phusong.units import fold


@cache
def profile_sheet(name: str) -> dict[str, dict[str, Any]]:
    """Layer → `files`, `columns`, `values`, `only` of a profile; `empty`: what an empty cell means."""
    return tomllib.loads(bundled(f"profiles/{name}.toml").read_text(encoding="utf-8"))


def read_through(
    raw: gpd.GeoDataFrame, name: str, source: Source, path: Path
) -> tuple[gpd.GeoDataFrame, Source, list[Finding]]:
    """The file's cells in our words, the source with the profile's columns, and the rows that do not count.

    Columns that the study maps itself stay as it says. Without a profile all is as it was.
    """
    if source.profile is None:
        return raw, source, []
    said = profile_sheet(source.profile).get(name, {})
    columns = _columns(raw, said.get("columns", {})) | source.columns
    raw = raw.copy()
    for ours, words in said.get("values", {}).items():
        if ours in columns and columns[ours] in raw:
            meaning = {fold(theirs): value for theirs, value in words.items()}
            raw[columns[ours]] = [_meant(cell, meaning) for cell in raw[columns[ours]]]
    for ours, value in said.get("empty", {}).items():
        theirs = columns.setdefault(ours, ours)
        cells = raw[theirs] if theirs in raw else pd.Series([None] * len(raw), index=raw.index)
        raw[theirs] = cells.astype("object").where(cells.notna() & (cells.astype("str") != ""), value)
    unusable = [
        finding
        for theirs, words in said.get("only", {}).items()
        for finding in _others(raw, theirs, words, path)
    ]
    return raw, source.model_copy(update={"columns": columns}), unusable


def _columns(raw: pd.DataFrame, candidates: dict[str, list[str]]) -> dict[str, str]:
    """For each of our columns the first of the file's that has anything in it, else the first there is."""
    out = {}
    for ours, theirs in candidates.items():
        there = [name for name in theirs if name in raw]
        filled = [name for name in there if (raw[name].notna() & (raw[name].astype("str") != "")).any()]
        if there:
            out[ours] = (filled or there)[0]
    return out


def _meant(cell: Any, meaning: dict[str, str]) -> Any:
    return meaning.get(fold(cell), cell) if isinstance(cell, str) else cell


def _others(raw: pd.DataFrame, theirs: str, words: list[str], path: Path) -> list[Finding]:
    """A finding for each row whose cell says something but none of the `words`."""
    if theirs not in raw:
        return []
    known = {fold(word) for word in words}
    return [
        Finding(
            "error",
            path.name,
            int(row),
            _("{column} is {text}: not used").format(column=theirs, text=repr(cell)),
            _("Used are: {known}.").format(known=", ".join(words)),
        )
        for cell, row in zip(raw[theirs], raw[ROW], strict=True)
        if isinstance(cell, str) and cell and fold(cell) not in known
    ]
