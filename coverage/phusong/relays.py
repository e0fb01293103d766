"""Chains of microwave hops: from fibre or a mast with room over relays to places that need a connection.

Each hop keeps both rules of clearance of ITU-R P.530 (`links.asked_clearance`); the mast at its far end is as
high as that asks for, and no more than the trade builds. Its band is the first that reaches the availability
that is asked for by rain alone; what a chain's hops really reach is worked out where one is offered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import shapely

from phusong.costs import LEVELS, MONEY, Horizon, Part, Price, Prices, add_up, price
from phusong.hubs import SHEET, Hubs
from phusong.land import pairs_between
from phusong.masts import mast, new_place, only, rent, solar
from phusong.radio import closed, gas
from phusong.radio.links import EQUIPMENT, Climate, Equipment, asked_clearance, assess_link, find_outages
from phusong.radio.pairs import needed_heights
from phusong.terrain import Grid, read_profile

#: Ends nearer than this are joined by cable, whatever stands between them.
BESIDE_M = 100.0
#: Step of the table of bands by length.
_BAND_STEP_M = 500.0
#: Radios on a relay: one up and two down.
_RADIOS = 3


@dataclass(frozen=True, eq=False)
class Hops:
    """Hops from places to others: positions `start` and `end` in their tables, length, band (position in
    EQUIPMENT) and the least mast at the far end (m)."""

    start: np.ndarray
    end: np.ndarray
    length_m: np.ndarray
    band: np.ndarray
    height_m: np.ndarray

    def take(self, which: np.ndarray) -> "Hops":
        """Some of them, by mask or position."""
        return Hops(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    @property
    def f_ghz(self) -> np.ndarray:
        """The band of each in GHz."""
        return np.array([radio.f_ghz for radio in EQUIPMENT])[self.band]


@dataclass(frozen=True, eq=False)
class Chains:
    """Hubs that a chain of hops reaches, as FACILITIES with `x_m`, `y_m`, `hops` (from fibre), what each
    depends on and the sums `chain_<money>` over it and all that it hangs on."""

    hubs: pd.DataFrame
    grid: Grid | None
    sheets: Prices
    horizon: Horizon
    climate: Climate

    def points(self, places: pd.DataFrame) -> np.ndarray:
        """Their shapes."""
        return np.asarray(shapely.points(places["x_m"].astype(float), places["y_m"].astype(float)))

    @property
    def figures(self) -> Mapping[str, Price]:
        """The sheet of microwave links."""
        return self.sheets[SHEET]

    def figure(self, name: str) -> float:
        """A figure of that sheet."""
        return price(self.figures, SHEET, name).value

    @cached_property
    def bands(self) -> np.ndarray:
        """The band for each half kilometre of length."""
        return bands_by_length(self.figure("longest_m"), self.figure("target_percent"), self.climate)

    def hops_to(self, start: pd.DataFrame, end: pd.DataFrame) -> Hops:
        """All hops from places to places that are short enough and, where the elevation is known, clear."""
        return find_hops(start, end, self.grid, self.bands, self.figure("longest_m"), self.tallest_m)

    @property
    def tallest_m(self) -> float:
        """The highest mast that is built for a link."""
        return price(self.sheets["masts"], "masts", "tallest_m").value

    def cost_of_hops(self, hops: Hops, start_kind: np.ndarray, mast_m: np.ndarray) -> list[Part]:
        """Radios, dishes, licence, a rented place on a mast at the near end, and the mast at the far end."""
        return [
            _radios(self.figures, hops.f_ghz),
            rent(self.sheets["masts"], start_kind == "mast"),
            mast(self.sheets["masts"], mast_m),
        ]

    def assess(self, hop: Hops, i: int, start: Mapping, end: Mapping, end_m: float) -> float:
        """Availability in per cent of hop `i` between two places (`x_m`, `y_m`; of the first `height_m` too),
        with a mast of `end_m` at its end."""
        if hop.length_m[i] < BESIDE_M:
            return 100.0
        radio = EQUIPMENT[hop.band[i]]
        if self.grid is None:
            return flat_availability(radio, hop.length_m[i] / 1000, self.climate)
        ends = (start["x_m"], start["y_m"]), (end["x_m"], end["y_m"])
        profile = read_profile(self.grid, *ends)
        return assess_link(profile, start["height_m"], end_m, radio, self.climate).availability_percent


def find_chains(
    hubs: Hubs, ends: pd.DataFrame, grid: Grid | None, sheets: Prices, horizon: Horizon, climate: Climate
) -> Chains:
    """The cheapest chain to each hub from which one of `ends` (`x_m`, `y_m`) can be seen, or another such.

    Without elevation there are no relays. Ties go to the nearer hub, then the lower id.
    """
    feeds = hubs.feeds.assign(
        hops=0, depends_on=None, link_m=np.nan, f_ghz=np.nan, availability_percent=100.0
    )
    feeds = feeds.assign(**{f"chain_{name}": feeds[name] for name in MONEY}, months_to_build=1.0)
    chains = Chains(feeds, grid, sheets, horizon, climate)
    if grid is None or hubs.relays.empty or feeds.empty or ends.empty:
        return chains
    reach = int(chains.figure("hops"))
    found = feeds
    seen = np.unique(chains.hops_to(hubs.relays, ends).start)
    for depth in range(1, reach):
        last = found[found["hops"] == depth - 1]
        # The last relay of a chain must see an end; those before it another relay.
        left = hubs.relays[~hubs.relays["facility_id"].isin(found["facility_id"])]
        if depth == reach - 1:
            left = left[left["facility_id"].isin(hubs.relays["facility_id"].iloc[seen])]
        found = pd.concat([found, _relays_on(chains, last, left, depth)], ignore_index=True)
    return replace(chains, hubs=found.sort_values("facility_id", ignore_index=True))


def _relays_on(chains: Chains, feeds: pd.DataFrame, relays: pd.DataFrame, depth: int) -> pd.DataFrame:
    """Those of `relays` that `feeds` can reach, each on the one that makes its chain cheapest."""
    feeds, relays = feeds.reset_index(drop=True), relays.reset_index(drop=True)
    hops = chains.hops_to(feeds, relays)
    own, mast_m = relay_money(chains, hops, feeds, relays)
    found = hang(chains, hops, own, feeds, relays, mast_m)
    about = relays.iloc[found.index].drop(columns=["height_m", "capacity_mbps"])
    months = price(chains.sheets["masts"], "masts", "months").value
    return pd.concat([about, found], axis=1).assign(hops=depth, months_to_build=months)


def hang(
    chains: Chains,
    hops: Hops,
    own: Mapping[str, np.ndarray],
    feeds: pd.DataFrame,
    ends: pd.DataFrame,
    mast_m: np.ndarray,
) -> pd.DataFrame:
    """For each of `ends` that a hop reaches (index: its position) the feed that makes its chain cheapest; of
    as cheap ones the nearest.

    `own` money and `mast_m` of the end of each hop. Columns of FACILITIES: money, `depends_on`, `height_m`,
    `link_m`, `f_ghz`, `availability_percent` and `capacity_mbps` of the whole chain; and `chain_<money>`.
    """
    total = own["present_cost_vnd"] + feeds["chain_present_cost_vnd"].to_numpy(dtype=float)[hops.start]
    order = np.lexsort((hops.start, hops.length_m, total, hops.end))
    best = order[np.unique(hops.end[order], return_index=True)[1]]
    parent = feeds.iloc[hops.start[best]]

    def of_parent(name: str) -> np.ndarray:
        return parent[name].to_numpy(dtype=float)

    way = [
        chains.assess(hops, i, feeds.iloc[hops.start[i]], ends.iloc[hops.end[i]], float(mast_m[i]))
        for i in best
    ]
    columns = {name: own[name][best] for name in MONEY}
    columns |= {f"chain_{name}": own[name][best] + of_parent(f"chain_{name}") for name in MONEY}
    columns |= {
        "depends_on": parent["facility_id"].to_numpy(),
        "height_m": mast_m[best],
        "link_m": hops.length_m[best],
        "f_ghz": hops.f_ghz[best],
        "availability_percent": of_parent("availability_percent") * np.array(way, dtype=float) / 100,
        "capacity_mbps": np.fmin(of_parent("capacity_mbps"), chains.figure("rate_mbps")),
    }
    return pd.DataFrame(columns, index=hops.end[best])


def relay_money(
    chains: Chains, hops: Hops, feeds: pd.DataFrame, relays: pd.DataFrame
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The own money of a relay at the end of each hop, and its mast in m.

    A new one has a mast, a track, panels and batteries; on an existing mast a place and power are rented.
    """
    kinds = relays["kind"].to_numpy()[hops.end]
    new = kinds != "mast"
    standing = relays["height_m"].to_numpy(dtype=float)[hops.end]
    mast_m = np.where(new, np.maximum(hops.height_m, standing), standing)
    load = np.where(new, _RADIOS * chains.figure("power_w"), 0.0)
    place = new_place(chains.sheets["masts"], relays["to_road_m"].to_numpy(dtype=float)[hops.end])
    parts = chains.cost_of_hops(hops, feeds["kind"].to_numpy()[hops.start], np.where(new, mast_m, 0.0))
    parts += [only(place, new), solar(chains.sheets["power"], load), rent(chains.sheets["masts"], ~new)]
    return add_up(parts, chains.horizon), mast_m


