"""The tables that come out, by name: those of every run, and those that a run may have."""

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
from phusong.domain.situation import (
    COMMUNE_STATUS,
    CONFERENCE,
    DEMAND,
    GAPS,
    INDICATOR_FIGURES,
    SIGNALS,
    SURVEY,
    UNIT_STATUS,
)

RESULT_TABLES = {
    "gaps": GAPS,
    "signals": SIGNALS,
    "commune_status": COMMUNE_STATUS,
    "commune_plan": COMMUNE_PLAN,
    "options": OPTIONS,
    "facilities": FACILITIES,
    "alternatives": ALTERNATIVES,
    "demand": DEMAND,
    "investments": INVESTMENTS,
    "segments": SEGMENTS,
    "links": LINKS,
    "conference": CONFERENCE,
}

#: Tables that a run has only when it was asked for them, or when its study gives what they need:
#: `unit_status` a crosswalk, `indicator_figures` indicators.
ASKED_TABLES = {
    "sensitivity": SENSITIVITY,
    "survey": SURVEY,
    "unit_status": UNIT_STATUS,
    "indicator_figures": INDICATOR_FIGURES,
}
