"""Lines as planners cut them: made one way round, cut where they cross, cut at given points.

Points are rounded to the centimetre, so that two lines that meet do so exactly and nothing depends on
the order of the rows. Everything is planar, in metres.
"""

import hashlib
from itertools import pairwise

import numpy as np
import shapely
from scipy.spatial import Delaunay, KDTree, QhullError

GRID_M = 0.01
#: `neighbours_across` looks at the surroundings alone of one point in so many, at first within these metres.
_FEW, _FIRST_REACH_M = 100, 1_000.0
#: More centimetres than any coordinate on Earth, north and south together.
_ROW = 2**32
#: What `noded` was asked last: the check and the graph cut the same roads.
_NODED: dict[bytes, np.ndarray] = {}


def canonical(shapes: np.ndarray) -> np.ndarray:
    """The single lines of `shapes`, each in one direction, without repeats, sorted by their coordinates."""
    lines = shapely.get_parts(shapely.force_2d(shapes[~shapely.is_missing(shapes)]))
    lines = lines[shapely.length(lines) > 0]
    starts, ends = ends_of(lines)
    backwards = (starts[:, 0] > ends[:, 0]) | ((starts[:, 0] == ends[:, 0]) & (starts[:, 1] > ends[:, 1]))
    lines[backwards] = shapely.reverse(lines[backwards])
    return np.array(shapely.from_wkb(sorted(set(shapely.to_wkb(lines)))), dtype=object)


def noded(shapes: np.ndarray) -> np.ndarray:
    """`shapes` cut wherever they cross or touch, doubled stretches once, coordinates on the grid.

    >>> cross = shapely.from_wkt(["LINESTRING (0 1, 2 1)", "LINESTRING (1 0, 1 2)"])
    >>> len(noded(cross))
    4
    """
    lines = canonical(shapes)
    if not len(lines):
        return lines
    key = hashlib.sha256(b"".join(shapely.to_wkb(lines))).digest()
    if key not in _NODED:
        whole = shapely.union_all(lines, grid_size=GRID_M)
        _NODED.clear()
        _NODED[key] = canonical(shapely.get_parts(whole)[:, np.newaxis].ravel())
    return _NODED[key].copy()


