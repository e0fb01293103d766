"""The numbers behind the page's table and its CSV, as the run's tables have them."""

from typing import Any

import pandas as pd

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


def figures_of(communes: pd.DataFrame, investments: pd.DataFrame) -> dict[str, Any]:
    """Columns of whole numbers (đồng, metres, persons), None where not known, in the order of the page.

    People of communes are whole numbers in the page's phrases and stand there only; the sites' numbers are
    packed columns of their own.
    """
    return {
        "communes": {"sites": _whole(communes["sites"])},
        "investments": {key: _whole(investments[column]) for key, column in _INVESTMENTS.items()},
    }


def _whole(numbers: pd.Series) -> list[int | None]:
    return [None if pd.isna(number) else round(float(number)) for number in numbers]
