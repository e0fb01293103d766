"""A low-orbit satellite terminal at the site: always there, with its limits. A connection, not fibre."""

import numpy as np
import pandas as pd

from phusong.costs import LEVELS, Part, add_up, price
from phusong.needs import Need, Offer, at_site, judged, said_of

NAME = "satellite"
CLOSES = "connection"


def propose(need: Need) -> Offer:
    """A terminal for each site that lacks a connection, and capacity for its demand, paid each year."""
    return Offer(terminals(need, NAME))


def terminals(need: Need, sheet: str) -> pd.DataFrame:
    """The options of satellite terminals priced by a sheet; the sheet's speed is the cap of its plan."""
    sites, prices = need.lacking, need.prices(sheet)
    one = np.ones(len(sites))
    capex = {level: one * price(prices, sheet, "terminal").at(level) for level in LEVELS}
    capacity = sites["demand_mbps"].to_numpy() * price(prices, sheet, "capacity_per_mbps_year").value
    opex = capex["value"] * price(prices, sheet, "opex_share").value + capacity
    terminal = Part(capex, opex, price(prices, sheet, "life_years").value)
    figures = add_up([terminal, *at_site(need, sheet, sites)], need.horizon)
    speed = {name: one * price(prices, sheet, name).value for name in ("down_mbps", "up_mbps", "latency_ms")}
    return judged(need, sites, pd.DataFrame(figures | speed | said_of(need, sheet, len(sites))))
