"""Irregular Terrain Model (Longley-Rice), point-to-point mode, with its warnings.

Sources: G. Hufford, *The ITS Irregular Terrain Model: The Algorithm* (1995, "Algorithm" below);
NBS Technical Note 101 (1967, "TN101"). Inside, lengths are metres, angles radians, frequencies MHz.
"""

import math
from enum import IntFlag
from typing import NamedTuple

import numpy as np

from phusong.errors import InputError
from phusong.jit import njit
from phusong.language import _
from phusong.radio import itm_terrain as terrain
from phusong.radio import itm_variability as variability
from phusong.radio.itm_terrain import Path

#: Radio climates, numbered 1–7 as the model does.
CLIMATES = (
    "equatorial",
    "continental subtropical",
    "maritime subtropical",
    "desert",
    "continental temperate",
    "maritime temperate over land",
    "maritime temperate over sea",
)
MODES = ("", "line of sight", "diffraction", "troposcatter")
BAD_REFRACTIVITY, BAD_EARTH, BAD_GROUND = -1, -2, -3


class Warnings(IntFlag):
    """What the model itself says of a path, by the bits that NTIA gave them."""

    TX_HEIGHT = 0x0001
    RX_HEIGHT = 0x0002
    FREQUENCY = 0x0004
    PATH_OVER_1000_KM = 0x0008
    PATH_OVER_2000_KM = 0x0010
    PATH_SHORT_FOR_HEIGHTS = 0x0020
    PATH_UNDER_1_KM = 0x0040
    TX_HORIZON_STEEP = 0x0080
    RX_HORIZON_STEEP = 0x0100
    TX_HORIZON_NEAR = 0x0200
    RX_HORIZON_NEAR = 0x0400
    TX_HORIZON_FAR = 0x0800
    RX_HORIZON_FAR = 0x1000
    EXTREME_VARIABILITY = 0x2000
    REFRACTIVITY = 0x4000


class ItmLoss(NamedTuple):
    """Basic transmission loss and free-space part in dB, how the path works, what the model warns of."""

    loss_db: float
    free_space_db: float
    mode: str
    warnings: Warnings


@njit()
def _aknfe(v2: float) -> float:
    """Knife-edge loss for ν² (Algorithm 6.1)."""
    return 6.02 + 9.11 * math.sqrt(v2) - 1.27 * v2 if v2 < 5.76 else 12.953 + 10 * math.log10(v2)


@njit()
def _knife_edges(d: float, way: Path, f: float) -> float:
    """Loss over both horizons taken as knife edges (Algorithm 4.17–4.18)."""
    d_ml = way.dl_t + way.dl_r
    theta, beyond = d / way.ae - way.theta_los, d - d_ml
    common = 0.0795775 * (f / 47.7) * theta**2 * beyond
    tx = _aknfe(common * way.dl_t / (beyond + way.dl_t))
    return tx + _aknfe(common * way.dl_r / (beyond + way.dl_r))


@njit()
def _height_function(x_km: float, k: float) -> float:
    """F(x, K): smooth-Earth height gain (Algorithm 6.2–6.7)."""
    if x_km >= 200:
        value = 0.05751 * x_km - 4.343 * math.log(x_km)
        if x_km < 2000:
            w = 0.0134 * x_km * math.exp(-0.005 * x_km)
            value = (1 - w) * value + w * (17.372 * math.log(x_km) - 117)
        return value
    w = -math.log(k)
    if k < 1e-5 or x_km * w**3 > 5495:
        return 17.372 * math.log(x_km) - 117 if x_km > 1 else -117.0
    return 2.5e-5 * x_km**2 / k - 8.686 * w - 15


@njit()
def _smooth_part(a: float, way_km: float, z_abs: float, f: float) -> tuple[float, float]:
    """(x, K) of one stretch of the three-radii smooth Earth (Algorithm 4.20–4.23), km."""
    c0 = (4 / 3 * 6370e3 / a) ** (1 / 3)
    k = 0.017778 * c0 * f ** (-1 / 3) / z_abs
    return (1.607 - k) * c0**2 * f ** (1 / 3) * way_km, k


@njit()
def _smooth_earth(d: float, way: Path, f: float) -> float:
    """Loss of the smooth Earth by the three-radii method (Algorithm 4.20, TN101 8.4)."""
    theta, z_abs = d / way.ae - way.theta_los, abs(way.zg)
    radius = (d - way.dl_t - way.dl_r) / theta
    x_t, k_t = _smooth_part(0.5 * way.dl_t**2 / way.he_t, way.dl_t / 1000, z_abs, f)
    x_r, k_r = _smooth_part(0.5 * way.dl_r**2 / way.he_r, way.dl_r / 1000, z_abs, f)
    x_0, _k = _smooth_part(radius, radius * theta / 1000, z_abs, f)
    x_0 += x_t + x_r
    distance = 0.05751 * x_0 - 10 * math.log10(x_0)
    return distance - _height_function(x_t, k_t) - _height_function(x_r, k_r) - 20


