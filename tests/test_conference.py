"""Conferences of three levels: who can join, what is missing, what plan and day change, and the money."""

import csv
import json
from functools import lru_cache
from itertools import pairwise, product

import pandas as pd
import pytest
from conftest import REPOSITORY
from drawn_plan import price, study
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.attendance import count_ready, headline, people_sheet, planned_on, say_rows, summary
from phusong.conference import (
    Terms,
    conference_by_units,
    find_conference,
    room_money,
    sites_known_by,
)
from phusong.costs import Horizon
from phusong.domain import empty
from phusong.domain.inputs import REPORTS
from phusong.gaps import video_status
from phusong.readers import read_prices, read_study

TARGETS = study().targets
#: Round prices: a room of 100, 200, 300 by level and 10 to install it.
PRICES = {
    "equipment_province": price(300, low=150, high=600),
    "equipment_district": price(200, low=100, high=400),
    "equipment_commune": price(100, low=50, high=200),
    "installation": price(10, low=5, high=20),
    "opex_share": price(0.1, "1/year"),
    "life_years": price(5, "years"),
}
TERMS = Terms(TARGETS, PRICES, Horizon(10, 0.0), "2021-07", "2021-06")
#: Figure → one that meets the target and one that misses it.
FIGURES = {"down_mbps": (20, 1), "up_mbps": (20, 1), "latency_ms": (40, 600), "loss_percent": (0, 5)}
GOOD = {name: good for name, (good, _bad) in FIGURES.items()}
RANK = {"gap": 0, "unknown": 1, "ok": 2}
PARTS = ["down", "up", "latency", "loss", "equipment"]


def office(site_id="A1", commune="00001", kind="office_commune", name="UBND xã A", **said):
    blank = dict.fromkeys([*FIGURES, "video_reported", "video_room", "report_date", "video_report_date"])
    return {"site_id": site_id, "name": name, "kind": kind, "commune_code": commune, **blank, **said}


def option(site, technology="fibre", meets_video=True):
    return {
        "site_id": site,
        "technology": technology,
        "chosen": True,
        "meets_video": meets_video,
        "share_vnd": 1,
    }


def investment(sites, technology="fibre", closes="fibre", capex=100, year=None, funded=True, rank=1):
    money = dict.fromkeys(("capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year", "present_cost_vnd"), capex)
    said = {"rank": rank, "site_ids": sites, "technology": technology, "closes": closes, "funded": funded}
    return {**said, "capex_vnd": capex, **money, "finished_year": year}


def world(sites, options=(), investments=(), communes=None):
    """Tables of a run with offices in A (00001) and B (00002), both of the district Đông in Phúc."""
    communes = communes or [("00001", "A", "Đông", "Phúc"), ("00002", "B", "Đông", "Phúc")]
    units = pd.DataFrame(communes, columns=["commune_code", "name", "district", "province"])
    listed = pd.DataFrame(sites, columns=list(office()))
    text = [name for name in listed if name not in FIGURES]
    listed = listed.astype(dict.fromkeys(text, "str") | dict.fromkeys(FIGURES, "float64"))
    centres = listed[listed["kind"] == "office_commune"].drop_duplicates("commune_code")
    centre = centres.set_index("commune_code")["site_id"]
    built = pd.DataFrame(list(investments), columns=list(investment("")))
    return {
        "communes": units.assign(vintage=None),
        "sites": listed,
        "commune_status": units.assign(centre_site_id=units["commune_code"].map(centre)),
        "options": pd.DataFrame(list(options), columns=list(option(""))).astype(
            {"chosen": bool, "meets_video": bool}
        ),
        "investments": built.astype({"funded": bool, "finished_year": "Int64"}),
    }


def row_of(sites, *args, unit="00001", **kwargs):
    return found(sites, *args, **kwargs).loc[unit]


def found(sites, *args, **kwargs):
    return find_conference(world(sites, *args, **kwargs), TERMS).set_index("unit_code")


