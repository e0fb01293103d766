"""What a plan's network is: edges, cost, who could not be reached, and how much cheaper it could be.

A `Tree` is line alone; a `Mix` is a tree and the other ways in which sites are connected.
"""

from dataclasses import dataclass

import numpy as np

from phusong.steiner.certificate import Certificate

#: How a site is connected, in `Mix.way`; a hop h is FIRST_HOP + h.
UNREACHED, BY_TREE, BY_PRIZE, FIRST_HOP = -1, 0, 1, 2


def gap_of(cost: float, bound: float) -> float:
    """By how much of the bound a cost is above it.

    >>> gap_of(102, 100), gap_of(100, 100), gap_of(1, 0)
    (0.02, 0.0, inf)
    """
    if cost <= bound:
        return 0.0
    return (cost - bound) / bound if bound > 0 else float("inf")


class BrokenPlanError(RuntimeError):
    """A network that is not what it says: a bug, never the user's."""


@dataclass(frozen=True, eq=False)
class Tree:
    """The edges of a tree (their numbers, rising), what they cost, and the terminals left out.

    No tree for the same terminals costs less than `bound`; `certified` is the part of that bound which
    `certificate` lets anyone add up again (the rest was proven by search).
    """

    edges: np.ndarray
    cost: float
    unreached: np.ndarray
    bound: float = 0.0
    certified: float = 0.0
    certificate: Certificate | None = None

    @property
    def gap(self) -> float:
        """By how much of the bound the tree costs more than it: 0 when no tree is cheaper."""
        return gap_of(self.cost, self.bound)


@dataclass(frozen=True, eq=False)
class Hops:
    """Other links: from node `start` to the site at position `site`, at a `cost`. The start must be
    reached."""

    start: np.ndarray
    site: np.ndarray
    cost: np.ndarray


@dataclass(frozen=True, eq=False)
class Mix:
    """The tree, how each site is connected, what all of it costs, and a bound of any mix.

    `certified` is the part of the bound which `certificate` lets anyone add up again (its terminals are
    positions of sites; `certified_mix_bound`); −∞ without one.
    """

    tree: Tree
    way: np.ndarray
    cost: float
    bound: float
    certified: float = float("-inf")
    certificate: Certificate | None = None

    @property
    def gap(self) -> float:
        """By how much of the bound the mix costs more than it."""
        return gap_of(self.cost, self.bound)
