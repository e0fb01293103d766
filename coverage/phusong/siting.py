"""Where new cell sites should stand: hilltops and villages near roads, and masts without 4G, that cover most
people without signal.

Candidates are ranked by the people whom they can see, the best of them computed by ITU-R P.1812 along exact
paths, and taken one by one: always the one that covers most people not yet covered for its cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from phusong.costs import Price, price
from phusong.domain import UNKNOWN_OPERATOR, Region
from phusong.engine import Engine
from phusong.errors import InputError
from phusong.hubs import find_masts
from phusong.land import Land, pairs_between
from phusong.mobile import cells_with_defaults, class_bounds_dbm
from phusong.radio.footprints import Mast, site_losses
from phusong.radio.pairs import pair_clearances
from phusong.signals import best_servers
from phusong.study import Mobile
from phusong.terrain import Grid

SHEET = "cell_site"
RADIO = "LTE"
#: Candidates computed along exact paths: so many that see most people, for each site so many, and in all.
_MOST, _EACH, _ALL = 40, 3, 400
#: Points of people that are looked at, at most: the ones with most people.
_POINTS = 4000


@dataclass(frozen=True, eq=False)
class Candidates:
    """Places for a cell site (`place_id`, `x_m`, `y_m`, `to_road_m`, `kind`, `height_m`, `operator`) and the
    levels in dBm that one there would give: `at_people` [place, point] and `at_sites` [place, site], −inf
    beyond reach or unknown."""

    places: pd.DataFrame
    at_people: np.ndarray
    at_sites: np.ndarray


def people_without_signal(
    land: Land, settings: Mobile, reach_m: float, shift_db: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """The points where people live (`people.where_people_live`) that no 4G or 5G cell within `reach_m`
    serves with a fair level; all of them when the region has no cells. `shift_db` is added to the levels of a
    radio technology."""
    points = land.people.nlargest(_POINTS, "people").sort_index().reset_index(drop=True)
    if points.empty or land.region.cells.empty:
        return points
    found = land.once(
        f"levels at people within {reach_m} m",
        lambda: _levels_at_people(land.region, points, settings, reach_m),
    )
    served = set()
    for radio, rows in found.groupby("radio"):
        _weak, fair, _good = class_bounds_dbm(str(radio), settings)
        levels = rows["level_dbm"] + (shift_db or {}).get(str(radio), 0.0)
        served |= set(rows.loc[levels >= fair, "point_id"])
    return points[~points.index.isin(served)].reset_index(drop=True)


def _levels_at_people(region: Region, points: pd.DataFrame, settings: Mobile, reach_m: float) -> pd.DataFrame:
    """The best 4G and 5G levels at points (`point_id`: their index) from cells within `reach_m`."""
    cells = cells_with_defaults(region.cells, settings)
    cells = cells[cells["radio"].isin(("LTE", "NR"))]
    asked = pd.DataFrame({"point_id": points.index, "x_m": points["x_m"], "y_m": points["y_m"]})
    near = settings.model_copy(update={"site_reach_m": reach_m})
    return best_servers(asked, cells, region, near, Engine())[0]


def find_candidates(
    land: Land,
    grid: Grid,
    people: pd.DataFrame,
    sites: pd.DataFrame,
    settings: Mobile,
    sheets: Mapping[str, Mapping[str, Price]],
) -> Candidates:
    """The places from which most of `people` and of `sites` (`x_m`, `y_m`) are seen, with their levels."""
    prices = sheets[SHEET]
    reach, tall = (price(prices, SHEET, name).value for name in ("reach_m", "tower_m"))
    places = _places(land, people, sites, reach, tall, price(sheets["masts"], "masts", "access_most_m").value)
    seen_people = _sees(grid, places, people, reach, settings)
    seen_sites = _sees(grid, places, sites, reach, settings)
    heads = seen_people @ people["people"].to_numpy(dtype=float)
    chosen = set(np.argsort(-heads, kind="stable")[:_MOST]) if len(places) else set()
    chosen |= set(np.flatnonzero(places["kind"] == "mast")[:_MOST])
    for site in range(len(sites)):
        order = np.lexsort((-heads, ~seen_sites[:, site]))
        chosen |= {int(k) for k in order[:_EACH] if seen_sites[k, site]}
    useful = sorted((k for k in chosen if seen_sites[k].any()), key=lambda k: (-heads[k], k))
    kept = np.array(sorted(useful[:_ALL]), dtype=int)
    places = places.iloc[kept].reset_index(drop=True)
    levels = [_levels(grid, places, table, reach, settings, prices) for table in (people, sites)]
    return Candidates(places, levels[0], levels[1])


def _places(
    land: Land, people: pd.DataFrame, sites: pd.DataFrame, reach_m: float, tall_m: float, access_m: float
) -> pd.DataFrame:
    """Hilltops, villages and the sites' own places near a road, and masts without 4G, within reach of a site;
    `kind` is new or mast."""
    own = pd.concat([people[["x_m", "y_m"]], sites[["x_m", "y_m"]]])
    villages = land.named("place", own["x_m"].to_numpy(dtype=float), own["y_m"].to_numpy(dtype=float))
    new = pd.concat([land.hilltops, villages], ignore_index=True)
    new = new[new["to_road_m"] <= access_m].assign(kind="new", height_m=tall_m, operator=UNKNOWN_OPERATOR)
    masts = find_masts(land.region.cells, 1.0)
    named = land.named("mast", masts["x_m"].to_numpy(dtype=float), masts["y_m"].to_numpy(dtype=float))
    poor = masts[~masts["broadband"].astype(bool)]
    standing = named.merge(poor, on=["x_m", "y_m"]).assign(kind="mast")
    both = pd.concat([new, standing], ignore_index=True)
    if both.empty or sites.empty:
        return both.iloc[:0]
    near = cKDTree(sites[["x_m", "y_m"]].to_numpy(dtype=float))
    away, _nearest = near.query(both[["x_m", "y_m"]].to_numpy(dtype=float), distance_upper_bound=reach_m)
    return both[np.isfinite(away)].reset_index(drop=True)


def _sees(
    grid: Grid, places: pd.DataFrame, points: pd.DataFrame, reach_m: float, settings: Mobile
) -> np.ndarray:
    """[place, point]: is there line of sight from a mast (`height_m`) to a handset within reach?"""
    out = np.zeros((len(places), len(points)), dtype=bool)
    if places.empty or points.empty:
        return out
    a, b = (table[["x_m", "y_m"]].to_numpy(dtype=float) for table in (places, points))
    pairs = np.column_stack(pairs_between(a, b, reach_m))
    x, y = np.concatenate([a, b]).T
    tall_m = places["height_m"].to_numpy(dtype=float)
    antenna = np.concatenate([tall_m, np.full(len(b), settings.receiver_height_m)])
    clear = pair_clearances(
        grid, x, y, antenna, pairs + np.array([0, len(a)]), settings.lte_frequency_mhz / 1000
    )
    beside = np.hypot(*(a[pairs[:, 0]] - b[pairs[:, 1]]).T) < 2 * grid.cell_m
    out[pairs[:, 0], pairs[:, 1]] = (clear >= 0) | beside
    return out


def _levels(
    grid: Grid,
    places: pd.DataFrame,
    points: pd.DataFrame,
    reach_m: float,
    settings: Mobile,
    prices: Mapping[str, Price],
) -> np.ndarray:
    """[place, point] RSRP in dBm at a handset from a mast at each place."""
    out = np.full((len(places), len(points)), -np.inf)
    x, y = points["x_m"].to_numpy(dtype=float), points["y_m"].to_numpy(dtype=float)
    reference = price(prices, SHEET, "eirp_dbm").value - settings.lte_reference_db
    for k, place in enumerate(places.itertuples()):
        near = np.flatnonzero(np.hypot(x - place.x_m, y - place.y_m) <= reach_m)
        try:
            losses = site_losses(
                grid,
                Mast(float(place.x_m), float(place.y_m), float(place.height_m)),
                x[near],
                y[near],
                [price(prices, SHEET, "frequency_mhz").value / 1000],
                receiver_m=settings.receiver_height_m,
                delta_n=settings.delta_n,
                n0=settings.surface_refractivity,
            )
        except InputError:
            continue
        out[k, near] = np.nan_to_num(reference - losses.p1812_db[0], nan=-np.inf)
    return out


def cover_greedily(
    covers_people: np.ndarray, covers_sites: np.ndarray, people: np.ndarray, cost: np.ndarray
) -> list[int]:
    """Places in the order taken until every site that any place covers is covered.

    `covers_people` [place, point], `covers_sites` [place, site]; `people` at each point, `cost` of each place
    (infinite: not to be had). Each next place covers a site not yet covered, and most people not yet covered
    for its cost; of as good ones the one with more sites, then the first.

    >>> sees = np.array([[True, True, False], [False, False, True]])
    >>> cover_greedily(sees, np.array([[True, False], [True, True]]), np.array([50, 40, 30]), np.ones(2))
    [0, 1]
    """
    new_people, new_sites = covers_people.copy(), covers_sites.copy()
    new_sites[~np.isfinite(cost)] = False
    out: list[int] = []
    while new_sites.any():
        heads = new_people @ people.astype(float)
        count = new_sites.sum(axis=1)
        worth = np.where(count > 0, (heads + count) / np.maximum(cost, 1.0), -1.0)
        best = int(np.lexsort((-count, -worth))[0])
        out.append(best)
        new_people[:, covers_people[best]] = False
        new_sites[:, covers_sites[best]] = False
    return out
