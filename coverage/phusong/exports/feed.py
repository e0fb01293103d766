"""The feed for an operations centre (IOC) or a reporting system (LRIS): JSON and CSV of the same rows, and a
JSON Schema (2020-12) made from the table's declaration.

Numbers are whole or in full precision, with a point, whatever the language; what is not known is null (in the
CSV empty). In the CSV alone a text that a spreadsheet would run as a formula has a quote before it.
"""

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pandera.pandas as pa

from phusong.beside import whole_file
from phusong.feed import FEED, feed_of
from phusong.language import _m
from phusong.runs import Run, safe_cell

NAME = "feed"
MEANING = _m(
    "A feed for an operations centre (IOC) or a reporting system (LRIS): indicators, coverage and plan by "
    "unit and date, as JSON and CSV with a JSON Schema"
)
#: It is for the province, not for a partner.
IN_PACKAGE = False
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def write(run: Run, folder: Path, language: str = "vi") -> list[Path]:
    """feed.json, feed.csv and feed.schema.json, in both languages whatever `language`."""
    rows = [{name: _plain(cell) for name, cell in row.items()} for row in feed_of(run).to_dict("records")]
    said = {key: run.manifest.get(key) for key in ("run_id", "title", "created", "phusong")}
    files = {
        "feed.json": _with_rows({"$schema": "feed.schema.json", **said}, rows),
        "feed.csv": _csv(rows),
        "feed.schema.json": json.dumps(schema(), ensure_ascii=False, indent=1) + "\n",
    }
    for name, content in files.items():
        with whole_file(folder / name) as part:
            part.write_bytes(content.encode("utf-8"))
    return [folder / name for name in files]


def _plain(cell: Any) -> Any:
    """A cell as JSON has it: text, a number (whole where it is), or null."""
    if isinstance(cell, str):
        return cell
    if cell is None or cell != cell or not math.isfinite(cell):
        return None
    return int(cell) if cell == int(cell) else float(cell)


def _with_rows(head: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """One JSON object, each row on a line of its own."""
    said = [json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows]
    opening = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    return opening + ',\n "rows": [\n' + ",\n".join(said) + "\n]\n}\n"


def _csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(FEED.columns)
    for row in rows:
        writer.writerow(["" if cell is None else safe_cell(cell) for cell in row.values()])
    return out.getvalue()


def schema() -> dict[str, Any]:
    """The JSON Schema of feed.json; `$defs.row` is that of a row, in the CSV too."""
    columns = {name: _column(column) for name, column in FEED.columns.items()}
    head = {
        "$schema": {"type": "string"},
        "run_id": {"type": "string", "description": "run that the figures come from"},
        "title": {"type": "string", "description": "title of the study"},
        "created": {"type": ["string", "null"], "description": "when the run was made"},
        "phusong": {"type": ["string", "null"], "description": "version of the program"},
    }
    return {
        "$schema": _DIALECT,
        "title": "Phủ Sóng feed",
        "description": FEED.description,
        "type": "object",
        "properties": {**head, "rows": {"type": "array", "items": {"$ref": "#/$defs/row"}}},
        "required": ["run_id", "title", "rows"],
        "additionalProperties": False,
        "$defs": {
            "row": {
                "type": "object",
                "properties": columns,
                "required": list(columns),
                "additionalProperties": False,
            }
        },
    }


def _column(column: pa.Column) -> dict[str, Any]:
    """What the declaration of a column says, in JSON Schema's words."""
    kind = {"float64": "number", "Int64": "integer", "int64": "integer"}.get(str(column.dtype), "string")
    said: dict[str, Any] = {
        "type": [kind, "null"] if column.nullable else kind,
        "description": column.description,
    }
    for check in column.checks:
        limits = check.statistics or {}
        if "allowed_values" in limits:
            said["enum"] = [*limits["allowed_values"], *([None] if column.nullable else [])]
        if "min_value" in limits:
            said["minLength" if kind == "string" else "minimum"] = limits["min_value"]
        if "max_value" in limits and limits["max_value"] is not None:
            said["maxLength" if kind == "string" else "maximum"] = limits["max_value"]
        if "pattern" in limits:
            pattern = limits["pattern"]
            said["pattern"] = pattern if isinstance(pattern, str) else pattern.pattern
    return said
