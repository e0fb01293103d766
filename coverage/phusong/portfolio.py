"""Which technology each site gets, and what to build first under the budget.

Fibre is chosen jointly: one network for all sites, its trunk paid once, without the branches that cost more
than another connection for their sites. `choose_plan` is the gateway.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.costs import Horizon, Prices, assumed
from phusong.domain import GAP, ONE_AREA, OPTIONS, UNKNOWN, Region, conform
from phusong.investments import MONEY, check_sums, investment_rows
from phusong.investments import why as why
from phusong.options import CONNECTIONS, fibre
from phusong.packages import Package, in_order, people_of_sites
from phusong.roads import RoadGraph
from phusong.segments import segment_rows
from phusong.shares import fair_shares
from phusong.study import Choices, Study


@dataclass(frozen=True, eq=False)
class Plan:
    """What to build, in order, and what it rests on.

    `unplanned` lists the gaps that the plan leaves and the unknowns to survey: `site_id`, `closes`, `reason`.
    `rules` are codes of what the choice was made by (`wording.RULES`). `assumed_share` is the part of the
    whole plan's CAPEX whose unit prices are assumptions.
    """

    investments: gpd.GeoDataFrame
    segments: gpd.GeoDataFrame
    options: pd.DataFrame
    unplanned: pd.DataFrame
    budget_vnd: int | None
    assumed_share: float
    rules: tuple[str, ...]

    def total(self, *, funded: bool = True) -> dict[str, int]:
        """The money columns summed over the funded investments, or over all of them."""
        rows = self.investments[self.investments["funded"]] if funded else self.investments
        return {name: int(rows[name].sum()) for name in MONEY}

    def sites_connected(self, *, funded: bool = True) -> int:
        """Sites that get a connection from the funded investments, or from all of them."""
        rows = self.investments[self.investments["closes"].isin(CONNECTIONS)]
        return int((rows[rows["funded"]] if funded else rows)["sites"].sum())

    def built(self) -> pd.DataFrame:
        """The rows of OPTIONS that the funded investments build."""
        funded = self.investments[self.investments["funded"]]
        pairs = {
            (t, s)
            for t, ids in zip(funded["technology"], funded["site_ids"], strict=True)
            for s in ids.split(";")
        }
        options = self.options[self.options["chosen"]]
        both = zip(options["technology"], options["site_id"], strict=True)
        return options[pd.Series([pair in pairs for pair in both], index=options.index, dtype=bool)]

    def summary(self) -> dict[str, Any]:
        """The plan in one object. Money is that of the funded part; `all` is without the budget."""
        return {
            **self.total(),
            "sites_connected": self.sites_connected(),
            "investments": int(self.investments["funded"].sum()),
            "budget_vnd": self.budget_vnd,
            "new_line_m": round(float(self.segments["length_m"].sum())),
            "assumed_share": round(self.assumed_share, 4),
            "unplanned": len(self.unplanned),
            "rules": list(self.rules),
            "all": {
                **self.total(funded=False),
                "sites_connected": self.sites_connected(funded=False),
                "investments": len(self.investments),
            },
        }


def choose_plan(
    study: Study,
    region: Region,
    gaps: gpd.GeoDataFrame,
    options: pd.DataFrame,
    prices: Prices,
    graph: RoadGraph,
) -> Plan:
    """The plan for the sites in OPTIONS: one connection a site, Wi-Fi where it has or gets one.

    The network passes an independent check before anything is shown; BrokenPlanError is a bug.
    """
    horizon = Horizon(study.plan.years, study.plan.discount_rate)
    wanted = options.loc[(options["technology"] == fibre.NAME) & options["feasible"], "site_id"].tolist()
    instead = present_cost_instead(options, wanted)
    network = fibre.design_network(
        graph, prices.get(fibre.NAME, {}), horizon, wanted, instead, study.plan.build
    )
    options = mark_chosen(options, network.sites)
    options["share_vnd"] = site_shares(options, network)
    packages = make_packages(options, gaps, network, study.plan.weights)
    places = in_order(packages, network.line_vnd["value"], network.present_per_capex, study.plan.budget_vnd)
    segments = segment_rows(places, network)
    operators = operators_of(region)
    investments = investment_rows(places, options, gaps, network, operators)
    check_sums(investments, segments, network.terminal_vnd["value"])
    return Plan(
        investments=investments,
        segments=segments,
        options=conform(options, OPTIONS),
        unplanned=unplanned(gaps, options, study.plan),
        budget_vnd=study.plan.budget_vnd,
        assumed_share=assumed_share(investments, segments, prices),
        rules=rules(study.plan, graph.has_roads, set(gaps["commune_code"]) == {ONE_AREA}),
    )


def operators_of(region: Region) -> dict[str, str]:
    """Whose each line and node is that new line can start from."""
    named = [(region.nodes, "node_id"), (region.fibre, "fibre_id")]
    return {
        str(name): str(whose)
        for table, key in named
        if len(table)
        for name, whose in zip(table[key], table["operator"], strict=True)
    }


def present_cost_instead(options: pd.DataFrame, sites: list[str]) -> np.ndarray:
    """For each site the present cost of its cheapest connection but new fibre; infinite without one."""
    other = options["closes"].isin(CONNECTIONS) & (options["technology"] != fibre.NAME) & options["feasible"]
    cheapest = options[other].groupby("site_id")["present_cost_vnd"].min().reindex(sites)
    return cheapest.astype("float64").fillna(np.inf).to_numpy()


def mark_chosen(options: pd.DataFrame, on_fibre: frozenset[str]) -> pd.DataFrame:
    """OPTIONS with `chosen`; what lost to another says "dearer".

    Fibre for the sites on the network, else the cheapest other connection; of what needs a connection
    (Wi-Fi) the cheapest, where the site has one or gets one.
    """
    out = options.copy()
    feasible, by_fibre = out["feasible"], out["technology"] == fibre.NAME
    connects, served = out["closes"].isin(CONNECTIONS), out["site_id"].isin(on_fibre)
    out["chosen"] = feasible & by_fibre & served
    out.loc[_cheapest(out[feasible & connects & ~by_fibre & ~served]), "chosen"] = True
    connected = out["site_id"].isin(out.loc[out["chosen"], "site_id"])
    ready = feasible & ~connects & ((out["reason"] != "needs_connection") | connected)
    out.loc[_cheapest(out[ready]), "chosen"] = True
    won = pd.MultiIndex.from_frame(_gap_of(out[out["chosen"]]))
    lost = feasible & ~out["chosen"] & pd.MultiIndex.from_frame(_gap_of(out)).isin(won)
    out.loc[lost, "reason"] = "dearer"
    return out


def site_shares(options: pd.DataFrame, network: fibre.FibreNetwork) -> pd.Series:
    """What each chosen option costs in the plan, in whole đồng; the sum is the plan's CAPEX without budget.

    Fibre is the site's fair share of the line and its own terminal.
    """
    shares = fair_shares(network.path, network.line_vnd["value"])
    chosen = options["chosen"].astype(bool)
    by_fibre = chosen & (options["technology"] == fibre.NAME)
    out = options["capex_vnd"].where(chosen).astype("Int64")
    line = options.loc[by_fibre, "site_id"].map(shares).astype("Int64")
    out[by_fibre] = line + int(network.terminal_vnd["value"])
    return out


def _gap_of(options: pd.DataFrame) -> pd.DataFrame:
    """The site of each option and which of its gaps it is for: fibre and other connections are for one."""
    gap = options["closes"].where(~options["closes"].isin(CONNECTIONS), "fibre")
    return pd.DataFrame({"site_id": options["site_id"], "gap": gap})


def _cheapest(options: pd.DataFrame) -> pd.Index:
    """The rows with the lowest present cost for each site and gap; ties: the first technology by name."""
    ranked = options.sort_values(["present_cost_vnd", "technology"], kind="stable")
    return ranked.index[~_gap_of(ranked).duplicated()]


def make_packages(
    options: pd.DataFrame, gaps: pd.DataFrame, network: fibre.FibreNetwork, weights: Mapping[str, float]
) -> list[Package]:
    """A package for each technology and commune; Wi-Fi apart by the connection that it waits for."""
    about = gaps.set_index("site_id")[["kind", "commune_code", "people"]]
    chosen = options[options["chosen"]].join(about, on="site_id")
    connects = chosen["closes"].isin(CONNECTIONS)
    connection = dict(zip(chosen.loc[connects, "site_id"], chosen.loc[connects, "technology"], strict=True))
    waits_for = [
        "" if on else connection.get(site, "") for site, on in zip(chosen["site_id"], connects, strict=True)
    ]
    grouped = chosen.assign(waits_for=waits_for).groupby(["technology", "commune_code", "waits_for"])
    return [
        _package(str(technology), str(commune), str(wait), rows, network, weights)
        for (technology, commune, wait), rows in grouped
    ]


def _package(
    technology: str,
    commune: str,
    waits_for: str,
    rows: pd.DataFrame,
    network: fibre.FibreNetwork,
    weights: Mapping[str, float],
) -> Package:
    """One package; a kind of site that `weights` does not name weighs 1."""
    sites = tuple(sorted(rows["site_id"]))
    capex, present = float(rows["capex_vnd"].sum()), float(rows["present_cost_vnd"].sum())
    path: frozenset[int] = frozenset()
    if technology == fibre.NAME:
        capex = network.terminal_vnd["value"] * len(rows)
        present = capex * network.present_per_capex
        path = path.union(*(network.path[site] for site in sites))
    return Package(
        investment_id=f"{technology}-{commune}" + (f"-after-{waits_for}" if waits_for else ""),
        technology=technology,
        closes=rows["closes"].iloc[0],
        site_ids=sites,
        commune_code=commune,
        value=float(sum(weights.get(kind, 1.0) for kind in sorted(rows["kind"]))),
        people=people_of_sites(rows),
        own_capex_vnd=capex,
        own_present_vnd=present,
        path=path,
        after=f"{waits_for}-{commune}" if waits_for else "",
    )


def unplanned(gaps: pd.DataFrame, options: pd.DataFrame, plan: Choices) -> pd.DataFrame:
    """The gaps in fibre and Wi-Fi that nothing chosen closes, and the unknowns to survey first."""
    chosen = pd.MultiIndex.from_frame(_gap_of(options[options["chosen"]]))
    asked = _gap_of(options).assign(reason=options["reason"], technology=options["technology"])
    # Fibre's own reason says most; of others the first by name.
    asked = asked.sort_values("technology", key=lambda t: t.where(t != fibre.NAME, ""), kind="stable")
    why_not = asked.drop_duplicates(["site_id", "gap"]).set_index(["site_id", "gap"])["reason"]
    rows = []
    for gap in ("fibre", "wifi"):
        for site, status in zip(gaps["site_id"], gaps[gap], strict=True):
            planned = status == GAP or (status == UNKNOWN and plan.plan_unknown)
            if planned and (site, gap) not in chosen:
                rows.append((site, gap, why_not.get((site, gap), "no_technology")))
            elif status == UNKNOWN and not planned:
                rows.append((site, gap, "status_unknown"))
    table = pd.DataFrame(rows, columns=["site_id", "closes", "reason"], dtype="str")
    return table.sort_values(["site_id", "closes"], ignore_index=True)


def assumed_share(investments: pd.DataFrame, segments: pd.DataFrame, prices: Prices) -> float:
    """The part of CAPEX whose unit price is assumed; fibre has line, crossings, taps and terminals."""
    total = float(investments["capex_vnd"].sum())
    if total == 0:
        return 0.0
    rests = 0.0
    for technology, capex in investments.groupby("technology")["capex_vnd"].sum().items():
        sheet = prices[str(technology)]
        if technology == fibre.NAME:
            crossings, taps = float(segments["crossings_vnd"].sum()), float(investments["taps_vnd"].sum())
            line = float((segments["capex_vnd"] - segments["taps_vnd"]).sum()) - crossings
            rests += line * assumed([sheet["new_line"]]) + taps * assumed([sheet["tap"]])
            rests += crossings * assumed([sheet["bridge_crossing"], sheet["river_crossing"]])
            rests += (capex - line - crossings - taps) * assumed([sheet["site"]])
        else:
            rests += capex * assumed(
                p for p in sheet.values() if p.unit.startswith("VND") and "year" not in p.unit
            )
    return rests / total


def rules(plan: Choices, has_roads: bool = True, one_area: bool = False) -> tuple[str, ...]:
    """The codes of the rules that the plan was made by (`wording.RULES`)."""
    return (
        "least_cost_over_years",
        "trunk_shared",
        "rank_by_value_per_cost",
        "no_budget" if plan.budget_vnd is None else "within_budget",
        "unknown_planned" if plan.plan_unknown else "unknown_not_planned",
        "weights_by_kind" if plan.weights else "weights_equal",
        *(("fibre_only",) if plan.fibre_only else ()),
        *(() if has_roads else ("straight_lines",)),
        *(("one_area",) if one_area else ()),
    )
