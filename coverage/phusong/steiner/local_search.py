"""Cheaper trees near a given one: key-path exchange and key-vertex elimination.

Uchoa and Werneck (2010), "Fast local search for Steiner trees in graphs": both neighbourhoods are looked
through in one sweep from the ends of the branches to the root. Here the sweep only collects what would
pay; `moves.py` then carries the moves out, the largest saving first, each checked on the tree as it is then.
"""

from typing import NamedTuple

import numpy as np

from phusong.jit import njit
from phusong.steiner.borders import Borders, Ground, borders_of, drop_least, ground_of, meld, other_base
from phusong.steiner.graph import FAR, Net, longer
from phusong.steiner.heap import drop_top, push
from phusong.steiner.moves import carry_out
from phusong.steiner.paths import regions
from phusong.steiner.rooting import KeyPaths, Rooted, is_below, key_paths, rooted_tree
from phusong.steiner.starts import tree_on

#: A move leaves at most this many parts: junctions with more branches are never taken out.
_PARTS = 16


class Scene(NamedTuple):
    """A tree in its graph with all that tells where it could be cheaper."""

    net: Net
    tree: Rooted
    paths: KeyPaths
    ground: Ground
    borders: Borders


class Work(NamedTuple):
    """Room to think one move through.

    `gone[x]` is the number of the move that takes x off the tree. Nodes in the regions of those get a new
    `distance`, `base` and arc of arrival `via`; `heap`, `place` and the list `nodes` are for that. `parts` are
    the key nodes on top of the parts that are cut off; `link_cost` and `link_edge` the cheapest new way
    between each two parts, the last part being all the rest.
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


def improve(net: Net, wanted: np.ndarray, root: int, chosen: np.ndarray, rounds: int = 40) -> np.ndarray:
    """The tree of the `chosen` edges (m) made cheaper until no move pays, or `rounds` are over.

    `root` and the ends of the tree are wanted.
    """
    cost = int(net.cost[chosen].sum())
    for _round in range(rounds):
        gain, removed, first, arcs = _sweep(net, wanted, root, chosen)
        if not len(gain):
            break
        inside = carry_out(net, wanted, chosen, np.argsort(-gain, kind="stable"), removed, first, arcs)
        better = tree_on(net, inside, wanted, root)
        better_cost = int(net.cost[better].sum())
        if better_cost >= cost:
            break
        chosen, cost = better, better_cost
    return chosen


@njit
def _sweep(
    net: Net, wanted: np.ndarray, root: int, chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All moves that pay, each by itself: what it saves, and its arcs `arcs[first[i]:first[i + 1]]`, of which
    the first `removed[i]` leave the tree and the others are new ways, each from base to base."""
    scene = _look(net, wanted, root, chosen)
    work = _room(len(wanted))
    order = scene.tree.order
    gain = np.empty(2 * len(order), np.int64)
    removed = np.empty(2 * len(order), np.int32)
    first = np.zeros(2 * len(order) + 1, np.int32)
    arcs = np.empty(1024, np.int32)
    count = 0
    for i in range(len(order) - 1, 0, -1):
        x = order[i]
        if not scene.paths.key[x]:
            continue
        for junction in (True, False):
            n_parts = _parts(scene, work, wanted, x, junction)
            if n_parts > 0:
                saved = _saving(scene, work, x, n_parts, junction, 2 * i + junction)
                if saved > 0:
                    arcs, old, end = _write(scene, work, x, n_parts, junction, arcs, first[count])
                    gain[count], removed[count], first[count + 1] = saved, old, end
                    count += 1
                _tidy(scene, work, x, n_parts, junction)
            if junction:
                _meld_branches(scene, x)
    return gain[:count], removed[:count], first[: count + 1], arcs[: first[count]]


@njit
def _look(net: Net, wanted: np.ndarray, root: int, chosen: np.ndarray) -> Scene:
    tree = rooted_tree(net, chosen, root)
    distance, base, via = regions(net, tree.order)
    ground = ground_of(distance, base, via)
    return Scene(net, tree, key_paths(net, tree, wanted), ground, borders_of(net, tree, ground))


