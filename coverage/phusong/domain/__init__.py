"""The tables and things that flow through the program, declared once.

A table declaration validates a frame, documents it (`describe`) and will drive the schemas of the
exports. Units are in the names of columns. `unknown` is a value; an empty cell is never a report.
"""

from phusong.domain.inputs import (
    CROSSWALK,
    FIBRE,
    GAZETTEER,
    INDICATORS,
    INPUT_TABLES,
)
from phusong.domain.plan import (
    ALTERNATIVES,
    COMMUNE_PLAN,
    FACILITIES,
    INVESTMENTS,
    LINKS,
    OPTIONS,
    SEGMENTS,
    SENSITIVITY,
)
from phusong.domain.region import (
    Finding,
    Raster,
    Region,
)
from phusong.domain.results import (
    ASKED_TABLES,
    RESULT_TABLES,
)
from phusong.domain.situation import (
    COMMUNE_STATUS,
    CONFERENCE,
    COVERAGE,
    DEMAND,
    GAPS,
    INDICATOR_FIGURES,
    SIGNALS,
    SURVEY,
    UNIT_LINKS,
    UNIT_STATUS,
)
from phusong.domain.tables import (
    conform,
    empty,
)
from phusong.domain.words import (
    BUILDS,
    CENTRE_KIND,
    CLOSES,
    GAP,
    KINDS,
    LEVELS,
    MOBILE_CLASSES,
    OK,
    ONE_AREA,
    RADIOS,
    ROAD_CLASSES,
    SERVICES,
    STATUSES,
    UNKNOWN,
    UNKNOWN_OPERATOR,
    guess_kind,
    kind_family,
    split_unit_name,
)

__all__ = [
    "ALTERNATIVES",
    "ASKED_TABLES",
    "BUILDS",
    "CENTRE_KIND",
    "CLOSES",
    "COMMUNE_PLAN",
    "COMMUNE_STATUS",
    "CONFERENCE",
    "COVERAGE",
    "CROSSWALK",
    "DEMAND",
    "FACILITIES",
    "FIBRE",
    "GAP",
    "GAPS",
    "GAZETTEER",
    "INDICATORS",
    "INDICATOR_FIGURES",
    "INPUT_TABLES",
    "INVESTMENTS",
    "KINDS",
    "LEVELS",
    "LINKS",
    "MOBILE_CLASSES",
    "OK",
    "ONE_AREA",
    "OPTIONS",
    "RADIOS",
    "RESULT_TABLES",
    "ROAD_CLASSES",
    "SEGMENTS",
    "SENSITIVITY",
    "SERVICES",
    "SIGNALS",
    "STATUSES",
    "SURVEY",
    "UNIT_LINKS",
    "UNIT_STATUS",
    "UNKNOWN",
    "UNKNOWN_OPERATOR",
    "Finding",
    "Raster",
    "Region",
    "conform",
    "empty",
    "guess_kind",
    "kind_family",
    "split_unit_name",
]
