"""Bounds, certificates and exact solutions: against brute force, published optima, and spoiled on purpose."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steiner_instances import listed, read_listed
from test_steiner import graph_of, optimum, random_graph

from phusong.steiner import (
    BrokenPlanError,
    CostGraph,
    Hops,
    Tree,
    certified_bound,
    cheapest_mix,
    cheapest_tree,
    steiner_tree,
    verify_tree,
)
from phusong.steiner.cuts import UNIT, ascent_cuts, broken_cuts
from phusong.steiner.dual_ascent import ascend, both_ways
from phusong.steiner.exact import solve_exactly
from phusong.steiner.graph import FAR, net_of, simple_graph
from phusong.steiner.paths import regions, regions_moved
from phusong.steiner.reductions import originals, reduced, whole_problem

#: Three corners and a well, each way through the well half a unit dearer than the bound can prove.
ODD_WHEEL = [(0, 1, 2), (1, 2, 2), (0, 2, 2), (0, 3, 1), (1, 3, 1), (2, 3, 1)]
#: Work enough for the linear programme of any graph here.
PLENTY = 10**9


def solved(graph: CostGraph, terminals: list[int]) -> Tree:
    tree = cheapest_tree(graph, np.array(terminals))
    verify_tree(graph, np.array(terminals), tree)
    return tree


@settings(max_examples=60)
@given(seed=st.integers(0, 100_000), nodes=st.integers(4, 10), extra=st.integers(0, 12))
def test_small_graphs_are_solved_to_proof(seed: int, nodes: int, extra: int) -> None:
    graph, rng = random_graph(seed, nodes, extra)
    terminals = rng.choice(np.arange(1, nodes), rng.integers(1, nodes), replace=False).tolist()
    tree = solved(graph, terminals)
    assert tree.cost == tree.bound == optimum(graph, terminals)


@settings(max_examples=60)
@given(seed=st.integers(0, 100_000))
def test_ties_and_free_and_parallel_edges_are_solved_to_proof(seed: int) -> None:
    rng = np.random.default_rng(seed)
    edges = [(int(rng.integers(9)), int(rng.integers(9)), float(rng.integers(0, 3))) for _ in range(18)]
    graph = graph_of(edges, [0], 9)
    tree = solved(graph, [2, 5, 7])
    reached = [t for t in (2, 5, 7) if t not in tree.unreached]
    assert tree.cost == tree.bound == optimum(graph, reached)


@given(seed=st.integers(0, 500))
def test_proven_costs_obey_the_symmetries(seed: int) -> None:
    graph, rng = random_graph(seed, 40, 30)
    *terminals, last = rng.choice(np.arange(1, 40), 8, replace=False).tolist()
    base = solved(graph, terminals)
    assert base.gap == 0
    more_fibre = solved(replace(graph, roots=np.array([0, last])), terminals)
    assert more_fibre.cost <= base.cost
    assert solved(graph, [*terminals, last]).cost >= base.cost
    assert solved(replace(graph, cost=graph.cost * 7), terminals).cost == base.cost * 7
    order = rng.permutation(len(graph.u))
    mixed = CostGraph(40, graph.v[order], graph.u[order], graph.cost[order], graph.roots)
    again = solved(mixed, terminals[::-1])
    assert again.cost == base.cost
    assert places(mixed, again) == places(graph, base)


def places(graph: CostGraph, tree: Tree) -> list[tuple[int, ...]]:
    """The ends of a tree's edges."""
    ends = np.sort(np.column_stack([graph.u[tree.edges], graph.v[tree.edges]]), axis=1)
    return sorted(map(tuple, ends.tolist()))


@settings(max_examples=20)
@given(seed=st.integers(0, 500))
def test_networkx_and_arrays_give_the_same(seed: int) -> None:
    graph, rng = random_graph(seed, 60, 50)
    terminals = rng.choice(np.arange(1, 60), 9, replace=False).tolist()
    net = nx.MultiGraph()
    net.add_nodes_from(range(60))
    net.add_weighted_edges_from(
        zip(graph.u.tolist(), graph.v.tolist(), graph.cost.tolist(), strict=True), weight="weight"
    )
    ours, theirs = solved(graph, terminals), steiner_tree(net, terminals, roots=[0])
    assert (ours.cost, ours.bound) == (theirs.graph["cost"], theirs.graph["bound"])
    assert places(graph, ours) == sorted((min(a, b), max(a, b)) for a, b in theirs.edges())


