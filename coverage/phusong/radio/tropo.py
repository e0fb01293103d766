"""Tropospheric parts of ITU-R P.1812-7: free space, ducting and layer reflection, troposcatter.

Distances are in km, heights in m, angles in mrad, frequencies `f` in GHz, losses in dB.
"""

import math

from phusong.jit import njit


@njit()
def free_space_loss(d: float, f: float) -> float:
    """Free-space loss in dB over `d` km at `f` GHz, with the constant of P.1812-7 eq. 8.

    >>> round(free_space_loss(10.0, 1.8), 1)
    117.5
    """
    return 92.4 + 20 * math.log10(f) + 20 * math.log10(d)


@njit()
def multipath_correction(d_horizons: float, p: float) -> float:
    """Esp: multipath and focusing at `p` % of time, horizons `d_horizons` km from both ends (eq. 9)."""
    return 2.6 * (1 - math.exp(-0.1 * d_horizons)) * math.log10(p / 50)


@njit()
def inverse_normal(x: float) -> float:
    """I(x): inverse complementary cumulative normal distribution (P.1812-7 eq. 71–72).

    >>> round(inverse_normal(0.1), 3), round(inverse_normal(0.9), 3)
    (1.282, -1.282)
    """
    x = min(max(x, 1e-6), 1 - 1e-6)
    small = min(x, 1 - x)
    t = math.sqrt(-2 * math.log(small))
    top = (0.010328 * t + 0.802853) * t + 2.515516698
    bottom = ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1
    value = t - top / bottom
    return value if x <= 0.5 else -value


@njit()
def anomalous_time(phi: float, dtm: float, dlm: float) -> float:
    """β0: per cent of time with refractivity lapse above 100 N/km in the lowest 100 m (eq. 2–5).

    `phi` is the latitude of the path's middle, `dtm` and `dlm` the longest land and inland stretch, km.
    """
    tau = 1 - math.exp(-4.12e-4 * dlm**2.41)
    mu1 = (10 ** (-dtm / (16 - 6.6 * tau)) + 10 ** (-5 * (0.496 + 0.354 * tau))) ** 0.2
    mu1 = min(mu1, 1.0)
    latitude = abs(phi)
    if latitude <= 70:
        mu4 = mu1 ** (-0.935 + 0.0176 * latitude)
        return 10 ** (-0.015 * latitude + 1.67) * mu1 * mu4
    return 4.17 * mu1 * mu1**0.3


@njit()
def troposcatter_loss(d: float, theta: float, f: float, p: float, n0: float) -> float:
    """Lbs: troposcatter not exceeded for `p` ≤ 50 % of time; `theta`: angular distance (eq. 44)."""
    lf = 25 * math.log10(f) - 2.5 * math.log10(f / 2) ** 2
    rare = 10.125 * math.log10(50 / p) ** 0.7 if p < 50 else 0.0
    return 190.1 + lf + 20 * math.log10(d) + 0.573 * theta - 0.15 * n0 - rare


@njit()
def _site_shielding(theta: float, dl: float, f: float) -> float:
    """Ast, Asr: shielding of one end by its horizon, `dl` km away and `theta` mrad up (eq. 48)."""
    over = theta - 0.1 * dl
    if over <= 0:
        return 0.0
    return 20 * math.log10(1 + 0.361 * over * math.sqrt(f * dl)) + 0.264 * over * f ** (1 / 3)


@njit()
def _over_sea(dc: float, dl: float, omega: float, hs: float) -> float:
    """Act, Acr: coupling of one end to ducts over the sea, the coast `dc` km away (eq. 49)."""
    if omega >= 0.75 and dc <= dl and dc <= 5:
        return -3 * math.exp(-0.25 * dc**2) * (1 + math.tanh(0.07 * (50 - hs)))
    return 0.0


@njit()
def _time_variability(d: float, p: float, b0: float, mu23: float) -> float:
    """A(p) of the ducting model (eq. 52–53); `mu23` corrects β0 for the path's geometry and roughness."""
    beta = b0 * mu23
    log_beta = math.log10(beta)
    shape = -(9.51 - 4.8 * log_beta + 0.198 * log_beta**2) * 1e-6 * d**1.13
    gamma = 1.076 / (2.0058 - log_beta) ** 1.012 * math.exp(shape)
    return -12 + (1.2 + 3.7e-3 * d) * math.log10(p / beta) + 12 * (p / beta) ** gamma


@njit()
def _geometry_correction(
    d: float, hte: float, hre: float, hm: float, d_gap: float, ae: float, dlm: float
) -> float:
    """μ2·μ3: path geometry (eq. 55) and roughness (eq. 56); `d_gap` is the way between the horizons."""
    tau = 1 - math.exp(-4.12e-4 * dlm**2.41)
    alpha = max(-0.6 - 3.5e-9 * d**3.1 * tau, -3.4)
    mu2 = min((500 / ae * d**2 / (math.sqrt(hte) + math.sqrt(hre)) ** 2) ** alpha, 1.0)
    if hm <= 10:
        return mu2
    return mu2 * math.exp(-4.6e-5 * (hm - 10) * (43 + 6 * min(d_gap, 40.0)))


@njit()
def ducting_loss(
    d: float,
    theta_t: float,
    theta_r: float,
    dlt: float,
    dlr: float,
    hts: float,
    hrs: float,
    hte: float,
    hre: float,
    hm: float,
    omega: float,
    dlm: float,
    dct: float,
    dcr: float,
    b0: float,
    ae: float,
    f: float,
    p: float,
) -> float:
    """Lba: ducting and layer reflection not exceeded for `p` % of time (eq. 46–56)."""
    low = 45.375 - 137.0 * f + 92.5 * f**2 if f < 0.5 else 0.0
    fixed = 102.45 + 20 * math.log10(f) + 20 * math.log10(dlt + dlr) + low
    fixed += _site_shielding(theta_t, dlt, f) + _site_shielding(theta_r, dlr, f)
    fixed += _over_sea(dct, dlt, omega, hts) + _over_sea(dcr, dlr, omega, hrs)
    angle = 1000 * d / ae + min(theta_t, 0.1 * dlt) + min(theta_r, 0.1 * dlr)
    per_angle = 5e-5 * ae * f ** (1 / 3)
    mu23 = _geometry_correction(d, hte, hre, hm, d - dlt - dlr, ae, dlm)
    return fixed + per_angle * angle + _time_variability(d, p, b0, mu23)
