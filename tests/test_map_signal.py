"""The footprints on the map: the pixels that the page shows are the classes of the rasters."""

import base64
import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from drawn_cover import covered_run, drawn_cover
from drawn_run import drawn_run
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from terrain_drawn import ridge, write_elevation

from phusong.cli import main
from phusong.cogs import CLASS_COLOURS
from phusong.errors import RunError
from phusong.maps import Extras, draw_map
from phusong.maps import signal as signal_module
from phusong.maps.payload import payload
from phusong.maps.signal import classes_for_page, png
from phusong.mobile import class_of
from phusong.readers.study import figures
from phusong.runs import MANIFEST
from phusong.study import Mobile
from phusong.tiles import OFFSET_DBM

SETTINGS = Mobile(**figures("mobile.toml"))
TO_MAP = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)


def picture(uri: str) -> np.ndarray:
    """RGBA of the PNG in a data URI, read by another program than the one that wrote it."""
    from matplotlib import image

    data = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
    return np.rint(image.imread(io.BytesIO(data), format="png") * 255).astype(int)


def class_at(raster: Path, radio: str, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """The class of the raster's cell at each place; 0 outside."""
    with rasterio.open(raster) as source:
        x, y = Transformer.from_crs("EPSG:4326", source.crs, always_xy=True).transform(lon, lat)
        byte = np.array([value[0] for value in source.sample(zip(x, y, strict=True))], float)
    return class_of(byte + OFFSET_DBM, radio, SETTINGS)


def pixel_at(bounds: list[list[float]], shape: tuple[int, int], lon: np.ndarray, lat: np.ndarray) -> tuple:
    """Row and column (with fractions) in a picture that the map stretches between the corners `bounds`."""
    (south, west), (north, east) = bounds
    (left, right), (bottom, top) = TO_MAP.transform([west, east], [south, north])
    x, y = TO_MAP.transform(lon, lat)
    return (top - np.asarray(y)) / (top - bottom) * shape[0], (np.asarray(x) - left) / (right - left) * shape[
        1
    ]


@pytest.mark.parametrize("pixels", [1400, 40])
def test_the_middle_of_each_pixel_has_the_class_of_the_cell_there(tmp_path, monkeypatch, pixels):
    monkeypatch.setattr(signal_module, "PIXELS", pixels)
    raster = drawn_cover(tmp_path / "cover") / "lte.tif"
    classes, bounds = classes_for_page(raster, "LTE", SETTINGS)
    assert max(classes.shape) <= pixels + 1 and set(np.unique(classes)) == {0, 1, 2, 3}
    (south, west), (north, east) = bounds
    rows, columns = (axis.ravel() for axis in np.indices(classes.shape))
    (left, right), (bottom, top) = TO_MAP.transform([west, east], [south, north])
    x = left + (columns + 0.5) / classes.shape[1] * (right - left)
    y = top - (rows + 0.5) / classes.shape[0] * (top - bottom)
    lon, lat = TO_MAP.transform(x, y, direction="INVERSE")
    assert (class_at(raster, "LTE", np.array(lon), np.array(lat)) == classes[rows, columns]).all()


def test_each_cell_is_where_the_map_shows_it(tmp_path):
    """The other way round: the middle of each cell, through the map's projection, finds its own class."""
    raster = drawn_cover(tmp_path / "cover") / "lte.tif"
    classes, bounds = classes_for_page(raster, "LTE", SETTINGS)
    with rasterio.open(raster) as source:
        rows, columns = (axis.ravel() for axis in np.indices(source.shape))
        x, y = rasterio.transform.xy(source.transform, rows, columns)
        lon, lat = Transformer.from_crs(source.crs, "EPSG:4326", always_xy=True).transform(x, y)
        own = class_of(source.read(1)[rows, columns].astype(float) + OFFSET_DBM, "LTE", SETTINGS)
    row, column = pixel_at(bounds, classes.shape, np.array(lon), np.array(lat))
    found = classes[row.astype(int), column.astype(int)]
    # Only at the rim of a block may the nearest pixel belong to its neighbour.
    inner = (rows % 5 % 4 != 0) & (columns % 5 % 4 != 0)
    assert inner.sum() > 2000 and (found[inner] == own[inner]).all()
    assert (found == own).mean() > 0.85


@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1, max_size=6))
def test_a_picture_reads_back_as_its_classes(rows):
    classes = np.array(rows, np.uint8)
    colours = picture("data:image/png;base64," + base64.b64encode(png(classes)).decode())
    table = np.array([(0, 0, 0, 0), *((*c, 255) for c in CLASS_COLOURS)])
    shown = colours[..., 3] > 0
    assert (shown == (classes > 0)).all()
    assert (colours[shown] == table[classes[shown]]).all()


