"""Routes: gaps on published instances, proofs, other libraries on the same roads, a nation."""

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from steiner_instances import FOLDER, Instance, listed, read_listed

from benchmarks import route_peers
from benchmarks.mountain_roads import Roads, mountain_roads
from benchmarks.page import Check, at_least, at_most, checks_table
from benchmarks.route_nation import route_nation_section
from benchmarks.timing import Scale, say
from phusong.steiner import CostGraph, Tree, cheapest_mix, cheapest_tree, verify_tree

Answer = TypeVar("Answer")

#: Targets of each family: mean and greatest true gap, mean certified gap (%), most seconds (None: no target).
_FAMILIES: dict[str, tuple[float, float | None, float | None, float | None]] = {
    "vienna-i-simple": (0.01, 0.03, 0.04, 3),
    "vienna-geo-original": (0.2, 0.3, 1.0, 15),
    "LIN": (0.4, None, None, None),
    "ALUE": (0.4, None, None, None),
    "ES1000FST": (0.4, None, None, None),
}
_PUBLISHED = """## Routes: published instances

Steiner trees with known optimum (PACE 2018 and SteinLib; {count} instances of {families} families). True gap:
cost above the optimum; certified gap: cost above the proven bound. Processor seconds of one thread, warm,
every plan verified, no bound above an optimum.

| family | instances | true gap, mean | most | certified, mean | most | s, mean | most |
|---|---|---|---|---|---|---|---|
{rows}

{checks}"""
_PRIZES = """## Routes: access networks with prizes

Rooted instances with prizes (Cologne, 11th DIMACS challenge): cost and bound against the optimum.

| instance | cost above optimum | bound below optimum | s |
|---|---|---|---|
{rows}

{checks}"""
_PROOF = """## Routes: proofs on drawn mountain roads

Roads of about {nodes:,} nodes, drawn at random with five seeds; fibre along a backbone.

| sites | seed | left unproven | s |
|---|---|---|---|
{rows}

{checks}"""
_LIBRARIES = """## Routes: other libraries

{sites} sites on drawn mountain roads of {nodes:,} nodes, one run, building of the graph included; processor
seconds of one thread, warm. Ours: two improved trees and one bound.

| | cost | s | takes longer | dearer |
|---|---|---|---|---|
{rows}

{checks}"""


def sections(scale: Scale) -> list[str]:
    """The route parts of BENCHMARKS.md."""
    # Large enough that every kernel is compiled before anything is timed.
    solve(mountain_roads(6000, 150, 0))
    parts = [libraries_section(scale), proof_section(scale), route_nation_section(scale)]
    if not (FOLDER / "manifest.csv").exists():
        say(f"  no {FOLDER}: published instances are left out")
        return [f"## Routes: published instances\n\nLeft out: `{FOLDER.name}` is absent.", *parts]
    return [published_section(scale), prizes_section(), *parts]


def timed(call: Callable[[], Answer]) -> tuple[Answer, float]:
    """The answer and the processor seconds it took."""
    begin = time.process_time()
    answer = call()
    return answer, time.process_time() - begin


def solve(roads: Roads, **more: bool) -> Tree:
    """The cheapest tree for the sites of drawn roads."""
    return cheapest_tree(
        CostGraph(roads.n_nodes, roads.u, roads.v, roads.cost, roads.fibre), roads.sites, **more
    )


def published_section(scale: Scale) -> str:
    """True and certified gaps, a row a family."""
    rows, checks, count = [], [], 0
    for family, (true, most, certified, seconds) in _FAMILIES.items():
        names = [row for row in listed(family) if int(row["n"]) <= scale.most_nodes]
        if not names:
            continue
        done = np.array([_published(read_listed(row)) for row in names])
        count += len(done)
        mean, worst = done.mean(axis=0), done.max(axis=0)
        figures = " | ".join(f"{a:.4f} % | {b:.4f} %" for a, b in zip(mean[:2], worst[:2], strict=True))
        rows.append(f"| {family} | {len(done)} | {figures} | {mean[2]:.2f} | {worst[2]:.2f} |")
        checks.append(at_most(f"{family}: true gap, mean", mean[0], true, "{:.3f} %"))
        if most is not None:
            checks.append(at_most(f"{family}: true gap, most", worst[0], most, "{:.3f} %"))
        if certified is not None:
            checks.append(at_most(f"{family}: certified gap, mean", mean[1], certified, "{:.3f} %"))
        if seconds is not None:
            checks.append(at_most(f"{family}: slowest instance", worst[2], seconds, "{:.1f} s"))
    table = checks_table(checks)
    return _PUBLISHED.format(count=count, families=len(rows), rows="\n".join(rows), checks=table)


