"""SEGMENTS: the new line piece by piece, and what each piece is made of."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from phusong.domain import BUILDS, ROAD_CLASSES, SEGMENTS, conform
from phusong.geo import WGS84
from phusong.joins import RoadJoins
from phusong.laying import Laying
from phusong.makeup import Makeup
from phusong.options import fibre
from phusong.packages import Place
from phusong.roads import LEASED, LINE_KINDS
from phusong.steiner import rooted

#: A run of edges that is one segment, each edge with the node it starts from.
Chain = list[tuple[int, int]]


class _Names:
    """Identifiers of segments made of the places of their two ends (to 1 m), whichever way they are fed and
    whoever pays: they stay from run to run while the ends do."""

    def __init__(self, network: fibre.FibreNetwork) -> None:
        self._to_degrees = Transformer.from_crs(network.graph.crs, WGS84, always_xy=True)
        self._given: dict[str, int] = {}

    def of(self, drawn: shapely.LineString) -> str:
        ends = shapely.get_coordinates(drawn)[[0, -1]].T
        said = sorted(
            f"{lon:.5f},{lat:.5f}" for lon, lat in zip(*self._to_degrees.transform(*ends), strict=True)
        )
        name = "line-" + hashlib.sha256(";".join(said).encode()).hexdigest()[:10]
        self._given[name] = self._given.get(name, 0) + 1
        return name if self._given[name] == 1 else f"{name}-{self._given[name]}"


@dataclass(frozen=True, eq=False)
class _Line:
    """The network's edges as segments see them: makeup, build, and what laying them costs."""

    network: fibre.FibreNetwork
    makeup: Makeup
    build: np.ndarray
    laying: Laying

    def is_splice(self, edge: int) -> bool:
        """Is an edge the splice between leased fibre and other line?"""
        lines = self.network.graph.network
        return bool(lines.kind[edge] == LEASED and lines.length_m[edge] == 0)

    def goes_on(self, a: int, b: int) -> bool:
        """Does edge `b` belong to the segment of `a`: of one kind, build, road class, leased line? A splice
        belongs to what it opens."""
        if self.is_splice(a):
            return True
        if self.is_splice(b):
            return False
        kind = self.network.graph.network.kind
        return bool(
            kind[a] == kind[b]
            and self.build[a] == self.build[b]
            and self.makeup.road_class[a] == self.makeup.road_class[b]
            and self.makeup.leased_id[a] == self.makeup.leased_id[b]
        )


def segment_rows(places: list[Place], network: fibre.FibreNetwork) -> gpd.GeoDataFrame:
    """The network cut at junctions, sites, and where kind, build, road class or who pays changes."""
    makeup, build, laying = fibre.laying(network.graph, network.prices, network.build)
    line = _Line(network, makeup, build, laying["value"])
    pays = {edge: place.package.investment_id for place in places for edge in place.line}
    users = _users(network)
    taps = _unspent_taps(network)
    rows: list[dict[str, Any]] = []
    named = _Names(network)
    ended: dict[int, dict[str, Any]] = {}
    at_node, across = _sites_at(network), RoadJoins(network.graph)
    for chain in _chains(line, pays):
        (first, start), end = chain[0], _end(network, chain[-1])
        investment = pays[first]
        before = ended.get(start)
        if all(line.is_splice(edge) for edge, _from in chain):
            # A splice that nothing follows has no length to draw; its investment pays for it as for a tap.
            ended[end] = before or {"segment_id": None, "tap_id": _tapped(network, start)}
            across.skip(start, end)
            continue
        drawn = _joined(network, chain)
        tap = taps.pop(start) if start in taps and pays[taps[start]] == investment else None
        ended[end] = {
            "segment_id": named.of(drawn),
            "investment_id": investment,
            "sites_downstream": users[first],
            "upstream_id": before["segment_id"] if before else None,
            "tap_id": before["tap_id"] if before else _tapped(network, start),
            "end_site_ids": ";".join(at_node.get(end, [])) or None,
            **_composition(line, np.array([edge for edge, _from in chain]), tap),
            "geometry": drawn,
        }
        across.follow(len(rows), ended[end]["kind"], start, end)
        rows.append(ended[end])
    table = pd.DataFrame(rows, columns=list(SEGMENTS.columns))
    table["joins_parts"] = [i in across.found for i in range(len(rows))]
    crs = network.graph.crs
    table = conform(gpd.GeoDataFrame(table, geometry="geometry", crs=crs), SEGMENTS)
    # By investment, and of each from fibre outwards: identifiers have no order of their own.
    order = [row["segment_id"] for row in sorted(rows, key=lambda row: str(row["investment_id"]))]
    table = table.set_index("segment_id", drop=False).loc[order].reset_index(drop=True)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs)


