"""Is a tree, or a mix, what it says? An independent check by the original edges alone, and of the bound's
certificate.

Nothing here shares code with what made the tree.
"""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from phusong.steiner.certificate import Certificate
from phusong.steiner.graph import CostGraph
from phusong.steiner.tree import (
    BY_PRIZE,
    BY_TREE,
    FIRST_HOP,
    UNREACHED,
    BrokenPlanError,
    Hops,
    Mix,
    Tree,
)

_CHUNK = 200_000


def verify_tree(graph: CostGraph, terminals: np.ndarray, tree: Tree) -> None:
    """Raise BrokenPlanError unless `tree` is what it says.

    Each edge is there once; none closes a ring (nor joins existing fibre to itself); all hang together with
    the roots; each terminal is on it or could not be reached; the costs add up; no bound is above them, and
    the certificate proves the one that it is said to prove.
    """
    wanted = np.setdiff1d(terminals, tree.unreached)
    _verify_edges(graph, tree, wanted)
    _verify_unreached(graph, tree)
    _verify_bound(graph, wanted, tree)


def verify_mix(
    graph: CostGraph, terminals: np.ndarray, prizes: np.ndarray, hops: Hops | None, mix: Mix
) -> None:
    """Raise BrokenPlanError unless `mix` is what it says (arguments as of `cheapest_mix`).

    The tree is one, and leads to each site that it serves and to each hop that is used; each site is
    connected, by a way that there is, unless there is none; the costs add up; no bound is above them, and
    the certificate proves the one that it is said to prove.
    """
    hops = hops or _no_hops()
    if len(mix.way) != len(terminals) or mix.way.min(initial=UNREACHED) < UNREACHED:
        raise BrokenPlanError("the mix does not say how each site is connected")
    at = np.flatnonzero(mix.way >= FIRST_HOP)
    hop = mix.way[at] - FIRST_HOP
    if np.any(hop >= len(hops.site)) or np.any(hops.site[hop] != at):
        raise BrokenPlanError("a hop does not lead to its site")
    _verify_edges(graph, mix.tree, np.concatenate([terminals[mix.way == BY_TREE], hops.start[hop]]))
    worth = _least_worth(graph, terminals, prizes, hops, mix.certificate)
    wrong = np.flatnonzero((mix.way == UNREACHED) != np.isinf(worth))
    if len(wrong):
        raise BrokenPlanError(f"sites {wrong[:5].tolist()} were left out though there is a way to them")
    other = float(prizes[mix.way == BY_PRIZE].sum() + hops.cost[hop].sum())
    slack = 1e-9 * max(abs(mix.cost), float(np.abs(prizes[np.isfinite(prizes)]).sum()), 1.0)
    if not abs(mix.tree.cost + other - mix.cost) <= slack:
        raise BrokenPlanError("tree, prizes and hops do not add up to the cost of the mix")
    if mix.bound > mix.cost + slack:
        raise BrokenPlanError("the bound is above the cost of the mix")
    proven = float(worth[np.isfinite(worth)].sum())
    if proven < mix.certified - slack or mix.certified > mix.bound + slack:
        raise BrokenPlanError("the certificate does not prove the bound that it is said to prove")


def _no_hops() -> Hops:
    none = np.empty(0, int)
    return Hops(none, none, np.empty(0))


def certified_bound(graph: CostGraph, terminals: np.ndarray, certificate: Certificate) -> float:
    """The lower bound that a certificate proves for joining the `terminals`, in the unit of the graph's
    costs, added up anew.

    Raises BrokenPlanError when it proves nothing.
    """
    counted = certificate.terminals
    if len(np.setdiff1d(counted, terminals)):
        raise BrokenPlanError("the certificate counts what is no terminal")
    own = _entries(_potentials(graph, certificate), certificate.group[counted], np.arange(len(counted)))
    return float(own.sum() / certificate.scale)


def certified_mix_bound(
    graph: CostGraph,
    terminals: np.ndarray,
    prizes: np.ndarray,
    hops: Hops | None,
    certificate: Certificate | None,
) -> float:
    """The lower bound that a certificate proves for any mix, added up anew (arguments as of `cheapest_mix`;
    the certificate's terminals are positions of sites).

    BrokenPlanError when it proves nothing.
    """
    worth = _least_worth(graph, terminals, prizes, hops or _no_hops(), certificate)
    return float(worth[np.isfinite(worth)].sum())


