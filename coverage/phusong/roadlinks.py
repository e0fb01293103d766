"""What joins roads, fibre, guides and sites into one graph: drops, side lines, off-road lines, as links.

All take and give arrays of shapes and of points (n, 2) in metres.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from phusong.linework import (
    GRID_M,
    along,
    away_from,
    borders,
    close_to,
    closest_points,
    codes,
    crossings,
    ends_of,
    foot,
    nearest_within,
    neighbours_across,
    noded,
    places_of,
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
    ends = rounded(np.concatenate(ends_of(pieces)))
    _point, where, count = np.unique(codes(ends), return_inverse=True, return_counts=True)
    owner = np.tile(np.arange(len(pieces)), 2)
    loose = np.flatnonzero(count[where] == 1)
    points = shapely.points(ends[loose])
    end, piece = shapely.STRtree(pieces).query(points, predicate="dwithin", distance=snap_m)
    other = piece != owner[loose[end]]
    end, piece = end[other], piece[other]
    order = np.lexsort((piece, shapely.distance(pieces[piece], points[end]), end))
    end, first = np.unique(end[order], return_index=True)
    nearest = piece[order][first]
    feet = rounded(foot(points[end], pieces[nearest]))
    return make_links(ends[loose[end]], feet, ROAD, end_on=nearest)


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
    known, count = np.unique(codes(np.concatenate(ends_of(ways))), return_counts=True)
    loose = places_of(known[count == 1]) * GRID_M
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
    a, b = neighbours_across(points, part)
    apart = np.hypot(*(points[a] - points[b]).T)
    some = apart <= longest_m
    a, b, apart = a[some], b[some], apart[some]
    order = np.lexsort((b, a, apart))
    pair = (chunk[a] * (chunk.max(initial=0) + 1) + chunk[b])[order]
    first = np.sort(np.unique(pair, return_index=True)[1])
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
    half_km = (at // 500).astype(int)
    chunk = np.unique(owner * (half_km.max(initial=0) + 1) + half_km, return_inverse=True)[1]
    # One point of each part at a place: the same place twice would say nothing new.
    place = np.unique(codes(points), return_inverse=True)[1]
    first = np.unique(place * (owner_part.max(initial=0) + 1) + owner_part[owner], return_index=True)[1]
    return owners, points[first], owner[first], owner_part[owner[first]], chunk[first]


def _corridor(lines: np.ndarray, snap_m: float) -> Any:
    corridor = shapely.union_all(shapely.buffer(lines, snap_m))
    shapely.prepare(corridor)
    return corridor


def _points(rows: list[np.ndarray]) -> np.ndarray:
    return np.array(rows, dtype=float).reshape(-1, 2)
