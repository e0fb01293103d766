"""Where new fibre can run: roads, taps of existing fibre, drops to sites, off-road joins, as one graph.

A node is a distinct point, to the centimetre. Every crossing of two roads counts as a junction (which of
them are bridges is not known here).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

from phusong.linework import (
    along,
    away_from,
    borders,
    canonical,
    close_to,
    closest_points,
    crossings,
    cut,
    foot,
    keys,
    nearest_within,
    neighbours,
    noded,
    rounded,
    slide,
)
from phusong.makeup import Makeup
from phusong.network import DROP as DROP
from phusong.network import LEASED as LEASED
from phusong.network import LINE_KINDS as LINE_KINDS
from phusong.network import NO_LINE, Guide, Links, make_links, stack_links, with_splices
from phusong.network import OFFROAD as OFFROAD
from phusong.network import ROAD as ROAD
from phusong.network import Network as Network


@dataclass(frozen=True, eq=False)
class RoadGraph:
    """The network where new fibre can run, and where sites and existing fibre are on it.

    `fibre_ids[network.fibre_of[node]]` is the line to tap at a node, or the PoP there (`from_node`).
    `by_road` says of each node whether some fibre reaches it without leaving the roads for more than a drop
    or a side line.
    """

    network: Network
    by_road: np.ndarray
    fibre_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    site_node: np.ndarray
    has_roads: bool
    crs: Any
    #: By position in `fibre_ids`: is it a node (PoP), whose ports are free, and no line?
    from_node: np.ndarray
    #: What the edges are made of; None until it was looked at.
    makeup: Makeup | None = None

    @property
    def has_fibre(self) -> bool:
        """Is there any fibre to start from?"""
        return bool(self.fibre_ids)

    def nodes_of(self, site_ids: list[str]) -> np.ndarray:
        """The nodes of the sites."""
        position = {site: i for i, site in enumerate(self.site_ids)}
        return self.site_node[[position[site] for site in site_ids]]


def build_road_graph(
    roads: gpd.GeoDataFrame,
    fibre: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    *,
    nodes: gpd.GeoDataFrame | None = None,
    guides: Sequence[Guide] = (),
    leases: gpd.GeoDataFrame | None = None,
    offroad_max_m: float = 15_000,
    near_m: float = 500,
    snap_m: float = 5,
    step_m: float = 100,
) -> RoadGraph:
    """The graph of ROADS, FIBRE and SITES, all in one metric coordinate system.

    * Roads are cut where they cross; an end that stops up to `snap_m` short of another road is joined to it.
    * Existing fibre can be tapped at any of its points: from a road that comes within `snap_m` of it, and
      by a side line, every `step_m`, from a road within `near_m`. So can `nodes`.
    * `guides` (ducts, power lines) lead along roads that they are near; elsewhere they are ways of their own,
      off-road, and have a link from each end to a road within `near_m`.
    * Fibre for lease (`leases`, rows of FIBRE) can be run through: it is joined to what tapped fibre would be
      joined to, and to that fibre, by a splice wherever line enters or leaves it.
    * A site has a drop to the nearest road and one to the nearest fibre, each within `near_m`.
    * What is not joined then can be by straight off-road lines up to `offroad_max_m`. Without roads that
      is all there is.
    """
    lines, fibre_ids, from_node = _sources(fibre, nodes)
    site_ids, points = _site_points(sites)
    pieces = _off_fibre(noded(roads.geometry.to_numpy()), lines, snap_m)
    ways = _off_fibre(_ways_of_guides(guides, pieces), lines, snap_m)
    leased = np.empty(0, object) if leases is None else canonical(leases.geometry.to_numpy())
    shapes = np.concatenate([pieces, ways, leased])
    near = stack_links(
        _stray_ends(pieces, snap_m),
        _drops(points, pieces, near_m),
        _fibre_drops(points, lines, near_m),
        _side_lines(shapes, lines, near_m, snap_m, step_m),
        _borders(pieces, guides),
        _ends_to_roads(ways, pieces, near_m),
        _to_leased(points, pieces, leased, len(shapes) - len(leased), near_m, step_m),
        _ends_to_roads(leased, pieces, near_m),
    )
    kinds = np.repeat([ROAD, OFFROAD, LEASED], [len(pieces), len(ways), len(leased)])
    local = _assemble(shapes, kinds, near, points)
    far = _joins(local, lines, offroad_max_m, step_m)
    network = _assemble(local.shape, local.kind, stack_links(far, _tags(local)), points)
    site_node, by_road = _find(network, points), _by_road(local, network)
    if len(leased):
        network, stands_at = with_splices(network, site_node)
        network, by_road = _sorted_edges(network), by_road[stands_at]
    return RoadGraph(
        network=network,
        by_road=by_road,
        fibre_ids=fibre_ids,
        site_ids=site_ids,
        site_node=site_node,
        has_roads=len(roads) > 0,
        crs=roads.crs or fibre.crs or sites.crs,
        from_node=from_node,
    )


def to_networkx(graph: RoadGraph) -> nx.MultiGraph:
    """The same graph for networkx: nodes with x, y, fibre_id; edges keyed by their number."""
    network = graph.network
    out = nx.MultiGraph(crs=graph.crs)
    for node, (x, y, line) in enumerate(zip(network.x, network.y, network.fibre_of, strict=True)):
        out.add_node(node, x=float(x), y=float(y), fibre_id=graph.fibre_ids[line] if line >= 0 else None)
    for edge, (u, v) in enumerate(zip(network.u.tolist(), network.v.tolist(), strict=True)):
        kind, length = LINE_KINDS[network.kind[edge]], float(network.length_m[edge])
        out.add_edge(u, v, key=edge, kind=kind, length_m=length, geometry=network.shape[edge])
    return out


def _fibre_lines(fibre: gpd.GeoDataFrame) -> tuple[np.ndarray, tuple[str, ...]]:
    """The lines of FIBRE sorted by id, and the id of each."""
    shapes, ids = [], []
    for fibre_id, shape in sorted(
        zip(fibre["fibre_id"].astype(str), fibre.geometry.to_numpy(), strict=True), key=itemgetter(0)
    ):
        for line in canonical(np.array([shape], dtype=object)):
            shapes.append(line)
            ids.append(fibre_id)
    return np.array(shapes, dtype=object), tuple(ids)


def _sources(
    fibre: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame | None
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """What new line can start from: fibre lines, then nodes; their ids; and which are nodes."""
    lines, line_ids = _fibre_lines(fibre)
    if nodes is None or not len(nodes):
        return lines, line_ids, np.zeros(len(lines), bool)
    ordered = nodes.sort_values("node_id")
    at = shapely.points(rounded(shapely.get_coordinates(ordered.geometry.to_numpy())))
    ids = (*line_ids, *ordered["node_id"].astype(str))
    return np.concatenate([lines, at]), ids, np.arange(len(ids)) >= len(lines)


def _ways_of_guides(guides: Sequence[Guide], pieces: np.ndarray) -> np.ndarray:
    """Where guides lead away from the roads, cut where they cross each other."""
    parts = [away_from(guide.lines, pieces, guide.reach_m) for guide in guides]
    return noded(np.concatenate(parts)) if parts else np.empty(0, object)


def _borders(pieces: np.ndarray, guides: Sequence[Guide]) -> Links:
    """Cuts of roads where a guide comes near or leaves."""
    found = [borders(pieces, guide.lines, guide.reach_m) for guide in guides]
    at = np.concatenate([_points([]), *(points for points, _on in found)])
    on = np.concatenate([np.empty(0, int), *(on for _points, on in found)])
    return make_links(at, at, OFFROAD, start_on=on)


def _ends_to_roads(ways: np.ndarray, pieces: np.ndarray, near_m: float) -> Links:
    """From each loose end of a way off the roads to the nearest road."""
    if not len(ways) or not len(pieces):
        return make_links(_points([]), _points([]), OFFROAD)
    ends, count = np.unique(np.concatenate(_ends(ways)), axis=0, return_counts=True)
    loose = ends[count == 1]
    on, feet = nearest_within(loose, pieces, near_m)
    some = on >= 0
    return make_links(loose[some], feet[some], OFFROAD, end_on=on[some])


def _site_points(sites: gpd.GeoDataFrame) -> tuple[tuple[str, ...], np.ndarray]:
    """The ids of SITES, sorted, and their coordinates."""
    ordered = sites.sort_values("site_id")
    return tuple(ordered["site_id"].astype(str)), rounded(
        shapely.get_coordinates(ordered.geometry.to_numpy())
    )


def _off_fibre(pieces: np.ndarray, lines: np.ndarray, snap_m: float) -> np.ndarray:
    """The pieces of road that do not run along existing fibre, within `snap_m`, for their whole length."""
    if not len(lines) or not len(pieces):
        return pieces
    near = close_to(pieces, lines, snap_m)
    keep = np.ones(len(pieces), bool)
    keep[near] = ~shapely.covers(_corridor(lines, snap_m), pieces[near])
    return pieces[keep]


def _corridor(lines: np.ndarray, snap_m: float) -> Any:
    corridor = shapely.union_all(shapely.buffer(lines, snap_m))
    shapely.prepare(corridor)
    return corridor


def _ends(pieces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last points (n, 2) of the pieces."""
    first, last = shapely.get_point(pieces, 0), shapely.get_point(pieces, -1)
    return rounded(shapely.get_coordinates(first)), rounded(shapely.get_coordinates(last))


