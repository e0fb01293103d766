"""How the parts work together: reduce, find trees, prove a bound, rule edges out, and again on what is
left."""

import time
from dataclasses import dataclass, replace

import numpy as np

from phusong.steiner.dual_ascent import ascend, both_ways, too_dear
from phusong.steiner.exact import solve_exactly
from phusong.steiner.perturb import cost_of, first_tree, perturbed_tree, support_tree, union_of
from phusong.steiner.pruning import has_straight_edges, pruned_tree
from phusong.steiner.reductions import Problem, in_earlier, originals, reduced, within, without
from phusong.steiner.rooting import arcs_of

#: A union of trees with no more edges than this is solved exactly.
_SMALL = 4000


@dataclass(frozen=True)
class Effort:
    """How hard to look. The search stops when the gap is proven to be at most `enough`.

    `base` is a part of every tree's cost that does not count in the gap;
    `starts` perturbed trees at most; exact solving up to `exact_terminals`; no step begins after `end`
    (time.monotonic).
    """

    enough: float = 0.0
    base: int = 0
    starts: int = 16
    rounds: int = 4
    exact_terminals: int = 200
    exact_seconds: float = 60.0
    end: float = float("inf")

    @property
    def is_over(self) -> bool:
        """Is the time up?"""
        return time.monotonic() > self.end


@dataclass(frozen=True, eq=False)
class Found:
    """The best tree so far (edges of the first graph), its cost and a bound; `problem` holds every
    better tree."""

    edges: np.ndarray
    cost: int
    bound: int
    problem: Problem
    base: int = 0

    @property
    def gap(self) -> float:
        """By how much of the bound the cost is above it, both less `base` (what every tree has to spend)."""
        return (self.cost - self.bound) / max(self.bound - self.base, 1) if self.cost > self.bound else 0.0

    @property
    def is_proven(self) -> bool:
        """Can no tree be cheaper (costs are whole)?"""
        return self.bound >= self.cost


def search(problem: Problem, effort: Effort, visits: int = 60) -> Found:
    """A cheap tree for `problem`, and how much cheaper another could be at most."""
    problem = reduced(problem, visits)
    if problem.is_solved:
        return _all_paid(problem)
    found = Found(np.empty(0, int), 2**62, 0, problem, effort.base)
    found = _with_tree(found, problem, first_tree(problem))
    if has_straight_edges(problem):
        found = _with_tree(found, problem, pruned_tree(problem))
    found = _squeezed(found, problem.root, visits)
    number = 0
    for round_ in range(effort.rounds):
        if found.is_proven or found.gap <= effort.enough or effort.is_over or found.problem.is_solved:
            break
        found, number = _many_starts(found, effort, number)
        terminals = found.problem.terminals
        root = int(terminals[(round_ + 1) * len(terminals) // (effort.rounds + 1)])
        found = _squeezed(found, root, visits)
        if found.problem.is_solved or len(terminals) > effort.exact_terminals:
            break
    return _exactly(found, effort)


def _all_paid(problem: Problem) -> Found:
    none = np.zeros(problem.net.m, bool)
    return Found(originals(problem, none), problem.paid, problem.paid, problem)


def _with_tree(found: Found, problem: Problem, chosen: np.ndarray) -> Found:
    """`found`, or the tree of the `chosen` edges of `problem` when that is cheaper."""
    cost = cost_of(problem, chosen)
    if cost >= found.cost:
        return found
    return replace(found, edges=originals(problem, chosen), cost=cost, bound=min(found.bound, cost))


def _squeezed(found: Found, root: int, visits: int) -> Found:
    """A dual ascent from `root`: a bound, a tree over what it saturated, a smaller problem."""
    problem = found.problem
    guide = arcs_of(problem.net, within(problem, found.edges), root)
    ascent = ascend(problem.net, both_ways(problem.net), problem.terminals, root, guide)
    found = _with_tree(found, problem, support_tree(problem, ascent, root))
    found = replace(found, bound=min(max(found.bound, problem.paid + ascent.bound), found.cost))
    if found.is_proven:
        return found
    dropped = too_dear(problem.net, ascent, problem.terminals, root, found.cost - problem.paid - ascent.bound)
    smaller = reduced(without(problem, dropped), visits, 1)
    found = replace(found, problem=smaller)
    if smaller.is_solved:
        found = _with_tree(found, smaller, np.zeros(smaller.net.m, bool))
        found = replace(found, bound=found.cost)
    return found


def _many_starts(found: Found, effort: Effort, number: int) -> tuple[Found, int]:
    """Perturbed trees, and the best in the union of the best of them, until that is no better."""
    problem = found.problem
    trees = [first_tree(problem)]
    known = within(problem, found.edges)
    if cost_of(problem, known) == found.cost:
        trees.append(known)
    if has_straight_edges(problem):
        trees.append(pruned_tree(problem))
    for _start in range(effort.starts):
        if effort.is_over:
            break
        number += 1
        trees.append(perturbed_tree(problem, number))
    trees.sort(key=lambda tree: cost_of(problem, tree))
    for _round in range(3):
        better = _best_in_union(problem, trees)
        if cost_of(problem, better) >= cost_of(problem, trees[0]):
            break
        trees.insert(0, better)
    return _with_tree(found, problem, trees[0]), number


def _best_in_union(problem: Problem, trees: list[np.ndarray]) -> np.ndarray:
    """The best tree found on the edges of the `trees`, improved on all edges."""
    union = reduced(union_of(problem, trees), 60)
    if union.is_solved:
        return in_earlier(union, np.zeros(union.net.m, bool), problem)
    chosen = first_tree(union)
    for number in range(4):
        other = perturbed_tree(union, number, seed=1)
        if cost_of(union, other) < cost_of(union, chosen):
            chosen = other
    if union.net.m <= _SMALL:
        exact = solve_exactly(union, cost_of(union, chosen) - union.paid, 5.0)
        chosen = chosen if exact.chosen is None else exact.chosen
    return in_earlier(union, chosen, problem)


def _exactly(found: Found, effort: Effort) -> Found:
    """The proof by linear programming, where the number of terminals allows and there is time."""
    problem = found.problem
    seconds = min(effort.exact_seconds, effort.end - time.monotonic())
    few = len(problem.terminals) <= effort.exact_terminals
    if found.is_proven or found.gap <= effort.enough or not few or seconds <= 0 or problem.is_solved:
        return found
    exact = solve_exactly(problem, found.cost - problem.paid, seconds)
    if exact.chosen is not None:
        found = _with_tree(found, problem, exact.chosen)
    return replace(found, bound=min(max(found.bound, problem.paid + exact.bound), found.cost))
