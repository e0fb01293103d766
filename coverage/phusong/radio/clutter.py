"""Clutter, vegetation and walls: ITU-R P.2108-1 (three models), P.833-10, P.2109-2. Losses in dB."""

import math
from itertools import pairwise
from statistics import NormalDist

from phusong.errors import InputError
from phusong.language import _
from phusong.radio.diffraction import knife_edge_loss

_NORMAL = NormalDist()

#: Representative clutter height in m and model of each clutter type, P.2108-1 table 3.
CLUTTER = {
    "water": (10.0, "open"),
    "open": (10.0, "open"),
    "suburban": (10.0, "built"),
    "urban": (15.0, "built"),
    "trees": (15.0, "built"),
    "dense urban": (20.0, "built"),
}
#: Specific attenuation in woodland in dB/m by MHz (P.833-10 table 2, mixed forest near St Petersburg).
_WOODLAND = ((105.9, 0.04), (466.475, 0.12), (949.0, 0.17), (1852.2, 0.30), (2117.5, 0.34))


def _within(what: str, value: float, low: float, high: float, *, open_ends: bool = False) -> None:
    inside = low < value < high if open_ends else low <= value <= high
    if not inside:
        said = _("{name} = {value} is outside {low}–{high}, the range of this clutter model")
        raise InputError(said.format(name=what, value=value, low=low, high=high))


def height_gain_loss(
    f_ghz: float,
    height_m: float,
    kind: str,
    clutter_height_m: float | None = None,
    street_width_m: float = 27.0,
) -> float:
    """Ah: loss of an antenna below the clutter about it, 0.03–3 GHz (P.2108-1 §3.1, eq. 1–2).

    `kind` is one of `CLUTTER`; its height stands in for `clutter_height_m`. Loss in dB, heights and
    street in m. Raises InputError for a clutter that is not known and beyond the range of the formula.

    >>> round(height_gain_loss(1.5, 2, "suburban"), 1)
    20.5
    """
    if kind not in CLUTTER:
        names = ", ".join(CLUTTER)
        raise InputError(_("unknown clutter {kind}").format(kind=repr(kind)), do=_("Use: ") + names)
    usual, model = CLUTTER[kind]
    clutter = usual if clutter_height_m is None else clutter_height_m
    _within("f_ghz", f_ghz, 0.03, 3)
    metres = {"height_m": height_m, "clutter_height_m": clutter, "street_width_m": street_width_m}
    for name, value in metres.items():
        _within(name, value, 0, math.inf, open_ends=True)
    if height_m >= clutter:
        return 0.0
    if model == "open":
        return -(21.8 + 6.2 * math.log10(f_ghz)) * math.log10(height_m / clutter)
    above = clutter - height_m
    angle = math.degrees(math.atan(above / street_width_m))
    return knife_edge_loss(0.342 * math.sqrt(f_ghz * above * angle)) - 6.03


def terrestrial_clutter_loss(f_ghz: float, d_km: float, locations_percent: float = 50.0) -> float:
    """Lctt: loss not exceeded at `locations_percent` of places in built-up areas (P.2108-1 §3.2, eq. 3–5).

    For one end of a path of 0.25 km or more, 0.5–67 GHz; beyond 2 km it no longer grows.

    >>> round(terrestrial_clutter_loss(0.5, 0.25), 1)
    17.4
    """
    _within("f_ghz", f_ghz, 0.5, 67)
    _within("d_km", d_km, 0.25, math.inf)
    _within("locations_percent", locations_percent, 0, 100, open_ends=True)
    here = _statistical_loss(f_ghz, d_km, locations_percent)
    return min(here, _statistical_loss(f_ghz, 2.0, locations_percent))


def _statistical_loss(f: float, d: float, percent: float) -> float:
    long_loss = -2 * math.log10(10 ** (-5 * math.log10(f) - 12.5) + 10**-16.5)
    short_loss = 32.98 + 23.9 * math.log10(d) + 3 * math.log10(f)
    weights = (10 ** (-0.2 * long_loss), 10 ** (-0.2 * short_loss))
    sigma = math.sqrt((4**2 * weights[0] + 6**2 * weights[1]) / sum(weights))
    return -5 * math.log10(sum(weights)) + sigma * _NORMAL.inv_cdf(percent / 100)


