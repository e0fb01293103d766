"""What is said of a hop, on the screen and in its picture: verdict, figures with units, what they rest on."""

import math

from phusong.hops import End, Hop, Obstacle
from phusong.language import _, _m
from phusong.radio.links import Clearance
from phusong.radio.rain import RAIN_RATES
from phusong.units import decimal, group_digits

Fact = tuple[str, str]
_RAIN_NAMES = {
    "given": _m("Rain rate R0.01 (given)"),
    "province": _m("Rain rate R0.01 (of the province)"),
    "assumed": _m("Rain rate R0.01 (assumed)"),
}
#: Masts above this are towers of their own kind: better a relay or another place.
_TALL_M = 100.0
#: Obstacles that are numbered in the picture and listed; the JSON holds all.
_MOST_OBSTACLES = 6


_VERDICTS = {
    "clear": _m("Clear: the path keeps both clearance rules of ITU-R P.530"),
    "sight_only": _m("Line of sight, but not clear: something stands in the Fresnel zone"),
    "blocked": _m("Blocked: no line of sight"),
}


def verdict_code(hop: Hop) -> str:
    """clear, sight_only or blocked."""
    if hop.link.clear:
        return "clear"
    return "sight_only" if hop.link.line_of_sight else "blocked"


def verdict(hop: Hop, language: str | None = None) -> str:
    """The answer in one sentence."""
    return _(_VERDICTS[verdict_code(hop)], language)


def end_facts(hop: Hop, language: str | None = None) -> list[Fact]:
    """The ends: where they are, how high their ground and antenna."""
    a, b = hop.link.profile.ground_m[[0, -1]]
    return [
        (f"A  {one_line(hop.a.name)}", _place(hop.a, float(a), language)),
        (f"B  {one_line(hop.b.name)}", _place(hop.b, float(b), language)),
    ]


def geometry_facts(hop: Hop, language: str | None = None) -> list[Fact]:
    """Length, bearings, and clearance at both k."""
    forth, back = (f"{decimal(angle, 1, language)}°" for angle in hop.bearings_deg)
    median, least = hop.link.clearances
    return [
        (_("Length", language), f"{decimal(hop.link.length_km, 2, language)} km"),
        (_("Bearing from A, from B", language), f"{forth}, {back}"),
        (_("Line of sight (k = 4/3)", language), _yes(hop.link.line_of_sight, language)),
        (_clearance_name("4/3", language), _clearance(median, language)),
        (_clearance_name(decimal(least.k, 2, language), language), _clearance(least, language)),
    ]


def budget_facts(hop: Hop, language: str | None = None) -> list[Fact]:
    """Band, losses, received level and margin."""
    link, radio = hop.link, hop.radio
    equipment = _("{power} dBm, dishes {gain} dBi", language).format(
        power=decimal(radio.power_dbm, 0, language), gain=decimal(radio.gain_dbi, 1, language)
    )
    return [
        (_("Band", language), f"{_ghz(link.f_ghz, language)} GHz"),
        (_("Radio (assumed)", language), equipment),
        (_("Free-space loss", language), _db(link.free_space_db, language)),
        (_("Gases", language), _db(link.gas_db, language)),
        (_("Residual diffraction", language), _db(link.diffraction_db, language)),
        (_("Received level", language), _minus(f"{decimal(link.received_dbm, 1, language)} dBm")),
        (
            _("Margin over {threshold} dBm", language).format(threshold=_minus(f"{radio.threshold_dbm:.0f}")),
            _minus(_db(link.margin_db, language)),
        ),
    ]


def outage_facts(hop: Hop, language: str | None = None) -> list[Fact]:
    """Outage by rain and multipath, availability with its range, and the antennas that clear the path."""
    link, rain = hop.link, decimal(hop.climate.r001_mm_h, 1, language)
    a, b, both = antenna_heights(hop)
    return [
        (_(_RAIN_NAMES[hop.rain_basis], language), f"{rain} mm/h"),
        (_("Rain outage", language), _outage(link.rain_outage_percent, 0.001, language)),
        (_("Multipath outage", language), _outage(link.multipath_outage_percent, 1e-5, language)),
        (_("Availability", language), _availability(hop, language)),
        (_("Least antenna at A alone", language), _metres(a, language)),
        (_("Least antenna at B alone", language), _metres(b, language)),
        (_("Least antennas, both alike", language), _metres(both, language)),
    ]


def obstacle_table(hop: Hop, language: str | None = None) -> tuple[list[str], list[list[str]]]:
    """(headers, rows) of what stands in the way most, numbered from A to B."""
    k_min = decimal(hop.link.clearances[1].k, 2, language)
    headers = [
        _("No.", language),
        _("km from A", language),
        _("Longitude", language),
        _("Latitude", language),
        _("Height, m a.s.l.", language),
        _("into F1 at k = 4/3, m", language),
        _("into {part} F1 at k = {k}, m", language).format(
            part=decimal(hop.link.clearances[1].asked_f1, 1, language), k=k_min
        ),
    ]
    rows = [
        [
            str(number),
            decimal(o.d_km, 2, language),
            _("{lon}° E", language).format(lon=decimal(o.lon, 5, language)),
            _("{lat}° N", language).format(lat=decimal(o.lat, 5, language)),
            group_digits(o.height_m, language),
            *(decimal(into, 1, language) if into > 0 else "–" for into in (o.into_median_m, o.into_least_m)),
        ]
        for number, o in enumerate(worst_obstacles(hop), 1)
    ]
    return headers, rows


