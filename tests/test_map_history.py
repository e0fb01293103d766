"""The payload of the time slider: a function of a table, and which runs it may be made of."""

import json
import re
from collections import Counter
from itertools import pairwise

import pandas as pd
import pytest
from conftest import SITES
from drawn_run import drawn_run
from hypothesis import given
from hypothesis import strategies as st

from phusong.cli import main
from phusong.domain import SERVICES, STATUSES
from phusong.errors import RunError
from phusong.history import COLUMNS
from phusong.maps.history import ABSENT, date_of, history, statuses_of
from phusong.maps.payload import Extras, payload

DATES = ("2021-01", "2021-02", "2021-03", "2022-01-05")
#: By date and site the status of each service; a site that is not there was not listed.
worlds = st.lists(
    st.dictionaries(st.sampled_from("ABCDE"), st.tuples(*[st.sampled_from(STATUSES)] * 4), min_size=1),
    min_size=2,
    max_size=4,
)


def table(world: list[dict[str, tuple[str, ...]]]) -> pd.DataFrame:
    rows = [
        (date, site, service, status)
        for date, sites in zip(DATES, world, strict=False)
        for site, said in sites.items()
        for service, status in zip(SERVICES, said, strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def played(found: dict, world: list, sites: list[str]) -> list[list[list[int]]]:
    """The statuses by date, service and site as the page works them out: from the last date backwards."""
    now = [[STATUSES.index(world[-1][s][k]) for s in sites] for k in range(len(SERVICES))]
    out = [now]
    for step in reversed(found["steps"]):
        now = [list(list_) for list_ in now]
        for service, row in enumerate(step):
            for place, status in zip(row[::2], row[1::2], strict=True):
                assert now[service][place] != status  # only what differs is kept
                now[service][place] = status
        out.insert(0, now)
    return out


@given(worlds)
def test_the_page_can_go_back_to_every_date(world):
    sites = sorted(world[-1])
    found = history(table(world), sites)
    assert found["dates"] == list(DATES[: len(world)])
    for date, then in zip(world, played(found, world, sites), strict=True):
        for k in range(len(SERVICES)):
            assert then[k] == [STATUSES.index(date[s][k]) if s in date else ABSENT for s in sites]


@given(worlds)
def test_counts_and_changes_add_up(world):
    found = history(table(world), sorted(world[-1]))
    for i, date in enumerate(world):
        for k in range(len(SERVICES)):
            count = Counter(said[k] for said in date.values())
            assert found["counts"][i][k] == [count[s] for s in STATUSES]
        assert found["elsewhere"][i] == len(set(date) - set(world[-1]))
    for i, (old, new) in enumerate(pairwise(world)):
        assert found["added"][i] == len(set(new) - set(old)) and found["gone"][i] == len(set(old) - set(new))
        for k in range(len(SERVICES)):
            moves = Counter((old[s][k], new[s][k]) for s in set(old) & set(new))
            gained, lost = moves["gap", "ok"], moves["ok", "gap"]
            same = sum(moves[s, s] for s in STATUSES)
            assert found["changes"][i][k] == [gained, lost, sum(moves.values()) - same - gained - lost]


@given(worlds, st.randoms())
def test_the_order_of_the_rows_changes_nothing(world, random):
    rows = table(world)
    order = list(rows.index)
    random.shuffle(order)
    assert history(rows.loc[order], sorted(world[-1])) == history(rows, sorted(world[-1]))


def earlier(date: str, **statuses: str):
    """The drawn run at another report date, the fibre of some sites as it was then."""
    gaps = drawn_run().tables["gaps"].copy()
    gaps["fibre"] = [statuses.get(s, f) for s, f in zip(gaps["site_id"], gaps["fibre"], strict=True)]
    return drawn_run(manifest={"report_date": date}, gaps=gaps)


def test_runs_become_a_history():
    data = payload(drawn_run(), "vi", Extras(earlier=[earlier("2021-06", A1="gap"), earlier("2020-12-31")]))
    found = data["history"]
    assert found["dates"] == ["2020-12-31", "2021-06", "2021-08"]
    assert [data["phrases"][p][0] for p in found["said"]] == ["31/12/2020", "06/2021", "08/2021"]
    assert found["changes"] == [[[0, 1, 0], *[[0, 0, 0]] * 3], [[1, 0, 0], *[[0, 0, 0]] * 3]]
    assert found["counts"][-1] == [s["counts"] for s in data["services"]]
    assert payload(drawn_run(), "vi")["history"] is None


def test_a_run_without_a_report_date_has_the_day_it_was_made():
    run = drawn_run(manifest={"report_date": "", "created": "2026-02-01T20:30:00+00:00"})
    assert date_of(run) == "2026-02-02"  # in Viet Nam
    assert set(statuses_of([run])["date"]) == {"2026-02-02"}


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([earlier("2021-08")], "which came first cannot be told"),
        ([earlier("2021")], "which came first cannot be told"),
        ([earlier("2021-01"), earlier("2021-01")], "which came first cannot be told"),
        ([earlier("2021-09")], "later than the run itself"),
    ],
)
def test_dates_that_make_no_order_are_refused(others, said):
    with pytest.raises(RunError, match=said):
        payload(drawn_run(), "vi", Extras(earlier=others))


def test_runs_that_share_no_site_are_refused():
    other = earlier("2021-01")
    other.tables["gaps"]["site_id"] = "Z" + other.tables["gaps"]["site_id"]
    with pytest.raises(RunError, match="shares no site"):
        payload(drawn_run(), "vi", Extras(earlier=[other]))


def test_the_command_takes_earlier_runs(drawn_study, tmp_path, capsys):
    def phusong(*arguments: object) -> int:
        with pytest.raises(SystemExit) as done:
            main([str(a) for a in arguments])
        return int(done.value.code or 0)

    for date, reported in (("2021-05", "Không"), ("2021-06", "Có")):
        path = drawn_study((SITES[0].replace("Có,Có,Có", f"{reported},Có,Có"), *SITES[1:]))
        path.write_text(path.read_text().replace("2021-06", date), encoding="utf-8")
        assert phusong("run", path, "--out", tmp_path / date, "--quiet") == 0
    early, late, page = tmp_path / "2021-05", tmp_path / "2021-06", tmp_path / "map.html"
    assert phusong("map", late, "--since", early, "--out", page) == 0
    text = page.read_text(encoding="utf-8")
    found = json.loads(re.search(r'"history":(\{.*?\}),"units"', text)[1])
    assert found["dates"] == ["2021-05", "2021-06"]
    assert found["changes"][0][SERVICES.index("fibre")] == [1, 0, 0]
    capsys.readouterr()
    assert phusong("map", early, "--since", late) == 1
    assert "later than the run itself" in capsys.readouterr().err
    assert phusong("map", late, "--since", early, "--since", early) == 1
    assert "which came first cannot be told" in capsys.readouterr().err
