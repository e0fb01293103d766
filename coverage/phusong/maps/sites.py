"""Sites and their options for the page, as packed columns (`packing`)."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.domain import CENTRE_KIND, CLOSES, SERVICES, STATUSES, kind_family
from phusong.gaps import position_radius
from phusong.maps.ground import SCALE
from phusong.maps.packing import pack_numbers, pack_texts
from phusong.maps.saying import basis_phrase, day_phrase, reason_phrase, technology_phrase, text_of
from phusong.maps.texts import Phrases
from phusong.wording import EVIDENCE, FIGURE_OF, GENERATION, KIND_NAMES, REASONS, WITHOUT_FIGURE, say

#: In packed columns: the level is not known; people are millionths, since a commune's are shared out evenly.
NO_LEVEL = 1
MICRO = 1_000_000


def site_columns(gaps: gpd.GeoDataFrame, communes: pd.Series, phrases: Phrases) -> dict[str, Any]:
    """The sites by packed column. `report` points into `reports` (see `report_rows`), by service."""
    kinds = sorted(set(gaps["kind"]))
    places = {code: place for place, code in enumerate(communes)}
    bases = sorted(set(gaps["people_basis"].dropna()))
    pairs = zip(gaps["mobile_operator"], gaps["mobile_radio"], strict=True)
    signals = [f"{text_of(operator)} {GENERATION.get(text_of(radio), '')}" for operator, radio in pairs]
    who = sorted(set(signals))
    levels = {
        name: pack_numbers(gaps[f"mobile_{name}_dbm"].map(_level))
        for name in ("level", "low", "high", "measured")
    }
    # The distance to a cell is wanted only by the evidence that names it.
    names_cell = gaps["mobile_evidence"].map(lambda code: "{cell_distance}" in say(EVIDENCE, code, "en"))
    distances = {
        "fibre_distance": gaps["fibre_distance_m"],
        "cell_distance": gaps["cell_distance_m"].where(names_cell),
    }
    points = np.rint(shapely.get_coordinates(gaps.geometry.to_numpy()) * SCALE)
    return {
        "id": pack_texts(list(gaps["site_id"])),
        "name": pack_texts(list(gaps["name"])),
        "kinds": [
            {
                "family": kind_family(kind),
                "centre": kind == CENTRE_KIND,
                "name": phrases.word(KIND_NAMES, kind),
            }
            for kind in kinds
        ],
        "kind": pack_numbers(gaps["kind"].map(kinds.index)),
        "commune": pack_numbers([places.get(code, -1) for code in gaps["commune_code"]]),
        "lon": pack_numbers(points[:, 0].astype("int64")),
        "lat": pack_numbers(points[:, 1].astype("int64")),
        "people": pack_numbers((gaps["people"].fillna(-1) * MICRO).round().astype("int64")),
        "people_bases": [*(basis_phrase(basis, phrases) for basis in bases), -1],
        "people_basis": pack_numbers(
            [bases.index(b) if b in bases else len(bases) for b in gaps["people_basis"]]
        ),
        **{name: pack_numbers(metres.map(_metres)) for name, metres in distances.items()},
        "off": pack_numbers(position_radius(gaps).map(_metres)),
        "signals": who,
        "signal": pack_numbers(who.index(signal) for signal in signals),
        **levels,
        "report": [pack_numbers(_reports(gaps, service).ngroup()) for service in SERVICES],
    }


def _reports(gaps: pd.DataFrame, service: str) -> Any:
    """The sites grouped by what their report on a service says: status, evidence, whether its figure (a
    distance, a signal) is known, basis, date."""
    evidence = gaps[f"{service}_evidence"]
    known = pd.Series(True, index=gaps.index)
    for code, figures in FIGURE_OF.items():
        known &= (evidence != code) | gaps[list(figures)].notna().any(axis=1)
    columns = [service, f"{service}_evidence", "_known", f"{service}_basis", f"{service}_date"]
    return gaps.assign(_known=known).groupby(columns, dropna=False, sort=True)


def report_rows(gaps: gpd.GeoDataFrame, phrases: Phrases) -> list[list[list[int]]]:
    """For each service the distinct reports: status, evidence (the page fills it in), basis, date."""
    return [
        [
            [
                STATUSES.index(status),
                phrases.word(EVIDENCE if known else WITHOUT_FIGURE, evidence),
                basis_phrase(basis, phrases),
                day_phrase(date, phrases),
            ]
            for status, evidence, known, basis, date in _reports(gaps, service).size().index
        ]
        for service in SERVICES
    ]


def option_columns(options: pd.DataFrame, sites: Mapping[str, int], phrases: Phrases) -> dict[str, Any]:
    """The options by packed column, those of a site side by side; `step` is that from site to site.

    A kind is technology, what it closes, 2 chosen 1 feasible 0 not, and the reason.
    """
    chosen = options[options["chosen"] & options["closes"].isin(("fibre", "connection"))]
    connection = dict(zip(chosen["site_id"], chosen["technology"], strict=True))
    shown = options[options["site_id"].isin(list(sites))]
    naming = {code for code, words in REASONS.items() if "{depends_on}" in words}
    place = shown["site_id"].map(sites).astype("int64")
    shown = shown.assign(place=place).sort_values("place", kind="stable")
    kind = [
        (
            row.technology,
            CLOSES.index(row.closes),
            2 if row.chosen else int(row.feasible),
            text_of(row.reason),
            # Only the reasons that name the connection differ by it.
            connection.get(row.site_id, "") if text_of(row.reason) in naming else "",
        )
        for row in shown.itertuples(index=False)
    ]
    kinds = {said: place for place, said in enumerate(sorted(set(kind)))}
    return {
        "step": pack_numbers(np.diff(shown["place"], prepend=0)),
        "kinds": [
            [technology_phrase(technology, phrases), closes, state, reason_phrase(reason, by, phrases)]
            for technology, closes, state, reason, by in kinds
        ],
        "kind": pack_numbers(kinds[said] for said in kind),
        "capex": pack_numbers(shown["capex_vnd"].fillna(-1).astype("int64")),
        "opex": pack_numbers(shown["opex_vnd_per_year"].fillna(-1).astype("int64")),
        "new_line": pack_numbers(shown["new_line_m"].map(_metres)),
    }


def _level(dbm: float) -> int:
    """A level in whole dBm; `NO_LEVEL` where it is not known."""
    return NO_LEVEL if pd.isna(dbm) else round(dbm)


def _metres(distance: float) -> int:
    """A distance in whole metres, −1 for not known."""
    return -1 if pd.isna(distance) else round(distance)
