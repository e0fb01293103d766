"""Where work runs: `here`, in `threads:N` or on `cores:N` of this machine, or on a Dask cluster at
`tcp://host:port`.

A task is small: values, ids, paths. Results come back in the order of the tasks, whatever runs them.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import TypeVar

from phusong.cluster import Cluster, ended_early, open_cluster
from phusong.errors import PhuSongError, RunError
from phusong.heard import say_warnings_plainly
from phusong.language import _

Task = TypeVar("Task")
Result = TypeVar("Result")
Progress = Callable[[str, int, int], None]
#: Seconds that a shared folder may take to show a file that another machine wrote.
LATE_S = 10


def no_progress(step: str, done: int, total: int) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class Engine:
    """Runs a function over tasks; `progress(step, done, total)` is called as they end."""

    executor: Executor | Cluster | None = None
    progress: Progress = no_progress
    address: str = "here"

    def map(self, function: Callable[[Task], Result], tasks: Sequence[Task], step: str = "") -> list[Result]:
        """`[function(task) for task in tasks]`, run where the engine runs.

        Raises PhuSongError when the scheduler or the worker processes die; a Dask worker that dies costs what
        it was doing, and another does it.
        """
        out: list[Result] = []
        self.progress(step, 0, len(tasks))
        try:
            for result in self._results(function, tasks):
                out.append(result)
                self.progress(step, len(out), len(tasks))
        except BrokenExecutor as error:
            raise ended_early(self.address) from error
        return out

    def _results(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        return map(function, tasks) if self.executor is None else self.executor.map(function, tasks)

    @property
    def is_elsewhere(self) -> bool:
        """Do other machines do the work, from other folders?"""
        return isinstance(self.executor, Cluster)

    def check_files(self, paths: Iterable[Path]) -> None:
        """Raise InputError when a worker does not see one of the files that are here, or sees another."""
        if isinstance(self.executor, Cluster):
            self.executor.check_files(paths)

    def check_made(self, paths: Iterable[Path]) -> None:
        """Raise RunError when a file that a task wrote is not here: a worker has its own folder there."""
        missing = list(paths)
        # A shared folder may show a new file a little later.
        until = time.monotonic() + (LATE_S if self.is_elsewhere else 0)
        while missing := [path for path in missing if not path.exists()]:
            if time.monotonic() > until:
                raise RunError(
                    _("a worker wrote this file where this machine does not see it"),
                    where=str(missing[0]),
                    do=_("Name a folder with --out that all machines see at the same path."),
                )
            time.sleep(0.2)


@contextmanager
def open_engine(address: str = "here", progress: Progress = no_progress) -> Iterator[Engine]:
    """The engine at `address`: "here", "threads:N", "cores:N" or "tcp://scheduler:8786".

    Threads suit compiled kernels, which let go of the interpreter; cores suit everything else.

    Raises PhuSongError when the address is none of these, no scheduler or worker answers there, or a worker
    has other versions of phusong and its libraries.
    """
    kind, _colon, rest = address.partition(":")
    count = int(rest) if rest.isdigit() else 0
    if address == "here":
        yield Engine(None, progress)
    elif kind == "threads" and count > 0:
        with ThreadPoolExecutor(count) as pool:
            yield Engine(pool, progress, address)
    elif kind == "cores" and count > 0:
        # spawn: numba and GDAL threads do not survive a fork.
        context = get_context("spawn")
        with ProcessPoolExecutor(count, mp_context=context, initializer=_begin) as processes:
            yield Engine(processes, progress, address)
    elif address.startswith("tcp://"):
        with open_cluster(address) as cluster:
            yield Engine(cluster, progress, address)
    else:
        raise PhuSongError(
            _("unknown engine {address}").format(address=repr(address)),
            do=_("Use here, threads:N, cores:N (such as cores:2) or tcp://scheduler:8786."),
        )


def _begin() -> None:
    """What each worker process does first."""
    say_warnings_plainly()
    _end_with_parent()


def _end_with_parent() -> None:
    """Let a worker process end when the one that it works for is gone, also by a kill."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
