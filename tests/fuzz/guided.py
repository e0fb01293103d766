"""`python -m fuzz.guided SECONDS TARGET`: bytes that atheris leads to code which nothing has reached yet.

Its corpus begins with the seeds and lies in a temporary folder; each failure is kept once, under fuzz-found/.
"""

import contextlib
import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["phusong.readers", "phusong.checks", "phusong.units", "phusong.names"]
):
    from fuzz.found import Found
    from fuzz.reading import in_time, quietly, read_spoilt
    from fuzz.seeds import DXF, KML, TABLES, seeds
    from phusong.errors import PhuSongError
    from phusong.limits import use_limits
    from phusong.readers import values
    from phusong.readers.coordinates import read_cell
    from phusong.readers.decoding import put_right
    from phusong.readers.encodings import text_of
    from phusong.readers.layers import read_layer
    from phusong.readers.positions import placed
    from phusong.readers.study import read_study
    from phusong.study import Limits, Source
    from phusong.units import parse_vnd

import pandas as pd


def texts(raw: bytes, _folder: Path) -> None:
    """Bytes of any encoding as the cells of a column."""
    cells = text_of(raw)[0].split("\n")
    put_right(pd.DataFrame({"name": cells}, dtype="str"), Source(path="a.csv"), Path("a.csv"), entities=True)


def cells(raw: bytes, folder: Path) -> None:
    """One cell as each kind of value; those that are none raise ValueError, by agreement."""
    text = raw.decode("utf-8", "replace")
    for parse in (*values.PARSERS.values(), values.number, read_cell, parse_vnd):
        with contextlib.suppress(ValueError, PhuSongError):
            parse(text)
    frame = pd.DataFrame({"name": ["A"], "position": [text], "__row__": [2]})
    placed(frame, "sites", Source(path="a.csv"), folder / "a.csv")


def _as_layer(name: str, file: str, crs: str | None = None) -> Callable[[bytes, Path], None]:
    def read(raw: bytes, folder: Path) -> None:
        (folder / file).write_bytes(raw)
        read_layer(name, Source(path=file, crs=crs), folder / file, "EPSG:4326")

    return read


def study(raw: bytes, folder: Path) -> None:
    (folder / "study.toml").write_bytes(raw)
    read_study(folder / "study.toml")


def spoilt(raw: bytes, folder: Path) -> None:
    """Bytes as choices of what is spoilt, in a file of any format: the whole way of a study."""
    read_spoilt(atheris.FuzzedDataProvider(raw).ConsumeIntInRange, folder)


#: Name → what reads the bytes, and the endings of the seeds that it begins with.
TARGETS: dict[str, tuple[Callable[[bytes, Path], None], tuple[str, ...]]] = {
    "texts": (texts, (".csv",)),
    "cells": (cells, ()),
    "csv": (_as_layer("sites", "s.csv"), (".csv",)),
    "reports": (_as_layer("reports", "r.csv"), ("treports.csv",)),
    "xlsx": (_as_layer("sites", "s.xlsx"), (".xlsx",)),
    "geojson": (_as_layer("communes", "c.geojson"), (".geojson",)),
    "kml": (_as_layer("sites", "s.kml"), (".kml",)),
    "ofds": (_as_layer("fibre", "f.json"), (".json",)),
    "dxf": (_as_layer("fibre", "f.dxf", "EPSG:5899"), (".dxf",)),
    "study": (study, (".toml",)),
    "spoilt": (spoilt, ()),
}


def fuzz(target: str, seconds: int) -> None:
    """Does not return: libFuzzer ends the process when the time is over."""
    read, endings = TARGETS[target]
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    corpus, here = folder / "corpus", folder / "here"
    corpus.mkdir()
    here.mkdir()
    for number, seed in enumerate(s for s in seeds()[0] if s.file.endswith(endings)):
        (corpus / str(number)).write_bytes(seed.raw)
    if target == "cells":
        for number, word in enumerate({*DXF.split(), *KML.split(), *"\n".join(TABLES.values()).split(",")}):
            (corpus / str(number)).write_text(word)
    if target == "spoilt":
        for number in range(50):
            (corpus / str(number)).write_bytes(random.Random(number).randbytes(400))
    found = Found()

    def one(raw: bytes) -> None:
        use_limits(Limits())
        with found.kept(target, raw), quietly(), in_time():
            try:
                read(raw, here)
            except PhuSongError as error:
                assert "\n" not in str(error)

    os.environ["PHUSONG_LANG"] = "en"
    atheris.Setup(
        [
            sys.argv[0],
            str(corpus),
            f"-max_total_time={seconds}",
            "-max_len=20000",
            "-verbosity=0",
            "-print_final_stats=1",
        ],
        one,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    fuzz(sys.argv[2], int(sys.argv[1]))
