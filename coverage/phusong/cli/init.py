"""phusong init"""

import json
from fnmatch import fnmatch
from pathlib import Path

import click

from phusong.beside import whole_file
from phusong.bundled import bundled
from phusong.cli.common import say_json, say_next
from phusong.cli.verb import verb
from phusong.errors import PhuSongError
from phusong.language import _, current_language


@verb(
    "init",
    help="Write a commented study.toml into the folder DIR (made if need be).",
    epilog="\b\nExamples:\n  phusong init my-study\n  phusong init sao-tome --profile itu",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--profile",
    type=click.Choice(["itu"]),
    help="DIR holds inputs of the ITU Connectivity Planning Platform: name them in the study.",
)
def command(folder: Path, profile: str | None, as_json: bool) -> None:
    path = folder / "study.toml"
    if path.exists():
        raise PhuSongError(
            _("is there already"), where=str(path), do=_("Name another folder; nothing was changed.")
        )
    text = template() if profile is None else study_of_profile(folder, profile)
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
    if as_json:
        say_json({"study": str(path)})
        return
    click.echo(str(path))
    if profile is None:
        click.echo(_("Put your files beside it and name them in it; 'phusong info FILE' says what one is."))
        say_next("check", path)
    else:
        click.echo(_("Look through it before it is used."))
        say_next("run", path)


def template() -> str:
    """The commented study file in the current language."""
    name = "study_template.vi.toml" if current_language() == "vi" else "study_template.toml"
    return bundled(name).read_text(encoding="utf-8")


def study_of_profile(folder: Path, profile: str) -> str:
    """A study file that names the inputs in `folder`, found by their names; PhuSongError without sites."""
    from phusong.readers.profiles import profile_sheet

    found = {name: find_file(folder, sheet["files"]) for name, sheet in profile_sheet(profile).items()}
    if found["sites"] is None:
        raise PhuSongError(
            _("no file looks like the list of sites"),
            where=str(folder),
            do=_("One of its names must hold: {words}.").format(
                words=", ".join(pattern.strip("*") for pattern in profile_sheet(profile)["sites"]["files"])
            ),
        )
    lines = [
        f"{name} = {{ path = {json.dumps(file.relative_to(folder).as_posix(), ensure_ascii=False)}, "
        f'profile = "{profile}" }}'
        for name, file in found.items()
        if file is not None
    ]
    text = bundled(f"study_{profile}.toml").read_text(encoding="utf-8")
    title = folder.resolve().name.replace("-", " ").replace("_", " ").capitalize()
    return text.replace("{title}", title).replace("{inputs}", "\n".join(lines))


def find_file(folder: Path, patterns: list[str]) -> Path | None:
    """The input in `folder` or below whose name is like one of `patterns`: the first by path, none in an
    output folder."""
    from phusong.readers.rows import TABLE_SUFFIXES
    from phusong.readers.vectors import VECTOR_SUFFIXES

    known = TABLE_SUFFIXES | VECTOR_SUFFIXES
    files = sorted(f for f in folder.rglob("*") if f.suffix.lower() in known)
    inputs = [f for f in files if "output" not in f.relative_to(folder).parts[:-1]]
    return next((f for f in inputs if any(fnmatch(f.name.lower(), p) for p in patterns)), None)
