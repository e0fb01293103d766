"""A history in a schema of PostgreSQL; where the database is, the environment says (`readers.postgis`)."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from phusong.history.store import TABLES, History, Statements, make_tables, refuse_format
from phusong.readers.postgis import database


class _Statements(Statements):
    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple]:
        rows: list[tuple] = self.connection.execute(sql.replace("?", "%s"), list(values)).fetchall()
        return rows

    def write(self, sql: str, rows: Iterable[Sequence[Any]] = ((),)) -> None:
        if "?" not in sql:
            self.connection.execute(sql)
            return
        with self.connection.cursor() as cursor:
            cursor.executemany(sql.replace("?", "%s"), list(rows))


class PostgresHistory(History):
    """The history in one schema of its own."""

    def __init__(self, schema: str) -> None:
        self.schema, self.where = schema, f"PostgreSQL, {schema}"

    @contextmanager
    def writing(self) -> Iterator[Statements]:
        with database(to_write=True) as connection:
            # Two who record at once wait for each other.
            connection.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s))", [f"phusong history {self.schema}"]
            )
            # Asked first: to make one needs a right that a user of an existing schema may lack.
            if not connection.execute(
                "SELECT 1 FROM pg_namespace WHERE nspname = %s", [self.schema]
            ).fetchone():
                connection.execute(self._sql("CREATE SCHEMA {}"))
            store = self._within(connection)
            if not _has_tables(store):
                make_tables(store)
                _keep_for_ever(store)
            refuse_format(store, self.where)
            yield store

    @contextmanager
    def reading(self) -> Iterator[Statements | None]:
        with database() as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            store = self._within(connection)
            if not _has_tables(store):
                yield None
                return
            refuse_format(store, self.where)
            yield store

    def _within(self, connection: Any) -> Statements:
        connection.execute(self._sql("SET LOCAL search_path = {}"))
        return _Statements(connection)

    def _sql(self, text: str) -> Any:
        from psycopg import sql

        return sql.SQL(text).format(sql.Identifier(self.schema))


def _has_tables(store: Statements) -> bool:
    return store.read("SELECT to_regclass('about')") != [(None,)]


def _keep_for_ever(store: Statements) -> None:
    store.write(
        "CREATE FUNCTION only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'a history is only added to'; END$$"
    )
    for table in TABLES:
        store.write(
            f"CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION only_added_to()"
        )
