"""Where work runs: `here`, in `threads:N` or on `cores:N` of this machine, or on a Dask cluster at
`tcp://host:port`.

A task is small: values, ids, paths. Results come back in the order of the tasks, whatever runs them.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, TypeVar

from phusong.errors import PhuSongError
from phusong.language import _

Task = TypeVar("Task")
Result = TypeVar("Result")
Progress = Callable[[str, int, int], None]


def no_progress(step: str, done: int, total: int) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class Engine:
    """Runs a function over tasks; `progress(step, done, total)` is called as they end."""

    executor: Executor | None = None
    progress: Progress = no_progress
    address: str = "here"

    def map(self, function: Callable[[Task], Result], tasks: Sequence[Task], step: str = "") -> list[Result]:
        """`[function(task) for task in tasks]`, run where the engine runs.

        Raises PhuSongError when the scheduler or the worker processes die; a Dask worker that dies costs its
        task only.
        """
        out: list[Result] = []
        self.progress(step, 0, len(tasks))
        try:
            for result in self._results(function, tasks):
                out.append(result)
                self.progress(step, len(out), len(tasks))
        except (CancelledError, BrokenExecutor) as error:
            raise PhuSongError(
                _("the processes that did the work at {address} ended before it was done").format(
                    address=self.address
                ),
                do=_(
                    "See that the machines are there and have memory, then run again; or use --engine here."
                ),
            ) from error
        return out

    def _results(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        return map(function, tasks) if self.executor is None else self.executor.map(function, tasks)


@contextmanager
def open_engine(address: str = "here", progress: Progress = no_progress) -> Iterator[Engine]:
    """The engine at `address`: "here", "threads:N", "cores:N" or "tcp://scheduler:8786".

    Threads suit compiled kernels, which let go of the interpreter; cores suit everything else.

    Raises PhuSongError when the address is none of these or no scheduler answers there.
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
        with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as processes:
            yield Engine(processes, progress, address)
    elif address.startswith("tcp://"):
        try:
            import distributed
        except ImportError:
            raise PhuSongError(
                _("a Dask address needs Dask"), do=_("Install it: pip install 'phusong[cluster]'.")
            ) from None
        dask: Any = distributed
        try:
            client = dask.Client(address, timeout="10s")
        except (OSError, TimeoutError, ValueError) as error:
            raise PhuSongError(
                _("no Dask scheduler answers at {address}").format(address=address),
                do=_("Start one with 'dask scheduler', or use --engine here."),
            ) from error
        # What its own loops say when a scheduler dies is nothing for the user: the engine says it in a line.
        logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
        with client:
            yield Engine(client.get_executor(), progress, address)
    else:
        raise PhuSongError(
            _("unknown engine {address}").format(address=repr(address)),
            do=_("Use here, threads:N, cores:N (such as cores:2) or tcp://scheduler:8786."),
        )
