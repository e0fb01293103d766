"""Which unit of one list is which of another, in what parts: through crosswalks, forwards or backwards, and
through lists of the same time between reorganisations, where a code keeps its unit."""

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from phusong.admin.gazetteer import Gazetteer
from phusong.admin.shares import by_outlines, least_sure, old_shares
from phusong.domain import UNIT_LINKS, Finding, conform
from phusong.errors import InputError
from phusong.language import _
from phusong.names import same_name

_KEYS = ["from_code", "to_code"]
_COLUMNS = [*_KEYS, "share", "share_basis", "note"]


@dataclass(frozen=True)
class Links:
    """`table` is UNIT_LINKS: the shares of each unit sum to 1; a part that leads nowhere has no `to_code`.
    `lost` says of units of the first list why they have no row, by code. `path` are the lists gone through,
    `findings` what was taken on the way."""

    table: pd.DataFrame
    lost: dict[str, str]
    path: tuple[str, ...]
    findings: tuple[Finding, ...]


def link_units(
    crosswalk: pd.DataFrame, gazetteer: Gazetteer, start: str, end: str, sliver: float = 0.0
) -> Links:
    """Links from the units of list `start` to those of `end`, by a dated crosswalk (`mend.date_rows`).

    Backwards, a share is the part of the new unit's residents that live in the old one: by residents, else
    areas, of the old units where all are known, else equal parts (assumed). Units that no table names are
    linked by their outlines where both lists have them, overlaps below `sliver` of the unit left out.

    Raises InputError when no crosswalk leads from one list to the other.
    """
    shared = old_shares(crosswalk, gazetteer)
    path = _path(shared, gazetteer, start, end)
    if path is None:
        raise InputError(
            _("nothing leads from the units of {start} to those of {end}").format(start=start, end=end),
            do=_("Give the table of old and new units with --crosswalk, and the lists with --gazetteer."),
        )
    codes = _codes(shared, gazetteer, start)
    done = pd.DataFrame({"from_code": codes, "to_code": codes})
    done = done.assign(share=1.0, share_basis="reported", note=None)
    findings: list[Finding] = []
    for here, there in pairwise(path):
        step, why = _step(shared, gazetteer, here, there, findings)
        done = _then(done, step, why, "" if here == start else here)
    lost = done[
        done["to_code"].isna() & ~done["from_code"].isin(done.loc[done["to_code"].notna(), "from_code"])
    ]
    drawn = by_outlines(list(lost["from_code"]), start, end, gazetteer.outlines, sliver)
    drawn = drawn.assign(share_basis="computed", note=_("no table names it; by area of the outlines"))
    done = pd.concat([done[~done["from_code"].isin(lost["from_code"])], drawn], ignore_index=True)
    lost = lost[~lost["from_code"].isin(drawn["from_code"])]
    table = done.assign(from_vintage=start, to_vintage=end)
    why_lost = dict(sorted(zip(lost["from_code"], lost["note"], strict=True)))
    return Links(conform(table, UNIT_LINKS), why_lost, path, tuple(findings))


def _codes(shared: pd.DataFrame, gazetteer: Gazetteer, vintage: str) -> list[str]:
    listed = set(gazetteer.units.loc[gazetteer.units["vintage"] == vintage, "code"])
    for side in ("old", "new"):
        listed |= set(shared.loc[shared[f"{side}_vintage"] == vintage, f"{side}_code"])
    return sorted(listed)


def _path(shared: pd.DataFrame, gazetteer: Gazetteer, start: str, end: str) -> tuple[str, ...] | None:
    """The lists to go through, fewest steps first; None when there is no way."""
    jumps = set(zip(shared["old_vintage"], shared["new_vintage"], strict=True))
    listed = gazetteer.vintages
    kept = {
        (one, other)
        for one in listed
        for other in listed
        if one < other
        and (one, other) not in jumps
        and not any(_crosses(one, other, new) for _old, new in jumps)
    }
    edges = {pair for old, new in jumps | kept for pair in ((old, new), (new, old))}
    before: dict[str, str] = {start: ""}
    queue = deque([start])
    while queue and end not in before:
        here = queue.popleft()
        for there in sorted(t for f, t in edges if f == here and t not in before):
            before[there] = here
            queue.append(there)
    if end not in before:
        return None
    path = [end]
    while path[0] != start:
        path.insert(0, before[path[0]])
    return tuple(path)


def _crosses(one: str, other: str, new: str) -> bool:
    """Does the reorganisation that made the list `new` lie between the two, so that codes change meaning?"""
    return min(one, other) < new <= max(one, other)


def _step(
    shared: pd.DataFrame, gazetteer: Gazetteer, here: str, there: str, findings: list[Finding]
) -> tuple[pd.DataFrame, str]:
    """Links of one step, and why a unit may have none."""
    forward = shared[(shared["old_vintage"] == here) & (shared["new_vintage"] == there)]
    if len(forward):
        return _renamed(forward, "old", "new"), _("the table of old and new units does not name it")
    backward = shared[(shared["old_vintage"] == there) & (shared["new_vintage"] == here)]
    if len(backward):
        return _backward(backward, gazetteer), _("the table of old and new units does not name it")
    why = _("it is not in the list of {vintage}").format(vintage=there)
    return _kept(gazetteer, here, there, findings), why


