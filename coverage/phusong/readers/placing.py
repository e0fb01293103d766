"""Sites without coordinates, placed by their names: at a point or settlement of that name in their commune,
else at the commune's centre. Each is marked as assumed, with how far off it may be, and said; none is guessed
into a commune that its row does not clearly name.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from phusong.domain import CENTRE_KIND, Finding
from phusong.geo import has_shape, metric_crs
from phusong.language import _
from phusong.names import Match, NameRules, match
from phusong.readers.anchors import Anchor, PlacedCommune, communes_with_names, named_points
from phusong.readers.names import name_rules
from phusong.readers.site_names import UNIT, VILLAGE, bare_village, with_letters_lost, without_kind
from phusong.readers.site_names import where as _where
from phusong.readers.study import figures
from phusong.units import fold, say_distance

#: What `position_basis` says of a site that was placed by its name.
ASSUMED = "assumed"
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
#: A row of the sites by column.
_Row = Mapping[str, Any]


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
    lost = sites.index[~has_shape(sites.geometry)]
    if not len(lost) or not has_shape(communes.geometry).any():
        return sites, []
    crs = metric_crs(communes[has_shape(communes.geometry)])
    here = sites.to_crs(crs)
    known = communes_with_names(
        communes.to_crs(crs), here, named_points(settlements, crs), named_points(places, crs)
    )
    rules = name_rules()
    found: dict[object, tuple[PlacedCommune, Anchor, str]] = {}
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


# Which commune a row means, and where in it.


def _commune_of(
    site: _Row, known: Mapping[str, PlacedCommune], rules: NameRules
) -> tuple[PlacedCommune | None, str]:
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
        lost = with_letters_lost(text, names)
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
        rest = without_kind(name)
        parts = [part.strip(" .") for part in UNIT.split(rest)]
        texts += [*reversed(parts[1:]), *([rest] if not VILLAGE.match(rest) else [])]
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


def _by_village(site: _Row, known: Mapping[str, PlacedCommune]) -> PlacedCommune | None:
    """The one commune that has a village of the name; not where the row names another commune."""
    if isinstance(site["commune_code"], str) or isinstance(site.get("commune_name"), str):
        return None
    village = fold(_where(str(site["name"]), keep_all=False))
    having = [c for c in known.values() if village and village in {fold(bare_village(n)) for n in c.villages}]
    return having[0] if len(having) == 1 else None


def _anchor(site: _Row, commune: PlacedCommune, rules: NameRules) -> Anchor:
    """Where in its commune a site's name puts it: at a point of that name, in a village, at the centre."""
    sizes = figures("positions.toml")
    name = str(site["name"])
    if commune.points:
        found = match(name, commune.points.keys(), rules)
        if found.certain and found.how in ("exact", "folded", "variant"):
            return _at(commune.points[found.name], sizes["named_point_m"], found.name)
    where = _where(name)
    villages = {**commune.points, **commune.villages}
    bare = {key: bare_village(key) for key in villages}
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
    rows: Mapping[object, _Row], found: Mapping[object, tuple[PlacedCommune, Anchor, str]]
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


def _placed(site: _Row, commune: PlacedCommune, anchor: Anchor, how: str, radius_m: float) -> Finding:
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
