"""What the line costs and where it goes, on drawn worlds. Distances in metres, a metre of road 100 ₫."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from drawn_plan import CRS, gaps_of, lines, price, region, round_prices, shuffled, sites, study
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import from_origin

from phusong.costs import Prices
from phusong.domain import SEGMENTS, Raster, Region
from phusong.errors import PhuSongError
from phusong.makeup import class_of
from phusong.options import may_be_tapped, propose_options
from phusong.portfolio import Plan, choose_plan
from phusong.readers.layers import read_layer
from phusong.study import Source
from phusong.surface import river_crossings

#: Fibre across the start of a road of 4 km that leads east to S.
ROAD = [(0, 0), (4000, 0)]
FIBRE_LINE = [(0, -1000), (0, 1000)]
#: The road begins 5 m beyond the fibre, which counts as being on it.
WAY = 3995
TERMINAL = 1000


def world(
    roads: list[list[tuple[float, float]]] | None = None,
    fibre: list[list[tuple[float, float]]] | None = None,
    at: dict[str, tuple[float, float]] | None = None,
    **layers: gpd.GeoDataFrame,
) -> Region:
    fibre = [FIBRE_LINE] if fibre is None else fibre
    where = region(lines(roads or [ROAD]), lines(fibre, "F"), sites(at or {"S": (4000, 0)}))
    return replace(where, **layers)


def shapes(*drawn: shapely.Geometry, **columns: list[str]) -> gpd.GeoDataFrame:
    text = {name: pd.Series(values, dtype="str") for name, values in columns.items()}
    return gpd.GeoDataFrame(text, geometry=list(drawn), crs=CRS)


def plan_of(where: Region, prices: Prices | None = None, **plan: object) -> Plan:
    asked = study(**{"technologies": ("fibre",), **plan})
    gaps, prices = gaps_of(where.sites), prices or round_prices()
    proposal = propose_options(asked, where, gaps, prices)
    found = choose_plan(asked, where, gaps, proposal, prices)
    SEGMENTS.validate(found.segments)
    return found


def cost(where: Region, prices: Prices | None = None, **plan: object) -> int:
    """CAPEX of the plan, the same as that of the lone site's option."""
    found = plan_of(where, prices, **plan)
    assert found.options["capex_vnd"].sum() == found.total()["capex_vnd"] or len(where.sites) > 1
    return found.total()["capex_vnd"]


PLAIN = WAY * 100 + TERMINAL
RIVER = shapely.LineString([(2000, -500), (2000, 500)])


def test_a_river_under_a_road_adds_the_price_of_one_bridge() -> None:
    prices = round_prices(bridge_crossing=price(7000), river_crossing=price(90_000))
    assert cost(world(), prices) == PLAIN
    assert cost(world(rivers=shapes(RIVER)), prices) == PLAIN + 7000
    segment = plan_of(world(rivers=shapes(RIVER)), prices).segments.iloc[0]
    assert (segment["river_crossings"], segment["crossings_vnd"]) == (1, 7000)


def test_off_road_a_river_needs_a_span() -> None:
    # The last kilometre to S has no road: 1,000 m at 200 ₫, and the river runs there.
    where = world([[(0, 0), (3000, 0)]])
    prices = round_prices(bridge_crossing=price(7000), river_crossing=price(90_000))
    river = shapely.LineString([(3500, -500), (3500, 500)])
    dry = cost(where, prices)
    assert dry == 2995 * 100 + 1000 * 200 + TERMINAL
    assert cost(replace(where, rivers=shapes(river)), prices) == dry + 90_000


def test_a_crossing_counts_once_wherever_lines_are_cut() -> None:
    halves = shapely.linestrings([[(0, 0), (2000, 0)], [(2000, 0), (4000, 0)], [(2000, 0), (2000, 9)]])
    assert river_crossings(halves, np.array([RIVER])).tolist() == [1, 0, 0]
    whole = shapely.linestrings([[(0, 0), (4000, 0)], [(1000, 0), (4000, 0)]])
    assert river_crossings(whole, np.array([RIVER])).tolist() == [1, 1]
    two = np.array([RIVER, shapely.LineString([(1990, 10), (2000, 0), (2010, 10)])])
    assert river_crossings(halves, two).sum() == 1
    winding = shapely.LineString([(100, -5), (100, 5), (200, 5), (200, -5), (300, -5), (300, 5)])
    assert river_crossings(halves, np.array([winding])).tolist() == [3, 0, 0]


