"""Things that are where they cannot be: far away, outside their commune, in no commune."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.checks.problem import Problem
from phusong.domain import CENTRE_KIND, ONE_AREA, Region
from phusong.geo import WGS84
from phusong.language import _
from phusong.units import say_distance

#: Farther than this from every commune, a row is taken to be misplaced.
FAR_M = 50_000
#: Outlines and lines that end at each other are drawn no finer.
TOUCHES_M = 1.0
#: Boundaries are simplified: a site this near its commune counts as inside.
BOUNDARY_TOLERANCE_M = 200


def _distance_to_study_m(frame: gpd.GeoDataFrame, region: Region) -> pd.Series:
    communes, shapes = region.communes.geometry.to_numpy(), frame.geometry.to_numpy()
    # Coordinates that the projection cannot take come out as infinite.
    on_earth = np.isfinite(shapely.bounds(shapes)).all(axis=1) if len(shapes) else np.array([], dtype=bool)
    distance = np.where(on_earth, np.nan, np.inf)
    # Nearly all touch a commune; only the others are measured.
    there = shapely.STRtree(np.where(on_earth, shapes, None))
    distance[there.query(communes, predicate="intersects")[1]] = 0.0
    away = np.flatnonzero(np.isnan(distance))
    if len(communes) and len(away):
        (at, _commune), metres = shapely.STRtree(communes).query_nearest(
            shapes[away], all_matches=False, return_distance=True
        )
        distance[away[at]] = metres
    return pd.Series(distance, index=frame.index)


def far_points(region: Region) -> Iterator[Problem]:
    """Points far from every commune; swapped longitude and latitude is the usual reason."""
    for name in ("sites", "cells", "nodes", "landslides"):
        frame = getattr(region, name)
        distance = _distance_to_study_m(frame, region)
        for index in frame.index[distance > FAR_M]:
            yield Problem(
                name,
                index,
                _("lies {distance} from the nearest commune").format(distance=_say_far(distance[index])),
                _("Check longitude and latitude: swapped, or in another coordinate system?"),
                set_aside=True,
                column="geometry",
            )


def _say_far(distance: float) -> str:
    return say_distance(distance) if np.isfinite(distance) else _("off the Earth")


def far_lines(region: Region) -> Iterator[Problem]:
    """Lines far from every commune: mostly a layer in another coordinate system than it says."""
    for name in ("fibre", "roads", "ducts", "power_lines"):
        frame = getattr(region, name)
        distance = _distance_to_study_m(frame, region)
        if len(frame) and distance.min() > TOUCHES_M:
            do = (
                _('Its coordinate system is probably another: say it, [inputs.{name}] crs = "EPSG:…".')
                if distance.min() > FAR_M
                else _('Is a commune missing, or is it in another system? [inputs.{name}] crs = "EPSG:…".')
            )
            yield Problem(
                name,
                None,
                _("no line of {name} touches any commune; the nearest is {distance} away").format(
                    name=name, distance=_say_far(distance.min())
                ),
                do.format(name=name),
            )
        for index in frame.index[distance > FAR_M]:
            yield Problem(
                name,
                index,
                _("lies {distance} from the nearest commune").format(distance=_say_far(distance[index])),
                _("Check the coordinate system of the file."),
                set_aside=True,
            )


def unknown_communes(region: Region) -> Iterator[Problem]:
    """Sites with no commune code, or one that the commune layer lacks, take the commune they lie in."""
    sites, communes = region.sites, region.communes
    lost = sites[~sites["commune_code"].isin(communes["commune_code"])]
    if lost.empty:
        return
    inside = gpd.sjoin(lost[["geometry"]], communes[["commune_code", "name", "geometry"]], predicate="within")
    inside = inside[~inside.index.duplicated()]
    where = dict(zip(inside.index, inside[["commune_code", "name"]].to_dict("records"), strict=True))
    for index, code in lost["commune_code"].items():
        said = (
            _("has no commune code")
            if pd.isna(code)
            else _("commune {code} is not in the commune layer").format(code=code)
        )
        if index in where:
            found = where[index]
            yield Problem(
                "sites",
                index,
                said,
                _("It lies in {name} ({code}) and is counted there; write that code.").format(
                    name=found["name"], code=found["commune_code"]
                ),
                replacement={"commune_code": found["commune_code"]},
                column="commune_code",
                suggest=(("commune_code", found["commune_code"]),),
            )
        else:
            yield Problem(
                "sites",
                index,
                said,
                _("Write the code of a commune of the layer."),
                set_aside=True,
                column="commune_code",
            )


def sites_outside_their_commune(region: Region) -> Iterator[Problem]:
    """Sites whose position is not in the commune that their list puts them in."""
    sites, communes = region.sites, region.communes.set_index("commune_code")
    own = communes.geometry.reindex(sites["commune_code"]).to_numpy()
    distance = shapely.distance(sites.geometry.to_numpy(), own)
    off = sites[distance > BOUNDARY_TOLERANCE_M]
    here = gpd.sjoin(off[["geometry"]], region.communes[["commune_code", "geometry"]], predicate="intersects")
    # A site on a border lies in the one that the layer has first.
    here = here.sort_values("index_right", kind="stable")["commune_code"]
    inside = here[~here.index.duplicated()].to_dict()
    names = communes["name"].to_dict()
    for index, code, away in zip(
        off.index, off["commune_code"], distance[distance > BOUNDARY_TOLERANCE_M], strict=True
    ):
        found = inside.get(index)
        where = (
            _("in no commune")
            if found is None
            else _("in {name} ({code})").format(name=names[found], code=found)
        )
        yield Problem(
            "sites",
            index,
            _("lies {distance} outside its commune {name} ({code}), {where}").format(
                distance=say_distance(away), name=names[code], code=code, where=where
            ),
            _("Check its position and its commune code."),
            column="commune_code; geometry",
            suggest=() if found is None else (("commune_code", found),),
        )


def sites_outside_elevation(region: Region) -> Iterator[Problem]:
    """Sites that no elevation raster reaches: their signal cannot be computed."""
    if not region.elevation or region.sites.empty:
        return
    there = shapely.union_all([shapely.box(*raster.bounds) for raster in region.elevation])
    places = region.sites.geometry.to_crs(WGS84)
    for index in places.index[~shapely.covers(there, places.to_numpy())]:
        yield Problem(
            "sites",
            index,
            _("lies outside the elevation model"),
            _("Give a raster that covers it; until then its mobile signal is not computed."),
            column="geometry",
        )


def communes_without_sites(region: Region) -> Iterator[Problem]:
    """Communes with no site, or with no office that could stand for their centre."""
    sites = region.sites
    has_any = set(sites["commune_code"])
    has_centre = set(sites.loc[sites["kind"] == CENTRE_KIND, "commune_code"])
    communes = region.communes
    for index, code, name in zip(communes.index, communes["commune_code"], communes["name"], strict=True):
        if code not in has_any:
            yield Problem(
                "communes",
                index,
                _("no list names a site in {name}").format(name=name),
                _("Add its sites; until then its status is unknown."),
            )
        elif code not in has_centre and code != ONE_AREA:
            yield Problem(
                "communes",
                index,
                _("no list names the UBND office of {name}").format(name=name),
                _("Add it: the office stands for the commune centre; until then its status is unknown."),
            )