def test_the_payload_says_what_the_footprint_is(tmp_path):
    data = payload(covered_run(), "vi", Extras(cover=drawn_cover(tmp_path / "cover")))
    signal, say = data["signal"], data["phrases"]
    assert [radio["name"] for radio in signal["radios"]] == ["4G", "3G"]
    assert [say[place][1] for place in signal["radios"][1]["least"]] == [
        "≥\u00a0−105\u00a0dBm",
        "≥\u00a0−95\u00a0dBm",
        "≥\u00a0−85\u00a0dBm",
    ]
    assert [c["colour"] for c in signal["classes"]] == ["#472d7b", "#21918c", "#bbdf27"]
    about = say[signal["about"]]
    assert "not measured" in about[1] and "outdoors" in about[1] and "ngoài trời" in about[0]
    assert say[signal["made"]][0] == "03/02/2026 08:30"
    assert (picture(signal["radios"][1]["image"])[..., 3] > 0).mean() > 0.9


def test_flat_ground_is_called_flat(tmp_path):
    inputs = {"cells": [{"file": "cells.csv", "bytes": 1, "sha256": "x"}]}
    cover = drawn_cover(tmp_path / "cover", inputs=inputs)
    data = payload(covered_run(inputs=inputs), "en", Extras(cover=cover))
    assert "ON FLAT GROUND" in data["phrases"][data["signal"]["about"]][1]


def test_a_footprint_of_other_masts_or_ground_is_refused(tmp_path):
    good = covered_run().manifest
    changed = {
        "cells": {"inputs": good["inputs"] | {"cells": [{"file": "cells.x", "bytes": 1, "sha256": "other"}]}},
        "elevation": {"inputs": {"cells": good["inputs"]["cells"]}},
        "mobile": {"mobile": good["mobile"] | {"lte_weak_dbm": -120.0}},
        "calibration": {"calibration": [{"radio": "LTE", "offset_db": 3.0}]},
    }
    for name, said in changed.items():
        cover = drawn_cover(tmp_path / name, **said)
        with pytest.raises(RunError, match=f"shows another study than the run: {name} are not the same"):
            draw_map(covered_run(), tmp_path / "map.html", extras=Extras(cover=cover))
    with pytest.raises(RunError, match="another study"):
        draw_map(drawn_run(), tmp_path / "map.html", extras=Extras(cover=cover))
    assert not list(tmp_path.glob("map.html*"))


def test_what_is_no_cover_folder_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    run = covered_run()
    with pytest.raises(RunError, match="no run folder"):
        payload(run, "vi", Extras(cover=tmp_path / "empty"))
    with pytest.raises(RunError, match="is a run, not footprints"):
        payload(run, "vi", Extras(cover=drawn_cover(tmp_path / "run", kind="run")))
    with pytest.raises(RunError, match="holds no raster"):
        payload(run, "vi", Extras(cover=drawn_cover(tmp_path / "none", radios=())))
    swapped = drawn_cover(tmp_path / "swapped")
    (swapped / "lte.tif").write_bytes((swapped / "umts.tif").read_bytes())
    with pytest.raises(RunError, match=r"lte\.tif: is not the file"):
        payload(run, "vi", Extras(cover=swapped))
    before = drawn_cover(tmp_path / "before")
    manifest = json.loads((before / MANIFEST).read_text())
    del manifest["mobile"]
    (before / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(RunError, match="another version"):
        payload(run, "vi", Extras(cover=before))


def phusong(*arguments: object) -> int:
    with pytest.raises(SystemExit) as done:
        main([str(a) for a in arguments])
    return int(done.value.code or 0)


def test_run_cover_map_and_the_manifest_stays_right(drawn_study, tmp_path, capsys):
    path = drawn_study()
    write_elevation(path.with_name("dem.tif"), ridge)
    path.write_text(path.read_text() + 'elevation = "dem.tif"\n[mobile]\ncell_m = 90\n', encoding="utf-8")
    run, cover = tmp_path / "run", tmp_path / "cover"
    assert phusong("run", path, "--out", run, "--quiet") == 0
    assert phusong("cover", path, "--out", cover, "--quiet") == 0
    before = json.loads((run / MANIFEST).read_text())
    assert phusong("map", run, "--cover", cover) == 0
    after = json.loads((run / MANIFEST).read_text())
    page = (run / "map.html").read_bytes()
    assert after["files"]["map.html"]["sha256"] == hashlib.sha256(page).hexdigest()
    assert after["files"]["map.html"]["bytes"] == len(page)
    assert b'"signal":{' in page
    assert before["files"]["map.html"] != after["files"]["map.html"]
    assert before | {"files": 0} == after | {"files": 0}
    assert {n for n in before["files"] if before["files"][n] != after["files"][n]} == {"map.html"}
    # A map elsewhere changes nothing in the run.
    assert phusong("map", run, "--out", tmp_path / "plain.html") == 0
    assert json.loads((run / MANIFEST).read_text()) == after
    assert b'"signal":null' in (tmp_path / "plain.html").read_bytes()
    # Another mast: another study.
    cells = path.with_name("cells.csv")
    cells.write_text(cells.read_text() + "C9,VNPT,4G,1800,107.62,15.02,30,58\n", encoding="utf-8")
    assert phusong("cover", path, "--out", tmp_path / "other", "--quiet") == 0
    capsys.readouterr()
    assert phusong("map", run, "--cover", tmp_path / "other") == 1
    assert "cells are not the same" in capsys.readouterr().err
    assert (run / "map.html").read_bytes() == page