def joined(**said):
    """The row of an office of which `said` is known."""
    return row_of([office(**said)])


REPORT = st.fixed_dictionaries(
    {name: st.sampled_from([None, *values]) for name, values in FIGURES.items()}
    | {name: st.sampled_from([None, "yes", "no"]) for name in ("video_reported", "video_room")}
)


@settings(max_examples=10)
@given(st.lists(REPORT, min_size=1, max_size=60))
def test_the_table_and_the_status_of_the_site_agree(reports):
    rows, units = many(reports)
    statuses = video_status(world(rows, communes=units)["sites"], TARGETS)["status"]
    table = found(rows, communes=units)
    assert table.loc[[code for code, *_names in units], "ready"].tolist() == statuses.tolist()


def many(reports):
    """A commune with an office for each report, and the communes."""
    codes = [f"{10000 + i}" for i in range(len(reports))]
    rows = [office(f"S{c}", c, **said, report_date="2021-06") for c, said in zip(codes, reports, strict=True)]
    return rows, [(code, f"Xã {code}", None, None) for code in codes]


#: Everything that an office may have reported, or not: 729 reports.
NAMES = [*FIGURES, "video_reported", "video_room"]
ALL = list(product(*([None, *FIGURES[n]] if n in FIGURES else [None, "yes", "no"] for n in NAMES)))


@lru_cache
def everything(plan=False, year=None, day=None):
    """Report → its row of CONFERENCE: for all reports, with a plan that connects every office or without; as
    known on a day of the past."""
    rows, units = many([dict(zip(NAMES, said, strict=True)) for said in ALL])
    ids = ";".join(row["site_id"] for row in rows)
    made = {"options": [option(row["site_id"]) for row in rows], "investments": [investment(ids, year=year)]}
    tables = world(rows, communes=units, **(made if plan else {}))
    if day:
        tables["sites"] = sites_known_by(tables["sites"], empty(REPORTS), day, "2021-06")
    table = find_conference(tables, TERMS).sort_values("unit_code")
    assert len(table) == len(ALL)
    return dict(zip(ALL, table.to_dict("records"), strict=True))


def test_every_combination_of_what_may_be_known_follows_the_rules():
    for said, row in everything().items():
        known = dict(zip(NAMES, said, strict=True))
        able, room = known["video_reported"], known["video_room"]
        parts = {}
        for part, name in zip(PARTS, FIGURES, strict=False):
            good = known[name] == FIGURES[name][0]
            blank = "ok" if able == "yes" else "unknown"
            parts[part] = blank if known[name] is None else "ok" if good else "gap"
        parts["equipment"] = {"yes": "ok", "no": "gap", None: "ok" if able == "yes" else "unknown"}[room]
        assert {part: row[part] for part in PARTS} == parts
        asked = {part: status for part, status in parts.items() if part != "loss"}
        lacks = "gap" in parts.values() or able == "no"
        assert row["ready"] == ("gap" if lacks else "ok" if set(asked.values()) == {"ok"} else "unknown")
        assert row["equipment_capex_vnd"] == (0 if parts["equipment"] == "ok" else 110)


def test_a_better_report_never_makes_a_unit_less_ready():
    for table in (everything(), everything(plan=True)):
        for said, before in table.items():
            for at, name in enumerate(NAMES):
                after = table[(*said[:at], GOOD.get(name, "yes"), *said[at + 1 :])]
                assert RANK[after["ready"]] >= RANK[before["ready"]]
                # Of a unit that is reported as unable, an equipped room tells that it is the line that fails.
                if name != "video_room" or said[NAMES.index("video_reported")] != "no":
                    assert RANK[after["ready_with_plan"]] >= RANK[before["ready_with_plan"]]
                assert after["equipment_capex_vnd"] <= before["equipment_capex_vnd"]


def test_more_evidence_never_leaves_less_known():
    table = everything()
    for said, before in table.items():
        for at, name in enumerate(NAMES):
            for more in FIGURES.get(name, ("yes", "no")):
                after = table[(*said[:at], said[at] or more, *said[at + 1 :])]
                for part in [*PARTS, "ready"]:
                    assert before[part] == "unknown" or after[part] != "unknown"


