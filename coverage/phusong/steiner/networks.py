"""The same for networkx graphs: for anyone who has a graph and terminals and wants the cheapest tree."""

from collections.abc import Collection, Hashable

import networkx as nx
import numpy as np

from phusong.steiner.graph import CostGraph
from phusong.steiner.planning import cheapest_tree


def steiner_tree(
    graph: nx.Graph,
    terminals: Collection[Hashable],
    weight: str = "weight",
    roots: Collection[Hashable] = (),
    time_limit_s: float | None = None,
) -> nx.Graph:
    """The part of a networkx graph (or multigraph) that joins the `terminals` most cheaply.

    With `roots` each terminal must reach any of these, which count as one point. The result's `graph`
    attributes are cost, bound, gap and unreached (the terminals left out).

    >>> net = nx.cycle_graph(4)
    >>> tree = steiner_tree(net, [0, 1, 2])
    >>> sorted(tree.edges), tree.graph["cost"], tree.graph["gap"]
    ([(0, 1), (1, 2)], 2.0, 0.0)
    """
    names = list(graph.nodes)
    number = {name: i for i, name in enumerate(names)}
    rows = list(graph.edges(keys=True)) if graph.is_multigraph() else list(graph.edges)
    wanted = np.array([number[t] for t in terminals], dtype=int)
    start = np.array([number[r] for r in roots], dtype=int) if roots else wanted[:1]
    arrays = CostGraph(
        len(names),
        np.array([number[row[0]] for row in rows], dtype=int),
        np.array([number[row[1]] for row in rows], dtype=int),
        np.array([graph.edges[row].get(weight, 1) for row in rows], dtype=float),
        start,
    )
    tree = cheapest_tree(arrays, wanted, time_limit_s=time_limit_s)
    out = graph.edge_subgraph([rows[e] for e in tree.edges]).copy()
    out.add_nodes_from(names[t] for t in np.setdiff1d(wanted, tree.unreached))
    unreached = [names[t] for t in tree.unreached]
    out.graph.update(cost=tree.cost, bound=tree.bound, gap=tree.gap, unreached=unreached)
    return out
