"""Fixed wireless access: a terminal on an existing 4G or 5G cell with room, or on a new carrier beside it."""

import numpy as np
import pandas as pd
import shapely

from phusong.costs import LEVELS, MONEY, Part, add_up, known
from phusong.hubs import find_masts
from phusong.mobile import cells_with_defaults
from phusong.needs import Need, Offer, at_site, judged, said_of
from phusong.sectors import (
    DATA_RADIOS,
    SHEET,
    cell_mbps,
    down_rate,
    figure,
    residents_of_masts,
    up_rate,
)

NAME = "cellular"
CLOSES = "connection"
#: A cell's own capacity, or that of one more carrier.
_FACILITIES = ("sector", "carrier")


def propose(need: Need) -> Offer:
    """For each site the cheapest cell that carries its demand; as alternatives all that do.

    A cell serves with what the residents about it leave of its capacity. Levels over flat ground that stands
    for unknown terrain say nothing of a site.
    """
    sites, servers = need.lacking, _servers(need)
    if servers.empty:
        figures = pd.DataFrame({"capex_vnd": np.nan, "down_mbps": np.nan}, index=sites.index)
        return Offer(judged(need, sites, figures, _without_level(need)))
    cells = _cells(need)
    offered = _offered(need, servers, cells)
    facilities = _facilities(need, cells)
    fits = (offered["down_mbps"] >= offered["demand_mbps"]) & (
        offered["up_mbps"] >= need.targets.video_up_mbps
    )
    alternatives = offered[fits]
    served = alternatives.groupby("facility_id")["site_id"].agg(lambda ids: ";".join(sorted(ids)))
    used = facilities[facilities["facility_id"].isin(served.index)]
    used = used.assign(site_ids=used["facility_id"].map(served).astype("str"))
    return Offer(_best(need, offered, fits, facilities), used, alternatives)


def terminals(need: Need, sites: pd.DataFrame) -> dict[str, np.ndarray]:
    """The money of a terminal at each of the sites, and of electricity where there is none."""
    prices = need.prices(SHEET)
    capex = {level: np.full(len(sites), prices["cpe"].at(level)) for level in LEVELS}
    terminal = Part(capex, capex["value"] * figure(prices, "opex_share"), figure(prices, "life_years"))
    return add_up([terminal, *at_site(need, SHEET, sites)], need.horizon)


def _servers(need: Need) -> pd.DataFrame:
    """The 4G and 5G levels at the sites that lack a connection: measured ones, else those over terrain."""
    if need.signals.empty or need.mobile is None:
        return pd.DataFrame()
    found = need.signals[need.signals["radio"].isin(DATA_RADIOS) & need.signals["cell_id"].notna()]
    level = found["level_dbm"].where(found["terrain"] == "elevation")
    found = found.assign(level_dbm=found["measured_dbm"].fillna(level)).dropna(subset="level_dbm")
    found = found[["site_id", "cell_id", "level_dbm"]].merge(need.lacking, on="site_id")
    return found.sort_values(["site_id", "cell_id"], ignore_index=True)


def _without_level(need: Need) -> str:
    """Why no site has a level: none was computed over terrain, or there is no cell in reach."""
    return "no_signal" if need.land.region.elevation and len(need.signals) else "signal_not_computed"


def _cells(need: Need) -> pd.DataFrame:
    """4G and 5G cells by `cell_id`: radio figures, `capacity_mbps` of one carrier, `load_mbps` of residents,
    `room_mbps` of the mast's backhaul. A cell without a direction stands for all sectors of its mast."""
    prices, region = need.prices(NAME), need.land.region
    assert need.mobile is not None
    cells = cells_with_defaults(region.cells, need.mobile)
    eirp = region.cells.set_index("cell_id")["eirp_dbm"].reindex(cells["cell_id"]).to_numpy()
    cells["eirp_dbm"] = np.where(np.isnan(eirp), need.mobile.default_eirp_dbm, eirp)
    cells = cells[cells["radio"].isin(DATA_RADIOS)]
    masts = find_masts(region.cells, need.prices("microwave")["mast_room_mbps"].value)
    room = masts[["x_m", "y_m", "capacity_mbps"]].rename(columns={"capacity_mbps": "room_mbps"})
    places = cells[["x_m", "y_m", "operator"]].drop_duplicates(ignore_index=True)
    places["residents"] = residents_of_masts(places, need.land.people, figure(prices, "load_reach_m"))
    cells = cells.merge(room, on=["x_m", "y_m"]).merge(places, on=["x_m", "y_m", "operator"])
    sharing = cells.groupby(["x_m", "y_m", "operator"])["cell_id"].transform("size")
    each = cells["radio"].map(lambda radio: cell_mbps(prices, radio))
    cells["capacity_mbps"] = each * np.where(cells["azimuth_deg"].isna(), figure(prices, "sectors"), 1.0)
    cells["load_mbps"] = cells["residents"] * figure(prices, "busy_mbps_per_person") / sharing
    return cells.sort_values("cell_id", ignore_index=True)


