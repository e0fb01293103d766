"""What is decided for the whole nation before any part is drawn: land, residents, trunks, who has fibre."""

from dataclasses import dataclass

import numpy as np

from phusong.synth.land import Land
from phusong.synth.networks import carry_fibre, centres_with_fibre
from phusong.synth.people import draw_population
from phusong.synth.roads import Trunks, draw_trunks


@dataclass(frozen=True, eq=False)
class Draft:
    """The nation: `people` and `fibre` (has its centre fibre?) of each commune, trunk roads and which of them
    carry fibre; `stats` are the figures of data/synth.toml."""

    land: Land
    stats: dict[str, float]
    seed: int
    people: np.ndarray
    trunks: Trunks
    fibre: np.ndarray
    carries: np.ndarray


def chance(seed: int, *what: int) -> np.random.Generator:
    """Chance of its own for each part of the work: what is drawn before does not change what comes after."""
    return np.random.default_rng([seed, *what])


def draw_draft(land: Land, stats: dict[str, float], seed: int) -> Draft:
    """Residents, trunk roads and fibre of `land`; residents in proportion to its part of all communes."""
    total = stats["population"] * len(land.frame) / stats["communes"]
    people = draw_population(land, total, stats["population_log_sd"], chance(seed, 1))
    trunks = draw_trunks(land.centre, land.group, people, float(land.area_km2.sum()), stats)
    fibre = centres_with_fibre(trunks, people, stats["centres_with_fibre"], chance(seed, 2))
    return Draft(land, stats, seed, people, trunks, fibre, carry_fibre(trunks.ways, fibre, len(trunks.edges)))
