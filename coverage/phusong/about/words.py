"""What a file is said with: names of facts, and what inputs hold."""

from phusong.domain import INPUT_TABLES
from phusong.language import _, _m, current_language
from phusong.layers import meaning_in

#: What a fact is called.
FACTS = {
    "title": _m("Title"),
    "language": _m("Language"),
    "inputs": _m("Inputs"),
    "missing": _m("Not there"),
    "run_id": _m("Run"),
    "created": _m("Made"),
    "phusong": _m("By phusong"),
    "sites": _m("Sites"),
    "sites_connected": _m("Sites connected"),
    "capex_vnd": _m("To build"),
    "files": _m("Files"),
    "readable": _m("Can be read"),
    "figures": _m("Figures"),
    "keys": _m("Keys"),
    "size_mb": _m("Size, MB"),
    "rows": _m("Rows"),
    "columns": _m("Columns"),
    "cell": _m("Cell"),
    "bands": _m("Bands"),
    "cell_type": _m("Type of cells"),
    "no_value": _m("Stands for no value"),
    "encoding": _m("Letters as"),
}
_RASTER_MEANINGS = {
    "elevation": _m("metres above sea level"),
    "canopy": _m("height of trees and houses in metres"),
    "slope": _m("slope of the ground in degrees"),
    "population": _m("residents in each cell"),
}


def meaning_of(read_as: str) -> str:
    """What an input holds, in the current language."""
    if read_as in INPUT_TABLES:
        return meaning_in(INPUT_TABLES[read_as].description or "", current_language())
    return _(_RASTER_MEANINGS.get(read_as, ""))