@pytest.fixture
def hills(tmp_path: Path) -> Raster:
    """Heights that rise 1 m a metre to the north for y between −300 and 300 and x between 1,000 and 3,000."""
    return write_raster(tmp_path / "dem.tif", lambda x, y: np.where(_steep(x), np.clip(y, -300, 300), 0.0))


def _steep(x: np.ndarray) -> np.ndarray:
    return (x > 1000) & (x < 3000)


def write_raster(path: Path, height: object) -> Raster:
    west, north, cell, shape = -1005.0, 3015.0, 30.0, (201, 201)
    x = west + cell * (np.arange(shape[1]) + 0.5)
    y = north - cell * (np.arange(shape[0]) + 0.5)
    values = height(*np.meshgrid(x, y)).astype("float32")  # type: ignore[operator]
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=201,
        height=201,
        count=1,
        dtype="float32",
        crs=CRS,
        transform=from_origin(west, north, cell, cell),
    ) as out:
        out.write(values, 1)
    return Raster(path, (0, 0, 0, 0), CRS, shape)


DETOUR = [(0, 0), (0, 900), (4000, 900), (4000, 0)]


def test_slope_is_measured_along_the_line(hills: Raster) -> None:
    found = plan_of(world(elevation=(hills,))).segments.iloc[0]
    # 45° on 2 of 4 km; beside the cliff's foot a cell or two see half of it.
    assert found["mean_slope_deg"] == pytest.approx(22.5, abs=1.5)
    assert found["slope_factor"] == 1


def test_a_steep_road_is_left_for_a_flat_detour_when_that_is_cheaper(hills: Raster) -> None:
    # 1.8 km longer, but the short road has 2 km of 45°.
    where = world([ROAD, DETOUR], fibre=[[(-500, 0), (0, 0)]], elevation=(hills,))
    steep = round_prices(slope_40=price(1.5, "1"))
    assert plan_of(where, steep).segments["length_m"].sum() == pytest.approx(WAY)
    assert cost(where, steep) == pytest.approx(PLAIN + 2000 * 50, rel=0.02)
    steeper = round_prices(slope_40=price(3, "1"))
    assert plan_of(where, steeper).segments["length_m"].sum() == pytest.approx(5800, abs=10)
    assert (plan_of(where, steeper).segments["mean_slope_deg"] < 3).all()


def test_a_slope_raster_wins_over_elevation(hills: Raster, tmp_path: Path) -> None:
    slope = write_raster(tmp_path / "slope.tif", lambda x, y: np.full(x.shape, 15.0))
    prices = round_prices(slope_10=price(1.5, "1"), slope_40=price(9, "1"))
    where = world(elevation=(hills,), slope=(slope,))
    assert cost(where, prices) == round(WAY * 150) + TERMINAL
    assert plan_of(where, prices).segments["mean_slope_deg"].tolist() == [15.0]


def test_line_near_a_landslide_costs_more() -> None:
    prices = round_prices(landslide_factor=price(2, "1"), landslide_reach_m=price(300, "m"))
    slid = shapes(shapely.Point(2000, 0), shapely.Point(2010, 0), shapely.Point(2000, 5000))
    where = world(landslides=slid)
    # 600 m are within 300 m of them.
    assert cost(where, prices) == pytest.approx(PLAIN + 600 * 100, rel=0.01)
    assert plan_of(where, prices).segments["landslides_near"].tolist() == [2]


def test_the_class_of_the_road_sets_its_factor() -> None:
    where = world([[(0, 0), (2000, 0)], [(2000, 0), (4000, 0)]])
    where.roads["road_class"] = pd.Series(["QL.14D", "đường thôn"], dtype="str")
    prices = round_prices(class_national=price(1.5, "1"), class_commune=price(0.5, "1"))
    assert cost(where, prices) == 1995 * 150 + 2000 * 50 + TERMINAL
    assert plan_of(where, prices).segments.set_index("road_class")["class_factor"].to_dict() == {
        "national": 1.5,
        "commune": 0.5,
    }


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("primary", "national"),
        ("Đường tỉnh 609", "provincial"),
        ("ĐT609", "provincial"),
        ("ĐH5.NG", "district"),
        ("tertiary", "district"),
        ("Liên xã", "commune"),
        ("residential", "commune"),
        ("Đường mòn", "track"),
        ("Đường", "unknown"),
        ("", "unknown"),
        (float("nan"), "unknown"),
    ],
)
def test_classes_by_the_words_of_their_sources(said: object, means: str) -> None:
    assert class_of(said) == means


