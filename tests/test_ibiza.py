"""ITU's Ibiza case: all 100 sites by fibre, on its own metric, with no more line than ITU's."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from drawn_plan import gaps_of, region, round_prices, study
from ibiza import PUBLISHED, great_circle_km, hop_graph, ibiza_places

from phusong.options import propose_options
from phusong.portfolio import choose_plan
from phusong.steiner import cheapest_tree, verify_tree

#: UTM zone 31 north, where Ibiza lies.
UTM = "EPSG:32631"


@pytest.mark.reference
@pytest.mark.parametrize("longest_km", PUBLISHED)
def test_as_many_sites_with_no_more_line_than_published(shared: Path, longest_km: int) -> None:
    sites, nodes = ibiza_places(shared)
    assert (len(sites), len(nodes)) == (100, 30)
    graph, terminals = hop_graph(sites, nodes, longest_km), np.arange(100)
    tree = cheapest_tree(graph, terminals)
    verify_tree(graph, terminals, tree)
    connected, km = PUBLISHED[longest_km]
    assert 100 - len(tree.unreached) == connected
    # ITU rounds each of its legs to the metre; nothing shorter exists.
    assert tree.cost / 1000 == pytest.approx(km, abs=1.5e-4)
    assert tree.bound == pytest.approx(tree.cost, rel=1e-8)


@pytest.mark.reference
def test_a_plan_for_all_sites_has_no_more_line_than_itus(shared: Path) -> None:
    # The main job with no roads: straight lines, from the nodes alone, and nothing but fibre.
    sites, nodes = ibiza_places(shared)
    nothing = np.empty((0, 2))
    where = region(_layer(nothing, "road"), _layer(nothing, "fibre"), _sites(sites))
    where = replace(where, nodes=_layer(nodes, "node"))
    asked = study(technologies=("fibre",), offroad_max_m=4000)
    gaps, prices = gaps_of(where.sites), round_prices()
    graph, options = propose_options(asked, where, gaps, prices)
    plan = choose_plan(asked, where, gaps, options, prices, graph)
    assert plan.sites_connected() == 100
    # From place to place: our own lines are drawn to the centimetre.
    legs, places = plan.segments.to_crs("EPSG:4326").geometry, np.concatenate([sites, nodes])
    ends = np.array([shapely.get_coordinates(leg)[[0, -1]] for leg in legs]).reshape(-1, 2)
    apart = great_circle_km(ends[:, np.newaxis], places[np.newaxis])
    assert apart.min(axis=1).max() < 1e-5
    start, end = places[apart.argmin(axis=1)].reshape(-1, 2, 2).swapaxes(0, 1)
    assert round(float(great_circle_km(start, end).sum()), 4) <= 131.0874
    assert plan.proof is not None and plan.proof.bound_vnd == plan.proof.present_cost_vnd


def _layer(places: np.ndarray, name: str) -> gpd.GeoDataFrame:
    """Points under the column `name`_id."""
    ids = pd.Series([f"{name}{i:03d}" for i in range(len(places))], dtype="str")
    data = {f"{name}_id": ids, "operator": ids}
    return gpd.GeoDataFrame(data, geometry=shapely.points(places), crs="EPSG:4326").to_crs(UTM)


def _sites(places: np.ndarray) -> gpd.GeoDataFrame:
    frame = _layer(places, "site").assign(kind="school", users=pd.Series(pd.NA, dtype="Int64"))
    frame["name"], frame["commune_code"] = frame["site_id"], "00001"
    return frame
