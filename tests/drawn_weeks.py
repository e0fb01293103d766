"""Eight weeks of a drawn province, generated from a fixed seed: who reported what, when, and what is true.

Twelve communes in three districts, five sites each. Reports come in time, late, not at all, twice with
different answers, corrected, dated in the future or long ago; some do not say when they came in. One site is
added, one goes, one Friday is a holiday and one week nobody took a snapshot. `Truth` counts all this again in
plain Python, without the package.
"""

import csv
import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from conftest import feature, square, write_geojson

VN = timezone(timedelta(hours=7))
SERVICES = ("fibre", "wifi", "mobile", "video")
FRIDAYS = [date(2026, 10, 2) + timedelta(days=7 * k) for k in range(8)]
HOLIDAY, NO_SNAPSHOT = FRIDAYS[2], FRIDAYS[4]
ADDED, GONE = "S61", "S07"
DISTRICTS = ("Đông", "Êa", "Tây")


@dataclass(frozen=True)
class Row:
    """A row of the table of reports; `came` is when it came in, `stated` whether the table says so."""

    site: str
    day: str
    by: str
    answers: tuple[tuple[str, str], ...]
    came: datetime
    stated: bool = True

    @property
    def key(self) -> tuple[str, str, str, tuple]:
        return self.site, self.day, self.by, self.answers


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=VN)


