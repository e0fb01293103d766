"""Sites without coordinates, placed by their names: at a point or settlement of that name in their commune,
else at the commune's centre. Each is marked as assumed, with how far off it may be, and said; none is guessed
into a commune that its row does not clearly name.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.domain import CENTRE_KIND, Finding
from phusong.geo import metric_crs
from phusong.language import _
from phusong.names import Match, NameRules, fold_words, match, split_type
from phusong.readers.names import name_rules
from phusong.readers.study import figures
from phusong.units import fold, say_distance

#: What `position_basis` says of a site that was placed by its name.
ASSUMED = "assumed"
# What kind of site a name begins with; the rest is where it is.
_KINDS = tuple(
    sorted(
        {
            fold(words)
            for words in (
                "UBND",
                "ủy ban nhân dân",
                "trụ sở UBND",
                "trụ sở",
                "trạm y tế",
                "TYT",
                "trung tâm y tế",
                "TTYT",
                "phòng khám đa khoa",
                "phòng khám đa khoa khu vực",
                "phân trạm y tế",
                "bệnh viện",
                "bệnh viện đa khoa",
                "trường",
                "trường tiểu học",
                "tiểu học",
                "trường TH",
                "trường THCS",
                "THCS",
                "trường trung học cơ sở",
                "trường TH THCS",
                "trường tiểu học và THCS",
                "trường PTDTBT",
                "trường PTDTBT tiểu học",
                "trường PTDTBT TH",
                "trường PTDTBT THCS",
                "trường PTDTBT TH THCS",
                "trường phổ thông dân tộc bán trú",
                "trường phổ thông dân tộc bán trú tiểu học",
                "trường phổ thông dân tộc bán trú THCS",
                "trường THPT",
                "THPT",
                "trường trung học phổ thông",
                "trường mầm non",
                "trường mẫu giáo",
                "mầm non",
                "mẫu giáo",
                "trường MN",
                "điểm trường",
                "điểm trường mầm non",
                "điểm trường tiểu học",
                "nhà văn hóa",
                "NVH",
                "nhà sinh hoạt cộng đồng",
                "nhà sinh hoạt",
                "nhà gươl",
                "gươl",
                "bưu điện văn hóa",
                "điểm bưu điện văn hóa",
                "bưu điện",
                "commune office",
                "health station",
                "village hall",
            )
        },
        key=lambda words: (-len(words), words),
    )
)
#: What stands for a letter that a program could not write.
_LOST = "?\ufffd"
_VILLAGES = "thôn|bản|làng|ấp|buôn|plei|xóm|khối phố|khu phố|khu dân cư|tổ dân phố|khu|tổ|nóc|cụm|village"
_VILLAGE = re.compile(
    rf"^({_VILLAGES}|{'|'.join(fold_words(word) for word in _VILLAGES.split('|'))})\b[ .]*(?=\S)",
    re.IGNORECASE,
)
_UNIT = re.compile(r"[,;(]|\s[-–]\s|\b(?=(?:xã|phường|thị trấn|TT\.|huyện|quận|tỉnh)\s)", re.IGNORECASE)
_CENTRE = re.compile(r"^(trung tâm|center|centre)\b[ ]*(xã|thị trấn|phường)?\s*", re.IGNORECASE)
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
#: A row of the sites by column.
_Row = Mapping[str, Any]


@dataclass(frozen=True)
class Anchor:
    """Where a name puts a site: a point in metres, how far off the site may be, and why, in words."""

    point: shapely.Point
    radius_m: float
    why: str


@dataclass(frozen=True)
class _Commune:
    code: str
    name: str
    full: str
    shape: shapely.Geometry
    centre: Anchor
    office: Anchor
    #: Names of villages, and of points of any kind, to where they are.
    villages: Mapping[str, list[shapely.Point]]
    points: Mapping[str, list[shapely.Point]]


def place_by_name(
    sites: gpd.GeoDataFrame,
    communes: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame | None = None,
    places: gpd.GeoDataFrame | None = None,
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """The sites, those without a position placed by name, and a finding for each.

    `settlements` and `places` have `name` and points; the other sites of a commune count too. A site whose
    commune is not clear keeps no position, and its finding is an error: its row is then set aside.
    """
    lost = sites.index[sites.geometry.isna() | sites.geometry.is_empty]
    if not len(lost) or not communes.geometry.notna().any():
        return sites, []
    crs = metric_crs(communes[communes.geometry.notna()])
    here = sites.to_crs(crs)
    known = _communes(communes.to_crs(crs), here, _named_points(settlements, crs), _named_points(places, crs))
    rules = name_rules()
    found: dict[object, tuple[_Commune, Anchor, str]] = {}
    findings = []
    plain = pd.DataFrame(sites.loc[lost].drop(columns="geometry"))
    rows: dict[object, _Row] = dict(zip(lost, plain.to_dict("records"), strict=True))
    for index, row in rows.items():
        commune, how = _commune_of(row, known, rules)
        if commune is None:
            findings.append(_unplaced(row, how))
        else:
            found[index] = commune, _anchor(row, commune, rules), how
    drawn = _spread(rows, found)
    out = sites.copy()
    at = gpd.GeoSeries({index: point for index, (point, _radius) in drawn.items()}, crs=crs).to_crs(sites.crs)
    shapes = out.geometry.copy()
    shapes.loc[list(drawn)] = at
    out = out.set_geometry(shapes)
    radius = {index: float(math.ceil(off / 10) * 10) for index, (_point, off) in drawn.items()}
    out.loc[list(found), "commune_code"] = [commune.code for commune, _anchor, _how in found.values()]
    out.loc[list(found), "position_basis"] = ASSUMED
    out.loc[list(found), "position_radius_m"] = [radius[index] for index in found]
    for index, (commune, anchor, how) in found.items():
        findings.append(_placed(rows[index], commune, anchor, how, radius[index]))
    return out, findings


# Communes and what is named in them.


def _named_points(layer: gpd.GeoDataFrame | None, crs: object) -> gpd.GeoDataFrame | None:
    if layer is None or layer.empty or "name" not in layer:
        return None
    named = layer[layer["name"].fillna("").astype("str").str.strip().ne("") & layer.geometry.notna()].to_crs(
        crs
    )
    return named.set_geometry(named.geometry.representative_point())


def _communes(
    communes: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame | None,
    places: gpd.GeoDataFrame | None,
) -> dict[str, _Commune]:
    whole = communes[communes.geometry.notna() & ~communes.geometry.is_empty]
    whole = whole.drop_duplicates("commune_code").sort_values("commune_code", ignore_index=True)
    whole = whole.set_geometry(shapely.make_valid(whole.geometry.to_numpy()))
    named = [_by_commune(layer, whole) for layer in (settlements, places)]
    placed = _placed_sites(sites, whole)
    return {
        code: _commune(row, named[0].get(code, {}), named[1].get(code, {}), placed.get(code))
        for code, row in zip(whole["commune_code"], whole.itertuples(), strict=True)
    }


def _by_commune(
    layer: gpd.GeoDataFrame | None, communes: gpd.GeoDataFrame
) -> dict[str, dict[str, list[shapely.Point]]]:
    """Commune → name → the points of that name in it."""
    out: dict[str, dict[str, list[shapely.Point]]] = {}
    if layer is None:
        return out
    inside = gpd.sjoin(
        layer[["name", "geometry"]], communes[["commune_code", "geometry"]], predicate="intersects"
    )
    rows = zip(inside["commune_code"], inside["name"].astype("str").str.strip(), inside.geometry, strict=True)
    for code, name, point in sorted(rows, key=lambda row: (row[0], row[1], row[2].wkb)):
        out.setdefault(code, {}).setdefault(name, []).append(point)
    return out


def _placed_sites(sites: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Commune → its sites that lie in it, by identifier."""
    placed = sites[sites.geometry.notna() & ~sites.geometry.is_empty]
    own = communes.set_index("commune_code").geometry.reindex(placed["commune_code"]).to_numpy()
    right = placed[shapely.covers(own, placed.geometry.to_numpy())].sort_values("site_id")
    return {str(code): group for code, group in right.groupby("commune_code")}


