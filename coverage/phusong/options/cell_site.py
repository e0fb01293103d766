"""A new 4G cell site, on its own mast or on one without 4G, for public sites and the villages about them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import shapely

from phusong.costs import LEVELS, MONEY, Part, add_up, known, price
from phusong.land import distance_to
from phusong.masts import new_place, only, rent, solar
from phusong.mobile import class_bounds_dbm
from phusong.needs import Need, Offer, judged
from phusong.options.cellular import terminals
from phusong.options.microwave import chains_of, hubs_below
from phusong.relays import Chains, hang
from phusong.sectors import DATA_RADIOS, cell_mbps, down_rate, figure, up_rate
from phusong.siting import RADIO, Candidates, cover_greedily, find_candidates, people_without_signal

NAME = "cell_site"
CLOSES = "connection"


def propose(need: Need) -> Offer:
    """Cell sites where they cover most people without signal for their cost, until each site is covered that
    can be; each hangs by microwave on fibre, a mast with room or a relay. On an existing mast a place is
    rented."""
    sites, grid = need.lacking.reset_index(drop=True), need.land.grid
    if grid is None or need.mobile is None:
        return Offer(_none(need, "no_elevation"))
    if sites.empty:
        return Offer(_none(need, "no_place"))
    prices = need.prices(NAME)
    people = people_without_signal(
        need.land, need.mobile, price(prices, NAME, "reach_m").value, need.shift_db
    )
    candidates = find_candidates(need.land, grid, people, sites, need.mobile, need.sheets)
    shift = need.shift_db.get(RADIO, 0.0)
    candidates = replace(
        candidates, at_people=candidates.at_people + shift, at_sites=candidates.at_sites + shift
    )
    chains = chains_of(need)
    places = _with_backhaul(need, chains, candidates)
    speeds = _speeds(need, candidates.at_sites, places["capacity_mbps"].to_numpy(dtype=float))
    serves = (speeds[0] >= sites["demand_mbps"].to_numpy()) & (speeds[1] >= need.targets.video_up_mbps)
    _weak, fair, _good = class_bounds_dbm(RADIO, need.mobile)
    order = cover_greedily(
        candidates.at_people >= fair,
        serves,
        people["people"].to_numpy(),
        places["chain_present_cost_vnd"].to_numpy(dtype=float),
    )
    places["people"] = (candidates.at_people >= fair) @ people["people"].to_numpy(dtype=float)
    table = _alternatives(need, places, order, serves, speeds, sites)
    return Offer(_best(need, places, table), _facilities(chains, places, table), table)


def _none(need: Need, reason: str) -> pd.DataFrame:
    figures = pd.DataFrame({"capex_vnd": np.nan, "down_mbps": np.nan}, index=need.lacking.index)
    return judged(need, need.lacking, figures, reason)


def _with_backhaul(need: Need, chains: Chains, candidates: Candidates) -> pd.DataFrame:
    """The candidates as FACILITIES with `chain_<money>`: what each costs with its cheapest backhaul, and with
    all that this hangs on; infinite without any."""
    places, sheets = candidates.places, need.sheets
    tall = price(need.prices(NAME), NAME, "tower_m").value
    hops = chains.hops_to(chains.hubs, places)
    hops = hops.take(hops.height_m <= tall)
    new = (places["kind"] == "new").to_numpy()[hops.end]
    high = places["height_m"].to_numpy(dtype=float)[hops.end]
    feeds = chains.hubs["kind"].to_numpy()[hops.start]
    parts = chains.cost_of_hops(hops, feeds, np.where(new, high, 0.0))
    parts += [
        only(new_place(sheets["masts"], places["to_road_m"].to_numpy(dtype=float)[hops.end]), new),
        _base_station(need, len(hops.end)),
        solar(sheets["power"], np.where(new, _load_w(need, places)[hops.end], 0.0)),
        rent(sheets["masts"], ~new),
    ]
    found = hang(chains, hops, add_up(parts, need.horizon), chains.hubs, places, high)
    found = found.reindex(range(len(places)))
    found["chain_present_cost_vnd"] = found["chain_present_cost_vnd"].fillna(np.inf)
    prices = need.prices("cellular")
    carried = cell_mbps(prices, RADIO) * figure(prices, "sectors")
    return found.assign(
        facility_id="cell-" + places["place_id"].str.split("-", n=1).str[1],
        kind="cell_site",
        x_m=places["x_m"],
        y_m=places["y_m"],
        operator=places["operator"],
        months_to_build=known(need.prices(NAME), "months"),
        capacity_mbps=np.minimum(found["capacity_mbps"].fillna(0.0), carried),
    )


def _base_station(need: Need, count: int) -> Part:
    prices = need.prices(NAME)
    capex = {level: np.full(count, price(prices, NAME, "base_station").at(level)) for level in LEVELS}
    opex = capex["value"] * price(prices, NAME, "opex_share").value
    return Part(capex, opex, price(prices, NAME, "life_years").value)


def _load_w(need: Need, places: pd.DataFrame) -> np.ndarray:
    """What panels must carry at each place: nothing where a power line is near."""
    lines = need.land.region.power_lines
    away = distance_to(lines, places["x_m"].to_numpy(dtype=float), places["y_m"].to_numpy(dtype=float))
    near = away <= price(need.prices(NAME), NAME, "mains_within_m").value
    return np.where(near, 0.0, price(need.prices(NAME), NAME, "power_w").value)


def _speeds(need: Need, level_dbm: np.ndarray, capacity_mbps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(down, up) in Mb/s [place, site] at a terminal on the roof, within what the place carries."""
    assert need.mobile is not None and RADIO in DATA_RADIOS
    prices, eirp = need.prices("cellular"), price(need.prices(NAME), NAME, "eirp_dbm").value
    reference = np.full_like(level_dbm, eirp - need.mobile.lte_reference_db)
    down = down_rate(prices, RADIO, level_dbm)
    up = up_rate(prices, RADIO, level_dbm, reference, np.full_like(level_dbm, eirp))
    return np.minimum(down, capacity_mbps[:, None]).round(1), up.round(1)


