"""Mixes of tree, prizes and hops: bound and certificate against brute force, and spoiled on purpose."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_steiner import graph_of, optimum, random_graph

from phusong.steiner import (
    BrokenPlanError,
    CostGraph,
    Hops,
    Mix,
    certified_mix_bound,
    cheapest_mix,
    verify_mix,
)

Question = tuple[CostGraph, np.ndarray, np.ndarray, Hops]


def drawn(seed: int, nodes: int = 9, wanted: int = 3) -> Question:
    """A small graph, some sites with prizes (one may have none), and a few hops."""
    graph, rng = random_graph(seed, nodes, 5)
    terminals = rng.choice(np.arange(1, nodes), wanted, replace=False)
    prizes = rng.integers(-2, 40, wanted).astype(float)
    prizes[rng.random(wanted) < 0.2] = np.inf
    starts, sites = rng.integers(0, nodes, 3), rng.integers(0, wanted, 3)
    return graph, terminals, prizes, Hops(starts, sites, rng.integers(0, 20, 3).astype(float))


def cheapest_by_trying_all(graph: CostGraph, terminals: np.ndarray, prizes: np.ndarray, hops: Hops) -> float:
    """Every way for every site, each with the cheapest tree to where it must lead."""
    ways = [
        [("tree", int(node)), ("prize", prize), *((hop, None) for hop in np.flatnonzero(hops.site == i))]
        for i, (node, prize) in enumerate(zip(terminals, prizes, strict=True))
    ]
    best = np.inf
    for choice in product(*ways):
        lead = {said for way, said in choice if way == "tree"}
        used = [way for way, _said in choice if way not in ("tree", "prize")]
        other = sum(said for way, said in choice if way == "prize") + hops.cost[used].sum()
        if np.isfinite(other):
            best = min(best, optimum(graph, [*lead, *hops.start[used].tolist()]) + other)
    return float(best)


def solved(question: Question) -> Mix:
    mix = cheapest_mix(*question)
    verify_mix(*question, mix)
    return mix


@settings(max_examples=50)
@given(seed=st.integers(0, 100_000))
def test_the_cheapest_of_all_choices_lies_between_certificate_and_cost(seed: int) -> None:
    question = drawn(seed)
    mix, best = solved(question), cheapest_by_trying_all(*question)
    assert mix.certified <= mix.bound + 1e-9 and mix.certified <= best + 1e-9
    assert mix.cost == pytest.approx(best) and mix.bound == pytest.approx(best)


def test_a_bound_is_proven_by_the_certificate_alone() -> None:
    graph, rng = random_graph(8, 300, 200)
    terminals = rng.choice(np.arange(1, 300), 25, replace=False)
    prizes = rng.integers(5, 40, 25).astype(float)
    mix = solved((graph, terminals, prizes, Hops(np.array([4]), np.array([0]), np.array([5.0]))))
    assert 0.9 * mix.cost < mix.certified <= mix.bound <= mix.cost
    assert len(set(mix.way.tolist())) > 1


@given(seed=st.integers(0, 1000))
def test_without_its_certificate_a_mix_is_the_same(seed: int) -> None:
    question = drawn(seed)
    whole, bare = cheapest_mix(*question), cheapest_mix(*question, certificate=False)
    assert (bare.cost, bare.way.tolist()) == (whole.cost, whole.way.tolist())
    assert bare.certificate is None and bare.certified == -np.inf and bare.bound <= whole.bound
    verify_mix(*question, bare)


def test_sites_off_the_graph_are_proven_by_their_prizes() -> None:
    graph = graph_of([(0, 1, 10)], [0], n_nodes=4)
    mix = solved((graph, np.array([1, 2, 3]), np.array([np.inf, 7.0, np.inf]), none()))
    assert (mix.cost, mix.certified, mix.way.tolist()) == (17, 17, [0, 1, -1])
    nowhere = solved((replace(graph, roots=np.empty(0, int)), np.array([1]), np.array([7.0]), none()))
    assert (nowhere.cost, nowhere.bound, nowhere.certified) == (7, 7, 7)


def none() -> Hops:
    return Hops(np.empty(0, int), np.empty(0, int), np.empty(0))


def test_a_hop_keeps_its_number_beside_a_prize_below_nothing() -> None:
    # Site 1 gains by its prize; site 2 is reached by the third hop alone.
    graph = graph_of([(0, 1, 10)], [0], n_nodes=3)
    hops = Hops(np.array([0, 0, 0]), np.array([0, 0, 1]), np.array([3.0, 4.0, 5.0]))
    mix = solved((graph, np.array([1, 2]), np.array([-1.0, np.inf]), hops))
    assert (mix.cost, mix.way.tolist()) == (4, [1, 4])


#: 0 ─10─ 1, from where site 2 is 40 by road and 5 by a hop; site 3 is off the graph and has a prize.
TAMPERED = graph_of([(0, 1, 10), (1, 2, 40), (0, 1, 12)], [0], n_nodes=4)
HOPS = Hops(np.array([1, 1]), np.array([1, 0]), np.array([9.0, 5.0]))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ({"way": [3, 1]}, "not add up"),
        ({"way": [2, 1]}, "does not lead to its site"),
        ({"way": [9, 1]}, "does not lead to its site"),
        ({"way": [0, 1]}, "not on the tree"),
        ({"way": [-1, 1]}, "left out though"),
        ({"way": [3, -1]}, "left out though"),
        ({"way": [3]}, "how each site is connected"),
        ({"cost": 21.0}, "do not add up"),
        ({"bound": 23.0}, "bound is above"),
        ({"certified": 22.5}, "does not prove"),
        ({"edges": []}, "not on the tree"),
        ({"edges": [0, 2]}, "ring"),
        ({"edges": [2]}, "do not add up"),
        ({"value": 1}, "rise by more"),
        ({"terminals": [1, 1]}, "twice"),
    ],
)
def test_a_tampered_mix_is_refused(spoil: dict, says: str) -> None:
    question = (TAMPERED, np.array([2, 3]), np.array([np.inf, 7.0]), HOPS)
    mix = solved(question)
    assert (mix.cost, mix.way.tolist(), mix.certified) == (22, [3, 1], 22)
    proof = mix.certificate
    assert proof is not None
    (name, value), *_rest = spoil.items()
    if name == "edges":
        mix = replace(mix, tree=replace(mix.tree, edges=np.array(value, dtype=int)))
    elif name == "value":
        mix = replace(mix, certificate=replace(proof, value=proof.value + value))
    elif name == "terminals":
        mix = replace(mix, certificate=replace(proof, terminals=np.array(value)))
    elif name == "way" and value == [3, 1]:
        question = (TAMPERED, np.array([2, 3]), np.array([np.inf, 6.0]), HOPS)
    else:
        mix = replace(mix, **{name: np.array(value) if name == "way" else value})
    with pytest.raises(BrokenPlanError, match=says):
        verify_mix(*question, mix)


def test_what_a_certificate_proves_falls_with_the_prices_it_is_read_against() -> None:
    graph, rng = random_graph(8, 60, 40)
    terminals = rng.choice(np.arange(1, 60), 8, replace=False)
    prizes = rng.integers(20, 90, 8).astype(float)
    mix = solved((graph, terminals, prizes, none()))
    less = certified_mix_bound(graph, terminals, np.minimum(prizes, 3.0), none(), mix.certificate)
    assert less <= 24 < mix.certified
