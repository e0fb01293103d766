"""What the sub-verbs of units share: options, and how a code or a cell is read."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pandas as pd

from phusong.admin import Gazetteer
from phusong.errors import InputError
from phusong.language import _
from phusong.readers import values

NEWEST = "2025-07"

gazetteer_option = click.option(
    "--gazetteer",
    "lists",
    multiple=True,
    metavar="[DATE=]FILE",
    help="List of units, its date in its name or before it: 2021-07=FILE; or a folder. May be said again.",
)

crosswalk_option = click.option(
    "--crosswalk",
    "crosswalks",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Table of which units became which. May be said again.",
)

from_option = click.option(
    "--from", "start", default="2021-07", show_default=True, help="Date of the units given."
)

to_option = click.option("--to", "end", default=NEWEST, show_default=True, help="Date of the units wanted.")


def need_lists(gazetteer: Gazetteer, vintage: str | None) -> None:
    if gazetteer.units.empty or (vintage is not None and vintage not in gazetteer.vintages):
        known = ", ".join(gazetteer.vintages) or _("none")
        raise InputError(
            _("there is no list of units of {vintage}").format(vintage=vintage or _("any date")),
            do=_("Give one with --gazetteer or --crosswalk; dates there are: {known}.").format(known=known),
        )


def code_of(text: Any) -> str | None:
    try:
        return values.commune_code(text) if isinstance(text, str) and text else None
    except ValueError:
        return None


def cell_of(value: Any) -> Any:
    if value is None or (not isinstance(value, str | Decimal) and pd.isna(value)):
        return ""
    return round(value, 9) if isinstance(value, float) else value
