"""A plan's tree seen from its roots, by the original nodes and edges."""

import numpy as np

from phusong.steiner.graph import CostGraph


def rooted(graph: CostGraph, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The edge that leads each node of a tree to its root (−1: roots and nodes not on it), and the nodes
    that have one, each after those nearer to the root."""
    beside: dict[int, list[tuple[int, int]]] = {}
    for edge, a, b in zip(edges.tolist(), graph.u[edges].tolist(), graph.v[edges].tolist(), strict=True):
        beside.setdefault(a, []).append((b, edge))
        beside.setdefault(b, []).append((a, edge))
    parent = np.full(graph.n_nodes, -1)
    seen = set(graph.roots.tolist())
    order: list[int] = []
    queue = [root for root in graph.roots.tolist() if root in beside]
    for node in queue:
        for other, edge in sorted(beside[node]):
            if other not in seen:
                seen.add(other)
                parent[other] = edge
                order.append(other)
                queue.append(other)
    return parent, np.array(order, dtype=int)
