"""The study that fetched files go into: a new study.toml, or lines added to the one that is there.

What its author wrote stays, word for word: an input that the study names already is left to it, and the text
after the change is read again to see that it says what it said before, and the new lines.
"""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from phusong.beside import whole_file
from phusong.errors import FetchError
from phusong.fetch.area import Area, name_of_folder
from phusong.fetch.cache import sha256_of
from phusong.fetch.getter import Getter
from phusong.fetch.places import without_secrets
from phusong.fetch.source import Fetched
from phusong.language import _, current_language

FILE = "study.toml"


@dataclass(frozen=True)
class StudyFile:
    """A study file as it is: its path, text (empty: none yet) and what that says."""

    path: Path
    text: str = ""
    said: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> "StudyFile":
        """The study file in `folder`. FetchError when it is no TOML: nothing may be added to it then."""
        path = folder / FILE
        if not path.exists():
            return cls(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
            return cls(path, text, tomllib.loads(text))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise FetchError(
                _("is not a TOML file: {reason}").format(reason=error),
                where=str(path),
                do=_("Mend that line, or name another folder with --out."),
            ) from None

    @property
    def sources(self) -> dict[str, dict[str, Any]]:
        """Its [sources.NAME] tables."""
        found = self.said.get("sources", {})
        return (
            {n: row for n, row in found.items() if isinstance(row, dict)} if isinstance(found, dict) else {}
        )

    def refuse_others(self, made: Sequence[Fetched], replace_files: bool) -> None:
        """FetchError when a file would take the place of one that is not as an earlier fetch left it."""
        ours = {n: s for row in self.sources.values() for n, s in dict(row.get("files", {})).items()}
        for one in made:
            there = self.path.parent / one.path.name
            if not there.exists() or replace_files:
                continue
            now = sha256_of(there)
            if now not in (ours.get(there.name), sha256_of(one.path)):
                raise FetchError(
                    _("is there already and has been changed, or was not fetched"),
                    where=str(there),
                    do=_("Move it away or name another folder with --out; --replace writes over it."),
                )

    def write(self, area: Area, files: Sequence[Fetched], getter: Getter, vintage: str = "") -> list[str]:
        """Write the study; what was done to it, in lines for people."""
        named = self.said.get("inputs", {})
        fresh, said = {}, []
        for one in files:
            if one.key is None:
                continue
            if one.key in named:
                if _path_in(named[one.key]) != one.path.name:
                    said.append(
                        _("the study names its own {input}; {file} lies beside it").format(
                            input=one.key, file=one.path.name
                        )
                    )
            else:
                fresh[one.key] = one.path.name
        origins = _origins(files, getter, self.sources)
        text = (
            self._with(fresh, origins)
            if self.text
            else _new(area, self.path.parent, fresh, files, origins, vintage)
        )
        self._look_at(text, fresh, origins)
        if text != self.text:
            with whole_file(self.path) as part:
                part.write_text(text, encoding="utf-8")
            said.append(
                _("{path}: inputs added: {names}").format(path=self.path, names=", ".join(fresh) or "–")
                if self.text
                else _("{path}: written").format(path=self.path)
            )
        return said

    def _with(self, fresh: dict[str, str], origins: dict[str, dict[str, Any]]) -> str:
        """The text with inputs added under [inputs], and the tables of the sources at its end."""
        lines = _without_tables(self.text, [f"sources.{name}" for name in origins]).splitlines()
        added = [f"{name} = {_quoted(file)}" for name, file in fresh.items()]
        here = next((i for i, line in enumerate(lines) if line.split("#")[0].strip() == "[inputs]"), None)
        if added and here is None:
            lines += ["", "[inputs]", *added]
        elif added and here is not None:
            lines[here + 1 : here + 1] = added
        return "\n".join(lines).rstrip("\n") + "\n\n" + _tables(origins)

    def _look_at(self, text: str, fresh: dict[str, str], origins: dict[str, Any]) -> None:
        """FetchError unless the new text says what the old one did, and what is new."""
        kept = {**self.sources, **origins}
        wanted = {**self.said, "inputs": {**self.said.get("inputs", {}), **fresh}, "sources": kept}
        try:
            now = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            now = {}
        if self.text and now != wanted:
            lines = "; ".join(f"{name} = {_quoted(file)}" for name, file in fresh.items())
            raise FetchError(
                _("is written in a way that lines cannot be added to"),
                where=str(self.path),
                do=_("Add them yourself under [inputs]: {lines}. The files are there.").format(lines=lines),
            )


def _path_in(said: Any) -> str:
    return str(said.get("path", "")) if isinstance(said, dict) else str(said)


def _origins(
    files: Sequence[Fetched], getter: Getter, before: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What the study says of each source that gave a file: whose, which licence, when, which files."""
    out: dict[str, dict[str, Any]] = {}
    for one in files:
        place = getter.places[one.place]
        # A file that the user gave was not fetched.
        fetched = max(
            (entry.fetched for entry in getter.used if place.url and entry.place == one.place), default=""
        )
        row = out.setdefault(
            one.place,
            {
                "title": place.title,
                "licence": place.licence,
                "attribution": place.attribution,
                "page": place.source,
                "url": without_secrets(place.url),
                "date": "",
                "fetched": fetched[:10],
                "files": dict(before.get(one.place, {}).get("files", {})),
            },
        )
        row["date"] = max(row["date"], one.data_date or place.data_date)
        row["files"][one.path.name] = sha256_of(one.path)
    return {name: {k: v for k, v in row.items() if v != ""} for name, row in sorted(out.items())}


def _quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _tables(origins: dict[str, dict[str, Any]]) -> str:
    lines = []
    for name, row in origins.items():
        lines.append(f"[sources.{name}]")
        for key, value in row.items():
            if isinstance(value, dict):
                inner = ", ".join(f"{_quoted(n)} = {_quoted(v)}" for n, v in sorted(value.items()))
                lines.append(f"{key} = {{ {inner} }}")
            else:
                lines.append(f"{key} = {_quoted(str(value))}")
        lines.append("")
    return "\n".join(lines)


def _without_tables(text: str, names: list[str]) -> str:
    """The text without tables of those names, which are written anew."""
    out, skip = [], False
    for line in text.splitlines():
        bare = line.split("#")[0].strip()
        if bare.startswith("["):
            skip = bare.strip("[]").replace(" ", "").replace('"', "") in names
        if not skip:
            out.append(line)
    return "\n".join(out)


def _new(
    area: Area,
    folder: Path,
    fresh: dict[str, str],
    files: Sequence[Fetched],
    origins: dict[str, dict[str, Any]],
    vintage: str,
) -> str:
    title = area.name if area.name[:1].isalpha() else name_of_folder(folder)
    dates = sorted({str(row["fetched"]) for row in origins.values() if row.get("fetched")})
    head = _("Written by phusong fetch. phusong init writes a file with every key explained.")
    note = _("Open data, not checked on the spot: nothing is reported of fibre and Wi-Fi")
    source, needed = _("Open data"), _("needed: your list of public sites")
    lines = [
        f"# {head}",
        f"title = {_quoted(title)}",
        f"language = {_quoted(current_language())}",
        f"report_date = {_quoted(dates[-1] if dates else '')}",
        f"vintage = {_quoted(vintage)}",
        f"note = {_quoted(note)}",
        f"source = {_quoted(source)}",
        "",
        "[inputs]",
    ]
    if "sites" not in fresh:
        lines.append(f'#sites = "sites.csv"  # {needed}')
    lines += [f"{name} = {_quoted(file)}" for name, file in fresh.items()]
    for one in files:
        if one.key is None:
            lines.append(f"# {one.path.name}: {one.about}; {one.why_not}")
    return "\n".join(lines) + "\n\n" + _tables(origins)
