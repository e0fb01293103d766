"""What differs between two states of the same things: fields, and places in an order."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd


def differing(fields: Iterable[tuple[str, Any, Any]]) -> Iterator[tuple[str, Any, Any]]:
    """Of (field, before, after) those whose two values differ; unknown on both sides is no difference.

    >>> list(differing([("capex_vnd", 1, 2), ("rank", 3, 3), ("year", None, float("nan"))]))
    [('capex_vnd', 1, 2)]
    """
    for field, old, new in fields:
        old, new = (None if _unknown(value) else value for value in (old, new))
        if old != new:
            yield field, old, new


def _unknown(value: Any) -> bool:
    return value is None or (not isinstance(value, list | tuple | dict) and bool(pd.isna(value)))


def moved(before: Mapping[str, int], after: Mapping[str, int]) -> frozenset[str]:
    """The fewest names that must move so that one order becomes the other: all but a longest common order.
    Both map the same names to their ranks.

    >>> sorted(moved({"a": 1, "b": 2, "c": 3, "d": 4}, {"d": 1, "a": 2, "b": 3, "c": 4}))
    ['d']
    """
    ranks: list[int] = []
    ends: list[str] = []
    previous: dict[str, str | None] = {}
    for name in sorted(before, key=before.__getitem__):
        place = bisect_left(ranks, after[name])
        previous[name] = ends[place - 1] if place else None
        ranks[place : place + 1], ends[place : place + 1] = [after[name]], [name]
    stay, last = set(), ends[-1] if ends else None
    while last is not None:
        stay.add(last)
        last = previous[last]
    return frozenset(set(before) - stay)
