"""Places from which microwave links can lead on: ends of fibre, masts with room, hilltops for relays."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.costs import LEVELS, MONEY, Horizon, Part, Price, Prices, add_up, price
from phusong.domain import UNKNOWN_OPERATOR
from phusong.hops import DEFAULT_HEIGHT_M
from phusong.land import Land, thinned
from phusong.masts import mast
from phusong.units import fold

SHEET = "microwave"
#: Radio technologies whose masts are taken to have backhaul with room.
BROADBAND = ("LTE", "NR")
#: Ends of fibre nearer than this to each other are one.
_SAME_END_M = 200.0
_COLUMNS = ["facility_id", "kind", "x_m", "y_m", "height_m", "to_road_m", "operator", "capacity_mbps"]


@dataclass(frozen=True, eq=False)
class Hubs:
    """`feeds`: where a link can begin; `relays`: where it can be handed on. Columns of FACILITIES, with
    `x_m`, `y_m`, `to_road_m`; the money of feeds is their own, that of relays hangs on their link."""

    feeds: pd.DataFrame
    relays: pd.DataFrame


def find_hubs(
    land: Land,
    fibre: gpd.GeoDataFrame,
    nodes: gpd.GeoDataFrame,
    with_fibre: pd.DataFrame,
    sheets: Prices,
    horizon: Horizon,
    exclude_operators: tuple[str, ...] = (),
) -> Hubs:
    """The hubs of a region. `fibre` and `nodes` are those that may be tapped; `with_fibre` places of sites.

    Masts whose room is not known have `mast_room_mbps` with 4G or 5G, and none without.
    """
    figures = sheets[SHEET]
    masts = find_masts(land.region.cells, price(figures, SHEET, "mast_room_mbps").value)
    named = land.named("mast", masts["x_m"].to_numpy(), masts["y_m"].to_numpy())
    masts = named.merge(masts, on=["x_m", "y_m"]).rename(columns={"place_id": "facility_id"})
    shut = masts["operator"].map(fold).isin({fold(name) for name in exclude_operators})
    has_room = masts["capacity_mbps"] > 0
    ends = _fibre_ends(land, fibre, nodes, with_fibre, sheets)
    feeds = pd.concat([ends, masts[has_room & ~shut].assign(kind="mast")], ignore_index=True)
    feeds = _priced(feeds, sheets, horizon)
    relays = pd.concat([_tops(land, sheets), masts[~has_room].assign(kind="mast")], ignore_index=True)
    rate = price(figures, SHEET, "rate_mbps").value
    relays = relays.assign(capacity_mbps=rate)
    return Hubs(*(table.sort_values("facility_id", ignore_index=True) for table in (feeds, relays)))


def find_masts(cells: gpd.GeoDataFrame, usual_room_mbps: float) -> pd.DataFrame:
    """A row a mast: `x_m`, `y_m`, `height_m`, `operator` (the first by name), `capacity_mbps` to spare, and
    `broadband`: does it have 4G or 5G?"""
    columns = ["x_m", "y_m", "height_m", "operator", "capacity_mbps", "broadband"]
    if cells.empty:
        return pd.DataFrame(columns=columns).astype({"x_m": float, "y_m": float, "capacity_mbps": float})
    said = cells["backhaul_room_mbps"].astype("float64") if "backhaul_room_mbps" in cells else np.nan
    table = pd.DataFrame(
        {
            "x_m": cells.geometry.x,
            "y_m": cells.geometry.y,
            "height_m": cells["antenna_height_m"].astype("float64").fillna(DEFAULT_HEIGHT_M),
            "operator": cells["operator"],
            "broadband": cells["radio"].isin(BROADBAND),
            "said": said,
            "guess": np.where(cells["radio"].isin(BROADBAND), usual_room_mbps, 0.0),
        }
    )
    grouped = table.groupby(["x_m", "y_m"])
    out = grouped.agg(
        height_m=("height_m", "max"),
        operator=("operator", "min"),
        said=("said", "max"),
        guess=("guess", "max"),
        broadband=("broadband", "any"),
    )
    out["capacity_mbps"] = out["said"].fillna(out["guess"])
    return out.reset_index()[columns]


def _fibre_ends(
    land: Land, fibre: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame, with_fibre: pd.DataFrame, sheets: Prices
) -> pd.DataFrame:
    """Nodes, sites with fibre, and places along the lines: where a pole can be put beside fibre."""
    every = price(sheets[SHEET], SHEET, "fibre_end_every_m").value
    along = [_along(line, every) for line in fibre.geometry] if len(fibre) else []
    lines = np.concatenate(along) if along else np.empty((0, 2))
    points = shapely.get_coordinates(nodes.geometry.to_numpy()) if len(nodes) else np.empty((0, 2))
    known = with_fibre[["x_m", "y_m"]].to_numpy(dtype=float)
    order = [part[np.lexsort((part[:, 1], part[:, 0]))] for part in (points, known, lines)]
    both = np.concatenate(order)
    both = both[thinned(both[:, 0], both[:, 1], _SAME_END_M)]
    out = land.named("fibre", both[:, 0], both[:, 1]).rename(columns={"place_id": "facility_id"})
    return out.assign(
        kind="fibre_end",
        height_m=price(sheets["masts"], "masts", "pole_m").value,
        operator=_whose(out, nodes, fibre),
    )


def _whose(ends: pd.DataFrame, *frames: gpd.GeoDataFrame) -> np.ndarray:
    """The operator of what each end stands beside: a node before a line; of several the first by name."""
    out = np.full(len(ends), UNKNOWN_OPERATOR, dtype=object)
    points = shapely.points(ends["x_m"].astype(float), ends["y_m"].astype(float))
    for frame in reversed([frame for frame in frames if len(frame)]):
        ranked = frame.sort_values("operator", ascending=False, kind="stable")
        tree = shapely.STRtree(ranked.geometry.to_numpy())
        end, line = tree.query(points, predicate="dwithin", distance=_SAME_END_M)
        order = np.lexsort((line, end))
        # The last one written is the first by name.
        out[end[order]] = ranked["operator"].to_numpy()[line[order]]
    return out


def _along(line: shapely.LineString, every_m: float) -> np.ndarray:
    pieces = max(int(np.ceil(line.length / every_m)), 1)
    return shapely.get_coordinates(
        shapely.line_interpolate_point(line, np.linspace(0, line.length, pieces + 1))
    )


def _priced(feeds: pd.DataFrame, sheets: Prices, horizon: Horizon) -> pd.DataFrame:
    """The pole and the tap of an end of fibre; an existing mast costs its rent, with each link."""
    at_fibre = (feeds["kind"] == "fibre_end").to_numpy()
    pole = mast(sheets["masts"], np.where(at_fibre, feeds["height_m"].astype(float), 0.0))
    money = add_up([pole, _tap(sheets["fibre"], at_fibre)], horizon)
    return feeds.assign(**{name: money[name] for name in MONEY})


def _tap(prices: Mapping[str, Price], here: np.ndarray) -> Part:
    tap = price(prices, "fibre", "tap")
    capex = {level: np.where(here, tap.at(level), 0.0) for level in LEVELS}
    share, life = (price(prices, "fibre", name).value for name in ("opex_share", "life_years"))
    return Part(capex, capex["value"] * share, life)


def _tops(land: Land, sheets: Prices) -> pd.DataFrame:
    """Hilltops that a road comes near enough to."""
    most = price(sheets["masts"], "masts", "access_most_m").value
    tops = land.hilltops[land.hilltops["to_road_m"] <= most].rename(columns={"place_id": "facility_id"})
    return tops.assign(
        kind="relay",
        height_m=price(sheets[SHEET], SHEET, "new_mast_m").value,
        operator=UNKNOWN_OPERATOR,
    )