def _commune(
    row: Any,
    villages: dict[str, list[shapely.Point]],
    points: dict[str, list[shapely.Point]],
    placed: gpd.GeoDataFrame | None,
) -> _Commune:
    middle = _centre_settlement({**points, **villages}, row.name)
    office = None
    if placed is not None:
        for name, point in zip(placed["name"].fillna(""), placed.geometry, strict=True):
            if village := _where(name, keep_all=False):
                villages.setdefault(village, []).append(point)
        offices = placed.geometry[placed["kind"] == CENTRE_KIND]
        office = offices.iloc[0] if len(offices) else None
    centre = _centre_of(row.geometry, middle, office)
    at_middle = centre
    if middle is not None:
        why = _("at {name}, its centre").format(name=middle[0])
        at_middle = Anchor(middle[1], figures("positions.toml")["centre_m"], why)
    full = f"{row.unit_type} {row.name}" if isinstance(row.unit_type, str) else row.name
    return _Commune(
        row.commune_code, row.name, full.strip(), row.geometry, centre, at_middle, villages, points
    )


def _centre_settlement(
    named: Mapping[str, list[shapely.Point]], commune: str
) -> tuple[str, shapely.Point] | None:
    """The settlement that is called the commune's centre, or bears its name; None when that is not one."""
    for test in (lambda n: _CENTRE.match(n), lambda n: fold(n) == fold(commune)):
        points = [(name, point) for name, all_ in sorted(named.items()) for point in all_ if test(name)]
        if len(points) == 1:
            return points[0]
    return None