def communes() -> dict[str, str]:
    """Code → district."""
    return {f"{i + 1:05d}": DISTRICTS[i // 4] for i in range(12)}


def sites_in(week: int) -> dict[str, str]:
    """Site → commune in a week (0 …)."""
    codes = list(communes())
    listed = {f"S{i + 1:02d}": codes[i % 12] for i in range(60)}
    if week >= 3:
        listed[ADDED] = codes[0]
    if week >= 5:
        del listed[GONE]
    return listed


def base(site: str) -> dict[str, str]:
    """What the list of sites says, dated 1 September."""
    draw = random.Random(f"base {site}")
    return {s: draw.choice(("yes", "no", "no", "")) for s in SERVICES}


def generate(seed: int = 2026) -> list[Row]:
    """All rows of the eight weeks."""
    draw = random.Random(seed)
    rows: list[Row] = []
    taken: set[tuple[str, str, str]] = set()

    def add(site: str, day: date | str, came: datetime, by: str = "", stated: bool = True) -> None:
        asked = draw.sample(SERVICES, draw.choice((1, 1, 2)))
        answers = tuple(sorted((s, draw.choice(("yes", "yes", "no"))) for s in asked))
        said = day if isinstance(day, str) else day.isoformat()
        if (site, said, by) not in taken:  # the table keeps one row a site, day, person and answers
            taken.add((site, said, by))
            rows.append(Row(site, said, by, answers, came, stated))

    for k, friday in enumerate(FRIDAYS):
        by_commune = defaultdict(list)
        for site, code in sites_in(k).items():
            by_commune[code].append(site)
        for code in communes():
            fate = draw.random()
            if fate < 0.12:
                continue
            for site in sorted(draw.sample(by_commune[code], draw.choice((1, 2, 3)))):
                day = friday - timedelta(days=draw.choice((0, 0, 1, 2, 3, 5)))
                late = fate < 0.3
                came = (
                    at(friday, 10, 1) + timedelta(minutes=draw.randrange(3000))
                    if late
                    else at(day, 8, draw.randrange(60))
                )
                add(site, day, came, f"CB {code}", draw.random() < 0.8)
                luck = draw.random()
                if luck < 0.14:  # the same day, later, another answer: a correction
                    add(site, day, came + timedelta(minutes=30), f"PCT {code}")
                elif luck < 0.20:  # the same day at the same moment: nobody can tell
                    add(site, day, came, f"PCT {code}")
                elif luck < 0.26:  # another day of the week
                    add(site, day - timedelta(days=1), came, f"CB {code}")
                elif luck < 0.30:
                    add(site, came.date() + timedelta(days=draw.choice((2, 12))), came, f"CB {code}")
                elif luck < 0.34 and k:
                    add(site, friday - timedelta(days=draw.choice((24, 40))), came, f"CB {code}")
                elif luck < 0.38:
                    add(site, friday.isoformat()[:7], came, f"CB {code}")
    return rows


@dataclass
class Drawn:
    """The study on disk, week by week."""

    folder: Path
    rows: list[Row] = field(default_factory=generate)

    def write(self, week: int, now: datetime, weekly: str = "") -> Path:
        """The study as it is at `now` in a week (0 …): the list of that week, the reports that have come
        in."""
        self.folder.mkdir(exist_ok=True)
        cells = list(communes().items())
        write_geojson(
            self.folder / "communes.geojson",
            [
                feature(
                    square(107 + 0.1 * (i % 4), 15 + 0.1 * (i // 4)),
                    code=code,
                    name=f"Xã {code[-2:]}",
                    district=district,
                    population=1000,
                )
                for i, (code, district) in enumerate(cells)
            ],
        )
        with (self.folder / "sites.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["site_id", "name", "kind", "commune_code", "lon", "lat", *SERVICES, "report_date"])
            for n, (site, code) in enumerate(sites_in(week).items()):
                i = list(communes()).index(code)
                lon, lat = 107.02 + 0.1 * (i % 4) + 0.01 * (n // 12), 15.05 + 0.1 * (i // 4)
                kind = "UBND" if n < 12 else "Trạm Y tế"
                out.writerow([site, f"Điểm {site}", kind, code, lon, lat, *base(site).values(), "2026-09-01"])
        with (self.folder / "reports.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["site_id", "report_date", "reported_by", *SERVICES, "received_at"])
            for row in self.there(week, now):
                said = dict(row.answers)
                came = f"{row.came:%Y-%m-%d %H:%M:%S}" if row.stated else ""
                out.writerow([row.site, row.day, row.by, *(said.get(s, "") for s in SERVICES), came])
        study = self.folder / "study.toml"
        study.write_text(
            f"""
title = "Tỉnh vẽ"
language = "vi"
[inputs]
communes = "communes.geojson"
sites = "sites.csv"
reports = "reports.csv"
[weekly]
skip = ["{HOLIDAY}"]
{weekly}
[weekly.targets]
fibre = {{ percent = 90, by = "2026-12-31" }}
wifi = {{ percent = 50, by = 2026-10-30 }}
""",
            encoding="utf-8",
        )
        return study

    def there(self, week: int, now: datetime) -> list[Row]:
        """The rows that are in the table at `now`."""
        listed = sites_in(week)
        return [row for row in self.rows if row.came <= now and row.site in listed]


@dataclass
class Truth:
    """What the figures must be, counted from the rows; `looks` are the moments at which a snapshot was taken,
    each with its week."""

    rows: list[Row]
    looks: list[tuple[datetime, int]] = field(default_factory=list)

    def as_known(self, now: datetime) -> list[Row]:
        """The rows with the moment that the program can know: the first look where the table says none."""
        out = []
        for row in self.rows:
            seen = [look for look, week in self.looks if look >= row.came and row.site in sites_in(week)]
            if seen and seen[0] <= now:
                out.append(row if row.stated else replace(row, came=seen[0]))
        return out

    def status(self, week: int, now: datetime, day: date) -> dict[str, dict[str, str]]:
        """Site → service → status at `day` of the rows that were there at `now`."""
        out = {}
        there = [row for row in self.rows if row.came <= now and row.day <= day.isoformat()]
        for site in sites_in(week):
            out[site] = {}
            for service in SERVICES:
                said: dict[str, list[tuple[datetime | None, str]]] = defaultdict(list)
                if base(site)[service]:
                    said["2026-09-01"].append((None, base(site)[service]))
                for row in there:
                    if row.site == site and service in dict(row.answers):
                        said[row.day].append((row.came if row.stated else None, dict(row.answers)[service]))
                out[site][service] = "unknown"
                for then in sorted(said, reverse=True):
                    answers = said[then]
                    if all(moment for moment, _value in answers):
                        last = max(moment for moment, _value in answers)
                        answers = [a for a in answers if a[0] == last]
                    values = {value for _moment, value in answers}
                    if len(values) == 1:
                        out[site][service] = {"yes": "ok", "no": "gap"}[values.pop()]
                        break
        return out

    def period(self, week: int) -> tuple[str, str]:
        """First and last day of the reports of a week: after a holiday they are those of two weeks."""
        weeks = 2 if FRIDAYS[week] - timedelta(days=7) == HOLIDAY else 1
        return (FRIDAYS[week] - timedelta(days=7 * weeks - 1)).isoformat(), FRIDAYS[week].isoformat()

    def units(self, week: int, now: datetime) -> dict[str, str]:
        """Commune → what it has done."""
        if FRIDAYS[week] == HOLIDAY:
            return dict.fromkeys(communes(), "not_due")
        start, end = self.period(week)
        deadline, out = at(FRIDAYS[week], 10), {}
        of_site = sites_in(0) | sites_in(7)
        for code in communes():
            moments = [
                row.came
                for row in self.as_known(now)
                if of_site[row.site] == code
                and len(row.day) == 10
                and start <= row.day <= end
                and row.day <= row.came.date().isoformat()
            ]
            early = any(moment <= deadline for moment in moments)
            out[code] = "on_time" if early else "late" if moments else "missing" if now > deadline else "due"
        return out
