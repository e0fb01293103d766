"""Which technology each site gets, and what to build first under the budget.

Everything is chosen jointly (`decide`): sites, technologies, trunks and masts that several sites share, each
paid once. `choose_plan` is the gateway.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.built import build, gap_of, mark_chosen
from phusong.costs import CAPEX, MONEY, PRESENT, Horizon, Prices, assumed
from phusong.decide import Ceiling, Proof, cost_of, decide
from phusong.domain import GAP, ONE_AREA, OPTIONS, UNKNOWN, Region, conform
from phusong.investments import check_sums, investment_rows
from phusong.investments import why as why
from phusong.linksheet import link_rows
from phusong.options import CONNECTIONS, Proposal, fibre
from phusong.packages import in_order, make_packages
from phusong.phases import Phases, months_of, plan_phases, with_phases
from phusong.revenue import with_revenue
from phusong.segments import segment_rows
from phusong.steiner import BrokenPlanError
from phusong.study import Choices, Study
from phusong.video import built_options
from phusong.ways import Offers, Wish, find_offers


@dataclass(frozen=True, eq=False)
class Plan:
    """What to build, in order, and what it rests on.

    `unplanned` lists the gaps that the plan leaves and the unknowns to survey: `site_id`, `closes`, `reason`.
    `rules` are codes of what the choice was made by (`wording.RULES`). `assumed_share` is the part of the
    whole plan's CAPEX whose unit prices are assumptions. `proof` says how near network and technologies are
    to the cheapest, before budget and rounding (None: there was nothing to choose); `ceiling` how near what
    the budget pays for is to the most that it can (None: it pays for all).
    """

    investments: gpd.GeoDataFrame
    segments: gpd.GeoDataFrame
    links: gpd.GeoDataFrame
    options: pd.DataFrame
    unplanned: pd.DataFrame
    budget_vnd: int | None
    assumed_share: float
    rules: tuple[str, ...]
    proof: Proof | None = None
    ceiling: Ceiling | None = None
    phases: Phases | None = None

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
        return built_options(self.options, self.investments)

    def summary(self) -> dict[str, Any]:
        """The plan in one object. Money is that of the funded part; `all` is without the budget."""
        return {
            **self.total(),
            "sites_connected": self.sites_connected(),
            "investments": int(self.investments["funded"].sum()),
            "budget_vnd": self.budget_vnd,
            "new_line_m": round(float(self.investments["new_line_m"].sum())),
            "leased_m": round(float(self.investments["leased_m"].sum())),
            "rent_vnd_per_year": int(self.investments["rent_vnd_per_year"].sum()),
            "assumed_share": round(self.assumed_share, 4),
            "unplanned": len(self.unplanned),
            "rules": list(self.rules),
            "proof": None if self.proof is None else asdict(self.proof),
            "ceiling": None if self.ceiling is None else asdict(self.ceiling),
            "phases": [] if self.phases is None else self.phases.table.to_dict("records"),
            "phases_gap": 0.0 if self.phases is None else round(self.phases.gap, 6),
            "all": {
                **self.total(funded=False),
                "sites_connected": self.sites_connected(funded=False),
                "investments": len(self.investments),
            },
        }


def choose_plan(
    study: Study, region: Region, gaps: gpd.GeoDataFrame, proposal: Proposal, prices: Prices
) -> Plan:
    """The plan for the sites in OPTIONS: one connection a site, Wi-Fi where it has or gets one.

    What is decided passes an independent check before anything is shown; BrokenPlanError is a bug.
    """
    offers, wish, covers = question_of(study, region, gaps, proposal, prices)
    lines, horizon = offers.lines, offers.lines.horizon
    budget_vnd = budget_of(study.plan)
    decision = decide(offers, wish, budget_vnd, covers)
    built = build(decision, offers)
    options = mark_chosen(proposal.options, built, offers)
    places = in_order(make_packages(built, gaps, wish), built)
    segments = segment_rows(places, built.network)
    investments = investment_rows(places, gaps, built, operators_of(region))
    check_sums(investments, segments, lines.terminals["value"])
    check_whole(investments, cost_of(offers, decision.funded.plus(decision.later), CAPEX))
    months = months_of(investments, options, proposal.facilities)
    phases = plan_phases(study, region, investments, months)
    people, sheet = proposal.land.people, prices["revenue"]
    covered = proposal.facilities.dropna(subset="people").set_index("facility_id")["people"].to_dict()
    investments = with_revenue(investments, segments, options, people, region.fibre, sheet, horizon, covered)
    return Plan(
        investments=with_phases(investments, phases),
        segments=segments,
        links=link_rows(
            places,
            built,
            proposal.alternatives,
            gaps,
            proposal.land,
            study.mobile.delta_n,
            prices.get("microwave", {}),
        ),
        options=conform(options, OPTIONS),
        unplanned=unplanned(gaps, options, study.plan),
        budget_vnd=budget_vnd,
        assumed_share=assumed_share(investments, segments, prices),
        rules=rules(study.plan, proposal.graph.has_roads, set(gaps["commune_code"]) == {ONE_AREA}),
        proof=decision.proof,
        ceiling=decision.ceiling,
        phases=phases,
    )


def question_of(
    study: Study, region: Region, gaps: gpd.GeoDataFrame, proposal: Proposal, prices: Prices
) -> tuple[Offers, Wish, str]:
    """What there is to choose from, what the study wishes, and what a budget pays for."""
    horizon = Horizon(study.plan.years, study.plan.discount_rate)
    lines = fibre.find_lines(proposal.graph, region.sites, prices, horizon, study.plan.build)
    offers = find_offers(proposal.options, proposal.alternatives, proposal.facilities, lines)
    covers = PRESENT if study.plan.budget_covers == "lifetime" else CAPEX
    return offers, wish_of(gaps, study.plan, region.communes), covers


def budget_of(plan: Choices) -> int | None:
    """The budget of the study, or the sum of those of its years; None without any."""
    if plan.budget_vnd is None and plan.budget_by_year:
        return sum(plan.budget_by_year.values())
    return plan.budget_vnd


def need_of(communes: pd.DataFrame, need: Mapping[Any, float]) -> pd.Series:
    """Σ weight · share by commune_code: shares of poor households and of ethnic minorities, 1 in a border
    commune and in zone III; what is not known counts 0."""
    nothing = pd.Series(np.nan, index=communes.index)
    shares = {
        "poor": communes.get("poor_percent", nothing).astype("float64") / 100,
        "minority": communes.get("minority_percent", nothing).astype("float64") / 100,
        "border": (communes.get("border", nothing) == "yes").astype(float),
        "zone_iii": (communes.get("zone", nothing) == "III").astype(float),
    }
    total = sum((need[name] * shares[name].fillna(0.0) for name in sorted(need)), nothing.fillna(0.0))
    return pd.Series(total.to_numpy(), index=communes["commune_code"])


def check_whole(investments: pd.DataFrame, capex_vnd: float) -> None:
    """Raise BrokenPlanError unless the investments add up to what was decided, to the đồng."""
    total = int(investments["capex_vnd"].sum())
    if total != round(capex_vnd):
        raise BrokenPlanError(f"investments add up to {total}, not to {capex_vnd}")


def wish_of(gaps: pd.DataFrame, plan: Choices, communes: pd.DataFrame) -> Wish:
    """What closing a gap of each site is worth by the study's objective, and which sites go first.

    Need is the weight of the kind of site (1 where none is said), times 1 + Σ weight · share of what the
    commune is (`study.Choices.need`); people are those who rely on the site.
    """
    need = gaps["kind"].map(lambda kind: plan.weights.get(kind, 1.0)).astype("float64")
    if plan.need:
        more = gaps["commune_code"].map(need_of(communes, plan.need))
        need *= 1.0 + more.astype("float64").fillna(0.0)
    worth = {
        "need": need,
        "sites": pd.Series(1.0, index=gaps.index),
        "people": gaps["people"].astype("float64").fillna(0.0),
    }[plan.objective]
    value = dict(zip(gaps["site_id"], worth.astype(float), strict=True))
    return Wish(value, value, frozenset(gaps.loc[gaps["kind"].isin(plan.first), "site_id"]))


def operators_of(region: Region) -> dict[str, str]:
    """Whose each line and node is that new line can start from."""
    named = [(region.nodes, "node_id"), (region.fibre, "fibre_id")]
    return {
        str(name): str(whose)
        for table, key in named
        if len(table)
        for name, whose in zip(table[key], table["operator"], strict=True)
    }


def unplanned(gaps: pd.DataFrame, options: pd.DataFrame, plan: Choices) -> pd.DataFrame:
    """The gaps in fibre and Wi-Fi that nothing chosen closes, and the unknowns to survey first."""
    chosen = pd.MultiIndex.from_frame(gap_of(options[options["chosen"]]))
    asked = gap_of(options).assign(reason=options["reason"], technology=options["technology"])
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
    """The part of CAPEX whose unit price is assumed; fibre has line, crossings, taps and terminals.

    What has no sheet, where a province could put in its own, counts as assumed.
    """
    total = float(investments["capex_vnd"].sum())
    if total == 0:
        return 0.0
    rests = 0.0
    for technology, capex in investments.groupby("technology")["capex_vnd"].sum().items():
        sheet = prices.get(str(technology))
        if sheet is None:  # of another package, with figures of its own
            rests += capex
        elif technology == fibre.NAME:
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
        "no_budget" if budget_of(plan) is None else "within_budget",
        "unknown_planned" if plan.plan_unknown else "unknown_not_planned",
        "weights_by_kind" if plan.weights else "weights_equal",
        *(("weights_by_need",) if plan.need else ()),
        *(("fibre_only",) if plan.fibre_only else ()),
        *(() if has_roads else ("straight_lines",)),
        *(("one_area",) if one_area else ()),
    )
