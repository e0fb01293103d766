"""What joins roads, fibre, guides and sites into one graph: drops, side lines, off-road lines, as links.

All take and give arrays of shapes and of points (n, 2) in metres.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from phusong.linework import (
    along,
    away_from,
    borders,
    close_to,
    closest_points,
    crossings,
    foot,
    keys,
    nearest_within,
    neighbours,
    noded,
    rounded,
    slide,
)
from phusong.network import DROP, NO_LINE, OFFROAD, ROAD, Guide, Links, Network, make_links, stack_links


def off_fibre(pieces: np.ndarray, lines: np.ndarray, snap_m: float) -> np.ndarray:
    """The pieces of road that do not run along existing fibre, within `snap_m`, for their whole length."""
    if not len(lines) or not len(pieces):
        return pieces
    near = close_to(pieces, lines, snap_m)
    keep = np.ones(len(pieces), bool)
    keep[near] = ~shapely.covers(_corridor(lines, snap_m), pieces[near])
    return pieces[keep]


def ways_of_guides(guides: Sequence[Guide], pieces: np.ndarray) -> np.ndarray:
    """Where guides lead away from the roads, cut where they cross each other."""
    parts = [away_from(guide.lines, pieces, guide.reach_m) for guide in guides]
    return noded(np.concatenate(parts)) if parts else np.empty(0, object)


def stray_ends(pieces: np.ndarray, snap_m: float) -> Links:
    """From each loose end of a road to the nearest other road, when that is within `snap_m`."""
    ends = np.concatenate(ends_of(pieces))
    _point, where, count = np.unique(keys(ends), axis=0, return_inverse=True, return_counts=True)
    owner = np.tile(np.arange(len(pieces)), 2)
    loose = np.flatnonzero(count[where.ravel()] == 1)
    start, end, on = [], [], []
    tree = shapely.STRtree(pieces)
    for i in loose:
        point = shapely.Point(ends[i])
        others = np.sort(tree.query(point, predicate="dwithin", distance=snap_m))
        others = others[others != owner[i]]
        if len(others):
            best = others[np.argmin(shapely.distance(pieces[others], point))]
            start.append(ends[i])
            end.append(foot(np.array([point]), pieces[[best]])[0])
            on.append(best)
    return make_links(_points(start), rounded(_points(end)), ROAD, end_on=np.array(on, dtype=int))


def drops(points: np.ndarray, pieces: np.ndarray, near_m: float) -> Links:
    """From each site to the nearest road."""
    on, feet = nearest_within(points, pieces, near_m)
    some = on >= 0
    return make_links(points[some], feet[some], DROP, end_on=on[some])


def fibre_drops(points: np.ndarray, lines: np.ndarray, near_m: float) -> Links:
    """From each site to the nearest existing fibre."""
    line, feet = nearest_within(points, lines, near_m)
    some = line >= 0
    return make_links(points[some], feet[some], DROP, fibre=line[some])


def side_lines(pieces: np.ndarray, lines: np.ndarray, near_m: float, snap_m: float, step_m: float) -> Links:
    """From points of roads near existing fibre to that fibre; of no length where it runs in the road."""
    near = close_to(pieces, lines, near_m)
    if not len(near):
        return make_links(_points([]), _points([]), OFFROAD)
    start, on, _at = along(pieces[near], step_m)
    edge = shapely.get_parts(shapely.boundary(_corridor(lines, snap_m)))
    enters, enters_on = crossings(pieces[near], edge)
    start = rounded(np.concatenate([start, enters, closest_points(pieces[near], lines)]))
    on = near[np.concatenate([on, enters_on, np.arange(len(near))])]
    line, end = nearest_within(start, lines, near_m)
    inside = np.hypot(*(end - start).T) <= snap_m + 0.05
    end = np.where(inside[:, np.newaxis], start, end)
    some = line >= 0
    return make_links(start[some], end[some], OFFROAD, start_on=on[some], fibre=line[some])


def borders_of_guides(pieces: np.ndarray, guides: Sequence[Guide]) -> Links:
    """Cuts of roads where a guide comes near or leaves."""
    found = [borders(pieces, guide.lines, guide.reach_m) for guide in guides]
    at = np.concatenate([_points([]), *(points for points, _on in found)])
    on = np.concatenate([np.empty(0, int), *(on for _points, on in found)])
    return make_links(at, at, OFFROAD, start_on=on)


def ends_to_roads(ways: np.ndarray, pieces: np.ndarray, near_m: float) -> Links:
    """From each loose end of a way off the roads to the nearest road."""
    if not len(ways) or not len(pieces):
        return make_links(_points([]), _points([]), OFFROAD)
    ends, count = np.unique(np.concatenate(ends_of(ways)), axis=0, return_counts=True)
    loose = ends[count == 1]
    on, feet = nearest_within(loose, pieces, near_m)
    some = on >= 0
    return make_links(loose[some], feet[some], OFFROAD, end_on=on[some])


def to_leased(
    points: np.ndarray, pieces: np.ndarray, leased: np.ndarray, first: int, near_m: float, step_m: float
) -> Links:
    """From each site, and from points of roads, to the nearest leased fibre (shapes from `first` on)."""
    if not len(leased):
        return make_links(_points([]), _points([]), OFFROAD)
    near = close_to(pieces, leased, near_m)
    sampled, on, _at = along(pieces[near], step_m)
    start = rounded(np.concatenate([sampled, closest_points(pieces[near], leased)]))
    on = near[np.concatenate([on, np.arange(len(near))])]
    line, end = nearest_within(start, leased, near_m)
    some = line >= 0
    by_road = make_links(start[some], end[some], OFFROAD, start_on=on[some], end_on=first + line[some])
    line, end = nearest_within(points, leased, near_m)
    some = line >= 0
    return stack_links(by_road, make_links(points[some], end[some], DROP, end_on=first + line[some]))


def tags(network: Network) -> Links:
    """Links of no length that say again where fibre can be tapped."""
    at = np.column_stack([network.x, network.y])[network.roots]
    return make_links(at, at, OFFROAD, fibre=network.fibre_of[network.roots])


def joins(network: Network, lines: np.ndarray, longest_m: float, step_m: float) -> Links:
    """Off-road lines between parts of the network that nothing joins, and from them to existing fibre.

    Candidates are the Delaunay edges between points of different parts (they hold every shortest gap),
    one for each pair of half-kilometres, with both ends slid to the nearest point of the other's line.
    """
    owners, points, owner, part, chunk = _samples(network, lines, step_m)
    a, b = neighbours(points)
    apart = np.hypot(*(points[a] - points[b]).T)
    some = (part[a] != part[b]) & (apart <= longest_m)
    a, b, apart = a[some], b[some], apart[some]
    order = np.lexsort((b, a, apart))
    pair = np.column_stack([chunk[a], chunk[b]])[order]
    first = np.sort(np.unique(pair, axis=0, return_index=True)[1]) if len(pair) else np.empty(0, int)
    a, b = a[order][first], b[order][first]
    start, end = slide(points[a], owners[owner[a]], owners[owner[b]])
    edges = len(network.u)
    on = [np.where(owner[i] < edges, owner[i], NO_LINE) for i in (a, b)]
    fibre = [
        np.where((owner[i] >= edges) & (owner[i] < edges + len(lines)), owner[i] - edges, NO_LINE)
        for i in (a, b)
    ]
    # The end of a link is where fibre is tagged: turn those that start on fibre.
    turn = fibre[0] >= 0
    start, end = np.where(turn[:, None], end, start), np.where(turn[:, None], start, end)
    start_on, end_on = np.where(turn, on[1], on[0]), np.where(turn, on[0], on[1])
    return make_links(start, end, OFFROAD, start_on=start_on, end_on=end_on, fibre=np.maximum(*fibre))


def _samples(
    network: Network, lines: np.ndarray, step_m: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Points along every edge, every fibre line and at every lone node.

    The shapes that own them (edges, fibre lines, lone nodes, in this order), and for each point its
    coordinates, owner, part of the network and half-kilometre of its owner.
    """
    part = network.components()
    lone = np.flatnonzero(~np.isin(np.arange(network.n_nodes), np.concatenate([network.u, network.v])))
    lone = lone[network.fibre_of[lone] < 0]
    fibre_part = part[network.roots[0]] if len(network.roots) else part.max(initial=-1) + 1
    owner_part = np.concatenate([part[network.u], np.full(len(lines), fibre_part), part[lone]]).astype(int)
    drawn = np.concatenate([network.shape, lines])
    on_lines, owner, at = along(drawn, step_m)
    points = np.concatenate([on_lines, np.column_stack([network.x, network.y])[lone]])
    owner = np.concatenate([owner, len(drawn) + np.arange(len(lone))]).astype(int)
    at = np.concatenate([at, np.zeros(len(lone))])
    owners = np.concatenate([drawn, shapely.points(points[len(on_lines) :])])
    chunk = np.unique(np.column_stack([owner, at // 500]), axis=0, return_inverse=True)[1].ravel()
    # One point of each part at a place: the same place twice would say nothing new.
    _key, first = np.unique(np.column_stack([keys(points), owner_part[owner]]), axis=0, return_index=True)
    return owners, points[first], owner[first], owner_part[owner[first]], chunk[first]


def ends_of(pieces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last points (n, 2) of the pieces."""
    first, last = shapely.get_point(pieces, 0), shapely.get_point(pieces, -1)
    return rounded(shapely.get_coordinates(first)), rounded(shapely.get_coordinates(last))


def _corridor(lines: np.ndarray, snap_m: float) -> Any:
    corridor = shapely.union_all(shapely.buffer(lines, snap_m))
    shapely.prepare(corridor)
    return corridor


def _points(rows: list[np.ndarray]) -> np.ndarray:
    return np.array(rows, dtype=float).reshape(-1, 2)
