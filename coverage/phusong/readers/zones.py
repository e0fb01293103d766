"""Which coordinate system in metres a list is in, when it does not say: the one that puts its points into the
communes they name (data/systems.toml has the systems). Nothing is guessed: what fits as well is an error.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from phusong.bundled import bundled
from phusong.domain import split_unit_name
from phusong.errors import InputError
from phusong.geo import WGS84, has_shape
from phusong.language import _
from phusong.study import Source
from phusong.units import fold

#: Where northings and eastings of Vietnam lie in any of the systems, in metres: they never overlap.
NORTHINGS_M = (880_000.0, 2_650_000.0)
EASTINGS_M = (50_000.0, 880_000.0)
#: Farther than this from every commune a point is in the wrong system, whatever commune it names.
FAR_M = 50_000.0
_METRES_PER_DEGREE = 111_000.0


@dataclass(frozen=True)
class System:
    """A coordinate system of the sheet: its EPSG code, its name, and the provinces it is laid down for."""

    epsg: int
    label: str
    provinces: tuple[str, ...] = ()
    utm: bool = False

    @property
    def named(self) -> str:
        """As messages say it: VN-2000 107°45' (EPSG:5899)."""
        return f"{self.label} (EPSG:{self.epsg})"


@cache
def _sheet() -> dict[str, Any]:
    return tomllib.loads(bundled("systems.toml").read_text(encoding="utf-8"))


def rule(name: str) -> float:
    """A figure of the sheet's rules."""
    return float(_sheet()["rules"][name]["value"])


@cache
def systems() -> tuple[System, ...]:
    """All systems of the sheet, in its order."""
    zones = (System(z["epsg"], f"VN-2000 {z['meridian']}", tuple(z["provinces"])) for z in _sheet()["zone"])
    return (*zones, *(System(u["epsg"], u["name"], utm=True) for u in _sheet()["utm"]))


def siblings(crs: Any) -> tuple[System, ...]:
    """The system `crs` and the other UTM zone on its datum; none when it is no UTM of the sheet."""
    epsg = CRS.from_user_input(crs).to_epsg()
    own = next((s for s in systems() if s.epsg == epsg and s.utm), None)
    if own is None:
        return ()
    datum = own.label.split(" UTM")[0]
    return (own, *(s for s in systems() if s.utm and s != own and s.label.startswith(datum)))


@cache
def _to_degrees(epsg: int) -> Transformer:
    return Transformer.from_crs(epsg, WGS84, always_xy=True)


