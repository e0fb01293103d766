"""A problem made ready to be asked many times: a small network, and what stands on it."""

from dataclasses import dataclass

import numpy as np

from phusong.choice.problem import NONE, Problem, Ways, some_ways
from phusong.steiner import CostGraph
from phusong.steiner.shrunk import Shrunk, shrink

#: So many copies of facilities at most; chains of feeds beyond are left to the programme of all feeds.
_MOST_COPIES = 4000


@dataclass(frozen=True, eq=False)
class Copies:
    """A row for each chain of feeds that a facility may hang on, so that each row has one way in.

    `start` is the small node of the chain's first feed (0 for one that needs nothing), `above` the copy that
    this one hangs on (NONE: none). `whole`: are these all the chains there are?
    """

    facility: np.ndarray
    feed: np.ndarray
    above: np.ndarray
    start: np.ndarray
    cost: np.ndarray
    whole: bool


@dataclass(frozen=True, eq=False)
class Ground:
    """A problem on its small network.

    `ways` are those that can be had, nodes by their small number; `row` says which of the problem's they are.
    `best` is the most that each site can be worth (0: it cannot be served).
    """

    problem: Problem
    shrunk: Shrunk
    ways: Ways
    row: np.ndarray
    feed_node: np.ndarray
    copies: Copies
    best: np.ndarray

    @property
    def small(self) -> CostGraph:
        """The small network."""
        return self.shrunk.small

    @property
    def can_be_served(self) -> np.ndarray:
        """Which sites have any way (a mask)."""
        some = np.zeros(self.problem.n_sites, bool)
        some[self.ways.site] = True
        return some


def make_ground(problem: Problem) -> Ground:
    """The problem on a small network that holds every node that a way or a feed needs."""
    ways, feeds = problem.ways, problem.feeds
    asked = np.concatenate([ways.node[ways.node >= 0], feeds.node[feeds.node >= 0]])
    shrunk = shrink(problem.graph, asked)
    small_node = np.append(shrunk.node, NONE)
    feed_node = np.where(feeds.node >= 0, small_node[feeds.node], 0)
    feed_node[(feeds.on >= 0)] = NONE
    copies = _copies(problem, feed_node)
    can_open = np.append(np.isin(np.arange(problem.n_facilities), copies.facility), True)
    reached = (ways.node < 0) | (small_node[ways.node] >= 0)
    order = np.lexsort((ways.technology, ways.facility, ways.node, -ways.value, ways.cost, ways.site))
    row = order[(reached & can_open[ways.facility])[order]]
    kept = some_ways(ways, row)
    node = np.where(kept.node >= 0, small_node[kept.node], NONE)
    kept = Ways(kept.site, kept.cost, kept.value, np.where(node == 0, NONE, node), kept.facility, row)
    best = np.zeros(problem.n_sites)
    np.maximum.at(best, kept.site, kept.value)
    return Ground(problem, shrunk, kept, row, feed_node, copies, best)


def _copies(problem: Problem, feed_node: np.ndarray) -> Copies:
    """The chains, those with fewer links first."""
    feeds = problem.feeds
    by_parent: dict[int, list[int]] = {}
    for feed in np.lexsort((feeds.node, feeds.cost, feeds.facility)).tolist():
        by_parent.setdefault(int(feeds.on[feed]), []).append(feed)
    rows = [(f, NONE, int(feed_node[f])) for f in by_parent.get(NONE, []) if feed_node[f] >= 0]
    chain = [{int(feeds.facility[feed])} for feed, _above, _start in rows]
    at, whole, known = 0, True, {int(feeds.facility[feed]) for feed, _above, _start in rows}
    while at < len(rows):
        for feed in by_parent.get(int(feeds.facility[rows[at][0]]), []):
            facility = int(feeds.facility[feed])
            if facility in chain[at]:
                continue
            if len(rows) >= _MOST_COPIES and facility in known:
                whole = False
                continue
            known.add(facility)
            rows.append((feed, at, rows[at][2]))
            chain.append(chain[at] | {facility})
        at += 1
    feed, above, start = (np.array([r[i] for r in rows], dtype=int) for i in range(3))
    facility = feeds.facility[feed]
    return Copies(facility, feed, above, start, feeds.cost[feed] + problem.opening_cost[facility], whole)
