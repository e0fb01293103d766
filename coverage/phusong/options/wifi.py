"""Wi-Fi in a public building: access points by kind of building, on a connection that is there or planned."""

import numpy as np
import pandas as pd

from phusong.costs import LEVELS, money, price
from phusong.options import Need, Offer, said_of

NAME = "wifi"
CLOSES = "wifi"


def propose(need: Need) -> Offer:
    """Access points for each site that lacks Wi-Fi.

    A site that lacks a connection needs that first; where it is not known whether it has one, nothing can be
    proposed until somebody has asked.
    """
    sites, prices = need.sites[need.sites["lacks_wifi"]], need.prices(NAME)
    capex = {
        level: _points(need, sites, level) * price(prices, NAME, "access_point").at(level) for level in LEVELS
    }
    opex = capex["value"] * price(prices, NAME, "opex_share").value
    figures = money(capex, opex, need.horizon, price(prices, NAME, "life_years").value)
    figures["months_to_build"] = said_of(need, NAME, len(sites))["months_to_build"]
    reason = np.select(
        [~sites["connection_known"], sites["lacks_connection"]],
        ["connection_unknown", "needs_connection"],
        "",
    )
    out = pd.DataFrame(figures)
    out = out.assign(
        site_id=sites["site_id"].to_numpy(), feasible=sites["connection_known"].to_numpy(), reason=reason
    )
    return Offer(out.assign(depends_on=pd.Series(reason).map({"needs_connection": "connection"})))


def _points(need: Need, sites: pd.DataFrame, level: str) -> np.ndarray:
    return np.array(
        [price(need.prices(NAME), NAME, f"points_{kind}").at(level) for kind in sites["kind"]], dtype=float
    )
