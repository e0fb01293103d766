"""Power lines of OpenStreetMap that stand on poles; those on towers are left out."""

import re
from pathlib import Path

from phusong.domain import Finding
from phusong.fetch.area import Area
from phusong.fetch.getter import Getter
from phusong.fetch.osm import PLACE, fetch_rows, sheet
from phusong.fetch.source import Fetched, write_points
from phusong.language import _, _m
from phusong.units import group_digits

__all__ = ["MEANING", "NAME", "PLACE", "fetch"]

NAME = "power_lines"
MEANING = _m("power lines whose poles can carry cable")


def fetch(area: Area, folder: Path, getter: Getter) -> list[Fetched]:
    """osm_power_lines.geojson: a line a way, with its voltage as the note."""
    rows, date = fetch_rows(NAME, area.bounds, getter)
    most = sheet()["most_pole_volts"]["value"]
    low = [row for row in rows if (highest_volts(row["tags"].get("voltage", "")) or 0) <= most]
    lines = [
        {
            "id": f"osm-{r['id']}",
            "power_line_id": f"osm-{r['id']}",
            "note": f"voltage={r['tags']['voltage']}" if r["tags"].get("voltage") else _("voltage not known"),
            "geometry": r["geometry"],
        }
        for r in low
    ]
    path = folder / "osm_power_lines.geojson"
    write_points(path, lines)
    findings = (
        [
            Finding(
                "warning",
                path.name,
                None,
                _("{count} lines above {volts} V are left out: they stand on towers").format(
                    count=len(rows) - len(low), volts=group_digits(most)
                ),
                _("Ask EVN which of its lines may carry cable."),
            )
        ]
        if len(rows) > len(low)
        else []
    )
    about = _("{count} pieces of power line").format(count=len(lines))
    return [Fetched(path, PLACE, about, "power_lines", tuple(findings), data_date=date)]


def highest_volts(text: str) -> int | None:
    """The highest voltage that a tag says; None when it says none.

    >>> highest_volts("110000;22000"), highest_volts("medium")
    (110000, None)
    """
    found = [int(number) for number in re.findall(r"\d+", text)]
    return max(found, default=None)
