"""Small problems of choice, drawn at random, and all their plans by brute force."""

from itertools import product

import numpy as np
from hypothesis import strategies as st

from phusong.choice import Feeds, Problem, Ways
from phusong.steiner import CostGraph


@st.composite
def small_problems(draw: st.DrawFn, facilities: bool = True) -> Problem:
    """Up to 6 nodes, 4 sites with up to 3 ways each, 3 facilities that may hang on each other."""
    whole = st.integers(0, 12)
    n = draw(st.integers(2, 6))
    edges = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), whole), max_size=9))
    graph = CostGraph(
        n,
        np.array([e[0] for e in edges], int),
        np.array([e[1] for e in edges], int),
        np.array([e[2] for e in edges], float),
        np.array([0]),
    )
    f = draw(st.integers(0, 3)) if facilities else 0
    needs = st.one_of(
        st.just((-1, -1)),
        st.tuples(st.integers(0, n - 1), st.just(-1)),
        *([st.tuples(st.just(-1), st.integers(0, f - 1))] if f else []),
    )
    k = draw(st.integers(1, 4))
    rows = [
        (site, draw(whole), draw(st.integers(0, 4)), *draw(needs))
        for site in range(k)
        for _way in range(draw(st.integers(0, 3)))
    ]
    fed = [(g, draw(whole), *draw(needs)) for g in range(f) for _feed in range(draw(st.integers(0, 2)))]
    columns = [np.array([r[i] for r in rows]) for i in range(5)] if rows else [np.empty(0)] * 5
    ways = Ways(
        columns[0].astype(int),
        columns[1].astype(float),
        columns[2].astype(float),
        columns[3].astype(int),
        columns[4].astype(int),
        np.zeros(len(rows), int),
    )
    held = [np.array([r[i] for r in fed]) for i in range(4)] if fed else [np.empty(0)] * 4
    feeds = Feeds(held[0].astype(int), held[1].astype(float), held[2].astype(int), held[3].astype(int))
    opening = np.array([draw(whole) for _ in range(f)], float)
    first = np.array([draw(st.booleans()) for _ in range(k)])
    return Problem(graph, k, ways, opening, feeds, first if draw(st.booleans()) else np.empty(0, bool))


def tree_costs(graph: CostGraph) -> np.ndarray:
    """What it costs to join each set of nodes (a bit mask) to a root: all edge sets by brute force."""
    n, edges = graph.n_nodes, list(zip(graph.u.tolist(), graph.v.tolist(), graph.cost.tolist(), strict=True))
    root = sum(1 << r for r in graph.roots.tolist())
    best = {root: 0.0}
    # Every joined set grows by an edge that leaves it; each set's cheapest spanning tree is found so.
    queue = [root]
    for have in queue:
        for a, b, cost in edges:
            for x, y in ((a, b), (b, a)):
                if have >> x & 1 and not have >> y & 1:
                    more = have | 1 << y
                    if best[have] + cost < best.get(more, np.inf):
                        best[more] = best[have] + cost
                        queue.append(more)
    out = np.full(1 << n, np.inf)
    for mask in range(1 << n):
        out[mask] = min((c for have, c in best.items() if have & mask == mask), default=np.inf)
    return out


def all_plans(problem: Problem) -> list[tuple[float, float, tuple[int, ...]]]:
    """(cost, value, way of each site) of all plans, the cheapest for each combination of ways."""
    ways, feeds, f = problem.ways, problem.feeds, problem.n_facilities
    trees = tree_costs(problem.graph)
    openings = []
    choices = [[-1, *np.flatnonzero(feeds.facility == g).tolist()] for g in range(f)]
    for feed in product(*choices):
        if _hangs_well(problem, feed):
            used = [x for x in feed if x >= 0]
            cost = sum(feeds.cost[x] for x in used) + sum(
                problem.opening_cost[g] for g in range(f) if feed[g] >= 0
            )
            nodes = _mask(feeds.node[used])
            openings.append((_mask(np.flatnonzero(np.array(feed) >= 0)), nodes, cost))
    out = []
    for way in product(*[[-1, *np.flatnonzero(ways.site == i).tolist()] for i in range(problem.n_sites)]):
        rows = [w for w in way if w >= 0]
        own, value = ways.cost[rows].sum(), ways.value[rows].sum()
        nodes, hubs = _mask(ways.node[rows]), _mask(ways.facility[rows])
        fixed = min((c + trees[nodes | m] for o, m, c in openings if o & hubs == hubs), default=np.inf)
        if np.isfinite(fixed):
            out.append((float(own + fixed), float(value), way))
    return out


def _mask(numbers: np.ndarray) -> int:
    return sum({1 << int(x) for x in numbers if x >= 0})


def _hangs_well(problem: Problem, feed: tuple[int, ...]) -> bool:
    for g in range(problem.n_facilities):
        seen = set()
        while g >= 0:
            if feed[g] < 0 and not seen:
                break
            if feed[g] < 0 or g in seen:
                return False
            seen.add(g)
            g = int(problem.feeds.on[feed[g]])
    return True
