"""Provinces drawn at random with a fixed seed: mountain roads, sites, and four technologies for each site.

Money is in million đồng. None of it is a real place or price; the sizes are those of the price sheets.
"""

import numpy as np

from benchmarks.mountain_roads import Roads, mountain_roads
from phusong.choice import NONE, Feeds, Problem, Ways, all_ways, network_ways, own_ways
from phusong.steiner import CostGraph

#: What a metre of road of the cheapest class costs with its cable.
_METRE = 0.06
FIBRE, MICROWAVE, CELLULAR, SATELLITE = range(4)
#: What a site is worth by technology, as a part of its people (objective "people").
_PART = {FIBRE: 1.0, MICROWAVE: 0.8, CELLULAR: 0.6, SATELLITE: 0.35}


def road_case(sites: int, seed: int, objective: str = "sites", junctions: int = 15_000) -> Problem:
    """A province: a site is worth 1 however it is served, or by `objective` "people" its people times how
    good the connection is. Every site may get fibre; two in three see masts, most of which need power and a
    line or a hop from another mast; cellular reaches some; satellite reaches most."""
    roads = mountain_roads(junctions, sites, seed)
    random = np.random.default_rng((seed, sites))
    people = np.round(random.lognormal(6.5, 0.8, sites)) + 20
    worth = {t: np.ones(sites) if objective == "sites" else np.round(p * people) for t, p in _PART.items()}
    graph = CostGraph(roads.n_nodes, roads.u, roads.v, np.round(roads.cost * _METRE, 2), roads.fibre)
    fibre = network_ways(roads.sites, np.full(sites, 25.0), worth[FIBRE], FIBRE)
    reached = np.where(random.random(sites) < 0.4, np.round(random.uniform(120, 400, sites)), np.inf)
    cellular = own_ways(reached, worth[CELLULAR], CELLULAR)
    sky = np.where(random.random(sites) < 0.85, 330.0 + random.integers(0, 60, sites), np.inf)
    satellite = own_ways(sky, worth[SATELLITE], SATELLITE)
    opening, feeds, hops = _masts(random, roads, worth[MICROWAVE])
    return Problem(graph, sites, all_ways(fibre, hops, cellular, satellite), opening, feeds)


def _masts(random: np.random.Generator, roads: Roads, worth: np.ndarray) -> tuple[np.ndarray, Feeds, Ways]:
    """A mast for each ten sites: one in three has a line already, the others need one, or a hop from the one
    before them."""
    k = len(roads.sites)
    masts = max(3, k // 10)
    number = np.arange(masts)
    opening = np.where(number % 3 == 0, 120.0, 120.0 + random.integers(2, 9, masts) * 100)
    by_line = number % 3 != 0
    beside = random.choice(roads.sites, masts, replace=False)
    chained = number[number % 3 == 2]
    feeds = Feeds(
        np.concatenate([number, chained]),
        np.concatenate([np.where(by_line, 20.0, 0.0), np.full(len(chained), 260.0)]),
        np.concatenate([np.where(by_line, beside, NONE), np.full(len(chained), NONE)]),
        np.concatenate([np.full(masts, NONE), chained - 1]),
    )
    site = np.repeat(np.arange(k), 3)[random.random(3 * k) < 0.4]
    # Sites are in order along the roads' numbers: near ones see the same masts.
    mast = np.clip(site * masts // k + random.integers(-1, 2, len(site)), 0, masts - 1)
    pairs = np.unique(np.column_stack([site, mast]), axis=0)
    cost = np.round(random.uniform(110, 220, len(pairs)))
    none, technology = np.full(len(pairs), NONE), np.full(len(pairs), MICROWAVE)
    return opening, feeds, Ways(pairs[:, 0], cost, worth[pairs[:, 0]], none, pairs[:, 1], technology)
