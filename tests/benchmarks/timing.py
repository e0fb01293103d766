"""How much to measure, and how: repeats with their least and median time."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    reach_m: float = 15_000
    real_reach_m: float = 10_000
    repeats: int = 7
    slow_repeats: int = 3
    exact_cells: int = 5_000
    peer_paths: int = 2_000
    places: int = 2_000
    masts: int = 100
    phased: tuple[int, ...] = (250, 1500)
    phased_junctions: int = 58_000
    phased_seeds: tuple[int, ...] = (1, 2, 3)
    plan_sites: int = 200
    plan_junctions: int = 54_000
    most_nodes: int = 10**9
    junctions: int = 58_000
    sites: int = 200
    seeds: int = 5
    nation_junctions: int = 1_350_000
    nation_sites: int = 11_000
    nation_scales: tuple[str, ...] = ("1/100", "1/10", "1")
    nation_tile: str = "1/400"
    map_sites: int = 100_000
    map_communes: int = 240
    peers: bool = True
    commands: bool = True


FULL = Scale()
TINY = Scale(
    reach_m=600,
    real_reach_m=600,
    repeats=1,
    slow_repeats=1,
    exact_cells=40,
    peer_paths=3,
    places=60,
    masts=2,
    phased=(20,),
    phased_junctions=400,
    phased_seeds=(1,),
    most_nodes=200,
    junctions=1_500,
    sites=20,
    seeds=1,
    nation_junctions=3_000,
    nation_sites=40,
    nation_scales=(),
    map_sites=500,
    map_communes=9,
    peers=False,
    commands=False,
)


@dataclass(frozen=True)
class Timing:
    """Seconds of each repeat by the clock, processor seconds, most memory in MB (0: not read)."""

    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...]
    memory_mb: float = 0.0

    @property
    def best_s(self) -> float:
        """The least: what the work takes when nothing else disturbs it."""
        return min(self.wall_s)

    @property
    def median_s(self) -> float:
        """The median by the clock."""
        return statistics.median(self.wall_s)


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)


def time_warm(work: Callable[[], object], repeats: int) -> Timing:
    """Times of `work` after one run that is not counted (compilation, caches)."""
    work()
    wall, cpu = [], []
    for _ in range(repeats):
        c, w = time.process_time(), time.perf_counter()
        work()
        wall.append(time.perf_counter() - w)
        cpu.append(time.process_time() - c)
    return Timing(tuple(wall), tuple(cpu))


def time_command(
    command: Sequence[str], folder: Path, repeats: int = 1, more: Mapping[str, str] | None = None
) -> Timing:
    """Times of a command, each in a new process, with its processor time and greatest memory.

    Raises RuntimeError with what it printed when it fails.
    """
    wall, cpu, memory = [], [], 0.0
    for _ in range(repeats):
        with (folder / "printed.txt").open("w+b") as printed:
            start = time.perf_counter()
            process = subprocess.Popen(
                command, cwd=folder, env={**os.environ, **(more or {})}, stdout=printed, stderr=printed
            )
            _pid, status, used = os.wait4(process.pid, 0)
            wall.append(time.perf_counter() - start)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                printed.seek(0)
                raise RuntimeError(f"{' '.join(command)}: {printed.read().decode(errors='replace')}")
        cpu.append(used.ru_utime + used.ru_stime)
        memory = max(memory, used.ru_maxrss / 1024)
    return Timing(tuple(wall), tuple(cpu), memory)
