"""The nodes where spans begin, meet and end: the study's own, sites, masts and poles, and junctions, which by
the standard have no type."""

from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from phusong.openfibre.cutting import sites_on_cable
from phusong.openfibre.parties import Parties, planned
from phusong.openfibre.words import (
    CARRIES,
    EARTH_RADIUS_M,
    PREMISES,
    Key,
    Thing,
    filled,
    free_id,
    geometry,
    key_of,
    metres_between,
    named_id,
    text_of,
)
from phusong.readers.study import figures
from phusong.runs import Run

#: What spans carry until they have their nodes.
_OURS = ("ends", "moved", "cuts", "sites", "hop")


def with_nodes(run: Run, spans: list[Thing], parties: Parties) -> tuple[list[Thing], list[Thing]]:
    """All nodes, and the spans with `start` and `end`."""
    own = [_study_node(row, parties) for row in run.tables["nodes"].sort_values("node_id").to_dict("records")]
    moved = _moved(spans)
    ends = {span["id"]: tuple(moved.get(at, at) for at in span["ends"]) for span in spans}
    taken = {node["id"] for node in own}
    plan = _plan_nodes(run, spans, ends, moved, parties)
    at_node = {at: node["id"] for at, node in _claimed(own, ends).items()}
    # A site is its own node; a pole or mast beside a node of the study is that node.
    made: dict[Key, Thing] = {}
    for at, node in sorted(plan.items(), key=lambda item: item[1]["id"]):
        if at in at_node and PREMISES not in node.get("type", []):
            continue
        made[at] = node | {"id": free_id(node["id"], taken, "plan-")}
        at_node[at] = made[at]["id"]
    cuts = {at for span in spans for at in span.get("cuts", ())}
    for span in spans:
        for at in ends[span["id"]]:
            if at not in at_node:
                name = free_id(named_id("junction", str(list(at))), taken, "plan-")
                made[at] = {"id": name, "location": {"type": "Point", "coordinates": list(at)}}
                at_node[at] = name
    _date(made, spans, ends, cuts)
    joined = [
        {key: value for key, value in span.items() if key not in _OURS}
        | {end: at_node[at] for end, at in zip(("start", "end"), ends[span["id"]], strict=True)}
        for span in spans
    ]
    return own + sorted(made.values(), key=lambda node: node["id"]), joined


def _study_node(row: dict[Any, Any], parties: Parties) -> Thing:
    return filled(
        {
            "id": row["node_id"],
            "name": text_of(row["name"]),
            "status": "operational",
            "location": geometry(row["geometry"]),
            "type": ["pop"],
            "transmissionMediumOwner": parties.organisation(row["operator"], "transmissionMediumOwner"),
        }
    )


def _moved(spans: list[Thing]) -> dict[Key, Key]:
    """Where the plan meets an existing line → the place on that line where it was cut."""
    out: dict[Key, Key] = {}
    for span in spans:
        for at, place in span.get("moved", {}).items():
            out.setdefault(at, place)
    return out


def _claimed(own: list[Thing], ends: dict[str, tuple[Key, ...]]) -> dict[Key, Thing]:
    """The places that are a node of the study: the nearest within reach, but not both ends of one span."""
    places = sorted({at for both in ends.values() for at in both})
    if not places or not own:
        return {}
    reach = figures("ofds.toml")["node_reach_m"]
    tree = cKDTree(_on_the_globe([node["location"]["coordinates"] for node in own]))
    _away, which = tree.query(_on_the_globe(places), distance_upper_bound=reach)
    out = {at: own[i] for at, i in zip(places, which, strict=True) if i < len(own)}
    for both in ends.values():
        a, b = (out.get(at) for at in both)
        if both[0] != both[1] and a is not None and b is not None and a["id"] == b["id"]:
            here = key_of(*a["location"]["coordinates"])
            out.pop(max(both, key=lambda at: (metres_between(at, here), at)), None)
    return out


