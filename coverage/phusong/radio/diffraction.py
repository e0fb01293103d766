"""Diffraction: knife edge, Bullington, spherical Earth, delta-Bullington, cascaded edges.

Source: Recommendations ITU-R P.526-15 §3 and §4 and P.1812-7 §4.3, which agree in these parts.
A profile is `d` (km from the transmitter, first 0, ascending) and `g` (m above sea level, clutter
included). `ce` is the curvature 1/a of the Earth in 1/km, with a the effective radius.
"""

import math

import numpy as np

from phusong.jit import njit

#: Speed of light as P.1812 rounds it: wavelength in m = LIGHT / frequency in GHz.
LIGHT = 0.2998
EARTH_RADIUS_KM = 6371.0
#: Relative permittivity and conductivity (S/m) of land and sea, P.1812-7 §4.3.3.
LAND = (22.0, 0.003)
SEA = (80.0, 5.0)


@njit()
def knife_edge_loss(nu: float) -> float:
    """J(ν) in dB: the loss over one knife edge (P.526-15 eq. 31; 0 below ν = −0.78).

    >>> round(knife_edge_loss(0.0), 2), round(knife_edge_loss(1.0), 1)
    (6.03, 13.9)
    """
    if nu <= -0.78:
        return 0.0
    return 6.9 + 20 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1) + nu - 0.1)


def bulge_m(d1_km: float, d2_km: float, k: float = 4 / 3) -> float:
    """Height in metres by which the Earth rises over the straight line d1 and d2 km from its two ends.

    Two 10 m masts 10 km apart over flat ground: the bulge takes 1.47 m of their 10.

    >>> round(bulge_m(5, 5), 2)
    1.47
    """
    return 500 * d1_km * d2_km / (k * EARTH_RADIUS_KM)


@njit()
def bullington_nu(
    d: np.ndarray,
    g: np.ndarray,
    hts: float,
    hrs: float,
    ce: float,
    wavelength: float,
) -> float:
    """ν of the single edge that stands for the whole profile (P.1812-7 eq. 14–20)."""
    last = len(d) - 1
    total = d[last]
    s_tim, s_rim = -1e30, -1e30
    for i in range(1, last):
        raised = g[i] + 500 * ce * d[i] * (total - d[i])
        s_tim = max(s_tim, (raised - hts) / d[i])
        s_rim = max(s_rim, (raised - hrs) / (total - d[i]))
    if last < 2:
        return -10.0
    if s_tim < (hrs - hts) / total:
        nu = -1e30
        for i in range(1, last):
            d1, d2 = d[i], total - d[i]
            clearance = g[i] + 500 * ce * d1 * d2 - (hts * d2 + hrs * d1) / total
            nu = max(nu, clearance * math.sqrt(0.002 * total / (wavelength * d1 * d2)))
        return nu
    db = (hrs - hts + s_rim * total) / (s_tim + s_rim)
    rise = hts + s_tim * db - (hts * (total - db) + hrs * db) / total
    return rise * math.sqrt(0.002 * total / (wavelength * db * (total - db)))


@njit()
def bullington_loss(
    d: np.ndarray,
    g: np.ndarray,
    hts: float,
    hrs: float,
    ce: float,
    wavelength: float,
) -> float:
    """Bullington diffraction loss in dB of a profile, antennas at `hts`, `hrs` m a.s.l. (eq. 13–21)."""
    luc = knife_edge_loss(bullington_nu(d, g, hts, hrs, ce, wavelength))
    return luc + (1 - math.exp(-luc / 6)) * (10 + 0.02 * d[-1])


@njit()
def _height_gain(b: float, k: float) -> float:
    """G(Y) of one antenna with B = βY, K the surface admittance (P.1812-7 eq. 33)."""
    if b > 2:
        gain = 17.6 * math.sqrt(b - 1.1) - 5 * math.log10(b - 1.1) - 8
    else:
        gain = 20 * math.log10(b + 0.1 * b**3)
    return max(gain, 2 + 20 * math.log10(k))


@njit()
def _first_term(
    d: float, h1: float, h2: float, a: float, f: float, vertical: bool, epsilon: float, sigma: float
) -> float:
    """First term of the residue series over one kind of surface (P.1812-7 eq. 29–37), dB."""
    ground = (18 * sigma / f) ** 2
    k = 0.036 * (a * f) ** (-1 / 3) * ((epsilon - 1) ** 2 + ground) ** -0.25
    if vertical:
        k *= math.sqrt(epsilon**2 + ground)
    beta = (1 + 1.6 * k**2 + 0.67 * k**4) / (1 + 4.5 * k**2 + 1.53 * k**4)
    x = 21.88 * beta * (f / a**2) ** (1 / 3) * d
    y = 0.9575 * beta * (f**2 / a) ** (1 / 3)
    near = -20 * math.log10(x) - 5.6488 * x**1.425
    fx = 11 + 10 * math.log10(x) - 17.6 * x if x >= 1.6 else near
    return -fx - _height_gain(beta * y * h1, k) - _height_gain(beta * y * h2, k)


