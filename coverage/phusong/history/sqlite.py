"""A history in one file beside the study."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from phusong.errors import RunError
from phusong.history.store import TABLES, History, Statements, make_tables, refuse_format
from phusong.language import _

#: How long one waits for another who is writing.
_PATIENCE_S = 30


class _Statements(Statements):
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple]:
        return self.connection.execute(sql, values).fetchall()

    def write(self, sql: str, rows: Iterable[Sequence[Any]] = ((),)) -> None:
        self.connection.executemany(sql, rows) if "?" in sql else self.connection.execute(sql)


class SqliteHistory(History):
    """The history in an SQLite file."""

    def __init__(self, path: Path) -> None:
        self.path, self.where = path, str(path)

    @contextmanager
    def writing(self) -> Iterator[Statements]:
        with self._open("rwc") as connection:
            # Locked from the start: two who record at once wait for each other.
            connection.execute("BEGIN IMMEDIATE")
            store = _Statements(connection)
            if _is_empty(connection):
                make_tables(store, "WITHOUT ROWID")
                _keep_for_ever(store)
            refuse_format(store, self.where)
            yield store
            connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[Statements | None]:
        if not self.path.exists():
            yield None
            return
        with self._open("rw") as connection:
            connection.execute("BEGIN")
            store = _Statements(connection)
            if _is_empty(connection):
                yield None
                return
            refuse_format(store, self.where)
            yield store

    @contextmanager
    def _open(self, mode: str) -> Iterator[sqlite3.Connection]:
        """A connection; what was not committed when it closes never was."""
        address = f"{self.path.absolute().as_uri()}?mode={mode}"
        try:
            with closing(
                sqlite3.connect(address, uri=True, timeout=_PATIENCE_S, isolation_level=None)
            ) as connection:
                yield connection
        except sqlite3.DatabaseError as error:
            raise RunError(
                _("cannot be used as a history: {reason}").format(reason=error),
                where=self.where,
                do=_("See that it can be read and written, and that no other program holds it open."),
            ) from None


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Has the file no table yet? (One of another program fails when its format is asked for.)"""
    return connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def _keep_for_ever(store: Statements) -> None:
    for table in TABLES:
        for change in ("UPDATE", "DELETE"):
            store.write(
                f"CREATE TRIGGER {table}_{change.lower()} BEFORE {change} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'a history is only added to'); END"
            )
