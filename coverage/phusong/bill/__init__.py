"""The plan as a bill of quantities: each investment item by item, in whole đồng that add up to its CAPEX.

Quantities come from the run's tables, unit prices from its manifest. An item is only broken down where
quantities × prices give what the run says at its central, low and high price; else it is one line.
"""

from dataclasses import dataclass
from typing import Any

from phusong.bill.gear import Gear
from phusong.bill.items import Item, fitted, merged
from phusong.bill.line import line_items
from phusong.costs import Price, Prices
from phusong.language import _
from phusong.openfibre.words import text_of
from phusong.runs import Run

__all__ = ["Bill", "Item", "bills_of", "prices_of"]


@dataclass(frozen=True)
class Bill:
    """An investment (its row of INVESTMENTS) with the items to build, and those of a year."""

    investment: dict[str, Any]
    build: list[Item]
    year: list[Item]


def bills_of(run: Run, language: str) -> list[Bill]:
    """A bill for each investment, by rank. The items to build add up to its `capex_vnd`, those of a year to
    its `opex_vnd_per_year`."""
    prices = prices_of(run)
    gear = Gear(run, prices, language)
    rows = run.tables["investments"].sort_values(["rank", "investment_id"]).drop(columns="geometry")
    return [_bill(run, row, prices, gear, language) for row in rows.to_dict("records")]


def prices_of(run: Run) -> Prices:
    """The price sheets that the run was made with; none for a run that does not say them."""
    return {
        sheet: {name: Price(**said) for name, said in figures.items()}
        for sheet, figures in run.manifest.get("prices", {}).items()
    }


def _bill(run: Run, row: dict[str, Any], prices: Prices, gear: Gear, language: str) -> Bill:
    build: list[Item] = []
    year: list[Item] = []
    if row["technology"] == "fibre":
        build, year = line_items(run, row, prices, gear, language)
    else:
        for site in text_of(row["site_ids"]).split(";"):
            more = gear.at_site(row["technology"], site)
            build, year = build + more.build, year + more.year
        for facility in filter(None, text_of(row["facility_ids"]).split(";")):
            more = gear.at_facility(facility)
            build, year = build + more.build, year + more.year
    rest = _("not broken down in this run", language)
    capex, low, high = (int(row[name]) for name in ("capex_vnd", "capex_low_vnd", "capex_high_vnd"))
    return Bill(
        investment=row,
        build=fitted(merged(build), (capex, low, high), rest),
        year=fitted(merged(year), (int(row["opex_vnd_per_year"]), None, None), rest),
    )
