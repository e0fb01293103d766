"""The shared tree against what can be known: drawings, brute force, networkx, published optima."""

import csv
import gzip
from itertools import chain, combinations
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phusong.steiner import (
    BY_TREE,
    BrokenPlanError,
    CostGraph,
    Tree,
    cheapest_mix,
    cheapest_paths,
    cheapest_tree,
    verify_tree,
)

Edges = list[tuple[int, int, float]]


def graph_of(edges: Edges, roots: list[int], n_nodes: int | None = None) -> CostGraph:
    u, v, cost = (np.array([e[i] for e in edges]) for i in range(3)) if edges else (np.empty(0, int),) * 3
    size = n_nodes if n_nodes is not None else int(max(u.max(), v.max())) + 1
    return CostGraph(size, u.astype(int), v.astype(int), cost.astype(float), np.array(roots, dtype=int))


def solve(graph: CostGraph, terminals: list[int]) -> Tree:
    tree = cheapest_tree(graph, np.array(terminals, dtype=int))
    verify_tree(graph, np.array(terminals, dtype=int), tree)
    return tree


def grid(width: int, height: int, cost: float = 1) -> Edges:
    at = lambda x, y: y * width + x  # noqa: E731
    across = [(at(x, y), at(x + 1, y), cost) for y in range(height) for x in range(width - 1)]
    down = [(at(x, y), at(x, y + 1), cost) for y in range(height - 1) for x in range(width)]
    return across + down


def optimum(graph: CostGraph, terminals: list[int]) -> float:
    """The cheapest tree by brute force: a spanning tree for every choice of further nodes."""
    net = nx.Graph()
    net.add_nodes_from([*range(graph.n_nodes), "hub"])
    for a, b, cost in zip(graph.u.tolist(), graph.v.tolist(), graph.cost.tolist(), strict=True):
        a, b = ("hub" if node in graph.roots else node for node in (a, b))
        if a != b and cost < net.get_edge_data(a, b, {"weight": np.inf})["weight"]:
            net.add_edge(a, b, weight=cost)
    must = {"hub" if t in graph.roots else t for t in terminals} | {"hub"}
    others = [node for node in net if node not in must]
    best = np.inf
    for more in chain.from_iterable(combinations(others, k) for k in range(len(others) + 1)):
        part = net.subgraph(must | set(more))
        if nx.is_connected(part):
            best = min(best, nx.minimum_spanning_tree(part).size(weight="weight"))
    return best


def test_trunk_is_paid_once() -> None:
    # root 0 ──10── 1 ──1── 2 (site)
    #               └───1── 3 (site)      12, not 11 + 11
    tree = solve(graph_of([(0, 1, 10), (1, 2, 1), (1, 3, 1)], [0]), [2, 3])
    assert tree.cost == 12


def test_sites_meet_at_a_junction_that_is_on_nobodys_own_way() -> None:
    # Three corners 20 apart by road, 11 from a well in the middle: by the well 33, round about 40.
    edges = [(0, 1, 20), (1, 2, 20), (0, 2, 20), (0, 3, 11), (1, 3, 11), (2, 3, 11)]
    assert solve(graph_of(edges, [0]), [1, 2]).cost == 33


def test_each_site_goes_to_the_fibre_that_is_nearest() -> None:
    # 0 ─1─ 1 ─9─ 2 ─1─ 3 with fibre at both ends
    tree = solve(graph_of([(0, 1, 1), (1, 2, 9), (2, 3, 1)], [0, 3]), [1, 2])
    assert tree.cost == 2


def test_of_two_roads_between_the_same_places_the_cheaper_is_taken() -> None:
    tree = solve(graph_of([(0, 1, 7), (1, 0, 5), (0, 1, 6)], [0]), [1])
    assert tree.edges.tolist() == [1]


def test_free_edges_lead_on() -> None:
    # An edge of no cost is a way, not a gap; and it is in the tree, so that the drawing has no hole.
    tree = solve(graph_of([(0, 1, 4), (1, 2, 0), (2, 3, 5), (2, 2, 0)], [0]), [3])
    assert tree.cost == 9
    assert tree.edges.tolist() == [0, 1, 2]


def test_what_no_road_reaches_is_named() -> None:
    tree = solve(graph_of([(0, 1, 4), (2, 3, 5)], [0]), [1, 3])
    assert tree.unreached.tolist() == [3]
    assert tree.cost == 4


@pytest.mark.parametrize(
    ("roots", "terminals", "unreached"),
    [([], [1, 2], [1, 2]), ([0], [], []), ([0], [0], []), ([0, 1, 2], [2], [])],
)
def test_nothing_to_build(roots: list[int], terminals: list[int], unreached: list[int]) -> None:
    tree = solve(graph_of([(0, 1, 4), (1, 2, 4)], roots), terminals)
    assert (tree.cost, tree.edges.tolist(), tree.unreached.tolist()) == (0, [], unreached)