def test_an_existing_duct_is_preferred_and_said_so() -> None:
    # Two ways of nearly the same length; the longer has a duct 10 m beside it.
    roads = [[(0, 0), (4000, 0)], [(0, 0), (0, 900), (4000, 900), (4000, 0)]]
    duct = shapely.LineString([(10, 0), (10, 890), (3990, 890), (3990, 0)])
    where = world(roads, fibre=[[(-500, 0), (0, 0)]], ducts=shapes(duct, operator=["VNPT"]))
    prices = round_prices(duct_factor=price(0.1, "1"))
    found = plan_of(where, prices)
    assert found.segments.groupby("build")["length_m"].sum()["duct"] > 5700
    assert found.total()["capex_vnd"] < 0.2 * PLAIN
    assert set(plan_of(replace(where, ducts=shapes())).segments["build"]) == {"buried"}


def test_power_poles_carry_the_line_along_the_road_and_across_country() -> None:
    # The power line follows the road for 2 km, then goes straight to S where the road bends away.
    roads = [[(0, 0), (2000, 0), (2000, 3000), (4000, 3000), (4000, 0)]]
    poles = shapely.LineString([(0, 20), (1900, 20), (4000, 30)])
    where = world(roads, power_lines=shapes(poles))
    prices = round_prices(evn_poles_factor=price(0.5, "1"))
    found = plan_of(where, prices).segments
    by_build = found.groupby("build")["length_m"].sum()
    assert by_build["evn_poles"] > 3800
    assert found["length_m"].sum() == pytest.approx(4000, rel=0.02)
    assert found["capex_vnd"].sum() < 0.6 * 4000 * 100


def test_own_poles_where_the_study_says_so() -> None:
    prices = round_prices(aerial_factor=price(0.5, "1"))
    assert cost(world(), prices) == PLAIN
    assert cost(world(), prices, build="aerial") == WAY * 50 + TERMINAL
    assert plan_of(world(), prices, build="aerial").segments["build"].tolist() == ["aerial"]


#: A second operator's line, 1 km from S.
NEAR = [(3000, -1000), (3000, 1000)]


def test_an_excluded_operator_is_not_tapped() -> None:
    where = world(fibre=[FIBRE_LINE, NEAR])
    assert plan_of(where).investments["operator"].tolist() == ["op1"]
    found = plan_of(where, exclude_operators=("OP1",))
    assert found.investments["operator"].tolist() == ["op0"]
    assert found.total()["capex_vnd"] == PLAIN
    where.fibre["tap_allowed"] = pd.Series([None, "no"], dtype="str")
    assert plan_of(where).investments["operator"].tolist() == ["op0"]


def test_a_node_is_a_source_without_a_splice() -> None:
    nodes = shapes(shapely.Point(3500, 0), node_id=["POP1"], operator=["Viettel"])
    prices = round_prices(tap=price(5000))
    found = plan_of(world(nodes=nodes), prices)
    assert found.total()["capex_vnd"] == 495 * 100 + TERMINAL
    assert found.investments["operator"].tolist() == ["Viettel"]
    assert cost(world(nodes=nodes), prices, exclude_operators=("Viettel",)) == PLAIN + 5000


def test_a_node_off_the_roads_is_reached_off_road() -> None:
    nodes = shapes(shapely.Point(4000, 1000), node_id=["POP1"], operator=["Viettel"])
    assert cost(world(fibre=[], nodes=nodes)) == 1000 * 200 + TERMINAL


def test_each_branch_off_existing_cable_pays_one_splice() -> None:
    # S and T hang on one branch, U on another 2 km up the cable.
    roads = [[(0, 0), (4000, 0)], [(0, 900), (1000, 900)]]
    at = {"S": (4000.0, 0.0), "T": (2000.0, 0.0), "U": (1000.0, 900.0)}
    prices = round_prices(tap=price(5000, low=4000, high=8000))
    found = plan_of(world(roads, at=at), prices)
    plain = plan_of(world(roads, at=at)).total()
    assert found.total()["capex_vnd"] == plain["capex_vnd"] + 2 * 5000
    assert found.total()["capex_low_vnd"] == plain["capex_low_vnd"] + 2 * 4000
    assert found.segments["taps_vnd"].sum() == found.investments["taps_vnd"].sum() == 10_000


def test_dear_splices_are_shared() -> None:
    # Two drops of 50 m each, 200 m apart: one splice and 250 m of line, or two splices.
    at = {"S": (50.0, 0.0), "T": (50.0, 200.0)}
    where = world([[(50, 0), (50, 200)]], at=at)
    assert plan_of(where, round_prices(tap=price(5000))).investments["taps_vnd"].sum() == 10_000
    assert plan_of(where, round_prices(tap=price(50_000))).investments["taps_vnd"].sum() == 50_000


