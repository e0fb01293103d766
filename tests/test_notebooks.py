"""The notebooks run from top to bottom, and are kept without outputs."""

import json
from pathlib import Path

import nbformat
import pytest
from conftest import REPOSITORY
from nbclient import NotebookClient

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))

#: What each prints, and how many pictures it shows.
SAID = {
    "01_first_plan": ["10/12 commune centres have fibre; without: La Êê, Chơ Chun"],
    "02_radio_of_a_valley": ["km² with a fair signal or better", "LTE masts of Viettel serve"],
    "03_budgets": ["All gaps closed: ", "8 tỷ", "2028"],
    "04_a_province": ["22 communes", "sites connected for"],
}
PICTURES = {"01_first_plan": 1, "02_radio_of_a_valley": 5, "03_budgets": 4, "04_a_province": 3}


def test_none_is_forgotten():
    assert [path.stem for path in NOTEBOOKS] == sorted(SAID)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs(path: Path, monkeypatch):
    # The kernel runs in another folder: this checkout and no other.
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY / "coverage"))
    book = nbformat.read(path, as_version=4)
    NotebookClient(
        book, timeout=300, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    ).execute()
    printed = json.dumps([cell.get("outputs", []) for cell in book.cells], ensure_ascii=False)
    for said in SAID[path.stem]:
        assert said in printed
    assert printed.count('"image/png": "') == PICTURES[path.stem]
    assert '"name": "stderr"' not in printed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_outputs_are_stripped(path: Path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs") and not cell.get("execution_count")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_each_section_says_in_vietnamese_what_it_is_about(path: Path):
    texts = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown"]
    for text in texts:
        last = text.strip().split("\n\n")
        said = [part for part in last if part.startswith("*") and part.endswith("*")]
        assert any(letter in "ăâđêôơưạảấầậếềểệịọốồộớờợủứừựỳ" for letter in "".join(said)), text[:60]
