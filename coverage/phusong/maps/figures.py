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
    """Columns of whole numbers (persons, đồng, metres), None where not known, in the order of the page's rows."""
    gaps, communes = tables["gaps"], tables["commune_status"]
    return {
        "currency": {"code": currency.code, "vnd": currency.vnd},
        "communes": {"people": _whole(communes["population"]), "sites": _whole(communes["sites"])},
        "sites": {"people": _whole(gaps["people"]), "fibre": _whole(gaps["fibre_distance_m"])},
        "investments": {key: _whole(investments[column]) for key, column in _INVESTMENTS.items()},
    }


def _whole(numbers: pd.Series) -> list[int | None]:
    return [None if pd.isna(number) else round(float(number)) for number in numbers]
