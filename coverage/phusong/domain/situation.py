"""The tables of the situation: what sites, communes and other units have and lack, and how we know."""

import pandera.pandas as pa

from phusong.domain.plan import MONEY_COLUMNS, plan_columns
from phusong.domain.tables import DATE, count, number, shape, table, text
from phusong.domain.words import BASES, KINDS, LEVELS, MOBILE_CLASSES, RADIOS, SERVICES, STATUSES


def _status_columns(service: str) -> dict[str, pa.Column]:
    return {
        service: text(f"{service}: ok, gap or unknown", nullable=False, among=STATUSES),
        f"{service}_basis": text(f"what the {service} status rests on; empty when unknown", among=BASES),
        f"{service}_evidence": text(
            f"why the {service} status is what it is (a code, see the data dictionary)", nullable=False
        ),
        f"{service}_date": text(f"date of the evidence for {service}", checks=[DATE]),
    }


GAPS = table(
    "gaps",
    "site_id",
    {
        "site_id": text("the site", nullable=False),
        "name": text("its name", nullable=False),
        "kind": text("its kind", nullable=False, among=KINDS),
        "commune_code": text("its commune", nullable=False),
        **{name: column for service in SERVICES for name, column in _status_columns(service).items()},
        "fibre_distance_m": number(
            "distance to the nearest existing fibre; empty when there is none", "m", 0
        ),
        "nearest_fibre_id": text("the nearest existing fibre line"),
        "mobile_operator": text("operator of the best 4G or 5G signal"),
        "mobile_radio": text("radio technology of the best 4G or 5G signal", among=RADIOS),
        "mobile_level_dbm": number("its computed level (RSRP)", "dBm"),
        "mobile_low_dbm": number("lower end of its range", "dBm"),
        "mobile_high_dbm": number("upper end of its range", "dBm"),
        "mobile_measured_dbm": number("its measured level (RSRP)", "dBm"),
        "nearest_cell_id": text("the nearest 4G or 5G cell"),
        "cell_distance_m": number("distance to the nearest 4G or 5G cell; empty when there is none", "m", 0),
        "people": number("people who rely on the site; an estimate", "persons", 0),
        "people_basis": text("what the number of people rests on", among=BASES),
        "position_radius_m": number(
            "how far the site may be from where it is drawn; empty = its position is known", "m", 0
        ),
        "geometry": shape("Point"),
    },
    "a row a site: what it has and lacks, and how we know",
)


SIGNALS = table(
    "signals",
    "site_id+operator+radio",
    {
        "site_id": text("the site", nullable=False),
        "operator": text("whose network", nullable=False),
        "radio": text("radio technology", nullable=False, among=RADIOS),
        "cell_id": text("the cell that is received best; empty when none can be computed"),
        "distance_m": number("distance to that cell", "m", 0),
        "level_dbm": number("received level, computed: RSRP (LTE, NR), RSCP (UMTS), RxLev (GSM)", "dBm"),
        "low_dbm": number("level at 90 % of places by the model that loses more", "dBm"),
        "high_dbm": number("level at 10 % of places by the model that loses less", "dBm"),
        "signal_class": text("class of the computed level", among=MOBILE_CLASSES),
        "offset_db": number("calibration in the computed level, from measurements", "dB"),
        "measured_dbm": number("median of the measurements at the site", "dBm"),
        "measured_class": text("class of the measured level", among=MOBILE_CLASSES),
        "measured_count": count("measurements at the site", "1"),
        "measured_date": text("date of the last of them", checks=[DATE]),
        "terrain": text("what the computation rests on", nullable=False, among=("elevation", "flat")),
    },
    "a row a site, operator and radio technology: the best server, computed; measured beside it",
)


