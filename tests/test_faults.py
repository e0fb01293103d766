"""Kills, full and read-only disks, two at once, dying schedulers: nothing is lost, no half looks whole."""

import errno
import functools
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
import soak_kills
from conftest import REPOSITORY

from phusong import beside, moments, runs
from phusong.beside import held, stage_for, taken_away, whole_file
from phusong.disk import trouble
from phusong.engine import open_engine
from phusong.errors import PhuSongError, RunError
from phusong.history.sqlite import SqliteHistory
from phusong.runs import MANIFEST, new_run_folder, write_manifest

FILES = {"map.html": "page", "export/sites.geojson": "{}", "tables/gaps.parquet": "rows"}


def fill(stage: Path, run_id: str, word: str = "") -> None:
    for name, said in FILES.items():
        (stage / name).parent.mkdir(exist_ok=True)
        (stage / name).write_text(said + word, encoding="utf-8")
    write_manifest(stage, {"run_id": run_id, "format": runs.FORMAT})


def killed_at(step: int, work) -> bool:
    """Do `work` in a child that is killed before its change number `step` to the folders; was it?"""
    child = os.fork()
    if child == 0:
        left = [step]

        def dying(change):
            @functools.wraps(change)
            def changed(*arguments, **named):
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1
                return change(*arguments, **named)

            return changed

        for name in ("replace", "unlink", "mkdir", "rmdir"):
            setattr(Path, name, dying(getattr(Path, name)))
        try:
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def is_whole(folder: Path) -> bool:
    """Does the folder say that it is a run, with files that are those of its manifest?"""
    if not (folder / MANIFEST).exists():
        return False
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for name in manifest["files"]:
        runs.check_file(folder, manifest, name)
    return True


@pytest.mark.parametrize("before", ["nothing", "empty", "the same", "another"])
def test_a_run_killed_at_any_change_is_whole_or_no_run_and_the_next_one_ends_well(tmp_path, before):
    step, killed, gone = 0, True, []
    while killed:
        folder = tmp_path / str(step) / "run"
        if before == "empty":
            folder.mkdir(parents=True)
        elif before != "nothing":
            with new_run_folder(folder, "a") as stage:
                fill(stage, "a", " of before")

        def work(folder: Path = folder) -> None:
            with new_run_folder(folder, "b" if before == "another" else "a", replace=True) as stage:
                fill(stage, "b" if before == "another" else "a")

        killed = killed_at(step, work)
        if folder.exists() and not is_whole(folder) and any(folder.iterdir()):
            with pytest.raises(RunError, match="half a run: it was stopped"):
                runs.read_run(folder)
        taken_away()
        work()
        gone += taken_away()
        assert is_whole(folder)
        assert {name: (folder / name).read_text() for name in FILES} == FILES
        assert [p.name for p in folder.parent.iterdir() if p != folder] == []
        assert not [p.name for p in folder.iterdir() if p.name.startswith(".")]
        step += 1
    assert step > 5
    assert gone, "stages of killed runs were there to take away"


def test_half_a_run_of_another_question_is_not_written_over_unasked(tmp_path):
    folder = tmp_path / "run"
    with new_run_folder(folder, "a") as stage:
        fill(stage, "a")
    (folder / MANIFEST).rename(folder / ".manifest.json.before")
    with pytest.raises(RunError, match=r"holds another run \(a\)"), new_run_folder(folder, "b"):
        pass


def test_two_at_once_in_one_folder_wait_for_each_other(tmp_path):
    folder, go, said = tmp_path / "run", tmp_path / "go", []
    child = os.fork()
    if child == 0:
        with new_run_folder(folder, "a") as stage:
            fill(stage, "a", " of the first")
            go.touch()
            time.sleep(0.5)
        os._exit(0)
    while not go.exists():
        time.sleep(0.01)
    with new_run_folder(folder, "a", say=said.append) as stage:
        fill(stage, "a")
    assert os.waitpid(child, 0)[1] == 0
    assert said == ["another run is at work on run: waiting"]
    assert is_whole(folder) and (folder / "map.html").read_text() == "page"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["go", "run"]


def test_many_at_once_lose_nothing_in_the_manifest(tmp_path):
    folder = tmp_path / "run"
    with new_run_folder(folder, "a") as stage:
        fill(stage, "a")
    children = []
    for number in range(6):
        if (child := os.fork()) == 0:
            path = folder / f"more-{number}"
            path.write_text(str(number))
            runs.record_file(folder, path)
            os._exit(0)
        children.append(child)
    assert {os.waitpid(child, 0)[1] for child in children} == {0}
    files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    assert {f"more-{number}" for number in range(6)} <= set(files)


def test_who_waits_for_too_long_is_told(tmp_path):
    with (
        held(tmp_path / "run", print),
        pytest.raises(PhuSongError, match="at work on it for too long"),
        held(tmp_path / "run", lambda line: None, wait_s=0.3),
    ):
        pass


