"""Rows that do not fit their table: empty or impossible values, broken shapes, identifiers used twice."""

from collections.abc import Iterator

import geopandas as gpd
import pandas as pd
import pandera.pandas as pa
import shapely

from phusong.checks.problem import Problem
from phusong.domain import INPUT_TABLES, Region
from phusong.language import _


def broken_shapes(region: Region) -> Iterator[Problem]:
    """Polygons that cross themselves are mended; what cannot be is left to `broken_rows`."""
    frame = region.communes
    for index, shape in frame.geometry.items():
        if shape is None or shape.is_valid:
            continue
        mended = _mended(shape)
        polygonal = mended.geom_type in ("Polygon", "MultiPolygon") and not mended.is_empty
        yield Problem(
            "communes",
            index,
            _("the outline is broken ({reason})").format(reason=shapely.is_valid_reason(shape)),
            _("It was mended for this run; mend it in QGIS (Fix geometries).")
            if polygonal
            else _("Draw it again in QGIS."),
            set_aside=not polygonal,
            replacement={"geometry": mended} if polygonal else {},
        )


def _mended(shape: shapely.Geometry) -> shapely.Geometry:
    """The shape made valid; an empty one where GEOS finds nothing in it to go by."""
    try:
        return shapely.make_valid(shape, method="structure")
    except shapely.errors.GEOSException:
        return shapely.Polygon()


def broken_rows(region: Region) -> Iterator[Problem]:
    """Rows that their table's declaration refuses."""
    for name, table in INPUT_TABLES.items():
        frame = getattr(region, name)
        if frame.empty:
            continue
        for index, reasons in _refusals(frame, table).items():
            yield Problem(
                name,
                index,
                "; ".join(reasons),
                _("Mend the row; until then it is set aside."),
                set_aside=True,
                column="; ".join(sorted(set(reasons.values()))),
            )


def _refusals(frame: gpd.GeoDataFrame, table: pa.DataFrameSchema) -> dict[object, dict[str, str]]:
    """Row index → what is wrong with it and in which column, by the table's own declaration (uniqueness
    apart)."""
    rules = pa.DataFrameSchema(table.columns)
    try:
        rules.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases.dropna(subset=["index"]).sort_values(["index", "column"], kind="stable")
        out: dict[object, dict[str, str]] = {}
        for case in cases.itertuples():
            said = _in_words(str(case.column), str(case.check), case.failure_case)
            out.setdefault(case.index, {}).setdefault(said, str(case.column))
        return out
    return {}


def _in_words(column: str, check: str, value: object) -> str:
    if column == "geometry":
        return _("no usable position or shape")
    if check == "not_nullable" or value == "":
        return _("{column} is empty").format(column=column)
    return _("{column} cannot be {value}").format(column=column, value=repr(value))


def same_id_twice(region: Region) -> Iterator[Problem]:
    """Of rows with one identifier the first by content is kept, so the order of rows decides nothing."""
    for name, table in INPUT_TABLES.items():
        frame = getattr(region, name)
        key = (table.metadata or {})["key"].split("+")
        shared = frame[frame.duplicated(key, keep=False)]
        if shared.empty:
            continue
        content = pd.DataFrame(shared.drop(columns=["geometry", "row"], errors="ignore")).astype("str")
        if "geometry" in shared:
            content["geometry"] = shapely.to_wkb(shared.geometry.to_numpy(), hex=True)
        content["row"] = shared["row"]
        ordered = content.sort_values(list(content.columns), kind="stable")
        said = shared[key].fillna("–").astype("str").agg(" + ".join, axis=1)
        for index in ordered.index[ordered.duplicated(key)]:
            yield Problem(
                name,
                index,
                _("{key} {value} is used more than once").format(key=" + ".join(key), value=said[index]),
                _("Give each row its own, or delete the copy; one of them was kept."),
                set_aside=True,
                column="; ".join(key),
            )
