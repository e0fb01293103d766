"""Read tables and layers of PostGIS: `path = "postgis:schema.table"`.

Where the database is comes from the environment alone, never from a study: PHUSONG_POSTGIS (a libpq address
or "key=value" words) or libpq's own PGSERVICE, PGHOST, PGDATABASE, … No message repeats what they say.
"""

import hashlib
import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from phusong.domain import Finding
from phusong.errors import InputError, PhuSongError
from phusong.geo import WGS84
from phusong.language import _
from phusong.readers.header import recognise_columns
from phusong.readers.tables import ROW
from phusong.study import Source

PREFIX = "postgis:"
ADDRESS = "PHUSONG_POSTGIS"
#: Any of these says which database is meant.
_SAID_BY = (ADDRESS, "PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE")
#: How long a server may take to answer, where the address does not say.
_PATIENCE_S = 15
_SHAPES = ("geometry", "geography")


def is_postgis(path: str) -> bool:
    """Does a source's path name a table of PostGIS?"""
    return path.startswith(PREFIX)


def table_of(path: str) -> tuple[str | None, str]:
    """(schema or None, table) that a path names; InputError for anything but a bare name.

    >>> table_of("postgis:quang_nam.diem_cong"), table_of("postgis:roads")
    (('quang_nam', 'diem_cong'), (None, 'roads'))
    """
    parts = unicodedata.normalize("NFC", path.removeprefix(PREFIX)).split(".")
    if len(parts) > 2 or not all(part.replace("_", "a").replace("-", "a").isalnum() for part in parts):
        raise InputError(
            _("names no table of PostGIS: a study says schema and table only"),
            where=PREFIX + "…",
            do=_('Write path = "postgis:schema.table"; the database is named by {variable} outside.').format(
                variable=ADDRESS
            ),
        )
    return (parts[0], parts[1]) if len(parts) == 2 else (None, parts[0])


@contextmanager
def database(*, to_write: bool = False) -> Iterator[Any]:
    """A connection in one transaction, which the end of the block commits; PhuSongError says what failed."""
    psycopg = _psycopg()
    said = os.environ.get(ADDRESS, "")
    patience = "connect_timeout" in said or "PGCONNECT_TIMEOUT" in os.environ
    more = {} if patience else {"connect_timeout": _PATIENCE_S}
    try:
        connection = psycopg.connect(said, application_name="phusong", **more)
    except psycopg.Error as error:
        raise PhuSongError(
            _("cannot be reached: {reason}").format(reason=_why(str(error))),
            where="PostGIS",
            do=_("Look at {variable} or libpq's PG… variables, and whether the server runs.").format(
                variable=ADDRESS
            ),
        ) from None
    try:
        with connection:
            connection.read_only = not to_write
            # The same rows give the same text whatever the server is set to.
            connection.execute("SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC'")
            connection.execute("SET LOCAL extra_float_digits = 1")
            yield connection
    except psycopg.Error as error:
        said = error.diag.message_primary or type(error).__name__
        raise PhuSongError(
            _("refused: {reason}").format(reason=_without_secrets(said)),
            where="PostGIS",
            do=_("Ask the database's keeper; nothing was changed."),
        ) from None


def _psycopg() -> Any:
    try:
        import psycopg
    except ImportError:
        raise PhuSongError(
            _("needs the library psycopg"),
            where="PostGIS",
            do=_("Install it: pip install 'phusong[postgis]'."),
        ) from None
    if not any(os.environ.get(name) for name in _SAID_BY):
        raise PhuSongError(
            _("no database is named"),
            where="PostGIS",
            do=_(
                "Set {variable} (or PGSERVICE, PGHOST, PGDATABASE) in the environment, not in the study."
            ).format(variable=ADDRESS),
        )
    return psycopg


def _why(message: str) -> str:
    """What kept the connection from being made, in our own words: libpq's may repeat a password."""
    said = message.lower()
    reasons = (
        ("password authentication failed", _("user name or password are wrong")),
        ("no password supplied", _("it asks for a password")),
        ("pg_hba.conf", _("the server lets nobody in from here")),
        ("connection refused", _("nothing listens there")),
        ("no such file", _("nothing listens there")),
        ("translate host name", _("there is no such host")),
        ("resolve host", _("there is no such host")),
        ("timeout", _("it does not answer in time")),
        ("service", _("the service is not in the service file")),
        ("role", _("there is no such user")),
        ("database", _("there is no such database")),
    )
    return next((reason for word, reason in reasons if word in said), _("the address is not understood"))


