"""Cells of OpenCelliD. The user's key is read from the environment and is written nowhere."""

import csv
import gzip
import io
import tomllib
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from phusong.beside import whole_file
from phusong.bundled import bundled
from phusong.domain import UNKNOWN_OPERATOR, Finding
from phusong.fetch.area import Area
from phusong.fetch.getter import Getter
from phusong.fetch.source import Fetched
from phusong.language import _, _m
from phusong.readers.values import radio

NAME = "cells"
MEANING = _m("cells of mobile networks, as phones have met them (OpenCelliD; wants a key)")
PLACE = "cells"
#: The order of the columns in files that come without a header.
COLUMNS = [
    "radio",
    "mcc",
    "net",
    "area",
    "cell",
    "unit",
    "lon",
    "lat",
    "range",
    "samples",
    "changeable",
    "created",
    "updated",
    "averageSignal",
]
_OUT = ("cell_id", "operator", "radio", "lon", "lat", "note")


def fetch(area: Area, folder: Path, getter: Getter) -> list[Fetched]:
    """opencellid_cells.csv: a row a cell in the area."""
    packed = getter.get(PLACE, check_packed)
    assert packed is not None
    rows, bad = read_cells(packed, area.shape)
    path = folder / "opencellid_cells.csv"
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, _OUT, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    few = sum(row["samples"] < 2 for row in rows)
    findings = []
    if few or not rows:
        what = _("{few} of {count} cells were met by one phone only").format(few=few, count=len(rows))
        do = _("Ask the operators for their lists; these positions are rough.")
        findings.append(Finding("warning", path.name, None, what, do))
    if bad:
        what = _("{count} lines of the source were not understood").format(count=bad)
        findings.append(Finding("warning", path.name, None, what, _("Tell its publisher.")))
    about = _("{count} cells").format(count=len(rows))
    return [Fetched(path, PLACE, about, "cells", tuple(findings))]


def check_packed(path: Path, _sure: bool) -> None:
    """ValueError unless it is a gzip file that is whole."""
    with path.open("rb") as stream:
        if stream.read(2) != b"\x1f\x8b":
            raise ValueError(_("no gzip file"))
    try:
        with gzip.open(path) as stream:
            while stream.read(1 << 20):
                pass
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(str(error)) from None


def operators() -> dict[tuple[int, int], str]:
    """Operator by country and network code."""
    said = tomllib.loads(bundled("operators.toml").read_text(encoding="utf-8"))
    return {(int(mcc), int(net)): name for mcc, nets in said.items() for net, name in nets.items()}


def read_cells(path: Path, shape: shapely.Geometry) -> tuple[list[dict[str, Any]], int]:
    """Cells that lie in `shape`, by id, and how many lines could not be understood."""
    names, found, bad = operators(), {}, 0
    with gzip.open(path, "rb") as packed, io.TextIOWrapper(packed, "utf-8", errors="replace") as stream:
        reader = csv.reader(stream)
        columns = list(COLUMNS)
        west, south, east, north = shape.bounds
        for line in reader:
            if line and line[0] == "radio":
                columns = line
                continue
            said = dict(zip(columns, line, strict=False))
            try:
                lon, lat = float(said["lon"]), float(said["lat"])
                if not (west <= lon <= east and south <= lat <= north):
                    continue
                row = _cell(said, lon, lat, names)
            except (KeyError, ValueError):
                bad += bool(line)
                continue
            found[row["cell_id"]] = row
    rows = [found[mark] for mark in sorted(found)]
    at = shapely.points(np.array([[row["lon"], row["lat"]] for row in rows]).reshape(-1, 2))
    return [row for row, inside in zip(rows, shapely.intersects(shape, at), strict=True) if inside], bad


def _cell(said: dict[str, str], lon: float, lat: float, names: dict[tuple[int, int], str]) -> dict[str, Any]:
    net, samples = (int(said["mcc"]), int(said["net"])), int(said.get("samples") or 0)
    return {
        "cell_id": "-".join(said[name] for name in ("mcc", "net", "area", "cell")),
        "operator": names.get(net, UNKNOWN_OPERATOR),
        "radio": radio(said["radio"]),
        "lon": lon,
        "lat": lat,
        "note": f"OpenCelliD, range {said.get('range', '')} m, {samples} samples",
        "samples": samples,
    }
