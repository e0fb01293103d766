"""Conferences of three levels: can the province, each district and each commune join, what is missing, what
that costs.

A unit joins from its office. What its line and room have is what is reported of them, never more: that fibre
is there, or passes by, says nothing of its speed. A connection that the funded plan builds and that meets the
video target settles the line; the room's equipment is priced here and is not in the plan's money.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phusong.bycommune import money_by_site
from phusong.costs import LEVELS as PRICE_LEVELS
from phusong.costs import MONEY, Horizon, Price, Prices, money, price
from phusong.domain import (
    CONFERENCE,
    GAP,
    LEVELS,
    OK,
    ONE_AREA,
    STATUSES,
    UNKNOWN,
    conform,
    empty,
)
from phusong.options import CONNECTIONS
from phusong.readers.answers import with_answers
from phusong.study import Study, Targets
from phusong.units import fold
from phusong.video import ASKED, FIGURES, LINE, PARTS, built_options, video_parts, video_ready

SHEET = "conference"
_OFFICES = {level: f"office_{level}" for level in LEVELS}
_UNIT = ["level", "unit_code", "vintage", "unit_name", "site_id"]


@dataclass(frozen=True)
class Terms:
    """What a conference asks for and costs: targets, prices of the sheet `conference`, the years that costs
    are counted over, the vintage of the study's units, and the date of its reports."""

    targets: Targets
    prices: Mapping[str, Price]
    horizon: Horizon
    vintage: str = ""
    report_date: str = ""


def terms_of(study: Study, prices: Prices) -> Terms:
    """The terms of a study."""
    horizon = Horizon(study.plan.years, study.plan.discount_rate)
    return Terms(study.targets, prices[SHEET], horizon, study.vintage, study.report_date)


def find_conference(tables: Mapping[str, pd.DataFrame], terms: Terms) -> pd.DataFrame:
    """CONFERENCE, a row a unit, from the tables of a run: `communes`, `sites`, `commune_status`, `options`,
    `investments`."""
    sites = tables["sites"]
    offices = sites[sites["kind"].isin(_OFFICES.values())].sort_values("site_id", ignore_index=True)
    units = _units(tables["communes"], tables["commune_status"], offices, terms.vintage)
    if units.empty:
        return empty(CONFERENCE)
    out = _with_today(units, offices, terms)
    out = _with_plan(out, sites, tables["options"], tables["investments"])
    return conform(_with_prices(out, terms), CONFERENCE)


def _units(communes: pd.DataFrame, status: pd.DataFrame, sites: pd.DataFrame, vintage: str) -> pd.DataFrame:
    """The units and the office that joins for each; without communes each office stands for itself."""
    if status["commune_code"].tolist() == [ONE_AREA]:
        rows: list[tuple[str | None, ...]] = [
            (level, site.site_id, None, site.name, site.site_id)
            for level, kind in _OFFICES.items()
            for site in sites[sites["kind"] == kind][["site_id", "name"]].itertuples(index=False)
        ]
        return pd.DataFrame(rows, columns=_UNIT)
    listed = communes.drop_duplicates("commune_code")
    listed = listed[listed["commune_code"].isin(status["commune_code"])]
    own = vintage or max(listed["vintage"].dropna(), default="") or None
    centres = zip(status["commune_code"], status["name"], status["centre_site_id"], strict=True)
    rows = [("commune", code, own, name, site) for code, name, site in centres]
    for level, columns in (("province", ["province"]), ("district", ["province", "district"])):
        named = listed.assign(**{name: listed[name].fillna("") for name in columns})
        named = named[named[level] != ""]
        for names, group in named.groupby(columns, sort=True):
            office = _office(sites, _OFFICES[level], group["commune_code"], names[-1])
            rows.append((level, "/".join(n for n in names if n), own, names[-1], office))
    return pd.DataFrame(rows, columns=_UNIT)


def _office(sites: pd.DataFrame, kind: str, codes: Iterable[str], unit: str) -> str | None:
    """The unit's office among the sites in its communes: one that bears its name first, then by id."""
    here = sites[(sites["kind"] == kind) & sites["commune_code"].isin(set(codes))]
    bears = [fold(unit) in fold(name) for name in here["name"]]
    ordered = sorted(zip([not b for b in bears], here["site_id"], strict=True))
    return str(ordered[0][1]) if ordered else None