def _end(network: fibre.FibreNetwork, last: tuple[int, int]) -> int:
    """The node where a chain ends, from its last edge and the node that starts from."""
    edge, start = last
    lines = network.graph.network
    return int(lines.u[edge] + lines.v[edge] - start)


def _sites_at(network: fibre.FibreNetwork) -> dict[int, list[str]]:
    """The sites on the network by node."""
    out: dict[int, list[str]] = {}
    for site in sorted(network.node):
        out.setdefault(network.node[site], []).append(site)
    return out


def _tapped(network: fibre.FibreNetwork, node: int) -> str:
    """The existing line or node that can be tapped at a node of the graph."""
    return network.graph.fibre_ids[network.graph.network.fibre_of[node]]


def _composition(line: _Line, edges: np.ndarray, tap: int | None) -> dict[str, Any]:
    """What a segment is made of and costs; `tap` is the tap that it pays for."""
    lines, made, laying = line.network.graph.network, line.makeup.of(edges), line.laying
    length = lines.length_m[edges]
    opened = 0 if tap is None else int(line.network.line.capex_vnd["value"][tap])
    here = edges[np.argmax(length > 0)]
    road_class = int(line.makeup.road_class[here])
    return {
        "kind": LINE_KINDS[lines.kind[here]],
        "build": BUILDS[line.build[here]],
        "road_class": ROAD_CLASSES[road_class] if road_class >= 0 else None,
        "length_m": float(length.sum()),
        "capex_vnd": int(laying.cost_vnd[edges].sum()) + opened,
        "crossings_vnd": int(laying.crossings_vnd[edges].sum()),
        "taps_vnd": opened + int(laying.taps_vnd[edges].sum()),
        "leased_id": line.makeup.leased_id[here] or None,
        "rent_vnd_per_year": int(line.network.line.rent_vnd_per_year[edges].sum()),
        "mean_slope_deg": _mean(made.slope_deg, length),
        "river_crossings": int(made.rivers.sum()),
        "landslides_near": len(set().union(*made.landslides)),
        "class_factor": _mean(laying.class_factor[edges], length),
        "slope_factor": _mean(laying.slope_factor[edges], length),
        "landslide_factor": _mean(laying.landslide_factor[edges], length),
    }


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    """The mean of the known values by weight; NaN without any."""
    known = ~np.isnan(values)
    total = float(weights[known].sum())
    return float((values[known] * weights[known]).sum() / total) if total else float("nan")


def _unspent_taps(network: fibre.FibreNetwork) -> dict[int, int]:
    """The taps of the network by the node where fibre is tapped."""
    lines = len(network.graph.network.u)
    return {int(network.cost_graph.u[edge]): int(edge) for edge in network.edges if edge >= lines}


def _users(network: fibre.FibreNetwork) -> dict[int, int]:
    """How many sites use each edge."""
    out = dict.fromkeys(network.edges.tolist(), 0)
    for path in network.path.values():
        for edge in path:
            out[edge] += 1
    return out


def _chains(line: _Line, pays: Mapping[int, str]) -> list[Chain]:
    """The edges of the network, without taps, in runs that are one segment."""
    network, costs = line.network, line.network.cost_graph
    parent, order = rooted(costs, network.edges)
    taps = _unspent_taps(network)
    ends = np.append(costs.u[network.edges], costs.v[network.edges])
    stop = np.bincount(ends, minlength=costs.n_nodes) != 2
    stop[list(taps)] = True
    stop[list(network.node.values())] = True
    chains: list[Chain] = []
    chain_of: dict[int, Chain] = {}
    for node in order.tolist():
        edge = int(parent[node])
        if node in taps:
            continue
        start = int(costs.u[edge] + costs.v[edge] - node)
        before = -1 if stop[start] else int(parent[start])
        same = before >= 0 and line.goes_on(before, edge) and pays[before] == pays[edge]
        chain = chain_of[before] if same else []
        if not chain:
            chains.append(chain)
        chain.append((edge, start))
        chain_of[edge] = chain
    return chains


def _joined(network: fibre.FibreNetwork, chain: Chain) -> shapely.LineString:
    """One line from the edges of a chain, drawn away from existing fibre."""
    lines = network.graph.network
    points: list[np.ndarray] = []
    for edge, start in chain:
        drawn = shapely.get_coordinates(lines.shape[edge])
        drawn = drawn if lines.u[edge] == start else drawn[::-1]
        points.append(drawn[1:] if points else drawn)
    whole = np.concatenate(points)
    moved = np.append(True, (np.diff(whole, axis=0) != 0).any(axis=1))
    return shapely.LineString(whole[moved])
