"""Every text of the page in both languages."""

from collections.abc import Callable, Mapping

from phusong.language import LANGUAGES
from phusong.wording import say


def _m(message: str) -> str:
    """Mark a message for translation where it is declared."""
    return message


#: The interface's own texts by the key that the scripts ask for. `{…}` is filled in by the page.
INTERFACE = {
    "product": _m("Digital connectivity map"),
    "skip": _m("Skip the map"),
    "map": _m("Map"),
    "panel": _m("Overview and plan"),
    "legend": _m("Legend"),
    "language": _m("Language"),
    "expand": _m("Show more"),
    "collapse": _m("Show less"),
    "close": _m("Back to the overview"),
    "zoom_in": _m("Zoom in"),
    "zoom_out": _m("Zoom out"),
    "open_data": _m("Open data"),
    "whole_area": _m("Show the whole area"),
    "print": _m("Print"),
    "north": _m("North"),
    "north_letter": _m("N"),
    # Headline, one for each service.
    "centres_fibre": _m("commune centres have fibre"),
    "centres_wifi": _m("commune centres have Wi-Fi"),
    "centres_mobile": _m("commune centres have a usable 4G or 5G signal"),
    "centres_video": _m("commune centres can hold video conferences"),
    # The same without communes, of sites.
    "served_fibre": _m("sites have fibre"),
    "served_wifi": _m("sites have Wi-Fi"),
    "served_mobile": _m("sites have a usable 4G or 5G signal"),
    "served_video": _m("sites can hold video conferences"),
    "without": _m("Without:"),
    "not_known": _m("Not known:"),
    "and_more": _m("and {n} more"),
    # Figures.
    "public_sites": _m("Public sites by service"),
    "choose_service": _m("Choose a service to colour the map by"),
    "status_ok": _m("Available"),
    "status_gap": _m("Gap"),
    "status_unknown": _m("Unknown"),
    "plan": _m("Proposed plan"),
    "capex": _m("Cost to build"),
    "opex": _m("Cost to run"),
    "per_year": _m("a year"),
    "range": _m("{low} to {high}"),
    "sites_connected": _m("Sites connected"),
    "assumed": _m("{share} of the cost rests on assumed prices"),
    "proof": _m("Connections: {proof}"),
    "rules": _m("How the plan was made"),
    "investments": _m("Investments in order"),
    # What units report by date.
    "indicators": _m("Indicators reported by units"),
    "indicator_covered": _m("reported by {units}"),
    "indicator_before": _m("Before:"),
    "indicator_not_done": _m("Reported as not done:"),
    "indicator_not_reported": _m("Not reported:"),
    # Budget slider, filters, colours.
    "with_budget": _m("With a budget of"),
    "with_lifetime_budget": _m("With, for the study's years (build, renew, run),"),
    "study_budget": _m("Study's budget"),
    "no_budget_set": _m("The study sets no budget."),
    "all": _m("All"),
    "reset": _m("Start again"),
    "rank": _m("Rank"),
    "colour_by": _m("Colour by"),
    "no_year": _m("no year stated"),
    "no_partner": _m("not known"),
    "lit_count": _m("{n} of {all} investments."),
    "lit_only": _m("Only {filters}."),
    "lit_next": _m("Next: no. {n}, from {money}."),
    "plan_order": _m("In the order of this plan; a plan made for this very sum may buy more."),
    "money_buys": _m("{money}: {n} of {all} investments, {sites} sites connected"),
    "not_lit": _m("not in the chosen money or filter"),
    "people_served": _m("People who rely on them"),
    "and_wifi": _m("and Wi-Fi: {sites}"),
    "people_unknown": _m("of {n} sites not known"),
    "centres_with_fibre": _m("Commune centres with fibre"),
    "of_communes": _m("of {n} communes"),
    "gaps_left": _m("Gaps left"),
    "of_gaps": _m("of {n} today"),
    "none_closes": _m("no investment closes them"),
    "no_investments": _m("Nothing needs to be built."),
    "funded": _m("within the budget"),
    "unfunded": _m("beyond the budget"),
    "n_sites": _m("{n} sites"),
    "one_site": _m("1 site"),
    "n_people": _m("{n} people"),
    "after": _m("after no. {n}"),
    "communes": _m("Communes"),
    "population": _m("Population"),
    # Cards.
    "centre": _m("Commune centre"),
    "no_centre": _m("No list names the commune office."),
    "sites_here": _m("Public sites"),
    "several_here": _m("{n} sites at this place"),
    "people": _m("People who rely on it"),
    "estimate": _m("estimate"),
    "position": _m("Position"),
    "position_off": _m("assumed, may be {distance} off"),
    "evidence": _m("What there is and what is missing"),
    "basis": _m("Basis: {basis}"),
    "solution": _m("Chosen solution"),
    "no_solution": _m("No solution is planned: nothing is missing, or it must be surveyed first."),
    "only_connects": _m("Gives a connection; the fibre gap stays."),
    "why_not": _m("Other options and why not"),
    "technology": _m("Technology"),
    "cost": _m("Cost"),
    "reason": _m("Reason"),
    "not_feasible": _m("not feasible"),
    "not_needed": _m("feasible, not chosen"),
    "new_line": _m("New line"),
    "offroad": _m("of it off-road"),
    "joins": _m("Joins parts of the roads, off-road"),
    "leased": _m("leased fibre"),
    "leased_fibre": _m("Leased fibre"),
    "rent": _m("of it rent: {rent}"),
    "per_person": _m("Cost a person"),
    "cumulative": _m("Cost up to and with this"),
    "network": _m("Uses the network of"),
    "partner": _m("Partner"),
    "year": _m("Year"),
    "investment": _m("Investment no. {n}"),
    "alone": _m("cost if the site were connected alone"),
    # Conferences of three levels.
    "conference": _m("Video conference of three levels"),
    "join_ok": _m("can join"),
    "join_gap": _m("cannot join"),
    "join_unknown": _m("not known"),
    "missing": _m("Missing"),
    "conference_unknown": _m("Not known"),
    "room_equipment": _m("Room equipment"),
    "not_in_plan": _m("(not in the plan's money)"),
    "not_in_plan_if": _m("(if it lacks it; not in the plan's money)"),
    "with_plan": _m("With plan and equipment"),
    "finished_in": _m("finished in {year}"),
    # Microwave links and their profile.
    "link_title": _m("Microwave link: {a} – {b}"),
    "link_ends": _m("Both ends"),
    "link_profile": _m("Profile of the path"),
    "link_figures": _m("Link budget and clearance"),
    "link_ground": _m("Ground, m a.s.l."),
    "link_antenna": _m("Antenna, m above ground"),
    "link_azimuth": _m("Azimuth, from true north"),
    "link_tilt": _m("Tilt, up positive"),
    "link_length": _m("Length"),
    "link_band": _m("Band"),
    "link_rate": _m("Rate"),
    "link_radio": _m("Radio (assumed)"),
    "link_radio_said": _m("{power} dBm, dishes {gain} dBi"),
    "link_received": _m("Received level"),
    "link_margin": _m("Margin over {threshold} dBm"),
    "link_availability": _m("Availability"),
    "link_rain": _m("Rain rate R0.01"),
    "link_clearance": _m("Clearance at k = {k}"),
    "link_clearance_said": _m("{least} F1 at {km} km; asked {asked} F1"),
    "link_assumed": _m(
        "Radio, dishes, threshold and refractivity are assumed until a partner names its own."
    ),
    "link_flat": _m(
        "The study has no elevation: there is no profile, and the figures suppose a clear path over level "
        "ground."
    ),
    "profile_said": _m(
        "Profile of the path, {length} km. A stands on ground at {a_ground} m a.s.l. with the antenna "
        "{a_height} m up, B at {b_ground} m with {b_height} m. The ground between lies from {low} to {high} "
        "m. The tightest point is {at} km from A: {least} of the first Fresnel radius is clear, {asked} is "
        "asked."
    ),
    "profile_antenna": _m("{end}: antenna {height} m"),
    "profile_m": _m("m a.s.l."),
    "profile_from_ray": _m("m from the ray"),
    "profile_km": _m("km from A"),
    "profile_tightest": _m("{least} F1 at {km} km"),
    "profile_ray": _m("Ray"),
    "profile_zone": _m("First Fresnel zone, k = 4/3"),
    "profile_part": _m("60 % of the zone"),
    "profile_ground": _m("Ground"),
    "profile_canopy": _m("Trees and houses"),
    "profile_note": _m(
        "The Earth's bulge at k = 4/3 is added to the ground. Heights are drawn {times} times larger; below, "
        "the same seen from the ray."
    ),
    # Search.
    "search_label": _m("Search for communes, districts, sites and settlements"),
    "search_hint": _m("Commune, site or code"),
    "n_hits": _m("{n} found"),
    "one_hit": _m("1 found"),
    "more_hits": _m("… and {n} more: type more of the name"),
    "no_hits": _m("Nothing here is called “{what}”."),
    "no_hits_try": _m("Try part of the name (accents may be left out), or the code of a commune or site."),
    "indexing": _m("Still reading the names …"),
    "kind_district": _m("District"),
    "kind_settlement": _m("Settlement"),
    "commune": _m("Commune"),
    "one_commune": _m("1 commune"),
    "n_communes": _m("{n} communes"),
    "units_of": _m("list of {date}"),
    "unit_new": _m("unit since {date}"),
    "unit_new_undated": _m("new unit"),
    "unit_old": _m("former unit, list of {date}"),
    "unit_old_undated": _m("former unit"),
    "now_in": _m("Now in"),
    "came_from": _m("Made of these former units"),
    "made_of": _m("Communes of this map that it is made of"),
    "became": _m("Communes of this map that it is now in"),
    "in_part": _m("in part"),
    "beyond_study": _m("Also of units that this map does not have: {names}"),
    "address_unknown": _m("“{what}” in this page's address is not in this map. The whole area is shown."),
    # Data table.
    "budget": _m("Budget"),
    "investments_short": _m("Investment packages"),
    "data_table": _m("Data table"),
    "close_table": _m("Close the table"),
    "download_csv": _m("Download CSV"),
    "rows_shown": _m("{from}–{to} of {n}"),
    "no_rows": _m("No row fits these filters."),
    "previous_rows": _m("Rows before"),
    "next_rows": _m("Rows after"),
    "all_of": _m("{what}: all"),
    "all_kinds": _m("All kinds"),
    "all_districts": _m("All districts"),
    "all_technologies": _m("All technologies"),
    "in_view": _m("Only what the map shows"),
    "code": _m("Code"),
    "name": _m("Name"),
    "type": _m("Type"),
    "kind": _m("Kind"),
    "commune_code": _m("Commune code"),
    "sites_with": _m("Sites, {service} {status}"),
    "basis_of": _m("Basis ({service})"),
    "date_of": _m("Date ({service})"),
    "people_estimate": _m("People who rely on it (estimate)"),
    "fibre_distance": _m("Distance to fibre (m)"),
    "what": _m("Investment package"),
    "low": _m("Cost to build, low"),
    "high": _m("Cost to build, high"),
    "opex_per_year": _m("Cost to run a year"),
    "new_line_m": _m("New line (m)"),
    "within_budget": _m("Within the budget"),
    "yes": _m("yes"),
    "no": _m("no"),
    # Legend.
    "column_communes": _m("Communes"),
    "column_area": _m("Area"),
    "column_sites": _m("Sites"),
    "layer_fibre": _m("Existing fibre"),
    "layer_nodes": _m("Fibre nodes"),
    "layer_masts": _m("Mobile masts"),
    "layer_segments": _m("Proposed new line"),
    "off_road": _m("away from any road"),
    "layer_links": _m("Microwave links"),
    "layer_investments": _m("Investments by rank"),
    "layer_roads": _m("Roads"),
    "layer_rivers": _m("Rivers"),
    "layer_settlements": _m("Settlements"),
    "family_office": _m("Government office"),
    "family_health": _m("Health facility"),
    "family_school": _m("School"),
    "family_village_hall": _m("Village hall"),
    "family_post_office": _m("Post office"),
    "family_other": _m("Other site"),
    # What a large page is drawn without.
    "left_out": _m("Left out to keep the page small"),
    "left_out_other_options": _m("options that were not chosen; phusong explain tells them"),
    "left_out_minor_roads": _m("roads without a number"),
    "left_out_settlements": _m("settlements"),
    "left_out_rivers": _m("rivers"),
    # Where it comes from.
    "about": _m("About this map"),
    "data_of": _m("Data of"),
    "made_on": _m("Made on"),
    "source": _m("Source"),
    "note": _m("Note"),
    "run": _m("Run"),
    "inset": _m("Location in Viet Nam"),
    "vietnam": _m("Viet Nam"),
    "hoang_sa": _m("Hoàng Sa Islands"),
    "truong_sa": _m("Trường Sa Islands"),
    "hoang_sa_short": _m("Hoàng Sa"),
    "truong_sa_short": _m("Trường Sa"),
    "operator_unknown": _m("operator not known"),
    # Computed signal.
    "layer_signal": _m("Computed signal"),
    "signal_best": _m("best of all operators"),
    "signal_made": _m("Computed on {date}"),
    # Online background.
    "layer_tiles": _m("Online background"),
    "tiles_foreign": _m("its boundaries and names are not this map's, and may not be Viet Nam's"),
    "tiles_need_address": _m(
        "not shown: its server answers only pages opened from a web address, not from a file"
    ),
    # History.
    "history": _m("Status at"),
    "history_play": _m("Play"),
    "history_pause": _m("Pause"),
    "history_changes": _m("Since {date}:"),
    "history_gained": _m("{n} gained"),
    "history_lost": _m("{n} lost"),
    "history_corrected": _m("{n} corrected (to or from unknown)"),
    "history_added": _m("{n} sites new to the list"),
    "history_gone": _m("{n} sites no longer listed"),
    "history_same": _m("nothing changed"),
    "history_first": _m("The first date that there is."),
    "history_elsewhere": _m("{n} sites of that date are not on this map; the figures count them."),
    "history_plan": _m("The plan is that of {date}."),
    "history_then": _m("As at {date}. How each status was known is kept for {now} only."),
}


class Phrases:
    """Texts in both languages, each pair kept once and known by its place."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, ...], int] = {}

    def of(self, say: Callable[[str], str]) -> int:
        """The place of the text that `say` gives in each language."""
        pair = tuple(say(language) for language in LANGUAGES)
        return self._places.setdefault(pair, len(self._places))

    def word(self, names: Mapping[str, str], code: str) -> int:
        """The place of the word for `code` among `names`; of `code` itself, translated, when it has none."""
        return self.of(lambda language: say(names, code, language))

    @property
    def pairs(self) -> list[tuple[str, ...]]:
        """All pairs in the order of their places, Vietnamese first."""
        return list(self._places)
