"""Wi-Fi in and around a public building, on a connection that is there or planned."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from phusong.costs import LEVELS, Part, Price, add_up, known, price
from phusong.needs import Need, Offer, at_site, said_of
from phusong.radio.wifi import indoor_loss, outdoor_loss

NAME = "wifi"
CLOSES = "wifi"


def propose(need: Need) -> Offer:
    """Access points inside and in the yard, cable and switch, for each site that lacks Wi-Fi.

    A site that lacks a connection needs that first (`depends_on` connection); where it is not known whether
    it has one, nothing can be proposed until somebody has asked.
    """
    sites, prices = need.sites[need.sites["lacks_wifi"]], need.prices(NAME)
    inside, outside = points_inside(prices, sites), points_outside(prices, sites)
    capex = {level: _capex(prices, inside, outside, level) for level in LEVELS}
    opex = capex["value"] * price(prices, NAME, "opex_share").value
    parts = [Part(capex, opex, price(prices, NAME, "life_years").value)]
    parts += at_site(need, NAME, sites, (inside + outside) * known(prices, "power_w"))
    figures = add_up(parts, need.horizon)
    figures["months_to_build"] = said_of(need, NAME, len(sites))["months_to_build"]
    reason = np.select(
        [~sites["connection_known"], sites["lacks_connection"]],
        ["connection_unknown", "needs_connection"],
        "",
    )
    out = pd.DataFrame(figures).assign(
        site_id=sites["site_id"].to_numpy(), feasible=sites["connection_known"].to_numpy(), reason=reason
    )
    return Offer(out.assign(depends_on=pd.Series(reason).map({"needs_connection": "connection"})))


def _capex(prices: Mapping[str, Price], inside: np.ndarray, outside: np.ndarray, level: str) -> np.ndarray:
    """Access points, the cable to each, and a switch."""

    def at(name: str) -> float:
        return price(prices, NAME, name).at(level)

    cable = (inside + outside) * price(prices, NAME, "cable_per_point").value * at("cable_per_m")
    return inside * at("access_point") + outside * at("outdoor_point") + cable + at("switch")


def points_inside(prices: Mapping[str, Price], sites: pd.DataFrame) -> np.ndarray:
    """Access points in the building of each site: on each floor as many as cover it, and enough for users."""
    floors, area = _by_kind(prices, sites, "floors"), _by_kind(prices, sites, "area")
    covers = _covers_m2(prices, reach_inside_m(prices))
    users = np.ceil(sites["users"].to_numpy(dtype=float) / price(prices, NAME, "users_per_point").value)
    return np.maximum(floors * np.ceil(area / floors / covers), users)


def points_outside(prices: Mapping[str, Price], sites: pd.DataFrame) -> np.ndarray:
    """Access points for the yard of each site; none without a yard."""
    return np.ceil(_by_kind(prices, sites, "yard") / _covers_m2(prices, reach_outside_m(prices)))


def reach_inside_m(prices: Mapping[str, Price]) -> float:
    """How far an access point is heard well enough through walls (P.1238 office), as far as was measured."""
    return _reach_m(prices, lambda f, d, p: indoor_loss(f, d, "office", percent=p))


def reach_outside_m(prices: Mapping[str, Price]) -> float:
    """The same in the yard, in sight of the access point (P.1411, both ends below the roofs)."""
    return _reach_m(prices, lambda f, d, p: outdoor_loss(f, d, "street", sight=True, percent=p), 660.0)


def _reach_m(
    prices: Mapping[str, Price], loss: Callable[[float, float, float], float], most_m: float | None = None
) -> float:
    """The distance at which `loss`(GHz, m, % of places) uses up what may be lost, to the decimetre."""
    figures = {name: price(prices, NAME, name).value for name in ("f_ghz", "percent", "reach_most_m")}
    left = price(prices, NAME, "loss_most_db").value
    near, far = 1.0, most_m or figures["reach_most_m"]
    while far - near > 0.1:
        middle = (near + far) / 2
        within = loss(figures["f_ghz"], middle, figures["percent"]) <= left
        near, far = (middle, far) if within else (near, middle)
    return near


def _covers_m2(prices: Mapping[str, Price], reach_m: float) -> float:
    return float(np.pi * reach_m**2 * price(prices, NAME, "packing").value)


def _by_kind(prices: Mapping[str, Price], sites: pd.DataFrame, what: str) -> np.ndarray:
    return np.array([price(prices, NAME, f"{what}_{kind}").value for kind in sites["kind"]], dtype=float)
