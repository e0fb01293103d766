"""The history of a study: snapshots by date, and what changed between two dates.

A snapshot is never changed or taken out; another one of the same date is its next version, and the latest
version of a date counts. What came first is said by the dates, and among versions by their numbers, never by
the clock. `open_history` is the gateway; `history.sqlite` and `history.postgres` are two stores for one
interface.
"""

import re
from pathlib import Path

from phusong.errors import StudyError
from phusong.history.changes import CHANGES, COLUMNS, by_date, change_of, changed_sites, statuses_at
from phusong.history.postgres import PostgresHistory
from phusong.history.sqlite import SqliteHistory
from phusong.history.store import REPORT_COLUMNS, SITE_COLUMNS, History, Recorded, Snapshot
from phusong.language import _

__all__ = [
    "CHANGES",
    "COLUMNS",
    "REPORT_COLUMNS",
    "SITE_COLUMNS",
    "History",
    "Recorded",
    "Snapshot",
    "by_date",
    "change_of",
    "changed_sites",
    "open_history",
    "statuses_at",
]


def open_history(said: str, folder: Path) -> History:
    """The history that a study names, seen from its folder: a file, or "postgresql:schema".

    Raises StudyError when it names a database in another way: only the environment says where that is.
    """
    if not re.match(r"(?i)postgres", said):
        if "://" in said:
            raise StudyError(
                _("is an address, not a file"),
                where="[weekly] history",
                do=_("Name a file, such as history.sqlite."),
            )
        return SqliteHistory(folder / said)
    schema = re.fullmatch(r"postgresql:(?://)?(\w{1,63})", said)
    if schema is None or schema[1].startswith("pg_") or schema[1] == "information_schema":
        raise StudyError(
            _("names no schema of a database: a study says no host, user or password"),
            where="[weekly] history",
            do=_(
                'Write history = "postgresql:phusong_history"; the database is named by {variable} outside.'
            ).format(variable="PHUSONG_POSTGIS"),
        )
    return PostgresHistory(schema[1])
