"""What was chosen, and how much better any other choice could be."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Plan:
    """A choice: the row of `Ways` that serves each site and the row of `Feeds` of each facility (NONE: not
    served, not open), the edges of the network that are built (rising), what all costs and is worth."""

    way: np.ndarray
    feed: np.ndarray
    edges: np.ndarray
    cost: float
    value: float

    @property
    def served(self) -> np.ndarray:
        """Which sites are served (a mask)."""
        return self.way >= 0

    @property
    def n_served(self) -> int:
        """How many sites are served."""
        return int(self.served.sum())


@dataclass(frozen=True, eq=False)
class Proof:
    """Why no plan has cost − `price` · value below `least`: what each site must pay at least on its way.

    Site i pays the potential `own[i]` at itself. On the network, node x has for site `of[k]` the potential
    `value[k]`, k from `first[group[x]]` to `first[group[x] + 1]` (group −1: none); facility f likewise with
    `facility_first`. At the roots, and for ways and feeds that need nothing, all are 0. The potentials never
    rise by more than an edge, a feed with its opening, or a way costs (edge and feed: added up over the
    sites), where a way also costs `price` times the value that it forgoes and no way costs `price` times all
    of it; sites in `served` have no such way out.
    """

    price: float
    least: float
    own: np.ndarray
    served: np.ndarray
    group: np.ndarray
    first: np.ndarray
    of: np.ndarray
    value: np.ndarray
    facility_first: np.ndarray
    facility_of: np.ndarray
    facility_value: np.ndarray


@dataclass(frozen=True, eq=False)
class Cheapest:
    """The cheapest plan found for all sites that can be served, and a bound: no such plan costs less.

    `unreached` are the sites that no way serves. `certified` is the part of the bound that `proof` lets
    anyone add up again; the rest was proven by search.
    """

    plan: Plan
    unreached: np.ndarray
    bound: float
    certified: float
    proof: Proof | None

    @property
    def gap(self) -> float:
        """By how much of the bound the plan costs more than it."""
        over = max(self.plan.cost - self.bound, 0.0)
        return over / self.bound if self.bound > 0 else float(over > 0)


@dataclass(frozen=True, eq=False)
class Choice:
    """The most valuable plan found within a `budget`, and the ceiling: no plan within it is worth more.

    `certified` is the ceiling that `proof` lets anyone add up again (at least `ceiling`). `all_first_served`:
    could all the sites that go first be served? If not, the plan and the ceiling are for these alone.
    """

    plan: Plan
    budget: float
    ceiling: float
    certified: float
    proof: Proof | None
    all_first_served: bool

    @property
    def gap(self) -> float:
        """By how much of the ceiling the plan is worth less than it."""
        below = max(self.ceiling - self.plan.value, 0.0)
        return below / self.ceiling if self.ceiling > 0 else 0.0
