"""Who can join a conference of three levels: today, on a day to come, and in words."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from phusong.conference import line_status
from phusong.domain import GAP, LEVELS, OK, STATUSES, UNKNOWN
from phusong.language import _
from phusong.units import say_vnd
from phusong.video import ASKED
from phusong.wording import JOIN_NAMES, LEVEL_NAMES, PART_NAMES, say

_ALL = ";".join(ASKED)
_ORDER = {level: place for place, level in enumerate(LEVELS)}


def in_order(conference: pd.DataFrame) -> pd.DataFrame:
    """CONFERENCE with the province first, then districts, then communes by code."""
    return conference.sort_values(
        ["level", "unit_code"],
        key=lambda column: column.map(_ORDER) if column.name == "level" else column,
        ignore_index=True,
    )


def planned_on(conference: pd.DataFrame, day: str) -> pd.Series:
    """The status of each row of CONFERENCE on a day to come (2028, 2028-06 or 2028-06-15: its last day), with
    what the plan has finished by then and the rooms equipped.

    What is finished in a year is there at its end, and may be there in the course of it; without years nobody
    knows when.
    """
    year = int(day[:4])
    whole = day in (f"{year}", f"{year}-12", f"{year}-12-31")
    line = line_status(conference)
    # Reported as unable although the room is equipped: it waits for its line too.
    unable = (conference["ready"] == GAP) & conference["missing"].isna() & (conference["equipment"] == OK)
    waits = (conference["ready_with_plan"] == OK) & ((line != OK) | unable)
    finished = conference["from_year"]
    then = line.mask(unable, GAP)
    then = then.mask((finished.isna() | (finished <= year)).fillna(True), UNKNOWN)
    then = then.mask((finished < year).fillna(False) | ((finished == year).fillna(False) & whole), OK)
    return conference["ready_with_plan"].where(~waits, then)


def count_ready(levels: pd.Series, statuses: pd.Series) -> dict[str, dict[str, int]]:
    """Level → units, how many can, cannot, or nobody knows; `at_least` can for sure, `at_most` if all that is
    not known is there."""
    out = {}
    for level in LEVELS:
        here = statuses[levels == level]
        if len(here):
            counts = {status: int((here == status).sum()) for status in STATUSES}
            bounds = {"at_least": counts[OK], "at_most": counts[OK] + counts[UNKNOWN]}
            out[level] = {"units": len(here), **counts, **bounds}
    return out


def summary(conference: pd.DataFrame) -> dict[str, Any]:
    """What a run says of conferences in one object: counts by level, and the price of equipment, which is not
    in the plan's money."""
    today = count_ready(conference["level"], conference["ready"])
    planned = count_ready(conference["level"], conference["ready_with_plan"])
    return {
        "levels": {
            level: {"today": today[level], "with_plan": planned[level]}
            | {"equipment": equipment_of(conference[conference["level"] == level])}
            for level in today
        },
        "equipment": equipment_of(conference) | {"in_plan_capex": False},
    }


def equipment_of(rows: pd.DataFrame) -> dict[str, int]:
    """What the rooms cost that are known to lack equipment (`missing`), and those of which nobody knows."""
    out = {}
    for name, status in (("missing", GAP), ("not_known", UNKNOWN)):
        some = rows[rows["equipment"] == status]
        out[f"{name}_rooms"] = len(some)
        for column in ("capex_vnd", "capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year"):
            out[f"{name}_{column}"] = int(some[f"equipment_{column}"].sum())
    return out


def headline(levels: pd.Series, statuses: pd.Series, language: str | None = None) -> str:
    """Who can join, of the communes (where there are none: of all): "4/12 communes can join; 8 not known"."""
    counts = count_ready(levels, statuses)
    said = {
        "commune": _("{ok}/{units} communes can join", language),
        "district": _("{ok}/{units} districts can join", language),
        "province": _("{ok}/{units} provinces can join", language),
    }
    level = next((one for one in reversed(LEVELS) if one in counts), None)
    if level is None:
        return _("no unit is known that could join", language)
    here = counts[level]
    text = said[level].format(ok=here[OK], units=here["units"])
    if here[GAP]:
        text += _("; {count} cannot", language).format(count=here[GAP])
    if here[UNKNOWN]:
        text += _("; {count} not known", language).format(count=here[UNKNOWN])
    return text