def _centre_of(
    shape: shapely.Geometry, middle: tuple[str, shapely.Point] | None, office: shapely.Point | None
) -> Anchor:
    """Where a site of the commune is drawn of which nothing more is known: it may be anywhere in it."""
    if office is not None:
        point, why = office, _("at the place of its UBND office")
    elif middle is not None:
        point, why = middle[1], _("at {name}, its centre").format(name=middle[0])
    else:
        point, why = shapely.point_on_surface(shape), _("in its middle")
    corners = shapely.get_coordinates(shape)
    reach = float(np.hypot(corners[:, 0] - point.x, corners[:, 1] - point.y).max())
    return Anchor(point, reach, why)


# What a site's name says.


def _where(name: str, *, keep_all: bool = True) -> str:
    """What follows the kind in a site's name; with `keep_all` False only the name of a village, "" for none.

    >>> _where("Nhà văn hóa thôn Pa Lan"), _where("TrườngTiểuhọcTàBhing"), _where("Tr?m Y t? La Êê")
    ('Pa Lan', 'TàBhing', 'La Êê')
    """
    rest = _without_kind(name.strip())
    first = _UNIT.split(rest, maxsplit=1)[0].strip() if not keep_all or _VILLAGE.match(rest) else rest
    village = _VILLAGE.sub("", first).strip()
    return village if keep_all or village != first else ""


@lru_cache(maxsize=1_000)
def _without_kind(name: str) -> str:
    """The name after the words of its kind, which may be glued, without accents, or with letters lost."""
    letters = _letters(name)
    for kind in _KINDS:
        if len(letters) > len(kind) and _fits([letter for letter, _end in letters[: len(kind)]], kind):
            return name[letters[len(kind) - 1][1] :].strip(" .,:-")
    return name


_folded = lru_cache(maxsize=1_000)(fold)


def _letters(text: str) -> list[tuple[str, int]]:
    """The folded letters of a text, each with where it ends; one that was lost (?, \ufffd) is a full stop."""
    text = unicodedata.normalize("NFC", text)
    return [
        (one, i + 1) for i, letter in enumerate(text) for one in ("." if letter in _LOST else _folded(letter))
    ]


def _fits(letters: list[str], word: str) -> bool:
    """Is it the word, but for letters that were lost? At least half must be there."""
    known = [one == other for one, other in zip(letters, word, strict=True) if one != "."]
    return all(known) and 2 * len(known) >= len(word)


def _with_letters_lost(text: str, names: Mapping[str, str]) -> list[str]:
    """Keys of the names that a text with lost letters can be, its type said or not."""
    letters = [letter for letter, _end in _letters(text)]
    if "." not in letters:
        return []
    return [
        key
        for key, full in names.items()
        if any(
            len(word) == len(letters) and _fits(letters, word)
            for word in (fold(full), fold(split_type(full)[1]))
        )
    ]


def _commune_of(site: _Row, known: Mapping[str, _Commune], rules: NameRules) -> tuple[_Commune | None, str]:
    """The commune that a row names, and how it was found in words ("" = by its code); none: why not."""
    names = {code: commune.full for code, commune in known.items()}
    if site["commune_code"] in known:
        own = known[site["commune_code"]]
        said = match(str(site.get("commune_name") or ""), names, rules)
        other = said.certain and said.key != own.code
        return own, _("its row also names {name}: check which").format(name=said.name) if other else ""
    doubts = []
    for text in _said_of_commune(site):
        found = match(text, names, rules)
        if found.certain and found.key is not None:
            return known[found.key], _say_match(text, found)
        lost = _with_letters_lost(text, names)
        if len(lost) == 1:
            how = _("{text} taken for {name}: its letters are lost, no other commune fits")
            return known[lost[0]], how.format(text=repr(text), name=names[lost[0]])
        if found.key is not None:
            doubts.append(_say_doubt(text, found))
    by_village = _by_village(site, known)
    if by_village is not None:
        return by_village, _("found by the name of its village only: check the commune")
    return None, "; ".join(doubts) or _("its row names no commune of the study")


def _said_of_commune(site: _Row) -> Iterable[str]:
    """Texts of a row that may be a commune's name, the plainest first."""
    texts = [site.get("commune_name")]
    if not isinstance(site.get("commune_code"), str):
        name = site["name"] if isinstance(site["name"], str) else ""
        rest = _without_kind(name)
        parts = [part.strip(" .") for part in _UNIT.split(rest)]
        texts += [*reversed(parts[1:]), *([rest] if not _VILLAGE.match(rest) else [])]
    return [text for text in dict.fromkeys(texts) if isinstance(text, str) and text]


