"""Heights of Copernicus GLO-30, cut to the area and what lies about it."""

from pathlib import Path

from phusong.errors import FetchError
from phusong.fetch.area import Area
from phusong.fetch.getter import Getter
from phusong.fetch.source import Fetched, check_tif, tiles_of, write_window
from phusong.language import _, _m

NAME = "elevation"
MEANING = _m("heights in metres, 30 m cells")
PLACE = "elevation"
#: Degrees about the area: hills beyond its border shade it.
MARGIN_DEG = 0.1


def fetch(area: Area, folder: Path, getter: Getter) -> list[Fetched]:
    """elevation.tif. There is no tile over the open sea; FetchError when none of the area's is there."""
    bounds = area.around(MARGIN_DEG)
    found = [getter.get(PLACE, check_tif, may_lack=True, **tile) for tile in tiles_of(bounds, 1)]
    tiles = [tile for tile in found if tile is not None]
    if not tiles:
        raise FetchError(
            _("there is no tile of heights for the area"), where=area.name, do=_("Check its coordinates.")
        )
    path = folder / "elevation.tif"
    place = getter.places[PLACE]
    write_window(tiles, bounds, path, LICENCE=place.licence, ATTRIBUTION=place.attribution)
    about = _("heights from {count} tiles").format(count=len(tiles))
    return [Fetched(path, PLACE, about, "elevation", data_date=place.data_date)]
