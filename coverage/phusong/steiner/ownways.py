"""The cheapest way of each site for itself, as if it were alone."""

import numpy as np

from phusong.steiner.graph import CostGraph, simple_graph
from phusong.steiner.paths import regions


def cheapest_paths(graph: CostGraph, terminals: np.ndarray) -> list[np.ndarray | None]:
    """For each of the `terminals` the edges of its own cheapest path to a root (free edges left out), or
    None."""
    if not len(graph.roots):
        return [None] * len(terminals)
    simple = simple_graph(graph)
    _distance, _base, via = regions(simple.net, np.zeros(1, np.int32))
    out: list[np.ndarray | None] = []
    for node in simple.label[np.asarray(terminals, dtype=int)].tolist():
        path = []
        while node > 0:
            path.append(via[node] >> 1)
            node = int(simple.net.tail[via[node]])
        out.append(None if node < 0 else simple.edge[np.array(path, dtype=int)])
    return out
