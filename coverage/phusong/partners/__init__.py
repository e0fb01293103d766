"""The package of a partner: one folder and its zip with all that its tools take, nothing of other operators.

A package is made beside its place and moved there when it is whole. The same run and profile give the same
files, whenever and wherever it is made.
"""

import hashlib
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phusong.beside import held, stage_for
from phusong.errors import RunError
from phusong.exports import formats
from phusong.exports.geojson import FILES, NETWORK_FILES, write_geojson
from phusong.language import _
from phusong.partners.changes import changes_between
from phusong.partners.descriptor import descriptor, dictionary, readme
from phusong.partners.earlier import DESCRIPTOR, Earlier, last_package, read_package
from phusong.partners.schemas import geojson_schema, table_schema
from phusong.partners.tables import FOLDER, has_places, read_table, write_table
from phusong.runs import Run, safe_cells
from phusong.sharing import Partner, shared_run
from phusong.units import fold

#: A zip knows no earlier date; the same for all, so that the same package gives the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Package:
    """What was written: the folder, its zip, how many changes there are against which earlier package."""

    folder: Path
    zip: Path
    changes: int
    since: Path | None


def package_name(run: Run, partner: str) -> str:
    """The folder's name: the partner in plain letters, the day of the run, the run.

    >>> import pathlib
    >>> about = {"run_id": "438823a97f22", "created": "2026-11-28T20:04:30+00:00"}
    >>> package_name(Run(pathlib.Path(), about, {}), "Viễn thông Đà Nẵng / VNPT")
    'vien-thong-da-nang-vnpt-2026-11-28-438823'
    """
    flat = unicodedata.normalize("NFD", partner.replace("đ", "d").replace("Đ", "D"))
    plain = re.sub(
        r"[^a-z0-9]+", "-", "".join(c for c in flat if not unicodedata.combining(c)).lower()
    ).strip("-")
    own = plain[:40] or hashlib.sha256(partner.encode()).hexdigest()[:8]
    run_id = re.sub(r"[^0-9a-zA-Z]+", "", str(run.manifest["run_id"]))[:6] or "run"
    return f"{own}-{str(run.manifest['created'])[:10]}-{run_id}"


def write_package(
    run: Run,
    partner: Partner,
    place: Path,
    language: str = "vi",
    *,
    replace: bool = False,
    since: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Package:
    """Write the package of `partner` into a folder of its own in `place`, and its zip beside it.

    Changes are told against the package at `since`, or the newest of the partner in `place`. Raises RunError
    where there is such a package already (unless `replace`) or something else of that name. Two at once wait
    for each other; `say` is told.
    """
    name = package_name(run, partner.name)
    _refuse_to_overwrite(place / name, partner.name, replace)
    before = _package_of(partner.name, since) if since else last_package(place, partner.name, but=name)
    with held(place / name, say), stage_for(place / name) as stage:
        _refuse_to_overwrite(place / name, partner.name, replace)
        folder = stage / name
        folder.mkdir()
        changes = _fill(folder, shared_run(run, partner), partner, language, before)
        packed = stage / f"{name}.zip"
        _zip(folder, packed)
        packed.replace(place / f"{name}.zip")
        if (place / name).exists():
            (place / name).replace(stage / "old")
        folder.replace(place / name)
    return Package(place / name, place / f"{name}.zip", changes, before.path if before else None)


def _package_of(partner: str, path: Path) -> Earlier:
    """The package at `path`, which must be of `partner`: what changed since another's would tell of it."""
    found = read_package(path)
    if fold(str(found.descriptor["partner"])) != fold(partner):
        raise RunError(
            _("is the package of another partner"),
            where=str(path),
            do=_("Name a package of {partner}.").format(partner=partner),
        )
    return found


def _refuse_to_overwrite(folder: Path, partner: str, replace: bool) -> None:
    if not folder.exists():
        return
    try:
        whose = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))["partner"]
    except (OSError, ValueError, KeyError, TypeError):
        whose = None
    if whose != partner:
        raise RunError(
            _("is there already and is no package of {partner}").format(partner=partner),
            where=str(folder),
            do=_("Name another place with --out."),
        )
    if not replace:
        raise RunError(
            _("is there already"), where=str(folder), do=_("Name another place with --out, or say --replace.")
        )


def _fill(folder: Path, run: Run, partner: Partner, language: str, before: Earlier | None) -> int:
    """Write all files of the package; how many changes there are."""
    tables = [name for name in partner.profile.tables if name in run.tables]
    _write_formats(folder, run, language)
    _write_tables(folder, run, tables)
    changed = _write_changes(folder, tables, before)
    dictionary(tables).to_csv(folder / "dictionary.csv", index=False, encoding="utf-8-sig")
    previous = before.run_id if before else None
    parts = [f"{path.name}/" if path.is_dir() else path.name for path in sorted(folder.iterdir())]
    text = readme(run, partner, [*parts, DESCRIPTOR], previous)
    # Notepad of an old Windows needs the mark and the carriage returns.
    (folder / "README.txt").write_text(text, encoding="utf-8-sig", newline="\r\n")
    _write_json(folder / DESCRIPTOR, descriptor(run, partner, folder, folder.name, previous))
    return changed


def _write_formats(folder: Path, run: Run, language: str) -> None:
    """Every format that is part of a package, each in a folder of its own."""
    for name, module in sorted(formats().items()):
        if getattr(module, "IN_PACKAGE", True):
            (folder / name).mkdir()
            module.write(run, folder / name, language)
    for file, (table, key) in NETWORK_FILES.items():
        if len(run.tables[table]):
            write_geojson(run.tables[table], folder / "geojson" / file, key)
    for empty in [path for path in sorted(folder.iterdir()) if path.is_dir() and not any(path.iterdir())]:
        empty.rmdir()


def _write_tables(folder: Path, run: Run, tables: list[str]) -> None:
    """The tables as CSV, and the schemas of tables and GeoJSON."""
    (folder / FOLDER).mkdir()
    (folder / "schemas").mkdir()
    for name in tables:
        write_table(run.tables[name], name, folder / FOLDER / f"{name}.csv")
        _write_json(folder / "schemas" / f"{name}.schema.json", table_schema(name, has_places(name)))
    for file, (table, key) in {**FILES, **NETWORK_FILES}.items():
        if (folder / "geojson" / file).exists():
            _write_json(folder / "schemas" / f"{file}.schema.json", geojson_schema(table, key))


def _write_changes(folder: Path, tables: list[str], before: Earlier | None) -> int:
    after = {name: read_table((folder / FOLDER / f"{name}.csv").read_bytes(), name) for name in tables}
    found = changes_between(before.tables if before else after, after)
    safe_cells(found).to_csv(folder / "CHANGES.csv", index=False, encoding="utf-8-sig")
    return len(found)


def _write_json(path: Path, said: Any) -> None:
    path.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _zip(folder: Path, path: Path) -> None:
    """The folder as a zip: files in the order of their names, one date, no paths but those in the folder."""
    files = sorted(
        (file.relative_to(folder).as_posix(), file) for file in folder.rglob("*") if file.is_file()
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files:
            info = zipfile.ZipInfo(f"{folder.name}/{name}", _DATE)
            info.external_attr = 0o644 << 16
            archive.writestr(info, file.read_bytes(), zipfile.ZIP_DEFLATED)
