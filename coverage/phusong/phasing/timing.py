"""When works can begin and end.

Works are paid in the year in which they begin and start in January, or when what they need is finished. What
takes up to 12 months must be finished in the year in which it begins: if the works of a year that wait for
each other take more than 12 months together, the last of them go to the next year. What takes longer begins
in a January and ends in a later year.
"""

import numpy as np

from phusong.phasing.works import MONTHS, NOT_BUILT, Works


def months_in_last_year(works: Works) -> np.ndarray:
    """Months of its last year that an item takes when it begins in January."""
    return np.asarray(works.months) - MONTHS * works.years_more


def year_lags(works: Works) -> np.ndarray:
    """The rule as differences of years: rows (item, needed, years), the item begins at least so many years
    after the needed one begins (k, 3).

    An item waits for all that it needs, and for those before them with which its works would take more than
    12 months if they were all of one year.
    """
    left = months_in_last_year(works)
    together: list[dict[int, int]] = [{} for _ in range(works.n)]
    lags: dict[tuple[int, int], int] = {}
    for item in works.order.tolist():
        long = works.years_more[item] > 0
        months = 1 if long else int(works.months[item])
        room = 1 if long else MONTHS
        for needed in works.needs[item]:
            _keep(lags, item, needed, int(works.years_more[needed]))
            for first, taken in together[needed].items():
                if taken + months > room:
                    _keep(lags, item, first, int(works.years_more[first]) + 1)
                elif not long:
                    together[item][first] = max(taken + months, together[item].get(first, 0))
        together[item][item] = int(left[item])
    rows = [(item, needed, years) for (item, needed), years in sorted(lags.items())]
    return np.array(rows, int).reshape(-1, 3)


def _keep(lags: dict[tuple[int, int], int], item: int, needed: int, years: int) -> None:
    lags[item, needed] = max(years, lags.get((item, needed), 0))


def earliest_years(works: Works, lags: np.ndarray) -> np.ndarray:
    """The first year in which each item can begin."""
    place = np.empty(works.n, int)
    place[works.order] = np.arange(works.n)
    first = np.zeros(works.n, int)
    for item, needed, years in lags[np.argsort(place[lags[:, 0]], kind="stable")].tolist():
        first[item] = max(first[item], first[needed] + years)
    return first


def finished_years(works: Works, year: np.ndarray) -> np.ndarray:
    """The year in which each item is finished (−1: not built)."""
    return np.where(year == NOT_BUILT, NOT_BUILT, year + works.years_more)
