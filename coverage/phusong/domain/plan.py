"""The tables of the plan: options, what sites share, investments, lines, links, what they come to."""

import pandera.pandas as pa

from phusong.domain.tables import count, flag, number, shape, table, text
from phusong.domain.words import BUILDS, CLOSES, FACILITY_KINDS, LINK_END_KINDS, ROAD_CLASSES

MONEY_COLUMNS = {
    "capex_vnd": count("cost to build", "VND"),
    "capex_low_vnd": count("the same at the low prices of the sheet", "VND"),
    "capex_high_vnd": count("the same at the high prices of the sheet", "VND"),
    "opex_vnd_per_year": count("cost to run", "VND/year"),
    "present_cost_vnd": count("CAPEX, renewals and OPEX of the study's years, discounted", "VND"),
}


OPTIONS = table(
    "options",
    "site_id+technology",
    {
        "site_id": text("the site", nullable=False),
        "technology": text("technology", nullable=False),
        "closes": text("the gap that it closes (see domain.CLOSES)", nullable=False, among=CLOSES),
        "feasible": flag("can it be built and does it meet the targets"),
        "reason": text("why not, or what to know (a code)"),
        **{
            name: count(c.description, c.metadata["unit"], nullable=True) for name, c in MONEY_COLUMNS.items()
        },
        "share_vnd": count(
            "what it costs in the plan: fair share of line, and its own terminal; empty unless chosen",
            "VND",
            nullable=True,
        ),
        "share_rent_vnd_per_year": count(
            "its fair share of the rent of leased fibre, poles and ducts; empty unless chosen",
            "VND/year",
            nullable=True,
        ),
        "new_line_m": number("new line that the site would need if it were alone", "m", 0),
        "offroad_m": number("of it, away from any road", "m", 0),
        "down_mbps": number("download speed", "Mb/s", 0),
        "up_mbps": number("upload speed", "Mb/s", 0),
        "latency_ms": number("round-trip time", "ms", 0),
        "availability_percent": number(
            "part of a year in which it works; of radio hops by rain and multipath (P.530)", "%", 0, 100
        ),
        "months_to_build": number("time to build", "months", 0),
        "depends_on": text(
            "the facility that it hangs on (see FACILITIES), or connection: the site must have one"
        ),
        "facility_capex_vnd": count(
            "of capex_vnd, the facility and those that it hangs on, which several sites can share",
            "VND",
            nullable=True,
        ),
        "facility_opex_vnd_per_year": count("of opex_vnd_per_year, the same", "VND/year", nullable=True),
        "facility_present_cost_vnd": count("of present_cost_vnd, the same", "VND", nullable=True),
        "households_passed": number("households that it would reach beside the site", "1", 0),
        "revenue_vnd_per_year": count(
            "what the site and households passed are expected to pay", "VND/year", nullable=True
        ),
        "viability_gap_vnd": count(
            "present cost less present revenue, not below 0: what a subsidy must close", "VND", nullable=True
        ),
        "meets_video": flag("feasible, and its speeds and delay meet the study's video target"),
        "chosen": flag("the plan builds this option"),
    },
    "a row a (site, technology): feasible or why not, and its cost if the site were alone",
)


FACILITIES = table(
    "facilities",
    "facility_id",
    {
        "facility_id": text("identifier, the same from run to run while its place is", nullable=False),
        "technology": text("the technology that proposes it", nullable=False),
        "kind": text("what it is", nullable=False, among=FACILITY_KINDS),
        "depends_on": text("the facility that it hangs on itself; empty where it needs none"),
        **MONEY_COLUMNS,
        "capacity_mbps": number("what all that hang on it can use together; empty = not known", "Mb/s", 0),
        "people": number("people without a usable signal whom it would cover; an estimate", "persons", 0),
        "site_ids": text("sites in need that it can serve, separated by ;"),
        "operator": text("whose mast it stands on or is"),
        "height_m": number("antenna above ground, as high as its own link asks for", "m", 0),
        "link_m": number("length of the hop to what it hangs on", "m", 0),
        "f_ghz": number("band of that hop", "GHz", 0),
        "availability_percent": number("of the way from fibre to it", "%", 0, 100),
        "months_to_build": number("time to build, without what it hangs on", "months", 0),
        "geometry": shape("Point"),
    },
    "a row a mast, relay, carrier or cell site that several sites can share, with its own fixed cost",
)


ALTERNATIVES = table(
    "alternatives",
    "site_id+technology+facility_id",
    {
        "site_id": text("the site", nullable=False),
        "technology": text("technology", nullable=False),
        "facility_id": text("the facility that it would hang on", nullable=False),
        **MONEY_COLUMNS,
        "demand_mbps": number("what it takes of the facility's capacity", "Mb/s", 0),
        "down_mbps": number("download speed", "Mb/s", 0),
        "height_m": number("antenna at the site above ground", "m", 0),
        "link_m": number("length of the last hop", "m", 0),
        "f_ghz": number("band of the last hop", "GHz", 0),
        "availability_percent": number("of the whole way", "%", 0, 100),
    },
    "a row a (site, technology, facility) that is feasible: the site's own cost, without any facility",
)


