"""Which row of a table is its header, what its columns are called, and whose column is whose."""

import re
import tomllib
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

from phusong.bundled import bundled
from phusong.errors import InputError
from phusong.language import _
from phusong.readers.encodings import readings
from phusong.study import Source
from phusong.units import fold

_HEADER_WITHIN, _LONGEST_NUMBERING = 30, 4
#: What is no text at the ends of a cell.
BLANK = " \t\r\n\ufeff"


def find_header(rows: list[list[str]], path: Path, source: Source) -> tuple[int, int]:
    """First and last row of the header: where most column names of ours stand (letters with a national title
    and a heading are two filled cells too), else the first row with two filled cells."""
    wide = [i for i, row in enumerate(rows[:_HEADER_WITHIN]) if sum(bool(c.strip()) for c in row) >= 2]
    if not any(any(cell.strip() for cell in row) for row in rows):
        raise InputError(_("is empty"), where=str(path), do=_("Copy or export it again."))
    if not wide:
        raise InputError(
            _("has no header row"), where=str(path), do=_("Put the column names in the first row.")
        )
    words = _known_words() | {fold(name) for name in source.columns.values()}
    named = [i for i in wide if _recognised(rows[i], words) >= 2 and not any(map(_is_number, rows[i]))]
    first = max(named, key=lambda i: (_recognised(rows[i], words), -i), default=wide[0])
    if first - 1 in wide and _goes_on(rows[first - 1], rows[first]):
        return first - 1, first
    if first + 1 < len(rows) and _goes_on(rows[first], rows[first + 1]):
        return first, first + 1
    return first, first


@cache
def _known_words() -> frozenset[str]:
    return frozenset(fold(w) for table in known_headers().values() for words in table.values() for w in words)


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?[.,]*\d[\d.,]*", cell.strip()) is not None


def _recognised(row: list[str], words: Collection[str]) -> int:
    """How many different cells of a row are column names that we know, in whatever encoding."""
    return len({c for c in row if c.strip() and any(fold(text) in words for text in readings(c))})


def _goes_on(upper: list[str], lower: list[str]) -> bool:
    """Is `lower` the second line of a header: names beneath the groups of `upper`, and nothing else?"""
    width = max(len(upper), len(lower))
    above = [*(c.strip() for c in upper), *[""] * (width - len(upper))]
    below = [*(c.strip() for c in lower), *[""] * (width - len(lower))]
    beneath = [i for i in range(width) if below[i] and below[i] != above[i]]
    if not beneath or any(
        re.search(r"\d", below[i]) and not re.search(r"[^\W\d]", below[i]) for i in beneath
    ):
        return False
    grouped = {
        i
        for i in beneath
        if above[i] == "" or above[i] in (above[i - 1] if i else "", (above[i + 1 :] or [""])[0])
    }
    starts = {i for i in beneath if i + 1 in grouped and above[i] and above[i + 1] in ("", above[i])}
    merged = any(above[i] and i + 1 in grouped and above[i] == above[i + 1] for i in beneath)
    if not merged and _recognised([below[i] for i in beneath], _known_words()) < 2:
        return False
    return (
        len(beneath) >= 2
        and set(beneath) <= grouped | starts
        and bool(grouped)
        and below[0] in ("", above[0])
    )


def column_names(lines: list[list[str]]) -> list[str]:
    """Column names from one or two lines: the lower alone where we know it, else with its group before."""
    if len(lines) == 1:
        return [_one_line(name) for name in lines[0]]
    width = max(map(len, lines))
    upper, lower = ([_one_line(c) for c in line] + [""] * (width - len(line)) for line in lines)
    out, group = [], ""
    for above, below in zip(upper, lower, strict=True):
        group = above or (group if below else "")
        alone = below and any(fold(text) in _known_words() for text in readings(below))
        out.append(below if alone or group == below else f"{group} {below}".strip())
    return out


def _one_line(name: str) -> str:
    return " ".join(name.split(None)) if "\n" in name else name.strip(BLANK)


def is_numbering(row: list[str]) -> bool:
    """Is it the row of column numbers beneath a header: 1, 2, 3 or (1), (2), (3), letters before them?"""
    cells = [cell.strip("() ") for cell in row if cell.strip()]
    numbers = [cell for cell in cells if cell.isdecimal() and len(cell) <= _LONGEST_NUMBERING]
    letters = cells[: len(cells) - len(numbers)]
    return (
        len(cells) >= 3
        and len(numbers) >= 2
        and numbers == [str(int(numbers[0]) + i) for i in range(len(numbers))]
        and int(numbers[0]) in (1, len(letters) + 1)
        and letters == list("ABCDEFGH"[: len(letters)])
    )


@cache
def known_headers() -> dict[str, dict[str, list[str]]]:
    """Table → column of ours → the headers that mean it (headers.toml); `any` holds those of every table."""
    return tomllib.loads(bundled("headers.toml").read_text(encoding="utf-8"))


def recognise_columns(
    names: Iterable[str], table: str, source: Source, path: Path, *, places: bool = False
) -> dict[str, str]:
    """Our column → the file's column, by the study's mapping first, then by the known headers.

    `places` looks for lon, lat and wkt too. Raises InputError when the mapping names a column that
    is not there.
    """
    names = list(names)
    known = known_headers()[table] | (known_headers()["any"] if places else {})
    for ours, theirs in source.columns.items():
        if theirs not in names:
            raise InputError(
                _("has no column {name}, which the study maps to {ours}").format(
                    name=repr(theirs), ours=ours
                ),
                where=str(path),
                do=_("Its columns: {names}.").format(names=", ".join(names)),
            )
        if ours not in known and ours not in known_headers()["any"]:
            raise InputError(
                _("the study maps {ours}, which is no column of {table}").format(ours=ours, table=table),
                where=str(path),
                do=_("Columns: {names}.").format(names=", ".join(known)),
            )
    folded = {fold(name): name for name in reversed(names)}
    found = {
        ours: next(folded[fold(word)] for word in words if fold(word) in folded)
        for ours, words in known.items()
        if any(fold(word) in folded for word in words)
    }
    return {**found, **source.columns}
