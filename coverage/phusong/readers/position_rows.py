"""Rows of a list to numbers: degrees or metres, in whatever form, order and column they are written."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pyproj import CRS

from phusong.readers import zones
from phusong.readers.coordinates import LAT, LON, Mark, read_cell
from phusong.readers.zones import EASTINGS_M, NORTHINGS_M

#: Where degrees of Vietnam lie; only there is a number without its decimal point put right.
_LONS, _LATS = (102.0, 118.0), (7.0, 24.0)
_SCALES = (1e5, 1e6, 1e7)


@dataclass(frozen=True)
class PositionRows:
    """Of each row a longitude or easting `x`, a latitude or northing `y` (NaN: none), whether they are
    metres, and how they were put right (a form that `position_words` tells, "" for not at all); `lost`: texts
    that say nothing."""

    x: np.ndarray
    y: np.ndarray
    metres: np.ndarray
    form: np.ndarray
    lost: dict[int, str]


def any_position(raw: pd.DataFrame, columns: dict[str, str]) -> bool:
    """Is there one position in the column? "Location" may also be an address."""
    for text in texts_in(raw, columns["position"]):
        try:
            if len(read_cell(text)) == 2:
                return True
        except ValueError:
            continue
    return False


def read_rows(raw: pd.DataFrame, columns: dict[str, str], said: CRS | None) -> PositionRows:
    """What the rows of a table say; `columns` names those of lon, lat and position, `said` is the system that
    file or study name. A cell that is not understood makes its row lost, not an error."""
    count = len(raw)
    cells = {key: texts_in(raw, columns.get(key)) for key in ("lon", "lat", "position")}
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
    rows = PositionRows(x, y, np.zeros(count, dtype=bool), form, lost)
    return _sorted_out(rows, ordered, cells, said)


def texts_in(raw: pd.DataFrame, column: str | None) -> list[str]:
    """The cells of a column as texts without blanks at the ends; "" for none."""
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


def _sorted_out(
    rows: PositionRows, ordered: np.ndarray, cells: dict[str, list[str]], said: CRS | None
) -> PositionRows:
    """Degrees or metres, longitude before latitude, easting before northing."""
    x, y, form, lost = rows.x.copy(), rows.y.copy(), rows.form.copy(), dict(rows.lost)
    there = np.isfinite(x) & np.isfinite(y)
    nowhere = there & (x == 0) & (y == 0)
    degrees = there & ~nowhere & (np.abs(x) <= 180) & (np.abs(y) <= 180) & (np.minimum(abs(x), abs(y)) <= 90)
    turned = degrees & (np.abs(y) > 90)
    metres = there & ~degrees & ~nowhere
    if said is None or _is_vietnamese(said):
        x, y = _grouped(x, y, metres)
        straight = metres & between(x, EASTINGS_M) & between(y, NORTHINGS_M)
        crossed = metres & between(y, EASTINGS_M) & between(x, NORTHINGS_M)
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
    return PositionRows(x, y, straight | crossed, form, lost)


def between(value: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    """Which values lie within bounds, both included."""
    return (value >= bounds[0]) & (value <= bounds[1])


def _is_vietnamese(crs: CRS) -> bool:
    return crs.is_geographic or crs.to_epsg() in {system.epsg for system in zones.systems()}


def _grouped(x: np.ndarray, y: np.ndarray, metres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """512.345 beside a northing is 512345: its point groups thousands."""
    out = []
    for one, other in ((x, y), (y, x)):
        small = (
            metres & between(one, (EASTINGS_M[0] / 1000, EASTINGS_M[1] / 1000)) & between(other, NORTHINGS_M)
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
    out = np.where(between(value, bounds), value, np.nan)
    for scale in _SCALES:
        fits = between(value / scale, bounds)
        out = np.where(fits, value / scale, out)
    return out
