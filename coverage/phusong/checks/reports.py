"""Reports that speak against each other or against the map."""

from collections.abc import Iterator

import pandas as pd
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
    first: dict[tuple[str, str], int] = {}
    of_name = zip(sites["commune_code"], sites["name"].map(fold), strict=True)
    before = sites.iloc[[first.setdefault(key, place) for place, key in enumerate(of_name)]]
    away = shapely.distance(sites.geometry.to_numpy(), before.geometry.to_numpy())
    again = (away <= SAME_PLACE_M) & (sites.index != before.index)
    for index, site in zip(sites.index[again], before["site_id"][again], strict=True):
        yield Problem(
            "sites",
            index,
            _("looks like {site} again (same name, same place)").format(site=site),
            _("Delete one of them if they are one site; both are counted until then."),
            column="name; geometry",
        )
    centres = sites[sites["kind"] == CENTRE_KIND]
    for index, code in centres.loc[centres["commune_code"].duplicated(), "commune_code"].items():
        yield Problem(
            "sites",
            index,
            _("a second UBND office in commune {code}").format(code=code),
            _("Only one can stand for the commune centre: the one with the lowest id does."),
            column="kind",
        )


def contradicting_reports(region: Region) -> Iterator[Problem]:
    """Reports of fibre that the line layer does not bear out; the report still wins."""
    if region.fibre.empty:
        return
    said = region.sites[region.sites["fibre_reported"].notna()]
    _position, distance = nearest(said.geometry, region.fibre.geometry)
    radius = said["position_radius_m"] if "position_radius_m" in said else pd.Series(0.0, index=said.index)
    for index, answer, away, off in zip(
        said.index, said["fibre_reported"], distance, radius.fillna(0.0).astype(float), strict=True
    ):
        if answer == "yes" and away - off > FIBRE_FAR_M:
            what = _("is reported with fibre, but the nearest known line is {distance} away")
        elif answer == "no" and away + off < FIBRE_NEAR_M:
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
