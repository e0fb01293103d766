"""The cheapest network that joins sites to existing fibre, every metre of trunk paid once, with a proof.

The minimum Steiner tree problem and its forms with prizes, on graphs of up to millions of nodes:
`cheapest_tree`, `cheapest_mix`, and `verify_tree` and `verify_mix`, which trust none of them. `steiner_tree`
is the same for networkx graphs.
"""

from phusong.steiner.certificate import Certificate
from phusong.steiner.graph import CostGraph
from phusong.steiner.networks import steiner_tree
from phusong.steiner.ownways import cheapest_paths
from phusong.steiner.planning import cheapest_tree
from phusong.steiner.prizes import cheapest_mix
from phusong.steiner.rooted import rooted
from phusong.steiner.tree import BY_TREE, BrokenPlanError, Hops, Mix, Tree, gap_of
from phusong.steiner.verify import certified_bound, certified_mix_bound, verify_mix, verify_tree

__all__ = [
    "BY_TREE",
    "BrokenPlanError",
    "Certificate",
    "CostGraph",
    "Hops",
    "Mix",
    "Tree",
    "certified_bound",
    "certified_mix_bound",
    "cheapest_mix",
    "cheapest_paths",
    "cheapest_tree",
    "gap_of",
    "rooted",
    "steiner_tree",
    "verify_mix",
    "verify_tree",
]