def test_many_prizes_on_a_grid_are_chosen_as_well_as_can_be() -> None:
    # Without Goemans–Williamson starts: what the search finds is what the proof says is best.
    side, rng = 25, np.random.default_rng(1)
    at = np.arange(side * side).reshape(side, side)
    u = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    v = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    graph = CostGraph(side * side, u, v, rng.integers(50, 150, len(u)).astype(float), np.array([0]))
    sites = np.sort(rng.choice(np.arange(1, side * side), 125, replace=False))
    prizes = np.rint(rng.exponential(200, 125) + 1)
    found = cheapest_mix(graph, sites, prizes, exact=False)
    proven = cheapest_mix(graph, sites, prizes, exact=True)
    assert proven.gap == 0
    assert found.cost == proven.cost
    assert found.bound <= proven.cost
    assert 20 < (proven.way == 0).sum() < 120


def test_costs_with_decimals_keep_a_valid_bound() -> None:
    graph, rng = random_graph(3, 30, 30)
    odd = replace(graph, cost=graph.cost * np.pi)
    terminals = rng.choice(np.arange(1, 30), 6, replace=False).tolist()
    whole, tree = solved(graph, terminals), solved(odd, terminals)
    assert tree.cost == pytest.approx(whole.cost * np.pi)
    assert tree.bound <= tree.cost
    assert tree.gap < 1e-6


@given(seed=st.integers(0, 2000))
def test_every_cut_separates_a_terminal_from_the_root(seed: int) -> None:
    # The trap: a cut taken after the arcs of its twin were opened is none, and "proves" a wrong optimum.
    graph, rng = random_graph(seed, 15, 15)
    net = simple_graph(graph).net
    terminals = rng.choice(np.arange(1, 15), 5, replace=False).astype(np.int32)
    share = rng.integers(0, 3, 2 * net.m) * UNIT // 4
    first, arcs, _looked_at = broken_cuts(net, share, terminals, 0, 5, 1000)
    ascent = ascend(net, both_ways(net), terminals, 0)
    for first_, arcs_ in ((first, arcs), ascent_cuts(net, ascent, 400, 10_000)):
        for a, b in pairwise(first_):
            assert not all(reach_without(net, arcs_[a:b])[terminals])


def reach_without(net, arcs: np.ndarray) -> np.ndarray:
    """Which nodes ways from node 0 reach when the `arcs` are gone."""
    seen = np.zeros(net.n, bool)
    seen[0] = True
    gone = np.zeros(2 * net.m, bool)
    gone[arcs] = True
    for _round in range(net.n):
        heads = net.tail.reshape(-1, 2)[:, ::-1].ravel()
        seen[heads[seen[net.tail] & ~gone]] = True
    return seen


def test_an_infeasible_programme_is_the_proof() -> None:
    # Told of an optimum, the solver finds nothing better, and says so by a bound equal to it.
    graph = graph_of(ODD_WHEEL, [0])
    problem = whole_problem(simple_graph(graph).net, np.array([True, True, True, False]), 0)
    exact = solve_exactly(problem, 3, PLENTY)
    assert exact.chosen is None
    assert exact.bound == 3
    better = solve_exactly(problem, 4, PLENTY)
    assert better.chosen is not None
    assert (better.cost, better.bound) == (3, 3)


def test_a_closed_arc_is_no_way() -> None:
    net = net_of(2, np.array([0, 1], np.int32), np.array([5]))
    assert ascend(net, np.array([5, FAR]), np.array([1]), 0).bound == 5
    with pytest.raises(ValueError, match="cannot be reached"):
        ascend(net, np.array([FAR, 5]), np.array([1]), 0)


