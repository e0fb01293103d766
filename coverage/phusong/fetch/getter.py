"""The one place that talks to the network: files of open data, whole or not at all.

A file grows as NAME.part; a cut one is gone on with (Range, and If-Range so that parts of two files are
never joined), a server that is busy or down is asked again, and what arrives is checked before it
gets its name.
"""

import logging
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

import phusong
from phusong.beside import held
from phusong.errors import FetchError
from phusong.fetch.answers import (
    AgainError,
    Answer,
    Check,
    Wanted,
    go_on_from,
    look_at,
    look_at_status,
    name_of,
    no_downgrade,
    size_of,
    throw_away,
    too_large,
)
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
from phusong.fetch.places import Place
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

#: (name, bytes so far, bytes in all or None)
Progress = Callable[[str, int, int | None], None]


def _nothing(*_said: Any) -> None:
    """Show nothing."""


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
                look_at(part, wanted, answer)
            except ValueError as error:
                throw_away(part)
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
                        name=name_of(wanted), reason=error
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

    def _persist(self, wanted: Wanted, part: Path) -> "Answer | None":
        """Try until the last byte is there; tries that bring new bytes do not count as idle."""
        idle = 0
        for _try in range(_MOST_TRIES):
            before = size_of(part)
            try:
                return self._once(wanted, part)
            except AgainError as again:
                idle = 0 if size_of(part) > before else idle + 1
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
                    name=name_of(wanted), why=why, seconds=round(wait_s)
                )
            )
            self.sleep(wait_s)
        raise FetchError(
            _("{why}, {tries} times in a row").format(why=why, tries=max(idle, 1)),
            where=wanted.shown,
            do=_("Look at the connection and run it again: what is there already is kept."),
        )

    def _once(self, wanted: Wanted, part: Path) -> "Answer | None":
        """One request. Raises AgainError for what may pass, FetchError for what will not."""
        place = wanted.place
        url = httpx.URL(wanted.url)
        if place.key:
            url = url.copy_merge_params({place.key_parameter: place.key})
        headers = {"User-Agent": f"phusong/{phusong.__version__}", "Accept-Encoding": "identity"}
        headers |= go_on_from(part)
        timeout = httpx.Timeout(place.silence_s, connect=_CONNECT_S)
        method, data = ("POST", {"data": wanted.body}) if wanted.body else ("GET", None)
        try:
            with (
                httpx.Client(
                    follow_redirects=True,
                    max_redirects=5,
                    timeout=timeout,
                    event_hooks={"response": [no_downgrade]},
                ) as client,
                client.stream(method, url, headers=headers, data=data) as response,
            ):
                return self._receive(wanted, part, response)
        except httpx.TimeoutException:
            raise AgainError(_("the server is silent")) from None
        except httpx.TooManyRedirects:
            raise FetchError(
                _("the server sends us round in circles"), where=wanted.shown, do=_("Mend the address.")
            ) from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL):
            raise FetchError(
                _("leads to what is no web address"), where=wanted.shown, do=_("Mend the address.")
            ) from None
        except (httpx.ReadError, httpx.RemoteProtocolError):
            raise AgainError(_("the connection was cut")) from None
        except httpx.TransportError as error:
            # Their text may hold the address with its key.
            raise AgainError(_("no connection ({kind})").format(kind=type(error).__name__)) from None

    def _receive(self, wanted: Wanted, part: Path, response: httpx.Response) -> "Answer | None":
        look_at_status(wanted, part, response)
        if response.status_code in (404, 410):
            return None
        answer = Answer.of(response)
        begin = size_of(part) if response.status_code == 206 else 0
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
                self.progress(name_of(wanted), done, total)
        if done > most:
            throw_away(part)
            raise too_large(wanted)
        if total is not None and done < total:
            raise AgainError(_("the connection was cut"))
        self.progress(name_of(wanted), done, done)
        return answer

    def _need_room(self, wanted: Wanted, part: Path, total: int | None, begin: int) -> None:
        if total is None:
            return
        if total > wanted.place.most_mb * _MEGA:
            throw_away(part)
            raise too_large(wanted)
        if total - begin > shutil.disk_usage(part.parent).free:
            raise FetchError(
                _("there is no room for {mb} MB").format(mb=round((total - begin) / _MEGA)),
                where=str(part.parent),
                do=_("Make room there, or name another folder with --cache."),
            )


def _now() -> str:
    return datetime.now(UTC).replace(microsecond=0).isoformat()
