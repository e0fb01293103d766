"""Partners of a run: who they are, what is theirs, nobody's or others', and the profile of what they see."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import pandas as pd

from phusong.domain import UNKNOWN_OPERATOR
from phusong.errors import PhuSongError
from phusong.handover import Sharing
from phusong.language import _
from phusong.readers.sharing import DEFAULT, sharing_profiles
from phusong.runs import Run
from phusong.units import fold

OWN, NOBODY, OTHERS = "own", "nobody", "others"
#: Columns that name operators or partners, several separated by ;.
NAMING = ("operator", "partner", "mobile_operator", "a_operator", "b_operator")


@dataclass(frozen=True)
class Partner:
    """A partner of a run and what it sees; `others` are the names of all other operators and partners."""

    name: str
    profile: Sharing
    others: tuple[str, ...]

    def whose(self, cell: Any) -> str:
        """own, nobody or others: whose is what a cell names?"""
        names = names_in(cell)
        if any(fold(name) == fold(self.name) for name in names):
            return OWN
        return OTHERS if names else NOBODY

    def may_see(self, column: pd.Series) -> pd.Series:
        """Which rows are of a network that the partner may see, by the column that names operators."""
        allowed = {cell: self.whose(cell) in self.profile.networks for cell in set(column.dropna())}
        return column.map(lambda cell: allowed.get(cell, NOBODY in self.profile.networks)).astype(bool)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Names that the partner may not see."""
        return () if OTHERS in self.profile.networks else self.others

    def shown_names(self, cell: Any) -> str | None:
        """A cell that names operators without those that are hidden."""
        hidden = {fold(name) for name in self.hidden}
        left = [name for name in _split(cell) if fold(name) not in hidden]
        return ";".join(left) or None


def _split(cell: Any) -> list[str]:
    return [name.strip() for name in cell.split(";") if name.strip()] if isinstance(cell, str) else []


def names_in(cell: Any) -> list[str]:
    """The operators that a cell names; none for unknown.

    >>> names_in("VNPT;Viettel"), names_in("chưa rõ"), names_in(None)
    (['VNPT', 'Viettel'], [], [])
    """
    return [name for name in _split(cell) if fold(name) != fold(UNKNOWN_OPERATOR)]


def partners_of(run: Run) -> list[str]:
    """All operators and partners that a run names, and those with a profile of their own."""
    by_fold: dict[str, str] = {}
    for name in sorted(set(_named(run))):
        if fold(name):
            by_fold.setdefault(fold(name), name)
    return sorted(by_fold.values())


def _named(run: Run) -> Iterator[str]:
    for frame in run.tables.values():
        for column in NAMING:
            if column in frame:
                for cell in frame[column].dropna().unique():
                    yield from names_in(cell)
    manifest = run.manifest
    yield from (name for name in manifest.get("sharing", {}) if name != DEFAULT)
    yield from manifest.get("plan", {}).get("exclude_operators", [])
    for row in manifest.get("summary", {}).get("plan", {}).get("phases", []):
        yield from names_in(row.get("partner"))


def find_partner(run: Run, name: str, said: Mapping[str, Any] | None = None) -> Partner:
    """The partner that `name` means, however it is spelt; `said` are sections that a file lays over the
    study's. Raises PhuSongError for a name that the run does not know."""
    known = partners_of(run)
    found = next((one for one in known if fold(one) == fold(name)), None)
    if found is None:
        by_fold = {fold(one): one for one in known}
        near = get_close_matches(fold(name), by_fold, n=1, cutoff=0.5)
        listed = _("Known: {known}.").format(known=", ".join(known) or "–")
        do = _("Did you mean {near}?").format(near=by_fold[near[0]]) + " " + listed if near else listed
        raise PhuSongError(_("the run knows no partner {name}").format(name=repr(name)), do=do)
    others = tuple(one for one in known if one != found)
    return Partner(found, _profile(run, found, said or {}), others)


def _profile(run: Run, partner: str, said: Mapping[str, Any]) -> Sharing:
    """The study's profile of the partner, with what `said` lays over it."""
    study = run.manifest.get("sharing") or sharing_profiles({}, "")
    own = _of(study, partner) or study[DEFAULT]
    over = {**said.get(DEFAULT, {}), **(_of(said, partner) or {})}
    return Sharing.model_validate({**own, **over})


def _of(profiles: Mapping[str, Any], partner: str) -> dict[str, Any] | None:
    return next((said for name, said in profiles.items() if fold(name) == fold(partner)), None)
