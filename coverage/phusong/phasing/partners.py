"""Who may build what, and at what price."""

from collections.abc import Sequence

import numpy as np


def partner_costs(
    capex: np.ndarray, operator: Sequence[str], partners: Sequence[str], factor: np.ndarray | None = None
) -> np.ndarray:
    """CAPEX of each item with each partner (n, partners), ∞ where it may not build it.

    An item whose `operator` (that of the network which it taps or whose mast it uses) is one of the
    `partners` is for that one; an operator that is nobody here, or not known, leaves it to any. `factor`
    (partners, or n × partners) is what a partner asks against `capex` (n).

    >>> capex, factor = np.array([10.0, 10.0]), np.array([1.0, 1.2])
    >>> partner_costs(capex, ["VNPT", "?"], ["VNPT", "Viettel"], factor).tolist()
    [[10.0, inf], [10.0, 12.0]]
    """
    price = capex[:, None] * (np.ones(len(partners)) if factor is None else factor)
    theirs = np.array([[one == name for name in partners] for one in operator], dtype=bool)
    theirs = theirs.reshape(len(capex), len(partners))
    anyone = ~theirs.any(axis=1, keepdims=True)
    return np.where(theirs | anyone, price, np.inf)