@njit
def _room(n: int) -> Work:
    return Work(
        np.full(n, -1, np.int32),
        np.full(n, FAR, np.int64),
        np.full(n, -1, np.int32),
        np.full(n, -1, np.int32),
        np.empty(n, np.int32),
        np.full(n, -1, np.int32),
        np.empty(n, np.int32),
        np.empty(_PARTS, np.int32),
        np.empty((_PARTS, _PARTS), np.int64),
        np.empty((_PARTS, _PARTS), np.int32),
    )


@njit
def _parts(scene: Scene, work: Work, wanted: np.ndarray, x: int, junction: bool) -> int:
    """Put the tops of the parts that a move at `x` cuts off into `work.parts`; how many parts there are then,
    with the rest (0: no such move). The move takes off the key path above x, or the `junction` x with all
    the key paths at it."""
    if not junction:
        work.parts[0] = x
        return 2
    if wanted[x] or scene.tree.degree[x] > _PARTS:
        return 0
    count = 0
    child = scene.paths.first_child[x]
    while child >= 0:
        work.parts[count] = child
        count += 1
        child = scene.paths.next_child[child]
    return count + 1


@njit
def _saving(scene: Scene, work: Work, x: int, n_parts: int, junction: bool, move: int) -> int:
    """What the move saves when the parts are joined anew as cheaply as can be (not above 0: it does not pay)."""
    cost = scene.paths.cost[x]
    _leave_path(scene, work, x, move)
    if junction:
        work.gone[x] = move
        for p in range(n_parts - 1):
            cost += scene.paths.cost[work.parts[p]]
            _leave_path(scene, work, work.parts[p], move)
    work.link_cost[:n_parts, :n_parts] = cost
    _links_upwards(scene, work, x, n_parts, move)
    if junction:
        _links_across(scene, work, x, n_parts, move)
    for y in _regions_left(scene, work, x, n_parts, junction, cost):
        _links_at(scene, work, y, n_parts, move)
    return cost - _cheapest_joins(work, n_parts, cost)


@njit
def _leave_path(scene: Scene, work: Work, x: int, move: int) -> None:
    """Mark the inner nodes of the key path above `x` as gone."""
    x = scene.net.tail[scene.tree.via[x]]
    while not scene.paths.key[x]:
        work.gone[x] = move
        x = scene.net.tail[scene.tree.via[x]]


@njit
def _offer(work: Work, p: int, q: int, cost: int, edge: int) -> None:
    """Note that `edge` joins parts p and q at this `cost`, if nothing cheaper does."""
    if cost < work.link_cost[p, q]:
        work.link_cost[p, q] = cost
        work.link_cost[q, p] = cost
        work.link_edge[p, q] = edge
        work.link_edge[q, p] = edge


@njit
def _part_of(scene: Scene, work: Work, n_parts: int, x: int) -> int:
    """The number of the part that tree node `x` is in."""
    for p in range(n_parts - 1):
        if is_below(scene.tree, x, work.parts[p]):
            return p
    return n_parts - 1


@njit
def _links_upwards(scene: Scene, work: Work, x: int, n_parts: int, move: int) -> None:
    """The cheapest border edge from each part to the rest of the tree.

    Edges that stay below `x`, or end on what is gone, are dropped for good: seen from any node farther up
    both their ends are in its branch.
    """
    borders = scene.borders
    for p in range(n_parts - 1):
        item = borders.top[work.parts[p]]
        while item >= 0:
            end = other_base(scene.net, scene.ground, borders, item)
            if not (is_below(scene.tree, end, x) or work.gone[end] == move):
                _offer(work, p, n_parts - 1, borders.cost[item >> 1], borders.edge[item >> 1])
                break
            item = drop_least(borders, item)
        borders.top[work.parts[p]] = item


