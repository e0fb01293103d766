"""Which places a road joins: neighbours in the plane, trees among them, ways to a root."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, QhullError, cKDTree

#: Up to so many points all pairs are looked at; more can be triangulated, unless they lie on a line.
_FEW = 4


def lengths(points: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Straight lengths of the edges (m, 2) between rows of `points` (n, 2)."""
    return np.hypot(*(points[edges[:, 1]] - points[edges[:, 0]]).T)


def joined(points: np.ndarray, wanted_m: float) -> np.ndarray:
    """Edges (m, 2) that join all `points` (n, 2), sorted, each with the lower position first.

    The shortest tree; then neighbours in the Gabriel graph (no third point within the circle of which
    two span the diameter: Gabriel and Sokal, 1969) and after these of the triangulation, the shorter first,
    up to `wanted_m` of straight length in all. Edges of one triangulation do not cross.
    """
    edges = _triangulated(points)
    if len(edges) == 0:
        return edges
    length = lengths(points, edges)
    nearest, _who = cKDTree(points).query(points[edges].mean(axis=1))
    tree, gabriel = _spanning(points, edges), nearest >= length / 2 * (1 - 1e-9)
    order = np.lexsort((length, ~gabriel, ~tree))
    kept = (np.cumsum(length[order]) <= wanted_m) | tree[order]
    return edges[np.sort(order[kept])]


def _triangulated(points: np.ndarray) -> np.ndarray:
    try:
        corners = Delaunay(points).simplices if len(points) > _FEW else None
    except QhullError:
        corners = None
    if corners is None:
        return np.array(list(combinations(range(len(points)), 2)), dtype=int).reshape(-1, 2)
    pairs = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    return np.unique(np.sort(pairs, axis=1), axis=0)


def _spanning(points: np.ndarray, edges: np.ndarray) -> np.ndarray:
    n = len(points)
    weight = coo_matrix((lengths(points, edges), (edges[:, 0], edges[:, 1])), shape=(n, n))
    tree = minimum_spanning_tree(weight.tocsr()).tocoo()
    kept = set(zip(tree.row.tolist(), tree.col.tolist(), strict=True))
    return np.array([(a, b) in kept or (b, a) in kept for a, b in edges.tolist()], dtype=bool)


@dataclass(frozen=True, eq=False)
class Ways:
    """The shortest way from each point to its nearest root: the edge that it begins with (−1 at a root), the
    next point, and the points from the nearest to the farthest."""

    edge: np.ndarray
    towards: np.ndarray
    order: np.ndarray

    def load(self, weight: np.ndarray, n_edges: int) -> np.ndarray:
        """How much of the points' `weight` goes over each edge on its way to a root."""
        carried, over = weight.astype(float).copy(), np.zeros(n_edges)
        for point in self.order[::-1]:
            if self.edge[point] >= 0:
                over[self.edge[point]] += carried[point]
                carried[self.towards[point]] += carried[point]
        return over


def ways_to(points: np.ndarray, edges: np.ndarray, roots: np.ndarray) -> Ways:
    """The ways along `edges` to `roots`."""
    n = len(points)
    if len(edges) == 0:
        return Ways(np.full(n, -1), np.full(n, -1), np.arange(n))
    weight = coo_matrix((lengths(points, edges), (edges[:, 0], edges[:, 1])), shape=(n, n)).tocsr()
    far, before, _root = dijkstra(
        weight, directed=False, indices=roots, min_only=True, return_predecessors=True
    )
    number = {(a, b): i for i, (a, b) in enumerate(edges.tolist())}
    edge = np.array(
        [number.get((min(i, b), max(i, b)), -1) if b >= 0 else -1 for i, b in enumerate(before.tolist())]
    )
    return Ways(edge, before, np.argsort(far, kind="stable"))


def split_evenly(points: np.ndarray, parts: int) -> np.ndarray:
    """A part for each point, 0 to parts − 1, of near neighbours and even size: halved along the longer side
    again and again. Parts are numbered from the north-west as they are cut."""
    out = np.zeros(len(points), dtype=int)
    _halve(points, np.arange(len(points)), 0, min(parts, max(1, len(points))), out)
    return out


def _halve(points: np.ndarray, rows: np.ndarray, first: int, parts: int, out: np.ndarray) -> None:
    if parts == 1:
        out[rows] = first
        return
    here = points[rows]
    axis = int(np.ptp(here[:, 1]) >= np.ptp(here[:, 0]))
    ordered = rows[np.argsort(-here[:, 1] if axis else here[:, 0], kind="stable")]
    left = parts // 2
    cut = round(len(rows) * left / parts)
    _halve(points, ordered[:cut], first, left, out)
    _halve(points, ordered[cut:], first + left, parts - left, out)
