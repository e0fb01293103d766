"""Parts of the road network that no road joins: line to them must leave the road."""

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from phusong.checks.problem import Problem
from phusong.domain import Region
from phusong.geo import WGS84
from phusong.language import _
from phusong.parts import all_joined, road_parts
from phusong.units import say_distance

#: A part is worth a finding when a site lies this near it, or it is this long.
SITE_NEAR_M = 500
LONG_M = 5_000


def roads_in_parts(region: Region) -> Iterator[Problem]:
    """Roads of their own that serve a site or are long: where they are, and how wide the gap is."""
    if region.roads.empty or all_joined(region.roads):
        return
    parts = road_parts(region.roads)
    shapes = parts.geometry.to_numpy()
    near = shapely.STRtree(region.sites.geometry.to_numpy()).query(
        shapes[1:], predicate="dwithin", distance=SITE_NEAR_M
    )[0]
    serves = np.bincount(near + 1, minlength=len(parts))
    communes = shapely.STRtree(region.communes.geometry.to_numpy())
    for at, part in enumerate(parts.itertuples()):
        if at == 0 or (serves[at] == 0 and part.length_m < LONG_M):
            continue
        inside = region.communes.iloc[np.sort(communes.query(shapes[at], predicate="intersects"))]
        if serves[at] == 0 and inside.empty:
            continue
        yield Problem(
            "roads",
            None,
            _(
                "{length} of road in {communes}, near {sites} sites, are joined to the rest by no road; {gap}"
            ).format(
                length=say_distance(part.length_m),
                communes=", ".join(inside["name"]) or _("no commune"),
                sites=serves[at],
                gap=_say_gaps(part, region.roads.crs),
            ),
            _("Draw the road that is missing; if there is none, new line crosses the gap off-road."),
        )


def _say_gaps(part: Any, crs: Any) -> str:
    """Where the gap to the main network is smallest, and that to another part, when that is nearer."""
    said = _("the smallest gap to the main network is {place}").format(place=_place(part.main_gap, crs))
    if part.nearest == 1:
        return said
    return f"{said}, " + _("to another part {place}").format(place=_place(part.gap, crs))


def _place(gap: shapely.LineString, crs: Any) -> str:
    """The length of a gap and its middle in degrees."""
    middle = gpd.GeoSeries([shapely.line_interpolate_point(gap, 0.5, normalized=True)], crs=crs)
    lon, lat = shapely.get_coordinates(middle.to_crs(WGS84).to_numpy())[0]
    return _("{length} at {lon}, {lat}").format(
        length=say_distance(gap.length), lon=f"{lon:.5f}", lat=f"{lat:.5f}"
    )