def _without_secrets(text: str) -> str:
    secrets = [os.environ.get("PGPASSWORD")]
    try:
        secrets.append(_psycopg().conninfo.conninfo_to_dict(os.environ.get(ADDRESS, "")).get("password"))
    except Exception:  # an address that cannot be parsed may be a secret as a whole
        secrets.append(os.environ.get(ADDRESS))
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    return text


def read_postgis(name: str, source: Source) -> tuple[pd.DataFrame, list[Finding]]:
    """The table's cells as text, with its shapes if it has any (`layer` names their column), in the order of
    its primary key or of its contents. Raises InputError where there is no such table or column."""
    schema, table = table_of(source.path)
    with database() as connection:
        full = _found(connection, schema, table, name)
        columns = _columns(connection, full)
        shape = _shape_column(columns, source)
        texts = [column for column, kind in columns if kind not in (*_SHAPES, "raster", "topogeometry")]
        moments = recognise_columns(texts, name, source, Path(table)) if name == "reports" else {}
        query = _query(connection, full, columns, texts, shape, moments.get("received_at", ""))
        rows = connection.execute(query).fetchall()
        frame = pd.DataFrame([row[: len(texts)] for row in rows], columns=texts, dtype="object")
        frame = frame.map(lambda v: unicodedata.normalize("NFC", v.strip()) if isinstance(v, str) else v)
        frame[ROW] = range(1, len(frame) + 1)
        if shape is None:
            return frame, []
        shapes = shapely.from_wkb([bytes(row[-1]) if row[-1] is not None else None for row in rows])
        return _placed(connection, frame, shapes), []


def _found(connection: Any, schema: str | None, table: str, name: str) -> Any:
    """The table as an identifier; InputError with those that there are."""
    from psycopg import sql

    full = sql.Identifier(*([schema, table] if schema else [table]))
    there = connection.execute("SELECT to_regclass(%s)", [full.as_string(connection)]).fetchone()[0]
    if there is None:
        named = connection.execute(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname NOT LIKE 'pg\\_%%' "
            "AND n.nspname <> 'information_schema' AND (%s::text IS NULL OR n.nspname = %s) "
            "ORDER BY 1 LIMIT 20",
            [schema, schema],
        ).fetchall()
        raise InputError(
            _("there is no such table (input {name})").format(name=name),
            where=PREFIX + ".".join(filter(None, (schema, table))),
            do=_("There are: {names}.").format(names=", ".join(row[0] for row in named) or "–"),
        )
    return full


def _columns(connection: Any, full: Any) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = connection.execute(
        "SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
        "WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        [full.as_string(connection)],
    ).fetchall()
    return rows


def _shape_column(columns: list[tuple[str, str]], source: Source) -> tuple[str, str] | None:
    """(name, type) of the column of shapes: that of `layer`, else the first; None where there is none."""
    shapes = [(column, kind) for column, kind in columns if kind in _SHAPES]
    if source.layer is None:
        return shapes[0] if shapes else None
    for column, kind in shapes:
        if column == source.layer:
            return column, kind
    raise InputError(
        _("has no column of shapes {layer}").format(layer=repr(source.layer)),
        where=source.path,
        do=_("It has: {names}.").format(names=", ".join(c for c, _kind in shapes) or "–"),
    )


