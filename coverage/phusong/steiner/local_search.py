"""Cheaper trees near a given one: key-path exchange and key-vertex elimination.

Uchoa and Werneck (2010), "Fast local search for Steiner trees in graphs": both neighbourhoods are looked
through in one sweep from the ends of the branches to the root. Here the sweep only collects what would
pay; `moves.py` then carries the moves out, the largest saving first, each checked on the tree as it is then.
"""

import numpy as np

from phusong.jit import leaf, njit
from phusong.steiner.borders import meld
from phusong.steiner.graph import FAR, Net, longer
from phusong.steiner.heap import drop_top, push
from phusong.steiner.moves import carry_out
from phusong.steiner.scene import MOST_PARTS, Scene, Work, changed_since, look_around, room_for
from phusong.steiner.starts import tree_on


def improve(net: Net, wanted: np.ndarray, root: int, chosen: np.ndarray, rounds: int = 40) -> np.ndarray:
    """The tree of the `chosen` edges (m) made cheaper until no move pays, or `rounds` are over.

    `root` and the ends of the tree are wanted.
    """
    cost = int(net.cost[chosen].sum())
    before: Scene | None = None
    for _round in range(rounds):
        scene = look_around(net, wanted, root, chosen, before)
        gain, removed, first, arcs = _sweep(scene, wanted, changed_since(scene, before))
        if not len(gain):
            break
        before = scene
        inside = carry_out(net, wanted, chosen, np.argsort(-gain, kind="stable"), removed, first, arcs)
        better = tree_on(net, inside, wanted, root)
        better_cost = int(net.cost[better].sum())
        if better_cost >= cost:
            break
        chosen, cost = better, better_cost
    return chosen


