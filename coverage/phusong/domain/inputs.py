"""The tables that a study may give: one for each kind of input."""

import pandera.pandas as pa

from phusong.domain.tables import CODE, DATE, MOMENT, ORIGIN, number, shape, table, text
from phusong.domain.words import KINDS, LEVELS, MOBILE_CLASSES, POWERS, RADIOS, SERVICES, ZONES

COMMUNES = table(
    "communes",
    "commune_code",
    {
        "commune_code": text(
            "official 5-digit code; its meaning depends on the vintage", nullable=False, checks=[CODE]
        ),
        "vintage": text("year and month of the unit list that the code belongs to"),
        "name": text("name without the unit type", nullable=False),
        "unit_type": text("xã, phường, thị trấn or đặc khu"),
        "district": text("district (until June 2025)"),
        "province": text("province"),
        "population": number("residents", "persons", 0, dtype="Int64"),
        "population_date": text("date of the population figure", checks=[DATE]),
        "households": number("households", "1", 0, dtype="Int64", required=False),
        "poor_percent": number("poor households", "%", 0, 100, required=False),
        "minority_percent": number("people of ethnic minorities", "%", 0, 100, required=False),
        "border": text("is it a border commune; empty = not known", among=("yes", "no"), required=False),
        "zone": text("zone by development (khu vực), III the poorest", among=ZONES, required=False),
        **ORIGIN,
        "geometry": shape("Polygon", "MultiPolygon"),
    },
    "a row a commune",
)

SITES = table(
    "sites",
    "site_id",
    {
        "site_id": text("identifier from the list, unique", nullable=False),
        "name": text("name of the site", nullable=False),
        "kind": text("kind of site", nullable=False, among=KINDS),
        "commune_code": text("commune of the site; when empty, the one it lies in", checks=[CODE]),
        "fibre_reported": text("has fibre, as reported", among=("yes", "no")),
        "wifi_reported": text("has Wi-Fi for staff and visitors, as reported", among=("yes", "no")),
        "mobile_reported": text("mobile class, as reported", among=(*MOBILE_CLASSES, "yes", "no")),
        "video_reported": text(
            "equipped for and able to join a video conference, as reported", among=("yes", "no")
        ),
        "video_room": text(
            "room equipped for video conferences, whatever the line, as reported",
            among=("yes", "no"),
            required=False,
        ),
        "down_mbps": number("measured or contracted download speed", "Mb/s", 0),
        "up_mbps": number("measured or contracted upload speed", "Mb/s", 0),
        "latency_ms": number("round-trip time", "ms", 0),
        "loss_percent": number("packet loss", "%", 0, 100),
        "users": number(
            "people who use the site at work, school or as patients", "persons", 0, dtype="Int64"
        ),
        "pupils": number("pupils", "persons", 0, dtype="Int64", required=False),
        "beds": number("beds for patients", "1", 0, dtype="Int64", required=False),
        "power": text(
            "electricity: mains, solar that is there, none, or unknown; empty = unknown",
            among=POWERS,
            required=False,
        ),
        "demand_mbps": number(
            "speed that the site needs, as its list says", "Mb/s", 0, 1_000_000, required=False
        ),
        "report_date": text("date of the report", checks=[DATE]),
        **{
            f"{service}_report_date": text(
                f"date of the report on {service}, where it is another than report_date",
                checks=[DATE],
                required=False,
            )
            for service in SERVICES
        },
        "position_basis": text("where the position comes from; assumed = placed by name"),
        "position_radius_m": number(
            "how far the site may be from where it is drawn; empty = the position is known",
            "m",
            0,
            required=False,
        ),
        "commune_name": text("commune as the list names it", required=False),
        **ORIGIN,
        "geometry": shape("Point"),
    },
    "a row a public site",
)

