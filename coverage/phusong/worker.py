"""What a Dask worker does with a task: in the language of who asked, with the same versions, saying which
file it misses.
"""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import phusong
from phusong.errors import PhuSongError
from phusong.language import _, use_language

#: What results are computed with, and tables travel in.
_LIBRARIES = ("geopandas", "numba", "numpy", "pandas", "pyproj", "rasterio", "scipy", "shapely")
Programs = tuple[tuple[str, str], ...]


@cache
def programs() -> Programs:
    """What this process computes with: Python's version (3.11), that of phusong and of the libraries."""
    python = ".".join(platform.python_version_tuple()[:2])
    own = [("phusong", phusong.__version__), ("Python", python)]
    return (*own, *((name, version(name)) for name in _LIBRARIES))


def refuse_other_programs(theirs: dict[str, Programs], ours: Programs) -> None:
    """Raise PhuSongError when a worker (address → programs) has other versions than we have."""
    for worker, found in sorted(theirs.items()):
        others = [(name, there, here) for (name, here), (_n, there) in zip(ours, found, strict=True)]
        if different := [f"{name} {there} ({here})" for name, there, here in others if there != here]:
            raise PhuSongError(
                _("the worker {worker} has other versions than this machine: {versions}").format(
                    worker=worker, versions=", ".join(different)
                ),
                do=_("Install the same there, so that results are the same (see docs/cluster.md)."),
            )


class NotSeenError(Exception):
    """A worker's: (path that is not there, who looked for it, what it led to)."""


@dataclass(frozen=True)
class Work:
    """A function as a worker runs it: in our language, with our versions; it says which file it misses."""

    function: Callable[[Any], Any]
    language: str
    programs: Programs

    def __call__(self, task: Any) -> Any:
        use_language(self.language)
        # A worker may have joined after the others were asked.
        refuse_other_programs({_who(): programs()}, self.programs)
        try:
            return self.function(task)
        except (PhuSongError, OSError) as error:
            # What it was raised from is not always something that can travel (GDAL's own errors).
            error.__cause__ = error.__context__ = None
            path = error.where if isinstance(error, PhuSongError) else error.filename
            if path and Path(path).is_absolute() and not Path(path).exists():
                raise NotSeenError(str(path), _who(), error) from None
            raise


def _who() -> str:
    """The worker that this runs on, and its machine."""
    from distributed import get_worker

    worker: Any = get_worker()
    return f"{worker.address} ({platform.node()})"


def sizes(paths: list[str]) -> tuple[str, list[int | None]]:
    """The machine, and the size of each file in bytes; None where there is no such file."""
    return platform.node(), [Path(path).stat().st_size if Path(path).exists() else None for path in paths]
