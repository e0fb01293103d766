"""Kills each command at random moments, runs it again and compares with an undisturbed run: `make kills`.

Moments are uniform over the command's own duration; SIGKILL goes to its whole process group. After a kill
nothing half-written may look whole; the second run must end well, leave nothing behind and give the same.
"""

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from drawn_open_data import OpenData, census_csv, drawn_world, serving, sources_of

REPOSITORY = Path(__file__).parent.parent
STUDY = REPOSITORY / "data" / "nam-giang" / "study.toml"
#: Moments at which something was made: all that two runs may differ in.
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([+-]\d\d:\d\d|Z)?|(\d\d/\d\d/|\d+ [A-Z][a-z]+ )\d{4} \d\d:\d\d"
)
#: What a command has left when it is done.
_HIDDEN = re.compile(r"\.(part|stage|lock)(\.|-|$)|\.manifest\.json\.before")


@dataclass(frozen=True)
class Ground:
    """Where the commands work: a folder, a run to start from, a server with open data."""

    folder: Path
    world: OpenData

    @property
    def run(self) -> Path:
        return self.folder / "run"


@dataclass(frozen=True)
class Job:
    """A command on a folder that `prepare` fills beforehand; `whole` where what it makes comes at once."""

    arguments: Callable[[Ground, Path], list[object]]
    prepare: Callable[[Ground, Path], None] = field(default=lambda ground, place: None)
    made: str = "out"
    whole: bool = False


def _fetch(ground: Ground, place: Path) -> list[object]:
    said = [part for source in sources_of(ground.world) for part in ("--source", source)]
    what = "boundaries,sites,roads,elevation,population"
    census = ground.folder / "census.csv"
    words = ["fetch", "Nam Giang", "--out", place / "out", "--cache", place / "cache"]
    return [*words, *said, "--census", census, "--what", what]


def _weekly_study(ground: Ground, place: Path) -> None:
    shutil.copytree(STUDY.parent, place / "out")


def _there_already(ground: Ground, place: Path) -> None:
    shutil.copytree(ground.run, place / "out")


JOBS = {
    "run": Job(lambda ground, place: ["run", STUDY, "-q", "--out", place / "out"], whole=True),
    "run again": Job(lambda ground, place: ["run", STUDY, "-q", "--out", place / "out"], _there_already),
    "weekly": Job(
        lambda ground, place: ["weekly", place / "out" / "study.toml", "-q", "--date", "2026-11-20"],
        _weekly_study,
    ),
    "fetch": Job(_fetch),
    "export": Job(
        lambda ground, place: ["export", ground.run, "--partner", "VNPT", "--out", place / "out"],
    ),
    "report": Job(lambda ground, place: ["report", ground.run, "--out", place / "out"]),
}


def start(arguments: list[object], err: Path) -> subprocess.Popen:
    command = [sys.executable, str(REPOSITORY / "cli.py"), *map(str, arguments)]
    environment = {**os.environ, "PHUSONG_LANG": "en", "PHUSONG_OPENCELLID_KEY": "none"}
    with err.open("wb") as stream:
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=stream, start_new_session=True, env=environment
        )


