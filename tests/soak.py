"""Run verbs on a made-up nation and print what each took: make soak SCALE="1/100 1/10"."""

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
VERBS = ("check", "gaps", "run")


def measured(*arguments: str) -> tuple[float, float, int]:
    """Seconds, peak memory (MB) and exit code of `phusong ARGUMENTS` as a process of its own."""
    start = time.monotonic()
    command = [sys.executable, str(REPOSITORY / "cli.py"), "--lang", "en", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = process.stderr.read() if process.stderr else ""
    _pid, status, used = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code:
        print(said[-2000:], file=sys.stderr)
    return time.monotonic() - start, used.ru_maxrss / 1024, code


def soak(scale: str, folder: Path, verbs: list[str], elevation_m: str) -> dict[str, float]:
    """The seconds of each stage at `scale`; a line of the table is printed as each ends."""
    study = folder / f"nation-{scale.replace('/', '-')}"
    stages = [("synth", ("synth", str(study), "--scale", scale, "--elevation-m", elevation_m, "--quiet"))]
    for verb in verbs:
        out = ("--out", str(study / "runs" / "soak")) if verb == "run" else ()
        stages.append((verb, (verb, str(study / "study.toml"), *out)))
    seconds = {}
    for stage, arguments in stages:
        took, memory, code = measured(*arguments)
        failed = f"  exit {code}" if code else ""
        print(f"{scale:>8} {stage:<8} {took:>10.1f} {memory:>10.0f}{failed}", flush=True)
        if code:
            break
        seconds[stage] = took
    return seconds


def main() -> None:
    """Print stage, seconds and memory; with two scales or more the exponent of growth from first to last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--scale", nargs="+", default=["1/100"], help="parts of the nation, such as 1/100 1/10"
    )
    parser.add_argument("--verbs", nargs="*", default=list(VERBS))
    parser.add_argument("--elevation-m", default="0", help="cell of the heights; 0: none")
    given = parser.parse_args()
    print(f"{'scale':>8} {'stage':<8} {'seconds':>10} {'MB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        took = {scale: soak(scale, Path(folder), given.verbs, given.elevation_m) for scale in given.scale}
    first, last = given.scale[0], given.scale[-1]
    if first != last:
        times = float(Fraction(last) / Fraction(first))
        for stage in took[first].keys() & took[last].keys():
            growth = math.log(took[last][stage] / took[first][stage]) / math.log(times)
            print(f"{stage}: seconds grow as scale to the power {growth:.2f}")


if __name__ == "__main__":
    main()
