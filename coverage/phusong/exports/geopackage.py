"""GeoPackage for QGIS: a layer a table, each with its style and Vietnamese titles in `layer_styles`.

QGIS takes the style that says `useAsDefault` when a layer is opened; other programs see a plain table.
"""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from phusong.beside import whole_file
from phusong.language import _, _m
from phusong.layers import LAYERS, Layer
from phusong.qgis import style_of
from phusong.runs import Run, no_time_of_writing

NAME = "geopackage"
MEANING = _m("GeoPackage whose layers open in QGIS with colours and Vietnamese titles")
IN_PACKAGE = True
FILE = "phusong.gpkg"


def write(run: Run, folder: Path, language: str = "vi") -> list[Path]:
    """One GeoPackage with a layer for each of `layers.LAYERS` that has rows, and `layer_styles`."""
    path = folder / FILE
    if not any(len(run.tables[layer.table]) for layer in LAYERS):
        return []
    written: list[Layer] = []
    with whole_file(path) as part, no_time_of_writing():
        for layer in LAYERS:
            frame = run.tables[layer.table]
            if len(frame):
                _write_layer(frame, part, layer, language)
                written.append(layer)
        _write_styles(run, part, written, language)
    return [path]


def _write_layer(frame: gpd.GeoDataFrame, path: Path, layer: Layer, language: str) -> None:
    frame.to_file(
        path,
        layer=layer.table,
        driver="GPKG",
        engine="pyogrio",
        IDENTIFIER=_(layer.title, language),
        DESCRIPTION=_(layer.meaning, language),
        promote_to_multi=False,
    )


def _write_styles(run: Run, path: Path, layers: list[Layer], language: str) -> None:
    """The table that QGIS itself writes when a style is saved in the database."""
    rows = [
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": layer.table,
            "f_geometry_column": "geom",
            "styleName": _(layer.title, language),
            "styleQML": style_of(layer, language),
            "styleSLD": "",
            "useAsDefault": True,
            "description": _(layer.meaning, language),
            "owner": "",
            "ui": "",
            "update_time": str(run.manifest["created"]),
        }
        for layer in layers
    ]
    pyogrio.write_dataframe(
        pd.DataFrame(rows), path, layer="layer_styles", driver="GPKG", append=True, FID="id"
    )