def _least_worth(
    graph: CostGraph,
    terminals: np.ndarray,
    prizes: np.ndarray,
    hops: Hops,
    certificate: Certificate | None,
) -> np.ndarray:
    """For each site what any mix spends on it at least; ∞ where there is no way to connect it.

    A site's potential at its own node is what the tree spends on it at least, that at the start of a hop
    what the tree spends to get there; each edge has room for the rises of all sites over it.
    """
    part = _parts(graph.n_nodes, graph.u, graph.v)
    far = np.where(np.isin(part, part[graph.roots]), 0.0, np.inf)
    own, start = far[terminals], far[hops.start] + hops.cost
    if certificate is not None:
        potential = _potentials(graph, certificate)
        group, scale, sites = certificate.group, certificate.scale, certificate.terminals
        column = np.full(len(terminals), -1)
        column[sites] = np.arange(len(sites))
        own[sites] += _entries(potential, group[terminals[sites]], column[sites]) / scale
        known = np.flatnonzero(column[hops.site] >= 0)
        rises = _entries(potential, group[hops.start[known]], column[hops.site[known]])
        start[known] += rises / scale
    worth = np.minimum(own, prizes)
    np.minimum.at(worth, hops.site, start)
    return worth


def _entries(potential: csr_matrix, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Single entries of a sparse matrix."""
    return np.asarray(potential[rows, columns], dtype=float).ravel() if len(rows) else np.empty(0)


def _potentials(graph: CostGraph, certificate: Certificate) -> csr_matrix:
    """The potentials of a certificate by group and terminal, a row of nothing behind them.

    BrokenPlanError when they rise by more than an edge costs, or are not 0 at a root.
    """
    group, k = certificate.group, len(certificate.terminals)
    if len(np.unique(certificate.terminals)) != k:
        raise BrokenPlanError("the certificate counts a terminal twice")
    groups = len(certificate.first) - 1
    held = (certificate.value, certificate.of, certificate.first)
    potential = csr_matrix(held, shape=(groups, k), copy=True)
    potential.sum_duplicates()
    if len(certificate.value) and certificate.value.min() < 0:
        raise BrokenPlanError("a potential of the certificate is below 0")
    roots = np.unique(group[graph.roots])
    if potential[roots[roots >= 0]].nnz:
        raise BrokenPlanError("the certificate has potentials at a root")
    potential = _with_empty_row(potential)
    for begin in range(0, len(graph.u), _CHUNK):
        some = slice(begin, begin + _CHUNK)
        rise = potential[group[graph.v[some]]] - potential[group[graph.u[some]]]
        room = graph.cost[some] * certificate.scale + 1e-3
        for one_way in (rise, -rise):
            if np.any(np.asarray(one_way.maximum(0).sum(axis=1)).ravel() > room):
                raise BrokenPlanError("the certificate's potentials rise by more than an edge costs")
    return potential


def _with_empty_row(potential: csr_matrix) -> csr_matrix:
    """The same with a row of nothing behind the others, which group −1 finds."""
    first = np.append(potential.indptr, potential.indptr[-1])
    return csr_matrix(
        (potential.data, potential.indices, first), shape=(potential.shape[0] + 1, potential.shape[1])
    )


def _parts(n: int, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A label for each node, the same where edges join them."""
    joined = csr_matrix((np.ones(len(u), np.int8), (u, v)), shape=(n, n))
    return np.asarray(connected_components(joined, directed=False)[1])


def _verify_edges(graph: CostGraph, tree: Tree, wanted: np.ndarray) -> None:
    """Are the edges a tree that leads from the roots to the nodes `wanted` and costs what it says?"""
    edges, hub = tree.edges, graph.n_nodes
    if len(np.unique(edges)) != len(edges):
        raise BrokenPlanError("an edge is in the tree twice")
    at = np.arange(hub + 1)
    at[graph.roots] = hub
    part = _parts(hub + 1, at[graph.u[edges]], at[graph.v[edges]])
    touched = np.unique(np.concatenate([at[graph.u[edges]], at[graph.v[edges]], [hub]]))
    loose = touched[part[touched] != part[hub]]
    if len(loose):
        raise BrokenPlanError(f"nodes {loose[:5].tolist()} do not lead to existing fibre")
    if len(touched) != len(edges) + 1:
        raise BrokenPlanError("the tree closes a ring")
    missed = wanted[part[at[wanted]] != part[hub]]
    if len(missed):
        raise BrokenPlanError(f"terminals {missed[:5].tolist()} are not on the tree")
    if float(np.sum(graph.cost[edges])) != tree.cost:
        raise BrokenPlanError("the costs of the edges do not add up to the tree's")


def _verify_unreached(graph: CostGraph, tree: Tree) -> None:
    if not len(tree.unreached) or not len(graph.roots):
        return
    part = _parts(graph.n_nodes, graph.u, graph.v)
    wrong = tree.unreached[np.isin(part[tree.unreached], part[graph.roots])]
    if len(wrong):
        raise BrokenPlanError(f"terminals {wrong[:5].tolist()} were left out though a path reaches them")


def _verify_bound(graph: CostGraph, wanted: np.ndarray, tree: Tree) -> None:
    slack = 1e-9 * max(tree.cost, 1.0)
    if tree.bound > tree.cost + slack:
        raise BrokenPlanError("the bound is above the cost of the tree")
    if tree.certificate is None:
        return
    proven = certified_bound(graph, wanted, tree.certificate)
    if proven < tree.certified - slack or tree.certified > tree.bound + slack:
        raise BrokenPlanError("the certificate does not prove the bound that it is said to prove")
