"""The weekly cycle, as a department lives it: eight drawn weeks, late and missing reports, and what was
counted."""

import json
import random
import re
import shutil
import time
from collections import Counter, defaultdict
from contextlib import redirect_stdout, suppress
from datetime import date, datetime, timedelta
from io import StringIO
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest
from conftest import feature, square
from drawn_weeks import (
    ADDED,
    FRIDAYS,
    GONE,
    HOLIDAY,
    NO_SNAPSHOT,
    SERVICES,
    Drawn,
    Truth,
    at,
    sites_in,
)
from test_history import dump, killed

from phusong.cli import main, weekly
from phusong.history import open_history
from phusong.runs import read_run


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    """Sets what time it is for the command."""

    def set_(moment: datetime) -> None:
        monkeypatch.setattr("phusong.cli.weekly.this_moment", lambda: moment)

    return set_


@pytest.fixture
def taken(clock, phusong, monkeypatch):
    """Runs `phusong weekly STUDY --json …` at a moment and gives its object. To be quick it draws no
    picture."""
    monkeypatch.setattr(
        "phusong.cli.weekly.draw_series", lambda _series, _targets, path, *_texts: path.write_bytes(b"PNG")
    )

    def run(study: Path, moment: datetime, *more: object) -> dict:
        clock(moment)
        code, out, err = phusong("weekly", study, "--json", "-q", *more)
        assert code == 0, err
        return json.loads(out)

    return run


def moved(before: dict, after: dict) -> dict[str, Counter]:
    """Changes by service, of sites that both lists have."""
    out = {service: Counter() for service in SERVICES}
    for site in set(before) & set(after):
        for service in SERVICES:
            pair = before[site][service], after[site][service]
            if pair[0] != pair[1]:
                out[service][{("gap", "ok"): "gained", ("ok", "gap"): "lost"}.get(pair, "corrected")] += 1
    return out


def looks_at(truth: Truth, week: int, now: datetime, listed: dict) -> dict[str, set]:
    """Which reports want a look, by kind, counted apart from the program."""
    start, end = truth.period(week)
    due = at(FRIDAYS[week], 10)
    earlier = max(k for k in range(-2, week) if week_day(k) != HOLIDAY)
    last_start = (week_day(earlier) - timedelta(days=6)).isoformat()
    if earlier >= 0:
        last_start = truth.period(earlier)[0]
    last_end, last_due = week_day(earlier).isoformat(), at(week_day(earlier), 10)
    first_look = truth.looks[0][0]
    out = defaultdict(set)
    asked = defaultdict(list)
    for row in truth.as_known(now):
        if row.site not in listed:
            continue
        mine = (row.site, row.day, row.by)
        whole, future = len(row.day) == 10, row.day > row.came.date().isoformat()
        in_week = whole and start <= row.day <= end
        new = last_due < row.came <= due and not (not row.stated and row.came == first_look)
        if whole and future:
            if new or in_week:
                out["future"].add(mine)
        else:
            if in_week and row.came > due and FRIDAYS[week] != HOLIDAY:
                out["late" if row.came <= at(FRIDAYS[week], 15) else "after_summary"].add(mine)
            if new and not whole:
                out["no_day"].add(mine)
            elif new and last_start <= row.day <= last_end:
                out["late_last_week"].add(mine)
            elif new and row.day < last_start:
                out["old"].add(mine)
        if in_week:
            for service, answer in row.answers:
                asked[row.site, service].append((row.day, answer, row.came if row.stated else None))
    for question, said in asked.items():
        if len({answer for _day, answer, _came in said}) < 2:
            continue
        final = {}
        for day in {day for day, _answer, _came in said}:
            same = [(answer, came) for d, answer, came in said if d == day]
            last = (
                [a for a, came in same if came == max(c for _a, c in same)]
                if all(c for _a, c in same)
                else [a for a, _c in same]
            )
            final[day] = last[0] if len(set(last)) == 1 else None
            if final[day] and len({a for a, _c in same}) > 1:
                out["corrected"].add((*question, day))
        if len(set(final.values())) > 1 or None in final.values():
            out["contradicting"].add(question)
    return out


def week_day(k: int) -> date:
    return FRIDAYS[0] + timedelta(days=7 * k)


