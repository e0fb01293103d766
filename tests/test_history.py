"""The history of snapshots: one contract for both stores, and real kills at random moments."""

import itertools
import multiprocessing
import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phusong.domain import SERVICES, STATUSES
from phusong.errors import PhuSongError, RunError, StudyError
from phusong.history import (
    REPORT_COLUMNS,
    SITE_COLUMNS,
    History,
    Snapshot,
    change_of,
    changed_sites,
    open_history,
)

_SCHEMAS = itertools.count()


@pytest.fixture(params=["sqlite", "postgres"])
def make(request, tmp_path) -> Callable[[], History]:
    """Opens a new, empty history: of either kind."""
    if request.param == "postgres":
        request.getfixturevalue("postgis")
        return lambda: open_history(f"postgresql:lich_su_{next(_SCHEMAS)}", tmp_path)
    return lambda: open_history(f"history-{next(_SCHEMAS)}.sqlite", tmp_path)


def snapshot(day: str, sites: dict[str, str], reports: tuple[tuple, ...] = (), made: object = 1) -> Snapshot:
    """A snapshot with the fibre of some sites, and reports (site, date, answer on fibre, received_at)."""
    frame = pd.DataFrame({"site_id": list(sites), "fibre": list(sites.values())}, dtype="object")
    frame = frame.assign(name="Điểm 'x'", kind="other", commune_code="00001", fibre_basis="reported")
    frame = frame.assign(**dict.fromkeys(SERVICES[1:], "unknown"))
    said = pd.DataFrame(
        reports, columns=["site_id", "report_date", "fibre_reported", "received_at"], dtype="object"
    )
    return Snapshot(day, {"inputs": made}, frame, said)


def dump(history: History) -> list:
    """All that a history says."""
    listed = history.snapshots()
    return [
        listed,
        [history.sites_of(r.number).to_dict("records") for r in listed],
        history.reports().to_dict("records"),
        [sorted(history.reports_of(r.number)) for r in listed],
    ]


def test_an_empty_history_says_nothing_and_leaves_nothing(make, tmp_path):
    history = make()
    assert history.snapshots() == [] and history.latest() == []
    assert list(history.reports().columns) == ["report_id", *REPORT_COLUMNS, "number", "first_seen"]
    assert list(history.sites_of(1).columns) == SITE_COLUMNS and history.statuses([]).empty
    assert not list(tmp_path.glob("*.sqlite"))


def test_what_was_put_in_comes_out(make):
    history = make()
    first = snapshot("2026-11-20", {"B": "ok", "A": "gap"}, (("A", "2026-11-19", "no", None),))
    recorded, is_new = history.record(first, "2026-11-20T15:00:00+07:00")
    assert is_new and (recorded.number, recorded.version, recorded.sites, recorded.reports) == (1, 1, 2, 1)
    assert recorded.made_from == {"inputs": 1} and recorded.recorded == "2026-11-20T15:00:00+07:00"
    assert history.snapshots() == [recorded]
    sites = history.sites_of(1)
    assert sites["site_id"].tolist() == ["A", "B"] and sites["fibre"].tolist() == ["gap", "ok"]
    assert sites["name"].unique().tolist() == ["Điểm 'x'"] and sites["wifi_date"].isna().all()
    (report,) = history.reports().to_dict("records")
    assert (report["site_id"], report["fibre_reported"], report["first_seen"]) == (
        "A",
        "no",
        "2026-11-20T15:00:00+07:00",
    )
    assert history.reports_of(1) == {report["report_id"]}
    assert len(history.statuses([1])) == 8


def test_the_same_again_changes_nothing_and_another_is_a_version(make):
    history = make()
    a, b = snapshot("2026-11-20", {"A": "gap"}), snapshot("2026-11-20", {"A": "ok"})
    assert history.record(a, "1")[1] and not history.record(a, "2")[1]
    before = dump(history)
    assert history.record(a, "3")[0].recorded == "1" and dump(history) == before
    assert history.record(b, "4")[0].version == 2
    # Back to what it was: that is news too.
    third, is_new = history.record(a, "5")
    assert is_new and third.version == 3 and third.digest == before[0][0].digest
    assert [r.version for r in history.latest()] == [3]
    # An older value stays readable.
    assert [history.sites_of(n)["fibre"].item() for n in (1, 2, 3)] == ["gap", "ok", "gap"]
    assert history.record(snapshot("2026-11-20", {"A": "gap"}, made=2), "6")[1], "made from something else"


def test_dates_make_the_order_whatever_the_clock_said(make):
    history = make()
    for day, moment in (
        ("2026-11-20", "2026-11-20T15:00"),
        ("2026-11-27", "2019-01-01T00:00"),
        ("2026-11-13", "2031"),
    ):
        history.record(snapshot(day, {"A": "ok"}), moment)
    assert [r.date for r in history.snapshots()] == ["2026-11-13", "2026-11-20", "2026-11-27"]
    assert [r.number for r in history.latest("2026-11-20")] == [3, 1]


