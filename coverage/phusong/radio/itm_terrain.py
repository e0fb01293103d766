"""What the Irregular Terrain Model reads from a profile: horizons, effective heights, roughness, ground.

Source: G. Hufford, *The ITS Irregular Terrain Model: The Algorithm* (1995). Lengths in m, angles in radians.
"""

import math
from typing import NamedTuple

import numpy as np

from phusong.jit import njit


class Path(NamedTuple):
    """One path as the model sees it: structural and effective heights, horizons, ground and roughness."""

    h_t: float
    h_r: float
    he_t: float
    he_r: float
    theta_t: float
    theta_r: float
    dl_t: float
    dl_r: float
    d_sml: float
    theta_los: float
    delta_h: float
    ae: float
    zg: complex


@njit()
def roughness_at(d: float, delta_h: float) -> float:
    """Δh(d): terrain irregularity seen over the distance `d` (Algorithm 1.3)."""
    return delta_h * (1 - 0.8 * math.exp(-d / 50e3))


@njit()
def sigma_h(delta_h: float) -> float:
    """σh: standard deviation of the terrain that goes with an irregularity (Algorithm 1.4)."""
    return 0.78 * delta_h * math.exp(-0.5 * delta_h**0.25)


@njit()
def environment(
    h: np.ndarray, n_0: float, f: float, vertical: bool, epsilon: float, sigma: float
) -> tuple[float, float, complex]:
    """(Ns, γe, Zg): surface refractivity, effective curvature in 1/m, ground impedance (Algorithm 1.1–1.2).

    The system's height is the mean of the middle 80 % of the profile.
    """
    last = len(h) - 1
    tenth = int(0.1 * last)
    system = h[tenth : last - tenth + 1].mean()
    n_s = n_0 * math.exp(-system / 9460)
    gamma_e = 157e-9 * (1 - 0.04665 * math.exp(n_s / 179.3))
    ground = complex(epsilon, 18000 * sigma / f)
    zg = np.sqrt(ground - 1)
    return n_s, gamma_e, zg / ground if vertical else zg


@njit()
def find_horizons(
    h: np.ndarray, step: float, h_tx: float, h_rx: float, ae: float
) -> tuple[float, float, float, float]:
    """(θt, θr, dt, dr): elevation angles of the radio horizons and the way to them."""
    last = len(h) - 1
    d = last * step
    z_t, z_r = h[0] + h_tx, h[last] + h_rx
    theta_t, theta_r = (z_r - z_t) / d - d / (2 * ae), (z_t - z_r) / d - d / (2 * ae)
    dl_t, dl_r = d, d
    for i in range(1, last):
        there, back = i * step, d - i * step
        up_t = (h[i] - z_t) / there - there / (2 * ae)
        up_r = (h[i] - z_r) / back - back / (2 * ae)
        if up_t > theta_t:
            theta_t, dl_t = up_t, there
        if up_r > theta_r:
            theta_r, dl_r = up_r, back
    return theta_t, theta_r, dl_t, dl_r


@njit()
def fit_line(h: np.ndarray, step: float, start: float, end: float) -> tuple[float, float]:
    """Heights at both ends of the least-squares line through the profile from `start` to `end` m along it."""
    last = float(len(h) - 1)
    first = float(int(max(start / step, 0.0)))
    final = last - float(int(max(last - end / step, 0.0)))
    if final <= first:
        first = max(first - 1.0, 0.0)
        final = last - max(last - (final + 1.0), 0.0)
    i, span = int(first), final - first
    x = -0.5 * span
    middle = final + x
    mean = 0.5 * (h[i] + h[int(final)])
    slope = 0.5 * (h[i] - h[int(final)]) * x
    for _point in range(2, int(span) + 1):
        i += 1
        x += 1
        mean += h[i]
        slope += h[i] * x
    mean /= span
    slope *= 12 / ((span * span + 2) * span)
    return mean - slope * middle, mean + slope * (last - middle)


