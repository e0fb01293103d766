"""INVESTMENTS, in the order to build.

The segments of an investment (`segments`) and the terminals of its sites add up to its CAPEX to the đồng.
"""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.built import Built
from phusong.costs import LEVELS, MONEY
from phusong.domain import INVESTMENTS, UNKNOWN_OPERATOR, conform
from phusong.language import _
from phusong.options import fibre
from phusong.packages import Place
from phusong.roads import LEASED, OFFROAD
from phusong.steiner import BrokenPlanError
from phusong.units import current_currency, decimal, say_vnd


def investment_rows(
    places: list[Place],
    gaps: gpd.GeoDataFrame,
    built: Built,
    operators: Mapping[str, str],
) -> gpd.GeoDataFrame:
    """INVESTMENTS, by rank."""
    where = gaps.set_index("site_id").geometry
    own = _by_site(built.rows)
    rows = [
        _row(rank, place, _money(place, built, own), where) | _line(place, built, operators)
        for rank, place in enumerate(places, start=1)
    ]
    table = pd.DataFrame(rows, columns=list(INVESTMENTS.columns))
    table["cumulative_capex_vnd"] = table["capex_vnd"].cumsum()
    table = conform(gpd.GeoDataFrame(table, geometry="geometry", crs=gaps.crs), INVESTMENTS)
    return gpd.GeoDataFrame(table.sort_values("rank", ignore_index=True), geometry="geometry", crs=gaps.crs)


def _by_site(rows: pd.DataFrame) -> dict[tuple[str, str], tuple[int, ...]]:
    """The MONEY of each technology and site of ROWS."""
    keys = zip(rows["technology"], rows["site_id"], strict=True)
    money = zip(*(rows[name].astype("int64").tolist() for name in MONEY), strict=True)
    return dict(zip(keys, money, strict=True))


def _row(rank: int, place: Place, cost: Mapping[str, int], where: gpd.GeoSeries) -> dict[str, Any]:
    package = place.package
    sites, people, capex = len(package.site_ids), package.people, cost["capex_vnd"]
    return {
        "investment_id": package.investment_id,
        "rank": rank,
        "technology": package.technology,
        "closes": package.closes,
        "site_ids": ";".join(package.site_ids),
        "commune_codes": package.commune_code,
        "sites": sites,
        "people": people,
        **cost,
        "capex_vnd_per_site": round(capex / sites),
        "capex_vnd_per_person": round(capex / people) if people else pd.NA,
        "value": package.value,
        "value_per_billion_vnd": package.value / max(cost["present_cost_vnd"], 1) * 1e9,
        "funded": package.funded,
        "facility_ids": ";".join(place.facilities) or None,
        "depends_on": ";".join(place.depends_on) or None,
        "geometry": shapely.MultiPoint([where[site] for site in package.site_ids]),
    }


def _line_money(place: Place, network: fibre.FibreNetwork) -> dict[str, int]:
    """The money of a fibre package: the line that it pays for and its terminals. Empty for others."""
    if place.package.technology != fibre.NAME:
        return {}
    line, sites = list(place.line), place.package.site_ids
    capex = {
        level: np.array(
            [network.line.capex_vnd[level][line].sum() + network.terminals.loc[list(sites), level].sum()]
        )
        for level in LEVELS
    }
    rent = np.array([network.line.rent_vnd_per_year[line].sum()])
    figures = fibre.fibre_money(network.prices, network.horizon, capex, rent)
    return {name: int(v[0]) for name, v in figures.items()}


def _money(place: Place, built: Built, money: Mapping[tuple[str, str], tuple[int, ...]]) -> dict[str, int]:
    """The money of a package: its sites' own equipment (`money`, by technology and site), and the line and
    facilities that it pays for."""
    own = _line_money(place, built.network)
    if not own:
        each = [money[place.package.technology, site] for site in place.package.site_ids]
        own = dict(zip(MONEY, map(sum, zip(*each, strict=True)), strict=True))
    if not place.facilities:
        return own
    shared = built.facilities.loc[list(place.facilities)]
    return {name: own[name] + int(shared[name].sum()) for name in MONEY}


