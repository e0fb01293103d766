"""What the text in a cell means: numbers, yes and no, dates, mobile classes, radio names.

Each parser takes a stripped text and returns the value, or raises ValueError when the text is none.
An empty text never reaches them: an empty cell is no report.
"""

import re
from collections.abc import Callable
from datetime import date as calendar_date
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any

from phusong.domain import MOBILE_CLASSES
from phusong.language import current_language
from phusong.moments import VIETNAM_TIME
from phusong.units import fold

_YES = {fold(w) for w in ("có", "yes", "y", "true", "1", "x", "đã có", "đủ")}
_NO = {fold(w) for w in ("không", "no", "n", "false", "0", "chưa", "chưa có", "không có")}
_DONE = {
    fold(w)
    for w in ("lập", "thành lập", "ban hành", "hoàn thành", "khảo sát", "thực hiện", "xong", "đạt", "done")
}
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
_LEVEL = {
    "province": ("province", "provincial", "tỉnh", "thành phố trực thuộc trung ương"),
    "district": ("district", "huyện", "quận", "thị xã", "huyện, thị xã, thành phố"),
    "commune": ("commune", "ward", "xã", "phường", "thị trấn", "xã, phường", "xã, phường, thị trấn"),
}
_LEVEL_BY_WORD = {fold(word): name for name, words in _LEVEL.items() for word in words}
#: No figure of an input is larger: a tenth of the GDP of 2023 (10,222 nghìn tỷ đồng, GSO of Vietnam).
MOST = 1e15
#: There are not as many people (8.2 thousand million, UN World Population Prospects 2024).
MOST_COUNTED = 1e10
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
    if not abs(value) <= MOST:
        raise ValueError(text)
    return value


def whole(text: str) -> float:
    """How many there are of something, rounded.

    >>> whole("3.000.000"), whole("12,6")
    (3000000.0, 13.0)
    """
    value = round(number(text))
    if abs(value) > MOST_COUNTED:
        raise ValueError(text)
    return float(value)


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


#: The day that Excel counts from, and the numbers of the days from 2000 to 2049.
_EXCEL_BEGINS, _EXCEL_DAYS = calendar_date(1899, 12, 30), (36526, 54789)


def date(text: str) -> str:
    """An ISO date (year, month or day) from one, from day/month/year, or from the number that Excel keeps for
    a day of 2000 to 2049.

    >>> date("30/6/2021"), date("2021-06"), date("6/2021"), date("44377")
    ('2021-06-30', '2021-06', '2021-06', '2021-06-30')
    """
    if re.fullmatch(r"\d{5}", text) and _EXCEL_DAYS[0] <= int(text) < _EXCEL_DAYS[1]:
        return (_EXCEL_BEGINS + timedelta(days=int(text))).isoformat()
    if match := re.fullmatch(r"(?:(\d{1,2})[/.-])?(\d{1,2})[/.-](\d{4})", text):
        day, month, year = match.groups()
        text = f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")
    if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", text):
        raise ValueError(text)
    # Raises ValueError for a day that no calendar has.
    calendar_date.fromisoformat((text + "-01-01")[:10])
    return text


def count(text: str) -> float:
    """A count of an indicator, or 1 and 0 for yes and no. Three digits after a point or comma are thousands.

    >>> count("13.185"), count("13,185"), count("0,185"), count("đã lập"), count("Chưa thành lập")
    (13185.0, 13185.0, 0.185, 1.0, 0.0)
    """
    clean = text.replace(" ", "").replace("\u00a0", "")
    if re.fullmatch(r"[1-9]\d{0,2}([.,]\d{3})+", clean):
        return float(re.sub("[.,]", "", clean))
    try:
        return number(text)
    except ValueError:
        words = fold(text)
        if words.removeprefix("chua") in _DONE:
            return float(words in _DONE)
        return float(words.removeprefix("da") in _DONE or yes_no(text) == "yes")


def level(text: str) -> str:
    """A level of the administration.

    >>> level("Cấp huyện"), level("xã"), level("Province")
    ('district', 'commune', 'province')
    """
    try:
        return _LEVEL_BY_WORD[fold(text).removeprefix("cap").removesuffix("level")]
    except KeyError:
        raise ValueError(text) from None


