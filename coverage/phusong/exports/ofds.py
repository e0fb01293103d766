"""OFDS 0.4 (Open Fibre Data Standard): the network as JSON, its nodes and spans as GeoJSON.

What the network holds and how it is cut is in `openfibre`; what the standard has no word for in
`readers.ofds.NOT_IN_OFDS`.
"""

import json
from pathlib import Path

from phusong.beside import whole_file
from phusong.language import _m
from phusong.openfibre import network
from phusong.openfibre.words import Thing
from phusong.runs import Run

NAME = "ofds"
MEANING = _m("Open Fibre Data Standard 0.4: existing fibre and the plan's lines as nodes and spans")

#: Parts of a network that its features hold.
_WRITTEN_OUT = ("nodes", "spans", "phases", "organisations")


def write(run: Run, folder: Path, language: str = "vi") -> list[Path]:
    """ofds.json (the network package), ofds_nodes.geojson and ofds_spans.geojson."""
    made = network(run, language)
    files = {
        "ofds.json": {"networks": [made]},
        "ofds_nodes.geojson": _collection(made, "nodes"),
        "ofds_spans.geojson": _collection(made, "spans"),
    }
    for name, content in files.items():
        with whole_file(folder / name) as part:
            part.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [folder / name for name in files]


def _collection(made: Thing, part: str) -> Thing:
    """The nodes or spans as the standard puts them into GeoJSON: what they refer to is written out."""
    about = {key: value for key, value in made.items() if key not in _WRITTEN_OUT}
    nodes = {node["id"]: node for node in made.get("nodes", [])}
    phases = {phase["id"]: phase for phase in made.get("phases", [])}
    shape = "route" if part == "spans" else "location"
    features = []
    for thing in made.get(part, []):
        said = {key: value for key, value in thing.items() if key != shape}
        said |= {end: nodes[said[end]] for end in ("start", "end") if end in said}
        said |= {"phase": phases[said["phase"]["id"]]} if "phase" in said else {}
        said |= {"network": about, "featureType": part.removesuffix("s")}
        features.append({"type": "Feature", "geometry": thing[shape], "properties": said})
    return {"type": "FeatureCollection", "features": features}
