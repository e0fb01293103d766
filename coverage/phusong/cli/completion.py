"""phusong completion"""

import click
from click.shell_completion import get_completion_class

from phusong.cli.common import say_json
from phusong.cli.verb import verb

#: Shell → the file that it reads when it begins, where a line makes it complete for good.
_READS = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/completions/phusong.fish"}


@verb(
    "completion",
    help="Print what makes SHELL (bash, zsh or fish) complete phusong's verbs and options by Tab.\n\n"
    "Add it to the file that the shell reads when it begins, as below; it works in the next terminal.",
    epilog="\b\nExamples:\n"
    "  phusong completion bash >> ~/.bashrc\n"
    "  phusong completion zsh >> ~/.zshrc\n"
    "  phusong completion fish > ~/.config/fish/completions/phusong.fish",
)
@click.argument("shell", type=click.Choice(list(_READS)))
def command(shell: str, as_json: bool) -> None:
    from phusong.cli import phusong

    of_shell = get_completion_class(shell)
    assert of_shell is not None
    script = of_shell(phusong, {}, "phusong", "_PHUSONG_COMPLETE").source()
    if as_json:
        say_json({"shell": shell, "file": _READS[shell], "script": script})
    else:
        click.echo(script)
