"""Reads a spoilt file as a study would: a result or one line of words, in time, and nothing on stdout."""

import contextlib
import faulthandler
import io
import signal
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fuzz.mutations import Choose, one_of, spoilt
from fuzz.seeds import BESIDE, COMMUNES, FIBRE, SITES, STUDY, TABLES, Seed, as_json, raster, seeds
from phusong.checks import check_region
from phusong.errors import PhuSongError
from phusong.gaps import find_gaps
from phusong.language import use_language
from phusong.limits import use_limits
from phusong.readers import read_prices, read_region, read_study
from phusong.readers.forms import read_form
from phusong.study import Limits

#: Of the processor's time, for a file of a few kB.
SECONDS = 5
#: By the clock: more than any work beside it makes of that.
SECONDS_IN_ALL = 120


class TooLongError(BaseException):
    """No reader may take it for an error of the file."""


@contextlib.contextmanager
def in_time(seconds: float = SECONDS) -> Iterator[None]:
    """Raises TooLongError, by the processor's time, as other work may go on beside. Where a library never
    comes back to Python, which is when signals are heard, the process ends and says where it was."""

    def stop(_signal: int, _frame: Any) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    faulthandler.dump_traceback_later(SECONDS_IN_ALL, exit=True, file=sys.__stderr__)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def a_file(choose: Choose, of: tuple[str, ...] = (), ending: str = "") -> Seed:
    """One of the seeds, spoilt; of these inputs or this ending only."""
    every, _beside = seeds()
    fit = [s for s in every if (not of or s.of in of) and s.file.endswith(ending)]
    seed = one_of(choose, fit)
    others = tuple(s.raw for s in every)
    return seed._replace(raw=spoilt(seed.file, seed.raw, choose, others))


def read_spoilt(choose: Choose, folder: Path) -> str:
    """What became of a spoilt file that `choose` draws, in an empty folder within `folder`."""
    with tempfile.TemporaryDirectory(dir=folder) as here:
        return read(a_file(choose), Path(here))


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Nothing is printed on stdout; warnings do not count."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    assert printed.getvalue() == "", printed.getvalue()


def write(seed: Seed, folder: Path) -> Path:
    """The study with that file in it, in `folder`; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, raw in {
        "communes.geojson": as_json(COMMUNES), "fibre.geojson": as_json(FIBRE),
        "roads.geojson": as_json(FIBRE), "sites.csv": SITES.encode(), "elevation.tif": raster(),
        "indicators.csv": TABLES["indicators"].encode(), "nodes.csv": TABLES["nodes"].encode(),
    }.items():  # fmt: skip
        if not (folder / name).exists():
            (folder / name).write_bytes(raw)
    (folder / "base.toml").write_text(STUDY.format(more=""), encoding="utf-8")
    stem, _dot, ending = seed.file.rpartition(".")
    for part in BESIDE.get("." + ending, ()):
        if raw := seeds()[1].get(f"{stem}.{part[1:]}"):
            (folder / f"{stem}{part}").write_bytes(raw)
    (folder / seed.file).write_bytes(seed.raw)
    study = folder / "study.toml"
    if seed.of != "study":
        study.write_text(_study(seed), encoding="utf-8")
    return study


def _study(seed: Seed) -> str:
    if seed.of in ("elevation", "population"):
        return STUDY.format(more=f'{seed.of} = "{seed.file}"\n')
    if seed.of in ("corrections", "form"):
        return f'corrections = "{seed.file}"\n' + STUDY.format(more="")
    said = '[inputs.indicators]\npath = "indicators.csv"\n' if seed.of == "gazetteer" else ""
    said += f'[inputs.{seed.of}]\npath = "{seed.file}"\n{seed.more}\n'
    lines = [line for line in STUDY.format(more="").splitlines() if not line.startswith(f"{seed.of} =")]
    return "\n".join(lines) + "\n" + said


def read(seed: Seed, folder: Path, whole: bool = True) -> str:
    """What became of it: "read", or the line that says why not. Raises whatever no user should meet.
    Not `whole`: without the checks and the gaps, which take most of the time."""
    study_file = write(seed, folder)
    use_language("en")
    use_limits(Limits())
    try:
        with quietly(), in_time():
            if seed.of == "form":
                read_form(folder / seed.file)
            else:
                study = read_study(study_file)
                read_prices(study)
                region = read_region(study)
                findings = list(region.notes)
                if whole:
                    region, findings = check_region(region)
                    find_gaps(study, region)
                assert all("\n" not in finding.line for finding in findings), "a finding of several lines"
        said = "read"
    except PhuSongError as error:
        said = str(error)
        assert said and "\n" not in said, said
    return said
