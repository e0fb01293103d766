"""Verbs on a made-up study by Dask workers of which one is killed each minute: the same bytes as by `here`.

`make soak-cluster`. Prints what was killed at what work, and what differs.
"""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

from dask_processes import Cluster, dask_cluster, differences, phusong_process

VERBS = ("check", "gaps", "run", "cover")


def kill_each(every_s: float, cluster: Cluster, done: threading.Event) -> None:
    """Kill a worker that has work, each `every_s` seconds (later where none has work then)."""
    while not done.wait(every_s):
        while not done.is_set() and not cluster.kill_one():
            time.sleep(0.02)


def work(study: Path, folder: Path, engine: str, cluster: Cluster | None = None) -> None:
    """Each verb by `engine` into `folder`; what `gaps` prints becomes a file there."""
    folder.mkdir()
    for verb in VERBS:
        begun, killed = time.monotonic(), len(cluster.killed) if cluster else 0
        more = ("--json",) if verb == "gaps" else ("--out", folder / verb)
        process = phusong_process(verb, study, "-q", "--engine", engine, *more)
        out, err = process.communicate()
        if process.returncode:
            sys.exit(f"{verb} by {engine} ended with {process.returncode}: {err[-2000:]}")
        if verb == "gaps":
            (folder / "gaps.json").write_text(out, encoding="utf-8")
        deaths = "; ".join(cluster.killed[killed:]) if cluster else ""
        print(f"{engine:<24} {verb:<6} {time.monotonic() - begun:7.1f} s  {deaths}", flush=True)


def soak(scale: str, elevation_m: str, workers: int, every_s: float, rounds: int) -> int:
    """How many files differ from those of `here`."""
    with tempfile.TemporaryDirectory() as name:
        folder, done = Path(name), threading.Event()
        made = ("--scale", scale, "--elevation-m", elevation_m, "-q")
        phusong_process("synth", folder / "study", *made).communicate()
        study = folder / "study" / "study.toml"
        work(study, folder / "here", "here")
        with dask_cluster(workers) as cluster:
            killer = threading.Thread(target=kill_each, args=(every_s, cluster, done))
            killer.start()
            try:
                for number in range(rounds):
                    work(study, folder / f"dask-{number}", cluster.address, cluster)
            finally:
                done.set()
                killer.join()
        wrong = [
            f"round {number}: {name}"
            for number in range(rounds)
            for name in differences(folder / "here", folder / f"dask-{number}")
        ]
        files = sum(1 for path in (folder / "here").rglob("*") if path.is_file())
    print(f"{len(cluster.killed)} workers killed; of {files} files {len(wrong)} differ {wrong or ''}")
    return len(wrong)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--scale", default="1/100", help="part of the nation")
    asked.add_argument("--elevation-m", default="200", help="cell of the heights")
    asked.add_argument("--workers", type=int, default=4)
    asked.add_argument("--every-seconds", type=float, default=60)
    asked.add_argument("--rounds", type=int, default=1)
    said = asked.parse_args()
    sys.exit(bool(soak(said.scale, said.elevation_m, said.workers, said.every_seconds, said.rounds)))
