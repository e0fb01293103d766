"""Footprints as Cloud Optimized GeoTIFFs with colour tables: levels, best servers, number of operators."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.shutil import copy as copy_raster
from rasterio.windows import Window

from phusong.footprints import Footprints
from phusong.mobile import class_bounds_dbm
from phusong.study import Mobile
from phusong.tiles import CENTRAL, HIGH, LOW, OFFSET_DBM, read_arrays
from phusong.units import fold

#: Colours of the classes weak, fair, good (viridis at 0.15, 0.55, 0.9: told apart in grey and by the
#: colour-blind); none is pale, since colour tables of GeoTIFF know no transparency but for nodata.
CLASS_COLOURS = ((71, 45, 123), (33, 145, 140), (187, 223, 39))
_CLEAR, _PALE = (0, 0, 0, 0), (236, 236, 236, 255)
Colours = dict[int, tuple[int, int, int, int]]


@dataclass(frozen=True)
class Layer:
    """One raster to write: file stem, what its values are, type, colours, and how a tile gives its bands."""

    stem: str
    meaning: str
    dtype: str
    bands: tuple[str, ...]
    colours: Colours | None
    of_tile: Callable[[np.ndarray, np.ndarray], np.ndarray]
    is_level: bool = False


def write_cogs(footprints: Footprints, crs_wkt: str, folder: Path, settings: Mobile) -> list[Path]:
    """The rasters of a study in `folder`: for each radio technology the level of each operator and of the
    best (with its range in a file of its own), the best server, and how many operators are fair or better.

    Levels are bytes: dBm = value − 200, 0 = nothing known (also as scale and offset in the file).
    """
    layers = list(_layers(footprints, settings))
    plain = [folder / f".{layer.stem}.plain.tif" for layer in layers]
    with ExitStack() as stack:
        rasters = [
            stack.enter_context(_open(layer, path, footprints, crs_wkt))
            for layer, path in zip(layers, plain, strict=True)
        ]
        for place, file in footprints.tiles.items():
            _write_tile(place, file, layers, rasters)
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(_into_cog, plain, [folder / f"{layer.stem}.tif" for layer in layers]))


def _layers(footprints: Footprints, settings: Mobile) -> Iterator[Layer]:
    radios = sorted({radio for _operator, radio in footprints.groups})
    for radio in radios:
        here = [g for g, group in enumerate(footprints.groups) if group[1] == radio]
        colours = level_colours(radio, settings)
        for g in here:
            stem = f"{radio}-{fold(footprints.groups[g][0])}".lower()
            yield _level_layer(stem, [g], (CENTRAL,), colours)
        yield _level_layer(radio.lower(), here, (CENTRAL,), colours)
        yield _level_layer(f"{radio.lower()}-range", here, (LOW, HIGH), None)
        yield Layer(
            f"{radio.lower()}-server",
            "best server: row of cells.csv, 0 = none",
            "uint16",
            ("server",),
            None,
            partial(_best_server, groups=here),
        )
        fair = round(class_bounds_dbm(radio, settings)[1] - OFFSET_DBM)
        yield Layer(
            f"{radio.lower()}-operators",
            "operators at fair or better",
            "uint8",
            ("count",),
            _count_colours(len(here)),
            partial(_operators_at, groups=here, byte=fair),
        )


def _level_layer(stem: str, groups: list[int], which: tuple[int, ...], colours: Colours | None) -> Layer:
    names = {CENTRAL: "level", LOW: "low", HIGH: "high"}

    def of_tile(levels: np.ndarray, _server: np.ndarray) -> np.ndarray:
        return levels[np.ix_(groups, which)].max(axis=0)

    meaning = "received level outdoors, dBm = value - 200, 0 = nothing known"
    return Layer(stem, meaning, "uint8", tuple(names[w] for w in which), colours, of_tile, True)


def _best_server(levels: np.ndarray, server: np.ndarray, groups: list[int]) -> np.ndarray:
    strongest = levels[groups, CENTRAL].argmax(axis=0)
    return np.take_along_axis(server[groups], strongest[None], axis=0) + 1


def _operators_at(levels: np.ndarray, _server: np.ndarray, groups: list[int], byte: int) -> np.ndarray:
    return np.asarray((levels[groups, CENTRAL] >= byte).sum(axis=0)[None])


def level_colours(radio: str, settings: Mobile) -> Colours:
    """A colour for each level byte, by class."""
    weak, fair, good = class_bounds_dbm(radio, settings)
    out: Colours = {0: _CLEAR}
    for value in range(1, 256):
        level = value + OFFSET_DBM
        k = int(np.searchsorted((weak, fair, good), level, side="right")) - 1
        out[value] = _PALE if k < 0 else (*CLASS_COLOURS[k], 255)
    return out


def _count_colours(most: int) -> Colours:
    grey = {n: (int(235 - 150 * n / max(most, 1)),) * 3 for n in range(1, most + 1)}
    return {0: _PALE} | {n: (*shade, 255) for n, shade in grey.items()}


def _open(layer: Layer, path: Path, footprints: Footprints, crs_wkt: str) -> rasterio.io.DatasetWriter:
    """A plain GeoTIFF to be filled tile by tile."""
    area = footprints.area
    raster = rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=area.shape[1],
        height=area.shape[0],
        count=len(layer.bands),
        dtype=layer.dtype,
        crs=crs_wkt,
        transform=area.transform,
        nodata=0,
        tiled=True,
    )
    for band, name in enumerate(layer.bands, start=1):
        raster.set_band_description(band, name)
    if layer.is_level:
        raster.scales = (1.0,) * len(layer.bands)
        raster.offsets = (float(OFFSET_DBM),) * len(layer.bands)
    if layer.colours:
        raster.write_colormap(1, layer.colours)
    raster.update_tags(meaning=layer.meaning)
    return raster


def _write_tile(place: tuple[int, int], file: Path, layers: list[Layer], rasters: list[Any]) -> None:
    levels, server = read_arrays(file, 2)
    window = Window(place[1], place[0], levels.shape[3], levels.shape[2])
    for layer, raster in zip(layers, rasters, strict=True):
        raster.write(layer.of_tile(levels, server).astype(layer.dtype), window=window)


def _into_cog(plain: Path, path: Path) -> Path:
    """Turn a plain GeoTIFF into a COG with overviews."""
    copy_raster(plain, path, driver="COG", compress="DEFLATE", level=1, overview_resampling="NEAREST")
    plain.unlink()
    return path
