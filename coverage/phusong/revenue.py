"""What lines and cells are expected to earn, and the viability gap that a subsidy must close.

Revenue a year = public sites × their fee + households passed × take-up × revenue a household; of a cell site
people newly covered × take-up × revenue a person. Gap = present cost − present revenue, not below 0.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.costs import Horizon, Price, annuity, price, whole_vnd

SHEET = "revenue"


def figure(prices: Mapping[str, Price], name: str, level: str = "value") -> float:
    """A figure of the sheet."""
    return price(prices, SHEET, name).at(level)


def of_sites(prices: Mapping[str, Price], sites: np.ndarray, level: str = "value") -> np.ndarray:
    """Đồng a year that so many public sites pay."""
    return np.asarray(sites, dtype=float) * 12 * figure(prices, "public_site_month", level)


def of_households(prices: Mapping[str, Price], passed: np.ndarray, level: str = "value") -> np.ndarray:
    """Đồng a year from households passed."""
    paying = np.asarray(passed, dtype=float) * figure(prices, "take_up", level)
    return paying * 12 * figure(prices, "household_month", level)


def of_people(prices: Mapping[str, Price], covered: np.ndarray, level: str = "value") -> np.ndarray:
    """Đồng a year from people newly covered by a cell."""
    paying = np.asarray(covered, dtype=float) * figure(prices, "mobile_take_up", level)
    return paying * 12 * figure(prices, "person_month", level)


def viability_gap(present_cost_vnd: np.ndarray, revenue_vnd: np.ndarray, horizon: Horizon) -> np.ndarray:
    """Whole đồng of present cost that the revenue (đồng a year) of the study's years does not cover.

    >>> viability_gap(np.array([1000.0, 10.0]), np.array([50.0, 50.0]), Horizon(10, 0.0)).tolist()
    [500.0, 0.0]
    """
    return whole_vnd(np.maximum(present_cost_vnd - revenue_vnd * annuity(horizon), 0.0))


def not_yet_passed(people: pd.DataFrame, fibre: gpd.GeoDataFrame, within_m: float) -> pd.DataFrame:
    """The points where people live that no existing fibre passes."""
    if people.empty or fibre.empty:
        return people.reset_index(drop=True)
    points = shapely.points(people["x_m"], people["y_m"])
    near = shapely.STRtree(fibre.geometry.to_numpy()).query(points, predicate="dwithin", distance=within_m)
    return people[~np.isin(np.arange(len(people)), near[0])].reset_index(drop=True)


def households_along(
    shapes: np.ndarray, ways: Sequence[np.ndarray], people: pd.DataFrame, within_m: float
) -> np.ndarray:
    """Households within `within_m` of each way (positions in `shapes`), each counted once a way."""
    if people.empty or not len(ways):
        return np.zeros(len(ways))
    used = np.unique(np.concatenate([np.asarray(way, dtype=int) for way in ways]))
    tree = shapely.STRtree(shapely.points(people["x_m"], people["y_m"]))
    edge, point = tree.query(shapes[used], predicate="dwithin", distance=within_m)
    beside: dict[int, list[int]] = {}
    for e, p in zip(used[edge].tolist(), point.tolist(), strict=True):
        beside.setdefault(e, []).append(p)
    households = people["households"].to_numpy(dtype=float)
    out = []
    for way in ways:
        seen = sorted({p for e in way for p in beside.get(int(e), ())})
        out.append(households[seen].sum())
    return np.round(np.array(out, dtype=float), 1)


def with_revenue(
    investments: gpd.GeoDataFrame,
    segments: gpd.GeoDataFrame,
    options: pd.DataFrame,
    people: pd.DataFrame,
    fibre: gpd.GeoDataFrame,
    prices: Mapping[str, Price],
    horizon: Horizon,
    covered: Mapping[str, float] = MappingProxyType({}),
) -> gpd.GeoDataFrame:
    """INVESTMENTS with `households_passed`, `revenue_vnd_per_year` and `viability_gap_vnd`.

    Households that existing fibre or an investment of lower rank passes count for that one; people whom a
    cell site newly covers (`covered`, by facility_id) count for the first investment that hangs on it. Public
    Wi-Fi earns nothing.
    """
    left = not_yet_passed(people, fibre, figure(prices, "passed_m"))
    tree = shapely.STRtree(shapely.points(left["x_m"], left["y_m"]))
    households, waits = left["households"].to_numpy(dtype=float), np.ones(len(left), bool)
    lines_of = segments.groupby("investment_id").indices
    shapes = segments.geometry.to_numpy()
    chosen = options[options["chosen"]]
    hangs = dict(
        zip(zip(chosen["technology"], chosen["site_id"], strict=True), chosen["depends_on"], strict=True)
    )
    fee = of_sites(prices, np.array(1))
    passed, revenue, paid = [], [], set[str]()
    for row in investments.sort_values("rank").itertuples():
        ids = row.site_ids.split(";")
        lines = shapes[lines_of.get(row.investment_id, [])]
        near = np.unique(tree.query(lines, predicate="dwithin", distance=figure(prices, "passed_m"))[1])
        near = near[waits[near]]
        waits[near] = False
        here = round(households[near].sum(), 1)
        on = {hangs[row.technology, site] for site in ids}
        new = sorted({facility for facility in on if not pd.isna(facility)} - paid)
        heads = sum(covered.get(facility, 0.0) for facility in new)
        earns = float(of_households(prices, here) + of_people(prices, np.array(heads)))
        if row.closes != "wifi":
            earns += float(fee) * len(ids)
        paid |= set(new)
        passed.append(float(here))
        revenue.append(earns)
    order = investments.sort_values("rank").index
    out = investments.assign(households_passed=pd.Series(passed, index=order, dtype="float64"))
    out["revenue_vnd_per_year"] = pd.Series(whole_vnd(np.array(revenue)), index=order).astype("Int64")
    present, earns_all = (out[name].to_numpy(float) for name in ("present_cost_vnd", "revenue_vnd_per_year"))
    gap = viability_gap(present, earns_all, horizon)
    out["viability_gap_vnd"] = pd.Series(gap, index=out.index).astype("Int64")
    return out
