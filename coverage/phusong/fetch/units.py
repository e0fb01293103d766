"""Units and their outlines: lists of codes, files of outlines, census figures, in their own words."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from phusong.domain import Finding, split_unit_name
from phusong.errors import FetchError, InputError, PhuSongError
from phusong.geo import WGS84
from phusong.language import _
from phusong.names import NameRules, match
from phusong.readers import values
from phusong.readers.header import recognise_columns
from phusong.readers.tables import read_text_table
from phusong.readers.vectors import read_vectors
from phusong.study import Source
from phusong.units import fold, parse_number

#: From the largest unit to the smallest.
LEVELS = ("province", "district", "name")
_UPPER = re.compile(r"^(tỉnh|thành phố|tp\.?|huyện|quận|thị xã|thủ đô)\s+", re.IGNORECASE)
#: What files of outlines call things, beside the headers that lists have.
_OUTLINE_WORDS = {
    "name": ("NAME_3", "shapeName", "ADM3_VI"),
    "district": ("NAME_2", "ADM2_VI"),
    "province": ("NAME_1", "ADM1_VI"),
    "unit_type": ("TYPE_3",),
    "province_code": ("province_code",),
    "district_code": ("district_code",),
}
_MOST_UNPACKED = 4_000_000_000


def bare(name: str) -> str:
    """A unit's name without its type.

    >>> bare("Huyện Nam Giang"), bare("Thị trấn Thạnh Mỹ"), bare("Tỉnh Quảng Nam")
    ('Nam Giang', 'Thạnh Mỹ', 'Quảng Nam')
    """
    text = " ".join(str(name).split())
    return split_unit_name(_UPPER.sub("", text))[1]


def read_units(path: Path) -> pd.DataFrame:
    """A list of communes: commune_code, name, unit_type, district_code, district, province_code, province.

    From a CSV or XLSX with such columns, or from a JSON of nested levels (level1_id, level2s, level3s).
    """
    if _head(path).lstrip()[:1] in (b"{", b"["):
        return _nested_units(path)
    raw = read_text_table(path, Source(path=path.name))
    columns = recognise_columns(raw.columns, "communes", Source(path=path.name), path)
    for name in ("commune_code", "name"):
        if name not in columns:
            raise InputError(
                _("no column for {ours}").format(ours=name),
                where=str(path),
                do=_("A list of units has columns code, name, district, province."),
            )
    out = pd.DataFrame({ours: raw[theirs] for ours, theirs in columns.items()})
    for name in ("province_code", "district_code"):
        if name in raw:
            out[name] = raw[name].map(lambda text, n=2 if name == "province_code" else 3: str(text).zfill(n))
    out["commune_code"] = out["commune_code"].map(_code)
    return out.reindex(columns=_UNIT_COLUMNS)


_UNIT_COLUMNS = (
    "commune_code",
    "name",
    "unit_type",
    "district_code",
    "district",
    "province_code",
    "province",
)


def _nested_units(path: Path) -> pd.DataFrame:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        provinces = said["data"] if isinstance(said, dict) else said
        rows = [
            {
                "commune_code": commune["level3_id"],
                "name": commune["name"],
                "unit_type": commune.get("type", ""),
                "district_code": district["level2_id"],
                "district": district["name"],
                "province_code": province["level1_id"],
                "province": province["name"],
            }
            for province in provinces
            for district in province["level2s"]
            for commune in district["level3s"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            _("is no list of units ({reason})").format(reason=error),
            where=str(path),
            do=_("Give a CSV with code, name, district, province."),
        ) from None
    out = pd.DataFrame(rows, columns=list(_UNIT_COLUMNS))
    out.attrs["vintage"] = _month(said.get("data_date", "")) if isinstance(said, dict) else ""
    return out


def _month(text: Any) -> str:
    try:
        return values.date(str(text))[:7]
    except ValueError:
        return ""


def _code(text: Any) -> str | None:
    try:
        return values.commune_code(str(text).strip())
    except ValueError:
        return None


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(64)


def read_outlines(path: Path) -> gpd.GeoDataFrame:
    """Communes with their outlines (EPSG:4326) from a GeoJSON, another vector file, or a zip with a GeoJSON.

    Columns: those of `read_units`, population, gid, geometry; None where the file says nothing.
    """
    raw = _zipped(path) if _head(path).startswith(b"PK") else read_vectors(path, Source(path=path.name))
    raw = raw.to_crs(WGS84)
    source = Source(path=path.name)
    columns = recognise_columns([c for c in raw.columns if c != "geometry"], "communes", source, path)
    for ours, words in _OUTLINE_WORDS.items():
        for word in words:
            if word in raw.columns and (ours not in columns or word.startswith(("NAME_", "shape"))):
                columns[ours] = word
                break
    if "name" not in columns:
        raise InputError(
            _("no column for {ours}").format(ours="name"),
            where=str(path),
            do=_("Outlines of communes need a name, such as name, NAME_3 or shapeName."),
        )
    out = pd.DataFrame({ours: raw[theirs] for ours, theirs in columns.items()})
    out = out.reindex(columns=[*_UNIT_COLUMNS, "population"])
    out["commune_code"] = out["commune_code"].map(lambda c: None if c is None or c != c else _code(c))
    out["population"] = pd.to_numeric(out["population"], errors="coerce").round().astype("Int64")
    out["gid"] = raw.get("GID_3")
    return gpd.GeoDataFrame(out, geometry=shapely.make_valid(raw.geometry.to_numpy()), crs=WGS84)


def _zipped(path: Path) -> gpd.GeoDataFrame:
    """The largest GeoJSON in a zip, unpacked no further than a limit."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [i for i in archive.infolist() if i.filename.lower().endswith((".json", ".geojson"))]
            if not inside:
                raise InputError(
                    _("holds no GeoJSON"), where=str(path), do=_("Give a zip with a .json or .geojson.")
                )
            largest = max(inside, key=lambda i: (i.file_size, i.filename))
            if largest.file_size > _MOST_UNPACKED:
                raise InputError(
                    _("is too large when unpacked"), where=str(path), do=_("Give a smaller file.")
                )
            said = json.loads(archive.read(largest).decode("utf-8-sig"))
        return gpd.GeoDataFrame.from_features(said["features"], crs=WGS84)
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            _("cannot be read ({reason})").format(reason=" ".join(str(error).split())[:200]),
            where=str(path),
            do=_("Fetch it again, or give another file with --boundaries."),
        ) from None


