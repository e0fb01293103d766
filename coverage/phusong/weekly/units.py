"""The units that must report each week, and which of them a site belongs to."""

from collections.abc import Mapping

import pandas as pd

from phusong.errors import StudyError
from phusong.handover import Weekly
from phusong.language import _


def reporting_units(
    settings: Weekly, communes: pd.DataFrame, sites: pd.DataFrame, where: str
) -> tuple[pd.DataFrame, Mapping[str, str]]:
    """The units (`unit_code`, `name`, `district`, in order) and the unit of each site of `sites` (`site_id`,
    `commune_code`) that has one. A district's code is its name.

    Raises StudyError for a code that no commune has, and where the communes name no district.
    """
    named = communes[["commune_code", "name", "district"]].sort_values("commune_code").astype("object")
    named = named.where(named.notna(), None)
    if settings.units == "districts":
        of_commune = {row.commune_code: row.district for row in named.itertuples() if row.district}
        if not of_commune:
            raise StudyError(
                _("the communes name no district that could report"),
                where=f"{where}: [weekly] units",
                do=_('Write units = "communes", or give the communes a column district.'),
            )
        districts = sorted(set(of_commune.values()))
        units = pd.DataFrame({"unit_code": districts, "name": districts, "district": districts})
    else:
        codes = list(named["commune_code"]) if settings.units == "communes" else sorted(set(settings.units))
        for code in codes:
            if code not in set(named["commune_code"]):
                raise StudyError(
                    _("the study has no commune {code}").format(code=code),
                    where=f"{where}: [weekly] units",
                    do=_("Its communes: {codes}.").format(codes=", ".join(named["commune_code"][:30])),
                )
        of_commune = {code: code for code in codes}
        units = named[named["commune_code"].isin(codes)].rename(columns={"commune_code": "unit_code"})
    pairs = zip(sites["site_id"], sites["commune_code"], strict=True)
    unit_of = {site: of_commune[commune] for site, commune in pairs if commune in of_commune}
    return units.reset_index(drop=True), unit_of