@njit()
def _sweep(
    scene: Scene, wanted: np.ndarray, changed: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All moves that pay, each by itself: what it saves, and its arcs `arcs[first[i]:first[i + 1]]`, of which
    the first `removed[i]` leave the tree and the others are new ways, each from base to base.

    Ways across what a move takes off the tree are looked for only where something `changed` since the last
    time.
    """
    work = room_for(len(wanted))
    order = scene.order
    gain = np.empty(2 * len(order), np.int64)
    removed = np.empty(2 * len(order), np.int32)
    first = np.zeros(2 * len(order) + 1, np.int32)
    arcs = np.empty(1024, np.int32)
    count = 0
    for i in range(len(order) - 1, 0, -1):
        x = order[i]
        if not scene.key[x]:
            continue
        for junction in (True, False):
            n_parts = _parts(scene, work, wanted, x, junction)
            if n_parts > 0:
                saved, touched = _saving(scene, work, changed, x, n_parts, junction, 2 * i + junction)
                if saved > 0:
                    arcs, old, end = _write(scene, work, x, n_parts, junction, arcs, first[count])
                    gain[count], removed[count], first[count + 1] = saved, old, end
                    count += 1
                _forget(work, touched)
            if junction:
                _meld_branches(scene, x)
    return gain[:count], removed[:count], first[: count + 1], arcs[: first[count]]


@leaf()
def _parts(scene: Scene, work: Work, wanted: np.ndarray, x: int, junction: bool) -> int:
    """Put the tops of the parts that a move at `x` cuts off into `work.parts`; how many parts there are then,
    with the rest (0: no such move). The move takes off the key path above x, or the `junction` x with all
    the key paths at it."""
    if not junction:
        work.parts[0] = x
        return 2
    if wanted[x] or scene.degree[x] > MOST_PARTS:
        return 0
    count = 0
    child = scene.first_child[x]
    while child >= 0:
        work.parts[count] = child
        count += 1
        child = scene.next_child[child]
    return count + 1


@leaf()
def _saving(
    scene: Scene, work: Work, changed: np.ndarray, x: int, n_parts: int, junction: bool, move: int
) -> tuple[int, int]:
    """What the move saves when the parts are joined anew as cheaply as can be (not above 0: it does not pay),
    and how many nodes lost their base by it."""
    cost = scene.path_cost[x]
    _leave_path(scene, work, x, move)
    if junction:
        work.gone[x] = move
        for p in range(n_parts - 1):
            cost += scene.path_cost[work.parts[p]]
            _leave_path(scene, work, work.parts[p], move)
    for p in range(n_parts):
        for q in range(n_parts):
            work.link_cost[p, q] = cost
    _links_upwards(scene, work, x, n_parts, move)
    if junction:
        _links_across(scene, work, x, n_parts, move)
    count = _regions_left(scene, work, x, n_parts, junction)
    if _anychanged_since(scene, work, changed, count, x, n_parts, junction):
        _new_bases(scene, work, count, move, cost)
        _links_through(scene, work, count, n_parts, move)
    return cost - _cheapest_joins(work, n_parts, cost), count


@leaf()
def _leave_path(scene: Scene, work: Work, x: int, move: int) -> None:
    """Mark the inner nodes of the key path above `x` as gone."""
    x = scene.tail[scene.via[x]]
    while not scene.key[x]:
        work.gone[x] = move
        x = scene.tail[scene.via[x]]


@leaf()
def _offer(link_cost: np.ndarray, link_edge: np.ndarray, p: int, q: int, cost: int, edge: int) -> None:
    """Note that `edge` joins parts p and q at this `cost`, if nothing cheaper does."""
    if cost < link_cost[p, q]:
        link_cost[p, q] = cost
        link_cost[q, p] = cost
        link_edge[p, q] = edge
        link_edge[q, p] = edge


@leaf()
def _part_of(rank: np.ndarray, size: np.ndarray, parts: np.ndarray, n_parts: int, x: int) -> int:
    """The number of the part that tree node `x` is in."""
    for p in range(n_parts - 1):
        top = parts[p]
        if rank[top] <= rank[x] < rank[top] + size[top]:
            return p
    return n_parts - 1


@leaf()
def _links_upwards(scene: Scene, work: Work, x: int, n_parts: int, move: int) -> None:
    """The cheapest border edge from each part to the rest of the tree.

    Edges that stay below `x`, or end on what is gone, are dropped for good: seen from any node farther up
    both their ends are in its branch.
    """
    for p in range(n_parts - 1):
        item = scene.top[work.parts[p]]
        while item >= 0:
            end = scene.base[scene.tail[2 * scene.border[item >> 1] + 1 - (item & 1)]]
            below = scene.rank[x] <= scene.rank[end] < scene.rank[x] + scene.size[x]
            if not (below or work.gone[end] == move):
                cost, edge = scene.border_cost[item >> 1], scene.border[item >> 1]
                _offer(work.link_cost, work.link_edge, p, n_parts - 1, cost, edge)
                break
            item = meld(scene.border_cost, scene.left, scene.right, scene.left[item], scene.right[item])
        scene.top[work.parts[p]] = item


@leaf()
def _links_across(scene: Scene, work: Work, x: int, n_parts: int, move: int) -> None:
    """The cheapest border edges between branches that meet at `x`."""
    k = scene.first_here[x]
    while k >= 0:
        edge = scene.border[k]
        a, b = scene.base[scene.tail[2 * edge]], scene.base[scene.tail[2 * edge + 1]]
        if work.gone[a] != move and work.gone[b] != move:
            p = _part_of(scene.rank, scene.size, work.parts, n_parts, a)
            q = _part_of(scene.rank, scene.size, work.parts, n_parts, b)
            if p != q:
                _offer(work.link_cost, work.link_edge, p, q, scene.border_cost[k], edge)
        k = scene.next_here[k]


@leaf()
def _regions_left(scene: Scene, work: Work, x: int, n_parts: int, junction: bool) -> int:
    """List the nodes in the regions of what the move takes off the tree in `work.nodes`; how many."""
    count = 0
    for p in range(-1, n_parts - 1 if junction else 0):
        base = scene.tail[scene.via[x if p < 0 else work.parts[p]]]
        # The junction itself is gone too: once, with its own key path.
        if p < 0 and junction:
            count = _list_region(scene.first_node, scene.next_node, work.nodes, x, count)
        while not scene.key[base]:
            count = _list_region(scene.first_node, scene.next_node, work.nodes, base, count)
            base = scene.tail[scene.via[base]]
    return count


@leaf()
def _anychanged_since(
    scene: Scene, work: Work, changed: np.ndarray, count: int, x: int, n_parts: int, junction: bool
) -> bool:
    """Has anything changed at the `nodes` or at the ends of the key paths that the move takes off?"""
    if changed[x] or changed[scene.above[x]]:
        return True
    if junction:
        for p in range(n_parts - 1):
            if changed[work.parts[p]]:
                return True
    for k in range(count):
        y = work.nodes[k]
        if changed[y]:
            return True
    return False


@leaf()
def _list_region(first: np.ndarray, following: np.ndarray, nodes: np.ndarray, base: int, count: int) -> int:
    x = first[base]
    while x >= 0:
        nodes[count] = x
        count += 1
        x = following[x]
    return count


@leaf()
def _new_bases(scene: Scene, work: Work, count: int, move: int, limit: int) -> None:
    """Grow the regions around over the `nodes` that lost their base, up to distance `limit`."""
    size = 0
    for k in range(count):
        y = work.nodes[k]
        for j in range(scene.start[y], scene.start[y + 1]):
            z = scene.to[j]
            there = scene.distance[z] + scene.cost[scene.out[j] >> 1]
            if there < limit and there < work.distance[y] and work.gone[scene.base[z]] != move:
                work.distance[y], work.base[y], work.via[y] = there, scene.base[z], scene.out[j] ^ 1
        if work.distance[y] < FAR:
            size = push(work.heap, work.place, work.distance, size, y)
    while size > 0:
        y = work.heap[0]
        size = drop_top(work.heap, work.place, work.distance, size)
        for j in range(scene.start[y], scene.start[y + 1]):
            z = scene.to[j]
            there = work.distance[y] + scene.cost[scene.out[j] >> 1]
            if there < limit and there < work.distance[z] and work.gone[scene.base[z]] == move:
                work.distance[z], work.base[z], work.via[z] = there, work.base[y], scene.out[j]
                size = push(work.heap, work.place, work.distance, size, z)


@leaf()
def _links_through(scene: Scene, work: Work, count: int, n_parts: int, move: int) -> None:
    """The ways through the edges at `nodes`, where those have a new base."""
    for k in range(count):
        y = work.nodes[k]
        if work.distance[y] == FAR:
            continue
        p = _part_of(scene.rank, scene.size, work.parts, n_parts, work.base[y])
        for j in range(scene.start[y], scene.start[y + 1]):
            z = scene.to[j]
            base, far = scene.base[z], scene.distance[z]
            if work.gone[base] == move:
                base, far = work.base[z], work.distance[z]
            if base < 0 or base == work.base[y] or far == FAR:
                continue
            q = _part_of(scene.rank, scene.size, work.parts, n_parts, base)
            if p != q:
                edge = scene.out[j] >> 1
                way = work.distance[y] + scene.cost[edge] + far
                _offer(work.link_cost, work.link_edge, p, q, way, edge)


@leaf()
def _cheapest_joins(work: Work, n_parts: int, limit: int) -> int:
    """The cheapest tree over the parts (Prim 1957); its edges go to the front of `work.heap`. `limit` if none
    is cheaper."""
    best, from_part, done = work.best, work.from_part, work.done
    for q in range(n_parts):
        best[q], from_part[q], done[q] = limit, 0, False
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


@leaf()
def _forget(work: Work, count: int) -> None:
    """Forget the new bases of the first `count` of `work.nodes`."""
    for k in range(count):
        x = work.nodes[k]
        work.distance[x] = FAR
        work.base[x] = -1
        work.via[x] = -1


@leaf()
def _meld_branches(scene: Scene, x: int) -> None:
    """Bring the heaps of the branches below `x` together in that of x."""
    child = scene.first_child[x]
    while child >= 0:
        y = child
        while y != x:
            top = meld(scene.border_cost, scene.left, scene.right, scene.top[x], scene.top[y])
            scene.top[x] = top
            y = scene.tail[scene.via[y]]
        child = scene.next_child[child]


@njit()
def _write(
    scene: Scene, work: Work, x: int, n_parts: int, junction: bool, arcs: np.ndarray, at: int
) -> tuple[np.ndarray, int, int]:
    """Append the move to `arcs` from position `at`: the arcs taken off, then the new ways. The array (longer
    if need be), how many arcs are taken off, and where the move ends."""
    begin = at
    for p in range(-1, n_parts - 1 if junction else 0):
        y = x if p < 0 else work.parts[p]
        end = scene.above[y]
        while y != end:
            arcs = longer(arcs, at + 1)
            arcs[at] = scene.via[y]
            at += 1
            y = scene.tail[scene.via[y]]
    removed = at - begin
    for k in range(n_parts - 1):
        arcs, at = _write_way(scene, work, work.heap[k], arcs, at)
    return arcs, removed, at


@njit()
def _write_way(scene: Scene, work: Work, edge: int, arcs: np.ndarray, at: int) -> tuple[np.ndarray, int]:
    """Append the way from base to base through `edge`."""
    begin = at
    for arc in (2 * edge, 2 * edge + 1):
        x = scene.tail[arc]
        while True:
            step = work.via[x] if work.distance[x] < FAR else scene.arrival[x]
            if step < 0:
                break
            arcs = longer(arcs, at + 2)
            arcs[at] = step if arc == 2 * edge else step ^ 1
            at += 1
            x = scene.tail[step]
        if arc == 2 * edge:
            for k in range((at - begin) // 2):
                arcs[begin + k], arcs[at - 1 - k] = arcs[at - 1 - k], arcs[begin + k]
            arcs = longer(arcs, at + 1)
            arcs[at] = arc
            at += 1
    return arcs, at
