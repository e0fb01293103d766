"""The page of a study elsewhere in the world, without communes and roads, in USD."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from drawn_itu import draw_itu

from phusong.cli import main

from .conftest import OpenPage


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = draw_itu(tmp_path_factory.mktemp("itu") / "two-islands")
    for words in (["init", folder, "--profile", "itu"], ["run", folder, "--out", folder / "run", "--json"]):
        with pytest.raises(SystemExit) as caught, redirect_stdout(StringIO()):
            main(["--lang", "en", *map(str, words)])
        assert not caught.value.code
    return folder / "run" / "map.html"


def test_it_speaks_of_sites_in_dollars(page_path: Path, open_page: OpenPage) -> None:
    page = open_page(page_path)
    assert page.text("#headline").startswith("1/5 sites have fibre")
    assert "USD" in page.text("#overview") and "₫" not in page.text("#panel")
    assert "300 people" in page.text("#overview")
    assert page.run("document.querySelector('details.communes')") is None


def test_no_inset_of_viet_nam_and_no_empty_layers(page_path: Path, open_page: OpenPage) -> None:
    page = open_page(page_path)
    assert page.run("getComputedStyle(document.getElementById('inset')).display") == "none"
    assert "Area" in page.text("#legend") and "Fibre nodes" in page.text("#legend")
    stray = """[...document.querySelectorAll('#legend ul')].flatMap(u => [...u.childNodes])
        .filter(n => n.nodeType === 3).map(n => n.textContent)"""
    assert page.run(stray) == []
    assert "UTC" in page.text("#strip")


def test_fibre_nodes_can_be_pointed_at(page_path: Path, open_page: OpenPage) -> None:
    page = open_page(page_path)
    assert page.run("phusong.data.nodes.length") == 1
    place = "phusong.place(phusong.data.nodes[0][2], phusong.data.nodes[0][3])"
    at = f"phusong.world.latLngToContainerPoint({place})"
    assert page.run(f"phusong.nodeAt({at}) === phusong.data.nodes[0]")
    page.run("(phusong.state.hidden.nodes = true, phusong.redraw())")
    assert page.run(f"phusong.nodeAt({at})") is None
