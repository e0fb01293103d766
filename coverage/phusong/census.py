"""The people of a raster by commune, and rasters scaled to the census.

A cell belongs to the commune that its centre lies in (of two that overlap, the one with the lower code): the
one way in which the program adds up people by commune.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from rasterio.transform import Affine

from phusong.domain import Finding
from phusong.errors import InputError
from phusong.geo import has_shape, metric_crs
from phusong.language import _

#: Parts of one person that a scaled cell counts in: a power of two, so that sums in floating point are exact.
_PARTS = 1024
#: A raster is split no finer than this, and to no more cells.
_MOST_SPLITS, _MOST_CELLS = 64, 60_000_000
_VOID = -99999.0


@dataclass(frozen=True)
class PeopleRaster:
    """Residents in each cell: `people[row, column]` (float64, NaN where not known), transform and system."""

    people: np.ndarray
    transform: Affine
    crs: str

    def centres(self, rows: np.ndarray, columns: np.ndarray) -> gpd.GeoSeries:
        """The centres of cells as points in the raster's system."""
        to, column, row = self.transform, columns + 0.5, rows + 0.5
        shapes = gpd.points_from_xy(to.a * column + to.b * row + to.c, to.d * column + to.e * row + to.f)
        return gpd.GeoSeries(shapes, crs=self.crs)


def read_people(path: Path) -> PeopleRaster:
    """The first band of a raster of residents."""
    with rasterio.open(path) as source:
        people = source.read(1, masked=True).astype(float).filled(np.nan)
        return PeopleRaster(people, source.transform, source.crs.to_string())


def write_people(raster: PeopleRaster, path: Path, **tags: str) -> None:
    """A GeoTIFF that holds the figures exactly; `tags` say whose they are."""
    rows, columns = raster.people.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=columns,
        height=rows,
        count=1,
        dtype="float64",
        nodata=_VOID,
        crs=raster.crs,
        transform=raster.transform,
        compress="deflate",
        predictor=3,
    ) as out:
        out.write(np.where(np.isnan(raster.people), _VOID, raster.people), 1)
        out.update_tags(**tags)


def with_people(raster: PeopleRaster) -> gpd.GeoDataFrame:
    """A point at each cell with people, its `weight` the figure there."""
    heads = np.nan_to_num(raster.people)
    rows, columns = np.nonzero(heads > 0)
    shapes = raster.centres(rows, columns)
    return gpd.GeoDataFrame({"weight": heads[rows, columns]}, geometry=shapes.to_numpy(), crs=raster.crs)


def commune_of(points: gpd.GeoSeries, communes: gpd.GeoDataFrame) -> pd.Series:
    """The code of the commune that each point lies in, by the points' index; points in none are left out."""
    inside = gpd.sjoin(
        points.to_frame("geometry"), communes[["commune_code", "geometry"]], predicate="within"
    )
    inside = inside.sort_values("commune_code", kind="stable")
    return inside.loc[~inside.index.duplicated(), "commune_code"]


def people_by_commune(raster: PeopleRaster, communes: gpd.GeoDataFrame) -> pd.Series:
    """People of the raster in each commune, by code; communes in which no cell has people are left out."""
    cells = with_people(raster).to_crs(communes.crs)
    return cells["weight"].groupby(commune_of(cells.geometry, communes)).sum()


