"""A tree of new line as items: pieces of line from one fork or site to the next."""

import numpy as np


def line_pieces(
    above: np.ndarray, cost: np.ndarray, length_m: np.ndarray, value: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The nodes at which a piece ends (k), its parent piece (−1: begins at what exists), cost and length.

    `above` is the node above each node (−1: on what exists, −2: not on the tree); `cost` and `length_m` are
    those of the edge up. A piece ends at each node that is worth something or where the tree forks or ends;
    it is built as a whole. What such a node itself costs and brings is for the caller to add.
    """
    on = np.flatnonzero(above >= -1)
    below = np.bincount(above[above >= 0], minlength=len(above))
    ends = on[(above[on] >= 0) & ((value[on] > 0) | (below[on] != 1))]
    piece = np.full(len(above), -1)
    piece[ends] = np.arange(len(ends))
    parent, sums = np.full(len(ends), -1), np.zeros((2, len(ends)))
    for k, end in enumerate(ends.tolist()):
        node = end
        while above[node] >= 0:
            sums[:, k] += cost[node], length_m[node]
            node = int(above[node])
            if piece[node] >= 0:
                parent[k] = piece[node]
                break
    return ends, parent, sums[0], sums[1]
