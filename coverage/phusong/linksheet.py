"""LINKS: the microwave hops that a plan builds, each as its link sheet has it.

The figures are those of `phusong link` for the same ends, antennas and band.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod, Transformer

from phusong.built import Built
from phusong.costs import Price, price
from phusong.domain import LINKS, conform, empty
from phusong.geo import WGS84
from phusong.hops import End, assumed_radio, rain_of
from phusong.hubs import SHEET
from phusong.land import Land
from phusong.packages import Place
from phusong.radio.links import Climate, Equipment, asked_clearance, assess_link, surface, tilt_deg
from phusong.relays import BESIDE_M, flat_availability, flat_level
from phusong.terrain import Profile, read_profile

#: Points of a profile, at most.
MOST_POINTS = 200
_EARTH = Geod(ellps="WGS84")


class _End(NamedTuple):
    """An end of a hop: what stands there, where, and its antenna in m above ground."""

    id: str
    kind: str
    name: str | None
    operator: str | None
    x_m: float
    y_m: float
    height_m: float


class _Hop(NamedTuple):
    """A hop that is built: who pays for it, whom it serves, its band and its ends, `a` towards fibre."""

    investment_id: str
    funded: bool
    site_ids: tuple[str, ...]
    f_ghz: float
    a: _End
    b: _End

    @property
    def length_m(self) -> float:
        return float(np.hypot(self.a.x_m - self.b.x_m, self.a.y_m - self.b.y_m))


def link_rows(
    places: list[Place],
    built: Built,
    alternatives: pd.DataFrame,
    gaps: gpd.GeoDataFrame,
    land: Land,
    delta_n: float,
    prices: Mapping[str, Price],
) -> gpd.GeoDataFrame:
    """LINKS of the packages, by link_id; `alternatives` and `land` are those of the proposal, `prices` the
    sheet of microwave links, `delta_n` the refractivity lapse in N/km."""
    hops = [hop for hop in _hops(places, built, alternatives, gaps) if hop.length_m >= BESIDE_M]
    if not hops:
        return empty(LINKS, gaps.crs)
    rate = price(prices, SHEET, "rate_mbps").value
    to_degrees = Transformer.from_crs(gaps.crs, WGS84, always_xy=True)
    rows = [{**_sheet(hop, land, delta_n, to_degrees), "rate_mbps": rate} for hop in hops]
    # Without elevation some columns stay empty.
    frame = pd.DataFrame(rows, columns=list(LINKS.columns))
    table = gpd.GeoDataFrame(frame, geometry="geometry", crs=gaps.crs)
    return gpd.GeoDataFrame(conform(table, LINKS), geometry="geometry", crs=gaps.crs)


def _hops(
    places: list[Place], built: Built, alternatives: pd.DataFrame, gaps: gpd.GeoDataFrame
) -> Iterator[_Hop]:
    """The hops to the facilities that each package pays for, and the last ones to its sites."""
    ends = {row.Index: _facility(row) for row in built.facilities.itertuples()}
    feeds = built.facilities[["depends_on", "f_ghz"]]
    key = ["site_id", "technology", "facility_id"]
    last = built.rows[key].merge(alternatives[[*key, "height_m", "f_ghz"]], on=key).dropna(subset="f_ghz")
    last_of = last.set_index(["site_id", "technology"])
    about = gaps.set_index("site_id")[["name", "geometry"]]
    for place in places:
        package = place.package
        for name in place.facilities:
            feed, f_ghz = feeds.loc[name]
            if isinstance(feed, str) and feed and f_ghz == f_ghz:
                served = tuple(sorted(site for site, items in built.items.items() if name in items))
                yield _Hop(package.investment_id, package.funded, served, f_ghz, ends[feed], ends[name])
        for site in package.site_ids:
            if (site, package.technology) not in last_of.index:
                continue
            way = last_of.loc[(site, package.technology)]
            at = about.loc[site, "geometry"]
            end = _End(site, "site", about.loc[site, "name"], None, at.x, at.y, float(way["height_m"]))
            feed = ends[way["facility_id"]]
            yield _Hop(package.investment_id, package.funded, (site,), float(way["f_ghz"]), feed, end)


def _facility(row: Any) -> _End:
    operator = row.operator if isinstance(row.operator, str) else None
    x, y = row.geometry.x, row.geometry.y
    return _End(row.Index, row.kind, None, operator, x, y, float(row.height_m))


def _sheet(hop: _Hop, land: Land, delta_n: float, to_degrees: Transformer) -> dict[str, Any]:
    """One row of LINKS, but for the rate."""
    (lon_a, lon_b), (lat_a, lat_b) = to_degrees.transform((hop.a.x_m, hop.b.x_m), (hop.a.y_m, hop.b.y_m))
    forth, back, _metres = _EARTH.inv(lon_a, lat_a, lon_b, lat_b)
    rain, basis = rain_of(land.region, End("", lon_a, lat_a))
    climate = Climate(r001_mm_h=rain, delta_n=delta_n, latitude=(lat_a + lat_b) / 2)
    radio = assumed_radio(hop.f_ghz)
    known = _flat(hop, radio, climate) if land.grid is None else _over_land(hop, land, radio, climate)
    return {
        "link_id": f"{hop.a.id}--{hop.b.id}",
        "investment_id": hop.investment_id,
        "funded": hop.funded,
        "site_ids": ";".join(hop.site_ids),
        **_said_of("a", hop.a, forth),
        **_said_of("b", hop.b, back),
        "length_m": round(hop.length_m, 1),
        "f_ghz": hop.f_ghz,
        "power_dbm": radio.power_dbm,
        "gain_dbi": radio.gain_dbi,
        "threshold_dbm": radio.threshold_dbm,
        "r001_mm_h": rain,
        "rain_basis": basis,
        **known,
        "geometry": shapely.LineString([(hop.a.x_m, hop.a.y_m), (hop.b.x_m, hop.b.y_m)]),
    }


def _said_of(letter: str, end: _End, azimuth_deg: float) -> dict[str, Any]:
    return {
        f"{letter}_id": end.id,
        f"{letter}_kind": end.kind,
        f"{letter}_name": end.name,
        f"{letter}_operator": end.operator,
        f"{letter}_height_m": end.height_m,
        # Rounded before it is turned: north is 0, never 360.
        f"{letter}_azimuth_deg": round(azimuth_deg, 2) % 360,
    }


def _flat(hop: _Hop, radio: Equipment, climate: Climate) -> dict[str, Any]:
    """What is known of a hop without elevation: its budget, were the path clear."""
    km = hop.length_m / 1000
    (_k, asked), (k_min, asked_k_min) = asked_clearance(km)
    level = flat_level(radio, km, climate)
    return {
        "received_dbm": round(level, 2),
        "margin_db": round(level - radio.threshold_dbm, 2),
        "availability_percent": round(flat_availability(radio, km, climate), 6),
        "asked_f1": asked,
        "k_min": round(k_min, 4),
        "asked_k_min_f1": asked_k_min,
        "terrain": "flat",
    }


def _over_land(hop: _Hop, land: Land, radio: Equipment, climate: Climate) -> dict[str, Any]:
    """What the profile says of a hop: heights, tilts, budget, clearance."""
    assert land.grid is not None
    profile = read_profile(land.grid, (hop.a.x_m, hop.a.y_m), (hop.b.x_m, hop.b.y_m))
    link = assess_link(profile, hop.a.height_m, hop.b.height_m, radio, climate)
    ground_a, ground_b = (float(height) for height in profile.ground_m[[0, -1]])
    top_a, top_b = ground_a + hop.a.height_m, ground_b + hop.b.height_m
    median, least = link.clearances
    return {
        "a_ground_m": round(ground_a, 1),
        "b_ground_m": round(ground_b, 1),
        "a_tilt_deg": round(tilt_deg(link.length_km, top_a, top_b), 3),
        "b_tilt_deg": round(tilt_deg(link.length_km, top_b, top_a), 3),
        "received_dbm": round(link.received_dbm, 2),
        "margin_db": round(link.margin_db, 2),
        "availability_percent": round(link.availability_percent, 6),
        "clearance_f1": round(median.least_f1, 4),
        "asked_f1": median.asked_f1,
        "clearance_at_m": round(1000 * median.at_km, 1),
        "k_min": round(least.k, 4),
        "clearance_k_min_f1": round(least.least_f1, 4),
        "asked_k_min_f1": least.asked_f1,
        "clearance_k_min_at_m": round(1000 * least.at_km, 1),
        "terrain": "elevation",
        **profile_text(profile, canopy=land.grid.canopy is not None),
    }


def profile_text(profile: Profile, *, canopy: bool) -> dict[str, Any]:
    """The profile as texts of whole metres, at MOST_POINTS equal steps at most.

    Of the samples within half a step the one where most stands in the way is kept; the ends are their own.
    """
    kept = _kept(profile)
    length = 1000 * float(profile.d_km[-1])
    above = surface(profile) - profile.ground_m
    return {
        "profile_step_m": round(length / (len(kept) - 1), 3),
        "profile_ground_m": _whole(profile.ground_m[kept]),
        "profile_canopy_m": _whole(above[kept]) if canopy else None,
    }


def _kept(profile: Profile) -> np.ndarray:
    """Positions of the samples that stand for the whole profile."""
    last = len(profile.d_km) - 1
    if last < MOST_POINTS:
        return np.arange(last + 1)
    step = np.rint(np.arange(last + 1) * (MOST_POINTS - 1) / last).astype(int)
    order = np.lexsort((-surface(profile), step))
    kept = order[np.unique(step[order], return_index=True)[1]]
    kept[[0, -1]] = 0, last
    return kept


def _whole(metres: np.ndarray) -> str:
    return " ".join(str(round(float(m))) for m in metres)
