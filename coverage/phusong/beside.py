"""Files and folders that are made beside their place and moved there whole; who is at work; what stopped
runs left.

What is being made is called `.NAME.MACHINE-PROCESS-MARK.part` (a file) or `.stage` (a folder), so that a
later run can tell what a dead process left from what a living one is making.
"""

import errno
import hashlib
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from phusong.disk import refusal, trouble
from phusong.errors import PhuSongError
from phusong.language import _

#: What another machine left counts as left over after a day without a change.
_DAY_S = 86400
#: Bytes that are still free where a file has been written whole.
_LAST_ROOM = 4096
#: Seconds between two looks at whether another run is done.
_LOOK_S = 0.2
_MACHINE = hashlib.sha256(platform.node().encode()).hexdigest()[:6]
_BEING_MADE = re.compile(r"\..+\.([0-9a-f]{6})-(\d+)-[0-9a-f]{6}\.(?:part|stage)")
#: Folders that this process has looked through, and what it took away there.
_looked: set[Path] = set()
_taken: list[Path] = []


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path of the same ending to write to; what is written there is moved to `path` when the block ends
    well. Raises RunError when the disk is full or the file cannot be written."""
    part = path.with_name(f"{_name_for(path.stem)}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        # GDAL cuts a file off without a word where the disk is full.
        if number := refusal(path.parent, _LAST_ROOM):
            raise OSError(number, os.strerror(number), str(path))
        part.replace(path)
    except Exception as error:
        _say_of(error, path)
        raise
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    clear_away(path.parent)


@contextmanager
def stage_for(place: Path) -> Iterator[Path]:
    """A new folder beside `place` to work in; the block moves what it made to its place, the rest goes when
    the block ends. Raises RunError as `whole_file`."""
    stage = place.with_name(f"{_name_for(place.name)}.stage")
    try:
        stage.mkdir(parents=True)
        yield stage
    except Exception as error:
        _say_of(error, place)
        raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    clear_away(place.parent)


def _name_for(name: str) -> str:
    return f".{name}.{_MACHINE}-{os.getpid()}-{secrets.token_hex(3)}"


def _say_of(error: Exception, place: Path) -> None:
    """Raise the disk's trouble as one of `place`: the name of what is being made beside it says little."""
    said = trouble(error, place)
    if said is None:
        return
    if any(_BEING_MADE.match(part) for part in Path(said.where).parts):
        said = type(said)(said.what, where=str(place), do=said.do)
    if said is not error:
        raise said from error


@contextmanager
def held(path: Path, say: Callable[[str], None], wait_s: float = 3600) -> Iterator[None]:
    """Be the only one at work on `path`; the system lets go when the process ends, however it ends.

    `say` is told when another is at work, and this waits. Raises PhuSongError when it waits longer than
    `wait_s`, or when nothing can be written beside `path`.
    """
    lock = path.with_name(f".{path.name}.lock")
    began, said = time.monotonic(), False
    while (stream := _locked(lock)) is None:
        if not said:
            say(_("another run is at work on {name}: waiting").format(name=path.name))
            said = True
        if time.monotonic() - began > wait_s:
            raise PhuSongError(
                _("another run has been at work on it for too long"),
                where=str(path),
                do=_("End that run, then try again."),
            )
        time.sleep(_LOOK_S)
    with stream:
        try:
            yield
        finally:
            # Still held: whoever waits for it sees that it is gone and makes its own.
            with suppress(OSError):
                lock.unlink(missing_ok=True)


def _locked(lock: Path) -> Any | None:
    """The lock's file, held; None while another holds it."""
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        stream = lock.open("a+b")
    except OSError as error:
        if os.name == "nt" and lock.exists():
            return None
        raise trouble(error) or error from error
    if _take(stream) and _is_still(stream, lock):
        return stream
    stream.close()
    return None


def _is_still(stream: Any, lock: Path) -> bool:
    """Is the held file the one that lies there? Its last holder takes it away."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), lock.stat())
    except OSError:
        return False


def _take(stream: Any) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # A network drive that knows no locks: better to work than to wait for ever.
        return error.errno in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)
    return True


def clear_away(folder: Path) -> None:
    """Take away what stopped runs were making in `folder`; looked for once a command."""
    if folder in _looked:
        return
    _looked.add(folder)
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            if (found := _BEING_MADE.match(path.name)) and _is_left(path, found[1], int(found[2])):
                take_away(path)


def take_away(path: Path) -> None:
    """Remove a leftover, to be said at the end of the command."""
    with suppress(OSError):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        _taken.append(path)


def taken_away() -> list[Path]:
    """What was taken away since this was asked last."""
    found, _taken[:] = list(_taken), []
    _looked.clear()
    return found


def _is_left(path: Path, machine: str, process: int) -> bool:
    if machine == _MACHINE and os.name != "nt":
        return not _lives(process)
    newest = max(p.stat().st_mtime for p in (path, *path.rglob("*")))
    return time.time() - newest > _DAY_S


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
