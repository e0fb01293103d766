"""Attenuation by atmospheric gases, line by line: ITU-R P.676-13, Annex 1.

`f` in GHz (1–1,000), `dry_hpa` pressure of dry air, `t` in K, `rho` water vapour in g/m³. Defaults are the
sea-level reference atmosphere; Viet Nam's lowlands hold 15–22 g/m³.
"""

import math

import numpy as np

from phusong.jit import njit
from phusong.radio.gas_lines import OXYGEN, WATER

#: Mean of Viet Nam's provinces near the ground, for a study that names none.
HUMID_G_M3 = 18.0


@njit()
def _shape(f: float, f0: float, width: float, delta: float) -> float:
    """Line-shape factor F (eq. 5)."""
    low = (width - delta * (f0 - f)) / ((f0 - f) ** 2 + width**2)
    high = (width - delta * (f0 + f)) / ((f0 + f) ** 2 + width**2)
    return f / f0 * (low + high)


@njit()
def oxygen_db_km(f: float, dry_hpa: float, t: float, rho: float) -> float:
    """γo: specific attenuation of dry air in dB/km at dry pressure `dry_hpa` (eq. 1–9)."""
    theta = 300 / t
    e = rho * t / 216.7
    n2 = 0.0
    for i in range(OXYGEN.shape[0]):
        f0, a1, a2, a3, a4, a5, a6 = OXYGEN[i]
        strength = a1 * 1e-7 * dry_hpa * theta**3 * math.exp(a2 * (1 - theta))
        width = a3 * 1e-4 * (dry_hpa * theta ** (0.8 - a4) + 1.1 * e * theta)
        width = math.sqrt(width**2 + 2.25e-6)
        n2 += strength * _shape(f, f0, width, (a5 + a6 * theta) * 1e-4 * (dry_hpa + e) * theta**0.8)
    debye = 5.6e-4 * (dry_hpa + e) * theta**0.8
    dry = 6.14e-5 / (debye * (1 + (f / debye) ** 2)) + 1.4e-12 * dry_hpa * theta**1.5 / (1 + 1.9e-5 * f**1.5)
    return 0.1820 * f * (n2 + f * dry_hpa * theta**2 * dry)


@njit()
def water_db_km(f: float, dry_hpa: float, t: float, rho: float) -> float:
    """γw: specific attenuation of water vapour in dB/km at dry pressure `dry_hpa` (eq. 1–7)."""
    theta = 300 / t
    e = rho * t / 216.7
    n2 = 0.0
    for i in range(WATER.shape[0]):
        f0, b1, b2, b3, b4, b5, b6 = WATER[i]
        strength = b1 * 1e-1 * e * theta**3.5 * math.exp(b2 * (1 - theta))
        width = b3 * 1e-4 * (dry_hpa * theta**b4 + b5 * e * theta**b6)
        width = 0.535 * width + math.sqrt(0.217 * width**2 + 2.1316e-12 * f0**2 / theta)
        n2 += strength * _shape(f, f0, width, 0.0)
    return 0.1820 * f * n2


def gas_db_km(f: float, dry_hpa: float = 1013.25, t: float = 288.15, rho: float = 7.5) -> tuple[float, float]:
    """(γo, γw) in dB/km: dry air and water vapour (eq. 1).

    >>> [round(x, 5) for x in gas_db_km(12.0)]
    [0.0087, 0.00954]
    """
    return oxygen_db_km(f, dry_hpa, t, rho), water_db_km(f, dry_hpa, t, rho)


def path_gas_loss(
    f_ghz: float, d_km: float, height_m: float = 0.0, rho: float = HUMID_G_M3, t: float = 298.15
) -> float:
    """Loss in dB of a terrestrial path `d_km` long at a mean `height_m` above the sea (P.676 §1: γ·d).

    Pressure falls with height by the reference atmosphere of P.835.
    """
    pressure = 1013.25 * (288.15 / (288.15 - 6.5 * height_m / 1000)) ** (-34.1632 / 6.5)
    dry = pressure - rho * t / 216.7
    return float(np.sum(gas_db_km(f_ghz, dry, t, rho)) * d_km)
