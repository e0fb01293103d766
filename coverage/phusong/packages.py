"""Packages that a partner can build, and the order to build them in under a budget.

A package is the sites of one commune that one technology serves. New fibre line is shared: who comes first
pays for the trunk, who comes later uses it and depends on who paid. The order is greedy: of the packages
that fit the budget, always the one that brings most value for its present cost, given what is built by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phusong.domain import kind_family


@dataclass(frozen=True)
class Package:
    """One investment before its place in the order is known.

    `own_capex_vnd` and `own_present_vnd` are without line; `path` holds the edges that its sites use, up to
    existing fibre. `after` is the package that gives its sites the connection they need.
    """

    investment_id: str
    technology: str
    closes: str
    site_ids: tuple[str, ...]
    commune_code: str
    value: float
    people: int
    own_capex_vnd: float
    own_present_vnd: float
    path: frozenset[int] = frozenset()
    after: str = ""


@dataclass(frozen=True)
class Place:
    """A package in its place: the new line that it pays for, what it needs, and is it within the budget."""

    package: Package
    line: tuple[int, ...]
    depends_on: tuple[str, ...]
    funded: bool


def people_of_sites(sites: pd.DataFrame) -> int:
    """People who rely on `sites` (`commune_code`, `kind`, `people`): an estimate, nobody counted twice.

    Each family of sites of a commune (schools, health, …) serves the same people: the family that reaches
    most of them counts.

    >>> kinds = ["office_commune", "school_primary", "school_preschool"]
    >>> people_of_sites(pd.DataFrame({"commune_code": "1", "kind": kinds, "people": [900.0, 300.0, 300.0]}))
    900
    """
    family = sites["kind"].map(kind_family)
    reached = sites["people"].fillna(0).groupby([sites["commune_code"], family]).sum()
    return round(float(reached.groupby(level=0).max().sum()))


def in_order(
    packages: list[Package],
    line_capex_vnd: np.ndarray,
    line_present_vnd: np.ndarray,
    budget_vnd: float | None,
) -> list[Place]:
    """The packages in the order to build; of each edge there is the CAPEX and what it costs over the study's
    years. Ties go to the lower investment_id.

    What the budget cannot hold comes last, in the same order as if it could, and is not funded.
    """
    left = {package.investment_id: package for package in sorted(packages, key=lambda p: p.investment_id)}
    to_build, present = (
        {name: float(sum(cost[e] for e in sorted(p.path))) for name, p in left.items()}
        for cost in (line_capex_vnd, line_present_vnd)
    )
    users = _users(left)
    owner: dict[int, str] = {}
    money = np.inf if budget_vnd is None else float(budget_vnd)
    out: list[Place] = []
    placed: set[str] = set()
    while left:
        ready = [p for p in left.values() if not p.after or p.after in placed]
        fits = [p for p in ready if p.own_capex_vnd + to_build[p.investment_id] <= money]
        funded = bool(fits)
        if not funded and money >= 0:
            # From here on nothing more is funded, and the rest is ranked as if it were.
            money = -1.0
        best = max(
            fits or ready,
            key=lambda p: p.value / max(p.own_present_vnd + present[p.investment_id], 1.0),
        )
        money -= best.own_capex_vnd + to_build[best.investment_id] if funded else 0.0
        line = tuple(sorted(e for e in best.path if e not in owner))
        needs = {owner[e] for e in best.path if e in owner} | ({best.after} if best.after else set())
        for edge in line:
            owner[edge] = best.investment_id
            for name in users[edge]:
                to_build[name] -= float(line_capex_vnd[edge])
                present[name] -= float(line_present_vnd[edge])
        out.append(Place(best, line, tuple(sorted(needs)), funded))
        placed.add(best.investment_id)
        del left[best.investment_id]
    return out


def _users(packages: Mapping[str, Package]) -> dict[int, list[str]]:
    """For each edge the packages that use it."""
    out: dict[int, list[str]] = {}
    for name, package in packages.items():
        for edge in package.path:
            out.setdefault(edge, []).append(name)
    return out
