"""The rows of a layer's file or system, whatever its format, before their cells are understood."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.domain import INPUT_TABLES, Finding
from phusong.errors import InputError
from phusong.language import _
from phusong.readers.broken import is_there, not_there, plainly
from phusong.readers.decoding import put_right
from phusong.readers.foreign import refuse_ending, refuse_lock
from phusong.readers.header import recognise_columns
from phusong.readers.positions import NeedsGroundError, placed
from phusong.readers.profiles import read_through
from phusong.readers.shape_systems import with_system
from phusong.readers.systems import read_system
from phusong.readers.tables import ROW, read_text_table
from phusong.readers.vectors import VECTOR_SUFFIXES, finished, read_vectors
from phusong.readers.zones import Ground
from phusong.study import Source

TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".dbf"})


def _as_it_is(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


def open_rows(
    name: str,
    source: Source,
    path: Path,
    ground: Ground | None,
    known: Iterable[str] = (),
    mended: Callable[[pd.DataFrame], pd.DataFrame] = _as_it_is,
) -> tuple[pd.DataFrame, Source, list[Finding]]:
    """The own columns of a file or of another system, with geometry and `ROW`; how to go on reading them; and
    what was odd in their texts and positions. Rows go through `mended` as they are read.

    Raises InputError, in one line, whatever libraries say of a broken file.
    """
    with plainly(path):
        return _rows_of(name, source, path, ground, known, mended)


def raw_rows(name: str, source: Source, path: Path, known: Iterable[str] = ()) -> tuple[pd.DataFrame, Source]:
    """The rows of a layer's file as they lie there, before anything in them but their texts is understood,
    and how to go on reading them; `known` as in `read_layer`."""
    rows = []

    def keep(raw: pd.DataFrame) -> pd.DataFrame:
        rows.append(raw)
        return raw

    # Where the positions are does not matter here.
    with suppress(NeedsGroundError):
        _raw, source, _told = open_rows(name, source, path, None, known, keep)
    return rows[0], source


def columns_of(raw: pd.DataFrame, name: str, source: Source, path: Path) -> dict[str, str]:
    """Our column → the file's column, of the position too."""
    _raw, source, _unusable = read_through(raw, name, source, path)
    return recognise_columns(raw.columns, name, source, path, places="geometry" in INPUT_TABLES[name].columns)


def open_shapes(name: str, source: Source, path: Path, told: list[Finding] | None = None) -> gpd.GeoDataFrame:
    """The rows of a layer that has no table of its own, as they are; InputError as `read_layer`. What was
    odd is appended to `told`."""
    raw, _source, found = open_rows(name, source, path, None)
    if told is not None:
        told += found
    return raw


def _rows_of(
    name: str,
    source: Source,
    path: Path,
    ground: Ground | None,
    known: Iterable[str] = (),
    mended: Callable[[pd.DataFrame], pd.DataFrame] = _as_it_is,
) -> tuple[gpd.GeoDataFrame, Source, list[Finding]]:
    has_shapes = name not in INPUT_TABLES or "geometry" in INPUT_TABLES[name].columns
    if (other := read_system(name, source, path)) is not None:
        raw, source, told = other
        if isinstance(raw, gpd.GeoDataFrame):
            raw, converted = finished(raw, path, source, known=known)
            raw, of_places = with_system(mended(raw), source, path, ground)
            return raw, source, [*told, *converted, *of_places]
        raw, converted = put_right(raw, source, path, keep=(ROW,), known=known)
        raw, of_places = placed(mended(raw), name, source, path, ground) if has_shapes else (mended(raw), [])
        return raw, source, [*told, *converted, *of_places]
    if "://" in source.path or source.path.startswith("/vsi"):
        raise InputError(
            _("is an address, not a file"), where=source.path, do=_("Download it and name the file.")
        )
    if not is_there(path):
        raise not_there(_("there is no such file (input {name})").format(name=name), path)
    if path.is_dir():
        raise InputError(
            _("is a folder (input {name})").format(name=name), where=str(path), do=_("Name a file in it.")
        )
    if refused := refuse_lock(path):
        raise refused
    suffix = path.suffix.lower()
    told = []
    if suffix in VECTOR_SUFFIXES:
        raw = mended(read_vectors(path, source, told, known))
        raw, of_places = with_system(raw, source, path, ground)
        return raw, source, [*told, *of_places]
    if suffix in TABLE_SUFFIXES and not has_shapes:
        return mended(read_text_table(path, source, told, known)), source, told
    if suffix in TABLE_SUFFIXES:
        raw, of_places = placed(
            mended(read_text_table(path, source, told, known)), name, source, path, ground
        )
        return raw, source, [*told, *of_places]
    raise refuse_ending(path, VECTOR_SUFFIXES | TABLE_SUFFIXES)


def on_earth(shapes: np.ndarray) -> np.ndarray:
    """The shapes, None in place of those with a number that is none: the checks set their rows aside."""
    places, of = shapely.get_coordinates(shapes, return_index=True)
    out = shapes.copy()
    out[np.unique(of[~np.isfinite(places).all(axis=1)])] = None
    return out
