"""The microwave hops of a plan in its bill of quantities: a list of all, and a sheet with a profile each."""

from typing import Any

import numpy as np

from phusong.language import _
from phusong.openfibre.words import known, text_of
from phusong.radio.links import MEDIAN_K, fresnel_m, raised_m, ray_m
from phusong.units import decimal
from phusong.wording import FACILITY_NAMES, say
from phusong.workbooks.book import Book
from phusong.workbooks.paper import on_a4

#: Where on its sheet the picture's figures stand: beyond what is printed.
_FIRST = 12
Row = dict[str, Any]
#: A label, what to write, and its unit.
Fact = tuple[str, Any, str]


def write_links(made: Book) -> None:
    """The list of hops by id, and their sheets; only the list, with one line, where no hop is built."""
    language = made.language
    page = made.sheet(_("Microwave hops", language))
    headers = [
        (_("Sheet", language), 14),
        (_("From (A)", language), 30),
        (_("To (B)", language), 30),
        (_("Length, km", language), 9),
        (_("Band, GHz", language), 8),
        (_("Rate, Mb/s", language), 8),
        (_("Azimuth at the start, °", language), 10),
        (_("Azimuth at the end, °", language), 10),
        (_("Antenna at the start, m", language), 10),
        (_("Antenna at the end, m", language), 10),
        (_("Received, dBm", language), 10),
        (_("Fade margin, dB", language), 9),
        (_("Works, % of a year", language), 10),
        (_("Path", language), 18),
        (_("Investment", language), 22),
        (_("Budget", language), 12),
    ]
    row = made.top(page, _("Microwave hops", language), radio_note(language), headers)
    links = made.run.tables["links"].sort_values("link_id").to_dict("records")
    if not links:
        page.write_string(row, 0, _("The plan builds no microwave hop.", language), made.styles["plain_note"])
    for number, link in enumerate(links, start=1):
        name = _hop_page(made, number, link)
        values = (
            name, end_name(link, "a", language), end_name(link, "b", language), link["length_m"] / 1000,
            link["f_ghz"], link["rate_mbps"], link["a_azimuth_deg"], link["b_azimuth_deg"],
            link["a_height_m"], link["b_height_m"], link["received_dbm"], link["margin_db"],
            link["availability_percent"], path_verdict(link, language), link["investment_id"],
            _("within the budget", language) if link["funded"] else _("beyond the budget", language),
        )  # fmt: skip
        for column, value in enumerate(values):
            made.cell(page, row, column, value, "thousandth" if column in (3, 12) else "")
        page.set_row(row, 30)
        row += 1


def radio_note(language: str) -> str:
    """What the figures of a hop rest on."""
    return _(
        "Computed by ITU-R P.530; powers, gains and thresholds are assumed until a supplier names its own. "
        "Survey each path before building.",
        language,
    )


def end_name(link: Row, letter: str, language: str) -> str:
    """The site's name, or what stands there, and its id."""
    kind = text_of(link[f"{letter}_kind"])
    name = text_of(link[f"{letter}_name"]) or say(FACILITY_NAMES, kind, language)
    return f"{name} ({link[f'{letter}_id']})"


def path_verdict(link: Row, language: str) -> str:
    """Does the path keep both rules of clearance?"""
    if not known(link["clearance_f1"]):
        return _("not checked: no elevation", language)
    kept = link["clearance_f1"] >= link["asked_f1"] and link["clearance_k_min_f1"] >= link["asked_k_min_f1"]
    return _("clear by both rules", language) if kept else _("not clear", language)


def _hop_page(made: Book, number: int, link: Row) -> str:
    """The sheet of a hop; its name."""
    language = made.language
    page = made.sheet(_("Hop {number}", language).format(number=number))
    page.set_column(0, 0, 54)
    page.set_column(1, 2, 16)
    page.set_column(3, 3, 8)
    page.set_column(4, _FIRST - 1, 11)
    title = f"{end_name(link, 'a', language)} → {end_name(link, 'b', language)}"
    page.write_string(0, 0, title, made.styles["title"])
    page.write_string(1, 0, radio_note(language), made.styles["plain_note"])
    row = _ends(made, page, 3, link)
    for label, value, unit in (*_budget(link, language), *_path(link, language)):
        made.cell(page, row, 0, label)
        if isinstance(value, str):
            page.merge_range(row, 1, row, 2, "", made.styles["cell"])
            made.cell(page, row, 1, value)
            row += 1
            continue
        fine = unit in ("F1", "%") and known(value)
        made.cell(page, row, 1, value, "thousandth" if fine else "")
        made.cell(page, row, 2, unit)
        row += 1
    if known(link["profile_ground_m"]):
        last, low = _figures(made, page, link)
        _picture(made, page, last, low, link["length_m"] / 1000)
    else:
        text = _("No profile: the study has no elevation here.", language)
        page.write_string(3, 5, text, made.styles["plain_note"])
    page.print_area(0, 0, max(row, 34), _FIRST - 1)
    on_a4(page)
    page.fit_to_pages(1, 1)
    return str(page.get_name())


