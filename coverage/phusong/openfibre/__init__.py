"""A run's fibre and what the plan adds to it, as one network of the Open Fibre Data Standard 0.4.

Existing lines are `operational`; what the plan builds (new line, microwave hops, sites, masts) is `proposed`
and belongs to a phase. A line that the plan taps on the way is cut there, so that spans meet at nodes; the
names of the pieces (`readers.ofds.piece_id`) let our reader make the line whole again. Leased fibre, Wi-Fi,
satellite and mobile broadband add nothing to such a network. Only fields of 0.4 are used: it has none for
what a span costs, so money is said in the description of the phases.
"""

import uuid
from typing import Any

from phusong.openfibre.parties import Parties
from phusong.openfibre.places import with_nodes
from phusong.openfibre.spans import existing_spans, hops, new_spans
from phusong.openfibre.words import CRS84, SCHEMA, Thing, filled
from phusong.runs import Run


def network(run: Run, language: str) -> Thing:
    """The network; its id stays while the study's title does."""
    title = str(run.manifest["title"])
    parties = Parties(run, language)
    spans = existing_spans(run, parties)
    taken = {span["id"] for span in spans} | set(run.tables["fibre"]["fibre_id"])
    spans += new_spans(run, parties, taken)
    spans += hops(run, parties, taken | {span["id"] for span in spans}, language)
    nodes, spans = with_nodes(run, spans, parties)
    said: dict[str, Any] = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"phusong:{title}")),
        "name": title,
        "nodes": nodes,
        "spans": spans,
        "phases": parties.phases(nodes + spans),
        "organisations": parties.organisations(),
        "accuracyDetails": _basis(run),
        "language": language,
        "crs": CRS84 if spans or nodes else None,
        "links": [{"rel": "describedby", "href": SCHEMA}],
    }
    return filled(said)


def _basis(run: Run) -> str:
    """What the study says its places rest on."""
    said = (run.manifest.get(name) for name in ("note", "source"))
    return "; ".join(str(text) for text in said if text)
