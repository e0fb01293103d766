"""How large a file may be: what is larger is refused in one line before it fills the memory.

The `[limits]` of the study that was read last hold (`use_limits`); before that, the defaults.
"""

import re
import zipfile
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np

from phusong.errors import InputError
from phusong.language import _
from phusong.study import Limits

_MB = 1_000_000
#: A workbook's cell and what is in it are two marks of XML; at the ratio of 200 a byte may hold one.
_MARKS_A_CELL, _FEW_CELLS, _CELL_PACKED = 2, 100_000, 200
#: A table that spans more cells than this has something in at least one of fifty.
_SPANNED, _EMPTY_RATIO = 5_000_000, 50
#: Below these sizes a file may be as well packed as it likes.
_SMALL_BYTES, _SMALL_RASTER_BYTES = 20 * _MB, 1000 * _MB
_IN_FORCE: ContextVar[Limits | None] = ContextVar("limits", default=None)


def limits() -> Limits:
    """Those that hold now."""
    return _IN_FORCE.get() or Limits()


def use_limits(own: Limits) -> None:
    """From now on the limits of a study hold."""
    _IN_FORCE.set(own)


def _refuse(what: str, path: Path, setting: str) -> InputError:
    return InputError(
        what,
        where=str(path),
        do=_("Give a smaller file, or raise the limit in the study: [limits] {setting} = …").format(
            setting=setting
        ),
    )


def check_size(path: Path) -> None:
    """Raise InputError for a file of more than `file_mb`."""
    if path.stat().st_size > limits().file_mb * _MB:
        raise _refuse(_("is larger than {size:g} MB").format(size=limits().file_mb), path, "file_mb")


def check_archive(path: Path, archive: zipfile.ZipFile) -> int:
    """The bytes that a zip unpacks to. Raises InputError where they are more than `unpacked_mb`, or more than
    `unpacked_ratio` times what they take in it."""
    unpacked = sum(info.file_size for info in archive.infolist())
    check_unpacked(path, unpacked, path.stat().st_size)
    return unpacked


def check_unpacked(path: Path, unpacked: int, packed: int) -> None:
    """Raise InputError where a file unpacks to more than `unpacked_mb`, or is packed too well to be true."""
    if unpacked > limits().unpacked_mb * _MB:
        raise _refuse(
            _("unpacks to more than {size:g} MB").format(size=limits().unpacked_mb), path, "unpacked_mb"
        )
    if unpacked > _SMALL_BYTES and unpacked > limits().unpacked_ratio * packed:
        raise _refuse(
            _("unpacks to {times} times its size").format(times=unpacked // max(packed, 1)),
            path,
            "unpacked_ratio",
        )


def check_marks(path: Path, archive: zipfile.ZipFile) -> int:
    """The cells that a workbook may have, by the marks of its XML. Raises InputError for more than `cells`,
    and for many that take less than a byte each in the file. Stops at the first piece that is too much."""
    packed, marks = path.stat().st_size, 0
    by_ratio = max(_FEW_CELLS, packed * limits().unpacked_ratio / _CELL_PACKED)
    for info in archive.infolist():
        with archive.open(info) as part:
            while piece := part.read(_MB):
                marks += piece.count(b"<") - piece.count(b"</")
                cells = marks // _MARKS_A_CELL
                if cells > limits().cells:
                    raise _refuse(
                        _("has more than {count} cells").format(count=limits().cells), path, "cells"
                    )
                if cells > by_ratio:
                    what = _("packs {count} cells into {size} kB").format(
                        count=cells, size=packed // 1000 + 1
                    )
                    raise _refuse(what, path, "unpacked_ratio")
    return marks // _MARKS_A_CELL


def check_spread(path: Path, spanned: int, filled: int) -> None:
    """Raise InputError for a table whose rows and columns span many cells with next to nothing in them."""
    if spanned > max(_SPANNED, filled * _EMPTY_RATIO):
        raise InputError(
            _("spans {spanned} cells, of which {filled} are filled").format(spanned=spanned, filled=filled),
            where=str(path),
            do=_("Take out the columns and rows that are far from the others."),
        )


def check_rows(path: Path, count: int) -> None:
    """Raise InputError for more than `rows`."""
    if count > limits().rows:
        raise _refuse(_("has more than {count} rows").format(count=limits().rows), path, "rows")


def check_columns(path: Path, count: int) -> None:
    """Raise InputError for more than `columns`."""
    if count > limits().columns:
        raise _refuse(_("has more than {count} columns").format(count=limits().columns), path, "columns")


def check_cells(path: Path, longest: int) -> None:
    """Raise InputError for a text of more than `cell_mb` million letters."""
    if longest > limits().cell_mb * _MB:
        raise _refuse(
            _("has a cell of more than {size:g} million letters").format(size=limits().cell_mb),
            path,
            "cell_mb",
        )


def check_vertices(path: Path, count: int) -> None:
    """Raise InputError for shapes of more than `vertices` together."""
    if count > limits().vertices:
        raise _refuse(_("has more than {count} vertices").format(count=limits().vertices), path, "vertices")


def check_raster(path: Path, shape: tuple[int, int], cell_bytes: int) -> None:
    """Raise InputError for more than `raster_cells`, or for a raster that says it holds more than
    `raster_ratio` times what its file does."""
    cells = int(shape[0]) * int(shape[1])
    if cells > limits().raster_cells:
        raise _refuse(
            _("has more than {count:g} cells").format(count=limits().raster_cells), path, "raster_cells"
        )
    size = path.stat().st_size
    if cells * cell_bytes > max(_SMALL_RASTER_BYTES, limits().raster_ratio * size):
        raise _refuse(
            _("unpacks to {times} times its size").format(times=cells * cell_bytes // max(size, 1)),
            path,
            "raster_ratio",
        )


#: A collection of shapes within others, as WKB has it: byte order, then the type with or without Z and M.
_WKB_COLLECTION = re.compile(
    rb"\x01(?:\x07\0\0[\0\x20\x40\x60\x80\xa0\xc0\xe0]|\xef\x03\0\0|\xd7\x07\0\0|\xbf\x0b\0\0)"
    rb"|\0(?:[\0\x20\x40\x60\x80\xa0\xc0\xe0]\0\0\x07|\0\0\x03\xef|\0\0\x07\xd7|\0\0\x0b\xbf)"
)
#: Shapes within shapes that nobody draws; GEOS goes down them until the process dies.
_DEEP = 64


def without_deep_wkt(texts: np.ndarray) -> np.ndarray:
    """WKT with None in place of shapes that are too deeply nested to be built."""
    return np.array([None if _is_deep_text(text) else text for text in texts], dtype=object)


def _is_deep_text(text: object) -> bool:
    return isinstance(text, str) and text.count("(") > _DEEP and text.upper().count("GEOMETRYC") > _DEEP


def is_deep_wkb(blob: Any) -> bool:
    """Is a shape in WKB too deeply nested to be built?

    >>> within_itself = bytes([1, 7, 0, 0, 0, 1, 0, 0, 0])
    >>> is_deep_wkb(within_itself * 1000), is_deep_wkb(within_itself * 2)
    (True, False)
    """
    return sum(1 for _found in zip(range(_DEEP + 1), _WKB_COLLECTION.finditer(blob), strict=False)) > _DEEP
