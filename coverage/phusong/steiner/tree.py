"""What a plan's network is: edges, cost, who could not be reached, and how much cheaper it could be."""

from dataclasses import dataclass

import numpy as np

from phusong.steiner.certificate import Certificate


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
        if self.cost <= self.bound:
            return 0.0
        return (self.cost - self.bound) / self.bound if self.bound > 0 else float("inf")
