"""Residents of WorldPop, scaled to the census by commune where the communes have figures."""

import tempfile
from pathlib import Path

from phusong.beside import whole_file
from phusong.census import read_people, scale_population, write_people
from phusong.domain import Finding
from phusong.fetch.area import Area
from phusong.fetch.getter import Getter
from phusong.fetch.source import Fetched, check_tif, write_window
from phusong.language import _, _m

NAME = "population"
MEANING = _m("residents in cells, scaled to the census by commune")
PLACE = "population"


def fetch(area: Area, folder: Path, getter: Getter) -> list[Fetched]:
    """population.tif: scaled where communes with residents are known, else as published, and says so."""
    raster = getter.get(PLACE, check_tif)
    assert raster is not None
    place, path = getter.places[PLACE], folder / "population.tif"
    tags = {"LICENCE": place.licence, "ATTRIBUTION": place.attribution}
    communes = area.communes
    if communes is None or not (communes["population"].fillna(0) > 0).any():
        write_window([raster], area.around(0.01), path, **tags)
        finding = Finding(
            "warning",
            path.name,
            None,
            _("is as published, not scaled: no commune has a census figure"),
            _("Give residents by commune with --census."),
        )
        return [
            Fetched(
                path, PLACE, _("residents as published"), "population", (finding,), data_date=place.data_date
            )
        ]
    named = communes.assign(commune_code=communes["commune_code"].fillna(communes["name"]))
    with tempfile.TemporaryDirectory() as away:
        cut = Path(away) / "published.tif"
        write_window([raster], area.around(0.02), cut, **tags)
        scaled, findings = scale_population(read_people(cut), named, path.name)
        with whole_file(path) as part:
            write_people(scaled, part, **tags, NOTE="scaled to the census by commune")
    about = _("residents scaled to the census of {count} communes").format(
        count=int((communes["population"].fillna(0) > 0).sum())
    )
    return [Fetched(path, PLACE, about, "population", tuple(findings), data_date=place.data_date)]
