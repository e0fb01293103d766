"""A choice on the small network: what serves each site, what feeds each facility, which edges are built."""

from dataclasses import dataclass

import numpy as np

from phusong.choice.ground import Ground
from phusong.choice.plan import Plan
from phusong.choice.problem import NONE


@dataclass(frozen=True, eq=False)
class Draft:
    """`way` (by site, rows of the ground's ways), `feed` (by facility) and `edges` (of the small network,
    rising) as in `Plan`; nothing in it is there in vain."""

    way: np.ndarray
    feed: np.ndarray
    edges: np.ndarray
    cost: float
    value: float


def nothing(ground: Ground) -> Draft:
    """The draft that serves nobody."""
    sites, facilities = ground.problem.n_sites, ground.problem.n_facilities
    return Draft(np.full(sites, NONE), np.full(facilities, NONE), np.empty(0, int), 0.0, 0.0)


def make_draft(ground: Ground, way: np.ndarray, feed: np.ndarray, edges: np.ndarray) -> Draft:
    """The draft of these choices: what no site needs is left out, the rest is added up.

    ValueError when a way or feed lacks what it needs.
    """
    used = _needed_feeds(ground, way, feed)
    edges = _needed_edges(ground, _needed_nodes(ground, way, used), edges)
    some, open_ = way[way >= 0], np.flatnonzero(used >= 0)
    feeds, opening = ground.problem.feeds, ground.problem.opening_cost
    cost = float(ground.small.cost[edges].sum() + ground.ways.cost[some].sum())
    cost += float(feeds.cost[used[open_]].sum() + opening[open_].sum())
    return Draft(way, used, edges, cost, float(ground.ways.value[some].sum()))


def as_plan(ground: Ground, draft: Draft) -> Plan:
    """The draft on the whole network, added up anew there."""
    problem, ways = ground.problem, ground.problem.ways
    way = np.where(draft.way >= 0, ground.row[draft.way] if len(ground.row) else NONE, NONE)
    some, open_ = way[way >= 0], np.flatnonzero(draft.feed >= 0)
    feeds = draft.feed[open_]
    wanted = np.concatenate([ways.node[some], problem.feeds.node[feeds]])
    edges = ground.shrunk.original_edges(draft.edges, wanted[wanted >= 0])
    cost = float(problem.graph.cost[edges].sum() + ways.cost[some].sum())
    cost += float(problem.feeds.cost[feeds].sum() + problem.opening_cost[open_].sum())
    return Plan(way, draft.feed.copy(), edges, cost, float(ways.value[some].sum()))


def _needed_feeds(ground: Ground, way: np.ndarray, feed: np.ndarray) -> np.ndarray:
    """The feeds of the facilities that the ways hang on, and of those that these hang on."""
    out = np.full_like(feed, NONE)
    needed = np.unique(ground.ways.facility[way[way >= 0]]).tolist()
    while needed:
        facility = needed.pop()
        if facility < 0 or out[facility] >= 0:
            continue
        if feed[facility] < 0:
            raise ValueError(f"facility {facility} is not open")
        out[facility] = feed[facility]
        needed.append(int(ground.problem.feeds.on[feed[facility]]))
    return out


def _needed_nodes(ground: Ground, way: np.ndarray, feed: np.ndarray) -> np.ndarray:
    """The small nodes to be joined."""
    nodes = np.concatenate([ground.ways.node[way[way >= 0]], ground.feed_node[feed[feed >= 0]]])
    return np.unique(nodes[nodes > 0])


def _needed_edges(ground: Ground, nodes: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The edges on the ways from the root to the `nodes`, which are a tree."""
    small, root = ground.small, int(ground.small.roots[0])
    beside: dict[int, list[tuple[int, int]]] = {}
    ends = zip(edges.tolist(), small.u[edges].tolist(), small.v[edges].tolist(), strict=True)
    for edge, a, b in ends:
        beside.setdefault(a, []).append((b, edge))
        beside.setdefault(b, []).append((a, edge))
    above = {root: (root, NONE)}
    queue = [root]
    for node in queue:
        for other, edge in beside.get(node, []):
            if other not in above:
                above[other] = (node, edge)
                queue.append(other)
    kept: set[int] = set()
    for node in nodes.tolist():
        while node != root:
            if node not in above:
                raise ValueError(f"node {node} is not joined")
            up, edge = above[node]
            if edge in kept:
                break
            kept.add(edge)
            node = up
    return np.array(sorted(kept), dtype=int)
