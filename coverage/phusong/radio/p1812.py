"""ITU-R P.1812-7: path-specific point-to-area prediction for terrestrial services, 30 MHz to 6 GHz.

Editions 7 and 8 agree on the published cases of ITU-R Study Group 3. A profile holds the distance `d`
in km, the terrain `h` in m above sea level, the representative clutter height in m on top of it (0 at
both ends) and the radio-climatic zone (`SEA`, `COAST`, `INLAND`) of every point.
"""

import math
from typing import NamedTuple

import numpy as np

from phusong.errors import InputError
from phusong.jit import njit
from phusong.language import _
from phusong.radio import tropo
from phusong.radio.diffraction import LIGHT, delta_bullington_loss

SEA, COAST, INLAND = 1, 3, 4
#: Defaults where the study names none: lapse rate ΔN (N/km) and surface refractivity N0 of Viet Nam's
#: uplands are near these; P.1812's digital maps may not be redistributed.
DELTA_N, SURFACE_N = 45.0, 360.0


class Geometry(NamedTuple):
    """What a profile is reduced to (Attachment 1). Angles in mrad, distances in km, heights in m."""

    ae: float
    theta_t: float
    theta_r: float
    theta: float
    dlt: float
    dlr: float
    hstd: float
    hsrd: float
    hte: float
    hre: float
    hm: float


class Losses(NamedTuple):
    """The model's intermediate losses in dB, by the names of the Recommendation."""

    lbfs: float
    lb0p: float
    lb0b: float
    ld50: float
    ldb: float
    ldp: float
    lbd50: float
    lbd: float
    lminb0p: float
    lba: float
    lminbap: float
    lbda: float
    lbam: float
    lbs: float
    lbc: float


@njit()
def effective_radius_km(delta_n: float) -> float:
    """Median effective Earth radius ae for a lapse rate `delta_n` in N/km (eq. 6–7a)."""
    return 6371.0 * 157 / (157 - delta_n)


@njit()
def horizons(
    d: np.ndarray,
    h: np.ndarray,
    hts: float,
    hrs: float,
    ae: float,
    lam: float,
) -> tuple[float, ...]:
    """(θt, θr, dlt, dlr): elevation of both horizons and the way to them (eq. 75–81)."""
    n = len(d)
    total = d[n - 1]
    theta_t, theta_r = -1e30, -1e30
    it, ir = 1, n - 2
    for i in range(1, n - 1):
        up = 1000 * math.atan((h[i] - hts) / (1000 * d[i]) - d[i] / (2 * ae))
        if up > theta_t:
            theta_t, it = up, i
        back = total - d[i]
        up = 1000 * math.atan((h[i] - hrs) / (1000 * back) - back / (2 * ae))
        if up >= theta_r:
            theta_r, ir = up, i
    direct = 1000 * math.atan((hrs - hts) / (1000 * total) - total / (2 * ae))
    if theta_t > direct:
        return theta_t, theta_r, d[it], total - d[ir]
    back_direct = 1000 * math.atan((hts - hrs) / (1000 * total) - total / (2 * ae))
    nearest = bullington_point(d, h, hts, hrs, ae, lam)
    return direct, back_direct, nearest, total - nearest


@njit()
def bullington_point(d: np.ndarray, h: np.ndarray, hts: float, hrs: float, ae: float, lam: float) -> float:
    """Distance in km of the point with the greatest ν on a line-of-sight path (eq. 78)."""
    n = len(d)
    total = d[n - 1]
    worst, where = -1e30, total / 2
    for i in range(1, n - 1):
        d1, d2 = d[i], total - d[i]
        over = h[i] + 500 * d1 * d2 / ae - (hts * d2 + hrs * d1) / total
        nu = over * math.sqrt(0.002 * total / (lam * d1 * d2))
        if nu > worst:
            worst, where = nu, d1
    return where


@njit()
def smooth_surface(d: np.ndarray, h: np.ndarray) -> tuple[float, float]:
    """(hst, hsr): the least-squares plane through the terrain, m a.s.l. at both ends (eq. 83–86)."""
    v1, v2 = 0.0, 0.0
    for i in range(1, len(d)):
        step = d[i] - d[i - 1]
        v1 += step * (h[i] + h[i - 1])
        v2 += step * (h[i] * (2 * d[i] + d[i - 1]) + h[i - 1] * (d[i] + 2 * d[i - 1]))
    total = d[-1]
    return (2 * v1 * total - v2) / total**2, (v2 - v1 * total) / total**2


