"""Read networks of the Open Fibre Data Standard (OFDS 0.4): the package as JSON, nodes or spans as GeoJSON.

Spans become the layer `fibre`, nodes the layer `nodes`. Operator: the owner of the medium, else the first
network provider. A span's name is its note; `darkFibre` says whether the line is for lease. What OFDS has no
word for (may one tap the line, what is the rent) stays empty.

Our own export cuts a line where a plan taps it, since spans meet at nodes only; the pieces are named so that
they are read as the one line again (`piece_id`).
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from phusong.domain import Finding
from phusong.errors import InputError
from phusong.geo import WGS84
from phusong.language import _
from phusong.readers.encodings import whole_letters
from phusong.readers.tables import ROW

SUFFIXES = frozenset({".json", ".geojson"})
#: What of a network is which layer.
PART_OF = {"fibre": "spans", "nodes": "nodes"}
#: Columns of our layers that the standard has no word for.
NOT_IN_OFDS = {"fibre": ("tap_allowed", "lease_vnd_per_m_year"), "nodes": ("note",)}
#: What converters call a node that a span asks for and nobody has given.
_MADE_UP = "auto generated missing node"
#: A network's marks stand near the head of its file.
_HEAD_BYTES = 1 << 20
_COLUMNS = {
    "spans": ["fibre_id", "operator", "note", "lease", "status", "transmissionMedium"],
    "nodes": ["node_id", "operator", "name", "status", "type"],
}


def is_ofds(path: Path) -> bool:
    """Does the file look like an OFDS network, by what is in it?"""
    if path.suffix.lower() not in SUFFIXES:
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if b'"FeatureCollection"' in head:
        return re.search(rb'"featureType"\s*:\s*"(node|span)"', head) is not None
    return re.search(rb'"networks"\s*:\s*\[', head) is not None or b"/network-schema.json" in head


def read_ofds(path: Path, name: str) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """The spans (for `fibre`) or nodes (for `nodes`) of all networks in the file, and what to know.

    Raises InputError for a file that is broken, holds none of them, or is asked for another layer.
    """
    if name not in PART_OF:
        raise InputError(
            _("is an OFDS network, which has no {name}").format(name=name),
            where=str(path),
            do=_("Name it as fibre (its spans) or as nodes."),
        )
    part = PART_OF[name]
    things = list(_things(_parsed(path), part))
    if not things:
        raise InputError(
            _("has no {part}").format(part=part),
            where=str(path),
            do=_("Name the network's JSON, or the GeoJSON of its {part}.").format(part=part),
        )
    rows = [_span(said) if part == "spans" else _node(said) for said, _shape in things]
    frame = pd.DataFrame(rows, columns=_COLUMNS[part])
    frame[ROW] = range(1, len(frame) + 1)
    shapes = [_shape_of(shape) for _said, shape in things]
    out = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, crs=WGS84, index=frame.index))
    out = _whole_again(out) if part == "spans" else out
    findings = _to_know(out, part, path)
    return (out if part == "spans" else _without_junctions(out, path, findings)), findings


def _parsed(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(
            _("is not JSON ({reason})").format(reason=str(error)[:200]),
            where=str(path),
            do=_("Export it again from where it came."),
        ) from None


def _things(data: Any, part: str) -> Iterator[tuple[dict[str, Any], Any]]:
    """(what is said, its GeoJSON geometry) of each span or node of a package or feature collection."""
    data = data if isinstance(data, dict) else {}
    for network in [*_dicts(data.get("networks")), data]:
        for said in _dicts(network.get(part)):
            yield said, said.get("route" if part == "spans" else "location")
    for feature in _dicts(data.get("features")):
        about = feature.get("properties")
        if isinstance(about, dict) and about.get("featureType") == part.removesuffix("s"):
            yield about, feature.get("geometry")


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _span(said: dict[str, Any]) -> dict[str, str | None]:
    names = [_text(said.get("name")), _text(said.get("pointNames"))]
    owner, providers = _owner(said), _providers(said)
    if owner and (others := [p for p in providers if p != owner]):
        names.append(_("network of {names}").format(names=", ".join(others)))
    media = [m for m in map(_text, _list(said.get("transmissionMedium"))) if m]
    return {
        "fibre_id": _text(said.get("id")),
        "operator": owner or next(iter(providers), None),
        "note": "; ".join(n for n in names if n) or None,
        "lease": _yes_no(said.get("darkFibre")),
        "status": _text(said.get("status")),
        "transmissionMedium": "fibre" if "fibre" in media else ", ".join(media) or None,
    }


def piece_id(line: str, metres: int, put_in: bool) -> str:
    """The name of a piece of a line that begins so many metres along it, `put_in`: at a place that is no
    vertex of the line.

    >>> piece_id("F1", 0, False), piece_id("F1", 1250, True)
    ('F1~0', 'F1~+1250')
    """
    return f"{line}~{'+' if put_in else ''}{metres}"


_PIECE = re.compile(r"(.+)~(\+?)(\d{1,9})", re.DOTALL)


def _whole_again(spans: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The lines that were cut (`piece_id`) as one row each, with the first piece's row number; what does not
    fit end to end, or differs in anything else, stays as it is."""
    names = {str(name) for name in spans["fibre_id"].dropna()}
    lines: dict[str, list[tuple[int, bool, int]]] = {}
    for at, name in enumerate(spans["fibre_id"]):
        if found := _PIECE.fullmatch(name if isinstance(name, str) else ""):
            lines.setdefault(found[1], []).append((int(found[3]), bool(found[2]), at))
    shapes = list(spans.geometry)
    gone: set[int] = set()
    said = [name for name in spans.columns if name not in ("fibre_id", ROW, "geometry")]
    for line, pieces in sorted(lines.items()):
        order = sorted(pieces)
        rows = [at for _metres, _put_in, at in order]
        same = spans[said].iloc[rows].fillna("").drop_duplicates()
        whole = _joined([shapes[at] for at in rows], [put_in for _metres, put_in, _at in order])
        if line in names or order[0][:2] != (0, False) or len(same) > 1 or whole is None:
            continue
        spans.loc[spans.index[rows[0]], "fibre_id"] = line
        shapes[rows[0]] = whole
        gone.update(rows[1:])
    out = spans.set_geometry(gpd.GeoSeries(shapes, index=spans.index, crs=spans.crs))
    return out.drop(index=spans.index[sorted(gone)]).reset_index(drop=True)


