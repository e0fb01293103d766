"""Figures of the Steiner engine: published instances, and the same roads given to other libraries.

    python tests/benchmarks/bench_steiner.py [published] [proof] [libraries] [nation]

CPU seconds of one thread, after a warm-up that compiles the kernels.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from steiner_instances import Instance, listed, read_listed

from benchmarks.mountain_roads import Roads, mountain_roads
from phusong.steiner import CostGraph, Tree, cheapest_mix, cheapest_tree, verify_tree

PUBLISHED = ("vienna-i-simple", "vienna-geo-original", "LIN", "ALUE", "ES1000FST")


def main(chosen: list[str]) -> None:
    """Run the chosen parts (all but the nation by default)."""
    parts: dict[str, Callable[[], None]] = {
        "published": published,
        "prizes": prizes,
        "proof": proof,
        "libraries": libraries,
        "nation": nation,
    }
    _tree(mountain_roads(2000, 30, 0))
    for name in chosen or ["published", "prizes", "proof", "libraries"]:
        parts[name]()


def timed(call: Callable[[], object]) -> tuple[object, float]:
    """The answer and the CPU seconds it took."""
    begin = time.process_time()
    answer = call()
    return answer, time.process_time() - begin


def published() -> None:
    """True and certified gaps on published instances, a line a family."""
    for family in PUBLISHED:
        rows = np.array([_published(read_listed(row)) for row in listed(family)])
        if len(rows):
            mean, most = rows.mean(axis=0), rows.max(axis=0)
            print(
                f"{family:20} {len(rows):3} instances  true {mean[0]:.4f} % (max {most[0]:.4f})  "
                f"certified {mean[1]:.4f} % (max {most[1]:.4f})  {mean[2]:.2f} s (max {most[2]:.2f})"
            )


def _published(it: Instance) -> tuple[float, float, float]:
    graph = CostGraph(it.n_nodes, it.u, it.v, it.cost, it.terminals[:1])
    tree, seconds = timed(lambda: cheapest_tree(graph, it.terminals[1:]))
    assert isinstance(tree, Tree)
    verify_tree(graph, it.terminals[1:], tree)
    assert tree.bound <= it.upper * (1 + 1e-9)
    row = 100 * (tree.cost / it.upper - 1), 100 * tree.gap, seconds
    print(
        f"  {it.name:12} {it.n_nodes:6} nodes {len(it.terminals):5} terminals  true {row[0]:.4f} %  "
        f"certified {row[1]:.4f} %  {seconds:.2f} s",
        flush=True,
    )
    return row


def prizes() -> None:
    """Rooted access networks with prizes: cost and bound against the published optimum."""
    for row in listed("cologne"):
        it = read_listed(row)
        graph = CostGraph(it.n_nodes, it.u, it.v, it.cost, np.array([it.root]))
        sites = np.array(sorted(it.prizes))
        worth = np.array([it.prizes[s] for s in sites.tolist()])
        begin = time.process_time()
        mix = cheapest_mix(graph, sites, worth)
        seconds = time.process_time() - begin
        print(
            f"  {it.name:12} true {100 * (mix.cost / it.upper - 1):.5f} %  "
            f"gap {100 * mix.gap:.5f} %  {seconds:.2f} s"
        )


def proof() -> None:
    """200 sites on roads of 180,000 nodes, five seeds: the proven gap."""
    for seed in range(5):
        roads = mountain_roads(58_000, 200, seed)
        tree, seconds = timed(lambda roads=roads: _tree(roads))
        assert isinstance(tree, Tree)
        print(
            f"  200 sites, {roads.n_nodes} nodes, seed {seed}: gap {100 * tree.gap:.4f} %  {seconds:.2f} s",
            flush=True,
        )


def libraries() -> None:
    """The same 200,000-node roads for networkx and rustworkx, with building their graphs."""
    roads = mountain_roads(58_000, 300, 1)
    begin = time.process_time()
    ours = cheapest_tree(_graph(roads), roads.sites, quick=True, certificate=False)
    seconds = time.process_time() - begin
    print(f"  ours       {ours.cost:.0f}  {seconds:.2f} s  certified {100 * ours.gap:.3f} %")
    for name, theirs in (("networkx", _networkx), ("rustworkx", _rustworkx)):
        cost, their_seconds = timed(lambda theirs=theirs: theirs(roads))
        assert isinstance(cost, float)
        print(
            f"  {name:10} {cost:.0f}  {their_seconds:.2f} s  {100 * (cost / ours.cost - 1):.2f} % dearer, "
            f"{their_seconds / seconds:.1f} times as long",
            flush=True,
        )


def nation() -> None:
    """Roads of a nation with 11,000 sites: seconds, memory, certified gap."""
    roads = mountain_roads(1_350_000, 11_000, 1, pieces=2.95, towns=63)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    tree, seconds = timed(lambda: _tree(roads))
    assert isinstance(tree, Tree)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"  {roads.n_nodes} nodes, {len(roads.u)} edges: {seconds:.1f} s, gap {100 * tree.gap:.3f} %, "
        f"peak {peak:.2f} GB (making the roads: {before:.2f} GB)"
    )


def _graph(roads: Roads) -> CostGraph:
    return CostGraph(roads.n_nodes, roads.u, roads.v, roads.cost, roads.fibre)


def _tree(roads: Roads) -> Tree:
    return cheapest_tree(_graph(roads), roads.sites)


def _one_root(roads: Roads) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The roads with all fibre as node 0, of parallel edges the cheapest last."""
    at = np.arange(1, roads.n_nodes + 1)
    at[roads.fibre] = 0
    order = np.argsort(-roads.cost, kind="stable")
    u, v, cost = at[roads.u][order], at[roads.v][order], roads.cost[order]
    kept = u != v
    return u[kept], v[kept], cost[kept]


def _networkx(roads: Roads) -> float:
    import networkx as nx

    net = nx.Graph()
    net.add_weighted_edges_from(zip(*(a.tolist() for a in _one_root(roads)), strict=True))
    wanted = [0, *(roads.sites + 1).tolist()]
    return float(
        nx.algorithms.approximation.steiner_tree(net, wanted, method="mehlhorn").size(weight="weight")
    )


def _rustworkx(roads: Roads) -> float:
    import rustworkx as rx

    net = rx.PyGraph(multigraph=False)
    net.add_nodes_from(range(roads.n_nodes + 1))
    net.add_edges_from(list(zip(*(a.tolist() for a in _one_root(roads)), strict=True)))
    tree = rx.steiner_tree(net, [0, *(roads.sites + 1).tolist()], float)
    return float(sum(tree.edges()))


if __name__ == "__main__":
    main(sys.argv[1:])