FIBRE = table(
    "fibre",
    "fibre_id",
    {
        "fibre_id": text("identifier of the line", nullable=False),
        "operator": text("whose line it is", nullable=False),
        "tap_allowed": text("may new line branch off it; empty = yes", among=("yes", "no")),
        "lease": text(
            "is its fibre for lease: then line can run through it for a rent, and does not begin at it",
            among=("yes", "no"),
        ),
        "lease_vnd_per_m_year": number(
            "rent of leased fibre; empty = that of the price sheet", "VND/m/year", 0
        ),
        "note": text("what the source says of the line"),
        **ORIGIN,
        "geometry": shape("LineString"),
    },
    "a row an existing fibre line",
)

CELLS = table(
    "cells",
    "cell_id",
    {
        "cell_id": text("identifier of the cell", nullable=False),
        "operator": text("whose cell it is", nullable=False),
        "radio": text("radio technology", nullable=False, among=RADIOS),
        "frequency_mhz": number("carrier frequency", "MHz", 300, 90_000),
        "antenna_height_m": number("height of the antenna above ground", "m", 0, 500),
        "eirp_dbm": number("radiated power (EIRP)", "dBm", -10, 90),
        "azimuth_deg": number("direction of the antenna, empty = all round or not known", "°", 0, 360),
        "tilt_deg": number("how far the antenna looks down, empty = level or not known", "°", -90, 90),
        "backhaul_room_mbps": number(
            "what the mast's own backhaul has to spare; empty = not known", "Mb/s", 0, required=False
        ),
        "note": text("what the source says of the cell"),
        **ORIGIN,
        "geometry": shape("Point"),
    },
    "a row a cell of a mobile network",
)

ROADS = table(
    "roads",
    "road_id",
    {
        "road_id": text("identifier of the road", nullable=False),
        "name": text("name or number"),
        "road_class": text("class as the source has it"),
        **ORIGIN,
        "geometry": shape("LineString"),
    },
    "a row a piece of road along which cable can be laid",
)

RIVERS = table(
    "rivers",
    "river_id",
    {
        "river_id": text("identifier", nullable=False),
        "name": text("name"),
        **ORIGIN,
        "geometry": shape("LineString"),
    },
    "a row a river: for the base map, and where new line must cross it",
)

NODES = table(
    "nodes",
    "node_id",
    {
        "node_id": text("identifier", nullable=False),
        "operator": text("whose node it is", nullable=False),
        "name": text("name"),
        "note": text("what the source says of the node"),
        **ORIGIN,
        "geometry": shape("Point"),
    },
    "a row a point of presence or cabinet that new fibre can start from",
)

DUCTS = table(
    "ducts",
    "duct_id",
    {
        "duct_id": text("identifier", nullable=False),
        "operator": text("whose duct it is", nullable=False),
        "note": text("what the source says of the duct"),
        **ORIGIN,
        "geometry": shape("LineString"),
    },
    "a row an existing duct with room for a cable",
)

POWER_LINES = table(
    "power_lines",
    "power_line_id",
    {
        "power_line_id": text("identifier", nullable=False),
        "note": text("what the source says of the line"),
        **ORIGIN,
        "geometry": shape("LineString"),
    },
    "a row a power line whose poles can carry cable",
)

LANDSLIDES = table(
    "landslides",
    "landslide_id",
    {
        "landslide_id": text("identifier", nullable=False),
        "name": text("what the source calls it, such as a kilometre post"),
        "note": text("what the source says of it"),
        **ORIGIN,
        "geometry": shape("Point"),
    },
    "a row a place where the ground has slid or is said to slide",
)

SETTLEMENTS = table(
    "settlements",
    "settlement_id",
    {
        "settlement_id": text("identifier", nullable=False),
        "name": text("name"),
        **ORIGIN,
        "geometry": shape("Point"),
    },
    "a row a settlement, for the base map",
)

MEASUREMENTS = table(
    "measurements",
    "measurement_id",
    {
        "measurement_id": text("identifier", nullable=False),
        "operator": text("whose network was measured", nullable=False),
        "radio": text("radio technology", nullable=False, among=RADIOS),
        "level_dbm": number("RSRP (LTE, NR), RSCP (UMTS) or RxLev (GSM)", "dBm", -160, 0, nullable=False),
        "measured_date": text("date of the measurement", checks=[DATE]),
        **ORIGIN,
        "geometry": shape("Point"),
    },
    "a row a measured signal (drive test, i-Speed)",
)

