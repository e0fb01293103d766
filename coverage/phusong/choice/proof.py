"""The proof of a bound at a price, by dual ascent on the network with all ways and feeds as arcs.

Wong (1984): each site raises what its surroundings must pay until something reaches it. What it raised are the
potentials of `Proof`, lifted back to the nodes that the small network left out.
"""

import numpy as np

from phusong.choice.ground import Ground
from phusong.choice.plan import Proof
from phusong.choice.priced import leaving_out, way_costs
from phusong.steiner.dual_ascent import Ascent, ascend
from phusong.steiner.graph import FAR, Net, net_of

#: All that any site could pay stays below this, in whole units.
_MOST = 2.0**48


def prove(ground: Ground, price: float, must: np.ndarray) -> Proof:
    """A bound of cost − `price` · value that anyone can add up again, when the `must` sites are served."""
    must = must & ground.can_be_served
    sites = np.flatnonzero(ground.can_be_served)
    factor = _factor(ground, price, sites)
    net, arc_cost = _arcs(ground, price, must, sites, factor)
    leaves = net.n - len(sites) + np.arange(len(sites))
    root = int(ground.small.roots[0])
    ascent = ascend(net, arc_cost, np.append(leaves, root), root)
    return _proof(ground, price, must, sites, ascent, factor)


def _factor(ground: Ground, price: float, sites: np.ndarray) -> int:
    """By how much finer than the network's whole costs potentials are counted: a power of 2."""
    dearest = way_costs(ground, price).max(initial=0) + price * ground.best.max(initial=0)
    dearest += float(ground.small.cost.sum() + ground.copies.cost.sum())
    return int(2 ** np.clip(np.floor(np.log2(_MOST / max(dearest * ground.shrunk.scale, 1e-9))), 0, 30))


def _arcs(
    ground: Ground, price: float, must: np.ndarray, sites: np.ndarray, factor: int
) -> tuple[Net, np.ndarray]:
    """Small nodes, then facilities, then sites; and what each arc costs in whole units, rounded down."""
    small, ways, feeds, problem = ground.small, ground.ways, ground.problem.feeds, ground.problem
    n, root = small.n_nodes, int(small.roots[0])
    leaf = np.full(problem.n_sites, -1)
    leaf[sites] = n + problem.n_facilities + np.arange(len(sites))
    feed = np.flatnonzero((feeds.on >= 0) | (ground.feed_node >= 0))
    from_feed = np.where(feeds.on >= 0, n + feeds.on, ground.feed_node)[feed]
    from_way = np.where(ways.node >= 0, ways.node, np.where(ways.facility >= 0, n + ways.facility, root))
    out = leaving_out(ground, price, must)
    may = sites[np.isfinite(out[sites])]
    u = np.concatenate([small.u, from_feed, from_way, np.full(len(may), root)])
    v = np.concatenate([small.v, n + feeds.facility[feed], leaf[ways.site], leaf[may]])
    feed_cost = (feeds.cost + problem.opening_cost[feeds.facility])[feed]
    own = np.concatenate([feed_cost, way_costs(ground, price), out[may]])
    there = np.concatenate(
        [
            ground.shrunk.whole_costs * factor,
            np.floor(own * ground.shrunk.scale * factor).astype(np.int64),
        ]
    )
    back = np.full(len(there), FAR)
    back[: len(small.cost)] = there[: len(small.cost)]
    tail = np.column_stack([u, v]).ravel().astype(np.int32)
    size = n + problem.n_facilities + len(sites)
    return net_of(size, tail, there), np.column_stack([there, back]).ravel()


def _proof(
    ground: Ground, price: float, must: np.ndarray, sites: np.ndarray, ascent: Ascent, factor: int
) -> Proof:
    n, f = ground.small.n_nodes, ground.problem.n_facilities
    unit = ground.shrunk.scale * factor
    of = sites[ascent.terminal - n - f]
    own = np.zeros(ground.problem.n_sites)
    at_leaf = ascent.node >= n + f
    own[of[at_leaf]] = ascent.value[at_leaf] / unit
    line, hub = ascent.node < n, (ascent.node >= n) & ~at_leaf
    group, first, line_of, value = ground.shrunk.lifted(
        ascent.node[line], of[line], ascent.value[line], factor
    )
    order = np.lexsort((of[hub], ascent.node[hub]))
    facility = ascent.node[hub][order] - n
    return Proof(
        price=price,
        least=float(own.sum() - price * ground.best.sum()),
        own=own,
        served=must,
        group=group,
        first=first,
        of=line_of,
        value=value / unit,
        facility_first=np.searchsorted(facility, np.arange(f + 1)),
        facility_of=of[hub][order],
        facility_value=ascent.value[hub][order] / unit,
    )
