"""How others choose under a budget, restated from what they document: a yardstick for `phusong.choice`.

*Greedy by cost* connects again and again the site that costs least more, given what is built.
*ITU's programme* (Connectivity Planning Platform, user guide, "Scenarios" and "Models", 2026) draws one
minimum spanning tree over sites and fibre nodes, bills each site the line to the site before it on the tree
(a road that two such lines run along is billed twice) and lets an integer programme choose technologies
within the budget, where a site may have fibre only when the one before it has. What several sites share
(a mast) it bills to each of them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree

from phusong.choice import Problem


def greedy_by_cost(problem: Problem, budget: float) -> int:
    """How many sites the greedy connects."""
    net, hub = _network(problem), problem.graph.n_nodes
    ways, feeds = problem.ways, problem.feeds
    near = dijkstra(net, indices=hub)
    open_, served, left = np.zeros(problem.n_facilities, bool), np.zeros(problem.n_sites, bool), budget
    while True:
        opening, by = _openings(problem, near, open_)
        more = ways.cost + np.where(ways.node >= 0, near[ways.node], 0.0)
        more = more + np.append(opening, 0.0)[ways.facility]
        more[served[ways.site]] = np.inf
        row = int(np.argmin(more)) if len(more) else -1
        if row < 0 or more[row] > left:
            return int(served.sum())
        left -= more[row]
        served[ways.site[row]] = True
        joined = [int(ways.node[row])]
        facility = int(ways.facility[row])
        while facility >= 0 and not open_[facility]:
            open_[facility] = True
            joined.append(int(feeds.node[by[facility]]))
            facility = int(feeds.on[by[facility]])
        for node in [n for n in joined if n >= 0]:
            near = _nearer(net, near, node, hub)


def itu_programme(problem: Problem, budget: float) -> int:
    """How many sites ITU's programme connects within the budget."""
    return round(-_itu(problem, budget))


def itu_cheapest(problem: Problem) -> float:
    """What ITU's programme pays, by its own bill, to connect every site."""
    return _itu(problem, None)


def _itu(problem: Problem, budget: float | None) -> float:
    """The least cost for all sites, or, within a budget, less the number of sites connected."""
    tree, ways, k = relay_tree(problem), problem.ways, problem.n_sites
    fibre = np.flatnonzero(ways.node >= 0)
    other_site, other = _other_costs(problem)
    site = np.concatenate([ways.site[fibre], other_site])
    cost = np.concatenate([ways.cost[fibre] + tree.length[ways.site[fibre]], other])
    n = len(site)
    each = coo_matrix((np.ones(n), (site, np.arange(n))), shape=(k, n))
    rows = [LinearConstraint(each, 1 if budget is None else -np.inf, 1)]
    if budget is not None:
        rows.append(LinearConstraint(csr_matrix(cost / budget), -np.inf, 1))
    column = np.full(k, -1)
    column[ways.site[fibre]] = np.arange(len(fibre))
    child = np.array([c for c in ways.site[fibre].tolist() if tree.before[c] >= 0], dtype=int)
    if len(child):
        number = np.tile(np.arange(len(child)), 2)
        columns = np.concatenate([column[child], column[tree.before[child]]])
        sign = np.repeat([1.0, -1.0], len(child))
        rows.append(
            LinearConstraint(coo_matrix((sign, (number, columns)), shape=(len(child), n)), -np.inf, 0)
        )
    wish = cost if budget is None else -np.ones(n)
    found = milp(
        wish, integrality=np.ones(n), bounds=Bounds(0, 1), constraints=rows, options={"time_limit": 60}
    )
    return float(found.fun)


@dataclass(frozen=True, eq=False)
class RelayTree:
    """For each site the one before it on the tree (−1: a fibre node), and what the line from there costs."""

    before: np.ndarray
    length: np.ndarray


def relay_tree(problem: Problem) -> RelayTree:
    """The minimum spanning tree of the cheapest lines between sites and to the nearest fibre."""
    ways, k, hub = problem.ways, problem.n_sites, problem.graph.n_nodes
    node = np.full(k, hub)
    rows = ways.node >= 0
    node[ways.site[rows]] = ways.node[rows]
    at = np.append(node, hub)
    away = dijkstra(_network(problem), indices=at)[:, at]
    # A free line is still a line.
    tree = minimum_spanning_tree(csr_matrix(np.where(np.isfinite(away), away + 1e-9, 0)))
    beside = tree + tree.T
    before, length = np.full(k, -1), np.full(k, np.inf)
    queue, seen = [k], {k}
    for x in queue:
        for y in beside.indices[beside.indptr[x] : beside.indptr[x + 1]].tolist():
            if y not in seen:
                seen.add(y)
                queue.append(y)
                before[y], length[y] = (-1 if x == k else x), away[x, y]
    return RelayTree(before, np.where(np.isfinite(length), length, 1e12))


def _other_costs(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Sites and costs of the ways that are not fibre, what they need from a mast billed to each."""
    near = dijkstra(_network(problem), indices=problem.graph.n_nodes)
    opening, _by = _openings(problem, near, np.zeros(problem.n_facilities, bool))
    rows = np.flatnonzero(problem.ways.node < 0)
    cost = problem.ways.cost[rows] + np.append(opening, 0.0)[problem.ways.facility[rows]]
    kept = np.isfinite(cost)
    return problem.ways.site[rows][kept], cost[kept]


def _openings(problem: Problem, near: np.ndarray, open_: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What it costs to open each facility for one user, and by which feed."""
    feeds = problem.feeds
    cost, by = np.where(open_, 0.0, np.inf), np.full(problem.n_facilities, -1)
    for _link in range(problem.n_facilities):
        before = cost.copy()
        for feed in range(len(feeds.facility)):
            f, on, node = int(feeds.facility[feed]), int(feeds.on[feed]), int(feeds.node[feed])
            there = feeds.cost[feed] + problem.opening_cost[f]
            there += cost[on] if on >= 0 else near[node] if node >= 0 else 0.0
            if there < cost[f]:
                cost[f], by[f] = there, feed
        if (cost == before).all():
            break
    return cost, by


def _network(problem: Problem) -> csr_matrix:
    """The network with existing fibre as one more node; of parallel lines the cheapest, none quite free."""
    graph, hub = problem.graph, problem.graph.n_nodes
    at = np.arange(hub + 1)
    at[graph.roots] = hub
    u, v = at[graph.u], at[graph.v]
    order = np.lexsort((graph.cost, np.maximum(u, v), np.minimum(u, v)))
    a, b = np.minimum(u, v)[order], np.maximum(u, v)[order]
    first = np.ones(len(a), bool)
    first[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    kept = first & (a != b)
    a, b, cost = a[kept], b[kept], np.maximum(graph.cost[order][kept], 1e-9)
    net = coo_matrix((np.tile(cost, 2), (np.append(a, b), np.append(b, a))), shape=(hub + 1, hub + 1))
    return net.tocsr()


def _nearer(net: csr_matrix, near: np.ndarray, node: int, hub: int) -> np.ndarray:
    """The distances when a line is built to the node: from all nodes of that line."""
    path, x = [], node
    while near[x] > 0 and x != hub:
        path.append(x)
        neighbours = slice(net.indptr[x], net.indptr[x + 1])
        step = near[net.indices[neighbours]] + net.data[neighbours]
        x = int(net.indices[neighbours][np.argmin(step)])
    if not path:
        return near
    away = dijkstra(net, indices=path, min_only=True, limit=float(near[np.isfinite(near)].max()))
    return np.minimum(near, away)
