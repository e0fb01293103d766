"""The rows and cells of a run that a partner may see."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phusong.domain import UNKNOWN_OPERATOR
from phusong.sharing.partner import Partner, names_in

#: Stands in a cell that may be neither seen nor empty.
WITHHELD = "withheld"
_NETWORKS = ("fibre", "nodes", "ducts", "cells", "measurements", "signals")
_SIGNAL = ("mobile_radio", "mobile_level_dbm", "mobile_low_dbm", "mobile_high_dbm", "mobile_measured_dbm")
Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True, eq=False)
class Seen:
    """What is seen of the run by identifier: investments, sites, communes, existing lines and nodes, cells,
    masts and other facilities, and (technology, site) pairs that seen investments build."""

    investments: frozenset[str]
    sites: frozenset[str]
    communes: frozenset[str]
    lines: frozenset[str]
    cells: frozenset[str]
    facilities: frozenset[str]
    built: frozenset[tuple[str, str]]


def seen_by(partner: Partner, tables: Mapping[str, pd.DataFrame]) -> Seen:
    """What a partner sees, by its profile."""
    profile = partner.profile
    investments = tables["investments"]
    if profile.communes:
        inside = [
            not set(codes.split(";")).isdisjoint(profile.communes) for codes in investments["commune_codes"]
        ]
        investments = investments[np.array(inside, dtype=bool)]
    investments = investments[_may_build(partner, investments)]
    planned = {site for ids in investments["site_ids"] for site in ids.split(";")}
    gaps = tables["gaps"]
    here = gaps["commune_code"].isin(profile.communes) if profile.communes else gaps["site_id"].notna()
    sites = gaps.loc[here, "site_id"]
    lines = [frame.loc[partner.may_see(frame["operator"]), key] for frame, key in _lines(tables)]
    cells = tables["cells"]
    built = {(row.technology, site) for row in investments.itertuples() for site in row.site_ids.split(";")}
    return Seen(
        frozenset(investments["investment_id"]),
        frozenset(sites) & planned if profile.sites == "planned" else frozenset(sites),
        frozenset(profile.communes or tables["commune_status"]["commune_code"]),
        frozenset(pd.concat(lines)) if lines else frozenset(),
        frozenset(cells.loc[partner.may_see(cells["operator"]), "cell_id"]),
        _facilities(partner, tables, investments, built),
        frozenset(built),
    )


def _lines(tables: Mapping[str, pd.DataFrame]) -> list[tuple[pd.DataFrame, str]]:
    return [(tables["fibre"], "fibre_id"), (tables["nodes"], "node_id")]


def _may_build(partner: Partner, investments: pd.DataFrame) -> np.ndarray:
    """Investments that the partner sees: by who builds them, else by whose network they use."""
    whose = [
        partner.whose(builder) if names_in(builder) else partner.whose(used)
        for builder, used in zip(investments["partner"], investments["operator"], strict=True)
    ]
    return np.array([one in partner.profile.investments for one in whose], dtype=bool)


def _facilities(
    partner: Partner,
    tables: Mapping[str, pd.DataFrame],
    investments: pd.DataFrame,
    built: set[tuple[str, str]],
) -> frozenset[str]:
    """Masts and others that the partner may see and that its investments use, with what they hang on."""
    table = tables["facilities"]
    may = set(table.loc[partner.may_see(table["operator"]), "facility_id"])
    on = dict(zip(table["facility_id"], table["depends_on"], strict=True))
    options = tables["options"]
    chosen = options[options["chosen"] & _built(options, built)]
    used = [name for ids in investments["facility_ids"].dropna() for name in ids.split(";")]
    used += chosen["depends_on"].dropna().tolist()
    seen: set[str] = set()
    while used:
        name = used.pop()
        if name in on and name not in seen:
            seen.add(name)
            used += [on[name]] if isinstance(on[name], str) else []
    return frozenset(seen & may)


def _built(frame: pd.DataFrame, built: frozenset[tuple[str, str]] | set[tuple[str, str]]) -> np.ndarray:
    pairs = zip(frame["technology"], frame["site_id"], strict=True)
    return np.array([pair in built for pair in pairs], dtype=bool)


def shown_rows(partner: Partner, tables: Mapping[str, pd.DataFrame], seen: Seen) -> Tables:
    """The tables of the profile with the rows and cells that are seen; others are empty or, where a run
    need not have them, gone."""
    out: Tables = {}
    for name, frame in tables.items():
        rows = frame if name in partner.profile.tables else frame.iloc[:0]
        rows = rows[_kept(name, rows, partner, seen)].reset_index(drop=True)
        out[name] = _cells(name, rows, partner, seen)
    return out


def _kept(name: str, rows: pd.DataFrame, partner: Partner, seen: Seen) -> np.ndarray:
    """Which rows of a table are seen."""
    keep = np.ones(len(rows), dtype=bool)
    if "site_id" in rows and name != "sites":
        keep &= rows["site_id"].isin(seen.sites).to_numpy() | rows["site_id"].isna().to_numpy()
    if name in ("communes", "commune_status", "commune_plan"):
        keep &= rows["commune_code"].isin(seen.communes).to_numpy()
    if name == "sites":
        keep &= rows["site_id"].isin(seen.sites).to_numpy()
    if name in _NETWORKS:
        keep &= partner.may_see(rows["operator"]).to_numpy()
    if name in ("investments", "segments", "links", "sensitivity"):
        keep &= rows["investment_id"].isin(seen.investments).to_numpy()
    if name == "segments":
        keep &= (rows["leased_id"].isna() | rows["leased_id"].isin(seen.lines)).to_numpy()
    if name == "links":
        for end in ("a", "b"):
            keep &= partner.may_see(rows[f"{end}_operator"]).to_numpy()
            facility = (rows[f"{end}_kind"] != "site").to_numpy()
            keep &= ~facility | rows[f"{end}_id"].isin(seen.facilities).to_numpy()
    if name in ("facilities", "alternatives"):
        keep &= rows["facility_id"].isin(seen.facilities).to_numpy()
    if name in ("options", "alternatives"):
        keep &= _built(rows, seen.built)
    return keep


def _cells(name: str, rows: pd.DataFrame, partner: Partner, seen: Seen) -> pd.DataFrame:
    """The rows with cells that speak of what is not seen emptied."""
    out = rows.copy()
    if name == "gaps":
        far = ~out["nearest_fibre_id"].isin(seen.lines)
        out = _emptied(out, far, ("nearest_fibre_id", "fibre_distance_m"))
        out = _emptied(out, ~out["nearest_cell_id"].isin(seen.cells), ("nearest_cell_id", "cell_distance_m"))
        theirs = ~partner.may_see(out["mobile_operator"])
        out = _emptied(out, theirs, ("mobile_operator", *_SIGNAL))
    elif name == "investments":
        out = _listed(out, "depends_on", seen.investments)
        out = _listed(out, "facility_ids", seen.facilities)
        order = out["capex_vnd"].iloc[out["rank"].argsort()].cumsum()
        out["cumulative_capex_vnd"] = order.reindex(out.index).astype("int64")
    elif name == "segments":
        out["tap_id"] = out["tap_id"].where(out["tap_id"].isin(seen.lines), WITHHELD)
        out = _listed(out, "upstream_id", frozenset(out["segment_id"]))
        out = _listed(out, "end_site_ids", seen.sites)
    elif name == "facilities":
        # The length of a hop to what is not seen would tell how far away that stands.
        unseen = out["depends_on"].notna() & ~out["depends_on"].isin(seen.facilities)
        out = _emptied(_listed(out, "depends_on", seen.facilities), unseen, ("link_m", "f_ghz"))
        out = _listed(out, "site_ids", seen.sites)
    elif name == "options":
        out = _listed(out, "depends_on", seen.facilities | {"connection"})
    elif name == "commune_status":
        out = _listed(out, "centre_site_id", seen.sites)
    for column in ("operator", "partner", "a_operator", "b_operator"):
        if column in out:
            new = out[column].map(partner.shown_names, na_action="ignore")
            empty = UNKNOWN_OPERATOR if name in (*_NETWORKS, "fibre") else None
            out[column] = new.where(new.notna(), empty).astype(rows[column].dtype)
    return out


def _emptied(frame: pd.DataFrame, where: pd.Series, columns: tuple[str, ...]) -> pd.DataFrame:
    return frame.assign(**{column: frame[column].where(~where) for column in columns})


def _listed(frame: pd.DataFrame, column: str, seen: frozenset[str]) -> pd.DataFrame:
    """`frame` with only what is `seen` of the identifiers (; between them) in a column."""
    new = frame[column].map(
        lambda cell: ";".join(name for name in cell.split(";") if name in seen) or None, na_action="ignore"
    )
    return frame.assign(**{column: new.astype(frame[column].dtype)})


def hide_distances(options: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """OPTIONS without the line that a site would need alone where the nearest fibre is not seen (`gaps` as
    shown)."""
    unseen = set(gaps.loc[gaps["nearest_fibre_id"].isna(), "site_id"])
    return _emptied(options, options["site_id"].isin(unseen), ("new_line_m", "offroad_m"))
