"""Parts of the road network, and the sentences on a site."""

from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from drawn_plan import lines
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.checks.roads import roads_in_parts
from phusong.cli import phusong
from phusong.errors import PhuSongError
from phusong.explain import explain_site, path_of, why_not_the_others
from phusong.parts import all_joined, road_parts
from phusong.runs import Run, read_run
from phusong.units import say_vnd
from phusong.wording import TECHNOLOGY_NAMES, say


def test_parts_of_a_road_network_and_the_gaps_between_them() -> None:
    #  a 10 km road; 300 m north of its middle a road of 2 km; 100 m beyond that one of 500 m
    roads = lines([[(0, 0), (10_000, 0)], [(5000, 300), (5000, 2300)], [(5000, 2400), (5000, 2900)]])
    parts = road_parts(roads)
    assert parts["length_m"].tolist() == [10_000, 2000, 500]
    assert parts["nearest"].tolist() == [2, 3, 2]
    assert parts["gap"].length.tolist() == [300, 100, 100]
    assert parts["main_gap"].length.tolist()[1:] == [300, 2400]
    assert parts["main_gap"].iloc[1].equals(shapely.LineString([(5000, 300), (5000, 0)]))


def test_roads_that_meet_or_nearly_meet_are_one_part() -> None:
    assert len(road_parts(lines([[(0, 0), (100, 0)], [(50, -50), (50, 50)], [(104, 0), (200, 0)]]))) == 1
    assert len(road_parts(lines([[(0, 0), (100, 0)], [(106, 0), (200, 0)]]))) == 2
    assert road_parts(lines([])).empty


def test_roads_that_are_all_joined_for_sure_are_one_part() -> None:
    cross, near, far = [(50, -50), (50, 50)], [(104, 0), (200, 0)], [(106, 0), (200, 0)]
    assert all_joined(lines([[(0, 0), (100, 0)], cross, near]))
    assert not all_joined(lines([[(0, 0), (100, 0)], cross, far]))
    assert all_joined(lines([])) and all_joined(lines([cross]))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=3, unique=True),
        min_size=1,
        max_size=8,
    )
)
def test_what_is_said_of_parts_is_so(drawn: list[list[tuple[int, int]]]) -> None:
    roads = lines([[(40 * x, 40 * y) for x, y in line] for line in drawn])
    parts = road_parts(roads)
    assert all_joined(roads) <= (len(parts) == 1)
    main = parts.geometry.iloc[0]
    for _at, part in parts.iloc[1:].iterrows():
        assert part["main_gap"].length == pytest.approx(main.distance(part.geometry))
        # Another part may be nearer; the longest is never said to be farther than it is.
        assert part["gap"].length <= part["main_gap"].length + 1e-9
        assert part["nearest"] != 1 or part["gap"].equals(part["main_gap"])


def test_the_order_of_the_roads_changes_nothing() -> None:
    roads = lines([[(0, 0), (1000, 0)], [(0, 500), (1000, 500)], [(0, 900), (1000, 900)], [(0, 5), (9, 40)]])
    one, other = road_parts(roads), road_parts(roads.iloc[::-1])
    for name in ("length_m", "nearest", "gap", "main_gap", "geometry"):
        assert one[name].tolist() == other[name].tolist(), name


@pytest.fixture(scope="module")
def run(nam_giang_run: Path) -> Run:
    """A run of the bundled study."""
    return read_run(nam_giang_run)


def fibre_sites(run: Run) -> list[str]:
    options = run.tables["options"]
    return options.loc[options["chosen"] & (options["technology"] == "fibre"), "site_id"].tolist()


def test_the_path_of_each_site_leads_from_the_cable_to_the_site(run: Run) -> None:
    at = run.tables["gaps"].set_index("site_id").geometry
    assert len(fibre_sites(run)) >= 2
    for site in fibre_sites(run):
        path = path_of(run.tables["segments"], site)
        ends = [shapely.get_coordinates(shape)[[0, -1]].tolist() for shape in path.geometry]
        assert all(a[1] == b[0] for a, b in pairwise(ends))
        assert at[site].distance(shapely.Point(ends[-1][1])) < 1e-6
        assert path["sites_downstream"].is_monotonic_decreasing
        assert (path["taps_vnd"] > 0).tolist() == [True] + [False] * (len(path) - 1)


def test_segments_and_terminals_are_the_shares(run: Run) -> None:
    options, segments = run.tables["options"], run.tables["segments"]
    by_fibre = options[options["chosen"] & (options["technology"] == "fibre")]
    terminal = round(run.manifest["prices"]["fibre"]["site"]["value"])
    assert by_fibre["share_vnd"].sum() == segments["capex_vnd"].sum() + terminal * len(by_fibre)
    assert options["share_vnd"].sum() == run.tables["investments"]["capex_vnd"].sum()


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_site_can_be_explained(run: Run, language: str) -> None:
    for site in run.tables["gaps"]["site_id"]:
        said = explain_site(run, site, language)
        assert said and all("{" not in sentence and "nan" not in sentence for sentence in said)
        assert site in said[0]