def slant_clutter_loss(f_ghz: float, elevation_deg: float, locations_percent: float = 50.0) -> float:
    """Lces: loss towards a satellite or aircraft not exceeded at `locations_percent` (P.2108-1 §3.3, eq. 6).

    10–100 GHz, elevations 0–90°.

    >>> round(slant_clutter_loss(30, 2, 5), 1)
    7.7
    """
    _within("f_ghz", f_ghz, 10, 100)
    _within("elevation_deg", elevation_deg, 0, 90)
    _within("locations_percent", locations_percent, 0, 100, open_ends=True)
    q = locations_percent / 100
    turn = 0.05 * (1 - elevation_deg / 90) + math.pi * elevation_deg / 180
    inner = -(93 * f_ghz**0.175) * math.log(1 - q) / math.tan(turn)
    return float(inner ** (0.5 * (90 - elevation_deg) / 90)) - 1 + 0.6 * _NORMAL.inv_cdf(q)


def woodland_db_m(f_mhz: float) -> float:
    """Specific attenuation in woodland in dB/m, by log-log interpolation of P.833-10 table 2.

    Below and above the table the end slopes go on.

    >>> round(woodland_db_m(949), 2)
    0.17
    """
    pairs = list(pairwise(_WOODLAND))
    (f1, g1), (f2, g2) = next((pair for pair in pairs if f_mhz <= pair[1][0]), pairs[-1])
    slope = math.log(g2 / g1) / math.log(f2 / f1)
    return float(g1 * (f_mhz / f1) ** slope)


def woodland_loss(f_mhz: float, depth_m: float, a1: float = 0.18, power: float = 0.752) -> float:
    """Aev: loss in dB of `depth_m` of woodland when one end stands in it (P.833-10 §2.1, eq. 1–2).

    Grows by `woodland_db_m` at first and levels off at Am = `a1`·f^`power`: 0.18 and 0.752 tropical trees
    (Rio de Janeiro, 0.9–1.8 GHz), 1.15 and 0.43 (Mulhouse, 0.9–2.2 GHz), 1.37 and 0.42 (St Petersburg,
    0.1–2.1 GHz).

    >>> round(woodland_loss(1800, 50), 1)
    12.7
    """
    most = a1 * f_mhz**power
    return most * (1 - math.exp(-depth_m * woodland_db_m(f_mhz) / most))


def foliage_loss(f_mhz: float, depth_m: float, elevation_deg: float = 0.0) -> float:
    """Loss in dB of a path slanting through `depth_m` of foliage (P.833-10 §3, A·f^B·d^C·(θ+E)^G).

    With the published constants A = 0.25, B = 0.39, C = 0.25, E = 0 and G = 0.05, in leaf.

    >>> round(foliage_loss(2400, 10, 10), 1)
    10.4
    """
    if depth_m <= 0:
        return 0.0
    return float(0.25 * f_mhz**0.39 * depth_m**0.25 * max(elevation_deg, 1.0) ** 0.05)


#: P.2109-2 table 1: r, s, t, u, v, w, x, y, z of traditional and thermally efficient buildings.
_WALLS = {
    "traditional": (12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0),
    "efficient": (28.19, -3.00, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1),
}


def building_entry_loss(
    f_ghz: float, percent: float = 50.0, building: str = "traditional", elevation_deg: float = 0.0
) -> float:
    """Loss in dB into a building not exceeded at `percent` of places in it, 0.08–100 GHz (P.2109-2 eq. 1–10).

    `building` is traditional or efficient (insulated). Raises InputError for another and out of range.

    >>> round(building_entry_loss(1.0), 1), round(building_entry_loss(1.0, building="efficient"), 1)
    (14.3, 31.0)
    """
    _within("f_ghz", f_ghz, 0.08, 100)
    _within("percent", percent, 0, 100, open_ends=True)
    if building not in _WALLS:
        names = ", ".join(_WALLS)
        raise InputError(_("unknown building {name}").format(name=repr(building)), do=_("Use: ") + names)
    r, s, t, u, v, w, x, y, z = _WALLS[building]
    log_f, deviate = math.log10(f_ghz), _NORMAL.inv_cdf(percent / 100)
    through = r + s * log_f + t * log_f**2 + 0.212 * abs(elevation_deg) + deviate * (u + v * log_f)
    within = w + x * log_f + deviate * (y + z * log_f)
    return 10 * math.log10(10 ** (through / 10) + 10 ** (within / 10) + 10**-0.3)
