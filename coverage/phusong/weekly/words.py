"""The words of the weekly figures, for screen, tables and picture."""

from datetime import date, datetime

from babel.dates import format_date

from phusong.language import _, _m, current_language
from phusong.moments import say_date
from phusong.units import decimal, group_digits
from phusong.weekly.calendar import Week
from phusong.wording import LEVEL_NAMES, MOBILE_CLASS_NAMES, SERVICE_NAMES, say

CHANGE_WORDS = {
    "gained": _m("gained"),
    "lost": _m("lost"),
    "corrected": _m("other change"),
    "new": _m("new in the list"),
    "gone": _m("no longer in the list"),
}
STATE_WORDS = {
    "on_time": _m("on time"),
    "late": _m("late"),
    "missing": _m("not reported"),
    "due": _m("not yet"),
    "not_due": _m("not due"),
}
REPORT_WORDS = {
    "contradicting": _m("contradict each other"),
    "corrected": _m("corrected"),
    "late": _m("came late"),
    "after_summary": _m("came after the summary"),
    "late_last_week": _m("late, of the week before"),
    "future": _m("dated after it came in"),
    "old": _m("of an older week"),
    "no_day": _m("dated without a day"),
    "withdrawn": _m("taken out of the list"),
}
LEVEL_WORDS = {
    "all": _m("All"),
    **LEVEL_NAMES,
    "unit": _m("Unit of the other date"),
}
VERDICT_WORDS = {
    "reached": _m("reached"),
    "missed": _m("missed"),
    "on_pace": _m("on pace"),
    "behind": _m("behind"),
    "not_known": _m("not known yet"),
}
BASIS_WORDS = {"stated": _m("as the list says"), "first_seen": _m("first seen by this program")}
CLOSES_WORDS = {
    **SERVICE_NAMES,
    "connection": _m("Another connection"),
}


def say_day(day: date | str, language: str | None = None) -> str:
    """A day as people write it.

    >>> say_day(date(2026, 11, 27), "vi")
    '27/11/2026'
    """
    return say_date(day if isinstance(day, str) else day.isoformat(), language or current_language())


def say_deadline(moment: datetime, language: str | None = None) -> str:
    """A moment of the week.

    >>> from phusong.moments import VIETNAM_TIME
    >>> say_deadline(datetime(2026, 11, 27, 10, tzinfo=VIETNAM_TIME), "vi")
    '10:00 Thứ Sáu 27/11/2026'
    """
    language = language or current_language()
    weekday = format_date(moment, "EEEE", locale=language)
    return f"{moment:%H:%M} {weekday} {say_day(moment.date(), language)}"


def say_came(moment: str | None, basis: str | None = "stated") -> str:
    """Day and time in figures at which a report came in; what was first seen then came then or before.

    >>> say_came("2026-11-27T09:30:00+07:00"), say_came("2026-11-27T15:00:00+07:00", "first_seen")
    ('27/11/2026 09:30', '≤ 27/11/2026 15:00')
    """
    if not moment:
        return ""
    return ("≤ " if basis == "first_seen" else "") + f"{datetime.fromisoformat(moment):%d/%m/%Y %H:%M}"


def say_count(number: float | None) -> str:
    """A count, with decimals only where it is shared out; "–" for none."""
    if number is None:
        return "–"
    return group_digits(number) if float(number).is_integer() else decimal(number, 2)


def say_more(number: float | None) -> str:
    """How many more or fewer, with a sign; "–" where it cannot be told.

    >>> say_more(2), say_more(-1), say_more(0), say_more(None)
    ('+2', '−1', '0', '–')
    """
    if number is None:
        return "–"
    return ("+" if number > 0 else "−" if number < 0 else "") + say_count(abs(number))


def say_week(week: Week) -> str:
    """The days whose reports are the week's."""
    return _("reports of {start} to {day}").format(start=say_day(week.start), day=say_day(week.day))


def say_answers(said: str, service: str = "") -> str:
    """What reports say of services, or at dates of one `service`, in words.

    >>> say_answers("fibre=yes; mobile=weak"), say_answers("2026-11-26=no; 2026-11-27=yes", "fibre")
    ('Fibre: yes; Mobile 4G/5G: weak signal', '26 November 2026: no; 27 November 2026: yes')
    """
    parts = (part.split("=") for part in said.split("; ") if part)
    return "; ".join(
        _answer(part[0]) if len(part) == 1 else f"{_asked(part[0], service)}: {_answer(part[1])}"
        for part in parts
    )


def _asked(what: str, service: str) -> str:
    return say_day(what) if service else say(SERVICE_NAMES, what)


def _answer(code: str) -> str:
    return _("yes") if code == "yes" else _("no") if code == "no" else say(MOBILE_CLASS_NAMES, code)
