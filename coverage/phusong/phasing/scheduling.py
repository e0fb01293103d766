"""Years and partners for the works of a plan: `schedule_works`."""

import time
from dataclasses import replace

import numpy as np

from phusong.phasing.columns import Mixed, mix_schedules
from phusong.phasing.neighbours import improve_by_parts
from phusong.phasing.part import Parts
from phusong.phasing.rows import money_rows, spent
from phusong.phasing.timing import finished_years, year_lags
from phusong.phasing.verify import verify_schedule
from phusong.phasing.works import NOT_BUILT, Schedule, Terms, Works

#: Items × partners × years up to which the whole is solved to proof.
EXACT_SIZE = 600
_EXACT_NODES = 20_000
ROUNDS = 54


def schedule_works(
    works: Works,
    terms: Terms,
    *,
    start: Schedule | None = None,
    rounds: int = ROUNDS,
    time_limit_s: float | None = None,
) -> Schedule:
    """For each item the year and the partner, so that value × years in service is most.

    All of a branch have one partner; nothing comes before what it needs; no year and no partner spends more
    than the terms allow. It is never worth less than `start`, a schedule that keeps to these terms. `rounds`
    say how long to look for better ones; with `time_limit_s` the answer rests on the speed of the machine.
    Ties go to the item of lower number: sort items by id for one answer whatever the order of rows.
    Raises BrokenScheduleError (a bug) when the answer does not pass `verify_schedule`.
    """
    end = None if time_limit_s is None else time.monotonic() + time_limit_s
    plain, money = _in_units(works, terms)
    lags = year_lags(plain)
    parts = Parts(plain, money, lags)
    mixed = mix_schedules(plain, money, end)
    year, partner = _first(parts, mixed, start)
    bound = mixed.bound
    if works.n * works.partners * terms.years <= EXACT_SIZE:
        found = parts.improve(np.ones(works.n, bool), year, partner, _EXACT_NODES, _left(end))
        year, partner, bound = found.year, found.partner, min(bound, found.bound)
    else:
        year, partner = improve_by_parts(parts, year, partner, rounds, bound, end)
    year, partner = _without_idle(parts, year, partner)
    partner = _cheaper(parts, year, partner)
    return _stated(works, terms, year, partner, bound, mixed, _units(works))


def _left(end: float | None) -> float | None:
    return None if end is None else max(end - time.monotonic(), 0.1)


def _units(works: Works) -> tuple[float, float]:
    """About what an item costs and brings, as powers of two, so that dividing by them loses nothing."""
    cost = works.cost[np.isfinite(works.cost) & (works.cost > 0)]
    value = works.value[works.value > 0]
    sizes = [float(np.exp2(np.rint(np.log2(a.mean())))) if len(a) else 1.0 for a in (cost, value)]
    return sizes[0], sizes[1]


def _in_units(works: Works, terms: Terms) -> tuple[Works, Terms]:
    cost, value = _units(works)
    plain = replace(works, cost=works.cost / cost, value=works.value / value)
    total = None if terms.budget is None else np.asarray(terms.budget) / cost
    each = None if terms.partner_budget is None else np.asarray(terms.partner_budget) / cost
    return plain, replace(terms, budget=total, partner_budget=each)


def _first(parts: Parts, mixed: Mixed, start: Schedule | None) -> tuple[np.ndarray, np.ndarray]:
    """The best to begin with: nothing, the mix as far as it can be built, or the `start`."""
    nothing = np.full(parts.works.n, NOT_BUILT)
    known = [(nothing, nothing), _buildable(parts, mixed.year, mixed.partner)]
    if start is not None:
        known.append((start.year, start.partner))
    fitting = [(year, partner) for year, partner in known if parts.fits(year, partner)]
    return max(fitting, key=lambda one: parts.worth(one[0]))


def _buildable(parts: Parts, year: np.ndarray, partner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Without the items whose needs are not there in time."""
    year = year.copy()
    place = np.empty(len(year), int)
    place[parts.works.order] = np.arange(len(year))
    lags = parts.lags[np.argsort(place[parts.lags[:, 0]], kind="stable")]
    for item, needed, more in lags.tolist():
        if year[item] >= 0 and (year[needed] < 0 or year[item] < year[needed] + more):
            year[item] = NOT_BUILT
    return year, np.where(year < 0, NOT_BUILT, partner)


def _without_idle(parts: Parts, year: np.ndarray, partner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Without the items that bring nothing and that nothing built needs, unless a quota counts on them."""
    works, used = parts.works, np.zeros(parts.works.n, bool)
    for item in works.order[::-1].tolist():
        used[item] |= year[item] >= 0 and works.value[item] > 0
        if used[item]:
            used[works.needs[item]] = True
    lean = np.where(used, year, NOT_BUILT), np.where(used, partner, NOT_BUILT)
    return lean if parts.fits(*lean) else (year, partner)


def _cheaper(parts: Parts, year: np.ndarray, partner: np.ndarray) -> np.ndarray:
    """The partners, each branch with the cheapest whose budget holds it in the same years."""
    branch = parts.works.branch
    for head in np.unique(branch[year >= 0]).tolist():
        ours = np.flatnonzero((branch == head) & (year >= 0))
        price = parts.works.cost[ours].sum(axis=0)
        for other in np.argsort(price, kind="stable").tolist():
            if price[other] >= price[partner[ours[0]]]:
                break
            tried = partner.copy()
            tried[ours] = other
            if parts.fits(year, tried):
                partner = tried
                break
    return partner


def _stated(
    works: Works,
    terms: Terms,
    year: np.ndarray,
    partner: np.ndarray,
    bound: float,
    mixed: Mixed,
    units: tuple[float, float],
) -> Schedule:
    """The schedule in the caller's units, verified."""
    built = np.flatnonzero(year >= 0)
    finished = finished_years(works, year)
    worth = float((works.value[built] * terms.service[finished[built]]).sum())
    schedule = Schedule(
        year=year,
        partner=partner,
        finished=finished,
        spent=spent(works, terms.years, year, partner),
        worth=worth,
        bound=max(bound * units[1], worth),
        certified=max(mixed.bound * units[1], worth),
        prices=mixed.prices * _price_units(works, terms, *units),
    )
    verify_schedule(works, terms, schedule)
    return schedule


def _price_units(works: Works, terms: Terms, cost: float, value: float) -> np.ndarray:
    """What the prices of the rows are multiplied by to be in the caller's units."""
    per_money, waits = value / cost, len(works.after) * terms.years
    quotas = [per_money if quota.of == "cost" else 1.0 for quota in terms.quotas]
    return np.array([per_money] * len(money_rows(terms)) + quotas + [value] * waits)
