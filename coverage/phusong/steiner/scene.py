"""What the local search looks at: a tree in its graph, and room to think a move through."""

from typing import NamedTuple

import numpy as np

from phusong.jit import njit
from phusong.steiner.borders import borders_of, ground_of
from phusong.steiner.graph import FAR, Net
from phusong.steiner.paths import regions, regions_moved
from phusong.steiner.rooting import key_paths, rooted_tree

#: A move leaves at most this many parts: junctions with more branches are never taken out.
MOST_PARTS = 16


class Scene(NamedTuple):
    """A tree in its graph with all that tells where it could be cheaper: the fields of Net, Rooted, KeyPaths,
    Ground and Borders in this order. They are side by side, and read where they are needed, because numba
    counts a reference for each array of a tuple that is passed on or named anew."""

    start: np.ndarray
    to: np.ndarray
    out: np.ndarray
    tail: np.ndarray
    cost: np.ndarray
    order: np.ndarray
    via: np.ndarray
    rank: np.ndarray
    size: np.ndarray
    head: np.ndarray
    degree: np.ndarray
    key: np.ndarray
    above: np.ndarray
    path_cost: np.ndarray
    first_child: np.ndarray
    next_child: np.ndarray
    distance: np.ndarray
    base: np.ndarray
    arrival: np.ndarray
    first_node: np.ndarray
    next_node: np.ndarray
    border: np.ndarray
    border_cost: np.ndarray
    left: np.ndarray
    right: np.ndarray
    top: np.ndarray
    first_here: np.ndarray
    next_here: np.ndarray


class Work(NamedTuple):
    """Room to think one move through.

    `gone[x]` is the number of the move that takes x off the tree. Nodes in the regions of those get a new
    `distance`, `base` and arc of arrival `via`; `heap`, `place` and the list `nodes` are for that. `parts`
    are the key nodes on top of the parts that are cut off; `link_cost` and `link_edge` the cheapest new way
    between each two parts, the last part being all the rest; `best`, `from_part` and `done` are by part.
    """

    gone: np.ndarray
    distance: np.ndarray
    base: np.ndarray
    via: np.ndarray
    heap: np.ndarray
    place: np.ndarray
    nodes: np.ndarray
    parts: np.ndarray
    link_cost: np.ndarray
    link_edge: np.ndarray
    best: np.ndarray
    from_part: np.ndarray
    done: np.ndarray


def look_around(
    net: Net, wanted: np.ndarray, root: int, chosen: np.ndarray, before: Scene | None = None
) -> Scene:
    """The scene of the tree of the `chosen` edges, from one `before` on the same net if there is one."""
    tree = rooted_tree(net, chosen, root)
    if before is None:
        ground = ground_of(*regions(net, tree.order))
    else:
        ground = ground_of(*regions_moved(net, tree.order, before.distance, before.base, before.arrival))
    return Scene(*net, *tree, *key_paths(net, tree, wanted), *ground, *borders_of(net, tree, ground))


def changed_since(scene: Scene, before: Scene | None) -> np.ndarray:
    """The nodes whose place in the scene, or whose neighbour's, is not as `before`: where to look again."""
    if before is None:
        return np.ones(len(scene.base), np.bool_)
    moved = (scene.distance != before.distance) | (scene.base != before.base)
    moved |= scene.degree != before.degree
    edges = scene.tail.reshape(-1, 2)
    moved[edges[moved[edges].any(axis=1)].ravel()] = True
    return moved


@njit()
def room_for(n: int) -> Work:
    """Room to work in for a network of `n` nodes, nothing marked in it."""
    return Work(
        np.full(n, -1, np.int32),
        np.full(n, FAR, np.int64),
        np.full(n, -1, np.int32),
        np.full(n, -1, np.int32),
        np.empty(n, np.int32),
        np.full(n, -1, np.int32),
        np.empty(n, np.int32),
        np.empty(MOST_PARTS, np.int32),
        np.empty((MOST_PARTS, MOST_PARTS), np.int64),
        np.empty((MOST_PARTS, MOST_PARTS), np.int32),
        np.empty(MOST_PARTS, np.int64),
        np.empty(MOST_PARTS, np.int32),
        np.empty(MOST_PARTS, np.bool_),
    )