def test_a_report_is_kept_once_with_the_first_that_saw_it(make):
    history = make()
    old, new = ("A", "2026-11-19", "no", None), ("A", "2026-11-26", "yes", "2026-11-26T09:00:00+07:00")
    history.record(snapshot("2026-11-20", {"A": "gap"}, (old,)), "m1")
    history.record(snapshot("2026-11-27", {"A": "ok"}, (new, old, old)), "m2")
    history.record(snapshot("2026-12-04", {"A": "ok"}, (new,)), "m3")
    found = history.reports().set_index("report_date")
    assert found["number"].to_dict() == {"2026-11-19": 1, "2026-11-26": 2}
    assert [len(history.reports_of(n)) for n in (1, 2, 3)] == [1, 2, 1]  # gone from the list, kept here


def test_the_database_itself_refuses_to_forget(make, request):
    history = make()
    history.record(snapshot("2026-11-20", {"A": "gap"}, (("A", "2026-11-19", "no", None),)), "m")
    for table in ("about", "snapshots", "site_statuses", "reports", "snapshot_reports"):
        column = {"about": "value", "site_statuses": "fibre", "reports": "note"}.get(table, "number")
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"):
            with pytest.raises(PhuSongError, match="only added to"), history.writing() as store:
                store.write(statement)
    assert len(history.snapshots()) == 1


def test_a_block_that_fails_leaves_no_trace(make):
    history = make()
    history.record(snapshot("2026-11-20", {"A": "gap"}), "m")
    before = dump(history)
    with pytest.raises(ZeroDivisionError), history.writing() as store:
        store.write("INSERT INTO about VALUES (?, ?)", [("x", "y")])
        1 / 0  # noqa: B018
    assert dump(history) == before
    with history.reading() as store:
        assert store is not None and store.read("SELECT name FROM about") == [("format",)]


def test_the_history_of_another_study_is_refused(make):
    history = make()
    history.record(snapshot("2026-11-20", {"A": "gap"}), "m")
    with pytest.raises(RunError, match="history of another study"):
        history.record(snapshot("2026-11-27", {"Z": "gap"}), "m")
    history.record(snapshot("2026-11-27", {"A": "gap", "Z": "ok"}), "m")
    history.record(snapshot("2026-12-04", {"Z": "gap"}), "m")  # a list that changes bit by bit


worlds = st.lists(
    st.tuples(
        st.sampled_from(("2026-11-13", "2026-11-20", "2026-11-27")),
        st.dictionaries(st.sampled_from("BC"), st.sampled_from(STATUSES)),
        st.sets(
            st.tuples(
                st.sampled_from("ABC"), st.just("2026-11-12"), st.sampled_from(("yes", "no")), st.none()
            )
        ),
    ),
    max_size=8,
)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(worlds)
def test_any_order_of_snapshots_keeps_every_one(make, world):
    """Against a plain list: what is new is appended, nothing before it moves."""
    history, kept = make(), []
    for moment, (day, sites, reports) in enumerate(world):
        one = snapshot(day, {"A": "ok", **sites}, tuple(sorted(reports, key=str)))
        last = next((k for k in reversed(kept) if k[0] == day), None)
        said = (day, {"A": "ok", **sites}, reports)
        before = dump(history)
        _recorded, is_new = history.record(one, f"{moment}")
        assert is_new == (last != said)
        kept += [said] if is_new else []
        if not is_new:
            assert dump(history) == before
    for number, (day, sites, reports) in enumerate(kept, 1):
        there = history.sites_of(number)
        assert dict(zip(there["site_id"], there["fibre"], strict=True)) == sites
        assert len(history.reports_of(number)) == len(reports)
        assert next(r.date for r in history.snapshots() if r.number == number) == day


# ---- Killed at any moment.

DAYS = [f"2026-11-{day:02d}" for day in range(1, 9)]


def big(day: str) -> Snapshot:
    """A snapshot that takes a while to write."""
    draw = random.Random(day)
    sites = {f"S{i:04d}": draw.choice(STATUSES) for i in range(1500)}
    seen = DAYS.index(day) + 1
    return snapshot(day, sites, tuple((f"S{i:04d}", DAYS[i % seen], "yes", None) for i in range(400 * seen)))


def record_all(said: str, folder: Path) -> None:
    history = open_history(said, folder)
    for day in DAYS:
        history.record(big(day), f"{day}T15:00:00+07:00")


