"""Other libraries' Steiner trees on the same roads, from the arrays to the cost of the tree."""

import importlib.util
from collections.abc import Callable

import numpy as np

from benchmarks.mountain_roads import Roads


def is_here(library: str) -> bool:
    """Whether it can be imported."""
    return importlib.util.find_spec(library) is not None


def _one_root(roads: Roads) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The roads with all fibre as node 0, of parallel edges the cheapest last."""
    at = np.arange(1, roads.n_nodes + 1)
    at[roads.fibre] = 0
    order = np.argsort(-roads.cost, kind="stable")
    u, v, cost = at[roads.u][order], at[roads.v][order], roads.cost[order]
    kept = u != v
    return u[kept], v[kept], cost[kept]


def networkx_cost(roads: Roads) -> float:
    """networkx's `steiner_tree` by Mehlhorn's method, its faster one."""
    import networkx as nx

    net = nx.Graph()
    net.add_weighted_edges_from(zip(*(a.tolist() for a in _one_root(roads)), strict=True))
    wanted = [0, *(roads.sites + 1).tolist()]
    tree = nx.algorithms.approximation.steiner_tree(net, wanted, method="mehlhorn")
    return float(tree.size(weight="weight"))


def rustworkx_cost(roads: Roads) -> float:
    """rustworkx's `steiner_tree`."""
    import rustworkx as rx

    net = rx.PyGraph(multigraph=False)
    net.add_nodes_from(range(roads.n_nodes + 1))
    net.add_edges_from(list(zip(*(a.tolist() for a in _one_root(roads)), strict=True)))
    tree = rx.steiner_tree(net, [0, *(roads.sites + 1).tolist()], float)
    return float(sum(tree.edges()))


#: By library: its work, how many times as long it should take at least, and the goal.
PEERS: dict[str, tuple[Callable[[Roads], float], float, float | None]] = {
    "networkx": (networkx_cost, 30, 50),
    "rustworkx": (rustworkx_cost, 5, None),
}
