"""Answers to the survey laid over the list of sites: for each site and service the latest report counts."""

import pandas as pd

from phusong.domain import SERVICES, Finding
from phusong.language import _


def with_answers(
    sites: pd.DataFrame, reports: pd.DataFrame, study_date: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """The sites with the latest report in each `…_reported` and its date in `…_report_date`, and what is
    unclear: answers for no site, or of one date that contradict each other.

    What the list says is as old as its own date, or the study's; without both, older than any answer. Where
    the answers of the latest date contradict each other, the one that came in last counts if all say when
    they came in; else none of them does, but the report before them.
    """
    sites = sites.copy()
    known = pd.Series(sites.index, index=sites["site_id"])
    known = known[~known.index.duplicated(keep=False)]
    findings = list(_of_no_site(reports, set(sites["site_id"].dropna())))
    listed = sites["report_date"].fillna(study_date or "")
    for service in SERVICES:
        value, date = f"{service}_reported", f"{service}_report_date"
        if date not in sites:
            sites[date] = pd.Series(None, index=sites.index, dtype="str")
        answers = reports[reports[value].notna() & reports["site_id"].isin(known.index)]
        for site_id, rows in sorted(answers.groupby("site_id")):
            at = known[site_id]
            came = rows["received_at"] if "received_at" in rows else pd.Series(None, index=rows.index)
            said = {
                (str(d), str(v), str(when))
                for d, v, when in zip(
                    rows["report_date"].fillna(""), rows[value], came.astype("object").fillna(""), strict=True
                )
            }
            own = sites.loc[at, value]
            if pd.notna(own):
                own_date = sites.loc[at, date]
                said.add((str(listed[at] if pd.isna(own_date) else own_date), str(own), ""))
            latest, unclear = _latest(said)
            findings += [_contradiction(service, site_id, day, rows) for day in unclear]
            sites.loc[at, [value, date]] = [latest[1], latest[0] or None] if latest else [None, None]
    return sites, findings


def _latest(said: set[tuple[str, str, str]]) -> tuple[tuple[str, str] | None, list[str]]:
    """The (date, value) that counts of (date, value, when it came in), if any, and the later dates whose
    values contradict each other.

    >>> _latest({("2021", "no", ""), ("2025-07", "yes", ""), ("2025-08", "yes", ""), ("2025-08", "no", "")})
    (('2025-07', 'yes'), ['2025-08'])
    >>> _latest({("2025-08-02", "no", "2025-08-02T09:00:00"), ("2025-08-02", "yes", "2025-08-02T10:00:00")})
    (('2025-08-02', 'yes'), [])
    """
    unclear: list[str] = []
    for day in sorted({date for date, _value, _came in said}, reverse=True):
        answers = [(came, value) for date, value, came in said if date == day]
        last = max(came for came, _value in answers)
        # An answer that does not say when it came in may be the last.
        if all(came for came, _value in answers):
            answers = [(came, value) for came, value in answers if came == last]
        values = {value for _came, value in answers}
        if len(values) == 1:
            return (day, values.pop()), unclear
        unclear.append(day)
    return None, unclear


def _contradiction(service: str, site_id: str, day: str, rows: pd.DataFrame) -> Finding:
    here = rows[rows["report_date"].fillna("") == day].sort_values("row")
    answers = ", ".join(
        f"{value} ({by if pd.notna(by) else '?'})"
        for value, by in zip(here[f"{service}_reported"], here["reported_by"], strict=True)
    )
    return Finding(
        "warning",
        str(here["source"].iloc[0]),
        int(here["row"].iloc[0]),
        _("reports of {date} on {service} at {site} contradict each other: {answers}").format(
            date=day or "–", service=service, site=site_id, answers=answers
        ),
        _("Ask again, and take the wrong one out; until then the report before them counts."),
        f"{service}_reported",
        table="reports",
    )


def _of_no_site(reports: pd.DataFrame, known: set[str]) -> list[Finding]:
    lost = reports[reports["site_id"].notna() & ~reports["site_id"].isin(known)]
    return [
        Finding(
            "error",
            str(one.source),
            int(one.row),
            _("no list of the study has a site {site}").format(site=one.site_id),
            _("Write the site's id as the list has it; until then the answer does not count."),
            "site_id",
            table="reports",
        )
        for one in lost.itertuples()
    ]
