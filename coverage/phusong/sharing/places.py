"""Coordinates rounded as a profile says, in shapes and in the identifiers that are made of them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

#: Decimals of outlines, which are public.
_OUTLINES = 6
_PLACE = re.compile(r"-(\d+\.\d{4})-(\d+\.\d{4})(?=$|-)")
_FINEST_IN_IDS = 4


def rounded(tables: Mapping[str, pd.DataFrame], decimals: int) -> dict[str, pd.DataFrame]:
    """The tables with points and lines rounded to `decimals` of a degree."""
    return {
        name: _rounded(frame, decimals) if "geometry" in frame else frame for name, frame in tables.items()
    }


def _rounded(frame: gpd.GeoDataFrame, decimals: int) -> gpd.GeoDataFrame:
    if frame.empty:
        return frame
    shapes = frame.geometry.to_numpy()
    outlines = shapely.get_dimensions(shapes) == 2
    fine = np.where(outlines, shapes, None)
    out = np.where(
        outlines,
        shapely.transform(fine, lambda c: c.round(_OUTLINES)),
        shapely.transform(np.where(outlines, None, shapes), lambda c: c.round(decimals)),
    )
    # An outline that rounding would break stays as it is.
    out = np.where(outlines & ~shapely.is_valid(out), shapes, out)
    return frame.set_geometry(gpd.GeoSeries(out, index=frame.index, crs=frame.crs))


def coarser_ids(names: list[str], decimals: int) -> Callable[[Any], Any]:
    """A function that puts identifiers made of a place (`mast-107.5110-15.7280`) as coarse as `decimals` into
    a cell, also where it holds several (; or --). Those that would be one get a number, in their order."""
    if decimals >= _FINEST_IN_IDS:
        return lambda cell: cell
    new: dict[str, str] = {}
    taken: dict[str, int] = {}
    for name in sorted(set(names)):
        coarse = _PLACE.sub(lambda m: "".join(f"-{float(part):.{decimals}f}" for part in m.groups()), name)
        taken[coarse] = taken.get(coarse, 0) + (coarse != name)
        new[name] = coarse if taken[coarse] < 2 else f"{coarse}-{taken[coarse]}"

    def put(cell: Any) -> Any:
        if not isinstance(cell, str):
            return cell
        parts = re.split(r"(;|--)", cell)
        return "".join(new.get(part, part) for part in parts)

    return put