def _offered(need: Need, servers: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """A row a (site, cell, with the cell's own carrier or one more): speeds and the site's own money."""
    prices = need.prices(NAME)
    rows = servers.merge(cells.drop(columns=["x_m", "y_m"]), on="cell_id")
    money = terminals(need, rows)
    out = []
    for kind in _FACILITIES:
        free = np.minimum((rows["capacity_mbps"] - _load(rows, kind)).clip(lower=0), rows["room_mbps"])
        down, up = np.zeros(len(rows)), np.zeros(len(rows))
        for radio in DATA_RADIOS:
            here = (rows["radio"] == radio).to_numpy()
            level, reference, eirp = (
                rows.loc[here, name].to_numpy(dtype=float)
                for name in ("level_dbm", "reference_dbm", "eirp_dbm")
            )
            down[here] = down_rate(prices, radio, level)
            up[here] = up_rate(prices, radio, level, reference, eirp)
        part = (1 - _load(rows, kind) / rows["capacity_mbps"]).clip(0, 1)
        speeds = {"down_mbps": np.minimum(down * part, free).round(1), "up_mbps": (up * part).round(1)}
        ids = f"{kind}-" + rows["cell_id"]
        out.append(rows[["site_id", "demand_mbps", "level_dbm"]].assign(facility_id=ids, **speeds, **money))
    both = pd.concat(out, ignore_index=True)
    return both.assign(availability_percent=known(prices, "availability_percent"))


def _load(cells: pd.DataFrame, kind: str) -> pd.Series:
    """What residents take of a carrier in the busy hour; a new one is for the sites."""
    return cells["load_mbps"] * (1.0 if kind == "sector" else 0.0)


def _facilities(need: Need, cells: pd.DataFrame) -> pd.DataFrame:
    """FACILITIES: each cell's own carrier, which costs nothing, and one more, which does."""
    prices = need.prices(NAME)
    out = []
    for kind in _FACILITIES:
        one = np.full(len(cells), 0.0 if kind == "sector" else 1.0)
        capex = {level: one * prices["carrier"].at(level) for level in LEVELS}
        opex = capex["value"] * figure(prices, "carrier_opex_share")
        money = add_up([Part(capex, opex, figure(prices, "carrier_life_years"))], need.horizon)
        free = np.minimum((cells["capacity_mbps"] - _load(cells, kind)).clip(lower=0), cells["room_mbps"])
        about = {"facility_id": f"{kind}-" + cells["cell_id"], "kind": kind, "operator": cells["operator"]}
        about |= {"capacity_mbps": free.round(1), "height_m": cells["height_m"]}
        about["months_to_build"] = one * figure(prices, "carrier_months")
        shapes = shapely.points(cells["x_m"].astype(float), cells["y_m"].astype(float))
        out.append(pd.DataFrame(about | money).assign(geometry=shapes))
    return pd.concat(out, ignore_index=True)


def _best(need: Need, offered: pd.DataFrame, fits: pd.Series, facilities: pd.DataFrame) -> pd.DataFrame:
    """The option of each site: of what fits the cheapest with its facility, else the fastest, and why not."""
    prices, sites = need.prices(NAME), need.lacking
    shared = facilities.set_index("facility_id").loc[offered["facility_id"]].reset_index()
    whole = offered.assign(**{name: offered[name] + shared[name] for name in MONEY}, fits=fits)
    for name in ("capex_vnd", "opex_vnd_per_year", "present_cost_vnd"):
        whole[f"facility_{name}"] = shared[name]
    whole["more_months"] = shared["months_to_build"]
    whole["by_cost"] = whole["present_cost_vnd"].where(whole["fits"], np.inf)
    order = ["fits", "by_cost", "down_mbps", "facility_id"]
    ranked = whole.sort_values(order, ascending=[False, True, False, True], kind="stable")
    best = ranked.drop_duplicates("site_id").set_index("site_id").reindex(sites["site_id"])
    best["latency_ms"] = figure(prices, "latency_ms")
    said = said_of(need, NAME, len(best))
    best["months_to_build"] = said["months_to_build"] + best["more_months"]
    best["depends_on"] = best["facility_id"]
    unknown = best["capex_vnd"].isna() | ((best["down_mbps"] == 0) & (best["up_mbps"] == 0))
    drop = ["facility_id", "demand_mbps", "level_dbm", "fits", "more_months", "by_cost"]
    why = np.where(unknown, "no_signal", "")
    return judged(need, sites, best.drop(columns=drop).mask(unknown), why)
