"""One to three microwave hops from fibre, or from a mast whose own backhaul has room."""

import numpy as np
import pandas as pd

from phusong.costs import MONEY, add_up
from phusong.hops import End, rain_of
from phusong.hubs import find_hubs
from phusong.needs import Need, Offer, at_site, judged
from phusong.options import may_be_tapped
from phusong.radio.links import Climate
from phusong.relays import Chains, Hops, find_chains

NAME = "microwave"
CLOSES = "connection"
#: Hubs kept for each site as alternatives: so many cheapest ones, and so many others that any site keeps.
_OWN, _OTHERS = 4, 6


def propose(need: Need) -> Offer:
    """For each site the hub that makes it cheapest alone; as alternatives a few more.

    Without elevation only the length of the hop is looked at, and the reason says so.
    """
    sites = need.lacking.reset_index(drop=True)
    chains = chains_of(need)
    hubs = chains.hubs
    hops = chains.hops_to(hubs, sites)
    room = hubs["capacity_mbps"].fillna(chains.figure("rate_mbps")).to_numpy(dtype=float)
    hops = hops.take(room[hops.start] >= sites["demand_mbps"].to_numpy()[hops.end])
    own = site_money(need, chains, hops, sites)
    total = own["present_cost_vnd"] + hubs["chain_present_cost_vnd"].to_numpy(dtype=float)[hops.start]
    kept = _kept(hops, total)
    hops, own = hops.take(kept), {name: values[kept] for name, values in own.items()}
    table = _alternatives(chains, hops, own, sites)
    fits = (table["availability_percent"] >= chains.figure("least_percent")).to_numpy()
    table = table[fits].reset_index(drop=True)
    return Offer(_best(need, chains, table), _facilities(chains, table), table)


def chains_of(need: Need) -> Chains:
    """The chains of hops towards the sites that lack a connection, made once for all technologies."""

    def make() -> Chains:
        hubs = find_hubs(
            need.land,
            may_be_tapped(need.land.region.fibre, need.exclude_operators),
            may_be_tapped(need.land.region.nodes, need.exclude_operators),
            need.with_fibre,
            need.sheets,
            need.horizon,
            need.exclude_operators,
        )
        sites = need.lacking[["x_m", "y_m"]]
        return find_chains(hubs, sites, need.land.grid, need.sheets, need.horizon, climate_of(need))

    return need.once("chains", make)


def climate_of(need: Need) -> Climate:
    """The rain of the province in the middle of the sites, and their latitude."""
    lon, lat = need.land.middle
    rate, _basis = rain_of(need.land.region, End("", lon, lat))
    return Climate(r001_mm_h=rate, latitude=lat)


def site_money(need: Need, chains: Chains, hops: Hops, sites: pd.DataFrame) -> dict[str, np.ndarray]:
    """The site's own money at the end of each hop: radios, mast, and electricity where there is none."""
    kinds = chains.hubs["kind"].to_numpy()[hops.start]
    parts = chains.cost_of_hops(hops, kinds, _antennas_m(chains, hops))
    parts += at_site(need, NAME, sites.iloc[hops.end])
    return add_up(parts, need.horizon)


def _antennas_m(chains: Chains, hops: Hops) -> np.ndarray:
    """The antenna at the site at the end of each hop; without elevation as high as its sheet supposes."""
    least = chains.figure("unseen_mast_m") if chains.grid is None else 1.0
    return np.maximum(hops.height_m, least)


def _kept(hops: Hops, total: np.ndarray) -> np.ndarray:
    """Positions of the hops that are kept: for each site its `_OWN` cheapest, and of the hubs that these
    lead from the `_OTHERS` next cheapest. Ties go to the nearer hub."""
    order = np.lexsort((hops.start, hops.length_m, total, hops.end))
    first = pd.Series(order).groupby(hops.end[order]).cumcount().to_numpy() < _OWN
    shared = np.isin(hops.start[order], np.unique(hops.start[order[first]])) & ~first
    rest = order[shared]
    more = pd.Series(rest).groupby(hops.end[rest]).cumcount().to_numpy() < _OTHERS
    return np.sort(np.concatenate([order[first], rest[more]]))


