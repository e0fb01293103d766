"""phusong export"""

from pathlib import Path

import click

from phusong.cli.common import run_argument, say_json, say_warning
from phusong.cli.verb import verb, wants_json
from phusong.errors import PhuSongError
from phusong.exports import export, formats
from phusong.language import _, current_language
from phusong.partners import Package, write_package
from phusong.readers.sharing import read_sharing
from phusong.runs import read_run
from phusong.sharing import find_partner

#: Where packages go: beside the run, so that the next run's package finds the last one.
PLACE = "partners"


def _list(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and wants_json():
        say_json({"formats": {name: _(module.MEANING) for name, module in sorted(formats().items())}})
        ctx.exit()
    if wanted:
        for name, module in sorted(formats().items()):
            click.echo(f"{name}: {_(module.MEANING)}")
        ctx.exit()


@verb(
    "export",
    help="Write RUN (a run folder) in a partner's format, or --partner's whole package: "
    "one folder and its zip.",
    epilog="\b\nExamples:\n"
    "  phusong export maps/nam-giang --to geojson --out for-partner\n"
    "  phusong export maps/nam-giang --partner Viettel",
)
@run_argument
@click.option("--to", "name", help="One format alone [default: geojson]; see --list.")
@click.option(
    "--partner", help="Write the package of this partner: nothing of other operators' networks is in it."
)
@click.option(
    "--sharing",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="What the partner sees this time: a TOML file with [sharing.default] or [sharing.NAME].",
)
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    help="Package (folder or zip) to tell the changes from [default: the partner's last].",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder [default: export/ in the run; of packages: partners/ beside it].",
)
@click.option("--replace", is_flag=True, help="Replace the package of the same run.")
@click.option(
    "--list",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_list,
    help="List the formats and stop.",
)
def command(
    run: Path,
    name: str | None,
    partner: str | None,
    sharing: Path | None,
    since: Path | None,
    out: Path | None,
    replace: bool,
    as_json: bool,
) -> None:
    if partner is None:
        _only_for_packages(sharing, since, replace)
        files = [
            str(path)
            for path in export(read_run(run), name or "geojson", out or run / "export", current_language())
        ]
        say_json({"files": files}) if as_json else click.echo("\n".join(files))
        return
    if name is not None:
        raise click.UsageError(_("A package has all formats: leave out --to or --partner."))
    read = read_run(run)
    whom = find_partner(read, partner, read_sharing(sharing) if sharing else None)
    place = out or run.resolve().parent / PLACE
    language = str(read.manifest["language"])
    _say(write_package(read, whom, place, language, replace=replace, since=since, say=say_warning), as_json)


def _only_for_packages(sharing: Path | None, since: Path | None, replace: bool) -> None:
    for option, said in (("--sharing", sharing), ("--since", since), ("--replace", replace)):
        if said:
            raise PhuSongError(
                _("{option} is for packages").format(option=option), do=_("Name the partner with --partner.")
            )


def _say(package: Package, as_json: bool) -> None:
    if as_json:
        since = str(package.since) if package.since else None
        found = {
            "folder": str(package.folder),
            "zip": str(package.zip),
            "changes": package.changes,
            "since": since,
        }
        say_json(found)
        return
    click.echo(_("Package: {path}").format(path=package.folder))
    click.echo(_("To send: {path}").format(path=package.zip))
    if package.since:
        click.echo(
            _("{count} changes since {path}: CHANGES.csv").format(
                count=package.changes, path=package.since.name
            )
        )
