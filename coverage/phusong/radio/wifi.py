"""Wi-Fi: indoors by ITU-R P.1238, outdoors at short range by P.1411. Losses in dB, distances in m."""

import math
from statistics import NormalDist
from typing import NamedTuple

from phusong.errors import InputError
from phusong.language import _

_NORMAL = NormalDist()


class SiteGeneral(NamedTuple):
    """10·α·lg d + β + 10·γ·lg f with spread σ in dB, and the ranges that it was fitted over (GHz, m)."""

    alpha: float
    beta: float
    gamma: float
    sigma: float
    ghz: tuple[float, float]
    metres: tuple[float, float]

    def loss(self, f_ghz: float, d_m: float, percent: float = 50.0) -> float:
        """Loss in dB not exceeded at `percent` of places."""
        median = 10 * self.alpha * math.log10(d_m) + self.beta + 10 * self.gamma * math.log10(f_ghz)
        return median + self.sigma * _NORMAL.inv_cdf(percent / 100)

    def covers(self, f_ghz: float, d_m: float) -> bool:
        """Whether frequency and distance lie where the formula was fitted."""
        return self.ghz[0] <= f_ghz <= self.ghz[1] and self.metres[0] <= d_m <= self.metres[1]


#: ITU-R P.1238-11 table 2: (environment, line of sight).
INDOOR = {
    ("office", True): SiteGeneral(1.46, 34.62, 2.03, 3.76, (0.3, 83.5), (2, 27)),
    ("office", False): SiteGeneral(2.46, 29.53, 2.38, 5.04, (0.3, 82.0), (4, 30)),
    ("corridor", True): SiteGeneral(1.63, 28.12, 2.25, 4.07, (0.3, 83.5), (2, 160)),
    ("corridor", False): SiteGeneral(2.77, 29.27, 2.48, 7.63, (0.625, 83.5), (4, 94)),
    ("industrial", True): SiteGeneral(2.31, 24.52, 2.06, 2.69, (0.625, 70.28), (2, 101)),
    ("industrial", False): SiteGeneral(3.79, 21.01, 1.34, 9.05, (0.625, 70.28), (5, 108)),
}
#: ITU-R P.1411-11 tables 4 and 8: both ends below the roofs, and one end above them.
OUTDOOR = {
    ("street", True): SiteGeneral(2.12, 29.2, 2.11, 5.06, (0.8, 82.0), (5, 660)),
    ("street", False): SiteGeneral(4.00, 10.2, 2.36, 7.60, (0.8, 82.0), (30, 715)),
    ("residential", False): SiteGeneral(3.01, 18.8, 2.07, 3.07, (0.8, 73.0), (30, 170)),
    ("over roofs", True): SiteGeneral(2.29, 28.6, 1.96, 3.48, (2.2, 73.0), (55, 1200)),
    ("over roofs", False): SiteGeneral(4.39, -6.27, 2.30, 6.89, (2.2, 66.5), (260, 1200)),
}
#: Loss of n ≥ 1 floors in dB: first floor and each further one (P.1238 table 3), by (building, GHz band).
_FLOORS = {
    ("office", 2.4): (14.0, 4.0),
    ("office", 5.0): (16.0, 6.0),
    ("home", 2.4): (10.0, 10.0),
    ("home", 5.0): (13.0, 13.0),
}


def floor_loss(floors: int, f_ghz: float, building: str = "office") -> float:
    """Lf: loss in dB of `floors` floors between the ends at 2.4 or 5 GHz (P.1238 table 3).

    `building` is office or home. Raises InputError for another.

    >>> floor_loss(0, 2.4), floor_loss(2, 5.5)
    (0.0, 22.0)
    """
    if floors <= 0:
        return 0.0
    key = (building, 2.4 if f_ghz < 4 else 5.0)
    if key not in _FLOORS:
        what = _("unknown building {name}").format(name=repr(building))
        raise InputError(what, do=_("Use office or home."))
    first, further = _FLOORS[key]
    return first + further * (floors - 1)


def indoor_loss(
    f_ghz: float,
    d_m: float,
    environment: str = "office",
    *,
    sight: bool = False,
    floors: int = 0,
    percent: float = 50.0,
) -> float:
    """Loss in dB within a building: P.1238-11 site-general, plus the floors between.

    `environment`: office (also school and health station), corridor, industrial (hall, market). Raises
    InputError for another.

    >>> round(indoor_loss(2.4, 10), 1), round(indoor_loss(5.5, 10), 1)
    (63.2, 71.8)
    """
    if (environment, sight) not in INDOOR:
        names = ", ".join(sorted({name for name, _sight in INDOOR}))
        what = _("unknown environment {name}").format(name=repr(environment))
        raise InputError(what, do=_("Use: ") + names)
    return INDOOR[environment, sight].loss(f_ghz, max(d_m, 1.0), percent) + floor_loss(floors, f_ghz)


def outdoor_loss(
    f_ghz: float, d_m: float, environment: str = "over roofs", *, sight: bool = True, percent: float = 50.0
) -> float:
    """Loss in dB between a rooftop or pole and a visitor's device outdoors: P.1411-11 site-general.

    `environment`: street (both ends below the roofs), residential, over roofs; whether there is `sight` comes
    from the terrain mask. Never less than free space. Raises InputError for another environment.

    >>> round(outdoor_loss(2.4, 100), 1)
    81.9
    """
    if (environment, sight) not in OUTDOOR:
        names = ", ".join(f"{name} ({'LoS' if sees else 'NLoS'})" for name, sees in OUTDOOR)
        what = _("unknown environment {name}").format(name=repr(environment))
        raise InputError(what, do=_("Use: ") + names)
    distance = max(d_m, 1.0)
    free = 32.4478 + 20 * math.log10(f_ghz) + 20 * math.log10(distance)
    return max(OUTDOOR[environment, sight].loss(f_ghz, distance, percent), free)