def ends_of(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last points (n, 2) of lines, none of them empty."""
    points = shapely.get_coordinates(lines)
    after = np.cumsum(shapely.get_num_coordinates(lines))
    return points[np.append(0, after)[: len(lines)]], points[after - 1]


def rounded(points: np.ndarray) -> np.ndarray:
    """Coordinates (n, 2) to the centimetre."""
    return np.rint(np.asarray(points, dtype=float).reshape(-1, 2) / GRID_M) * GRID_M


def keys(points: np.ndarray) -> np.ndarray:
    """Whole-centimetre coordinates (n, 2): equal exactly where the points are the same."""
    return np.rint(np.asarray(points, dtype=float).reshape(-1, 2) / GRID_M).astype(np.int64)


def codes(points: np.ndarray) -> np.ndarray:
    """`keys` as one whole number (n,) each: equal where the points are the same, rising by x, then y."""
    x, y = keys(points).T
    return x * _ROW + y


def places_of(codes: np.ndarray) -> np.ndarray:
    """The whole-centimetre coordinates (n, 2) that `codes` stand for.

    >>> places_of(codes(np.array([[107.25, -3.0]]))).tolist()
    [[10725, -300]]
    """
    y = (codes + _ROW // 2) % _ROW - _ROW // 2
    return np.column_stack([(codes - y) // _ROW, y])


def nearest_within(points: np.ndarray, lines: np.ndarray, reach_m: float) -> tuple[np.ndarray, np.ndarray]:
    """For each point the position of the nearest of `lines` within `reach_m` (−1: none; ties: the first)
    and the foot of the perpendicular on it, (n, 2), rounded."""
    position = np.full(len(points), len(lines))
    shapes = shapely.points(np.asarray(points, dtype=float).reshape(-1, 2))
    if len(lines) and len(points):
        found, line = shapely.STRtree(lines).query_nearest(shapes, max_distance=reach_m, all_matches=True)
        np.minimum.at(position, found, line)
    position[position == len(lines)] = -1
    feet = np.asarray(points, dtype=float).reshape(-1, 2).copy()
    some = position >= 0
    feet[some] = foot(shapes[some], lines[position[some]])
    return position, rounded(feet)


def close_to(shapes: np.ndarray, lines: np.ndarray, reach_m: float) -> np.ndarray:
    """The positions, rising, of the shapes within `reach_m` of any of the lines."""
    if not len(shapes) or not len(lines):
        return np.empty(0, int)
    found = shapely.STRtree(lines).query(shapes, predicate="dwithin", distance=reach_m)[0]
    return np.unique(found)


def closest_points(shapes: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """The point (n, 2) of each shape that is nearest to the nearest of the lines (ties: the first)."""
    nearest = np.full(len(shapes), len(lines))
    found, line = shapely.STRtree(lines).query_nearest(shapes, all_matches=True)
    np.minimum.at(nearest, found, line)
    return foot(lines[nearest], shapes)


def crossings(shapes: np.ndarray, outline: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where shapes cross the lines of `outline`: points (n, 2), and the position of the shape of each.

    The outline is looked at segment by segment: it may be long.
    """
    points, line = shapely.get_coordinates(outline, return_index=True)
    same = line[1:] == line[:-1]
    if not len(shapes) or not same.any():
        return np.empty((0, 2)), np.empty(0, int)
    segments = shapely.linestrings(np.stack([points[:-1][same], points[1:][same]], axis=1))
    on, segment = shapely.STRtree(segments).query(shapes, predicate="intersects")
    found = shapely.intersection(shapes[on], segments[segment])
    at, pair = shapely.get_coordinates(found, return_index=True)
    return at, on[pair]


def foot(shapes: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """The point (n, 2) of each line that is nearest to the shape beside it."""
    if not len(lines):
        return np.empty((0, 2))
    return shapely.get_coordinates(shapely.shortest_line(shapes, lines))[1::2]


def along(lines: np.ndarray, step_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points at most `step_m` apart on each line, its own vertices among them.

    Coordinates (n, 2), the position of their line, and how far along it they are.
    """
    points, line = shapely.get_coordinates(shapely.segmentize(lines, step_m), return_index=True)
    step = np.zeros(len(points))
    step[1:] = np.where(line[1:] == line[:-1], np.hypot(*np.diff(points, axis=0).T), 0.0)
    total = np.cumsum(step)
    first = np.searchsorted(line, np.arange(len(lines)))
    return points, line, total - total[first[line]] if len(points) else total


def cut(lines: np.ndarray, where: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`lines` cut at `points` (n, 2), each on the line at position `where`.

    Gives the pieces and the position of the line that each comes from.

    >>> street = shapely.from_wkt(["LINESTRING (0 0, 10 0)"])
    >>> pieces, line = cut(street, np.array([0, 0]), np.array([[7, 0], [4, 0]]))
    >>> shapely.length(pieces).tolist(), line.tolist()
    ([4.0, 3.0, 3.0], [0, 0, 0])
    """
    at = shapely.line_locate_point(lines[where], shapely.points(points)) if len(where) else np.empty(0)
    order = np.lexsort((at, where))
    some, number = np.unique(where, return_inverse=True)
    inside = order[(at > 0)[order] & (at < shapely.length(lines[where]))[order]]
    drawn, line, is_cut = _with_points(lines[some], number[inside], at[inside], points[inside])
    # Where a line is cut, one piece ends and the next begins.
    twice = np.repeat(np.arange(len(drawn)), 1 + is_cut)
    begins = np.append(True, (twice[1:] == twice[:-1]) | (line[twice][1:] != line[twice][:-1]))[: len(twice)]
    piece = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)
    key = keys(drawn[twice])
    differs = (key != key[first][piece]).any(axis=1)
    long = np.zeros(len(first), bool)
    long[piece[differs]] = True
    kept = np.cumsum(long) - 1
    cut_up = shapely.linestrings(drawn[twice][long[piece]], indices=kept[piece[long[piece]]])
    whole = np.setdiff1d(np.arange(len(lines)), some)
    pieces = np.concatenate([lines[whole], cut_up]).astype(object)
    origin = np.concatenate([whole, some[line[twice][first[long]]]]).astype(int)
    by_line = np.argsort(origin, kind="stable")
    return pieces[by_line], origin[by_line]


def _with_points(
    lines: np.ndarray, of: np.ndarray, at: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The vertices of `lines` with `points` put in, each in line `of`, `at` metres along it, in this order:
    coordinates (n, 2), the position of their line, and which were put in."""
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(line, np.arange(len(lines) + 1))
    step = np.zeros(len(coordinates))
    step[1:] = np.hypot(*np.diff(coordinates, axis=0).T)
    step[first[:-1]] = 0.0
    along_line = np.concatenate([np.cumsum(step[a:b]) for a, b in pairwise(first)] or [np.empty(0)])
    bounds = np.searchsorted(of, np.arange(len(lines) + 1))
    place = np.empty(len(of), int)
    for i in np.unique(of):
        mine, (a, b) = slice(bounds[i], bounds[i + 1]), first[i : i + 2]
        place[mine] = a + np.clip(np.searchsorted(along_line[a:b], at[mine]), 1, b - a - 1)
    drawn = np.insert(coordinates, place, points, axis=0)
    is_put = np.insert(np.zeros(len(coordinates), bool), place, True)
    return drawn, np.insert(line, place, of), is_put


def borders(pieces: np.ndarray, lines: np.ndarray, reach_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Where `pieces` come within `reach_m` of `lines` or leave them: points (n, 2), and the piece of each."""
    if not len(pieces) or not len(lines):
        return np.empty((0, 2)), np.empty(0, int)
    edge = shapely.boundary(shapely.union_all(shapely.buffer(lines, reach_m)))
    points, on = shapely.get_coordinates(shapely.intersection(pieces, edge), return_index=True)
    return rounded(points), on


def away_from(lines: np.ndarray, pieces: np.ndarray, reach_m: float) -> np.ndarray:
    """The parts of `lines` that lie farther than `reach_m` from all `pieces`."""
    lines = canonical(lines)
    if not len(pieces) or not len(lines):
        return lines
    return canonical(shapely.difference(lines, shapely.union_all(shapely.buffer(pieces, reach_m))))


def neighbours(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The edges of the Delaunay triangulation; of points on one line, from each to the next."""
    if len(points) < 4:
        return np.triu_indices(len(points), 1)
    try:
        triangles = Delaunay(points - points.mean(axis=0)).simplices
    except QhullError:
        return _chain(points)
    return _edges(triangles, len(points))


def neighbours_across(points: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The edges of `neighbours` whose ends are of different parts (n,).

    Where nearly all points are of one part only the surroundings of the others are looked at.
    """
    few = np.flatnonzero(part != np.bincount(part).argmax()) if len(part) else np.empty(0, int)
    triangles = None
    if len(few) * _FEW < len(points):
        triangles = _triangles_about(points, few) if len(few) else np.empty((0, 3), int)
    a, b = neighbours(points) if triangles is None else _edges(triangles, len(points))
    across = part[a] != part[b]
    return a[across], b[across]


def _triangles_about(points: np.ndarray, few: np.ndarray) -> np.ndarray | None:
    """The Delaunay triangles (n, 3) of `points` with a corner among `few`; None where it is as well to look
    at all.

    Those of a neighbourhood are right as soon as no point lies within the circle about any of them.
    """
    tree, reach, middle = KDTree(points), _FIRST_REACH_M, points.mean(axis=0)
    more = tree.query_ball_point(points[few], reach)
    near = np.empty(0, int)
    while True:
        known, near = len(near), np.unique(np.concatenate([near, *more]).astype(int))
        # Nothing is added where corners lie so nearly on one line that no circle can be told.
        if len(near) == known or len(near) > len(points) / 2:
            return None
        try:
            found = Delaunay(points[near] - middle)
        except QhullError:
            return None
        outer = np.intersect1d(near[found.convex_hull], few)
        if len(outer):
            reach *= 2
            more = tree.query_ball_point(points[outer], reach)
            continue
        triangles = near[found.simplices]
        triangles = triangles[np.isin(triangles, few).any(axis=1)]
        centre, radius = _circles(points[triangles] - middle)
        apart, inmost = tree.query(centre + middle)
        within = apart < radius - GRID_M / 10
        if not within.any():
            return triangles
        more = [inmost[within]]


def _circles(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres (n, 2) and radii of the circles through the corners (n, 3, 2) of triangles; of corners on one
    line one that is very wide."""
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    twice = 2 * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    aa, bb = (a**2).sum(axis=1), (b**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        offset = np.stack([b[:, 1] * aa - a[:, 1] * bb, a[:, 0] * bb - b[:, 0] * aa], axis=1) / twice[:, None]
    offset = np.where(np.isfinite(offset), offset, 1e9)
    return corners[:, 0] + offset, np.hypot(*offset.T)


def _edges(triangles: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The edges of triangles among so many points, each once, from its lower end."""
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]).astype(np.int64)
    edges = np.sort(ends.min(axis=1) * count + ends.max(axis=1))
    edges = edges[np.append(True, edges[1:] != edges[:-1])[: len(edges)]]
    return edges // count, edges % count


def _chain(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each point with the next along their common line."""
    order = np.lexsort(points.T[::-1])
    return order[:-1], order[1:]


def slide(start: np.ndarray, from_shape: np.ndarray, to_shape: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From near `start` on one shape to the other, each end moved to the point nearest the other end."""
    if not len(start):
        return start, start
    for _round in range(3):
        end = foot(shapely.points(start), to_shape)
        start = foot(shapely.points(end), from_shape)
    return rounded(start), rounded(foot(shapely.points(rounded(start)), to_shape))
