"""Land drawn for the tests: heights on 30 m cells, cells of mobile networks, communes, in metres."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from drawn_plan import CRS, lines, region, sites
from rasterio.transform import from_origin

from phusong.domain import Raster, Region

#: Where the drawn coordinates begin in the metric system.
X0, Y0 = 500_000.0, 1_700_000.0
Height = Callable[[np.ndarray, np.ndarray], np.ndarray]


def moved(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(X0 + x, Y0 + y) for x, y in points]


def level(x: np.ndarray, _y: np.ndarray) -> np.ndarray:
    return np.full_like(x, 100.0)


def ridge(x: np.ndarray, _y: np.ndarray) -> np.ndarray:
    """Level ground at 100 m with a ridge of 300 m more from north to south at x = 5 km, highest at y = 0."""
    return (
        100
        + 300 * np.exp(-(((x - 5000) / 400) ** 2)) * np.exp(-((_y / 3000) ** 2))
        + 250 * np.exp(-(((x - 5000) / 400) ** 2))
    )


def elevation(path: Path, height: Height) -> Raster:
    """A raster of 24 × 16 km about the drawn origin."""
    west, north, columns, rows = X0 - 4000, Y0 + 8000, 800, 540
    x = west + (np.arange(columns) + 0.5) * 30 - X0
    y = north - (np.arange(rows) + 0.5) * 30 - Y0
    values = height(*np.meshgrid(x, y)).astype(np.float32)
    profile = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", **profile, crs=CRS, transform=from_origin(west, north, 30, 30)) as raster:
        raster.write(values, 1)
    return Raster(path, (0, 0, 0, 0), CRS, (rows, columns))


def cells(rows: Sequence[tuple[str, str, float, float]], **more: object) -> gpd.GeoDataFrame:
    """Cells (id, radio, x, y) of one operator, 40 m up, all round."""
    frame = pd.DataFrame(
        {
            "cell_id": [row[0] for row in rows],
            "operator": "Viettel",
            "radio": [row[1] for row in rows],
            "frequency_mhz": 1800.0,
            "antenna_height_m": 40.0,
            "eirp_dbm": 58.0,
            "azimuth_deg": np.nan,
            "tilt_deg": np.nan,
            **more,
        }
    )
    return gpd.GeoDataFrame(frame, geometry=[shapely.Point(X0 + r[2], Y0 + r[3]) for r in rows], crs=CRS)


def land(
    at: Mapping[str, tuple[float, float]],
    heights: Raster | None = None,
    masts: gpd.GeoDataFrame | None = None,
    fibre: Sequence[Sequence[tuple[float, float]]] = (((-1000, 0), (0, 0)),),
    roads: Sequence[Sequence[tuple[float, float]]] = (((-1000, 0), (12_000, 0)),),
    population: int | None = 1000,
) -> Region:
    """One commune with sites, a road and fibre; by default fibre ends at the origin."""
    where = region(
        lines([moved(line) for line in roads]),
        lines([moved(line) for line in fibre], "F"),
        sites({s: (X0 + x, Y0 + y) for s, (x, y) in at.items()}, None, dict.fromkeys(at, "10000")),
    )
    commune = gpd.GeoDataFrame(
        {"commune_code": ["10000"], "province": [None], "population": pd.array([population], "Int64")},
        geometry=[shapely.box(X0 - 3000, Y0 - 7000, X0 + 19_000, Y0 + 7000)],
        crs=CRS,
    )
    where = replace(where, communes=commune, elevation=(heights,) if heights else ())
    return where if masts is None else replace(where, cells=masts)
