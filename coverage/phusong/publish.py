"""Put a run's tables into a schema of PostGIS, in one transaction: all of them, or none.

Each table carries in its comment what it is, and whose: the study's title and the run. Only tables that say
they are this study's are replaced; any other of the same name stops the work. Types, keys and comments follow
the tables' declarations; shapes are in EPSG:4326 with a spatial index. Views of other people on our tables
stay while columns do.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pandera.pandas as pa
import shapely

from phusong.domain import ASKED_TABLES, INPUT_TABLES, RESULT_TABLES
from phusong.errors import RunError
from phusong.language import _
from phusong.readers.postgis import database, home_of_postgis
from phusong.runs import Run

_DECLARED = {**INPUT_TABLES, **RESULT_TABLES, **ASKED_TABLES}
_TYPES = {"float64": "double precision", "int64": "bigint", "Int64": "bigint", "bool": "boolean"}
_SRID = 4326
#: One row that says how the tables came about.
_RUN = "run"


@dataclass(frozen=True)
class _Table:
    """A table to be written: (column, SQL type, may be empty, comment) in order, key, rows."""

    name: str
    meaning: str
    columns: list[tuple[str, str, bool, str]]
    key: list[str]
    rows: list[tuple[Any, ...]]


def publish(run: Run, schema: str) -> dict[str, int]:
    """Write the run's tables into `schema`, made if need be; table → rows.

    Raises RunError where a table of that name is not this study's, PhuSongError where the database refuses.
    """
    _refuse_schema(schema)
    title = " ".join(str(run.manifest["title"]).split())
    tables = [_prepared(name, frame) for name, frame in run.tables.items()] + [_run_table(run, title)]
    with database(to_write=True) as connection:
        # Two who publish at once wait for each other.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"phusong:{schema}"])
        home = home_of_postgis(connection)
        _make_schema(connection, schema)
        there = _tables_there(connection, schema)
        _refuse_others(there, [table.name for table in tables], schema, title)
        for table in tables:
            _write(connection, schema, home, table, table.name in there, _mark(table.meaning, title, run))
        for stale in sorted(_ours(there, title) - {table.name for table in tables}):
            connection.execute(_sql("DROP TABLE {}.{}", schema, stale))
    return {table.name: len(table.rows) for table in tables}


def _refuse_schema(schema: str) -> None:
    plain = schema.replace("_", "a").isalnum() and len(schema.encode()) <= 63
    if not plain or schema.startswith("pg_") or schema == "information_schema":
        raise RunError(
            _("{schema} is no name for a schema of ours").format(schema=repr(schema)),
            where="PostGIS",
            do=_("Use letters, digits and _, such as quang_nam_2026."),
        )


def _prepared(name: str, frame: pd.DataFrame) -> _Table:
    declared = _DECLARED[name]
    columns = [
        (column, _type_of(said), bool(said.nullable), _comment_of(said))
        for column, said in declared.columns.items()
    ]
    key = str((declared.metadata or {})["key"]).split("+")
    # A primary key has no empty part.
    whole = not any(declared.columns[column].nullable for column in key)
    cells = [_cells(frame, column, kind) for column, kind, _empty, _comment in columns]
    return _Table(
        name, declared.description or name, columns, key if whole else [], list(zip(*cells, strict=True))
    )


def _run_table(run: Run, title: str) -> _Table:
    columns = [
        ("run_id", "text", False, "the run"),
        ("title", "text", False, "title of the study"),
        ("created", "timestamp with time zone", False, "when the run was made"),
        ("manifest", "jsonb", False, "inputs, prices, targets, versions that it rests on (manifest.json)"),
    ]
    manifest = run.manifest
    row = (manifest["run_id"], title, manifest["created"], json.dumps(manifest, ensure_ascii=False))
    return _Table(_RUN, "a row: the run that all tables of this schema come from", columns, ["run_id"], [row])


def _type_of(column: pa.Column) -> str:
    if str(column.dtype) == "geometry":
        kinds = (column.description or "").split(" or ")
        return f"geometry({kinds[0] if len(kinds) == 1 else 'Geometry'},{_SRID})"
    return _TYPES.get(str(column.dtype), "text")


def _comment_of(column: pa.Column) -> str:
    unit = (column.metadata or {}).get("unit", "")
    return f"{column.description or ''} [{unit}]" if unit else column.description or ""


def _cells(frame: pd.DataFrame, column: str, kind: str) -> list[Any]:
    """The column's values as the database takes them; None where the frame has none."""
    if column not in frame:
        return [None] * len(frame)
    if kind.startswith("geometry"):
        shapes = shapely.set_srid(frame[column].to_numpy(), _SRID)
        return shapely.to_wkb(shapes, hex=True, include_srid=True).tolist()
    values = frame[column].astype("object")
    # No database text holds a NUL.
    return [None if pd.isna(v) else v.replace("\0", "") if isinstance(v, str) else v for v in values]


