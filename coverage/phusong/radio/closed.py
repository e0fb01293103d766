"""Closed forms, for when there is no terrain: free space and 3GPP TR 38.901 rural macro. Losses in dB."""

import math

from phusong.errors import InputError
from phusong.language import _

LIGHT_M_S = 3.0e8


def free_space(f_ghz: float, d_km: float) -> float:
    """Free-space loss in dB (ITU-R P.525-4 eq. 4).

    >>> round(free_space(1.8, 10), 2)
    117.55
    """
    return 92.4478 + 20 * math.log10(f_ghz) + 20 * math.log10(d_km)


def fresnel_radius_m(f_ghz: float, d1_km: float, d2_km: float) -> float:
    """Radius of the first Fresnel zone, `d1_km` and `d2_km` from both ends (ITU-R P.530-18 eq. 2).

    >>> round(fresnel_radius_m(7.5, 10, 10), 1)
    14.1
    """
    return 17.3 * math.sqrt(d1_km * d2_km / (f_ghz * (d1_km + d2_km)))


def _rural_check(f: float, d2d: float, h_bs: float, h_ut: float, h: float, w: float) -> None:
    limits = {"f_ghz": (f, 0.5, 30), "d2d_m": (d2d, 10, 21000), "base_m": (h_bs, 10, 150)}
    limits |= {"mobile_m": (h_ut, 1, 10), "building_m": (h, 5, 50), "street_m": (w, 5, 50)}
    for name, (value, low, high) in limits.items():
        if not low <= value <= high:
            what = _("{name} = {value} is outside {low}–{high}, the range of TR 38.901 RMa")
            raise InputError(what.format(name=name, value=value, low=low, high=high))


def _rural_near(f: float, d3d: float, h: float) -> float:
    """PL1 of table 7.4.1-1, up to the break point."""
    line = 20 * math.log10(40 * math.pi * d3d * f / 3)
    rough = min(0.03 * h**1.72, 10.0)
    return line + rough * math.log10(d3d) - min(0.044 * h**1.72, 14.77) + 0.002 * math.log10(h) * d3d


def rural_sight_loss(
    f_ghz: float, d2d_m: float, base_m: float = 35.0, mobile_m: float = 1.5, building_m: float = 5.0
) -> tuple[float, float]:
    """(loss, σ) in dB with line of sight, 10 m to 21 km over the ground (TR 38.901 v17 table 7.4.1-1).

    >>> [round(x, 1) for x in rural_sight_loss(1.8, 5000)]
    [123.2, 6.0]
    """
    _rural_check(f_ghz, d2d_m, base_m, mobile_m, building_m, 20.0)
    turn = 2 * math.pi * base_m * mobile_m * f_ghz * 1e9 / LIGHT_M_S
    d3d = math.hypot(d2d_m, base_m - mobile_m)
    if d2d_m <= turn:
        return _rural_near(f_ghz, d3d, building_m), 4.0
    at_turn = _rural_near(f_ghz, math.hypot(turn, base_m - mobile_m), building_m)
    return at_turn + 40 * math.log10(d3d / math.hypot(turn, base_m - mobile_m)), 6.0


def rural_blocked_loss(
    f_ghz: float,
    d2d_m: float,
    base_m: float = 35.0,
    mobile_m: float = 1.5,
    building_m: float = 5.0,
    street_m: float = 20.0,
) -> tuple[float, float]:
    """(loss, σ) in dB without line of sight, 10 m to 5 km, and extrapolated to 21 km (table 7.4.1-1).

    >>> [round(x, 1) for x in rural_blocked_loss(1.8, 5000)]
    [151.6, 8.0]
    """
    _rural_check(f_ghz, d2d_m, base_m, mobile_m, building_m, street_m)
    d3d = math.hypot(d2d_m, base_m - mobile_m)
    log_base = math.log10(base_m)
    loss = 161.04 - 7.1 * math.log10(street_m) + 7.5 * math.log10(building_m)
    loss -= (24.37 - 3.7 * (building_m / base_m) ** 2) * log_base
    loss += (43.42 - 3.1 * log_base) * (math.log10(d3d) - 3) + 20 * math.log10(f_ghz)
    loss -= 3.2 * math.log10(11.75 * mobile_m) ** 2 - 4.97
    return max(loss, rural_sight_loss(f_ghz, d2d_m, base_m, mobile_m, building_m)[0]), 8.0


def rural_sight_probability(d2d_m: float) -> float:
    """Probability of line of sight in rural macro cells (TR 38.901 v17 table 7.4.2-1).

    >>> round(rural_sight_probability(1010), 3)
    0.368
    """
    return 1.0 if d2d_m <= 10 else math.exp(-(d2d_m - 10) / 1000)
