"""OFDS 0.4 (Open Fibre Data Standard): the network as JSON, its nodes and spans as GeoJSON.

Existing fibre is `operational`, what the plan builds `proposed`. Spans begin and end at nodes: the study's
own where they stand there, else junctions, which by the standard have no type. What the standard has no word
for is in `readers.ofds.NOT_IN_OFDS`.
"""

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from phusong.domain import UNKNOWN_OPERATOR
from phusong.language import _m
from phusong.readers.study import figures
from phusong.runs import Run

NAME = "ofds"
MEANING = _m("Open Fibre Data Standard 0.4: existing fibre and the plan's lines as nodes and spans")

_SCHEMA = "https://standard.ofds.info/en/0__4__0/network-schema.json"
_CRS84 = {"name": "urn:ogc:def:crs:OGC::CRS84", "uri": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
#: About 1 cm; ends that agree so far are one junction.
_DECIMALS = 7
_EARTH_RADIUS_M = 6_371_000.0
_DEPLOYMENT = {
    "buried": "belowGround",
    "duct": "belowGround",
    "aerial": "aboveGround",
    "evn_poles": "aboveGround",
}

Thing = dict[str, Any]


def write(run: Run, folder: Path, language: str = "vi") -> list[Path]:
    """ofds.json (the network package), ofds_nodes.geojson and ofds_spans.geojson."""
    made = network(run, language)
    files = {
        "ofds.json": {"networks": [made]},
        "ofds_nodes.geojson": _collection(made, "nodes"),
        "ofds_spans.geojson": _collection(made, "spans"),
    }
    for name, content in files.items():
        part = folder / f"{name}.part"
        part.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        part.replace(folder / name)
    return [folder / name for name in files]


def network(run: Run, language: str) -> Thing:
    """The run's fibre, nodes and new line as one network; its id stays while the study's title does."""
    tables, title = run.tables, str(run.manifest["title"])
    new = tables["segments"][tables["segments"]["kind"] != "leased"]
    operators = sorted({*tables["fibre"]["operator"], *tables["nodes"]["operator"]} - {UNKNOWN_OPERATOR})
    known = {name: {"id": _id("organisation", name), "name": name} for name in operators}
    nodes = [_node(row, known) for row in tables["nodes"].sort_values("node_id").to_dict("records")]
    existing = [_existing(row, known) for row in tables["fibre"].sort_values("fibre_id").to_dict("records")]
    taken = {span["id"] for span in existing}
    planned = [_planned(row, taken) for row in new.sort_values("segment_id").to_dict("records")]
    spans, junctions = _joined(existing + planned, nodes)
    said = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"phusong:{title}")),
        "name": title,
        "nodes": nodes + junctions,
        "spans": spans,
        "organisations": list(known.values()),
        "language": language,
        "crs": _CRS84 if spans or nodes else None,
        "links": [{"rel": "describedby", "href": _SCHEMA}],
    }
    return _filled(said)


def _node(row: Thing, known: dict[str, Thing]) -> Thing:
    return _filled(
        {
            "id": row["node_id"],
            "name": row["name"],
            "status": "operational",
            "location": _geometry(row["geometry"]),
            "type": ["pop"],
            "transmissionMediumOwner": known.get(row["operator"]),
        }
    )


def _existing(row: Thing, known: dict[str, Thing]) -> Thing:
    return _filled(
        {
            "id": row["fibre_id"],
            "name": row["note"],
            "status": "operational",
            "route": _geometry(row["geometry"]),
            "transmissionMediumOwner": known.get(row["operator"]),
            "transmissionMedium": ["fibre"],
            "darkFibre": {"yes": True, "no": False}.get(row["lease"]),
        }
    )


def _planned(row: Thing, taken: set[str]) -> Thing:
    own = row["segment_id"]
    while own in taken:
        own = f"new-{own}"
    deployment = _DEPLOYMENT.get(row["build"])
    return _filled(
        {
            "id": own,
            "status": "proposed",
            "route": _geometry(row["geometry"]),
            "transmissionMedium": ["fibre"],
            "deployment": [deployment] if deployment else None,
        }
    )


def _filled(said: Thing) -> Thing:
    """Only what is known: the standard has no empty values."""
    return {key: value for key, value in said.items() if _known(value)}


def _known(value: Any) -> bool:
    return bool(value) if isinstance(value, (list, dict, str)) else not pd.isna(value)


def _geometry(shape: Any) -> Thing:
    flat = shapely.get_coordinates(shape).round(_DECIMALS).tolist()
    return {"type": shape.geom_type, "coordinates": flat[0] if shape.geom_type == "Point" else flat}


def _joined(spans: list[Thing], nodes: list[Thing]) -> tuple[list[Thing], list[Thing]]:
    """The spans with `start` and `end`, and the junctions that stand where no node does."""
    ends = [(span, end, at) for span in spans for end, at in (("start", 0), ("end", -1))]
    near = _nearest([span["route"]["coordinates"][at] for span, _end, at in ends], nodes)
    junctions: dict[str, Thing] = {}
    out = {span["id"]: dict(span) for span in spans}
    for (span, end, at), node in zip(ends, near, strict=True):
        point = span["route"]["coordinates"][at]
        own = node or _id("junction", str(point))
        if node is None:
            location = {"type": "Point", "coordinates": point}
            junctions.setdefault(own, {"id": own, "status": span["status"], "location": location})
        out[span["id"]][end] = own
    return list(out.values()), list(junctions.values())


def _nearest(points: list[list[float]], nodes: list[Thing]) -> list[str | None]:
    """For each point the id of the nearest node within reach, if there is one."""
    if not points or not nodes:
        return [None] * len(points)
    reach = figures("ofds.toml")["node_reach_m"]
    tree = cKDTree(_on_the_globe([node["location"]["coordinates"] for node in nodes]))
    _distances, which = tree.query(_on_the_globe(points), distance_upper_bound=reach)
    return [nodes[i]["id"] if i < len(nodes) else None for i in which]


def _on_the_globe(points: list[list[float]]) -> np.ndarray:
    """Longitudes and latitudes as places on a sphere of the Earth's size, in metres."""
    lon, lat = np.radians(np.array(points)).T
    return _EARTH_RADIUS_M * np.column_stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    )


def _id(kind: str, name: str) -> str:
    return f"{kind}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _collection(made: Thing, part: str) -> Thing:
    """The nodes or spans as the standard puts them into GeoJSON: what they refer to is written out."""
    about = {key: made[key] for key in ("id", "name", "language", "crs", "links") if key in made}
    nodes = {node["id"]: node for node in made.get("nodes", [])}
    shape = "route" if part == "spans" else "location"
    features = []
    for thing in made.get(part, []):
        said = {key: value for key, value in thing.items() if key != shape}
        said |= {end: nodes[said[end]] for end in ("start", "end") if end in said}
        said |= {"network": about, "featureType": part.removesuffix("s")}
        features.append({"type": "Feature", "geometry": thing[shape], "properties": said})
    return {"type": "FeatureCollection", "features": features}
