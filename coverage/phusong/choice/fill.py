"""What money is left buys: again and again the way that brings most value for what it costs more.

Lines that are built, facilities that are open, cost nothing again.
"""

import numpy as np

from phusong.choice.draft import Draft, make_draft
from phusong.choice.ground import Ground
from phusong.choice.problem import NONE
from phusong.jit import njit
from phusong.steiner.graph import FAR, Net, net_of, whole_costs, whole_scale
from phusong.steiner.heap import drop_top, push


class Fill:
    """A draft that grows, and what each small node, facility and way would cost more.

    `distance` and `via` are the cheapest way from what is built to each node of the small network.
    """

    def __init__(self, ground: Ground, draft: Draft) -> None:
        small = ground.small
        self.ground = ground
        self.scale = whole_scale(small.cost)
        tail = np.column_stack([small.u, small.v]).ravel().astype(np.int32)
        self.net: Net = net_of(small.n_nodes, tail, whole_costs(small.cost, self.scale))
        self.way, self.feed = draft.way.copy(), draft.feed.copy()
        self.built = np.zeros(len(small.cost), bool)
        self.built[draft.edges] = True
        self.cost = draft.cost
        self.distance = np.full(small.n_nodes, FAR, np.int64)
        self.via = np.full(small.n_nodes, NONE, np.int32)
        inside = np.unique(np.concatenate([small.roots, small.u[draft.edges], small.v[draft.edges]]))
        _come_nearer(self.net, self.distance, self.via, inside.astype(np.int32))

    def line_cost(self, node: np.ndarray) -> np.ndarray:
        """What the line to each small node costs more (NONE: nothing; ∞: it cannot be reached)."""
        away = self.distance[np.maximum(node, 0)]
        return np.where(node > 0, np.where(away < FAR, away / self.scale, np.inf), 0.0)

    def opening(self) -> tuple[np.ndarray, np.ndarray]:
        """What each facility costs more to open (0: it is), and by which feed."""
        problem, feeds = self.ground.problem, self.ground.problem.feeds
        open_ = self.feed >= 0
        cost = np.where(open_, 0.0, np.inf)
        by = self.feed.copy()
        line = np.where(
            (feeds.on < 0) & (self.ground.feed_node < 0), np.inf, self.line_cost(self.ground.feed_node)
        )
        own = feeds.cost + problem.opening_cost[feeds.facility]
        for _link in range(problem.n_facilities):
            there = own + np.where(feeds.on >= 0, cost[feeds.on], line)
            before = cost.copy()
            for feed in np.argsort(there, kind="stable").tolist():
                if there[feed] < cost[feeds.facility[feed]]:
                    cost[feeds.facility[feed]], by[feeds.facility[feed]] = there[feed], feed
            if (cost == before).all():
                break
        return cost, by

    def buy(self, budget: float) -> bool:
        """Serve a site, or serve one better, for the most value a cost within the budget; is there one?"""
        ways = self.ground.ways
        opening, by = self.opening()
        had = np.append(ways.value, 0.0)[self.way[ways.site]]
        paid = np.append(ways.cost, 0.0)[self.way[ways.site]]
        more = ways.cost + self.line_cost(ways.node) + np.append(opening, 0.0)[ways.facility] - paid
        gain = ways.value - had
        fits = (gain > 0) & (self.cost + more <= budget)
        if not fits.any():
            return False
        rows = np.flatnonzero(fits)
        worth = gain[rows] / np.maximum(more[rows], 1e-9)
        row = int(rows[np.argmax(worth)])
        self._take(row, by, float(more[row]))
        return True

    def next_site(self) -> float:
        """What it costs at least to serve one more site, given what is built (∞: none can be)."""
        ways, (opening, _by) = self.ground.ways, self.opening()
        more = ways.cost + self.line_cost(ways.node) + np.append(opening, 0.0)[ways.facility]
        return float(more[self.way[ways.site] < 0].min(initial=np.inf))

    def _take(self, row: int, by: np.ndarray, more: float) -> None:
        ways, feeds = self.ground.ways, self.ground.problem.feeds
        node, facility = int(ways.node[row]), int(ways.facility[row])
        while facility >= 0 and self.feed[facility] < 0:
            self.feed[facility] = by[facility]
            node = max(node, int(self.ground.feed_node[by[facility]]))
            facility = int(feeds.on[by[facility]])
        path = []
        while node > 0 and self.via[node] >= 0:
            arc = int(self.via[node])
            path.append(node)
            self.built[arc >> 1] = True
            node = int(self.net.tail[arc])
        if path:
            _come_nearer(self.net, self.distance, self.via, np.array(path, dtype=np.int32))
        self.way[ways.site[row]] = row
        self.cost += more

    def draft(self) -> Draft:
        """What has been chosen."""
        return make_draft(self.ground, self.way.copy(), self.feed, np.flatnonzero(self.built))


def filled(ground: Ground, draft: Draft, budget: float) -> Draft:
    """The draft with as much more as the budget buys, the most value for its cost first."""
    while True:
        fill = Fill(ground, draft)
        while fill.buy(budget):
            pass
        more = fill.draft()
        if more.value <= draft.value:
            return draft
        draft = more


@njit()
def _come_nearer(net: Net, distance: np.ndarray, via: np.ndarray, nodes: np.ndarray) -> None:
    """Make `nodes` part of what is built: the others may be nearer to it now (Dijkstra from these alone)."""
    n = len(net.start) - 1
    heap = np.empty(n, np.int32)
    place = np.full(n, -1, np.int32)
    size = 0
    for x in nodes:
        distance[x] = 0
        via[x] = -1
        size = push(heap, place, distance, size, x)
    while size > 0:
        x = heap[0]
        size = drop_top(heap, place, distance, size)
        for j in range(net.start[x], net.start[x + 1]):
            y = net.to[j]
            there = distance[x] + net.cost[net.out[j] >> 1]
            if there < distance[y]:
                distance[y] = there
                via[y] = net.out[j]
                size = push(heap, place, distance, size, y)
