"""Is a plan what it says, and its proof a proof? A check by the problem's own arrays alone.

Nothing here shares code with what made them.
"""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from phusong.choice.plan import Cheapest, Choice, Plan, Proof
from phusong.choice.problem import Problem
from phusong.steiner import BrokenPlanError

_CHUNK = 200_000
_ROUNDING = 1e-9


def verify_plan(problem: Problem, plan: Plan) -> None:
    """Raise BrokenPlanError unless the plan can be built as it says and costs what it says.

    Each edge is built once and all hang together with a root in no ring; each way and feed is that of its
    site or facility; what they need is joined or open; no facility hangs on itself; cost and value add up.
    """
    ways, feeds = problem.ways, problem.feeds
    served, open_ = np.flatnonzero(plan.way >= 0), np.flatnonzero(plan.feed >= 0)
    way, feed = plan.way[served], plan.feed[open_]
    if (ways.site[way] != served).any() or (feeds.facility[feed] != open_).any():
        raise BrokenPlanError("a way or a feed is not that of its site or facility")
    joined = _joined(problem, plan.edges)
    for what, table, rows in (("way", ways.node, way), ("feed", feeds.node, feed)):
        nodes = table[rows]
        if not joined[nodes[nodes >= 0]].all():
            raise BrokenPlanError(f"the node that a {what} needs is not joined")
    needed = np.concatenate([ways.facility[way], feeds.on[feed]])
    if not np.isin(needed[needed >= 0], open_).all():
        raise BrokenPlanError("a facility that something hangs on is not open")
    for facility in open_.tolist():
        seen = set()
        while facility >= 0:
            if facility in seen:
                raise BrokenPlanError(f"facility {facility} hangs on itself")
            seen.add(facility)
            facility = int(feeds.on[plan.feed[facility]])
    cost = problem.graph.cost[plan.edges].sum() + ways.cost[way].sum()
    cost += feeds.cost[feed].sum() + problem.opening_cost[open_].sum()
    if abs(cost - plan.cost) > _ROUNDING * max(cost, 1.0):
        raise BrokenPlanError("the costs do not add up to the plan's")
    if abs(ways.value[way].sum() - plan.value) > _ROUNDING * max(plan.value, 1.0):
        raise BrokenPlanError("the values do not add up to the plan's")


def verify_cheapest(problem: Problem, answer: Cheapest) -> None:
    """The same for a cheapest plan: all but the unreached are served, and the proof holds.

    Raises BrokenPlanError when not.
    """
    verify_plan(problem, answer.plan)
    missed = np.setdiff1d(np.flatnonzero(answer.plan.way < 0), answer.unreached)
    if len(missed):
        raise BrokenPlanError(f"sites {missed[:5].tolist()} are not served")
    slack = _ROUNDING * max(answer.plan.cost, 1.0)
    if answer.bound > answer.plan.cost + slack or answer.certified > answer.bound + slack:
        raise BrokenPlanError("the bound is above the cost, or less than is certified")
    if answer.proof is not None:
        if answer.proof.price != 0 or answer.proof.served[answer.unreached].any():
            raise BrokenPlanError("the proof is for another question")
        if proven_least(problem, answer.proof) < answer.certified - slack:
            raise BrokenPlanError("the proof does not prove the bound")


def verify_choice(problem: Problem, answer: Choice) -> None:
    """The same for a plan within a budget: it keeps to it, and the proof holds for the ceiling.

    Raises BrokenPlanError when not.
    """
    verify_plan(problem, answer.plan)
    if answer.plan.cost > answer.budget * (1 + _ROUNDING):
        raise BrokenPlanError("the plan costs more than the budget")
    served, first = answer.plan.way >= 0, problem.is_first
    if answer.all_first_served:
        can = np.zeros(problem.n_sites, bool)
        if (first & ~served).any():
            can[problem.ways.site[_reachable(problem)[0]]] = True
        if (served & ~first).any() and (first & can & ~served).any():
            raise BrokenPlanError("a site is served before one that goes first")
    elif (served & ~first).any():
        raise BrokenPlanError("a site is served before one that goes first")
    slack = _ROUNDING * max(answer.ceiling, 1.0)
    if answer.plan.value > answer.ceiling + slack or answer.ceiling > answer.certified + slack:
        raise BrokenPlanError("the plan is worth more than the ceiling, or the ceiling more than certified")
    if answer.proof is not None:
        others = ~first[problem.ways.site] & (not answer.all_first_served)
        least = proven_least(problem.without_ways(others), answer.proof)
        ceiling = (answer.budget - least) / answer.proof.price
        if not np.any(problem.ways.value % 1):
            ceiling = np.floor(ceiling + slack)
        if ceiling > answer.certified + slack:
            raise BrokenPlanError("the proof does not prove the ceiling")


