"""The weekly cycle, as a department lives it: eight drawn weeks, late and missing reports, and what was
counted."""

import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
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

from phusong.cli import main


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    """Sets what time it is for the command."""

    def set_(moment: datetime) -> None:
        monkeypatch.setattr("phusong.cli.weekly.this_moment", lambda: moment)

    return set_


@pytest.fixture
def phusong(capsys):
    """Runs `phusong ARGUMENTS`; exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return int(caught.value.code or 0), out, err

    return call


@pytest.fixture
def taken(clock, phusong):
    """Runs `phusong weekly STUDY --json …` at a moment and gives its object."""

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
                out["late"].add(mine)
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
    print(kinds)
    # The drawn weeks have some of everything, or nothing was tested.
    assert set(kinds) >= {"late", "late_last_week", "future", "old", "no_day", "corrected", "contradicting"}
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
