"""What a report is made of: sections of texts, tables and pictures, the same for Word, PDF and Excel."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from phusong.maps.saying import unbroken
from phusong.units import group_digits, say_distance, say_vnd

#: Rows of a table that a document shows; the annex has them all.
MOST_ROWS = 30
#: Letters that no document can hold: controls, and halves of pairs.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def clean(value: Any) -> str:
    """The text of a value without letters that a document cannot hold; "" for an empty one.

    >>> clean("a\\x00b"), clean(float("nan")), clean(3)
    ('a b', '', '3')
    """
    return "" if missing(value) else _UNWRITABLE.sub(" ", str(value))


def missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


@dataclass(frozen=True)
class Column:
    """A column: its header, and how a document says a value (an empty one is –).

    `form` is its number format in Excel ("" for text) and `unit` what its raw values are in, `total`: its sum
    stands below, `only_annex`: documents have no room for it.
    """

    title: str
    say: Callable[[Any], str] = clean
    form: str = ""
    unit: str = ""
    total: bool = False
    only_annex: bool = False

    @property
    def right(self) -> bool:
        """Do its values stand at the right?"""
        return bool(self.form)

    def shown(self, value: Any) -> str:
        return "–" if missing(value) or value == "" else clean(self.say(value))

    def in_annex(self) -> "Column":
        return replace(self, only_annex=True)


def count_column(title: str, *, total: bool = False) -> Column:
    return Column(title, group_digits, form="#,##0", total=total)


def money_column(title: str, *, total: bool = False) -> Column:
    """Money: đồng in the annex, in words in documents."""
    return Column(title, _money, form="#,##0", unit="₫", total=total)


def _money(amount: Any) -> str:
    return unbroken(say_vnd(amount))


def length_column(title: str, *, total: bool = False) -> Column:
    return Column(title, say_distance, form="#,##0", unit="m", total=total)


@dataclass(frozen=True)
class Text:
    """A heading, paragraph, item or note."""

    kind: str
    text: str


@dataclass(frozen=True)
class Table:
    """Raw values by row, what a document shows of them, and the sums of the columns that have one.

    `name` is that of its sheet in the annex; `number` is given when the report is put together.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    shown: tuple[tuple[str, ...], ...]
    totals: tuple[Any, ...]
    shown_totals: tuple[str, ...]
    more: int = 0
    number: int = 0

    @property
    def widths(self) -> list[float]:
        """Parts of the width for the shown columns, by what stands in them."""
        return share_width([self.headers[at].title, *cells] for at, cells in enumerate(self._by_column()))

    def _by_column(self) -> list[tuple[str, ...]]:
        rows = [*self.shown, *([self.shown_totals] if self.shown_totals else [])]
        return list(zip(*rows, strict=True)) or [() for _column in self.headers]

    @property
    def headers(self) -> tuple[Column, ...]:
        """The columns that documents show."""
        return tuple(column for column in self.columns if not column.only_annex)


@dataclass(frozen=True)
class Picture:
    """A picture as PNG, its width as a part of the page's, and what one who cannot see it should know."""

    name: str
    title: str
    png: bytes
    seen: str
    number: int = 0


Part = Text | Table | Picture


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    parts: tuple[Part, ...]


def table(
    name: str,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    total: str = "",
    most: int = MOST_ROWS,
) -> Table:
    """A table in the present language and currency; `total` is the word before the sums ("" for none), `most`
    rows are shown in documents (0: it stands in the annex only)."""
    raw = tuple(tuple(None if missing(v) else v for v in row) for row in rows)
    # A column in which nothing stands takes no room in a document.
    columns = [
        column.in_annex() if raw and all(row[place] in (None, "") for row in raw) else column
        for place, column in enumerate(columns)
    ]
    kept = [place for place, column in enumerate(columns) if not column.only_annex]
    shown = tuple(tuple(columns[place].shown(row[place]) for place in kept) for row in raw[:most])
    sums: tuple[Any, ...] = ()
    if total and raw:
        sums = tuple(
            sum(row[place] for row in raw if row[place] is not None) if column.total else None
            for place, column in enumerate(columns)
        )
        sums = (total, *sums[1:])
    said = (
        [columns[place].shown(sums[place]) if columns[place].total else "" for place in kept] if sums else []
    )
    if said:
        said[0] = total
    more = max(len(raw) - most, 0) if most else 0
    return Table(name, title, tuple(columns), raw, shown, sums, tuple(said), more)


#: Figures that a line of a table has room for, what a column takes beside its text, how much wider bold is.
_LINE, _BESIDE, _BOLD = 85.0, 1.5, 1.1
_LONGEST_WORD = 18.0
#: Letters that are narrower or wider than a figure.
_NARROW, _WIDE = frozenset(" \u00a0iljtfrI.,:;'|()/-"), frozenset("mwMWĐ%")


def share_width(columns: Iterable[Sequence[str]]) -> list[float]:
    """Parts of a line, which sum to 1, for columns with these texts: each has room for its longest word, and
    what is left goes to those whose texts are long.

    >>> [round(part, 2) for part in share_width([["Rank", "1"], ["Sites", "Trường Tiểu học " * 6]])]
    [0.13, 0.87]
    """
    texts = list(columns)
    least = [_BESIDE + _BOLD * max(map(_word, own)) for own in texts]
    wish = [min(_BESIDE + _BOLD * max(map(text_width, own)), _LINE / 2) for own in texts]
    more = [max(w - n, 0.0) for w, n in zip(wish, least, strict=True)]
    left = max(_LINE - sum(least), 0.0)
    given = [n + left * m / max(sum(more), 1e-9) for n, m in zip(least, more, strict=True)]
    if sum(more) < left:
        # There is room for all: in proportion to what each holds.
        given = [max(w, n) for w, n in zip(wish, least, strict=True)]
    return [part / sum(given) for part in given]


def text_width(text: str) -> float:
    """How wide a text is in a font with serifs, in figures.

    >>> text_width("2026"), text_width("triệu")
    (4.0, 3.8)
    """
    plain = unicodedata.normalize("NFD", text)
    sizes = (
        0.6 if letter in _NARROW else 1.6 if letter in _WIDE else 1.35 if letter.isupper() else 1.0
        for letter in plain
        if not unicodedata.combining(letter)
    )
    return round(sum(sizes), 1)


def _word(text: str) -> float:
    """Width of the longest word; one that is longer than any of a language is broken."""
    return min(max(map(text_width, text.split(" "))), _LONGEST_WORD)


def numbered(sections: Iterable[Section]) -> tuple[Section, ...]:
    """The sections with their shown tables and their pictures numbered in order, headings in each section."""
    count = {Table: 0, Picture: 0}
    out = []
    for section in sections:
        parts: list[Part] = []
        several = sum(isinstance(part, Text) and part.kind == "heading" for part in section.parts) > 1
        headings = 0
        for part in section.parts:
            if isinstance(part, Text) and part.kind == "heading" and several:
                headings += 1
                part = replace(part, text=f"{headings}. {part.text}")
            if isinstance(part, Picture) or (isinstance(part, Table) and part.shown):
                count[type(part)] += 1
                part = replace(part, number=count[type(part)])
            parts.append(part)
        out.append(replace(section, parts=tuple(parts)))
    return tuple(out)
