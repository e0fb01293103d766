"""What a received level is worth at a fixed terminal, and what a cell has to spare.

Rates by 3GPP TR 36.942 annex A.2: a part of Shannon's rate up to a highest one.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from phusong.costs import Price, price

SHEET = "cellular"
#: Thermal noise at 290 K in dBm/Hz.
_NOISE_DBM_HZ = -174.0
#: Spacing of subcarriers in Hz, which the level of one resource element is measured over.
_SUBCARRIER_HZ = {"LTE": 15e3, "NR": 30e3}
DATA_RADIOS = tuple(_SUBCARRIER_HZ)


def figure(prices: Mapping[str, Price], name: str) -> float:
    """A figure of the sheet."""
    return price(prices, SHEET, name).value


def down_rate(prices: Mapping[str, Price], radio: str, level_dbm: np.ndarray) -> np.ndarray:
    """Mb/s down to a terminal that has the whole carrier, from the RSRP of a handset; 0 below the least."""
    noise = _NOISE_DBM_HZ + 10 * np.log10(_SUBCARRIER_HZ[radio]) + figure(prices, "cpe_noise_db")
    sinr = level_dbm + figure(prices, "cpe_gain_db") - noise - figure(prices, "interference_db")
    return _rate(prices, "down", sinr) * figure(prices, f"{radio.lower()}_mhz")


def up_rate(
    prices: Mapping[str, Price],
    radio: str,
    level_dbm: np.ndarray,
    reference_dbm: np.ndarray,
    eirp_dbm: np.ndarray,
) -> np.ndarray:
    """Mb/s up from a terminal that has the whole carrier.

    Path and pattern loss is `reference_dbm` (the level before any loss) less the level; the base station's
    antenna gains what its EIRP has over its power.
    """
    mhz = figure(prices, f"{radio.lower()}_up_mhz")
    loss = reference_dbm - level_dbm
    gain = eirp_dbm - figure(prices, "base_power_dbm")
    received = figure(prices, "cpe_power_dbm") + figure(prices, "cpe_gain_db") - loss + gain
    noise = _NOISE_DBM_HZ + 10 * np.log10(mhz * 1e6) + figure(prices, "base_noise_db")
    return _rate(prices, "up", received - noise - figure(prices, "interference_db")) * mhz


def _rate(prices: Mapping[str, Price], way: str, sinr_db: np.ndarray) -> np.ndarray:
    """bit/s/Hz at a SINR."""
    shannon = figure(prices, f"{way}_alpha") * np.log2(1 + 10 ** (np.asarray(sinr_db, float) / 10))
    rate = np.minimum(shannon, figure(prices, f"{way}_most"))
    return np.where(np.asarray(sinr_db) >= figure(prices, "least_level_db"), rate, 0.0)


def cell_mbps(prices: Mapping[str, Price], radio: str) -> float:
    """What one carrier of one cell carries down, as a mean over its users."""
    return figure(prices, f"{radio.lower()}_mhz") * figure(prices, "cell_efficiency")


def residents_of_masts(masts: pd.DataFrame, people: pd.DataFrame, reach_m: float) -> np.ndarray:
    """Residents whom each of `masts` (`x_m`, `y_m`, `operator`) carries.

    The residents of a point are shared evenly by the operators; each one's go to its nearest mast within
    `reach_m`.
    """
    out, operators = np.zeros(len(masts)), sorted(set(masts["operator"]))
    if not len(masts) or people.empty:
        return out
    where = people[["x_m", "y_m"]].to_numpy()
    for operator in operators:
        own = np.flatnonzero((masts["operator"] == operator).to_numpy())
        places = masts[["x_m", "y_m"]].to_numpy(dtype=float)[own]
        away, nearest = cKDTree(places).query(where, distance_upper_bound=reach_m)
        near = np.isfinite(away)
        out += np.bincount(
            own[nearest[near]], people["people"].to_numpy()[near] / len(operators), minlength=len(masts)
        )
    return out
