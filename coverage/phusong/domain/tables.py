"""How tables are declared: columns with meaning, unit and bounds; and what a declaration is good for."""

from typing import Any

import geopandas as gpd
import pandas as pd
import pandera.pandas as pa

from phusong.geo import has_shape


def text(
    meaning: str, *, required: bool = True, nullable: bool = True, among: tuple[str, ...] = (), **kw: Any
) -> pa.Column:
    checks = [pa.Check.isin(list(among))] if among else []
    checks += kw.pop("checks", [])
    if not nullable:
        checks.append(pa.Check.str_length(min_value=1))
    return pa.Column(str, checks, nullable=nullable, required=required, description=meaning, metadata=kw)


def number(
    meaning: str,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    *,
    dtype: str = "float64",
    nullable: bool = True,
    required: bool = True,
) -> pa.Column:
    checks = []
    if low is not None:
        checks.append(pa.Check.ge(low))
    if high is not None:
        checks.append(pa.Check.le(high))
    return pa.Column(
        dtype,
        checks,
        nullable=nullable,
        required=required,
        coerce=True,
        description=meaning,
        metadata={"unit": unit},
    )


def count(meaning: str, unit: str, *, nullable: bool = False) -> pa.Column:
    return number(meaning, unit, 0, dtype="Int64" if nullable else "int64", nullable=nullable)


def flag(meaning: str) -> pa.Column:
    return pa.Column(bool, coerce=True, description=meaning, metadata={})


def shape(*types: str) -> pa.Column:
    known = pa.Check(lambda s: has_shape(s) & s.geom_type.isin(types), name=f"a {' or '.join(types)}")
    return pa.Column("geometry", known, nullable=False, description=" or ".join(types), metadata={})


def table(name: str, key: str, columns: dict[str, pa.Column], meaning: str) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        columns, name=name, unique=key.split("+"), strict=False, description=meaning, metadata={"key": key}
    )


ORIGIN = {
    "source": text("file that the row came from", nullable=False),
    "row": number(
        "row of that file, as a spreadsheet counts (header = 1)", "1", 1, dtype="int64", nullable=False
    ),
}
DATE = pa.Check.str_matches(r"^\d{4}(-\d{2}(-\d{2})?)?$")
MOMENT = pa.Check.str_matches(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+07:00$")
CODE = pa.Check.str_matches(r"^\d{5}$")


def _is_text(column: pa.Column) -> bool:
    # How pandera spells it depends on the version: str, string, string[pyarrow].
    return str(column.dtype).startswith("str")


def describe(table: pa.DataFrameSchema) -> pd.DataFrame:
    """The data dictionary of a table: column, type, unit, meaning."""
    return pd.DataFrame(
        {
            "column": name,
            "type": "text" if _is_text(column) else str(column.dtype),
            "unit": (column.metadata or {}).get("unit", ""),
            "may_be_empty": bool(column.nullable),
            "meaning": column.description or "",
        }
        for name, column in table.columns.items()
    )


def empty(table: pa.DataFrameSchema, crs: Any = None) -> gpd.GeoDataFrame:
    """A frame of the table with no rows."""
    frame = pd.DataFrame(
        {
            name: pd.Series(dtype="object" if name == "geometry" else "str" if _is_text(c) else str(c.dtype))
            for name, c in table.columns.items()
        }
    )
    if "geometry" not in frame:
        return frame
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=crs)


def conform(frame: pd.DataFrame, table: pa.DataFrameSchema) -> pd.DataFrame:
    """`frame` with exactly the columns of `table`, in its order and types, sorted by its key.

    Raises pandera's SchemaErrors: a result that does not fit its table is a bug, not the user's.
    """
    names = list(table.columns)
    out = frame.reindex(columns=names)
    for name in names:
        # A text column of an empty frame has no type of its own yet.
        if _is_text(table.columns[name]):
            out[name] = out[name].astype("str")
    valid: pd.DataFrame = table.validate(out, lazy=True)
    return valid.sort_values(table.metadata["key"].split("+"), ignore_index=True)
