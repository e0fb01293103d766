"""What a partner reads of a run's manifest: what its figures rest on, and sums of what it sees."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from phusong.options import CONNECTIONS

#: Of the manifest; all else stays with the province.
_KEPT = (
    *("format", "run_id", "created", "phusong", "title", "note", "source", "report_date", "vintage"),
    *("language", "crs", "currency", "sources", "targets", "prices", "mobile"),
)
#: Of the settings: not the budget, nor whom the study leaves out.
_NOT_SETTINGS: dict[str, Any] = {
    "budget_vnd": None,
    "budget_usd": None,
    "budget_by_year": {},
    "exclude_operators": [],
}
_MONEY = ("capex_vnd", "capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year", "present_cost_vnd")


def shown_manifest(manifest: Mapping[str, Any], seen: pd.DataFrame, whole: pd.DataFrame) -> dict[str, Any]:
    """The manifest for `seen`, the rows of INVESTMENTS that a partner sees of the `whole` table."""
    out = {key: manifest[key] for key in _KEPT if key in manifest}
    if "plan" in manifest:
        out["plan"] = {**manifest["plan"], **_NOT_SETTINGS}
    if "plan" in manifest.get("summary", {}):
        plan = _plan(manifest["summary"]["plan"], seen, whole)
        out["summary"] = {"run_id": manifest["run_id"], "plan": plan}
    return out


def _plan(plan: Mapping[str, Any], seen: pd.DataFrame, whole: pd.DataFrame) -> dict[str, Any]:
    """The summary of a plan for the investments that are seen; what speaks of the whole only if all are."""
    funded = seen[seen["funded"]]
    out = {
        **plan,
        **_totals(funded),
        "budget_vnd": None,
        "new_line_m": round(float(seen["new_line_m"].sum())),
        "leased_m": round(float(seen["leased_m"].sum())),
        "rent_vnd_per_year": int(seen["rent_vnd_per_year"].sum()),
        "ceiling": None,
        "phases": _phases(plan.get("phases", []), funded),
        "all": _totals(seen),
    }
    if plan.get("vnd_per_usd"):
        out["capex_usd"] = round(out["capex_vnd"] / plan["vnd_per_usd"])
    for name in ("revenue_vnd_per_year", "viability_gap_vnd"):
        if name in plan:
            out[name] = int(funded[name].sum())
    if len(seen) < len(whole):
        out["proof"] = None
    return {key: value for key, value in out.items() if key not in ("unplanned", "phases_gap", "video")}


def _totals(rows: pd.DataFrame) -> dict[str, int]:
    connects = rows[rows["closes"].isin(CONNECTIONS)]
    return {
        **{name: int(rows[name].sum()) for name in _MONEY},
        "sites_connected": len({site for ids in connects["site_ids"] for site in ids.split(";")}),
        "investments": len(rows),
    }


def _phases(rows: list[dict[str, Any]], funded: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of years and partners with the sums of what is seen; prices by what each partner asks."""
    out = []
    years = funded["year"].astype("object").where(funded["year"].notna(), "")
    for row in rows:
        here = funded[(years == row["year"]) & (funded["partner"] == row["partner"])]
        if here.empty:
            continue
        capex = int(here["capex_vnd"].sum())
        factor = row["price_vnd"] / row["capex_vnd"] if row["capex_vnd"] else 1.0
        sites = int(here.loc[here["closes"] != "wifi", "sites"].sum())
        sums = {
            "investments": len(here),
            "sites": sites,
            "capex_vnd": capex,
            "price_vnd": round(capex * factor),
        }
        out.append({**row, **sums})
    return out
