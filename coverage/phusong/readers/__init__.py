"""Inputs: `read_study`, `read_prices` and `read_region` are the gateways; one file a format beneath."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

from phusong.domain import INPUT_TABLES, ONE_AREA, Finding, Raster, Region
from phusong.engine import Engine
from phusong.errors import StudyError
from phusong.geo import WGS84, metric_crs
from phusong.language import _, current_language, use_language
from phusong.readers.answers import with_answers
from phusong.readers.area import one_area, with_reported_coverage
from phusong.readers.corrected import corrections_of, without_dropped
from phusong.readers.corrections import Correction
from phusong.readers.crosswalk import of_the_study
from phusong.readers.layers import no_rows, read_corrected_layer
from phusong.readers.prices import read_prices
from phusong.readers.rasters import find_rasters, find_voids, look_at_raster
from phusong.readers.study import read_study
from phusong.study import Source, Study

__all__ = ["read_prices", "read_region", "read_study"]


def read_region(study: Study, engine: Engine | None = None) -> Region:
    """All layers of the study in one metric CRS; rasters as paths. Files are read through `engine`.

    Raises InputError for a file that cannot be read at all; odd cells become `notes`.
    """
    named = {name: getattr(study.inputs, name) for name in INPUT_TABLES}
    given = corrections_of(study)
    tasks = [
        (name, src, study.path(src.path), given.of(name), current_language())
        for name, src in named.items()
        if src is not None
    ]
    results = (engine or Engine()).map(_read_task, tasks, _("Reading"))
    layers = {task[0]: layer for task, (layer, *_rest) in zip(tasks, results, strict=True)}
    logs = {task[0]: log for task, (*_rest, log) in zip(tasks, results, strict=True)}
    layers, dropped, log, told = without_dropped(study, given, layers, logs)
    if "communes" not in layers:
        layers["communes"] = one_area(study, layers)
        layers["sites"] = layers["sites"].assign(commune_code=ONE_AREA)
    layers["sites"] = with_reported_coverage(study, layers["sites"])
    if "reports" in layers:
        layers["sites"], unclear = with_answers(layers["sites"], layers["reports"], study.report_date)
        told += tuple(unclear)
    crs = _study_crs(study, layers["communes"])
    read = zip(tasks, results, strict=True)
    notes = (*told, *(replace(f, table=task[0]) for task, (_l, found, _log) in read for f in found))
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
    return Region(**frames, **rasters, notes=notes, set_aside=dropped, corrections=log)


def _read_task(
    task: tuple[str, Source, Path, tuple[Correction, ...], str],
) -> tuple[gpd.GeoDataFrame, list[Finding], pd.DataFrame]:
    name, source, path, corrections, language = task
    use_language(language)
    return read_corrected_layer(name, source, path, WGS84, corrections)


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
