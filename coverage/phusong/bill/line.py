"""New fibre line by how it is built, class of road and slope, with crossings, taps, terminals and rents."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from phusong.bill.gear import Gear, say_upkeep
from phusong.bill.items import Item, Part, fitted, priced
from phusong.bycommune import split_whole
from phusong.costs import Price, Prices
from phusong.domain import BUILDS, ROAD_CLASSES
from phusong.language import _
from phusong.makeup import SLOPE_BINS_DEG
from phusong.openfibre.words import known, text_of
from phusong.runs import Run
from phusong.units import decimal
from phusong.wording import BUILD_NAMES, ROAD_CLASS_NAMES, say

#: The factor of the price sheet for each build; what is buried is what the price of new line says.
_FACTOR = {
    "aerial": "aerial_factor",
    "evn_poles": "evn_poles_factor",
    "duct": "duct_factor",
    "offroad": "offroad_factor",
}
#: Classes of road, and "" away from roads.
ROADS = (*ROAD_CLASSES, "")
#: Rent by build, as prices of the sheet; that of leased fibre can be the line's own.
_RENT = {"leased": "lease", "evn_poles": "evn_pole_rent", "duct": "duct_rent"}


def line_items(
    run: Run, row: dict[str, Any], prices: Prices, gear: Gear, language: str
) -> tuple[list[Item], list[Item]]:
    """The items of a fibre investment (a row of INVESTMENTS) to build, and those of a year."""
    segments = run.tables["segments"]
    own = segments[segments["investment_id"] == row["investment_id"]].sort_values("segment_id")
    sheet = prices.get("fibre", {})
    if "new_line" not in sheet:
        return [], []
    fixed = [*_crossings(own, sheet, language), *_taps(row, sheet, language)]
    ends = gear.terminals(text_of(row["site_ids"]).split(";"))
    line = own[own["build"] != "leased"]
    laid = (line["capex_vnd"] - line["taps_vnd"] - line["crossings_vnd"]).astype("int64")
    left = int(row["capex_vnd"]) - int(laid.sum()) - sum(item.amount_vnd for item in fixed)
    low, high = (round(sum(part.at(prices, level) for part in ends)) for level in ("low", "high"))
    try:
        terminals = priced(ends, (left, low, high), prices) if left >= 0 else []
    except KeyError:
        terminals = []
    near = round(sum(part.at(prices, "value") for part in ends))
    if abs(near - left) > 2 * max(len(ends), 1):
        # Not all of its line is in this run: what is missing is said as a whole.
        terminals = priced(ends, (near, low, high), prices)
    bounds = [
        max(int(row[name]) - sum(getattr(item, field) or 0 for item in [*fixed, *terminals]), 0)
        for name, field in (("capex_low_vnd", "low_vnd"), ("capex_high_vnd", "high_vnd"))
    ]
    return [*_laid(line, laid, bounds, sheet, language), *fixed, *terminals], _yearly(
        row, own, sheet, language
    )


def _laid(
    line: pd.DataFrame, laid: pd.Series, bounds: list[int], sheet: Mapping[str, Price], language: str
) -> list[Item]:
    """A row a build, class of road and range of slope. Their low and high are shares in those of the whole
    line, which is all that a run has of them."""
    key = pd.DataFrame(
        {
            "build": line["build"].map(BUILDS.index),
            "road": line["road_class"].map(lambda road: ROADS.index(text_of(road))),
            "slope": line["mean_slope_deg"].map(_slope_band),
        }
    )
    out, weights = [], []
    for place, rows in line.groupby([key["build"], key["road"], key["slope"]], sort=True):
        build, road, slope = BUILDS[place[0]], ROADS[place[1]], place[2]
        amount, metres = int(laid[rows.index].sum()), float(rows["length_m"].sum())
        bare = metres * sheet["new_line"].value
        said = [say(BUILD_NAMES, build, language), say(ROAD_CLASS_NAMES, road, language) if road else ""]
        text = _("New line {kind}", language).format(kind=", ".join(word for word in said if word))
        out.append(
            Item(
                what=f"{text}; {_say_slope(slope, language)}",
                amount_vnd=amount,
                quantity=metres,
                unit="m",
                price=("fibre", "new_line"),
                factor=amount / bare if bare else None,
                remark=_say_factors(build, rows, sheet, language),
            )
        )
        weights.append([amount * _spread(build, road, sheet, level) for level in ("low", "high")])
    if not out:
        return []
    low, high = (split_whole(bound, np.array(weights)[:, i]) for i, bound in enumerate(bounds))
    return [
        Item(**{**vars(item), "low_vnd": below, "high_vnd": above})
        for item, below, above in zip(out, low, high, strict=True)
    ]


def _spread(build: str, road: str, sheet: Mapping[str, Price], level: str) -> float:
    """By how much build and class of road move the low or high against the central price."""
    names = [name for name in (_FACTOR.get(build), f"class_{road}" if road else None) if name in sheet]
    out = 1.0
    for name in names:
        figure = sheet[str(name)]
        out *= figure.at(level) / figure.value if figure.value else 1.0
    return out


def _say_factors(build: str, rows: pd.DataFrame, sheet: Mapping[str, Price], language: str) -> str:
    """What the factor is made of, as means by length."""
    weights = rows["length_m"].to_numpy(dtype=float)
    figures = (
        [(_("slack and bends", language), sheet["length_factor"].value)] if "length_factor" in sheet else []
    )
    if (name := _FACTOR.get(build)) and name in sheet:
        figures.append((_("way of building", language), sheet[name].value))
    for column, name in (
        ("class_factor", _("class of road", language)),
        ("slope_factor", _("slope", language)),
        ("landslide_factor", _("landslides", language)),
    ):
        values = rows[column].to_numpy(dtype=float)
        mean = float(np.average(values, weights=weights)) if weights.sum() else 1.0
        if abs(mean - 1) > 5e-4:
            figures.append((name, mean))
    return " × ".join(f"{name} {decimal(value, 3, language)}" for name, value in figures)


def _slope_band(slope_deg: Any) -> int:
    """The position of a slope among `SLOPE_BINS_DEG`; −1 where it is not known."""
    return int(np.searchsorted(SLOPE_BINS_DEG, float(slope_deg), side="right")) if known(slope_deg) else -1


def _say_slope(band: int, language: str) -> str:
    bounds = [0.0, *SLOPE_BINS_DEG]
    if band < 0:
        return _("slope not known", language)
    if band == len(SLOPE_BINS_DEG):
        return _("mean slope above {low}°", language).format(low=f"{bounds[-1]:.0f}")
    return _("mean slope {low}–{high}°", language).format(
        low=f"{bounds[band]:.0f}", high=f"{bounds[band + 1]:.0f}"
    )


def _crossings(own: pd.DataFrame, sheet: Mapping[str, Price], language: str) -> list[Item]:
    """River crossings: on the bridge of a road, else by a span."""
    out = []
    paid = own[own["crossings_vnd"] > 0]
    on_road = paid["road_class"].map(text_of) != ""
    for name, text, rows in (
        ("bridge_crossing", _("River crossing on the bridge of a road", language), paid[on_road]),
        ("river_crossing", _("River crossing by a span of its own", language), paid[~on_road]),
    ):
        if len(rows) and name in sheet:
            out.append(_counted(text, int(rows["crossings_vnd"].sum()), ("fibre", name), sheet[name]))
    return out


def _taps(row: dict[str, Any], sheet: Mapping[str, Price], language: str) -> list[Item]:
    taps = int(row["taps_vnd"])
    if not taps or "tap" not in sheet:
        return []
    return [_counted(_("Tap of existing cable", language), taps, ("fibre", "tap"), sheet["tap"])]


def _counted(text: str, amount: int, key: tuple[str, str], figure: Price) -> Item:
    """So many as make up the amount at the price."""
    count = round(amount / figure.value) if figure.value else 0
    low, high = round(count * figure.low), round(count * figure.high)
    return Item(text, amount, low, high, float(count), "", key)


def _yearly(row: dict[str, Any], own: pd.DataFrame, sheet: Mapping[str, Price], language: str) -> list[Item]:
    """Upkeep as a share of CAPEX, and rents by build."""
    rents = []
    for build, name in _RENT.items():
        rows = own[(own["build"] == build) & (own["rent_vnd_per_year"] > 0)]
        if len(rows):
            metres = float(rows["length_m"].sum())
            text = _("Rent of line {kind}", language).format(kind=say(BUILD_NAMES, build, language))
            rents.append(
                Item(text, int(rows["rent_vnd_per_year"].sum()), None, None, metres, "m", ("fibre", name))
            )
    rented = fitted(rents, (int(row["rent_vnd_per_year"]), None, None), _("Rents", language))
    upkeep = int(row["opex_vnd_per_year"]) - int(row["rent_vnd_per_year"])
    part = Part(say_upkeep("fibre", language), float(row["capex_vnd"]), "₫", ("fibre", "opex_share"))
    kept = (
        priced([part], (upkeep, None, None), {"fibre": sheet}) if upkeep > 0 and "opex_share" in sheet else []
    )
    return [*kept, *rented]