def _joined(shapes: list[Any], put_in: list[bool]) -> Any:
    """One line out of pieces, without the places that were put in; None where they do not meet."""
    if len(shapes) < 2 or any(shape is None or shape.geom_type != "LineString" for shape in shapes):
        return None
    places = shapely.get_coordinates(shapes[0]).tolist()
    for shape, extra in zip(shapes[1:], put_in[1:], strict=True):
        more = shapely.get_coordinates(shape).tolist()
        if not places or not more or more[0] != places[-1]:
            return None
        places = [*places[:-1], *more[1:]] if extra else [*places, *more[1:]]
    return shapely.LineString(places)


def _yes_no(value: Any) -> str | None:
    return ("yes" if value else "no") if isinstance(value, bool) else None


def _node(said: dict[str, Any]) -> dict[str, str | None]:
    return {
        "node_id": _text(said.get("id")),
        "operator": _owner(said) or next(iter(_providers(said)), None),
        "name": _text(said.get("name")),
        "status": _text(said.get("status")),
        "type": ", ".join(t for t in map(_text, _list(said.get("type"))) if t) or None,
    }


def _owner(said: dict[str, Any]) -> str | None:
    """Who owns the cable; the standard before 0.4 called it the provider of physical infrastructure."""
    return _name(said.get("transmissionMediumOwner")) or _name(said.get("physicalInfrastructureProvider"))


def _providers(said: dict[str, Any]) -> list[str]:
    return [name for name in map(_name, _list(said.get("networkProviders"))) if name]


def _name(organisation: Any) -> str | None:
    if not isinstance(organisation, dict):
        return None
    return _text(organisation.get("name")) or _text(organisation.get("id"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    """The value as text in one form; None for nothing, and for what is neither text nor a number."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return unicodedata.normalize("NFC", whole_letters(str(value))).strip() or None


def _shape_of(geometry: Any) -> Any:
    """The geometry without heights; None where it cannot be built, which sets its row aside."""
    try:
        shape = shapely.from_geojson(json.dumps(geometry), on_invalid="ignore")
    except (shapely.errors.GEOSException, ValueError, TypeError):
        return None
    return shapely.force_2d(shape) if shape is not None else None


def _to_know(frame: pd.DataFrame, part: str, path: Path) -> list[Finding]:
    """What the reader has taken for granted, a line each for the whole file."""
    out = []
    if silent := int(frame["status"].isna().sum()):
        out.append(
            _warning(
                path,
                _("{count} of {all} {part} say no status: taken as operational").format(
                    count=silent, all=len(frame), part=part
                ),
                _("Ask the owner which of them are only planned."),
            )
        )
    if part == "spans" and (dark := int((frame["lease"] == "yes").sum())):
        out.append(
            _warning(
                path,
                _("{count} spans offer dark fibre: taken as fibre for lease").format(count=dark),
                _("Give the rent in a fibre layer of your own, or leave it at the price sheet's."),
            )
        )
    return out


def _without_junctions(frame: gpd.GeoDataFrame, path: Path, findings: list[Finding]) -> gpd.GeoDataFrame:
    """The nodes that something stands at: by the standard a mere junction of spans has no type.

    Where no node has one, all with a name are taken, and that is told.
    """
    typed = frame["type"].notna()
    if typed.any():
        kept, why = typed, _("{count} nodes have no type: junctions of lines, not taken as nodes")
    else:
        named = frame["name"].notna() & (frame["name"].str.lower() != _MADE_UP)
        kept, why = named, _("{count} nodes have neither type nor name: not taken as nodes")
        if named.any():
            findings.append(
                _warning(
                    path,
                    _("no node has a type: all {count} with a name are taken as points of presence").format(
                        count=int(named.sum())
                    ),
                    _("Give each its type (pop, cabinet, exchange …), and none to mere junctions."),
                )
            )
    if left := int((~kept).sum()):
        findings.append(
            _warning(path, why.format(count=left), _("Give them a type if new fibre can begin there."))
        )
    return frame[kept].reset_index(drop=True)


def _warning(path: Path, what: str, do: str) -> Finding:
    return Finding("warning", path.name, None, what, do)
