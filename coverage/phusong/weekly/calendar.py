"""Weeks of reporting: from the day after one deadline's day to the day of the next."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from phusong.handover import Weekly, WeekTime
from phusong.moments import VIETNAM_TIME

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """A week, named by the day of its deadline. Reports dated from `start` to `day` are its own. In a week
    that is `skipped` none is due, and the next one takes its reports too."""

    day: date
    start: date
    deadline: datetime
    summary: datetime
    skipped: bool

    @cached_property
    def name(self) -> str:
        """The day of its deadline, as tables say it."""
        return self.day.isoformat()

    @cached_property
    def first_day(self) -> str:
        """Its first day, the same."""
        return self.start.isoformat()

    @property
    def last_day(self) -> date:
        """The last day (Sunday) that people call this week."""
        return self.day + timedelta(days=6 - self.day.weekday())


def week_of(day: date, settings: Weekly) -> Week:
    """The week, Monday to Sunday, that `day` is in.

    >>> week = week_of(date(2026, 11, 25), Weekly())
    >>> str(week.start), week.name, week.deadline.isoformat()
    ('2026-11-21', '2026-11-27', '2026-11-27T10:00:00+07:00')
    """
    monday = day - day.weekday() * _DAY
    due = monday + settings.deadline.weekday * _DAY
    before = due - _WEEK
    while before in settings.skip:
        before -= _WEEK
    return Week(
        day=due,
        start=before + _DAY,
        deadline=_moment(monday, settings.deadline),
        summary=_moment(monday, settings.summary),
        skipped=due in settings.skip,
    )


def week_before(week: Week, settings: Weekly) -> Week:
    """The last week before it whose reports were due."""
    return week_of(week.start - _DAY, settings)


def weeks_between(first: date, last: Week, settings: Weekly) -> list[Week]:
    """All weeks from that of `first` to `last`, skipped ones too."""
    weeks = [week_of(first, settings)]
    while weeks[-1].day < last.day:
        weeks.append(week_of(weeks[-1].day + _WEEK, settings))
    return weeks


def week_of_report(day: date, settings: Weekly) -> Week:
    """The week whose own a report of `day` is.

    >>> week_of_report(date(2026, 11, 28), Weekly()).name
    '2026-12-04'
    """
    week = week_of(day, settings)
    while week.skipped or day > week.day:
        week = week_of(week.day + _WEEK, settings)
    return week


def _moment(monday: date, said: WeekTime) -> datetime:
    return datetime.combine(monday + said.weekday * _DAY, said.at, VIETNAM_TIME)
