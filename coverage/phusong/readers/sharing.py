"""What partners see, as a study or a file says: sections [sharing.NAME] over those of data/sharing.toml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from phusong.bundled import bundled
from phusong.errors import StudyError
from phusong.handover import Sharing
from phusong.language import _
from phusong.layers import DECLARED
from phusong.readers.toml import read_toml, refuse_unknown

#: The section for every partner.
DEFAULT = "default"


def sharing_profiles(said: Mapping[str, Any], path: Path | str) -> dict[str, dict[str, Any]]:
    """The profile of each partner named in `said`, and the default one, complete.

    Raises StudyError for unknown keys, tables and columns, and columns that cannot be empty.
    """
    common = _checked(said.get(DEFAULT, {}), bundled_profile(), DEFAULT, path)
    own = {name: _checked(part, common, name, path) for name, part in said.items() if name != DEFAULT}
    return {DEFAULT: common, **own}


def bundled_profile() -> dict[str, Any]:
    """The profile of data/sharing.toml."""
    sheet = bundled("sharing.toml")
    return _checked(read_toml(sheet)["sharing"][DEFAULT], {}, DEFAULT, sheet)


def read_sharing(path: Path) -> dict[str, dict[str, Any]]:
    """The sections [sharing.NAME] of a file that says nothing else, as they stand: laid over others by
    `sharing_profiles`. Raises StudyError where it is something else."""
    said = read_toml(path)
    sections = said.get("sharing")
    if set(said) != {"sharing"} or not isinstance(sections, dict):
        raise StudyError(
            _("says other things than what partners see"),
            where=str(path),
            do=_("Write [sharing.default] or [sharing.NAME] on a line, and its keys below."),
        )
    sharing_profiles(sections, path)
    return sections


def _checked(part: Any, under: Mapping[str, Any], name: str, path: Path | str) -> dict[str, Any]:
    section = f"sharing.{name}"
    if not isinstance(part, dict):
        raise StudyError(
            _("{section} is no section").format(section=section),
            where=str(path),
            do=_("Write [{section}] on a line, and its keys below.").format(section=section),
        )
    refuse_unknown(part, Sharing, section, path)
    try:
        profile = Sharing.model_validate({**under, **part})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(place) for place in first["loc"])
        raise StudyError(
            _("{key} cannot be used: {reason}").format(key=key, reason=first["msg"]),
            where=f"{path}: [{section}]",
            do=_("data/sharing.toml explains each key."),
        ) from None
    _refuse_tables(profile, f"{path}: [{section}]")
    return profile.model_dump(mode="json")


def _refuse_tables(profile: Sharing, where: str) -> None:
    for name in profile.tables:
        if name not in DECLARED:
            raise StudyError(
                _("there is no table {name}").format(name=name),
                where=where,
                do=_("Known: {known}.").format(known=", ".join(sorted(DECLARED))),
            )
    for said in profile.hide_columns:
        table, _dot, column = said.partition(".")
        columns = DECLARED[table].columns if table in DECLARED else {}
        if column not in columns:
            raise StudyError(
                _("there is no column {name}").format(name=said),
                where=where,
                do=_("Write it as table.column, such as gaps.people."),
            )
        if not columns[column].nullable:
            raise StudyError(
                _("{name} cannot be hidden: no row goes without it").format(name=said),
                where=where,
                do=_("Leave the whole table out of tables, or the column in."),
            )