def _say_how(how: str) -> str:
    return {
        "folded": _("but for accents and spaces"),
        "variant": _("another spelling"),
        "fuzzy": _("alike"),
    }[how]


def _say_match(text: str, found: Match) -> str:
    if found.how == "exact":
        return ""
    return _("{text} taken for {name} ({how}, {score} of 100)").format(
        text=repr(text), name=found.name, how=_say_how(found.how), score=round(found.score)
    )


def _say_doubt(text: str, found: Match) -> str:
    others = ", ".join(name for _key, name, _score in found.alternatives)
    said = _("{text} may be {name}").format(text=repr(text), name=found.name)
    return f"{said}, {others}" if others else said


def _by_village(site: _Row, known: Mapping[str, _Commune]) -> _Commune | None:
    """The one commune that has a village of the name; not where the row names another commune."""
    if isinstance(site["commune_code"], str) or isinstance(site.get("commune_name"), str):
        return None
    village = fold(_where(str(site["name"]), keep_all=False))
    having = [c for c in known.values() if village and village in {fold(_bare(n)) for n in c.villages}]
    return having[0] if len(having) == 1 else None


def _bare(village: str) -> str:
    return _VILLAGE.sub("", village).strip()


def _anchor(site: _Row, commune: _Commune, rules: NameRules) -> Anchor:
    """Where in its commune a site's name puts it: at a point of that name, in a village, at the centre."""
    sizes = figures("positions.toml")
    name = str(site["name"])
    if commune.points:
        found = match(name, commune.points.keys(), rules)
        if found.certain and found.how in ("exact", "folded", "variant"):
            return _at(commune.points[found.name], sizes["named_point_m"], found.name)
    where = _where(name)
    villages = {**commune.points, **commune.villages}
    bare = {key: _bare(key) for key in villages}
    if where and fold(where) != fold(commune.name) and villages:
        found = match(where, bare, rules)
        if found.certain and found.key is not None and fold(found.name) != fold(commune.name):
            return _at(villages[found.key], sizes["settlement_m"], found.key)
    return commune.office if site["kind"] == CENTRE_KIND else commune.centre


def _at(points: list[shapely.Point], radius_m: float, name: str) -> Anchor:
    """The middle of all points of a name; that much farther off the site may be."""
    middle = shapely.centroid(shapely.multipoints(points))
    away = max(middle.distance(point) for point in points)
    return Anchor(middle, radius_m + away, _("at {name}").format(name=name))


# Drawing.


def _spread(
    rows: Mapping[object, _Row], found: Mapping[object, tuple[_Commune, Anchor, str]]
) -> dict[object, tuple[shapely.Point, float]]:
    """Where each site is drawn, and how far off it may be then. Sites at one point stand on a spiral around
    it, offices first, then by identifier; all within a tenth of what is not known anyway."""
    apart = figures("positions.toml")["apart_m"]
    groups: dict[tuple[str, float, float], list[object]] = {}
    for index, (commune, anchor, _how) in found.items():
        groups.setdefault((commune.code, anchor.point.x, anchor.point.y), []).append(index)
    out = {}
    for members in groups.values():
        members.sort(key=lambda i: _turn(rows[i]))
        for turn, index in enumerate(members):
            commune, anchor, _how = found[index]
            step = min(apart * math.sqrt(turn), anchor.radius_m / 10)
            angle = turn * _GOLDEN_ANGLE
            point = shapely.Point(
                anchor.point.x + step * math.cos(angle), anchor.point.y + step * math.sin(angle)
            )
            if not commune.shape.covers(point):
                point = anchor.point
            out[index] = point, anchor.radius_m + anchor.point.distance(point)
    return out


def _turn(site: _Row) -> tuple[bool, str, str, int]:
    return site["kind"] != CENTRE_KIND, str(site["site_id"]), str(site["name"]), int(site["row"])


# Saying.


def _placed(site: _Row, commune: _Commune, anchor: Anchor, how: str, radius_m: float) -> Finding:
    what = _("has no position; drawn in {commune} {where}, good to {radius}").format(
        commune=commune.full, where=anchor.why, radius=say_distance(radius_m)
    )
    return Finding(
        "warning",
        str(site["source"]),
        int(site["row"]),
        f"{what} ({how})" if how else what,
        _("Write its coordinates; until then what hangs on them counts as unknown."),
    )


def _unplaced(site: _Row, why: str) -> Finding:
    return Finding(
        "error",
        str(site["source"]),
        int(site["row"]),
        _("has no position, and its commune is not clear: {why}").format(why=why),
        _("Write its coordinates or the code of its commune; until then it is set aside."),
    )