def test_the_sentences_say_tap_length_and_share(run: Run) -> None:
    site = fibre_sites(run)[0]
    said = " ".join(explain_site(run, site, "en"))
    path = path_of(run.tables["segments"], site)
    assert f"begins at {path['tap_id'].iloc[0]} (" in said
    assert f"{path['length_m'].sum() / 1000:.1f} km long" in said
    assert "buried along a road (district road)" in said
    assert "Its cost for the site is" in said


def test_a_site_that_there_is_not_is_answered_with_the_nearest(run: Run) -> None:
    known = fibre_sites(run)[0]
    with pytest.raises(PhuSongError, match="Did you mean"):
        explain_site(run, known[:-1])


def test_the_command_line_explains(run: Run) -> None:
    site = fibre_sites(run)[0]
    said = CliRunner().invoke(phusong, ["--lang", "vi", "explain", str(run.folder), site])
    assert said.exit_code == 0 and "Tuyến cáp dài" in said.output
    as_json = CliRunner().invoke(phusong, ["explain", str(run.folder), site, "--json"])
    assert '"segments"' in as_json.output


@pytest.mark.reference
def test_la_ee_and_cho_chun_have_roads_of_their_own(nam_giang: Path, opened) -> None:  # type: ignore[no-untyped-def]
    _study, region, findings = opened(nam_giang)
    said = [problem.what for problem in roads_in_parts(region)]
    assert any(
        "of road in La Êê, Chơ Chun, near 3 sites" in what and "4.0 km at 107.52" in what for what in said
    )
    assert any("2.7 km of road in La Êê, near 3 sites" in what for what in said)
    assert [f for f in findings if f.what in said]


@pytest.mark.reference
def test_real_nam_giang_says_what_its_line_is_made_of(nam_giang: Path, tmp_path: Path) -> None:
    CliRunner().invoke(
        phusong, ["run", str(nam_giang), "--out", str(tmp_path / "r"), "-q"], catch_exceptions=False
    )
    done = read_run(tmp_path / "r")
    segments = done.tables["segments"]
    assert {"NG-006", "NG-009"} <= set(fibre_sites(done))
    assert segments["mean_slope_deg"].between(1, 45).all()
    assert (segments["slope_factor"] >= 1).all()
    off = segments[segments["kind"] == "offroad"]["length_m"].sum()
    assert 9_000 < off < 15_000
    way = path_of(segments, "NG-009")
    assert (way["kind"] == "offroad").any() and way["tap_id"].nunique() == 1


@pytest.mark.parametrize("language", ["en", "vi"])
def test_one_sentence_names_every_technology_with_its_cost_or_why_not(run: Run, language: str) -> None:
    options = run.tables["options"]
    connections = options[options["closes"].isin(("fibre", "connection"))]
    for site, rows in connections.groupby("site_id"):
        sentence = why_not_the_others(rows, 10, language)
        for option in rows.to_dict("records"):
            assert say(TECHNOLOGY_NAMES, option["technology"], language) in sentence
            if pd.notna(option["present_cost_vnd"]):
                assert say_vnd(float(option["present_cost_vnd"]), language) in sentence
        assert sentence in explain_site(run, str(site), language)


def test_the_sentence_says_why_the_chosen_one() -> None:
    def options(*rows: tuple[str, bool, bool, str, float]) -> pd.DataFrame:
        names = ["technology", "chosen", "feasible", "reason", "present_cost_vnd"]
        return pd.DataFrame(rows, columns=names).assign(share_vnd=1.0)

    cheap = options(("satellite", True, True, "", 10e6), ("fibre", False, True, "dearer", 25e6))
    assert why_not_the_others(cheap, 10, "en") == (
        "Satellite is chosen (10.0 million ₫ over 10 years if the site were alone): it costs least; "
        "the others: Fibre 25.0 million ₫, 2.5 times as much."
    )
    asked = options(("fibre", True, True, "", 25e6), ("satellite", False, False, "fibre_only", 10e6))
    assert "the study asks for fibre here; the others: Satellite 10.0 million ₫." in why_not_the_others(
        asked, 10, "en"
    )
    shared = options(("fibre", True, True, "", 25e6), ("satellite", False, True, "dearer", 10e6))
    assert "with what it shares with other sites" in why_not_the_others(shared, 10, "en")
    nothing = options(("fibre", False, False, "unreachable", float("nan")))
    assert why_not_the_others(nothing, 10, "en").startswith("No connection is chosen: Fibre: no fibre can be")
