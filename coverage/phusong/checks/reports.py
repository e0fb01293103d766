"""Reports that speak against each other or against the map."""

from collections.abc import Iterator

import numpy as np
import shapely

from phusong.checks.problem import Problem
from phusong.domain import CENTRE_KIND, Region
from phusong.geo import nearest
from phusong.language import _
from phusong.units import fold, say_distance

#: Two sites of one name nearer than this are probably one.
SAME_PLACE_M = 50
#: Reported fibre farther than this from any known line: the line layer or the report is wrong.
FIBRE_FAR_M = 2_000
#: Reported none though a line passes nearer than this: worth a look.
FIBRE_NEAR_M = 100


def same_place_twice(region: Region) -> Iterator[Problem]:
    """Two rows that look like one site; two offices in one commune."""
    sites = region.sites.sort_values("site_id")
    alike = sites.groupby([sites["commune_code"], sites["name"].map(fold)]).ngroup().to_numpy()
    groups, first, group = np.unique(alike, return_index=True, return_inverse=True)
    first = first[group]
    shapes = sites.geometry.to_numpy()
    near = shapely.distance(shapes, shapes[first]) <= SAME_PLACE_M
    again = np.flatnonzero(near & (groups[group] >= 0) & (first != np.arange(len(sites))))
    ids = sites["site_id"].to_numpy()
    for at in again[np.argsort(group[again], kind="stable")]:
        yield Problem(
            "sites",
            sites.index[at],
            _("looks like {site} again (same name, same place)").format(site=ids[first[at]]),
            _("Delete one of them if they are one site; both are counted until then."),
            column="name; geometry",
        )
    centres = sites[sites["kind"] == CENTRE_KIND]
    for index in centres.index[centres["commune_code"].duplicated()]:
        yield Problem(
            "sites",
            index,
            _("a second UBND office in commune {code}").format(code=centres.loc[index, "commune_code"]),
            _("Only one can stand for the commune centre: the one with the lowest id does."),
            column="kind",
        )


def contradicting_reports(region: Region) -> Iterator[Problem]:
    """Reports of fibre that the line layer does not bear out; the report still wins."""
    if region.fibre.empty:
        return
    said = region.sites[region.sites["fibre_reported"].notna()]
    _position, distance = nearest(said.geometry, region.fibre.geometry)
    off = said["position_radius_m"].fillna(0).to_numpy(float) if "position_radius_m" in said else 0.0
    far = (said["fibre_reported"] == "yes").to_numpy(bool) & (distance - off > FIBRE_FAR_M)
    near = (said["fibre_reported"] == "no").to_numpy(bool) & (distance + off < FIBRE_NEAR_M)
    for at in np.flatnonzero(far | near):
        what = (
            _("is reported with fibre, but the nearest known line is {distance} away")
            if far[at]
            else _("is reported without fibre, but a line passes {distance} away")
        )
        yield Problem(
            "sites",
            said.index[at],
            what.format(distance=say_distance(distance[at])),
            _("The report counts; check it, and whether the line layer is complete."),
            column="fibre_reported",
        )