@given(seed=st.integers(0, 2000))
def test_reductions_keep_the_optimum_and_find_the_way_back(seed: int) -> None:
    graph, rng = random_graph(seed, 10, 10)
    terminals = rng.choice(np.arange(1, 10), 3, replace=False)
    simple = simple_graph(graph)
    wanted = np.zeros(simple.net.n, bool)
    wanted[simple.label[terminals]] = True
    small = reduced(whole_problem(simple.net, wanted, 0), 20)
    exact = solve_exactly(small, 10**6, PLENTY) if not small.is_solved else None
    chosen = np.zeros(small.net.m, bool) if exact is None or exact.chosen is None else exact.chosen
    edges = simple.edge[originals(small, chosen)]
    assert graph.cost[edges].sum() == optimum(graph, terminals.tolist())


def test_a_programme_that_may_do_no_work_proves_nothing_wrong() -> None:
    graph, rng = random_graph(4, 60, 80)
    simple = simple_graph(graph)
    wanted = np.zeros(simple.net.n, bool)
    wanted[simple.label[rng.choice(np.arange(1, 60), 12, replace=False)]] = True
    problem = whole_problem(simple.net, wanted, 0)
    best = solve_exactly(problem, 10**6, PLENTY)
    assert best.bound == best.cost
    for work in (0, 1000, 30_000):
        some = solve_exactly(problem, 10**6, work)
        assert some.bound <= best.cost <= some.cost


@given(seed=st.integers(0, 2000))
def test_regions_follow_their_sources(seed: int) -> None:
    graph, rng = random_graph(seed, 40, 30)
    net = simple_graph(graph).net
    known = regions(net, np.array([0], np.int32))
    for _move in range(4):
        sources = rng.choice(net.n, rng.integers(1, 12), replace=False).astype(np.int32)
        distance, base, via = known = regions_moved(net, sources, *known)
        assert distance.tolist() == regions(net, sources)[0].tolist()
        at = np.setdiff1d(np.arange(net.n), sources)
        before = net.tail[via[at]]
        assert base[sources].tolist() == sources.tolist()
        assert base[at].tolist() == base[before].tolist()
        assert (distance[at] == distance[before] + net.cost[via[at] >> 1]).all()


def test_time_limit_still_gives_a_whole_plan() -> None:
    graph, rng = random_graph(1, 3000, 3000)
    terminals = rng.choice(np.arange(1, 3000), 250, replace=False)
    tree = cheapest_tree(graph, terminals, time_limit_s=0.0)
    verify_tree(graph, terminals, tree)
    assert tree.gap < 0.2


def test_the_same_question_has_the_same_answer() -> None:
    graph, rng = random_graph(2, 2000, 2000)
    terminals = rng.choice(np.arange(1, 2000), 300, replace=False)
    one, other = (cheapest_tree(graph, terminals) for _ in range(2))
    assert one.edges.tolist() == other.edges.tolist()
    assert (one.bound, one.certified) == (other.bound, other.certified)


def certified() -> tuple[CostGraph, np.ndarray, Tree]:
    graph, rng = random_graph(8, 300, 200)
    terminals = rng.choice(np.arange(1, 300), 20, replace=False)
    tree = cheapest_tree(graph, terminals)
    verify_tree(graph, terminals, tree)
    return graph, terminals, tree


def test_a_certificate_proves_its_bound_on_the_graph_as_given() -> None:
    graph, terminals, tree = certified()
    assert tree.certificate is not None
    assert certified_bound(graph, terminals, tree.certificate) == tree.certified
    assert 0.9 * tree.cost < tree.certified <= tree.bound <= tree.cost


