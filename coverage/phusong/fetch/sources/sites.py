"""Public sites of OpenStreetMap: offices, health, schools, halls, post offices. No reports."""

from pathlib import Path
from typing import Any

from phusong.domain import Finding, guess_kind
from phusong.fetch.area import Area
from phusong.fetch.getter import Getter
from phusong.fetch.osm import PLACE, fetch_rows, name_of, sheet, within
from phusong.fetch.source import Fetched, write_points
from phusong.language import _, _m
from phusong.wording import KIND_NAMES, say

__all__ = ["MEANING", "NAME", "PLACE", "fetch"]

NAME = "sites"
MEANING = _m("public sites: offices, health, schools, village halls, post offices")
#: Tags that say what a site is, the surest first.
_KEYS = ("amenity", "healthcare", "office")


def fetch(area: Area, folder: Path, getter: Getter) -> list[Fetched]:
    """osm_sites.geojson: a point a site in the area."""
    rows, date = fetch_rows(NAME, area.bounds, getter)
    inside = list(within(rows, area.shape))
    sites = [_site(row) | code for row, code in zip(inside, _communes(inside, area), strict=True)]
    path = folder / "osm_sites.geojson"
    write_points(path, sites)
    nameless = sum(not name_of(row["tags"]) for row in inside)
    findings = (
        [
            Finding(
                "warning",
                path.name,
                None,
                _("{count} sites have no name on OpenStreetMap and are called by their kind").format(
                    count=nameless
                ),
                _("Write their names, there or in the study's list."),
            )
        ]
        if nameless
        else []
    )
    about = _("{count} public sites").format(count=len(sites))
    return [Fetched(path, PLACE, about, "sites", tuple(findings), data_date=date)]


def _communes(rows: list[dict[str, Any]], area: Area) -> list[dict[str, str]]:
    """The code of the commune that each site lies in, where the area's communes have codes."""
    if area.communes is None:
        return [{} for _row in rows]
    known = area.communes[area.communes["commune_code"].notna()].sort_values("commune_code")
    out = []
    for row in rows:
        codes = known["commune_code"][known.geometry.intersects(row["geometry"])]
        out.append({"commune_code": str(codes.iloc[0])} if len(codes) else {})
    return out


def _site(row: dict[str, Any]) -> dict[str, Any]:
    tags, kinds = row["tags"], sheet()["kinds"]
    word = next((kinds[tags[key]] for key in _KEYS if tags.get(key) in kinds), "other")
    name = name_of(tags)
    level = sheet()["school_levels"].get(tags.get("isced:level", "")) if word == "school" else None
    kind = guess_kind("", name) or level or guess_kind(word, "") or "other"
    called = name or _("{kind} without a name ({id})").format(kind=say(KIND_NAMES, kind), id=row["id"])
    return {
        "id": f"osm-{row['id']}",
        "site_id": f"osm-{row['id']}",
        "name": called,
        "kind": kind,
        "position_basis": "OpenStreetMap",
        "geometry": row["geometry"],
    }
