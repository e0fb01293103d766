"""The engine: the same results wherever work runs."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from phusong.engine import open_engine
from phusong.errors import PhuSongError
from phusong.gaps import find_gaps
from phusong.readers import read_region, read_study


def square(number: int) -> int:
    return number * number


@pytest.mark.parametrize("address", ["here", "threads:2", "cores:2"])
def test_results_come_in_the_order_of_the_tasks(address):
    shown = []
    with open_engine(address, lambda step, done, total: shown.append((step, done, total))) as engine:
        assert engine.map(square, list(range(5)), "squares") == [0, 1, 4, 9, 16]
    assert shown[0] == ("squares", 0, 5) and shown[-1] == ("squares", 5, 5)


def test_a_dask_scheduler_gives_the_same(drawn_study):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
        ) as cluster,
        open_engine(cluster.scheduler_address) as engine,
    ):
        assert engine.map(square, [1, 2, 3]) == [1, 4, 9]


def test_the_number_of_cores_changes_nothing(drawn_study):
    study = read_study(drawn_study())
    frames = []
    for address in ("here", "cores:2"):
        with open_engine(address) as engine:
            frames.append(find_gaps(study, read_region(study, engine), engine))
    assert frames[0].equals(frames[1])


@pytest.mark.parametrize("address", ["cores:0", "cores:x", "elsewhere", ""])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(PhuSongError, match="Use here, threads:N, cores:N"), open_engine(address):
        pass


def test_a_scheduler_that_does_not_answer_is_said():
    with pytest.raises(PhuSongError, match="no Dask scheduler answers"), open_engine("tcp://127.0.0.1:9"):
        pass


def say_who_and_wait(folder):
    """A task that takes longer than any test."""
    (Path(folder) / f"{os.getpid()}.pid").touch()
    time.sleep(600)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
def test_worker_processes_end_with_a_command_that_is_killed(tmp_path):
    work = (
        "from phusong.engine import open_engine; from test_engine import say_who_and_wait\n"
        "if __name__ == '__main__':\n"
        "    with open_engine('cores:2') as engine:\n"
        f"        engine.map(say_who_and_wait, [{str(tmp_path)!r}] * 4)\n"
    )
    (tmp_path / "work.py").write_text(work, encoding="utf-8")
    paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    command = subprocess.Popen(
        [sys.executable, tmp_path / "work.py"], env={**os.environ, "PYTHONPATH": paths}
    )

    def working():
        return [Path("/proc") / path.stem for path in tmp_path.glob("*.pid")]

    until = time.monotonic() + 120
    while len(working()) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    command.kill()
    command.wait()
    assert len(working()) == 2
    until = time.monotonic() + 60
    while any(path.exists() for path in working()) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(path.exists() for path in working())
