"""What a mast costs, and electricity where there is no mains."""

from collections.abc import Mapping

import numpy as np

from phusong.costs import LEVELS, Part, Price, price

_MASTS, _POWER = "masts", "power"


def mast(prices: Mapping[str, Price], height_m: np.ndarray) -> Part:
    """A pole up to `pole_m`, above that a tower priced by the metre; nothing at height 0."""
    tall = np.asarray(height_m, dtype=float)
    limit = price(prices, _MASTS, "pole_m").value
    capex = {
        level: np.where(
            tall > limit,
            tall * price(prices, _MASTS, "tower_per_m").at(level),
            np.where(tall > 0, price(prices, _MASTS, "pole").at(level), 0.0),
        )
        for level in LEVELS
    }
    return _kept(prices, capex)


def new_place(prices: Mapping[str, Price], to_road_m: np.ndarray) -> Part:
    """The survey of a place where nothing stands yet, and a track to it from the nearest road."""
    capex = {
        level: price(prices, _MASTS, "survey").at(level)
        + np.asarray(to_road_m, dtype=float) * price(prices, _MASTS, "access_per_m").at(level)
        for level in LEVELS
    }
    return _kept(prices, capex)


def _kept(prices: Mapping[str, Price], capex: Mapping[str, np.ndarray]) -> Part:
    opex = capex["value"] * price(prices, _MASTS, "opex_share").value
    return Part(capex, opex, price(prices, _MASTS, "life_years").value)


def only(part: Part, where: np.ndarray) -> Part:
    """A part of the cost that only some rows have."""
    capex = {level: np.where(where, part.capex[level], 0.0) for level in LEVELS}
    return Part(capex, np.where(where, part.opex_vnd_per_year, 0.0), part.life_years)


def rent(prices: Mapping[str, Price], places: np.ndarray) -> Part:
    """So many places on masts of others."""
    yearly = np.asarray(places, dtype=float) * price(prices, _MASTS, "rent_per_year").value
    nothing = dict.fromkeys(LEVELS, np.zeros(len(yearly)))
    return Part(nothing, yearly, price(prices, _MASTS, "life_years").value)


def solar(prices: Mapping[str, Price], load_w: np.ndarray) -> Part:
    """Panels and batteries for a load that never rests, in W; nothing for a load of 0.

    Panels: load × 24 h ÷ (hours of full sun × performance); battery: load × 24 h × days ÷ usable part.
    """
    load = np.asarray(load_w, dtype=float)
    day_wh = load * 24

    def figure(name: str, level: str = "value") -> float:
        return price(prices, _POWER, name).at(level)

    panels_w = day_wh / (figure("sun_hours") * figure("performance"))
    battery_wh = day_wh * figure("autonomy_days") / figure("discharge")
    capex = {
        level: panels_w * figure("solar_per_w", level) + battery_wh * figure("battery_per_wh", level)
        for level in LEVELS
    }
    return Part(capex, capex["value"] * figure("opex_share"), figure("life_years"))
