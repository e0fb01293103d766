"""Is a tree what it says? An independent check by the original edges alone, and of the bound's certificate.

Nothing here shares code with what made the tree.
"""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from phusong.steiner.certificate import Certificate
from phusong.steiner.graph import CostGraph
from phusong.steiner.tree import BrokenPlanError, Tree

_CHUNK = 200_000


def verify_tree(graph: CostGraph, terminals: np.ndarray, tree: Tree) -> None:
    """Raise BrokenPlanError unless `tree` is what it says.

    Each edge is there once; none closes a ring (nor joins existing fibre to itself); all hang together with
    the roots; each terminal is on it or could not be reached; the costs add up; no bound is above them, and
    the certificate proves the one that it is said to prove.
    """
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
    wanted = np.setdiff1d(terminals, tree.unreached)
    missed = wanted[part[at[wanted]] != part[hub]]
    if len(missed):
        raise BrokenPlanError(f"terminals {missed[:5].tolist()} are not on the tree")
    if float(np.sum(graph.cost[edges])) != tree.cost:
        raise BrokenPlanError("the costs of the edges do not add up to the tree's")
    _verify_unreached(graph, tree)
    _verify_bound(graph, wanted, tree)


def certified_bound(graph: CostGraph, terminals: np.ndarray, certificate: Certificate) -> float:
    """The lower bound that a certificate proves for joining the `terminals`, added up anew.

    BrokenPlanError when it proves nothing.
    """
    if len(np.setdiff1d(certificate.terminals, terminals)):
        raise BrokenPlanError("the certificate counts what is no terminal")
    group, k = certificate.group, len(certificate.terminals)
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
    own = np.asarray(potential[group[certificate.terminals], np.arange(k)]).ravel()
    return float(own.sum() / certificate.scale)


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
