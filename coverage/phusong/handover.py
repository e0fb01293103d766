"""What a study says of those who report and receive: [indicators], [report], [weekly], [sharing].

None of it changes a plan, so none is part of the question that names a run.
"""

import re
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from phusong.errors import PhuSongError
from phusong.language import _
from phusong.strict import Strict
from phusong.units import fold


def _as_day(value: str) -> str:
    """A day such as 2026-02-05, or "" for none."""
    return date.fromisoformat(value).isoformat() if value else value


#: Code of a province (2 digits), district (3) or commune (5).
UnitCode = Annotated[str, Field(pattern=r"^(\d{2}|\d{3}|\d{5})$")]
Day = Annotated[str, AfterValidator(_as_day)]


class Indicator(Strict):
    """What is counted by unit and date: [indicators.NAME], those of data/indicators.toml, each with its
    source, and the study's own."""

    name_vi: str = Field(min_length=1)
    name_en: str = ""
    #: What counts, in English.
    meaning: str = ""
    #: done: a unit has it or not, and units are counted; amount: what units report is added up.
    kind: Literal["done", "amount"] = "done"
    #: "14/18", or "5 %".
    shown: Literal["count", "percent"] = "count"
    #: Levels whose units report it; each has a figure of its own.
    levels: Annotated[tuple[Literal["province", "district", "commune"], ...], Field(min_length=1)]
    #: Which units are asked: all of the study's, or their codes (names too, where no list has them).
    units: Literal["all"] | dict[UnitCode, str] | tuple[UnitCode, ...] = "all"
    #: How many units are asked, where it is not said which.
    of: int | None = Field(default=None, ge=1)
    source: str = ""
    date: str = Field(default="", pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$")

    @model_validator(mode="after")
    def _of_one_level(self) -> "Indicator":
        if self.of is not None and (self.units != "all" or len(self.levels) != 1):
            raise ValueError("`of` goes with one level and without `units`")
        return self

    def name(self, language: str) -> str:
        """Its name; the Vietnamese one where it has no other."""
        return self.name_en if language == "en" and self.name_en else self.name_vi


class Report(Strict):
    """Who writes the report, as its first page and its end say it (Decree 30/2020/NĐ-CP). What is left out is
    shown as «…», to be filled in by hand."""

    #: The body above the issuing one, such as "UBND thành phố Đà Nẵng".
    upper_body: str = ""
    body: str = ""
    #: Number and symbol: "12/BC-SKHCN".
    number: str = ""
    place: str = ""
    date: Day = ""
    signer_title: str = ""
    signer_name: str = ""
    recipients: tuple[str, ...] = ()
    #: The department's own Word template; the run keeps a copy.
    template: str = ""


class WeekTime(Strict):
    """A time of the week in Viet Nam, such as Friday 10:00; Monday is weekday 0."""

    weekday: int = Field(ge=0, le=6)
    at: time


_WEEKDAYS = {
    fold(word): place
    for place, words in enumerate(
        (
            ("monday", "thứ hai", "thứ 2"),
            ("tuesday", "thứ ba", "thứ 3"),
            ("wednesday", "thứ tư", "thứ 4"),
            ("thursday", "thứ năm", "thứ 5"),
            ("friday", "thứ sáu", "thứ 6"),
            ("saturday", "thứ bảy", "thứ 7"),
            ("sunday", "chủ nhật", "CN"),
        )
    )
    for word in words
}


def _as_week_time(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*(.+?)[\s,]+(\d{1,2})[:hg](\d{2})\s*", value)
    weekday = _WEEKDAYS.get(fold(match[1])) if match else None
    if match is None or weekday is None or int(match[2]) > 23 or int(match[3]) > 59:
        raise PhuSongError(
            _("{text} is no day and time of a week").format(text=repr(value)),
            where="[weekly]",
            do=_('Write it as "friday 10:00".'),
        )
    return WeekTime(weekday=weekday, at=time(int(match[2]), int(match[3])))


AtWeekTime = Annotated[WeekTime, BeforeValidator(_as_week_time)]


class Goal(Strict):
    """So many per cent of the sites are to have a service by a day."""

    percent: float = Field(gt=0, le=100)
    by: date


class Weekly(Strict):
    """The weekly cycle: who reports by when, and where the history is kept."""

    #: A file seen from the study's folder, or "postgresql:schema"; where the database is says
    #: PHUSONG_POSTGIS.
    history: str = Field(default="history.sqlite", min_length=1)
    #: Who must report: all communes, the districts that the communes name, or communes by their codes.
    units: Literal["communes", "districts"] | tuple[str, ...] = "communes"
    #: When reports are due, and when the province sums up, in the time of Viet Nam.
    deadline: AtWeekTime = WeekTime(weekday=4, at=time(10))
    summary: AtWeekTime = WeekTime(weekday=4, at=time(15))
    #: Days (holidays); when the day of the deadline is one of them, no report is due in that week.
    skip: tuple[date, ...] = ()
    targets: dict[Literal["fibre", "wifi", "mobile", "video"], Goal] = {}

    @model_validator(mode="after")
    def _sums_up_after_the_deadline(self) -> "Weekly":
        if (self.summary.weekday, self.summary.at) < (self.deadline.weekday, self.deadline.at):
            raise PhuSongError(
                _("the summary is before the deadline"),
                where="[weekly]",
                do=_("Both are of one week, Monday to Sunday: put summary at or after deadline."),
            )
        return self


Whose = Literal["own", "nobody", "others"]


class Sharing(Strict):
    """What a partner sees of a run. Defaults come from data/sharing.toml, which explains each key."""

    tables: tuple[str, ...]
    networks: tuple[Whose, ...]
    investments: tuple[Whose, ...]
    sites: Literal["all", "planned"]
    communes: tuple[str, ...]
    #: As "table.column"; only columns that may be empty.
    hide_columns: tuple[str, ...]
    #: Of a degree, for points and lines.
    decimals: int = Field(ge=1, le=6)