def contents(folder: Path) -> dict[str, str]:
    """Every visible file of a folder with a hash of what it says, moments aside."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in Path(name).parts):
            found[name] = hashlib.sha256(_said(path)).hexdigest()
    return found


def _said(path: Path) -> bytes:
    if path.name == "manifest.json":
        manifest = json.loads(path.read_text(encoding="utf-8"))
        kept = {key: said for key, said in manifest.items() if key not in ("created", "files", "command")}
        return json.dumps(kept, sort_keys=True).encode()
    if path.suffix == ".sqlite":
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
            try:
                rows = store.execute("SELECT date, version, digest FROM snapshots ORDER BY 1, 2").fetchall()
            except sqlite3.OperationalError:
                rows = []
        store.close()
        return json.dumps(rows).encode()
    said = path.read_bytes()
    if path.suffix in (".json", ".toml", ".html", ".csv"):
        return _MOMENT.sub("", said.decode("utf-8")).encode()
    return said


def half_written(job: Job, folder: Path, wanted: dict[str, str]) -> list[str]:
    """What lies in `folder` after a kill and looks whole but is not."""
    there = contents(folder)
    if "manifest.json" in wanted and "manifest.json" in there:
        files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        for name, about in files.items():
            path = folder / name
            if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != about["sha256"]:
                return [f"{name} is not that of the manifest"]
    wrong = [n for n, said in there.items() if wanted.get(n) != said and not n.endswith(".sqlite")]
    if job.whole and there and set(there) != set(wanted):
        wrong.append("only a part is there")
    return wrong


def kill_and_repeat(name: str, ground: Ground, place: Path, after_s: float, wanted: dict[str, str]) -> str:
    """Kill the job after a while, look, run it again, compare: "" when all is right, else what is not."""
    job = JOBS[name]
    place.mkdir()
    job.prepare(ground, place)
    arguments, err = job.arguments(ground, place), place / "err"
    first = start(arguments, err)
    try:
        first.wait(after_s)
    except subprocess.TimeoutExpired:
        os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    if wrong := half_written(job, place / job.made, wanted):
        return f"half-written: {wrong}"
    code = start(arguments, err).wait(300)
    said = err.read_text(encoding="utf-8")
    if "Traceback" in said or (code != 0 and "is there already" not in said):
        return f"second run ended with {code}: {said[-300:]}"
    if (now := contents(place / job.made)) != wanted:
        return f"differs: {sorted(n for n in now | wanted if now.get(n) != wanted.get(n))}"
    if left := [str(p.relative_to(place)) for p in place.rglob("*") if _HIDDEN.search(p.name)]:
        return f"left behind: {left}"
    return ""


@contextmanager
def prepared() -> Iterator[Ground]:
    """A folder with a run in it, and the server."""
    with tempfile.TemporaryDirectory() as folder, serving() as world:
        ground = Ground(Path(folder), drawn_world(world))
        (ground.folder / "census.csv").write_text(census_csv(), encoding="utf-8")
        code = start(["run", STUDY, "-q", "--out", ground.run], ground.folder / "err").wait(300)
        assert code == 0, (ground.folder / "err").read_text(encoding="utf-8")
        yield ground


def undisturbed(name: str, ground: Ground) -> tuple[float, dict[str, str]]:
    """How long a job takes (seconds), and what it makes."""
    job, place = JOBS[name], ground.folder / f"whole-{name.replace(' ', '-')}"
    place.mkdir()
    job.prepare(ground, place)
    begun = time.monotonic()
    code = start(job.arguments(ground, place), place / "err").wait(300)
    assert code == 0, (place / "err").read_text(encoding="utf-8")
    return time.monotonic() - begun, contents(place / job.made)


def soak(kills: int, seed: int, most_s: float) -> int:
    """Kill `kills` times, or as often as `most_s` seconds allow; how many second runs were not right."""
    draw, wrong, done, begun = random.Random(seed), [], Counter(), time.monotonic()
    with prepared() as ground:
        known = {name: undisturbed(name, ground) for name in JOBS}
        for name, (seconds, files) in known.items():
            print(f"{name}: {seconds:.1f} s, {len(files)} files", flush=True)
        for number in range(kills):
            if time.monotonic() - begun > most_s:
                break
            name = draw.choice(list(JOBS))
            seconds, wanted = known[name]
            after_s = draw.uniform(0, seconds)
            place = ground.folder / f"kill-{number}"
            if said := kill_and_repeat(name, ground, place, after_s, wanted):
                wrong.append(said)
                print(f"{number}: {name} killed after {after_s:.2f} of {seconds:.2f} s: {said}", flush=True)
            done[name] += 1
            shutil.rmtree(place)
    total = sum(done.values())
    each = ", ".join(f"{name} {count}" for name, count in sorted(done.items()))
    print(f"{total} kills ({each}): {total - len(wrong)} second runs right, {len(wrong)} not; seed {seed}")
    return len(wrong)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--most-seconds", type=float, default=float("inf"))
    said = asked.parse_args()
    sys.exit(bool(soak(said.kills, said.seed, said.most_seconds)))
