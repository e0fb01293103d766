"""From what a list says of positions to points: degrees or metres, in whatever way and order they come.

What is put right is said (a finding); a position that cannot be understood is none, and a finding.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from phusong.domain import Finding
from phusong.errors import InputError
from phusong.geo import WGS84
from phusong.language import _
from phusong.limits import check_vertices, without_deep_wkt
from phusong.readers import values, zones
from phusong.readers.coordinates import LAT, LON, Mark, read_cell
from phusong.readers.tables import ROW, recognise_columns
from phusong.readers.zones import EASTINGS_M, NORTHINGS_M, Ground, said_system
from phusong.study import Source
from phusong.units import fold

#: Where degrees of Vietnam lie; only there is a number without its decimal point put right.
_LONS, _LATS = (102.0, 118.0), (7.0, 24.0)
_SCALES = (1e5, 1e6, 1e7)
#: As many rows are told one by one; more, in one finding.
_ONE_BY_ONE = 20
#: Vertices of a vector file that are tried.
_TRIED = 2_000


class NeedsGroundError(InputError):
    """A file gives metres without a system: the study's communes must say which it is."""


@dataclass(frozen=True)
class _Rows:
    """Of each row a longitude or easting `x`, a latitude or northing `y` (NaN: none), whether they are
    metres, and how they were put right (a key of `_forms`, "" for not at all); `lost`: texts that say
    nothing."""

    x: np.ndarray
    y: np.ndarray
    metres: np.ndarray
    form: np.ndarray
    lost: dict[int, str]


def wants_ground(source: Source) -> bool:
    """Can the study's communes say more of this file's positions than the study does? So of a UTM zone that
    the study names: rows of the other zone may be among them."""
    try:
        return source.crs is not None and bool(zones.siblings(source.crs))
    except CRSError:
        return False


