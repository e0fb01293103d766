"""Where new line leaves one part of the road network, off-road, for another that no road joins to it."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from phusong.language import _
from phusong.roads import ROAD, RoadGraph
from phusong.units import say_distance, say_vnd

#: The part of the road network that line comes from when it comes from existing fibre, and when it is not
#: known.
FROM_FIBRE, NOT_KNOWN = -1, -2


def road_parts_of(graph: RoadGraph) -> np.ndarray:
    """For each node of the graph a label of the part of the road network that it is on."""
    network = graph.network
    road = network.kind == ROAD
    joined = coo_matrix(
        (np.ones(road.sum()), (network.u[road], network.v[road])), shape=(network.n_nodes, network.n_nodes)
    )
    return np.asarray(connected_components(joined, directed=False)[1])


class RoadJoins:
    """Follows the pieces of new line away from existing fibre, and knows which of them cross to a part of the
    road network that neither a road nor a side line joins to where they came from."""

    def __init__(self, graph: RoadGraph) -> None:
        self._graph, self._part = graph, road_parts_of(graph)
        #: At the end of a piece: the part of the roads met last, and the pieces off-road since then.
        self._at: dict[int, tuple[int, tuple[int, ...]]] = {}
        self.found: set[int] = set()

    def follow(self, piece: int, kind: str, start: int, end: int) -> None:
        """The piece numbered `piece`, of a kind of line, leads from node `start` to node `end`."""
        part, since = self._at.get(start, (FROM_FIBRE, ()))
        if kind == "leased":
            self._at[end] = (NOT_KNOWN, ())
        elif kind == "road":
            here = int(self._part[start])
            if since and here != part and not self._graph.by_road[start]:
                self.found.update(since)
            self._at[end] = (here, ())
        else:
            self._at[end] = (part, (*since, piece))

    def skip(self, start: int, end: int) -> None:
        """A splice leads from `start` to `end`."""
        self._at[end] = self._at.get(start, (FROM_FIBRE, ()))


@dataclass(frozen=True)
class RoadJoin:
    """A stretch of new line between two parts of the road network: who pays for its first piece, its pieces,
    how long and dear it is, and where it begins and ends (x, y)."""

    investment_id: str
    segment_ids: tuple[str, ...]
    length_m: float
    capex_vnd: int
    start: tuple[float, float]
    end: tuple[float, float]


def road_joins(segments: gpd.GeoDataFrame) -> list[RoadJoin]:
    """The joins of SEGMENTS, in the order of their first pieces."""
    some = segments[segments["joins_parts"]] if len(segments) else segments
    upstream = dict(zip(some["segment_id"], some["upstream_id"], strict=True))
    stretches: dict[str, list[str]] = {}
    for name in some["segment_id"]:
        stretches.setdefault(_first_of(name, upstream), []).append(name)
    rows = some.set_index("segment_id")
    return [_join(rows.loc[names], first) for first, names in stretches.items()]


def _first_of(name: str, upstream: Mapping[str, str]) -> str:
    while upstream[name] in upstream:
        name = upstream[name]
    return name


def _join(rows: gpd.GeoDataFrame, first: str) -> RoadJoin:
    """The join of these pieces, the `first` of them nearest to existing fibre."""
    last = [name for name in rows.index if name not in set(rows["upstream_id"])][-1]
    start = shapely.get_coordinates(rows.loc[first, "geometry"])[0]
    end = shapely.get_coordinates(rows.loc[last, "geometry"])[-1]
    return RoadJoin(
        investment_id=rows.loc[first, "investment_id"],
        segment_ids=tuple(rows.index),
        length_m=float(rows["length_m"].sum()),
        capex_vnd=int(rows["capex_vnd"].sum()),
        start=(float(start[0]), float(start[1])),
        end=(float(end[0]), float(end[1])),
    )


def say_join(join: RoadJoin, language: str | None = None) -> str:
    """Where a join begins and ends, how long it is and what it costs; its places must be in degrees."""
    return _("{length} from {start} to {end}, for {cost}", language).format(
        length=say_distance(join.length_m, language),
        start=_place(join.start),
        end=_place(join.end),
        cost=say_vnd(join.capex_vnd, language),
    )


def _place(at: tuple[float, float]) -> str:
    lon, lat = at
    return f"{lon:.5f}, {lat:.5f}"
