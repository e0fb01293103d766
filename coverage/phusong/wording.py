"""The words that people read for the codes in the tables: one place for map, reports, exports, screen."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from phusong.installed import words_of_others
from phusong.language import _, _m, current_language
from phusong.units import decimal, say_distance, say_vnd

SERVICE_NAMES = {
    "fibre": _m("Fibre"),
    "wifi": _m("Wi-Fi"),
    "mobile": _m("Mobile 4G/5G"),
    "video": _m("Video conference"),
}
STATUS_NAMES = {"ok": _m("available"), "gap": _m("gap"), "unknown": _m("unknown")}
BASIS_NAMES = {
    "reported": _m("reported"),
    "measured": _m("measured"),
    "computed": _m("computed"),
    "assumed": _m("assumed"),
}
#: Levels of the administration, whether a unit can join a conference, and what that takes.
LEVEL_NAMES = {"province": _m("Province"), "district": _m("District"), "commune": _m("Commune")}
JOIN_NAMES = {"ok": _m("can join"), "gap": _m("cannot join"), "unknown": _m("not known")}
PART_NAMES = {
    "down": _m("download speed"),
    "up": _m("upload speed"),
    "latency": _m("delay"),
    "loss": _m("packet loss"),
    "equipment": _m("room equipment"),
}
#: How the unit that a name means was found.
HOW_NAMES = {
    "exact": _m("the same name"),
    "folded": _m("the same without accents"),
    "variant": _m("another spelling"),
    "fuzzy": _m("alike"),
}
KIND_NAMES = {
    "office_province": _m("Province office"),
    "office_district": _m("District office"),
    "office_commune": _m("Commune office"),
    "hospital": _m("Hospital"),
    "health_centre": _m("Health centre"),
    "health_station": _m("Commune health station"),
    "school_preschool": _m("Preschool"),
    "school_primary": _m("Primary school"),
    "school_lower_secondary": _m("Lower secondary school"),
    "school_upper_secondary": _m("Upper secondary school"),
    "school": _m("School"),
    "village_hall": _m("Village hall"),
    "post_office": _m("Post office"),
    "other": _m("Other site"),
}
TECHNOLOGY_NAMES = {
    "fibre": _m("Fibre"),
    "microwave": _m("Microwave"),
    "cellular": _m("Mobile broadband"),
    "cell_site": _m("New cell site"),
    "satellite": _m("Satellite"),
    "satellite_geo": _m("Geostationary satellite"),
    "wifi": _m("Wi-Fi"),
}
#: What stands at an end of a microwave link, beside sites.
FACILITY_NAMES = {
    "fibre_end": _m("Pole at existing fibre"),
    "mast": _m("Existing mast"),
    "relay": _m("New relay"),
    "cell_site": _m("New cell site"),
}

#: How new line is built, as in "3.4 km …".
BUILD_NAMES = {
    "buried": _m("buried along a road"),
    "aerial": _m("on own poles along a road"),
    "evn_poles": _m("on EVN poles"),
    "duct": _m("in an existing duct"),
    "offroad": _m("away from any road"),
    "leased": _m("in leased fibre"),
}
ROAD_CLASS_NAMES = {
    "national": _m("national road"),
    "provincial": _m("provincial road"),
    "district": _m("district road"),
    "commune": _m("commune or village road"),
    "track": _m("track"),
    "unknown": _m("road of unknown class"),
}

#: Kinds of change between two runs (`compare.WHAT`), and the totals of a plan.
CHANGE_NAMES = {
    "program": _m("Program"),
    "setting": _m("Setting"),
    "target": _m("Target"),
    "price": _m("Price"),
    "input": _m("Input file"),
    "status": _m("Status of a site"),
    "connection": _m("What a site gets"),
    "investment": _m("Investment"),
}
TOTAL_NAMES = {
    "capex_vnd": _m("To build"),
    "opex_vnd_per_year": _m("A year"),
    "present_cost_vnd": _m("Cost over the study's years"),
    "sites_connected": _m("Sites connected"),
    "new_line_m": _m("New line"),
}

MOBILE_CLASS_NAMES = {
    "good": _m("good signal"),
    "fair": _m("fair signal"),
    "weak": _m("weak signal"),
    "none": _m("no usable signal"),
}

EVIDENCE = {
    "reported_yes": _m("reported: yes"),
    "reported_no": _m("reported: no"),
    "reported_none": _m("reported: no signal"),
    "reported_weak": _m("reported: weak signal"),
    "reported_fair": _m("reported: fair signal"),
    "reported_good": _m("reported: good signal"),
    "no_report": _m("no report"),
    "beyond_reach": _m("no report; the nearest fibre is {fibre_distance} away, beyond reach"),
    "within_reach": _m("no report; fibre passes {fibre_distance} away, which is not yet service"),
    "no_fibre_known": _m("no report, and the study has no fibre line"),
    "position_unsure": _m("no report, and where the site is is not known well enough to tell"),
    "signal_measured": _m("measured: {signal}"),
    "signal_computed": _m("computed from terrain: {signal}"),
    "cell_near": _m("no report; a 4G or 5G cell stands {cell_distance} away (terrain not considered)"),
    "cell_far": _m("no report; the nearest 4G or 5G cell is {cell_distance} away (terrain not considered)"),
    "no_cell_known": _m("no report, and the study has no 4G or 5G cell"),
    "room_not_equipped": _m("the room is reported as not equipped"),
    "equipped_meets_target": _m("reported: the room is equipped, and the connection meets the video target"),
    "speed_below_target": _m("the reported connection misses the video target"),
    "equipped_below_target": _m("reported as equipped, but the connection misses the video target"),
}

#: The same where the distance or signal is not known, as in a package without others' networks.
WITHOUT_FIGURE = {
    "beyond_reach": _m("no report; the nearest fibre is beyond reach"),
    "within_reach": _m("no report; fibre passes near, which is not yet service"),
    "signal_measured": _m("measured"),
    "signal_computed": _m("computed from terrain"),
    "cell_near": _m("no report; a 4G or 5G cell stands near (terrain not considered)"),
    "cell_far": _m("no report; the nearest 4G or 5G cell is far (terrain not considered)"),
}
#: The columns of GAPS of which one must be known for that figure.
FIGURE_OF = MappingProxyType(
    {
        **dict.fromkeys(("beyond_reach", "within_reach"), ("fibre_distance_m",)),
        **dict.fromkeys(("cell_near", "cell_far"), ("cell_distance_m",)),
        **dict.fromkeys(("signal_measured", "signal_computed"), ("mobile_level_dbm", "mobile_measured_dbm")),
    }
)

REASONS = {
    "": "",
    "no_road": _m("no road reaches the site from any fibre; part of the line goes off-road"),
    "unreachable": _m("no fibre can be reached along roads, nor off-road within the study's limit"),
    "no_fibre_known": _m("the study has no fibre line to start from"),
    "no_roads_known": _m("the study has no roads; the line is drawn straight, off-road"),
    "fibre_only": _m("the study asks for fibre at this kind of site"),
    "needs_connection": _m("Wi-Fi needs a connection first: {depends_on}"),
    "connection_unknown": _m("whether the site has a connection for Wi-Fi is unknown: survey first"),
    "too_slow": _m("too slow for the site's demand"),
    "misses_video_target": _m("upload or delay misses the video target"),
    "status_unknown": _m("not known whether there is a gap: survey first"),
    "beyond_area": _m("it would hang on a mast of another area, which is designed by itself"),
    "no_technology": _m("the study plans no technology for this gap"),
    "length_only": _m("line of sight is not checked, for want of elevation: only its length is known"),
    "beyond_hop": _m("no fibre or mast with room lies within one hop"),
    "no_sight": _m("no fibre, mast with room or relay can be seen within the study's number of hops"),
    "no_feed": _m("the study knows no fibre and no mast with room to begin at"),
    "no_elevation": _m("without elevation no place for a cell site can be found"),
    "no_place": _m("no hilltop or village near a road, with backhaul, would serve the site"),
    "no_signal": _m("no 4G or 5G signal that carries anything reaches the site"),
    "signal_not_computed": _m("the signal at the site is neither measured nor computed over terrain"),
    "dearer": _m("another technology costs less over the study's years"),
}

#: Why one connection of a site was chosen before the others.
CHOICES = {
    "cheapest": _m("it costs least"),
    "cheapest_shared": _m("with what it shares with other sites it costs least"),
    "joint": _m("it fits the plan of all sites best"),
    "only_one": _m("it is the only one possible"),
    "fibre_only": _m("the study asks for fibre here"),
}

#: What a plan was made by.
RULES = {
    "least_cost_over_years": _m("each site gets the connection with the least cost over the study's years"),
    "trunk_shared": _m("new fibre line that several sites use is counted once"),
    "rank_by_value_per_cost": _m("what brings most for its cost comes first, given what is built before it"),
    "no_budget": _m("no budget is set: everything is planned"),
    "within_budget": _m("what the budget cannot hold is ranked last and not funded"),
    "unknown_planned": _m("sites of unknown status are planned as gaps"),
    "unknown_not_planned": _m("sites of unknown status are not planned: survey first"),
    "weights_by_kind": _m("sites count by the weight of their kind"),
    "weights_equal": _m("every site counts the same"),
    "weights_by_need": _m("sites count more where people are poor or far away, as the study weighs it"),
    "straight_lines": _m("no roads were given: new line is drawn straight from point to point"),
    "one_area": _m("no communes were given: all sites count as one area"),
    "fibre_only": _m("some kinds of site accept only fibre"),
    "by_area": _m(
        "there are more sites than can be designed at once: each area was designed by itself, masts serve "
        "their own area only, and what two areas could share is paid by each; a budget is spent by rank"
    ),
}


def say(names: Mapping[str, str], code: str, language: str | None = None) -> str:
    """The word for `code` among `names` in `language`, else that of another package's technology; the code
    itself when it has none."""
    if names and code not in names and (word := words_of_others(language or current_language()).get(code)):
        return word
    return _(names.get(code, code), language)


def say_proof(proof: Mapping[str, Any] | None, language: str | None = None) -> str:
    """What the connections cost and how near that is to the cheapest, from the proof of a plan's summary
    (`options.fibre.Proof`); "" when nothing was proven.

    >>> plan = {"sites": 2, "years": 10, "present_cost_vnd": 2_310_000_000, "bound_vnd": 2_302_000_000}
    >>> say_proof(plan, "vi")
    '2,31 tỷ ₫ trong 10 năm, đã chứng minh không đắt hơn mạng rẻ nhất quá 0,4 %'
    """
    gap = _gap_percent(proof, "bound_vnd")
    if proof is None or gap is None:
        return ""
    cost, years = say_vnd(proof["present_cost_vnd"], language), proof["years"]
    if gap == 0:
        said = _("{cost} over {years} years, proven to be the cheapest network", language)
        return said.format(cost=cost, years=years)
    said = _("{cost} over {years} years, proven within {gap} of the cheapest network", language)
    return said.format(cost=cost, years=years, gap=_say_percent(gap, language))


def say_what_is_proven(proof: Mapping[str, Any] | None, language: str | None = None) -> str:
    """What the proof is about, and what of it rests on its certificate alone; "" when nothing was proven."""
    certified = _gap_percent(proof, "certified_vnd")
    if proof is None or not say_proof(proof, language):
        return ""
    at_once = _m(
        "Proven for the network and the technology of {sites} sites, chosen together: to build, renew and "
        "run them over {years} years at these prices, before budget and rounding."
    )
    by_area = _m(
        "Proven for each of {areas} areas by itself, {sites} sites in all, not for what areas could share: "
        "to build, renew and run them over {years} years at these prices, before budget and rounding."
    )
    areas = proof.get("areas", 1)
    said = _(at_once if areas == 1 else by_area, language).format(
        sites=proof["sites"], years=proof["years"], areas=areas
    )
    if proof["certified_vnd"] >= proof["bound_vnd"]:
        whole = _("The certificate was added up again, apart from the search.", language)
        return f"{said} {whole}"
    if certified is None:
        return said
    more = _(
        "Its certificate, added up again apart from the search, proves {gap}; the search proves the rest.",
        language,
    )
    return f"{said} {more.format(gap=_say_percent(certified, language))}"


def say_ceiling(ceiling: Mapping[str, Any] | None, language: str | None = None) -> str:
    """How near what a budget buys is to the most that it can; "" where it pays for all."""
    if ceiling is None:
        return ""
    figures = {name: decimal(ceiling[name], 1, language) for name in ("value", "ceiling")}
    said = _("The budget buys {value} points of need; no plan within it buys more than {ceiling}.", language)
    out = said.format(**figures)
    if not ceiling["all_first_served"]:
        out += " " + _("It does not last for all the sites that go first.", language)
    return out


def _gap_percent(proof: Mapping[str, Any] | None, bound: str) -> float | None:
    """By how many per cent of a bound the cost is above it, rounded up; None when there is none."""
    if proof is None or proof[bound] <= 0 or proof["present_cost_vnd"] <= 0:
        return None
    percent = 100 * (proof["present_cost_vnd"] - proof[bound]) / proof[bound]
    fine = 10 if percent > 0.1 else 100
    return math.ceil(percent * fine - 1e-9) / fine


def _say_percent(percent: float, language: str | None) -> str:
    return f"{decimal(percent, 1 if percent >= 0.1 else 2, language)} %"


def say_evidence(row: Mapping[str, Any], service: str, language: str | None = None) -> str:
    """The evidence sentence of one row of GAPS for one service."""
    code = str(row[f"{service}_evidence"])
    unknown = all(_number(row.get(column)) is None for column in FIGURE_OF.get(code, ()))
    template = say(WITHOUT_FIGURE if code in FIGURE_OF and unknown else EVIDENCE, code, language)
    return template.format(
        fibre_distance=say_distance(_number(row.get("fibre_distance_m")), language),
        cell_distance=say_distance(_number(row.get("cell_distance_m")), language),
        signal=say_signal(row, language),
    )


#: Radio technologies as people know them, in any language.
GENERATION = MappingProxyType({"GSM": "2G", "UMTS": "3G", "LTE": "4G", "NR": "5G"})


def say_signal(row: Mapping[str, Any], language: str | None = None) -> str:
    """The best 4G or 5G signal of a row of GAPS, such as "Viettel 4G −101 dBm (−112 to −99)"; "" for none."""
    level, measured = _number(row.get("mobile_level_dbm")), _number(row.get("mobile_measured_dbm"))
    operator = row.get("mobile_operator")
    who = (
        f"{operator if isinstance(operator, str) else ''} {GENERATION.get(str(row.get('mobile_radio')), '')}"
    )
    who = who.strip()
    if measured is not None:
        return f"{who} {_dbm(measured)} dBm"
    if level is None:
        return ""
    low, high = _number(row.get("mobile_low_dbm")), _number(row.get("mobile_high_dbm"))
    span = _("{low} to {high}", language).format(low=_dbm(low), high=_dbm(high))
    return f"{who} {_dbm(level)} dBm ({span})"


_WORDS = {
    **dict.fromkeys(SERVICE_NAMES, STATUS_NAMES),
    **dict.fromkeys((*(f"{name}_basis" for name in SERVICE_NAMES), "people_basis"), BASIS_NAMES),
    "technology": TECHNOLOGY_NAMES,
    "kind": KIND_NAMES | FACILITY_NAMES,
    "a_kind": FACILITY_NAMES,
    "b_kind": FACILITY_NAMES,
    "build": BUILD_NAMES,
    "road_class": ROAD_CLASS_NAMES,
}


def say_cell(column: str, row: Mapping[str, Any], language: str | None = None) -> str:
    """A cell of a table for people: words for codes, money and numbers as they are written.

    >>> row = {"capex_vnd": 1_601_562_708, "mobile_level_dbm": -97.25, "funded": True, "technology": "fibre"}
    >>> [say_cell(name, row, "vi") for name in row]
    ['1,60 tỷ ₫', '−97,25', 'có', 'Cáp quang']
    """
    value = row[column]
    service = column.removesuffix("_evidence")
    if service in SERVICE_NAMES and service != column:
        return say_evidence(row, service, language)
    if isinstance(value, bool):
        return _("yes", language) if value else _("no", language)
    if isinstance(value, str):
        return say(_WORDS.get(column, {}), value, language)
    if "_vnd" in column:
        return say_vnd(float(value), language)
    text = decimal(float(value), 2, language) if value % 1 else str(int(value))
    return text.replace("-", "−")


def _dbm(level: float | None) -> str:
    return "–" if level is None else f"{round(level)}".replace("-", "−")


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return None if math.isnan(number) else number
