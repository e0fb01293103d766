"""What `phusong.choice` makes of a budget: against greedy and ITU's programme, its ceilings, its time.

Processor seconds of one thread, after a warm-up that compiles the kernels.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import choice_ibiza
import numpy as np

from benchmarks.choice_cases import road_case
from benchmarks.choice_peers import greedy_by_cost, itu_cheapest, itu_programme
from benchmarks.page import Check, at_least, at_most, checks_table
from benchmarks.timing import Scale, say
from phusong.choice import best_within, cheapest, frontier

Answer = TypeVar("Answer")
#: The parts of what all sites cost that the budgets are.
BUDGETS = (0.2, 0.4, 0.6)


@dataclass(frozen=True)
class Size:
    """How much is measured: road cases, their junctions, those and the sites of the large ones."""

    cases: int
    junctions: int
    large_junctions: int
    sites: int
    many_sites: int
    points: int


_FULL, _TINY = Size(12, 15_000, 58_000, 200, 2000, 40), Size(1, 800, 800, 20, 40, 4)


def sections(scale: Scale) -> list[str]:
    """The part of BENCHMARKS.md about choosing under a budget."""
    size = _FULL if scale.peers else _TINY
    best_within(road_case(20, 0, "sites", 1000), 2000.0)
    frontier(road_case(20, 0, "people", 1000), 4)
    lines, checks = _against_others(size)
    checks += [*_budgets(size), *_many_sites(size), *_frontiers(size), *_ibiza()]
    return ["\n".join(["## Choice under a budget", "", *lines, "", checks_table(checks)])]


def _timed(call: Callable[[], Answer]) -> tuple[Answer, float]:
    begin = time.process_time()
    return call(), time.process_time() - begin


def _against_others(size: Size) -> tuple[list[str], list[Check]]:
    """Road cases of 60 to 200 sites: how many sites each way of choosing connects."""
    lines = ["| sites | budget | ours | ceiling | greedy | ITU | s |", "|---|---|---|---|---|---|---|"]
    gains = []
    for seed in range(size.cases):
        problem = road_case(60 + 140 * seed // max(size.cases - 1, 1), seed, "sites", size.junctions)
        whole = cheapest(problem).plan.cost
        for part in BUDGETS:
            found, seconds = _timed(lambda p=problem, b=part * whole: best_within(p, b))
            ours = found.plan.n_served
            theirs = greedy_by_cost(problem, part * whole), itu_programme(problem, part * whole)
            gains.append([ours / max(other, 1) - 1 for other in theirs])
            row = f"| {problem.n_sites} | {part:.0%} | {ours} | {found.ceiling:.0f} |"
            lines.append(f"{row} {theirs[0]} | {theirs[1]} | {seconds:.1f} |")
            say(lines[-1])
    mean, least = np.mean(gains, axis=0), np.min(gains, axis=0)
    return lines, [
        at_least("sites more than greedy by cost, least", 100 * least[0], 0, "{:.1f} %"),
        at_least("sites more than ITU's programme, least", 100 * least[1], 0, "{:.1f} %"),
        at_least("sites more than greedy by cost, mean", 100 * mean[0], 0, "{:.1f} %"),
        at_least("sites more than ITU's programme, mean", 100 * mean[1], 0, "{:.1f} %"),
    ]


def _budgets(size: Size) -> list[Check]:
    """Sites × 4 technologies on the large roads, by sites and by people: distance below the ceiling, time."""
    rows = []
    for objective in ("sites", "people"):
        for seed in (0, 1):
            problem = road_case(size.sites, seed, objective, size.large_junctions)
            whole = cheapest(problem).plan.cost
            for part in BUDGETS:
                found, seconds = _timed(lambda p=problem, b=part * whole: best_within(p, b))
                rows.append((100 * found.gap, 100 * (1 - found.plan.value / found.certified), seconds))
                say(f"  {objective} {part:.0%}: {rows[-1]}")
    most = np.max(rows, axis=0)
    what = f"{size.sites} sites × 4 technologies, {len(rows)} budgets"
    return [
        at_most(f"{what}: below the ceiling, most", most[0], 1, "{:.2f} %"),
        at_most(f"{what}: below the ceiling that anyone can add up, most", most[1], 1, "{:.2f} %"),
        at_most(f"{what}: s, most", most[2], 30, "{:.1f}"),
    ]


def _many_sites(size: Size) -> list[Check]:
    problem = road_case(size.many_sites, 0, "people", size.large_junctions)
    whole = cheapest(problem).plan.cost
    gaps = []
    for part in BUDGETS:
        found, seconds = _timed(lambda b=part * whole: best_within(problem, b))
        gaps.append(100 * found.gap)
        say(f"  {size.many_sites} sites {part:.0%}: {gaps[-1]:.3f} % {seconds:.1f} s")
    return [at_most(f"{size.many_sites} sites: below the ceiling, most", max(gaps), 2, "{:.2f} %")]


def _frontiers(size: Size) -> list[Check]:
    checks = []
    for objective in ("sites", "people"):
        problem = road_case(size.sites, 0, objective, size.large_junctions)
        found, seconds = _timed(lambda p=problem: frontier(p, size.points))
        gap = 100 * np.mean([choice.gap for choice in found.choices])
        what = f"frontier of {size.points} budgets, {size.sites} sites, by {objective}"
        checks.append(at_most(f"{what}: s", seconds, 15, "{:.1f}"))
        checks.append(at_most(f"{what}: below the ceiling, mean", gap, 1, "{:.2f} %"))
        say(f"  {objective}: {seconds:.1f} s, mean gap {gap:.2f} %")
    return checks


def _ibiza() -> list[Check]:
    """ITU's example of 2024, where its files are beside the repository."""
    if not choice_ibiza.FOLDER.is_dir():
        return []
    problem = choice_ibiza.ibiza(satellite=False)
    ours = cheapest(problem)
    return [
        at_most("Ibiza, all technologies: USD", _ibiza_cost(), 940_586, "{:,.0f}"),
        at_most("Ibiza without satellite: USD", ours.plan.cost, 2_012_831, "{:,.0f}"),
        at_most("Ibiza without satellite: gap", 100 * ours.gap, 0.0001, "{:.4f} %"),
        at_least("Ibiza: ITU's programme pays more", itu_cheapest(problem) - ours.plan.cost, 0, "{:,.0f}"),
        at_least("Ibiza: sites for 1.0 M USD", best_within(problem, 1e6).plan.n_served, 60, "{:.0f}"),
        at_least("Ibiza: sites for 0.5 M USD", best_within(problem, 5e5).plan.n_served, 36, "{:.0f}"),
    ]


def _ibiza_cost() -> float:
    return cheapest(choice_ibiza.ibiza(satellite=True)).plan.cost