def test_a_site_on_the_cable_pays_its_splice() -> None:
    found = plan_of(world(at={"S": (0.0, 500.0)}), round_prices(tap=price(5000)))
    assert found.segments.empty
    assert found.total()["capex_vnd"] == 5000 + TERMINAL


ranges = st.tuples(*[st.floats(0.1, 5)] * 3).map(sorted)


@given(
    drawn=st.fixed_dictionaries(dict.fromkeys(("slope_40", "duct_factor", "class_unknown", "tap"), ranges))
)
def test_low_is_below_central_is_below_high(drawn: dict[str, list[float]]) -> None:
    fibre = {
        n: price(mid * 1000 if n == "tap" else mid, "1", low, high * 1000)
        for n, (low, mid, high) in drawn.items()
    }
    where = world(
        rivers=shapes(RIVER), ducts=shapes(shapely.LineString([(1000, 5), (2000, 5)]), operator=["x"])
    )
    total = plan_of(where, round_prices(**fibre, bridge_crossing=price(500, low=0, high=900))).total()
    assert total["capex_low_vnd"] <= total["capex_vnd"] <= total["capex_high_vnd"]


@given(seed=st.integers(0, 50))
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    where = crowded()
    mixed = shuffled(where, seed)
    names = ("rivers", "ducts", "power_lines", "landslides", "nodes")
    mixed = replace(mixed, **{n: getattr(where, n).sample(frac=1, random_state=seed) for n in names})
    prices = round_prices(tap=price(300), duct_factor=price(0.3, "1"), landslide_factor=price(1.5, "1"))
    one, other = plan_of(where, prices), plan_of(mixed, prices)
    pd.testing.assert_frame_equal(pd.DataFrame(one.segments), pd.DataFrame(other.segments))
    pd.testing.assert_frame_equal(pd.DataFrame(one.investments), pd.DataFrame(other.investments))


def crowded() -> Region:
    line, point = shapely.LineString, shapely.Point
    return world(
        [ROAD, DETOUR, [(4000, 0), (6000, 500)]],
        [FIBRE_LINE, [(6000, 3000), (9000, 3000)]],
        {"S": (4000, 0), "T": (6000, 500), "U": (3000, 2000), "V": (2000, 950)},
        rivers=shapes(RIVER, line([(5000, -900), (5000, 2000)])),
        ducts=shapes(line([(100, 910), (3000, 890)]), line([(4010, 0), (5000, 240)]), operator=["a", "b"]),
        power_lines=shapes(line([(0, 30), (4000, 40), (6000, 2800)]), line([(1000, -500), (1000, 2500)])),
        landslides=shapes(point(500, 100), point(4500, 100)),
        nodes=shapes(point(7000, 2000), point(100, -3000), node_id=["P1", "P2"], operator=["x", "y"]),
    )


def test_the_list_says_by_yes_and_no_what_may_be_tapped(tmp_path: Path) -> None:
    path = tmp_path / "fibre.csv"
    path.write_text(
        'Mã tuyến,Nhà mạng,Cho đấu nối,WKT\nF1,VNPT,Không,"LINESTRING (107 15, 108 15)"\n'
        'F2,VNPT,Có,"LINESTRING (107 15, 108 16)"\nF3,Viettel,,"LINESTRING (107 15, 108 17)"\n',
        encoding="utf-8",
    )
    fibre, found = read_layer("fibre", Source(path=path.name), path)
    assert not found
    assert may_be_tapped(fibre, ())["fibre_id"].tolist() == ["F2", "F3"]
    assert may_be_tapped(fibre, ("viettel",))["fibre_id"].tolist() == ["F2"]


def test_an_operator_that_has_no_line_is_a_slip_of_the_pen() -> None:
    with pytest.raises(PhuSongError, match=r"no fibre line is of 'Vietel'.*Known: op0"):
        plan_of(world(), exclude_operators=("Vietel",))


def test_assumed_prices_are_told_from_the_provinces_own() -> None:
    prices = round_prices(tap=price(5000), bridge_crossing=price(7000))
    for name in ("new_line", "site"):
        prices["fibre"][name] = replace(prices["fibre"][name], basis="province")
    found = plan_of(world(rivers=shapes(RIVER)), prices)
    assert found.assumed_share == pytest.approx(12_000 / (PLAIN + 12_000))