def test_eight_weeks_are_counted_right(tmp_path, taken):
    drawn = Drawn(tmp_path / "tinh")
    truth = Truth(drawn.rows)
    before: tuple[date, dict] | None = None
    kinds = Counter()
    for week, friday in enumerate(FRIDAYS):
        if friday == NO_SNAPSHOT:
            continue
        # In two of the weeks late reports are waited for until Sunday.
        for now in [at(friday, 15), at(friday + timedelta(days=2), 20)][: 2 if week in (1, 5) else 1]:
            said = taken(drawn.write(week, now), now)
            truth.looks.append((now, week))
            status = truth.status(week, now, friday)
            assert said["week"]["date"] == said["snapshot"]["date"] == friday.isoformat()
            assert said["week"]["skipped"] == (friday == HOLIDAY)
            assert said["week"]["from"] == truth.period(week)[0]
            for service in SERVICES:
                count = Counter(site[service] for site in status.values())
                assert said["counts"][service] == {s: count[s] for s in ("ok", "gap", "unknown")}
            states = {unit["unit_code"]: unit["state"] for unit in said["units"]["rows"]}
            assert states == truth.units(week, now)
            found = defaultdict(set)
            for row in said["reports"]["rows"]:
                key = (row["site_id"], row["report_date"], row["reported_by"])
                if row["service"]:
                    key = (row["site_id"], row["service"], row["report_date"])
                found[row["kind"]].add(key[:2] if row["kind"] == "contradicting" else key)
            assert dict(found) == looks_at(truth, week, now, sites_in(week)), (week, now)
            kinds.update({kind: len(rows) for kind, rows in found.items()})
            if before is not None:
                assert said["before"]["date"] == before[0].isoformat()
                expected = moved(before[1], status)
                by_service = said["changes"]["by_service"]
                assert {s: {k: n for k, n in by_service[s].items() if n} for s in SERVICES} == expected
                assert said["changes"]["new"] == len(set(status) - set(before[1]))
                assert said["changes"]["gone"] == len(set(before[1]) - set(status))
            adds_up(said, status)
        before = (friday, status)
    assert said["series"][FRIDAYS.index(NO_SNAPSHOT)]["snapshot"] is None
    assert said["series"][FRIDAYS.index(HOLIDAY)]["units"] is None
    assert len(said["series"]) == len(FRIDAYS)
    # The drawn weeks have some of everything, or nothing was tested.
    assert set(kinds) >= {
        "late",
        "after_summary",
        "late_last_week",
        "future",
        "old",
        "no_day",
        "corrected",
        "contradicting",
    }
    assert ADDED in status and GONE not in status


def adds_up(said: dict, status: dict) -> None:
    """Communes, districts and the whole say the same."""
    rows = defaultdict(list)
    for row in said["summary"]:
        rows[row["level"]].append(row)
    assert (len(rows["all"]), len(rows["district"]), len(rows["commune"])) == (1, 3, 12)
    for name in ["sites", *(f"{s}_{status}" for s in SERVICES for status in ("ok", "gap", "unknown"))]:
        whole = rows["all"][0][name]
        assert (
            sum(row[name] for row in rows["district"]) == sum(row[name] for row in rows["commune"]) == whole
        )
    assert rows["all"][0]["sites"] == len(status)
    for row in rows["commune"]:
        assert row["fibre_ok"] == sum(
            status[site]["fibre"] == "ok"
            for site, code in sites_in_of(status).items()
            if code == row["unit_code"]
        )


def sites_in_of(status: dict) -> dict[str, str]:
    every = sites_in(0) | sites_in(7)
    return {site: every[site] for site in status}


# ---- What is recorded, written, and left alone.

#: Two sites of one commune each; both say what they have in reports.
FRIDAY = date(2026, 11, 27)
LATE = "S1,2026-11-26,B,no,2026-11-28 08:00"


