"""The list of administrative units with their codes."""

import csv
from pathlib import Path

from phusong.beside import whole_file
from phusong.fetch.area import Area
from phusong.fetch.getter import Getter
from phusong.fetch.source import Fetched
from phusong.fetch.units import check_json, read_units
from phusong.language import _, _m

NAME = "units"
MEANING = _m("list of communes, districts and provinces with their codes")
PLACE = "units"
#: Our column = that of official lists.
_HEADERS = {
    "province_code": "province_code",
    "province": "province",
    "district_code": "district_code",
    "district": "district",
    "commune_code": "code",
    "name": "name",
    "unit_type": "type",
}


def fetch(_area: Area, folder: Path, getter: Getter) -> list[Fetched]:
    """units.csv: all communes of the country, for --gazetteer and `phusong units`."""
    listed = getter.get(PLACE, check_json)
    assert listed is not None
    units, path = read_units(listed), folder / "units.csv"
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_HEADERS.values())
        writer.writerows(units[list(_HEADERS)].sort_values("commune_code").itertuples(index=False))
    about = _("list of {count} communes").format(count=len(units))
    return [Fetched(path, PLACE, about, why_not=_("for --gazetteer"))]
