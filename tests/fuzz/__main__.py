"""`python -m fuzz SECONDS [SEED] [INPUT …]`: spoils and reads files by chance until the time is over.

What went wrong is kept under fuzz-found/ (exit code 1); the same seed draws the same files.
"""

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from fuzz.found import Found
from fuzz.reading import a_file, read


def main(seconds: float, first: int, of: tuple[str, ...]) -> int:
    began, number = time.monotonic(), first
    ends: Counter[str] = Counter()
    found = Found()
    while time.monotonic() - began < seconds:
        seed = a_file(random.Random(number).randint, of)
        with tempfile.TemporaryDirectory() as folder, found.kept(f"{seed.of}-{seed.file}", seed.raw):
            said = read(seed, Path(folder), whole=number % 4 == 0)
            ends["read" if said == "read" else "refused"] += 1
        number += 1
    print(f"{number - first} files in {seconds:g} s, {len(found.seen)} failures: {dict(ends)}")
    return 1 if found.seen else 0


if __name__ == "__main__":
    said = sys.argv[1:]
    seed = int(said[1]) if len(said) > 1 else time.time_ns() % 10**9
    sys.exit(main(float(said[0]), seed, tuple(said[2:])))
