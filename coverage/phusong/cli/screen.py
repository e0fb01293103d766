"""What is written to a terminal, file or pipe: no letter that it cannot take ends a command, and colours only
where somebody looks at them."""

import codecs
import os
import sys
import unicodedata
from typing import Any

import click

#: Signs of ours that have no accent to take off.
_PLAIN = {"đ": "d", "Đ": "D", "₫": "d", "–": "-", "—": "-", "−": "-", "…": "...", "≥": ">=", "≤": "<="}
_PLAIN |= {"·": "*", "×": "x", "→": "->", "“": '"', "”": '"', "‘": "'", "’": "'", "²": "2", "°": " deg"}
_PLAIN_LETTERS = "phusong-plain-letters"


def without_accents(text: str) -> str:
    """`text` in ASCII: what a console that knows no Vietnamese can show; other signs become "?".

    >>> without_accents("Xã Đắc Pring: 5 tỷ ₫ – 3 %")
    'Xa Dac Pring: 5 ty d - 3 %'
    """
    flat = unicodedata.normalize("NFD", "".join(_PLAIN.get(letter, letter) for letter in text))
    return "".join(c if c.isascii() else "?" for c in flat if not unicodedata.combining(c))


def _shown_plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return without_accents(error.object[error.start : error.end]), error.end


def is_utf8(stream: Any) -> bool:
    """Does the stream take all letters?"""
    try:
        return codecs.lookup(stream.encoding or "").name.startswith("utf")
    except (LookupError, AttributeError, TypeError):
        return True  # a stream of the caller's own


def use_any_console() -> None:
    """Let stdout and stderr take whatever is written. A file or pipe becomes UTF-8 unless PYTHONIOENCODING
    says otherwise; a console that cannot show a letter shows it without accent. ASCII is nobody's wish but
    that of a system that was told no language (click writes UTF-8 there, too)."""
    codecs.register_error(_PLAIN_LETTERS, _shown_plain)
    for stream in (sys.stdout, sys.stderr):
        change: Any = getattr(stream, "reconfigure", None)
        if change is None or is_utf8(stream):
            continue
        is_ascii = codecs.lookup(stream.encoding).name == "ascii"
        if not is_ascii and (stream.isatty() or os.environ.get("PYTHONIOENCODING")):
            change(errors=_PLAIN_LETTERS)
        else:
            change(encoding="utf-8")


def say_error(line: Any) -> None:
    """One line on stderr that says what is wrong; on a terminal its first word is red."""
    name = "phusong:"
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        name = click.style(name, fg="red", bold=True)
    click.echo(f"{name} {line}", err=True)
