"""Values of the run's tables as the page keeps them: texts, and phrases by their number."""

from typing import Any

import pandas as pd

from phusong.domain import STATUSES
from phusong.maps.texts import Phrases
from phusong.moments import say_date
from phusong.units import group_digits, say_distance, say_vnd
from phusong.wording import BASIS_NAMES, REASONS, TECHNOLOGY_NAMES, say


def status_counts(statuses: pd.Series) -> list[int]:
    """How many are ok, gap and unknown."""
    return [int((statuses == status).sum()) for status in STATUSES]


def text_of(value: Any) -> str:
    """A cell's text; "" for an empty one."""
    return "" if value is None or value is pd.NA or value != value else str(value)


def ids_in(value: Any) -> list[str]:
    """Identifiers that a cell holds, separated by ;"""
    return [part for part in text_of(value).split(";") if part]


def _missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def money_phrase(value: Any, phrases: Phrases) -> int:
    """The place of an amount of đồng in words, −1 for none."""
    return -1 if _missing(value) else phrases.of(lambda to: unbroken(say_vnd(float(value), to)))


def unbroken(figure: str) -> str:
    """A figure and its unit that stay on one line."""
    return figure.replace(" ", "\u00a0")


def count_phrase(value: Any, phrases: Phrases) -> int:
    """The place of a whole number in words, −1 for none."""
    return -1 if _missing(value) else phrases.of(lambda to: group_digits(value, to))


def length_phrase(value: Any, phrases: Phrases) -> int:
    """The place of a length (m) in words, −1 for none."""
    return (
        -1
        if _missing(value) or value == 0
        else phrases.of(lambda to: unbroken(say_distance(float(value), to)))
    )


def whole_times(value: Any, times: int) -> int | None:
    """A figure as a whole number of its parts; None where it is not known."""
    return None if _missing(value) else round(float(value) * times)


def day_phrase(value: Any, phrases: Phrases) -> int:
    """The place of a date in words, −1 for none."""
    return phrases.of(lambda to: say_date(text_of(value), to)) if text_of(value) else -1


def basis_phrase(value: Any, phrases: Phrases) -> int:
    """The place of what a status rests on, −1 for nothing."""
    return phrases.word(BASIS_NAMES, text_of(value)) if text_of(value) else -1


def technology_phrase(code: str, phrases: Phrases) -> int:
    """The place of a technology's name."""
    return phrases.word(TECHNOLOGY_NAMES, code)


def reason_phrase(code: str, connection: str, phrases: Phrases) -> int:
    """The words for a reason; `connection` is the technology that the site's Wi-Fi would hang on."""
    if not code:
        return -1
    return phrases.of(
        lambda to: say(REASONS, code, to).replace(
            "{depends_on}", say(TECHNOLOGY_NAMES, connection, to).lower() or "–"
        )
    )
