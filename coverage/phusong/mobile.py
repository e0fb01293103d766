"""Cells of mobile networks: their radio figures, antenna pattern, and what a received level is worth.

A level is RSRP for LTE and NR (power of one resource element), RSCP for UMTS (power of the pilot channel),
RxLev for GSM. It lies `reference_db` below the EIRP before any path loss.
"""

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.domain import MOBILE_CLASSES, RADIOS
from phusong.study import Mobile

#: What P.1812 covers; a cell outside is left out with a finding.
LOWEST_MHZ, HIGHEST_MHZ = 30.0, 6000.0


def cells_with_defaults(cells: gpd.GeoDataFrame, settings: Mobile) -> pd.DataFrame:
    """One row a cell, by `cell_id`: `x_m`, `y_m`, `height_m`, `f_ghz`, `reference_dbm` (the level before path
    loss and antenna pattern), `azimuth_deg`, `tilt_deg` (NaN: none). Empty figures take the settings'."""
    said = settings.model_dump()
    radio = cells["radio"].str.lower()
    usual = radio.map(lambda r: said[f"{r}_frequency_mhz"]).astype("float64")
    frequency = cells["frequency_mhz"].fillna(usual)
    eirp = cells["eirp_dbm"].fillna(settings.default_eirp_dbm)
    reference = radio.map(lambda r: said[f"{r}_reference_db"]).astype("float64")
    out = pd.DataFrame(
        {
            "cell_id": cells["cell_id"],
            "operator": cells["operator"],
            "radio": cells["radio"],
            "x_m": cells.geometry.x,
            "y_m": cells.geometry.y,
            "height_m": cells["antenna_height_m"].fillna(settings.default_antenna_height_m),
            "f_ghz": frequency / 1000,
            "reference_dbm": eirp - reference,
            "azimuth_deg": cells["azimuth_deg"],
            "tilt_deg": cells["tilt_deg"],
        }
    )
    return out.sort_values("cell_id", ignore_index=True)


def usable(cells: pd.DataFrame) -> pd.Series:
    """Which cells the model can compute: an antenna at least 1 m up, on 30 MHz to 6 GHz."""
    f = cells["f_ghz"] * 1000
    return (cells["height_m"] >= 1) & (f >= LOWEST_MHZ) & (f <= HIGHEST_MHZ)


def pattern_db(
    off_azimuth_deg: np.ndarray | float, below_deg: np.ndarray | float, settings: Mobile
) -> np.ndarray:
    """Gain of a sector antenna against its main lobe, in dB (≤ 0): 3GPP TR 38.901 table 7.3-1.

    A_H = min(12 (φ/φ₃)², A_m), A_V = min(12 (θ/θ₃)², A_m), A = −min(A_H + A_V, A_m), φ and θ being the angles
    off the main lobe across and up.

    >>> from phusong.readers.study import figures
    >>> settings = Mobile(**figures("mobile.toml"))
    >>> float(pattern_db(32.5, 0.0, settings)), float(pattern_db(180.0, 0.0, settings))
    (-3.0, -30.0)
    """
    turned = (np.asarray(off_azimuth_deg) + 180) % 360 - 180
    across = np.minimum(12 * (turned / settings.beamwidth_deg) ** 2, settings.front_to_back_db)
    up = np.minimum(
        12 * (np.asarray(below_deg) / settings.vertical_beamwidth_deg) ** 2, settings.front_to_back_db
    )
    return -np.minimum(across + up, settings.front_to_back_db)


def gain_db(
    azimuth_deg: np.ndarray | float,
    tilt_deg: np.ndarray | float,
    bearing_deg: np.ndarray,
    rise_deg: np.ndarray,
    settings: Mobile,
) -> np.ndarray:
    """Gain in dB of a cell's antenna towards `bearing_deg` (from north) and `rise_deg` above the horizontal.

    No azimuth: the same all round. No tilt: the vertical pattern is left out.
    """
    off = np.where(np.isnan(azimuth_deg), 0.0, bearing_deg - azimuth_deg)
    below = np.where(np.isnan(tilt_deg), 0.0, rise_deg + tilt_deg)
    return pattern_db(off, below, settings)


def class_bounds_dbm(radio: str, settings: Mobile) -> tuple[float, float, float]:
    """The lowest weak, fair and good level of a radio technology in dBm."""
    said = settings.model_dump()
    weak, fair, good = (said[f"{radio.lower()}_{name}_dbm"] for name in ("weak", "fair", "good"))
    return weak, fair, good


def class_of(level_dbm: np.ndarray, radio: str, settings: Mobile) -> np.ndarray:
    """The class of each level as a position in MOBILE_CLASSES (none, weak, fair, good)."""
    assert radio in RADIOS
    return np.searchsorted(class_bounds_dbm(radio, settings), level_dbm, side="right")


def class_names(level_dbm: pd.Series, radio: pd.Series, settings: Mobile) -> pd.Series:
    """The class of each level in words; empty where there is no level."""
    out = pd.Series(None, index=level_dbm.index, dtype="str")
    for technology in RADIOS:
        here = (radio == technology) & level_dbm.notna()
        names = np.array(MOBILE_CLASSES)[class_of(level_dbm[here].to_numpy(), technology, settings)]
        out[here] = names
    return out
