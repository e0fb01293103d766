"""The feed for an operations centre: what its schema promises; JSON, CSV and the run say the same."""

import csv
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import jsonschema
import pandas as pd
from drawn_run import HOSTILE, drawn_run, hostile_run
from drawn_units import units_run

from phusong.admin import roll_up_units
from phusong.bycommune import plan_by_commune
from phusong.domain import CONFERENCE, INDICATOR_FIGURES, INDICATORS, SERVICES, STATUSES, conform
from phusong.exports import export
from phusong.feed import FEED, feed_of
from phusong.language import use_language
from phusong.runs import Run

DEFINITION = {
    "name_vi": "Ban chỉ đạo",
    "name_en": "Steering committee",
    "kind": "done",
    "levels": ["district"],
    "source": "drawn",
}


@cache
def full_run() -> Run:
    """The drawn run of 2021 with a crosswalk, the plan by commune, indicators and conferences."""
    run = units_run()
    tables = run.tables
    options = tables["options"].assign(share_vnd=1)
    plan = plan_by_commune(tables["investments"], options, tables["gaps"], tables["commune_status"])
    reports = [
        {"unit_code": "510", "unit_name": "Nam Giang", "date": "2021-06", "value": 1.0},
        {"unit_code": "504", "unit_name": "Tây Giang", "date": "2021-06", "value": 0.0},
    ]
    said = {"indicator": "committee", "level": "district", "vintage": "2021-07", "source": "drawn", "row": 2}
    figure = {"date": "2021-06", "value": 1.0, "of": 3.0, "units": 3, "reported": 2, "not_done": "504"}
    meeting = {"vintage": "2021-07", "ready_with_plan": "ok", "date": "2021", "from_year": 2026}
    asked = dict.fromkeys(("down", "up", "latency", "loss", "equipment"), "unknown")
    money = {name: 5 for name in CONFERENCE.columns if name.startswith("equipment_") or name.endswith("_vnd")}
    statuses = {"00001": "ok", "00002": "gap", "00003": "unknown"}
    conference = [
        {"level": "commune", "unit_code": c, "unit_name": f"Xã {c}", "ready": s, **meeting, **asked, **money}
        for c, s in statuses.items()
    ]
    more = {
        "commune_plan": plan,
        "unit_status": roll_up_units(
            tables["commune_status"], tables["crosswalk"], tables["communes"], "2021-07", plan=plan
        ),
        "indicators": conform(pd.DataFrame(reports).assign(**said), INDICATORS),
        "indicator_figures": conform(pd.DataFrame([{**said, **figure}]), INDICATOR_FIGURES),
        "conference": conform(pd.DataFrame(conference), CONFERENCE),
    }
    manifest = {**run.manifest, "vintage": "2021-07", "indicators": {"committee": DEFINITION}}
    return replace(run, manifest=manifest, tables={**tables, **more})


def written(run: Run, folder: Path, language: str = "vi") -> tuple[dict, list[dict], dict]:
    """feed.json, the rows of feed.csv and the schema."""
    export(run, "feed", folder, language)
    with (folder / "feed.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    read = (
        json.loads((folder / name).read_text(encoding="utf-8")) for name in ("feed.json", "feed.schema.json")
    )
    feed, schema = read
    return feed, rows, schema


def test_the_feed_keeps_its_schema_and_the_schema_is_one(tmp_path):
    feed, _rows, schema = written(full_run(), tmp_path)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(feed)
    assert set(schema["$defs"]["row"]["properties"]) == set(FEED.columns) and len(feed["rows"]) > 100
    for name, bad in (
        ("level", "region"),
        ("unit_code", "Nam Giang"),
        ("value", -1),
        ("value", "5"),
        ("date", "30/6/2021"),
        ("basis", "guessed"),
        ("reported", 1.5),
        ("run_id", None),
        ("more", 1),
    ):
        assert not validator.is_valid({**feed, "rows": [{**feed["rows"][0], name: bad}]}), name


def test_the_csv_says_what_the_json_says(tmp_path):
    feed, rows, _schema = written(full_run(), tmp_path)
    assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in feed["rows"]] == rows


