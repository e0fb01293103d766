"""What a server answers to a request for a file: the file, the rest of one, or a reason to ask again."""

import email.utils
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pooch

from phusong.errors import FetchError
from phusong.fetch.cache import note_of, read_note
from phusong.fetch.places import Place, without_secrets
from phusong.language import _

#: Says nothing, or raises ValueError with what is wrong with a file; told whether its length was known.
Check = Callable[[Path, bool], None]


class AgainError(Exception):
    """Worth another try: why, and how many seconds the server asks to wait."""

    def __init__(self, why: str, after_s: float | None = None) -> None:
        super().__init__(why)
        self.after_s = after_s


@dataclass(frozen=True)
class Wanted:
    """A file to have: from whom, its address without the key, what to ask there, and what it must be."""

    place_name: str
    place: Place
    url: str
    check: Check
    #: A question to post, for servers that answer one.
    body: str = ""
    #: None where there is no such file (404), in place of an error.
    may_lack: bool = False

    @property
    def shown(self) -> str:
        """The address as people may see it."""
        return without_secrets(self.url)

    @property
    def checksum(self) -> str:
        """What the publisher says the file's sum is, such as "sha256:…"; empty when it does not."""
        return self.place.checksums.get(self.url.split("?")[0].rsplit("/", 1)[-1], "")


@dataclass(frozen=True)
class Answer:
    """What a server says of a file beside its bytes."""

    etag: str
    modified: str
    length: int | None
    #: Its bytes come packed, although nobody asked for it.
    packed: bool
    content_type: str

    @classmethod
    def of(cls, response: httpx.Response) -> "Answer":
        """What the headers of a response say."""
        headers = response.headers
        packed = headers.get("Content-Encoding", "identity").lower() not in ("", "identity")
        # A .gz that is sent as it is often says that it is packed for the way.
        packed = packed and not str(response.url.path).endswith(".gz")
        length = headers.get("Content-Length", "")
        return cls(
            headers.get("ETag", ""),
            headers.get("Last-Modified", ""),
            int(length) if length.isdigit() and not packed else None,
            packed,
            headers.get("Content-Type", ""),
        )

    def total(self, begin: int) -> int | None:
        """Bytes of the whole file, as far as known."""
        return None if self.length is None else begin + self.length


def go_on_from(part: Path) -> dict[str, str]:
    """Headers that ask for the rest of a part; none when nothing says that the file is still the same."""
    note = read_note(note_of(part))
    size = size_of(part)
    etag = str(note.get("etag", ""))
    mark = etag if etag.startswith('"') else str(note.get("modified", ""))
    if not size or not mark:
        return {}
    return {"Range": f"bytes={size}-", "If-Range": mark}


def look_at_status(wanted: Wanted, part: Path, response: httpx.Response) -> None:
    """Raises AgainError for a status that may pass, FetchError for one that will not."""
    status = response.status_code
    if status == 206:
        _look_at_range(part, response)
    elif status in (404, 410):
        if not wanted.may_lack:
            raise FetchError(
                _("the server has no such file ({status})").format(status=status),
                where=wanted.shown,
                do=_("Its address may have changed: say the new one with --source {name}=URL.").format(
                    name=wanted.place_name
                ),
            )
    elif status == 416:
        throw_away(part)
        raise AgainError(_("the file has changed"), 0)
    elif status == 429 or status >= 500 or status == 408:
        why = _("the server is busy ({status})") if status == 429 else _("the server has a fault ({status})")
        raise AgainError(why.format(status=status), _wait_asked_for(response))
    elif status in (401, 403):
        raise FetchError(
            _("the server refuses ({status})").format(status=status),
            where=wanted.shown,
            do=_("Check the key in {name}.").format(name=wanted.place.key_variable)
            if wanted.place.key_variable
            else _("Look at {page} for who may fetch it.").format(page=wanted.place.source),
        )
    elif status != 200:
        raise FetchError(
            _("the server answers {status}").format(status=status),
            where=wanted.shown,
            do=_("Mend the address with --source {name}=URL.").format(name=wanted.place_name),
        )


def _look_at_range(part: Path, response: httpx.Response) -> None:
    """A rest is taken only when it begins where the part ends and belongs to the same file."""
    said = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", response.headers.get("Content-Range", ""))
    etag, before = response.headers.get("ETag", ""), str(read_note(note_of(part)).get("etag", ""))
    changed = bool(etag and before and etag != before)
    if said is None or int(said[1]) != size_of(part) or changed:
        throw_away(part)
        raise AgainError(_("the file has changed"), 0)


def _wait_asked_for(response: httpx.Response) -> float | None:
    """Seconds of Retry-After, which is a number or a date."""
    said = response.headers.get("Retry-After", "").strip()
    if said.isdigit():
        return float(said)
    try:
        then = email.utils.parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    return max((then - datetime.now(UTC)).total_seconds(), 0.0)


def no_downgrade(response: httpx.Response) -> None:
    """Raises UnsupportedProtocol where an address of https leads to one of http."""
    following = response.next_request
    if following is not None and response.request.url.scheme == "https" and following.url.scheme != "https":
        raise httpx.UnsupportedProtocol("from https to http")


def look_at(part: Path, wanted: Wanted, answer: Answer) -> None:
    """ValueError unless the file is the one that its publisher describes, and can be read."""
    if wanted.checksum and not _sum_matches(part, wanted.checksum):
        raise ValueError(_("its checksum is wrong"))
    try:
        wanted.check(part, answer.length is not None)
    except ValueError as error:
        raise ValueError(f"{error}{_what_instead(part, wanted, answer)}") from None


def _sum_matches(path: Path, checksum: str) -> bool:
    kind, _colon, digest = checksum.rpartition(":")
    return str(pooch.file_hash(str(path), alg=kind or "sha256")).lower() == digest.lower()


def _what_instead(part: Path, wanted: Wanted, answer: Answer) -> str:
    """What a server sent in place of data: its type, and a few words of a text."""
    with part.open("rb") as stream:
        head = stream.read(400)
    kind = answer.content_type.split(";")[0].strip()
    try:
        said = head.decode("utf-8")
    except UnicodeDecodeError:
        return f" ({kind})" if kind else ""
    said = " ".join(re.sub(r"<[^>]*>?", " ", said).split())[:80]
    if wanted.place.key_variable:
        said = said.replace(wanted.place.key, "…")
    said = "".join(c for c in said if c.isprintable())
    return f" ({kind}: {json.dumps(said, ensure_ascii=False)})"


def too_large(wanted: Wanted) -> FetchError:
    """The error for a file larger than its source may send."""
    return FetchError(
        _("is larger than {mb} MB").format(mb=round(wanted.place.most_mb)),
        where=wanted.shown,
        do=_("Take a smaller area, or raise most_mb in data/sources.toml."),
    )


def throw_away(part: Path) -> None:
    """Remove what has come of a file, and the note of it."""
    part.unlink(missing_ok=True)
    note_of(part).unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """Bytes of a file; 0 without one."""
    return path.stat().st_size if path.exists() else 0


def name_of(wanted: Wanted) -> str:
    """What progress calls a file."""
    return wanted.shown.split("?")[0].rstrip("/").rsplit("/", 1)[-1] if not wanted.body else wanted.place_name