def _line(place: Place, built: Built, operators: Mapping[str, str]) -> dict[str, Any]:
    """Length of the new line that a package pays for, and whose existing line or masts its sites use."""
    network = built.network
    lines, edges = network.graph.network, np.array(place.line, dtype=int)
    line = fibre.laid(network.graph, edges)
    leased = lines.kind[line] == LEASED
    tapped = {
        operators.get(network.taps[s], UNKNOWN_OPERATOR) for s in place.package.site_ids if s in network.taps
    }
    on_line = place.package.technology == fibre.NAME
    masts = sorted(item for item in place.package.shared if isinstance(item, str))
    whose = tapped if on_line else set(built.facilities.loc[masts, "operator"].dropna()) - {UNKNOWN_OPERATOR}
    return {
        "new_line_m": float(lines.length_m[line][~leased].sum()),
        "offroad_m": float(lines.length_m[line][lines.kind[line] == OFFROAD].sum()),
        "leased_m": float(lines.length_m[line][leased].sum()),
        "rent_vnd_per_year": int(network.line.rent_vnd_per_year[edges].sum()),
        "taps_vnd": int(network.line.taps_vnd[edges].sum()),
        "operator": ";".join(sorted(whose)) or None,
    }


def check_sums(investments: pd.DataFrame, segments: pd.DataFrame, terminals_vnd: Mapping[str, float]) -> None:
    """Raise BrokenPlanError unless segments, taps and terminals add up to each fibre investment, to the đồng,
    and the rents too.

    `terminals_vnd` by site. A tap of a site that stands on the cable has no segment.
    """
    on_line = investments[investments["technology"] == fibre.NAME].set_index("investment_id")
    line = segments["capex_vnd"] - segments["taps_vnd"]
    paid = line.groupby(segments["investment_id"]).sum().reindex(on_line.index, fill_value=0)
    paid += on_line["taps_vnd"]
    rent = segments["rent_vnd_per_year"].groupby(segments["investment_id"]).sum()
    ends = [sum(int(terminals_vnd[site]) for site in sites.split(";")) for sites in on_line["site_ids"]]
    wrong = on_line.index[
        (paid + pd.Series(ends, index=on_line.index, dtype="int64") != on_line["capex_vnd"])
        | (rent.reindex(on_line.index, fill_value=0) != on_line["rent_vnd_per_year"])
    ]
    if len(wrong) or not set(segments["investment_id"]) <= set(on_line.index):
        raise BrokenPlanError(f"segments do not add up to investments {list(wrong)[:5]}")


def why(row: Mapping[str, Any], language: str | None = None) -> str:
    """Why an investment ranks where it does, for people, from a row of INVESTMENTS: of what can be built at
    its place in the order it brings most for its cost."""
    ratio, per = float(row["value_per_billion_vnd"]), current_currency()
    if per.code == "VND":
        text = _("{ratio} points of need per billion ₫ ({value} for {cost} over the study's years)", language)
    else:
        ratio *= per.vnd / 1e3
        text = _(
            "{ratio} points of need per million {currency} ({value} for {cost} over the study's years)",
            language,
        )
    said = text.format(
        value=decimal(float(row["value"]), 1, language),
        cost=say_vnd(float(row["present_cost_vnd"]), language),
        ratio=decimal(ratio, 2, language),
        currency=per.code,
    )
    parts = [said]
    depends_on = row.get("depends_on")
    if isinstance(depends_on, str) and depends_on:
        parts.append(_("needs {others} first", language).format(others=depends_on.replace(";", ", ")))
    if not row["funded"]:
        parts.append(_("beyond the budget", language))
    return "; ".join(parts)
