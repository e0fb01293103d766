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

from phusong.linework import canonical, codes, cut, ends_of, noded, places_of, rounded
from phusong.makeup import Makeup
from phusong.network import DROP as DROP
from phusong.network import LEASED as LEASED
from phusong.network import LINE_KINDS as LINE_KINDS
from phusong.network import NO_LINE, Guide, Links, stack_links, with_splices
from phusong.network import OFFROAD as OFFROAD
from phusong.network import ROAD as ROAD
from phusong.network import Network as Network
from phusong.roadlinks import (
    borders_of_guides,
    drops,
    ends_to_roads,
    fibre_drops,
    joins,
    off_fibre,
    side_lines,
    stray_ends,
    tags,
    to_leased,
    ways_of_guides,
)


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
    pieces = off_fibre(noded(roads.geometry.to_numpy()), lines, snap_m)
    ways = off_fibre(ways_of_guides(guides, pieces), lines, snap_m)
    leased = np.empty(0, object) if leases is None else canonical(leases.geometry.to_numpy())
    shapes = np.concatenate([pieces, ways, leased])
    near = stack_links(
        stray_ends(pieces, snap_m),
        drops(points, pieces, near_m),
        fibre_drops(points, lines, near_m),
        side_lines(shapes, lines, near_m, snap_m, step_m),
        borders_of_guides(pieces, guides),
        ends_to_roads(ways, pieces, near_m),
        to_leased(points, pieces, leased, len(shapes) - len(leased), near_m, step_m),
        ends_to_roads(leased, pieces, near_m),
    )
    kinds = np.repeat([ROAD, OFFROAD, LEASED], [len(pieces), len(ways), len(leased)])
    local = _assemble(shapes, kinds, near, points)
    far = joins(local, lines, offroad_max_m, step_m)
    network = _assemble(local.shape, local.kind, stack_links(far, tags(local)), points)
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


def _site_points(sites: gpd.GeoDataFrame) -> tuple[tuple[str, ...], np.ndarray]:
    """The ids of SITES, sorted, and their coordinates."""
    ordered = sites.sort_values("site_id")
    return tuple(ordered["site_id"].astype(str)), rounded(
        shapely.get_coordinates(ordered.geometry.to_numpy())
    )


def _assemble(shapes: np.ndarray, kinds: np.ndarray, links: Links, points: np.ndarray) -> Network:
    """One network of `shapes`, cut where links end on them, the links and the lone `points`."""
    where = np.concatenate([links.start_on, links.end_on])
    at = np.concatenate([links.start, links.end])[where >= 0]
    pieces, origin = cut(shapes, where[where >= 0], at)
    long = codes(links.start) != codes(links.end)
    ends = np.stack([links.start[long], links.end[long]], axis=1)
    all_shapes = np.concatenate([pieces, shapely.linestrings(ends) if len(ends) else np.empty(0, object)])
    all_kinds = np.concatenate([kinds[origin], links.kind[long]]).astype(int)
    first, last = ends_of(all_shapes)
    known, node = np.unique(codes(np.concatenate([first, last, points, links.end])), return_inverse=True)
    u, v, _sites, tapped = np.split(node, np.cumsum([len(first), len(last), len(points)]))
    fibre_of = np.full(len(known), len(links.fibre) + links.fibre.max(initial=0) + 1)
    tap = links.fibre >= 0
    np.minimum.at(fibre_of, tapped[tap], links.fibre[tap])
    fibre_of[~np.isin(np.arange(len(known)), tapped[tap])] = NO_LINE
    x, y = places_of(known).T / 100
    return _sorted_edges(Network(x, y, fibre_of, u, v, shapely.length(all_shapes), all_kinds, all_shapes))


def _sorted_edges(network: Network) -> Network:
    """The network with its edges in order of their nodes, each from its lower node; equal edges once."""
    turn = network.u > network.v
    u, v = np.where(turn, network.v, network.u), np.where(turn, network.u, network.v)
    shape = network.shape.copy()
    shape[turn] = shapely.reverse(shape[turn])
    order = _order(u, v, network.length_m, network.kind, shape)
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


def _order(
    u: np.ndarray, v: np.ndarray, length_m: np.ndarray, kind: np.ndarray, shape: np.ndarray
) -> np.ndarray:
    """The order of edges by their nodes, length and kind; by their shape where all these are the same."""
    order = np.lexsort((kind, length_m, v, u))
    same = np.ones(max(len(order) - 1, 0), bool)
    for one in (u, v, length_m, kind):
        same &= np.diff(one[order]) == 0
    if not same.any():
        return order
    tied = np.append(same, False) | np.append(False, same)
    group = np.cumsum(~np.append(False, same))[tied]
    order[tied] = order[tied][np.lexsort((shapely.to_wkb(shape[order[tied]]), group))]
    return order


def _by_road(local: Network, network: Network) -> np.ndarray:
    """Which nodes of `network` fibre reaches before off-road joins are added."""
    part = local.components()
    reached = np.isin(part, part[local.roots])
    out = np.zeros(network.n_nodes, bool)
    out[_find(network, np.column_stack([local.x, local.y]))] = reached
    return out


def _find(network: Network, points: np.ndarray) -> np.ndarray:
    """The nodes at `points`."""
    known = codes(np.column_stack([network.x, network.y]))
    order = np.argsort(known)
    found = order[np.searchsorted(known, codes(points), sorter=order)]
    assert (known[found] == codes(points)).all(), "a point is no node"
    return found
