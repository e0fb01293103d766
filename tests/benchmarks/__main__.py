"""Measure, and write BENCHMARKS.md: `PYTHONPATH=tests python -m benchmarks [--only radio]`."""

import argparse
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.page import measure, section_modules
from benchmarks.timing import FULL, say

PAGE = Path(__file__).parents[2] / "BENCHMARKS.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--only", choices=section_modules(), help="print this part; BENCHMARKS.md stays as it is"
    )
    only = parser.parse_args().only
    page = "\n\n".join([describe_machine(), *measure(FULL, only)]) + "\n"
    if only:
        print(page)
    else:
        PAGE.write_text(page, encoding="utf-8")
        say(f"written: {PAGE}")


if __name__ == "__main__":
    main()