@njit()
def diffraction_surface(
    d: np.ndarray, h: np.ndarray, hts: float, hrs: float, hst: float, hsr: float
) -> tuple[float, float]:
    """(hstd, hsrd): the smooth surface, let down where obstructions stand above the path (eq. 87–90)."""
    total = d[-1]
    above, up_t, up_r = 0.0, -1e30, -1e30
    for i in range(1, len(d) - 1):
        back = total - d[i]
        over = h[i] - (hts * back + hrs * d[i]) / total
        above = max(above, over)
        up_t = max(up_t, over / d[i])
        up_r = max(up_r, over / back)
    if above > 0:
        hst -= above * up_t / (up_t + up_r)
        hsr -= above * up_r / (up_t + up_r)
    return min(hst, h[0]), min(hsr, h[-1])


@njit()
def roughness(d: np.ndarray, h: np.ndarray, hst: float, hsr: float, dlt: float, dlr: float) -> float:
    """hm: greatest height in m of the terrain above the smooth surface between the horizons (eq. 93)."""
    total = d[-1]
    slope = (hsr - hst) / total
    hm = -1e30
    for i in range(len(d)):
        # Both horizons belong to the stretch, whatever the rounding of total − dlr.
        if dlt - 1e-6 <= d[i] <= total - dlr + 1e-6:
            hm = max(hm, h[i] - (hst + slope * d[i]))
    return hm


@njit()
def path_geometry(d: np.ndarray, h: np.ndarray, htg: float, hrg: float, delta_n: float, f: float) -> Geometry:
    """The angles, horizons and effective heights of a path (Attachment 1).

    `d` km and `h` m a.s.l. along it, antennas `htg` and `hrg` m above ground, `delta_n` N/km, `f` GHz.
    """
    ae = effective_radius_km(delta_n)
    hts, hrs = h[0] + htg, h[-1] + hrg
    theta_t, theta_r, dlt, dlr = horizons(d, h, hts, hrs, ae, LIGHT / f)
    hst, hsr = smooth_surface(d, h)
    hstd, hsrd = diffraction_surface(d, h, hts, hrs, hst, hsr)
    hst, hsr = min(hst, h[0]), min(hsr, h[-1])
    hm = roughness(d, h, hst, hsr, dlt, dlr)
    theta = 1000 * d[-1] / ae + theta_t + theta_r
    return Geometry(ae, theta_t, theta_r, theta, dlt, dlr, hstd, hsrd, hts - hst, hrs - hsr, hm)


def latitude_along(lon_t: float, lat_t: float, lon_r: float, lat_r: float, km: float) -> float:
    """Latitude of the point `km` from the transmitter on the great circle to the receiver, degrees (eq. 4).

    >>> round(latitude_along(0, 10, 0, 20, 6371 * math.pi / 180 * 5), 6)
    15.0
    """
    lt, lr, turn = math.radians(lat_t), math.radians(lat_r), math.radians(lon_r - lon_t)
    east = math.sin(turn) * math.cos(lr)
    north = math.cos(lt) * math.sin(lr) - math.sin(lt) * math.cos(lr) * math.cos(turn)
    bearing = math.atan2(east, north)
    arc = km / 6371.0
    sine = math.sin(lt) * math.cos(arc) + math.cos(lt) * math.sin(arc) * math.cos(bearing)
    return math.degrees(math.asin(sine))


@njit()
def zone_lengths(d: np.ndarray, zone: np.ndarray) -> tuple[float, float, float]:
    """(dtm, dlm, ω): longest stretch of land and of inland in km, and the fraction of the path over sea.

    A point's zone reaches half way to its neighbours (§3.6).
    """
    dtm, dlm, sea, land, inland = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(d)):
        before = (d[i] - d[i - 1]) / 2 if i > 0 else 0.0
        after = (d[i + 1] - d[i]) / 2 if i < len(d) - 1 else 0.0
        width = before + after
        if zone[i] == SEA:
            sea += width
        land = 0.0 if zone[i] == SEA else land + width
        inland = inland + width if zone[i] == INLAND else 0.0
        dtm, dlm = max(dtm, land), max(dlm, inland)
    return dtm, dlm, sea / d[-1]


