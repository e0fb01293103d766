"""What can be chosen from: a network, sites, the ways to serve each, and facilities that serve several."""

from dataclasses import dataclass, field, replace

import numpy as np

from phusong.steiner import CostGraph

#: In `Ways` and `Feeds`: no node of the network, or no facility, is needed. In a plan: not served, not built.
NONE = -1


@dataclass(frozen=True, eq=False)
class Ways:
    """A row for each way to serve a site: the position of the `site`, its own `cost`, the `value` of the site
    when it is served so, and what it needs: a `node` of the network to be joined, a `facility` to be open, or
    nothing (both NONE). `technology` is a label that only the caller reads.
    """

    site: np.ndarray
    cost: np.ndarray
    value: np.ndarray
    node: np.ndarray
    facility: np.ndarray
    technology: np.ndarray


@dataclass(frozen=True, eq=False)
class Feeds:
    """A row for each way to feed a `facility`: its `cost`, and what it needs: a `node` of the network to be
    joined, another facility (`on`) to be open, or nothing. An open facility has one feed."""

    facility: np.ndarray
    cost: np.ndarray
    node: np.ndarray
    on: np.ndarray


def no_feeds() -> Feeds:
    """The feeds where there is no facility."""
    none = np.empty(0, int)
    return Feeds(none, np.empty(0), none, none)


@dataclass(frozen=True, eq=False)
class Problem:
    """Sites 0 … n_sites − 1, of which each may be served in one of its `ways`.

    `graph` is the network; its roots are what exists. `opening_cost` is what each facility costs, whoever it
    serves. `first` marks sites that are served before any other is (a mask; empty: none).
    ValueError for arrays that do not fit together.
    """

    graph: CostGraph
    n_sites: int
    ways: Ways
    opening_cost: np.ndarray = field(default_factory=lambda: np.empty(0))
    feeds: Feeds = field(default_factory=no_feeds)
    first: np.ndarray = field(default_factory=lambda: np.empty(0, bool))

    def __post_init__(self) -> None:
        _check(self)

    @property
    def n_facilities(self) -> int:
        """Number of facilities, open or not."""
        return len(self.opening_cost)

    @property
    def is_first(self) -> np.ndarray:
        """Which sites go before all others (n_sites)."""
        return np.asarray(self.first, bool) if len(self.first) else np.zeros(self.n_sites, bool)

    def without_ways(self, dropped: np.ndarray) -> "Problem":
        """The problem without some rows of `ways` (a mask): for sites that must have, say, fibre."""
        return replace(self, ways=some_ways(self.ways, np.flatnonzero(~np.asarray(dropped, bool))))


def some_ways(ways: Ways, rows: np.ndarray) -> Ways:
    """These rows of the ways."""
    return Ways(*(getattr(ways, name)[rows] for name in Ways.__dataclass_fields__))


def network_ways(node: np.ndarray, cost: np.ndarray, value: np.ndarray, technology: int = 0) -> Ways:
    """One way a site: by the network at its `node`, with its own `cost` (∞: cannot be)."""
    return _simple_ways(node, cost, value, technology)


def own_ways(cost: np.ndarray, value: np.ndarray, technology: int = 0) -> Ways:
    """One way a site that stands alone, at its `cost` (∞: cannot be)."""
    return _simple_ways(np.full(len(cost), NONE), cost, value, technology)


def _simple_ways(node: np.ndarray, cost: np.ndarray, value: np.ndarray, technology: int) -> Ways:
    rows = np.flatnonzero(np.isfinite(cost))
    none = np.full(len(rows), NONE)
    at, own = np.asarray(node)[rows], np.asarray(cost, dtype=float)[rows]
    worth = np.asarray(value, dtype=float)[rows]
    return Ways(rows, own, worth, at, none, np.full(len(rows), technology))


def all_ways(*parts: Ways) -> Ways:
    """The ways of all the parts, one after the other."""
    return Ways(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Ways.__dataclass_fields__)
    )


def _check(problem: Problem) -> None:
    ways, feeds, n = problem.ways, problem.feeds, problem.graph.n_nodes
    tables = ((ways, "way"), (feeds, "feed"))
    for table, name in tables:
        lengths = {len(getattr(table, column)) for column in table.__dataclass_fields__}
        if len(lengths) > 1:
            raise ValueError(f"the columns of the {name}s differ in length")
        if len(table.cost) and not (np.isfinite(table.cost).all() and table.cost.min() >= 0):
            raise ValueError(f"a {name} costs less than 0 or is not finite")
        _in_range(table.node, NONE, n, f"node of a {name}")
    _in_range(ways.site, 0, problem.n_sites, "site of a way")
    _in_range(ways.facility, NONE, problem.n_facilities, "facility of a way")
    _in_range(feeds.facility, 0, problem.n_facilities, "facility of a feed")
    _in_range(feeds.on, NONE, problem.n_facilities, "facility that a feed needs")
    if len(problem.first) not in (0, problem.n_sites):
        raise ValueError("`first` is a mask of the sites")
    if ((ways.node >= 0) & (ways.facility >= 0)).any() or ((feeds.node >= 0) & (feeds.on >= 0)).any():
        raise ValueError("a way or a feed needs a node or a facility, not both")
    if len(ways.value) and not (np.isfinite(ways.value).all() and ways.value.min() >= 0):
        raise ValueError("the value of a way is below 0 or not finite")
    if problem.n_facilities and problem.opening_cost.min() < 0:
        raise ValueError("a facility costs less than 0")


def _in_range(numbers: np.ndarray, low: int, high: int, what: str) -> None:
    if len(numbers) and (numbers.min() < low or numbers.max() >= high):
        raise ValueError(f"no such {what}")
