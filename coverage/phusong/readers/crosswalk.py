"""The rows of a crosswalk that speak of the study's units."""

import pandas as pd

from phusong.crosswalk import side_of, touching
from phusong.domain import ONE_AREA, Finding
from phusong.language import _


def of_the_study(
    crosswalk: pd.DataFrame, communes: pd.DataFrame, vintage: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Those rows, with the rows of units beyond the study that share one with it; and what is missing."""
    side = side_of(crosswalk, communes, vintage)
    if side is None:
        return crosswalk.iloc[:0], _none_of(crosswalk, communes)
    rows = touching(crosswalk, side, communes["commune_code"])
    named = set(rows[f"{side}_code"])
    found = [
        Finding(
            "warning",
            str(commune["source"]),
            int(commune["row"]),
            _("the crosswalk does not name {name} ({code})").format(
                name=commune["name"], code=commune["commune_code"]
            ),
            _("Add its row; until then the map finds it under its own name only."),
        )
        for commune in communes.to_dict("records")
        if isinstance(commune["commune_code"], str) and commune["commune_code"] not in named
    ]
    return rows, found


def _none_of(crosswalk: pd.DataFrame, communes: pd.DataFrame) -> list[Finding]:
    if crosswalk.empty or set(communes["commune_code"]) == {ONE_AREA}:
        return []
    return [
        Finding(
            "warning",
            str(crosswalk["source"].iloc[0]),
            None,
            _("it is not clear whether the study's communes are its old or its new units"),
            _('Say the date of their codes in the study, such as vintage = "2021-07", and check the codes.'),
        )
    ]
