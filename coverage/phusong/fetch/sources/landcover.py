"""Classes of land of ESA WorldCover, and the heights of trees and houses that they stand for: an estimate."""

import tomllib
from pathlib import Path

import numpy as np
import rasterio

from phusong.beside import whole_file
from phusong.bundled import bundled
from phusong.errors import FetchError
from phusong.fetch.area import Area
from phusong.fetch.getter import Getter
from phusong.fetch.source import Fetched, check_tif, tiles_of, write_window
from phusong.language import _, _m

NAME = "landcover"
MEANING = _m("classes of land, 10 m cells, and an estimate of the heights of trees and houses")
PLACE = "landcover"
#: Cells of heights are as wide as those of the elevation: this many classes a side.
_CLASSES_A_SIDE = 3


def fetch(area: Area, folder: Path, getter: Getter) -> list[Fetched]:
    """landcover.tif and canopy.tif, which a study takes only where its heights are those of the ground."""
    found = [getter.get(PLACE, check_tif, may_lack=True, **tile) for tile in tiles_of(area.bounds, 3)]
    tiles = [tile for tile in found if tile is not None]
    if not tiles:
        raise FetchError(
            _("there is no tile of land classes for the area"),
            where=area.name,
            do=_("Check its coordinates."),
        )
    place, path, canopy = getter.places[PLACE], folder / "landcover.tif", folder / "canopy.tif"
    tags = {"LICENCE": place.licence, "ATTRIBUTION": place.attribution}
    write_window(tiles, area.bounds, path, **tags)
    write_canopy(path, canopy, **tags)
    return [
        Fetched(
            path,
            PLACE,
            _("classes of land"),
            why_not=_("no input of a study; for QGIS"),
            data_date=place.data_date,
        ),
        Fetched(
            canopy,
            PLACE,
            _("heights of trees and houses, estimated from the classes"),
            why_not=_("left out where heights are those of GLO-30: trees are in them and would count twice"),
            data_date=place.data_date,
        ),
    ]


def write_canopy(landcover: Path, path: Path, **tags: str) -> None:
    """Mean height of 3 x 3 classes by the sheet data/canopy.toml; the other classes have none."""
    heights = {
        int(row["class"]): float(row["value"])
        for row in tomllib.loads(bundled("canopy.toml").read_text(encoding="utf-8")).values()
    }
    with rasterio.open(landcover, driver="GTiff") as source:
        classes, transform, crs = source.read(1), source.transform, source.crs
    rows, columns = (max(size // _CLASSES_A_SIDE, 1) for size in classes.shape)
    table = np.zeros(256, np.float32)
    for number, height in heights.items():
        table[number] = height
    cut = table[classes[: rows * _CLASSES_A_SIDE, : columns * _CLASSES_A_SIDE]]
    mean = cut.reshape(rows, cut.shape[0] // rows, columns, cut.shape[1] // columns).mean((1, 3))
    with (
        whole_file(path) as part,
        rasterio.open(
            part,
            "w",
            driver="GTiff",
            height=rows,
            width=columns,
            count=1,
            dtype="float32",
            crs=crs,
            transform=transform @ transform.scale(cut.shape[1] // columns, cut.shape[0] // rows),
            compress="deflate",
            tiled=True,
            blockxsize=256,
            blockysize=256,
        ) as out,
    ):
        out.write(mean.astype(np.float32), 1)
        out.update_tags(**tags, NOTE="estimate by class, data/canopy.toml")
