"""Sites that may do without the tree: prizes, and other ways to connect them (microwave hops, satellite).

Each site is a leaf that must be joined: free of cost from its own node, at the price of its prize straight
from the root, at the price of a hop from a hub. With a large number M on each leaf's edges any cheapest
tree uses as many of them as there are leaves, so no way leads through a leaf; every reduction, move and
bound for plain Steiner trees then holds. M times the leaves is taken off again.
"""

from dataclasses import dataclass

import numpy as np

from phusong.jit import njit
from phusong.steiner.graph import Net, Simple, net_of
from phusong.steiner.local_search import improve
from phusong.steiner.reductions import Problem, whole_problem
from phusong.steiner.rooting import Rooted, rooted_tree
from phusong.steiner.starts import grow, tree_on

#: k leaves times M stay below this.
_LARGEST = 2**60


@dataclass(frozen=True, eq=False)
class Mixed:
    """The problem with leaves. Its edges are those of the simple graph, then a leaf's own (`first_own` + i for
    site i), then its `direct` ones (by site; −1: it must not), then the hops (`first_hop` + h)."""

    problem: Problem
    first_own: int
    direct: np.ndarray
    first_hop: int
    leaf_cost: int


def mixed_problem(
    simple: Simple,
    sites: np.ndarray,
    prizes: np.ndarray,
    hop_from: np.ndarray,
    hop_to: np.ndarray,
    hop_cost: np.ndarray,
) -> Mixed:
    """The problem of joining each of the `sites` (nodes of the simple graph) or paying its prize (whole
    scaled costs, −1: it must be joined); hops lead from nodes to sites by their position."""
    net, k = simple.net, len(sites)
    leaf = net.n + np.arange(k)
    may = np.flatnonzero(prizes >= 0)
    large = int(prizes[may].sum() + hop_cost.sum()) + 1
    if len(may) < k:
        large += int(net.cost.sum())
    if large * (k + 1) > _LARGEST:
        raise ValueError("costs are too large for so many sites: give them in thousands")
    tail = np.concatenate(
        [
            net.tail.reshape(-1, 2),
            np.column_stack([sites, leaf]),
            np.column_stack([np.zeros(len(may), int), leaf[may]]),
            np.column_stack([hop_from, leaf[hop_to]]),
        ]
    ).astype(np.int32)
    cost = np.concatenate([net.cost, np.full(k, large), prizes[may] + large, hop_cost + large])
    wanted = np.arange(net.n + k) >= net.n
    direct = np.full(k, -1)
    direct[may] = net.m + k + np.arange(len(may))
    problem = whole_problem(net_of(net.n + k, tail.ravel(), cost), wanted, 0)
    return Mixed(problem, net.m, direct, net.m + k + len(may), large * k)


def pruned_tree(problem: Problem) -> np.ndarray:
    """A tree (edges, m) that at first avoids the root's own edges to wanted nodes, then drops each branch that
    costs more than those edges of all its wanted nodes (strong pruning, Johnson, Minkoff and Phillips 2000);
    improved."""
    net, root = problem.net, problem.root
    ends = net.tail.reshape(-1, 2)
    straight = (ends == root).any(axis=1) & problem.wanted[ends].all(axis=1)
    far = int(net.cost.max()) + int(net.cost[~straight].sum())
    shy = net._replace(cost=np.where(straight, far, net.cost))
    chosen = tree_on(shy, grow(shy, problem.wanted, root), problem.wanted, root)
    straight_edge = np.full(net.n, -1, np.int32)
    leaf = np.where(ends[straight, 0] == root, ends[straight, 1], ends[straight, 0])
    straight_edge[leaf] = np.flatnonzero(straight)
    chosen = _pruned(net, problem.wanted, rooted_tree(net, chosen, root), straight_edge)
    return improve(net, problem.wanted, root, chosen)


@njit
def _pruned(net: Net, wanted: np.ndarray, tree: Rooted, straight_edge: np.ndarray) -> np.ndarray:
    """The tree without branches whose wanted nodes are all cheaper to join by their straight edges."""
    n = len(wanted)
    gain = np.zeros(n, np.int64)
    bound = np.zeros(n, np.bool_)
    for i in range(len(tree.order) - 1, 0, -1):
        x = tree.order[i]
        up = net.tail[tree.via[x]]
        gain[x] -= net.cost[tree.via[x] >> 1]
        if wanted[x]:
            if straight_edge[x] >= 0:
                gain[x] += net.cost[straight_edge[x]]
            else:
                bound[x] = True
        bound[up] = bound[up] or bound[x]
        gain[up] += max(gain[x], 0)
    chosen = np.zeros(len(net.cost), np.bool_)
    kept = np.zeros(n, np.bool_)
    for i in range(len(tree.order)):
        x = tree.order[i]
        if i == 0:
            kept[x] = True
            continue
        kept[x] = kept[net.tail[tree.via[x]]] and (bound[x] or gain[x] >= 0)
        if kept[x]:
            chosen[tree.via[x] >> 1] = True
        elif wanted[x]:
            chosen[straight_edge[x]] = True
    return chosen
