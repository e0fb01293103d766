"""Measure, and write BENCHMARKS.md: `PYTHONPATH=tests python -m benchmarks [--only radio]`."""

import argparse
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.page import measure, page_of, section_modules
from benchmarks.timing import FULL, say

PAGE = Path(__file__).parents[2] / "BENCHMARKS.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--only",
        choices=section_modules(),
        action="append",
        help="measure this part anew; the other parts of BENCHMARKS.md stay as they are",
    )
    only = parser.parse_args().only
    parts = measure(FULL, only or section_modules())
    before = PAGE.read_text(encoding="utf-8") if only and PAGE.exists() else ""
    PAGE.write_text(page_of(describe_machine(), parts, before), encoding="utf-8")
    say(f"written: {PAGE}")


if __name__ == "__main__":
    main()