INVESTMENTS = table(
    "investments",
    "investment_id",
    {
        "investment_id": text("identifier, the same from run to run while its sites are", nullable=False),
        "rank": number("place in the order to build", "1", 1, dtype="int64", nullable=False),
        "technology": text("technology", nullable=False),
        "closes": text("the gap that it closes (see domain.CLOSES)", nullable=False, among=CLOSES),
        "site_ids": text("its sites, separated by ;", nullable=False),
        "commune_codes": text("communes of its sites, separated by ;", nullable=False),
        "sites": count("number of sites", "1"),
        "people": count("people who rely on its sites; an estimate", "persons"),
        **MONEY_COLUMNS,
        "capex_vnd_per_site": count("CAPEX a site", "VND"),
        "capex_vnd_per_person": count("CAPEX a person", "VND", nullable=True),
        "value": number("sum of its sites' weights", "1", 0),
        "value_per_billion_vnd": number(
            "value per billion đồng of present cost: what the rank rests on", "1/10⁹ VND", 0
        ),
        "cumulative_capex_vnd": count("CAPEX of this and all before it", "VND"),
        "funded": flag("within the budget"),
        "depends_on": text("investments that must come first, separated by ;"),
        "new_line_m": number("new line, trunk counted once", "m", 0, nullable=False),
        "offroad_m": number("of it, away from any road", "m", 0, nullable=False),
        "leased_m": number("leased fibre, beside the new line", "m", 0, nullable=False),
        "rent_vnd_per_year": count("of its OPEX, rent of leased fibre, poles and ducts", "VND/year"),
        "taps_vnd": count("of its CAPEX, for opening existing cable", "VND"),
        "facility_ids": text("masts, relays and sectors that it pays for (see FACILITIES), separated by ;"),
        "households_passed": number("households that its new line passes first", "1", 0),
        "revenue_vnd_per_year": count(
            "what its sites, households passed and people covered are expected to pay",
            "VND/year",
            nullable=True,
        ),
        "viability_gap_vnd": count(
            "present cost less present revenue, not below 0: what a subsidy must close", "VND", nullable=True
        ),
        "operator": text("operator of the line that it taps, or of the masts that it uses"),
        "year": number("year in which its works begin", "1", 1900, 2200, dtype="Int64"),
        "finished_year": number("year in which it is finished", "1", 1900, 2200, dtype="Int64"),
        "partner": text("who builds it; chưa rõ: whoever is cheapest"),
        "geometry": shape("MultiPoint"),
    },
    "a row an investment, in the order to build",
)


SEGMENTS = table(
    "segments",
    "segment_id",
    {
        "segment_id": text("identifier", nullable=False),
        "investment_id": text("the investment that pays for it", nullable=False),
        "kind": text(
            "along a road, off-road, the drop to a site, or leased fibre",
            nullable=False,
            among=("road", "offroad", "drop", "leased"),
        ),
        "build": text("how it is built", nullable=False, among=BUILDS),
        "joins_parts": flag("does it lead, off-road, to a part of the road network that no road joins"),
        "road_class": text("class of the road; empty away from roads", among=ROAD_CLASSES),
        "length_m": number("length", "m", 0, nullable=False),
        "capex_vnd": count("cost to build, with crossings and taps", "VND"),
        "crossings_vnd": count("of it, for river crossings", "VND"),
        "taps_vnd": count("of it, for opening existing cable where the segment begins", "VND"),
        "leased_id": text("existing line whose fibre is leased"),
        "rent_vnd_per_year": count("rent of leased fibre, EVN's poles or ducts", "VND/year"),
        "mean_slope_deg": number("mean slope of the ground; empty without elevation", "°", 0, 90),
        "river_crossings": count("how often it crosses a river", "1"),
        "landslides_near": count("landslides near it (landslide_reach_m of the price sheet)", "1"),
        "class_factor": number("factor on its price for the class of the road", "1", 0, nullable=False),
        "slope_factor": number("factor on its price for slope, mean over its length", "1", 0, nullable=False),
        "landslide_factor": number(
            "factor on its price for landslides, mean over its length", "1", 0, nullable=False
        ),
        "sites_downstream": count("sites that use it", "1"),
        "upstream_id": text("the segment between it and existing fibre; empty where it begins there"),
        "tap_id": text("existing line or node that its branch begins at", nullable=False),
        "end_site_ids": text("sites at its end, separated by ;"),
        "geometry": shape("LineString"),
    },
    "a row a piece of new line or leased fibre; together they are the plan's network, each priced once",
)


