"""Variability of the Irregular Terrain Model in time, location and situation.

Source: G. Hufford, *The ITS Irregular Terrain Model: The Algorithm* (1995), §5 and table 5.1.
"""

import math

import numpy as np

from phusong.jit import njit
from phusong.radio.itm_terrain import roughness_at

# A row a climate: c1, c2 (dB), x1, x2, x3 (km) of the curves of the median and of the deviation below and
# above it; c_D and z_D; then the three constants of the frequency factor below and above the median.
_CLIMATE = np.array(
    [
        [-9.67, 12.7, 144.9, 190.3, 133.8, 2.13, 159.5, 762.2, 123.6, 94.5, 2.11, 102.3, 636.9, 134.8, 95.6,
         1.224, 1.282, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        [-0.62, 9.19, 228.9, 205.2, 143.6, 2.66, 7.67, 100.4, 172.5, 136.4, 6.87, 15.53, 138.7, 143.7, 98.6,
         0.801, 2.161, 1.0, 0.0, 0.0, 0.93, 0.31, 2.00],
        [1.26, 15.5, 262.6, 185.2, 99.8, 6.11, 6.65, 138.2, 242.2, 178.6, 10.08, 9.60, 165.3, 225.7, 129.7,
         1.380, 1.282, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        [-9.21, 9.05, 84.1, 101.1, 98.6, 1.98, 13.11, 139.1, 132.7, 193.5, 3.68, 159.3, 464.4, 93.1, 94.2,
         1.000, 20.0, 1.0, 0.0, 0.0, 0.93, 0.19, 1.79],
        [-0.62, 9.19, 228.9, 205.2, 143.6, 2.68, 7.16, 93.7, 186.8, 133.5, 4.75, 8.12, 93.2, 135.9, 113.4,
         1.224, 1.282, 0.92, 0.25, 1.77, 0.93, 0.31, 2.00],
        [-0.39, 2.86, 141.7, 315.9, 167.4, 6.86, 10.38, 187.8, 169.6, 108.9, 8.58, 13.97, 216.0, 152.0, 122.7,
         1.518, 1.282, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        [3.15, 857.9, 2222.0, 164.8, 116.3, 8.51, 169.8, 609.8, 119.9, 106.6, 8.43, 8.19, 136.2, 188.5, 122.9,
         1.518, 1.282, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
    ]
)  # fmt: skip


@njit()
def _deviate(q: float) -> float:
    """Normal deviate exceeded with probability `q` (Abramowitz and Stegun 26.2.23, as ITM rounds it)."""
    t = math.sqrt(-2 * math.log(min(q, 1 - q)))
    top = (0.010328 * t + 0.802853) * t + 2.515516
    value = t - top / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1)
    return -value if q > 0.5 else value


@njit()
def _curve(c: np.ndarray, first: int, de_km: float) -> float:
    """V(de) of TN101 III.69: the constants stand in `c` from `first`."""
    far = (de_km / c[first + 2]) ** 2
    return (c[first] + c[first + 1] / (1 + ((de_km - c[first + 3]) / c[first + 4]) ** 2)) * far / (1 + far)


@njit()
def _effective_km(d: float, he_t: float, he_r: float, f: float) -> float:
    """Effective distance de in km (Algorithm 5.3)."""
    edge = math.sqrt(18e6 * he_t) + math.sqrt(18e6 * he_r) + (575.7e12 / (f / 47.7)) ** (1 / 3)
    return 130 * d / edge if d < edge else 130 + (d - edge) / 1000


@njit()
def _time_deviation(c: np.ndarray, de_km: float, z_t: float, f: float) -> float:
    """σT in dB on the side of the median that `z_t` stands on (Algorithm 5.6–5.7)."""
    q = math.log(0.133 * f / 47.7)
    if z_t < 0:
        return _curve(c, 5, de_km) * (c[17] + c[18] / ((c[19] * q) ** 2 + 1))
    plus = _curve(c, 10, de_km) * (c[20] + c[21] / ((c[22] * q) ** 2 + 1))
    if z_t <= c[16]:
        return plus
    tail = c[15] * plus
    return tail + (plus - tail) * c[16] / z_t


@njit()
def apply(
    attenuation: float,
    d: float,
    he_t: float,
    he_r: float,
    delta_h: float,
    f: float,
    climate: int,
    mdvar: int,
    time: float,
    location: float,
    situation: float,
) -> tuple[float, bool]:
    """(attenuation, extreme): the reference attenuation at these per cents; extreme when one is beyond 3.1 σ.

    `mdvar` modulo 10: 0 single message, 1 accidental, 2 mobile, 3 broadcast; +10 and +20 take location and
    situation variability away.
    """
    c = _CLIMATE[climate - 1]
    z_t, z_l = _deviate(time / 100), _deviate(location / 100)
    z_s = _deviate(situation / 100)
    mode = mdvar % 10
    if mode == 0:
        z_t, z_l = z_s, z_s
    elif mode == 1:
        z_l = z_s
    elif mode == 2:
        z_l = z_t
    extreme = max(abs(z_t), abs(z_l), abs(z_s)) > 3.1
    de_km = _effective_km(d, he_t, he_r, f)
    sigma_s = 0.0 if mdvar >= 20 else 5 + 3 * math.exp(-de_km / 100)
    rough = f / 47.7 * roughness_at(d, delta_h)
    sigma_l = 0.0 if mdvar % 20 >= 10 else 10 * rough / (rough + 13)
    sigma_t = _time_deviation(c, de_km, z_t, f)
    y_t, y_l = sigma_t * z_t, sigma_l * z_l
    spread = sigma_s**2 + y_t**2 / (7.8 + z_s**2) + y_l**2 / (24 + z_s**2)
    if mode == 0:
        taken = math.sqrt(sigma_t**2 + sigma_l**2 + spread) * z_s
    elif mode == 1:
        taken = y_t + math.sqrt(sigma_l**2 + spread) * z_s
    elif mode == 2:
        taken = math.sqrt(sigma_t**2 + sigma_l**2) * z_t + math.sqrt(spread) * z_s
    else:
        taken = y_t + y_l + math.sqrt(spread) * z_s
    result = attenuation - _curve(c, 0, de_km) - taken
    if result < 0:
        result = result * (29 - result) / (29 - 10 * result)
    return result, extreme
