"""Who can join a conference of three levels, for the cards of communes."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from phusong.attendance import say_lacks, say_not_known
from phusong.domain import GAP, OK, STATUSES
from phusong.maps.saying import day_phrase, money_phrase
from phusong.maps.texts import Phrases


def conference_rows(
    conference: pd.DataFrame, order: Iterable[str], phrases: Phrases
) -> list[dict[str, Any] | None]:
    """A row for each commune of `order` (codes): statuses as places in STATUSES, texts as phrases (−1: none),
    the year in which the plan finishes what it waits for (0: none). None where CONFERENCE has no such row."""
    own = conference[conference["level"] == "commune"]
    rows = {row["unit_code"]: row for row in own.to_dict("records")}
    return [_row(rows[code], phrases) if code in rows else None for code in order]


def _row(row: dict[str, Any], phrases: Phrases) -> dict[str, Any]:
    lacks, unsaid = (
        phrases.of(lambda to, say=say: say(row, to)) if say(row) else -1  # type: ignore[misc]
        for say in (say_lacks, say_not_known)
    )
    return {
        "ready": STATUSES.index(row["ready"]),
        "missing": lacks,
        "not_known": unsaid,
        "date": day_phrase(row["date"], phrases),
        "price": -1 if row["equipment"] == OK else money_phrase(row["equipment_capex_vnd"], phrases),
        "lacks": row["equipment"] == GAP,
        "planned": STATUSES.index(row["ready_with_plan"]),
        "year": 0 if pd.isna(row["from_year"]) else int(row["from_year"]),
    }