@njit()
def combine(
    d: float,
    theta: float,
    omega: float,
    p: float,
    b0: float,
    fi: float,
    lbfs: float,
    lb0p: float,
    lb0b: float,
    ld50: float,
    ldb: float,
    lba: float,
    lbs: float,
) -> Losses:
    """The losses put together (§4.6, eq. 41–43 and 57–63), by the names of the Recommendation.

    `d` km, `theta` mrad, `omega` the part over sea, `p` and `b0` % of time, `fi` 0 to 1; all losses in dB.
    """
    ldp = ld50 + (ldb - ld50) * fi
    lbd50, lbd = lbfs + ld50, lb0p + ldp
    fj = 1 - 0.5 * (1 + math.tanh(3.0 * 0.8 * (theta - 0.3) / 0.3))
    fk = 1 - 0.5 * (1 + math.tanh(3.0 * 0.5 * (d - 20) / 20))
    lminb0p = lb0p + (1 - omega) * ldp
    if p >= b0:
        lminb0p = lbd50 + (lb0b + (1 - omega) * ldp - lbd50) * fi
    high = max(lba, lb0p)
    lminbap = high + 2.5 * math.log(math.exp((lba - high) / 2.5) + math.exp((lb0p - high) / 2.5))
    lbda = lbd if lminbap > lbd else lminbap + (lbd - lminbap) * fk
    lbam = lbda + (lminb0p - lbda) * fj
    best = min(lbs, lbam)
    lbc = best - 5 * math.log10(10 ** (0.2 * (best - lbs)) + 10 ** (0.2 * (best - lbam)))
    return Losses(lbfs, lb0p, lb0b, ld50, ldb, ldp, lbd50, lbd, lminb0p, lba, lminbap, lbda, lbam, lbs, lbc)


@njit()
def loss_kernel(
    d: np.ndarray,
    h: np.ndarray,
    g: np.ndarray,
    zone: np.ndarray,
    htg: float,
    hrg: float,
    f: float,
    p: float,
    vertical: bool,
    phi: float,
    delta_n: float,
    n0: float,
    dct: float,
    dcr: float,
    every: bool,
) -> Losses:
    """All losses of one path. `h` terrain, `g` terrain with clutter (m a.s.l.); see `path_loss` for the rest.

    `every`: work out Ldβ also at p = 50 %, where nothing depends on it.
    """
    way = path_geometry(d, h, htg, hrg, delta_n, f)
    total, hts, hrs = d[-1], h[0] + htg, h[-1] + hrg
    dtm, dlm, omega = zone_lengths(d, zone)
    b0 = tropo.anomalous_time(phi, dtm, dlm)
    lbfs = tropo.free_space_loss(math.hypot(total, (hts - hrs) / 1000), f)
    lb0p = lbfs + tropo.multipath_correction(way.dlt + way.dlr, p)
    lb0b = lbfs + tropo.multipath_correction(way.dlt + way.dlr, b0)
    ld50 = delta_bullington_loss(d, g, hts, hrs, way.hstd, way.hsrd, way.ae, f, vertical, omega)
    fi, ldb = 0.0, ld50
    if p < 50:
        fi = 1.0 if p <= b0 else tropo.inverse_normal(p / 100) / tropo.inverse_normal(b0 / 100)
    if p < 50 or every:
        ldb = delta_bullington_loss(d, g, hts, hrs, way.hstd, way.hsrd, 3 * 6371.0, f, vertical, omega)
    lba = tropo.ducting_loss(
        total,
        way.theta_t,
        way.theta_r,
        way.dlt,
        way.dlr,
        hts,
        hrs,
        way.hte,
        way.hre,
        way.hm,
        omega,
        dlm,
        dct,
        dcr,
        b0,
        way.ae,
        f,
        p,
    )
    lbs = tropo.troposcatter_loss(total, way.theta, f, p, n0)
    return combine(total, way.theta, omega, p, b0, fi, lbfs, lb0p, lb0b, ld50, ldb, lba, lbs)


def location_spread_db(f: float, width_m: float = 30.0, above_clutter_m: float = 0.0) -> float:
    """σL: standard deviation in dB of the level over locations within `width_m` (§4.8, eq. 65–68).

    `above_clutter_m`: by how much the receiver stands above the representative clutter; none above 10 m.

    >>> round(location_spread_db(1.8, 100), 2)
    2.04
    """
    height = min(max(1 - above_clutter_m / 10, 0.0), 1.0)
    return (0.024 * f + 0.52) * width_m**0.28 * height


