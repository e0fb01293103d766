"""The machine that the figures come from, and the versions."""

import os
import platform
import re
import shutil
import subprocess
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numba
import rasterio

import phusong

#: One more runnable process than this on the average of the last minute, and the page says so.
_QUIET = 0.5


def describe_machine() -> str:
    """The head of BENCHMARKS.md."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Each part says when it was measured and how busy the machine was; all",
        "figures of a part come from one run. Least time of the",
        "repeats (and the median) by the clock; warm means that kernels are compiled and files are in the",
        "system's cache. A *point* is one cell and one frequency.",
        "",
        "| | |",
        "|---|---|",
        f"| machine | {_cpu()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB; {_system()} |",
        f"| phusong | {phusong.__version__} |",
        f"| Python | {platform.python_version()}; " + ", ".join(_libraries()) + " |",
        f"| GDAL | {rasterio.__gdal_version__} |",
        f"| reference tools | SPLAT! HD {splat_version() or 'absent'}; itmlogic {_version('itmlogic')} |",
    ]
    return "\n".join(lines)


def describe_moment() -> str:
    """When a part is measured: the day, the revision, how busy the machine is."""
    return f"*Measured {date.today().isoformat()} at {_revision()}, load before: {_load()}.*"


def _cpu() -> str:
    found = re.search(r"model name\s*: (.+)", _text("/proc/cpuinfo"))
    return found[1].strip() if found else platform.processor() or "unknown processor"


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _system() -> str:
    found = re.search(r'PRETTY_NAME="(.+)"', _text("/etc/os-release"))
    return f"{found[1] if found else platform.system()}, Linux {platform.release()}"


def _load() -> str:
    load = os.getloadavg()[0]
    quiet = load <= _QUIET
    return f"{load:.2f} in the last minute" + (
        "" if quiet else ": **other work was running; times are too long**"
    )


def _revision() -> str:
    git = ["git", "-C", str(Path(__file__).parent)]
    if not shutil.which("git"):
        return "revision unknown"
    commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    changed = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True).stdout
    return (commit.stdout.strip() or "revision unknown") + (" with changes" if changed.strip() else "")


def _libraries() -> list[str]:
    return [f"{name} {_version(name)}" for name in ("numba", "llvmlite", "numpy", "scipy", "rasterio")] + [
        f"threads of numba's parallel loops: {numba.config.NUMBA_NUM_THREADS} (none is used)"
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def splat_version() -> str:
    """The version that splat-hd says; empty where it is not installed."""
    if not shutil.which("splat-hd"):
        return ""
    printed = subprocess.run(["splat-hd"], capture_output=True, text=True).stdout
    found = re.search(r"v(\d[\d.]+\d)", printed)
    return found[1] if found else "of unknown version"


def _text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8", errors="replace") if Path(path).exists() else ""
