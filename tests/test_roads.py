"""The road graph on worlds small enough to draw. Distances are in metres."""

import math

import networkx as nx
import numpy as np
import pytest
from drawn_plan import lines, sites
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.linework import cut, nearest_within, neighbours, neighbours_across, noded
from phusong.roads import DROP, OFFROAD, ROAD, Network, RoadGraph, build_road_graph, to_networkx
from phusong.steiner import CostGraph, cheapest_paths


def way(graph: RoadGraph, site: str) -> dict[int, float] | None:
    """Metres of each kind of line on the cheapest way from a site to fibre, off-road at twice the price."""
    network = graph.network
    dear = network.length_m * np.where(network.kind == ROAD, 1, 2)
    shortest = CostGraph(network.n_nodes, network.u, network.v, dear, network.roots)
    (path,) = cheapest_paths(shortest, graph.nodes_of([site]))
    if path is None:
        return None
    lengths = {
        kind: round(float(network.length_m[path][network.kind[path] == kind].sum()), 1) for kind in range(3)
    }
    return {kind: length for kind, length in lengths.items() if length}


def same(one: Network, other: Network) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in Network.__dataclass_fields__
    )


def test_roads_that_cross_meet_there() -> None:
    #        S
    #        |            the fibre is on the left end of the road from left to right
    #  F-----+-----
    #        |
    roads = lines([[(0, 0), (2000, 0)], [(1000, -500), (1000, 700)]])
    graph = build_road_graph(roads, lines([[(0, -50), (0, 50)]], "F"), sites({"S": (1000, 700)}))
    # The road within 5 m of the fibre counts as being on it.
    assert way(graph, "S") == {ROAD: 995 + 700}


def test_a_line_is_tapped_where_the_road_crosses_it_not_at_its_end() -> None:
    # The fibre crosses the road 300 m from the site; its ends are kilometres away.
    roads = lines([[(0, 0), (5000, 0)]])
    graph = build_road_graph(roads, lines([[(1300, -4000), (1300, 4000)]], "F"), sites({"S": (1600, 0)}))
    assert way(graph, "S") == {ROAD: 295}


def test_a_line_beside_the_road_is_tapped_by_a_side_line() -> None:
    # The road ends 40 m from where the fibre passes, and runs away from it.
    roads = lines([[(0, 40), (0, 2000)]])
    graph = build_road_graph(roads, lines([[(-3000, 0), (3000, 0)]], "F"), sites({"S": (0, 2000)}))
    assert way(graph, "S") == {ROAD: 1960, OFFROAD: 40}
    assert graph.by_road.all()


def test_road_and_fibre_drawn_a_metre_apart_are_one() -> None:
    # Fibre lies in the road, but two hands drew them: no new line is laid beside it.
    roads = lines([[(0, 0), (1500, 3), (3000, 0)]])
    fibre = lines([[(0, 1), (1500, 2), (2000, 1)]], "F")
    graph = build_road_graph(roads, fibre, sites({"S": (3000, 0), "T": (1000, 30)}))
    assert way(graph, "S")[ROAD] == pytest.approx(1000, abs=6)
    assert way(graph, "T") == {DROP: pytest.approx(28.3, abs=0.1)}


@pytest.mark.parametrize(("gap_m", "along_road"), [(3, True), (8, False)])
def test_an_end_that_stops_just_short_of_a_road_is_joined(gap_m: float, along_road: bool) -> None:
    roads = lines([[(0, 0), (2000, 0)], [(1000, gap_m), (1000, 900)]])
    graph = build_road_graph(roads, lines([[(0, -50), (0, 50)]], "F"), sites({"S": (1000, 900)}), near_m=1)
    found = way(graph, "S")
    assert (OFFROAD not in found) is along_road
    assert sum(found.values()) == pytest.approx(995 + 900, abs=10)


def test_a_site_drops_to_the_nearest_point_of_the_road() -> None:
    roads = lines([[(0, 0), (3000, 0)]])
    graph = build_road_graph(
        roads, lines([[(0, -50), (0, 50)]], "F"), sites({"S": (1234, 80), "T": (1234, 80)})
    )
    assert way(graph, "S") == {ROAD: 1229, DROP: 80} == way(graph, "T")


