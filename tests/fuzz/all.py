"""`python -m fuzz.all SECONDS`: by chance, then where coverage leads (with atheris), then by hypothesis."""

import importlib.util
import os
import subprocess
import sys

from fuzz.found import FOUND

#: What atheris is to lead; the first ones have most to find.
TARGETS = ("spoilt", "csv", "xlsx", "kml", "geojson", "ofds", "dxf", "study", "reports", "cells", "texts")
#: What one example of each property of tests/test_fuzz.py takes together.
PER_EXAMPLE_S = 3.5


def main(seconds: float) -> int:
    guided = importlib.util.find_spec("atheris") is not None
    if not guided:
        print("atheris is not installed: the guided part is left out")
    part = seconds / (3 if guided else 2)
    before = set(FOUND.glob("*"))
    python = [sys.executable, "-m"]
    failed = bool(subprocess.call([*python, "fuzz", str(part)]))
    for target in TARGETS if guided else ():
        failed |= bool(subprocess.call([*python, "fuzz.guided", str(round(part / len(TARGETS))), target]))
    soak = os.environ | {
        "HYPOTHESIS_PROFILE": "soak",
        "FUZZ_EXAMPLES": str(max(5, round(part / PER_EXAMPLE_S))),
    }
    try:
        code = subprocess.call(
            [*python, "pytest", "-q", "-x", "tests/test_fuzz.py"], env=soak, timeout=2 * part + 60
        )
        failed |= bool(code)
    except subprocess.TimeoutExpired:
        print("hypothesis: nothing found when the time was over")
    for path in sorted(set(FOUND.glob("*")) - before):
        failed = True
        print(f"found {path}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
