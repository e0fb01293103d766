"""A hop: the microwave link between two places that people name, with what it rests on; and all pairs of a
study's places within a distance."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Geod, Transformer
from rapidfuzz import fuzz, process

from phusong.domain import Raster, Region
from phusong.errors import InputError, PhuSongError
from phusong.geo import WGS84, metric_crs
from phusong.language import _
from phusong.radio import pairs, rain
from phusong.radio.footprints import Mast
from phusong.radio.links import (
    EQUIPMENT,
    MEDIAN_K,
    Clearance,
    Climate,
    Equipment,
    Link,
    asked_clearance,
    assess_link,
    find_link,
    fresnel_m,
    raised_m,
    ray_m,
    surface,
)
from phusong.terrain import Grid, Terrain, read_grid
from phusong.units import fold

#: Where a list does not say how high an antenna stands.
DEFAULT_HEIGHT_M = 30.0
#: What the profile reader and the trade both stop at.
LONGEST_KM = 200.0
#: More pairs than this are not what a planner can look through, nor what memory holds.
MOST_PAIRS = 2_000_000
_NUMBERS = re.compile(r"[-+\d.,;\s]+")
_NUMBER = r"\s*([-+]?\d+(?:\.\d+)?)\s*"
_END = re.compile(rf"{_NUMBER},{_NUMBER}(?:,{_NUMBER})?")


@dataclass(frozen=True)
class End:
    """An end of a hop: name, degrees, antenna in m above ground (None: not said)."""

    name: str
    lon: float
    lat: float
    height_m: float | None = None


class Obstacle(NamedTuple):
    """A point of the path that stands into a zone to be kept clear, and how far at either k (≤ 0: not)."""

    d_km: float
    lon: float
    lat: float
    height_m: float
    into_median_m: float
    into_least_m: float


@dataclass(frozen=True)
class Hop:
    """A link between two named ends. `rain_basis` is given, province or assumed; when it is assumed,
    `availability_range` holds the availability in per cent at the wettest and driest rate on record."""

    a: End
    b: End
    link: Link
    radio: Equipment
    climate: Climate
    rain_basis: str
    availability_range: tuple[float, float] | None
    bearings_deg: tuple[float, float]
    obstacles: tuple[Obstacle, ...]
    terrain: Terrain

    @property
    def heights_m(self) -> tuple[float, float]:
        """Antennas of A and B above ground."""
        return self.a.height_m or 0.0, self.b.height_m or 0.0


def parse_end(text: str) -> End | None:
    """The end that LON,LAT or LON,LAT,HEIGHT names; None when `text` is a name.

    Raises PhuSongError for numbers that are no place: turned round, with decimal commas, out of range.

    >>> parse_end("107.83,15.75,42")
    End(name='107.83,15.75', lon=107.83, lat=15.75, height_m=42.0)
    >>> parse_end("NG-001") is None
    True
    """
    if not _NUMBERS.fullmatch(text):
        return None
    found = _END.fullmatch(text)
    if not found:
        raise PhuSongError(
            _("{text} is no place").format(text=text),
            do=_("Write LON,LAT or LON,LAT,HEIGHT with decimal points: 107.83,15.75,30."),
        )
    lon, lat, height = (None if part is None else float(part) for part in found.groups())
    assert lon is not None and lat is not None
    if abs(lat) > 90 >= abs(lon):
        raise PhuSongError(
            _("{text}: the latitude {lat} is beyond 90°; this looks like LAT,LON").format(text=text, lat=lat),
            do=_("Write the longitude first: {lon},{lat}.").format(lon=found[2], lat=found[1]),
        )
    if abs(lat) > 90 or abs(lon) > 180:
        raise PhuSongError(
            _("{text} lies nowhere on Earth").format(text=text), do=_("Write LON,LAT in degrees.")
        )
    return End(f"{found[1]},{found[2]}", lon, lat, height)


def places(region: Region) -> pd.DataFrame:
    """Where a link can end: sites and cells by `place_id`, with `name`, `kind` (site or mast), `lon`, `lat`,
    `x_m`, `y_m`, `height_m` (NaN: not said)."""
    sites, cells = region.sites, region.cells
    tables = [
        _places(sites, sites["site_id"], sites["name"], "site", np.nan),
        _places(cells, cells["cell_id"], cells["cell_id"], "mast", cells["antenna_height_m"]),
    ]
    return pd.concat([table for table in tables if len(table)], ignore_index=True)


def _places(
    frame: gpd.GeoDataFrame, ids: pd.Series, names: pd.Series, kind: str, heights: pd.Series | float
) -> pd.DataFrame:
    degrees = frame.geometry.to_crs(WGS84)
    metres = {"x_m": frame.geometry.x, "y_m": frame.geometry.y}
    said = {"place_id": ids, "name": names, "kind": kind, "lon": degrees.x, "lat": degrees.y}
    return pd.DataFrame({**said, **metres, "height_m": heights})


def find_end(text: str, known: pd.DataFrame) -> End:
    """The place whose id, or else whose name (accents and spaces aside), is `text`.

    Raises PhuSongError when there is none or there are several, with what to write instead.
    """
    here = known[known["place_id"] == text]
    if here.empty:
        here = known[known["name"].map(fold) == fold(text)]
    if here.empty:
        names = dict(zip(known["place_id"], known["name"], strict=True))
        folded = {place: fold(name) for place, name in names.items()}
        near = process.extract(fold(text), folded, scorer=fuzz.WRatio, limit=3)
        raise PhuSongError(
            _("the study has no site or cell {text}").format(text=text),
            do=_("Near it: {near}.").format(near=", ".join(f"{i} ({names[i]})" for _n, _s, i in near)),
        )
    if len(here.drop_duplicates(["lon", "lat"])) > 1:
        raise PhuSongError(
            _("{count} places are called {text}").format(count=len(here), text=text),
            do=_("Name one by its id: {ids}.").format(ids=", ".join(here["place_id"][:5])),
        )
    place = here.iloc[0]
    height = None if np.isnan(place["height_m"]) else float(place["height_m"])
    return End(str(place["name"]), float(place["lon"]), float(place["lat"]), height)


def crs_about(ends: Sequence[End]) -> CRS:
    """A metric system for places without a study."""
    points = gpd.points_from_xy([end.lon for end in ends], [end.lat for end in ends], crs=WGS84)
    return metric_crs(gpd.GeoDataFrame(geometry=points))


def check_covered(ends: Sequence[End], rasters: Sequence[Raster]) -> None:
    """Raises InputError when an end lies in none of the rasters."""
    for end in ends:
        if not any(_within(raster, end.lon, end.lat) for raster in rasters):
            turned = any(_within(raster, end.lat, end.lon) for raster in rasters)
            west, south, east, north = shapely.total_bounds([shapely.box(*r.bounds) for r in rasters])
            raise InputError(
                _("{name} lies outside the elevation ({west:.3f}–{east:.3f}° E, {south:.3f}–{north:.3f}° N)")
                .format(name=end.name, west=west, east=east, south=south, north=north),
                do=_("It looks like LAT,LON: write the longitude first.")
                if turned
                else _("Give a raster that covers the whole path."),
            )  # fmt: skip


def _within(raster: Raster, lon: float, lat: float) -> bool:
    west, south, east, north = raster.bounds
    return west <= lon <= east and south <= lat <= north


def rain_of(region: Region | None, end: End) -> tuple[float, str]:
    """(R0.01 in mm/h, basis): the rate on record for the province of `end`, else the assumed one."""
    if region is not None and "province" in region.communes:
        point = gpd.GeoSeries.from_xy([end.lon], [end.lat], crs=WGS84).to_crs(region.communes.crs).iloc[0]
        for province in region.communes["province"][region.communes.contains(point)].dropna():
            if province in rain.RAIN_RATES:
                return rain.RAIN_RATES[province], "province"
    return rain.DEFAULT_R001, "assumed"


def find_hop(
    a: End, b: End, terrain: Terrain, climate: Climate, rain_basis: str, f_ghz: float | None = None
) -> Hop:
    """The hop between two ends with known antenna heights, over `terrain`.

    Raises PhuSongError when it is longer than LONGEST_KM or the elevation does not know the path.
    """
    forth, back, metres = Geod(ellps="WGS84").inv(a.lon, a.lat, b.lon, b.lat)
    if metres > LONGEST_KM * 1000:
        raise PhuSongError(
            _("the two places are {km:.0f} km apart, and a microwave hop at most {most:.0f}").format(
                km=metres / 1000, most=LONGEST_KM
            ),
            do=_("Check the coordinates, or plan relays."),
        )
    climate = replace(climate, latitude=(a.lat + b.lat) / 2)
    start, end = _masts((a, b), terrain)
    grid = read_grid(terrain, _about([start.x_m, end.x_m], [start.y_m, end.y_m], terrain.cell_m))
    link = find_link(grid, start, end, f_ghz=f_ghz, climate=climate)
    radio = assumed_radio(link.f_ghz)
    spread = _availability_range(link, start, end, radio, climate) if rain_basis == "assumed" else None
    bearings = forth % 360, back % 360
    obstacles = find_obstacles(link, start.height_m, end.height_m, terrain.crs)
    return Hop(a, b, link, radio, climate, rain_basis, spread, bearings, obstacles, terrain)


def _masts(ends: Sequence[End], terrain: Terrain) -> list[Mast]:
    to_metres = Transformer.from_crs(WGS84, terrain.crs, always_xy=True)
    return [Mast(*to_metres.transform(end.lon, end.lat), end.height_m or 0.0) for end in ends]


def _about(x_m: Sequence[float], y_m: Sequence[float], cell_m: float) -> tuple[float, float, float, float]:
    edge = 3 * cell_m
    return min(x_m) - edge, min(y_m) - edge, max(x_m) + edge, max(y_m) + edge


def assumed_radio(f_ghz: float) -> Equipment:
    """The radio that a link at `f_ghz` is taken to have: the nearest in the list of bands."""
    nearest = min(EQUIPMENT, key=lambda radio: abs(np.log(radio.f_ghz / f_ghz)))
    return nearest._replace(f_ghz=f_ghz)


def _availability_range(
    link: Link, start: Mast, end: Mast, radio: Equipment, climate: Climate
) -> tuple[float, float]:
    """Availability in per cent at the wettest and at the driest rain rate on record."""
    rates = sorted(rain.RAIN_RATES.values(), reverse=True)
    wet, dry = (
        assess_link(link.profile, start.height_m, end.height_m, radio, replace(climate, r001_mm_h=rate))
        for rate in (rates[0], rates[-1])
    )
    return wet.availability_percent, dry.availability_percent


def intrusion_m(link: Link, start_m: float, end_m: float, rule: Clearance) -> np.ndarray:
    """How far each point of the path stands into the zone that `rule` wants clear, in m (< 0: below it)."""
    d = link.profile.d_km
    terrain = raised_m(d, surface(link.profile), rule.k)
    ray = ray_m(d, terrain[0] + start_m, terrain[-1] + end_m)
    return terrain - (ray - rule.asked_f1 * fresnel_m(d, link.f_ghz))


def find_obstacles(link: Link, start_m: float, end_m: float, crs: str) -> tuple[Obstacle, ...]:
    """The worst points of the stretches that break either rule, from A to B; one where two are nearer than
    3 % of the path."""
    seen = sorted((o for rule in link.clearances for o in rule.obstructions), key=lambda o: -o.into_m)
    kept: list[float] = []
    for one in seen:
        if all(abs(one.d_km - other) > 0.03 * link.length_km for other in kept):
            kept.append(one.d_km)
    at = np.searchsorted(link.profile.d_km, np.array(sorted(kept)))
    lon, lat = Transformer.from_crs(crs, WGS84, always_xy=True).transform(
        link.profile.x_m[at], link.profile.y_m[at]
    )
    median, least = (intrusion_m(link, start_m, end_m, rule)[at] for rule in link.clearances)
    columns = (link.profile.d_km[at], lon, lat, surface(link.profile)[at], median, least)
    return tuple(Obstacle(*map(float, row)) for row in zip(*columns, strict=True))


def find_pairs(known: pd.DataFrame, terrain: Terrain, longest_km: float) -> pd.DataFrame:
    """All pairs of places at most `longest_km` apart: which are clear over the terrain.

    `known` as `places` gives it, with heights; each mast is taken once. The band is the one that the length
    allows. `clear` is yes, no or unknown (no elevation on the path); clearances in Fresnel radii.
    """
    ends = _distinct(known)
    x, y = ends["x_m"].to_numpy(), ends["y_m"].to_numpy()
    found = pairs.pairs_within(x, y, longest_km * 1000, shortest_m=1.0)
    if len(found) > MOST_PAIRS:
        raise PhuSongError(
            _("{count} pairs are more than can be looked through").format(count=len(found)),
            do=_("Ask for a shorter distance."),
        )
    grid = read_grid(terrain, _about(x, y, terrain.cell_m))
    return _pair_table(ends, found, _pair_figures(grid, ends, found))


def _distinct(known: pd.DataFrame) -> pd.DataFrame:
    """One row a site, and one a mast: the highest cell of those in one place. In the order of the ids."""
    order = known.sort_values(["kind", "height_m", "place_id"], ascending=[True, False, True])
    masts = order[order["kind"] == "mast"].drop_duplicates(["x_m", "y_m"])
    both = pd.concat([order[order["kind"] == "site"], masts])
    return both.sort_values(["place_id", "kind"], ignore_index=True)


def _pair_figures(grid: Grid, ends: pd.DataFrame, found: np.ndarray) -> pd.DataFrame:
    """Length, band, and the clearance at either k with what is asked for, of each pair."""
    x, y = ends["x_m"].to_numpy(), ends["y_m"].to_numpy()
    km = np.hypot(x[found[:, 0]] - x[found[:, 1]], y[found[:, 0]] - y[found[:, 1]]) / 1000
    bands = np.array([radio.f_ghz for radio in EQUIPMENT])
    reach = np.array([radio.longest_km for radio in EQUIPMENT])
    f_ghz = bands[np.minimum(np.searchsorted(reach, km), len(bands) - 1)]
    out = pd.DataFrame({"length_m": (km * 1000).round(), "f_ghz": f_ghz})
    rules = [asked_clearance(float(length))[1] for length in km]
    k_min, asked = np.array(rules).T if rules else (np.empty(0), np.empty(0))
    for name, k in (("clearance_f1", np.full(len(km), MEDIAN_K)), ("clearance_k_min_f1", k_min)):
        # A clearance in Fresnel radii grows with the root of the frequency: one run at 1 GHz serves all.
        at_1_ghz = pairs.pair_clearances(grid, x, y, ends["height_m"].to_numpy(), found, 1.0, k)
        out[name] = at_1_ghz * np.sqrt(f_ghz)
    out["k_min"], out["asked_k_min_f1"] = k_min, asked
    return out


def _pair_table(ends: pd.DataFrame, found: np.ndarray, figures: pd.DataFrame) -> pd.DataFrame:
    columns = ["place_id", "name", "kind", "lon", "lat", "height_m"]
    ends = ends[columns].rename(columns={"place_id": "id"}).round({"lon": 6, "lat": 6})
    sides = [
        ends.iloc[found[:, side]].reset_index(drop=True).add_prefix(letter + "_")
        for side, letter in enumerate("ab")
    ]
    known = figures["clearance_f1"].notna()
    clear = (figures["clearance_f1"] >= 1) & (figures["clearance_k_min_f1"] >= figures["asked_k_min_f1"])
    sight = figures["clearance_f1"] >= 0
    said = {
        "line_of_sight": np.where(known, np.where(sight, "yes", "no"), "unknown"),
        "clear": np.where(known, np.where(clear, "yes", "no"), "unknown"),
    }
    return pd.concat([*sides, figures.round(3), pd.DataFrame(said)], axis=1)