def _published(it: Instance) -> tuple[float, float, float]:
    """True gap and certified gap in %, and seconds."""
    graph = CostGraph(it.n_nodes, it.u, it.v, it.cost, it.terminals[:1])
    tree, seconds = timed(lambda: cheapest_tree(graph, it.terminals[1:]))
    verify_tree(graph, it.terminals[1:], tree)
    if tree.bound > it.upper * (1 + 1e-9):
        raise AssertionError(f"{it.name}: bound {tree.bound} above the optimum {it.upper}")
    true, certified = 100 * (tree.cost / it.upper - 1), 100 * tree.gap
    say(f"  {it.name:12} true {true:.4f} %  certified {certified:.4f} %  {seconds:.2f} s")
    return true, certified, seconds


def prizes_section() -> str:
    """Rooted access networks with prizes: cost and bound against the published optimum."""
    rows, off, slow = [], 0.0, 0.0
    for listing in listed("cologne"):
        it = read_listed(listing)
        graph = CostGraph(it.n_nodes, it.u, it.v, it.cost, np.array([it.root]))
        sites = np.array(sorted(it.prizes))
        worth = np.array([it.prizes[site] for site in sites.tolist()])
        mix, seconds = timed(lambda g=graph, s=sites, w=worth: cheapest_mix(g, s, w))
        above, below = 100 * (mix.cost / it.upper - 1), 100 * (1 - mix.bound / it.upper)
        off, slow = max(off, abs(above), abs(below)), max(slow, seconds)
        rows.append(f"| {it.name} | {abs(above):.4f} % | {abs(below):.4f} % | {seconds:.2f} |")
        say(f"  {it.name}: {above:.5f} %, {below:.5f} %, {seconds:.2f} s")
    checks = [
        at_most("optimum and bound, farthest", off, 0.01, "{:.4f} %"),
        at_most("slowest", slow, 1, "{:.2f} s"),
    ]
    return _PRIZES.format(rows="\n".join(rows), checks=checks_table(checks))


def proof_section(scale: Scale) -> str:
    """200 sites, five seeds, and 1,000 sites: what is left unproven."""
    rows, gaps, times, nodes = [], [], [], 0
    cases = [(scale.sites, seed) for seed in range(scale.seeds)] + [(5 * scale.sites, 0)]
    for sites, seed in cases:
        roads = mountain_roads(scale.junctions, sites, seed)
        tree, seconds = timed(lambda r=roads: solve(r, exact=True))
        nodes = max(nodes, roads.n_nodes)
        gaps.append(100 * tree.gap)
        times.append(seconds)
        rows.append(f"| {sites:,} | {seed} | {gaps[-1]:.4f} % | {seconds:.2f} |")
        say(f"  {sites} sites, seed {seed}: {gaps[-1]:.4f} %, {seconds:.2f} s")
    checks = [
        at_most(f"{scale.sites} sites: left, most (goal)", max(gaps[:-1]), 0.0, "{:.4f} %"),
        at_most(f"{scale.sites} sites: median (goal)", float(np.median(times[:-1])), 5, "{:.2f} s"),
        at_most(f"{5 * scale.sites:,} sites: left (goal)", gaps[-1], 0.02, "{:.4f} %"),
        at_most(f"{5 * scale.sites:,} sites (goal)", times[-1], 120, "{:.1f} s"),
    ]
    return _PROOF.format(nodes=nodes, rows="\n".join(rows), checks=checks_table(checks))


def libraries_section(scale: Scale) -> str:
    """The same roads for networkx and rustworkx, with building their graphs."""
    roads = mountain_roads(scale.junctions, scale.sites * 3 // 2, 1)
    solve(roads, quick=True, certificate=False)
    ours, seconds = timed(lambda: solve(roads, quick=True, certificate=False))
    rows = [f"| phusong, certified {100 * ours.gap:.2f} % | {ours.cost:,.0f} | {seconds:.2f} | | |"]
    checks: list[Check] = []
    dearer = []
    for name, (work, least, goal) in route_peers.PEERS.items():
        if not route_peers.is_here(name):
            rows.append(f"| {name} | absent | | | |")
            continue
        cost, their_s = timed(lambda w=work: w(roads))
        ratio = their_s / seconds
        dearer.append(100 * (cost / ours.cost - 1))
        rows.append(f"| {name} | {cost:,.0f} | {their_s:.2f} | {ratio:.1f} × | {dearer[-1]:.2f} % |")
        say(f"  {name}: {ratio:.1f} times as long, {dearer[-1]:.2f} % dearer")
        checks.append(at_least(f"faster than {name}", ratio, least, "{:.1f} ×"))
        if goal is not None:
            checks.append(at_least(f"faster than {name} (goal)", ratio, goal, "{:.1f} ×"))
    if dearer:
        checks.append(at_least("saving, least", min(dearer), 0.0, "{:.2f} %"))
        rows.append(f"| mean saving | | | | {np.mean(dearer):.2f} % |")
    return _LIBRARIES.format(
        sites=len(roads.sites), nodes=roads.n_nodes, rows="\n".join(rows), checks=checks_table(checks)
    )
