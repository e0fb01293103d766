"""What a library says in passing (Python's warnings) becomes one line for people, on stderr and only once."""

import sys
import warnings
from typing import TextIO

from phusong.language import _

#: A library may quote the whole of a file.
_MOST_LETTERS = 300
_FOR_PROGRAMMERS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ResourceWarning)
_said: set[str] = set()


def say_warnings_plainly() -> None:
    """From now on, in this process: no path, no code, no name of a warning's kind."""
    warnings.showwarning = _say


def _say(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    words = " ".join(str(message).split())[:_MOST_LETTERS]
    if issubclass(category, _FOR_PROGRAMMERS) or words in _said:
        return
    _said.add(words)
    sys.stderr.write(_("A library says: {words}").format(words=words) + "\n")