def test_it_is_the_same_in_any_language_and_order_of_rows(tmp_path):
    run = full_run()
    feed, _rows, _schema = written(run, tmp_path / "a")
    use_language("vi")
    turned = {name: table.iloc[::-1].reset_index(drop=True) for name, table in run.tables.items()}
    assert written(replace(run, tables=turned), tmp_path / "b", "en")[0] == feed
    for name in ("feed.json", "feed.csv", "feed.schema.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_its_figures_are_those_of_the_run():
    run = full_run()
    feed = feed_of(run).set_index(["level", "vintage", "unit_code", "indicator"], drop=False)
    for row in run.tables["commune_status"].to_dict("records"):
        for service in SERVICES:
            for status in STATUSES:
                said = feed.loc["commune", "2021-07", row["commune_code"], f"sites_{service}_{status}"]
                assert (said["value"], said["of"]) == (row[f"{service}_{status}"], row["sites"])
    whole = feed[feed["level"] == "study"].set_index("indicator")
    plan = run.tables["commune_plan"]
    for name in plan.columns.drop("commune_code"):
        assert whole.loc[f"plan_{name}", "value"] == plan[name].sum()
    assert whole.loc["centres_fibre_ok", ["value", "of"]].tolist() == [1, 3]
    assert whole.loc["centres_fibre_unknown", "value"] == 1
    committee = whole.loc["committee", ["value", "of", "units", "reported", "units_level"]].tolist()
    assert committee == [1, 3, 3, 2, "district"]
    assert whole.loc["conference_ready", ["value", "of", "units_level"]].tolist() == [1, 3, "commune"]


def test_what_is_not_known_is_empty_and_not_a_no():
    feed = feed_of(full_run()).set_index(["unit_code", "vintage", "indicator"])
    centres = {code: feed.loc[(code, "2021-07", "centre_fibre")] for code in ("00001", "00002", "00003")}
    assert [centres[code]["value"] for code in ("00001", "00002")] == [1, 0]
    assert pd.isna(centres["00003"]["value"]) and pd.isna(centres["00003"]["basis"])
    assert pd.isna(feed.loc[("00003", "2021-07", "conference_ready"), "value"])


def test_a_unit_whose_code_no_list_says_goes_by_its_name():
    run = full_run()
    rows = run.tables["conference"].assign(level="district", unit_code=["Nam Giang", "Tây Giang", "510"])
    feed = feed_of(replace(run, tables={**run.tables, "conference": rows}))
    here = feed[(feed["level"] == "district") & (feed["indicator"] == "conference_ready")]
    assert here["unit_code"].fillna("").tolist() == ["510", "", ""] and here["unit_name"].is_unique


def test_a_figure_says_the_least_sure_thing_that_it_rests_on():
    feed = feed_of(full_run()).set_index(["unit_code", "vintage", "indicator"])
    # B1 is reported, B2 computed (drawn_run).
    assert feed.loc[("00002", "2021-07", "sites_fibre_gap"), "basis"] == "computed"
    assert feed.loc[("00001", "2021-07", "sites_fibre_ok"), "basis"] == "reported"
    assert pd.isna(feed.loc[("00001", "2021-07", "sites_fibre_unknown"), "basis"])
    assert feed.loc[("00001", "2021-07", "plan_capex_vnd"), "basis"] == "assumed"
    # Zuôih went to two units in shares that nobody says.
    assert feed.loc[("00004", "2025-07", "plan_sites_connected"), "basis"] == "assumed"


def test_units_of_two_dates_are_never_one():
    """00002 was Chà Vàl and is Nam Giang."""
    feed = feed_of(full_run())
    rows = feed[(feed["unit_code"] == "00002") & (feed["indicator"] == "sites_fibre_gap")]
    assert dict(zip(rows["vintage"], rows["unit_name"], strict=True)) == {
        "2021-07": "Xã Chà Vàl",
        "2025-07": "Xã Nam Giang",
    }
    parts = feed[(feed["level"] == "commune") & (feed["indicator"] == "sites_fibre_gap")]
    totals = parts.groupby("vintage")["value"].sum()
    assert totals["2021-07"] == totals["2025-07"] == 2
    assert set(feed.loc[feed["level"] == "study", "vintage"]) == {"2021-07"}


def test_a_run_with_nothing_more_has_its_coverage_only(tmp_path):
    feed, rows, schema = written(drawn_run(), tmp_path)
    jsonschema.validate(feed, schema)
    assert {row["level"] for row in rows} == {"commune", "study"}
    assert not [row for row in rows if row["indicator"].startswith(("plan_", "conference_"))]


def test_names_stay_data(tmp_path):
    run, names = full_run(), ["=HYPERLINK(1)", "+1", "@x", *HOSTILE]
    codes = [f"{n:03}" for n in range(len(names))]
    rows = pd.concat([run.tables["indicators"].iloc[:1]] * len(names), ignore_index=True)
    named = run.tables | {"indicators": rows.assign(unit_name=names, unit_code=codes)}
    feed, rows, schema = written(replace(run, tables=named), tmp_path)
    jsonschema.validate(feed, schema)
    for code, name in zip(codes, names, strict=True):
        [said] = [row["unit_name"] for row in feed["rows"] if row["unit_code"] == code]
        [cell] = [row["unit_name"] for row in rows if row["unit_code"] == code]
        assert said == name and cell == (f"'{name}" if name[0] in "=+@" else name)


def test_a_hostile_run_keeps_the_schema(tmp_path):
    run = hostile_run()
    tables = {**run.tables, "communes": run.tables["communes"].assign(vintage=None)}
    feed, _rows, schema = written(replace(run, tables=tables), tmp_path)
    jsonschema.validate(feed, schema)
