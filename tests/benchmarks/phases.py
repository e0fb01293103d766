"""Figures of years and partners: plans on drawn mountain roads, five years and three partners."""

import time
from dataclasses import dataclass

import numpy as np

from benchmarks.mountain_roads import Roads, mountain_roads
from benchmarks.page import Check, at_most, checks_table
from benchmarks.timing import Scale, say
from phusong.phasing import Terms, Works, line_pieces, schedule_works
from phusong.steiner import CostGraph, cheapest_tree, rooted

YEARS, PARTNERS = 5, 3
#: The money of all years, as a part of what everything costs.
MONEY = 0.9
#: Metres of line (weighted by slope and road class) that are laid in a month.
MONTHLY_M = 3000
#: The largest gap in percent that is asked for, by number of sites up to which.
ASKED = ((250, 2.0), (1500, 5.0))

_TEXT = """The cheapest tree for the sites on drawn mountain roads ({junctions:,} junctions, seeds {seeds}),
{years} years × {partners} partners, each with a budget of its own in each year, together {money:.0%} of the
cost before the partners' factors; one thread. *Operators known*: so many of the branches may be built by one
partner only."""


@dataclass(frozen=True)
class Row:
    """One plan, how near to its bound its schedule is, and processor seconds."""

    sites: int
    items: int
    branches: int
    largest: float
    operators: str
    gap: float
    cpu_s: float


def sections(scale: Scale) -> list[str]:
    """Gap and time by size of plan, operators known or not, with targets."""
    rows = []
    for sites in scale.phased:
        for seed in scale.phased_seeds:
            roads = mountain_roads(scale.phased_junctions, sites, seed)
            rows += [_measure(roads, seed, known) for known in (0.0, 0.7)]
    return [_page(scale, rows)]


def _measure(roads: Roads, seed: int, known: float) -> Row:
    works, terms = drawn_works(roads, seed, known)
    begin = time.process_time()
    plan = schedule_works(works, terms)
    seconds = time.process_time() - begin
    built = np.bincount(works.branch, works.cost.min(axis=1))
    row = Row(
        sites=len(roads.sites),
        items=works.n,
        branches=len(np.unique(works.branch)),
        largest=float(built.max() / built.sum()),
        operators=f"{known:.0%} known",
        gap=100 * plan.gap,
        cpu_s=seconds,
    )
    say(f"  {row}")
    return row


def drawn_works(roads: Roads, seed: int, known: float) -> tuple[Works, Terms]:
    """The cheapest tree for all sites as works: each site is worth 1 to 5 a year; partners differ in price by
    branch (× 0.85 to 1.3); a branch taps a `known` operator with that probability, else any may build it."""
    graph = CostGraph(roads.n_nodes, roads.u, roads.v, roads.cost, roads.fibre)
    tree = cheapest_tree(graph, roads.sites, quick=True, certificate=False)
    via, order = rooted(graph, tree.edges)
    above, cost = np.full(roads.n_nodes, -2), np.zeros(roads.n_nodes)
    above[roads.fibre] = -1
    up = via[order]
    above[order] = np.where(roads.u[up] == order, roads.v[up], roads.u[up])
    cost[order] = roads.cost[up]
    random = np.random.default_rng(seed)
    value = np.zeros(roads.n_nodes)
    value[roads.sites] = random.integers(1, 6, len(roads.sites))
    ends, parent, capex, length = line_pieces(above, cost, cost, value)
    months = np.ceil(length / MONTHLY_M).astype(int) + 1
    bare = Works(parent, value[ends], months, np.ones((len(ends), PARTNERS)))
    factor = random.uniform(0.85, 1.3, (len(ends), PARTNERS))[bare.branch]
    tapped = np.where(random.random(len(ends)) < known, random.integers(0, PARTNERS, len(ends)), -1)
    may = (tapped[bare.branch, None] < 0) | (tapped[bare.branch, None] == np.arange(PARTNERS))
    works = Works(parent, value[ends], months, np.where(may, capex[:, None] * factor, np.inf))
    each = MONEY * capex.sum() / YEARS / PARTNERS
    return works, Terms(YEARS, partner_budget=np.full((YEARS, PARTNERS), each))


def _page(scale: Scale, rows: list[Row]) -> str:
    head = "| sites | items | branches | largest branch | operators | gap to the bound | CPU s |\n"
    lines = [
        f"| {r.sites:,} | {r.items:,} | {r.branches} | {r.largest:.0%} | {r.operators} | {r.gap:.3f} % "
        f"| {r.cpu_s:.1f} |"
        for r in rows
    ]
    return "\n\n".join(
        [
            "## Years and partners",
            _TEXT.format(
                junctions=scale.phased_junctions,
                seeds=", ".join(map(str, scale.phased_seeds)),
                years=YEARS,
                partners=PARTNERS,
                money=MONEY,
            ),
            head + "|---|---|---|---|---|---|---|\n" + "\n".join(lines),
            checks_table(_checks(rows)),
        ]
    )


def _checks(rows: list[Row]) -> list[Check]:
    out = []
    for most, gap in ASKED:
        some = [r for r in rows if r.sites <= most and (most == ASKED[0][0] or r.sites > ASKED[0][0])]
        if some:
            out.append(at_most(f"up to {most:,} sites: gap", max(r.gap for r in some), gap, "{:.2f} %"))
            out.append(at_most(f"up to {most:,} sites: CPU", max(r.cpu_s for r in some), 60, "{:.0f} s"))
    return out