@njit
def _links_across(scene: Scene, work: Work, x: int, n_parts: int, move: int) -> None:
    """The cheapest border edges between branches that meet at `x`."""
    k = scene.borders.first_here[x]
    while k >= 0:
        edge = scene.borders.edge[k]
        a = scene.ground.base[scene.net.tail[2 * edge]]
        b = scene.ground.base[scene.net.tail[2 * edge + 1]]
        if work.gone[a] != move and work.gone[b] != move:
            p, q = _part_of(scene, work, n_parts, a), _part_of(scene, work, n_parts, b)
            if p != q:
                _offer(work, p, q, scene.borders.cost[k], edge)
        k = scene.borders.next_here[k]


@njit
def _regions_left(scene: Scene, work: Work, x: int, n_parts: int, junction: bool, limit: int) -> np.ndarray:
    """The nodes in the regions of what is gone, each with its new base where one is nearer than `limit`."""
    count = 0
    for p in range(-1, n_parts - 1 if junction else 0):
        y = x if p < 0 else work.parts[p]
        y = scene.net.tail[scene.tree.via[y]]
        while not scene.paths.key[y]:
            count = _list_region(scene, work, y, count)
            y = scene.net.tail[scene.tree.via[y]]
    if junction:
        count = _list_region(scene, work, x, count)
    _new_bases(scene, work, work.nodes[:count], work.gone[scene.ground.base[work.nodes[0]]] if count else 0, limit)
    return work.nodes[:count]


@njit
def _list_region(scene: Scene, work: Work, base: int, count: int) -> int:
    x = scene.ground.first[base]
    while x >= 0:
        work.nodes[count] = x
        count += 1
        x = scene.ground.next[x]
    return count


@njit
def _new_bases(scene: Scene, work: Work, nodes: np.ndarray, move: int, limit: int) -> None:
    """Grow the regions around over the `nodes` that lost their base, up to distance `limit`."""
    net, ground = scene.net, scene.ground
    size = 0
    for y in nodes:
        for j in range(net.start[y], net.start[y + 1]):
            z = net.to[j]
            if ground.base[z] < 0 or work.gone[ground.base[z]] == move:
                continue
            there = ground.distance[z] + net.cost[net.out[j] >> 1]
            if there < work.distance[y] and there < limit:
                work.distance[y], work.base[y], work.via[y] = there, ground.base[z], net.out[j] ^ 1
        if work.distance[y] < FAR:
            size = push(work.heap, work.place, work.distance, size, y)
    while size > 0:
        y = work.heap[0]
        size = drop_top(work.heap, work.place, work.distance, size)
        for j in range(net.start[y], net.start[y + 1]):
            z = net.to[j]
            there = work.distance[y] + net.cost[net.out[j] >> 1]
            if there < limit and there < work.distance[z] and work.gone[ground.base[z]] == move:
                work.distance[z], work.base[z], work.via[z] = there, work.base[y], net.out[j]
                size = push(work.heap, work.place, work.distance, size, z)


@njit
def _links_at(scene: Scene, work: Work, y: int, n_parts: int, move: int) -> None:
    """The ways through the edges at `y`, a node with a new base."""
    net, ground = scene.net, scene.ground
    if work.distance[y] == FAR:
        return
    p = _part_of(scene, work, n_parts, work.base[y])
    for j in range(net.start[y], net.start[y + 1]):
        z = net.to[j]
        base, far = ground.base[z], ground.distance[z]
        if work.gone[base] == move:
            base, far = work.base[z], work.distance[z]
        if base < 0 or base == work.base[y]:
            continue
        q = _part_of(scene, work, n_parts, base)
        if p != q:
            edge = net.out[j] >> 1
            _offer(work, p, q, work.distance[y] + net.cost[edge] + far, edge)


