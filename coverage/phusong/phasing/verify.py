"""Is a schedule what it says? An independent check by the works and the terms alone, and of its bound.

Nothing here shares code with what made the schedule.
"""

import numpy as np

from phusong.phasing.works import BrokenScheduleError, Schedule, Terms, Works

_SLACK = 1e-8


def verify_schedule(works: Works, terms: Terms, schedule: Schedule) -> None:
    """Raise BrokenScheduleError unless `schedule` is what it says.

    What is needed is there before; works of a year that wait for each other take 12 months at most together;
    a branch has one partner, who may build it; no budget is exceeded and each quota met; money, worth and
    bound add up.
    """
    built = schedule.year >= 0
    if ((schedule.partner >= 0) != built).any() or (schedule.year >= terms.years).any():
        raise BrokenScheduleError("an item has a year and no partner, or one that is not there")
    _verify_partners(works, schedule, built)
    _verify_months(works, terms, schedule)
    _verify_money(works, terms, schedule, built)
    _verify_quotas(works, terms, schedule)
    _verify_worth(works, terms, schedule, built)


def _verify_partners(works: Works, schedule: Schedule, built: np.ndarray) -> None:
    for item in np.flatnonzero(built).tolist():
        if not np.isfinite(works.cost[item, schedule.partner[item]]):
            raise BrokenScheduleError(f"item {item} is built by a partner who may not")
        up, own = works.parent[item], works.own_partner is not None and works.own_partner[item]
        if up >= 0 and not own and schedule.partner[up] != schedule.partner[item]:
            raise BrokenScheduleError(f"items {up} and {item} of one branch have two partners")