def with_codes(
    outlines: gpd.GeoDataFrame, units: pd.DataFrame, rules: NameRules
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Outlines without a code take that of the unit of their name in their district and province.

    The same name without accents, spaces and type first, then what `names.match` is certain of among the
    units of the district that are left. Their names become those of the list. A name that stays none or
    several keeps no code, and is in the findings.
    """
    districts: dict[tuple[str, ...], dict[str, dict[str, Any]]] = {}
    for row in units.to_dict("records"):
        districts.setdefault(_key(row)[:2], {})[str(row["commune_code"])] = row
    codes = dict(outlines["commune_code"].dropna())
    findings: list[Finding] = []
    silent = outlines[outlines["commune_code"].isna()]
    keys = pd.Series([_key(row) for row in silent.to_dict("records")], index=silent.index, dtype=object)
    for place in sorted(set(keys.map(lambda key: key[:2]))):
        rows = silent[keys.map(lambda key, place=place: key[:2] == place)]
        found, unsure = _codes_in(rows, districts.get(place, {}), rules)
        codes |= found
        findings += unsure
    out = outlines.assign(commune_code=[codes.get(i) for i in outlines.index])
    listed = units.drop_duplicates("commune_code").set_index("commune_code").reindex(out["commune_code"])
    new = out.index.isin(silent.index)
    for column in ("name", "unit_type", "district", "province"):
        said = pd.Series(listed[column].to_numpy(), index=out.index)
        out[column] = out[column].where(~new | said.isna(), said)
    return out, findings


def _codes_in(
    rows: pd.DataFrame, units: dict[str, dict[str, Any]], rules: NameRules
) -> tuple[dict[Any, str], list[Finding]]:
    """Codes of the outlines of one district by their index, and what could not be told."""
    found: dict[Any, str] = {}
    for typed in (True, False):
        for index, row in rows.iterrows():
            hits = [code for code, unit in units.items() if _same(row, unit, typed)]
            if index not in found and len(hits) == 1 and hits[0] not in found.values():
                found[index] = hits[0]
    findings = []
    for index, row in rows.drop(index=list(found)).iterrows():
        left = {code: unit["name"] for code, unit in units.items() if code not in found.values()}
        hit = match(str(row["name"]), left, rules)
        if hit.certain and hit.key is not None:
            found[index] = hit.key
            what = _("{name} is taken for {unit} ({code})").format(
                name=row["name"], unit=hit.name, code=hit.key
            )
            do = _("Mend its commune_code in communes.geojson if it is another.")
        else:
            what = _("no code for {name}, {district}, {province} in the list of units").format(
                name=row["name"], district=row["district"], province=row["province"]
            )
            do = _("Write its commune_code into communes.geojson, or give a list of its time.")
        findings.append(Finding("warning", "communes.geojson", None, what, do))
    return found, findings


def _same(row: Any, unit: Any, typed: bool) -> bool:
    names_fit = fold(bare(row["name"])) == fold(bare(unit["name"]))
    return names_fit and (not typed or fold(_type(row)) == fold(_type(unit)))


def _key(row: dict[str, Any]) -> tuple[str, ...]:
    said = [row[level] if isinstance(row[level], str) else "" for level in LEVELS]
    return tuple(fold(bare(part)) for part in said)


def _type(row: dict[str, Any]) -> str:
    split = split_unit_name(str(row["name"]))[0]
    return split or (row["unit_type"] if isinstance(row["unit_type"], str) else "")


def read_census(path: Path) -> pd.DataFrame:
    """Residents by commune: commune_code or names with district and province or GADM's id, and population."""
    source = Source(path=path.name)
    raw = read_text_table(path, source)
    columns = recognise_columns(raw.columns, "census", source, path)
    if "population" not in columns or not ({"commune_code", "name", "gid"} & set(columns)):
        raise FetchError(
            _("is no list of residents by commune"),
            where=str(path),
            do=_("It has columns commune_code (or name, district, province) and population."),
        )
    out = pd.DataFrame({ours: raw[theirs] for ours, theirs in columns.items()})
    out = out.reindex(columns=["commune_code", "gid", "name", "district", "province", "population"])
    out["population"] = [
        _residents(text, path, row) for text, row in zip(out["population"], raw.iloc[:, -1], strict=True)
    ]
    out["commune_code"] = out["commune_code"].map(lambda c: _code(c) if isinstance(c, str) and c else None)
    return out


def _residents(text: Any, path: Path, row: Any) -> int | None:
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return round(parse_number(text))
    except PhuSongError:
        raise FetchError(
            _("{text} is no number of residents").format(text=repr(text)),
            where=f"{path}:{row}",
            do=_("Write it in digits, or leave it empty."),
        ) from None


def with_census(communes: gpd.GeoDataFrame, census: pd.DataFrame) -> gpd.GeoDataFrame:
    """The communes with the residents of the census: by code, else by GADM's id, else by names."""
    by_code = _only(census, census["commune_code"])
    by_gid = _only(census, census["gid"])
    names = pd.Series(["|".join(_key(row)) for row in census.to_dict("records")], index=census.index)
    by_name = _only(census, names)
    found = []
    for row in communes.to_dict("records"):
        hits = (
            by_code.get(row["commune_code"]),
            by_gid.get(row.get("gid")),
            by_name.get("|".join(_key(row))),
        )
        hit = next((hit for hit in hits if hit is not None), None)
        found.append(row["population"] if hit is None else hit)
    return communes.assign(population=pd.array(found, dtype="Int64"))


def _only(census: pd.DataFrame, keys: pd.Series) -> dict[Any, int]:
    """Residents by key, of keys that stand for one row only."""
    clear = keys.notna() & (keys != "") & (keys != "||") & ~keys.duplicated(keep=False)
    clear &= census["population"].notna()
    return dict(zip(keys[clear], census.loc[clear, "population"].astype(int), strict=True))


def check_outlines(path: Path, _sure: bool) -> None:
    """ValueError unless it is a zip that is whole, or a GeoJSON."""
    head = _head(path)
    if head.startswith(b"PK"):
        try:
            with zipfile.ZipFile(path) as archive:
                bad = archive.testzip()
        except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError) as error:
            raise ValueError(str(error)) from None
        if bad:
            raise ValueError(_("{name} in it is damaged").format(name=bad))
        return
    check_json(path, _sure)


def check_json(path: Path, _sure: bool) -> None:
    """ValueError unless it is JSON."""
    try:
        json.loads(path.read_bytes())
    except ValueError:
        raise ValueError(_("no JSON, or half of one")) from None