@njit
def _cheapest_joins(work: Work, n_parts: int, limit: int) -> int:
    """The cheapest tree over the parts (Prim 1957); its edges go to the front of `work.heap`. `limit` if none
    is cheaper."""
    best = np.full(n_parts, limit, np.int64)
    from_part = np.zeros(n_parts, np.int32)
    done = np.zeros(n_parts, np.bool_)
    total = 0
    p = n_parts - 1
    for k in range(n_parts - 1):
        done[p] = True
        nearest = -1
        for q in range(n_parts):
            if not done[q]:
                if work.link_cost[p, q] < best[q]:
                    best[q], from_part[q] = work.link_cost[p, q], p
                if nearest < 0 or best[q] < best[nearest]:
                    nearest = q
        total += best[nearest]
        if total >= limit:
            return limit
        work.heap[k] = work.link_edge[from_part[nearest], nearest]
        p = nearest
    return total


@njit
def _tidy(scene: Scene, work: Work, x: int, n_parts: int, junction: bool) -> None:
    """Forget the new bases."""
    for p in range(-1, n_parts - 1 if junction else 0):
        y = x if p < 0 else work.parts[p]
        y = scene.net.tail[scene.tree.via[y]]
        while not scene.paths.key[y]:
            _forget_region(scene, work, y)
            y = scene.net.tail[scene.tree.via[y]]
    if junction:
        _forget_region(scene, work, x)


@njit
def _forget_region(scene: Scene, work: Work, base: int) -> None:
    x = scene.ground.first[base]
    while x >= 0:
        work.distance[x], work.base[x], work.via[x] = FAR, -1, -1
        x = scene.ground.next[x]


@njit
def _meld_branches(scene: Scene, x: int) -> None:
    """Bring the heaps of the branches below `x` together in that of x."""
    borders, net = scene.borders, scene.net
    child = scene.paths.first_child[x]
    while child >= 0:
        y = child
        while y != x:
            borders.top[x] = meld(borders.cost, borders.left, borders.right, borders.top[x], borders.top[y])
            y = net.tail[scene.tree.via[y]]
        child = scene.paths.next_child[child]


@njit
def _write(
    scene: Scene, work: Work, x: int, n_parts: int, junction: bool, arcs: np.ndarray, at: int
) -> tuple[np.ndarray, int, int]:
    """Append the move to `arcs` from position `at`: the arcs taken off, then the new ways. The array (longer
    if need be), how many arcs are taken off, and where the move ends."""
    begin = at
    for p in range(-1, n_parts - 1 if junction else 0):
        y = x if p < 0 else work.parts[p]
        end = scene.paths.above[y]
        while y != end:
            arcs = longer(arcs, at + 1)
            arcs[at] = scene.tree.via[y]
            at += 1
            y = scene.net.tail[scene.tree.via[y]]
    removed = at - begin
    for k in range(n_parts - 1):
        arcs, at = _write_way(scene, work, work.heap[k], arcs, at)
    return arcs, removed, at


@njit
def _write_way(scene: Scene, work: Work, edge: int, arcs: np.ndarray, at: int) -> tuple[np.ndarray, int]:
    """Append the way from base to base through `edge`."""
    begin = at
    x = scene.net.tail[2 * edge]
    arc = _arrival(scene, work, x)
    while arc >= 0:
        arcs = longer(arcs, at + 1)
        arcs[at] = arc
        at += 1
        arc = _arrival(scene, work, scene.net.tail[arc])
    arcs[begin:at] = arcs[begin:at][::-1].copy()
    arcs = longer(arcs, at + 1)
    arcs[at] = 2 * edge
    at += 1
    arc = _arrival(scene, work, scene.net.tail[2 * edge + 1])
    while arc >= 0:
        arcs = longer(arcs, at + 1)
        arcs[at] = arc ^ 1
        at += 1
        arc = _arrival(scene, work, scene.net.tail[arc])
    return arcs, at


@njit
def _arrival(scene: Scene, work: Work, x: int) -> int:
    """The arc by which the way from the (new, where there is one) base arrives at `x`."""
    return work.via[x] if work.distance[x] < FAR else scene.ground.via[x]

