"""`phusong cover` as a command: first without compiled kernels, then with them."""

import sys
import tempfile
from pathlib import Path

from benchmarks.ground import SHARED
from benchmarks.page import at_most, checks_table
from benchmarks.timing import Scale, Timing, say, time_command

_REPOSITORY = Path(__file__).parents[2]
_BUNDLED = ("bundled Nam Giang (data/nam-giang)", _REPOSITORY / "data" / "nam-giang" / "study.toml")
_REAL = ("Nam Giang's real files (tests/nam-giang.toml)", _REPOSITORY / "tests" / "nam-giang.toml")
_TEXT = """## `phusong cover`

The whole command in a new process. First: an empty cache of kernels, so compilation is included (files in
the system's cache, Python's bytecode of the libraries written). Warm: kernels compiled; each run draws
everything into a new folder.{left_out}

| study | | least s | median s | processor s | memory MB |
|---|---|---|---|---|---|
{rows}

{checks}"""


def cover_section(scale: Scale) -> str:
    """First and warm times of the command on the bundled study and on the real one."""
    real = (SHARED / "nam-giang-2021").exists()
    rows, checks = [], []
    for name, study in (_BUNDLED, _REAL) if real else (_BUNDLED,):
        say(f"  phusong cover: {name}")
        first, warm = cover_times(study, scale.slow_repeats)
        rows += [_cover_row(name, "first", first), _cover_row(name, "warm", warm)]
        checks += [
            at_most(f"{name}: first", first.best_s, 30, "{:.1f} s"),
            at_most(f"{name}: warm", warm.best_s, 5, "{:.1f} s"),
        ]
    left_out = "" if real else " Nam Giang's real files are not beside the repository: left out."
    return _TEXT.format(left_out=left_out, rows="\n".join(rows), checks=checks_table(checks))


def cover_times(study: Path, repeats: int) -> tuple[Timing, Timing]:
    """(first, warm) times of the command on a study; its cache of kernels is empty before the first."""
    with tempfile.TemporaryDirectory(prefix="phusong-bench-") as name:
        folder = Path(name)
        kernels = {"NUMBA_CACHE_DIR": str(folder / "kernels"), "PHUSONG_LANG": "en"}
        command = [sys.executable, str(_REPOSITORY / "cli.py"), "cover", str(study), "--quiet", "--out"]
        first = time_command([*command, str(folder / "first")], folder, 1, kernels)
        runs = [
            time_command([*command, str(folder / f"warm-{k}")], folder, 1, kernels) for k in range(repeats)
        ]
    wall, cpu = (tuple(getattr(run, part)[0] for run in runs) for part in ("wall_s", "cpu_s"))
    return first, Timing(wall, cpu, max(run.memory_mb for run in runs))


def _cover_row(name: str, when: str, timing: Timing) -> str:
    say(f"    {when}: {timing.best_s:.1f} s")
    return (
        f"| {name} | {when} | {timing.best_s:.1f} | {timing.median_s:.1f} | {min(timing.cpu_s):.1f} "
        f"| {timing.memory_mb:,.0f} |"
    )
