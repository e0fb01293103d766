"""What a sum of money buys of a plan, package by package in its order.

The map's slider counts the same in the page (`maps/budget.js`); the tests hold both to each other.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from phusong.domain import GAP, OK, SERVICES
from phusong.options import CONNECTIONS
from phusong.packages import people_of_sites


@dataclass(frozen=True)
class Bought:
    """What some investments bring.

    `people` rely on the connected sites, an estimate, nobody counted twice (`people_of_sites`); None where
    sites are connected and of none the number is known; `sites_without_people` are those of unknown number.
    `centres_now` and `centres` are communes whose centre has fibre, before and after; `gaps` by service the
    sites whose gap nothing here closes: a connection that is not fibre leaves the fibre gap.
    """

    investments: int
    sites_connected: int
    sites_wifi: int
    people: int | None
    sites_without_people: int
    centres_now: int
    centres: int
    capex_vnd: int
    capex_low_vnd: int
    capex_high_vnd: int
    opex_vnd_per_year: int
    gaps: dict[str, int]


def bought(investments: pd.DataFrame, gaps: pd.DataFrame, commune_status: pd.DataFrame) -> Bought:
    """What the rows of INVESTMENTS bring to the sites of GAPS and the communes of COMMUNE_STATUS."""
    connected = gaps[gaps["site_id"].isin(_sites(investments, CONNECTIONS))]
    fibre, wifi = _sites(investments, ("fibre",)), _sites(investments, ("wifi",))
    had = (commune_status["fibre"] == OK).to_numpy(dtype=bool)
    gets = commune_status["centre_site_id"].isin(fibre).to_numpy(dtype=bool)
    known = connected["people"].notna()
    return Bought(
        investments=len(investments),
        sites_connected=len(connected),
        sites_wifi=int(gaps["site_id"].isin(wifi).sum()),
        people=people_of_sites(connected) if known.any() else (None if len(connected) else 0),
        sites_without_people=int((~known).sum()),
        centres_now=int(had.sum()),
        centres=int((had | gets).sum()),
        **{
            name: int(investments[name].sum())
            for name in ("capex_vnd", "capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year")
        },
        gaps={
            service: int(
                ((gaps[service] == GAP) & ~gaps["site_id"].isin(_sites(investments, (service,)))).sum()
            )
            for service in SERVICES
        },
    )


def lit_from(
    investments: pd.DataFrame, budget_vnd: int | None = None, covers: str = "capex_vnd"
) -> pd.Series:
    """The least money, in whole đồng, with which each investment is built, by the index of `investments`.

    Money goes down the order: an investment is built when all before it and itself can be paid. With the
    run's own `budget_vnd` it is what the run says, `funded`: what that budget leaves out needs more, also
    where it would just fit (a run chooses not only by cost). `covers` is the column that the money pays.

    >>> plan = pd.DataFrame({"rank": [1, 2, 3], "capex_vnd": [4, 3, 2], "funded": [True, True, False]})
    >>> list(lit_from(plan, 10)), list(lit_from(plan, 7)), list(lit_from(plan))
    ([4, 7, 11], [4, 7, 9], [4, 7, 9])
    """
    order = (
        investments.sort_values(["funded", "rank"], ascending=[False, True])
        if len(investments)
        else investments
    )
    money = order[covers].astype("int64").cumsum()
    if budget_vnd is not None:
        funded = order["funded"].astype(bool)
        money = money.where(~funded, np.minimum(money, budget_vnd))
        money = money.where(funded, np.maximum(money, budget_vnd + 1))
    return money.reindex(investments.index)


def _sites(investments: pd.DataFrame, closes: tuple[str, ...]) -> set[str]:
    rows = investments[investments["closes"].isin(closes)]
    return {site for ids in rows["site_ids"] for site in str(ids).split(";") if site}
