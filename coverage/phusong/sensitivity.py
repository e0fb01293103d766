"""How firm a plan is, and whom to ask first, from many draws of what is not known (`draws`)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from phusong.costs import CAPEX, PRESENT
from phusong.domain import SENSITIVITY, SURVEY, conform
from phusong.draws import Draw, Draws
from phusong.draws import run_draws as run_draws
from phusong.portfolio import Plan

_PERCENTS = (10, 50, 90)


def sensitivity_of(draws: Draws, plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """SENSITIVITY of the plan's investments, and SURVEY, both by rank."""
    return how_firm(draws.found, plan.investments), what_to_ask(draws.found, draws.doubts)


def how_firm(draws: Sequence[Draw], investments: pd.DataFrame) -> pd.DataFrame:
    """SENSITIVITY: how often each investment of the plan is built and comes first, and what it costs then.

    In a draw stands for it the investment of the same technology within the budget that has most of its
    sites, if all such together serve at least half of them. First is what the draw puts among the first of
    those that stand for one of the plan's: what only a draw builds does not count.
    """
    found = pd.concat(
        [_standing_for(pd.DataFrame(draw["investments"]), investments) for draw in draws] or [_NONE]
    )
    top = int(investments["funded"].sum())
    rows = [
        {name: getattr(one, name) for name in ("investment_id", "rank", "technology", "site_ids")}
        | {"draws": len(draws)}
        | _shares(found[found["investment_id"] == one.investment_id], len(draws), top)
        for one in investments.itertuples()
    ]
    table = pd.DataFrame(rows, columns=list(SENSITIVITY.columns))
    return conform(table, SENSITIVITY).sort_values("rank", ignore_index=True)


_NONE = pd.DataFrame(columns=["investment_id", "rank", CAPEX, PRESENT, "place"])


def _standing_for(table: pd.DataFrame, investments: pd.DataFrame) -> pd.DataFrame:
    """For each investment of the plan that a draw builds (`investment_id`) the money of the one that stands
    for it, and its `place` among them; those that one stands for together share a place."""
    rows = []
    for one in investments.itertuples():
        sites = set(one.site_ids.split(";"))
        own = table[table["funded"] & (table["technology"] == one.technology)] if len(table) else table
        shared = [len(sites & set(ids.split(";"))) for ids in own.get("site_ids", ())]
        if sum(shared) and 2 * sum(shared) >= len(sites):
            best = own.iloc[int(np.argmax(shared))]
            rows.append((one.investment_id, best["rank"], best[CAPEX], best[PRESENT]))
    out = pd.DataFrame(rows, columns=list(_NONE.columns[:-1]))
    return out.assign(place=out["rank"].rank(method="min"))


def _shares(built: pd.DataFrame, draws: int, top: int) -> dict[str, Any]:
    """In how many draws an investment is built and comes first, and its costs in those."""
    counts = {
        "built_percent": len(built),
        "top_percent": int((built["place"] <= top).sum()),
        "top_half_percent": int((built["place"] <= -(-top // 2)).sum()),
    }
    percents = {name: round(100 * count / max(draws, 1), 1) for name, count in counts.items()}
    return percents | _band("capex", built[CAPEX]) | _band("present_cost", built[PRESENT])


def _band(name: str, cost_vnd: pd.Series) -> dict[str, Any]:
    """A cost at each of `_PERCENTS`; empty when it was never met."""
    if cost_vnd.empty:
        return {f"{name}_{percent}_vnd": pd.NA for percent in _PERCENTS}
    at = np.percentile(cost_vnd.to_numpy(dtype=float), _PERCENTS)
    return {f"{name}_{p}_vnd": round(float(v)) for p, v in zip(_PERCENTS, at, strict=True)}


def what_to_ask(draws: Sequence[Draw], doubts: pd.DataFrame) -> pd.DataFrame:
    """SURVEY: the sites in doubt, those first whose answer changes the plan's cost most; never compared last.

    The change is the mean, over the draws that were planned once with each answer of the site and all else
    equal, of the absolute difference in the present cost of closing all gaps.
    """
    compared = pd.DataFrame(
        [row for draw in draws for row in draw["compared"]],
        columns=["site_id", "change_vnd", "others_changed"],
    )
    by_site = compared.groupby("site_id")
    about = doubts.groupby("site_id").agg(services=("service", ";".join), doubts=("doubt", ";".join))
    out = about.assign(
        compared=by_site.size().reindex(about.index).fillna(0),
        change_vnd=by_site["change_vnd"].mean().reindex(about.index).round().astype("Int64"),
        others_changed=by_site["others_changed"].mean().reindex(about.index),
    ).reset_index()
    order = ["change_vnd", "others_changed", "site_id"]
    out = out.sort_values(order, ascending=[False, False, True], na_position="last", ignore_index=True)
    table = conform(out.assign(rank=range(1, len(out) + 1)), SURVEY)
    return table.sort_values("rank", ignore_index=True)
