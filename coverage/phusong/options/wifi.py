"""Wi-Fi in a public building: access points by kind of building, on a connection that is there or planned."""

import numpy as np
import pandas as pd

from phusong.costs import LEVELS, money, price
from phusong.options import Need

NAME = "wifi"
CLOSES = "wifi"


def propose(need: Need) -> pd.DataFrame:
    """Access points for each site that lacks Wi-Fi.

    A site that lacks a connection needs that first; where it is not known whether it has one, nothing can be
    proposed until somebody has asked.
    """
    sites = need.sites[need.sites["lacks_wifi"]]
    capex = {
        level: _points(need, sites, level) * price(need.prices, NAME, "access_point").at(level)
        for level in LEVELS
    }
    opex = capex["value"] * price(need.prices, NAME, "opex_share").value
    figures = money(capex, opex, need.horizon, price(need.prices, NAME, "life_years").value)
    reason = np.select(
        [~sites["connection_known"], sites["lacks_connection"]],
        ["connection_unknown", "needs_connection"],
        "",
    )
    out = pd.DataFrame(figures)
    return out.assign(
        site_id=sites["site_id"].to_numpy(), feasible=sites["connection_known"].to_numpy(), reason=reason
    )


def _points(need: Need, sites: pd.DataFrame, level: str) -> np.ndarray:
    return np.array(
        [price(need.prices, NAME, f"points_{kind}").at(level) for kind in sites["kind"]], dtype=float
    )
