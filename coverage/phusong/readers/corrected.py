"""A study's corrections: those that it names, the rows that they take out, what could not be put in."""

import json
from collections.abc import Mapping

import pandas as pd

from phusong.domain import Finding
from phusong.language import _
from phusong.readers.corrections import DROPPED, LOG_COLUMNS, Corrections, not_applied
from phusong.readers.returned import read_corrections
from phusong.study import Study


def corrections_of(study: Study) -> Corrections:
    """The corrections of the workbook that the study names; none where it names none."""
    return read_corrections(study.path(study.corrections)) if study.corrections else Corrections()


def without_dropped(
    study: Study,
    given: Corrections,
    layers: Mapping[str, pd.DataFrame],
    logs: Mapping[str, pd.DataFrame],
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame, pd.DataFrame, tuple[Finding, ...]]:
    """The layers without the rows that corrections take out, those rows with their reason (as
    `Region.set_aside`), the log of all corrections, and a finding for each that was not applied."""
    out, aside = dict(layers), []
    for name, log in logs.items():
        gone = log[log["state"] == DROPPED].set_index("row")["why"]
        if gone.empty:
            continue
        here = out[name]["row"].isin(gone.index)
        aside += [
            _aside(row, name, gone[row["row"]])
            for _index, row in out[name][here].drop_duplicates("row").iterrows()
        ]
        out[name] = out[name][~here].reset_index(drop=True)
    unread = [item for item in given.items if item.table not in logs]
    log = pd.concat([*logs.values(), _of_no_input(unread)], ignore_index=True)
    file = study.path(study.corrections).name
    told = (*given.findings, *not_applied(log, file)) if study.corrections else ()
    return out, pd.DataFrame(aside), log.reindex(columns=LOG_COLUMNS), told


def _of_no_input(items: list) -> pd.DataFrame:
    why = _("the study has no such input any more")
    rows = [
        {**{n: getattr(i, n, "") for n in LOG_COLUMNS}, "state": "not_applied", "why": why} for i in items
    ]
    return pd.DataFrame(rows, columns=LOG_COLUMNS)


def _aside(row: pd.Series, table: str, reason: str) -> dict:
    values = {k: str(v) for k, v in row.items() if k not in ("source", "row", "geometry") and pd.notna(v)}
    shape = row.get("geometry")
    return {
        "file": row["source"],
        "row": row["row"],
        "table": table,
        "reason": _("taken out by a correction: {reason}").format(reason=reason),
        "do": _("Take the mark out of the workbook to have it back."),
        "values": json.dumps(values, ensure_ascii=False, sort_keys=True),
        "geometry_wkt": shape.wkt if shape is not None and len(shape.wkt) < 1000 else "",
    }