def moment(text: str) -> str:
    """A moment in the time of Viet Nam, from ISO or from day and time as people write them; a day alone
    counts as its last second, for nobody knows more.

    >>> moment("2026-11-27 09:30"), moment("27/11/2026 9h30")
    ('2026-11-27T09:30:00+07:00', '2026-11-27T09:30:00+07:00')
    >>> moment("2026-11-27T02:30:00Z"), moment("27/11/2026")
    ('2026-11-27T09:30:00+07:00', '2026-11-27T23:59:59+07:00')
    """
    clock, day = r"(\d{1,2})(?:[:hg](\d{2}))(?::(\d{2}))?", r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"
    if match := re.fullmatch(rf"{day}(?:[ ,]+{clock})?", text):
        d, m, y, *at = match.groups()
    elif match := re.fullmatch(rf"{clock}[ ,]+{day}", text):
        *at, d, m, y = match.groups()
    elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        y, m, d, at = *text.split("-"), [None]
    else:
        said = datetime.fromisoformat(text)
        if ":" not in text:
            raise ValueError(text)
        own = said if said.tzinfo else said.replace(tzinfo=VIETNAM_TIME)
        return own.astimezone(VIETNAM_TIME).replace(microsecond=0).isoformat()
    hour, minute, second = (int(part or 0) for part in at) if at[0] else (23, 59, 59)
    return datetime(int(y), int(m), int(d), hour, minute, second, tzinfo=VIETNAM_TIME).isoformat()


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
    "video_room": yes_no,
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
    "date": date,
    "level": level,
    "value": count,
    "of": count,
    "received_at": moment,
    "commune_code": commune_code,
    "old_code": commune_code,
    "new_code": commune_code,
}


#: The words that a column with fixed words may say, in Vietnamese and English, as people should write them.
_YES_NO_WORDS = (("Có", "yes"), ("Không", "no"))
CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    **{ours: _YES_NO_WORDS for ours, parse in PARSERS.items() if parse is yes_no},
    "mobile_reported": (("tốt", "good"), ("trung bình", "fair"), ("yếu", "weak"), ("không sóng", "none")),
    "power": (
        ("điện lưới", "mains"),
        ("điện mặt trời", "solar"),
        ("không có", "none"),
        ("chưa rõ", "unknown"),
    ),
    "radio": (("2G", "2G"), ("3G", "3G"), ("4G", "4G"), ("5G", "5G")),
    "zone": (("I", "I"), ("II", "II"), ("III", "III")),
    "kind": (
        ("UBND cấp tỉnh", "Province office"),
        ("UBND cấp huyện", "District office"),
        ("UBND xã", "Commune office"),
        ("Bệnh viện", "Hospital"),
        ("Trung tâm y tế", "Health centre"),
        ("Trạm y tế", "Commune health station"),
        ("Trường mầm non", "Preschool"),
        ("Trường tiểu học", "Primary school"),
        ("Trường THCS", "Lower secondary school"),
        ("Trường THPT", "Upper secondary school"),
        ("Trường học", "School"),
        ("Nhà văn hóa", "Village hall"),
        ("Bưu điện", "Post office"),
        ("Điểm khác", "Other site"),
    ),
}


def words_of(ours: str, language: str) -> list[str]:
    """The words that the column may say in `language`; none where any text or number will do."""
    return [vi if language == "vi" else en for vi, en in CHOICES.get(ours, ())]


def nearest_word(ours: str, text: str) -> list[str]:
    """The word of the column's fixed words that `text` is nearest to, if any is near: one or none, in the
    current language.

    >>> nearest_word("fibre_reported", "Khôg"), nearest_word("zone", "IIII"), nearest_word("users", "ten")
    (['no'], ['III'], [])
    """
    speaks = 0 if current_language() == "vi" else 1
    known = {fold(word): pair[speaks] for pair in CHOICES.get(ours, ()) for word in pair}
    return [known[near] for near in get_close_matches(fold(text), known, n=1, cutoff=0.6)]
