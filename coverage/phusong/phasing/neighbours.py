"""A schedule made better a neighbourhood at a time: some items are scheduled anew, the others stay.

Relaxed induced neighbourhoods of items that hang together (large neighbourhood search, Shaw 1998), each a
small whole-number programme. The neighbourhoods come from a fixed seed, so the answer is always the same.
"""

import time
from collections import deque

import numpy as np

from phusong.phasing.part import Parts
from phusong.phasing.works import Works

#: Items that are free at a time, and how many of them hang together.
_FREE, _TOGETHER = (40, 60), (10, 20, 40)
#: Each so manieth time all that one partner builds or nobody builds is free, unless that is too much.
_ONE_PARTNER, _MOST = 6, 250
_NODES = 20


def improve_by_parts(
    parts: Parts,
    year: np.ndarray,
    partner: np.ndarray,
    rounds: int,
    ceiling: float,
    end: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Year and partner of each item after so many `rounds`, sooner when the worth reaches the `ceiling` or
    the clock (`time.monotonic`) the `end`."""
    random = np.random.default_rng(0)
    beside = _beside(parts.works)
    for k in range(rounds):
        left = None if end is None else end - time.monotonic()
        if (left is not None and left <= 0) or parts.worth(year) >= ceiling:
            break
        whose, theirs = divmod(k, _ONE_PARTNER)
        free = (partner == whose % parts.works.partners) | (partner < 0)
        if theirs < _ONE_PARTNER - 1 or free.sum() > _MOST:
            free = _some(parts.works.n, beside, random, _FREE[k % 2], _TOGETHER[k % 3])
        found = parts.improve(free, year, partner, _NODES, left)
        year, partner = found.year, found.partner
    return year, partner


def _beside(works: Works) -> list[list[int]]:
    """For each item those that need it or that it needs."""
    out: list[list[int]] = [[] for _ in range(works.n)]
    for item, needs in enumerate(works.needs):
        for needed in needs:
            out[item].append(needed)
            out[needed].append(item)
    return out


def _some(
    n: int, beside: list[list[int]], random: np.random.Generator, count: int, together: int
) -> np.ndarray:
    """At least `count` items (n, bool): around items chosen at random, up to `together` at each."""
    free = np.zeros(n, bool)
    while free.sum() < min(count, n):
        first = int(random.integers(n))
        seen, queue = {first}, deque([first])
        while queue and len(seen) < together:
            for other in beside[queue.popleft()]:
                if other not in seen and len(seen) < together:
                    seen.add(other)
                    queue.append(other)
        free[list(seen)] = True
    return free
