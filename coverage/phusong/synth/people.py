"""Who lives where: residents of the communes, and the villages of each."""

import numpy as np
import shapely

from phusong.synth.land import Land

#: A commune has at least so many villages, and is drawn with at most so many.
_LEAST, _MOST = 3, 150


def draw_population(land: Land, total: float, log_sd: float, rng: np.random.Generator) -> np.ndarray:
    """Residents of each commune: lognormal, adding up to `total`, at least 50; a file's own stay."""
    drawn = np.exp(rng.normal(0, log_sd, len(land.frame)))
    people = np.maximum(50, np.round(drawn * total / drawn.sum()))
    if "population" not in land.frame:
        return people.astype(int)
    said = land.frame["population"].to_numpy("float64", na_value=np.nan)
    return np.where(np.isnan(said), people, said).astype(int)


def draw_villages(
    shape: shapely.Geometry, centre: np.ndarray, people: int, per_village: float, rng: np.random.Generator
) -> np.ndarray:
    """Where the villages of a commune are (k, 2), the first at its centre: half of them near it."""
    k = int(np.clip(round(people / per_village), _LEAST, _MOST))
    shapely.prepare(shape)
    west, south, east, north = shape.bounds
    near = min(east - west, north - south) / 5
    found = [centre[None, :]]
    missing = k - 1
    while missing > 0:
        any_where = rng.uniform((west, south), (east, north), (missing * 4, 2))
        by_centre = centre + rng.normal(0, near, (missing * 4, 2))
        tried = np.where(rng.random((missing * 4, 1)) < 0.5, by_centre, any_where)
        inside = tried[shapely.contains_xy(shape, tried[:, 0], tried[:, 1])][:missing]
        found.append(inside)
        missing -= len(inside)
    return np.concatenate(found)


def beside(
    shape: shapely.Geometry, places: np.ndarray, spread_m: float, rng: np.random.Generator
) -> np.ndarray:
    """A point near each of `places` (n, 2), within `shape` as these: offsets are halved until they fit."""
    shapely.prepare(shape)
    offset = rng.normal(0, spread_m, places.shape)
    for _try in range(8):
        out = places + offset
        offset = np.where(shapely.contains_xy(shape, out[:, 0], out[:, 1])[:, None], offset, offset / 2)
    return np.asarray(places + offset)
