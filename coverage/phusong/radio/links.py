"""One microwave link: clearance, loss, outage, the band that its length allows, the masts that it needs.

Clearance by ITU-R P.530-18 §2.2.2: the whole first Fresnel zone at the median k = 4/3, and a part of it at
the k that is exceeded for 99.9 % of the worst month. Losses by P.525, P.526, P.676, P.838 and P.530.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from phusong.errors import InputError
from phusong.language import _
from phusong.radio import closed, gas, p1812, rain
from phusong.radio.diffraction import EARTH_RADIUS_KM, delta_bullington_loss
from phusong.radio.footprints import Mast
from phusong.terrain import Grid, Profile, read_profile

MEDIAN_K = 4 / 3


class Equipment(NamedTuple):
    """A radio and its dishes: GHz, transmit power, gain of each dish, received level for the planned rate."""

    f_ghz: float
    power_dbm: float
    gain_dbi: float
    threshold_dbm: float
    longest_km: float


#: Assumed until a partner names its own: 28–56 MHz channels at some 200–400 Mb/s, 0.6 m dishes (1.2 m below
#: 10 GHz), in the order of preference. `longest_km` is where the trade stops offering the band.
EQUIPMENT = (
    Equipment(80.0, 16.0, 50.5, -62.0, 3.0),
    Equipment(38.0, 17.0, 45.0, -70.0, 6.0),
    Equipment(23.0, 20.0, 40.5, -71.0, 15.0),
    Equipment(18.0, 22.0, 38.5, -71.0, 20.0),
    Equipment(15.0, 23.0, 37.0, -72.0, 30.0),
    Equipment(11.0, 26.0, 34.5, -72.0, 45.0),
    Equipment(7.5, 28.0, 37.0, -73.0, 80.0),
    Equipment(6.2, 29.0, 35.5, -73.0, 100.0),
)


@dataclass(frozen=True)
class Climate:
    """What a link's weather is taken to be.

    `r001_mm_h` rain rate exceeded for 0.01 % of the year; `dn1` refractivity gradient not exceeded for 1 % of
    the year (N/km, assumed for the humid tropics); `vapour_g_m3`; `delta_n` lapse rate; `latitude`.
    """

    r001_mm_h: float = rain.DEFAULT_R001
    dn1: float = -300.0
    vapour_g_m3: float = gas.HUMID_G_M3
    delta_n: float = p1812.DELTA_N
    latitude: float = 16.0


@dataclass(frozen=True)
class Obstruction:
    """A stretch of the path that stands into the zone to be kept clear: its worst point."""

    d_km: float
    x_m: float
    y_m: float
    height_m: float
    into_m: float


@dataclass(frozen=True)
class Clearance:
    """How a path clears at one k: least clearance in Fresnel radii, what is asked for, what stands in it."""

    k: float
    asked_f1: float
    least_f1: float
    at_km: float
    obstructions: tuple[Obstruction, ...]

    @property
    def clear(self) -> bool:
        """Whether nothing stands in the part of the zone that is asked for."""
        return self.least_f1 >= self.asked_f1


@dataclass(frozen=True)
class MastHeights:
    """Antenna heights above ground in m that keep both rules: either end raised alone, or both alike."""

    at_start_m: float
    at_end_m: float
    both_m: float


@dataclass(frozen=True)
class Link:
    """A point-to-point link and what was found about it. Losses in dB, outages in per cent of a year."""

    length_km: float
    f_ghz: float
    line_of_sight: bool
    clearances: tuple[Clearance, Clearance]
    free_space_db: float
    gas_db: float
    diffraction_db: float
    received_dbm: float
    margin_db: float
    rain_outage_percent: float
    multipath_outage_percent: float
    availability_percent: float
    masts: MastHeights
    profile: Profile

    @property
    def clear(self) -> bool:
        """Whether both rules of clearance are kept."""
        return all(rule.clear for rule in self.clearances)


def asked_clearance(length_km: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """((k, Fresnel radii), …): the two rules of P.530-18 §2.2.2.1 for a path of this length.

    One radius at k = 4/3; at k_min 0.6 beyond 30 km (tropical), 0.3 for shorter ones (extended obstruction).

    >>> [(round(k, 2), part) for k, part in asked_clearance(20)]
    [(1.33, 1.0), (0.52, 0.3)]
    """
    return (MEDIAN_K, 1.0), (rain.k_min(length_km), 0.6 if length_km > 30 else 0.3)


def surface(profile: Profile) -> np.ndarray:
    """Ground with canopy in m a.s.l.; the ends stand on the ground."""
    heights = profile.ground_m + profile.canopy_m
    heights[[0, -1]] = profile.ground_m[[0, -1]]
    return heights


def raised_m(d_km: np.ndarray, heights_m: np.ndarray, k: float) -> np.ndarray:
    """Heights of a profile with the Earth's bulge at `k` added, in m.

    >>> float(raised_m(np.array([0.0, 15.0, 30.0]), np.array([500.0, 500.0, 500.0]), 4 / 3)[1].round(1))
    513.2
    """
    return heights_m + 500 * d_km * (d_km[-1] - d_km) / (k * EARTH_RADIUS_KM)


def fresnel_m(d_km: np.ndarray, f_ghz: float) -> np.ndarray:
    """Radius of the first Fresnel zone along a profile, m (P.530-18 eq. 2)."""
    return 17.3 * np.sqrt(d_km * (d_km[-1] - d_km) / (f_ghz * d_km[-1]))


def ray_m(d_km: np.ndarray, start_m: float, end_m: float) -> np.ndarray:
    """Height of the straight ray between antennas at `start_m` and `end_m` m a.s.l."""
    return start_m + (end_m - start_m) * d_km / d_km[-1]


def tilt_deg(length_km: float, start_m: float, end_m: float, k: float = MEDIAN_K) -> float:
    """Angle in degrees above the horizon at which an antenna at `start_m` m a.s.l. looks at one at `end_m`:
    the slope less half the angle that the path takes of an Earth of k radii (as in ITU-R P.452).

    Two antennas of one height, 30 km apart, look down on each other:

    >>> round(tilt_deg(30, 500, 500), 3), round(tilt_deg(10, 100, 275), 3)
    (-0.101, 0.969)
    """
    slope = math.atan2(end_m - start_m, 1000 * length_km)
    return math.degrees(slope - length_km / (2 * k * EARTH_RADIUS_KM))


def find_clearance(
    profile: Profile, start_m: float, end_m: float, f_ghz: float, k: float, asked_f1: float
) -> Clearance:
    """The clearance of a profile between antennas `start_m` and `end_m` above ground, at one k."""
    d, inner = profile.d_km, slice(1, -1)
    terrain = raised_m(d, surface(profile), k)
    ray = ray_m(d, terrain[0] + start_m, terrain[-1] + end_m)
    radii = fresnel_m(d, f_ghz)
    parts = (ray - terrain)[inner] / radii[inner]
    least = int(np.argmin(parts)) + 1
    into = terrain - (ray - asked_f1 * radii)
    into[[0, -1]] = -np.inf
    return Clearance(k, asked_f1, float(parts.min()), float(d[least]), _obstructions(profile, into))


def _obstructions(profile: Profile, into_m: np.ndarray) -> tuple[Obstruction, ...]:
    """The worst point of each stretch where something stands `into_m` > 0 m into the zone."""
    inside = np.concatenate([[False], into_m > 0, [False]]).astype(int)
    begins, ends = np.flatnonzero(np.diff(inside) == 1), np.flatnonzero(np.diff(inside) == -1)
    heights = surface(profile)
    worst = [begin + int(np.argmax(into_m[begin:end])) for begin, end in zip(begins, ends, strict=True)]
    return tuple(
        Obstruction(
            float(profile.d_km[i]),
            float(profile.x_m[i]),
            float(profile.y_m[i]),
            float(heights[i]),
            float(into_m[i]),
        )
        for i in worst
    )


def mast_heights(profile: Profile, start_m: float, end_m: float, f_ghz: float) -> MastHeights:
    """The least antenna heights that keep both rules: one end raised alone, or both to the same height.

    At each sample the ray must stand above a line; that is linear in both heights, so the greatest need over
    the samples is exact.
    """
    d, part = profile.d_km[1:-1], profile.d_km[1:-1] / profile.d_km[-1]
    heights, both, at_start, at_end = surface(profile), 0.0, 0.0, 0.0
    for k, radii in asked_clearance(float(profile.d_km[-1])):
        terrain = raised_m(profile.d_km, heights, k)
        need = (terrain + radii * fresnel_m(profile.d_km, f_ghz))[1:-1]
        ground = (ray_m(profile.d_km, terrain[0], terrain[-1]))[1:-1]
        lack = need - ground
        both = max(both, float(lack.max()))
        at_start = max(at_start, float(((lack - end_m * part) / (1 - part)).max()))
        at_end = max(at_end, float(((lack - start_m * (1 - part)) / part).max()))
    return MastHeights(at_start, at_end, both) if len(d) else MastHeights(0.0, 0.0, 0.0)


def residual_diffraction(
    profile: Profile, start_m: float, end_m: float, f_ghz: float, delta_n: float = p1812.DELTA_N
) -> float:
    """Diffraction loss in dB that remains on the path (P.526-15 §4.5.2, delta-Bullington)."""
    d = np.ascontiguousarray(profile.d_km, dtype=np.float64)
    h = np.ascontiguousarray(profile.ground_m, dtype=np.float64)
    hts, hrs = h[0] + start_m, h[-1] + end_m
    hst, hsr = p1812.smooth_surface(d, h)
    hstd, hsrd = p1812.diffraction_surface(d, h, hts, hrs, hst, hsr)
    ae = p1812.effective_radius_km(delta_n)
    return float(
        delta_bullington_loss(d, surface(profile), hts, hrs, hstd, hsrd, ae, float(f_ghz), True, 0.0)
    )


def find_outages(
    length_km: float,
    margin_db: float,
    f_ghz: float,
    start_asl_m: float,
    end_asl_m: float,
    roughness_m: float,
    climate: Climate,
) -> tuple[float, float]:
    """(rain, multipath): per cent of an average year for which the margin does not last."""
    if margin_db <= 0:
        return 100.0, 100.0
    wet = rain.rain_outage(f_ghz, length_km, climate.r001_mm_h, margin_db)
    p0 = rain.multipath_occurrence(f_ghz, length_km, start_asl_m, end_asl_m, climate.dn1, roughness_m)
    worst_month = rain.multipath_outage(p0, margin_db)
    tilt = abs(start_asl_m - end_asl_m) / length_km
    return wet, rain.worst_month_to_year(worst_month, length_km, climate.latitude, tilt)


def assess_link(
    profile: Profile, start_m: float, end_m: float, equipment: Equipment, climate: Climate = Climate()
) -> Link:
    """Everything about one link over a known profile, antennas `start_m` and `end_m` above ground."""
    f, length = equipment.f_ghz, float(profile.d_km[-1])
    rules = asked_clearance(length)
    median, least = (find_clearance(profile, start_m, end_m, f, k, part) for k, part in rules)
    a, b = profile.ground_m[0] + start_m, profile.ground_m[-1] + end_m
    free = closed.free_space(f, math.hypot(length, (a - b) / 1000))
    gases = gas.path_gas_loss(f, length, float((a + b) / 2), climate.vapour_g_m3)
    bent = residual_diffraction(profile, start_m, end_m, f, climate.delta_n)
    received = equipment.power_dbm + 2 * equipment.gain_dbi - free - gases - bent
    margin = received - equipment.threshold_dbm
    wet, fading = find_outages(length, margin, f, a, b, float(np.std(profile.ground_m)), climate)
    return Link(
        length,
        f,
        median.least_f1 >= 0,
        (median, least),
        free,
        gases,
        bent,
        received,
        margin,
        wet,
        fading,
        max(100 - wet - fading, 0.0),
        mast_heights(profile, start_m, end_m, f),
        profile,
    )


def choose_band(
    profile: Profile,
    start_m: float,
    end_m: float,
    target_percent: float = 99.99,
    climate: Climate = Climate(),
    choices: Sequence[Equipment] = EQUIPMENT,
) -> Link:
    """The link in the first of `choices` that its length and the target availability allow.

    When none reaches the target the most available of them is given; its `availability_percent` says so.
    """
    length = float(profile.d_km[-1])
    in_reach = [radio for radio in choices if length <= radio.longest_km] or [choices[-1]]
    tried = []
    for radio in in_reach:
        link = assess_link(profile, start_m, end_m, radio, climate)
        if link.availability_percent >= target_percent:
            return link
        tried.append(link)
    return max(tried, key=lambda link: link.availability_percent)


def find_link(
    grid: Grid,
    start: Mast,
    end: Mast,
    *,
    f_ghz: float | None = None,
    target_percent: float = 99.99,
    climate: Climate = Climate(),
    choices: Sequence[Equipment] = EQUIPMENT,
) -> Link:
    """The link between two masts: in the band that its length allows, or at `f_ghz` with the nearest radio.

    Raises InputError when the ends coincide or the elevation does not know the path.
    """
    if math.hypot(start.x_m - end.x_m, start.y_m - end.y_m) < 1:
        raise InputError(_("both ends of the link are the same place"), do=_("Give two places."))
    profile = read_profile(grid, (start.x_m, start.y_m), (end.x_m, end.y_m))
    if f_ghz is None:
        return choose_band(profile, start.height_m, end.height_m, target_percent, climate, choices)
    nearest = min(choices, key=lambda radio: abs(math.log(radio.f_ghz / f_ghz)))
    return assess_link(profile, start.height_m, end.height_m, nearest._replace(f_ghz=f_ghz), climate)
