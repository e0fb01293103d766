"""The one place that talks to the network: files of open data, whole or not at all.

A file grows as NAME.part; a cut one is gone on with (Range, and If-Range so that parts of two files are
never joined), a server that is busy or down is asked again, and what arrives is checked before it
gets its name.
"""

import email.utils
import json
import logging
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pooch

import phusong
from phusong.beside import held
from phusong.errors import FetchError
from phusong.fetch.cache import (
    Entry,
    find_whole,
    keep,
    name_in_cache,
    note_of,
    part_of,
    read_note,
    sha256_of,
    write_note,
)
from phusong.fetch.places import Place, without_secrets
from phusong.language import _

# They log whole addresses, keys among them.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

#: Tries in a row that bring no new byte, and tries in all.
_MOST_IDLE_TRIES, _MOST_TRIES = 5, 200
#: Seconds before the second try; each one more waits twice as long.
_FIRST_WAIT_S, _MOST_WAIT_S = 1.0, 60.0
#: A server that asks to wait longer than this is told of, not waited for.
_PATIENCE_S = 300.0
_CONNECT_S = 15.0
_MEGA = 1e6

#: Says nothing, or raises ValueError with what is wrong with a file; told whether its length was known.
Check = Callable[[Path, bool], None]
#: (name, bytes so far, bytes in all or None)
Progress = Callable[[str, int, int | None], None]


class _AgainError(Exception):
    """Worth another try: why, and how many seconds the server asks to wait."""

    def __init__(self, why: str, after_s: float | None = None) -> None:
        super().__init__(why)
        self.after_s = after_s


def _nothing(*_said: Any) -> None:
    """Show nothing."""


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