def to_degrees(system: System, east: np.ndarray, north: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes (WGS 84) of points in a system; VN-2000's shift of datum is PROJ's."""
    lon, lat = _to_degrees(system.epsg).transform(east, north)
    return np.asarray(lon), np.asarray(lat)


class Ground:
    """The communes of a study, as what positions are held against (WGS 84)."""

    def __init__(self, communes: gpd.GeoDataFrame) -> None:
        whole = communes[has_shape(communes.geometry)].to_crs(WGS84)
        whole = whole.sort_values("commune_code", ignore_index=True)
        self.shapes = shapely.make_valid(whole.geometry.to_numpy())
        self.area = shapely.union_all(self.shapes)
        self.provinces = tuple(sorted({p for p in whole["province"].dropna() if p}))
        self._codes = {code: i for i, code in enumerate(whole["commune_code"])}
        folded = [fold(split_unit_name(name)[1]) for name in whole["name"].fillna("")]
        self._names = {name: i for i, name in enumerate(folded) if name and folded.count(name) == 1}
        self._tree = shapely.STRtree(self.shapes)

    def named(self, codes: Iterable[object], names: Iterable[object]) -> np.ndarray:
        """For each row the position of the commune that it names by code, else by name; −1: none known."""
        found = [
            self._codes.get(str(code), self._names.get(fold(split_unit_name(str(name or ""))[1]), -1))
            for code, name in zip(codes, names, strict=True)
        ]
        return np.array(found, dtype=int)

    def inside(self, lon: np.ndarray, lat: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Which points lie in their `own` commune, or in any where that is −1."""
        out = np.zeros(len(lon), dtype=bool)
        usable = np.isfinite(lon) & np.isfinite(lat)
        rows = np.flatnonzero(usable)
        at, commune = self._tree.query(shapely.points(lon[rows], lat[rows]), predicate="intersects")
        right = (own[rows[at]] == commune) | (own[rows[at]] < 0)
        out[rows[at[right]]] = True
        return out

    def outside_m(self, lon: np.ndarray, lat: np.ndarray, own: np.ndarray) -> np.ndarray:
        """About how far points lie outside their own commune, or all communes where that is −1."""
        there = np.where(own >= 0, self.shapes[own], self.area)
        usable = np.isfinite(lon) & np.isfinite(lat)
        out = np.full(len(lon), np.inf)
        out[usable] = shapely.distance(shapely.points(lon[usable], lat[usable]), there[usable])
        return out * _METRES_PER_DEGREE


@dataclass(frozen=True)
class Reading:
    """In which system each row is read (`which`, a position in `used`), how many points each puts right, of
    how many, and the runner-up with its count."""

    used: tuple[System, ...]
    which: np.ndarray
    right: tuple[int, ...]
    of: tuple[int, ...]
    runner_up: System
    runner_up_right: int


def recognise(east: np.ndarray, north: np.ndarray, own: np.ndarray, ground: Ground, where: str) -> Reading:
    """The system, or the systems, that put points into their communes. `own`: as from `Ground.named`.

    Raises InputError when none does, or several do as well.
    """
    known = systems()
    inside = np.array([ground.inside(*to_degrees(s, east, north), own) for s in known])
    everything = np.ones(len(east), dtype=bool)
    best = _clear_winner(inside, everything, ground, where)
    used, which = [best], np.zeros(len(east), dtype=int)
    for more in _mixed_in(inside, best, east, north, own, ground, where):
        which[inside[more] & ~inside[used].any(axis=0)] = len(used)
        used.append(more)
    explained = int(inside[used].any(axis=0).sum())
    if explained < rule("explained_least") * len(east):
        raise InputError(
            _(
                "gives metres, and no known system puts its points into the communes; the best, {system}, "
                "puts {right} of {count} there"
            ).format(system=known[best].named, right=explained, count=len(east)),
            where=where,
            do=_('Say crs = "EPSG:…" in the study, as whoever made the file names it.'),
        )
    counts = inside.sum(axis=1)
    counts[used] = -1
    second = int(np.argmax(counts))
    rows = [which == i for i in range(len(used))]
    return Reading(
        tuple(known[i] for i in used),
        which,
        tuple(int(inside[s][r].sum()) for s, r in zip(used, rows, strict=True)),
        tuple(int(r.sum()) for r in rows),
        known[second],
        int(counts[second]),
    )


def _clear_winner(inside: np.ndarray, rows: np.ndarray, ground: Ground, where: str) -> int:
    """The system that puts most of `rows` right. Where another puts nearly the same rows right, nothing is
    decided."""
    counts = (inside & rows).sum(axis=1)
    best = int(np.argmax(counts))
    right = inside[best] & rows
    rivals = [s for s in range(len(inside)) if s != best and _rivals(right, inside[s] & rows)]
    if rivals and counts[best]:
        raise InputError(
            _("gives metres, and these systems fit: {systems}").format(
                systems="; ".join(
                    _("{system}: {right} of {count} points in their communes").format(
                        system=systems()[s].named, right=int(counts[s]), count=int(rows.sum())
                    )
                    for s in sorted([best, *rivals], key=lambda s: (-counts[s], s))
                )
            ),
            where=where,
            do=_('Say which, such as crs = "EPSG:{epsg}", in the study.').format(epsg=systems()[best].epsg)
            + laid_down([best, *rivals], ground.provinces),
        )
    return best


def _rivals(right: np.ndarray, other: np.ndarray) -> bool:
    """Does the other system put right nearly what the best one does?"""
    both, alone, instead = (int(x.sum()) for x in (right & other, right & ~other, other & ~right))
    if both == 0:
        return False
    clearly_less = alone >= max(1.0, rule("margin_least") * int(right.sum())) and 2 * instead <= alone
    other_rows = 2 * both <= min(int(right.sum()), int(other.sum()))
    return not (clearly_less or other_rows)


def laid_down(among: Sequence[int], named: Iterable[str]) -> str:
    """Which of the systems (positions in `systems()`) is laid down for one of the provinces, in words; "" for
    none."""
    provinces = {fold(p) for p in named}
    for s in among:
        for province in systems()[s].provinces:
            if any(fold(province) in p for p in provinces):
                return " " + _("For {province} {system} is laid down.").format(
                    province=province, system=systems()[s].named
                )
    return ""


def _mixed_in(
    inside: np.ndarray,
    best: int,
    east: np.ndarray,
    north: np.ndarray,
    own: np.ndarray,
    ground: Ground,
    where: str,
) -> list[int]:
    """Further systems that rows of the same column are in: rows that the best one puts far off.

    A few rows may only name a wrong commune: they count when the best system puts them off the study.
    """
    out: list[int] = []
    lon, lat = to_degrees(systems()[best], east, north)
    anywhere = np.full(len(own), -1)
    far = ground.outside_m(lon, lat, anywhere) > FAR_M
    left = ~inside[best] & (ground.outside_m(lon, lat, own) > rule("mixed_from_m"))
    while left.any():
        counts = (inside & left).sum(axis=1)
        counts[[best, *out]] = 0
        if not counts.max():
            break
        if (
            counts.max() < rule("mixed_least_rows")
            and not (inside[int(np.argmax(counts))] & left & far).any()
        ):
            break
        out.append(_clear_winner(inside, left, ground, where))
        left &= ~inside[out[-1]]
    return out


def said_system(source: Source, path: Path) -> CRS | None:
    """The coordinate system that the study says for a file. Raises InputError where there is no such one."""
    if source.crs is None:
        return None
    try:
        return CRS.from_user_input(source.crs)
    except CRSError:
        raise InputError(
            _("crs {crs} is no coordinate system").format(crs=repr(source.crs)),
            where=str(path),
            do=_('Name one such as "EPSG:4326" or "EPSG:5899" (VN-2000 107°45\').'),
        ) from None
