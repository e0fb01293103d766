"""A Dask cluster whose workers and scheduler are killed, have other files or other versions."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import REPOSITORY
from dask_processes import begin, dask_cluster, differences, phusong_process

from phusong import cluster as cluster_module
from phusong import engine as engine_module
from phusong import worker
from phusong.engine import open_engine
from phusong.errors import InputError, PhuSongError, RunError
from phusong.terrain import Terrain, read_grid

STUDY = REPOSITORY / "data" / "nam-giang" / "study.toml"


@pytest.fixture(scope="module")
def cluster():
    """Four workers; the scheduler gives a task up at its first worker's death: the engine sends it again."""
    with dask_cluster(4, allowed_failures=0) as found:
        yield found


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """The folder that a verb makes by `here`."""
    folder = tmp_path_factory.mktemp("here")

    def made(verb: str) -> Path:
        if not (folder / verb).exists():
            process = phusong_process(verb, STUDY, "-q", "--out", folder / verb, "--engine", "here")
            _out, err = process.communicate(timeout=300)
            assert process.returncode == 0, err
        return folder / verb

    return made


def square(number: int) -> int:
    return number * number


def slow_square(number: int) -> int:
    time.sleep(0.15)
    return number * number


# ---- Deaths.


@pytest.mark.parametrize(("verb", "step"), [("run", "levels_in_block"), ("cover", "draw_masts")])
def test_workers_killed_at_work_change_no_byte(cluster, here, tmp_path, verb, step):
    out = tmp_path / verb
    with cluster.deaths(step, times=2) as left:
        process = phusong_process(verb, STUDY, "-q", "--out", out, "--engine", cluster.address)
        _out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        assert list(left.iterdir()) == [], "fewer than two workers died"
    assert differences(here(verb), out) == []


def test_a_scheduler_killed_at_work_loses_nothing(here, tmp_path):
    out = tmp_path / "cover"
    with dask_cluster(2) as own:
        process = phusong_process("cover", STUDY, "-q", "--out", out, "--engine", own.address)
        pieces = tmp_path / ".cover-pieces"
        while process.poll() is None and not list(pieces.glob("mast-*.npy")):
            time.sleep(0.005)
        own.scheduler.kill()
        begun = time.monotonic()
        _out, err = process.communicate(timeout=60)
        assert time.monotonic() - begun < 60
        line = f"phusong: the processes that did the work at {own.address} ended before it was done. See that"
        assert process.returncode == 1 and err.startswith(line) and len(err.splitlines()) == 1, err
    assert not out.exists() and [p.name for p in tmp_path.iterdir()] == [".cover-pieces"]
    again = phusong_process("cover", STUDY, "-q", "--out", out, "--engine", "here")
    assert again.communicate(timeout=300) and again.returncode == 0
    assert differences(here("cover"), out) == [] and [p.name for p in tmp_path.iterdir()] == ["cover"]


def die_at_first(task: tuple[Path, int, int]) -> int:
    """Kill the worker as often as the file says."""
    left, times, number = task
    with left.open("a") as file:
        file.write(".")
    if left.stat().st_size <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_task_is_sent_again_when_its_worker_dies(cluster, tmp_path):
    with open_engine(cluster.address) as engine:
        assert engine.map(die_at_first, [(tmp_path / "left", 2, 7)]) == [7]
        with pytest.raises(PhuSongError, match=r"^3 worker processes at .* died, .* with the same task"):
            engine.map(die_at_first, [(tmp_path / "more", 99, 7)])


def test_a_scheduler_without_workers_is_said(monkeypatch):
    monkeypatch.setattr(cluster_module, "NO_WORKER_S", 1)
    monkeypatch.setattr(cluster_module, "LOOK_S", 0.2)
    with dask_cluster(0) as own:
        says = f"the Dask scheduler at {own.address} has no worker. Start some: dask worker"
        with pytest.raises(PhuSongError, match=says), open_engine(own.address):
            pass
        # One that dies with none to take its place.
        alone = begin("worker", own.address, "--nthreads", "1", "--no-nanny")
        own.client.wait_for_workers(1, timeout=30)
        killed = iter([alone.kill])
        with (
            open_engine(own.address, lambda _step, done, _all: done == 2 and next(killed)()) as engine,
            pytest.raises(PhuSongError, match=says),
        ):
            engine.map(slow_square, list(range(20)))
        alone.wait()


def fail_at_two(number: int) -> int:
    # The later error comes first.
    time.sleep(0.3 if number == 2 else 0)
    if number >= 2:
        raise InputError(f"number {number} is wrong", where="numbers.csv")
    return number


def test_the_error_is_that_of_the_first_task_that_fails(cluster):
    for address in ("here", cluster.address):
        with (
            open_engine(address) as engine,
            pytest.raises(InputError, match=r"numbers\.csv: number 2 is wrong"),
        ):
            engine.map(fail_at_two, list(range(6)))


