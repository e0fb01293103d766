"""Roads: trunks between the communes' centres, and within each commune roads to its villages and tracks."""

from dataclasses import dataclass

import numpy as np
import shapely

from phusong.synth.graphs import Ways, joined, lengths, ways_to

#: How much longer than straight a drawn road is, near enough for meeting the lengths of the sheet.
_WINDING = 1.03
#: How far a bend leads off the straight line, as a part of its length, and at most (m).
_BEND, _BEND_MOST_M = 0.05, 600.0
#: What is farther than this from its neighbours is an island: no road leads there (m).
_SEA_M = 80_000.0
#: A road between islands of a commune lies outside of it for so long at most: a bridge (m).
_STRAIT_M = 5_000.0
TRUNKS = ("national", "provincial", "district")


@dataclass(frozen=True, eq=False)
class Trunks:
    """Roads between centres: edges (m, 2), the class of each, and each centre's way to a province's seat."""

    edges: np.ndarray
    road_class: np.ndarray
    ways: Ways
    seats: np.ndarray


def draw_trunks(
    centre: np.ndarray, group: np.ndarray, people: np.ndarray, area_km2: float, stats: dict[str, float]
) -> Trunks:
    """Trunk roads over all communes, as long as the sheet says for their area.

    A group's largest commune is its seat. Classes go by how many communes' ways to a seat lead over a road;
    roads on no such way are the least.
    """
    wanted = np.array([stats[f"roads_{name}"] for name in TRUNKS])
    edges = joined(centre, wanted.sum() * area_km2 * 1000 / _WINDING)
    edges = edges[lengths(centre, edges) <= _SEA_M]
    seats = np.array([_largest(np.flatnonzero(group == g), people) for g in range(group.max() + 1)])
    ways = ways_to(centre, edges, seats)
    load = ways.load(np.ones(len(centre)), len(edges))
    _between(centre, edges, seats, load)
    length = lengths(centre, edges)
    order = np.lexsort((np.arange(len(edges)), -load))
    upto = np.cumsum(wanted / wanted.sum())
    passed = np.cumsum(length[order]) / max(length.sum(), 1)
    road_class = np.empty(len(edges), dtype=object)
    road_class[order] = np.array(TRUNKS)[np.minimum(np.searchsorted(upto, passed), len(TRUNKS) - 1)]
    return Trunks(edges, road_class, ways, seats)


def _largest(rows: np.ndarray, people: np.ndarray) -> int:
    return int(rows[np.argmax(people[rows])])


def _between(centre: np.ndarray, edges: np.ndarray, seats: np.ndarray, load: np.ndarray) -> None:
    """Add the ways from each seat to the first: what joins the provinces counts for all communes."""
    if len(seats) > 1:
        weight = np.zeros(len(centre))
        weight[seats] = len(centre)
        load += ways_to(centre, edges, seats[:1]).load(weight, len(edges))


def wind(start: np.ndarray, end: np.ndarray, step_m: float, rng: np.random.Generator) -> np.ndarray:
    """Winding lines from `start` to `end` (m, 2), a point about every `step_m`; ends are kept exactly."""
    along = end - start
    length = np.hypot(*along.T)
    count = np.maximum(2, np.ceil(length / step_m).astype(int) + 1)
    line = np.repeat(np.arange(len(start)), count)
    t = (np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)) / np.repeat(count - 1, count)
    size = np.minimum(length * _BEND, _BEND_MOST_M)
    offset = np.zeros(len(t))
    for wave in (1, 2, 3, 5):
        offset += (rng.normal(0, 1 / wave, len(start)) * size)[line] * np.sin(wave * np.pi * t)
    across = np.column_stack([-along[:, 1], along[:, 0]]) / np.maximum(length, 1e-9)[:, None]
    xy = start[line] + along[line] * t[:, None] + across[line] * offset[:, None]
    last = t == 1
    xy[last] = end[line[last]]
    return np.asarray(shapely.linestrings(xy, indices=line), dtype=object)


@dataclass(frozen=True, eq=False)
class Local:
    """Roads in a commune: edges between its villages (m, 2) with their lines, and tracks off them."""

    edges: np.ndarray
    lines: np.ndarray
    tracks: np.ndarray


def draw_local(
    shape: shapely.Geometry,
    villages: np.ndarray,
    commune_m: float,
    track_m: float,
    step_m: float,
    rng: np.random.Generator,
) -> Local:
    """Roads that join all villages of the commune `shape`, or of each of its islands, with more up to
    `commune_m` in all, and `track_m` of tracks.

    A track begins at a point of a road between villages or of another track and ends in the fields.
    """
    edges = joined(villages, commune_m / _WINDING)
    edges = edges[~_over_sea(shape, villages, edges)]
    lines = wind(villages[edges[:, 0]], villages[edges[:, 1]], step_m, rng)
    return Local(edges, lines, _tracks(lines, track_m, step_m, rng))


def _over_sea(shape: shapely.Geometry, villages: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Which edges would be bridges that nobody builds. An outline of one piece has no sea in it."""
    out = (lengths(villages, edges) > _STRAIT_M) & (shapely.get_num_geometries(shape) > 1)
    straight = shapely.linestrings(villages[edges[out]])
    out[out] = shapely.length(shapely.difference(straight, shape)) > _STRAIT_M
    return out


def _tracks(lines: np.ndarray, track_m: float, step_m: float, rng: np.random.Generator) -> np.ndarray:
    """Tracks of some 600 m, each from a point of a road or of an earlier track."""
    out, left = [np.empty(0, dtype=object)], track_m
    points = shapely.get_coordinates(lines)
    while left > step_m and len(points):
        length = rng.uniform(200, 1000, max(1, round(left / 600 / 2)))
        start = points[rng.integers(len(points), size=len(length))]
        turn = rng.uniform(0, 2 * np.pi, len(length))
        drawn = wind(
            start, start + length[:, None] * np.column_stack([np.cos(turn), np.sin(turn)]), step_m, rng
        )
        out.append(drawn)
        points = np.concatenate([points, shapely.get_coordinates(drawn)])
        left -= length.sum()
    return np.concatenate(out)
