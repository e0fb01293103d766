"""What partners receive: one file here a format. A format is a module with NAME, MEANING and `write`.

Formats of other installed packages are found by the entry point group "phusong.exports".
"""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from phusong.errors import PhuSongError
from phusong.installed import EXPORTS, modules_of
from phusong.language import _
from phusong.runs import Run


def formats() -> dict[str, ModuleType]:
    """Name → module of every export format, ours and those of other packages."""
    ours: Iterable[ModuleType] = (import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__))
    return {module.NAME: module for module in (*ours, *modules_of(EXPORTS))}


def export(run: Run, name: str, folder: Path, language: str = "vi") -> list[Path]:
    """Write the run in the format `name` into `folder`; the files written. Raises PhuSongError for
    a name that is no format."""
    known = formats()
    if name not in known:
        raise PhuSongError(
            _("there is no export format {name}").format(name=name),
            do=_("Formats: {known}.").format(known=", ".join(sorted(known))),
        )
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = known[name].write(run, folder, language)
    return written
