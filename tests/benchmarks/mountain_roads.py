"""Mountain roads drawn at random with a fixed seed: valleys with villages, winding roads, a fibre backbone.

Nothing in it is a real place. Junctions gather where the ground is low and flat; roads are a spanning tree
of the Delaunay edges and some more, each cut into pieces; a metre costs more on slopes and by road class.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

_PIXELS = 512


@dataclass(frozen=True, eq=False)
class Roads:
    """Edges (u, v, cost in whole units) between `n_nodes` nodes, the nodes with fibre, and the sites."""

    n_nodes: int
    u: np.ndarray
    v: np.ndarray
    cost: np.ndarray
    fibre: np.ndarray
    sites: np.ndarray


def mountain_roads(
    junctions: int, sites: int, seed: int, loops: float = 0.28, pieces: float = 3.2, towns: int = 12
) -> Roads:
    """About junctions × (1 + (1 + loops) × (pieces − 1)) nodes; `loops` edges a junction beyond a tree's."""
    return placed_roads(junctions, sites, seed, loops, pieces, towns)[0]


def placed_roads(
    junctions: int, sites: int, seed: int, loops: float = 0.28, pieces: float = 3.2, towns: int = 12
) -> tuple[Roads, np.ndarray]:
    """The same roads, and where each node lies, in metres."""
    random = np.random.default_rng(seed)
    size_m = np.array([100_000.0, 80_000.0]) * np.sqrt(junctions / 52_000)
    ground = _ground(random)
    at = _junctions(random, ground, junctions, size_m)
    a, b, cost = _roads(random, ground, at, size_m, loops)
    n, u, v, cost, inner = _cut_up(random, at, a, b, cost, pieces)
    fibre = _backbone(random, at, n, u, v, cost, towns)
    return Roads(n, u, v, cost, fibre, _sites(random, at, fibre, sites)), np.concatenate([at, inner])


def _ground(random: np.random.Generator) -> np.ndarray:
    """Fractal heights from 0 to 1 (a spectrum that falls with the 4.4th power of the frequency)."""
    f = np.fft.fftfreq(_PIXELS)
    power = f[:, None] ** 2 + f[None, :] ** 2
    power[0, 0] = 1
    noise = random.normal(size=power.shape) + 1j * random.normal(size=power.shape)
    height = np.fft.ifft2(noise * power**-1.1).real
    return (height - height.min()) / np.ptp(height)


def _junctions(random: np.random.Generator, ground: np.ndarray, count: int, size_m: np.ndarray) -> np.ndarray:
    """Points, more of them where it is low and flat."""
    slope = np.hypot(*np.gradient(ground))
    slope /= np.percentile(slope, 95)
    weight = np.exp(-4 * np.minimum(slope, 1.5) - 1.5 * ground).ravel()
    cell = random.choice(len(weight), size=count, p=weight / weight.sum())
    place = np.column_stack(np.divmod(cell, _PIXELS)) + random.random((count, 2))
    return np.unique(place / _PIXELS * size_m, axis=0)


def _roads(
    random: np.random.Generator, ground: np.ndarray, at: np.ndarray, size_m: np.ndarray, loops: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The minimum spanning tree of the Delaunay edges and some of the others, short ones rather."""
    corners = Delaunay(at).simplices
    pairs = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    a, b = np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64).T
    height = 1800 * map_coordinates(ground, (at / size_m * (_PIXELS - 1)).T, order=1)
    length = np.hypot(*(at[a] - at[b]).T)
    climb = np.abs(height[a] - height[b]) / np.maximum(length, 30)
    cost = length * (1 + random.gamma(2, 0.08, len(a)) + np.minimum(6 * climb, 1.5))
    tree = minimum_spanning_tree(csr_matrix((cost, (a, b)), shape=(len(at), len(at)))).tocoo()
    kept = np.isin(
        a * len(at) + b, np.minimum(tree.row, tree.col).astype(int) * len(at) + np.maximum(tree.row, tree.col)
    )
    rest = np.flatnonzero(~kept)
    weight = 1 / np.maximum(cost[rest], 20)
    more = min(int(loops * len(at)), len(rest))
    kept[random.choice(rest, size=more, replace=False, p=weight / weight.sum())] = True
    road_class = random.choice([1.0, 1.2, 1.5], size=len(a), p=[0.25, 0.45, 0.3])
    return a[kept], b[kept], (cost * road_class)[kept]


def _cut_up(
    random: np.random.Generator, at: np.ndarray, a: np.ndarray, b: np.ndarray, cost: np.ndarray, pieces: float
) -> tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Each road in about so many pieces of unequal length; and where the new nodes lie."""
    n = len(at)
    count = np.maximum(1, random.poisson(pieces, len(a)))
    road = np.repeat(np.arange(len(a)), count)
    place = np.arange(len(road)) - np.repeat(np.cumsum(count) - count, count)
    inner = n + np.cumsum(count - 1) - (count - 1)
    u = np.where(place == 0, a[road], inner[road] + place - 1)
    v = np.where(place == count[road] - 1, b[road], inner[road] + place)
    part = random.random(len(road)) + 0.3
    whole = np.maximum(1, np.rint(cost[road] * part / np.bincount(road, part)[road]))
    share = part / np.bincount(road, part)[road]
    far = np.cumsum(share) - np.repeat(np.cumsum(np.bincount(road, share)) - np.bincount(road, share), count)
    between = place < count[road] - 1
    way = far[between, None] * (at[b] - at[a])[road[between]]
    return n + int((count - 1).sum()), u, v, whole, at[a][road[between]] + way


def _backbone(
    random: np.random.Generator,
    at: np.ndarray,
    n: int,
    u: np.ndarray,
    v: np.ndarray,
    cost: np.ndarray,
    towns: int,
) -> np.ndarray:
    """The nodes on the shortest ways between towns far apart."""
    town = [int(random.integers(len(at)))]
    away = np.linalg.norm(at - at[town[0]], axis=1)
    for _town in range(towns - 1):
        town.append(int(np.argmax(away**2 * random.random(len(at)))))
        away = np.minimum(away, np.linalg.norm(at - at[town[-1]], axis=1))
    net = csr_matrix((np.tile(cost, 2), (np.append(u, v), np.append(v, u))), shape=(n, n))
    before = dijkstra(net, indices=town[0], return_predecessors=True)[1]
    on = {town[0]}
    for node in town[1:]:
        while node not in on:
            on.add(node)
            node = int(before[node])
    return np.array(sorted(on))


def _sites(random: np.random.Generator, at: np.ndarray, fibre: np.ndarray, count: int) -> np.ndarray:
    """Junctions near village centres, none of them on the backbone."""
    centre = at[random.integers(len(at), size=max(10, count // 3))]
    near = cKDTree(at)
    lit = set(fibre.tolist())
    found: set[int] = set()
    while len(found) < count:
        wish = centre[random.integers(len(centre), size=count)] + random.normal(scale=1500, size=(count, 2))
        for node in near.query(wish)[1].tolist():
            if node not in lit and len(found) < count:
                found.add(node)
    return np.array(sorted(found))
