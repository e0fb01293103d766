"""The compiler wrapper: works beside a folder called coverage, and keeps kernels apart by source state."""

import subprocess
import sys
from pathlib import Path

from phusong.jit import kernel_folder, njit

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
    assert kernel_folder().name.startswith("kernels-")