def scale_population(
    raster: PeopleRaster, communes: gpd.GeoDataFrame, source: str = ""
) -> tuple[PeopleRaster, list[Finding]]:
    """The raster with the people of each commune's cells in proportion, so that they add up to its residents.

    `people_by_commune` of the result is `population` exactly, for every commune that has one. Cells are split
    where a commune is too narrow to hold the centre of one. Cells outside the communes become unknown. A
    commune without a figure keeps the raster's, one whose cells are empty gets its people spread evenly:
    both, and what could not be done, are in the findings about `source`.

    Raises InputError when raster and communes lie apart.
    """
    zones = communes[has_shape(communes.geometry) & communes["commune_code"].notna()]
    metric = zones.to_crs(metric_crs(zones))
    raster = _cropped(raster, zones)
    counted = metric[metric["population"].fillna(0) > 0]
    splits, owner = 1, _owners(raster, metric)
    while set(counted["commune_code"]) - set(owner) and splits < _MOST_SPLITS:
        if raster.people.size * 4 > _MOST_CELLS:
            break
        splits, raster = splits * 2, _halved(raster)
        owner = _owners(raster, metric)
    people, findings = np.full(raster.people.size, np.nan), []
    said = dict(zip(zones["commune_code"], zones["population"], strict=True))
    names = dict(zip(zones["commune_code"], zones["name"], strict=True))
    heads = raster.people.ravel()
    for code in sorted(said):
        cells, finding = np.flatnonzero(owner == code), None
        residents = None if pd.isna(said[code]) else int(said[code])
        if residents is not None and not len(cells) and residents:
            finding = _("{name} is too narrow for the cells: its {people} residents are in none")
        elif residents is None:
            people[cells] = heads[cells]
            finding = _("no census figure for {name}: its cells keep those of the raster")
        else:
            people[cells] = _shared_out(residents, heads[cells])
            if residents and not (np.nan_to_num(heads[cells]) > 0).any():
                finding = _("the raster has nobody in {name}: its {people} residents are spread evenly")
        if finding:
            findings.append(_finding(source, finding.format(name=names[code] or code, people=residents)))
    return replace(raster, people=people.reshape(raster.people.shape)), findings


def _finding(source: str, what: str) -> Finding:
    return Finding("warning", source, None, what, _("Check the commune's figure and outline."))


def _owners(raster: PeopleRaster, metric: gpd.GeoDataFrame) -> np.ndarray:
    """The code of the commune of each cell, row by row; "" in none."""
    rows, columns = np.indices(raster.people.shape).reshape(2, -1)
    out = np.full(raster.people.size, "", dtype=object)
    if len(metric):
        found = commune_of(raster.centres(rows, columns).to_crs(metric.crs), metric)
        out[found.index.to_numpy()] = found.to_numpy()
    return out


def _cropped(raster: PeopleRaster, zones: gpd.GeoDataFrame) -> PeopleRaster:
    """The part of the raster about the communes, with a cell more on each side."""
    outline = zones.to_crs(raster.crs).geometry.to_numpy()
    west, south, east, north = shapely.total_bounds(outline)
    back = ~raster.transform
    corners = [back @ corner for corner in ((west, north), (east, north), (west, south), (east, south))]
    columns, rows = np.array(corners).T
    top, bottom = max(int(np.floor(rows.min())) - 1, 0), int(np.ceil(rows.max())) + 1
    left, right = max(int(np.floor(columns.min())) - 1, 0), int(np.ceil(columns.max())) + 1
    people = raster.people[top : max(bottom, 0), left : max(right, 0)]
    if not people.size:
        raise InputError(
            _("the population raster does not reach the communes"),
            do=_("Take the raster of this country, and check the coordinate systems."),
        )
    return replace(raster, people=people, transform=raster.transform @ Affine.translation(left, top))


def _halved(raster: PeopleRaster) -> PeopleRaster:
    """The same people on cells of half the width."""
    people = np.repeat(np.repeat(raster.people, 2, 0), 2, 1) / 4
    return replace(raster, people=people, transform=raster.transform @ Affine.scale(0.5))


def _shared_out(residents: int, heads: np.ndarray) -> np.ndarray:
    """`residents` shared by the weights `heads` in whole 1/1024 persons, by largest remainder.

    Ties go to the first cells. Without any weight all known cells share evenly; without known ones, all.

    >>> _shared_out(3, np.array([1.0, 1.0, 0.0])).tolist(), _shared_out(1, np.array([2.0, 1.0])).sum().item()
    ([1.5, 1.5, 0.0], 1.0)
    """
    weight = np.nan_to_num(heads)
    if not (weight > 0).any():
        known = ~np.isnan(heads)
        weight = known.astype(float) if known.any() else np.ones(len(heads))
    takes = np.flatnonzero(weight > 0)
    share = weight[takes] / weight[takes].sum() * residents * _PARTS
    parts = np.floor(np.maximum(share - 1e-6, 0)).astype(np.int64)
    each, left = divmod(residents * _PARTS - int(parts.sum()), len(takes))
    parts += each
    parts[np.argsort(parts - share, kind="stable")[:left]] += 1
    out = np.where(np.isnan(heads), np.nan, 0.0)
    out[takes] = parts / _PARTS
    return out