@njit()
def _diffraction(d: float, way: Path, f: float) -> float:
    """Diffraction loss at `d`: knife edges and smooth Earth weighed by roughness (Algorithm 4.9–4.13)."""
    sigma_h = terrain.sigma_h(terrain.roughness_at(way.d_sml, way.delta_h))
    clutter = min(15.0, 5 * math.log10(1 + 1e-5 * way.h_t * way.h_r * f * sigma_h))
    q = way.h_t * way.h_r
    qk = way.he_t * way.he_r - q
    ratio = math.sqrt(1 + qk / (q + 10))  # + 10: point-to-point mode only
    rough = min(terrain.roughness_at(d, way.delta_h) * f / 47.7, 6283.2)
    weight = (ratio + (-way.theta_los * way.ae + way.dl_t + way.dl_r) / d) * rough
    w = 25.1 / (25.1 + math.sqrt(weight))
    return w * _smooth_earth(d, way, f) + (1 - w) * _knife_edges(d, way, f) + clutter


@njit()
def _line_of_sight(d: float, way: Path, m_d: float, a_d0: float, f: float) -> float:
    """Loss at `d` within the horizon: two rays and the diffraction line (Algorithm 4.46–4.50)."""
    sigma_h = terrain.sigma_h(terrain.roughness_at(d, way.delta_h))
    wave_number, heights = f / 47.7, way.he_t + way.he_r
    sin_psi = heights / math.sqrt(d**2 + heights**2)
    fade = math.exp(-min(10.0, wave_number * sigma_h * sin_psi))
    reflection = (sin_psi - way.zg) / (sin_psi + way.zg) * fade
    q = reflection.real**2 + reflection.imag**2
    if q < 0.25 or q < sin_psi:
        reflection = reflection * math.sqrt(sin_psi / q)
    phase = wave_number * 2 * way.he_t * way.he_r / d
    if phase > math.pi / 2:
        phase = math.pi - (math.pi / 2) ** 2 / phase
    real, imaginary = math.cos(phase) + reflection.real, -math.sin(phase) + reflection.imag
    two_ray = -10 * math.log10(real**2 + imaginary**2)
    w = 1 / (1 + f * way.delta_h / max(10e3, way.d_sml))
    return w * two_ray + (1 - w) * (m_d * d + a_d0)


@njit()
def _h0_function(r: float, eta: float) -> float:
    """H01: frequency gain for one end (Algorithm 6.10–6.14, TN101 fig. 9.3)."""
    a, b = (25.0, 80.0, 177.0, 395.0, 705.0), (24.0, 45.0, 68.0, 80.0, 105.0)
    eta = min(max(eta, 1.0), 5.0)
    i = int(eta)
    q = eta - i
    x = (1 / r) ** 2
    value = 10 * math.log10((a[i - 1] * x + b[i - 1]) * x + 1)
    if q > 0:
        value = (1 - q) * value + q * 10 * math.log10((a[i] * x + b[i]) * x + 1)
    return value


@njit()
def _frequency_gain(d: float, way: Path, n_s: float, f: float, before: float) -> float:
    """H0 in dB (TN101 9.5); `before` is its value at the other distance, negative when there is none."""
    if before > 15:
        return before
    uneven, ratio = way.dl_t - way.dl_r, way.he_r / way.he_t
    if uneven < 0:
        uneven, ratio = -uneven, 1 / ratio
    theta = way.theta_t + way.theta_r + d / way.ae
    r1, r2 = 2 * f / 47.7 * theta * way.he_t, 2 * f / 47.7 * theta * way.he_r
    if r1 < 0.2 and r2 < 0.2:
        return math.inf
    s = (d - uneven) / (d + uneven)
    q = min(max(0.1, ratio / s), 10.0)
    s = max(0.1, s)
    cross = (d - uneven) * (d + uneven) * theta * 0.25 / d
    bend = (0.031 - n_s * 2.32e-3 + n_s**2 * 5.67e-6) * math.exp(-(min(1.7, cross / 8e3) ** 6))
    eta = cross / 1.7556e3 * (1 + bend)
    h00 = (_h0_function(r1, eta) + _h0_function(r2, eta)) / 2
    more = min(h00, 6 * (0.6 - math.log10(max(eta, 1.0))) * math.log10(s) * math.log10(q))
    h0 = max(h00 + more, 0.0)
    if eta < 1:
        root = math.sqrt(2.0)
        sides = ((1 + root / r1) * (1 + root / r2)) ** 2
        h0 = eta * h0 + (1 - eta) * 10 * math.log10(sides * (r1 + r2) / (r1 + r2 + 2 * root))
    return before if h0 > 15 and before >= 0 else h0


