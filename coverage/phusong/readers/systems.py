"""Layers that come from other systems: PostGIS, OFDS networks, DXF drawings. One file each; this picks it."""

from pathlib import Path

import pandas as pd

from phusong.domain import Finding
from phusong.readers.broken import is_there
from phusong.readers.drawings import read_drawing
from phusong.readers.ofds import is_ofds, read_ofds
from phusong.readers.postgis import is_postgis, read_postgis
from phusong.study import Source


def read_system(name: str, source: Source, path: Path) -> tuple[pd.DataFrame, Source, list[Finding]] | None:
    """The rows of the layer, how to go on reading them, and what to know; None for any other file.

    Raises InputError as the reader of the system does.
    """
    if is_postgis(source.path):
        frame, findings = read_postgis(name, source)
        return frame, source, findings
    if not is_there(path) or path.is_dir():
        return None
    if path.suffix.lower() == ".dxf":
        frame, findings = read_drawing(name, source, path)
        return frame, source, findings
    if is_ofds(path):
        frame, findings = read_ofds(path, name)
        return frame, source.model_copy(update={"profile": "ofds"}), findings
    return None
