"""In what parts an old unit came to several new ones.

The official table of 2025 says which, not how much. So, in this order: what a row says itself (a share, or
"all its residents"), overlap of outlines, residents or areas of old and new units that must add up, and last
equal parts, which are an estimate and say so.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely

from phusong.admin.gazetteer import Gazetteer
from phusong.language import _
from phusong.units import fold

#: What a share rests on, the surest first; a product of shares is as sure as its least sure factor.
SURE = ("reported", "computed", "assumed")
#: Rounds of proportional fitting at most, and the change of a share at which it stops.
_ROUNDS, _STILL = 1_000, 1e-9


def old_shares(crosswalk: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """The rows of a dated crosswalk that have an old unit, with `share` filled (those of an old unit sum to
    1), `share_basis` ("reported", "computed", "assumed") and `how`, the way it was found in words."""
    rows = crosswalk[crosswalk["old_code"].notna() & crosswalk["new_code"].notna()]
    rows = rows.drop_duplicates(["old_code", "old_vintage", "new_code", "new_vintage"])
    rows = rows.sort_values(["old_vintage", "old_code", "new_code"], ignore_index=True)
    unit = [rows["old_code"], rows["old_vintage"]]
    said = _said(rows)
    # Shares that leave nothing anywhere say nothing.
    said = said.mask((said.groupby(unit).transform("sum") == 0) & ~_any(said.isna(), unit))
    # All but what the rows say is left for the parts that say nothing.
    left = (1 - said.groupby(unit).transform("sum")).clip(lower=0)
    open_parts = said.isna()
    out = rows.assign(share=said, share_basis="reported", how=None)
    plain = rows["share"].notna() | ~_is_split(rows)
    out["how"] = pd.Series(_("residents as its row says"), index=rows.index).mask(plain)
    # Reported shares that say more than the whole, or less though no part is open, are scaled.
    total = said.groupby(unit).transform("sum")
    wrong = said.notna() & ((total > 1 + 1e-9) | (~_any(open_parts, unit) & (total < 1 - 1e-9)))
    out.loc[wrong, "share"] = said[wrong] / total[wrong]
    out.loc[wrong, "how"] = _("shares scaled to add up to 1")
    for weights, basis, how in (
        (_overlaps(rows[open_parts], gazetteer.outlines), "computed", _("by area of the outlines")),
        (_fitted(rows, gazetteer, "population"), "computed", _("fitted to the residents of both lists")),
        (_fitted(rows, gazetteer, "area_km2"), "computed", _("fitted to the areas of both lists")),
        (pd.Series(1.0, index=rows.index), "assumed", _("equal parts, an estimate")),
    ):
        part = weights.reindex(rows.index).where(open_parts)
        whole = part.groupby(unit).transform("sum")
        # Only where all open parts of the unit are weighed, and weigh something.
        known = open_parts & (~(part.isna() & open_parts)).groupby(unit).transform("all") & (whole > 0)
        out.loc[known, "share"] = (left * part / whole)[known]
        out.loc[known, "share_basis"], out.loc[known, "how"] = basis, how
        open_parts &= ~known
    return out


def _any(holds: pd.Series, unit: list[pd.Series]) -> pd.Series:
    return holds.groupby(unit).transform("any")


def _is_split(rows: pd.DataFrame) -> pd.Series:
    return rows.duplicated(["old_code", "old_vintage"], keep=False)


def _said(rows: pd.DataFrame) -> pd.Series:
    """The share that each row says: its figure, 1 of a unit with one row, 1 of "all its residents" (and then
    0 of the other rows); empty where nothing is said."""
    note = rows["note"].map(lambda text: fold(text) if isinstance(text, str) else "")
    everyone = note.str.contains("toanbodanso")
    of_unit = everyone.groupby([rows["old_code"], rows["old_vintage"]]).transform("sum")
    out = rows["share"].astype("float64")
    out = out.where(~(out.isna() & (of_unit == 1)), everyone.astype("float64"))
    return out.where(_is_split(rows) | out.notna(), 1.0)


def _overlaps(rows: pd.DataFrame, outlines: Mapping[tuple[str, str], object]) -> pd.Series:
    """Area of the overlap of old and new unit (in an equal-area projection, m²); empty without outlines."""
    keys = [
        (old, new)
        for old, new in zip(
            zip(rows["old_code"], rows["old_vintage"], strict=True),
            zip(rows["new_code"], rows["new_vintage"], strict=True),
            strict=True,
        )
    ]
    has = [old in outlines and new in outlines for old, new in keys]
    out = pd.Series(np.nan, index=rows.index)
    if any(has):
        shapes = {
            unit: outlines[unit] for pair, known in zip(keys, has, strict=True) if known for unit in pair
        }
        flat = dict(zip(shapes, _equal_area(list(shapes.values())), strict=True))
        here = [pair for pair, known in zip(keys, has, strict=True) if known]
        common = shapely.intersection([flat[old] for old, _new in here], [flat[new] for _old, new in here])
        out[has] = shapely.area(common)
    return out


def by_outlines(
    codes: list[str], start: str, end: str, outlines: Mapping[tuple[str, str], object], sliver: float
) -> pd.DataFrame:
    """Links of units that no table names, by the overlap of their outline with those of the list `end`:
    from_code, to_code, share. Overlaps less than `sliver` of the unit are taken for differences of drawing.
    Units without an outline, or of which less than half is covered, have none."""
    mine = [code for code in codes if (code, start) in outlines]
    others = sorted(code for code, vintage in outlines if vintage == end)
    if not mine or not others:
        none = pd.DataFrame({"from_code": [], "to_code": [], "share": []})
        return none.astype({"from_code": "str", "to_code": "str", "share": "float64"})
    old = _equal_area([outlines[code, start] for code in mine])
    new = _equal_area([outlines[code, end] for code in others])
    pairs = shapely.STRtree(new).query(old, predicate="intersects")
    part = shapely.area(shapely.intersection(old[pairs[0]], new[pairs[1]])) / shapely.area(old)[pairs[0]]
    out = pd.DataFrame(
        {"from_code": np.array(mine)[pairs[0]], "to_code": np.array(others)[pairs[1]], "share": part}
    )
    out = out[out["share"] >= sliver]
    covered = out.groupby("from_code")["share"].transform("sum")
    return out.assign(share=out["share"] / covered)[covered >= 0.5].sort_values(
        ["from_code", "to_code"], ignore_index=True
    )


def _equal_area(shapes: list[object]) -> np.ndarray:
    """Shapes in degrees on Lambert's cylindrical equal-area projection of the sphere (Snyder 1987, eq. 10-1,
    10-2), which keeps ratios of areas near by to 0.1 %; in units of the Earth's radius."""
    valid = shapely.make_valid(np.array(shapes, dtype=object))
    return shapely.transform(
        valid, lambda xy: np.column_stack([np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))])
    )


