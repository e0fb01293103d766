"""The compiler wrapper: works beside a folder called coverage, and keeps kernels apart by source state."""

import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from phusong.jit import kernel_folder, njit
from phusong.terrain import sample

ROOT = Path(__file__).resolve().parents[1]
# As on a machine without coverage.py: only the repository's folder answers to the name.
SCRIPT = """
import sys
from importlib.machinery import PathFinder
sys.path[:0] = ["", "coverage"]
class OnlyTheFolder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return PathFinder.find_spec(name, [""]) if name == "coverage" else None
sys.meta_path.insert(0, OnlyTheFolder)
import coverage
assert coverage.__file__ is None
import phusong.jit
assert sys.modules["coverage"] is coverage
"""


def test_imports_from_the_repository_root_with_a_folder_called_coverage() -> None:
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_kernel_divides_by_zero_as_arrays_do() -> None:
    @njit()
    def ratio(a: float, b: float) -> float:
        return a / b

    assert ratio(1.0, 0.0) == float("inf")


def test_kernels_are_kept_by_the_state_of_the_sources() -> None:
    folder = kernel_folder()
    assert folder is not None and folder.name.startswith("kernels-")


def two_samples(grid: np.ndarray, at: np.ndarray) -> float:
    return sample(grid, at, at)[0] + sample(grid.T.copy(), at, at)[0]


def test_a_kernel_calls_its_own_copy_of_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Else the loader takes whichever was there first, which may round otherwise: a first run, that compiles,
    # would differ from the next.
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    kernel = njit()(two_samples)
    assert kernel(np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([0.5])) == 3.0
    (compiled,) = kernel.overloads.values()
    copies = [f for f in compiled.library.get_defined_functions() if "phusong" in f.name]
    assert copies and {f.linkage.name for f in copies} == {"internal"}
