"""Read DXF drawings of routes: lines, arcs and splines as lines, inserted blocks as points, texts as names.

A drawing is in metres. `layer` in the study chooses its layers by name; * stands for any part of a name.
"""

import codecs
import re
import unicodedata
from fnmatch import fnmatchcase
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from phusong.domain import INPUT_TABLES, Finding
from phusong.errors import InputError
from phusong.language import _
from phusong.readers.encodings import whole_letters
from phusong.readers.study import figures
from phusong.readers.tables import ROW
from phusong.readers.vectors import look_at_head
from phusong.study import Source
from phusong.units import fold

#: The one layer that GDAL's driver makes of all that is drawn.
_ENTITIES = "entities"
#: More than any province's drawing has.
_MOST = 500_000
#: A drawing says its code page near its head.
_HEAD_BYTES = 1 << 16


def read_drawing(name: str, source: Source, path: Path) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Lines (for a layer of lines) or blocks and points (for one of points) of a drawing, and what to know.

    Columns: `id` (the entity's handle), `name` (texts near it), `note` (its layer and texts), `layer`,
    `block`. Raises InputError where the file is broken, has no such layer or none of what is asked.
    """
    drawn = _entities(path)
    texts = drawn[drawn["Text"].notna() & (drawn.geom_type == "Point")]
    chosen, findings = _on_layers(drawn.drop(index=texts.index), source.layer, path)
    kind = _kind(name, path)
    kept, found = _of_kind(chosen, kind, path)
    findings += found
    if kind == "lines" and source.layer is None and kept["Layer"].nunique() > 1:
        findings.append(_all_layers(kept, name, path))
    named, found = _named(kept.reset_index(drop=True), texts, path)
    return named, findings + found


def _entities(path: Path) -> gpd.GeoDataFrame:
    """All that is drawn in model space, as GDAL's driver flattens it; blocks stay points."""
    look_at_head(path)
    # Latin-1 keeps every byte: GDAL's own decoding of code pages loses the last letter of a text.
    pyogrio.set_gdal_config_options({"DXF_INLINE_BLOCKS": "FALSE", "DXF_ENCODING": "ISO-8859-1"})
    try:
        # A few bytes can ask for a block a billion times.
        drawn = pyogrio.read_dataframe(path, layer=_ENTITIES, on_invalid="ignore", max_features=_MOST + 1)
    except Exception as error:  # GDAL raises many kinds for a broken file
        raise InputError(
            _("cannot be read ({reason})").format(reason=" ".join(str(error).split())[:200]),
            where=str(path),
            do=_("Save it again from the drawing program as DXF 2000 or later, as text."),
        ) from None
    if len(drawn) > _MOST:
        raise InputError(
            _("has more than {count} things drawn").format(count=_MOST),
            where=str(path),
            do=_("Keep only the layers that are needed, or split the drawing."),
        )
    wanted = ("Layer", "PaperSpace", "EntityHandle", "Text", "BlockName", "BlockAttributes")
    for column in wanted:
        if column not in drawn:
            drawn[column] = None
    drawn[ROW] = range(1, len(drawn) + 1)
    drawn["Layer"] = drawn["Layer"].fillna("0").astype("str")
    page = _code_page(path)
    for column in ("Layer", "Text", "BlockName"):
        drawn[column] = drawn[column].map(lambda t: _decoded(t, page), na_action="ignore").astype("object")
    drawn["BlockAttributes"] = drawn["BlockAttributes"].map(lambda a: _decoded(_values(a), page))
    return drawn[drawn["PaperSpace"].isna() | (drawn["PaperSpace"] == 0)]


def _on_layers(
    drawn: gpd.GeoDataFrame, wanted: str | None, path: Path
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    if wanted is None:
        return drawn, []
    chosen = drawn[[fnmatchcase(_plain(layer), _plain(wanted)) for layer in drawn["Layer"]]]
    if chosen.empty:
        raise InputError(
            _("has nothing on layer {layer}").format(layer=repr(wanted)),
            where=str(path),
            do=_("Its layers: {names}.").format(names=", ".join(sorted(set(drawn["Layer"])))),
        )
    return chosen, []


def _plain(layer: str) -> str:
    """A layer's name without accents, case and spaces; its * stays."""
    return "*".join(fold(part) for part in layer.split("*"))


def _kind(name: str, path: Path) -> str:
    columns = INPUT_TABLES[name].columns if name in INPUT_TABLES else {}
    said = (columns["geometry"].description or "") if "geometry" in columns else ""
    if "Polygon" in said or not said:
        raise InputError(
            _("is a drawing, which has lines and points but no areas"),
            where=str(path),
            do=_("Give {name} as a vector file with areas, such as a GeoPackage.").format(name=name),
        )
    return "lines" if "LineString" in said else "points"


def _of_kind(chosen: gpd.GeoDataFrame, kind: str, path: Path) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """The shapes that are asked for; the others are counted, by what they are."""
    families = {
        "lines": chosen.geom_type.isin(["LineString", "MultiLineString"]),
        "points": chosen.geom_type.isin(["Point", "MultiPoint"]),
        "areas": chosen.geom_type.isin(["Polygon", "MultiPolygon", "GeometryCollection"]),
    }
    says = {
        "lines": _("{count} lines of the drawing are not taken: points are asked for"),
        "points": _("{count} blocks and points of the drawing are not taken: lines are asked for"),
        "areas": _("{count} hatches and filled areas of the drawing are not taken"),
    }
    kept = chosen[families[kind]]
    if kept.empty:
        raise InputError(
            _("has no lines there") if kind == "lines" else _("has no blocks or points there"),
            where=str(path),
            do=_("Its layers: {names}.").format(names=", ".join(sorted(set(chosen["Layer"])))),
        )
    findings = [
        _warning(path, says[family].format(count=int(mask.sum())), _("Look whether that is as it should be."))
        for family, mask in families.items()
        if family != kind and mask.any()
    ]
    return kept, findings


def _all_layers(kept: gpd.GeoDataFrame, name: str, path: Path) -> Finding:
    counts = kept["Layer"].value_counts().sort_index()
    return _warning(
        path,
        _("lines of all layers are taken: {layers}").format(
            layers=", ".join(f"{layer} ({count})" for layer, count in counts.items())
        ),
        _('Choose those of the cable in the study: [inputs.{name}] layer = "…".').format(name=name),
    )


def _named(
    kept: gpd.GeoDataFrame, texts: gpd.GeoDataFrame, path: Path
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """The shapes with the texts that are written by them; each text goes to the nearest shape."""
    said = [[text] if text else [] for text in kept["BlockAttributes"]]
    reach = figures("drawings.toml")["text_reach_m"]
    near, which = shapely.STRtree(kept.geometry.to_numpy()).query_nearest(
        texts.geometry.to_numpy(), max_distance=reach, all_matches=True
    )
    # Of shapes that are as near, the first by handle.
    order = np.lexsort((kept["EntityHandle"].fillna("").to_numpy(str)[which], near))
    first = order[np.unique(near[order], return_index=True)[1]] if len(order) else order
    for text, shape in sorted(zip(near[first], which[first], strict=True)):
        said[shape].append(_clean(texts["Text"].iloc[text]))
    names = ["; ".join(sorted({one for one in ones if one})) or None for ones in said]
    out = gpd.GeoDataFrame(
        {
            "id": kept["EntityHandle"],
            "name": pd.Series(names, dtype="object"),
            "note": [f"{layer}; {n}" if n else layer for layer, n in zip(kept["Layer"], names, strict=True)],
            "layer": kept["Layer"],
            "block": kept["BlockName"],
            ROW: kept[ROW],
        },
        geometry=kept.geometry.to_numpy(),
    )
    lost = len(texts) - len(first)
    if not lost:
        return out, []
    what = _("{count} texts lie farther than {reach} m from all that is taken, and name nothing")
    return out, [
        _warning(path, what.format(count=lost, reach=f"{reach:g}"), _("Nothing to do if they are titles."))
    ]


def _code_page(path: Path) -> str:
    """The Python name of the code page that the drawing's head says, of Western Europe where it says none."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).decode("latin-1")
    found = re.search(r"\$DWGCODEPAGE\s+3\s+ANSI_(\d+)", head)
    try:
        return codecs.lookup(f"cp{found[1]}").name if found else "cp1252"
    except LookupError:
        return "cp1252"


def _decoded(text: str, code_page: str) -> str:
    """A text whose bytes GDAL gave as Latin-1, in the drawing's letters: UTF-8 (since 2007) or a code page.

    >>> _decoded("CÃ¡p", "cp1252"), _decoded("TuyÅÎn", "cp1252")
    ('Cáp', 'TuyÅÎn')
    """
    raw = text.encode("latin-1", "replace")
    for encoding in ("utf-8", code_page):
        try:
            return unicodedata.normalize("NFC", raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return unicodedata.normalize("NFC", text)


def _values(attributes: object) -> str:
    """What a block's attributes say: "TAG value" each."""
    if attributes is None or isinstance(attributes, float):
        return ""
    parts = [str(one).partition(" ")[2] for one in np.atleast_1d(np.asarray(attributes, dtype=object))]
    return ", ".join(_clean(part) for part in parts if part.strip())


def _clean(text: str) -> str:
    r"""A drawing's text without its codes.

    >>> _clean(r"24FO\U+1EA1  %%c"), _clean("dòng 1\ndòng 2")
    ('24FOạ Ø', 'dòng 1 dòng 2')
    """
    text = re.sub(r"\\U\+([0-9A-Fa-f]{4})", lambda m: chr(int(m[1], 16)), text)
    for code, sign in (("%%c", "Ø"), ("%%d", "°"), ("%%p", "±"), ("%%u", ""), ("%%o", "")):
        text = text.replace(code, sign).replace(code.upper(), sign)
    return " ".join(whole_letters(text).split())


def _warning(path: Path, what: str, do: str) -> Finding:
    return Finding("warning", path.name, None, what, do)
