"""Prices and what a thing costs over the years of a study. Money is in đồng, real (inflation taken off).

Residual value at the end of the years is ignored: a cable that lives longer than the study looks
dearer here than it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from phusong.errors import PhuSongError
from phusong.language import _

Number = TypeVar("Number", float, np.ndarray)
#: The three answers that a price gives; `value` is the central one.
LEVELS = ("value", "low", "high")
#: What a thing costs, as columns of the tables: to build, and over the study's years.
CAPEX, PRESENT = "capex_vnd", "present_cost_vnd"
MONEY = (CAPEX, "capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year", PRESENT)


@dataclass(frozen=True)
class Price:
    """A figure of a price sheet with its range: VND-based `unit` (such as VND/m), or a bare factor.

    `basis` is "province" when the province gave the figure, else "assumed".
    """

    value: float
    low: float
    high: float
    unit: str
    source: str
    date: str
    basis: str = "assumed"

    def at(self, level: str) -> float:
        """The figure at one of `LEVELS`."""
        return float({"value": self.value, "low": self.low, "high": self.high}[level])


#: Technology → name of the figure → price.
Prices = Mapping[str, Mapping[str, Price]]


@dataclass(frozen=True)
class Horizon:
    """Over how many years a cost is counted and at what real discount rate a year."""

    years: int
    rate: float


def price(prices: Mapping[str, Price], technology: str, name: str) -> Price:
    """The price `name` of `technology`; PhuSongError says which key the study lacks."""
    if name not in prices:
        raise PhuSongError(
            _("no price {name} for {technology}").format(name=repr(name), technology=technology),
            do=_("Add it to the study under [prices.{technology}].").format(technology=technology),
        )
    return prices[name]


def vnd_per(currency: str, prices: Prices) -> float:
    """How many đồng one of `currency` is, at the rate of the price sheets."""
    return 1.0 if currency == "VND" else price(prices["exchange"], "exchange", "vnd_per_usd").value


def annuity(horizon: Horizon) -> float:
    """Present value of 1 đồng paid at the end of each year: Σ (1+r)⁻ᵗ, t = 1 … years.

    >>> round(annuity(Horizon(10, 0.05)), 4)
    7.7217
    """
    return float(sum((1 + horizon.rate) ** -t for t in range(1, horizon.years + 1)))


def renewals(horizon: Horizon, life_years: float) -> float:
    """Present value of 1 đồng of equipment bought now and again at the end of each life: Σ (1+r)^(−k·life).

    Nothing is bought in the last moment of the study: 10 years with a life of 5 buy twice, at 0 and 5.

    >>> round(renewals(Horizon(10, 0.05), 5), 4), renewals(Horizon(10, 0.05), 10)
    (1.7835, 1.0)
    """
    if life_years <= 0:
        raise PhuSongError(_("a price sheet has a life of 0 years"), do=_("Set life_years above 0."))
    purchases = int(np.ceil(horizon.years / life_years - 1e-9))
    return float(sum((1 + horizon.rate) ** -(k * life_years) for k in range(purchases)))


def present_cost_vnd(
    capex_vnd: Number, opex_vnd_per_year: Number, horizon: Horizon, life_years: float
) -> Number:
    """CAPEX, renewals and OPEX of the study's years in đồng of today; numbers or arrays, not rounded.

    >>> round(present_cost_vnd(1000.0, 50.0, Horizon(10, 0.05), 10), 2)
    1386.09
    """
    return capex_vnd * renewals(horizon, life_years) + opex_vnd_per_year * annuity(horizon)


def whole_vnd(amount: np.ndarray) -> np.ndarray:
    """Amounts rounded to whole đồng, still as floats: sums of them are exact (below 9·10¹⁵)."""
    return np.rint(np.asarray(amount, dtype=float))


def assumed(prices: Iterable[Price]) -> bool:
    """A sum rests on an assumption when any price that enters it is assumed."""
    return any(p.basis == "assumed" for p in prices)


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a cost with a life of its own: arrays of CAPEX at each of `LEVELS` and of OPEX a year."""

    capex: Mapping[str, np.ndarray]
    opex_vnd_per_year: np.ndarray
    life_years: float


def add_up(parts: Iterable[Part], horizon: Horizon) -> dict[str, np.ndarray]:
    """The money columns of what is made of `parts`, each rounded to whole đồng and renewed by its own life.

    >>> one = {level: np.array([100.0]) for level in LEVELS}
    >>> parts = Part(one, np.array([0.0]), 10), Part(one, np.array([10.0]), 5)
    >>> add_up(parts, Horizon(10, 0.0))["present_cost_vnd"].tolist()
    [400.0]
    """
    sums = [money(part.capex, part.opex_vnd_per_year, horizon, part.life_years) for part in parts]
    return {name: np.sum([one[name] for one in sums], axis=0) for name in sums[0]}


def known(prices: Mapping[str, Price], name: str) -> float:
    """The central figure of a price that a sheet may leave out; NaN without it."""
    return prices[name].value if name in prices else float("nan")


def money(
    capex: Mapping[str, np.ndarray], opex_vnd_per_year: np.ndarray, horizon: Horizon, life_years: float
) -> dict[str, np.ndarray]:
    """The money columns of OPTIONS and INVESTMENTS in whole đồng, from CAPEX at each of `LEVELS`."""
    central = whole_vnd(capex["value"])
    return {
        "capex_vnd": central,
        "capex_low_vnd": whole_vnd(capex["low"]),
        "capex_high_vnd": whole_vnd(capex["high"]),
        "opex_vnd_per_year": whole_vnd(opex_vnd_per_year),
        "present_cost_vnd": whole_vnd(present_cost_vnd(central, opex_vnd_per_year, horizon, life_years)),
    }
