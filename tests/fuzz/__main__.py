"""`python -m fuzz SECONDS [SEED] [INPUT …]`: spoils and reads files until the time is over, and keeps what went wrong.

Each failure is kept once (by its last lines of code), as a folder with the study, under fuzz-found/.
"""

import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from fuzz.reading import TooLongError, a_file, read, write

FOUND = Path("fuzz-found")


def main(seconds: float, first: int, of: tuple[str, ...]) -> int:
    began, number = time.monotonic(), first
    ends: Counter[str] = Counter()
    found: dict[tuple[str, ...], int] = {}
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() - began < seconds:
            chance = random.Random(number)
            seed = a_file(chance.randint, of)
            # A crash of the process leaves its number behind.
            (FOUND / f"running-{first}").write_text(str(number))
            here = Path(folder) / "s"
            try:
                ends["read" if read(seed, here) == "read" else "refused"] += 1
            except (Exception, TooLongError) as error:
                ends["failed"] += 1
                frames = [f"{f.filename}:{f.name}" for f in traceback.extract_tb(error.__traceback__) if "/phusong/" in f.filename]
                key = (type(error).__name__, *frames[-2:])
                if key not in found:
                    found[key] = number
                    _keep(seed, number, error)
            shutil.rmtree(here, ignore_errors=True)
            number += 1
    print(f"{number - first} files in {seconds:g} s: {dict(ends)}")
    for key, where in found.items():
        print(where, *key)
    (FOUND / f"running-{first}").unlink()
    return 1 if found else 0


def _keep(seed, number: int, error: BaseException) -> None:
    folder = FOUND / str(number)
    write(seed, folder)
    (folder / "error.txt").write_text(f"{seed.of} {seed.file}\n" + "".join(traceback.format_exception(error)), errors="replace")
    print(f"{number} {seed.of} {seed.file}: {type(error).__name__}: {str(error)[:150]!r}", flush=True)


if __name__ == "__main__":
    FOUND.mkdir(exist_ok=True)
    said = sys.argv[1:]
    sys.exit(main(float(said[0]), int(said[1]) if len(said) > 1 else time.time_ns() % 10**9, tuple(said[2:])))