@njit()
def terrain_irregularity(h: np.ndarray, step: float, start: float, end: float) -> float:
    """Δh: interdecile range in m of the heights about their line, `start` to `end` (Algorithm 2.6)."""
    x, x_end = start / step, end / step
    if x_end - x < 2:
        return 0.0
    tenth = max(4, min(25, int(0.1 * (x_end - x + 8))))
    count = 10 * tenth - 5
    stride = (x_end - x) / (count - 1)
    k = int(x + 1)
    x -= k
    samples = np.empty(count)
    for i in range(count):
        while x > 0 and k < len(h) - 1:
            x -= 1
            k += 1
        samples[i] = h[k] + (h[k] - h[k - 1]) * x
        x += stride
    low, high = fit_line(samples, 1.0, 0.0, count - 1.0)
    for i in range(count):
        samples[i] -= low + (high - low) / (count - 1) * i
    samples.sort()
    spread = samples[count - tenth] - samples[tenth - 1]
    return spread / (1 - 0.8 * math.exp(-(end - start) / 50e3))


@njit()
def _smooth_horizon(he: float, delta_h: float, ae: float) -> float:
    """Horizon distance over irregular terrain from the effective height (Algorithm 2.4)."""
    return math.sqrt(2 * he * ae) * math.exp(-0.07 * math.sqrt(delta_h / max(he, 5.0)))


@njit()
def _horizon_angle(he: float, dl: float, delta_h: float, ae: float) -> float:
    """Horizon elevation that goes with a statistical horizon distance (Algorithm 3.4)."""
    q = math.sqrt(2 * he * ae)
    return (0.65 * delta_h * (q / dl - 1) - 2 * he) / q


@njit()
def read_path(h: np.ndarray, step: float, h_tx: float, h_rx: float, ae: float, zg: complex) -> Path:
    """The path's parameters (Algorithm 2.1–2.5): effective heights by lines fitted to the foreground."""
    d = (len(h) - 1) * step
    theta_t, theta_r, dl_t, dl_r = find_horizons(h, step, h_tx, h_rx, ae)
    start, end = min(15 * h_tx, 0.1 * dl_t), d - min(15 * h_rx, 0.1 * dl_r)
    delta_h = terrain_irregularity(h, step, start, end)
    if dl_t + dl_r > 1.5 * d:
        fit_t, fit_r = fit_line(h, step, start, end)
        he_t, he_r = h_tx + max(h[0] - fit_t, 0.0), h_rx + max(h[-1] - fit_r, 0.0)
        dl_t, dl_r = _smooth_horizon(he_t, delta_h, ae), _smooth_horizon(he_r, delta_h, ae)
        if dl_t + dl_r <= d:
            q = (d / (dl_t + dl_r)) ** 2
            he_t, he_r = he_t * q, he_r * q
            dl_t, dl_r = _smooth_horizon(he_t, delta_h, ae), _smooth_horizon(he_r, delta_h, ae)
        theta_t, theta_r = _horizon_angle(he_t, dl_t, delta_h, ae), _horizon_angle(he_r, dl_r, delta_h, ae)
    else:
        fit_t, _far = fit_line(h, step, start, 0.9 * dl_t)
        _far, fit_r = fit_line(h, step, d - 0.9 * dl_r, end)
        he_t, he_r = h_tx + max(h[0] - fit_t, 0.0), h_rx + max(h[-1] - fit_r, 0.0)
    d_sml = math.sqrt(2 * he_t * ae) + math.sqrt(2 * he_r * ae)
    theta_los = -max(theta_t + theta_r, -(dl_t + dl_r) / ae)
    return Path(h_tx, h_rx, he_t, he_r, theta_t, theta_r, dl_t, dl_r, d_sml, theta_los, delta_h, ae, zg)


@njit()
def path_warnings(d: float, way: Path, n_s: float) -> int:
    """The warning bits that a path's geometry calls for (see `phusong.radio.itm.Warnings`)."""
    near_t, near_r = math.sqrt(2 * way.he_t * way.ae), math.sqrt(2 * way.he_r * way.ae)
    bits = 0x0008 if d > 1000e3 else 0
    bits |= 0x0010 if d > 2000e3 else 0
    bits |= 0x0020 if d < abs(way.he_t - way.he_r) / 200e-3 else 0
    bits |= 0x0040 if d < 1e3 else 0
    bits |= 0x0080 if abs(way.theta_t) > 200e-3 else 0
    bits |= 0x0100 if abs(way.theta_r) > 200e-3 else 0
    bits |= 0x0200 if way.dl_t < 0.1 * near_t else 0
    bits |= 0x0400 if way.dl_r < 0.1 * near_r else 0
    bits |= 0x0800 if way.dl_t > 3 * near_t else 0
    bits |= 0x1000 if way.dl_r > 3 * near_r else 0
    bits |= 0x4000 if n_s < 250 else 0
    return bits