def _stray_ends(pieces: np.ndarray, snap_m: float) -> Links:
    """From each loose end of a road to the nearest other road, when that is within `snap_m`."""
    ends = np.concatenate(_ends(pieces))
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


def _points(rows: list[np.ndarray]) -> np.ndarray:
    return np.array(rows, dtype=float).reshape(-1, 2)


def _drops(points: np.ndarray, pieces: np.ndarray, near_m: float) -> Links:
    """From each site to the nearest road."""
    on, feet = nearest_within(points, pieces, near_m)
    some = on >= 0
    return make_links(points[some], feet[some], DROP, end_on=on[some])


def _fibre_drops(points: np.ndarray, lines: np.ndarray, near_m: float) -> Links:
    """From each site to the nearest existing fibre."""
    line, feet = nearest_within(points, lines, near_m)
    some = line >= 0
    return make_links(points[some], feet[some], DROP, fibre=line[some])


def _side_lines(pieces: np.ndarray, lines: np.ndarray, near_m: float, snap_m: float, step_m: float) -> Links:
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


def _to_leased(
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


def _tags(network: Network) -> Links:
    """Links of no length that say again where fibre can be tapped."""
    at = np.column_stack([network.x, network.y])[network.roots]
    return make_links(at, at, OFFROAD, fibre=network.fibre_of[network.roots])


def _assemble(shapes: np.ndarray, kinds: np.ndarray, links: Links, points: np.ndarray) -> Network:
    """One network of `shapes`, cut where links end on them, the links and the lone `points`."""
    where = np.concatenate([links.start_on, links.end_on])
    at = np.concatenate([links.start, links.end])[where >= 0]
    pieces, origin = cut(shapes, where[where >= 0], at)
    long = (keys(links.start) != keys(links.end)).any(axis=1)
    ends = np.stack([links.start[long], links.end[long]], axis=1)
    all_shapes = np.concatenate([pieces, shapely.linestrings(ends) if len(ends) else np.empty(0, object)])
    all_kinds = np.concatenate([kinds[origin], links.kind[long]]).astype(int)
    first, last = _ends(all_shapes)
    known, node = np.unique(
        keys(np.concatenate([first, last, points, links.end])), axis=0, return_inverse=True
    )
    u, v, _sites, tapped = np.split(node.ravel(), np.cumsum([len(first), len(last), len(points)]))
    fibre_of = np.full(len(known), len(links.fibre) + links.fibre.max(initial=0) + 1)
    tap = links.fibre >= 0
    np.minimum.at(fibre_of, tapped[tap], links.fibre[tap])
    fibre_of[~np.isin(np.arange(len(known)), tapped[tap])] = NO_LINE
    x, y = known.T / 100
    return _sorted_edges(Network(x, y, fibre_of, u, v, shapely.length(all_shapes), all_kinds, all_shapes))


def _sorted_edges(network: Network) -> Network:
    """The network with its edges in order of their nodes, each from its lower node; equal edges once."""
    turn = network.u > network.v
    u, v = np.where(turn, network.v, network.u), np.where(turn, network.u, network.v)
    shape = np.where(turn, shapely.reverse(network.shape), network.shape)
    order = (
        np.lexsort((shapely.to_wkb(shape), network.kind, network.length_m, v, u))
        if len(u)
        else np.empty(0, int)
    )
    u, v, shape, kind = u[order], v[order], shape[order], network.kind[order]
    same = np.zeros(len(u), bool)
    same[1:] = (
        (u[1:] == u[:-1])
        & (v[1:] == v[:-1])
        & (kind[1:] == kind[:-1])
        & shapely.equals_exact(shape[1:], shape[:-1])
    )
    keep = ~same & (u != v)
    return Network(
        network.x,
        network.y,
        network.fibre_of,
        u[keep],
        v[keep],
        shapely.length(shape[keep]),
        kind[keep],
        shape[keep],
    )


def _joins(network: Network, lines: np.ndarray, longest_m: float, step_m: float) -> Links:
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


def _by_road(local: Network, network: Network) -> np.ndarray:
    """Which nodes of `network` fibre reaches before off-road joins are added."""
    part = local.components()
    reached = np.isin(part, part[local.roots])
    out = np.zeros(network.n_nodes, bool)
    out[_find(network, np.column_stack([local.x, local.y]))] = reached
    return out


def _find(network: Network, points: np.ndarray) -> np.ndarray:
    """The nodes at `points`."""
    known = keys(np.column_stack([network.x, network.y]))
    position = {tuple(key): i for i, key in enumerate(known.tolist())}
    return np.array([position[tuple(key)] for key in keys(points).tolist()], dtype=int)
