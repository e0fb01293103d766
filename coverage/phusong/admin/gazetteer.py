"""Lists of units by date, and how a unit is found in them by code or by name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from phusong.domain import GAZETTEER, empty
from phusong.names import Match, NameRules, match_many, same_name, spelled, split_type, words_of
from phusong.units import fold

_NONE = Match(None, "", 0.0, "none", False)


@dataclass(frozen=True)
class Gazetteer:
    """Units of one or several lists (`GAZETTEER`). `outlines` are their shapes in EPSG:4326 by code and
    vintage, where a list has any."""

    units: pd.DataFrame
    outlines: Mapping[tuple[str, str], object]

    @property
    def vintages(self) -> tuple[str, ...]:
        """The dates of the lists, oldest first."""
        return tuple(sorted(set(self.units["vintage"])))

    def of(self, vintage: str) -> pd.DataFrame:
        """The list of that date, by code."""
        return self.units[self.units["vintage"] == vintage].sort_values("code").set_index("code", drop=False)

    @cached_property
    def named(self) -> dict[tuple[str, str], str]:
        """Full name ("Xã La Êê") by code and vintage."""
        pairs = zip(self.units["code"], self.units["vintage"], strict=True)
        return dict(zip(pairs, map(full_name, self.units["unit_type"], self.units["name"]), strict=True))

    def find(
        self,
        names: Iterable[str],
        vintage: str,
        rules: NameRules,
        provinces: Iterable[str | None] | None = None,
        districts: Iterable[str | None] | None = None,
    ) -> list[Match]:
        """The units of `vintage` that `names` mean, each within its province and district (names or codes,
        where they are said). A province or district that is not found leaves the name without a match."""
        wanted = list(names)
        here = list(provinces) if provinces is not None else [None] * len(wanted)
        there = list(districts) if districts is not None else [None] * len(wanted)
        asked = pd.DataFrame({"name": wanted, "province": here, "district": there}, dtype="object")
        asked = asked.where(asked.notna(), None)
        out: list[Match] = [_NONE] * len(asked)
        units = self.of(vintage)
        words = words_of(self.named[code, vintage] for code in units["code"])
        in_province: dict[object, pd.DataFrame] = {None: units}
        for (province, district), rows in asked.groupby(["province", "district"], dropna=False, sort=True):
            province, district = (said if isinstance(said, str) else None for said in (province, district))
            if province is not None and province not in in_province:
                in_province[province] = _within(units, "province", province, rules)
            near = in_province[province]
            if district is not None:
                near = _within(near, "district", district, rules)
            known = {code: self.named[code, vintage] for code in near["code"]}
            for place, found in zip(
                rows.index, match_many(rows["name"].tolist(), known, rules, words), strict=True
            ):
                out[place] = found
        return out


def lend_figures(gazetteer: Gazetteer, crosswalk: pd.DataFrame) -> Gazetteer:
    """The gazetteer with residents, area and outline of a unit, where its list has none, from the nearest
    list in which its code has the same name, with no reorganisation between: good for shares only."""
    dates = sorted(set(crosswalk["new_vintage"].dropna()))
    units = gazetteer.units.assign(
        side=[sum(vintage >= date for date in dates) for vintage in gazetteer.units["vintage"]],
        plain=[fold(spelled(name)) for name in gazetteer.units["name"]],
    )
    outlines = dict(gazetteer.outlines)
    columns = ["population", "area_km2"]
    same = ["side", "code", "plain"]
    if units[columns].notna().any(axis=None):
        ordered = units.sort_values([*same, "vintage"])
        # Earlier lists before later ones, as the counts that a plan rests on are older than its lists.
        filled = ordered.groupby(same)[columns].ffill()
        ordered[columns] = filled.fillna(ordered.groupby(same)[columns].bfill())
        units = ordered.sort_index()
    if outlines:
        keys = list(zip(*(units[name] for name in same), strict=True))
        pairs = list(zip(units["code"], units["vintage"], strict=True))
        shapes = {key: outlines[pair] for key, pair in zip(keys, pairs, strict=True) if pair in outlines}
        outlines |= {
            pair: shapes[key]
            for key, pair in zip(keys, pairs, strict=True)
            if pair not in outlines and key in shapes
        }
    return Gazetteer(units.drop(columns=["side", "plain"]), outlines)


def full_name(unit_type: object, name: object) -> str:
    """A unit's name with its type before it, as official lists have it.

    >>> full_name("thị trấn", "Thạnh Mỹ"), full_name(None, "La Êê")
    ('Thị trấn Thạnh Mỹ', 'La Êê')
    """
    said = f"{unit_type} " if isinstance(unit_type, str) and unit_type else ""
    return said[:1].upper() + said[1:] + (name if isinstance(name, str) else "")


def _within(units: pd.DataFrame, column: str, said: str, rules: NameRules) -> pd.DataFrame:
    """The units of the province or district `said`, by its code or by its name, whatever its type."""
    by_code = units[f"{column}_code"] == said.zfill(2 if column == "province" else 3)
    if said.isdigit() and by_code.any():
        return units[by_code]
    names = sorted(set(units[column].dropna()))
    same = [name for name in names if same_name(name, said)]
    # Of thành phố and huyện of one name (Cao Lãnh) the type tells, if it is said; else both count.
    typed = [name for name in same if split_type(name)[0] == split_type(said)[0]]
    if same:
        return units[units[column].isin(typed or same)]
    [found] = match_many([said], names, rules)
    return units[units[column] == found.key] if found.certain else units.iloc[:0]


def units_in(crosswalk: pd.DataFrame, side: str) -> pd.DataFrame:
    """The units of one side ("old" or "new") of a dated crosswalk, as `GAZETTEER`."""
    rows = crosswalk[crosswalk[f"{side}_code"].notna()].drop_duplicates([f"{side}_code", f"{side}_vintage"])
    names = ("code", "vintage", "name", "unit_type", "district", "province")
    out = rows[[f"{side}_{name}" for name in names] + ["source", "row"]]
    out = out.rename(columns={f"{side}_{name}": name for name in names})
    return out[out["vintage"].notna()].reindex(columns=list(GAZETTEER.columns)).reset_index(drop=True)


def gazetteer_of(
    lists: Iterable[pd.DataFrame], outlines: Mapping[tuple[str, str], object] | None = None
) -> Gazetteer:
    """One gazetteer of several lists. Of a unit that is in two lists of one date the first counts; what it
    leaves empty (residents, area) comes from the next."""
    frames = [frame for frame in lists if len(frame)]
    if not frames:
        return Gazetteer(empty(GAZETTEER), outlines or {})
    every = pd.concat(frames, ignore_index=True)
    keys = ["code", "vintage"]
    if every.duplicated(keys).any():
        every = every.groupby(keys, as_index=False, sort=True).first()
    every = every.reindex(columns=list(GAZETTEER.columns))
    return Gazetteer(every.sort_values(keys, ignore_index=True), outlines or {})
