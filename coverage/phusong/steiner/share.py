"""What a shared network costs whom: each segment is shared equally by the sites behind it.

That is the Shapley value of the tree (Littlechild and Owen 1973; Granot and Huberman 1981), here in whole
đồng that add up exactly.
"""

import numpy as np

from phusong.steiner.graph import CostGraph
from phusong.steiner.rooted import rooted
from phusong.steiner.tree import Tree


def fair_shares(graph: CostGraph, terminals: np.ndarray, tree: Tree) -> np.ndarray:
    """What each of the `terminals` pays (same order; whole costs; 0 for those not on the tree).

    The đồng that do not divide evenly go to the first terminals of a segment, in the order of their nodes.
    """
    parent, order = rooted(graph, tree.edges)
    # Sites by their place in the order of their nodes, so that a list of them is in that order when sorted.
    place = np.lexsort((np.arange(len(terminals)), terminals))
    behind: dict[int, list[int]] = {}
    for k, i in enumerate(place.tolist()):
        behind.setdefault(int(terminals[i]), []).append(k)
    share = np.zeros(len(terminals))
    for node in order[::-1].tolist():
        edge = int(parent[node])
        sites = behind.pop(node, [])
        if sites:
            each, left = divmod(round(float(graph.cost[edge])), len(sites))
            share[sites] += each
            share[sites[:left]] += 1
        up = int(graph.u[edge]) + int(graph.v[edge]) - node
        mine = behind.setdefault(up, [])
        behind[up] = sorted(mine + sites) if mine and sites else mine + sites
    out = np.empty(len(terminals))
    out[place] = share
    return out
