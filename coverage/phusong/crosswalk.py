"""Old and new units: which side of a crosswalk the communes of a study are on, and what the other side is.

A code may survive with a new meaning (20707 was Chà Vàl and is now Nam Giang), so a unit is its code and its
side: codes of both sides are never mixed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from phusong.units import fold

OLD, NEW = "old", "new"


@dataclass(frozen=True)
class OtherUnit:
    """A unit of the side that the study is not on. `parts` are the study's communes that it shares land with,
    by code, and whether the old unit of the two lies wholly in the new one; `outside` are the names of
    units beyond the study that it shares land with too."""

    code: str
    name: str
    unit_type: str
    vintage: str
    district: str
    province: str
    parts: tuple[tuple[str, bool], ...]
    outside: tuple[str, ...]


def other_side(side: str) -> str:
    """NEW of OLD, OLD of NEW."""
    return NEW if side == OLD else OLD


def side_of(crosswalk: pd.DataFrame, communes: pd.DataFrame, vintage: str = "") -> str | None:
    """The side (OLD or NEW) that the communes are on; None when that cannot be told.

    By the vintage of the study and of the new units where both are said, else by whose code and name (folded)
    more of the communes bear.
    """
    since = set(crosswalk["new_vintage"].dropna()) - {""}
    own = vintage or max(set(communes["vintage"].dropna()), default="")
    if own and since and len(crosswalk):
        side = NEW if own >= min(since) else OLD
        return side if crosswalk[f"{side}_code"].isin(communes["commune_code"]).any() else None
    known = set(zip(communes["commune_code"], map(_folded, communes["name"]), strict=True))
    found = {side: len(known & _named(crosswalk, side)) for side in (OLD, NEW)}
    if found[OLD] == found[NEW]:
        return None
    return max(found, key=lambda side: found[side])


def _named(crosswalk: pd.DataFrame, side: str) -> set[tuple[str, str]]:
    return set(zip(crosswalk[f"{side}_code"], map(_folded, crosswalk[f"{side}_name"]), strict=True))


def _folded(name: object) -> str:
    return fold(name) if isinstance(name, str) else ""


def touching(crosswalk: pd.DataFrame, side: str, codes: Iterable[str]) -> pd.DataFrame:
    """The rows of the units `codes` of `side`, and of units that share one of the other side with them."""
    own = crosswalk[crosswalk[f"{side}_code"].isin(set(codes))]
    others = f"{other_side(side)}_code"
    beside = crosswalk[others].isin(set(own[others].dropna()))
    return crosswalk[beside | crosswalk.index.isin(own.index)].reset_index(drop=True)


def other_units(crosswalk: pd.DataFrame, side: str, codes: Iterable[str]) -> list[OtherUnit]:
    """The units of the other side that the study's units `codes` of `side` became or came from, by code."""
    mine, other = set(codes), other_side(side)
    rows = crosswalk[crosswalk[f"{other}_code"].notna()]
    # An old unit with one row went wholly into one new unit.
    whole = ~crosswalk["old_code"].duplicated(keep=False)
    return [
        _unit(group, whole, side, other, mine)
        for _code, group in rows.groupby(f"{other}_code", sort=True)
        if group[f"{side}_code"].isin(mine).any()
    ]


def _unit(group: pd.DataFrame, whole: pd.Series, side: str, other: str, mine: set[str]) -> OtherUnit:
    first = group.iloc[0]
    said = {name: _text(first[f"{other}_{name}"]) for name in ("code", "name", "unit_type", "vintage")}
    places = {name: _text(first[f"{other}_{name}"]) for name in ("district", "province")}
    parts = sorted(
        (str(code), bool(whole[index])) for index, code in group[f"{side}_code"].items() if code in mine
    )
    return OtherUnit(**said, **places, parts=tuple(parts), outside=tuple(sorted(_beyond(group, side, mine))))


def _beyond(group: pd.DataFrame, side: str, mine: set[str]) -> Iterator[str]:
    for row in group[~group[f"{side}_code"].isin(mine)].to_dict("records"):
        names = (_text(row[f"{side}_{name}"]) for name in ("name", "district", "code"))
        yield next((name for name in names if name), "")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
