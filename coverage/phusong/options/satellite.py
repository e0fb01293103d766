"""A satellite terminal at the site: always there, with its limits. It gives a connection, not fibre."""

import numpy as np
import pandas as pd

from phusong.costs import LEVELS, money, price
from phusong.options import Need
from phusong.video import misses_target

NAME = "satellite"
CLOSES = "connection"


def propose(need: Need) -> pd.DataFrame:
    """A terminal for each site that lacks a connection, and capacity for its demand, paid each year."""
    sites = need.sites[need.sites["lacks_connection"]]
    down, up, latency = (
        price(need.prices, NAME, name).value for name in ("down_mbps", "up_mbps", "latency_ms")
    )
    one = np.ones(len(sites))
    capex = {level: one * price(need.prices, NAME, "terminal").at(level) for level in LEVELS}
    capacity = sites["demand_mbps"].to_numpy() * price(need.prices, NAME, "capacity_per_mbps_year").value
    opex = capex["value"] * price(need.prices, NAME, "opex_share").value + capacity
    figures = money(capex, opex, need.horizon, price(need.prices, NAME, "life_years").value)
    figures |= {"down_mbps": one * down, "up_mbps": one * up, "latency_ms": one * latency}
    out = pd.DataFrame(figures, index=sites.index)
    reason = np.select(
        [sites["kind"].isin(need.fibre_only), sites["demand_mbps"] > down, misses_target(out, need.targets)],
        ["fibre_only", "too_slow", "misses_video_target"],
        "",
    )
    return out.assign(site_id=sites["site_id"].to_numpy(), feasible=reason == "", reason=reason)
