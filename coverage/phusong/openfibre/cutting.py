"""Where the plan meets existing lines, and the lines cut there."""

from collections.abc import Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from phusong.openfibre.words import EARTH_RADIUS_M, Key, key_of, text_of
from phusong.readers.ofds import piece_id
from phusong.readers.study import figures
from phusong.runs import Run

#: A cut so near to a vertex is at it; so near to an end it is none.
_SAME_M = 0.5


class Meeting(NamedTuple):
    """The plan meets an existing line at a place."""

    fibre_id: str
    at: Key


class Piece(NamedTuple):
    """A part of a line, or the whole: its id and its places."""

    own: str
    places: list[Key]


def meetings(run: Run) -> list[Meeting]:
    """Where the plan taps a line, leases fibre in it, puts up a pole beside it or serves a site on it."""
    lines = _by_id(run.tables["fibre"])
    found = {Meeting(own, at) for own, at in [*_by_segments(run), *_beside(run, lines)] if own in lines}
    return sorted(found)


def _by_segments(run: Run) -> Iterator[tuple[str, Key]]:
    segments = run.tables["segments"]
    for row in segments.to_dict("records"):
        ends = shapely.get_coordinates(row["geometry"])[[0, -1]]
        if not text_of(row["upstream_id"]):
            yield row["tap_id"], key_of(*ends[0])
        if row["kind"] == "leased":
            yield from ((text_of(row["leased_id"]), key_of(*end)) for end in ends)


def _beside(run: Run, lines: dict[str, shapely.LineString]) -> Iterator[tuple[str, Key]]:
    """Poles at existing fibre where a hop begins, and sites that stand on the cable, with the nearest line
    if it is near enough (`node_reach_m` of data/ofds.toml)."""
    links = run.tables["links"]
    shapes = links.geometry[links["a_kind"] == "fibre_end"] if len(links) else []
    points = [key_of(*shapely.get_coordinates(shape)[0]) for shape in shapes]
    points += [at for _site, at in sites_on_cable(run)]
    reach = figures("ofds.toml")["node_reach_m"]
    names, tree = list(lines), shapely.STRtree(list(lines.values()))
    for at in points:
        # Wide enough at any latitude of Vietnam's; the metres decide.
        near = tree.query(shapely.Point(at).buffer(reach / 50_000), predicate="intersects")
        here = shapely.Point(_flatten([at], at[1])[0])
        away = {names[i]: _flat(lines[names[i]], at[1]).distance(here) for i in near}
        own = min(away, key=lambda name: (away[name], name), default="")
        if own and away[own] <= reach:
            yield own, at


def sites_on_cable(run: Run) -> list[tuple[str, Key]]:
    """Sites to which the plan gives fibre with no new line, by id."""
    options, segments, gaps = (run.tables[name] for name in ("options", "segments", "gaps"))
    ended = {site for said in segments["end_site_ids"] for site in text_of(said).split(";")}
    fibre = options[options["chosen"] & (options["technology"] == "fibre")] if len(options) else options
    where = dict(zip(gaps["site_id"], gaps.geometry, strict=True)) if len(gaps) else {}
    wanted = sorted(set(fibre["site_id"]) - ended)
    return [(site, key_of(where[site].x, where[site].y)) for site in wanted if site in where]


def _by_id(fibre: gpd.GeoDataFrame) -> dict[str, shapely.LineString]:
    return dict(sorted(zip(fibre["fibre_id"], fibre.geometry, strict=True))) if len(fibre) else {}


def cut(own: str, shape: shapely.LineString, at: list[Key]) -> tuple[list[Piece], dict[Key, Key]]:
    """The line cut next to the places `at`, and for each of them the place on the line.

    A line that is cut nowhere on the way is one piece with its own id. Places that are not by the line
    (`node_reach_m` of data/ofds.toml) do not cut it.
    """
    places = [key_of(*place) for place in shapely.get_coordinates(shape)]
    flat = _flatten(places, places[0][1])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(flat, axis=0).T))])
    line = shapely.LineString(flat)
    found: dict[Key, Key] = {}
    stops: dict[float, tuple[Key, bool]] = {}
    reach = figures("ofds.toml")["node_reach_m"]
    for place in sorted(at):
        here = shapely.Point(_flatten([place], places[0][1])[0])
        if line.distance(here) > reach:
            continue
        metres = float(line.project(here))
        nearest = int(np.argmin(np.abs(along - metres)))
        if abs(along[nearest] - metres) <= _SAME_M:
            found[place] = places[nearest]
            stops[float(along[nearest])] = places[nearest], False
        else:
            found[place] = _between(places, along, metres)
            stops.setdefault(metres, (found[place], True))
    inner = {m: stop for m, stop in stops.items() if 0 < m < along[-1]}
    return _pieces(own, places, along, inner), found


def _pieces(
    own: str, places: list[Key], along: np.ndarray, stops: dict[float, tuple[Key, bool]]
) -> list[Piece]:
    """The line between its stops: metres along it → (place, is it put in?)."""
    if not stops:
        return [Piece(own, places)]
    out: list[Piece] = []
    begin, put_in, name = 0.0, False, 0
    for end in [*sorted(stops), float(along[-1])]:
        inside = [place for place, m in zip(places, along, strict=True) if begin < m < end]
        first = stops[begin][0] if begin in stops else places[0]
        last = stops[end][0] if end in stops else places[-1]
        out.append(Piece(piece_id(own, name, put_in), [first, *inside, last]))
        if end in stops:
            begin, put_in = end, stops[end][1]
            # Two cuts within a metre have names of their own all the same.
            name = max(round(end), name + 1)
    return out


def _between(places: list[Key], along: np.ndarray, metres: float) -> Key:
    after = int(np.searchsorted(along, metres))
    part = (metres - along[after - 1]) / (along[after] - along[after - 1])
    (x1, y1), (x2, y2) = places[after - 1], places[after]
    return key_of(x1 + part * (x2 - x1), y1 + part * (y2 - y1))


def _flatten(places: list[Key], latitude: float) -> np.ndarray:
    """Places in metres on a plane that fits near a latitude."""
    lon, lat = np.radians(np.array(places, dtype=float)).T
    return EARTH_RADIUS_M * np.column_stack([lon * np.cos(np.radians(latitude)), lat])


def _flat(line: shapely.LineString, latitude: float) -> shapely.LineString:
    return shapely.LineString(_flatten([tuple(at) for at in shapely.get_coordinates(line)], latitude))