@njit()
def _scatter(d: float, way: Path, n_s: float, f: float, h0: float) -> float:
    """Troposcatter loss at distance `d` with frequency gain `h0` (Algorithm 4.63)."""
    if h0 == math.inf:
        return 1001.0
    theta = d / way.ae - way.theta_los
    td = theta * d
    if td <= 10e3:
        fade = 133.4 + 0.332e-3 * td - 10 * math.log10(td)
    elif td <= 70e3:
        fade = 104.6 + 0.212e-3 * td - 2.5 * math.log10(td)
    else:
        fade = 71.8 + 0.157e-3 * td + 5 * math.log10(td)
    return fade + 10 * math.log10(f * theta**4) - 0.1 * (n_s - 301) * math.exp(-td / 40e3) + h0


@njit()
def _sight_curve(way: Path, m_d: float, a_d0: float, f: float) -> tuple[float, float, float]:
    """(A0, k1, k2): loss A0 + k1·d + k2·ln d within the smooth horizon (Algorithm 4.28–4.39)."""
    d2 = way.d_sml
    a2 = d2 * m_d + a_d0
    d0, d_ml = 0.04 * f * way.he_t * way.he_r, way.dl_t + way.dl_r
    if a_d0 >= 0:
        d0 = min(d0, 0.5 * d_ml)
        d1 = d0 + 0.25 * (d_ml - d0)
    else:
        d1 = max(-a_d0 / m_d, 0.25 * d_ml)
    a1 = _line_of_sight(d1, way, m_d, a_d0, f)
    k1 = max(a2 - a1, 0.0) / (d2 - d1)
    k2 = 0.0
    if d0 < d1:
        a0 = _line_of_sight(d0, way, m_d, a_d0, f)
        q = math.log(d2 / d0)
        bent = (d2 - d0) * (a1 - a0) - (d1 - d0) * (a2 - a0)
        trial = max(0.0, bent / ((d2 - d0) * math.log(d1 / d0) - (d1 - d0) * q))
        if a_d0 > 0 or trial > 0:
            k1, k2 = (a2 - a0 - trial * q) / (d2 - d0), trial
            if k1 < 0:
                k1, k2 = 0.0, max(a2 - a0, 0.0) / q
    if k1 == 0 and k2 == 0:
        k1 = m_d
    return a2 - k1 * d2 - k2 * math.log(d2), k1, k2


@njit()
def _beyond_horizon(d: float, way: Path, m_d: float, a_d0: float, n_s: float, f: float) -> tuple[float, int]:
    """(loss, mode) past the smooth horizon: diffraction or scatter line (Algorithm 4.51–4.57)."""
    d_ml = way.dl_t + way.dl_r
    d5, d6 = d_ml + 200e3, d_ml + 400e3
    far = _frequency_gain(d6, way, n_s, f, -1.0)
    a6 = _scatter(d6, way, n_s, f, far)
    near = _frequency_gain(d5, way, n_s, f, -1.0 if far == math.inf else far)
    a5 = _scatter(d5, way, n_s, f, near)
    if a5 >= 1000:
        return m_d * d + a_d0, 2
    m_s = (a6 - a5) / 200e3
    reach = d_ml + 1.088 * (way.ae**2 / f) ** (1 / 3) * math.log(f)
    dx = max(way.d_sml, reach, (a5 - a_d0 - m_s * d5) / (m_d - m_s))
    if d > dx:
        return m_s * d + (m_d - m_s) * dx + a_d0, 3
    return m_d * d + a_d0, 2


@njit()
def _reference_attenuation(d: float, way: Path, n_s: float, f: float) -> tuple[float, int]:
    """(A_ref, mode): attenuation in dB over free space (Algorithm 4.1)."""
    unit = (way.ae**2 / f) ** (1 / 3)
    d3 = max(way.d_sml, way.dl_t + way.dl_r + 5 * unit)
    d4 = d3 + 10 * unit
    a3 = _diffraction(d3, way, f)
    m_d = (_diffraction(d4, way, f) - a3) / (d4 - d3)
    a_d0 = a3 - m_d * d3
    if d < way.d_sml:
        a0, k1, k2 = _sight_curve(way, m_d, a_d0, f)
        return max(a0 + k1 * d + k2 * math.log(d), 0.0), 1
    loss, mode = _beyond_horizon(d, way, m_d, a_d0, n_s, f)
    return max(loss, 0.0), mode