def killed(work: Callable, arguments: tuple, after_s: float) -> bool:
    """Run `work` in a process of its own and kill it -9 after a while; was it still at work?"""
    process = multiprocessing.get_context("fork").Process(target=work, args=arguments)
    process.start()
    process.join(after_s)
    alive = process.is_alive()
    if alive and process.pid:
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    return alive


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nothing_is_lost_or_doubled_when_it_is_killed(kind, tmp_path, request):
    if kind == "postgres":
        request.getfixturevalue("postgis")
    names = [f"postgresql:giet_{n}" if kind == "postgres" else f"{n}.sqlite" for n in range(2)]
    start = time.monotonic()
    record_all(names[0], tmp_path)
    whole_s = time.monotonic() - start
    draw, kills, halfway = random.Random(7), 0, 0
    for _try in range(12):
        kills += killed(record_all, (names[1], tmp_path), draw.uniform(0.02, 0.5) * whole_s)
        there = open_history(names[1], tmp_path)
        listed = there.snapshots()
        halfway += 0 < len(listed) < len(DAYS)
        # What is there is whole: each snapshot has all its sites and reports.
        assert [r.date for r in listed] == DAYS[: len(listed)]
        for recorded in listed:
            assert len(there.sites_of(recorded.number)) == recorded.sites == 1500
            assert len(there.reports_of(recorded.number)) == recorded.reports
    assert kills >= 4 and halfway >= 1, "the kills came too late to test anything"
    record_all(names[1], tmp_path)
    assert dump(open_history(names[1], tmp_path)) == dump(open_history(names[0], tmp_path))


def test_two_who_record_at_once_record_it_once(make, tmp_path):
    history = make()
    said = f"postgresql:{history.schema}" if hasattr(history, "schema") else history.path.name
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=record_all, args=(said, tmp_path)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert [(r.number, r.date, r.version) for r in history.snapshots()] == [
        (n, d, 1) for n, d in enumerate(DAYS, 1)
    ]


# ---- What a study may say, and files that are none.


def test_a_study_names_a_file_or_a_schema_and_nothing_else(tmp_path):
    assert open_history("lich-su.sqlite", tmp_path).where == str(tmp_path / "lich-su.sqlite")
    assert open_history("postgresql://so_khcn", tmp_path).where == "PostgreSQL, so_khcn"
    for said in (
        "postgresql://u:s3cret@db/so",
        "postgres:a.b",
        "postgresql:",
        "postgresql:pg_catalog",
        "https://x/y",
    ):
        with pytest.raises(StudyError) as caught:
            open_history(said, tmp_path)
        assert "s3cret" not in str(caught.value)


def test_a_file_that_is_no_history_is_said_and_stays(tmp_path):
    path = tmp_path / "history.sqlite"
    path.write_text("Đây không phải cơ sở dữ liệu" * 50)
    for work in (lambda h: h.snapshots(), lambda h: h.record(snapshot("2026-11-20", {"A": "ok"}), "m")):
        with pytest.raises(RunError, match="cannot be used as a history"):
            work(open_history("history.sqlite", tmp_path))
    assert path.read_text().startswith("Đây")
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE songs (id)")
    with pytest.raises(RunError, match="cannot be used as a history"):
        open_history("other.sqlite", tmp_path).record(snapshot("2026-11-20", {"A": "ok"}), "m")
    with pytest.raises(RunError, match="cannot be used as a history"):
        open_history("no/such/folder.sqlite", tmp_path).record(snapshot("2026-11-20", {"A": "ok"}), "m")


def test_no_database_is_named_outside(tmp_path, monkeypatch):
    pytest.importorskip("psycopg")
    for name in [n for n in os.environ if n.startswith("PG") or n == "PHUSONG_POSTGIS"]:
        monkeypatch.delenv(name)
    with pytest.raises(PhuSongError, match="no database is named"):
        open_history("postgresql:lich_su", tmp_path).snapshots()


# ---- Changes.

statuses = st.dictionaries(st.sampled_from("ABCDEF"), st.sampled_from(STATUSES))


@given(statuses, statuses)
def test_every_site_changes_in_one_way_or_stays(before, after):
    sites = sorted({*before, *after})
    found = change_of(
        pd.Series(before, index=sites, dtype="object"), pd.Series(after, index=sites, dtype="object")
    )
    for site in sites:
        pair = before.get(site), after.get(site)
        expected = {("gap", "ok"): "gained", ("ok", "gap"): "lost"}.get(
            pair, "" if pair[0] == pair[1] else "corrected"
        )
        expected = "new" if pair[0] is None else "gone" if pair[1] is None else expected
        assert found[site] == expected


def test_changes_between_two_dates_name_site_and_service():
    table = pd.DataFrame(
        [
            (day, site, service, status)
            for day, said in (("1", {"A": "gap", "B": "ok"}), ("2", {"A": "ok", "C": "gap"}))
            for site, status in said.items()
            for service in SERVICES
        ],
        columns=["date", "site_id", "service", "status"],
    )
    found = changed_sites(table.sample(frac=1, random_state=1), "1", "2")
    assert found.groupby("change")["site_id"].agg(["first", "size"]).to_dict("index") == {
        "gained": {"first": "A", "size": 4},
        "gone": {"first": "B", "size": 4},
        "new": {"first": "C", "size": 4},
    }
    assert found["service"].tolist()[:4] == list(SERVICES)
