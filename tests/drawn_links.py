"""A drawn study on disk whose school lies behind a ridge: only microwave over a relay reaches it."""

from pathlib import Path

import numpy as np
import rasterio
from conftest import HEADER, SITES, feature, line, square, write_geojson
from rasterio.transform import from_origin


def write_study(folder: Path, sites: tuple[str, ...] = SITES, plan: str = "", operator: str = "VNPT") -> Path:
    """The world of `conftest.SITES` with a ridge from north to south east of where fibre ends, and trees on
    it; `plan` is added to [plan]."""
    folder.mkdir(parents=True)
    (folder / "sites.csv").write_text("\n".join([HEADER, *sites]) + "\n", encoding="utf-8-sig")
    communes = [
        feature(square(107.5, 15.0), code="00001", name="Xã A", population=3000),
        feature(square(107.6, 15.0), code="00002", name="Xã B", population=1000),
    ]
    fibre = [feature(line((107.52, 15.05), (107.6, 15.05)), fibre_id="F1", operator=operator)]
    roads = [feature(line((107.52, 15.05), (107.6, 15.05), (107.69, 15.05)), road_id="R1")]
    for name, features in {"communes": communes, "fibre": fibre, "roads": roads}.items():
        write_geojson(folder / f"{name}.geojson", features)
    draw_hills(folder / "hills.tif", folder / "trees.tif")
    study = folder / "study.toml"
    study.write_text(
        f"""
title = "Drawn links"
language = "vi"
report_date = "2021-06"

[inputs]
sites = "sites.csv"
communes = "communes.geojson"
fibre = "fibre.geojson"
roads = "roads.geojson"
elevation = "hills.tif"
canopy = "trees.tif"

[plan]
technologies = ["microwave"]
fibre_only = []
plan_unknown = true
{plan}
""",
        encoding="utf-8",
    )
    return study


def draw_hills(ground: Path, trees: Path) -> None:
    """Cells of 1 second: rolling land at 400 m with a ridge of 350 m more; trees of 8 m on the ridge."""
    lon, lat = np.meshgrid(107.4 + (np.arange(1260) + 0.5) / 3600, 15.2 - (np.arange(1080) + 0.5) / 3600)
    ridge = np.exp(-(((lon - 107.625) / 0.004) ** 2))
    heights = 400 + 60 * np.sin(lon * 300) * np.cos(lat * 200) + 350 * ridge * (1 - 8 * np.abs(lat - 15.06))
    for path, values in ((ground, heights), (trees, np.where(ridge > 0.05, 8, 0))):
        about = {"driver": "GTiff", "width": 1260, "height": 1080, "count": 1, "dtype": "float32"}
        where = from_origin(107.4, 15.2, 1 / 3600, 1 / 3600)
        with rasterio.open(path, "w", **about, crs="EPSG:4326", transform=where) as raster:
            raster.write(values.astype(np.float32), 1)