def test_a_plan_never_makes_a_unit_less_ready():
    planned = everything(plan=True)
    for said, without in everything().items():
        assert planned[said]["ready"] == without["ready"]
        assert RANK[without["ready_with_plan"]] >= RANK[without["ready"]]
        assert planned[said]["ready_with_plan"] == "ok"


def test_fibre_makes_nobody_ready():
    sites = world([office()])["sites"].assign(fibre_reported="yes")
    tables = world([office()]) | {"sites": sites}
    row = find_conference(tables, TERMS).set_index("unit_code").loc["00001"]
    assert row["ready"] == "unknown" and row["not_known"] == "down;up;latency;equipment"


def test_what_is_missing_and_what_nobody_knows_is_named():
    row = joined(down_mbps=1, up_mbps=20, loss_percent=5)
    assert row["missing"] == "down;loss" and row["not_known"] == "latency;equipment" and row["ready"] == "gap"
    unable = joined(video_reported="no")
    assert unable["ready"] == "gap" and pd.isna(unable["missing"])
    assert unable["not_known"] == "down;up;latency;equipment"


def test_each_level_has_its_own_office():
    rows = [
        office("D9", "00002", "office_district", "UBND huyện Đông", video_reported="yes"),
        office("D1", "00001", "office_district", "UBND huyện cũ", video_reported="no"),
        office("A1"),
        office("P1", "00001", "office_province", "UBND tỉnh Phúc", video_room="no"),
    ]
    table = found(rows)
    offices = {code: site if isinstance(site, str) else None for code, site in table["site_id"].items()}
    assert offices == {"Phúc": "P1", "Phúc/Đông": "D9", "00001": "A1", "00002": None}
    assert table["level"].to_dict() == {
        "Phúc": "province",
        "Phúc/Đông": "district",
        "00001": "commune",
        "00002": "commune",
    }
    assert table.loc["Phúc/Đông", "ready"] == "ok" and table.loc["Phúc", "missing"] == "equipment"
    assert table.loc["00002", "ready"] == "unknown" and table.loc["00002", "equipment_capex_vnd"] == 110
    assert set(table["vintage"]) == {"2021-07"}


def test_districts_of_one_name_in_two_provinces_are_two():
    communes = [("00001", "A", "D", "P"), ("00002", "B", "D", "Q"), ("00003", "C", None, "Q")]
    rows = [
        office("X1", "00001", "office_district", "UBND huyện D", video_reported="yes"),
        office("X2", "00002", "office_district", "UBND huyện D", video_reported="no"),
    ]
    table = found(rows, communes=communes)
    assert table.loc["P/D", "ready"] == "ok" and table.loc["Q/D", "ready"] == "gap"
    assert sorted(table.index) == ["00001", "00002", "00003", "P", "P/D", "Q", "Q/D"]


def test_without_communes_each_office_stands_for_itself():
    rows = [
        office("A1", "00000", video_reported="yes"),
        office("A2", "00000"),
        office("S1", "00000", "school"),
    ]
    table = found(rows, communes=[("00000", "All", None, None)])
    assert table["ready"].to_dict() == {"A1": "ok", "A2": "unknown"}
    assert found([office("S1", "00000", "school")], communes=[("00000", "All", None, None)]).empty


def test_the_plan_settles_the_line_and_the_room_is_priced():
    plan = {"options": [option("A1")], "investments": [investment("A1", capex=70, year=2027)]}
    row = row_of([office(down_mbps=1, video_room="no")], **plan)
    assert row["ready"] == "gap" and row["ready_with_plan"] == "ok" and row["from_year"] == 2027
    assert row["equipment_capex_vnd"] == 110 and row["connection_capex_vnd"] == 70


