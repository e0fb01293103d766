"""What to build for whom: the best choice over sites × technologies, trunks and masts paid once.

`cheapest` serves all sites for least, `best_within` gets the most value out of a budget, `frontier` out of
each of many. All say how far from the best possible they may be, with a proof, and pass a check that trusts
none of them.
"""

from phusong.choice.budget import best_within
from phusong.choice.cheapest import cheapest
from phusong.choice.frontier import Frontier, frontier
from phusong.choice.plan import Cheapest, Choice, Plan, Proof
from phusong.choice.problem import NONE, Feeds, Problem, Ways, all_ways, network_ways, no_feeds, own_ways
from phusong.choice.verify import proven_least, verify_cheapest, verify_choice, verify_plan

__all__ = [
    "NONE",
    "Cheapest",
    "Choice",
    "Feeds",
    "Frontier",
    "Plan",
    "Problem",
    "Proof",
    "Ways",
    "all_ways",
    "best_within",
    "cheapest",
    "frontier",
    "network_ways",
    "no_feeds",
    "own_ways",
    "proven_least",
    "verify_cheapest",
    "verify_choice",
    "verify_plan",
]