def placed(
    raw: pd.DataFrame, name: str, source: Source, path: Path, ground: Ground | None = None
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """A text table with points from its coordinates, or shapes from its WKT, in a system of its own.

    Sites may come without any: their points are empty. Raises NeedsGroundError for metres without a system.
    """
    columns = recognise_columns(raw.columns, name, source, path, places=True)
    if "position" in columns and "position" not in source.columns and not _any_position(raw, columns):
        columns = {ours: theirs for ours, theirs in columns.items() if ours != "position"}
    has_numbers = ("lon" in columns and "lat" in columns) or "position" in columns
    if not has_numbers and "wkt" in columns:
        texts = without_deep_wkt(raw[columns["wkt"]].to_numpy(object))
        shapes = shapely.from_wkt(texts, on_invalid="ignore")
        check_vertices(path, int(shapely.get_num_coordinates(shapes).sum()))
        return gpd.GeoDataFrame(raw, geometry=shapes, crs=said_system(source, path) or WGS84), []
    if not has_numbers and name == "sites":
        return gpd.GeoDataFrame(raw, geometry=[None] * len(raw), crs=WGS84), []
    if not has_numbers:
        raise InputError(
            _("no columns for longitude and latitude"),
            where=str(path),
            do=_(
                "Name them lon and lat (Kinh độ, Vĩ độ), or map them in the study: [inputs.{name}.columns]."
            ).format(name=name),
        )
    said = said_system(source, path)
    rows = _read_rows(raw, columns, said)
    if said is not None and not _says_east(columns.get("lon", "")):
        # The study confirms the system, and X is north in VN-2000: nothing is odd.
        rows.form[rows.form == "crossed"] = ""
    findings = [*_say_lost(rows, raw, columns, path), *_say_forms(rows, raw, columns, path)]
    points, crs, found = _in_their_systems(rows, raw, columns, source, path, ground)
    return gpd.GeoDataFrame(raw, geometry=points, crs=crs), findings + found


def _says_east(header: str) -> bool:
    return any(word in fold(header) for word in ("lon", "lng", "east", "kinhdo", "hoanhdo", "dong"))


def _any_position(raw: pd.DataFrame, columns: dict[str, str]) -> bool:
    """Is there one position in the column? "Location" may also be an address."""
    for text in _texts(raw, columns["position"]):
        try:
            if len(read_cell(text)) == 2:
                return True
        except ValueError:
            continue
    return False


# Reading rows.


def _read_rows(raw: pd.DataFrame, columns: dict[str, str], said: CRS | None) -> _Rows:
    count = len(raw)
    cells = {key: _texts(raw, columns.get(key)) for key in ("lon", "lat", "position")}
    x, y = (
        pd.to_numeric(pd.Series(cells[key]), errors="coerce").to_numpy(float, copy=True)
        for key in ("lon", "lat")
    )
    ordered = np.ones(count, dtype=bool)
    form = np.full(count, "", dtype=object)
    lost: dict[int, str] = {}
    for i in np.flatnonzero(~(np.isfinite(x) & np.isfinite(y))):
        texts = [cells[key][i] for key in ("lon", "lat", "position")]
        try:
            x[i], y[i], ordered[i], form[i] = _row(texts)
        except ValueError:
            x[i] = y[i] = np.nan
            if any(texts):
                lost[int(i)] = " ; ".join(filter(None, texts))
    rows = _Rows(x, y, np.zeros(count, dtype=bool), form, lost)
    return _sorted_out(rows, ordered, cells, said)


def _texts(raw: pd.DataFrame, column: str | None) -> list[str]:
    if column is None:
        return [""] * len(raw)
    return ["" if pd.isna(cell) else str(cell).strip() for cell in raw[column]]


def _row(texts: list[str]) -> tuple[float, float, bool, str]:
    """x, y, whether it is known which is which, and the form. ValueError: not two numbers."""
    marks: list[list[Mark]] = []
    for text in texts:
        try:
            marks.append(list(read_cell(text)))
        except ValueError:
            marks.append([])
    lon, lat, both = marks
    if len(lon) == 1 and len(lat) == 1:
        return _two(lon[0], lat[0], by_header=True)
    pair = next((cell for cell in (lat, lon, both) if len(cell) == 2), None)
    if pair is None:
        raise ValueError(texts)
    return _two(*pair, by_header=False)


def _two(first: Mark, second: Mark, *, by_header: bool) -> tuple[float, float, bool, str]:
    form = next((m.form for m in (first, second) if m.form in ("dms", "link", "view")), "")
    if LAT in (first.axis,) or LON in (second.axis,):
        if first.axis == second.axis:
            raise ValueError(first.axis)
        return second.value, first.value, True, "swapped" if by_header else form
    if LON in (first.axis,) or LAT in (second.axis,) or by_header:
        return first.value, second.value, True, form
    # Two numbers in one cell are latitude, longitude, as maps write them.
    return second.value, first.value, False, form


def _sorted_out(rows: _Rows, ordered: np.ndarray, cells: dict[str, list[str]], said: CRS | None) -> _Rows:
    """Degrees or metres, longitude before latitude, easting before northing."""
    x, y, form, lost = rows.x.copy(), rows.y.copy(), rows.form.copy(), dict(rows.lost)
    there = np.isfinite(x) & np.isfinite(y)
    nowhere = there & (x == 0) & (y == 0)
    degrees = there & ~nowhere & (np.abs(x) <= 180) & (np.abs(y) <= 180) & (np.minimum(abs(x), abs(y)) <= 90)
    turned = degrees & (np.abs(y) > 90)
    metres = there & ~degrees & ~nowhere
    if said is None or _is_vietnamese(said):
        x, y = _grouped(x, y, metres)
        straight = metres & _between(x, EASTINGS_M) & _between(y, NORTHINGS_M)
        crossed = metres & _between(y, EASTINGS_M) & _between(x, NORTHINGS_M)
        scaled = metres & ~straight & ~crossed
        x, y, unscaled = _with_decimal_points(x, y, scaled)
        if said is not None:
            straight |= metres & ~crossed & ~unscaled
    else:
        straight, crossed, unscaled = metres, np.zeros(len(x), dtype=bool), np.zeros(len(x), dtype=bool)
    for which in (turned, crossed):
        x[which], y[which] = y[which], x[which].copy()
    form[turned & ordered] = "swapped"
    form[crossed & ordered] = "crossed"
    form[unscaled] = "scaled"
    good = degrees | straight | crossed | unscaled
    if said is not None and said.is_projected:
        form[(degrees | unscaled) & good] = "degrees"
    for i in np.flatnonzero(there & ~good):
        lost[int(i)] = " ; ".join(filter(None, (cells[key][i] for key in ("lon", "lat", "position"))))
    x[~good] = y[~good] = np.nan
    return _Rows(x, y, straight | crossed, form, lost)


def _between(value: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    return (value >= bounds[0]) & (value <= bounds[1])


def _is_vietnamese(crs: CRS) -> bool:
    return crs.is_geographic or crs.to_epsg() in {system.epsg for system in zones.systems()}


def _grouped(x: np.ndarray, y: np.ndarray, metres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """512.345 beside a northing is 512345: its point groups thousands."""
    out = []
    for one, other in ((x, y), (y, x)):
        small = (
            metres
            & _between(one, (EASTINGS_M[0] / 1000, EASTINGS_M[1] / 1000))
            & _between(other, NORTHINGS_M)
        )
        whole = np.isclose(one * 1000, np.round(one * 1000), atol=1e-6)
        out.append(np.where(small & whole, np.round(one * 1000), one))
    return out[0], out[1]


def _with_decimal_points(
    x: np.ndarray, y: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """107830751, 15752921 as 107.830751, 15.752921, for rows of which both are degrees of Vietnam then."""
    found = []
    for lons, lats in ((x, y), (y, x)):
        lon, lat = _scaled(lons, _LONS), _scaled(lats, _LATS)
        found.append((lon, lat, rows & np.isfinite(lon) & np.isfinite(lat)))
    (lon, lat, straight), (lon2, lat2, crossed) = found
    crossed &= ~straight
    return (
        np.select([straight, crossed], [lon, lon2], x),
        np.select([straight, crossed], [lat, lat2], y),
        straight | crossed,
    )


def _scaled(value: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    out = np.where(_between(value, bounds), value, np.nan)
    for scale in _SCALES:
        fits = _between(value / scale, bounds)
        out = np.where(fits, value / scale, out)
    return out


# What is said of them.


def _texts_of(raw: pd.DataFrame, columns: dict[str, str], i: int) -> str:
    names = (columns[key] for key in ("lon", "lat", "position") if key in columns)
    cells = (raw.iat[i, raw.columns.get_loc(name)] for name in names)
    return ", ".join(str(cell) for cell in cells if not pd.isna(cell) and str(cell))


def _say_lost(rows: _Rows, raw: pd.DataFrame, columns: dict[str, str], path: Path) -> Iterable[Finding]:
    for i in sorted(rows.lost):
        text = _texts_of(raw, columns, i)
        short = "goo.gl" in text
        yield Finding(
            "warning",
            path.name,
            int(raw.iat[i, raw.columns.get_loc(ROW)]),
            _("the position {text} is not understood and counts as empty").format(text=repr(text)),
            _("Open the short link and copy the long address, or the numbers.")
            if short
            else _("Write longitude and latitude in degrees, such as 107.4500 and 15.6700."),
        )


def _say_forms(rows: _Rows, raw: pd.DataFrame, columns: dict[str, str], path: Path) -> Iterable[Finding]:
    placed_rows = np.isfinite(rows.x)
    for form, (what, do) in _forms().items():
        here = np.flatnonzero((rows.form == form) & placed_rows)
        if not len(here):
            continue
        if (
            form in ("swapped", "view", "degrees")
            and len(here) <= _ONE_BY_ONE
            and len(here) < placed_rows.sum()
        ):
            for i in here:
                yield _finding(path, raw, int(i), what(_example(rows, raw, columns, int(i))), do)
            continue
        first = min(here, key=lambda i: (_texts_of(raw, columns, int(i)), i))
        text = _("{count} positions: {what}").format(
            count=len(here), what=what(_example(rows, raw, columns, int(first)))
        )
        yield Finding("warning", path.name, None, text, do)


def _finding(path: Path, raw: pd.DataFrame, i: int, what: str, do: str) -> Finding:
    return Finding("warning", path.name, int(raw[ROW].iloc[i]), what, do)


def _example(rows: _Rows, raw: pd.DataFrame, columns: dict[str, str], i: int) -> str:
    digits = 1 if rows.metres[i] else 6
    return _("{text} read as {x}, {y}").format(
        text=_texts_of(raw, columns, i), x=f"{rows.x[i]:.{digits}f}", y=f"{rows.y[i]:.{digits}f}"
    )


def _forms() -> dict[str, tuple[Callable[[str], str], str]]:
    """Form → what to say of an example, and what to do."""
    check = _("Check one of them on the map.")
    return {
        "dms": (lambda e: _("degrees, minutes and seconds, {example}").format(example=e), check),
        "link": (lambda e: _("taken from a link, {example}").format(example=e), check),
        "view": (
            lambda e: _("the link says only where the map looks, {example}").format(example=e),
            _("Drop a pin on the place and copy its link; until then the position may be off."),
        ),
        "scaled": (lambda e: _("the decimal point is missing, {example}").format(example=e), check),
        "swapped": (
            lambda e: _("longitude and latitude were swapped and put right, {example}").format(example=e),
            _("Swap them in the list."),
        ),
        "crossed": (
            lambda e: _("the northing stands where the easting is looked for, {example}").format(example=e),
            _("Usual in VN-2000 lists (X north, Y east); nothing to do if it is meant so."),
        ),
        "degrees": (
            lambda e: _("degrees among metres, taken for WGS 84, {example}").format(example=e),
            check,
        ),
    }


# Which system.


def _in_their_systems(
    rows: _Rows, raw: pd.DataFrame, columns: dict[str, str], source: Source, path: Path, ground: Ground | None
) -> tuple[np.ndarray, Any, list[Finding]]:
    """Points, the system that they are in, and what is said of it."""
    said = said_system(source, path)
    there = np.isfinite(rows.x)
    metres = rows.metres & there
    if not metres.any():
        crs = said if said is not None and said.is_geographic else WGS84
        return _points(rows.x, rows.y), crs, []
    at = np.flatnonzero(metres)
    east, north = rows.x[at], rows.y[at]
    if said is not None and said.is_projected and (ground is None or not zones.siblings(said)):
        if metres.sum() == there.sum():
            return _points(rows.x, rows.y), said, []
        parts = [(said, at)]
        findings: list[Finding] = []
    elif ground is None:
        raise _needs_ground(path)
    else:
        own = _named_communes(raw, columns, at, ground)
        if said is not None and said.is_projected:
            parts, findings = _with_the_other_zone(said, at, east, north, own, ground, raw, path)
        else:
            reading = zones.recognise(east, north, own, ground, str(path))
            findings = list(_say_reading(reading, at, raw, path))
            parts = [
                (CRS.from_epsg(system.epsg), at[reading.which == i]) for i, system in enumerate(reading.used)
            ]
    if len(parts) == 1 and metres.sum() == there.sum():
        return _points(rows.x, rows.y), parts[0][0], findings
    x, y = rows.x.copy(), rows.y.copy()
    for crs, here in parts:
        moved = gpd.GeoSeries(shapely.points(rows.x[here], rows.y[here]), crs=crs).to_crs(WGS84)
        x[here], y[here] = moved.x, moved.y
    return _points(x, y), WGS84, findings


def _points(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    shapes = shapely.points(x, y)
    shapes[~(np.isfinite(x) & np.isfinite(y))] = None
    return shapes


def _needs_ground(path: Path, hint: str = "") -> NeedsGroundError:
    """`hint`: which system is laid down for the provinces that the file names."""
    do = _(
        'Say it in the study, such as crs = "EPSG:5899" (VN-2000 107°45\'), or give the communes: '
        "the system that puts the points into them is found."
    )
    if hint:
        do = _("Say it in the study.") + hint
    what = _("gives metres and does not say in which coordinate system")
    return NeedsGroundError(what, where=str(path), do=do)


def _hint_of(frame: pd.DataFrame, source: Source, path: Path) -> str:
    columns = recognise_columns(frame.columns.drop("geometry"), "communes", Source(path=source.path), path)
    if "province" not in columns:
        return ""
    provinces = frame[columns["province"]].dropna().astype("str").unique()
    return zones.laid_down(range(len(zones.systems())), provinces)


def _named_communes(raw: pd.DataFrame, columns: dict[str, str], at: np.ndarray, ground: Ground) -> np.ndarray:
    codes, names = (_texts(raw.iloc[at], columns.get(key)) for key in ("commune_code", "commune_name"))
    return ground.named([_code(text) for text in codes], names)


def _code(text: str) -> str:
    try:
        return values.commune_code(text) if text else ""
    except ValueError:
        return ""


def _with_the_other_zone(
    said: CRS,
    at: np.ndarray,
    east: np.ndarray,
    north: np.ndarray,
    own: np.ndarray,
    ground: Ground,
    raw: pd.DataFrame,
    path: Path,
) -> tuple[list[tuple[CRS, np.ndarray]], list[Finding]]:
    """The study's own system, but for rows that it puts off the study and the other UTM zone right."""
    own_system, other = zones.siblings(said)
    anywhere = np.full(len(at), -1)
    far = ground.outside_m(*zones.to_degrees(own_system, east, north), anywhere) > zones.FAR_M
    moved = far & ground.inside(*zones.to_degrees(other, east, north), own)
    findings = list(_say_rows(other, own_system, at[moved], raw, path))
    parts = [(said, at[~moved]), (CRS.from_epsg(other.epsg), at[moved])]
    return [part for part in parts if len(part[1])], findings


def _say_reading(reading: zones.Reading, at: np.ndarray, raw: pd.DataFrame, path: Path) -> Iterable[Finding]:
    first = reading.used[0]
    yield Finding(
        "warning",
        path.name,
        None,
        _("read as {system}: {right} of {count} points lie in their communes; {others}").format(
            system=first.named,
            right=reading.right[0],
            count=reading.of[0],
            others=_("next best {other} with {less}").format(
                other=reading.runner_up.named, less=reading.runner_up_right
            )
            if reading.runner_up_right
            else _("no other known system puts any there"),
        ),
        _('Say crs = "EPSG:{epsg}" in the study to confirm, or the right one.').format(epsg=first.epsg),
    )
    for i, system in enumerate(reading.used[1:], start=1):
        yield from _say_rows(system, first, at[reading.which == i], raw, path)


def _say_rows(
    system: zones.System, first: zones.System, here: np.ndarray, raw: pd.DataFrame, path: Path
) -> Iterable[Finding]:
    """Rows that are in another system than the rest of their column."""
    what = _("is read as {system}: {first} would put it far off").format(
        system=system.named, first=first.named
    )
    do = _("Give all rows in one system, or say the system of each in a list of its own.")
    if len(here) > _ONE_BY_ONE:
        rows = ", ".join(str(int(raw[ROW].iloc[i])) for i in here[:_ONE_BY_ONE])
        more = _("{count} rows ({rows}, …): {what}").format(count=len(here), rows=rows, what=what)
        yield Finding("warning", path.name, None, more, do)
        return
    for i in here:
        yield _finding(path, raw, int(i), what, do)


# Vector files.


def with_system(
    frame: gpd.GeoDataFrame, source: Source, path: Path, ground: Ground | None = None
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Shapes with their coordinate system: the file's or the study's; for metres without one, that which puts
    them into the communes. Latitude before longitude, or northing before easting, is put right and said.

    Raises NeedsGroundError for metres without a system, InputError for degrees without one.
    """
    corners = shapely.get_coordinates(frame.geometry.to_numpy())
    corners = corners[np.isfinite(corners).all(axis=1)]
    beyond = bool(len(corners)) and bool((np.abs(corners) > 360).any())
    geographic = frame.crs is not None and frame.crs.is_geographic
    if geographic and not beyond:
        return _turned(frame, corners, path)
    if frame.crs is not None and not (geographic and beyond):
        return frame, []
    if not beyond:
        raise InputError(
            _("does not say its coordinate system"),
            where=str(path),
            do=_(
                'Say it in the study, such as crs = "EPSG:4326" (WGS 84), "EPSG:4756" (VN-2000 in degrees) '
                'or "EPSG:5899" (VN-2000 107°45\').'
            ),
        )
    if ground is None:
        raise _needs_ground(path, _hint_of(frame, source, path))
    return _found_system(frame, corners, path, ground)


def _turned(
    frame: gpd.GeoDataFrame, corners: np.ndarray, path: Path
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Degrees of which every second number is no latitude: they are swapped."""
    if not len(corners) or not ((np.abs(corners[:, 1]) > 90) & (np.abs(corners[:, 0]) <= 90)).all():
        return frame, []
    what = _("longitude and latitude were swapped in all shapes and put right")
    do = _("Export the file again with longitude first.")
    return frame.set_geometry(_swapped(frame), crs=frame.crs), [Finding("warning", path.name, None, what, do)]


def _swapped(frame: gpd.GeoDataFrame) -> np.ndarray:
    return shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])


def _found_system(
    frame: gpd.GeoDataFrame, corners: np.ndarray, path: Path, ground: Ground
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    crossed = bool((_between(corners[:, 0], NORTHINGS_M) & _between(corners[:, 1], EASTINGS_M)).all())
    if crossed:
        corners = corners[:, ::-1]
    if frame.geom_type.dropna().eq("Point").all() and len(corners) == len(frame):
        own = _named_by_shapes(frame, ground)
        tried = corners
    else:
        # A fixed choice whatever the order of the shapes.
        corners = corners[np.lexsort(corners.T)]
        tried = corners[:: max(1, len(corners) // _TRIED)]
        own = np.full(len(tried), -1)
    reading = zones.recognise(tried[:, 0], tried[:, 1], own, ground, str(path))
    if len(reading.used) > 1:
        raise InputError(
            _("holds shapes in several systems: {systems}").format(
                systems=", ".join(system.named for system in reading.used)
            ),
            where=str(path),
            do=_("Put each into a file of its own."),
        )
    findings = list(_say_reading(reading, np.arange(len(tried)), frame, path))
    if crossed:
        what = _("northing and easting were swapped in all shapes and put right")
        findings.append(
            Finding("warning", path.name, None, what, _("Export the file again with easting first."))
        )
    shapes = _swapped(frame) if crossed else frame.geometry.to_numpy()
    plain = pd.DataFrame(frame).drop(columns="geometry")
    return gpd.GeoDataFrame(plain, geometry=shapes, crs=reading.used[0].epsg), findings


def _named_by_shapes(frame: gpd.GeoDataFrame, ground: Ground) -> np.ndarray:
    """The communes that the rows of a point layer name, whatever the layer is."""
    columns = recognise_columns(frame.columns.drop("geometry"), "sites", Source(path=""), Path())
    return _named_communes(frame, columns, np.arange(len(frame)), ground)
