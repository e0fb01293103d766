"""The ways to serve each site, as `phusong.choice` asks for them, from the tables of the options.

A site that lacks both a connection and Wi-Fi is served in one way: a connection, with Wi-Fi or without.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.choice import NONE, Feeds, Plan, Problem, Ways
from phusong.costs import MONEY, PRESENT
from phusong.options import CONNECTIONS, chains_of_facilities, fibre
from phusong.steiner import CostGraph

_KEY = ["site_id", "technology", "facility_id"]


@dataclass(frozen=True, eq=False)
class Offers:
    """What the options offer: `rows` has a row a way to connect a site (`site_id`, `technology`, `closes`,
    `facility_id`, empty without one, `demand_mbps`, money), `wifi` the cheapest Wi-Fi of each site (by
    site_id: `technology`, `needs_connection`, money), `facilities` by facility_id with their `chains`, and
    the network."""

    rows: pd.DataFrame
    wifi: pd.DataFrame
    facilities: pd.DataFrame
    chains: Mapping[str, tuple[str, ...]]
    lines: fibre.Lines

    def chain(self, facility_id: str) -> tuple[str, ...]:
        """A facility and what it hangs on, up to fibre; none for ""."""
        return self.chains.get(facility_id, ())


@dataclass(frozen=True, eq=False)
class Wish:
    """What sites are worth, and who goes first: by site, a connection's value and Wi-Fi's, and the sites that
    are served before any other."""

    connection: Mapping[str, float]
    wifi: Mapping[str, float]
    first: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Served:
    """A choice in the words of the tables: for each site the technology and facility of its connection, and
    the technology of its Wi-Fi; the facilities and edges that are built."""

    connection: Mapping[str, tuple[str, str]]
    wifi: Mapping[str, str]
    facilities: frozenset[str] = frozenset()
    edges: np.ndarray = field(default_factory=lambda: np.empty(0, int))

    def plus(self, other: "Served") -> "Served":
        """Both together."""
        return Served(
            {**self.connection, **other.connection},
            {**self.wifi, **other.wifi},
            self.facilities | other.facilities,
            np.union1d(self.edges, other.edges).astype(int),
        )


NOTHING = Served({}, {})


def find_offers(
    options: pd.DataFrame, alternatives: pd.DataFrame, facilities: gpd.GeoDataFrame, lines: fibre.Lines
) -> Offers:
    """The ways of the feasible options. What hangs on a facility comes from ALTERNATIVES, with a row for each
    facility that a site could hang on."""
    good = options[options["feasible"]]
    connects = good[good["closes"].isin(CONNECTIONS)]
    hung = connects[["site_id", "technology", "closes"]].merge(alternatives, on=["site_id", "technology"])
    sharing = set(zip(hung["site_id"], hung["technology"], strict=True))
    pairs = zip(connects["site_id"], connects["technology"], strict=True)
    by_itself = pd.Series([pair not in sharing for pair in pairs], index=connects.index, dtype=bool)
    alone = connects[by_itself].assign(facility_id="", demand_mbps=0.0)
    columns = [*_KEY, "closes", "demand_mbps", *MONEY]
    rows = pd.concat([alone[columns], hung[columns]], ignore_index=True).sort_values(_KEY, ignore_index=True)
    wifi = good[~good["closes"].isin(CONNECTIONS)].sort_values([PRESENT, "technology"], kind="stable")
    wifi = wifi.drop_duplicates("site_id").set_index("site_id").sort_index()
    wifi = wifi.assign(needs_connection=wifi["reason"] == "needs_connection")
    by_id = facilities.set_index("facility_id").sort_index()
    return Offers(rows, wifi, by_id, chains_of_facilities(facilities), lines)


@dataclass(frozen=True, eq=False)
class Question:
    """A `problem` of `phusong.choice`, and what its ways, sites and facilities are called."""

    problem: Problem
    rows: pd.DataFrame
    facilities: pd.Index

    def answer(self, plan: Plan) -> Served:
        """A plan of the problem in the words of the tables."""
        rows = self.rows.iloc[plan.way[plan.way >= 0]]
        connected, online = rows[rows["technology"] != ""], rows[rows["wifi"] != ""]
        return Served(
            {r.site_id: (r.technology, r.facility_id) for r in connected.itertuples()},
            dict(zip(online["site_id"], online["wifi"], strict=True)),
            frozenset(self.facilities[plan.feed >= 0]),
            plan.edges,
        )


def ask(offers: Offers, wish: Wish, measure: str, *, whole: bool, built: Served = NOTHING) -> Question:
    """The problem of serving all sites that `built` does not serve yet, at costs by `measure`.

    `whole`: a site gets all that it lacks at once, or nothing (for the least cost of all). What is `built`
    costs nothing more: new line begins at it as at existing fibre, and facilities are open.
    """
    rows = _rows(offers, wish, measure, whole, built)
    sites = pd.Index(sorted(set(rows["key"])))
    needed = {link for name in rows["facility_id"] for link in offers.chain(name)}
    facilities = offers.facilities.loc[sorted(needed)]
    ways = Ways(
        site=sites.get_indexer(rows["key"]),
        cost=rows["cost"].to_numpy(dtype=float),
        value=rows["value"].to_numpy(dtype=float),
        node=_nodes(offers, rows),
        facility=facilities.index.get_indexer(rows["facility_id"]),
        technology=pd.factorize(rows["technology"], sort=True)[0],
    )
    opening = facilities[measure].to_numpy(dtype=float).copy()
    there = facilities.index.isin(built.facilities)
    opening[there] = 0.0
    on = np.where(there, NONE, facilities.index.get_indexer(facilities["depends_on"].fillna("")))
    count = len(facilities)
    feeds = Feeds(np.arange(count), np.zeros(count), np.full(count, NONE), on)
    first = np.array([key in wish.first for key in sites], bool)
    problem = Problem(_graph(offers, measure, built), len(sites), ways, opening, feeds, first)
    return Question(problem, rows, facilities.index)


#: Ends the key of a site's Wi-Fi where that is served by itself.
_WIFI = "\twifi"


def _rows(offers: Offers, wish: Wish, measure: str, whole: bool, built: Served) -> pd.DataFrame:
    """A row a way: `key`, `site_id`, `technology` ("" for Wi-Fi alone), `facility_id`, `wifi`, `cost`,
    `value`, `demand_mbps`."""
    rows = offers.rows[~offers.rows["site_id"].isin(built.connection)]
    plain = pd.DataFrame(
        {
            "key": rows["site_id"],
            **{name: rows[name] for name in (*_KEY, "demand_mbps")},
            "wifi": "",
            "cost": rows[measure].astype(float),
            "value": rows["site_id"].map(wish.connection).astype(float),
        }
    )
    by_line = plain["technology"] == fibre.NAME
    ends = offers.lines.terminal_money(plain.loc[by_line, "site_id"].tolist())
    plain.loc[by_line, "cost"] = ends[measure].to_numpy()
    waiting = offers.wifi[offers.wifi["needs_connection"]]
    extra = plain["site_id"].isin(waiting.index)
    both = plain[extra].copy()
    both["wifi"] = both["site_id"].map(waiting["technology"])
    both["cost"] += both["site_id"].map(waiting[measure]).astype(float)
    both["value"] += both["site_id"].map(wish.wifi).astype(float)
    out = pd.concat([plain[~extra] if whole else plain, both, _wifi_alone(offers, wish, measure, built)])
    return out.sort_values(["key", "technology", "facility_id", "wifi"], ignore_index=True)


def _wifi_alone(offers: Offers, wish: Wish, measure: str, built: Served) -> pd.DataFrame:
    """Wi-Fi for the sites that have a connection, or get one from what is built."""
    ready = ~offers.wifi["needs_connection"] | offers.wifi.index.isin(list(built.connection))
    wifi = offers.wifi[ready & ~offers.wifi.index.isin(list(built.wifi))]
    sites = wifi.index.to_series()
    return pd.DataFrame(
        {
            "key": sites + _WIFI,
            "site_id": sites,
            "technology": "",
            "facility_id": "",
            "demand_mbps": 0.0,
            "wifi": wifi["technology"],
            "cost": wifi[measure].astype(float),
            "value": sites.map(wish.wifi).astype(float),
        }
    )


def _nodes(offers: Offers, rows: pd.DataFrame) -> np.ndarray:
    """The node of the network that a way asks for."""
    out = np.full(len(rows), NONE)
    by_line = (rows["technology"] == fibre.NAME).to_numpy()
    out[by_line] = offers.lines.graph.nodes_of(rows.loc[by_line, "site_id"].tolist())
    return out


def _graph(offers: Offers, measure: str, built: Served) -> CostGraph:
    """The network; where line is built it is a root like existing fibre."""
    graph = fibre.cost_graph(offers.lines.graph, offers.lines.costs(measure))
    if not len(built.edges):
        return graph
    ends = np.unique(np.concatenate([graph.roots, graph.u[built.edges], graph.v[built.edges]]))
    return CostGraph(graph.n_nodes, graph.u, graph.v, graph.cost, ends.astype(int))


def overloaded(offers: Offers, question: Question, plan: Plan, built: Served = NOTHING) -> np.ndarray:
    """Which ways (a mask) must not be taken again: where more hangs on a facility than it can carry, those of
    the sites with the largest demand, until the rest fits beside what is `built`. Nothing when all fits."""
    rows, drop = question.rows, np.zeros(len(question.rows), bool)
    before = _loads(offers, _hung(offers, built))
    taken = rows.iloc[plan.way[plan.way >= 0]]
    for facility, users in sorted(_loads(offers, taken[taken["facility_id"] != ""]).items()):
        most, users = float(offers.facilities["capacity_mbps"].get(facility, np.nan)), sorted(users)
        most -= sum(demand for demand, _site in before.get(facility, []))
        while not np.isnan(most) and users and sum(demand for demand, _site in users) > most + 1e-9:
            _demand, site = users.pop()
            on = [facility in offers.chain(name) for name in rows["facility_id"]]
            drop |= ((rows["site_id"] == site) & pd.Series(on, index=rows.index)).to_numpy()
    return drop


def _loads(offers: Offers, rows: pd.DataFrame) -> dict[str, list[tuple[float, str]]]:
    """For each facility the demand of each site that hangs on it, through others too."""
    out: dict[str, list[tuple[float, str]]] = {}
    for row in rows.itertuples():
        for facility in offers.chain(row.facility_id):
            out.setdefault(facility, []).append((float(row.demand_mbps), row.site_id))
    return out


def _hung(offers: Offers, built: Served) -> pd.DataFrame:
    """The rows of the offers by which the sites of what is built hang on facilities."""
    keys = [(site, *how) for site, how in sorted(built.connection.items()) if how[1]]
    return pd.DataFrame(keys, columns=_KEY, dtype="str").merge(offers.rows, on=_KEY)