def _query(
    connection: Any,
    full: Any,
    columns: list[tuple[str, str]],
    texts: list[str],
    shape: tuple[str, str] | None,
    moments: str,
) -> Any:
    """All rows: cells as text (moments as dates but in the column `moments`), then the shape as EWKB, flat
    and without curves."""
    from psycopg import sql

    kinds = dict(columns)
    parts = [
        sql.SQL(
            "to_char(t.{}, 'YYYY-MM-DD')"
            if kinds[c].startswith("timestamp") and c != moments
            else "t.{}::text"
        ).format(sql.Identifier(c))
        for c in texts
    ]
    if shape is not None:
        home = sql.Identifier(home_of_postgis(connection))
        parts.append(
            sql.SQL("{h}.ST_AsEWKB({h}.ST_Force2D({h}.ST_CurveToLine(t.{c}::{h}.geometry)))").format(
                h=home, c=sql.Identifier(shape[0])
            )
        )
    key = connection.execute(
        "SELECT a.attname FROM pg_index i "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
        "WHERE i.indrelid = to_regclass(%s) AND i.indisprimary "
        "ORDER BY array_position(i.indkey::int[], a.attnum::int)",
        [full.as_string(connection)],
    ).fetchall()
    order: list[Any] = [sql.SQL("t.{}").format(sql.Identifier(row[0])) for row in key] or [
        sql.SQL('t::text COLLATE "C"')
    ]
    return sql.SQL("SELECT {} FROM {} t ORDER BY {}").format(
        sql.SQL(", ").join(parts), full, sql.SQL(", ").join(order)
    )


def home_of_postgis(connection: Any) -> str:
    """The schema that PostGIS is installed in."""
    row = connection.execute(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace "
        "WHERE e.extname = 'postgis'"
    ).fetchone()
    if row is None:
        raise PhuSongError(
            _("the database has no PostGIS"),
            where="PostGIS",
            do=_("Its keeper can add it: CREATE EXTENSION postgis;"),
        )
    home: str = row[0]
    return home


def _placed(connection: Any, frame: pd.DataFrame, shapes: Any) -> gpd.GeoDataFrame:
    """The frame with its shapes: in their one system, or in WGS 84 where the table mixes several."""
    known = sorted(int(n) for n in set(shapely.get_srid(shapes[shapely.is_geometry(shapes)])))
    systems = {srid: _crs(connection, srid) for srid in known}
    plain = shapely.set_srid(shapes, 0)
    if len(systems) < 2:
        return gpd.GeoDataFrame(frame, geometry=plain, crs=next(iter(systems.values()), WGS84))
    if None in systems.values():
        raise InputError(
            _("has shapes with and without a coordinate system"),
            where="PostGIS",
            do=_("Give each its SRID (UpdateGeometrySRID)."),
        )
    srids = pd.Series(shapely.get_srid(shapes), index=frame.index)
    out = gpd.GeoDataFrame(frame, geometry=plain, crs=WGS84)
    for srid, crs in systems.items():
        here = (srids == srid) & ~shapely.is_missing(plain)
        out.loc[here, "geometry"] = gpd.GeoSeries(plain[here], crs=crs).to_crs(WGS84).to_numpy()
    return out


def _crs(connection: Any, srid: int) -> CRS | None:
    """The coordinate system of an SRID as the database has it; None for 0, which is none."""
    if srid == 0:
        return None
    from psycopg import sql

    row = connection.execute(
        sql.SQL("SELECT auth_name, auth_srid, srtext FROM {}.spatial_ref_sys WHERE srid = %s").format(
            sql.Identifier(home_of_postgis(connection))
        ),
        [srid],
    ).fetchone()
    try:
        return CRS.from_authority(row[0], row[1]) if row and row[0] else CRS.from_wkt(row[2] if row else "")
    except CRSError:
        raise InputError(
            _("SRID {srid} is no coordinate system that is known").format(srid=srid),
            where="PostGIS",
            do=_("Say crs in the study, and give the shapes SRID 0."),
        ) from None


def fingerprint(path: str) -> dict[str, Any]:
    """What a table holds, for a manifest: `file`, `rows`, `bytes`, SHA-256 of its rows as text, sorted."""
    from psycopg import sql

    digest, rows, size = hashlib.sha256(), 0, 0
    schema, table = table_of(path)
    with database() as connection:
        full = _found(connection, schema, table, "–")
        with connection.cursor("phusong") as cursor:
            cursor.execute(sql.SQL('SELECT t::text FROM {} t ORDER BY t::text COLLATE "C"').format(full))
            for (text,) in cursor:
                line = text.encode() + b"\n"
                digest.update(line)
                rows, size = rows + 1, size + len(line)
    return {"file": path, "rows": rows, "bytes": size, "sha256": digest.hexdigest()}
