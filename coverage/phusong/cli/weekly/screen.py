"""The week on the screen: the headline, then a table for each thing that there is to tell."""

from pathlib import Path
from typing import Any

import click

from phusong.cli.common import say_table
from phusong.domain import SERVICES, STATUSES
from phusong.history import History
from phusong.language import _
from phusong.study import Study
from phusong.units import decimal
from phusong.weekly import WeekFigures
from phusong.weekly.words import (
    CHANGE_WORDS,
    CLOSES_WORDS,
    REPORT_WORDS,
    STATE_WORDS,
    VERDICT_WORDS,
    say_answers,
    say_came,
    say_count,
    say_day,
    say_deadline,
    say_more,
    say_week,
)
from phusong.wording import SERVICE_NAMES, STATUS_NAMES, say

#: Rows of a table on the screen; the files have them all.
_MOST = 25


def say_week_figures(found: WeekFigures, study: Study) -> None:
    """The week as people read it: the headline, then one table after another where there is something to
    tell."""
    click.echo(
        _("{title}: week of {day}, {reports}").format(
            title=study.title, day=say_day(found.week.day), reports=say_week(found.week)
        )
    )
    _say_deadline(found, study)
    _say_services(found)
    _say_changes(found)
    _say_units(found)
    _say_reports(found)
    _say_targets(found)
    _say_plan(found)
    _say_communes(found)


def _say_deadline(found: WeekFigures, study: Study) -> None:
    if study.inputs.reports is None:
        click.echo(_('The study names no table of reports ([inputs] reports = "reports.csv").'))
    if found.week.skipped:
        click.echo(
            _("No report was due: {day} is a holiday of the study.").format(day=say_day(found.week.day))
        )
        return
    counts = found.units["state"].value_counts()
    said = _("Reports due {deadline}: {on_time} of {units} units in time").format(
        deadline=say_deadline(found.week.deadline),
        on_time=int(counts.get("on_time", 0)),
        units=len(found.units),
    )
    for state in ("late", "missing", "due"):
        if counts.get(state, 0):
            said += f", {counts[state]} {say(STATE_WORDS, state)}"
    click.echo(said + ".")
    summed_up = [came for came in found.units["came"] if came and came <= found.week.summary.isoformat()]
    in_summary = len(summed_up) - int(counts.get("on_time", 0))
    if counts.get("late", 0):
        click.echo(
            _("Of the late ones, {count} units came before the summary at {time}.").format(
                count=in_summary, time=f"{found.week.summary:%H:%M}"
            )
        )


def _say_services(found: WeekFigures) -> None:
    whole = found.summary.iloc[0]
    since = None if found.before is None else found.before.date
    columns = [(_("Service"), "left"), *((say(STATUS_NAMES, status), "right") for status in STATUSES)]
    columns += [(_("Part of the sites"), "right")]
    columns += [] if since is None else [(_("since {day}").format(day=say_day(since)), "right")]
    rows = []
    for service in SERVICES:
        part = 100 * whole[f"{service}_ok"] / whole["sites"] if whole["sites"] else 0.0
        row = [say(SERVICE_NAMES, service), *(say_count(whole[f"{service}_{status}"]) for status in STATUSES)]
        row += [f"{decimal(part, 1)} %"] + ([] if since is None else [say_more(whole[f"{service}_change"])])
        rows.append(row)
    title = _("Sites as at {day}: {count}").format(
        count=say_count(whole["sites"]), day=say_day(found.snapshot.date)
    )
    say_table(title, columns, rows)


def _say_changes(found: WeekFigures) -> None:
    if found.before is None:
        click.echo(_("This is the first snapshot: changes are told from the next week on."))
        return
    since = say_day(found.before.date)
    if found.changes.empty:
        click.echo(_("Nothing changed since {day}.").format(day=since))
        return
    names = found.summary[found.summary["level"] == "commune"].set_index("unit_code")["name"]
    columns = [(_("Change"), "left"), (_("Service"), "left"), (_("Site"), "left"), (_("Commune"), "left")]
    columns += [(_("Before"), "left"), (_("After"), "left")]
    order = found.changes.assign(_order=found.changes["change"].map(list(CHANGE_WORDS).index))
    order = order.sort_values("_order", kind="stable")
    rows = [
        [
            say(CHANGE_WORDS, row["change"]),
            say(SERVICE_NAMES, row["service"]) if row["service"] else "",
            f"{row['name']} ({row['site_id']})",
            str(names.get(row["commune_code"], row["commune_code"])),
            *(say(STATUS_NAMES, row[name]) if row[name] else "" for name in ("before", "after")),
        ]
        for row in order.head(_MOST).to_dict("records")
    ]
    say_table(_("Changes since {day}: {count}").format(count=len(found.changes), day=since), columns, rows)
    _say_more_in(len(found.changes), "changes.csv")


def _say_units(found: WeekFigures) -> None:
    behind = found.units[found.units["state"].isin(("missing", "due", "late"))]
    behind = behind.assign(_order=behind["state"].map(["missing", "due", "late"].index))
    behind = behind.sort_values(["_order", "unit_code"])
    if behind.empty:
        return
    columns = [(_("Code"), "left"), (_("Name"), "left"), (_("District"), "left")]
    columns += [(_("Report of the week"), "left"), (_("Came in"), "left"), (_("Last report dated"), "left")]
    rows = [
        [
            unit["unit_code"],
            unit["name"],
            unit["district"] or "",
            say(STATE_WORDS, unit["state"]),
            say_came(unit["came"], unit["came_basis"]),
            say_day(unit["last_report_date"]) if unit["last_report_date"] else "–",
        ]
        for unit in behind.head(_MOST).to_dict("records")
    ]
    say_table(_("Units without a report in time: {count}").format(count=len(behind)), columns, rows)
    _say_more_in(len(behind), "missing.csv")