def proven_least(problem: Problem, proof: Proof) -> float:
    """What a proof proves that cost − price · value is at least, in the unit of the costs, added up anew.

    Raises BrokenPlanError when it proves nothing.
    """
    ways, feeds, graph = problem.ways, problem.feeds, problem.graph
    k = problem.n_sites
    at_node = _potentials(proof.of, proof.value, proof.first, k)
    at_facility = _potentials(proof.facility_of, proof.facility_value, proof.facility_first, k)
    if min(proof.own.min(initial=0), proof.value.min(initial=0), proof.facility_value.min(initial=0)) < 0:
        raise BrokenPlanError("a potential of the proof is below 0")
    roots = np.unique(proof.group[graph.roots])
    if at_node[roots[roots >= 0]].nnz:
        raise BrokenPlanError("the proof has potentials at a root")
    for begin in range(0, len(graph.u), _CHUNK):
        some = slice(begin, begin + _CHUNK)
        rise = at_node[proof.group[graph.v[some]]] - at_node[proof.group[graph.u[some]]]
        _no_more(rise, graph.cost[some])
        _no_more(-rise, graph.cost[some])
    can_way, can_feed = (np.flatnonzero(mask) for mask in _reachable(problem))
    facility = feeds.facility[can_feed]
    before = at_node[_group_or_none(proof, feeds.node[can_feed])] + at_facility[feeds.on[can_feed]]
    _no_more(at_facility[facility] - before, feeds.cost[can_feed] + problem.opening_cost[facility])
    site, best = ways.site[can_way], np.zeros(k)
    np.maximum.at(best, site, ways.value[can_way])
    start = at_node[_group_or_none(proof, ways.node[can_way])] + at_facility[ways.facility[can_way]]
    paid = np.asarray(start[np.arange(len(site)), site]).ravel()
    room = ways.cost[can_way] + proof.price * (best[site] - ways.value[can_way])
    _rises(proof.own[site] - paid, room)
    free = ~np.asarray(proof.served, bool)
    _rises(proof.own[free], proof.price * best[free])
    return float(proof.own.sum() - proof.price * best.sum())


def _group_or_none(proof: Proof, node: np.ndarray) -> np.ndarray:
    return np.where(node >= 0, proof.group[np.maximum(node, 0)], -1)


def _potentials(of: np.ndarray, value: np.ndarray, first: np.ndarray, k: int) -> csr_matrix:
    """The potentials as a matrix; a row of nothing behind the others, which −1 finds."""
    held = csr_matrix((value, of, np.append(first, first[-1])), shape=(len(first), k), copy=True)
    held.sum_duplicates()
    return held


def _no_more(rise: csr_matrix, cost: np.ndarray) -> None:
    _rises(np.asarray(rise.maximum(0).sum(axis=1)).ravel(), cost)


def _rises(rise: np.ndarray, room: np.ndarray) -> None:
    if np.any(rise > room + _ROUNDING * np.maximum(np.abs(room), 1.0)):
        raise BrokenPlanError("the potentials of the proof rise by more than something costs")


def _joined(problem: Problem, edges: np.ndarray) -> np.ndarray:
    """Which nodes the edges join to a root (a mask); they are a tree and nothing else."""
    graph, hub = problem.graph, problem.graph.n_nodes
    if len(np.unique(edges)) != len(edges):
        raise BrokenPlanError("an edge is built twice")
    at = np.arange(hub + 1)
    at[graph.roots] = hub
    u, v = at[graph.u[edges]], at[graph.v[edges]]
    net = csr_matrix((np.ones(len(u), np.int8), (u, v)), shape=(hub + 1, hub + 1))
    part = np.asarray(connected_components(net, directed=False)[1])
    touched = np.unique(np.concatenate([u, v, [hub]]))
    if (part[touched] != part[hub]).any() or len(touched) != len(edges) + 1:
        raise BrokenPlanError("the lines hang loose or close a ring")
    joined = part == part[hub]
    return np.asarray(joined[at[:hub]])


def _reachable(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Which rows of the ways, and of the feeds, could be had were money no matter (masks)."""
    graph, ways, feeds = problem.graph, problem.ways, problem.feeds
    hub = graph.n_nodes
    at = np.arange(hub + 1)
    at[graph.roots] = hub
    net = csr_matrix((np.ones(len(graph.u), np.int8), (at[graph.u], at[graph.v])), shape=(hub + 1, hub + 1))
    part = np.asarray(connected_components(net, directed=False)[1])
    near = np.append((part == part[hub])[at[:hub]], True)
    can_open = np.append(np.zeros(problem.n_facilities, bool), True)
    for _link in range(problem.n_facilities):
        can_open[feeds.facility[near[feeds.node] & can_open[feeds.on]]] = True
    return near[ways.node] & can_open[ways.facility], near[feeds.node] & can_open[feeds.on]
