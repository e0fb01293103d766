"""Reports that speak against each other or against the map."""

from collections.abc import Iterator

import pandas as pd

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
    names = sites["name"].map(fold)
    for _key, group in sites.groupby([sites["commune_code"], names]):
        first = group.iloc[0]
        for index, site in group.iloc[1:].iterrows():
            if site.geometry.distance(first.geometry) <= SAME_PLACE_M:
                yield Problem(
                    "sites",
                    index,
                    _("looks like {site} again (same name, same place)").format(site=first["site_id"]),
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
    for (index, site), away in zip(said.iterrows(), distance, strict=True):
        off = site.get("position_radius_m")
        off = 0.0 if pd.isna(off) else float(off)
        if site["fibre_reported"] == "yes" and away - off > FIBRE_FAR_M:
            what = _("is reported with fibre, but the nearest known line is {distance} away")
        elif site["fibre_reported"] == "no" and away + off < FIBRE_NEAR_M:
            what = _("is reported without fibre, but a line passes {distance} away")
        else:
            continue
        yield Problem(
            "sites",
            index,
            what.format(distance=say_distance(away)),
            _("The report counts; check it, and whether the line layer is complete."),
            column="fibre_reported",
        )
