"""The layers that other programs show of a run: their tables, titles, what colours them, titles of fields."""

import re
from collections import Counter
from dataclasses import dataclass

import pandera.pandas as pa

from phusong.domain import ASKED_TABLES, INPUT_TABLES, RESULT_TABLES
from phusong.language import _m, catalogue
from phusong.wording import STATUS_NAMES, TECHNOLOGY_NAMES

DECLARED: dict[str, pa.DataFrameSchema] = {**INPUT_TABLES, **RESULT_TABLES, **ASKED_TABLES}
#: Okabe–Ito, which people with any sight of colours tell apart.
BLUE, ORANGE, GREEN, RED, SKY, PINK, GREY = (
    *("#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#777777"),
)


@dataclass(frozen=True)
class Layer:
    """A layer: its table, the column that is its identifier and the one that names its features, what it is,
    and its colours: a column with (code, words, colour) each, or one colour."""

    table: str
    key: str
    label: str
    title: str
    meaning: str
    shape: str
    colour: str = GREY
    by: str = ""
    classes: tuple[tuple[str, str, str], ...] = ()


_BY_STATUS = tuple(
    (code, STATUS_NAMES[code], colour) for code, colour in (("ok", GREEN), ("gap", RED), ("unknown", GREY))
)
_BY_TECHNOLOGY = tuple(
    (code, TECHNOLOGY_NAMES[code], colour)
    for code, colour in (
        ("fibre", BLUE),
        ("microwave", ORANGE),
        ("cellular", GREEN),
        ("cell_site", PINK),
        ("satellite", SKY),
        ("satellite_geo", "#a6d4f2"),
        ("wifi", RED),
    )
)
_BY_KIND = (
    ("road", _m("along a road"), BLUE),
    ("offroad", _m("away from any road"), RED),
    ("drop", _m("drop to a site"), SKY),
    ("leased", _m("leased fibre"), PINK),
)

#: From the lowest layer to the uppermost.
LAYERS = (
    Layer(
        "commune_status",
        "commune_code",
        "name",
        _m("Communes"),
        _m("Communes by fibre at their centre"),
        "fill",
        by="fibre",
        classes=_BY_STATUS,
    ),
    Layer(
        "ducts",
        "duct_id",
        "duct_id",
        _m("Existing ducts"),
        _m("Existing ducts with room for a cable"),
        "line",
        "#b08d57",
    ),
    Layer(
        "fibre", "fibre_id", "fibre_id", _m("Existing fibre"), _m("Existing fibre lines"), "line", "#444444"
    ),
    Layer(
        "segments",
        "segment_id",
        "segment_id",
        _m("New lines"),
        _m("Line that the plan builds or leases"),
        "line",
        by="kind",
        classes=_BY_KIND,
    ),
    Layer(
        "links",
        "link_id",
        "link_id",
        _m("Microwave links"),
        _m("Microwave hops that the plan builds"),
        "line",
        ORANGE,
    ),
    Layer(
        "cells", "cell_id", "cell_id", _m("Mobile cells"), _m("Existing mobile cells"), "marker", "#444444"
    ),
    Layer(
        "nodes",
        "node_id",
        "name",
        _m("Fibre nodes"),
        _m("Points of presence that fibre can start from"),
        "marker",
        "#444444",
    ),
    Layer(
        "facilities",
        "facility_id",
        "facility_id",
        _m("Masts and relays"),
        _m("Masts, relays and others that sites share in the plan"),
        "marker",
        PINK,
    ),
    Layer(
        "gaps",
        "site_id",
        "name",
        _m("Public sites"),
        _m("Public sites by fibre: what each has and lacks"),
        "marker",
        by="fibre",
        classes=_BY_STATUS,
    ),
    Layer(
        "investments",
        "investment_id",
        "investment_id",
        _m("Investments"),
        _m("Investments at their sites, by technology"),
        "marker",
        by="technology",
        classes=_BY_TECHNOLOGY,
    ),
)


def meaning_in(meaning: str, language: str) -> str:
    """What a declaration says of a table or column, in `language`.

    >>> meaning_in("cost to build", "vi")
    'chi phí đầu tư'
    """
    return catalogue(language, "columns").gettext(meaning) if meaning else ""


def titled_fields(table: str, language: str) -> dict[str, str]:
    """The columns of a table, without its shapes, with their titles: what each means up to the first colon or
    semicolon, or more of it where two would have one title.

    >>> titled_fields("gaps", "vi")["fibre"], titled_fields("segments", "en")["mean_slope_deg"]
    ('Cáp quang', 'Mean slope of the ground')
    """
    columns = DECLARED[table].columns
    meanings = {
        name: meaning_in(column.description or "", language)
        for name, column in columns.items()
        if name != "geometry"
    }
    short = {name: _LIST.sub("", re.split("[;:]", said)[0]).strip() for name, said in meanings.items()}
    longer = _where_alike(short, {name: said.split(";")[0] for name, said in meanings.items()})
    titles = _where_alike(longer, {name: f"{said} ({name})" for name, said in longer.items()})
    return {name: said[:1].upper() + said[1:] for name, said in titles.items()}


#: How cells hold several is no part of a title.
_LIST = re.compile(", (separated by|cách nhau bằng) ?$")


def _where_alike(titles: dict[str, str], others: dict[str, str]) -> dict[str, str]:
    """`titles`, those of `others` where two columns have one title."""
    used = Counter(titles.values())
    return {name: said if used[said] == 1 else others[name] for name, said in titles.items()}
