"""What the text in a cell means: numbers, yes and no, dates, mobile classes, radio names.

Each parser takes a stripped text and returns the value, or raises ValueError when the text is none.
An empty text never reaches them: an empty cell is no report.
"""

import re
from collections.abc import Callable
from typing import Any

from phusong.domain import MOBILE_CLASSES
from phusong.units import fold

_YES = {fold(w) for w in ("có", "yes", "y", "true", "1", "x", "đã có", "đủ")}
_NO = {fold(w) for w in ("không", "no", "n", "false", "0", "chưa", "chưa có", "không có")}
_MOBILE = {
    "none": ("none", "không sóng", "mất sóng", "lõm"),
    "weak": ("weak", "yếu", "rất yếu", "3G yếu", "sóng yếu"),
    "fair": ("fair", "trung bình", "khá"),
    "good": ("good", "tốt", "mạnh"),
}
_MOBILE_BY_WORD = {fold(word): cls for cls in MOBILE_CLASSES for word in _MOBILE[cls]}
_POWER = {
    "mains": ("mains", "grid", "electricity", "điện lưới", "lưới điện", "EVN", "có", "yes"),
    "solar": ("solar", "mặt trời", "điện mặt trời", "pin mặt trời"),
    "none": ("none", "không", "không có", "chưa có", "no", "no electricity"),
    "unknown": ("unknown", "chưa rõ", "không rõ"),
}
_POWER_BY_WORD = {fold(word): power for power, words in _POWER.items() for word in words}
_RADIO = {
    "2g": "GSM",
    "gsm": "GSM",
    "3g": "UMTS",
    "umts": "UMTS",
    "wcdma": "UMTS",
    "4g": "LTE",
    "lte": "LTE",
    "5g": "NR",
    "nr": "NR",
}


def number(text: str) -> float:
    """A number with a decimal point or comma.

    >>> number("107,83"), number("1.250.000"), number("2 413")
    (107.83, 1250000.0, 2413.0)
    """
    clean = text.replace(" ", "").replace("\u00a0", "")
    if re.fullmatch(r"-?\d{1,3}(\.\d{3}){2,}(,\d+)?|-?\d{1,3}(\.\d{3})+,\d+", clean):
        clean = clean.replace(".", "")
    if re.fullmatch(r"-?\d{1,3}(,\d{3}){2,}(\.\d+)?|-?\d{1,3}(,\d{3})+\.\d+", clean):
        clean = clean.replace(",", "")
    value = float(clean.replace(",", "."))
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


def yes_no(text: str) -> str:
    """ "yes" or "no".

    >>> yes_no("Có"), yes_no("Không"), yes_no("chưa có")
    ('yes', 'no', 'no')
    """
    if fold(text) in _YES:
        return "yes"
    if fold(text) in _NO:
        return "no"
    raise ValueError(text)


def mobile_class(text: str) -> str:
    """A mobile class, or "yes"/"no" when a list says no more than that."""
    word = fold(text)
    return _MOBILE_BY_WORD[word] if word in _MOBILE_BY_WORD else yes_no(text)


def power(text: str) -> str:
    """Where electricity comes from; a bare yes is the mains.

    >>> power("Điện lưới"), power("chưa có"), power("mặt trời")
    ('mains', 'none', 'solar')
    """
    try:
        return _POWER_BY_WORD[fold(text)]
    except KeyError:
        raise ValueError(text) from None


def radio(text: str) -> str:
    """A radio technology by its name or generation.

    >>> radio("4G"), radio("WCDMA")
    ('LTE', 'UMTS')
    """
    try:
        return _RADIO[fold(text)]
    except KeyError:
        raise ValueError(text) from None


def zone(text: str) -> str:
    """The zone of a commune by development, as I, II or III.

    >>> zone("Khu vực III"), zone("2"), zone("KV I")
    ('III', 'II', 'I')
    """
    bare = re.sub(r"^(khuvuc|kv|vung)", "", fold(text))
    try:
        return {"1": "I", "i": "I", "2": "II", "ii": "II", "3": "III", "iii": "III"}[bare]
    except KeyError:
        raise ValueError(text) from None


def date(text: str) -> str:
    """An ISO date (year, month or day) from one, or from day/month/year.

    >>> date("30/6/2021"), date("2021-06"), date("6/2021")
    ('2021-06-30', '2021-06', '2021-06')
    """
    if re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", text):
        return text
    if match := re.fullmatch(r"(?:(\d{1,2})[/.-])?(\d{1,2})[/.-](\d{4})", text):
        day, month, year = match.groups()
        if 1 <= int(month) <= 12 and (day is None or 1 <= int(day) <= 31):
            return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")
    raise ValueError(text)


def commune_code(text: str) -> str:
    """A 5-digit code; Excel drops leading zeros, which are put back.

    >>> commune_code("1"), commune_code("20698.0")
    ('00001', '20698')
    """
    digits = re.sub(r"\.0+$", "", text)
    if not re.fullmatch(r"\d{1,5}", digits):
        raise ValueError(text)
    return digits.zfill(5)


#: Columns whose text is not taken as it stands, beside those that are numbers.
PARSERS: dict[str, Callable[[str], Any]] = {
    "fibre_reported": yes_no,
    "wifi_reported": yes_no,
    "video_reported": yes_no,
    "tap_allowed": yes_no,
    "lease": yes_no,
    "border": yes_no,
    "zone": zone,
    "mobile_reported": mobile_class,
    "radio": radio,
    "power": power,
    "report_date": date,
    "population_date": date,
    "measured_date": date,
    "commune_code": commune_code,
    "old_code": commune_code,
    "new_code": commune_code,
}