@pytest.mark.parametrize("spoil", ["raise", "root", "below", "not a terminal", "claim", "cheaper road"])
def test_a_spoiled_certificate_is_caught(spoil: str) -> None:
    graph, terminals, tree = certified()
    proof = tree.certificate
    assert proof is not None
    if spoil == "raise":
        proof = replace(proof, value=proof.value + 1)
    elif spoil == "root":
        group = proof.group.copy()
        group[0] = group[proof.terminals[0]]
        proof = replace(proof, group=group)
    elif spoil == "below":
        proof = replace(proof, value=-proof.value)
    elif spoil == "not a terminal":
        others = np.setdiff1d(np.arange(1, 300), terminals)[: len(terminals)]
        proof = replace(proof, terminals=others)
    elif spoil == "claim":
        tree = replace(tree, certified=tree.bound + 1, bound=tree.bound + 1, cost=tree.cost)
    else:
        graph = replace(graph, cost=np.maximum(graph.cost - 1, 0))
        tree = replace(tree, cost=float(graph.cost[tree.edges].sum()), bound=0.0)
    with pytest.raises(BrokenPlanError):
        verify_tree(graph, terminals, replace(tree, certificate=proof))


def test_a_hop_from_a_tower_is_taken_where_it_is_cheaper() -> None:
    # 0 ─10─ 1, where a tower (20) can serve sites 2 and 3 by hops of 5; by road they are 40 away.
    graph = graph_of([(0, 1, 10), (1, 2, 40), (1, 3, 40), (1, 4, 20)], [0])
    hops = Hops(np.array([4, 4]), np.array([0, 1]), np.array([5.0, 5.0]))
    mix = cheapest_mix(graph, np.array([2, 3]), np.array([50.0, np.inf]), hops)
    assert (mix.cost, mix.bound, mix.way.tolist()) == (40, 40, [2, 3])
    assert mix.tree.edges.tolist() == [0, 3]
    alone = cheapest_mix(
        graph, np.array([2]), np.array([30.0]), Hops(np.array([4]), np.array([0]), np.array([5.0]))
    )
    assert (alone.cost, alone.way.tolist()) == (30, [1])


def test_no_way_leads_through_a_leaf() -> None:
    # Site 2's alternative (1) must not become a cheap bridge from the root to site 1 behind it.
    graph = graph_of([(0, 1, 100), (1, 2, 1)], [0])
    mix = cheapest_mix(graph, np.array([1, 2]), np.array([np.inf, 1.0]))
    assert (mix.cost, mix.way.tolist()) == (101, [0, 1]) or (mix.cost, mix.way.tolist()) == (101, [0, 0])


def test_networkx_in_networkx_out() -> None:
    net = nx.MultiGraph()
    net.add_edge("a", "b", weight=7)
    net.add_edge("a", "b", weight=5)
    net.add_edge("b", "c", weight=2)
    net.add_edge("x", "y", weight=1)
    tree = steiner_tree(net, ["a", "c", "y"])
    assert (tree.graph["cost"], tree.graph["bound"], tree.graph["unreached"]) == (7, 7, ["y"])
    assert set(tree.nodes) == {"a", "b", "c"}


QUICK = ["lin01", "lin04", "I053", "I013", "c01", "c06", "K100"]


@pytest.mark.reference
@pytest.mark.parametrize(
    "row",
    [r for r in listed("") if any(q in r["file"] for q in QUICK) and r["problem"] == "SPG"],
    ids=lambda r: r["original"],
)
def test_published_trees(shared: Path, row: dict[str, str]) -> None:
    it = read_listed(row)
    graph = CostGraph(it.n_nodes, it.u, it.v, it.cost, it.terminals[:1])
    tree = cheapest_tree(graph, it.terminals[1:], time_limit_s=20)
    verify_tree(graph, it.terminals[1:], tree)
    assert tree.bound <= it.upper <= tree.cost <= it.upper * 1.0003


@pytest.mark.reference
@pytest.mark.parametrize("row", listed("cologne"), ids=lambda r: r["file"][-16:-7])
def test_published_access_networks_with_prizes(shared: Path, row: dict[str, str]) -> None:
    it = read_listed(row)
    graph = CostGraph(it.n_nodes, it.u, it.v, it.cost, np.array([it.root]))
    sites = np.array(sorted(it.prizes))
    mix = cheapest_mix(graph, sites, np.array([it.prizes[s] for s in sites.tolist()]))
    assert mix.cost == pytest.approx(it.upper, rel=1e-4)
    assert mix.bound == pytest.approx(it.upper, rel=1e-4)
    assert mix.bound <= it.upper + 0.01
