"""What a history keeps, and the statements that all stores share.

Four tables: `snapshots` (a row a snapshot), `site_statuses` (a row a site of one), `reports` (each answer
once, with the snapshot that first saw it) and `snapshot_reports` (which answers a snapshot had). Rows are
added in one transaction a snapshot, and the database itself refuses to change or delete one.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from phusong.domain import SERVICES
from phusong.errors import RunError
from phusong.history.changes import COLUMNS, statuses_at
from phusong.language import _

FORMAT = "1"
SITE_COLUMNS = [
    *("site_id", "name", "kind", "commune_code"),
    *(column for s in SERVICES for column in (s, f"{s}_basis", f"{s}_date")),
]
REPORT_COLUMNS = [
    *("site_id", "report_date", "reported_by"),
    *(f"{service}_reported" for service in SERVICES),
    *("note", "received_at"),
]
TABLES = ("about", "snapshots", "site_statuses", "reports", "snapshot_reports")


@dataclass(frozen=True)
class Snapshot:
    """What is known at a date: `sites` (SITE_COLUMNS of GAPS), the `reports` received so far (REPORT_COLUMNS
    of REPORTS), and what it was made from (inputs with their SHA-256)."""

    date: str
    made_from: Mapping[str, Any]
    sites: pd.DataFrame
    reports: pd.DataFrame

    def rows(self) -> tuple[list[tuple], dict[str, tuple]]:
        """The rows of the sites by id, and the different reports by a hash of what they say."""
        sites = sorted(_cells(self.sites, SITE_COLUMNS))
        reports = {_hash(row)[:32]: row for row in _cells(self.reports, REPORT_COLUMNS)}
        return sites, dict(sorted(reports.items()))

    def digest(self) -> str:
        """A hash of all that it says; the moment at which it is recorded is no part of it."""
        sites, reports = self.rows()
        return _hash([self.date, self.made_from, sites, list(reports)])


@dataclass(frozen=True)
class Recorded:
    """A snapshot as the history lists it. `number` counts all snapshots, `version` those of one date."""

    number: int
    date: str
    version: int
    recorded: str
    digest: str
    made_from: dict[str, Any]
    sites: int
    reports: int


def _cells(frame: pd.DataFrame, columns: Sequence[str]) -> list[tuple]:
    """The rows as text; None where there is nothing."""
    whole = frame.reindex(columns=list(columns)).astype("object")
    return [
        tuple(None if pd.isna(cell) else str(cell).replace("\0", "") for cell in row)
        for row in whole.itertuples(index=False, name=None)
    ]


def _hash(said: Any) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Statements(ABC):
    """An open transaction of a store; `?` stands for a value."""

    @abstractmethod
    def read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple]:
        """The rows that a query gives."""

    @abstractmethod
    def write(self, sql: str, rows: Iterable[Sequence[Any]] = ((),)) -> None:
        """Run a statement once for each of `rows`."""


class History(ABC):
    """Snapshots by date. `where` names the place for people."""

    where: str

    @abstractmethod
    def writing(self) -> AbstractContextManager[Statements]:
        """A transaction that the end of the block commits, alone in the store; made with its tables if need
        be."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Statements | None]:
        """A transaction that sees one state of the store; None where there is no store yet."""

    def record(self, snapshot: Snapshot, moment: str) -> tuple[Recorded, bool]:
        """Add `snapshot` at `moment` unless the latest version of its date is the same; which is it, and is
        it new?

        Raises RunError when the history is of another study: no site of its latest snapshot is in this one.
        """
        sites, reports = snapshot.rows()
        digest = snapshot.digest()
        with self.writing() as store:
            there = self._listed(store)
            last = max((r for r in there if r.date == snapshot.date), key=lambda r: r.version, default=None)
            if last is not None and last.digest == digest:
                return last, False
            _refuse_other_study(store, there, {row[0] for row in sites}, self.where)
            new = Recorded(
                number=len(there) + 1,
                date=snapshot.date,
                version=1 if last is None else last.version + 1,
                recorded=moment,
                digest=digest,
                made_from=dict(snapshot.made_from),
                sites=len(sites),
                reports=len(reports),
            )
            row = [*vars(new).values()]
            row[5] = json.dumps(row[5], sort_keys=True, ensure_ascii=False)
            _insert(store, "snapshots", [row])
            _insert(store, "site_statuses", [(new.number, *row) for row in sites])
            places = dict(store.read("SELECT report_id, place FROM reports"))
            unseen = {key: row for key, row in reports.items() if key not in places}
            places |= {key: place for place, key in enumerate(unseen, len(places) + 1)}
            _insert(store, "reports", [(places[key], key, *row, new.number) for key, row in unseen.items()])
            _insert(store, "snapshot_reports", [(new.number, places[key]) for key in reports])
        return new, True

    def snapshots(self) -> list[Recorded]:
        """All snapshots in the order of their dates and versions."""
        with self.reading() as store:
            return [] if store is None else self._listed(store)

    def latest(self, until: str = "9999") -> list[Recorded]:
        """The latest version of each date up to `until`, in order."""
        return list({r.date: r for r in self.snapshots() if r.date <= until}.values())

    def sites_of(self, number: int) -> pd.DataFrame:
        """SITE_COLUMNS of one snapshot, by site."""
        sql = f"SELECT {', '.join(SITE_COLUMNS)} FROM site_statuses WHERE number = ?"
        # Databases differ in how they sort text.
        return self._frame(sql, SITE_COLUMNS, (number,)).sort_values("site_id", ignore_index=True)

    def statuses(self, numbers: Iterable[int]) -> pd.DataFrame:
        """The statuses (`changes.COLUMNS`) of snapshots of different dates."""
        dates = {r.number: r.date for r in self.snapshots()}
        parts = [statuses_at(dates[number], self.sites_of(number)) for number in numbers]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)

    def reports(self) -> pd.DataFrame:
        """Every report that any snapshot had: `report_id`, REPORT_COLUMNS, and the `number` and moment
        (`first_seen`) of the snapshot that first had it."""
        said = ", ".join(f"r.{name}" for name in ["report_id", *REPORT_COLUMNS])
        sql = f"SELECT {said}, r.number, s.recorded FROM reports r JOIN snapshots s ON s.number = r.number"
        found = self._frame(sql, ["report_id", *REPORT_COLUMNS, "number", "first_seen"])
        return found.sort_values("report_id", ignore_index=True)

    def reports_of(self, number: int) -> frozenset[str]:
        """Ids of the reports that one snapshot had."""
        sql = (
            "SELECT r.report_id FROM snapshot_reports s JOIN reports r ON r.place = s.place "
            "WHERE s.number = ?"
        )
        return frozenset(self._frame(sql, ["report_id"], (number,))["report_id"])

    def _frame(self, sql: str, columns: list[str], values: Sequence[Any] = ()) -> pd.DataFrame:
        with self.reading() as store:
            rows = [] if store is None else store.read(sql, values)
        return pd.DataFrame(rows, columns=columns, dtype="object")

    def _listed(self, store: Statements) -> list[Recorded]:
        names = [field.name for field in fields(Recorded)]
        rows = store.read(f"SELECT {', '.join(names)} FROM snapshots")
        listed = [
            Recorded(**{**dict(zip(names, row, strict=True)), "made_from": json.loads(row[5])})
            for row in rows
        ]
        return sorted(listed, key=lambda r: (r.date, r.version))


