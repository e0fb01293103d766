"""The communes' districts, and the units of the other date that the crosswalk names, for the page."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from phusong.crosswalk import OtherUnit, other_units, side_of
from phusong.maps.texts import Phrases
from phusong.moments import say_date


def units_of(
    communes: pd.DataFrame, crosswalk: pd.DataFrame, order: list[str], vintage: str, phrases: Phrases
) -> dict[str, Any]:
    """Side and date of the study's units, district and province of each commune in `order` (of codes), and
    the units of the other side with their parts as places in `order`."""
    side = side_of(crosswalk, communes, vintage)
    places = {code: place for place, code in enumerate(order)}
    own = vintage or _last(communes["vintage"])
    return {
        "side": side or "",
        "vintage": own,
        "said": _said(own, phrases),
        "districts": _districts(communes, crosswalk, side, order),
        "other": [
            _unit(unit, places, phrases)
            for unit in (other_units(crosswalk, side, communes["commune_code"]) if side else ())
        ],
    }


def _unit(unit: OtherUnit, places: Mapping[str, int], phrases: Phrases) -> dict[str, Any]:
    parts = [(places[code], whole) for code, whole in unit.parts if code in places]
    return {
        "code": unit.code,
        "name": unit.name,
        "type": unit.unit_type,
        "vintage": unit.vintage,
        "said": _said(unit.vintage, phrases),
        "district": unit.district,
        "province": unit.province,
        "parts": [place for place, _whole in parts],
        "whole": [whole for _place, whole in parts],
        "outside": list(unit.outside),
    }


def _districts(
    communes: pd.DataFrame, crosswalk: pd.DataFrame, side: str | None, order: list[str]
) -> list[list[str]]:
    """District and province of each commune; where its layer says none, as the crosswalk has them."""
    said = {
        code: [_text(d), _text(p)] for code, d, p in _rows(communes, "commune_code", "district", "province")
    }
    listed = {} if side is None else dict(_listed(crosswalk, side))
    return [
        [
            own or other
            for own, other in zip(said.get(code, ["", ""]), listed.get(code, ["", ""]), strict=True)
        ]
        for code in order
    ]


def _listed(crosswalk: pd.DataFrame, side: str) -> list[tuple[str, list[str]]]:
    rows = _rows(crosswalk, f"{side}_code", f"{side}_district", f"{side}_province")
    return [(code, [_text(district), _text(province)]) for code, district, province in rows]


def _rows(frame: pd.DataFrame, *columns: str) -> Any:
    return zip(*(frame[column] for column in columns), strict=True)


def _last(vintages: pd.Series) -> str:
    return max((v for v in vintages if isinstance(v, str)), default="")


def _said(vintage: str, phrases: Phrases) -> int:
    return phrases.of(lambda to: say_date(vintage, to)) if vintage else -1


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
