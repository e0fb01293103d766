"""Read lists of administrative units, and tables of which became which."""

import re
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd

from phusong.admin import Gazetteer, date_rows, gazetteer_of, lend_figures, mend_codes, units_in
from phusong.domain import CROSSWALK, GAZETTEER, Finding, empty
from phusong.errors import InputError
from phusong.geo import WGS84
from phusong.language import _
from phusong.names import split_type
from phusong.readers import values
from phusong.readers.broken import is_there, plainly
from phusong.readers.header import recognise_columns
from phusong.readers.layers import read_layer
from phusong.readers.names import name_rules
from phusong.readers.rows import TABLE_SUFFIXES, open_shapes
from phusong.readers.tables import ROW, read_text_table
from phusong.readers.vectors import VECTOR_SUFFIXES
from phusong.study import Source

#: Year and month in the name of a list.
_DATE = re.compile(r"(?<!\d)(\d{4}-(?:0[1-9]|1[0-2]))(?!\d)")


def read_units(
    lists: Sequence[str], crosswalks: Sequence[Path], start: str, end: str
) -> tuple[Gazetteer, pd.DataFrame, list[Finding]]:
    """The gazetteer of the `lists` ("PATH", "2021-07=PATH" or a folder), and the rows of the `crosswalks`,
    dated and with their codes mended by it; units that only a crosswalk names are in the gazetteer too.

    `start` and `end` are the lists that are converted between: what a crosswalk that does not say its dates
    is taken to go between. Raises InputError for a file that cannot be read as such.
    """
    read = [_read_list(one) for said in lists for one in _in_folder(said)]
    outlines = {key: shape for _frame, shapes, _found in read for key, shape in shapes.items()}
    findings = [finding for _frame, _shapes, found in read for finding in found]
    official = gazetteer_of([frame for frame, _shapes, _found in read], outlines)
    tables = []
    old, new = min(start, end), max(start, end)
    for path in crosswalks:
        table, found = read_layer("crosswalk", Source(path=str(path)), path)
        table, dated = date_rows(table, official, old, new)
        table, mended = mend_codes(table, official, name_rules())
        tables.append(table)
        findings += [*found, *dated, *mended]
    crosswalk = pd.concat(tables, ignore_index=True) if tables else empty(CROSSWALK)
    named = [units_in(crosswalk, side) for side in ("old", "new")] if tables else []
    every = gazetteer_of([official.units, *named], outlines)
    return lend_figures(every, crosswalk), crosswalk, findings


def _in_folder(said: str) -> list[str]:
    """The dated lists in a folder, by name; what is no folder, as it is."""
    folder = Path(said)
    if not is_there(folder) or not folder.is_dir():
        return [said]
    known = TABLE_SUFFIXES | VECTOR_SUFFIXES
    found = [str(p) for p in sorted(folder.iterdir()) if p.suffix.lower() in known and _DATE.search(p.name)]
    if not found:
        raise InputError(
            _("has no list of units"),
            where=said,
            do=_("A list has its date in its name, such as units-2021-07.csv."),
        )
    return found


def _read_list(said: str) -> tuple[pd.DataFrame, dict[tuple[str, str], object], list[Finding]]:
    dated = re.fullmatch(r"(\d{4}-\d{2})=(.+)", said)
    path = Path(dated[2] if dated else said)
    source = Source(path=str(path))
    told: list[Finding] = []
    if path.suffix.lower() in TABLE_SUFFIXES and is_there(path):
        with plainly(path):
            raw = read_text_table(path, source, told)
    else:
        raw = open_shapes("gazetteer", source, path, told)
    columns = recognise_columns(raw.columns, "gazetteer", source, path)
    for needed in ("code", "name"):
        if needed not in columns:
            raise InputError(
                _("no column for {ours}").format(ours=needed),
                where=str(path),
                do=_("A list of units needs a column with the codes and one with the names."),
            )
    vintage = dated[1] if dated else _vintage_in_name(path, "vintage" in columns)
    units, shapes, findings = _listed(raw, columns, vintage, path)
    return units, shapes, [*told, *findings]


def _vintage_in_name(path: Path, has_column: bool) -> str:
    found = _DATE.search(path.name)
    if found is None and not has_column:
        raise InputError(
            _("does not say the date of the list"),
            where=str(path),
            do=_("Say it before the file, such as 2021-07={path}.").format(path=path.name),
        )
    return found[1] if found else ""


def _listed(
    raw: pd.DataFrame, columns: dict[str, str], vintage: str, path: Path
) -> tuple[pd.DataFrame, dict[tuple[str, str], object], list[Finding]]:
    texts = {ours: raw[theirs].map(_text) for ours, theirs in columns.items()}
    out = pd.DataFrame(texts, index=raw.index)
    out["source"], out["row"] = path.name, raw[ROW].to_numpy()
    out["code"], wrong = _codes(out["code"])
    findings = [
        Finding(
            "error",
            path.name,
            int(row),
            _("{text} is no code of a commune").format(text=repr(text)),
            _("Mend it; until then the unit is left out."),
        )
        for text, row in zip(wrong, out.loc[wrong.index, "row"], strict=True)
    ]
    out = out[out["code"].notna() & out["name"].notna()]
    split = out["name"].map(split_type)
    said = (
        out["unit_type"].str.lower() if "unit_type" in out else pd.Series(None, index=out.index, dtype="str")
    )
    out["unit_type"] = split.str[0].where(split.str[0] != "", said).astype("str")
    out["name"] = split.str[1].astype("str")
    if "vintage" in out:
        out["vintage"] = out["vintage"].fillna(vintage or None)
    else:
        out["vintage"] = vintage
    for name in ("population", "area_km2"):
        if name in out:
            out[name] = out[name].map(_number).astype("float64")
    shapes: dict[tuple[str, str], object] = {}
    if isinstance(raw, gpd.GeoDataFrame):
        outlines = raw.geometry.to_crs(WGS84)
        pairs = zip(out["code"], out["vintage"], outlines.loc[out.index], strict=True)
        shapes = {(code, date): shape for code, date, shape in pairs if shape is not None}
    return out.reindex(columns=list(GAZETTEER.columns)), shapes, findings


def _codes(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The texts as codes, and those that are none."""

    def code(text: str | None) -> str | None:
        try:
            return values.commune_code(text) if text is not None else None
        except ValueError:
            return None

    codes = texts.map(code, na_action="ignore").astype("str")
    return codes, texts[codes.isna() & texts.notna()]


def _text(cell: object) -> str | None:
    if cell is None or (not isinstance(cell, str) and pd.isna(cell)):
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() or None


def _number(text: object) -> float | None:
    try:
        return values.number(text) if isinstance(text, str) else None
    except ValueError:
        return None