def test_a_graph_without_edges() -> None:
    graph = graph_of([], [0], n_nodes=3)
    assert solve(graph, [0, 2]).unreached.tolist() == [2]
    mix = cheapest_mix(graph, np.array([0, 2]), np.array([1.0, np.inf]))
    assert (mix.way == BY_TREE).tolist() == [True, False]


def random_graph(seed: int, nodes: int, extra: int) -> tuple[CostGraph, np.random.Generator]:
    rng = np.random.default_rng(seed)
    tree = [(int(rng.integers(0, i)), i, float(rng.integers(1, 30))) for i in range(1, nodes)]
    more = [
        (*map(int, rng.choice(nodes, 2, replace=False)), float(rng.integers(1, 30))) for _ in range(extra)
    ]
    return graph_of(tree + more, [0], nodes), rng


def test_never_below_the_optimum_and_hardly_above() -> None:
    over = []
    for seed in range(60):
        graph, rng = random_graph(seed, 10, 10)
        terminals = rng.choice(np.arange(1, 10), 4, replace=False).tolist()
        best, found = optimum(graph, terminals), solve(graph, terminals).cost
        assert best <= found
        over.append(found / best - 1)
    assert np.mean(over) < 0.001
    assert max(over) < 0.05


def test_never_dearer_than_networkx() -> None:
    for seed in range(15):
        graph, rng = random_graph(seed, 80, 70)
        terminals = rng.choice(np.arange(1, 80), 12, replace=False).tolist()
        net = nx.Graph()
        for a, b, cost in zip(graph.u.tolist(), graph.v.tolist(), graph.cost.tolist(), strict=True):
            if cost < net.get_edge_data(a, b, {"weight": np.inf})["weight"]:
                net.add_edge(a, b, weight=cost)
        theirs = nx.algorithms.approximation.steiner_tree(net, [0, *terminals], method="mehlhorn")
        assert solve(graph, terminals).cost <= theirs.size(weight="weight")


def test_a_grid_with_ties_gives_the_same_tree_however_it_is_numbered() -> None:
    edges = grid(7, 7)
    terminals = [6, 24, 42, 48, 10]
    first = solve(graph_of(edges, [0]), terminals)
    order = np.random.default_rng(3).permutation(len(edges))
    mixed = graph_of([edges[i] for i in order], [0])
    assert solve(mixed, terminals[::-1]).cost == first.cost


@given(seed=st.integers(0, 500), factor=st.integers(2, 1000))
def test_prices_that_are_all_higher_scale_the_cost(seed: int, factor: int) -> None:
    graph, rng = random_graph(seed, 25, 20)
    terminals = rng.choice(np.arange(1, 25), 6, replace=False).tolist()
    dear = CostGraph(graph.n_nodes, graph.u, graph.v, graph.cost * factor, graph.roots)
    one, other = solve(graph, terminals), solve(dear, terminals)
    assert other.edges.tolist() == one.edges.tolist()
    assert other.cost == one.cost * factor


@given(seed=st.integers(0, 500))
def test_more_fibre_to_tap_and_fewer_sites_do_not_cost_more(seed: int) -> None:
    # True of the optimum; this tree may miss by what it is above it (6 % at most on these graphs).
    graph, rng = random_graph(seed, 25, 20)
    *terminals, last = rng.choice(np.arange(1, 25), 6, replace=False).tolist()
    all_of_them = solve(graph, [*terminals, last]).cost
    tapped = CostGraph(graph.n_nodes, graph.u, graph.v, graph.cost, np.array([0, last]))
    assert solve(tapped, terminals).cost <= all_of_them * 1.10
    assert solve(graph, terminals).cost <= all_of_them * 1.10


def test_own_ways_are_the_shortest() -> None:
    graph, _rng = random_graph(5, 40, 40)
    net = nx.MultiGraph()
    for a, b, cost in zip(graph.u.tolist(), graph.v.tolist(), graph.cost.tolist(), strict=True):
        net.add_edge(a, b, weight=cost)
    lengths = nx.single_source_dijkstra_path_length(net, 0)
    paths = cheapest_paths(graph, np.arange(40))
    assert [graph.cost[path].sum() for path in paths] == [lengths[node] for node in range(40)]


def instead(graph: CostGraph, terminals: list[int], prizes: list[float]) -> tuple[float, list[bool]]:
    mix = cheapest_mix(graph, np.array(terminals), np.array(prizes, dtype=float))
    kept = mix.way == BY_TREE
    verify_tree(graph, np.array(terminals)[kept], mix.tree)
    return mix.tree.cost + sum(p for p, k in zip(prizes, kept, strict=True) if not k), kept.tolist()


