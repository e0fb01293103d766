"""Earlier packages: found beside the new one, or named; a folder or its zip."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from phusong.errors import RunError
from phusong.language import _
from phusong.layers import DECLARED
from phusong.partners.tables import FOLDER, read_table
from phusong.units import fold

DESCRIPTOR = "datapackage.json"
#: More than any package of ours has in one file.
_MOST_BYTES = 500_000_000


@dataclass(frozen=True)
class Earlier:
    """An earlier package: where it is, its descriptor and its tables."""

    path: Path
    descriptor: dict[str, Any]
    tables: dict[str, pd.DataFrame]

    @property
    def run_id(self) -> str:
        return str(self.descriptor["run_id"])


def last_package(place: Path, partner: str, but: str) -> Earlier | None:
    """The newest package of `partner` in `place`, but not the one in the folder `but`."""
    found = [
        (str(said.get("created", "")), folder.name, folder)
        for folder in (sorted(place.iterdir()) if place.is_dir() else [])
        if folder.name != but and not folder.name.startswith(".")
        if (said := _descriptor_of(folder)) and fold(str(said.get("partner", ""))) == fold(partner)
    ]
    return read_package(max(found)[2]) if found else None


def _descriptor_of(folder: Path) -> dict[str, Any] | None:
    try:
        said = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) and "run_id" in said else None


def read_package(path: Path) -> Earlier:
    """The package in the folder or zip at `path`. Raises RunError when it is none."""
    try:
        files = dict(_files(path))
        descriptor = json.loads(files[DESCRIPTOR])
        _needed = descriptor["run_id"], descriptor["partner"]
        tables = {
            name: read_table(files[f"{FOLDER}/{name}.csv"], name)
            for name in DECLARED
            if f"{FOLDER}/{name}.csv" in files
        }
    except (KeyError, TypeError, ValueError, OSError, zipfile.BadZipFile):
        raise RunError(
            _("is no package that phusong wrote for a partner"),
            where=str(path),
            do=_("Name the folder with datapackage.json, or its zip."),
        ) from None
    return Earlier(path, descriptor, tables)


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    """The descriptor and tables of a package by their names in it."""
    if path.is_dir():
        for file in (path / DESCRIPTOR, *sorted((path / FOLDER).glob("*.csv"))):
            yield file.relative_to(path).as_posix(), file.read_bytes()
        return
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            inside = PurePosixPath(info.filename)
            name = "/".join(inside.parts[1:])
            if (name == DESCRIPTOR or inside.parts[1:-1] == (FOLDER,)) and info.file_size <= _MOST_BYTES:
                yield name, archive.read(info)