def test_a_site_beside_the_fibre_needs_a_drop_only() -> None:
    graph = build_road_graph(
        lines([[(0, 400), (3000, 400)]]),
        lines([[(0, 0), (3000, 0)]], "F"),
        sites({"S": (1500, 30), "T": (700, 0)}),
    )
    assert way(graph, "S") == {DROP: 30}
    assert way(graph, "T") == {}


def test_parts_are_joined_where_the_gap_is_smallest() -> None:
    #  F----------+          the parts come within 300 m of each other
    #             |
    #             +          in the middle of the lower road
    #
    #   S----------------
    roads = lines([[(0, 3000), (1000, 3000), (1000, 300)], [(500, 0), (2500, 0)]])
    graph = build_road_graph(roads, lines([[(0, 2950), (0, 3050)]], "F"), sites({"S": (500, 0)}))
    assert way(graph, "S") == {ROAD: 995 + 2700 + 500, OFFROAD: 300}
    assert not graph.by_road[graph.nodes_of(["S"])].any()


def test_a_gap_wider_than_the_study_allows_is_not_crossed() -> None:
    roads = lines([[(0, 0), (1000, 0)], [(1400, 0), (2000, 0)]])
    world = (roads, lines([[(0, -50), (0, 50)]], "F"), sites({"S": (2000, 0)}))
    assert way(build_road_graph(*world, offroad_max_m=400), "S") == {ROAD: 1595, OFFROAD: 400}
    assert way(build_road_graph(*world, offroad_max_m=399), "S") is None


def test_without_roads_lines_are_straight_and_shared() -> None:
    # S is 3 km from the fibre, T 1 km beyond S.
    graph = build_road_graph(
        lines([]), lines([[(0, -9000), (0, 9000)]], "F"), sites({"S": (3000, 0), "T": (4000, 0)})
    )
    assert not graph.has_roads
    assert way(graph, "S") == {OFFROAD: 3000}
    assert way(graph, "T") == {OFFROAD: 4000}
    network = graph.network
    between = [set(pair) == set(graph.site_node) for pair in zip(network.u, network.v, strict=True)]
    assert network.length_m[between] == pytest.approx([1000])


def test_without_fibre_nothing_is_reached() -> None:
    graph = build_road_graph(lines([[(0, 0), (1000, 0)]]), lines([], "F"), sites({"S": (500, 0)}))
    assert not graph.has_fibre
    assert way(graph, "S") is None


@pytest.mark.parametrize("at", [{}, {"S": (0.0, 0.0)}, {"S": (0.0, 0.0), "T": (50.0, 0.0)}])
def test_a_study_with_hardly_anything_in_it(at: dict[str, tuple[float, float]]) -> None:
    graph = build_road_graph(lines([]), lines([], "F"), sites(at))
    assert graph.site_ids == tuple(sorted(at))
    assert not graph.has_fibre


def test_a_tap_knows_whose_line_it_is() -> None:
    fibre = lines([[(0, -50), (0, 50)], [(4000, -50), (4000, 50)]], "F")
    graph = build_road_graph(lines([[(0, 0), (4000, 0)]]), fibre, sites({"S": (3000, 0)}))
    tapped = {graph.fibre_ids[line] for line in graph.network.fibre_of if line >= 0}
    assert tapped == {"F0", "F1"}
    right = graph.network.roots[graph.network.x[graph.network.roots] > 2000]
    assert {graph.fibre_ids[line] for line in graph.network.fibre_of[right]} == {"F1"}


def test_edges_are_as_long_as_their_drawing_and_end_at_their_nodes() -> None:
    roads = lines([[(0, 0), (900, 300), (2000, 0)], [(1000, -500), (1100, 700)]])
    graph = build_road_graph(
        roads, lines([[(-20, -800), (-20, 800)]], "F"), sites({"S": (1500, 260), "T": (1090, 650)})
    )
    network = graph.network
    for u, v, length, shape in zip(network.u, network.v, network.length_m, network.shape, strict=True):
        assert shape.length == pytest.approx(length)
        for node, end in ((u, shape.coords[0]), (v, shape.coords[-1])):
            assert math.dist((network.x[node], network.y[node]), end) < 0.011


