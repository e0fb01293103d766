"""Existing lines, new line and microwave hops as spans. `ends` of each (not yet the standard's) has its two
places; existing ones also where the plan meets their line (`moved`: to which place on it) and where it is cut
for that (`cuts`): what `places.with_nodes` needs."""

from collections.abc import Mapping
from typing import Any

import shapely

from phusong.language import _
from phusong.openfibre.cutting import Piece, cut, meetings
from phusong.openfibre.parties import Parties, planned
from phusong.openfibre.words import LAID, Key, Thing, filled, free_id, geometry, key_of, known, text_of
from phusong.runs import Run
from phusong.units import decimal

#: Where a run has a unit list of Vietnam, its communes are in Vietnam.
_COUNTRY = "VN"


def existing_spans(run: Run, parties: Parties) -> list[Thing]:
    """The existing lines by id, cut where the plan meets them."""
    met: dict[str, list[Key]] = {}
    for meeting in meetings(run):
        met.setdefault(meeting.fibre_id, []).append(meeting.at)
    out: list[Thing] = []
    rows = run.tables["fibre"].sort_values("fibre_id").to_dict("records")
    taken = {row["fibre_id"] for row in rows}
    for row in rows:
        pieces, moved = cut(row["fibre_id"], row["geometry"], met.get(row["fibre_id"], []))
        if len(pieces) > 1 and any(piece.own in taken for piece in pieces):
            # Another line has the name of a piece: this one stays whole.
            pieces, moved = cut(row["fibre_id"], row["geometry"], [])
        ends = {pieces[0].places[0], pieces[-1].places[-1]}
        cuts = {place for place in moved.values() if place not in ends}
        ours = {"moved": moved, "cuts": cuts}
        out += [_existing(row, piece, parties) | ours for piece in pieces]
    return _in_country(run, out)


def _existing(row: Mapping[Any, Any], piece: Piece, parties: Parties) -> Thing:
    said = {
        "id": piece.own,
        "name": text_of(row["note"]),
        "status": "operational",
        "route": {"type": "LineString", "coordinates": [list(place) for place in piece.places]},
        "transmissionMediumOwner": parties.organisation(row["operator"], "transmissionMediumOwner"),
        "transmissionMedium": ["fibre"],
        "darkFibre": {"yes": True, "no": False}.get(text_of(row["lease"])),
    }
    return filled(said) | {"ends": (piece.places[0], piece.places[-1])}


def new_spans(run: Run, parties: Parties, taken: set[str]) -> list[Thing]:
    """The plan's new line by segment; fibre that is leased is there already."""
    segments = run.tables["segments"]
    rows = segments[segments["kind"] != "leased"].sort_values("segment_id").to_dict("records")
    slack = _slack(run)
    out = []
    for row in rows:
        route = geometry(row["geometry"])
        said = {
            "id": free_id(row["segment_id"], taken, "new-"),
            **planned(parties, row["investment_id"]),
            "route": route,
            "transmissionMedium": ["fibre"],
            "supplier": parties.supplier(row["investment_id"]),
            # Of cable, with what the sheet adds for slack and bends; without a sheet only the route is known.
            "fibreLength": round(row["length_m"] * slack / 1000, 3) if slack else None,
            **LAID.get(text_of(row["build"]), {}),
        }
        out.append(filled(said) | {"ends": _ends(route), "sites": text_of(row["end_site_ids"])})
    return _in_country(run, out)


def hops(run: Run, parties: Parties, taken: set[str], language: str) -> list[Thing]:
    """The plan's microwave hops."""
    out = []
    for row in run.tables["links"].sort_values("link_id").to_dict("records"):
        route = geometry(row["geometry"])
        said = {
            "id": free_id(row["link_id"], taken, "new-"),
            **planned(parties, row["investment_id"]),
            "route": route,
            "transmissionMedium": ["microwave"],
            "deployment": ["aboveGround"],
            "supplier": parties.supplier(row["investment_id"]),
            "capacity": round(row["rate_mbps"] / 1000, 6),
            "capacityDetails": {
                "description": _(
                    "By the price sheet, in the {band} GHz band; the rain and multipath of a year leave "
                    "{percent} % of it.",
                    language,
                ).format(
                    band=decimal(row["f_ghz"], 1, language),
                    percent=decimal(row["availability_percent"], 3, language),
                )
            },
        }
        out.append(filled(said) | {"ends": _ends(route), "hop": row})
    return _in_country(run, out)


def _ends(route: Thing) -> tuple[Key, Key]:
    first, last = route["coordinates"][0], route["coordinates"][-1]
    return key_of(*first), key_of(*last)


def _slack(run: Run) -> float | None:
    said = run.manifest.get("prices", {}).get("fibre", {}).get("length_factor")
    return float(said["value"]) if said else None


def _in_country(run: Run, spans: list[Thing]) -> list[Thing]:
    """The spans with `countries`, where the run says it: its communes are of a list of Vietnam's units."""
    communes = run.tables["communes"]
    if not spans or communes.empty or not known(run.manifest.get("vintage")):
        return spans
    land = shapely.STRtree(communes.geometry.to_numpy())
    inside = set(land.query([_line(span) for span in spans], predicate="intersects")[0].tolist())
    return [span | {"countries": [_COUNTRY]} if i in inside else span for i, span in enumerate(spans)]


def _line(span: Thing) -> shapely.LineString:
    return shapely.LineString(span["route"]["coordinates"])
