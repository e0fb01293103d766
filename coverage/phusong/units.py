"""Units and how people write them: đồng, distances, dates, yes and no, names without accents."""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from phusong.errors import PhuSongError
from phusong.language import _, current_language

VND_WORDS = {
    "": 1,
    "đ": 1,
    "₫": 1,
    "vnd": 1,
    "k": 1e3,
    "nghìn": 1e3,
    "triệu": 1e6,
    "tr": 1e6,
    "trieu": 1e6,
    "ty": 1e9,
    "ti": 1e9,
    "dong": 1,
    "đồng": 1,
    "nghin": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "tỷ": 1e9,
    "tỉ": 1e9,
}
# Letters that carry no combining mark and so survive NFD.
_FLAT = str.maketrans({"đ": "d", "Đ": "D"})


@lru_cache(maxsize=1 << 18)
def fold(text: str) -> str:
    """`text` without accents, case, spaces or punctuation, for matching only.

    >>> fold("La Êê") == fold("Laêê") == fold("la ee") == "laee"
    True
    """
    flat = unicodedata.normalize("NFD", text.translate(_FLAT))
    return "".join(c for c in flat if c.isalnum()).casefold()


def parse_vnd(text: str) -> int:
    """A sum of money in whole đồng, as people write it.

    >>> parse_vnd("1,25 tỷ"), parse_vnd("500 triệu"), parse_vnd("1.250.000.000"), parse_vnd("5e9")
    (1250000000, 500000000, 1250000000, 5000000000)
    """
    do = _("Write it as 1250000000, 1.250.000.000, '500 triệu' or '1,25 tỷ'.")
    clean = unicodedata.normalize("NFC", text.strip().lower())
    match = re.fullmatch(r"([\d.,_ ]*\d(?:e\d+)?)\s*(\D*)", clean)
    if not match or match[2].strip(" .") not in VND_WORDS:
        raise PhuSongError(_("not a sum of money: {text}").format(text=repr(text)), do=do)
    number = match[1].replace("_", "").replace(" ", "")
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", number):
        number = re.sub("[.,]", "", number)
    try:
        value = float(number.replace(",", ".")) * VND_WORDS[match[2].strip(" .")]
        return round(value)
    except (ValueError, OverflowError):
        raise PhuSongError(_("not a sum of money: {text}").format(text=repr(text)), do=do) from None


#: A budget below this many đồng lacks its "triệu" or "tỷ": no connection costs so little.
_LEAST_BUDGET = 1_000_000


def enough(vnd: int) -> int:
    """A budget in đồng as it is: nothing, or enough to be one; PhuSongError where its unit was forgotten.

    >>> enough(5_000_000_000), enough(0)
    (5000000000, 0)
    """
    if 0 < vnd < _LEAST_BUDGET:
        raise PhuSongError(
            _("a budget of {vnd} đồng builds nothing").format(vnd=group_digits(vnd)),
            do=_("Write its unit: '{vnd} triệu' or '{vnd} tỷ'.").format(vnd=vnd),
        )
    return vnd


def parse_number(text: str) -> float:
    """A number with its thousands grouped or not; PhuSongError for anything else.

    >>> parse_number("500,000"), parse_number("1250.5")
    (500000.0, 1250.5)
    """
    clean = text.strip().replace(" ", "").replace("_", "")
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", clean):
        clean = re.sub("[.,]", "", clean)
    try:
        return float(clean.replace(",", "."))
    except ValueError:
        raise PhuSongError(
            _("not a number: {text}").format(text=repr(text)), do=_("Write it as 500000.")
        ) from None


def group_digits(number: float, language: str | None = None) -> str:
    """A whole number with its thousands grouped the way of the language.

    >>> group_digits(1250000, "vi"), group_digits(1250000, "en")
    ('1.250.000', '1,250,000')
    """
    text = f"{round(number):,}"
    return text.replace(",", ".") if (language or current_language()) == "vi" else text


def decimal(number: float, digits: int, language: str | None = None) -> str:
    """A number with `digits` decimals and the decimal mark of the language."""
    text = f"{number:,.{digits}f}"
    if (language or current_language()) == "vi":
        return text.translate(str.maketrans(",.", ".,"))
    return text


