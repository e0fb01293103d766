"""What operators have: fibre along roads, and cells on masts."""

from typing import Any

import numpy as np
import shapely

from phusong.synth.people import beside
from phusong.synth.roads import Trunks

#: Carriers, antenna heights and powers of the drawn cells; figures of a plain macro cell.
_CARRIER_MHZ = {"GSM": 900, "UMTS": 2100, "LTE": 1800, "NR": 2600}
_EIRP_DBM = {"GSM": 57, "UMTS": 57, "LTE": 58, "NR": 63}
_HEIGHTS_M = (30, 36, 42, 45, 60)


def centres_with_fibre(
    trunks: Trunks, people: np.ndarray, share: float, rng: np.random.Generator
) -> np.ndarray:
    """Which centres have fibre: all but some at the ends of the ways to a seat, rather small ones."""
    has = np.ones(len(people), dtype=bool)
    load = trunks.ways.load(np.ones(len(people)), len(trunks.edges))
    edge = trunks.ways.edge
    ends = np.flatnonzero(edge >= 0)
    ends = ends[load[edge[ends]] == 1]
    without = round(len(people) * (1 - share))
    liking = np.log(people[ends]) + rng.normal(0, 0.5, len(ends))
    has[ends[np.argsort(liking, kind="stable")[:without]]] = False
    return has


def carry_fibre(ways: Any, has: np.ndarray, n_edges: int) -> np.ndarray:
    """Which edges carry fibre: those on the ways of the places that have it."""
    return ways.load(has.astype(float), n_edges) > 0


def shares_of(stats: dict[str, float], prefix: str) -> dict[str, float]:
    """The figures of the sheet whose name begins with `prefix`, by the rest of the name."""
    return {key.removeprefix(prefix): value for key, value in stats.items() if key.startswith(prefix)}


def pick_operators(count: int, stats: dict[str, float], rng: np.random.Generator) -> np.ndarray:
    """An operator for each of `count` masts, by their shares."""
    shares = shares_of(stats, "operator_")
    weight = np.array(list(shares.values()))
    return rng.choice(list(shares), size=count, p=weight / weight.sum())


def draw_masts(
    shape: shapely.Geometry,
    villages: np.ndarray,
    area_km2: float,
    people: int,
    stats: dict[str, float],
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    """The cells of a commune: masts near its villages, each with an operator and some radio technologies."""
    mean = stats["masts_per_km2"] * area_km2 + stats["masts_per_1000_residents"] * people / 1000
    count = int(rng.poisson(mean))
    if count == 0:
        return []
    places = beside(shape, villages[rng.integers(len(villages), size=count)], 300, rng)
    operators = pick_operators(count, stats, rng)
    heights = rng.choice(_HEIGHTS_M, size=count)
    radios = shares_of(stats, "radio_")
    on_air = {radio: rng.random(count) < share for radio, share in radios.items()}
    return [
        {
            "mast": i + 1,
            "operator": operators[i],
            "radio": radio,
            "frequency_mhz": _CARRIER_MHZ[radio],
            "antenna_height_m": int(heights[i]),
            "eirp_dbm": _EIRP_DBM[radio],
            "x": places[i, 0],
            "y": places[i, 1],
        }
        for i in range(count)
        for radio in radios
        if on_air[radio][i]
    ]
