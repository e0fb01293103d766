"""What a study lacks or says in polygons: one area in place of communes; reported mobile coverage."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from phusong.domain import INPUT_TABLES, ONE_AREA, Finding
from phusong.errors import InputError, StudyError
from phusong.geo import WGS84, has_shape, metric_crs
from phusong.language import _
from phusong.readers.rows import on_earth, open_shapes
from phusong.study import Study

#: How far around sites and nodes the area reaches.
_AROUND_M = 3_000


def one_area(study: Study, layers: Mapping[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """A commune that is all land within 3 km of a site or node, named after the study (WGS 84).

    Raises StudyError when no site has a position.
    """
    points = [layers[name].geometry for name in ("sites", "nodes") if name in layers]
    known = [p[has_shape(p) & np.isfinite(p.x) & np.isfinite(p.y)] for p in points]
    if not len(known[0]):
        raise StudyError(
            _("there are no communes, and no site has a position"),
            where=study.file,
            do=_("Give the sites longitude and latitude, or name the communes."),
        )
    at = gpd.GeoSeries(np.concatenate([p.to_numpy() for p in known]), crs=WGS84)
    crs = study_crs(study, gpd.GeoDataFrame(geometry=at))
    around = shapely.union_all(shapely.buffer(at.to_crs(crs).to_numpy(), _AROUND_M, quad_segs=8))
    row = dict.fromkeys(INPUT_TABLES["communes"].columns)
    row |= {"commune_code": ONE_AREA, "name": study.title, "vintage": study.vintage}
    row |= {"source": study.file, "row": 1, "geometry": around}
    frame = gpd.GeoDataFrame([row], geometry="geometry", crs=crs).to_crs(WGS84)
    text = [name for name, c in INPUT_TABLES["communes"].columns.items() if str(c.dtype) in ("str", "string")]
    return frame.astype(dict.fromkeys(text, "str") | {"population": "Int64"})


def with_reported_coverage(
    study: Study, sites: gpd.GeoDataFrame, told: list[Finding] | None = None
) -> gpd.GeoDataFrame:
    """Sites whose list says nothing of mobile signals take it from `mobile_coverage`: inside it or not. What
    was odd in it is appended to `told`."""
    source = study.inputs.mobile_coverage
    if source is None:
        return sites
    shapes = open_shapes("mobile_coverage", source, study.path(source.path), told).to_crs(sites.crs)
    drawn = on_earth(shapes.geometry.to_numpy())
    covered = shapely.union_all(shapely.make_valid(drawn[~shapely.is_missing(drawn)]))
    placed = has_shape(sites.geometry)
    silent = sites["mobile_reported"].isna() & placed
    inside = shapely.intersects(sites.geometry.to_numpy(), covered)
    said = np.where(inside, "yes", "no")
    return sites.assign(mobile_reported=sites["mobile_reported"].mask(silent, said))


def study_crs(study: Study, communes: gpd.GeoDataFrame) -> Any:
    """The system in metres that the study says, or the best for its communes. Raises StudyError where what it
    says is none, InputError where no commune has a shape."""
    if study.crs is None:
        drawn = communes[has_shape(communes.geometry)]
        if drawn.empty:
            raise InputError(
                _("no row has a position or shape that can be used"),
                where=study.inputs.communes.path if study.inputs.communes else study.file,
                do=_("Give the communes with their outlines, or name the right file."),
            )
        return metric_crs(drawn)
    try:
        crs = CRS.from_user_input(study.crs)
    except CRSError:
        crs = None
    if crs is None or not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        raise StudyError(
            _("crs {crs} is no coordinate system in metres").format(crs=repr(study.crs)),
            where=study.file,
            do=_("Leave it out, or name one such as EPSG:5899 (VN-2000 107°45')."),
        )
    return crs