def test_a_branch_dearer_than_its_alternatives_is_cut() -> None:
    # 0 ──10── 1 (site, alternative 30) ──50── 2 (site, alternative 20)
    graph = graph_of([(0, 1, 10), (1, 2, 50)], [0])
    assert instead(graph, [1, 2], [30, 20]) == (30, [True, False])


def test_neighbours_share_a_line_that_neither_is_worth_alone() -> None:
    # 0 ──10── 1 with two sites behind it, each with an alternative for 8
    graph = graph_of([(0, 1, 10), (1, 2, 1), (1, 3, 1)], [0])
    assert instead(graph, [2, 3], [8, 8]) == (12, [True, True])
    assert instead(graph, [2], [8]) == (8, [False])


def test_a_site_that_only_fibre_will_do_for_carries_the_line_for_its_neighbour() -> None:
    graph = graph_of([(0, 1, 1000), (1, 2, 5)], [0])
    assert instead(graph, [1, 2], [np.inf, 6]) == (1005, [True, True])
    assert instead(graph, [1, 2], [np.inf, 4]) == (1004, [True, False])


def test_an_alternative_cheaper_than_the_terminal_wins_even_on_the_line() -> None:
    graph = graph_of([(0, 1, 10)], [0])
    assert instead(graph, [1, 0], [np.inf, -1]) == (9, [True, False])


@given(seed=st.integers(0, 300))
def test_with_alternatives_never_dearer_than_all_or_nothing(seed: int) -> None:
    graph, rng = random_graph(seed, 20, 15)
    terminals = rng.choice(np.arange(1, 20), 5, replace=False).tolist()
    prizes = rng.integers(1, 40, 5).astype(float).tolist()
    cost, _kept = instead(graph, terminals, prizes)
    assert cost <= sum(prizes)
    assert cost <= solve(graph, terminals).cost * 1.10


def test_the_choice_of_alternatives_is_near_the_best_of_all_choices() -> None:
    over = []
    for seed in range(25):
        graph, rng = random_graph(seed, 9, 7)
        terminals = rng.choice(np.arange(1, 9), 4, replace=False).tolist()
        prizes = rng.integers(5, 40, 4).astype(float).tolist()
        best = min(
            optimum(graph, [t for t, on in zip(terminals, keep, strict=True) if on])
            + sum(p for p, on in zip(prizes, keep, strict=True) if not on)
            for keep in np.ndindex(2, 2, 2, 2)
        )
        found, _kept = instead(graph, terminals, prizes)
        assert found >= best
        over.append(found / best - 1)
    assert np.mean(over) < 0.02


GOOD = graph_of([(0, 1, 3), (1, 2, 4), (2, 3, 5), (1, 3, 6), (4, 5, 1)], [0])


@pytest.mark.parametrize(
    ("edges", "cost", "unreached", "says"),
    [
        ([0, 1, 2, 3], 18, [], "ring"),
        ([0, 0, 1, 2], 15, [], "twice"),
        ([1, 2], 9, [], "do not lead to existing fibre"),
        ([0, 1], 7, [], "not on the tree"),
        ([0, 1, 2], 11, [], "do not add up"),
        ([0, 1], 7, [3], "left out though a path reaches"),
        ([0, 1, 2, 4], 13, [], "do not lead to existing fibre"),
    ],
)
def test_a_plan_that_is_not_what_it_says_is_never_shown(
    edges: list[int], cost: float, unreached: list[int], says: str
) -> None:
    verify_tree(GOOD, np.array([2, 3]), Tree(np.array([0, 1, 2]), 12, np.array([], dtype=int)))
    with pytest.raises(BrokenPlanError, match=says):
        verify_tree(GOOD, np.array([2, 3]), Tree(np.array(edges), cost, np.array(unreached, dtype=int)))


@pytest.mark.reference
@pytest.mark.parametrize("name", ["LIN/lin01", "LIN/lin04", "ALUE/alue7066", "vienna-i-simple/I053"])
def test_published_optima(shared: Path, name: str) -> None:
    # The optima are those of the PACE 2018 challenge; this first form is within 3 % of them.
    folder = shared / "steiner"
    rows = csv.DictReader((folder / "manifest.csv").open(encoding="utf-8"))
    best = next(float(row["upper"]) for row in rows if row["file"] == f"pace2018_{name}.gr.gz")
    with gzip.open(folder / f"pace2018_{name}.gr.gz", "rt") as file:
        words = [line.split() for line in file]
    edges = [(int(w[1]) - 1, int(w[2]) - 1, float(w[3])) for w in words if w[:1] == ["E"]]
    root, *terminals = [int(w[1]) - 1 for w in words if w[:1] == ["T"]]
    found = solve(graph_of(edges, [root]), terminals).cost
    assert best <= found <= best * 1.03