def _with_today(units: pd.DataFrame, sites: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """The units with the status of each part, whether they can join, and the date of what says so. `said` is
    the report on the whole."""
    parts = video_parts(sites, terms.targets)
    known = parts.assign(
        ready=video_ready(parts, sites["video_reported"]),
        date=_dates(sites, terms.report_date),
        said=sites["video_reported"],
    ).set_index(sites["site_id"])
    known = known[~known.index.duplicated()].reindex(units["site_id"]).reset_index(drop=True)
    known[[*PARTS, "ready"]] = known[[*PARTS, "ready"]].fillna(UNKNOWN)
    return _with_lacks(units.reset_index(drop=True).join(known))


def _with_lacks(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with what is missing and what is not known, in words of `PARTS`."""
    return rows.assign(
        missing=_listed(rows, PARTS, GAP),
        not_known=_listed(rows, ASKED, UNKNOWN),
    )


def _listed(rows: pd.DataFrame, parts: Iterable[str], status: str) -> list[str | None]:
    named = [(part, (rows[part] == status).to_numpy()) for part in parts]
    return [";".join(part for part, has in named if has[i]) or None for i in range(len(rows))]


def _dates(sites: pd.DataFrame, study_date: str) -> pd.Series:
    """The date of the latest evidence of each site; empty where nothing is known or no date is given."""
    listed, said = _report_dates(sites, study_date)
    figures = [c for c in (*FIGURES.values(), "video_room") if c in sites]
    by_list = listed.where(sites[figures].notna().any(axis=1))
    by_answer = said.where(sites["video_reported"].notna())
    latest = pd.concat([by_list, by_answer], axis=1).fillna("").max(axis=1)
    return latest.mask(latest == "").astype("str")


def _report_dates(sites: pd.DataFrame, study_date: str) -> tuple[pd.Series, pd.Series]:
    """The date of a site's row in its list, and that of the report on its conferences."""
    listed = sites["report_date"].fillna(study_date or np.nan).astype("str")
    own = sites.get("video_report_date", pd.Series(None, index=sites.index, dtype="str"))
    return listed, own.fillna(listed)


def _with_plan(
    rows: pd.DataFrame, sites: pd.DataFrame, options: pd.DataFrame, investments: pd.DataFrame
) -> pd.DataFrame:
    """The rows with what the funded plan changes, from which year, and its share of the connection."""
    built = built_options(options, investments)
    settled = rows["site_id"].isin(built.loc[built["meets_video"], "site_id"])
    line = line_status(rows)
    # Reported as unable although the room is equipped: it can only be the line.
    unable = (rows["said"] == "no") & (rows["equipment"] == OK)
    waits = settled & ((line != OK) | unable)
    money_of, year_of = _connections(rows["site_id"], sites, options, investments)
    return rows.assign(
        ready_with_plan=line.mask(unable, GAP).mask(settled, OK),
        from_year=rows["site_id"].map(year_of).astype("Int64").where(waits),
        connection_capex_vnd=rows["site_id"].map(money_of).astype("Int64"),
    )


def line_status(rows: pd.DataFrame) -> pd.Series:
    """The status of the whole line: a gap where a part of it is, ok where all that is asked is there."""
    asked = [part for part in LINE if part in ASKED]
    out = pd.Series(UNKNOWN, index=rows.index, dtype="str").mask((rows[asked] == OK).all(axis=1), OK)
    return out.mask((rows[list(LINE)] == GAP).any(axis=1), GAP)


def _connections(
    offices: pd.Series, sites: pd.DataFrame, options: pd.DataFrame, investments: pd.DataFrame
) -> tuple[dict[str, int], dict[str, int]]:
    """By office that the funded plan connects: its share of the CAPEX, and the year in which that is done."""
    funded = investments[investments["funded"] & investments["closes"].isin(CONNECTIONS)]
    wanted = set(offices.dropna())
    some = [bool(wanted.intersection(ids.split(";"))) for ids in funded["site_ids"]]
    funded = funded[np.array(some, dtype=bool)]
    parts = money_by_site(funded, options, sites)
    years = {
        site: int(year)
        for ids, year in zip(funded["site_ids"], funded["finished_year"], strict=True)
        if pd.notna(year)
        for site in ids.split(";")
    }
    return dict(zip(parts["site_id"], parts["capex_vnd"], strict=True)), years


def _with_prices(rows: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """The rows with the price of the room's equipment where it is missing or not known to be there."""
    rooms = {level: room_money(level, terms) for level in sorted(set(rows["level"]))}
    needs = (rows["equipment"] != OK).to_numpy()
    return rows.assign(
        **{
            f"equipment_{name}": np.where(needs, [rooms[level][name] for level in rows["level"]], 0)
            for name in MONEY
        }
    )


def room_money(level: str, terms: Terms) -> dict[str, int]:
    """The money columns of one room of a level, in whole đồng: its system and the installation."""
    figures = [price(terms.prices, SHEET, name) for name in (f"equipment_{level}", "installation")]
    capex = {at: np.array([sum(figure.at(at) for figure in figures)]) for at in PRICE_LEVELS}
    opex = capex["value"] * price(terms.prices, SHEET, "opex_share").value
    life = price(terms.prices, SHEET, "life_years").value
    return {name: int(column[0]) for name, column in money(capex, opex, terms.horizon, life).items()}


def sites_known_by(sites: pd.DataFrame, reports: pd.DataFrame, day: str, study_date: str) -> pd.DataFrame:
    """SITES with nothing of conferences that is dated after `day` (2021, 2021-07 or 2021-07-15), and with the
    answers of REPORTS up to then. A year or month is over at its end: 2021 is not yet known on 2021-07-15.
    What bears no date is not known to be as old as that.

    What a list said before a later answer took its place is not kept in the tables, and so not known.
    """
    listed, said = _report_dates(sites, study_date)
    columns = [c for c in (*FIGURES.values(), "video_room") if c in sites]
    out = sites.copy()
    late = ~_by(listed, day)
    for column in columns:
        out[column] = out[column].where(~late)
    out["video_reported"] = out["video_reported"].where(_by(said, day))
    answers = reports[_by(reports["report_date"], day)]
    return with_answers(out, answers, study_date)[0]


def _by(dates: pd.Series, day: str) -> pd.Series:
    """Which dates are over by the end of `day`; an empty one is not."""
    end = _end(day)
    return dates.map(lambda date: isinstance(date, str) and date != "" and _end(date) <= end).astype(bool)


def _end(date: str) -> str:
    """A text that sorts as the end of the date does.

    >>> _end("2021-07-15") < _end("2021-07") < _end("2021") < _end("2022-01-01")
    True
    """
    return (date + "-99-99")[:10]


def conference_by_units(conference: pd.DataFrame, units: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """CONFERENCE by the communes of the other date (UNIT_STATUS of `admin.roll_up_units`): what all offices
    of the communes in a unit have or lack; where they differ, or a part of the unit is beyond the study, it
    is not known, because any of them may be its own. A unit is one room, whatever it is made of."""
    own = conference[conference["level"] == "commune"].set_index("unit_code")
    rows = [_unit(unit, own) for unit in units.to_dict("records")]
    if not rows:
        return empty(CONFERENCE)
    out = _with_lacks(pd.DataFrame(rows))
    return conform(_with_prices(out, terms), CONFERENCE)


def _unit(unit: Mapping[str, object], own: pd.DataFrame) -> dict[str, object]:
    shares = [float(share) for share in str(unit["shares"]).split(";")]
    codes = [c for c, share in zip(str(unit["parts"]).split(";"), shares, strict=True) if share > 0]
    here = own.reindex(codes)
    sure = 1.0 in shares and not isinstance(unit["outside"], str)
    alone = sure and len(here) == 1
    years = here["from_year"].dropna()
    out: dict[str, object] = {
        "level": "commune",
        "unit_code": unit["unit_code"],
        "vintage": unit["vintage"],
        "unit_name": unit["name"],
        "site_id": here["site_id"].iloc[0] if alone else None,
        "date": max((d for d in here["date"] if isinstance(d, str)), default=None),
        "connection_capex_vnd": here["connection_capex_vnd"].iloc[0] if alone else pd.NA,
    }
    for column in ("ready", "ready_with_plan", *PARTS):
        said = set(here[column])
        out[column] = said.pop() if sure and len(said) == 1 and said <= set(STATUSES) else UNKNOWN
    out["from_year"] = max(years) if len(years) and out["ready_with_plan"] == OK else pd.NA
    return out