def worst_obstacles(hop: Hop) -> list[Obstacle]:
    """The obstacles that stand in farthest, from A to B."""
    worst = sorted(hop.obstacles, key=lambda o: -max(o.into_median_m, o.into_least_m))[:_MOST_OBSTACLES]
    return sorted(worst, key=lambda o: o.d_km)


def antenna_heights(hop: Hop) -> tuple[float, float, float]:
    """Least antenna heights in m that clear: A alone, B alone, both alike; rounded up to 0.1 m."""
    masts = hop.link.masts
    least = (masts.at_start_m, masts.at_end_m, masts.both_m)
    return tuple(max(math.ceil(height * 10) / 10, 0.0) for height in least)  # type: ignore[return-value]


def notes(hop: Hop, language: str | None = None) -> list[str]:
    """What the figures rest on, and how far to trust them."""
    out = [
        _(
            "Clearance by ITU-R P.530-18: the whole first Fresnel zone at k = 4/3, {part} of it at k_min "
            "(figure 2, drawn for a temperate climate).",
            language,
        ).format(part=decimal(hop.link.clearances[1].asked_f1, 1, language)),
        _(
            "Heights every {cell} m from the elevation model; {canopy}. Check on the ground before building.",
            language,
        ).format(
            cell=group_digits(hop.terrain.cell_m, language),
            canopy=_("trees and houses from the canopy model", language)
            if hop.terrain.canopy
            else _("trees and houses are not in it", language),
        ),
        _("Radio, dishes, threshold and refractivity are assumed until a partner names its own.", language),
    ]
    if hop.rain_basis == "assumed":
        lowest = f"{_tidy(min(RAIN_RATES.values()), language)} mm/h"
        out.append(
            _(
                "R0.01 is the highest of the provinces on record; availability reaches to the lowest, {low}.",
                language,
            ).format(low=lowest)
        )
    if not hop.link.clear:
        out.append(
            _("The path is not clear: availability counts its loss at median k, and will be worse.", language)
        )
    if min(antenna_heights(hop)) > _TALL_M:
        out.append(_("No mast of usual height clears this path: plan a relay or another place.", language))
    return out


def one_line(name: str, most: int = 40) -> str:
    """A name for one line of a picture: no control characters, not too long."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return clean if len(clean) <= most else clean[: most - 1] + "…"


def title(hop: Hop, language: str | None = None) -> str:
    """What the picture is called."""
    return _("Microwave link {a} – {b}", language).format(a=one_line(hop.a.name), b=one_line(hop.b.name))


def _place(end: End, ground_m: float, language: str | None) -> str:
    return _("{lon}° E, {lat}° N; ground {ground} m, antenna {antenna} m", language).format(
        lon=decimal(end.lon, 5, language),
        lat=decimal(end.lat, 5, language),
        ground=group_digits(ground_m, language),
        antenna=_tidy(end.height_m or 0.0, language),
    )


def _tidy(number: float, language: str | None) -> str:
    return decimal(number, 0 if float(number).is_integer() else 1, language)


def _ghz(f_ghz: float, language: str | None) -> str:
    return decimal(f_ghz, 0 if float(f_ghz).is_integer() else 2, language).removesuffix("0" * 2)


def _clearance_name(k: str, language: str | None) -> str:
    return _("Clearance at k = {k}", language).format(k=k)


def _clearance(rule: Clearance, language: str | None) -> str:
    kept = _("kept", language) if rule.clear else _("broken", language)
    return _("{least} F1 at {km} km; asked {asked} F1: {kept}", language).format(
        least=_minus(decimal(rule.least_f1, 2, language)),
        km=decimal(rule.at_km, 2, language),
        asked=decimal(rule.asked_f1, 1, language),
        kept=kept,
    )


def _outage(percent: float, least: float, language: str | None) -> str:
    """Per cent of a year, and the time that this is."""
    if percent >= 100:
        return _("always: no margin", language)
    sign = "≤ " if percent <= least else ""
    return f"{sign}{_percent(max(percent, least), language)} ({sign}{_time(max(percent, least), language)})"


def _percent(percent: float, language: str | None) -> str:
    digits = min(max(2 - math.floor(math.log10(percent)), 2), 6) if percent > 0 else 2
    return f"{decimal(percent, digits - 1, language)} %"


def _time(percent: float, language: str | None) -> str:
    minutes = percent / 100 * 525_960
    if minutes >= 120:
        return _("{hours} h a year", language).format(hours=group_digits(minutes / 60, language))
    return _("{minutes} min a year", language).format(minutes=_least_digits(minutes, language))


def _least_digits(number: float, language: str | None) -> str:
    return decimal(number, 0 if number >= 10 else 1, language)


def _availability(hop: Hop, language: str | None) -> str:
    """Availability in per cent; from the assumed rain rate to the lowest on record where none is known."""
    wet, dry = hop.availability_range or (hop.link.availability_percent,) * 2
    said = dict.fromkeys(_nines(percent, language) for percent in (wet, dry))
    return " – ".join(said) + " %"


def _nines(percent: float, language: str | None) -> str:
    return decimal(percent, 4 if percent > 99 else 1, language)


def _metres(height: float, language: str | None) -> str:
    return f"{decimal(height, 1, language)} m"


def _db(value: float, language: str | None) -> str:
    return f"{decimal(value, 1, language)} dB"


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _yes(value: bool, language: str | None) -> str:
    return _("yes", language) if value else _("no", language)
