"""Rasters, layers and tables: each sheet or layer as a part of what its file holds."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pyogrio
import rasterio
from openpyxl import load_workbook

from phusong.about.parts import RASTER_HINTS, About, Part, hinted, name_it, part_of
from phusong.domain import Finding
from phusong.errors import InputError
from phusong.language import _
from phusong.limits import check_archive, check_marks, check_size
from phusong.readers.broken import plainly
from phusong.readers.encodings import text_of
from phusong.readers.hidden import CORRECTIONS_KIND, META
from phusong.readers.rasters import look_at_raster
from phusong.readers.tables import read_text_table
from phusong.readers.vectors import look_at_head, read_vectors
from phusong.study import Source


def about_raster(path: Path) -> About:
    raster = look_at_raster(path)
    with rasterio.open(raster.path) as opened:
        cell = [abs(opened.transform.a), abs(opened.transform.e)]
        unit = "°" if opened.crs.is_geographic else "m"
        facts: dict[str, Any] = {
            "rows": raster.shape[0],
            "columns": raster.shape[1],
            "cell": f"{cell[0]:.6g} × {cell[1]:.6g} {unit}",
            "bands": opened.count,
            "cell_type": opened.dtypes[0],
            "no_value": None if opened.nodata is None else float(opened.nodata),
        }
    read_as = hinted(path, RASTER_HINTS) or "elevation"
    instead = tuple(name for name in ("elevation", *RASTER_HINTS) if name != read_as)
    part = Part(read_as=read_as, instead=instead, system=raster.crs, bounds=raster.bounds)
    return About(
        path,
        "raster",
        _("raster ({ending})").format(ending=path.suffix),
        facts,
        (part,),
        name_it(path, (part,)),
    )


def about_layers(path: Path) -> About:
    """A file of shapes: one part a layer."""
    look_at_head(path)
    layers: list[str | None] = [None]
    if path.suffix.lower() == ".gpkg":
        with plainly(path):
            layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    parts = []
    for layer in layers:
        source = Source(path=str(path), layer=layer)
        told: list[Finding] = []
        raw = read_vectors(path, source, told)
        parts.append(part_of(raw, path, source, told, layer or ""))
    return About(
        path,
        "layer",
        _("layer of shapes ({ending})").format(ending=path.suffix),
        {},
        tuple(parts),
        name_it(path, parts),
    )


def about_table(path: Path) -> About:
    """A table: one part a sheet."""
    facts: dict[str, Any] = {}
    sheets: list[str | None] = [None]
    if path.suffix.lower() == ".xlsx":
        names, kind = _sheets(path)
        if kind:
            return _own_workbook(path, kind)
        sheets = [*names]
    elif path.suffix.lower() != ".dbf":
        check_size(path)
        read_as = text_of(path.read_bytes(), None, str(path))[1]
        facts["encoding"] = _letters(read_as)
    parts: list[Part] = []
    troubles: list[InputError] = []
    for sheet in sheets:
        source, told = Source(path=str(path), layer=sheet), list[Finding]()
        try:
            parts.append(part_of(read_text_table(path, source, told), path, source, told, sheet or ""))
        except InputError as error:  # an empty sheet beside others
            troubles.append(error)
    if not parts:
        raise troubles[0]
    return About(
        path,
        "table",
        _("table ({ending})").format(ending=path.suffix),
        facts,
        tuple(parts),
        name_it(path, parts),
    )


def _sheets(path: Path) -> tuple[list[str], str]:
    """The sheets of a workbook that people see, and the kind of a workbook of ours ("" for any other)."""
    try:
        with zipfile.ZipFile(path) as archive:
            check_archive(path, archive)
            check_marks(path, archive)
        book = load_workbook(path, read_only=True)
        names = [page.title for page in book.worksheets if page.sheet_state == "visible"]
        if META not in book.sheetnames:
            return names, ""
        text = "".join(str(row[0].value or "") for row in book[META].iter_rows(max_col=1) if row)
        return names, str(json.loads(text).get("kind", ""))
    except InputError:
        raise
    except Exception:  # what is wrong with it is said by the reader of tables
        return [""], ""


def _own_workbook(path: Path, kind: str) -> About:
    if kind == CORRECTIONS_KIND:
        do = (_("Mend its cells, then: phusong check STUDY --corrections {path}").format(path=path),)
        return About(path, "corrections", _("workbook to mend, by 'phusong check'"), do=do)
    do = (_("When it is filled in: phusong survey STUDY --read {path}").format(path=path),)
    return About(path, "survey", _("survey form, by 'phusong survey'"), do=do)


def _letters(read_as: str) -> str:
    """As what a table's letters were read."""
    names = {
        "cp1252": _("one byte a letter (Windows-1252, TCVN3 or VNI: found out column by column)"),
        "mixed": _("UTF-8, with lines that are not"),
    }
    return names.get(read_as, read_as.upper())