# ---- Other files, other versions.


def test_a_worker_that_does_not_see_a_file_is_named(cluster, tmp_path):
    # A link that leads elsewhere in each process: to its own working folder.
    study, own = tmp_path / "study", tmp_path / "own"
    shutil.copytree(STUDY.parent, study)
    own.mkdir()
    (study / "elevation.tif").rename(own / "heights.tif")
    (study / "elevation.tif").symlink_to("/proc/self/cwd/heights.tif")
    words = ("check", study, "-q", "--out", tmp_path / "out", "--engine")
    assert phusong_process(*words, "here", cwd=own).wait(120) == 0
    process = phusong_process(*words, cluster.address, cwd=own)
    _out, err = process.communicate(timeout=120)
    assert process.returncode == 1 and len(err.splitlines()) == 1
    assert err.startswith(f"phusong: {study / 'elevation.tif'}: the worker tcp://127.0.0.1:")
    assert "does not see this file. Put the study into a folder that all machines see" in err


def grid_of(terrain: Terrain) -> tuple[int, int]:
    return read_grid(terrain, (0, 0, 90, 90)).ground.shape


def test_a_file_that_goes_while_work_goes_on_is_named(cluster, monkeypatch):
    gone = Path("/proc/self/task") / str(os.getpid())
    with open_engine(cluster.address) as engine:
        with pytest.raises(InputError, match=f"{gone}: the worker tcp://.* does not see this file"):
            engine.map(grid_of, [Terrain((str(gone),), "EPSG:5899")])
        nowhere = Terrain(("/nowhere/heights.tif",), "EPSG:5899")
        with pytest.raises(InputError, match=r"/nowhere/heights\.tif: cannot be read as a raster"):
            engine.map(grid_of, [nowhere])
        # The same path, another file: each process has a name of its own.
        other = Path("/proc/self/cmdline")
        monkeypatch.setattr(Path, "is_file", lambda path: True)
        monkeypatch.setattr(cluster_module, "sizes", sizes_of_commands)
        with pytest.raises(
            InputError, match=f"{other}: the worker .* sees another file there: .* bytes, here"
        ):
            engine.check_files([other])


def sizes_of_commands(paths: list[str]) -> tuple[str, list[int]]:
    return "machine", [len(Path(path).read_bytes()) for path in paths]


def test_paths_are_seen_from_another_folder(cluster, tmp_path, phusong, monkeypatch):
    monkeypatch.chdir(STUDY.parent)
    for address in ("here", cluster.address):
        code, _out, err = phusong(
            "check", "study.toml", "-q", "--out", tmp_path / address[:4], "--engine", address
        )
        assert code == 0, err
    assert differences(tmp_path / "here", tmp_path / "tcp:") == []


def test_what_a_worker_writes_elsewhere_is_missed(tmp_path, monkeypatch):
    monkeypatch.setattr(engine_module, "LATE_S", 0.3)
    with (
        open_engine("here") as engine,
        pytest.raises(
            RunError, match=r"piece\.npy: a worker wrote this file where this machine does not see it"
        ),
    ):
        engine.check_made([tmp_path / "piece.npy"])


def test_another_version_of_phusong_is_refused(cluster, monkeypatch):
    ours = worker.programs()
    monkeypatch.setattr(cluster_module, "programs", FakePrograms())
    says = f"the worker tcp://.* other versions than this machine: phusong {ours[0][1]} .9.9.9.. Install"
    with pytest.raises(PhuSongError, match=says), open_engine(cluster.address):
        pass


class FakePrograms:
    """Says another version here than where it is sent."""

    def __init__(self) -> None:
        self.home = os.getpid()

    def __call__(self) -> worker.Programs:
        said = dict(worker.programs()) | ({"phusong": "9.9.9"} if os.getpid() == self.home else {})
        return tuple(said.items())


def test_a_worker_that_joins_later_is_asked_too(cluster):
    other = tuple((dict(worker.programs()) | {"phusong": "9.9.9"}).items())
    work = worker.Work(square, "vi", other)
    with pytest.raises(PhuSongError, match="có phiên bản khác với máy này: phusong"):
        cluster.client.submit(work, 2).result(timeout=60)


def test_a_worker_without_phusong_is_named(tmp_path):
    (tmp_path / "without.py").write_text("import sys\nsys.modules['phusong'] = None\n", encoding="utf-8")
    with dask_cluster(0) as own:
        process = begin("worker", own.address, "--no-nanny", "--preload", tmp_path / "without.py")
        own.client.wait_for_workers(1, timeout=30)
        says = "the worker tcp://127.0.0.1:.* cannot load phusong: .* Install it there"
        with pytest.raises(PhuSongError, match=says), open_engine(own.address):
            pass
        process.terminate()
        process.wait(30)


def test_help_needs_no_dask():
    code = "import sys, phusong.engine; print('distributed' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "coverage")},
    )
    assert said.stdout.strip() == "False"
