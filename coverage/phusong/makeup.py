"""What the edges of a road graph are made of: road class, slope, rivers, landslides, poles and ducts near by.

The words and the arrays; `surface` fills them in, `laying` prices them.
"""

from dataclasses import dataclass, fields

import numpy as np

from phusong.domain import BUILDS, ROAD_CLASSES
from phusong.units import fold

#: Slope classes of OnSSET (Open Source Spatial Electrification Tool): up to 10, 20, 30, 40° and above.
SLOPE_BINS_DEG = (10.0, 20.0, 30.0, 40.0)
UNKNOWN_CLASS = ROAD_CLASSES.index("unknown")
BURIED, AERIAL, EVN_POLES, DUCT, OFFROAD_BUILD, LEASED_BUILD = range(len(BUILDS))
#: Beginnings (folded) of words for a class: OpenStreetMap's `highway`, Vietnamese and English.
_CLASS_WORDS = (
    ("national", "national motorway trunk primary quoclo ql caotoc"),
    ("provincial", "provincial secondary tinhlo tinh dt tl"),
    ("district", "district tertiary huyenlo huyen dh hl"),
    ("track", "track path footway bridleway steps cycleway mon lamnghiep"),
    (
        "commune",
        "commune village unclassified residential living service street urban xa lienxa thon lienthon dx"
        " dothi pho",
    ),
)


@dataclass(frozen=True, eq=False)
class Makeup:
    """One value an edge. Shares are of its length.

    `road_class` is a position in `domain.ROAD_CLASSES` (−1: not along a road); `slope_deg` the mean slope of
    the ground in degrees (NaN: not known), `slope_share` (n, 5) how much of it lies in each class of
    `SLOPE_BINS_DEG`; `rivers` how often it crosses one; `landslides` which are near (a tuple of their
    positions), `landslide_share` how much of the edge they are near to;
    `by_duct`, `by_poles`: does an existing duct, or power line, lead along it? `leased`: is it fibre for
    lease; `lease_vnd_per_m_year`: its own rent (NaN: that of the price sheet).
    """

    road_class: np.ndarray
    slope_deg: np.ndarray
    slope_share: np.ndarray
    rivers: np.ndarray
    landslides: np.ndarray
    landslide_share: np.ndarray
    by_duct: np.ndarray
    by_poles: np.ndarray
    leased: np.ndarray
    lease_vnd_per_m_year: np.ndarray

    def of(self, edges: np.ndarray) -> "Makeup":
        """That of some edges."""
        return Makeup(*(getattr(self, field.name)[edges] for field in fields(self)))


def bare(along_road: np.ndarray, leased: np.ndarray) -> Makeup:
    """Flat ground without rivers or anything else; roads of unknown class where `along_road`."""
    n = len(along_road)
    share = np.zeros((n, len(SLOPE_BINS_DEG) + 1))
    share[:, 0] = 1.0
    return Makeup(
        road_class=np.where(along_road, UNKNOWN_CLASS, -1),
        slope_deg=np.full(n, np.nan),
        slope_share=share,
        rivers=np.zeros(n, int),
        landslides=no_landslides(n),
        landslide_share=np.zeros(n),
        by_duct=np.zeros(n, bool),
        by_poles=np.zeros(n, bool),
        leased=leased,
        lease_vnd_per_m_year=np.full(n, np.nan),
    )


def no_landslides(n: int) -> np.ndarray:
    """`Makeup.landslides` of `n` edges that none is near to."""
    out = np.empty(n, object)
    out[:] = [()] * n
    return out


def class_of(said: object) -> str:
    """The class of a road from the word of its source; "unknown" when it says nothing known.

    >>> class_of("Quốc lộ 14D"), class_of("tertiary_link"), class_of("Đường thôn"), class_of(None)
    ('national', 'district', 'commune', 'unknown')
    """
    words = fold(said) if isinstance(said, str) else ""
    words = words.removeprefix("duong") or words
    for name, beginnings in _CLASS_WORDS:
        if any(_begins(words, beginning) for beginning in beginnings.split()):
            return name
    return "unknown"


def _begins(words: str, beginning: str) -> bool:
    """Abbreviations of two letters (QL, ĐT) are a word or stand before a number."""
    after = words[len(beginning) : len(beginning) + 1]
    return words.startswith(beginning) and (len(beginning) > 2 or not after.isalpha())
