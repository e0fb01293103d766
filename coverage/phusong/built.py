"""What a decision builds: for each site its connection and Wi-Fi, and what it shares with others.

Shared are the edges of the network (by number) and facilities (by id): what several sites use is paid once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phusong.costs import CAPEX, MONEY, PRESENT
from phusong.decide import Decision
from phusong.options import CONNECTIONS, fibre
from phusong.shares import fair_shares
from phusong.ways import Offers

Item = int | str


@dataclass(frozen=True, eq=False)
class Built:
    """`rows` has a row a chosen option: `site_id`, `technology`, `closes`, `facility_id` ("" without one),
    `waits_for` (the technology of the connection that its Wi-Fi needs, or ""), `funded`, and the money of
    what the site has for itself; `items` what each site shares, by site; and what these are."""

    rows: pd.DataFrame
    items: Mapping[str, frozenset[Item]]
    network: fibre.FibreNetwork
    facilities: pd.DataFrame

    def cost_of(self, item: Item, measure: str) -> float:
        """What a shared item costs, by a column of MONEY that is CAPEX or present cost."""
        if isinstance(item, str):
            return float(self.facilities[measure][item])
        return float(self.network.costs(measure)[item])


def build(decision: Decision, offers: Offers) -> Built:
    """All that the decision builds, with and beyond the budget."""
    everything = decision.funded.plus(decision.later)
    by_line = sorted(s for s, (t, _f) in everything.connection.items() if t == fibre.NAME)
    network = fibre.network_of(offers.lines, everything.edges, by_line)
    items: dict[str, frozenset[Item]] = {
        site: frozenset(offers.chain(facility))
        for site, (_t, facility) in everything.connection.items()
        if facility
    }
    items |= network.path
    rows = pd.concat([_connections(decision, offers), _wifi(decision, offers)], ignore_index=True)
    return Built(rows, items, network, offers.facilities.loc[sorted(everything.facilities)])


def _connections(decision: Decision, offers: Offers) -> pd.DataFrame:
    everything = decision.funded.plus(decision.later).connection
    key = ["site_id", "technology", "facility_id"]
    wanted = [(site, *everything[site]) for site in sorted(everything)]
    rows = pd.DataFrame(wanted, columns=key, dtype="str").merge(offers.rows, on=key)
    by_line = (rows["technology"] == fibre.NAME).to_numpy()
    # What a site on the network has for itself is its terminal.
    own = offers.lines.terminal_money(rows.loc[by_line, "site_id"].tolist())
    rows.loc[by_line, list(MONEY)] = own[list(MONEY)].to_numpy()
    return rows.assign(waits_for="", funded=rows["site_id"].isin(list(decision.funded.connection)))


def _wifi(decision: Decision, offers: Offers) -> pd.DataFrame:
    everything = decision.funded.plus(decision.later)
    rows = offers.wifi.loc[sorted(everything.wifi)].reset_index()
    waits = [
        everything.connection.get(site, ("",))[0] if needs else ""
        for site, needs in zip(rows["site_id"], rows["needs_connection"], strict=True)
    ]
    funded = rows["site_id"].isin(list(decision.funded.wifi))
    columns = ["site_id", "technology", "closes", *MONEY]
    return rows.reindex(columns=columns).assign(
        facility_id="", demand_mbps=0.0, waits_for=waits, funded=funded
    )


def mark_chosen(options: pd.DataFrame, built: Built, offers: Offers) -> pd.DataFrame:
    """OPTIONS with `chosen`, `share_vnd` and `share_rent_vnd_per_year`; what lost to another says "dearer".

    The option of a site that hangs on another facility than the one that would be cheapest for it alone has
    the figures of that one.
    """
    out = options.copy()
    pairs = pd.MultiIndex.from_frame(out[["site_id", "technology"]])
    rows = built.rows.set_index(["site_id", "technology"])
    out["chosen"] = pairs.isin(rows.index)
    won = pd.MultiIndex.from_frame(gap_of(out[out["chosen"]]))
    lost = out["feasible"] & ~out["chosen"] & pd.MultiIndex.from_frame(gap_of(out)).isin(won)
    out.loc[lost, "reason"] = "dearer"
    at = {pair: row for row, pair in zip(out.index, pairs, strict=True)}
    for pair, facility in rows["facility_id"].items():
        if facility and out.loc[at[pair], "depends_on"] != facility:
            _hang_on(out, at[pair], rows.loc[pair], offers)
    shares, rents = _shares(built), fair_shares(built.network.path, built.network.line.rent_vnd_per_year)
    own = pd.Series(rows[CAPEX].reindex(pairs).to_numpy(), index=out.index).astype("Int64")
    connects = out["chosen"] & out["closes"].isin(CONNECTIONS)
    shared = out["site_id"].map(shares).astype("Int64").fillna(0).where(connects, 0)
    out["share_vnd"] = (own + shared).where(out["chosen"])
    by_line = out["chosen"] & (out["technology"] == fibre.NAME)
    out["share_rent_vnd_per_year"] = out["site_id"].map(rents).where(by_line).astype("Int64")
    return out


def _hang_on(options: pd.DataFrame, row: int, chosen: pd.Series, offers: Offers) -> None:
    """Give an option the facility that the plan hangs it on: its id and the costs for the site alone."""
    chain = offers.facilities.loc[list(offers.chain(chosen["facility_id"]))]
    for name in MONEY:
        whole = int(chain[name].sum())
        options.loc[row, name] = int(chosen[name]) + whole
        if f"facility_{name}" in options:
            options.loc[row, f"facility_{name}"] = whole
    options.loc[row, "depends_on"] = chosen["facility_id"]


def _shares(built: Built) -> dict[str, int]:
    """The fair share of each site in the edges and facilities that it shares, in whole đồng of CAPEX."""
    used = sorted(set().union(*built.items.values()), key=lambda item: (isinstance(item, str), item))
    number = {item: k for k, item in enumerate(used)}
    paths = {site: [number[item] for item in items] for site, items in built.items.items()}
    return fair_shares(paths, np.array([built.cost_of(item, CAPEX) for item in used]))


def gap_of(options: pd.DataFrame) -> pd.DataFrame:
    """The site of each option and which of its gaps it is for: fibre and other connections are for one."""
    gap = options["closes"].where(~options["closes"].isin(CONNECTIONS), "fibre")
    return pd.DataFrame({"site_id": options["site_id"], "gap": gap})


def present_of(built: Built) -> dict[Item, float]:
    """The present cost of each shared item that a site uses."""
    return {item: built.cost_of(item, PRESENT) for items in built.items.values() for item in items}