def _end_columns(end: str, where: str) -> dict[str, pa.Column]:
    return {
        f"{end}_id": text(f"facility or site at the end {where}", nullable=False),
        f"{end}_kind": text("what stands there", nullable=False, among=LINK_END_KINDS),
        f"{end}_name": text("name of the site there; empty for a facility"),
        f"{end}_operator": text("whose mast or line is there"),
        f"{end}_ground_m": number("ground there; empty without elevation", "m a.s.l."),
        f"{end}_height_m": number("antenna there, above ground", "m", 0, nullable=False),
        f"{end}_azimuth_deg": number(
            "where it points, from true north along the geodesic", "°", 0, 360, nullable=False
        ),
        f"{end}_tilt_deg": number(
            "where it points, above the horizon at k = 4/3; empty without elevation", "°", -90, 90
        ),
    }


LINKS = table(
    "links",
    "link_id",
    {
        "link_id": text("identifier, the same from run to run while its ends are", nullable=False),
        "investment_id": text("the investment that pays for it", nullable=False),
        "funded": flag("within the budget"),
        "site_ids": text("sites that are served over it, separated by ;", nullable=False),
        **_end_columns("a", "towards fibre"),
        **_end_columns("b", "away from fibre"),
        "length_m": number("length", "m", 0, nullable=False),
        "f_ghz": number("band", "GHz", 0, nullable=False),
        "rate_mbps": number("what it carries, by the price sheet", "Mb/s", 0, nullable=False),
        "power_dbm": number("transmit power, assumed", "dBm", nullable=False),
        "gain_dbi": number("gain of each dish, assumed", "dBi", nullable=False),
        "threshold_dbm": number("received level that the rate asks for, assumed", "dBm", nullable=False),
        "received_dbm": number("received level in clear air", "dBm", nullable=False),
        "margin_db": number("fade margin: received level over the threshold", "dB", nullable=False),
        "r001_mm_h": number("rain rate exceeded for 0.01 % of the year", "mm/h", 0, nullable=False),
        "rain_basis": text("what the rain rate rests on", nullable=False, among=("province", "assumed")),
        "availability_percent": number(
            "part of a year in which it works, by rain and multipath (P.530)", "%", 0, 100, nullable=False
        ),
        "clearance_f1": number(
            "least clearance at k = 4/3 in radii of the first Fresnel zone; empty without elevation", "1"
        ),
        "asked_f1": number("what P.530 asks for there", "1", 0, nullable=False),
        "clearance_at_m": number("where along the path that is, from a", "m", 0),
        "k_min": number("the k that is exceeded for 99.9 % of the worst month", "1", 0, nullable=False),
        "clearance_k_min_f1": number("least clearance at k_min; empty without elevation", "1"),
        "asked_k_min_f1": number("what P.530 asks for there", "1", 0, nullable=False),
        "clearance_k_min_at_m": number("where along the path that is, from a", "m", 0),
        "terrain": text(
            "what the figures rest on; flat: level ground, a clear path is supposed, no profile is known",
            nullable=False,
            among=("elevation", "flat"),
        ),
        "profile_step_m": number("step of the profile; empty without elevation", "m", 0),
        "profile_ground_m": text(
            "ground from a to b in whole m a.s.l.: at each step the highest place within half a step"
        ),
        "profile_canopy_m": text("height of trees and houses above it, in whole m; empty where not known"),
        "geometry": shape("LineString"),
    },
    "a row a microwave hop that the plan builds, from fibre outwards; ends nearer than 100 m are joined by "
    "cable and are no link",
)


def plan_columns(whole: bool) -> dict[str, pa.Column]:
    """What the plan does in a place, within the budget and beyond it; parts of communes need not be whole."""
    columns = {
        "sites_connected": ("sites that the plan connects", "1"),
        "sites_wifi": ("sites to which it gives Wi-Fi", "1"),
        **{name: (c.description, c.metadata["unit"]) for name, c in MONEY_COLUMNS.items()},
    }
    return {
        f"{when}{name}": count(f"{meaning}, {said}", unit)
        if whole
        else number(f"{meaning}, {said}, shared out; empty where nothing was planned", unit, 0)
        for when, said in (("", "within the budget"), ("later_", "beyond the budget"))
        for name, (meaning, unit) in columns.items()
    }


COMMUNE_PLAN = table(
    "commune_plan",
    "commune_code",
    {"commune_code": text("the commune", nullable=False), **plan_columns(whole=True)},
    "a row a commune: what the plan does there; the money of what sites share is split by their fair shares",
)


SENSITIVITY = table(
    "sensitivity",
    "investment_id",
    {
        "investment_id": text("the investment of the plan", nullable=False),
        "rank": number("its place in the plan's order", "1", 1, dtype="int64", nullable=False),
        "technology": text("its technology", nullable=False),
        "site_ids": text("its sites, separated by ;", nullable=False),
        "draws": count("draws of prices, doubtful statuses and signals", "1"),
        "built_percent": number(
            "draws in which the budget serves at least half of its sites by its technology", "%", 0, 100
        ),
        "top_percent": number(
            "draws that put it among as many first ones of the plan's as the plan funds", "%", 0, 100
        ),
        "top_half_percent": number("the same, among half as many", "%", 0, 100),
        **{
            f"{name}_{percent}_vnd": count(
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
