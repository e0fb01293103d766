"""ITU's Ibiza case: fibre for as many of 100 sites as hops reach, against what ITU published."""

from pathlib import Path

import numpy as np
from ibiza import PUBLISHED, hop_graph, ibiza_places

from benchmarks.page import Check, at_most, checks_table
from benchmarks.timing import Scale, say
from phusong.steiner import cheapest_tree, verify_tree

_SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
_TEXT = """## ITU's Ibiza case

Fibre in straight lines from site to site and node, none longer than a hop, on ITU's own metric; sites that
hops reach, and km of line, against the figures that ITU published (it rounds each leg to the metre).

| longest hop | sites | published | km | published | proven gap |
|---|---|---|---|---|---|
{rows}

{checks}"""


def sections(_scale: Scale) -> list[str]:
    """One part, or that its files are absent."""
    if not _SHARED.exists():
        return ["## ITU's Ibiza case\n\nIts files are absent here."]
    say("  Ibiza")
    sites, nodes = ibiza_places(_SHARED)
    rows: list[str] = []
    checks: list[Check] = []
    for longest_km, (connected, km) in PUBLISHED.items():
        graph = hop_graph(sites, nodes, longest_km)
        tree = cheapest_tree(graph, np.arange(len(sites)))
        verify_tree(graph, np.arange(len(sites)), tree)
        reached = len(sites) - len(tree.unreached)
        ours, gap = tree.cost / 1000, 100 * tree.gap
        rows.append(f"| {longest_km} km | {reached} | {connected} | {ours:.4f} | {km:.4f} | {gap:.4f} % |")
        if connected == len(sites):
            said = f"all {connected} sites, hops to {longest_km} km"
            checks.append(at_most(said, round(ours, 4), km, "{:.4f} km"))
    return [_TEXT.format(rows="\n".join(rows), checks=checks_table(checks))]
