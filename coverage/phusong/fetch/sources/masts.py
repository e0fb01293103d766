"""Masts and towers of OpenStreetMap that may carry antennas. Whose radio is on them is seldom said."""

from pathlib import Path

from phusong.fetch.area import Area
from phusong.fetch.getter import Getter
from phusong.fetch.osm import PLACE, fetch_rows, name_of, within
from phusong.fetch.source import Fetched, write_points
from phusong.language import _, _m

__all__ = ["MEANING", "NAME", "PLACE", "fetch"]

NAME = "masts"
MEANING = _m("masts and towers for antennas")
#: Kinds of tower that carry no antennas of others.
_OTHER_TOWERS = (
    "bell_tower",
    "observation",
    "cooling",
    "watchtower",
    "water",
    "minaret",
    "defensive",
    "pagoda",
)


def fetch(area: Area, folder: Path, getter: Getter) -> list[Fetched]:
    """osm_masts.geojson: a point a mast, with operator and height where said."""
    rows, date = fetch_rows(NAME, area.bounds, getter)
    masts = [
        {
            "id": f"osm-{r['id']}",
            "mast_id": f"osm-{r['id']}",
            "name": name_of(r["tags"]),
            "operator": r["tags"].get("operator", ""),
            "height": r["tags"].get("height", ""),
            "tower_type": r["tags"].get("tower:type", ""),
            "geometry": r["geometry"],
        }
        for r in within(rows, area.shape)
        if r["tags"].get("tower:type", "") not in _OTHER_TOWERS
    ]
    path = folder / "osm_masts.geojson"
    write_points(path, masts)
    return [
        Fetched(
            path,
            PLACE,
            _("{count} masts").format(count=len(masts)),
            why_not=_("no input: OpenStreetMap does not say which radio is on a mast"),
            data_date=date,
        )
    ]
