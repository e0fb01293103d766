"""The language of messages: gettext catalogues, Vietnamese beside the English of the source.

The catalogues are read straight from the .po files, so a translator edits one text file and is done.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

LANGUAGES = ("vi", "en")
_current: ContextVar[str] = ContextVar("language", default="en")


@cache
def catalogue(language: str, domain: str = "phusong") -> NullTranslations:
    """The translations into `language`; English is the language of the source. The domain "columns" has what
    tables and columns mean, "phusong" all else."""
    path = Path(__file__).parent / "locale" / language / f"{domain}.po"
    if not path.exists():
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(path.read_bytes()), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def use_language(language: str) -> None:
    """Say messages in `language` ("vi" or "en") from now on."""
    _current.set(language if language in LANGUAGES else "en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say messages in `language` within a block."""
    before = _current.set(language)
    try:
        yield
    finally:
        _current.reset(before)


def current_language() -> str:
    """The language that messages are said in now."""
    return _current.get()


def system_language() -> str:
    """The language that the environment asks for: PHUSONG_LANG, then LC_ALL, LC_MESSAGES, LANG."""
    for name in ("PHUSONG_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "vi" if value.lower().startswith("vi") else "en"
    return "en"


def _(message: str, language: str | None = None) -> str:
    """`message` in `language`, or in the current one."""
    return catalogue(language or _current.get()).gettext(message) if message else ""


def _m(message: str) -> str:
    """Mark a message for translation where it is declared; `_` translates it where it is said."""
    return message