def test_what_the_plan_does_not_pay_for_or_is_too_slow_settles_nothing():
    later = {"options": [option("A1")], "investments": [investment("A1", funded=False)]}
    slow = {"options": [option("A1", meets_video=False)], "investments": [investment("A1", capex=70)]}
    wifi = {"options": [option("A1", "wifi", False)], "investments": [investment("A1", "wifi", "wifi")]}
    for plan in (later, slow, wifi):
        assert row_of([office()], **plan)["ready_with_plan"] == "unknown"
        assert row_of([office(down_mbps=1)], **plan)["ready_with_plan"] == "gap"
    assert row_of([office()], **slow)["connection_capex_vnd"] == 70
    assert pd.isna(row_of([office()], **later)["connection_capex_vnd"])


def test_a_room_alone_is_enough_where_the_line_is_good():
    row = joined(**GOOD, video_room="no")
    assert row["ready"] == "gap" and row["ready_with_plan"] == "ok" and pd.isna(row["from_year"])
    # The list says that it cannot, and the room is there: it is the line, whatever its figures.
    assert joined(**GOOD, video_room="yes", video_reported="no")["ready_with_plan"] == "gap"


def test_a_unit_that_can_join_today_waits_for_nothing():
    plan = {"options": [option("A1")], "investments": [investment("A1", year=2027)]}
    row = row_of([office(video_reported="yes")], **plan)
    assert row["ready"] == "ok" and pd.isna(row["from_year"]) and row["equipment_capex_vnd"] == 0


def test_money_adds_up():
    rows = [office("A1", video_room="no"), office("B1", "00002", name="UBND xã B")]
    plan = {
        "options": [option("A1"), option("B1"), option("S1")],
        "investments": [investment("A1;B1;S1", capex=100)],
    }
    rows += [office("S1", "00002", "school", "Trường")]
    table = found(rows, **plan)
    # A third each, in whole đồng; the school's third is not an office's.
    assert table["connection_capex_vnd"].dropna().tolist() == [34, 33]
    said = summary(table.reset_index())
    assert said["equipment"]["missing_capex_vnd"] == 110
    assert said["equipment"]["not_known_capex_vnd"] == 110 + 210 + 310
    by_level = [level["equipment"] for level in said["levels"].values()]
    for name in said["equipment"]:
        if name != "in_plan_capex":
            assert said["equipment"][name] == sum(level[name] for level in by_level)
    assert said["equipment"]["in_plan_capex"] is False
    commune = room_money("commune", TERMS)
    assert (commune["capex_low_vnd"], commune["capex_vnd"], commune["capex_high_vnd"]) == (55, 110, 220)
    # Two lives of five years in ten, and a tenth a year.
    assert commune["opex_vnd_per_year"] == 11 and commune["present_cost_vnd"] == 2 * 110 + 10 * 11


@settings(max_examples=15)
@given(st.permutations(range(4)), st.permutations(range(2)))
def test_the_order_of_rows_changes_nothing(sites, communes):
    rows = [
        office("A1", video_reported="yes"),
        office("A2", name="UBND xã A cũ", video_reported="no"),
        office("D1", "00001", "office_district", "Văn phòng Tây"),
        office("D2", "00002", "office_district", "Trụ sở Đông", video_reported="yes"),
    ]
    tables = world(rows)
    mixed = tables | {
        "sites": tables["sites"].iloc[list(sites)],
        "communes": tables["communes"].iloc[list(communes)],
        "commune_status": tables["commune_status"].iloc[list(communes)],
    }
    assert find_conference(tables, TERMS).equals(find_conference(mixed, TERMS))


def test_the_date_is_that_of_the_latest_evidence():
    dated = {"report_date": "2022-01", "video_report_date": "2023-05-01"}
    assert joined(video_reported="yes", down_mbps=9, **dated)["date"] == "2023-05-01"
    assert joined(down_mbps=9, **dated)["date"] == "2022-01"
    assert joined(down_mbps=9)["date"] == "2021-06"  # the study's
    assert pd.isna(joined(**dated)["date"])