def _renamed(rows: pd.DataFrame, start: str, end: str) -> pd.DataFrame:
    note = [
        " · ".join(text for text in pair if isinstance(text, str) and text)
        for pair in zip(rows["note"], rows["how"], strict=True)
    ]
    out = rows.rename(columns={f"{start}_code": "from_code", f"{end}_code": "to_code"})
    return out.assign(note=note)[_COLUMNS].reset_index(drop=True)


def _backward(rows: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """From new units to old ones: what part of the new unit's residents each old one holds."""
    figures = gazetteer.units.set_index(["code", "vintage"])
    unit = rows["new_code"]
    whole_of_one = ~rows.duplicated("new_code", keep=False)
    weight = pd.Series(1.0, index=rows.index)
    basis = pd.Series("assumed", index=rows.index)
    how = pd.Series(_("equal parts, an estimate"), index=rows.index)
    done = pd.Series(False, index=rows.index)
    for column, said in (
        ("population", _("by residents of the old units")),
        ("area_km2", _("by area of the old units")),
    ):
        known = figures[column].reindex(pd.MultiIndex.from_frame(rows[["old_code", "old_vintage"]]))
        value = pd.Series(known.to_numpy(), index=rows.index, dtype="float64")
        good = ~done & value.notna().groupby(unit).transform("all")
        good &= (value * rows["share"]).groupby(unit).transform("sum") > 0
        weight[good], basis[good], how[good] = value[good], "computed", said
        done |= good
    weight = weight * rows["share"]
    total = weight.groupby(unit).transform("sum")
    count = unit.groupby(unit).transform("size")
    share = np.where(total > 0, weight / total.where(total > 0, 1), 1 / count)
    basis = least_sure(basis, rows["share_basis"])
    out = rows.assign(
        share=np.where(whole_of_one, 1.0, share),
        share_basis=np.where(whole_of_one, "reported", basis),
        how=np.where(whole_of_one, None, how),
    )
    return _renamed(out, "new", "old")


def _kept(gazetteer: Gazetteer, here: str, there: str, findings: list[Finding]) -> pd.DataFrame:
    """Units whose code is in both lists, between which there was no reorganisation of the country: the same
    unit; where its name changed, that is assumed (it may have taken in others) and said."""
    named = gazetteer.named
    both = sorted(set(gazetteer.of(here)["code"]) & set(gazetteer.of(there)["code"]))
    same = [same_name(named[code, here], named[code, there]) for code in both]
    renamed = _("{old} in {here}, {new} in {there}: taken as the same unit")
    note = [
        None
        if kept
        else renamed.format(old=named[code, here], new=named[code, there], here=here, there=there)
        for code, kept in zip(both, same, strict=True)
    ]
    if not all(same):
        what = _("{count} codes of {here} have another name in {there}, and are taken as the same units")
        findings.append(
            Finding(
                "warning",
                str(gazetteer.of(there)["source"].iloc[0]),
                None,
                what.format(count=same.count(False), here=here, there=there),
                _("Look at the rows whose share_basis is assumed."),
            )
        )
    basis = ["reported" if kept else "assumed" for kept in same]
    codes = pd.Series(both, dtype="str")
    out = pd.DataFrame({"from_code": codes, "to_code": codes, "share": 1.0})
    return out.assign(share_basis=basis, note=pd.Series(note, index=out.index, dtype="str"))


def _then(done: pd.DataFrame, step: pd.DataFrame, why: str, by: str) -> pd.DataFrame:
    """The links of `done` carried on by those of `step`; ways that meet again are one. A part that `step`
    does not carry on leads nowhere; its note says `why`, and which unit it is in the list `by` on the way."""
    ended = done["to_code"].isna() | ~done["to_code"].isin(step["from_code"])
    stopped = done[ended]
    notes = [
        note if not isinstance(at, str) else f"{at} ({by}): {why}" if by else why
        for note, at in zip(stopped["note"], stopped["to_code"], strict=True)
    ]
    stopped = stopped.assign(to_code=None, note=pd.Series(notes, index=stopped.index, dtype="str"))
    both = done[~ended].merge(
        step.rename(columns={name: f"{name}_2" for name in _COLUMNS} | {"from_code": "to_code"}), on="to_code"
    )
    said = [
        " · ".join(dict.fromkeys(t for t in pair if isinstance(t, str) and t))
        for pair in zip(both["note"], both["note_2"], strict=True)
    ]
    going = pd.DataFrame(
        {
            "from_code": both["from_code"],
            "to_code": both["to_code_2"],
            "share": both["share"] * both["share_2"],
            "share_basis": least_sure(both["share_basis"], both["share_basis_2"]),
            "note": pd.Series(said, index=both.index, dtype="str"),
        }
    )
    return _met(pd.concat([going, stopped[_COLUMNS]], ignore_index=True))


def _met(links: pd.DataFrame) -> pd.DataFrame:
    """One row a pair, with the sum of the shares and the basis and note of the least sure."""
    if not links.duplicated(_KEYS).any():
        return links
    order = links["share_basis"].map({"reported": 0, "computed": 1, "assumed": 2})
    sorted_links = links.assign(order=order).sort_values([*_KEYS, "order", "note"])
    grouped = sorted_links.groupby(_KEYS, sort=True, dropna=False)
    return grouped.last().assign(share=grouped["share"].sum()).reset_index()[_COLUMNS]
