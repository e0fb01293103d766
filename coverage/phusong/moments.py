"""Days and moments as people of Viet Nam write them: one time zone all year, weeks and clocks of offices."""

from datetime import UTC, datetime, timedelta, timezone

from babel.dates import format_date, format_datetime

#: Viet Nam keeps one time all year (Asia/Ho_Chi_Minh).
VIETNAM_TIME = timezone(timedelta(hours=7))


def now() -> datetime:
    """This moment in Viet Nam, to the second."""
    return datetime.now(VIETNAM_TIME).replace(microsecond=0)


def say_date(day: str, language: str) -> str:
    """A date of the tables, to the year, month or day, as people write it.

    >>> say_date("2021-08", "vi"), say_date("2021-08-15", "vi"), say_date("2021-08-15", "en")
    ('08/2021', '15/08/2021', '15 August 2021')
    """
    pattern = {
        4: "y",
        7: "MM/y" if language == "vi" else "MMMM y",
        10: "dd/MM/y" if language == "vi" else "d MMMM y",
    }
    if len(day) not in pattern:
        return day
    full = datetime.strptime((day + "-01-01")[:10], "%Y-%m-%d")
    return format_date(full, pattern[len(day)], locale=language)


def say_moment(moment: str, language: str, abroad: bool = False) -> str:
    """The date and time in Viet Nam (`abroad`: of UTC) at which something was made, as people write it.

    >>> say_moment("2026-02-01T08:30:00+07:00", "vi"), say_moment("2026-02-01T08:30:00+07:00", "en")
    ('01/02/2026 08:30', '1 February 2026 08:30')
    """
    if not moment:
        return ""
    pattern = "dd/MM/y HH:mm" if language == "vi" else "d MMMM y HH:mm"
    made = datetime.fromisoformat(moment).astimezone(UTC if abroad else VIETNAM_TIME)
    return format_datetime(made, pattern, locale=language) + (" UTC" if abroad else "")


def vietnamese_day(moment: str) -> str:
    """The day in Viet Nam on which something was made.

    >>> vietnamese_day("2026-02-01T20:30:00+00:00")
    '2026-02-02'
    """
    return datetime.fromisoformat(moment).astimezone(VIETNAM_TIME).date().isoformat()
