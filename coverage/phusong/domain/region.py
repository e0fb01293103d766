"""Things of which there is one: a region with all its inputs, a raster, a finding."""

from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd

from phusong.domain.inputs import INDICATORS, REPORTS
from phusong.domain.tables import empty

#: Columns of the units that may report indicators: level, code (empty where no list has it), unit list, bare
#: name, name with its type, and whether it is one of the study's.
UNIT_COLUMNS = ("level", "unit_code", "vintage", "name", "full_name", "in_study")


@dataclass(frozen=True)
class Finding:
    """Something wrong with an input: where, what, and what to do. `level` is "error" or "warning".

    `column` is the file's header or our name of the column, where one cell is meant (several: "a; b").
    `suggest` are values that may be meant, as pairs of column and text; nothing is changed by them.
    `table` is the input that the file was read as, where that is known: one file may hold several.
    """

    level: str
    file: str
    row: int | None
    what: str
    do: str
    column: str | None = None
    suggest: tuple[tuple[str, str], ...] = ()
    table: str | None = None

    @property
    def line(self) -> str:
        """The finding as one line of text."""
        where = self.file if self.row is None else f"{self.file}:{self.row}"
        return " ".join(f"{where}: {self.what}. {self.do}".split())


@dataclass(frozen=True)
class Raster:
    """A raster that a study names: its path, its bounds (west, south, east, north in degrees), its
    coordinate system and shape (rows, columns)."""

    path: Path
    bounds: tuple[float, float, float, float]
    crs: str
    shape: tuple[int, int]


@dataclass(frozen=True)
class Region:
    """The inputs of a study as tables, those with shapes in one metric CRS; rasters stay paths.

    `units` are those that may report indicators (`readers.indicators.known_units`).
    `set_aside` keeps the rows that could not be used, each with its reason; `notes` are findings of
    the readers; `corrections` says what became of each correction that the study gives.
    """

    communes: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    fibre: gpd.GeoDataFrame
    cells: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    rivers: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame
    measurements: gpd.GeoDataFrame
    nodes: gpd.GeoDataFrame
    ducts: gpd.GeoDataFrame
    power_lines: gpd.GeoDataFrame
    landslides: gpd.GeoDataFrame
    crosswalk: pd.DataFrame
    elevation: tuple[Raster, ...] = ()
    slope: tuple[Raster, ...] = ()
    canopy: tuple[Raster, ...] = ()
    population: tuple[Raster, ...] = ()
    set_aside: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[Finding, ...] = ()
    corrections: pd.DataFrame = field(default_factory=pd.DataFrame)
    reports: pd.DataFrame = field(default_factory=lambda: empty(REPORTS))
    indicators: pd.DataFrame = field(default_factory=lambda: empty(INDICATORS))
    units: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(UNIT_COLUMNS)))