CROSSWALK = table(
    "crosswalk",
    "old_code+new_code",
    {
        "old_code": text("code of the unit that there was; empty where it had none", checks=[CODE]),
        "old_vintage": text("year and month of the unit list that the old code belongs to"),
        "old_name": text("its name without the unit type"),
        "old_unit_type": text("xã, phường, thị trấn or đặc khu"),
        "old_district": text("its district"),
        "old_province": text("its province"),
        "new_code": text("code of the unit that it became, wholly or in part", nullable=False, checks=[CODE]),
        "new_vintage": text("year and month from which the new unit holds"),
        "new_name": text("its name without the unit type", nullable=False),
        "new_unit_type": text("xã, phường, thị trấn or đặc khu"),
        "new_district": text("its district, where there are districts"),
        "new_province": text("its province"),
        "share": number(
            "part of the old unit's residents that came to the new one; empty = not known", "1", 0, 1
        ),
        "note": text("what the source says of it"),
        **ORIGIN,
    },
    "a row a pair of an old unit and a new one that it became, wholly or in part",
)

GAZETTEER = table(
    "gazetteer",
    "code+vintage",
    {
        "code": text("official 5-digit code of the unit", nullable=False, checks=[CODE]),
        "vintage": text("year and month of the list that has it", nullable=False),
        "name": text("its name without the unit type", nullable=False),
        "unit_type": text("xã, phường, thị trấn or đặc khu"),
        "district_code": text("code of its district (until June 2025)"),
        "district": text("its district (until June 2025)"),
        "province_code": text("code of its province"),
        "province": text("its province"),
        "population": number("residents", "persons", 0),
        "area_km2": number("area", "km²", 0),
        **ORIGIN,
    },
    "a row a commune in an official list of units",
)

REPORTS = table(
    "reports",
    # All that is answered: two answers of one person on one day may add to each other.
    "site_id+report_date+reported_by+fibre_reported+wifi_reported+mobile_reported+video_reported",
    {
        "site_id": text("the site that was asked", nullable=False, checks=[]),
        "report_date": text("date of the answer", checks=[DATE]),
        "reported_by": text("who answered"),
        "fibre_reported": text("has fibre", among=("yes", "no")),
        "wifi_reported": text("has Wi-Fi for staff and visitors", among=("yes", "no")),
        "mobile_reported": text("mobile class", among=(*MOBILE_CLASSES, "yes", "no")),
        "video_reported": text("equipped for and able to join a video conference", among=("yes", "no")),
        "note": text("what was said beside"),
        "received_at": text(
            "when the answer came in, in the time of Viet Nam; a day alone counts as its end",
            checks=[MOMENT],
            required=False,
        ),
        **ORIGIN,
    },
    "a row an answer to the survey: what a site has, who said so and when",
)

INDICATORS = table(
    "indicators",
    "indicator+unit_code+vintage+date",
    {
        "indicator": text("which indicator (see data/indicators.toml or the study)", nullable=False),
        "level": text("level of the unit", nullable=False, among=LEVELS),
        "unit_code": text("code of the unit that reports: 2, 3 or 5 digits", nullable=False),
        "vintage": text("year and month of the unit list that the code belongs to"),
        "unit_name": text("its name"),
        "date": text("date that the figure speaks of", nullable=False, checks=[DATE]),
        "value": number(
            "the figure; of a yes or no 1 or 0; 13.185 and 13,185 are thousands", "1", 0, nullable=False
        ),
        "of": number("of how many, such as smartphones; empty when the figure is none of a part", "1", 0),
        "reported_by": text("who said so"),
        "note": text("what was said beside"),
        **ORIGIN,
    },
    "a row an indicator of a unit at a date: steering committees, surveys, report forms, installs of an app",
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
    "crosswalk": CROSSWALK,
    "reports": REPORTS,
    "indicators": INDICATORS,
}