@njit()
def _first_term_mixed(
    d: float,
    h1: float,
    h2: float,
    a: float,
    f: float,
    vertical: bool,
    omega: float,
) -> float:
    """First-term loss of a path that is sea for the fraction `omega` (P.1812-7 eq. 28)."""
    land, sea = 0.0, 0.0
    if omega < 1:
        land = _first_term(d, h1, h2, a, f, vertical, LAND[0], LAND[1])
    if omega > 0:
        sea = _first_term(d, h1, h2, a, f, vertical, SEA[0], SEA[1])
    return omega * sea + (1 - omega) * land


@njit()
def least_clearance(d: float, h1: float, h2: float, a: float) -> tuple[float, float]:
    """(d1, h): where, km, a smooth Earth of radius `a` comes nearest to the ray, and the gap, m (eq. 24)."""
    c = (h1 - h2) / (h1 + h2)
    m = 250 * d**2 / (a * (h1 + h2))
    inner = 3 * c / 2 * math.sqrt(3 * m / (m + 1) ** 3)
    b = 2 * math.sqrt((m + 1) / (3 * m)) * math.cos(math.pi / 3 + math.acos(min(1.0, max(-1.0, inner))) / 3)
    d1 = d / 2 * (1 + b)
    d2 = d - d1
    return d1, ((h1 - 500 * d1**2 / a) * d2 + (h2 - 500 * d2**2 / a) * d1) / d


@njit()
def spherical_earth_loss(
    d: float, h1: float, h2: float, a: float, f: float, vertical: bool, omega: float = 0.0
) -> float:
    """Diffraction loss in dB of a smooth Earth of radius `a` km, antennas at `h1`, `h2` m (eq. 22–27)."""
    if d >= math.sqrt(2 * a) * (math.sqrt(0.001 * h1) + math.sqrt(0.001 * h2)):
        return _first_term_mixed(d, h1, h2, a, f, vertical, omega)
    d1, hse = least_clearance(d, h1, h2, a)
    needed = 17.456 * math.sqrt(d1 * (d - d1) * LIGHT / f / d)
    if hse > needed:
        return 0.0
    marginal = 500 * (d / (math.sqrt(h1) + math.sqrt(h2))) ** 2
    loss = _first_term_mixed(d, h1, h2, marginal, f, vertical, omega)
    return max(0.0, (1 - hse / needed) * loss) if loss > 0 else 0.0


@njit()
def delta_bullington_parts(
    d: np.ndarray,
    g: np.ndarray,
    hts: float,
    hrs: float,
    hstd: float,
    hsrd: float,
    a: float,
    f: float,
    vertical: bool,
    omega: float,
) -> tuple[float, float, float]:
    """(Lbulla, Lbulls, Ldsph) in dB for an Earth of radius `a` km (P.1812-7 §4.3.4).

    `hstd`, `hsrd` are the heights a.s.l. of the smooth surface below the antennas (`smooth_surface`).
    """
    wavelength = LIGHT / f
    h1, h2 = hts - hstd, hrs - hsrd
    actual = bullington_loss(d, g, hts, hrs, 1 / a, wavelength)
    smooth = bullington_loss(d, np.zeros_like(g), h1, h2, 1 / a, wavelength)
    return actual, smooth, spherical_earth_loss(d[-1], h1, h2, a, f, vertical, omega)


@njit()
def delta_bullington_loss(
    d: np.ndarray,
    g: np.ndarray,
    hts: float,
    hrs: float,
    hstd: float,
    hsrd: float,
    a: float,
    f: float,
    vertical: bool,
    omega: float,
) -> float:
    """Diffraction loss Ld in dB of the complete delta-Bullington model (P.1812-7 eq. 39)."""
    actual, smooth, sphere = delta_bullington_parts(d, g, hts, hrs, hstd, hsrd, a, f, vertical, omega)
    return actual + max(sphere - smooth, 0.0)


@njit()
def _worst_edge(
    d: np.ndarray, g: np.ndarray, first: int, last: int, h1: float, h2: float, ce: float, wavelength: float
) -> tuple[float, int]:
    """(ν, index) of the highest edge strictly between two points of a profile, ends at `h1`, `h2` m a.s.l."""
    worst, where = -10.0, -1
    span = d[last] - d[first]
    for i in range(first + 1, last):
        d1, d2 = d[i] - d[first], d[last] - d[i]
        over = g[i] + 500 * ce * d1 * d2 - (h1 * d2 + h2 * d1) / span
        nu = over * math.sqrt(0.002 * span / (wavelength * d1 * d2))
        if nu > worst:
            worst, where = nu, i
    return worst, where


@njit()
def deygout_loss(d: np.ndarray, g: np.ndarray, hts: float, hrs: float, ce: float, f: float) -> float:
    """Cascaded knife edges, the principal and one either side, in dB (P.526-15 §4.5.1, eq. 48–50)."""
    last = len(d) - 1
    wavelength = LIGHT / f
    nu, p = _worst_edge(d, g, 0, last, hts, hrs, ce, wavelength)
    if nu <= -0.78:
        return 0.0
    main = knife_edge_loss(nu)
    nu_t, _t = _worst_edge(d, g, 0, p, hts, g[p], ce, wavelength)
    nu_r, _r = _worst_edge(d, g, p, last, g[p], hrs, ce, wavelength)
    correction = 10 + 0.04 * d[last]
    return main + (1 - math.exp(-main / 6)) * (knife_edge_loss(nu_t) + knife_edge_loss(nu_r) + correction)