def _say_reports(found: WeekFigures) -> None:
    if found.first_seen:
        click.echo(
            _(
                "{count} reports of the week do not say when they came in (column received_at): they count "
                "from when this command first saw them. Run it at the deadline too."
            ).format(count=found.first_seen)
        )
    if found.reports.empty:
        return
    columns = [(_("What"), "left"), (_("Site id"), "left"), (_("Dated"), "left"), (_("Came in"), "left")]
    columns += [(_("Answers"), "left"), (_("What counts"), "left")]
    rows = [
        [
            say(REPORT_WORDS, row["kind"]),
            row["site_id"],
            say_day(row["report_date"]),
            say_came(row["came"], row["came_basis"]),
            say_answers(row["answers"], row["service"]),
            say_answers(row["counts"]),
        ]
        for row in found.reports.head(_MOST).to_dict("records")
    ]
    say_table(_("Reports to look at: {count}").format(count=len(found.reports)), columns, rows)
    _say_more_in(len(found.reports), "reports.csv")


def _say_more_in(count: int, file: str) -> None:
    if count > _MOST:
        click.echo(_("… and {count} more: {file}").format(count=count - _MOST, file=file))


def _say_targets(found: WeekFigures) -> None:
    if not found.targets:
        return
    columns = [(_("Target"), "left"), (_("By"), "left"), (_("Now"), "right"), (_("Lacking"), "right")]
    columns += [
        (_("Expected by now"), "right"),
        (_("Sites a week"), "right"),
        (_("Needed a week"), "right"),
    ]
    columns += [(_("At this pace"), "left"), (_("Verdict"), "left")]
    rows = [
        [
            f"{say(SERVICE_NAMES, row['service'])} {decimal(row['percent'], 0)} %",
            say_day(row["by"]),
            f"{say_count(row['now'])}/{say_count(row['wanted'])}",
            say_count(row["lacking"]),
            decimal(row["expected"], 1),
            _pace(row["pace_per_week"]),
            _pace(row["needed_per_week"]),
            say_day(row["reached_at_this_pace"]) if row["reached_at_this_pace"] else "–",
            say(VERDICT_WORDS, row["verdict"]),
        ]
        for row in found.targets
    ]
    since = say_day(found.targets[0]["since"])
    say_table(_("Targets, and the pace on a straight line since {day}").format(day=since), columns, rows)


def _pace(per_week: float | None) -> str:
    return "–" if per_week is None else decimal(per_week, 2).replace("-", "−")


def _say_plan(found: WeekFigures) -> None:
    if not found.plan:
        return
    columns = [(_("Finished"), "left"), (_("Gap"), "left"), (_("Sites of the plan"), "right")]
    columns += [(_("Have it"), "right"), (_("Have not"), "right"), (_("No longer listed"), "right")]
    rows: list[list[Any]] = [
        [
            str(row["finished_year"] or "–"),
            say(CLOSES_WORDS, row["closes"]),
            *(say_count(row[name]) for name in ("sites", "have_it", "have_not", "gone")),
        ]
        for row in found.plan
    ]
    say_table(_("The funded plan, and what is there already"), columns, rows)
    if any(row["have_it"] is None for row in found.plan):
        click.echo(_("Whether a connection other than fibre is there no report says: it is not counted."))


def _say_communes(found: WeekFigures) -> None:
    """Districts and communes: sites that have each service, and the report of the week."""
    summary = found.summary[found.summary["level"].isin(("district", "commune"))]
    columns = [(_("Code"), "left"), (_("Name"), "left"), (_("Sites"), "right")]
    columns += [(say(SERVICE_NAMES, service), "right") for service in SERVICES]
    columns += [(_("Report of the week"), "left")]
    rows = [
        [
            row["unit_code"] if row["level"] == "commune" else _("District"),
            row["name"],
            say_count(row["sites"]),
            *(_have(row, service) for service in SERVICES),
            say(STATE_WORDS, row["state"]) if row["state"] else "",
        ]
        for row in summary.head(_MOST).to_dict("records")
    ]
    if rows:
        say_table(_("Sites that have it, by unit"), columns, rows)
        _say_more_in(len(summary), "summary.csv")


def _have(row: dict[str, Any], service: str) -> str:
    more = row[f"{service}_change"]
    return say_count(row[f"{service}_ok"]) + (f" ({say_more(more)})" if more else "")


def say_files(found: WeekFigures, folder: Path, written: bool, is_new: bool, history: History) -> None:
    snapshot = found.snapshot
    click.echo(
        (
            _("Recorded as version {version} of {day} in {where}.")
            if is_new
            else _("The history has it already: version {version} of {day} in {where}.")
        ).format(version=snapshot.version, day=say_day(snapshot.date), where=history.where)
    )
    click.echo(
        (_("Tables and picture: {path}") if written else _("Tables and picture, as before: {path}")).format(
            path=folder
        )
    )
