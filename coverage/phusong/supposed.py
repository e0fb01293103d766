"""What one draw supposes: other prices, other answers where a status is in doubt, stronger or weaker signals.

All comes from the seed and the number of the draw, whoever computes it and in whatever order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.costs import Price, Prices
from phusong.domain import GAP, OK, UNKNOWN
from phusong.study import Sensitivity

#: The services whose status the plan rests on, in the order in which they are drawn.
SERVICES = ("fibre", "wifi")
#: Streams of random numbers of a draw, so that a new price does not change what is drawn of the statuses.
_PRICES, _ANSWERS, _SIGNALS = range(3)


@dataclass(frozen=True, eq=False)
class Supposed:
    """A draw: the prices, for each row of the doubts whether the site has the service, and the dB that are
    added to the levels of each radio technology."""

    prices: Prices
    has: np.ndarray
    shift_db: dict[str, float]


def suppose(
    prices: Prices, doubts: pd.DataFrame, signals: pd.DataFrame | None, seed: int, number: int
) -> Supposed:
    """Draw `number` of `seed`; `doubts` as `find_doubts` gives them, `signals` are SIGNALS."""
    streams = [np.random.default_rng([seed, number, stream]) for stream in (_PRICES, _ANSWERS, _SIGNALS)]
    return Supposed(
        draw_prices(prices, streams[_PRICES]),
        streams[_ANSWERS].random(len(doubts)) < doubts["has_share"].to_numpy(dtype=float),
        draw_shift(signals, streams[_SIGNALS]),
    )


def draw_prices(prices: Prices, random: np.random.Generator) -> Prices:
    """Each price drawn once between its low and high (triangular, the central figure most likely); what has
    no range stays, and so does how near things must be to count (`…reach_m`): the groundwork rests on it. So
    do the prices of rooms for conferences, which are not in the plan."""
    return {
        sheet: {
            name: figures[name] if sheet == "conference" else _drawn(name, figures[name], random)
            for name in sorted(figures)
        }
        for sheet, figures in sorted(prices.items())
    }


def _drawn(name: str, price: Price, random: np.random.Generator) -> Price:
    if price.low >= price.high or name.endswith("reach_m"):
        return price
    value = float(random.triangular(price.low, price.value, price.high))
    return replace(price, value=value, low=value, high=value)


def draw_shift(signals: pd.DataFrame | None, random: np.random.Generator) -> dict[str, float]:
    """Radio technology → dB: one shift for all its computed levels, triangular about 0 between how far their
    low and high ends lie off, both at the median over the sites. In whole tenths."""
    if signals is None or signals.empty:
        return {}
    known = signals[(signals["terrain"] == "elevation") & signals["level_dbm"].notna()]
    out = {}
    for radio, rows in known.groupby("radio"):
        low, high = (float((rows[f"{end}_dbm"] - rows["level_dbm"]).median()) for end in ("low", "high"))
        shift = random.triangular(low, 0.0, high) if low < 0 < high else 0.0
        out[str(radio)] = round(float(shift), 1)
    return out


def find_doubts(gaps: pd.DataFrame, settings: Sensitivity, report_date: str) -> pd.DataFrame:
    """The statuses of fibre and Wi-Fi that are unknown, assumed or old, by site and service: `site_id`,
    `service`, `doubt` (unknown, assumed, old), and `has_share`, how likely the site has the service.

    Old is what is more than `old_after_years` before `report_date`, or before the latest evidence where the
    study gives no date.
    """
    tables = [_doubts_of(service, gaps, settings, report_date) for service in SERVICES]
    out = pd.concat(tables, ignore_index=True)
    return out.sort_values(["site_id", "service"], ignore_index=True)


def _doubts_of(service: str, gaps: pd.DataFrame, settings: Sensitivity, report_date: str) -> pd.DataFrame:
    status = gaps[service]
    unknown, assumed = status == UNKNOWN, gaps[f"{service}_basis"] == "assumed"
    age = age_years(gaps[f"{service}_date"], report_date)
    doubt = np.select(
        [unknown, assumed, age > settings.old_after_years], ["unknown", "assumed", "old"], default=""
    )
    holds = np.where(doubt == "assumed", settings.assumed_holds, settings.old_holds)
    unknown_has = {"fibre": settings.unknown_has_fibre, "wifi": settings.unknown_has_wifi}[service]
    has = np.where(unknown, unknown_has, np.where(status == OK, holds, 1 - holds))
    table = pd.DataFrame({"site_id": gaps["site_id"], "service": service, "doubt": doubt, "has_share": has})
    return table[table["doubt"] != ""]


def age_years(dates: pd.Series, report_date: str) -> pd.Series:
    """Years between dates (2021, 2021-07 or 2021-07-15) and the study's; NaN where there is none."""
    years = dates.map(year_of, na_action="ignore").astype("float64")
    return (year_of(report_date) if report_date else years.max()) - years


def year_of(date: str) -> float:
    """The year of a date, with its months and days as parts of it.

    >>> year_of("2021"), year_of("2021-07"), round(year_of("2021-07-16"), 3)
    (2021.0, 2021.5, 2021.542)
    """
    year, month, day = (*map(int, date.split("-")), 1, 1)[:3]
    return year + (month - 1) / 12 + (day - 1) / 360


def with_answers(gaps: gpd.GeoDataFrame, doubts: pd.DataFrame, has: np.ndarray) -> gpd.GeoDataFrame:
    """GAPS where each doubt is answered: the service is there, or is a gap."""
    out = gaps.copy()
    for service in SERVICES:
        here = (doubts["service"] == service).to_numpy()
        status = np.where(has[here], OK, GAP)
        answer: Mapping[str, str] = dict(zip(doubts.loc[here, "site_id"], status, strict=True))
        said = [answer.get(site, old) for site, old in zip(out["site_id"], out[service], strict=True)]
        out[service] = pd.Series(said, index=out.index, dtype="str")
    return out
