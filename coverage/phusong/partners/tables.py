"""The tables of a package as CSV, and read back from an earlier package."""

import io
from pathlib import Path

import pandas as pd

from phusong.layers import DECLARED
from phusong.partners.schemas import fields_of, type_of
from phusong.runs import safe_cell

FOLDER = "tables"
#: The shape whose place fits into two columns.
_POINT = "Point"


def has_places(table: str) -> bool:
    """Does the CSV of a table have `lon` and `lat`?"""
    columns = DECLARED[table].columns
    return "geometry" in columns and columns["geometry"].description == _POINT


def key_of(table: str) -> list[str]:
    """The columns that name a row."""
    return str((DECLARED[table].metadata or {})["key"]).split("+")


def write_table(frame: pd.DataFrame, table: str, path: Path) -> None:
    """A table as CSV for people and programs: UTF-8, numbers exact, text that a spreadsheet would run
    behind a quote, points as `lon` and `lat`."""
    out = pd.DataFrame({name: frame[name] for name in fields_of(table)})
    for name, column in fields_of(table).items():
        kind = type_of(column)
        if kind == "string":
            out[name] = out[name].map(_one_line, na_action="ignore").map(safe_cell, na_action="ignore")
        elif kind == "boolean":
            out[name] = out[name].map({True: "true", False: "false"})
    if has_places(table):
        out["lon"], out["lat"] = (
            (frame.geometry.x, frame.geometry.y) if len(frame) else (pd.Series(dtype=float),) * 2
        )
    out.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def read_table(content: bytes, table: str) -> pd.DataFrame:
    """A table of a package as `write_table` left it; columns that the program no longer knows are dropped."""
    known = {name: type_of(column) for name, column in fields_of(table).items()}
    known |= {"lon": "number", "lat": "number"} if has_places(table) else {}
    frame = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, encoding="utf-8-sig")
    out = {}
    for name, kind in known.items():
        if name in frame:
            cells = frame[name].mask(frame[name] == "")
            out[name] = _typed(cells, kind)
    return pd.DataFrame(out)


def _typed(cells: pd.Series, kind: str) -> pd.Series:
    if kind == "boolean":
        return cells.map({"true": True, "false": False})
    if kind == "string":
        return cells
    numbers = cells.map(float, na_action="ignore").astype("float64")
    return numbers.astype("Int64") if kind == "integer" else numbers
