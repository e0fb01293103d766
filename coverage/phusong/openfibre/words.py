"""The standard's words for what a plan knows, and small things that all its parts need."""

import hashlib
import math
from typing import Any

import pandas as pd
import shapely

Thing = dict[str, Any]
#: A place to 7 decimals of a degree, about 1 cm: ends that agree so far are one.
Key = tuple[float, float]

SCHEMA = "https://standard.ofds.info/en/0__4__0/network-schema.json"
CRS84 = {"name": "urn:ogc:def:crs:OGC::CRS84", "uri": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
DECIMALS = 7
EARTH_RADIUS_M = 6_371_000.0
#: Deployment, supporting infrastructure and what it runs with, by how line is built. How line away from any
#: road is laid is not known before the survey.
LAID: dict[str, Thing] = {
    "buried": {"deployment": ["belowGround"], "codeployment": "road"},
    "duct": {
        "deployment": ["belowGround"],
        "codeployment": "road",
        "supportingInfrastructure": {"type": "duct"},
    },
    "aerial": {
        "deployment": ["aboveGround"],
        "codeployment": "road",
        "supportingInfrastructure": {"type": "pole"},
    },
    "evn_poles": {
        "deployment": ["aboveGround"],
        "codeployment": "electricity",
        "supportingInfrastructure": {"type": "pole"},
    },
}
#: What carries the antenna at an end of a microwave hop.
CARRIES = {"site": "building", "fibre_end": "pole", "mast": "tower", "relay": "tower", "cell_site": "tower"}
#: The standard's open list of node types has no word for the premises of who uses the network.
PREMISES = "endUserPremises"


def filled(said: Thing) -> Thing:
    """Only what is known: the standard has no empty values."""
    return {key: value for key, value in said.items() if known(value)}


def known(value: Any) -> bool:
    """Is there anything in a cell?"""
    if isinstance(value, (list, dict)):
        return bool(value)
    return bool(value.strip()) if isinstance(value, str) else not pd.isna(value)


def text_of(value: Any) -> str:
    """A cell's text; "" for an empty one."""
    return str(value) if known(value) else ""


def named_id(kind: str, name: str) -> str:
    """An id that stays while the name does."""
    return f"{kind}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def free_id(own: str, taken: set[str], prefix: str) -> str:
    """`own`, with `prefix` before it as often as it takes to be free; then it is taken."""
    while own in taken:
        own = prefix + own
    taken.add(own)
    return own


def geometry(shape: Any) -> Thing:
    """A point or line as GeoJSON."""
    flat = [list(key_of(*at)) for at in shapely.get_coordinates(shape)]
    return {"type": shape.geom_type, "coordinates": flat[0] if shape.geom_type == "Point" else flat}


def key_of(lon: float, lat: float) -> Key:
    """The place to `DECIMALS`."""
    return round(float(lon), DECIMALS), round(float(lat), DECIMALS)


def metres_between(a: Key, b: Key) -> float:
    """Distance of two near places in metres, on a sphere of the Earth's size."""
    east = math.radians(a[0] - b[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return EARTH_RADIUS_M * math.hypot(east, math.radians(a[1] - b[1]))
