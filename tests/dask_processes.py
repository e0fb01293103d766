"""A Dask scheduler and workers on this machine, each a process of its own, that can be killed; and the
command line run on them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import distributed
from soak_kills import _MOMENT, REPOSITORY

#: How long a worker lives at a task that it is to die at.
DIES_AFTER_S = 0.03
PATHS = f"{REPOSITORY / 'coverage'}{os.pathsep}{REPOSITORY / 'tests'}"


@dataclass
class Cluster:
    """Where the scheduler is, its process and those that keep workers alive, and a client that looks on."""

    address: str
    scheduler: subprocess.Popen
    nannies: list[subprocess.Popen]
    client: Any
    folder: Path
    killed: list[str] = field(default_factory=list)

    def busy(self) -> dict[str, list[str]]:
        """Workers by address, with the tasks that they are at work on."""
        found = self.client.processing().items()
        return {worker: [str(key) for key in keys] for worker, keys in found if keys}

    def kill_one(self) -> bool:
        """SIGKILL a worker that has work now; was there one?"""
        for worker, keys in sorted(self.busy().items()):
            process = self.client.run(os.getpid, workers=[worker], on_error="return").get(worker)
            if isinstance(process, int) and worker in self.busy():
                os.kill(process, signal.SIGKILL)
                self.killed.append(f"{worker} at {keys[0].rsplit('-', 6)[0]}")
                return True
        return False

    @contextmanager
    def deaths(self, step: str, times: int) -> Iterator[Path]:
        """Workers die at work on tasks of `step`, `times` in all; in the folder given, one file for each
        death still to come."""
        left = Path(tempfile.mkdtemp(dir=self.folder))
        for number in range(times):
            (left / str(number)).touch()
        self.client.register_plugin(DieAtWork(step, left), name=left.name)
        try:
            yield left
        finally:
            self.client.unregister_worker_plugin(left.name)


class DieAtWork(distributed.WorkerPlugin):
    """The worker that begins a task of `step` takes a file of `left` away, and is killed soon after: in the
    middle of the task or, when that is shorter, before it has told anyone that it is done."""

    def __init__(self, step: str, left: Path) -> None:
        self.step, self.left = step, left

    def transition(self, key: object, start: str, finish: str, **_more: object) -> None:
        if not str(key).startswith(self.step):
            return
        if finish == "executing" and self._take():
            threading.Timer(DIES_AFTER_S, die).start()
        elif start == "executing" and getattr(self, "taken", False):
            die()

    def _take(self) -> bool:
        for path in sorted(self.left.iterdir()):
            with suppress(FileNotFoundError):
                path.unlink()
                self.taken = True
                return True
        return False


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def begin(*words: object, **about: Any) -> subprocess.Popen:
    """`python -m dask WORDS` with our sources on its path."""
    environment = {**os.environ, "PYTHONPATH": PATHS, **about.pop("environment", {})}
    command = [sys.executable, "-m", "dask", *map(str, words), "--no-dashboard"]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **about
    )


@contextmanager
def dask_cluster(workers: int = 4, allowed_failures: int = 3, cwd: Path | None = None) -> Iterator[Cluster]:
    """A scheduler and `workers` workers of one thread, which a nanny restarts; gone when the block ends."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        told = folder / "scheduler.json"
        environment = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(allowed_failures)}
        words = ("--host", "127.0.0.1", "--port", "0", "--scheduler-file", told)
        begun = [begin("scheduler", *words, environment=environment)]
        try:
            address = _address(told)
            if workers:
                how = ("--nthreads", 1, "--nworkers", workers, "--local-directory", folder / "dask")
                begun.append(begin("worker", address, *how, cwd=cwd))
            with distributed.Client(address, set_as_default=False) as client:
                if workers:
                    client.wait_for_workers(workers, timeout=60)
                yield Cluster(address, begun[0], begun[1:], client, folder)
        finally:
            # Nannies first, with a word: they take their workers with them.
            for process in reversed(begun):
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            shutil.rmtree(folder / "dask", ignore_errors=True)


def _address(told: Path) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if told.exists() and (text := told.read_text(encoding="utf-8")).strip().endswith("}"):
            return str(json.loads(text)["address"])
        time.sleep(0.05)
    raise TimeoutError("no scheduler")


def phusong_process(*arguments: object, cwd: Path | None = None) -> subprocess.Popen:
    """The command line as a process, in English."""
    command = [sys.executable, str(REPOSITORY / "cli.py"), "--lang", "en", *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", cwd=cwd
    )


def differences(one: Path, other: Path) -> list[str]:
    """The files in which two result folders differ, byte for byte; but for the moment of making and the
    engine in the manifest, the moment that the page of the map says, and so that page's hash."""
    names = sorted({p.relative_to(f).as_posix() for f in (one, other) for p in f.rglob("*") if p.is_file()})
    return [name for name in names if not _same(one / name, other / name)]


def _same(one: Path, other: Path) -> bool:
    if not one.exists() or not other.exists():
        return False
    said = [one.read_bytes(), other.read_bytes()]
    if one.name == "map.html":
        said = [_MOMENT.sub("", page.decode("utf-8")).encode() for page in said]
    if one.name == "manifest.json":
        manifests = [json.loads(text) for text in said]
        for manifest in manifests:
            files = {name: about for name, about in manifest["files"].items() if name != "map.html"}
            manifest |= {"created": "", "engine": "", "files": files}
        return bool(manifests[0] == manifests[1])
    return said[0] == said[1]
