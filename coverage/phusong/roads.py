"""Where new fibre can run: roads, taps of existing fibre, drops to sites, off-road joins, as one graph.

A node is a distinct point, to the centimetre. Every crossing of two roads counts as a junction (which of
them are bridges is not known here).
"""

from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from phusong.linework import (
    along,
    canonical,
    cut,
    foot,
    keys,
    nearest_within,
    neighbours,
    noded,
    rounded,
    slide,
)

#: What an edge is, by its code in `RoadGraph.kind`.
LINE_KINDS = ("road", "offroad", "drop")
ROAD, OFFROAD, DROP = range(3)
_NONE = -1


@dataclass(frozen=True, eq=False)
class Links:
    """Straight lines from `start` to `end` (n, 2); a link of no length only cuts, or tags its point.

    `start_on` and `end_on` are the edges that the ends cut (−1: none); `fibre` is the existing line that
    `end` lies on (−1: none).
    """

    start: np.ndarray
    end: np.ndarray
    kind: np.ndarray
    start_on: np.ndarray
    end_on: np.ndarray
    fibre: np.ndarray


@dataclass(frozen=True, eq=False)
class Network:
    """Nodes (`x`, `y`, the fibre line that can be tapped there or −1) and edges (`u`, `v`, …), in metres."""

    x: np.ndarray
    y: np.ndarray
    fibre_of: np.ndarray
    u: np.ndarray
    v: np.ndarray
    length_m: np.ndarray
    kind: np.ndarray
    shape: np.ndarray

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.x)

    @property
    def roots(self) -> np.ndarray:
        """The nodes where existing fibre can be tapped."""
        return np.flatnonzero(self.fibre_of >= 0)

    def components(self) -> np.ndarray:
        """A label for each node: the same where edges or existing fibre join them."""
        hub = self.n_nodes
        u = np.concatenate([self.u, self.roots])
        v = np.concatenate([self.v, np.full(len(self.roots), hub)])
        joined = coo_matrix((np.ones(len(u)), (u, v)), shape=(hub + 1, hub + 1))
        return np.asarray(connected_components(joined, directed=False)[1])[:hub]


