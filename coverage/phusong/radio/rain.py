"""Rain, multipath and path clearance of microwave links: ITU-R P.838-3 and P.530-18.

The rain rate exceeded for 0.01 % of an average year, R0.01 in mm/h, is given by the study (P.837's maps may
not be redistributed); `RAIN_RATES` holds P.837-7 values of some provinces.
"""

import math
from functools import cache

import numpy as np

#: R0.01 in mm/h by province (P.837-7); a study names its own.
RAIN_RATES = {"Hà Giang": 82.6, "Điện Biên": 69.4, "Cao Bằng": 74.4, "Kon Tum": 81.7, "Hà Nội": 88.8}
#: For a study that names none: the wettest of them, so that links are not promised too much.
DEFAULT_R001 = 88.8

# P.838-3 tables 1–4: rows of a, b, c of the Gaussian terms; then the line m, c.
_K_H = np.array([[-5.33980, -0.10008, 1.13098], [-0.35351, 1.26970, 0.45400], [-0.23789, 0.86036, 0.15354],
                 [-0.94158, 0.64552, 0.16817]])  # fmt: skip
_K_V = np.array([[-3.80595, 0.56934, 0.81061], [-3.44965, -0.22911, 0.51059], [-0.39902, 0.73042, 0.11899],
                 [0.50167, 1.07319, 0.27195]])  # fmt: skip
_ALPHA_H = np.array([[-0.14318, 1.82442, -0.55187], [0.29591, 0.77564, 0.19822], [0.32177, 0.63773, 0.13164],
                     [-5.37610, -0.96230, 1.47828], [16.1721, -3.29980, 3.43990]])  # fmt: skip
_ALPHA_V = np.array([[-0.07771, 2.33840, -0.76284], [0.56727, 0.95545, 0.54039], [-0.20238, 1.14520, 0.26809],
                     [-48.2991, 0.791669, 0.116226], [48.5833, 0.791459, 0.116479]])  # fmt: skip


def _bells(f: float, terms: np.ndarray, slope: float, offset: float) -> float:
    x = math.log10(f)
    bells = terms[:, 0] * np.exp(-(((x - terms[:, 1]) / terms[:, 2]) ** 2))
    return float(bells.sum()) + slope * x + offset


@cache
def rain_coefficients(
    f_ghz: float, elevation_deg: float = 0.0, tilt_deg: float = 90.0
) -> tuple[float, float]:
    """(k, α) of γ = k·R^α at 1–1,000 GHz (P.838-3 eq. 1–5).

    `tilt_deg` of the polarisation against the horizontal: 0 horizontal, 90 vertical, 45 circular.

    >>> [round(x, 4) for x in rain_coefficients(14.25, 31.07699124, 0)]
    [0.0398, 1.1242]
    """
    k_h = 10 ** _bells(f_ghz, _K_H, -0.18961, 0.71147)
    k_v = 10 ** _bells(f_ghz, _K_V, -0.16398, 0.63297)
    a_h = _bells(f_ghz, _ALPHA_H, 0.67849, -1.95537)
    a_v = _bells(f_ghz, _ALPHA_V, -0.053739, 0.83433)
    turn = math.cos(math.radians(elevation_deg)) ** 2 * math.cos(2 * math.radians(tilt_deg))
    k = (k_h + k_v + (k_h - k_v) * turn) / 2
    return k, (k_h * a_h + k_v * a_v + (k_h * a_h - k_v * a_v) * turn) / (2 * k)


def rain_db_km(f_ghz: float, rate_mm_h: float, elevation_deg: float = 0.0, tilt_deg: float = 90.0) -> float:
    """γR in dB/km at a rain rate in mm/h (P.838-3 eq. 1)."""
    k, alpha = rain_coefficients(f_ghz, elevation_deg, tilt_deg)
    return k * rate_mm_h**alpha


def effective_length_km(f_ghz: float, d_km: float, r001: float, alpha: float) -> float:
    """deff: the path length times the distance factor r, at most 2.5 (P.530-18 eq. 32)."""
    spread = 0.477 * d_km**0.633 * r001 ** (0.073 * alpha) * f_ghz**0.123
    below = spread - 10.579 * (1 - math.exp(-0.024 * d_km))
    return d_km * (min(2.5, 1 / below) if below > 0 else 2.5)


def rain_loss(
    f_ghz: float, d_km: float, r001: float, time_percent: float = 0.01, tilt_deg: float = 90.0
) -> float:
    """Rain attenuation in dB exceeded for `time_percent` (0.001–1) of an average year (P.530-18 §2.4.1).

    >>> round(rain_loss(7.5, 20, 85), 1), round(rain_loss(18, 8, 88.8), 1)
    (10.6, 33.0)
    """
    return _rain_loss_001(f_ghz, d_km, r001, tilt_deg) * _rain_ratio(f_ghz, time_percent)


def _rain_loss_001(f_ghz: float, d_km: float, r001: float, tilt_deg: float) -> float:
    """A0.01 in dB (P.530-18 eq. 33)."""
    k, alpha = rain_coefficients(f_ghz, 0.0, tilt_deg)
    return k * r001**alpha * effective_length_km(f_ghz, d_km, r001, alpha)


