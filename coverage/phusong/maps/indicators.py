"""The indicators that units report, as the panel shows them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from phusong.handover import Indicator
from phusong.indicators import (
    newest_figures,
    percent,
    say_amount,
    say_covered,
    say_figure,
    say_names,
)
from phusong.maps.saying import day_phrase, text_of, unbroken
from phusong.maps.texts import Phrases
from phusong.moments import say_date


def indicator_rows(
    figures: pd.DataFrame | None, said: Mapping[str, Mapping[str, Any]], phrases: Phrases
) -> list[dict[str, Any]]:
    """A row an indicator and level, in the order of the definitions `said` (as a manifest has them): phrases
    by their place (−1 for none) and, for its bar, the share in per cent. Empty for a run without any."""
    if figures is None:
        return []
    definitions = {code: Indicator.model_validate(definition) for code, definition in said.items()}
    several = figures["vintage"].nunique(dropna=False) > 1
    return [
        _row(row, before, definitions[row["indicator"]], several, phrases)
        for row, before in newest_figures(figures, definitions)
    ]


def _row(
    row: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    definition: Indicator,
    several: bool,
    phrases: Phrases,
) -> dict[str, Any]:
    share = percent(row["value"], row["of"])
    missing = row["units"] - row["reported"]
    return {
        "name": phrases.of(definition.name),
        "figure": phrases.of(lambda to: unbroken(say_figure(row, definition, to))),
        "counted": phrases.of(lambda to: say_amount(row, to)) if definition.shown == "percent" else -1,
        "share": None if share is None else round(min(share, 100.0), 2),
        "date": day_phrase(row["date"], phrases),
        "units": day_phrase(row["vintage"], phrases) if several else -1,
        "covered": phrases.of(lambda to: say_covered(row, to)),
        "before": -1 if before is None else phrases.of(lambda to: _earlier(before, definition, to)),
        "not_done": _names(text_of(row["not_done_names"]), 0, phrases),
        "not_reported": _names(text_of(row["not_reported_names"]), missing, phrases),
    }


def _earlier(row: Mapping[str, Any], definition: Indicator, language: str) -> str:
    return f"{unbroken(say_figure(row, definition, language))} ({say_date(row['date'], language)})"


def _names(names: str, missing: int, phrases: Phrases) -> int:
    return phrases.of(lambda to: say_names(names or None, missing, to)) if names or missing > 0 else -1
