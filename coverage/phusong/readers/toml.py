"""TOML files that people write: read with plain errors, laid over each other, unknown keys refused."""

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from phusong.errors import StudyError
from phusong.language import _

#: A study file is written by hand.
_MOST_BYTES = 5_000_000


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file says. Raises StudyError when it is none."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise StudyError(
                _("is larger than {size:g} MB").format(size=_MOST_BYTES / 1e6),
                where=str(path),
                do=_("Name the study.toml; lists go into files of their own."),
            )
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        if (path.parent / "manifest.json").exists():
            raise StudyError(
                _("is the folder of a run, not of a study"),
                where=str(path.parent),
                do=_(
                    "Name the study.toml that it was made from; map, report, export and explain take a run."
                ),
            ) from None
        raise StudyError(
            _("there is no such study file"),
            where=str(path),
            do=_("Write one with 'phusong init DIR', or try the bundled one: phusong quickstart."),
        ) from None
    except IsADirectoryError:
        raise StudyError(_("is a folder"), where=str(path), do=_("Name the study.toml in it.")) from None
    except OSError as error:
        raise StudyError(
            _("cannot be opened ({reason})").format(reason=error.strerror),
            where=str(path)[:200],
            do=_("Name the study.toml."),
        ) from None
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, numbers without end
        if path.suffix.lower() != ".toml":
            raise StudyError(
                _("is no study"),
                where=str(path),
                do=_("A study is a text file that names your lists: 'phusong init DIR' writes one."),
            ) from None
        raise StudyError(
            _("is not a TOML file: {reason}").format(reason=error), where=str(path), do=_mend(error, path)
        ) from None


def _mend(error: Exception, path: Path) -> str:
    """What to do with the line that `error` names, by the mistakes that are usual."""
    at = re.search(r"line (\d+)", str(error))
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    line = lines[int(at[1]) - 1] if at and int(at[1]) <= len(lines) else ""
    if "\\" in line:
        return _("Write paths with / in place of \\.")
    if re.search("[“”„‘’]", line):
        return _('Write plain quotes, "…", in place of those of Word.')
    return _("Mend that line; text goes between quotes.")


def laid_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`under` with what `over` says in its place, section by section."""
    out = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(out.get(key), dict)
        out[key] = laid_over(out[key], value) if both else value
    return out


def refuse_unknown(
    part: Mapping[str, Any],
    model: type[BaseModel],
    section: str,
    path: Path | str,
    elsewhere: Mapping[str, type[BaseModel]] | None = None,
) -> None:
    """Raise StudyError for a key that `model` has not, with the section of `elsewhere` that has it, or the
    nearest that it has."""
    known = [name for name in model.model_fields if name not in ("folder", "file")]
    for key in part:
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.5)
            homes = [name for name, other in (elsewhere or {}).items() if key in other.model_fields]
            do = (
                _("It belongs under [{section}].").format(section=homes[0])
                if homes and homes[0]
                else _("Did you mean {near}?").format(near=near[0])
                if near
                else _("Known: {known}.").format(known=", ".join(known))
            )
            inside = f"[{section}] " if section else ""
            raise StudyError(_("unknown key {key}").format(key=inside + key), where=str(path), do=do)