def dead_process() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_leftovers_of_dead_processes_go_those_of_living_ones_stay(tmp_path):
    ours, theirs = beside._MACHINE, "000000" if beside._MACHINE != "000000" else "111111"
    dead = dead_process()
    names = {
        f".run.{ours}-{dead}-0a0a0a.stage": False,
        f".map.{ours}-{dead}-0a0a0a.part.html": False,
        f".map.{ours}-{dead}-0b0b0b.part.gpkg-journal": False,
        f".old.{theirs}-{dead}-0a0a0a.stage": False,
        f".run.{ours}-{os.getppid()}-0a0a0a.stage": True,
        f".new.{theirs}-{dead}-0a0a0a.stage": True,
        ".run-of-mine.stage": True,
        "run.part": True,
    }
    for name in names:
        (tmp_path / name).mkdir() if name.endswith("stage") else (tmp_path / name).touch()
    long_ago = time.time() - 2 * 86400
    for name in names:
        if not name.startswith(".new"):
            os.utime(tmp_path / name, (long_ago, long_ago))
    taken_away()
    with whole_file(tmp_path / "map.html") as part:
        part.write_text("page")
    there = {path.name for path in tmp_path.iterdir()} - {"map.html"}
    assert there == {name for name, stays in names.items() if stays}
    assert {path.name for path in taken_away()} == set(names) - there


def test_what_was_taken_away_is_said_in_one_line(tmp_path, phusong):
    left = tmp_path / f".study.{beside._MACHINE}-{dead_process()}-0a0a0a.part.toml"
    left.touch()
    code, _out, err = phusong("init", tmp_path)
    assert code == 0 and err.splitlines() == [f"Taken away, left by a run that was stopped: {left.name}"]


# ---- Disks.


def limited(size: int, arguments: list[object]) -> tuple[int, str]:
    """The command line where no file may be larger than `size` bytes: exit code, what it says on stderr."""
    command = [sys.executable, str(REPOSITORY / "cli.py"), *map(str, arguments)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_disk_without_room_is_one_line_and_leaves_nothing(drawn_study, tmp_path, verb):
    out = tmp_path / "place" / "out"
    code, said = limited(30 if verb == "check" else 20_000, [verb, drawn_study(), "-q", "--out", out])
    assert said, code
    line = said.splitlines()[-1]
    assert code == 1 and "Traceback" not in said, said
    assert line.startswith(f"phusong: {out}") and "there is no room left on the disk. Make room" in line
    assert [p.name for p in (tmp_path / "place").rglob("*") if p.name.startswith(".")] == []
    assert not (out / MANIFEST).exists()


@pytest.mark.parametrize("verb", ["check", "run", "weekly", "init"])
def test_a_folder_that_may_not_be_written_to_is_one_line(drawn_study, tmp_path, verb):
    study, place = drawn_study(), tmp_path / "place"
    place.mkdir()
    place.chmod(0o555)
    arguments = ["init", place / "mine"] if verb == "init" else [verb, study, "-q", "--out", place / "mine"]
    command = [sys.executable, str(REPOSITORY / "cli.py"), *map(str, arguments)]
    if os.getuid() == 0:
        # Permissions bind the superuser, too, once it has given up the right to look past them.
        if shutil.which("setpriv") is None:
            pytest.skip("as root this needs setpriv")
        command[:0] = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    line = done.stderr.splitlines()[-1]
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert line.startswith(f"phusong: {place}") and "permission is refused. Close it in Excel" in line
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "no room left"),
        (OSError(errno.EROFS, "Read-only file system", "f"), "f: cannot be written: the disk is read-only"),
        (RuntimeError("sqlite3_exec() failed: database or disk is full"), "no room left"),
        (RuntimeError("failed: attempt to write a readonly database"), "the disk is read-only"),
        (PermissionError("in use"), "permission is refused"),
        (OSError(errno.EIO, "Input/output error", "f"), "f: the disk has a fault"),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "f"), r"f: cannot be used \(Is a directory\)"),
    ],
)
def test_each_library_says_it_in_its_own_way(error, says, tmp_path):
    with pytest.raises(RunError, match=says), whole_file(tmp_path / "f"):
        raise error


def test_a_bug_keeps_its_traceback(tmp_path, monkeypatch):
    for bug in (ValueError("a bug"), OSError("no number"), KeyError("x")):
        assert trouble(bug) is None
    with pytest.raises(ZeroDivisionError), stage_for(tmp_path / "x"):
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == []


# ---- Clocks and processes.


def test_a_clock_that_is_set_back_loses_no_snapshot(drawn_study, phusong, monkeypatch):
    study, before = drawn_study(), {}
    right = moments.now()
    for days, snapshots in ((0, 1), (-400, 2), (0, 2)):
        monkeypatch.setattr("phusong.cli.weekly.this_moment", lambda days=days: right + timedelta(days=days))
        code, _out, err = phusong("weekly", study, "-q", "--json")
        assert code == 0, err
        now = soak_kills.contents(study.parent / "weekly")
        assert before == {name: now[name] for name in before}, "a week that was written stays as it was"
        assert len(SqliteHistory(study.parent / "history.sqlite").snapshots()) == snapshots
        before = now


def die(number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_cores_that_die_are_said():
    with (
        pytest.raises(PhuSongError, match="did the work at cores:1 ended before it was done"),
        open_engine("cores:1") as engine,
    ):
        engine.map(die, [1])


# ---- The commands themselves.


def test_after_a_kill_the_second_run_of_a_command_is_right():
    draw = random.Random(20)
    with soak_kills.prepared() as ground:
        for name in ("export", "weekly", "fetch"):
            seconds, wanted = soak_kills.undisturbed(name, ground)
            after_s = draw.uniform(0.5, 1) * seconds
            place = ground.folder / "kill"
            assert soak_kills.kill_and_repeat(name, ground, place, after_s, wanted) == "", (name, after_s)
            place.rename(ground.folder / f"killed-{name}")
