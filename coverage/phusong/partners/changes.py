"""CHANGES.csv: what differs between a package and the last one of the same partner, by identifier."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from phusong.differences import differing, moved
from phusong.partners.tables import key_of

COLUMNS = ["table", "change", "id", "field", "before", "after"]
NEW, GONE, MOVED, FIGURES = "new", "gone", "moved", "figures"
#: Follows from the order: told by MOVED, not as figures of each.
_BY_ORDER = ("rank", "cumulative_capex_vnd")
_ORDERED = "investments"
Row = tuple[str, str, str, str, Any, Any]
Tables = Mapping[str, pd.DataFrame]


def changes_between(before: Tables, after: Tables) -> pd.DataFrame:
    """A row a change, with COLUMNS: a row of a table that is `new` or `gone`, an investment that `moved` in
    the order (the fewest that explain the new one; `before` and `after` are ranks), or a field with other
    figures; investments first. A table that only one package has is one row with the id *."""
    rows: list[Row] = []
    for table in sorted({*before, *after}, key=lambda name: (name != _ORDERED, name)):
        if table not in before or table not in after:
            change = NEW if table in after else GONE
            rows.append((table, change, "*", "", None, None))
            continue
        rows += _of_table(table, _keyed(before[table], table), _keyed(after[table], table))
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def _keyed(frame: pd.DataFrame, table: str) -> dict[str, dict[str, Any]]:
    """The rows of a table by identifier; a key of several columns is joined by +."""
    keys = frame[key_of(table)].astype("str").agg("+".join, axis=1) if len(frame) else []
    return dict(zip(keys, frame.to_dict("records"), strict=True))


def _of_table(
    table: str, before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]]
) -> Iterator[Row]:
    both = sorted({*before} & {*after})
    ranks = (
        [{name: int(rows[name]["rank"]) for name in both} for rows in (before, after)]
        if table == _ORDERED
        else []
    )
    elsewhere = moved(*ranks) if ranks else frozenset()
    for name in sorted({*before, *after}):
        if name not in before or name not in after:
            yield table, NEW if name in after else GONE, name, "", None, None
            continue
        if name in elsewhere:
            yield table, MOVED, name, "rank", ranks[0][name], ranks[1][name]
        old, new = before[name], after[name]
        fields = [(field, old[field], new[field]) for field in new if field in old and field not in _BY_ORDER]
        for field, was, now in differing(fields):
            yield table, FIGURES, name, field, was, now
