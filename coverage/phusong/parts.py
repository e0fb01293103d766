"""The parts of a road network that no road joins, and where the gaps between them are smallest."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from phusong.linework import GRID_M, along, neighbours, noded

#: Ends of roads this near another road are joined to it when line is planned.
SNAP_M = 5.0
_STEP_M = 100.0


def road_parts(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A row a part, the longest first (`part` 1): its shape and `length_m`; the part nearest to it
    (`nearest`, 0: none) and the shortest line there (`gap`); and the shortest line to part 1 (`main_gap`).

    Planar, in the metres of the roads' own system.
    """
    lines = noded(roads.geometry.to_numpy())
    part = _parts(lines)
    length = np.bincount(part, shapely.length(lines))
    nearest, gap = _smallest_gaps(lines, part, len(length))
    out = pd.DataFrame(
        {
            "part": np.arange(1, len(length) + 1),
            "length_m": length,
            "nearest": nearest + 1,
            "gap": gpd.GeoSeries(gap, crs=roads.crs),
            "main_gap": gpd.GeoSeries(_gaps_to_main(lines, part, len(length)), crs=roads.crs),
        }
    )
    by_part = np.argsort(part, kind="stable")
    shapes = shapely.multilinestrings(lines[by_part], indices=part[by_part])
    return gpd.GeoDataFrame(out, geometry=shapes, crs=roads.crs)


def all_joined(roads: gpd.GeoDataFrame) -> bool:
    """Is there one part only, for sure? Told from the lines as they are drawn: to cut them where they cross
    takes long, and moves nothing by more than the grid."""
    lines = shapely.get_parts(roads.geometry.to_numpy())
    lines = lines[shapely.length(lines) > 0]
    return len(np.unique(_labels(lines, SNAP_M - 4 * GRID_M))) < 2


def _labels(lines: np.ndarray, reach_m: float) -> np.ndarray:
    """For each line the number of its part: lines within reach of each other are of one.

    Those that share a vertex are of one at once; only the lines outside the largest such part are measured.
    """
    if not len(lines):
        return np.empty(0, int)
    points, line = shapely.get_coordinates(lines, return_index=True)
    _vertices, vertex = np.unique(points @ [1, 1j], return_inverse=True)
    label = _connected(line, len(lines) + vertex)[: len(lines)]
    rest = np.flatnonzero(label != np.bincount(label).argmax())
    a, b = shapely.STRtree(lines).query(lines[rest], predicate="dwithin", distance=reach_m)
    return _connected(np.append(label, label[rest[a]]), np.append(label, label[b]))[label]


def _connected(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The number of the component of each node of a graph with the edges (a, b)."""
    size = max(a.max(), b.max()) + 1
    return connected_components(coo_matrix((np.ones(len(a), bool), (a, b)), shape=(size, size)))[1]


def _parts(lines: np.ndarray) -> np.ndarray:
    """The part of each line, numbered from the longest; ties: the one whose line comes first."""
    if not len(lines):
        return np.empty(0, int)
    label = _labels(lines, SNAP_M)
    first = np.unique(label, return_index=True)[1]
    order = np.lexsort((first, -np.bincount(label, shapely.length(lines))))
    number = np.empty(len(order), int)
    number[order] = np.arange(len(order))
    return np.asarray(number[label])


def _smallest_gaps(lines: np.ndarray, part: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """For each part the nearest other (−1: none) and the shortest line to it.

    The gaps to the longest part are measured; those among the others, of which there is much less, are sought
    by the Delaunay triangulation of points along them: its neighbours hold every smallest gap but for the
    distance of the points, and the lines that they lie on are then measured exactly.
    """
    nearest, gap = np.full(n, -1), np.full(n, None, dtype=object)
    if n < 2:
        return nearest, gap
    other = np.flatnonzero(part > 0)
    points, owner, _at = along(lines[other], _STEP_M)
    points, first = np.unique(points, axis=0, return_index=True)
    owner = other[owner[first]]
    found = np.column_stack([owner[side] for side in neighbours(points)])
    found = found[part[found[:, 0]] != part[found[:, 1]]]
    pairs = np.unique(np.concatenate([found, np.column_stack(_to_main(lines, part)[:2])]), axis=0)
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    distance = shapely.distance(lines[pairs[:, 0]], lines[pairs[:, 1]])
    order = np.lexsort((pairs[:, 1], pairs[:, 0], distance, part[pairs[:, 0]]))
    parts, best = np.unique(part[pairs[order, 0]], return_index=True)
    chosen = pairs[order[best]]
    nearest[parts] = part[chosen[:, 1]]
    gap[parts] = shapely.shortest_line(lines[chosen[:, 0]], lines[chosen[:, 1]])
    return nearest, gap


def _gaps_to_main(lines: np.ndarray, part: np.ndarray, n: int) -> np.ndarray:
    """For each part the shortest line to the longest part; None for that itself."""
    gap = np.full(n, None, dtype=object)
    at, to, away = _to_main(lines, part)
    order = np.lexsort((to, at, away, part[at]))
    found, best = np.unique(part[at[order]], return_index=True)
    chosen = order[best]
    gap[found] = shapely.shortest_line(lines[at[chosen]], lines[to[chosen]])
    return gap


def _to_main(lines: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each line of another part, with the lines of the longest part that are nearest to it, and how far."""
    other, main = np.flatnonzero(part > 0), np.flatnonzero(part == 0)
    (at, to), away = shapely.STRtree(lines[main]).query_nearest(lines[other], return_distance=True)
    return other[at], main[to], away