def find_hops(
    start: pd.DataFrame,
    end: pd.DataFrame,
    grid: Grid | None,
    bands: np.ndarray,
    longest_m: float,
    tallest_m: float,
) -> Hops:
    """Hops between places (`x_m`, `y_m`; `start` with `height_m`), in the order of start and end.

    Dropped: those longer than `longest_m`, and over a grid those whose far end would need a mast higher than
    `tallest_m` (or, on an existing one at the far end, higher than that stands), or whose path is not known.
    """
    a, b = (table[["x_m", "y_m"]].to_numpy(dtype=float).reshape(-1, 2) for table in (start, end))
    i, j = pairs_between(a, b, longest_m)
    length = np.hypot(*(a[i] - b[j]).T)
    band = bands[np.minimum((length / _BAND_STEP_M).astype(int), len(bands) - 1)]
    hops = Hops(i, j, length.round(1), band, np.zeros(len(i)))
    if grid is None:
        return hops
    # The rules change slowly with length: one for each 10 m will do.
    steps, which = np.unique(np.round(length / 1000, 2), return_inverse=True)
    rules = np.array([asked_clearance(float(km)) for km in steps]).reshape(-1, 2, 2)[which]
    x, y = np.concatenate([a, b]).T
    antenna = np.concatenate([start["height_m"].to_numpy(dtype=float), np.zeros(len(b))])
    need = needed_heights(
        grid,
        x,
        y,
        antenna,
        np.column_stack([i, j + len(a)]),
        hops.f_ghz,
        (rules[:, :, 0], rules[:, :, 1]),
        tallest_m,
    )
    need = np.where(length < BESIDE_M, 0.0, need)
    limit = np.full(len(j), tallest_m)
    if "height_m" in end:
        standing = (end["kind"] == "mast").to_numpy()[j]
        limit = np.where(standing, end["height_m"].to_numpy(dtype=float)[j], limit)
    return replace(hops, height_m=np.ceil(np.maximum(need, 0) - 1e-9)).take(need <= limit)