def _ends(made: Book, page: Any, row: int, link: Row) -> int:
    """Both ends side by side: place, ground, antenna, where it points."""
    language = made.language
    (lon_a, lat_a), (lon_b, lat_b) = link["geometry"].coords[0], link["geometry"].coords[-1]
    for column, text in enumerate(
        ("", _("Start (A)", language), _("End (B)", language), _("Unit", language))
    ):
        page.write_string(row, column, text, made.styles["header"])
    names = [end_name(link, letter, language) for letter in "ab"]
    page.set_row(row + 1, 62)
    facts = (
        (_("What stands there", language), *names, ""),
        (_("Operator", language), text_of(link["a_operator"]), text_of(link["b_operator"]), ""),
        (_("Longitude", language), f"{lon_a:.6f}", f"{lon_b:.6f}", "°"),
        (_("Latitude", language), f"{lat_a:.6f}", f"{lat_b:.6f}", "°"),
        (_("Ground above sea level", language), link["a_ground_m"], link["b_ground_m"], "m"),
        (_("Antenna above ground", language), link["a_height_m"], link["b_height_m"], "m"),
        (_("Azimuth from true north", language), link["a_azimuth_deg"], link["b_azimuth_deg"], "°"),
        (_("Tilt above the horizon", language), link["a_tilt_deg"], link["b_tilt_deg"], "°"),
    )
    for label, a, b, unit in facts:
        row += 1
        for column, value in enumerate((label, a, b, unit)):
            style = "thousandth" if column in (1, 2) and unit == "°" and not isinstance(value, str) else ""
            made.cell(page, row, column, value, style)
    return row + 2


def _budget(link: Row, language: str) -> list[Fact]:
    rain = {
        "province": _("Rain rate of 0.01 % of the year, of the province", language),
        "assumed": _("Rain rate of 0.01 % of the year, assumed", language),
    }
    return [
        (_("Length", language), link["length_m"], "m"),
        (_("Band", language), link["f_ghz"], "GHz"),
        (_("Rate, by the price sheet", language), link["rate_mbps"], "Mb/s"),
        (_("Transmit power (assumed)", language), link["power_dbm"], "dBm"),
        (_("Gain of each dish (assumed)", language), link["gain_dbi"], "dBi"),
        (_("Received level in clear air", language), link["received_dbm"], "dBm"),
        (_("Level that the rate asks for (assumed)", language), link["threshold_dbm"], "dBm"),
        (_("Fade margin", language), link["margin_db"], "dB"),
        (rain.get(text_of(link["rain_basis"]), rain["assumed"]), link["r001_mm_h"], "mm/h"),
        (_("Works so much of a year (rain and multipath)", language), link["availability_percent"], "%"),
    ]


def _path(link: Row, language: str) -> list[Fact]:
    k = _("Clearance at k = {k}, in radii of the first Fresnel zone", language)
    return [
        (k.format(k="4/3"), link["clearance_f1"], "F1"),
        (_("asked for there", language), link["asked_f1"], "F1"),
        (k.format(k=decimal(link["k_min"], 2, language)), link["clearance_k_min_f1"], "F1"),
        (_("asked for there", language), link["asked_k_min_f1"], "F1"),
        (_("Path", language), path_verdict(link, language), ""),
        (_("Investment", language), link["investment_id"], ""),
        (_("Sites served over it", language), text_of(link["site_ids"]).replace(";", ", "), ""),
    ]


def _figures(made: Book, page: Any, link: Row) -> tuple[int, float]:
    """The profile as figures for the picture, beyond the printed part; its last row and lowest height."""
    language = made.language
    ground = np.array([float(m) for m in link["profile_ground_m"].split()])
    canopy = text_of(link["profile_canopy_m"])
    above = np.array([float(m) for m in canopy.split()]) if canopy else np.zeros(len(ground))
    d_km = np.arange(len(ground)) * link["profile_step_m"] / 1000
    start, end = ground[0] + link["a_height_m"], ground[-1] + link["b_height_m"]
    ray = ray_m(d_km, start, end)
    columns = (
        (_("Distance, km", language), d_km),
        (_("Ground with the Earth's bulge", language), raised_m(d_km, ground, MEDIAN_K)),
        (_("Trees and houses", language), raised_m(d_km, ground + above, MEDIAN_K)),
        (_("Ray, k = 4/3", language), ray),
        (_("Lower edge of the first Fresnel zone", language), ray - fresnel_m(d_km, link["f_ghz"])),
    )
    for column, (text, values) in enumerate(columns, _FIRST):
        page.write_string(2, column, text, made.styles["plain_note"])
        page.write_column(3, column, [round(float(value), 3) for value in values])
    return 2 + len(d_km), float(min(values.min() for _text, values in columns[1:]))


def _picture(made: Book, page: Any, last: int, low_m: float, km: float) -> None:
    """The profile with ground, trees, ray and zone, as a chart of the sheet's own figures."""
    language, sheet = made.language, page.get_name()
    chart = made.book.add_chart({"type": "scatter", "subtype": "straight"})
    lines = (
        (2, {"color": "#5E8C4A", "width": 1, "dash_type": "dash"}),
        (1, {"color": "#6B5B3E", "width": 2}),
        (4, {"color": "#7A94B8", "width": 1, "dash_type": "square_dot"}),
        (3, {"color": "#1F4E8C", "width": 1.75}),
    )
    for column, line in lines:
        chart.add_series(
            {
                "name": [sheet, 2, _FIRST + column],
                "categories": [sheet, 3, _FIRST, last, _FIRST],
                "values": [sheet, 3, _FIRST + column, last, _FIRST + column],
                "line": line,
                "marker": {"type": "none"},
            }
        )
    chart.set_x_axis(
        {"name": _("Distance from A, km", language), "min": 0, "major_gridlines": {"visible": True}}
    )
    floor = 50 * np.floor(low_m / 50)
    chart.set_y_axis({"name": _("Height, m a.s.l.", language), "min": floor, "num_format": "#,##0"})
    chart.set_legend({"position": "bottom"})
    chart.set_title({"none": True})
    chart.set_size({"width": 630, "height": 500})
    page.insert_chart(3, 4, chart)
