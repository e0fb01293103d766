"""A drawn cover folder: one raster of levels over the drawn communes, in a metric projection of its own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from drawn_run import drawn_run
from rasterio.transform import from_origin

from phusong.readers.study import figures
from phusong.runs import FORMAT, Run, write_manifest

#: Far from its central meridian, so that its grid lies askew to the map's.
CRS = "+proj=tmerc +lat_0=0 +lon_0=105 +k=1 +x_0=500000 +y_0=0 +datum=WGS84 +units=m +type=crs"
CELL_M = 300
LEFT, TOP, SHAPE = 767_000, 1_686_000, (95, 85)
_INPUTS = {name: [{"file": f"{name}.x", "bytes": 1, "sha256": name * 2}] for name in ("cells", "elevation")}


def covered_run(**manifest: Any) -> Run:
    """The drawn run with what a manifest says of its masts and ground."""
    said = {"inputs": _INPUTS, "mobile": figures("mobile.toml"), "calibration": []}
    return drawn_run(manifest=said | manifest)


def levels(kind: str = "blocks") -> np.ndarray:
    """Level bytes (dBm + 200): blocks of 5 x 5 cells of every class and of nothing known, or of one class."""
    rows, columns = np.indices(SHAPE) // 5
    steps = np.array([0, 80, 88, 97, 110], np.uint8)  # nothing known, none, weak, fair, good of LTE
    return steps[(rows + 2 * columns) % 5] if kind == "blocks" else np.full(SHAPE, 110, np.uint8)


def drawn_cover(folder: Path, radios: tuple[str, ...] = ("LTE", "UMTS"), **manifest: Any) -> Path:
    """What `phusong cover` leaves for the map: rasters of levels and the manifest."""
    folder.mkdir()
    about = {"driver": "GTiff", "width": SHAPE[1], "height": SHAPE[0], "count": 1, "dtype": "uint8"}
    where = {"crs": CRS, "transform": from_origin(LEFT, TOP, CELL_M, CELL_M), "nodata": 0}
    for i, radio in enumerate(radios):
        with rasterio.open(folder / f"{radio.lower()}.tif", "w", **about, **where) as raster:
            raster.write(levels("good" if i else "blocks"), 1)
    said = {
        "format": FORMAT,
        "run_id": "c",
        "kind": "cover",
        "created": "2026-02-03T01:30:00+00:00",
        "inputs": _INPUTS,
        "mobile": json.loads(json.dumps(figures("mobile.toml"))),
        "calibration": [],
    }
    write_manifest(folder, said | manifest)
    return folder
