"""Many trees, and the best that can be made of their edges.

Trees that are each nearly the cheapest have most edges in common; the cheapest tree in their union is a
small problem (Ribeiro, Uchoa and Werneck 2002; Pajor, Uchoa and Werneck 2018).
"""

import numpy as np

from phusong.steiner.dual_ascent import Ascent
from phusong.steiner.graph import Net, net_of
from phusong.steiner.local_search import improve
from phusong.steiner.reductions import Problem, without
from phusong.steiner.starts import grow, tree_on

#: How much dearer an edge may seem in the trees grown anew, in turn; and how many nodes that nobody wants are
#: joined too, at first. With few terminals these lead to trees of another shape, which dearer edges do not.
_AMPLITUDES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
_GUESTS = (0, 2, 0, 8, 0, 32)
#: How much dearer an edge may seem while a good tree is kicked.
_KICKS = (0.2, 0.5, 1.0, 2.0)
_KICK_ROUNDS = 3


def cost_of(problem: Problem, chosen: np.ndarray) -> int:
    """What the tree of the `chosen` edges (m) costs with what is paid already."""
    return problem.paid + int(problem.net.cost[chosen].sum())


def first_tree(problem: Problem, root: int | None = None) -> np.ndarray:
    """The edges (m) of a tree grown by shortest paths from `root`, improved."""
    inside = grow(problem.net, problem.wanted, problem.root if root is None else root)
    return _finished(problem, inside)


def perturbed_tree(problem: Problem, number: int) -> np.ndarray:
    """The edges (m) of the tree `number`: grown from another terminal on costs raised at random, improved."""
    random = np.random.default_rng((0, number))
    root = int(random.choice(problem.terminals))
    seeming = _seeming(problem, random, _AMPLITUDES[number % len(_AMPLITUDES)])
    wanted = problem.wanted.copy()
    wanted[random.integers(problem.net.n, size=_GUESTS[number % len(_GUESTS)])] = True
    return _finished(problem, grow(seeming, wanted, root))


def kicked_tree(problem: Problem, chosen: np.ndarray, number: int) -> np.ndarray:
    """The edges (m) of another tree: that of the `chosen` ones improved, for a few rounds, as if costs were
    others, then as they are (iterated local search)."""
    random = np.random.default_rng((1, number))
    seeming = _seeming(problem, random, _KICKS[number % len(_KICKS)])
    kicked = improve(seeming, problem.wanted, problem.root, chosen, _KICK_ROUNDS)
    return improve(problem.net, problem.wanted, problem.root, kicked)


def _seeming(problem: Problem, random: np.random.Generator, amplitude: float) -> Net:
    """The problem's net with each cost raised by up to so much of it (in sixteenths, to keep it whole)."""
    net = problem.net
    raised = np.rint(16 * net.cost * (1 + amplitude * random.random(net.m)))
    return net._replace(cost=raised.astype(np.int64))


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
