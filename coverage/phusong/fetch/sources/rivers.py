"""Rivers, streams and canals of OpenStreetMap."""

from pathlib import Path

from phusong.fetch.area import Area
from phusong.fetch.getter import Getter
from phusong.fetch.osm import PLACE, fetch_rows, name_of
from phusong.fetch.source import Fetched, write_points
from phusong.language import _, _m

__all__ = ["MEANING", "NAME", "PLACE", "fetch"]

NAME = "rivers"
MEANING = _m("rivers, streams and canals")


def fetch(area: Area, folder: Path, getter: Getter) -> list[Fetched]:
    """osm_rivers.geojson: a line a way."""
    rows, date = fetch_rows(NAME, area.bounds, getter)
    rivers = [
        {
            "id": f"osm-{r['id']}",
            "river_id": f"osm-{r['id']}",
            "name": name_of(r["tags"]),
            "geometry": r["geometry"],
        }
        for r in rows
    ]
    path = folder / "osm_rivers.geojson"
    write_points(path, rivers)
    return [
        Fetched(path, PLACE, _("{count} pieces of river").format(count=len(rivers)), "rivers", data_date=date)
    ]
