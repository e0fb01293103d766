"""Small texts that Word and PDF say alike: captions, signs of items, numbers of sections."""

from phusong.language import _
from phusong.reports.parts import Picture, Table, Text
from phusong.units import group_digits


def roman(number: int) -> str:
    """A number of sections in Roman numerals.

    >>> [roman(n) for n in (1, 4, 9, 11)]
    ['I', 'IV', 'IX', 'XI']
    """
    out = ""
    for value, sign in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        out, number = out + sign * (number // value), number % value
    return out


def caption_of(part: Table | Picture) -> str:
    """Its number and title."""
    said = _("Table {n}. {title}") if isinstance(part, Table) else _("Figure {n}. {title}")
    return said.format(n=part.number, title=part.title)


def item_of(part: Text) -> str:
    """A text with the sign that it begins with."""
    return f"- {part.text}" if part.kind == "item" else part.text


def more_said(part: Table) -> str:
    """Where the rows are that a document has no room for; "" when it has all."""
    if not part.more:
        return ""
    said = _("The first {n} of {all} rows; the annex has all of them.")
    return said.format(n=group_digits(len(part.shown)), all=group_digits(len(part.rows)))
