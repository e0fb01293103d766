"""Packages that a partner can build, and the order to build them in.

A package is the sites of one commune that one technology serves. New line, and masts that several sites
share, are paid by who comes first; who comes later uses them and depends on who paid. The order is greedy:
always the package that brings most value for its present cost, given what is built by then; what the budget
pays for comes before all else.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from phusong.built import Built, Item, present_of
from phusong.costs import PRESENT
from phusong.domain import kind_family
from phusong.options import CONNECTIONS
from phusong.ways import Wish


@dataclass(frozen=True)
class Package:
    """One investment before its place in the order is known.

    `own_present_vnd` is without what is shared; `shared` holds the edges and facilities that its sites use.
    `after` are the packages that give its sites the connection they need; `funded`: the budget pays for it.
    """

    investment_id: str
    technology: str
    closes: str
    site_ids: tuple[str, ...]
    commune_code: str
    value: float
    people: int
    own_present_vnd: float
    shared: frozenset[Item] = frozenset()
    after: tuple[str, ...] = ()
    funded: bool = True


@dataclass(frozen=True)
class Place:
    """A package in its place: the new line and the facilities that it pays for, and what it needs."""

    package: Package
    line: tuple[int, ...]
    facilities: tuple[str, ...]
    depends_on: tuple[str, ...]


def make_packages(built: Built, gaps: pd.DataFrame, wish: Wish) -> list[Package]:
    """A package for each technology and commune; Wi-Fi apart by the connection that it waits for, and what
    the budget pays for apart from the rest."""
    about = gaps.set_index("site_id")[["kind", "commune_code", "people"]]
    rows = built.rows.join(about, on="site_id")
    rows["package"] = _ids(rows)
    connects = rows[rows["closes"].isin(CONNECTIONS)].set_index("site_id")["package"]
    rows["after"] = rows["site_id"].map(connects).where(rows["waits_for"] != "", "")
    return [_package(str(name), group, built, wish) for name, group in rows.groupby("package")]


def _ids(rows: pd.DataFrame) -> list[str]:
    """The identifier of the package of each row. Where the budget pays for a part of the sites, the other
    part comes later, and says so."""
    plain = [
        f"{row.technology}-{row.commune_code}" + (f"-after-{row.waits_for}" if row.waits_for else "")
        for row in rows.itertuples()
    ]
    paid = {name for name, funded in zip(plain, rows["funded"], strict=True) if funded}
    later = [name in paid and not funded for name, funded in zip(plain, rows["funded"], strict=True)]
    return [f"{name}-later" if apart else name for name, apart in zip(plain, later, strict=True)]


def _package(name: str, rows: pd.DataFrame, built: Built, wish: Wish) -> Package:
    sites = tuple(sorted(rows["site_id"]))
    first = rows.iloc[0]
    connects = first["closes"] in CONNECTIONS
    worth = wish.connection if connects else wish.wifi
    nothing: frozenset[Item] = frozenset()
    return Package(
        investment_id=name,
        technology=first["technology"],
        closes=first["closes"],
        site_ids=sites,
        commune_code=first["commune_code"],
        value=float(sum(worth[site] for site in sites)),
        people=people_of_sites(rows),
        own_present_vnd=float(rows[PRESENT].sum()),
        shared=nothing.union(*(built.items.get(site, nothing) for site in sites)) if connects else nothing,
        after=tuple(sorted(set(rows["after"]) - {""})),
        funded=bool(first["funded"]),
    )


def people_of_sites(sites: pd.DataFrame) -> int:
    """People who rely on `sites` (`commune_code`, `kind`, `people`): an estimate, nobody counted twice.

    Each family of sites of a commune (schools, health, …) serves the same people: the family that reaches
    most of them counts.

    >>> kinds = ["office_commune", "school_primary", "school_preschool"]
    >>> people_of_sites(pd.DataFrame({"commune_code": "1", "kind": kinds, "people": [900.0, 300.0, 300.0]}))
    900
    """
    reached: dict[str, dict[str, float]] = {}
    for commune, kind, people in zip(
        sites["commune_code"], sites["kind"], sites["people"].fillna(0), strict=True
    ):
        families, family = reached.setdefault(commune, {}), kind_family(kind)
        families[family] = families.get(family, 0.0) + people
    # Sums of tenths carry dust; without it a half is a half, in whatever order the sites come.
    return round(round(math.fsum(max(families.values()) for families in reached.values()), 6))


def in_order(packages: list[Package], built: Built) -> list[Place]:
    """The packages in the order to build. Ties go to the lower investment_id."""
    present = present_of(built)
    left = {package.investment_id: package for package in sorted(packages, key=lambda p: p.investment_id)}
    dear = {name: sum(present[item] for item in _sorted(p.shared)) for name, p in left.items()}
    users = _users(left)
    owner: dict[Item, str] = {}
    out: list[Place] = []
    while left:
        ready = [p for p in left.values() if not any(name in left for name in p.after)]
        best = max(
            [p for p in ready if p.funded] or ready,
            key=lambda p: p.value / max(p.own_present_vnd + dear[p.investment_id], 1.0),
        )
        new = _sorted(frozenset(item for item in best.shared if item not in owner))
        needs = {owner[item] for item in best.shared if item in owner} | set(best.after)
        for item in new:
            owner[item] = best.investment_id
            for name in users[item]:
                dear[name] -= present[item]
        line = tuple(item for item in new if isinstance(item, int))
        facilities = tuple(item for item in new if isinstance(item, str))
        out.append(Place(best, line, facilities, tuple(sorted(needs))))
        del left[best.investment_id]
    return out


def _sorted(items: frozenset[Item]) -> list[Item]:
    """Edges by number, then facilities by id."""
    return sorted(items, key=lambda item: (isinstance(item, str), item))


def _users(packages: Mapping[str, Package]) -> dict[Item, list[str]]:
    """For each shared item the packages that use it."""
    out: dict[Item, list[str]] = {}
    for name, package in packages.items():
        for item in package.shared:
            out.setdefault(item, []).append(name)
    return out