def at_locations(
    lb: float,
    lb0p: float,
    locations: float,
    sigma_l: float,
    *,
    at_sea: bool = False,
    entry_db: float = 0.0,
    entry_sigma_db: float = 0.0,
) -> float:
    """Loss in dB not exceeded at `locations` % (1–99) of places, from the median `lb` (§4.7–4.9, eq. 64–69).

    `entry_db` and `entry_sigma_db` are the median building entry loss (P.2109) and its spread, 0 outdoors.
    Over sea, outdoors, there is no location variability.
    """
    sigma = math.hypot(sigma_l, entry_sigma_db) if entry_db else (0.0 if at_sea else sigma_l)
    varied = lb + entry_db - tropo.inverse_normal(locations / 100) * sigma
    return max(lb0p, varied)


def path_loss(
    d_km: np.ndarray,
    h_m: np.ndarray,
    htg_m: float,
    hrg_m: float,
    f_ghz: float,
    *,
    clutter_m: np.ndarray | None = None,
    zone: np.ndarray | None = None,
    time_percent: float = 50.0,
    locations_percent: float = 50.0,
    sigma_l_db: float = 0.0,
    vertical: bool = True,
    latitude: float = 16.0,
    delta_n: float = DELTA_N,
    n0: float = SURFACE_N,
    coast_km: tuple[float, float] = (500.0, 500.0),
    entry_db: float = 0.0,
    entry_sigma_db: float = 0.0,
) -> tuple[float, Losses]:
    """Basic transmission loss Lb in dB and the model's intermediates for one profile.

    `d_km`, `h_m` (n ≥ 3): distance and terrain; `clutter_m`: representative clutter height on it; `zone`:
    SEA, COAST or INLAND at each point (all INLAND when not given); antennas `htg_m`, `hrg_m` above ground
    (at least 1); `time_percent` 1–50 and `locations_percent` 1–99: the loss is not exceeded for these;
    `latitude` of the path's middle; `delta_n` in N/km and `n0`: refractivity; `coast_km`: from both ends
    over land to the coast (0 where the end itself is SEA). Raises InputError when a value is outside the
    Recommendation.

    >>> d = np.linspace(0, 15, 501)
    >>> round(path_loss(d, np.zeros(501), 40, 1.5, 1.8)[0], 1)
    133.3
    """
    _check(d_km, h_m, htg_m, hrg_m, f_ghz, time_percent, locations_percent)
    h = np.ascontiguousarray(h_m, dtype=np.float64)
    g = h.copy()
    if clutter_m is not None:
        g[1:-1] += clutter_m[1:-1]
    zones = np.full(len(h), INLAND) if zone is None else zone
    coast_t = 0.0 if zones[0] == SEA else float(coast_km[0])
    coast_r = 0.0 if zones[-1] == SEA else float(coast_km[1])
    losses = loss_kernel(
        np.ascontiguousarray(d_km, dtype=np.float64),
        h,
        g,
        np.asarray(zones, dtype=np.int64),
        float(htg_m),
        float(hrg_m),
        float(f_ghz),
        float(time_percent),
        bool(vertical),
        float(latitude),
        float(delta_n),
        float(n0),
        coast_t,
        coast_r,
        True,
    )
    at_sea = zones[-1] == SEA
    lb = at_locations(
        losses.lbc,
        losses.lb0p,
        locations_percent,
        sigma_l_db,
        at_sea=at_sea,
        entry_db=entry_db,
        entry_sigma_db=entry_sigma_db,
    )
    return lb, losses


def _check(
    d: np.ndarray,
    h: np.ndarray,
    htg: float,
    hrg: float,
    f: float,
    p: float,
    locations: float,
) -> None:
    ranges = {"f_ghz": (f, 0.03, 6.0), "time_percent": (p, 1, 50), "locations_percent": (locations, 1, 99)}
    ranges |= {"htg_m": (htg, 1, 3000), "hrg_m": (hrg, 1, 3000)}
    for name, (value, low, high) in ranges.items():
        if not low <= value <= high:
            what = _("{name} = {value} is outside {low}–{high}, the range of P.1812")
            raise InputError(what.format(name=name, value=value, low=low, high=high))
    if len(d) < 3 or len(d) != len(h) or not np.all(np.isfinite(h)):
        raise InputError(_("a profile needs at least three points, each with a distance and a height"))
    if d[0] != 0 or not np.all(np.diff(d) > 0):
        raise InputError(_("the distances of a profile begin at 0 and ascend"))