def answers(*rows):
    names = ["site_id", "report_date", "video_reported"]
    said = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows])
    said = said.assign(reported_by="x", source="reports.csv", row=range(2, len(rows) + 2))
    return said.reindex(columns=list(REPORTS.columns)).astype({"video_reported": "str", "report_date": "str"})


def then(rows, reports, day):
    tables = world(rows)
    sites = sites_known_by(tables["sites"], reports, day, "2021-06")
    return find_conference(tables | {"sites": sites}, TERMS).set_index("unit_code").loc["00001"]


def test_of_a_day_in_the_past_only_what_was_reported_by_then_counts():
    latest = [office(video_reported="yes", video_report_date="2023-05-01", report_date="2020")]
    said = answers(("A1", "2022-03-01", "no"), ("A1", "2023-05-01", "yes"))
    ready = {
        day: then(latest, said, day)["ready"]
        for day in ("2022-02-28", "2022-03-01", "2022", "2023-04", "2023-05", "2023")
    }
    assert list(ready.values()) == ["unknown", "gap", "gap", "gap", "ok", "ok"]


def test_a_year_or_month_is_known_at_its_end():
    row = [office(**GOOD, video_room="yes", report_date="2021")]
    none = empty(REPORTS)
    assert [then(row, none, day)["ready"] for day in ("2020", "2021-07-15", "2021-12", "2021", "2022")] == [
        "unknown",
        "unknown",
        "unknown",
        "ok",
        "ok",
    ]
    undated = [office(**GOOD, video_room="yes")]
    tables = world(undated)
    assert sites_known_by(tables["sites"], none, "2030", "")["down_mbps"].isna().all()


@pytest.mark.parametrize("day", ["2019", "2021-05", "2021-06", "2022-01-01"])
def test_a_later_day_never_knows_less(day):
    latest = everything()
    for said, before in everything(day=day).items():
        for part in PARTS:
            assert before[part] in ("unknown", latest[said][part])
    assert (everything(day=day) == latest) == (day >= "2021-06")


def planned(day, **kwargs):
    table = found(**kwargs).reset_index()
    return dict(zip(table["unit_code"], planned_on(table, day), strict=True))["00001"]


@pytest.mark.parametrize(
    ("day", "status"),
    [("2026-12-31", "gap"), ("2027-01-01", "unknown"), ("2027-12", "ok"), ("2027", "ok"), ("2028-03", "ok")],
)
def test_on_a_day_to_come_the_plan_counts_when_it_is_finished(day, status):
    plan = {"options": [option("A1")], "investments": [investment("A1", year=2027)]}
    assert planned(day, sites=[office(down_mbps=1)], **plan) == status


def test_a_plan_without_years_says_nothing_of_a_day_to_come():
    plan = {"options": [option("A1")], "investments": [investment("A1")]}
    assert planned("2040", sites=[office(down_mbps=1)], **plan) == "unknown"
    assert planned("2040", sites=[office(down_mbps=1)]) == "gap"
    assert planned("2040", sites=[office(video_reported="yes")], **plan) == "ok"
    # The line is good: only the room is bought by then.
    assert planned("2027", sites=[office(**GOOD, video_room="no")]) == "ok"


@pytest.mark.parametrize("year", [None, 2027])
def test_a_later_day_never_has_fewer_who_can(year):
    table = pd.DataFrame(everything(plan=True, year=year).values())
    days = ["2026-12-31", "2027-01", "2027-06-30", "2027-12", "2028", "2040-02-29"]
    ranks = [planned_on(table, day).map(RANK) for day in days]
    assert all((before <= after).all() for before, after in pairwise(ranks))
    assert (ranks[-1] == RANK["ok"]).all() == (year is not None)


def test_counts_have_both_ends():
    levels = pd.Series(["commune"] * 4 + ["district"])
    statuses = pd.Series(["ok", "gap", "unknown", "unknown", "ok"])
    counts = count_ready(levels, statuses)["commune"]
    assert (counts["units"], counts["at_least"], counts["at_most"]) == (4, 1, 3)
    assert headline(levels, statuses) == "1/4 communes can join; 1 cannot; 2 not known"
    assert headline(levels[4:], statuses[4:]) == "1/1 districts can join"
    assert headline(levels[:0], statuses[:0]) == "no unit is known that could join"


