"""Towns, villages and hamlets of OpenStreetMap."""

from pathlib import Path

from phusong.fetch.area import Area
from phusong.fetch.getter import Getter
from phusong.fetch.osm import PLACE, fetch_rows, name_of, within
from phusong.fetch.source import Fetched, write_points
from phusong.language import _, _m

__all__ = ["MEANING", "NAME", "PLACE", "fetch"]

NAME = "settlements"
MEANING = _m("towns, villages and hamlets")


def fetch(area: Area, folder: Path, getter: Getter) -> list[Fetched]:
    """osm_settlements.geojson: a point a settlement in the area."""
    rows, date = fetch_rows(NAME, area.bounds, getter)
    places = [
        {
            "id": f"osm-{r['id']}",
            "settlement_id": f"osm-{r['id']}",
            "name": name_of(r["tags"]),
            "geometry": r["geometry"],
        }
        for r in within(rows, area.shape)
    ]
    path = folder / "osm_settlements.geojson"
    write_points(path, places)
    about = _("{count} settlements").format(count=len(places))
    return [Fetched(path, PLACE, about, "settlements", data_date=date)]
