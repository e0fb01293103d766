"""Where open data comes from: the sheet data/sources.toml, and what a study or the command line says else."""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from phusong.bundled import bundled
from phusong.errors import FetchError
from phusong.language import _

#: Parameters of an address that are nobody else's business.
_SECRET = re.compile(r"(token|key|secret|passw|signature|^sig$|credential)", re.IGNORECASE)


class Place(BaseModel):
    """A source of open data: its address (with {fields}), whose it is, and how it may be used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    url: str
    licence: str
    attribution: str
    #: The page that says so, and when we read it.
    source: str
    date: str
    #: What the data stand for, such as "2020".
    data_date: str = ""
    #: A file larger than this is refused.
    most_mb: float = Field(gt=0)
    #: Seconds without a byte after which a server counts as silent.
    silence_s: float = Field(default=60, gt=0)
    #: The environment variable that holds the user's key, and the parameter that takes it.
    key_variable: str = ""
    key_parameter: str = ""
    #: File name → "sha256:…" or "md5:…", where the publisher says it.
    checksums: dict[str, str] = {}
    #: What fills the fields of the address, such as the year.
    fields: dict[str, str] = {}
    #: What to know before it is used.
    note: str = ""

    @property
    def key(self) -> str:
        """The user's key; empty where none is asked for. FetchError when it is not in the environment."""
        if not self.key_variable:
            return ""
        if not (key := os.environ.get(self.key_variable, "").strip()):
            raise FetchError(
                _("{title} wants a key").format(title=self.title),
                do=_("Get one at {page} and put it into the environment as {name}.").format(
                    page=self.source, name=self.key_variable
                ),
            )
        return key

    def address(self, **fields: Any) -> str:
        """The address with its fields filled in; FetchError when it names one that is not known."""
        try:
            return self.url.format(**{**self.fields, **fields})
        except (KeyError, IndexError, ValueError) as error:
            raise FetchError(
                _("the address has a field that is not known: {field}").format(field=error),
                where=without_secrets(self.url),
                do=_("Known: {known}.").format(known=", ".join(sorted({**self.fields, **fields})) or "–"),
            ) from None


def read_places(
    overrides: Iterable[str] = (), study: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Place]:
    """The sheet by name, with addresses of the study's [sources.NAME] and of `overrides` (NAME=URL)."""
    places = {name: Place.model_validate(row) for name, row in read_sheet().items()}
    said = {
        name: str(row["url"])
        for name, row in (study or {}).items()
        if row.get("url") and "…" not in str(row["url"])
    }
    said = {name: url for name, url in said.items() if name in places}
    for override in overrides:
        name, _sign, url = override.partition("=")
        said[name.strip()] = url.strip()
    for name, url in said.items():
        places[name] = _elsewhere(places, name, url)
    return places


def read_sheet() -> dict[str, dict[str, Any]]:
    """The rows of data/sources.toml."""
    return tomllib.loads(bundled("sources.toml").read_text(encoding="utf-8"))


def _elsewhere(places: Mapping[str, Place], name: str, url: str) -> Place:
    if name not in places:
        raise FetchError(
            _("there is no source {name}").format(name=repr(name)),
            where="--source",
            do=_("Sources: {known}.").format(known=", ".join(places)),
        )
    if not re.match(r"https?://[^/\s]+", url):
        raise FetchError(
            _("is no web address"),
            where=f"--source {name}",
            do=_("Write it as {name}=https://…").format(name=name),
        )
    try:
        return Place.model_validate(places[name].model_dump() | {"url": url, "checksums": {}})
    except ValidationError as error:
        raise FetchError(str(error.errors()[0]["msg"]), where=f"--source {name}") from None


def without_secrets(text: str, secret: str = "") -> str:
    """An address without user, password and the values of parameters that hold a key.

    >>> without_secrets("https://u:p@host/a?token=abc&file=1")
    'https://host/a?token=…&file=1'
    """
    if secret:
        text = text.replace(secret, "…")
    parts = urlsplit(text)
    host = parts.netloc.rpartition("@")[2]
    if not parts.query:
        return urlunsplit((parts.scheme, host, parts.path, "", ""))
    said = [(name, "…" if _SECRET.search(name) else value) for name, value in parse_qsl(parts.query, True)]
    query = urlencode(said, safe="/:,{}").replace("%E2%80%A6", "…")
    return urlunsplit((parts.scheme, host, parts.path, query, ""))
