"""Received levels: what a loss means for GSM, UMTS, LTE and NR, with antenna patterns and an honest range.

Levels are those that phones report: RxLev (GSM), RSCP (UMTS), RSRP (LTE, NR), in dBm at a 0 dBi antenna.
"""

import math
from typing import NamedTuple

import numpy as np

from phusong.errors import InputError
from phusong.language import _

#: Resource blocks of a channel by MHz: LTE (3GPP TS 36.101 table 5.6-1); NR (TS 38.101-1 table 5.3.2-1) with
#: 15 kHz subcarriers to 20 MHz and 30 kHz above.
_LTE_BLOCKS: dict[float, int] = {1.4: 6, 3: 15, 5: 25, 10: 50, 15: 75, 20: 100}
_NR_BLOCKS: dict[float, int] = {5: 25, 10: 52, 15: 79, 20: 106, 40: 106, 60: 162, 80: 217, 100: 273}
#: Share of a UMTS carrier's power that its pilot takes: 10 %, the usual setting (3GPP TR 25.942).
_PILOT_DB = -10.0
#: Standard normal deviate of 90 %: the range covers 80 % of places.
_Z90 = 1.2816


def pilot_offset_db(radio: str, bandwidth_mhz: float = 10.0) -> float:
    """Power of the signal that is measured over the carrier's total, dB: one subcarrier for RSRP.

    >>> round(pilot_offset_db("LTE", 10), 1), pilot_offset_db("UMTS"), pilot_offset_db("GSM")
    (-27.8, -10.0, 0.0)
    """
    if radio == "GSM":
        return 0.0
    if radio == "UMTS":
        return _PILOT_DB
    blocks = {"LTE": _LTE_BLOCKS, "NR": _NR_BLOCKS}.get(radio)
    if blocks is None:
        what = _("unknown radio {name}").format(name=repr(radio))
        raise InputError(what, do=_("Use GSM, UMTS, LTE or NR."))
    if bandwidth_mhz not in blocks:
        what = _("{radio} has no channel of {mhz} MHz").format(radio=radio, mhz=bandwidth_mhz)
        raise InputError(what, do=_("Use: ") + ", ".join(f"{mhz:g}" for mhz in blocks))
    return -10 * math.log10(12 * blocks[bandwidth_mhz])


def sector_gain_db(
    azimuth_deg: np.ndarray, departure_mrad: np.ndarray, bearing_deg: float, tilt_deg: float = 0.0, *,
    width_deg: float = 65.0, height_deg: float = 10.0, side_db: float = 20.0, back_db: float = 25.0,
) -> np.ndarray:
    """Gain of a sector antenna relative to its main beam, dB (≤ 0), by 3GPP TR 36.814 table A.2.1-2.

    `azimuth_deg` and `departure_mrad` of each cell as seen from the mast; `tilt_deg` downwards.

    >>> [float(g) for g in sector_gain_db(np.array([90.0, 270.0]), np.array([0.0, 0.0]), 90.0)]
    [0.0, -25.0]
    """
    off = (np.asarray(azimuth_deg) - bearing_deg + 180) % 360 - 180
    across = np.minimum(12 * (off / width_deg) ** 2, back_db)
    below = -np.degrees(np.asarray(departure_mrad) / 1000) - tilt_deg
    return 0.0 - np.minimum(across + np.minimum(12 * (below / height_deg) ** 2, side_db), back_db)


class LevelRange(NamedTuple):
    """A level in dBm as a central value with the range that models and places leave open."""

    central_dbm: np.ndarray
    low_dbm: np.ndarray
    high_dbm: np.ndarray


def level_range(
    power_dbm: np.ndarray | float, p1812_db: np.ndarray, deygout_db: np.ndarray, sigma_l_db: float
) -> LevelRange:
    """Received level: central by P.1812; the range spans both models and 80 % of places (1.28 σL each way).

    `power_dbm` is the effective isotropic power of the measured signal towards each receiver.

    >>> [float(v) for v in level_range(20.0, np.array(120.0), np.array(130.0), 4.0)]
    [-100.0, -115.1264, -94.8736]
    """
    spread = _Z90 * sigma_l_db
    worst, best = np.fmax(p1812_db, deygout_db), np.fmin(p1812_db, deygout_db)
    return LevelRange(power_dbm - p1812_db, power_dbm - worst - spread, power_dbm - best + spread)
