"""What a file is, what a study would read it as, and where to name it. Nothing is changed.

Files are opened by the readers of studies, with their limits and refusals.
"""

import json
import re
from pathlib import Path
from typing import Any

from phusong.about.files import about_layers, about_raster, about_table
from phusong.about.parts import About, Part
from phusong.about.words import FACTS, meaning_of
from phusong.errors import InputError
from phusong.language import _
from phusong.readers import read_study
from phusong.readers.broken import is_there
from phusong.readers.foreign import refuse_ending, refuse_lock
from phusong.readers.rasters import RASTER_SUFFIXES
from phusong.readers.rows import TABLE_SUFFIXES
from phusong.readers.toml import read_toml
from phusong.readers.vectors import VECTOR_SUFFIXES
from phusong.runs import COVER, MANIFEST, read_run
from phusong.study import Source

__all__ = ["FACTS", "About", "Part", "about", "meaning_of"]

#: A map of ours may be so large, in bytes.
_LARGEST_PAGE = 200_000_000


def about(path: Path) -> About:
    """What `path` is. Raises PhuSongError, as a study would, for what cannot be read."""
    if not is_there(path):
        raise InputError(_("there is no such file"), where=str(path)[:200], do=_("Mend the path."))
    if refused := refuse_lock(path):
        raise refused
    if path.is_dir():
        return _folder(path)
    suffix = path.suffix.lower()
    if path.stat().st_size == 0:
        raise InputError(_("is empty"), where=str(path), do=_("Copy or export it again."))
    if path.name == MANIFEST:
        return _folder(path.parent)
    if suffix == ".toml":
        return _toml(path)
    if suffix in (".html", ".htm"):
        return _page(path)
    if suffix in RASTER_SUFFIXES:
        return about_raster(path)
    if suffix == ".dbf" and path.with_suffix(".shp").exists():
        path, suffix = path.with_suffix(".shp"), ".shp"
    if suffix in VECTOR_SUFFIXES:
        return about_layers(path)
    if suffix in TABLE_SUFFIXES:
        return about_table(path)
    raise refuse_ending(path, VECTOR_SUFFIXES | TABLE_SUFFIXES | RASTER_SUFFIXES)


def _folder(path: Path) -> About:
    """A run, a folder of footprints, a study, or files of which some can be read."""
    if (path / MANIFEST).exists():
        return _run(path)
    if (path / "study.toml").exists():
        return _toml(path / "study.toml")
    known = VECTOR_SUFFIXES | TABLE_SUFFIXES | RASTER_SUFFIXES
    files = sorted(p.name for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    readable = [name for name in files if Path(name).suffix.lower() in known]
    do = (_("Ask about one of its files, or write a study that names them: phusong init."),)
    return About(path, "folder", _("folder"), {"files": len(files), "readable": readable}, do=do)


def _run(path: Path) -> About:
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        kind = COVER if manifest.get("kind") == COVER else "run"
        facts = {name: manifest.get(name) for name in ("run_id", "title", "created", "phusong")}
    except (ValueError, AttributeError) as error:
        raise InputError(
            _("cannot be read ({reason})").format(reason=error),
            where=str(path / MANIFEST),
            do=_("Run again."),
        ) from None
    if kind == COVER:
        cover = _("folder of signal footprints, by 'phusong cover'")
        return About(
            path, kind, cover, facts, do=(_("On a map: phusong map RUN --cover {path}").format(path=path),)
        )
    run = read_run(path)
    plan = run.manifest.get("summary", {}).get("plan", {})
    facts |= {"sites": len(run.tables["gaps"])}
    facts |= {name: plan[name] for name in ("sites_connected", "capex_vnd") if name in plan}
    do = (
        _("Open in a browser: {path}").format(path=path / "map.html"),
        *(f"phusong {verb} {path}" for verb in ("report", "export", "map")),
    )
    return About(path, kind, _("run folder, by 'phusong run'"), facts, do=do)


def _toml(path: Path) -> About:
    """A study, or a sheet of prices or figures."""
    said = read_toml(path)
    if "inputs" in said or "base" in said:
        study = read_study(path)
        named = {n: _paths(source) for n, source in study.inputs if source not in (None, ())}
        missing = [
            name
            for paths in named.values()
            for name in paths
            if "*" not in name and "://" not in name and not name.startswith("postgis:")
            if not is_there(study.path(name))
        ]
        facts = {"title": study.title, "language": study.language, "inputs": named, "missing": missing}
        do: tuple[str, ...] = (f"phusong check {path}",)
        if missing:
            do = (_("Put there or mend the path of: {names}").format(names=", ".join(missing)), *do)
        return About(path, "study", _("study file"), facts, do=do)
    entries = [name for name, entry in said.items() if isinstance(entry, dict) and "value" in entry]
    if entries:
        do = (_("A study overrides figures under [prices.SHEET] or [targets]."),)
        return About(path, "sheet", _("sheet of figures"), {"figures": entries}, do=do)
    do = (_("A study has a title and a section [inputs]: phusong init DIR writes one."),)
    return About(path, "other", _("TOML file that is no study"), {"keys": list(said)}, do=do)


def _paths(source: Any) -> list[str]:
    many = source if isinstance(source, tuple) else (source,)
    return [one.path if isinstance(one, Source) else str(one) for one in many]


def _page(path: Path) -> About:
    """A map of ours: whose run it shows."""
    found = None
    if path.stat().st_size <= _LARGEST_PAGE:
        page = path.read_bytes()
        found = re.search(
            rb'<script type="application/json" id="phusong-data">(.*?)</script>', page, re.DOTALL
        )
    try:
        run = json.loads(found[1])["run"] if found else None
    except (ValueError, KeyError, TypeError):
        run = None
    if not isinstance(run, dict):
        raise InputError(
            _("is no map of phusong"),
            where=str(path),
            do=_("Inputs are tables, layers and rasters, not pages."),
        )
    facts = {"run_id": run.get("id"), "title": run.get("title"), "size_mb": round(len(page) / 1e6, 2)}
    do = (_("Open in a browser: {path}").format(path=path),)
    return About(path, "map", _("map of a run, by phusong"), facts, do=do)
