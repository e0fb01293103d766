"""Work on a Dask cluster: other processes, often on other machines, which die, come late, do not see our
files or have other versions of what they compute with.
"""

import logging
import time
import warnings
from asyncio import CancelledError as AsyncCancelledError
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from phusong.errors import InputError, PhuSongError
from phusong.language import _, current_language
from phusong.worker import NotSeenError, Work, programs, refuse_other_programs, sizes

#: How often a task is sent. Each time the scheduler itself tries it on four workers (allowed-failures = 3).
SENT = 3
#: Seconds: to wait for a first worker, and while there is none left; for an answer of the scheduler; between
#: two looks at whether all of them live.
NO_WORKER_S, ANSWER_S, LOOK_S = 45, 30, 5


def ended_early(address: str) -> PhuSongError:
    """The processes at `address` are gone."""
    return PhuSongError(
        _("the processes that did the work at {address} ended before it was done").format(address=address),
        do=_("See that the machines are there and have memory, then run again; or use --engine here."),
    )


class Cluster:
    """The workers of a Dask scheduler, and a `map` over them that outlives workers."""

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address

    def map(self, function: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[Any]:
        """`map(function, tasks)` on the workers. Each result is fetched as soon as it is there, so that a
        worker that dies takes only what it was doing; a task whose workers died is sent `SENT` times.

        Raises PhuSongError when workers keep dying, all workers or the scheduler are gone, and when a worker
        sees other files or has other versions.
        """
        work = Work(function, current_language(), programs())
        arrived: SimpleQueue[Any] = SimpleQueue()
        places: dict[str, int] = {}
        deaths = dict.fromkeys(range(len(tasks)), 0)
        results: dict[int, Any] = {}

        def send(numbers: Iterable[int]) -> None:
            numbers = list(numbers)
            with self._asking(), warnings.catch_warnings():
                # Dask's advice to programmers on large tasks.
                warnings.simplefilter("ignore", UserWarning)
                name = function.__name__.strip("_")
                sent = self._client.map(work, [tasks[n] for n in numbers], pure=False, key=name)
            places.update(zip((future.key for future in sent), numbers, strict=True))
            waiting.update(zip(numbers, sent, strict=True))
            for future in sent:
                future.add_done_callback(arrived.put)

        waiting: dict[int, Any] = {}
        send(range(len(tasks)))
        for number in range(len(tasks)):
            while number not in results:
                future = self._next(arrived)
                place = places[future.key]
                error = self._error_of(future)
                if error is None:
                    results[place] = _Value(self._fetch(future))
                elif died := _deaths(error):
                    deaths[place] += died
                    if deaths[place] >= SENT * died:
                        raise self._killed(deaths[place]) from error
                    send([place])
                    continue
                else:
                    results[place] = self._told(error)
                del waiting[place]
            result = results.pop(number)
            if isinstance(result, _Value):
                yield result.value
            else:
                raise result

    def check(self) -> None:
        """Wait for a worker; raise PhuSongError when none comes, or one has other versions than we have."""
        try:
            with self._asking():
                self._client.wait_for_workers(1, timeout=NO_WORKER_S)
        except TimeoutError:
            raise self._no_worker() from None
        found = self._ask(programs)
        refuse_other_programs(found, programs())

    def check_files(self, paths: Iterable[Path]) -> None:
        """Raise InputError when a worker does not see one of the files, or another one in its place (by the
        size)."""
        names = sorted(str(path) for path in paths if path.is_file())
        ours = sizes(names)[1]
        for worker, (machine, theirs) in sorted(self._ask(sizes, names).items()):
            for name, here, there in zip(names, ours, theirs, strict=True):
                if there is None:
                    raise _not_seen(name, f"{worker} ({machine})")
                if there != here:
                    raise InputError(
                        _("the worker {worker} sees another file there: {there} bytes, here {here}").format(
                            worker=f"{worker} ({machine})", there=there, here=here
                        ),
                        where=name,
                        do=_("Copy the study's folder there again, or use one that all machines share."),
                    )

    def _ask(self, function: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
        """What each worker answers; one that dies over it does not count."""
        with self._asking():
            answers = self._client.run(function, *arguments, on_error="return")
        for worker, answer in sorted(answers.items()):
            if _lacks_phusong(answer):
                raise _without_phusong(worker, answer)
            if isinstance(answer, Exception) and not isinstance(answer, OSError):
                raise answer
        return {worker: answer for worker, answer in answers.items() if not isinstance(answer, Exception)}

    def _next(self, arrived: "SimpleQueue[Any]") -> Any:
        """The next future that is done; meanwhile a look at whether the scheduler and a worker live."""
        alone_since: float | None = None
        while True:
            try:
                return arrived.get(timeout=LOOK_S)
            except Empty:
                if self._workers():
                    alone_since = None
                    continue
            alone_since = alone_since or time.monotonic()
            if time.monotonic() - alone_since > NO_WORKER_S:
                raise self._no_worker()

    def _workers(self) -> int:
        """How many workers there are."""
        try:
            with self._asking():
                return len(self._client.nthreads(callback_timeout=ANSWER_S))
        except TimeoutError as error:
            raise ended_early(self._address) from error

    def _fetch(self, future: Any) -> Any:
        """A result; one that was lost with its worker is worked out again, for which there must be one."""
        wait_s = ANSWER_S
        while True:
            try:
                with self._asking():
                    return future.result(timeout=wait_s)
            except TimeoutError:
                wait_s *= 2
                if not self._workers():
                    raise self._no_worker() from None

    def _error_of(self, future: Any) -> BaseException | None:
        """What went wrong; None when the result is there or is to come."""
        if future.cancelled():
            raise ended_early(self._address)
        with self._asking():
            return future.exception() if future.status == "error" else None

    def _told(self, error: BaseException) -> BaseException:
        """A task's error as one for people, where it is of the cluster's making."""
        if isinstance(error, NotSeenError):
            path, worker, led_to = error.args
            return _not_seen(path, worker) if Path(path).exists() else led_to
        if _lacks_phusong(error):
            return _without_phusong(self._address, error)
        return error

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Whatever Dask says when the scheduler goes away becomes one line."""
        try:
            yield
        except TimeoutError:
            raise
        except (AsyncCancelledError, CancelledError, OSError) as error:
            raise ended_early(self._address) from error
        except Exception as error:
            if self._client.status != "running":
                raise ended_early(self._address) from error
            raise

    def _no_worker(self) -> PhuSongError:
        return PhuSongError(
            _("the Dask scheduler at {address} has no worker").format(address=self._address),
            do=_("Start some: dask worker --nthreads 1 --nworkers 4 {address}").format(address=self._address),
        )

    def _killed(self, deaths: int) -> PhuSongError:
        return PhuSongError(
            _("{count} worker processes at {address} died, one after the other, with the same task").format(
                count=deaths, address=self._address
            ),
            do=_("Give each more memory (fewer --nworkers on a machine), or use --engine here."),
        )


@dataclass(frozen=True)
class _Value:
    """A result, told from an error."""

    value: Any


def _deaths(error: BaseException) -> int:
    """How many workers died over a task until the scheduler gave it up; 0 for any other error."""
    from distributed import KilledWorker

    return int(error.allowed_failures) + 1 if isinstance(error, KilledWorker) else 0


def _lacks_phusong(answer: Any) -> bool:
    """Is it an error of a worker that cannot import phusong? Dask may have made plain text of it."""
    return (
        isinstance(answer, Exception) and "ModuleNotFoundError" in repr(answer) and "phusong" in str(answer)
    )


def _not_seen(path: str, worker: str) -> InputError:
    return InputError(
        _("the worker {worker} does not see this file").format(worker=worker),
        where=path,
        do=_("Put the study into a folder that all machines see at the same path (see docs/cluster.md)."),
    )


def _without_phusong(worker: str, error: BaseException) -> PhuSongError:
    return PhuSongError(
        _("the worker {worker} cannot load phusong: {error}").format(worker=worker, error=error),
        do=_("Install it there, in the Python that runs 'dask worker'."),
    )


@contextmanager
def open_cluster(address: str) -> Iterator[Cluster]:
    """The cluster of the scheduler at `address` ("tcp://scheduler:8786").

    Raises PhuSongError when Dask is not installed, no scheduler or worker answers, or versions differ.
    """
    try:
        import distributed
    except ImportError:
        raise PhuSongError(
            _("a Dask address needs Dask"), do=_("Install it: pip install 'phusong[cluster]'.")
        ) from None
    dask: Any = distributed
    try:
        with warnings.catch_warnings():
            # Versions are compared here, in words for people.
            warnings.simplefilter("ignore", UserWarning)
            client = dask.Client(address, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise PhuSongError(
            _("no Dask scheduler answers at {address}").format(address=address),
            do=_("Start one with 'dask scheduler', or use --engine here."),
        ) from error
    # What its own loops say when a scheduler dies is nothing for the user: the engine says it in a line.
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with client:
        cluster = Cluster(client, address)
        cluster.check()
        yield cluster
