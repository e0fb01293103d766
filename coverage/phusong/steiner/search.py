"""How the parts work together: find trees, prove a bound, rule edges out, and again on what is left."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from phusong.steiner.dual_ascent import Ascent, ascend, both_ways, too_dear
from phusong.steiner.exact import solve_exactly
from phusong.steiner.local_search import improve
from phusong.steiner.perturb import cost_of, first_tree, kicked_tree, perturbed_tree, support_tree, union_of
from phusong.steiner.pruning import has_straight_edges, pruned_tree
from phusong.steiner.reductions import (
    Problem,
    degrees_reduced,
    originals,
    reduced,
    reduced_on,
    within,
    without,
)
from phusong.steiner.rooting import arcs_of

#: A union of trees is taken of so many that it has no more edges than this: it can be solved exactly.
_SMALL = 4000
#: What a larger problem's edges × gap may be for a linear programme to be worth its work. (Those of 5,000 to
#: 25,000 edges with more did not come above the dual ascent's bound in ten seconds.)
_PROMISING = 85.0
#: From how many roots bounds are looked for after the last round where no linear programme will find one.
_MORE_ROOTS = 8
#: Another round is made after one that made the tree cheaper by this part.
_WORTH_A_ROUND = 2e-5
#: Above this many edges only half as many trees are made in a round.
_MEDIUM = 20_000
#: How much work the linear programme of a union may take: see `exact`.
_UNION_WORK = 200_000_000
#: By how much the ascents of one round put off sets that the guiding tree enters more than once.
_DEFERRALS = (3, 6, 2)


@dataclass(frozen=True)
class Effort:
    """How hard to look. The search stops when the gap is proven to be at most `enough`.

    `base` is a part of every tree's cost that does not count in the gap. In each of the `rounds`: `grown`
    and `kicked` perturbed trees, with `merging` their union, then bounds from `roots` roots. Exact solving
    up to `exact_terminals`, with so much `work`. No step begins after `end` (time.monotonic).
    """

    enough: float = 0.0
    base: int = 0
    grown: int = 16
    kicked: int = 16
    rounds: int = 4
    merging: bool = True
    roots: int = 2
    exact_terminals: int = 200
    work: int = _UNION_WORK
    end: float = float("inf")

    @property
    def is_over(self) -> bool:
        """Is the time up?"""
        return time.monotonic() > self.end


#: How hard to look on a union of trees.
_INNER = Effort(grown=4, kicked=4, rounds=1, merging=False, exact_terminals=_SMALL, work=_UNION_WORK)


@dataclass(frozen=True, eq=False)
class Found:
    """The best tree so far (edges of the first graph), its cost and a bound; `problem` holds every
    better tree. `ascent` is what gave the bound, if that was the first one, on the problem as it was given.
    """

    edges: np.ndarray
    cost: int
    bound: int
    problem: Problem
    base: int = 0
    ascent: Ascent | None = None

    @property
    def gap(self) -> float:
        """By how much of the bound the cost is above it, both less `base` (what every tree has to spend)."""
        return (self.cost - self.bound) / max(self.bound - self.base, 1) if self.cost > self.bound else 0.0

    @property
    def is_proven(self) -> bool:
        """Can no tree be cheaper (costs are whole)?"""
        return self.bound >= self.cost

    def is_enough(self, effort: Effort) -> bool:
        """Is there nothing left to look for, or no time?"""
        return self.is_proven or self.problem.is_solved or self.gap <= effort.enough or effort.is_over


def search(problem: Problem, effort: Effort, visits: int) -> Found:
    """A cheap tree for `problem` (without detours), and how much cheaper another could be at most."""
    if problem.is_solved:
        return _all_paid(problem)
    found = Found(np.empty(0, int), 2**62, 0, problem, effort.base)
    found = _with_tree(found, problem, first_tree(problem))
    if effort.base and has_straight_edges(problem):
        found = _with_tree(found, problem, pruned_tree(problem))
    found, ascent = _squeezed(found, problem.root, visits)
    if effort.rounds and not found.is_enough(effort):
        found = _in_rounds(found, effort, visits)
    else:
        found = replace(found, ascent=ascent)
    return _exactly(found, effort)


def _in_rounds(found: Found, effort: Effort, visits: int) -> Found:
    """Bounds and better trees in turn, as long as the trees become better."""
    roots = effort.roots
    for round_ in range(effort.rounds):
        found = _from_roots(found, effort, range(round_ * roots, (round_ + 1) * roots), visits)
        if found.is_enough(effort):
            return found
        before = found.cost
        found = _better_tree(found, effort, round_)
        if round_ > 0 and before - found.cost < _WORTH_A_ROUND * before:
            break
    begin = effort.rounds * roots
    found = _from_roots(found, effort, range(begin, begin + roots), visits)
    if effort.merging and _is_few(found, effort) and not _is_promising(found):
        found = _from_roots(found, effort, range(begin + roots, begin + _MORE_ROOTS), visits)
    return found


def _all_paid(problem: Problem) -> Found:
    none = np.zeros(problem.net.m, bool)
    return Found(originals(problem, none), problem.paid, problem.paid, problem)


def _with_tree(found: Found, problem: Problem, chosen: np.ndarray) -> Found:
    """`found`, or the tree of the `chosen` edges of `problem` when that is cheaper."""
    cost = cost_of(problem, chosen)
    if cost >= found.cost:
        return found
    return replace(found, edges=originals(problem, chosen), cost=cost, bound=min(found.bound, cost))


def _from_roots(found: Found, effort: Effort, numbers: Iterable[int], visits: int) -> Found:
    """Bounds from some roots, spread over the terminals by the golden section."""
    for number in numbers:
        if found.is_enough(effort):
            break
        terminals = found.problem.terminals
        root = int(terminals[int(len(terminals) * (0.618 * (number + 1) % 1))])
        found, _ascent = _squeezed(found, root, visits, _DEFERRALS[number % len(_DEFERRALS)])
    return found


def _squeezed(found: Found, root: int, visits: int, deferred: int = _DEFERRALS[0]) -> tuple[Found, Ascent]:
    """A dual ascent from `root`: a bound, a tree over what it saturated, a smaller problem."""
    problem = found.problem
    guide = arcs_of(problem.net, within(problem, found.edges), root)
    ascent = ascend(problem.net, both_ways(problem.net), problem.terminals, root, guide, deferred)
    found = _with_tree(found, problem, support_tree(problem, ascent, root))
    found = replace(found, bound=min(max(found.bound, problem.paid + ascent.bound), found.cost))
    if found.is_proven:
        return found, ascent
    dropped = too_dear(problem.net, ascent, problem.terminals, root, found.cost - problem.paid - ascent.bound)
    smaller = reduced_on(degrees_reduced(without(problem, dropped), True)[0], visits)
    found = replace(found, problem=smaller)
    if smaller.is_solved:
        found = _with_tree(found, smaller, np.zeros(smaller.net.m, bool))
        found = replace(found, bound=found.cost)
    return found, ascent


def _better_tree(found: Found, effort: Effort, round_: int) -> Found:
    """Trees grown anew and trees kicked off the best one, and the best in their union."""
    problem = found.problem
    share = 1 if problem.net.m <= _MEDIUM else 2
    trees = [perturbed_tree(problem, number) for number in _numbers(round_, effort.grown // share, effort)]
    best = within(problem, found.edges)
    if cost_of(problem, best) != found.cost:
        best = min([first_tree(problem), *trees], key=lambda tree: cost_of(problem, tree))
    trees.append(best)
    for number in _numbers(round_, effort.kicked // share, effort):
        kicked = kicked_tree(problem, best, number)
        trees.append(kicked)
        if cost_of(problem, kicked) <= cost_of(problem, best):
            best = kicked
    trees.sort(key=lambda tree: cost_of(problem, tree))
    found = _with_tree(found, problem, trees[0])
    if not effort.merging or effort.is_over:
        return found
    return _with_tree(found, problem, _best_in_union(problem, trees, effort))


def _numbers(round_: int, count: int, effort: Effort) -> Iterator[int]:
    """The numbers of the perturbed trees of a round, until the time is up."""
    for number in range(round_ * count, (round_ + 1) * count):
        if effort.is_over:
            return
        yield number


def _best_in_union(problem: Problem, trees: list[np.ndarray], effort: Effort) -> np.ndarray:
    """The best tree found on the edges of the best of the `trees` (sorted), improved on all edges."""
    few = len(trees)
    union = reduced(union_of(problem, trees), 60)
    while union.net.m > _SMALL and few > 2:
        few = max(few // 2, 2)
        union = reduced(union_of(problem, trees[:few]), 60)
    inner = replace(_INNER, end=effort.end)
    chosen = within(problem, search(union, inner, 60).edges)
    return improve(problem.net, problem.wanted, problem.root, chosen)


def _exactly(found: Found, effort: Effort) -> Found:
    """The proof by linear programming, where the number of terminals allows and it may come to an end."""
    problem = found.problem
    if found.is_enough(effort) or not _is_few(found, effort) or not _is_promising(found):
        return found
    exact = solve_exactly(problem, found.cost - problem.paid, effort.work, effort.end)
    if exact.chosen is not None:
        found = _with_tree(found, problem, exact.chosen)
    return replace(found, bound=min(max(found.bound, problem.paid + exact.bound), found.cost))


def _is_few(found: Found, effort: Effort) -> bool:
    """Are there so few terminals that the proof is wanted?"""
    return len(found.problem.terminals) <= effort.exact_terminals


def _is_promising(found: Found) -> bool:
    return found.problem.net.m <= _SMALL or found.problem.net.m * found.gap <= _PROMISING
