"""Open data for an area: `fetch_area` is the gateway. Nothing else of the program talks to the network.

A source is a module in sources/ with NAME, MEANING, PLACE and `fetch(area, folder, getter) -> list[Fetched]`.
Where its data come from, under which licence, is in data/sources.toml. Sources of other installed packages
are found by the entry point group "phusong.sources".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pandas as pd

from phusong.beside import held, take_away
from phusong.domain import Finding
from phusong.errors import FetchError
from phusong.fetch import sources as _sources
from phusong.fetch.area import Area, parse_box, read_area
from phusong.fetch.cache import name_in_cache
from phusong.fetch.getter import Getter
from phusong.fetch.places import Place
from phusong.fetch.source import Fetched
from phusong.fetch.studyfile import StudyFile
from phusong.fetch.units import (
    check_json,
    check_outlines,
    read_census,
    read_outlines,
    read_units,
    with_census,
    with_codes,
)
from phusong.installed import SOURCES, modules_of
from phusong.language import _
from phusong.readers.names import name_rules

#: What is fetched when the command line does not say, in the order in which it is fetched.
USUAL = ("boundaries", "sites", "settlements", "roads", "rivers", "power_lines", "elevation", "population")
#: How the folder begins in which files are made.
_STAGE = ".fetch-"
BOUNDARIES, UNITS = "boundaries", "units"


@dataclass(frozen=True)
class Given:
    """Files that the user gives in place of fetched ones: outlines, lists of units, census figures."""

    boundaries: Path | None = None
    gazetteers: tuple[Path, ...] = ()
    census: Path | None = None


@dataclass(frozen=True)
class Done:
    """What was fetched, what was odd or could not be had, and what became of the study file."""

    area: Area
    files: tuple[Fetched, ...]
    findings: tuple[Finding, ...]
    study: Path
    said: tuple[str, ...]
    places: Mapping[str, Place]


def sources() -> dict[str, ModuleType]:
    """Name → module of every source, ours and those of other packages."""
    ours: Iterable[ModuleType] = (
        import_module(f"{_sources.__name__}.{module.name}") for module in iter_modules(_sources.__path__)
    )
    return {module.NAME: module for module in (*ours, *modules_of(SOURCES))}


def fetch_area(
    text: str, folder: Path, what: Sequence[str], getter: Getter, given: Given, replace_files: bool = False
) -> Done:
    """Fetch `what` for the area that `text` names, and write files and study.toml into `folder`.

    All is made beside its place first: a source that fails, or a file that is another's, leaves the folder as
    it was. Raises FetchError.
    """
    chosen, getter = choose(what), replace(getter, places=_with_given(getter.places, given))
    outlines, units = _outlines(text, chosen, getter, given)
    area, found = _described(read_area(text, outlines, units), units, given)
    lock = getter.cache / name_in_cache("studies", str(folder.resolve()))
    with _room(folder), held(lock, getter.say), TemporaryDirectory(prefix=_STAGE, dir=folder) as stage:
        _clear_away(folder, stage)
        study = StudyFile.open(folder)
        made = []
        for name in chosen:
            getter.say(_("{source} …").format(source=name))
            made += sources()[name].fetch(area, Path(stage), getter)
        study.refuse_others(made, replace_files)
        placed = [_placed(one, folder) for one in made]
        vintage = "" if units is None else units.attrs.get("vintage", "")
        said = study.write(area, placed, getter, vintage)
    findings = (*found, *(finding for one in placed for finding in one.findings))
    return Done(area, tuple(placed), tuple(findings), study.path, tuple(said), getter.places)


@contextmanager
def _room(folder: Path) -> Iterator[None]:
    """The folder, made if need be; away again when nothing came into it. FetchError when it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise FetchError(
            _("cannot be written ({reason})").format(reason=error.strerror or error),
            where=str(error.filename or folder),
            do=_("Make room there, or name other folders with --out and --cache."),
        ) from None
    finally:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _with_given(places: Mapping[str, Place], given: Given) -> dict[str, Place]:
    """The places, "boundaries" saying which files of the user stand in for it or are added to it."""
    place = places[BOUNDARIES]
    if given.boundaries is not None:
        said = {"title": given.boundaries.name, "attribution": given.boundaries.name, "note": ""}
        said |= {"licence": _("as its owner says"), "url": "", "source": "", "date": "", "data_date": ""}
        place = place.model_copy(update=said)
    if given.census is not None:
        title = _("{title}; residents from {file}").format(title=place.title, file=given.census.name)
        place = place.model_copy(update={"title": title})
    return {**places, BOUNDARIES: place}


def choose(what: Sequence[str]) -> list[str]:
    """The sources that are asked for, in a fixed order; FetchError for one that is not known."""
    known = sources()
    for name in what:
        if name not in known:
            raise FetchError(
                _("there is no source {name}").format(name=repr(name)),
                where="--what",
                do=_("Sources: {known}.").format(known=", ".join(known)),
            )
    order = [*USUAL, *(name for name in known if name not in USUAL)]
    return [name for name in order if name in what]


def _clear_away(folder: Path, own: str) -> None:
    """What a run that was killed left half made; nobody else is at work in the folder now."""
    for stage in folder.glob(f"{_STAGE}*"):
        if stage != Path(own):
            take_away(Path(stage))


def _placed(one: Fetched, folder: Path) -> Fetched:
    target = folder / one.path.name
    one.path.replace(target)
    return replace(one, path=target)


def _outlines(text: str, chosen: list[str], getter: Getter, given: Given) -> tuple[Any, Any]:
    """(outlines of communes, list of units); None where none are needed."""
    units = _units(given)
    if "boundaries" not in chosen and given.boundaries is None and parse_box(text) is not None:
        return None, units
    path = given.boundaries or getter.get(BOUNDARIES, check_outlines)
    assert path is not None
    outlines = read_outlines(path)
    if units is None and outlines["commune_code"].isna().any():
        listed = getter.get(UNITS, check_json)
        assert listed is not None
        units = read_units(listed)
    return outlines, units


def _units(given: Given) -> Any:
    lists = [read_units(path) for path in given.gazetteers]
    return pd.concat(lists, ignore_index=True) if lists else None


def _described(area: Area, units: Any, given: Given) -> tuple[Area, list[Finding]]:
    """The area, its communes with codes of the list of units and residents of the census."""
    communes = area.communes
    found: list[Finding] = []
    if communes is None:
        return area, []
    if units is not None:
        communes, found = with_codes(communes, units, name_rules())
    if given.census is not None:
        communes = with_census(communes, read_census(given.census))
    return replace(area, name=_official(area.name, communes), communes=communes), found


def _official(name: str, communes: Any) -> str:
    """A name in the words of the list of units, where the communes are all of one district or province."""
    if parse_box(name):
        return name
    for levels in (["name", "district", "province"], ["district", "province"], ["province"]):
        places = communes[levels].drop_duplicates()
        if len(places) == 1:
            return ", ".join(str(part) for part in places.iloc[0] if isinstance(part, str) and part)
    return name


__all__ = ["Area", "Done", "Fetched", "Getter", "Given", "choose", "fetch_area", "sources"]