def _verify_months(works: Works, terms: Terms, schedule: Schedule) -> None:
    """Walk through the works month by month: each begins when all that it needs is finished."""
    # The year in which an item is finished, and the months of that year that are gone by then.
    finished: dict[int, tuple[int, int]] = {}
    for item in works.order.tolist():
        year, months = int(schedule.year[item]), int(works.months[item])
        if year < 0:
            continue
        needs = [int(n) for n in [works.parent[item], *works.after[works.after[:, 0] == item, 1]] if n >= 0]
        if any(needed not in finished for needed in needs):
            raise BrokenScheduleError(f"item {item} is built without what it needs")
        met, gone = max([finished[needed] for needed in needs], default=(0, 0))
        if met > year:
            raise BrokenScheduleError(f"item {item} begins in year {year}, what it needs ends in {met}")
        begin = gone if met == year else 0
        if begin + months > 12 and (begin > 0 or months <= 12):
            raise BrokenScheduleError(f"the works up to item {item} do not fit in year {year}")
        whole = max((begin + months - 1) // 12, 0)
        finished[item] = (year + whole, begin + months - 12 * whole)
        if finished[item][0] != schedule.finished[item] or finished[item][0] >= terms.years:
            raise BrokenScheduleError(f"item {item} is not finished in the year that is said")


def _verify_money(works: Works, terms: Terms, schedule: Schedule, built: np.ndarray) -> None:
    spent = np.zeros((terms.years, works.partners))
    for item in np.flatnonzero(built).tolist():
        spent[schedule.year[item], schedule.partner[item]] += works.cost[item, schedule.partner[item]]
    if not np.allclose(spent, schedule.spent, rtol=_SLACK, atol=0):
        raise BrokenScheduleError("the money of years and partners does not add up")
    for budget, used in ((terms.budget, spent.sum(axis=1)), (terms.partner_budget, spent)):
        if budget is None:
            continue
        most = np.asarray(budget, float)
        if terms.carry_over:
            most, used = np.cumsum(most, axis=0), np.cumsum(used, axis=0)
        if (used > most * (1 + _SLACK)).any():
            raise BrokenScheduleError("a year or a partner spends more than its budget")


def _verify_quotas(works: Works, terms: Terms, schedule: Schedule) -> None:
    for quota in terms.quotas:
        theirs = total = 0.0
        for item in np.flatnonzero(schedule.year >= 0).tolist():
            if quota.items is not None and not quota.items[item]:
                continue
            partner = schedule.partner[item]
            amount = works.cost[item, partner] if quota.of == "cost" else works.value[item]
            total += amount
            theirs += amount if partner == quota.partner else 0.0
        over = theirs - quota.share * total
        finite = works.cost[np.isfinite(works.cost)].sum() if quota.of == "cost" else works.value.sum()
        if (-over if quota.at_least else over) > _SLACK * finite:
            raise BrokenScheduleError(f"the quota of partner {quota.partner} is not kept")


def _verify_worth(works: Works, terms: Terms, schedule: Schedule, built: np.ndarray) -> None:
    service = terms.service
    worth = sum(works.value[i] * service[schedule.finished[i]] for i in np.flatnonzero(built).tolist())
    slack = _SLACK * max(abs(schedule.bound), 1e-300)
    if abs(worth - schedule.worth) > slack:
        raise BrokenScheduleError("value and years in service do not add up to the worth")
    if schedule.worth > schedule.bound + slack or schedule.bound > schedule.certified + slack:
        raise BrokenScheduleError("the bounds are not in their order")
    # Nothing may be the best there is (bound 0) while prices prove only that there is not much.
    if certified_bound(works, terms, schedule.prices) > schedule.certified * (1 + _SLACK):
        raise BrokenScheduleError("the prices do not prove the bound that they are said to prove")


def certified_bound(works: Works, terms: Terms, prices: np.ndarray) -> float:
    """No schedule is worth more than this: what the budgets are worth at the `prices`, and what each tree
    would bring by itself if it paid them.

    `prices` (at least 0) are, in this order: of each year its budget, then each partner's budget; of each
    quota; of each pair of `works.after` and each year (weak duality; Geoffrion 1974).
    Raises BrokenScheduleError for prices below 0.
    """
    if (prices < 0).any():
        raise BrokenScheduleError("a price is below 0")
    brings, worth = _priced(works, terms, prices)
    below = np.zeros((works.n, works.partners, terms.years * 13))
    for item in works.order[::-1].tolist():
        best = _best(int(works.months[item]), brings[item], below[item])
        up = int(works.parent[item])
        if up < 0:
            worth += best[:, 0].max()
        elif works.own_partner is not None and works.own_partner[item]:
            below[up] += best.max(axis=0)
        else:
            below[up] += best
    return float(worth)


def _priced(works: Works, terms: Terms, prices: np.ndarray) -> tuple[np.ndarray, float]:
    """What each item brings by partner and year after it paid, and what the budgets are worth."""
    years, at, worth = terms.years, 0, 0.0
    money = np.zeros((works.partners, years))
    for year in range(years):
        span = slice(0 if terms.carry_over else year, year + 1)
        if terms.budget is not None:
            money[:, span] += prices[at]
            worth += prices[at] * float(np.sum(terms.budget[span]))
            at += 1
        if terms.partner_budget is not None:
            for partner in range(works.partners):
                money[partner, span] += prices[at]
                worth += prices[at] * float(np.sum(terms.partner_budget[span, partner]))
                at += 1
    out = np.full((works.n, works.partners, years), -np.inf)
    service = terms.service
    for item, partner in zip(*np.nonzero(np.isfinite(works.cost)), strict=True):
        late = max(-(-int(works.months[item]) // 12) - 1, 0)
        for year in range(years - late):
            gain = works.value[item] * service[year + late]
            out[item, partner, year] = gain - works.cost[item, partner] * money[partner, year]
    for quota in terms.quotas:
        sign = 1.0 if quota.at_least else -1.0
        for item in range(works.n) if quota.items is None else np.flatnonzero(quota.items).tolist():
            for partner in np.flatnonzero(np.isfinite(works.cost[item])).tolist():
                amount = works.cost[item, partner] if quota.of == "cost" else works.value[item]
                out[item, partner] += prices[at] * sign * amount * ((partner == quota.partner) - quota.share)
        at += 1
    for item, needed in works.after.tolist():
        late = max(-(-int(works.months[needed]) // 12) - 1, 0)
        for year in range(years):
            out[item, :, : year + 1] -= prices[at]
            out[needed, :, : max(year + 1 - late, 0)] += prices[at]
            at += 1
    return out, worth


def _best(months: int, brings: np.ndarray, below: np.ndarray) -> np.ndarray:
    """The most that an item and all below it bring (partners, moments) when what it needs is finished at a
    moment: 13 × its year + the months of it that are gone."""
    partners, years = brings.shape
    best = np.zeros((partners, years * 13))
    for moment in range(years * 13):
        met, gone = divmod(moment, 13)
        for year in range(met, years):
            begin = gone if year == met else 0
            if begin + months > 12 and (begin > 0 or months <= 12):
                continue
            more = max((begin + months - 1) // 12, 0)
            if year + more < years:
                end = 13 * (year + more) + begin + months - 12 * more
                best[:, moment] = np.maximum(best[:, moment], brings[:, year] + below[:, end])
    return best
