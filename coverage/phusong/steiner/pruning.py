"""Trees for problems in which wanted nodes may also be joined straight from the root, each at a price."""

import numpy as np

from phusong.jit import njit
from phusong.steiner.graph import Net
from phusong.steiner.local_search import improve
from phusong.steiner.reductions import Problem
from phusong.steiner.rooting import Rooted, rooted_tree
from phusong.steiner.starts import grow, tree_on


def has_straight_edges(problem: Problem) -> bool:
    """Are some wanted nodes joined to the root by an edge, and may others not be?"""
    return bool(_straight(problem).sum() > 1)


def _straight(problem: Problem) -> np.ndarray:
    ends = problem.net.tail.reshape(-1, 2)
    return np.asarray((ends == problem.root).any(axis=1) & problem.wanted[ends].all(axis=1))


def pruned_tree(problem: Problem) -> np.ndarray:
    """A tree (edges, m) that at first avoids the root's own edges to wanted nodes, then drops each branch
    that
    costs more than those edges of all its wanted nodes (strong pruning, Johnson, Minkoff and Phillips 2000);
    improved."""
    net, root = problem.net, problem.root
    ends, straight = net.tail.reshape(-1, 2), _straight(problem)
    far = int(net.cost.max()) + int(net.cost[~straight].sum())
    shy = net._replace(cost=np.where(straight, far, net.cost))
    chosen = tree_on(shy, grow(shy, problem.wanted, root), problem.wanted, root)
    straight_edge = np.full(net.n, -1, np.int32)
    leaf = np.where(ends[straight, 0] == root, ends[straight, 1], ends[straight, 0])
    straight_edge[leaf] = np.flatnonzero(straight)
    chosen = _pruned(net, problem.wanted, rooted_tree(net, chosen, root), straight_edge)
    return improve(net, problem.wanted, root, chosen)


@njit()
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
