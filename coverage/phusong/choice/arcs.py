"""The problem as a directed graph: lines, feeds and ways are arcs, and each site is a leaf to be reached.

Any plan is then a tree away from the root; a site that is left out is reached by an arc from the root.
"""

from dataclasses import dataclass

import numpy as np

from phusong.choice.draft import Draft
from phusong.choice.ground import Ground
from phusong.choice.priced import leaving_out, way_costs
from phusong.choice.problem import NONE
from phusong.steiner.dual_ascent import Ascent, ascend
from phusong.steiner.graph import FAR, Net, net_of
from phusong.steiner.paths import arc_distances

#: All that any site could pay stays below this, in whole units.
_MOST = 2.0**48


@dataclass(frozen=True, eq=False)
class Arcs:
    """Nodes: small nodes, then facilities, then the `sites` that can be served. Edges: those of the small
    network, then one each for `feed` and `way` (rows of the problem's feeds and the ground's ways), then one
    for each site of `out` that may be left out. Arc 2e leads from the first end of edge e to the second, and
    only on the network is there a way back."""

    ground: Ground
    net: Net
    sites: np.ndarray
    feed: np.ndarray
    way: np.ndarray
    out: np.ndarray

    @property
    def n_lines(self) -> int:
        """How many edges are lines of the network: the first ones."""
        return len(self.ground.small.cost)

    @property
    def root(self) -> int:
        """The node where all begins."""
        return int(self.ground.small.roots[0])

    @property
    def leaves(self) -> np.ndarray:
        """The node of each of the `sites`."""
        return np.arange(self.net.n - len(self.sites), self.net.n)

    @property
    def is_open(self) -> np.ndarray:
        """Which arcs there are (2m, a mask)."""
        back = np.arange(self.net.m) < self.n_lines
        return np.column_stack([np.ones(self.net.m, bool), back]).ravel()

    def own_costs(self, price: float = 0.0) -> np.ndarray:
        """What each feed, way and leaving out costs in money, with what it forgoes at a `price` for value."""
        feeds, opening = self.ground.problem.feeds, self.ground.problem.opening_cost
        feed = (feeds.cost + opening[feeds.facility])[self.feed]
        out = price * self.ground.best[self.out]
        return np.concatenate([feed, way_costs(self.ground, price)[self.way], out])

    def forgone(self) -> np.ndarray:
        """What each edge forgoes of the value of its site (m)."""
        ways, best = self.ground.ways, self.ground.best
        before = np.zeros(self.n_lines + len(self.feed))
        way = best[ways.site[self.way]] - ways.value[self.way]
        return np.concatenate([before, way, best[self.out]])


def make_arcs(ground: Ground, must: np.ndarray) -> Arcs:
    """The directed graph of a ground whose `must` sites are not left out."""
    small, ways, feeds = ground.small, ground.ways, ground.problem.feeds
    n, f, root = small.n_nodes, ground.problem.n_facilities, int(small.roots[0])
    sites = np.flatnonzero(ground.can_be_served)
    leaf = np.full(ground.problem.n_sites, NONE)
    leaf[sites] = n + f + np.arange(len(sites))
    out = sites[np.isfinite(leaving_out(ground, 1.0, must)[sites])]
    feed = np.flatnonzero((feeds.on >= 0) | (ground.feed_node >= 0))
    from_feed = np.where(feeds.on >= 0, n + feeds.on, ground.feed_node)[feed]
    from_way = np.where(ways.node >= 0, ways.node, np.where(ways.facility >= 0, n + ways.facility, root))
    u = np.concatenate([small.u, from_feed, from_way, np.full(len(out), root)])
    v = np.concatenate([small.v, n + feeds.facility[feed], leaf[ways.site], leaf[out]])
    tail = np.column_stack([u, v]).ravel().astype(np.int32)
    net = net_of(n + f + len(sites), tail, np.zeros(len(u), np.int64))
    return Arcs(ground, net, sites, feed, np.arange(len(ways.site)), out)


@dataclass(frozen=True, eq=False)
class Raised:
    """A dual ascent at a price: no plan has cost − price · value below `least`. Whole numbers in it are
    counted in 1 / `unit`; `finer` is that by the unit of the network's whole costs."""

    price: float
    least: float
    ascent: Ascent
    unit: float
    finer: int

    def lost(self, arcs: Arcs) -> np.ndarray:
        """By how much more than `least` at least a plan costs, less price · value, that uses an arc (2m).

        It also pays what is left of a way from the root to the arc and from it to a site (Duin 1993).
        """
        net, left = arcs.net, self.ascent.left
        from_root = arc_distances(net, left, np.array([arcs.root], np.int32), False)
        to_site = arc_distances(net, left, arcs.leaves.astype(np.int32), True)
        head = net.tail.reshape(-1, 2)[:, ::-1].ravel()
        there = from_root[net.tail].astype(float) + left + to_site[head]
        return np.where(arcs.is_open, there / self.unit, np.inf)


def raise_duals(arcs: Arcs, price: float, guide: Draft | None = None) -> Raised:
    """The bound by dual ascent (Wong 1984) at a price, guided by a good draft."""
    ground = arcs.ground
    own = arcs.own_costs(price)
    most = own.max(initial=0) + float(ground.small.cost.sum())
    scale = ground.shrunk.scale
    finer = int(2 ** np.clip(np.floor(np.log2(_MOST / max(most * scale, 1e-9))), 0, 30))
    whole = np.concatenate(
        [ground.shrunk.whole_costs * finer, np.floor(own * scale * finer).astype(np.int64)]
    )
    cost = np.where(arcs.is_open, np.repeat(whole, 2), FAR)
    lead = np.zeros(len(cost), bool) if guide is None else arcs_of_draft(arcs, guide)
    ascent = ascend(arcs.net, cost, np.append(arcs.leaves, arcs.root), arcs.root, lead)
    least = ascent.bound / (scale * finer) - price * float(ground.best.sum())
    return Raised(price, least, ascent, scale * finer, finer)


def arcs_of_draft(arcs: Arcs, draft: Draft) -> np.ndarray:
    """Which arcs (2m) a draft uses."""
    used = np.zeros(2 * arcs.net.m, bool)
    at = arcs.n_lines
    small = arcs.ground.small
    near = {arcs.root}
    waiting = draft.edges.tolist()
    while waiting:
        rest = []
        for edge in waiting:
            a, b = int(small.u[edge]), int(small.v[edge])
            if a in near or b in near:
                used[2 * edge + (a not in near)] = True
                near |= {a, b}
            else:
                rest.append(edge)
        waiting = rest
    used[2 * (at + np.flatnonzero(np.isin(arcs.feed, draft.feed[draft.feed >= 0])))] = True
    at += len(arcs.feed)
    used[2 * (at + draft.way[draft.way >= 0])] = True
    at += len(arcs.way)
    used[2 * (at + np.flatnonzero(draft.way[arcs.out] < 0))] = True
    return used
