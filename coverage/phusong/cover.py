"""How much area and how many people each class of signal reaches, by commune, radio and operator."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from rasterio.enums import Resampling
from rasterio.features import rasterize
from rasterio.warp import reproject

from phusong.domain import COVERAGE, MOBILE_CLASSES, Region, conform
from phusong.footprints import Footprints
from phusong.jit import njit
from phusong.mobile import class_bounds_dbm
from phusong.study import Mobile
from phusong.tiles import OFFSET_DBM, Area, read_arrays

#: The operator of the rows that stand for the best of all.
ANY = "*"
_CLASSES = len(MOBILE_CLASSES)


@dataclass
class _Sums:
    """Cells and people by (radio, operator): arrays [level, commune, class]; people by commune."""

    cells: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    people: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    residents: np.ndarray = field(default_factory=lambda: np.zeros(0))


def coverage_by_commune(footprints: Footprints, region: Region, settings: Mobile) -> pd.DataFrame:
    """COVERAGE of the footprints. Cells where no level could be computed count as class none.

    People: the population raster's, scaled so that each commune has its residents; spread evenly over the
    commune where there is no raster; none where a commune's residents are not known and there is no raster.
    """
    communes = region.communes.sort_values("commune_code", ignore_index=True)
    sums = _Sums(residents=np.zeros(len(communes)))
    for place, file in footprints.tiles.items():
        tile = _tile_of(footprints.area, place, file)
        _add_tile(sums, tile, footprints, communes, region, settings)
    known = communes["population"].astype("float64").to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(np.isnan(known), 1.0 if region.population else np.nan, known / sums.residents)
    cell_km2 = (footprints.area.cell_m / 1000) ** 2
    tables = [
        _rows(
            radio, operator, cells * cell_km2, sums.people[radio, operator] * scale[None, :, None], communes
        )
        for (radio, operator), cells in sums.cells.items()
    ]
    return conform(pd.concat(tables, ignore_index=True), COVERAGE)


@dataclass(frozen=True)
class _Tile:
    area: Area
    levels: np.ndarray


def _tile_of(area: Area, place: tuple[int, int], file: Path) -> _Tile:
    (levels,) = read_arrays(file, 1)
    return _Tile(Area(area.row + place[0], area.column + place[1], levels.shape[2:], area.cell_m), levels)


def _add_tile(
    sums: _Sums,
    tile: _Tile,
    footprints: Footprints,
    communes: gpd.GeoDataFrame,
    region: Region,
    settings: Mobile,
) -> None:
    """Count a tile's cells and people into the sums."""
    commune = rasterize(
        ((shape, i) for i, shape in enumerate(communes.geometry)),
        tile.area.shape,
        fill=-1,
        transform=tile.area.transform,
        dtype="int32",
    )
    people = _people(tile.area, region, communes.crs)
    inside = commune >= 0
    sums.residents += np.bincount(commune[inside], people[inside], len(communes))
    for radio, operator, levels in _by_operator(tile, footprints):
        cells = np.zeros((3, len(communes), _CLASSES))
        heads = np.zeros_like(cells)
        count(levels, commune, people, _class_of_byte(radio, settings), cells, heads)
        _add(sums.cells, (radio, operator), cells)
        _add(sums.people, (radio, operator), heads)


@njit()
def count(
    levels: np.ndarray,
    commune: np.ndarray,
    people: np.ndarray,
    class_of_byte: np.ndarray,
    cells: np.ndarray,
    heads: np.ndarray,
) -> None:
    """Add the cells and people of a tile to `cells` and `heads` [level, commune, class].

    `levels` [3, r, c] bytes; `commune` [r, c] its number, −1 outside; `people` [r, c] residents.
    """
    for r in range(commune.shape[0]):
        for c in range(commune.shape[1]):
            place = commune[r, c]
            if place >= 0:
                for k in range(3):
                    found = class_of_byte[levels[k, r, c]]
                    cells[k, place, found] += 1
                    heads[k, place, found] += people[r, c]


def _add(sums: dict[tuple[str, str], np.ndarray], key: tuple[str, str], value: np.ndarray) -> None:
    sums[key] = sums[key] + value if key in sums else value.astype(float)


def _by_operator(tile: _Tile, footprints: Footprints) -> Iterator[tuple[str, str, np.ndarray]]:
    """Levels [3, i, j] of each operator and radio, and of the best of all operators of a radio."""
    best: dict[str, np.ndarray] = {}
    for g, (operator, radio) in enumerate(footprints.groups):
        levels = tile.levels[g]
        best[radio] = np.maximum(best[radio], levels) if radio in best else levels
        yield radio, operator, levels
    for radio, levels in best.items():
        yield radio, ANY, levels


def _class_of_byte(radio: str, settings: Mobile) -> np.ndarray:
    """Position in MOBILE_CLASSES of each level byte; no level is class none."""
    bounds = np.array(class_bounds_dbm(radio, settings)) - OFFSET_DBM
    return np.searchsorted(bounds, np.arange(256), side="right").astype(np.uint8)


def _people(area: Area, region: Region, crs: Any) -> np.ndarray:
    """Residents on each cell of a tile before scaling: as dense as the raster says; 1 without one."""
    if not region.population:
        return np.ones(area.shape)
    out = np.zeros(area.shape)
    for raster in region.population:
        with rasterio.open(raster.path) as source:
            density = np.full(area.shape, np.nan)
            reproject(
                rasterio.band(source, 1),
                density,
                src_nodata=source.nodata,
                dst_transform=area.transform,
                dst_crs=crs.to_wkt(),
                dst_nodata=np.nan,
                resampling=Resampling.nearest,
            )
        out += np.nan_to_num(np.maximum(density, 0))
    return out


def _rows(
    radio: str, operator: str, area_km2: np.ndarray, people: np.ndarray, communes: pd.DataFrame
) -> pd.DataFrame:
    """COVERAGE rows of one operator and radio from arrays [level, commune, class]."""
    index = pd.MultiIndex.from_product(
        [communes["commune_code"], MOBILE_CLASSES], names=["commune_code", "signal_class"]
    )
    columns = {}
    for level, suffix in enumerate(("", "_low", "_high")):
        columns[f"area{suffix}_km2"] = area_km2[level].ravel().round(3)
        columns[f"people{suffix}"] = people[level].ravel().round(1)
    return pd.DataFrame(columns, index=index).reset_index().assign(radio=radio, operator=operator)