@dataclass
class Getter:
    """Fetches files into a cache folder, or finds them there. `used` lists the entries given out."""

    cache: Path
    places: Mapping[str, Place]
    offline: bool = False
    #: Ask the servers again, also for what is in the cache.
    refresh: bool = False
    progress: Progress = _nothing
    say: Callable[[str], None] = _nothing
    sleep: Callable[[float], None] = time.sleep
    used: list[Entry] = field(default_factory=list)

    def get(
        self,
        place_name: str,
        check: Check,
        *,
        body: str = "",
        may_lack: bool = False,
        **fields: Any,
    ) -> Path | None:
        """The file of a source, its address filled with `fields`; None where there is none and it `may_lack`.

        Raises FetchError, in one line, for whatever stays wrong.
        """
        place = self.places[place_name]
        wanted = Wanted(place_name, place, place.address(**fields), check, body, may_lack)
        path = self.cache / name_in_cache(place_name, wanted.shown, body)
        try:
            with held(path, self.say):
                entry = self._entry(wanted, path)
        except OSError as error:
            raise FetchError(
                _("cannot be written ({reason})").format(reason=error.strerror or error),
                where=str(path.parent),
                do=_("Make room there, or name another folder with --cache."),
            ) from None
        if entry is None:
            return None
        self.used.append(entry)
        return path

    def _entry(self, wanted: Wanted, path: Path) -> Entry | None:
        entry = find_whole(path)
        if entry is not None and (self.offline or not self.refresh):
            return entry
        if self.offline:
            if wanted.may_lack and read_note(note_of(path)).get("lacking"):
                return None
            raise FetchError(
                _("is not in the cache"),
                where=wanted.shown,
                do=_("Fetch it once without --offline, or name the cache that has it with --cache."),
            )
        return self._fetch(wanted, path)

    def _fetch(self, wanted: Wanted, path: Path) -> Entry | None:
        """Download until it is right; a file that is wrong twice is an error."""
        part = part_of(path)
        for last in (False, True):
            answer = self._persist(wanted, part)
            if answer is None:
                part.unlink(missing_ok=True)
                write_note(note_of(path), {"lacking": _now(), "url": wanted.shown})
                return None
            try:
                _look_at(part, wanted, answer)
            except ValueError as error:
                _throw_away(part)
                if last:
                    raise FetchError(
                        _("is not what it should be: {reason}").format(reason=error),
                        where=wanted.shown,
                        do=_("Try later, or name another address with --source {name}=URL.").format(
                            name=wanted.place_name
                        ),
                    ) from None
                self.say(
                    _("{name}: {reason}; thrown away, fetched again").format(
                        name=_name_of(wanted), reason=error
                    )
                )
                continue
            size = part.stat().st_size
            place = wanted.place
            entry = Entry(
                wanted.shown,
                wanted.place_name,
                place.licence,
                _now(),
                size,
                sha256_of(part),
                answer.etag,
                answer.modified,
            )
            note_of(part).unlink(missing_ok=True)
            keep(part, path, entry)
            return entry
        raise AssertionError("the loop returns or raises")

    def _persist(self, wanted: Wanted, part: Path) -> "_Answer | None":
        """Try until the last byte is there; tries that bring new bytes do not count as idle."""
        idle = 0
        for _try in range(_MOST_TRIES):
            before = _size(part)
            try:
                return self._once(wanted, part)
            except _AgainError as again:
                idle = 0 if _size(part) > before else idle + 1
                why, after_s = str(again), again.after_s
            if idle >= _MOST_IDLE_TRIES:
                break
            if after_s is not None and after_s > _PATIENCE_S:
                raise FetchError(
                    _("{why}, and asks to wait {minutes} minutes").format(
                        why=why, minutes=round(after_s / 60)
                    ),
                    where=wanted.shown,
                    do=_("Run it again then: what is there already is kept."),
                )
            wait_s = min(_FIRST_WAIT_S * 2 ** max(idle - 1, 0), _MOST_WAIT_S) if after_s is None else after_s
            self.say(
                _("{name}: {why}; next try in {seconds} s").format(
                    name=_name_of(wanted), why=why, seconds=round(wait_s)
                )
            )
            self.sleep(wait_s)
        raise FetchError(
            _("{why}, {tries} times in a row").format(why=why, tries=max(idle, 1)),
            where=wanted.shown,
            do=_("Look at the connection and run it again: what is there already is kept."),
        )

    def _once(self, wanted: Wanted, part: Path) -> "_Answer | None":
        """One request. Raises _AgainError for what may pass, FetchError for what will not."""
        place = wanted.place
        url = httpx.URL(wanted.url)
        if place.key:
            url = url.copy_merge_params({place.key_parameter: place.key})
        headers = {"User-Agent": f"phusong/{phusong.__version__}", "Accept-Encoding": "identity"}
        headers |= _go_on_from(part)
        timeout = httpx.Timeout(place.silence_s, connect=_CONNECT_S)
        method, data = ("POST", {"data": wanted.body}) if wanted.body else ("GET", None)
        try:
            with (
                httpx.Client(
                    follow_redirects=True,
                    max_redirects=5,
                    timeout=timeout,
                    event_hooks={"response": [_no_downgrade]},
                ) as client,
                client.stream(method, url, headers=headers, data=data) as response,
            ):
                return self._receive(wanted, part, response)
        except httpx.TimeoutException:
            raise _AgainError(_("the server is silent")) from None
        except httpx.TooManyRedirects:
            raise FetchError(
                _("the server sends us round in circles"), where=wanted.shown, do=_("Mend the address.")
            ) from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL):
            raise FetchError(
                _("leads to what is no web address"), where=wanted.shown, do=_("Mend the address.")
            ) from None
        except (httpx.ReadError, httpx.RemoteProtocolError):
            raise _AgainError(_("the connection was cut")) from None
        except httpx.TransportError as error:
            # Their text may hold the address with its key.
            raise _AgainError(_("no connection ({kind})").format(kind=type(error).__name__)) from None

    def _receive(self, wanted: Wanted, part: Path, response: httpx.Response) -> "_Answer | None":
        _look_at_status(wanted, part, response)
        if response.status_code in (404, 410):
            return None
        answer = _Answer.of(response)
        begin = _size(part) if response.status_code == 206 else 0
        total = answer.total(begin)
        self._need_room(wanted, part, total, begin)
        if begin == 0:
            part.unlink(missing_ok=True)
            write_note(note_of(part), {"etag": answer.etag, "modified": answer.modified})
        done, most = begin, wanted.place.most_mb * _MEGA
        chunks = response.iter_bytes() if answer.packed else response.iter_raw()
        # Chunks as they come, unbuffered: what a cut or kill leaves in a buffer would be lost.
        with part.open("ab", buffering=0) as stream:
            for chunk in chunks:
                stream.write(chunk)
                done += len(chunk)
                if done > most:
                    break
                self.progress(_name_of(wanted), done, total)
        if done > most:
            _throw_away(part)
            raise _too_large(wanted)
        if total is not None and done < total:
            raise _AgainError(_("the connection was cut"))
        self.progress(_name_of(wanted), done, done)
        return answer

    def _need_room(self, wanted: Wanted, part: Path, total: int | None, begin: int) -> None:
        if total is None:
            return
        if total > wanted.place.most_mb * _MEGA:
            _throw_away(part)
            raise _too_large(wanted)
        if total - begin > shutil.disk_usage(part.parent).free:
            raise FetchError(
                _("there is no room for {mb} MB").format(mb=round((total - begin) / _MEGA)),
                where=str(part.parent),
                do=_("Make room there, or name another folder with --cache."),
            )


