"""Roads of OpenStreetMap, also those that lead out of the area."""

from pathlib import Path

from phusong.fetch.area import Area
from phusong.fetch.getter import Getter
from phusong.fetch.osm import PLACE, fetch_rows, name_of
from phusong.fetch.source import Fetched, write_points
from phusong.language import _, _m

__all__ = ["MEANING", "NAME", "PLACE", "fetch"]

NAME = "roads"
MEANING = _m("roads along which cable can be laid")
#: Degrees about the area: the nearest fibre may lie beyond its border.
_MARGIN_DEG = 0.05


def fetch(area: Area, folder: Path, getter: Getter) -> list[Fetched]:
    """osm_roads.geojson: a line a way."""
    rows, date = fetch_rows(NAME, area.around(_MARGIN_DEG), getter)
    roads = [
        {
            "id": f"osm-{r['id']}",
            "road_id": f"osm-{r['id']}",
            "name": r["tags"].get("ref") or name_of(r["tags"]),
            "road_class": r["tags"].get("highway", ""),
            "geometry": r["geometry"],
        }
        for r in rows
    ]
    path = folder / "osm_roads.geojson"
    write_points(path, roads)
    return [
        Fetched(path, PLACE, _("{count} pieces of road").format(count=len(roads)), "roads", data_date=date)
    ]
