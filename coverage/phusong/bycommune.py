"""The plan by commune: an investment may serve several, and each of its sites carries a part of its money."""

import numpy as np
import pandas as pd

from phusong.costs import MONEY
from phusong.domain import COMMUNE_PLAN, conform
from phusong.options import CONNECTIONS

_SITES = {"sites_connected": CONNECTIONS, "sites_wifi": ("wifi",)}


def plan_by_commune(
    investments: pd.DataFrame, options: pd.DataFrame, gaps: pd.DataFrame, communes: pd.DataFrame
) -> pd.DataFrame:
    """COMMUNE_PLAN of INVESTMENTS, a row a commune of COMMUNES (or COMMUNE_STATUS), also where nothing is
    planned. The money of an investment is that of its sites by the fair shares in OPTIONS, in whole đồng; so
    each column adds up to that of the investments."""
    parts = money_by_site(investments, options, gaps)
    out = pd.DataFrame(index=pd.Index(communes["commune_code"], name="commune_code"))
    for when, rows in (("", parts[parts["funded"]]), ("later_", parts[~parts["funded"]])):
        by_commune = rows.groupby("commune_code")
        for name, closes in _SITES.items():
            there = rows[rows["closes"].isin(closes)].groupby("commune_code")["site_id"].nunique()
            out[f"{when}{name}"] = there.reindex(out.index).fillna(0).astype(int)
        for name in MONEY:
            out[f"{when}{name}"] = by_commune[name].sum().reindex(out.index).fillna(0).astype(int)
    return conform(out.reset_index(), COMMUNE_PLAN)


def money_by_site(investments: pd.DataFrame, options: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """A row a site of an investment: `site_id`, `commune_code` (as SITES or GAPS have it), `closes`,
    `funded`, and its part of the money columns in whole đồng."""
    chosen = options[options["chosen"]]
    shares = dict(
        zip(zip(chosen["technology"], chosen["site_id"], strict=True), chosen["share_vnd"], strict=True)
    )
    commune = sites.set_index("site_id")["commune_code"]
    rows = []
    for investment in investments.sort_values("rank").to_dict("records"):
        sites = sorted(investment["site_ids"].split(";"))
        weights = np.array([float(shares[investment["technology"], site]) for site in sites])
        money = {name: split_whole(int(investment[name]), weights) for name in MONEY}
        for i, site in enumerate(sites):
            rows.append(
                {
                    "site_id": site,
                    "commune_code": commune[site],
                    "closes": investment["closes"],
                    "funded": investment["funded"],
                    **{name: money[name][i] for name in MONEY},
                }
            )
    columns = ["site_id", "commune_code", "closes", "funded", *MONEY]
    return pd.DataFrame(rows, columns=columns).astype({"funded": bool} | dict.fromkeys(MONEY, "int64"))


def split_whole(total: int, weights: np.ndarray) -> list[int]:
    """`total` by `weights` in whole numbers that add up to it: the largest remainders get what is left over.
    Weights that are all nought count as equal.

    >>> split_whole(100, np.array([1.0, 1.0, 1.0]))
    [34, 33, 33]
    """
    parts = weights if weights.sum() > 0 else np.ones(len(weights))
    exact = total * (parts / parts.sum())
    whole = np.floor(exact).astype(int)
    first = np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]
    whole[first] += 1
    return [int(part) for part in whole]
