"""phusong fetch"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from phusong.cli.common import say_findings, say_json, say_next, say_table
from phusong.cli.verb import verb, wants_progress
from phusong.fetch import USUAL, Given, choose, fetch_area, sources
from phusong.fetch.cache import default_cache
from phusong.fetch.getter import Getter
from phusong.fetch.places import read_places
from phusong.fetch.studyfile import StudyFile
from phusong.language import _

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@verb(
    "fetch",
    help="Fetch open data for AREA into a study: outlines, sites, roads, heights, residents.\n\n"
    "AREA is a province, district or commune by name or code, or a box west,south,east,north in degrees. "
    "No other verb uses the network. What is there is kept: a study is completed, never written over.",
    epilog="\b\nExamples:\n"
    "  phusong fetch 'Nam Giang, Quảng Nam' --out nam-giang --census dan-so.csv\n"
    "  phusong fetch 107.3,15.5,107.6,15.8 --out la-dee --what roads,elevation\n"
    "  phusong fetch --list",
)
@click.argument("area", required=False, default="")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the study [default: the area's name].",
)
@click.option("--what", help="Sources to fetch, with commas between [default: those marked in --list].")
@click.option("--boundaries", type=_FILE, help="Outlines of communes, in place of fetched ones.")
@click.option(
    "--gazetteer",
    "gazetteers",
    type=_FILE,
    multiple=True,
    help="List of units with their codes; may be said several times.",
)
@click.option("--census", type=_FILE, help="Residents by commune, which the population raster is scaled to.")
@click.option("--offline", is_flag=True, help="Take all from the cache; fail where it is not there.")
@click.option("--refresh", is_flag=True, help="Ask the servers again, also for what is in the cache.")
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder where fetched files are kept [default: PHUSONG_CACHE, else the system's].",
)
@click.option(
    "--source",
    "overrides",
    metavar="NAME=URL",
    multiple=True,
    help="Another address for a source of data/sources.toml.",
)
@click.option(
    "--replace", "replace_files", is_flag=True, help="Write over files in the folder that were changed."
)
@click.option(
    "--list", "show_list", is_flag=True, help="Show the sources with their licences, and fetch nothing."
)
def command(
    area: str,
    out: Path | None,
    what: str | None,
    boundaries: Path | None,
    gazetteers: tuple[Path, ...],
    census: Path | None,
    offline: bool,
    refresh: bool,
    cache: Path | None,
    overrides: tuple[str, ...],
    replace_files: bool,
    show_list: bool,
    as_json: bool,
) -> None:
    if show_list:
        _say_list(overrides, as_json)
        return
    if not area:
        raise click.UsageError(_("Name an AREA, or say --list."))
    folder = out or Path(_folder_name(area))
    names = choose([name.strip() for name in what.split(",") if name.strip()] if what else USUAL)
    places = read_places(overrides, StudyFile.open(folder).sources)
    with _progress() as (progress, say):
        getter = Getter(cache or default_cache(), places, offline, refresh, progress, say)
        done = fetch_area(area, folder, names, getter, Given(boundaries, gazetteers, census), replace_files)
    if as_json:
        say_json(_as_data(done))
        return
    for one in done.files:
        click.echo(f"{one.path}: {one.about}" + (f" ({one.why_not})" if one.why_not else ""))
    for name in sorted({one.place for one in done.files}):
        place = done.places[name]
        click.echo(f"  {place.attribution} · {place.licence}")
        if place.note:
            click.echo(f"  {place.note}")
    say_findings(list(done.findings), most=10_000)
    for line in done.said:
        click.echo(line)
    say_next("check", done.study)


def _folder_name(area: str) -> str:
    words = "".join(c if c.isalnum() or c in ".-" else " " for c in area).split()
    return "-".join(words).lower() or "area"


def _as_data(done: Any) -> dict[str, Any]:
    return {
        "area": done.area.name,
        "bounds": list(done.area.bounds),
        "study": str(done.study),
        "files": [
            {
                "file": str(one.path),
                "input": one.key,
                "about": one.about,
                "licence": done.places[one.place].licence,
                "attribution": done.places[one.place].attribution,
            }
            for one in done.files
        ],
        "findings": [vars(finding) for finding in done.findings],
    }


def _say_list(overrides: tuple[str, ...], as_json: bool) -> None:
    places = read_places(overrides)
    known = sources()
    order = [*USUAL, *(name for name in known if name not in USUAL)]
    if as_json:
        say_json(
            {
                name: {"meaning": _(known[name].MEANING), **places[known[name].PLACE].model_dump()}
                for name in order
            }
        )
        return
    say_table(
        _("Sources of open data"),
        [(_("Source"), "left"), (_("What it is"), "left"), (_("Licence"), "left"), (_("From"), "left")],
        [
            [
                name + (" *" if name in USUAL else ""),
                _(known[name].MEANING),
                places[known[name].PLACE].licence,
                places[known[name].PLACE].title,
            ]
            for name in order
        ],
    )
    click.echo(_("* fetched when --what is not said. Addresses and terms: data/sources.toml."))


@contextmanager
def _progress() -> Iterator[tuple[Any, Any]]:
    """(progress, say): bars of bytes with the time left on a terminal, else a line a file; all on stderr."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    console = Console(stderr=True, markup=False, highlight=False)
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=wants_progress() is False or not console.is_terminal,
    )
    tasks: dict[str, Any] = {}

    def progress(name: str, done: int, total: int | None) -> None:
        if name not in tasks:
            tasks[name] = bars.add_task(name, total=total)
        bars.update(tasks[name], completed=done, total=total)

    def say(line: str) -> None:
        if wants_progress() is not False:
            click.echo(line, err=True)

    with bars:
        yield progress, say
