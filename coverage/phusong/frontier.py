"""What more money brings: for each of a row of budgets the most that it can buy, and what comes next."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from phusong.choice import frontier
from phusong.packages import people_of_sites
from phusong.ways import Offers, Served, Wish, ask

COLUMNS = ["budget_vnd", "cost_vnd", "value", "ceiling", "sites", "people", "nested", "next_site_vnd"]


def frontier_of(
    offers: Offers, wish: Wish, covers: str, gaps: pd.DataFrame, points: int = 40
) -> pd.DataFrame:
    """A row a budget, up to what all sites at their best cost: what the plan costs and is worth, above what
    no plan within the budget can come, how many sites get a connection, the people who rely on them, whether
    all of the plan before is in it, and what one site more would cost (empty: none is left).

    Capacities of shared masts are not looked at here: the plan itself may buy a little less.
    """
    question = ask(offers, wish, covers, whole=False)
    if not len(question.rows):
        return pd.DataFrame(columns=COLUMNS)
    most = float(frontier(question.problem, 1).budgets[-1])
    found = frontier(question.problem, budgets=_budgets(most, points))
    about = gaps.set_index("site_id")
    rows = []
    for k, choice in enumerate(found.choices):
        served = question.answer(choice.plan)
        rows.append(
            {
                "budget_vnd": int(np.floor(found.budgets[k] + 1e-6)),
                "cost_vnd": round(choice.plan.cost),
                "value": choice.plan.value,
                "ceiling": choice.ceiling,
                **_reach(served, about),
                "nested": bool(found.nested[k]),
                "next_site_vnd": round(found.next_site[k]) if np.isfinite(found.next_site[k]) else pd.NA,
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS).astype({"next_site_vnd": "Int64"})


def _budgets(most: float, points: int) -> np.ndarray:
    """Budgets up to `most`: half of them in equal steps, half of them each so many times the one before,
    since what costs little and what costs much both have steps."""
    half = points // 2
    equal = most * (1 + np.arange(points - half)) / (points - half)
    return np.union1d(np.geomspace(most / 500, most, half, endpoint=False), equal)


def _reach(served: Served, about: pd.DataFrame) -> Mapping[str, int]:
    """Sites with a connection, and the people who rely on them."""
    sites = about.loc[sorted(served.connection)]
    return {"sites": len(sites), "people": people_of_sites(sites) if len(sites) else 0}
