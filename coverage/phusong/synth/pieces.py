"""The layers of one group of communes: trunks first, then commune by commune."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from phusong.synth.draft import Draft, chance
from phusong.synth.graphs import ways_to
from phusong.synth.names import place_names
from phusong.synth.networks import carry_fibre, draw_masts, pick_operators
from phusong.synth.people import beside, draw_villages
from phusong.synth.roads import draw_local, wind
from phusong.synth.sites import draw_sites

_TRUNK_NAMES = {"national": "Quốc lộ", "provincial": "Đường tỉnh", "district": "Đường huyện"}
#: How far a village's own point may lie from the middle of its settlement (m).
_ABOUT_M = 120


@dataclass(frozen=True, eq=False)
class Piece:
    """Layers of a group, in metres: a row a road, a fibre line, a settlement, a site, a cell."""

    roads: pd.DataFrame
    fibre: pd.DataFrame
    settlements: pd.DataFrame
    sites: pd.DataFrame
    cells: pd.DataFrame


def draw_piece(draft: Draft, group: int) -> Piece:
    """The layers of the communes of `group`, in their order."""
    drawn = [_trunks(draft, group)]
    drawn += [_commune(draft, int(i)) for i in np.flatnonzero(draft.land.group == group)]
    return Piece(
        *(
            pd.concat([one[k] for one in drawn if len(one[k])] or [pd.DataFrame()], ignore_index=True)
            for k in range(5)
        )
    )


_Layers = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]


def _trunks(draft: Draft, group: int) -> _Layers:
    """Trunk roads that begin in the group, and fibre along those that carry it."""
    rng, trunks, centre = chance(draft.seed, 3, group), draft.trunks, draft.land.centre
    own = np.flatnonzero(draft.land.group[trunks.edges[:, 0]] == group)
    start, end = trunks.edges[own].T
    lines = wind(centre[start], centre[end], draft.stats["road_step_m"], rng)
    classes = trunks.road_class[own]
    names = [f"{_TRUNK_NAMES[c]} {number + 1}" for c, number in zip(classes, own, strict=True)]
    carries = draft.carries[own]
    none = pd.DataFrame()
    return (
        _roads([f"T{number + 1:05d}" for number in own], names, classes, lines),
        _fibre([f"FT{number + 1:05d}" for number in own[carries]], lines[carries], draft, rng),
        none,
        none,
        none,
    )


def _roads(ids: list[str], names: Any, classes: Any, lines: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"road_id": ids, "name": names, "road_class": classes, "geometry": lines})


def _fibre(ids: list[str], lines: np.ndarray, draft: Draft, rng: np.random.Generator) -> pd.DataFrame:
    operators = pick_operators(len(ids), draft.stats, rng)
    return pd.DataFrame({"fibre_id": ids, "operator": operators, "geometry": lines})


def _commune(draft: Draft, i: int) -> _Layers:
    """All layers of one commune."""
    rng, stats, land = chance(draft.seed, 5, i), draft.stats, draft.land
    commune = land.frame.iloc[i]
    code, people, area_km2 = commune.commune_code, int(draft.people[i]), commune.geometry.area / 1e6
    villages = draw_villages(commune.geometry, land.centre[i], people, stats["residents_per_village"], rng)
    crowd = people / (stats["population"] / stats["communes"])
    # Half of a class by area, half by residents.
    share_km2 = (area_km2 + crowd * stats["area_km2"] / stats["communes"]) / 2
    local = draw_local(
        commune.geometry,
        villages,
        stats["roads_commune"] * share_km2 * 1000,
        stats["roads_track"] * share_km2 * 1000,
        stats["road_step_m"],
        rng,
    )
    ways = ways_to(villages, local.edges, np.array([0]))
    has = np.zeros(len(villages), dtype=bool)
    if draft.fibre[i]:
        # Fibre grows from the centre: none passes a village that has none.
        has[ways.order[: max(1, round(len(villages) * stats["villages_with_fibre"]))]] = True
    carries = carry_fibre(ways, has, len(local.edges))
    lines = np.concatenate([local.lines, local.tracks])
    classes = np.repeat(["commune", "track"], [len(local.lines), len(local.tracks)])
    names = np.where(classes == "commune", f"Đường xã {commune['name']}", "")
    sites = pd.DataFrame(draw_sites(commune, villages, has, crowd, i in draft.trunks.seats, stats, rng))
    cells = pd.DataFrame(draw_masts(commune.geometry, villages, area_km2, people, stats, rng))
    return (
        _roads([f"R{code}-{k + 1:05d}" for k in range(len(lines))], names, classes, lines),
        _fibre([f"F{code}-{k + 1:03d}" for k in range(carries.sum())], local.lines[carries], draft, rng),
        _settlements(code, commune.geometry, villages, rng),
        sites.assign(site_id=[f"{code}-{k + 1:03d}" for k in range(len(sites))], commune_code=code),
        cells.assign(commune_code=code),
    )


def _settlements(
    code: str, shape: shapely.Geometry, villages: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "settlement_id": [f"D{code}-{k + 1:03d}" for k in range(len(villages))],
            "name": [f"Thôn {name}" for name in place_names(len(villages), rng)],
            "geometry": shapely.points(beside(shape, villages, _ABOUT_M, rng)),
        }
    )
