"""The numbers behind the page's table and its CSV, as the run's tables have them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from phusong.units import Currency

#: Key in the page → column of INVESTMENTS.
_INVESTMENTS = {
    "people": "people",
    "capex": "capex_vnd",
    "low": "capex_low_vnd",
    "high": "capex_high_vnd",
    "opex": "opex_vnd_per_year",
    "cumulative": "cumulative_capex_vnd",
    "new_line": "new_line_m",
}


def figures_of(
    tables: Mapping[str, pd.DataFrame], investments: pd.DataFrame, currency: Currency
) -> dict[str, Any]:
    """Columns of whole numbers (đồng, metres, persons), None where not known, in the order of the page.

    People of sites and communes are whole numbers in the page's phrases and stand there only.
    """
    gaps, communes = tables["gaps"], tables["commune_status"]
    return {
        "currency": {"code": currency.code, "vnd": currency.vnd},
        "communes": {"sites": _whole(communes["sites"])},
        "sites": {"fibre": _whole(gaps["fibre_distance_m"])},
        "investments": {key: _whole(investments[column]) for key, column in _INVESTMENTS.items()},
    }


def _whole(numbers: pd.Series) -> list[int | None]:
    return [None if pd.isna(number) else round(float(number)) for number in numbers]