def _make_schema(connection: Any, schema: str) -> None:
    # Asked first: to make one needs a right that a user of an existing schema may lack.
    if not connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone():
        connection.execute(_sql("CREATE SCHEMA {}", schema))


def _tables_there(connection: Any, schema: str) -> dict[str, str]:
    """What is in the schema → its comment."""
    rows = connection.execute(
        "SELECT c.relname, coalesce(obj_description(c.oid, 'pg_class'), '') FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relkind IN ('r', 'v', 'm', 'f', 'p')",
        [schema],
    ).fetchall()
    return dict(rows)


def _mark(meaning: str, title: str, run: Run) -> str:
    return f"{meaning}\n\nphusong: {title}\nrun: {run.manifest['run_id']}"


def _whose(comment: str) -> str | None:
    """The title of the study that a table's comment names; None where it is not ours."""
    found = re.search(r"^phusong: (.*)\nrun: .*\Z", comment, re.MULTILINE)
    return found[1] if found else None


def _ours(there: dict[str, str], title: str) -> set[str]:
    return {name for name, comment in there.items() if _whose(comment) == title}


def _refuse_others(there: dict[str, str], names: list[str], schema: str, title: str) -> None:
    for name in sorted(set(names) & set(there) - _ours(there, title)):
        other = _whose(there[name])
        raise RunError(
            _("{table} is there already, of another study ({title})").format(
                table=f"{schema}.{name}", title=other
            )
            if other is not None
            else _("{table} is there already and was not written by phusong").format(
                table=f"{schema}.{name}"
            ),
            where="PostGIS",
            do=_("Name another schema with --schema; nothing was changed."),
        )


def _write(connection: Any, schema: str, home: str, table: _Table, is_there: bool, comment: str) -> None:
    """The table with its rows; one that has the same columns already keeps its grants and the views on it."""
    if is_there and _has_columns(connection, schema, table):
        connection.execute(_sql("TRUNCATE {}.{}", schema, table.name))
    else:
        if is_there:
            connection.execute(_sql("DROP TABLE {}.{}", schema, table.name))
        _create(connection, schema, home, table)
    names = [column for column, *_rest in table.columns]
    places = ", ".join(["{}"] * len(names))
    with connection.cursor().copy(
        _sql(f"COPY {{}}.{{}} ({places}) FROM STDIN", schema, table.name, *names)
    ) as copy:
        for row in table.rows:
            copy.write_row(row)
    connection.execute(_comment("COMMENT ON TABLE {}.{} IS ", comment, schema, table.name))
    for column, _kind, _empty, said in table.columns:
        connection.execute(_comment("COMMENT ON COLUMN {}.{}.{} IS ", said, schema, table.name, column))


def _has_columns(connection: Any, schema: str, table: _Table) -> bool:
    rows = connection.execute(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull FROM pg_attribute a "
        "JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        [schema, table.name],
    ).fetchall()
    there = [(name, re.sub(r"^.*\.geometry", "geometry", kind), empty) for name, kind, empty in rows]
    return there == [(name, kind, empty) for name, kind, empty, _comment in table.columns]


def _create(connection: Any, schema: str, home: str, table: _Table) -> None:
    from psycopg import sql

    parts = []
    for column, kind, empty, _said in table.columns:
        typed: Any = sql.SQL(kind)
        if kind.startswith("geometry"):
            typed = sql.SQL("{}.{}").format(sql.Identifier(home), typed)
        parts.append(
            sql.SQL("{} {} {}").format(sql.Identifier(column), typed, sql.SQL("" if empty else "NOT NULL"))
        )
    if table.key:
        keys = sql.SQL(", ").join(map(sql.Identifier, table.key))
        parts.append(sql.SQL("PRIMARY KEY ({})").format(keys))
    made = sql.SQL("CREATE TABLE {} ({})").format(
        sql.Identifier(schema, table.name), sql.SQL(", ").join(parts)
    )
    connection.execute(made)
    for column in _shapes(table):
        connection.execute(_sql("CREATE INDEX ON {}.{} USING gist ({})", schema, table.name, column))


def _shapes(table: _Table) -> Iterator[str]:
    yield from (column for column, kind, *_rest in table.columns if kind.startswith("geometry"))


def _sql(text: str, *names: str) -> Any:
    from psycopg import sql

    return sql.SQL(text).format(*map(sql.Identifier, names))


def _comment(text: str, said: str, *names: str) -> Any:
    from psycopg import sql

    return _sql(text, *names) + sql.Literal(said)
