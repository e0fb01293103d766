"""What a disk says when it is full, read-only or another's, as a line that tells the user what to do.

Python, GDAL, SQLite, Arrow and the Excel writer each have errors of their own for it: they are told by their
number where they have one, else by their words.
"""

import errno
from pathlib import Path
from tempfile import TemporaryFile

from phusong.errors import PhuSongError, RunError
from phusong.language import _

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_REFUSED = {errno.EACCES, errno.EPERM}
_BROKEN = {errno.EIO, getattr(errno, "ESTALE", errno.EIO)}
#: Words of libraries that give no number, in small letters.
_WORDS = {
    errno.ENOSPC: ("no space left", "disk is full", "file too large", "quota exceeded"),
    errno.EROFS: ("read-only file system", "readonly database"),
    errno.EACCES: ("permission denied",),
    errno.EIO: ("input/output error", "disk i/o error"),
}
#: Bytes that a disk must take, or else an error of a library that writes there is the disk's.
_PROBE = 1 << 20


def trouble(error: Exception, where: Path | str = "") -> PhuSongError | None:
    """The error as one that the user can mend; None for a bug. `where` is said when the error names no file.

    >>> print(trouble(OSError(errno.ENOSPC, "No space left on device", "maps/map.html")))
    maps/map.html: there is no room left on the disk. Make room there, or name a folder on another disk.
    >>> trouble(ValueError("a bug")) is None
    True
    """
    if isinstance(error, PhuSongError):
        return error
    number = _number_of(error)
    named = str(getattr(error, "filename2", None) or getattr(error, "filename", None) or where)
    if number is None and isinstance(error, OSError) and error.filename is not None:
        number = error.errno
    if number is None and where:
        number = refusal(Path(where))
    if number is None:
        return None
    what, do = _said(number, error)
    return RunError(what, where=named, do=do)


def _number_of(error: BaseException | None) -> int | None:
    """The number of the disk's error that `error` is, holds or was raised from."""
    while error is not None:
        known = _FULL | _REFUSED | _BROKEN | {errno.EROFS}
        if isinstance(error, OSError) and error.errno in known:
            return error.errno
        if isinstance(error, PermissionError):
            return errno.EACCES
        said = str(error).lower()
        for number, words in _WORDS.items():
            if not isinstance(error, OSError) and any(word in said for word in words):
                return number
        error = error.__cause__ or error.__context__
    return None


def refusal(place: Path, size: int = _PROBE) -> int | None:
    """The number of the error with which the disk refuses a file of `size` bytes near `place`; None when it
    takes it. GDAL does not always say that a disk is full, and a quota shows in no figure."""
    while not place.is_dir() and place != place.parent:
        place = place.parent
    try:
        with TemporaryFile(dir=place) as probe:
            probe.write(bytes(size))
            probe.flush()
    except OSError as error:
        return error.errno
    return None


def _said(number: int | None, error: Exception) -> tuple[str, str]:
    if number in _FULL:
        return _("there is no room left on the disk"), _("Make room there, or name a folder on another disk.")
    if number == errno.EROFS:
        return _("cannot be written: the disk is read-only"), _("Name a folder on another disk.")
    if number in _REFUSED:
        return (
            _("cannot be read or written: permission is refused"),
            _("Close it in Excel and other programs, or name a folder that you may write to."),
        )
    if number in _BROKEN:
        return _("the disk has a fault"), _("See that the disk or network drive is there, then try again.")
    reason = getattr(error, "strerror", None) or str(error)
    return (
        _("cannot be used ({reason})").format(reason=reason),
        _("See that it is there and can be read and written."),
    )
