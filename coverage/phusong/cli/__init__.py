"""The command line: `phusong VERB …`. One module a verb, imported only when it is used."""

import sys
from importlib import import_module
from typing import Any

import click

from phusong import __version__
from phusong.beside import taken_away
from phusong.cli.screen import say_error, use_any_console
from phusong.cli.verb import Verbs, language_option, plainly_said
from phusong.disk import trouble
from phusong.errors import PhuSongError
from phusong.heard import say_warnings_plainly
from phusong.language import _, system_language, use_language
from phusong.units import Currency, money_in

#: Verb → what it does, so that `--help` need not import the verbs.
VERBS = {
    "quickstart": "Try it: copy the bundled study of Nam Giang, run it, say what to open.",
    "init": "Write a commented study.toml into a folder.",
    "fetch": "Fetch open data for a province, district, commune or box into a study.",
    "synth": "Write a made-up study of any size, for rehearsals and tests of scale.",
    "check": "Say what is wrong with the inputs of a study, in which file and row.",
    "survey": "Write survey forms for the communes, and read the filled ones.",
    "gaps": "Find the sites that lack fibre, Wi-Fi, mobile signal or video conference.",
    "conference": "Say who can join a conference of three levels, what is missing, on which day.",
    "weekly": "The week: a snapshot, what changed, who has not reported, targets, picture.",
    "cover": "Draw the mobile footprints: levels, best servers, area and people by class.",
    "indicators": "Count what units report by date: committees, surveys, forms, installs.",
    "run": "The main job: check, gaps, design, prices, ranking, map and GeoJSON.",
    "plan": "Plan under a budget: what more or less money brings, years, partners.",
    "explain": "Say why a site of a run gets what it gets: line, tap, share.",
    "compare": "Say what changed from one run to another, and what was asked differently.",
    "units": "Communes of one date and another: convert a table, find and show units.",
    "link": "Judge a microwave link between two places, and draw its profile.",
    "map": "Draw the map of a run again.",
    "report": "Write the report of a run: Word, PDF, and an Excel annex.",
    "export": "Write a run in a partner's format.",
    "publish": "Put the tables of a run into PostGIS.",
    "info": "Say what a file is, what it would be read as, and where to name it.",
    "completion": "Print what makes your shell complete verbs and options with the Tab key.",
    "doctor": "Say what this installation has and lacks, and what to do.",
}


def _speak(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    use_language(value or system_language())


class _Verbs(Verbs):
    """The verbs by name, each imported when it is used."""

    language = language_option(_speak, "Language of messages (default: PHUSONG_LANG or the system's).")

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = import_module(f"phusong.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def meaning_of(self, ctx: click.Context, name: str) -> str:
        return VERBS[name]


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="Broadband and Wi-Fi coverage planner for provinces.",
    epilog="\b\nTry it:      phusong quickstart\n"
    "Your own:    phusong init my-study && phusong run my-study/study.toml",
)
@click.version_option(__version__, "-V", "--version", prog_name="phusong")
def phusong() -> None:
    """The group; its help is given above so that it can be translated."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; errors that the user can mend become one line and an exit code."""
    use_any_console()
    say_warnings_plainly()
    try:
        with money_in(Currency()):
            code: Any = phusong.main(args=arguments, prog_name="phusong", standalone_mode=False)
        # A disk that is full under what was printed is an error, too.
        sys.stdout.flush()
    except PhuSongError as error:
        say_error(error)
        code = error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = 0
    except click.ClickException as error:
        say_error(plainly_said(error))
        code = error.exit_code
    except click.Abort:
        click.echo(_("Stopped."), err=True)
        code = 130
    except Exception as error:
        said = trouble(error)
        if said is None:
            raise
        say_error(said)
        code = said.exit_code
    if left := taken_away():
        names = ", ".join(path.name for path in left[:3]) + (", …" if len(left) > 3 else "")
        click.echo(_("Taken away, left by a run that was stopped: {names}").format(names=names), err=True)
    sys.exit(code if isinstance(code, int) else 0)
