"""The verbs on made-up nations of three sizes: seconds and memory of each stage, and how they grow.

`python -m benchmarks.scale --scale 1/100 1/10` (make soak SCALE="1/100 1/10") prints it and writes no page.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from benchmarks.page import Check, at_most, checks_table
from benchmarks.timing import FULL, Scale, say

_CLI = Path(__file__).parents[2] / "cli.py"
_ENGINE = ("--engine", "cores:2")
_VERBS = ("check", "gaps", "run")
#: Hours of a night, and how far footprints reach.
_NIGHT_H = 8
_REACH_M = 15_000

_TEXT = """## A made-up nation

`phusong synth` at {scales} of {communes} communes, {sites} sites, {cells} cells and {roads_km} km of roads,
then the verbs, each a process of its own with two worker processes beside it; flat ground. CPU s is the
processor time of all of them: on two cores with nothing else to do a verb cannot take less than half of it.
Memory is the most that all processes of a verb had in use together. Growth: processor time (of steps: time)
goes as size to this power, from the last but one size to the last.

{table}

{footprints}

{checks}"""

_FOOTPRINTS = (
    "Footprints of the nation, by proportion from a tile of {cells} cells at 30 m to {reach_km:g} km "
    "({per_cell_s:.2f} s a cell on two cores, tiles of best servers included): {hours:.0f} hours on this "
    "machine, or a night of {night} hours on {workers} worker(s) of one core. It is an estimate: masts are "
    "tasks of their own, so that workers add up, but only ground inside the communes is worked out, of which "
    "the tile has less about its masts than a nation."
)


@dataclass(frozen=True)
class Stage:
    """What a verb or a step of one took: seconds by the clock; of verbs also processor seconds and GB,
    those of all processes together."""

    seconds: float
    cpu_s: float | None = None
    gb: float | None = None


def sections(scale: Scale) -> list[str]:
    """The nation at three sizes, and what its footprints would take."""
    if not scale.nation_scales:
        return []
    with tempfile.TemporaryDirectory(prefix="phusong-scale-") as name:
        took = {at: measure(at, Path(name) / at.replace("/", "-")) for at in scale.nation_scales}
        per_cell_s, cells = _footprints(Path(name) / "tile", scale.nation_tile)
    told = list(took.values())
    size = told[-1][1]
    nation_cells = round(size["cells"] / Fraction(scale.nation_scales[-1]))
    hours = per_cell_s * nation_cells / 3600
    footprints = _FOOTPRINTS.format(
        cells=cells,
        reach_km=_REACH_M / 1000,
        per_cell_s=per_cell_s,
        hours=hours,
        night=_NIGHT_H,
        workers=math.ceil(2 * hours / _NIGHT_H),
    )
    return [
        _TEXT.format(
            scales=", ".join(took),
            communes=f"{size['communes']:,}",
            sites=f"{size['sites']:,}",
            cells=f"{size['cells']:,}",
            roads_km=f"{size['road_km']:,}",
            table=_table({at: stages for at, (stages, _size) in took.items()}),
            footprints=footprints,
            checks=checks_table(list(_checks({at: stages for at, (stages, _size) in took.items()}))),
        )
    ]


def measure(scale: str, folder: Path) -> tuple[dict[str, Stage], dict[str, int]]:
    """The stages by name (`run: Design` is a step of run), and what the study holds."""

    said, synth, _steps = _timed("synth", str(folder), "--scale", scale, "--elevation-m", "0", "--json")
    size: dict[str, int] = {k: round(v) for k, v in json.loads(said).items() if isinstance(v, int | float)}
    stages = {"synth": synth}
    say(f"  {scale}: synth {synth.seconds:.0f} s")
    for verb in _VERBS:
        out = ("--out", str(folder / "runs" / "soak")) if verb == "run" else ()
        _said, stages[verb], steps = _timed(verb, str(folder / "study.toml"), *out, *_ENGINE)
        stages |= {f"{verb}: {step}": Stage(seconds) for step, seconds in steps.items()}
        parts = ", ".join(f"{step} {seconds:.0f}" for step, seconds in steps.items())
        say(f"  {scale}: {verb} {stages[verb].seconds:.0f} s, {stages[verb].gb:.1f} GB ({parts})")
    return stages, size


def _timed(*arguments: str) -> tuple[str, Stage, dict[str, float]]:
    """What a verb printed, what it took, and the seconds from each step that it named to the next."""
    environment = {**os.environ, "PHUSONG_LANG": "en"}
    start = time.monotonic()
    command = [sys.executable, str(_CLI), *arguments]
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True, env=environment)
        most = _Most(process.pid)
        began: list[tuple[str, float]] = []
        lines = []
        for line in process.stderr or ():
            lines.append(line)
            if line.rstrip().endswith(" …"):
                began.append((line.rstrip()[:-2], time.monotonic()))
        _pid, status, used = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status):
            raise RuntimeError(f"{' '.join(command)}: {''.join(lines)[-2000:]}")
        end = time.monotonic()
        most.stop()
        out.seek(0)
        said = out.read()
    ends = [at for _step, at in began[1:]] + [end]
    steps: dict[str, float] = {}
    for (step, at), until in zip(began, ends, strict=True):
        steps[step] = steps.get(step, 0.0) + until - at
    return said, Stage(end - start, used.ru_utime + used.ru_stime, most.gb), steps


class _Most:
    """Watches the memory of a process and its children (proportional set size); asking slows them, so once a
    second."""

    def __init__(self, pid: int) -> None:
        self.gb = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(pid,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watch."""
        self._done.set()
        self._thread.join()

    def _watch(self, pid: int) -> None:
        while not self._done.wait(1):
            self.gb = max(self.gb, sum(_pss_kb(p) for p in _family(pid)) / 1e6)


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _pss_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def _growth(took: dict[str, dict[str, Stage]], stage: str) -> float | None:
    """The exponent of growth of a stage from the last but one size to the last."""
    if len(took) < 2:
        return None
    (a, small), (b, large) = list(took.items())[-2:]
    if stage not in small or stage not in large:
        return None
    times = float(Fraction(b) / Fraction(a))
    first, last = (found.cpu_s or found.seconds for found in (small[stage], large[stage]))
    return math.log(last / max(first, 0.01)) / math.log(times)


