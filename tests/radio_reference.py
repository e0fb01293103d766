"""Where the published reference values lie: ../shared/data/vectors beside the repository."""

from pathlib import Path

import pytest

VECTORS = Path(__file__).resolve().parents[2] / "shared" / "data" / "vectors"


def vectors(name: str) -> Path:
    """The path of one reference file; skips the test when the folder is absent."""
    path = VECTORS / name
    if not path.exists():
        pytest.skip(f"no reference values at {path}")
    return path