def test_units_of_the_other_date_know_what_all_their_communes_share():
    rows = [office("A1", video_reported="yes"), office("B1", "00002", name="UBND xã B", video_room="no")]
    plan = {"options": [option("B1")], "investments": [investment("B1", year=2027)]}
    own = found(rows, **plan).reset_index()

    def units(parts, shares="1;1", outside=None):
        row = {"unit_code": "00001", "vintage": "2025-07", "name": "AB", "parts": parts}
        frame = pd.DataFrame([{**row, "shares": shares, "outside": outside}])
        return conference_by_units(own, frame, TERMS).iloc[0]

    both = units("00001;00002")
    assert both["ready"] == "unknown" and both["vintage"] == "2025-07" and pd.isna(both["site_id"])
    assert both["ready_with_plan"] == "ok" and both["from_year"] == 2027
    # One room, though it is made of two communes.
    assert both["equipment_capex_vnd"] == 110
    alone = units("00001", "1")
    assert alone["ready"] == "ok" and alone["site_id"] == "A1" and alone["equipment_capex_vnd"] == 0
    assert units("00001", "1", outside="Xã ngoài")["ready"] == "unknown"
    assert units("00001", "0.4")["ready"] == "unknown"


def test_people_read_words_and_numbers_stay_numbers():
    table = found([office("A1", video_reported="no"), office("B1", "00002", down_mbps=1)]).reset_index()
    sheet = people_sheet(table, {"A1": "UBND xã A", "B1": "UBND xã B"}, "vi").set_index("Tên")
    assert sheet.loc["A", "Còn thiếu"] == "không nêu cụ thể"
    assert sheet.loc["B", "Còn thiếu"] == "tốc độ tải xuống" and sheet.loc["B", "Trụ sở"] == "UBND xã B"
    assert sheet.loc["Phúc", "Chưa rõ"] == "tất cả; chưa rõ trụ sở nào"
    assert sheet["Thiết bị phòng họp (₫), ngoài kế hoạch"].dtype == "int64"
    columns, rows = say_rows(table, ("Then", table["ready"]))
    assert {len(row) for row in rows} == {len(columns)} and rows[0][0] == "Province"


# ---- whole studies


@pytest.fixture
def phusong(capsys):
    from phusong.cli import main

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["--lang", "en", *map(str, arguments)])
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return call


HEADER = (
    "Mã đơn vị,Tên đơn vị,Loại,Mã xã,Kinh độ,Vĩ độ,Cáp quang,Wifi,Họp trực tuyến,Phòng họp trực tuyến,Ngày"
)
SITES = (
    "S1,UBND xã A,UBND,00001,107.55,15.05,Có,Có,Có,,2021-06",
    "S3,UBND xã B,UBND,00002,107.65,15.05,Không,Không,,Không,2021-06",
)
YEARS = '[plan]\nbudget_by_year = { 2090 = "100 tỷ" }\n'


