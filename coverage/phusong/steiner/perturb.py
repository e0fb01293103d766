"""Many trees, and the best that can be made of their edges.

Trees that are each nearly the cheapest have most edges in common; the cheapest tree in their union is a
small problem (Ribeiro, Uchoa and Werneck 2002; Pajor, Uchoa and Werneck 2018).
"""

import numpy as np

from phusong.steiner.dual_ascent import Ascent
from phusong.steiner.graph import net_of
from phusong.steiner.local_search import improve
from phusong.steiner.reductions import Problem, without
from phusong.steiner.starts import grow, tree_on

#: How much dearer an edge may seem in the starts, in turn.
_AMPLITUDES = (0.05, 0.1, 0.2, 0.4)


def cost_of(problem: Problem, chosen: np.ndarray) -> int:
    """What the tree of the `chosen` edges (m) costs with what is paid already."""
    return problem.paid + int(problem.net.cost[chosen].sum())


def first_tree(problem: Problem, root: int | None = None) -> np.ndarray:
    """The edges (m) of a tree grown by shortest paths from `root`, improved."""
    inside = grow(problem.net, problem.wanted, problem.root if root is None else root)
    return _finished(problem, inside)


def perturbed_tree(problem: Problem, number: int, seed: int = 0) -> np.ndarray:
    """The edges (m) of the tree `number`: grown from another terminal on costs raised at random, improved."""
    random = np.random.default_rng((seed, number))
    net = problem.net
    amplitude = _AMPLITUDES[number % len(_AMPLITUDES)]
    seeming = np.rint(16 * net.cost * (1 + amplitude * random.random(net.m))).astype(np.int64)
    root = int(random.choice(problem.terminals))
    return _finished(problem, grow(net._replace(cost=seeming), problem.wanted, root))


def support_tree(problem: Problem, ascent: Ascent, root: int) -> np.ndarray:
    """The edges (m) of a tree grown from `root` over the edges that the ascent saturated, improved."""
    net = problem.net
    saturated = (ascent.left.reshape(-1, 2) == 0).any(axis=1)
    some = net_of(net.n, net.tail.reshape(-1, 2)[saturated].ravel(), net.cost[saturated])
    return _finished(problem, grow(some, problem.wanted, root))


def union_of(problem: Problem, trees: list[np.ndarray]) -> Problem:
    """The problem on the edges of the `trees` alone."""
    return without(problem, ~np.logical_or.reduce(trees))


def _finished(problem: Problem, inside: np.ndarray) -> np.ndarray:
    chosen = tree_on(problem.net, inside, problem.wanted, problem.root)
    return improve(problem.net, problem.wanted, problem.root, chosen)
