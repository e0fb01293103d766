"""What a shared network costs whom: each edge is shared equally by the sites that use it.

That is the Shapley value of the tree (Littlechild and Owen 1973), here in whole đồng that add up exactly.
"""

from collections.abc import Iterable, Mapping

import numpy as np


def fair_shares(paths: Mapping[str, Iterable[int]], cost_vnd: np.ndarray) -> dict[str, int]:
    """Site → its share of the edges on its path, each split equally among the sites whose path has it.

    Edges with the same users are one sum; the đồng that do not divide evenly go to its first sites by id.
    Three sites, a trunk of 100 ₫, and 10 ₫ for the last alone:

    >>> fair_shares({"A": [0], "B": [0], "C": [0, 1]}, np.array([100, 10]))
    {'A': 34, 'B': 33, 'C': 43}
    """
    users: dict[int, list[str]] = {}
    for site in sorted(paths):
        for edge in paths[site]:
            users.setdefault(edge, []).append(site)
    together: dict[tuple[str, ...], int] = {}
    for edge in sorted(users):
        group = tuple(users[edge])
        together[group] = together.get(group, 0) + round(float(cost_vnd[edge]))
    out = dict.fromkeys(sorted(paths), 0)
    for group, cost in together.items():
        each, left = divmod(cost, len(group))
        for i, site in enumerate(group):
            out[site] += each + (i < left)
    return out