@njit()
def itm_kernel(
    h: np.ndarray,
    step_m: float,
    h_tx: float,
    h_rx: float,
    climate: int,
    n_0: float,
    f: float,
    vertical: bool,
    epsilon: float,
    sigma: float,
    mdvar: int,
    time: float,
    location: float,
    situation: float,
) -> tuple[float, float, int, int]:
    """(loss, free space, mode, warning bits) of one profile; a mode below 0 says why there is none."""
    d = (len(h) - 1) * step_m
    n_s, gamma_e, zg = terrain.environment(h, n_0, f, vertical, epsilon, sigma)
    if n_s < 150 or n_s > 400:
        return math.nan, math.nan, BAD_REFRACTIVITY, 0
    if not 4000000 <= 1 / gamma_e <= 13333333:
        return math.nan, math.nan, BAD_EARTH, 0
    if zg.real <= abs(zg.imag):
        return math.nan, math.nan, BAD_GROUND, 0
    way = terrain.read_path(h, step_m, h_tx, h_rx, 1 / gamma_e, zg)
    warnings = terrain.path_warnings(d, way, n_s)
    attenuation, mode = _reference_attenuation(d, way, n_s, f)
    varied, extreme = variability.apply(
        attenuation, d, way.he_t, way.he_r, way.delta_h, f, climate, mdvar, time, location, situation
    )
    free_space = 32.45 + 20 * math.log10(f) + 20 * math.log10(d / 1000)
    return varied + free_space, free_space, mode, warnings | (0x2000 if extreme else 0)


def itm_loss(
    h_m: np.ndarray,
    step_m: float,
    tx_height_m: float,
    rx_height_m: float,
    f_mhz: float,
    *,
    climate: int = 1,
    n_0: float = 360.0,
    vertical: bool = True,
    epsilon: float = 15.0,
    sigma: float = 0.005,
    mdvar: int = 12,
    time: float = 50.0,
    location: float = 50.0,
    situation: float = 50.0,
) -> ItmLoss:
    """Loss in dB over the profile `h_m` (n heights in m every `step_m`), point-to-point mode.

    `climate` 1–7 (`CLIMATES`); `n_0` 250–400 N-units; `epsilon`, `sigma` (S/m) of the ground; `mdvar` mode of
    variability (0 single message, 1 accidental, 2 mobile, 3 broadcast; +10 no location, +20 no situation
    variability); `time`, `location`, `situation` in per cent. Raises InputError outside the model's limits.

    >>> itm_loss(np.zeros(501), 30.0, 40, 1.5, 1800).mode
    'line of sight'
    """
    warnings = _check_inputs(tx_height_m, rx_height_m, f_mhz, climate, n_0, epsilon, sigma, mdvar)
    for name, value in {"time": time, "location": location, "situation": situation}.items():
        if not 0 < value < 100:
            raise InputError(_("{name} = {value} is not between 0 and 100 %").format(name=name, value=value))
    if len(h_m) < 3 or step_m <= 0:
        raise InputError(_("a profile needs at least three points, each with a distance and a height"))
    loss, free_space, mode, more = itm_kernel(
        np.ascontiguousarray(h_m, dtype=np.float64),
        float(step_m),
        float(tx_height_m),
        float(rx_height_m),
        int(climate),
        float(n_0),
        float(f_mhz),
        bool(vertical),
        float(epsilon),
        float(sigma),
        int(mdvar),
        float(time),
        float(location),
        float(situation),
    )
    if mode < 0:
        why = {
            BAD_REFRACTIVITY: _("surface refractivity outside 150–400 N-units"),
            BAD_EARTH: _("effective Earth radius outside 4,000–13,333 km"),
            BAD_GROUND: _("ground impedance that the model cannot use"),
        }
        raise InputError(why[mode])
    return ItmLoss(loss, free_space, MODES[mode], warnings | Warnings(more))


def _check_inputs(
    h_tx: float, h_rx: float, f: float, climate: int, n_0: float, epsilon: float, sigma: float, mdvar: int
) -> Warnings:
    """The warnings that the inputs alone call for; InputError where the model refuses them."""
    limits: dict[str, tuple[float, float, float]]
    limits = {"tx_height_m": (h_tx, 0.5, 3000), "rx_height_m": (h_rx, 0.5, 3000), "f_mhz": (f, 20, 20000)}
    limits |= {"climate": (climate, 1, 7), "n_0": (n_0, 250, 400), "epsilon": (epsilon, 1, math.inf)}
    limits |= {"sigma": (sigma, 1e-12, math.inf), "mdvar": (mdvar, 0, 33), "mdvar % 10": (mdvar % 10, 0, 3)}
    for name, (value, low, high) in limits.items():
        if not low <= value <= high:
            what = _("{name} = {value} is outside {low}–{high}, the limits of ITM")
            raise InputError(what.format(name=name, value=value, low=low, high=high))
    warnings = Warnings(0)
    if not 1 <= h_tx <= 1000:
        warnings |= Warnings.TX_HEIGHT
    if not 1 <= h_rx <= 1000:
        warnings |= Warnings.RX_HEIGHT
    if not 40 <= f <= 10000:
        warnings |= Warnings.FREQUENCY
    return warnings