COVERAGE = table(
    "coverage",
    "commune_code+radio+operator+signal_class",
    {
        "commune_code": text("the commune", nullable=False),
        "radio": text("radio technology", nullable=False, among=RADIOS),
        "operator": text("whose network; * = the best of all", nullable=False),
        "signal_class": text("class of the level, outdoors", nullable=False, among=MOBILE_CLASSES),
        "area_km2": number("area with that class", "km²", 0, nullable=False),
        "area_low_km2": number("the same by the low levels", "km²", 0, nullable=False),
        "area_high_km2": number("the same by the high levels", "km²", 0, nullable=False),
        "people": number("residents there; an estimate", "persons", 0),
        "people_low": number("the same by the low levels", "persons", 0),
        "people_high": number("the same by the high levels", "persons", 0),
    },
    "a row a commune, radio technology, operator and class: area and people by outdoor signal",
)


DEMAND = table(
    "demand",
    "site_id",
    {
        "site_id": text("the site", nullable=False),
        "users": number("people who use it at the same time", "persons", 0, nullable=False),
        "users_basis": text("what that rests on", nullable=False, among=BASES),
        "video_rooms": number("video conferences at the same time", "1", 0, nullable=False),
        "demand_mbps": number("what the site itself needs", "Mb/s", 0, nullable=False),
        "households_near": number("households near by; an estimate", "1", 0, nullable=False),
        "households_mbps": number("what they would take in the busy hour", "Mb/s", 0, nullable=False),
    },
    "a row a site: the speed that it needs, and the households about it",
)


COMMUNE_STATUS = table(
    "commune_status",
    "commune_code",
    {
        "commune_code": text("the commune", nullable=False),
        "name": text("its name", nullable=False),
        "unit_type": text("xã, phường, thị trấn or đặc khu"),
        "population": number("residents", "persons", 0, dtype="Int64"),
        "centre_site_id": text("its UBND commune office; empty when no list names one"),
        "sites": count("public sites in the lists", "1"),
        **{
            name: column
            for service in SERVICES
            for name, column in {
                service: text(f"{service} at the commune centre", nullable=False, among=STATUSES),
                **{f"{service}_{s}": count(f"sites whose {service} is {s}", "1") for s in STATUSES},
            }.items()
        },
        "geometry": shape("Polygon", "MultiPolygon"),
    },
    "a row a commune: the status of its centre, and its sites counted by status",
)


UNIT_STATUS = table(
    "unit_status",
    "unit_code",
    {
        "unit_code": text("code of the unit in the other list", nullable=False),
        "vintage": text("year and month of that list; old or new where nobody says", nullable=False),
        "name": text("its name", nullable=False),
        "unit_type": text("xã, phường, thị trấn or đặc khu"),
        "province": text("its province"),
        "parts": text("codes of the study's communes that are in it, separated by ;", nullable=False),
        "shares": text("part of each of them that is in it, separated by ;", nullable=False),
        "share_basis": text("what the least sure of the shares rests on", nullable=False, among=BASES),
        "outside": text("names of units beyond the study that are in it too, separated by ;"),
        "population": number("residents, shared out", "persons", 0),
        "sites": number("public sites in the lists, shared out", "1", 0, nullable=False),
        **{
            name: column
            for service in SERVICES
            for name, column in {
                service: text(
                    f"{service} at its centre; unknown where the centres of its communes differ",
                    nullable=False,
                    among=STATUSES,
                ),
                **{
                    f"{service}_{s}": number(
                        f"sites whose {service} is {s}, shared out", "1", 0, nullable=False
                    )
                    for s in STATUSES
                },
            }.items()
        },
        **plan_columns(whole=False),
    },
    "a row a unit of the other date: what the study's communes, and the plan in them, come to in it",
)


UNIT_LINKS = table(
    "unit_links",
    "from_code+to_code",
    {
        "from_code": text("code of the unit that is converted", nullable=False),
        "from_vintage": text("unit list that this code belongs to", nullable=False),
        "to_code": text("code of the unit that it is in the other list, wholly or in part; empty = unknown"),
        "to_vintage": text("unit list that this code belongs to", nullable=False),
        "share": number("part of its residents that are in that unit", "1", 0, 1, nullable=False),
        "share_basis": text("what the share rests on", nullable=False, among=BASES),
        "note": text("what the source says of it, or how the share came about"),
    },
    "a row a pair of a unit of one list and one of another that it is, wholly or in part",
)