def _plan_nodes(
    run: Run, spans: list[Thing], ends: dict[str, tuple[Key, ...]], moved: dict[Key, Key], parties: Parties
) -> dict[Key, Thing]:
    """Sites that get fibre or a hop, and what stands at the ends of hops, by place."""
    sites, out = _Sites(run, parties), {}
    for span in spans:
        if span.get("sites"):
            at = ends[span["id"]][1]
            out[at] = sites.node(span["sites"].split(";"), at)
    used = {at for both in ends.values() for at in both}
    for site, at in sites_on_cable(run):
        if moved.get(at, at) in used:
            out.setdefault(moved.get(at, at), sites.node([site], at))
    for span in spans:
        if "hop" in span:
            for letter, at in zip("ab", ends[span["id"]], strict=True):
                node = _at_hop(span["hop"], letter, at, sites, parties)
                # Of two hops that lead away from a place and to it, the one that pays for it says its phase.
                if at not in out or ("phase" in node and letter == "b"):
                    out[at] = node
    return out


class _Sites:
    """The run's sites as nodes."""

    def __init__(self, run: Run, parties: Parties) -> None:
        gaps, communes, investments = (run.tables[name] for name in ("gaps", "communes", "investments"))
        self._site = {row["site_id"]: row for row in gaps.to_dict("records")}
        self._commune = {row["commune_code"]: row for row in communes.to_dict("records")}
        self._pays: dict[str, str] = {}
        connects = investments[investments["closes"] != "wifi"].sort_values("investment_id", ascending=False)
        for row in connects.to_dict("records"):
            self._pays |= dict.fromkeys(text_of(row["site_ids"]).split(";"), row["investment_id"])
        self._parties = parties

    def node(self, ids: list[str], at: Key) -> Thing:
        """The premises of one site or several in one place, where line or hop ends at `at`."""
        rows = [self._site[site] for site in ids if site in self._site]
        first = rows[0] if rows else {}
        commune = self._commune.get(first.get("commune_code"), {})
        address = {"locality": commune.get("name"), "region": commune.get("province")}
        said = {
            "id": f"site-{ids[0]}",
            "name": "; ".join(text_of(row["name"]) for row in rows),
            **planned(self._parties, self._pays.get(ids[0], "")),
            "type": [PREMISES],
            "supportingInfrastructure": {"type": "building"},
            "address": filled({key: value for key, value in address.items() if value is not None}),
            "location": {"type": "Point", "coordinates": list(self._place(rows, at))},
        }
        return filled(said)

    def _place(self, rows: list[dict[Any, Any]], at: Key) -> Key:
        """The site's own place, if it is where line or hop ends."""
        here = key_of(rows[0]["geometry"].x, rows[0]["geometry"].y) if rows else at
        return here if metres_between(here, at) <= figures("ofds.toml")["node_reach_m"] else at


def _at_hop(row: dict[Any, Any], letter: str, at: Key, sites: _Sites, parties: Parties) -> Thing:
    """What stands at one end of a hop. A mast is there already, all else is to be built."""
    kind = row[f"{letter}_kind"]
    if kind == "site":
        return sites.node([row[f"{letter}_id"]], at)
    said, owner = planned(parties, row["investment_id"]), None
    if kind == "mast":
        said = {"status": "operational"}
        owner = parties.organisation(row[f"{letter}_operator"], "supportingInfrastructureOwner")
    support = filled({"type": CARRIES.get(kind), "owner": owner})
    return filled(
        {
            "id": row[f"{letter}_id"],
            **said,
            "supportingInfrastructure": support,
            "location": {"type": "Point", "coordinates": list(at)},
        }
    )


def _date(
    made: dict[Key, Thing], spans: list[Thing], ends: dict[str, tuple[Key, ...]], cuts: set[Key]
) -> None:
    """Status and phase of the junctions: operational where an existing line ends by itself, else proposed
    with the phase of the first new span there."""
    # Existing spans come first: their names of phases are empty.
    for span in sorted(spans, key=lambda span: (span.get("phase", {}).get("name", ""), span["id"])):
        for at in ends[span["id"]]:
            if at not in made or "status" in made[at]:
                continue
            if span["status"] == "proposed" or at not in cuts:
                made[at] |= {key: span[key] for key in ("status", "phase") if key in span}
    for node in made.values():
        node.setdefault("status", "proposed")


def _on_the_globe(places: list[Any]) -> np.ndarray:
    """Longitudes and latitudes as places on a sphere of the Earth's size, in metres."""
    lon, lat = np.radians(np.array(places, dtype=float)).T
    return EARTH_RADIUS_M * np.column_stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    )
