"""The footprints of a cover folder as pictures for the page: a class a pixel, in its projection."""

import base64
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.transform import rowcol
from rasterio.warp import transform_bounds

from phusong.cogs import CLASS_COLOURS
from phusong.domain import MOBILE_CLASSES
from phusong.errors import RunError
from phusong.geo import WGS84
from phusong.language import _
from phusong.maps.texts import Phrases
from phusong.mobile import class_of
from phusong.moments import say_moment
from phusong.runs import Run, check_file, read_cover
from phusong.study import Mobile
from phusong.tiles import OFFSET_DBM
from phusong.units import decimal
from phusong.wording import GENERATION, MOBILE_CLASS_NAMES

#: The projection that Leaflet draws in.
MERCATOR = "EPSG:3857"
#: Pixels of a picture along its longer side, at most: as sharp as a large screen.
PIXELS = 1400
#: What is offered first: the radio technologies that count as mobile broadband.
_ORDER = ("LTE", "NR", "UMTS", "GSM")
#: Inputs that a footprint rests on.
_RESTS_ON = ("cells", "elevation", "canopy", "communes", "measurements")


def signal_of(run: Run, folder: Path, phrases: Phrases, abroad: bool) -> dict[str, Any]:
    """The payload `signal`: what the footprints in `folder` (of `phusong cover`) are, and a picture for each
    radio technology with its corners [[south, west], [north, east]] in degrees.

    Raises RunError when `folder` holds no footprints, or those of other masts or ground than the run's.
    """
    cover = read_cover(folder)
    _refuse_other_masts(run, cover, folder)
    settings = Mobile(**cover["mobile"])
    radios = [radio for radio in _ORDER if f"{radio.lower()}.tif" in cover["files"]]
    if not radios:
        raise RunError(
            _("holds no raster of levels"),
            where=str(folder),
            do=_("Make it again with 'phusong cover STUDY'."),
        )
    for radio in radios:
        check_file(folder, cover, f"{radio.lower()}.tif")
    return {
        "about": phrases.of(lambda to: _say_model(cover, settings, to)),
        "made": phrases.of(lambda to: say_moment(cover["created"], to, abroad)),
        "classes": [
            {"name": phrases.word(MOBILE_CLASS_NAMES, name), "colour": "#{:02x}{:02x}{:02x}".format(*colour)}
            for name, colour in zip(MOBILE_CLASSES[1:], CLASS_COLOURS, strict=True)
        ],
        "radios": [_radio(radio, folder / f"{radio.lower()}.tif", settings, phrases) for radio in radios],
    }


def _refuse_other_masts(run: Run, cover: Mapping[str, Any], folder: Path) -> None:
    """Raise RunError when the footprints rest on other inputs or settings than the run."""
    differ = [name for name in _RESTS_ON if _hashes(run.manifest, name) != _hashes(cover, name)]
    for name in ("mobile", "calibration"):
        # Runs of before do not state their settings.
        if name in run.manifest and run.manifest[name] != cover.get(name):
            differ.append(name)
    if differ:
        raise RunError(
            _("shows another study than the run: {names} are not the same").format(names=", ".join(differ)),
            where=str(folder),
            do=_("Make it from the study of the run: 'phusong cover STUDY'."),
        )


def _hashes(manifest: Mapping[str, Any], name: str) -> list[str]:
    return [entry["sha256"] for entry in manifest.get("inputs", {}).get(name, [])]


def _say_model(cover: Mapping[str, Any], settings: Mobile, language: str) -> str:
    """How the levels were worked out, in a sentence."""
    if _hashes(cover, "elevation"):
        ground = _("on the study's elevation", language)
    else:
        ground = _("ON FLAT GROUND: no elevation is given", language)
    said = _(
        "Computed with ITU-R P.1812, not measured: outdoors, {height} m above ground, {ground}", language
    )
    return said.format(height=decimal(settings.receiver_height_m, 1, language), ground=ground)


def _radio(radio: str, path: Path, settings: Mobile, phrases: Phrases) -> dict[str, Any]:
    classes, bounds = classes_for_page(path, radio, settings)
    least = {name: getattr(settings, f"{radio.lower()}_{name}_dbm") for name in MOBILE_CLASSES[1:]}
    return {
        "name": GENERATION[radio],
        "least": [phrases.of(lambda to, d=dbm: _say_least(d, to)) for dbm in least.values()],  # type: ignore[misc]
        "bounds": bounds,
        "image": "data:image/png;base64," + base64.b64encode(png(classes)).decode("ascii"),
    }


def _say_least(dbm: float, language: str) -> str:
    return f"≥ {decimal(dbm, 0, language)} dBm".replace("-", "−").replace(" ", "\u00a0")


def classes_for_page(path: Path, radio: str, settings: Mobile) -> tuple[np.ndarray, list[list[float]]]:
    """The class (place in MOBILE_CLASSES) of each pixel of a picture [r, c] in EPSG:3857, rows from north,
    and its corners [[south, west], [north, east]] in degrees.

    A pixel has the class of the raster's cell that its middle lies in; pixels are as wide as the cells, or
    wider so that the longer side has PIXELS.
    """
    with rasterio.open(path) as raster:
        levels, transform, crs = raster.read(1), raster.transform, raster.crs
        west, south, east, north = transform_bounds(crs, MERCATOR, *raster.bounds, densify_pts=50)
        finest = max(raster.shape)
    size = max(east - west, north - south) / min(finest, PIXELS)
    width, height = (max(1, int(np.ceil(span / size))) for span in (east - west, north - south))
    back = Transformer.from_crs(MERCATOR, crs, always_xy=True)
    byte = np.zeros((height, width), np.uint8)
    x = west + (np.arange(width) + 0.5) * size
    for r in range(height):
        at = back.transform(x, np.full(width, north - (r + 0.5) * size))
        line, column = (np.asarray(place, int) for place in rowcol(transform, *at))
        inside = (column >= 0) & (line >= 0) & (column < levels.shape[1]) & (line < levels.shape[0])
        byte[r, inside] = levels[line[inside], column[inside]]
    # 0 stands for nothing known: far below weak.
    classes = class_of(byte.astype(float) + OFFSET_DBM, radio, settings).astype(np.uint8)
    degrees = Transformer.from_crs(MERCATOR, WGS84, always_xy=True)
    left, top = degrees.transform(west, north)
    right, bottom = degrees.transform(west + width * size, north - height * size)
    return classes, [[bottom, left], [top, right]]


def png(classes: np.ndarray) -> bytes:
    """Classes [r, c] as a PNG with a palette: `none` is clear, the others have their colours."""
    height, width = classes.shape
    palette = bytes((0, 0, 0)) + bytes(np.array(CLASS_COLOURS, np.uint8))
    # Each row of a PNG begins with how it is filtered: 0, not at all.
    rows = np.pad(classes.astype(np.uint8), ((0, 0), (1, 0)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", palette),
            (b"tRNS", bytes((0,))),
            (b"IDAT", zlib.compress(rows.tobytes(), 9)),
            (b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