def say_equipment(found: Mapping[str, int], language: str | None = None) -> list[str]:
    """What the rooms cost, a sentence for those that lack equipment and one for those not known."""
    said = {
        "missing": _("Rooms known to lack equipment: {rooms}, {capex} ({low} – {high}).", language),
        "not_known": _(
            "Rooms not known to be equipped: {rooms}, {capex} ({low} – {high}) if all lack it.", language
        ),
    }
    return [
        sentence.format(
            rooms=found[f"{name}_rooms"],
            capex=say_vnd(found[f"{name}_capex_vnd"], language),
            low=say_vnd(found[f"{name}_capex_low_vnd"], language),
            high=say_vnd(found[f"{name}_capex_high_vnd"], language),
        )
        for name, sentence in said.items()
        if found[f"{name}_rooms"]
    ]


def say_parts(codes: Any, language: str | None = None) -> str:
    """The words for parts of line and room separated by ;, "" for none."""
    return (
        ", ".join(say(PART_NAMES, code, language) for code in codes.split(";"))
        if isinstance(codes, str)
        else ""
    )


def people_sheet(conference: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """CONFERENCE as people read it: headers and statuses in words; `names` are those of the offices."""
    rows = in_order(conference)

    def said(words: Mapping[str, str], codes: Iterable[str]) -> list[str]:
        return [say(words, code, language) for code in codes]

    lacks = [say_lacks(row, language) for row in rows.to_dict("records")]
    columns = {
        _("Level", language): said(LEVEL_NAMES, rows["level"]),
        _("Code", language): rows["unit_code"],
        _("Unit list", language): rows["vintage"],
        _("Name", language): rows["unit_name"],
        _("Office", language): rows["site_id"].map(names),
        _("Can it join", language): said(JOIN_NAMES, rows["ready"]),
        _("Missing", language): lacks,
        _("Not known", language): [say_not_known(row, language) for row in rows.to_dict("records")],
        _("Date", language): rows["date"],
        _("With plan and equipment", language): said(JOIN_NAMES, rows["ready_with_plan"]),
        _("Finished in", language): rows["from_year"],
        _("Room equipment (₫), not in the plan", language): rows["equipment_capex_vnd"],
        _("Low (₫)", language): rows["equipment_capex_low_vnd"],
        _("High (₫)", language): rows["equipment_capex_high_vnd"],
        _("Equipment, a year (₫)", language): rows["equipment_opex_vnd_per_year"],
        _("Share of the connection (₫), in the plan", language): rows["connection_capex_vnd"],
    }
    return pd.DataFrame(columns)


def say_lacks(row: Mapping[str, Any], language: str | None = None) -> str:
    """What a unit lacks; of one that is reported as unable, and nobody says why, just that."""
    if row["ready"] == GAP and not isinstance(row["missing"], str):
        return _("not said what", language)
    return say_parts(row["missing"], language)


def say_not_known(row: Mapping[str, Any], language: str | None = None) -> str:
    """What nobody knows of a unit."""
    if not isinstance(row["site_id"], str) and row["not_known"] == _ALL:
        return _("everything; its office is not known", language)
    return _("everything", language) if row["not_known"] == _ALL else say_parts(row["not_known"], language)


def say_rows(
    conference: pd.DataFrame, then: tuple[str, pd.Series] | None
) -> tuple[list[tuple[str, str]], list[list[str]]]:
    """The columns and rows of the table on screen; `then` is a further column of statuses and its header."""
    shown = conference if then is None else conference.assign(then=then[1])
    columns = [(_("Level"), "left"), (_("Name"), "left"), (_("Can it join"), "left"), (_("Missing"), "left")]
    columns += [(_("Not known"), "left"), (_("Room equipment"), "right")]
    columns += [] if then is None else [(then[0], "left"), (_("Finished in"), "right")]
    rows = []
    for row in in_order(shown).to_dict("records"):
        price = say_vnd(row["equipment_capex_vnd"]) if row["equipment_capex_vnd"] else "–"
        lacks, unsaid = say_lacks(row) or "–", say_not_known(row) or "–"
        level, ready = say(LEVEL_NAMES, row["level"]), say(JOIN_NAMES, row["ready"])
        year = "–" if pd.isna(row["from_year"]) else str(row["from_year"])
        after = [] if then is None else [say(JOIN_NAMES, row["then"]), year]
        rows.append([level, row["unit_name"], ready, lacks, unsaid, price, *after])
    return columns, rows
