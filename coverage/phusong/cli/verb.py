"""What every verb is: the options that all share, help in the language asked for, the nearest of a mistyped
name. Light: `phusong --help` loads no more than this."""

from collections.abc import Callable, Iterable
from copy import copy
from functools import partial
from typing import Any, TypeVar

import click

from phusong.language import LANGUAGES, _, use_language

CommandKind = TypeVar("CommandKind", bound=click.Command)

#: Where a command keeps what its shared options say.
_QUIET, _PROGRESS, _JSON = (f"phusong.{name}" for name in ("quiet", "progress", "json"))


def _kept(key: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def keep(ctx: click.Context, _parameter: click.Parameter, value: Any) -> Any:
        ctx.meta[key] = value
        return value

    return keep


def is_quiet() -> bool:
    """Does the command want no progress and no hints?"""
    return bool(_said(_QUIET))


def wants_progress() -> bool | None:
    """True: even where there is no terminal; False: never; None: as it fits."""
    said: bool | None = _said(_PROGRESS)
    return False if is_quiet() else said


def wants_json() -> bool:
    """Does the command want JSON? Known to options that stop it early, too."""
    return bool(_said(_JSON))


def _said(key: str) -> Any:
    ctx = click.get_current_context(silent=True)
    return None if ctx is None else ctx.meta.get(key)


def language_option(callback: Callable[..., Any] | None = None, help_text: str = "") -> click.Option:
    """--lang, before a verb and after it."""
    return click.Option(
        ["--lang"],
        type=click.Choice(LANGUAGES),
        callback=callback,
        is_eager=True,
        expose_value=False,
        help=help_text or "Language of messages.",
    )


#: The options of every verb. --json becomes its argument `as_json`; of the others the functions above tell.
_SHARED = (
    click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON object instead of text."),
    click.Option(
        ["--quiet", "-q"],
        is_flag=True,
        expose_value=False,
        callback=_kept(_QUIET),
        help="No progress and no hints; warnings and errors are said.",
    ),
    click.Option(
        ["--progress/--no-progress"],
        default=None,
        expose_value=False,
        callback=_kept(_PROGRESS),
        help="Show progress on stderr [default: a bar on a terminal, else a line a step].",
    ),
    language_option(),
)


class Verb(click.Command):
    """A verb with the options that all share."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *_SHARED]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        speak_as_said(args)
        ctx.meta[_JSON] = "--json" in args
        return super().parse_args(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        return click.Command.get_help(translated(self), ctx)


class Verbs(click.Group):
    """A group that suggests the nearest name for one that it does not have."""

    language = language_option()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params = [self.language, *self.params]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        speak_as_said(args)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0].endswith(".toml") and "run" in known:
            raise click.UsageError(
                _("what is to be done with {file}? Say a verb: phusong run {file}").format(file=args[0])
            )
        if args and args[0] not in known and not args[0].startswith("-"):
            do = did_you_mean(args[0], known) or _("See {command} --help.").format(command=ctx.command_path)
            raise click.UsageError(_("there is no verb {verb}. {do}").format(verb=args[0], do=do))
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        return click.Group.get_help(translated(self), ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(_("Verbs")):
            formatter.write_dl([(name, _(self.meaning_of(ctx, name))) for name in self.list_commands(ctx)])

    def meaning_of(self, ctx: click.Context, name: str) -> str:
        """What a verb does, in one sentence of its English help."""
        found = self.get_command(ctx, name)
        return (found.help or "") if found else ""


#: Declares a verb: `@verb("gaps", help=…, epilog=…)`.
verb = partial(click.command, cls=Verb)


def speak_as_said(args: list[str]) -> None:
    """The language that `args` name with --lang, before anything else is said, also where it stands last."""
    for at, arg in enumerate(args):
        name, _sign, value = arg.partition("=")
        if name == "--lang" and (said := value or next(iter(args[at + 1 :]), "")) in LANGUAGES:
            use_language(said)
        if arg == "--":
            return


def translated(command: CommandKind) -> CommandKind:
    """A copy of the command with its help texts in the current language."""
    out = copy(command)
    out.help = command.help and _(command.help)
    out.params = [copy(parameter) for parameter in command.params]
    for parameter in out.params:
        if isinstance(parameter, click.Option):
            parameter.help = parameter.help and _(parameter.help)
    return out


def did_you_mean(text: str, known: Iterable[str], most: int = 1, cutoff: float = 0.5) -> str:
    """A question that names the nearest of the `known` words; "" where none is near."""
    from difflib import get_close_matches

    by_small = {word.lower(): word for word in known}
    near = [by_small[word] for word in get_close_matches(text.lower(), by_small, n=most, cutoff=cutoff)]
    return _("Did you mean {near}?").format(near=", ".join(near)) if near else ""


def plainly_said(error: click.ClickException) -> str:
    """What click says of a wrong command line, in the current language, and where help is."""
    ctx: click.Context | None = getattr(error, "ctx", None)
    if isinstance(error, click.NoSuchOption):
        said = _("there is no option {name}").format(name=error.option_name)
        parameters = ctx.command.params if ctx else []
        options = {name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)}
        do = did_you_mean(error.option_name, (name for name in options if name.startswith("--")), cutoff=0.6)
    elif isinstance(error, click.MissingParameter) and isinstance(error.param, click.Argument):
        name = error.param.metavar or (error.param.name or "").upper()
        said, do = _("{name} is missing").format(name=name), ""
    else:
        return error.format_message()
    return (
        f"{said}. {do or _('See {command} --help.').format(command=ctx.command_path if ctx else 'phusong')}"
    )