def test_networkx_sees_the_same_graph() -> None:
    roads = lines([[(0, 0), (2000, 0)], [(1000, -500), (1000, 700)]])
    graph = build_road_graph(roads, lines([[(0, -50), (0, 50)]], "F"), sites({"S": (1000, 700)}))
    seen = to_networkx(graph)
    (site,) = graph.nodes_of(["S"])
    to_fibre = [
        nx.shortest_path_length(seen, site, node, weight="length_m")
        for node, line in seen.nodes(data="fibre_id")
        if line == "F0"
    ]
    assert min(to_fibre) == pytest.approx(sum(way(graph, "S").values()))
    assert seen.size(weight="length_m") == pytest.approx(graph.network.length_m.sum())


coordinate = st.integers(0, 40).map(lambda c: c * 50.0)
point = st.tuples(coordinate, coordinate)
polyline = st.lists(point, min_size=2, max_size=4, unique=True)


@given(
    roads=st.lists(polyline, max_size=5),
    fibre=st.lists(polyline, max_size=2),
    at=st.lists(point, max_size=5),
    seed=st.integers(0, 9),
)
def test_the_order_of_the_rows_changes_nothing(
    roads: list[list[tuple[float, float]]],
    fibre: list[list[tuple[float, float]]],
    at: list[tuple[float, float]],
    seed: int,
) -> None:
    world = [lines(roads), lines(fibre, "F"), sites({f"S{i}": p for i, p in enumerate(at)})]
    one = build_road_graph(*world)
    other = build_road_graph(*(frame.sample(frac=1, random_state=seed) for frame in world))
    assert same(one.network, other.network)
    assert one.site_ids == other.site_ids
    assert np.array_equal(one.site_node, other.site_node)
    assert np.array_equal(one.by_road, other.by_road)
    if fibre:
        # 2 km across and 15 km allowed off-road: everything can be reached.
        assert all(way(one, site) is not None for site in one.site_ids)


def test_a_road_drawn_twice_or_backwards_counts_once() -> None:
    there, back = [(0.0, 0.0), (500.0, 20.0), (1000.0, 0.0)], [(1000.0, 0.0), (500.0, 20.0), (0.0, 0.0)]
    once = build_road_graph(lines([there]), lines([[(0, -9), (0, 9)]], "F"), sites({"S": (1000, 0)}))
    twice = build_road_graph(lines([there, back]), lines([[(0, -9), (0, 9)]], "F"), sites({"S": (1000, 0)}))
    assert same(once.network, twice.network)


def test_a_line_cut_at_its_ends_or_twice_at_a_point_stays_whole() -> None:
    street = noded(lines([[(0, 0), (10, 0)]]).geometry.to_numpy())
    pieces, origin = cut(street, np.array([0, 0, 0, 0]), np.array([[0, 0], [10, 0], [4, 0], [4, 0]], float))
    assert [piece.length for piece in pieces] == [4, 6]
    assert origin.tolist() == [0, 0]


def test_of_two_lines_as_near_the_first_is_taken() -> None:
    shapes = lines([[(0, y), (1000, y)] for y in (0, 100, 0, 100)]).geometry.to_numpy()
    position, feet = nearest_within(np.array([[300, 50], [300, 90], [300, 400]]), shapes, 200)
    assert position.tolist() == [0, 1, -1]
    assert feet.tolist() == [[300, 0], [300, 100], [300, 400]]


@given(st.integers(0, 2**32 - 1), st.integers(0, 6), st.sampled_from([0.0, 900.0, 9_000.0]))
@settings(max_examples=30)
def test_surroundings_of_a_few_points_tell_what_all_tell(seed: int, few: int, away_m: float) -> None:
    # A net of roads with holes, and some lone places: in holes, among the roads, beyond their edge.
    draw = np.random.default_rng(seed)
    net = draw.uniform(0, 20_000, (1500, 2))
    net = net[np.hypot(*(net - 6_000).T) > 2_500]
    lone = draw.uniform(-away_m, 20_000 + away_m, (few, 2))
    points = np.concatenate([net, lone])
    part = np.concatenate([np.zeros(len(net), int), 1 + np.arange(few) // 2])
    a, b = neighbours(points)
    across = part[a] != part[b]
    found = neighbours_across(points, part)
    assert set(zip(*found, strict=True)) == set(zip(a[across], b[across], strict=True))
