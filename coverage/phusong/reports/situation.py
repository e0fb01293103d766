"""The situation: what communes and sites have and lack, by service, and what that rests on."""

from typing import Any

import pandas as pd

from phusong.domain import GAP, OK, SERVICES, STATUSES, UNKNOWN
from phusong.domain.words import BASES
from phusong.gaps import headline
from phusong.language import _, current_language
from phusong.moments import say_date
from phusong.pictures.bars import draw_statuses
from phusong.pictures.overview import draw_situation
from phusong.reports.facts import Facts, names_of
from phusong.reports.parts import (
    MOST_ROWS,
    Column,
    Part,
    Picture,
    Section,
    Text,
    clean,
    count_column,
    table,
)
from phusong.units import group_digits
from phusong.wording import BASIS_NAMES, KIND_NAMES, SERVICE_NAMES, STATUS_NAMES, say, say_evidence

#: Names of communes that one sentence holds.
_NAMES = 15


def situation(facts: Facts) -> Section:
    gaps = facts.table("gaps")
    parts: list[Part] = [Text("text", headline_of(facts) + ".")]
    parts += [Text("item", line) for line in _without(facts)]
    parts += [
        _by_service(gaps),
        Picture("statuses", _("Sites by service and status"), draw_statuses(gaps), _statuses_said(gaps)),
        Text("text", _bases_said()),
        _by_basis(gaps),
    ]
    if not facts.one_area:
        parts.append(_by_commune(facts))
    parts.append(
        Picture(
            "map_situation",
            _("Fibre at public sites"),
            draw_situation(facts.run),
            _("Map of the communes with existing fibre lines and the sites by the status of their fibre."),
        )
    )
    parts.append(_sites(facts))
    return Section("situation", _("Situation"), tuple(parts))


def headline_of(facts: Facts) -> str:
    """The study in one sentence, as the map says it; of many communes the first by code are named."""
    return clean(headline(facts.table("commune_status"), most=_NAMES))


def _without(facts: Facts) -> list[str]:
    """For each service the communes whose centre lacks it, and how many are not known."""
    status = facts.table("commune_status")
    if facts.one_area:
        return []
    lines = []
    for service in SERVICES:
        lacking = status[status[service] == GAP].sort_values("commune_code")["name"]
        counts = {s: group_digits(int((status[service] == s).sum())) for s in STATUSES}
        line = _("{service} at commune centres: available {ok}, gap {gap}, unknown {unknown}").format(
            service=say(SERVICE_NAMES, service), **counts
        )
        if len(lacking):
            line += " (" + _("gap in {names}").format(names=names_of(list(lacking), _NAMES)) + ")"
        lines.append(line + ".")
    return lines


def _by_service(gaps: pd.DataFrame) -> Part:
    columns = [Column(_("Service")), *(count_column(say(STATUS_NAMES, s)) for s in STATUSES)]
    rows = [
        [say(SERVICE_NAMES, service), *(int((gaps[service] == s).sum()) for s in STATUSES), len(gaps)]
        for service in SERVICES
    ]
    return table("services", _("Public sites by service"), [*columns, count_column(_("Sites"))], rows)


def _statuses_said(gaps: pd.DataFrame) -> str:
    said = _("{service}: available {ok}, gap {gap}, unknown {unknown}")
    return "; ".join(
        said.format(
            service=say(SERVICE_NAMES, service), **{s: int((gaps[service] == s).sum()) for s in STATUSES}
        )
        for service in SERVICES
    )


def _bases_said() -> str:
    return _(
        "Each status rests on something. Reported: someone said so; measured: by a measurement at the place; "
        "computed: from distance to fibre or from radio propagation over terrain; assumed: a rule of thumb. "
        "What nobody reported and nothing can tell is unknown; it counts neither as available nor as a gap."
    )


