"""The run folder: everything that later verbs need, and how it came about (manifest.json)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd


@dataclass(frozen=True)
class Run:
    """A run as it lies in its folder. Tables are in EPSG:4326, by name: those of
    `domain.INPUT_TABLES` and `domain.RESULT_TABLES`."""

    folder: Path
    manifest: dict[str, Any]
    tables: dict[str, gpd.GeoDataFrame]
