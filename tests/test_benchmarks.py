"""The code of `make bench` runs and gives figures; how fast is for `make bench` to say."""

import re

import numpy as np
import pytest
from benchmarks import choice, ground, machine, page, peers, phases, radio, routes
from benchmarks.timing import TINY

from phusong.radio.footprints import Mast
from phusong.radio.pairs import pair_clearances
from phusong.terrain import Grid


@pytest.fixture(scope="module")
def parts() -> list[str]:
    return radio.sections(TINY)


def test_each_part_has_a_heading_and_figures(parts: list[str]) -> None:
    assert "radio" in page.section_modules()
    assert len(parts) >= 4
    for part in parts:
        assert part.startswith("## ")
        assert re.search(r"\| (met|\*\*missed\*\*) \|", part) or "absent" in part, part
        assert "nan" not in part.lower().replace("đà nẵng", "")


def test_the_rasters_of_a_tiny_run_are_accurate(parts: list[str]) -> None:
    (accuracy,) = [part for part in parts if part.startswith("## Rasters")]
    assert "| met |" in accuracy and "missed" not in accuracy


def test_the_routes_of_a_tiny_run_have_figures() -> None:
    parts = routes.sections(TINY)
    assert "routes" in page.section_modules()
    assert [part.split("\n")[0] for part in parts][-1] == "## Routes: a nation"
    for part in parts:
        assert re.search(r"\| (met|\*\*missed\*\*) \|", part) or "absent" in part, part
    (proof,) = [part for part in parts if "proofs" in part]
    assert "0.0000 % | ≤ 0.0000 % | met" in proof


def test_the_drawn_mountains_are_as_steep_as_said() -> None:
    heights = ground.fractal_heights(400)
    assert ground.mean_slope_deg(heights) == pytest.approx(25, abs=0.3)
    assert np.array_equal(heights, ground.fractal_heights(400))


def test_the_tile_for_splat_has_the_mast_in_its_middle() -> None:
    heights = np.add.outer(np.arange(200) * 10.0, np.arange(200)).astype(np.float32)
    grid = Grid(heights, 0.0, 0.0, 30.0)
    tile = peers.tile_heights(grid, Mast(3000.0, -3000.0, 30.0), 1500)
    assert tile.shape == (3601, 3601) and tile.dtype == ">i2"
    assert tile[1800, 1800] == 1100
    assert tile[1810, 1800] > 1190 and tile[1800, 1830] > 1125  # rows go south, columns east
    assert tile[0, 0] == 0


def test_scipy_and_we_judge_links_alike() -> None:
    grid = Grid(ground.fractal_heights(300), 0.0, 0.0, 30.0)
    x, y = np.array([600.0, 7000.0, 4000.0]), np.array([-800.0, -6500.0, -300.0])
    pairs = np.array([[0, 1], [0, 2], [1, 2]])
    ours = pair_clearances(grid, x, y, np.full(3, 30.0), pairs, 7.0)
    assert ours == pytest.approx(peers.scipy_clearances(grid, x, y, 30.0, pairs, 7.0), abs=0.01)


def test_the_machine_is_described() -> None:
    text = machine.describe_machine()
    assert text.startswith("# Benchmarks") and "cores" in text and "numba" in text


def test_years_and_partners_are_measured() -> None:
    (part,) = phases.sections(TINY)
    assert part.startswith("## Years and partners") and "nan" not in part
    assert re.search(r"\| 20 \| .* \| 0% known \| \d\.\d{3} % \|", part)
    assert "phases" in " ".join(page.section_modules())


def test_the_figures_of_choice_are_made() -> None:
    (part,) = choice.sections(TINY)
    assert part.startswith("## ")
    assert "ITU" in part and "nan" not in part.lower()


def test_a_part_measured_anew_leaves_the_others_as_they_were() -> None:
    one = page.page_of("# Head", {"radio": "## Radio\n\none", "routes": "## Routes\n\ntwo"})
    other = page.page_of("# New head", {"radio": "## Radio\n\nthree"}, one)
    assert other.startswith("# New head") and "three" in other and "one" not in other
    assert other.count("## Routes\n\ntwo") == 1
    assert page.page_of("# New head", {}, other) == other