@dataclass(frozen=True, eq=False)
class RoadGraph:
    """The network where new fibre can run, and where sites and existing fibre are on it.

    `fibre_ids[network.fibre_of[node]]` is the line to tap at a node. `by_road` says of each node whether
    some fibre reaches it without leaving the roads for more than a drop or a side line.
    """

    network: Network
    by_road: np.ndarray
    fibre_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    site_node: np.ndarray
    has_roads: bool
    crs: Any

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
    offroad_max_m: float = 15_000,
    near_m: float = 500,
    snap_m: float = 5,
    step_m: float = 100,
) -> RoadGraph:
    """The graph of ROADS, FIBRE and SITES, all in one metric coordinate system.

    * Roads are cut where they cross; an end that stops up to `snap_m` short of another road is joined to it.
    * Existing fibre can be tapped at any of its points: from a road that comes within `snap_m` of it, and
      by a side line, every `step_m`, from a road within `near_m`.
    * A site has a drop to the nearest road and one to the nearest fibre, each within `near_m`.
    * What is not joined then can be by straight off-road lines up to `offroad_max_m`. Without roads that
      is all there is.
    """
    lines, fibre_ids = _fibre_lines(fibre)
    site_ids, points = _site_points(sites)
    pieces = _off_fibre(noded(roads.geometry.to_numpy()), lines, snap_m)
    near = _stack(
        _stray_ends(pieces, snap_m),
        _drops(points, pieces, near_m),
        _fibre_drops(points, lines, near_m),
        _side_lines(pieces, lines, near_m, snap_m, step_m),
    )
    local = _assemble(pieces, np.full(len(pieces), ROAD), near, points)
    far = _joins(local, lines, offroad_max_m, step_m)
    network = _assemble(local.shape, local.kind, _stack(far, _tags(local)), points)
    return RoadGraph(
        network=network,
        by_road=_by_road(local, network),
        fibre_ids=fibre_ids,
        site_ids=site_ids,
        site_node=_find(network, points),
        has_roads=len(roads) > 0,
        crs=roads.crs or fibre.crs or sites.crs,
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
    corridor = _corridor(lines, snap_m)
    return pieces[~shapely.covered_by(pieces, corridor)]


def _corridor(lines: np.ndarray, snap_m: float) -> Any:
    corridor = shapely.union_all(shapely.buffer(lines, snap_m))
    shapely.prepare(corridor)
    return corridor


def _links(start: np.ndarray, end: np.ndarray, kind: int, **on: np.ndarray) -> Links:
    none = np.full(len(start), _NONE)
    given = {name: on.get(name, none) for name in ("start_on", "end_on", "fibre")}
    return Links(start, end, np.full(len(start), kind), **given)


def _stack(*links: Links) -> Links:
    return Links(
        *(np.concatenate([getattr(part, name) for part in links]) for name in Links.__dataclass_fields__)
    )


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
    return _links(_points(start), rounded(_points(end)), ROAD, end_on=np.array(on, dtype=int))


def _points(rows: list[np.ndarray]) -> np.ndarray:
    return np.array(rows, dtype=float).reshape(-1, 2)


def _drops(points: np.ndarray, pieces: np.ndarray, near_m: float) -> Links:
    """From each site to the nearest road."""
    on, feet = nearest_within(points, pieces, near_m)
    some = on >= 0
    return _links(points[some], feet[some], DROP, end_on=on[some])


def _fibre_drops(points: np.ndarray, lines: np.ndarray, near_m: float) -> Links:
    """From each site to the nearest existing fibre."""
    line, feet = nearest_within(points, lines, near_m)
    some = line >= 0
    return _links(points[some], feet[some], DROP, fibre=line[some])


def _side_lines(pieces: np.ndarray, lines: np.ndarray, near_m: float, snap_m: float, step_m: float) -> Links:
    """From points of roads near existing fibre to that fibre; of no length where it runs in the road."""
    if not len(pieces) or not len(lines):
        return _links(_points([]), _points([]), OFFROAD)
    start, on, _at = along(pieces, step_m)
    edge = shapely.boundary(_corridor(lines, snap_m))
    enters, enters_on = shapely.get_coordinates(shapely.intersection(pieces, edge), return_index=True)
    closest = foot(np.full(len(pieces), shapely.union_all(lines)), pieces)
    start = rounded(np.concatenate([start, enters, closest]))
    on = np.concatenate([on, enters_on, np.arange(len(pieces))])
    line, end = nearest_within(start, lines, near_m)
    inside = np.hypot(*(end - start).T) <= snap_m + 0.05
    end = np.where(inside[:, np.newaxis], start, end)
    some = line >= 0
    return _links(start[some], end[some], OFFROAD, start_on=on[some], fibre=line[some])


def _tags(network: Network) -> Links:
    """Links of no length that say again where fibre can be tapped."""
    at = np.column_stack([network.x, network.y])[network.roots]
    return _links(at, at, OFFROAD, fibre=network.fibre_of[network.roots])


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
    fibre_of[~np.isin(np.arange(len(known)), tapped[tap])] = _NONE
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
    on = [np.where(owner[i] < edges, owner[i], _NONE) for i in (a, b)]
    fibre = [
        np.where((owner[i] >= edges) & (owner[i] < edges + len(lines)), owner[i] - edges, _NONE)
        for i in (a, b)
    ]
    # The end of a link is where fibre is tagged: turn those that start on fibre.
    turn = fibre[0] >= 0
    start, end = np.where(turn[:, None], end, start), np.where(turn[:, None], start, end)
    start_on, end_on = np.where(turn, on[1], on[0]), np.where(turn, on[0], on[1])
    return _links(start, end, OFFROAD, start_on=start_on, end_on=end_on, fibre=np.maximum(*fibre))


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
