"""Administrative units: lists of them by date, which became which, and in what parts.

A unit is its code and the vintage of the list (year and month): a code may survive a reorganisation with a
new meaning, so codes of two vintages are never mixed. Districts ended on 1 July 2025.
"""

from phusong.admin.convert import ADDED, convert, merge_parts
from phusong.admin.gazetteer import Gazetteer, gazetteer_of, lend_figures, units_in
from phusong.admin.links import Links, link_units
from phusong.admin.mend import date_rows, mend_codes, missing_codes
from phusong.admin.rollup import roll_up_units
from phusong.admin.shares import old_shares

__all__ = [
    "ADDED",
    "Gazetteer",
    "Links",
    "convert",
    "date_rows",
    "gazetteer_of",
    "lend_figures",
    "link_units",
    "mend_codes",
    "merge_parts",
    "missing_codes",
    "old_shares",
    "roll_up_units",
    "units_in",
]
