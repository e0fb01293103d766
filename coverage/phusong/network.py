"""The network where new fibre can run, as arrays: nodes, edges, and the links that are added to it.

A node is a distinct point, to the centimetre.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

#: What an edge is, by its code in `RoadGraph.kind`.
LINE_KINDS = ("road", "offroad", "drop", "leased")
ROAD, OFFROAD, DROP, LEASED = range(4)
NO_LINE = -1


@dataclass(frozen=True, eq=False)
class Guide:
    """Lines along which cable can be led more cheaply, from roads within `reach_m` or by themselves."""

    lines: np.ndarray
    reach_m: float


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


def with_splices(network: Network, site_node: np.ndarray) -> tuple[Network, np.ndarray]:
    """The network with a splice, an edge of no length, wherever leased fibre meets anything else; and the
    node of `network` that each node stands at."""
    leased = network.kind == LEASED
    ends = np.concatenate([network.u[leased], network.v[leased]])
    shared = np.intersect1d(ends, np.concatenate([network.u[~leased], network.v[~leased], site_node]))
    inside = np.arange(network.n_nodes)
    inside[shared] = network.n_nodes + np.arange(len(shared))
    u, v = (np.where(leased, inside[end], end) for end in (network.u, network.v))
    here = np.column_stack([network.x, network.y])[shared]
    points = shapely.linestrings(np.stack([here, here], axis=1)) if len(shared) else np.empty(0, object)
    spliced = Network(
        np.concatenate([network.x, network.x[shared]]),
        np.concatenate([network.y, network.y[shared]]),
        np.concatenate([network.fibre_of, np.full(len(shared), NO_LINE)]),
        np.concatenate([u, shared]),
        np.concatenate([v, inside[shared]]),
        np.concatenate([network.length_m, np.zeros(len(shared))]),
        np.concatenate([network.kind, np.full(len(shared), LEASED)]),
        np.concatenate([network.shape, points]),
    )
    return spliced, np.concatenate([np.arange(network.n_nodes), shared])


def make_links(start: np.ndarray, end: np.ndarray, kind: int, **on: np.ndarray) -> Links:
    """Links of one kind; of `start_on`, `end_on`, `fibre` what is not given is none."""
    none = np.full(len(start), NO_LINE)
    given = {name: on.get(name, none) for name in ("start_on", "end_on", "fibre")}
    return Links(start, end, np.full(len(start), kind), **given)


def stack_links(*links: Links) -> Links:
    """All of them, one after the other."""
    return Links(
        *(np.concatenate([getattr(part, name) for part in links]) for name in Links.__dataclass_fields__)
    )
