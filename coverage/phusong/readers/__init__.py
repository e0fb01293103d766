"""Inputs: `read_study`, `read_prices` and `read_region` are the gateways; one file a format beneath."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

from phusong.domain import INPUT_TABLES, ONE_AREA, Finding, Raster, Region
from phusong.engine import Engine
from phusong.errors import StudyError
from phusong.geo import metric_crs
from phusong.language import _, current_language, use_language
from phusong.readers.area import one_area, with_reported_coverage
from phusong.readers.crosswalk import of_the_study
from phusong.readers.layers import no_rows, read_layer
from phusong.readers.prices import read_prices
from phusong.readers.rasters import find_rasters, find_voids, look_at_raster
from phusong.readers.study import read_study
from phusong.study import Source, Study

__all__ = ["read_prices", "read_region", "read_study"]

#: Layer, its source and path, the language, and names known to be right.
_Task = tuple[str, Source, Path, str, tuple[str, ...]]


def read_region(study: Study, engine: Engine | None = None) -> Region:
    """All layers of the study in one metric CRS; rasters as paths. Files are read through `engine`.

    Raises InputError for a file that cannot be read at all; odd cells become `notes`.
    """
    named = {name: getattr(study.inputs, name) for name in INPUT_TABLES}
    tasks: list[_Task] = [
        (name, src, study.path(src.path), current_language(), ())
        for name, src in named.items()
        if src is not None
    ]
    results = _read_all(tasks, engine or Engine())
    layers = {task[0]: layer for task, (layer, _found) in zip(tasks, results, strict=True)}
    if "communes" not in layers:
        layers["communes"] = one_area(study, layers)
        layers["sites"] = layers["sites"].assign(commune_code=ONE_AREA)
    layers["sites"] = with_reported_coverage(study, layers["sites"])
    crs = _study_crs(study, layers["communes"])
    notes = tuple(finding for _layer, found in results for finding in found)
    if "crosswalk" in layers:
        layers["crosswalk"], found = of_the_study(layers["crosswalk"], layers["communes"], study.vintage)
        notes += tuple(found)
    frames = {
        name: in_metres(layers[name], crs) if name in layers else no_rows(name, crs) for name in INPUT_TABLES
    }
    rasters = {n: _rasters(study, getattr(study.inputs, n)) for n in ("elevation", "slope", "canopy")}
    rasters["population"] = _rasters(study, (study.inputs.population,) if study.inputs.population else ())
    for raster in rasters["elevation"]:
        notes += tuple(find_voids(raster, layers["communes"].geometry))
    return Region(**frames, **rasters, notes=notes)


def _read_all(tasks: list[_Task], engine: Engine) -> list[tuple[gpd.GeoDataFrame, list[Finding]]]:
    """The layers, in the order of the tasks: communes first, whose names tell garbled texts of the others."""
    first = {task[0]: _read_task(task) for task in tasks if task[0] == "communes"}
    names = tuple(sorted(set(first["communes"][0]["name"].dropna()))) if first else ()
    others = [(*task[:-1], names) for task in tasks if task[0] not in first]
    read = first | dict(
        zip((t[0] for t in others), engine.map(_read_task, others, _("Reading")), strict=True)
    )
    return [read[task[0]] for task in tasks]


def _read_task(task: _Task) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    name, source, path, language, known = task
    use_language(language)
    return read_layer(name, source, path, known=known)


def in_metres(layer: pd.DataFrame, crs: Any) -> pd.DataFrame:
    """The layer in `crs`; as it is, if it has no shapes."""
    return layer.to_crs(crs) if isinstance(layer, gpd.GeoDataFrame) else layer


def _study_crs(study: Study, communes: gpd.GeoDataFrame) -> Any:
    if study.crs is None:
        return metric_crs(communes[communes.geometry.notna() & ~communes.geometry.is_empty])
    try:
        crs = CRS.from_user_input(study.crs)
    except CRSError:
        crs = None
    if crs is None or not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        raise StudyError(
            _("crs {crs} is no coordinate system in metres").format(crs=repr(study.crs)),
            where=study.file,
            do=_("Leave it out, or name one such as EPSG:5899 (VN-2000 107°45')."),
        )
    return crs


def _rasters(study: Study, names: tuple[str, ...]) -> tuple[Raster, ...]:
    return tuple(look_at_raster(path) for path in find_rasters(study, names))