def _fitted(rows: pd.DataFrame, gazetteer: Gazetteer, column: str) -> pd.Series:
    """What of each old unit's `column` (residents, area) is in each new one, by iterative proportional
    fitting (Deming and Stephan 1940): parts start equal and are scaled in turn to the figures of the old and
    of the new units. Only where every unit of a group that hangs together has its figure; the new ones are
    first scaled to the old ones' total, because the counts may be of different years."""
    figures = gazetteer.units.set_index(["code", "vintage"])[column].astype("float64")
    old = figures.reindex(pd.MultiIndex.from_frame(rows[["old_code", "old_vintage"]])).to_numpy()
    new = figures.reindex(pd.MultiIndex.from_frame(rows[["new_code", "new_vintage"]])).to_numpy()
    out = pd.Series(np.nan, index=rows.index)
    if not (np.isfinite(old) & np.isfinite(new)).any():
        return out
    for places in _groups(rows):
        if len(places) > 1 and np.isfinite(old[places]).all() and np.isfinite(new[places]).all():
            cells = _fit(rows.iloc[places], old[places], new[places])
            out.iloc[places] = cells
    return out


def _groups(rows: pd.DataFrame) -> list[np.ndarray]:
    """Places of the rows that hang together by a unit, of groups in which a unit is split."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    old, olds = pd.factorize(pd.MultiIndex.from_frame(rows[["old_code", "old_vintage"]]))
    new, news = pd.factorize(pd.MultiIndex.from_frame(rows[["new_code", "new_vintage"]]))
    size = len(olds) + len(news)
    graph = coo_array((np.ones(len(rows)), (old, new + len(olds))), shape=(size, size))
    label = connected_components(graph, directed=False)[1][old]
    split = set(label[_is_split(rows).to_numpy()])
    return [np.flatnonzero(label == one) for one in sorted(split)]


def _fit(rows: pd.DataFrame, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    from_, to = pd.factorize(rows["old_code"])[0], pd.factorize(rows["new_code"])[0]
    rows_sum, columns_sum = np.zeros(from_.max() + 1), np.zeros(to.max() + 1)
    rows_sum[from_], columns_sum[to] = old, new
    if columns_sum.sum() <= 0 or rows_sum.sum() <= 0:
        return np.full(len(rows), np.nan)
    columns_sum *= rows_sum.sum() / columns_sum.sum()
    cells = rows_sum[from_] / np.bincount(from_)[from_]
    for _round in range(_ROUNDS):
        before = cells
        cells = cells * _ratio(columns_sum, np.bincount(to, cells))[to]
        cells = cells * _ratio(rows_sum, np.bincount(from_, cells))[from_]
        if np.abs(cells - before).max() <= _STILL * max(rows_sum.max(), 1):
            break
    return cells


def _ratio(wanted: np.ndarray, has: np.ndarray) -> np.ndarray:
    return np.divide(wanted, has, out=np.ones_like(wanted), where=has > 0)


def least_sure(one: pd.Series, other: pd.Series) -> pd.Series:
    """The less sure basis of two."""
    place = {basis: at for at, basis in enumerate(SURE)}
    both = np.maximum(one.map(place).to_numpy(), other.map(place).to_numpy())
    return pd.Series([SURE[at] for at in both], index=one.index, dtype="str")