def bands_by_length(longest_m: float, target_percent: float, climate: Climate) -> np.ndarray:
    """For each half kilometre of length the first band of EQUIPMENT that is offered so long and reaches the
    target by rain over level ground; where none does, the most available one."""
    out = []
    for km in np.arange(0, longest_m + _BAND_STEP_M, _BAND_STEP_M) / 1000 + _BAND_STEP_M / 2000:
        offered = [k for k, radio in enumerate(EQUIPMENT) if km <= radio.longest_km]
        reached = {k: flat_availability(EQUIPMENT[k], km, climate) for k in offered}
        good = [k for k in offered if reached[k] >= target_percent]
        out.append(good[0] if good else max(offered, key=lambda k: (reached[k], -k)))
    return np.array(out)


def flat_availability(radio: Equipment, km: float, climate: Climate) -> float:
    """Availability in per cent of a clear hop over ground of which nothing is known (100 m of roughness)."""
    km = max(km, BESIDE_M / 1000)
    margin = flat_level(radio, km, climate) - radio.threshold_dbm
    wet, fading = find_outages(km, margin, radio.f_ghz, 300.0, 300.0, 100.0, climate)
    return max(100 - wet - fading, 0.0)


def flat_level(radio: Equipment, km: float, climate: Climate) -> float:
    """Received level in dBm of a clear hop over ground of which nothing is known: free space and gases."""
    loss = closed.free_space(radio.f_ghz, km) + gas.path_gas_loss(radio.f_ghz, km, 300.0, climate.vapour_g_m3)
    return radio.power_dbm + 2 * radio.gain_dbi - loss


def _radios(prices: Mapping[str, Price], f_ghz: np.ndarray) -> Part:
    """Both radios with their dishes, and the licence."""
    wide = 2 * (f_ghz < 10)
    mhz = price(prices, SHEET, "spectrum_mhz").value
    capex = {
        level: price(prices, SHEET, "link").at(level)
        + wide * price(prices, SHEET, "wide_dish").at(level)
        + mhz * price(prices, SHEET, "spectrum_per_mhz").at(level)
        for level in LEVELS
    }
    gear = capex["value"] - mhz * price(prices, SHEET, "spectrum_per_mhz").value
    opex = gear * price(prices, SHEET, "opex_share").value
    opex = opex + mhz * price(prices, SHEET, "spectrum_per_mhz_year").value
    return Part(capex, opex, price(prices, SHEET, "life_years").value)
