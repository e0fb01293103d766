"""The area to fetch for: a box, or units found by name or code."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from phusong.errors import FetchError
from phusong.fetch.units import LEVELS, bare
from phusong.language import _
from phusong.units import fold

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Area:
    """What to fetch for: its name, its bounds (west, south, east, north in degrees), its communes if known.

    `communes` has commune_code (None where not known), name, unit_type, district, province, population,
    geometry (EPSG:4326).
    """

    name: str
    bounds: Bounds
    communes: gpd.GeoDataFrame | None = None

    @property
    def shape(self) -> shapely.Geometry:
        """All its land: the communes together, else the box."""
        if self.communes is None or self.communes.empty:
            return shapely.box(*self.bounds)
        return shapely.union_all(self.communes.geometry.to_numpy())

    def around(self, margin_deg: float) -> Bounds:
        """Its bounds with a margin on each side."""
        west, south, east, north = self.bounds
        return west - margin_deg, south - margin_deg, east + margin_deg, north + margin_deg


def parse_box(text: str) -> Bounds | None:
    """The box of "west,south,east,north" in degrees; None when the text is none. FetchError for a bad one.

    >>> parse_box("107.3, 15.5, 107.6, 15.8")
    (107.3, 15.5, 107.6, 15.8)
    >>> parse_box("Nam Giang") is None
    True
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 4 or not all(re.fullmatch(r"-?\d+(\.\d+)?", part) for part in parts):
        return None
    west, south, east, north = map(float, parts)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise FetchError(
            _("is no box"), where=text, do=_("Write west,south,east,north in degrees: 107.3,15.5,107.6,15.8.")
        )
    return west, south, east, north


def area_of_box(bounds: Bounds, outlines: gpd.GeoDataFrame | None) -> Area:
    """A box, with the communes that have their middle in it; its bounds then hold them whole."""
    name = ", ".join(f"{x:g}" for x in bounds)
    if outlines is None:
        return Area(name, bounds)
    middles = outlines.geometry.representative_point()
    inside = outlines[shapely.within(middles.to_numpy(), shapely.box(*bounds))].reset_index(drop=True)
    if inside.empty:
        return Area(name, bounds)
    return Area(name, tuple(shapely.total_bounds([shapely.box(*bounds), *inside.geometry])), inside)


def area_of_units(text: str, outlines: gpd.GeoDataFrame, units: pd.DataFrame | None = None) -> Area:
    """The communes of the province, district or commune of that name or code.

    A code is looked for in the outlines, then in the list of `units`, whose names then say the place. A name
    may be made sure with what it lies in: "Nam Giang, Quảng Nam". Raises FetchError with the candidates when
    it is none or several.
    """
    said = [part.strip() for part in text.split(",") if part.strip()]
    if not said:
        raise FetchError(_("no area is named"), do=_("Name a province, district, commune or box."))
    found = _candidates(said, outlines, units)
    if not found:
        names = {str(outlines[name].iloc[i]) for name in LEVELS for i in range(len(outlines))}
        folded = {fold(bare(name)): name for name in sorted(names) if name not in ("", "nan", "None")}
        near = get_close_matches(fold(bare(said[0])), folded, n=3, cutoff=0.7)
        raise FetchError(
            _("there is no province, district or commune {name}").format(name=repr(text)),
            where="AREA",
            do=_("Did you mean {near}?").format(near=", ".join(folded[n] for n in near))
            if near
            else _("Give a list with its code with --gazetteer, its outline with --boundaries, or a box."),
        )
    if len(found) > 1:
        raise FetchError(
            _("{name} may be {candidates}").format(name=repr(text), candidates="; ".join(sorted(found))),
            where="AREA",
            do=_("Say its code, or what it lies in: 'Nam Giang, Quảng Nam'."),
        )
    name, rows = next(iter(found.items()))
    communes = outlines.loc[rows].reset_index(drop=True)
    return Area(name, tuple(communes.total_bounds), communes)


def _candidates(
    said: list[str], outlines: gpd.GeoDataFrame, units: pd.DataFrame | None
) -> dict[str, list[int]]:
    """Rows of the outlines by the full name of each unit that is meant by it."""
    wanted, inside = said[0], [fold(bare(part)) for part in said[1:]]
    if wanted.isdigit():
        return _by_code(wanted, outlines, units)
    keys = {name: outlines[name].fillna("").map(lambda text: fold(bare(text))) for name in LEVELS}
    whole = {name: outlines[name].fillna("").map(fold) for name in LEVELS}
    found: dict[str, list[int]] = {}
    for position, level in enumerate(LEVELS):
        hit = keys[level] == fold(bare(wanted))
        if fold(bare(wanted)) != fold(wanted):
            # Its type is said: a town is not the district of that name, where the outlines know types.
            typed = whole[level] != keys[level]
            hit &= ~typed | (whole[level] == fold(wanted))
            hit &= _type_fits(wanted, level)
        for outer in inside:
            hit &= (
                pd.concat([keys[up] == outer for up in LEVELS[:position]], axis=1).any(axis=1)
                if position
                else False
            )
        for place, rows in outlines[hit].groupby(list(LEVELS[: position + 1]), dropna=False, sort=True):
            full = ", ".join(str(part) for part in reversed(place) if isinstance(part, str) and part)
            found[full] = list(rows.index)
    return _outermost(found) if not inside else found


def _type_fits(wanted: str, level: str) -> bool:
    kinds = {
        "province": ("tinh", "thanhpho"),
        "district": ("huyen", "quan", "thixa", "thanhpho"),
        "name": ("xa", "phuong", "thitran", "dackhu"),
    }
    return fold(wanted).startswith(kinds[level])


def _outermost(found: dict[str, list[int]]) -> dict[str, list[int]]:
    """A province or district that holds all other candidates is what is meant ("Huế" in "Huế")."""
    for name, rows in found.items():
        if all(set(other) <= set(rows) for other in found.values()):
            return {name: rows}
    return found


def _by_code(code: str, outlines: gpd.GeoDataFrame, units: pd.DataFrame | None) -> dict[str, list[int]]:
    column, size = {1: ("province_code", 2), 2: ("province_code", 2), 3: ("district_code", 3)}.get(
        len(code), ("commune_code", 5)
    )
    code = code.zfill(size)
    if column in outlines and (hit := outlines[column] == code).any():
        return {code: list(outlines.index[hit])}
    if units is None or column not in units:
        return {}
    rows = units[units[column] == code]
    levels = LEVELS[: {"province_code": 1, "district_code": 2, "commune_code": 3}[column]]
    keys = set(zip(*(rows[name].fillna("").map(lambda t: fold(bare(t))) for name in levels), strict=True))
    folded = [outlines[name].fillna("").map(lambda t: fold(bare(t))) for name in levels]
    hit = pd.Series(list(zip(*folded, strict=True)), index=outlines.index).isin(keys)
    return {code: list(outlines.index[hit])} if hit.any() else {}


def read_area(text: str, outlines: gpd.GeoDataFrame | None, units: pd.DataFrame | None = None) -> Area:
    """The area that `text` names. FetchError when it is a name and there are no outlines to find it in."""
    if box := parse_box(text):
        return area_of_box(box, outlines)
    if outlines is None:
        raise FetchError(
            _("is a name, and there are no outlines to find it in"),
            where=text,
            do=_("Let 'boundaries' be fetched too, give outlines with --boundaries, or name a box."),
        )
    return area_of_units(text, outlines, units)


def name_of_folder(folder: Path) -> str:
    """A title from a folder's name."""
    return folder.resolve().name.replace("-", " ").replace("_", " ").strip().capitalize()