@dataclass(frozen=True)
class _Answer:
    """What a server says of a file beside its bytes."""

    etag: str
    modified: str
    length: int | None
    #: Its bytes come packed, although nobody asked for it.
    packed: bool
    content_type: str

    @classmethod
    def of(cls, response: httpx.Response) -> "_Answer":
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


def _go_on_from(part: Path) -> dict[str, str]:
    """Headers that ask for the rest of a part; none when nothing says that the file is still the same."""
    note = read_note(note_of(part))
    size = _size(part)
    etag = str(note.get("etag", ""))
    mark = etag if etag.startswith('"') else str(note.get("modified", ""))
    if not size or not mark:
        return {}
    return {"Range": f"bytes={size}-", "If-Range": mark}


def _look_at_status(wanted: Wanted, part: Path, response: httpx.Response) -> None:
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
        _throw_away(part)
        raise _AgainError(_("the file has changed"), 0)
    elif status == 429 or status >= 500 or status == 408:
        why = _("the server is busy ({status})") if status == 429 else _("the server has a fault ({status})")
        raise _AgainError(why.format(status=status), _wait_asked_for(response))
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
    if said is None or int(said[1]) != _size(part) or changed:
        _throw_away(part)
        raise _AgainError(_("the file has changed"), 0)


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


def _no_downgrade(response: httpx.Response) -> None:
    following = response.next_request
    if following is not None and response.request.url.scheme == "https" and following.url.scheme != "https":
        raise httpx.UnsupportedProtocol("from https to http")


def _look_at(part: Path, wanted: Wanted, answer: _Answer) -> None:
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


def _what_instead(part: Path, wanted: Wanted, answer: _Answer) -> str:
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


def _too_large(wanted: Wanted) -> FetchError:
    return FetchError(
        _("is larger than {mb} MB").format(mb=round(wanted.place.most_mb)),
        where=wanted.shown,
        do=_("Take a smaller area, or raise most_mb in data/sources.toml."),
    )


def _throw_away(part: Path) -> None:
    part.unlink(missing_ok=True)
    note_of(part).unlink(missing_ok=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _name_of(wanted: Wanted) -> str:
    return wanted.shown.split("?")[0].rstrip("/").rsplit("/", 1)[-1] if not wanted.body else wanted.place_name


def _now() -> str:
    return datetime.now(UTC).replace(microsecond=0).isoformat()
