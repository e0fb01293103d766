"""Run Phủ Sóng from a checkout: ``python cli.py gaps data/nam-giang/study.toml``."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
# The folder coverage/ must not be importable as `coverage` (numba looks for coverage.py by that
# name), so the source folder takes the place of the repository root on the path.
sys.path[:] = [str(ROOT / "coverage")] + [p for p in sys.path if Path(p or ".").resolve() != ROOT]

from phusong.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