def make_tables(store: Statements, by_key: str = "") -> None:
    """The tables of an empty store; `by_key` asks it to lay rows out by their key, where it can."""
    texts = ", ".join(f"{name} TEXT" for name in SITE_COLUMNS[1:])
    said = ", ".join(f"{name} TEXT" for name in REPORT_COLUMNS)
    for statement in (
        "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        "CREATE TABLE snapshots (number INTEGER PRIMARY KEY, date TEXT NOT NULL, version INTEGER NOT NULL, "
        "recorded TEXT NOT NULL, digest TEXT NOT NULL, made_from TEXT NOT NULL, sites INTEGER NOT NULL, "
        "reports INTEGER NOT NULL, UNIQUE (date, version))",
        "CREATE TABLE site_statuses (number INTEGER NOT NULL REFERENCES snapshots, site_id TEXT NOT NULL, "
        f"{texts}, PRIMARY KEY (number, site_id)) {by_key}",
        f"CREATE TABLE reports (place INTEGER PRIMARY KEY, report_id TEXT NOT NULL UNIQUE, {said}, "
        "number INTEGER NOT NULL REFERENCES snapshots)",
        "CREATE TABLE snapshot_reports (number INTEGER NOT NULL REFERENCES snapshots, "
        f"place INTEGER NOT NULL REFERENCES reports, PRIMARY KEY (number, place)) {by_key}",
    ):
        store.write(statement)
    _insert(store, "about", [("format", FORMAT)])


def refuse_format(store: Statements, where: str) -> None:
    """Raise RunError unless the store is one of this program."""
    found = dict(store.read("SELECT name, value FROM about")).get("format")
    if found != FORMAT:
        raise RunError(
            _("was written by another version of phusong ({version})").format(version=found),
            where=where,
            do=_("Use that version, or name another history in the study."),
        )


def _insert(store: Statements, table: str, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        store.write(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def _refuse_other_study(store: Statements, there: list[Recorded], sites: set[str], where: str) -> None:
    last = max(there, key=lambda r: r.number, default=None)
    if last is None or not last.sites or not sites:
        return
    before = {s for (s,) in store.read("SELECT site_id FROM site_statuses WHERE number = ?", (last.number,))}
    if not before & sites:
        raise RunError(
            _("is the history of another study: it shares no site with this one"),
            where=where,
            do=_("Name another in the study: [weekly] history = ..."),
        )