def _alternatives(
    chains: Chains, hops: Hops, own: dict[str, np.ndarray], sites: pd.DataFrame
) -> pd.DataFrame:
    """ALTERNATIVES for the hops, with `hops` from fibre."""
    hubs = chains.hubs.iloc[hops.start].reset_index(drop=True)
    antennas = _antennas_m(chains, hops)
    starts = hubs[["x_m", "y_m", "height_m"]].to_dict("records")
    ends = sites[["x_m", "y_m"]].iloc[hops.end].to_dict("records")
    reach = [chains.assess(hops, i, starts[i], ends[i], float(antennas[i])) for i in range(len(hops.start))]
    whole = hubs["availability_percent"].to_numpy(dtype=float) * np.array(reach, dtype=float) / 100
    return pd.DataFrame(
        {
            "site_id": sites["site_id"].to_numpy()[hops.end],
            "facility_id": hubs["facility_id"].to_numpy(),
            **{name: own[name] for name in MONEY},
            "demand_mbps": sites["demand_mbps"].to_numpy()[hops.end],
            "down_mbps": np.fmin(hubs["capacity_mbps"].astype(float), chains.figure("rate_mbps")),
            "height_m": antennas,
            "link_m": hops.length_m,
            "f_ghz": hops.f_ghz,
            "availability_percent": whole.round(4),
            "hops": hubs["hops"].to_numpy(dtype=float) + 1,
            "months_to_build": hubs["months_to_build"].to_numpy(dtype=float),
        }
    )


def _best(need: Need, chains: Chains, table: pd.DataFrame) -> pd.DataFrame:
    """The option of each site: the alternative that is cheapest with the whole of its facility."""
    sites = need.lacking
    chain = chains.hubs.set_index("facility_id")[[f"chain_{name}" for name in MONEY]]
    shared = chain.loc[table["facility_id"]].reset_index(drop=True).astype(float)
    whole = table.assign(**{name: table[name] + shared[f"chain_{name}"] for name in MONEY})
    for name in ("capex_vnd", "opex_vnd_per_year", "present_cost_vnd"):
        whole[f"facility_{name}"] = shared[f"chain_{name}"]
    ranked = whole.sort_values(["present_cost_vnd", "link_m", "facility_id"], kind="stable")
    ranked = ranked.drop_duplicates("site_id")
    best = ranked.set_index("site_id").reindex(sites["site_id"])
    best["up_mbps"] = best["down_mbps"]
    best["latency_ms"] = chains.figure("latency_ms") + best["hops"] * chains.figure("latency_per_hop_ms")
    best["months_to_build"] += chains.figure("months")
    best["depends_on"] = best["facility_id"]
    unseen = "no_sight" if chains.grid is not None else "beyond_hop"
    reason = "no_feed" if chains.hubs.empty else unseen
    figures = best.drop(columns=["facility_id", "demand_mbps", "height_m", "link_m", "f_ghz", "hops"])
    said = np.where(best["capex_vnd"].isna(), reason, "length_only" if chains.grid is None else "")
    return judged(need, sites, figures, said)


def hubs_below(chains: Chains, ids: set[str]) -> pd.DataFrame:
    """FACILITIES: the hubs with these ids, and what they hang on in turn."""
    hubs = chains.hubs.set_index("facility_id", drop=False)
    wanted, new = set(), set(ids)
    while new:
        wanted |= new
        new = set(hubs.loc[sorted(new), "depends_on"].dropna()) - wanted
    out = hubs.loc[sorted(wanted)].reset_index(drop=True)
    return out.assign(people=np.nan, site_ids=None, geometry=chains.points(out))


def _facilities(chains: Chains, table: pd.DataFrame) -> pd.DataFrame:
    """FACILITIES that the alternatives hang on, with the sites that each can serve."""
    served = table.groupby("facility_id")["site_id"].agg(lambda ids: ";".join(sorted(ids)))
    out = hubs_below(chains, set(table["facility_id"]))
    return out.assign(site_ids=out["facility_id"].map(served).astype("str"))