def _by_basis(gaps: pd.DataFrame) -> Part:
    columns = [
        Column(_("Service")),
        Column(_("Status")),
        *(count_column(say(BASIS_NAMES, b)) for b in BASES),
        Column(_("Date of the evidence")),
    ]
    rows = []
    for service in SERVICES:
        for status in (OK, GAP):
            here = gaps[gaps[service] == status]
            counts = [int((here[f"{service}_basis"] == basis).sum()) for basis in BASES]
            rows.append(
                [
                    say(SERVICE_NAMES, service),
                    say(STATUS_NAMES, status),
                    *counts,
                    dates_of(here[f"{service}_date"]),
                ]
            )
    return table("bases", _("What the statuses rest on: sites by basis"), columns, rows)


def dates_of(dates: Any) -> str:
    """From the first to the last of some dates; "" for none."""
    known = sorted({str(date) for date in dates if isinstance(date, str) and date})
    ends = known if len(known) < 2 else [known[0], known[-1]]
    return " – ".join(say_date(date, current_language()) for date in ends)


def _by_commune(facts: Facts) -> Part:
    status = facts.table("commune_status")
    order = status.sort_values("commune_code")
    if len(status) > MOST_ROWS:
        # A short document has room for the communes that lack most.
        gaps = sum(status[f"{service}_{GAP}"] for service in SERVICES)
        order = order.assign(_gaps=gaps, _centre=(status["fibre"] == GAP).astype(int))
        order = order.sort_values(["_centre", "_gaps", "commune_code"], ascending=[False, False, True])
    columns = [
        Column(_("Commune")),
        Column(_("Code")).in_annex(),
        count_column(_("Population")),
        count_column(_("Sites"), total=True),
        *(Column(say(SERVICE_NAMES, service)) for service in SERVICES),
        *(
            count_column(
                _("Sites, {service} {status}").format(
                    service=say(SERVICE_NAMES, service), status=say(STATUS_NAMES, s)
                ),
                total=True,
            ).in_annex()
            for service in SERVICES
            for s in STATUSES
        ),
    ]
    rows = [
        [
            row["name"],
            row["commune_code"],
            row["population"],
            row["sites"],
            *(say(STATUS_NAMES, row[service]) for service in SERVICES),
            *(row[f"{service}_{s}"] for service in SERVICES for s in STATUSES),
        ]
        for row in order.to_dict("records")
    ]
    return table("communes", _("Communes: status at the commune centre"), columns, rows, total=_("Sum"))


def _sites(facts: Facts) -> Part:
    """All sites; the annex has room for them."""
    columns = [
        Column(_("Site")),
        Column(_("Name")),
        Column(_("Kind")),
        Column(_("Commune")),
        Column(_("Commune code")),
        *(
            Column(title)
            for service in SERVICES
            for title in (
                say(SERVICE_NAMES, service),
                _("Basis ({service})").format(service=say(SERVICE_NAMES, service)),
                _("Evidence ({service})").format(service=say(SERVICE_NAMES, service)),
                _("Date ({service})").format(service=say(SERVICE_NAMES, service)),
            )
        ),
        Column(_("Distance to fibre (m)"), form="#,##0"),
        Column(_("People who rely on it (estimate)"), form="#,##0"),
    ]
    rows = [
        [
            row["site_id"],
            row["name"],
            say(KIND_NAMES, row["kind"]),
            facts.commune(row["commune_code"]),
            row["commune_code"],
            *(
                value
                for service in SERVICES
                for value in (
                    say(STATUS_NAMES, row[service]),
                    say(BASIS_NAMES, row[f"{service}_basis"]) if row[service] != UNKNOWN else None,
                    say_evidence(row, service),
                    row[f"{service}_date"],
                )
            ),
            row["fibre_distance_m"],
            row["people"],
        ]
        for row in facts.table("gaps").sort_values("site_id").to_dict("records")
    ]
    return table("sites", _("All public sites"), columns, rows, most=0)
