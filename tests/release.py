"""The release checklist as a command, `make release`: it stops at what fails, and says what to do.

`python tests/release.py POINT …` takes only the points named, of tree, version, tests, build, install and
quickstart.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
#: Runs phusong in a process that cannot reach any other: what is asked of the network fails at once.
OFFLINE = """
import socket, sys
def refused(*_arguments, **_more):
    raise OSError("this test has no network")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refused
from phusong.cli import main
main(sys.argv[1:])
"""


class FailedError(Exception):
    """A point of the list does not hold: what is wrong, and what to do."""


def need(holds: object, wrong: str, do: str) -> None:
    """Raise FailedError unless something holds."""
    if not holds:
        raise FailedError(f"{wrong}. {do}")


def run(*command: object, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command's end and what it printed; nothing of this checkout is on its path."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | environment
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


def tracked() -> list[str]:
    """The files of the repository, also those that are not committed yet."""
    done = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    need(done.returncode == 0, "this is no git checkout", "Release from a clone of the repository.")
    return sorted(name for name in done.stdout.split("\0") if name and (ROOT / name).exists())


def tree() -> str:
    """Nothing is changed or forgotten."""
    said = run("git", "status", "--porcelain").stdout.strip()
    need(not said, f"the tree is not clean:\n{said}\n", "Commit or take away what is listed.")
    return "the tree is clean"


def version() -> str:
    """The version stands in phusong/__init__.py; the changelog and the citation say the same."""
    ours = said_in("coverage/phusong/__init__.py", r'^__version__ = "(.+)"$')
    logged = said_in("CHANGELOG.md", r"^## (.+)$")
    number, _blank, date = logged.partition(" ")
    need(number == ours, f"CHANGELOG.md begins with {number}, phusong is {ours}", "Mend one of them.")
    need(
        re.fullmatch(r"\(\d{4}-\d\d-\d\d\)", date),
        f"CHANGELOG.md says {logged!r}",
        f"Write the day of the release: ## {ours} (YYYY-MM-DD).",
    )
    cited = said_in("CITATION.cff", r"^version: [\"']?([^\"'\n]+)[\"']?$")
    need(cited == ours, f"CITATION.cff says {cited}, phusong is {ours}", "Mend its line version.")
    tags = run("git", "tag", "--list", f"v{ours}").stdout.strip()
    need(
        not tags, f"the tag v{ours} is there already", "Raise __version__, and begin a part of CHANGELOG.md."
    )
    return f"version {ours} everywhere"


def said_in(file: str, pattern: str) -> str:
    """The first group of the first line in `file` that has the pattern."""
    path = ROOT / file
    need(path.exists(), f"{file} is not there", "Write it.")
    found = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    need(found, f"{file} does not say the version", f"It needs a line like {pattern}.")
    return found[1] if found else ""


def tests() -> str:
    """Lint and all tests."""
    done = subprocess.run(["make", "test"], cwd=ROOT, check=False)
    need(done.returncode == 0, "make test fails", "Mend what it names.")
    return "lint and tests pass"


def build() -> str:
    """Both archives, from the tracked files alone, and everything is in them."""
    wheel, source = build_into(DIST)
    for archive in (wheel, source):
        print(f"  {archive.name}  {hashlib.sha256(archive.read_bytes()).hexdigest()}")
    return "wheel and source archive are whole"


def build_into(place: Path) -> tuple[Path, Path]:
    """Wheel and source archive in `place`, made of the tracked files; FailedError where one is lacking."""
    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob("phusong-*"):
        old.unlink()
    names = tracked()
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes((ROOT / name).read_bytes())
        # The wheel is built from the source archive, as others would.
        done = run(sys.executable, "-m", "build", "--outdir", place, folder)
    need(
        done.returncode == 0, f"the build fails: {done.stdout[-800:]}{done.stderr[-800:]}", "Mend setup.cfg."
    )
    wheel, source = next(place.glob("*.whl")), next(place.glob("*.tar.gz"))
    with tarfile.open(source) as archive:
        inside = {member.name.partition("/")[2] for member in archive if member.isfile()}
    lost = [name for name in names if name not in inside]
    need(not lost, f"the source archive lacks {lost[:5]}", "Name them in MANIFEST.in.")
    with zipfile.ZipFile(wheel) as archive_:
        there = set(archive_.namelist())
    lost = [name for name in names if (where := in_wheel(name)) and where not in there]
    need(not lost, f"the wheel lacks {lost[:5]}", "Name them in setup.cfg, package_data or packages.")
    return wheel, source


def in_wheel(name: str) -> str:
    """Where a file of the repository belongs in the wheel; "" for one that does not."""
    if name.startswith("coverage/phusong/"):
        return name.removeprefix("coverage/")
    return f"phusong/{name}" if name.startswith("data/") and not name.endswith((".py", ".md")) else ""


def install() -> str:
    """The wheel alone, into an environment that has nothing else."""
    wheel = next(DIST.glob("*.whl"), None)
    need(wheel, "there is no wheel in dist/", "Build it first: python tests/release.py build.")
    venv.create(clean(), with_pip=True, clear=True)
    done = run(clean("python"), "-m", "pip", "install", "--quiet", wheel)
    need(done.returncode == 0, f"it cannot be installed: {done.stderr[-800:]}", "Mend install_requires.")
    return f"installed into an empty environment of Python {sys.version.partition(' ')[0]}"


def clean(program: str = "") -> Path:
    """The environment that the wheel is tried in, or a program there."""
    folder = DIST / "try"
    return folder / ("Scripts" if os.name == "nt" else "bin") / program if program else folder


def quickstart() -> str:
    """From an empty folder, without a network: the bundled study, its map and its report."""
    with tempfile.TemporaryDirectory() as folder:
        for words in (["quickstart", "first", "--json", "-q"], ["run", "first/study.toml", "-q"], ["doctor"]):
            done = run(clean("python"), "-c", OFFLINE, *words, cwd=Path(folder))
            need(done.returncode == 0, f"phusong {' '.join(words)}: {done.stderr[-800:]}", "Mend it.")
        maps = list(Path(folder).glob("first/runs/*/map.html"))
        need(len(maps) == 1, "quickstart left no map", "See the run folder that it wrote.")
        done = run(clean("python"), "-c", OFFLINE, "report", maps[0].parent, cwd=Path(folder))
        need(done.returncode == 0, f"phusong report: {done.stderr[-800:]}", "Mend it.")
    return "quickstart, run and report work from an empty folder without a network"


POINTS: dict[str, Callable[[], str]] = {
    point.__name__: point for point in (tree, version, tests, build, install, quickstart)
}


def main() -> None:
    """Go through the points in order; exit code 1 at the first that fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("points", nargs="*", metavar="POINT", help=", ".join(POINTS))
    asked = parser.parse_args().points or list(POINTS)
    if unknown := [name for name in asked if name not in POINTS]:
        parser.error(f"no such point: {', '.join(unknown)}; there are {', '.join(POINTS)}")
    for name in asked:
        try:
            print(f"{name}: {POINTS[name]()}", flush=True)
        except FailedError as error:
            sys.exit(f"{name}: {error}")
    if asked == list(POINTS):
        ours = said_in("coverage/phusong/__init__.py", r'^__version__ = "(.+)"$')
        print(f"Now: git tag v{ours} && git push --tags")


if __name__ == "__main__":
    main()