@dataclass(frozen=True)
class Currency:
    """What money is shown in, and how many đồng one of it is."""

    code: str = "VND"
    vnd: float = 1.0


_DONG = Currency()
_currency: ContextVar[Currency] = ContextVar("currency", default=_DONG)


def show_money_in(currency: Currency) -> None:
    """Show money in `currency` from now on."""
    _currency.set(currency)


@contextmanager
def money_in(currency: Currency) -> Iterator[None]:
    """Show money in `currency` within a block, whatever is said there."""
    before = _currency.set(currency)
    try:
        yield
    finally:
        _currency.reset(before)


def current_currency() -> Currency:
    """What money is shown in now."""
    return _currency.get()


def say_vnd(amount: float | None, language: str | None = None) -> str:
    """An amount of đồng for people, in what money is shown in: đồng are exact below a million, then triệu,
    then tỷ; others exact below 100 million.

    >>> say_vnd(1_250_000_000, "vi"), say_vnd(640_000_000, "vi"), say_vnd(1_250_000_000, "en")
    ('1,25 tỷ ₫', '640,0 triệu ₫', '1.25 billion ₫')
    """
    language = language or current_language()
    if amount is None or math.isnan(amount):
        return "–"
    shown = current_currency()
    if shown.code != "VND":
        return _say_foreign(amount / shown.vnd, shown.code, language)
    if abs(amount) >= 1e9:
        return f"{decimal(amount / 1e9, 2, language)} {'tỷ' if language == 'vi' else 'billion'} ₫"
    if abs(amount) >= 1e6:
        return f"{decimal(amount / 1e6, 1, language)} {'triệu' if language == 'vi' else 'million'} ₫"
    return f"{group_digits(amount, language)} ₫"


def say_usd(amount: float, language: str | None = None) -> str:
    """An amount of US dollars for people.

    >>> say_usd(1_250_000, "vi"), say_usd(1_250_000, "en")
    ('1.250.000 USD', '1,250,000 USD')
    """
    return f"{group_digits(amount, language)} USD"


def _say_foreign(amount: float, code: str, language: str) -> str:
    if abs(amount) >= 1e8:
        return f"{decimal(amount / 1e6, 1, language)} {'triệu' if language == 'vi' else 'million'} {code}"
    return f"{group_digits(amount, language)} {code}"


def say_distance(metres: float | None, language: str | None = None) -> str:
    """A distance for people: metres below 1 km, then kilometres.

    >>> say_distance(7104, "vi"), say_distance(350, "en")
    ('7,1 km', '350 m')
    """
    if metres is None or math.isnan(metres):
        return "–"
    whole = round(metres)
    return f"{whole} m" if whole < 1000 else f"{decimal(whole / 1000, 1, language)} km"


def exact_parts(whole: Decimal, shares: Sequence[float]) -> list[Decimal]:
    """`whole` in parts by `shares` (which sum to 1) that add up to it exactly: whole numbers in whole parts,
    others to three digits more than they have. The largest remainders are rounded up (Hamilton's method); of
    equal ones the first.

    >>> [str(part) for part in exact_parts(Decimal("10"), [1 / 3, 1 / 3, 1 / 3])]
    ['4', '3', '3']
    >>> [str(part) for part in exact_parts(Decimal("-0.5"), [0.25, 0.75])]
    ['-0.1250', '-0.3750']
    """
    exponent = min(int(whole.as_tuple().exponent), 0)
    digits = -exponent + 3 if exponent else 0
    units = int(abs(whole).scaleb(digits))
    wanted = [Fraction(share) for share in shares]
    total = sum(wanted) or Fraction(1)
    exact = [units * share / total for share in wanted]
    parts = [int(part) for part in exact]
    short = sorted(range(len(exact)), key=lambda at: (parts[at] - exact[at], at))
    for at in short[: units - sum(parts)]:
        parts[at] += 1
    sign = -1 if whole < 0 else 1
    return [Decimal(sign * part).scaleb(-digits) for part in parts]
