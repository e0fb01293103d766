"""The compiler wrapper: works beside a folder called coverage, and keeps kernels apart by source state."""

import subprocess
import sys
from pathlib import Path

from phusong.jit import kernel_folder, njit

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = """
import sys
sys.path[:0] = ["", {source!r}]
class NoCoveragePy:
    # as on a machine without coverage.py: only the folder answers to the name
    def find_spec(self, name, path=None, target=None):
        return None
import importlib.machinery, importlib.util
sys.path = [p for p in sys.path if p in ("", {source!r}) or not (
    __import__("pathlib").Path(p) / "coverage" / "version.py").exists()]
import phusong.jit
print("coverage" in sys.modules, phusong.jit.njit)
"""


def test_imports_from_the_repository_root_with_a_folder_called_coverage() -> None:
    script = SCRIPT.format(source=str(ROOT / "coverage"))
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("False")


def test_a_kernel_divides_by_zero_as_arrays_do() -> None:
    @njit()
    def ratio(a: float, b: float) -> float:
        return a / b

    assert ratio(1.0, 0.0) == float("inf")


def test_kernels_are_kept_by_the_state_of_the_sources() -> None:
    assert kernel_folder().name.startswith("kernels-")
