"""Median P.1812 loss of many receivers at once, from the geometry of their paths.

Delta-Bullington with the spherical Earth, free space and troposcatter (P.1812-7 §4.2–4.4, 4.6) at 50 % of
time over land, in float32 and without branches. Ducting (§4.5) is left out: at 50 % of time it is weaker than
diffraction on land paths of footprint length (`tests/test_radio_sweep.py` compares with the whole model).
"""

import math

from phusong.jit import FAST, njit, sqrt32
from phusong.radio.diffraction import LAND, LIGHT
from phusong.radio.single import DB_10, DB_20, Array, F, Single, atan, cubic_root, exp2, log2


@njit(fastmath=FAST, inline=True)
def _bullington(nu: Single, d: Single) -> Single:
    """Lbull in dB from ν (P.1812-7 eq. 12, 21)."""
    a = nu - F(0.1)
    luc = F(6.9) + DB_20 * log2(sqrt32(a * a + F(1)) + a + F(1e-30))
    luc = luc if nu > F(-0.78) else F(0)
    return luc + (F(1) - exp2(luc * F(-0.24044917))) * (F(10) + F(0.02) * d)


@njit(fastmath=FAST, inline=True)
def _gain(b: Single, least: Single) -> Single:
    """Height gain G of one antenna (eq. 33)."""
    rest = b - F(1.1)
    rest = rest if rest > F(0.9) else F(0.9)
    high = F(17.6) * sqrt32(rest) - F(0.5) * DB_10 * log2(rest) - F(8)
    low = DB_20 * log2(b + F(0.1) * b * b * b)
    gain = high if b > F(2) else low
    return gain if gain > least else least


@njit(fastmath=FAST, inline=True)
def _first_term(d: Single, h1: Single, h2: Single, a: Single, k0: Single, f13: Single) -> Single:
    """First-term loss of an Earth of radius `a` (eq. 29–37); K = `k0`·a^(−1/3), `f13` = f^(1/3)."""
    a13 = exp2(log2(a) * F(-1 / 3))
    k = k0 * a13
    k2 = k * k
    k4 = k2 * k2
    beta = (F(1) + F(1.6) * k2 + F(0.67) * k4) / (F(1) + F(4.5) * k2 + F(1.53) * k4)
    x = F(21.88) * beta * f13 * a13 * a13 * d
    y = F(0.9575) * beta * beta * f13 * f13 * a13
    log_x = log2(x)
    far = F(11) + DB_10 * log_x - F(17.6) * x
    near = -DB_20 * log_x - F(5.6488) * exp2(F(1.425) * log_x)
    least = F(2) + DB_20 * log2(k)
    return -(far if x >= F(1.6) else near) - _gain(y * h1, least) - _gain(y * h2, least)


@njit(fastmath=FAST, inline=True)
def _smooth_clearance(d: Single, h1: Single, h2: Single, curvature: Single) -> tuple[Single, Single]:
    """(√(d1·d2/d), h): where the smooth Earth comes nearest to the ray, and by how much (eq. 24)."""
    both = h1 + h2
    c = (h1 - h2) / both
    m = F(250) * d * d * curvature / both
    m1 = m + F(1)
    b = sqrt32(m1 / (F(3) * m)) * cubic_root(F(1.5) * c * sqrt32(F(3) * m / (m1 * m1 * m1)))
    d1 = F(0.5) * d * (F(1) + b)
    d1 = d1 if d1 > F(1e-4) else F(1e-4)
    d2 = d - d1
    d2 = d2 if d2 > F(1e-4) else F(1e-4)
    gap = (h1 - F(500) * d1 * d1 * curvature) * d2 + (h2 - F(500) * d2 * d2 * curvature) * d1
    return sqrt32(d1 * d2 / d), gap / d


