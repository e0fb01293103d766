"""The best years and partners of every tree of works by itself, when each has its reward: by dynamic
programming from the leaves.

With prices on the budgets the trees no longer compete, so each is scheduled alone. What an item's dependants
can bring rests on its partner and on when it is finished: its year and the months of it that are gone.
"""

import numpy as np

from phusong.jit import njit
from phusong.phasing.works import MONTHS, NOT_BUILT, Works

#: Moments in a year at which works can end: after 0, 1, … 12 months.
_MOMENTS = MONTHS + 1


def best_of_trees(works: Works, reward: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Year and partner of each item (−1: not built), and what the tree of each root brings (n; 0 elsewhere).

    `reward` (n, partners, years) is what it brings to begin an item in a year with a partner (−∞: may not).
    Prerequisites other than parents are left aside. Ties: the earliest year, the first partner, not built.
    """
    own = works.parent < 0
    if works.own_partner is not None:
        own = own | works.own_partner
    return _solve(works.order, works.parent, np.asarray(works.months), own, np.ascontiguousarray(reward))


@njit()
def _solve(
    order: np.ndarray, parent: np.ndarray, months: np.ndarray, own: np.ndarray, reward: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, partners, years = reward.shape
    below = np.zeros((n, partners, years * _MOMENTS))
    best = np.zeros((partners, years * _MOMENTS))
    root_worth = np.zeros(n)
    for k in range(n - 1, -1, -1):
        i = order[k]
        for p in range(partners):
            _best_from(months[i], reward[i, p], below[i, p], best[p])
        if parent[i] < 0:
            root_worth[i] = best[:, 0].max()
            continue
        for s in range(years * _MOMENTS):
            top = best[:, s].max()
            for p in range(partners):
                below[parent[i], p, s] += top if own[i] else best[p, s]
    return (*_traced(order, parent, months, own, reward, below), root_worth)


@njit()
def _end(months: int, year: int, gone: int, begin: int) -> int:
    """The moment at which works end that begin in year `begin` when their needs are met after `gone` months
    of `year`; −1: they cannot."""
    if begin > year:
        gone = 0
    if months <= MONTHS:
        return begin * _MOMENTS + gone + months if gone + months <= MONTHS else -1
    if gone > 0:
        return -1
    more = (months - 1) // MONTHS
    return (begin + more) * _MOMENTS + months - MONTHS * more


@njit()
def _best_from(months: int, reward: np.ndarray, below: np.ndarray, best: np.ndarray) -> None:
    """Fill `best`: what an item and all below it bring, by the moment at which its needs are met."""
    years = len(reward)
    later = 0.0
    for year in range(years - 1, -1, -1):
        for gone in range(_MOMENTS):
            end = _end(months, year, gone, year)
            now = 0.0
            if end >= 0 and end < len(below):
                now = reward[year] + below[end]
            best[year * _MOMENTS + gone] = max(now, later, 0.0)
        later = best[year * _MOMENTS]


@njit()
def _traced(
    order: np.ndarray,
    parent: np.ndarray,
    months: np.ndarray,
    own: np.ndarray,
    reward: np.ndarray,
    below: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The years and partners that bring the best, from the roots down."""
    n, partners, years = reward.shape
    chosen = np.full(n, NOT_BUILT)
    partner = np.full(n, NOT_BUILT)
    ended = np.zeros(n, np.int64)
    for i in order:
        since = 0
        if parent[i] >= 0:
            if chosen[parent[i]] == NOT_BUILT:
                continue
            since = ended[parent[i]]
        year, gone = since // _MOMENTS, since % _MOMENTS
        most = 0.0
        for p in range(partners):
            if not own[i] and p != partner[parent[i]]:
                continue
            for begin in range(year, years):
                end = _end(months[i], year, gone, begin)
                if end < 0 or end >= years * _MOMENTS:
                    continue
                brings = reward[i, p, begin] + below[i, p, end]
                if brings > most:
                    most, chosen[i], partner[i], ended[i] = brings, begin, p, end
    return chosen, partner