def test_a_run_says_it_everywhere_and_the_verb_says_the_same(phusong, drawn_study, tmp_path):
    path = drawn_study(SITES, header=HEADER, toml=YEARS)
    code, out, err = phusong("run", path, "--out", tmp_path / "run", "--quiet")
    assert code == 0, err
    assert "Video conference of three levels: 1/2 communes can join; 1 cannot\n" in out
    assert "Once the plan is built and the rooms are equipped: 2/2 communes can join\n" in out
    assert "Room equipment is not in the plan's money. Rooms known to lack equipment: 1, 300.0 million" in out
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    said = manifest["summary"]["conference"]
    assert (
        said["levels"]["commune"]["today"]["ok"] == 1
        and said["equipment"]["missing_capex_vnd"] == 300_000_000
    )
    assert "conference.csv" in manifest["files"] and "tables/conference.parquet" in manifest["files"]
    table = pd.read_parquet(tmp_path / "run" / "tables" / "conference.parquet").set_index("unit_code")
    assert table.loc["00002", "missing"] == "equipment" and table.loc["00002", "from_year"] == 2090
    spent = pd.read_parquet(tmp_path / "run" / "tables" / "commune_plan.parquet").set_index("commune_code")
    assert table.loc["00002", "connection_capex_vnd"] <= spent.loc["00002", "capex_vnd"]
    with (tmp_path / "run" / "conference.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["Can it join"] for row in rows] == ["can join", "cannot join"]
    for source in (tmp_path / "run", path):
        code, out, err = phusong("conference", source, "--json", "--quiet")
        assert code == 0, err
        told = json.loads(out)
        assert told["basis"] == "reported"
        assert told["conference"]["equipment"] == said["equipment"]
        assert [row["unit_code"] for row in told["conference"]["rows"]] == ["00001", "00002"]
        assert told["conference"]["headline"] == "1/2 communes can join; 1 cannot"


def test_the_verb_looks_at_a_day(phusong, drawn_study, tmp_path):
    path = drawn_study(SITES, header=HEADER, toml=YEARS)
    phusong("run", path, "--out", tmp_path / "run", "--quiet")

    def on(day):
        code, out, err = phusong("conference", tmp_path / "run", "--on", day)
        assert code == 0, err
        return out

    assert on("31/5/2021").startswith(
        "By what was reported until 31 May 2021: 0/2 communes can join; 2 not known\n"
    )
    assert "With plan" not in on("2021-05")
    assert on("2021-06").startswith("By what was reported until June 2021: 1/2 communes can join; 1 cannot\n")
    assert on("2089").startswith("Planned for 2089: 1/2 communes can join; 1 not known\n")
    assert "Surely 1, and 2 at most" in on("2090-03")
    there = on("2090")
    assert there.startswith("Planned for 2090: 2/2 communes can join\n")
    assert "takes 1 rooms to be equipped by then" in there and "(300.0 million ₫)" in there
    assert "without them: 1/2 communes can join; 1 not known\n" in there
    for wrong in ("tomorrow", "2021-13", "2021-02-30"):
        code, out, err = phusong("conference", tmp_path / "run", "--on", wrong)
        assert code == 1 and out == "" and "is no date" in err and "Traceback" not in err


def test_the_verb_counts_by_the_units_of_the_other_date(phusong, nam_giang_run):
    code, out, _err = phusong("conference", nam_giang_run, "--units", "2025-07", "--json")
    told = json.loads(out)
    assert code == 0 and told["conference"]["headline"] == "3/12 communes can join; 9 not known"
    rows = {row["unit_code"]: row for row in told["units"]["rows"]}
    assert len(rows) == 6 and {row["vintage"] for row in rows.values()} == {"2025-07"}
    # Chà Vàl can join and Zuôih is not known: together they are not known. La Êê waits for the plan.
    assert rows["20707"]["ready"] == "unknown" and rows["20707"]["unit_name"] == "Nam Giang"
    assert rows["20698"]["ready_with_plan"] == "ok"
    code, out, err = phusong("conference", nam_giang_run, "--units", "1999-01")
    assert code == 1 and "Dates there are: 2025-07" in err


def bundled(tmp_path, change):
    """The bundled study with its list of sites changed."""
    from shutil import copytree

    folder = tmp_path / "study"
    copytree(REPOSITORY / "data" / "nam-giang", folder)
    with (folder / "sites.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [change(row) for row in csv.DictReader(file)]
    with (folder / "sites.csv").open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return folder / "study.toml"


FOUR = ("UBND xã Tà Bhing", "UBND xã Chà Vàl", "UBND xã La Dêê", "UBND huyện Nam Giang")


def test_the_four_systems_of_nam_giang_come_to_what_was_reported(phusong, tmp_path):
    """1.2 billion VND for Tà Bhing, Chà Vàl, La Dêê and the district, when they are not yet equipped."""

    def unequipped(row):
        lacks = "Không" if row["Tên đơn vị"] in FOUR else ""
        return row | {"Họp trực tuyến": "", "Phòng họp trực tuyến": lacks}

    code, out, err = phusong("conference", bundled(tmp_path, unequipped), "--json", "--quiet")
    assert code == 0, err
    told = json.loads(out)["conference"]
    lacking = [row["unit_name"] for row in told["rows"] if row["missing"] == "equipment"]
    assert sorted(lacking) == ["Chà Vàl", "La Dêê", "Nam Giang", "Tà Bhing"]
    assert told["equipment"]["missing_capex_vnd"] == 1_200_000_000 and told["equipment"]["missing_rooms"] == 4


def test_a_study_may_name_its_own_price_of_a_room(phusong, drawn_study):
    own = "[prices.conference]\nequipment_commune = 90_000_000\ninstallation = 0\n"
    code, out, err = phusong("conference", drawn_study(SITES, header=HEADER, toml=own), "--json", "--quiet")
    assert code == 0, err
    found = json.loads(out)["conference"]["equipment"]
    assert (found["missing_capex_low_vnd"], found["missing_capex_vnd"]) == (90_000_000, 90_000_000)


def test_the_bundled_study_says_no_more_than_was_reported(opened):
    from phusong.conference import terms_of
    from phusong.domain import INVESTMENTS, OPTIONS
    from phusong.gaps import find_gaps, roll_up

    study, region, _findings = opened(REPOSITORY / "data" / "nam-giang" / "study.toml")
    tables = {name: getattr(region, name) for name in ("communes", "sites")}
    tables |= {"options": empty(OPTIONS), "investments": empty(INVESTMENTS).astype({"funded": bool})}
    tables["commune_status"] = roll_up(find_gaps(study, region), region.communes)
    table = find_conference(tables, terms_of(study, read_prices(study))).set_index("unit_name")
    ready = sorted(table.index[table["ready"] == "ok"])
    assert ready == ["Chà Vàl", "La Dêê", "Nam Giang", "Tà Bhing"]
    assert (table.loc[["La Êê", "Chơ Chun"], "ready"] == "unknown").all()
    assert set(table.loc[ready, "date"]) == {"2021"}
    assert table.loc["Quảng Nam", "site_id"] is None or pd.isna(table.loc["Quảng Nam", "site_id"])


def test_the_prices_of_rooms_do_not_change_what_is_drawn_of_the_plan():
    import numpy as np

    from phusong.supposed import draw_prices

    sheets = read_prices(read_study(REPOSITORY / "data" / "nam-giang" / "study.toml"))
    without = {name: sheet for name, sheet in sheets.items() if name != "conference"}
    drawn = draw_prices(sheets, np.random.default_rng(1))
    assert drawn["conference"] == sheets["conference"]
    assert {n: s for n, s in drawn.items() if n != "conference"} == draw_prices(
        without, np.random.default_rng(1)
    )


def test_a_room_reported_as_not_equipped_is_a_gap_of_its_site(drawn_study, opened):
    from phusong.gaps import find_gaps

    study, region, _findings = opened(drawn_study(SITES, header=HEADER))
    gaps = find_gaps(study, region).set_index("site_id")
    assert gaps["video"].tolist() == ["ok", "gap"] and gaps.loc["S3", "video_evidence"] == "room_not_equipped"


def test_hostile_names_stay_text_in_the_csv(phusong, drawn_study, tmp_path):
    rows = ("S1,=HYPERLINK(1),UBND xã,00001,107.55,15.05,Có,Có,Có,,2021-06",)
    code, _out, err = phusong("run", drawn_study(rows, header=HEADER), "--out", tmp_path / "run", "--quiet")
    assert code == 0, err
    text = (tmp_path / "run" / "conference.csv").read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK(1)" in text and ",=HYPERLINK" not in text