@njit(fastmath=FAST, inline=True)
def _smooth_nu(d: Single, h1: Single, h2: Single, root: Single, curvature: Single) -> Single:
    """ν·√λ of the Bullington edge of a smooth Earth beyond the horizon: both tangents meet there."""
    bend = F(500) * curvature
    rise_t = bend * d - F(2) * sqrt32(bend * h1)
    rise_r = bend * d - F(2) * sqrt32(bend * h2)
    slopes = rise_t + rise_r
    slopes = slopes if slopes > F(1e-6) else F(1e-6)
    db = (h2 - h1 + rise_r * d) / slopes
    product = db * (d - db)
    product = product if product > F(1e-6) else F(1e-6)
    return (h1 + rise_t * db - (h1 * (d - db) + h2 * db) / d) * root * sqrt32(F(0.002) * d / product)


@njit(fastmath=FAST, inline=True)
def _smooth_excess(
    d: Single, h1: Single, h2: Single, curvature: Single, k0: Single, f13: Single, rlam: Single
) -> Single:
    """max(Ldsph − Lbulls, 0): what the spherical Earth adds to Bullington (eq. 22–27, 39). `rlam` is √λ."""
    root1, root2 = sqrt32(h1), sqrt32(h2)
    over = d >= sqrt32(F(0.002) / curvature) * (root1 + root2)
    between, gap = _smooth_clearance(d, h1, h2, curvature)
    needed = F(17.456) * between * rlam
    q = d / (root1 + root2)
    radius = F(1) / curvature if over else F(500) * q * q
    term = _first_term(d, h1, h2, radius, k0, f13)
    share = F(1) - gap / needed
    share = share if share > F(0) else F(0)
    within = (term if term > F(0) else F(0)) * share
    sphere = term if over else within
    near = -gap * F(math.sqrt(0.002)) / between
    far = _smooth_nu(d, h1, h2, F(1), curvature)
    excess = sphere - _bullington((far if over else near) / rlam, d)
    return excess if excess > F(0) else F(0)


@njit(fastmath=FAST)
def median_losses(
    d: Array,
    nu: Array,
    h1: Array,
    h2: Array,
    rise: Array,
    slope_t: Array,
    slope_r: Array,
    out: Array,
    f: float,
    ae: float,
    vertical: bool,
    n0: float,
) -> None:
    """Fill `out` with the loss in dB of receivers; all arrays float32 of one length.

    `d` km; `nu` ν·√λ of the Bullington edge; `h1`, `h2` effective heights over the smooth surface, m; `rise`
    of the receiver's antenna over the transmitter's, m; `slope_t`, `slope_r` m/km of the horizons above the
    chord of the flattened Earth, both 0 with line of sight.
    """
    ground = (18 * LAND[1] / f) ** 2
    k0 = 0.036 * f ** (-1 / 3) * ((LAND[0] - 1) ** 2 + ground) ** -0.25
    if vertical:
        k0 *= math.sqrt(LAND[0] ** 2 + ground)
    curvature, f13, k32 = F(1 / ae), F(f ** (1 / 3)), F(k0)
    rlam = F(math.sqrt(LIGHT / f))
    free0 = F(92.4 + 20 * math.log10(f))
    scatter0 = F(190.1 + 25 * math.log10(f) - 2.5 * math.log10(f / 2) ** 2 - 0.15 * n0)
    for j in range(d.size):
        way = d[j]
        log_d = log2(way)
        tilt = rise[j] * F(0.001) / way
        free = free0 + DB_20 * log_d + F(0.5) * DB_20 * log2(F(1) + tilt * tilt)
        loss = free + _bullington(nu[j] / rlam, way)
        loss += _smooth_excess(way, h1[j], h2[j], curvature, k32, f13, rlam)
        theta = F(1000) * (way * curvature + atan(slope_t[j] * F(0.001)) + atan(slope_r[j] * F(0.001)))
        scatter = scatter0 + DB_20 * log_d + F(0.573) * theta
        # −5·log10(10^(−0.2·a) + 10^(−0.2·b)) = min − 5·log10(1 + 10^(−0.2·|a − b|))
        apart = abs(loss - scatter)
        least = loss if loss < scatter else scatter
        loss = least - F(0.5) * DB_10 * log2(F(1) + exp2(apart * F(-0.66438562)))
        out[j] = loss if loss > free else free
