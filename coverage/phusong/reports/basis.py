"""What the report rests on: method and limits, targets, sources, what was set aside, files and versions."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from phusong.language import _, _m, current_language
from phusong.maps.payload import credits_of
from phusong.moments import say_date, say_moment
from phusong.reports.facts import Facts
from phusong.reports.parts import Column, Part, Section, Text, clean, count_column, missing, table
from phusong.units import decimal, group_digits

TARGET_NAMES = {
    "fibre_reach_m": _m("Reach of a fibre line"),
    "mobile_assumed_radius_m": _m("Reach assumed of a mobile mast"),
    "video_down_mbps": _m("Video conference, download at least"),
    "video_up_mbps": _m("Video conference, upload at least"),
    "video_latency_ms": _m("Video conference, delay at most"),
    "video_loss_percent": _m("Video conference, loss at most"),
    "demand_mbps_per_user": _m("Speed for each user at the same time"),
    "demand_min_mbps": _m("Speed of a site at least"),
}
#: The sources that data/targets.toml gives, as people read them in their language.
SOURCES = (
    _m("Phủ Sóng default: a site farther than this from any fibre line cannot be on a drop from it"),
    _m(
        "Phủ Sóng default, assumed: round figure for a rural macro cell; replaced by the radio model where "
        "it can be computed"
    ),
    _m("Phủ Sóng default for one high-definition room"),
    _m("ITU-T G.114 (05/2003): one-way delay that most users find acceptable"),
    _m("ITU-T G.1010 (11/2001), videophone: packet loss ratio below 1 %"),
    _m("ITU Connectivity Planning Platform, default of 2026"),
)
INPUT_NAMES = {
    "communes": _m("Communes"),
    "sites": _m("Public sites"),
    "fibre": _m("Existing fibre"),
    "cells": _m("Mobile masts"),
    "roads": _m("Roads"),
    "rivers": _m("Rivers"),
    "settlements": _m("Settlements"),
    "measurements": _m("Measured signals"),
    "nodes": _m("Fibre nodes"),
    "ducts": _m("Ducts"),
    "power_lines": _m("Power lines"),
    "landslides": _m("Landslides"),
    "crosswalk": _m("Table of old and new units"),
    "reports": _m("Answers to the survey"),
    "indicators": _m("Indicators"),
    "places": _m("Named places"),
    "mobile_coverage": _m("Mobile coverage that operators report"),
    "elevation": _m("Elevation"),
    "slope": _m("Slope"),
    "canopy": _m("Trees and houses"),
    "population": _m("Population raster"),
    "corrections": _m("Corrections"),
}


def method(facts: Facts) -> Section:
    parts: list[Part] = [Text("item", line) for line in _method(facts)]
    parts.append(Text("heading", _("Limits")))
    parts += [Text("item", line) for line in _limits(facts)]
    parts.append(_targets(facts))
    return Section("method", _("Method and limits"), tuple(parts))


def _method(facts: Facts) -> list[str]:
    rate, years = facts.choices.get("discount_rate"), facts.choices.get("years")
    lines = [
        _(
            "Fibre: a report wins; without one, a site farther from any known fibre line than the reach of "
            "a line has a gap; nearer, it is unknown: fibre that passes by is not service."
        ),
        _("Wi-Fi is as reported; it does not follow from fibre."),
        _signal_said(facts),
        _(
            "Video conference: available where a site is equipped and no reported figure of its connection "
            "misses the targets below."
        ),
        _(
            "Sites, technologies, trunks and shared masts are chosen together, each trunk and mast paid "
            "once; a lower bound says how near the choice is to the cheapest."
        ),
    ]
    if rate is not None and years is not None:
        said = _("Costs are counted over {years} years at a real discount rate of {rate} a year.")
        lines.append(said.format(years=years, rate=f"{decimal(100 * rate, 1)} %"))
    return lines


def _signal_said(facts: Facts) -> str:
    signals = facts.table("signals")
    over = signals["terrain"] if len(signals) else pd.Series(dtype="str")
    said = _("Mobile: usable where 4G or 5G is fair or better; ")
    if (over == "elevation").any():
        said += _("levels are computed over terrain by ITU-R P.1812, the range by a second model; ")
    else:
        said += _("without elevation no level is computed: assumed near a mast; ")
    return said + _("a measurement comes before a report, a report before a computation.")


def _limits(facts: Facts) -> list[str]:
    lines = []
    if note := clean(facts.manifest.get("note")):
        lines.append(_("Note of the study: {note}").format(note=note))
    gaps = facts.table("gaps")
    if placed := int(gaps["position_radius_m"].notna().sum()):
        said = _("{n} of {all} sites stand at an assumed position; the annex says of each what it rests on.")
        lines.append(said.format(n=group_digits(placed), all=group_digits(len(gaps))))
    people = int((gaps["people_basis"] == "assumed").sum())
    if people:
        said = _("People who rely on a site are an estimate at {n} sites: residents shared out evenly.")
        lines.append(said.format(n=group_digits(people)))
    lines.append(
        _("Prices marked assumed are published defaults until the province or a partner puts in its own.")
    )
    lines += _set_aside(facts)
    return lines


def _set_aside(facts: Facts) -> list[str]:
    lines = []
    for name, said in (
        ("set_aside.csv", _("{n} rows of the inputs could not be used and were set aside: {file}.")),
        ("findings.csv", _("{n} findings in the inputs are listed in {file}.")),
    ):
        path = facts.run.folder / name
        if path.is_file():
            found = len(pd.read_csv(path, encoding="utf-8-sig", dtype="str"))
            if found:
                lines.append(said.format(n=group_digits(found), file=name))
            elif name == "set_aside.csv":
                lines.append(_("No row of the inputs had to be set aside."))
    fixed = {k: v for k, v in facts.manifest.get("corrections", {}).items() if k != "rows"}
    if fixed:
        total = group_digits(sum(fixed.values()))
        lines.append(_("{n} corrections were given with the inputs: corrections.csv.").format(n=total))
    return lines


def _targets(facts: Facts) -> Part:
    columns = [
        Column(_("Target")),
        Column(_("Value"), _figure, form="#,##0.###"),
        Column(_("Unit")),
        Column(_("Source")),
    ]
    rows = [
        [_(TARGET_NAMES.get(name, name)), said["value"], said["unit"], said_source(said["source"])]
        for name, said in facts.manifest.get("targets", {}).items()
    ]
    return table("targets", _("Targets: what counts as served"), columns, rows)


def said_source(source: Any) -> str:
    """A source in the present language, where the catalogue has it."""
    return _(clean(source))


def _figure(value: Any) -> str:
    return group_digits(value) if float(value).is_integer() else decimal(value, 2)


def sources(facts: Facts) -> Section:
    parts: list[Part] = []
    if source := clean(facts.manifest.get("source")):
        parts.append(Text("text", _("Source: {source}").format(source=source)))
    credits = credits_of(facts.manifest)
    if credits:
        parts.append(Text("text", _("Open data and their licences:")))
        parts += [Text("item", f"{clean(one['who'])} ({clean(one['more'])})") for one in credits]
    parts.append(_inputs(facts))
    parts.append(Text("note", made_said(facts)))
    return Section("sources", _("Sources of the data"), tuple(parts))


def made_said(facts: Facts) -> str:
    """Which run the figures are of, and what worked them out."""
    manifest = facts.manifest
    said = _("Figures of run {run}, worked out on {date} with Phủ Sóng {version}.")
    return said.format(
        run=clean(manifest.get("run_id")),
        date=say_moment(clean(manifest.get("created")), current_language()),
        version=clean(manifest.get("phusong")) or "–",
    )


def reported_on(manifest: Mapping[str, Any]) -> str:
    """The date of the reports, as people write it; "" where the study names none."""
    date = manifest.get("report_date")
    return "" if missing(date) or not date else say_date(str(date), current_language())


def _inputs(facts: Facts) -> Part:
    columns = [
        Column(_("Input")),
        Column(_("File")),
        count_column(_("Bytes")).in_annex(),
        Column(_("SHA-256")).in_annex(),
        Column(_("Licence")),
        Column(_("Date")),
    ]
    origins = {
        file: origin
        for origin in facts.manifest.get("sources", {}).values()
        for file in origin.get("files", {})
    }
    rows = []
    for name, files in facts.manifest.get("inputs", {}).items():
        for file in files:
            named = file.get("file") or file.get("table")
            origin = origins.get(named, {})
            rows.append(
                [
                    _(INPUT_NAMES.get(name, name)),
                    named,
                    file.get("bytes"),
                    file.get("sha256"),
                    origin.get("licence"),
                    origin.get("date"),
                ]
            )
    return table("inputs", _("Input files"), columns, rows)
