"""Inputs: `read_study`, `read_prices` and `read_region` are the gateways; one file a format beneath."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from phusong.domain import (
    CROSSWALK,
    INPUT_TABLES,
    ONE_AREA,
    UNIT_COLUMNS,
    Finding,
    Raster,
    Region,
    empty,
)
from phusong.engine import Engine
from phusong.geo import WGS84
from phusong.indicators import own_vintage
from phusong.language import _, current_language, use_language
from phusong.limits import use_limits
from phusong.readers.answers import with_answers
from phusong.readers.area import one_area, study_crs, with_reported_coverage
from phusong.readers.corrected import corrections_of, without_dropped
from phusong.readers.corrections import Correction
from phusong.readers.crosswalk import of_the_study
from phusong.readers.indicators import with_units
from phusong.readers.layers import no_rows, read_corrected_layer, read_names
from phusong.readers.names import name_rules
from phusong.readers.placing import place_by_name
from phusong.readers.positions import NeedsGroundError, wants_ground
from phusong.readers.prices import read_prices
from phusong.readers.rasters import find_rasters, find_voids, look_at_raster
from phusong.readers.study import read_study
from phusong.readers.units import known_units, read_list, unused_list
from phusong.readers.zones import Ground
from phusong.study import Limits, Source, Study

__all__ = ["read_prices", "read_region", "read_study"]

#: Layer, its source and path, its corrections, the language, and names known to be right.
_Task = tuple[str, Source, Path, tuple[Correction, ...], tuple[str, Limits], tuple[str, ...]]


def read_region(study: Study, engine: Engine | None = None, until: str | None = None) -> Region:
    """All layers of the study in one metric CRS; rasters as paths. Files are read through `engine`. Reports
    dated after the day `until` do not count in the sites.

    Raises InputError for a file that cannot be read at all; odd cells become `notes`.
    """
    engine = engine or Engine()
    use_limits(study.limits)
    if engine.is_elsewhere:
        study = study.model_copy(update={"folder": study.folder.absolute()})
    named = {name: getattr(study.inputs, name) for name in INPUT_TABLES}
    given = corrections_of(study)
    tasks: list[_Task] = [
        (name, src, study.path(src.path), given.of(name), (current_language(), study.limits), ())
        for name, src in named.items()
        if src is not None
    ]
    engine.check_files(path for _name, _source, path, *_rest in tasks)
    results = _with_ground(tasks, _read_all(tasks, engine))
    layers = {task[0]: layer for task, (layer, *_rest) in zip(tasks, results, strict=True)}
    logs = {task[0]: log for task, (*_rest, log) in zip(tasks, results, strict=True)}
    layers, dropped, log, told = without_dropped(study, given, layers, logs)
    by_name: list[Finding] = []
    beside: list[Finding] = []
    if "communes" not in layers:
        layers["communes"] = one_area(study, layers)
        layers["sites"] = layers["sites"].assign(commune_code=ONE_AREA)
    else:
        layers["sites"], by_name = place_by_name(
            layers["sites"], layers["communes"], layers.get("settlements"), _places(study, beside)
        )
    layers["sites"] = with_reported_coverage(study, layers["sites"], beside)
    if "reports" in layers:
        counting = layers["reports"]
        if until is not None:
            counting = counting[counting["report_date"].fillna("") <= until]
        layers["sites"], unclear = with_answers(layers["sites"], counting, study.report_date)
        told += tuple(unclear)
    crs = study_crs(study, layers["communes"])
    read = zip(tasks, results, strict=True)
    told += tuple(replace(f, table=task[0]) for task, (_layer, found, _log) in read for f in found)
    notes = (*told, *beside, *by_name)
    if "crosswalk" in layers:
        layers["crosswalk"], found = of_the_study(layers["crosswalk"], layers["communes"], study.vintage)
        notes += tuple(found)
    units = pd.DataFrame(columns=list(UNIT_COLUMNS))
    if "indicators" in layers:
        listed, own = read_list(study), own_vintage(study.vintage, layers["communes"])
        units = known_units(study, layers["communes"], layers.get("crosswalk", empty(CROSSWALK)), listed)
        notes += tuple(unused_list(listed, own))
        layers["indicators"], units, found = with_units(
            layers["indicators"], study.indicators, units, own, name_rules()
        )
        notes += tuple(found)
    frames = {
        name: in_metres(layers[name], crs) if name in layers else no_rows(name, crs) for name in INPUT_TABLES
    }
    rasters = {n: _rasters(study, getattr(study.inputs, n)) for n in ("elevation", "slope", "canopy")}
    rasters["population"] = _rasters(study, (study.inputs.population,) if study.inputs.population else ())
    engine.check_files(raster.path for found in rasters.values() for raster in found)
    for raster in rasters["elevation"]:
        notes += tuple(find_voids(raster, layers["communes"].geometry))
    return Region(**frames, **rasters, notes=notes, set_aside=dropped, corrections=log, units=units)


_Layer = tuple[gpd.GeoDataFrame, list[Finding], pd.DataFrame]


def _read_all(tasks: list[_Task], engine: Engine) -> list[_Layer | NeedsGroundError]:
    """The layers, in the order of the tasks: communes first, whose names tell garbled texts of the others."""
    read = {task[0]: _read_task(task) for task in tasks if task[0] == "communes"}
    names = _known_names(read.get("communes"))
    others = [(*task[:-1], names) for task in tasks if task[0] not in read]
    results = engine.map(_read_task, others, _("Reading"))
    read |= {task[0]: result for task, result in zip(others, results, strict=True)}
    return [read[task[0]] for task in tasks]


def _known_names(communes: _Layer | NeedsGroundError | None) -> tuple[str, ...]:
    if communes is None or isinstance(communes, NeedsGroundError):
        return ()
    return tuple(sorted(set(communes[0]["name"].dropna())))


def _read_task(task: _Task) -> _Layer | NeedsGroundError:
    name, source, path, corrections, (language, own), known = task
    use_language(language)
    use_limits(own)
    try:
        return read_corrected_layer(name, source, path, WGS84, corrections, known=known)
    except NeedsGroundError as error:
        return error


def _with_ground(tasks: list[_Task], results: Sequence[_Layer | NeedsGroundError]) -> list[_Layer]:
    """The layers, those again whose positions only the communes can tell, now that these are there."""
    communes = next((r for t, r in zip(tasks, results, strict=True) if t[0] == "communes"), None)
    if communes is None or isinstance(communes, NeedsGroundError):
        for result in (communes, *results):
            if isinstance(result, NeedsGroundError):
                raise result
        return [result for result in results if not isinstance(result, NeedsGroundError)]
    ground: Ground | None = None
    out = []
    for (name, source, path, corrections, _language, _known), result in zip(tasks, results, strict=True):
        if isinstance(result, NeedsGroundError) or (wants_ground(source) and name != "communes"):
            ground = ground or Ground(communes[0])
            known = _known_names(communes)
            result = read_corrected_layer(name, source, path, WGS84, corrections, ground, known)
        out.append(result)
    return out


def _places(study: Study, told: list[Finding]) -> gpd.GeoDataFrame | None:
    """The named points by which sites without a position are found, where the study gives some."""
    source = study.inputs.places
    return None if source is None else read_names("places", source, study.path(source.path), told)


def in_metres(layer: pd.DataFrame, crs: Any) -> pd.DataFrame:
    """The layer in `crs`; as it is, if it has no shapes."""
    return layer.to_crs(crs) if isinstance(layer, gpd.GeoDataFrame) else layer


def _rasters(study: Study, names: tuple[str, ...]) -> tuple[Raster, ...]:
    return tuple(look_at_raster(path) for path in find_rasters(study, names))
