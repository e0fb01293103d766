"""What it costs to lay cable along each edge: a price a metre, times factors, plus crossings.

cost = length × length_factor × new_line × build × class × slope × landslides + crossings. Existing ducts and
EVN's poles are there already: neither slope nor rivers nor landslides make them dearer; they, and leased
fibre, which costs nothing to build but a splice at each end, have a rent a metre and year. Each price and
factor is in data/prices/fibre.toml with its source and range.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from phusong.costs import LEVELS, Price, price, whole_vnd
from phusong.domain import BUILDS, ROAD_CLASSES
from phusong.makeup import (
    AERIAL,
    BURIED,
    DUCT,
    EVN_POLES,
    LEASED_BUILD,
    OFFROAD_BUILD,
    SLOPE_BINS_DEG,
    Makeup,
)
from phusong.surface import Reach

SHEET = "fibre"
#: The factor of each build but leased, by position in `domain.BUILDS`; buried is what `new_line` says.
_BUILD_FACTORS = ("", "aerial_factor", "evn_poles_factor", "duct_factor", "offroad_factor")


@dataclass(frozen=True, eq=False)
class Laying:
    """What each edge costs at one level, in whole đồng, and by which factors. `taps_vnd` is the part of the
    cost for a splice into leased fibre, which is an edge of no length."""

    cost_vnd: np.ndarray
    crossings_vnd: np.ndarray
    taps_vnd: np.ndarray
    class_factor: np.ndarray
    slope_factor: np.ndarray
    landslide_factor: np.ndarray


def reach_of(prices: Mapping[str, Price]) -> Reach:
    """How near things must be to count, by the price sheet."""
    return Reach(
        landslide_m=_factor(prices, "landslide_reach_m"),
        duct_m=_factor(prices, "duct_reach_m"),
        poles_m=_factor(prices, "evn_poles_reach_m"),
    )


def _factor(prices: Mapping[str, Price], name: str, level: str = "value") -> float:
    return price(prices, SHEET, name).at(level)


def builds(makeup: Makeup, build: str) -> np.ndarray:
    """How each edge is built, as positions in `domain.BUILDS`: leased, in an existing duct, on EVN's poles,
    off-road, else as the study says (`build`: buried, or aerial on own poles)."""
    own = AERIAL if build == BUILDS[AERIAL] else BURIED
    out = np.where(makeup.road_class >= 0, own, OFFROAD_BUILD)
    out = np.where(makeup.by_poles, EVN_POLES, out)
    out = np.where(makeup.by_duct, DUCT, out)
    return np.where(makeup.leased, LEASED_BUILD, out)


def rent_vnd_per_year(
    length_m: np.ndarray, makeup: Makeup, build: np.ndarray, prices: Mapping[str, Price]
) -> np.ndarray:
    """Whole đồng a year for each edge in leased fibre, on EVN's poles or in a duct; 0 for others."""
    poles = _factor(prices, "evn_pole_rent") / max(_factor(prices, "evn_pole_spacing_m"), 1.0)
    own = makeup.lease_vnd_per_m_year
    lease = np.where(np.isnan(own), _factor(prices, "lease"), own)
    per_m = np.select(
        [build == LEASED_BUILD, build == EVN_POLES, build == DUCT],
        [lease, np.full(len(own), poles), np.full(len(own), _factor(prices, "duct_rent"))],
        0.0,
    )
    return whole_vnd(length_m * _factor(prices, "length_factor") * per_m)


def lay(
    length_m: np.ndarray, makeup: Makeup, build: np.ndarray, prices: Mapping[str, Price], level: str
) -> Laying:
    """The cost of each edge at one of `LEVELS`."""
    exposed = (build != DUCT) & (build != EVN_POLES) & (build != LEASED_BUILD)
    on_road = (makeup.road_class >= 0) & exposed
    classes = np.array([_factor(prices, f"class_{name}", level) for name in ROAD_CLASSES])
    class_factor = np.where(on_road, classes[makeup.road_class], 1.0)
    slopes = np.array([1.0, *(_factor(prices, f"slope_{bound:.0f}", level) for bound in SLOPE_BINS_DEG)])
    slope_factor = np.where(exposed, makeup.slope_share @ slopes, 1.0)
    slide = _factor(prices, "landslide_factor", level)
    landslide_factor = np.where(exposed, 1 + makeup.landslide_share * (slide - 1), 1.0)
    by_build = [1.0, *(_factor(prices, name, level) for name in _BUILD_FACTORS[1:]), 0.0]
    per_m = _factor(prices, "new_line", level) * _factor(prices, "length_factor", level)
    line = length_m * per_m * np.array(by_build)[build] * class_factor * slope_factor * landslide_factor
    crossings = whole_vnd(exposed * makeup.rivers * _crossing_vnd(makeup, prices, level))
    splice = (build == LEASED_BUILD) & (length_m == 0)
    taps = whole_vnd(splice * _factor(prices, "tap", level))
    cost = whole_vnd(line) + crossings + taps
    return Laying(cost, crossings, taps, class_factor, slope_factor, landslide_factor)


def _crossing_vnd(makeup: Makeup, prices: Mapping[str, Price], level: str) -> np.ndarray:
    """A road that crosses a river has a bridge for the cable; elsewhere it needs a span of its own."""
    bridge, span = (_factor(prices, name, level) for name in ("bridge_crossing", "river_crossing"))
    return np.where(makeup.road_class >= 0, bridge, span)


def lay_at_all_levels(
    length_m: np.ndarray, makeup: Makeup, build: np.ndarray, prices: Mapping[str, Price]
) -> dict[str, Laying]:
    """The cost of each edge at each of `LEVELS`."""
    return {level: lay(length_m, makeup, build, prices, level) for level in LEVELS}