def _rain_ratio(f: float, p: float) -> float:
    """Ap/A0.01 (P.530-18 eq. 34–37)."""
    c1, c2, c3 = _ratio_terms(f)
    return float(c1 * p ** -(c2 + c3 * math.log10(p)))


@cache
def _ratio_terms(f: float) -> tuple[float, float, float]:
    """C1, C2, C3 (P.530-18 eq. 35–37, with C0 = 0.12 + 0.4·log10((f/10)^0.8))."""
    c0 = 0.12 + 0.4 * math.log10((f / 10) ** 0.8) if f >= 10 else 0.12
    return 0.07**c0 * 0.12 ** (1 - c0), 0.855 * c0 + 0.546 * (1 - c0), 0.139 * c0 + 0.043 * (1 - c0)


def rain_outage(f_ghz: float, d_km: float, r001: float, margin_db: float, tilt_deg: float = 90.0) -> float:
    """Per cent of an average year for which rain takes more than `margin_db`, between 0.001 and 1 %.

    `rain_loss` solved for the time (eq. 34 is a quadratic in its logarithm); 1.0 when the margin does not
    last 1 %, and 0.001 stands for "at most 0.001", the end of the Recommendation's range.
    """
    whole = _rain_loss_001(f_ghz, d_km, r001, tilt_deg)
    if whole * _rain_ratio(f_ghz, 0.001) <= margin_db:
        return 0.001
    if whole * _rain_ratio(f_ghz, 1.0) >= margin_db:
        return 1.0
    c1, c2, c3 = _ratio_terms(f_ghz)
    rest = math.log10(margin_db / (whole * c1))
    return float(10 ** ((math.sqrt(c2**2 - 4 * c3 * rest) - c2) / (2 * c3)))


def multipath_occurrence(
    f_ghz: float, d_km: float, h1_m: float, h2_m: float, dn1: float = -200.0, roughness_m: float = 100.0
) -> float:
    """p0: the multipath occurrence factor in per cent of the worst month (P.530-17 eq. 4–7).

    `h1_m`, `h2_m`: antennas above sea level; `dn1`: refractivity gradient in the lowest 65 m not exceeded for
    1 % of the year, N/km; `roughness_m`: standard deviation sa of the terrain about.
    """
    k = 10 ** (-4.4 - 0.0027 * dn1) * (10 + roughness_m) ** -0.46
    inclination = abs(h1_m - h2_m) / d_km
    return float(k * d_km**3.4 * (1 + inclination) ** -1.03 * f_ghz**0.8 * 10 ** (-0.00076 * min(h1_m, h2_m)))


def multipath_outage(p0: float, fade_db: float) -> float:
    """Per cent of the worst month for which fading exceeds `fade_db` (P.530-17 §2.3.2, eq. 10–18).

    >>> round(multipath_outage(1.0, 30), 6)
    0.001
    """
    deep = 25 + 1.2 * math.log10(p0)
    if fade_db >= deep:
        return float(p0 * 10 ** (-fade_db / 10))
    at_deep = p0 * 10 ** (-deep / 10)
    q_deep = -20 / deep * math.log10(-math.log((100 - at_deep) / 100))
    bend = (1 + 0.3 * 10 ** (-deep / 20)) * 10 ** (-0.016 * deep)
    q_t = (q_deep - 2) / bend - 4.3 * (10 ** (-deep / 20) + deep / 800)
    shallow = (1 + 0.3 * 10 ** (-fade_db / 20)) * 10 ** (-0.016 * fade_db)
    q_a = 2 + shallow * (q_t + 4.3 * (10 ** (-fade_db / 20) + fade_db / 800))
    return 100 * (1 - math.exp(-(10 ** (-q_a * fade_db / 20))))


def worst_month_to_year(
    month_percent: float, d_km: float, latitude: float = 16.0, inclination: float = 0.0
) -> float:
    """Per cent of an average year from that of the worst month, for multipath (P.530-17 §2.3.4, eq. 23–24).

    `inclination` of the path in mrad. Within 45° of the equator the sign of cos 2φ is taken as positive.
    """
    turn = abs(math.cos(2 * math.radians(latitude))) ** 0.7
    sign = 1.0 if abs(latitude) <= 45 else -1.0
    gain = 10.5 - 5.6 * math.log10(1.1 + sign * turn) - 2.7 * math.log10(d_km)
    gain = min(gain + 1.7 * math.log10(1 + abs(inclination)), 10.8)
    return float(10 ** (-gain / 10) * month_percent)


#: ke exceeded for 99.9 % of the worst month by path length in km, read off P.530-18 figure 2.
_KE_KM = np.array([10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0, 150.0, 200.0])
_KE = np.array([0.34, 0.44, 0.52, 0.64, 0.71, 0.76, 0.80, 0.86, 0.90, 0.98, 1.04])


def k_min(d_km: float) -> float:
    """Effective Earth-radius factor exceeded for 99.9 % of the worst month (P.530-18 §2.2.2, figure 2).

    The figure is drawn for a continental temperate climate; a study may set its own. Below 10 km it is held.
    """
    return float(np.interp(d_km, _KE_KM, _KE))