CONFERENCE = table(
    "conference",
    "level+unit_code",
    {
        "level": text("level of the conference", nullable=False, among=LEVELS),
        "unit_code": text(
            "code of the commune; of a district or province, which have none in a study, its name (after "
            "that of a district's province); without communes, the office's site_id",
            nullable=False,
        ),
        "vintage": text("year and month of the unit list that the code belongs to"),
        "unit_name": text("its name", nullable=False),
        "site_id": text("the office that joins for it; empty when no list names one"),
        "ready": text("can it join today", nullable=False, among=STATUSES),
        **{
            name: text(f"{meaning}, today", nullable=False, among=STATUSES)
            for name, meaning in (
                ("down", "does its download speed carry the conference"),
                ("up", "does its upload speed carry it"),
                ("latency", "is its round-trip time short enough"),
                ("loss", "is little enough lost; not known, it holds nobody back"),
                ("equipment", "is the room equipped"),
            )
        },
        "missing": text("what is known to be missing: down, up, latency, loss, equipment, separated by ;"),
        "not_known": text("of down, up, latency and equipment what nobody has reported, separated by ;"),
        "date": text("date of the latest evidence; empty when nothing is known", checks=[DATE]),
        "ready_with_plan": text(
            "can it join once the funded plan is built and the room equipped", nullable=False, among=STATUSES
        ),
        "from_year": number(
            "year in which the plan finishes what it waits for; empty when it waits for nothing of the plan, "
            "or the study gives no years",
            "1",
            1900,
            2200,
            dtype="Int64",
        ),
        **{
            f"equipment_{name}": count(
                f"room equipment that is missing or not known to be there, not in the plan's money: "
                f"{column.description}",
                column.metadata["unit"],
            )
            for name, column in MONEY_COLUMNS.items()
        },
        "connection_capex_vnd": count(
            "its fair share of the connection that the funded plan gives it, which is in the plan's money; "
            "empty when it gives none",
            "VND",
            nullable=True,
        ),
    },
    "a row a unit that takes part in conferences of three levels: can it join, what is missing, the price",
)


INDICATOR_FIGURES = table(
    "indicator_figures",
    "indicator+level+vintage",
    {
        "indicator": text("which indicator (see data/indicators.toml or the study)", nullable=False),
        "level": text("level of the units that report it", nullable=False, among=LEVELS),
        "vintage": text("year and month of their unit list; empty when nobody says"),
        "date": text("date of the newest report in the figure", checks=[DATE]),
        "value": number("units that have it, or the sum of what they report", "1", 0, nullable=False),
        "of": number("of how many: units asked, or the sum of what there is; empty when not known", "1", 0),
        "units": number("units that should report", "1", 0, dtype="int64", nullable=False),
        "reported": number("units that have reported", "1", 0, dtype="int64", nullable=False),
        "not_reported": text("codes of those that have not, separated by ;"),
    },
    "a row an indicator and level: its newest figure, and how many of the units it covers",
)


SURVEY = table(
    "survey",
    "site_id",
    {
        "site_id": text("the site", nullable=False),
        "rank": number("place in the order to ask", "1", 1, dtype="int64", nullable=False),
        "services": text("what of it is in doubt, separated by ;", nullable=False),
        "doubts": text("why, for each of them: unknown, assumed or old", nullable=False),
        "compared": count("draws that were planned once with each answer of the site", "1"),
        "change_vnd": count(
            "by how much its answer changes the present cost of closing all gaps: mean of those draws",
            "VND",
            nullable=True,
        ),
        "others_changed": number(
            "other sites that its answer gives another technology or brings in or out of the budget, mean",
            "1",
            0,
        ),
    },
    "a row a site whose status is in doubt: how much its answer changes the plan",
)