@pytest.fixture
def study(drawn_study):
    """Writes the drawn study with reports (CSV lines) and keys of [weekly]."""

    def write(*reports: str, weekly: str = "", **more) -> Path:
        path = drawn_study(**more)
        path.write_text(path.read_text() + 'reports = "reports.csv"\n[weekly]\n' + weekly, encoding="utf-8")
        lines = ["site_id,report_date,reported_by,wifi,received_at", *reports]
        (path.parent / "reports.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


IN_TIME = ("S1,2026-11-25,A,yes,2026-11-25 08:00", "S3,2026-11-27,A,no,2026-11-27 10:00")


def test_a_week_is_written_once_and_late_reports_make_a_version_beside_it(study, taken):
    path = study(IN_TIME[0])
    folder = path.parent / "weekly"
    first = taken(path, at(FRIDAY, 15))
    assert first["folder"] == str(folder / "2026-11-27") and first["units"]["missing"] == 1
    files = {p.name: p.read_bytes() for p in (folder / "2026-11-27").iterdir()}
    assert set(files) == {
        "summary.csv",
        "changes.csv",
        "missing.csv",
        "reports.csv",
        "series.csv",
        "series.png",
        "weekly.json",
    }
    again = taken(path, at(FRIDAY, 16))
    assert again == first and [p.name for p in folder.iterdir()] == ["2026-11-27"]
    study(IN_TIME[0], LATE)
    saturday = taken(path, at(FRIDAY + timedelta(days=1), 9))
    assert saturday["folder"] == str(folder / "2026-11-27-2") and saturday["snapshot"]["version"] == 2
    assert saturday["reports"]["by_kind"]["after_summary"] == 1 and saturday["units"]["missing"] == 1
    assert {p.name: p.read_bytes() for p in (folder / "2026-11-27").iterdir()} == files
    study(IN_TIME[0], LATE, "S3,2026-11-27,A,no,2026-11-28 10:00")
    third = taken(path, at(FRIDAY + timedelta(days=1), 11), "--replace")
    assert third["folder"] == str(folder / "2026-11-27-2") and third["units"]["late"] == 1
    assert sorted(p.name for p in folder.iterdir()) == ["2026-11-27", "2026-11-27-2"]


def test_an_ended_week_takes_late_reports_and_nothing_else(study, taken, clock, phusong):
    path = study(*IN_TIME)
    taken(path, at(FRIDAY, 15))
    tuesday = at(FRIDAY + timedelta(days=4), 9)
    # The list of sites was changed since: the week that has ended stays what it was.
    sites = path.parent / "sites.csv"
    sites.write_text(sites.read_text(encoding="utf-8-sig").replace("S2,", "S9,"), encoding="utf-8-sig")
    shown = taken(path, tuesday, "--date", "2026-11-27")
    assert (
        shown["snapshot"]["version"] == 1 and shown["snapshot"]["sites"] == 4 and not shown["changes"]["new"]
    )
    study(*IN_TIME, LATE)
    assert taken(path, tuesday, "--date", "2026-11-27")["snapshot"]["version"] == 2
    much_later = at(FRIDAY + timedelta(days=30), 9)
    study(*IN_TIME, LATE, "S4,2026-11-20,C,yes,2026-12-20 08:00")
    assert taken(path, much_later, "--date", "2026-11-25")["snapshot"]["version"] == 2
    clock(much_later)
    code, _out, err = phusong("weekly", path, "--date", "2026-11-18")
    assert code == 1 and "has no snapshot of the week of 2026-11-20. It has: 2026-11-27" in err
    code, _out, err = phusong("weekly", path, "--date", "2027-01-10")
    assert code == 1 and "still to come" in err


def test_before_the_deadline_nobody_is_missing(study, taken):
    path = study(IN_TIME[0])
    wednesday = taken(path, at(date(2026, 11, 25), 9))
    assert wednesday["snapshot"]["date"] == "2026-11-25" and wednesday["week"]["date"] == "2026-11-27"
    assert (wednesday["units"]["on_time"], wednesday["units"]["due"], wednesday["units"]["missing"]) == (
        1,
        1,
        0,
    )
    at_ten = taken(study(*IN_TIME), at(FRIDAY, 10))
    assert at_ten["units"]["on_time"] == 2 and at_ten["before"] is None
    assert at_ten["folder"].endswith("2026-11-27-2")


def test_a_report_without_a_moment_counts_from_when_it_was_first_seen(study, taken):
    rows = ("S1,2026-11-25,A,yes,", "S3,2026-11-26,A,no,")
    path = study(rows[0])
    taken(path, at(FRIDAY, 9))
    said = taken(study(*rows), at(FRIDAY, 15))
    assert [(u["state"], u["came_basis"]) for u in said["units"]["rows"]] == [
        ("on_time", "first_seen"),
        ("late", "first_seen"),
    ]
    assert said["reports"]["without_received_at"] == 2
    # A note written beside it later makes it no younger.
    noted = path.parent / "reports.csv"
    noted.write_text(
        noted.read_text().replace(",A,yes,", ",A,yes,,đã gọi").replace("received_at", "received_at,note")
    )
    assert [u["state"] for u in taken(path, at(FRIDAY, 16))["units"]["rows"]] == ["on_time", "late"]


def test_the_clock_set_back_changes_no_order(study, taken):
    path = study("S1,2026-11-18,A,no,2026-11-18 08:00")
    taken(path, at(date(2026, 11, 20), 15))
    study("S1,2026-11-18,A,no,2026-11-18 08:00", *IN_TIME)
    taken(path, at(FRIDAY, 15))
    # Somebody set the clock back a week: that week gets a version, the next one stays the later.
    study("S1,2026-11-18,A,no,2026-11-18 08:00", "S2,2026-11-19,A,yes,2026-11-19 08:00", *IN_TIME)
    back = taken(path, at(date(2026, 11, 20), 16))
    assert back["snapshot"]["date"] == "2026-11-20" and back["snapshot"]["version"] == 2
    said = taken(path, at(FRIDAY, 17))
    assert said["before"]["version"] == 2
    assert said["changes"]["by_service"]["wifi"] == {"gained": 1, "lost": 0, "corrected": 0}


def test_a_row_that_is_changed_in_place_is_corrected_and_the_old_one_kept(study, taken):
    path = study("S1,2026-11-25,A,no,2026-11-25 08:00", "S4,2026-11-25,A,no,2026-11-25 08:00")
    taken(path, at(date(2026, 11, 25), 9))
    said = taken(study("S1,2026-11-25,A,yes,2026-11-25 08:00"), at(FRIDAY, 15))
    assert [(r["kind"], r["site_id"], r["answers"], r["counts"]) for r in said["reports"]["rows"]] == [
        ("corrected", "S1", "wifi=no", "wifi=yes"),
        ("withdrawn", "S4", "wifi=no", ""),
    ]


def test_districts_or_some_communes_may_be_the_units(study, taken, clock, phusong):
    path = study(*IN_TIME, weekly='units = ["00002"]\n')
    said = taken(path, at(FRIDAY, 15))
    assert [(u["unit_code"], u["state"]) for u in said["units"]["rows"]] == [("00002", "on_time")]
    clock(at(FRIDAY, 15))
    for units, what in (('["99999"]', "has no commune 99999"), ('"districts"', "name no district")):
        code, _out, err = phusong("weekly", study(*IN_TIME, weekly=f"units = {units}\n"), "-q")
        assert code == 1 and what in err and "Traceback" not in err

    communes = [
        feature(square(107.5, 15.0), code="00001", name="Xã A", Huyện="Nam Giang"),
        feature(square(107.6, 15.0), code="00002", name="Xã B", Huyện="Nam Giang"),
    ]
    path = study(IN_TIME[1], weekly='units = "districts"\n', files={"communes.geojson": communes})
    (path.parent / "history.sqlite").unlink()
    (unit,) = taken(path, at(FRIDAY, 15), "--out", path.parent / "districts")["units"]["rows"]
    assert (unit["unit_code"], unit["state"], unit["sites_reported"], unit["sites"]) == (
        "Nam Giang",
        "on_time",
        1,
        4,
    )


@pytest.mark.parametrize(
    ("weekly", "what"),
    [
        ('deadline = "someday 10:00"', "no day and time of a week"),
        ('deadline = "friday 16:00"', "the summary is before the deadline"),
        ('deadline = "friday 25:00"', "no day and time of a week"),
        ('dedline = "friday 10:00"', "Did you mean deadline?"),
        ("skip = [2026-13-01]", "TOML"),
        ('history = "postgresql://u:p@h/d"', "names no schema"),
        ("[weekly.targets]\nfiber = { percent = 100, by = 2026-12-31 }", "fiber"),
        ("[weekly.targets]\nfibre = { percent = 120, by = 2026-12-31 }", "percent"),
        ("[weekly.targets]\nfibre = { percent = 100 }", "by"),
    ],
)
def test_a_setting_that_cannot_be_is_said_in_one_line(study, phusong, weekly, what):
    code, _out, err = phusong("weekly", study(*IN_TIME, weekly=weekly + "\n"), "-q")
    assert code == 1 and what in err and err.count("phusong:") == 1 and "Traceback" not in err


def test_vietnamese_weekdays_and_times_are_understood(study, opened):
    path = study(weekly='deadline = "thứ 5 9h30"\nsummary = "Thứ Sáu, 15:00"\nskip = [2026-09-02]\n')
    said = opened(path)[0].weekly
    assert (said.deadline.weekday, str(said.deadline.at)) == (3, "09:30:00")
    assert said.summary.weekday == 4 and said.skip == (date(2026, 9, 2),)


def test_moments_are_read_from_excel_and_correct_an_answer_of_the_same_day(study, opened, tmp_path):
    from openpyxl import Workbook

    path = study()
    path.write_text(path.read_text().replace("reports.csv", "reports.xlsx"), encoding="utf-8")
    book = Workbook()
    book.active.append(["Mã điểm", "Ngày báo cáo", "Người báo cáo", "Wi-Fi", "Thời điểm nhận"])
    for by, answer, moment in (
        ("A", "Có", datetime(2026, 11, 27, 9, 30)),
        ("B", "Không", datetime(2026, 11, 27, 9, 45)),
    ):
        book.active.append(["S4", datetime(2026, 11, 27, 8, 0), by, answer, moment])
    book.save(path.parent / "reports.xlsx")
    _study, region, findings = opened(path)
    assert region.reports["received_at"].tolist() == [
        "2026-11-27T09:30:00+07:00",
        "2026-11-27T09:45:00+07:00",
    ]
    assert set(region.reports["report_date"]) == {"2026-11-27"}
    assert region.sites.set_index("site_id").loc["S4", "wifi_reported"] == "no"
    assert not any("contradict" in finding.what for finding in findings)


def test_moments_of_a_database_keep_their_time(postgis):
    from phusong.readers.layers import read_layer
    from phusong.study import Source

    postgis.execute("""
        CREATE SCHEMA so;
        CREATE TABLE so.bao_cao ("Mã điểm" text, "Ngày" timestamptz, wifi boolean, "Nhận lúc" timestamptz);
        INSERT INTO so.bao_cao VALUES ('S1', '2026-11-27 08:00+07', true, '2026-11-27 09:30+07');
    """)
    frame, findings = read_layer("reports", Source(path="postgis:so.bao_cao"), Path("/x"))
    assert frame["received_at"].tolist() == ["2026-11-27T09:30:00+07:00"] and not findings
    assert frame["report_date"].tolist() == ["2026-11-27"]


def test_the_history_may_be_in_a_database(study, taken, postgis):
    path = study(*IN_TIME, weekly='history = "postgresql:lich_su"\n')
    first = taken(path, at(FRIDAY, 15))
    assert taken(path, at(FRIDAY, 16)) == first and not (path.parent / "history.sqlite").exists()
    assert postgis.execute("SELECT count(*), max(date) FROM lich_su.snapshots").fetchone() == (
        1,
        "2026-11-27",
    )
    later = taken(
        study(*IN_TIME, LATE, weekly='history = "postgresql:lich_su"\n'), at(FRIDAY + timedelta(days=7), 15)
    )
    assert later["before"]["date"] == "2026-11-27" and later["changes"]["by_service"]["wifi"]["lost"] == 1


def test_targets_say_their_straight_line(study, taken):
    targets = (
        "[weekly.targets]\nwifi = { percent = 75, by = 2026-12-25 }\n"
        "fibre = { percent = 25, by = 2026-11-30 }\n"
    )
    path = study("S1,2026-11-10,A,no,2026-11-10 08:00", weekly=targets)
    taken(path, at(date(2026, 11, 13), 15))
    said = taken(study("S1,2026-11-10,A,no,2026-11-10 08:00", *IN_TIME, weekly=targets), at(FRIDAY, 15))
    fibre, wifi = said["targets"]
    # 4 sites: 3 must have Wi-Fi; 0 on 13 November, 1 two weeks later; four weeks are left.
    assert (wifi["wanted"], wifi["now"], wifi["lacking"], wifi["since"]) == (3, 1, 2, "2026-11-13")
    assert (wifi["pace_per_week"], wifi["needed_per_week"], wifi["expected"]) == (0.5, 0.5, 1.0)
    assert (wifi["verdict"], wifi["reached_at_this_pace"]) == ("on_pace", "2026-12-25")
    assert (fibre["wanted"], fibre["verdict"]) == (1, "reached")


def test_the_plan_of_a_run_is_followed(study, taken, phusong, clock):
    path = study(IN_TIME[1])
    code, _out, err = phusong("run", path, "--out", path.parent / "run", "--json", "-q")
    assert code == 0, err
    investments = read_run(path.parent / "run").tables["investments"]
    funded = investments[investments["funded"]]
    before = taken(path, at(FRIDAY, 15), "--run", path.parent / "run")["plan"]
    planned = defaultdict(set)
    for row in funded.to_dict("records"):
        planned[row["closes"]] |= set(row["site_ids"].split(";"))
    assert {row["closes"]: row["sites"] for row in before} == {c: len(s) for c, s in planned.items()}
    assert all(row["have_it"] in (0, None) for row in before) and planned["wifi"]
    done = [f"{site},2026-11-28,A,yes,2026-11-28 08:00" for site in sorted(planned["wifi"])]
    after = taken(study(IN_TIME[1], *done), at(FRIDAY + timedelta(days=7), 15), "--run", path.parent / "run")[
        "plan"
    ]
    wifi = next(row for row in after if row["closes"] == "wifi")
    assert (wifi["have_it"], wifi["have_not"]) == (len(planned["wifi"]), 0)


def test_what_people_read_is_safe_whole_and_in_the_language_of_the_study(study, taken, clock, phusong):
    sites = (
        "S1,=UBND xã A,UBND,00001,107.55,15.05,Có,Có,Có,tốt",
        "S3,UBND xã B,UBND,00002,107.65,15.05,Không,Không,,yếu",
    )
    path = study("S1,2026-11-18,+A,no,2026-11-18 08:00", sites=sites)
    path.write_text(path.read_text().replace('language = "en"', 'language = "vi"'), encoding="utf-8")
    taken(path, at(date(2026, 11, 20), 15))
    rows = ("S1,2026-11-18,+A,no,2026-11-18 08:00", "S1,2026-11-27,+A,yes,2026-11-27 11:00")
    text = path.read_text()
    study(*rows, sites=sites)
    path.write_text(text, encoding="utf-8")
    clock(at(FRIDAY, 15))
    code, out, err = phusong("--lang", "vi", "weekly", path, "-q")
    assert code == 0, err
    for said in (
        "tuần 27/11/2026",
        "0/2 đơn vị đúng hạn, 1 muộn, 1 chưa báo cáo",
        "mới có",
        "=UBND xã A (S1)",
    ):
        assert said in out
    folder = path.parent / "weekly" / "2026-11-27"
    changes = pd.read_csv(folder / "changes.csv", encoding="utf-8-sig")
    assert changes["Điểm"].tolist() == ["'=UBND xã A"] and changes["Thay đổi"].tolist() == ["mới có"]
    assert "'+A" in (folder / "reports.csv").read_text(encoding="utf-8-sig")
    missing = pd.read_csv(folder / "missing.csv", encoding="utf-8-sig", dtype=str)
    assert missing["Mã"].tolist() == ["00001", "00002"]
    assert ".0," not in (folder / "series.csv").read_text(encoding="utf-8-sig")


def test_rows_in_another_order_give_the_same_bytes(study, taken):
    rows = [*IN_TIME, LATE, "S2,2026-11-24,A,yes,2026-11-24 08:00", "S2,2026-11-24,B,no,2026-11-24 08:00"]
    written = []
    for name, order in (("a", rows), ("b", rows[::-1])):
        path = study(*order)
        taken(path, at(FRIDAY + timedelta(days=1), 15), "--out", path.parent / name)
        folder = path.parent / name / "2026-11-27"
        written.append({p.name: p.read_bytes() for p in folder.iterdir() if p.name != "weekly.json"})
        data = json.loads((folder / "weekly.json").read_text(encoding="utf-8"))
        written[-1]["data"] = {
            k: v for k, v in data.items() if k != "snapshot"
        }  # its inputs have another hash
        (path.parent / "history.sqlite").unlink()
    assert written[0] == written[1]


# ---- Killed at any moment.


def _week(study: Path, moment: datetime) -> None:
    weekly.this_moment = lambda: moment
    with redirect_stdout(StringIO()), suppress(SystemExit):
        main(["weekly", str(study), "-q", "--json"])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_command_killed_at_any_moment_loses_and_doubles_nothing(study, tmp_path, taken):
    path = study(IN_TIME[0])
    taken(path, at(date(2026, 11, 20), 15))
    study(*IN_TIME)
    copies = [path.parent, tmp_path / "killed"]
    shutil.copytree(copies[0], copies[1])
    start = time.monotonic()
    _week(copies[0] / "study.toml", at(FRIDAY, 15))
    whole_s = time.monotonic() - start
    draw, kills = random.Random(11), 0
    for _try in range(10):
        kills += killed(_week, (copies[1] / "study.toml", at(FRIDAY, 15)), draw.uniform(0.05, 1.0) * whole_s)
    assert kills >= 3
    _week(copies[1] / "study.toml", at(FRIDAY, 15))
    one, other = (open_history("history.sqlite", folder) for folder in copies)
    assert dump(one) == dump(other)
    files = [
        {str(p.relative_to(folder)): p.read_bytes() for p in (folder / "weekly").rglob("*") if p.is_file()}
        for folder in copies
    ]
    assert files[0] == files[1] and len(files[0]) == 14


# ---- On the map.


def test_the_map_shows_the_history_on_its_slider(study, taken, clock, phusong, tmp_path):
    path = study("S1,2026-11-10,A,no,2026-11-10 08:00")
    taken(path, at(date(2026, 11, 13), 15))
    taken(study("S1,2026-11-10,A,no,2026-11-10 08:00", *IN_TIME), at(FRIDAY, 15))
    assert phusong("run", path, "--out", tmp_path / "run", "-q")[0] == 0
    manifest = tmp_path / "run" / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    page, histories = tmp_path / "map.html", [path, path.parent, path.parent / "history.sqlite"]
    for created, dates in (
        ("2026-11-28T03:00:00+00:00", ["2026-11-13", "2026-11-27", "2026-11-28"]),
        ("2026-11-26T18:00:00+00:00", ["2026-11-13", "2026-11-27"]),  # 27 November in Viet Nam: the run's own
        ("2026-11-20T03:00:00+00:00", ["2026-11-13", "2026-11-20"]),
    ):
        manifest.write_text(re.sub(r'"created": "[^"]*"', f'"created": "{created}"', text), encoding="utf-8")
        code, _out, err = phusong("map", tmp_path / "run", "--history", histories.pop(), "--out", page)
        assert code == 0, err
        assert ("later than the run" in err) == (created < "2026-11-26")
        found = json.loads(re.search(r'"history":(\{.*?\}),"units"', page.read_text(encoding="utf-8"))[1])
        assert found["dates"] == dates
    code, _out, err = phusong("map", tmp_path / "run", "--history", tmp_path / "none.sqlite")
    assert code == 1 and "no snapshot in the history" in err
    code, _out, err = phusong("map", tmp_path / "run", "--history", path, "--since", tmp_path / "run")
    assert code == 2 and "say one of them" in err


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_two_who_run_the_week_at_once_write_it_once(study):
    path = study(*IN_TIME)
    both = [get_context("fork").Process(target=_week, args=(path, at(FRIDAY, 15))) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert [p.name for p in (path.parent / "weekly").iterdir()] == ["2026-11-27"]
    assert len(open_history("history.sqlite", path.parent).snapshots()) == 1
