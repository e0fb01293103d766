"""The tables and things that flow through the program, declared once.

A table declaration validates a frame, documents it (`describe`) and will drive the schemas of the
exports. Units are in the names of columns. `unknown` is a value; an empty cell is never a report.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pandera.pandas as pa

from phusong.units import fold

OK, GAP, UNKNOWN = "ok", "gap", "unknown"
STATUSES = (OK, GAP, UNKNOWN)
#: What a status or a figure rests on.
BASES = ("reported", "measured", "computed", "assumed")
#: The four things a site can lack, in the order in which they are shown.
SERVICES = ("fibre", "wifi", "mobile", "video")
#: What an option or investment can close. Satellite gives a site a connection but not fibre: its fibre
#: gap stays a gap, so it closes "connection". A site gets at most one of "fibre" and "connection".
CLOSES = (*SERVICES, "connection")

#: Code of the one area that stands for all communes where a study names none.
ONE_AREA = "00000"

#: Kinds of public site, from the province's office to "other".
KINDS = (
    "office_province",
    "office_district",
    "office_commune",
    "hospital",
    "health_centre",
    "health_station",
    "school_preschool",
    "school_primary",
    "school_lower_secondary",
    "school_upper_secondary",
    "school",
    "village_hall",
    "post_office",
    "other",
)
#: The site that stands for its commune.
CENTRE_KIND = "office_commune"
RADIOS = ("GSM", "UMTS", "LTE", "NR")
#: Mobile classes from worst to best.
MOBILE_CLASSES = ("none", "weak", "fair", "good")
#: Classes of road from the most to the least important.
ROAD_CLASSES = ("national", "provincial", "district", "commune", "track", "unknown")
#: How line is built: buried or on own poles along a road, on EVN's poles, in an existing duct, off-road; or
#: it is not built but leased.
BUILDS = ("buried", "aerial", "evn_poles", "duct", "offroad", "leased")
#: Zones of communes of ethnic minorities and mountains by development (Decision 33/2020/QĐ-TTg).
ZONES = ("I", "II", "III")
#: Where a site's electricity comes from.
POWERS = ("mains", "solar", "none", "unknown")
#: What several sites can share, and what each is (`FACILITIES`).
FACILITY_KINDS = ("fibre_end", "mast", "relay", "sector", "carrier", "cell_site")
#: `operator` when a list does not say whose a line or mast is.
UNKNOWN_OPERATOR = "chưa rõ"


def kind_family(kind: str) -> str:
    """The family that a kind belongs to: office, health, school, village_hall, post_office, other.

    >>> kind_family("school_primary"), kind_family("hospital")
    ('school', 'health')
    """
    if kind in ("hospital", "health_centre", "health_station"):
        return "health"
    return kind.split("_")[0] if kind.startswith(("office_", "school")) else kind


def _text(
    meaning: str, *, required: bool = True, nullable: bool = True, among: tuple[str, ...] = (), **kw: Any
) -> pa.Column:
    checks = [pa.Check.isin(list(among))] if among else []
    checks += kw.pop("checks", [])
    if not nullable:
        checks.append(pa.Check.str_length(min_value=1))
    return pa.Column(str, checks, nullable=nullable, required=required, description=meaning, metadata=kw)


def _number(
    meaning: str,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    *,
    dtype: str = "float64",
    nullable: bool = True,
    required: bool = True,
) -> pa.Column:
    checks = []
    if low is not None:
        checks.append(pa.Check.ge(low))
    if high is not None:
        checks.append(pa.Check.le(high))
    return pa.Column(
        dtype,
        checks,
        nullable=nullable,
        required=required,
        coerce=True,
        description=meaning,
        metadata={"unit": unit},
    )


def _count(meaning: str, unit: str, *, nullable: bool = False) -> pa.Column:
    return _number(meaning, unit, 0, dtype="Int64" if nullable else "int64", nullable=nullable)


def _flag(meaning: str) -> pa.Column:
    return pa.Column(bool, coerce=True, description=meaning, metadata={})


def _shape(*types: str) -> pa.Column:
    known = pa.Check(
        lambda s: s.notna() & ~s.is_empty & s.geom_type.isin(types), name=f"a {' or '.join(types)}"
    )
    return pa.Column("geometry", known, nullable=False, description=" or ".join(types), metadata={})


def _table(name: str, key: str, columns: dict[str, pa.Column], meaning: str) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        columns, name=name, unique=key.split("+"), strict=False, description=meaning, metadata={"key": key}
    )


_ORIGIN = {
    "source": _text("file that the row came from", nullable=False),
    "row": _number(
        "row of that file, as a spreadsheet counts (header = 1)", "1", 1, dtype="int64", nullable=False
    ),
}
_DATE = pa.Check.str_matches(r"^\d{4}(-\d{2}(-\d{2})?)?$")
_CODE = pa.Check.str_matches(r"^\d{5}$")

COMMUNES = _table(
    "communes",
    "commune_code",
    {
        "commune_code": _text(
            "official 5-digit code; its meaning depends on the vintage", nullable=False, checks=[_CODE]
        ),
        "vintage": _text("year and month of the unit list that the code belongs to"),
        "name": _text("name without the unit type", nullable=False),
        "unit_type": _text("xã, phường, thị trấn or đặc khu"),
        "district": _text("district (until June 2025)"),
        "province": _text("province"),
        "population": _number("residents", "persons", 0, dtype="Int64"),
        "population_date": _text("date of the population figure", checks=[_DATE]),
        "households": _number("households", "1", 0, dtype="Int64", required=False),
        "poor_percent": _number("poor households", "%", 0, 100, required=False),
        "minority_percent": _number("people of ethnic minorities", "%", 0, 100, required=False),
        "border": _text("is it a border commune; empty = not known", among=("yes", "no"), required=False),
        "zone": _text("zone by development (khu vực), III the poorest", among=ZONES, required=False),
        **_ORIGIN,
        "geometry": _shape("Polygon", "MultiPolygon"),
    },
    "a row a commune",
)

SITES = _table(
    "sites",
    "site_id",
    {
        "site_id": _text("identifier from the list, unique", nullable=False),
        "name": _text("name of the site", nullable=False),
        "kind": _text("kind of site", nullable=False, among=KINDS),
        "commune_code": _text("commune of the site; when empty, the one it lies in", checks=[_CODE]),
        "fibre_reported": _text("has fibre, as reported", among=("yes", "no")),
        "wifi_reported": _text("has Wi-Fi for staff and visitors, as reported", among=("yes", "no")),
        "mobile_reported": _text("mobile class, as reported", among=(*MOBILE_CLASSES, "yes", "no")),
        "video_reported": _text(
            "equipped for and able to join a video conference, as reported", among=("yes", "no")
        ),
        "down_mbps": _number("measured or contracted download speed", "Mb/s", 0),
        "up_mbps": _number("measured or contracted upload speed", "Mb/s", 0),
        "latency_ms": _number("round-trip time", "ms", 0),
        "loss_percent": _number("packet loss", "%", 0, 100),
        "users": _number(
            "people who use the site at work, school or as patients", "persons", 0, dtype="Int64"
        ),
        "pupils": _number("pupils", "persons", 0, dtype="Int64", required=False),
        "beds": _number("beds for patients", "1", 0, dtype="Int64", required=False),
        "power": _text(
            "electricity: mains, solar that is there, none, or unknown; empty = unknown",
            among=POWERS,
            required=False,
        ),
        "demand_mbps": _number("speed that the site needs, as its list says", "Mb/s", 0, required=False),
        "report_date": _text("date of the report", checks=[_DATE]),
        "position_basis": _text("where the position comes from"),
        **_ORIGIN,
        "geometry": _shape("Point"),
    },
    "a row a public site",
)

FIBRE = _table(
    "fibre",
    "fibre_id",
    {
        "fibre_id": _text("identifier of the line", nullable=False),
        "operator": _text("whose line it is", nullable=False),
        "tap_allowed": _text("may new line branch off it; empty = yes", among=("yes", "no")),
        "lease": _text(
            "is its fibre for lease: then line can run through it for a rent, and does not begin at it",
            among=("yes", "no"),
        ),
        "lease_vnd_per_m_year": _number(
            "rent of leased fibre; empty = that of the price sheet", "VND/m/year", 0
        ),
        "note": _text("what the source says of the line"),
        **_ORIGIN,
        "geometry": _shape("LineString"),
    },
    "a row an existing fibre line",
)

CELLS = _table(
    "cells",
    "cell_id",
    {
        "cell_id": _text("identifier of the cell", nullable=False),
        "operator": _text("whose cell it is", nullable=False),
        "radio": _text("radio technology", nullable=False, among=RADIOS),
        "frequency_mhz": _number("carrier frequency", "MHz", 300, 90_000),
        "antenna_height_m": _number("height of the antenna above ground", "m", 0, 500),
        "eirp_dbm": _number("radiated power (EIRP)", "dBm", -10, 90),
        "azimuth_deg": _number("direction of the antenna, empty = all round or not known", "°", 0, 360),
        "tilt_deg": _number("how far the antenna looks down, empty = level or not known", "°", -90, 90),
        "backhaul_room_mbps": _number(
            "what the mast's own backhaul has to spare; empty = not known", "Mb/s", 0, required=False
        ),
        "note": _text("what the source says of the cell"),
        **_ORIGIN,
        "geometry": _shape("Point"),
    },
    "a row a cell of a mobile network",
)

ROADS = _table(
    "roads",
    "road_id",
    {
        "road_id": _text("identifier of the road", nullable=False),
        "name": _text("name or number"),
        "road_class": _text("class as the source has it"),
        **_ORIGIN,
        "geometry": _shape("LineString"),
    },
    "a row a piece of road along which cable can be laid",
)

RIVERS = _table(
    "rivers",
    "river_id",
    {
        "river_id": _text("identifier", nullable=False),
        "name": _text("name"),
        **_ORIGIN,
        "geometry": _shape("LineString"),
    },
    "a row a river: for the base map, and where new line must cross it",
)

NODES = _table(
    "nodes",
    "node_id",
    {
        "node_id": _text("identifier", nullable=False),
        "operator": _text("whose node it is", nullable=False),
        "name": _text("name"),
        "note": _text("what the source says of the node"),
        **_ORIGIN,
        "geometry": _shape("Point"),
    },
    "a row a point of presence or cabinet that new fibre can start from",
)

DUCTS = _table(
    "ducts",
    "duct_id",
    {
        "duct_id": _text("identifier", nullable=False),
        "operator": _text("whose duct it is", nullable=False),
        "note": _text("what the source says of the duct"),
        **_ORIGIN,
        "geometry": _shape("LineString"),
    },
    "a row an existing duct with room for a cable",
)

POWER_LINES = _table(
    "power_lines",
    "power_line_id",
    {
        "power_line_id": _text("identifier", nullable=False),
        "note": _text("what the source says of the line"),
        **_ORIGIN,
        "geometry": _shape("LineString"),
    },
    "a row a power line whose poles can carry cable",
)

LANDSLIDES = _table(
    "landslides",
    "landslide_id",
    {
        "landslide_id": _text("identifier", nullable=False),
        "name": _text("what the source calls it, such as a kilometre post"),
        "note": _text("what the source says of it"),
        **_ORIGIN,
        "geometry": _shape("Point"),
    },
    "a row a place where the ground has slid or is said to slide",
)

SETTLEMENTS = _table(
    "settlements",
    "settlement_id",
    {
        "settlement_id": _text("identifier", nullable=False),
        "name": _text("name"),
        **_ORIGIN,
        "geometry": _shape("Point"),
    },
    "a row a settlement, for the base map",
)

MEASUREMENTS = _table(
    "measurements",
    "measurement_id",
    {
        "measurement_id": _text("identifier", nullable=False),
        "operator": _text("whose network was measured", nullable=False),
        "radio": _text("radio technology", nullable=False, among=RADIOS),
        "level_dbm": _number("RSRP (LTE, NR), RSCP (UMTS) or RxLev (GSM)", "dBm", -160, 0, nullable=False),
        "measured_date": _text("date of the measurement", checks=[_DATE]),
        **_ORIGIN,
        "geometry": _shape("Point"),
    },
    "a row a measured signal (drive test, i-Speed)",
)

#: The input tables by the key that a study file gives them.
INPUT_TABLES: dict[str, pa.DataFrameSchema] = {
    "communes": COMMUNES,
    "sites": SITES,
    "fibre": FIBRE,
    "cells": CELLS,
    "roads": ROADS,
    "rivers": RIVERS,
    "settlements": SETTLEMENTS,
    "measurements": MEASUREMENTS,
    "nodes": NODES,
    "ducts": DUCTS,
    "power_lines": POWER_LINES,
    "landslides": LANDSLIDES,
}


def _status_columns(service: str) -> dict[str, pa.Column]:
    return {
        service: _text(f"{service}: ok, gap or unknown", nullable=False, among=STATUSES),
        f"{service}_basis": _text(f"what the {service} status rests on; empty when unknown", among=BASES),
        f"{service}_evidence": _text(
            f"why the {service} status is what it is (a code, see the data dictionary)", nullable=False
        ),
        f"{service}_date": _text(f"date of the evidence for {service}", checks=[_DATE]),
    }


GAPS = _table(
    "gaps",
    "site_id",
    {
        "site_id": _text("the site", nullable=False),
        "name": _text("its name", nullable=False),
        "kind": _text("its kind", nullable=False, among=KINDS),
        "commune_code": _text("its commune", nullable=False),
        **{name: column for service in SERVICES for name, column in _status_columns(service).items()},
        "fibre_distance_m": _number(
            "distance to the nearest existing fibre; empty when there is none", "m", 0
        ),
        "nearest_fibre_id": _text("the nearest existing fibre line"),
        "mobile_operator": _text("operator of the best 4G or 5G signal"),
        "mobile_radio": _text("radio technology of the best 4G or 5G signal", among=RADIOS),
        "mobile_level_dbm": _number("its computed level (RSRP)", "dBm"),
        "mobile_low_dbm": _number("lower end of its range", "dBm"),
        "mobile_high_dbm": _number("upper end of its range", "dBm"),
        "mobile_measured_dbm": _number("its measured level (RSRP)", "dBm"),
        "nearest_cell_id": _text("the nearest 4G or 5G cell"),
        "cell_distance_m": _number("distance to the nearest 4G or 5G cell; empty when there is none", "m", 0),
        "people": _number("people who rely on the site; an estimate", "persons", 0),
        "people_basis": _text("what the number of people rests on", among=BASES),
        "geometry": _shape("Point"),
    },
    "a row a site: what it has and lacks, and how we know",
)

_MONEY = {
    "capex_vnd": _count("cost to build", "VND"),
    "capex_low_vnd": _count("the same at the low prices of the sheet", "VND"),
    "capex_high_vnd": _count("the same at the high prices of the sheet", "VND"),
    "opex_vnd_per_year": _count("cost to run", "VND/year"),
    "present_cost_vnd": _count("CAPEX, renewals and OPEX of the study's years, discounted", "VND"),
}

SIGNALS = _table(
    "signals",
    "site_id+operator+radio",
    {
        "site_id": _text("the site", nullable=False),
        "operator": _text("whose network", nullable=False),
        "radio": _text("radio technology", nullable=False, among=RADIOS),
        "cell_id": _text("the cell that is received best; empty when none can be computed"),
        "distance_m": _number("distance to that cell", "m", 0),
        "level_dbm": _number("received level, computed: RSRP (LTE, NR), RSCP (UMTS), RxLev (GSM)", "dBm"),
        "low_dbm": _number("level at 90 % of places by the model that loses more", "dBm"),
        "high_dbm": _number("level at 10 % of places by the model that loses less", "dBm"),
        "signal_class": _text("class of the computed level", among=MOBILE_CLASSES),
        "offset_db": _number("calibration in the computed level, from measurements", "dB"),
        "measured_dbm": _number("median of the measurements at the site", "dBm"),
        "measured_class": _text("class of the measured level", among=MOBILE_CLASSES),
        "measured_count": _count("measurements at the site", "1"),
        "measured_date": _text("date of the last of them", checks=[_DATE]),
        "terrain": _text("what the computation rests on", nullable=False, among=("elevation", "flat")),
    },
    "a row a site, operator and radio technology: the best server, computed; measured beside it",
)

COVERAGE = _table(
    "coverage",
    "commune_code+radio+operator+signal_class",
    {
        "commune_code": _text("the commune", nullable=False),
        "radio": _text("radio technology", nullable=False, among=RADIOS),
        "operator": _text("whose network; * = the best of all", nullable=False),
        "signal_class": _text("class of the level, outdoors", nullable=False, among=MOBILE_CLASSES),
        "area_km2": _number("area with that class", "km²", 0, nullable=False),
        "area_low_km2": _number("the same by the low levels", "km²", 0, nullable=False),
        "area_high_km2": _number("the same by the high levels", "km²", 0, nullable=False),
        "people": _number("residents there; an estimate", "persons", 0),
        "people_low": _number("the same by the low levels", "persons", 0),
        "people_high": _number("the same by the high levels", "persons", 0),
    },
    "a row a commune, radio technology, operator and class: area and people by outdoor signal",
)

OPTIONS = _table(
    "options",
    "site_id+technology",
    {
        "site_id": _text("the site", nullable=False),
        "technology": _text("technology", nullable=False),
        "closes": _text("the gap that it closes (see domain.CLOSES)", nullable=False, among=CLOSES),
        "feasible": _flag("can it be built and does it meet the targets"),
        "reason": _text("why not, or what to know (a code)"),
        **{name: _count(c.description, c.metadata["unit"], nullable=True) for name, c in _MONEY.items()},
        "share_vnd": _count(
            "what it costs in the plan: fair share of line, and its own terminal; empty unless chosen",
            "VND",
            nullable=True,
        ),
        "share_rent_vnd_per_year": _count(
            "its fair share of the rent of leased fibre, poles and ducts; empty unless chosen",
            "VND/year",
            nullable=True,
        ),
        "new_line_m": _number("new line that the site would need if it were alone", "m", 0),
        "offroad_m": _number("of it, away from any road", "m", 0),
        "down_mbps": _number("download speed", "Mb/s", 0),
        "up_mbps": _number("upload speed", "Mb/s", 0),
        "latency_ms": _number("round-trip time", "ms", 0),
        "availability_percent": _number(
            "part of a year in which it works; of radio hops by rain and multipath (P.530)", "%", 0, 100
        ),
        "months_to_build": _number("time to build", "months", 0),
        "depends_on": _text(
            "the facility that it hangs on (see FACILITIES), or connection: the site must have one"
        ),
        "facility_capex_vnd": _count(
            "of capex_vnd, the facility and those that it hangs on, which several sites can share",
            "VND",
            nullable=True,
        ),
        "facility_opex_vnd_per_year": _count("of opex_vnd_per_year, the same", "VND/year", nullable=True),
        "facility_present_cost_vnd": _count("of present_cost_vnd, the same", "VND", nullable=True),
        "households_passed": _number("households that it would reach beside the site", "1", 0),
        "revenue_vnd_per_year": _count(
            "what the site and households passed are expected to pay", "VND/year", nullable=True
        ),
        "viability_gap_vnd": _count(
            "present cost less present revenue, not below 0: what a subsidy must close", "VND", nullable=True
        ),
        "meets_video": _flag("feasible, and its speeds and delay meet the study's video target"),
        "chosen": _flag("the plan builds this option"),
    },
    "a row a (site, technology): feasible or why not, and its cost if the site were alone",
)

FACILITIES = _table(
    "facilities",
    "facility_id",
    {
        "facility_id": _text("identifier, the same from run to run while its place is", nullable=False),
        "technology": _text("the technology that proposes it", nullable=False),
        "kind": _text("what it is", nullable=False, among=FACILITY_KINDS),
        "depends_on": _text("the facility that it hangs on itself; empty where it needs none"),
        **_MONEY,
        "capacity_mbps": _number("what all that hang on it can use together; empty = not known", "Mb/s", 0),
        "people": _number("people without a usable signal whom it would cover; an estimate", "persons", 0),
        "site_ids": _text("sites in need that it can serve, separated by ;"),
        "operator": _text("whose mast it stands on or is"),
        "height_m": _number("antenna above ground, as high as its own link asks for", "m", 0),
        "link_m": _number("length of the hop to what it hangs on", "m", 0),
        "f_ghz": _number("band of that hop", "GHz", 0),
        "availability_percent": _number("of the way from fibre to it", "%", 0, 100),
        "months_to_build": _number("time to build, without what it hangs on", "months", 0),
        "geometry": _shape("Point"),
    },
    "a row a mast, relay, carrier or cell site that several sites can share, with its own fixed cost",
)

ALTERNATIVES = _table(
    "alternatives",
    "site_id+technology+facility_id",
    {
        "site_id": _text("the site", nullable=False),
        "technology": _text("technology", nullable=False),
        "facility_id": _text("the facility that it would hang on", nullable=False),
        **_MONEY,
        "demand_mbps": _number("what it takes of the facility's capacity", "Mb/s", 0),
        "down_mbps": _number("download speed", "Mb/s", 0),
        "height_m": _number("antenna at the site above ground", "m", 0),
        "link_m": _number("length of the last hop", "m", 0),
        "f_ghz": _number("band of the last hop", "GHz", 0),
        "availability_percent": _number("of the whole way", "%", 0, 100),
    },
    "a row a (site, technology, facility) that is feasible: the site's own cost, without any facility",
)

DEMAND = _table(
    "demand",
    "site_id",
    {
        "site_id": _text("the site", nullable=False),
        "users": _number("people who use it at the same time", "persons", 0, nullable=False),
        "users_basis": _text("what that rests on", nullable=False, among=BASES),
        "video_rooms": _number("video conferences at the same time", "1", 0, nullable=False),
        "demand_mbps": _number("what the site itself needs", "Mb/s", 0, nullable=False),
        "households_near": _number("households near by; an estimate", "1", 0, nullable=False),
        "households_mbps": _number("what they would take in the busy hour", "Mb/s", 0, nullable=False),
    },
    "a row a site: the speed that it needs, and the households about it",
)

INVESTMENTS = _table(
    "investments",
    "investment_id",
    {
        "investment_id": _text("identifier, the same from run to run while its sites are", nullable=False),
        "rank": _number("place in the order to build", "1", 1, dtype="int64", nullable=False),
        "technology": _text("technology", nullable=False),
        "closes": _text("the gap that it closes (see domain.CLOSES)", nullable=False, among=CLOSES),
        "site_ids": _text("its sites, separated by ;", nullable=False),
        "commune_codes": _text("communes of its sites, separated by ;", nullable=False),
        "sites": _count("number of sites", "1"),
        "people": _count("people who rely on its sites; an estimate", "persons"),
        **_MONEY,
        "capex_vnd_per_site": _count("CAPEX a site", "VND"),
        "capex_vnd_per_person": _count("CAPEX a person", "VND", nullable=True),
        "value": _number("sum of its sites' weights", "1", 0),
        "value_per_billion_vnd": _number(
            "value per billion đồng of present cost: what the rank rests on", "1/10⁹ VND", 0
        ),
        "cumulative_capex_vnd": _count("CAPEX of this and all before it", "VND"),
        "funded": _flag("within the budget"),
        "depends_on": _text("investments that must come first, separated by ;"),
        "new_line_m": _number("new line, trunk counted once", "m", 0, nullable=False),
        "offroad_m": _number("of it, away from any road", "m", 0, nullable=False),
        "leased_m": _number("leased fibre, beside the new line", "m", 0, nullable=False),
        "rent_vnd_per_year": _count("of its OPEX, rent of leased fibre, poles and ducts", "VND/year"),
        "taps_vnd": _count("of its CAPEX, for opening existing cable", "VND"),
        "facility_ids": _text("masts, relays and sectors that it pays for (see FACILITIES), separated by ;"),
        "households_passed": _number("households that its new line passes first", "1", 0),
        "revenue_vnd_per_year": _count(
            "what its sites, households passed and people covered are expected to pay",
            "VND/year",
            nullable=True,
        ),
        "viability_gap_vnd": _count(
            "present cost less present revenue, not below 0: what a subsidy must close", "VND", nullable=True
        ),
        "operator": _text("operator of the line that it taps, or of the masts that it uses"),
        "year": _number("year in which its works begin", "1", 1900, 2200, dtype="Int64"),
        "finished_year": _number("year in which it is finished", "1", 1900, 2200, dtype="Int64"),
        "partner": _text("who builds it; chưa rõ: whoever is cheapest"),
        "geometry": _shape("MultiPoint"),
    },
    "a row an investment, in the order to build",
)

SEGMENTS = _table(
    "segments",
    "segment_id",
    {
        "segment_id": _text("identifier", nullable=False),
        "investment_id": _text("the investment that pays for it", nullable=False),
        "kind": _text(
            "along a road, off-road, the drop to a site, or leased fibre",
            nullable=False,
            among=("road", "offroad", "drop", "leased"),
        ),
        "build": _text("how it is built", nullable=False, among=BUILDS),
        "joins_parts": _flag("does it lead, off-road, to a part of the road network that no road joins"),
        "road_class": _text("class of the road; empty away from roads", among=ROAD_CLASSES),
        "length_m": _number("length", "m", 0, nullable=False),
        "capex_vnd": _count("cost to build, with crossings and taps", "VND"),
        "crossings_vnd": _count("of it, for river crossings", "VND"),
        "taps_vnd": _count("of it, for opening existing cable where the segment begins", "VND"),
        "leased_id": _text("existing line whose fibre is leased"),
        "rent_vnd_per_year": _count("rent of leased fibre, EVN's poles or ducts", "VND/year"),
        "mean_slope_deg": _number("mean slope of the ground; empty without elevation", "°", 0, 90),
        "river_crossings": _count("how often it crosses a river", "1"),
        "landslides_near": _count("landslides near it (landslide_reach_m of the price sheet)", "1"),
        "class_factor": _number("factor on its price for the class of the road", "1", 0, nullable=False),
        "slope_factor": _number(
            "factor on its price for slope, mean over its length", "1", 0, nullable=False
        ),
        "landslide_factor": _number(
            "factor on its price for landslides, mean over its length", "1", 0, nullable=False
        ),
        "sites_downstream": _count("sites that use it", "1"),
        "upstream_id": _text("the segment between it and existing fibre; empty where it begins there"),
        "tap_id": _text("existing line or node that its branch begins at", nullable=False),
        "end_site_ids": _text("sites at its end, separated by ;"),
        "geometry": _shape("LineString"),
    },
    "a row a piece of new line or leased fibre; together they are the plan's network, each priced once",
)

COMMUNE_STATUS = _table(
    "commune_status",
    "commune_code",
    {
        "commune_code": _text("the commune", nullable=False),
        "name": _text("its name", nullable=False),
        "unit_type": _text("xã, phường, thị trấn or đặc khu"),
        "population": _number("residents", "persons", 0, dtype="Int64"),
        "centre_site_id": _text("its UBND commune office; empty when no list names one"),
        "sites": _count("public sites in the lists", "1"),
        **{
            name: column
            for service in SERVICES
            for name, column in {
                service: _text(f"{service} at the commune centre", nullable=False, among=STATUSES),
                **{f"{service}_{s}": _count(f"sites whose {service} is {s}", "1") for s in STATUSES},
            }.items()
        },
        "geometry": _shape("Polygon", "MultiPolygon"),
    },
    "a row a commune: the status of its centre, and its sites counted by status",
)

SENSITIVITY = _table(
    "sensitivity",
    "investment_id",
    {
        "investment_id": _text("the investment of the plan", nullable=False),
        "rank": _number("its place in the plan's order", "1", 1, dtype="int64", nullable=False),
        "technology": _text("its technology", nullable=False),
        "site_ids": _text("its sites, separated by ;", nullable=False),
        "draws": _count("draws of prices, doubtful statuses and signals", "1"),
        "built_percent": _number(
            "draws in which the budget serves at least half of its sites by its technology", "%", 0, 100
        ),
        "top_percent": _number(
            "draws that put it among as many first ones of the plan's as the plan funds", "%", 0, 100
        ),
        "top_half_percent": _number("the same, among half as many", "%", 0, 100),
        **{
            f"{name}_{percent}_vnd": _count(
                f"{meaning}: {percent} % of the draws that build it come no higher", "VND", nullable=True
            )
            for name, meaning in (
                ("capex", "cost to build"),
                ("present_cost", "CAPEX, renewals and OPEX of the study's years, discounted"),
            )
            for percent in (10, 50, 90)
        },
    },
    "a row an investment of the plan: how often draws of prices, statuses and signals build it too",
)

SURVEY = _table(
    "survey",
    "site_id",
    {
        "site_id": _text("the site", nullable=False),
        "rank": _number("place in the order to ask", "1", 1, dtype="int64", nullable=False),
        "services": _text("what of it is in doubt, separated by ;", nullable=False),
        "doubts": _text("why, for each of them: unknown, assumed or old", nullable=False),
        "compared": _count("draws that were planned once with each answer of the site", "1"),
        "change_vnd": _count(
            "by how much its answer changes the present cost of closing all gaps: mean of those draws",
            "VND",
            nullable=True,
        ),
        "others_changed": _number(
            "other sites that its answer gives another technology or brings in or out of the budget, mean",
            "1",
            0,
        ),
    },
    "a row a site whose status is in doubt: how much its answer changes the plan",
)

RESULT_TABLES = {
    "gaps": GAPS,
    "signals": SIGNALS,
    "commune_status": COMMUNE_STATUS,
    "options": OPTIONS,
    "facilities": FACILITIES,
    "alternatives": ALTERNATIVES,
    "demand": DEMAND,
    "investments": INVESTMENTS,
    "segments": SEGMENTS,
}


#: Tables that a run has only when it was asked for them.
ASKED_TABLES = {"sensitivity": SENSITIVITY, "survey": SURVEY}


def _is_text(column: pa.Column) -> bool:
    # How pandera spells it depends on the version: str, string, string[pyarrow].
    return str(column.dtype).startswith("str")


def describe(table: pa.DataFrameSchema) -> pd.DataFrame:
    """The data dictionary of a table: column, type, unit, meaning."""
    return pd.DataFrame(
        {
            "column": name,
            "type": "text" if _is_text(column) else str(column.dtype),
            "unit": (column.metadata or {}).get("unit", ""),
            "may_be_empty": bool(column.nullable),
            "meaning": column.description or "",
        }
        for name, column in table.columns.items()
    )


def empty(table: pa.DataFrameSchema, crs: Any = None) -> gpd.GeoDataFrame:
    """A frame of the table with no rows."""
    frame = pd.DataFrame(
        {
            name: pd.Series(dtype="object" if name == "geometry" else "str" if _is_text(c) else str(c.dtype))
            for name, c in table.columns.items()
        }
    )
    if "geometry" not in frame:
        return frame
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=crs)


def conform(frame: pd.DataFrame, table: pa.DataFrameSchema) -> pd.DataFrame:
    """`frame` with exactly the columns of `table`, in its order and types, sorted by its key.

    Raises pandera's SchemaErrors: a result that does not fit its table is a bug, not the user's.
    """
    names = list(table.columns)
    out = frame.reindex(columns=names)
    for name in names:
        # A text column of an empty frame has no type of its own yet.
        if _is_text(table.columns[name]):
            out[name] = out[name].astype("str")
    valid: pd.DataFrame = table.validate(out, lazy=True)
    return valid.sort_values(table.metadata["key"].split("+"), ignore_index=True)


@dataclass(frozen=True)
class Finding:
    """Something wrong with an input: where, what, and what to do. `level` is "error" or "warning"."""

    level: str
    file: str
    row: int | None
    what: str
    do: str

    @property
    def line(self) -> str:
        """The finding as one line of text."""
        where = self.file if self.row is None else f"{self.file}:{self.row}"
        return f"{where}: {self.what}. {self.do}"


@dataclass(frozen=True)
class Raster:
    """A raster that a study names: its path, its bounds (west, south, east, north in degrees), its
    coordinate system and shape (rows, columns)."""

    path: Path
    bounds: tuple[float, float, float, float]
    crs: str
    shape: tuple[int, int]


@dataclass(frozen=True)
class Region:
    """The inputs of a study as tables in one metric CRS; rasters stay paths.

    `set_aside` keeps the rows that could not be used, each with its reason; `notes` are findings of
    the readers.
    """

    communes: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    fibre: gpd.GeoDataFrame
    cells: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    rivers: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame
    measurements: gpd.GeoDataFrame
    nodes: gpd.GeoDataFrame
    ducts: gpd.GeoDataFrame
    power_lines: gpd.GeoDataFrame
    landslides: gpd.GeoDataFrame
    elevation: tuple[Raster, ...] = ()
    slope: tuple[Raster, ...] = ()
    canopy: tuple[Raster, ...] = ()
    population: tuple[Raster, ...] = ()
    set_aside: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[Finding, ...] = ()


_TYPES = ("thị trấn", "phường", "xã", "đặc khu")


def split_unit_name(full: str) -> tuple[str, str]:
    """A unit's type and bare name from its full name; the type is "" when it is not said.

    >>> split_unit_name("Thị trấn Thạnh Mỹ"), split_unit_name("Tà Bhing")
    (('thị trấn', 'Thạnh Mỹ'), ('', 'Tà Bhing'))
    """
    for unit_type in _TYPES:
        if full.lower().startswith(unit_type + " "):
            return unit_type, full[len(unit_type) + 1 :].strip()
    return "", full.strip()


def guess_kind(kind: str, name: str) -> str:
    """The kind of a site from the words of its list, in Vietnamese or English; "" when not known.

    >>> guess_kind("Trường học", "Trường THCS La Êê"), guess_kind("UBND", "UBND huyện Nam Giang")
    ('school_lower_secondary', 'office_district')
    """
    if kind in KINDS:
        return kind
    said = f"{fold(kind)} {fold(name)}"
    for word, found in _KIND_WORDS:
        if word in said:
            return found
    return ""


# First match wins: the finer before the coarser.
_KIND_WORDS = tuple(
    (fold(words), kind)
    for words, kind in (
        ("UBND tỉnh", "office_province"),
        ("ủy ban nhân dân tỉnh", "office_province"),
        ("UBND huyện", "office_district"),
        ("UBND quận", "office_district"),
        ("UBND thị xã", "office_district"),
        ("UBND thành phố", "office_district"),
        ("ủy ban nhân dân huyện", "office_district"),
        ("district office", "office_district"),
        ("UBND", "office_commune"),
        ("ủy ban nhân dân", "office_commune"),
        ("commune office", "office_commune"),
        ("trạm y tế", "health_station"),
        ("health station", "health_station"),
        ("trung tâm y tế", "health_centre"),
        ("health centre", "health_centre"),
        ("health center", "health_centre"),
        ("bệnh viện", "hospital"),
        ("hospital", "hospital"),
        ("y tế", "health_station"),
        ("clinic", "health_station"),
        ("mầm non", "school_preschool"),
        ("mẫu giáo", "school_preschool"),
        ("preschool", "school_preschool"),
        ("kindergarten", "school_preschool"),
        ("tiểu học", "school_primary"),
        ("primary", "school_primary"),
        ("THCS", "school_lower_secondary"),
        ("trung học cơ sở", "school_lower_secondary"),
        ("lower secondary", "school_lower_secondary"),
        ("THPT", "school_upper_secondary"),
        ("trung học phổ thông", "school_upper_secondary"),
        ("secondary", "school_upper_secondary"),
        ("trường", "school"),
        ("school", "school"),
        ("nhà văn hóa", "village_hall"),
        ("nhà sinh hoạt", "village_hall"),
        ("nhà gươl", "village_hall"),
        ("village hall", "village_hall"),
        ("bưu điện", "post_office"),
        ("post office", "post_office"),
        ("khác", "other"),
        ("other", "other"),
    )
)
