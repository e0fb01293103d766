"""What a technology is asked and what it answers: the contract of `options`, and steps that several share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from phusong.costs import Horizon, Part, Price, Prices, known, price
from phusong.land import Land
from phusong.masts import solar
from phusong.roads import RoadGraph
from phusong.study import Mobile, Targets
from phusong.video import misses_target

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class Need:
    """What a technology is asked: the sites, and what it may use.

    `sites` has a row a site, by site_id: `kind`, `x_m`, `y_m`, `power`, `users`, `demand_mbps`,
    `lacks_connection`, `lacks_wifi`, and `connection_known` (is it known whether the site has a connection?).
    `sheets` are all price sheets. `build` is how line along roads is built (`study.Choices`). `with_fibre`
    are the places (`x_m`, `y_m`) of sites that have fibre, `signals` SIGNALS (empty: not computed).
    `shift_db` is added to the levels of a radio technology; in `signals` it is already.
    """

    sites: pd.DataFrame
    sheets: Prices
    targets: Targets
    horizon: Horizon
    fibre_only: tuple[str, ...]
    graph: RoadGraph
    land: Land
    build: str = "buried"
    mobile: Mobile | None = None
    with_fibre: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"x_m": [], "y_m": []}))
    signals: pd.DataFrame = field(default_factory=pd.DataFrame)
    exclude_operators: tuple[str, ...] = ()
    shift_db: Mapping[str, float] = field(default_factory=dict)
    _kept: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What `make` gives, made once for all technologies that ask for it by `name`."""
        if name not in self._kept:
            self._kept[name] = make()
        found: Made = self._kept[name]
        return found

    def prices(self, sheet: str) -> Mapping[str, Price]:
        """A price sheet; empty when there is none of that name."""
        return self.sheets.get(sheet, {})

    @property
    def lacking(self) -> pd.DataFrame:
        """The sites that lack a connection."""
        return self.sites[self.sites["lacks_connection"]]


class Offer(NamedTuple):
    """What a technology proposes: its rows of OPTIONS, and of FACILITIES and ALTERNATIVES if it has any."""

    options: pd.DataFrame
    facilities: pd.DataFrame | None = None
    alternatives: pd.DataFrame | None = None


def judged(need: Need, sites: pd.DataFrame, figures: pd.DataFrame, reason: Any = "") -> pd.DataFrame:
    """`figures` (a row a site that lacks a connection, in order) with `site_id`, `feasible` and `reason`.

    A connection that is not fibre is refused where the study asks for fibre, where it is slower than the
    demand, and where it misses the video target. `reason` is what else is to be said, or why there is none:
    a row without a cost is not feasible.
    """
    rows = figures.set_axis(sites.index)
    refused = {
        "fibre_only": sites["kind"].isin(need.fibre_only),
        "too_slow": sites["demand_mbps"] > rows["down_mbps"],
        "misses_video_target": misses_target(rows, need.targets),
    }
    none = rows["capex_vnd"].isna()
    said = pd.Series(reason, index=sites.index)
    why = np.select([none, *refused.values()], [said, *refused], said)
    feasible = ~(none | np.any(list(refused.values()), axis=0))
    return rows.assign(site_id=sites["site_id"], feasible=feasible, reason=why)


def at_site(need: Need, sheet: str, sites: pd.DataFrame, load_w: np.ndarray | None = None) -> list[Part]:
    """Electricity for the equipment at the sites that have none: `power_w` of the sheet, or `load_w`."""
    without = (sites["power"] == "none").to_numpy()
    if not without.any():
        return []
    load = price(need.prices(sheet), sheet, "power_w").value if load_w is None else load_w
    return [solar(need.prices("power"), np.where(without, load, 0.0))]


def said_of(need: Need, sheet: str, count: int) -> dict[str, np.ndarray]:
    """Availability and months to build, as the sheet says them."""
    prices = need.prices(sheet)
    return {
        "availability_percent": np.full(count, known(prices, "availability_percent")),
        "months_to_build": np.full(count, known(prices, "months")),
    }