def _alternatives(
    need: Need,
    places: pd.DataFrame,
    order: list[int],
    serves: np.ndarray,
    speeds: tuple[np.ndarray, np.ndarray],
    sites: pd.DataFrame,
) -> pd.DataFrame:
    """A row a site and chosen place that serves it, by site and facility."""
    pairs = [(k, j) for k in order for j in np.flatnonzero(serves[k])]
    k, j = np.array(pairs, dtype=int).reshape(-1, 2).T
    on_air = known(need.prices(NAME), "availability_percent")
    table = pd.DataFrame(
        {
            "site_id": sites["site_id"].to_numpy()[j],
            "facility_id": places["facility_id"].to_numpy()[k],
            "demand_mbps": sites["demand_mbps"].to_numpy()[j],
            "down_mbps": speeds[0][k, j],
            "up_mbps": speeds[1][k, j],
            "availability_percent": places["availability_percent"].to_numpy()[k] * on_air / 100,
            **terminals(need, sites.iloc[j]),
        }
    )
    return table.sort_values(["site_id", "facility_id"], ignore_index=True)


def _best(need: Need, places: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The option of each site: the cell site that is cheapest for it alone."""
    sites = need.lacking
    by_id = places.set_index("facility_id")
    shared = by_id.loc[table["facility_id"]].reset_index(drop=True)
    whole = table.assign(**{name: table[name] + shared[f"chain_{name}"].astype(float) for name in MONEY})
    for name in ("capex_vnd", "opex_vnd_per_year", "present_cost_vnd"):
        whole[f"facility_{name}"] = shared[f"chain_{name}"].astype(float)
    whole["months_to_build"], whole["people_covered"] = shared["months_to_build"], shared["people"]
    ranked = whole.sort_values(["present_cost_vnd", "facility_id"], kind="stable").drop_duplicates("site_id")
    best = ranked.set_index("site_id").reindex(sites["site_id"])
    best["latency_ms"] = price(need.prices(NAME), NAME, "latency_ms").value
    best["depends_on"] = best["facility_id"]
    why = np.where(best["capex_vnd"].isna(), "no_place", "")
    return judged(need, sites, best.drop(columns=["facility_id", "demand_mbps"]), why)


def _facilities(chains: Chains, places: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """FACILITIES: the cell sites that are offered, and what they hang on."""
    served = table.groupby("facility_id")["site_id"].agg(lambda ids: ";".join(sorted(ids)))
    used = places[places["facility_id"].isin(served.index)]
    shapes = shapely.points(used["x_m"].astype(float), used["y_m"].astype(float))
    own = used.assign(site_ids=used["facility_id"].map(served).astype("str"), geometry=shapes)
    return pd.concat([own, hubs_below(chains, set(used["depends_on"]))], ignore_index=True)