def _table(took: dict[str, dict[str, Stage]]) -> str:
    heads = "".join(f" {at}: s | CPU s | GB |" for at in took)
    rows = [f"| stage |{heads} growth |", "|---|" + "---|---|---|" * len(took) + "---|"]
    for stage in dict.fromkeys(name for stages in took.values() for name in stages):
        cells = ""
        for stages in took.values():
            found = stages.get(stage)
            cells += f" {found.seconds:.1f} |" if found else "  |"
            cells += f" {found.cpu_s:.1f} |" if found and found.cpu_s is not None else "  |"
            cells += f" {found.gb:.2f} |" if found and found.gb is not None else "  |"
        growth = _growth(took, stage)
        rows.append(f"| {stage} |{cells} {'' if growth is None else f'{growth:.2f}'} |")
    return "\n".join(rows)


def _checks(took: dict[str, dict[str, Stage]]) -> Iterator[Check]:
    last = list(took.values())[-1]
    first_look = last["check"].seconds + last["gaps"].seconds
    yield at_most("check and gaps", first_look / 60, 5, "{:.1f} min")
    yield at_most("routes and all else of the design", last["run: Design"].seconds / 60, 10, "{:.1f} min")
    yield at_most("whole run, without footprints", last["run"].seconds / 60, 30, "{:.1f} min")
    yield at_most("memory", max(last[verb].gb or 0 for verb in _VERBS), 8, "{:.1f} GB")
    for verb in _VERBS:
        if (growth := _growth(took, verb)) is not None:
            yield at_most(f"growth of {verb}", growth, 1.15, "{:.2f}")


def _footprints(folder: Path, scale: str) -> tuple[float, int]:
    """Seconds a cell for the footprints of a made-up study with elevation, and its cells; what is compiled
    once only is compiled before, on a smaller one."""
    _cover(folder / "small", Fraction(scale) / 10)
    return _cover(folder / "tile", Fraction(scale))


def _cover(folder: Path, scale: Fraction) -> tuple[float, int]:
    said, _synth, _steps = _timed(
        "synth", str(folder), "--scale", str(scale), "--elevation-m", "30", "--json"
    )
    cells = int(json.loads(said)["cells"])
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    study.write_text(f"{text}\n[mobile]\nfootprint_reach_m = {_REACH_M}\ncell_m = 30\n", encoding="utf-8")
    _said, took, _steps = _timed("cover", str(study), "--out", str(folder / "cover"), "--engine", "threads:2")
    return took.seconds / cells, cells


def main() -> None:
    """Print the same page part that `make bench` writes, at the sizes asked for."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--scale", nargs="+", default=FULL.nation_scales, help="parts of the nation, rising")
    given = parser.parse_args()
    print("\n\n".join(sections(replace(FULL, nation_scales=tuple(given.scale)))))


if __name__ == "__main__":
    main()
