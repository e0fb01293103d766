"""The terms as rows over schedules: coefficients · schedule ≤ bound, each with a price in the search."""

from dataclasses import dataclass

import numpy as np

from phusong.phasing.works import Quota, Terms, Works


@dataclass(frozen=True, eq=False)
class MoneyRow:
    """What may be spent: of years `first` to `last`, by one partner or (−1) by all."""

    first: int
    last: int
    partner: int
    budget: float


def money_rows(terms: Terms) -> list[MoneyRow]:
    """A row for each budget; with carry-over from the first year to each."""
    rows = []
    for t in range(terms.years):
        first = 0 if terms.carry_over else t
        if terms.budget is not None:
            rows.append(MoneyRow(first, t, -1, float(np.sum(terms.budget[first : t + 1]))))
        if terms.partner_budget is not None:
            sums = np.sum(terms.partner_budget[first : t + 1], axis=0)
            rows += [MoneyRow(first, t, p, float(b)) for p, b in enumerate(sums)]
    return rows


def spent(works: Works, years: int, year: np.ndarray, partner: np.ndarray) -> np.ndarray:
    """Money by year and partner (years, partners)."""
    out = np.zeros((years, works.partners))
    built = year >= 0
    np.add.at(out, (year[built], partner[built]), works.cost[built, partner[built]])
    return out


def quota_weights(works: Works, quota: Quota) -> np.ndarray:
    """What each item adds to a quota's row with each partner (n, partners); the sum must be at most 0."""
    cost = np.where(np.isfinite(works.cost), works.cost, 0.0)
    amount = cost if quota.of == "cost" else works.value[:, None]
    counted = np.ones(works.n, bool) if quota.items is None else quota.items
    theirs = np.arange(works.partners) == quota.partner
    sign = -1.0 if quota.at_least else 1.0
    return np.where(counted[:, None], amount, 0.0) * sign * (theirs - quota.share)


def rewards(works: Works, terms: Terms, money: list[MoneyRow], prices: np.ndarray) -> np.ndarray:
    """What beginning each item in each year with each partner brings (n, partners, years) at `prices` of the
    money rows, the quotas and the waits of `works.after` (a price a year each), in this order."""
    price = np.zeros((works.partners, terms.years))
    for row, one in zip(money, prices, strict=False):
        whom = slice(None) if row.partner < 0 else row.partner
        price[whom, row.first : row.last + 1] += one
    cost = np.where(np.isfinite(works.cost), works.cost, 0.0)
    out = worth_by_year(works, terms)[:, None, :] - cost[:, :, None] * price
    for quota, one in zip(terms.quotas, prices[len(money) :], strict=False):
        out -= one * quota_weights(works, quota)[:, :, None]
    waits = prices[len(money) + len(terms.quotas) :].reshape(len(works.after), terms.years)
    for (item, needed), each in zip(works.after.tolist(), waits, strict=True):
        tail = np.cumsum(each[::-1])[::-1]
        more = min(works.years_more[needed], terms.years)
        out[item] -= tail
        out[needed, :, : terms.years - more] += tail[more:]
    out[~np.isfinite(works.cost)] = -np.inf
    return out


def worth_by_year(works: Works, terms: Terms) -> np.ndarray:
    """Value × years in service by the year in which an item begins (n, years); −∞ when it would not be
    finished within the years."""
    out = np.full((works.n, terms.years), -np.inf)
    for more in np.unique(works.years_more[works.years_more < terms.years]).tolist():
        some = works.years_more == more
        out[np.ix_(some, np.arange(terms.years - more))] = np.outer(works.value[some], terms.service[more:])
    return out
