"""OpenStreetMap: our questions to an Overpass server, its answers, and extracts (.osm.pbf, .osm).

Both give the same rows: `id` such as "w123", `tags`, `geometry` (a point or a line in degrees).
"""

import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import shapely

from phusong.bundled import bundled
from phusong.errors import FetchError
from phusong.fetch.area import Bounds
from phusong.fetch.getter import Getter
from phusong.language import _

PLACE = "osm"
Row = dict[str, Any]
#: Keys with a column of their own in GDAL's view of an extract; all other tags are in other_tags.
_LAYERS = {"point": ("points", "multipolygons"), "line": ("lines",)}
_OWN_COLUMNS = ("osm_id", "osm_way_id", "z_order", "other_tags", "geometry")


@cache
def sheet() -> dict[str, Any]:
    """data/openstreetmap.toml: what is asked, by layer, and what tags mean."""
    return tomllib.loads(bundled("openstreetmap.toml").read_text(encoding="utf-8"))


def question(layer: str, bounds: Bounds, silence_s: float) -> str:
    """The question to an Overpass server for a layer of the sheet within bounds."""
    west, south, east, north = bounds
    box = f"{south:.6f},{west:.6f},{north:.6f},{east:.6f}"
    point = sheet()[layer]["shape"] == "point"
    asked = "".join(f"{'nwr' if point else 'way'}{_filter(said)};" for said in sheet()[layer]["filters"])
    out = "out tags center qt;" if point else "out tags geom qt;"
    return f"[out:json][timeout:{int(silence_s)}][bbox:{box}];({asked});{out}"


def _filter(said: str) -> str:
    key, _sign, values = said.partition("=")
    return f'["{key}"~"^({values})$"]' if values else f'["{key}"]'


def fetch_rows(layer: str, bounds: Bounds, getter: Getter) -> tuple[list[Row], str]:
    """The rows of a layer within bounds, by id, and the date of the data (empty where not said)."""
    place = getter.places[PLACE]
    if place.url.split("?")[0].endswith((".osm.pbf", ".pbf", ".osm")):
        path = getter.get(PLACE, check_extract)
        assert path is not None
        return read_extract(path, layer, bounds), ""
    asked = question(layer, bounds, place.silence_s - 30 if place.silence_s > 60 else place.silence_s)
    path = getter.get(PLACE, check_answer, body=asked)
    assert path is not None
    said = json.loads(path.read_bytes())
    date = str(said.get("osm3s", {}).get("timestamp_osm_base", ""))[:10]
    return read_answer(said, layer), date


def check_answer(path: Path, _sure: bool) -> None:
    """ValueError unless it is a whole answer: a server out of time sends what it has, with a remark."""
    try:
        said = json.loads(path.read_bytes())
        elements = said["elements"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(_("no answer of an Overpass server")) from None
    if remark := str(said.get("remark", "")):
        raise ValueError(_("the server gave up: {remark}").format(remark=remark[:120]))
    if not isinstance(elements, list):
        raise ValueError(_("no answer of an Overpass server"))


def read_answer(said: dict[str, Any], layer: str) -> list[Row]:
    """Rows of an Overpass answer: each element once, by id; those without a shape are left out."""
    rows = {}
    for element in said["elements"]:
        shape = _shape(element, sheet()[layer]["shape"] == "point")
        if shape is not None:
            mark = f"{str(element['type'])[0]}{element['id']}"
            rows[mark] = {"id": mark, "tags": element.get("tags", {}), "geometry": shape}
    return [rows[mark] for mark in sorted(rows)]


def _shape(element: dict[str, Any], point: bool) -> shapely.Geometry | None:
    if point:
        at = element.get("center", element)
        return shapely.Point(at["lon"], at["lat"]) if "lon" in at and "lat" in at else None
    corners = [(p["lon"], p["lat"]) for p in element.get("geometry") or () if p]
    return shapely.LineString(corners) if len(set(corners)) > 1 else None


def check_extract(path: Path, _sure: bool) -> None:
    """ValueError unless it begins as an extract of OpenStreetMap does."""
    with path.open("rb") as stream:
        head = stream.read(200)
    if b"OSMHeader" not in head[:30] and b"<osm" not in head:
        raise ValueError(_("no extract of OpenStreetMap"))


def read_extract(path: Path, layer: str, bounds: Bounds) -> list[Row]:
    """Rows of a layer of the sheet from an extract, within bounds. FetchError when it cannot be read."""
    import pyogrio

    try:
        check_extract(path, True)
        rows: dict[str, Row] = {}
        for name in _LAYERS[sheet()[layer]["shape"]]:
            frame = pyogrio.read_dataframe(path, layer=name, bbox=bounds)
            for said in frame.to_dict("records"):
                row = _extract_row(said, name)
                if row is not None and _wanted(row["tags"], layer):
                    rows[row["id"]] = row
    except (OSError, ValueError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise FetchError(
            _("cannot be read as an extract of OpenStreetMap ({reason})").format(
                reason=" ".join(str(error).split())[:160]
            ),
            where=str(path),
            do=_("Fetch it again: a .osm.pbf."),
        ) from None
    return [rows[mark] for mark in sorted(rows)]


def _extract_row(said: dict[str, Any], name: str) -> Row | None:
    shape = said["geometry"]
    if shape is None or shape.is_empty:
        return None
    tags = {key: value for key, value in said.items() if key not in _OWN_COLUMNS and isinstance(value, str)}
    tags |= other_tags(said.get("other_tags"))
    own = {"points": "n", "lines": "w"}.get(name, "r")
    mark = said.get("osm_id")
    if name == "multipolygons":
        if not isinstance(mark, str):
            own, mark = "w", said.get("osm_way_id")
        # The middle of the bounds, as an Overpass server's center.
        west, south, east, north = shape.bounds
        shape = shapely.Point((west + east) / 2, (south + north) / 2)
    return {"id": f"{own}{mark}", "tags": tags, "geometry": shape}


def other_tags(text: Any) -> dict[str, str]:
    r"""Tags of GDAL's other_tags.

    >>> other_tags(r'"power"=>"line","name:vi"=>"a \"b\", c"')
    {'power': 'line', 'name:vi': 'a "b", c'}
    """
    if not isinstance(text, str):
        return {}
    pairs = re.findall(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"', text)
    return {_unescaped(key): _unescaped(value) for key, value in pairs}


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _wanted(tags: dict[str, str], layer: str) -> bool:
    for said in sheet()[layer]["filters"]:
        key, _sign, values = said.partition("=")
        if key in tags and (not values or tags[key] in values.split("|")):
            return True
    return False


def name_of(tags: dict[str, str]) -> str:
    """What people there call it."""
    return next((tags[key] for key in ("name:vi", "name", "official_name") if tags.get(key)), "")


def within(rows: list[Row], shape: shapely.Geometry) -> Iterator[Row]:
    """Rows whose shape touches `shape`."""
    shapely.prepare(shape)
    return (row for row in rows if shapely.intersects(shape, row["geometry"]))
