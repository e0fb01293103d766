"""What was fetched before: one folder, beside each file a small JSON that says where it came from.

The index is those JSON files: two runs never write the same one, for whoever fetches a file holds its lock.
A file counts only when its size and SHA-256 are those of its JSON, so half a file is never used.
"""

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pooch

from phusong.beside import whole_file

#: Where fetched files are kept, when the command line does not say.
CACHE_VARIABLE = "PHUSONG_CACHE"


@dataclass(frozen=True)
class Entry:
    """A file of the cache: its address (without any key), when it was fetched, what it is."""

    url: str
    place: str
    licence: str
    fetched: str
    size: int
    sha256: str
    etag: str = ""
    modified: str = ""


def default_cache() -> Path:
    """The folder of PHUSONG_CACHE, else the platform's own for caches."""
    said = os.environ.get(CACHE_VARIABLE)
    return Path(said) if said else Path(pooch.os_cache("phusong"))


def name_in_cache(place: str, url: str, body: str = "") -> Path:
    """Place and file name for an address and what is asked there: readable, and one for each question."""
    mark = hashlib.sha256(f"{url}\n{body}".encode()).hexdigest()[:12]
    tail = re.sub(r"[^A-Za-z0-9._-]+", "-", url.split("?")[0].rstrip("/").rsplit("/", 1)[-1])[-80:]
    return Path(place) / f"{mark}-{tail or 'file'}"


def note_of(path: Path) -> Path:
    """The JSON beside a file of the cache."""
    return path.with_name(f"{path.name}.json")


def part_of(path: Path) -> Path:
    """Where a file grows until it is whole."""
    return path.with_name(f"{path.name}.part")


def read_note(path: Path) -> dict[str, Any]:
    """The JSON at `path`; nothing when there is none or it cannot be read."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def write_note(path: Path, said: dict[str, Any]) -> None:
    """Whole or not at all."""
    with whole_file(path) as part:
        part.write_text(json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


def find_whole(path: Path) -> Entry | None:
    """The entry of a file that is there, whole and as it was fetched; else None."""
    said = read_note(note_of(path))
    try:
        entry = Entry(**said)
    except TypeError:
        return None
    if not path.is_file() or path.stat().st_size != entry.size or sha256_of(path) != entry.sha256:
        return None
    return entry


def keep(part: Path, path: Path, entry: Entry) -> None:
    """Make a whole `part` the file `path`. Killed in between, the file does not match its JSON: not used."""
    write_note(note_of(path), asdict(entry))
    part.replace(path)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    return str(pooch.file_hash(str(path), alg="sha256"))
